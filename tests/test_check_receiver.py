"""`mockserver check-receiver`: a good receiver is found good, each fault of a bad one by the case that is about it."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import new as hmac
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import aiohttp
import pytest
from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

from mockserver import contract
from mockserver.checks.effects import CannotCount, Effects
from mockserver.checks.findings import CouldNotLook, Finding, Verdict, exit_status_of, summary_of
from mockserver.checks.junit import junit_of
from mockserver.checks.posting import Answer, Poster, _reason_of
from mockserver.checks.receiver import CASE_IDS, chosen, examine
from mockserver.checks.specimens import Signer, Specimen, event_types
from mockserver.checks.trial import Trial
from mockserver.cli.check_receiver import text_of
from mockserver.outgoing import Outgoing
from mockserver.targets import TargetPolicy
from mockserver.transport import HttpTransport
from tests.processes import run, start
from tests.receiver import SCHEMAS, SECRET

KEPT, BROKEN, NOT_LOOKED_AT = Verdict.KEPT, Verdict.BROKEN, Verdict.NOT_LOOKED_AT
TYPES = set(event_types())
BY_STANDARD, BY_BODY = "webhook-signature", "x-instaview-signature"
FAST = ("--settle", "0", "--timeout", "10")


@dataclass
class Receiver:
    """A receiver of somebody's who never heard of this package: good, but for the one fault that it is given."""

    ledger: Path  # what it has done, as a number
    fault: str = ""
    port: int = 0
    seen: set[str] = field(default_factory=set)
    bodies: list[Any] = field(default_factory=list)
    done: int = 0
    under_way: int = 0
    crowd: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    async def receive(self, request: web.Request) -> web.Response:
        body = await self._read(request)
        answer = await self._strange(request)
        if answer is not None:
            return answer
        if not self._is_good(request.headers, body):
            if self.fault == "acts on what it refuses":
                self._act()
            return web.Response(status=500 if self.fault == "breaks on forgeries" else 401)
        try:
            event = json.loads(body)
        except ValueError:
            return web.Response(status=500 if self.fault == "breaks on no JSON" else 400)
        return await self._take(request.headers.get("webhook-id", event["deliveryId"]), event)

    async def _read(self, request: web.Request) -> bytes:
        return await request.content.readany() if self.fault == "reads one piece" else await request.read()

    async def _strange(self, request: web.Request) -> web.Response | None:
        """What a fault answers whatever comes."""
        if self.fault == "hangs" or (self.fault == "stops" and self.seen):
            await asyncio.sleep(60)
        if self.fault == "closes":
            assert request.transport is not None
            request.transport.abort()
        if self.fault == "answers 500":
            return web.Response(status=500, text="Oh\x00 no\n")
        return web.Response(status=302, headers={"location": "/new"}) if self.fault == "redirects" else None

    def _is_good(self, headers: Mapping[str, str], body: bytes) -> bool:
        plain = "sha256=" + hmac(SECRET.encode(), body, sha256).hexdigest()
        by_body = headers.get(BY_BODY) == plain
        by_standard = self._is_standard(headers, body)
        if self.fault == "looks at no signature":
            return True
        if self.fault == "goes by the body's signature":
            return by_body
        if self.fault == "goes by either signature":
            return by_body or by_standard
        return by_standard and (by_body or self.fault != "goes by both signatures")

    def _is_standard(self, headers: Mapping[str, str], body: bytes) -> bool:
        given = dict(headers)
        if self.fault == "knows one signature only" and " " in headers.get(BY_STANDARD, ""):
            return False
        if self.fault == "ignores the time" and "webhook-timestamp" in given:
            return self._is_signed(given, body)
        try:
            Webhook("whsec_" + b64encode(bytes.fromhex(SECRET)).decode()).verify(body, given, json_parse=False)
        except WebhookVerificationError:
            return False
        return True

    def _is_signed(self, headers: Mapping[str, str], body: bytes) -> bool:
        told = f"{headers.get('webhook-id')}.{headers['webhook-timestamp']}.".encode() + body
        digest = b64encode(hmac(bytes.fromhex(SECRET), told, sha256).digest()).decode()
        return f"v1,{digest}" in headers.get(BY_STANDARD, "").split(" ")

    async def _take(self, id: str, event: Any) -> web.Response:
        refusal = self._refusal(event)
        if refusal is not None:
            return web.Response(status=refusal)
        is_new = id not in self.seen
        if self.fault in ("checks, waits, acts", "loses races") and await self._is_crowded():
            return web.Response(status=503)
        self.seen.add(id)
        self.bodies.append(event)
        if self.fault != "does nothing" and (is_new or self.fault == "acts twice"):
            self._act()
        return web.Response(status=409 if self.fault == "refuses a repeat" and not is_new else 204)

    async def _is_crowded(self) -> bool:
        """Long enough for a second one to come, and whether one did that it cannot cope with."""
        self.under_way += 1
        self.crowd = max(self.crowd, self.under_way)
        await asyncio.sleep(0.05)
        crowd, self.under_way = self.crowd, self.under_way - 1
        self.crowd = self.crowd if self.under_way else 0
        return crowd > 1 and self.fault == "loses races"

    def _refusal(self, event: Any) -> int | None:
        wrong = {
            "knows its events": event["event"] not in TYPES and 400,
            "knows its fields": "schemaVersion" in event and 422,
            "takes little": len(json.dumps(event)) > 100_000 and 413,
            "wants order": event["event"].startswith("analysis") and event["data"]["interviewId"] not in self._ended(),
        }
        status = wrong.get(self.fault)
        return (409 if status is True else status) or None

    def _ended(self) -> set[str]:
        return {body["data"].get("interviewId") for body in self.bodies}

    def _act(self) -> None:
        self.done += 1
        self.ledger.write_text(str(self.done))


