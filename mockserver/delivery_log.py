"""The delivery log of a world: deliveries with every attempt, and who waits for whom."""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from heapq import heappop, heappush

from mockserver.deliveries import Attempt, Delivery, DeliveryStatus

MAX_DELIVERIES = 10_000
MAX_UNDER_WAY = 10

Place = tuple[int, ...]  # in the queue of an endpoint; one right after (4,) is (4, n)
# What a held delivery waits for beside the time, where it is no other delivery's id.
NOTHING, THE_NEXT = "", "next"


class Deliveries:
    """
    All deliveries of a world and their order.

    A lane is one endpoint and one interview: its deliveries go one after the other. Heads of lanes wait in their
    endpoint's queue until fewer than ten are under way there; the one that was queued first goes first. Where it is
    to `keep_order`, only one is, so that the order does not hang on how fast answers come. What is held stands in no
    lane.
    """

    def __init__(self) -> None:
        self._log: dict[str, Delivery] = {}
        self._lanes: dict[tuple[str, str], deque[str]] = {}
        self._ready: dict[str, list[tuple[Place, str]]] = {}
        self._places: dict[str, Place] = {}
        self._queued = 0
        self._under_way: dict[str, set[str]] = {}
        self._held: dict[str, str] = {}
        self._in_order: set[str] = set()
        self._awaited: dict[str, asyncio.Event] = {}

    def add(self, delivery: Delivery, after: str | None = None) -> None:
        """Queue a delivery, at the end or right after another one."""
        self._join(delivery, (*self._places.get(after or "", ()), self._queued + 1))

    def _join(self, delivery: Delivery, place: Place, waits: bool = False) -> None:
        self._queued += 1
        self._places[delivery.id] = place
        self.record(delivery)
        lane = self._lanes.setdefault(delivery.lane, deque())
        lane.append(delivery.id)
        if len(lane) == 1 and not waits:
            self.make_ready(delivery.id)

    def record(self, delivery: Delivery) -> None:
        """Put down a delivery, also one that never sets out; the oldest finished one makes room."""
        self._log[delivery.id] = delivery
        if len(self._log) > MAX_DELIVERIES:
            self._forget_one()

    def make_ready(self, id: str) -> None:
        """Let an attempt set out as soon as its endpoint has room."""
        heappush(self._ready.setdefault(self._log[id].endpoint_id, []), (self._places[id], id))

    def keep_order(self, endpoint_id: str) -> None:
        """Let one delivery after the other go to an endpoint, from now on until none is left that waits for it."""
        self._in_order.add(endpoint_id)

    def take_ready(self) -> Iterator[Delivery]:
        """Those whose attempt may set out now; each counts as under way until `came_back`."""
        for endpoint_id in list(self._ready):
            queue, under_way = self._ready[endpoint_id], self._under_way.setdefault(endpoint_id, set())
            room = 1 if endpoint_id in self._in_order else MAX_UNDER_WAY
            while queue and len(under_way) < room:
                _, id = heappop(queue)
                under_way.add(id)
                yield self._log[id]
            if not queue:
                del self._ready[endpoint_id]

    def came_back(self, id: str, attempt: Attempt) -> Delivery:
        """Log an attempt that is over."""
        delivery = self._log[id]
        self._under_way[delivery.endpoint_id].remove(id)
        delivery = replace(delivery, attempts=(*delivery.attempts, attempt))
        self._log[id] = delivery
        return delivery

    def called_back(self, id: str) -> None:
        """An attempt that was under way never comes back: the next one takes its place."""
        self._under_way[self._log[id].endpoint_id].remove(id)
        self.make_ready(id)

    def again(self, delivery: Delivery) -> None:
        """Let a delivery set out once more, ahead of those that wait in its lane."""
        self._log[delivery.id] = delivery
        self.make_ready(delivery.id)

    def hold(self, delivery: Delivery, until_overtaken: bool = False) -> None:
        """Keep a delivery, new or under way, out of its lane until it is released."""
        self.record(delivery)
        self._leave_lane(delivery)
        self._held[delivery.id] = THE_NEXT if until_overtaken else NOTHING

    def overtaken_by(self, delivery: Delivery) -> None:
        """A delivery is about to be queued: those that are held until the next one is tried wait for this one."""
        for id, overtaker in self._held.items():
            if overtaker == THE_NEXT and self._log[id].endpoint_id == delivery.endpoint_id:
                self._held[id] = delivery.id

    def overtaken(self, id: str) -> list[str]:
        """Those that were held until this one was tried."""
        return [held for held, overtaker in self._held.items() if overtaker == id]

    def release(self, id: str) -> None:
        """Queue a delivery that was held, right after the one that was to overtake it."""
        self.add(self._log[id], after=self._held.pop(id))

    def stay(self, id: str, status: DeliveryStatus, why: str) -> None:
        """An attempt that was about to set out does not: its delivery is over."""
        self._under_way[self._log[id].endpoint_id].remove(id)
        self.give_up(id, status, why)

    def give_up(self, id: str, status: DeliveryStatus, why: str) -> None:
        """End a delivery early: what arrived stays delivered; what was tried and is not called off has failed."""
        delivery = self._log[id]
        if delivery.has_arrived:
            self.finish(id, "delivered")
        elif delivery.attempts:
            ended: DeliveryStatus = "undelivered" if status == "undelivered" else "failed"
            self.finish(id, ended, f"{delivery.attempts[-1].failure}; {why}")
        else:
            self.finish(id, status, why)

    def finish(self, id: str, status: DeliveryStatus, error: str | None = None) -> None:
        """A delivery is over, well or not; the next of its lane may set out."""
        delivery = replace(self._log[id], status=status, error=error)
        self._log[id] = delivery
        self._held.pop(id, None)
        self._leave_lane(delivery)
        if delivery.endpoint_id in self._in_order and delivery.endpoint_id not in self._awaited_by():
            self._in_order.remove(delivery.endpoint_id)

    def _awaited_by(self) -> Iterator[str]:
        """The endpoints that something is pending for, some of them several times."""
        yield from (endpoint_id for endpoint_id, _ in self._lanes)
        yield from (self._log[id].endpoint_id for id in self._held)

    def _leave_lane(self, delivery: Delivery) -> None:
        lane = self._lanes.get(delivery.lane)
        if lane is None or delivery.id not in lane:
            return
        lane.remove(delivery.id)
        if lane:
            self.make_ready(lane[0])
        else:
            del self._lanes[delivery.lane]

    def withdraw(self, endpoint_id: str, why: str) -> list[str]:
        """Give up what waits for its turn or for a retry at an endpoint; what is under way comes back by itself."""
        under_way = self._under_way.get(endpoint_id, set())
        waiting = [d.id for d in self.pending() if d.endpoint_id == endpoint_id and d.id not in under_way]
        for id in waiting:
            self.give_up(id, "undelivered", why)
            self.stir(id)
        self._ready.pop(endpoint_id, None)  # also those that just came to the head of their lanes
        return waiting

    async def first_attempt(self, id: str, seconds: float) -> Delivery | None:
        """A delivery once an attempt of it has come back or it was given up, or as it is after so many real seconds."""
        delivery = self._log.get(id)
        if delivery is None or delivery.attempts or delivery.status != "pending":
            return delivery
        news = self._awaited[id] = asyncio.Event()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await news.wait()
        del self._awaited[id]
        return self._log.get(id)

    def stir(self, id: str) -> None:
        """Tell who waits for a delivery that an attempt of it is over, however it ended."""
        if (news := self._awaited.get(id)) is not None:
            news.set()

    def get(self, id: str) -> Delivery | None:
        return self._log.get(id)

    def ahead_of(self, id: str) -> str | None:
        """The delivery that one waits for in its lane; None if it waits for none."""
        lane = self._lanes.get(self._log[id].lane)
        return lane[0] if lane and id in lane and lane[0] != id else None

    def is_held(self, id: str) -> bool:
        return id in self._held

    def pending(self) -> list[Delivery]:
        return [self._log[id] for lane in (*self._lanes.values(), self._held) for id in lane]

    def turns(self) -> list[tuple[Delivery, int | str]]:
        """What is pending, with its turn in the queue of all or, if it is held, what for beside the time."""
        queued = sorted((id for lane in self._lanes.values() for id in lane), key=self._places.__getitem__)
        turns: dict[str, int | str] = {**{id: turn for turn, id in enumerate(queued)}, **self._held}
        return [(delivery, turns[delivery.id]) for delivery in self.pending()]

    def put_back(self, delivery: Delivery, turn: int | str, waits: bool) -> None:
        """One of what `turns` told, in that order; if it `waits` for a retry, it does not set out before."""
        if isinstance(turn, str):
            self.hold(delivery)
            self._held[delivery.id] = turn
        else:
            self._join(delivery, (turn,), waits)

    def __iter__(self) -> Iterator[Delivery]:
        return iter(tuple(self._log.values()))

    def __len__(self) -> int:
        return len(self._log)

    def _forget_one(self) -> None:
        """Only the oldest is looked at: the log may outgrow its bound by what is still pending at its head."""
        oldest = next(iter(self._log.values()))
        if oldest.status != "pending":
            del self._log[oldest.id]
            self._places.pop(oldest.id, None)
