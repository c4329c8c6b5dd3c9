"""Expectations: what an answer says, in either wire, held against what a step documents."""

from typing import Any

import pytest

from mockserver.checks.expectations import Answer, Failure, change_of, failure_of, values_at
from mockserver.checks.sameness import is_same

ENVELOPE = {"success": True, "data": {"id": 7, "list": [1, 2]}, "error": None}
GUIDES = {"success": True, "data": {"items": [{"id": 7}], "pagination": {"total": 1}}, "error": None}
NO = {"success": False, "data": None, "error": {"code": "RESOURCE_NOT_FOUND", "message": "no"}}
BARE = {"statusCode": 404, "message": "no", "error": "Not Found"}
MANY = {"statusCode": 404, "message": ["a", "b"], "error": "Not Found"}


def judged(content: Any, then: dict[str, Any], status: int = 200, **headers: str) -> str | None:
    answer = Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, content)
    failure = failure_of(answer, {"status": status, **then}, ["JOB-EXISTS"])
    return None if failure is None else f"{failure.received} | {failure.documented}"


@pytest.mark.parametrize(
    ("content", "then"),
    [
        pytest.param(ENVELOPE, {"equal": {"/id": 7, "/list/1": 2, "": {"id": 7, "list": [1, 2]}}}, id="enveloped"),
        pytest.param({"id": 7}, {"equal": {"/id": 7.0}, "present": ["/id"], "absent": ["/no"]}, id="bare"),
        pytest.param({"id": None}, {"equal": {"/id": None}, "present": ["/id"]}, id="null is there"),
        pytest.param(GUIDES, {"equal": {"/data/*/id": 7, "/total": 1}, "count": {"/data": 1}}, id="the guides' page"),
        pytest.param(None, {"absent": ["/id"]}, id="nothing at all"),
        pytest.param({"a/b": {"c~d": 1}}, {"equal": {"/a~1b/c~0d": 1}}, id="an escaped pointer"),
        pytest.param([1, 2], {"includes": {"/*": 2}, "excludes": {"/*": 3}, "one_of": {"/*": [1, 2]}}, id="a list"),
        pytest.param([1, 2], {"in_order": {"/*": [1, 2.0]}}, id="in order"),
        pytest.param([], {"in_order": {"/*": []}}, id="nothing, in order"),
        pytest.param({"a": 5, "b": [5, 7.5]}, {"between": {"/a": [5, 5], "/b/*": [5, 7.5]}}, id="numbers in bounds"),
        pytest.param(
            {"at": "2030-01-01T01:00:00+01:00"},
            {"between": {"/at": ["2030-01-01T00:00:00Z", "2030-01-01T00:00:01Z"]}},
            id="an instant in bounds",
        ),
        pytest.param({"id": "ab12"}, {"matches": {"/id": "[a-f0-9]{4}"}}, id="a form"),
        pytest.param({"a": [{"b": "Jane Doe"}]}, {"mentions": {"/a": ["Jane", "Doe"]}}, id="words somewhere inside"),
        pytest.param({"a": ["Jane"]}, {"omits": {"": ["Doe"], "/b": ["Jane"]}}, id="words nowhere"),
    ],
)
def test_what_comes_as_documented_passes(content: Any, then: dict[str, Any]) -> None:
    """Pointers lead into the resource, whatever wraps it."""
    assert judged(content, then) is None


@pytest.mark.parametrize(
    ("content", "then"),
    [
        pytest.param(BARE, {"message": "no", "code": "RESOURCE_NOT_FOUND"}, id="bare, without a code"),
        pytest.param(NO, {"message": "no", "code": "RESOURCE_NOT_FOUND"}, id="enveloped"),
        pytest.param(MANY, {"message": "a; b"}, id="several messages"),
    ],
)
@pytest.mark.parametrize("headers", [{}, {"x_mock_rule": "JOB-EXISTS"}], ids=["elsewhere", "the mock"])
def test_a_refusal_as_documented_passes(content: Any, then: dict[str, Any], headers: dict[str, str]) -> None:
    """Its text is found in both wires; a rule is compared where one is named, a code where there is one."""
    assert judged(content, then, 404, **headers) is None


