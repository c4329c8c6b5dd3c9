"""
Trace: every rule has a source, code, a test, a scenario and a fault that the checks find. `python -m tests.trace`
writes contracts/TRACE.md; with `--check` it fails instead if that is stale. Either way it fails if a rule lacks one.
Nothing is imported, nothing is run.

Code names a rule by `@rule("ID")`, by `x-rule: ID` in the contract, or by a comment `# rule: ID, ID2` where no pure
function judges it. Tests name rules by `@pytest.mark.rule("ID", …)`, scenarios by `rules = ["ID"]`, and faults in the
third column of tests/mutants/README.md.
"""

import ast
import io
import re
import sys
import tokenize
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent
NEEDS_NO_SOURCE = {"INFERRED", "ASSUMED"}
COMMENT = re.compile(r"# rule: (.+)")
FAULT = re.compile(r"^\| `?([\w-]+)`? \|[^|]+\| ([A-Z, -]+) \|", re.MULTILINE)
FEW = 3  # faults by name: there are hundreds
HEAD = """# Trace

Each rule, where the documents say it, the code that judges it, its tests, the scenarios that show it from outside, and
the faults of a server that a check finds under its name (tests/mutants/README.md). Made by `make trace`.

| rule | source | code | tests | scenarios | faults |
|---|---|---|---|---|---|
"""


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


def named_in_scenarios(root: Path) -> Iterator[Mention]:
    """Ids named by steps, of what is given as of what is done."""
    for path in sorted((root / "contracts" / "scenarios").glob("*.toml")):
        scenario = tomllib.loads(path.read_text(encoding="utf-8"))
        for step in (*scenario.get("given", ()), *scenario["when"]):
            yield from (Mention(named, path.stem) for named in step.get("rules", ()))


def named_in_faults(root: Path) -> Iterator[Mention]:
    path = root / "tests" / "mutants" / "README.md"
    for fault, rules in FAULT.findall(path.read_text(encoding="utf-8")) if path.exists() else ():
        yield from (Mention(named, fault) for named in rules.split(", "))


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
    """The rules of a tree, and where its code, tests, scenarios and faults name them."""

    rules: list[dict[str, Any]]
    code: list[Mention]
    tests: list[Mention]
    scenarios: list[Mention]
    faults: list[Mention]

    def gaps(self) -> list[str]:
        """What is missing, one line each: rules without one of these, and ids that no rule lists."""
        listed = {rule["id"] for rule in self.rules}
        unsourced = (rule for rule in self.rules if not rule["sources"] and rule["evidence"] not in NEEDS_NO_SOURCE)
        strangers = (mention for mention in (*self.code, *self.tests, *self.scenarios) if mention.id not in listed)
        needed = (
            (self.code, "code (@rule, x-rule or # rule:)"),
            (self.tests, "test (@pytest.mark.rule)"),
            (self.scenarios, "scenario (contracts/scenarios)"),
            (self.faults, "fault that a check finds (tests/mutants)"),
        )
        return [
            *(f"{rule['id']}: no source in contracts/rules.toml" for rule in unsourced),
            *(
                f"{rule['id']}: no {what}"
                for mentions, what in needed
                for rule in self.rules
                if not _places(mentions, rule["id"])
            ),
            *(f"{mention.where}: {mention.id} is no rule of contracts/rules.toml" for mention in strangers),
        ]

    def table(self) -> str:
        return HEAD + "".join(self._line(rule) for rule in self.rules)

    def _line(self, rule: dict[str, Any]) -> str:
        id = rule["id"]
        sources = [f"{row['page']} L{row['line']}" if "line" in row else row["page"] for row in rule["sources"]]
        cells = (
            f"{', '.join(sources)} ({rule['evidence']})".strip(),
            ", ".join(_places(self.code, id)),
            ", ".join(_counted(self.tests, id)),
            ", ".join(_places(self.scenarios, id)),
            _some(_places(self.faults, id)),
        )
        return f"| {id} | {' | '.join(cells)} |\n"


def _places(mentions: Sequence[Mention], id: str) -> list[str]:
    """The files (without their lines, which move) or names that name a rule."""
    return list(dict.fromkeys(mention.where.partition(":")[0] for mention in mentions if mention.id == id))


def _counted(mentions: Sequence[Mention], id: str) -> list[str]:
    places = [mention.where.partition(":")[0].removeprefix("tests/") for mention in mentions if mention.id == id]
    return [f"{place} ({places.count(place)})" for place in dict.fromkeys(places)]


def _some(names: Sequence[str]) -> str:
    """The first of them, and how many more there are."""
    more = f" and {len(names) - FEW} more" if len(names) > FEW else ""
    return ", ".join(names[:FEW]) + more


def trace_of(root: Path) -> Trace:
    rules = tomllib.loads((root / "contracts" / "rules.toml").read_text(encoding="utf-8"))["rule"]
    named = (named_in_code, named_in_tests, named_in_scenarios, named_in_faults)
    return Trace(rules, *(list(mentions(root)) for mentions in named))


def main(arguments: Sequence[str] = (), root: Path = ROOT) -> int:
    trace, path = trace_of(root), root / "contracts" / "TRACE.md"
    complaints = trace.gaps()
    if "--check" not in arguments:
        path.write_text(trace.table(), encoding="utf-8")
    elif not path.exists() or path.read_text(encoding="utf-8") != trace.table():
        complaints.append("contracts/TRACE.md is stale: make trace")
    if complaints:
        sys.stderr.write("".join(f"trace: {complaint}\n" for complaint in complaints))
        return 1
    counts = f"{len(trace.rules)} rules, named {len(trace.code)} times in code, {len(trace.tests)} in tests"
    sys.stdout.write(f"trace: {counts}, {len(trace.scenarios)} in scenarios, {len(trace.faults)} by faults\n")
    return 0


if __name__ == "__main__":  # pragma: no cover  # the door; test_trace.py comes in through `main`
    sys.exit(main(sys.argv[1:]))
