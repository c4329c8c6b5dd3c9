"""`instaview_asgi` wherever an app may be: on loop after loop, mounted, behind any client; and stopped clocks."""

import asyncio
import json
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from types import ModuleType
from typing import Any

import httpx
import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from mockserver import AsyncInbox, AsyncInstaView
from mockserver.plugin.waiting import NotReceived
from tests.support import body, demo

TEST_EVENTS = ["interview.completed", "analysis.completed"]
TEST = body(isTest=True)


async def jobs(world: AsyncInstaView) -> int:
    return (await world.client.get("/jobs")).status_code


async def book(world: AsyncInstaView, asked: Any = TEST) -> int:
    return (await world.client.post("/interviews", json=asked)).status_code


def attempts(world: AsyncInstaView) -> list[Any]:
    return [[attempt["error"] for attempt in row["attempts"]] for row in world.webhooks.deliveries]


# --- loop after loop


def test_webhooks_come_on_whatever_loop_they_arise(
    instaview_asgi: AsyncInstaView, instaview_asgi_inbox: AsyncInbox
) -> None:
    """A loop that ends lets them go out, also those that arose as the very last thing."""
    assert asyncio.run(jobs(instaview_asgi)) == 200
    assert asyncio.run(book(instaview_asgi)) == 201
    assert [each.json["event"] for each in instaview_asgi_inbox.received] == TEST_EVENTS

    told = asyncio.run(instaview_asgi_inbox.wait_for("analysis.completed"))

    assert told["data"]["status"] == "COMPLETED"
    assert len(instaview_asgi_inbox.received) == 2


def test_what_is_planned_outlives_its_loop(instaview_asgi: AsyncInstaView, instaview_asgi_inbox: AsyncInbox) -> None:
    """A world waits for the same things at the same instants in the same order, and its clock moves on another loop."""

    async def state_within() -> Any:
        for _ in range(2):
            await book(instaview_asgi, body())
        return instaview_asgi.state()

    before = asyncio.run(state_within())
    asyncio.run(jobs(instaview_asgi))

    assert before["timers"]
    assert instaview_asgi.state()["timers"] == before["timers"]
    asyncio.run(instaview_asgi.clock.advance(until="idle"))
    assert {row["status"] for row in instaview_asgi.state()["interviews"]} == {"COMPLETED"}
    assert len(instaview_asgi_inbox.received) == len(instaview_asgi.events) == 6


def test_an_attempt_that_its_loop_leaves_behind_is_made_again(instaview_asgi: AsyncInstaView) -> None:
    """On the next loop; a receiver that says nothing holds up the end of one no longer than the grace."""
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        instaview_asgi.webhooks.register(f"http://127.0.0.1:{silent.getsockname()[1]}/", maxRetries=0)
        asyncio.run(book(instaview_asgi))
        assert attempts(instaview_asgi) == [[], []]

    asyncio.run(instaview_asgi.webhooks.flush())

    assert [(row["status"], len(row["attempts"])) for row in instaview_asgi.webhooks.deliveries] == [("failed", 1)] * 2


def test_a_world_lives_on_one_loop_at_a_time(instaview_asgi: AsyncInstaView) -> None:
    """A request on another one is refused, and nothing of it has happened; on the first all goes on."""
    first = asyncio.new_event_loop()
    with closing(first):
        first.run_until_complete(book(instaview_asgi))
        before = instaview_asgi.state()

        with pytest.raises(RuntimeError, match="still lives on another event loop: use one loop for the whole"):
            asyncio.run(book(instaview_asgi))

        assert instaview_asgi.state() == before
        assert len(instaview_asgi.requests) == 1
        assert first.run_until_complete(jobs(instaview_asgi)) == 200
        first.run_until_complete(first.shutdown_asyncgens())


def test_other_libraries_than_asyncio_are_refused(instaview_asgi: AsyncInstaView) -> None:
    """In a sentence, at the transport and at the application."""
    request = instaview_asgi.transport.handle_async_request(httpx2.Request("GET", "http://127.0.0.1/jobs"))
    with pytest.raises(RuntimeError, match="instaview_asgi runs on asyncio only: on trio use `instaview`"):
        request.send(None)

    flush = instaview_asgi.webhooks.flush()
    with pytest.raises(RuntimeError, match="instaview_asgi runs on asyncio only"):
        flush.send(None)


# --- other people's clients


@asynccontextmanager
async def client_of(library: ModuleType, world: AsyncInstaView) -> AsyncIterator[Any]:
    headers = {"Authorization": f"Bearer {world.api_key}"}
    transport = library.ASGITransport(app=world)
    async with library.AsyncClient(transport=transport, base_url="http://vendor.test", headers=headers) as client:
        yield client


def test_a_test_client_opens_a_loop_for_each_request(
    instaview_asgi: AsyncInstaView, instaview_asgi_inbox: AsyncInbox
) -> None:
    """Starlette's, used plainly: nothing gets lost between them."""
    client = TestClient(instaview_asgi.app, headers={"Authorization": f"Bearer {instaview_asgi.api_key}"})

    assert client.get("/jobs").status_code == 200
    assert client.post("/interviews", json=TEST).status_code == 201

    assert [each.json["event"] for each in instaview_asgi_inbox.received] == TEST_EVENTS


