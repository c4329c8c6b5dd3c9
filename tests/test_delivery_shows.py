"""What the delivery engine promises, over real sockets: three attempts, a breaker, one that hangs, a sudden end."""

import asyncio
import json
import re
import signal
import socket
import statistics
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from standardwebhooks import Webhook

from mockserver import MockServer, settings_for
from tests.processes import served
from tests.receiver import Delivered, Receiver, signatures_by_hand, webhook
from tests.support import ACME, ATS, GLOBEX, NOW, Mock, body, demo

COMPLETED, ANALYSED = "interview.completed", "analysis.completed"
OPEN = "the circuit breaker is open"


@pytest.fixture
def hanging() -> Iterator[str]:
    """The URL of a receiver that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/hook"


class Api:
    """A server's APIs over sockets: the vendor's as Acme, and the control API of one world."""

    def __init__(self, client: httpx2.AsyncClient, world: str = "demo", key: str = ACME) -> None:
        self._client, self._world, self._key = client, f"/_mock/worlds/{world}", key

    async def call(self, method: str, path: str, sent: Any = None, key: str | None = None) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {key or self._key}"}
        return await self._client.request(method, path, json=sent, headers=headers)

    async def control(self, method: str, path: str, sent: Any = None) -> Any:
        response = await self._client.request(method, self._world + path, json=sent)
        return response.json() if response.content else None

    async def create(self) -> None:
        response = await self.call("POST", "/interviews", body(isTest=True))
        assert response.status_code == 201, response.text

    async def live(self) -> None:
        """Let a test interview, and all that comes of it, happen."""
        await self.create()
        await self.control("POST", "/clock/advance", {"until": "idle"})

    async def statuses(self) -> list[tuple[str, int]]:
        """Of each delivery its status and how often it was tried."""
        return [(each["status"], len(each["attempts"])) for each in await self.control("GET", "/deliveries")]


@asynccontextmanager
async def api(**options: Any) -> AsyncIterator[Api]:
    with MockServer(settings_for(clock=NOW, grace_seconds=0, **options)) as server:
        async with httpx2.AsyncClient(base_url=server.url, timeout=30) as client:
            yield Api(client)


async def registered(mock: Api, receiver: Receiver) -> Any:
    """A webhook that Acme's own key makes, for completed interviews."""
    sent = {"url": receiver.url, "events": [COMPLETED]}
    return (await mock.call("POST", "/webhooks", sent)).json()


# --- attempts and the breaker


async def test_two_failures_and_a_success_are_three_attempts_of_one_delivery() -> None:
    """500, 500, 200: the same id, the same bytes, and three signatures that two independent verifiers take."""
    async with Receiver(statuses=(500, 500, 200)) as receiver, api() as mock:
        hook = await registered(mock, receiver)

        await mock.live()

        (shown,) = await mock.control("GET", "/deliveries")
        assert await mock.statuses() == [("delivered", 3)]
        assert [delivered.headers["webhook-id"] for delivered in receiver.received] == [shown["id"]] * 3
        assert len({delivered.body for delivered in receiver.received}) == 1
        for delivered in receiver.received:
            assert delivered.headers.items() >= signatures_by_hand(delivered, hook["signingSecret"]).items()
            Webhook(bytes.fromhex(hook["signingSecret"])).verify(delivered.body, dict(delivered.headers))


async def test_five_deliveries_of_four_attempts_open_the_breaker_and_its_key_closes_it() -> None:
    """What always fails is tried twenty times, then no more, until the owning key (no other) resets the circuit."""
    async with Receiver(statuses=(500,) * 20 + (200,)) as receiver, api() as mock:
        path = f"/webhooks/{(await registered(mock, receiver))['id']}"
        for _ in range(4):
            await mock.live()
        still_closed = (await mock.call("GET", path)).json()
        for _ in range(2):
            await mock.live()
        opened = (await mock.call("GET", path)).json()
        others = [(await mock.call("POST", f"{path}/reset-circuit", key=key)).status_code for key in (GLOBEX, ATS)]
        closed = (await mock.call("POST", f"{path}/reset-circuit")).json()
        await mock.live()

        assert (still_closed["isActive"], still_closed["consecutiveFailures"]) == (True, 4)
        assert (opened["isActive"], opened["consecutiveFailures"]) == (False, 5)
        assert opened["circuitOpenedAt"] is not None
        assert others == [403, 403]
        assert (closed["isActive"], closed["consecutiveFailures"], closed["circuitOpenedAt"]) == (True, 0, None)
        assert await mock.statuses() == [("failed", 4)] * 5 + [("skipped", 0), ("delivered", 1)]
        assert len(receiver.received) == 21


