"""What falls due: run by an alarm in real time or when somebody moves the clock, in order, each at its own instant."""

import asyncio
import gc
import weakref
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mockserver.models import Event
from mockserver.scheduler import ACTIONS
from mockserver.timers import TimerKind
from mockserver.world import Still, World
from tests.receiver import Receiver, webhook
from tests.support import NOW, PHONE, Mock, agent, body, demo

BEGIN = datetime.fromisoformat(NOW)
DAY = 86_400


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def copy(mock: Mock, **changes: Any) -> World:
    """Another world of the same server, beside `demo`."""
    made = (await mock.control.post("/worlds", json={"from": "demo", **changes})).json()
    world = mock.app.universe.worlds.get(made["id"])
    assert world is not None
    return world


async def until(holds: Callable[[], bool], told: asyncio.Event) -> None:
    """Wait for events of a world until something holds."""
    async with asyncio.timeout(5):
        while not holds():
            told.clear()
            await told.wait()


def tell(mock: Mock) -> asyncio.Event:
    """An asyncio event that is set with every event of every world."""
    told = asyncio.Event()
    engine = mock.app.universe.scheduler
    original = engine.took_place

    def took_place(world: World, event: Event) -> None:
        original(world, event)
        told.set()

    engine.took_place = took_place  # type: ignore[method-assign]  # listens, and lets everything happen
    return told


# --- alarms


async def test_in_real_mode_an_alarm_fires_by_itself() -> None:
    """The clock runs: a start that is some milliseconds away takes place without anybody moving the clock."""
    async with Mock(clock="real") as mock:
        told = tell(mock)
        later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        created = (await mock.create(body(scheduleTime=later))).json()
        at = next(iter(mock.world.timers)).at

        report = await mock.advance(to=(at - timedelta(milliseconds=50)).isoformat())
        await until(lambda: len(mock.world.events) == 1, told)

        (event,) = mock.world.events
        assert report["happened"] == []
        assert (event.type, event.data["interviewId"], event.at) == ("interview.started", created["id"], at)
        assert timedelta(0) <= mock.world.now() - at < timedelta(seconds=5)
        assert (await mock.call("GET", f"/interviews/{created['id']}")).json()["status"] == "IN_PROGRESS"


async def test_a_frozen_world_wakes_for_what_is_due_already() -> None:
    """An interview that its file planned for the past starts with the world, though nobody moves the clock."""
    rows = [{"companyId": demo()["companies"][0]["id"], "candidateId": body()["candidateId"], "agentId": agent(PHONE)}]
    async with Mock(worlds=[demo(interviews=rows)]) as mock:
        told = tell(mock)
        mock.app.universe.start()

        await until(lambda: len(mock.world.events) == 1, told)

        assert mock.world.events[0].at == BEGIN == mock.world.now()


async def test_freezing_silences_and_running_on_wakes() -> None:
    """A frozen clock lets nothing happen by itself; made real again, it runs on from where it stood."""
    async with Mock(clock="real") as mock:
        told = tell(mock)
        path = f"/worlds/{mock.world.id}/clock"
        frozen = (await mock.control.put(path, json={"mode": "frozen"})).json()
        now = instant(frozen["now"])
        await mock.create(body(scheduleTime=(now + timedelta(milliseconds=30)).isoformat()))
        still = (await mock.control.get(path)).json()

        real = (await mock.control.put(path, json={"mode": "real"})).json()
        await until(lambda: len(mock.world.events) == 1, told)

        assert (frozen["mode"], still["now"], real["mode"]) == ("frozen", frozen["now"], "real")
        assert instant(real["now"]) - now < timedelta(seconds=5)


async def test_an_alarm_follows_a_plan_that_comes_earlier(mock: Mock) -> None:
    """The first thing planned sets the alarm, a later one leaves it alone, an earlier one moves it."""
    engine, world = mock.app.universe.scheduler, await copy(mock, clock="real")
    now = world.now()
    alarms = []
    for hours in (2, 3, 1):
        world.plan(now + timedelta(hours=hours), "start", f"nobody {hours}")
        alarms.append(engine._alarms[world])

    assert alarms[0] is alarms[1] is not alarms[2]
    assert alarms[0].cancelled()
    world.timers.cancel("start", "nobody 1")
    engine.set_alarm(world)
    assert engine._alarms[world].when() > alarms[2].when()


