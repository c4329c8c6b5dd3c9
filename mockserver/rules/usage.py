"""The range of a usage report."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from mockserver.errors import Violation, cut
from mockserver.readings import Readings
from mockserver.rulebook import rule
from mockserver.rules.schedule import parse_schedule

DEFAULT_RANGE = timedelta(days=30)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def parse_start(text: str, readings: Readings) -> datetime:
    """
    The first instant of a range: of a date, its midnight.

    Raises:
        ValueError: neither a date nor a date-time; the message says why.
    """
    return _parse(text, time.min, readings)


def parse_end(text: str, readings: Readings) -> datetime:
    """The last instant of a range: of a date, the end of its day. Raises as `parse_start` does."""
    return _parse(text, time.max, readings)


def _parse(text: str, at: time, readings: Readings) -> datetime:
    if _DATE.fullmatch(text) is not None:
        return datetime.combine(date.fromisoformat(text), at, UTC)
    return parse_schedule(text, readings)


@rule("USAGE-RANGE")
def bound_is_a_date(name: str, values: Sequence[str], readings: Readings) -> Violation | None:
    """
    Args:
        values: of every query parameter of this name.
    """
    if not values:
        return None
    fix = f"{name}=2025-11-20, or a date-time with its offset"
    if len(values) > 1:
        return Violation(400, f"must be given once, not {len(values)} times", at=f"/{name}", fix=fix)
    try:
        parse_start(values[0], readings)
    except ValueError as error:
        return Violation(400, f"must be an ISO date, not {cut(values[0])!r}: {error}", at=f"/{name}", fix=fix)
    return None


@rule("USAGE-RANGE")
def range_is_ordered(start: datetime, end: datetime) -> Violation | None:
    if start <= end:
        return None
    text = f"start {_shown(start)} must not lie after end {_shown(end)}"
    return Violation(400, text, at="/start", fix="swap start and end")


def _shown(instant: datetime) -> str:
    return instant.isoformat(timespec="seconds").replace("+00:00", "Z")
