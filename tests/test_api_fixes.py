"""The changes that the journal suggests, made by hand: each turns a refusal into a 201."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support import (
    ACME,
    ATS,
    GENERIC,
    GLOBEX,
    INITECH,
    INLINE_AGENT,
    INLINE_CANDIDATE,
    INLINE_JOB,
    MISSING,
    NO_JOB,
    NOWHERE,
    READONLY,
    TWO_JOBS,
    Mock,
    agent,
    body,
    candidate,
    company,
    inline_with,
    job,
    rules_of,
)


async def last(mock: Mock) -> Any:
    return (await mock.requests())[-1]


Change = Callable[[dict[str, Any]], dict[str, Any]]


def put(**fields: Any) -> Change:
    """Set fields of a body, or take them out with MISSING."""
    return lambda given: {name: value for name, value in {**given, **fields}.items() if value is not MISSING}


def put_in(kind: str, **fields: Any) -> Change:
    return lambda given: {**given, kind: put(**fields)(given[kind])}


FIXES = [
    # sent                                              rule                fix                    done by hand
    (body(agent=INLINE_AGENT), "AGENT-XOR", "remove agent, or remove agentId", put(agent=MISSING)),
    (body(agentId=MISSING), "AGENT-XOR", "add agentId, or add agent", put(agentId=agent(1))),
    (body(candidate=INLINE_CANDIDATE), "CANDIDATE-XOR", "remove candidate, or", put(candidate=MISSING)),
    (body(job=INLINE_JOB, jobId=job(1)), "JOB-XOR", "remove job, or remove jobId", put(job=MISSING)),
    (
        {**inline_with("candidate.jobId", job(2)), "jobId": job(1)},
        "JOB-SOURCE-XOR",
        "remove candidate.jobId, or remove jobId",
        put_in("candidate", jobId=MISSING),
    ),
    (body(candidateId=candidate(TWO_JOBS)), "JOB-MULTIPLE", f"add jobId: {job(1)} or", put(jobId=job(1))),
    (body(jobId=job(2)), "JOB-ASSIGNED", f"jobId {job(1)}", put(jobId=job(1))),
    (body(jobId=NOWHERE), "JOB-ASSIGNED", f"jobId {job(1)}", put(jobId=job(1))),
    (
        body(candidateId=candidate(NO_JOB), jobId=job(1), agentId=agent(1)),
        "JOB-ASSIGNED",
        "remove jobId, or assign the job",
        put(jobId=MISSING, job=INLINE_JOB),
    ),
    (
        body(agentId=agent(GENERIC)),
        "FOCUS-GENERIC",
        "an agent with another focus, or a candidate",
        put(agentId=agent(1)),
    ),
    (body(agentId=agent(GENERIC)), "FOCUS-GENERIC", "a candidate without jobs", put(candidateId=candidate(NO_JOB))),
    (body(candidateId=candidate(NO_JOB)), "FOCUS-JOBLESS", "use a GENERIC agent", put(agentId=agent(GENERIC))),
    (body(candidateId=candidate(NO_JOB)), "FOCUS-JOBLESS", "or name a job", put(job=INLINE_JOB)),
    (body(candidateId=NOWHERE), "CANDIDATE-EXISTS", "the id of a candidate that exists", put(candidateId=candidate(1))),
    (body(agentId=NOWHERE), "AGENT-EXISTS", "the id of an agent that exists", put(agentId=agent(1))),
    (body(agentId=agent(1, GLOBEX)), "COMPANY-OWN", "an agent of the key's own company", put(agentId=agent(1))),
    (
        body(scheduleTime="soon"),
        "SCHEDULE-FORMAT",
        "such as 2025-11-20T10:00:00Z",
        put(scheduleTime="2024-01-20T10:00:00Z"),
    ),
    (body(scheduleTime="2020-01-01T00:00:00Z"), "SCHEDULE-FUTURE", "none to start at once", put(scheduleTime=MISSING)),
    (
        body(scheduleTime="2025-01-01T00:00:00Z"),
        "SCHEDULE-WINDOW",
        "2024-02-15T10:30:00Z or earlier",
        put(scheduleTime="2024-02-15T10:30:00Z"),
    ),
    (body(isTest="true"), "FIELD-TYPE", "isTest must be true or false", put(isTest=True)),
    (body(metadata={"a": {"b": {"c": {"d": {"e": {}}}}}}), "METADATA-DEPTH", "level 5", put(metadata={"a": "flat"})),
    (
        body(metadata={"a": {str(k): 0 for k in range(50)}}),
        "METADATA-KEYS",
        "remove 1",
        put(metadata={"a": {str(k): 0 for k in range(49)}}),
    ),
    (body(metadata={"a": "x" * 10_240}), "METADATA-SIZE", "remove 8 bytes", put(metadata={"a": "x" * 10_232})),
    (
        inline_with("candidate.firstName", MISSING),
        "CANDIDATE-REQUIRED",
        "add firstName",
        put_in("candidate", firstName="Jo"),
    ),
    (
        inline_with("candidate.email", MISSING),
        "CANDIDATE-REQUIRED",
        "or add phoneNumber",
        put_in("candidate", phoneNumber="+12"),
    ),
    (
        inline_with("candidate.gdprExpiryDate", "2024-01-16"),
        "GDPR-DATE",
        "such as 2025-01-16",
        put_in("candidate", gdprExpiryDate="2025-01-16"),
    ),
    (inline_with("agent.type", "PHONE"), "AGENT-SHAPE", "or make type ONLINE", put_in("agent", type="ONLINE")),
    (
        inline_with("agent.duration", 181),
        "AGENT-SHAPE",
        "agent.duration must be 1 to 180",
        put_in("agent", duration=180),
    ),
    (inline_with("job.title", MISSING), "JOB-SHAPE", "add title", put_in("job", title="Baker")),
    (inline_with("job.jobTitle", "Baker"), "JOB-SHAPE", "or remove title", put_in("job", title=MISSING)),
    (
        inline_with("job.requiredSkills", ["x"] * 11),
        "JOB-SHAPE",
        "at most 10 items",
        put_in("job", requiredSkills=["x"]),
    ),
    (
        inline_with("job.salary", {"min": 2, "max": 1}),
        "JOB-SHAPE",
        "1 or less",
        put_in("job", salary={"min": 1, "max": 1}),
    ),
]


@pytest.mark.parametrize(
    ("sent", "rule", "fix", "change"), [pytest.param(*case, id=f"{case[1]}: {case[2][:40]}") for case in FIXES]
)
async def test_the_change_that_is_suggested_passes(
    mock: Mock, sent: dict[str, Any], rule: str, fix: str, change: Change
) -> None:
    """The journal's fix, applied by hand, turns the refusal into a 201."""
    refused = await mock.create(sent)
    suggested = (await last(mock))["decided"][0]["fix"]

    assert rules_of(refused) == [rule], refused.text
    assert fix in suggested
    assert (await mock.create(change(sent))).status_code == 201


