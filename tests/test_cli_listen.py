"""`mockserver listen`: what it shows of a delivery, what it answers, what it passes on."""

import asyncio
import json
import os
import pty
import re
import signal
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime

import httpx2
import pytest

from mockserver import MockServer, settings_for
from mockserver.cli.taken import json_of, text_of
from mockserver.cli.terminal import is_coloured, painted, printable
from mockserver.listener import MAX_BODY_BYTES, Listener, Orders, Taken, leads_to, signature_faults
from mockserver.outgoing import Answer
from mockserver.server import bind, url_of
from mockserver.signing import sign
from mockserver.transport import MAX_ANSWER_BYTES
from tests.processes import DEMO, run, start
from tests.receiver import SECRET, Receiver, webhook
from tests.support import ACME, body

BODY = b'{"event":"ping","timestamp":"2024-01-20T14:22:00.000Z",  "deliveryId":"d1","data":{"webhookId":"w1"}}'
NOW = datetime(2024, 1, 20, 14, 30, tzinfo=UTC)
FOREVER = 3600.0


def signed(body: bytes = BODY, id: str = "d1", secret: str = SECRET, at: float | None = None) -> dict[str, str]:
    now = datetime.now(UTC).timestamp() if at is None else at
    return {"Content-Type": "application/json", **sign(secret, id, int(now), body)}


@asynccontextmanager
async def listening(
    orders: Orders | None = None, bound: socket.socket | None = None
) -> AsyncIterator[tuple[str, Listener, list[Taken]]]:
    """The URL of a listener in this loop, the listener, and what it has taken."""
    taken: list[Taken] = []
    listener = Listener(orders or Orders(), taken.append, lambda _: None)
    bound = bound or bind("127.0.0.1", 0)
    ready = asyncio.Event()
    running = asyncio.create_task(listener.run(bound, ready.set))
    await ready.wait()
    try:
        yield url_of(bound), listener, taken
    finally:
        listener.stop()
        await running


async def posted(url: str, body: bytes = BODY, headers: Mapping[str, str] | None = None) -> httpx2.Response:
    async with httpx2.AsyncClient(timeout=20) as client:
        return await client.post(url, content=body, headers=signed(body) if headers is None else headers)


# --- what it makes of a delivery ---


async def test_a_delivery_is_taken_as_it_came() -> None:
    """On any path; with its number, its id and how often that has come."""
    async with listening() as (url, _, taken):
        first = await posted(f"{url}/a/b?c=%20d")
        await posted(url)

    assert first.status_code == 200
    assert (taken[0].number, taken[0].path, taken[0].body, taken[0].seen) == (1, "/a/b?c=%20d", BODY, 1)
    assert (taken[1].number, taken[1].id, taken[1].seen) == (2, "d1", 2)
    assert taken[0].event == json.loads(BODY)
    assert taken[0].signatures is None


async def test_other_methods_are_not_deliveries() -> None:
    """Webhooks are posted."""
    async with listening() as (url, _, taken), httpx2.AsyncClient() as client:
        answer = await client.get(url)

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert taken == []


IDS = [
    ({"webhook-id": "d2"}, BODY, "d2", "the header"),
    ({}, BODY, "d1", "without it, the body"),
    ({}, b"[]", "", "neither"),
    ({}, b'{"deliveryId":null}', "", "null"),
]


@pytest.mark.parametrize(("headers", "body", "id"), [row[:3] for row in IDS], ids=[row[3] for row in IDS])
async def test_the_id_is_what_says_so(headers: Mapping[str, str], body: bytes, id: str) -> None:
    """What has no id is no repeat of anything."""
    async with listening() as (url, _, taken):
        await posted(url, body, headers)
        await posted(url, body, headers)

    assert [one.id for one in taken] == [id, id]
    assert taken[1].seen == (2 if id else 1)


