"""The form of a request: each rule alone."""

from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mockserver.rules.form import (
    MAX_BODY,
    body_is_an_object,
    body_is_json,
    body_is_small,
    field_is_known,
    filter_is_an_id,
    filter_is_given_once,
    filter_is_one_of,
    number_is_in_range,
    path_id_is_an_id,
)
from tests.support import NOWHERE


@pytest.mark.rule("BODY-SIZE")
@pytest.mark.parametrize(
    ("size", "holds"),
    [(0, True), (MAX_BODY, True), (MAX_BODY + 1, False), (10**30, False)],
    ids=["nothing", "1 MiB", "1 MiB and a byte", "more than there is"],
)
def test_a_body_has_a_mebibyte(size: int, holds: bool) -> None:
    """The bound itself is allowed."""
    violation = body_is_small(size)

    assert (violation is None) == holds
    assert violation is None or violation.status == 413


MEDIA = [
    # Content-Type                              Content-Encoding   holds  why
    pytest.param(["application/json"], [], True, id="as documented"),
    pytest.param(["Application/JSON"], [], True, id="any case"),
    pytest.param(["application/json; charset=utf-8"], [], True, id="a parameter"),
    pytest.param(["application/json;charset=latin-1;x=y"], [], True, id="any parameters"),
    pytest.param([" application/json ; x"], [], True, id="space around"),
    pytest.param([], [], False, id="none"),
    pytest.param([""], [], False, id="an empty one"),
    pytest.param(["; charset=utf-8"], [], False, id="a parameter alone"),
    pytest.param(["text/json"], [], False, id="text/json"),
    pytest.param(["text/plain"], [], False, id="text"),
    pytest.param(["application/vnd.api+json"], [], False, id="a dialect of JSON"),
    pytest.param(["application/json, text/plain"], [], False, id="two in one header"),
    pytest.param(["application/json", "application/json"], [], False, id="two headers"),
    pytest.param(["multipart/form-data; boundary=application/json"], [], False, id="a form"),
    pytest.param(["application/json"], ["identity"], True, id="the encoding that is none"),
    pytest.param(["application/json"], [" Identity"], True, id="the same in another case"),
    pytest.param(["application/json"], ["gzip"], False, id="gzip"),
    pytest.param(["application/json"], ["identity", "br"], False, id="one of two encodings"),
    pytest.param(["application/json"], ["gzip, identity"], False, id="two encodings in one header"),
    pytest.param(["application/json"], [""], False, id="an empty encoding"),
]


@pytest.mark.rule("BODY-MEDIA")
@pytest.mark.parametrize(("types", "encodings", "holds"), MEDIA)
def test_a_body_is_plain_json(types: Sequence[str], encodings: Sequence[str], holds: bool) -> None:
    """application/json in any case and with any parameters, and nothing else."""
    violation = body_is_json(types, encodings)

    assert (violation is None) == holds
    assert violation is None or violation.status == 415


@pytest.mark.rule("BODY-MEDIA")
@given(types=st.lists(st.text(), max_size=2), encodings=st.lists(st.text(), max_size=2))
@example(types=["x" * 100_000], encodings=[])
@example(types=[], encodings=["x" * 100_000])
def test_a_refusal_of_a_medium_stays_short(types: list[str], encodings: list[str]) -> None:
    """Whatever the headers hold, the answer quotes a little of it at most."""
    violation = body_is_json(types, encodings)

    assert violation is None or len(violation.message) < 150


@pytest.mark.rule("BODY-JSON")
@pytest.mark.parametrize(
    ("value", "mistake", "says"),
    [
        ({}, None, None),
        ({"a": 1}, None, None),
        (None, "unexpected end", "not valid JSON: unexpected end"),
        (None, None, "must be a JSON object"),
        ([], None, "must be a JSON object"),
        ("{}", None, "must be a JSON object"),
        (1, None, "must be a JSON object"),
        (False, None, "must be a JSON object"),
    ],
    ids=["empty", "object", "no JSON", "null", "array", "string", "number", "boolean"],
)
def test_a_body_is_one_object(value: object, mistake: str | None, says: str | None) -> None:
    """No JSON and JSON that is no object are told apart."""
    violation = body_is_an_object(value, mistake)

    assert (violation is None) == (says is None)
    assert violation is None or says is None or says in violation.message


@pytest.mark.rule("UNKNOWN-FIELDS")
def test_an_unknown_field_is_to_be_removed() -> None:
    """The refusal points at it."""
    violation = field_is_known("/candidate/nickname")

    assert violation is not None
    assert (violation.status, violation.at, violation.fix) == (400, "/candidate/nickname", "remove it")


