"""Everything that one server holds: its worlds, the engine that moves them, what it was told at the start."""

import asyncio
from dataclasses import dataclass, replace
from math import inf

from mockserver import seeding
from mockserver.courier import Courier, Transport
from mockserver.deliveries import Delivery
from mockserver.errors import WorldFileError
from mockserver.scheduler import Scheduler
from mockserver.settings import Settings
from mockserver.snapshot import OtherWorld, parse_state, put_back
from mockserver.targets import TargetPolicy
from mockserver.world import Seed, World
from mockserver.worlds import Worlds, shortened


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A delivery that shutdown left behind."""

    world_id: str
    delivery: Delivery
    behind: str | None = None  # the delivery of the same interview that it waited for
    is_held: bool = False  # by a planned fault


class Universe:
    """Worlds come, go and move here. It belongs to one event loop, from `start` to `stop` or `leave_loop`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.worlds = Worlds(settings.readings)
        self.targets = TargetPolicy(settings.webhook_allow)
        self.courier = Courier(self._transport)
        self.scheduler = Scheduler(self.courier)
        for seed in settings.seeds:
            self.worlds.open(seed, seed.name)
        self._is_running = self._has_run = False
        self.closes_at = inf  # the loop's time at which grace ends, once somebody has begun to close
        self._owed: dict[tuple[World, str], None] = {}  # what was pending then or came later, in order

    def _transport(self) -> Transport:
        # A tenth of a second that only those shall wait for who send webhooks.
        from mockserver.transport import HttpTransport

        return HttpTransport(self.targets)

    def start(self) -> None:
        """Set the worlds in motion that were there before the loop ran; a second call does nothing."""
        if not self._is_running:
            self._is_running = True
            for world in self.worlds:
                if self._has_run:
                    self.scheduler.take_over(world)
                else:
                    self.scheduler.attach(world)

    def open(self, seed: Seed) -> World:
        """
        Raises:
            KeyTaken: a key of the seed already opens a world.
        """
        world = self.worlds.open(seed)
        self.scheduler.attach(world)
        return world

    async def close(self, world: World) -> None:
        self.worlds.close(world)
        self.scheduler.detach(world)
        await self.courier.abandon([world])

    async def reset(self, world: World) -> None:
        world.reset()
        self.scheduler.attach(world)
        await self.courier.abandon([world])  # those of the past; what the seed leaves alive sets out later

    def seed(self, world: World, value: object) -> Seed:
        """
        Add rows to a world, all or none; what they leave alive sets out.

        Args:
            value: rows of a world file's kinds, which may name the world's own.

        Returns:
            The rows as they are now.

        Raises:
            Taken, KeyTaken: an id or a key is in use.
            WorldFileError: they are wrong.
        """
        rows, ids = seeding.judged(world, value)
        for place, endpoint in enumerate(rows.endpoints):
            if (refusal := self.targets.check_url(endpoint.url)) is not None:
                raise WorldFileError(f"/webhooks/{place}/url: {refusal}")
        self.worlds.admit(world, rows.keys)
        seeding.add(world, rows, ids)
        return replace(rows, interviews=tuple(world.store.interviews[row.id] for row in rows.interviews))

    async def restore(self, world: World, value: object) -> None:
        """
        Put a world back to a state that it had. No attempt of the future that is given up is under way any more; its
        deliveries that waited at the time of the state go on.

        Raises:
            WorldFileError: the state is wrong.
            OtherWorld: it is another world's.
        """
        state = parse_state(value, world)
        for key in state.keys:
            if not self.worlds.has_known(world, key):
                raise OtherWorld(f"/keys: {shortened(key)} opens no door of this world")
        past = self.courier.call_back([world])
        put_back(world, state)
        world.engine.queued(world)
        world.engine.planned(world, world.timers.next_at() or world.now())
        await asyncio.gather(*past, return_exceptions=True)

    def hurry(self) -> None:
        """Grace is over now, also for a `stop` that is waiting."""
        self.closes_at = asyncio.get_running_loop().time()
        self.scheduler.hurry(self.worlds)

    def begin_to_close(self) -> None:
        """Grace begins, unless it has. What is pending from now on is to be delivered by its end, or handed back."""
        self.closes_at = min(self.closes_at, asyncio.get_running_loop().time() + self.settings.grace_seconds)
        for world in self.worlds:
            world.engine.queued(world)
            self._owed |= dict.fromkeys((world, delivery.id) for delivery in world.deliveries.pending())

    async def leave_loop(self) -> None:
        """
        The loop ends, and the worlds may go on from another `start` on another one. Attempts under way have the time of
        grace to come back; those that do not will set out once more.
        """
        worlds = list(self.worlds)
        until = asyncio.get_running_loop().time() + self.settings.grace_seconds
        for world in worlds:
            world.engine.queued(world)
            await self.courier.settle(world, until)
        for world in worlds:
            self.scheduler.detach(world)
        await self.courier.abandon(worlds)
        await self.courier.close()
        self._is_running, self._has_run = False, True
        self.courier = Courier(self._transport)
        self.scheduler = Scheduler(self.courier)

    async def stop(self) -> list[Undelivered]:
        """Drain deliveries for the time of grace; those that are not delivered then are handed back."""
        self.begin_to_close()
        worlds = dict.fromkeys(self.worlds)
        await self.scheduler.drain(list(worlds), self.closes_at)
        await self.courier.close()
        owed = ((world, world.deliveries.get(id)) for world, id in self._owed if world in worlds)
        return [
            Undelivered(
                world.id, delivery, world.deliveries.ahead_of(delivery.id), world.deliveries.is_held(delivery.id)
            )
            for world, delivery in owed
            if delivery is not None and not delivery.has_arrived
        ]