async def test_a_packed_body_is_taken_packed() -> None:
    """The signature is of what was sent."""
    packed = b"\x1f\x8b not really"
    async with listening(Orders(SECRET)) as (url, _, taken):
        await posted(url, packed, {**signed(packed), "content-encoding": "gzip"})

    assert taken[0].body == packed
    assert taken[0].signatures == {"webhook-signature": None, "X-InstaView-Signature": None}


GOOD = signed(at=NOW.timestamp())
SIGNATURES: dict[str, tuple[dict[str, str], str | None, str | None]] = {
    "both good": ({}, None, None),
    "standard missing": ({"webhook-signature": ""}, "the header webhook-signature is missing", None),
    "body's missing": ({"X-InstaView-Signature": ""}, None, "the header X-InstaView-Signature is missing"),
    "id missing": ({"webhook-id": ""}, "the header webhook-id is missing", None),
    "standard wrong": ({"webhook-signature": "v1,no"}, "webhook-signature does not match", None),
    "body's wrong": ({"X-InstaView-Signature": "no"}, None, "X-InstaView-Signature does not match"),
    "stale": (signed(at=NOW.timestamp() - 600), "webhook-timestamp is 600 s too old", None),
    "forged": (
        signed(secret="00" * 32, at=NOW.timestamp()),
        "webhook-signature does not",
        "X-InstaView-Signature does",
    ),
}


@pytest.mark.parametrize("case", SIGNATURES)
def test_each_signature_has_a_verdict_of_its_own(case: str) -> None:
    """Whatever is wrong with the other."""
    changes, standard, plain = SIGNATURES[case]
    headers = {name.lower(): value for name, value in (GOOD | changes).items()}

    faults = signature_faults(SECRET, headers, BODY, NOW.timestamp())

    for fault, expected in zip(faults.values(), (standard, plain), strict=True):
        assert (fault is None) == (expected is None)
        assert (fault or "").startswith(expected or "")


# --- what it answers ---


async def test_it_answers_what_it_is_told() -> None:
    """The status of --status."""
    async with listening(Orders(status=503)) as (url, _, taken):
        answer = await posted(url)

    assert (answer.status_code, taken[0].status) == (503, 503)


async def test_the_first_fail() -> None:
    """As many as were asked for."""
    async with listening(Orders(fail_first=2, status=204)) as (url, _, taken):
        statuses = [(await posted(url)).status_code for _ in range(4)]

    assert statuses == [500, 500, 204, 204]
    assert [one.is_failing for one in taken] == [True, True, False, False]


async def test_an_answer_can_be_late() -> None:
    """By the delay."""
    async with listening(Orders(delay_seconds=0.1)) as (url, _, _taken):
        began = asyncio.get_running_loop().time()
        await posted(url)

    assert asyncio.get_running_loop().time() - began >= 0.1


async def test_who_stops_waits_for_no_delay() -> None:
    """What waits is answered at once."""
    async with listening(Orders(delay_seconds=FOREVER)) as (url, listener, taken):
        waiting = asyncio.create_task(posted(url))
        while not listener.received:  # noqa: ASYNC110 # it tells nobody before it answers
            await asyncio.sleep(0)
        listener.stop()
        answer = await waiting

    assert answer.status_code == 200
    assert len(taken) == 1


# --- what it passes on ---


async def test_a_delivery_is_passed_on_byte_for_byte() -> None:
    """Under the same headers, so that its signatures hold; the sender gets the target's answer."""
    headers = {**signed(), "X-Own": "1"}
    target = Receiver(statuses=(202,), headers={"Retry-After": "7", "X-Theirs": "1"})
    async with target, listening(Orders(forward=target.url)) as (url, _, taken):
        answer = await posted(url, headers={**headers, "Connection": "keep-alive, X-Hop", "X-Hop": "1"})

    passed = target.received[0]
    assert passed.body == BODY
    assert {name: passed.headers.get(name.lower()) for name in headers} == headers
    assert "x-hop" not in passed.headers
    assert passed.headers["user-agent"] == f"python-httpx2/{httpx2.__version__}"
    assert (answer.status_code, answer.headers["retry-after"]) == (202, "7")
    assert "x-theirs" not in answer.headers
    assert taken[0].forwarded is not None
    assert taken[0].forwarded.status == 202


