"""Two validators, one contract: jsonschema, slow and well known, and jsonschema-rs agree on whatever is made up."""

import string
from collections.abc import Callable, Mapping
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from mockserver import contract
from tests.contract_oracle import COMPONENTS, ORACLE, SCHEMAS

EXAMPLES = 22  # of each schema: two thousand in all
DEEPEST = 6
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 200),
    st.sampled_from([0.5, 1.0, -0.0, 1e300, 2**53, 10**15]),
    st.text(string.ascii_letters + "é\n\u2028 -+", max_size=6),
)
ANYTHING = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=2), inner, max_size=3)
)
COMBINED = ("$ref", "allOf", "oneOf", "anyOf")
PLAIN = st.text("abcXYZ 09_é", max_size=12)


@st.composite
def documents(draw: st.DrawFn, schema: Any, good: bool, depth: int = 0) -> Any:
    """Something that a schema is about: as far as one can see what it allows, or beside that here and there."""
    if schema is True or depth > DEEPEST or (not good and draw(st.integers(0, 19)) == 0):
        return draw(ANYTHING)
    return draw(_of_its_type(_flat(draw, schema), good, depth))


def _flat(draw: st.DrawFn, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """One schema for all that has to hold at once: what it refers to, all of `allOf`, one of the other branches."""
    chosen = [draw(st.sampled_from(schema[name])) for name in ("oneOf", "anyOf") if name in schema]
    flat: Mapping[str, Any] = {name: value for name, value in schema.items() if name not in COMBINED}
    if "$ref" in schema:
        _, _, kind, name = schema["$ref"].split("/")
        flat = _both(_flat(draw, COMPONENTS[kind][name]), flat)
    for branch in (*schema.get("allOf", ()), *chosen):
        flat = _both(flat, _flat(draw, branch))
    return flat


def _both(one: Mapping[str, Any], other: Mapping[str, Any]) -> Mapping[str, Any]:
    mine, theirs = one.get("properties", {}), other.get("properties", {})
    properties = {name: {"allOf": [mine.get(name, {}), theirs.get(name, {})]} for name in {**mine, **theirs}}
    required = [*one.get("required", ()), *other.get("required", ())]
    return {**one, **other, **({"properties": properties} if properties else {}), "required": required}


def _of_its_type(schema: Mapping[str, Any], good: bool, depth: int) -> st.SearchStrategy[Any]:
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    types = schema.get("type", "object" if schema.get("properties") else [*MAKERS])
    names = st.sampled_from([types] if isinstance(types, str) else types)
    return names.flatmap(lambda name: MAKERS[name](schema, good, depth))


def _objects(schema: Mapping[str, Any], good: bool, depth: int) -> st.SearchStrategy[Any]:
    given = {name: documents(inner, good, depth + 1) for name, inner in schema.get("properties", {}).items()}
    needed = dict.fromkeys(schema.get("required", ()), ANYTHING)
    known = st.fixed_dictionaries(
        {**needed, **{name: made for name, made in given.items() if name in needed}},
        optional={name: made for name, made in given.items() if name not in needed},
    )
    if good:
        return known
    strange = st.dictionaries(PLAIN, ANYTHING, max_size=1)
    return st.builds(_together, known, strange, st.sampled_from([None, None, None, None, *needed]))


def _together(known: dict[str, Any], strange: dict[str, Any], lacking: str | None) -> dict[str, Any]:
    return {name: value for name, value in {**strange, **known}.items() if name != lacking}


def _arrays(schema: Mapping[str, Any], good: bool, depth: int) -> st.SearchStrategy[Any]:
    least = schema.get("minItems", 0)
    most = min(schema.get("maxItems", least + 1), least + 1 if good else 12)
    items = documents(schema.get("items", True), good, depth + 1)
    return st.lists(items, min_size=least if good else max(0, least - 1), max_size=most if good else most + 1)


def _strings(schema: Mapping[str, Any], good: bool, _depth: int) -> st.SearchStrategy[Any]:
    least, most = schema.get("minLength", 0), schema.get("maxLength", 12)
    if "pattern" in schema:
        right = st.from_regex(schema["pattern"], fullmatch=True).filter(lambda text: least <= len(text) <= most)
        return right if good else st.one_of(right.map(lambda text: text + "\n"), right.map(lambda text: text[1:]))
    sizes = [least, min(most, least + 6)] if good else [max(0, least - 1), most, most + 1]
    return st.one_of(*(st.just(letter * size) for letter in ("a", "😀") for size in sizes))


def _numbers(schema: Mapping[str, Any], good: bool, _depth: int) -> st.SearchStrategy[Any]:
    least, most = schema.get("minimum", schema.get("exclusiveMinimum", -1) + 1), schema.get("maximum", 10**6)
    whole = st.integers(least, most)
    if good:
        return whole
    return st.one_of(st.sampled_from([least - 1, most + 1, least + 0.5, 1.0 * least, -0.0]), whole)


MAKERS: Mapping[str, Callable[[Mapping[str, Any], bool, int], st.SearchStrategy[Any]]] = {
    "object": _objects,
    "array": _arrays,
    "string": _strings,
    "integer": _numbers,
    "number": _numbers,
    "boolean": lambda _schema, _good, _depth: st.booleans(),
    "null": lambda _schema, _good, _depth: st.none(),
}


def validators(name: str) -> tuple[Callable[[Any], bool], Callable[[Any], bool]]:
    schema = {"$schema": contract.DIALECT, "components": COMPONENTS, "$ref": f"#/components/schemas/{name}"}
    return ORACLE(schema).is_valid, jsonschema_rs.validator_for(schema).is_valid


@pytest.mark.parametrize("name", SCHEMAS)
def test_both_validators_agree_on_every_document(name: str) -> None:
    """Whatever is made up for a schema, both take it or neither does; some are taken."""
    slow, fast = validators(name)
    verdicts: set[bool] = set()

    @settings(
        max_examples=EXAMPLES,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )
    @given(st.booleans().flatmap(lambda good: documents(SCHEMAS[name], good)))
    def agree(document: Any) -> None:
        verdict = fast(document)
        assert slow(document) == verdict
        verdicts.add(verdict)

    agree()

    assert True in verdicts
