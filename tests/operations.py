"""
Operations: the table of contracts/README.md, made from what contract and tests say. `python -m tests.operations`
rewrites it; with `--check` it fails if the table is not what it would write. Nothing is imported, nothing is run.

Counted is what names things: tests that say an operation's id in a string of their own, and tests whose
`@pytest.mark.rule` marks, or their module's, name a rule that the contract lists for that operation. Neither says that
all of the operation is tried, and rules that operations share make tests count for each of them.
"""

import ast
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent
START, END = "<!-- operations -->", "<!-- /operations -->"
METHODS = ("get", "post", "put", "patch", "delete")
HEAD = """
| operation | call | implemented | rules of its own | tests by name | tests by rule |
|---|---|---|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Operation:
    """`id` is empty where the operation is known and not built."""

    id: str
    method: str
    paths: tuple[str, ...]
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Test:
    """One test function: the strings that it says, and the rules that it is marked with."""

    texts: frozenset[str]
    rules: frozenset[str]


def operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    """Every operation that the vendor documents, the built ones first, in the order of the contract."""
    for path, item in document["paths"].items():
        others = (alias["path"] for alias in document.get("x-aliases", ()) if alias["of"] == path)
        paths = (path, *others)
        for method in METHODS:
            if method in item:
                spec = item[method]
                yield Operation(spec["operationId"], method.upper(), paths, tuple(spec.get("x-rules", ())))
    for entry in document.get("x-unbuilt", ()):
        yield Operation("", entry["method"], (entry["path"],), ())


def tests(folder: Path) -> Iterator[Test]:
    for path in sorted(folder.rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        of_module = _rules_of([node for node in tree.body if isinstance(node, ast.Assign)])
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                yield Test(_texts([node]), of_module | _rules_of(node.decorator_list))


def _rules_of(nodes: Sequence[ast.AST]) -> frozenset[str]:
    inner = [call for node in nodes for call in ast.walk(node) if isinstance(call, ast.Call)]
    return _texts([call for call in inner if ast.unparse(call.func).endswith("mark.rule")])


def _texts(nodes: Sequence[ast.AST]) -> frozenset[str]:
    inner = (constant for node in nodes for constant in ast.walk(node) if isinstance(constant, ast.Constant))
    return frozenset(constant.value for constant in inner if isinstance(constant.value, str))


def table(root: Path) -> str:
    """The text between the marks."""
    document = yaml.load((root / "contracts" / "openapi.yaml").read_bytes(), Loader=yaml.CSafeLoader)
    known = list(tests(root / "tests"))
    return HEAD + "".join(_line(operation, known) for operation in operations(document)) + "\n"


def _line(operation: Operation, known: Sequence[Test]) -> str:
    calls = ", ".join(f"`{operation.method} {path}`" for path in operation.paths)
    if not operation.id:
        return f"| – | {calls} | no: 501 | ROUTE | – | – |\n"
    by_name = sum(operation.id in test.texts for test in known)
    by_rule = sum(not test.rules.isdisjoint(operation.rules) for test in known)
    return f"| {operation.id} | {calls} | yes | {', '.join(operation.rules)} | {by_name} | {by_rule} |\n"


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    readme = root / "contracts" / "README.md"
    before = readme.read_text(encoding="utf-8")
    head, rest = before.split(START)
    after = head + START + "\n" + table(root) + END + rest.split(END)[1]
    if list(arguments) == ["--check"]:
        if before != after:
            sys.stderr.write("operations: the table of contracts/README.md is stale: python -m tests.operations\n")
        return int(before != after)
    readme.write_text(after, encoding="utf-8")
    return 0


if __name__ == "__main__":  # pragma: no cover  # the door; test_operations.py comes in through `main`
    sys.exit(main(sys.argv[1:]))
