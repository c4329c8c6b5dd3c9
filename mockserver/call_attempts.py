"""The use cases of call attempts: another call, another time for it, no call."""

from dataclasses import replace
from datetime import datetime

from mockserver import interviews, progress
from mockserver.caller import Caller
from mockserver.models import CallAttempt, Interview
from mockserver.rules import billing, call_attempt
from mockserver.rules.schedule import parse_schedule


def create(caller: Caller, interview_id: str, scheduled_at: str | None, now: datetime) -> CallAttempt:
    """
    Call again at a time whose form was judged, or at once. What was SCHEDULED is cancelled and replaced; an interview
    that has FAILED begins anew, and holds minutes once more.

    Raises:
        ApiError: 400, 403 or 404, and nothing has changed.
    """
    world, interview = caller.world, _by_phone(caller, interview_id)
    caller.require(call_attempt.no_call_is_under_way, interview.call_attempts)
    caller.require(call_attempt.interview_is_not_over, interview.status)
    if interview.status == "FAILED":
        company = world.store.companies[interview.company_id]
        agreed = world.store.agents.past(interview.agent_id).duration_minutes
        caller.require(billing.minutes_are_left, company, agreed)
        interview = progress.revive(world, interview, now)
    at = now if scheduled_at is None else parse_schedule(scheduled_at, world.readings)
    attempt = CallAttempt(world.ids.next("attempt"), "SCHEDULED", at)
    before = progress.with_calls_cancelled(interview).call_attempts or ()
    progress.await_call(world, replace(interview, call_attempts=(*before, attempt), updated_at=now), now)
    return attempt


def reschedule(caller: Caller, interview_id: str, attempt_id: str, scheduled_at: str, now: datetime) -> None:
    """
    Move a SCHEDULED attempt; the start of an interview that has not begun moves along.

    Raises:
        ApiError: 400, 403 or 404, and nothing has changed.
    """
    interview, attempt = _found(caller, interview_id, attempt_id)
    caller.require(call_attempt.attempt_is_waiting, attempt)
    moved = replace(attempt, scheduled_at=parse_schedule(scheduled_at, caller.world.readings))
    attempts = [moved if each is attempt else each for each in interview.call_attempts or ()]
    interview = replace(interview, call_attempts=tuple(attempts), updated_at=now)
    if moved is attempts[-1] and interview.status in ("SCHEDULED", "IN_PROGRESS"):
        progress.await_call(caller.world, interview, now)
    else:
        caller.world.store.interviews.put(interview)


def delete(caller: Caller, interview_id: str, attempt_id: str, now: datetime) -> None:
    """
    Take an attempt out, unless it is under way. The interview stays as it is; one whose planned call is gone holds its
    minutes until it gets another one.

    Raises:
        ApiError: 400, 403 or 404, and nothing has changed.
    """
    interview, attempt = _found(caller, interview_id, attempt_id)
    caller.require(call_attempt.attempt_is_not_under_way, attempt)
    attempts = interview.call_attempts or ()
    if attempt.status == "SCHEDULED" and attempt is attempts[-1]:  # after one that is over, its analysis is to come
        caller.world.timers.forget(interview.id)
    left = tuple(each for each in attempts if each is not attempt)
    caller.world.store.interviews.put(replace(interview, call_attempts=left, updated_at=now))


def _by_phone(caller: Caller, interview_id: str) -> Interview:
    interview = interviews.get(caller, interview_id)
    caller.require(call_attempt.interview_is_by_phone, interview)
    return interview


def _found(caller: Caller, interview_id: str, attempt_id: str) -> tuple[Interview, CallAttempt]:
    """The interview and that attempt of it."""
    interview = _by_phone(caller, interview_id)
    attempt = next((each for each in interview.call_attempts or () if each.id == attempt_id), None)
    caller.require(call_attempt.attempt_exists, attempt, attempt_id)
    assert attempt is not None
    return interview, attempt
