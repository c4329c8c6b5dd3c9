"""The form of a request: size, media type, JSON, ids and numbers in the path and query, fields that nobody knows."""

from collections.abc import Sequence

from mockserver.errors import Violation, cut
from mockserver.ids import normal_id
from mockserver.rulebook import rule

MAX_BODY = 1024 * 1024


@rule("BODY-SIZE")
def body_is_small(size: int) -> Violation | None:
    """
    Args:
        size: bytes announced or received so far.
    """
    if size <= MAX_BODY:
        return None
    return Violation(413, f"The request body may have {MAX_BODY} bytes (1 MiB)", fix="send a smaller body")


@rule("BODY-MEDIA")
def body_is_json(content_types: Sequence[str], encodings: Sequence[str]) -> Violation | None:
    """
    Args:
        content_types, encodings: the values of every Content-Type and Content-Encoding header.
    """
    encoded = [value for value in encodings if value.strip().lower() != "identity"]
    if encoded:
        text = f"Content-Encoding {cut(encoded[0])} is not supported"
        return Violation(415, text, fix="send the body uncompressed, without Content-Encoding")
    media = content_types[0].partition(";")[0].strip() if content_types else ""
    if len(content_types) == 1 and media.lower() == "application/json":
        return None
    text = f"Content-Type must be application/json, not {cut(media)}" if media else "Content-Type is missing"
    if len(content_types) > 1:
        text = f"Content-Type is given {len(content_types)} times"
    return Violation(415, text, fix="send Content-Type: application/json")


@rule("BODY-JSON")
def body_is_an_object(value: object, mistake: str | None) -> Violation | None:
    """
    Args:
        value: the decoded body.
        mistake: why it could not be decoded, if it could not.
    """
    if mistake is not None:
        return Violation(400, f"The request body is not valid JSON: {mistake}", fix="send one JSON object in UTF-8")
    if not isinstance(value, dict):
        return Violation(400, "The request body must be a JSON object", fix="send one JSON object")
    return None


@rule("UNKNOWN-FIELDS")
def field_is_known(at: str) -> Violation | None:
    """For each field that the contract does not know, where the reading `unknown_fields` is `reject`."""
    return Violation(400, "is not a known field", at=at, fix="remove it")


@rule("ID-FORMAT")
def path_id_is_an_id(text: str) -> Violation | None:
    if normal_id(text) is not None:
        return None
    return Violation(400, f"The id in the path must be a UUID, not {cut(text)!r}", fix="an id that the API answered")


@rule("QUERY-SHAPE")
def number_is_in_range(name: str, values: Sequence[str], low: int, high: int) -> Violation | None:
    if not values or (len(values) == 1 and _is_number(values[0]) and low <= int(values[0]) <= high):
        return None
    text = f"must be one whole number from {low} to {high}, not {cut(', '.join(values))!r}"
    return Violation(400, text, at=f"/{name}", fix=f"a number from {low} to {high}")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10


@rule("QUERY-SHAPE")
def filter_is_one_of(name: str, values: Sequence[str], allowed: Sequence[str]) -> Violation | None:
    if not values or (len(values) == 1 and values[0] in allowed):
        return None
    text = f"must be one of {', '.join(allowed)}, not {cut(', '.join(values))!r}"
    return Violation(400, text, at=f"/{name}", fix=f"for instance {allowed[0]}")


@rule("QUERY-SHAPE")
def filter_is_given_once(name: str, values: Sequence[str]) -> Violation | None:
    if len(values) < 2:
        return None
    return Violation(400, f"must be given once, not {len(values)} times", at=f"/{name}", fix=f"one {name}")


@rule("QUERY-SHAPE")
def filter_is_an_id(name: str, values: Sequence[str]) -> Violation | None:
    if not values or (len(values) == 1 and normal_id(values[0]) is not None):
        return None
    return Violation(400, f"must be one UUID, not {cut(', '.join(values))!r}", at=f"/{name}", fix="a UUID")
