"""A world: one isolated universe of the mock, with everything that a request can meet."""

import secrets
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from mockserver.clock import WorldClock, clock_from
from mockserver.deliveries import Deliveries, Endpoint
from mockserver.faults import Faults
from mockserver.ids import Ids
from mockserver.journal import Journal
from mockserver.models import Agent, ApiKey, Candidate, Company, Event, Interview, Job, PhoneNumber
from mockserver.rates import Rates
from mockserver.readings import DEFAULTS, Readings
from mockserver.store import Store
from mockserver.timers import TimerKind, Timers

MAX_EVENTS = 10_000


@dataclass(frozen=True, slots=True)
class Seed:
    """What a world starts from and goes back to: a world file, parsed. Its rows are shared by all its worlds."""

    name: str | None = None
    number: int | None = None
    clock: str = "real"
    readings: Readings = DEFAULTS
    companies: tuple[Company, ...] = ()
    keys: tuple[ApiKey, ...] = ()
    phone_numbers: tuple[PhoneNumber, ...] = ()
    jobs: tuple[Job, ...] = ()
    agents: tuple[Agent, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    interviews: tuple[Interview, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    speed: float = 1.0  # how many times faster than the machine's the clock runs

    def varied(
        self,
        name: str | None = None,
        number: int | None = None,
        clock: str | None = None,
        readings: Mapping[str, object] | None = None,
        minutes: int | None = None,
    ) -> "Seed":
        """
        This seed with some of it changed; None leaves what there is.

        Args:
            minutes: what each company has bought.

        Raises:
            ValueError: no such reading.
        """
        companies = self.companies
        if minutes is not None:
            companies = tuple(replace(company, minutes_limit=minutes) for company in companies)
        return replace(
            self,
            name=self.name if name is None else name,
            number=self.number if number is None else number,
            clock=self.clock if clock is None else clock,
            readings=self.readings.changed(readings or {}),
            companies=companies,
        )


class Engine(Protocol):
    """What makes a world move by itself: told of each event, each delivery beside those, and each timer."""

    def took_place(self, world: "World", event: Event) -> None: ...
    def queued(self, world: "World") -> None: ...
    def planned(self, world: "World", at: datetime) -> None: ...


class Still:
    """The engine of a world that nobody has set in motion."""

    def took_place(self, world: "World", event: Event) -> None:
        """Nobody listens."""

    def queued(self, world: "World") -> None:
        """Nobody delivers."""

    def planned(self, world: "World", at: datetime) -> None:
        """Nobody waits."""


class World:
    """
    Owns companies, keys, store, clock, timers, journal, deliveries, faults, ids, readings and the random seed.

    It belongs to one event loop: whoever changes it does so without an `await` between looking and writing.
    """

    def __init__(self, id: str, seed: Seed) -> None:
        self.id = id
        self.engine: Engine = Still()
        self.seed = seed
        self.number = secrets.randbits(32) if seed.number is None else seed.number
        self.reset()

    def reset(self) -> None:
        """Back to the seed. What is still under way belongs to the past and finds nobody home."""
        seed = self.seed
        self.readings: Readings = seed.readings
        self.clock: WorldClock = clock_from(seed.clock, speed=seed.speed)
        self.ids = Ids(str(self.number))
        self.store = Store(seed.companies, seed.phone_numbers, seed.jobs, seed.agents, seed.candidates, seed.interviews)
        self.keys: dict[str, ApiKey] = {key.key: key for key in seed.keys}
        self.endpoints: dict[str, Endpoint] = {endpoint.id: endpoint for endpoint in seed.endpoints}
        self.rates: dict[str, Rates] = {key.key: Rates() for key in seed.keys}
        self.timers = Timers()
        self.journal = Journal()
        self.deliveries = Deliveries()
        self.faults = Faults()
        self.events: deque[Event] = deque(maxlen=MAX_EVENTS)

    def now(self) -> datetime:
        return self.clock.now()

    def seeded(self, id: str) -> str:
        """The random seed of one thing in this world: the same for the same seed and the same id."""
        return f"{self.number}/{id}"

    def plan(self, at: datetime, kind: TimerKind, subject: str) -> None:
        self.timers.plan(at, kind, subject)
        self.engine.planned(self, at)

    def emit(self, type: str, company_id: str, at: datetime, data: Mapping[str, object]) -> None:
        """Something took place that webhooks may want to hear of."""
        event = Event(self.ids.next("event"), type, at, company_id, data)
        self.events.append(event)
        self.engine.took_place(self, event)
