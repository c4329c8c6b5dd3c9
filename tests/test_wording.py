"""What the control API and world files say of a wrong value: where it stands, and what it must be or have."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs
import pytest

from mockserver import contract, shapes
from mockserver.errors import WorldFileError
from mockserver.shapes import Form
from mockserver.worldfile import parse_world, schema
from tests.support import Mock, candidate, company, demo

URL = "http://127.0.0.1:9/hook"
EVENTS = "interview.started, interview.completed, interview.failed, analysis.completed, analysis.failed, ping, "
JANE = {"companyId": company(), "firstName": "Jane", "lastName": "Doe", "gdprExpiryDate": "2030-01-01"}
INSTANT = "an RFC 3339 instant with its offset, such as 2024-01-16T10:30:00Z"

REFUSALS: list[tuple[str, str, Any, str]] = [
    ("PUT", "clock", {}, "/: must have at least 1 of mode, now"),
    ("PUT", "clock", [], "/: must be an object, not an array"),
    ("PUT", "clock", {"now": 5}, "/now: must be a string, not the number 5"),
    ("PUT", "clock", {"mod": "real"}, "/: must not have the field 'mod' (did you mean mode?), only mode, now"),
    ("PUT", "clock", {"mode": "Frozn"}, "/mode: must be one of real, frozen, not 'Frozn' (did you mean frozen?)"),
    ("PUT", "clock", {"mode": {"a": 1}}, "/mode: must be one of real, frozen, not an object"),
    ("POST", "clock/advance", {}, "/: must have exactly 1 of seconds, to, until"),
    ("POST", "clock/advance", {"seconds": 1, "until": "idle"}, "/: must have exactly 1 of seconds, to, until"),
    ("POST", "clock/advance", {"seconds": -1}, "/seconds: must be at least 0, not -1"),
    ("POST", "deliveries/redeliver", {}, "/: must have the field from"),
    ("POST", "webhooks", {}, "/: must have the field url"),
    ("POST", "webhooks", {"url": URL, "companyId": "x"}, "/companyId: must be a UUID or null, not 'x'"),
    ("POST", "webhooks", {"url": URL, "events": ["x"]}, f"/events/0: must be one of {EVENTS}"),
    ("POST", "webhooks", {"url": URL, "events": ["ping"] * 2}, "/events: must not have the same item twice"),
    (
        "POST",
        "webhooks",
        {"url": URL, "signingSecret": "abc"},
        "/signingSecret: must be 64 hexadecimal digits in lower case, not 'abc'",
    ),
    ("POST", "webhooks", {"url": f"{URL}{'x' * 2048}"}, "/url: must have at most 2048 characters, not 2071"),
    ("POST", "webhooks", {"url": "there"}, "/url: must be an address without spaces that begins with http:// or "),
    ("POST", "seed", {"candidates": [JANE]}, "/candidates/0: must have at least 1 of email, phoneNumber"),
    ("POST", "seed", {"candidates": [{}]}, "/candidates/0: must have the fields companyId, firstName, lastName, gdpr"),
    ("POST", "seed", {"name": "x"}, "/: must not have the field 'name', only companies, phoneNumbers, jobs, agents, "),
    (
        "POST",
        "seed",
        {"interviews": [{"companyId": company(), "candidateId": candidate(1), "agentId": "x", "jobId": "y"}]},
        "/interviews/0/agentId: must be a UUID, not 'x'",
    ),
    (
        "POST",
        "seed",
        {"keys": [{"key": "k", "ats": True, "companyIds": [], "companyId": company()}]},
        "/keys/0/companyId: must be left out",
    ),
    ("POST", "faults", {"kind": "error", "status": 418}, "/status: must be one of 400, 401, 403, 404, 409, 422, 429, "),
    ("POST", "faults", {"kind": "duplicate", "seconds": "5"}, "/seconds: must be a number, not a string"),
    (
        "POST",
        "faults",
        {"kind": "delay", "seconds": 1e7},
        "/seconds: must be 0.001 to 2678400 virtual seconds, not 10000000",
    ),
]


@pytest.mark.parametrize(
    ("method", "path", "value", "says"),
    [pytest.param(*row, id=f"{row[0]} {row[1]} {json.dumps(row[2])[:50]}") for row in REFUSALS],
)
async def test_a_refusal_is_a_sentence_that_names_what_would_pass(
    mock: Mock, method: str, path: str, value: Any, says: str
) -> None:
    """And nothing is stored, spent or sent."""
    asked = mock.control.request(method, f"/worlds/demo/{path}", json=value)

    refused = await mock.refused(asked, 400)

    assert refused.json()["error"]["message"].startswith(says), refused.json()["error"]["message"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"clock": "tomorrow"}, f"/clock: must be real, frozen, or {INSTANT}, not 'tomorrow'"),
        ({"name": "a\n"}, "/name: must be a name of ASCII letters, digits, dots, hyphens and underscores that begins"),
        ({"keys": [{"key": "a b", "companyId": company()}]}, "/keys/0/key: must be ASCII letters, digits and marks "),
        ({"readings": {"create_status": 5}}, "/readings/create_status: must be one of 201, 200, not 5"),
        (
            {"readings": {"create_state": 201}},
            "/readings: must not have the field 'create_state' (did you mean create_",
        ),
    ],
    ids=["a clock", "a line break in a name", "a space in a key", "a value twice in the list", "an unknown reading"],
)
def test_a_world_file_says_it_as_the_api_does(changes: Mapping[str, Any], says: str) -> None:
    """With the path of the mistake."""
    with pytest.raises(WorldFileError) as refused:
        parse_world(demo(**changes))

    assert str(refused.value).startswith(says)


def test_a_bound_that_is_none_itself_is_worded() -> None:
    """Nothing but the speed of a clock in a state has one."""
    speed = schema()["$defs"]["state"]["properties"]["clock"]["properties"]["speed"]

    assert Form(speed).mistake_in(0) == ("/", "must be above 0, not 0")
    assert Form(speed).mistake_in(1) is None


# --- no schema is without words

ANNOTATIONS = {"$schema", "$defs", "$ref", "title", "description", "default", "x-says", "format", "contentEncoding"}
QUIET = ANNOTATIONS | {"properties", "items", "if", "then", "else"}  # what refuses nothing by itself
OWN = ("World", "State", "Rows")  # requests that are held against the schema of world files


def nodes(schema: Any) -> Iterator[Mapping[str, Any]]:
    """Every schema in a schema; what only asks whether another one holds refuses nothing."""
    if not isinstance(schema, dict):
        return
    yield schema
    for name in ("properties", "$defs"):
        for field in schema.get(name, {}).values():
            yield from nodes(field)
    for name in ("items", "additionalProperties", "then", "else", "allOf"):
        for inner in schema[name] if isinstance(schema.get(name), list) else [schema.get(name)]:
            yield from nodes(inner)
    if "$ref" in schema and schema["$ref"].startswith("#/components/"):
        yield from nodes(contract.document("control.yaml")["components"]["schemas"][schema["$ref"].rpartition("/")[2]])


def asked_for() -> Iterator[Any]:
    """The schemas of the control API's requests, but those of a world, which has its own."""
    for item in contract.document("control.yaml")["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict) and "requestBody" in operation:
                body = operation["requestBody"]["content"]["application/json"]["schema"]
                yield from (
                    one for one in body.get("oneOf", [body]) if one.get("$ref", "").rpartition("/")[2] not in OWN
                )


NODES = [*nodes(schema()), *(node for body in asked_for() for node in nodes(body))]


def test_every_keyword_has_words() -> None:
    """Whoever adds one to a schema finds out here."""
    used = {keyword for node in NODES for keyword in node} - QUIET

    assert {"pattern", "oneOf", "minProperties"} < used
    assert used <= set(shapes.TEXTS)


def test_what_only_a_person_can_word_is_worded() -> None:
    """A pattern, a choice of forms, a list of fields."""
    patterns = [node for node in NODES if "pattern" in node or "not" in node]
    choices = [node for node in NODES for name in ("anyOf", "oneOf") if name in node]
    closed = [node for node in NODES if node.get("additionalProperties") is False or "minProperties" in node]

    assert [node for node in patterns if "x-says" not in node] == []
    assert [
        node
        for node in choices
        if "x-says" not in node and not all("required" in one for one in node.get("anyOf", node.get("oneOf")))
    ] == []
    assert [node for node in closed if "properties" not in node] == []


def test_what_a_validator_calls_a_mistake_is_its_keyword() -> None:
    """But for a field that is forbidden."""
    kinds = [
        error.kind.name
        for wrong in ({"a": 1}, {"b": 1, "c": 1}, {})
        for error in jsonschema_rs.validator_for(
            {"properties": {"a": False}, "oneOf": [{"required": ["b"]}, {"required": ["c"]}]}
        ).iter_errors(wrong)
    ]

    assert kinds == ["falseSchema", "oneOf", "oneOf", "oneOf"]
