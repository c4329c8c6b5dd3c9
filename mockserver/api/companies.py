"""`/company`, and `/companies` as the guides call it. The path says which company: no key names one in the query."""

from starlette.requests import Request
from starlette.responses import Response

from mockserver import companies, rules
from mockserver.api.answering import answer
from mockserver.api.queries import page_asked
from mockserver.api.reading import authenticate, check_shape, path_id, read_object
from mockserver.rules.company import key_is_ats
from mockserver.wire.companies import parse_company_draft, render_company
from mockserver.wire.pages import render_page


async def create(request: Request) -> Response:
    caller = authenticate(request, "createCompany", "write:companies", of_company=False)
    caller.require(key_is_ats, caller.key)
    body = await read_object(request)
    now, readings = caller.world.now(), caller.world.readings
    draft = parse_company_draft(body)
    check_shape(caller, "createCompany", body, rules.shape_of_company(draft, readings))
    return answer(request, render_company(companies.create(caller, draft, now), readings), 201)


async def page(request: Request) -> Response:
    caller = authenticate(request, "listCompanies", "read:companies", of_company=False)
    asked, readings = page_asked(request), caller.world.readings
    return answer(request, render_page(companies.page(caller, asked), lambda row: render_company(row, readings)))


async def get(request: Request) -> Response:
    caller = authenticate(request, "getCompany", "read:companies", of_company=False)
    return answer(request, render_company(companies.get(caller, path_id(request)), caller.world.readings))


async def update(request: Request) -> Response:
    caller = authenticate(request, "updateCompany", "write:companies", of_company=False)
    id = path_id(request)
    body = await read_object(request)
    now, readings = caller.world.now(), caller.world.readings
    changes = parse_company_draft(body)
    check_shape(caller, "updateCompany", body, rules.shape_of_company(changes, readings))
    return answer(request, render_company(companies.update(caller, id, changes, now), readings))


async def delete(request: Request) -> Response:
    caller = authenticate(request, "deleteCompany", "write:companies", of_company=False)
    companies.delete(caller, path_id(request))
    return answer(request, True)
