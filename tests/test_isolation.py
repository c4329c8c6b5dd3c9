"""A company sees nothing of another through any operation; operations and the places of ids come from the contract."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from mockserver import contract
from mockserver.contract import Operation, resolved
from tests.support import ACME, ATS, GLOBEX, NOW, PHONE, SCREENING, Mock, agent, candidate, company, demo

THEIRS = "Zarquon"  # stands in every text of Acme's
GLOBEX_ATS = "sk_test_ats_globex"  # an ATS key that manages Globex alone
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ID_FIELD = re.compile(r"(^i|I)ds?$")
TEXTS = frozenset({"name", "title", "description", "instructions", "firstName", "lastName", "benefits"})
KINDS: Mapping[str, str] = {
    "company": "companies",
    "phone-numbers": "phoneNumbers",
}  # where the folder says it otherwise
ALL_EVENTS = ["ping", "interview.started", "interview.completed", "interview.failed", "analysis.completed"]
OPERATIONS = contract.operations()

Place = tuple[str, ...]  # "path" or "query" and a name, or "body" and the way down


@dataclass(frozen=True)
class Asking:
    """A request that passes as it is."""

    path: str
    query: Mapping[str, str]
    body: Any = None


# --- the world: Acme has one of everything, and so has Globex


def marked(row: Mapping[str, Any]) -> dict[str, Any]:
    texts = {name: f"{THEIRS} {name}" for name in TEXTS & row.keys()}
    return {**row, **texts, "metadata": {"note": THEIRS}} if "firstName" in row else {**row, **texts}


def world_file() -> dict[str, Any]:
    file = demo()
    for kind in ("jobs", "agents", "candidates"):
        file[kind] = [marked(row) if row["companyId"] == company() else row for row in file[kind]]
    file["companies"][0] |= {"name": THEIRS, "description": THEIRS, "metadata": {"note": THEIRS}}
    file["keys"].append({"key": GLOBEX_ATS, "ats": True, "companyIds": [company(GLOBEX)], "scopes": ["*"]})
    return file


async def opened() -> Mock:
    """Each of the two with an interview that has its analysis and one that waits for a call; a webhook of each key."""
    mock = Mock(worlds=[world_file()], clock=NOW)
    for key, word in ((ACME, THEIRS), (GLOBEX, "Globex")):
        over = {"candidateId": candidate(1, key), "agentId": agent(SCREENING, key), "isTest": True}
        call = {"candidateId": candidate(1, key), "agentId": agent(PHONE, key), "scheduleTime": "2024-01-20T14:00:00Z"}
        for asked in (over, call):
            await made(mock, "/interviews", key, {**asked, "metadata": {"note": word}})
        await made(mock, "/webhooks", key, {"url": f"http://127.0.0.1:9/{word}", "name": word, "events": ALL_EVENTS})
    for key in (GLOBEX_ATS, ATS):
        own = {"companyId": company(GLOBEX)}
        await made(mock, "/webhooks", key, {"url": "http://127.0.0.1:9/ats", "events": ALL_EVENTS, **own})
    return mock


async def made(mock: Mock, path: str, key: str, asked: Mapping[str, Any]) -> None:
    response = await mock.call("POST", path, key, json=asked)
    assert response.status_code == 201, response.text


async def rows_of(mock: Mock, key: str, hooks_of: str | None = None) -> dict[str, list[Any]]:
    """All rows of a company, by kind; of webhooks, which are a key's own, those of that key (or else of the first)."""
    state, own = await mock.state(), company(key)
    of_key = {row["id"] for row in state["keys"] if row["key"] == (hooks_of or key)}
    kinds = {name: rows for name, rows in state.items() if isinstance(rows, list) and name not in ("timers", "events")}
    rows = {name: [row for row in rows if is_of(row, own)] for name, rows in kinds.items()}
    return {**rows, "webhooks": [row for row in state["webhooks"] if row.get("apiKeyId") in of_key]}


def is_of(row: Mapping[str, Any], company_id: str) -> bool:
    return company_id in (row.get("companyId"), row["id"])


def ids_in(value: object) -> list[str]:
    return sorted(set(UUID.findall(json.dumps(value))))


# --- the places of ids, and a request to put them in


def places_of(operation: Operation) -> Iterator[Place]:
    """Every place of a request that may hold an id."""
    for parameter in map(resolved, operation.spec.get("parameters", ())):
        if ID_FIELD.search(parameter["name"]):
            yield (parameter["in"], parameter["name"])
    if operation.body is not None:
        yield from (("body", *way) for way in ways_to_ids(operation.body))


def ways_to_ids(schema: Mapping[str, Any]) -> Iterator[Place]:
    schema = resolved(schema)
    for name, held in schema.get("properties", {}).items():
        if ID_FIELD.search(name):
            yield (name,)
        elif isinstance(held, Mapping):
            yield from ((name, *way) for way in ways_to_ids(held))
    for part in (part for word in ("allOf", "anyOf", "oneOf") for part in schema.get(word, ())):
        yield from ways_to_ids(part)


