"""Which job an interview is for, and whether the agent's focus allows it."""

from mockserver.errors import Violation
from mockserver.readings import Readings
from mockserver.rulebook import rule

MAX_JOBS = 50
MULTIPLE = "Job ID must be provided when candidate has multiple job assignments"


@rule("JOB-ASSIGNED")
def job_is_the_candidates(job_id: str, assigned: tuple[str, ...]) -> Violation | None:
    if job_id in assigned:
        return None
    fix = f"jobId {' or '.join(assigned)}" if assigned else "remove jobId, or assign the job to the candidate first"
    return Violation(400, f"Job {job_id} is not assigned to the candidate", at="/jobId", fix=fix)


@rule("JOB-MULTIPLE")
def job_is_unambiguous(assigned: tuple[str, ...]) -> Violation | None:
    if len(assigned) < 2:
        return None
    return Violation(400, MULTIPLE, at="/jobId", fix=f"add jobId: {' or '.join(assigned)}")


@rule("CANDIDATE-JOBS")
def new_job_finds_room(assigned: tuple[str, ...]) -> Violation | None:
    """For a job given inline: an existing candidate will be assigned to it."""
    if len(assigned) < MAX_JOBS:
        return None
    text = f"The candidate has {len(assigned)} jobs, and cannot be assigned to one more than {MAX_JOBS}"
    return Violation(400, text, at="/job", fix="name one of the candidate's jobs by jobId, or take a job away first")


@rule("FOCUS-GENERIC")
def generic_interview_has_no_job(assigned: tuple[str, ...], names_job: bool) -> Violation | None:
    """For a GENERIC agent.

    Args:
        assigned: those of the candidate's jobs that exist; none for a new candidate.
        names_job: whether the request names a job anywhere.
    """
    if assigned:
        text = "A GENERIC agent cannot interview a candidate that has job assignments"
        fix = "use an agent with another focus, or a candidate without jobs"
        return Violation(400, text, at="/agentId", fix=fix)
    if names_job:
        text = "A GENERIC agent cannot hold an interview for a job"
        return Violation(400, text, at="/agentId", fix="use an agent with another focus, or name no job")
    return None


@rule("FOCUS-JOBLESS")
def jobless_interview_is_generic(job_known: bool, focus: str, readings: Readings) -> Violation | None:
    if job_known or focus == "GENERIC" or readings.jobless == "any":
        return None
    text = f"An interview without a job needs an agent whose focus is GENERIC, not {focus}"
    return Violation(400, text, at="/agentId", fix="use a GENERIC agent, or name a job")
