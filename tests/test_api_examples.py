"""The requests that the page prints, as printed, each with its documented outcome at `--clock 2024-01-16T10:30:00Z`."""

import json

import pytest

from mockserver.paths import FIXTURES
from tests.support import Mock, agent, candidate, job

REQUESTS = {
    path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted((FIXTURES / "requests").glob("*.json"))
}
NEW = object()  # made by this very request

# name                                  status       scheduledAt             candidate     job
OUTCOMES = {
    "candidate-with-multiple-jobs": ("SCHEDULED", "2024-01-20T14:00:00Z", candidate(2), job(1)),
    "candidate-with-single-job": ("SCHEDULED", "2024-01-20T14:00:00Z", candidate(1), job(1)),
    "existing-candidate-with-inline-job": ("SCHEDULED", "2024-01-20T14:00:00Z", candidate(3), NEW),
    "immediate": ("IN_PROGRESS", "2024-01-16T10:30:00Z", candidate(1), job(1)),
    "inline-candidate-with-inline-job": ("SCHEDULED", "2024-01-20T14:00:00Z", NEW, NEW),
    "inline-candidate-with-job-id": ("SCHEDULED", "2024-01-20T14:00:00Z", NEW, job(1)),
    "inline-candidate-without-job": ("SCHEDULED", "2024-01-20T14:00:00Z", NEW, None),
    "jobless-with-generic-agent": ("SCHEDULED", "2024-01-20T14:00:00Z", NEW, None),
    "scenario-1-job-association": ("SCHEDULED", "2024-01-17T10:30:00Z", NEW, job(1)),
    "scenario-2-talent-pool": ("SCHEDULED", "2024-01-17T10:30:00Z", NEW, None),
    "scenario-3-multiple-jobs": ("SCHEDULED", "2024-01-20T14:00:00Z", candidate(2), job(2)),
    "scenario-4-inline-job": ("SCHEDULED", "2024-01-17T10:30:00Z", candidate(3), NEW),
    "scheduled": ("SCHEDULED", "2024-01-20T14:00:00Z", candidate(1), job(1)),
    "test-mode": ("COMPLETED", "2024-01-16T10:30:00Z", NEW, None),
}


def is_as_told(id: str | None, told: object, known: set[str]) -> bool:
    return (id is not None and id not in known) if told is NEW else id == told


@pytest.mark.rule("SCHEDULED", "IMMEDIATE", "JOB-SINGLE", "JOB-INLINE", "JOB-REFERENCE", "CREATE-STATUS")
@pytest.mark.parametrize("name", OUTCOMES)
async def test_a_printed_request_has_its_documented_outcome(mock: Mock, name: str) -> None:
    """201, its status and time, the candidate and the job that it speaks of; whoever is new has that job."""
    status, scheduled_at, told_candidate, told_job = OUTCOMES[name]
    known = {
        row["id"] for rows in (await mock.state()).values() if isinstance(rows, list) for row in rows if "id" in row
    }

    response = await mock.create(REQUESTS[name])

    created = response.json()
    assert response.status_code == 201, response.text
    assert (created["status"], created["scheduledAt"]) == (status, scheduled_at)
    assert is_as_told(created["candidateId"], told_candidate, known)
    assert is_as_told(created["jobId"], told_job, known)
    stored = next(row for row in (await mock.state())["candidates"] if row["id"] == created["candidateId"])
    assert created["jobId"] is None or created["jobId"] in stored["jobIds"]


async def test_the_printed_requests_pass_one_after_the_other(mock: Mock) -> None:
    """In one world, as a reader of the page would send them, all but the sample that breaks the page's own rules."""
    statuses = {name: (await mock.create(given)).status_code for name, given in REQUESTS.items()}

    assert statuses == {**dict.fromkeys(OUTCOMES, 201), "curl-sample": 400}


@pytest.mark.rule("CANDIDATE-XOR", "AGENT-XOR", "JOB-XOR", "JOB-SOURCE-XOR", "SCHEDULE-WINDOW")
async def test_the_first_sample_breaks_the_pages_own_rules(mock: Mock) -> None:
    """One 400 names each of them, in order, and says where."""
    broken = ("CANDIDATE-XOR", "AGENT-XOR", "JOB-XOR", "JOB-SOURCE-XOR", "SCHEDULE-WINDOW")

    response = await mock.refused(mock.create(REQUESTS["curl-sample"]), 400, *broken)

    paths = [line.partition(":")[0] for line in response.json()["message"]]
    assert paths == ["candidate", "agent", "job", "candidate.jobId", "scheduleTime"]


async def test_the_first_sample_on_the_eve_of_its_date_breaks_only_what_excludes_itself() -> None:
    """With a clock close to the printed time, the schedule is fine."""
    async with Mock(clock="2025-11-19T10:00:00Z") as mock:
        broken = ("CANDIDATE-XOR", "AGENT-XOR", "JOB-XOR", "JOB-SOURCE-XOR")
        await mock.refused(mock.create(REQUESTS["curl-sample"]), 400, *broken)


async def test_either_half_of_the_first_sample_is_good() -> None:
    """What the sample shows in one request passes in two: everything inline, then everything by id."""
    sample = REQUESTS["curl-sample"]
    inline = {name: value for name, value in sample.items() if not name.endswith("Id")}
    inline["candidate"] = {name: value for name, value in sample["candidate"].items() if name != "jobId"}

    async with Mock(clock="2025-11-19T10:00:00Z") as mock:
        first = await mock.create(inline)
        ids = {name: first.json()[name] for name in ("candidateId", "agentId", "jobId")}
        second = await mock.create({**ids, "scheduleTime": sample["scheduleTime"], "metadata": sample["metadata"]})

    assert (first.status_code, second.status_code) == (201, 201)
    assert [second.json()[name] for name in ids] == [*ids.values()]


@pytest.mark.rule("FOCUS-JOBLESS")
@pytest.mark.parametrize("name", ["inline-candidate-without-job", "scenario-2-talent-pool", "test-mode"])
async def test_a_jobless_example_needs_the_generic_agent(mock: Mock, name: str) -> None:
    """With another agent it is refused, test mode or not, unless the reading `jobless` lets any agent do."""
    given = {**REQUESTS[name], "agentId": agent(1)}

    await mock.refused(mock.create(given), 400, "FOCUS-JOBLESS")
    async with Mock(readings={"jobless": "any"}) as lenient:
        assert (await lenient.create(given)).status_code == 201


async def test_the_printed_answer_is_one_that_the_contract_knows() -> None:
    """It has every field of the real ones, the ones of a state at a time."""
    printed = json.loads((FIXTURES / "responses" / "created.json").read_text(encoding="utf-8"))
    async with Mock() as mock:
        phone = {"candidateId": candidate(1), "agentId": agent(3), "isTest": True, "metadata": {"a": 1}}
        created = (await mock.create(phone)).json()

    assert created.keys() == printed.keys()
    assert created["callAttempts"][0].keys() <= printed["callAttempts"][0].keys()
    assert created["analysis"].keys() == printed["analysis"].keys()
    assert created["analysis"]["general"].keys() == printed["analysis"]["general"].keys()
