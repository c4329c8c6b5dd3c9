"""A world: one isolated universe of the mock, with everything that a request can meet."""

import secrets
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from typing import Literal, Protocol

from mockserver.clock import Move, WorldClock, clock_from
from mockserver.coverage import Coverage
from mockserver.deliveries import Endpoint
from mockserver.delivery_log import Deliveries
from mockserver.faults import Faults
from mockserver.ids import Ids
from mockserver.journal import Journal
from mockserver.models import Agent, ApiKey, Candidate, Company, Event, Interview, Job, PhoneNumber
from mockserver.rates import Rates
from mockserver.readings import DEFAULTS, Readings
from mockserver.store import Owned, Store
from mockserver.timers import TimerKind, Timers

MAX_EVENTS = 10_000
MAX_MOVES = 10_000
MAX_CHANGES = 10_000

ChangeKind = Literal["restore", "seed", "billing", "readings"]


@dataclass(frozen=True, slots=True)
class Change:
    """What the control API did to a world, its clock apart; `detail` says what, in a few words."""

    place: int  # in the order of what happened in its world
    at: datetime
    kind: ChangeKind
    detail: str


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

    def ids(self) -> set[str]:
        """Every id that a row of it has."""
        owned: tuple[Owned, ...] = (*self.phone_numbers, *self.jobs, *self.agents, *self.candidates, *self.interviews)
        calls = {call.id for interview in self.interviews for call in interview.call_attempts or ()}
        others = {company.id for company in self.companies} | {endpoint.id for endpoint in self.endpoints}
        return {row.id for row in owned} | calls | others

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
    Owns companies, keys, store, clock, timers, journal, deliveries, faults, ids, readings, the random seed, and how
    often each rule was met.

    It belongs to one event loop: whoever changes it does so without an `await` between looking and writing.
    """

    def __init__(self, id: str, seed: Seed) -> None:
        self.id = id
        self.engine: Engine = Still()
        self.seed = seed
        self.number = secrets.randbits(32) if seed.number is None else seed.number
        self.coverage = Coverage()
        self.places = count(1)  # the order of what happens here, which instants alone do not tell
        self.reset()

    def reset(self) -> None:
        """Back to the seed. What is still under way belongs to the past and finds nobody home."""
        seed = self.seed
        self.readings: Readings = seed.readings
        self.clock: WorldClock = clock_from(seed.clock, speed=seed.speed)
        self.ids = Ids(str(self.number), taken=seed.ids())
        self.store = Store(seed.companies, seed.phone_numbers, seed.jobs, seed.agents, seed.candidates, seed.interviews)
        self.keys: dict[str, ApiKey] = {key.key: key for key in seed.keys}
        self.endpoints: dict[str, Endpoint] = {endpoint.id: endpoint for endpoint in seed.endpoints}
        self.rates: dict[str, Rates] = {key.key: Rates() for key in seed.keys}
        self.timers = Timers()
        self.journal = Journal()
        self.deliveries = Deliveries()
        self.faults = Faults()
        self.events: deque[Event] = deque(maxlen=MAX_EVENTS)
        self.moves: deque[Move] = deque(maxlen=MAX_MOVES)
        self.changes: deque[Change] = deque(maxlen=MAX_CHANGES)
        self.inline: set[str] = set()  # the ids of what was made inline, as long as it may be there
        self.unpublished: list[Event] = []  # of which no delivery has been made yet

    def now(self) -> datetime:
        return self.clock.now()

    def seeded(self, id: str) -> str:
        """The random seed of one thing in this world: the same for the same seed and the same id."""
        return f"{self.number}/{id}"

    def plan(self, at: datetime, kind: TimerKind, subject: str) -> None:
        self.timers.plan(at, kind, subject)
        self.engine.planned(self, at)

    def note(self, kind: ChangeKind, detail: str, at: datetime | None = None) -> None:
        """Somebody changed the world from outside, now or at the instant that its clock showed before."""
        self.changes.append(Change(next(self.places), self.now() if at is None else at, kind, detail))

    def emit(self, type: str, company_id: str, at: datetime, data: Mapping[str, object]) -> None:
        """Something took place that webhooks may want to hear of."""
        event = Event(self.ids.next("event"), type, at, company_id, data, next(self.places))
        self.events.append(event)
        self.engine.took_place(self, event)
