"""Deliveries that go wrong as planned, at real receivers: what arrives, in which order, and nothing else changes."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pytest
from aiohttp import web
from standardwebhooks import Webhook

from mockserver.deliveries import Delivery
from mockserver.delivery_log import MAX_UNDER_WAY
from mockserver.faults import KINDS
from mockserver.signing import verify
from mockserver.world import World
from mockserver.worlds import with_fresh_keys
from tests.receiver import SECRET, Delivered, Receiver, signatures_by_hand, webhook
from tests.support import ACME, NOW, Mock, body, demo

BEGIN = datetime.fromisoformat(NOW)
STARTED, COMPLETED, ANALYSED = "interview.started", "interview.completed", "analysis.completed"


@dataclass
class Verifier(Receiver):
    """A receiver that refuses what is not signed well at the time that `clock` tells."""

    clock: Callable[[], float] = time.time

    async def _receive(self, request: web.Request) -> web.Response:
        taken = await super()._receive(request)
        arrived = self.received[-1]
        wrong = verify(SECRET, arrived.headers, arrived.body, self.clock())
        return web.Response(status=401) if wrong else taken


def listening(*receivers: Receiver, **changes: Any) -> Mock:
    """A world of its own with one webhook of Acme for each receiver."""
    return Mock(worlds=[demo(webhooks=[webhook(receiver.url, **changes) for receiver in receivers])])


async def plan(mock: Mock, kind: str, **row: Any) -> Any:
    response = await mock.control.post("/worlds/demo/faults", json={"kind": kind, **row})
    assert response.status_code == 201, response.text
    return response.json()


async def account(mock: Mock) -> list[tuple[int, int]]:
    """How often each fault was fitted and met."""
    return [(fault["fitted"], fault["met"]) for fault in (await mock.control.get("/worlds/demo/faults")).json()]


async def deliveries(mock: Mock) -> Any:
    return (await mock.control.get("/worlds/demo/deliveries")).json()


async def attempts(mock: Mock) -> Any:
    """Of each delivery its status, and of each attempt the fault and how it was answered."""
    return [
        (
            delivery["status"],
            [(each["fault"], each["error"] or each["response"]["status"]) for each in delivery["attempts"]],
        )
        for delivery in await deliveries(mock)
    ]


async def flush(mock: Mock) -> None:
    await mock.control.post("/worlds/demo/deliveries/flush", json={})


# --- order and number


async def test_a_duplicate_comes_again_under_the_same_id() -> None:
    """At once, ahead of its interview's next event; the copy counts for nothing, whatever it is answered."""
    async with Receiver(statuses=(200, 500)) as receiver, listening(receiver, events=[COMPLETED]) as mock:
        await plan(mock, "duplicate", copies=2)
        await mock.create(body(isTest=True))
        await mock.advance()

        assert [each.body for each in receiver.received] == [receiver.received[0].body] * 3
        assert {each.headers["webhook-id"] for each in receiver.received} == {receiver.received[0].json["deliveryId"]}
        assert await attempts(mock) == [("delivered", [(None, 200), ("duplicate", 500), ("duplicate", 500)])]
        assert await account(mock) == [(1, 1)]


async def test_a_late_duplicate_holds_back_nothing() -> None:
    """It comes so many virtual seconds later, after what happened meanwhile."""
    async with Receiver() as receiver, listening(receiver) as mock:
        await plan(mock, "duplicate", seconds=90, match={"event": COMPLETED})
        await mock.create(body(isTest=True))
        moved = await mock.advance()

        assert receiver.events == [COMPLETED, ANALYSED, COMPLETED]
        assert [(each["what"], each["at"]) for each in moved["happened"]] == [("release", "2024-01-16T10:31:30.000Z")]
        assert [status for status, _ in await attempts(mock)] == ["delivered", "delivered"]


async def test_a_reordered_delivery_comes_after_the_next_one() -> None:
    """Also of its own interview; nothing is left to wait for."""
    async with Receiver() as receiver, listening(receiver) as mock:
        await plan(mock, "reorder")
        await mock.create(body(isTest=True))
        await flush(mock)

        assert receiver.events == [ANALYSED, COMPLETED]
        assert await account(mock) == [(2, 1)]
        assert (await mock.advance())["happened"] == []


