"""A world file → a seed: held against its JSON Schema, its references checked, what it leaves out made up."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from mockserver import references, rows
from mockserver.clock import clock_from
from mockserver.errors import WorldFileError
from mockserver.ids import Ids
from mockserver.jsontext import BadJson, decode
from mockserver.models import Agent, CallAttempt, Company, Interview
from mockserver.paths import CONTRACTS
from mockserver.readings import DEFAULTS, Readings
from mockserver.references import KINDS, NOTHING
from mockserver.shapes import Form
from mockserver.signing import secret_for
from mockserver.wire.instants import render_exact
from mockserver.world import Seed, World

NAMES = ("id", "companyId", "candidateId", "agentId", "jobId", "companyPhoneNumberId", "apiKeyId")
T = TypeVar("T")


@cache
def schema() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((CONTRACTS / "world.schema.json").read_text(encoding="utf-8"))
    return loaded


@cache
def _of_world() -> Form:
    return Form(schema())


@cache
def _of_rows() -> Form:
    """Rows of a world file, and nothing else of it."""
    kinds = {kind: schema()["properties"][kind] for kind in (*KINDS, "keys")}
    return Form({**schema(), "required": [], "properties": kinds})


def check_form(value: object, form: Form) -> None:
    """
    Args:
        form: of the schema of world files, or of a part of it.

    Raises:
        WorldFileError: with the path of the first mistake.
    """
    if (mistake := form.mistake_in(value)) is not None:
        raise WorldFileError(": ".join(mistake))


def read_world_file(path: Path, readings: Readings = DEFAULTS) -> Seed:
    """
    Raises:
        WorldFileError: it cannot be read, or it is wrong; the message names the file and the path of the mistake.
    """
    try:
        return parse_world(decode(path.read_bytes()), readings, default_name=path.stem)
    except (OSError, BadJson) as error:
        raise WorldFileError(f"{path}: {getattr(error, 'strerror', None) or error}") from None
    except WorldFileError as error:
        raise WorldFileError(f"{path}: {error}") from None


def parse_world(value: object, readings: Readings = DEFAULTS, default_name: str | None = None) -> Seed:
    """
    Args:
        value: a world file's JSON.
        readings: those that hold where the file says nothing.

    Raises:
        WorldFileError: it is wrong; nothing of it is kept.
    """
    check_form(value, _of_world())
    assert isinstance(value, dict)
    clock, number = value.get("clock", "real"), value.get("seed")
    try:
        clock_from(clock)
    except ValueError as error:
        raise WorldFileError(f"/clock: {error}") from None
    return replace(
        _seed_of(_completed(value, Ids(f"world/{value.get('seed', 0)}")), NOTHING),
        name=value.get("name", default_name),
        number=None if number is None else int(number),
        clock=clock,
        readings=readings.changed(value.get("readings", {})),
    )


def parse_rows(value: object, world: World, ids: Ids, now: datetime) -> Seed:
    """
    Args:
        value: rows of a world file's kinds, for a world that is there: they may name its rows. What does not say when
            it was made is made `now`.
        ids: where those come from that are left out.

    Raises:
        Taken: an id or a key is that of another row.
        WorldFileError: they are wrong.
    """
    check_form(value, _of_rows())
    assert isinstance(value, dict)
    made = {"createdAt": render_exact(now)}
    dated = {kind: [{**made, **row} for row in value.get(kind, ())] for kind in KINDS}
    return _seed_of(_completed({**dated, "keys": value.get("keys", ())}, ids), world)


def _completed(value: Mapping[str, Any], ids: Ids) -> dict[str, list[dict[str, Any]]]:
    """The rows with every id in lower case, and one made where a row has none."""

    def named(kind: str, row: Mapping[str, Any]) -> dict[str, Any]:
        calls = {name: [named("attempt", call) for call in row[name]] for name in ("callAttempts",) if name in row}
        return lowered({"id": ids.next(kind), **row, **calls})

    return {kind: [named(kind, row) for row in value.get(kind, ())] for kind in (*KINDS, "keys")}


def lowered(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with its ids in lower case, and those of its calls."""
    one = {name: value.lower() for name in NAMES if isinstance(value := row.get(name), str)}
    several = {name: [id.lower() for id in row[name]] for name in ("jobIds", "companyIds") if name in row}
    calls = {name: [lowered(call) for call in row[name]] for name in ("callAttempts",) if name in row}
    return {**row, **one, **several, **calls}


def _seed_of(file: Mapping[str, list[dict[str, Any]]], beside: World) -> Seed:
    """
    Raises:
        WorldFileError: a row does not go with the others, or with those that stand beside them.
    """
    references.check({f"/{kind}": listed for kind, listed in file.items()}, beside)
    references.check_calls(file["interviews"])
    companies, agents = _each(file, "companies", rows.company_of), _each(file, "agents", rows.agent_of)
    interviews = _each(file, "interviews", _interview(companies, agents, beside))
    return Seed(
        companies=_reserving(companies, interviews),
        keys=_each(file, "keys", rows.key_of),
        phone_numbers=_each(file, "phoneNumbers", rows.phone_number_of),
        jobs=_each(file, "jobs", rows.job_of),
        agents=agents,
        candidates=_each(file, "candidates", rows.candidate_of),
        interviews=interviews,
        endpoints=_each(file, "webhooks", _endpoint),
    )


def _each(file: Mapping[str, Any], kind: str, parse: Callable[[Mapping[str, Any]], T]) -> tuple[T, ...]:
    return tuple(parse(row) for row in file[kind])


def _endpoint(row: Mapping[str, Any]) -> Any:
    """A webhook without a secret gets one that its id decides, so that it is the same in every run."""
    return rows.endpoint_of({"signingSecret": secret_for(row["id"]), **row})


def _interview(
    companies: tuple[Company, ...], agents: tuple[Agent, ...], beside: World
) -> Callable[[Mapping[str, Any]], Interview]:
    owners, talkers = {row.id: row for row in companies}, {row.id: row for row in agents}

    def parse(row: Mapping[str, Any]) -> Interview:
        agent = talkers.get(row["agentId"]) or beside.store.agents[row["agentId"]]
        company = owners.get(row["companyId"]) or beside.store.companies[row["companyId"]]
        interview = rows.interview_of(row, _attempts(row, agent.type))
        lives = interview.status in ("SCHEDULED", "IN_PROGRESS") and not interview.is_test
        agreed = int(row.get("reservedMinutes", agent.duration_minutes))
        return replace(interview, reserved_minutes=company.minutes_held_for(agreed) if lives else 0)

    return parse


def _attempts(row: Mapping[str, Any], agent_type: str) -> tuple[CallAttempt, ...] | None:
    return rows.call_attempts_of({"callAttempts": [], **row}) if agent_type == "PHONE" else None


def _reserving(companies: tuple[Company, ...], interviews: tuple[Interview, ...]) -> tuple[Company, ...]:
    """The companies with the minutes held that their living interviews will need."""
    held: Counter[str] = Counter()
    for interview in interviews:
        held[interview.company_id] += interview.reserved_minutes
    return tuple(replace(company, minutes_reserved=held[company.id]) for company in companies)
