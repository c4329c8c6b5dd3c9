"""The pytest plugin in suites of its users: fixtures, marker, options, workers, event loops, what is told."""

import asyncio
import json
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from mockserver import AsyncInstaView, InstaView, MockServer, settings_for
from mockserver.client import ControlClient
from mockserver.plugin.awaiting import finished
from mockserver.plugin.instaview import Misused
from mockserver.plugin.opening import Link, Links
from mockserver.plugin.wishes import Wishes, number_of, wishes_of
from tests.support import ACME, body, demo

Suite = Callable[..., pytest.RunResult]
INI = "[pytest]\nfilterwarnings = error\n"
LOOP_SCOPE = ("-o", "asyncio_default_fixture_loop_scope=function")
HOOLI = "44444444-0000-4000-8000-000000000001"
SMALL: dict[str, Any] = {
    "companies": [{"id": HOOLI, "name": "Hooli", "minutes": 60}],
    "keys": [{"key": "sk_test_hooli", "companyId": HOOLI}],
}
PRELUDE = f"""
    import pytest
    BODY = {body()!r}
    SMALL = {SMALL!r}
"""


@pytest.fixture
def suite(pytester: pytest.Pytester) -> Suite:
    """Runs a suite in this process, warnings being errors: `suite(text of a test file, *options)`."""
    pytester.makefile(".ini", pytest=INI)

    def run(text: str, *options: str) -> pytest.RunResult:
        pytester.makepyfile(PRELUDE + text)
        loop_scope = () if "no:asyncio" in options else LOOP_SCOPE
        return pytester.runpytest_inprocess("-p", "no:cacheprovider", *loop_scope, *options)

    return run


