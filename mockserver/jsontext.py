"""Strict JSON text ⇄ values: one RFC 8259 text in UTF-8, nothing that could not be sent back."""

import json
import re
from typing import Any

import orjson


class BadJson(ValueError):
    """Not one strict JSON text; the message says where it stops being one."""


MAX_NUMBER = 40  # characters; seventeen digits are all that a double tells apart
_LONG_NUMBER = re.compile(rb"[0-9]{19}")  # may be a piece of text: then the closer look finds nothing
MAX_DEPTH = 200  # what is kept must be sent back, and the encoder stops at 254 levels


def decode(text: bytes) -> Any:
    """
    The value of a JSON text. NaN, Infinity, numbers that no double holds, lone surrogates, a byte order mark,
    invalid UTF-8 and nesting beyond MAX_DEPTH levels are refused; of a name given twice, the last counts.

    Raises:
        BadJson: with the place of the mistake.
    """
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadJson(str(error)) from None
    if text.count(b"{") + text.count(b"[") > MAX_DEPTH and _is_deep(value):
        raise BadJson(f"nested deeper than {MAX_DEPTH} levels")
    if _LONG_NUMBER.search(text):
        json.loads(text, parse_int=_check_integer, parse_float=_check_fraction)
    return value


def _check_integer(digits: str) -> None:
    """What does not fit in 64 bits would be kept as a rounded fraction, and sent back as another number."""
    if len(digits) > 20 or not -(2**63) <= int(digits) < 2**64:
        raise BadJson(f"the whole number {_cut(digits)} does not fit in 64 bits")


def _check_fraction(digits: str) -> None:
    if len(digits) > MAX_NUMBER:
        raise BadJson(f"the number {_cut(digits)} has more than {MAX_NUMBER} characters")


def _cut(digits: str) -> str:
    return digits if len(digits) <= 24 else f"{digits[:23]}…"


def _is_deep(value: object) -> bool:
    """Level by level, so that no depth meets the recursion limit."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [inner for outer in level for inner in inside(outer) if isinstance(inner, dict | list)]
    return bool(level)


def inside(container: object) -> list[object]:
    """The values in an object or an array; nothing in a scalar."""
    if isinstance(container, dict):
        return list(container.values())
    return container if isinstance(container, list) else []


def encode(value: object) -> bytes:
    """Compact UTF-8 JSON."""
    # A copy: what orjson returns keeps the 4 KiB that it was written in, and journals keep thousands of them.
    return bytes(memoryview(orjson.dumps(value)))


def encode_strictly(value: object) -> bytes:
    """
    Compact UTF-8 JSON of what somebody wrote in Python, where `encode` would turn NaN and Infinity into null.

    Raises:
        TypeError: JSON has no words for it.
    """
    text = encode(value)
    if b"null" in text:
        try:
            json.dumps(value, allow_nan=False, default=lambda _: None)  # what else there may be is judged by now
        except ValueError:
            raise TypeError("JSON has no NaN and no Infinity") from None
    return text


def without_nulls(value: dict[str, Any]) -> dict[str, Any]:
    """A copy in which fields that are null are left out; what lies inside `metadata` is the sender's own and stays."""
    # rule: NULLS
    return {
        name: inner if name == "metadata" else _without_nulls(inner)
        for name, inner in value.items()
        if inner is not None
    }


def _without_nulls(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_nulls(inner) for inner in value]
    return without_nulls(value) if isinstance(value, dict) else value


def at_pointer(value: Any, pointer: str) -> Any:
    """What an RFC 6901 pointer names inside a value; None where it leads nowhere."""
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value


def pointer_of(path: list[str | int]) -> str:
    """The RFC 6901 pointer of a path."""
    return "".join(f"/{str(token).replace('~', '~0').replace('/', '~1')}" for token in path)
