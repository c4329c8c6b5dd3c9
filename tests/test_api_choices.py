"""Who takes part in an interview and which job it is for, over the API: whole truth tables."""

from itertools import product
from typing import Any

import pytest

from tests.support import (
    ACME,
    GENERIC,
    GLOBEX,
    INLINE_AGENT,
    INLINE_CANDIDATE,
    INLINE_JOB,
    MISSING,
    NO_JOB,
    NOWHERE,
    SCREENING,
    Mock,
    agent,
    body,
    candidate,
    company,
    job,
)

WITH_JOB = {**INLINE_CANDIDATE, "jobId": job(2)}
CANDIDATES: dict[str, dict[str, Any]] = {
    "none": {},
    "id": {"candidateId": candidate(1)},
    "inline": {"candidate": INLINE_CANDIDATE},
    "inline + jobId": {"candidate": WITH_JOB},
    "both": {"candidateId": candidate(1), "candidate": INLINE_CANDIDATE},
    "both + jobId": {"candidateId": candidate(1), "candidate": WITH_JOB},
}
AGENTS: dict[str, dict[str, Any]] = {
    "none": {},
    "id": {"agentId": agent(SCREENING)},
    "inline": {"agent": INLINE_AGENT},
    "both": {"agentId": agent(SCREENING), "agent": INLINE_AGENT},
}
JOBS: dict[str, dict[str, Any]] = {
    "none": {},
    "jobId": {"jobId": job(1)},
    "job": {"job": INLINE_JOB},
    "both": {"jobId": job(1), "job": INLINE_JOB},
}


def expected(candidates: str, agents: str, jobs: str) -> tuple[list[str], str | None]:
    """An oracle from the words of the rules: which of them refuse, else which job the interview is for."""
    broken = []
    if candidates == "none" or candidates.startswith("both"):
        broken.append("CANDIDATE-XOR")
    if agents in ("none", "both"):
        broken.append("AGENT-XOR")
    if jobs == "both":
        broken.append("JOB-XOR")
    if candidates.endswith("jobId") and jobs != "none":
        broken.append("JOB-SOURCE-XOR")
    if not broken and candidates == "inline" and jobs == "none":
        broken.append("FOCUS-JOBLESS")
    chosen = {"jobId": job(1), "job": "new"}.get(jobs) or {"id": job(1), "inline + jobId": job(2)}.get(candidates)
    return broken, None if broken else chosen


@pytest.mark.rule("CANDIDATE-XOR", "AGENT-XOR", "JOB-XOR", "JOB-SOURCE-XOR", "FOCUS-JOBLESS")
@pytest.mark.parametrize(
    ("candidates", "agents", "jobs"),
    [
        pytest.param(*names, id=f"candidate {names[0]}, agent {names[1]}, job {names[2]}")
        for names in product(CANDIDATES, AGENTS, JOBS)
    ],
)
async def test_what_excludes_each_other(mock: Mock, candidates: str, agents: str, jobs: str) -> None:
    """The whole truth table: every fault is named, in order; without one, the job is the one that was meant."""
    given = {**CANDIDATES[candidates], **AGENTS[agents], **JOBS[jobs]}
    broken, chosen = expected(candidates, agents, jobs)

    if broken:
        response = await mock.refused(mock.create(given), 400, *broken)
        message = response.json()["message"]
        assert len(broken) == (1 if isinstance(message, str) else len(message))
    else:
        response = await mock.create(given)
        named = {row["id"] for row in (await mock.state())["jobs"]}
        assert response.status_code == 201, response.text
        assert response.json()["jobId"] in (named - {job(1), job(2), job(3)} if chosen == "new" else {chosen})


# --- Which job

A, B, C, D = (job(number) for number in (1, 2, 3, 4))
FOREIGN = job(1, GLOBEX)
NAMED: dict[str, str | None] = {
    "none": None,
    "assigned": A,
    "another's": D,
    "foreign": FOREIGN,
    "nowhere": NOWHERE,
    "malformed": "job-1",
}


def choice(jobs: int, focus: str, named: str) -> tuple[int, str | None]:
    """Status and rule, or status and job: the table of rules.md, read by hand."""
    if named == "malformed":
        return 400, "ID-FORMAT"
    if named == "foreign":
        return 403, "COMPANY-OWN"
    if focus == "GENERIC":
        return (201, None) if (jobs, named) == (0, "none") else (400, "FOCUS-GENERIC")
    if named == "none":
        return [(400, "FOCUS-JOBLESS"), (201, A), (400, "JOB-MULTIPLE"), (400, "JOB-MULTIPLE")][jobs]
    return (201, A) if named == "assigned" else (400, "JOB-ASSIGNED")


