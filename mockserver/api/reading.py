"""From a request to what a use case takes: who asks, one JSON object, a shape without fault. In this order."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from starlette.requests import Request

from mockserver import fields, shapes
from mockserver.api.answering import exchange_of, world_of
from mockserver.caller import Caller
from mockserver.errors import ApiError, Violation
from mockserver.ids import normal_id
from mockserver.jsontext import BadJson, decode, without_nulls
from mockserver.rulebook import ORDER
from mockserver.rules import Question, access, form
from mockserver.wire import InterviewFilters

RECEIVE_SECONDS = 10.0
CLOSE = {"Connection": "close"}
CHALLENGE = {"WWW-Authenticate": "Bearer"}
STATUSES = ("UNDEFINED", "SCHEDULED", "CANCELLED", "FAILED", "COMPLETED", "IN_PROGRESS")


def authenticate(request: Request, operation: str, *scopes: str) -> Caller:
    """
    Who asks, with the scopes that the operation needs and a request left in its rate windows.

    Raises:
        ApiError: 401, 400 or 403 for an ATS key's company, 403, 429.
    """
    exchange, world = exchange_of(request), world_of(request)
    exchange.operation = operation
    key = request.scope["key"]
    exchange.require((access.key_is_known, (request.headers.getlist("authorization"), key)), CHALLENGE)
    asked = request.query_params.getlist("companyId") if key.ats else []
    if key.ats:
        exchange.require((access.company_is_chosen, (key, asked)))
    exchange.require((access.scopes_are_granted, (key, scopes, world.readings)))
    _keep_rate(request)
    return Caller(world, key, asked[0].lower() if key.ats else key.company_ids[0], exchange)


def _keep_rate(request: Request) -> None:
    exceeded = request.scope["rate_exceeded"]
    violation = exchange_of(request).asks((access.rate_is_kept, (exceeded,)))
    if violation is not None:
        details = request.scope["rates"].refusal(exceeded, world_of(request).now())
        raise ApiError([violation], {"Retry-After": str(details["retryAfter"])}, details)


async def read_object(request: Request) -> dict[str, Any]:
    """
    The body as one JSON object, fields that are null left out.

    Raises:
        ApiError: 413, 415, 400, or 408 when it does not arrive in time.
    """
    exchange = exchange_of(request)
    announced = request.headers.get("content-length", "")
    exchange.require((form.body_is_small, (int(announced) if announced.isdecimal() else 0,)))
    media = request.headers.getlist("content-type"), request.headers.getlist("content-encoding")
    if (violation := exchange.asks((form.body_is_json, media))) is not None:
        raise ApiError([violation])
    body = await _receive(request)
    exchange.body = body
    value: object = None
    mistake = None
    try:
        value = decode(body)
    except BadJson as error:
        mistake = str(error)
    exchange.require((form.body_is_an_object, (value, mistake)))
    assert isinstance(value, dict)
    return without_nulls(value) if b"null" in body else value


async def _receive(request: Request) -> bytes:
    exchange = exchange_of(request)
    chunks, size = [], 0
    try:
        async with asyncio.timeout(RECEIVE_SECONDS):
            async for chunk in request.stream():
                size += len(chunk)
                exchange.require((form.body_is_small, (size,)))
                chunks.append(chunk)
    except TimeoutError:
        text = f"The request body did not arrive within {RECEIVE_SECONDS:g} seconds"
        raise ApiError([Violation(408, text, fix="send the whole body", rule="BODY-JSON")], CLOSE) from None
    return b"".join(chunks)


def check_shape(caller: Caller, operation: str, body: dict[str, Any], questions: Iterable[Question]) -> None:
    """
    Hold a body against the contract and against the rules that it calls for, all of them.

    Raises:
        ApiError: 400, with every violation, in the order of the rulebook.
    """
    exchange = caller.exchange
    violations = shapes.violations_of(operation, body)
    answers = [exchange.asks(question) for question in questions]
    if caller.world.readings.unknown_fields == "reject":
        answers += [form.field_is_known(at) for at in fields.unread(operation, body)]
    told = {(violation.rule, violation.at) for violation in violations}
    violations += [no for no in answers if no is not None and (no.rule, no.at) not in told]
    if violations:
        raise ApiError(sorted(violations, key=lambda no: (ORDER[no.rule], no.at)), of_shape=True)


def path_id(request: Request) -> str:
    """
    The id in the path, in lower case.

    Raises:
        ApiError: 400, it is no UUID.
    """
    text: str = request.path_params["id"]
    exchange_of(request).require((form.path_id_is_an_id, (text,)))
    return text.lower()


def interview_filters(request: Request) -> InterviewFilters:
    """
    What a list of interviews asks for in its query.

    Raises:
        ApiError: 400, with everything that is wrong.
    """
    query = request.query_params
    asked = {name: query.getlist(name) for name in ("page", "limit", "candidateId", "agentId", "status")}
    _check_query(
        request,
        (
            (form.number_is_in_range, ("page", asked["page"], 1, 10_000)),
            (form.number_is_in_range, ("limit", asked["limit"], 1, 100)),
            (form.filter_is_an_id, ("candidateId", asked["candidateId"])),
            (form.filter_is_an_id, ("agentId", asked["agentId"])),
            (form.filter_is_one_of, ("status", asked["status"], STATUSES)),
        ),
    )
    first = {name: values[0] for name, values in asked.items() if values}
    return InterviewFilters(
        page=int(first.get("page", 1)),
        limit=int(first.get("limit", 20)),
        candidate_id=normal_id(first.get("candidateId", "")),
        agent_id=normal_id(first.get("agentId", "")),
        status=first.get("status"),
    )


def _check_query(request: Request, questions: Sequence[Question]) -> None:
    violations = [no for question in questions if (no := exchange_of(request).asks(question)) is not None]
    if violations:
        raise ApiError(violations, of_shape=True)
