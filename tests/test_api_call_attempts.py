"""Call attempts of an interview by phone: made, moved, called off, and what each does to the interview."""

from typing import Any

import httpx2
import pytest

from tests.support import (
    ACME,
    ATS,
    GLOBEX,
    INITECH,
    INLINE_CANDIDATE,
    MISSING,
    NOW,
    NOWHERE,
    PHONE,
    READONLY,
    SCREENING,
    Mock,
    agent,
    body,
    candidate,
    company,
    demo,
    job,
)

SOON, LATER, LAST = "2024-01-16T12:00:00Z", "2024-01-17T10:30:00Z", "2024-02-15T10:30:00Z"
ID, EARLY, LATE = (f"11111111-0000-4000-8005-00000000000{number}" for number in (1, 2, 3))


def by_phone(tag: str | None = None, **changes: Any) -> dict[str, Any]:
    """A create for the PHONE agent; the tag of the candidate's e-mail decides how it ends."""
    if tag is None:
        return body(agentId=agent(PHONE), **changes)
    person = {**INLINE_CANDIDATE, "email": f"jane+{tag}@example.com"}
    return body(agentId=agent(PHONE), candidateId=MISSING, candidate=person, jobId=job(1), **changes)


async def made(mock: Mock, create: dict[str, Any]) -> str:
    response = await mock.create(create)
    assert response.status_code == 201, response.text
    id: str = response.json()["id"]
    return id


async def failed(mock: Mock) -> str:
    """An interview that rang three times in vain."""
    id = await made(mock, by_phone("no-answer"))
    await mock.advance()
    return id


async def got(mock: Mock, id: str) -> Any:
    return (await mock.call("GET", f"/interviews/{id}")).json()


async def attempt_id(mock: Mock, id: str, place: int = -1) -> str:
    found: str = (await got(mock, id))["callAttempts"][place]["id"]
    return found


async def again(mock: Mock, id: str, json: Any = None, key: str = ACME, **options: Any) -> httpx2.Response:
    return await mock.call("POST", f"/interviews/{id}/call-attempts", key, json=json or {}, **options)


async def move(mock: Mock, id: str, attempt: str, json: Any, key: str = ACME, **options: Any) -> httpx2.Response:
    return await mock.call("PATCH", f"/interviews/{id}/call-attempts/{attempt}", key, json=json, **options)


async def drop(mock: Mock, id: str, attempt: str, key: str = ACME, **options: Any) -> httpx2.Response:
    return await mock.call("DELETE", f"/interviews/{id}/call-attempts/{attempt}", key, **options)


def calls(interview: Any) -> list[tuple[str, str]]:
    return [(attempt["status"], attempt["scheduledAt"]) for attempt in interview["callAttempts"]]


def events(mock: Mock) -> list[str]:
    return [event.type for event in mock.world.events]


async def reserved(mock: Mock) -> Any:
    return (await mock.state())["companies"][0]["minutes"]["reserved"]


# --- making one


@pytest.mark.rule("BODY-MEDIA", "BODY-JSON")
async def test_no_body_at_all_means_to_call_now(mock: Mock) -> None:
    """Everything in it is optional; a body that is declared or there is judged like any other."""
    id = await made(mock, by_phone(scheduleTime=LATER))
    path = f"/interviews/{id}/call-attempts"

    await mock.refused(mock.call("POST", path, headers={"Content-Type": "application/json"}), 400, "BODY-JSON")
    await mock.refused(mock.call("POST", path, content=b"{}"), 415, "BODY-MEDIA")
    await mock.refused(mock.call("POST", path, headers={"Content-Encoding": "gzip"}), 415, "BODY-MEDIA")
    response = await mock.call("POST", path)

    assert (response.status_code, calls(await got(mock, id))[-1][1]) == (201, NOW)


