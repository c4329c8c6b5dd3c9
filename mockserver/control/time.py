"""A world's clock: read, set, advanced."""

from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from mockserver.clock import parse_instant
from mockserver.control.answering import answer, read, universe_of, world_of
from mockserver.control.worlds import render_clock
from mockserver.errors import ControlError
from mockserver.scheduler import Advance
from mockserver.wire import render_milliseconds
from mockserver.world import World

WAIT_SECONDS = 5.0


async def get(request: Request) -> Response:
    return answer(render_clock(world_of(request)))


async def put(request: Request) -> Response:
    world = world_of(request)
    body = await read(request, "ClockChange")
    target = _instant(body["now"], "/now") if "now" in body else None
    _refuse_past(world, target)
    if "mode" in body:
        world.clock.change_mode(body["mode"])
    report = await universe_of(request).scheduler.advance(world, target or world.now(), WAIT_SECONDS)
    return answer(_render(world, report))


async def advance(request: Request) -> Response:
    world = world_of(request)
    body = await read(request, "AdvanceBy")
    if "seconds" in body:
        target: datetime | None = _after(world.now(), body["seconds"])
    else:
        target = _instant(body["to"], "/to") if "to" in body else None
    _refuse_past(world, target)
    report = await universe_of(request).scheduler.advance(world, target, body.get("wait", WAIT_SECONDS))
    return answer(_render(world, report))


def _after(now: datetime, seconds: float) -> datetime:
    try:
        return now + timedelta(seconds=seconds)
    except OverflowError:
        text = "/seconds: leads beyond the year 9999"
        raise ControlError(400, "BAD_REQUEST", text, {"at": "/seconds"}) from None


def _instant(text: str, at: str) -> datetime:
    try:
        return parse_instant(text)
    except ValueError as error:
        raise ControlError(400, "BAD_REQUEST", f"{at}: {error}", {"at": at}) from None


def _refuse_past(world: World, target: datetime | None) -> None:
    now = world.now()
    if target is not None and target < now:
        text = f"The clock stands at {render_milliseconds(now)} and does not go back; reset the world instead"
        raise ControlError(409, "CLOCK_MOVES_FORWARD", text)


def _render(world: World, report: Advance) -> dict[str, Any]:
    happened = [
        {"at": render_milliseconds(timer.at), "what": timer.kind, "id": timer.subject} for timer in report.happened
    ]
    return {**render_clock(world), "happened": happened, "unfinished": report.unfinished}
