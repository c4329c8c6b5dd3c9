"""The control API from outside: calls to a server, and to one of its worlds."""

from time import monotonic
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

from mockserver.connection import Connection
from mockserver.errors import ControlError
from mockserver.jsontext import BadJson, decode, encode_strictly

__tracebackhide__ = True  # pytest shows the line that called

MAX_IDLE_SECONDS = 30.0  # the server closes connections that idle for 65 s; a call must never meet one it is closing


class Caller(Protocol):
    """Whatever carries a call to a control API and brings back its answer, or raises `ControlError`."""

    def call(self, method: str, path: str, body: object = None) -> Any: ...


def answer_of(status: int, content: bytes) -> Any:
    """
    The JSON of an answer; None where there is none.

    Raises:
        ControlError: a refusal, or the answer of something that is no mock server.
    """
    try:
        value = decode(content) if content else None
        if status < 400:
            return value
        error = value["error"]  # type: ignore[index]  # what does not fit is caught
        raise ControlError(status, error["code"], error["message"], error["details"])
    except (BadJson, KeyError, TypeError):
        raise ControlError(status, "NO_MOCK_SERVER", f"{status} is not an answer of a mock server") from None


def content_of(body: object) -> bytes:
    """
    The body of a call; empty where there is none.

    Raises:
        TypeError: JSON has no words for it.
    """
    try:
        return b"" if body is None else encode_strictly(body)
    except TypeError as error:
        raise TypeError(f"what is sent to the control API is JSON: {error}") from None


class ControlClient:
    """
    The control API of a server, over connections that are kept. Any thread may call at any time: a call that waits
    (for a clock to be advanced) holds up no other.
    """

    def __init__(self, url: str, token: str | None = None) -> None:
        """
        Args:
            url: the server's base URL.
            token: what the server was given as `--admin-token`, if anything.
        """
        parts = urlsplit(url)
        self._address = parts.scheme, parts.hostname or "", parts.port
        self._prefix = parts.path.rstrip("/")
        self._headers = f"Host: {parts.netloc}\r\nContent-Type: application/json\r\n"
        if token is not None:
            self._headers += f"Authorization: Bearer {token}\r\n"
        self._idle: list[tuple[float, Connection]] = []

    def call(self, method: str, path: str, body: object = None) -> Any:
        """
        Raises:
            ControlError: the server refuses.
            OSError: nothing answers.
            TypeError: JSON has no words for the body.
        """
        content = content_of(body)
        head = f"{method} {self._prefix}{path} HTTP/1.1\r\n{self._headers}"
        connection = self._take()
        try:
            status, received = connection.exchange(head.encode(), content)
        finally:
            if connection.is_open:
                self._idle.append((monotonic(), connection))
            else:
                connection.close()
        return answer_of(status, received)

    def _take(self) -> Connection:
        while self._idle:
            since, connection = self._idle.pop()
            if 0 <= monotonic() - since < MAX_IDLE_SECONDS:  # a test may stop this clock, or set it going again
                return connection
            connection.close()
        return Connection(*self._address)

    def close(self) -> None:
        while self._idle:
            self._idle.pop()[1].close()


class Calls:
    """The calls of one world."""

    def __init__(self, caller: Caller, world_id: str) -> None:
        self.caller, self.path = caller, f"/_mock/worlds/{quote(world_id, safe='')}"

    def call(self, method: str, path: str, body: object = None) -> Any:
        return self.caller.call(method, self.path + path, body)
