"""Interviews pushed on by hand: along the table of states, with all that follows."""

from typing import Any

import httpx2
import pytest

from mockserver import lifecycle
from tests.support import INLINE_CANDIDATE, INLINE_JOB, MISSING, PHONE, Mock, agent, body, company

LATER = "2024-01-17T09:00:00Z"


async def push(mock: Mock, id: str, status: str) -> httpx2.Response:
    return await mock.control.post(f"/worlds/demo/interviews/{id}/transition", json={"status": status})


async def pushed(mock: Mock, id: str, *statuses: str) -> Any:
    """The interview after these pushes."""
    for status in statuses:
        response = await push(mock, id, status)
        assert response.status_code == 200, response.text
    return response.json()


async def made(mock: Mock, **changes: Any) -> str:
    response = await mock.create(body(scheduleTime=LATER, **changes))
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


async def told(mock: Mock) -> list[str]:
    return [event["type"] for event in (await mock.control.get("/worlds/demo/events")).json()]


async def minutes(mock: Mock) -> tuple[int, int]:
    """Used and reserved ones."""
    row = next(row for row in (await mock.state())["companies"] if row["id"] == company())
    return row["minutes"]["used"], row["minutes"]["reserved"]


@pytest.mark.rule("LIFECYCLE")
@pytest.mark.parametrize("phone", [False, True], ids=["online", "by phone"])
async def test_an_interview_is_started_and_completed_by_hand(mock: Mock, phone: bool) -> None:
    """Now, with its events and minutes; what was planned for later does not come, its analysis does."""
    id = await made(mock, **({"agentId": agent(PHONE)} if phone else {}))

    completed = await pushed(mock, id, "IN_PROGRESS", "COMPLETED")
    moved = await mock.advance()

    assert completed["status"] == "COMPLETED"
    assert await told(mock) == ["interview.started", "interview.completed", "analysis.completed"]
    assert [(each["what"], each["at"]) for each in moved["happened"]] == [("analyse", "2024-01-16T10:31:00.000Z")]
    assert await minutes(mock) == (completed["durationMinutes"], 0)
    assert [call["status"] for call in completed.get("callAttempts", ())] == ["COMPLETED"] * phone


@pytest.mark.rule("LIFECYCLE")
@pytest.mark.parametrize(
    ("pushes", "phone", "calls", "events"),
    [
        (("FAILED",), False, None, ["interview.failed"]),
        (("FAILED",), True, ["CANCELLED"], ["interview.failed"]),
        (("IN_PROGRESS", "FAILED"), True, ["FAILED"], ["interview.started", "interview.failed"]),
        (("CANCELLED",), False, None, []),
        (("CANCELLED",), True, ["CANCELLED"], []),
        (("IN_PROGRESS", "CANCELLED"), True, ["FAILED"], ["interview.started"]),
    ],
    ids=["fails", "fails, by phone", "fails on the line", "cancelled", "cancelled, by phone", "cancelled on the line"],
)
async def test_an_interview_is_ended_by_hand(
    mock: Mock, pushes: tuple[str, ...], phone: bool, calls: list[str] | None, events: list[str]
) -> None:
    """Its minutes come back, its calls are over, and nothing follows."""
    id = await made(mock, **({"agentId": agent(PHONE)} if phone else {}))

    ended = await pushed(mock, id, *pushes)

    assert ended["status"] == pushes[-1]
    assert (await mock.advance())["happened"] == []
    assert await told(mock) == events
    assert await minutes(mock) == (0, 0)
    assert calls == (None if "callAttempts" not in ended else [call["status"] for call in ended["callAttempts"]])


async def test_an_interview_between_two_calls_completes_with_the_next_one(mock: Mock) -> None:
    """Somebody has to have been on the line."""
    id = await made(mock, agentId=agent(PHONE))
    await pushed(mock, id, "IN_PROGRESS")
    interview = mock.world.store.interviews[id]
    call = (interview.call_attempts or ())[-1]
    response = await mock.call("GET", f"/interviews/{id}")
    assert response.json()["callAttempts"][0]["id"] == call.id

    mock.world.timers.forget(id)
    mock.world.plan(mock.world.now(), "ring-out", id)
    await mock.advance(0)
    completed = await pushed(mock, id, "COMPLETED")

    assert [each["status"] for each in completed["callAttempts"]] == ["FAILED", "COMPLETED"]


