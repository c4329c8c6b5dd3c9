"""uvicorn's two HTTP protocols, patient only so long: deadlines, a bound on headers, refusals in the vendor's shape."""

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import h11
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mockserver.jsontext import encode

_UPGRADE = re.compile(rb"\r\nupgrade:[^\r\n]*(?=\r\n)", re.IGNORECASE)
_AUTHORITY = re.compile(r"https?://[^/]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a request may take to arrive whole, from its first byte, and how big its line and headers may be."""

    receive_seconds: float = 10.0
    max_head_bytes: int = 64 * 1024


if TYPE_CHECKING:

    class _Protocol(asyncio.Protocol):
        transport: asyncio.Transport
        loop: asyncio.AbstractEventLoop
        cycle: Any

        def __init__(self, *args: Any, **options: Any) -> None: ...

        def _is_whole(self) -> bool:
            """Whether no request is half-way in."""

        def _awaits_head(self) -> bool:
            """Whether the next bytes belong to a request line or headers."""

else:
    _Protocol = object


def _refusal(status: int, phrase: str, message: str) -> bytes:
    body = encode({"statusCode": status, "message": message, "error": phrase})
    head = (
        f"HTTP/1.1 {status} {phrase}\r\ncontent-type: application/json; charset=utf-8\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body


class _Patient(_Protocol):
    """
    Answers 408 and closes where a request does not arrive whole, headers and body, in time; a new connection that
    sends nothing is closed as late. A request that comes in one piece, as most do, costs no timer.
    """

    _deadline: asyncio.TimerHandle | None = None
    _head_bytes = 0  # of a head that is not whole yet, give or take what came in one piece with it

    def __init__(self, *args: Any, patience: Patience, **options: Any) -> None:
        super().__init__(*args, **options)
        self._patience = patience

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        if self._awaits_head():
            self._head_bytes += len(data)
        super().data_received(data)
        if self._is_whole():
            self._head_bytes = 0
            self._unwatch()
            return
        if not self._awaits_head():
            self._head_bytes = 0
        elif self._head_bytes > self._patience.max_head_bytes:
            self._refuse_head()
        if self._deadline is None:
            self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._unwatch()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        self._refuse(400, "Bad Request", msg.rstrip("."))

    def _refuse_head(self) -> None:
        self._refuse(431, "Request Header Fields Too Large", "The request's line and headers are too large")

    def _refuse(self, status: int, phrase: str, message: str) -> None:
        if not self.transport.is_closing():
            self.transport.write(_refusal(status, phrase, message))
            self.transport.close()

    def _give_up(self) -> None:
        if self._is_whole() or self._is_answered():
            self.transport.close()
        else:
            text = f"The request did not arrive whole within {self._patience.receive_seconds:g} seconds"
            self._refuse(408, "Request Timeout", text)

    def _watch(self) -> None:
        self._deadline = self.loop.call_later(self._patience.receive_seconds, self._give_up)

    def _unwatch(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _is_answered(self) -> bool:
        """Whether the request whose body is half-way in has its answer: some are refused by their headers."""
        return not self._awaits_head() and bool(self.cycle.response_complete)


class _OneWrite:
    """
    The transport of one answer, which sends head and body in one system call where uvicorn makes two: the second
    costs a fifth of a request's time, and wakes the client for a head without a body.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._held: bytes | None = None

    def write(self, data: bytes) -> None:
        if self._held is None and not data.startswith(b"HTTP/1.1 100"):
            self._held = data
        else:
            self._transport.write((self._held or b"") + data)
            self._held = b"" if self._held is not None else None

    def flush(self) -> None:
        if self._held:
            self._transport.write(self._held)
            self._held = b""

    def close(self) -> None:
        self.flush()
        self._transport.close()

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def get_extra_info(self, name: str) -> Any:
        return self._transport.get_extra_info(name)

    def abort(self) -> None:
        self._transport.abort()


class PatientHttpTools(_Patient, HttpToolsProtocol):
    _stage = "idle"
    _is_too_large = False
    _active: Any = None  # the request that is being answered; later ones wait in the pipeline
    _last_words: bytes | None = None

    def data_received(self, data: bytes) -> None:
        if b"pgrade" in data and self._awaits_head():
            data = _without_upgrade(data)
        super().data_received(data)

    def on_message_begin(self) -> None:
        self._stage = "head"
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        if self._head_bytes > self._patience.max_head_bytes:
            size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
            self._is_too_large = size > self._patience.max_head_bytes
        if self._is_too_large:
            raise ValueError("the head is too large")  # the parser stops, and `send_400_response` is called
        super().on_headers_complete()
        self._stage = "body"

    def on_message_complete(self) -> None:
        self._stage = "idle"
        self._head_bytes = 0
        self._unwatch()  # what follows in the same piece has a deadline of its own
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        if self._is_too_large:
            self._refuse_head()
        else:
            super().send_400_response(msg)

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        self._active = cycle
        cycle.transport = _OneWrite(self.transport)
        super()._start_asgi_task(cycle, app)

    def _refuse(self, status: int, phrase: str, message: str) -> None:
        """What came before in the pipeline is answered first; the request at fault never is."""
        at_fault = self.cycle if self._stage == "body" else None
        if self.pipeline and self.pipeline[0][0] is at_fault:
            self.pipeline.popleft()
        if self._active is None or self._active.response_complete or self._active is at_fault:
            super()._refuse(status, phrase, message)
        else:
            self._last_words = _refusal(status, phrase, message)

    def on_response_complete(self) -> None:
        self._active.transport.flush()
        if self._last_words is None or self.pipeline:
            super().on_response_complete()
        else:
            self.transport.write(self._last_words)
            self.transport.close()

    def _is_whole(self) -> bool:
        return self._stage == "idle"

    def _awaits_head(self) -> bool:
        return self._stage != "body"


def _without_upgrade(data: bytes) -> bytes:
    """
    A head without the offer to change protocols, which is declined: httptools would take the body for the other
    protocol's. (Java's client makes the offer with every first request.)
    """
    head, end, rest = data.partition(b"\r\n\r\n")
    return _UPGRADE.sub(b"", head + end[:2]) + end[2:] + rest


class PatientH11(_Patient, H11Protocol):
    conn: Any

    def __init__(self, *args: Any, patience: Patience, **options: Any) -> None:
        super().__init__(*args, patience=patience, **options)
        self.app = _origin_form(self.app)

    def data_received(self, data: bytes) -> None:
        bound = self._patience.max_head_bytes
        if self._awaits_head() and self._head_bytes + len(data) > bound:
            head, end, _ = (self.conn.trailing_data[0] + data).partition(b"\n\r\n")
            if not end or len(head) > bound:
                self._refuse_head()
                return
        super().data_received(data)

    def on_response_complete(self) -> None:
        """The next request of a pipeline is looked at now, and may be half-way in."""
        super().on_response_complete()
        if self._deadline is None and not self._is_whole():
            self._watch()

    def _is_whole(self) -> bool:
        state = self.conn.their_state
        return state is not h11.SEND_BODY and not (state is h11.IDLE and self.conn.trailing_data[0])

    def _awaits_head(self) -> bool:
        return self.conn.their_state is not h11.SEND_BODY


def _origin_form(app: Any) -> ASGIApp:
    """A request for `http://host/path` is one for `/path`: httptools reads it so, h11 leaves it as it came."""

    async def in_origin_form(scope: Scope, receive: Receive, send: Send) -> None:
        if not scope["path"].startswith("/"):
            scope["path"] = _AUTHORITY.sub("", scope["path"])
        await app(scope, receive, send)

    return in_origin_form


PROTOCOLS = {"httptools": PatientHttpTools, "h11": PatientH11}
