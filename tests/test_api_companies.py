"""Companies: whose they are, how an ATS key makes them, how they change, what goes with them."""

from typing import Any

import httpx2
import pytest

from tests.support import (
    ACME,
    ATS,
    GLOBEX,
    INITECH,
    INLINE_AGENT,
    INLINE_CANDIDATE,
    INLINE_JOB,
    MISSING,
    NOW,
    NOWHERE,
    READONLY,
    Mock,
    agent,
    body,
    candidate,
    company,
    demo,
    job,
)

PATHS = ["/company", "/companies"]
NEW = {
    "name": "Hooli",
    "description": "Search and more",
    "ownerEmail": "gavin@example.com",
    "metadata": {"plan": "trial"},
}


async def made(mock: Mock, json: Any = None) -> Any:
    response = await mock.call("POST", "/company", ATS, json=NEW if json is None else json)
    assert response.status_code == 201, response.text
    return response.json()


async def update(mock: Mock, json: Any, key: str = ACME, id: str | None = None) -> httpx2.Response:
    return await mock.call("PATCH", f"/company/{id or company()}", key, json=json)


def names(response: httpx2.Response) -> list[str]:
    return [row["name"] for row in response.json()["data"]]


# --- reading

SEEN = [(ACME, ["Acme"]), (INITECH, ["Initech"]), (READONLY, ["Acme"]), (ATS, ["Acme", "Globex"])]


@pytest.mark.rule("PAGINATION", "KEY-ATS")
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(("key", "expected"), SEEN)
async def test_a_key_lists_the_companies_that_it_speaks_for(
    mock: Mock, path: str, key: str, expected: list[str]
) -> None:
    """An ordinary key its one, an ATS key those that it manages, without saying for which it asks."""
    response = await mock.call("GET", path, key)

    assert names(response) == expected
    assert response.json()["total"] == len(expected)


@pytest.mark.rule("PAGINATION", "QUERY-SHAPE")
async def test_the_list_comes_in_pages(mock: Mock) -> None:
    """Oldest first; a page that is no number is refused."""
    await made(mock)

    response = await mock.call("GET", "/company", ATS, params={"page": 2, "limit": 2})

    assert names(response) == ["Hooli"]
    assert {**response.json(), "data": []} == {"data": [], "total": 3, "page": 2, "limit": 2, "totalPages": 2}
    await mock.refused(mock.call("GET", "/company", ATS, params={"limit": 0}), 400, "QUERY-SHAPE")


