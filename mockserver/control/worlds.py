"""Worlds: made, listed, removed, reset, shown."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from mockserver import shown
from mockserver.clock import clock_from
from mockserver.control.answering import answer, check, not_found, nothing, read, universe_of, world_of
from mockserver.errors import ControlError, WorldFileError
from mockserver.readings import UnknownReading
from mockserver.wire.instants import render_exact
from mockserver.world import Seed, World
from mockserver.worldfile import parse_world
from mockserver.worlds import KeyTaken, shortened, with_fresh_keys


async def create(request: Request) -> Response:
    universe = universe_of(request)
    body = await read(request, schema=None)
    try:
        if isinstance(body, dict) and "from" in body:
            check(body, "WorldCopy")
            seed, keys = _copy(request, body)
        else:
            seed = parse_world(body, universe.settings.readings)
            keys = {key.key: key.key for key in seed.keys}
        world = universe.open(seed)
    except (WorldFileError, UnknownReading) as error:
        raise ControlError(400, "BAD_WORLD", str(error)) from None
    except KeyTaken as error:
        raise ControlError(409, "KEY_IN_USE", str(error)) from None
    return answer({"id": world.id, "keys": keys, "seed": world.number}, 201)


def _copy(request: Request, body: dict[str, Any]) -> tuple[Seed, dict[str, str]]:
    """The seed of another world under fresh keys, with what the body changes of it."""
    original = universe_of(request).worlds.get(body["from"])
    if original is None:
        raise not_found("world", body["from"])
    seed, keys = with_fresh_keys(original.seed)
    try:
        clock_from(body.get("clock", seed.clock))
    except ValueError as error:
        raise ControlError(400, "BAD_REQUEST", f"/clock: {error}", {"at": "/clock"}) from None
    asked = (body.get(name) for name in ("name", "seed", "clock", "readings", "minutes"))
    return seed.varied(*asked), keys


async def listed(request: Request) -> Response:
    return answer([_line(world) for world in universe_of(request).worlds])


def _line(world: World) -> dict[str, Any]:
    return {
        "id": world.id,
        "name": world.seed.name,
        "seed": world.number,
        "clock": render_clock(world),
        "keys": [shortened(key) for key in world.keys],
    }


def render_clock(world: World) -> dict[str, Any]:
    clock = {"mode": world.clock.mode, "now": render_exact(world.now())}
    return clock if world.clock.speed == 1 else {**clock, "speed": world.clock.speed}


async def delete(request: Request) -> Response:
    await universe_of(request).close(world_of(request))
    return nothing()


async def reset(request: Request) -> Response:
    await universe_of(request).reset(world_of(request))
    return nothing()


async def state(request: Request) -> Response:
    world = world_of(request)
    store = world.store
    rows = {
        "name": world.seed.name,
        "clock": render_clock(world),
        "seed": world.number,
        "readings": world.readings.as_dict(),
        "companies": [shown.row_of_company(company) for company in store.companies.values()],
        "keys": [shown.row_of_key(key) for key in world.keys.values()],
        "phoneNumbers": [shown.row_of_phone_number(number) for number in store.phone_numbers],
        "jobs": [shown.row_of_job(job) for job in store.jobs],
        "agents": [shown.row_of_agent(agent) for agent in store.agents],
        "candidates": [shown.row_of_candidate(candidate) for candidate in store.candidates],
        "interviews": [shown.row_of_interview(interview) for interview in store.interviews],
        "webhooks": [shown.row_of_endpoint(endpoint) for endpoint in world.endpoints.values()],
        "timers": [{"at": render_exact(timer.at), "what": timer.kind, "id": timer.subject} for timer in world.timers],
    }
    return answer(rows)
