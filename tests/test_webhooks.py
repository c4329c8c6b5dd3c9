"""From events to signed deliveries at real receivers: what arrives, in which order, and what comes of each answer."""

import asyncio
import json
import os
import sys
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from tests import receiver as program
from tests.receiver import SCHEMAS, SECRET, Delivered, Receiver, held_to_contract, signatures_by_hand, webhook
from tests.support import (
    GLOBEX,
    INLINE_CANDIDATE,
    MISSING,
    NOW,
    PHONE,
    Mock,
    agent,
    body,
    candidate,
    company,
    demo,
    job,
)

BEGIN = datetime.fromisoformat(NOW)


def listening(*receivers: Receiver, **changes: Any) -> Mock:
    """A world of its own with one webhook of Acme for each receiver."""
    return Mock(worlds=[demo(webhooks=[webhook(receiver.url, **changes) for receiver in receivers])])


async def deliveries(mock: Mock) -> Any:
    return (await mock.control.get(f"/worlds/{mock.world.id}/deliveries")).json()


async def flush(mock: Mock, **asked: Any) -> Any:
    return (await mock.control.post(f"/worlds/{mock.world.id}/deliveries/flush", json=asked)).json()


async def endpoint(mock: Mock) -> Any:
    return (await mock.state())["webhooks"][0]


def tagged(tag: str, **changes: Any) -> dict[str, Any]:
    person = {**INLINE_CANDIDATE, "email": f"jane{tag}@example.com"}
    return body(candidateId=MISSING, candidate=person, jobId=job(1), **changes)


# --- what arrives


@pytest.mark.rule("TEST-WEBHOOKS")
async def test_a_test_interview_arrives_as_two_signed_deliveries() -> None:
    """Completed, then analysed, as the contract documents them; both signatures hold for two independent verifiers."""
    async with Receiver() as receiver, listening(receiver) as mock:
        created = (await mock.create(body(isTest=True))).json()
        received = await receiver.arrived(2)

        assert receiver.events == ["interview.completed", "analysis.completed"]
        for delivered in received:
            held_to_contract(delivered)
            assert delivered.json["data"]["interviewId"] == created["id"]
            assert delivered.json["timestamp"] == "2024-01-16T10:30:00.000Z"
            assert delivered.json["deliveryId"] == delivered.headers["webhook-id"]
            assert delivered.headers["content-type"] == "application/json"
            assert delivered.headers.items() >= signatures_by_hand(delivered).items()
            assert Webhook(bytes.fromhex(SECRET)).verify(delivered.body, dict(delivered.headers)) == delivered.json


@pytest.mark.rule("LIFECYCLE", "MAGIC-OUTCOME")
async def test_every_event_arrives_as_the_contract_documents_it() -> None:
    """All five types, of ONLINE and PHONE interviews, in the order and with the instants of the world's clock."""
    async with Receiver() as receiver, listening(receiver) as mock:
        for request in (body(), body(agentId=agent(PHONE)), tagged("+failed"), tagged("+analysis-failed")):
            await mock.create(request)
        await mock.create(tagged("+no-answer", agentId=agent(PHONE)))

        await mock.advance()

        events = (await mock.control.get(f"/worlds/{mock.world.id}/events")).json()
        for delivered in receiver.received:
            held_to_contract(delivered)
        told = {(event["type"], event["at"], json.dumps(event["data"])) for event in events}
        assert {(d.event, d.json["timestamp"], json.dumps(d.json["data"])) for d in receiver.received} == told
        assert len(receiver.received) == len(events) == 13
        assert set(receiver.events) == set(SCHEMAS)


async def test_a_story_of_four_days_arrives_in_order_with_virtual_timestamps() -> None:
    """Scheduled three days ahead: nothing before, then three deliveries with the instants at which they happened."""
    async with Receiver() as receiver, listening(receiver) as mock:
        await mock.create(body(scheduleTime="2024-01-19T10:30:00Z"))

        await mock.advance(4 * 86_400)

        length = mock.world.store.interviews[receiver.received[0].json["data"]["interviewId"]].duration_minutes
        assert length is not None
        start = BEGIN + timedelta(days=3)
        instants = [start, start + timedelta(minutes=length), start + timedelta(minutes=length + 1)]
        assert receiver.events == ["interview.started", "interview.completed", "analysis.completed"]
        assert [datetime.fromisoformat(d.json["timestamp"]) for d in receiver.received] == instants


