"""A world's clock through the control API: read, set, advanced; never back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support import Mock, body

CLOCK, ADVANCE = "/worlds/demo/clock", "/worlds/demo/clock/advance"
START = "2024-01-16T10:30:00.000Z"


async def now(mock: Mock) -> str:
    shown = (await mock.control.get(CLOCK)).json()
    return str(shown["now"])


async def test_a_frozen_clock_stands_still(mock: Mock) -> None:
    """However often it is read."""
    assert [await now(mock) for _ in range(3)] == [START] * 3


async def test_a_real_clock_runs() -> None:
    """It shows the machine's time, and never an earlier one than before."""
    async with Mock(clock="real") as mock:
        before = datetime.now(UTC)
        first, second = await now(mock), await now(mock)

        assert (await mock.control.get(CLOCK)).json()["mode"] == "real"
        assert before - timedelta(milliseconds=1) <= datetime.fromisoformat(first) <= datetime.fromisoformat(second)
        assert datetime.fromisoformat(second) <= datetime.now(UTC)


async def test_a_real_clock_that_is_advanced_runs_on_from_there() -> None:
    """The offset stays; further advances add to it."""
    async with Mock(clock="real") as mock:
        await mock.advance(3600)
        await mock.advance(3600)

        ahead = datetime.fromisoformat(await now(mock)) - datetime.now(UTC)
        assert timedelta(hours=2, seconds=-5) < ahead < timedelta(hours=2, seconds=5)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"seconds": 0}, START),
        ({"seconds": 90}, "2024-01-16T10:31:30.000Z"),
        ({"seconds": 0.25}, "2024-01-16T10:30:00.250Z"),
        ({"to": "2024-01-16T10:30:00Z"}, START),
        ({"to": "2024-01-17T12:00:00+01:00"}, "2024-01-17T11:00:00.000Z"),
        ({"until": "idle"}, START),
        ({"seconds": 1, "wait": 0}, "2024-01-16T10:30:01.000Z"),
        ({"to": "9999-01-01T00:00:00Z"}, "9999-01-01T00:00:00.000Z"),
    ],
    ids=str,
)
async def test_a_clock_is_advanced(mock: Mock, asked: dict[str, Any], expected: str) -> None:
    """By seconds, to an instant with any offset, until nothing is planned."""
    response = await mock.control.post(ADVANCE, json=asked)

    assert response.status_code == 200
    assert response.json() == {"mode": "frozen", "now": expected, "happened": [], "unfinished": []}
    assert await now(mock) == expected


async def test_a_clock_goes_to_the_next_thing_that_is_planned(mock: Mock) -> None:
    """`until: next` runs what falls due first and stops there; where nothing is planned the clock stays."""
    await mock.create(body(scheduleTime="2024-01-17T10:30:00Z"))

    reports = [await mock.advance(until="next") for _ in range(4)]

    happened = [[timer["what"] for timer in report["happened"]] for report in reports]
    assert happened == [["start"], ["complete"], ["analyse"], []]
    assert reports[0]["now"] == "2024-01-17T10:30:00.000Z"
    assert reports[3]["now"] == reports[2]["now"]


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"seconds": -1},
        {"seconds": "60"},
        {"seconds": None},
        {"seconds": 1e300},
        {"seconds": 251_700_000_000},
        {"seconds": 60, "to": "2024-01-17T00:00:00Z"},
        {"to": "tomorrow"},
        {"to": "2024-01-17"},
        {"to": "2024-01-17T00:00:00"},
        {"to": "2024-02-30T00:00:00Z"},
        {"to": "0001-01-01T00:00:00+14:00"},
        {"to": "9999-12-31T23:59:59Z"},
        {"until": "tomorrow"},
        {"seconds": 60, "wait": -1},
        {"seconds": 60, "speed": 2},
        [],
        "60",
    ],
    ids=str,
)
async def test_an_advance_that_makes_no_sense_is_refused(mock: Mock, asked: Any) -> None:
    """400, and the clock stays."""
    response = await mock.control.post(ADVANCE, json=asked)

    assert response.status_code == 400, response.text
    assert await now(mock) == START