def has(value: Any, way: Sequence[str]) -> bool:
    return not way or (isinstance(value, Mapping) and way[0] in value and has(value[way[0]], way[1:]))


def examples_of(operation: Operation) -> list[Any]:
    """The contract's own requests, with Globex's ids for Acme's."""
    if operation.body is None:
        return [None]
    media = operation.spec["requestBody"]["content"]["application/json"]
    found = [resolved(example)["value"] for example in media["examples"].values()]
    return [json.loads(json.dumps(value).replace("11111111-0000", "22222222-0000")) for value in found]


def example_for(operation: Operation, way: Sequence[str]) -> Any:
    """The example that has this field, or else the object around it."""
    examples = examples_of(operation)
    fitting = [value for value in examples if has(value, way)] or [value for value in examples if has(value, way[:-1])]
    return (fitting or examples)[0]


def own_path(operation: Operation, rows: Mapping[str, Any]) -> str:
    """The path of an operation about something of Globex's."""
    if "{" not in operation.path:
        return operation.path
    folder = operation.path.split("/")[1]
    row = rows[KINDS.get(folder, folder)][0]
    if "/call-attempts" in operation.path:
        row = next(talk for talk in rows["interviews"] if talk.get("callAttempts"))
    attempt = row.get("callAttempts", [{"id": ""}])[0]["id"]
    return operation.path.replace("{id}", row["id"]).replace("{attemptId}", attempt)


def answered(operation: Operation) -> Any:
    """The schema of its good answer, if that is JSON, as far as its names."""
    good = next(response for status, response in operation.spec["responses"].items() if status.startswith("2"))
    schema = resolved(good).get("content", {}).get("application/json", {}).get("schema", {})
    parts = [resolved(part) for part in resolved(schema).get("allOf", ())]
    return [resolved(schema), *parts]


def own_query(operation: Operation, key: str) -> dict[str, str]:
    names = {resolved(parameter)["name"] for parameter in operation.spec.get("parameters", ())}
    return {"companyId": company(GLOBEX)} if "companyId" in names and key in (ATS, GLOBEX_ATS) else {}


def asking(operation: Operation, rows: Mapping[str, Any], key: str, way: Sequence[str] = ()) -> Asking:
    example = example_for(operation, way)
    return Asking(own_path(operation, rows), own_query(operation, key), with_times_ahead(example))


def with_times_ahead(value: Any) -> Any:
    text = re.sub(r'"2026-05-20T', '"2024-01-25T', json.dumps(value))
    return json.loads(text)


def put(asked: Asking, operation: Operation, place: Place, id: str) -> Asking:
    """The same request with that id in that place."""
    where, *way = place
    if where == "query":
        return Asking(asked.path, {**asked.query, way[0]: id}, asked.body)
    if where == "path":
        own = asked.path.split("/")[operation.path.split("/").index(f"{{{way[0]}}}")]
        return Asking(asked.path.replace(own, id), asked.query, asked.body)
    whole = deepcopy(asked.body)
    inner = whole
    for name in way[:-1]:
        inner = inner.setdefault(name, {})
    inner[way[-1]] = [id] if way[-1].endswith("Ids") else id
    return Asking(asked.path, asked.query, whole)


async def sent(mock: Mock, operation: Operation, asked: Asking, key: str) -> httpx2.Response:
    more = {} if asked.body is None else {"json": asked.body}
    return await mock.call(operation.method, asked.path, key, params=asked.query, **more)


def told_of_acme(response: httpx2.Response, secrets: Sequence[str], given: str) -> list[str]:
    """What an answer says of Acme's that the request did not say itself."""
    shown = response.content.decode("utf-8", "replace").lower() + str(response.headers).lower()
    return [secret for secret in (THEIRS.lower(), *secrets) if secret != given and secret in shown]


# --- the tests

KEYS = {"ordinary": GLOBEX, "ats": GLOBEX_ATS, "ats-of-both": ATS}
by_operation = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS.keys())
by_key = pytest.mark.parametrize("key", KEYS.values(), ids=KEYS.keys())


@pytest.mark.rule("COMPANY-OWN", "KEY-ATS", "WEBHOOK-OWNER")
@by_operation
@by_key
async def test_ids_of_another_company_open_nothing(operation: Operation, key: str) -> None:
    """Every id of Acme's in every place of every request: refused, or ignored where that is allowed; nothing told."""
    async with await opened() as mock:
        theirs, own = await rows_of(mock, ACME), await rows_of(mock, GLOBEX, key)
        ids = ids_in(theirs)
        for place in places_of(operation):
            if key == ATS and is_the_choice_of_a_company(operation, place):
                continue  # it manages both companies, and this is how it says which
            asked = asking(operation, own, key, place[1:] if place[0] == "body" else ())
            for id in ids:
                response = await sent(mock, operation, put(asked, operation, place, id), key)

                assert told_of_acme(response, ids, id) == [], (place, id)
                assert response.status_code in (400, 403, 404) or may_be_ignored(place, asked), (place, id)
        assert await rows_of(mock, ACME) == theirs
        assert set(ids_in(await rows_of(mock, GLOBEX, key))).isdisjoint(ids)


