"""Everything that one server holds: its worlds, the engine that moves them, what it was told at the start."""

import asyncio
from dataclasses import dataclass

from mockserver.courier import Courier
from mockserver.deliveries import Delivery
from mockserver.scheduler import Scheduler
from mockserver.settings import Settings
from mockserver.targets import TargetPolicy
from mockserver.transport import HttpTransport
from mockserver.world import Seed, World
from mockserver.worlds import Worlds


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A delivery that shutdown left behind."""

    world_id: str
    delivery: Delivery
    behind: str | None = None  # the delivery of the same interview that it waited for


class Universe:
    """Worlds come, go and move here. It belongs to one event loop, from `start` to `stop`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.worlds = Worlds(settings.readings)
        self.targets = TargetPolicy(settings.webhook_allow)
        self.courier = Courier(HttpTransport(self.targets))
        self.scheduler = Scheduler(self.courier)
        for seed in settings.seeds:
            self.worlds.open(seed, seed.name)
        self._is_running = False
        self.closes_at: float | None = None  # the loop's time at which grace ends, once somebody has begun to close

    def start(self) -> None:
        """Set the worlds in motion that were loaded before the loop ran; a second call does nothing."""
        if not self._is_running:
            self._is_running = True
            for world in self.worlds:
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

    def hurry(self) -> None:
        """Grace is over now, also for a `stop` that is waiting."""
        self.closes_at = asyncio.get_running_loop().time()
        self.courier.call_back(self.worlds)

    async def stop(self) -> list[Undelivered]:
        """Drain deliveries for the time of grace; what then is neither delivered nor given up is handed back."""
        worlds = list(self.worlds)
        for world in worlds:
            self.scheduler.detach(world)
        loop = asyncio.get_running_loop()
        await self.courier.drain(worlds, self.closes_at or loop.time() + self.settings.grace_seconds)
        await self.courier.transport.close()
        return [
            Undelivered(world.id, delivery, world.deliveries.ahead_of(delivery.id))
            for world in worlds
            for delivery in world.deliveries.pending()
        ]