async def test_an_endpoint_hears_only_what_it_wants() -> None:
    """Its company's events of its types; every event is in the world's list all the same."""
    async with Receiver() as mine, Receiver() as theirs:
        rows = [
            webhook(mine.url, events=["analysis.completed"]),
            webhook(theirs.url, companyId=company(GLOBEX)),
        ]
        async with Mock(worlds=[demo(webhooks=rows)]) as mock:
            await mock.create(body(isTest=True))
            await flush(mock)

            assert mine.events == ["analysis.completed"]
            assert theirs.events == []
            assert len(mock.world.events) == 2


async def test_custom_headers_ride_along() -> None:
    """A header of the webhook arrives beside ours; in the log, what is secret is shortened."""
    given = [
        {"name": "X-Team", "value": "hiring"},
        {"name": "Authorization", "value": "Bearer receiver-s3cret-token"},
    ]
    async with Receiver() as receiver, listening(receiver, headers=given) as mock:
        await mock.create(body(isTest=True))
        delivered = (await receiver.arrived(1))[0]
        await flush(mock)

        shown = (await deliveries(mock))[0]["attempts"][0]["request"]["headers"]
        assert delivered.headers["x-team"] == "hiring"
        assert delivered.headers["authorization"] == "Bearer receiver-s3cret-token"
        assert delivered.headers["content-type"] == "application/json"
        assert delivered.headers.items() >= signatures_by_hand(delivered).items()
        assert shown["authorization"] == "Bearer rec…oken"


@pytest.mark.parametrize(
    ("reading", "expected"),
    [("full", {"analysisId", "status", "analysis"}), ("minimal", {"analysisId", "status"})],
)
async def test_a_reading_says_what_the_analysis_event_carries(reading: str, expected: set[str]) -> None:
    """Under `analysis_event=minimal` the event names the analysis and leaves it out."""
    async with Receiver() as receiver:
        file = demo(webhooks=[webhook(receiver.url)], readings={"analysis_event": reading})
        async with Mock(worlds=[file]) as mock:
            created = (await mock.create(body(isTest=True))).json()
            data = (await receiver.arrived(2))[1].json["data"]

            assert set(data) == {"interviewId", "candidateId", "jobId", *expected}
            assert (data["analysisId"], data["status"]) == (created["analysis"]["id"], "COMPLETED")
            assert data.get("analysis", created["analysis"]) == created["analysis"]


@pytest.mark.parametrize(("reading", "is_world"), [("wall", False), ("world", True)])
async def test_a_reading_says_by_which_clock_attempts_are_signed(reading: str, is_world: bool) -> None:
    """`webhook_timestamp`: the wall clock, as receivers check it, or the world's; both signatures hold either way."""
    async with Receiver() as receiver:
        file = demo(webhooks=[webhook(receiver.url)], readings={"webhook_timestamp": reading})
        async with Mock(worlds=[file]) as mock:
            await mock.create(body(isTest=True))
            delivered = (await receiver.arrived(1))[0]

            stamp = int(delivered.headers["webhook-timestamp"])
            assert abs(stamp - (BEGIN.timestamp() if is_world else time.time())) < 60
            assert delivered.headers.items() >= signatures_by_hand(delivered).items()


async def test_attempts_of_a_real_clock_have_its_time() -> None:
    """An hour ahead of the machine, the log of attempts is an hour ahead as well."""
    async with Receiver() as receiver, Mock(clock="real", webhooks=[receiver.url], webhook_secret=SECRET) as mock:
        await mock.advance(3600)
        before = mock.world.now()
        await mock.create(body(isTest=True))
        await flush(mock)

        instants = [attempt.at for delivery in mock.world.deliveries for attempt in delivery.attempts]
        assert len(instants) == 2
        assert before <= min(instants) <= max(instants) <= mock.world.now()


# --- retries


def check_retried(received: list[Delivered]) -> None:
    """The same id and the same bytes, signed anew each time."""
    assert len({delivered.headers["webhook-id"] for delivered in received}) == 1
    assert len({delivered.body for delivered in received}) == 1
    for delivered in received:
        assert delivered.headers.items() >= signatures_by_hand(delivered).items()


