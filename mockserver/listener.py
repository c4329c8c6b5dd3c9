"""A webhook receiver for people: takes every delivery, says what it thinks of it, answers as told, may pass it on."""

import asyncio
import logging
import secrets
import socket
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from ipaddress import ip_address
from time import monotonic
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from mockserver.clock import system_now
from mockserver.jsontext import BadJson, decode
from mockserver.outgoing import Answer, Outgoing
from mockserver.signing import BODY_SIGNATURE, ID, SIGNATURE, sign, verify
from mockserver.targets import TargetPolicy, url_fault
from mockserver.transport import HttpTransport

MAX_BODY_BYTES = 64 * 1024 * 1024
FORWARD_SECONDS = 30.0  # PUBLIC, `timeoutMs` of a webhook
FAILING, UNREACHABLE = 500, 502
STATUSES = range(200, 600)  # of an answer that is the last one to its request
LEAVE_SECONDS = 1.0

# Belong to one connection, not to the message (RFC 9110, 7.6.1); the way out makes its own.
_OF_THE_CONNECTION = frozenset(
    ("host", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "trailer", "upgrade", "expect")
)


@dataclass(frozen=True, slots=True)
class Orders:
    """
    What a listener is told to do.

    Without a `status` it answers 200, or what the target of `forward` answered, 502 where that is no whole answer; the
    first `fail_first` deliveries are answered 500 and not passed on.
    """

    secret: str | None = None
    forward: str | None = None
    status: int | None = None
    delay_seconds: float = 0.0
    fail_first: int = 0


@dataclass(frozen=True, slots=True)
class Taken:
    """
    A delivery as it arrived, and what came of it.

    `signatures` has, by header, what is wrong with each signature, None where nothing is; it is None itself where no
    secret is known. `seen` counts how often the id has come, this time included; `event` is the JSON body, if it is
    an object.
    """

    number: int
    at: datetime
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    event: Mapping[str, Any] | None
    id: str
    seen: int
    signatures: Mapping[str, str | None] | None
    is_failing: bool = False
    status: int = 0
    forwarded: Answer | None = None


def _is_of_ours(record: logging.LogRecord) -> bool:
    """A request that is not HTTP is its sender's mistake, and has its 400."""
    return record.exc_info is None or not isinstance(record.exc_info[1], HttpProcessingError)


_LOGGER = logging.getLogger(__name__)
_LOGGER.addFilter(_is_of_ours)

OnTaken = Callable[[Taken], None]


