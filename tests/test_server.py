"""The server over real sockets: what no well-behaved client sends, both parsers, deadlines, the end."""

import http.client
import json
import socket
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from select import select
from typing import Any

import pytest

from mockserver import MockServer, settings_for
from mockserver.protocols import Patience
from mockserver.server import Parser, bind, url_of
from mockserver.universe import Undelivered
from tests.support import ACME, NOW, body

PARSERS: tuple[Parser, ...] = ("httptools", "h11")
KEY = f"Host: api.test\r\nAuthorization: Bearer {ACME}\r\n".encode()
JSON = KEY + b"Content-Type: application/json\r\n"
BODY = json.dumps(body(isTest=True)).encode()
TWO_MB = b" " * (2 << 20)
GRACE = 0.5


def get(target: bytes = b"/interviews?limit=1", headers: bytes = KEY, method: bytes = b"GET") -> bytes:
    return method + b" " + target + b" HTTP/1.1\r\n" + headers + b"\r\n"


def post(sent: bytes = BODY, extra: bytes = b"", length: int | None = None) -> bytes:
    size = len(sent) if length is None else length
    return b"POST /interviews HTTP/1.1\r\n" + JSON + b"Content-Length: %d\r\n" % size + extra + b"\r\n" + sent


def chunked(*chunks: bytes, head: bytes = b"POST /interviews HTTP/1.1\r\n") -> bytes:
    return head + JSON + b"Transfer-Encoding: chunked\r\n\r\n" + b"".join(chunks)


def chunk(sent: bytes) -> bytes:
    return b"%x\r\n" % len(sent) + sent + b"\r\n"


class Client:
    """One connection that sends what it is told and reads answers one by one."""

    def __init__(self, server: MockServer) -> None:
        host, _, port = server.url.removeprefix("http://").partition(":")
        self.socket = socket.create_connection((host, int(port)), timeout=20)
        self.file = self.socket.makefile("rb")

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()
        self.socket.close()

    def send(self, data: bytes) -> "Client":
        self.socket.sendall(data)
        return self

    def answer(self, method: str = "GET") -> tuple[int, Any]:
        """The next answer's status and JSON; None where there is no body."""
        while True:
            status = int(self.file.readline().split()[1])
            headers = http.client.parse_headers(self.file)
            if status != 100:
                break
        assert headers["content-type"].partition(";")[0] == "application/json"
        text = b"" if method == "HEAD" else self.file.read(int(headers["content-length"]))
        return status, json.loads(text) if text else None

    def is_closed(self) -> bool:
        """Whether the server has nothing more to say; waits for it to hang up."""
        try:
            return self.file.read(1) == b""
        except ConnectionResetError:  # pragma: no cover  # when it has not read all that we sent: a matter of timing
            return True


@pytest.fixture(scope="module", params=PARSERS)
def server(request: pytest.FixtureRequest) -> Iterator[MockServer]:
    with MockServer(settings_for(clock=NOW, grace_seconds=0), parser=request.param) as server:
        yield server


@pytest.fixture(scope="module", params=PARSERS)
def impatient(request: pytest.FixtureRequest) -> Iterator[MockServer]:
    """A server that gives a request half a second to arrive."""
    settings = settings_for(clock=NOW, grace_seconds=0)
    with MockServer(settings, parser=request.param, patience=Patience(receive_seconds=0.5)) as server:
        yield server