def run_python(text: str) -> str:
    """What a program prints, in a process of its own."""
    command = [sys.executable, "-c", textwrap.dedent(text)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


# --- from an empty project


def test_ten_lines_are_enough(pytester: pytest.Pytester) -> None:
    """In a process of its own, without any configuration: a stateful test with a webhook assertion."""
    pytester.makepyfile("""
        def test_a_scheduled_interview_is_billed_when_it_is_over(instaview, instaview_inbox):
            agent, candidate = (instaview.state()[kind][0]["id"] for kind in ("agents", "candidates"))
            asked = {"agentId": agent, "candidateId": candidate}
            interview = instaview.client.post("/interviews", json=asked).json()
            told = instaview_inbox.wait_for("interview.completed", interviewId=interview["id"])
            assert told["data"]["status"] == "COMPLETED"
            assert instaview.billing.used > 0
    """)

    result = pytester.runpytest_subprocess("-W", "error", "-p", "no:asyncio")

    result.assert_outcomes(passed=1)


def test_nothing_is_left_behind(pytester: pytest.Pytester) -> None:
    """No thread, no socket, no task outlives the session: what the interpreter finds at its end is an error."""
    pytester.makefile(".ini", pytest=INI)
    pytester.makeconftest("""
        import gc, threading

        def pytest_unconfigure():
            gc.collect()
            alive = [thread.name for thread in threading.enumerate()]
            assert alive == ["MainThread"], alive
    """)
    pytester.makepyfile(
        PRELUDE
        + """
    def test_sync(instaview, instaview_inbox):
        assert instaview.client.post("/interviews", json=BODY).status_code == 201

    @pytest.mark.asyncio
    async def test_async(instaview_asgi, instaview_asgi_inbox):
        assert (await instaview_asgi.client.post("/interviews", json=BODY)).status_code == 201
    """
    )

    result = pytester.runpytest_subprocess(*LOOP_SCOPE)

    result.assert_outcomes(passed=2)
    assert result.ret == 0
    assert result.stderr.str() == ""


def test_the_asgi_fixture_is_the_application(pytester: pytest.Pytester) -> None:
    """It goes into a transport of one's own as it is."""
    pytester.makepyfile(
        PRELUDE
        + """
    import asyncio, httpx2

    def test_transport(instaview_asgi):
        async def create():
            transport = httpx2.ASGITransport(app=instaview_asgi)
            key = {"Authorization": f"Bearer {instaview_asgi.api_key}"}
            async with httpx2.AsyncClient(transport=transport, base_url="http://mock", headers=key) as client:
                return await client.post("/interviews", json=BODY)

        assert asyncio.run(create()).status_code == 201
    """
    )

    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_a_suite_that_does_not_use_the_plugin_pays_nothing() -> None:
    """Loading it loads nothing that takes time."""
    loaded = run_python("""
        import sys, pytest
        before = set(sys.modules)
        import mockserver.pytest_plugin
        print(*set(sys.modules) - before)
    """).split()

    assert set(loaded) <= {"mockserver", "mockserver.pytest_plugin"}


# --- isolation


CROWD = (
    PRELUDE
    + """
    import random

    @pytest.mark.parametrize("n", range(12))
    def test_alone(instaview, instaview_inbox, n):
        created = [instaview.client.post("/interviews", json=BODY).json()["id"] for _ in range(n % 3 + 1)]
        instaview_inbox.wait_for("analysis.completed", interviewId=created[-1])
        assert [row["id"] for row in instaview.state()["interviews"]] == created
        assert len(instaview.requests) == len(created)
        events = [received.json["event"] for received in instaview_inbox.received]
        assert events.count("interview.started") == len(created)
"""
)


def test_workers_and_any_order_keep_worlds_apart(pytester: pytest.Pytester) -> None:
    """Two processes, shuffled: each test sees what it did itself."""
    pytester.makefile(".ini", pytest=INI)
    pytester.makepyfile(CROWD)
    pytester.makeconftest("""
        import random

        def pytest_collection_modifyitems(items):
            random.Random(7).shuffle(items)
    """)

    result = pytester.runpytest_subprocess("-n", "2", *LOOP_SCOPE)

    result.assert_outcomes(passed=12)


def test_a_world_is_gone_when_its_test_is_over(suite: Suite) -> None:
    """Its key opens nothing any more; other worlds are not touched."""
    result = suite("""
    SEEN = {}

    def test_first(instaview):
        SEEN.update(url=instaview.url, id=instaview.id, key=instaview.api_key)

    def test_second(instaview):
        assert instaview.url == SEEN["url"]
        old = instaview.client.get("/interviews", headers={"Authorization": f"Bearer {SEEN['key']}"})
        assert old.status_code == 401
        assert instaview.client.get(f"/_mock/worlds/{SEEN['id']}/state").status_code == 404
    """)

    result.assert_outcomes(passed=2)


def ids(result: pytest.RunResult) -> list[str]:
    return [line.split()[-1] for line in result.outlines if line.startswith("id ")]


IDS = """
    def test_a(instaview):
        print("\\nid", instaview.client.post("/interviews", json=BODY).json()["id"])

    @pytest.mark.xdist_group("together")
    def test_b(instaview):
        print("\\nid", instaview.client.post("/interviews", json=BODY).json()["id"])

    def test_c(instaview_asgi):
        print("\\nid", instaview_asgi.number)
"""


def test_ids_come_from_the_test_and_the_seed(suite: Suite) -> None:
    """The same in each run, another in each test and with each seed."""
    first, again = ids(suite(IDS, "-s")), ids(suite(IDS, "-s"))
    other = ids(suite(IDS, "-s", "--instaview-seed", "7"))

    assert first == again
    assert len(set(first) | set(other)) == 6


def test_a_number_is_small_enough_for_every_json_reader() -> None:
    """And says nothing of the test that it comes from."""
    assert number_of(0, "a::b") != number_of(0, "a::c")
    assert 0 <= number_of(1, "x") < 2**53


# --- marker and configuration


def test_the_marker_is_merged_from_module_to_function(suite: Suite) -> None:
    """The nearest word counts; readings are merged one by one."""
    result = suite("""
    pytestmark = pytest.mark.instaview(minutes=10, readings={"wire": "envelope", "jobless": "any"})

    def test_module(instaview):
        assert instaview.billing.limit == 10
        assert instaview.readings()["wire"] == "envelope"

    @pytest.mark.instaview(minutes=20, strict=True)
    class TestClass:
        def test_class(self, instaview):
            assert instaview.billing.limit == 20
            assert instaview.strict

        @pytest.mark.instaview(readings={"jobless": "generic"}, clock="2024-01-16T10:30:00Z")
        def test_function(self, instaview, instaview_asgi):
            for world in (instaview, instaview_asgi):
                assert world.billing.limit == 20
                assert (world.readings()["wire"], world.readings()["jobless"]) == ("envelope", "generic")
                assert world.clock.now().isoformat() == "2024-01-16T10:30:00+00:00"
    """)

    result.assert_outcomes(passed=3)


def test_the_configuration_can_be_overridden_at_any_scope(pytester: pytest.Pytester, suite: Suite) -> None:
    """At both doors; the marker has the last word."""
    pytester.makefile(".json", hooli=json.dumps({**SMALL, "clock": "2024-01-16T10:30:00Z"}))
    pytester.makeconftest("""
        import pytest

        @pytest.fixture(scope="module")
        def instaview_config():
            return {"world": "hooli.json", "minutes": 5}
    """)

    result = suite("""
    def test_conftest(instaview, instaview_asgi):
        for world in (instaview, instaview_asgi):
            assert [row.name for row in world.companies] == ["Hooli"]
            assert world.billing.left == 5
            assert list(world.keys) == ["sk_test_hooli"]
            assert world.clock.now().year == 2024

    @pytest.mark.instaview(minutes=7, clock="frozen")
    def test_marker(instaview):
        assert instaview.billing.left == 7
        assert instaview.clock.now().year > 2024

    class TestOwn:
        @pytest.fixture
        def instaview_config(self, instaview_config):
            return {**instaview_config, "world": SMALL, "readings": {"create_status": 200}}

        def test_class(self, instaview):
            assert instaview.readings()["create_status"] == "200"
            assert instaview.clock.now().year > 2024
    """)

    result.assert_outcomes(passed=3)


def test_the_server_can_be_overridden_alone(suite: Suite) -> None:
    """By one of other options, at any scope."""
    result = suite("""
    class TestServer:
        @pytest.fixture(scope="class")
        @classmethod
        def instaview_server(cls):
            from mockserver import MockServer, settings_for
            with MockServer(settings_for(rate_limit="off", grace_seconds=0)) as server:
                yield server

        def test_server(self, instaview, instaview_server):
            assert instaview.url == instaview_server.url
            assert not [name for name in instaview.client.get("/interviews").headers if "ratelimit" in name]
    """)

    result.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    "clock", ["datetime(2024, 1, 16, 10, 30, tzinfo=UTC)", "'2024-01-16T10:30:00Z'"], ids=["a datetime", "text"]
)
def test_the_clock_is_wished_for_in_any_way(suite: Suite, clock: str) -> None:
    """At both doors; `instaview_config` takes the same."""
    result = suite(f"""
    from datetime import UTC, datetime

    @pytest.mark.instaview(clock={clock})
    def test_marker(instaview, instaview_asgi):
        for world in (instaview, instaview_asgi):
            assert world.clock.now() == datetime(2024, 1, 16, 10, 30, tzinfo=UTC)
    """)

    result.assert_outcomes(passed=1)


