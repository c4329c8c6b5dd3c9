"""What planned faults do to a request: an error in its stead, no answer, or the answer late, cut off or lost."""

import asyncio
import random
from collections.abc import Sequence
from datetime import datetime

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mockserver import contract
from mockserver.api.answering import name_of, refusal
from mockserver.api.reading import CHALLENGE
from mockserver.errors import ApiError, Severed, Violation
from mockserver.faults import Fault
from mockserver.journal import Exchange, Headers
from mockserver.rates import HEADERS, LIMITS
from mockserver.rules.form import MAX_BODY
from mockserver.world import World

# PUBLIC but for the last; where no page gives a text it is the name of the status.
MESSAGES = {
    401: "The provided API key is invalid or has been revoked",
    429: "Rate limit exceeded",
    500: "Internal server error",
}


def strike(scope: Scope) -> list[Fault]:
    """
    The faults that befall a request: at most one that decides what becomes of it, and one that holds it up. It is
    counted as it arrives, before its key is judged.
    """
    operation = contract.operation_of(scope["method"], scope["path"]) or ""
    subject = {"operation": operation, "companyId": _company_of(scope)}
    struck: list[Fault] = scope["world"].faults.strike("request", subject, _is_out_of_reach)
    return struck


def _is_out_of_reach(fault: Fault, struck: Sequence[Fault]) -> bool:
    """Latency goes together with each of the others, which exclude each other."""
    return any((fault.kind == "latency") == (other.kind == "latency") for other in struck)


def _company_of(scope: Scope) -> str:
    """The company that the key speaks for; of an ATS key's the one that the request names."""
    key = scope["key"]
    if key is None:
        return ""
    asked: str = QueryParams(scope["query_string"]).get("companyId", "") if key.ats else key.company_ids[0]
    return asked.lower()


class Struck:
    """
    A request that faults befall. `app` takes the application's place, and `send` that of the way to the client. The
    journal stands between the two: it has the whole answer, whatever arrives of it.
    """

    def __init__(self, faults: Sequence[Fault], scope: Scope, app: ASGIApp, send: Send) -> None:
        self._app, self._send = app, send
        self._world: World = scope["world"]
        self._exchange: Exchange = scope["exchange"]
        self._account = self._world.faults  # a reset, while this request waits, opens another one
        kinds = {fault.kind: fault for fault in faults}
        self._latency = kinds.pop("latency", None)
        self._fault = next(iter(kinds.values()), None)
        self._error = _error_of(kinds["error"], self._world.now()) if "error" in kinds else None
        self._start: Message = {}
        self._marks = b", ".join(fault.id.encode() for fault in faults)

    def headers(self, headers: Headers) -> Headers:
        """What every answer carries, with the names of the faults; a planned 429 has used up this minute's window."""
        marked = [*headers, (b"x-mock-fault", self._marks)]
        if self._error is None or self._error.status != 429:
            return marked
        assert self._error.details is not None
        _, remaining, reset = HEADERS[0]
        used_up = {remaining: b"0", reset: str(self._error.details["reset"]).encode()}
        return [(name, used_up.get(name, value)) for name, value in marked]

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The application, unless a fault takes its place; then the body is read all the same, as it was sent."""
        fault = self._fault
        if fault is None or fault.kind not in ("error", "connection-reset"):
            await self._app(scope, receive, send)
            return
        self._exchange.operation = contract.operation_of(scope["method"], scope["path"])
        self._exchange.body = await _received(receive)
        self._meets(fault)
        if self._error is None:
            await self._hold_up()
            raise Severed(fault.id, abruptly=True)
        await refusal(Request(scope), self._error)(scope, receive, send)

    async def send(self, message: Message) -> None:
        """Every answer here is a head and one body; the head waits for the body, to be late or lost with it."""
        if message["type"] == "http.response.start":
            self._start = message
            return
        await self._hold_up()
        fault = self._fault
        if fault is None or self._error is not None:
            await self._send(self._start)
            await self._send(message)
            return
        self._meets(fault)
        if fault.kind == "truncated-answer":
            await self._send_part(message)
        raise Severed(fault.id, abruptly=fault.kind == "lost-answer")

    async def _send_part(self, message: Message) -> None:
        """The same part in every run; of an answer without a body, nothing."""
        body = message["body"]
        if len(body) > 1 and self._exchange.method != "HEAD":
            kept = random.Random(self._world.seeded(self._exchange.id)).randrange(1, len(body))
            await self._send(self._start)
            await self._send({**message, "body": body[:kept], "more_body": True})

    async def _hold_up(self) -> None:
        if self._latency is not None:
            self._meets(self._latency)
            self._world.journal.add(self._exchange)  # now: its client may not wait to the end
            await asyncio.sleep(self._latency.options["seconds"])

    def _meets(self, fault: Fault) -> None:
        self._account.met(fault)
        if fault is self._fault or self._exchange.injected is None:  # latency has its name until the other is met
            self._exchange.injected, self._exchange.injected_kind = fault.id, fault.kind


async def _received(receive: Receive) -> bytes:
    """The body as far as it comes; of one that is too large, a little more than is allowed."""
    body, more = bytearray(), True
    while more and len(body) <= MAX_BODY:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(body)


def _error_of(fault: Fault, now: datetime) -> ApiError:
    """The refusal that a fault wants; one with 429 says what the real one would, and the minute's window is used up."""
    status = int(fault.options["status"])
    message = fault.message or MESSAGES.get(status) or name_of(status)
    wait, details = fault.options.get("retryAfter"), None
    if status == 429:
        _, length, limit = LIMITS[0]
        second = int(now.timestamp())
        wait = length - second % length if wait is None else int(wait)
        details = {"retryAfter": wait, "limit": limit, "remaining": 0, "reset": second + wait}
    headers = dict(CHALLENGE) if status == 401 else {}
    if wait is not None:
        headers["Retry-After"] = str(int(wait))
    return ApiError([Violation(status, message)], headers, details)
