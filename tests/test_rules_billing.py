"""Minutes of a company."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mockserver.models import Company
from mockserver.rules.billing import minutes_are_left
from tests.support import company

MINUTES = st.integers(0, 1000)


@pytest.mark.rule("BILLING-LIMIT")
@given(limit=MINUTES, used=MINUTES, reserved=MINUTES, needed=st.integers(1, 180))
@example(limit=30, used=0, reserved=0, needed=30)
@example(limit=30, used=0, reserved=0, needed=31)
@example(limit=30, used=10, reserved=10, needed=10)
@example(limit=30, used=10, reserved=10, needed=11)
@example(limit=0, used=0, reserved=0, needed=1)
def test_what_an_interview_needs_must_be_left(limit: int, used: int, reserved: int, needed: int) -> None:
    """What is used and what is reserved are both gone; the last minute may be spent."""
    violation = minutes_are_left(Company(company(), "Acme", limit, used, reserved), needed)

    assert (violation is not None) == (used + reserved + needed > limit)
    if violation is not None:
        assert (violation.status, violation.rule, violation.at) == (403, "BILLING-LIMIT", "")
        assert f"{needed} minutes" in violation.message


@pytest.mark.rule("BILLING-LIMIT")
@given(limit=MINUTES, used=MINUTES, reserved=MINUTES, needed=st.integers(1, 180))
def test_minutes_are_no_limit_for_who_pays_by_credits(limit: int, used: int, reserved: int, needed: int) -> None:
    """However many are left, and none are held."""
    payer = Company(company(), "Acme", limit, used, reserved, "credits")

    assert minutes_are_left(payer, needed) is None
    assert payer.minutes_held_for(needed) == 0
