"""What is still there after it was deleted, or gone with it."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from mockserver import agents, candidates, companies, jobs, progress
from mockserver.caller import Caller
from mockserver.models import Interview
from mockserver.store import Table
from mockserver.world import World
from tests.mutants.fault import Fault, breaking
from tests.mutants.patches import Right, instead, method


def _still_there(kind: str) -> Callable[..., Any]:
    """Found by its id, though no list has it."""

    def wrong(right: Right, table: Table[Any], id: str) -> Any:
        found = right(table, id)
        if found is not None:
            return found
        return next((row for row in table.removed if row.id == id and type(row).__name__ == kind), None)

    return wrong


def _still_listed(kind: str) -> Callable[..., Any]:
    """In every list, though its id finds nothing."""

    def wrong(right: Right, table: Table[Any], company_id: str) -> Iterable[Any]:
        gone = [row for row in table.removed if row.company_id == company_id and type(row).__name__ == kind]
        return [*right(table, company_id), *gone]

    return wrong


def _not_removed(right: Right, table: Table[Any], id: str) -> None:
    """Deleting answers as it should, and does nothing."""


def _deletes_interviews_of_job(right: Right, caller: Caller, id: str, now: datetime) -> None:
    right(caller, id, now)
    for interview in list(caller.world.store.interviews.of_company(caller.company_id)):
        if interview.job_id == id:
            progress.withdraw(caller.world, interview)


def _deletes_interviews_of_candidate(right: Right, caller: Caller, id: str) -> None:
    right(caller, id)
    for interview in list(caller.world.store.interviews.of_candidate(id)):
        progress.withdraw(caller.world, interview)


def _agent_alone(_right: Right, caller: Caller, id: str) -> None:
    agents.get(caller, id)
    caller.world.store.agents.remove(id)


def _goes_on(right: Right, world: World, interview: Interview) -> None:
    """The interview is gone, and what it waits for is not."""
    waiting = [timer for timer in world.timers if timer.subject == interview.id]
    right(world, interview)
    world.store.interviews._rows[interview.id] = interview
    for timer in waiting:
        world.plan(timer.at, timer.kind, timer.subject)


def _takes_all_jobs(right: Right, caller: Caller, id: str) -> None:
    right(caller, id)
    for job in list(caller.world.store.jobs):
        caller.world.store.jobs.remove(job.id)


def _company_alone(right: Right, caller: Caller, id: str) -> None:
    """What it had is there still."""
    store = caller.world.store
    tables: tuple[Table[Any], ...] = (store.jobs, store.agents, store.candidates)
    rows = [(table, row) for table in tables for row in table.of_company(id)]
    right(caller, id)
    for table, row in rows:
        table.put(row)


def _keys_stay(_right: Right, _world: World, _id: str) -> set[str]:
    return set()


FAULTS = (
    *(
        Fault(
            f"deleted-{kind.lower()}-found",
            f"A deleted {kind.lower()} is still found by its id.",
            (f"{kind.upper()}-EXISTS",),
            method(Table, "get", _still_there(kind)),
        )
        for kind in ("Job", "Candidate", "Agent", "Interview")
    ),
    *(
        Fault(
            f"deleted-{kind.lower()}-listed",
            f"A deleted {kind.lower()} is still in lists.",
            (f"{kind.upper()}-DELETE",),
            method(Table, "of_company", _still_listed(kind)),
        )
        for kind in ("Job", "Candidate", "Agent", "Interview")
    ),
    *breaking("JOB-EXISTS", "CANDIDATE-EXISTS", "AGENT-EXISTS")(
        (
            "delete-does-nothing",
            "Deleting is answered as it should be, and does nothing.",
            method(Table, "remove", _not_removed),
        ),
    ),
    *breaking("JOB-DELETE")(
        (
            "deleted-job-linked",
            "A deleted job stays among the jobs of candidates.",
            instead(jobs._unlink, lambda *_: None),
        ),
        (
            "deleted-job-takes-interviews",
            "With a job its interviews are deleted.",
            instead(jobs.delete, _deletes_interviews_of_job),
        ),
    ),
    *breaking("CANDIDATE-DELETE")(
        (
            "deleted-candidate-takes-interviews",
            "With a candidate the interviews are deleted.",
            instead(candidates.delete, _deletes_interviews_of_candidate),
        ),
    ),
    *breaking("INTERVIEW-EXISTS")(
        (
            "deleted-agent-leaves-interviews",
            "The interviews of a deleted agent stay.",
            instead(agents.delete, _agent_alone),
        ),
    ),
    *breaking("INTERVIEW-DELETE")(
        (
            "deleted-interview-goes-on",
            "A deleted interview is held all the same.",
            instead(progress.withdraw, _goes_on),
        ),
    ),
    *breaking("COMPANY-DELETE")(
        (
            "deleted-company-takes-neighbours-jobs",
            "With a company the jobs of others are deleted.",
            instead(companies.delete, _takes_all_jobs),
        ),
    ),
    *breaking("JOB-EXISTS")(
        ("deleted-company-alone", "What a deleted company had stays.", instead(companies.delete, _company_alone)),
    ),
    *breaking("AUTH-KEY")(
        (
            "deleted-company-keys",
            "The keys of a deleted company still open.",
            instead(companies._forget_keys, _keys_stay),
        ),
    ),
)
