"""Test mode, rule by rule: complete at once, analysed, told in two events, for no minutes; otherwise like any other."""

from typing import Any

import pytest

from mockserver import contract
from tests.support import (
    ACME,
    ATS,
    GENERIC,
    GLOBEX,
    INITECH,
    INLINE_AGENT,
    INLINE_CANDIDATE,
    INLINE_JOB,
    LANGUAGE_TEST,
    MISSING,
    NO_JOB,
    NOW,
    NOWHERE,
    PHONE,
    READONLY,
    SCREENING,
    TWO_JOBS,
    Mock,
    agent,
    body,
    candidate,
    company,
    job,
    phone_number,
)

LATER = "2024-01-20T14:00:00Z"
KINDS = pytest.mark.parametrize("which", [SCREENING, PHONE, LANGUAGE_TEST], ids=["online", "phone", "language test"])


def trial(**changes: Any) -> dict[str, Any]:
    return body(isTest=True, **changes)


async def created(mock: Mock, key: str = ACME, **changes: Any) -> Any:
    response = await mock.create(trial(**changes), key=key)
    assert response.status_code == 201, response.text
    return response.json()


async def events(mock: Mock) -> Any:
    return (await mock.control.get(f"/worlds/{mock.world.id}/events")).json()


@pytest.mark.rule("TEST-COMPLETED", "TEST-DURATION")
@KINDS
async def test_it_is_complete_in_the_answer_that_creates_it(mock: Mock, which: int) -> None:
    """COMPLETED, five minutes long, finished and scheduled now; nothing is left to happen."""
    interview = await created(mock, agentId=agent(which))

    assert (interview["status"], interview["durationMinutes"]) == ("COMPLETED", 5)
    assert {interview[name] for name in ("finishedDate", "scheduledAt", "createdAt", "updatedAt")} == {NOW}
    assert (await mock.state())["timers"] == []
    assert (await mock.advance())["happened"] == []


@pytest.mark.rule("TEST-COMPLETED")
async def test_a_schedule_changes_only_what_it_is_scheduled_for(mock: Mock) -> None:
    """With a scheduleTime it is complete all the same: finished now, scheduled for then."""
    interview = await created(mock, scheduleTime=LATER, agentId=agent(PHONE))

    assert (interview["status"], interview["scheduledAt"], interview["finishedDate"]) == ("COMPLETED", LATER, NOW)
    assert interview["callAttempts"][0]["scheduledAt"] == LATER


@pytest.mark.rule("TEST-DURATION")
async def test_a_phone_agent_makes_one_call_of_300_seconds(mock: Mock) -> None:
    """Its only attempt is COMPLETED; an ONLINE agent makes none."""
    by_phone = await created(mock, agentId=agent(PHONE))
    online = await created(mock)

    (attempt,) = by_phone["callAttempts"]
    assert (attempt["status"], attempt["duration"], attempt["retryNumber"]) == ("COMPLETED", 300, 0)
    assert (attempt["scheduledAt"], attempt["calledAt"]) == (NOW, NOW)
    assert "callAttempts" not in online


@pytest.mark.rule("TEST-ANALYSIS")
@KINDS
async def test_its_analysis_has_everything_that_is_documented(mock: Mock, which: int) -> None:
    """General part in full, check, scores, recommendation, transcript; language scores for a language test."""
    analysis = (await created(mock, agentId=agent(which)))["analysis"]

    general, specific = analysis["general"], analysis["specific"]
    required = contract.document()["components"]["schemas"]["GeneralAnalysis"]["required"]
    assert set(general) == set(required)
    assert (general["createdAt"], general["updatedAt"]) == (NOW, NOW)
    assert all(general[name] for name in ("strongPoints", "weakPoints", "evaluation"))
    assert specific["conversationCheck"] == {"candidateInterest": True, "conversationCompleted": True}
    assert set(specific["candidateAnalysis"]) == {"scores", "recommendation"}
    assert ({"pronunciationScores", "grammar"} <= set(specific)) == (which == LANGUAGE_TEST)


@pytest.mark.rule("TEST-ANALYSIS")
@KINDS
async def test_its_transcript_is_in_order_and_fits_into_300_seconds(mock: Mock, which: int) -> None:
    """Segments do not overlap, both sides speak, the last word falls within the five minutes."""
    transcript = (await created(mock, agentId=agent(which)))["analysis"]["specific"]["transcript"]

    times = [at for segment in transcript for at in (segment["startSeconds"], segment["endSeconds"])]
    assert times == sorted(times)
    assert 0 <= times[0] < times[-1] <= 300
    assert all(segment["startSeconds"] < segment["endSeconds"] for segment in transcript)
    assert {segment["speaker"] for segment in transcript} == {"AGENT", "CANDIDATE"}


