"""The webhook receiver of a test, and waiting for what comes: on a clock that stands, and on one that runs."""

import socket
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from mockserver import AsyncInbox, AsyncInstaView, Inbox, InstaView
from mockserver.inbox import Receiver
from mockserver.plugin.telling import MAX_LINES
from mockserver.plugin.waiting import NotReceived
from mockserver.signing import sign
from mockserver.wire.instants import render_milliseconds
from tests.support import GLOBEX, agent, body, candidate


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.stop()


def test_a_receiver_hands_posts_to_who_opened_the_path(receiver: Receiver) -> None:
    """With headers of any case and the body as sent; other paths, and those that were shut, are 404."""
    taken: list[tuple[str, bytes]] = []
    url = receiver.open("box", lambda headers, body: taken.append((headers["x-name"], body)))

    opened = httpx2.post(url, content=b"\x00{", headers={"X-Name": "value"}).status_code
    other = httpx2.post(f"{receiver.url}/other").status_code
    receiver.shut("box")
    shut = httpx2.post(url).status_code

    assert (opened, other, shut) == (200, 404, 404)
    assert taken == [("value", b"\x00{")]


def test_a_receiver_is_silent_and_leaves_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    """No line on the terminal, no thread, no port."""
    threads = set(threading.enumerate())
    receiver = Receiver()
    receiver.open("box", lambda *_: None)
    httpx2.post(f"{receiver.url}/box")
    receiver.stop()

    assert capfd.readouterr() == ("", "")
    assert set(threading.enumerate()) <= threads
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(receiver.url.rpartition(":")[2])))


def in_days(instaview: InstaView | AsyncInstaView, days: float) -> str:
    return render_milliseconds(instaview.clock.now() + timedelta(days=days))


def create(instaview: InstaView, **changes: Any) -> Any:
    response = instaview.client.post("/interviews", json=body(**changes))
    assert response.status_code == 201, response.text
    return response.json()


def test_a_frozen_clock_moves_on_to_what_is_waited_for(instaview: InstaView, instaview_inbox: Inbox) -> None:
    """An interview in three days is analysed at once; the clock shows the instant at which it was."""
    began = time.monotonic()
    start = instaview.clock.now()
    made = create(instaview, scheduleTime=in_days(instaview, 3))

    told = instaview_inbox.wait_for("analysis.completed", interviewId=made["id"])

    assert told["data"]["interviewId"] == made["id"]
    assert told["data"]["analysis"]
    assert timedelta(days=3) < instaview.clock.now() - start < timedelta(days=3, hours=1)
    assert time.monotonic() - began < 3
    assert [received.json["event"] for received in instaview_inbox.received] == [
        "interview.started",
        "interview.completed",
        "analysis.completed",
    ]


def test_what_is_there_is_not_waited_for(instaview: InstaView, instaview_inbox: Inbox) -> None:
    """The clock stands; waiting twice for one thing gives it twice."""
    created_at = instaview.clock.now()
    create(instaview, isTest=True)

    once = instaview_inbox.wait_for("analysis.completed")
    again = instaview_inbox.wait_for("analysis.completed", status="COMPLETED")

    assert once is again
    assert instaview.clock.now() == created_at


def test_data_tells_one_delivery_from_another(instaview: InstaView, instaview_inbox: Inbox) -> None:
    """The values of the event's data, all of them."""
    create(instaview, isTest=True)
    second = create(instaview, candidateId=candidate(2), jobId="11111111-0000-4000-8001-000000000001", isTest=True)

    told = instaview_inbox.wait_for("interview.completed", candidateId=candidate(2), status="COMPLETED")

    assert told["data"]["interviewId"] == second["id"]


def test_every_company_is_heard(instaview: InstaView, instaview_inbox: Inbox) -> None:
    """Headers, body and signatures are as they came."""
    asked = body(candidateId=candidate(1, GLOBEX), agentId=agent(1, GLOBEX), isTest=True)
    headers = {"Authorization": f"Bearer {instaview.keys[GLOBEX]}"}
    instaview.client.post("/interviews", json=asked, headers=headers)

    told = instaview_inbox.wait_for("interview.completed")

    first = instaview_inbox.received[0]
    assert first.json == told
    assert first.headers["Webhook-Id"] == told["deliveryId"]
    assert first.error is None
    assert instaview_inbox.url.endswith(instaview.id)


