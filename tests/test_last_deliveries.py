"""The time of grace: a server that ends still tries again what falls due in time, and nothing else takes place."""

import asyncio
import re
import signal
import socket
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest

from mockserver.universe import Undelivered
from tests.processes import Served, served
from tests.receiver import Receiver, webhook
from tests.support import ACME, Mock, body, demo

COMPLETED, ANALYSED = "interview.completed", "analysis.completed"


@pytest.fixture
def silent() -> Iterator[str]:
    """The URL of a receiver that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/hook"


def running(url: str, *others: str, grace: float = 10, speed: float = 1) -> Mock:
    """A world whose clock runs, with a webhook for each URL."""
    hooks = [webhook(each) for each in (url, *others)]
    return Mock(worlds=[demo(webhooks=hooks)], clock="real", grace_seconds=grace, speed=speed)


async def stopped(mock: Mock) -> tuple[list[Undelivered], float]:
    """What is left behind, and how many seconds the end took."""
    began = time.monotonic()
    return await mock.app.universe.stop(), time.monotonic() - began


async def ended(server: Served) -> tuple[int, list[tuple[str, str]], float]:
    """A process after SIGTERM: the exit status, what it lists as undelivered, the seconds that it took."""
    status, _, err, seconds = await asyncio.to_thread(server.end)
    return status, re.findall(r"^undelivered: (\S+) \S+ to \S+: (.*)$", err, re.MULTILINE), seconds


# --- real processes


async def test_at_sigterm_what_falls_due_within_the_grace_is_tried_again() -> None:
    """500, 500, 500, 200 takes 155 s of the world's time, 0.8 s at this speed; then nothing is left to wait for."""
    async with Receiver(statuses=(500, 500, 500, 200)) as receiver:
        with served("--quiet", "--grace", "20", "--speed", "200", "--webhook", receiver.url) as server:
            await asyncio.to_thread(server.create, isTest=True)
            await receiver.arrived(1)

            status, listed, seconds = await ended(server)

    assert (status, listed) == (0, [])
    assert receiver.events == [COMPLETED] * 4 + [ANALYSED]
    assert len({delivered.body for delivered in receiver.received}) == 2
    assert seconds < 15


async def test_at_sigterm_nobody_waits_for_what_falls_due_later() -> None:
    """A retry that is five seconds off, and a grace of three: both events are listed at once."""
    async with Receiver(statuses=(500,)) as receiver:
        with served("--quiet", "--grace", "3", "--webhook", receiver.url) as server:
            await asyncio.to_thread(server.create, isTest=True)
            await receiver.arrived(1)

            status, listed, seconds = await ended(server)

    (_, first), (_, second) = listed
    assert (status, first) == (0, "attempt 1: the receiver answered 500")
    assert second.startswith("not tried: it waits behind ")
    assert len(receiver.received) == 1
    assert seconds < 2


async def test_at_sigterm_what_is_given_up_within_the_grace_is_listed_too() -> None:
    """The log ends with the server: nobody could see there what failed, or was skipped for the failures before it."""
    async with Receiver(statuses=(500,)) as receiver:
        with served("--quiet", "--grace", "20", "--speed", "200", "--webhook", receiver.url) as server:
            receiver.open.clear()
            for _ in range(8):
                await asyncio.to_thread(server.create, isTest=True)
            await receiver.arrived(8)

            ending = asyncio.create_task(ended(server))
            receiver.open.set()
            status, listed, seconds = await ending

    why = Counter(why for _, why in listed)
    assert (status, len(listed), sum(why.values())) == (0, 16, 16)
    assert {"attempt 4: the receiver answered 500", "not tried: the circuit breaker is open"} <= why.keys()
    assert seconds < 15


async def test_at_sigterm_one_that_hangs_holds_back_no_retry_of_another(silent: str) -> None:
    """The other's is tried meanwhile; the hanging one's events are listed within the grace and a second."""
    async with Receiver(statuses=(500, 200)) as receiver:
        options = ("--grace", "1.5", "--speed", "20", "--webhook", silent, "--webhook", receiver.url)
        with served("--quiet", *options) as server:
            await asyncio.to_thread(server.create, isTest=True)
            await receiver.arrived(1)

            status, listed, seconds = await ended(server)

    assert (status, [event for event, _ in listed]) == (0, [COMPLETED, ANALYSED])
    assert receiver.events == [COMPLETED, COMPLETED, ANALYSED]
    assert 1.4 < seconds < 2.5


