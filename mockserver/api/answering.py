"""The one renderer: every answer of the vendor's API, also a refusal, in the shape that the reading `wire` names."""

from datetime import datetime
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from mockserver.errors import ApiError
from mockserver.journal import Exchange
from mockserver.jsontext import encode
from mockserver.wire.instants import render_milliseconds
from mockserver.wire.pages import RenderedPage, render_guides_page
from mockserver.world import World

MEDIA_TYPE = "application/json; charset=utf-8"
# PUBLIC where a page names the code, ASSUMED for the rest.
CODES = {
    400: "VALIDATION_ERROR",
    401: "INVALID_API_KEY",
    403: "RESOURCE_ACCESS_DENIED",
    404: "RESOURCE_NOT_FOUND",
    409: "RESOURCE_CONFLICT",
    429: "RATE_LIMIT_EXCEEDED",
}
CODES_OF_RULES = {
    "KEY-EXPIRED": "API_KEY_EXPIRED",
    "KEY-SUSPENDED": "API_KEY_SUSPENDED",
    "KEY-IP": "IP_ADDRESS_NOT_ALLOWED",
    "AUTH-SCOPE": "INSUFFICIENT_PERMISSIONS",
    "ATS-ONLY": "INSUFFICIENT_PERMISSIONS",
    "BILLING-LIMIT": "BILLING_LIMIT_EXCEEDED",
}


def world_of(request: Request) -> World:
    """The world of the request's key, or the lobby."""
    world: World = request.scope["world"]
    return world


def exchange_of(request: Request) -> Exchange:
    exchange: Exchange = request.scope["exchange"]
    return exchange


def answer(request: Request, value: object, status: int = 200) -> Response:
    """A success, bare or in the envelope; there a page of a list has the guides' shape."""
    world = world_of(request)
    if world.readings.wire == "envelope":
        inner = render_guides_page(value) if isinstance(value, RenderedPage) else value
        value = {"success": True, "data": inner, "error": None, "timestamp": render_milliseconds(world.now())}
    return Response(encode(value), status, media_type=MEDIA_TYPE)


def nothing() -> Response:
    """A success without a body, which neither wire gives one."""
    return Response(status_code=204)


def refusal(request: Request, error: ApiError) -> Response:
    """A refusal: the body is the vendor's and holds nothing else, the rules ride in `X-Mock-Rule`."""
    # A mistake of our own breaks no rule.
    exchange_of(request).violations = tuple(violation for violation in error.violations if violation.rule)
    world = world_of(request)
    body = _enveloped(error, world.now()) if world.readings.wire == "envelope" else _bare(error)
    rules = ", ".join(dict.fromkeys(violation.rule for violation in exchange_of(request).violations))
    named = {"X-Mock-Rule": rules} if rules else {}
    return Response(encode(body), error.status, {**named, **error.headers}, MEDIA_TYPE)


def name_of(status: int) -> str:
    """The name of a status as common servers print it, whatever this version of Python calls it."""
    return {413: "Payload Too Large", 422: "Unprocessable Entity"}.get(status) or HTTPStatus(status).phrase


def _bare(error: ApiError) -> dict[str, Any]:
    texts = _texts(error)
    message = texts[0] if len(texts) == 1 else texts
    body: dict[str, Any] = {"statusCode": error.status, "message": message, "error": name_of(error.status)}
    # PUBLIC: of all refusals only this one shows more fields.
    return body | dict(error.details or {}) if error.status == 429 else body


def _enveloped(error: ApiError, now: datetime) -> dict[str, Any]:
    details = error.details
    if error.of_shape:
        details = {"errors": [{"path": dotted(v.at), "message": v.message} for v in error.violations]}
    code = CODES_OF_RULES.get(error.violations[0].rule) or CODES.get(error.status)
    described = {
        "code": code or name_of(error.status).upper().replace(" ", "_"),
        "message": "; ".join(_texts(error)),
        "details": details,
    }
    return {"success": False, "data": None, "error": described, "timestamp": render_milliseconds(now)}


def _texts(error: ApiError) -> list[str]:
    if not error.of_shape:
        return [violation.message for violation in error.violations]
    return [f"{dotted(violation.at)}: {violation.message}" for violation in error.violations]


def dotted(pointer: str) -> str:
    """A JSON pointer as people write it: `/candidate/email` is `candidate.email`."""
    return pointer[1:].replace("/", ".").replace("~1", "/").replace("~0", "~")