async def test_a_world_without_plans_has_no_alarm(mock: Mock) -> None:
    """Nothing planned, nothing to wake for; nor in a frozen world for what lies ahead."""
    idle = await copy(mock, clock="real")
    frozen = await copy(mock, clock="frozen")
    frozen.plan(frozen.now() + timedelta(hours=1), "start", "nobody")

    alarms = mock.app.universe.scheduler._alarms

    assert idle not in alarms
    assert frozen not in alarms


def test_every_kind_of_timer_has_an_action() -> None:
    """What can be planned can be done."""
    assert set(ACTIONS) == set(TimerKind.__args__)  # type: ignore[attr-defined]  # of a Literal


async def test_a_world_that_nobody_set_in_motion_stands_still() -> None:
    """Its engine hears of events and plans, and does nothing."""
    async with Mock() as mock:
        world = World("alone", mock.world.seed)
        world.plan(BEGIN, "start", "nobody")
        world.emit("ping", "nobody", BEGIN, {})

        assert isinstance(world.engine, Still)
        assert len(world.timers) == len(world.events) == 1


# --- moving the clock


async def test_four_days_pass_in_order_each_thing_at_its_own_instant(mock: Mock) -> None:
    """The story of two interviews is told by time, not by creation, with the instants at which things fell due."""
    second = (await mock.create(body(scheduleTime="2024-01-19T10:30:00Z"))).json()["id"]
    first = (await mock.create(body(scheduleTime="2024-01-18T10:30:00Z"))).json()["id"]

    report = await mock.advance(4 * DAY)

    order = [(timer["what"], timer["id"]) for timer in report["happened"]]
    instants = [timer["at"] for timer in report["happened"]]
    assert order == [(what, id) for id in (first, second) for what in ("start", "complete", "analyse")]
    assert instants == sorted(instants)
    assert (instants[0], instants[3]) == ("2024-01-18T10:30:00.000Z", "2024-01-19T10:30:00.000Z")
    assert report["now"] == "2024-01-20T10:30:00.000Z"


async def test_ties_run_in_the_order_of_planning(mock: Mock) -> None:
    """Interviews of one instant start in the order of their creation."""
    ids = [(await mock.create(body(scheduleTime="2024-01-18T10:30:00Z"))).json()["id"] for _ in range(5)]

    report = await mock.advance(to="2024-01-18T10:30:00Z")

    assert [timer["id"] for timer in report["happened"]] == ids


async def test_what_a_window_causes_inside_it_runs_too(mock: Mock) -> None:
    """One advance over start, completion and analysis runs all three; until idle it ends with the last one."""
    await mock.create(body(scheduleTime="2024-01-18T10:30:00Z"))

    report = await mock.advance()

    assert [timer["what"] for timer in report["happened"]] == ["start", "complete", "analyse"]
    assert report["now"] == report["happened"][-1]["at"]
    assert (await mock.advance())["happened"] == []


async def test_moves_of_one_world_add_up() -> None:
    """Two advances at the same time go one after the other: ten seconds and ten seconds are twenty."""
    async with Receiver() as receiver, Mock(worlds=[demo(webhooks=[webhook(receiver.url)])]) as mock:
        receiver.open.clear()
        await mock.create(body(isTest=True))
        both = asyncio.gather(mock.advance(10), mock.advance(10))
        await receiver.arrived(1)
        receiver.open.set()

        ends = sorted(report["now"] for report in await both)

        assert ends == ["2024-01-16T10:30:10.000Z", "2024-01-16T10:30:20.000Z"]


async def test_an_attempt_sets_out_at_the_instant_of_its_event() -> None:
    """Even if no real time is given to wait: attempts and retries count from the event, not from the end."""
    receiver = Receiver(statuses=(500, 200))
    async with receiver, Mock(worlds=[demo(webhooks=[webhook(receiver.url, events=["interview.started"])])]) as mock:
        await mock.create(body(scheduleTime="2024-01-18T10:30:00Z"))

        report = await mock.advance(seconds=4 * DAY, wait=0)
        later = await mock.advance(0)

        (delivery,) = mock.world.deliveries
        assert len(report["unfinished"]) == 1
        assert [timer["what"] for timer in later["happened"]] == ["attempt"]
        assert later["happened"][0]["at"] == "2024-01-18T10:30:05.000Z"
        assert delivery.attempts[0].at == instant("2024-01-18T10:30:00Z")
        assert delivery.status == "delivered"


