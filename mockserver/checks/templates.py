"""Templates: `{{name}}` in the texts of a scenario, filled with what was saved, a time, or many of a kind."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from mockserver.clock import parse_instant
from mockserver.jsontext import inside

PLACE = re.compile(r"\{\{\s*(.*?)\s*\}\}")
MOMENT = re.compile(r"(now|today|[A-Za-z][A-Za-z0-9]*(?=[+-]))(?:([+-])([0-9]{1,7})([smhd]))?")
MANY = re.compile(r"([0-9]{1,7})\*(.+)")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*")
NULL = "null"  # which TOML has no word for
KEY = "key"  # under check
SHOUTED = "KEY"  # the same in capitals, which makes another one of that of a scenario's own world
RECEIVER = "receiver"  # an address of this scenario at the check's own receiver
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class NotSaved(Exception):
    """Nothing was saved under a name, or no instant from which another could be reckoned."""


def places_in(value: object) -> Iterator[str]:
    """What stands between double braces, anywhere inside a value."""
    if isinstance(value, str):
        yield from PLACE.findall(value)
    for inner in inside(value):
        yield from places_in(inner)


def is_given(place: str) -> bool:
    """Whether it can be filled without anything being saved."""
    return (
        place in (NULL, KEY, SHOUTED, RECEIVER)
        or MANY.fullmatch(place) is not None
        or name_in(place) in ("now", "today")
    )


def name_in(place: str) -> str:
    """The name on which a place hangs: itself, or the instant that it is reckoned from."""
    moment = MOMENT.fullmatch(place)
    return place if moment is None else moment[1]


def is_name(place: str) -> bool:
    """Whether something can be saved under it."""
    return NAME.fullmatch(place) is not None and not is_given(place)


def fill(value: Any, saved: Mapping[str, Any], now: datetime) -> Any:
    """
    A copy of a value in which every place is filled. A text that is one place and nothing else becomes what was saved,
    whatever its type.

    Raises:
        NotSaved: nothing was saved under a name.
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
    if place == SHOUTED:
        return str(_saved(KEY, saved)).upper()
    if (many := MANY.fullmatch(place)) is not None:
        return many[2] * int(many[1])
    moment = MOMENT.fullmatch(place)
    return _saved(place, saved) if moment is None else _moment(moment, saved, now)


def _saved(name: str, saved: Mapping[str, Any]) -> Any:
    if name not in saved:
        raise NotSaved(name)
    return saved[name]


def _moment(match: re.Match[str], saved: Mapping[str, Any], now: datetime) -> str:
    """An instant in whole seconds, as answers show them, or a day."""
    name, sign, amount, unit = match.groups()
    shift = timedelta(0) if sign is None else timedelta(**{UNITS[unit]: int(f"{sign}{amount}")})
    if name == "today":
        return (now + shift).date().isoformat()
    return ((now if name == "now" else _instant(name, saved)) + shift).strftime("%Y-%m-%dT%H:%M:%SZ")


def _instant(name: str, saved: Mapping[str, Any]) -> datetime:
    try:
        return parse_instant(str(_saved(name, saved)))
    except ValueError:
        raise NotSaved(name) from None