# Where the parsers differ, both statuses: httptools, h11.
HOSTILE: dict[str, tuple[bytes, int | tuple[int, int]]] = {
    "every byte there is": (bytes(range(256)) * 4, 400),
    "a TLS handshake": (bytes.fromhex("16030100f8010000f40303"), 400),
    "the HTTP/2 preface": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (400, 404)),
    "no version": (b"GET /interviews\r\n\r\n", (401, 400)),
    "a header with NUL": (get(headers=b"Host: a\r\nX: a\x00b\r\n"), 400),
    "a space before the colon": (get(headers=b"Host : a\r\n"), 400),
    "a host that is no host": (get(b"/nowhere", b"Host: [\r\n"), 404),
    "a host that is no host, wrong method": (get(headers=b"Host: [::\r\n", method=b"PUT"), 405),
    "no host": (get(headers=b""), (401, 400)),
    "a key beyond ASCII": (get(headers=b"Host: a\r\nAuthorization: Bearer \xff\r\n"), 401),
    "a raw UTF-8 path": (get("/rozhovor-č".encode()), 400),
    "an escaped path that is no text": (get(b"/%ff%00%0d%0aX:1"), 404),
    "an escape that is none": (get(b"/%zz"), 404),
    "a path that climbs": (get(b"/../interviews"), 404),
    "two slashes": (get(b"//interviews"), 404),
    "a target without a slash": (get(b"interviews"), (400, 404)),
    "a query that is no text": (get(b"/interviews?page=%ff&%00"), 400),
    "an absolute target of nothing": (get(b"http://api.test"), (400, 404)),
    "an absolute target elsewhere": (get(b"http://api.test/nowhere"), 404),
    "HEAD": (get(method=b"HEAD"), 405),
    "OPTIONS": (get(method=b"OPTIONS"), 405),
    "OPTIONS *": (get(b"*", method=b"OPTIONS"), 404),
    "TRACE": (get(method=b"TRACE"), 405),
    "CONNECT to a host": (get(b"example.com:443", method=b"CONNECT"), (400, 404)),
    "CONNECT to a path": (get(method=b"CONNECT"), 405),
    "a method nobody knows": (get(method=b"BREW"), (400, 405)),
    "a method in lower case": (get(method=b"get"), (400, 405)),
    "a method without end": (b"A" * 70_000 + b" / HTTP/1.1\r\n\r\n", (400, 431)),
    "a target too long": (get(b"/" + b"a" * 70_000), 431),
    "a header too long": (get(headers=b"X: " + b"a" * 70_000 + b"\r\n"), 431),
    "too many headers": (get(headers=b"".join(b"X-%d: a\r\n" % i for i in range(9_000))), 431),
    "headers without end": (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20_000, 431),
    "a negative length": (post(length=-1), 400),
    "a length beyond 64 bits": (post(length=10**20 - 1), (400, 413)),
    "a length of 5,000 digits": (post(extra=b"Content-Length: " + b"9" * 5_000 + b"\r\n"), 400),
    "two lengths": (post(extra=b"Content-Length: 1\r\n"), 400),
    "a length beside chunks": (chunked(b"0\r\n\r\n", head=b"POST /interviews HTTP/1.1\r\nContent-Length: 3\r\n"), 400),
    "an encoding that is no framing": (post(extra=b"Transfer-Encoding: gzip\r\n"), 400),
    "a chunk without size": (chunked(b"zz\r\n"), 400),
    "a chunk without size, unread": (chunked(b"zz\r\n", head=b"GET /interviews HTTP/1.1\r\n"), 400),
    "a chunk of negative size": (chunked(b"-1\r\n"), 400),
    "a chunk beyond 64 bits": (chunked(b"f" * 40 + b"\r\n"), 400),
    "a chunk longer than it says": (chunked(b"2\r\nabcdef\r\n0\r\n\r\n"), 400),
    "an empty body": (post(b""), 400),
    "a body of garbage": (post(bytes(range(256))), 400),
    "a length over the limit": (post(b"", length=len(TWO_MB)), 413),
    "a body over the limit": (post(TWO_MB), 413),
    "chunks over the limit": (chunked(*[chunk(b" " * 65_536)] * 20, b"0\r\n\r\n"), 413),
    "a large body that nobody reads": (b"POST /nowhere" + post(TWO_MB).removeprefix(b"POST /interviews"), 404),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_input_is_refused_in_the_vendors_shape(server: MockServer, case: str) -> None:
    """Whatever comes in: no 500, no plain text, and the next client is served."""
    sent, statuses = HOSTILE[case]
    expected = statuses if isinstance(statuses, int) else statuses[PARSERS.index(server.parser)]
    method = "HEAD" if sent.startswith(b"HEAD") else "GET"

    with Client(server) as client:
        status, refusal = client.send(sent).answer(method)

    assert status == expected
    if method != "HEAD":
        assert set(refusal) == {"statusCode", "message", "error"}
        assert refusal["statusCode"] == status
    with Client(server) as next_client:
        assert next_client.send(get()).answer()[0] == 200


