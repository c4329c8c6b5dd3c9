"""Limits that are off by one, to either side."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from mockserver import rates, targets
from mockserver.api import queries
from mockserver.errors import Violation
from mockserver.models import Company
from mockserver.rules import assignment, billing, call_attempt, candidate, form, job, metadata, schedule
from tests.mutants.fault import Apply, Fault
from tests.mutants.patches import Judge, both, constant, judged, schema


@dataclass(frozen=True, slots=True)
class Bound:
    """`limit` is the last number of `what` that is allowed: the most, or the least; `at` puts another one there."""

    id: str
    what: str
    limit: int
    rule: str
    at: Callable[[int], Apply]
    is_least: bool = False


def _field(keyword: str, *path: str | int) -> Callable[[int], Apply]:
    """A keyword of one field, or of whatever else a schema consists of."""
    return lambda limit: schema(*path, **{keyword: limit})


def _in(kind: str, field: str, keyword: str) -> Callable[[int], Apply]:
    return _field(keyword, kind, "properties", field)


def _pages(name: str) -> Callable[[int], Apply]:
    return lambda limit: constant(queries, name, limit)


def _per(name: str, seconds: int, other: tuple[str, int, int]) -> Callable[[int], Apply]:
    def at(limit: int) -> Apply:
        windows = (name, seconds, limit), other
        return constant(rates, "LIMITS", tuple(sorted(windows, key=lambda window: window[1])))

    return at


BOUNDS = (
    Bound("body", "bytes of a body", 1_048_576, "BODY-SIZE", lambda n: constant(form, "MAX_BODY", n)),
    Bound("metadata-bytes", "bytes of metadata", 10_240, "METADATA-SIZE", lambda n: constant(metadata, "MAX_BYTES", n)),
    Bound("metadata-levels", "levels of metadata", 5, "METADATA-DEPTH", lambda n: constant(metadata, "MAX_DEPTH", n)),
    Bound("metadata-keys", "keys of metadata", 50, "METADATA-KEYS", lambda n: constant(metadata, "MAX_KEYS", n)),
    Bound("title", "letters of a job's title", 200, "JOB-SHAPE", _in("JobFields", "title", "maxLength")),
    Bound("short-title", "letters of a job's title", 5, "JOB-SHAPE", _in("JobFields", "title", "minLength"), True),
    Bound("description", "letters of a description", 5000, "JOB-SHAPE", _in("JobFields", "description", "maxLength")),
    Bound(
        "short-description",
        "letters of a description",
        10,
        "JOB-SHAPE",
        _in("JobFields", "description", "minLength"),
        True,
    ),
    Bound("skills", "skills in both lists", 10, "JOB-SHAPE", lambda n: constant(job, "MAX_SKILLS", n)),
    Bound(
        "skill",
        "letters of a skill",
        128,
        "JOB-SHAPE",
        _field("maxLength", "JobFields", "properties", "requiredSkills", "items"),
    ),
    Bound("languages", "languages asked for", 5, "JOB-SHAPE", _in("JobFields", "languageRequirements", "maxItems")),
    Bound("agent-name", "letters of an agent's name", 100, "AGENT-SHAPE", _in("AgentFields", "name", "maxLength")),
    Bound(
        "short-agent-name",
        "letters of an agent's name",
        2,
        "AGENT-SHAPE",
        _in("AgentFields", "name", "minLength"),
        True,
    ),
    Bound("duration", "minutes of an agent", 180, "AGENT-SHAPE", _in("AgentFields", "duration", "maximum")),
    Bound("short-duration", "minutes of an agent", 1, "AGENT-SHAPE", _in("AgentFields", "duration", "minimum"), True),
    Bound(
        "first-name",
        "letters of a first name",
        100,
        "CANDIDATE-REQUIRED",
        _in("CandidateFields", "firstName", "maxLength"),
    ),
    Bound(
        "last-name",
        "letters of a last name",
        100,
        "CANDIDATE-REQUIRED",
        _in("CandidateFields", "lastName", "maxLength"),
    ),
    Bound(
        "short-name",
        "letters of a first name",
        1,
        "CANDIDATE-REQUIRED",
        _in("CandidateFields", "firstName", "minLength"),
        True,
    ),
    Bound("jobs", "jobs of a new candidate", 50, "CANDIDATE-JOBS", _field("maxItems", "JobIds")),
    Bound("few-jobs", "jobs of a new candidate", 1, "CANDIDATE-JOBS", _field("minItems", "JobIds"), True),
    Bound(
        "company-name", "letters of a company's name", 100, "COMPANY-SHAPE", _in("CompanyFields", "name", "maxLength")
    ),
    Bound(
        "short-company-name",
        "letters of a company's name",
        2,
        "COMPANY-SHAPE",
        _in("CompanyFields", "name", "minLength"),
        True,
    ),
    Bound(
        "company-description",
        "letters of a company's description",
        1000,
        "COMPANY-SHAPE",
        _in("CompanyFields", "description", "maxLength"),
    ),
    Bound(
        "webhook-name", "letters of a webhook's name", 255, "WEBHOOK-SHAPE", _in("WebhookFields", "name", "maxLength")
    ),
    Bound("webhook-headers", "headers of a webhook", 50, "WEBHOOK-SHAPE", _in("WebhookFields", "headers", "maxItems")),
    Bound("header-name", "letters of a header's name", 255, "WEBHOOK-SHAPE", _in("WebhookHeader", "name", "maxLength")),
    Bound(
        "header-value", "letters of a header's value", 4096, "WEBHOOK-SHAPE", _in("WebhookHeader", "value", "maxLength")
    ),
    Bound(
        "webhook-url",
        "letters of a webhook's address",
        2048,
        "WEBHOOK-URL",
        lambda n: both(
            schema("WebhookFields", "properties", "url", maxLength=n), constant(targets, "MAX_URL_LENGTH", n)
        ),
    ),
    Bound("events", "events of a webhook", 1, "WEBHOOK-EVENTS", _in("WebhookFields", "events", "minItems"), True),
    Bound("page-size", "rows on a page", 100, "QUERY-SHAPE", _pages("MAX_LIMIT")),
    Bound("page-number", "as the number of a page", 10_000, "QUERY-SHAPE", _pages("MAX_PAGE")),
    Bound("minute", "requests a minute", 60, "RATE-LIMIT", _per("Minute", 60, rates.LIMITS[1])),
    Bound("hour", "requests an hour", 2000, "RATE-LIMIT", _per("Hour", 3600, rates.LIMITS[0])),
)


def _off_by_one(bound: Bound) -> Iterator[Fault]:
    step = -1 if bound.is_least else 1
    beyond, within = bound.limit + step, bound.limit - step
    yield Fault(f"{bound.id}-lax", f"{beyond:,} {bound.what} are taken.", (bound.rule,), bound.at(beyond))
    yield Fault(f"{bound.id}-strict", f"{bound.limit:,} {bound.what} are refused.", (bound.rule,), bound.at(within))


def _without_jobs_to_spare(right: Judge, assigned: tuple[str, ...]) -> Violation | None:
    return right((*assigned, "one more"))


def _short_of_one(right: Judge, company: Company, needed: int) -> Violation | None:
    return right(company, needed + 1)


def _one_too_many(right: Judge, company: Company, needed: int) -> Violation | None:
    return right(company, needed - 1)


def _moved(seconds: int) -> Callable[..., Violation | None]:
    """Judges a time as if it were a little later than it is."""

    def wrong(right: Judge, text: str, now: datetime, *rest: Any) -> Violation | None:
        return right(text, now + timedelta(seconds=seconds), *rest)

    return wrong


def _window(days: int) -> Apply:
    return constant(schedule, "WINDOW", timedelta(days=days))


def _consent(days: int) -> Apply:
    def wrong(right: Judge, text: str, now: datetime, at: str) -> Violation | None:
        return right(text, now + timedelta(days=days), at)

    return judged(candidate.consent_lasts, wrong)


FAULTS = (
    *(fault for bound in BOUNDS for fault in _off_by_one(bound)),
    Fault("window-31-days", "An interview is planned 31 days ahead.", ("SCHEDULE-WINDOW",), _window(31)),
    Fault("window-29-days", "No interview is planned 30 days ahead.", ("SCHEDULE-WINDOW",), _window(29)),
    Fault(
        "window-a-second-more",
        "An interview is planned a second more than 30 days ahead.",
        ("SCHEDULE-WINDOW",),
        judged(schedule.schedule_is_within_reach, _moved(1)),
    ),
    Fault(
        "window-a-second-less",
        "No interview is planned exactly 30 days ahead.",
        ("SCHEDULE-WINDOW",),
        judged(schedule.schedule_is_within_reach, _moved(-1)),
    ),
    Fault(
        "schedule-a-second-ago",
        "An interview is planned for a second ago.",
        ("SCHEDULE-FUTURE",),
        judged(schedule.schedule_is_ahead, _moved(-1)),
    ),
    Fault(
        "schedule-not-now",
        "No interview is planned for this very moment.",
        ("SCHEDULE-FUTURE",),
        judged(schedule.schedule_is_ahead, _moved(1)),
    ),
    Fault(
        "call-now",
        "A call is planned for this very moment.",
        ("ATTEMPT-FUTURE",),
        judged(call_attempt.attempt_is_ahead, _moved(-1)),
    ),
    Fault("consent-today", "Consent that ends today will do.", ("GDPR-DATE",), _consent(-1)),
    Fault("consent-tomorrow", "Consent that ends tomorrow will not do.", ("GDPR-DATE",), _consent(1)),
    Fault(
        "last-minute-refused",
        "The last minute cannot be used.",
        ("BILLING-LIMIT",),
        judged(billing.minutes_are_left, _short_of_one),
    ),
    Fault(
        "one-minute-too-many",
        "An interview may take one minute more than there are.",
        ("BILLING-LIMIT",),
        judged(billing.minutes_are_left, _one_too_many),
    ),
    Fault(
        "forty-nine-jobs",
        "A job made with an interview is no candidate's fiftieth.",
        ("CANDIDATE-JOBS",),
        judged(assignment.new_job_finds_room, _without_jobs_to_spare),
    ),
    Fault(
        "fifty-one-jobs",
        "A job made with an interview is a candidate's fifty-first.",
        ("CANDIDATE-JOBS",),
        constant(assignment, "MAX_JOBS", 51),
    ),
    Fault(
        "phone-sixteen-digits",
        "A phone number of 16 digits is taken.",
        ("CANDIDATE-CONTACT",),
        schema("CandidateFields", "properties", "phoneNumber", pattern=r"^\+[1-9][0-9]{1,15}$", maxLength=17),
    ),
)
