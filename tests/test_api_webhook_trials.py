"""Webhooks of the API at work: what they hear, tests of them, resets, and what a deletion calls off."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from mockserver import contract
from tests.receiver import SECRET, Receiver, signatures_by_hand, webhook
from tests.support import ACME, ATS, GLOBEX, NOW, Mock, agent, body, candidate, company, demo

LABELS = ["interview.started", "interview.completed", "interview.failed", "analysis.completed", "analysis.failed"]
TEST = {"interview.completed", "analysis.completed"}  # what a test interview sends
CLOSED = "http://127.0.0.1:9/hook"  # nobody listens there


async def registered(mock: Mock, url: str, key: str = ACME, **changes: Any) -> Any:
    sent = {"url": url, "events": ["ping", *LABELS], **changes}
    response = await mock.call("POST", "/webhooks", key, json=sent)
    assert response.status_code == 201, response.text
    return response.json()


async def tried(mock: Mock, id: str, key: str = ACME) -> Any:
    response = await mock.call("POST", f"/webhooks/{id}/test", key)
    assert response.status_code == 200, response.text
    return response.json()


async def deliveries(mock: Mock) -> list[Any]:
    rows: list[Any] = (await mock.control.get("/worlds/demo/deliveries")).json()
    return rows


async def flush(mock: Mock) -> None:
    await mock.control.post("/worlds/demo/deliveries/flush")


async def interview(mock: Mock, key: str = ACME, asked_by: str | None = None) -> None:
    query = f"?companyId={company(key)}" if asked_by else ""
    asked = body(candidateId=candidate(1, key), agentId=agent(1, key), isTest=True)
    response = await mock.call("POST", f"/interviews{query}", asked_by or key, json=asked)
    assert response.status_code == 201, response.text


def companies_in(receiver: Receiver) -> set[str]:
    """The prefixes of the companies whose events arrived."""
    return {delivered.json["data"]["candidateId"][:8] for delivered in receiver.received}


# --- What it hears

REACH = [
    # key   for         hears of                        why
    pytest.param(ACME, None, {"11111111"}, id="an ordinary key's, for all: its company"),
    pytest.param(ACME, company(), {"11111111"}, id="an ordinary key's, for its company"),
    pytest.param(ATS, None, {"11111111", "22222222"}, id="an ATS key's, for all that it manages"),
    pytest.param(ATS, company(GLOBEX), {"22222222"}, id="an ATS key's, for one of them"),
]


@pytest.mark.rule("WEBHOOK-OWNER")
@pytest.mark.parametrize(("key", "company_id", "heard"), REACH)
async def test_a_webhook_hears_of_what_its_key_reaches(
    mock: Mock, key: str, company_id: str | None, heard: set[str]
) -> None:
    """Whoever makes the interview; the events are signed with the secret that the API told."""
    async with Receiver() as receiver:
        created = await registered(mock, receiver.url, key, companyId=company_id)
        await interview(mock, ACME)
        await interview(mock, GLOBEX)
        await flush(mock)

    assert companies_in(receiver) == heard
    assert set(receiver.events) == TEST
    expected = signatures_by_hand(receiver.received[0], created["signingSecret"])
    assert expected.items() <= receiver.received[0].headers.items()


@pytest.mark.rule("WEBHOOK-OWNER")
async def test_an_ats_webhook_hears_of_companies_made_later(mock: Mock) -> None:
    """A company that the key creates is one that it reaches."""
    async with Receiver() as receiver:
        await registered(mock, receiver.url, ATS)
        made = (await mock.call("POST", "/company", ATS, json={"name": "Umbrella"})).json()["id"]
        asked = {
            "candidate": {
                "firstName": "Jane",
                "lastName": "Doe",
                "email": "jane@example.com",
                "gdprExpiryDate": "2030-01-01",
            },
            "agent": {"type": "ONLINE", "name": "Ann", "focus": "GENERIC", "language": "EN", "duration": 5},
            "isTest": True,
        }
        answer = await mock.call("POST", f"/interviews?companyId={made}", ATS, json=asked)
        await flush(mock)

    assert answer.status_code == 201, answer.text
    assert set(receiver.events) == TEST


@pytest.mark.rule("WEBHOOK-EVENTS")
async def test_events_of_sourcing_never_happen(mock: Mock) -> None:
    """Who wants nothing else hears nothing."""
    async with Receiver() as receiver:
        await registered(mock, receiver.url, events=["SOURCING_COMPLETED", "enrich.failed"])
        await interview(mock)
        await flush(mock)

    assert (receiver.received, await deliveries(mock)) == ([], [])


@pytest.mark.rule("WEBHOOK-SHAPE")
async def test_headers_ride_along_as_they_are_now(mock: Mock) -> None:
    """With their values, which no answer tells; an update replaces them all, for a retry too."""
    async with Receiver(statuses=(500, 200)) as receiver:
        headers = [{"name": "Authorization", "value": "Bearer ours"}, {"name": "X-Old", "value": "1"}]
        id = (await registered(mock, receiver.url, events=["interview.completed"], headers=headers))["id"]
        await interview(mock)
        await flush(mock)
        await mock.call("PATCH", f"/webhooks/{id}", json={"headers": [{"name": "X-New", "value": "2"}]})
        await mock.advance(5)

    first, second = (delivered.headers for delivered in receiver.received)
    assert (first["authorization"], first["x-old"], "x-new" in first) == ("Bearer ours", "1", False)
    assert ("authorization" in second, "x-old" in second, second["x-new"]) == (False, False, "2")
    assert first["webhook-id"] == second["webhook-id"]


# --- Tests


@pytest.mark.rule("WEBHOOK-TEST")
async def test_a_test_sends_one_ping_to_one_webhook(mock: Mock) -> None:
    """Signed, as the contract has it; the answer names the delivery, which is in the log, and the event is too."""
    async with Receiver(statuses=(204,)) as receiver, Receiver() as other:
        created = await registered(mock, receiver.url)
        await registered(mock, other.url)

        answer = await tried(mock, created["id"])

        assert answer.pop("durationMs") >= 0
        assert answer == {
            "success": True,
            "deliveryId": receiver.received[0].headers["webhook-id"],
            "httpStatus": 204,
            "message": "Webhook test successful!",
        }
        (ping,) = receiver.received
        contract.compiled({"$ref": "#/components/schemas/PingEvent"}).validate(ping.json)
        assert ping.json["data"] == {"webhookId": created["id"]}
        assert signatures_by_hand(ping, created["signingSecret"]).items() <= ping.headers.items()
        events = (await mock.control.get("/worlds/demo/events")).json()
        rows = [(row["id"], row["event"], row["status"]) for row in await deliveries(mock)]
        assert rows == [(answer["deliveryId"], "ping", "delivered")]
        assert ([event["type"] for event in events], other.received) == (["ping"], [])


@pytest.mark.rule("WEBHOOK-TEST")
async def test_a_test_that_fails_says_why(mock: Mock) -> None:
    """After the first attempt; like every delivery the ping is then tried again, and may arrive."""
    async with Receiver(statuses=(503, 200)) as receiver:
        refused = await tried(mock, (await registered(mock, CLOSED))["id"])
        answered = await tried(mock, (await registered(mock, receiver.url))["id"])
        await mock.advance(5)

    assert refused == {"success": False, "message": "Webhook test failed: connection refused"}
    assert answered == {"success": False, "message": "Webhook test failed: the receiver answered 503"}
    assert receiver.events == ["ping", "ping"]
    assert [row["status"] for row in await deliveries(mock)] == ["pending", "delivered"]


UNSUBSCRIBED = "Webhook is not subscribed to ping events. Add the ping event to the webhook configuration."
OFF = "No delivery was created. This may indicate the webhook is disabled or circuit breaker is open."
UNSENT: list[Any] = [
    pytest.param({"events": LABELS}, UNSUBSCRIBED, id="it does not want pings"),
    pytest.param({"events": LABELS, "isActive": False}, UNSUBSCRIBED, id="neither on nor subscribed"),
    pytest.param({"isActive": False}, OFF, id="it is switched off"),
]


@pytest.mark.rule("WEBHOOK-TEST")
@pytest.mark.parametrize(("changes", "says"), UNSENT)
async def test_a_test_that_cannot_be_sent_says_why(mock: Mock, changes: Mapping[str, Any], says: str) -> None:
    """Nothing is sent, and no event happened."""
    async with Receiver() as receiver:
        id = (await registered(mock, receiver.url, **changes))["id"]
        before = await mock.everything()

        answer = await tried(mock, id)

        assert answer == {"success": False, "message": says}
        assert (receiver.received, await mock.everything()) == ([], before)


@pytest.mark.rule("WEBHOOK-TEST")
async def test_a_webhook_from_beside_the_api_for_every_type_wants_pings(mock: Mock) -> None:
    """No types means all."""
    async with Receiver() as receiver:
        row = {"url": receiver.url, "companyId": company(), "signingSecret": SECRET}
        id = (await mock.control.post("/worlds/demo/webhooks", json=row)).json()["id"]

        assert (await tried(mock, id))["success"] is True


@pytest.mark.rule("WEBHOOK-TEST")
async def test_a_test_of_a_hanging_receiver_ends_with_the_time_out() -> None:
    """The webhook's own, in real time."""
    async with Receiver() as receiver:
        file = {**demo(), "webhooks": [webhook(receiver.url, events=["ping"], timeoutMs=50)]}
        async with Mock(worlds=[file], clock=NOW) as mock:
            receiver.open.clear()
            answer = await tried(mock, (await mock.state())["webhooks"][0]["id"])
            receiver.open.set()

    assert answer == {"success": False, "message": "Webhook test failed: timed out after 0.05 s"}