def is_the_choice_of_a_company(operation: Operation, place: Place) -> bool:
    return place[-1] == "companyId" or (operation.path.startswith("/company") and place[0] == "path")


def may_be_ignored(place: Place, asked: Asking) -> bool:
    """A filter that finds nothing, an ordinary key's `companyId`, a field that means nothing beside the others."""
    return place[0] == "query" or (place[0] == "body" and not has(asked.body, place[1:]))


OWN = [
    pytest.param(operation, key, way, id="-".join((name, operation.id, *way)))
    for operation in OPERATIONS.values()
    for name, key in KEYS.items()
    for way in [place[1:] for place in places_of(operation) if place[0] == "body"] or [()]
    if operation.id != "createCompany" or key != GLOBEX  # for ATS keys only
]


@pytest.mark.parametrize(("operation", "key", "way"), OWN)
async def test_the_same_request_about_ones_own_passes(operation: Operation, key: str, way: Place) -> None:
    """So it was the foreign ids that were refused above, each in a request that passes with the company's own."""
    async with await opened() as mock:
        asked = asking(operation, await rows_of(mock, GLOBEX, key), key, way)

        response = await sent(mock, operation, asked, key)

        assert response.status_code in (200, 201, 204), (asked, response.text)
        told = told_of_acme(response, ids_in(await rows_of(mock, ACME)), "")
        assert told == [] or (key == ATS and operation.id == "listCompanies")


LISTS = [operation for operation in OPERATIONS.values() if "totalPages" in json.dumps(answered(operation))]


@pytest.mark.rule("PAGINATION", "COMPANY-OWN")
@pytest.mark.parametrize("operation", LISTS, ids=[operation.id for operation in LISTS])
@pytest.mark.parametrize("key", [GLOBEX, GLOBEX_ATS], ids=["ordinary", "ats"])
async def test_a_list_holds_all_of_ones_own_and_nothing_else(operation: Operation, key: str) -> None:
    """Also when it is asked with another company's id, which an ordinary key's `companyId` may hold."""
    async with await opened() as mock:
        rows, theirs = await rows_of(mock, GLOBEX, key), ids_in(await rows_of(mock, ACME))
        asked = asking(operation, rows, key)
        queries = [asked.query] if key == GLOBEX_ATS else [asked.query, {"companyId": company()}]
        for query in queries:
            page = (await sent(mock, operation, Asking(asked.path, {**query, "limit": "100"}), key)).json()

            filtered = operation.id == "listWebhooks" and query.get("companyId") == company()
            assert (page["total"] == len(page["data"]) > 0) or filtered
            assert set(ids_in(page)).isdisjoint(theirs)
            if operation.path.count("/") == 1 and not filtered:
                kind = KINDS.get(operation.path[1:], operation.path[1:])
                assert [row["id"] for row in page["data"]] == [row["id"] for row in rows[kind]]


ONE_NEEDED = [
    operation.id
    for operation in OPERATIONS.values()
    if {"$ref": "#/components/parameters/companyId"} in operation.spec.get("parameters", ())
]


@pytest.mark.rule("KEY-ATS")
@by_operation
async def test_an_ats_key_asks_for_a_company_that_it_manages(operation: Operation) -> None:
    """Every operation has `companyId`: a foreign one is refused, and none as well where it has to be given."""
    async with await opened() as mock:
        asked = asking(operation, await rows_of(mock, GLOBEX), GLOBEX)
        foreign = Asking(asked.path, {"companyId": company()}, asked.body)

        assert ("query", "companyId") in places_of(operation)
        await mock.refused(sent(mock, operation, foreign, GLOBEX_ATS), 403, "KEY-ATS")
        if operation.id in ONE_NEEDED:
            await mock.refused(sent(mock, operation, asked, GLOBEX_ATS), 400, "KEY-ATS")


async def test_webhooks_hear_of_their_own_company_alone() -> None:
    """Interviews of both companies run to their end, and what was sent to each says nothing of the other."""
    async with await opened() as mock:
        theirs = ids_in(await rows_of(mock, ACME))
        await mock.advance()
        deliveries = (await mock.control.get(f"/worlds/{mock.world.id}/deliveries")).json()
        ours = [json.dumps(row) for row in deliveries if THEIRS not in row["url"]]

        assert len(ours) > 3
        assert not [row for row in ours if THEIRS in row or not set(ids_in(row)).isdisjoint(theirs)]
