"""What a check may use up: its time, the requests of its key, and the rows that it has to take away again."""

import signal
from collections.abc import Iterator
from time import monotonic
from typing import Any

import httpx2
import pytest

from mockserver import MockServer, settings_for
from mockserver.checks import generated
from mockserver.checks.findings import Verdict
from mockserver.checks.generated import Orders, look_at_generated
from mockserver.checks.inboxes import Inboxes
from mockserver.checks.leftovers import Leftovers
from mockserver.checks.scenario_checks import look_at_scenarios
from mockserver.checks.scenario_files import scenario_of
from mockserver.checks.suite import PHASES, Outcome, Suite, Wishes
from mockserver.checks.target import OVER, Exchange, NotSent, Target
from mockserver.checks.webhook_checks import look_at_webhooks
from tests.liar import Liar, Told, scenario, step
from tests.support import ACME
from tests.vendor import Habits, Vendor

KEPT, NOT_LOOKED_AT = Verdict.KEPT, Verdict.NOT_LOOKED_AT
TOKEN = "of-nobody-here"  # of a control API that the check is not let into


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    with MockServer(settings_for(grace_seconds=0, rate_limit="off", admin_token=TOKEN)) as server:
        yield server


@pytest.fixture
def liar(server: MockServer) -> Iterator[Liar]:
    with Liar(server.url) as liar:
        yield liar


def ids(server: MockServer) -> dict[str, set[str]]:
    """Of everything that a check can make, by folder."""
    state = httpx2.get(f"{server.url}/_mock/worlds/demo/state", headers={"Authorization": f"Bearer {TOKEN}"}).json()
    folders = ("jobs", "candidates", "agents", "interviews", "webhooks")
    return {folder: {row["id"] for row in state[folder]} for folder in folders}


def run(url: str, *phases: str, inboxes: Inboxes | None = None, budget_seconds: float = 60.0) -> Outcome:
    wishes = Wishes(phases, [scenario_of(scenario(step()))], budget_seconds=budget_seconds)
    with Target(url, ACME) as target:
        return Suite(target, inboxes, wishes, lambda *_: None).run()


# Time


def test_nothing_is_sent_when_the_time_is_over() -> None:
    """But to the control API, which puts away what was opened there."""
    with MockServer() as server, Target(server.url, ACME) as target, target.fresh_world() as own:
        own.until = monotonic()

        with pytest.raises(NotSent) as why:
            own.request("GET", "/jobs", key=own.api_key)
        assert own.world is not None
        assert own.world.readings()["wire"] == "reference"

    assert str(why.value) == OVER


def test_no_phase_begins_when_the_time_is_over(liar: Liar) -> None:
    """Each says so, and not even the key's permissions are asked for."""
    with Inboxes() as inboxes:
        outcome = run(liar.url, *PHASES, inboxes=inboxes, budget_seconds=0.0)

    assert {one.verdict for one in outcome.observations} == {NOT_LOOKED_AT}
    assert {part.phase: part.why for part in outcome.parts} == {**dict.fromkeys(PHASES, OVER), "answers": ""}
    assert liar.count == 0


def test_a_scenario_stops_where_the_time_is_over(liar: Liar) -> None:
    """The step that is not sent, and those after it, are not looked at for that reason."""
    with Target(liar.url, ACME) as target:

        def ends_the_time(told: Told) -> Told:
            target.until = 0.0
            return told

        assert target.world is None
        one = scenario_of(scenario(step(), step(), step()))
        liar.start_over(ends_the_time)
        found = list(look_at_scenarios(target, [one, one], lambda _: None))

    assert [(seen.verdict, seen.why) for seen in found] == [(KEPT, ""), *[(NOT_LOOKED_AT, OVER)] * 3]
    assert liar.count == 1


def test_a_step_without_an_answer_is_not_asked_after_when_the_time_is_over(liar: Liar) -> None:
    """The step is broken all the same."""
    with Target(liar.url, ACME, has_control=False) as target:

        def ends_the_time(_: Told) -> None:
            target.until = 0.0

        liar.lie = ends_the_time
        target.has_answered = True
        (seen,) = look_at_scenarios(target, [scenario_of(scenario(step()))], lambda _: None)

    assert (seen.verdict, liar.count) == (Verdict.BROKEN, 1)


