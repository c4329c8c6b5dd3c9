"""The report of a failed test: the story of its worlds, and the command that sends its last request again."""

import os
import re
import subprocess
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import pytest

from mockserver import AsyncInstaView, Inbox, InstaView, MockServer, settings_for
from mockserver.builders import job
from mockserver.client import ControlClient
from mockserver.plugin.instaview import Opened, WorldView
from mockserver.plugin.story import MAX_BODY, MAX_LINES, MAX_WIDTH, curl_of, story_of
from mockserver.plugin.views import Company
from tests.suites import run_suite
from tests.support import ACME, NOW, TWO_JOBS, body, candidate

MULTIPLE = body(candidateId=candidate(TWO_JOBS))
REFUSED = (
    "POST /interviews?a=b → 400 JOB-MULTIPLE: /jobId: Job ID must be provided when candidate has multiple job "
    "assignments; fix: add jobId: 11111111-0000-4000-8001-000000000001 or 11111111-0000-4000-8001-000000000002"
)


def story(world: WorldView, is_shared: bool = False) -> list[str]:
    return story_of(world, is_shared).splitlines()


# --- what is told


@pytest.mark.instaview(clock=NOW)
def test_the_story_has_what_happened_in_order(instaview: InstaView, instaview_inbox: Inbox) -> None:
    """A line for each thing, newest last; one without a time is of the time above."""
    booked = instaview.client.post("/interviews", json=body(scheduleTime="2024-01-19T10:30:00Z")).json()["id"]
    instaview_inbox.wait_for("interview.started")
    instaview.client.post("/interviews?a=b", json=MULTIPLE)
    instaview.clock.set(mode="real")

    clock, title, *lines = story(instaview)

    assert re.fullmatch(r"The world's clock runs; it is 2024-01-19T10:30:\S+Z\.", clock)
    assert title == "What happened, newest last:"
    assert lines[:6] == [
        "  2024-01-16T10:30:00.000Z  request  POST /interviews → 201",
        "                            clock    moved on by 3 days, 0:00:00, to 2024-01-19T10:30:00.000Z",
        f"  2024-01-19T10:30:00.000Z  event    interview.started of interview {booked}",
        f"                            webhook  interview.started to {instaview_inbox.url} → 200",
        f"                            request  {REFUSED}",
        lines[5],
    ]
    assert re.match(r" +clock    (at|moved on by \S+, to) 2024-01-19T10:30:\S+, and runs", lines[5])


def test_a_clock_that_is_only_touched_shows_where_it_stands(instaview: InstaView) -> None:
    """No time has passed."""
    now = instaview.clock.set(mode="frozen").now

    assert story(instaview)[-1].endswith(f"  clock    at {now.isoformat(timespec='milliseconds')[:23]}Z")


def test_a_clock_that_is_put_back_says_so(instaview: InstaView) -> None:
    """By a state that is restored."""
    state = instaview.state()
    instaview.clock.advance(90)
    instaview.control.call("PUT", "/state", state)

    assert "moved back by 0:01:30, to " in story_of(instaview, is_shared=False)


def test_what_a_test_changed_from_outside_is_told(instaview: InstaView) -> None:
    """A line for each change, and for the clock that went back with the rest."""
    start = instaview.snapshot()
    instaview.seed(job())
    instaview.billing.set(limit=45)
    instaview.readings(jobless="any")
    instaview.clock.advance(60)
    instaview.restore(start)

    lines = [re.sub(r" +", " ", line[26:]).strip() for line in story(instaview)[2:]]

    assert [re.sub(r"\S+Z$", "…", line) for line in lines] == [
        "world rows were added: jobs: 1",
        "world minutes were set: Acme: limit 45, used 0",
        "world readings were set: jobless=any",
        "clock moved on by 0:01:00, to …",
        "world went back to the world of …",
        "clock moved back by 0:01:00, to …",
    ]


def test_what_assert_idempotent_delivered_is_told(instaview: InstaView, instaview_inbox: Inbox) -> None:
    """By the test itself, while the world's webhooks were away."""
    instaview.assert_idempotent(lambda: len({received.headers["webhook-id"] for received in instaview_inbox.received}))

    told = story_of(instaview, is_shared=False)

    assert "(played by assert_idempotent)" in told
    assert "(sent to no webhook)" not in told


@pytest.mark.instaview(readings={"wire": "envelope", "jobless": "any"})
def test_readings_that_are_not_the_default_are_named(instaview: InstaView) -> None:
    """They may be why."""
    assert story(instaview)[1:] == [
        "It reads the documents otherwise than by default: wire=envelope, jobless=any",
        "Nothing happened in it: no request had one of its keys.",
    ]


