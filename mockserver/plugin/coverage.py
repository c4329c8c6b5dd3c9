"""`--instaview-coverage`: asks every world at its end which rules it met, and tells of them all after the run."""

import json
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import pytest
from _pytest.terminal import TerminalReporter  # public from pytest 8.4 on

from mockserver.client import Caller, Calls
from mockserver.plugin.coverage_page import page_of
from mockserver.plugin.coverage_tally import INI, Summary, Tally, render, summary_of
from mockserver.plugin.coverage_text import TITLE, lines_of, shortfall
from mockserver.plugin.instaview import WorldView
from mockserver.plugin.opening import GONE
from mockserver.plugin.views import Row

TOLD = "instaview_coverage"  # of the report of a test's teardown: all that comes back from a worker
FORMATS: Mapping[str, Callable[[Summary], str]] = {
    ".json": lambda summary: json.dumps(render(summary), indent=1, ensure_ascii=False) + "\n",
    ".html": page_of,
}
Result = TypeVar("Result")
WorldsKey = pytest.StashKey[list[WorldView]]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the options and the ini file ask for."""

    files: Sequence[Path]
    fail_under: float | None
    exceptions: Mapping[str, str]


def asked_of(config: pytest.Config) -> Asked:
    """
    Raises:
        pytest.UsageError: it cannot be.
    """
    fail_under = config.getoption("--instaview-fail-under")
    if fail_under is not None and not 0 <= fail_under <= 100:
        raise pytest.UsageError(f"--instaview-fail-under takes a percentage from 0 to 100, not {fail_under:g}")
    names = [name for name in config.getoption("--instaview-coverage") or () if name]
    return Asked(
        [_file(name, config.invocation_params.dir) for name in dict.fromkeys(names)],
        fail_under,
        _exceptions(config.getini(INI)),
    )


def _file(name: str, folder: Path) -> Path:
    if Path(name).suffix not in FORMATS:
        raise pytest.UsageError(
            f"--instaview-coverage={name}: the file ends in .json or .html; to name tests behind the option and no "
            "file write --instaview-coverage="
        )
    path = folder / name
    if not path.parent.is_dir():
        raise pytest.UsageError(f"--instaview-coverage={name}: there is no folder {path.parent}; make it first")
    return path


def _exceptions(lines: Iterable[str]) -> Mapping[str, str]:
    exceptions: dict[str, str] = {}
    for rule, reason in map(_exception, lines):
        if rule in exceptions:
            raise pytest.UsageError(f"{INI}: {rule} is excepted twice; leave one of the lines out")
        exceptions[rule] = reason
    return exceptions


def _exception(line: str) -> tuple[str, str]:
    rule, _, reason = (part.strip() for part in line.partition(":"))
    if not rule or not reason:
        raise pytest.UsageError(f"{INI}: {line!r} gives no reason; write RULE: why your tests need not meet it")
    return rule, reason


def register(config: pytest.Config, worlds: WorldsKey) -> None:
    """
    Args:
        worlds: where an item has its worlds as long as they are there.

    Raises:
        pytest.UsageError: an option cannot be.
    """
    is_shared = config.getoption("--instaview-url") is not None
    config.pluginmanager.register(Watch(worlds, is_shared), "instaview-coverage-watch")
    if not hasattr(config, "workerinput"):  # a worker of pytest-xdist tells the process that started it
        config.pluginmanager.register(Account(asked_of(config)), "instaview-coverage")


# --- where tests run


@dataclass(slots=True)
class Counted:
    """How often each rule refused and held."""

    refused: Counter[str] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Counted") -> None:
        self.refused += other.refused
        self.held += other.held

    def since(self, before: "Counted") -> "Counted":
        """What has come to it; if somebody cleared the counts in between, less than that."""
        return Counted(self.refused - before.refused, self.held - before.held)


def counted_of(rows: Iterable[Row]) -> Counted:
    found = list(rows)
    refused, held = ({row["rule"]: row[which] for row in found if row[which]} for which in ("refused", "held"))
    return Counted(Counter(refused), Counter(held))


@dataclass(slots=True)
class Taken:
    """What a test's worlds told at their end; `watched` are those that will tell or have told."""

    watched: list[WorldView] = field(default_factory=list)
    counted: Counted = field(default_factory=Counted)
    lost: bool = False


