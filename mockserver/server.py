"""The mock as a server: in a thread of somebody's process, or as the process itself."""

import asyncio
import gc
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import FrameType, TracebackType
from typing import Literal, Self

import uvicorn
from uvicorn.server import HANDLED_SIGNALS

from mockserver.api.middleware import OnExchange
from mockserver.app import MockApp, OnUndelivered
from mockserver.launch import check_exposure, settings_for
from mockserver.protocols import PROTOCOLS, Patience
from mockserver.settings import Settings
from mockserver.severing import severable

Parser = Literal["httptools", "h11"]
KEEP_ALIVE_SECONDS = 65  # longer than clients keep idle connections, so that it is they who close
TICK_SECONDS = 0.02
LEAVE_SECONDS = 0.7
GC_THRESHOLD = 5_000  # objects, some hundred and fifty creates: still in the cache, and a pause that nobody notices
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 # what a socket is bound to, and one way to reach it


class _OfOurs(logging.Filter):
    """Requests that shutdown cuts off are no mistakes of ours; everything else that uvicorn reports as an error is."""

    def filter(self, record: logging.LogRecord) -> bool:
        cut_off = record.exc_info is not None and isinstance(record.exc_info[1], asyncio.CancelledError)
        return record.levelno >= logging.ERROR and not cut_off


logging.getLogger("uvicorn.error").addFilter(_OfOurs())


def bind(host: str, port: int) -> socket.socket:
    """
    A listening socket; port 0 picks a free one.

    Raises:
        OSError: the address is taken, or not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(2048)
        bound.setblocking(False)
    except OSError:
        bound.close()
        raise
    return bound


def url_of(bound: socket.socket) -> str:
    """The base URL of a listening socket as this machine reaches it, without a trailing slash."""
    host, port = bound.getsockname()[:2]
    host = EVERYWHERE.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class _Server(uvicorn.Server):
    """uvicorn, which tells when it is ready, and whose shutdown as a whole takes no longer than the grace."""

    def __init__(self, config: uvicorn.Config, app: MockApp, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._app, self._on_ready = app, on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """
        Requests get the time of grace to end, then their connections are cut and they are called back; deliveries
        go on meanwhile, and the application's own end waits for them until the same moment.
        """
        universe, state, loop = self._app.universe, self.server_state, asyncio.get_running_loop()
        universe.begin_to_close()
        for listener in (*self.servers, *(sockets or ())):
            listener.close()
        for connection in list(state.connections):
            connection.shutdown()
        while (state.connections or state.tasks) and loop.time() < universe.closes_at:  # noqa: ASYNC110 # uvicorn tells nobody
            await asyncio.sleep(TICK_SECONDS)
        for connection in list(state.connections):
            connection.transport.abort()
        for task in list(state.tasks):
            task.cancel()
        await asyncio.gather(*state.tasks, return_exceptions=True)
        await self.lifespan.shutdown()


class _Process(_Server):
    """The server that is its process: the first signal ends it in grace, the next one at once; both end well."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        self._loop = asyncio.get_running_loop()
        before = {number: signal.signal(number, self.handle_exit) for number in HANDLED_SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        if any(world.deliveries.pending() for world in self._app.universe.worlds):
            # A look-up that the name service leaves unanswered is not to be called back, and holds up a closing loop.
            leave = threading.Timer(LEAVE_SECONDS, os._exit, (0,))
            leave.daemon = True
            leave.start()

    def handle_exit(self, _number: int, _frame: FrameType | None) -> None:
        if self.should_exit:
            self._loop.call_soon_threadsafe(self._app.universe.hurry)
        self.should_exit = True


def _config(app: MockApp, parser: Parser, patience: Patience) -> uvicorn.Config:
    return uvicorn.Config(
        severable(app),
        http=partial(PROTOCOLS[parser], patience=patience),  # type: ignore[arg-type]  # a factory serves as well
        h11_max_incomplete_event_size=patience.max_head_bytes,
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )


def _spare_the_stored() -> None:
    """
    Take what survives a young collection out of the collector's sight: rows and journals only grow old, and looking
    through all of them again and again stops the world for tens of milliseconds. Cycles are broken while young.
    """
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD)
    gc.callbacks.append(lambda phase, _info: gc.freeze() if phase == "stop" else None)


def run(app: MockApp, bound: socket.socket, on_ready: Callable[[], None]) -> None:
    """Serve as this process, until SIGINT or SIGTERM."""
    _spare_the_stored()
    _Process(_config(app, "httptools", Patience()), app, on_ready).run([bound])


class MockServer:
    """
    A server in a thread of this process, on a free port unless told otherwise: `with MockServer() as server`.

    Everything about its worlds goes through HTTP; the thread's event loop owns them.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        parser: Parser = "httptools",
        patience: Patience = Patience(),  # noqa: B008 # frozen
        on_exchange: OnExchange | None = None,
        on_undelivered: OnUndelivered | None = None,
    ) -> None:
        self.settings, self.parser = settings or settings_for(), parser
        check_exposure(host, self.settings.admin_token)
        self._app = MockApp(self.settings, on_exchange, on_undelivered)
        self._bound = bind(host, port)
        self.url = url_of(self._bound)
        self._ready = threading.Event()
        self._server = _Server(_config(self._app, parser, patience), self._app, self._ready.set)
        self._thread = threading.Thread(target=self._server.run, args=([self._bound],), name="mockserver", daemon=True)

    def start(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def stop(self) -> None:
        """Drain and end; returns when the thread is gone."""
        self._server.should_exit = True
        self._thread.join()
        self._bound.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
