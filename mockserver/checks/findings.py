"""What was found: a verdict per case, never a figure for all."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    KEPT = "kept"
    BROKEN = "broken"
    NOT_LOOKED_AT = "not looked at"


class CouldNotLook(Exception):
    """Nothing that could be judged answers; the message says what happened instead."""


@dataclass(frozen=True, slots=True)
class Finding:
    """
    One case. `received` is empty where nothing was sent; `why` says what is wrong, or why nobody looked; it is empty
    where all is well, unless there is something to know. `group` is what it belongs to, if cases are grouped.
    """

    case: str
    verdict: Verdict
    sent: str
    received: str
    good: str  # what a good one does
    why: str = ""
    seconds: float = 0.0
    group: str = ""


def summary_of(findings: Sequence[Finding]) -> str:
    counted = Counter(finding.verdict for finding in findings)
    return ", ".join(f"{counted[verdict]} {verdict}" for verdict in Verdict)


def exit_status_of(findings: Sequence[Finding]) -> int:
    """0 good, 1 something is broken, 3 nothing was looked at: that is not good either."""
    found = {finding.verdict for finding in findings}
    if Verdict.BROKEN in found:
        return 1
    return 0 if Verdict.KEPT in found else 3
