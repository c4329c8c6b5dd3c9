"""An inline candidate: how it can be reached, and until when its data may be kept."""

from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mockserver.rules.candidate import can_be_reached, consent_lasts, date_of
from mockserver.wire.drafts import parse_candidate_draft

NOW = datetime(2024, 1, 16, 10, 30, tzinfo=UTC)
AT = "/candidate"


@pytest.mark.rule("CANDIDATE-REQUIRED")
@pytest.mark.parametrize(("email", "phone"), [*product(["jane@example.com", None], ["+421915123456", None])])
def test_one_way_to_reach_a_candidate_is_enough(email: str | None, phone: str | None) -> None:
    """E-mail address or phone number, or both; none is refused."""
    draft = parse_candidate_draft({"firstName": "Jane", "email": email, "phoneNumber": phone})

    violation = can_be_reached(draft, AT)

    assert (violation is None) == (email is not None or phone is not None)
    assert violation is None or (violation.rule, violation.at) == ("CANDIDATE-REQUIRED", "/candidate/email")


CONSENT = [
    # written                                   now                                        holds  why
    pytest.param("2024-01-17", NOW, True, id="tomorrow"),
    pytest.param("2024-01-16", NOW, False, id="today"),
    pytest.param("2024-01-15", NOW, False, id="yesterday"),
    pytest.param("2024-01-17", datetime(2024, 1, 16, 23, 59, 59, 999999, UTC), True, id="in the last microsecond"),
    pytest.param("2024-01-17", datetime(2024, 1, 17, tzinfo=UTC), False, id="the day has just begun"),
    pytest.param("2024-01-17T00:00:00Z", NOW, True, id="a date-time tomorrow"),
    pytest.param("2024-01-16T23:59:59Z", NOW, False, id="a date-time later today"),
    pytest.param("2024-01-17T00:30:00+14:00", NOW, True, id="its date as written, though in UTC it is today"),
    pytest.param("2024-01-16T23:30:00-12:00", NOW, False, id="its date as written, though in UTC it is tomorrow"),
    pytest.param("2024-02-29", NOW, True, id="a leap day"),
    pytest.param("2025-02-29", NOW, False, id="no leap day in that year"),
    pytest.param("2100-02-29", NOW, False, id="no leap day in that century"),
    pytest.param("2000-02-29", NOW, False, id="a leap day of the past"),
    pytest.param("2030-04-31", NOW, False, id="a day too many"),
    pytest.param("2030-13-01", NOW, False, id="a month too many"),
    pytest.param("0000-01-01", NOW, False, id="the year 0"),
    pytest.param("0001-01-01", NOW, False, id="the first day of the calendar"),
    pytest.param("9999-12-31", NOW, True, id="the last day of the calendar"),
    pytest.param("9999-12-31", datetime(9999, 12, 31, tzinfo=UTC), False, id="no day is later"),
    pytest.param("9999-12-31T23:59:59-23:59", NOW, True, id="an instant beyond the calendar: only its date counts"),
    pytest.param("2030-01-01T00:00:00.123456789Z", NOW, True, id="nanoseconds"),
    pytest.param("2030-01-01T99:00:00Z", NOW, False, id="an hour that there is not"),
    pytest.param("2030-01-01T", NOW, False, id="a T and no time"),
    pytest.param("soon", NOW, True, id="no date at all: the contract says so, not this rule"),
    pytest.param("2030-01-0١", NOW, True, id="digits of another script: the same"),
    pytest.param("", NOW, True, id="an empty text: the same"),
]


@pytest.mark.rule("GDPR-DATE")
@pytest.mark.parametrize(("text", "now", "holds"), CONSENT)
def test_consent_lasts_beyond_today(text: str, now: datetime, holds: bool) -> None:
    """The date that is written lies after today on the world's clock."""
    violation = consent_lasts(text, now, AT)

    assert (violation is None) == holds
    assert violation is None or (violation.status, violation.at) == (400, "/candidate/gdprExpiryDate")


@pytest.mark.rule("GDPR-DATE")
@given(
    now=st.datetimes(timezones=st.just(UTC)),
    day=st.dates(),
    time=st.sampled_from(["", "T00:00:00", "T23:59:59.9Z", "T12:00:00-11:59"]),
)
@example(now=datetime(2024, 2, 29, tzinfo=UTC), day=date(2024, 2, 29), time="")
@example(now=datetime(9999, 12, 31, tzinfo=UTC), day=date(9999, 12, 31), time="")
def test_any_date_is_judged_by_the_day_alone(now: datetime, day: date, time: str) -> None:
    """Neither the hour nor an offset makes a difference, on any day of the calendar."""
    violation = consent_lasts(f"{day.isoformat()}{time}", now, AT)

    assert (violation is None) == (day > now.date())


@pytest.mark.rule("GDPR-DATE")
@given(now=st.datetimes(timezones=st.just(UTC)).filter(lambda now: now.year < 9999))
@example(now=datetime(2024, 2, 29, tzinfo=UTC))
def test_the_date_that_a_refusal_suggests_would_pass(now: datetime) -> None:
    """The fix ends in a date that is a later one, on whatever day it is read."""
    violation = consent_lasts("0001-01-01", now, AT)

    assert violation is not None
    assert consent_lasts(violation.fix.split()[-1], now, AT) is None


@given(st.text() | st.dates().map(str))
@example("2030-01-01\ud800")
@example("2030-01-01T" + "9" * 100_000)
def test_nothing_that_is_written_breaks_the_rule(text: str) -> None:
    """Whatever the text, there is an answer."""
    violation = consent_lasts(text, NOW, AT)

    assert violation is None or violation.rule == "GDPR-DATE"


def test_a_date_time_is_kept_as_its_date() -> None:
    """What is stored is the day as it stands there."""
    assert date_of("2030-01-01T23:30:00-12:00") == date(2030, 1, 1)
    assert date_of("2030-01-02") - date_of("2030-01-01") == timedelta(days=1)
