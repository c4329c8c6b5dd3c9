"""Rows of a world file and of `state` ⇄ models: the same fields both ways."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from mockserver.breaker import Breaker
from mockserver.clock import parse_instant
from mockserver.deliveries import Endpoint
from mockserver.models import Agent, ApiKey, CallAttempt, Candidate, Company, Interview, Job, PhoneNumber
from mockserver.wire import JOB_DETAILS, render_milliseconds

# Rows that do not say when they were made: before anything that a world's clock will show. ASSUMED.
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)

Row = Mapping[str, Any]


def _instant(row: Row, name: str) -> datetime | None:
    return parse_instant(row[name]) if row.get(name) is not None else None


def _times(row: Row) -> dict[str, datetime]:
    created_at = _instant(row, "createdAt") or LONG_AGO
    return {"created_at": created_at, "updated_at": _instant(row, "updatedAt") or created_at}


def company_of(row: Row) -> Company:
    minutes = row.get("minutes", 0)
    if isinstance(minutes, Mapping):
        return Company(row["id"], row["name"], minutes["limit"], minutes["used"], minutes["reserved"])
    return Company(row["id"], row["name"], minutes)


def key_of(row: Row) -> ApiKey:
    ats = row.get("ats", False)
    companies = tuple(row["companyIds"]) if ats else (row["companyId"],)
    return ApiKey(row["key"], companies, ats, frozenset(row.get("scopes", ["*"])))


def phone_number_of(row: Row) -> PhoneNumber:
    return PhoneNumber(row["id"], row["companyId"], row["number"])


def job_of(row: Row) -> Job:
    details = {name: row[name] for name in JOB_DETAILS if name in row}
    return Job(id=row["id"], company_id=row["companyId"], title=row["title"], details=details, **_times(row))


def agent_of(row: Row) -> Agent:
    return Agent(
        id=row["id"],
        company_id=row["companyId"],
        name=row["name"],
        type=row["type"],
        focus=row["focus"],
        language=row["language"],
        duration_minutes=row["duration"],
        questions=tuple(row.get("questions", ())),
        instructions=row.get("instructions"),
        voice_id=row.get("voiceId"),
        cefr_level=row.get("cefrLevel"),
        phone_number_id=row.get("companyPhoneNumberId"),
        metadata=row.get("metadata"),
        **_times(row),
    )


def candidate_of(row: Row) -> Candidate:
    return Candidate(
        id=row["id"],
        company_id=row["companyId"],
        first_name=row["firstName"],
        last_name=row["lastName"],
        gdpr_expiry=date.fromisoformat(row["gdprExpiryDate"]),
        email=row.get("email"),
        phone_number=row.get("phoneNumber"),
        job_ids=tuple(row.get("jobIds", ())),
        status=row.get("status", "APPLIED"),
        metadata=row.get("metadata"),
        **_times(row),
    )


def interview_of(row: Row, attempts: tuple[CallAttempt, ...] | None) -> Interview:
    times = _times(row)
    return Interview(
        id=row["id"],
        company_id=row["companyId"],
        candidate_id=row["candidateId"],
        agent_id=row["agentId"],
        job_id=row.get("jobId"),
        status=row.get("status", "SCHEDULED"),
        scheduled_at=_instant(row, "scheduledAt") or times["created_at"],
        is_test=row.get("isTest", False),
        duration_minutes=row.get("durationMinutes"),
        finished_at=_instant(row, "finishedDate"),
        metadata=row.get("metadata"),
        call_attempts=attempts,
        analysis=row.get("analysis"),
        created_at=times["created_at"],
        updated_at=times["updated_at"],
    )


def call_attempt_of(row: Row) -> CallAttempt:
    return CallAttempt(
        id=row["id"],
        status=row["status"],
        scheduled_at=_instant(row, "scheduledAt") or LONG_AGO,
        retry_number=row.get("retryNumber", 0),
        called_at=_instant(row, "calledAt"),
        duration_seconds=row.get("duration"),
        reason_code=row.get("reasonCode"),
    )


def endpoint_of(row: Row) -> Endpoint:
    return Endpoint(
        id=row["id"],
        company_id=row.get("companyId"),
        url=row["url"],
        events=frozenset(row.get("events", ())),
        secret=row["signingSecret"],
        headers=tuple((header["name"], header["value"]) for header in row.get("headers", ())),
        is_active=row.get("isActive", True),
        max_retries=row.get("maxRetries", 3),
        timeout_ms=row.get("timeoutMs", 30_000),
        breaker=Breaker(row.get("consecutiveFailures", 0), _instant(row, "circuitOpenedAt")),
    )


# --- models → rows: what is not there is left out


def _without_none(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}


def _shown(instant: datetime | None) -> str | None:
    return None if instant is None else render_milliseconds(instant)


def row_of_company(company: Company) -> dict[str, Any]:
    minutes = {
        "limit": company.minutes_limit,
        "used": company.minutes_used,
        "reserved": company.minutes_reserved,
        "left": company.minutes_left,
    }
    return {"id": company.id, "name": company.name, "minutes": minutes}


def row_of_key(key: ApiKey) -> dict[str, Any]:
    owner: dict[str, Any] = (
        {"ats": True, "companyIds": list(key.company_ids)} if key.ats else {"companyId": key.company_ids[0]}
    )
    return {"key": key.key, **owner, "scopes": sorted(key.scopes)}


def row_of_phone_number(number: PhoneNumber) -> dict[str, Any]:
    return {"id": number.id, "companyId": number.company_id, "number": number.number}


def row_of_job(job: Job) -> dict[str, Any]:
    return {"id": job.id, "companyId": job.company_id, "title": job.title, **job.details, **_row_times(job)}


def _row_times(row: Job | Agent | Candidate | Interview) -> dict[str, Any]:
    return {"createdAt": _shown(row.created_at), "updatedAt": _shown(row.updated_at)}


def row_of_agent(agent: Agent) -> dict[str, Any]:
    return _without_none(
        {
            "id": agent.id,
            "companyId": agent.company_id,
            "name": agent.name,
            "type": agent.type,
            "focus": agent.focus,
            "language": agent.language,
            "duration": agent.duration_minutes,
            "questions": list(agent.questions),
            "instructions": agent.instructions,
            "voiceId": agent.voice_id,
            "cefrLevel": agent.cefr_level,
            "companyPhoneNumberId": agent.phone_number_id,
            "metadata": agent.metadata,
            **_row_times(agent),
        }
    )


def row_of_candidate(candidate: Candidate) -> dict[str, Any]:
    return _without_none(
        {
            "id": candidate.id,
            "companyId": candidate.company_id,
            "firstName": candidate.first_name,
            "lastName": candidate.last_name,
            "gdprExpiryDate": candidate.gdpr_expiry.isoformat(),
            "email": candidate.email,
            "phoneNumber": candidate.phone_number,
            "jobIds": list(candidate.job_ids),
            "status": candidate.status,
            "metadata": candidate.metadata,
            **_row_times(candidate),
        }
    )


def row_of_interview(interview: Interview) -> dict[str, Any]:
    attempts = interview.call_attempts
    return _without_none(
        {
            "id": interview.id,
            "companyId": interview.company_id,
            "candidateId": interview.candidate_id,
            "agentId": interview.agent_id,
            "jobId": interview.job_id,
            "status": interview.status,
            "scheduledAt": _shown(interview.scheduled_at),
            "isTest": interview.is_test,
            "durationMinutes": interview.duration_minutes,
            "finishedDate": _shown(interview.finished_at),
            "metadata": interview.metadata,
            "callAttempts": None if attempts is None else [row_of_call_attempt(attempt) for attempt in attempts],
            "analysis": interview.analysis,
            **_row_times(interview),
        }
    )


def row_of_call_attempt(attempt: CallAttempt) -> dict[str, Any]:
    return _without_none(
        {
            "id": attempt.id,
            "direction": "OUTBOUND",
            "status": attempt.status,
            "scheduledAt": _shown(attempt.scheduled_at),
            "retryNumber": attempt.retry_number,
            "calledAt": _shown(attempt.called_at),
            "duration": attempt.duration_seconds,
            "reasonCode": attempt.reason_code,
        }
    )


def row_of_endpoint(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "id": endpoint.id,
        "companyId": endpoint.company_id,
        "url": endpoint.url,
        "events": sorted(endpoint.events),
        "signingSecret": endpoint.secret,
        "headers": [{"name": name, "value": value} for name, value in endpoint.headers],
        "isActive": endpoint.is_active,
        "maxRetries": endpoint.max_retries,
        "timeoutMs": endpoint.timeout_ms,
        "consecutiveFailures": endpoint.breaker.consecutive_failures,
        "circuitOpenedAt": _shown(endpoint.breaker.opened_at),
    }