async def test_two_failures_and_a_success_are_three_attempts() -> None:
    """500, 500, 200: same id and bytes, after 5 and 30 virtual seconds, each with a timestamp and signature."""
    async with Receiver(statuses=(500, 500, 200)) as receiver:
        file = demo(
            webhooks=[webhook(receiver.url, events=["interview.completed"])], readings={"webhook_timestamp": "world"}
        )
        async with Mock(worlds=[file]) as mock:
            await mock.create(body(isTest=True))

            report = await mock.advance()

            (delivery,) = await deliveries(mock)
            stamps = [int(delivered.headers["webhook-timestamp"]) for delivered in receiver.received]
            check_retried(receiver.received)
            assert [stamp - BEGIN.timestamp() for stamp in stamps] == [0, 5, 35]
            assert len({delivered.headers["webhook-signature"] for delivered in receiver.received}) == 3
            assert [timer["what"] for timer in report["happened"]] == ["attempt", "attempt"]
            assert (delivery["status"], delivery["error"]) == ("delivered", None)
            assert [attempt["response"]["status"] for attempt in delivery["attempts"]] == [500, 500, 200]
            assert (await endpoint(mock))["consecutiveFailures"] == 0


async def test_an_endpoint_that_always_fails_gets_four_attempts() -> None:
    """The first and three retries, after 5 s, 30 s and 2 min; then the delivery is given up and counted."""
    async with Receiver(statuses=(503,)) as receiver, listening(receiver, events=["interview.completed"]) as mock:
        await mock.create(body(isTest=True))

        await mock.advance()

        (delivery,) = await deliveries(mock)
        instants = [datetime.fromisoformat(attempt["at"]) - BEGIN for attempt in delivery["attempts"]]
        check_retried(receiver.received)
        assert [at.total_seconds() for at in instants] == [0, 5, 35, 155]
        assert (delivery["status"], delivery["error"]) == ("failed", "the receiver answered 503")
        assert (await endpoint(mock))["consecutiveFailures"] == 1


@pytest.mark.parametrize(("retries", "attempts"), [(0, 1), (1, 2), (5, 6)])
async def test_an_endpoint_may_have_its_own_number_of_retries(retries: int, attempts: int) -> None:
    """`maxRetries` of the webhook counts."""
    receiver = Receiver(statuses=(500,))
    async with receiver, listening(receiver, events=["interview.completed"], maxRetries=retries) as mock:
        await mock.create(body(isTest=True))
        await mock.advance()

        assert len(receiver.received) == attempts


async def test_a_receiver_may_ask_for_patience() -> None:
    """A `Retry-After` beyond the planned delay is waited for, on the world's clock."""
    receiver = Receiver(statuses=(503, 200), headers={"Retry-After": "90"})
    async with receiver, listening(receiver, events=["interview.completed"]) as mock:
        await mock.create(body(isTest=True))
        await mock.advance()

        (delivery,) = await deliveries(mock)
        assert [attempt["at"][11:19] for attempt in delivery["attempts"]] == ["10:30:00", "10:31:30"]


@pytest.mark.parametrize(("reading", "is_world"), [("wall", False), ("world", True)])
async def test_a_receiver_may_name_the_time_to_come_again(reading: str, is_world: bool) -> None:
    """A date is as far away as it is by the receiver's clock: the one that signatures are made by."""
    now = BEGIN if is_world else datetime.now(UTC)
    later = format_datetime(now + timedelta(seconds=91), usegmt=True)  # in whole seconds, and a second may pass
    async with Receiver(statuses=(503, 200), headers={"Retry-After": later}) as receiver:
        hook = webhook(receiver.url, events=["interview.completed"])
        async with Mock(worlds=[demo(webhooks=[hook], readings={"webhook_timestamp": reading})]) as mock:
            await mock.create(body(isTest=True))
            await mock.advance()

            (delivery,) = await deliveries(mock)
            first, second = (datetime.fromisoformat(attempt["at"]) for attempt in delivery["attempts"])
            assert timedelta(seconds=80) < second - first <= timedelta(seconds=91)


@pytest.mark.parametrize("status", [301, 307, 400, 404, 500])
async def test_anything_but_success_is_a_failure(status: int) -> None:
    """Redirects are not followed, refusals are tried again like errors."""
    receiver = Receiver(statuses=(status, 204), headers={"Location": "/hook"})
    async with receiver, listening(receiver, events=["interview.completed"]) as mock:
        await mock.create(body(isTest=True))
        await flush(mock)

        waiting = (await deliveries(mock))[0]["status"]
        await mock.advance()

        assert (waiting, (await deliveries(mock))[0]["status"], len(receiver.received)) == (
            "pending",
            "delivered",
            2,
        )


