"""The check's own webhook receiver: a server on loopback, with an address for everyone who asks for one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Condition, Thread
from time import monotonic
from typing import Any, Self

from mockserver.jsontext import BadJson, decode

MAX_BODY_BYTES = 16 * 1024 * 1024
STALLED_SECONDS = 30.0  # after which a delivery that sends nothing more is given up


@dataclass(frozen=True, slots=True)
class Arrival:
    """A delivery as it came, and the status that it was answered with; `headers` have names in lower case."""

    method: str
    headers: dict[str, str]
    body: bytes
    status: int

    @property
    def json(self) -> Any:
        """The JSON of the body; None where it is none."""
        try:
            return decode(self.body)
        except BadJson:
            return None

    @property
    def event(self) -> str:
        """What it says it is about."""
        value = self.json
        return str(value.get("event")) if isinstance(value, dict) else "no event"

    @property
    def data(self) -> dict[str, Any]:
        value = self.json
        data = value.get("data") if isinstance(value, dict) else None
        return data if isinstance(data, dict) else {}


class Box:
    """One address, and what came there, in order; the first ones are answered with `statuses`, all others with 200."""

    def __init__(self, url: str, statuses: Sequence[int]) -> None:
        self.url = url
        self._statuses = list(statuses)
        self._arrivals: list[Arrival] = []
        self._changed = Condition()

    def take(self, method: str, headers: dict[str, str], body: bytes) -> int:
        with self._changed:
            status = self._statuses.pop(0) if self._statuses else 200
            self._arrivals.append(Arrival(method, headers, body, status))
            self._changed.notify_all()
        return status

    def arrivals(self, count: int = 0, seconds: float = 0.0) -> Sequence[Arrival]:
        """All that there are as soon as there are `count`, or when the time is over."""
        until = monotonic() + seconds
        with self._changed:
            while len(self._arrivals) < count and (left := until - monotonic()) > 0:
                self._changed.wait(left)
            return tuple(self._arrivals)

    def wait(self, count: int, seconds: float) -> Sequence[Any]:
        """The bodies of these."""
        return [one.json for one in self.arrivals(count, seconds)]


class Inboxes:
    """Use as `with Inboxes() as inboxes`."""

    def __init__(self) -> None:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._numbers = count(1)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def open(self, statuses: Sequence[int] = ()) -> Box:
        """An address of its own; the first deliveries are answered with these statuses."""
        path = f"/{next(self._numbers)}"
        box = self._server.boxes[path] = Box(self.base_url + path, statuses)
        return box

    def arrivals(self) -> Sequence[Arrival]:
        """All that came to whichever address."""
        return [one for box in self._server.boxes.values() for one in box.arrivals()]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(address, handler)
        self.boxes: dict[str, Box] = {}

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that breaks off, or what is no HTTP, is nobody's business."""


class _Handler(BaseHTTPRequestHandler):
    timeout = STALLED_SECONDS
    server: _Server

    def _take(self) -> None:
        body = b"".join(self._pieces())
        box = self.server.boxes.get(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.send_response(404 if box is None else box.take(self.command, headers, body))
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_POST = do_GET = do_PUT = do_PATCH = do_DELETE = _take  # noqa: N815 # names that the library looks for

    def _pieces(self) -> Iterator[bytes]:
        """The body, whether its length is told first or piece by piece."""
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            yield self.rfile.read(min(int(self.headers.get("Content-Length") or 0), MAX_BODY_BYTES))
            return
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            yield self.rfile.read(min(size, MAX_BODY_BYTES))
            self.rfile.readline()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is told."""
