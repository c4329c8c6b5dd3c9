"""`/agents`."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from mockserver import agents, rules
from mockserver.api.answering import answer
from mockserver.api.queries import Filter, page_asked
from mockserver.api.reading import authenticate, check_shape, path_id, read_object
from mockserver.wire.agents import render_agent
from mockserver.wire.drafts import parse_agent_draft
from mockserver.wire.pages import render_page

FILTERS: Mapping[str, Filter] = {
    "type": ("UNDEFINED", "ONLINE", "PHONE"),
    "focus": ("GENERIC", "SCREENING", "OUTREACH", "LANGUAGE_TEST"),
    "search": "text",
}


async def create(request: Request) -> Response:
    caller = authenticate(request, "createAgent", "write:agents")
    body = await read_object(request)
    now, readings = caller.world.now(), caller.world.readings
    draft = parse_agent_draft(body)
    check_shape(caller, "createAgent", body, rules.shape_of_new_agent(draft, readings, ""))
    return answer(request, render_agent(agents.create(caller, draft, now), readings), 201)


async def page(request: Request) -> Response:
    caller = authenticate(request, "listAgents", "read:agents")
    rows, readings = agents.page(caller, page_asked(request, FILTERS)), caller.world.readings
    return answer(request, render_page(rows, lambda row: render_agent(row, readings)))


async def get(request: Request) -> Response:
    caller = authenticate(request, "getAgent", "read:agents")
    return answer(request, render_agent(agents.get(caller, path_id(request)), caller.world.readings))


async def update(request: Request) -> Response:
    caller = authenticate(request, "updateAgent", "write:agents")
    id = path_id(request)
    body = await read_object(request)
    now, readings = caller.world.now(), caller.world.readings
    draft = parse_agent_draft(body)
    check_shape(caller, "updateAgent", body, rules.shape_of_agent(draft, readings, ""))
    return answer(request, render_agent(agents.update(caller, id, draft, now), readings))


async def delete(request: Request) -> Response:
    caller = authenticate(request, "deleteAgent", "delete:agents")
    agents.delete(caller, path_id(request))
    return answer(request, True)
