"""Sending a range of the past again."""

from typing import Any

import httpx2
import pytest

from tests.receiver import Receiver, webhook
from tests.support import Mock, body, demo

COMPLETED = "interview.completed"
PATH = "/worlds/demo/deliveries"
BEGAN = "2024-01-16T10:30:00Z"
FORM = "has to be an instant with its offset, such as 2024-01-16T10:30:00Z"


async def again(mock: Mock, **asked: Any) -> httpx2.Response:
    return await mock.control.post(f"{PATH}/redeliver", json=asked)


async def lived(mock: Mock) -> list[str]:
    """Three interviews, ten virtual minutes apart from 10:30 on: the ids of their deliveries."""
    for _ in range(3):
        await mock.create(body(isTest=True))
        await mock.control.post(f"{PATH}/flush", json={})
        await mock.advance(600)
    return [delivery["id"] for delivery in (await mock.control.get(PATH)).json()]


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ({"from": "2024-01-16T10:30:00Z", "to": "2024-01-16T10:40:00Z"}, [0, 1]),
        ({"from": "2024-01-16T10:30:00.001Z"}, [1, 2]),
        ({"from": "2024-01-16T11:50:00+01:00"}, [2]),
        ({"from": "2024-01-16T10:51:00Z", "to": "2024-01-16T10:51:00Z"}, []),
    ],
    ids=["both ends count", "up to the present", "with an offset", "nothing happened then"],
)
async def test_what_happened_in_a_range_is_sent_again(asked: dict[str, str], sent: list[int]) -> None:
    """By the instant of the event, each under its own id, oldest first."""
    async with (
        Receiver() as receiver,
        Mock(worlds=[demo(webhooks=[webhook(receiver.url, events=[COMPLETED])])]) as mock,
    ):
        ids = await lived(mock)

        response = await again(mock, **asked)
        await mock.control.post(f"{PATH}/flush", json={})

        assert response.status_code == 202
        assert [delivery["id"] for delivery in response.json()] == [ids[place] for place in sent]
        assert [each.headers["webhook-id"] for each in receiver.received[3:]] == [ids[place] for place in sent]


async def test_what_was_skipped_or_given_up_comes_too_once_the_webhook_is_back() -> None:
    """While it is off, nothing is sent again; what is pending goes its own way."""
    hook = webhook("http://127.0.0.1:9/hook", events=[COMPLETED], isActive=False)
    async with Receiver() as receiver:
        hook["url"] = receiver.url
        async with Mock(worlds=[demo(webhooks=[hook])]) as mock:
            await lived(mock)
            endpoint = (await mock.state())["webhooks"][0]["id"]
            off = (await again(mock, **{"from": "2024-01-16T10:30:00Z"})).json()
            await mock.call("PATCH", f"/webhooks/{endpoint}", json={"isActive": True})
            receiver.open.clear()
            await mock.create(body(isTest=True))
            back = (await again(mock, **{"from": "2024-01-16T10:30:00Z"})).json()
            receiver.open.set()
            await mock.control.post(f"{PATH}/flush", json={})

            assert (off, len(back), len(receiver.received)) == ([], 3, 4)
            assert {delivery["status"] for delivery in (await mock.control.get(PATH)).json()} == {"delivered"}


@pytest.mark.parametrize("statuses", [(500,) * 4, (200,), (500, 200)], ids=["failed", "taken", "taken at last"])
async def test_what_is_sent_again_is_tried_once(statuses: tuple[int, ...]) -> None:
    """Whatever became of it before: it fails at the first no, nothing is planned, and the breaker counts it."""
    receiver = Receiver(statuses=(*statuses, 500))
    async with receiver, Mock(worlds=[demo(webhooks=[webhook(receiver.url, events=[COMPLETED])])]) as mock:
        await mock.create(body(isTest=True))
        await mock.advance()
        before = mock.world.deliveries.pending()
        failures = [endpoint.breaker.consecutive_failures for endpoint in mock.world.endpoints.values()]
        await again(mock, **{"from": BEGAN})
        await mock.control.post(f"{PATH}/flush", json={})
        (delivery,) = (await mock.control.get(PATH)).json()

        assert before == []
        assert (delivery["status"], len(delivery["attempts"])) == ("failed", len(statuses) + 1)
        assert delivery["error"] == "the receiver answered 500"
        assert (await mock.advance())["happened"] == []
        assert [each.breaker.consecutive_failures for each in mock.world.endpoints.values()] == [failures[0] + 1]


async def test_a_restored_world_tries_once_what_was_being_sent_again() -> None:
    """What was under way sets out once more, and is still sent by hand."""
    receiver = Receiver(statuses=(200, 500))
    async with receiver, Mock(worlds=[demo(webhooks=[webhook(receiver.url, events=[COMPLETED])])]) as mock:
        await mock.create(body(isTest=True))
        await mock.control.post(f"{PATH}/flush", json={})
        receiver.open.clear()
        await again(mock, **{"from": BEGAN})
        await receiver.arrived(2)
        await mock.control.put("/worlds/demo/state", json=await mock.state())
        receiver.open.set()
        happened = (await mock.advance())["happened"]

        assert (happened, len(receiver.received)) == ([], 3)
        assert [each["status"] for each in (await mock.control.get(PATH)).json()] == ["failed"]


@pytest.mark.parametrize(
    ("asked", "at", "says"),
    [
        ({}, "/", "/: must have the field from"),
        ({"from": "yesterday"}, "/from", f"{FORM}: 'yesterday' is no date-time"),
        ({"from": BEGAN, "to": "2024-02-30T10:30:00Z"}, "/to", f"{FORM}: '2024-02-30T10:30:00Z' is no date-time (day "),
        ({"from": BEGAN, "to": "2024-01-16T10:29:59Z"}, "/to", "/to: lies before `from`"),
        ({"from": "2030-01-16T10:30:00Z"}, "/from", "/from: lies after the world's present"),
    ],
    ids=["no beginning", "no instant", "no such day", "backwards", "in the future"],
)
async def test_a_range_has_two_ends_in_order(mock: Mock, asked: dict[str, str], at: str, says: str) -> None:
    """400 with the path of the mistake, and a sentence that names the form wanted."""
    response = await again(mock, **asked)

    error = response.json()["error"]
    assert (response.status_code, error["details"]["at"]) == (400, at)
    assert says in error["message"]