def signature_faults(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> dict[str, str | None]:
    """
    What is wrong with each of the two signatures, by its header, the other one taken for good.

    Args:
        headers: of the request, names in lower case.
        now: Unix time in seconds.
    """
    good = {name.lower(): value for name, value in sign(secret, "any", int(now), body).items()}
    plain = BODY_SIGNATURE.lower()
    return {
        SIGNATURE: verify(secret, {**headers, plain: good[plain]}, body, now),
        BODY_SIGNATURE: verify(secret, {**good, plain: headers.get(plain, "")}, body, now),
    }


def forward_policy(url: str) -> TargetPolicy:
    """
    The policy that opens what the user asked to forward to, and nothing else.

    Raises:
        ValueError: it is no URL, or never a target.
    """
    if (fault := url_fault(url)) is not None:
        raise ValueError(fault)
    return TargetPolicy([URL(url).raw_host or ""])


def leads_to(url: str, bound: socket.socket) -> bool:
    """Whether what is posted to `url` arrives at this socket, as far as names and addresses tell."""
    target, (host, port, *_) = URL(url), bound.getsockname()
    if target.port != port:
        return False
    try:
        found = socket.getaddrinfo(target.raw_host, port, type=socket.SOCK_STREAM)
    except OSError:
        return False
    ours, theirs = ip_address(host), {ip_address(address[0]) for *_, address in found}
    return ours in theirs or (ours.is_unspecified and any(address.is_loopback for address in theirs))


class Listener:
    """Serves one socket, on the loop that runs `run`, until `stop`; each delivery is told once it is answered."""

    def __init__(self, orders: Orders, on_taken: OnTaken, on_lost: Callable[[str], None]) -> None:
        """
        Args:
            on_lost: hears of what began to arrive and did not.

        Raises:
            ValueError: the URL to forward to is wrong.
        """
        self._orders, self._on_taken, self._on_lost = orders, on_taken, on_lost
        self._transport = None
        if orders.forward is not None:  # a byte more than is passed on, so that it shows where there is more
            self._transport = HttpTransport(forward_policy(orders.forward), MAX_BODY_BYTES + 1)
        self._mark = f"1.1 mockserver-listen-{secrets.token_hex(4)}"  # of this listener, for `Via` (RFC 9110, 7.6.3)
        self._stopping, self._leaving = asyncio.Event(), asyncio.Event()
        self.received = 0
        self._seen: Counter[str] = Counter()

    def stop(self) -> None:
        self._stopping.set()

    async def run(self, bound: socket.socket, on_ready: Callable[[], None]) -> None:
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.router.add_post("/{path:.*}", self._take)
        # Bodies as sent: what is unpacked on the way in has another signature.
        runner = web.AppRunner(
            app, access_log=None, logger=_LOGGER, auto_decompress=False, shutdown_timeout=2 * LEAVE_SECONDS
        )
        await runner.setup()
        await web.SockSite(runner, bound).start()
        on_ready()
        await self._stopping.wait()
        asyncio.get_running_loop().call_later(LEAVE_SECONDS, self._leaving.set)  # what is given up is answered yet
        await runner.cleanup()
        if self._transport is not None:
            await self._transport.close()

    async def _take(self, request: web.Request) -> web.Response:
        try:
            body = await request.read()
        except (OSError, asyncio.CancelledError):  # the latter at the end of the listener: no one waits for more
            self._on_lost(f"POST {request.raw_path} broke off before its body was whole")
            raise web.HTTPBadRequest from None
        taken = self._taken(request, body)
        await self._wait()
        answer = None if taken.is_failing else await self._forward(request, taken.body)
        status = FAILING if taken.is_failing else self._status_after(answer)
        self._on_taken(replace(taken, status=status, forwarded=answer))
        if answer is None or answer.error is not None or status != answer.status:
            return web.Response(status=status)
        return web.Response(status=status, body=answer.body, headers=_passed_back(answer))

    async def _wait(self) -> None:
        """The delay that was asked for, cut short where the listener is to end."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._orders.delay_seconds):
                await self._stopping.wait()

    async def _forward(self, request: web.Request, body: bytes) -> Answer | None:
        if self._transport is None or self._orders.forward is None:
            return None
        dropped = _OF_THE_CONNECTION | {
            name.strip().lower() for value in request.headers.getall("connection", ()) for name in value.split(",")
        }
        headers = tuple((name, value) for name, value in request.headers.items() if name.lower() not in dropped)
        if any(self._mark in value for value in request.headers.getall("via", ())):
            return _nothing("not passed on, as it has come back from there")
        marked = (*headers, ("Via", self._mark))
        return await self._sent(self._transport, Outgoing(self._orders.forward, marked, body, FORWARD_SECONDS))

    async def _sent(self, transport: HttpTransport, outgoing: Outgoing) -> Answer:
        """What the target answers, or that it has not in time: in the moment that is left once the listener ends."""
        began = monotonic()
        sending, leaving = asyncio.create_task(transport.send(outgoing)), asyncio.create_task(self._leaving.wait())
        await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
        leaving.cancel()
        if sending.cancel():
            return _nothing("given up, the listener ended before there was an answer", monotonic() - began)
        answer = sending.result()
        return replace(answer, error=answer.error or _fault_in(answer))

    def _status_after(self, answer: Answer | None) -> int:
        if self._orders.status is not None:
            return self._orders.status
        if answer is None:
            return 200
        return UNREACHABLE if answer.status is None or answer.error is not None else answer.status

    def _taken(self, request: web.Request, body: bytes) -> Taken:
        at, event, secret = system_now(), _object_in(body), self._orders.secret
        headers = {name.lower(): value for name, value in request.headers.items()}
        id = headers.get(ID) or str((event or {}).get("deliveryId") or "")
        self.received += 1
        self._seen[id] += 1
        return Taken(
            number=self.received,
            at=at,
            path=request.raw_path,
            headers=tuple(request.headers.items()),
            body=body,
            event=event,
            id=id,
            seen=self._seen[id] if id else 1,
            signatures=None if secret is None else signature_faults(secret, headers, body, at.timestamp()),
            is_failing=self.received <= self._orders.fail_first,
        )


def _passed_back(answer: Answer) -> list[tuple[str, str]]:
    """What a sender acts on, when to try again and what kind of body it got, as far as a header can hold it."""
    wanted = ("content-type", "content-encoding", "retry-after", "location")
    return [
        (name, value)
        for name, value in answer.headers
        if name.lower() in wanted and value.isascii() and value.isprintable()
    ]


def _fault_in(answer: Answer) -> str | None:
    """Why an answer that has come cannot be passed back."""
    if answer.status not in STATUSES:
        return f"{answer.status} is no status to end with"
    return f"the answer has more than {MAX_BODY_BYTES} bytes" if len(answer.body) > MAX_BODY_BYTES else None


def _nothing(why: str, seconds: float = 0.0) -> Answer:
    return Answer(None, (), b"", why, seconds)


def _object_in(body: bytes) -> Mapping[str, Any] | None:
    try:
        value = decode(body)
    except BadJson:
        return None
    return value if isinstance(value, dict) else None
