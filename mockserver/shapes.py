"""What JSON Schema says of a request body, as violations of rules, in words a person can act on."""

import re
from collections.abc import Callable, Iterator, Mapping
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
    schema, rule = _place_of(error)
    at = list(error.instance_path)
    if keyword == "required":
        missing = facts["property"]
        text, fix = "is required", f"add {missing}"
        at.append(missing)
    elif keyword == "type":
        text, fix = _type_text(facts["types"], error.instance), ""
        if not (isinstance(error.instance, float) and "integer" in facts["types"]):
            rule = "FIELD-TYPE"  # rule: FIELD-TYPE
    else:
        text, fix = TEXTS.get(keyword, _unworded)(schema, error.instance), ""
    return Violation(400, text, at=pointer_of(at), fix=fix or f"{'.'.join(map(str, at))} {text}", rule=rule)


def _place_of(error: jsonschema_rs.ValidationError) -> tuple[Mapping[str, Any], str]:
    """The schema that holds the failed keyword, and the rule of the nearest schema around it that names one."""
    node: Any = contract.document()
    schema: Mapping[str, Any] = {}
    rule = "FIELD-TYPE"
    for token in error.schema_path:
        schema = node if isinstance(node, dict) else schema  # a list of schemas stands between, as in `allOf`
        rule = schema.get("x-rule", rule)
        node = node[token]
    return schema, rule


def _type_text(expected: list[str], value: object) -> str:
    wanted = " or ".join(TYPE_NAMES[name] for name in expected if name != "null")
    return f"must be {wanted}, not {_kind_of(value)}"


def _kind_of(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    kinds = {dict: "an object", list: "an array", str: "a string", type(None): "null"}
    return kinds.get(type(value), f"the number {value}")


def _shown(value: object) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}…{text[-1]}"


def _enum_text(schema: Mapping[str, Any], value: object) -> str:
    allowed = [str(choice) for choice in schema["enum"] if choice is not None]
    near = get_close_matches(str(value).upper(), allowed, 1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    return f"must be one of {', '.join(allowed)}, not {_shown(value)}{hint}"


def _length_text(schema: Mapping[str, Any], value: object) -> str:
    assert isinstance(value, str)
    if "pattern" in schema and re.fullmatch(schema["pattern"], value) is None:  # its form says more than its length
        return _pattern_text(schema, value)
    return f"must have {_range(schema, 'minLength', 'maxLength')} characters, not {len(value)}"


def _count_text(schema: Mapping[str, Any], value: object) -> str:
    assert isinstance(value, list)
    return f"must have {_range(schema, 'minItems', 'maxItems')} items, not {len(value)}"


def _names_text(schema: Mapping[str, Any], value: object) -> str:
    assert isinstance(value, dict)
    return f"must have {_range(schema, 'minProperties', 'maxProperties')} fields, not {len(value)}"


def _bound_text(schema: Mapping[str, Any], value: object) -> str:
    return f"must be {_range(schema, 'minimum', 'maximum')}, not {_shown(value)}"


def _range(schema: Mapping[str, Any], low: str, high: str) -> str:
    if low in schema and high in schema:
        return f"{schema[low]} to {schema[high]}"
    return f"at least {schema[low]}" if low in schema else f"at most {schema[high]}"


def _pattern_text(schema: Mapping[str, Any], value: object) -> str:
    return f"must be {schema.get('x-says', 'of the form ' + schema['pattern'])}, not {_shown(value)}"


def _unworded(schema: Mapping[str, Any], value: object) -> str:
    raise NotImplementedError(f"no words for a keyword of {schema} that {value!r} fails")


TEXTS: Mapping[str, Callable[[Mapping[str, Any], object], str]] = {
    "enum": _enum_text,
    "minLength": _length_text,
    "maxLength": _length_text,
    "minItems": _count_text,
    "maxItems": _count_text,
    "maxProperties": _names_text,
    "minimum": _bound_text,
    "maximum": _bound_text,
    "pattern": _pattern_text,
}


def worded(error: jsonschema_rs.ValidationError, schema: Any) -> str:
    """What a validator says, or what the schema says itself (`x-says`) where several forms are possible."""
    says = None
    for token in error.schema_path:
        says = schema.get("x-says") if isinstance(schema, dict) else None
        schema = schema[token]
    return says or error.message
