"""Answers held against the contract: status, content type, headers, body."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import jsonschema_rs

from mockserver import contract
from mockserver.checks.expectations import Answer, Failure, is_envelope, shown
from mockserver.checks.target import Exchange
from mockserver.contract import Operation
from mockserver.jsontext import inside, pointer_of

JSON = "application/json"
# What other readings than the default have: CREATE-STATUS and RESPONSE-SHAPE judge which, not the form of answers.
LEGACY = {("createInterview", 200): 201}
GUIDES_ONLY = ("hasNextPage", "hasPreviousPage")
MILLISECONDS = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})\.[0-9]{3}Z")

SECONDS = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


@dataclass(frozen=True, slots=True)
class Fault:
    """
    Something that the contract does not document. `at` is where: `status`, `content-type`, `header …` or a pointer into
    the body.
    """

    operation_id: str
    status: int
    at: str
    failure: Failure

    @property
    def is_of_resource(self) -> bool:
        """Whether it lies in what a success shows."""
        return self.status < 300 and (self.at.startswith("/") or self.at == "body")


def operation_of(method: str, path: str) -> Operation | None:
    """The operation of the contract that a request meets; None where it has none. `path` may have a query."""
    asked = urlsplit(path).path.strip("/").split("/")
    for template, operation in _templates():
        if operation.method == method and len(asked) == len(template) and _fits(template, asked):
            return operation
    return None


@cache
def _templates() -> Sequence[tuple[Sequence[str], Operation]]:
    """Paths and their other names, cut at slashes; literal ones before those with parameters."""
    other = {row["of"]: row["path"] for row in contract.document().get("x-aliases", ())}
    pairs = [
        (path.strip("/").split("/"), operation)
        for operation in contract.operations().values()
        for path in (operation.path, other.get(operation.path))
        if path is not None
    ]
    return sorted(pairs, key=lambda pair: sum(part.startswith("{") for part in pair[0]))


def _fits(template: Sequence[str], asked: Sequence[str]) -> bool:
    return all(part == given or part.startswith("{") for part, given in zip(template, asked, strict=True))


def faults_of(operation: Operation, exchange: Exchange) -> Iterator[Fault]:
    """Everything in an answer that the contract does not document for this operation."""
    status, responses = exchange.status, operation.spec["responses"]
    documented = str(LEGACY.get((operation.id, status), status))
    if documented not in responses:
        received = f"{status} {shown_content(exchange)}".rstrip()
        yield Fault(operation.id, status, "status", Failure(received, f"one of {', '.join(responses)}"))
        return
    response = contract.resolved(responses[documented])
    for at, failure in (*_header_faults(response, exchange), *_content_faults(response, exchange)):
        yield Fault(operation.id, status, at, failure)


def shown_content(exchange: Exchange) -> str:
    """How the body begins, on one line."""
    value = exchange.json
    return shown(value if value is not None else exchange.content.decode("utf-8", "backslashreplace"))


def _header_faults(response: Mapping[str, Any], exchange: Exchange) -> Iterator[tuple[str, Failure]]:
    for name, reference in response.get("headers", {}).items():
        header = contract.resolved(reference)
        value = exchange.headers.get(name.lower())
        if value is None:
            if header.get("required"):
                yield f"header {name}", Failure(f"no header {name}", f"a header {name} with {exchange.status}")
            continue
        for error in _validator(header["schema"]).iter_errors(_typed(header["schema"], value)):
            yield f"header {name}", Failure(f"{name}: {value}", f"{name}: {error.message}")


def _typed(schema: Mapping[str, Any], value: str) -> Any:
    """What the text of a header stands for."""
    return int(value) if schema.get("type") == "integer" and value.isdecimal() else value


def _content_faults(response: Mapping[str, Any], exchange: Exchange) -> Iterator[tuple[str, Failure]]:
    documented: Mapping[str, Any] = response.get("content", {})
    if not documented:
        if exchange.content:
            yield "body", Failure(shown_content(exchange), f"no body with {exchange.status}")
        return
    media_type = exchange.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in documented:
        received = exchange.headers.get("content-type", "no content type")
        yield "content-type", Failure(received, " or ".join(documented))
    else:
        yield from _body_faults(documented[media_type]["schema"], exchange)


def _body_faults(schema: Mapping[str, Any], exchange: Exchange) -> Iterator[tuple[str, Failure]]:
    if exchange.json is None and exchange.content.strip() != b"null":
        text = exchange.content.decode("utf-8", "backslashreplace")
        yield "body", Failure(shown(text), "a JSON text")
        return
    answer = Answer(exchange.status, exchange.headers, exchange.json)
    if is_envelope(answer.content) and answer.is_refusal:
        return  # the guides' errors have another shape, which the contract describes in words alone
    for error in errors_of(_validator(schema), _bare(answer)):
        at = pointer_of(error.instance_path)
        yield at or "body", Failure(_received(at, error), error.message)


def _bare(answer: Answer) -> Any:
    """What an answer shows, without the envelope and what only pages in envelopes have."""
    if not is_envelope(answer.content):
        return answer.content
    said = answer.said()
    return {name: said[name] for name in said if name not in GUIDES_ONLY} if isinstance(said, dict) else said


def errors_of(validator: jsonschema_rs.Validator, value: Any) -> Iterator[jsonschema_rs.ValidationError]:
    """What a schema has against a value, with milliseconds or without."""
    return iter(()) if validator.is_valid(value) else validator.iter_errors(in_seconds(value))


def in_seconds(value: Any) -> Any:
    """A copy in which instants have no milliseconds."""
    if isinstance(value, str):
        match = MILLISECONDS.fullmatch(value)
        return value if match is None else f"{match[1]}Z"
    if isinstance(value, dict):
        return {name: in_seconds(inner) for name, inner in value.items()}
    return [in_seconds(inner) for inner in value] if isinstance(value, list) else value


def forms_of(exchange: Exchange) -> Iterator[tuple[str, str]]:
    """In which of the documented forms an answer comes, and its instants: either will do, as long as it is kept to."""
    if exchange.json is None or exchange.status == 401:  # who has no key that counts is of no world with a form
        return
    yield "wire", "in an envelope" if is_envelope(exchange.json) else "bare"
    for text in _texts(_bare(Answer(exchange.status, exchange.headers, exchange.json))):
        if MILLISECONDS.fullmatch(text):
            yield "instants", "instants with milliseconds"
        elif SECONDS.fullmatch(text):
            yield "instants", "instants in whole seconds"


def _texts(value: Any) -> Iterator[str]:
    """All of them, but those of somebody else."""
    if isinstance(value, str):
        yield value
    for inner in inside(_without_metadata(value)):
        yield from _texts(inner)


def _without_metadata(value: Any) -> Any:
    return {name: value[name] for name in value if name != "metadata"} if isinstance(value, dict) else value


def _received(at: str, error: jsonschema_rs.ValidationError) -> str:
    return f"{at or 'the body'} is {shown(error.instance)}"


def _validator(schema: Mapping[str, Any]) -> jsonschema_rs.Validator:
    return _compiled(json.dumps(schema, sort_keys=True))


@cache
def _compiled(schema: str) -> jsonschema_rs.Validator:
    return contract.compiled(json.loads(schema), mask="it")  # what is documented is the same whatever came
