"""The delivery log of a world: endpoints, deliveries with every attempt, and who waits for whom."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from mockserver.breaker import Breaker

MAX_DELIVERIES = 10_000
MAX_UNDER_WAY = 10

DeliveryStatus = Literal["pending", "delivered", "failed", "undelivered", "skipped"]
Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A webhook as configured; `company_id` None takes every company's events, `events` empty takes every type."""

    id: str
    company_id: str | None
    url: str
    events: frozenset[str]
    secret: str
    headers: Headers = ()
    is_active: bool = True
    max_retries: int = 3
    timeout_ms: int = 30_000
    breaker: Breaker = field(default_factory=Breaker)

    def wants(self, event_type: str, company_id: str) -> bool:
        return self.company_id in (None, company_id) and (not self.events or event_type in self.events)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: what went out, what came back. `at` is the world's time, `seconds` real ones."""

    number: int
    at: datetime
    headers: Headers
    status: int | None
    answer_headers: Headers
    answer: bytes
    error: str | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one endpoint; `body` are the bytes that every attempt sends."""

    id: str
    endpoint_id: str
    url: str
    event_id: str
    event_type: str
    lane: tuple[str, str]
    body: bytes
    status: DeliveryStatus = "pending"
    attempts: tuple[Attempt, ...] = ()
    error: str | None = None


class Deliveries:
    """
    All deliveries of a world and their order.

    A lane is one endpoint and one interview: its deliveries go one after the other. Heads of lanes wait in their
    endpoint's queue until fewer than MAX_UNDER_WAY are under way there.
    """

    def __init__(self) -> None:
        self._log: dict[str, Delivery] = {}
        self._lanes: dict[tuple[str, str], deque[str]] = {}
        self._ready: dict[str, deque[str]] = {}
        self._under_way: dict[str, int] = {}

    def add(self, delivery: Delivery) -> None:
        """Queue a delivery; the oldest finished ones make room."""
        self._log[delivery.id] = delivery
        lane = self._lanes.setdefault(delivery.lane, deque())
        lane.append(delivery.id)
        if len(lane) == 1:
            self.make_ready(delivery.id)
        if len(self._log) > MAX_DELIVERIES:
            self._forget_one()

    def record(self, delivery: Delivery) -> None:
        """Put down a delivery that never sets out, or one whose state changed."""
        self._log[delivery.id] = delivery

    def make_ready(self, id: str) -> None:
        """Let an attempt set out as soon as its endpoint has room."""
        self._ready.setdefault(self._log[id].endpoint_id, deque()).append(id)

    def take_ready(self) -> Iterator[Delivery]:
        """Those whose attempt may set out now; each counts as under way until `came_back`."""
        for endpoint_id in list(self._ready):
            queue = self._ready[endpoint_id]
            while queue and self._under_way.get(endpoint_id, 0) < MAX_UNDER_WAY:
                self._under_way[endpoint_id] = self._under_way.get(endpoint_id, 0) + 1
                yield self._log[queue.popleft()]
            if not queue:
                del self._ready[endpoint_id]

    def came_back(self, id: str, attempt: Attempt) -> Delivery:
        """Log an attempt that is over."""
        delivery = self._log[id]
        self._under_way[delivery.endpoint_id] -= 1
        delivery = replace(delivery, attempts=(*delivery.attempts, attempt))
        self._log[id] = delivery
        return delivery

    def stay(self, id: str, why: str) -> None:
        """An attempt that was about to set out does not: its delivery is over."""
        self._under_way[self._log[id].endpoint_id] -= 1
        self.finish(id, "undelivered", why)

    def finish(self, id: str, status: DeliveryStatus, error: str | None = None) -> None:
        """A delivery is over, well or not; the next of its lane may set out."""
        delivery = replace(self._log[id], status=status, error=error)
        self._log[id] = delivery
        lane = self._lanes[delivery.lane]
        lane.remove(id)
        if lane:
            self.make_ready(lane[0])
        else:
            del self._lanes[delivery.lane]

    def get(self, id: str) -> Delivery | None:
        return self._log.get(id)

    def pending(self) -> list[Delivery]:
        return [self._log[id] for lane in self._lanes.values() for id in lane]

    def __iter__(self) -> Iterator[Delivery]:
        return iter(tuple(self._log.values()))

    def __len__(self) -> int:
        return len(self._log)

    def _forget_one(self) -> None:
        """Only the oldest is looked at: the log may outgrow its bound by what is still pending at its head."""
        oldest = next(iter(self._log.values()))
        if oldest.status != "pending":
            del self._log[oldest.id]
