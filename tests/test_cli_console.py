"""What a server tells people: the banner, a line per request, what it could not deliver."""

import asyncio
import io
import json
from dataclasses import replace
from typing import Any

import pytest

from mockserver import settings_for
from mockserver.cli.banner import banner, example_body, ready_line
from mockserver.cli.console import Console, line_of_exchange, line_of_undelivered
from mockserver.clock import parse_instant
from mockserver.deliveries import Attempt, Delivery
from mockserver.errors import Violation
from mockserver.journal import Exchange
from mockserver.universe import Undelivered
from tests.processes import DEMO
from tests.support import ACME, ATS, GLOBEX, INITECH, NOW, READONLY, Mock, company

KEYS = {ACME: "Acme", GLOBEX: "Globex", INITECH: "Initech", READONLY: "Acme", ATS: "ATS"}

LANGUAGE = {"type": "ONLINE", "language": "EN", "duration": 15, "name": "Talk"}
SCREENER = {**LANGUAGE, "companyId": company(), "focus": "SCREENING"}
GENERALIST = {**LANGUAGE, "companyId": company(), "focus": "GENERIC"}
JOBS = [{"id": f"11111111-0000-4000-8001-00000000000{n}", "companyId": company(), "title": "Tester"} for n in (1, 2)]
SOMEBODY = {"companyId": company(), "firstName": "Eva", "lastName": "Nova", "email": "eva@example.com"}


def somebody(*jobs: int) -> dict[str, Any]:
    return {**SOMEBODY, "gdprExpiryDate": "2030-01-01", "jobIds": [JOBS[number]["id"] for number in jobs]}


WORLDS = {
    "demo": (DEMO, {"candidateId", "agentId"}),
    "empty": ({}, {"candidate", "agent"}),
    "an agent for any job": ({"agents": [SCREENER]}, {"candidate", "job", "agentId"}),
    "an agent for no job": ({"agents": [GENERALIST]}, {"candidate", "agentId"}),
    "a candidate without a job": ({"candidates": [somebody()]}, {"candidateId", "agent"}),
    "a candidate with a job": ({"candidates": [somebody(0)]}, {"candidateId", "agent"}),
    "a candidate with jobs": ({"candidates": [somebody(0, 1)]}, {"candidateId", "jobId", "agent"}),
    "several jobs": ({"candidates": [somebody(0, 1)], "agents": [SCREENER]}, {"candidateId", "jobId", "agentId"}),
    "two who cannot meet": ({"candidates": [somebody(0)], "agents": [GENERALIST]}, {"candidate", "agentId"}),
    "the second fits": (
        {"candidates": [somebody(0), somebody()], "agents": [GENERALIST]},
        {"candidateId", "agentId"},
    ),
}


@pytest.mark.parametrize("case", WORLDS)
async def test_the_call_of_the_banner_works_in_any_world(case: str) -> None:
    """It is made of the world's own rows as far as they go together."""
    rows, named = WORLDS[case]
    ground = {"companies": DEMO["companies"], "keys": DEMO["keys"], "jobs": JOBS}
    settings = settings_for([{"name": "some", **ground, **rows}], clock=NOW)
    called = example_body(settings.seeds[0], company())

    async with Mock(settings) as mock:
        answer = await mock.create(dict(called))

    assert answer.status_code == 201, answer.text
    assert set(called) == {*named, "isTest"}


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ([{"key": ATS, "ats": True, "companyIds": [company()]}], f"'http://mock/interviews?companyId={company()}'"),
        ([{"key": ACME, "companyId": company(), "scopes": ["read:interviews"]}], None),
        ([], None),
    ],
    ids=["an ATS key says for whom it calls", "no key that may", "no key"],
)
def test_the_banner_calls_with_a_key_that_may(keys: list[Any], expected: str | None) -> None:
    """Where no key may create an interview it has no call to show."""
    world = {"companies": DEMO["companies"][:1], "keys": [{"scopes": ["*"], **key} for key in keys]}
    text = banner("http://mock", settings_for([world]).seeds, None)

    assert ("curl" in text) == (expected is not None)
    assert (expected or "") in text


def test_the_banner_lists_the_keys_of_each_company() -> None:
    """Of every world; ATS keys and keys with few scopes are marked, a company without a key is not left out."""
    bare = {"name": "bare", "companies": DEMO["companies"][:1], "keys": []}
    seeds = settings_for([DEMO, bare]).seeds

    lines = banner("http://mock", seeds, None).splitlines()

    assert lines[:8] == [
        "InstaView mock on http://mock",
        "",
        "world demo",
        "  Acme     sk_test_acme  sk_test_acme_readonly (limited scopes)",
        "  Globex   sk_test_globex",
        "  Initech  sk_test_initech",
        "  ATS      sk_test_ats (add ?companyId=, for Acme, Globex)",
        "",
    ]
    assert lines[8:10] == ["world bare", "  Acme  (no key)"]
    assert json.loads(ready_line("http://mock", seeds, None))["keys"] == KEYS