async def test_two_reordered_deliveries_are_turned_around_with_the_third() -> None:
    """The one that the first waits for waits itself; each comes right after the one that it waits for."""
    async with Receiver() as receiver, listening(receiver) as mock:
        await plan(mock, "reorder", times=2)
        for _ in range(2):
            await mock.create(body(isTest=True))
        await flush(mock)

        order = [delivery["id"] for delivery in await deliveries(mock)]
        assert [each.headers["webhook-id"] for each in receiver.received] == [order[n] for n in (2, 1, 0, 3)]


async def test_a_reordered_delivery_that_nothing_follows_comes_when_its_time_is_over() -> None:
    """It is pending meanwhile; deliveries to another webhook are no help."""
    async with Receiver() as one, Receiver() as other, listening(one, other, events=[COMPLETED]) as mock:
        first = mock.world.deliveries
        endpoint = (await mock.state())["webhooks"][0]["id"]
        await plan(mock, "reorder", seconds=30, match={"webhookId": endpoint, "event": COMPLETED})
        await mock.create(body(isTest=True))
        await flush(mock)
        waiting = [delivery.endpoint_id for delivery in first.pending()]
        await mock.advance(30)

        assert (waiting, one.events, other.events) == ([endpoint], [COMPLETED], [COMPLETED])


async def test_a_delayed_delivery_is_overtaken() -> None:
    """It comes at its virtual instant, with that instant in its log."""
    async with Receiver() as receiver, listening(receiver) as mock:
        await plan(mock, "delay", seconds=5, match={"event": COMPLETED})
        await plan(mock, "delay", seconds=7, times=None)
        await mock.create(body(isTest=True))
        await mock.advance(6)
        early = receiver.events
        await mock.advance()

        assert (early, receiver.events) == ([COMPLETED], [COMPLETED, ANALYSED])
        assert [each["attempts"][0]["at"] for each in await deliveries(mock)] == [
            "2024-01-16T10:30:05.000Z",
            "2024-01-16T10:30:07.000Z",
        ]
        assert await account(mock) == [(1, 1), (1, 1)]  # what the first holds is out of the second's reach


async def test_faults_of_one_delivery_add_up() -> None:
    """Delayed, then lost twice, then forged, then taken, then duplicated; each is met."""
    async with Verifier() as receiver, listening(receiver, events=[COMPLETED]) as mock:
        for kind, options in (("drop", {"attempts": 2}), ("duplicate", {}), ("wrong-signature", {}), ("delay", {})):
            await plan(mock, kind, **options)
        await mock.create(body(isTest=True))
        await mock.advance()

        lost = f"lost on the way: the planned fault {next(iter(mock.world.faults)).fault.id}"
        tried = [("drop", lost), ("drop", lost), ("wrong-signature", 401), (None, 200), ("duplicate", 200)]
        assert await attempts(mock) == [("delivered", tried)]
        assert await account(mock) == [(1, 1)] * 4
        assert len(receiver.received) == 3


# --- attempts


async def test_lost_attempts_are_retried_by_the_schedule() -> None:
    """The receiver hears of the third first; one that loses all of them gives up, as for any other reason."""
    async with Receiver() as receiver, listening(receiver, events=[COMPLETED]) as mock:
        await plan(mock, "drop", attempts=2)
        await plan(mock, "drop", attempts=4, match={"nth": 2})
        for _ in range(2):
            await mock.create(body(isTest=True))
        await mock.advance()

        first, second = await deliveries(mock)
        assert [each["at"][11:19] for each in first["attempts"]] == ["10:30:00", "10:30:05", "10:30:35"]
        assert [first["status"], second["status"], len(second["attempts"])] == ["delivered", "failed", 4]
        assert len(receiver.received) == 1


FORGED = [
    ("stale-signature", {}, "webhook-timestamp is 600 s too old"),
    ("stale-signature", {"seconds": -301}, "webhook-timestamp is 301 s too early"),
    ("wrong-signature", {}, "webhook-signature does not match"),
    ("missing-signature", {}, "the header webhook-signature is missing"),
    ("truncated-body", {}, "webhook-signature does not match"),
]