@pytest.mark.rule("ID-FORMAT", "QUERY-SHAPE")
@given(st.uuids().map(str) | st.uuids().map(lambda id: str(id).upper()) | st.text(max_size=40))
@example(NOWHERE)
@example(NOWHERE.replace("-", ""))
@example(f"{{{NOWHERE}}}")
@example(f"urn:uuid:{NOWHERE}")
@example(f"{NOWHERE}\n")
@example(NOWHERE[:-1] + "１")
@example("9999_999-0000-4000-8000-000000000009")
@example("\ud800" * 36)
def test_an_id_is_a_uuid_of_36_characters(text: str) -> None:
    """In a path and in a filter alike: hexadecimal digits in any case, hyphens where they belong."""
    parts = text.split("-")
    holds = [len(part) for part in parts] == [8, 4, 4, 4, 12] and set("".join(parts)) <= set("0123456789abcdefABCDEF")

    in_path, in_query = path_id_is_an_id(text), filter_is_an_id("agentId", [text])

    assert (in_path is None, in_query is None) == (holds, holds)
    assert in_query is None or (in_query.rule, in_query.at) == ("QUERY-SHAPE", "/agentId")


NUMBERS = [
    # given             holds  why
    pytest.param([], True, id="none"),
    pytest.param(["1"], True, id="the lower bound"),
    pytest.param(["100"], True, id="the upper bound"),
    pytest.param(["0"], False, id="below"),
    pytest.param(["101"], False, id="above"),
    pytest.param(["-1"], False, id="negative"),
    pytest.param(["+1"], False, id="a sign, which is a space in a query"),
    pytest.param(["1.0"], False, id="a fraction"),
    pytest.param(["1e1"], False, id="an exponent"),
    pytest.param(["ten"], False, id="a word"),
    pytest.param([""], False, id="nothing"),
    pytest.param([" 5"], False, id="a space"),
    pytest.param(["5", "5"], False, id="twice"),
    pytest.param(["٥"], False, id="a digit of another script"),
    pytest.param(["1_0"], False, id="an underscore"),
    pytest.param(["9" * 5000], False, id="more digits than Python converts"),
    pytest.param(["010"], True, id="a leading zero"),
    pytest.param(["000000010"], True, id="seven of them"),
]


@pytest.mark.rule("QUERY-SHAPE")
@pytest.mark.parametrize(("values", "holds"), NUMBERS)
def test_a_number_in_the_query_is_whole_and_in_range(values: list[str], holds: bool) -> None:
    """Given at most once, in ASCII digits, from 1 to 100."""
    violation = number_is_in_range("limit", values, 1, 100)

    assert (violation is None) == holds
    assert violation is None or (violation.at == "/limit" and len(violation.message) < 150)


@pytest.mark.rule("QUERY-SHAPE")
@given(st.lists(st.text()))
def test_no_number_in_a_query_breaks_the_rule(values: list[str]) -> None:
    """Whatever is given, what holds can be read as a number within the bounds."""
    violation = number_is_in_range("page", values, 1, 10_000)

    assert violation is not None or not values or 1 <= int(values[0]) <= 10_000


@pytest.mark.rule("QUERY-SHAPE")
@pytest.mark.parametrize(
    ("values", "holds"),
    [([], True), (["OPEN"], True), (["open"], False), ([""], False), (["OPEN", "OPEN"], False), (["SHUT"], False)],
    ids=["none", "one that there is", "another case", "nothing", "twice", "one that there is not"],
)
def test_a_filter_is_one_of_its_values(values: list[str], holds: bool) -> None:
    """A refusal lists what there is."""
    violation = filter_is_one_of("status", values, ("OPEN", "CLOSED"))

    assert (violation is None) == holds
    assert violation is None or "OPEN, CLOSED" in violation.message


@pytest.mark.rule("QUERY-SHAPE")
def test_a_filter_is_given_once() -> None:
    """Two ids are no filter; none is none."""
    assert filter_is_an_id("agentId", []) is None
    assert filter_is_an_id("agentId", [NOWHERE, NOWHERE]) is not None


@pytest.mark.rule("QUERY-SHAPE")
@pytest.mark.parametrize(
    ("values", "holds"),
    [([], True), ([""], True), (["x" * 9999], True), (["x", "x"], False)],
    ids=["none", "empty", "long", "twice"],
)
def test_a_text_may_be_anything_but_several(values: list[str], holds: bool) -> None:
    """Nothing is taken from several."""
    violation = filter_is_given_once("search", values)

    assert (violation is None) == holds
    assert violation is None or (violation.status, violation.at) == (400, "/search")
