"""The use cases of candidates."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from mockserver.caller import Caller
from mockserver.models import Candidate, CandidateDraft, Interview, Json
from mockserver.pages import Asked, Page, page_of
from mockserver.readings import Readings
from mockserver.rules import access
from mockserver.rules.candidate import date_of
from mockserver.world import World


def stored(world: World, company_id: str, draft: CandidateDraft, job_ids: tuple[str, ...], now: datetime) -> Candidate:
    """A new candidate, given inline or by itself, with the jobs that were found for it; its draft was judged."""
    candidate = Candidate(
        id=world.ids.next("candidate"),
        company_id=company_id,
        created_at=now,
        updated_at=now,
        job_ids=job_ids,
        **_given(draft),
    )
    world.store.candidates.put(candidate)
    return candidate


def _given(draft: CandidateDraft) -> dict[str, Any]:
    """What a draft says of the person, under the names of `Candidate`."""
    said = {
        "first_name": draft.first_name,
        "last_name": draft.last_name,
        "gdpr_expiry": None if draft.gdpr_expiry is None else date_of(draft.gdpr_expiry),
        "email": draft.email,
        "phone_number": draft.phone_number,
        "metadata": draft.metadata,
    }
    return {name: value for name, value in said.items() if value is not None}


def create(caller: Caller, draft: CandidateDraft, now: datetime) -> Candidate:
    """
    Raises:
        ApiError: 404 or 403, about a job.
    """
    return stored(caller.world, caller.company_id, draft, _job_ids(caller, draft) or (), now)


def _job_ids(caller: Caller, draft: CandidateDraft) -> tuple[str, ...] | None:
    """
    The jobs that a body assigns, each once; None where it says nothing of jobs.

    Raises:
        ApiError: 404 or 403.
    """
    # rule: CANDIDATE-JOBS
    if draft.job_ids is not None:
        named = {id: f"/jobIds/{draft.job_ids.index(id)}" for id in draft.job_ids}
    elif draft.job_id is not None:
        named = {draft.job_id: "/jobId"}
    else:
        return None
    for id, at in named.items():
        caller.own("job", caller.world.store.jobs.get(id), id, access.job_exists, at, at=at)
    return tuple(named)


def get(caller: Caller, id: str) -> Candidate:
    """
    Raises:
        ApiError: 404 or 403.
    """
    return caller.own("candidate", caller.world.store.candidates.get(id), id, access.candidate_exists, "", at="")


def page(caller: Caller, asked: Asked) -> Page[Candidate]:
    """The company's candidates, with jobs and without; filters: `jobId`, `status`, `search`."""
    owned = caller.world.store.candidates.of_company(caller.company_id)
    return page_of(owned, asked, _filter(asked, caller.world.readings) if asked.filters else None)


def _filter(asked: Asked, readings: Readings) -> Callable[[Candidate], bool]:
    job_id, status = asked.filters.get("jobId"), asked.filters.get("status")
    sought = asked.filters.get("search", "").casefold()

    def keep(candidate: Candidate) -> bool:
        return (
            (job_id is None or job_id in candidate.job_ids)
            and status in (None, candidate.status)
            and any(sought in text.casefold() for text in _searched(candidate, readings))
        )

    return keep


def _searched(candidate: Candidate, readings: Readings) -> tuple[str, ...]:
    name = f"{candidate.first_name} {candidate.last_name}"
    return (name, candidate.email or "") if readings.candidate_search == "name_or_email" else (name,)


def update(caller: Caller, id: str, draft: CandidateDraft, now: datetime) -> Candidate:
    """
    A candidate with what the draft gives replaced.

    Raises:
        ApiError: 404 or 403, about the candidate or about a job.
    """
    candidate = get(caller, id)
    job_ids = _job_ids(caller, replace(draft, job_id=None))
    changed = replace(
        candidate,
        updated_at=now,
        status=draft.status or candidate.status,
        job_ids=candidate.job_ids if job_ids is None else job_ids,
        **_given(draft),
    )
    caller.world.store.candidates.put(changed)
    return changed


def delete(caller: Caller, id: str) -> None:
    """
    The candidate goes; interviews go on, and keep its id.

    Raises:
        ApiError: 404 or 403.
    """
    get(caller, id)
    caller.shows("CANDIDATE-DELETE")  # rule: CANDIDATE-DELETE
    caller.world.store.candidates.remove(id)


def interviews(caller: Caller, id: str, asked: Asked) -> Page[Interview]:
    """
    Raises:
        ApiError: 404 or 403.
    """
    return page_of(caller.world.store.interviews.of_candidate(get(caller, id).id), asked)


def analyses(caller: Caller, id: str, asked: Asked) -> Page[Json]:
    """
    What came of the candidate's interviews, in their order.

    Raises:
        ApiError: 404 or 403.
    """
    rows = caller.world.store.interviews.of_candidate(get(caller, id).id)
    return page_of([row.analysis for row in rows if row.analysis is not None], asked)