CHOSEN = [
    pytest.param(f"companyId={company()}", 200, id="its own"),
    pytest.param(f"companyId={company().upper()}", 200, id="its own, in capitals"),
    pytest.param(f"companyId={company(INITECH)}", 403, id="another company"),
    pytest.param(f"companyId={NOWHERE}", 403, id="no company"),
    pytest.param("companyId=acme", 403, id="no id"),
    pytest.param("companyId=", 400, id="an empty one"),
    pytest.param(f"companyId={company()}&companyId={company()}", 400, id="given twice"),
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("key", [ACME, READONLY, ATS])
async def test_a_company_is_read_by_its_id(mock: Mock, path: str, key: str) -> None:
    """What was never given is left out; ids are taken in any case, and no `companyId` is needed beside the path."""
    response = await mock.call("GET", f"{path}/{company().upper()}", key)

    instants = {"createdAt": "2020-01-01T00:00:00Z", "updatedAt": "2020-01-01T00:00:00Z"}
    assert response.json() == {"id": company(), "name": "Acme", **instants}


@pytest.mark.rule("KEY-ATS")
@pytest.mark.parametrize(("query", "status"), CHOSEN)
async def test_a_company_that_an_ats_key_names_is_one_of_its_own(mock: Mock, query: str, status: int) -> None:
    """It need name none here, but what it names is judged as everywhere; an ordinary key's word is not looked at."""
    at = f"/company/{company()}"
    calls = [("GET", "/company"), ("POST", "/company"), ("GET", at), ("PATCH", at)]
    for method, path in calls:
        given = {"json": NEW} if method in ("POST", "PATCH") else {}
        if status < 400:
            assert (await mock.call(method, f"{path}?{query}", ATS, **given)).status_code < 300
        else:
            await mock.refused(mock.call(method, f"{path}?{query}", ATS, **given), status, "KEY-ATS")
    if status >= 400:
        await mock.refused(mock.call("DELETE", f"{at}?{query}", ATS), status, "KEY-ATS")

    assert (await mock.call("GET", f"/company?{query}", ACME)).status_code == 200


async def test_a_world_file_describes_its_companies() -> None:
    """All that the API answers can be given."""
    row = {"id": company(), "minutes": 5, "createdAt": NOW, "updatedAt": NOW, **NEW}
    world = {"companies": [row], "keys": [{"key": ACME, "companyId": company()}]}
    async with Mock(worlds=[world]) as mock:
        response = await mock.call("GET", f"/company/{company()}")
        state = await mock.state()

    assert response.json() == {"id": company(), "createdAt": NOW, "updatedAt": NOW, **NEW}
    instants = dict.fromkeys(("createdAt", "updatedAt"), "2024-01-16T10:30:00.000Z")
    minutes = {"limit": 5, "used": 0, "reserved": 0, "left": 5}
    assert state["companies"] == [{"id": company(), **NEW, **instants, "minutes": minutes, "billingSystem": "minutes"}]


METHODS = [("GET", None), ("PATCH", {"name": "Other"}), ("DELETE", None)]
STRANGERS = [
    # key       id                  status rule              why
    (ACME, company(GLOBEX), 403, "COMPANY-OWN", "another company, ordinary key"),
    (ATS, company(INITECH), 403, "COMPANY-OWN", "not managed by the ATS key"),
    (ACME, NOWHERE, 404, "COMPANY-EXISTS", "no company"),
    (ATS, NOWHERE, 404, "COMPANY-EXISTS", "no company, ATS key"),
    (ACME, "acme", 400, "ID-FORMAT", "no id"),
    ("sk_unknown", company(), 401, "AUTH-KEY", "no key"),
]


@pytest.mark.rule("COMPANY-OWN", "COMPANY-EXISTS", "ID-FORMAT", "AUTH-KEY")
@pytest.mark.parametrize(("method", "json"), METHODS, ids=[each[0] for each in METHODS])
@pytest.mark.parametrize(("key", "id", "status", "rule"), [row[:4] for row in STRANGERS], ids=[r[4] for r in STRANGERS])
async def test_a_key_reaches_its_own_companies_only(
    mock: Mock, method: str, json: Any, key: str, id: str, status: int, rule: str
) -> None:
    """Reading, changing and deleting alike; nothing leaks."""
    response = await mock.refused(mock.call(method, f"/company/{id}", key, json=json), status, rule)

    assert "Globex" not in response.text
    assert "Initech" not in response.text


@pytest.mark.rule("AUTH-SCOPE")
async def test_companies_have_two_scopes() -> None:
    """read:companies to read, write:companies for the rest, deleting included."""
    keys = [
        {"key": "reads", "companyId": company(), "scopes": ["read:companies"]},
        {"key": "writes", "companyId": company(), "scopes": ["write:companies"]},
    ]
    async with Mock(worlds=[demo(keys=keys)]) as mock:
        path = f"/company/{company()}"

        await mock.refused(mock.call("GET", "/company", "writes"), 403, "AUTH-SCOPE")
        await mock.refused(mock.call("GET", path, "writes"), 403, "AUTH-SCOPE")
        await mock.refused(mock.call("POST", "/company", "reads", json=NEW), 403, "AUTH-SCOPE")
        await mock.refused(mock.call("PATCH", path, "reads", json={}), 403, "AUTH-SCOPE")
        await mock.refused(mock.call("DELETE", path, "reads"), 403, "AUTH-SCOPE")
        assert (await mock.call("GET", path, "reads")).status_code == 200
        assert (await mock.call("DELETE", path, "writes")).status_code == 200


# --- creating


@pytest.mark.parametrize("path", PATHS)
async def test_an_ats_key_makes_a_company(mock: Mock, path: str) -> None:
    """All fields come back; the key manages the new company, and others do not see it."""
    response = await mock.call("POST", path, ATS, json=NEW)

    assert response.status_code == 201
    answered = response.json()
    assert answered == {"id": answered["id"], "createdAt": NOW, "updatedAt": NOW, **NEW}
    assert (await mock.call("GET", f"/company/{answered['id']}", ATS)).json() == answered
    await mock.refused(mock.call("GET", f"/company/{answered['id']}", GLOBEX), 403, "COMPANY-OWN")


async def test_a_new_company_can_hold_interviews_at_once(mock: Mock) -> None:
    """The ATS key names it by companyId; it has minutes to use."""
    id = (await made(mock, {"name": "Hooli"}))["id"]
    inline = {"candidate": INLINE_CANDIDATE, "agent": INLINE_AGENT, "job": INLINE_JOB}

    response = await mock.create(body(candidateId=MISSING, agentId=MISSING, **inline), ATS, params={"companyId": id})

    assert response.status_code == 201
    minutes = next(row["minutes"] for row in (await mock.state())["companies"] if row["id"] == id)
    assert minutes == {"limit": 500, "used": 0, "reserved": 30, "left": 470}


@pytest.mark.rule("ATS-ONLY")
async def test_an_ordinary_key_makes_no_company(mock: Mock) -> None:
    """Refused before its body is looked at."""
    response = await mock.refused(mock.call("POST", "/company", ACME, json={}), 403, "ATS-ONLY")

    assert response.json()["error"] == "Forbidden"


async def test_the_envelope_names_what_an_ordinary_key_lacks(mock: Mock) -> None:
    """The guides' code for a key that may not."""
    await mock.readings(wire="envelope")

    response = await mock.call("POST", "/company", ACME, json=NEW)

    assert response.json()["error"]["code"] == "INSUFFICIENT_PERMISSIONS"


async def test_a_reset_takes_new_companies_away(mock: Mock) -> None:
    """The ATS key manages those of the seed again."""
    await made(mock)

    await mock.control.post(f"/worlds/{mock.world.id}/reset")

    assert names(await mock.call("GET", "/company", ATS)) == ["Acme", "Globex"]


LONG_EMAIL = f"{'a' * 64}@{'b' * 60}.{'c' * 60}.{'d' * 60}.example"
FIELDS: list[tuple[dict[str, Any], list[str], str]] = [
    # changes                                       rules              why
    ({"name": "H"}, ["COMPANY-SHAPE"], "a name of one letter"),
    ({"name": "HP"}, [], "a name of two"),
    ({"name": "H" * 100}, [], "a name of 100"),
    ({"name": "H" * 101}, ["COMPANY-SHAPE"], "a name of 101"),
    ({"name": 7}, ["FIELD-TYPE"], "a number for a name"),
    ({"description": ""}, ["COMPANY-SHAPE"], "an empty description"),
    ({"description": "x" * 1000}, [], "a description of 1000"),
    ({"description": "x" * 1001}, ["COMPANY-SHAPE"], "a description of 1001"),
    ({"ownerEmail": "gavin"}, ["COMPANY-SHAPE"], "no address"),
    ({"ownerEmail": f"{LONG_EMAIL}.org"[-254:]}, [], "a long address"),
    ({"ownerEmail": f"{LONG_EMAIL}.{'e' * 40}"}, ["COMPANY-SHAPE"], "an address that is too long"),
    ({"metadata": []}, ["FIELD-TYPE"], "metadata that are a list"),
    ({"metadata": {"a": "x" * 10_241}}, ["METADATA-SIZE"], "metadata that are too large"),
    ({"metadata": {"a": {"b": {"c": {"d": 1}}}}}, [], "metadata of four levels"),
    ({"metadata": {"a": {"b": {"c": {"d": {"e": {}}}}}}}, ["METADATA-DEPTH"], "metadata of six"),
    ({"metadata": {str(n): n for n in range(51)}}, ["METADATA-KEYS"], "metadata with 51 keys"),
    ({"description": None, "ownerEmail": None, "metadata": None}, [], "nulls"),
    ({"name": "H", "ownerEmail": "gavin", "metadata": 1}, ["FIELD-TYPE", "COMPANY-SHAPE"], "several at once"),
]


@pytest.mark.rule("COMPANY-SHAPE", "METADATA-SIZE", "METADATA-DEPTH", "METADATA-KEYS", "FIELD-TYPE", "NULLS")
@pytest.mark.parametrize(("changes", "rules"), [row[:2] for row in FIELDS], ids=[row[2] for row in FIELDS])
async def test_fields_keep_their_limits(mock: Mock, changes: dict[str, Any], rules: list[str]) -> None:
    """The same for a new company and for one that changes."""
    create, change = mock.call("POST", "/company", ATS, json={**NEW, **changes}), update(mock, changes)

    if rules:
        await mock.refused(create, 400, *rules)
        await mock.refused(change, 400, *rules)
    else:
        assert (await create).status_code == 201
        assert (await change).status_code == 200


@pytest.mark.rule("COMPANY-SHAPE")
@pytest.mark.parametrize("json", [{}, {"name": None}, {"description": "Search"}], ids=["nothing", "null", "no name"])
async def test_a_new_company_has_a_name(mock: Mock, json: Any) -> None:
    """Nothing else is required."""
    await mock.refused(mock.call("POST", "/company", ATS, json=json), 400, "COMPANY-SHAPE")


# --- changing


@pytest.mark.rule("NULLS")
async def test_a_change_changes_what_is_given(mock: Mock) -> None:
    """Null counts as absent; updatedAt moves, createdAt does not."""
    id = (await made(mock))["id"]
    await mock.advance(60)

    response = await update(mock, {"name": "Hooli XYZ", "description": None}, ATS, id)

    changed = {**NEW, "name": "Hooli XYZ", "updatedAt": "2024-01-16T10:31:00Z"}
    assert response.json() == {"id": id, "createdAt": NOW, **changed}
    assert (await mock.call("GET", f"/company/{id}", ATS)).json() == response.json()


@pytest.mark.parametrize("path", PATHS)
async def test_metadata_are_merged_at_the_top(mock: Mock, path: str) -> None:
    """Given keys win, whole; others stay; a null in there is a value."""
    await update(mock, {"metadata": {"kept": 1, "deep": {"a": 1}, "gone": 1}})
    changes: dict[str, Any] = {"metadata": {"deep": {"b": 2}, "gone": None, "new": []}}

    response = await mock.call("PATCH", f"{path}/{company()}", json=changes)

    assert response.json()["metadata"] == {"kept": 1, "deep": {"b": 2}, "gone": None, "new": []}


HALVES: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({str(n): n for n in range(30)}, {str(n): n for n in range(20, 51)}, "METADATA-KEYS"),
    ({"a": "x" * 6000}, {"b": "x" * 6000}, "METADATA-SIZE"),
]


