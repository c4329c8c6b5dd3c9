"""
Mutation testing: `make mutants` breaks the rules' code in some thousand small ways and asks the tests about each.

cosmic-ray makes the mutants, in copies of the tree; tests/mutation.toml says of which modules, which tests are asked,
and why some survive. What it finds goes to tests/mutation.md: the raw score, and every survivor with its reason. It
takes half an hour, so CI does not run it; it fails below 92 % or on a survivor without a reason. What it found of a
module is kept in .mutation/ until the module or a test changes, so that a run can be broken off.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from queue import SimpleQueue
from typing import Any

ROOT = Path(__file__).parent.parent
LEAST_PERCENT = 92
TIMEOUT_SECONDS = 90
TREE = ("pyproject.toml", "mockserver", "contracts", "tests", "fixtures", "README.md", "Makefile", "benchmarks")
# Without what other plugins do for the whole suite: starting pytest is most of the time that a mutant takes.
PYTEST = "-m pytest -x -q -o addopts= -p pytest_asyncio.plugin -p pytest_timeout -p no:cacheprovider"
LAST = ("tests/test_rules_*.py", "tests/test_api_*.py", "tests/test_test_mode.py", "tests/test_webhooks.py")


@dataclass(frozen=True, slots=True)
class Mutant:
    """One small breakage; `before` and `after` are the changed line."""

    module: str
    operator: str
    definition: str
    before: str
    after: str
    survived: bool


def mutants_of(module: str, first: Sequence[str], excluded: Sequence[str], tree: Path) -> list[Mutant]:
    """Every mutant of a module and what became of it, tried in a copy of the tree."""
    asked = "".join(f"{sys.executable} {PYTEST} {' '.join(tests)}\n" for tests in (first, _last(tree)))
    (tree / "mutation.sh").write_text(f"set -e\n{asked}", encoding="utf-8")
    configured = tree / "mutation-session.toml"
    configured.write_text(_config(module, excluded), encoding="utf-8")
    session = tree / "mutation.sqlite"
    session.unlink(missing_ok=True)
    for command in (
        ["cosmic-ray", "baseline", configured.name],  # or everything would count as killed
        ["cosmic-ray", "init", configured.name, session.name],
        ["cr-filter-operators", session.name, configured.name],
        ["cosmic-ray", "exec", configured.name, session.name],
    ):
        _run(command, tree)
    return list(_results(_run(["cosmic-ray", "dump", session.name], tree)))


def _config(module: str, excluded: Sequence[str]) -> str:
    return f"""
[cosmic-ray]
module-path = "{module}"
timeout = {TIMEOUT_SECONDS}.0
excluded-modules = []
test-command = "sh mutation.sh"
distributor.name = "local"

[cosmic-ray.filters.operators-filter]
exclude-operators = {json.dumps(list(excluded))}
"""


def _run(command: Sequence[str], tree: Path) -> str:
    # The copy comes first on the path; the package as it is installed points elsewhere.
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    program = Path(sys.executable).parent / command[0]
    done = subprocess.run(
        [program, *command[1:]], cwd=tree, env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


def _results(dump: str) -> Iterator[Mutant]:
    for line in dump.splitlines():
        item, result = json.loads(line)
        if result is None or result["worker_outcome"] == "skipped":
            continue
        [mutation] = item["mutations"]
        before, after = _changed_line(result["diff"] or "")
        yield Mutant(
            mutation["module_path"],
            mutation["operator_name"].removeprefix("core/"),
            mutation["definition_name"] or "",
            before,
            after,
            result["test_outcome"] == "survived",
        )


def _changed_line(diff: str) -> tuple[str, str]:
    lines = [line for line in diff.splitlines() if not line.startswith(("---", "+++"))]
    before, after = ([line[1:].strip() for line in lines if line.startswith(sign)] for sign in "-+")
    return " ".join(before), " ".join(after)


def reason_for(mutant: Mutant, survivors: Iterable[Mapping[str, str]]) -> str | None:
    """Why a survivor is none of the tests' business, as tests/mutation.toml has it."""
    for row in survivors:
        if row["before"] == mutant.before and row.get("after", mutant.after) == mutant.after:
            return row["reason"]
    return None


