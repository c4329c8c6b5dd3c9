"""What webhooks are made of, as values: endpoints, deliveries to them, attempts."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from mockserver.breaker import Breaker
from mockserver.faults import Fault
from mockserver.models import LONG_AGO
from mockserver.retry import Outcome, outcome_of

DeliveryStatus = Literal["pending", "delivered", "failed", "undelivered", "skipped"]
Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """
    A webhook as configured; `company_id` None takes every company's events, `events` empty takes every type.

    `api_key_id` names the key that it belongs to. Without one it was set up beside the API, and belongs to every key
    of its company.
    """

    id: str
    company_id: str | None
    url: str
    events: Collection[str]
    secret: str
    headers: Headers = ()
    is_active: bool = True
    max_retries: int = 3
    timeout_ms: int = 30_000
    breaker: Breaker = field(default_factory=Breaker)
    api_key_id: str | None = None
    name: str | None = None
    description: str | None = None
    created_at: datetime = LONG_AGO
    updated_at: datetime = LONG_AGO

    def wants(self, event_type: str, company_id: str) -> bool:
        return self.company_id in (None, company_id) and (not self.events or event_type in self.events)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: what went out, what came back. `at` is the world's time, `seconds` real ones."""

    number: int
    at: datetime
    url: str
    headers: Headers
    status: int | None
    answer_headers: Headers
    answer: bytes
    error: str | None
    seconds: float
    body: bytes | None = None  # what was sent, if a fault made it differ from the delivery's
    fault: str | None = None  # the kind of the planned fault that befell it
    place: int = 0  # of its setting out, in the order of what happened

    @property
    def failure(self) -> str:
        """Why it came to nothing, if it did."""
        return self.error or f"the receiver answered {self.status}"


@dataclass(frozen=True, slots=True)
class Delivery:
    """
    One event on its way to one endpoint; `body` are the bytes that every attempt sends.

    Planned faults: `distortions` befall its attempts, one each from the first on; `copies` follow once it was taken,
    and `is_copy` while they do. `by_hand`: it was over, and somebody sends it again.
    """

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
    event_at: datetime = LONG_AGO
    distortions: tuple[Fault, ...] = ()
    copies: tuple[Fault, ...] = ()
    is_copy: bool = False
    by_hand: bool = False

    @property
    def distortion(self) -> Fault | None:
        """What befalls the next attempt."""
        made = len(self.attempts)
        return self.distortions[made] if made < len(self.distortions) else None

    @property
    def has_arrived(self) -> bool:
        """Whether the receiver took it once, whatever is to follow."""
        return any(outcome_of(attempt.status, attempt.error) is Outcome.DELIVERED for attempt in self.attempts)
