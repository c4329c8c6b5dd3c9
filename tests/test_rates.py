"""How often a key may ask: two windows as values, then over the API."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mockserver.rates import Rates, headers_of_nobody
from tests.support import (
    ACME,
    GLOBEX,
    Mock,
)

NOON = datetime(2024, 1, 16, 12, tzinfo=UTC)
ASKED = st.lists(st.integers(0, 200), max_size=300)  # seconds since the request before


def oracle(instants: list[datetime]) -> list[str | None]:
    """Which window the last of each run of requests exceeds, from the instants alone."""
    told: list[str | None] = []
    for place, at in enumerate(instants):
        met = instants[: place + 1]
        minute = sum(other.replace(second=0) == at.replace(second=0) for other in met)
        hour = sum(other.replace(second=0, minute=0) == at.replace(second=0, minute=0) for other in met)
        told.append("minute" if minute > 60 else "hour" if hour > 2000 else None)
    return told


@pytest.mark.rule("RATE-LIMIT")
@settings(max_examples=30)
@given(ASKED)
@example([0] * 61)
@example([0] * 60 + [59] + [1] * 3)
def test_a_request_counts_in_its_minute_and_its_hour(gaps: list[int]) -> None:
    """Fixed windows that begin with the clock's minute and hour."""
    instants = [NOON + timedelta(seconds=sum(gaps[: place + 1])) for place in range(len(gaps))]
    rates = Rates()

    assert [rates.count(at) for at in instants] == oracle(instants)


@pytest.mark.rule("RATE-LIMIT")
def test_the_hour_is_exceeded_by_requests_of_many_minutes() -> None:
    """60 a minute for 34 minutes are 40 too many."""
    instants = [NOON + timedelta(minutes=minute) for minute in range(34) for _ in range(60)]
    rates = Rates()

    told = [rates.count(at) for at in instants]

    assert told == [None] * 2000 + ["hour"] * 40
    refusal = rates.refusal("hour", instants[-1])
    assert refusal == {"retryAfter": 27 * 60, "limit": 2000, "remaining": 0, "reset": int(NOON.timestamp()) + 3600}


@pytest.mark.rule("RATE-LIMIT")
@pytest.mark.parametrize(
    "at", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999_999, UTC)], ids=str
)
def test_no_instant_of_the_calendar_is_without_a_window(at: datetime) -> None:
    """Before 1970 and at the end of time."""
    rates = Rates()

    assert rates.count(at) is None
    assert 0 < rates.refusal("minute", at)["retryAfter"] <= 60
    assert len(rates.headers()) == 6


# --- Over the API

SIX = [f"x-ratelimit-{what}-{window}" for what in ("limit", "remaining", "reset") for window in ("minute", "hour")]
RESET_MINUTE, RESET_HOUR = 1705401060, 1705402800  # the minute and the hour of 2024-01-16T10:30:00Z end


def rates_of(headers: Mapping[str, str]) -> list[int]:
    return [int(headers[name]) for name in SIX]


@pytest.mark.rule("RATE-LIMIT")
async def test_every_answer_says_how_many_requests_are_left(mock: Mock) -> None:
    """Six headers, on refusals as well; by default nothing is enforced."""
    good = await mock.create()
    bad = await mock.call("GET", "/nowhere")
    later = [await mock.call("GET", "/interviews") for _ in range(60)][-1]

    assert rates_of(good.headers) == [60, 2000, 59, 1999, RESET_MINUTE, RESET_HOUR]
    assert rates_of(bad.headers) == [60, 2000, 58, 1998, RESET_MINUTE, RESET_HOUR]
    assert later.status_code == 200
    assert rates_of(later.headers)[2:4] == [0, 1938]


@pytest.mark.rule("RATE-LIMIT")
async def test_who_asks_too_often_is_told_when_to_come_back() -> None:
    """The 61st request of a minute: 429, Retry-After, the four further fields; each key has its own count."""
    async with Mock(rate_limit="enforce") as mock:
        await mock.advance(30)
        for _ in range(60):
            assert (await mock.call("GET", "/interviews")).status_code == 200
        response = await mock.refused(mock.create(), 429, "RATE-LIMIT")
        other = await mock.call("GET", "/interviews", GLOBEX)
        await mock.advance(30)
        again = await mock.create()

        assert response.headers["retry-after"] == "30"
        assert rates_of(response.headers) == [60, 2000, 0, 1939, RESET_MINUTE, RESET_HOUR]
        assert response.json() == {
            "statusCode": 429,
            "message": "Rate limit exceeded",
            "error": "Too Many Requests",
            "retryAfter": 30,
            "limit": 60,
            "remaining": 0,
            "reset": RESET_MINUTE,
        }
        assert (other.status_code, again.status_code) == (200, 201)


@pytest.mark.rule("RATE-LIMIT")
async def test_the_hour_has_a_limit_of_its_own() -> None:
    """2,000 requests, however they are spread over its minutes."""
    async with Mock(rate_limit="enforce") as mock:
        rates = mock.world.rates[ACME]
        for _ in range(2000):
            rates.count(mock.world.now())
        await mock.advance(60)
        response = await mock.refused(mock.create(), 429, "RATE-LIMIT")

        assert (response.json()["limit"], response.json()["reset"]) == (2000, RESET_HOUR)
        assert response.headers["retry-after"] == str(RESET_HOUR - (RESET_MINUTE - 60) - 60)


@pytest.mark.rule("RATE-LIMIT")
async def test_limits_can_be_off() -> None:
    """No headers then, neither for a key nor for a stranger."""
    async with Mock(rate_limit="off") as mock:
        answers = [await mock.call("GET", "/interviews", key) for key in (ACME, "sk_test_nobody", None)]

        assert [name for answer in answers for name in answer.headers if name.startswith("x-ratelimit")] == []


@pytest.mark.rule("RATE-LIMIT", "AUTH-KEY")
@pytest.mark.parametrize("path", ["/interviews", "/nowhere"])
@pytest.mark.parametrize("key", [None, "sk_test_nobody"], ids=["no key", "an unknown key"])
async def test_strangers_read_what_an_unused_key_would(path: str, key: str | None) -> None:
    """The six headers on every answer, but nobody is counted, and no stranger is ever asked to wait."""
    async with Mock(rate_limit="enforce") as mock:
        answers = [await mock.call("GET", path, key) for _ in range(61)]

    last = rates_of(answers[-1].headers)
    assert {answer.status_code for answer in answers} == {401 if path == "/interviews" else 404}
    assert last[:4] == [60, 2000, 60, 2000]
    assert (last[4] % 60, last[5] % 3600) == (0, 0)


def test_an_unused_key_reads_full_windows_and_when_they_end() -> None:
    """The running minute and the running hour, to the second."""
    at = datetime(2024, 1, 16, 10, 30, 59, tzinfo=UTC)

    shown = {name.decode(): value.decode() for name, value in headers_of_nobody(at)}

    assert rates_of(shown) == [60, 2000, 60, 2000, RESET_MINUTE, RESET_HOUR]
