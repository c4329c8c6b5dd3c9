"""Every path of the vendor's API, built or known, and what is answered where there is none."""

from collections.abc import Awaitable, Callable, Mapping
from functools import cache

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from mockserver import contract
from mockserver.api import (
    agents,
    billing,
    call_attempts,
    candidates,
    companies,
    interviews,
    jobs,
    phone_numbers,
    webhooks,
)
from mockserver.api.answering import exchange_of, refusal
from mockserver.errors import ApiError, Violation
from mockserver.jsontext import encode

Handler = Callable[[Request], Awaitable[Response]]

COMPANIES: Mapping[str, Handler] = {"GET": companies.page, "POST": companies.create}
COMPANY: Mapping[str, Handler] = {"GET": companies.get, "PATCH": companies.update, "DELETE": companies.delete}
BUILT: Mapping[str, Mapping[str, Handler]] = {
    "/interviews": {"GET": interviews.page, "POST": interviews.create},
    "/interviews/{id}": {"GET": interviews.get, "DELETE": interviews.delete},
    "/interviews/{id}/analysis-pdf": {"GET": interviews.analysis_pdf},
    "/interviews/{id}/call-attempts": {"POST": call_attempts.create},
    "/interviews/{id}/call-attempts/{attemptId}": {"PATCH": call_attempts.reschedule, "DELETE": call_attempts.delete},
    "/jobs": {"GET": jobs.page, "POST": jobs.create},
    "/jobs/{id}": {"GET": jobs.get, "PATCH": jobs.update, "DELETE": jobs.delete},
    "/candidates": {"GET": candidates.page, "POST": candidates.create},
    "/candidates/{id}": {"GET": candidates.get, "PATCH": candidates.update, "DELETE": candidates.delete},
    "/candidates/{id}/interviews": {"GET": candidates.interviews},
    "/candidates/{id}/analyses": {"GET": candidates.analyses},
    "/agents": {"GET": agents.page, "POST": agents.create},
    "/agents/{id}": {"GET": agents.get, "PATCH": agents.update, "DELETE": agents.delete},
    "/company": COMPANIES,
    "/company/{id}": COMPANY,
    "/companies": COMPANIES,
    "/companies/{id}": COMPANY,
    "/phone-numbers": {"GET": phone_numbers.page},
    "/billing/usage": {"GET": billing.usage},
    "/webhooks": {"GET": webhooks.page, "POST": webhooks.create},
    "/webhooks/{id}": {"GET": webhooks.get, "PATCH": webhooks.update, "DELETE": webhooks.delete},
    "/webhooks/{id}/test": {"POST": webhooks.test},
    "/webhooks/{id}/reset-circuit": {"POST": webhooks.reset_circuit},
}


@cache
def router() -> ASGIApp:
    """
    The vendor's API as an ASGI application: one route per path, all of its methods behind it. It holds nothing of the
    server it serves, so there is one.
    """
    paths: dict[str, dict[str, Handler]] = {"/openapi.json": {"GET": _contract}}
    for method, path in contract.unbuilt():
        paths.setdefault(path, {})[method] = _unbuilt
    for path, handlers in BUILT.items():
        paths[path] = {**paths.get(path, {}), **handlers}
    # Literal segments before parameters: `/jobs/url` is not a job. Of the rest, what is built is found first.
    ordered = sorted(paths, key=lambda path: (path.count("{"), path not in BUILT, path))
    routes = [Route(path, Resource(paths[path])) for path in ordered if "{" in path]
    for route in routes:
        route.methods = None  # every method comes to the resource, which answers 405 itself
    router = Router(routes, default=Resource({}), redirect_slashes=False)
    literal = {path: Resource(paths[path]) for path in ordered if "{" not in path}

    async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
        """A path without parameters is found at once; trying it against the others costs a tenth of a create."""
        await literal.get(scope["path"], router)(scope, receive, send)

    return dispatch


class Resource:
    """One path as an ASGI application: its handlers by method. Whatever happens, it answers in the vendor's shape."""

    def __init__(self, handlers: Mapping[str, Handler]) -> None:
        self.handlers = handlers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            response = await self._handler(request)(request)
        except ApiError as error:
            response = refusal(request, error)
        except ClientDisconnect:  # nobody reads this, and nothing has happened
            no = Violation(408, "The request did not arrive whole", rule="BODY-JSON")
            response = refusal(request, ApiError([no]))
        except Exception:  # a mistake of ours: it surfaces in the log, or in the test
            await refusal(request, ApiError([Violation(500, "Internal server error")], {"Connection": "close"}))(
                scope, receive, send
            )
            raise
        await response(scope, receive, send)

    def _handler(self, request: Request) -> Handler:
        handler = self.handlers.get(request.method)
        if handler is not None:
            exchange_of(request).held += ("ROUTE", "METHOD")
            return handler
        method, path = request.method, request.scope["path"]
        if not self.handlers:
            # rule: ROUTE
            no = Violation(404, f"Cannot {method} {path}", fix="use a path of /openapi.json", rule="ROUTE")
            raise ApiError([no])
        # rule: METHOD
        built = [name for name, handler in self.handlers.items() if handler is not _unbuilt]
        allowed = ", ".join(sorted(built or self.handlers))
        no = Violation(405, f"{method} is not allowed on {path}", fix=f"use {allowed}", rule="METHOD")
        raise ApiError([no], {"Allow": allowed})


async def _contract(_request: Request) -> Response:
    return Response(encode(contract.document()), media_type="application/json")


async def _unbuilt(request: Request) -> Response:
    # rule: ROUTE
    text = f"{request.method} {request.scope['path']} is part of the vendor's API but not built in this mock"
    raise ApiError([Violation(501, text, fix="call an operation of /openapi.json", rule="ROUTE")])
