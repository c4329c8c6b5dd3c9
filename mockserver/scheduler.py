"""Runs what falls due: at its own instant, in order, by an alarm in real time or when somebody moves the clock."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from weakref import WeakKeyDictionary

from mockserver import adversary, progress, webhooks
from mockserver.clock import Move
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

# The rule that a timer proves when its time has come; of analyses those that a tag decides are left to `progress`.
PROVES: Mapping[TimerKind, str] = {
    "start": "LIFECYCLE",
    "complete": "LIFECYCLE",
    "analyse": "LIFECYCLE",
    "ring-out": "MAGIC-OUTCOME",
    "fail": "MAGIC-OUTCOME",
}
OF_DELIVERIES: frozenset[TimerKind] = frozenset({"attempt", "release"})

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
        self._hurried = asyncio.Event()

    def attach(self, world: World) -> None:
        """Set a new or reset world in motion; interviews that its seed left alive go on."""
        world.engine = self
        progress.resume(world)
        self.set_alarm(world)

    def take_over(self, world: World) -> None:
        """Go on with a world that another loop has left: what it waits for is planned already."""
        world.engine = self
        self.set_alarm(world)
        self.queued(world)

    def detach(self, world: World) -> None:
        """Stop a world that is going away; its attempts under way find nobody home."""
        self._silence(world)
        world.engine = Still()

    def took_place(self, world: World, event: Event) -> None:
        """
        Deliveries are made on the loop's next turn, when the answer to the request that caused them is on its way. A
        planned fault looks at the request itself, and may want them to overtake the answer.
        """
        if not world.endpoints:
            return
        world.unpublished.append(event)
        if world.faults:
            self.courier.pump(world)
        elif len(world.unpublished) == 1:
            asyncio.get_running_loop().call_soon(self.queued, world)

    def queued(self, world: World) -> None:
        """A world that went away, or back to its seed, has nothing to send of its past."""
        if world.engine is self:
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
        self._silence(world)
        while (timer := world.timers.pop_due(world.now())) is not None:
            self._run(world, timer)
        self.set_alarm(world)

    def _run(self, world: World, timer: Timer) -> None:
        ACTIONS[timer.kind](world, timer.subject, timer.at)
        if timer.kind in PROVES:
            world.coverage.saw(PROVES[timer.kind])
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
            place, began, moves = next(world.places), world.now(), world.moves
            until = target()
            self._reports[world] = report
            try:
                await self._go(world, until, deadline)
            finally:
                del self._reports[world]
                moves.append(Move(place, began, world.now(), world.clock.mode))
        report.unfinished = self.courier.under_way(world)
        return report

    async def _go(self, world: World, until: datetime | None, deadline: float) -> None:
        """A world that is removed or reset on the way goes no further."""
        timers = world.timers
        self.queued(world)
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

    async def drain(self, worlds: list[World], deadline: float) -> None:
        """
        Let nothing take place in worlds any more; their deliveries go on, also those that fall due, until none can
        before the loop's time is `deadline`. Then call back those that are still under way.
        """
        for world in worlds:
            self._retire(world)
        for world in worlds:
            await self._last_deliveries(world, deadline)
        for world in worlds:
            self.detach(world)
        await self.courier.abandon(worlds)

    def hurry(self, worlds: Iterable[World]) -> None:
        """Let nothing set out any more, and call back what is under way, also for a `drain` that is waiting."""
        for world in worlds:
            self.detach(world)
        self._hurried.set()
        self.courier.call_back(worlds)

    def _retire(self, world: World) -> None:
        for timer in world.timers:
            if timer.kind not in OF_DELIVERIES:
                world.timers.cancel(timer.kind, timer.subject)
        self.queued(world)
        self.set_alarm(world)

    async def _last_deliveries(self, world: World, deadline: float) -> None:
        await self.courier.settle(world, deadline)
        while (alarm := self._alarms.get(world)) is not None and alarm.when() < deadline:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(alarm.when()):
                    await self._hurried.wait()
            await self.courier.settle(world, deadline)
