"""Journal, events, deliveries, readings and documents through the control API."""

import asyncio
from typing import Any

import httpx2
import pytest

from mockserver import contract, create_app, rulebook, settings_for
from mockserver.control import routes
from mockserver.readings import VALUES
from tests.receiver import Receiver, webhook
from tests.support import ACME, NOW, Mock, body, demo, job

PATH = "/worlds/demo"


async def get(mock: Mock, path: str) -> Any:
    response = await mock.control.get(path)
    assert response.status_code == 200
    return response.json()


# --- the journal


async def test_the_journal_explains_a_refusal(mock: Mock) -> None:
    """Which rule decided, where it stands, what was sent and the smallest change that would pass; found by the id."""
    response = await mock.create(body(jobId=job(3)))

    entry = await get(mock, f"{PATH}/requests/{response.headers['x-mock-request-id']}")

    (decided,) = entry["decided"]
    assert (entry["method"], entry["path"], entry["operation"]) == ("POST", "/interviews", "createInterview")
    assert (entry["response"]["status"], entry["response"]["body"]) == (400, response.json())
    assert entry["request"]["body"] == body(jobId=job(3))
    assert (decided["rule"], decided["at"], decided["sent"]) == ("JOB-ASSIGNED", "/jobId", job(3))
    assert (decided["evidence"], decided["statusEvidence"]) == ("DOCUMENTED", "INFERRED")
    assert 354 in [source["line"] for source in decided["source"]]
    assert decided["fix"]
    assert {"AUTH-KEY", "AUTH-SCOPE", "BODY-JSON", "CANDIDATE-EXISTS"} <= set(entry["held"])
    assert "JOB-ASSIGNED" not in entry["held"]


async def test_the_journal_names_what_nobody_read_and_what_no_document_shows(mock: Mock) -> None:
    """Unknown fields by their pointers, values of open enums with their places."""
    named = {"title": "Senior engineer", "contractType": "ZERO_HOURS", "perks": ["tea"]}
    await mock.create(body(job=named, colour="blue"))

    (entry,) = await get(mock, f"{PATH}/requests")

    assert sorted(entry["unread"]) == ["/colour", "/job/perks"]
    assert entry["unseen"] == [{"at": "/job/contractType", "value": "ZERO_HOURS"}]


async def test_the_journal_shows_keys_shortened(mock: Mock) -> None:
    """Nobody who reads it learns a key."""
    await mock.create()

    text = (await mock.control.get(f"{PATH}/requests")).text

    assert ACME not in text
    assert "sk_…acme" in text


async def test_requests_that_no_key_places_stand_in_the_lobby(mock: Mock) -> None:
    """Listed and readable apart from every world; a world does not have them."""
    response = await mock.create(key="sk_nobody_at_all")
    id = response.headers["x-mock-request-id"]

    (entry,) = await get(mock, "/requests")
    alone = await get(mock, f"/requests/{id}")
    absent = await mock.control.get(f"{PATH}/requests/{id}")

    assert entry == alone
    assert [decided["rule"] for decided in entry["decided"]] == ["AUTH-KEY"]
    assert await mock.requests() == []
    assert absent.status_code == 404


async def test_a_request_that_comes_too_late_for_its_world_says_so(mock: Mock) -> None:
    """Somebody was left running: it is told apart from a key of nobody, and counts for no rule."""
    made = (await mock.control.post("/worlds", json={"from": "demo"})).json()
    await mock.create(key=made["keys"][ACME])
    await mock.control.delete(f"/worlds/{made['id']}")

    await mock.refused(mock.create(key=made["keys"][ACME]), 401, "AUTH-KEY")
    await mock.create(key="sk_nobody_at_all")

    counted = {row["rule"]: row["refused"] for row in await get(mock, "/coverage")}
    assert [entry["late"] for entry in await get(mock, "/requests")] == [True, False]
    assert counted["AUTH-KEY"] == 1


@pytest.mark.parametrize(("place", "key"), [(PATH, ACME), ("", "sk_nobody_at_all")], ids=["world", "lobby"])
async def test_a_journal_is_cleared(mock: Mock, place: str, key: str) -> None:
    """204, and it is empty; the world itself is as it was."""
    await mock.create(key=key)

    cleared = await mock.control.delete(f"{place}/requests")

    assert (cleared.status_code, cleared.content) == (204, b"")
    assert await get(mock, f"{place}/requests") == []


@pytest.mark.parametrize("path", [f"{PATH}/requests/1", "/requests/1", f"{PATH}/deliveries/1"])
async def test_what_is_not_there_is_not_found(mock: Mock, path: str) -> None:
    """404 in the control API's shape."""
    response = await mock.control.get(path)

    assert (response.status_code, response.json()["error"]["code"]) == (404, "NOT_FOUND")


# --- events and deliveries