@pytest.mark.parametrize(("kind", "options", "says"), FORGED, ids=[f"{kind} {more}" for kind, more, _ in FORGED])
async def test_a_receiver_that_verifies_gets_a_good_attempt_afterwards(
    kind: str, options: dict[str, Any], says: str
) -> None:
    """What it refuses differs in just that; the retry has the same id, the whole body and good signatures."""
    async with Verifier(clock=BEGIN.timestamp) as receiver, listening(receiver, events=[COMPLETED]) as mock:
        receiver.clock = lambda: mock.world.now().timestamp()
        await mock.readings(webhook_timestamp="world")
        await plan(mock, kind, **options)
        await mock.create(body(isTest=True))
        await mock.advance()

        bad, good = receiver.received
        assert str(verify(SECRET, bad.headers, bad.body, BEGIN.timestamp())).startswith(says)
        assert good.headers.items() >= signatures_by_hand(good).items()
        assert bad.headers["webhook-id"] == good.headers["webhook-id"]
        assert good.body.startswith(bad.body)
        assert (len(bad.body) < len(good.body)) == (kind == "truncated-body")
        assert await attempts(mock) == [("delivered", [(kind, 401), (None, 200)])]


async def test_a_log_shows_what_was_really_sent() -> None:
    """The truncated text, and only the signing headers that were there."""
    async with Receiver() as receiver, listening(receiver, events=[COMPLETED], headers=[]) as mock:
        await plan(mock, "truncated-body")
        await plan(mock, "missing-signature", match={"nth": 2})
        for _ in range(2):
            await mock.create(body(isTest=True))
        await flush(mock)

        first, second = [delivery["attempts"][0] for delivery in await deliveries(mock)]
        assert first["request"]["body"] == receiver.received[0].body.decode()
        assert set(second["signature"]) == {"webhook-id", "webhook-timestamp"}


async def test_a_rotated_secret_signs_beside_the_present_one() -> None:
    """As Standard Webhooks say, so that a receiver takes it with either; the first signature is not its own."""
    async with (
        Verifier() as receiver,
        listening(receiver, events=[COMPLETED], headers=[{"name": "x-a", "value": "b"}]) as mock,
    ):
        await plan(mock, "rotated-secret")
        await mock.create(body(isTest=True))
        await flush(mock)

        (arrived,) = receiver.received
        coming, present = arrived.headers["webhook-signature"].split(" ")
        assert present == signatures_by_hand(arrived)["webhook-signature"] != coming
        assert Webhook(bytes.fromhex(SECRET)).verify(arrived.body, dict(arrived.headers)) == arrived.json
        assert arrived.headers["x-a"] == "b"
        assert await attempts(mock) == [("delivered", [("rotated-secret", 200)])]


async def test_a_slow_body_takes_its_time() -> None:
    """In pieces, framed like every other; one that is slower than the webhook's time-out is tried again."""
    async with Receiver() as receiver, listening(receiver, events=[COMPLETED], timeoutMs=1000) as mock:
        await plan(mock, "slow-body", seconds=0.05)
        await plan(mock, "slow-body", seconds=50, match={"nth": 2})
        await mock.create(body(isTest=True))
        await flush(mock)
        (slow,) = (await deliveries(mock))[0]["attempts"]
        await mock.create(body(isTest=True))
        await mock.advance()

        assert slow["ms"] >= 50
        assert int(receiver.received[0].headers["content-length"]) == len(receiver.received[0].body)
        tried = [("slow-body", "timed out after 1 s"), (None, 200)]
        assert await attempts(mock) == [("delivered", [("slow-body", 200)]), ("delivered", tried)]


# --- races


@dataclass
class Finish:
    """Who came in when: each delivery, each answer."""

    order: list[str]

    def __call__(self, delivered: Delivered) -> None:
        self.order.append(delivered.event)


