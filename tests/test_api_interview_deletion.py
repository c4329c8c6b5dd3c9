"""Deleting an interview in every state: what is gone, what stays, what never comes."""

from typing import Any

import httpx2
import pytest

from tests.support import (
    ACME,
    ATS,
    GLOBEX,
    INLINE_CANDIDATE,
    MISSING,
    NOWHERE,
    PHONE,
    Mock,
    agent,
    body,
    candidate,
    company,
    demo,
    job,
)

LATER = "2024-01-17T10:30:00Z"


def tagged(tag: str, **changes: Any) -> dict[str, Any]:
    """A create for a new candidate whose e-mail's tag decides how the interview ends."""
    person = {**INLINE_CANDIDATE, "email": f"jane+{tag}@example.com"}
    return body(candidateId=MISSING, candidate=person, jobId=job(1), **changes)


def world_with(*scopes: str) -> dict[str, Any]:
    return demo(keys=[{"key": ACME, "companyId": company(), "scopes": list(scopes)}])


async def made(mock: Mock, create: dict[str, Any]) -> str:
    response = await mock.create(create)
    assert response.status_code == 201, response.text
    id: str = response.json()["id"]
    return id


async def delete(mock: Mock, id: str, key: str = ACME, **options: Any) -> httpx2.Response:
    return await mock.call("DELETE", f"/interviews/{id}", key, **options)


async def minutes(mock: Mock) -> Any:
    return (await mock.state())["companies"][0]["minutes"]


STATES = [
    # create                             seconds until it is deleted     why
    (body(scheduleTime=LATER), 0, "SCHEDULED"),
    (body(), 0, "IN_PROGRESS"),
    (body(agentId=agent(PHONE), scheduleTime=LATER), 0, "SCHEDULED by phone"),
    (tagged("no-answer", agentId=agent(PHONE)), 60, "between two calls"),
    (body(), 7200, "COMPLETED"),
    (tagged("failed"), 7200, "FAILED"),
    (body(isTest=True), 0, "a test"),
]


@pytest.mark.rule("INTERVIEW-DELETE")
@pytest.mark.parametrize(("create", "seconds"), [row[:2] for row in STATES], ids=[row[2] for row in STATES])
async def test_an_interview_is_deleted_in_any_state(mock: Mock, create: dict[str, Any], seconds: int) -> None:
    """The answer is true; from then on it is not found, not listed, holds no minutes and waits for nothing."""
    id = await made(mock, create)
    await mock.advance(seconds)
    used = (await minutes(mock))["used"]

    response = await delete(mock, id)

    assert (response.status_code, response.json()) == (200, True)
    assert (await mock.call("GET", "/interviews")).json()["total"] == 0
    assert (await mock.state())["timers"] == []
    assert await minutes(mock) == {"limit": 500, "used": used, "reserved": 0, "left": 500 - used}
    for method in ("GET", "DELETE"):
        await mock.refused(mock.call(method, f"/interviews/{id}"), 404, "INTERVIEW-EXISTS")


FOLLOWING = [
    # seconds until it is deleted    events by then                                    why
    (0, ["interview.started"], "under way: it never completes"),
    (1800, ["interview.started", "interview.completed"], "completed: it is not analysed"),
]


@pytest.mark.rule("INTERVIEW-DELETE")
@pytest.mark.parametrize(("seconds", "events"), [row[:2] for row in FOLLOWING], ids=[row[2] for row in FOLLOWING])
async def test_nothing_is_told_of_a_deleted_interview(mock: Mock, seconds: int, events: list[str]) -> None:
    """The call goes on in the world, but neither a completion nor an analysis follows."""
    id = await made(mock, tagged("slow-analysis"))
    await mock.advance(seconds)

    await delete(mock, id)
    await mock.advance(86_400)

    assert [event.type for event in mock.world.events] == events


@pytest.mark.rule("INTERVIEW-DELETE")
async def test_planned_calls_of_a_deleted_interview_are_cancelled(mock: Mock) -> None:
    """A call that is over stays as it is, one that was planned is CANCELLED."""
    id = await made(mock, tagged("no-answer", agentId=agent(PHONE)))
    await mock.advance(60)

    await delete(mock, id)

    attempts = mock.world.store.interviews.past(id).call_attempts or ()
    assert [attempt.status for attempt in attempts] == ["FAILED", "CANCELLED"]


SCOPES = [
    # scope of the key        reading                    allowed     why
    ("delete:interviews", "delete:interviews", True, "the guide's scope"),
    ("write:interviews", "delete:interviews", False, "writing is not deleting"),
    ("write:interviews", "write:interviews", True, "the other page knows no scope for it: writing is"),
    ("delete:interviews", "write:interviews", False, "a scope that the other page does not know"),
]


@pytest.mark.rule("AUTH-SCOPE", "INTERVIEW-DELETE")
@pytest.mark.parametrize(("scope", "reading", "allowed"), [row[:3] for row in SCOPES], ids=[row[3] for row in SCOPES])
async def test_the_reading_names_the_scope_that_deleting_takes(scope: str, reading: str, allowed: bool) -> None:
    """By default delete:interviews, under the other reading write:interviews."""
    async with Mock(worlds=[world_with(scope)], readings={"interview_delete_scope": reading}) as mock:
        request = delete(mock, NOWHERE)

        if allowed:
            await mock.refused(request, 404, "INTERVIEW-EXISTS")
        else:
            response = await mock.refused(request, 403, "AUTH-SCOPE")
            assert response.json()["message"] == f"Insufficient permissions: Required scope {reading} not found"


@pytest.mark.rule("COMPANY-OWN", "KEY-ATS", "ID-FORMAT")
async def test_only_the_company_deletes_its_interviews(mock: Mock) -> None:
    """Another company's key is refused, an ATS key asks for the company, an id is a UUID."""
    id = await made(mock, body())

    await mock.refused(delete(mock, id, GLOBEX), 403, "COMPANY-OWN")
    await mock.refused(delete(mock, id, ATS), 400, "KEY-ATS")
    await mock.refused(delete(mock, id, ATS, params={"companyId": company(GLOBEX)}), 403, "COMPANY-OWN")
    await mock.refused(delete(mock, "it"), 400, "ID-FORMAT")
    assert (await delete(mock, id.upper(), ATS, params={"companyId": company()})).json() is True


LISTS = [
    # reading      query                              rules                why
    ("any", {}, [], "by default every filter is optional"),
    ("candidate", {}, ["LIST-CANDIDATE"], "the remark: not without a candidate"),
    ("candidate", {"status": "COMPLETED"}, ["LIST-CANDIDATE"], "another filter will not do"),
    ("candidate", {"candidateId": candidate(1)}, [], "the remark: with a candidate"),
]


@pytest.mark.rule("LIST-CANDIDATE")
@pytest.mark.parametrize(("reading", "query", "rules"), [row[:3] for row in LISTS], ids=[row[3] for row in LISTS])
async def test_the_reading_says_whether_a_list_names_its_candidate(
    mock: Mock, reading: str, query: dict[str, str], rules: list[str]
) -> None:
    """Under `candidate`, a list without candidateId is refused."""
    await mock.readings(interview_list=reading)
    request = mock.call("GET", "/interviews", params=query)

    if rules:
        await mock.refused(request, 400, *rules)
    else:
        assert (await request).status_code == 200
