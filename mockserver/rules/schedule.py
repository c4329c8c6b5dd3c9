"""When an interview is to take place."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from mockserver.errors import Violation, cut
from mockserver.readings import Readings
from mockserver.rulebook import rule

WINDOW = timedelta(days=30)
MAX_LENGTH = 64  # RFC 3339 sets no limit to fractions of a second; messages and journals quote the text
AT = "/scheduleTime"
# What the calendar allows is left to `datetime`, but it takes offsets of sixty minutes, and of late the hour 24.
_FORM = re.compile(
    r"(\d{4}-\d\d-\d\d)T((?!24)\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)?", re.ASCII | re.IGNORECASE
)


def parse_schedule(text: str, readings: Readings) -> datetime:
    """
    The instant that a scheduleTime names, in UTC; what is finer than microseconds is cut off.

    Raises:
        ValueError: it names none; the message says why.
    """
    instant = _instant(text, readings.naive_schedule == "utc")
    if isinstance(instant, str):
        raise ValueError(instant)
    return instant


@lru_cache(maxsize=64)  # one text is asked about by three rules and by the use case
def _instant(text: str, naive_is_utc: bool) -> datetime | str:
    """The instant, or why there is none."""
    if len(text) > MAX_LENGTH:
        return f"it has {len(text)} characters, more than {MAX_LENGTH}"
    form = _FORM.fullmatch(text)
    if form is None:
        return "it is not of the form YYYY-MM-DDThh:mm:ss with Z or an offset ±hh:mm"
    day, clock, fraction, offset = form.groups()
    if offset is None and not naive_is_utc:
        return "it has no offset: end it with Z or ±hh:mm"
    try:
        instant = datetime.fromisoformat(f"{day}T{clock}{(fraction or '')[:7]}{(offset or 'Z').upper()}")
        return instant.astimezone(UTC)
    except ValueError as error:
        return str(error)
    except OverflowError:
        return "it lies outside the years 1 to 9999"


@rule("SCHEDULE-FORMAT")
def schedule_is_an_instant(text: str, readings: Readings, at: str = AT) -> Violation | None:
    why = _instant(text, readings.naive_schedule == "utc")
    if isinstance(why, datetime):
        return None
    text = f"{cut(text)!r} is not an RFC 3339 date-time: {why}"
    return Violation(400, text, at=at, fix="a date-time such as 2025-11-20T10:00:00Z")


@rule("SCHEDULE-FUTURE")
def schedule_is_ahead(text: str, now: datetime, readings: Readings) -> Violation | None:
    instant = _instant(text, readings.naive_schedule == "utc")
    if isinstance(instant, str) or instant >= now or readings.past_schedule == "accept":
        return None
    why = f"must not lie in the past: {text} is before {_shown(now)} on this world's clock"
    return Violation(400, why, at=AT, fix="a later time, or none to start at once")


@rule("SCHEDULE-WINDOW")
def schedule_is_within_reach(text: str, now: datetime, readings: Readings, at: str = AT) -> Violation | None:
    instant = _instant(text, readings.naive_schedule == "utc")
    if isinstance(instant, str) or instant - now <= WINDOW:
        return None
    why = f"must lie at most {WINDOW.days} days ahead: {text} is after {_shown(now + WINDOW)}"
    return Violation(400, why, at=at, fix=f"{_shown(now + WINDOW)} or earlier")


def _shown(instant: datetime) -> str:
    return instant.isoformat(timespec="seconds").replace("+00:00", "Z")