@pytest.mark.parametrize(
    ("content", "then", "failure"),
    [
        pytest.param({"a": 1}, {"equal": {"/a": 2}}, "/a is 1 | /a is 2", id="another value"),
        pytest.param({}, {"equal": {"/a": 2}}, "no /a | /a is 2", id="no value"),
        pytest.param(
            {"a": {"b": [1]}}, {"equal": {"": {"a": {"b": [2]}}}}, "/a/b/0 is 1 | /a/b/0 is 2", id="deep inside"
        ),
        pytest.param({"a": 1}, {"equal": {"": {"a": 1, "b": 2}}}, "no /b | /b is 2", id="a field that is missing"),
        pytest.param({"a": 1, "b": 2}, {"equal": {"": {"a": 1}}}, "/b is 2 | no /b", id="a field too many"),
        pytest.param(
            [{"id": 1}, {"id": 2, "a": 3}],
            {"includes": {"/*": {"id": 2, "a": 4}}},
            "/*/a is 3 | /*/a is 4",
            id="its row",
        ),
        pytest.param([{"id": 1}], {"includes": {"/*": {"id": 2}}}, '/* is {"id":1} | /* is {"id":2} once', id="no row"),
        pytest.param({"a": 1}, {"equal": {"/a": True}}, "/a is 1 | /a is true", id="one is not true"),
        pytest.param([1, 2], {"equal": {"/*": 1}}, "/* is 1, 2 | /* is 1", id="one of several"),
        pytest.param(7, {"equal": {"": True}}, "the answer is 7 | the answer is true", id="the whole"),
        pytest.param([1], {"equal": {"/1": 1}}, "no /1 | /1 is 1", id="beyond the list"),
        pytest.param([1], {"equal": {"/a": 1}}, "no /a | /a is 1", id="a name in a list"),
        pytest.param({}, {"present": ["/a"]}, "no /a | /a, whatever it is", id="not there"),
        pytest.param({"a": None}, {"absent": ["/a"]}, "/a is null | no /a", id="there"),
        pytest.param({"a": 1}, {"one_of": {"/a": [2, "x"]}}, '/a is 1 | /a is one of 2, "x"', id="none of these"),
        pytest.param({"a": [1]}, {"count": {"/a": 2}}, "/a has 1 entries | /a has 2 entries", id="too few"),
        pytest.param({"a": 1}, {"count": {"/a": 1}}, "/a is 1 | /a has 1 entries", id="no list"),
        pytest.param({}, {"count": {"/a": 0}}, "no /a | /a has 0 entries", id="nothing to count"),
        pytest.param([1], {"includes": {"/*": 2}}, "/* is 1 | /* is 2 once", id="not among them"),
        pytest.param([1], {"excludes": {"/*": 1}}, "/* is 1 | /* is never 1", id="among them"),
        pytest.param(
            [2, 1], {"in_order": {"/*": [1, 2]}}, "/* is 2, 1 | /* is 1, 2, in this order", id="another order"
        ),
        pytest.param([1, 2], {"in_order": {"/*": [1]}}, "/* is 1, 2 | /* is 1, in this order", id="one more"),
        pytest.param({"a": 4}, {"between": {"/a": [5, 6]}}, "/a is 4 | /a is from 5 to 6", id="too little"),
        pytest.param({"a": 7}, {"between": {"/a": [5, 6]}}, "/a is 7 | /a is from 5 to 6", id="too much"),
        pytest.param({}, {"between": {"/a": [5, 6]}}, "no /a | /a is from 5 to 6", id="no number"),
        pytest.param(
            {"a": True}, {"between": {"/a": [0, 6]}}, "/a is true | /a is from 0 to 6", id="true is no number"
        ),
        pytest.param({"a": "5"}, {"between": {"/a": [5, 6]}}, '/a is "5" | /a is from 5 to 6', id="a text is none"),
        pytest.param(
            {"a": "xab"}, {"matches": {"/a": "ab"}}, '/a is "xab" | /a has the form ab', id="more than a form"
        ),
        pytest.param({"a": 12}, {"matches": {"/a": "12"}}, "/a is 12 | /a has the form 12", id="a number has none"),
        pytest.param({}, {"matches": {"/a": ".*"}}, "no /a | /a has the form .*", id="nothing has none"),
        pytest.param(
            {"a": ["Jane"]}, {"mentions": {"/a": ["Jane", "Doe"]}}, '/a is ["Jane"] | /a speaks of Doe', id="a word"
        ),
        pytest.param({}, {"mentions": {"/a": ["Jane"]}}, "no /a | /a speaks of Jane", id="nothing that speaks"),
        pytest.param(
            {"a": "Jane"}, {"omits": {"/a": ["Doe", "Jane"]}}, '/a is "Jane" | not a word of Jane', id="a word too many"
        ),
        pytest.param("x " * 499, {"absent": [""]}, f'the answer is "{"x " * 149}… | no the answer', id="long"),
        pytest.param(
            "x" * 290 + " sk_test_acme",
            {"absent": [""]},
            f'the answer is "{"x" * 290} sk_… | no the answer',
            id="half a key",
        ),
        pytest.param(
            {**ENVELOPE, "success": False, "data": 1},
            {},
            '200 {"success":false,"data":1,"error":null} | success is true with status 200',
            id="an envelope that says otherwise",
        ),
    ],
)
def test_what_differs_is_told_in_two_lines(content: Any, then: dict[str, Any], failure: str) -> None:
    """What came, and what is documented instead."""
    assert judged(content, then) == failure