@pytest.mark.parametrize(
    ("method", "path", "asked"),
    [("PUT", CLOCK, {"now": "2024-01-16T10:29:59.999Z"}), ("POST", ADVANCE, {"to": "2024-01-16T10:29:59.999Z"})],
    ids=["set", "advanced"],
)
async def test_a_clock_does_not_go_back(mock: Mock, method: str, path: str, asked: dict[str, str]) -> None:
    """409 for an earlier instant, by a millisecond even; the message says where the clock stands."""
    response = await mock.control.request(method, path, json=asked)

    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (409, "CLOCK_MOVES_FORWARD")
    assert START in error["message"]
    assert await now(mock) == START


async def test_a_backward_change_leaves_the_mode_alone(mock: Mock) -> None:
    """Refused as a whole."""
    response = await mock.control.put(CLOCK, json={"mode": "real", "now": "2020-01-01T00:00:00Z"})

    assert response.status_code == 409
    assert (await mock.control.get(CLOCK)).json() == {"mode": "frozen", "now": START}


async def test_setting_a_later_instant_is_an_advance(mock: Mock) -> None:
    """What falls due until then happens, and is told."""
    await mock.create(body(scheduleTime="2024-01-17T10:30:00Z"))

    response = await mock.control.put(CLOCK, json={"now": "2024-01-18T10:30:00Z"})

    assert [timer["what"] for timer in response.json()["happened"]] == ["start", "complete", "analyse"]
    assert response.json()["now"] == "2024-01-18T10:30:00.000Z"


async def test_a_clock_changes_its_mode_where_it_stands(mock: Mock) -> None:
    """Real: it runs on from its frozen instant. Frozen again: it stands where it came to."""
    running = (await mock.control.put(CLOCK, json={"mode": "real"})).json()
    frozen = (await mock.control.put(CLOCK, json={"mode": "frozen"})).json()

    assert (running["mode"], frozen["mode"]) == ("real", "frozen")
    begin, end = datetime.fromisoformat(START), datetime.fromisoformat(frozen["now"])
    assert begin <= datetime.fromisoformat(running["now"]) <= end < begin + timedelta(seconds=30)
    assert await now(mock) == frozen["now"]


async def test_a_clock_is_frozen_at_a_later_instant() -> None:
    """Mode and instant together: a real world stands still at the instant."""
    async with Mock(clock="real") as mock:
        response = await mock.control.put(CLOCK, json={"mode": "frozen", "now": "2090-01-01T00:00:00Z"})

        assert response.json()["now"] == "2090-01-01T00:00:00.000Z"
        assert await now(mock) == "2090-01-01T00:00:00.000Z"


@pytest.mark.parametrize(
    "asked", [{}, {"mode": "fast"}, {"now": "soon"}, {"now": 5}, {"mode": "real", "speed": 2}], ids=str
)
async def test_a_change_that_makes_no_sense_is_refused(mock: Mock, asked: Any) -> None:
    """400, and the clock stays."""
    response = await mock.control.put(CLOCK, json=asked)

    assert response.status_code == 400
    assert (await mock.control.get(CLOCK)).json() == {"mode": "frozen", "now": START}


async def test_a_world_at_the_end_of_time_still_answers(mock: Mock) -> None:
    """At the last instant that a clock can be set to, an interview is created, held and analysed."""
    await mock.advance(to="9999-01-01T00:00:00Z")
    person = {"firstName": "Jane", "lastName": "Doe", "email": "j@example.com", "gdprExpiryDate": "9999-12-31"}

    created = await mock.create(
        {"candidate": person, "agentId": body()["agentId"], "jobId": None, "job": {"title": "Guard"}}
    )
    report = await mock.advance()

    assert created.status_code == 201
    assert [timer["what"] for timer in report["happened"]] == ["complete", "analyse"]
