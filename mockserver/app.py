"""The application: the vendor's API and the control API side by side, over one universe."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from mockserver import contract
from mockserver.api import routes as api
from mockserver.api.middleware import Journalled, OnExchange
from mockserver.control import routes as control
from mockserver.control.guard import Guard
from mockserver.launch import settings_for
from mockserver.settings import Settings
from mockserver.universe import Undelivered, Universe

OnUndelivered = Callable[[Sequence[Undelivered]], None]


class MockApp:
    """
    The ASGI application. Its universe starts with the lifespan or, over transports that have none, with the first
    request; whoever uses it without a lifespan calls `universe.stop()` at the end.
    """

    def __init__(
        self,
        settings: Settings,
        on_exchange: OnExchange | None = None,
        on_undelivered: OnUndelivered | None = None,
    ) -> None:
        for operation in contract.operations().values():  # a mistake in the contract shows now, not at a request
            if operation.body is not None:
                contract.request_validator(operation.id)
        self.universe = Universe(settings)
        self._on_undelivered = on_undelivered
        worlds, targets = self.universe.worlds, self.universe.targets
        self._api: ASGIApp = Journalled(api.router(), worlds, targets, settings.rate_limit, on_exchange)
        self.control = Starlette(routes=control.routes(), exception_handlers=control.HANDLERS, lifespan=self._lifespan)
        self.control.router.redirect_slashes = False
        self.control.state.universe = self.universe
        self._guard = Guard(self.control, settings.allow_hosts, settings.admin_token)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.control(scope, receive, send)
            return
        self.universe.start()
        if root := scope.get("root_path"):
            scope = _unmounted(scope, root)
        path = scope["path"]
        app = self._guard if path == "/_mock" or path.startswith("/_mock/") else self._api
        await app(scope, receive, send)

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        self.universe.start()
        yield
        undelivered = await self.universe.stop()
        if undelivered and self._on_undelivered is not None:
            self._on_undelivered(undelivered)


def _unmounted(scope: Scope, root: str) -> Scope:
    """The request as it came to where the application is mounted: nothing in here knows of that path."""
    path = scope["path"].removeprefix(root)
    return {**scope, "path": path if path.startswith("/") else scope["path"], "root_path": ""}


def create_app(settings: Settings | None = None) -> MockApp:
    """The ASGI application; without settings it holds the world `demo`."""
    return MockApp(settings or settings_for())
