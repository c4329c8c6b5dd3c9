"""Every path of the vendor's API, built or known, and what is answered where there is none."""

from collections.abc import Awaitable, Callable, Mapping

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from mockserver import contract
from mockserver.api import interviews
from mockserver.api.answering import refusal
from mockserver.errors import ApiError, Violation
from mockserver.jsontext import encode

Handler = Callable[[Request], Awaitable[Response]]

BUILT: Mapping[str, Mapping[str, Handler]] = {
    "/interviews": {"GET": interviews.page, "POST": interviews.create},
    "/interviews/{id}": {"GET": interviews.get},
}


async def _contract(_request: Request) -> Response:
    return Response(encode(contract.document()), media_type="application/json")


async def _unbuilt(request: Request) -> Response:
    # rule: UNBUILT
    text = f"{request.method} {request.url.path} is part of the vendor's API but not built in this mock"
    raise ApiError([Violation(501, text, fix="call an operation of /openapi.json", rule="UNBUILT")])


def routes() -> list[Route]:
    """One route per path, all of its methods behind it."""
    paths: dict[str, dict[str, Handler]] = {"/openapi.json": {"GET": _contract}}
    for method, path in contract.unbuilt():
        paths.setdefault(path, {})[method] = _unbuilt
    for path, handlers in BUILT.items():
        paths[path] = {**paths.get(path, {}), **handlers}
    # Literal segments before parameters: `/jobs/url` is not a job.
    return [_route(path, paths[path]) for path in sorted(paths, key=lambda path: (path.count("{"), path))]


def _route(path: str, handlers: Mapping[str, Handler]) -> Route:
    async def dispatch(request: Request) -> Response:
        handler = handlers.get(request.method)
        if handler is None:
            # rule: METHOD
            allowed = ", ".join(sorted(method for method in handlers if handlers[method] is not _unbuilt))
            text = f"{request.method} is not allowed on {request.url.path}"
            no = Violation(405, text, fix=f"use {allowed}", rule="METHOD")
            raise ApiError([no], {"Allow": allowed})
        return await handler(request)

    route = Route(path, dispatch)
    route.methods = None  # every method comes to `dispatch`, which answers 405 itself
    return route


async def refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return refusal(request, error)


async def no_route(request: Request, error: Exception) -> Response:
    # rule: ROUTE
    assert isinstance(error, HTTPException)
    text = f"Cannot {request.method} {request.url.path}"
    no = Violation(404, text, fix="use a path of /openapi.json", rule="ROUTE")
    return refusal(request, ApiError([no]))


async def broken(request: Request, _error: Exception) -> Response:
    """A mistake of ours: the vendor's shape for the client, while the exception itself surfaces in the log."""
    return refusal(request, ApiError([Violation(500, "Internal server error")]))


async def gone(request: Request, _error: Exception) -> Response:
    """The client hung up while sending: nobody reads this, and nothing has happened."""
    no = Violation(400, "The request broke off", rule="BODY-JSON")
    return refusal(request, ApiError([no]))


HANDLERS = {ApiError: refused, HTTPException: no_route, ClientDisconnect: gone, Exception: broken}
