"""What JSON Schema says of a body: for the vendor's API violations of rules, for all in words a person can act on."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

import jsonschema_rs

from mockserver import contract
from mockserver.errors import Violation
from mockserver.jsontext import pointer_of

# A `oneOf` that fails names no culprit: what needs a choice is said in the contract for generators, judged in code.
COMBINATORS = frozenset({"oneOf", "anyOf", "not", "if", "then", "else", "dependentRequired", "dependentSchemas"})
TYPE_NAMES = {
    "object": "an object",
    "array": "an array",
    "string": "a string",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}


def violations_of(operation_id: str, body: object) -> list[Violation]:
    """Everything that the contract's schema has against a body (nulls already left out), one entry per fault."""
    validator = contract.request_validator(operation_id)
    if validator.is_valid(body):
        return []
    return list(_violations(validator, body))


def _violations(validator: jsonschema_rs.Validator, body: object) -> Iterator[Violation]:
    seen = set()
    for error in validator.iter_errors(body):
        if COMBINATORS.isdisjoint(error.evaluation_path):
            violation = _violation_of(error)
            if (violation.rule, violation.at) not in seen:
                seen.add((violation.rule, violation.at))
                yield violation


def _violation_of(error: jsonschema_rs.ValidationError) -> Violation:
    keyword, facts = error.kind.name, error.kind.as_dict()
    schema, rule = _place_of(error, contract.document())
    at = list(error.instance_path)
    if keyword == "required":  # a violation for each missing field, which stands where that should
        missing = facts["property"]
        return Violation(400, "is required", at=pointer_of([*at, missing]), fix=f"add {missing}", rule=rule)
    if keyword == "type" and not (isinstance(error.instance, float) and "integer" in facts["types"]):
        rule = "FIELD-TYPE"  # rule: FIELD-TYPE
    text = _text_of(keyword, schema, error.instance)
    return Violation(400, text, at=pointer_of(at), fix=f"{'.'.join(map(str, at))} {text}", rule=rule)


