"""The way to a server under check: bounded in time and size, the same for our own requests and for generated ones."""

import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import monotonic

import pytest
import trustme

from mockserver.checks.generated import Orders, look_at_generated
from mockserver.checks.leftovers import Leftovers
from mockserver.checks.target import NoAnswer, Target
from tests.support import ACME

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
NOWHERE = "http://127.0.0.1:1"  # takes no connection


@contextmanager
def answering(send: Callable[[socket.socket, threading.Event], None]) -> Iterator[str]:
    """The URL of a server that answers each request so, until it is told to stop."""
    stopped, threads = threading.Event(), list[threading.Thread]()

    def serve(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.recv(65536)
            send(connection, stopped)

    def accept() -> None:
        with suppress(OSError):
            while True:
                threads.append(threading.Thread(target=serve, args=(listener.accept()[0],)))
                threads[-1].start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            stopped.set()
            listener.shutdown(socket.SHUT_RDWR)
            for thread in (accepting, *threads):
                thread.join()


def dribbling_head(connection: socket.socket, stopped: threading.Event) -> None:
    connection.sendall(HEAD)
    while not stopped.wait(0.02):
        connection.sendall(b"X-More: 1\r\n")


def dribbling_body(connection: socket.socket, stopped: threading.Event) -> None:
    connection.sendall(HEAD + b"\r\n[")
    while not stopped.wait(0.02):
        connection.sendall(b"1,")


def endless(connection: socket.socket, _: threading.Event) -> None:
    connection.sendall(HEAD + b"\r\n[")
    while True:
        connection.sendall(b"1," * 500_000)


@pytest.mark.parametrize(
    ("send", "timeout_seconds", "why"),
    [
        pytest.param(dribbling_head, 0.2, "its answer does not come to an end", id="headers without an end"),
        pytest.param(dribbling_body, 0.2, "its answer does not end", id="a body without an end"),
        pytest.param(endless, 20.0, "its answer is longer than 16 MiB", id="more than can be held"),
    ],
)
def test_an_answer_is_bounded(
    send: Callable[[socket.socket, threading.Event], None], timeout_seconds: float, why: str
) -> None:
    """In time and in size, though every piece of it comes soon enough."""
    with answering(send) as url, Target(url, ACME, timeout_seconds=timeout_seconds) as target:
        began = monotonic()
        with pytest.raises(NoAnswer) as told:
            target.request("GET", "/jobs")

    assert str(told.value) == f"{url} does not answer: {why}"
    assert monotonic() - began < 15


class Stub(BaseHTTPRequestHandler):
    """Knows nothing, and keeps who asks."""

    agents: list[str]

    def answer(self) -> None:
        self.agents.append(self.headers["User-Agent"])
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(404)
        for name, value in {"Content-Type": "application/json", "Content-Length": "2"}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"{}")

    do_GET = do_POST = do_PATCH = do_DELETE = answer  # noqa: N815 # the library's names

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is told."""


@pytest.fixture
def secured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, list[str]]]:
    """A server on this machine, its authority in SSL_CERT_FILE, and a proxy that takes nothing; who asked it, too."""
    authority, context = trustme.CA(), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, NOWHERE)
    for name in ("NO_PROXY", "no_proxy", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    agents: list[str] = []
    with ThreadingHTTPServer(("127.0.0.1", 0), type("_Stub", (Stub,), {"agents": agents})) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        yield f"https://127.0.0.1:{server.server_port}", agents
        server.shutdown()


@pytest.mark.timeout(120)
def test_generated_requests_go_the_way_of_our_own(secured: tuple[str, list[str]]) -> None:
    """No proxy on this machine, and the authority that the environment names."""
    url, agents = secured

    with Target(url, ACME, has_control=False) as target:
        status = target.request("GET", "/jobs", key=ACME).status
        found = list(look_at_generated(target, Orders(("examples",), 1, 60.0, 10.0), Leftovers(), lambda *_: None))

    assert status == 404
    assert any(agent.startswith("schemathesis") for agent in agents)
    assert not any("SSLError" in str(one.failure) or "Proxy" in str(one.failure) for one in found)
    assert os.environ["HTTPS_PROXY"] == NOWHERE
