"""Whether two JSON values say the same, and where not."""

from collections.abc import Iterator
from typing import Any

from mockserver.clock import parse_instant

MISSING = object()  # in place of a field that only the other has


def is_same(one: Any, other: Any) -> bool:
    """Equal as JSON, where an instant is the same in whichever way it is written."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(is_same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(is_same, one, other))
    return bool(one == other) or (isinstance(one, str) and isinstance(other, str) and _same_instant(one, other))


def _same_instant(one: str, other: str) -> bool:
    try:
        return parse_instant(one) == parse_instant(other)
    except ValueError:
        return False


def difference_of(one: Any, other: Any, at: str = "") -> tuple[str, Any, Any]:
    """
    The first place at which two values differ that are not the same, and what either has there, which may be MISSING:
    rather a short value than one with others in it.
    """
    apart = [pair for pair in _pairs(one, other) if not is_same(pair[1], pair[2])]
    if not apart:
        return at, one, other
    token, inner, outer = min(apart, key=lambda pair: isinstance(pair[1], dict | list))
    return difference_of(inner, outer, f"{at}/{token}")


def _pairs(one: Any, other: Any) -> Iterator[tuple[str, Any, Any]]:
    """What either has, by name or by place."""
    if isinstance(one, dict) and isinstance(other, dict):
        yield from ((name, one.get(name, MISSING), other.get(name, MISSING)) for name in {**one, **other})
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        yield from ((str(place), *both) for place, both in enumerate(zip(one, other, strict=True)))
