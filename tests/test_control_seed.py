"""Rows added to a world through the control API: all of them or none, as in a world file."""

from typing import Any

import httpx2
import pytest

from mockserver.references import KINDS
from tests.receiver import Receiver
from tests.support import (
    ACME,
    ATS,
    GLOBEX,
    NOW,
    NOWHERE,
    SCREENING,
    Mock,
    agent,
    body,
    candidate,
    company,
    demo,
    job,
    phone_number,
)

HOOLI = "44444444-0000-4000-8000-000000000001"
OWN = {"companyId": company()}
JOB = {**OWN, "title": "Baker"}
AGENT = {**OWN, "name": "Ann", "type": "ONLINE", "focus": "SCREENING", "language": "EN", "duration": 15}
JANE = {**OWN, "firstName": "Jane", "lastName": "Doe", "email": "jane@example.com", "gdprExpiryDate": "2030-01-01"}
TALK = {**OWN, "candidateId": candidate(1), "agentId": agent(SCREENING)}
HOOK = {**OWN, "url": "http://127.0.0.1:9/hook", "events": ["interview.completed"]}
NUMBER = {**OWN, "number": "+421220000009"}
INSTANT = "2024-01-16T10:30:00.000Z"


async def seed(mock: Mock, **rows: Any) -> httpx2.Response:
    return await mock.control.post("/worlds/demo/seed", json=rows)


async def test_rows_of_every_kind_are_added(mock: Mock) -> None:
    """They are answered as the state shows them from then on, after those that were there, with ids of the world."""
    keys = [{"key": "sk_test_hooli", "companyId": HOOLI}]
    companies = [{"id": HOOLI, "name": "Hooli", "minutes": 60}]
    given = {"jobs": [JOB], "agents": [AGENT], "candidates": [JANE], "phoneNumbers": [NUMBER], "interviews": [TALK]}

    made = await seed(mock, companies=companies, keys=keys, webhooks=[HOOK], **given)

    rows, state = made.json(), await mock.state()
    assert made.status_code == 201
    assert set(rows) == {*KINDS, "keys"}
    assert {kind: state[kind][-1:] for kind in rows} == rows
    assert len({row["id"] for listed in rows.values() for row in listed}) == 8
    assert {listed[0].get("createdAt") for kind, listed in rows.items() if kind != "keys"} == {INSTANT}


async def test_only_the_kinds_that_were_given_are_answered(mock: Mock) -> None:
    """Also where there is nothing of one."""
    assert list((await seed(mock, jobs=[JOB], agents=[])).json()) == ["jobs", "agents"]
    assert (await seed(mock)).json() == {}


async def test_the_api_knows_the_rows_at_once(mock: Mock) -> None:
    """Rows name each other and those that were there; nothing tells them from others."""
    made = (await seed(mock, jobs=[{**JOB, "id": NOWHERE}], candidates=[{**JANE, "jobIds": [NOWHERE, job(1)]}])).json()

    id = made["candidates"][0]["id"]
    created = await mock.create(body(candidateId=id, jobId=NOWHERE))

    assert created.status_code == 201
    assert (await mock.call("GET", f"/candidates/{id}")).json()["jobIds"] == [NOWHERE, job(1)]
    assert (await mock.call("GET", "/jobs", params={"search": "baker"})).json()["data"][0]["id"] == NOWHERE


async def test_ids_come_from_the_world(mock: Mock) -> None:
    """The same after the same calls, others each time, and none of those that creates get."""
    plain = (await mock.create()).json()["id"]
    await mock.control.post("/worlds/demo/reset")

    first, second = [(await seed(mock, jobs=[JOB])).json()["jobs"][0]["id"] for _ in range(2)]
    created = (await mock.create()).json()["id"]
    await mock.control.post("/worlds/demo/reset")

    assert (await seed(mock, jobs=[JOB])).json()["jobs"][0]["id"] == first != second
    assert created == plain


async def test_an_id_that_the_world_would_have_made_is_skipped(mock: Mock) -> None:
    """Rows of an earlier run may be brought along: what is created then gets another id."""
    created = (await mock.call("POST", "/jobs", json={"title": "Butcher"})).json()
    await mock.control.post("/worlds/demo/reset")

    await seed(mock, jobs=[{**JOB, "id": created["id"]}])
    again = (await mock.call("POST", "/jobs", json={"title": "Butcher"})).json()

    assert again["id"] != created["id"]
    assert len((await mock.state())["jobs"]) == 11


async def test_a_world_file_may_bring_such_ids_too(mock: Mock) -> None:
    """With the same seed, whose ids are the same."""
    created = (await mock.call("POST", "/jobs", json={"title": "Butcher"})).json()
    async with Mock(worlds=[demo(jobs=[*demo()["jobs"], {**JOB, "id": created["id"]}])]) as other:
        assert (await other.call("POST", "/jobs", json={"title": "Butcher"})).json()["id"] != created["id"]


# --- interviews, keys, webhooks