async def test_a_racing_webhook_arrives_before_the_answer() -> None:
    """Without the fault, the answer is there first; both say the same."""
    finish = Finish([])
    async with Receiver(on_delivered=finish) as receiver, listening(receiver) as mock:
        await plan(mock, "race", match={"event": COMPLETED, "nth": 2})
        for _ in range(2):
            answer = await mock.create(body(isTest=True))
            finish.order.append(str(answer.status_code))
            await flush(mock)

        assert finish.order == ["201", COMPLETED, ANALYSED, COMPLETED, "201", ANALYSED]
        assert await account(mock) == [(2, 1)]
        assert mock.world.faults.races == {}


async def test_an_answer_waits_no_longer_for_a_race_than_planned() -> None:
    """A receiver that hangs does not hang the client."""
    async with Receiver() as receiver, listening(receiver) as mock:
        receiver.open.clear()
        await plan(mock, "race", seconds=0.05, times=None)
        began = time.perf_counter()
        answer = await mock.create(body(isTest=True))

        assert answer.status_code == 201
        assert 0.05 <= time.perf_counter() - began < 5
        receiver.open.set()


async def test_what_no_request_caused_races_nothing() -> None:
    """An event of a timer does not meet the fault, which waits for one that a request causes."""
    async with Receiver() as receiver, listening(receiver) as mock:
        await plan(mock, "race", match={"event": ANALYSED})
        await mock.create(body())
        await mock.advance()
        before = await account(mock)
        await mock.create(body(isTest=True))
        await flush(mock)

        assert (before, await account(mock)) == ([(0, 0)], [(1, 1)])


@pytest.mark.parametrize("hold", ["delay", "reorder"])
async def test_what_is_held_races_nothing(hold: str) -> None:
    """The answer does not wait for it, and the race waits for the next delivery; the fault planned first is met."""
    async with Receiver() as receiver, listening(receiver, events=[COMPLETED]) as mock:
        await plan(mock, hold)
        await plan(mock, "race", seconds=60)
        await mock.create(body(isTest=True))
        before = await account(mock), receiver.events
        await mock.create(body(isTest=True))

        assert before == ([(1, 1), (0, 0)], [])
        assert await account(mock) == [(2, 1), (1, 1)]


async def test_what_races_is_not_held() -> None:
    """The other way round, the hold is for the next one."""
    async with Receiver() as receiver, listening(receiver, events=[COMPLETED]) as mock:
        await plan(mock, "race", seconds=60)
        await plan(mock, "delay")
        await mock.create(body(isTest=True))

        assert receiver.events == [COMPLETED]
        assert await account(mock) == [(1, 1), (0, 0)]


async def test_a_test_of_a_webhook_races_without_waiting_twice() -> None:
    """Its answer tells of the attempt anyway."""
    async with Receiver() as receiver, listening(receiver, events=["ping"]) as mock:
        await plan(mock, "race", match={"event": "ping"}, seconds=60)
        id = (await mock.state())["webhooks"][0]["id"]
        answer = await mock.call("POST", f"/webhooks/{id}/test")

        assert (answer.status_code, receiver.events) == (200, ["ping"])


# --- planning and forgetting


async def test_a_fault_is_shown_with_its_options_and_account(mock: Mock) -> None:
    """As it was planned, with the defaults filled in."""
    planned = await plan(mock, "duplicate", match={"event": COMPLETED}, times=None)

    rest = {"match": {"event": COMPLETED, "nth": 1}, "times": None, "copies": 1, "seconds": 0}
    unmet = {"fitted": 0, "struck": 0, "met": 0}
    assert planned == {"id": planned["id"], "kind": "duplicate", **rest, **unmet}
    assert (await mock.control.get("/worlds/demo/faults")).json() == [planned]


REFUSED = [
    ({"kind": "dupe"}, "/kind"),
    ({"kind": "drop", "match": {"event": "completed"}}, "/match/event"),
    ({"kind": "drop", "match": {"webhookId": "nobody"}}, "/match/webhookId"),
    ({"kind": "drop", "match": {"nth": 0}}, "/match/nth"),
    ({"kind": "drop", "times": 0}, "/times"),
    ({"kind": "drop", "attempts": "2"}, "/attempts"),
    ({"match": {}}, "/"),
]


