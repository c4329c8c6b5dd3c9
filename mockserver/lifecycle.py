"""Interview states as one table: what may follow what, and how an interview ends."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from mockserver.models import AttemptStatus, InterviewStatus

# rule: LIFECYCLE
NEXT: Mapping[InterviewStatus, frozenset[InterviewStatus]] = {
    "UNDEFINED": frozenset(),
    "SCHEDULED": frozenset({"IN_PROGRESS", "CANCELLED", "FAILED"}),
    "IN_PROGRESS": frozenset({"COMPLETED", "FAILED", "CANCELLED"}),
    "COMPLETED": frozenset(),
    "FAILED": frozenset({"SCHEDULED"}),  # by a new call attempt only
    "CANCELLED": frozenset(),
}
NEXT_ATTEMPT: Mapping[AttemptStatus, frozenset[AttemptStatus]] = {
    "SCHEDULED": frozenset({"IN_PROGRESS", "CANCELLED"}),
    "IN_PROGRESS": frozenset({"COMPLETED", "FAILED"}),
    "COMPLETED": frozenset(),
    "FAILED": frozenset(),
    "CANCELLED": frozenset(),
}

TEST_DURATION_MINUTES = 5
ANALYSIS_DELAY = timedelta(seconds=60)
SLOW_ANALYSIS_DELAY = timedelta(hours=1)
RINGING = timedelta(seconds=30)
CALL_RETRY_DELAY = timedelta(minutes=30)
CALL_RETRIES = 2


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a non-test interview ends; at most one of the three noes."""

    answers: bool = True
    fails: bool = False
    analysis_fails: bool = False
    analysis_delay: timedelta = ANALYSIS_DELAY


COMPLETES = Outcome()
# rule: MAGIC-OUTCOME
OUTCOMES: Mapping[str, Outcome] = {
    "no-answer": Outcome(answers=False),
    "failed": Outcome(fails=True),
    "analysis-failed": Outcome(analysis_fails=True),
    "slow-analysis": Outcome(analysis_delay=SLOW_ANALYSIS_DELAY),
}


def outcome_of(email: str | None) -> Outcome:
    """What the tags in an e-mail's local part (`jane+no-answer@example.com`) decide; the first known tag counts."""
    local = (email or "").rpartition("@")[0].lower()
    return next((OUTCOMES[tag] for tag in local.split("+")[1:] if tag in OUTCOMES), COMPLETES)


def duration_minutes(agreed: int, seed: str) -> int:
    """How long an interview lasts: 60 to 100 % of the agreed minutes, whole, at least 1; the seed decides."""
    return max(1, random.Random(seed).randint(-(-agreed * 6 // 10), agreed))
