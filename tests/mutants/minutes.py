"""Minutes: sold twice, never given back, counted wrongly."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from mockserver import billing_usage, interviews, progress
from mockserver.caller import Caller
from mockserver.errors import Violation
from mockserver.models import Company, Interview, InterviewDraft
from mockserver.rules import billing
from mockserver.world import World
from tests.mutants.fault import breaking
from tests.mutants.patches import Judge, Right, instead, judged


def _hold_minutes(world: World, company_id: str, minutes: int) -> None:
    company = world.store.companies[company_id]
    world.store.companies[company_id] = replace(company, minutes_reserved=company.minutes_reserved + minutes)


def _counts_used_only(_right: Judge, company: Company, needed: int) -> Violation | None:
    return None if needed <= company.minutes_limit - company.minutes_used else _right(company, needed)


def _judge_test_too(right: Right, caller: Caller, draft: InterviewDraft) -> Any:
    plan = right(caller, draft)
    if draft.is_test:
        company = caller.world.store.companies[caller.company_id]
        caller.require(billing.minutes_are_left, company, plan.agent.duration_minutes)
    return plan


def _spend_in_test(right: Right, world: World, interview: Interview, at: datetime) -> Interview:
    done: Interview = right(world, interview, at)
    _hold_minutes(world, interview.company_id, done.duration_minutes or 0)
    return done


def _settled(spent: Callable[[Interview, int], int], back: Callable[[Interview, int], int]) -> Callable[..., Interview]:
    """Settling that spends, or gives back, something else."""

    def wrong(right: Right, world: World, interview: Interview, spent_minutes: int) -> Any:
        other = replace(interview, reserved_minutes=back(interview, spent_minutes))
        return replace(right(world, other, spent(interview, spent_minutes)), reserved_minutes=0)

    return wrong


def _keeps_after_delete(right: Right, world: World, interview: Interview) -> None:
    """What it reserved stays reserved."""
    right(world, replace(interview, reserved_minutes=0))


def _all_completed(_right: Right, world: World, company_id: str) -> Iterator[Interview]:
    for interview in world.store.interviews.ever_of_company(company_id):
        if interview.status == "COMPLETED":
            yield interview


def _living_completed(right: Right, world: World, company_id: str) -> Iterator[Interview]:
    return (row for row in right(world, company_id) if world.store.interviews.get(row.id) is not None)


def _agreed(_right: Right, world: World, _company: Company, interview: Interview) -> int:
    return world.store.agents.past(interview.agent_id).duration_minutes


FAULTS = (
    *breaking("BILLING-LIMIT")(
        (
            "minutes-oversold",
            "What others have reserved is sold once more.",
            judged(billing.minutes_are_left, _counts_used_only),
        ),
        (
            "deleted-keeps-minutes",
            "A deleted interview gives back no minutes.",
            instead(progress.withdraw, _keeps_after_delete),
        ),
        (
            "failed-keeps-minutes",
            "A failed interview gives back no minutes.",
            instead(
                progress.settled,
                _settled(lambda row, spent: spent or row.reserved_minutes, lambda row, _: row.reserved_minutes),
            ),
        ),
        (
            "all-reserved-spent",
            "A completed interview takes all that it reserved.",
            instead(
                progress.settled,
                _settled(lambda row, spent: row.reserved_minutes if spent else 0, lambda row, _: row.reserved_minutes),
            ),
        ),
        (
            "nothing-spent",
            "A completed interview takes nothing.",
            instead(progress.settled, _settled(lambda _row, _spent: 0, lambda row, _: row.reserved_minutes)),
        ),
    ),
    *breaking("TEST-BILLING")(
        (
            "test-needs-minutes",
            "A test interview is refused where no minutes are left.",
            instead(interviews.judge, _judge_test_too),
        ),
        (
            "test-spends-minutes",
            "A test interview takes its five minutes.",
            instead(progress.complete_test, _spend_in_test),
        ),
    ),
    *breaking("USAGE-TEST", "TEST-BILLING")(
        ("test-in-usage", "Usage counts test interviews.", instead(billing_usage._completed, _all_completed)),
    ),
    *breaking("USAGE-TEST")(
        (
            "deleted-not-in-usage",
            "Usage forgets interviews that were deleted.",
            instead(billing_usage._completed, _living_completed),
        ),
        (
            "usage-of-agreed-minutes",
            "Usage counts the minutes that were agreed, not those that were taken.",
            instead(billing_usage._spent, _agreed),
        ),
    ),
)