async def test_a_new_attempt_replaces_the_planned_one(mock: Mock) -> None:
    """The old one is cancelled, the interview starts when the new one is due, and only then."""
    id = await made(mock, by_phone(scheduleTime=LATER))

    response = await again(mock, id, {"scheduledAt": SOON})
    planned = await got(mock, id)
    await mock.advance(5400)

    assert response.status_code == 201
    assert response.json() == {"success": True, "message": "Call scheduled for 2024-01-16T12:00:00Z"}
    assert calls(planned) == [("CANCELLED", LATER), ("SCHEDULED", SOON)]
    assert (planned["status"], planned["scheduledAt"]) == ("SCHEDULED", SOON)
    assert calls(await got(mock, id)) == [("CANCELLED", LATER), ("IN_PROGRESS", SOON)]
    await mock.advance()
    assert events(mock) == ["interview.started", "interview.completed", "analysis.completed"]
    assert await reserved(mock) == 0


@pytest.mark.parametrize("json", [{}, {"scheduledAt": None}], ids=["left out", "null"])
async def test_without_a_time_the_call_is_made_at_once(mock: Mock, json: Any) -> None:
    """The interview is in progress when the answer comes, and its old start is forgotten."""
    id = await made(mock, by_phone(scheduleTime=LATER))

    response = await again(mock, id, json)

    assert response.json() == {"success": True, "message": "Call started"}
    interview = await got(mock, id)
    assert (interview["status"], interview["scheduledAt"]) == ("IN_PROGRESS", NOW)
    assert calls(interview) == [("CANCELLED", LATER), ("IN_PROGRESS", NOW)]
    assert [timer["what"] for timer in (await mock.state())["timers"]] == ["complete"]


@pytest.mark.parametrize("json", [{}, {"scheduledAt": SOON}], ids=["at once", "later"])
async def test_between_two_calls_the_next_one_is_replaced(mock: Mock, json: Any) -> None:
    """The automatic retry is cancelled; the interview began before and does not start again."""
    id = await made(mock, by_phone("no-answer"))
    await mock.advance(60)

    await again(mock, id, json)
    await mock.advance(5400)

    interview = await got(mock, id)
    assert calls(interview)[0] == ("FAILED", NOW)
    assert calls(interview)[1] == ("CANCELLED", "2024-01-16T11:00:00Z")
    assert calls(interview)[2][1] == json.get("scheduledAt", "2024-01-16T10:31:00Z")
    assert interview["scheduledAt"] == NOW
    assert events(mock).count("interview.started") == 1


@pytest.mark.rule("ATTEMPT-STATE", "BILLING-LIMIT")
@pytest.mark.parametrize(("json", "status"), [({}, "IN_PROGRESS"), ({"scheduledAt": LATER}, "SCHEDULED")])
async def test_a_failed_interview_begins_anew(mock: Mock, json: Any, status: str) -> None:
    """It holds minutes once more, starts, and ends as its candidate's e-mail says."""
    id = await failed(mock)

    response = await again(mock, id, json)

    assert response.status_code == 201
    interview = await got(mock, id)
    assert interview["status"] == status
    assert [call["status"] for call in interview["callAttempts"]] == ["FAILED"] * 3 + [status]
    assert interview["callAttempts"][-1]["retryNumber"] == 0
    assert await reserved(mock) == 10
    await mock.advance()
    assert (await got(mock, id))["status"] == "FAILED"
    assert events(mock) == ["interview.started", "interview.failed"] * 2
    assert await reserved(mock) == 0


@pytest.mark.rule("BILLING-LIMIT")
async def test_a_failed_interview_begins_anew_only_if_minutes_are_left() -> None:
    """What it had reserved was released, and may be gone."""
    companies = [{**row, "minutes": 10} for row in demo()["companies"]]
    async with Mock(worlds=[demo(companies=companies)]) as mock:
        id = await failed(mock)
        await made(mock, by_phone(scheduleTime=LATER))

        await mock.refused(again(mock, id), 403, "BILLING-LIMIT")


async def test_an_answer_at_last_completes_a_failed_interview(mock: Mock) -> None:
    """Once the candidate is reachable under another address, the new call goes through."""
    id = await failed(mock)
    interview = await got(mock, id)
    await mock.call("PATCH", f"/candidates/{interview['candidateId']}", json={"email": "jane@example.com"})

    await again(mock, id)
    await mock.advance()

    assert (await got(mock, id))["status"] == "COMPLETED"
    assert "analysis" in await got(mock, id)


