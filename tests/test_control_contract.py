"""The contract of the control API: valid, and without what YAML misreads."""

from typing import Any

import yaml
from openapi_spec_validator import validate

from mockserver.paths import CONTRACTS

CONTRACT: dict[str, Any] = yaml.safe_load((CONTRACTS / "control.yaml").read_text(encoding="utf-8"))


def _empty_values(node: object, path: str) -> list[str]:
    if not isinstance(node, dict | list):
        return [path] if node is None else []
    inner = node.items() if isinstance(node, dict) else enumerate(node)
    return [found for key, value in inner for found in _empty_values(value, f"{path}/{key}")]


def test_it_is_valid_openapi() -> None:
    """Tools can read it."""
    validate(CONTRACT)

    assert CONTRACT["openapi"].startswith("3.1")


def test_no_comma_in_a_text_made_a_key() -> None:
    """An unquoted comma between braces starts a key without a value; there is none."""
    assert list(_empty_values(CONTRACT, "")) == []


def test_every_operation_has_a_name_of_its_own_and_answers_errors() -> None:
    """Clients are generated from operation ids, and every call can be refused by a guard."""
    operations = [
        operation
        for path in CONTRACT["paths"].values()
        for method, operation in path.items()
        if method in {"get", "put", "post", "delete", "patch"}
    ]
    names = [operation["operationId"] for operation in operations]

    assert len(set(names)) == len(names)
    assert all("default" in operation["responses"] for operation in operations)


def test_every_path_is_under_the_prefix_of_the_control_api() -> None:
    """Nothing of it can be mistaken for the vendor's API."""
    assert all(path.startswith("/_mock/") for path in CONTRACT["paths"])