WRONG = [
    ("(minuts=3)", "no argument 'minuts'; there are world, clock, readings, minutes, strict", "an unknown argument"),
    ("(3)", "takes named arguments only", "a positional argument"),
    ("(minutes='3')", "minutes is a whole number from 0, not '3'", "a value of another kind"),
    ("(minutes=True)", "minutes is a whole number from 0, not True", "a truth for a number"),
    ("(minutes=-1)", "minutes is a whole number from 0, not -1", "fewer than no minutes"),
    ("(readings={'wires': 1})", "no reading 'wires'", "an unknown reading"),
    ("(clock='noon')", "noon", "no clock"),
    ("(clock=__import__('datetime').datetime(2024, 1, 16))", "has no offset: end it with Z", "a clock of no zone"),
    ("(clock=7)", "clock is 'real', 'frozen' or an instant (datetime or ISO text), not 7", "a number for a clock"),
    ("(world='gone.json')", "gone.json: No such file or directory", "a file that is not there"),
    ("(world='bad.json')", "bad.json: world: unexpected", "a file that is no JSON"),
    ("(world={**SMALL, 'jobs': [{}]})", "world: /jobs/0: ", "a world that is wrong"),
    ("(world={'keys': {1, 2}})", "world: Type is not JSON serializable", "contents that are no JSON"),
    ("(world={'companies': [], 'keys': []})", "a test needs a company and a key", "a world without a door"),
]