async def test_events_are_listed_though_no_webhook_wants_them(mock: Mock) -> None:
    """In order, each with an id of its own, its instant and its data."""
    created = (await mock.create()).json()
    await mock.advance()

    events = await get(mock, f"{PATH}/events")

    assert [event["type"] for event in events] == ["interview.started", "interview.completed", "analysis.completed"]
    assert len({event["id"] for event in events}) == 3
    assert {event["data"]["interviewId"] for event in events} == {created["id"]}
    assert await get(mock, f"{PATH}/deliveries") == []


async def test_a_delivery_shows_what_was_sent_and_answered() -> None:
    """Each attempt with its request, signature, response and timing, and the event that it is about."""
    receiver = Receiver(statuses=(500, 200), headers={"X-Receiver": "mine"})
    async with receiver, Mock(worlds=[demo(webhooks=[webhook(receiver.url, events=["interview.completed"])])]) as mock:
        await mock.create(body(isTest=True))
        await mock.advance()

        (listed,) = await get(mock, f"{PATH}/deliveries")
        alone = await get(mock, f"{PATH}/deliveries/{listed['id']}")

        event = (await get(mock, f"{PATH}/events"))[0]
        first, second = listed["attempts"]
        sent = receiver.received[0]
        assert listed == alone
        assert (listed["event"], listed["eventId"], listed["url"]) == (event["type"], event["id"], receiver.url)
        assert listed["webhookId"] == mock.world.seed.endpoints[0].id
        assert first["request"]["body"] == sent.json
        assert first["request"]["headers"].items() <= sent.headers.items()
        assert {name.lower(): value for name, value in first["signature"].items()}.items() <= sent.headers.items()
        assert (first["response"]["status"], second["response"]["status"]) == (500, 200)
        assert second["response"]["headers"]["x-receiver"] == "mine"
        assert second["response"]["body"] is None
        assert first["ms"] > 0


async def test_each_attempt_shows_where_it_went() -> None:
    """A webhook that is moved between two attempts: the delivery has the URL of its event, each attempt its own."""
    async with Receiver(statuses=(500,)) as old, Receiver() as new:
        async with Mock(worlds=[demo(webhooks=[webhook(old.url, events=["interview.completed"])])]) as mock:
            await mock.create(body(isTest=True))
            await mock.control.post(f"{PATH}/deliveries/flush")
            await mock.call("PATCH", f"/webhooks/{mock.world.seed.endpoints[0].id}", json={"url": new.url})
            await mock.advance()

            (listed,) = await get(mock, f"{PATH}/deliveries")

        assert (listed["url"], listed["status"]) == (old.url, "delivered")
        assert [attempt["url"] for attempt in listed["attempts"]] == [old.url, new.url]
        assert (len(old.received), len(new.received)) == (1, 1)


async def test_an_answer_of_a_receiver_is_shown_as_json_or_as_text() -> None:
    """What is no JSON is shown as the text that it is."""
    async with Mock() as mock:
        server = await answering(b"sorry, {")
        port = server.sockets[0].getsockname()[1]
        hook = webhook(f"http://127.0.0.1:{port}/hook", events=["analysis.completed"])
        file = demo(name="other", keys=[{"key": "sk_other", "companyId": demo()["companies"][0]["id"]}])
        made = (await mock.control.post("/worlds", json={**file, "webhooks": [hook]})).json()
        await mock.call("POST", "/interviews", "sk_other", json=body(isTest=True))
        await mock.control.post(f"/worlds/{made['id']}/deliveries/flush")

        (delivery,) = await get(mock, f"/worlds/{made['id']}/deliveries")

        assert delivery["attempts"][0]["response"]["body"] == "sorry, {"
        server.close()
        await server.wait_closed()


