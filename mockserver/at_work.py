"""Rules that refuse nobody, noted where what they say comes about: only so can anybody count them."""

from datetime import datetime

from mockserver import webhooks
from mockserver.caller import Caller
from mockserver.models import InterviewDraft, JobDraft

# At work in every test interview.
TEST_MODE = ("TEST-COMPLETED", "TEST-DURATION", "TEST-ANALYSIS", "TEST-MARK", "TEST-BILLING", "TEST-RULES")
FIRST_OF_TEST = "interview.completed"


def show_create(caller: Caller, draft: InterviewDraft, scheduled_at: datetime | None, now: datetime) -> None:
    """Of an interview about to be made: how it begins, or is over at once, and what decided its job."""
    if draft.is_test:
        caller.shows(*TEST_MODE)
        if any(endpoint.is_active for endpoint in webhooks.audience(caller.world, FIRST_OF_TEST, caller.company_id)):
            caller.shows("TEST-WEBHOOKS")
    elif scheduled_at is None:
        caller.shows("IMMEDIATE")
    elif scheduled_at >= now:
        caller.shows("SCHEDULED")
    if _names_several_jobs(draft):  # otherwise they exclude each other
        caller.shows("JOB-PRECEDENCE")


def _names_several_jobs(draft: InterviewDraft) -> bool:
    with_candidate = draft.candidate is not None and draft.candidate.job_id is not None
    return (draft.job is not None) + (draft.job_id is not None) + with_candidate > 1


def show_new_job(caller: Caller, draft: JobDraft) -> None:
    """Of a job given inline or by itself: that it gets by with less than some pages want."""
    if not {"description", "status"} <= draft.details.keys():
        caller.shows("JOB-FIELDS")
