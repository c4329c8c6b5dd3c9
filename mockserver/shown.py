"""Models → rows, as `state` shows them: the fields of a world file; what is not there is left out."""

from base64 import b64encode
from datetime import datetime
from typing import Any

from mockserver.deliveries import Attempt, Delivery, Endpoint, Headers
from mockserver.faults import Fault, Planned
from mockserver.models import Agent, ApiKey, CallAttempt, Candidate, Company, Interview, Job, PhoneNumber
from mockserver.wire.instants import render_exact


def _without_none(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}


def _shown(instant: datetime | None) -> str | None:
    return None if instant is None else render_exact(instant)


def row_of_company(company: Company) -> dict[str, Any]:
    minutes = {
        "limit": company.minutes_limit,
        "used": company.minutes_used,
        "reserved": company.minutes_reserved,
        "left": company.minutes_left,
    }
    return _without_none(
        {
            "id": company.id,
            "name": company.name,
            "minutes": minutes,
            "billingSystem": company.billing_system,
            "description": company.description,
            "ownerEmail": company.owner_email,
            "metadata": company.metadata,
            **_row_times(company),
        }
    )


def row_of_key(key: ApiKey) -> dict[str, Any]:
    owner: dict[str, Any] = (
        {"ats": True, "companyIds": list(key.company_ids)} if key.ats else {"companyId": key.company_ids[0]}
    )
    return _without_none(
        {
            "id": key.id,
            "key": key.key,
            "name": key.name,
            **owner,
            "scopes": sorted(key.scopes),
            "expiresAt": _shown(key.expires_at),
            "suspendedAt": _shown(key.suspended_at),
            "allowedIPs": [str(network) for network in key.allowed_ips] or None,
        }
    )


def row_of_phone_number(number: PhoneNumber) -> dict[str, Any]:
    return {"id": number.id, "companyId": number.company_id, "number": number.number, **_row_times(number)}


def row_of_job(job: Job) -> dict[str, Any]:
    return {"id": job.id, "companyId": job.company_id, "title": job.title, **job.details, **_row_times(job)}


def _row_times(row: Company | PhoneNumber | Job | Agent | Candidate | Interview | Endpoint) -> dict[str, Any]:
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
            "reservedMinutes": interview.reserved_minutes,
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
        "apiKeyId": endpoint.api_key_id,
        "name": endpoint.name,
        "description": endpoint.description,
        "events": list(endpoint.events),
        "signingSecret": endpoint.secret,
        "headers": _row_headers(endpoint.headers),
        "isActive": endpoint.is_active,
        "maxRetries": endpoint.max_retries,
        "timeoutMs": endpoint.timeout_ms,
        "consecutiveFailures": endpoint.breaker.consecutive_failures,
        "circuitOpenedAt": _shown(endpoint.breaker.opened_at),
        **_row_times(endpoint),
    }


def _row_headers(headers: Headers) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers]


def row_of_delivery(delivery: Delivery, turn: int | str) -> dict[str, Any]:
    """
    A pending one.

    Args:
        turn: its place in the queue; a text, if it is held: what it waits for beside the time.
    """
    return {
        "id": delivery.id,
        "webhookId": delivery.endpoint_id,
        "url": delivery.url,
        "event": delivery.event_type,
        "eventId": delivery.event_id,
        "eventAt": _shown(delivery.event_at),
        "lane": delivery.lane[1],
        "body": delivery.body.decode(),
        "turn": turn if isinstance(turn, int) else None,
        "heldFor": turn if isinstance(turn, str) else None,
        "attempts": [_row_of_attempt(attempt) for attempt in delivery.attempts],
        "distortions": [row_of_fault(fault) for fault in delivery.distortions],
        "copies": [row_of_fault(fault) for fault in delivery.copies],
        "isCopy": delivery.is_copy,
        "byHand": delivery.by_hand,
    }


def _row_of_attempt(attempt: Attempt) -> dict[str, Any]:
    return {
        "at": _shown(attempt.at),
        "url": attempt.url,
        "headers": _row_headers(attempt.headers),
        "body": None if attempt.body is None else b64encode(attempt.body).decode(),
        "status": attempt.status,
        "answerHeaders": _row_headers(attempt.answer_headers),
        "answer": b64encode(attempt.answer).decode(),
        "error": attempt.error,
        "seconds": attempt.seconds,
        "fault": attempt.fault,
    }


def row_of_fault(fault: Fault) -> dict[str, Any]:
    """As it was planned, with all its options."""
    said = {} if fault.message is None else {"message": fault.message}
    match = {**fault.match, "nth": fault.nth}
    return {"id": fault.id, "kind": fault.kind, "match": match, "times": fault.times, **fault.options, **said}


def row_of_planned(planned: Planned) -> dict[str, Any]:
    """A fault with its account."""
    account = {"fitted": planned.fitted, "struck": planned.struck, "met": planned.met}
    return {**row_of_fault(planned.fault), **account}