async def shown(mock: Mock) -> list[tuple[str, int, str | None]]:
    """Of each delivery its status, how often it was tried, and its error."""
    listed = (await mock.control.get("/worlds/demo/deliveries")).json()
    return [(each["status"], len(each["attempts"]), each["error"]) for each in listed]


async def test_an_open_breaker_ends_what_waits_as_it_ends_what_comes() -> None:
    """Never tried is skipped, whenever it was to set out; tried has failed; neither is one more failure in a row."""
    async with Receiver(statuses=(500,)) as receiver, Mock(worlds=[demo(webhooks=[webhook(receiver.url)])]) as mock:
        for _ in range(5):
            await mock.create(body(isTest=True))
        await mock.advance(100)
        await mock.create(body(isTest=True))  # waits for its fourth attempt when the first five are given up
        await mock.advance()
        await mock.create(body(isTest=True))

        skipped = ("skipped", 0, OPEN)
        five = [("failed", 4, "the receiver answered 500"), skipped] * 5
        sixth = [("failed", 3, f"the receiver answered 500; {OPEN}"), skipped]
        assert await shown(mock) == [*five, *sixth, skipped, skipped]
        assert (await mock.state())["webhooks"][0]["consecutiveFailures"] == 5


async def test_what_is_under_way_when_the_breaker_opens_counts_no_more() -> None:
    """Ten fail at the same moment: five open the breaker, the others are told with it."""
    receiver = Receiver(statuses=(500,))
    file = demo(webhooks=[webhook("http://127.0.0.1:9/", events=[COMPLETED], maxRetries=0)])
    async with receiver:
        file["webhooks"][0]["url"] = receiver.url
        async with Mock(worlds=[file]) as mock:
            receiver.open.clear()
            for _ in range(10):
                await mock.create(body(isTest=True))
            await receiver.arrived(10)
            receiver.open.set()
            await mock.advance()

            why = "the receiver answered 500"
            assert (
                sorted(await shown(mock), key=str) == [("failed", 1, why)] * 5 + [("failed", 1, f"{why}; {OPEN}")] * 5
            )
            assert (await mock.state())["webhooks"][0]["consecutiveFailures"] == 5


# --- sending again what has nowhere to go


@pytest.mark.parametrize(
    ("away", "code", "says", "then"),
    [
        ("open", "WEBHOOK_OFF", OPEN, 202),
        ("disabled", "WEBHOOK_OFF", "the webhook is disabled", 202),
        ("deleted", "WEBHOOK_GONE", "the webhook was deleted; register one again", 409),
    ],
)
async def test_nothing_is_sent_again_to_a_webhook_that_is_off(away: str, code: str, says: str, then: int) -> None:
    """409 with what to do about it, and the log stays as it is; once the circuit is reset it is sent."""
    receiver = Receiver(statuses=(500,) * 5 + (200,))
    async with (
        receiver,
        Mock(worlds=[demo(webhooks=[webhook(receiver.url, events=[COMPLETED], maxRetries=0)])]) as mock,
    ):
        for _ in range(5 if away == "open" else 1):
            await mock.create(body(isTest=True))
            await mock.advance()
        hook = f"/webhooks/{(await mock.state())['webhooks'][0]['id']}"
        if away == "disabled":
            await mock.call("PATCH", hook, json={"isActive": False})
        elif away == "deleted":
            await mock.call("DELETE", hook)
        path = "/worlds/demo/deliveries"
        before = (await mock.control.get(path)).json()

        refused = await mock.control.post(f"{path}/{before[0]['id']}/redeliver")

        error = refused.json()["error"]
        assert (refused.status_code, error["code"]) == (409, code)
        assert says in error["message"]
        assert (await mock.control.get(path)).json() == before
        assert (f"POST {hook}/reset-circuit" in error["message"]) is (away != "deleted")
        await mock.call("POST", f"{hook}/reset-circuit")
        assert (await mock.control.post(f"{path}/{before[0]['id']}/redeliver")).status_code == then


