"""How the package is built: floors, imports that only go down, one clock, short functions and modules."""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

import mockserver

ROOT = Path(mockserver.__file__).parent
MAX_FUNCTION, MAX_MODULE = 50, 300

# From the ground up. What stands in one row knows nothing of its neighbours; a row imports only from rows above it in
# this table. A folder is one entry: its own files may import each other, as long as they form no circle.
FLOORS: tuple[tuple[int, frozenset[str]], ...] = tuple(
    (floor, frozenset(row.split()))
    for floor, row in (
        (0, "clock errors ids jsontext models outgoing pages paths"),
        (1, "analysis breaker contract lifecycle readings reception retry rulebook signing targets"),
        (1, "fields forgery shapes wire"),
        (2, "rules"),
        (3, "faults journal rates store timers transport"),
        (3, "coverage deliveries"),
        (3, "delivery_log rows shown wire.webhooks"),  # wire names of what stands just below
        (4, "world"),
        (4, "references state"),
        (4, "caller plans worldfile worlds"),
        (4, "explain"),
        (5, "adversary progress"),
        (5, "pushes webhooks"),
        (5, "at_work"),
        (5, "agents analysis_pdf billing_usage candidates jobs seeding snapshot webhook_config"),
        (5, "companies interviews"),
        (5, "call_attempts"),
        (6, "courier settings"),
        (6, "scheduler"),
        (6, "universe"),
        (7, "api control launch"),
        (8, "app"),
        (9, "builders connection schedules"),
        (9, "client inbox listener protocols severing testing"),
        (9, "server"),
        (10, "cli plugin"),
        (10, "mockserver"),  # the public names, loaded when they are used
        (10, "__main__ pytest_plugin"),
    )
)
STEPS: Mapping[str, int] = {name: step for step, (_, row) in enumerate(FLOORS) for name in row}
# What may be imported where it is used: a tenth of a second that only who asks for a PDF shall wait, or sends webhooks.
LATE = {"api.interviews": {"analysis_pdf"}, "universe": {"transport"}}
# Who may wait in real time: uvicorn tells nobody when its last connection is gone, a slow body takes its time, and the
# judge looks at receivers that know no other time; and so do the clients whom a planned latency keeps waiting.
SLEEPERS = {
    "api.faults",
    "server",
    "transport",
    "checks.effects",
    "checks.guards",
    "checks.leftovers",
    "checks.posting",
}
DOORS = ("cli", "plugin", "pytest_plugin", "__main__", "mockserver")
# The judge sees a server only by URL and its expectations only from the contract.
CHECKS = "checks"
MAY_IMPORT_CHECKS = {"cli"}
CHECKS_MAY_IMPORT = frozenset(name for floor, row in FLOORS if floor <= 1 for name in row)


@cache
def modules() -> Mapping[str, ast.Module]:
    """Every module by its name inside the package, parsed; the package itself is `mockserver`."""
    return {_name_of(path): ast.parse(path.read_text(encoding="utf-8")) for path in sorted(ROOT.rglob("*.py"))}


def _name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts) or "mockserver"


def place_of(name: str) -> str | None:
    """The entry of the table under which a module stands: its own, or that of its folder."""
    parts = name.split(".")
    return next((entry for cut in range(len(parts), 0, -1) if (entry := ".".join(parts[:cut])) in STEPS), None)


def is_checks(name: str) -> bool:
    return name.split(".")[0] == CHECKS


def imports_of(name: str) -> set[str]:
    """The package's modules that a module names in imports, wherever they stand."""
    return {target for node in ast.walk(modules()[name]) for target in _targets(node)}


