"""Runs what falls due: at its own instant, in order, by an alarm in real time or when somebody moves the clock."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from mockserver import progress, webhooks
from mockserver.courier import Courier
from mockserver.models import Event
from mockserver.timers import Timer, TimerKind
from mockserver.world import Still, World

ACTIONS: Mapping[TimerKind, Callable[[World, str, datetime], object]] = {
    "start": progress.start,
    "ring-out": progress.ring_out,
    "call-again": progress.call_again,
    "complete": progress.complete,
    "fail": progress.fail,
    "analyse": progress.analyse,
    "attempt": webhooks.retry_due,
}


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
        self._moving: dict[World, asyncio.Lock] = {}

    def attach(self, world: World) -> None:
        """Set a new or reset world in motion; interviews that its seed left alive go on."""
        world.engine = self
        progress.resume(world)
        self.set_alarm(world)

    def detach(self, world: World) -> None:
        """Stop a world that is going away; its attempts under way find nobody home."""
        self._silence(world)
        self._moving.pop(world, None)
        world.engine = Still()

    def took_place(self, world: World, event: Event) -> None:
        webhooks.publish(world, event)
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
        delay = (next_at - world.now()).total_seconds()
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
        self.courier.pump(world)

    async def advance(self, world: World, target: datetime | None, wait_seconds: float) -> Advance:
        """
        Go from timer to timer up to `target` (None: until nothing is planned any more), each at its own instant,
        and wait at each for the attempts that it caused, in all no longer than `wait_seconds` of real time.
        """
        report = Advance()
        deadline = asyncio.get_running_loop().time() + wait_seconds
        async with self._moving.setdefault(world, asyncio.Lock()):
            await self.courier.settle(world, deadline)
            while (at := world.timers.next_at()) is not None and (target is None or at <= target):
                world.clock.move_to(at)
                while (timer := world.timers.pop_due(at)) is not None:
                    self._run(world, timer)
                    report.happened.append(timer)
                await self.courier.settle(world, deadline)
            if target is not None:
                world.clock.move_to(target)
        report.unfinished = self.courier.under_way(world)
        self.set_alarm(world)
        return report
