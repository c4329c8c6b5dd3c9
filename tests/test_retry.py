"""What comes of an attempt, and when the next one is due."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mockserver.retry import (
    MAX_RETRY_AFTER,
    RETRY_DELAYS,
    Outcome,
    delay_asked,
    delay_before,
    delays_for,
    outcome_of,
    parse_retry_after,
)

NOW = datetime(2015, 10, 21, 7, 28, tzinfo=UTC)


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


@pytest.mark.parametrize(
    ("status", "error", "outcome"),
    [
        pytest.param(200, None, Outcome.DELIVERED, id="first 2xx"),
        pytest.param(204, None, Outcome.DELIVERED, id="no content is fine"),
        pytest.param(299, None, Outcome.DELIVERED, id="last 2xx"),
        pytest.param(199, None, Outcome.FAILED, id="below 2xx"),
        pytest.param(300, None, Outcome.FAILED, id="above 2xx"),
        pytest.param(101, None, Outcome.FAILED, id="another protocol"),
        pytest.param(302, None, Outcome.FAILED, id="redirects are failures"),
        pytest.param(308, None, Outcome.FAILED, id="permanent redirects too"),
        pytest.param(400, None, Outcome.FAILED, id="refused by the receiver"),
        pytest.param(401, None, Outcome.FAILED, id="not authorised"),
        pytest.param(409, None, Outcome.FAILED, id="one below gone"),
        pytest.param(410, None, Outcome.GONE, id="gone"),
        pytest.param(411, None, Outcome.FAILED, id="one above gone"),
        pytest.param(429, None, Outcome.FAILED, id="too many"),
        pytest.param(503, None, Outcome.FAILED, id="unavailable"),
        pytest.param(None, "connection refused", Outcome.FAILED, id="no answer"),
        pytest.param(None, None, Outcome.FAILED, id="no answer, no reason"),
        pytest.param(200, "the answer broke off", Outcome.FAILED, id="half an answer is none"),
        pytest.param(410, "the answer broke off", Outcome.GONE, id="gone is said in the head"),
        pytest.param(503, "the answer broke off", Outcome.FAILED, id="a refusal, whole or not"),
    ],
)
def test_an_attempt_is_judged_by_its_answer(status: int | None, error: str | None, outcome: Outcome) -> None:
    """2xx is delivered, 410 is gone, all else may be tried again."""
    assert outcome_of(status, error) is outcome


@pytest.mark.parametrize(
    ("attempt", "delay"),
    [(1, seconds(0)), (2, seconds(5)), (3, seconds(30)), (4, seconds(120)), (5, None), (100, None)],
    ids=["first delivery", "first retry", "second retry", "third retry", "spent", "long spent"],
)
def test_the_schedule_is_5_s_30_s_2_min(attempt: int, delay: timedelta | None) -> None:
    """Four attempts in all, then none."""
    assert delay_before(attempt) == delay


@pytest.mark.parametrize(
    ("max_retries", "delays"),
    [
        (0, ()),
        (1, RETRY_DELAYS[:1]),
        (3, RETRY_DELAYS),
        (5, (*RETRY_DELAYS, RETRY_DELAYS[-1], RETRY_DELAYS[-1])),
    ],
    ids=["no retries", "fewer than planned", "as planned", "the last delay repeats"],
)
def test_an_endpoint_may_have_its_own_number_of_retries(max_retries: int, delays: tuple[timedelta, ...]) -> None:
    """`maxRetries` cuts the schedule or prolongs it."""
    assert delays_for(max_retries) == delays


@given(max_retries=st.integers(0, 20))
def test_there_are_as_many_attempts_as_retries_and_one(max_retries: int) -> None:
    """The attempt after the last retry is never due."""
    delays = delays_for(max_retries)

    assert delay_before(max_retries + 1, delays) is not None
    assert delay_before(max_retries + 2, delays) is None


@pytest.mark.parametrize(
    ("value", "asked"),
    [
        pytest.param("0", seconds(0), id="at once"),
        pytest.param("120", seconds(120), id="seconds"),
        pytest.param(" 7 ", seconds(7), id="with spaces around"),
        pytest.param("007", seconds(7), id="leading zeros"),
        pytest.param("0" * 5000 + "7", seconds(7), id="thousands of leading zeros"),
        pytest.param("9" * 5000, seconds(9_999_999_999), id="more digits than an integer takes"),
        pytest.param("Wed, 21 Oct 2015 07:30:00 GMT", seconds(120), id="HTTP date"),
        pytest.param("Wednesday, 21-Oct-15 07:30:00 GMT", seconds(120), id="RFC 850 date"),
        pytest.param("Wed Oct 21 07:30:00 2015", seconds(120), id="asctime date: GMT, unsaid"),
        pytest.param("Wed, 21 Oct 2015 07:27:00 GMT", seconds(-60), id="date in the past"),
        pytest.param("", None, id="empty"),
        pytest.param("soon", None, id="a word"),
        pytest.param("-5", None, id="negative"),
        pytest.param("1.5", None, id="a fraction"),
        pytest.param("٣", None, id="another script's digit"),
        pytest.param("2015-10-21T07:30:00Z", None, id="ISO date"),
        pytest.param("Wed, 21 Oct 2015 07:28:00 +9999", None, id="impossible offset"),
        pytest.param("Wed, 99 Oct 2015 07:28:00 GMT", None, id="impossible day"),
        pytest.param("Wed, 21 Oct 99999999999 07:28:00 GMT", None, id="a year beyond integers of C"),
    ],
)
def test_retry_after_is_seconds_or_an_http_date(value: str, asked: timedelta | None) -> None:
    """What cannot be read asks for nothing."""
    assert parse_retry_after(value, NOW) == asked


@given(st.text() | st.from_regex(r"[A-Z][a-z]{2}, [0-9]{1,11} [A-Z][a-z]{2} [0-9]{1,11} [0-9:]{1,9} [-+A-Z0-9]*"))
@example("31 Dec 9999 23:59:59 -2359")
@example("1 Jan 0001 00:00:00 +2359")
def test_no_text_can_break_the_reader_of_retry_after(value: str) -> None:
    """The header comes from the user's receiver, and may hold anything."""
    assert isinstance(parse_retry_after(value, NOW), timedelta | None)


@pytest.mark.parametrize(
    ("attempt", "retry_after", "delay"),
    [
        pytest.param(2, None, seconds(5), id="not asked"),
        pytest.param(2, "soon", seconds(5), id="asked unreadably"),
        pytest.param(2, "4", seconds(5), id="never shorter than planned"),
        pytest.param(2, "6", seconds(6), id="longer than planned"),
        pytest.param(2, "3600", MAX_RETRY_AFTER, id="an hour"),
        pytest.param(2, "3601", MAX_RETRY_AFTER, id="at most an hour"),
        pytest.param(2, "Wed, 21 Oct 2015 07:27:00 GMT", seconds(5), id="a date in the past"),
        pytest.param(3, "Wed, 21 Oct 2015 07:29:00 GMT", seconds(60), id="a date"),
        pytest.param(5, "60", None, id="no retry is won by asking"),
    ],
)
def test_a_receiver_may_ask_for_patience(attempt: int, retry_after: str | None, delay: timedelta | None) -> None:
    """`Retry-After` prolongs the planned delay, within an hour."""
    assert delay_asked(attempt, retry_after, NOW, RETRY_DELAYS) == delay
