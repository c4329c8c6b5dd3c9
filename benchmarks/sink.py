"""
A webhook receiver that costs next to nothing and remembers when each delivery came.

`POST /hang` is never answered, any other POST with 204 at once. `GET /arrivals` tells what came since it was asked the
last time: path and instant of each (the machine's monotonic clock, which all processes share), and the last body.

usage: python -m benchmarks.sink PORT
"""

import asyncio
import json
import sys
import time
from typing import cast

import uvloop

TAKEN = b"HTTP/1.1 204 No Content\r\n\r\n"


class Sink(asyncio.Protocol):
    """One connection; all of them share what came."""

    def __init__(self, came: list[tuple[str, float]], last: list[bytes]) -> None:
        self.came, self.last = came, last
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is one without inheriting from it

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, separator, rest = self.buffer.partition(b"\r\n\r\n")
        if not separator:
            return
        method, path, _ = head.split(b" ", 2)
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0] or 0)
        if len(rest) >= length:
            self.buffer = rest[length:]
            self._take(method, path, rest[:length])

    def _take(self, method: bytes, path: bytes, body: bytes) -> None:
        if method == b"GET":
            told = json.dumps({"came": self.came, "last": "".join(part.decode() for part in self.last)}).encode()
            self.came.clear()
            self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(told), told))
            return
        self.came.append((path.decode(), time.monotonic()))
        self.last[:] = [body]
        if path != b"/hang":
            self.transport.write(TAKEN)


async def main(port: int) -> None:
    came: list[tuple[str, float]] = []
    last: list[bytes] = []
    server = await asyncio.get_running_loop().create_server(lambda: Sink(came, last), "127.0.0.1", port, backlog=500)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