def test_nothing_planned_is_nothing_to_wait_for(instaview: InstaView, instaview_inbox: Inbox) -> None:
    """The message lists what came, and how deliveries fared."""
    instaview.webhooks.register("http://127.0.0.1:9/", ["interview.completed"], maxRetries=0)
    create(instaview, isTest=True)

    with pytest.raises(NotReceived) as told:
        instaview_inbox.wait_for("interview.failed", interviewId="x")

    lines = str(told.value).splitlines()
    assert lines[0].startswith("no interview.failed interviewId='x' came by 20")
    assert lines[0].endswith(
        "nothing is planned any more (a system under test that works meanwhile needs timeout_seconds=)"
    )
    assert lines[1] == "received:"
    assert lines[2].startswith('  interview.completed {"interviewId":')
    assert lines[4] == "the delivery log says:"
    assert any("to http://127.0.0.1:9/: failed (connection refused)" in line for line in lines)
    assert any(line.endswith("Z: 200") for line in lines)


def test_an_event_that_there_is_not_is_not_waited_for(instaview_inbox: Inbox) -> None:
    """The name that was meant is told."""
    with pytest.raises(ValueError, match=r"no event 'interview.complete' \(did you mean interview.completed\?\): "):
        instaview_inbox.wait_for("interview.complete")


def test_the_message_says_so_where_nothing_came(instaview_inbox: Inbox) -> None:
    """Nothing received, nothing in the log."""
    with pytest.raises(NotReceived, match="received: nothing\nthe delivery log says: nothing"):
        instaview_inbox.wait_for("interview.failed")


@pytest.mark.instaview(minutes=100_000)
def test_a_long_message_shows_the_end(instaview: InstaView, instaview_inbox: Inbox) -> None:
    """Lists are cut to their newest lines, and lines to a readable length."""
    for _ in range(MAX_LINES):
        create(instaview, isTest=True)

    with pytest.raises(NotReceived) as told:
        instaview_inbox.wait_for("interview.failed")

    assert f"… and {MAX_LINES} before these" in str(told.value)
    assert max(len(line) for line in str(told.value).splitlines()) < 400


FAR = {
    "companies": [{"id": "44444444-0000-4000-8000-000000000001", "name": "Hooli", "minutes": 60}],
    "keys": [{"key": "sk_test_hooli", "companyId": "44444444-0000-4000-8000-000000000001"}],
    "agents": [
        {
            "id": "44444444-0000-4000-8002-000000000001",
            "companyId": "44444444-0000-4000-8000-000000000001",
            "name": "Agent",
            "type": "ONLINE",
            "focus": "GENERIC",
            "language": "EN",
            "duration": 10,
        }
    ],
    "candidates": [
        {
            "id": "44444444-0000-4000-8003-000000000001",
            "companyId": "44444444-0000-4000-8000-000000000001",
            "firstName": "Jane",
            "lastName": "Doe",
            "email": "jane@example.com",
            "gdprExpiryDate": "2030-01-01",
        }
    ],
    "interviews": [
        {
            "companyId": "44444444-0000-4000-8000-000000000001",
            "candidateId": "44444444-0000-4000-8003-000000000001",
            "agentId": "44444444-0000-4000-8002-000000000001",
            "scheduledAt": "2024-06-01T00:00:00Z",
        }
    ],
}


@pytest.mark.instaview(world=FAR, clock="2024-01-01T00:00:00Z")
def test_what_is_planned_too_far_ahead_is_named(instaview: InstaView, instaview_inbox: Inbox) -> None:
    """And the clock does not move."""
    with pytest.raises(NotReceived, match=r"next is planned start at 2024-06-01T00:00:00\.000Z"):
        instaview_inbox.wait_for("interview.completed")

    assert instaview.state()["clock"]["now"] == "2024-01-01T00:00:00.000Z"


