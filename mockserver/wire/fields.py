"""
Fields of a JSON object, typed.

A field of the wrong JSON type reads as an empty one of the right type: it is there, which is what exclusive-or rules
ask, and FIELD-TYPE has already said what is wrong with it.
"""

from mockserver.models import Json


def text_of(body: Json, name: str) -> str | None:
    value = body.get(name)
    return value if isinstance(value, str) or value is None else ""


def id_of(body: Json, name: str) -> str | None:
    value = text_of(body, name)
    return None if value is None else value.lower()


def object_of(body: Json, name: str) -> Json | None:
    value = body.get(name)
    return value if isinstance(value, dict) or value is None else {}


def number_of(body: Json, name: str) -> int:
    value = body.get(name)
    return int(value) if isinstance(value, int | float) else 0


def texts_of(body: Json, name: str) -> tuple[str, ...]:
    value = body.get(name)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()
