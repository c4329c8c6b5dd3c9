"""How an interview moves on: each step checks the table of states, writes one new row and says what took place."""

from dataclasses import replace
from datetime import datetime, timedelta

from mockserver import lifecycle
from mockserver.analysis import Subject, analysis_of
from mockserver.lifecycle import Outcome, outcome_of
from mockserver.models import AttemptStatus, CallAttempt, Interview, InterviewStatus
from mockserver.timers import TimerKind
from mockserver.wire.drafts import skills_of
from mockserver.wire.events import render_analysis_event, render_interview_event
from mockserver.wire.instants import render_instant
from mockserver.world import World


def _moved(interview: Interview, status: InterviewStatus, at: datetime) -> Interview:
    assert status in lifecycle.NEXT[interview.status], f"{interview.status} to {status}"
    return replace(interview, status=status, updated_at=at)


def _attempt_moved(interview: Interview, status: AttemptStatus, **changes: object) -> Interview:
    """The same interview with its last call attempt moved on; as it is where no phone is involved."""
    if not interview.call_attempts:
        return interview
    *before, last = interview.call_attempts
    assert status in lifecycle.NEXT_ATTEMPT[last.status], f"{last.status} to {status}"
    last = replace(last, status=status, **changes)  # type: ignore[arg-type]  # names and types as in CallAttempt
    return replace(interview, call_attempts=(*before, last))


def _tell(world: World, interview: Interview, what: str, at: datetime, error: str | None = None) -> None:
    attempt = interview.call_attempts[-1] if interview.call_attempts else None
    data = render_interview_event(interview, attempt, error)
    world.emit(f"interview.{what}", interview.company_id, at, data)


def _outcome(world: World, interview: Interview) -> Outcome:
    return outcome_of(world.store.candidates.past(interview.candidate_id).email)


def start(world: World, interview_id: str, at: datetime) -> Interview:
    """SCHEDULED → IN_PROGRESS; how it will end is decided now and planned."""
    interview = _moved(world.store.interviews[interview_id], "IN_PROGRESS", at)
    if interview.call_attempts == ():  # a world file may leave out what is yet to come
        interview = replace(interview, call_attempts=(CallAttempt(world.ids.next("attempt"), "SCHEDULED", at),))
    interview = _attempt_moved(interview, "IN_PROGRESS", called_at=at)
    world.store.interviews.put(interview)
    _tell(world, interview, "started", at)
    plan_end(world, interview, at)
    return interview


def plan_end(world: World, interview: Interview, at: datetime) -> None:
    outcome = _outcome(world, interview)
    if not outcome.answers:
        world.plan(at + lifecycle.RINGING, "ring-out" if interview.call_attempts else "fail", interview.id)
    else:
        end = at + timedelta(minutes=_minutes(world, interview))
        world.plan(end, "fail" if outcome.fails else "complete", interview.id)


def _minutes(world: World, interview: Interview) -> int:
    """Of those that it reserved, whatever has become of its agent since; who pays by credits reserves none."""
    agreed = interview.reserved_minutes or world.store.agents.past(interview.agent_id).duration_minutes
    return lifecycle.duration_minutes(agreed, world.seeded(interview.id))


