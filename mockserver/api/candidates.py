"""`/candidates`, with the interviews and analyses of each."""

from collections.abc import Mapping
from typing import Any, get_args

from starlette.requests import Request
from starlette.responses import Response

from mockserver import candidates, rules
from mockserver.api.answering import answer
from mockserver.api.queries import Filter, page_asked
from mockserver.api.reading import authenticate, check_shape, path_id, read_object
from mockserver.models import Candidate, CandidateStatus
from mockserver.wire.candidates import render_candidate
from mockserver.wire.drafts import parse_candidate_draft
from mockserver.wire.interviews import render_interview
from mockserver.wire.pages import render_page
from mockserver.world import World

FILTERS: Mapping[str, Filter] = {"jobId": "id", "status": get_args(CandidateStatus), "search": "text"}


def _rendered(world: World, candidate: Candidate) -> dict[str, Any]:
    interviews = world.store.interviews.of_candidate(candidate.id)
    return render_candidate(candidate, interviews, world.readings)


async def create(request: Request) -> Response:
    caller = authenticate(request, "createCandidate", "write:candidates", "read:jobs")
    body = await read_object(request)
    now, readings = caller.world.now(), caller.world.readings
    draft = parse_candidate_draft(body)
    check_shape(caller, "createCandidate", body, rules.shape_of_new_candidate(draft, now, readings, ""))
    return answer(request, _rendered(caller.world, candidates.create(caller, draft, now)), 201)


async def page(request: Request) -> Response:
    caller = authenticate(request, "listCandidates", "read:candidates", "read:jobs")
    rows = candidates.page(caller, page_asked(request, FILTERS))
    return answer(request, render_page(rows, lambda row: _rendered(caller.world, row)))


async def get(request: Request) -> Response:
    caller = authenticate(request, "getCandidate", "read:candidates")
    return answer(request, _rendered(caller.world, candidates.get(caller, path_id(request))))


async def update(request: Request) -> Response:
    caller = authenticate(request, "updateCandidate", "write:candidates")
    id = path_id(request)
    body = await read_object(request)
    now, readings = caller.world.now(), caller.world.readings
    draft = parse_candidate_draft(body)
    check_shape(caller, "updateCandidate", body, rules.shape_of_candidate(draft, now, readings, ""))
    return answer(request, _rendered(caller.world, candidates.update(caller, id, draft, now)))


async def delete(request: Request) -> Response:
    caller = authenticate(request, "deleteCandidate", "delete:candidates")
    candidates.delete(caller, path_id(request))
    return answer(request, True)


async def interviews(request: Request) -> Response:
    caller = authenticate(request, "listCandidateInterviews", "read:interviews", "read:candidates", "read:agents")
    rows, readings = candidates.interviews(caller, path_id(request), page_asked(request)), caller.world.readings
    return answer(request, render_page(rows, lambda row: render_interview(row, readings)))


async def analyses(request: Request) -> Response:
    caller = authenticate(request, "listCandidateAnalyses", "read:interviews", "read:candidates")
    rows = candidates.analyses(caller, path_id(request), page_asked(request))
    return answer(request, render_page(rows, lambda row: row))