async def test_a_second_signal_ends_the_wait_for_a_retry() -> None:
    """It is not tried any more, but listed."""
    async with Receiver(statuses=(500,)) as receiver:
        with served("--quiet", "--grace", "30", "--webhook", receiver.url) as server:
            await asyncio.to_thread(server.create, isTest=True)
            await receiver.arrived(1)

            status, _, err, seconds = await asyncio.to_thread(server.end, signal.SIGTERM, signal.SIGTERM)

    assert (status, err.count("undelivered: ")) == (0, 2)
    assert len(receiver.received) == 1
    assert seconds < 4


async def test_what_comes_up_while_a_server_closes_is_owed_as_well() -> None:
    """From a request that is still under way; what failed since is handed back beside it, what arrived is not."""
    async with Receiver(statuses=(200, 200, 410)) as receiver, running(receiver.url) as mock:
        await mock.create(body(isTest=True))
        mock.app.universe.begin_to_close()
        await receiver.arrived(2)
        await mock.create(body(isTest=True))

        left, _ = await stopped(mock)

    gone = "the receiver answered 410; the webhook is disabled"
    assert [(each.delivery.status, each.delivery.error) for each in left] == [
        ("failed", gone.replace("; ", ": ")),
        ("skipped", "the webhook is disabled"),
    ]


async def test_what_a_planned_fault_keeps_back_is_told_as_such() -> None:
    """A delivery that was taken is owed no more, though copies of it were to come; one that is held was not tried."""
    async with Receiver() as receiver, running(receiver.url, grace=0) as mock:
        for row in ({"kind": "duplicate", "seconds": 30}, {"kind": "delay", "match": {"nth": 2}}):
            await mock.control.post("/worlds/demo/faults", json=row)
        await mock.create(body(isTest=True))
        await mock.control.post("/worlds/demo/deliveries/flush", json={})

        left, _ = await stopped(mock)

    assert receiver.events == [COMPLETED]
    assert [(each.delivery.event_type, each.is_held) for each in left] == [(ANALYSED, True)]


async def test_nothing_is_owed_to_a_world_that_is_gone() -> None:
    """Whoever removes or resets a world gives up what it had to deliver, also while a server closes."""
    async with Receiver() as receiver, running(receiver.url, grace=0) as mock:
        receiver.open.clear()
        made = (await mock.control.post("/worlds", json={"from": "demo"})).json()
        for key in (ACME, made["keys"][ACME]):
            await mock.create(body(isTest=True), key)
        mock.app.universe.begin_to_close()
        await mock.control.delete(f"/worlds/{made['id']}")
        await mock.control.post("/worlds/demo/reset")

        left, _ = await stopped(mock)

        assert left == []


# --- what else may fall due


async def test_nothing_but_deliveries_takes_place_in_the_time_of_grace() -> None:
    """An interview that was to start before the retry does not: it would have to go on."""
    async with Receiver(statuses=(500, 200)) as receiver, running(receiver.url, speed=10) as mock:
        await mock.create(body(scheduleTime=(mock.world.now() + timedelta(seconds=3)).isoformat()))
        await mock.create(body(isTest=True))

        left, seconds = await stopped(mock)

    assert left == []
    assert receiver.events == [COMPLETED, COMPLETED, ANALYSED]
    assert 0.4 < seconds < 5


async def test_a_delivery_that_a_fault_holds_is_released_in_the_time_of_grace() -> None:
    """If it falls due in time; one that is held for longer is left behind, and holds up nothing."""
    async with Receiver() as receiver, running(receiver.url, speed=10, grace=2) as mock:
        for event, seconds in ((COMPLETED, 3), (ANALYSED, 60)):
            fault = {"kind": "delay", "seconds": seconds, "match": {"event": event}}
            await mock.control.post("/worlds/demo/faults", json=fault)
        await mock.create(body(isTest=True))

        left, taken = await stopped(mock)

    assert receiver.events == [COMPLETED]
    assert [each.delivery.event_type for each in left] == [ANALYSED]
    assert taken < 1.5


async def test_a_clock_that_stands_still_lets_nothing_fall_due() -> None:
    """What was left waiting by a frozen world is reported at once, whatever the grace."""
    async with Receiver(statuses=(500,)) as receiver:
        async with Mock(worlds=[demo(webhooks=[webhook(receiver.url)])], grace_seconds=30) as mock:
            await mock.create(body(isTest=True))

            left, seconds = await stopped(mock)

        assert [len(each.delivery.attempts) for each in left] == [1, 0]
        assert len(receiver.received) == 1
        assert seconds < 5


async def test_hurry_ends_the_wait_for_a_retry() -> None:
    """Which would have been five seconds."""
    async with Receiver(statuses=(500,)) as receiver, running(receiver.url, grace=60) as mock:
        await mock.create(body(isTest=True))
        stopping = asyncio.create_task(mock.app.universe.stop())
        await receiver.arrived(1)

        mock.app.universe.hurry()
        left = await asyncio.wait_for(stopping, 5)

    assert len(left) == 2
