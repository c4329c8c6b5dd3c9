"""Rule coverage: how often each rule refused and held in a world."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from mockserver.control.answering import answer, nothing, universe_of, world_of
from mockserver.coverage import Coverage
from mockserver.rulebook import RULES, Rule


def _asked(request: Request) -> Coverage:
    """That of the world in the path; that of the lobby for `/_mock/coverage`."""
    world = world_of(request) if "w" in request.path_params else universe_of(request).worlds.lobby
    return world.coverage


async def listed(request: Request) -> Response:
    coverage = _asked(request)
    return answer([_rendered(rule, coverage) for rule in RULES.values()])


def _rendered(rule: Rule, coverage: Coverage) -> dict[str, Any]:
    return {
        "rule": rule.id,
        "area": rule.area,
        "status": rule.status,
        "evidence": rule.evidence,
        "statusEvidence": rule.status_evidence,
        "reading": rule.reading,
        "refused": coverage.refused[rule.id],
        "held": coverage.held[rule.id],
    }


async def clear(request: Request) -> Response:
    _asked(request).clear()
    return nothing()