def world_of_jobs() -> dict[str, Any]:
    """Candidates 0 to 3 with so many jobs, a fourth job that nobody has, a job of another company."""
    person = {"companyId": company(), "lastName": "Doe", "email": "jane@example.com", "gdprExpiryDate": "2030-01-01"}
    led = {"companyId": company(), "name": "Ann", "type": "ONLINE", "language": "EN", "duration": 5}
    return {
        "companies": [{"id": company(), "name": "Acme", "minutes": 50}, {"id": company(GLOBEX), "name": "Globex"}],
        "keys": [{"key": ACME, "companyId": company()}],
        "jobs": [
            *({"id": id, "companyId": company(), "title": f"Job {id[-1]} of Acme"} for id in (A, B, C, D)),
            {"id": FOREIGN, "companyId": company(GLOBEX), "title": "A secret of Globex"},
        ],
        "agents": [
            {**led, "id": agent(SCREENING), "focus": "SCREENING"},
            {**led, "id": agent(GENERIC), "focus": "GENERIC"},
        ],
        "candidates": [
            {**person, "id": candidate(number), "firstName": f"Has {number}", "jobIds": [A, B, C][:number]}
            for number in range(4)
        ],
    }


@pytest.mark.rule("JOB-ASSIGNED", "JOB-SINGLE", "JOB-MULTIPLE", "FOCUS-GENERIC", "FOCUS-JOBLESS", "COMPANY-OWN")
@pytest.mark.parametrize(
    ("jobs", "focus", "named"),
    [
        pytest.param(*case, id=f"{case[0]} jobs, {case[1]}, jobId {case[2]}")
        for case in product(range(4), ("SCREENING", "GENERIC"), NAMED)
        if case[::2] != (0, "assigned")
    ],
)
async def test_which_job_an_interview_is_for(jobs: int, focus: str, named: str) -> None:
    """Candidates with 0 to 3 jobs, either kind of agent, every kind of job id."""
    led_by = agent(GENERIC if focus == "GENERIC" else SCREENING)
    given = {"candidateId": candidate(jobs), "agentId": led_by, "jobId": NAMED[named]}
    status, outcome = choice(jobs, focus, named)

    async with Mock(worlds=[world_of_jobs()]) as mock:
        if status == 201:
            response = await mock.create(given)
            assert (response.status_code, response.json().get("jobId")) == (201, outcome), response.text
        else:
            response = await mock.refused(mock.create(given), status, str(outcome))
            assert "secret" not in response.text


@pytest.mark.rule("JOB-MULTIPLE")
async def test_the_one_message_that_the_documents_give(mock: Mock) -> None:
    """Several jobs, none named: the answer is the documents' own, and holds nothing else."""
    response = await mock.refused(mock.create(body(candidateId=candidate(2))), 400, "JOB-MULTIPLE")

    assert response.json() == {
        "statusCode": 400,
        "message": "Job ID must be provided when candidate has multiple job assignments",
        "error": "Bad Request",
    }


@pytest.mark.rule("FOCUS-GENERIC")
@pytest.mark.parametrize(
    "given",
    [
        {"candidateId": candidate(NO_JOB), "job": INLINE_JOB},
        {"candidate": INLINE_CANDIDATE, "job": INLINE_JOB},
        {"candidate": INLINE_CANDIDATE, "jobId": job(1)},
        {"candidate": WITH_JOB},
    ],
    ids=["a new job", "a new candidate and a new job", "a job by id", "a job of the new candidate"],
)
async def test_a_request_for_a_generic_interview_names_no_job(mock: Mock, given: dict[str, Any]) -> None:
    """Wherever the job is named, and however the agent is given."""
    await mock.refused(mock.create({**given, "agentId": agent(GENERIC)}), 400, "FOCUS-GENERIC")
    await mock.refused(mock.create({**given, "agent": {**INLINE_AGENT, "focus": "GENERIC"}}), 400, "FOCUS-GENERIC")


@pytest.mark.rule("JOB-EXISTS", "JOB-REFERENCE")
@pytest.mark.parametrize(
    "given",
    [{"candidate": INLINE_CANDIDATE, "jobId": NOWHERE}, {"candidate": {**INLINE_CANDIDATE, "jobId": NOWHERE}}],
    ids=["jobId", "candidate.jobId"],
)
async def test_a_new_candidate_cannot_be_linked_to_a_job_that_does_not_exist(mock: Mock, given: dict[str, Any]) -> None:
    """404: a new candidate has no jobs that it could be missing among."""
    response = await mock.refused(mock.create(body(candidateId=MISSING, **given)), 404, "JOB-EXISTS")

    assert response.json()["message"] == f"Job with ID {NOWHERE} not found"