def _targets(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (_inside(alias.name) for alias in node.names if alias.name.split(".")[0] == "mockserver")
    elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "mockserver":
        for alias in node.names:
            inner = _inside(f"{node.module}.{alias.name}")
            yield inner if inner in modules() else _inside(str(node.module))


def _inside(full: str) -> str:
    return full.removeprefix("mockserver.")


NAMES = [name for name in modules() if not is_checks(name)]


@pytest.mark.parametrize("name", NAMES)
def test_every_module_has_a_floor(name: str) -> None:
    """Whoever adds a module says on which floor of the table it stands."""
    assert place_of(name) is not None, f"place {name} in FLOORS"


def test_every_place_is_taken() -> None:
    """The table speaks of no module that is gone."""
    assert set(STEPS) <= {place_of(name) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_imports_only_go_down(name: str) -> None:
    """From a lower floor, or from the module's own folder; never from above, never from a neighbour."""
    own = place_of(name)
    assert own is not None

    wrong = {
        target
        for target in imports_of(name)
        if (place := place_of(target)) != own and (place is None or STEPS[place] >= STEPS[own])
        if not (is_checks(target) and own in MAY_IMPORT_CHECKS)
    }

    assert wrong == set()


def test_there_are_no_circles() -> None:
    """Also not among the files of one folder: leaf after leaf can be taken away until nothing is left."""
    left = {name: imports_of(name) - {name, name.rpartition(".")[0]} for name in modules()}
    while leaves := {name for name, targets in left.items() if not targets & left.keys()}:
        left = {name: targets for name, targets in left.items() if name not in leaves}

    assert left == {}


def test_the_judge_does_not_import_the_accused() -> None:
    """The contract checks stand on the two lowest floors alone."""
    wrong = {
        (name, target)
        for name in modules()
        if is_checks(name)
        for target in imports_of(name)
        if not is_checks(target) and place_of(target) not in CHECKS_MAY_IMPORT
    }

    assert wrong == set()


@pytest.mark.parametrize("name", [name for name in modules() if place_of(name) not in DOORS])
def test_imports_stand_at_the_top(name: str) -> None:
    """Only the doors, where start-up time is the users' time, import inside functions."""
    hidden = [
        inner.lineno
        for node in ast.walk(modules()[name])
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
        if not set(_targets(inner)) & LATE.get(name, set())
    ]

    assert hidden == []


READS_THE_CLOCK = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"}


def _calls(name: str) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(modules()[name]):
        if isinstance(node, ast.Call):
            yield ".".join(ast.unparse(node.func).split(".")[-2:]), node


@pytest.mark.parametrize("name", [name for name in modules() if name != "clock"])
def test_only_the_clock_asks_what_time_it_is(name: str) -> None:
    """Everything else is told; what measures real durations uses the loop's or the monotonic clock."""
    imported = {
        f"{node.module}.{alias.name}"
        for node in ast.walk(modules()[name])
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }

    assert READS_THE_CLOCK.isdisjoint({called for called, _ in _calls(name)} | imported)


@pytest.mark.parametrize("name", [name for name in modules() if name not in SLEEPERS])
def test_nothing_sleeps(name: str) -> None:
    """A delay is a timer of a world; giving way to the loop for a turn is none."""
    sleeps = [
        call.lineno
        for called, call in _calls(name)
        if called.split(".")[-1] == "sleep" and [ast.unparse(arg) for arg in call.args] != ["0"]
    ]

    assert sleeps == []


@pytest.mark.parametrize("name", list(modules()))
def test_functions_and_modules_are_short(name: str) -> None:
    """A function of more than 50 lines, or a module of more than 300, is a failure of design."""
    path = ROOT.joinpath(*name.split(".")).with_suffix(".py") if name != "mockserver" else ROOT / "__init__.py"
    path = path if path.exists() else path.with_suffix("") / "__init__.py"
    long = [
        f"{node.name}: {(node.end_lineno or 0) - node.lineno + 1} lines"
        for node in ast.walk(modules()[name])
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if (node.end_lineno or 0) - node.lineno >= MAX_FUNCTION
    ]

    assert long == []
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_MODULE
