"""What surrounds every request of the vendor's API: its world is found, and it is journalled whatever comes of it."""

from collections.abc import Callable
from time import perf_counter
from typing import Literal

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mockserver import adversary
from mockserver.api import faults
from mockserver.journal import Exchange
from mockserver.models import ApiKey
from mockserver.rates import Rates, headers_of_nobody
from mockserver.rules.access import bearer_token
from mockserver.targets import TargetPolicy
from mockserver.world import World
from mockserver.worlds import Worlds

RateLimit = Literal["off", "observe", "enforce"]
OnExchange = Callable[[Exchange], None]


class Journalled:
    """
    Pure ASGI. The key is looked up before anything else, for the world's readings, journal and rate windows only;
    whether it may ask is judged by the handler, in the documented order.
    """

    def __init__(
        self,
        app: ASGIApp,
        worlds: Worlds,
        targets: TargetPolicy,
        rate_limit: RateLimit,
        on_exchange: OnExchange | None,
    ) -> None:
        self.app, self.worlds, self.targets = app, worlds, targets
        self.rate_limit, self.on_exchange = rate_limit, on_exchange

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = perf_counter()
        world, key, is_late = self._place(scope)
        exchange = Exchange(
            world.ids.next("request"),
            world.now(),
            scope["method"],
            scope["path"],
            scope["query_string"],
            scope["headers"],
            is_late=is_late,
            place=next(world.places),
        )
        extra = [(b"x-mock-request-id", exchange.id.encode())]
        scope["world"], scope["key"], scope["exchange"], scope["targets"] = world, key, exchange, self.targets
        scope["rates"], scope["rate_exceeded"] = None, None
        if self.rate_limit != "off":
            extra += headers_of_nobody(world.now()) if key is None else self._count(scope, world.rates[key.key], world)
        app = self.app
        if races := bool(world.faults):
            adversary.enter(world)
            if planned := faults.strike(scope):
                struck = faults.Struck(planned, scope, app, send)
                app, send, extra = struck.app, struck.send, struck.headers(extra)

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                message["headers"] = exchange.answer_headers = [*message["headers"], *extra]
                if races:
                    await adversary.finish_race(world)
            else:
                exchange.answer += message.get("body", b"")
            await send(message)

        try:
            await app(scope, receive, sent)
        finally:
            if races:
                adversary.leave(world)
            exchange.seconds = perf_counter() - started
            world.journal.add(exchange)
            world.coverage.count(exchange)
            if self.on_exchange is not None:
                self.on_exchange(exchange)

    def _place(self, scope: Scope) -> tuple[World, ApiKey | None, bool]:
        """The world of the key, the key, and whether it comes too late for its world."""
        headers = [value for name, value in scope["headers"] if name == b"authorization"]
        token = bearer_token(headers[0].decode("latin-1")) if len(headers) == 1 else None
        if (found := self.worlds.find(token)) is not None:
            return *found, False
        return self.worlds.lobby, None, self.worlds.is_gone(token)

    def _count(self, scope: Scope, rates: Rates, world: World) -> list[tuple[bytes, bytes]]:
        exceeded = rates.count(world.now())
        if exceeded is None or self.rate_limit == "enforce":  # what is observed only is not judged
            scope["rates"], scope["rate_exceeded"] = rates, exceeded
        return rates.headers()
