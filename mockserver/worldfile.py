"""A world file → a seed: held against its JSON Schema, its references checked, what it leaves out made up."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import jsonschema_rs

from mockserver import rows
from mockserver.clock import clock_from
from mockserver.errors import WorldFileError
from mockserver.ids import Ids
from mockserver.jsontext import BadJson, decode, pointer_of
from mockserver.models import CallAttempt, Company, Interview
from mockserver.paths import CONTRACTS
from mockserver.readings import DEFAULTS, Readings
from mockserver.world import Seed

KINDS = ("companies", "phoneNumbers", "jobs", "agents", "candidates", "interviews", "webhooks")
T = TypeVar("T")


@cache
def schema() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((CONTRACTS / "world.schema.json").read_text(encoding="utf-8"))
    return loaded


@cache
def _validator() -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(schema())


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
    for error in _validator().iter_errors(value):
        raise WorldFileError(f"{pointer_of(list(error.instance_path)) or '/'}: {error.message}")
    assert isinstance(value, dict)
    file = _with_ids(value)
    _check_references(file)
    try:
        clock_from(file.get("clock", "real"))
        return _seed_of(file, readings.changed(file.get("readings", {})), default_name)
    except ValueError as error:
        raise WorldFileError(str(error)) from None


def _with_ids(value: dict[str, Any]) -> dict[str, Any]:
    """The file with every id in lower case, and one made from the seed where a row has none."""
    ids = Ids(f"world/{value.get('seed', 0)}")
    file = dict(value)
    for kind in KINDS:
        file[kind] = [_lowered({"id": ids.next(kind), **row}) for row in value.get(kind, ())]
    file["keys"] = [_lowered(row) for row in value["keys"]]
    return file


def _lowered(row: dict[str, Any]) -> dict[str, Any]:
    lowered = {name: value.lower() for name, value in row.items() if _names_one(name) and isinstance(value, str)}
    several = {name: [id.lower() for id in value] for name, value in row.items() if name in ("jobIds", "companyIds")}
    return row | lowered | several


def _names_one(name: str) -> bool:
    return name in ("id", "companyId", "candidateId", "agentId", "jobId", "companyPhoneNumberId")


def _check_references(file: Mapping[str, Any]) -> None:
    """Ids name one row each, and a row names only rows of its own company."""
    owners: dict[str, dict[str, str]] = {}
    for kind in KINDS:
        owners[kind] = {}
        for place, row in enumerate(file[kind]):
            if row["id"] in owners[kind]:
                raise WorldFileError(f"/{kind}/{place}/id: {row['id']} names another row too")
            owners[kind][row["id"]] = row["id"] if kind == "companies" else row["companyId"]
    for place, row in enumerate(file["keys"]):
        for company_id in row.get("companyIds", [row.get("companyId")]):
            _check_named(owners["companies"], company_id, company_id, f"/keys/{place}")
    for kind in KINDS[1:]:
        for place, row in enumerate(file[kind]):
            for name, target, id in _references(row):
                _check_named(owners[target], id, row["companyId"], f"/{kind}/{place}/{name}")


def _references(row: Mapping[str, Any]) -> Iterable[tuple[str, str, str]]:
    yield "companyId", "companies", row["companyId"]
    for name, target in (("candidateId", "candidates"), ("agentId", "agents"), ("jobId", "jobs")):
        if row.get(name) is not None:
            yield name, target, row[name]
    if row.get("companyPhoneNumberId") is not None:
        yield "companyPhoneNumberId", "phoneNumbers", row["companyPhoneNumberId"]
    for id in row.get("jobIds", ()):
        yield "jobIds", "jobs", id


def _check_named(owners: Mapping[str, str], id: str, company_id: str, at: str) -> None:
    if id not in owners:
        raise WorldFileError(f"{at}: {id} names nothing in this file")
    if owners[id] != company_id:
        raise WorldFileError(f"{at}: {id} belongs to another company")


def _seed_of(file: Mapping[str, Any], readings: Readings, default_name: str | None) -> Seed:
    interviews = _each(file, "interviews", _interview(file))
    return Seed(
        name=file.get("name", default_name),
        number=file.get("seed"),
        clock=file.get("clock", "real"),
        readings=readings,
        companies=tuple(_reserving(company, interviews) for company in _each(file, "companies", rows.company_of)),
        keys=_each(file, "keys", rows.key_of),
        phone_numbers=_each(file, "phoneNumbers", rows.phone_number_of),
        jobs=_each(file, "jobs", rows.job_of),
        agents=_each(file, "agents", rows.agent_of),
        candidates=_each(file, "candidates", rows.candidate_of),
        interviews=interviews,
        endpoints=_each(file, "webhooks", _endpoint),
    )


def _each(file: Mapping[str, Any], kind: str, parse: Callable[[Mapping[str, Any]], T]) -> tuple[T, ...]:
    parsed = []
    for place, row in enumerate(file[kind]):
        try:
            parsed.append(parse(row))
        except ValueError as error:
            raise WorldFileError(f"/{kind}/{place}: {error}") from None
    return tuple(parsed)


def _endpoint(row: Mapping[str, Any]) -> Any:
    """A webhook without a secret gets one that its id decides, so that it is the same in every run."""
    secret = sha256(f"secret/{row['id']}".encode()).hexdigest()
    return rows.endpoint_of({"signingSecret": secret, **row})


def _interview(file: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], Interview]:
    agents = {row["id"]: row for row in file["agents"]}

    def parse(row: Mapping[str, Any]) -> Interview:
        agent = agents[row["agentId"]]
        interview = rows.interview_of(row, _attempts(row, agent["type"]))
        lives = interview.status in ("SCHEDULED", "IN_PROGRESS") and not interview.is_test
        return replace(interview, reserved_minutes=agent["duration"]) if lives else interview

    return parse


def _attempts(row: Mapping[str, Any], agent_type: str) -> tuple[CallAttempt, ...] | None:
    if agent_type != "PHONE":
        return None
    return tuple(rows.call_attempt_of(attempt) for attempt in row.get("callAttempts", ()))


def _reserving(company: Company, interviews: tuple[Interview, ...]) -> Company:
    """The company with the minutes held that its living interviews will need."""
    reserved = sum(interview.reserved_minutes for interview in interviews if interview.company_id == company.id)
    return replace(company, minutes_reserved=reserved)
