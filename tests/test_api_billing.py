"""Usage: which interviews count, in which range, in which unit, for whom."""

from typing import Any

import httpx2
import pytest

from mockserver.billing_usage import PRICES
from tests.support import (
    ACME,
    ATS,
    GLOBEX,
    INITECH,
    READONLY,
    SCREENING,
    Mock,
    agent,
    body,
    candidate,
    company,
    demo,
    job,
)

LONG_AGO = {"start": "2000-01-01"}
FOCUSES = ("SCREENING", "GENERIC", "OUTREACH", "LANGUAGE_TEST")  # of agents 1 to 4


async def usage(mock: Mock, key: str = ACME, **query: str) -> Any:
    response = await mock.call("GET", "/billing/usage", key, params=query)
    assert response.status_code == 200, response.text
    return response.json()


async def ask(mock: Mock, key: str = ACME, query: Any = None) -> httpx2.Response:
    return await mock.call("GET", "/billing/usage", key, params=query)


def ended(at: str, minutes: float = 10, number: int = SCREENING, key: str = ACME, **changes: Any) -> dict[str, Any]:
    """The row of an interview that agent `number` ended then."""
    row = {
        "companyId": company(key),
        "candidateId": candidate(1, key),
        "agentId": agent(number, key),
        "jobId": job(1, key),
        "status": "COMPLETED",
        "durationMinutes": minutes,
        "finishedDate": at,
    }
    return {**row, **changes}


def world(*interviews: dict[str, Any], by_credits: tuple[str, ...] = ()) -> dict[str, Any]:
    """`demo` with these interviews; the companies of `by_credits` pay by credits."""
    companies = demo()["companies"]
    for row in companies:
        if row["id"] in map(company, by_credits):
            row["billingSystem"] = "credits"
    return demo(interviews=list(interviews), companies=companies)


def line(unit: str, events: int, spent: float) -> dict[str, Any]:
    return {"costKey": "interview_minutes", "events": events, f"{unit}Used": spent}


def sums(unit: str, events: int, spent: float) -> dict[str, Any]:
    return {
        "totalInterviews": events,
        "breakdownByCostKey": [line(unit, events, spent)],
        f"total{unit.capitalize()}Used": spent,
    }


async def test_usage_is_what_completed_interviews_took(mock: Mock) -> None:
    """By company and in all, in minutes; nothing is left out, nothing speaks of credits."""
    minutes = [(await mock.create(body(jobId=job(1)))).json()["id"] for _ in range(2)]
    await mock.advance()
    took = [(await mock.call("GET", f"/interviews/{id}")).json()["durationMinutes"] for id in minutes]

    answered = await usage(mock)

    expected = sums("minutes", 2, sum(took))
    named = {"companyId": company(), "companyName": "Acme", "billingSystem": "minutes"}
    assert answered == {"companies": [{**named, **expected}], **expected}
    assert answered["totalMinutesUsed"] == (await mock.state())["companies"][0]["minutes"]["used"]


@pytest.mark.rule("USAGE-TEST")
async def test_only_completed_interviews_count_and_no_tests() -> None:
    """What is to come, under way, cancelled, failed or a test takes nothing."""
    others = [
        ended("2024-01-10T00:00:00Z", isTest=True),
        *(ended("2024-01-10T00:00:00Z", status=status) for status in ("CANCELLED", "FAILED")),
    ]
    async with Mock(worlds=[world(*others)]) as mock:
        await mock.create()
        await mock.create(body(scheduleTime="2024-01-20T10:30:00Z"))
        await mock.create(body(isTest=True))

        answered = await usage(mock)

    assert {**answered, "companies": []} == {"companies": [], **sums("minutes", 0, 0)}


async def test_an_interview_that_took_no_time_counts() -> None:
    """A world file may leave its duration out."""
    row = ended("2024-01-10T00:00:00Z")
    del row["durationMinutes"]
    async with Mock(worlds=[world(row)]) as mock:
        answered = await usage(mock)

    assert {**answered, "companies": []} == {"companies": [], **sums("minutes", 1, 0)}


async def test_what_was_used_stays_used(mock: Mock) -> None:
    """A deleted interview counts if it had completed, one that was deleted before does not."""
    done, under_way = [(await mock.create()).json()["id"] for _ in range(2)]
    await mock.call("DELETE", f"/interviews/{under_way}")
    await mock.advance()

    await mock.call("DELETE", f"/interviews/{done}")

    answered = await usage(mock)
    assert answered["totalInterviews"] == 1
    assert answered["totalMinutesUsed"] == (await mock.state())["companies"][0]["minutes"]["used"] > 0


