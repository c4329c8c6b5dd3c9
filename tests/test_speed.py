"""A clock that runs faster: what it shows, how long it waits, what moves it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver import settings_for
from mockserver.clock import clock_from
from tests.receiver import Receiver
from tests.support import Mock, body

NOW = datetime(2024, 1, 16, 10, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)


class Machine:
    """A machine's clock that the test moves."""

    now = NOW

    def __call__(self) -> datetime:
        return self.now


def test_a_fast_clock_starts_at_the_machines_time_and_leaves_it_behind() -> None:
    """An hour in a minute; a wait takes a sixtieth."""
    machine = Machine()
    clock = clock_from("real", machine, speed=60)
    start = clock.now()
    machine.now += 60 * SECOND

    assert (start, clock.now()) == (NOW, NOW + 3600 * SECOND)
    assert clock.real_seconds(3600 * SECOND) == 60


@given(
    speed=st.sampled_from([0.5, 1, 60, 100_000]),
    moves=st.lists(st.tuples(st.sampled_from(["move", "pass", "real", "frozen"]), st.integers(0, 5000))),
)
def test_speed_counts_only_while_the_clock_runs(speed: float, moves: list[tuple[str, int]]) -> None:
    """Whatever else it is told, it loses nothing on the way."""
    machine = Machine()
    clock = clock_from("real", machine, speed=speed)

    for what, seconds in moves:
        before = clock.now()
        if what == "move":
            clock.move_to(before + seconds * SECOND)
            assert clock.now() == before + seconds * SECOND
        elif what == "pass":
            machine.now += seconds * SECOND
            assert clock.now() - before == (seconds * speed * SECOND if clock.mode == "real" else 0 * SECOND)
        else:
            clock.change_mode("real" if what == "real" else "frozen")
            assert (clock.mode, clock.now()) == (what, before)


async def test_what_is_planned_comes_sooner_in_a_fast_world() -> None:
    """An interview of half an hour and its analysis, within a real second or so; each at its own virtual instant."""
    async with Receiver() as receiver, Mock(clock="real", speed=10_000, webhooks=[receiver.url]) as mock:
        created = (await mock.create(body())).json()
        await receiver.arrived(3)

        started, completed, analysed = mock.world.events
        lasted = mock.world.store.interviews[created["id"]].duration_minutes
        assert lasted is not None
        assert completed.at - started.at == timedelta(minutes=lasted)
        assert analysed.at - completed.at == timedelta(seconds=60)


async def test_a_fast_world_tells_its_speed() -> None:
    """Where it is not 1; also of its copies, and after a reset."""
    async with Mock(speed=60) as mock, Mock() as plain:
        made = (await mock.control.post("/worlds", json={"from": "demo"})).json()
        await mock.control.post("/worlds/demo/reset")

        clocks = [(await mock.control.get(f"/worlds/{id}/clock")).json() for id in ("demo", made["id"])]
        assert [clock["speed"] for clock in clocks] == [60, 60]
        assert "speed" not in (await plain.control.get("/worlds/demo/clock")).json()


@pytest.mark.parametrize("speed", [0, -1, float("nan"), float("inf"), 100_001])
def test_a_speed_is_a_reasonable_number(speed: float) -> None:
    """Forwards, and not beyond the calendar within a day."""
    with pytest.raises(ValueError, match="the speed is a number above 0, at most 100,000"):
        settings_for(speed=speed)
