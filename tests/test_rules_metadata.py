"""The limits of metadata, each at both sides of its bound and far beyond."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mockserver.readings import DEFAULTS
from mockserver.rules.metadata import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_KEYS,
    metadata_has_few_keys,
    metadata_is_shallow,
    metadata_is_small,
)

AT = "/metadata"
TOP_LEVEL = replace(DEFAULTS, metadata_keys="top_level")
SCALARS = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False) | st.text(max_size=5)
METADATA = st.dictionaries(
    st.text(max_size=4),
    st.recursive(
        SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner), max_leaves=8
    ),
    max_size=60,
)


def nested(levels: int, leaf: object, in_arrays: bool) -> dict[str, Any]:
    """An object of so many levels, the top one counted; below it objects or arrays around the leaf."""
    value = leaf
    for _ in range(levels - 1):
        value = [value] if in_arrays else {"k": value}
    return {"k": value}


@pytest.mark.rule("METADATA-DEPTH")
@given(levels=st.integers(1, 12), leaf=SCALARS, in_arrays=st.booleans())
@example(levels=5, leaf=None, in_arrays=True)
@example(levels=6, leaf=None, in_arrays=True)
@example(levels=5, leaf=1, in_arrays=False)
@example(levels=6, leaf=1, in_arrays=False)
@example(levels=100_000, leaf=None, in_arrays=False)  # must not meet the recursion limit
@example(levels=100_000, leaf=None, in_arrays=True)
@example(levels=1, leaf="\ud800", in_arrays=False)  # must not meet the UTF-8 encoder
@example(levels=1, leaf=10**400, in_arrays=False)  # nor the bounds of integers
def test_metadata_is_refused_exactly_when_it_is_too_deep(levels: int, leaf: object, in_arrays: bool) -> None:
    """The top object is level 1; objects and arrays count, scalars do not."""
    violation = metadata_is_shallow(nested(levels, leaf, in_arrays), AT)

    assert (violation is not None) == (levels > MAX_DEPTH)
    assert violation is None or (violation.rule, violation.status, violation.at) == ("METADATA-DEPTH", 400, AT)


@pytest.mark.rule("METADATA-DEPTH")
@pytest.mark.parametrize("empty", [{}, []], ids=["object", "array"])
def test_an_empty_container_is_a_level_too(empty: object) -> None:
    """What has nothing in it still nests."""
    assert metadata_is_shallow(nested(4, empty, in_arrays=False), AT) is None
    assert metadata_is_shallow(nested(5, empty, in_arrays=False), AT) is not None


def keys_in(value: object) -> int:
    """Counted another way than in the rule: depth first."""
    if isinstance(value, dict):
        return len(value) + sum(map(keys_in, value.values()))
    return sum(map(keys_in, value)) if isinstance(value, list) else 0


@pytest.mark.rule("METADATA-KEYS")
@given(METADATA)
@example({str(key): None for key in range(50)})
@example({str(key): None for key in range(51)})
@example({str(key): None for key in range(100)})
@example({"a": {str(key): None for key in range(49)}})
@example({"a": {str(key): None for key in range(50)}})
@example({"a": [{str(key): None} for key in range(50)]})
@example({"\ud800": {"\ud800": "\ud800"}})
def test_keys_are_counted_as_the_reading_says(metadata: dict[str, Any]) -> None:
    """In all objects together, or in the top one alone."""
    in_all, at_top = metadata_has_few_keys(metadata, AT, DEFAULTS), metadata_has_few_keys(metadata, AT, TOP_LEVEL)

    assert (in_all is not None) == (keys_in(metadata) > MAX_KEYS)
    assert (at_top is not None) == (len(metadata) > MAX_KEYS)
    assert in_all is None or in_all.fix == f"remove {keys_in(metadata) - MAX_KEYS}"


@pytest.mark.rule("METADATA-KEYS")
def test_keys_are_counted_at_any_depth() -> None:
    """No depth meets the recursion limit."""
    assert metadata_has_few_keys(nested(100_000, None, in_arrays=False), AT, DEFAULTS) is not None
    assert metadata_has_few_keys(nested(100_000, None, in_arrays=True), AT, DEFAULTS) is None


def filled(size: int, sign: str) -> dict[str, str]:
    """An object that takes exactly so many bytes as compact UTF-8 JSON, made of a sign as far as it goes."""
    room = size - len(b'{"k":""}')
    width = len(sign.encode())
    return {"k": sign * (room // width) + "x" * (room % width)}


@pytest.mark.rule("METADATA-SIZE")
@given(size=st.integers(8, 20_000), sign=st.sampled_from(["x", "é", "€", "😀"]))
@example(size=MAX_BYTES, sign="x")
@example(size=MAX_BYTES + 1, sign="x")
@example(size=2 * MAX_BYTES, sign="x")
@example(size=MAX_BYTES, sign="😀")  # 2,558 characters
@example(size=MAX_BYTES + 1, sign="😀")
def test_metadata_is_refused_exactly_when_it_is_too_large(size: int, sign: str) -> None:
    """Bytes count, not characters."""
    violation = metadata_is_small(filled(size, sign), AT)

    assert (violation is not None) == (size > MAX_BYTES)
    assert violation is None or violation.fix == f"remove {size - MAX_BYTES} bytes"


@pytest.mark.rule("METADATA-SIZE")
@pytest.mark.parametrize("sign", ['"', "\\", "\n", "\u0001"], ids=["quote", "backslash", "newline", "control"])
def test_what_must_be_escaped_takes_the_room_of_its_escape(sign: str) -> None:
    """The size is that of the JSON text, escapes and all."""
    width = {"\u0001": 6}.get(sign, 2)
    fits = (MAX_BYTES - len(b'{"k":""}')) // width

    assert metadata_is_small({"k": sign * fits}, AT) is None
    assert metadata_is_small({"k": sign * (fits + 1)}, AT) is not None


@pytest.mark.rule("METADATA-SIZE")
@pytest.mark.parametrize(
    "metadata",
    [nested(100_000, None, in_arrays=False), {"k": "\ud800"}, {"k": 10**400}],
    ids=["too deep to be written", "a lone surrogate", "an integer without bounds"],
)
def test_what_cannot_be_written_is_another_rules_business(metadata: dict[str, Any]) -> None:
    """Nothing of the kind gets through the strict decoder but depth, which has a rule of its own."""
    assert metadata_is_small(metadata, AT) is None
