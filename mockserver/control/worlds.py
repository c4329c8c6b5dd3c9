"""Worlds: made, listed, removed, reset, shown, put back, added to."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from mockserver.clock import clock_from
from mockserver.control.answering import answer, check, not_found, nothing, read, universe_of, world_of
from mockserver.errors import ControlError, WorldFileError
from mockserver.readings import UnknownReading
from mockserver.references import Taken
from mockserver.snapshot import OtherWorld
from mockserver.state import render_clock, rows_by_kind, state_of
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
    except WorldFileError as error:
        raise _wrong("BAD_WORLD", error) from None
    except UnknownReading as error:
        raise ControlError(400, "BAD_WORLD", str(error)) from None
    except KeyTaken as error:
        raise ControlError(409, "KEY_IN_USE", str(error)) from None
    made = {"id": world.id, "keys": keys, "seed": world.number}
    last = universe.worlds.lobby.journal.last
    return answer(made if last is None else {**made, "lastUnplaced": last.id}, 201)


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


async def delete(request: Request) -> Response:
    await universe_of(request).close(world_of(request))
    return nothing()


async def reset(request: Request) -> Response:
    await universe_of(request).reset(world_of(request))
    return nothing()


async def state(request: Request) -> Response:
    return answer(state_of(world_of(request)))


async def restore(request: Request) -> Response:
    """Back, or on, to a state that the world told of itself."""
    world, body = await _world_and_body(request)
    try:
        await universe_of(request).restore(world, body)
    except WorldFileError as error:
        raise _wrong("BAD_STATE", error) from None
    except OtherWorld as error:
        text = f"{error}. A state goes back to the world that told it; for another one make a world file of its rows"
        raise ControlError(409, "OTHER_WORLD", text) from None
    return nothing()


async def seed(request: Request) -> Response:
    """More rows for a world, which it keeps until it is reset."""
    world, body = await _world_and_body(request)
    try:
        rows = universe_of(request).seed(world, body)
    except Taken as error:
        raise ControlError(409, "IN_USE", str(error), {"at": error.at}) from None
    except WorldFileError as error:
        raise _wrong("BAD_ROWS", error) from None
    except KeyTaken as error:
        raise ControlError(409, "KEY_IN_USE", str(error)) from None
    added = {kind: listed for kind, listed in rows_by_kind(rows).items() if kind in body}
    world.note("seed", ", ".join(f"{kind}: {len(listed)}" for kind, listed in added.items()))
    return answer(added, 201)


async def _world_and_body(request: Request) -> tuple[World, Any]:
    """A world that nobody knows goes before what the body says; and it may be gone by the time that that has come."""
    world_of(request)
    body = await read(request, schema=None)
    return world_of(request), body


def _wrong(code: str, error: WorldFileError) -> ControlError:
    return ControlError(400, code, str(error), {"at": error.at})
