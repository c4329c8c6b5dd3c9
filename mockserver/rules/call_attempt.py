"""Call attempts: for which interviews, when, and while what goes on."""

from datetime import datetime

from mockserver.errors import Violation
from mockserver.models import CallAttempt, Interview, InterviewStatus
from mockserver.readings import Readings
from mockserver.rulebook import rule
from mockserver.rules.schedule import parse_schedule

AT = "/scheduledAt"
# A SCHEDULED interview gets another call, one that waits for the next call too, and a FAILED one begins anew.
CALLABLE: frozenset[InterviewStatus] = frozenset({"SCHEDULED", "IN_PROGRESS", "FAILED"})


@rule("ATTEMPT-PHONE")
def interview_is_by_phone(interview: Interview) -> Violation | None:
    if interview.call_attempts is not None:
        return None
    text = "Call attempts are managed for PHONE interviews only, and this one is held ONLINE"
    return Violation(400, text, fix="use an interview whose agent is of type PHONE")


@rule("ATTEMPT-EXISTS")
def attempt_exists(found: CallAttempt | None, id: str) -> Violation | None:
    if found is not None:
        return None
    return Violation(404, f"Call attempt with ID {id} not found", fix="use the id of an attempt of this interview")


@rule("ATTEMPT-IDLE")
def no_call_is_under_way(attempts: tuple[CallAttempt, ...]) -> Violation | None:
    if all(attempt.status != "IN_PROGRESS" for attempt in attempts):
        return None
    text = "A call attempt cannot be made while a call is in progress"
    return Violation(400, text, fix="wait until the call has ended")


@rule("ATTEMPT-STATE")
def interview_is_not_over(status: InterviewStatus) -> Violation | None:
    if status in CALLABLE:
        return None
    text = f"A call attempt cannot be made for an interview that is {status}"
    return Violation(400, text, fix="create a new interview")


@rule("ATTEMPT-STATE")
def attempt_is_waiting(attempt: CallAttempt) -> Violation | None:
    if attempt.status == "SCHEDULED":
        return None
    text = f"Only a SCHEDULED call attempt can be rescheduled, and this one is {attempt.status}"
    return Violation(400, text, fix="use the interview's SCHEDULED attempt, or make a new one")


@rule("ATTEMPT-STATE")
def attempt_is_not_under_way(attempt: CallAttempt) -> Violation | None:
    if attempt.status != "IN_PROGRESS":
        return None
    return Violation(
        400, "A call attempt cannot be deleted while it is IN_PROGRESS", fix="wait until the call has ended"
    )


@rule("ATTEMPT-FUTURE")
def attempt_is_ahead(text: str, now: datetime, readings: Readings) -> Violation | None:
    """A text that names no instant is SCHEDULE-FORMAT's business."""
    try:
        instant = parse_schedule(text, readings)
    except ValueError:
        return None
    if instant > now:
        return None
    shown = now.isoformat(timespec="seconds").replace("+00:00", "Z")
    why = f"must lie in the future: {text} is not after {shown} on this world's clock"
    return Violation(400, why, at=AT, fix="a later time, or a new attempt without one to call at once")