@pytest.mark.parametrize(
    ("content", "then", "failure"),
    [
        pytest.param(
            {**BARE, "statusCode": 400},
            {},
            '404 {"statusCode":400,"message":"no","error":"Not Found"} | statusCode is 404, like the status',
            id="another status inside",
        ),
        pytest.param({"message": ""}, {}, '404 {"message":""} | a refusal with a message', id="no words"),
        pytest.param(None, {}, "404, no content | a refusal with a message", id="no body"),
        pytest.param(NO, {"code": "GONE"}, 'code is "RESOURCE_NOT_FOUND" | code is "GONE"', id="another code"),
        pytest.param(BARE, {"message": "No"}, 'message is "no" | message is "No"', id="another text"),
    ],
)
def test_what_differs_in_a_refusal_is_told(content: Any, then: dict[str, Any], failure: str) -> None:
    """Also what no scenario asks for: a text, and a status that is said twice alike."""
    assert judged(content, then, 404) == failure


def test_an_unexpected_refusal_is_shown_with_its_rule() -> None:
    """The first thing to know when a step fails."""
    failure = failure_of(Answer(404, {"x-mock-rule": "JOB-EXISTS"}, BARE), {"status": 200}, [])

    assert str(failure).startswith('Received:   404 (JOB-EXISTS) {"statusCode":404')


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2030-01-01T00:00:00Z", "2030-01-01T01:00:00.000+01:00", True),
        ("2030-01-01T00:00:00Z", "2030-01-01T00:00:01Z", False),
        ("2030-01-01T00:00:00Z", "soon", False),
        ({"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}, True),
        ({"a": 1}, {"a": 1, "b": 1}, False),
        ([1], [1, 1], False),
        ({"a": True}, {"a": 1}, False),
    ],
)
def test_values_are_compared_as_json(one: Any, other: Any, same: bool) -> None:
    """Instants by when they are, all else as it stands."""
    assert is_same(one, other) is same


def test_a_pointer_leads_to_all_entries_of_lists() -> None:
    """Also of lists within lists, and past entries that have nothing there."""
    found = values_at({"data": [{"x": [1, 2]}, {"x": [3]}, {}, 4]}, "/data/*/x/*")

    assert found == [1, 2, 3]


@pytest.mark.parametrize(
    ("headers", "failure"),
    [
        pytest.param({"retry-after": "30"}, None, id="there"),
        pytest.param({}, Failure("no header Retry-After", "Retry-After: [0-9]+"), id="not there"),
        pytest.param({"retry-after": "30s"}, Failure("Retry-After: 30s", "Retry-After: [0-9]+"), id="of another form"),
    ],
)
def test_headers_have_a_form(headers: dict[str, str], failure: Failure | None) -> None:
    """As a whole, in any case."""
    assert failure_of(Answer(200, headers, None), {"headers": {"Retry-After": "[0-9]+"}}, []) == failure


@pytest.mark.parametrize(
    ("statuses", "failure"),
    [
        pytest.param([201, 403, 403], None, id="in any order"),
        pytest.param([201, 201, 403], Failure("2 times 201, 1 times 403", "1 times 201, 2 times 403"), id="oversold"),
    ],
)
def test_statuses_are_counted(statuses: list[int], failure: Failure | None) -> None:
    """Of requests that were sent at the same time."""
    assert failure_of(Answer(200, {}, statuses), {"tally": {"201": 1, "403": 2}}, []) == failure


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        pytest.param({"a": [1, 2]}, {"a": [1, 2]}, None, id="nothing"),
        pytest.param({"a": 1, "b": 2}, {"a": 1, "b": 3}, Failure("/b is 3", "/b is 2, as before"), id="a field"),
        pytest.param({"d": [1], "n": 1}, {"d": [1, 2], "n": 2}, Failure("/n is 2", "/n is 1, as before"), id="short"),
        pytest.param({"d": [{"x": 1}]}, {"d": [{"x": 2}]}, Failure("/d/0/x is 2", "/d/0/x is 1, as before"), id="deep"),
        pytest.param([1], [1, 2], Failure("the answer is [1,2]", "the answer is [1], as before"), id="a longer list"),
        pytest.param({"a": 1}, {}, Failure("no /a", "/a is 1, as before"), id="a field less"),
        pytest.param({}, {"a": [1]}, Failure("/a is [1]", "no /a, as before"), id="a field more"),
    ],
)
def test_the_first_change_is_told(before: object, after: object, change: Failure | None) -> None:
    """By its place, and rather by a number than by a whole list."""
    assert change_of(before, after) == change