@asynccontextmanager
async def receiving(tmp_path: Path, fault: str = "") -> AsyncIterator[Receiver]:
    receiver = Receiver(tmp_path / "done", fault)
    receiver.ledger.write_text("0")
    app = web.Application(client_max_size=10_000_000)
    app.router.add_post("/hook", receiver.receive)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.01, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.port = runner.addresses[0][1]
    try:
        yield receiver
    finally:
        await runner.cleanup()


async def examined(receiver: Receiver, *only: str, counts: bool = True, **changes: Any) -> dict[str, Finding]:
    poster = Poster(receiver.url, changes.pop("timeout", 10.0))
    signer = Signer(changes.pop("secret", SECRET), changes.pop("known", {}))
    effects = Effects(f"cat {receiver.ledger}", 0, 10) if counts else None
    trial = Trial(poster, signer, changes.pop("event", "interview.completed"), effects, slow_seconds=0.2)
    told: list[Finding] = []
    async with poster:
        await examine(trial, chosen(only), told.append)
    return {finding.case: finding for finding in told}


def those(found: Mapping[str, Finding], verdict: Verdict) -> set[str]:
    return {case for case, finding in found.items() if finding.verdict is verdict}


# --- the judge ---


async def test_a_good_receiver_is_found_good(tmp_path: Path) -> None:
    """In every case, whatever it goes by."""
    async with receiving(tmp_path) as receiver:
        found = await examined(receiver)

    assert list(found) == list(CASE_IDS)
    assert those(found, KEPT) == set(CASE_IDS)
    assert found["half-signed"].why == "it goes by webhook-signature"
    assert receiver.done == len(receiver.seen)


