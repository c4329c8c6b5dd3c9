"""
The rules that JSON Schema cannot say, each one pure function, one file per noun of the documents.

`shape_of` is the step that judges a body alone; its violations are answered together, in the rulebook's order.
What needs the store is judged by the use cases, which call these functions in the documented order.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from mockserver.errors import Violation
from mockserver.models import AgentDraft, CandidateDraft, CompanyDraft, InterviewDraft, JobDraft, Json, WebhookDraft
from mockserver.readings import Readings
from mockserver.rules import agent, call_attempt, candidate, exclusivity, job, metadata, schedule, webhook
from mockserver.targets import TargetPolicy

Question = tuple[Callable[..., Violation | None], tuple[Any, ...]]


def shape_of(draft: InterviewDraft, now: datetime, readings: Readings) -> Iterator[Question]:
    """Which rules a body must keep, with what they look at; only those that its fields call for."""
    yield exclusivity.candidate_is_named_once, (draft,)
    yield exclusivity.agent_is_named_once, (draft,)
    if readings.job_sources == "exclusive":
        yield exclusivity.job_is_named_once, (draft,)
        yield exclusivity.job_is_named_in_one_place, (draft,)
    if draft.candidate is not None:
        yield from shape_of_new_candidate(draft.candidate, now, readings, "/candidate")
    if draft.agent is not None:
        yield from shape_of_new_agent(draft.agent, readings, "/agent")
    if draft.job is not None:
        yield from shape_of_new_job(draft.job, readings, "/job")
    if draft.metadata is not None:
        yield from shape_of_metadata(draft.metadata, readings, "/metadata")
    if draft.schedule_time is not None:
        yield schedule.schedule_is_an_instant, (draft.schedule_time, readings)
        yield schedule.schedule_is_ahead, (draft.schedule_time, now, readings)
        yield schedule.schedule_is_within_reach, (draft.schedule_time, now, readings)


def shape_of_new_candidate(draft: CandidateDraft, now: datetime, readings: Readings, at: str) -> Iterator[Question]:
    yield candidate.can_be_reached, (draft, at)
    yield from shape_of_candidate(draft, now, readings, at)


def shape_of_candidate(draft: CandidateDraft, now: datetime, readings: Readings, at: str) -> Iterator[Question]:
    """What is given, whether it makes a candidate or changes one."""
    if draft.gdpr_expiry is not None:
        yield candidate.consent_lasts, (draft.gdpr_expiry, now, at)
    if draft.metadata is not None:
        yield from shape_of_metadata(draft.metadata, readings, f"{at}/metadata")


def shape_of_new_agent(draft: AgentDraft, readings: Readings, at: str) -> Iterator[Question]:
    yield agent.phone_agent_has_a_number, (draft, at)
    yield agent.number_id_is_an_id, (draft, at)
    yield from shape_of_agent(draft, readings, at)


def shape_of_agent(draft: AgentDraft, readings: Readings, at: str) -> Iterator[Question]:
    """What is given, whether it makes an agent or changes one."""
    if draft.metadata is not None:
        yield from shape_of_metadata(draft.metadata, readings, f"{at}/metadata")


def shape_of_new_job(draft: JobDraft, readings: Readings, at: str) -> Iterator[Question]:
    yield job.job_has_a_title, (draft, at)
    yield from shape_of_job(draft, readings, at)


def shape_of_job(draft: JobDraft, readings: Readings, at: str) -> Iterator[Question]:
    """What is given, whether it makes a job or changes one."""
    yield job.job_is_titled_once, (draft, at)
    yield job.job_is_described_once, (draft, at)
    yield job.skills_are_few, (draft, at)
    yield job.salary_range_is_ordered, (draft, at)
    notes = draft.details.get("metadata")
    if isinstance(notes, dict):
        yield from shape_of_metadata(notes, readings, f"{at}/metadata")


def shape_of_metadata(value: Json, readings: Readings, at: str) -> Iterator[Question]:
    yield metadata.metadata_is_small, (value, at)
    yield metadata.metadata_is_shallow, (value, at)
    yield metadata.metadata_has_few_keys, (value, at, readings)


def shape_of_company(draft: CompanyDraft, readings: Readings) -> Iterator[Question]:
    """What is given, whether it makes a company or changes one."""
    if draft.metadata is not None:
        yield from shape_of_metadata(draft.metadata, readings, "/metadata")


def shape_of_call_attempt(scheduled_at: str | None, now: datetime, readings: Readings) -> Iterator[Question]:
    """For a new time as for the first one; that it may be as far ahead as an interview's is ASSUMED."""
    if scheduled_at is not None:
        yield schedule.schedule_is_an_instant, (scheduled_at, readings, call_attempt.AT)
        yield call_attempt.attempt_is_ahead, (scheduled_at, now, readings)
        yield schedule.schedule_is_within_reach, (scheduled_at, now, readings, call_attempt.AT)


def shape_of_webhook(draft: WebhookDraft, readings: Readings, policy: TargetPolicy) -> Iterator[Question]:
    """What is given, whether it makes a webhook or changes one."""
    if draft.url is not None:
        yield webhook.url_is_secure, (draft.url, readings, policy)
    names = [name for name, _ in (draft.headers or ())[: webhook.MAX_HEADERS]]
    for place in range(len(names)):
        yield webhook.header_can_be_set, (names, place)
