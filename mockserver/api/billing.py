"""`/billing/usage`."""

from starlette.requests import Request
from starlette.responses import Response

from mockserver import billing_usage
from mockserver.api.answering import answer
from mockserver.api.queries import check_query
from mockserver.api.reading import authenticate
from mockserver.rules.usage import bound_is_a_date
from mockserver.wire.billing import render_usage


async def usage(request: Request) -> Response:
    query = request.query_params
    caller = authenticate(request, "getBillingUsage", "read:billing", of_company=False)
    readings = caller.world.readings
    check_query(request, [(bound_is_a_date, (name, query.getlist(name), readings)) for name in ("start", "end")])
    used = billing_usage.usage(caller, query.get("start"), query.get("end"), caller.world.now())
    return answer(request, render_usage(used))