FORGERIES = {"stale", "future", "forged", "altered", "unsigned", "no-id"}
FAULTS = {
    "looks at no signature": (FORGERIES - {"no-id"} | {"half-signed"}, {"no-id"}),
    "ignores the time": ({"stale", "future"}, set()),
    "goes by both signatures": (set(), set()),
    "goes by either signature": ({"stale", "future", "half-signed"}, {"no-id"}),
    "goes by the body's signature": ({"stale", "future"}, {"no-id"}),
    "knows one signature only": ({"rotated"}, set()),
    "acts twice": ({"duplicate", "retry", "race"}, set()),
    "checks, waits, acts": ({"race"}, set()),
    "refuses a repeat": ({"duplicate", "retry"}, set()),
    "does nothing": (set(), {"duplicate", "retry", "race"}),
    "acts on what it refuses": (FORGERIES, set()),
    "breaks on forgeries": (FORGERIES | {"half-signed"}, set()),
    "breaks on no JSON": ({"not-json"}, set()),
    "knows its events": ({"unknown-event"}, set()),
    "knows its fields": ({"unknown-fields"}, set()),
    "takes little": ({"large"}, set()),
    "wants order": ({"analysis.completed", "analysis.failed", "large", "out-of-order"}, set()),
    "reads one piece": ({"slow", "large"}, set()),
    "loses races": ({"race"}, set()),
    "answers 500": (TYPES, set(CASE_IDS) - TYPES),
    "redirects": (TYPES, set(CASE_IDS) - TYPES),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_is_found_by_the_case_that_is_about_it(tmp_path: Path, fault: str) -> None:
    """And by no other; what cannot be known is not looked at."""
    broken, unknown = FAULTS[fault]

    async with receiving(tmp_path, fault) as receiver:
        found = await examined(receiver)

    assert those(found, BROKEN) == broken
    assert those(found, NOT_LOOKED_AT) == unknown
    assert all(finding.why for finding in found.values() if finding.verdict is not KEPT)


async def test_who_refuses_everything_refuses_no_forgery(tmp_path: Path) -> None:
    """With another secret the valid events are broken, and the rest says nothing."""
    async with receiving(tmp_path) as receiver:
        found = await examined(receiver, secret="00" * 32)

    assert those(found, BROKEN) == TYPES
    assert those(found, KEPT) == set()
    assert found["ping"].why.startswith("it came back as 401 in ")
    assert found["forged"].received == ""
    assert "it does not take a valid interview.completed" in found["forged"].why


async def test_without_a_count_nobody_knows_whether_it_acts_twice(tmp_path: Path) -> None:
    """That is not looked at, and everything else is."""
    async with receiving(tmp_path, "acts twice") as receiver:
        found = await examined(receiver, counts=False)

    assert those(found, NOT_LOOKED_AT) == {"duplicate", "retry", "race"}
    assert those(found, BROKEN) == set()
    assert "--effects-command" in found["retry"].why


@pytest.mark.parametrize("fault", ["hangs", "closes"])
async def test_where_nothing_answers_nobody_looks(tmp_path: Path, fault: str) -> None:
    """The first delivery tells: one time-out, not one for each case."""
    async with receiving(tmp_path, fault) as receiver:
        with pytest.raises(CouldNotLook, match=r"no answer within 0\.1 s|closed the connection|broke the connection"):
            await examined(receiver, timeout=0.1)


async def test_a_receiver_that_stops_is_left_alone(tmp_path: Path) -> None:
    """After two time-outs in a row there is no third."""
    async with receiving(tmp_path, "stops") as receiver:
        found = await examined(receiver, timeout=0.1, counts=False)

    assert those(found, BROKEN) == {"interview.started", "interview.completed"}
    assert those(found, NOT_LOOKED_AT) == set(CASE_IDS) - those(found, BROKEN)
    assert found["ping"].why == "it has stopped answering"


async def test_one_case_can_be_looked_at_alone(tmp_path: Path) -> None:
    """A valid event goes first all the same."""
    async with receiving(tmp_path) as receiver:
        found = await examined(receiver, "forged")

    assert list(found) == ["forged"]
    assert [body["event"] for body in receiver.bodies] == ["interview.completed"]


async def test_what_is_sent_is_the_contracts(tmp_path: Path) -> None:
    """Each event holds to its schema, with ids of its own; what the receiver has to know is said as told."""
    known = {"candidateId": "33333333-0000-4000-8003-000000000001"}
    async with receiving(tmp_path) as receiver:
        await examined(receiver, *TYPES, "large", known=known)

    for body in receiver.bodies:
        name = {**SCHEMAS, "ping": "PingEvent"}[body["event"]]
        contract.compiled({"$ref": f"#/components/schemas/{name}"}).validate(body)
        assert body["data"].get("candidateId", known["candidateId"]) == known["candidateId"]
    assert len({body["deliveryId"] for body in receiver.bodies}) == len(receiver.bodies) == 8
    assert len(json.dumps(receiver.bodies[-1])) > 500_000


# --- answers ---

HANGS, CLOSES = True, False
SENT_BACK = {
    "whole": (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", HANGS, True),
    "whole when it closes": (b"HTTP/1.0 200 OK\r\n\r\nok", CLOSES, True),
    "nothing but what it has to": (b"HTTP/1.1 204 No Content\r\n\r\n", HANGS, True),
    "stray bytes": (b"HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok", CLOSES, True),
    "breaks off": (b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nok", CLOSES, False),
    "never ends": (b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nok", HANGS, False),
    "breaks off beyond what is read": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n" + b"a" * 65_537,
        CLOSES,
        True,
    ),
    "breaks off where reading ends": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n" + b"a" * 65_536,
        CLOSES,
        False,
    ),
    "never ends beyond what is read": (b"HTTP/1.1 200 OK\r\n\r\n" + b"a" * 200_000, HANGS, True),
    "called compressed": (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nok", HANGS, True),
    "chunks that are none": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n", CLOSES, False),
    "no HTTP": (b"SMTP 200 OK\r\n\r\n", CLOSES, False),
}


@asynccontextmanager
async def sending_back(answer: bytes, hangs: bool) -> AsyncIterator[str]:
    """The URL of what answers everything so."""
    tasks: set[asyncio.Task[None]] = set()

    async def answer_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        await reader.readexactly(int(head.partition(b"content-length:")[2].split()[0]))
        writer.write(answer)
        if hangs:
            await reader.read()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(answer_one(reader, writer))
        task.add_done_callback(lambda _: writer.close())
        tasks.add(task)

    async with await asyncio.start_server(connected, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
async def transport() -> AsyncIterator[HttpTransport]:
    transport = HttpTransport(TargetPolicy())
    yield transport
    await transport.close()


@pytest.mark.parametrize("case", SENT_BACK)
async def test_an_answer_is_taken_as_a_delivery_takes_it(transport: HttpTransport, case: str) -> None:
    """What the mock calls a failed delivery, a good receiver does not answer."""
    answer, hangs, is_good = SENT_BACK[case]

    async with sending_back(answer, hangs) as url, Poster(url, 0.3) as poster:
        posted = await poster.post(Specimen({}, b"{}"))
        delivered = await transport.send(Outgoing(url, (), b"{}", 0.3))

    assert posted.is_success == is_good
    assert (delivered.error is None) == is_good
    assert posted.status == delivered.status


async def test_whose_every_answer_breaks_off_is_broken() -> None:
    """It is there, so it can be looked at; nothing that it answers is an answer."""
    async with sending_back(*SENT_BACK["breaks off"][:2]) as url:
        status, out, err = await checked(url, "--secret", SECRET, "--only", "ping", "--only", "forged", *FAST)

    assert (status, err) == (1, "")
    assert " ms, but its answer broke off (OK: ok); a good receiver answers 2xx in time" in out
    assert out.endswith("0 kept, 1 broken, 1 not looked at\n")


async def test_what_never_ends_is_late() -> None:
    """Whoever drips is waited for as long as whoever is silent."""
    async with sending_back(*SENT_BACK["never ends"][:2]) as url, Poster(url, 0.1) as poster:
        answer = await poster.post(Specimen({}, b"{}"))

    assert (answer.status, answer.text, answer.error) == (200, "ok", "no end of it within 0.1 s")
    assert answer.is_late


REASONS = [
    (ConnectionResetError(), "it broke the connection off"),
    (aiohttp.ServerDisconnectedError(), "it closed the connection without an answer"),
    (aiohttp.ClientPayloadError(), "its answer broke off"),
    (ValueError("x\ny"), "no answer: x y"),
]


@pytest.mark.parametrize(("fault", "told"), REASONS, ids=[told for _, told in REASONS])
def test_what_goes_wrong_on_the_way_is_one_line(fault: Exception, told: str) -> None:
    """For people."""
    assert _reason_of(fault) == told


ANSWERS = [
    (Answer(204, "", "", 0.001), "204 in 1 ms (No Content)"),
    (Answer(299, "a\n b", "", 0.001), "299 in 1 ms (no known status: a b)"),
    (Answer(None, "", "no answer within 1 s", 1), "no answer within 1 s"),
    (Answer(200, "", "its answer broke off", 0.001), "200 in 1 ms, but its answer broke off (OK)"),
]


@pytest.mark.parametrize(("answer", "told"), ANSWERS, ids=[told for _, told in ANSWERS])
def test_an_answer_is_told_on_one_line(answer: Answer, told: str) -> None:
    """With the name of its status and what it says."""
    assert answer.in_full == told


# --- effects ---

COMMANDS = {
    "no number": ("echo many", "has to print a whole number, not 'many'"),
    "failed": ("echo gone >&2; exit 3", "ended with exit status 3: gone"),
    "failed silently": ("exit 3", "ended with exit status 3"),
    "slow": ("sleep 60 & wait", "took longer than 0.2 s"),
}


@pytest.mark.parametrize("case", COMMANDS)
async def test_a_command_that_cannot_count_is_told(case: str) -> None:
    """With what it did."""
    command, told = COMMANDS[case]

    with pytest.raises(CannotCount, match=told):
        await Effects(command, 0, 0.2 if case == "slow" else 10).count()


@pytest.fixture
def held(tmp_path: Path) -> Path:
    """A pipe that ends for its reader when nobody holds its other end any more."""
    os.mkfifo(tmp_path / "held")
    return tmp_path / "held"


async def test_a_command_leaves_nothing_behind(held: Path) -> None:
    """What it started in the background is not waited for, and ended."""
    reading = asyncio.create_task(asyncio.to_thread(held.read_text))

    counted = await Effects(f"exec 3>{held}; sleep 77 & echo 7", 0, 10).count()

    assert counted == 7
    assert await asyncio.wait_for(reading, 20) == ""


async def test_the_last_effects_are_waited_for() -> None:
    """As long as was asked for."""
    began = asyncio.get_running_loop().time()

    assert await Effects("echo 7", 0.05, 10).count() == 7

    assert asyncio.get_running_loop().time() - began >= 0.05


# --- reports ---

FOUND = [
    Finding("ping", KEPT, "a ping", "200 in 1 ms", "answers 2xx", "", 0.25),
    Finding("forged", BROKEN, "a forgery", "500 \x00", "refuses it", "it broke: \x00", 1),
    Finding("race", NOT_LOOKED_AT, "two", "", "acts once", "nobody counts"),
]


def test_findings_become_a_junit_file() -> None:
    """Broken is a failure, not looked at is skipped, and no octet that came back can spoil the file."""
    suite = fromstring(junit_of("check-receiver http://x", FOUND))

    assert suite.attrib == {
        "name": "check-receiver http://x",
        "tests": "3",
        "failures": "1",
        "errors": "0",
        "skipped": "1",
        "time": "1.250",
    }
    assert [[inner.tag for inner in case] for case in suite] == [[], ["failure"], ["skipped"]]
    assert suite[1][0].text == "sent: a forgery\ncame back: 500 \ufffd\na good receiver: refuses it"
    assert suite[2][0].attrib == {"message": "nobody counts"}


def test_a_look_that_failed_is_an_error_of_the_junit_file() -> None:
    """A file without cases would look like success."""
    suite = fromstring(junit_of("x", [], "nobody takes connections there"))

    assert (suite.attrib["tests"], suite.attrib["errors"]) == ("1", "1")
    assert suite[0][0].attrib == {"message": "nobody takes connections there"}


@pytest.mark.parametrize(
    ("found", "status"),
    [(FOUND, 1), (FOUND[:1], 0), ([FOUND[0], FOUND[2]], 0), (FOUND[2:], 3), ([], 3)],
    ids=["broken", "kept", "kept as far as known", "nothing known", "nothing"],
)
def test_the_exit_status_is_the_worst_that_is_known(found: list[Finding], status: int) -> None:
    """Who looked at nothing has found nothing good."""
    assert exit_status_of(found) == status


def test_a_summary_has_no_percentage() -> None:
    """A count for each verdict."""
    assert summary_of(FOUND) == "1 kept, 1 broken, 1 not looked at"


def test_a_finding_is_a_line_or_two() -> None:
    """The second says what is wrong, or why nobody looked; nothing that came back moves the cursor."""
    assert text_of(FOUND[0]).endswith("ping                 a ping → 200 in 1 ms")
    assert text_of(FOUND[1]).splitlines()[1].strip() == "it broke: \\x00; a good receiver refuses it"
    assert text_of(FOUND[2], coloured=True).startswith("\x1b[33mnot looked at\x1b[0m  race")


def test_headers_of_a_specimen_can_be_left_out() -> None:
    """The others stay."""
    assert Specimen({"a": "1", "b": "2"}, b"").without("b") == Specimen({"a": "1"}, b"")


# --- the command ---


@pytest.fixture
def closed() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}/hook"


@pytest.fixture
def hanging() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0), backlog=50) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/hook"


async def checked(*arguments: str) -> tuple[int, str, str]:
    """The command as a process of its own."""
    process = start("check-receiver", *arguments)
    out, err = await asyncio.to_thread(process.communicate, timeout=50)
    return process.returncode, out, err


async def test_the_command_says_what_is_broken(tmp_path: Path) -> None:
    """In a table on stdout, in a JUnit file, and by its exit status."""
    junit = tmp_path / "junit.xml"
    async with receiving(tmp_path, "acts twice") as receiver:
        count = f"cat {receiver.ledger}"
        told = (receiver.url, "--secret", SECRET, "--effects-command", count, "--junit", str(junit), *FAST)
        status, out, err = await checked(*told)

    lines = out.splitlines()
    assert (status, err) == (1, "")
    assert lines[0] == f"{receiver.url}: at most 10 s for an answer"
    assert lines[-1] == f"{len(CASE_IDS) - 3} kept, 3 broken, 0 not looked at"
    assert sum(line.startswith("kept ") for line in lines) == len(CASE_IDS) - 3
    assert "done again: a single one changes the count of effects by 1, these did by 2" in out
    assert fromstring(junit.read_bytes()).attrib["failures"] == "3"


async def test_the_command_prints_json(tmp_path: Path) -> None:
    """One document, and nothing beside it."""
    async with receiving(tmp_path) as receiver:
        status, out, err = await checked(receiver.url, "--secret", SECRET, "--json", "--only", "forged", *FAST)

    printed = json.loads(out)
    assert (status, err) == (0, "")
    assert (printed["url"], printed["couldNotLook"]) == (receiver.url, None)
    assert [(one["case"], one["verdict"]) for one in printed["findings"]] == [("forged", "kept")]


def five_times(tmp_path: Path, then: str) -> str:
    """A command that counts its own calls, and does something else at the sixth."""
    calls = tmp_path / "calls"
    calls.write_text("0")
    return f"n=$(cat {calls}); echo $((n + 1)) > {calls}; test $n -lt 5 || {{ {then}; }}; echo $n"


SEEN = len(TYPES) + 1  # with five counts: the events, which need none, and the first case that needs two


async def test_what_was_found_before_the_count_broke_is_reported(tmp_path: Path) -> None:
    """With what there was to say of the rest; it stays misuse."""
    junit = tmp_path / "junit.xml"
    count = five_times(tmp_path, "exit 3")
    async with receiving(tmp_path) as receiver:
        told = (receiver.url, "--secret", SECRET, "--effects-command", count, "--junit", str(junit), *FAST)
        status, out, err = await checked(*told)

    suite = fromstring(junit.read_bytes())
    assert (status, err) == (2, "Error: the effects command ended with exit status 3\n")
    assert sum(line.startswith("kept ") for line in out.splitlines()) == SEEN
    assert out.endswith(f"{SEEN} kept, 0 broken, {len(CASE_IDS) - SEEN} not looked at\n")
    assert (suite.attrib["errors"], suite.attrib["skipped"]) == ("1", str(len(CASE_IDS) - SEEN))
    assert {skipped.get("message") for skipped in suite.iter("skipped")} == {err[len("Error: ") : -1]}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_who_is_stopped_reports_what_was_found(tmp_path: Path, held: Path, number: signal.Signals) -> None:
    """And leaves nothing running."""
    junit = tmp_path / "junit.xml"
    count = five_times(tmp_path, f"exec 3>{held}; echo here >&3; sleep 77")
    async with receiving(tmp_path) as receiver:
        told = (receiver.url, "--secret", SECRET, "--effects-command", count, "--junit", str(junit), "--json")
        process = start("check-receiver", *told, "--settle", "0")
        with await asyncio.to_thread(held.open) as pipe:
            await asyncio.to_thread(pipe.readline)

            process.send_signal(number)

            out, err = await asyncio.to_thread(process.communicate, timeout=50)
            assert await asyncio.wait_for(asyncio.to_thread(pipe.read), 20) == ""  # nobody holds it any more
    printed = json.loads(out)
    assert (process.returncode, err) == (3, "Error: it was stopped before the end\n")
    assert printed["couldNotLook"] == "it was stopped before the end"
    assert [one["verdict"] for one in printed["findings"]] == [KEPT] * SEEN + [NOT_LOOKED_AT] * (len(CASE_IDS) - SEEN)
    assert {one["why"] for one in printed["findings"][SEEN:]} == {"it was stopped before the end"}
    assert fromstring(junit.read_bytes()).attrib["tests"] == str(len(CASE_IDS) + 1)


async def test_what_a_command_leaves_behind_spoils_nothing(tmp_path: Path) -> None:
    """Not even what is said at exit."""
    async with receiving(tmp_path) as receiver:
        told = (receiver.url, "--secret", SECRET, "--only", "ping", "--effects-command", "sleep 77 & echo 1")
        status, _, err = await checked(*told, "--settle", "0", "--timeout", "2")

    assert (status, err) == (0, "")


def test_nobody_there_is_exit_status_3(tmp_path: Path, closed: str) -> None:
    """In one sentence, and in the JUnit file."""
    junit = tmp_path / "junit.xml"

    result = run("check-receiver", closed, "--secret", SECRET, "--junit", str(junit))

    assert result.exit_code == 3
    assert result.stderr == f"Error: {closed}: nobody takes connections there\n"
    assert fromstring(junit.read_bytes()).attrib["errors"] == "1"


def test_a_host_that_hangs_is_left_in_time(hanging: str) -> None:
    """After one time-out."""
    result = run("check-receiver", hanging, "--secret", SECRET, "--timeout", "0.05", "--json")

    assert result.exit_code == 3
    assert json.loads(result.stdout)["couldNotLook"] == f"{hanging}: no answer within 0.05 s"


HERE = ("http://127.0.0.1:1/", "--secret", SECRET)
MISUSE = {
    "no URL": (("receiver", "--secret", SECRET), "cannot check receiver: the URL has to begin with http"),
    "no scheme of ours": (("ftp://127.0.0.1/", "--secret", SECRET), "the URL has to begin with http"),
    "another machine": (("http://192.0.2.1/", "--secret", SECRET), "192.0.2.1 is not this machine; --yes"),
    "another machine's name": (("http://hook.test/", "--secret", SECRET), "hook.test is not this machine; --yes"),
    "a secret that is none": ((HERE[0], "--secret", "s3cret"), "a signing secret is hexadecimal digits"),
    "half a byte": ((HERE[0], "--secret", "abc"), "a signing secret is hexadecimal digits"),
    "an empty secret": ((HERE[0], "--secret", ""), "a signing secret is hexadecimal digits"),
    "an unknown case": ((*HERE, "--only", "forgery"), "there is no case 'forgery'; there are interview.started,"),
    "an unknown event": ((*HERE, "--event", "done"), "there is no event 'done'; there are interview.started,"),
    "data without a value": ((*HERE, "--data", "jobId"), "data are given as NAME=VALUE, not 'jobId'"),
    "data that no event has": ((*HERE, "--data", "name=x"), "no event's data has 'name'; there are analysis,"),
    "no time-out": ((*HERE, "--timeout", "nan"), "--timeout is a number of seconds from 0.01 to 600, not nan"),
    "no time to settle": ((*HERE, "--settle", "nan"), "--settle is a number of seconds from 0 to 600, not nan"),
    "effects that cannot be counted": ((*HERE, "--effects-command", "echo x"), "has to print a whole number"),
}


@pytest.mark.parametrize("case", MISUSE)
def test_misuse_is_told_in_one_sentence(case: str) -> None:
    """Before anything is sent."""
    arguments, told = MISUSE[case]

    result = run("check-receiver", *arguments)

    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert told in result.stderr


@pytest.mark.parametrize(
    "host",
    ["localhost", "[::1]", "localhost.", "hook.localhost"],
    ids=["its name", "its other address", "its full name", "a name below its own"],
)
def test_this_machine_needs_no_consent(host: str) -> None:
    """Nobody listens there, which is found by looking."""
    result = run("check-receiver", f"http://{host}:1/", "--secret", SECRET, "--only", "ping")

    assert result.exit_code == 3


def test_another_machine_needs_consent() -> None:
    """Given that, it is looked for."""
    result = run("check-receiver", "http://hook.invalid/", "--secret", SECRET, "--yes", "--timeout", "5")

    assert result.exit_code == 3
    assert result.stderr.startswith("Error: http://hook.invalid/: ")


def test_data_are_said_as_told(closed: str) -> None:
    """Names that events have are taken."""
    result = run("check-receiver", closed, "--secret", SECRET, "--data", "jobId=x")

    assert result.exit_code == 3


def test_the_judge_loads_no_accused() -> None:
    """Nor does the command line pay for it before it is asked for."""
    code = "import sys, mockserver.cli; sys.exit(any('mockserver.checks' in name for name in sys.modules))"

    ran = subprocess.run([sys.executable, "-c", code], check=False)

    assert ran.returncode == 0