@pytest.mark.rule("WEBHOOK-TEST")
async def test_a_test_that_gets_no_turn_ends_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind others that hang it waits no longer than an attempt may take, and a little."""
    monkeypatch.setattr("mockserver.webhook_config.PATIENCE_SECONDS", 0.01)
    async with Receiver() as receiver:
        file = {**demo(), "webhooks": [webhook(receiver.url, events=["ping", "interview.completed"], timeoutMs=1)]}
        async with Mock(worlds=[file], clock=NOW) as mock:
            id = (await mock.state())["webhooks"][0]["id"]
            mock.world.engine = Waiting()

            answer = await tried(mock, id)

    assert answer == {"success": False, "message": "Webhook test failed: no attempt was made in time"}


class Waiting:
    """An engine that lets nothing set out."""

    def took_place(self, *_: object) -> None: ...
    def queued(self, *_: object) -> None: ...
    def planned(self, *_: object) -> None: ...


@pytest.mark.rule("WEBHOOK-TEST")
async def test_an_ats_key_without_companies_may_still_try_its_webhook(mock: Mock) -> None:
    """Its companies were deleted; the webhook for all that it reaches stays."""
    async with Receiver() as receiver:
        id = (await registered(mock, receiver.url, ATS))["id"]
        for key in (ACME, GLOBEX):
            await mock.call("DELETE", f"/company/{company(key)}", ATS)

        assert (await tried(mock, id, ATS))["success"] is True


# --- Resets


async def broken(mock: Mock, receiver: Receiver, **changes: Any) -> str:
    """The id of a webhook whose breaker opened after five deliveries that came to nothing."""
    id: str = (await registered(mock, receiver.url, **changes))["id"]
    for _ in range(5):
        await tried(mock, id)
    await mock.advance()
    return id


@pytest.mark.rule("WEBHOOK-TEST")
async def test_a_reset_gives_another_chance(mock: Mock) -> None:
    """The breaker is closed, its count is zero, the webhook is on; a second reset changes but the time."""
    async with Receiver(statuses=(500,)) as receiver:
        id = await broken(mock, receiver)
        before = (await mock.call("GET", f"/webhooks/{id}")).json()
        off = await tried(mock, id)
        after = (await mock.call("POST", f"/webhooks/{id}/reset-circuit")).json()
        receiver.statuses = (200,)
        on = await tried(mock, id)
        again = (await mock.call("POST", f"/webhooks/{id}/reset-circuit", content=b"no JSON")).json()

    assert (before["isActive"], before["consecutiveFailures"]) == (False, 5)
    assert before["circuitOpenedAt"] > NOW
    assert off == {"success": False, "message": OFF}
    closed = {"isActive": True, "consecutiveFailures": 0, "circuitOpenedAt": None}
    assert after == {**before, **closed, "updatedAt": after["updatedAt"]} == again
    assert after["updatedAt"] > before["updatedAt"]
    assert on["success"] is True


@pytest.mark.rule("WEBHOOK-SHAPE")
async def test_switching_on_is_a_reset_too(mock: Mock) -> None:
    """ASSUMED: with its breaker open it would go off again. Any other update leaves the breaker alone."""
    async with Receiver(statuses=(500,)) as receiver:
        id = await broken(mock, receiver)
        named = (await mock.call("PATCH", f"/webhooks/{id}", json={"name": "Broken"})).json()
        on = (await mock.call("PATCH", f"/webhooks/{id}", json={"isActive": True})).json()

    assert (named["isActive"], named["consecutiveFailures"]) == (False, 5)
    assert (on["isActive"], on["consecutiveFailures"], on["circuitOpenedAt"]) == (True, 0, None)


# --- Deletions


@pytest.mark.rule("WEBHOOK-EXISTS")
async def test_a_deletion_calls_off_what_was_not_made(mock: Mock) -> None:
    """What waits for a retry or behind it never sets out, its timer is gone; the webhook is gone, others stay."""
    async with Receiver(statuses=(500,)) as receiver, Receiver() as other:
        id = (await registered(mock, receiver.url))["id"]
        kept = await registered(mock, other.url)
        await interview(mock)
        await flush(mock)

        answer = await mock.call("DELETE", f"/webhooks/{id}")
        await mock.refused(mock.call("DELETE", f"/webhooks/{id}"), 404, "WEBHOOK-EXISTS")
        await mock.advance()

        assert (answer.status_code, answer.content) == (204, b"")
        rows = [(row["status"], row["error"]) for row in await deliveries(mock) if row["webhookId"] == id]
        gone = "the webhook was deleted"
        assert rows == [("undelivered", f"the receiver answered 500; {gone}"), ("undelivered", gone)]
        assert (receiver.events, other.events) == (
            ["interview.completed"],
            ["interview.completed", "analysis.completed"],
        )
        assert [row["id"] for row in (await mock.state())["webhooks"]] == [kept["id"]]
        assert (await mock.state())["timers"] == []


@pytest.mark.rule("WEBHOOK-TEST")
async def test_a_deletion_ends_a_test_that_waits_for_its_turn(mock: Mock) -> None:
    """Ten others are under way at its receiver; who asked for the test is told."""
    async with Receiver() as receiver:
        id = (await registered(mock, receiver.url))["id"]
        receiver.open.clear()
        tests = [asyncio.ensure_future(tried(mock, id)) for _ in range(11)]
        await receiver.arrived(10)
        await mock.call("DELETE", f"/webhooks/{id}")
        waiting = await tests[10]
        receiver.open.set()
        under_way = [await test for test in tests[:10]]

    assert waiting == {"success": False, "message": "Webhook test failed: the webhook was deleted"}
    assert [answer["success"] for answer in under_way] == [True] * 10
