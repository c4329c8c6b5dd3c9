"""Planned faults of a world: planned, listed with their accounts, forgotten."""

from starlette.requests import Request
from starlette.responses import Response

from mockserver import adversary
from mockserver.control.answering import answer, not_found, nothing, read, world_of
from mockserver.errors import ControlError
from mockserver.faults import FaultRefused
from mockserver.shown import row_of_planned


async def listed(request: Request) -> Response:
    return answer([row_of_planned(planned) for planned in world_of(request).faults])


async def plan(request: Request) -> Response:
    world = world_of(request)
    row = await read(request, "NewFault")
    try:
        planned = adversary.plan(world, row)
    except FaultRefused as error:
        raise ControlError(400, "BAD_REQUEST", str(error), {"at": error.at}) from None
    return answer(row_of_planned(planned), 201)


async def clear(request: Request) -> Response:
    world_of(request).faults.clear()
    return nothing()


async def cancel(request: Request) -> Response:
    if not world_of(request).faults.cancel(request.path_params["id"]):
        raise not_found("fault", request.path_params["id"])
    return nothing()
