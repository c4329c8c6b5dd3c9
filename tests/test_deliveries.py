"""The delivery log: lanes in order, at most ten under way for each endpoint, bounded memory."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from mockserver import delivery_log as module
from mockserver.clock import LAST
from mockserver.deliveries import Attempt, Delivery, Endpoint
from mockserver.delivery_log import MAX_UNDER_WAY, Deliveries


def delivery(id: str, lane: str = "talk", endpoint: str = "one") -> Delivery:
    return Delivery(id, endpoint, "http://127.0.0.1/", f"event of {id}", "ping", (endpoint, lane), b"{}")


def attempt(number: int = 1) -> Attempt:
    return Attempt(number, LAST, "http://127.0.0.1/", (), 200, (), b"", None, 0.0)


def taken(deliveries: Deliveries) -> list[str]:
    return [delivery.id for delivery in deliveries.take_ready()]


@pytest.mark.parametrize(
    ("company", "events", "wanted"),
    [
        ("acme", {"ping"}, True),
        ("acme", set(), True),
        (None, {"ping"}, True),
        (None, set(), True),
        ("globex", {"ping"}, False),
        ("acme", {"interview.started"}, False),
        ("globex", set(), False),
    ],
)
def test_an_endpoint_wants_its_companys_events_of_its_types(
    company: str | None, events: set[str], wanted: bool
) -> None:
    """No company means all of them, no types means every type."""
    endpoint = Endpoint("1", company, "http://127.0.0.1/", frozenset(events), "00")

    assert endpoint.wants("ping", "acme") is wanted


def test_deliveries_of_a_lane_go_one_after_the_other() -> None:
    """The second sets out when the first is over, however it ended; other lanes do not wait."""
    log = Deliveries()
    for id, lane in (("a1", "a"), ("a2", "a"), ("b1", "b")):
        log.add(delivery(id, lane))

    first = taken(log)
    log.came_back("a1", attempt())
    waiting = taken(log)
    log.finish("a1", "failed", "given up")
    second = taken(log)

    assert (first, waiting, second) == (["a1", "b1"], [], ["a2"])
    assert [kept.status for kept in log] == ["failed", "pending", "pending"]
    assert [kept.id for kept in log.pending()] == ["a2", "b1"]


def test_a_retry_keeps_its_place_at_the_head() -> None:
    """What comes back and waits for a retry holds its own lane, and sets out again when it is made ready."""
    log = Deliveries()
    log.add(delivery("a1", "a"))
    log.add(delivery("a2", "a"))
    taken(log)

    tried = log.came_back("a1", attempt())
    log.make_ready("a1")

    assert [each.number for each in tried.attempts] == [1]
    assert taken(log) == ["a1"]


def test_an_attempt_that_stays_ends_its_delivery() -> None:
    """It was about to set out and may not: it ends as told, and the next of the lane comes."""
    log = Deliveries()
    log.add(delivery("a1", "a"))
    log.add(delivery("a2", "a"))
    taken(log)

    log.stay("a1", "skipped", "switched off")

    kept = log.get("a1")
    assert kept is not None
    assert (kept.status, kept.error) == ("skipped", "switched off")
    assert taken(log) == ["a2"]


def test_ten_are_under_way_for_an_endpoint() -> None:
    """The eleventh waits until one comes back; another endpoint has ten of its own."""
    log = Deliveries()
    for number in range(12):
        log.add(delivery(f"one {number}", f"talk {number}"))
    log.add(delivery("two", "talk", "two"))

    first, second = taken(log), taken(log)
    log.came_back("one 0", attempt())
    log.finish("one 0", "delivered")
    third = taken(log)

    assert first == [*(f"one {number}" for number in range(MAX_UNDER_WAY)), "two"]
    assert (second, third) == ([], ["one 10"])


@pytest.mark.parametrize("how", ["add", "record"])
def test_the_log_is_bounded(monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    """The oldest that is over makes room, whether the new one sets out or was skipped."""
    monkeypatch.setattr(module, "MAX_DELIVERIES", 3)
    log = Deliveries()
    for number in range(5):
        log.add(delivery(str(number), str(number)))
        taken(log)
        log.came_back(str(number), attempt())
        log.finish(str(number), "delivered")

    getattr(log, how)(delivery("new", "new"))

    assert [kept.id for kept in log] == ["3", "4", "new"]
    assert log.get("0") is None
    assert len(log) == 3


def test_what_is_pending_is_never_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pending delivery at the head stays, though the log outgrows its bound."""
    monkeypatch.setattr(module, "MAX_DELIVERIES", 2)
    log = Deliveries()

    for number in range(4):
        log.add(delivery(str(number), str(number)))

    assert [kept.id for kept in log.pending()] == ["0", "1", "2", "3"]
    assert len(log) == 4


class Traffic(RuleBasedStateMachine):
    """Any mixture of arrivals, returns, retries and ends, beside a model of plain lists."""

    def __init__(self) -> None:
        super().__init__()
        self.log = Deliveries()
        self.lanes: dict[tuple[str, str], list[str]] = {}
        self.out: list[str] = []
        self.back: list[str] = []  # came back, not decided yet
        self.ready: list[str] = []
        self.count = 0

    @rule(endpoint=st.sampled_from("xy"), lane=st.integers(0, 14))
    def arrive(self, endpoint: str, lane: int) -> None:
        self.count += 1
        id = f"{endpoint}{self.count}"
        queue = self.lanes.setdefault((endpoint, str(lane)), [])
        queue.append(id)
        if queue == [id]:
            self.ready.append(id)
        self.log.add(delivery(id, str(lane), endpoint))

    @rule()
    def set_out(self) -> None:
        expected: list[str] = []
        for endpoint in "xy":
            room = MAX_UNDER_WAY - sum(id[0] == endpoint for id in self.out)
            expected += [id for id in self.ready if id[0] == endpoint][:room]
        assert sorted(taken(self.log)) == sorted(expected)
        self.ready = [id for id in self.ready if id not in expected]
        self.out += expected

    @precondition(lambda self: self.out)
    @rule(place=st.integers(0, 100))
    def come_back(self, place: int) -> None:
        id = self.out.pop(place % len(self.out))
        self.log.came_back(id, attempt())
        self.back.append(id)

    @precondition(lambda self: self.back)
    @rule(place=st.integers(0, 100), again=st.booleans())
    def decide(self, place: int, again: bool) -> None:
        id = self.back.pop(place % len(self.back))
        if again:
            self.ready.append(id)
            self.log.make_ready(id)
            return
        self.log.finish(id, "delivered")
        lane = next(lane for lane, queue in self.lanes.items() if id in queue)
        self.lanes[lane].remove(id)
        self.ready += self.lanes[lane][:1]

    @invariant()
    def pending_is_what_the_lanes_hold(self) -> None:
        assert sorted(kept.id for kept in self.log.pending()) == sorted(
            id for queue in self.lanes.values() for id in queue
        )


TestTraffic = Traffic.TestCase
