"""`instaview.snapshot()`, `.restore(…)` and `.billing` in the suites of users."""

from typing import Any

import pytest

from mockserver import AsyncInbox, AsyncInstaView, Inbox, InstaView
from mockserver.errors import ControlError
from mockserver.plugin.waiting import NotReceived
from tests.support import ONE_JOB, body, candidate

COMPLETED = "interview.completed"


def book(instaview: InstaView, **changes: Any) -> Any:
    response = instaview.client.post("/interviews", json=body(**changes))
    assert response.status_code == 201, response.text
    return response.json()


def test_ten_lines_are_enough(pytester: pytest.Pytester) -> None:
    """Arranged once, tried several times, each from the same point."""
    pytester.makepyfile("""
        def test_each_way_from_one_point(instaview):
            agent, candidate = (instaview.state()[kind][0]["id"] for kind in ("agents", "candidates"))
            booked = instaview.client.post("/interviews", json={"agentId": agent, "candidateId": candidate}).json()
            start = instaview.snapshot()
            for limit, status in ((500, 201), (45, 403)):
                instaview.restore(start)
                instaview.billing.set(limit=limit)
                again = instaview.client.post("/interviews", json={"agentId": agent, "candidateId": candidate})
                assert (again.status_code, instaview.billing.reserved) == (status, 60 if status == 201 else 30)
    """)

    result = pytester.runpytest_subprocess("-W", "error", "-p", "no:asyncio")

    result.assert_outcomes(passed=1)


def test_a_world_goes_back_and_does_the_same_again(instaview: InstaView) -> None:
    """Rows, minutes, clock and events are those of the snapshot; what follows has the same ids."""
    booked = book(instaview)
    start = instaview.snapshot()
    first = book(instaview)
    instaview.clock.advance(until="idle")

    instaview.restore(start)

    assert instaview.snapshot() == start == instaview.state()
    assert [event["data"]["interviewId"] for event in instaview.events] == [booked["id"]]
    assert (instaview.billing.used, instaview.billing.reserved) == (0, 30)
    assert book(instaview) == first
    assert len(instaview.requests) == 3


def test_an_inbox_hears_of_both_tries(instaview: InstaView, instaview_inbox: Inbox) -> None:
    """The webhook is part of the state; what was taken before the snapshot does not come again."""
    book(instaview, isTest=True)
    start = instaview.snapshot()
    came = []

    for _ in range(2):
        instaview.restore(start)
        booked = book(instaview)
        instaview_inbox.wait_for(COMPLETED, interviewId=booked["id"])
        came.append([received.body for received in instaview_inbox.received])

    assert came[0] == came[1]
    assert len(came[0]) == 4  # two of them from before the snapshot


def test_an_inbox_forgets_what_a_restored_world_has_not_sent(instaview: InstaView, instaview_inbox: Inbox) -> None:
    """So nobody takes the event of one try for that of the next; what was sent before stays."""
    first = book(instaview, isTest=True)
    instaview_inbox.wait_for(COMPLETED, interviewId=first["id"])
    start = instaview.snapshot()
    second = book(instaview, candidateId=candidate(ONE_JOB))
    instaview_inbox.wait_for(COMPLETED, interviewId=second["id"])

    instaview.restore(start)

    assert {received.json["data"]["interviewId"] for received in instaview_inbox.received} == {first["id"]}
    with pytest.raises(NotReceived):
        instaview_inbox.wait_for(COMPLETED, interviewId=second["id"])


async def test_an_inbox_in_process_forgets_the_same(
    instaview_asgi: AsyncInstaView, instaview_asgi_inbox: AsyncInbox
) -> None:
    """By the same log."""
    start = await instaview_asgi.snapshot()
    await instaview_asgi.client.post("/interviews", json=body(isTest=True))
    await instaview_asgi_inbox.wait_for(COMPLETED)

    await instaview_asgi.restore(start)

    assert instaview_asgi_inbox.received == []


def test_the_snapshot_of_another_test_is_refused(instaview: InstaView, instaview_asgi: AsyncInstaView) -> None:
    """In a sentence, and nothing changes."""
    before = instaview.state()

    with pytest.raises(ControlError, match=r"this is the world 'demo'.* goes back to the world that told it"):
        instaview.restore(instaview_asgi.state())

    assert instaview.state() == before


async def test_a_world_in_process_goes_back_too(instaview_asgi: AsyncInstaView) -> None:
    """By the same calls, which are awaited there."""
    start = await instaview_asgi.snapshot()
    first = await instaview_asgi.client.post("/interviews", json=body())
    await instaview_asgi.clock.advance(until="idle")

    await instaview_asgi.restore(start)

    assert await instaview_asgi.snapshot() == start
    assert (await instaview_asgi.client.post("/interviews", json=body())).json() == first.json()


# --- minutes


def test_minutes_are_set(instaview: InstaView) -> None:
    """Of the first company, of one by name or id or as an object; the rest stays as it is."""
    book(instaview)
    billing = instaview.billing
    globex = instaview.companies[1]

    made = billing.set(limit=60, used=20)
    billing.set(limit=7, company="Globex")
    billing.set(used=3, company=globex)

    assert (made.limit, made.used, made.reserved, made.left) == (60, 20, 30, 10)
    assert (billing.limit, billing.used, billing.reserved, billing.left) == (60, 20, 30, 10)
    assert (billing["Globex"], billing[globex.id].left) == (instaview.billing["Globex"], 4)
    assert dict(billing) == dict(instaview.billing)
    assert len(billing) == 3
    assert "Minutes(limit=60, used=20, reserved=30, left=10)" in repr(billing)


async def test_minutes_are_set_in_process(instaview_asgi: AsyncInstaView) -> None:
    """Without waiting for the loop."""
    instaview_asgi.billing.set(limit=29)

    refused = await instaview_asgi.client.post("/interviews", json=body())

    assert (refused.status_code, refused.headers["x-mock-rule"]) == (403, "BILLING-LIMIT")


def test_a_company_that_there_is_not_is_told(instaview: InstaView) -> None:
    """With the names of those that there are."""
    with pytest.raises(KeyError, match="no company 'Globax'; there are Acme, Globex, Initech"):
        instaview.billing.set(limit=1, company="Globax")
    with pytest.raises(KeyError, match="no company 'Globax'"):
        instaview.billing["Globax"]


@pytest.mark.parametrize("asked", [{"limit": -1}, {"used": 1.5}], ids=str)
def test_what_cannot_be_minutes_is_refused(instaview: InstaView, asked: dict[str, Any]) -> None:
    """And nothing is set."""
    before = instaview.state()

    with pytest.raises(ControlError):
        instaview.billing.set(**asked)

    assert instaview.state() == before