@pytest.mark.parametrize(("arguments", "text"), [row[:2] for row in WRONG], ids=[row[2] for row in WRONG])
def test_what_cannot_be_is_told_in_a_line(pytester: pytest.Pytester, suite: Suite, arguments: str, text: str) -> None:
    """At both doors, without a traceback of the mock."""
    Path(pytester.path, "bad.json").write_text("{", encoding="utf-8")

    result = suite(f"""
    @pytest.mark.instaview{arguments}
    @pytest.mark.parametrize("door", ["instaview", "instaview_asgi"])
    def test_it(request, door):
        request.getfixturevalue(door)
    """)

    told = [line for line in result.outlines if text in line]
    assert result.parseoutcomes() == {"failed": 2}
    assert len(told) >= 2, result.outlines
    assert not [line for line in result.outlines if "mockserver/plugin" in line or "another exception" in line]


MISUSED = [
    ("faults.plan('errors')", "an unknown fault"),
    ("faults.plan('error', 'createInterview')", "a match that is no mapping"),
    ("webhooks.register('localhost')", "no URL"),
    ("readings(wire='x')", "no value of a reading"),
    ("billing.set()", "nothing to set"),
    ("seed(3)", "no row"),
]


@pytest.mark.parametrize("call", [row[0] for row in MISUSED], ids=[row[1] for row in MISUSED])
def test_misuse_shows_the_line_of_the_test_alone(suite: Suite, call: str) -> None:
    """At both doors: the way through the plugin is of no interest."""
    result = suite(f"""
    @pytest.mark.parametrize("door", ["instaview", "instaview_asgi"])
    def test_it(request, door):
        request.getfixturevalue(door).{call}
    """)

    result.assert_outcomes(failed=2)
    assert not [line for line in result.outlines if "mockserver/" in line]


def test_wishes_of_nobody_are_those_of_demo() -> None:
    """A configuration that says nothing changes nothing; one that is wrong is named as such."""
    assert wishes_of({}, []) == Wishes()
    with pytest.raises(Misused, match="instaview_config has no argument 'x'"):
        wishes_of({"x": 1}, [])


# --- the environment, the options, the help


def test_another_process_finds_the_world_in_its_environment(
    instaview: InstaView, instaview_env: dict[str, str]
) -> None:
    """Two variables are all that it needs."""
    printed = run_python("""
        import os, urllib.request
        request = urllib.request.Request(os.environ["INSTAVIEW_BASE_URL"] + "/interviews")
        request.add_header("Authorization", "Bearer " + os.environ["INSTAVIEW_API_KEY"])
        with urllib.request.urlopen(request) as response:
            print(response.status)
    """)

    assert printed.strip() == "200"
    assert instaview_env == {"INSTAVIEW_BASE_URL": instaview.url, "INSTAVIEW_API_KEY": instaview.api_key}
    assert [entry["response"]["status"] for entry in instaview.requests] == [200]


def test_the_environment_is_what_it_was_after_the_test(suite: Suite) -> None:
    """The variables are set for the test alone."""
    result = suite("""
    import os

    def test_set(instaview_env):
        assert os.environ["INSTAVIEW_API_KEY"].startswith("sk_test_")

    def test_unset():
        assert "INSTAVIEW_API_KEY" not in os.environ
    """)

    result.assert_outcomes(passed=2)


BOTH_WORLDS = """
    @pytest.mark.parametrize("n", range(3))
    @pytest.mark.parametrize("world", [None, SMALL])
    def test_it(request, n, world):
        if world:
            request.applymarker(pytest.mark.instaview(world=world))
        instaview = request.getfixturevalue("instaview")
        assert len(instaview.companies) == (1 if world else 3)
"""


def worlds_of(url: str) -> list[str]:
    control = ControlClient(url)
    worlds = [world["id"] for world in control.call("GET", "/_mock/worlds")]
    control.close()
    return worlds


def test_a_running_server_is_used_and_left_as_it_was(suite: Suite) -> None:
    """Twice, with the same world file under the same keys; nothing of it stays."""
    with MockServer(settings_for(grace_seconds=0)) as server:
        results = [suite(BOTH_WORLDS, f"--instaview-url={server.url}/") for _ in range(2)]
        left = worlds_of(server.url)

    assert [result.parseoutcomes() for result in results] == [{"passed": 6}] * 2
    assert left == ["demo"]