TAKEN: pytest.StashKey[Taken] = pytest.StashKey()


class Watch:
    """Reads what every world has counted just before its fixture removes it, when all that use it are done."""

    def __init__(self, worlds: WorldsKey, is_shared: bool) -> None:
        """
        Args:
            is_shared: whether others use the server of `instaview` too.
        """
        self._worlds, self._is_shared = worlds, is_shared
        self._lobbies: WeakKeyDictionary[Caller, Counted] = WeakKeyDictionary()

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: "pytest.FixtureDef[Any]", request: pytest.FixtureRequest
    ) -> Generator[None, Result, Result]:
        result = yield
        stash = request.node.stash
        for world in stash.get(self._worlds, ()):
            taken = stash.setdefault(TAKEN, Taken())
            if world not in taken.watched:
                taken.watched.append(world)
                self._begin(world, taken)
                fixturedef.addfinalizer(partial(self._take, world, taken))  # it runs before the fixture's own end
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if call.when == "teardown" and (taken := item.stash.get(TAKEN, None)) is not None:
            del item.stash[TAKEN]  # the test may be run once more
            setattr(report, TOLD, _told(item, taken))
        return report

    def _begin(self, world: WorldView, taken: Taken) -> None:
        caller = self._caller_of_lobby(world)
        if caller is not None and caller not in self._lobbies:
            try:
                self._lobbies[caller] = _lobby(caller)
            except GONE:
                taken.lost = True

    def _take(self, world: WorldView, taken: Taken) -> None:
        """The world's own counts, and what has come to those of requests that no key could place in a world."""
        try:
            taken.counted.add(counted_of(world.control.call("GET", "/coverage")))
            if (caller := self._caller_of_lobby(world)) is not None:
                now = _lobby(caller)
                taken.counted.add(now.since(self._lobbies.get(caller, now)))
                self._lobbies[caller] = now
        except GONE:
            taken.lost = True

    def _caller_of_lobby(self, world: WorldView) -> Caller | None:
        """None where the lobby's requests may be anybody's."""
        if (self._is_shared and world.fixture == "instaview") or not isinstance(world.control, Calls):
            return None
        return world.control.caller


def _lobby(caller: Caller) -> Counted:
    return counted_of(caller.call("GET", "/_mock/coverage"))


def _told(item: pytest.Item, taken: Taken) -> dict[str, Any]:
    """Nothing but what JSON knows, as it may travel from process to process."""
    counted = taken.counted
    rules = counted.refused | counted.held
    # Not `item.nodeid`, to which pytest-xdist adds the test's group.
    test = item.name if item.parent is None else f"{item.parent.nodeid}::{item.name}"
    counts = {rule: [counted.refused[rule], counted.held[rule]] for rule in rules}
    return {"test": test, "counts": counts, "lost": taken.lost}


# --- where the run ends


class Account:
    """Adds up what the tests' reports bring along, and tells of it."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._tally = Tally()
        self._written: list[Path] = []
        self._problems: list[str] = []
        self._summary: Summary | None = None
        self._has_run = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._has_run = True
        if (told := getattr(report, TOLD, None)) is not None:
            self._tally.add(**told)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if not self._has_run or session.config.getoption("setuponly"):
            return
        self._summary = summary_of(self._tally, self._asked.exceptions, self._asked.fail_under)
        for path in self._asked.files:
            self._write(self._summary, path)
        if not self._summary.is_enough:
            self._problems.append(shortfall(self._summary))
        if self._problems and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: TerminalReporter, config: pytest.Config) -> None:
        if self._summary is None:
            return
        terminalreporter.section(TITLE)
        for line in lines_of(self._summary, config.get_terminal_writer().fullwidth):
            head, rest = line.text[: line.coloured], line.text[line.coloured :]
            terminalreporter.write(head, **({line.colour: True} if line.colour else {}))
            terminalreporter.write_line(rest, bold=line.bold)
        for path in self._written:
            terminalreporter.write_line(f"written: {path}")
        for problem in self._problems:
            terminalreporter.write_line(f"FAIL instaview: {problem}", red=True, bold=True)

    def _write(self, summary: Summary, path: Path) -> None:
        try:
            path.write_text(FORMATS[path.suffix](summary), encoding="utf-8")
            self._written.append(path)
        except OSError as error:
            self._problems.append(f"{path} cannot be written: {error.strerror}")