UNUSUAL = {
    "an absolute target": (get(b"http://api.test/interviews"), 200),
    "an absolute target in capitals": (get(b"HTTP://API.TEST/interviews"), 200),
    "one chunk": (chunked(chunk(BODY), b"0\r\n\r\n"), 201),
    "a chunk for each byte": (chunked(*(chunk(bytes([byte])) for byte in BODY), b"0\r\n\r\n"), 201),
    "chunks with a trailer": (chunked(chunk(BODY), b"0\r\nX: y\r\n\r\n"), 201),
    "expecting 100-continue": (post(extra=b"Expect: 100-continue\r\n"), 201),
    "offering HTTP/2 with a body, as Java does": (
        post(extra=b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAA\r\n"),
        201,
    ),
    "offering a websocket": (get(headers=KEY + b"Connection: Upgrade\r\nUpgrade: websocket\r\n"), 200),
    "60 KB of headers": (get(headers=KEY + b"X: " + b"a" * 60_000 + b"\r\n"), 200),
    "a body of 1 MiB": (post(BODY + b" " * ((1 << 20) - len(BODY))), 201),
}


@pytest.mark.parametrize("case", UNUSUAL)
def test_unusual_requests_are_served(server: MockServer, case: str) -> None:
    """What HTTP allows and few clients do."""
    sent, expected = UNUSUAL[case]

    with Client(server) as client:
        status, _ = client.send(sent).answer()

    assert status == expected


def test_a_client_that_waits_for_100_continue_gets_it(server: MockServer) -> None:
    """It sends no body before; where the headers already decide, the refusal comes instead."""
    expecting = b"Expect: 100-continue\r\n"

    with Client(server) as client, Client(server) as refused:
        line = client.send(post(b"", expecting, length=len(BODY))).file.readline()
        client.file.readline()
        status, _ = client.send(BODY).answer()
        too_large, _ = refused.send(post(b"", expecting, length=len(TWO_MB))).answer()

    assert line.startswith(b"HTTP/1.1 100 ")
    assert (status, too_large) == (201, 413)


@pytest.mark.parametrize("size", [1, 7, 100])
def test_a_request_may_come_in_pieces(server: MockServer, size: int) -> None:
    """Head and body are put together, wherever they were cut."""
    sent = post()

    with Client(server) as client:
        client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(sent), size):
            client.send(sent[start : start + size])
        status, _ = client.answer()

    assert status == 201


def test_a_head_too_large_in_pieces_is_refused(server: MockServer) -> None:
    """Each piece is small; what counts is the sum."""
    with Client(server) as client:
        client.send(b"GET / HTTP/1.1\r\n")
        with suppress(BrokenPipeError, ConnectionResetError):  # it may have hung up before the last piece
            for _ in range(70):
                client.send(b"X: " + b"a" * 1_000 + b"\r\n")
        status, _ = client.answer()

    assert status == 431


PIPELINES = {
    "two requests": (post() + get(), [201, 200]),
    "ten requests": (get() * 10, [200] * 10),
    "garbage after one": (post() + b"\x00\xff\r\n\r\n", [201, 400]),
    "garbage after two": (post() + get() + b"\x00\xff\r\n\r\n", [201, 200, 400]),
    "a broken body after one": (post() + chunked(b"zz\r\n"), [201, 400]),
}


@pytest.mark.parametrize("case", PIPELINES)
def test_pipelined_requests_are_answered_in_order(server: MockServer, case: str) -> None:
    """What is at fault never costs an earlier request its answer."""
    sent, statuses = PIPELINES[case]

    with Client(server) as client:
        client.send(sent)
        answered = [client.answer()[0] for _ in statuses]

    assert answered == statuses


