"""Takes deliveries to their endpoints: tasks on the event loop, off the path of every request."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cached_property
from typing import Protocol

from mockserver import adversary, webhooks
from mockserver.deliveries import Delivery
from mockserver.outgoing import Answer, Outgoing
from mockserver.world import World


class Transport(Protocol):
    async def send(self, outgoing: Outgoing) -> Answer: ...
    async def close(self) -> None: ...


class Courier:
    """Keeps every attempt that is under way, by world, until it has come back."""

    def __init__(self, open: Callable[[], Transport]) -> None:
        self._open = open
        self._under_way: dict[World, dict[asyncio.Task[None], Delivery]] = {}

    @cached_property
    def transport(self) -> Transport:
        """Opened for the first attempt."""
        return self._open()

    async def close(self) -> None:
        """What is still under way ends with an error."""
        if "transport" in self.__dict__:
            await self.transport.close()

    def pump(self, world: World) -> None:
        """Let everything set out that may: heads of lanes whose endpoint has room."""
        webhooks.publish_all(world)
        for delivery in world.deliveries.take_ready():
            attempt = self._attempt(world, delivery, world.now(), next(world.places))
            task = asyncio.get_running_loop().create_task(attempt)
            # `asyncio.run` cancels all tasks that it knows as soon as its own is done: what is on its way then would be
            # delivered twice. Whoever ends the loop asks the courier first.
            asyncio._unregister_task(task)
            tasks = self._under_way.setdefault(world, {})
            tasks[task] = delivery
            task.add_done_callback(self._forget(world, tasks))

    def _forget(self, world: World, tasks: dict[asyncio.Task[None], Delivery]) -> Callable[[asyncio.Task[None]], None]:
        deliveries = world.deliveries

        def forget(task: asyncio.Task[None]) -> None:
            id = tasks.pop(task).id
            if task.cancelled():
                deliveries.called_back(id)
            deliveries.stir(id)
            if not tasks and self._under_way.get(world) is tasks:
                del self._under_way[world]

        return forget

    async def _attempt(self, world: World, delivery: Delivery, at: datetime, place: int) -> None:
        """`at` and `place` are of its setting out: a task begins later, and the clock may have been moved by then."""
        deliveries = world.deliveries
        endpoint = webhooks.endpoint_of(world, delivery)
        if isinstance(endpoint, webhooks.Off):
            deliveries.stay(delivery.id, endpoint.status, endpoint.why)
        else:
            outgoing = webhooks.outgoing_of(world, delivery, endpoint)
            answer = adversary.lost(delivery) or await self.transport.send(outgoing)
            webhooks.conclude(world, delivery, outgoing, at, answer, place)
        self.pump(world)

    async def settle(self, world: World, deadline: float) -> None:
        """Wait until no attempt of a world is under way, or the loop's time is `deadline`."""
        loop = asyncio.get_running_loop()
        while (tasks := self._under_way.get(world)) and (left := deadline - loop.time()) > 0:
            await asyncio.wait(tasks, timeout=left)

    def under_way(self, world: World) -> list[str]:
        """The ids of the deliveries that are out."""
        return [delivery.id for delivery in self._under_way.get(world, {}).values()]

    async def abandon(self, worlds: list[World]) -> None:
        await asyncio.gather(*self.call_back(worlds), return_exceptions=True)

    def call_back(self, worlds: Iterable[World]) -> list[asyncio.Task[None]]:
        """Cancel what is under way; the tasks end a moment later."""
        tasks = [task for world in worlds for task in self._under_way.get(world, ())]
        for task in tasks:
            task.cancel()
        return tasks
