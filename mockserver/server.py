"""The mock as a server: in a thread of somebody's process, or as the process itself."""

import asyncio
import gc
import logging
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Literal, Self

import uvicorn

from mockserver.api.middleware import OnExchange
from mockserver.app import MockApp, OnUndelivered
from mockserver.launch import settings_for
from mockserver.protocols import PROTOCOLS
from mockserver.settings import Settings

Parser = Literal["httptools", "h11"]
KEEP_ALIVE_SECONDS = 65  # longer than clients keep idle connections, so that it is they who close
GC_THRESHOLDS = (50_000, 20, 1_000)


class _WithoutCancellations(logging.Filter):
    """Requests that shutdown cuts off are no mistakes of ours; everything else that uvicorn reports is."""

    def filter(self, record: logging.LogRecord) -> bool:
        cut_off = record.exc_info is not None and isinstance(record.exc_info[1], asyncio.CancelledError)
        return record.levelno >= logging.ERROR and not cut_off and not record.getMessage().startswith("Cancel ")


logging.getLogger("uvicorn.error").addFilter(_WithoutCancellations())


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
    """The base URL of a listening socket, without a trailing slash."""
    host, port = bound.getsockname()[:2]
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
        grace = self._app.universe.settings.grace_seconds
        self._app.universe.closes_at = asyncio.get_running_loop().time() + grace
        await super().shutdown(sockets)


def _server(app: MockApp, parser: Parser, on_ready: Callable[[], None]) -> _Server:
    config = uvicorn.Config(
        app,
        http=PROTOCOLS[parser],
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=app.universe.settings.grace_seconds,  # type: ignore[arg-type]  # floats serve as well
    )
    return _Server(config, app, on_ready)


def run(app: MockApp, bound: socket.socket, on_ready: Callable[[], None]) -> None:
    """Serve as this process, until SIGINT or SIGTERM."""
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    _server(app, "httptools", on_ready).run([bound])


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
        on_exchange: OnExchange | None = None,
        on_undelivered: OnUndelivered | None = None,
    ) -> None:
        self.settings = settings or settings_for()
        self._app = MockApp(self.settings, on_exchange, on_undelivered)
        self._bound = bind(host, port)
        self.url = url_of(self._bound)
        self._ready = threading.Event()
        self._server = _server(self._app, parser, self._ready.set)
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
