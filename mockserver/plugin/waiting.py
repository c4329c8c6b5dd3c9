"""The object behind the fixture `instaview_inbox`: deliveries as they came, and waiting for one without sleeping."""

import asyncio
import math
import secrets
import threading
from collections.abc import Generator, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

import httpx2

from mockserver.clock import parse_instant
from mockserver.errors import meant
from mockserver.faults import EVENTS
from mockserver.inbox import Receiver
from mockserver.jsontext import BadJson, decode, encode
from mockserver.plugin.arguments import demand
from mockserver.plugin.asgi import AsyncInstaView
from mockserver.plugin.instaview import InstaView, WorldView
from mockserver.plugin.telling import listed, shortened
from mockserver.plugin.views import Row
from mockserver.signing import verify

__tracebackhide__ = True  # pytest shows the line that called

HORIZON = timedelta(days=31)  # interviews lie at most 30 days ahead
PATIENCE_SECONDS = 5.0
POLL_SECONDS = 0.05  # how often a world whose clock stands still is asked for something new to come


class NotReceived(AssertionError):
    """What a test waited for did not come, or something came with a wrong signature; the message lists what did."""


@dataclass(frozen=True, slots=True)
class Received:
    """One delivery as it arrived; `json` is None where the body is none, `error` what is wrong with its signatures."""

    headers: httpx2.Headers
    body: bytes
    json: Any
    error: str | None

    def is_about(self, event: str, data: Mapping[str, object]) -> bool:
        if not isinstance(self.json, dict) or self.json.get("event") != event:
            return False
        told = self.json["data"]
        return all(name in told and told[name] == value for name, value in data.items())


class Call(NamedTuple):
    """Ask the control API of the world."""

    method: str
    path: str
    body: object = None


class Pause(NamedTuple):
    """Let real time pass until more than `seen` deliveries have come, or for a moment; of `seconds` some are left."""

    seen: int
    seconds: float


Search = Generator[Call | Pause, Any, Row]


class InboxView:
    """
    Attributes:
        url: where the world sends every event of every company.
        secret: what its deliveries are signed with.
        received: deliveries in order of arrival, retries included; those that a `restore` has undone are gone.
    """

    def __init__(self, receiver: Receiver, world: WorldView) -> None:
        """Registered for all events of all companies."""
        self.secret = secrets.token_hex(32)
        self.received: list[Received] = []
        self._news = threading.Condition()
        self._receiver, self._path = receiver, world.id
        self.url = receiver.open(self._path, self._take)
        world.webhooks.register(self.url, signingSecret=self.secret)
        self._calls = world.control
        world.after_restore.append(self._forget)

    def close(self) -> None:
        """Answer 404 from now on, as a receiver that is no more."""
        with suppress(KeyError):  # it is closed already
            self._receiver.shut(self._path)

    def _take(self, headers: httpx2.Headers, body: bytes) -> None:
        # Whatever their age: the reading `webhook_timestamp` may sign with the world's clock.
        error = verify(self.secret, headers, body, 0, math.inf)
        with self._news:
            self.received.append(Received(headers, body, _json_of(body), error))
            self._news.notify_all()

    def _forget(self) -> None:
        """What the world's log knows no more; what it will send again comes again."""
        came = list(self.received)  # what comes from now on is not of the time that was given up
        over = {row["id"]: row["status"] != "pending" for row in self._calls.call("GET", "/deliveries")}
        with self._news:
            self.received[: len(came)] = [one for one in came if over.get(one.headers.get("webhook-id", ""))]

    def _pause(self, pause: Pause) -> float:
        """The seconds that are left. Nobody looks at a clock, as a test may have stopped all those of its process."""
        moment = min(POLL_SECONDS, pause.seconds)
        with self._news:
            has_come = self._news.wait_for(lambda: len(self.received) > pause.seen, moment)
        return pause.seconds if has_come else pause.seconds - moment

    def _found(self, event: str, data: Mapping[str, object]) -> Row | None:
        for received in list(self.received):
            if received.error is not None:
                raise NotReceived(f"a delivery came with a wrong signature: {received.error}\n{_line(received)}")
            if received.is_about(event, data):
                body: Row = received.json
                return body
        return None

    def _search(self, event: str, data: Mapping[str, object], timeout: float | timedelta | None) -> Search:
        """The waiting itself; whoever drives it carries its calls, or lets time pass."""
        demand("an event is named by its type, such as 'interview.completed'", event, str)
        demand("timeout_seconds is a number or a timedelta", timeout, int | float | timedelta | None)
        seconds = timeout.total_seconds() if isinstance(timeout, timedelta) else timeout
        if event not in EVENTS:
            raise ValueError(f"there is no event {event!r}{meant(event, EVENTS)}: {', '.join(EVENTS)}")
        if (found := self._found(event, data)) is not None:
            return found
        yield Call("POST", "/deliveries/flush")
        clock = yield Call("GET", "/clock")
        if clock["mode"] == "real":
            return (yield from self._stay(event, data, PATIENCE_SECONDS if seconds is None else seconds))
        return (yield from self._travel(event, data, clock["now"], seconds or 0))

    def _stay(self, event: str, data: Mapping[str, object], seconds: float) -> Search:
        left = seconds
        while True:
            seen = len(self.received)
            if (found := self._found(event, data)) is not None:
                return found
            if not left > 0:
                state = yield Call("GET", "/state")
                why = f"within {seconds:g} s of real time: the world's clock is real; {_next_of(state)}"
                yield from self._give_up(event, data, why)
            left = yield Pause(seen, left)

    def _travel(self, event: str, data: Mapping[str, object], started: str, seconds: float) -> Search:
        horizon, left = parse_instant(started) + HORIZON, seconds
        while (found := self._found(event, data)) is None:
            seen, state = len(self.received), (yield Call("GET", "/state"))
            now, timers = state["clock"]["now"], state["timers"]
            if timers and parse_instant(timers[0]["at"]) <= horizon:
                yield Call("POST", "/clock/advance", {"until": "next"})
            elif left > 0:
                left = yield Pause(seen, left)
            else:
                yield from self._give_up(event, data, f"by {now}; {_next_of(state)}{_elsewhere(seconds)}")
        return found

    def _give_up(self, event: str, data: Mapping[str, object], why: str) -> Search:
        deliveries = yield Call("GET", "/deliveries")
        wanted = "".join(f" {name}={value!r}" for name, value in data.items())
        raise NotReceived(
            "\n".join(
                [
                    f"no {event}{wanted} came {why}",
                    *self._strange(event, data),
                    *listed("received", [_line(received) for received in self.received]),
                    *listed("the delivery log says", [_log_line(delivery) for delivery in deliveries]),
                ]
            )
        )

    def _strange(self, event: str, data: Mapping[str, object]) -> Iterator[str]:
        """Names that no such event has ever had are mistakes."""
        told = [received.json["data"] for received in self.received if received.is_about(event, {})]
        names = {name for each in told for name in each}
        yield from (f"no {event} has {name!r}{meant(name, names)}" for name in data if told and name not in names)


