"""Planned faults over real sockets, behind both parsers: what clients feel of connections that end or keep waiting."""

import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import httpx2
import pytest

from mockserver import AsyncInstaView, InstaView, MockServer, settings_for
from mockserver.client import Calls, ControlClient
from mockserver.server import Parser
from tests.support import ACME, NOW, body

PARSERS: tuple[Parser, ...] = ("httptools", "h11")
CREATE = {"operation": "createInterview"}
BODY = json.dumps(body(isTest=True)).encode()
REQUEST = (
    f"POST /interviews HTTP/1.1\r\nHost: api.test\r\nAuthorization: Bearer {ACME}\r\n"
    f"Content-Type: application/json\r\nContent-Length: {len(BODY)}\r\n\r\n"
).encode() + BODY
UNANSWERED = ("connection-reset", "lost-answer")


@pytest.fixture(scope="module", params=PARSERS)
def server(request: pytest.FixtureRequest) -> Iterator[MockServer]:
    with MockServer(settings_for(clock=NOW, grace_seconds=0), parser=request.param) as server:
        yield server


@pytest.fixture
def world(server: MockServer) -> Iterator[Calls]:
    """The control API of the server's world, as its seed has it."""
    with closing(ControlClient(server.url)) as control:
        calls = Calls(control, "demo")
        calls.call("POST", "/reset")
        yield calls


def plan(world: Calls, kind: str, **row: Any) -> None:
    world.call("POST", "/faults", {"kind": kind, "match": CREATE, **row})


def connected(server: MockServer) -> socket.socket:
    host, _, port = server.url.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=20)


def said(connection: socket.socket) -> tuple[bytes, bool]:
    """All that comes until the connection ends, and whether it ends with a reset."""
    received = b""
    try:
        while piece := connection.recv(65_536):
            received += piece
    except ConnectionResetError:
        return received, True
    return received, False


def stored(world: Calls) -> int:
    return len(world.call("GET", "/state")["interviews"])


@pytest.mark.parametrize(("kind", "happened"), [("connection-reset", 0), ("lost-answer", 1)])
def test_a_connection_is_reset_without_a_byte(server: MockServer, world: Calls, kind: str, happened: int) -> None:
    """Not closed in good order; what was asked for has happened, or has not."""
    plan(world, kind)

    with connected(server) as connection:
        connection.sendall(REQUEST)
        assert said(connection) == (b"", True)

    assert stored(world) == happened
    assert [fault["met"] for fault in world.call("GET", "/faults")] == [1]


@pytest.mark.parametrize("kind", UNANSWERED)
def test_a_connection_in_use_is_reset_as_well(server: MockServer, world: Calls, kind: str) -> None:
    """Its earlier answers were whole, though the two requests came in one piece."""
    plan(world, kind, match={**CREATE, "nth": 2})

    with connected(server) as connection:
        connection.sendall(REQUEST + REQUEST)
        received, is_reset = said(connection)

    assert received.startswith(b"HTTP/1.1 201 ")
    assert received.count(b"HTTP/1.1") == 1
    assert is_reset


@pytest.mark.parametrize("kind", ["error", "connection-reset"])
def test_a_request_is_heard_to_its_end_first(server: MockServer, world: Calls, kind: str) -> None:
    """So that no client fails while it still sends; the journal has what was sent."""
    plan(world, kind)
    last = REQUEST.replace(b"Host:", b"Connection: close\r\nHost:")

    with connected(server) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(last), 100):
            connection.sendall(last[start : start + 100])
        received, is_reset = said(connection)

    assert (received[9:12], is_reset) == ((b"503", False) if kind == "error" else (b"", True))
    assert world.call("GET", "/requests")[0]["request"]["body"] == json.loads(BODY)


def test_a_truncated_answer_promises_more_than_comes(server: MockServer, world: Calls) -> None:
    """Its head is whole, and the connection is closed in good order."""
    plan(world, "truncated-answer")

    with connected(server) as connection:
        connection.sendall(REQUEST)
        received, is_reset = said(connection)

    head, _, part = received.partition(b"\r\n\r\n")
    promised = next(int(line[15:]) for line in head.split(b"\r\n") if line.startswith(b"content-length:"))
    assert (received[:13], is_reset) == (b"HTTP/1.1 201 ", False)
    assert 0 < len(part) < promised
    assert stored(world) == 1


def test_an_answer_without_a_body_is_cut_off_before_it_begins(server: MockServer, world: Calls) -> None:
    """The connection is closed without a word."""
    plan(world, "truncated-answer", match={})

    with connected(server) as connection:
        connection.sendall(f"HEAD /agents HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {ACME}\r\n\r\n".encode())
        assert said(connection) == (b"", False)


def test_a_client_that_is_gone_has_no_connection_to_reset(
    server: MockServer, world: Calls, capfd: pytest.CaptureFixture[str]
) -> None:
    """Its fault is met all the same, and nobody else hears of it."""
    plan(world, "latency", seconds=0.1)
    plan(world, "lost-answer")
    with connected(server) as connection:
        connection.sendall(REQUEST)

    while [fault["met"] for fault in world.call("GET", "/faults")] != [1, 1]:
        pass

    assert [entry["fault"]["kind"] for entry in world.call("GET", "/requests")] == ["lost-answer"]
    assert capfd.readouterr() == ("", "")


