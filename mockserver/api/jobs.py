"""`/jobs`."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from mockserver import jobs, rules
from mockserver.api.answering import answer
from mockserver.api.queries import Filter, page_asked
from mockserver.api.reading import authenticate, check_shape, path_id, read_object
from mockserver.wire.drafts import parse_job_draft
from mockserver.wire.jobs import render_job
from mockserver.wire.pages import render_page

FILTERS: Mapping[str, Filter] = {"status": "text", "search": "text"}


async def create(request: Request) -> Response:
    caller = authenticate(request, "createJob", "write:jobs")
    body = await read_object(request)
    now, readings = caller.world.now(), caller.world.readings
    draft = parse_job_draft(body)
    check_shape(caller, "createJob", body, rules.shape_of_new_job(draft, readings, ""))
    return answer(request, render_job(jobs.create(caller, draft, now), readings), 201)


async def page(request: Request) -> Response:
    caller = authenticate(request, "listJobs", "read:jobs")
    readings = caller.world.readings
    return answer(
        request, render_page(jobs.page(caller, page_asked(request, FILTERS)), lambda row: render_job(row, readings))
    )


async def get(request: Request) -> Response:
    caller = authenticate(request, "getJob", "read:jobs")
    return answer(request, render_job(jobs.get(caller, path_id(request)), caller.world.readings))


async def update(request: Request) -> Response:
    caller = authenticate(request, "updateJob", "write:jobs")
    id = path_id(request)
    body = await read_object(request)
    now, readings = caller.world.now(), caller.world.readings
    draft = parse_job_draft(body)
    check_shape(caller, "updateJob", body, rules.shape_of_job(draft, readings, ""))
    return answer(request, render_job(jobs.update(caller, id, draft, now), readings))


async def delete(request: Request) -> Response:
    caller = authenticate(request, "deleteJob", "delete:jobs")
    jobs.delete(caller, path_id(request), caller.world.now())
    return answer(request, True)
