"""Runs what falls due: at its own instant, in order, by an alarm in real time or when somebody moves the clock."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from weakref import WeakKeyDictionary

from mockserver import adversary, progress, webhooks
from mockserver.courier import Courier
from mockserver.models import Event
from mockserver.timers import Timer, TimerKind, Timers
from mockserver.world import Still, World

ACTIONS: Mapping[TimerKind, Callable[[World, str, datetime], object]] = {
    "start": progress.start,
    "ring-out": progress.ring_out,
    "call-again": progress.call_again,
    "complete": progress.complete,
    "fail": progress.fail,
    "analyse": progress.analyse,
    "attempt": webhooks.retry_due,
    "release": adversary.release,
}

Target = Callable[[], datetime | None]


@dataclass(slots=True)
class Advance:
    """What came of moving a clock: the timers that ran, the deliveries that were still out when time was up."""

    happened: list[Timer] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)


class Scheduler:
    """The engine of all worlds of one event loop."""

    def __init__(self, courier: Courier) -> None:
        self.courier = courier
        self._alarms: dict[World, asyncio.TimerHandle] = {}
        self._moving: WeakKeyDictionary[World, asyncio.Lock] = WeakKeyDictionary()
        self._reports: dict[World, Advance] = {}

    def attach(self, world: World) -> None:
        """Set a new or reset world in motion; interviews that its seed left alive go on."""
        world.engine = self
        progress.resume(world)
        self.set_alarm(world)

    def detach(self, world: World) -> None:
        """Stop a world that is going away; its attempts under way find nobody home."""
        self._silence(world)
        world.engine = Still()

    def took_place(self, world: World, event: Event) -> None:
        webhooks.publish(world, event)
        self.courier.pump(world)

    def queued(self, world: World) -> None:
        self.courier.pump(world)

    def planned(self, world: World, at: datetime) -> None:
        if world.timers.next_at() == at:
            self.set_alarm(world)

    def set_alarm(self, world: World) -> None:
        """Wake up for the next timer; a frozen world wakes only for one that is due already."""
        self._silence(world)
        next_at = world.timers.next_at()
        if next_at is None:
            return
        delay = world.clock.real_seconds(next_at - world.now())
        if world.clock.mode == "real" or delay <= 0:
            self._alarms[world] = asyncio.get_running_loop().call_later(max(0.0, delay), self.wake, world)

    def _silence(self, world: World) -> None:
        if (alarm := self._alarms.pop(world, None)) is not None:
            alarm.cancel()

    def wake(self, world: World) -> None:
        """Run all that is due by now, then set the next alarm."""
        while (timer := world.timers.pop_due(world.now())) is not None:
            self._run(world, timer)
        self.set_alarm(world)

    def _run(self, world: World, timer: Timer) -> None:
        ACTIONS[timer.kind](world, timer.subject, timer.at)
        if (report := self._reports.get(world)) is not None:
            report.happened.append(timer)
        self.courier.pump(world)

    async def advance(self, world: World, target: Target, wait_seconds: float) -> Advance:
        """
        Go from timer to timer up to an instant, each at its own, and wait at each for the attempts that it caused, in
        all no longer than `wait_seconds` of real time. Calls for one world go one after the other.

        Args:
            target: asked when it is this call's turn; None means until nothing is planned any more.
        """
        report = Advance()
        deadline = asyncio.get_running_loop().time() + wait_seconds
        async with self._moving.setdefault(world, asyncio.Lock()):
            until = target()
            self._reports[world] = report
            try:
                await self._go(world, until, deadline)
            finally:
                del self._reports[world]
        report.unfinished = self.courier.under_way(world)
        return report

    async def _go(self, world: World, until: datetime | None, deadline: float) -> None:
        """A world that is removed or reset on the way goes no further."""
        timers = world.timers
        await self.courier.settle(world, deadline)
        while self._holds(world, timers) and (at := timers.next_at()) is not None and (until is None or at <= until):
            world.clock.move_to(at)
            while (timer := timers.pop_due(at)) is not None:
                self._run(world, timer)
            await self.courier.settle(world, deadline)
        if self._holds(world, timers):
            world.clock.move_to(until or world.now())
            self.set_alarm(world)

    def _holds(self, world: World, timers: Timers) -> bool:
        return world.engine is self and world.timers is timers