@pytest.mark.parametrize(("row", "at"), REFUSED, ids=str)
async def test_a_fault_that_makes_no_sense_is_refused(mock: Mock, row: dict[str, Any], at: str) -> None:
    """At once, with the path of the mistake; none is planned."""
    response = await mock.control.post("/worlds/demo/faults", json=row)

    assert (response.status_code, response.json()["error"]["details"]["at"]) == (400, at)
    assert (await mock.control.get("/worlds/demo/faults")).json() == []


@pytest.mark.parametrize(
    ("events", "event", "status"),
    [
        ([COMPLETED], COMPLETED, 201),
        ([COMPLETED], ANALYSED, 400),
        ([COMPLETED], None, 201),
        ([], ANALYSED, 201),
    ],
    ids=["it hears of it", "it does not", "any", "it hears of all"],
)
async def test_a_fault_for_a_webhook_needs_an_event_that_it_hears_of(
    mock: Mock, events: list[str], event: str | None, status: int
) -> None:
    """Otherwise it could never be met."""
    row = {"url": "http://127.0.0.1:9/hook", "events": events or None}
    made = (await mock.control.post("/worlds/demo/webhooks", json=row)).json()
    match = {"webhookId": made["id"]} | ({} if event is None else {"event": event})

    response = await mock.control.post("/worlds/demo/faults", json={"kind": "drop", "match": match})

    assert response.status_code == status, response.text


async def test_faults_are_forgotten_one_by_one_or_all() -> None:
    """Nothing goes wrong any more, and deliveries go side by side again."""
    async with Receiver() as receiver, listening(receiver) as mock:
        one, _ = [await plan(mock, "drop", times=None) for _ in range(2)]
        path = "/worlds/demo/faults"
        calls = (f"{path}/{one['id']}", f"{path}/{one['id']}", path)
        answered = [(await mock.control.delete(call)).status_code for call in calls]
        other = await plan(mock, "drop", times=None)
        answered.append((await mock.control.delete(f"{path}/{other['id']}")).status_code)
        await crowd(mock, receiver)

        assert answered == [204, 404, 204, 204]
        assert len(receiver.received) == 2 * MAX_UNDER_WAY
        assert receiver.most_under_way == MAX_UNDER_WAY


async def crowd(mock: Mock, receiver: Receiver) -> None:
    """Ten interviews at once, whose events arrive while the receiver answers nobody, as far as they may."""
    before = len(receiver.received)
    receiver.open.clear()
    for _ in range(MAX_UNDER_WAY):
        await mock.create(body(isTest=True))
    await receiver.arrived(before + 1)
    await mock.control.post("/worlds/demo/deliveries/flush", json={"wait": 0.1})
    receiver.open.set()
    await flush(mock)


@pytest.mark.parametrize(
    ("fault", "most"),
    [
        ({"kind": "drop", "match": {"nth": 100}}, 1),
        ({"kind": "drop", "match": {"event": ANALYSED, "nth": 100}}, 1),
        ({"kind": "drop", "match": {"event": "interview.failed"}}, MAX_UNDER_WAY),
        ({"kind": "error", "match": {"operation": "listJobs"}}, MAX_UNDER_WAY),
    ],
    ids=["of any event", "of an event that is heard of", "of another event", "of requests"],
)
async def test_deliveries_go_in_a_row_where_a_fault_may_strike(fault: dict[str, Any], most: int) -> None:
    """Elsewhere they go side by side, as without any fault."""
    async with Receiver() as receiver, listening(receiver, events=[COMPLETED, ANALYSED]) as mock:
        await plan(mock, **fault)
        await crowd(mock, receiver)

        assert receiver.most_under_way == most


async def test_a_fault_of_one_webhook_leaves_others_alone() -> None:
    """Each endpoint goes its own way."""
    async with Receiver() as receiver, Receiver() as other, listening(receiver, other) as mock:
        await plan(mock, "drop", times=None, match={"webhookId": (await mock.state())["webhooks"][1]["id"]})
        await crowd(mock, receiver)

        assert receiver.most_under_way == MAX_UNDER_WAY
        assert other.received == []


