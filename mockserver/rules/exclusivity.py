"""Fields of one request that exclude each other."""

from mockserver.errors import Violation
from mockserver.models import InterviewDraft
from mockserver.rulebook import rule


def _exactly_one(id: str, inline: str, has_id: bool, has_inline: bool) -> Violation | None:
    if has_id and has_inline:
        text = f"{id} and {inline} exclude each other: give one of them"
        return Violation(400, text, at=f"/{inline}", fix=f"remove {inline}, or remove {id}")
    if not has_id and not has_inline:
        return Violation(400, f"one of {id} and {inline} is required", at=f"/{id}", fix=f"add {id}, or add {inline}")
    return None


@rule("CANDIDATE-XOR")
def candidate_is_named_once(draft: InterviewDraft) -> Violation | None:
    return _exactly_one("candidateId", "candidate", draft.candidate_id is not None, draft.candidate is not None)


@rule("AGENT-XOR")
def agent_is_named_once(draft: InterviewDraft) -> Violation | None:
    return _exactly_one("agentId", "agent", draft.agent_id is not None, draft.agent is not None)


@rule("JOB-XOR")
def job_is_named_once(draft: InterviewDraft) -> Violation | None:
    if draft.job_id is not None and draft.job is not None:
        text = "jobId and job exclude each other: give at most one of them"
        return Violation(400, text, at="/job", fix="remove job, or remove jobId")
    return None


@rule("JOB-SOURCE-XOR")
def job_is_named_in_one_place(draft: InterviewDraft) -> Violation | None:
    if draft.candidate is None or draft.candidate.job_id is None:
        return None
    beside = [name for name, value in (("jobId", draft.job_id), ("job", draft.job)) if value is not None]
    if not beside:
        return None
    text = f"candidate.jobId cannot be combined with {' and '.join(beside)} at the top level"
    fix = f"remove candidate.jobId, or remove {' and '.join(beside)}"
    return Violation(400, text, at="/candidate/jobId", fix=fix)