async def test_no_answer_in_time_is_a_failure() -> None:
    """`timeoutMs` of the webhook is real time; the attempt's error says so."""
    async with Receiver() as receiver, listening(receiver, timeoutMs=30, events=["interview.completed"]) as mock:
        receiver.open.clear()
        await mock.create(body(isTest=True))
        await flush(mock)
        receiver.open.set()
        await mock.advance()

        (delivery,) = await deliveries(mock)
        first, second = delivery["attempts"]
        assert (first["response"], first["error"]) == (None, "timed out after 0.03 s")
        assert (second["response"]["status"], delivery["status"]) == (200, "delivered")


# --- endpoints that go out of use


async def test_five_failed_deliveries_open_the_breaker() -> None:
    """The sixth event's deliveries are put down as skipped; nothing more is sent, and the state shows since when."""
    receiver = Receiver(statuses=(500,))
    async with receiver, listening(receiver, events=["interview.completed"], maxRetries=0) as mock:
        failures = []
        for _ in range(7):
            await mock.create(body(isTest=True))
            await flush(mock)
            failures.append((await endpoint(mock))["consecutiveFailures"])

        shown = await endpoint(mock)
        assert failures == [1, 2, 3, 4, 5, 5, 5]
        assert len(receiver.received) == 5
        assert [each["status"] for each in await deliveries(mock)] == ["failed"] * 5 + ["skipped"] * 2
        assert (await deliveries(mock))[5]["error"] == "the circuit breaker is open"
        assert (shown["isActive"], shown["circuitOpenedAt"]) == (False, "2024-01-16T10:30:00.000Z")


async def test_a_success_between_failures_keeps_the_breaker_closed() -> None:
    """Only failures in a row count."""
    receiver = Receiver(statuses=(500, 500, 500, 500, 200, 500, 500, 500, 500))
    async with receiver, listening(receiver, events=["interview.completed"], maxRetries=0) as mock:
        for _ in range(9):
            await mock.create(body(isTest=True))
            await flush(mock)

        assert len(receiver.received) == 9
        assert ((await endpoint(mock))["isActive"], (await endpoint(mock))["consecutiveFailures"]) == (True, 4)


async def test_a_webhook_that_its_file_switches_off_skips_everything() -> None:
    """Events are listed, deliveries put down with the reason, nothing is sent."""
    async with Receiver() as receiver, listening(receiver, isActive=False) as mock:
        await mock.create(body(isTest=True))
        await flush(mock)

        assert receiver.received == []
        assert {(each["status"], each["error"]) for each in await deliveries(mock)} == {
            ("skipped", "the webhook is disabled")
        }


async def test_gone_disables_the_webhook() -> None:
    """410: the delivery fails without a retry, what waits behind it is skipped like later events."""
    async with Receiver(statuses=(410,)) as receiver, listening(receiver) as mock:
        await mock.create(body(isTest=True))
        await flush(mock)
        await mock.create(body(isTest=True))
        await mock.advance()

        statuses = [(each["status"], each["error"]) for each in await deliveries(mock)]
        assert len(receiver.received) == 1
        assert statuses == [
            ("failed", "the receiver answered 410: the webhook is disabled"),
            ("skipped", "the webhook is disabled"),
            ("skipped", "the webhook is disabled"),
            ("skipped", "the webhook is disabled"),
        ]
        assert (await endpoint(mock))["isActive"] is False


@pytest.mark.parametrize("statuses", [(500,), (200,), (410,)], ids=["fails", "succeeds", "wants no more"])
async def test_an_endpoint_may_go_away_while_an_attempt_is_under_way(statuses: tuple[int, ...]) -> None:
    """What comes back is logged; a failure is not tried again, and what waits behind is undelivered."""
    async with Receiver(statuses=statuses) as receiver, listening(receiver) as mock:
        receiver.open.clear()
        await mock.create(body(isTest=True))
        await receiver.arrived(1)
        mock.world.endpoints.clear()
        receiver.open.set()

        await mock.advance()

        ended = {500: "undelivered", 200: "delivered", 410: "failed"}[statuses[0]]
        assert [each["status"] for each in await deliveries(mock)] == [ended, "undelivered"]
        assert len(receiver.received) == 1


async def test_a_target_that_the_policy_refuses_gets_nothing() -> None:
    """Beyond loopback nothing is sent unless the server was told so; the attempt says why."""
    async with Mock(worlds=[demo(webhooks=[webhook("http://10.1.2.3/hook", maxRetries=0)])]) as mock:
        await mock.create(body(isTest=True))
        await flush(mock)

        (first, _) = await deliveries(mock)
        assert first["status"] == "failed"
        assert first["attempts"][0]["response"] is None
        assert "10.1.2.3 is not allowed" in first["error"]


# --- order


