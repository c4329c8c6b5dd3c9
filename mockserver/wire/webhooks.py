"""Webhook configurations: what a body says, and what is answered."""

import re
from collections.abc import Mapping
from typing import Any, Literal

from mockserver.deliveries import Delivery, Endpoint
from mockserver.models import Json, WebhookDraft
from mockserver.readings import Readings
from mockserver.retry import Outcome, outcome_of
from mockserver.wire.fields import id_of, text_of
from mockserver.wire.instants import render_instant

# PUBLIC: an event's number is its place here.
SENT = (
    "analysis.completed",
    "analysis.failed",
    "ping",
    "interview.completed",
    "interview.failed",
    "interview.started",
)
# PUBLIC: part of the vendor's API that the mock has not, so that they never happen.
NEVER_SENT = ("sourcing.completed", "sourcing.failed", "enrich.completed", "enrich.failed")
LABELS: Mapping[object, str] = {
    **dict(enumerate(SENT)),
    **{label: label for label in (*SENT, *NEVER_SENT)},
    **{label.upper().replace(".", "_"): label for label in (*SENT, *NEVER_SENT)},
}
# PUBLIC for `Authorization`, ASSUMED for the rest: what is named like something secret is.
SENSITIVE = re.compile("auth|cookie|token|secret|password|credential|signature|key", re.IGNORECASE)

# PUBLIC; of the second text the end was cut off.
UNSENT = {
    "unsubscribed": "Webhook is not subscribed to ping events. Add the ping event to the webhook configuration.",
    "off": "No delivery was created. This may indicate the webhook is disabled or circuit breaker is open.",
}


def parse_webhook_draft(body: Json) -> WebhookDraft:
    is_active = body.get("isActive")
    return WebhookDraft(
        url=text_of(body, "url"),
        events=_events(body),
        name=text_of(body, "name"),
        description=text_of(body, "description"),
        headers=_headers(body),
        company_id=id_of(body, "companyId"),
        is_active=is_active if isinstance(is_active, bool) else None,
    )


def _events(body: Json) -> tuple[str, ...] | None:
    """The dotted labels, each once, in the order given; the three generations of names may be mixed."""
    given = body.get("events")
    if not isinstance(given, list):
        return None
    labels = (LABELS.get(name) for name in given if isinstance(name, str | int | float))
    return tuple(dict.fromkeys(label for label in labels if label is not None))


def _headers(body: Json) -> tuple[tuple[str, str], ...] | None:
    given = body.get("headers")
    if not isinstance(given, list):
        return None
    rows = (row if isinstance(row, dict) else {} for row in given)
    return tuple((text_of(row, "name") or "", text_of(row, "value") or "") for row in rows)


def render_webhook(endpoint: Endpoint, key_id: str, readings: Readings) -> dict[str, Any]:
    """
    A configuration without what is secret.

    Args:
        key_id: of the key that asks, which a webhook counts as its own that was set up beside the API.
    """
    # rule: WEBHOOK-SECRET
    opened_at = endpoint.breaker.opened_at
    return {
        "id": endpoint.id,
        "apiKeyId": endpoint.api_key_id or key_id,
        "companyId": endpoint.company_id,
        "url": endpoint.url,
        "name": endpoint.name,
        "description": endpoint.description,
        "headers": [{"name": name, "isMasked": bool(SENSITIVE.search(name))} for name, _ in endpoint.headers],
        "events": list(endpoint.events or SENT),
        "isActive": endpoint.is_active,
        "maxRetries": endpoint.max_retries,
        "timeoutMs": endpoint.timeout_ms,
        "consecutiveFailures": endpoint.breaker.consecutive_failures,
        "circuitOpenedAt": None if opened_at is None else render_instant(opened_at, readings),
        "createdAt": render_instant(endpoint.created_at, readings),
        "updatedAt": render_instant(endpoint.updated_at, readings),
    }


def render_new_webhook(endpoint: Endpoint, key_id: str, readings: Readings) -> dict[str, Any]:
    """The answer that creates a webhook: the only one that tells its secret."""
    return {**render_webhook(endpoint, key_id, readings), "signingSecret": endpoint.secret}


def render_test(tested: Delivery | Literal["unsubscribed", "off"]) -> dict[str, Any]:
    """What came of the first attempt of a ping, or why there was none."""
    if not isinstance(tested, Delivery):
        return {"success": False, "message": UNSENT[tested]}
    if not tested.attempts:
        return _failed(tested.error or "no attempt was made in time")
    attempt = tested.attempts[0]
    if outcome_of(attempt.status, attempt.error) is not Outcome.DELIVERED:
        return _failed(attempt.error or f"the receiver answered {attempt.status}")
    return {
        "success": True,
        "deliveryId": tested.id,
        "httpStatus": attempt.status,
        "durationMs": round(attempt.seconds * 1000),
        "message": "Webhook test successful!",
    }


def _failed(reason: str) -> dict[str, Any]:
    return {"success": False, "message": f"Webhook test failed: {reason}"}