# --- moving one


async def test_moving_the_first_attempt_moves_the_interview(mock: Mock) -> None:
    """204 without a body; scheduledAt and the start move along, to either side."""
    id = await made(mock, by_phone(scheduleTime=SOON))
    attempt = await attempt_id(mock, id)

    response = await move(mock, id, attempt, {"scheduledAt": "2024-01-17T11:30:00+01:00"})

    assert (response.status_code, response.content) == (204, b"")
    interview = await got(mock, id)
    assert interview["scheduledAt"] == LATER
    assert calls(interview) == [("SCHEDULED", LATER)]
    await mock.advance(86_399)
    assert events(mock) == []
    await mock.advance(1)
    assert events(mock) == ["interview.started"]


async def test_moving_a_retry_leaves_the_interviews_start_alone(mock: Mock) -> None:
    """The call between two calls is made when it is due now."""
    id = await made(mock, by_phone("no-answer"))
    await mock.advance(60)

    response = await move(mock, id, await attempt_id(mock, id), {"scheduledAt": LATER})
    await mock.advance(86_340)

    assert response.status_code == 204
    interview = await got(mock, id)
    assert interview["scheduledAt"] == NOW
    assert calls(interview) == [("FAILED", NOW), ("IN_PROGRESS", LATER)]


# --- calling one off


async def test_an_interview_without_an_attempt_waits_for_one(mock: Mock) -> None:
    """It stays SCHEDULED with its minutes held, does not start, and goes on with the next attempt."""
    id = await made(mock, by_phone(scheduleTime=SOON))

    response = await drop(mock, id, await attempt_id(mock, id))
    await mock.advance(86_400)

    assert (response.status_code, response.content) == (204, b"")
    interview = await got(mock, id)
    assert (interview["status"], interview["scheduledAt"], interview["callAttempts"]) == ("SCHEDULED", SOON, [])
    assert await reserved(mock) == 10
    await again(mock, id)
    await mock.advance()
    assert (await got(mock, id))["status"] == "COMPLETED"


@pytest.mark.rule("ATTEMPT-EXISTS")
async def test_a_retry_that_was_called_off_does_not_come(mock: Mock) -> None:
    """The interview stays in progress; the attempt itself is not found again."""
    id = await made(mock, by_phone("no-answer"))
    await mock.advance(60)
    attempt = await attempt_id(mock, id)

    await drop(mock, id, attempt)
    await mock.advance()

    interview = await got(mock, id)
    assert interview["status"] == "IN_PROGRESS"
    assert calls(interview) == [("FAILED", NOW)]
    await mock.refused(drop(mock, id, attempt), 404, "ATTEMPT-EXISTS")


# --- what a world file may hold


def row(status: str, *statuses: str, **changes: Any) -> dict[str, Any]:
    """An interview by phone with calls in these states."""
    ids = (EARLY, LATE)[: len(statuses)]
    attempts = [{"id": id, "status": each, "scheduledAt": LATER} for id, each in zip(ids, statuses, strict=True)]
    named = {"id": ID, "companyId": company(), "candidateId": candidate(1), "agentId": agent(PHONE), "jobId": job(1)}
    return {**named, "status": status, "scheduledAt": LATER, "callAttempts": attempts, **changes}


ODD = [
    # status       calls                              attempt   timers before and after      why
    ("SCHEDULED", ("SCHEDULED", "SCHEDULED"), EARLY, 1, "one that is not the last"),
    ("FAILED", ("FAILED", "SCHEDULED"), LATE, 0, "one of an interview that has failed"),
]


