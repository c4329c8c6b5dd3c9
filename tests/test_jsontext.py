"""Strict JSON text ⇄ values, held against the standard library where both must agree."""

import json
import math
from datetime import date
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mockserver.jsontext import (
    MAX_DEPTH,
    BadJson,
    at_pointer,
    decode,
    encode,
    encode_strictly,
    pointer_of,
    without_nulls,
)

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10)


@given(VALUES)
@example({"": {"": []}})
@example("\u0000\u2028\U0010ffff")
@example(2**64 - 1)
@example(5e-324)
def test_what_is_decoded_can_be_sent_back(value: Any) -> None:
    """Encoded compactly, decoded the same, as the standard library reads it too."""
    text = encode(value)

    assert decode(text) == value
    assert json.loads(text) == value
    assert len(text) == len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()) or "e" in str(value)


@given(VALUES)
@example([None, {"null": None}])
def test_what_is_good_is_encoded_strictly_too(value: Any) -> None:
    """Nulls are no reason to refuse it."""
    assert encode_strictly(value) == encode(value)


NO_JSON: list[tuple[object, str, str]] = [
    (math.nan, "NaN", "alone"),
    ([{"x": (1.5, -math.inf)}], "Infinity", "further in"),
    ({"day": date(2030, 1, 1), "x": math.nan}, "NaN", "beside what the standard library does not know"),
    ({1, 2}, "set", "a set"),
]


@pytest.mark.parametrize(("value", "says"), [row[:2] for row in NO_JSON], ids=[row[2] for row in NO_JSON])
def test_what_json_has_no_words_for_is_refused_strictly(value: object, says: str) -> None:
    """Where the encoder would write null."""
    with pytest.raises(TypeError, match=says):
        encode_strictly(value)


def refuses_constants(name: str) -> None:  # pragma: no cover # only where the decoder took what it must not
    raise ValueError(name)


@pytest.mark.rule("BODY-JSON")
@given(st.binary(max_size=30) | st.text('[]{}:,"\\ue+-.0123456789truefalsn \n', max_size=30).map(str.encode))
@example(b"1E400")
@example(b"-1e-400")
@example(b'"\xed\xa0\x80"')
@example(b"\x00")
@example(b"[1,]")
@example(b"\x0b1")
def test_no_text_is_taken_that_the_standard_library_refuses(text: bytes) -> None:
    """And whatever is taken has the same value there."""
    try:
        value = decode(text)
    except BadJson:
        return

    other = json.loads(text.decode("utf-8"), parse_constant=refuses_constants)
    assert value == other or math.isclose(float(value), float(other))


@pytest.mark.rule("BODY-JSON")
@given(levels=st.integers(1, 400), leaf=st.sampled_from(["", "1", '{"a":1}', "[]"]))
@example(levels=MAX_DEPTH, leaf="")
@example(levels=MAX_DEPTH, leaf="1")
@example(levels=MAX_DEPTH + 1, leaf="")
@example(levels=MAX_DEPTH + 1, leaf="1")
@example(levels=MAX_DEPTH - 1, leaf="[]")
@example(levels=MAX_DEPTH, leaf="[]")
def test_nesting_is_bounded_by_containers(levels: int, leaf: str) -> None:
    """200 levels of arrays and objects, empty ones included, and what is taken can be encoded again."""
    text = f"{'[' * levels}{leaf}{']' * levels}".encode()
    depth = levels + (leaf not in ("", "1"))

    if depth > MAX_DEPTH:
        with pytest.raises(BadJson, match="nested deeper"):
            decode(text)
    else:
        assert encode(decode(text)) == text


@pytest.mark.rule("BODY-JSON")
@pytest.mark.parametrize("levels", [1025, 100_000], ids=str)
def test_no_depth_meets_the_recursion_limit(levels: int) -> None:
    """However deep, it is refused as bad JSON; wide is not deep."""
    with pytest.raises(BadJson):
        decode(b'{"a":' * levels + b"1" + b"}" * levels)

    assert len(decode(b"[" + b"[]," * levels + b"[]]")) == levels + 1


NUMBERS = [
    # text                                taken  why
    (b"18446744073709551615", True, "the largest whole number of 64 bits"),
    (b"18446744073709551616", False, "one more"),
    (b"-9223372036854775808", True, "the smallest"),
    (b"-9223372036854775809", False, "one less"),
    (b"9" * 300, False, "a double would hold it, rounded"),
    (b"0." + b"1" * 38, True, "forty characters"),
    (b"0." + b"1" * 39, False, "forty-one characters"),
    (b'"' + b"9" * 300 + b'"', True, "digits in a text are no number"),
]


@pytest.mark.rule("BODY-JSON")
@pytest.mark.parametrize(("number", "taken"), [row[:2] for row in NUMBERS], ids=[row[2] for row in NUMBERS])
def test_no_number_comes_back_as_another(number: bytes, taken: bool) -> None:
    """Over-long numbers are refused instead of rounded, wherever they stand."""
    text = b'{"a":[' + number + b"]}"

    if taken:
        assert json.loads(encode(decode(text))) == json.loads(text)
    else:
        with pytest.raises(BadJson, match=r"64 bits|characters"):
            decode(text)


NULLS = [
    pytest.param({"a": None, "b": 1}, {"b": 1}, id="a field"),
    pytest.param({"a": {"b": None, "c": {"d": None}}}, {"a": {"c": {}}}, id="within"),
    pytest.param({"a": [None, {"b": None}, [None]]}, {"a": [None, {}, [None]]}, id="in a list, where it has a place"),
    pytest.param({"metadata": {"a": None}}, {"metadata": {"a": None}}, id="inside metadata it is a value"),
    pytest.param(
        {"job": {"metadata": {"a": [None]}}}, {"job": {"metadata": {"a": [None]}}}, id="inside inner metadata"
    ),
    pytest.param({"metadata": None}, {}, id="metadata themselves"),
    pytest.param(
        {"a": False, "b": 0, "c": "", "d": [], "e": {}},
        {"a": False, "b": 0, "c": "", "d": [], "e": {}},
        id="empty is not null",
    ),
]


@pytest.mark.rule("NULLS")
@pytest.mark.parametrize(("value", "expected"), NULLS)
def test_fields_that_are_null_are_left_out(value: dict[str, Any], expected: dict[str, Any]) -> None:
    """The value itself stays as it was."""
    before = json.dumps(value)

    assert without_nulls(value) == expected
    assert json.dumps(value) == before


@pytest.mark.parametrize(
    ("pointer", "found"),
    [
        ("", {"a/b": {"~": [10, {"c": None}]}}),
        ("/a~1b/~0/0", 10),
        ("/a~1b/~0/1/c", None),
        ("/a~1b/~0/2", None),
        ("/a~1b/~0/x", None),
        ("/a~1b/~0/-1", None),
        ("/a/b", None),
        ("/a~1b/~0/0/d", None),
    ],
)
def test_a_pointer_leads_somewhere_or_nowhere(pointer: str, found: object) -> None:
    """RFC 6901, and None where there is nothing."""
    assert at_pointer({"a/b": {"~": [10, {"c": None}]}}, pointer) == found


@given(st.lists(st.text(min_size=1) | st.integers(0, 3), max_size=4), SCALARS)
@example(["~1", "/", "~", "a/b~c"], 1)
def test_a_path_and_its_pointer_lead_to_the_same_place(path: list[str | int], leaf: object) -> None:
    """Whatever the names."""
    value = leaf
    for step in reversed(path):
        value = [None] * step + [value] if isinstance(step, int) else {step: value}

    assert at_pointer(value, pointer_of(path)) == leaf
