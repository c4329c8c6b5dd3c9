"""Deliveries off the path of every request: bounded for each endpoint, waited for, and never lost at the end."""

import asyncio
import socket
import statistics
import time
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from mockserver import MockServer, settings_for
from mockserver.delivery_log import MAX_UNDER_WAY
from mockserver.universe import Undelivered
from tests.receiver import SECRET, Receiver, webhook
from tests.support import ACME, GLOBEX, Mock, body, demo


@pytest.fixture
def silent_url() -> Iterator[str]:
    """A port that takes connections and never answers."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(64)
        yield f"http://127.0.0.1:{silent.getsockname()[1]}/hook"


async def flush(mock: Mock, **asked: Any) -> Any:
    return (await mock.control.post(f"/worlds/{mock.world.id}/deliveries/flush", json=asked)).json()["unfinished"]


async def test_at_most_ten_are_under_way_for_an_endpoint() -> None:
    """Of fifteen interviews' events ten arrive at a receiver that hangs; the others follow when it answers."""
    async with Receiver() as receiver, Mock(worlds=[demo(webhooks=[webhook(receiver.url)])]) as mock:
        receiver.open.clear()
        for _ in range(15):
            await mock.create(body(isTest=True))
        await receiver.arrived(MAX_UNDER_WAY)
        hanging = await flush(mock, wait=0.05)
        held = len(receiver.received)
        receiver.open.set()
        left = await flush(mock)

        assert (held, len(hanging), receiver.most_under_way) == (MAX_UNDER_WAY, MAX_UNDER_WAY, MAX_UNDER_WAY)
        assert left == []
        assert len(receiver.received) == 30