def _minutes_since_start(interview: Interview, at: datetime) -> int:
    """Begun minutes, at least one: an interview that somebody ends before its time took no longer than it did."""
    last = interview.call_attempts[-1] if interview.call_attempts else None
    called_at = None if last is None else last.called_at
    begun = called_at or interview.updated_at  # nothing but its start has touched an online one that is under way
    return max(1, -((begun - at) // timedelta(minutes=1)))


def resume(world: World) -> None:
    """Plan what a seed's living interviews wait for: those that were planned or under way when it was written."""
    for interview in world.store.interviews:
        resume_one(world, interview)


def resume_one(world: World, interview: Interview) -> None:
    if interview.status == "SCHEDULED":
        world.plan(max(interview.scheduled_at, world.now()), "start", interview.id)
    elif interview.status == "IN_PROGRESS":
        _resume_talk(world, interview)


def _resume_talk(world: World, interview: Interview) -> None:
    begun = max(interview.scheduled_at, interview.created_at)
    if interview.call_attempts == ():  # a world file may leave out what is under way
        call = CallAttempt(world.ids.next("attempt"), "IN_PROGRESS", begun, called_at=begun)
        interview = replace(interview, call_attempts=(call,))
        world.store.interviews.put(interview)
    last = interview.call_attempts[-1] if interview.call_attempts else None
    if last is not None and last.status == "SCHEDULED":
        world.plan(max(last.scheduled_at, world.now()), "call-again", interview.id)
    else:
        plan_end(world, interview, (last and last.called_at) or begun)


def ring_out(world: World, interview_id: str, at: datetime) -> None:
    """Nobody picked up: try again later, or give up."""
    interview = world.store.interviews[interview_id]
    assert interview.call_attempts is not None
    last = interview.call_attempts[-1]
    if last.retry_number >= lifecycle.CALL_RETRIES:
        fail(world, interview_id, at, "NO_ANSWER")
        return
    interview = _attempt_moved(interview, "FAILED", reason_code="NO_ANSWER", duration_seconds=0)
    again_at = last.scheduled_at + lifecycle.CALL_RETRY_DELAY
    again = CallAttempt(world.ids.next("attempt"), "SCHEDULED", again_at, last.retry_number + 1)
    attempts = (*(interview.call_attempts or ()), again)
    world.store.interviews.put(replace(interview, updated_at=at, call_attempts=attempts))
    world.plan(again_at, "call-again", interview_id)


def call_again(world: World, interview_id: str, at: datetime) -> None:
    interview = _attempt_moved(world.store.interviews[interview_id], "IN_PROGRESS", called_at=at)
    world.store.interviews.put(replace(interview, updated_at=at))
    plan_end(world, interview, at)


def complete(world: World, interview_id: str, at: datetime) -> None:
    """IN_PROGRESS → COMPLETED; the minutes it took are settled, its analysis is planned."""
    interview = world.store.interviews[interview_id]
    minutes = min(_minutes(world, interview), _minutes_since_start(interview, at))
    interview = _moved(interview, "COMPLETED", at)
    interview = _attempt_moved(interview, "COMPLETED", duration_seconds=minutes * 60)
    interview = replace(interview, duration_minutes=minutes, finished_at=at)
    world.store.interviews.put(settled(world, interview, minutes))
    _tell(world, interview, "completed", at)
    world.plan(at + _outcome(world, interview).analysis_delay, "analyse", interview_id)


def await_call(world: World, interview: Interview, now: datetime) -> None:
    """Plan the last call attempt of an interview, or make the call now; its start moves along if it has not begun."""
    assert interview.call_attempts
    at = interview.call_attempts[-1].scheduled_at
    kind: TimerKind = "start" if interview.status == "SCHEDULED" else "call-again"
    if interview.status == "SCHEDULED":
        interview = replace(interview, scheduled_at=at)
    world.store.interviews.put(interview)
    if at > now:
        world.plan(at, kind, interview.id)
        return
    world.timers.cancel(kind, interview.id)
    begin = start if kind == "start" else call_again
    begin(world, interview.id, now)


def revive(world: World, interview: Interview, at: datetime) -> Interview:
    """FAILED → SCHEDULED; the minutes are held once more."""
    company = world.store.companies[interview.company_id]
    held = company.minutes_held_for(world.store.agents.past(interview.agent_id).duration_minutes)
    world.store.companies[company.id] = replace(company, minutes_reserved=company.minutes_reserved + held)
    return replace(_moved(interview, "SCHEDULED", at), reserved_minutes=held)


def with_calls_cancelled(interview: Interview) -> Interview:
    """The interview with its planned call attempts called off."""
    if interview.call_attempts is None:
        return interview
    attempts = tuple(
        replace(attempt, status="CANCELLED") if attempt.status == "SCHEDULED" else attempt
        for attempt in interview.call_attempts
    )
    return replace(interview, call_attempts=attempts)


def fail(world: World, interview_id: str, at: datetime, error: str | None = None) -> None:
    """SCHEDULED or IN_PROGRESS → FAILED; nothing is spent."""
    interview = world.store.interviews[interview_id]
    answers = _outcome(world, interview).answers
    reason = error or ("TECHNICAL_FAILURE" if answers else "NO_ANSWER")
    interview = _moved(_hung_up(interview, reason), "FAILED", at)
    world.store.interviews.put(settled(world, interview, 0))
    _tell(world, interview, "failed", at, reason)


def cancel(world: World, interview_id: str, at: datetime) -> None:
    """SCHEDULED or IN_PROGRESS → CANCELLED; nothing is spent, and the vendor has no event for it."""
    interview = _moved(_hung_up(world.store.interviews[interview_id], "CANCELLED"), "CANCELLED", at)
    world.store.interviews.put(settled(world, interview, 0))


def _hung_up(interview: Interview, reason: str) -> Interview:
    """The interview without calls to come; one that is under way fails."""
    if interview.call_attempts and interview.call_attempts[-1].status == "IN_PROGRESS":
        interview = _attempt_moved(interview, "FAILED", reason_code=reason, duration_seconds=0)
    return with_calls_cancelled(interview)


def settled(world: World, interview: Interview, spent_minutes: int) -> Interview:
    """Give back what the interview reserved and spend what it took; the row without its reservation."""
    company = world.store.companies[interview.company_id]
    world.store.companies[company.id] = replace(
        company,
        minutes_used=company.minutes_used + company.minutes_held_for(spent_minutes),
        minutes_reserved=company.minutes_reserved - interview.reserved_minutes,
    )
    return replace(interview, reserved_minutes=0)


def withdraw(world: World, interview: Interview) -> None:
    """Take an interview out, whatever its state: what it reserved comes back, and nothing more is told of it."""
    # rule: INTERVIEW-DELETE
    world.timers.forget(interview.id)
    world.store.interviews.put(with_calls_cancelled(settled(world, interview, 0)))
    world.store.interviews.remove(interview.id)


def analyse(world: World, interview_id: str, at: datetime) -> None:
    """A completed interview gets its analysis, or the news that there will be none."""
    interview = world.store.interviews[interview_id]
    outcome = _outcome(world, interview)
    if outcome is not lifecycle.COMPLETES:
        world.coverage.saw("MAGIC-OUTCOME")
    if outcome.analysis_fails:
        data = render_analysis_event(interview, "FAILED", "ANALYSIS_FAILED", world.readings)
        world.emit("analysis.failed", interview.company_id, at, data)
        return
    interview = replace(analysed(world, interview, at), updated_at=at)
    world.store.interviews.put(interview)
    tell_analysis(world, interview, at)


def tell_analysis(world: World, interview: Interview, at: datetime) -> None:
    data = render_analysis_event(interview, "COMPLETED", None, world.readings)
    world.emit("analysis.completed", interview.company_id, at, data)


def analysed(world: World, interview: Interview, at: datetime) -> Interview:
    """The interview with an analysis made from its own candidate, job and agent."""
    # rule: TEST-ANALYSIS
    id = world.ids.next("analysis")
    created_at = render_instant(at, world.readings)
    analysis = analysis_of(_subject(world, interview), id=id, created_at=created_at, seed=world.seeded(interview.id))
    return replace(interview, analysis=analysis)


def _subject(world: World, interview: Interview) -> Subject:
    store = world.store
    candidate, agent = store.candidates.past(interview.candidate_id), store.agents.past(interview.agent_id)
    job = None if interview.job_id is None else store.jobs.past(interview.job_id)
    required, nice = skills_of(job)
    return Subject(
        first_name=candidate.first_name,
        last_name=candidate.last_name,
        job_title=None if job is None else job.title,
        required_skills=required,
        nice_to_have_skills=nice,
        focus=agent.focus,
        language=agent.language,
        questions=agent.questions,
        cefr_level=agent.cefr_level,
        duration_seconds=(interview.duration_minutes or 0) * 60,
        company=store.companies[interview.company_id].name,
        agent_name=agent.name,
    )


def complete_test(world: World, interview: Interview, at: datetime) -> Interview:
    """A test interview is over as it begins: analysed, nothing spent, two events."""
    # rule: TEST-COMPLETED, TEST-WEBHOOKS
    minutes = lifecycle.TEST_DURATION_MINUTES  # rule: TEST-DURATION
    interview = _attempt_moved(interview, "IN_PROGRESS", called_at=at)
    interview = _attempt_moved(interview, "COMPLETED", duration_seconds=minutes * 60)
    interview = replace(interview, status="COMPLETED", duration_minutes=minutes, finished_at=at)
    interview = analysed(world, interview, at)
    world.store.interviews.put(interview)
    _tell(world, interview, "completed", at)
    tell_analysis(world, interview, at)
    return interview
