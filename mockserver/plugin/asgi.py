"""The object behind the fixture `instaview_asgi`: a world in an application of its own, on the test's event loop."""

import asyncio
import sys
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import httpx2
from starlette.routing import Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mockserver.app import MockApp
from mockserver.client import Calls, answer_of, content_of
from mockserver.errors import Severed
from mockserver.plugin.arguments import demand, seconds_of
from mockserver.plugin.awaiting import finished
from mockserver.plugin.blueprints import blueprint_of, demo, first_keys
from mockserver.plugin.idempotence import Acts, book, judge, refuse_values
from mockserver.plugin.instaview import Misused, Opened, WorldView
from mockserver.plugin.views import (
    Advanced,
    ClockView,
    Row,
    Until,
    WebhooksView,
    advance_body,
    advanced_of,
    clock_body,
    snapshot_body,
    unfinished_of,
)
from mockserver.plugin.wishes import Wishes
from mockserver.settings import Settings

__tracebackhide__ = True  # pytest shows the line that called

GRACE_SECONDS = 0.5  # for what is under way when a loop ends
URL = "http://127.0.0.1"  # the control API answers to loopback only; no request of the transport leaves the process


class Awaited:
    """The calls that wait for deliveries, so that the loop must run meanwhile."""

    def __init__(self, app: ASGIApp, path: str) -> None:
        self._app, self._path = app, path

    async def call(self, method: str, path: str, body: object = None) -> Any:
        return await exchange(self._app, method, self._path + path, body)


class InProcess:
    """All other calls: their handlers run from end to end without waiting for anything, so they need no loop."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    def call(self, method: str, path: str, body: object = None) -> Any:
        return finished(exchange(self._app, method, path, body))


async def exchange(app: ASGIApp, method: str, path: str, body: object) -> Any:
    """One call of the control API without a socket; raises what `answer_of` raises."""
    content = content_of(body)
    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": [(b"host", b"127.0.0.1")]}
    status, answered = 0, bytearray()

    async def receive() -> Message:
        return {"type": "http.request", "body": content}

    async def send(message: Message) -> None:
        nonlocal status
        status = message.get("status", status)
        answered.extend(message.get("body", b""))

    await app(scope, receive, send)
    return answer_of(status, bytes(answered))


class InProcessTransport(httpx2.ASGITransport):
    """A transport whose answers can come too late, though there is no connection."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        demand("instaview_asgi.transport is for httpx2 (httpx has an ASGITransport too)", request, httpx2.Request)
        _running_loop()
        try:
            async with asyncio.timeout(request.extensions.get("timeout", {}).get("read")):
                return await super().handle_async_request(request)
        except TimeoutError as late:
            raise httpx2.ReadTimeout("the answer did not come in time") from late


def _running_loop() -> asyncio.AbstractEventLoop:
    """
    Raises:
        RuntimeError: the test does not run on asyncio.
    """
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        raise RuntimeError("instaview_asgi runs on asyncio only: on trio use `instaview`, which has a socket") from None


def _failure_of(severed: Severed) -> Exception:
    """What a client raises when its connection ends so: an error of httpx2, of httpx if that is used, and of Python."""
    name = "ReadError" if severed.abruptly else "RemoteProtocolError"
    clients = [sys.modules[client] for client in ("httpx2", "httpx") if client in sys.modules]
    kinds = (*(getattr(client, name) for client in clients), ConnectionResetError)
    failure: Exception = type(name, kinds, {})(str(severed))
    return failure


class AsyncClock(ClockView):
    def __init__(self, calls: Calls, awaited: Awaited) -> None:
        super().__init__(calls)
        self._awaited = awaited

    async def advance(
        self,
        seconds: float | timedelta | None = None,
        *,
        to: datetime | str | None = None,
        until: Until | None = None,
        wait: float | None = None,
    ) -> Advanced:
        """As `Clock.advance`."""
        body = advance_body(seconds, to, until, wait)
        return advanced_of(await self._awaited.call("POST", "/clock/advance", body))

    async def set(
        self, now: datetime | str | None = None, *, mode: Literal["real", "frozen"] | None = None
    ) -> Advanced:
        """Go on to a later instant, freeze the clock, or let it run."""
        return advanced_of(await self._awaited.call("PUT", "/clock", clock_body(now, mode)))


class AsyncWebhooks(WebhooksView):
    def __init__(self, calls: Calls, awaited: Awaited) -> None:
        super().__init__(calls)
        self._awaited = awaited

    async def flush(self, wait: float | timedelta = 5.0) -> list[str]:
        """Wait, at most `wait` real seconds, until no attempt is under way; the ids of deliveries that still are."""
        return unfinished_of(await self._awaited.call("POST", "/deliveries/flush", {"wait": seconds_of(wait)}))