async def test_gone_is_said_by_the_head_alone() -> None:
    """A 410 whose body breaks off disables the webhook like any other, and nothing is tried again."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"}}")
        writer.write(b"HTTP/1.1 410 Gone\r\nContent-Length: 9\r\n\r\nhalf")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
        async with Mock(worlds=[demo(webhooks=[webhook(url, events=["interview.completed"])])]) as mock:
            await mock.create(body(isTest=True))
            happened = (await mock.advance())["happened"]
            (delivery,), (endpoint,) = mock.world.deliveries, mock.world.endpoints.values()

    assert (happened, endpoint.is_active) == ([], False)
    assert delivery.error == "the receiver answered 410: the webhook is disabled"
    assert [attempt.error for attempt in delivery.attempts] == ["the answer broke off"]


async def test_an_endpoint_that_hangs_delays_no_other(silent_url: str) -> None:
    """Nine receivers get everything while the tenth answers nobody; so does every request."""
    receivers = [Receiver() for _ in range(9)]
    for receiver in receivers:
        await receiver.__aenter__()
    rows = [webhook(url) for url in (silent_url, *(receiver.url for receiver in receivers))]
    async with Mock(worlds=[demo(webhooks=rows)]) as mock:
        began = time.perf_counter()
        for _ in range(20):
            assert (await mock.create(body(isTest=True))).status_code == 201
        for receiver in receivers:
            await receiver.arrived(40)
        took = time.perf_counter() - began

        assert took < 10  # the hanging one would have taken 30 s for its first
        hanging = await flush(mock, wait=0.5)
        assert {mock.world.deliveries.get(id).url for id in hanging} == {silent_url}  # type: ignore[union-attr]  # each of them is there
    for receiver in receivers:
        await receiver.__aexit__(None, None, None)


async def test_an_answer_does_not_wait_for_its_webhook(silent_url: str) -> None:
    """With a receiver that never answers, creates are as fast as without one, in the same run, within a wide margin."""
    async with Mock() as quiet, Mock(worlds=[demo(webhooks=[webhook(silent_url)])]) as loud:

        async def median(mock: Mock) -> float:
            times = []
            for _ in range(30):
                began = time.perf_counter()
                await mock.create(body(isTest=True))
                times.append(time.perf_counter() - began)
            return statistics.median(times)

        without, with_one = await median(quiet), await median(loud)

        assert with_one < without * 5 + 0.02


async def test_flush_waits_until_all_is_delivered_and_no_longer_than_asked(silent_url: str) -> None:
    """It answers at once where nothing is out, names what hangs after `wait`, and does not wait for retries."""
    async with Mock(worlds=[demo(webhooks=[webhook(silent_url, events=["interview.completed"])])]) as mock:
        idle = await flush(mock)
        await mock.create(body(isTest=True))
        began = time.perf_counter()
        hanging = await flush(mock, wait=0.05)

        (delivery,) = mock.world.deliveries
        assert idle == []
        assert hanging == [delivery.id]
        assert time.perf_counter() - began < 3


async def test_two_worlds_do_not_share_endpoints() -> None:
    """Ten of each world are under way, though the URL is one; what is flushed in one is not waited for in the other."""
    async with Receiver() as receiver, Mock(worlds=[demo(webhooks=[webhook(receiver.url)])]) as mock:
        receiver.open.clear()
        made = (await mock.control.post("/worlds", json={"from": "demo", "clock": "frozen"})).json()
        for _ in range(12):
            await mock.create(body(isTest=True))
            await mock.call("POST", "/interviews", made["keys"][ACME], json=body(isTest=True))
        await receiver.arrived(2 * MAX_UNDER_WAY)
        both = receiver.under_way

        await mock.control.delete(f"/worlds/{made['id']}")
        receiver.open.set()
        left = await flush(mock)

        assert (both, left) == (2 * MAX_UNDER_WAY, [])
        assert [delivery.status for delivery in mock.world.deliveries] == ["delivered"] * 24


# --- the end


def server(url: str, grace: float) -> tuple[MockServer, list[Undelivered]]:
    reported: list[Undelivered] = []
    settings = settings_for(webhooks=[url], webhook_secret=SECRET, grace_seconds=grace)
    return MockServer(settings, on_undelivered=reported.extend), reported


async def creates(url: str, count: int, key: str = ACME) -> None:
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx2.AsyncClient(base_url=url, headers=headers) as client:
        request = {**body(isTest=True)}
        for response in await asyncio.gather(*(client.post("/interviews", json=request) for _ in range(count))):
            assert response.status_code == 201


async def test_shutdown_delivers_what_is_pending() -> None:
    """A server that stops at once after its answers still delivers every event."""
    async with Receiver() as receiver:
        running, reported = server(receiver.url, grace=10)
        with running:
            await creates(running.url, 25)
            stopping = asyncio.create_task(asyncio.to_thread(running.stop))
            await receiver.arrived(50)
            await stopping

        assert reported == []
        assert len({delivered.headers["webhook-id"] for delivered in receiver.received}) == 50


async def test_shutdown_reports_what_it_leaves_behind(silent_url: str) -> None:
    """With a receiver that never answers it ends within the grace, and each event is reported once."""
    running, reported = server(silent_url, grace=0.1)
    with running:
        await creates(running.url, 25)
        began = time.perf_counter()
        await asyncio.to_thread(running.stop)

    assert time.perf_counter() - began < 1.1
    assert {undelivered.world_id for undelivered in reported} == {"demo"}
    assert len({undelivered.delivery.id for undelivered in reported}) == len(reported) == 50
    assert {undelivered.delivery.status for undelivered in reported} == {"pending"}


async def test_at_shutdown_each_event_is_delivered_or_reported() -> None:
    """A receiver that answers only some: what it took and what is reported make up the whole, without overlap."""
    async with Receiver() as receiver:
        running, reported = server(receiver.url, grace=0.3)
        with running:
            await creates(running.url, 10)
            await receiver.arrived(20)
            receiver.open.clear()
            await creates(running.url, 10)
            await receiver.arrived(30)
            await asyncio.to_thread(running.stop)

        left = {undelivered.delivery.id for undelivered in reported}
        answered = {delivered.headers["webhook-id"] for delivered in receiver.received[:20]}
        assert len(left) == 20
        assert left.isdisjoint(answered)
        assert len(left | answered) == 40


async def test_a_retry_that_is_planned_for_later_is_reported() -> None:
    """What waits for the clock cannot be delivered before the end."""
    async with Receiver(statuses=(500,)) as receiver, Mock(worlds=[demo(webhooks=[webhook(receiver.url)])]) as mock:
        await mock.create(body(isTest=True))
        await flush(mock)

        reported = await mock.app.universe.stop()

        assert [(each.delivery.event_type, len(each.delivery.attempts)) for each in reported] == [
            ("interview.completed", 1),
            ("analysis.completed", 0),
        ]


async def test_ten_of_each_company_share_one_url() -> None:
    """`--webhook` gives every company an endpoint of its own: one company's backlog is not another's."""
    async with Receiver() as receiver, Mock(webhooks=[receiver.url], webhook_secret=SECRET) as mock:
        receiver.open.clear()
        for _ in range(12):
            await mock.create(body(isTest=True))
        await receiver.arrived(MAX_UNDER_WAY)
        other = {"candidateId": body()["candidateId"].replace("1" * 8, "2" * 8), "isTest": True}
        await mock.create({**other, "agentId": body()["agentId"].replace("1" * 8, "2" * 8)}, key=GLOBEX)
        await receiver.arrived(MAX_UNDER_WAY + 1)

        assert receiver.received[-1].json["data"]["candidateId"] == other["candidateId"]
        receiver.open.set()
