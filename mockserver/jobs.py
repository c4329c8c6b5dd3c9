"""The use cases of jobs."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from mockserver.at_work import show_new_job
from mockserver.caller import Caller
from mockserver.models import Job, JobDraft
from mockserver.pages import Asked, Page, page_of
from mockserver.rules import access
from mockserver.rules.job import SKILL_LISTS, skills_are_few
from mockserver.world import World


def stored(world: World, company_id: str, draft: JobDraft, now: datetime) -> Job:
    """A new job, given inline or by itself; its draft was judged."""
    job = Job(world.ids.next("job"), company_id, _title(draft) or "", now, now, draft.details)
    world.store.jobs.put(job)
    return job


def _title(draft: JobDraft) -> str | None:
    return draft.job_title if draft.title is None else draft.title


def create(caller: Caller, draft: JobDraft, now: datetime) -> Job:
    show_new_job(caller, draft)
    return stored(caller.world, caller.company_id, draft, now)


def get(caller: Caller, id: str) -> Job:
    """
    Raises:
        ApiError: 404 or 403.
    """
    return caller.own("job", caller.world.store.jobs.get(id), id, access.job_exists, "", at="")


def page(caller: Caller, asked: Asked) -> Page[Job]:
    """The company's jobs; filters: `status`, and `search` in the title."""
    owned = caller.world.store.jobs.of_company(caller.company_id)
    return page_of(owned, asked, _filter(asked) if asked.filters else None)


def _filter(asked: Asked) -> Callable[[Job], bool]:
    status, sought = asked.filters.get("status"), asked.filters.get("search", "").casefold()

    def keep(job: Job) -> bool:
        return status in (None, job.status) and sought in job.title.casefold()

    return keep


def update(caller: Caller, id: str, draft: JobDraft, now: datetime) -> Job:
    """
    A job with what the draft gives replaced, each field as a whole.

    Raises:
        ApiError: 404 or 403; 400 where what is given does not go with what stays.
    """
    job = get(caller, id)
    details = {**job.details, **draft.details}
    if not SKILL_LISTS.isdisjoint(draft.details):
        caller.exchange.require_shape([(skills_are_few, (replace(draft, details=details), ""))])
    changed = replace(job, title=_title(draft) or job.title, details=details, updated_at=now)
    caller.world.store.jobs.put(changed)
    return changed


def delete(caller: Caller, id: str, now: datetime) -> None:
    """
    The job goes, its interviews stay; whether candidates lose the assignment, the reading `job_deletion` says.

    Raises:
        ApiError: 404 or 403.
    """
    get(caller, id)
    caller.shows("JOB-DELETE")  # rule: JOB-DELETE
    if caller.world.readings.job_deletion == "unlink":
        _unlink(caller, id, now)
    caller.world.store.jobs.remove(id)


def _unlink(caller: Caller, id: str, now: datetime) -> None:
    candidates = caller.world.store.candidates
    for candidate in [row for row in candidates.of_company(caller.company_id) if id in row.job_ids]:
        left = tuple(other for other in candidate.job_ids if other != id)
        candidates.put(replace(candidate, job_ids=left, updated_at=now))
