"""Interviews pushed on from outside, along the same table of states as their own way."""

from starlette.requests import Request
from starlette.responses import Response

from mockserver import pushes, shown
from mockserver.control.answering import answer, not_found, read, world_of
from mockserver.errors import ControlError


async def transition(request: Request) -> Response:
    world, id = world_of(request), request.path_params["id"].lower()
    asked = (await read(request, "Transition"))["status"]
    interview = world.store.interviews.get(id)
    if interview is None:
        raise not_found("interview", id)
    allowed = pushes.may_become(interview)
    if asked not in allowed:
        text = f"{interview.status} does not lead to {asked}, but to {', '.join(allowed) or 'nothing'}"
        raise ControlError(409, "NO_SUCH_TRANSITION", text, {"from": interview.status, "allowed": allowed})
    return answer(shown.row_of_interview(pushes.push(world, interview, asked, world.now())))
