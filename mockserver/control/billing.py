"""A company's minutes, seen and set."""

from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from mockserver.control.answering import answer, not_found, read, world_of
from mockserver.models import Company


async def get(request: Request) -> Response:
    return answer(_rendered(_company(request)))


async def change(request: Request) -> Response:
    """
    Set what was bought, or what is used up. What interviews hold stays theirs; where more is used and held than was
    bought, `left` is below zero, and every new interview is too long.
    """
    _company(request)
    body = await read(request, "BillingChange")
    before = _company(request)  # it may have been deleted while the body came
    limit, used = body.get("limit", before.minutes_limit), body.get("used", before.minutes_used)
    company = replace(before, minutes_limit=int(limit), minutes_used=int(used))
    world = world_of(request)
    world.store.companies[company.id] = company
    world.note("billing", f"{company.name}: limit {company.minutes_limit}, used {company.minutes_used}")
    return answer(_rendered(company))


def _company(request: Request) -> Company:
    id = request.path_params["id"]
    company = world_of(request).store.companies.get(id.lower())
    if company is None:
        raise not_found("company", id)
    return company


def _rendered(company: Company) -> dict[str, Any]:
    return {
        "companyId": company.id,
        "limit": company.minutes_limit,
        "used": company.minutes_used,
        "reserved": company.minutes_reserved,
        "left": company.minutes_left,
        "billingSystem": company.billing_system,
    }
