"""What the contract's schemas know of a body's fields: those that nobody reads, values that no document shows."""

from collections.abc import Iterator, Mapping
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
    """The rules that the contract's schema keeps for the fields that a body has."""
    schema = contract.operations()[operation_id].body
    return set() if schema is None else {"FIELD-TYPE", *_rules_met(schema, body)}


def _rules_met(schema: Mapping[str, Any], value: object) -> Iterator[str]:
    schema = contract.resolved(schema)
    if "x-rule" in schema:
        yield schema["x-rule"]
    if isinstance(value, dict):
        known = _properties(schema)
        for name in known.keys() & value.keys():
            if value[name] is not None:
                yield from _rules_met(known[name], value[name])
    elif isinstance(value, list):
        for inner in value:
            yield from _rules_met(schema.get("items", {}), inner)


def _properties(schema: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The properties of a schema and of everything it is composed of."""
    schema = contract.resolved(schema)
    known: dict[str, Mapping[str, Any]] = dict(schema.get("properties", {}))
    for part in (*schema.get("allOf", ()), *schema.get("oneOf", ()), *schema.get("anyOf", ())):
        for name, inner in _properties(part).items():
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
