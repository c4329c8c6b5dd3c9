"""uvicorn's two HTTP protocols, made patient only so long: deadlines, a bound on headers, refusals in the vendor's shape."""

import asyncio
from typing import TYPE_CHECKING, Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mockserver.jsontext import encode

HEAD_SECONDS = 10.0
BODY_SECONDS = 12.0  # the handlers that read bodies answer 408 sooner; this is for requests whose body nobody reads
MAX_HEAD_BYTES = 64 * 1024

if TYPE_CHECKING:

    class _Protocol(asyncio.Protocol):
        transport: asyncio.Transport
        loop: asyncio.AbstractEventLoop

else:
    _Protocol = object


def _refusal(status: int, phrase: str, message: str) -> bytes:
    body = encode({"statusCode": status, "message": message, "error": phrase})
    head = (
        f"HTTP/1.1 {status} {phrase}\r\ncontent-type: application/json; charset=utf-8\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body


class _Patience(_Protocol):
    """
    Closes a connection whose request does not arrive whole in time. A request that comes in one piece, as most do,
    costs no timer.
    """

    _deadline: asyncio.TimerHandle | None = None
    _head_bytes = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._watch(HEAD_SECONDS)

    def data_received(self, data: bytes) -> None:
        if self._awaits_head():
            self._head_bytes += len(data)
        super().data_received(data)
        if self._is_whole():
            self._head_bytes = 0
            self._unwatch()
        elif self._awaits_head():
            if self._head_bytes > MAX_HEAD_BYTES:
                self._refuse(431, "Request Header Fields Too Large", "The request's headers are too large")
            elif self._deadline is None:
                self._watch(HEAD_SECONDS)
        elif self._head_bytes:
            self._head_bytes = 0
            self._watch(BODY_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        self._unwatch()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        self._refuse(400, "Bad Request", msg.rstrip("."))

    def _refuse(self, status: int, phrase: str, message: str) -> None:
        if not self.transport.is_closing():
            self.transport.write(_refusal(status, phrase, message))
            self.transport.close()

    def _watch(self, seconds: float) -> None:
        self._unwatch()
        self._deadline = self.loop.call_later(seconds, self.transport.close)

    def _unwatch(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _is_whole(self) -> bool:
        """Whether no request is half-way in."""
        raise NotImplementedError

    def _awaits_head(self) -> bool:
        """Whether the next bytes belong to a request line or headers."""
        raise NotImplementedError


class PatientHttpTools(_Patience, HttpToolsProtocol):  # type: ignore[misc]  # the mixin's bases exist for types only
    _stage = "idle"

    def on_message_begin(self) -> None:
        self._stage = "head"
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._stage = "body"
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._stage = "idle"
        super().on_message_complete()

    def _is_whole(self) -> bool:
        return self._stage == "idle"

    def _awaits_head(self) -> bool:
        return self._stage != "body"


class PatientH11(_Patience, H11Protocol):  # type: ignore[misc]  # the same
    conn: Any

    def _is_whole(self) -> bool:
        state = self.conn.their_state
        return state is not h11.SEND_BODY and not (state is h11.IDLE and self.conn.trailing_data[0])

    def _awaits_head(self) -> bool:
        return self.conn.their_state is not h11.SEND_BODY


PROTOCOLS = {"httptools": PatientHttpTools, "h11": PatientH11}