@pytest.mark.instaview(clock="real")
def test_beside_a_running_clock_real_time_passes(instaview: InstaView, instaview_inbox: Inbox) -> None:
    """What comes meanwhile from another thread is what was waited for."""
    waited: list[Any] = []
    waiting = threading.Thread(target=lambda: waited.append(instaview_inbox.wait_for("interview.completed")))
    waiting.start()

    create(instaview)
    made = create(instaview, isTest=True)
    waiting.join()

    assert waited[0]["data"]["interviewId"] == made["id"]


@pytest.mark.instaview(clock="real")
def test_beside_a_running_clock_patience_ends(instaview: InstaView, instaview_inbox: Inbox) -> None:
    """The message says why, and what the world still waits for."""
    create(instaview)

    with pytest.raises(NotReceived, match=r"within 0\.05 s of real time: .* is real; next is planned complete at"):
        instaview_inbox.wait_for("interview.completed", timeout_seconds=0.05)


def test_a_delivery_is_awaited_though_the_receiver_asks_the_world(instaview: InstaView, receiver: Receiver) -> None:
    """A receiver of the test's own may use `instaview` while the clock is being moved."""
    statuses: list[str] = []
    url = receiver.open("own", lambda *_: statuses.append(instaview.state()["interviews"][0]["status"]))
    instaview.webhooks.register(url, ["interview.started"])
    create(instaview, scheduleTime=in_days(instaview, 1))

    instaview.clock.advance(seconds=86_400)

    assert statuses == ["IN_PROGRESS"]


FORGERIES: list[tuple[bytes, str | None, str, str]] = [
    (b'{"event": "interview.completed", "data": {}}', "00" * 32, "does not match", "another secret"),
    (b'{"event": "interview.completed", "data": {}}', None, "is missing", "no signature"),
    (b"hello", None, "hello", "no JSON"),
]


@pytest.mark.parametrize(("sent", "secret", "named"), [row[:3] for row in FORGERIES], ids=[row[3] for row in FORGERIES])
def test_a_wrong_signature_is_an_error(instaview_inbox: Inbox, sent: bytes, secret: str | None, named: str) -> None:
    """Whoever waits is told, whatever for; the delivery is kept as it came."""
    headers = {} if secret is None else sign(secret, "id", int(time.time()), sent)
    httpx2.post(instaview_inbox.url, content=sent, headers=headers)

    with pytest.raises(NotReceived, match="wrong signature") as told:
        instaview_inbox.wait_for("interview.failed")

    assert named in str(told.value)
    assert instaview_inbox.received[0].body == sent


def test_a_signed_body_that_is_no_event_is_passed_over(instaview_inbox: Inbox) -> None:
    """It is received, and nothing that anybody waits for."""
    sent = b"[]"
    httpx2.post(instaview_inbox.url, content=sent, headers=sign(instaview_inbox.secret, "id", int(time.time()), sent))

    with pytest.raises(NotReceived, match=r"received:\n  \[\]"):
        instaview_inbox.wait_for("interview.failed")


@pytest.mark.instaview(clock="2024-01-16T10:30:00Z", readings={"webhook_timestamp": "world"})
def test_signatures_of_the_worlds_time_are_good(instaview: InstaView, instaview_inbox: Inbox) -> None:
    """However far that is from the machine's."""
    create(instaview, isTest=True)

    assert instaview_inbox.wait_for("interview.completed")
    assert instaview_inbox.received[0].headers["webhook-timestamp"] == "1705401000"


async def test_in_process_the_loop_runs_while_one_waits(
    instaview_asgi: AsyncInstaView, instaview_asgi_inbox: AsyncInbox
) -> None:
    """The same waiting, awaited."""
    asked = body(scheduleTime=in_days(instaview_asgi, 3))
    made = (await instaview_asgi.client.post("/interviews", json=asked)).json()

    told = await instaview_asgi_inbox.wait_for("analysis.completed", interviewId=made["id"])

    assert told["data"]["status"] == "COMPLETED"


@pytest.mark.instaview(clock="real")
async def test_in_process_patience_ends_too(instaview_asgi_inbox: AsyncInbox) -> None:
    """Real time passes off the loop."""
    with pytest.raises(NotReceived, match="of real time"):
        await instaview_asgi_inbox.wait_for("interview.completed", timeout_seconds=0.05)
