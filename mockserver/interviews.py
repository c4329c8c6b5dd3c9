"""The use cases of interviews: judge without touching anything, then commit in one step."""

from dataclasses import dataclass, replace
from datetime import datetime

from mockserver import agents, candidates, jobs, progress
from mockserver.at_work import show_create, show_new_job
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
from mockserver.pages import Asked, Page, page_of
from mockserver.rules import access, assignment, billing
from mockserver.rules.interview import analysis_is_ready, list_is_of_a_candidate
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
    plan = judge(caller, draft)
    show_create(caller, draft, plan.scheduled_at, now)
    return commit(caller.world, plan, now)


def judge(caller: Caller, draft: InterviewDraft) -> Plan:
    candidate = _candidate(caller, draft)
    agent_ = _agent(caller, draft)
    named = _named_job(caller, draft)
    assigned = _assigned_jobs(caller, candidate)
    if agent_.focus == "GENERIC":
        caller.require(assignment.generic_interview_has_no_job, assigned, _names_a_job(draft))
    job = _job(caller, draft, named, candidate, assigned)
    caller.require(assignment.jobless_interview_is_generic, job is not None, agent_.focus, caller.world.readings)
    if not draft.is_test:  # rule: TEST-BILLING, TEST-RULES
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
    return caller.own(
        "candidate", found, draft.candidate_id, access.candidate_exists, "/candidateId", at="/candidateId"
    )


def _agent(caller: Caller, draft: InterviewDraft) -> Agent | AgentDraft:
    if draft.agent is not None:
        agents.judge(caller, draft.agent, "/agent")
        return draft.agent
    assert draft.agent_id is not None
    found = caller.world.store.agents.get(draft.agent_id)
    return caller.own("agent", found, draft.agent_id, access.agent_exists, "/agentId", at="/agentId")


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


def _assigned_jobs(caller: Caller, candidate: Candidate | CandidateDraft) -> tuple[str, ...]:
    """Whose jobs count: under `job_deletion=keep` an assignment may have outlived its job, and is active no more."""
    if isinstance(candidate, CandidateDraft):
        return ()
    return tuple(id for id in candidate.job_ids if caller.world.store.jobs.get(id) is not None)


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
    caller: Caller,
    draft: InterviewDraft,
    named: Job | None,
    candidate: Candidate | CandidateDraft,
    assigned: tuple[str, ...],
) -> Job | JobDraft | None:
    """
    Which job the interview is for.

    Args:
        named: the existing job that the request names, if there is one.
        assigned: those of the candidate's jobs that exist.
    """
    # rule: JOB-INLINE, JOB-REFERENCE, JOB-SINGLE
    if draft.job is not None:
        if isinstance(candidate, Candidate):
            caller.require(assignment.new_job_finds_room, candidate.job_ids)
        caller.shows("JOB-INLINE")
        show_new_job(caller, draft.job)
        return draft.job
    if isinstance(candidate, CandidateDraft):
        if named is not None:
            caller.shows("JOB-REFERENCE")
        return named
    if draft.job_id is not None:
        caller.require(assignment.job_is_the_candidates, draft.job_id, assigned)
        return named
    caller.require(assignment.job_is_unambiguous, assigned)
    if not assigned:
        return None
    caller.shows("JOB-SINGLE")
    return caller.world.store.jobs[assigned[0]]


def commit(world: World, plan: Plan, now: datetime) -> Interview:
    """One synchronous step: new resources, the links between them, the interview, the minutes it holds."""
    company, job, agent_ = world.store.companies[plan.company_id], plan.job, plan.agent
    if isinstance(job, JobDraft):
        job = jobs.stored(world, plan.company_id, job, now)
        world.inline.add(job.id)
    if isinstance(agent_, AgentDraft):
        agent_ = agents.stored(world, plan.company_id, agent_, now)
        world.inline.add(agent_.id)
    candidate = _stored_candidate(world, plan, job, now)
    reserved = 0 if plan.draft.is_test else company.minutes_held_for(agent_.duration_minutes)
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
        reserved_minutes=reserved,
        metadata=plan.draft.metadata,
        call_attempts=_first_attempt(world, agent_, plan.scheduled_at or now),
    )
    if interview.is_test:
        return progress.complete_test(world, interview, now)
    is_scheduled = plan.scheduled_at is not None and plan.scheduled_at >= now
    return _booked(world, interview, now, is_scheduled)


def _booked(world: World, interview: Interview, now: datetime, is_scheduled: bool) -> Interview:
    """Reserve the minutes, then start at once or plan the start, be it for this very moment."""
    # rule: IMMEDIATE, SCHEDULED
    company = world.store.companies[interview.company_id]
    reserved = company.minutes_reserved + interview.reserved_minutes
    world.store.companies[company.id] = replace(company, minutes_reserved=reserved)
    world.store.interviews.put(interview)
    if is_scheduled or world.readings.immediate_status == "SCHEDULED":
        world.plan(max(interview.scheduled_at, now), "start", interview.id)
        return interview
    return progress.start(world, interview.id, now)


def _first_attempt(world: World, agent_: Agent, at: datetime) -> tuple[CallAttempt, ...] | None:
    if agent_.type != "PHONE":
        return None
    return (CallAttempt(world.ids.next("attempt"), "SCHEDULED", at),)


def _stored_candidate(world: World, plan: Plan, job: Job | None, now: datetime) -> Candidate:
    """The candidate, made if inline, and linked to the interview's job unless it was."""
    # rule: INLINE-PERMANENT
    linked = () if job is None else (job.id,)
    if isinstance(plan.candidate, CandidateDraft):
        made = candidates.stored(world, plan.company_id, plan.candidate, linked, now)
        world.inline.add(made.id)
        return made
    if set(linked) <= set(plan.candidate.job_ids):
        return plan.candidate
    candidate = replace(plan.candidate, job_ids=(*plan.candidate.job_ids, *linked), updated_at=now)
    world.store.candidates.put(candidate)
    return candidate


def get(caller: Caller, id: str) -> Interview:
    found = _found(caller, id)
    if found.is_test:
        caller.shows("TEST-LISTED")
    return found


def _found(caller: Caller, id: str) -> Interview:
    return caller.own("interview", caller.world.store.interviews.get(id), id, access.interview_exists, at="")


def get_analysed(caller: Caller, id: str) -> Interview:
    """An interview that has its analysis."""
    found = get(caller, id)
    caller.require(analysis_is_ready, found)
    return found


def delete(caller: Caller, id: str) -> None:
    """In any state; what still was to come does not."""
    progress.withdraw(caller.world, _found(caller, id))
    caller.shows("INTERVIEW-DELETE")


def page(caller: Caller, asked: Asked) -> Page[Interview]:
    """The company's interviews; filters: `candidateId`, `agentId`, `status`."""
    if caller.world.readings.interview_list == "candidate":
        caller.require(list_is_of_a_candidate, asked.filters)
    owned = caller.world.store.interviews.of_company(caller.company_id)
    wanted = [asked.filters.get(name) for name in ("candidateId", "agentId", "status")]

    def keep(interview: Interview) -> bool:
        has = (interview.candidate_id, interview.agent_id, interview.status)
        return all(want in (None, value) for want, value in zip(wanted, has, strict=True))

    found = page_of(owned, asked, keep if asked.filters else None)
    # rule: TEST-LISTED
    if any(interview.is_test for interview in found.rows):
        caller.shows("TEST-LISTED")
    return found
