"""How requests are read: media types, JSON, fields that nobody knows, queries."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from mockserver import agents, candidates, interviews, jobs, jsontext
from mockserver import fields as known
from mockserver.api import reading
from mockserver.caller import Caller
from mockserver.clock import parse_instant
from mockserver.errors import ApiError, Violation
from mockserver.rules import form
from mockserver.wire import drafts, fields
from tests.mutants.fault import breaking
from tests.mutants.patches import Judge, Right, both, instead, judged, schema, undemanded


def _exact_media_type(right: Judge, content_types: Any, encodings: Any) -> Violation | None:
    if content_types and content_types[0] not in ("application/json", "application/json; charset=utf-8"):
        return Violation(415, "Content-Type must be application/json")
    return right(content_types, encodings)


def _any_media_type(right: Judge, _content_types: Any, encodings: Any) -> Violation | None:
    return right(["application/json"], encodings)


def _undeclared(right: Judge, content_types: Any, encodings: Any) -> Violation | None:
    return right(content_types or ["application/json"], encodings)


def _lax_json(_right: Right, text: bytes) -> Any:
    """As Python's own reader has it."""
    try:
        return json.loads(text.decode("utf-8", "replace"))
    except (ValueError, RecursionError) as error:
        raise jsontext.BadJson(str(error)) from None


def _first_value(right: Right, text: bytes) -> Any:
    """What stands behind the first value is not looked at."""
    try:
        return right(text)
    except jsontext.BadJson:
        try:
            return json.JSONDecoder().raw_decode(text.decode())[0]
        except (ValueError, RecursionError):
            pass
        raise


def _list_as_object(right: Right, text: bytes) -> Any:
    value = right(text)
    return {"title": "A list"} if isinstance(value, list) else value


def _nulls_kept(_right: Right, value: dict[str, Any]) -> dict[str, Any]:
    return value


def _nulls_gone_everywhere(right: Right, value: dict[str, Any]) -> Any:
    found = right(value)
    if isinstance(found.get("metadata"), dict):
        found["metadata"] = {name: inner for name, inner in found["metadata"].items() if inner is not None}
    return found


def _unknown_refused(right: Right, caller: Any, operation: str, body: dict[str, Any], questions: Any) -> None:
    for at in known.unread(operation, body):
        raise ApiError([Violation(400, "is not a known field", at=at, rule="UNKNOWN-FIELDS")], of_shape=True)
    right(caller, operation, body, questions)


def _taken_over(kind: str, **fields: str) -> Callable[..., Any]:
    """
    Fields that only the server sets, taken from the body.

    Args:
        fields: names of the wire, each with the row's own.
    """

    def wrong(right: Right, caller: Caller, *values: Any) -> Any:
        made = right(caller, *values)
        sent = json.loads(caller.exchange.body)
        taken = {own: _value(sent[name]) for name, own in fields.items() if name in sent}
        table = getattr(caller.world.store, kind)
        if "id" in taken or "company_id" in taken:
            table.remove(made.id)
        made = replace(made, **taken)
        table.put(made)
        return made

    return wrong


def _value(sent: Any) -> Any:
    return parse_instant(sent) if isinstance(sent, str) and sent.endswith("Z") else sent


def _coerced(right: Right, body: Mapping[str, Any], name: str) -> str | None:
    """A number serves as a text."""
    value = body.get(name)
    return str(value) if isinstance(value, int | float) else right(body, name)


def _spelled_out(right: Right, body: Mapping[str, Any]) -> Any:
    return replace(right(body), is_test=bool(body.get("isTest")))


def _as_written(right: Right, request: Any, name: str = "id") -> str:
    right(request, name)
    return str(request.path_params[name])


def _clamped(right: Judge, name: str, values: Any, low: int, high: int) -> Violation | None:
    """What is too large counts as the largest."""
    return None if len(values) == 1 and values[0].isdecimal() else right(name, values, low, high)


def _last_of_many(right: Judge, name: str, values: Any, low: int, high: int) -> Violation | None:
    return right(name, values[-1:], low, high)


