"""Phone numbers: listed, no more."""

from typing import Any

import pytest

from tests.support import ACME, ATS, GLOBEX, NOW, READONLY, Mock, company, demo, phone_number

NUMBER = {
    "id": phone_number(),
    "number": "+421220000001",
    "companyId": company(),
    "capabilities": "OUTBOUND",
    "custom": False,
    "provider": "TWILIO",
    "status": "AVAILABLE",
    "numberType": "LOCAL",
    "createdAt": "2020-01-01T00:00:00Z",
    "updatedAt": "2020-01-01T00:00:00Z",
    "location": None,
}
ASKING: list[tuple[str, dict[str, str], str]] = [
    (ACME, {}, "the company's key"),
    (READONLY, {}, "one that may only read: no scope is needed"),
    (ATS, {"companyId": company()}, "an ATS key"),
]


@pytest.mark.rule("PAGINATION")
@pytest.mark.parametrize(("key", "query"), [row[:2] for row in ASKING], ids=[row[2] for row in ASKING])
async def test_a_company_lists_its_numbers(mock: Mock, key: str, query: dict[str, str]) -> None:
    """Its own only, with what the documents show."""
    response = await mock.call("GET", "/phone-numbers", key, params=query)

    assert response.json() == {"data": [NUMBER], "total": 1, "page": 1, "limit": 20, "totalPages": 1}


async def test_numbers_come_in_pages_and_say_when_they_were_made() -> None:
    """A world file gives the instants; a number without updatedAt was never changed."""
    rows: list[dict[str, Any]] = [
        {"companyId": company(), "number": f"+42122000000{n}", "createdAt": NOW} for n in range(3)
    ]
    async with Mock(worlds=[demo(phoneNumbers=rows, agents=[])]) as mock:
        response = await mock.call("GET", "/phone-numbers", params={"page": 2, "limit": 2})
        state = await mock.state()

    shown = [(row["number"], row["createdAt"], row["updatedAt"]) for row in response.json()["data"]]
    assert shown == [("+421220000002", NOW, NOW)]
    assert response.json()["totalPages"] == 2
    assert state["phoneNumbers"][2]["updatedAt"] == "2024-01-16T10:30:00.000Z"


@pytest.mark.rule("KEY-ATS", "AUTH-KEY", "QUERY-SHAPE")
async def test_an_unfit_request_is_refused(mock: Mock) -> None:
    """An ATS key without a company or with another's, no key, a page that is none."""
    await mock.refused(mock.call("GET", "/phone-numbers", ATS), 400, "KEY-ATS")
    await mock.refused(mock.call("GET", "/phone-numbers", ATS, params={"companyId": phone_number()}), 403, "KEY-ATS")
    await mock.refused(mock.call("GET", "/phone-numbers", None), 401, "AUTH-KEY")
    await mock.refused(mock.call("GET", "/phone-numbers", params={"page": "one"}), 400, "QUERY-SHAPE")


async def test_a_company_without_numbers_gets_an_empty_page() -> None:
    """Not those of others."""
    rows = [row for row in demo()["phoneNumbers"] if row["companyId"] == company(GLOBEX)]
    async with Mock(worlds=[demo(phoneNumbers=rows, agents=[])]) as mock:
        response = await mock.call("GET", "/phone-numbers")

    assert response.json() == {"data": [], "total": 0, "page": 1, "limit": 20, "totalPages": 0}
