"""A webhook receiver: a small HTTP server on loopback that hands each POST to whoever opened its path."""

import socketserver
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler

import httpx2

POLL_SECONDS = 0.02  # how long stopping may take; a server that waits without polling cannot be stopped portably
PATIENCE_SECONDS = 5.0  # for a client that connects and says nothing

Take = Callable[[httpx2.Headers, bytes], None]


class Receiver:
    """
    One server for any number of inboxes. It answers 200 once the inbox has the delivery, and 404 on a path that
    nobody has opened or that was shut. It says nothing, and closes each connection after its answer.
    """

    def __init__(self) -> None:
        self._server = _Server()
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(POLL_SECONDS,), name="instaview-inbox", daemon=True
        )
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def open(self, path: str, take: Take) -> str:
        """The URL whose POSTs `take` gets from now on, in the receiver's thread, one after the other."""
        self._server.takers[f"/{path}"] = take
        return f"{self.url}/{path}"

    def shut(self, path: str) -> None:
        del self._server.takers[f"/{path}"]

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(socketserver.TCPServer):
    """Not `http.server.HTTPServer`, which asks the name service for this machine's name first."""

    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self) -> None:
        self.takers: dict[str, Take] = {}
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = PATIENCE_SECONDS

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        take = self.server.takers.get(self.path)
        if take is not None:
            take(httpx2.Headers(self.headers.items()), body)
        self.send_response(404 if take is None else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""