@pytest.mark.rule("METADATA-KEYS", "METADATA-SIZE")
@pytest.mark.parametrize(("first", "second", "rule"), HALVES, ids=["keys", "bytes"])
async def test_merged_metadata_keep_their_limits(
    mock: Mock, first: dict[str, Any], second: dict[str, Any], rule: str
) -> None:
    """Each half is within them, both together are not."""
    await update(mock, {"metadata": first})

    response = await mock.refused(update(mock, {"metadata": second}), 400, rule)

    assert response.json()["message"].startswith("metadata: ")


# --- deleting


@pytest.mark.rule("COMPANY-DELETE", "AUTH-KEY")
@pytest.mark.parametrize("path", PATHS)
async def test_a_deleted_company_leaves_nothing(mock: Mock, path: str) -> None:
    """Its rows, timers, webhooks and ordinary keys are gone; other companies have all of theirs."""
    await mock.create()
    await mock.create(body(candidateId=candidate(1, GLOBEX), agentId=agent(1, GLOBEX)), GLOBEX)
    for key in (ACME, GLOBEX):
        for named in ({"companyId": company(key)}, {}):
            webhook = {"url": "http://127.0.0.1:9/hook", "events": ["ping"], **named}
            assert (await mock.call("POST", "/webhooks", key, json=webhook)).status_code == 201
    before = await mock.state()

    response = await mock.call("DELETE", f"{path}/{company()}")

    assert (response.status_code, response.json()) == (200, True)
    after = await mock.state()
    assert after["webhooks"] == before["webhooks"][2:]
    for kind in ("phoneNumbers", "jobs", "agents", "candidates", "interviews"):
        assert after[kind] == [row for row in before[kind] if row["companyId"] != company()]
        assert 0 < len(after[kind]) < len(before[kind])
    assert [row["name"] for row in after["companies"]] == ["Globex", "Initech"]
    assert len(after["timers"]) == 1
    for key in (ACME, READONLY):
        await mock.refused(mock.call("GET", "/interviews", key), 401, "AUTH-KEY")