class Inbox(InboxView):
    def __init__(self, receiver: Receiver, world: InstaView) -> None:
        super().__init__(receiver, world)
        self._control = world.control

    def wait_for(self, event: str, /, *, timeout_seconds: float | timedelta | None = None, **data: object) -> Row:
        """
        The body of the first delivery of an event whose `data` has these values, be it there already or still to come.

        A frozen clock is moved from timer to timer until it comes, at most 31 days. Real time passes beside a real
        clock, for at most `timeout_seconds` (5); beside a frozen one only where they are given, for a system under
        test that works at the same time.

        Raises:
            NotReceived: it does not come, or a delivery came with a wrong signature.
            TypeError: an argument of another kind.
            ValueError: there is no such event.
        """
        search, answer = self._search(event, data, timeout_seconds), None
        while True:
            try:
                step = search.send(answer)
            except StopIteration as end:
                return _body_of(end)
            answer = self._pause(step) if isinstance(step, Pause) else self._control.call(*step)


class AsyncInbox(InboxView):
    def __init__(self, receiver: Receiver, world: AsyncInstaView) -> None:
        super().__init__(receiver, world)
        self._awaited = world.awaited

    async def wait_for(self, event: str, /, *, timeout_seconds: float | timedelta | None = None, **data: object) -> Row:
        """As `Inbox.wait_for`; the event loop runs meanwhile."""
        search, answer = self._search(event, data, timeout_seconds), None
        while True:
            try:
                step = search.send(answer)
            except StopIteration as end:
                return _body_of(end)
            if isinstance(step, Pause):
                answer = await asyncio.to_thread(self._pause, step)
            else:
                answer = await self._awaited.call(*step)


def _body_of(end: StopIteration) -> Row:
    body: Row = end.value
    return body


def _json_of(body: bytes) -> Any:
    try:
        return decode(body)
    except BadJson:
        return None


def _line(received: Received) -> str:
    if not isinstance(received.json, dict):
        return shortened(received.body)
    return f"{received.json.get('event')} {shortened(encode(received.json.get('data')))}"


def _log_line(delivery: Row) -> str:
    why = f" ({delivery['error']})" if delivery["error"] else ""
    tries = "; ".join(f"{attempt['at']}: {_outcome(attempt)}" for attempt in delivery["attempts"]) or "no attempt"
    return f"{delivery['event']} to {delivery['url']}: {delivery['status']}{why}; {tries}"


def _outcome(attempt: Row) -> str:
    return str(attempt["error"] or attempt["response"]["status"])


def _elsewhere(seconds: float) -> str:
    return "" if seconds else " (a system under test that works meanwhile needs timeout_seconds=)"


def _next_of(state: Row) -> str:
    timers = state["timers"]
    return f"next is planned {timers[0]['what']} at {timers[0]['at']}" if timers else "nothing is planned any more"
