"""What tests of the contract share: its parts, and two validators that have to agree about everything."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import jsonschema
import jsonschema_rs

from mockserver import contract

DOCUMENT = contract.document()
COMPONENTS = DOCUMENT["components"]
SCHEMAS: Mapping[str, Any] = COMPONENTS["schemas"]
ID = "11111111-0000-4000-8003-000000000001"


def _matches_whole(_validator: object, pattern: str, value: object, _schema: object) -> Iterator[Exception]:
    """
    `$` of JSON Schema (ECMA-262) is the end; Python's also stands before a last newline. All our patterns are
    anchored, so that matching the whole text is the same thing.
    """
    if isinstance(value, str) and re.fullmatch(pattern, value) is None:
        yield jsonschema.ValidationError(f"{value!r} is not {pattern}")


ORACLE: Any = jsonschema.validators.extend(  # type: ignore[no-untyped-call]  # the stubs leave it out
    jsonschema.Draft202012Validator, {"pattern": _matches_whole}
)


def _whole(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"$schema": contract.DIALECT, "components": COMPONENTS, **schema}


def accepts(schema: Mapping[str, Any], value: object) -> bool:
    """What jsonschema-rs says, which has to be what the oracle says."""
    verdict = jsonschema_rs.validator_for(_whole(schema)).is_valid(value)
    assert ORACLE(_whole(schema)).is_valid(value) == verdict, f"jsonschema and jsonschema-rs differ on {value!r}"
    return verdict


def accepted_as(name: str) -> Callable[[object], bool]:
    return lambda value: accepts({"$ref": f"#/components/schemas/{name}"}, value)


def field_of(component: str, name: str) -> Mapping[str, Any]:
    schema: Mapping[str, Any] = SCHEMAS[component]["properties"][name]
    return schema


def nodes(node: object, at: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every JSON object of a document with its pointer."""
    if isinstance(node, Mapping):
        yield at, node
    for key, child in _children(node):
        yield from nodes(child, f"{at}/{key.replace('~', '~0').replace('/', '~1')}")


def _children(node: object) -> Iterator[tuple[str, object]]:
    if isinstance(node, Mapping):
        yield from node.items()
    elif isinstance(node, list):
        yield from ((str(place), child) for place, child in enumerate(node))


def reachable(name: str, seen: set[str]) -> set[str]:
    """The component schemas that a component schema is made of, itself included."""
    if name not in seen:
        seen.add(name)
        for _, node in nodes(SCHEMAS[name]):
            if isinstance(reference := node.get("$ref"), str):
                reachable(reference.rpartition("/")[2], seen)
    return seen


def named_in(parts: Iterable[object]) -> list[str]:
    """The component schemas that parts of the document are made of, whatever they refer to on the way."""
    seen: set[str] = set()
    for part in parts:
        for _, node in nodes(part):
            reference = node.get("$ref", "")
            if reference.startswith("#/components/schemas/"):
                reachable(reference.rpartition("/")[2], seen)
            elif reference:
                seen |= set(named_in([contract.resolved(node)]))
    return sorted(seen)