@pytest.mark.rule("TEST-ANALYSIS")
async def test_its_analysis_speaks_of_this_interview(mock: Mock) -> None:
    """The candidate's name, the job's title and skills and the agent's questions stand in it word by word."""
    questions = ["Which queue would you take for forty messages a day?", "What did the last outage teach you?"]
    skills = ["Zig on bare metal", "Ladder logic"]
    interview = await created(
        mock,
        candidateId=MISSING,
        agentId=MISSING,
        candidate={**INLINE_CANDIDATE, "firstName": "Ottilie", "lastName": "Quux-Brontë"},
        job={"title": "Lighthouse keeper of the north", "requiredSkills": skills},
        agent={**INLINE_AGENT, "questions": questions},
    )

    analysis = interview["analysis"]
    said = [segment["text"] for segment in analysis["specific"]["transcript"] if segment["speaker"] == "AGENT"]
    whole = " ".join([*said, *analysis["general"]["strongPoints"], *analysis["general"]["evaluation"]])
    texts = whole + str(analysis["general"]) + str(analysis["specific"])
    assert all(any(question in text for text in said) for question in questions)
    assert "Ottilie" in texts
    assert "Lighthouse keeper of the north" in texts
    assert all(skill in texts for skill in skills)


@pytest.mark.rule("TEST-ANALYSIS")
async def test_analyses_differ_between_candidates(mock: Mock) -> None:
    """There is no canned analysis: two people never get the same."""
    one = await created(mock)
    two = await created(mock, candidateId=candidate(TWO_JOBS), jobId=job(1))

    assert one["analysis"]["specific"]["transcript"] != two["analysis"]["specific"]["transcript"]
    assert one["analysis"]["id"] != two["analysis"]["id"]


@pytest.mark.rule("TEST-WEBHOOKS")
@KINDS
async def test_it_is_told_in_exactly_two_events(mock: Mock, which: int) -> None:
    """interview.completed, then analysis.completed, both now; never interview.started, nothing afterwards."""
    interview = await created(mock, agentId=agent(which))
    await mock.advance(86_400)

    told = await events(mock)

    assert [event["type"] for event in told] == ["interview.completed", "analysis.completed"]
    assert {event["at"] for event in told} == {"2024-01-16T10:30:00.000Z"}
    assert {event["data"]["interviewId"] for event in told} == {interview["id"]}
    assert told[1]["data"]["analysis"] == interview["analysis"]
    assert ("callAttemptId" in told[0]["data"]) == (which == PHONE)


@pytest.mark.rule("TEST-BILLING", "BILLING-LIMIT")
async def test_it_spends_nothing_even_where_nothing_is_left(mock: Mock) -> None:
    """Initech has no minutes: a non-test interview is refused there and leaves nothing behind, a test one is not."""
    request = body(candidateId=candidate(1, INITECH), agentId=agent(1, INITECH))
    refused = mock.create(request, key=INITECH)
    await mock.refused(refused, 403, "BILLING-LIMIT")
    before = [row["minutes"] for row in (await mock.state())["companies"]]

    response = await mock.create({**request, "isTest": True}, key=INITECH)

    assert response.status_code == 201
    assert [row["minutes"] for row in (await mock.state())["companies"]] == before
    assert "BILLING-LIMIT" not in (await mock.requests())[-1]["held"]


@pytest.mark.rule("TEST-LISTED")
async def test_it_is_listed_and_readable_like_any_other(mock: Mock) -> None:
    """Reading and listing show what the create answered, also among non-test ones and through filters."""
    real = (await mock.create()).json()
    interview = await created(mock)

    read = (await mock.call("GET", f"/interviews/{interview['id']}")).json()
    listed = (await mock.call("GET", "/interviews")).json()
    completed = (await mock.call("GET", "/interviews?status=COMPLETED")).json()

    assert read == interview
    assert listed["data"] == [real, interview]
    assert completed["data"] == [interview]


@pytest.mark.rule("TEST-MARK")
@pytest.mark.parametrize(
    ("reading", "sent", "answered"),
    [
        ("both", MISSING, {"isTest": True}),
        ("both", {"ref": "A-1"}, {"ref": "A-1", "isTest": True}),
        ("both", {"isTest": "mine"}, {"isTest": True}),
        ("field_only", MISSING, None),
        ("field_only", {"ref": "A-1"}, {"ref": "A-1"}),
        ("field_only", {"isTest": "mine"}, {"isTest": "mine"}),
    ],
)
async def test_it_is_marked(reading: str, sent: Any, answered: Any) -> None:
    """`isTest: true` in the answer always, inside `metadata` only under the reading `both`; the rest of it stays."""
    async with Mock(readings={"test_mark": reading}) as mock:
        interview = await created(mock, metadata=sent)

        assert interview["isTest"] is True
        assert interview.get("metadata") == answered
        assert (await mock.call("GET", f"/interviews/{interview['id']}")).json() == interview