class AsyncInstaView(WorldView):
    """
    A world in this process. It lives on the event loop of its first request until that loop ends, then on that of the
    next request: so the fixture needs no async plugin, and no particular one.
    """

    fixture = "instaview_asgi"
    webhooks: AsyncWebhooks

    def __init__(self, app: MockApp, opened: Opened) -> None:
        calls = Calls(InProcess(app.control), opened.id)
        super().__init__(URL, opened, calls)
        self._app = app
        self._life: AsyncGenerator[None, None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.awaited = Awaited(self.app, calls.path)
        self.clock = AsyncClock(calls, self.awaited)
        self.webhooks = AsyncWebhooks(calls, self.awaited)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The fixture itself is the application: `httpx2.ASGITransport(app=instaview_asgi)`."""
        await self.app(scope, receive, send)

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The application under a name."""
        if scope["type"] == "lifespan":  # of a client, which others may follow: what ends is known by the loop
            await Router()(scope, receive, send)
            return
        await self._arrive()
        try:
            await self._app(scope, receive, send)
        except Severed as severed:
            raise _failure_of(severed) from severed

    async def _arrive(self) -> None:
        """
        Raises:
            RuntimeError: the world cannot live on the loop that runs.
        """
        loop = _running_loop()
        if self._life is None:
            self._loop, self._life = loop, self._living()
            await anext(self._life)
        elif loop is not self._loop:
            how = "use one loop for the whole test, or asyncio.run, which ends the one before the next begins"
            raise RuntimeError(f"the world of instaview_asgi still lives on another event loop: {how}")

    async def _living(self) -> AsyncGenerator[None, None]:
        """Every loop closes its unfinished generators before it is closed itself: the way to be told of its end."""
        try:
            yield
        finally:
            self._life = None
            await self._app.universe.leave_loop()

    @cached_property
    def transport(self) -> httpx2.ASGITransport:
        """For a client of your own; what the mock raises is raised in the test."""
        return InProcessTransport(app=self.app)

    @cached_property
    def client(self) -> httpx2.AsyncClient:
        """A client of the API with the base URL and `api_key`."""
        return httpx2.AsyncClient(transport=self.transport, **self._authorised())

    async def assert_idempotent(
        self,
        effect: Callable[[], Any],
        trigger: Callable[[], Any] | None = None,
        *,
        reset: Callable[[], Any] | None = None,
    ) -> None:
        """As `InstaView.assert_idempotent`; each function may be async."""
        __tracebackhide__ = True
        refuse_values(effect=effect, trigger=trigger, reset=reset)
        await self.webhooks.flush()
        acts = Acts(effect, trigger or (lambda: book(self.client)), reset)
        async with httpx2.AsyncClient(trust_env=False) as poster:
            failure = await judge(self.control, self.number, poster, acts, self.played)
        if failure is not None:
            raise AssertionError(failure)

    async def snapshot(self) -> Row:
        """As `InstaView.snapshot`."""
        await self.webhooks.flush()
        return self.state()

    async def restore(self, snapshot: Row) -> None:
        """As `InstaView.restore`."""
        await self.awaited.call("PUT", "/state", snapshot_body(snapshot))
        self._went_back()

    def settle(self) -> None:
        if self._loop is not None and not self._loop.is_running() and not self._loop.is_closed():
            self._loop.run_until_complete(self.webhooks.flush())

    def end(self) -> None:
        """What a loop that is still open (its scope is wider than the test) has left to do."""
        if self._life is not None and self._loop is not None and not self._loop.is_closed():
            self._loop.run_until_complete(self._life.aclose())


@contextmanager
def world_in_process(wishes: Wishes, number: int, root: Path) -> Iterator[AsyncInstaView]:
    """
    A world for one test, under the keys of its file.

    Raises:
        Misused: the wishes cannot be fulfilled.
    """
    blueprint = demo() if wishes.world is None else blueprint_of(wishes.world, root)
    try:
        clock = wishes.clock or blueprint.clock
        seed = blueprint.seed.varied(str(number), number, clock, wishes.readings, wishes.minutes)
        app = MockApp(Settings(seeds=(seed,), readings=seed.readings, grace_seconds=GRACE_SECONDS))
    except ValueError as error:
        raise Misused(str(error)) from None
    companies = first_keys(seed.companies, seed.keys)
    opened = Opened(str(number), number, {key.key: key.key for key in seed.keys}, companies, wishes.strict)
    world = AsyncInstaView(app, opened)
    try:
        yield world
    finally:
        world.end()