def test_the_fate_of_deliveries_is_told(instaview: InstaView) -> None:
    """What no webhook wanted, what was not delivered yet, what failed or never set out, what faults have spoilt."""
    create = "/interviews"
    instaview.client.post(create, json=body())
    hook = instaview.webhooks.register("http://127.0.0.1:9/a", ["interview.started"])
    instaview.webhooks.register("http://127.0.0.1:9/b", ["interview.started"], isActive=False)
    instaview.client.post(create, json=body())
    instaview.webhooks.flush()
    pending = story(instaview)
    instaview.faults.plan("drop")
    instaview.clock.advance(30)
    instaview.webhooks.remove(hook)
    failed = story(instaview)

    assert pending[3].endswith("(sent to no webhook)")
    assert pending[5].endswith(
        "(not yet delivered to http://127.0.0.1:9/a; skipped, http://127.0.0.1:9/b: the webhook is disabled)"
    )
    assert pending[6].endswith("webhook  interview.started to http://127.0.0.1:9/a → connection refused")
    assert "undelivered, http://127.0.0.1:9/a: connection refused; the webhook was deleted" in failed[5]
    assert any(line.endswith("→ connection refused, attempt 2") for line in failed)


def test_planned_faults_are_named(instaview: InstaView, instaview_inbox: Inbox) -> None:
    """At the answers and attempts that they had a hand in."""
    instaview.faults.plan("error", status=503)
    instaview.client.post("/interviews", json=body())
    instaview.faults.plan("drop", {"event": "interview.started"})
    instaview.client.post("/interviews", json=body())
    instaview_inbox.wait_for("interview.started")

    told = story_of(instaview, is_shared=False)

    assert "POST /interviews → 503 (planned fault: error)" in told
    assert re.search(r"→ lost on the way: .* \(planned fault: drop\)", told)


def test_a_long_story_is_cut_at_its_beginning(instaview: InstaView) -> None:
    """And says how much is missing; a long line is cut at its end."""
    for number in range(MAX_LINES + 2):
        instaview.client.get(f"/nowhere/{number}{'x' * MAX_WIDTH}")

    lines = story(instaview)

    assert lines[2] == "  … 2 before these …"
    assert len(lines) == 3 + MAX_LINES + 2
    assert all(len(line) == MAX_WIDTH for line in lines[3:-2])
    assert lines[3:-2][-1].endswith("…")
    assert "/nowhere/2x" in lines[3]


def wrong_key(world: InstaView) -> None:
    world.client.get("/interviews", headers={"Authorization": "Bearer sk_test_of_nobody"})


def test_requests_with_a_key_of_no_world_are_told_beside(instaview: InstaView) -> None:
    """The most common mistake leaves no trace in a world; the key itself is not shown."""
    wrong_key(instaview)

    _, nothing, title, line, _, curl = story(instaview)

    assert nothing == "Nothing happened in it: no request had one of its keys."
    assert title == "Requests of this test that no world took, as their key opens none:"
    assert "  request  GET /interviews → 401 AUTH-KEY: " in line
    command, note = curl.split("  # ")
    assert command == '  curl -i "$INSTAVIEW_BASE_URL"/interviews -H "Authorization: Bearer $INSTAVIEW_API_KEY"'
    assert note == "sent without a key of a world, so its body was not read"
    assert "nobody" not in story_of(instaview, is_shared=False)
    assert len(story(instaview, is_shared=True)) == 2


def test_what_was_sent_cannot_break_the_terminal(instaview: InstaView) -> None:
    """Nor a line: what cannot be shown is escaped."""
    instaview.client.post("/interviews", content="\x1b[2J\x07\nnew\u2028line\U000e0001", headers={"x": "y"})
    instaview.client.get("/%1B%5B2J%0A")

    lines = story(instaview)

    assert all(line.isprintable() for line in lines)
    assert "request  GET /\\u001b[2J\\n → 404" in lines[3]
    assert lines[-1].startswith('  curl -i "$INSTAVIEW_BASE_URL"/%1B%5B2J%0A ')


def test_a_world_that_is_gone_is_said_to_be() -> None:
    """The failure that the story goes with must come through."""
    opened = Opened("w", 1, {"a": "b"}, (Company("c", "Acme", "b"),))

    (line,) = story(WorldView("http://127.0.0.1:9", opened, ControlClient("http://127.0.0.1:9")))

    assert line == (
        "What happened cannot be told: http://127.0.0.1:9 does not say it "
        "(ConnectionRefusedError: [Errno 111] Connection refused)"
    )