@pytest.mark.parametrize(
    ("status", "statuses", "attempt", "timers"), [each[:4] for each in ODD], ids=[e[4] for e in ODD]
)
async def test_an_attempt_that_nothing_waits_for_moves_alone(
    status: str, statuses: tuple[str, ...], attempt: str, timers: int
) -> None:
    """Moved and called off, it changes nothing about when the interview goes on."""
    async with Mock(worlds=[demo(interviews=[row(status, *statuses)])]) as mock:
        before = (await mock.state())["timers"]

        moved = await move(mock, ID, attempt, {"scheduledAt": SOON})
        dropped = await drop(mock, ID, attempt)

        assert (moved.status_code, dropped.status_code) == (204, 204)
        assert len(before) == timers
        assert (await mock.state())["timers"] == before
        assert (await got(mock, ID))["scheduledAt"] == LATER


# --- refusals

TIMES = [
    # time                              rules                     why
    (NOW, ["ATTEMPT-FUTURE"], "now is not ahead"),
    ("2024-01-16T10:29:59Z", ["ATTEMPT-FUTURE"], "a second ago"),
    ("2024-02-15T10:30:00.000001Z", ["SCHEDULE-WINDOW"], "beyond 30 days"),
    ("9999-12-31T23:59:59Z", ["SCHEDULE-WINDOW"], "at the end of time"),
    ("tomorrow", ["SCHEDULE-FORMAT"], "no date-time"),
    ("2024-01-17T10:30:00", ["SCHEDULE-FORMAT"], "no offset"),
    ("", ["SCHEDULE-FORMAT"], "empty"),
    (1705401000, ["FIELD-TYPE"], "a number"),
]


@pytest.mark.rule("ATTEMPT-FUTURE", "SCHEDULE-WINDOW", "SCHEDULE-FORMAT", "FIELD-TYPE")
@pytest.mark.parametrize(("time", "rules"), [each[:2] for each in TIMES], ids=[each[2] for each in TIMES])
async def test_an_attempt_lies_ahead_and_within_reach(mock: Mock, time: Any, rules: list[str]) -> None:
    """The same for a new attempt and for one that is moved."""
    id = await made(mock, by_phone(scheduleTime=LATER))
    attempt = await attempt_id(mock, id)

    await mock.refused(again(mock, id, {"scheduledAt": time}), 400, *rules)
    await mock.refused(move(mock, id, attempt, {"scheduledAt": time}), 400, *rules)


@pytest.mark.rule("ATTEMPT-FUTURE", "SCHEDULE-WINDOW")
@pytest.mark.parametrize("time", ["2024-01-16T10:30:00.000001Z", LAST], ids=["just ahead", "the bound itself"])
async def test_both_bounds_are_open_for_an_attempt(mock: Mock, time: str) -> None:
    """A moment ahead and 30 days ahead are both accepted."""
    id = await made(mock, by_phone(scheduleTime=LATER))

    response = await again(mock, id, {"scheduledAt": time})

    assert response.status_code == 201
    assert (await move(mock, id, await attempt_id(mock, id), {"scheduledAt": time})).status_code == 204


@pytest.mark.rule("ATTEMPT-FUTURE")
@pytest.mark.parametrize("json", [{}, {"scheduledAt": None}], ids=["left out", "null"])
async def test_moving_needs_a_time(mock: Mock, json: Any) -> None:
    """There is nothing else to change about an attempt."""
    id = await made(mock, by_phone(scheduleTime=LATER))

    await mock.refused(move(mock, id, await attempt_id(mock, id), json), 400, "ATTEMPT-FUTURE")


@pytest.mark.rule("ATTEMPT-PHONE")
async def test_an_online_interview_has_no_attempts(mock: Mock) -> None:
    """All three operations are refused, whatever the attempt."""
    id = await made(mock, body(agentId=agent(SCREENING), scheduleTime=LATER))

    await mock.refused(again(mock, id), 400, "ATTEMPT-PHONE")
    await mock.refused(move(mock, id, NOWHERE, {"scheduledAt": SOON}), 400, "ATTEMPT-PHONE")
    await mock.refused(drop(mock, id, NOWHERE), 400, "ATTEMPT-PHONE")