async def test_a_spent_fault_keeps_nobody_waiting() -> None:
    """What waits behind the last one that it struck still goes in a row; what happens afterwards does not."""
    async with Receiver() as receiver, listening(receiver, events=[COMPLETED]) as mock:
        await plan(mock, "truncated-body")
        await crowd(mock, receiver)
        first = receiver.most_under_way
        await crowd(mock, receiver)

        assert (first, receiver.most_under_way) == (1, MAX_UNDER_WAY)


async def test_a_restored_world_keeps_its_deliveries_in_a_row() -> None:
    """Those that were held and are released at the same instant, though the fault is spent."""
    async with Receiver() as receiver, listening(receiver, events=[COMPLETED]) as mock:
        await plan(mock, "delay", times=3)
        for _ in range(3):
            await mock.create(body(isTest=True))
        await mock.control.put("/worlds/demo/state", json=await mock.state())
        receiver.open.clear()
        await mock.advance(until="idle", wait=0.1)
        receiver.open.set()
        await flush(mock)

        assert (len(receiver.received), receiver.most_under_way) == (3, 1)


async def test_a_reset_world_has_no_faults(mock: Mock) -> None:
    """They are no part of its seed."""
    await plan(mock, "drop")

    await mock.control.post("/worlds/demo/reset")

    assert (await mock.control.get("/worlds/demo/faults")).json() == []


async def test_a_webhook_that_is_deleted_leaves_nothing_held() -> None:
    """What waited to be released is given up; a copy that was to come is not missed."""
    async with Receiver() as receiver, listening(receiver) as mock:
        await plan(mock, "duplicate", seconds=60, match={"event": COMPLETED})
        await plan(mock, "delay", match={"event": ANALYSED})
        await mock.create(body(isTest=True))
        await flush(mock)
        id = (await mock.state())["webhooks"][0]["id"]
        await mock.control.delete(f"/worlds/demo/webhooks/{id}")

        assert [status for status, _ in await attempts(mock)] == ["delivered", "undelivered"]
        assert (await mock.advance())["happened"] == []
        assert receiver.events == [COMPLETED]


async def test_a_delivery_that_is_sent_again_by_hand_goes_well() -> None:
    """The faults that struck it are over with it."""
    async with Receiver() as receiver, listening(receiver, events=[COMPLETED]) as mock:
        await plan(mock, "truncated-body", attempts=3)
        await mock.create(body(isTest=True))
        await flush(mock)
        (delivery,) = await deliveries(mock)
        await mock.control.post(f"/worlds/demo/deliveries/{delivery['id']}/redeliver")
        await flush(mock)

        assert await attempts(mock) == [("delivered", [("truncated-body", 200), (None, 200)])]
        assert receiver.received[1].headers.items() >= signatures_by_hand(receiver.received[1]).items()


# --- a thousand schedules


def faults_of(seed: int) -> list[dict[str, Any]]:
    """One to four faults, as this seed has it. Slow bodies are left out: they take real time."""
    draw = random.Random(seed)
    rows = []
    kinds = [kind for kind in KINDS if KINDS[kind].on == "delivery" and kind != "slow-body"]
    for kind in draw.choices(kinds, k=draw.randint(1, 4)):
        row: dict[str, Any] = {
            "kind": kind,
            "match": {"nth": draw.randint(1, 3)},
            "times": draw.choice([1, 1, 2, None]),
        }
        if draw.random() < 0.5:
            row["match"]["event"] = draw.choice([STARTED, COMPLETED, ANALYSED])
        if "attempts" in KINDS[kind].options:
            row["attempts"] = draw.randint(1, 2)
        if kind == "duplicate":
            row |= {"copies": draw.randint(1, 2), "seconds": draw.choice([0, 3, 3600])}
        if kind == "race":
            row["seconds"] = 0.01
        rows.append(row)
    return rows


def struck_by(row: dict[str, Any], logged: list[Delivery]) -> set[str]:
    """The deliveries that a fault is to strike: the ids of the nth, and so on, of those that fit."""
    fitting = [each.id for each in logged if row["match"].get("event", each.event_type) == each.event_type]
    first = row["match"]["nth"] - 1
    return set(fitting[first : None if row["times"] is None else first + row["times"]])