async def test_a_world_in_process_tells_the_same(instaview_asgi: AsyncInstaView) -> None:
    """While its loop runs; it shares its server with nobody."""
    await instaview_asgi.client.post("/interviews", json=MULTIPLE)
    await instaview_asgi.client.get("/interviews", headers={"Authorization": "Bearer sk_test_of_nobody"})

    told = story_of(instaview_asgi, is_shared=True)

    assert "POST /interviews → 400 JOB-MULTIPLE" in told
    assert "GET /interviews → 401 AUTH-KEY" in told


# --- the command


def sent(world: InstaView, method: str, path: str, **options: Any) -> Any:
    world.client.request(method, path, **options)
    return world.requests[-1]


@pytest.fixture(scope="module")
def own() -> Iterator[MockServer]:
    with MockServer(settings_for(grace_seconds=0)) as server:
        yield server


REQUESTS: list[tuple[str, str, dict[str, Any], int, str]] = [
    ("POST", "/interviews", {"json": MULTIPLE}, 400, "a body"),
    ("POST", "/interviews", {"json": body(metadata={"o'": '$x `y` "z" ž \u2028'})}, 201, "one that a shell could read"),
    ("POST", "/interviews", {"content": "@/etc/passwd"}, 415, "one that curl could read, of no type"),
    ("GET", "/interviews?limit=1&page=1", {}, 200, "a query"),
    ("GET", "/inter%20views;%22$x", {}, 404, "a path that a shell could read"),
    ("DELETE", "/interviews/x", {}, 400, "another method"),
]


@pytest.mark.parametrize(
    ("method", "path", "options", "status"), [row[:4] for row in REQUESTS], ids=[row[4] for row in REQUESTS]
)
def test_the_last_request_can_be_sent_again(
    instaview: InstaView, own: MockServer, method: str, path: str, options: dict[str, Any], status: int
) -> None:
    """By a shell, to a server of one's own: the same answer comes for the same reason."""
    entry = sent(instaview, method, path, **options)

    variables = {**os.environ, "INSTAVIEW_BASE_URL": own.url, "INSTAVIEW_API_KEY": ACME}
    subprocess.run(["sh", "-c", f"{curl_of(entry)} -s"], env=variables, check=True, capture_output=True)
    control = ControlClient(own.url)
    again = control.call("GET", "/_mock/worlds/demo/requests")[-1]
    control.close()

    assert entry["response"]["status"] == again["response"]["status"] == status
    assert again["request"]["body"] == entry["request"]["body"]
    assert (again["path"], again["query"]) == (entry["path"], entry["query"])
    assert [no["rule"] for no in again["decided"]] == [no["rule"] for no in entry["decided"]]


def test_a_request_without_a_key_is_sent_again_without_one(instaview: InstaView) -> None:
    """The command says what was sent."""
    entry = sent(instaview, "GET", "/interviews")
    del entry["request"]["headers"]["authorization"]

    assert curl_of(entry) == 'curl -i "$INSTAVIEW_BASE_URL"/interviews'


def test_a_long_body_is_left_to_a_file(instaview: InstaView) -> None:
    """The report is to be read."""
    entry = sent(instaview, "POST", "/interviews", json={"x": "y" * MAX_BODY})

    assert curl_of(entry).endswith(
        f"-H 'Content-Type: application/json' --data-binary @FILE  # {MAX_BODY + 8} characters"
    )


# --- where it is told

FAILING = """
    @pytest.fixture
    def broken(instaview):
        post(instaview, TWO_JOBS)
        raise RuntimeError("no luck")

    def test_call(instaview):
        assert post(instaview, TWO_JOBS).status_code == 201

    def test_setup(broken):
        pass

    def test_lookup(instaview, nonsense):
        pass

    @pytest.mark.asyncio
    async def test_two(instaview, instaview_asgi):
        assert (await post(instaview_asgi, TWO_JOBS)).status_code == 201

    def test_passes(instaview):
        post(instaview, TWO_JOBS)

    @pytest.mark.xfail
    def test_expected(instaview):
        post(instaview, TWO_JOBS)
        assert False

    def test_of_no_world():
        assert False
"""


def told_in(result: pytest.RunResult) -> list[tuple[str, list[str]]]:
    """Each test that failed, with the titles of its stories."""
    told: list[tuple[str, list[str]]] = []
    for line in result.outlines:
        if match := re.fullmatch(r"_+ (?:ERROR at \w+ of )?(test_\w+) _+", line):
            told.append((match.group(1), []))
        elif match := re.fullmatch(r"-+ (instaview\w*) -+", line):
            told[-1][1].append(match.group(1))
    return told


