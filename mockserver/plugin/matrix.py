"""Runs tests once for each contested reading of the documents, and tells which readings their client survives."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any, NamedTuple

import pytest
from _pytest.terminal import TerminalReporter  # public from pytest 8.4 on

from mockserver.plugin.wishes import Wishes
from mockserver.readings import VALUES
from mockserver.rulebook import READINGS

READING = "_instaview_reading"  # the parameter that a test gets
PROPERTY = "instaview_reading"  # of its reports
WORLDS = frozenset({"instaview", "instaview_asgi"})
DEFAULTS = "defaults"
ALONE = "defaults only"
SURVIVES, FALLS = "survives", "does not survive"
WIDTH = max(len(f"{name}={value}") for name, values in VALUES.items() for value in values)
MAX_SHOWN = 20


class Reading(NamedTuple):
    """One reading that is not the default."""

    name: str
    value: str

    def __str__(self) -> str:
        return f"{self.name}={self.value}"


def readings_of(asked: str) -> tuple[Reading, ...]:
    """
    The readings that `--instaview-readings` names, each once, in the order of the rulebook: `all`, or names (all their
    values but the default) and `name=value` between commas.

    Raises:
        pytest.UsageError: there is no such reading, or it is the default.
    """
    every = tuple(Reading(name, value) for name, values in VALUES.items() for value in values[1:])
    wanted: set[Reading] = set()
    for item in asked.split(","):
        wanted |= set(every) if item.strip() == "all" else _meant(item.strip())
    return tuple(reading for reading in every if reading in wanted)


def _meant(item: str) -> set[Reading]:
    name, _, value = item.partition("=")
    if name not in VALUES:
        near = get_close_matches(name, VALUES, 1)
        hint = f"did you mean {near[0]}?" if near else f"there are all, {', '.join(VALUES)}"
        raise pytest.UsageError(f"--instaview-readings: there is no reading {name!r}: {hint}")
    default, *others = VALUES[name]
    if value == default:
        raise pytest.UsageError(f"--instaview-readings: {item} is the default, with which every test runs anyway")
    if value and value not in others:
        raise pytest.UsageError(f"--instaview-readings: {name} can be {', '.join(others)}, not {value!r}")
    return {Reading(name, other) for other in ([value] if value else others)}


def without(reading: Reading | None, test: str) -> str:
    """A test's name or node id as it is without the option."""
    if reading is None and hasattr(pytest, "HIDDEN_PARAM"):
        return test
    shown = reading or DEFAULTS
    for found in (f"[{shown}]", f"-{shown}", f"{shown}-"):
        if found in test:
            return test.replace(found, "", 1)
    return test


def with_reading(item: pytest.Item, wishes: Wishes) -> Wishes:
    """The test's wishes in the reading that it is run with; one that chooses the reading itself is skipped."""
    reading: Reading | None = _parameters(item).get(READING)
    if reading is None:
        return wishes
    if reading.name in wishes.readings:
        pytest.skip(f"the test chooses its reading {reading.name} itself")
    return replace(wishes, readings={**wishes.readings, reading.name: reading.value})


def as_with_defaults(item: pytest.Item, test: str) -> str:
    """The test's name as with the defaults, so that a world has the same ids in all readings."""
    return without(_parameters(item).get(READING), test)


def _parameters(item: pytest.Item) -> Mapping[str, Any]:
    callspec = getattr(item, "callspec", None)
    return {} if callspec is None else callspec.params


@dataclass(slots=True)
class Account:
    """What became of the tests of one reading: their names as with the defaults, and the full ids of what failed."""

    ran: set[str] = field(default_factory=set)
    skipped: set[str] = field(default_factory=set)
    failed: dict[str, str] = field(default_factory=dict)


