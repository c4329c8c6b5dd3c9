"""An exchange, explained: which rules decided, where the documents say so, and the smallest change that would pass."""

from typing import Any

from mockserver import fields
from mockserver.errors import Violation
from mockserver.journal import Exchange, Headers
from mockserver.jsontext import BadJson, at_pointer, decode
from mockserver.rulebook import ORDER, RULES, Source
from mockserver.wire.instants import render_milliseconds
from mockserver.worlds import shortened

SECRET_HEADERS = frozenset({b"authorization", b"cookie", b"set-cookie", b"x-api-key", b"proxy-authorization"})
SCHEMES = frozenset({"bearer", "basic", "digest"})


def explained(exchange: Exchange) -> dict[str, Any]:
    """The journal's entry as the control API shows it; keys are shortened."""
    body = _asked(exchange)
    operation = exchange.operation
    known = operation is not None and isinstance(body, dict)
    return {
        "id": exchange.id,
        "at": render_milliseconds(exchange.at),
        "method": exchange.method,
        "path": exchange.path,
        "query": exchange.query.decode("latin-1"),
        "operation": operation,
        "request": {"headers": _headers(exchange.headers), "body": body},
        "response": {
            "status": exchange.status,
            "headers": _headers(exchange.answer_headers),
            "body": _answered(exchange),
        },
        "ms": round(exchange.seconds * 1000, 3),
        "late": exchange.is_late,
        "fault": None if exchange.injected is None else {"id": exchange.injected, "kind": exchange.injected_kind},
        "decided": [_explanation(violation, body) for violation in exchange.violations],
        "held": held(exchange),
        "unread": fields.unread(operation, body) if operation is not None and known else [],
        "unseen": fields.unseen(operation, body) if operation is not None and known else [],
    }


def _asked(exchange: Exchange) -> Any:
    """The request's body; of headers that a webhook is to carry along, keys and the like are shortened."""
    body = _value(exchange.body)
    if exchange.operation not in ("createWebhook", "updateWebhook") or not isinstance(body, dict):
        return body
    headers = body.get("headers")
    return {**body, "headers": [_carried(row) for row in headers]} if isinstance(headers, list) else body


def _carried(row: Any) -> Any:
    name, value = (row.get("name"), row.get("value")) if isinstance(row, dict) else (None, None)
    if not isinstance(name, str) or not isinstance(value, str):
        return row
    return {**row, "value": shown(name.encode(), value)}


def _answered(exchange: Exchange) -> Any:
    """The answer's body; the secret of a new webhook is shortened, bare or in the envelope."""
    body = _value(exchange.answer)
    if exchange.operation == "createWebhook" and exchange.status == 201:
        webhook = body.get("data", body)
        webhook["signingSecret"] = shortened(webhook["signingSecret"])
    return body


def held(exchange: Exchange) -> list[str]:
    """The rules that were met and said yes, in the rulebook's order: those in code, and those that the schema keeps."""
    return sorted(exchange.rules_held(), key=ORDER.__getitem__)


def _explanation(violation: Violation, body: object) -> dict[str, Any]:
    rule = RULES[violation.rule]
    return {
        "rule": rule.id,
        "message": violation.message,
        "at": violation.at,
        "statement": rule.statement,
        "evidence": rule.evidence,
        "statusEvidence": rule.status_evidence,
        "source": [render_source(source) for source in rule.sources],
        "reading": rule.reading,
        "sent": at_pointer(body, violation.at) if violation.at else None,
        "fix": violation.fix,
    }


def render_source(source: Source) -> dict[str, Any]:
    rendered: dict[str, Any] = {"page": source.page, "section": source.section, "line": source.line}
    return rendered | {name: value for name in ("end", "sha256") if (value := getattr(source, name)) is not None}


def _headers(headers: Headers) -> dict[str, str]:
    return {name.decode("latin-1").lower(): shown(name, value.decode("latin-1")) for name, value in headers}


def shown(name: bytes, value: str) -> str:
    """A header's value as it may be shown: keys and the like are shortened."""
    if name.lower() not in SECRET_HEADERS:
        return value
    scheme, _, token = value.partition(" ")
    # What is no scheme may be the key itself, in the wrong place.
    return f"{scheme} {shortened(token)}" if scheme.lower() in SCHEMES else shortened(value)


def _value(body: bytes) -> Any:
    """JSON where it was JSON, otherwise its text; None where there was nothing."""
    if not body:
        return None
    try:
        return decode(body)
    except BadJson:
        return body.decode("utf-8", errors="replace")
