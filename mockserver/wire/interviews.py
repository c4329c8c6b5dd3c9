"""Interviews as answered, with their call attempts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mockserver.models import CallAttempt, Interview
from mockserver.readings import Readings
from mockserver.wire.instants import render_instant


def render_interview(interview: Interview, readings: Readings) -> dict[str, Any]:
    """The answer about an interview: what is always there, then what its state and its agent's type add."""
    rendered: dict[str, Any] = {
        "id": interview.id,
        "candidateId": interview.candidate_id,
        "agentId": interview.agent_id,
        "status": interview.status,
        "scheduledAt": render_instant(interview.scheduled_at, readings),
        "createdAt": render_instant(interview.created_at, readings),
        "updatedAt": render_instant(interview.updated_at, readings),
        "jobId": interview.job_id,
        "isTest": interview.is_test,
    }
    if interview.finished_at is not None and interview.status == "COMPLETED":
        rendered["durationMinutes"] = interview.duration_minutes
        rendered["finishedDate"] = render_instant(interview.finished_at, readings)
    if (metadata := _marked(interview, readings)) is not None:
        rendered["metadata"] = metadata
    if interview.call_attempts is not None:
        rendered["callAttempts"] = [render_call_attempt(attempt, readings) for attempt in interview.call_attempts]
    if interview.analysis is not None:
        rendered["analysis"] = interview.analysis
    return rendered


def _marked(interview: Interview, readings: Readings) -> Mapping[str, object] | None:
    """The metadata as answered: a test interview's carries the mark unless the reading `test_mark` spares it."""
    # rule: TEST-MARK
    if interview.is_test and readings.test_mark == "both":
        return {**(interview.metadata or {}), "isTest": True}
    return interview.metadata


def render_call_attempt(attempt: CallAttempt, readings: Readings) -> dict[str, Any]:
    rendered: dict[str, Any] = {
        "id": attempt.id,
        "direction": "OUTBOUND",
        "status": attempt.status,
        "retryNumber": attempt.retry_number,
        "scheduledAt": render_instant(attempt.scheduled_at, readings),
    }
    if attempt.called_at is not None:
        rendered["calledAt"] = render_instant(attempt.called_at, readings)
    if attempt.duration_seconds is not None:
        rendered["duration"] = attempt.duration_seconds
    if attempt.reason_code is not None:
        rendered["reasonCode"] = attempt.reason_code
    return rendered


def render_attempt_made(attempt: CallAttempt, now: datetime, readings: Readings) -> dict[str, Any]:
    """The documents show this answer, but not what its message says."""
    if attempt.scheduled_at > now:
        return {"success": True, "message": f"Call scheduled for {render_instant(attempt.scheduled_at, readings)}"}
    return {"success": True, "message": "Call started"}