def test_the_standard_librarys_client_sees_what_it_would_see_of_a_network(server: MockServer, world: Calls) -> None:
    """And the next client is served; the server has nothing to complain about."""
    felt: list[type[BaseException]] = []
    for kind in ("connection-reset", "lost-answer", "truncated-answer"):
        plan(world, kind)
        connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=20)
        headers = {"Authorization": f"Bearer {ACME}", "Content-Type": "application/json"}
        connection.request("POST", "/interviews", BODY, headers)
        with closing(connection), pytest.raises((OSError, http.client.HTTPException)) as raised:
            connection.getresponse().read()
        felt.append(raised.type)

    assert felt == [ConnectionResetError, ConnectionResetError, http.client.IncompleteRead]
    assert stored(world) == 2


def test_nothing_of_it_is_reported_as_a_mistake(
    server: MockServer, world: Calls, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """A connection that was to end is no error of the server's."""
    for kind in ("connection-reset", "lost-answer", "truncated-answer"):
        plan(world, kind)
        with connected(server) as connection:
            connection.sendall(REQUEST)
            said(connection)

    assert (capfd.readouterr(), caplog.records) == (("", ""), [])


# --- the same exceptions at every door

FELT: dict[str, tuple[dict[str, Any], float, type[Exception]]] = {
    "connection-reset": ({}, 20, httpx2.ReadError),
    "lost-answer": ({}, 20, httpx2.ReadError),
    "truncated-answer": ({}, 20, httpx2.RemoteProtocolError),
    "latency": ({"seconds": 60}, 0.05, httpx2.ReadTimeout),
}


@pytest.mark.parametrize("kind", FELT)
def test_a_client_feels_it_over_http(server: MockServer, world: Calls, kind: str) -> None:
    """As any failure of the network."""
    options, patience, felt = FELT[kind]
    plan(world, kind, **options)

    headers, timeout = {"Authorization": f"Bearer {ACME}"}, httpx2.Timeout(20, read=patience)
    with (
        httpx2.Client(base_url=server.url, headers=headers, timeout=timeout, trust_env=False) as client,
        pytest.raises(httpx2.HTTPError) as raised,
    ):
        client.post("/interviews", json=body())

    assert raised.type is felt
    assert stored(world) == (0 if kind == "connection-reset" else 1)


@pytest.mark.parametrize("kind", FELT)
async def test_a_client_in_process_feels_the_same(instaview_asgi: AsyncInstaView, kind: str) -> None:
    """Though there is no connection."""
    options, patience, felt = FELT[kind]
    fault = instaview_asgi.faults.plan(kind, CREATE, **options)

    with pytest.raises(httpx2.HTTPError) as raised:
        await instaview_asgi.client.post("/interviews", json=body(), timeout=httpx2.Timeout(20, read=patience))

    assert isinstance(raised.value, felt)
    assert raised.value.request.url.path == "/interviews"
    assert fault.met == 1
    assert len(instaview_asgi.state()["interviews"]) == (0 if kind == "connection-reset" else 1)


async def test_the_bare_application_raises_what_a_server_would_raise(instaview_asgi: AsyncInstaView) -> None:
    """For transports of other libraries."""
    instaview_asgi.faults.plan("lost-answer", CREATE)
    headers = {"Authorization": f"Bearer {instaview_asgi.api_key}"}

    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=instaview_asgi), base_url=instaview_asgi.url, headers=headers
    ) as client:
        with pytest.raises(ConnectionResetError, match="the planned fault"):
            await client.post("/interviews", json=body())


def test_what_answers_late_holds_up_nobody_else(instaview: InstaView) -> None:
    """While one request waits, the next is answered."""
    instaview.faults.plan("latency", {"operation": "listAgents"}, seconds=5)

    with pytest.raises(httpx2.ReadTimeout):
        instaview.client.get("/agents", timeout=httpx2.Timeout(20, read=0.05))
    agents = instaview.client.get("/agents").status_code

    assert agents == 200
    assert [entry["fault"] and entry["fault"]["kind"] for entry in instaview.requests] == ["latency", None]


@pytest.mark.parametrize("other", [None, "error", "connection-reset", "lost-answer", "truncated-answer"])
def test_what_is_held_up_is_in_the_journal_at_once(instaview: InstaView, other: str | None) -> None:
    """A client that gives up first has asked all the same; whatever else spoils the request, it is no evidence."""
    instaview.faults.plan("latency", CREATE, seconds=60)
    if other is not None:
        instaview.faults.plan(other, CREATE)

    with pytest.raises(httpx2.ReadTimeout):
        instaview.client.post("/interviews", json=body(isTest=True), timeout=httpx2.Timeout(20, read=0.05))

    instaview.requests.assert_made("createInterview", json={"isTest": True})
    (entry,) = instaview.requests
    assert entry["fault"] is not None


async def test_what_was_held_up_is_in_the_journal_once(instaview_asgi: AsyncInstaView) -> None:
    """Also when its wait is over."""
    instaview_asgi.faults.plan("latency", CREATE, seconds=0.01)

    response = await instaview_asgi.client.post("/interviews", json=body())

    assert response.status_code == 201
    assert [entry["response"]["status"] for entry in instaview_asgi.requests] == [201]
