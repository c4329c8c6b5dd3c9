"""Limits of metadata: bytes, levels, keys."""

from collections.abc import Iterator

from mockserver.errors import Violation
from mockserver.jsontext import encode, inside
from mockserver.models import Json
from mockserver.readings import Readings
from mockserver.rulebook import rule

MAX_BYTES = 10_240
MAX_DEPTH = 5
MAX_KEYS = 50


@rule("METADATA-SIZE")
def metadata_is_small(metadata: Json, at: str) -> Violation | None:
    try:
        size = len(encode(metadata))
    except TypeError:  # nested beyond what can be written: METADATA-DEPTH's business
        return None
    if size <= MAX_BYTES:
        return None
    text = f"may have {MAX_BYTES} bytes as compact UTF-8 JSON, not {size}"
    return Violation(400, text, at=at, fix=f"remove {size - MAX_BYTES} bytes")


@rule("METADATA-DEPTH")
def metadata_is_shallow(metadata: Json, at: str) -> Violation | None:
    """The top object is level 1; arrays count."""
    for level, _ in enumerate(_levels(metadata), 1):
        if level > MAX_DEPTH:
            text = f"may nest objects and arrays {MAX_DEPTH} levels deep, the top one counted"
            return Violation(400, text, at=at, fix=f"flatten what lies below level {MAX_DEPTH}")
    return None


@rule("METADATA-KEYS")
def metadata_has_few_keys(metadata: Json, at: str, readings: Readings) -> Violation | None:
    """In all objects together, or in the top one alone, as the reading `metadata_keys` says."""
    everywhere = readings.metadata_keys == "total"
    count = sum(_keys(metadata)) if everywhere else len(metadata)
    if count <= MAX_KEYS:
        return None
    where = "in all its objects together" if everywhere else "at its top level"
    return Violation(400, f"may have {MAX_KEYS} keys {where}, not {count}", at=at, fix=f"remove {count - MAX_KEYS}")


def _levels(metadata: Json) -> Iterator[list[object]]:
    """The containers of each level, top down; level by level, so that no depth meets the recursion limit."""
    level: list[object] = [metadata]
    while level:
        yield level
        level = [inner for outer in level for inner in inside(outer) if isinstance(inner, (dict, list))]


def _keys(metadata: Json) -> Iterator[int]:
    for level in _levels(metadata):
        yield sum(len(container) for container in level if isinstance(container, dict))
