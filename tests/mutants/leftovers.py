"""What refusals leave behind."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from mockserver import agents, candidates, interviews, jobs
from mockserver.api import reading
from mockserver.caller import Caller
from mockserver.errors import ApiError
from mockserver.models import InterviewDraft, JobDraft
from mockserver.world import World
from tests.mutants.fault import breaking
from tests.mutants.patches import Right, instead


def _refused(leave: Callable[[Caller, InterviewDraft, datetime], object]) -> Callable[..., Any]:
    def wrong(right: Right, caller: Caller, draft: InterviewDraft) -> Any:
        try:
            return right(caller, draft)
        except ApiError:
            leave(caller, draft, caller.world.now())
            raise

    return wrong


def _leave_candidate(caller: Caller, draft: InterviewDraft, now: datetime) -> None:
    if draft.candidate is not None:
        candidates.stored(caller.world, caller.company_id, draft.candidate, (), now)


def _leave_agent(caller: Caller, draft: InterviewDraft, now: datetime) -> None:
    if draft.agent is not None:
        agents.stored(caller.world, caller.company_id, draft.agent, now)


def _leave_job(caller: Caller, draft: InterviewDraft, now: datetime) -> None:
    if draft.job is not None:
        jobs.stored(caller.world, caller.company_id, draft.job, now)


def _hold_minutes(world: World, company_id: str, minutes: int) -> None:
    company = world.store.companies[company_id]
    world.store.companies[company_id] = replace(company, minutes_reserved=company.minutes_reserved + minutes)


def _leave_minutes(caller: Caller, draft: InterviewDraft, _now: datetime) -> None:
    agent = caller.world.store.agents.get(draft.agent_id or "")
    _hold_minutes(caller.world, caller.company_id, 0 if agent is None else agent.duration_minutes)


def _tell(caller: Caller, *_: object) -> None:
    about = {"interviewId": caller.key.id, "candidateId": caller.key.id, "jobId": None, "status": "COMPLETED"}
    caller.world.emit("interview.completed", caller.company_id, caller.world.now(), about)


def _leave_shapeless(leave: Callable[[Caller, Mapping[str, Any]], object]) -> Callable[..., Any]:
    """For what is refused for its shape alone."""

    def wrong(right: Right, caller: Caller, operation: str, body: dict[str, Any], questions: Iterable[Any]) -> None:
        try:
            right(caller, operation, body, questions)
        except ApiError:
            leave(caller, {**body, "operation": operation})
            raise

    return wrong


def _leave_titled_job(caller: Caller, body: Mapping[str, Any]) -> None:
    given = body.get("job") or body
    if isinstance(given.get("title"), str) and body["operation"] in ("createJob", "createInterview"):
        jobs.stored(caller.world, caller.company_id, JobDraft(given["title"], None, {}), caller.world.now())


def _apply_half(caller: Caller, body: Mapping[str, Any]) -> None:
    """Something of a change that is refused for something else."""
    id = caller.exchange.path.rpartition("/")[2]
    job = caller.world.store.jobs.get(id)
    if body["operation"] == "updateJob" and job is not None:
        caller.world.store.jobs.put(replace(job, updated_at=caller.world.now(), details={**job.details, "jobUrl": "x"}))


FAULTS = (
    *breaking("FOCUS-GENERIC", "BILLING-LIMIT", "AGENT-EXISTS", "JOB-EXISTS")(
        (
            "refusal-leaves-candidate",
            "A refused create leaves its new candidate behind.",
            instead(interviews.judge, _refused(_leave_candidate)),
        ),
    ),
    *breaking("BILLING-LIMIT")(
        (
            "refusal-leaves-agent",
            "A refused create leaves its new agent behind.",
            instead(interviews.judge, _refused(_leave_agent)),
        ),
        (
            "refusal-holds-minutes",
            "A refused create holds the minutes that it would have taken.",
            instead(interviews.judge, _refused(_leave_minutes)),
        ),
    ),
    *breaking("FOCUS-GENERIC")(
        (
            "refusal-leaves-job",
            "A refused create leaves its new job behind.",
            instead(interviews.judge, _refused(_leave_job)),
        ),
    ),
    *breaking("TEST-WEBHOOKS")(
        (
            "refusal-sends-webhook",
            "A refused create is told to webhooks.",
            instead(interviews.judge, _refused(_tell)),
        ),
    ),
    *breaking("JOB-SHAPE", "FIELD-TYPE")(
        (
            "misshapen-leaves-job",
            "A body that is refused for its shape leaves a job behind.",
            instead(reading.check_shape, _leave_shapeless(_leave_titled_job)),
        ),
    ),
    *breaking("deliveries/refused")(
        (
            "misshapen-sends-webhook",
            "A create that is refused for its shape is told to webhooks.",
            instead(reading.check_shape, _leave_shapeless(_tell)),
        ),
    ),
    *breaking("METADATA-SIZE", "JOB-SHAPE")(
        (
            "refused-change-half-done",
            "A refused change of a job is half done.",
            instead(reading.check_shape, _leave_shapeless(_apply_half)),
        ),
    ),
)
