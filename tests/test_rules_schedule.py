"""When an interview is to take place: the form, the bounds, and what offsets hide."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mockserver.errors import cut
from mockserver.readings import DEFAULTS
from mockserver.rules.schedule import (
    WINDOW,
    parse_schedule,
    schedule_is_ahead,
    schedule_is_an_instant,
    schedule_is_within_reach,
)

NOW = datetime(2024, 1, 16, 10, 30, tzinfo=UTC)
NAIVE_IS_UTC = replace(DEFAULTS, naive_schedule="utc")
PAST_IS_FINE = replace(DEFAULTS, past_schedule="accept")
OFFSETS = st.integers(-(24 * 60 - 1), 24 * 60 - 1).map(lambda minutes: timezone(timedelta(minutes=minutes)))


def at(year: int, month: int, day: int, *time: int) -> datetime:
    hour, minute, second, microsecond = (*time, 0, 0, 0, 0)[:4]
    return datetime(year, month, day, hour, minute, second, microsecond, UTC)


FORM = [
    # text                                   in UTC                              why
    pytest.param("2025-11-20T10:00:00Z", at(2025, 11, 20, 10), id="as printed"),
    pytest.param("2025-11-20T10:00:00.000Z", at(2025, 11, 20, 10), id="as JavaScript prints it"),
    pytest.param("2025-11-20t10:00:00z", at(2025, 11, 20, 10), id="lower case, which RFC 3339 allows"),
    pytest.param("2025-11-20T10:00:00+02:00", at(2025, 11, 20, 8), id="an offset to the east"),
    pytest.param("2025-11-20T10:00:00-23:59", at(2025, 11, 21, 9, 59), id="the widest offset"),
    pytest.param("2025-11-20T10:00:00-00:00", at(2025, 11, 20, 10), id="an offset that nobody knows"),
    pytest.param("2025-11-20T10:00:00.1Z", at(2025, 11, 20, 10, 0, 0, 100_000), id="a tenth of a second"),
    pytest.param(
        "2025-11-20T10:00:00.123456789012Z", at(2025, 11, 20, 10, 0, 0, 123_456), id="finer than microseconds"
    ),
    pytest.param("2024-02-29T00:00:00Z", at(2024, 2, 29), id="a leap day"),
    pytest.param("9999-12-31T23:59:59Z", at(9999, 12, 31, 23, 59, 59), id="the end of the calendar"),
    pytest.param("0001-01-01T00:00:00Z", at(1, 1, 1), id="the beginning of the calendar"),
    pytest.param("2025-02-29T00:00:00Z", None, id="no leap year"),
    pytest.param("2025-13-01T00:00:00Z", None, id="a thirteenth month"),
    pytest.param("2025-11-20T24:00:00Z", None, id="an hour too many"),
    pytest.param("2025-11-20T10:60:00Z", None, id="a minute too many"),
    pytest.param("2016-12-31T23:59:60Z", None, id="a leap second, which no clock here has"),
    pytest.param("2025-11-20T10:00:00+24:00", None, id="an offset of a day"),
    pytest.param("2025-11-20T10:00:00+01:60", None, id="an offset of sixty minutes"),
    pytest.param("9999-12-31T23:59:59-00:01", None, id="beyond the end of the calendar"),
    pytest.param("0001-01-01T00:00:00+00:01", None, id="before its beginning"),
    pytest.param("0000-01-01T00:00:00Z", None, id="the year 0"),
    pytest.param("2025-11-20", None, id="a date"),
    pytest.param("2025-11-20T10:00Z", None, id="without seconds"),
    pytest.param("2025-11-20 10:00:00Z", None, id="a space for the T"),
    pytest.param("20251120T100000Z", None, id="the basic form"),
    pytest.param("2025-W47-4T10:00:00Z", None, id="a week date"),
    pytest.param("+002025-11-20T10:00:00Z", None, id="a long year"),
    pytest.param("2025-11-20T10:00:00,5Z", None, id="a decimal comma"),
    pytest.param("2025-11-20T10:00:00.Z", None, id="a point and nothing"),
    pytest.param("2025-11-20T10:00:00+0200", None, id="an offset without a colon"),
    pytest.param("2025-11-20T10:00:00+02", None, id="an offset of hours alone"),
    pytest.param("2025-11-20T10:00:00Z\n", None, id="a line break at the end"),
    pytest.param(" 2025-11-20T10:00:00Z", None, id="a space before"),
    pytest.param("２０２５-11-20T10:00:00Z", None, id="digits of another width"),
    pytest.param("1732096800", None, id="Unix seconds"),
    pytest.param("tomorrow", None, id="a word"),
    pytest.param("", None, id="nothing"),
]


@pytest.mark.rule("SCHEDULE-FORMAT")
@pytest.mark.parametrize(("text", "expected"), FORM)
def test_a_schedule_is_an_rfc_3339_date_time(text: str, expected: datetime | None) -> None:
    """Its offset is respected; a refusal says why it could not be read."""
    violation = schedule_is_an_instant(text, DEFAULTS)

    if expected is None:
        assert violation is not None
        assert violation.message.startswith(repr(text)[:20])
        assert len(violation.message.split(": ", 1)[1]) > 10
    else:
        assert violation is None
        assert parse_schedule(text, DEFAULTS) == expected


@pytest.mark.rule("SCHEDULE-FORMAT")
def test_a_time_without_offset_is_read_as_the_reading_says() -> None:
    """Refused, or taken as UTC."""
    text = "2025-11-20T10:00:00"

    violation = schedule_is_an_instant(text, DEFAULTS)

    assert violation is not None
    assert "offset" in violation.message
    assert schedule_is_an_instant(text, NAIVE_IS_UTC) is None
    assert parse_schedule(text, NAIVE_IS_UTC) == datetime(2025, 11, 20, 10, tzinfo=UTC)


@pytest.mark.rule("SCHEDULE-FORMAT", "SCHEDULE-FUTURE", "SCHEDULE-WINDOW")
@given(st.text() | st.text("0123456789-:.TZ+", max_size=30))
@example("\ud800")
@example("9" * 100_000)
@example("2025-11-20T10:00:00." + "9" * 100_000 + "Z")
@example("9999-12-31T23:59:59.999999-23:59")
@example("2025-11-20T10:00:00Z")
@example("0001-01-01T00:00:00+23:59")
def test_what_cannot_be_read_is_refused_once_and_by_its_form(text: str) -> None:
    """No text breaks a rule; the bounds have nothing to say about what is no instant."""
    violations = [
        schedule_is_an_instant(text, DEFAULTS),
        schedule_is_ahead(text, NOW, DEFAULTS),
        schedule_is_within_reach(text, NOW, DEFAULTS),
    ]

    assert sum(violation is not None for violation in violations) <= 1
    if violations[0] is not None:
        with pytest.raises(ValueError, match=r".{10}"):
            parse_schedule(text, DEFAULTS)


SECOND = timedelta(seconds=1)
BOUNDS = [
    # distance from now                    ahead  reachable  why
    pytest.param(timedelta(0), True, True, id="now"),
    pytest.param(-SECOND, False, True, id="a second ago"),
    pytest.param(-timedelta(microseconds=1), False, True, id="a microsecond ago"),
    pytest.param(SECOND, True, True, id="a second ahead"),
    pytest.param(WINDOW, True, True, id="30 days ahead, the bound itself"),
    pytest.param(WINDOW + SECOND, True, False, id="30 days and a second"),
    pytest.param(WINDOW + timedelta(microseconds=1), True, False, id="30 days and a microsecond"),
    pytest.param(timedelta(days=-36500), False, True, id="a century ago"),
    pytest.param(timedelta(days=36500), True, False, id="a century ahead"),
]


@pytest.mark.rule("SCHEDULE-FUTURE", "SCHEDULE-WINDOW")
@pytest.mark.parametrize("hours", [0, 14, -12, 5.75], ids=["UTC", "Kiribati", "Baker Island", "Nepal"])
@pytest.mark.parametrize(("distance", "ahead", "reachable"), BOUNDS)
def test_a_schedule_lies_within_its_bounds(distance: timedelta, ahead: bool, reachable: bool, hours: float) -> None:
    """Not before now, at most 30 times 24 hours after it, whatever offset it is written in."""
    text = (NOW + distance).astimezone(timezone(timedelta(hours=hours))).isoformat()

    early, late = schedule_is_ahead(text, NOW, DEFAULTS), schedule_is_within_reach(text, NOW, DEFAULTS)

    assert (early is None, late is None) == (ahead, reachable)


@pytest.mark.rule("SCHEDULE-FUTURE", "SCHEDULE-WINDOW")
@given(now=st.datetimes(timezones=st.just(UTC)), at=st.datetimes(timezones=OFFSETS))
@example(now=datetime.max.replace(tzinfo=UTC), at=datetime.max.replace(tzinfo=UTC))
@example(now=datetime.min.replace(tzinfo=UTC), at=datetime.max.replace(tzinfo=UTC))
@example(now=NOW, at=datetime.max.replace(tzinfo=timezone(timedelta(hours=-14))))
@example(now=NOW, at=datetime(2024, 1, 17, 0, 15, tzinfo=timezone(timedelta(hours=14))))  # looks ahead, lies behind
@example(now=NOW, at=datetime(2024, 1, 15, 22, 45, tzinfo=timezone(timedelta(hours=-12))))  # looks behind, lies ahead
def test_the_bounds_compare_instants_and_not_their_texts(now: datetime, at: datetime) -> None:
    """The whole calendar, all offsets: no overflow, and the order is that of time itself."""
    text = at.isoformat()
    try:
        instant = at.astimezone(UTC)
    except OverflowError:
        assert schedule_is_an_instant(text, DEFAULTS) is not None
        return

    early, late = schedule_is_ahead(text, now, DEFAULTS), schedule_is_within_reach(text, now, DEFAULTS)

    assert (early is not None) == (instant < now)
    assert (late is not None) == (instant - now > timedelta(days=30))


@pytest.mark.rule("SCHEDULE-FUTURE")
def test_the_past_is_accepted_where_the_reading_says_so() -> None:
    """The upper bound stays."""
    assert schedule_is_ahead("2000-01-01T00:00:00Z", NOW, PAST_IS_FINE) is None
    assert schedule_is_within_reach("2030-01-01T00:00:00Z", NOW, PAST_IS_FINE) is not None


def test_a_time_without_offset_breaks_no_bound_unless_it_is_read_as_utc() -> None:
    """As a text that names no instant it is refused by its form alone; as UTC it is late, or too far."""
    past, far = "2020-01-01T00:00:00", "2030-01-01T00:00:00"

    assert schedule_is_ahead(past, NOW, DEFAULTS) is None
    assert schedule_is_within_reach(far, NOW, DEFAULTS) is None
    assert schedule_is_ahead(past, NOW, NAIVE_IS_UTC) is not None
    assert schedule_is_within_reach(far, NOW, NAIVE_IS_UTC) is not None


SAYINGS = [
    # text                         message after the quoted text                                      why
    ("2024-01-16T10:30:00", "it has no offset: end it with Z or ±hh:mm", "no offset"),
    ("tomorrow", "it is not of the form YYYY-MM-DDThh:mm:ss with Z or an offset ±hh:mm", "no date"),
    ("2024-01-16T10:30:00." + "1" * 44 + "Z", "it has 65 characters, more than 64", "one too long"),
    ("2024-01-16T10:30:00." + "1" * 60 + "Z", "it has 81 characters, more than 64", "far too long"),
    ("0001-01-01T00:00:00+10:00", "it lies outside the years 1 to 9999", "before all years"),
]


@pytest.mark.parametrize(("text", "why"), [row[:2] for row in SAYINGS], ids=[row[2] for row in SAYINGS])
def test_the_reason_of_the_parse_is_told(text: str, why: str) -> None:
    """With the text as far as it can be shown, and an example that would pass."""
    violation = schedule_is_an_instant(text, DEFAULTS)

    assert violation is not None
    assert violation.message == f"{cut(text)!r} is not an RFC 3339 date-time: {why}"
    assert violation.fix == "a date-time such as 2025-11-20T10:00:00Z"


def test_the_longest_text_is_read() -> None:
    """64 characters still name an instant."""
    text = "2024-01-16T10:30:00." + "1" * 43 + "Z"

    assert (len(text), schedule_is_an_instant(text, DEFAULTS)) == (64, None)


def test_the_bounds_are_told_on_this_worlds_clock() -> None:
    """In UTC, to the second, with the change that would pass."""
    late = schedule_is_ahead("2024-01-16T10:29:59Z", NOW, DEFAULTS)
    far = schedule_is_within_reach("2024-02-15T10:30:01Z", NOW, DEFAULTS)

    assert late is not None
    assert far is not None
    assert (
        late.message
        == "must not lie in the past: 2024-01-16T10:29:59Z is before 2024-01-16T10:30:00Z on this world's clock"
    )
    assert late.fix == "a later time, or none to start at once"
    assert far.message == "must lie at most 30 days ahead: 2024-02-15T10:30:01Z is after 2024-02-15T10:30:00Z"
    assert far.fix == "2024-02-15T10:30:00Z or earlier"
