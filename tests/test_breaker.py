"""The circuit breaker of an endpoint, as a value."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.breaker import THRESHOLD, Breaker

NOW = datetime(2024, 1, 16, 10, 30, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def failed(times: int, breaker: Breaker | None = None) -> Breaker:
    """`times` failures, a second apart, the last of them at NOW."""
    breaker = breaker or Breaker()
    for left in reversed(range(times)):
        breaker = breaker.after_failure(NOW - timedelta(seconds=left))
    return breaker


def test_a_new_breaker_is_closed() -> None:
    """An endpoint starts without a past."""
    assert Breaker() == Breaker(consecutive_failures=0, opened_at=None)
    assert not Breaker().is_open


@pytest.mark.parametrize(
    ("failures", "opened_at"),
    [(THRESHOLD - 1, None), (THRESHOLD, NOW)],
    ids=["one short of the threshold", "at the threshold"],
)
def test_it_opens_at_the_threshold(failures: int, opened_at: datetime | None) -> None:
    """Five failed deliveries in a row open it, at the instant of the fifth."""
    breaker = failed(failures)

    assert breaker == Breaker(failures, opened_at)
    assert breaker.is_open == (opened_at is not None)


def test_one_that_was_put_back_beyond_the_threshold_opens_at_the_next_failure() -> None:
    """A world's state may be written by hand, with more failures than a closed one ever has."""
    breaker = Breaker(THRESHOLD).after_failure(NOW)

    assert breaker == Breaker(THRESHOLD + 1, NOW)


def test_a_success_begins_the_count_anew() -> None:
    """Only failures in a row count."""
    breaker = failed(THRESHOLD - 1).after_success()

    assert breaker == Breaker()
    assert not failed(THRESHOLD - 1, breaker).is_open


def test_it_keeps_the_instant_at_which_it_opened() -> None:
    """Deliveries that were still under way may fail later; they count, and do not open it again."""
    breaker = failed(THRESHOLD).after_failure(LATER)

    assert breaker == Breaker(THRESHOLD + 1, NOW)


def test_a_late_success_does_not_close_it() -> None:
    """Only a reset by hand closes an open breaker."""
    breaker = failed(THRESHOLD).after_success()

    assert breaker == Breaker(0, NOW)


def test_a_reset_closes_it() -> None:
    """After a reset there is no past: it takes the whole threshold to open it again."""
    breaker = failed(THRESHOLD).reset()

    assert breaker == Breaker()
    assert failed(THRESHOLD, breaker).is_open


STEPS: dict[str, Callable[[Breaker], Breaker]] = {
    "success": Breaker.after_success,
    "failure": lambda breaker: breaker.after_failure(NOW),
    "reset": Breaker.reset,
}


@given(st.lists(st.sampled_from(sorted(STEPS))))
def test_it_is_open_exactly_when_a_run_of_failures_was_long_enough(steps: list[str]) -> None:
    """Since the last reset there has been a run of failures of the threshold's length, or it is closed."""
    breaker = Breaker()
    for step in steps:
        breaker = STEPS[step](breaker)

    history = "".join(step[0] for step in steps).rpartition("r")[2]
    assert breaker.is_open == ("f" * THRESHOLD in history)
    assert breaker.consecutive_failures == len(history) - len(history.rstrip("f"))
