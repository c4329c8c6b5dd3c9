"""How the control API reads and answers: JSON in and out, errors as `{"error": {"code", "message", "details"}}`."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from mockserver import contract, webhooks
from mockserver.clock import parse_instant
from mockserver.errors import ControlError
from mockserver.jsontext import BadJson, decode, encode
from mockserver.shapes import Form
from mockserver.universe import Universe
from mockserver.world import World

MAX_BODY = 64 * 1024 * 1024  # a world file can be large, and only this machine's programs send one


def answer(value: object, status: int = 200) -> Response:
    return Response(encode(value), status, media_type="application/json")


def nothing() -> Response:
    return Response(status_code=204)


def refusal(error: ControlError, headers: Mapping[str, str] | None = None) -> Response:
    described = {"code": error.code, "message": error.message, "details": error.details}
    if error.status == 401:
        headers = {"WWW-Authenticate": "Bearer"}
    return Response(encode({"error": described}), error.status, headers, "application/json")


def universe_of(request: Request) -> Universe:
    universe: Universe = request.app.state.universe
    return universe


def world_of(request: Request) -> World:
    """
    The world in the path, with the deliveries made of all that has taken place in it.

    Raises:
        ControlError: 404.
    """
    world = universe_of(request).worlds.get(request.path_params["w"])
    if world is None:
        raise not_found("world", request.path_params["w"])
    webhooks.publish_all(world)
    return world


def not_found(kind: str, id: str) -> ControlError:
    return ControlError(404, "NOT_FOUND", f"There is no {kind} {id[:100]}")


async def read(request: Request, schema: str | None, default: object = None) -> Any:
    """
    The JSON body, held against a schema of contracts/control.yaml; `default` where there is no body.

    Args:
        schema: its name there; None where the caller holds the body against something else.

    Raises:
        ControlError: 400, with the path of the mistake; 413.
    """
    body = await _receive(request)
    if not body and default is not None:
        return default
    try:
        value = decode(body)
    except BadJson as error:
        raise ControlError(400, "BAD_JSON", f"The body is not valid JSON: {error}") from None
    if schema is not None:
        check(value, schema)
    return value


def check(value: object, schema: str) -> None:
    """
    Raises:
        ControlError: 400, with the path of the first mistake.
    """
    if (mistake := _form(schema).mistake_in(value)) is not None:
        raise ControlError(400, "BAD_REQUEST", ": ".join(mistake), {"at": mistake[0]})


def instant(text: str, at: str) -> datetime:
    """
    Args:
        at: where in the body it stands.

    Raises:
        ControlError: 400, it is no RFC 3339 date-time with an offset.
    """
    try:
        return parse_instant(text)
    except ValueError as error:
        message = f"{at}: has to be an instant with its offset, such as 2024-01-16T10:30:00Z: {error}"
        raise ControlError(400, "BAD_REQUEST", message, {"at": at}) from None


async def _receive(request: Request) -> bytes:
    chunks, size = [], 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > MAX_BODY:
                raise ControlError(413, "TOO_LARGE", f"The body may have {MAX_BODY} bytes")
            chunks.append(chunk)
    except ClientDisconnect:
        raise ControlError(400, "BAD_REQUEST", "The body broke off") from None
    return b"".join(chunks)


@cache
def _form(schema: str) -> Form:
    reference = {"$schema": contract.DIALECT, "$ref": f"#/components/schemas/{schema}"}
    return Form({**reference, "components": contract.document("control.yaml")["components"]})