async def test_a_wait_is_bounded_and_names_what_is_unfinished() -> None:
    """With a receiver that hangs, advance answers after `wait` and names the delivery; the clock has moved."""
    async with Receiver() as receiver, Mock(worlds=[demo(webhooks=[webhook(receiver.url)])]) as mock:
        receiver.open.clear()
        await mock.create(body(isTest=True))
        await receiver.arrived(1)
        began = asyncio.get_running_loop().time()

        report = await mock.advance(seconds=60, wait=0.05)

        took = asyncio.get_running_loop().time() - began
        assert 0.05 <= took < 3
        assert report["unfinished"] == [receiver.received[0].headers["webhook-id"]]
        assert report["now"] == "2024-01-16T10:31:00.000Z"
        receiver.open.set()
        assert (await mock.advance(0))["unfinished"] == []


# --- worlds that go away meanwhile


@pytest.mark.parametrize(
    ("method", "path", "stands_at", "told"),
    [("POST", "/reset", BEGIN, 0), ("DELETE", "", datetime(2024, 1, 18, 10, 30, tzinfo=UTC), 1)],
    ids=["reset", "removed"],
)
async def test_a_world_that_goes_away_stops_moving(method: str, path: str, stands_at: datetime, told: int) -> None:
    """A reset or removal while an advance waits for an attempt: the rest of the way is not gone, nothing is sent."""
    async with Receiver() as receiver, Mock(worlds=[demo(webhooks=[webhook(receiver.url)])]) as mock:
        world, place = mock.world, f"/worlds/{mock.world.id}"
        receiver.open.clear()
        await mock.create(body(scheduleTime="2024-01-18T10:30:00Z"))
        await mock.create(body(scheduleTime="2024-01-19T10:30:00Z"))
        moving = asyncio.create_task(mock.control.post(f"{place}/clock/advance", json={"seconds": 4 * DAY}))
        await receiver.arrived(1)

        await mock.control.request(method, f"{place}{path}")
        report = (await moving).json()

        assert len(receiver.received) == 1
        assert (len(report["happened"]), report["unfinished"]) == (1, [])
        assert mock.app.universe.courier.under_way(world) == []
        assert world not in mock.app.universe.scheduler._alarms
        assert (world.now(), len(world.events), len(world.deliveries)) == (stands_at, told, told)


async def test_a_reset_world_goes_on_with_its_seed() -> None:
    """Attempts of the past are called back, and what the file left alive is planned again."""
    rows = [{"companyId": demo()["companies"][0]["id"], "candidateId": body()["candidateId"], "agentId": agent(PHONE)}]
    file = demo(interviews=[{**rows[0], "scheduledAt": "2024-01-16T11:30:00Z"}])
    async with Receiver() as receiver:
        file["webhooks"] = [webhook(receiver.url)]
        async with Mock(worlds=[file]) as mock:
            before = await mock.state()
            receiver.open.clear()
            await mock.create(body(isTest=True))
            await receiver.arrived(1)

            response = await mock.control.post(f"/worlds/{mock.world.id}/reset")
            receiver.open.set()
            report = await mock.advance()

            assert response.status_code == 204
            assert [timer["what"] for timer in before["timers"]] == ["start"]
            assert [timer["what"] for timer in report["happened"]] == ["start", "complete", "analyse"]
            assert receiver.events == [
                "interview.completed",  # of the past
                "interview.started",
                "interview.completed",
                "analysis.completed",
            ]
            assert [delivery.status for delivery in mock.world.deliveries] == ["delivered"] * 3


async def test_a_removed_world_leaves_nothing_behind(mock: Mock) -> None:
    """Once it is gone nothing of the server holds it: a long session of many worlds does not grow."""
    world = await copy(mock)
    await mock.control.post(f"/worlds/{world.id}/clock/advance", json={"until": "idle"})
    gone = weakref.ref(world)

    await mock.control.delete(f"/worlds/{world.id}")
    del world
    gc.collect()

    assert gone() is None


async def test_a_mistake_in_a_timer_shows(mock: Mock) -> None:
    """What cannot be done raises where it is run, and the next advance works as before."""
    mock.world.plan(BEGIN, "start", "nobody")
    scheduler = mock.app.universe.scheduler
    mock.app.universe.start()

    with pytest.raises(KeyError):
        await scheduler.advance(mock.world, lambda: BEGIN, 0)

    assert (await scheduler.advance(mock.world, lambda: BEGIN, 0)).happened == []
