"""Non-test interviews on the world's clock: which states they go through, at which instants, telling what, for how
many minutes."""

import itertools
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support import (
    ACME,
    INLINE_CANDIDATE,
    MISSING,
    NOW,
    ONE_JOB,
    PHONE,
    SCREENING,
    Mock,
    agent,
    body,
    candidate,
    company,
    demo,
    job,
)

BEGIN = datetime.fromisoformat(NOW)
LATER = "2024-01-20T14:00:00Z"
AGREED = {SCREENING: 30, PHONE: 10}
MINUTE = 60


def inline(tag: str, **changes: Any) -> dict[str, Any]:
    """A create for a new candidate with a tag in the e-mail's local part."""
    person = {**INLINE_CANDIDATE, "email": f"jane{tag}@example.com"}
    return body(candidateId=MISSING, candidate=person, jobId=job(1), **changes)


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def printed(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


async def read(mock: Mock, id: str) -> Any:
    response = await mock.call("GET", f"/interviews/{id}")
    assert response.status_code == 200
    return response.json()


async def story(mock: Mock) -> list[tuple[str, float]]:
    """The events so far, each with its instant in seconds after the beginning."""
    events = (await mock.control.get(f"/worlds/{mock.world.id}/events")).json()
    return [(event["type"], (instant(event["at"]) - BEGIN).total_seconds()) for event in events]


async def minutes(mock: Mock) -> tuple[int, int]:
    """Acme's minutes: used, reserved. What is left follows from them."""
    shown = (await mock.state())["companies"][0]["minutes"]
    assert shown["left"] == shown["limit"] - shown["used"] - shown["reserved"]
    return shown["used"], shown["reserved"]


@pytest.mark.rule("LIFECYCLE", "IMMEDIATE", "RESPONSE-SHAPE")
@pytest.mark.parametrize("which", [SCREENING, PHONE], ids=["online", "phone"])
async def test_an_immediate_interview_starts_completes_and_is_analysed(mock: Mock, which: int) -> None:
    """It starts with the create, ends after its duration, and the analysis follows 60 seconds later; all exact."""
    created = (await mock.create(body(agentId=agent(which)))).json()

    report = await mock.advance()

    interview = await read(mock, created["id"])
    length = interview["durationMinutes"]
    assert (created["status"], created["scheduledAt"], created["createdAt"]) == ("IN_PROGRESS", NOW, NOW)
    assert AGREED[which] * 0.6 <= length <= AGREED[which]
    assert interview["finishedDate"] == printed(BEGIN + timedelta(minutes=length))
    assert interview["analysis"]["general"]["createdAt"] == printed(BEGIN + timedelta(minutes=length + 1))
    assert (interview["status"], interview["updatedAt"]) == ("COMPLETED", interview["analysis"]["general"]["createdAt"])
    assert await story(mock) == [
        ("interview.started", 0),
        ("interview.completed", length * MINUTE),
        ("analysis.completed", length * MINUTE + 60),
    ]
    assert [timer["what"] for timer in report["happened"]] == ["complete", "analyse"]
    assert await minutes(mock) == (length, 0)


@pytest.mark.rule("LIFECYCLE")
@pytest.mark.parametrize("which", [SCREENING, PHONE], ids=["online", "phone"])
async def test_who_pays_by_credits_talks_as_long(which: int) -> None:
    """Though no minutes are held for it."""
    lengths = []
    for billing_system in ("minutes", "credits"):
        file = demo()
        file["companies"][0]["billingSystem"] = billing_system
        async with Mock(worlds=[file]) as mock:
            created = (await mock.create(body(agentId=agent(which)))).json()
            await mock.advance()
            lengths.append((await read(mock, created["id"]))["durationMinutes"])

    assert lengths[0] == lengths[1] > 1


@pytest.mark.rule("LIFECYCLE", "SCHEDULED", "BILLING-LIMIT")
@pytest.mark.parametrize("which", [SCREENING, PHONE], ids=["online", "phone"])
async def test_a_scheduled_interview_waits_for_its_instant(mock: Mock, which: int) -> None:
    """Its minutes are reserved from the create on; it starts exactly when scheduled, not a microsecond before."""
    wait = (instant(LATER) - BEGIN).total_seconds()
    created = (await mock.create(body(agentId=agent(which), scheduleTime=LATER))).json()

    await mock.advance(wait - 0.000_001)
    before = await read(mock, created["id"]), await story(mock), await minutes(mock)
    await mock.advance(0.000_001)
    after = await read(mock, created["id"]), await story(mock), await minutes(mock)
    await mock.advance()

    assert before == (created, [], (0, AGREED[which]))
    assert (created["status"], created["scheduledAt"]) == ("SCHEDULED", LATER)
    assert (after[0]["status"], after[0]["updatedAt"]) == ("IN_PROGRESS", LATER)
    assert after[1:] == ([("interview.started", wait)], (0, AGREED[which]))
    length = (await read(mock, created["id"]))["durationMinutes"]
    assert await story(mock) == [
        ("interview.started", wait),
        ("interview.completed", wait + length * MINUTE),
        ("analysis.completed", wait + length * MINUTE + 60),
    ]
    assert await minutes(mock) == (length, 0)


@pytest.mark.rule("LIFECYCLE", "RESPONSE-SHAPE")
async def test_an_interview_shows_only_what_has_come_about(mock: Mock) -> None:
    """Duration and end appear with the completion, the analysis a minute later, calls never for ONLINE agents."""
    created = (await mock.create()).json()
    length = instant((await mock.state())["timers"][0]["at"]) - BEGIN

    running = await read(mock, created["id"])
    await mock.advance(length.total_seconds())
    completed = await read(mock, created["id"])
    await mock.advance(60)
    analysed = await read(mock, created["id"])

    assert {"durationMinutes", "finishedDate", "analysis", "callAttempts", "metadata"}.isdisjoint(running)
    assert set(completed) - set(running) == {"durationMinutes", "finishedDate"}
    assert completed["updatedAt"] == completed["finishedDate"]
    assert set(analysed) - set(completed) == {"analysis"}


@pytest.mark.rule("LIFECYCLE")
async def test_a_call_goes_with_the_interview(mock: Mock) -> None:
    """A PHONE interview has one attempt: planned, under way, completed after as many seconds as the interview took."""
    created = (await mock.create(body(agentId=agent(PHONE), scheduleTime=LATER))).json()

    await mock.advance(to=LATER)
    running = await read(mock, created["id"])
    await mock.advance()
    done = await read(mock, created["id"])

    planned = created["callAttempts"][0]
    assert planned == {
        "id": planned["id"],
        "direction": "OUTBOUND",
        "status": "SCHEDULED",
        "retryNumber": 0,
        "scheduledAt": LATER,
    }
    assert running["callAttempts"] == [{**planned, "status": "IN_PROGRESS", "calledAt": LATER}]
    seconds = done["durationMinutes"] * MINUTE
    assert done["callAttempts"] == [
        {**running["callAttempts"][0], "status": "COMPLETED", "duration": seconds},
    ]


@pytest.mark.rule("LIFECYCLE")
@pytest.mark.parametrize(("which", "names_call"), [(SCREENING, False), (PHONE, True)], ids=["online", "phone"])
async def test_events_name_the_call_where_there_is_one(mock: Mock, which: int, names_call: bool) -> None:
    """Interview events carry `callAttemptId` for PHONE agents only; analysis events never do."""
    created = (await mock.create(body(agentId=agent(which)))).json()
    await mock.advance()

    events = (await mock.control.get(f"/worlds/{mock.world.id}/events")).json()

    calls = [event["data"].get("callAttemptId") for event in events]
    attempt = (await read(mock, created["id"]))["callAttempts"][0]["id"] if names_call else None
    assert calls == [attempt, attempt, None]
    assert [event["data"]["status"] for event in events] == ["IN_PROGRESS", "COMPLETED", "COMPLETED"]


# tag, agent → the events after interview.started, in seconds from the start; None where the duration comes first
ENDS = [
    ("+no-answer", SCREENING, "FAILED", [("interview.failed", 30)], None, "nobody comes"),
    ("+no-answer", PHONE, "FAILED", [("interview.failed", 3630)], None, "nobody picks up, three times"),
    ("+failed", SCREENING, "FAILED", [], "interview.failed", "it breaks down"),
    ("+failed", PHONE, "FAILED", [], "interview.failed", "the call breaks down"),
    ("+analysis-failed", SCREENING, "COMPLETED", [], "analysis.failed", "no analysis online"),
    ("+analysis-failed", PHONE, "COMPLETED", [], "analysis.failed", "no analysis of a call"),
    ("+slow-analysis", SCREENING, "COMPLETED", [], "analysis.completed", "an analysis an hour later"),
    ("+slow-analysis", PHONE, "COMPLETED", [], "analysis.completed", "the same of a call"),
]


@pytest.mark.rule("MAGIC-OUTCOME", "LIFECYCLE", "BILLING-LIMIT")
@pytest.mark.parametrize(
    ("tag", "which", "status", "fixed", "last"),
    [row[:5] for row in ENDS],
    ids=[f"{row[0]} {'phone' if row[1] == PHONE else 'online'}" for row in ENDS],
)
async def test_a_tag_decides_how_an_interview_ends(
    mock: Mock, tag: str, which: int, status: str, fixed: list[tuple[str, float]], last: str | None
) -> None:
    """Events come at their instants; a completed one is paid for, a failed one gives its minutes back."""
    created = (await mock.create(inline(tag, agentId=agent(which)))).json()
    planned = instant((await mock.state())["timers"][0]["at"])
    length = (planned - BEGIN).total_seconds()

    await mock.advance()

    interview = await read(mock, created["id"])
    expected = [("interview.started", 0), *fixed]
    if last == "interview.failed":
        expected.append((last, length))
    elif last is not None:
        delay = 3600 if tag == "+slow-analysis" else 60
        expected += [("interview.completed", length), (last, length + delay)]
    assert await story(mock) == expected
    assert interview["status"] == status
    assert await minutes(mock) == (interview.get("durationMinutes", 0), 0)
    assert ("durationMinutes" in interview) == ("finishedDate" in interview) == (status == "COMPLETED")
    assert ("analysis" in interview) == (last == "analysis.completed")
    if last is not None:
        assert AGREED[which] * MINUTE * 0.6 <= length <= AGREED[which] * MINUTE


@pytest.mark.rule("MAGIC-OUTCOME")
@pytest.mark.parametrize(
    ("tag", "which", "error"),
    [
        ("+no-answer", SCREENING, "NO_ANSWER"),
        ("+no-answer", PHONE, "NO_ANSWER"),
        ("+failed", SCREENING, "TECHNICAL_FAILURE"),
        ("+failed", PHONE, "TECHNICAL_FAILURE"),
        ("+analysis-failed", SCREENING, "ANALYSIS_FAILED"),
    ],
)
async def test_events_of_failure_say_why(mock: Mock, tag: str, which: int, error: str) -> None:
    """The last event carries `error`; a failed call has the same reason code."""
    created = (await mock.create(inline(tag, agentId=agent(which)))).json()
    await mock.advance()

    last = (await mock.control.get(f"/worlds/{mock.world.id}/events")).json()[-1]["data"]

    assert (last["error"], last["status"]) == (error, "FAILED")
    calls = (await read(mock, created["id"])).get("callAttempts", [{"reasonCode": error}])
    assert calls[-1]["reasonCode"] == error


@pytest.mark.rule("MAGIC-OUTCOME")
async def test_a_call_that_nobody_answers_is_tried_three_times(mock: Mock) -> None:
    """Each rings 30 seconds; they start 30 minutes apart; between them the interview goes on and keeps its minutes."""
    created = (await mock.create(inline("+no-answer", agentId=agent(PHONE), scheduleTime=LATER))).json()
    start = instant(LATER)
    seen = []
    for seconds in (0, 30, 1800, 1830, 3600, 3630):
        await mock.advance(to=printed(start + timedelta(seconds=seconds)))
        interview = await read(mock, created["id"])
        calls = [(call["status"], call["retryNumber"]) for call in interview["callAttempts"]]
        seen.append((seconds, interview["status"], calls, (await minutes(mock))[1]))

    calls = (await read(mock, created["id"]))["callAttempts"]

    assert seen == [
        (0, "IN_PROGRESS", [("IN_PROGRESS", 0)], 10),
        (30, "IN_PROGRESS", [("FAILED", 0), ("SCHEDULED", 1)], 10),
        (1800, "IN_PROGRESS", [("FAILED", 0), ("IN_PROGRESS", 1)], 10),
        (1830, "IN_PROGRESS", [("FAILED", 0), ("FAILED", 1), ("SCHEDULED", 2)], 10),
        (3600, "IN_PROGRESS", [("FAILED", 0), ("FAILED", 1), ("IN_PROGRESS", 2)], 10),
        (3630, "FAILED", [("FAILED", 0), ("FAILED", 1), ("FAILED", 2)], 0),
    ]
    starts = [printed(start + timedelta(minutes=30 * number)) for number in range(3)]
    assert [call["scheduledAt"] for call in calls] == [call["calledAt"] for call in calls] == starts
    assert {call["reasonCode"] for call in calls} == {"NO_ANSWER"}
    assert len({call["id"] for call in calls}) == 3


@pytest.mark.rule("IMMEDIATE")
async def test_a_reading_lets_an_immediate_create_answer_scheduled(mock: Mock) -> None:
    """Under `immediate_status=SCHEDULED` the answer says so, and the start follows at the same instant."""
    await mock.readings(immediate_status="SCHEDULED")

    created = (await mock.create()).json()
    before = await story(mock)
    await mock.advance(0)

    assert (created["status"], created["scheduledAt"], before) == ("SCHEDULED", NOW, [])
    assert (await read(mock, created["id"]))["status"] == "IN_PROGRESS"
    assert await story(mock) == [("interview.started", 0)]


@pytest.mark.rule("SCHEDULE-FUTURE")
async def test_a_past_time_that_is_accepted_starts_at_once(mock: Mock) -> None:
    """Under `past_schedule=accept` the interview starts now, keeps its scheduledAt, and lasts from now on."""
    await mock.readings(past_schedule="accept")

    created = (await mock.create(body(scheduleTime="2024-01-16T09:00:00Z"))).json()
    await mock.advance()

    interview = await read(mock, created["id"])
    assert (created["status"], created["scheduledAt"]) == ("IN_PROGRESS", "2024-01-16T09:00:00Z")
    assert instant(interview["finishedDate"]) == BEGIN + timedelta(minutes=interview["durationMinutes"])


@pytest.mark.rule("SCHEDULED")
async def test_a_time_that_is_now_is_answered_as_scheduled_and_starts_without_a_wait(mock: Mock) -> None:
    """`scheduleTime` equal to the clock: the answer says SCHEDULED, and the start is due already."""
    created = (await mock.create(body(scheduleTime=NOW))).json()
    await mock.advance(0)

    assert (created["status"], created["scheduledAt"]) == ("SCHEDULED", NOW)
    assert (await read(mock, created["id"]))["status"] == "IN_PROGRESS"


async def lived(seed: int) -> list[Any]:
    """Everything that a few interviews of a world with this seed become."""
    async with Mock(worlds=[demo(seed=seed)]) as mock:
        for changes in ({}, {"scheduleTime": LATER}, {"isTest": True}, {"agentId": agent(PHONE)}):
            await mock.create(body(**changes))
        await mock.create(inline("+no-answer", agentId=agent(PHONE)))
        await mock.advance()
        events = (await mock.control.get(f"/worlds/{mock.world.id}/events")).json()
        return [(await mock.call("GET", "/interviews")).json()["data"], events]


@pytest.mark.rule("LIFECYCLE", "TEST-ANALYSIS")
async def test_the_same_seed_and_calls_give_the_same_ids_durations_and_analyses() -> None:
    """Two worlds of one seed are equal in every field; of another seed they share no id and differ in analyses."""
    one, same, other = await lived(7), await lived(7), await lived(8)

    assert one == same
    assert {row["id"] for row in one[0]}.isdisjoint(row["id"] for row in other[0])
    assert [row.get("durationMinutes") for row in one[0]] != [row.get("durationMinutes") for row in other[0]]
    pairs = zip(one[0], other[0], strict=True)
    assert all(mine["analysis"] != its["analysis"] for mine, its in pairs if "analysis" in mine)


@pytest.mark.rule("LIFECYCLE", "BILLING-LIMIT")
async def test_every_interview_of_a_crowd_is_settled(mock: Mock) -> None:
    """Whatever mixture ends, what is used is the sum of the real durations and nothing stays reserved."""
    tags = itertools.cycle(("", "+no-answer", "+failed", "+analysis-failed"))
    agents = (SCREENING, PHONE, PHONE, SCREENING, SCREENING, PHONE, PHONE, SCREENING)
    for tag, which in zip(tags, agents, strict=False):
        response = await mock.create(inline(tag, agentId=agent(which)))
        assert response.status_code == 201
    assert await minutes(mock) == (0, 160)

    await mock.advance()

    rows = (await mock.call("GET", "/interviews")).json()["data"]
    assert await minutes(mock) == (sum(row.get("durationMinutes", 0) for row in rows), 0)
    assert {row["status"] for row in rows} == {"COMPLETED", "FAILED"}


# --- worlds whose files have interviews


def row(which: int = SCREENING, email: str = "", **changes: Any) -> dict[str, Any]:
    """A world file with one interview of Acme's first candidate, who has this e-mail if one is given."""
    interview = {"companyId": company(), "candidateId": candidate(ONE_JOB), "agentId": agent(which), **changes}
    world = demo(interviews=[interview])
    world["candidates"][0]["email"] = email or world["candidates"][0]["email"]
    return world


def call(status: str, minutes_ago: float, number: int = 0) -> dict[str, Any]:
    at = printed(BEGIN - timedelta(minutes=minutes_ago))
    called = {} if status == "SCHEDULED" else {"calledAt": at}
    return {"status": status, "scheduledAt": at, "retryNumber": number, **called}


AN_HOUR_AGO, IN_AN_HOUR = "2024-01-16T09:30:00Z", "2024-01-16T11:30:00Z"
NO_ANSWER = "jana+no-answer@example.com"
# the file → what happens, in order, each with its seconds after the beginning (None: as long as it lasts)
LIVING = [
    (row(scheduledAt=IN_AN_HOUR), ["start", "complete", "analyse"], 3600, "planned"),
    (row(scheduledAt=AN_HOUR_AGO), ["start", "complete", "analyse"], 0, "overdue: starts with the world"),
    (row(), ["start", "complete", "analyse"], 0, "as a create without a time"),
    (row(PHONE, scheduledAt=IN_AN_HOUR), ["start", "complete", "analyse"], 3600, "a call that the file leaves out"),
    (row(status="IN_PROGRESS", scheduledAt=NOW), ["complete", "analyse"], None, "under way"),
    (row(status="IN_PROGRESS", scheduledAt=AN_HOUR_AGO), ["complete", "analyse"], None, "should be over"),
    (row(email=NO_ANSWER, scheduledAt=NOW), ["start", "fail"], 0, "nobody will come"),
    (
        row(PHONE, NO_ANSWER, scheduledAt=NOW),
        ["start", "ring-out", "call-again", "ring-out", "call-again", "ring-out"],
        0,
        "nobody will answer",
    ),
    (
        row(PHONE, NO_ANSWER, status="IN_PROGRESS", scheduledAt=NOW, callAttempts=[call("IN_PROGRESS", 0)]),
        ["ring-out", "call-again", "ring-out", "call-again", "ring-out"],
        30,
        "it rings",
    ),
    (
        row(
            PHONE,
            NO_ANSWER,
            status="IN_PROGRESS",
            scheduledAt=AN_HOUR_AGO,
            callAttempts=[call("FAILED", 40), call("FAILED", 20, 1), call("SCHEDULED", -10, 2)],
        ),
        ["call-again", "ring-out"],
        600,
        "it waits for the last call",
    ),
    (
        row(
            PHONE,
            status="IN_PROGRESS",
            scheduledAt=AN_HOUR_AGO,
            callAttempts=[call("FAILED", 30), call("SCHEDULED", 0, 1)],
        ),
        ["call-again", "complete", "analyse"],
        0,
        "the second call will be answered",
    ),
]


@pytest.mark.rule("LIFECYCLE")
@pytest.mark.parametrize(("file", "happens", "first"), [case[:3] for case in LIVING], ids=[case[3] for case in LIVING])
async def test_interviews_that_a_world_begins_with_go_on(
    file: dict[str, Any], happens: list[str], first: float | None
) -> None:
    """They hold their minutes from the first moment and go to their end as those that were created."""
    async with Mock(worlds=[file]) as mock:
        which = PHONE if file["interviews"][0]["agentId"] == agent(PHONE) else SCREENING
        mock.app.universe.start()
        planned, reserved = next(iter(mock.world.timers)), await minutes(mock)

        happened = [timer["what"] for timer in (await mock.advance())["happened"]]

        assert reserved == (0, AGREED[which])
        assert planned.kind == happens[0]
        assert first is None or (planned.at - BEGIN).total_seconds() == first
        # What was overdue may have happened before the clock was moved.
        assert happened == happens[len(happens) - len(happened) :]
        interview = (await mock.call("GET", "/interviews")).json()["data"][0]
        assert interview["status"] == ("COMPLETED" if happens[-1] == "analyse" else "FAILED")
        assert await minutes(mock) == (interview.get("durationMinutes", 0), 0)


@pytest.mark.parametrize(
    ("status", "last"),
    [("SCHEDULED", "IN_PROGRESS"), ("SCHEDULED", "FAILED"), ("IN_PROGRESS", "COMPLETED"), ("IN_PROGRESS", "FAILED")],
)
def test_a_world_file_whose_call_cannot_go_on_is_refused(status: str, last: str) -> None:
    """An interview that is to go on needs a call that can; the message has the path."""
    file = row(PHONE, status=status, scheduledAt=NOW, callAttempts=[call("FAILED", 30), call(last, 0, 1)])

    with pytest.raises(ValueError, match="/interviews/0/callAttempts/1/status: the interview goes on"):
        Mock(worlds=[file])


async def test_interviews_that_have_ended_stay_as_they_are() -> None:
    """Neither an ended interview nor one in an undefined state plans anything."""
    statuses = ("COMPLETED", "FAILED", "CANCELLED", "UNDEFINED")
    rows = [row(status=status)["interviews"][0] for status in statuses]
    async with Mock(worlds=[demo(interviews=rows)]) as mock:
        state = await mock.state()

        assert state["timers"] == []
        assert [interview["status"] for interview in state["interviews"]] == list(statuses)
        assert await minutes(mock) == (0, 0)
        assert (await mock.advance())["happened"] == []
        assert (await mock.call("GET", "/interviews", ACME)).json()["total"] == 4