class Form:
    """A JSON Schema that a value is held against whose mistakes break no rule of the vendor's."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self._schema, self._validator = schema, jsonschema_rs.validator_for(schema)

    def mistake_in(self, value: object) -> tuple[str, str] | None:
        """The path of the first mistake (`/`: the value itself), and what stands there must be or have."""
        for error in self._validator.iter_errors(value):
            schema, _ = _place_of(error, self._schema)
            return pointer_of(list(error.instance_path)) or "/", _text_of(error.kind.name, schema, error.instance)
        return None


def _text_of(keyword: str, schema: Mapping[str, Any], value: object) -> str:
    return TEXTS.get(keyword, _unworded)(schema, value)


def _place_of(error: jsonschema_rs.ValidationError, root: Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
    """The schema that holds the failed keyword, and the rule of the nearest schema around it that names one."""
    node: Any = root
    schema: Mapping[str, Any] = {}
    rule = "FIELD-TYPE"
    for token in error.schema_path:
        schema = node if isinstance(node, dict) else schema  # a list of schemas stands between, as in `allOf`
        rule = schema.get("x-rule", rule)
        node = node[token]
    return schema, rule


def _type_text(schema: Mapping[str, Any], value: object) -> str:
    expected = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    wanted = " or ".join(TYPE_NAMES[name] for name in expected if name != "null")
    return f"must be {wanted}, not {_kind_of(value)}"


def _kind_of(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    kinds = {dict: "an object", list: "an array", str: "a string", type(None): "null"}
    return kinds.get(type(value), f"the number {value}")


def _shown(value: object) -> str:
    text = repr(value) if isinstance(value, str) else _kind_of(value).removeprefix("the number ")
    return text if len(text) <= 60 else f"{text[:57]}…{text[-1]}"


def _hint(value: object, known: Iterable[str]) -> str:
    by_capitals = {name.upper(): name for name in known}
    near = get_close_matches(str(value).upper(), by_capitals, 1)
    return f" (did you mean {by_capitals[near[0]]}?)" if near else ""


def _enum_text(schema: Mapping[str, Any], value: object) -> str:
    allowed = list(dict.fromkeys(str(choice) for choice in schema["enum"] if choice is not None))
    return f"must be one of {', '.join(allowed)}, not {_shown(value)}{_hint(value, allowed)}"


def _missing_text(schema: Mapping[str, Any], value: object) -> str:
    assert isinstance(value, dict)
    missing = [name for name in schema["required"] if name not in value]
    return f"must have the field{'s' * (len(missing) > 1)} {', '.join(missing)}"


def _surplus_text(schema: Mapping[str, Any], value: object) -> str:
    assert isinstance(value, dict)
    known = schema["properties"]
    surplus = next(name for name in value if name not in known)
    return f"must not have the field {_shown(surplus)}{_hint(surplus, known)}, only {', '.join(known)}"


def _fewest_text(schema: Mapping[str, Any], _value: object) -> str:
    return f"must have at least {schema['minProperties']} of {', '.join(schema['properties'])}"


def _choice_text(schema: Mapping[str, Any], value: object) -> str:
    if "x-says" in schema:
        return _form_text(schema, value)
    number = "at least" if "anyOf" in schema else "exactly"
    fields = [name for branch in schema.get("anyOf") or schema["oneOf"] for name in branch["required"]]
    return f"must have {number} 1 of {', '.join(fields)}"


def _length_text(schema: Mapping[str, Any], value: object) -> str:
    assert isinstance(value, str)
    if "pattern" in schema and re.fullmatch(schema["pattern"], value) is None:  # its form says more than its length
        return _form_text(schema, value)
    return f"must have {_range(schema, 'minLength', 'maxLength')} characters, not {len(value)}"


def _count_text(schema: Mapping[str, Any], value: object) -> str:
    assert isinstance(value, list)
    return f"must have {_range(schema, 'minItems', 'maxItems')} items, not {len(value)}"


def _names_text(schema: Mapping[str, Any], value: object) -> str:
    assert isinstance(value, dict)
    return f"must have {_range(schema, 'minProperties', 'maxProperties')} fields, not {len(value)}"


def _bound_text(schema: Mapping[str, Any], value: object) -> str:
    return f"must be {_range(schema, 'minimum', 'maximum')}, not {_shown(value)}"


def _above_text(schema: Mapping[str, Any], value: object) -> str:
    return f"must be above {schema['exclusiveMinimum']}, not {_shown(value)}"


def _unique_text(_schema: Mapping[str, Any], _value: object) -> str:
    return "must not have the same item twice"


def _forbidden_text(_schema: Mapping[str, Any], _value: object) -> str:
    return "must be left out"


def _range(schema: Mapping[str, Any], low: str, high: str) -> str:
    if low in schema and high in schema:
        return f"{schema[low]} to {schema[high]}"
    return f"at least {schema[low]}" if low in schema else f"at most {schema[high]}"


def _form_text(schema: Mapping[str, Any], value: object) -> str:
    return f"must be {schema['x-says']}, not {_shown(value)}"


def _unworded(schema: Mapping[str, Any], value: object) -> str:
    raise NotImplementedError(f"no words for a keyword of {schema} that {value!r} fails")


TEXTS: Mapping[str, Callable[[Mapping[str, Any], object], str]] = {
    "type": _type_text,
    "enum": _enum_text,
    "required": _missing_text,
    "additionalProperties": _surplus_text,
    "falseSchema": _forbidden_text,
    "anyOf": _choice_text,
    "oneOf": _choice_text,
    "minLength": _length_text,
    "maxLength": _length_text,
    "minItems": _count_text,
    "maxItems": _count_text,
    "uniqueItems": _unique_text,
    "minProperties": _fewest_text,
    "maxProperties": _names_text,
    "minimum": _bound_text,
    "maximum": _bound_text,
    "exclusiveMinimum": _above_text,
    "pattern": _form_text,
    "not": _form_text,  # what a pattern leaves open
}