@pytest.mark.parametrize("status", ["IN_PROGRESS", "COMPLETED"])
async def test_a_call_is_made_where_the_last_one_was_deleted(mock: Mock, status: str) -> None:
    """A phone interview does not go on without."""
    id = await made(mock, agentId=agent(PHONE))
    if status == "COMPLETED":
        await pushed(mock, id, "IN_PROGRESS")
        mock.world.timers.forget(id)
        mock.world.plan(mock.world.now(), "ring-out", id)
        await mock.advance(0)
    waiting = (await mock.call("GET", f"/interviews/{id}")).json()["callAttempts"][-1]["id"]
    deleted = await mock.call("DELETE", f"/interviews/{id}/call-attempts/{waiting}")

    moved = await pushed(mock, id, status)

    assert deleted.status_code in (200, 204)
    assert moved["callAttempts"][-1]["id"] != waiting
    assert moved["callAttempts"][-1]["status"] == status


@pytest.mark.rule("LIFECYCLE")
@pytest.mark.parametrize("before", ["SCHEDULED", "IN_PROGRESS", "COMPLETED", "FAILED", "CANCELLED"])
async def test_no_other_way_is_open(mock: Mock, before: str) -> None:
    """409 for every state that the table does not lead to, naming those that it does; nothing happens."""
    id = await made(mock)
    way = {"SCHEDULED": (), "COMPLETED": ("IN_PROGRESS", "COMPLETED")}.get(before, (before,))
    for status in way:
        await pushed(mock, id, status)
    open_ways = lifecycle.NEXT[mock.world.store.interviews[id].status] - {"SCHEDULED"}
    everything = await mock.everything()

    for status in lifecycle.NEXT.keys() - open_ways:
        response = await push(mock, id, status)
        error = response.json()["error"]

        assert (response.status_code, error["code"]) == (409, "NO_SUCH_TRANSITION")
        assert error["details"] == {"from": before, "allowed": sorted(open_ways)}
        assert error["message"].startswith(f"{before} does not lead to {status}, but to ")
    assert await mock.everything() == everything


@pytest.mark.parametrize(
    ("id", "asked", "status"),
    [("nobody", {"status": "FAILED"}, 404), ("nobody", {"status": "failed"}, 400), ("nobody", {}, 400)],
    ids=["no such interview", "no such status", "no status"],
)
async def test_a_push_needs_an_interview_and_a_status(mock: Mock, id: str, asked: Any, status: int) -> None:
    """Each in the control API's own shape."""
    response = await mock.control.post(f"/worlds/demo/interviews/{id}/transition", json=asked)

    assert response.status_code == status


@pytest.mark.rule("BILLING-LIMIT", "LIFECYCLE")
@pytest.mark.parametrize("phone", [False, True], ids=["online", "by phone"])
async def test_an_interview_that_is_ended_early_took_no_longer_than_it_did(mock: Mock, phone: bool) -> None:
    """Begun minutes are what it lasted and what it costs; left alone it lasts as long as the seed says."""
    changes = {"agentId": agent(PHONE)} if phone else {}
    early, whole = await made(mock, **changes), await made(mock, **changes)
    for id in (early, whole):
        await push(mock, id, "IN_PROGRESS")

    await mock.advance(61)
    ended = await pushed(mock, early, "COMPLETED")
    await mock.advance()

    lasted = (await mock.call("GET", f"/interviews/{whole}")).json()["durationMinutes"]
    assert ended["durationMinutes"] == 2
    assert lasted >= (6 if phone else 18)
    assert await minutes(mock) == (2 + lasted, 0)


@pytest.mark.rule("LIFECYCLE", "ATTEMPT-STATE")
@pytest.mark.parametrize("end", ["COMPLETED", "FAILED", "CANCELLED"])
async def test_an_interview_between_calls_can_be_ended(mock: Mock, end: str) -> None:
    """Its planned retry was called off: the failed call stays as it is; completing takes one that was answered."""
    inline = {**INLINE_CANDIDATE, "email": "jane+no-answer@example.com"}
    created = (
        await mock.create(body(candidateId=MISSING, candidate=inline, job=INLINE_JOB, agentId=agent(PHONE)))
    ).json()
    await mock.advance(60)
    planned = (await mock.call("GET", f"/interviews/{created['id']}")).json()["callAttempts"][-1]
    await mock.call("DELETE", f"/interviews/{created['id']}/call-attempts/{planned['id']}")

    ended = await pushed(mock, created["id"], end)

    assert ended["status"] == end
    answered = ["COMPLETED"] if end == "COMPLETED" else []
    assert [attempt["status"] for attempt in ended["callAttempts"]] == ["FAILED", *answered]