class Matrix:
    """The plugin behind `--instaview-readings`."""

    def __init__(self, readings: Sequence[Reading], worlds: "pytest.StashKey[list[Any]]") -> None:
        """
        Args:
            worlds: where a test has those that it opened.
        """
        self._readings, self._worlds = readings, worlds
        self._has_run = False
        self._alone: list[str] = []
        self._defaults = Account()
        self._accounts = {reading: Account() for reading in readings}

    @pytest.hookimpl(trylast=True)  # after the test's own parameters, so that the reading ends the name
    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        if WORLDS.isdisjoint(metafunc.fixturenames):
            return
        own = [marker.kwargs.get("readings") for marker in metafunc.definition.iter_markers("instaview")]
        chosen = {name for readings in own if isinstance(readings, Mapping) for name in readings}
        others = [reading for reading in self._readings if reading.name not in chosen]
        # The test with the defaults keeps its name where pytest can do that (from 8.4 on).
        ids = [getattr(pytest, "HIDDEN_PARAM", DEFAULTS), *map(str, others)]
        metafunc.fixturenames.append(READING)
        metafunc.parametrize(READING, [None, *others], ids=ids, indirect=True)

    @pytest.fixture(name=READING)
    def reading(self) -> None:
        """What carries the parameter, which the fixtures of worlds look at."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Write on the report which reading it is about: of all that a worker knows, only reports come back."""
        report = yield
        parameters = _parameters(item)
        if READING in parameters:
            report.user_properties.append((PROPERTY, str(parameters[READING] or DEFAULTS)))
        elif call.when == "call" and item.stash.get(self._worlds, None):
            report.user_properties.append((PROPERTY, ALONE))
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._has_run = True
        told = dict(report.user_properties).get(PROPERTY)
        if told == ALONE:
            self._alone.append(report.nodeid)
        for reading, account in ((None, self._defaults), *self._accounts.items()):
            if told == str(reading or DEFAULTS):
                _enter(account, report, without(reading, report.nodeid))

    def pytest_terminal_summary(self, terminalreporter: TerminalReporter) -> None:
        if not self._has_run or terminalreporter.config.getoption("setuponly"):
            return
        terminalreporter.section("instaview readings")
        for line in (*summary(self._defaults, self._accounts), *left_out(self._alone)):
            terminalreporter.write_line(line)


def _enter(account: Account, report: pytest.TestReport, test: str) -> None:
    if report.failed:
        account.failed[test] = report.nodeid
    elif report.skipped:
        account.skipped.add(test)
    elif report.when == "call":
        account.ran.add(test)


def summary(defaults: Account, accounts: Mapping[Reading, Account]) -> Iterator[str]:
    """A table of readings, then what fails in those that the client does not survive."""
    if not (defaults.ran or defaults.failed or defaults.skipped or any(a.failed or a.ran for a in accounts.values())):
        yield "No test was run once more: none that ran has the fixture instaview or instaview_asgi."
        return
    yield f"{'reading':<{WIDTH}} passed  failed  skipped  your client"
    yield _row(DEFAULTS, defaults, "")
    verdicts = {reading: _verdict(account, defaults) for reading, account in accounts.items()}
    for reading, account in accounts.items():
        yield _row(str(reading), account, verdicts[reading])
    survived = [verdict for verdict in verdicts.values() if verdict.startswith(SURVIVES)]
    yield f"It survives {len(survived)} of {len(accounts)} other readings of the documents, as far as these tests go."
    for reading, verdict in verdicts.items():
        if verdict == FALLS:
            yield from _broken(reading, accounts[reading], defaults)


def left_out(tests: Sequence[str]) -> Iterator[str]:
    """What the table says nothing about."""
    if tests:
        yield "With the defaults only, as unittest.TestCase and getfixturevalue() leave no way to run a test once more:"
        yield from (f"  {nodeid}" for nodeid in sorted(tests)[:MAX_SHOWN])
        if len(tests) > MAX_SHOWN:
            yield f"  … and {len(tests) - MAX_SHOWN} more"


def _row(name: str, account: Account, verdict: str) -> str:
    failed, skipped = len(account.failed), len(account.skipped - account.failed.keys())
    passed = len(account.ran - account.failed.keys() - account.skipped)
    return f"{name:<{WIDTH}} {passed:>6}  {failed:>6}  {skipped:>7}  {verdict}".rstrip()


def _verdict(account: Account, defaults: Account) -> str:
    if account.failed.keys() - defaults.failed.keys():
        return FALLS
    if not account.ran - account.failed.keys():
        return "cannot tell: all fails, with the defaults too" if account.failed else "was not tried"
    return f"{SURVIVES}, but for what fails with the defaults too" if account.failed else SURVIVES


def _broken(reading: Reading, account: Account, defaults: Account) -> Iterator[str]:
    tests = sorted(nodeid for test, nodeid in account.failed.items() if test not in defaults.failed)
    yield f"It does not survive {reading} ({READINGS[reading.name].settles.rstrip('.')}):"
    yield from (f"  {nodeid}" for nodeid in tests[:MAX_SHOWN])
    if len(tests) > MAX_SHOWN:
        yield f"  … and {len(tests) - MAX_SHOWN} more"