def test_a_webhook_that_had_no_time_to_come_is_not_missed(server: MockServer) -> None:
    """Whether it would have come, nobody knows."""
    hook = {"url": "{{receiver}}", "events": ["analysis.completed"]}
    waits = {"step": "It comes", "receive": 1, "rules": ["TEST-WEBHOOKS"], "then": {"present": ["/0"]}}
    document = scenario_of(scenario(step("POST /webhooks", 201, body=hook), waits))
    leftovers = Leftovers()

    with (
        Inboxes() as inboxes,
        Target(server.url, ACME, receiver=inboxes.open, has_control=False, listeners=[leftovers.on_exchange]) as target,
    ):
        target.until = monotonic() + 0.5
        found = list(look_at_scenarios(target, [document], lambda _: None))
        target.until = float("inf")
        stay = leftovers.take_away(target)

    assert [(one.verdict, one.why) for one in found] == [(KEPT, ""), (NOT_LOOKED_AT, OVER)]
    assert stay == 0


@pytest.mark.parametrize(
    ("habits", "missed"),
    [
        pytest.param(Habits(retries=False), {"deliveries/retry"}, id="a retry"),
        pytest.param(Habits(events=()), {"TEST-WEBHOOKS", "deliveries/retry"}, id="events"),
        pytest.param(Habits(ping_answer={"success": True}), {"WEBHOOK-TEST", "deliveries/retry"}, id="a ping"),
    ],
)
def test_what_has_less_time_to_come_than_it_may_take_is_not_missed(habits: Habits, missed: set[str]) -> None:
    """It is not looked at; with time enough it would be broken."""
    with Vendor(habits) as vendor, Inboxes() as inboxes, Target(vendor.url, ACME, has_control=False) as target:
        target.until = monotonic() + 3.0
        found = list(look_at_webhooks(target, inboxes, 1, patience_seconds=30.0))

    assert [one.case for one in found if one.verdict is Verdict.BROKEN] == []
    assert missed <= set(found[-1].subjects)
    assert (found[-1].verdict, found[-1].why) == (NOT_LOOKED_AT, OVER)


@pytest.mark.parametrize(
    ("method", "count", "missed"),
    [
        pytest.param("POST", 5, ["deliveries/retry"], id="after the create that is refused"),
        pytest.param("DELETE", 1, [], id="with only a deletion to come"),
    ],
)
def test_webhooks_stop_where_the_time_is_over(method: str, count: int, missed: list[str]) -> None:
    """What had been seen stands, and is not told of twice."""
    seen: list[str] = []
    with Vendor(Habits()) as vendor, Inboxes() as inboxes:

        def ends_the_time(exchange: Exchange) -> None:
            seen.append(exchange.request.method)
            target.until = 0.0 if seen.count(method) == count else target.until

        with Target(vendor.url, ACME, has_control=False, listeners=[ends_the_time]) as target:
            found = list(look_at_webhooks(target, inboxes, 1, patience_seconds=5.0))

    kept = {subject for one in found if one.verdict is KEPT for subject in one.subjects}
    assert [subject for one in found if one.verdict is NOT_LOOKED_AT for subject in one.subjects] == missed
    assert kept.isdisjoint(missed)


# Requests


@pytest.fixture
def spent() -> Iterator[str]:
    """The URL of a server whose key has no requests left."""
    settings = settings_for(grace_seconds=0, rate_limit="enforce", admin_token=TOKEN, clock="frozen")
    with MockServer(settings) as server, Target(server.url, ACME) as target:
        while target.request("GET", "/jobs", key=ACME).status != 429:
            pass
        yield server.url


@pytest.mark.timeout(120)
def test_where_no_requests_are_left_nothing_is_looked_at_and_soon_nothing_is_sent(spent: str) -> None:
    """Every phase says why; a refusal keeps nothing."""
    with Inboxes() as inboxes:
        outcome = run(spent, "scenarios", "webhooks", "answers", "coverage", inboxes=inboxes)

    assert {one.verdict for one in outcome.observations} == {NOT_LOOKED_AT}
    whys = {part.phase: part.why.partition(" (429, Retry-After: ")[0] for part in outcome.parts}
    told = "the key has no requests left"
    assert whys == {"scenarios": told, "webhooks": told, "answers": "", "coverage": told}
    assert outcome.seconds < 40


