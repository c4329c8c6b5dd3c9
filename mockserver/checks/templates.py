"""Templates: `{{name}}` in the texts of a scenario, filled with what was saved and with the time."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from mockserver.jsontext import inside

PLACE = re.compile(r"\{\{\s*(.*?)\s*\}\}")
MOMENT = re.compile(r"now(?:([+-])([0-9]{1,7})([smhd]))?|today(?:([+-])([0-9]{1,4})d)?")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*")
NULL = "null"  # which TOML has no word for
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def places_in(value: object) -> Iterator[str]:
    """What stands between double braces, anywhere inside a value."""
    if isinstance(value, str):
        yield from PLACE.findall(value)
    for inner in inside(value):
        yield from places_in(inner)


def is_moment(place: str) -> bool:
    return MOMENT.fullmatch(place) is not None


def is_given(place: str) -> bool:
    """Whether it can be filled without anything being saved."""
    return place == NULL or is_moment(place)


def is_name(place: str) -> bool:
    """Whether something can be saved under it."""
    return NAME.fullmatch(place) is not None and not is_given(place)


def fill(value: Any, saved: Mapping[str, Any], now: datetime) -> Any:
    """
    A copy of a value in which every place is filled. A text that is one place and nothing else becomes what was saved,
    whatever its type.

    Raises:
        KeyError: nothing was saved under a name.
    """
    if isinstance(value, dict):
        return {name: fill(inner, saved, now) for name, inner in value.items()}
    if isinstance(value, list):
        return [fill(inner, saved, now) for inner in value]
    if not isinstance(value, str):
        return value
    if (only := PLACE.fullmatch(value)) is not None and "{{" not in only[1]:
        return _filling(only[1], saved, now)
    return PLACE.sub(lambda place: str(_filling(place[1], saved, now)), value)


def _filling(place: str, saved: Mapping[str, Any], now: datetime) -> Any:
    if place == NULL:
        return None
    moment = MOMENT.fullmatch(place)
    return saved[place] if moment is None else _moment(moment, now)


def _moment(match: re.Match[str], now: datetime) -> str:
    """An instant in whole seconds, as answers show them, or a day."""
    sign, amount, unit, day_sign, days = match.groups()
    if match[0].startswith("today"):
        return (now + _signed(day_sign, days, "d")).date().isoformat()
    return (now + _signed(sign, amount, unit)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _signed(sign: str | None, amount: str | None, unit: str) -> timedelta:
    if sign is None or amount is None:
        return timedelta(0)
    return timedelta(**{UNITS[unit]: int(f"{sign}{amount}")})