async def answering(text: bytes) -> Any:
    """A server that answers everything with a text."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.partition(b":")[2]))
        writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%b" % (len(text), text))
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    return await asyncio.start_server(answer, "127.0.0.1", 0)


@pytest.mark.parametrize("asked", [{"wait": -1}, {"wait": "long"}, {"until": "idle"}, []], ids=str)
async def test_a_flush_that_makes_no_sense_is_refused(mock: Mock, asked: Any) -> None:
    """400; no body at all is a flush like any other."""
    refused = await mock.control.post(f"{PATH}/deliveries/flush", json=asked)
    plain = await mock.control.post(f"{PATH}/deliveries/flush")

    assert (refused.status_code, plain.status_code, plain.json()) == (400, 200, {"unfinished": []})


# --- readings and documents


async def test_readings_are_shown_with_what_they_settle(mock: Mock) -> None:
    """Every reading with its value, values, default, evidence and sources."""
    shown = await get(mock, f"{PATH}/readings")

    assert list(shown) == list(VALUES)
    assert {name: reading["default"] for name, reading in shown.items()} == {
        name: values[0] for name, values in VALUES.items()
    }
    assert all(reading["value"] == reading["default"] for reading in shown.values())


async def test_readings_are_changed_one_by_one(mock: Mock) -> None:
    """Those that are left out stay; a number serves as well as its text."""
    await mock.control.put(f"{PATH}/readings", json={"wire": "envelope"})

    response = await mock.control.put(f"{PATH}/readings", json={"create_status": 200})

    chosen = {name: reading["value"] for name, reading in response.json().items()}
    assert (chosen["wire"], chosen["create_status"], chosen["scopes"]) == ("envelope", "200", "strict")


@pytest.mark.parametrize(
    "asked", [{"wire": "pigeon"}, {"weather": "fine"}, {"wire": None}, [], {"wire": True}], ids=str
)
async def test_an_unknown_reading_is_refused(mock: Mock, asked: Any) -> None:
    """400, and none is changed, also those beside it."""
    if isinstance(asked, dict):
        asked = {"create_status": "200", **asked}

    response = await mock.control.put(f"{PATH}/readings", json=asked)

    assert response.status_code == 400
    assert mock.world.readings.create_status == "201"


async def test_the_documents_are_served(mock: Mock) -> None:
    """Health, the control API's contract, the schema of world files, the rulebook in its order."""
    health = await get(mock, "/health")

    assert (health["status"], health["version"]) == ("ok", "0.1.0")
    assert await get(mock, "/openapi.json") == contract.document("control.yaml")
    assert (await get(mock, "/schemas/world.json"))["title"] == "World"
    assert [rule["id"] for rule in await get(mock, "/rules")] == list(rulebook.RULES)


def test_every_call_is_in_the_contract_and_built() -> None:
    """What is documented is built and what is built is documented, method by method."""
    documented = {
        (method.upper(), path)
        for path, item in contract.document("control.yaml")["paths"].items()
        for method in item
        if method != "parameters"
    }

    assert {(method, path) for method, path, _ in routes.TABLE} == documented


# --- how the control API reads and fails


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (b"", 400, "BAD_JSON"),
        (b"{", 400, "BAD_JSON"),
        (b'{"seconds": NaN}', 400, "BAD_JSON"),
        (b"\xff", 400, "BAD_JSON"),
        (b"[" * 500 + b"]" * 500, 400, "BAD_JSON"),
        (b'{"seconds": true}', 400, "BAD_REQUEST"),
    ],
    ids=["nothing", "half", "NaN", "no UTF-8", "too deep", "wrong type"],
)
async def test_a_body_that_is_not_what_is_asked_for_is_refused(mock: Mock, sent: bytes, status: int, code: str) -> None:
    """In the control API's shape, whatever comes in."""
    response = await mock.control.post(f"{PATH}/clock/advance", content=sent)

    assert (response.status_code, response.json()["error"]["code"]) == (status, code)


async def test_a_body_beyond_64_mib_is_refused(mock: Mock) -> None:
    """413 as soon as the limit is passed, without reading on."""
    sent = 0

    async def endless() -> Any:
        nonlocal sent
        while True:
            sent += 1
            yield b" " * 1024 * 1024

    response = await mock.control.post("/worlds", content=endless())

    assert (response.status_code, response.json()["error"]["code"]) == (413, "TOO_LARGE")
    assert sent <= 66


async def test_a_body_that_breaks_off_is_refused() -> None:
    """The client went away: nothing is made of the half."""
    app = create_app(settings_for(clock=NOW))
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/_mock/worlds",
        "raw_path": b"/_mock/worlds",
        "root_path": "",
        "scheme": "http",
        "query_string": b"",
        "headers": [(b"host", b"localhost")],
        "http_version": "1.1",
    }
    await app(scope, receive, send)
    await app.universe.stop()

    assert sent[0]["status"] == 400


@pytest.mark.parametrize(
    ("method", "path", "allowed"), [("GET", "/worlds/demo", "DELETE"), ("PATCH", "/worlds", "GET, POST")]
)
async def test_a_wrong_method_is_told_the_right_ones(mock: Mock, method: str, path: str, allowed: str) -> None:
    """405 with `Allow`."""
    response = await mock.control.request(method, path)

    assert (response.status_code, response.headers["allow"]) == (405, allowed)
    assert response.json()["error"]["code"] == "METHOD_NOT_ALLOWED"


async def test_a_mistake_of_ours_is_a_500_in_the_same_shape() -> None:
    """Outside the shape holds, inside the exception surfaces."""
    app = create_app(settings_for(clock=NOW))
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost/_mock") as client:
        await client.get("/health")
        world = next(iter(app.universe.worlds))
        world.plan(world.now(), "start", "nobody")

        response = await client.post("/worlds/demo/clock/advance", json={"seconds": 0})
    await app.universe.stop()

    assert (response.status_code, response.json()["error"]["code"]) == (500, "INTERNAL_ERROR")