@pytest.mark.rule("ATTEMPT-IDLE", "ATTEMPT-STATE")
async def test_a_call_under_way_is_left_alone(mock: Mock) -> None:
    """No other one, no other time for it, no way to call it off."""
    id = await made(mock, by_phone())
    attempt = await attempt_id(mock, id)

    await mock.refused(again(mock, id), 400, "ATTEMPT-IDLE")
    await mock.refused(move(mock, id, attempt, {"scheduledAt": SOON}), 400, "ATTEMPT-STATE")
    await mock.refused(drop(mock, id, attempt), 400, "ATTEMPT-STATE")


OVER = [
    # create                  seconds   attempt    why
    (by_phone(), 7200, 0, "COMPLETED"),
    (by_phone(isTest=True), 0, 0, "a test"),
    (by_phone("no-answer"), 60, 0, "FAILED, the next one planned"),
]


@pytest.mark.rule("ATTEMPT-STATE")
@pytest.mark.parametrize(("create", "seconds", "place"), [each[:3] for each in OVER], ids=[each[3] for each in OVER])
async def test_a_call_that_is_over_is_removed_not_moved(
    mock: Mock, create: dict[str, Any], seconds: int, place: int
) -> None:
    """It gets no other time; its deletion takes it off the list and changes nothing else about the interview."""
    id = await made(mock, create)
    await mock.advance(seconds)
    attempt = await attempt_id(mock, id, place)

    before = await got(mock, id)

    await mock.refused(move(mock, id, attempt, {"scheduledAt": LATER}), 400, "ATTEMPT-STATE")
    response = await drop(mock, id, attempt)

    after, left = await got(mock, id), [each for each in before["callAttempts"] if each["id"] != attempt]
    assert response.status_code == 204
    assert after == {**before, "callAttempts": left, "updatedAt": after["updatedAt"]}
    await mock.refused(drop(mock, id, attempt), 404, "ATTEMPT-EXISTS")


@pytest.mark.rule("ATTEMPT-STATE")
async def test_a_call_that_was_replaced_is_removed(mock: Mock) -> None:
    """The CANCELLED one goes, the one that is planned is made."""
    id = await made(mock, by_phone(scheduleTime=LATER))
    await again(mock, id, {"scheduledAt": SOON})

    response = await drop(mock, id, await attempt_id(mock, id, 0))
    await mock.advance(5400)

    assert response.status_code == 204
    assert calls(await got(mock, id)) == [("IN_PROGRESS", SOON)]


@pytest.mark.rule("ATTEMPT-STATE", "LIFECYCLE")
async def test_an_interview_without_its_call_is_analysed_still(mock: Mock) -> None:
    """What is to come does not hang on a call that is over."""
    id = await made(mock, by_phone("slow-analysis"))
    await mock.advance(600)
    over = await got(mock, id)

    await drop(mock, id, over["callAttempts"][0]["id"])
    await mock.advance()

    assert (over["status"], "analysis" in over) == ("COMPLETED", False)
    after = await got(mock, id)
    assert (after["callAttempts"], "analysis" in after) == ([], True)


@pytest.mark.rule("ATTEMPT-STATE")
async def test_a_failed_interview_without_calls_is_called_again(mock: Mock) -> None:
    """Its calls may all be removed; another one is made as ever."""
    id = await failed(mock)
    for attempt in (await got(mock, id))["callAttempts"]:
        await drop(mock, id, attempt["id"])

    response = await again(mock, id)

    assert response.status_code == 201
    assert calls(await got(mock, id)) == [("IN_PROGRESS", (await got(mock, id))["scheduledAt"])]


@pytest.mark.rule("ATTEMPT-STATE")
@pytest.mark.parametrize("status", ["COMPLETED", "CANCELLED", "UNDEFINED"])
async def test_an_interview_that_is_over_gets_no_more_calls(status: str) -> None:
    """Only one that is to come, waits for its next call, or has failed can be called."""
    async with Mock(worlds=[demo(interviews=[row(status)])]) as mock:
        await mock.refused(again(mock, ID), 400, "ATTEMPT-STATE")


