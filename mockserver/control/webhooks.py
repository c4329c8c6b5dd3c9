"""Webhooks of a world, registered from outside: also such as hear of every company, which the vendor's API has not."""

from functools import cache
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from mockserver import rows, shown, webhooks
from mockserver.control.answering import answer, not_found, nothing, read, universe_of, world_of
from mockserver.deliveries import Endpoint
from mockserver.errors import ControlError
from mockserver.jsontext import without_nulls
from mockserver.rules.webhook import headers_refused
from mockserver.shapes import Form
from mockserver.signing import secret_for
from mockserver.wire.instants import render_milliseconds
from mockserver.world import World
from mockserver.worldfile import schema


async def register(request: Request) -> Response:
    world = world_of(request)
    row = without_nulls(await read(request, "NewWebhook"))
    if (mistake := _form().mistake_in(row)) is not None:
        raise _refusal(*mistake)
    _refuse_target(request, row["url"])
    _refuse_headers([header["name"] for header in row.get("headers", ())])
    endpoint = _endpoint(_completed(world, row))
    webhooks.put(world, endpoint)
    return answer(shown.row_of_endpoint(endpoint), 201)


async def remove(request: Request) -> Response:
    """Forget a webhook; its deliveries that wait are given up."""
    world, id = world_of(request), request.path_params["id"]
    if id not in world.endpoints:
        raise not_found("webhook", id)
    webhooks.remove(world, id)
    return nothing()


@cache
def _form() -> Form:
    """A row of a world file, of which less is required."""
    definitions = schema()["$defs"]
    return Form({**definitions["webhook"], "required": ["url"], "$defs": definitions})


def _refusal(at: str, why: str) -> ControlError:
    return ControlError(400, "BAD_REQUEST", f"{at}: {why}", {"at": at})


def _refuse_target(request: Request, url: str) -> None:
    refusal = universe_of(request).targets.check_url(url)
    if refusal is not None:
        raise _refusal("/url", refusal)


def _refuse_headers(names: list[str]) -> None:
    refused = headers_refused(names)
    if refused is not None:
        raise _refusal(refused.at, refused.message)


def _completed(world: World, row: dict[str, Any]) -> dict[str, Any]:
    """The row with an id and a secret, which the world's seed decides where the caller does not."""
    id = row["id"].lower() if "id" in row else world.ids.next("webhook")
    if id in world.endpoints:
        raise ControlError(409, "ID_IN_USE", f"There is a webhook {id} already")
    made = {"signingSecret": secret_for(id), "createdAt": render_milliseconds(world.now())}
    return {**made, **row, "id": id, **_owner(world, row)}


def _endpoint(row: dict[str, Any]) -> Endpoint:
    try:
        return rows.endpoint_of(row)
    except ValueError as error:  # a day that no calendar has
        raise _refusal("/", str(error)) from None


def _owner(world: World, row: dict[str, Any]) -> dict[str, str]:
    if "companyId" not in row:
        return {}
    company_id = str(row["companyId"]).lower()
    if company_id not in world.store.companies:
        raise _refusal("/companyId", "no company of this world")
    return {"companyId": company_id}
