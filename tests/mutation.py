"""
Mutation testing: `make mutants` breaks the rules' code in some thousand small ways and asks the tests about each.

cosmic-ray makes the mutants, in copies of the tree; tests/mutation.toml says of which modules, which tests are asked,
and why some survive. What it finds goes to tests/mutation.md: the raw score, and every survivor with its reason. It
takes half an hour, so CI does not run it; it fails below 92 % or on a survivor without a reason. What became of a
mutant is kept in .mutation/ until its module changes, or the file of tests that killed it; a survivor is asked about
again whenever any test has changed. So a run can be broken off between modules.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from cosmic_ray.work_db import use_db  # type: ignore[import-untyped]
from cosmic_ray.work_item import WorkerOutcome, WorkResult  # type: ignore[import-untyped]

ROOT = Path(__file__).parent.parent
LEAST_PERCENT = 92
TIMEOUT_SECONDS = 90
TREE = ("pyproject.toml", "mockserver", "contracts", "tests", "fixtures", "README.md", "Makefile", "benchmarks")
# Without what other plugins do for the whole suite: starting pytest is most of the time that a mutant takes.
PYTEST = "-m pytest -x -q -o addopts= -p pytest_asyncio.plugin -p pytest_timeout -p no:cacheprovider"
FAILED = re.compile(r"^(?:FAILED|ERROR) (tests/\w+\.py)", re.MULTILINE)
TIMED_OUT = "timeout"  # so says cosmic-ray
LAST = ("tests/test_rules_*.py", "tests/test_api_*.py", "tests/test_test_mode.py", "tests/test_webhooks.py")


@dataclass(frozen=True, slots=True)
class Mutant:
    """
    One small breakage; `before` and `after` are the changed line.

    `killer` is the file of the test that noticed, or TIMED_OUT; empty where none did, or pytest itself broke down.
    """

    module: str
    operator: str
    occurrence: int
    definition: str
    before: str
    after: str
    survived: bool
    killer: str

    @property
    def place(self) -> tuple[str, int]:
        """What tells it from the others of its module."""
        return self.operator, self.occurrence


def mutants_of(
    module: str, first: Sequence[str], excluded: Sequence[str], tree: Path, known: Sequence[Mutant]
) -> list[Mutant]:
    """Every mutant of a module and what became of it, tried in a copy of the tree but for those that are known."""
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
    ):
        _run(command, tree)
    _skip(session, {mutant.place for mutant in known})
    _run(["cosmic-ray", "exec", configured.name, session.name], tree)
    tried = _results(_run(["cosmic-ray", "dump", session.name], tree))
    return sorted([*known, *tried], key=lambda mutant: mutant.place)


def found(module: str, first: Sequence[str], excluded: Sequence[str], tree: Path, folder: Path) -> list[Mutant]:
    """The same, by what the folder has kept as far as it holds; digests are of the copy, which nobody edits."""
    kept, asked = folder / f"{_digest(tree, [module])}.json", [*first, *_last(tree)]
    rows = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else []
    known = [Mutant(**row) for seal, row in rows if seal == _seal(tree, row["killer"], asked)]
    if rows and len(known) == len(rows):
        return known
    mutants = mutants_of(module, first, excluded, tree, known)
    sealed = [(_seal(tree, mutant.killer, asked), asdict(mutant)) for mutant in mutants]
    folder.mkdir(exist_ok=True)
    kept.write_text(json.dumps(sealed), encoding="utf-8")
    sys.stderr.write(f"{module}: {sum(not m.survived for m in mutants)} of {len(mutants)} killed\n")
    return mutants


def _seal(tree: Path, killer: str, asked: Sequence[str]) -> str:
    """Of what must not change for a result to hold: the tests that killed; all that were asked where none did."""
    return _digest(tree, [killer] if killer in asked else asked)


def _digest(tree: Path, paths: Sequence[str]) -> str:
    return sha256(b"".join((tree / path).read_bytes() for path in paths)).hexdigest()[:16]


def _skip(session: Path, known: Collection[tuple[str, int]]) -> None:
    with use_db(str(session)) as work:
        for item in list(work.pending_work_items):
            [mutation] = item.mutations
            if (_operator(mutation.operator_name), mutation.occurrence) in known:
                work.set_result(item.job_id, WorkResult(worker_outcome=WorkerOutcome.SKIPPED))


def _operator(name: str) -> str:
    return name.removeprefix("core/")


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
            _operator(mutation["operator_name"]),
            mutation["occurrence"],
            mutation["definition_name"] or "",
            before,
            after,
            result["test_outcome"] == "survived",
            _killer(result["output"] or ""),
        )


def _killer(output: str) -> str:
    failed = FAILED.search(output)
    return failed[1] if failed else output * (output == TIMED_OUT)


def _changed_line(diff: str) -> tuple[str, str]:
    lines = [line for line in diff.splitlines() if not line.startswith(("---", "+++"))]
    before, after = ([line[1:].strip() for line in lines if line.startswith(sign)] for sign in "-+")
    return " ".join(filter(None, before)), " ".join(filter(None, after))


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
    late = sum(mutant.killer == TIMED_OUT for mutant in mutants)
    lines += [f"Raw score: **{_percent(mutants):.1f} %** of {len(mutants)} mutants killed, {late} by a time-out.", ""]
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
            tree = trees.get()
            try:
                return found(module, modules[module], list(config["excluded"]), tree, root / ".mutation")
            finally:
                trees.put(tree)

        with ThreadPoolExecutor(trees.qsize()) as pool:
            mutants = [mutant for each in pool.map(tried, modules) for mutant in each]
    text, unexplained = report(mutants, config)
    (sys.stdout if asked else (root / "tests" / "mutation.md").open("w", encoding="utf-8")).write(text)
    sys.stderr.write(f"{_percent(mutants):.1f} % killed, {unexplained} survivors without a reason\n")
    return int(_percent(mutants) < LEAST_PERCENT or unexplained > 0)


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