@pytest.mark.rule("BILLING-LIMIT")
async def test_interviews_that_go_on_hold_minutes_and_go_on(mock: Mock) -> None:
    """Of a company that was there and of one that came along; they take place as if they had been created."""
    hooli = {"companyId": HOOLI}
    rows = {
        "companies": [{"id": HOOLI, "name": "Hooli", "minutes": 60}],
        "agents": [{**AGENT, **hooli, "id": NOWHERE}],
        "candidates": [{**JANE, **hooli, "id": NOWHERE}],
        "interviews": [
            {**TALK, "scheduledAt": "2024-01-17T10:30:00Z"},
            {**TALK, "status": "IN_PROGRESS", "reservedMinutes": 20},
            {**TALK, "status": "COMPLETED"},
            {**hooli, "candidateId": NOWHERE, "agentId": NOWHERE, "status": "IN_PROGRESS"},
        ],
    }

    made = (await seed(mock, **rows)).json()

    held = {row["name"]: row["minutes"]["reserved"] for row in (await mock.state())["companies"]}
    assert held == {"Acme": 50, "Globex": 0, "Initech": 0, "Hooli": 15}
    assert made["companies"][0]["minutes"] == {"limit": 60, "used": 0, "reserved": 15, "left": 45}
    assert [row["reservedMinutes"] for row in made["interviews"]] == [30, 20, 0, 15]
    await mock.advance()
    assert {row["status"] for row in (await mock.state())["interviews"]} == {"COMPLETED"}
    assert [row["minutes"]["reserved"] for row in (await mock.state())["companies"]] == [0, 0, 0, 0]


async def test_an_interview_by_phone_that_is_under_way_has_somebody_on_the_line(mock: Mock) -> None:
    """As it is answered: another call has to wait for this one."""
    made = (await seed(mock, interviews=[{**TALK, "agentId": agent(3), "status": "IN_PROGRESS"}])).json()

    row = made["interviews"][0]
    again = await mock.call("POST", f"/interviews/{row['id']}/call-attempts", json={})

    assert [(call["status"], call["calledAt"]) for call in row["callAttempts"]] == [("IN_PROGRESS", INSTANT)]
    assert (await mock.state())["interviews"] == [row]
    assert again.status_code == 400


async def test_keys_open_the_world(mock: Mock) -> None:
    """Ordinary ones and those of an ATS, with their scopes, and are counted; until the world is removed."""
    keys: list[dict[str, Any]] = [
        {"key": "sk_test_more", **OWN, "scopes": ["read:jobs"]},
        {"key": "sk_test_ats_2", "ats": True, "companyIds": [company(), company(GLOBEX)]},
    ]
    made = (await mock.control.post("/worlds", json={"from": "demo"})).json()
    path = f"/worlds/{made['id']}"

    await mock.control.post(f"{path}/seed", json={"keys": keys})

    read = await mock.call("GET", "/jobs", "sk_test_more")
    assert (read.status_code, read.headers["x-ratelimit-remaining-minute"]) == (200, "59")
    assert (await mock.create(key="sk_test_more")).status_code == 403
    assert (await mock.call("GET", f"/jobs?companyId={company(GLOBEX)}", "sk_test_ats_2")).json()["total"] == 3
    await mock.control.delete(path)
    assert (await mock.call("GET", "/jobs", "sk_test_more")).status_code == 401
    assert (await seed(mock, keys=keys)).status_code == 201


async def test_a_key_comes_and_goes_with_the_state(mock: Mock) -> None:
    """It opens nothing in a world that has gone back to before it came, and may come again."""
    keys = [{"key": "sk_test_more", **OWN}]
    before = await mock.state()
    await seed(mock, keys=keys)
    with_it = await mock.state()

    statuses = []
    for state in (before, with_it, before):
        assert (await mock.control.put("/worlds/demo/state", json=state)).status_code == 204
        statuses.append((await mock.call("GET", "/jobs", "sk_test_more")).status_code)
    again = await seed(mock, keys=keys)

    assert statuses == [401, 200, 401]
    assert again.status_code == 201
    await mock.control.post("/worlds/demo/reset")
    assert (await mock.call("GET", "/jobs", "sk_test_more")).status_code == 401
    assert (await seed(mock, keys=keys)).status_code == 201


async def test_webhooks_hear_of_what_takes_place_from_then_on(mock: Mock) -> None:
    """Signed with the secret that the answer told; those of a key for all that it reaches too."""
    key_id = next(row["id"] for row in (await mock.state())["keys"] if row["key"] == ATS)
    async with Receiver() as receiver:
        await mock.create(body(isTest=True))
        hooks = [
            {**HOOK, "url": receiver.url},
            {"companyId": None, "apiKeyId": key_id, "url": receiver.url, "events": []},
        ]

        made = (await seed(mock, webhooks=hooks)).json()["webhooks"]
        await mock.create(body(isTest=True))
        await mock.advance()

    assert [len(row["signingSecret"]) for row in made] == [64, 64]
    assert sorted(receiver.events) == ["analysis.completed", "interview.completed", "interview.completed"]


# --- what is refused


