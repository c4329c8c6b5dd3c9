"""A closed-loop load generator: raw HTTP/1.1 on keep-alive connections, so that the client is not what is measured."""

import asyncio
import time
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

import uvloop


@dataclass(frozen=True, slots=True)
class Figures:
    """What one run came to; latencies in milliseconds."""

    requests: int
    seconds: float
    p50: float
    p99: float
    worst: float
    refused: int

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds


class _Connection(asyncio.Protocol):
    """Sends the next request when the answer to the last one is whole."""

    def __init__(self, request: bytes, shared: "_Shared") -> None:
        self.request, self.shared = request, shared
        self.buffer = b""
        self.left = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is one without inheriting from it
        self._send()

    def _send(self) -> None:
        if self.shared.take():
            self.began = time.perf_counter()
            self.transport.write(self.request)
        else:
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, separator, rest = self.buffer.partition(b"\r\n\r\n")
        if not separator:
            return
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        if len(rest) >= length:
            self.buffer = rest[length:]
            self.shared.done(time.perf_counter() - self.began, head.split(b" ", 2)[1] in (b"200", b"201"))
            self._send()

    def connection_lost(self, _exc: Exception | None) -> None:
        self.shared.closed()


class _Shared:
    def __init__(self, requests: int, connections: int) -> None:
        self.left, self.open = requests, connections
        self.latencies: list[float] = []
        self.refused = 0
        self.finished = asyncio.get_running_loop().create_future()

    def take(self) -> bool:
        self.left -= 1
        return self.left >= 0

    def done(self, seconds: float, accepted: bool) -> None:
        self.latencies.append(seconds)
        self.refused += not accepted

    def closed(self) -> None:
        self.open -= 1
        if not self.open:
            self.finished.set_result(None)


def request_bytes(url: str, body: bytes, key: str = "none") -> bytes:
    parts = urlsplit(url)
    head = (
        f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def run(url: str, body: bytes, key: str, requests: int, connections: int = 16) -> Figures:
    """POST a body `requests` times over `connections` connections; bounded by that count and two minutes."""
    return uvloop.run(_run(url, request_bytes(url, body, key), requests, connections))


async def _run(url: str, request: bytes, requests: int, connections: int) -> Figures:
    shared = _Shared(requests, connections)
    parts = urlsplit(url)
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    for _ in range(connections):
        await loop.create_connection(lambda: _Connection(request, shared), parts.hostname or "", parts.port or 80)
    async with asyncio.timeout(120):
        await shared.finished
    seconds = time.perf_counter() - began
    ordered = sorted(shared.latencies)
    return Figures(
        requests=len(ordered),
        seconds=seconds,
        p50=ordered[len(ordered) // 2] * 1000,
        p99=ordered[len(ordered) * 99 // 100] * 1000,
        worst=ordered[-1] * 1000,
        refused=shared.refused,
    )
