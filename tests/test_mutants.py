"""The check can fail: every fault of tests/mutants/ is found, by what names the right rule; without one, none is."""

from collections.abc import Iterator

import pytest

from mockserver.checks.findings import Verdict
from mockserver.checks.suite import PHASES
from mockserver.checks.target import Target
from mockserver.checks.verdicts import DELIVERY_SUBJECTS, judged, subjects
from mockserver.rulebook import RULES
from mockserver.server import Parser
from tests.mutants.__main__ import main
from tests.mutants.catalogue import FAULTS, UNSEEN
from tests.mutants.fault import Fault, Unseen
from tests.mutants.looking import SCENARIOS, caught, checked, server_under_check
from tests.mutants.rows import Row, rows
from tests.mutants.table import row_of, stale, text_of

ENTRIES: tuple[Fault | Unseen, ...] = (*FAULTS, *UNSEEN)
ROWS = {row.fault: row for row in rows()}
LEAST = 80
LOOKS = PHASES[:3]  # those that make up no requests


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    """One server for each worker; a fault is in it for one test."""
    with server_under_check() as target:
        yield target


def marks(fault: Fault) -> pytest.MarkDecorator:
    return pytest.mark.rule(*(subject for subject in fault.breaks if subject in RULES))


@pytest.mark.parametrize("fault", [pytest.param(fault, marks=marks(fault), id=fault.id) for fault in FAULTS])
def test_each_fault_is_found(target: Target, fault: Fault) -> None:
    """What it breaks is reported as broken, by the scenarios and cases that the table names."""
    broken = caught(fault, target)

    assert set(fault.breaks) <= set(broken)
    assert row_of(fault, broken) == ROWS[fault.id], "python -m tests.mutants makes the table anew"


@pytest.mark.parametrize("parser", ["httptools", "h11"])
def test_without_a_fault_everything_is_kept(parser: Parser) -> None:
    """Every rule, every answer, every delivery, by the very checks that find the faults."""
    with server_under_check(parser) as target:
        outcome = checked(target, LOOKS, list(SCENARIOS.values()))

    others = {one.subject.id: one.why for one in judged(outcome.observations) if one.verdict is not Verdict.KEPT}
    assert others == {}
    assert outcome.gone == ""


def test_what_is_no_fault_is_not_found(target: Target) -> None:
    """A catalogue entry that changes nothing would not pass."""
    nothing = Fault("nothing", "Nothing is wrong.", ("AUTH-KEY",), lambda _: None)

    broken = caught(nothing, target)

    assert broken == {}
    assert row_of(nothing, broken).caught_by == ()


# The catalogue


def test_every_rule_has_a_fault() -> None:
    """And so has all that deliveries have in common, but what is left to one rule."""
    broken = {subject for fault in FAULTS for subject in fault.breaks}

    assert set(RULES) - broken == set()
    assert {subject.id for subject in DELIVERY_SUBJECTS} - broken == set()


def test_entries_are_told_apart() -> None:
    """By their ids; each says what it does in a sentence, and names what there is."""
    ids = [entry.id for entry in ENTRIES]

    assert len(FAULTS) >= LEAST
    assert len(set(ids)) == len(ids)
    assert all(entry.does.endswith(".") and "|" not in entry.does for entry in ENTRIES)
    assert {subject for fault in FAULTS for subject in fault.breaks} <= set(subjects())
    assert all(one.why.endswith(".") for one in UNSEEN)


# The table


def test_the_table_is_that_of_the_catalogue() -> None:
    """As far as one can tell without looking; and it is made of what it holds."""
    assert main(["--check"]) == 0
    assert rows(text_of(ROWS)) == rows()


def test_a_stale_table_is_told() -> None:
    """Line by line: what is missing, what is another, what is no more."""
    first, second, *others = rows()
    table = [Row(first.fault, "Something else.", first.breaks, first.caught_by), *others]
    gone = Row("gone", "It is gone.", ("AUTH-KEY",), ("keys",))

    told = list(stale([*table, gone]))

    assert told == [
        f"{first.fault} is another one in the catalogue",
        f"{second.fault} is missing",
        "gone is no longer in the catalogue",
    ]