def expected(rows: list[dict[str, Any]], logged: list[Delivery]) -> tuple[Counter[str], Counter[str]]:
    """How often each delivery is to set out and to arrive: reckoned from the faults alone."""
    sent: Counter[str] = Counter()
    arrived: Counter[str] = Counter()
    struck = [(row, struck_by(row, logged)) for row in rows]
    for delivery in logged:
        mine = [row for row, ids in struck if delivery.id in ids]
        kinds = [row["kind"] for row in mine for _ in range(row.get("attempts", 0))] + ["good"]
        taken = next(place for place, kind in enumerate(kinds) if kind in ("good", "rotated-secret"))
        copies = sum(row.get("copies", 0) for row in mine)
        sent[delivery.id] = taken + 1 + copies
        arrived[delivery.id] = sent[delivery.id] - kinds[:taken].count("drop")
    return sent, arrived


async def played(mock: Mock, receiver: Verifier, seed: int) -> tuple[World, list[tuple[Any, bytes]]]:
    """A new world that lives through one schedule: what arrived, whole and in order."""
    receiver.received.clear()
    fresh, keys = with_fresh_keys(mock.world.seed)
    world = mock.app.universe.open(replace(fresh, number=seed, name=None))
    receiver.clock = lambda: world.now().timestamp()
    for row in faults_of(seed):
        await mock.control.post(f"/worlds/{world.id}/faults", json=row)
    for is_test in random.Random(seed).choices([True, False], k=2):
        answer = await mock.call("POST", "/interviews", keys[ACME], json=body(isTest=is_test))
        assert answer.status_code == 201
    moved = await mock.control.post(f"/worlds/{world.id}/clock/advance", json={"until": "idle"})
    assert moved.json()["unfinished"] == []
    arrived = [(sorted(each.headers.items()), each.body) for each in receiver.received]
    await mock.app.universe.close(world)
    return world, arrived


@pytest.mark.timeout(120)
async def test_a_thousand_schedules_lose_nothing_add_nothing_and_repeat_themselves() -> None:
    """Each delivery sets out and arrives as often as its faults say, and ends well; a seed gives its bytes again."""
    hooks = [webhook("http://127.0.0.1:1/", maxRetries=10)]
    async with Verifier() as receiver:
        hooks[0]["url"] = receiver.url
        async with Mock(worlds=[demo(webhooks=hooks, readings={"webhook_timestamp": "world"})]) as mock:
            for seed in range(1000):
                world, arrived = await played(mock, receiver, seed)
                logged = list(world.deliveries)
                counted = Counter(dict(headers)["webhook-id"] for headers, _ in arrived)

                assert {each.status for each in logged} == {"delivered"}, seed
                assert (Counter({each.id: len(each.attempts) for each in logged}), counted) == expected(
                    faults_of(seed), logged
                ), seed
                if seed % 5 == 0:
                    assert (await played(mock, receiver, seed))[1] == arrived, seed


REPEATED = [
    pytest.param({"kind": "duplicate", "times": None}, id="duplicates"),
    pytest.param({"kind": "delay", "match": {"nth": 4}}, id="a delay"),
    pytest.param({"kind": "drop", "match": {"nth": 3}}, id="a loss"),
    pytest.param({"kind": "truncated-body", "times": 2}, id="cut bodies"),
    pytest.param({"kind": "reorder", "match": {"nth": 2}, "times": 3}, id="another order"),
]


@pytest.mark.parametrize("fault", REPEATED)
async def test_the_order_does_not_hang_on_how_fast_anybody_is(fault: dict[str, Any]) -> None:
    """Creates one after the other, whose deliveries run meanwhile: the same bytes in the same order, slow or fast."""
    arrivals = []
    for pauses in range(4):
        async with Receiver() as receiver, listening(receiver) as mock:
            await plan(mock, **fault)
            for _ in range(5):
                await mock.create(body(isTest=True))
                for _ in range(pauses * 7):
                    await asyncio.sleep(0)
            await mock.advance()
            arrivals.append([each.body for each in receiver.received])

    assert all(arrived == arrivals[0] for arrived in arrivals)
