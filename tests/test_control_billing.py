"""A company's minutes through the control API."""

from typing import Any

import pytest

from tests.support import INITECH, NOWHERE, Mock, body, company, demo

PATH = f"/worlds/demo/companies/{company()}/billing"


async def test_minutes_are_seen(mock: Mock) -> None:
    """As the state shows them, with what the company pays by."""
    await mock.create()

    shown = await mock.control.get(PATH)

    minutes = (await mock.state())["companies"][0]["minutes"]
    assert shown.json() == {"companyId": company(), **minutes, "billingSystem": "minutes"}
    assert minutes == {"limit": 500, "used": 0, "reserved": 30, "left": 470}


SET = [
    # asked                          limit  used  left    why
    ({"limit": 60}, 60, 0, 30, "less was bought"),
    ({"used": 100}, 500, 100, 370, "more is used up"),
    ({"limit": 60, "used": 30}, 60, 30, 0, "just as much as is there"),
    ({"limit": 60.0}, 60, 0, 30, "a whole number with a point"),
    ({"limit": 0}, 0, 0, -30, "less than its interviews hold"),
    ({"limit": 2**53 - 1, "used": 2**53 - 1}, 2**53 - 1, 2**53 - 1, -30, "as much as numbers can say"),
]


@pytest.mark.parametrize(("asked", "limit", "used", "left"), [case[:4] for case in SET], ids=[case[4] for case in SET])
async def test_minutes_are_set(mock: Mock, asked: Any, limit: int, used: int, left: int) -> None:
    """What interviews hold stays; other companies too."""
    await mock.create()
    others = (await mock.state())["companies"][1:]

    answered = await mock.control.patch(PATH, json=asked)

    minutes = {"limit": limit, "used": used, "reserved": 30, "left": left}
    assert answered.status_code == 200
    assert answered.json() == (await mock.control.get(PATH)).json()
    assert answered.json() == {"companyId": company(), **minutes, "billingSystem": "minutes"}
    assert (await mock.state())["companies"][1:] == others
    assert isinstance(answered.json()["limit"], int)


@pytest.mark.rule("BILLING-LIMIT")
async def test_creates_go_by_them_at_once(mock: Mock) -> None:
    """Both sides of the bound; what was booked before ends as it would have."""
    await mock.create()
    await mock.control.patch(PATH, json={"limit": 60})

    assert (await mock.create()).status_code == 201
    await mock.refused(mock.create(), 403, "BILLING-LIMIT")

    await mock.control.patch(PATH, json={"limit": 10})
    await mock.refused(mock.create(), 403, "BILLING-LIMIT")
    assert (await mock.create(body(isTest=True))).status_code == 201
    await mock.advance()
    minutes = (await mock.control.get(PATH)).json()
    assert (minutes["reserved"], minutes["left"]) == (0, 10 - minutes["used"])


async def test_who_pays_by_credits_has_minutes_that_limit_nothing() -> None:
    """They can be set all the same."""
    file = demo()
    file["companies"][0]["billingSystem"] = "credits"
    async with Mock(worlds=[file]) as mock:
        answered = (await mock.control.patch(PATH, json={"limit": 0})).json()

        assert (answered["billingSystem"], answered["left"]) == ("credits", 0)
        assert (await mock.create()).status_code == 201


@pytest.mark.parametrize(
    ("asked", "at"),
    [
        ({}, "/"),
        ([], "/"),
        ({"left": 7}, "/"),
        ({"limit": -1}, "/limit"),
        ({"limit": 1.5}, "/limit"),
        ({"limit": True}, "/limit"),
        ({"used": "7"}, "/used"),
        ({"used": 2**53}, "/used"),
        ({"limit": 7, "used": None}, "/used"),
    ],
    ids=str,
)
async def test_what_cannot_be_minutes_is_refused(mock: Mock, asked: Any, at: str) -> None:
    """With the path of the mistake, and nothing is set."""
    before = await mock.everything()

    refused = await mock.control.patch(PATH, json=asked)

    assert (refused.status_code, refused.json()["error"]["details"]) == (400, {"at": at})
    assert await mock.everything() == before


@pytest.mark.parametrize("method", ["GET", "PATCH"])
@pytest.mark.parametrize(
    "path",
    [f"/worlds/demo/companies/{NOWHERE}/billing", f"/worlds/nowhere/companies/{company(INITECH)}/billing"],
    ids=["no company", "no world"],
)
async def test_what_there_is_not_is_not_found(mock: Mock, method: str, path: str) -> None:
    """404, whatever the body says."""
    assert (await mock.control.request(method, path)).status_code == 404
