"""The contract: contracts/openapi.yaml as a value, its operations, and its schemas compiled into validators."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import jsonschema_rs
import yaml

from mockserver.paths import CONTRACTS

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _JsonLoader(yaml.CSafeLoader):
    """YAML as JSON sees it: a date is a string."""


_JsonLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


@cache
def document(name: str = "openapi.yaml") -> Mapping[str, Any]:
    """An OpenAPI document of contracts/. Read it, never change it."""
    with (CONTRACTS / name).open("rb") as file:
        loaded: Mapping[str, Any] = yaml.load(file, _JsonLoader)  # noqa: S506 # a safe loader's subclass
    return loaded


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path; `body` is the schema of its JSON body, if it takes one."""

    id: str
    method: str
    path: str
    spec: Mapping[str, Any]
    body: Mapping[str, Any] | None


@cache
def operations() -> Mapping[str, Operation]:
    """Every operation of the contract by its operationId."""
    found = {}
    for path, item in document()["paths"].items():
        for method in METHODS:
            if (spec := item.get(method)) is not None:
                found[spec["operationId"]] = Operation(spec["operationId"], method.upper(), path, spec, _body_of(spec))
    return found


def _body_of(spec: Mapping[str, Any]) -> Mapping[str, Any] | None:
    body = resolved(spec.get("requestBody", {}))
    schema: Mapping[str, Any] | None = body.get("content", {}).get("application/json", {}).get("schema")
    return schema


def operation_of(method: str, path: str) -> str | None:
    """The operationId of a request, also under an alias of its path; None where no operation has method and path."""
    given = path.split("/")
    for id, template in _templates().get((method, *given[:2], len(given)), ()):
        if all(one == part or (part.startswith("{") and one) for one, part in zip(given, template, strict=True)):
            return id
    return None


@cache
def _templates() -> Mapping[tuple[str | int, ...], Sequence[tuple[str, Sequence[str]]]]:
    """Operations with the segments of their paths, by method, first segment (behind nothing) and number of segments."""
    found: dict[tuple[str | int, ...], list[tuple[str, Sequence[str]]]] = {}
    aliases = [(alias["of"], alias["path"]) for alias in document().get("x-aliases", ())]
    for operation in operations().values():
        for path in (operation.path, *(alias for of, alias in aliases if of == operation.path)):
            segments = path.split("/")
            found.setdefault((operation.method, *segments[:2], len(segments)), []).append((operation.id, segments))
    return found


def unbuilt() -> tuple[tuple[str, str], ...]:
    """The vendor's known operations that this server does not have, as (method, path)."""
    return tuple((entry["method"].upper(), entry["path"]) for entry in document().get("x-unbuilt", ()))


def resolved(node: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a `$ref` into the document points at, or the node itself."""
    while (reference := node.get("$ref")) is not None:
        node = node_at(reference.split("/")[1:])
    return node


def node_at(path: list[Any]) -> Any:
    node: Any = document()
    for token in path:
        node = node[token if isinstance(node, list) else str(token).replace("~1", "/")]
    return node


def compiled(schema: Mapping[str, Any], mask: str | None = None) -> jsonschema_rs.Validator:
    """
    A validator of a schema of the contract.

    Args:
        mask: what its messages call the value that does not fit, instead of showing it.

    Raises:
        jsonschema_rs.ValidationError, ValueError: the schema itself is wrong.
    """
    whole = {"$schema": DIALECT, "components": document()["components"], **schema}
    return jsonschema_rs.validator_for(whole, mask=mask)


@cache
def request_validator(operation_id: str) -> jsonschema_rs.Validator:
    """The validator of an operation's JSON body."""
    schema = operations()[operation_id].body
    assert schema is not None
    return compiled(schema)


@cache
def response_validator(operation_id: str, status: int) -> jsonschema_rs.Validator | None:
    """
    The validator of an answer's JSON body; None where the contract says that it has none.

    Raises:
        KeyError: the contract does not document this status for this operation.
    """
    response = resolved(operations()[operation_id].spec["responses"][str(status)])
    content = response.get("content")
    return compiled(content["application/json"]["schema"]) if content else None