def _lenient_numbers(right: Judge, name: str, values: Any, low: int, high: int) -> Violation | None:
    """Fractions are cut off."""
    return right(name, [value.partition(".")[0] for value in values], low, high)


FAULTS = (
    *breaking("BODY-MEDIA")(
        ("exact-media-type", "Parameters of the media type are refused.", judged(form.body_is_json, _exact_media_type)),
        ("any-media-type", "Any media type is taken for JSON.", judged(form.body_is_json, _any_media_type)),
        (
            "undeclared-media-type",
            "A body of no declared type is taken for JSON.",
            judged(form.body_is_json, _undeclared),
        ),
        (
            "any-encoding",
            "What is packed is read as if it were not.",
            judged(form.body_is_json, lambda right, types, _: right(types, [])),
        ),
    ),
    *breaking("BODY-JSON")(
        ("lax-json", "NaN and broken UTF-8 are taken for JSON.", instead(jsontext.decode, _lax_json)),
        (
            "first-json-value",
            "What stands behind the first JSON value is not looked at.",
            instead(jsontext.decode, _first_value),
        ),
        ("empty-list-is-object", "A list is taken for an object.", instead(jsontext.decode, _list_as_object)),
    ),
    *breaking("NULLS")(
        ("nulls-are-values", "A field that is null has the wrong type.", instead(jsontext.without_nulls, _nulls_kept)),
        (
            "nulls-leave-metadata",
            "What is null inside metadata is lost.",
            instead(jsontext.without_nulls, _nulls_gone_everywhere),
        ),
    ),
    *breaking("UNKNOWN-FIELDS")(
        (
            "unknown-fields-refused",
            "A field that nobody knows is refused.",
            instead(reading.check_shape, _unknown_refused),
        ),
        ("id-as-sent-job", "A job gets the id that was sent.", instead(jobs.create, _taken_over("jobs", id="id"))),
        (
            "id-as-sent-interview",
            "An interview gets the id that was sent.",
            instead(interviews.create, _taken_over("interviews", id="id")),
        ),
        (
            "created-as-sent",
            "An agent was made when its creator says.",
            instead(agents.create, _taken_over("agents", createdAt="created_at")),
        ),
        (
            "company-as-sent",
            "A job belongs to the company that was sent.",
            instead(jobs.create, _taken_over("jobs", companyId="company_id")),
        ),
        (
            "status-as-sent",
            "An interview has the status that was sent.",
            instead(interviews.create, _taken_over("interviews", status="status")),
        ),
        (
            "duration-as-sent",
            "An interview took as long as was sent.",
            instead(interviews.create, _taken_over("interviews", durationMinutes="duration_minutes")),
        ),
        (
            "candidate-status-as-sent",
            "A new candidate has the status that was sent.",
            instead(candidates.create, _taken_over("candidates", status="status")),
        ),
        (
            "changed-id-as-sent",
            "A change gives a candidate another id.",
            instead(candidates.update, _taken_over("candidates", id="id")),
        ),
        (
            "changed-company-as-sent",
            "A change gives a job to another company.",
            instead(jobs.update, _taken_over("jobs", companyId="company_id")),
        ),
    ),
    *breaking("FIELD-TYPE")(
        (
            "test-mode-as-text",
            '"true" makes a test interview.',
            both(
                instead(drafts.parse_interview_draft, _spelled_out),
                schema("CreateInterview", "properties", "isTest", type=["boolean", "string", "null"]),
            ),
        ),
        (
            "numbers-as-texts",
            "A number serves as a text.",
            both(instead(fields.text_of, _coerced), undemanded("FIELD-TYPE")),
        ),
    ),
    *breaking("ID-FORMAT")(
        ("ids-in-one-case", "Ids are looked up as they are written.", instead(reading.path_id, _as_written)),
    ),
    *breaking("QUERY-SHAPE")(
        ("page-clamped", "A page that is too large is made smaller.", judged(form.number_is_in_range, _clamped)),
        ("page-fractions", "Fractions of a page are cut off.", judged(form.number_is_in_range, _lenient_numbers)),
        (
            "last-of-two-pages",
            "Of two pages asked for the last counts.",
            judged(form.number_is_in_range, _last_of_many),
        ),
    ),
)
