"""Every path of the control API, and its errors."""

from collections.abc import Awaitable, Callable
from functools import cache

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mockserver.control import about, billing, coverage, faults, interviews, logs, time, timeline, webhooks, worlds
from mockserver.control.answering import refusal
from mockserver.errors import ControlError

Handler = Callable[[Request], Awaitable[Response]]
W = "/_mock/worlds/{w}"

TABLE: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/_mock/health", about.health),
    ("GET", "/_mock/openapi.json", about.control_contract),
    ("GET", "/_mock/schemas/world.json", about.world_schema),
    ("GET", "/_mock/rules", about.rules),
    ("GET", "/_mock/requests", logs.requests),
    ("DELETE", "/_mock/requests", logs.clear_requests),
    ("GET", "/_mock/requests/{id}", logs.request),
    ("GET", "/_mock/coverage", coverage.listed),
    ("DELETE", "/_mock/coverage", coverage.clear),
    ("POST", "/_mock/worlds", worlds.create),
    ("GET", "/_mock/worlds", worlds.listed),
    ("DELETE", W, worlds.delete),
    ("POST", f"{W}/reset", worlds.reset),
    ("GET", f"{W}/state", worlds.state),
    ("PUT", f"{W}/state", worlds.restore),
    ("POST", f"{W}/seed", worlds.seed),
    ("GET", f"{W}/companies/{{id}}/billing", billing.get),
    ("PATCH", f"{W}/companies/{{id}}/billing", billing.change),
    ("GET", f"{W}/clock", time.get),
    ("PUT", f"{W}/clock", time.put),
    ("POST", f"{W}/clock/advance", time.advance),
    ("GET", f"{W}/timeline", timeline.timeline),
    ("GET", f"{W}/events", logs.events),
    ("GET", f"{W}/deliveries", logs.deliveries),
    ("POST", f"{W}/deliveries/flush", logs.flush),
    ("POST", f"{W}/deliveries/redeliver", logs.redeliver_range),
    ("GET", f"{W}/deliveries/{{id}}", logs.delivery),
    ("POST", f"{W}/deliveries/{{id}}/redeliver", logs.redeliver),
    ("POST", f"{W}/webhooks", webhooks.register),
    ("DELETE", f"{W}/webhooks/{{id}}", webhooks.remove),
    ("GET", f"{W}/faults", faults.listed),
    ("POST", f"{W}/faults", faults.plan),
    ("DELETE", f"{W}/faults", faults.clear),
    ("DELETE", f"{W}/faults/{{id}}", faults.cancel),
    ("POST", f"{W}/interviews/{{id}}/transition", interviews.transition),
    ("GET", f"{W}/requests", logs.requests),
    ("DELETE", f"{W}/requests", logs.clear_requests),
    ("GET", f"{W}/requests/{{id}}", logs.request),
    ("GET", f"{W}/coverage", coverage.listed),
    ("DELETE", f"{W}/coverage", coverage.clear),
    ("GET", f"{W}/readings", about.get_readings),
    ("PUT", f"{W}/readings", about.put_readings),
)


@cache
def routes() -> list[Route]:
    """The same for every application, as they hold nothing of it: a test that makes one does not wait for them."""
    paths: dict[str, dict[str, Handler]] = {}
    for method, path, handler in TABLE:
        paths.setdefault(path, {})[method] = handler
    return [_route(path, handlers) for path, handlers in paths.items()]


def _route(path: str, handlers: dict[str, Handler]) -> Route:
    async def dispatch(request: Request) -> Response:
        handler = handlers.get(request.method)
        if handler is None:
            allowed = ", ".join(sorted(handlers))
            return refusal(ControlError(405, "METHOD_NOT_ALLOWED", f"Use {allowed} on {path}"), {"Allow": allowed})
        return await handler(request)

    route = Route(path, dispatch)
    route.methods = None  # every method comes to `dispatch`
    return route


async def refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ControlError)
    return refusal(error)


async def no_route(request: Request, _error: Exception) -> Response:
    text = f"There is no {request.url.path} in the control API: see /_mock/openapi.json"
    return refusal(ControlError(404, "NOT_FOUND", text))


async def broken(_request: Request, _error: Exception) -> Response:
    return refusal(ControlError(500, "INTERNAL_ERROR", "A mistake of the mock: its log has the traceback"))


HANDLERS = {ControlError: refused, HTTPException: no_route, Exception: broken}
