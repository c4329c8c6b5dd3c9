"""`/interviews`."""

from starlette.requests import Request
from starlette.responses import Response

from mockserver import interviews, rules, wire
from mockserver.api.answering import answer
from mockserver.api.reading import authenticate, check_shape, interview_filters, path_id, read_object


async def create(request: Request) -> Response:
    caller = authenticate(request, "createInterview", "write:interviews", "read:candidates", "read:agents")
    body = await read_object(request)
    now, readings = caller.world.now(), caller.world.readings
    draft = wire.parse_interview_draft(body)
    check_shape(caller, "createInterview", body, rules.shape_of(draft, now, readings))
    interview = interviews.create(caller, draft, now)
    status = int(readings.create_status)  # rule: CREATE-STATUS
    return answer(request, wire.render_interview(interview, readings), status)


async def get(request: Request) -> Response:
    caller = authenticate(request, "getInterview", "read:interviews")
    interview = interviews.get(caller, path_id(request))
    return answer(request, wire.render_interview(interview, caller.world.readings))  # rule: RESPONSE-SHAPE


async def page(request: Request) -> Response:
    caller = authenticate(request, "listInterviews", "read:interviews", "read:candidates", "read:agents")
    filters = interview_filters(request)
    rows, total = interviews.page(caller, filters)
    rendered = [wire.render_interview(interview, caller.world.readings) for interview in rows]
    return answer(request, wire.render_page(rendered, total, filters.page, filters.limit))