async def test_order_is_kept_for_each_interview() -> None:
    """An interview's next event waits for the retry of the one before; another interview's events do not."""
    async with Receiver(statuses=(500, 200)) as receiver, listening(receiver) as mock:
        receiver.open.clear()
        one = (await mock.create(body(isTest=True))).json()["id"]
        await receiver.arrived(1)
        two = (await mock.create(body(isTest=True))).json()["id"]
        receiver.open.set()
        await flush(mock)
        before = [(d.json["data"]["interviewId"], d.event) for d in receiver.received]
        await mock.advance()
        after = [(d.json["data"]["interviewId"], d.event) for d in receiver.received[3:]]

        completed, analysed = "interview.completed", "analysis.completed"
        assert before == [(one, completed), (two, completed), (two, analysed)]
        assert after == [(one, completed), (one, analysed)]


# --- redeliver


@pytest.mark.parametrize("first", [200, 500], ids=["delivered before", "failed before"])
async def test_a_delivery_can_be_sent_again(first: int) -> None:
    """Under its own id and with the same bytes; its log grows."""
    receiver = Receiver(statuses=(first, 200))
    async with receiver, listening(receiver, events=["interview.completed"], maxRetries=0) as mock:
        await mock.create(body(isTest=True))
        await flush(mock)
        id = (await deliveries(mock))[0]["id"]

        response = await mock.control.post(f"/worlds/{mock.world.id}/deliveries/{id}/redeliver")
        await flush(mock)

        shown = (await mock.control.get(f"/worlds/{mock.world.id}/deliveries/{id}")).json()
        check_retried(receiver.received)
        assert (response.status_code, response.json()["status"]) == (202, "pending")
        assert (shown["status"], [each["number"] for each in shown["attempts"]]) == ("delivered", [1, 2])


async def test_a_delivery_that_is_on_its_way_is_not_sent_again() -> None:
    """409 while it is pending, under way or waiting for a retry; 404 for one that nobody knows."""
    async with Receiver(statuses=(500,)) as receiver, listening(receiver) as mock:
        path = f"/worlds/{mock.world.id}/deliveries"
        await mock.create(body(isTest=True))
        await flush(mock)
        id = (await deliveries(mock))[0]["id"]

        pending = await mock.control.post(f"{path}/{id}/redeliver")
        unknown = await mock.control.post(f"{path}/nobody/redeliver")

        assert (pending.status_code, pending.json()["error"]["code"]) == (409, "STILL_PENDING")
        assert unknown.status_code == 404
        assert len(receiver.received) == 1


# --- a receiver of its own, that dies and comes back


async def started(port: int = 0) -> tuple[asyncio.subprocess.Process, int]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.receiver",
        "--port",
        str(port),
        cwd=Path(program.__file__).parent.parent,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    return process, (await line(process))["port"]


async def line(process: asyncio.subprocess.Process) -> Any:
    assert process.stdout is not None
    return json.loads(await process.stdout.readline())


async def ended(process: asyncio.subprocess.Process) -> None:
    assert process.stdin is not None
    process.stdin.close()
    await process.wait()


@pytest.mark.timeout(120)
async def test_a_receiver_that_is_killed_gets_its_events_when_it_is_back() -> None:
    """kill -9, an interview meanwhile, a restart on the same port: retries bring everything, in order and signed."""
    process, port = await started()
    async with Mock(worlds=[demo(webhooks=[webhook(f"http://127.0.0.1:{port}/hook")])]) as mock:
        await mock.create(body(isTest=True))
        before = [await line(process) for _ in range(2)]
        await flush(mock)
        process.kill()
        await process.wait()
        await mock.create(body(isTest=True, candidateId=candidate(1)))
        await flush(mock)
        waiting = [(each["status"], len(each["attempts"])) for each in await deliveries(mock)]

        process, _ = await started(port)
        await mock.advance()
        after = [await line(process) for _ in range(2)]
        await ended(process)

        assert waiting == [("delivered", 1), ("delivered", 1), ("pending", 1), ("pending", 0)]
        assert [(each["status"], len(each["attempts"])) for each in (await deliveries(mock))[2:]] == [
            ("delivered", 2),
            ("delivered", 1),
        ]
        arrived = [Delivered(each["headers"], each["body"].encode()) for each in (*before, *after)]
        assert [each.event for each in arrived] == ["interview.completed", "analysis.completed"] * 2
        for each in arrived:
            Webhook(bytes.fromhex(SECRET)).verify(each.body, dict(each.headers))
            assert each.headers.items() >= signatures_by_hand(each).items()
