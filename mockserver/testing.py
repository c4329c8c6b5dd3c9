"""
For tests of webhook receivers: schedules of deliveries as an unkind network makes them, and a way to play them.

A schedule delivers every event of a story flawlessly at least once; around that come duplicates, forgeries and another
order. A good receiver has the same effects in the end as if each event had come once, in order:

    @given(delivery_schedules())
    def test_receiver(schedule):
        assert effects_of(schedule) == effects_of(schedule.in_order())

where `effects_of` plays a schedule against a new receiver. Needs `hypothesis`.
"""

from collections.abc import Collection, Sequence
from functools import cache

from hypothesis import strategies as st

from mockserver.analysis import Subject, analysis_of
from mockserver.ids import uuid_of
from mockserver.schedules import FAULTS, SECRET, Fault, Message, Played, Schedule, Sending, play

__all__ = ["FAULTS", "SECRET", "Fault", "Message", "Played", "Schedule", "Sending", "delivery_schedules", "play"]


def delivery_schedules(
    story: Sequence[Message] | None = None, faults: Collection[Fault] = FAULTS, max_extra: int = 3
) -> st.SearchStrategy[Schedule]:
    """
    Schedules of the beginning of a story, which shrink to the fewest events, the fewest sendings, the least disorder.

    Args:
        story: by default an interview that starts, completes and is analysed.
        faults: what may go wrong.
        max_extra: how many sendings there may be beyond one of each event.
    """
    messages = tuple(story or _interview())
    extras = [fault for fault in FAULTS if fault in faults and fault not in ("reorder", "rotated-secret")]
    unharmed: list[Fault | None] = [None, "rotated-secret"] if "rotated-secret" in faults else [None]

    @st.composite
    def schedules(draw: st.DrawFn) -> Schedule:
        count = draw(st.integers(1, len(messages)))
        sendings = [_sending(messages, place, draw(st.sampled_from(unharmed))) for place in range(1, count + 1)]
        if extras:
            extra = st.tuples(st.integers(1, count), st.sampled_from(extras))
            sendings += [_sending(messages, *drawn) for drawn in draw(st.lists(extra, max_size=max_extra))]
        if "reorder" in faults:
            return Schedule(tuple(draw(st.permutations(sendings))))
        return Schedule(tuple(sorted(sendings, key=lambda sending: sending.place)))

    return schedules()


def _sending(messages: Sequence[Message], place: int, fault: Fault | None) -> Sending:
    return Sending(place, messages[place - 1], None if fault == "duplicate" else fault)


@cache
def _interview() -> tuple[Message, ...]:
    """An interview that starts, completes and is analysed, as the mock would tell it."""
    named = {name: uuid_of(f"testing/{name}") for name in ("interviewId", "candidateId", "jobId")}
    analysis = {"analysisId": uuid_of("testing/analysis"), "status": "COMPLETED", "analysis": _analysis()}
    told = (
        ("interview.started", "2030-01-16T10:30:00.000Z", {"status": "IN_PROGRESS"}),
        ("interview.completed", "2030-01-16T10:50:00.000Z", {"status": "COMPLETED"}),
        ("analysis.completed", "2030-01-16T10:51:00.000Z", analysis),
    )
    return tuple(
        Message.of({"event": event, "timestamp": at, "deliveryId": uuid_of(f"testing/{event}"), "data": named | more})
        for event, at, more in told
    )


def _analysis() -> dict[str, object]:
    subject = Subject(
        first_name="Jane",
        last_name="Doe",
        job_title="Senior engineer",
        required_skills=("Python",),
        nice_to_have_skills=(),
        focus="SCREENING",
        language="EN",
        questions=(),
        cefr_level=None,
        duration_seconds=1200,
        company="Acme",
        agent_name="First talk",
    )
    return analysis_of(subject, id=uuid_of("testing/analysis"), created_at="2030-01-16T10:51:00Z", seed="testing")
