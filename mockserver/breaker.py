"""The circuit breaker of one endpoint, as a value."""

from dataclasses import dataclass
from datetime import datetime

# ASSUMED: the vendor speaks of too many failures in a row, without a number.
THRESHOLD = 5


@dataclass(frozen=True, slots=True)
class Breaker:
    """
    closed --THRESHOLD failures in a row--> open --reset, by hand--> closed

    What counts is deliveries that were given up, not single attempts.
    """

    consecutive_failures: int = 0
    opened_at: datetime | None = None  # None: closed

    @property
    def is_open(self) -> bool:
        return self.opened_at is not None

    def after_success(self) -> "Breaker":
        """A delivery that was still under way may succeed after the breaker opened; that does not close it."""
        return Breaker(0, self.opened_at)

    def after_failure(self, now: datetime) -> "Breaker":
        failures = self.consecutive_failures + 1
        opens = failures >= THRESHOLD and self.opened_at is None
        return Breaker(failures, now if opens else self.opened_at)

    def reset(self) -> "Breaker":
        return Breaker()