@pytest.mark.rule("ATTEMPT-EXISTS")
async def test_an_attempt_is_one_of_the_interview(mock: Mock) -> None:
    """Neither an unknown one nor another interview's is found."""
    id, other = [await made(mock, by_phone(scheduleTime=LATER)) for _ in range(2)]
    theirs = await attempt_id(mock, other)

    for attempt in (NOWHERE, theirs):
        await mock.refused(move(mock, id, attempt, {"scheduledAt": SOON}), 404, "ATTEMPT-EXISTS")
        await mock.refused(drop(mock, id, attempt), 404, "ATTEMPT-EXISTS")


@pytest.mark.rule("ID-FORMAT", "INTERVIEW-EXISTS")
@pytest.mark.parametrize(("id", "status", "rule"), [("it", 400, "ID-FORMAT"), (NOWHERE, 404, "INTERVIEW-EXISTS")])
async def test_the_interview_is_one_that_exists(mock: Mock, id: str, status: int, rule: str) -> None:
    """A path that names no interview is refused by all three operations."""
    await mock.refused(again(mock, id), status, rule)
    await mock.refused(move(mock, id, NOWHERE, {"scheduledAt": SOON}), status, rule)
    await mock.refused(drop(mock, id, NOWHERE), status, rule)


@pytest.mark.rule("ID-FORMAT")
async def test_an_attempts_id_is_a_uuid_in_any_case(mock: Mock) -> None:
    """Other texts are refused; capitals are as good."""
    id = await made(mock, by_phone(scheduleTime=LATER))

    await mock.refused(drop(mock, id, "it"), 400, "ID-FORMAT")
    assert (await drop(mock, id.upper(), (await attempt_id(mock, id)).upper())).status_code == 204


ACCESS = [
    # key        query                               status rule
    (GLOBEX, {}, 403, "COMPANY-OWN"),
    (INITECH, {}, 403, "COMPANY-OWN"),
    (READONLY, {}, 403, "AUTH-SCOPE"),
    (ATS, {}, 400, "KEY-ATS"),
    (ATS, {"companyId": company(GLOBEX)}, 403, "COMPANY-OWN"),
    ("sk_unknown", {}, 401, "AUTH-KEY"),
]


@pytest.mark.rule("COMPANY-OWN", "AUTH-SCOPE", "KEY-ATS", "AUTH-KEY")
@pytest.mark.parametrize(("key", "query", "status", "rule"), ACCESS)
async def test_attempts_are_the_companys(mock: Mock, key: str, query: dict[str, str], status: int, rule: str) -> None:
    """All three operations take write:interviews and the company's key."""
    id = await made(mock, by_phone(scheduleTime=LATER))
    attempt = await attempt_id(mock, id)

    await mock.refused(again(mock, id, None, key, params=query), status, rule)
    await mock.refused(move(mock, id, attempt, {"scheduledAt": SOON}, key, params=query), status, rule)
    await mock.refused(drop(mock, id, attempt, key, params=query), status, rule)


async def test_an_ats_key_makes_attempts_for_a_company(mock: Mock) -> None:
    """With companyId it does what the company's own key does."""
    id = await made(mock, by_phone(scheduleTime=LATER))

    response = await again(mock, id, {"scheduledAt": SOON}, ATS, params={"companyId": company()})

    assert response.status_code == 201


async def test_the_envelope_wraps_the_answer_but_no_empty_one(mock: Mock) -> None:
    """Under the guides' wire a 201 has its data, a 204 still has no body."""
    await mock.readings(wire="envelope")
    id = (await mock.create(by_phone(scheduleTime=LATER))).json()["data"]["id"]

    response = await again(mock, id, {"scheduledAt": SOON})
    attempts = (await mock.call("GET", f"/interviews/{id}")).json()["data"]["callAttempts"]
    dropped = await drop(mock, id, attempts[-1]["id"])

    assert response.json()["data"] == {"success": True, "message": "Call scheduled for 2024-01-16T12:00:00Z"}
    assert (dropped.status_code, dropped.content) == (204, b"")
