"""`/phone-numbers`."""

from starlette.requests import Request
from starlette.responses import Response

from mockserver.api.answering import answer
from mockserver.api.queries import page_asked
from mockserver.api.reading import authenticate
from mockserver.pages import page_of
from mockserver.wire.companies import render_phone_number
from mockserver.wire.pages import render_page


async def page(request: Request) -> Response:
    caller = authenticate(request, "listPhoneNumbers")  # no page names a scope for it
    asked, readings = page_asked(request), caller.world.readings
    owned = caller.world.store.phone_numbers.of_company(caller.company_id)
    return answer(request, render_page(page_of(owned, asked), lambda row: render_phone_number(row, readings)))