def exchange(path: str = "/interviews", status: int = 201, *rules: str) -> Exchange:
    violations = tuple(Violation(status, "no", rule=rule) for rule in rules)
    made = Exchange("id", parse_instant(NOW), "POST", path, b"", [])
    return replace(made, status=status, seconds=0.00123, violations=violations)


COLUMNS = {
    "served": (exchange(), f"POST    {'/interviews':<50} 201 {'-':<18}      1.2 ms"),
    "refused": (exchange("/x", 404, "ROUTE"), f"POST    {'/x':<50} 404 {'ROUTE':<18}      1.2 ms"),
    "refused twice by one rule": (
        exchange("/x", 400, "JOB-XOR", "JOB-XOR", "NULLS"),
        f"POST    {'/x':<50} 400 {'JOB-XOR,NULLS':<18}      1.2 ms",
    ),
    "cut off": (exchange(status=0), f"POST    {'/interviews':<50}   - {'-':<18}      1.2 ms"),
    "long": (exchange("/" + "x" * 60), f"POST    {'/' + 'x' * 48 + '…'} 201 {'-':<18}      1.2 ms"),
    "dangerous": (exchange("/\x1b[2J\n"), f"POST    {'/%1B%5B2J%0A':<50} 201 {'-':<18}      1.2 ms"),
}


@pytest.mark.parametrize("case", COLUMNS)
def test_a_request_is_a_line_in_columns(case: str) -> None:
    """Whatever its path holds, it stays one line and moves no cursor."""
    made, expected = COLUMNS[case]

    assert line_of_exchange(made) == expected


class Screen(io.StringIO):
    """A terminal that tells when it was written to."""

    def __init__(self, is_broken: bool = False) -> None:
        super().__init__()
        self.is_broken, self.writes, self.written = is_broken, 0, asyncio.Event()

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.writes += 1
        self.written.set()
        if self.is_broken:
            raise BrokenPipeError
        return super().write(text)


@pytest.mark.parametrize(
    ("status", "colour"),
    [(201, "32"), (404, "33"), (500, "31"), (0, "2")],
    ids=["good", "refused", "broken", "cut off"],
)
async def test_a_terminal_shows_colours(monkeypatch: pytest.MonkeyPatch, status: int, colour: str) -> None:
    """For the status, which is what people look for."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    screen = Screen()
    console = Console(screen)

    console.on_exchange(exchange(status=status))
    console.flush()

    assert f"\x1b[{colour}m{status or '-':>3}\x1b[0m" in screen.getvalue()


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
async def test_colours_can_be_declined(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """In the usual ways."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv(name, value)
    screen = Screen()
    console = Console(screen)

    console.on_exchange(exchange())
    console.flush()

    assert "\x1b" not in screen.getvalue()


async def test_request_lines_are_written_together() -> None:
    """A burst costs one write, a moment later; nothing is left for the end."""
    screen = Screen()
    console = Console(screen)

    for _ in range(100):
        console.on_exchange(exchange())
    waited_for = screen.writes
    await screen.written.wait()
    console.flush()

    assert (waited_for, screen.writes) == (0, 1)
    assert len(screen.getvalue().splitlines()) == 100


async def test_a_console_that_nobody_reads_stops_nothing() -> None:
    """As with `mockserver serve 2>&1 | head`."""
    console = Console(Screen(is_broken=True))

    console.on_exchange(exchange())

    console.flush()


def test_undelivered_webhooks_come_after_the_requests() -> None:
    """The event, the delivery's id, where it was to go, and why it did not get there."""
    made = Delivery("d1", "e1", "http://r/", "ev1", "interview.completed", ("e1", "i1"), b"{}")
    attempt = Attempt(1, parse_instant(NOW), "http://r/", (), None, (), b"", "connection refused", 0.1)
    answered = replace(attempt, number=2, status=503, error=None)
    screen = Screen()

    Console(screen).on_undelivered([Undelivered("demo", made)])

    assert screen.getvalue() == ("undelivered: interview.completed d1 to http://r/: no attempt came back in time\n")
    for attempts, behind, why in (
        ((attempt,), None, "attempt 1: connection refused"),
        ((attempt, answered), None, "attempt 2: the receiver answered 503"),
        ((), "d0", "not tried: it waits behind d0, the interview's event before it"),
        ((attempt,), "d0", "attempt 1: connection refused"),
    ):
        line = line_of_undelivered(Undelivered("demo", replace(made, attempts=attempts), behind))
        assert line == f"interview.completed d1 to http://r/: {why}"
    held = line_of_undelivered(Undelivered("demo", made, is_held=True))
    assert held.endswith(": not tried: a planned fault held it")
    skipped = replace(made, status="skipped", error="the webhook is disabled")
    assert line_of_undelivered(Undelivered("demo", skipped)).endswith(": not tried: the webhook is disabled")
    moved = replace(made, attempts=(replace(attempt, url="http://s/"),), status="failed", error="answered 410: off")
    assert line_of_undelivered(Undelivered("demo", moved)).endswith(" to http://s/: attempt 1: answered 410: off")
