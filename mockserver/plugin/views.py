"""What a test sees of its world: companies, minutes, the journal, webhooks, the clock."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import quote

from mockserver.builders import CompanyRef, RowRef, id_of, types_in
from mockserver.client import Caller
from mockserver.clock import parse_instant
from mockserver.plugin.arguments import demand, seconds_of

__tracebackhide__ = True  # pytest shows the line that called

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Company:
    """A company of the world; `api_key` is its first key, None where only an ATS has one."""

    id: str
    name: str
    api_key: str | None


@dataclass(frozen=True, slots=True)
class Minutes:
    """A company's interview minutes."""

    limit: int
    used: int
    reserved: int
    left: int


class Billing(Mapping[str, Minutes]):
    """
    Minutes by a company's id or name, as they were when it was asked for, but for what was `set` here. `limit`, `used`,
    `reserved` and `left` are those of the first company.
    """

    def __init__(self, calls: Caller, rows: Sequence[Row]) -> None:
        self._calls = calls
        self._minutes: dict[str, Minutes] = {row["id"]: Minutes(**row["minutes"]) for row in rows}
        self._companies = rows

    @property
    def limit(self) -> int:
        """What was bought."""
        return self._first.limit

    @property
    def used(self) -> int:
        """What interviews took that are over."""
        return self._first.used

    @property
    def reserved(self) -> int:
        """What interviews hold that have not ended."""
        return self._first.reserved

    @property
    def left(self) -> int:
        """What the others leave of the limit; below zero where more is used and held than was bought."""
        return self._first.left

    @property
    def _first(self) -> Minutes:
        return next(iter(self._minutes.values()))

    def set(self, *, limit: int | None = None, used: int | None = None, company: CompanyRef | None = None) -> Minutes:
        """
        Change what a company has bought, or used up; what its interviews hold stays theirs.

        Args:
            company: its id or name, one of `instaview.companies`, or a row of `state()`; left out, the first one.

        Raises:
            KeyError: there is no such company.
            TypeError: neither is given, or something that is no company.
            ValueError: several companies have that name.
            ControlError: one is no whole number from 0.
        """
        id = self._id_of(company)
        asked = {name: value for name, value in (("limit", limit), ("used", used)) if value is not None}
        if not asked:
            raise TypeError("set() takes limit=, used= or both")
        row = self._calls.call("PATCH", f"/companies/{id}/billing", asked)
        self._minutes[id] = Minutes(row["limit"], row["used"], row["reserved"], row["left"])
        return self._minutes[id]

    def _id_of(self, company: CompanyRef | None) -> str:
        return next(iter(self._minutes)) if company is None else company_id_of(company, self._companies)

    def __getitem__(self, company: str) -> Minutes:
        return self._minutes[self._id_of(company)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._minutes)

    def __len__(self) -> int:
        return len(self._minutes)

    def __repr__(self) -> str:
        return f"Billing({self._minutes})"


