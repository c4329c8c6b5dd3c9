"""`mockserver.testing`: schedules that find a receiver's mistake and shrink to the smallest one."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis.errors import NoSuchExample

from mockserver.faults import KINDS
from mockserver.jsontext import BadJson, decode
from mockserver.signing import verify
from mockserver.testing import FAULTS, SECRET, Fault, Message, Schedule, Sending, delivery_schedules, play
from tests.receiver import Delivered, Receiver, held_to_contract

NOW = 1_900_000_000.0
QUIET = settings(max_examples=2000, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
STATES = ["", "interview.started", "interview.completed", "analysis.completed"]


class Careful:
    """A receiver as it should be: verifies, knows what it has seen, and lets no event bring an interview back."""

    secret: str | None = SECRET
    knows_ids = True
    keeps_order = True
    tries_every_signature = True

    def __init__(self) -> None:
        self.counted: dict[str, int] = {}
        self.state: dict[str, str] = {}
        self._seen: set[str] = set()

    def __call__(self, headers: dict[str, str], body: bytes) -> int:
        given = headers.get("webhook-signature", "").split(" ")
        headers = headers if self.tries_every_signature else {**headers, "webhook-signature": given[0]}
        if self.secret is not None and verify(self.secret, headers, body, NOW) is not None:
            return 401
        try:
            told: Any = decode(body)
        except BadJson:
            return 400
        if not (self.knows_ids and told["deliveryId"] in self._seen):
            self._seen.add(told["deliveryId"])
            self._take(told["data"]["interviewId"], told["event"])
        return 200

    def _take(self, interview: str, event: str) -> None:
        self.counted[event] = self.counted.get(event, 0) + 1
        before = self.state.get(interview, "")
        if not self.keeps_order or STATES.index(event) > STATES.index(before):
            self.state[interview] = event


class CountsTwice(Careful):
    knows_ids = False


class GoesBack(Careful):
    keeps_order = False


class Trusts(Careful):
    secret = None


class ReadsOneSignature(Careful):
    tries_every_signature = False


def breaks(make: Callable[[], Careful]) -> Callable[[Schedule], bool]:
    """Whether a schedule has other effects on a new receiver than the same story on a good day."""

    def broken(schedule: Schedule) -> bool:
        effects = []
        for each in (schedule, schedule.in_order()):
            receiver = make()
            play(each, receiver, now=NOW)
            effects.append((receiver.counted, receiver.state))
        return effects[0] != effects[1]

    return broken


SMALLEST = [
    (CountsTwice, "Schedule(1 interview.started, 1 interview.started)"),
    (GoesBack, "Schedule(2 interview.completed, 1 interview.started)"),
    (Trusts, "Schedule(1 interview.started, 1 interview.started (wrong-signature))"),
    (ReadsOneSignature, "Schedule(1 interview.started (rotated-secret))"),
]


@pytest.mark.parametrize(("receiver", "smallest"), SMALLEST, ids=[each.__name__ for each, _ in SMALLEST])
def test_a_mistake_is_found_and_shrinks_to_the_smallest_schedule(receiver: type[Careful], smallest: str) -> None:
    """One event twice, two events swapped, one forgery, one rotation: nothing that is not to blame."""
    assert repr(find(delivery_schedules(), breaks(receiver), settings=QUIET)) == smallest


def test_a_careful_receiver_survives_every_schedule() -> None:
    """What it answers agrees with what was wrong with each sending."""

    def goes_wrong(schedule: Schedule) -> bool:
        answers = [(each.sending.is_good, each.answer == 200) for each in play(schedule, Careful(), now=NOW)]
        return any(good != taken for good, taken in answers) or breaks(Careful)(schedule)

    with pytest.raises(NoSuchExample):
        find(delivery_schedules(), goes_wrong, settings=settings(QUIET, max_examples=300))


@given(schedule=delivery_schedules(max_extra=4))
def test_a_schedule_delivers_each_event_well_at_least_once(schedule: Schedule) -> None:
    """From the first of the story on without a gap, and with no more extras than asked for."""
    good = {sending.place for sending in schedule if sending.is_good}

    assert good == set(range(1, len(good) + 1))
    assert len(good) <= len(schedule) <= len(good) + 4
    assert [repr(each) for each in schedule.in_order()] == [f"{n} {STATES[n]}" for n in sorted(good)]


@pytest.mark.parametrize(
    ("faults", "kinds", "in_order"),
    [
        ((), {None}, True),
        (("duplicate",), {None}, True),
        (("reorder",), {None}, False),
        (("rotated-secret",), {None, "rotated-secret"}, True),
        (("truncated-body", "reorder"), {None, "truncated-body"}, False),
    ],
    ids=["none", "duplicates", "order", "rotation", "two"],
)
def test_only_what_was_asked_for_goes_wrong(faults: tuple[Fault, ...], kinds: set[str | None], in_order: bool) -> None:
    """Each of it does."""
    seen: set[str | None] = set()
    disordered: set[bool] = set()

    @settings(QUIET, max_examples=100)
    @given(schedule=delivery_schedules(faults=faults))
    def look(schedule: Schedule) -> None:
        places = [sending.place for sending in schedule]
        seen.update(sending.fault for sending in schedule)
        disordered.add(places != sorted(places))

    look()

    assert (seen, True not in disordered) == (kinds, in_order)


def test_a_story_may_be_ones_own() -> None:
    """Such as the bodies of deliveries that the mock has sent."""
    body = {"event": "ping", "timestamp": "2030-01-01T00:00:00.000Z", "deliveryId": "d", "data": {"webhookId": "w"}}
    message = Message.of(body)

    schedule = find(delivery_schedules([message]), lambda _: True, settings=QUIET)

    assert schedule == Schedule((Sending(1, message),))
    assert play(schedule, lambda _, sent: decode(sent))[0].answer == body


def test_the_usual_story_is_what_the_contract_documents() -> None:
    """Each of its bodies."""
    schedule = find(delivery_schedules(faults=()), lambda schedule: len(schedule) == 3, settings=QUIET)

    for sending in schedule:
        held_to_contract(Delivered({}, sending.message.body))


FORGED: list[tuple[Fault, str]] = [
    ("stale-signature", "webhook-timestamp is 600 s too old"),
    ("wrong-signature", "webhook-signature does not match"),
    ("missing-signature", "the header webhook-signature is missing"),
    ("truncated-body", "webhook-signature does not match"),
]


@pytest.mark.parametrize(("fault", "says"), FORGED, ids=[fault for fault, _ in FORGED])
def test_what_a_receiver_should_refuse_is_wrong_in_one_thing(fault: Fault, says: str) -> None:
    """Only who knows no secret makes up an interview."""
    sending = next(iter(find(delivery_schedules(faults=()), lambda _: True, settings=QUIET)))
    bad = Sending(1, sending.message, fault)

    headers, body = bad.request(now=NOW)

    assert not bad.is_good
    assert str(verify(SECRET, headers, body, NOW)).startswith(says)
    assert (headers["webhook-id"] != sending.message.id) == (fault in ("wrong-signature", "missing-signature"))


async def test_a_schedule_is_played_to_a_url() -> None:
    """The answers are statuses; signatures are those of the present."""
    async with Receiver(statuses=(200, 500)) as receiver:
        schedule = find(delivery_schedules(faults=()), lambda schedule: len(schedule) == 2, settings=QUIET)

        played = await asyncio.to_thread(play, schedule, receiver.url)

        assert [(each.sending.place, each.answer) for each in played] == [(1, 200), (2, 500)]
        for arrived in receiver.received:
            now = int(arrived.headers["webhook-timestamp"])
            assert verify(SECRET, arrived.headers, arrived.body, now) is None


SHOWN = """
from hypothesis import given, settings, strategies as st
from mockserver.testing import delivery_schedules

@settings(database=None, derandomize=True)
@given(schedule=delivery_schedules(), others=st.lists(delivery_schedules(), min_size=1))
def fails(schedule, others):
    assert False

try:
    fails()
except AssertionError as error:
    print(*error.__notes__)
"""


def test_what_hypothesis_shows_of_a_schedule_can_be_read() -> None:
    """Its events, not their bodies. From a process: one of the plugins that run here keeps Hypothesis silent."""
    shown = subprocess.run([sys.executable, "-c", SHOWN], capture_output=True, text=True, check=True).stdout

    assert "    schedule=Schedule(1 interview.started)," in shown
    assert "    others=[Schedule(1 interview.started)]," in shown


def test_what_goes_wrong_here_goes_wrong_in_a_world_too() -> None:
    """By the same names; only what takes time or loses attempts needs a world."""
    of_deliveries = {name for name, kind in KINDS.items() if kind.on == "delivery"}

    assert of_deliveries - set(FAULTS) == {"delay", "race", "drop", "slow-body"}
    assert set(FAULTS) < set(KINDS)