@pytest.mark.timeout(120)
def test_rows_for_generated_requests_are_made_at_the_pace_that_was_asked_for(liar: Liar) -> None:
    """Those that schemathesis does not send itself, too."""
    times: list[float] = []

    def notes_the_time(told: Told) -> Told:
        times.append(monotonic())
        return told

    liar.lie = notes_the_time
    orders, leftovers = Orders(("examples",), 1, 30.0, 10.0, rate=20), Leftovers()
    with Target(liar.url, ACME, has_control=False) as target:
        list(look_at_generated(target, orders, leftovers, lambda *_: None))
        leftovers.take_away(target)

    assert times[10] - times[0] > 0.4


# Rows


class Prefixed(Liar):
    """Has the API below a path."""

    def _tell(self, method: str, path: str, headers: Any, content: bytes) -> tuple[Any, Told | None]:
        return super()._tell(method, path.removeprefix("/api/v1"), headers, content)


@pytest.mark.timeout(120)
def test_a_process_that_was_started_in_the_background_of_a_script_ends_when_it_is_told(server: MockServer) -> None:
    """Such a script has SIGINT ignored, and so have all that it starts."""
    leftovers, began = Leftovers(), monotonic()
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with Target(server.url, ACME, has_control=False) as target:
            list(look_at_generated(target, Orders(("coverage",), 1, 6.0, 10.0), leftovers, lambda *_: None))
            seconds = monotonic() - began
            leftovers.take_away(target)
    finally:
        signal.signal(signal.SIGINT, before)

    assert seconds < 6.0 + generated.GRACE_SECONDS


@pytest.mark.timeout(120)
def test_what_a_killed_process_has_made_is_taken_away(server: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Below whatever path the API is; all but the row that was under way."""
    monkeypatch.setattr(generated, "GRACE_SECONDS", 0.0)
    before, leftovers = ids(server), Leftovers()

    with Prefixed(server.url) as prefixed, Target(f"{prefixed.url}/api/v1", ACME, has_control=False) as target:
        list(look_at_generated(target, Orders(("coverage",), 1, 10.0, 10.0), leftovers, lambda *_: None))
        made = sum(len(rows - before[folder]) for folder, rows in ids(server).items())
        stay = leftovers.take_away(target)

    left = sum(len(rows - before[folder]) for folder, rows in ids(server).items())
    assert stay == 0
    assert made > 10
    assert left <= 1


def test_rows_of_a_suite_are_taken_away_though_its_time_is_over(liar: Liar, server: MockServer) -> None:
    """And it is told how far that is."""
    before, steps = ids(server), list[Any]()
    one = scenario_of(scenario(step("POST /jobs", 201, body={"title": "Release Manager"})))
    with Target(liar.url, ACME) as target:

        def ends_the_time(told: Told) -> Told:
            target.until = 0.0 if (told.method, told.status) == ("POST", 201) else target.until
            return told

        liar.lie = ends_the_time
        wishes = Wishes(["scenarios"], [one])
        outcome = Suite(target, None, wishes, lambda *told: steps.append(told)).run()

    assert (outcome.rows_left, ids(server)) == (0, before)
    assert steps[-1] == ("taking away", 0, 1)


@pytest.mark.parametrize(
    ("lost", "stay"),
    [
        pytest.param({1}, 0, id="one answer"),
        pytest.param({1, 2}, 1, id="two, of the same row"),
        pytest.param({1, 2, 3, 4, 5, 6}, 5, id="all of three rows: it is gone"),
    ],
)
def test_a_lost_connection_does_not_end_the_taking_away(
    liar: Liar, server: MockServer, lost: set[int], stay: int
) -> None:
    """What stays is counted, tried or not."""
    leftovers = Leftovers()
    with Target(server.url, ACME, listeners=[leftovers.on_exchange]) as target:
        for number in range(5):
            target.request("POST", "/jobs", key=ACME, json={"title": f"Release Manager {number}"})

    liar.start_over(lambda told: None if told.number in lost else told)
    with Target(liar.url, ACME, has_control=False) as target:
        assert leftovers.take_away(target) == stay

    with Target(server.url, ACME) as target:
        assert leftovers.take_away(target) == 0
