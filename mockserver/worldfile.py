"""A world file → a seed: held against its JSON Schema, its references checked, what it leaves out made up."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import jsonschema_rs

from mockserver import rows
from mockserver.clock import clock_from, parse_instant
from mockserver.errors import WorldFileError
from mockserver.ids import Ids
from mockserver.jsontext import BadJson, decode, pointer_of
from mockserver.models import CallAttempt, Company, Interview
from mockserver.paths import CONTRACTS
from mockserver.readings import DEFAULTS, Readings
from mockserver.shapes import worded
from mockserver.signing import secret_for
from mockserver.world import Seed

KINDS = ("companies", "phoneNumbers", "jobs", "agents", "candidates", "interviews", "webhooks")
TIMES: Mapping[str, Callable[[str], object]] = {
    "gdprExpiryDate": date.fromisoformat,
    **dict.fromkeys(("createdAt", "updatedAt", "scheduledAt", "finishedDate", "calledAt"), parse_instant),
    **dict.fromkeys(("expiresAt", "suspendedAt"), parse_instant),
}
LIVE_CALLS = {"SCHEDULED": ("SCHEDULED",), "IN_PROGRESS": ("SCHEDULED", "IN_PROGRESS")}
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
        raise WorldFileError(f"{pointer_of(list(error.instance_path)) or '/'}: {worded(error, schema())}")
    assert isinstance(value, dict)
    file = _with_ids(value)
    _check_references(file)
    _check_times(file)
    _check_calls(file)
    return _seed_of(file, readings.changed(file.get("readings", {})), default_name)


def _with_ids(value: dict[str, Any]) -> dict[str, Any]:
    """The file with every id in lower case, and one made from the seed where a row has none."""
    ids = Ids(f"world/{value.get('seed', 0)}")
    file = dict(value)
    for kind in KINDS:
        file[kind] = [_lowered({"id": ids.next(kind), **row}) for row in value.get(kind, ())]
    for row in file["interviews"]:
        if "callAttempts" in row:
            row["callAttempts"] = [_lowered({"id": ids.next("attempt"), **attempt}) for attempt in row["callAttempts"]]
    file["keys"] = [_lowered({"id": ids.next("keys"), **row}) for row in value["keys"]]
    return file


def _lowered(row: dict[str, Any]) -> dict[str, Any]:
    lowered = {name: value.lower() for name, value in row.items() if _names_one(name) and isinstance(value, str)}
    several = {name: [id.lower() for id in value] for name, value in row.items() if name in ("jobIds", "companyIds")}
    return row | lowered | several


def _names_one(name: str) -> bool:
    return name in ("id", "companyId", "candidateId", "agentId", "jobId", "companyPhoneNumberId", "apiKeyId")


def _check_references(file: Mapping[str, Any]) -> None:
    """Ids name one row each, and a row names only rows of its own company."""
    owners: dict[str, dict[str, str]] = {}
    for kind in KINDS:
        owners[kind] = {}
        for place, row in enumerate(file[kind]):
            if row["id"] in owners[kind]:
                raise WorldFileError(f"/{kind}/{place}/id: {row['id']} names another row too")
            owners[kind][row["id"]] = row["id"] if kind == "companies" else row["companyId"]
    _check_keys(file, owners["companies"])
    for kind in KINDS[1:]:
        for place, row in enumerate(file[kind]):
            for name, target, id in _references(row):
                _check_named(owners[target], id, row["companyId"], f"/{kind}/{place}/{name}")


def _check_keys(file: Mapping[str, Any], companies: Mapping[str, str]) -> None:
    """Keys and their ids are each key's own, and a webhook's key reaches its company."""
    taken: dict[str, Any] = {"key": set(), "id": set()}
    reached = set()
    for place, row in enumerate(file["keys"]):
        for name, values in taken.items():
            if row[name] in values:
                raise WorldFileError(f"/keys/{place}/{name}: another row has the same {name}")
            values.add(row[name])
        for company_id in row.get("companyIds", [row.get("companyId")]):
            _check_named(companies, company_id, company_id, f"/keys/{place}")
            reached.add((row["id"], company_id))
    for place, row in enumerate(file["webhooks"]):
        if "apiKeyId" in row and (row["apiKeyId"], row["companyId"]) not in reached:
            raise WorldFileError(f"/webhooks/{place}/apiKeyId: no key of the webhook's company has this id")


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


def _check_calls(file: Mapping[str, Any]) -> None:
    """The last call of an interview that is to go on can itself go on."""
    for place, row in enumerate(file["interviews"]):
        calls = row.get("callAttempts", ())
        allowed = LIVE_CALLS.get(row.get("status", "SCHEDULED"))
        if calls and allowed is not None and calls[-1]["status"] not in allowed:
            at = f"/interviews/{place}/callAttempts/{len(calls) - 1}/status"
            raise WorldFileError(f"{at}: the interview goes on, so its last call is {' or '.join(allowed)}")


def _check_times(file: Mapping[str, Any]) -> None:
    """Dates and instants exist in the calendar, which the schema cannot say."""
    _check(clock_from, file.get("clock", "real"), "/clock")
    for kind in (*KINDS, "keys"):
        for place, row in enumerate(file[kind]):
            _check_row_times(row, f"/{kind}/{place}")
    for place, row in enumerate(file["keys"]):
        for number, network in enumerate(row.get("allowedIPs", ())):
            _check(rows.parse_network, network, f"/keys/{place}/allowedIPs/{number}")


def _check_row_times(row: Mapping[str, Any], at: str) -> None:
    for name in row.keys() & TIMES.keys():
        _check(TIMES[name], row[name], f"{at}/{name}")
    for place, attempt in enumerate(row.get("callAttempts", ())):
        _check_row_times(attempt, f"{at}/callAttempts/{place}")


def _check(parse: Callable[[str], object], text: str, at: str) -> None:
    try:
        parse(text)
    except ValueError as error:
        raise WorldFileError(f"{at}: {error}") from None


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
    return tuple(parse(row) for row in file[kind])


def _endpoint(row: Mapping[str, Any]) -> Any:
    """A webhook without a secret gets one that its id decides, so that it is the same in every run."""
    return rows.endpoint_of({"signingSecret": secret_for(row["id"]), **row})


def _interview(file: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], Interview]:
    agents = {row["id"]: row for row in file["agents"]}
    companies = {row["id"]: rows.company_of(row) for row in file["companies"]}

    def parse(row: Mapping[str, Any]) -> Interview:
        agent = agents[row["agentId"]]
        interview = rows.interview_of(row, _attempts(row, agent["type"]))
        lives = interview.status in ("SCHEDULED", "IN_PROGRESS") and not interview.is_test
        held = companies[interview.company_id].minutes_held_for(agent["duration"]) if lives else 0
        return replace(interview, reserved_minutes=held)

    return parse


def _attempts(row: Mapping[str, Any], agent_type: str) -> tuple[CallAttempt, ...] | None:
    if agent_type != "PHONE":
        return None
    return tuple(rows.call_attempt_of(attempt) for attempt in row.get("callAttempts", ()))


def _reserving(company: Company, interviews: tuple[Interview, ...]) -> Company:
    """The company with the minutes held that its living interviews will need."""
    reserved = sum(interview.reserved_minutes for interview in interviews if interview.company_id == company.id)
    return replace(company, minutes_reserved=reserved)
