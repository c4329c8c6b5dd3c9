"""A candidate, inline with an interview or by itself."""

import re
from datetime import date, datetime

from mockserver.errors import Violation
from mockserver.models import CandidateDraft
from mockserver.rulebook import rule

_DATE_FIRST = re.compile(r"\d{4}-\d\d-\d\d(T|\Z)", re.ASCII)


@rule("CANDIDATE-REQUIRED")
def can_be_reached(draft: CandidateDraft, at: str) -> Violation | None:
    if draft.email is None and draft.phone_number is None:
        return Violation(400, "email or phoneNumber is required", at=f"{at}/email", fix="add email, or add phoneNumber")
    return None


def date_of(text: str) -> date:
    """
    The calendar date that a date or a date-time begins with, as written there.

    Raises:
        ValueError: the calendar has no such date; the message says why.
    """
    date.fromisoformat(text[:10])
    if len(text) > 10:
        datetime.fromisoformat(text)
    return date.fromisoformat(text[:10])


@rule("GDPR-DATE")
def consent_lasts(text: str, now: datetime, at: str) -> Violation | None:
    """The form is the contract's business; here: is there such a day, and is it still to come?"""
    if not _DATE_FIRST.match(text):
        return None
    today = now.date()
    try:
        if date_of(text) > today:
            return None
        why = f"must lie after today, {today} on this world's clock, not on {text[:10]}"
    except ValueError as error:
        why = f"must be a date of the calendar: {error}"
    return Violation(400, why, at=f"{at}/gdprExpiryDate", fix=f"a later date, such as {_a_year_after(today)}")


def _a_year_after(day: date) -> date:
    return date(min(day.year + 1, 9999), day.month, min(day.day, 28))
