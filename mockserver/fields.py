"""What the contract's schemas know of a body's fields: those that nobody reads, values that no document shows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from mockserver import contract


def unread(operation_id: str, body: object) -> list[str]:
    """JSON pointers of the fields that the contract does not know, so that nothing reads them."""
    schema = contract.operations()[operation_id].body
    return [] if schema is None else list(_unread(schema, body, ""))


def unseen(operation_id: str, body: object) -> list[dict[str, object]]:
    """Values of open enumerations that no page of the documents shows, as `{"at", "value"}`."""
    schema = contract.operations()[operation_id].body
    return [] if schema is None else list(_unseen(schema, body, ""))


def rules_met(operation_id: str, body: object) -> set[str]:
    """
    The rules that the contract's schema keeps for the fields of a body (nulls already left out), and UNKNOWN-FIELDS
    where it has some that the contract does not know.
    """
    outline = _outline_of(operation_id)
    if outline is None:
        return set()
    met = {NO_OTHER}
    _meet(outline, body, met)
    return met


NO_OTHER = "FIELD-TYPE"  # which every field has


class _Rules(dict[str, str]):
    """The rules of an object's fields by their names."""

    def __missing__(self, name: str) -> str:
        return "UNKNOWN-FIELDS"


@dataclass(frozen=True, slots=True)
class _Outline:
    """
    What schemas of one value say of rules: their own, that of each property by its name, and those of the properties
    that there is more to say of.
    """

    own: tuple[str, ...]
    properties: _Rules
    deeper: Mapping[str, "_Outline"]
    items: "_Outline | None"


@cache
def _outline_of(operation_id: str) -> _Outline | None:
    schema = contract.operations()[operation_id].body
    return None if schema is None else _outlined([schema])


def _outlined(schemas: Sequence[Mapping[str, Any]]) -> _Outline:
    """Of all that is said of one value; a part's own rule is about how it is chosen, which is judged in code."""
    rules = (contract.resolved(schema).get("x-rule") for schema in schemas)
    parts = [part for schema in schemas for part in _parts(schema)]
    named: dict[str, list[Mapping[str, Any]]] = {}
    for part in parts:
        for name, schema in part.get("properties", {}).items():
            named.setdefault(name, []).append(schema)
    inner = {name: _outlined(all_of_it) for name, all_of_it in named.items()}
    items = [part["items"] for part in parts if "items" in part]
    return _Outline(
        own=tuple(dict.fromkeys(rule for rule in rules if rule is not None)),
        properties=_Rules({name: next(iter(outline.own), NO_OTHER) for name, outline in inner.items()}),
        deeper={name: outline for name, outline in inner.items() if _has_more(outline)},
        items=_outlined(items) if items else None,
    )


def _parts(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """A schema, and everything that it is composed of."""
    schema = contract.resolved(schema)
    yield schema
    for part in (*schema.get("allOf", ()), *schema.get("oneOf", ()), *schema.get("anyOf", ())):
        yield from _parts(part)


def _has_more(outline: _Outline) -> bool:
    """Whether going deeper can meet anything that is not met by being there."""
    items = outline.items
    inside = items is not None and (items.own not in ((), outline.own) or _has_more(items))
    return bool(outline.properties) or len(outline.own) > 1 or inside


def _meet(outline: _Outline, value: object, met: set[str]) -> None:
    """Every request comes through here: what has no inside is looked up without a word of Python."""
    met.update(outline.own)
    if outline.properties and isinstance(value, dict):
        met.update(map(outline.properties.__getitem__, value))
        for name in outline.deeper.keys() & value.keys():
            _meet(outline.deeper[name], value[name], met)
    elif outline.items is not None and isinstance(value, list):
        for inner in value:
            _meet(outline.items, inner, met)


def _properties(schema: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The properties of a schema and of everything it is composed of; of several for one name, the first."""
    known: dict[str, Mapping[str, Any]] = {}
    for part in _parts(schema):
        for name, inner in part.get("properties", {}).items():
            known.setdefault(name, inner)
    return known


def _unread(schema: Mapping[str, Any], value: object, at: str) -> Iterator[str]:
    known = _properties(schema)
    if isinstance(value, dict) and known:
        for name, inner in value.items():
            here = f"{at}/{name.replace('~', '~0').replace('/', '~1')}"
            if name in known:
                yield from _unread(known[name], inner, here)
            else:
                yield here
    elif isinstance(value, list):
        items = contract.resolved(schema).get("items", {})
        for place, inner in enumerate(value):
            yield from _unread(items, inner, f"{at}/{place}")


def _unseen(schema: Mapping[str, Any], value: object, at: str) -> Iterator[dict[str, object]]:
    schema = contract.resolved(schema)
    known = _properties(schema)
    if isinstance(value, dict):
        for name in known.keys() & value.keys():
            yield from _unseen(known[name], value[name], f"{at}/{name}")
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _unseen(schema.get("items", {}), inner, f"{at}/{place}")
    elif isinstance(value, str) and value not in schema.get("x-seen", (value,)):
        yield {"at": at, "value": value}
