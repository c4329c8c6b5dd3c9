"""`/interviews`."""

from base64 import b64encode
from typing import get_args

from starlette.requests import Request
from starlette.responses import Response

from mockserver import interviews, rules
from mockserver.api.answering import answer, world_of
from mockserver.api.queries import page_asked
from mockserver.api.reading import authenticate, check_shape, path_id, read_object
from mockserver.models import InterviewStatus
from mockserver.wire.drafts import parse_interview_draft
from mockserver.wire.interviews import render_interview
from mockserver.wire.pages import render_page


async def create(request: Request) -> Response:
    caller = authenticate(request, "createInterview", "write:interviews", "read:candidates", "read:agents")
    body = await read_object(request)
    now, readings = caller.world.now(), caller.world.readings
    draft = parse_interview_draft(body)
    check_shape(caller, "createInterview", body, rules.shape_of(draft, now, readings))
    interview = interviews.create(caller, draft, now)
    caller.shows("CREATE-STATUS", "RESPONSE-SHAPE")
    status = int(readings.create_status)  # rule: CREATE-STATUS
    return answer(request, render_interview(interview, readings), status)


async def get(request: Request) -> Response:
    caller = authenticate(request, "getInterview", "read:interviews")
    interview = interviews.get(caller, path_id(request))
    caller.shows("RESPONSE-SHAPE")  # rule: RESPONSE-SHAPE
    return answer(request, render_interview(interview, caller.world.readings))


async def page(request: Request) -> Response:
    caller = authenticate(request, "listInterviews", "read:interviews", "read:candidates", "read:agents")
    asked = page_asked(request, {"candidateId": "id", "agentId": "id", "status": get_args(InterviewStatus)})
    readings = caller.world.readings
    return answer(request, render_page(interviews.page(caller, asked), lambda row: render_interview(row, readings)))


async def delete(request: Request) -> Response:
    scope = world_of(request).readings.interview_delete_scope
    caller = authenticate(request, "deleteInterview", scope)
    interviews.delete(caller, path_id(request))
    return answer(request, True)


async def analysis_pdf(request: Request) -> Response:
    caller = authenticate(request, "getAnalysisPdf", "read:interviews")
    interview = interviews.get_analysed(caller, path_id(request))
    from mockserver.analysis_pdf import pdf_of  # a tenth of a second, which only who asks for a PDF shall wait

    pdf = pdf_of(caller.world, interview)
    return answer(request, {"analysisPdfBase64": b64encode(pdf).decode()})
