"""
Trace: every rule has a source, code and a test. Run as `python -m tests.trace`; nothing is imported, nothing is run.

Code names a rule by `@rule("ID")`, by `x-rule: ID` in the contract, or by a comment `# rule: ID, ID2` where no pure
function judges it. Tests name rules by `@pytest.mark.rule("ID", …)`.
"""

import ast
import io
import re
import sys
import tokenize
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent
NEEDS_NO_SOURCE = {"INFERRED", "ASSUMED"}
COMMENT = re.compile(r"# rule: (.+)")


@dataclass(frozen=True, slots=True)
class Mention:
    """An id and the place that names it."""

    id: str
    where: str


def named_in_code(root: Path) -> Iterator[Mention]:
    """Ids named by the package and by the contract."""
    for path in sorted((root / "mockserver").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        found = [*_decorated(ast.parse(text)), *_commented(text)]
        yield from (Mention(named, f"{path.relative_to(root)}:{line}") for named, line in found)
    document = yaml.load((root / "contracts" / "openapi.yaml").read_bytes(), Loader=yaml.CSafeLoader)
    yield from (Mention(named, "contracts/openapi.yaml") for named in _x_rules(document))


def named_in_tests(root: Path) -> Iterator[Mention]:
    """Ids named by marks, wherever a mark may stand: decorators, `pytestmark`, parameters."""
    for path in sorted((root / "tests").rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("mark.rule"):
                yield from (Mention(named, f"{path.relative_to(root)}:{call.lineno}") for named in _texts(call))


def _decorated(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        for decorator in getattr(node, "decorator_list", ()):
            if isinstance(decorator, ast.Call) and ast.unparse(decorator.func).split(".")[-1] == "rule":
                yield from ((named, decorator.lineno) for named in _texts(decorator))


def _commented(text: str) -> Iterator[tuple[str, int]]:
    """Real comments only: a string that looks like one names nothing."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and (match := COMMENT.fullmatch(token.string)):
            yield from ((named, token.start[0]) for named in match[1].split(", "))


def _x_rules(node: Any) -> Iterator[str]:
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in inner:
        if key == "x-rule":
            yield value
        else:
            yield from _x_rules(value)


def _texts(call: ast.Call) -> Iterator[str]:
    return (arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str))


@dataclass(frozen=True, slots=True)
class Trace:
    """The rules of a tree, and where its code and its tests name them."""

    rules: list[dict[str, Any]]
    code: list[Mention]
    tests: list[Mention]

    def gaps(self) -> list[str]:
        """What is missing, one line each: rules without source, code or test, and ids that no rule lists."""
        listed = {rule["id"] for rule in self.rules}
        in_code, in_tests = {mention.id for mention in self.code}, {mention.id for mention in self.tests}
        unsourced = (rule for rule in self.rules if not rule["sources"] and rule["evidence"] not in NEEDS_NO_SOURCE)
        strangers = (mention for mention in (*self.code, *self.tests) if mention.id not in listed)
        return [
            *(f"{rule['id']}: no source in contracts/rules.toml" for rule in unsourced),
            *(f"{rule['id']}: no code (@rule, x-rule or # rule:)" for rule in self.rules if rule["id"] not in in_code),
            *(f"{rule['id']}: no test (@pytest.mark.rule)" for rule in self.rules if rule["id"] not in in_tests),
            *(f"{mention.where}: {mention.id} is no rule of contracts/rules.toml" for mention in strangers),
        ]


def trace_of(root: Path) -> Trace:
    rules = tomllib.loads((root / "contracts" / "rules.toml").read_text(encoding="utf-8"))["rule"]
    return Trace(rules, list(named_in_code(root)), list(named_in_tests(root)))


def main(root: Path = ROOT) -> int:
    trace = trace_of(root)
    gaps = trace.gaps()
    if gaps:
        sys.stderr.write("".join(f"trace: {gap}\n" for gap in gaps))
        return 1
    counts = f"{len(trace.rules)} rules, named {len(trace.code)} times in code, {len(trace.tests)} in tests"
    sys.stdout.write(f"trace: {counts}\n")
    return 0


if __name__ == "__main__":  # pragma: no cover  # the door; test_trace.py comes in through `main`
    sys.exit(main())
