"""
Rows of a world file → models; what a row leaves out is as the API would have it. The way back is `shown`.

A whole number may be written as 30.0, and is 30.
"""

from base64 import b64decode
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from mockserver.breaker import Breaker
from mockserver.clock import parse_instant
from mockserver.deliveries import Attempt, Delivery, Endpoint, Headers
from mockserver.faults import Fault, parse_fault
from mockserver.models import LONG_AGO, Agent, ApiKey, CallAttempt, Candidate, Company, Interview, Job, PhoneNumber
from mockserver.wire.drafts import JOB_DETAILS

Row = Mapping[str, Any]

ACCOUNT = ("fitted", "struck", "met")  # of a planned fault


def _instant(row: Row, name: str) -> datetime | None:
    return parse_instant(row[name]) if row.get(name) is not None else None


def _times(row: Row) -> dict[str, datetime]:
    created_at = _instant(row, "createdAt") or LONG_AGO
    return {"created_at": created_at, "updated_at": _instant(row, "updatedAt") or created_at}


def company_of(row: Row) -> Company:
    minutes = row.get("minutes", 0)
    held = minutes if isinstance(minutes, Mapping) else {"limit": minutes, "used": 0, "reserved": 0}
    return Company(
        id=row["id"],
        name=row["name"],
        minutes_limit=int(held["limit"]),
        minutes_used=int(held["used"]),
        minutes_reserved=int(held["reserved"]),
        billing_system=row.get("billingSystem", "minutes"),
        description=row.get("description"),
        owner_email=row.get("ownerEmail"),
        metadata=row.get("metadata"),
        **_times(row),
    )


def key_of(row: Row) -> ApiKey:
    ats = row.get("ats", False)
    return ApiKey(
        key=row["key"],
        company_ids=tuple(row["companyIds"]) if ats else (row["companyId"],),
        ats=ats,
        scopes=frozenset(row.get("scopes", ["*"])),
        id=row["id"],
        name=row.get("name"),
        expires_at=_instant(row, "expiresAt"),
        suspended_at=_instant(row, "suspendedAt"),
        allowed_ips=tuple(parse_network(text) for text in row.get("allowedIPs", ())),
    )


def parse_network(text: str) -> IPv4Network | IPv6Network:
    """
    One address or a CIDR range, of which only the bits of the network count.

    Raises:
        ValueError: it is neither.
    """
    return ip_network(text, strict=False)


def phone_number_of(row: Row) -> PhoneNumber:
    return PhoneNumber(id=row["id"], company_id=row["companyId"], number=row["number"], **_times(row))


def job_of(row: Row) -> Job:
    details = {name: value for name, value in row.items() if name in JOB_DETAILS}
    return Job(id=row["id"], company_id=row["companyId"], title=row["title"], details=details, **_times(row))


def agent_of(row: Row) -> Agent:
    return Agent(
        id=row["id"],
        company_id=row["companyId"],
        name=row["name"],
        type=row["type"],
        focus=row["focus"],
        language=row["language"],
        duration_minutes=int(row["duration"]),
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
    """
    Args:
        attempts: None where no phone is involved.
    """
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
        reserved_minutes=int(row.get("reservedMinutes", 0)),
        duration_minutes=row.get("durationMinutes"),
        finished_at=_instant(row, "finishedDate"),
        metadata=row.get("metadata"),
        call_attempts=attempts,
        analysis=row.get("analysis"),
        created_at=times["created_at"],
        updated_at=times["updated_at"],
    )


def call_attempts_of(row: Row) -> tuple[CallAttempt, ...] | None:
    """Those of an interview's row; None where it has no such list."""
    attempts = row.get("callAttempts")
    return None if attempts is None else tuple(_call_attempt_of(attempt) for attempt in attempts)


def _call_attempt_of(row: Row) -> CallAttempt:
    return CallAttempt(
        id=row["id"],
        status=row["status"],
        scheduled_at=_instant(row, "scheduledAt") or LONG_AGO,
        retry_number=int(row.get("retryNumber", 0)),
        called_at=_instant(row, "calledAt"),
        duration_seconds=None if row.get("duration") is None else int(row["duration"]),
        reason_code=row.get("reasonCode"),
    )


def endpoint_of(row: Row) -> Endpoint:
    return Endpoint(
        id=row["id"],
        company_id=row.get("companyId"),
        url=row["url"],
        events=tuple(row.get("events", ())),
        secret=row["signingSecret"],
        headers=_headers(row.get("headers", ())),
        is_active=row.get("isActive", True),
        max_retries=int(row.get("maxRetries", 3)),
        timeout_ms=int(row.get("timeoutMs", 30_000)),
        breaker=Breaker(int(row.get("consecutiveFailures", 0)), _instant(row, "circuitOpenedAt")),
        api_key_id=row.get("apiKeyId"),
        name=row.get("name"),
        description=row.get("description"),
        **_times(row),
    )


def _headers(rows: Iterable[Row]) -> Headers:
    return tuple((row["name"], row["value"]) for row in rows)


def delivery_of(row: Row) -> Delivery:
    """
    A pending one, as a state has it.

    Raises:
        ValueError: an instant is in no calendar, or bytes are no base64.
        FaultRefused: one of its faults could never have struck it.
    """
    return Delivery(
        id=row["id"],
        endpoint_id=row["webhookId"],
        url=row["url"],
        event_id=row["eventId"],
        event_type=row["event"],
        lane=(row["webhookId"], row["lane"]),
        body=row["body"].encode(),
        attempts=tuple(_attempt_of(number, attempt) for number, attempt in enumerate(row["attempts"], 1)),
        event_at=parse_instant(row["eventAt"]),
        distortions=tuple(fault_of(fault) for fault in row["distortions"]),
        copies=tuple(fault_of(fault) for fault in row["copies"]),
        is_copy=row["isCopy"],
        by_hand=row["byHand"],
    )


def _attempt_of(number: int, row: Row) -> Attempt:
    return Attempt(
        number=number,
        at=parse_instant(row["at"]),
        url=row["url"],
        headers=_headers(row["headers"]),
        status=row["status"],
        answer_headers=_headers(row["answerHeaders"]),
        answer=b64decode(row["answer"], validate=True),
        error=row["error"],
        seconds=row["seconds"],
        body=None if row["body"] is None else b64decode(row["body"], validate=True),
        fault=row["fault"],
    )


def fault_of(row: Row) -> Fault:
    """
    Raises:
        FaultRefused: it could never take effect.
    """
    return parse_fault(row["id"], {name: value for name, value in row.items() if name not in ("id", *ACCOUNT)})
