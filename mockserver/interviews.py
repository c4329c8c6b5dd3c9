"""The use cases of interviews: judge without touching anything, then commit in one step."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mockserver import progress, wire
from mockserver.caller import Caller
from mockserver.models import (
    Agent,
    AgentDraft,
    CallAttempt,
    Candidate,
    CandidateDraft,
    Interview,
    InterviewDraft,
    Job,
    JobDraft,
)
from mockserver.rules import access, agent, assignment, billing
from mockserver.rules.candidate import date_of
from mockserver.rules.schedule import parse_schedule
from mockserver.world import World


@dataclass(frozen=True, slots=True)
class Plan:
    """What a create will do once nothing speaks against it: existing resources as rows, new ones as drafts."""

    company_id: str
    candidate: Candidate | CandidateDraft
    agent: Agent | AgentDraft
    job: Job | JobDraft | None
    scheduled_at: datetime | None
    draft: InterviewDraft


def create(caller: Caller, draft: InterviewDraft, now: datetime) -> Interview:
    """
    A new interview, from a draft whose shape was judged.

    Raises:
        ApiError: 400, 403 or 404, and nothing has changed.
    """
    return commit(caller.world, judge(caller, draft), now)


def judge(caller: Caller, draft: InterviewDraft) -> Plan:
    candidate = _candidate(caller, draft)
    agent_ = _agent(caller, draft)
    named = _named_job(caller, draft)
    assigned = candidate.job_ids if isinstance(candidate, Candidate) else ()
    if agent_.focus == "GENERIC":
        caller.require(assignment.generic_interview_has_no_job, assigned, _names_a_job(draft))
    job = _job(caller, draft, named, candidate)
    caller.require(assignment.jobless_interview_is_generic, job is not None, agent_.focus, caller.world.readings)
    if not draft.is_test:  # rule: TEST-BILLING
        company = caller.world.store.companies[caller.company_id]
        caller.require(billing.minutes_are_left, company, agent_.duration_minutes)
    return Plan(caller.company_id, candidate, agent_, job, _scheduled_at(caller, draft), draft)


def _scheduled_at(caller: Caller, draft: InterviewDraft) -> datetime | None:
    return None if draft.schedule_time is None else parse_schedule(draft.schedule_time, caller.world.readings)


def _candidate(caller: Caller, draft: InterviewDraft) -> Candidate | CandidateDraft:
    if draft.candidate is not None:
        return draft.candidate
    assert draft.candidate_id is not None
    found = caller.world.store.candidates.get(draft.candidate_id)
    return caller.own("candidate", found, draft.candidate_id, access.candidate_exists, at="/candidateId")


def _agent(caller: Caller, draft: InterviewDraft) -> Agent | AgentDraft:
    if draft.agent is not None:
        if draft.agent.type == "PHONE":
            number = caller.world.store.phone_numbers.get(draft.agent.phone_number_id or "")
            caller.require(agent.number_is_the_companys, number, caller.company_id)
        return draft.agent
    assert draft.agent_id is not None
    found = caller.world.store.agents.get(draft.agent_id)
    return caller.own("agent", found, draft.agent_id, access.agent_exists, at="/agentId")


def _job_id_in_force(draft: InterviewDraft) -> tuple[str, str] | None:
    """The id that names the job, and where it stands: `job` over `jobId` over `candidate.jobId`."""
    # rule: JOB-PRECEDENCE
    if draft.job is not None:
        return None
    if draft.job_id is not None:
        return draft.job_id, "/jobId"
    if draft.candidate is not None and draft.candidate.job_id is not None:
        return draft.candidate.job_id, "/candidate/jobId"
    return None


def _names_a_job(draft: InterviewDraft) -> bool:
    return draft.job is not None or _job_id_in_force(draft) is not None


def _named_job(caller: Caller, draft: InterviewDraft) -> Job | None:
    """
    The existing job that the request names. For an existing candidate an id that names nothing is no 404: it is not
    among the candidate's jobs, which is judged later.
    """
    named = _job_id_in_force(draft)
    if named is None:
        return None
    id, at = named
    found = caller.world.store.jobs.get(id)
    if found is None and draft.candidate is None:
        return None
    return caller.own("job", found, id, access.job_exists, at, at=at)


def _job(
    caller: Caller, draft: InterviewDraft, named: Job | None, candidate: Candidate | CandidateDraft
) -> Job | JobDraft | None:
    """Which job the interview is for."""
    # rule: JOB-INLINE, JOB-REFERENCE, JOB-SINGLE
    if draft.job is not None:
        return draft.job
    if isinstance(candidate, CandidateDraft):
        return named
    if draft.job_id is not None:
        caller.require(assignment.job_is_the_candidates, draft.job_id, candidate.job_ids)
        return named
    caller.require(assignment.job_is_unambiguous, candidate.job_ids)
    return caller.world.store.jobs[candidate.job_ids[0]] if candidate.job_ids else None


def commit(world: World, plan: Plan, now: datetime) -> Interview:
    """One synchronous step: new resources, the links between them, the interview, the minutes it holds."""
    job = _stored_job(world, plan, now)
    agent_ = _stored_agent(world, plan, now)
    candidate = _stored_candidate(world, plan, job, now)
    interview = Interview(
        id=world.ids.next("interview"),
        company_id=plan.company_id,
        candidate_id=candidate.id,
        agent_id=agent_.id,
        job_id=None if job is None else job.id,
        status="SCHEDULED",
        scheduled_at=plan.scheduled_at or now,
        created_at=now,
        updated_at=now,
        is_test=plan.draft.is_test,
        metadata=plan.draft.metadata,
        call_attempts=_first_attempt(world, agent_, plan.scheduled_at or now),
    )
    if interview.is_test:
        return progress.complete_test(world, interview, now)
    return _booked(world, interview, agent_.duration_minutes, now)


def _booked(world: World, interview: Interview, minutes: int, now: datetime) -> Interview:
    """Reserve the minutes, then start at once or plan the start."""
    # rule: IMMEDIATE, SCHEDULED
    company = world.store.companies[interview.company_id]
    world.store.companies[company.id] = replace(company, minutes_reserved=company.minutes_reserved + minutes)
    interview = replace(interview, reserved_minutes=minutes)
    world.store.interviews.put(interview)
    if interview.scheduled_at > now or world.readings.immediate_status == "SCHEDULED":
        world.plan(max(interview.scheduled_at, now), "start", interview.id)
        return interview
    return progress.start(world, interview.id, now)


def _first_attempt(world: World, agent_: Agent, at: datetime) -> tuple[CallAttempt, ...] | None:
    if agent_.type != "PHONE":
        return None
    return (CallAttempt(world.ids.next("attempt"), "SCHEDULED", at),)


def _stored_job(world: World, plan: Plan, now: datetime) -> Job | None:
    if not isinstance(plan.job, JobDraft):
        return plan.job
    title = plan.job.title or plan.job.job_title or ""
    job = Job(world.ids.next("job"), plan.company_id, title, now, now, plan.job.details)
    world.store.jobs.put(job)
    return job


def _stored_agent(world: World, plan: Plan, now: datetime) -> Agent:
    """The agent, made if inline."""
    # rule: INLINE-PERMANENT
    draft = plan.agent
    if isinstance(draft, Agent):
        return draft
    made = Agent(
        id=world.ids.next("agent"),
        company_id=plan.company_id,
        name=draft.name,
        type=draft.type,
        focus=draft.focus,
        language=draft.language,
        duration_minutes=draft.duration_minutes,
        created_at=now,
        updated_at=now,
        questions=draft.questions,
        instructions=draft.instructions,
        voice_id=draft.voice_id,
        cefr_level=draft.cefr_level,
        phone_number_id=draft.phone_number_id if draft.type == "PHONE" else None,
        metadata=draft.metadata,
    )
    world.store.agents.put(made)
    return made


def _stored_candidate(world: World, plan: Plan, job: Job | None, now: datetime) -> Candidate:
    """The candidate, made if inline, and linked to the interview's job unless it was."""
    draft = plan.candidate
    linked = () if job is None else (job.id,)
    if isinstance(draft, Candidate):
        if set(linked) <= set(draft.job_ids):
            return draft
        candidate = replace(draft, job_ids=(*draft.job_ids, *linked), updated_at=now)
    else:
        candidate = Candidate(
            id=world.ids.next("candidate"),
            company_id=plan.company_id,
            first_name=draft.first_name,
            last_name=draft.last_name,
            gdpr_expiry=date_of(draft.gdpr_expiry),
            created_at=now,
            updated_at=now,
            email=draft.email,
            phone_number=draft.phone_number,
            job_ids=linked,
        )
    world.store.candidates.put(candidate)
    return candidate


def get(caller: Caller, id: str) -> Interview:
    found = caller.world.store.interviews.get(id)
    return caller.own("interview", found, id, access.interview_exists, at="")


def page(caller: Caller, filters: wire.InterviewFilters) -> tuple[Sequence[Interview], int]:
    """One page of the company's interviews, oldest first, and how many there are in all."""
    # rule: TEST-LISTED
    owned = caller.world.store.interviews.of_company(caller.company_id)
    chosen = [interview for interview in owned if filters.admit(interview)] if filters.are_set else list(owned)
    first = (filters.page - 1) * filters.limit
    return chosen[first : first + filters.limit], len(chosen)
