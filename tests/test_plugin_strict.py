"""Strict tests: what fails them though they pass, what does not, and where they fail."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from mockserver import AsyncInstaView, Inbox, InstaView
from mockserver.client import Caller, ControlClient
from mockserver.plugin.instaview import Opened, WorldView
from mockserver.plugin.strict import MAX_SHOWN, findings, judge
from mockserver.plugin.views import Company, Row, Webhook
from tests.suites import run_suite
from tests.support import TWO_JOBS, body, candidate

NOBODY = "http://127.0.0.1:9/hook"
MULTIPLE = body(candidateId=candidate(TWO_JOBS))
Act = Callable[[InstaView], object]


def found(world: WorldView) -> list[str]:
    return list(findings(world, is_shared=False))


def told(*worlds: WorldView) -> str:
    with pytest.raises(pytest.fail.Exception) as failed:
        judge(worlds, is_shared=False)
    assert failed.value.pytrace is False
    return str(failed.value.msg)


def create(world: InstaView, **changes: object) -> None:
    world.client.post("/interviews", json=body(**changes))


# --- what is found


def other_key(world: InstaView) -> None:
    world.client.get("/interviews", headers={"Authorization": "Bearer sk_test_of_nobody"})


def several(world: InstaView) -> None:
    create(world, jobId="x", scheduleTime="noon")


FOUND: list[tuple[Act, tuple[str, ...], str]] = [
    (
        lambda world: world.client.post("/interviews", json=MULTIPLE),
        (
            "POST /interviews → 400 JOB-MULTIPLE: /jobId: Job ID must be provided when candidate has multiple job",
            "; fix: add jobId: 11111111-0000-4000-8001-000000000001 or ",
            '; or, if the test means it: instaview.allow_refusal("JOB-MULTIPLE")',
        ),
        "a refusal",
    ),
    (several, ("→ 400 ID-FORMAT, SCHEDULE-FORMAT: /jobId: ", 'allow_refusal("ID-FORMAT", "SCHEDULE-FORMAT")'), "two"),
    (
        lambda world: world.client.patch("/sourcing/x", json={}),
        ("PATCH /sourcing/x → 501 ROUTE: ", 'instaview.allow_refusal("ROUTE")'),
        "what is not built",
    ),
    (other_key, ("GET /interviews → 401 AUTH-KEY: ", 'allow_refusal("AUTH-KEY")'), "a key of no world"),
    (
        lambda world: create(world, colour="red", metadata={"any": 1}, jobid="x"),
        ("POST /interviews sent fields that nobody reads, /colour, /jobid: check how they are spelt",),
        "fields that nobody reads",
    ),
    (
        lambda world: world.faults.plan("duplicate", {"event": "interview.failed"}, times=2),
        (
            "the planned fault duplicate (event interview.failed, nth 1) was met 0 of 2 times, as nothing that fits ",
            "it came by: bring it about, plan it for fewer times, or .cancel() it",
        ),
        "a fault that was not met",
    ),
    (
        lambda world: world.faults.plan("drop", times=None),
        ("the planned fault drop (nth 1) was met never, as",),
        "one for ever",
    ),
]


@pytest.mark.parametrize(("act", "texts"), [row[:2] for row in FOUND], ids=[row[2] for row in FOUND])
def test_what_went_otherwise_than_planned_is_found(instaview: InstaView, act: Act, texts: tuple[str, ...]) -> None:
    """In a sentence, with its remedy."""
    act(instaview)

    (finding,) = found(instaview)

    assert [text for text in texts if text not in finding] == [], finding


def error_that_was_planned(world: InstaView) -> None:
    world.faults.plan("error", status=503)
    create(world)


def refusal_that_is_allowed(world: InstaView) -> None:
    world.allow_refusal("JOB-MULTIPLE", "ROUTE")
    world.client.post("/interviews", json=MULTIPLE)
    world.client.get("/nowhere")


def refusal_that_is_asserted(world: InstaView) -> None:
    world.client.post("/interviews", json=MULTIPLE)
    world.assert_rule("JOB-MULTIPLE")


def nothing_wanted(world: InstaView) -> None:
    world.webhooks.register(NOBODY, ["ping"])
    create(world)


def switched_off(world: InstaView) -> None:
    world.webhooks.register(NOBODY, isActive=False)
    create(world)


def refused_because_unread(world: InstaView) -> None:
    world.readings(unknown_fields="reject")
    world.allow_refusal("UNKNOWN-FIELDS")
    create(world, colour="red")


NOT_FOUND: list[tuple[Act, str]] = [
    (create, "all went well"),
    (error_that_was_planned, "an error that was planned"),
    (refusal_that_is_allowed, "refusals that are allowed"),
    (refusal_that_is_asserted, "a refusal that is asserted"),
    (nothing_wanted, "no webhook wanted it"),
    (switched_off, "the webhook was switched off"),
    (refused_because_unread, "the refusal said it already"),
]


@pytest.mark.parametrize("act", [row[0] for row in NOT_FOUND], ids=[row[1] for row in NOT_FOUND])
def test_what_was_planned_is_not_found(instaview: InstaView, act: Act) -> None:
    """Nor what harms nobody."""
    act(instaview)

    assert found(instaview) == []


def test_of_several_refusals_only_those_that_are_not_allowed_are_found(instaview: InstaView) -> None:
    """One request can break several rules."""
    instaview.allow_refusal("ID-FORMAT")

    several(instaview)

    (finding,) = found(instaview)
    assert "→ 400 SCHEDULE-FORMAT: " in finding
    assert "ID-FORMAT" not in finding


def test_a_rule_that_does_not_exist_cannot_be_allowed(instaview: InstaView) -> None:
    """What was probably meant is said, and nothing is allowed."""
    with pytest.raises(ValueError, match="there is no rule 'JOB-MULTIPEL'"):
        instaview.allow_refusal("ROUTE", "JOB-MULTIPEL")

    assert instaview.expected == set()


class Said:
    """A control API that says the same whenever it is asked."""

    def __init__(self, **answers: object) -> None:
        self._answers = answers

    def call(self, _method: str, path: str, _body: object = None) -> Any:
        return self._answers.get(path.removeprefix("/"), [])


def world_that(calls: Caller) -> WorldView:
    return WorldView("http://127.0.0.1:1", Opened("w", 1, {"a": "b"}, (Company("c", "Acme", "b"),)), calls)


def test_an_answer_that_no_rule_explains_is_a_mistake_of_the_mock() -> None:
    """Nobody can allow it."""
    broken: Row = {
        "method": "GET",
        "path": "/x",
        "operation": None,
        "response": {"status": 500},
        "decided": [],
        "fault": None,
        "unread": [],
    }

    assert found(world_that(Said(requests=[broken]))) == [
        "GET /x → 500, which no rule says: a mistake of the mock, please report it"
    ]


def test_requests_without_a_world_are_not_judged_on_a_server_of_many(instaview: InstaView) -> None:
    """Nobody knows whose they are."""
    other_key(instaview)

    assert list(findings(instaview, is_shared=True)) == []


# --- webhooks

STARTED = f"the webhook interview.started was not delivered to {NOBODY}: "
IN_TIME = 'let the receiver answer 2xx in time, or wait: .clock.advance(until="idle")'


@pytest.fixture
def unheard(instaview: InstaView) -> Webhook:
    """A webhook where nobody answers, after an interview has started."""
    hook = instaview.webhooks.register(NOBODY, ["interview.started"])
    create(instaview)
    return hook


@pytest.mark.usefixtures("unheard")
@pytest.mark.instaview(clock="2024-01-16T10:30:00Z")
def test_a_webhook_that_waits_for_its_retry_was_not_delivered(instaview: InstaView) -> None:
    """It is waited for until its attempt has come back, and no longer."""
    assert found(instaview) == [
        f"{STARTED}connection refused at attempt 1, and it is due again at 2024-01-16T10:30:05.000Z; {IN_TIME}"
    ]


@pytest.mark.usefixtures("unheard")
def test_a_webhook_that_was_given_up_was_not_delivered(instaview: InstaView) -> None:
    """When its retries are spent."""
    instaview.clock.advance(until="idle")

    assert found(instaview) == [
        f"{STARTED}connection refused; let the receiver answer 2xx, or do not register it for this event"
    ]


def test_a_webhook_that_was_called_off_was_not_delivered(instaview: InstaView, unheard: Webhook) -> None:
    """As the webhook was removed meanwhile."""
    instaview.webhooks.flush()
    instaview.webhooks.remove(unheard)

    assert found(instaview) == [
        f"{STARTED}connection refused; the webhook was deleted; remove a webhook only when nothing is on its way there"
    ]


@pytest.mark.instaview(clock="2024-01-16T10:30:00Z")
def test_a_webhook_that_a_fault_holds_was_not_delivered(instaview: InstaView, instaview_inbox: Inbox) -> None:
    """Until the clock is moved on."""
    instaview.faults.plan("delay", {"event": "interview.started"})
    create(instaview)
    (held,) = found(instaview)
    instaview_inbox.wait_for("interview.started")

    assert held.endswith(f": a planned fault holds it until 2024-01-16T10:31:00.000Z; {IN_TIME}")
    assert found(instaview) == []


def test_what_planned_faults_alone_have_spoilt_went_as_planned(instaview: InstaView, instaview_inbox: Inbox) -> None:
    """The receiver is not to blame that the delivery got lost, and need not wait for the retry."""
    instaview.faults.plan("drop", {"event": "interview.started"})

    create(instaview)

    assert found(instaview) == []
    assert instaview_inbox.received == []


async def test_in_process_it_is_the_same(instaview_asgi: AsyncInstaView) -> None:
    """While its loop runs nothing can be waited for: the delivery is judged as it stands."""
    instaview_asgi.webhooks.register(NOBODY, ["interview.started"])
    await instaview_asgi.client.post("/interviews", json=body())
    await instaview_asgi.client.post("/interviews", json=MULTIPLE)

    refused, undelivered = found(instaview_asgi)

    assert refused.endswith('instaview_asgi.allow_refusal("JOB-MULTIPLE")')
    assert undelivered == f"{STARTED}no attempt has come back yet; {IN_TIME}"


# --- what is told


def test_findings_are_told_without_a_traceback(instaview: InstaView) -> None:
    """One in a line, several in a list; the same one but once."""
    instaview.client.get("/nowhere")
    one = told(instaview)
    instaview.client.get("/nowhere")
    create(instaview, colour="red")
    two = told(instaview)

    assert one.startswith("instaview (strict): GET /nowhere → 404 ROUTE: ")
    assert two.splitlines()[0] == "instaview (strict): 2 findings in a test that passes otherwise"
    assert two.splitlines()[1].startswith("  - GET /nowhere")
    assert two.splitlines()[1].endswith('instaview.allow_refusal("ROUTE") (2 times)')


def test_a_long_list_is_cut(instaview: InstaView) -> None:
    """And says how much is missing."""
    for number in range(MAX_SHOWN + 2):
        instaview.client.get(f"/nowhere/{number}")

    lines = told(instaview).splitlines()

    assert (len(lines), lines[-1]) == (MAX_SHOWN + 2, "  - … and 2 more")


def test_with_several_worlds_each_finding_says_whose_it_is(
    instaview: InstaView, instaview_asgi: AsyncInstaView
) -> None:
    """By the name of its fixture."""
    instaview.client.get("/nowhere")
    asyncio.run(_nowhere(instaview_asgi))

    lines = told(instaview, instaview_asgi).splitlines()

    assert [line.split(":")[0] for line in lines[1:]] == ["  - instaview", "  - instaview_asgi"]


async def _nowhere(world: AsyncInstaView) -> None:
    await world.client.get("/nowhere")


def test_a_world_that_is_gone_cannot_pass() -> None:
    """Nobody knows what happened there."""
    gone = ControlClient("http://127.0.0.1:9")

    assert told(world_that(gone)) == (
        "instaview (strict): nobody can say what happened in its world: [Errno 111] Connection refused"
    )


# --- in a suite

STRICT = """
    @pytest.mark.instaview(strict=True)
    def test_strict(instaview):
        post(instaview, TWO_JOBS)

    @pytest.mark.instaview(strict=True)
    @pytest.mark.parametrize("n", [1, 2])
    def test_parametrised(instaview, n):
        post(instaview, TWO_JOBS if n == 2 else BODY)

    @pytest.mark.instaview(strict=True)
    @pytest.mark.asyncio
    async def test_async(instaview_asgi):
        instaview_asgi.webhooks.register("http://127.0.0.1:9/hook")
        assert (await post(instaview_asgi)).status_code == 201

    def test_plain(instaview):
        post(instaview, TWO_JOBS)

    class TestLenient:
        pytestmark = pytest.mark.instaview(strict=False)

        def test_lenient(self, instaview):
            post(instaview, TWO_JOBS)

    @pytest.mark.instaview(strict=True)
    def test_failed(instaview):
        post(instaview, TWO_JOBS)
        assert False, "the test's own words"
