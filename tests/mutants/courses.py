"""When interviews begin and end, how they end, and which calls are made."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from mockserver import interviews, lifecycle, progress
from mockserver.lifecycle import Outcome
from mockserver.models import Interview
from mockserver.rules import schedule
from mockserver.world import World
from tests.mutants.fault import Fault, breaking
from tests.mutants.patches import Right, constant, instead, method


def _without_offset(right: Right, text: str, readings: Any) -> datetime:
    """The clock as it is written, whatever its offset."""
    instant: datetime = right(text, readings)
    offset = datetime.fromisoformat(text.replace("Z", "+00:00")).utcoffset() or timedelta(0)
    return instant + offset


def _booked(is_scheduled: bool) -> Callable[..., Interview]:
    def wrong(right: Right, world: World, interview: Interview, now: datetime, _is_scheduled: bool) -> Any:
        return right(world, interview, now, is_scheduled)

    return wrong


def _plans(of: str, seconds: int) -> Callable[..., None]:
    """Timers of a kind that run early, or late."""
    return lambda right, world, at, kind, subject: right(
        world, at + timedelta(seconds=seconds if kind == of else 0), kind, subject
    )


def _unplanned(*kinds: str) -> Callable[..., None]:
    return lambda right, world, at, kind, subject: None if kind in kinds else right(world, at, kind, subject)


def _longer(_right: Right, agreed: int, _seed: str) -> int:
    return agreed + 1


def _shorter(_right: Right, agreed: int, _seed: str) -> int:
    return max(1, agreed // 2)


def _outcomes(tag: str, outcome: Outcome | None) -> Any:
    table = {name: found for name, found in lifecycle.OUTCOMES.items() if name != tag}
    return constant(lifecycle, "OUTCOMES", table if outcome is None else {**table, tag: outcome})


def _without_reason(right: Right, world: World, interview: Interview, what: str, at: datetime, _: Any = None) -> None:
    right(world, interview, what, at, None)


def _silent_about(what: str) -> Callable[..., None]:
    """An event that is not told."""

    def wrong(right: Right, world: World, interview: Interview, said: str, *rest: Any) -> None:
        if said != what:
            right(world, interview, said, *rest)

    return wrong


def _not_replaced(_right: Right, interview: Interview) -> Interview:
    """Calls that are planned stay planned, whatever replaces them."""
    return interview


def _start_stays(right: Right, world: World, interview: Interview, now: datetime) -> None:
    """A call is moved, and the interview is not."""
    before = world.store.interviews[interview.id].scheduled_at
    right(world, interview, now)
    world.store.interviews.put(replace(world.store.interviews[interview.id], scheduled_at=before))


FAULTS = (
    *breaking("SCHEDULE-FORMAT")(
        (
            "schedule-without-offset",
            "The offset of a time is not looked at.",
            instead(schedule.parse_schedule, _without_offset),
        ),
    ),
    *breaking("IMMEDIATE")(
        (
            "immediate-stays-scheduled",
            "Without a time an interview does not begin.",
            instead(interviews._booked, _booked(True)),
        ),
    ),
    *breaking("SCHEDULED")(
        (
            "scheduled-begins-at-once",
            "An interview begins at once, whatever its time.",
            instead(interviews._booked, _booked(False)),
        ),
    ),
    *breaking("LIFECYCLE")(
        ("starts-early", "An interview starts a second early.", method(World, "plan", _plans("start", -1))),
        ("starts-late", "An interview starts a second late.", method(World, "plan", _plans("start", 1))),
        ("never-ends", "An interview never ends.", method(World, "plan", _unplanned("complete"))),
        ("ends-too-late", "An interview takes more than was agreed.", instead(lifecycle.duration_minutes, _longer)),
        ("ends-too-soon", "An interview takes half of what was agreed.", instead(lifecycle.duration_minutes, _shorter)),
        ("analysis-early", "The analysis comes after 59 seconds.", method(World, "plan", _plans("analyse", -1))),
        ("analysis-never", "The analysis never comes.", method(World, "plan", _unplanned("analyse"))),
        ("start-untold", "The start of an interview is not told.", instead(progress._tell, _silent_about("started"))),
    ),
    *(
        Fault(f"tag-{tag}-ignored", f"The tag +{tag} decides nothing.", ("MAGIC-OUTCOME",), _outcomes(tag, None))
        for tag in lifecycle.OUTCOMES
    ),
    *breaking("MAGIC-OUTCOME")(
        (
            "slow-analysis-59-minutes",
            "+slow-analysis takes 59 minutes.",
            _outcomes("slow-analysis", Outcome(analysis_delay=timedelta(minutes=59))),
        ),
        (
            "analysis-failed-fails",
            "+analysis-failed fails the interview itself.",
            _outcomes("analysis-failed", Outcome(fails=True)),
        ),
        ("rings-longer", "A phone rings for 31 seconds.", constant(lifecycle, "RINGING", timedelta(seconds=31))),
        ("two-calls", "Who does not answer is called twice.", constant(lifecycle, "CALL_RETRIES", 1)),
        ("four-calls", "Who does not answer is called four times.", constant(lifecycle, "CALL_RETRIES", 3)),
        (
            "calls-again-late",
            "Who does not answer is called again after 31 minutes.",
            constant(lifecycle, "CALL_RETRY_DELAY", timedelta(minutes=31)),
        ),
        ("failure-without-reason", "A failure is told without its reason.", instead(progress._tell, _without_reason)),
        ("failure-untold", "A failure is not told.", instead(progress._tell, _silent_about("failed"))),
    ),
    *breaking("ATTEMPT-STATE")(
        (
            "replaced-call-stays",
            "A call that is replaced stays planned.",
            instead(progress.with_calls_cancelled, _not_replaced),
        ),
        ("moved-call-alone", "A call is moved, and its interview is not.", instead(progress.await_call, _start_stays)),
    ),
)
