"""What the server says of itself: health, contracts, rules, readings."""

from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from mockserver import contract, readings, rulebook, worldfile
from mockserver.control.answering import answer, read, world_of
from mockserver.errors import ControlError
from mockserver.explain import render_source
from mockserver.rulebook import Rule

VERSION = version("instaview-mockserver")


async def health(_request: Request) -> Response:
    return answer({"status": "ok", "version": VERSION})


async def control_contract(_request: Request) -> Response:
    return answer(contract.document("control.yaml"))


async def world_schema(_request: Request) -> Response:
    return answer(worldfile.schema())


async def rules(_request: Request) -> Response:
    return answer([render_rule(rule) for rule in rulebook.RULES.values()])


def render_rule(rule: Rule) -> dict[str, Any]:
    rendered = asdict(rule)
    rendered["statusEvidence"] = rendered.pop("status_evidence")
    rendered["sources"] = [render_source(source) for source in rule.sources]
    return rendered


async def get_readings(request: Request) -> Response:
    return answer(_rendered(world_of(request).readings))


async def put_readings(request: Request) -> Response:
    world = world_of(request)
    changes = await read(request, "ReadingChoices")
    try:
        world.readings = world.readings.changed(changes)
    except readings.UnknownReading as error:
        raise ControlError(400, "UNKNOWN_READING", str(error)) from None
    if changes:
        world.note("readings", ", ".join(f"{name}={value}" for name, value in changes.items()))
    return answer(_rendered(world.readings))


def _rendered(chosen: readings.Readings) -> dict[str, Any]:
    return {
        name: {
            "value": value,
            "values": list(readings.VALUES[name]),
            "default": readings.VALUES[name][0],
            "evidence": rulebook.READINGS[name].evidence,
            "settles": rulebook.READINGS[name].settles,
            "sources": [render_source(source) for source in rulebook.READINGS[name].sources],
        }
        for name, value in chosen.as_dict().items()
    }
