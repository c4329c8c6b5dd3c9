"""What comes of one delivery attempt, and how long to wait before the next one."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

RETRY_DELAYS = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2))
# Above this a receiver asks for silence rather than for patience.
MAX_RETRY_AFTER = timedelta(hours=1)

_SECONDS = re.compile(r"[0-9]+")


class Outcome(StrEnum):
    """What one attempt came to."""

    DELIVERED = "delivered"
    FAILED = "failed"  # may be tried again
    GONE = "gone"  # the receiver wants nothing more: the endpoint is disabled


def outcome_of(status: int | None, error: str | None = None) -> Outcome:
    """
    Judge an attempt by the answer's status.

    Args:
        status: None when there was no answer.
        error: why the answer is missing or incomplete. A 2xx that broke off is no success, for the receiver may have
            broken down at its work; 410 says all in its head.

    Source: PUBLIC, success is any 2xx. 410 as in Standard Webhooks, and redirects as failures: ASSUMED.
    """
    if status == 410:
        return Outcome.GONE
    if error is not None or status is None:
        return Outcome.FAILED
    return Outcome.DELIVERED if 200 <= status <= 299 else Outcome.FAILED


def delays_for(max_retries: int) -> tuple[timedelta, ...]:
    """The schedule of an endpoint that has its own `maxRetries`: beyond the known delays the last one repeats."""
    beyond = max_retries - len(RETRY_DELAYS)
    return RETRY_DELAYS[:max_retries] + RETRY_DELAYS[-1:] * beyond


def delay_before(attempt: int, delays: Sequence[timedelta] = RETRY_DELAYS) -> timedelta | None:
    """
    How long to wait before delivery attempt number `attempt`.

    Args:
        attempt: 1-based; 1 is the first delivery, which waits for nothing.
        delays: one per retry; by default 5 s, 30 s, 2 min.

    Returns:
        Zero for attempt 1, then each delay in turn; None once the retries are spent.

    Source: PUBLIC, webhook configuration `maxRetries: 3`. The delays are ASSUMED.
    """
    if attempt == 1:
        return timedelta(0)
    return delays[attempt - 2] if attempt - 2 < len(delays) else None


def delay_asked(attempt: int, retry_after: str | None, now: datetime, delays: Sequence[timedelta]) -> timedelta | None:
    """
    The same, when the answer to the attempt before carried `Retry-After`.

    Args:
        retry_after: the header's value; None, or one that cannot be read, asks for nothing.
        now: aware, by the receiver's clock. A date less this is how long it wants to be left alone, which is all that
            counts: the world may be years away from that date.

    Returns:
        What was asked for, at most an hour, and never less than the planned delay; to pass on the world's clock, as
        the planned delays do.
    """
    planned = delay_before(attempt, delays)
    asked = parse_retry_after(retry_after, now) if retry_after is not None else None
    if planned is None or asked is None:
        return planned
    return max(planned, min(asked, MAX_RETRY_AFTER))


def parse_retry_after(value: str, now: datetime) -> timedelta | None:
    """Seconds or an HTTP date (RFC 9110, 10.2.3); None for anything else. Negative for a date in the past."""
    text = value.strip()
    if _SECONDS.fullmatch(text):
        # Ten digits are beyond every bound, and `int` refuses texts of thousands.
        return timedelta(seconds=int(text.lstrip("0")[:10] or "0"))
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    # HTTP dates are GMT; the asctime form does not say so.
    return (date if date.tzinfo else date.replace(tzinfo=UTC)) - now
