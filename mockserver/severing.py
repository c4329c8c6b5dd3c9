"""Connections that planned faults end: reset before a word of the answer, or closed within it."""

import socket
import struct
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from mockserver.errors import Severed

RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # to linger for no time: what is not sent is thrown away, and RST goes out


def severable(app: ASGIApp) -> ASGIApp:
    """An application for uvicorn that may raise `Severed`: then its request's connection ends that way."""

    async def severed(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except Severed as end:
            cycle = send.__self__  # type: ignore[attr-defined]  # uvicorn's view of the request
            cycle.disconnected = True  # so that it finds nothing amiss in an answer that is not whole
            _hang_up(cycle.transport, end.abruptly)

    return severed


def _hang_up(transport: Any, abruptly: bool) -> None:
    if not abruptly:
        transport.close()
    elif not transport.is_closing():
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        transport.abort()
