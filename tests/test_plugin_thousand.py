"""A thousand tests with the fixtures, in four processes and in any order: nothing is shared, nothing is left behind."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support import body

COUNT, WORKERS = 1000, 4
CONFTEST = """
import asyncio, gc, json, logging, os, threading
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SEEN = {"fds": [], "logged": [], "ids": []}

def fds():
    names = (f"/proc/self/fd/{name}" for name in os.listdir("/proc/self/fd"))
    return sorted(os.readlink(name).partition(":[")[0] for name in names if os.path.lexists(name))

def threads():
    return sorted(thread.name for thread in threading.enumerate())

class Kept(logging.Handler):
    def emit(self, record):
        SEEN["logged"].append(record.getMessage())

def pytest_sessionstart(session):
    session.config.stash["before"] = (fds(), threads())
    logging.getLogger().addHandler(Kept(logging.WARNING))

@pytest.fixture(scope="session", autouse=True)
def worlds_at_the_end(instaview_server):
    yield
    from mockserver.client import ControlClient
    control = ControlClient(instaview_server.url)
    SEEN["worlds"] = [world["id"] for world in control.call("GET", "/_mock/worlds")]
    control.close()

@pytest.fixture(autouse=True)
def descriptors():
    yield
    SEEN["fds"].append(len(os.listdir("/proc/self/fd")))

@pytest.fixture
def ids():
    return SEEN["ids"]

def pytest_unconfigure(config):
    if hasattr(config, "workerinput"):
        gc.collect()
        tasks = [repr(each) for each in gc.get_objects() if isinstance(each, asyncio.Task) and not each.done()]
        before, after = config.stash["before"], (fds(), threads())
        told = {**SEEN, "before": before, "after": after, "tasks": tasks}
        (HERE / f"{config.workerinput['workerid']}.told").write_text(json.dumps(told))
"""
TESTS = """
import pytest

BODY = %(body)r

def create(world, **changes):
    return world.client.post("/interviews", json={**BODY, **changes})

def look(world, ids, mine):
    assert [row["id"] for row in world.state()["interviews"]] == mine
    assert {event["data"]["interviewId"] for event in world.events} == set(mine)
    assert len(world.requests.of("createInterview", status=201)) == len(world.requests) == len(mine)
    assert world.billing.used + world.billing.reserved > 0
    ids += mine

@pytest.mark.parametrize("number", range(%(count)d))
class TestIt:
    def test_over_http(self, instaview, ids, number):
        look(instaview, ids, [create(instaview).json()["id"] for _ in range(number %% 3 + 1)])

    def test_webhooks(self, instaview, instaview_inbox, ids, number):
        made = create(instaview).json()["id"]
        instaview_inbox.wait_for("analysis.completed", interviewId=made)
        assert {received.json["data"]["interviewId"] for received in instaview_inbox.received} == {made}
        look(instaview, ids, [made])

    @pytest.mark.asyncio
    async def test_in_process(self, instaview_asgi, ids, number):
        look(instaview_asgi, ids, [(await create(instaview_asgi)).json()["id"]])

    @pytest.mark.asyncio
    async def test_webhooks_in_process(self, instaview_asgi, instaview_asgi_inbox, ids, number):
        made = (await create(instaview_asgi)).json()["id"]
        await instaview_asgi_inbox.wait_for("analysis.completed", interviewId=made)
        look(instaview_asgi, ids, [made])

    @pytest.mark.instaview(world={"companies": [{"name": "Hooli", "minutes": 60}], "keys": []})
    def test_refused(self, request, number):
        with pytest.raises(pytest.fail.Exception, match="a company and a key"):
            request.getfixturevalue("instaview")
"""


@pytest.mark.timeout(180)
def test_a_thousand_tests_leave_nothing_behind(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """No thread, socket, task or world, no warning and no word in a log; and each has met its own interviews only."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:pytest_httpserver -p no:respx")
    pytester.makeini("[pytest]\nfilterwarnings = error\nasyncio_default_fixture_loop_scope = function\n")
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(TESTS % {"body": body(), "count": COUNT // 5})

    result = pytester.runpytest_subprocess("-n", str(WORKERS), "-p", "randomly", "-W", "error", "-q")
    told = [json.loads(path.read_text()) for path in pytester.path.glob("*.told")]
    print(result.outlines[-1], [(max(t["fds"]), t["fds"][10], t["fds"][-1], t["worlds"], t["before"], t["after"]) for t in told])

    result.assert_outcomes(passed=COUNT)
    assert result.stderr.str() == ""
    assert len(told) == WORKERS