@pytest.mark.rule("BILLING-LIMIT", "AUTH-SCOPE", "KEY-ATS", "AUTH-KEY", "BODY-MEDIA", "BODY-JSON")
async def test_the_other_fixes_pass_as_well(mock: Mock) -> None:
    """Another key, another query, other headers: what is suggested is what helps."""
    theirs = {"candidateId": candidate(1, INITECH), "agentId": agent(1, INITECH)}
    by_ats = f"/interviews?companyId={company(ACME)}"

    async def fix_of(request: Any) -> str:
        await request
        journals = await mock.requests(), (await mock.control.get("/requests")).json()
        return str([*journals[0], *journals[1]][-1]["decided"][0]["fix"])

    assert "isTest: true" in await fix_of(mock.create(theirs, INITECH))
    assert (await mock.create({**theirs, "isTest": True}, INITECH)).status_code == 201
    assert "write:interviews" in await fix_of(mock.create(key=READONLY))
    assert "?companyId=" in await fix_of(mock.call("POST", "/interviews", ATS, json=body()))
    assert (await mock.call("POST", by_ats, ATS, json=body())).status_code == 201
    text = {"Content-Type": "text/plain"}
    assert "Content-Type: application/json" in await fix_of(
        mock.call("POST", "/interviews", headers=text, content="{}")
    )
    assert "one JSON object" in await fix_of(mock.create(json=[]))
    assert "Authorization: Bearer <key>" in await fix_of(mock.create(key=""))
    assert (await mock.create()).status_code == 201
