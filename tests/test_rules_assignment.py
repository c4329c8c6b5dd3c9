"""Which job an interview is for, and whether the agent's focus allows it: each rule alone."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.readings import DEFAULTS
from mockserver.rules.assignment import (
    generic_interview_has_no_job,
    job_is_the_candidates,
    job_is_unambiguous,
    jobless_interview_is_generic,
    new_job_finds_room,
)
from tests.support import job

A, B, C = job(1), job(2), job(3)
ASSIGNED = st.lists(st.sampled_from([A, B, C]), unique=True).map(tuple)
ANY = replace(DEFAULTS, jobless="any")


@pytest.mark.rule("JOB-ASSIGNED")
@given(named=st.sampled_from([A, B, C]), assigned=ASSIGNED)
def test_a_named_job_is_one_of_the_candidates(named: str, assigned: tuple[str, ...]) -> None:
    """A refusal offers the candidate's jobs, where there are any."""
    violation = job_is_the_candidates(named, assigned)

    assert (violation is not None) == (named not in assigned)
    assert violation is None or (violation.status, violation.at) == (400, "/jobId")
    assert violation is None or all(id in violation.fix for id in assigned)


@pytest.mark.rule("JOB-MULTIPLE")
@given(assigned=ASSIGNED)
def test_several_jobs_must_be_told_apart(assigned: tuple[str, ...]) -> None:
    """None and one are clear; the message is the documents' own, word for word."""
    violation = job_is_unambiguous(assigned)

    assert (violation is not None) == (len(assigned) > 1)
    if violation is not None:
        assert violation.message == "Job ID must be provided when candidate has multiple job assignments"
        assert all(id in violation.fix for id in assigned)


@pytest.mark.rule("CANDIDATE-JOBS")
@pytest.mark.parametrize(("jobs", "refused"), [(0, False), (49, False), (50, True), (51, True)])
def test_a_candidate_has_room_for_fifty_jobs(jobs: int, refused: bool) -> None:
    """One more than 50 is too many."""
    violation = new_job_finds_room((A,) * jobs)

    assert (violation is not None) == refused
    assert violation is None or (violation.status, violation.at) == (400, "/job")


@pytest.mark.rule("FOCUS-GENERIC")
@given(assigned=ASSIGNED, names_job=st.booleans())
def test_a_generic_interview_knows_no_job(assigned: tuple[str, ...], names_job: bool) -> None:
    """Neither the candidate nor the request has one."""
    violation = generic_interview_has_no_job(assigned, names_job)

    assert (violation is not None) == (bool(assigned) or names_job)
    assert violation is None or (violation.status, violation.at) == (400, "/agentId")
    assert violation is None or ("assignments" in violation.message) == bool(assigned)


@pytest.mark.rule("FOCUS-JOBLESS")
@given(job_known=st.booleans(), focus=st.sampled_from(["GENERIC", "SCREENING", "OUTREACH", "LANGUAGE_TEST"]))
def test_a_jobless_interview_is_a_generic_one(job_known: bool, focus: str) -> None:
    """Unless the reading `jobless` lets any agent hold it."""
    violation = jobless_interview_is_generic(job_known, focus, DEFAULTS)

    assert (violation is not None) == (not job_known and focus != "GENERIC")
    assert violation is None or focus in violation.message
    assert jobless_interview_is_generic(job_known, focus, ANY) is None