async def test_what_it_is_told_to_answer_goes_before_the_target() -> None:
    """The delivery is passed on all the same."""
    async with (
        Receiver(statuses=(202,)) as target,
        listening(Orders(forward=target.url, status=500)) as (url, _, taken),
    ):
        answer = await posted(url)

    assert answer.status_code == 500
    assert taken[0].forwarded is not None
    assert taken[0].forwarded.status == 202


async def test_those_that_fail_are_not_passed_on() -> None:
    """As if the target were down."""
    async with Receiver() as target, listening(Orders(forward=target.url, fail_first=1)) as (url, _, taken):
        statuses = [(await posted(url)).status_code for _ in range(2)]

    assert statuses == [500, 200]
    assert len(target.received) == 1
    assert taken[0].forwarded is None


async def test_a_target_that_is_not_there_is_a_bad_gateway(closed: str) -> None:
    """With the reason."""
    async with listening(Orders(forward=closed)) as (url, _, taken):
        answer = await posted(url)

    assert answer.status_code == 502
    assert taken[0].forwarded is not None
    assert taken[0].forwarded.error == "connection refused"


@asynccontextmanager
async def target_that_answers(sent: bytes, hangs: bool = False) -> AsyncIterator[str]:
    """The URL of a target that answers with these bytes, and closes or hangs until the sender gives up."""
    done = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(BODY)
        writer.write(sent)
        if hangs:
            await reader.read()
        with suppress(OSError):
            writer.close()
            await writer.wait_closed()
        done.set()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
        await done.wait()


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
NO_ANSWERS = {
    "half a body": (HEAD + b"Content-Length: 20\r\n\r\nhi", "the answer broke off"),
    "half a body of 502": (b"HTTP/1.1 502 No\r\nContent-Length: 20\r\n\r\nhi", "the answer broke off"),
    "a change of protocol": (b"HTTP/1.1 101 OK\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n", "101 is no status to"),
    "no known status": (b"HTTP/1.1 999 OK\r\nContent-Length: 0\r\n\r\n", "999 is no status to end with"),
    "too long": (HEAD + b"\r\n" + b"x" * (MAX_BODY_BYTES + 1), f"the answer has more than {MAX_BODY_BYTES} bytes"),
}


@pytest.mark.parametrize("case", NO_ANSWERS)
async def test_what_is_no_whole_answer_is_a_bad_gateway(case: str) -> None:
    """With the reason, and nothing of the answer, whatever its status."""
    sent, told = NO_ANSWERS[case]
    async with target_that_answers(sent) as target, listening(Orders(forward=target)) as (url, _, taken):
        answer = await posted(url)

    assert (answer.status_code, answer.content, taken[0].status) == (502, b"", 502)
    assert taken[0].forwarded is not None
    assert (taken[0].forwarded.error or "").startswith(told)


