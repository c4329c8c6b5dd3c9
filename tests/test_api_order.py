"""The order of judgement: of several faults the earlier step answers, and only the shape answers several at once."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import pytest

from mockserver.rules.form import MAX_BODY
from tests.support import (
    ATS,
    GENERIC,
    GLOBEX,
    NO_JOB,
    NOWHERE,
    TWO_JOBS,
    Mock,
    agent,
    body,
    candidate,
    company,
    demo,
    job,
)

KEY = {"key": ATS, "ats": True, "companyIds": [company()], "scopes": ["*"]}


@dataclass
class Call:
    """A good create with an ATS key, to be spoilt."""

    method: str = "POST"
    path: str = "/interviews"
    headers: dict[str, str] = field(
        default_factory=lambda: {"Authorization": f"Bearer {ATS}", "Content-Type": "application/json"}
    )
    company: str = company()
    scopes: list[str] = field(default_factory=lambda: ["*"])
    asked_before: int = 0
    minutes: int = 500
    body: dict[str, Any] = field(default_factory=body)
    content: bytes | None = None
    space: int = 0


def spoilt_path(call: Call) -> None:
    call.path = "/nowhere"


def spoilt_method(call: Call) -> None:
    call.method = "PUT"


def spoilt_key(call: Call) -> None:
    del call.headers["Authorization"]


def spoilt_company(call: Call) -> None:
    call.company = company(GLOBEX)


def spoilt_scopes(call: Call) -> None:
    call.scopes = ["read:interviews"]


def spoilt_rate(call: Call) -> None:
    call.asked_before = 60


def spoilt_size(call: Call) -> None:
    call.space = MAX_BODY


def spoilt_media(call: Call) -> None:
    call.headers["Content-Type"] = "text/plain"


def spoilt_json(call: Call) -> None:
    call.content = b"{"


def spoilt_shape(call: Call) -> None:
    call.body["scheduleTime"] = "soon"


def unknown_candidate(call: Call) -> None:
    call.body["candidateId"] = NOWHERE


def foreign_agent(call: Call) -> None:
    call.body["agentId"] = agent(1, GLOBEX)


def foreign_job(call: Call) -> None:
    call.body["jobId"] = job(1, GLOBEX)


def generic_agent(call: Call) -> None:
    call.body["agentId"] = agent(GENERIC)


def several_jobs(call: Call) -> None:
    call.body["candidateId"] = candidate(TWO_JOBS)


def no_job(call: Call) -> None:
    call.body["candidateId"] = candidate(NO_JOB)


def no_minutes(call: Call) -> None:
    call.minutes = 0


# In the documented order, each with how it is answered where it is the only fault.
FAULTS: list[tuple[Callable[[Call], None], int, str]] = [
    (spoilt_path, 404, "ROUTE"),
    (spoilt_method, 405, "METHOD"),
    (spoilt_key, 401, "AUTH-KEY"),
    (spoilt_company, 403, "KEY-ATS"),
    (spoilt_scopes, 403, "AUTH-SCOPE"),
    (spoilt_rate, 429, "RATE-LIMIT"),
    (spoilt_size, 413, "BODY-SIZE"),
    (spoilt_media, 415, "BODY-MEDIA"),
    (spoilt_json, 400, "BODY-JSON"),
    (spoilt_shape, 400, "SCHEDULE-FORMAT"),
    (unknown_candidate, 404, "CANDIDATE-EXISTS"),
    (foreign_agent, 403, "COMPANY-OWN"),
    (foreign_job, 403, "COMPANY-OWN"),
    (generic_agent, 400, "FOCUS-GENERIC"),
    (several_jobs, 400, "JOB-MULTIPLE"),
    (no_job, 400, "FOCUS-JOBLESS"),
    (no_minutes, 403, "BILLING-LIMIT"),
]
# Two that spoil the same field, or of which the second mends the first.
IMPOSSIBLE = {
    *combinations(("unknown_candidate", "several_jobs", "no_job"), 2),
    ("foreign_agent", "generic_agent"),
    ("generic_agent", "no_job"),  # that is how it should be
}


async def answered(*faults: Callable[[Call], None]) -> tuple[int, list[str]]:
    """How a call with these faults is answered; nothing may have happened."""
    call = Call()
    for fault in faults:
        fault(call)
    world = demo(keys=[{**KEY, "scopes": call.scopes}])
    world["companies"][0]["minutes"] = call.minutes
    async with Mock(worlds=[world], rate_limit="enforce") as mock:
        for _ in range(call.asked_before):
            mock.world.rates[ATS].count(mock.world.now())
        before = await mock.everything()
        response = await mock.call(
            call.method,
            f"{call.path}?companyId={call.company}",
            None,
            headers=call.headers,
            content=(call.content or json.dumps(call.body).encode()) + b" " * call.space,
        )
        assert await mock.everything() == before or response.status_code == 201
        return response.status_code, response.headers.get("x-mock-rule", "").split(", ")


@pytest.mark.rule(
    *("ROUTE", "METHOD", "AUTH-KEY", "KEY-ATS", "AUTH-SCOPE", "RATE-LIMIT", "BODY-SIZE", "BODY-MEDIA", "BODY-JSON"),
    *("CANDIDATE-EXISTS", "COMPANY-OWN", "FOCUS-GENERIC", "JOB-MULTIPLE", "FOCUS-JOBLESS", "BILLING-LIMIT"),
)
@pytest.mark.parametrize(
    ("first", "second", "status", "rule"),
    [
        pytest.param(first[0], second[0], *first[1:], id=f"{first[0].__name__} before {second[0].__name__}")
        for first, second in combinations(FAULTS, 2)
        if (first[0].__name__, second[0].__name__) not in IMPOSSIBLE
    ],
)
async def test_of_two_faults_the_earlier_step_answers(
    first: Callable[[Call], None], second: Callable[[Call], None], status: int, rule: str
) -> None:
    """Alone and together with a later fault, the answer is the same."""
    assert await answered(first) == (status, [rule])
    assert await answered(first, second) == (status, [rule])
    assert await answered(second, first) == (status, [rule])


async def test_without_a_fault_the_call_is_good() -> None:
    """So that the faults are what is answered."""
    assert await answered() == (201, [""])


async def test_all_faults_at_once_are_answered_one_step_at_a_time() -> None:
    """A client that mends what it is told meets every step, in order, and nothing twice."""
    left = [fault for fault in FAULTS if fault[0] not in (several_jobs, no_job, generic_agent)]

    met = []
    while left:
        status, rules = await answered(*(fault for fault, _, _ in left))
        assert (status, rules) == (left[0][1], [left[0][2]])
        met.append(rules[0])
        left = left[1:]

    assert met == [rule for fault, _, rule in FAULTS if fault not in (several_jobs, no_job, generic_agent)]


@pytest.mark.rule("COMPANY-OWN", "JOB-ASSIGNED", "FOCUS-GENERIC", "BILLING-LIMIT")
@pytest.mark.parametrize(
    ("given", "status", "rule"),
    [
        ({"agentId": NOWHERE, "jobId": job(1, GLOBEX)}, 404, "AGENT-EXISTS"),
        ({"candidateId": candidate(1, GLOBEX), "agentId": NOWHERE}, 403, "COMPANY-OWN"),
        ({"candidateId": candidate(TWO_JOBS), "jobId": job(1, GLOBEX)}, 403, "COMPANY-OWN"),
        ({"agentId": agent(GENERIC), "jobId": NOWHERE}, 400, "FOCUS-GENERIC"),
        ({"candidateId": candidate(TWO_JOBS), "agentId": agent(GENERIC)}, 400, "FOCUS-GENERIC"),
        ({"candidateId": candidate(NO_JOB), "jobId": NOWHERE}, 400, "JOB-ASSIGNED"),
    ],
    ids=[
        "the agent before the job",
        "the candidate before the agent",
        "the job's company before the choice",
        "a GENERIC agent before the assignment",
        "a GENERIC agent before the choice",
        "the assignment before a job that does not exist",
    ],
)
async def test_what_the_request_names_is_judged_in_order(
    mock: Mock, given: dict[str, Any], status: int, rule: str
) -> None:
    """Candidate, agent, job; then focus, choice, focus again."""
    await mock.refused(mock.create(body(**given)), status, rule)


@pytest.mark.rule("AUTH-KEY", "METHOD", "ROUTE")
async def test_paths_and_methods_come_before_keys(mock: Mock) -> None:
    """Nobody has to be known to learn that there is no such thing."""
    await mock.refused(mock.call("GET", "/nowhere", None), 404, "ROUTE")
    await mock.refused(mock.call("PUT", "/interviews", None), 405, "METHOD")
    await mock.refused(mock.call("GET", "/interviews/not-an-id", None), 401, "AUTH-KEY")


@pytest.mark.rule("FIELD-TYPE", "UNKNOWN-FIELDS")
async def test_all_of_the_shape_is_answered_at_once(mock: Mock) -> None:
    """Each rule once in the header, in the rulebook's order; each field in a line of its own."""
    await mock.readings(unknown_fields="reject")
    given = {
        "candidate": {"firstName": "", "email": "x", "gdprExpiryDate": "2020-01-01", "jobId": "y", "nickname": 1},
        "candidateId": candidate(1),
        "agent": {"type": "PHONE", "name": "x", "focus": "SCREENING", "language": "EN", "duration": 181},
        "agentId": 7,
        "job": {"salary": {"min": 2, "max": 1}, "metadata": {"a": [[[[[]]]]]}},
        "jobId": "z",
        "scheduleTime": "2020-01-01T00:00:00Z",
        "metadata": {"k": "x" * 10_240, **{str(key): 0 for key in range(50)}},
        "isTest": "yes",
    }

    response = await mock.refused(
        mock.create(given),
        400,
        *("FIELD-TYPE", "UNKNOWN-FIELDS", "CANDIDATE-XOR", "AGENT-XOR", "JOB-XOR", "JOB-SOURCE-XOR", "ID-FORMAT"),
        *("CANDIDATE-REQUIRED", "CANDIDATE-CONTACT", "GDPR-DATE", "AGENT-SHAPE", "JOB-SHAPE"),
        *("METADATA-SIZE", "METADATA-DEPTH", "METADATA-KEYS", "SCHEDULE-FUTURE"),
    )

    assert [line.partition(":")[0] for line in response.json()["message"]] == [
        *("agentId", "isTest", "candidate.nickname", "candidate", "agent", "job", "candidate.jobId"),
        *("candidate.jobId", "jobId", "candidate.firstName", "candidate.lastName", "candidate.email"),
        *("candidate.gdprExpiryDate", "agent.companyPhoneNumberId", "agent.duration", "agent.name"),
        *("job.salary.min", "job.title", "metadata", "job.metadata", "metadata", "scheduleTime"),
    ]
