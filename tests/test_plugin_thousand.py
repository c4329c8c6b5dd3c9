"""
Many tests with the fixtures, in four processes and in any order: nothing is shared, nothing is left behind.

Every run has two hundred of them; `INSTAVIEW_TESTS=1000 make test ARGS=tests/test_plugin_thousand.py` has a thousand.
"""

import json
import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support import body

COUNT, WORKERS = int(os.environ.get("INSTAVIEW_TESTS", "200")), 4
MOST_DESCRIPTORS = 20  # open at once beyond those at the start: listening, kept connections, event loops
# uvloop keeps one pipe for the signals of its process, however many loops come and go.
UVLOOPS = Counter(pipe=2)
INI = "[pytest]\nfilterwarnings = error\nasyncio_default_fixture_loop_scope = function\n"
CONFTEST = """
import asyncio, gc, json, logging, os, pathlib, threading

import pytest

SEEN = {"open": [], "logged": [], "ids": []}

def descriptors():
    links = [f"/proc/self/fd/{name}" for name in os.listdir("/proc/self/fd")]
    return [os.readlink(link).partition(":")[0] for link in links if os.path.lexists(link)]

def threads():
    return [thread.name for thread in threading.enumerate()]

class Kept(logging.Handler):
    def emit(self, record):
        SEEN["logged"].append(record.getMessage())

def pytest_sessionstart():
    SEEN["before"] = {"descriptors": descriptors(), "threads": threads()}
    logging.getLogger().addHandler(Kept(logging.WARNING))

@pytest.fixture(scope="session", autouse=True)
def worlds_at_the_end(instaview_server):
    yield  # templates are gone by then as well
    from mockserver.client import ControlClient

    control = ControlClient(instaview_server.url)
    SEEN["worlds"] = [world["id"] for world in control.call("GET", "/_mock/worlds")]
    control.close()

@pytest.fixture(autouse=True)
def open_at_once():
    yield
    SEEN["open"].append(len(descriptors()))

@pytest.fixture
def ids():
    return SEEN["ids"]

def pytest_unconfigure(config):
    if hasattr(config, "workerinput"):
        gc.collect()
        SEEN["after"] = {"descriptors": descriptors(), "threads": threads()}
        tasks = [each for each in gc.get_objects() if isinstance(each, asyncio.Task)]
        SEEN["tasks"] = [repr(task) for task in tasks if not task.done()]
        (pathlib.Path(__file__).parent / f"{config.workerinput['workerid']}.seen").write_text(json.dumps(SEEN))
"""
TESTS = """
import httpx2, pytest

BODY = {body!r}
HOOLI = {{
    "companies": [{{"id": "44444444-0000-4000-8000-000000000001", "name": "Hooli"}}],
    "keys": [{{"key": "sk_test_hooli", "companyId": "44444444-0000-4000-8000-000000000001"}}],
}}
pytestmark = pytest.mark.parametrize("number", range({count}))

def create(world):
    return world.client.post("/interviews", json=BODY)

def look(world, ids, mine):
    assert [row["id"] for row in world.state()["interviews"]] == mine
    assert {{event["data"]["interviewId"] for event in world.events}} == set(mine)
    assert len(world.requests) == len(mine)
    assert world.billing.used + world.billing.reserved > 0
    ids.extend(mine)

def test_over_http(instaview, ids, number):
    look(instaview, ids, [create(instaview).json()["id"] for _ in range(number % 3 + 1)])

def test_with_webhooks(instaview, instaview_inbox, ids, number):
    made = create(instaview).json()["id"]
    instaview_inbox.wait_for("analysis.completed", interviewId=made)
    assert {{received.json["data"]["interviewId"] for received in instaview_inbox.received}} == {{made}}
    look(instaview, ids, [made])

@pytest.mark.asyncio
async def test_in_process(instaview_asgi, ids, number):
    look(instaview_asgi, ids, [(await create(instaview_asgi)).json()["id"]])

@pytest.mark.asyncio
async def test_in_process_with_webhooks(instaview_asgi, instaview_asgi_inbox, ids, number):
    made = (await create(instaview_asgi)).json()["id"]
    await instaview_asgi_inbox.wait_for("analysis.completed", interviewId=made)
    look(instaview_asgi, ids, [made])

@pytest.mark.instaview(world=HOOLI)
def test_of_a_world_of_ones_own(instaview, number):
    assert [company.name for company in instaview.companies] == ["Hooli"]
    instaview.faults.plan("connection-reset")
    with pytest.raises(httpx2.ReadError):
        instaview.client.get("/interviews")
"""
Seen = Mapping[str, Any]


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="what a process has open is looked up in /proc")
@pytest.mark.timeout(180)
def test_many_tests_share_nothing_and_leave_nothing(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """No interview of another test, no thread, socket, task or world, no warning, and no word in a log."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:pytest_httpserver -p no:respx")  # but shuffled
    pytester.makefile(".ini", pytest=INI)
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(TESTS.format(body=body(), count=COUNT // 5))

    result = pytester.runpytest_subprocess("-n", str(WORKERS), "-p", "randomly", "-W", "error", "-q")

    workers: list[Seen] = [json.loads(path.read_text(encoding="utf-8")) for path in pytester.path.glob("*.seen")]
    ids = [id for seen in workers for id in seen["ids"]]
    result.assert_outcomes(passed=COUNT)
    assert result.stderr.str() == ""
    assert len(workers) == WORKERS
    assert len(ids) == len(set(ids)) >= COUNT * 4 // 5
    assert [left_by(seen) for seen in workers] == [{}] * WORKERS


def left_by(seen: Seen) -> dict[str, object]:
    """What a worker has left behind, or had too much of; nothing, if all is well."""
    before, after = seen["before"], seen["after"]
    found = {
        "descriptors": Counter(after["descriptors"]) - Counter(before["descriptors"]) - UVLOOPS,
        "threads": Counter(after["threads"]) - Counter(before["threads"]),
        "tasks": seen["tasks"],
        "worlds": [id for id in seen["worlds"] if id != "demo"],
        "logged": seen["logged"],
        "open at once": max(seen["open"]) - len(before["descriptors"]) > MOST_DESCRIPTORS,
    }
    return {name: left for name, left in found.items() if left}