async def test_a_target_that_hangs_after_its_head_is_a_bad_gateway(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its status is not all of its answer."""
    monkeypatch.setattr("mockserver.listener.FORWARD_SECONDS", 0.2)
    head = HEAD + b"Content-Length: 2\r\n\r\n"
    async with (
        target_that_answers(head, hangs=True) as target,
        listening(Orders(forward=target)) as (url, _, taken),
    ):
        answer = await posted(url)

    assert answer.status_code == 502
    assert taken[0].forwarded is not None
    assert taken[0].forwarded.error == "timed out after 0.2 s"


async def test_a_long_answer_is_passed_back_whole() -> None:
    """Also one that is longer than what is kept of the answer to a delivery."""
    long = b"x" * (MAX_ANSWER_BYTES + 1)
    async with (
        target_that_answers(HEAD + b"\r\n" + long) as target,
        listening(Orders(forward=target)) as (url, _, taken),
    ):
        answer = await posted(url)

    assert (answer.status_code, answer.content) == (200, long)
    assert taken[0].forwarded is not None
    assert taken[0].forwarded.error is None


@pytest.mark.parametrize("value", [b"5\x01", b"\x7f", b"5\xff"], ids=["control", "delete", "no ASCII"])
async def test_what_no_header_can_hold_is_not_passed_back(value: bytes) -> None:
    """The rest of the answer is."""
    sent = b"HTTP/1.1 429 No\r\nRetry-After: %b\r\nLocation: /x\r\nContent-Length: 2\r\n\r\nhi" % value
    async with target_that_answers(sent) as target, listening(Orders(forward=target)) as (url, _, taken):
        answer = await posted(url)

    assert (answer.status_code, answer.content, answer.headers["location"]) == (429, b"hi", "/x")
    assert "retry-after" not in answer.headers
    assert taken[0].status == 429


async def test_who_stops_does_not_lose_what_is_being_passed_on() -> None:
    """Its target has a moment yet; then the sender is told that there was no answer, and the delivery is shown."""
    async with (
        target_that_answers(b"", hangs=True) as target,
        listening(Orders(forward=target)) as (url, listener, taken),
    ):
        waiting = asyncio.create_task(posted(url))
        while not listener.received:  # noqa: ASYNC110 # it tells nobody before it answers
            await asyncio.sleep(0)
        listener.stop()
        answer = await waiting

    assert answer.status_code == 502
    assert taken[0].forwarded is not None
    assert taken[0].forwarded.error == "given up, the listener ended before there was an answer"


async def test_a_loop_is_cut_short() -> None:
    """Two listeners that pass on to each other: each has the delivery once, and the first sees it come back."""
    here, there = bind("127.0.0.1", 0), bind("127.0.0.1", 0)
    async with (
        listening(Orders(forward=url_of(there)), here) as (url, _, ours),
        listening(Orders(forward=url_of(here)), there) as (_, _, theirs),
    ):
        answer = await posted(url)

    assert answer.status_code == 502
    assert [one.forwarded.error for one in [*ours, *theirs] if one.forwarded is not None] == [
        "not passed on, as it has come back from there",
        None,
        None,
    ]
    assert len({one.body for one in [*ours, *theirs]}) == 1


@pytest.mark.parametrize(
    ("host", "target", "leads"),
    [
        ("127.0.0.1", "http://127.0.0.1:{port}/x", True),
        ("127.0.0.1", "http://localhost:{port}/", True),
        ("0.0.0.0", "http://127.0.0.1:{port}/", True),
        ("127.0.0.1", "http://127.0.0.2:{port}/", False),
        ("127.0.0.1", "http://127.0.0.1:1/", False),
        ("127.0.0.1", "http://127.0.0.1/", False),
        ("0.0.0.0", "http://192.0.2.1:{port}/", False),
        ("127.0.0.1", "http://nowhere.invalid:{port}/", False),
    ],
)
def test_a_target_may_be_the_listener_itself(host: str, target: str, leads: bool) -> None:
    """By address, by name, or because it listens everywhere."""
    with bind(host, 0) as bound:
        assert leads_to(target.format(port=bound.getsockname()[1]), bound) is leads


@pytest.fixture
def closed() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}/hook"


# --- what it shows ---

TAKEN = Taken(
    number=3,
    at=NOW,
    path="/hook",
    headers=(("Webhook-Id", "d1"), ("Webhook-Timestamp", "1705760999")),
    body=BODY,
    event=json.loads(BODY),
    id="d1",
    seen=1,
    signatures={"webhook-signature": None, "X-InstaView-Signature": "it is missing"},
    status=200,
)

SHOWN = """\
--> ping  #3  POST /hook
    delivery               d1
    happened at            2024-01-20T14:22:00.000Z
    sent at                2024-01-20T14:29:59Z
    webhook-signature      good
    X-InstaView-Signature  wrong: it is missing
    {
      "event": "ping",
      "timestamp": "2024-01-20T14:22:00.000Z",
      "deliveryId": "d1",
      "data": {
        "webhookId": "w1"
      }
    }
<-- 200"""


def test_a_delivery_is_shown_as_a_paragraph() -> None:
    """The event, its ids and times, what its signatures are worth, the body, the answer."""
    assert text_of(TAKEN) == SHOWN


ANSWERED = Answer(202, (), b"ok", None, 0.012)
LINES: dict[str, tuple[Taken, str]] = {
    "again": (replace(TAKEN, seen=2), "    delivery               d1  (again: it has come 2 times)"),
    "no secret": (replace(TAKEN, signatures=None), "    signatures             not verified, no --secret"),
    "no time": (replace(TAKEN, headers=()), "    sent at                (not said)"),
    "no Unix time": (
        replace(TAKEN, headers=(("webhook-timestamp", "x"),)),
        "    sent at                x (no Unix time)",
    ),
    "no year": (
        replace(TAKEN, headers=(("webhook-timestamp", "9" * 20),)),
        f"    sent at                {'9' * 20} (no",
    ),
    "no event": (replace(TAKEN, event=None, body=b"\x1b[2J\xff", id=""), "--> not an event  #3  POST /hook"),
    "not printable": (replace(TAKEN, event=None, body=b"\x1b[2J\xff"), "    \\x1b[2J\\xff"),
    "no body": (replace(TAKEN, event=None, body=b""), "    (no body)"),
    "no id": (replace(TAKEN, id=""), "    delivery               (no id)"),
    "passed on": (replace(TAKEN, forwarded=ANSWERED), "    forwarded: 202 in 12 ms"),
    "not passed on": (
        replace(TAKEN, status=502, forwarded=Answer(None, (), b"", "connection refused", 0)),
        "    forwarded: connection refused in 0 ms",
    ),
    "broken off": (
        replace(TAKEN, status=502, forwarded=Answer(200, (), b"", "the answer broke off", 0)),
        "    forwarded: the answer broke off in 0 ms",
    ),
    "failing": (replace(TAKEN, status=500, is_failing=True), "<-- 500 (told to fail)"),
}


@pytest.mark.parametrize("case", LINES)
def test_what_is_unusual_is_said(case: str) -> None:
    """And nothing that was sent moves the cursor."""
    taken, expected = LINES[case]

    lines = text_of(taken).splitlines()

    assert any(line.startswith(expected) for line in lines), lines
    assert text_of(taken).replace("\n", "").isprintable()


def test_a_terminal_shows_colours() -> None:
    """For what people look for first."""
    text = text_of(TAKEN, coloured=True)

    assert "\x1b[32mgood\x1b[0m" in text
    assert "\x1b[31mwrong: it is missing\x1b[0m" in text
    assert re.sub(r"\x1b\[\d+m", "", text) == SHOWN


def test_a_delivery_is_an_object_of_json() -> None:
    """With both verdicts, and what was answered."""
    shown = json_of(replace(TAKEN, forwarded=ANSWERED))

    assert shown == {
        "number": 3,
        "at": "2024-01-20T14:30:00.000Z",
        "path": "/hook",
        "event": "ping",
        "deliveryId": "d1",
        "seen": 1,
        "timestamp": "2024-01-20T14:22:00.000Z",
        "signatures": {
            "webhook-signature": {"good": True, "fault": None},
            "X-InstaView-Signature": {"good": False, "fault": "it is missing"},
        },
        "headers": [["Webhook-Id", "d1"], ["Webhook-Timestamp", "1705760999"]],
        "body": json.loads(BODY),
        "text": None,
        "status": 200,
        "failing": False,
        "forwarded": {"status": 202, "error": None, "ms": 12, "body": "ok"},
    }


def test_what_is_no_event_is_text_in_json() -> None:
    """As far as it can be read."""
    shown = json_of(replace(TAKEN, event=None, body=b"\xffx", id="", signatures=None))

    assert (shown["body"], shown["text"]) == (None, "\\xffx")
    assert (shown["event"], shown["deliveryId"], shown["signatures"], shown["forwarded"]) == (None, None, None, None)


def test_text_is_made_printable() -> None:
    """Letters of every script stay, and so do line breaks; what a terminal acts on is spelt out."""
    assert printable("žluť\n\x1b[2J\x9b\u202e\ud800\t") == "žluť\n\\x1b[2J\\x9b\\u202e\\ud800\\t"
    assert painted("x", "31", False) == "x"


# --- the command ---


class Listening:
    """`mockserver listen` as a process that is ready."""

    def __init__(self, *arguments: str) -> None:
        self.process = start("listen", "--port", "0", *arguments)
        assert self.process.stderr is not None
        self.ready = self.process.stderr.readline()
        self.url = self.ready.removeprefix("listening on ").strip()

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def end(self, number: signal.Signals) -> tuple[int, str, str]:
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=50)
        return self.process.returncode, out, err


@contextmanager
def as_a_process(*arguments: str) -> Iterator[Listening]:
    listener = Listening(*arguments)
    try:
        yield listener
    finally:
        if listener.process.poll() is None:
            listener.process.kill()
            listener.process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_prints_deliveries_until_it_is_ended(number: signal.Signals) -> None:
    """The URL on stderr, deliveries on stdout, and a good end."""
    with as_a_process("--secret", SECRET) as listener:
        httpx2.post(f"{listener.url}/hook", content=BODY, headers=signed())
        status, out, err = listener.end(number)

    assert re.fullmatch(r"listening on http://127\.0\.0\.1:\d+\n", listener.ready)
    assert out.startswith("--> ping  #1  POST /hook\n    delivery               d1\n")
    assert out.count("  good\n") == 2
    assert out.endswith("<-- 200\n\n")
    assert (status, err) == (0, "")


def test_the_command_prints_a_line_of_json_for_each() -> None:
    """At once."""
    with as_a_process("--json", "--fail-first", "1", "--delay", "0.01") as listener:
        statuses = [httpx2.post(listener.url, content=BODY).status_code for _ in range(2)]
        told = [json.loads(listener.line()) for _ in range(2)]

    assert statuses == [500, 200]
    assert [one["status"] for one in told] == statuses
    assert [one["seen"] for one in told] == [1, 2]


BROKEN = {
    "half a body": (b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{}", b"", "POST /a broke off before "),
    "not HTTP": (b"hello\r\n\r\n", b"HTTP/1.0 400", ""),
    "not a path": (b"POST /\xff%zz HTTP/1.1\r\nHost: x\r\n\r\n", b"HTTP/1.0 400", ""),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_no_delivery_is_no_trouble(case: str) -> None:
    """At most a line on stderr, and the next one is taken."""
    sent, answered, told = BROKEN[case]
    with as_a_process() as listener:
        with socket.create_connection(("127.0.0.1", int(listener.url.rpartition(":")[2]))) as sender:
            sender.sendall(sent)
            answer = sender.recv(len(answered)) if answered else b""
        httpx2.post(listener.url, content=BODY)
        status, out, err = listener.end(signal.SIGTERM)

    assert answer == answered
    assert status == 0
    assert out.startswith("--> ping  #1 ")
    assert err.startswith(told)
    assert len(err.splitlines()) == (1 if told else 0)


def test_what_has_begun_to_arrive_is_told_at_the_end() -> None:
    """Half a body is no delivery, but somebody sent it."""
    with as_a_process() as listener, socket.socket() as sender:
        sender.connect(("127.0.0.1", int(listener.url.rpartition(":")[2])))
        sender.sendall(b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n{}")
        sender.recv(1)  # it reads the body
        status, out, err = listener.end(signal.SIGTERM)

    assert (status, out, err) == (0, "", "POST /a broke off before its body was whole\n")


def test_a_listener_does_not_pass_on_to_itself(closed: str) -> None:
    """Nothing starts."""
    port = closed.rpartition(":")[2].removesuffix("/hook")

    result = run("listen", "--port", port, "--forward", closed)

    assert result.exit_code == 2
    assert result.stderr == (
        f"Error: cannot forward to {closed}: that is this listener itself; give it another --port\n"
    )


def test_what_a_mock_sends_is_found_good() -> None:
    """Both signatures by the machine's time, the event by the world's."""
    with as_a_process("--json", "--secret", SECRET) as listener:
        world = {**DEMO, "clock": "2024-01-16T10:30:00Z", "webhooks": [webhook(f"{listener.url}/hook")]}
        with MockServer(settings_for([world])) as server:
            headers = {"Authorization": f"Bearer {ACME}"}
            httpx2.post(f"{server.url}/interviews", json=body(isTest=True), headers=headers)
            told = [json.loads(listener.line()) for _ in range(2)]

    assert [one["event"] for one in told] == ["interview.completed", "analysis.completed"]
    assert {one["timestamp"] for one in told} == {"2024-01-16T10:30:00.000Z"}
    assert [verdict["good"] for one in told for verdict in one["signatures"].values()] == [True] * 4


def test_the_command_goes_on_though_nobody_reads() -> None:
    """As with `mockserver listen | head`."""
    with as_a_process() as listener:
        assert listener.process.stdout is not None
        listener.process.stdout.close()
        statuses = [httpx2.post(listener.url, content=BODY).status_code for _ in range(3)]
        listener.process.send_signal(signal.SIGTERM)
        status = listener.process.wait(timeout=50)
        assert listener.process.stderr is not None
        listener.process.stderr.close()

    assert statuses == [200, 200, 200]
    assert status == 0


@pytest.mark.parametrize(
    ("changes", "coloured"),
    [({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
    ids=["a terminal", "declined", "one that has none"],
)
def test_colours_are_for_terminals(changes: Mapping[str, str], coloured: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """That have not declined them."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in changes.items():
        monkeypatch.setenv(name, value)
    ours, theirs = pty.openpty()

    with os.fdopen(ours), os.fdopen(theirs, "w") as terminal:
        assert is_coloured(terminal) is coloured
    with open(os.devnull, "w") as pipe:  # noqa: PTH123 # a stream that is no terminal
        assert not is_coloured(pipe)


MISUSE: dict[str, tuple[tuple[str, ...], str]] = {
    "no secret": (("--secret", "s3cret"), "a signing secret is hexadecimal digits"),
    "spaces in a secret": (("--secret", "ab cd"), "a signing secret is hexadecimal digits"),
    "no URL": (("--forward", "there"), "cannot forward to there: the URL has to begin with http"),
    "never a target": (("--forward", "http://169.254.169.254/"), "cannot forward to http://169.254.169.254/: "),
    "a name that is an address": (("--forward", "http://2130706433/"), "cannot forward to http://2130706433/: "),
    "no time": (("--delay", "nan"), "--delay is a number of seconds from 0 to 86400, not nan"),
    "not our address": (("--host", "192.0.2.1"), "cannot listen on 192.0.2.1, port 9000: "),
}


@pytest.mark.parametrize("case", MISUSE)
def test_misuse_is_told_in_one_sentence(case: str) -> None:
    """And nothing starts."""
    arguments, told = MISUSE[case]

    result = run("listen", *arguments)

    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert told in result.stderr
