"""A world's clock: running or standing, never back."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.clock import LAST, Mode, WorldClock, clock_from, parse_instant, system_now

NOW = datetime(2024, 1, 16, 10, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Machine:
    """A machine's clock that the test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


INSTANTS = [
    pytest.param("2024-01-16T10:30:00Z", NOW, id="UTC"),
    pytest.param("2024-01-16t10:30:00z", NOW, id="lower case"),
    pytest.param("2024-01-16T12:30:00+02:00", NOW, id="an offset"),
    pytest.param("2024-01-16T10:30:00.000000001Z", NOW, id="nanoseconds"),
    pytest.param("9999-01-01T00:00:00Z", LAST, id="the last instant"),
    pytest.param("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC), id="the first instant"),
]


@pytest.mark.parametrize(("text", "instant"), INSTANTS)
def test_an_instant_is_read_as_utc(text: str, instant: datetime) -> None:
    """Whatever offset it is written with."""
    assert parse_instant(text) == instant
    assert parse_instant(text).utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2024-01-16T10:30:00", "has no offset"),
        ("2024-01-16", "has no offset"),
        ("2024-02-30T10:30:00Z", r"^'2024-02-30T10:30:00Z' is no date-time \(day"),
        ("0001-01-01T00:00:00+00:01", "years 1 to 9998"),
        ("9999-12-31T23:59:59-00:01", "years 1 to 9998"),
        ("9999-01-01T00:00:01Z", "years 1 to 9998"),
        ("tomorrow", "^'tomorrow' is no date-time$"),
        ("", "^'' is no date-time$"),
        ("x" * 5000, f"^'{'x' * 59}…' is no date-time$"),
    ],
    ids=[
        "no offset",
        "a date",
        "no such day",
        "before the calendar",
        "after it",
        "a second too late",
        "a word",
        "nothing",
        "a long one",
    ],
)
def test_what_is_no_instant_says_why(text: str, says: str) -> None:
    """ValueError, for the command line and the control API to show."""
    with pytest.raises(ValueError, match=says):
        parse_instant(text)


@pytest.mark.parametrize(
    ("setting", "mode", "at"),
    [
        ("real", "real", NOW),
        ("frozen", "frozen", NOW),
        ("2030-01-01T00:00:00Z", "frozen", datetime(2030, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_setting_makes_a_clock(setting: str, mode: Mode, at: datetime) -> None:
    """real, frozen now, or frozen at an instant."""
    machine = Machine()

    clock = clock_from(setting, machine)
    machine.now += HOUR

    assert (clock.mode, clock.now()) == (mode, at + HOUR if mode == "real" else at)


def test_a_wrong_setting_makes_none() -> None:
    """The message says what is wrong."""
    with pytest.raises(ValueError, match="stopped"):
        clock_from("stopped")


def test_the_system_clock_is_aware() -> None:
    """The only place that asks the machine."""
    assert system_now().tzinfo is UTC
    assert abs(clock_from("real").now() - system_now()) < HOUR


MOVES = st.lists(
    st.tuples(st.just("move"), st.integers(-5000, 5000))
    | st.tuples(st.just("pass"), st.integers(0, 5000))
    | st.tuples(st.sampled_from(["real", "frozen"]), st.just(0))
)


@given(mode=st.sampled_from(["real", "frozen"]), moves=MOVES)
def test_no_clock_goes_back(mode: Mode, moves: list[tuple[str, int]]) -> None:
    """Whatever it is told; it lets time pass exactly when it is real, and stands at what it was moved to."""
    machine = Machine()
    clock = clock_from(mode, machine)

    for what, seconds in moves:
        before = clock.now()
        if what == "move":
            clock.move_to(before + timedelta(seconds=seconds))
            assert clock.now() == before + timedelta(seconds=max(0, seconds))
        elif what == "pass":
            machine.now += timedelta(seconds=seconds)
            assert clock.now() - before == timedelta(seconds=seconds if clock.mode == "real" else 0)
        else:
            clock.change_mode("real" if what == "real" else "frozen")
            assert (clock.mode, clock.now()) == (what, before)


def test_a_clock_that_was_frozen_in_the_past_runs_on_from_there() -> None:
    """Made real, it keeps its distance to the machine's."""
    machine = Machine()
    clock = WorldClock("frozen", NOW - 24 * HOUR, system=machine)

    clock.change_mode("real")
    machine.now += HOUR

    assert clock.now() == NOW - 23 * HOUR