@pytest.mark.rule("TEST-MARK")
async def test_other_interviews_are_not_marked(mock: Mock) -> None:
    """A non-test interview says `isTest: false`, and its metadata say nothing of it."""
    interview = (await mock.create(body(metadata={"ref": "A-1"}, isTest=False))).json()

    assert (interview["isTest"], interview["metadata"]) == (False, {"ref": "A-1"})


@pytest.mark.rule("TEST-MARK", "METADATA-KEYS", "METADATA-SIZE")
@pytest.mark.parametrize(
    "metadata",
    [{f"key{number}": number for number in range(50)}, {"k": "x" * (10_240 - len('{"k":""}'))}],
    ids=["50 keys", "10,240 bytes"],
)
async def test_the_mark_does_not_count_against_the_limits(mock: Mock, metadata: dict[str, Any]) -> None:
    """Metadata at a limit are taken, and come back with the mark on top."""
    interview = await created(mock, metadata=metadata)

    assert interview["metadata"] == {**metadata, "isTest": True}


# every other rule still holds: what is sent, with which key, and what refuses it
RULES = [
    (trial(candidate=INLINE_CANDIDATE), ACME, 400, "CANDIDATE-XOR"),
    (trial(agent=INLINE_AGENT), ACME, 400, "AGENT-XOR"),
    (trial(jobId=job(1), job=INLINE_JOB), ACME, 400, "JOB-XOR"),
    (body(isTest="true"), ACME, 400, "FIELD-TYPE"),
    (trial(candidateId="nobody"), ACME, 400, "ID-FORMAT"),
    (trial(scheduleTime="2024-01-16T10:29:59Z"), ACME, 400, "SCHEDULE-FUTURE"),
    (trial(scheduleTime="2024-02-15T10:30:01Z"), ACME, 400, "SCHEDULE-WINDOW"),
    (trial(metadata={f"key{number}": 0 for number in range(51)}), ACME, 400, "METADATA-KEYS"),
    (trial(candidateId=NOWHERE), ACME, 404, "CANDIDATE-EXISTS"),
    (trial(agentId=NOWHERE), ACME, 404, "AGENT-EXISTS"),
    (trial(candidateId=candidate(1, GLOBEX)), ACME, 403, "COMPANY-OWN"),
    (trial(candidateId=candidate(NO_JOB)), ACME, 400, "FOCUS-JOBLESS"),
    (trial(agentId=agent(GENERIC)), ACME, 400, "FOCUS-GENERIC"),
    (trial(candidateId=candidate(TWO_JOBS)), ACME, 400, "JOB-MULTIPLE"),
    (trial(jobId=job(3)), ACME, 400, "JOB-ASSIGNED"),
    (trial(), READONLY, 403, "AUTH-SCOPE"),
    (trial(), ATS, 400, "KEY-ATS"),
    (trial(), "sk_nobody", 401, "AUTH-KEY"),
]


@pytest.mark.rule("TEST-RULES")
@pytest.mark.parametrize(("sent", "key", "status", "rule"), RULES, ids=[row[3] for row in RULES])
async def test_every_other_rule_holds(mock: Mock, sent: dict[str, Any], key: str, status: int, rule: str) -> None:
    """Test mode lifts billing alone: what is refused without it is refused with it, and nothing is stored or told."""
    await mock.refused(mock.create(sent, key=key), status, rule)


@pytest.mark.rule("TEST-RULES", "INLINE-PERMANENT")
async def test_inline_resources_stay(mock: Mock) -> None:
    """Candidate, agent and job of a test interview are ordinary ones afterwards."""
    interview = await created(
        mock,
        candidateId=MISSING,
        agentId=MISSING,
        candidate=INLINE_CANDIDATE,
        job=INLINE_JOB,
        agent={**INLINE_AGENT, "type": "PHONE", "companyPhoneNumberId": phone_number()},
    )
    reused = await mock.create(body(candidateId=interview["candidateId"], agentId=interview["agentId"]))

    state = await mock.state()
    assert reused.json()["jobId"] == interview["jobId"]
    assert {row["id"] for row in state["candidates"] if row["companyId"] == company()} >= {interview["candidateId"]}
    assert state["companies"][0]["minutes"]["reserved"] == 30


@pytest.mark.rule("MAGIC-OUTCOME", "TEST-COMPLETED")
@pytest.mark.parametrize("tag", ["+no-answer", "+failed", "+analysis-failed", "+slow-analysis"])
async def test_tags_mean_nothing_in_test_mode(mock: Mock, tag: str) -> None:
    """A tag decides how a non-test interview ends; a test interview is always completed and analysed."""
    person = {**INLINE_CANDIDATE, "email": f"jane{tag}@example.com"}
    interview = await created(mock, candidateId=MISSING, candidate=person, jobId=job(1), agentId=agent(PHONE))

    assert interview["status"] == "COMPLETED"
    assert [event["type"] for event in await events(mock)] == ["interview.completed", "analysis.completed"]
    assert "analysis" in interview