def report(mutants: Sequence[Mutant], config: Mapping[str, Any]) -> tuple[str, int]:
    """The text of tests/mutation.md, and how many survivors have no reason."""
    survivors = [mutant for mutant in mutants if mutant.survived]
    killed, all_of = Counter(m.module for m in mutants if not m.survived), Counter(m.module for m in mutants)
    lines = ["# Mutation testing", "", "Made by `make mutants`; what it does is told in tests/mutation.py.", ""]
    lines += [f"Raw score: **{_percent(mutants):.1f} %** of {len(mutants)} mutants killed.", ""]
    lines += ["| module | mutants | killed |", "|---|---|---|"]
    lines += [f"| {module} | {count} | {killed[module]} |" for module, count in sorted(all_of.items())]
    lines += [f"| {module} | not tried in this run | |" for module in config["modules"] if module not in all_of]
    lines += ["", "Left out everywhere:", ""]
    lines += [f"- `{operator}`: {reason}" for operator, reason in config["excluded"].items()]
    lines += ["", "## Survivors", "", "| where | is | became | why it may live |", "|---|---|---|---|"]
    reasons = [reason_for(mutant, config.get("survivor", ())) for mutant in survivors]
    lines += [
        f"| {m.module.removeprefix('mockserver/')} {m.definition} | {_code(m.before)} | {_code(m.after)} | {reason} |"
        for m, reason in zip(survivors, reasons, strict=True)
    ]
    return "\n".join(lines) + "\n", reasons.count(None)


def _percent(mutants: Sequence[Mutant]) -> float:
    return 100 * sum(not mutant.survived for mutant in mutants) / len(mutants)


def _code(line: str) -> str:
    return "``" + line.replace("|", "\\|") + "``"


def main(asked: Sequence[str], root: Path = ROOT) -> int:
    config = tomllib.loads((root / "tests" / "mutation.toml").read_text(encoding="utf-8"))
    modules = {name: tests for name, tests in config["modules"].items() if not asked or name in asked}
    with tempfile.TemporaryDirectory() as folder:
        trees: SimpleQueue[Path] = SimpleQueue()
        for number in range(min(os.cpu_count() or 1, len(modules))):
            trees.put(_copied(root, Path(folder) / str(number)))

        def tried(module: str) -> list[Mutant]:
            kept = root / ".mutation" / f"{_digest(root, module, modules[module])}.json"
            if kept.exists():
                return [Mutant(**row) for row in json.loads(kept.read_text(encoding="utf-8"))]
            tree = trees.get()
            try:
                found = mutants_of(module, modules[module], list(config["excluded"]), tree)
            finally:
                trees.put(tree)
            kept.parent.mkdir(exist_ok=True)
            kept.write_text(json.dumps([asdict(mutant) for mutant in found]), encoding="utf-8")
            sys.stderr.write(f"{module}: {sum(not m.survived for m in found)} of {len(found)} killed\n")
            return found

        with ThreadPoolExecutor(trees.qsize()) as pool:
            mutants = [mutant for found in pool.map(tried, modules) for mutant in found]
    text, unexplained = report(mutants, config)
    (sys.stdout if asked else (root / "tests" / "mutation.md").open("w", encoding="utf-8")).write(text)
    sys.stderr.write(f"{_percent(mutants):.1f} % killed, {unexplained} survivors without a reason\n")
    return int(_percent(mutants) < LEAST_PERCENT or unexplained > 0)


def _digest(root: Path, module: str, first: Sequence[str]) -> str:
    """Of a module and the tests that are asked about it."""
    asked = [module, *first, *_last(root)]
    return sha256(b"".join((root / path).read_bytes() for path in asked)).hexdigest()[:16]


def _last(root: Path) -> list[str]:
    return [str(path.relative_to(root)) for glob in LAST for path in sorted(root.glob(glob))]


def _copied(root: Path, to: Path) -> Path:
    for name in TREE:
        source = root / name
        if source.is_dir():
            shutil.copytree(source, to / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            to.mkdir(exist_ok=True)
            shutil.copy(source, to / name)
    return to


if __name__ == "__main__":  # pragma: no cover  # the door
    sys.exit(main(sys.argv[1:]))
