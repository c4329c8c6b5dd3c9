"""What creates make of candidates and jobs: links, choices, defaults."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from mockserver import candidates, interviews
from mockserver.api import reading
from mockserver.caller import Caller
from mockserver.errors import ApiError, Violation
from mockserver.models import Candidate, Interview, InterviewDraft, Job
from mockserver.rules import assignment
from mockserver.wire import drafts
from mockserver.world import World
from tests.mutants.fault import breaking
from tests.mutants.patches import Judge, Right, constant, instead, judged


def _candidate_as_given(_right: Right, world: World, plan: Any, _job: Job | None, now: datetime) -> Candidate:
    """Without a link to the interview's job."""
    if isinstance(plan.candidate, Candidate):
        return plan.candidate
    return candidates.stored(world, plan.company_id, plan.candidate, (), now)


def _only_new_candidates_linked(right: Right, world: World, plan: Any, job: Job | None, now: datetime) -> Candidate:
    return plan.candidate if isinstance(plan.candidate, Candidate) else right(world, plan, job, now)


def _no_single_job(
    right: Right, caller: Caller, draft: InterviewDraft, named: Any, candidate: Any, assigned: Any
) -> Any:
    if draft.job is None and draft.job_id is None and len(assigned) == 1:
        return None
    return right(caller, draft, named, candidate, assigned)


def _first_of_many(
    right: Right, caller: Caller, draft: InterviewDraft, named: Any, candidate: Any, assigned: Any
) -> Any:
    return right(caller, draft, named, candidate, assigned[:1])


def _last_wins(_right: Right, draft: InterviewDraft) -> tuple[str, str] | None:
    """The candidate's own job over the one beside it."""
    if draft.candidate is not None and draft.candidate.job_id is not None:
        return draft.candidate.job_id, "/candidate/jobId"
    return None if draft.job_id is None else (draft.job_id, "/jobId")


def _job_id_over_job(right: Right, caller: Caller, draft: InterviewDraft, named: Any, *rest: Any) -> Any:
    found = caller.world.store.jobs.get(draft.job_id or "") if draft.job is not None else None
    return found or right(caller, draft, named, *rest)


def _reworded(right: Judge, assigned: tuple[str, ...]) -> Violation | None:
    violation = right(assigned)
    return None if violation is None else replace(violation, message=violation.message.lower())


def _hides_inline(right: Right, caller: Caller, asked: Any) -> Any:
    page = right(caller, asked)
    return replace(page, rows=[row for row in page.rows if row.id not in caller.world.inline])


def _commit_without_agent(right: Right, world: World, plan: Any, now: datetime) -> Interview:
    """An agent made with an interview is gone after it."""
    made: Interview = right(world, plan, now)
    if world.store.agents.get(made.agent_id) is not None and made.agent_id in world.inline:
        world.store.agents.remove(made.agent_id)
    return made


def _job_title_lost(right: Right, body: Any) -> Any:
    draft = right(body)
    return replace(draft, details={name: value for name, value in draft.details.items() if name != "description"})


def _status_required(right: Right, caller: Caller, operation: str, body: dict[str, Any], questions: Any) -> None:
    if operation == "createJob" and "status" not in body:
        raise ApiError([Violation(400, "is required", at="/status", rule="JOB-SHAPE")], of_shape=True)
    right(caller, operation, body, questions)


def _as_many_as_given(right: Right, caller: Caller, draft: Any) -> Any:
    """A job that is named twice counts twice."""
    return right(caller, draft) if draft.job_ids is None else draft.job_ids


def _not_applied(right: Right, world: World, *values: Any) -> Candidate:
    made: Candidate = replace(right(world, *values), status="UNDEFINED")
    world.store.candidates.put(made)
    return made


FAULTS = (
    *breaking("JOB-INLINE")(
        (
            "inline-job-unlinked",
            "A job made with an interview is not linked to the candidate.",
            instead(interviews._stored_candidate, _only_new_candidates_linked),
        ),
    ),
    *breaking("JOB-REFERENCE", "INLINE-PERMANENT")(
        (
            "new-candidate-unlinked",
            "A new candidate is not linked to the interview's job.",
            instead(interviews._stored_candidate, _candidate_as_given),
        ),
    ),
    *breaking("JOB-SINGLE")(
        ("only-job-not-implied", "The candidate's only job has to be named.", instead(interviews._job, _no_single_job)),
    ),
    *breaking("JOB-MULTIPLE")(
        ("first-of-several-jobs", "Of several jobs the first is taken.", instead(interviews._job, _first_of_many)),
        (
            "other-words-for-several",
            "The refusal of several jobs has other letters than the page's.",
            judged(assignment.job_is_unambiguous, _reworded),
        ),
    ),
    *breaking("JOB-PRECEDENCE")(
        (
            "precedence-of-candidates-job",
            "The job inside the candidate wins over the one beside it.",
            instead(interviews._job_id_in_force, _last_wins),
        ),
        ("precedence-of-id", "The id of a job wins over a new one.", instead(interviews._job, _job_id_over_job)),
    ),
    *breaking("INLINE-PERMANENT")(
        (
            "inline-candidate-unlisted",
            "Candidates made with an interview are in no list.",
            instead(candidates.page, _hides_inline),
        ),
        (
            "inline-agent-gone",
            "An agent made with an interview cannot be read afterwards.",
            instead(interviews.commit, _commit_without_agent),
        ),
    ),
    *breaking("JOB-SHAPE")(
        ("job-description-lost", "A job's description is not kept.", instead(drafts.parse_job_draft, _job_title_lost)),
    ),
    *breaking("JOB-FIELDS")(
        ("job-needs-status", "A job needs a status.", instead(reading.check_shape, _status_required)),
        (
            "job-not-open",
            "A job without a status is CLOSED.",
            constant(Job, "status", property(lambda job: job.details.get("status", "CLOSED"))),
        ),
    ),
    *breaking("CANDIDATE-JOBS")(
        (
            "job-linked-twice",
            "A job that is named twice is linked twice.",
            instead(candidates._job_ids, _as_many_as_given),
        ),
    ),
    *breaking("CANDIDATE-STATUS")(
        ("candidate-not-applied", "A new candidate has not applied.", instead(candidates.stored, _not_applied)),
    ),
)
