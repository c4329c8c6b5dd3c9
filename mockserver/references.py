"""What no schema says of rows: an id names one of them, they name rows of their own company, dates exist."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from mockserver import rows
from mockserver.clock import parse_instant
from mockserver.errors import WorldFileError
from mockserver.rules.webhook import headers_refused
from mockserver.world import Seed, World

KINDS = ("companies", "phoneNumbers", "jobs", "agents", "candidates", "interviews", "webhooks")
TARGETS = {
    "candidateId": "candidates",
    "agentId": "agents",
    "jobId": "jobs",
    "companyPhoneNumberId": "phoneNumbers",
}
TIMES: Mapping[str, Callable[[str], object]] = {
    "gdprExpiryDate": date.fromisoformat,
    **dict.fromkeys(("createdAt", "updatedAt", "scheduledAt", "finishedDate", "calledAt"), parse_instant),
    **dict.fromkeys(("expiresAt", "suspendedAt", "circuitOpenedAt"), parse_instant),
}
LIVE_CALLS = {"SCHEDULED": ("SCHEDULED",), "IN_PROGRESS": ("SCHEDULED", "IN_PROGRESS")}
# What rows stand beside that stand alone.
NOTHING = World("nothing", Seed(number=0))

Row = Mapping[str, Any]
# By where they stand, such as `/jobs`, whose last part is their kind; with ids, in lower case.
Rows = Mapping[str, Sequence[Row]]


class Taken(WorldFileError):
    """An id or a key that another row has."""


def check(file: Rows, beside: World = NOTHING) -> None:
    """
    Args:
        file: rows of any kinds; keys, if there are any, stand at `/keys`.
        beside: a world whose rows they may name, and whose ids they may not have.

    Raises:
        WorldFileError: with the path of the mistake.
    """
    owners = _Owners(file, beside)
    _check_keys(file.get("/keys", ()), owners, beside)
    _check_webhooks(file, beside)
    for at, _, row in _each(file):
        _check_times(row, at)
        for name, target, id in _references(row):
            owners.check(target, id, row["companyId"], f"{at}/{name}")


def _each(file: Rows) -> Iterator[tuple[str, str, Row]]:
    """Every row but the keys: where it stands, its kind, itself."""
    for where, listed in file.items():
        if (kind := where.rpartition("/")[2]) in KINDS:
            yield from ((f"{where}/{place}", kind, row) for place, row in enumerate(listed))


class _Owners:
    """Which company every row belongs to."""

    def __init__(self, file: Rows, beside: World) -> None:
        """
        Raises:
            Taken: an id names two rows.
        """
        self._beside = beside
        self._owners: dict[str, dict[str, str]] = {kind: {} for kind in KINDS}
        for at, kind, row in _each(file):
            if row["id"] in self._owners[kind] or _knows(beside, kind, row["id"]):
                raise Taken(f"{at}/id: {row['id']} names another row too")
            self._owners[kind][row["id"]] = row["id"] if kind == "companies" else row["companyId"]

    def check(self, kind: str, id: str, company_id: str, at: str) -> None:
        owner = self._owners[kind].get(id) or _owner(self._beside, kind, id)
        if owner is None:
            raise WorldFileError(f"{at}: {id} names nothing")
        if owner != company_id:
            raise WorldFileError(f"{at}: {id} belongs to another company")


def _table(world: World, kind: str) -> Any:
    store = world.store
    tables = {"jobs": store.jobs, "agents": store.agents, "candidates": store.candidates}
    return {**tables, "interviews": store.interviews, "phoneNumbers": store.phone_numbers}[kind]


def _knows(world: World, kind: str, id: str) -> bool:
    if kind == "companies":
        return id in world.store.companies
    return id in world.endpoints if kind == "webhooks" else bool(_table(world, kind).knows(id))


def _owner(world: World, kind: str, id: str) -> str | None:
    if kind == "companies":
        return id if id in world.store.companies else None
    row = _table(world, kind).get(id)
    return None if row is None else str(row.company_id)


def _references(row: Row) -> Iterator[tuple[str, str, str]]:
    """The ids that a row names: the field, the kind of the row that it names, the id."""
    if row.get("companyId") is not None:
        yield "companyId", "companies", row["companyId"]
    for name, kind in TARGETS.items():
        if row.get(name) is not None:
            yield name, kind, row[name]
    for id in row.get("jobIds", ()):
        yield "jobIds", "jobs", id


def _check_keys(keys: Sequence[Row], owners: _Owners, beside: World) -> None:
    """Keys and their ids are each key's own, their companies and networks exist."""
    taken = {"key": set(beside.keys), "id": {key.id for key in beside.keys.values()}}
    for place, row in enumerate(keys):
        at = f"/keys/{place}"
        for name, values in taken.items():
            if row[name] in values:
                raise Taken(f"{at}/{name}: another row has the same {name}")
            values.add(row[name])
        for company_id in _companies_of(row):
            owners.check("companies", company_id, company_id, at)
        _check_times(row, at)
        for number, network in enumerate(row.get("allowedIPs", ())):
            _parsed(rows.parse_network, network, f"{at}/allowedIPs/{number}")


def _companies_of(key: Row) -> Sequence[str]:
    return key["companyIds"] if key.get("ats", False) else (key["companyId"],)


def _check_webhooks(file: Rows, beside: World) -> None:
    """A webhook's key reaches the company that it is for, and its headers can be sent along."""
    reached = {key.id: set(key.company_ids) for key in beside.keys.values()}
    reached |= {row["id"]: set(_companies_of(row)) for row in file.get("/keys", ())}
    for place, row in enumerate(file.get("/webhooks", ())):
        refused = headers_refused([header["name"] for header in row.get("headers", ())])
        if refused is not None:
            raise WorldFileError(f"/webhooks/{place}{refused.at}: {refused.message}")
        key_id, company_id = row.get("apiKeyId"), row["companyId"]
        if key_id is None:
            continue
        if key_id not in reached or (company_id is not None and company_id not in reached[key_id]):
            raise WorldFileError(f"/webhooks/{place}/apiKeyId: no key of the webhook's company has this id")


def check_calls(interviews: Iterable[Row]) -> None:
    """The last call of an interview that is to go on by itself can go on."""
    for place, row in enumerate(interviews):
        calls = row.get("callAttempts", ())
        allowed = LIVE_CALLS.get(row.get("status", "SCHEDULED"))
        if calls and allowed is not None and calls[-1]["status"] not in allowed:
            at = f"/interviews/{place}/callAttempts/{len(calls) - 1}/status"
            raise WorldFileError(f"{at}: the interview goes on, so its last call is {' or '.join(allowed)}")


def _check_times(row: Row, at: str) -> None:
    """Dates and instants exist in the calendar."""
    for name in row.keys() & TIMES.keys():
        if row[name] is not None:
            _parsed(TIMES[name], row[name], f"{at}/{name}")
    for place, attempt in enumerate(row.get("callAttempts", ())):
        _check_times(attempt, f"{at}/callAttempts/{place}")


def _parsed(parse: Callable[[str], object], text: str, at: str) -> None:
    try:
        parse(text)
    except ValueError as error:
        raise WorldFileError(f"{at}: {error}") from None
