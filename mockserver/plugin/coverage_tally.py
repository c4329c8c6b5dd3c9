"""What the tests of a run have met of the rulebook: counts from all processes, and what they come to."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Literal

from mockserver.errors import meant
from mockserver.rulebook import RULES, Rule

SCHEMA_VERSION = 1
INI = "instaview_coverage_exceptions"
State = Literal["refused", "shown", "held", "never", "excepted"]
# From what proves most: a rule refused; one that refuses nobody was at work; one that could refuse held only; it was
# never met; it was never met and need not be.
STATES: Mapping[State, str] = {
    "refused": "made refuse",
    "shown": "seen at work",
    "held": "only held",
    "never": "never met",
    "excepted": "excepted",
}
MET: frozenset[State] = frozenset({"refused", "shown", "held"})
# What it takes beside requests with a key of `demo`.
NEEDS: Mapping[str, str] = {
    "KEY-EXPIRED": "a world file with a key that has `expiresAt`",
    "KEY-SUSPENDED": "a world file with a key that has `suspendedAt`",
    "KEY-IP": "a world file with a key that has `allowedIPs`",
    "RATE-LIMIT": "a server with `--rate-limit enforce` to refuse",
    "UNKNOWN-FIELDS": "the reading `unknown_fields=reject` to refuse",
    "LIST-CANDIDATE": "the reading `interview_list=candidate`",
    "JOB-PRECEDENCE": "the reading `job_sources=precedence`",
    "TEST-WEBHOOKS": "a webhook that wants `interview.completed`",
    "LIFECYCLE": "a clock that is moved on",
    "MAGIC-OUTCOME": "a tag in a candidate's address, and a clock that is moved on",
}
Counts = Mapping[str, Sequence[int]]  # of rules: how often each refused, and how often it held


@dataclass(slots=True)
class Met:
    """
    How often a rule was met, and the first test that did each. First by name, not in time: the same in every run,
    whatever the order of tests and however many processes run them.
    """

    refused: int = 0
    held: int = 0
    refused_in: str | None = None
    held_in: str | None = None

    def add(self, test: str, refused: int, held: int) -> None:
        self.refused, self.held = self.refused + refused, self.held + held
        if refused:
            self.refused_in = min(test, self.refused_in or test)
        if held:
            self.held_in = min(test, self.held_in or test)


class Tally:
    """
    Attributes:
        tests: those that used a world.
        lost: those of which a world was gone before its counts were read.
    """

    def __init__(self) -> None:
        self.tests: set[str] = set()
        self.lost: set[str] = set()
        self.met = {id: Met() for id in RULES}

    def add(self, test: str, counts: Counts, lost: bool) -> None:
        """What one test met; rules that only a server of another version knows are left out."""
        self.tests.add(test)
        if lost:
            self.lost.add(test)
        for id in counts.keys() & self.met.keys():
            self.met[id].add(test, *counts[id])


@dataclass(frozen=True, slots=True)
class Row:
    """One rule; `reason` is why it is excepted."""

    rule: Rule
    met: Met
    state: State
    reason: str | None


@dataclass(frozen=True, slots=True)
class Summary:
    """
    What a tally comes to. `stale` has an exception that is none, and why, in each line; `percent` is that of the rules
    met, excepted ones left out, and None where no test used a world.
    """

    rows: Sequence[Row]
    tests: int
    lost: Sequence[str]
    stale: Sequence[str]
    percent: float | None
    fail_under: float | None

    def counted(self, rows: Sequence[Row] | None = None) -> Mapping[State, int]:
        """How many rules there are of each state, in all or in some rows."""
        found = Counter(row.state for row in (self.rows if rows is None else rows))
        return {state: found[state] for state in STATES}

    def areas(self) -> Mapping[str, Sequence[Row]]:
        """Rows by area; areas and rows stand as in the rulebook."""
        names = dict.fromkeys(row.rule.area for row in self.rows)
        return {name: [row for row in self.rows if row.rule.area == name] for name in names}

    @property
    def is_enough(self) -> bool:
        return self.fail_under is None or (self.percent is not None and self.percent >= self.fail_under)


def summary_of(tally: Tally, exceptions: Mapping[str, str], fail_under: float | None) -> Summary:
    """
    Args:
        exceptions: rules that need not be met, with reasons. One that is met counts like any other.
        fail_under: the least percentage that is enough.
    """
    rows = [_row(rule, tally.met[rule.id], exceptions.get(rule.id)) for rule in RULES.values()]
    states = [row.state for row in rows if row.state != "excepted"]
    met = sum(state in MET for state in states)
    return Summary(
        rows=rows,
        tests=len(tally.tests),
        lost=sorted(tally.lost),
        stale=[text for id in exceptions if (text := _stale(id, tally))],
        percent=_percent(met, len(states)) if tally.tests else None,
        fail_under=fail_under,
    )


def _percent(met: int, rules: int) -> float:
    return 100 * met / rules if rules else 100.0


def _row(rule: Rule, met: Met, reason: str | None) -> Row:
    if met.refused:
        return Row(rule, met, "refused", None)
    if met.held:
        return Row(rule, met, "held" if rule.status else "shown", None)
    return Row(rule, met, "never" if reason is None else "excepted", reason)


def _stale(id: str, tally: Tally) -> str:
    if id not in RULES:
        return f"{id} is no rule{meant(id.upper(), RULES)}"
    met = tally.met[id]
    return f"{id} was met, in {met.refused_in or met.held_in}" if met.refused or met.held else ""


def floored(percent: float) -> str:
    """With one decimal, never rounded up: what is not enough must not look as if it were."""
    return f"{int(percent * 10) / 10:g}"


def render(summary: Summary) -> dict[str, Any]:
    """The summary as JSON; rules by their ids, so that two runs can be compared line by line."""
    rows = sorted(summary.rows, key=lambda row: row.rule.id)
    return {
        "schemaVersion": SCHEMA_VERSION,
        "mockserver": version("instaview-mockserver"),
        "tests": summary.tests,
        "percent": None if summary.percent is None else float(floored(summary.percent)),
        "failUnder": summary.fail_under,
        "totals": {"rules": len(rows), **summary.counted()},
        "areas": [
            {"area": area, "rules": len(inside), **summary.counted(inside)}
            for area, inside in sorted(summary.areas().items())
        ],
        "rules": [_rendered(row) for row in rows],
        "staleExceptions": sorted(summary.stale),
        "lostIn": summary.lost,
    }


def _rendered(row: Row) -> dict[str, Any]:
    rule, met = row.rule, row.met
    return {
        "rule": rule.id,
        "area": rule.area,
        "state": row.state,
        "refused": met.refused,
        "held": met.held,
        "refusedIn": met.refused_in,
        "heldIn": met.held_in,
        "evidence": rule.evidence,
        "statusEvidence": rule.status_evidence,
        "status": list(rule.status),
        "reading": rule.reading,
        "needs": NEEDS.get(rule.id),
        "exception": row.reason,
    }
