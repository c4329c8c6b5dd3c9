"""Fields of one request that exclude each other: each rule alone, as a truth table over what is there."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.errors import Violation
from mockserver.models import InterviewDraft
from mockserver.rules.exclusivity import (
    agent_is_named_once,
    candidate_is_named_once,
    job_is_named_in_one_place,
    job_is_named_once,
)
from mockserver.wire.drafts import parse_interview_draft
from tests.support import INLINE_AGENT, INLINE_CANDIDATE, INLINE_JOB, agent, candidate, job

FIELDS: dict[str, Any] = {
    "candidateId": candidate(1),
    "candidate": INLINE_CANDIDATE,
    "agentId": agent(1),
    "agent": INLINE_AGENT,
    "jobId": job(1),
    "job": INLINE_JOB,
}
Judge = Callable[[InterviewDraft], Violation | None]


def draft(*names: str, **more: object) -> InterviewDraft:
    return parse_interview_draft({**{name: FIELDS[name] for name in names}, **more})


XOR = [
    # rule and judge                                  given                     points at        says
    pytest.param(candidate_is_named_once, (), "/candidateId", "required", id="no candidate"),
    pytest.param(candidate_is_named_once, ("candidateId",), None, "", id="a candidate by id"),
    pytest.param(candidate_is_named_once, ("candidate",), None, "", id="a candidate inline"),
    pytest.param(candidate_is_named_once, ("candidateId", "candidate"), "/candidate", "exclude", id="both candidates"),
    pytest.param(agent_is_named_once, (), "/agentId", "required", id="no agent"),
    pytest.param(agent_is_named_once, ("agentId",), None, "", id="an agent by id"),
    pytest.param(agent_is_named_once, ("agent",), None, "", id="an agent inline"),
    pytest.param(agent_is_named_once, ("agentId", "agent"), "/agent", "exclude", id="both agents"),
    pytest.param(job_is_named_once, (), None, "", id="no job"),
    pytest.param(job_is_named_once, ("jobId",), None, "", id="a job by id"),
    pytest.param(job_is_named_once, ("job",), None, "", id="a job inline"),
    pytest.param(job_is_named_once, ("jobId", "job"), "/job", "exclude", id="both jobs"),
]


@pytest.mark.rule("CANDIDATE-XOR", "AGENT-XOR", "JOB-XOR")
@pytest.mark.parametrize(("judge", "given", "at", "says"), XOR)
def test_what_excludes_each_other(judge: Judge, given: tuple[str, ...], at: str | None, says: str) -> None:
    """Candidate and agent are given exactly once, a job at most once."""
    violation = judge(draft(*given))

    assert (violation and violation.at) == at
    assert violation is None or (violation.status == 400 and says in violation.message)


SOURCES = [
    # candidate                                beside it           refused  why
    pytest.param(None, ("jobId", "job"), False, id="no inline candidate"),
    pytest.param({}, ("jobId", "job"), False, id="an inline candidate that names no job"),
    pytest.param({"jobId": job(1)}, (), False, id="candidate.jobId alone"),
    pytest.param({"jobId": job(1)}, ("jobId",), True, id="candidate.jobId and jobId"),
    pytest.param({"jobId": job(1)}, ("job",), True, id="candidate.jobId and job"),
    pytest.param({"jobId": job(1)}, ("jobId", "job"), True, id="all three"),
    pytest.param({"jobId": ""}, ("job",), True, id="an empty text is there as well"),
]


@pytest.mark.rule("JOB-SOURCE-XOR")
@pytest.mark.parametrize(("inline", "beside", "refused"), SOURCES)
def test_the_candidates_own_job_stands_alone(inline: Any, beside: tuple[str, ...], refused: bool) -> None:
    """candidate.jobId goes with neither jobId nor job, and the message names what is in the way."""
    violation = job_is_named_in_one_place(draft(*beside, candidate=inline))

    assert (violation is not None) == refused
    if violation is not None:
        assert (violation.rule, violation.at) == ("JOB-SOURCE-XOR", "/candidate/jobId")
        assert all(name in violation.message.split() for name in beside)


@pytest.mark.rule("JOB-XOR", "JOB-SOURCE-XOR")
def test_an_empty_id_beside_another_source_is_there_as_well() -> None:
    """What it fails to name is another rule's business."""
    named = draft("job", jobId="", candidate={"jobId": job(1)})

    violation = job_is_named_in_one_place(named)

    assert job_is_named_once(named) is not None
    assert violation is not None
    assert "jobId and job" in violation.message


@pytest.mark.rule("CANDIDATE-XOR", "AGENT-XOR", "JOB-XOR")
@given(names=st.sets(st.sampled_from(sorted(FIELDS))))
def test_each_pair_is_judged_by_what_is_there_and_by_nothing_else(names: set[str]) -> None:
    """The three rules count names; the other fields play no part."""
    given = draft(*names)

    assert (candidate_is_named_once(given) is None) == (len(names & {"candidateId", "candidate"}) == 1)
    assert (agent_is_named_once(given) is None) == (len(names & {"agentId", "agent"}) == 1)
    assert (job_is_named_once(given) is None) == (len(names & {"jobId", "job"}) < 2)


@pytest.mark.rule("CANDIDATE-XOR")
@pytest.mark.parametrize("wrong", [7, "text", [], True], ids=["number", "text", "array", "boolean"])
def test_a_field_of_the_wrong_type_is_there_all_the_same(wrong: object) -> None:
    """What a field holds is another rule's business."""
    violation = candidate_is_named_once(draft("candidateId", candidate=wrong))

    assert violation is not None