# The clock stands at 2024-01-16T10:30:00Z; each interview took as many minutes as its bit.
ENDS = {
    1: "2023-12-17T10:29:59Z",
    2: "2023-12-17T10:30:00Z",
    4: "2024-01-10T00:00:00Z",
    8: "2024-01-10T23:59:59.999999Z",
    16: "2024-01-11T00:00:00Z",
    32: "2024-01-16T10:30:00Z",
}
RANGES: list[tuple[dict[str, str], int, str]] = [
    # query                                                            minutes           why
    ({}, 2 + 4 + 8 + 16 + 32, "the last 30 days, both bounds counted in"),
    ({"start": "2023-12-17"}, 1 + 2 + 4 + 8 + 16 + 32, "from a day on, until now"),
    ({"end": "2024-01-10"}, 1 + 2 + 4 + 8, "the 30 days before the end of a day"),
    ({"start": "2024-01-10", "end": "2024-01-10"}, 4 + 8, "one whole day"),
    ({"start": "2024-01-11", "end": "2024-01-12"}, 16, "two days"),
    ({"start": "2024-01-10T00:00:00Z", "end": "2024-01-10T00:00:00Z"}, 4, "one instant"),
    ({"start": "2024-01-10T01:00:00+01:00", "end": "2024-01-11T00:00:00Z"}, 4 + 8 + 16, "instants, an offset"),
    ({"start": "2024-01-17", "end": "2024-02-01"}, 0, "days to come"),
    ({"end": "0001-01-01"}, 0, "the beginning of time"),
    ({"start": "0001-01-01", "end": "9999-12-31"}, 63, "all of it"),
]


@pytest.mark.rule("USAGE-RANGE")
@pytest.mark.parametrize(("query", "minutes"), [row[:2] for row in RANGES], ids=[row[2] for row in RANGES])
async def test_usage_is_that_of_a_range(query: dict[str, str], minutes: int) -> None:
    """A day counts whole, in UTC; an instant is itself; the end is counted in."""
    async with Mock(worlds=[world(*(ended(at, bit) for bit, at in ENDS.items()))]) as mock:
        assert (await usage(mock, **query))["totalMinutesUsed"] == minutes


async def test_the_default_range_moves_with_the_clock() -> None:
    """30 days after its end an interview still counts, a second later it does not."""
    async with Mock(worlds=[world(ended("2024-01-16T10:30:00Z"))]) as mock:
        await mock.advance(30 * 86_400)
        still = await usage(mock)
        await mock.advance(1)

        assert (still["totalMinutesUsed"], (await usage(mock))["totalMinutesUsed"]) == (10, 0)


BAD: list[tuple[Any, str]] = [
    ({"start": "yesterday"}, "no date"),
    ({"end": "2024-02-30"}, "no day of the calendar"),
    ({"start": "2024-W01-1"}, "a week"),
    ({"start": "20240110"}, "no dashes"),
    ({"start": ""}, "empty"),
    ({"end": "2024-01-10T10:00:00"}, "no offset"),
    ({"start": "\u0662\u0660\u0662\u0664-01-10"}, "digits of another script"),
    ([("start", "2024-01-10"), ("start", "2024-01-10")], "given twice"),
    ({"start": "2024-01-11", "end": "2024-01-10"}, "the end before the start"),
    ({"start": "2024-01-10T10:00:01Z", "end": "2024-01-10T10:00:00Z"}, "by a second"),
    ({"start": "2024-01-17"}, "a start to come, without an end"),
]


@pytest.mark.rule("USAGE-RANGE")
@pytest.mark.parametrize("query", [row[0] for row in BAD], ids=[row[1] for row in BAD])
async def test_a_range_that_is_none_is_refused(mock: Mock, query: Any) -> None:
    """Dates or date-times, in order, each once."""
    await mock.refused(ask(mock, query=query), 400, "USAGE-RANGE")


@pytest.mark.rule("USAGE-RANGE")
async def test_both_bounds_are_judged_at_once(mock: Mock) -> None:
    """As fields of a body would be."""
    response = await mock.refused(ask(mock, query={"start": "a", "end": "b"}), 400, "USAGE-RANGE")

    assert [text.partition(":")[0] for text in response.json()["message"]] == ["start", "end"]


# --- for whom


async def test_an_ats_key_is_told_of_all_that_it_manages() -> None:
    """In all the sum; with companyId of one."""
    rows = [ended("2024-01-10T00:00:00Z", 5), ended("2024-01-10T00:00:00Z", 7, key=GLOBEX)]
    async with Mock(worlds=[world(*rows)]) as mock:
        everything = await usage(mock, ATS)
        one = await usage(mock, ATS, companyId=company(GLOBEX).upper())

    assert [row["totalMinutesUsed"] for row in everything["companies"]] == [5, 7]
    assert {**everything, "companies": []} == {"companies": [], **sums("minutes", 2, 12)}
    assert [row["companyId"] for row in one["companies"]] == [company(GLOBEX)]
    assert one["totalMinutesUsed"] == 7


