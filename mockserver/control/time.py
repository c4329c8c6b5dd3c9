"""A world's clock: read, set, advanced."""

from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from mockserver.clock import LAST
from mockserver.control.answering import answer, instant, read, universe_of, world_of
from mockserver.errors import ControlError
from mockserver.scheduler import Advance
from mockserver.state import render_clock
from mockserver.wire.instants import render_milliseconds
from mockserver.world import World

WAIT_SECONDS = 5.0


async def get(request: Request) -> Response:
    return answer(render_clock(world_of(request)))


async def put(request: Request) -> Response:
    world = world_of(request)
    body = await read(request, "ClockChange")
    asked = instant(body["now"], "/now") if "now" in body else None

    def target() -> datetime:
        until = world.now() if asked is None else _not_past(world, asked)
        if "mode" in body:
            world.clock.change_mode(body["mode"])
        return until

    report = await universe_of(request).scheduler.advance(world, target, WAIT_SECONDS)
    return answer(_render(world, report))


async def advance(request: Request) -> Response:
    world = world_of(request)
    body = await read(request, "AdvanceBy")
    asked = instant(body["to"], "/to") if "to" in body else None

    def target() -> datetime | None:
        if "seconds" in body:
            return _after(world.now(), body["seconds"])
        if body.get("until") == "next":
            return max(world.now(), world.timers.next_at() or world.now())
        return asked and _not_past(world, asked)

    report = await universe_of(request).scheduler.advance(world, target, body.get("wait", WAIT_SECONDS))
    return answer(_render(world, report))


def _after(now: datetime, seconds: float) -> datetime:
    try:
        then = now + timedelta(seconds=seconds)
    except OverflowError:
        then = None
    if then is None or then > LAST:
        raise ControlError(400, "BAD_REQUEST", f"/seconds: leads beyond the year {LAST.year - 1}", {"at": "/seconds"})
    return then


def _not_past(world: World, asked: datetime) -> datetime:
    now = world.now()
    if asked < now:
        text = f"The clock stands at {render_milliseconds(now)} and does not go back; reset the world instead"
        raise ControlError(409, "CLOCK_MOVES_FORWARD", text)
    return asked


def _render(world: World, report: Advance) -> dict[str, Any]:
    happened = [
        {"at": render_milliseconds(timer.at), "what": timer.kind, "id": timer.subject} for timer in report.happened
    ]
    return {**render_clock(world), "happened": happened, "unfinished": report.unfinished}
