"""An interview pushed on by hand: what would have come by itself, now."""

from dataclasses import replace
from datetime import datetime

from mockserver import lifecycle, progress
from mockserver.models import CallAttempt, Interview, InterviewStatus
from mockserver.world import World


def may_become(interview: Interview) -> list[InterviewStatus]:
    """The table of states but for the way back, which takes a new call attempt."""
    return sorted(lifecycle.NEXT[interview.status] - {"SCHEDULED"})


def push(world: World, interview: Interview, status: InterviewStatus, at: datetime) -> Interview:
    """
    Move an interview to one of the states that it may become, with all that follows from it: minutes, events, what is
    planned next. A call that was still to come is made before an interview completes, and called off where it ends
    otherwise.
    """
    world.timers.forget(interview.id)
    if status == "IN_PROGRESS":
        _ensure_call(world, interview, at)
        progress.start(world, interview.id, at)
    elif status == "COMPLETED":
        _ensure_talk(world, interview, at)
        progress.complete(world, interview.id, at)
    elif status == "FAILED":
        progress.fail(world, interview.id, at)
    else:
        progress.cancel(world, interview.id, at)
    return world.store.interviews[interview.id]


def _ensure_talk(world: World, interview: Interview, at: datetime) -> None:
    """A phone interview that completes has had somebody on the line."""
    calls = interview.call_attempts
    if calls is None or (calls and calls[-1].status == "IN_PROGRESS"):
        return
    _ensure_call(world, interview, at)
    progress.call_again(world, interview.id, at)
    world.timers.forget(interview.id)


def _ensure_call(world: World, interview: Interview, at: datetime) -> None:
    """A phone interview that goes on has a call to come, also if its last one was deleted."""
    calls = interview.call_attempts
    if calls is None or (calls and calls[-1].status == "SCHEDULED"):
        return
    call = CallAttempt(world.ids.next("attempt"), "SCHEDULED", at)
    world.store.interviews.put(replace(interview, call_attempts=(*calls, call)))