WITH_SERVER = """
    from types import SimpleNamespace

    @pytest.fixture(scope="session")
    def instaview_server():
        return SimpleNamespace(url="{url}")

    def test_demo(instaview):
        pass

    @pytest.mark.instaview(world=SMALL)
    def test_file(instaview):
        pass
"""


def test_a_running_server_wants_its_token(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the variable that `mockserver serve` reads."""
    with MockServer(settings_for(admin_token="sesame", grace_seconds=0)) as server:
        without = suite(BOTH_WORLDS, f"--instaview-url={server.url}")
        overridden = suite(WITH_SERVER.format(url=server.url))
        monkeypatch.setenv("MOCKSERVER_ADMIN_TOKEN", "sesame")
        with_token = suite(BOTH_WORLDS, f"--instaview-url={server.url}")

    wanted = f"instaview: the mock server at {server.url} wants its token: set $MOCKSERVER_ADMIN_TOKEN to what"
    without.stdout.fnmatch_lines([f"*{wanted}*"])
    overridden.stdout.fnmatch_lines([f"*{wanted}*"])
    with_token.assert_outcomes(passed=6)


def test_a_server_that_does_not_answer_is_named(suite: Suite) -> None:
    """In one line."""
    result = suite(BOTH_WORLDS, "--instaview-url=http://127.0.0.1:9")

    result.stdout.fnmatch_lines(["*instaview: no mock server at http://127.0.0.1:9: *refused*"])


def test_a_running_server_without_demo_needs_a_world(suite: Suite) -> None:
    """A test that configures one does not need demo."""
    with MockServer(settings_for([{**SMALL, "name": "hooli"}], grace_seconds=0)) as server:
        result = suite(BOTH_WORLDS, f"--instaview-url={server.url}")

    assert result.parseoutcomes() == {"passed": 3, "failed": 3}
    result.stdout.fnmatch_lines([f"*{server.url} has no world to copy (There is no world demo): configure one*"])


def test_a_template_never_moves() -> None:
    """What a world file plans happens in the copies alone."""
    world = demo(
        interviews=[
            {
                "companyId": demo()["companies"][0]["id"],
                "candidateId": demo()["candidates"][0]["id"],
                "agentId": demo()["agents"][0]["id"],
                "scheduledAt": "2020-01-01T00:00:00Z",
            }
        ]
    )
    with MockServer(settings_for(grace_seconds=0)) as server:
        link = Link(server.url)
        with link.world(Wishes(world=world), 1, Path()) as copy:
            templates = [row for row in link.control.call("GET", "/_mock/worlds") if row["id"] not in ("demo", copy.id)]
            state = link.control.call("GET", f"/_mock/worlds/{templates[0]['id']}/state")
            keys = set(copy.keys)
        link.close()

    assert ACME in keys
    assert state["interviews"][0]["status"] == "SCHEDULED"
    assert state["clock"]["now"].startswith("2000-01-01")


def test_a_server_that_is_gone_is_no_trouble_at_the_end() -> None:
    """Nor is one that nobody asked."""
    links = Links(None)
    wishes = Wishes(world=SMALL)
    with MockServer(settings_for(grace_seconds=0)) as server, links.to(server.url).world(wishes, 1, Path()) as world:
        status = world.client.get("/interviews").status_code

    links.to("http://127.0.0.1:9")
    links.close()

    assert status == 200


def test_fixtures_marker_and_options_are_explained(suite: Suite) -> None:
    """Where users look for them."""
    fixtures = suite("", "--fixtures").stdout
    markers = suite("", "--markers").stdout
    options = suite("", "--help").stdout

    for name in ("config", "server", "env", "inbox", "asgi", "asgi_inbox"):
        fixtures.fnmatch_lines([f"instaview_{name}*"])
    fixtures.fnmatch_lines(["*A fresh world on the server*"])
    markers.fnmatch_lines(["@pytest.mark.instaview(minutes=*"])
    options.fnmatch_lines(["*--instaview-url=URL*"])


# --- event loops


LOOPS = """
    async def scenario(world, inbox):
        made = await world.client.post("/interviews", json=BODY)
        assert made.status_code == 201
        told = await inbox.wait_for("analysis.completed", interviewId=made.json()["id"])
        assert told["data"]["status"] == "COMPLETED"
        assert [event["type"] for event in world.events][-1] == "analysis.completed"
        await world.clock.set(mode="real")
        await world.client.post("/interviews", json=BODY)
"""


def test_pytest_asyncio_needs_nothing(suite: Suite) -> None:
    """On a loop of the test's own, or on one that outlives it."""
    result = suite(
        LOOPS
        + """
    @pytest.mark.asyncio
    async def test_own(instaview_asgi, instaview_asgi_inbox):
        await scenario(instaview_asgi, instaview_asgi_inbox)

    @pytest.mark.asyncio(loop_scope="module")
    async def test_wide(instaview_asgi, instaview_asgi_inbox):
        await scenario(instaview_asgi, instaview_asgi_inbox)

    @pytest.mark.asyncio(loop_scope="module")
    async def test_wide_again(instaview_asgi, instaview_asgi_inbox):
        await scenario(instaview_asgi, instaview_asgi_inbox)
    """
    )

    result.assert_outcomes(passed=3)


def test_anyio_needs_nothing(suite: Suite) -> None:
    """Its plugin, on asyncio; with an async fixture the loop outlives the test's call."""
    result = suite(
        LOOPS
        + """
    @pytest.fixture
    def anyio_backend():
        return "asyncio"

    @pytest.fixture
    async def interview(instaview_asgi):
        yield (await instaview_asgi.client.post("/interviews", json=BODY)).json()
        assert (await instaview_asgi.client.get("/interviews")).status_code == 200

    @pytest.mark.anyio
    async def test_own(instaview_asgi, instaview_asgi_inbox):
        await scenario(instaview_asgi, instaview_asgi_inbox)

    @pytest.mark.anyio
    async def test_fixture(instaview_asgi, instaview_asgi_inbox, interview):
        await scenario(instaview_asgi, instaview_asgi_inbox)
        assert len(instaview_asgi.state()["interviews"]) == 3
    """,
        "-p",
        "no:asyncio",
    )

    result.assert_outcomes(passed=2)


def test_no_plugin_is_needed(suite: Suite) -> None:
    """`asyncio.run` does; what waits for nothing needs no loop at all."""
    result = suite(
        LOOPS
        + """
    import asyncio

    def test_run(instaview_asgi, instaview_asgi_inbox):
        instaview_asgi.readings(create_status="201")
        asyncio.run(scenario(instaview_asgi, instaview_asgi_inbox))
        assert len(instaview_asgi.requests) == 2
    """,
        "-p",
        "no:asyncio",
        "-p",
        "no:anyio",
    )

    result.assert_outcomes(passed=1)


async def test_in_process_there_are_the_same_names(instaview_asgi: AsyncInstaView, instaview: InstaView) -> None:
    """Whoever moves a test from one door to the other adds `await` where something is waited for."""
    response = await instaview_asgi.client.post("/interviews", json=body())
    moved = await instaview_asgi.clock.advance(seconds=1)
    unfinished = await instaview_asgi.webhooks.flush()

    assert response.status_code == 201
    assert moved.now == instaview_asgi.clock.now()
    assert unfinished == []
    assert instaview_asgi.billing.reserved == 30
    assert instaview_asgi.api_key == instaview_asgi.keys[ACME] == ACME
    assert {name for name in dir(instaview) if not name.startswith("_")} <= set(dir(instaview_asgi))


async def test_in_process_a_client_of_ones_own_works_too(instaview_asgi: AsyncInstaView) -> None:
    """Any that speaks ASGI, and the control API as well."""
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=instaview_asgi.app), base_url="http://127.0.0.1"
    ) as own:
        refused = await own.get("/interviews")
        health = await own.get("/_mock/health")

    assert (refused.status_code, health.status_code) == (401, 200)


def test_a_call_that_would_wait_has_no_place_among_those_that_do_not() -> None:
    """A mistake of the plugin's own, told at once instead of losing the call."""

    async def waits() -> None:
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="waits"):
        finished(waits())
