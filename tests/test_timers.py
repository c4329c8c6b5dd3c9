"""What falls due: by instant, then in the order of planning; one thing of a kind for each subject."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from mockserver.timers import Timer, Timers

NOON = datetime(2024, 1, 16, 12, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def drained(timers: Timers, instant: datetime) -> list[Timer]:
    due = []
    while (timer := timers.pop_due(instant)) is not None:
        due.append(timer)
    return due


def test_nothing_is_due_where_nothing_is_planned() -> None:
    """An empty heap knows no next instant."""
    timers = Timers()

    assert (timers.next_at(), timers.pop_due(NOON), len(timers), list(timers)) == (None, None, 0, [])


def test_a_timer_is_due_at_its_instant_and_not_before() -> None:
    """The instant itself counts, a microsecond earlier does not."""
    timers = Timers()
    timer = timers.plan(after(1), "start", "a")

    early = timers.pop_due(after(1) - timedelta(microseconds=1))
    in_time = timers.pop_due(after(1))

    assert (early, in_time) == (None, timer)
    assert timers.next_at() is None


def test_timers_of_one_instant_fall_due_in_the_order_of_planning() -> None:
    """Ties are not broken by kind or subject."""
    timers = Timers()
    planned = [
        timers.plan(NOON, "start", "z"),
        timers.plan(NOON, "complete", "a"),
        timers.plan(NOON, "fail", "m"),
    ]

    assert list(timers) == planned
    assert drained(timers, NOON) == planned


def test_a_subject_waits_for_one_thing_of_a_kind() -> None:
    """Planning again replaces; another kind or another subject is something else."""
    timers = Timers()
    timers.plan(after(1), "start", "a")
    other = timers.plan(after(2), "complete", "a")
    another = timers.plan(after(3), "start", "b")

    again = timers.plan(after(9), "start", "a")

    assert len(timers) == 3
    assert timers.next_at() == after(2)
    assert drained(timers, after(9)) == [other, another, again]


def test_a_cancelled_timer_never_falls_due() -> None:
    """Cancelling what is not planned does nothing."""
    timers = Timers()
    timers.plan(after(1), "start", "a")
    left = timers.plan(after(2), "start", "b")

    timers.cancel("start", "a")
    timers.cancel("start", "a")
    timers.cancel("analyse", "b")

    assert list(timers) == [left]
    assert drained(timers, after(5)) == [left]


def test_a_subject_that_is_forgotten_waits_for_nothing() -> None:
    """Whatever the kind; others wait on, and forgetting what waits for nothing does nothing."""
    timers = Timers()
    timers.plan(after(1), "start", "a")
    timers.plan(after(2), "analyse", "a")
    left = timers.plan(after(3), "start", "b")

    timers.forget("a")
    timers.forget("a")

    assert list(timers) == [left]


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["start", "complete"]), st.sampled_from("abc"))))
def test_timers_agree_with_a_sorted_dictionary(plans: list[tuple[int, str, str]]) -> None:
    """Whatever is planned: the last plan of a kind and subject counts, by instant and then by order."""
    timers, model = Timers(), dict[tuple[str, str], tuple[int, int]]()
    for place, (seconds, kind, subject) in enumerate(plans):
        timers.plan(after(seconds), kind, subject)  # type: ignore[arg-type]  # sampled from the kinds
        model[kind, subject] = (seconds, place)

    order = sorted(model, key=model.__getitem__)

    assert len(timers) == len(model)
    assert [(timer.kind, timer.subject) for timer in drained(timers, after(5))] == order
    assert len(timers) == 0
