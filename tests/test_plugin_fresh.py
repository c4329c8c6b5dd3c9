"""What somebody meets who uses the plugin for the first time, in a hurry: mistakes, each told in a sentence."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from mockserver import AsyncInstaView, Inbox, InstaView
from mockserver.builders import company as built_company
from mockserver.builders import job
from mockserver.inbox import Receiver
from mockserver.plugin.story import curl_of, story_of
from mockserver.plugin.strict import findings
from mockserver.plugin.views import Webhook
from mockserver.plugin.waiting import NotReceived
from tests.suites import run_suite
from tests.support import GLOBEX, body, company

Use = Callable[[InstaView], object]

# --- wrong use

MISUSES: list[tuple[Use, type[Exception], str, str]] = [
    (
        lambda world: world.assert_rule(None),  # type: ignore[arg-type]  # wrong on purpose
        TypeError,
        r"a rule is named by its id, such as 'JOB-MULTIPLE', not None",
        "no rule",
    ),
    (
        lambda world: world.allow_refusal(["ROUTE"]),  # type: ignore[arg-type]  # wrong on purpose
        TypeError,
        r"a rule is named by its id, such as 'JOB-MULTIPLE', not \['ROUTE'\]",
        "a list of rules",
    ),
    (
        lambda world: world.faults.plan("error", "getJob"),  # type: ignore[arg-type]  # wrong on purpose
        TypeError,
        r"match is a mapping, such as {'operation': 'createInterview'}, not 'getJob'",
        "a match that is no mapping",
    ),
    (
        lambda world: world.faults.plan("error", {"operation": "GET /job/1"}),
        ValueError,
        r"the API has no operation 'GET /job/1' \(did you mean GET /jobs\?\)",
        "a path that there is not",
    ),
    (
        lambda world: world.requests.assert_not_made("GET /interviews/4711"),
        ValueError,
        r"no operation 'GET /interviews/4711' \(did you mean GET /interviews/{id}\?\)",
        "the path of one row",
    ),
    (
        lambda world: world.requests.assert_not_made("post /interviews"),
        ValueError,
        r"\(did you mean POST /interviews\?\)",
        "a method in lower case",
    ),
    (
        lambda world: world.webhooks.register(print),  # type: ignore[arg-type]  # wrong on purpose
        TypeError,
        r"register\(\) takes the URL of a receiver, not <built-in function print>",
        "an application for a URL",
    ),
    (
        lambda world: world.webhooks.register("http://127.0.0.1:9", "ping"),
        TypeError,
        r"events is a list of types, such as \['interview.completed'\], not 'ping'",
        "one type for a list",
    ),
    (
        lambda world: world.webhooks.register("http://127.0.0.1:9", company="Globax"),
        KeyError,
        "no company 'Globax'; there are Acme, Globex, Initech",
        "an unknown company",
    ),
    (
        lambda world: world.clock.advance(5, until="idle"),
        TypeError,
        r"advance\(\) takes one of seconds, to= and until=",
        "two times at once",
    ),
    (lambda world: world.clock.set(), TypeError, r"set\(\) takes now, mode= or both", "no time to set"),
    (lambda world: world.billing.set(), TypeError, r"set\(\) takes limit=, used= or both", "no minutes to set"),
    (
        lambda world: world.assert_idempotent(3),  # type: ignore[arg-type]  # wrong on purpose
        TypeError,
        r"effect is a function, such as lambda: len\(hired\), not 3",
        "a number for an effect",
    ),
    (
        lambda world: world.assert_idempotent(None),  # type: ignore[arg-type]  # wrong on purpose
        TypeError,
        r"effect is a function, such as lambda: len\(hired\), not None",
        "no effect",
    ),
    (
        lambda world: world.faults.plan("error", {"operation": 5}),
        TypeError,
        "an operation is an operationId, or a method and a path, not 5",
        "a number for the operation of a fault",
    ),
    (
        lambda world: world.webhooks.register("http://127.0.0.1:9", 5),  # type: ignore[arg-type]  # wrong on purpose
        TypeError,
        r"events is a list of types, such as \['interview.completed'\], not 5",
        "a number for a list",
    ),
    (
        lambda world: world.webhooks.register("http://127.0.0.1:9", company=5),  # type: ignore[arg-type]  # wrong too
        TypeError,
        "a company is what company.. built, one of `instaview.companies`, a row of state.., an id or a name, not 5",
        "a number for a company",
    ),
    (
        lambda world: world.billing[5],  # type: ignore[index]  # wrong on purpose
        TypeError,
        "a company is .*, not 5",
        "a number for a company's minutes",
    ),
    (
        lambda world: world.webhooks.remove(None),  # type: ignore[arg-type]  # wrong on purpose
        TypeError,
        "a webhook is what register.. gave, what webhook.. built, a row of state.., or an id, not None",
        "no webhook",
    ),
    (
        lambda world: world.clock.advance(float("nan")),
        TypeError,
        "what is sent to the control API is JSON: JSON has no NaN and no Infinity",
        "no number of seconds",
    ),
    (
        lambda world: world.seed(job(metadata={"score": [float("inf")]})),
        TypeError,
        "what is sent to the control API is JSON: JSON has no NaN and no Infinity",
        "no number in a row",
    ),
]


@pytest.mark.parametrize(("use", "kind", "says"), [row[:3] for row in MISUSES], ids=[row[3] for row in MISUSES])
def test_a_mistake_is_told_in_a_sentence(instaview: InstaView, use: Use, kind: type[Exception], says: str) -> None:
    """And nothing has come of it."""
    before = instaview.state()

    with pytest.raises(kind, match=says):
        use(instaview)

    assert instaview.state() == before
    assert instaview.expected == set()
    assert list(instaview.faults) == []


def test_what_is_no_snapshot_is_not_restored(instaview: InstaView) -> None:
    """Rather than sent."""
    before = instaview.state()

    with pytest.raises(TypeError, match=r"restore\(\) takes what snapshot\(\) gave, not None"):
        instaview.restore(None)  # type: ignore[arg-type]  # wrong on purpose

    assert instaview.state() == before


async def test_a_snapshot_that_nobody_awaited_is_none(instaview_asgi: AsyncInstaView) -> None:
    """The likeliest mistake with the fixture that is async."""
    snapshot: Any = instaview_asgi.snapshot()

    with pytest.raises(TypeError, match=r"takes what snapshot\(\) gave, not <coroutine object AsyncInstaView.snapshot"):
        await instaview_asgi.restore(snapshot)
    with pytest.raises(TypeError, match=r"trigger is a function, such as .*, not 'book'"):
        await instaview_asgi.assert_idempotent(lambda: 1, "book")  # type: ignore[arg-type]  # wrong on purpose

    snapshot.close()


@pytest.mark.parametrize("gives", ["None", "[]", "'small.json'"])
def test_a_configuration_that_is_none_is_told_in_a_line(pytester: pytest.Pytester, gives: str) -> None:
    """Without a traceback of the mock."""
    result = run_suite(
        pytester,
        f"""
    @pytest.fixture
    def instaview_config():
        return {gives}

    def test_it(instaview):
        pass
    """,
    )

    result.assert_outcomes(errors=1)
    told = "instaview: instaview_config gives a mapping with any of world, clock, readings, minutes, strict, not "
    result.stdout.fnmatch_lines([f"{told}*"])
    result.stdout.no_fnmatch_line("*wishes.py*")


SERVERS = [
    ("None", "instaview: instaview_server gives something with a .url, not None", "no server"),
    ("'http://127.0.0.1:9'", "instaview: instaview_server gives something with a .url, not 'http*", "a bare URL"),
    ("SimpleNamespace(url='http://127.0.0.1:9')", "instaview: no mock server at http://127.0.0.1:9: *refused", "dead"),
]


@pytest.mark.parametrize(("gives", "told"), [row[:2] for row in SERVERS], ids=[row[2] for row in SERVERS])
def test_a_server_that_is_none_is_told_in_a_line(pytester: pytest.Pytester, gives: str, told: str) -> None:
    """Whoever overrides the fixture."""
    result = run_suite(
        pytester,
        f"""
    from types import SimpleNamespace

    @pytest.fixture(scope="session")
    def instaview_server():
        return {gives}

    def test_it(instaview):
        pass
    """,
    )

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([told])
    result.stdout.no_fnmatch_line("*opening.py*")


URLS = [
    ("", "its URL begins with http:// or https://", "an empty variable"),
    ("localhost:8080", "its URL begins with http:// or https://", "no scheme"),
    ("http://localhost:99999", "Port out of range 0-65535", "no port"),
]


@pytest.mark.parametrize(("url", "why"), [row[:2] for row in URLS], ids=[row[2] for row in URLS])
def test_a_url_that_is_none_is_told_in_a_line(pytester: pytest.Pytester, url: str, why: str) -> None:
    """Before anything is asked of it."""
    result = run_suite(pytester, "    def test_it(instaview):\n        pass\n", f"--instaview-url={url}")

    told = f"instaview: no mock server at '{url}': {why}"
    result.assert_outcomes(errors=1)
    assert told in result.outlines


def test_strictness_that_is_none_is_told_once(pytester: pytest.Pytester) -> None:
    """For the whole run, and before any test."""
    result = run_suite(pytester, "    def test_it(instaview):\n        pass\n", ini="instaview_strict = maybe\n")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: instaview_strict, of the ini file, is true or false: *'maybe'"])


# --- what was promised all the same


def test_a_fault_is_planned_by_method_and_path(instaview: InstaView) -> None:
    """As requests are asserted; and a time is a time."""
    late = instaview.faults.plan("latency", {"operation": "GET /jobs/{id}"}, seconds=timedelta(milliseconds=1))

    instaview.client.get("/jobs/11111111-0000-4000-8001-000000000001")

    assert late.row["match"]["operation"] == "getJob"
    assert (late.row["seconds"], late.met) == (0.001, 1)


def test_a_webhook_is_registered_for_a_company_by_its_name(instaview: InstaView) -> None:
    """As minutes are looked up."""
    by_name = instaview.webhooks.register("http://127.0.0.1:9/1", company="Globex")
    by_id = instaview.webhooks.register("http://127.0.0.1:9/2", company=instaview.companies[1].id)

    assert by_name.company_id == by_id.company_id == company(GLOBEX)


REFERENCES: list[tuple[Callable[[InstaView], Any], str]] = [
    (lambda world: world.companies[1], "one of its companies"),
    (lambda world: world.state()["companies"][1], "a row"),
    (lambda _: company(GLOBEX), "an id"),
    (lambda _: UUID(company(GLOBEX)), "a UUID"),
    (lambda _: "Globex", "a name"),
]


@pytest.mark.parametrize("ref", [row[0] for row in REFERENCES], ids=[row[1] for row in REFERENCES])
def test_a_company_is_referred_to_in_any_way(instaview: InstaView, ref: Callable[[InstaView], Any]) -> None:
    """Where a webhook is registered, and where minutes are set."""
    hook = instaview.webhooks.register("http://127.0.0.1:9/hook", company=ref(instaview))
    instaview.billing.set(limit=7, company=ref(instaview))

    assert hook.company_id == company(GLOBEX)
    assert instaview.billing["Globex"].limit == 7


REMOVABLE: list[tuple[Callable[[InstaView, Webhook], Any], str]] = [
    (lambda _, hook: hook, "what register gave"),
    (lambda world, _: world.state()["webhooks"][0], "a row"),
    (lambda _, hook: hook.id, "an id"),
]


@pytest.mark.parametrize("ref", [row[0] for row in REMOVABLE], ids=[row[1] for row in REMOVABLE])
def test_a_webhook_is_removed_in_any_way(instaview: InstaView, ref: Callable[[InstaView, Webhook], Any]) -> None:
    """And no other one."""
    hook = instaview.webhooks.register("http://127.0.0.1:9/hook")
    instaview.webhooks.register("http://127.0.0.1:9/other")

    instaview.webhooks.remove(ref(instaview, hook))

    assert [row["url"] for row in instaview.state()["webhooks"]] == ["http://127.0.0.1:9/other"]


NAMESAKES: list[tuple[Use, str]] = [
    (lambda world: world.seed(job(company="Same")), "a row"),
    (lambda world: world.webhooks.register("http://127.0.0.1:9/", company="Same"), "a webhook"),
    (lambda world: world.billing.set(limit=1, company="Same"), "minutes"),
]


@pytest.mark.parametrize("use", [row[0] for row in NAMESAKES], ids=[row[1] for row in NAMESAKES])
def test_a_name_of_two_companies_is_none(instaview: InstaView, use: Use) -> None:
    """Neither of them is taken."""
    both = built_company(name="Same"), built_company(name="Same")
    instaview.seed(*both)
    before = instaview.state()

    says = f"2 companies are called 'Same': give the id of one, {both[0].id} or {both[1].id}"
    with pytest.raises(ValueError, match=says):
        use(instaview)

    assert instaview.state() == before
    instaview.seed(job(company=both[1]))
    assert instaview.state()["jobs"][-1]["companyId"] == both[1].id


AWAITED: list[tuple[dict[str, Any], str, str]] = [
    ({"event": None}, "an event is named by its type, such as 'interview.completed', not None", "nothing"),
    ({"event": ["ping"]}, r"an event is named by its type, such as 'interview.completed', not \['ping'\]", "a list"),
    ({"timeout_seconds": "5"}, "timeout_seconds is a number or a timedelta, not '5'", "a text for a time"),
    ({"timeout_seconds": True}, "timeout_seconds is a number or a timedelta, not True", "a truth for a time"),
]


@pytest.mark.parametrize(("asked", "says"), [row[:2] for row in AWAITED], ids=[row[2] for row in AWAITED])
def test_what_cannot_be_waited_for_is_told_in_a_sentence(
    instaview: InstaView, instaview_inbox: Inbox, asked: dict[str, Any], says: str
) -> None:
    """Before any time passes."""
    before = instaview.clock.now()
    event = asked.pop("event", "interview.completed")

    with pytest.raises(TypeError, match=says):
        instaview_inbox.wait_for(event, **asked)

    assert instaview.clock.now() == before


def test_patience_may_be_a_timedelta(instaview: InstaView, instaview_inbox: Inbox) -> None:
    """As wherever seconds are given."""
    with pytest.raises(NotReceived, match=r"no interview\.completed came"):
        instaview_inbox.wait_for("interview.completed", timeout_seconds=timedelta(milliseconds=60))

    assert instaview.webhooks.flush(timedelta(seconds=1)) == []


def test_an_inbox_can_be_closed_by_its_test(instaview: InstaView, instaview_inbox: Inbox) -> None:
    """To see what happens without a receiver; the fixture closes it once more."""
    instaview_inbox.close()
    instaview_inbox.close()

    instaview.client.post("/interviews", json=body(isTest=True))
    instaview.webhooks.flush()

    attempts = [attempt for delivery in instaview.webhooks.deliveries for attempt in delivery["attempts"]]
    assert [attempt["response"]["status"] for attempt in attempts] == [404]


def test_what_works_meanwhile_is_waited_for_where_that_is_asked(instaview: InstaView, instaview_inbox: Inbox) -> None:
    """The clock stands, but a system under test in another thread has yet to book."""
    is_waiting = threading.Event()

    def work() -> None:
        is_waiting.wait()
        instaview.client.post("/interviews", json=body())

    worker = threading.Thread(target=work)
    worker.start()
    with pytest.raises(
        NotReceived, match=r"nothing is planned any more \(a system under test .* needs timeout_seconds="
    ):
        instaview_inbox.wait_for("analysis.completed")
    is_waiting.set()
    told = instaview_inbox.wait_for("analysis.completed", timeout_seconds=20)
    worker.join()

    assert told["data"]["interviewId"] == instaview.state()["interviews"][0]["id"]


def test_time_that_was_given_in_vain_is_over(instaview: InstaView, instaview_inbox: Inbox) -> None:
    """And not recommended once more."""
    with pytest.raises(NotReceived) as told:
        instaview_inbox.wait_for("analysis.completed", timeout_seconds=0.01)

    assert str(told.value).splitlines()[0].endswith("; nothing is planned any more")
    assert instaview.events == []


def test_a_name_that_no_event_has_is_told(instaview: InstaView, instaview_inbox: Inbox) -> None:
    """It is a mistake of the test, whatever came."""
    instaview.client.post("/interviews", json=body(isTest=True))

    with pytest.raises(NotReceived) as told:
        instaview_inbox.wait_for("interview.completed", interview_id="x", status="y")

    lines = str(told.value).splitlines()
    assert lines[1:3] == ["no interview.completed has 'interview_id' (did you mean interviewId?)", "received:"]


# --- the story


def test_a_client_that_polls_does_not_hide_what_was_before(instaview: InstaView) -> None:
    """Lines in a row that say the same are one, with their number."""
    instaview.client.post("/interviews", json=body())
    for _ in range(60):
        instaview.client.get("/jobs")

    *_, booked, started, polled, _, _ = story_of(instaview, is_shared=False).splitlines()

    assert booked.endswith("request  POST /interviews → 201")
    assert "event    interview.started of interview " in started
    assert polled == f"{'':<28}request  60 × GET /jobs → 200"


@pytest.mark.parametrize("content", [b"\x00\x01", b"\xff", b"{\n"], ids=["controls", "no UTF-8", "lines"])
def test_a_body_that_no_line_can_show_is_left_to_a_file(instaview: InstaView, content: bytes) -> None:
    """The command would send something else."""
    instaview.client.post("/jobs", content=content, headers={"Content-Type": "application/json"})

    assert curl_of(instaview.requests[-1]).endswith(f"--data-binary @FILE  # {len(content)} characters")


# --- strict tests


def found(world: InstaView) -> list[str]:
    return list(findings(world, is_shared=False))


def test_a_parameter_that_nobody_reads_is_found(instaview: InstaView) -> None:
    """A field is one wherever it is sent; those that the operation takes are none."""
    instaview.client.get("/jobs", params={"limit": 1, "limti": 2, "search": ""})
    instaview.client.get("/nowhere?a=b")
    instaview.allow_refusal("ROUTE")

    assert found(instaview) == [
        "GET /jobs sent fields that nobody reads, ?limti: check how they are spelt, or leave them out"
    ]


def test_a_delivery_behind_another_says_so(instaview: InstaView) -> None:
    """It was not even tried."""
    instaview.webhooks.register("http://127.0.0.1:9/", ["interview.completed", "analysis.completed"])
    instaview.client.post("/interviews", json=body(isTest=True))

    first, second = found(instaview)

    assert "connection refused at attempt 1, and it is due again at " in first
    assert (
        "the webhook analysis.completed was not delivered to http://127.0.0.1:9/: it waits behind an earlier" in second
    )


# --- receivers on trial


def receiver_of(hired: list[str]) -> tuple[Receiver, str]:
    """A server that appends what it is told, whether it knows it or not."""
    receiver = Receiver()
    return receiver, receiver.open("hook", lambda headers, _: hired.append(headers["webhook-id"]))


def test_an_effect_may_be_the_receivers_own_list(instaview: InstaView) -> None:
    """It is compared as it was, not as it has become."""
    hired: list[str] = []
    receiver, url = receiver_of(hired)
    instaview.webhooks.register(url)
    try:
        with pytest.raises(AssertionError, match=r"interview.completed delivered twice: effect {.*2.*} → {.*3.*}"):
            instaview.assert_idempotent(lambda: {"count": [len(hired)], "seen": {1}}, reset=hired.clear)
        with pytest.raises(
            AssertionError, match="let `reset` undo all that `effect` shows, and `effect` leave out what"
        ):
            instaview.assert_idempotent(lambda: hired, reset=hired.clear)
        with pytest.raises(AssertionError, match=r"effect\(\) gives True: give a number"):
            instaview.assert_idempotent(lambda: bool(hired) or True)
    finally:
        receiver.stop()


# --- readings


def test_tests_that_cannot_run_once_more_are_named(pytester: pytest.Pytester) -> None:
    """A client is not said to survive by tests that never met the reading."""
    result = run_suite(
        pytester,
        """
    import unittest

    class TestOld(unittest.TestCase):
        @pytest.fixture(autouse=True)
        def world(self, instaview):
            self.world = instaview

        def test_old(self):
            post(self.world)

    def test_late(request):
        post(request.getfixturevalue("instaview"))

    def test_new(instaview):
        post(instaview)
    """,
        "--instaview-readings=wire",
    )

    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(
        [
            "It survives 1 of 1 other readings*",
            "With the defaults only, as unittest.TestCase and getfixturevalue() leave no way to run a test once more:",
            "  *::TestOld::test_old",
            "  *::test_late",
        ]
    )
