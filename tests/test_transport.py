"""The way out, over real sockets: what is sent, what is taken for an answer, and where nothing goes."""

import asyncio
import gzip
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib.metadata import version

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey

from mockserver.outgoing import Answer, Outgoing
from mockserver.targets import TargetPolicy
from mockserver.transport import MAX_ANSWER_BYTES, HttpTransport, reason_of

BODY = b'{"event":"ping"}'
JSON = (("content-type", "application/json"),)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Reaction = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Receiver:
    """A hand-made HTTP server: it notes each request as it came, and reacts to all in the same way."""

    react: Reaction
    port: int = 0
    connections: int = 0
    requests: list[tuple[bytes, bytes]] = field(default_factory=list)  # head, body
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while not writer.is_closing():
                self.requests.append(await read_request(reader))
                self.arrived.set()
                await self.react(writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the transport hung up
        finally:
            writer.close()


async def read_request(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    return head, await reader.readexactly(int(length.partition(b":")[2]))


@asynccontextmanager
async def receiver(react: Reaction) -> AsyncIterator[Receiver]:
    """Serves until the block ends, then waits until each connection is closed."""
    receiver = Receiver(react)
    tasks: set[asyncio.Task[None]] = set()

    def connected(*streams: *Streams) -> None:
        tasks.add(asyncio.get_running_loop().create_task(receiver.serve(*streams)))

    async with await asyncio.start_server(connected, "127.0.0.1", 0) as server:
        receiver.port = server.sockets[0].getsockname()[1]
        yield receiver
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def answering(answer: bytes) -> Reaction:
    async def react(writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()

    return react


def answering_and_closing(answer: bytes) -> Reaction:
    async def react(writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        writer.close()

    return react


def hanging_after(answer: bytes) -> Reaction:
    async def react(writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await asyncio.Event().wait()

    return react


async def resetting(writer: asyncio.StreamWriter) -> None:
    connection: socket.socket = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def answering_once(then: Reaction) -> Reaction:
    """Each connection has one answer; what comes after it on the same one meets another reaction."""
    used: set[asyncio.StreamWriter] = set()

    async def react(writer: asyncio.StreamWriter) -> None:
        if writer in used:
            await then(writer)
        else:
            used.add(writer)
            await answering(OK)(writer)

    return react


@pytest.fixture
async def transport() -> AsyncIterator[HttpTransport]:
    transport = HttpTransport(TargetPolicy())
    yield transport
    await transport.close()


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that is held, so that nobody else gets it, and on which nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@dataclass
class Names:
    """A name service of our own: each name has the addresses of one look-up after the other."""

    table: dict[str, list[list[str]]] = field(default_factory=dict)
    looked_up: list[str] = field(default_factory=list)

    def getaddrinfo(self, host: str, port: int, *_: object, **__: object) -> list[tuple[object, ...]]:
        self.looked_up.append(host)
        if host not in self.table:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        addresses = self.table[host].pop(0)
        return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (name, port)) for name in addresses]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    names = Names()
    monkeypatch.setattr(socket, "getaddrinfo", names.getaddrinfo)
    return names


def outgoing(url: str, headers: tuple[tuple[str, str], ...] = JSON, timeout_seconds: float = 10) -> Outgoing:
    return Outgoing(url, headers, BODY, timeout_seconds)


async def send(transport: HttpTransport, request: Outgoing) -> Answer:
    """In a task of its own, since coverage loses a test's lines after an exception deep in what it awaits (3.11)."""
    return await asyncio.create_task(transport.send(request))


async def test_a_request_is_sent_as_given(transport: HttpTransport) -> None:
    """Body and headers arrive byte for byte; of its own the transport adds host, length and its name only."""
    async with receiver(answering(OK)) as hook:
        await transport.send(outgoing(f"{hook.url}?a=b", (*JSON, ("X-Twice", "1"), ("X-Twice", "2"))))

        head, body = hook.requests[0]

    assert body == BODY
    assert head.decode().split("\r\n")[:-2] == [
        "POST /hook?a=b HTTP/1.1",
        f"Host: 127.0.0.1:{hook.port}",
        f"User-Agent: instaview-mockserver/{version('instaview-mockserver')}",
        "content-type: application/json",
        "X-Twice: 1",
        "X-Twice: 2",
        f"Content-Length: {len(BODY)}",
    ]


async def test_the_answer_is_handed_back(transport: HttpTransport) -> None:
    """Status, headers with their names as sent, body, and the time it took."""
    async with receiver(answering(b"HTTP/1.1 202 Fine\r\nx-Odd: 1\r\nContent-Length: 2\r\n\r\nok")) as hook:
        answer = await transport.send(outgoing(hook.url))

    assert answer == Answer(202, (("x-Odd", "1"), ("Content-Length", "2")), b"ok", None, answer.seconds)
    assert 0 < answer.seconds < 10


async def test_a_name_of_this_machine_is_resolved(transport: HttpTransport) -> None:
    """`localhost` reaches a receiver that listens on one of its addresses only."""
    async with receiver(answering(OK)) as hook:
        answer = await transport.send(outgoing(f"http://localhost:{hook.port}/hook"))

    assert (answer.status, answer.error) == (200, None)


async def test_the_caller_may_name_itself(transport: HttpTransport) -> None:
    """An endpoint's own headers stand in the place of the transport's."""
    async with receiver(answering(OK)) as hook:
        await transport.send(outgoing(hook.url, (("user-agent", "mine"), ("Host", "hooks.example.com"))))

        head = hook.requests[0][0].lower()

    assert head.count(b"user-agent:") == 1
    assert b"\r\nuser-agent: mine\r\n" in head
    assert b"\r\nhost: hooks.example.com\r\n" in head


async def test_one_connection_serves_many_deliveries(transport: HttpTransport) -> None:
    """As long as the receiver keeps it open, a connection is used again, whatever the answers are."""
    answers = iter([OK, b"HTTP/1.1 204 None\r\n\r\n", b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"] * 10)

    async def react(writer: asyncio.StreamWriter) -> None:
        writer.write(next(answers))

    async with receiver(react) as hook:
        statuses = [(await transport.send(outgoing(hook.url))).status for _ in range(30)]

    assert statuses == [200, 204, 500] * 10
    assert hook.connections == 1


async def test_a_receiver_that_closes_without_a_word_loses_nothing(transport: HttpTransport) -> None:
    """A connection that was closed after the last answer is not taken for the next delivery."""
    async with receiver(answering_and_closing(OK)) as hook:
        errors = [(await transport.send(outgoing(hook.url))).error for _ in range(30)]

    assert errors == [None] * 30
    assert hook.connections == 30


@pytest.mark.parametrize(
    "then",
    [answering_and_closing(b""), resetting, answering(b"the rest of another answer\r\n\r\n")],
    ids=["closed", "reset", "no HTTP"],
)
async def test_a_used_connection_that_fails_costs_no_attempt(transport: HttpTransport, then: Reaction) -> None:
    """The attempt goes on with a new one, which serves it alone, and sends the same otherwise."""
    async with receiver(answering_once(then)) as hook:
        answers = [await send(transport, outgoing(hook.url)) for _ in range(3)]

    assert [(answer.status, answer.error) for answer in answers] == [(200, None)] * 3
    assert hook.connections == 3
    assert [head.count(b"\r\nConnection: close\r\n") for head, _ in hook.requests] == [0, 0, 1, 0]
    same = {(head.replace(b"\r\nConnection: close\r\n", b"\r\n"), body) for head, body in hook.requests}
    assert len(same) == 1


async def test_a_new_connection_that_fails_is_a_failure(transport: HttpTransport) -> None:
    """A receiver that hangs up on everybody hears of an attempt twice at most."""
    answers = iter([answering(OK)])

    async def react(writer: asyncio.StreamWriter) -> None:
        await next(answers, resetting)(writer)

    async with receiver(react) as hook:
        tried = [await send(transport, outgoing(hook.url)) for _ in range(3)]

    assert [answer.error for answer in tried] == [None, "connection reset", "connection reset"]
    assert len(hook.requests) == 1 + 2 + 1


async def test_a_second_connection_has_no_more_time(transport: HttpTransport) -> None:
    """The deadline is for all that an attempt takes."""
    reactions = iter([answering(OK), resetting, hanging_after(b"")])

    async def react(writer: asyncio.StreamWriter) -> None:
        await next(reactions)(writer)

    async with receiver(react) as hook:
        await transport.send(outgoing(hook.url))
        late = await send(transport, outgoing(hook.url, timeout_seconds=0.1))

    assert late.error == "timed out after 0.1 s"
    assert late.seconds < 5


async def test_an_answer_that_has_begun_is_the_answer(transport: HttpTransport) -> None:
    """Where a used connection breaks off within the body, nothing is sent again."""
    half = answering_and_closing(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
    async with receiver(answering_once(half)) as hook:
        answers = [await send(transport, outgoing(hook.url)) for _ in range(2)]

    assert [answer.error for answer in answers] == [None, "the answer broke off"]
    assert len(hook.requests) == 2


async def test_no_receiver_waits_for_another(transport: HttpTransport) -> None:
    """Any number of hanging attempts leave the next one its own connection."""
    async with receiver(hanging_after(b"")) as hanging, receiver(answering(OK)) as hook, asyncio.TaskGroup() as group:
        stuck = [group.create_task(transport.send(outgoing(hanging.url))) for _ in range(150)]
        answer = await transport.send(outgoing(hook.url))
        for task in stuck:
            task.cancel()

    assert answer.status == 200
    assert answer.seconds < 5


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_not_followed(transport: HttpTransport, status: int) -> None:
    """A redirect is an answer like others: its target hears nothing."""
    async with receiver(answering(OK)) as elsewhere:
        redirect = f"HTTP/1.1 {status} Moved\r\nLocation: {elsewhere.url}\r\nContent-Length: 0\r\n\r\n"
        async with receiver(answering(redirect.encode())) as hook:
            answer = await transport.send(outgoing(hook.url))

    assert (answer.status, answer.error) == (status, None)
    assert elsewhere.connections == 0


async def test_compressed_answers_are_left_as_they_are(transport: HttpTransport) -> None:
    """No small answer can become a large one."""
    body = gzip.compress(b"ok")
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
    async with receiver(answering(head.encode() + body)) as hook:
        answer = await transport.send(outgoing(hook.url))

    assert (answer.body, answer.error) == (body, None)


async def test_cookies_are_not_kept(transport: HttpTransport) -> None:
    """One delivery leaves no trace in the next."""
    async with receiver(answering(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n")) as hook:
        await transport.send(outgoing(hook.url))
        await transport.send(outgoing(hook.url))

    assert hook.requests[0] == hook.requests[1]


async def test_the_environment_plays_no_part(
    transport: HttpTransport, monkeypatch: pytest.MonkeyPatch, closed_port: int
) -> None:
    """Proxies of the environment are for other programs."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "https_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port}")
    async with receiver(answering(OK)) as hook:
        answer = await transport.send(outgoing(hook.url))

    assert (answer.status, answer.error) == (200, None)


@pytest.mark.parametrize(
    ("answer", "status", "kept"),
    [
        pytest.param(b"", None, b"", id="before the answer"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Le", None, b"", id="within its head"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", 200, b"half", id="within its body"),
    ],
)
async def test_the_deadline_is_for_the_whole_attempt(
    transport: HttpTransport, answer: bytes, status: int | None, kept: bytes
) -> None:
    """Wherever the receiver stops, the attempt ends in time, and what had come is kept."""
    async with receiver(hanging_after(answer)) as hook:
        late = await transport.send(outgoing(hook.url, timeout_seconds=0.1))

    assert (late.status, late.body, late.error) == (status, kept, "timed out after 0.1 s")
    assert 0.09 < late.seconds < 5


@pytest.mark.parametrize("size", [MAX_ANSWER_BYTES - 1, MAX_ANSWER_BYTES], ids=["below the limit", "at the limit"])
async def test_an_answer_within_the_limit_is_kept_whole(transport: HttpTransport, size: int) -> None:
    """Up to 64 KiB is read, and the connection serves on."""
    async with receiver(answering(f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n".encode() + b"x" * size)) as hook:
        answers = [await transport.send(outgoing(hook.url)) for _ in range(2)]

    assert [(len(answer.body), answer.error) for answer in answers] == [(size, None)] * 2
    assert hook.connections == 1


async def test_an_answer_beyond_the_limit_is_cut(transport: HttpTransport) -> None:
    """The first 64 KiB are kept, the rest is not waited for, and the next delivery goes on."""
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    endless = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk * 4
    async with receiver(hanging_after(endless)) as hook:
        answers = [await transport.send(outgoing(hook.url)) for _ in range(2)]

    assert [(answer.status, answer.body, answer.error) for answer in answers] == [
        (200, b"x" * MAX_ANSWER_BYTES, None)
    ] * 2
    assert hook.connections == 2


@pytest.mark.parametrize(
    ("react", "status", "error"),
    [
        pytest.param(answering_and_closing(b""), None, "connection closed without an answer", id="silence"),
        pytest.param(
            answering_and_closing(b"HTTP/1.1 200 OK\r\nCon"),
            None,
            "connection closed without an answer",
            id="half a head",
        ),
        pytest.param(
            answering_and_closing(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"),
            200,
            "the answer broke off",
            id="half a body",
        ),
        pytest.param(resetting, None, "connection reset", id="reset"),
        pytest.param(answering(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), None, "not an HTTP answer: ", id="another protocol"),
        pytest.param(answering(b"\x00\xff" * 50 + b"\r\n\r\n"), None, "not an HTTP answer: ", id="octets"),
        pytest.param(answering(b"HTTP/1.1 42 No\r\n\r\n"), None, "not an HTTP answer: ", id="status of two digits"),
        pytest.param(
            answering(b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n"), None, "not an HTTP answer: ", id="header without colon"
        ),
        pytest.param(
            answering(b"HTTP/1.1 200 OK\r\nX-\xff\xfe: 1\r\n\r\n"),
            None,
            "not an HTTP answer: ",
            id="header name of octets",
        ),
        pytest.param(
            answering(b"HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\n"),
            None,
            "not an HTTP answer: ",
            id="negative length",
        ),
        pytest.param(
            answering(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n"),
            None,
            "not an HTTP answer: ",
            id="endless header",
        ),
        pytest.param(
            answering(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000 + b"\r\n"),
            None,
            "not an HTTP answer: ",
            id="too many headers",
        ),
    ],
)
async def test_a_bad_answer_is_told_in_one_line(
    transport: HttpTransport, react: Reaction, status: int | None, error: str
) -> None:
    """Nothing that a receiver sends raises, and the transport serves the next receiver as before."""
    async with receiver(react) as bad, receiver(answering(OK)) as good:
        answer = await transport.send(outgoing(bad.url))
        after = await transport.send(outgoing(good.url))

    assert answer.status == status
    assert answer.error is not None
    assert answer.error.startswith(error)
    assert "\n" not in answer.error
    assert len(answer.error) <= 200
    assert after.error is None


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        pytest.param(b"HTTP/1.1 204 No Content\r\n\r\nok", 204, b"", id="a body where none can be"),
        pytest.param(b"HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok", 204, b"", id="and its length"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nok", 200, b"", id="more than no body"),
        pytest.param(OK + b"and more\r\n\r\n", 200, b"ok", id="more than the body"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\nand more",
            200,
            b"ok",
            id="more than the last chunk",
        ),
    ],
)
async def test_what_comes_behind_an_answer_does_not_undo_it(
    transport: HttpTransport, answer: bytes, status: int, body: bytes
) -> None:
    """The answer was complete, so it counts; its connection serves nobody else."""
    async with receiver(answering(answer)) as hook:
        answers = [await transport.send(outgoing(hook.url)) for _ in range(2)]

    assert [(each.status, each.body, each.error) for each in answers] == [(status, body, None)] * 2
    assert hook.connections == 2


async def test_the_first_thing_wrong_is_told(transport: HttpTransport) -> None:
    """Whatever comes behind a head that is none does not change the reason."""
    async with receiver(answering(b"HTTP/1.1 42 No\r\n\r\nand more\r\n\r\n")) as hook:
        answer = await send(transport, outgoing(hook.url))

    assert answer.error == "not an HTTP answer: Bad status line: Invalid status code: b'HTTP/1.1 42 No' ^"


async def test_chunks_that_make_no_sense_end_the_attempt_at_once(transport: HttpTransport) -> None:
    """Also where the head was good, and the receiver keeps the connection open."""
    chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnone\r\n"
    async with receiver(hanging_after(chunks)) as hook:
        answer = await send(transport, outgoing(hook.url))

    assert (answer.status, (answer.error or "")[:43]) == (200, "not an HTTP answer: Invalid character in ch")
    assert answer.seconds < 5


async def test_header_values_beyond_ascii_can_be_printed(transport: HttpTransport) -> None:
    """Octets that are no UTF-8 become characters, not lone surrogates."""
    async with receiver(answering(b"HTTP/1.1 200 OK\r\nX-Odd: \xff\xc3\r\nContent-Length: 0\r\n\r\n")) as hook:
        answer = await transport.send(outgoing(hook.url))

    assert answer.headers[0] == ("X-Odd", "\xff\xc3")
    assert answer.error is None


async def test_a_second_answer_is_not_taken_for_the_next(transport: HttpTransport) -> None:
    """A receiver that answers once too often spoils its own connection only."""
    async with receiver(answering(OK + b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")) as hook:
        statuses = [(await transport.send(outgoing(hook.url))).status for _ in range(3)]

    assert statuses == [200, 200, 200]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_nobody_listens(transport: HttpTransport, closed_port: int, host: str) -> None:
    """The commonest mistake has the shortest reason, for names with several addresses too."""
    answer = await send(transport, outgoing(f"http://{host}:{closed_port}/hook"))

    assert (answer.status, answer.error) == (None, "connection refused")


async def test_a_name_that_does_not_resolve(transport: HttpTransport, names: Names) -> None:
    """The reason names the name."""
    answer = await send(transport, outgoing("http://nowhere.test/hook"))

    assert answer.error == "the name nowhere.test does not resolve"
    assert names.looked_up == ["nowhere.test"]


async def test_plain_http_where_tls_is_expected(transport: HttpTransport) -> None:
    """`https` to a receiver that speaks plain HTTP is told as such."""

    def answer_at_once(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK)
        writer.close()

    async with await asyncio.start_server(answer_at_once, "127.0.0.1", 0) as server:
        answer = await send(transport, outgoing(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"))

    assert answer.error is not None
    assert answer.error.startswith("TLS failed: ")


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("http://10.0.0.1/hook", "target 10.0.0.1 is not allowed: private network"),
        ("http://[::ffff:169.254.169.254]/hook", "target ::ffff:a9fe:a9fe is not allowed: link-local"),
        ("http://0x7f.1/hook", "the URL's host 0x7f.1 is neither"),
        ("ftp://127.0.0.1/hook", "the URL has to begin with"),
    ],
    ids=["private", "mapped metadata", "hexadecimal", "scheme"],
)
async def test_a_refused_url_is_not_tried(transport: HttpTransport, names: Names, url: str, error: str) -> None:
    """Addresses in URLs, which no resolver sees, are judged like those that names have."""
    answer = await transport.send(outgoing(url))

    assert answer.error is not None
    assert answer.error.startswith(error)
    assert names.looked_up == []


@pytest.mark.parametrize(
    "addresses",
    [["10.0.0.1"], ["127.0.0.1", "10.0.0.1"], ["10.0.0.1", "127.0.0.1"]],
    ids=["one address", "the last of two", "the first of two"],
)
async def test_one_refused_address_refuses_the_name(
    transport: HttpTransport, names: Names, addresses: list[str]
) -> None:
    """A name is as good as the worst of its addresses: none of them is connected to."""
    async with receiver(answering(OK)) as hook:
        names.table["hooks.test"] = [addresses]

        answer = await send(transport, outgoing(f"http://hooks.test:{hook.port}/hook"))

    assert answer.error == ("target 10.0.0.1 is not allowed: private network; --webhook-allow hooks.test would open it")
    assert hook.connections == 0


async def test_the_checked_address_is_the_one_connected_to(transport: HttpTransport, names: Names) -> None:
    """A name is looked up once for a connection, and the deliveries that follow on it."""
    names.table["hooks.test"] = [["127.0.0.1"]]
    async with receiver(answering(OK)) as hook:
        answers = [await transport.send(outgoing(f"http://hooks.test:{hook.port}/hook")) for _ in range(3)]

    assert [answer.error for answer in answers] == [None] * 3
    assert names.looked_up == ["hooks.test"]


async def test_look_ups_at_the_same_moment_are_shared(transport: HttpTransport, names: Names) -> None:
    """A name service that hangs holds one thread per name, not one per delivery."""
    names.table["hooks.test"] = [["127.0.0.1"]]
    async with receiver(answering(OK)) as hook:
        url = f"http://hooks.test:{hook.port}/hook"
        answers = await asyncio.gather(*[transport.send(outgoing(url)) for _ in range(10)])

    assert [answer.error for answer in answers] == [None] * 10
    assert names.looked_up == ["hooks.test"]


async def test_a_name_that_moves_is_checked_anew(transport: HttpTransport, names: Names) -> None:
    """No answer of the name service outlives the connection it was asked for."""
    names.table["hooks.test"] = [["127.0.0.1"], ["169.254.169.254"]]
    async with receiver(answering_and_closing(OK)) as hook:
        answers = [await transport.send(outgoing(f"http://hooks.test:{hook.port}/hook")) for _ in range(2)]

    assert [answer.error for answer in answers] == [
        None,
        "target 169.254.169.254 is not allowed: link-local, cloud metadata, never a target",
    ]


@pytest.mark.parametrize(
    ("header", "error"),
    [
        (("Content-Length", "3"), "the header Content-Length cannot be set"),
        (("transfer-encoding", "chunked"), "the header transfer-encoding cannot be set"),
        (("X-Note", "a\r\nX-Other: b"), "cannot be sent: "),
        (("X-Note", "a\0b"), "cannot be sent: "),
    ],
    ids=["length", "framing", "line break", "null"],
)
async def test_headers_cannot_break_out(transport: HttpTransport, header: tuple[str, str], error: str) -> None:
    """No header of an endpoint can make two requests of one."""
    async with receiver(answering(OK)) as hook:
        answer = await transport.send(outgoing(hook.url, (header,)))

    assert answer.error is not None
    assert answer.error.startswith(error)
    assert hook.requests == []


async def test_cancelling_is_the_only_thing_that_raises(transport: HttpTransport) -> None:
    """A shutdown ends an attempt at once, and its connection with it."""
    async with receiver(hanging_after(b"")) as hook:
        task = asyncio.create_task(transport.send(outgoing(hook.url)))
        await hook.arrived.wait()
        task.cancel()

        with pytest.raises(asyncio.CancelledError):
            await task


async def test_closing_ends_what_is_under_way() -> None:
    """An attempt whose transport is closed ends with a reason."""
    transport = HttpTransport(TargetPolicy())
    async with receiver(hanging_after(b"")) as hook:
        task = asyncio.create_task(transport.send(outgoing(hook.url)))
        await hook.arrived.wait()
        await transport.close()

        answer = await task

    assert (answer.status, answer.error) == (None, "connection closed without an answer")


async def test_closing_opens_no_second_connection() -> None:
    """What was under way on a used connection ends as well, and is not tried on another one."""
    transport = HttpTransport(TargetPolicy())
    async with receiver(answering_once(hanging_after(b""))) as hook:
        await transport.send(outgoing(hook.url))
        hook.arrived.clear()
        task = asyncio.create_task(transport.send(outgoing(hook.url)))
        await hook.arrived.wait()
        await transport.close()

        answer = await task

    assert (answer.status, answer.error) == (None, "connection closed without an answer")
    assert hook.connections == 1


async def test_a_closed_transport_sends_nothing() -> None:
    """Closing is final, also for a transport that never sent anything."""
    transport = HttpTransport(TargetPolicy())
    async with receiver(answering(OK)) as hook:
        await transport.close()

        answer = await transport.send(outgoing(hook.url))

    assert answer.error == "the transport is closed"
    assert hook.connections == 0


KEY = ConnectionKey("hooks.test", 443, True, True, None, None, None)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        pytest.param(
            aiohttp.ClientConnectorCertificateError(KEY, ValueError("self-signed")),
            "certificate not trusted: self-signed",
            id="certificate",
        ),
        pytest.param(
            aiohttp.ClientConnectorError(KEY, OSError(113, "No route to host")),
            "cannot connect: No route to host",
            id="no route",
        ),
        pytest.param(
            aiohttp.ClientConnectorError(KEY, OSError("Multiple exceptions: one, another")),
            "cannot connect: Multiple exceptions: one, another",
            id="addresses that fail each in its own way",
        ),
        pytest.param(aiohttp.ClientOSError(32, "Broken pipe"), "connection lost: [Errno 32] Broken pipe", id="pipe"),
        pytest.param(
            aiohttp.ClientOSError(None, "Can not write request body for http://hooks.test/"),
            "connection closed without an answer",
            id="closed within the request",
        ),
        pytest.param(
            aiohttp.ClientConnectionError("Connector is closed."), "cannot be sent: Connector is closed.", id="other"
        ),
        pytest.param(
            ValueError("a\n\n  b" + "c" * 300), ("cannot be sent: a b" + "c" * 300)[:200], id="long, in lines"
        ),
    ],
)
def test_reasons_of_rare_errors(error: Exception, reason: str) -> None:
    """What is hard to bring about on loopback reads well, too."""
    assert reason_of(error) == reason