# --- one that hangs


async def test_one_that_hangs_delays_neither_the_other_nine_nor_the_api(hanging: str, tmp_path: Path) -> None:
    """
    In most rounds all eighteen arrive within 200 ms, and the answer takes as long as without webhooks.

    The p99 of many rounds is what `python -m benchmarks.deliveries` tells: here others may use the machine too.
    """
    arrivals: list[float] = []
    async with AsyncExitStack() as stack:
        nine = [Receiver(on_delivered=lambda _: arrivals.append(time.perf_counter())) for _ in range(9)]
        for receiver in nine:
            await stack.enter_async_context(receiver)
        hooks = [webhook(url, timeoutMs=30_000) for url in (hanging, *(receiver.url for receiver in nine))]
        file = tmp_path / "loud.json"
        file.write_text(json.dumps(demo(webhooks=hooks)))
        quiet = stack.enter_context(served("--quiet", "--grace", "0"))
        loud = stack.enter_context(served("--quiet", "--grace", "0", "--world", str(file)))
        client = await stack.enter_async_context(httpx2.AsyncClient(headers={"Authorization": f"Bearer {ACME}"}))

        async def create(url: str) -> float:
            began = time.perf_counter()
            response = await client.post(f"{url}/interviews", json=body(isTest=True))
            assert response.status_code == 201
            return time.perf_counter() - began

        without, with_ten, slowest = [], [], []
        for round in range(1, 21):
            without.append(await create(quiet.url))
            began, already = time.perf_counter(), len(arrivals)
            with_ten.append(await create(loud.url))
            for receiver in nine:
                await receiver.arrived(2 * round)
            assert len(arrivals) == already + 18
            slowest.append(max(arrivals) - began)
        pending = (await client.get(f"{loud.url}/_mock/worlds/demo/deliveries")).json()

    assert statistics.median(slowest) < 0.2
    assert statistics.median(with_ten) < statistics.median(without) * 2 + 0.01
    assert {each["url"] for each in pending if each["status"] != "delivered"} == {hanging}


# --- the end


async def test_at_sigterm_fifty_pending_deliveries_are_delivered_or_listed() -> None:
    """Within the grace and a second; a receiver that comes back to life for some of them gets those."""
    grace = 1.0

    def told(_: Delivered) -> None:
        """Alive until the thirty-first arrives."""
        if len(receiver.received) > 30:
            receiver.open.clear()

    async with Receiver(on_delivered=told) as receiver, httpx2.AsyncClient() as client:
        receiver.open.clear()
        with served("--quiet", "--grace", str(grace), "--webhook", receiver.url) as server:
            for _ in range(25):
                created = await client.post(
                    f"{server.url}/interviews", json=body(isTest=True), headers={"Authorization": f"Bearer {ACME}"}
                )
                assert created.status_code == 201
            await receiver.arrived(10)
            log = (await client.get(f"{server.url}/_mock/worlds/demo/deliveries")).json()
            began = time.perf_counter()
            server.process.send_signal(signal.SIGTERM)
            receiver.open.set()
            status, _, err = await asyncio.to_thread(server.left)
            took = time.perf_counter() - began

    listed = re.findall(r"^undelivered: \S+ (\S+) to ", err, re.MULTILINE)
    assert [each["status"] for each in log] == ["pending"] * 50
    assert (status, len(listed), len(set(listed))) == (0, len(err.splitlines()), len(listed))
    assert took < grace + 1
    arrived = [delivered.headers["webhook-id"] for delivered in receiver.received]
    assert {*arrived, *listed} == {each["id"] for each in log}
    # Ten are under way at most: when the thirty-first set out, twenty-one had come back.
    assert {*arrived[:21]}.isdisjoint(listed)
    assert {*arrived[30:]} <= set(listed)