@pytest.mark.rule("COMPANY-DELETE", "COMPANY-EXISTS", "KEY-ATS")
async def test_an_ats_key_manages_the_others_as_before(mock: Mock) -> None:
    """The deleted company is not found, and cannot be asked for; with none left the key still counts."""
    await mock.call("DELETE", f"/company/{company()}", ATS)

    await mock.refused(mock.call("DELETE", f"/company/{company()}", ATS), 404, "COMPANY-EXISTS")
    await mock.refused(mock.call("GET", "/jobs", ATS, params={"companyId": company()}), 403, "KEY-ATS")
    await mock.refused(mock.call("GET", f"/jobs/{job(1)}", GLOBEX), 404, "JOB-EXISTS")
    assert names(await mock.call("GET", "/company", ATS)) == ["Globex"]
    await mock.call("DELETE", f"/company/{company(GLOBEX)}", ATS)
    assert (await mock.call("GET", "/company", ATS)).json()["data"] == []
    assert (await made(mock))["name"] == "Hooli"


@pytest.mark.rule("COMPANY-DELETE")
async def test_interviews_of_a_deleted_company_are_not_heard_of(mock: Mock) -> None:
    """Those under way neither complete nor are they analysed."""
    await mock.create()

    await mock.call("DELETE", f"/company/{company()}")
    await mock.advance(86_400)

    assert [event.type for event in mock.world.events] == ["interview.started"]


@pytest.mark.rule("COMPANY-DELETE")
async def test_a_reset_brings_a_deleted_company_back(mock: Mock) -> None:
    """Its keys open the world again."""
    await mock.call("DELETE", f"/company/{company()}")

    await mock.control.post(f"/worlds/{mock.world.id}/reset")

    assert (await mock.call("GET", f"/company/{company()}")).json()["name"] == "Acme"


async def test_the_key_of_a_deleted_company_is_refused_in_its_world(mock: Mock) -> None:
    """It still leads to the world, whose readings shape the refusal and whose journal has it."""
    await mock.readings(wire="envelope")
    await mock.call("DELETE", f"/company/{company()}")

    response = await mock.call("GET", "/jobs")

    assert response.json()["error"]["code"] == "INVALID_API_KEY"
    assert (await mock.requests())[-1]["response"]["status"] == 401