@pytest.mark.parametrize(
    "sent", [b"", get()[:-2], post()[:-5], get() + get()[:9]], ids=["silence", "head", "body", "pipe"]
)
def test_a_client_that_hangs_up_harms_nobody(
    server: MockServer, sent: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    """It leaves no trace on stderr, and nothing is created."""
    with Client(server) as client:
        client.send(sent)

    with Client(server) as next_client:
        status, _ = next_client.send(get()).answer()
    assert status == 200
    assert "Traceback" not in capfd.readouterr().err


HALF_SENT = {
    "half a request line": (b"GET /inter", [408]),
    "half the headers": (get()[:-2], [408]),
    "half a body": (post()[:-5], [408]),
    "no chunk": (chunked(), [408]),
    "half a chunk": (chunked(chunk(BODY)[:-9]), [408]),
    "half a body that nobody reads": (b"POST /nowhere" + post()[:-5].removeprefix(b"POST /interviews"), [404]),
    "half a request after a whole one": (post() + get()[:-2], [201, 408]),
    "silence": (b"", []),
}


@pytest.mark.parametrize("case", HALF_SENT)
def test_a_half_sent_request_is_closed_in_time(impatient: MockServer, case: str) -> None:
    """With 408 where a request has begun and has no answer, without a word otherwise."""
    sent, statuses = HALF_SENT[case]

    began = time.monotonic()
    with Client(impatient) as client:
        client.send(sent)
        answered = [client.answer()[0] for _ in statuses]
        closed = client.is_closed()

    assert (answered, closed) == (statuses, True)
    assert time.monotonic() - began < 10


def test_a_used_connection_has_a_deadline_for_its_next_request(impatient: MockServer) -> None:
    """As the first request had."""
    with Client(impatient) as client:
        client.send(get()).answer()
        status, _ = client.send(get()[:-2]).answer()

        assert client.is_closed()
    assert status == 408


def test_a_trickle_does_not_put_off_the_deadline(impatient: MockServer) -> None:
    """It counts from the request's first byte."""
    with Client(impatient) as client:
        client.send(b"GET /interviews HTTP/1.1\r\nX: ")
        while not select([client.socket], [], [], 0.05)[0]:
            client.send(b"a")
        status, _ = client.answer()

    assert status == 408


def test_an_idle_connection_outlives_the_deadline(impatient: MockServer) -> None:
    """The deadline is for requests; a connection that has been used may rest."""
    with Client(impatient) as client, Client(impatient) as silent:
        client.send(get()).answer()
        assert silent.is_closed()
        status, _ = client.send(get()).answer()

    assert status == 200


@pytest.mark.parametrize("parser", PARSERS)
def test_stopping_takes_no_longer_than_grace(parser: Parser) -> None:
    """Also with clients that have sent half a request, or that keep a connection."""
    server = MockServer(settings_for(grace_seconds=GRACE), parser=parser).start()
    clients = [Client(server).send(sent) for sent in (b"", get()[:-2], post()[:-5], chunked(), get())]
    clients[-1].answer()

    began = time.monotonic()
    server.stop()
    taken = time.monotonic() - began

    assert taken < GRACE + 1
    for client in clients:
        with client:
            assert client.is_closed()


def test_stopping_cuts_off_what_does_not_end(capfd: pytest.CaptureFixture[str]) -> None:
    """A call that waits for a receiver which never answers; its delivery is handed back."""
    left: list[Undelivered] = []
    with socket.create_server(("127.0.0.1", 0)) as receiver:
        hook = f"http://127.0.0.1:{receiver.getsockname()[1]}/"
        settings = settings_for(clock=NOW, webhooks=[hook], grace_seconds=GRACE)
        server = MockServer(settings, on_undelivered=left.extend).start()
        flush = b'{"wait": 60}'
        head = b"Host: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n" % len(flush)
        with Client(server) as client, Client(server) as waiting:
            client.send(post()).answer()
            waiting.send(get(b"/_mock/worlds/demo/deliveries/flush", head, b"POST") + flush)
            began = time.monotonic()
            server.stop()
            taken = time.monotonic() - began

    assert taken < GRACE + 1
    assert [one.delivery.event_type for one in left] == ["interview.completed", "analysis.completed"]
    assert capfd.readouterr().err == ""


def test_an_address_in_use_is_not_bound_twice() -> None:
    """The caller learns it before anything starts."""
    with closing(bind("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        bind("127.0.0.1", taken.getsockname()[1])


@pytest.mark.parametrize(
    ("host", "url"),
    [("127.0.0.1", "http://127.0.0.1:"), ("0.0.0.0", "http://127.0.0.1:"), ("::1", "http://[::1]:")],
    ids=["loopback", "every address", "IPv6"],
)
def test_the_url_is_one_that_this_machine_reaches(host: str, url: str) -> None:
    """`0.0.0.0` is where a server listens, not where it is."""
    with closing(bind(host, 0)) as bound:
        assert url_of(bound) == f"{url}{bound.getsockname()[1]}"


def test_a_server_open_to_others_demands_a_token() -> None:
    """From Python as from the command line."""
    with pytest.raises(ValueError, match="--admin-token"):
        MockServer(host="0.0.0.0")