def test_a_lifespan_that_is_over_ends_no_world(
    instaview_asgi: AsyncInstaView, instaview_asgi_inbox: AsyncInbox
) -> None:
    """Nor what it waits for: the next one finds it as it was."""
    headers = {"Authorization": f"Bearer {instaview_asgi.api_key}"}
    with TestClient(instaview_asgi.app, headers=headers) as client:
        client.post("/interviews", json=body())
    timers = instaview_asgi.state()["timers"]

    with TestClient(instaview_asgi.app, headers=headers) as client:
        client.post("/interviews", json=TEST)

    assert timers
    assert instaview_asgi.state()["timers"] == timers
    assert [each.json["event"] for each in instaview_asgi_inbox.received] == ["interview.started", *TEST_EVENTS]


FAILURES = [
    ("connection-reset", "ReadError"),
    ("lost-answer", "ReadError"),
    ("truncated-answer", "RemoteProtocolError"),
]


@pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])
@pytest.mark.parametrize(("kind", "error"), FAILURES, ids=[row[0] for row in FAILURES])
async def test_a_planned_fault_is_an_error_of_the_clients_library(
    instaview_asgi: AsyncInstaView, library: ModuleType, kind: str, error: str
) -> None:
    """As a connection's end is: who catches that library's errors catches these."""
    fault = instaview_asgi.faults.plan(kind, {"operation": "listJobs"})

    async with client_of(library, instaview_asgi) as client:
        with pytest.raises(getattr(library, error), match=fault.id) as raised:
            await client.get("/jobs")
        answer = await client.get("/jobs")

    assert raised.value.request.url.path == "/jobs"
    assert answer.status_code == 200


async def test_the_transport_is_for_one_library(instaview_asgi: AsyncInstaView) -> None:
    """The other one is told of its own."""
    transport: Any = instaview_asgi.transport

    async with httpx.AsyncClient(transport=transport) as client:
        with pytest.raises(TypeError, match=r"for httpx2 \(httpx has an ASGITransport too\), not <Request"):
            await client.get("http://vendor.test/jobs")

    assert list(instaview_asgi.requests) == []


# --- below a path

MOUNTED: list[tuple[str, str, str, int, str]] = [
    ("/vendor", "GET", "/vendor/jobs", 200, "a path without parameters"),
    ("/vendor", "GET", "/vendor/interviews/none", 400, "one with parameters"),
    ("/a/b", "GET", "/a/b/_mock/health", 200, "the control API"),
    ("/vendor", "GET", "/vendor", 404, "the mount itself"),
    ("/vendor", "GET", "/vendor/vendor", 404, "a path that begins the same"),
]


@pytest.mark.parametrize(("root", "method", "path", "status"), [r[:4] for r in MOUNTED], ids=[r[4] for r in MOUNTED])
async def test_it_can_be_mounted_below_a_path(
    instaview_asgi: AsyncInstaView, root: str, method: str, path: str, status: int
) -> None:
    """Of which its journal knows nothing."""
    app = Starlette(routes=[Mount(root, app=instaview_asgi.app)])
    app.router.redirect_slashes = False
    headers = {"Authorization": f"Bearer {instaview_asgi.api_key}"}

    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://127.0.0.1") as client:
        response = await client.request(method, path, headers=headers)

    assert response.status_code == status
    assert [row["path"] for row in instaview_asgi.requests if row["path"].startswith(root)] in ([], ["/vendor"])


@pytest.mark.parametrize("root", ["/vendor", "/job"])
async def test_a_server_may_have_taken_the_mount_off_itself(instaview_asgi: AsyncInstaView, root: str) -> None:
    """Older ones say where they are mounted, and give a path that does not begin so."""
    transport = httpx2.ASGITransport(app=instaview_asgi, root_path=root)
    headers = {"Authorization": f"Bearer {instaview_asgi.api_key}"}

    async with httpx2.AsyncClient(transport=transport, base_url="http://vendor.test", headers=headers) as client:
        assert (await client.get("/jobs")).status_code == 200


# --- clocks and files that change beside the test


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """What freezegun does: wherever a module of ours holds the machine's clocks, they stand still."""
    for clock in (time.monotonic, time.perf_counter, time.time):
        for name, module in list(sys.modules.items()):
            if name == "time" or name.startswith("mockserver"):
                for attribute, value in list(vars(module).items()):
                    if value is clock:
                        monkeypatch.setattr(module, attribute, lambda: 1705401000.0)


@pytest.mark.usefixtures("stopped")
@pytest.mark.parametrize("clock", ["frozen", "real"])
def test_patience_is_real_time_whatever_the_clocks_of_the_process_say(
    request: pytest.FixtureRequest, clock: str
) -> None:
    """Also where a test has stopped them all."""
    request.applymarker(pytest.mark.instaview(clock=clock))
    inbox = request.getfixturevalue("instaview_inbox")

    with pytest.raises(NotReceived, match=r"no interview\.completed came"):
        inbox.wait_for("interview.completed", timeout_seconds=0.12)


@pytest.fixture
def instaview_config(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """For the tests that ask for it a file, the same one for all, that is written anew for each."""
    name = getattr(request, "param", None)
    if name is None:
        return {}
    path = tmp_path_factory.getbasetemp() / "world.json"
    world = demo()
    world["companies"][0]["name"] = name
    path.write_text(json.dumps(world), encoding="utf-8")
    return {"world": path}


@pytest.mark.parametrize("instaview_config", ["Umbrella", "Soylent"], indirect=True)
@pytest.mark.parametrize("door", ["instaview", "instaview_asgi"])
def test_a_world_file_that_changes_is_read_again(
    request: pytest.FixtureRequest, instaview_config: dict[str, Any], door: str
) -> None:
    """Tests may write theirs."""
    world = request.getfixturevalue(door)

    assert world.companies[0].name in instaview_config["world"].read_text(encoding="utf-8")