def company_id_of(company: CompanyRef, companies: Sequence[Row]) -> str:
    """
    Args:
        companies: rows with `id` and `name`.

    Raises:
        KeyError: there is no such company.
        TypeError: that is no company.
        ValueError: several have that name.
    """
    asked = id_of(company, "companies")
    ids = [row["id"] for row in companies if asked in (row["id"], row["name"])]
    if not ids:
        raise KeyError(f"no company {asked!r}; there are {', '.join(row['name'] for row in companies)}")
    if len(ids) > 1:
        raise ValueError(f"{len(ids)} companies are called {asked!r}: give the id of one, {' or '.join(ids)}")
    return str(ids[0])


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook in force; `company_id` None hears of every company, `events` empty of every type."""

    id: str
    url: str
    secret: str
    company_id: str | None
    events: tuple[str, ...]


class WebhooksView:
    """Webhooks of the world, and the log of what was sent to them."""

    def __init__(self, calls: Caller) -> None:
        self._calls = calls

    def register(
        self,
        url: str,
        events: Sequence[str] = (),
        company: CompanyRef | None = None,
        secret: str | None = None,
        **row: object,
    ) -> Webhook:
        """
        Args:
            url: on loopback, unless the server was told to allow more.
            events: types; none means every type.
            company: its id or name, one of `instaview.companies`, or a row of `state()`; None means all companies.
            secret: 64 hexadecimal digits that deliveries are signed with; left out, they are made.
            row: more fields of a webhook in a world file: `maxRetries`, `timeoutMs`, `headers`, …

        Raises:
            KeyError: there is no such company.
            TypeError: the URL is no text, the types are no list, or something that is no company.
            ValueError: several companies have that name.
            ControlError: a field that a webhook cannot have.
        """
        demand("register() takes the URL of a receiver", url, str)
        types = types_in(events)
        company_id = None if company is None else company_id_of(company, self._calls.call("GET", "/state")["companies"])
        given: Row = {"signingSecret": secret} if secret else {}
        given |= {"events": types} if types else {}
        asked = {"url": url, "companyId": company_id, **row, **given}
        made = self._calls.call("POST", "/webhooks", asked)
        return Webhook(made["id"], made["url"], made["signingSecret"], made["companyId"], tuple(made["events"]))

    def remove(self, webhook: Webhook | RowRef) -> None:
        """
        Nothing more is sent there.

        Args:
            webhook: what `register` gave, what was built, a row of `state()`, or its id.
        """
        self._calls.call("DELETE", f"/webhooks/{quote(id_of(webhook, 'webhooks'), safe='')}")

    @property
    def deliveries(self) -> list[Row]:
        """Every delivery with its attempts, oldest first, as `GET …/deliveries` shows them."""
        deliveries: list[Row] = self._calls.call("GET", "/deliveries")
        return deliveries


class Webhooks(WebhooksView):
    def flush(self, wait: float | timedelta = 5.0) -> list[str]:
        """Wait, at most `wait` real seconds, until no attempt is under way; the ids of deliveries that still are."""
        return unfinished_of(self._calls.call("POST", "/deliveries/flush", {"wait": seconds_of(wait)}))


def unfinished_of(answer: Row) -> list[str]:
    unfinished: list[str] = answer["unfinished"]
    return unfinished


@dataclass(frozen=True, slots=True)
class Advanced:
    """
    What came of moving a clock: the time it shows, the timers that ran as `{"at", "what", "id"}`, and the ids of
    deliveries that were still under way.
    """

    now: datetime
    happened: list[Row]
    unfinished: list[str]


Until = Literal["idle", "next"]


def advance_body(
    seconds: float | timedelta | None, to: datetime | str | None, until: Until | None, wait: float | None
) -> Row:
    by = {"seconds": seconds, "to": to, "until": until}
    if sum(value is not None for value in by.values()) != 1:
        raise TypeError("advance() takes one of seconds, to= and until='idle' or 'next'")
    return {name: _text_of(value) for name, value in {**by, "wait": wait}.items() if value is not None}


def clock_body(now: datetime | str | None, mode: str | None) -> Row:
    if now is None and mode is None:
        raise TypeError("set() takes now, mode= or both")
    return {name: _text_of(value) for name, value in (("now", now), ("mode", mode)) if value is not None}


def _text_of(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else seconds_of(value)


def snapshot_body(snapshot: Row) -> Row:
    demand("restore() takes what snapshot() gave", snapshot, dict)
    return snapshot


def advanced_of(answer: Row) -> Advanced:
    return Advanced(parse_instant(answer["now"]), answer["happened"], answer["unfinished"])


class ClockView:
    """The world's time."""

    def __init__(self, calls: Caller) -> None:
        self._calls = calls

    def now(self) -> datetime:
        return parse_instant(self._calls.call("GET", "/clock")["now"])


class Clock(ClockView):
    def advance(
        self,
        seconds: float | timedelta | None = None,
        *,
        to: datetime | str | None = None,
        until: Until | None = None,
        wait: float | None = None,
    ) -> Advanced:
        """
        Go on by `seconds`, `to` an instant, `until="next"` timer or `"idle"`; what falls due happens, in order.
        `wait` bounds the real seconds that deliveries may take.
        """
        return advanced_of(self._calls.call("POST", "/clock/advance", advance_body(seconds, to, until, wait)))

    def set(self, now: datetime | str | None = None, *, mode: Literal["real", "frozen"] | None = None) -> Advanced:
        """Go on to a later instant, freeze the clock, or let it run."""
        return advanced_of(self._calls.call("PUT", "/clock", clock_body(now, mode)))
