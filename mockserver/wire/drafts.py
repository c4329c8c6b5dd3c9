"""JSON (camelCase) ⇄ models: the only file with wire names."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mockserver.models import (
    AgentDraft,
    CallAttempt,
    CandidateDraft,
    Interview,
    InterviewDraft,
    Job,
    JobDraft,
    Json,
)
from mockserver.readings import Readings

JOB_TITLES = ("title", "jobTitle")
JOB_DETAILS = (
    "description",
    "jobUrl",
    "benefits",
    "requiredSkills",
    "niceToHaveSkills",
    "languageRequirements",
    "languages",
    "education",
    "experience",
    "otherRequirements",
    "contractType",
    "status",
    "location",
    "salary",
    "humanRecruiter",
    "metadata",
)


# --- parse: wire → model. A field of the wrong JSON type parses as an empty one of the right type: it is there, which
# is what exclusive-or rules ask, and FIELD-TYPE has already said what is wrong with it.


def _text(body: Json, name: str) -> str | None:
    value = body.get(name)
    return value if isinstance(value, str) or value is None else ""


def _id(body: Json, name: str) -> str | None:
    value = _text(body, name)
    return None if value is None else value.lower()


def _object(body: Json, name: str) -> Json | None:
    value = body.get(name)
    return value if isinstance(value, dict) or value is None else {}


def _number(body: Json, name: str) -> int:
    value = body.get(name)
    return int(value) if isinstance(value, int | float) else 0


def _texts(body: Json, name: str) -> tuple[str, ...]:
    value = body.get(name)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def parse_interview_draft(body: Json) -> InterviewDraft:
    schedule_time = body.get("scheduleTime")
    candidate, agent, job = _object(body, "candidate"), _object(body, "agent"), _object(body, "job")
    return InterviewDraft(
        candidate_id=_id(body, "candidateId"),
        candidate=None if candidate is None else parse_candidate_draft(candidate),
        agent_id=_id(body, "agentId"),
        agent=None if agent is None else parse_agent_draft(agent),
        job_id=_id(body, "jobId"),
        job=None if job is None else parse_job_draft(job),
        schedule_time=schedule_time if isinstance(schedule_time, str) else None,
        metadata=_object(body, "metadata"),
        is_test=body.get("isTest") is True,
    )


def parse_candidate_draft(body: Json) -> CandidateDraft:
    return CandidateDraft(
        first_name=_text(body, "firstName") or "",
        last_name=_text(body, "lastName") or "",
        gdpr_expiry=_text(body, "gdprExpiryDate") or "",
        email=_text(body, "email"),
        phone_number=_text(body, "phoneNumber"),
        job_id=_id(body, "jobId"),
    )


def parse_agent_draft(body: Json) -> AgentDraft:
    return AgentDraft(
        name=_text(body, "name") or "",
        type=_text(body, "type") or "",
        focus=_text(body, "focus") or "",
        language=_text(body, "language") or "",
        duration_minutes=_number(body, "duration"),
        questions=_texts(body, "questions"),
        instructions=_text(body, "instructions"),
        voice_id=_text(body, "voiceId"),
        cefr_level=_text(body, "cefrLevel"),
        phone_number_id=_id(body, "companyPhoneNumberId"),
        metadata=_object(body, "metadata"),
    )


def parse_job_draft(body: Json) -> JobDraft:
    details = {name: body[name] for name in JOB_DETAILS if name in body}
    if "jobDescription" in body:
        details.setdefault("description", body["jobDescription"])
    return JobDraft(
        title=_text(body, "title"),
        job_title=_text(body, "jobTitle"),
        details=details,
        described_twice="description" in body and "jobDescription" in body,
    )


@dataclass(frozen=True, slots=True)
class InterviewFilters:
    """What a list asks for; `page` counts from 1."""

    page: int = 1
    limit: int = 20
    candidate_id: str | None = None
    agent_id: str | None = None
    status: str | None = None

    @property
    def are_set(self) -> bool:
        return (self.candidate_id, self.agent_id, self.status) != (None, None, None)

    def admit(self, interview: Interview) -> bool:
        return (
            self.candidate_id in (None, interview.candidate_id)
            and self.agent_id in (None, interview.agent_id)
            and self.status in (None, interview.status)
        )


def skills_of(job: Job | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a job requires, and what is nice to have."""
    details: Json = {} if job is None else job.details
    return _texts(details, "requiredSkills"), _texts(details, "niceToHaveSkills")


# --- render: model → wire


def render_instant(instant: datetime, readings: Readings) -> str:
    """UTC with `Z`, in whole seconds or milliseconds as the reading `timestamps` says; what is finer is cut off."""
    if readings.timestamps == "milliseconds":
        return render_milliseconds(instant)
    return instant.isoformat(timespec="seconds")[:19] + "Z"


def render_milliseconds(instant: datetime) -> str:
    """UTC with `Z` and three decimals: how webhooks print instants, whatever the reading."""
    return instant.isoformat(timespec="milliseconds")[:23] + "Z"


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


def render_interview_event(interview: Interview, attempt: CallAttempt | None, error: str | None) -> dict[str, Any]:
    """`data` of the interview events; an attempt is named where a phone is involved, an error where it failed."""
    rendered: dict[str, Any] = {"interviewId": interview.id}
    if attempt is not None:
        rendered["callAttemptId"] = attempt.id
    rendered |= {"candidateId": interview.candidate_id, "jobId": interview.job_id, "status": interview.status}
    if error is not None:
        rendered["error"] = error
    return rendered


def render_analysis_event(interview: Interview, status: str, error: str | None, readings: Readings) -> dict[str, Any]:
    """`data` of the analysis events; the reading `analysis_event` says whether the results ride along."""
    analysis = interview.analysis
    rendered: dict[str, Any] = {
        "interviewId": interview.id,
        "candidateId": interview.candidate_id,
        "jobId": interview.job_id,
        "analysisId": None if analysis is None else analysis["id"],
        "status": status,
    }
    if error is not None:
        rendered["error"] = error
    elif readings.analysis_event == "full":
        rendered["analysis"] = analysis
    return rendered


def render_page(rows: list[dict[str, Any]], total: int, page: int, limit: int) -> dict[str, Any]:
    return {"data": rows, "total": total, "page": page, "limit": limit, "totalPages": -(-total // limit)}