"""


def failures(result: pytest.RunResult) -> list[str]:
    return [line.split(" - ")[0].split("::", 1)[1] for line in result.outlines if line.startswith("FAILED ")]


OTHERS = ["test_strict", "test_parametrised[2]", "test_async", "test_failed"]


@pytest.mark.parametrize(
    ("ini", "options", "failing"),
    [
        ("", (), OTHERS),
        ("instaview_strict = true", (), [*OTHERS[:3], "test_plain", "test_failed"]),
        ("", ("-n", "2"), OTHERS),
    ],
    ids=["by marker", "by ini, which the marker overrides", "in workers"],
)
def test_a_strict_test_fails_in_its_call(
    pytester: pytest.Pytester, ini: str, options: tuple[str, ...], failing: list[str]
) -> None:
    """Not in its teardown, where it would be an error beside a test that passed."""
    result = run_suite(pytester, STRICT, *options, ini=ini)

    result.assert_outcomes(failed=len(failing), passed=7 - len(failing))
    assert sorted(failures(result)) == sorted(failing)


def test_a_test_that_failed_by_itself_is_not_judged(pytester: pytest.Pytester) -> None:
    """Its own failure is the news; that of a strict test has no traceback."""
    result = run_suite(pytester, STRICT, "-k", "test_failed or test_strict")

    told, _ = result.stdout.str().split(" short test summary info ")
    assert told.count("(strict)") == 1
    assert not [line for line in result.outlines if "mockserver/plugin" in line]
    result.stdout.fnmatch_lines(["E*AssertionError: the test's own words"])


SUBTESTS = """
    import unittest

    @pytest.mark.instaview(strict=True)
    def test_subtests(instaview, subtests):
        for number in range(3):
            with subtests.test(number=number):
                post(instaview, TWO_JOBS)
                assert number != 1, "the test's own words"

    @pytest.mark.instaview(strict=True)
    class TestCase(unittest.TestCase):
        @pytest.fixture(autouse=True)
        def world(self, instaview):
            self.instaview = instaview

        def test_case(self):
            for number in range(3):
                with self.subTest(number=number):
                    post(self.instaview, TWO_JOBS)
                    self.assertNotEqual(number, 1, "the test's own words")

    @pytest.mark.instaview(strict=True)
    def test_passing(instaview, subtests):
        with subtests.test():
            post(instaview, TWO_JOBS)
