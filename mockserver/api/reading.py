"""From a request to what a use case takes: who asks, one JSON object, a shape without fault. In this order."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from starlette.requests import ClientDisconnect, Request

from mockserver import fields, shapes
from mockserver.api.answering import exchange_of, world_of
from mockserver.caller import Caller
from mockserver.errors import ApiError, Violation
from mockserver.jsontext import BadJson, decode, without_nulls
from mockserver.models import ApiKey
from mockserver.rulebook import ORDER
from mockserver.rules import Question, access, form
from mockserver.wire.instants import render_milliseconds

CHALLENGE = {"WWW-Authenticate": "Bearer"}
OF_PRESENCE = frozenset({"FIELD-TYPE", "CANDIDATE-XOR", "AGENT-XOR", "JOB-XOR", "JOB-SOURCE-XOR"})


def authenticate(request: Request, operation: str, *scopes: str, of_company: bool = True) -> Caller:
    """
    Who asks, with the scopes that the operation needs and a request left in its rate windows.

    Args:
        of_company: whether the operation is about one company's things; if not, an ATS key need not say which, but
            one that it names has to be one of its own.

    Raises:
        ApiError: 401, 403 for the address, 400 or 403 for an ATS key's company, 403, 429.
    """
    exchange, world = exchange_of(request), world_of(request)
    exchange.operation = operation
    key = _key(request)
    asked = request.query_params.getlist("companyId") if key.ats else []
    chooses = key.ats and (of_company or bool(asked))
    if chooses:
        exchange.require((access.company_is_chosen, (key, asked)))
    needed = {"requiredScopes": list(scopes)}
    exchange.require((access.scopes_are_granted, (key, scopes, world.readings)), details=needed)
    _keep_rate(request)
    company_id = asked[0].lower() if chooses else "" if key.ats else key.company_ids[0]
    return Caller(world, key, company_id, exchange)


def _key(request: Request) -> ApiKey:
    """The key of a request, if it still opens anything, and from where the request comes."""
    exchange, now = exchange_of(request), world_of(request).now()
    key: ApiKey | None = request.scope["key"]
    exchange.require((access.key_is_known, (request.headers.getlist("authorization"), key)), CHALLENGE)
    assert key is not None
    if key.expires_at is not None:
        exchange.require((access.key_has_not_expired, (key, now)), CHALLENGE)
    if key.suspended_at is not None:
        exchange.require((access.key_is_not_suspended, (key, now)), CHALLENGE, _suspension(key.suspended_at))
    if key.allowed_ips:
        host = None if request.client is None else request.client.host
        exchange.require((access.address_is_allowed, (key, host)))
    return key


def _suspension(suspended_at: datetime) -> dict[str, object]:
    return {"suspendedAt": render_milliseconds(suspended_at), "reason": "Unusual activity detected"}


def _keep_rate(request: Request) -> None:
    rates, exceeded = request.scope["rates"], request.scope["rate_exceeded"]
    if rates is None:
        return
    violation = exchange_of(request).asks((access.rate_is_kept, (exceeded,)))
    if violation is not None:
        details = rates.refusal(exceeded, world_of(request).now())
        raise ApiError([violation], {"Retry-After": str(details["retryAfter"])}, details)


async def read_object(request: Request, *, may_be_absent: bool = False) -> dict[str, Any]:
    """
    The body as one JSON object, fields that are null left out.

    Args:
        may_be_absent: whether a request with neither content nor word of any means an empty object.

    Raises:
        ApiError: 413, 415, 400.
        ClientDisconnect: it broke off.
    """
    exchange = exchange_of(request)
    body = await _receive(request)
    exchange.body = body
    media = request.headers.getlist("content-type"), request.headers.getlist("content-encoding")
    if may_be_absent and not body and not any(media):
        return {}
    exchange.require((form.body_is_json, media))
    value: object = None
    mistake = None
    try:
        value = decode(body)
    except BadJson as error:
        mistake = str(error)
    exchange.require((form.body_is_an_object, (value, mistake)))
    assert isinstance(value, dict)
    if b"null" not in body:
        return value
    if (given := without_nulls(value)) != value:
        exchange.held.append("NULLS")
    return given


async def _receive(request: Request) -> bytes:
    exchange = exchange_of(request)
    exchange.require((form.body_is_small, (_announced(request),)))
    body, more = bytearray(), True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if (violation := form.body_is_small(len(body))) is not None:
            raise ApiError([violation])
    return bytes(body)


def _announced(request: Request) -> int:
    """What Content-Length says, as far as its size matters; 0 where it says nothing that can be read."""
    text = request.headers.get("content-length", "")
    return int(text[:20]) if text.isdecimal() else 0


def check_shape(caller: Caller, operation: str, body: dict[str, Any], questions: Iterable[Question]) -> None:
    """
    Hold a body against the contract and against the rules that it calls for, all of them.

    Raises:
        ApiError: 400, with every violation, in the order of the rulebook.
    """
    exchange = caller.exchange
    if body:
        exchange.held.extend(fields.rules_met(operation, body))
    violations = shapes.violations_of(operation, body)
    answers = [exchange.asks(question) for question in questions]
    if caller.world.readings.unknown_fields == "reject":
        answers += [form.field_is_known(at) for at in fields.unread(operation, body)]
    told = {(violation.rule, violation.at) for violation in violations}
    violations += [no for no in answers if no is not None and (no.rule, no.at) not in told]
    mistyped = tuple(violation.at for violation in violations if violation.rule == "FIELD-TYPE")
    violations = [no for no in violations if not _is_moot(no, mistyped)]
    if violations:
        raise ApiError(sorted(violations, key=lambda no: (ORDER[no.rule], no.at)), of_shape=True)


def _is_moot(no: Violation, mistyped: Sequence[str]) -> bool:
    """Of a field that has the wrong type, only that it is there can be judged: no word about what it holds."""
    return no.rule not in OF_PRESENCE and any(no.at == at or no.at.startswith(f"{at}/") for at in mistyped)


def path_id(request: Request, name: str = "id") -> str:
    """
    The id in the path, in lower case.

    Raises:
        ApiError: 400, it is no UUID.
    """
    text: str = request.path_params[name]
    exchange_of(request).require((form.path_id_is_an_id, (text,)))
    return text.lower()