REFUSED = [
    # rows                                                          where it is found         why
    pytest.param({"name": "demo"}, "/", id="more than rows"),
    pytest.param({"jobs": {}}, "/jobs", id="no list"),
    pytest.param({"jobs": [JOB, {**JOB, "title": "x"}]}, "/jobs/1/title", id="a row against the schema"),
    pytest.param({"jobs": [{**JOB, "companyId": NOWHERE}]}, "/jobs/0/companyId", id="a job of no company"),
    pytest.param({"candidates": [{**JANE, "jobIds": [NOWHERE]}]}, "/candidates/0/jobIds", id="no such job"),
    pytest.param({"candidates": [{**JANE, "jobIds": [job(1, GLOBEX)]}]}, "/candidates/0/jobIds", id="another's job"),
    pytest.param({"interviews": [{**TALK, "agentId": NOWHERE}]}, "/interviews/0/agentId", id="no such agent"),
    pytest.param(
        {"agents": [{**AGENT, "companyPhoneNumberId": phone_number(GLOBEX)}]},
        "/agents/0/companyPhoneNumberId",
        id="another's number",
    ),
    pytest.param({"keys": [{"key": "k", "companyId": NOWHERE}]}, "/keys/0", id="a key of no company"),
    pytest.param({"webhooks": [{**HOOK, "apiKeyId": NOWHERE}]}, "/webhooks/0/apiKeyId", id="a webhook of no key"),
    pytest.param(
        {"webhooks": [HOOK, {**HOOK, "url": "http://10.1.2.3/hook"}]}, "/webhooks/1/url", id="a target that is closed"
    ),
    pytest.param({"jobs": [{**JOB, "createdAt": "2024-02-31T00:00:00Z"}]}, "/jobs/0/createdAt", id="made on no day"),
    pytest.param(
        {"interviews": [{**TALK, "agentId": agent(3), "callAttempts": [{"status": "FAILED", "scheduledAt": NOW}]}]},
        "/interviews/0/callAttempts/0/status",
        id="a last call that cannot go on",
    ),
]


@pytest.mark.parametrize(("rows", "at"), REFUSED)
async def test_rows_that_are_wrong_are_refused(mock: Mock, rows: Any, at: str) -> None:
    """With the path of the first mistake; none of them is added, and no id is used up."""
    before = await mock.everything()

    refused = await seed(mock, **{"jobs": [JOB], **rows})

    error = refused.json()["error"]
    assert (refused.status_code, error["code"], error["details"]) == (400, "BAD_ROWS", {"at": at}), refused.text
    assert error["message"].startswith(f"{at}: ")
    assert await mock.everything() == before


TAKEN = [
    pytest.param({"companies": [{"id": company(), "name": "Acme"}]}, "/companies/0/id", id="a company"),
    pytest.param({"jobs": [{**JOB, "id": job(1, GLOBEX)}]}, "/jobs/0/id", id="another company's job"),
    pytest.param({"agents": [{**AGENT, "id": agent(1).upper()}]}, "/agents/0/id", id="an agent, in capitals"),
    pytest.param({"candidates": [{**JANE, "id": candidate(3)}]}, "/candidates/0/id", id="a candidate that was deleted"),
    pytest.param({"phoneNumbers": [{**NUMBER, "id": phone_number()}]}, "/phoneNumbers/0/id", id="a number"),
    pytest.param({"webhooks": [{**HOOK, "id": NOWHERE}]}, "/webhooks/0/id", id="a webhook"),
    pytest.param({"jobs": [{**JOB, "id": NOWHERE}] * 2}, "/jobs/1/id", id="one of its own"),
    pytest.param({"keys": [{"key": ACME, **OWN}]}, "/keys/0/key", id="a key of the world"),
]


@pytest.mark.parametrize(("rows", "at"), TAKEN)
async def test_what_is_taken_is_a_conflict(mock: Mock, rows: Any, at: str) -> None:
    """409, and nothing is added."""
    await mock.call("DELETE", f"/candidates/{candidate(3)}")
    await seed(mock, webhooks=[{**HOOK, "id": NOWHERE}])
    before = await mock.everything()

    refused = await seed(mock, **rows)

    error = refused.json()["error"]
    assert (refused.status_code, error["code"], error["details"]) == (409, "IN_USE", {"at": at}), refused.text
    assert ACME not in refused.text
    assert await mock.everything() == before


async def test_the_key_of_another_world_is_a_conflict(mock: Mock) -> None:
    """Both worlds stay as they are, and the key opens the one that it did."""
    made = (await mock.control.post("/worlds", json={"from": "demo"})).json()
    before = await mock.everything()

    refused = await seed(mock, jobs=[JOB], keys=[{"key": made["keys"][ACME], **OWN}])

    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "KEY_IN_USE")
    assert made["keys"][ACME] not in refused.text
    assert await mock.everything() == before
    assert (await mock.call("GET", "/jobs", made["keys"][ACME])).json()["total"] == 3


async def test_a_world_that_nobody_knows_gets_no_rows(mock: Mock) -> None:
    """404, whatever the body says."""
    assert (await mock.control.post("/worlds/nowhere/seed", content="{")).status_code == 404