"""


def test_a_test_with_a_subtest_that_failed_is_not_judged(pytester: pytest.Pytester) -> None:
    """It has failed by itself; one whose subtests pass is judged as a whole."""
    result = run_suite(pytester, SUBTESTS)

    told, _ = result.stdout.str().split(" short test summary info ")
    assert told.count("AssertionError: ") == 2
    assert told.count("(strict)") == 1
    assert "test_passing _" in told.split("(strict)")[0].splitlines()[-2]


def test_a_delivery_in_process_is_waited_for(pytester: pytest.Pytester) -> None:
    """On the loop that the test has left open, if it has."""
    result = run_suite(
        pytester,
        """
    import asyncio

    @pytest.mark.instaview(strict=True)
    @pytest.mark.asyncio
    async def test_open(instaview_asgi, instaview_asgi_inbox):
        await post(instaview_asgi)

    @pytest.mark.instaview(strict=True)
    def test_closed(instaview_asgi, instaview_asgi_inbox):
        async def scenario():
            await post(instaview_asgi)
            await instaview_asgi.webhooks.flush()

        asyncio.run(scenario())

    @pytest.mark.instaview(strict=True)
    def test_none(instaview_asgi):
        instaview_asgi.readings(wire="envelope")
    """,
    )

    result.assert_outcomes(passed=3)