async def test_an_ordinary_key_is_told_of_its_own_company() -> None:
    """Whatever it asks for."""
    async with Mock(worlds=[world(ended("2024-01-10T00:00:00Z", key=GLOBEX))]) as mock:
        answered = await usage(mock, READONLY, companyId=company(GLOBEX))

    assert [row["companyId"] for row in answered["companies"]] == [company()]
    assert answered["totalInterviews"] == 0


async def test_an_ats_key_that_manages_nothing_is_told_of_nothing(mock: Mock) -> None:
    """No company, no unit, no sum."""
    for key in (ACME, GLOBEX):
        await mock.call("DELETE", f"/company/{company(key)}", ATS)

    assert await usage(mock, ATS) == {"companies": [], "totalInterviews": 0, "breakdownByCostKey": []}


@pytest.mark.rule("KEY-ATS", "AUTH-KEY", "AUTH-SCOPE")
async def test_who_may_not_ask_is_refused() -> None:
    """An ATS key for a company that it does not manage, no key, no scope."""
    keys = [*demo()["keys"], {"key": "sk_test_writes", "companyId": company(), "scopes": ["write:interviews"]}]
    async with Mock(worlds=[demo(keys=keys)]) as mock:
        await mock.refused(ask(mock, ATS, {"companyId": company(INITECH)}), 403, "KEY-ATS")
        await mock.refused(ask(mock, ATS, {"companyId": ""}), 400, "KEY-ATS")
        await mock.refused(mock.call("GET", "/billing/usage", None), 401, "AUTH-KEY")
        await mock.refused(ask(mock, "sk_test_writes"), 403, "AUTH-SCOPE")


# --- credits

COSTS = [
    # focus, minutes, credits
    ("SCREENING", 15, 5),
    ("SCREENING", 18, 8),
    ("GENERIC", 10, 4),
    ("GENERIC", 13, 7),
    ("OUTREACH", 5, 3),
    ("OUTREACH", 8, 6),
    ("LANGUAGE_TEST", 10, 6),
    ("LANGUAGE_TEST", 13, 9),
]


@pytest.mark.parametrize(("focus", "minutes", "cost"), COSTS)
async def test_credits_are_priced_by_focus(focus: str, minutes: int, cost: int) -> None:
    """The base cost, and so much for each minute beyond those that it includes; no word of minutes."""
    number = FOCUSES.index(focus) + 1
    row = ended("2024-01-10T00:00:00Z", minutes, number)
    async with Mock(worlds=[world(row, by_credits=(ACME,))]) as mock:
        answered = await usage(mock)

    expected = sums("credits", 1, cost)
    named = {"companyId": company(), "companyName": "Acme", "billingSystem": "credits"}
    assert answered == {"companies": [{**named, **expected}], **expected}


async def test_two_units_have_two_sums() -> None:
    """An ATS key whose companies pay differently gets a line and a sum for each unit."""
    rows = [ended("2024-01-10T00:00:00Z", 5), ended("2024-01-10T00:00:00Z", 7, key=GLOBEX)]
    async with Mock(worlds=[world(*rows, by_credits=(GLOBEX,))]) as mock:
        answered = await usage(mock, ATS)

    cost = PRICES["SCREENING"].base_cost
    assert [row["billingSystem"] for row in answered["companies"]] == ["minutes", "credits"]
    assert {**answered, "companies": []} == {
        "companies": [],
        "totalInterviews": 2,
        "breakdownByCostKey": [line("minutes", 1, 5), line("credits", 1, cost)],
        "totalMinutesUsed": 5,
        "totalCreditsUsed": cost,
    }


@pytest.mark.rule("BILLING-LIMIT")
async def test_minutes_do_not_limit_who_pays_by_credits() -> None:
    """Without a minute left its interviews take place; none are held, none are counted."""
    create = body(candidateId=candidate(1, INITECH), agentId=agent(1, INITECH))
    scheduled = {**create, "scheduleTime": "2024-01-20T10:30:00Z"}
    rows = [ended("2024-01-20T10:30:00Z", key=INITECH, status="SCHEDULED", scheduledAt="2024-01-20T10:30:00Z")]
    async with Mock(worlds=[world(*rows, by_credits=(INITECH,))]) as mock:
        statuses = [(await mock.create(each, INITECH)).status_code for each in (create, scheduled)]
        await mock.advance()

        assert statuses == [201, 201]
        assert (await mock.state())["companies"][2]["minutes"] == {"limit": 0, "used": 0, "reserved": 0, "left": 0}
        assert (await usage(mock, INITECH))["companies"][0]["totalInterviews"] == 3


async def test_the_envelope_wraps_usage(mock: Mock) -> None:
    """The guides' wire has it under data."""
    await mock.readings(wire="envelope")

    response = await ask(mock)

    assert response.json()["data"]["totalMinutesUsed"] == 0