TOLD = {
    "test_call": ["instaview"],
    "test_setup": ["instaview"],
    "test_lookup": ["instaview"],
    "test_two": ["instaview", "instaview_asgi"],
    "test_of_no_world": [],
}


@pytest.mark.parametrize("options", [(), ("-n", "2"), ("--tb=native",)], ids=["here", "in workers", "other tracebacks"])
def test_what_fails_tells_its_story(pytester: pytest.Pytester, options: tuple[str, ...]) -> None:
    """In its call and in its setup, a section for each world; what passes or is expected to fail tells nothing."""
    result = run_suite(pytester, FAILING, *options)

    result.assert_outcomes(passed=1, failed=3, errors=2, xfailed=1)
    assert dict(told_in(result)) == TOLD


TEARDOWNS = """
    @pytest.fixture
    def before():
        yield
        raise RuntimeError("no world is left")

    @pytest.fixture
    def broken(instaview):
        post(instaview, TWO_JOBS)
        yield
        raise RuntimeError("no luck")

    @pytest.fixture
    def failing(broken, instaview_asgi):
        yield
        pytest.fail("twice")

    def test_fixture(broken):
        pass

    def test_twice(failing):
        pass

    def test_of_the_test(instaview, request):
        request.addfinalizer(lambda: post(instaview, TWO_JOBS).raise_for_status())

    def test_too_late(before, instaview):
        pass

    def test_skips(instaview, request):
        request.addfinalizer(lambda: pytest.skip("at last"))

    def test_passes(instaview, request):
        request.addfinalizer(lambda: post(instaview, TWO_JOBS))
"""


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["here", "in workers"])
def test_what_fails_in_its_teardown_tells_its_story(pytester: pytest.Pytester, options: tuple[str, ...]) -> None:
    """Of the worlds that were there when it failed first; what has nothing to do with them has none."""
    result = run_suite(pytester, TEARDOWNS, *options)

    result.assert_outcomes(passed=6, errors=4, skipped=1)
    assert dict(told_in(result)) == {
        "test_fixture": ["instaview"],
        "test_twice": ["instaview", "instaview_asgi"],
        "test_of_the_test": ["instaview"],
        "test_too_late": [],
    }
    assert "cannot be told" not in result.stdout.str()
    assert not [line for line in result.outlines if "mockserver/plugin" in line]


def test_files_for_other_programs_have_the_story_too(pytester: pytest.Pytester) -> None:
    """JUnit's, whatever pytest is to show of what it captured."""
    report = pytester.path / "report.xml"

    run_suite(pytester, FAILING, "-k", "test_call or test_two", f"--junitxml={report}", "--show-capture=no")

    failures = [element.text or "" for element in ElementTree.parse(report).iter("failure")]
    assert len(failures) == 2
    assert all("→ 400 JOB-MULTIPLE" in text and "curl -i -X POST" in text for text in failures)


def test_a_server_that_dies_does_not_take_the_report_along(pytester: pytest.Pytester) -> None:
    """The failure is shown, and that its story is lost."""
    result = run_suite(
        pytester,
        """
    from mockserver import MockServer, settings_for

    SERVER = MockServer(settings_for(grace_seconds=0))

    @pytest.fixture(scope="session")
    def instaview_server():
        SERVER.start()
        yield SERVER

    def test_it(instaview):
        SERVER.stop()
        assert False, "the test's own words"
    """,
    )

    result.stdout.fnmatch_lines(["E*AssertionError: the test's own words", "*What happened cannot be told: http*"])


def test_a_test_that_is_run_again_tells_of_its_new_world(pytester: pytest.Pytester) -> None:
    """Worlds that are gone are not asked, and what a teardown kept is told once."""
    pytester.makeconftest("""
        from _pytest.runner import runtestprotocol

        def pytest_runtest_protocol(item, nextitem):
            for _ in range(2):
                for report in runtestprotocol(item, nextitem=nextitem, log=False):
                    item.ihook.pytest_runtest_logreport(report=report)
            return True
    """)

    result = run_suite(pytester, FAILING, "-k", "test_call")
    torn = run_suite(pytester, TEARDOWNS, "-k", "test_fixture")

    assert told_in(result) == [("test_call", ["instaview"])] * 2
    assert told_in(torn) == [("test_fixture", ["instaview"])] * 2
    assert "cannot be told" not in result.stdout.str()
    assert torn.stdout.str().count("request  POST") == 2
