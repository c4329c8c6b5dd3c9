"""`assert_idempotent`: receivers with a mistake are caught by the smallest schedule that shows it, good ones pass."""

import json
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from mockserver import AsyncInstaView, InstaView
from mockserver.builders import webhook
from mockserver.errors import ControlError
from mockserver.signing import verify
from tests.receiver import Delivered, Receiver
from tests.support import ACME, GLOBEX, READONLY, body, company

SECRET = "5ec4e7" * 10 + "cafe"
Told = dict[str, Any]


class Hiring:
    """
    A receiver as it should be: verifies, does nothing twice, and needs no order. It hires whoever completed an
    interview; what it is sent and what it answers is in `log`.
    """

    def __init__(self) -> None:
        self.hired: list[str] = []
        self.seen: set[str] = set()
        self.log: list[tuple[str, int]] = []

    def take(self, told: Told) -> int:
        if told["deliveryId"] not in self.seen:
            self.seen.add(told["deliveryId"])
            self.act(told["event"], told["data"]["interviewId"])
        return 200

    def act(self, event: str, interview: str) -> None:
        if event == "interview.completed":
            self.hired.append(interview)

    def answer(self, headers: dict[str, str], sent: bytes) -> int:
        is_good = verify(SECRET, headers, sent, time.time()) is None
        status = self.take(json.loads(sent)) if is_good else 401
        self.log.append((json.loads(sent)["event"], status))
        return status


class HiresTwice(Hiring):
    def take(self, told: Told) -> int:
        self.act(told["event"], told["data"]["interviewId"])
        return 200


class RemembersTheLast(Hiring):
    def take(self, told: Told) -> int:
        status = super().take(told)
        self.seen = {told["deliveryId"]}
        return status


class RemembersOnce(Hiring):
    """Forgets that it has seen a delivery when it comes again, so that the third is new to it."""

    def take(self, told: Told) -> int:
        if told["deliveryId"] in self.seen:
            self.seen.remove(told["deliveryId"])
            return 200
        return super().take(told)


class NeedsOrder(Hiring):
    """Hires on the analysis, if it has heard of the interview by then."""

    def __init__(self) -> None:
        super().__init__()
        self.over: set[str] = set()

    def act(self, event: str, interview: str) -> None:
        if event == "interview.completed":
            self.over.add(interview)
        elif interview in self.over:
            self.hired.append(interview)


class SendsAway(NeedsOrder):
    """Takes an analysis only once it has heard of the interview, and says so with a status that is tried again."""

    def take(self, told: Told) -> int:
        if told["event"] == "analysis.completed" and told["data"]["interviewId"] not in self.over:
            return 409
        return super().take(told)


class SaysSo(Hiring):
    def take(self, told: Told) -> int:
        return 409 if told["deliveryId"] in self.seen else super().take(told)


class Idle(Hiring):
    def act(self, event: str, interview: str) -> None:
        """Nothing."""


@pytest.fixture
def listen() -> Iterator[Callable[[Hiring], str]]:
    """Serves a receiver over HTTP from a thread; gives its URL."""
    servers = []

    def serve(receiver: Hiring) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                sent = self.rfile.read(int(self.headers["content-length"]))
                status = receiver.answer(dict(self.headers.items()), sent)
                self.send_response(status)
                self.end_headers()
                self.wfile.write(b"the signature is wrong" if status == 401 else b"")

            def log_message(self, format: str, *args: object) -> None:
                """Silent."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}/hook"

    yield serve
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


Listen = Callable[[Hiring], str]


async def make_nothing() -> None:
    """Nothing happens."""


def failure_of(assertion: Callable[..., object], *args: object, **options: object) -> list[str]:
    with pytest.raises(AssertionError) as raised:
        assertion(*args, **options)
    return str(raised.value).splitlines()


def registered(instaview: InstaView | AsyncInstaView, url: str, **row: Any) -> None:
    instaview.webhooks.register(url, **{"secret": SECRET, **row})


# --- what is caught


MISTAKES: list[tuple[type[Hiring], str]] = [
    (HiresTwice, "interview.completed delivered twice: effect 1 → 2"),
    (RemembersTheLast, "interview.completed delivered again after analysis.completed: effect 1 → 2"),
    (RemembersOnce, "interview.completed delivered 3 times: effect 1 → 2"),
    (NeedsOrder, "analysis.completed delivered before interview.completed: effect 1 → 0"),
]


@pytest.mark.parametrize(("mistake", "says"), MISTAKES, ids=[mistake.__name__ for mistake, _ in MISTAKES])
def test_a_mistake_is_named_by_the_smallest_schedule(
    instaview: InstaView, listen: Listen, mistake: type[Hiring], says: str
) -> None:
    """In words, with what the receiver did otherwise."""
    receiver = mistake()
    registered(instaview, listen(receiver))

    lines = failure_of(instaview.assert_idempotent, lambda: len(receiver.hired))

    assert lines[0] == says


def test_a_failure_tells_what_was_delivered_and_what_to_do(instaview: InstaView, listen: Listen) -> None:
    """On a good day, and on the bad one."""
    receiver = HiresTwice()
    registered(instaview, listen(receiver))

    assert failure_of(instaview.assert_idempotent, lambda: len(receiver.hired)) == [
        "interview.completed delivered twice: effect 1 → 2",
        "on a good day: interview.completed → 200, analysis.completed → 200",
        "now:           interview.completed → 200, interview.completed → 200, analysis.completed → 200",
        "no smaller schedule does it (1 tried)",
        "a delivery that is repeated keeps its `webhook-id`: what was taken under it needs nothing done again",
    ]


def test_a_failure_of_order_is_told_as_such(instaview: InstaView, listen: Listen) -> None:
    """Ids would be of no help."""
    receiver = NeedsOrder()
    registered(instaview, listen(receiver))

    lines = failure_of(instaview.assert_idempotent, lambda: len(receiver.hired))

    assert lines[-1] == "deliveries may overtake each other: only `timestamp` and `data` tell what happened first"


GOOD = [
    (Hiring, "it takes everything"),
    (SendsAway, "it sends away what it cannot take yet"),
    (SaysSo, "it says so when it has seen a delivery"),
]


@pytest.mark.parametrize("good", [kind for kind, _ in GOOD], ids=[why for _, why in GOOD])
def test_a_good_receiver_passes(instaview: InstaView, listen: Listen, good: type[Hiring]) -> None:
    """It has met every order of two events that has at most two things wrong, retries included."""
    receiver = good()
    registered(instaview, listen(receiver))

    instaview.assert_idempotent(lambda: len(receiver.hired))

    assert len(receiver.hired) == 20  # 18 orders, and twice the good day
    assert len(receiver.hired) == len(set(receiver.hired))
    assert 20 * 2 < len(receiver.log) < 20 * 5


# --- effects


@pytest.mark.parametrize(
    "unit", [1, 0.1, Decimal("0.1"), True], ids=["whole numbers", "fractions", "decimals", "a truth"]
)
def test_an_effect_is_any_number(instaview: InstaView, listen: Listen, unit: Any) -> None:
    """What counts is what is added to it, and no error of rounding."""
    receiver = Hiring()
    registered(instaview, listen(receiver))

    instaview.assert_idempotent(lambda: len(receiver.hired) * unit)


def test_beside_a_reset_an_effect_is_anything(instaview: InstaView, listen: Listen) -> None:
    """It is compared as it is after each schedule; long ones are cut in the message."""
    receiver = HiresTwice()
    registered(instaview, listen(receiver))

    lines = failure_of(
        instaview.assert_idempotent,
        lambda: {"hires": [len(each) for each in receiver.hired], "note": "x" * 500},
        reset=receiver.hired.clear,
    )

    assert lines[0].startswith("interview.completed delivered twice: effect {'hires': [36], 'note': 'xxx")
    assert "{'hires': [36, 36], 'note': 'xxx" in lines[0]
    assert len(lines[0]) < 500


def test_beside_a_reset_a_good_receiver_passes(instaview: InstaView, listen: Listen) -> None:
    """It has been put back before each schedule."""
    receiver = Hiring()
    registered(instaview, listen(receiver))

    instaview.assert_idempotent(lambda: Counter(map(len, receiver.hired)), reset=receiver.hired.clear)

    assert len(receiver.hired) == 1


# --- what makes things happen


def test_what_happens_can_be_ones_own(instaview: InstaView, listen: Listen) -> None:
    """Such as two interviews that take their time; events of one type are told apart by their places."""
    receiver = HiresTwice()
    registered(instaview, listen(receiver), events=["interview.completed", "interview.failed"])

    def book() -> None:
        for _ in range(2):
            instaview.client.post("/interviews", json=body()).raise_for_status()
        instaview.clock.advance(until="idle")

    lines = failure_of(instaview.assert_idempotent, lambda: len(receiver.hired), book)

    assert lines[0] == "1 interview.completed delivered twice: effect 2 → 3"


def test_a_long_story_ends(instaview: InstaView, listen: Listen) -> None:
    """No more schedules are tried than of a short one."""
    receiver = Hiring()
    registered(instaview, listen(receiver), events=["interview.completed"])

    def book() -> None:
        for _ in range(3):
            instaview.client.post("/interviews", json=body(isTest=True)).raise_for_status()

    instaview.assert_idempotent(lambda: len(receiver.hired), book)

    assert len(set(receiver.hired)) == (2 + 48) * 3


def test_webhooks_are_as_before_and_the_world_delivers_again(instaview: InstaView, listen: Listen) -> None:
    """Whatever came of it; what happened meanwhile is not delivered by the world."""
    receivers = [Hiring(), HiresTwice()]
    for receiver in receivers:
        registered(instaview, listen(receiver), headers=[{"name": "X-Team", "value": "blue"}], maxRetries=1)
    registered(instaview, "http://127.0.0.1:9/", isActive=False, companyId=company(), events=["interview.failed"])
    before = {row["id"]: row for row in instaview.state()["webhooks"]}

    failure_of(instaview.assert_idempotent, lambda: sum(len(receiver.hired) for receiver in receivers))
    sent = len(receivers[0].log)
    instaview.client.post("/interviews", json=body(isTest=True)).raise_for_status()
    instaview.webhooks.flush()

    assert {row["id"]: row for row in instaview.state()["webhooks"]} == before
    assert len(receivers[0].log) == sent + 2
    assert len(instaview.webhooks.deliveries) == 4


def test_each_receiver_hears_what_its_webhook_wants(instaview: InstaView, listen: Listen) -> None:
    """By type, by company, by what an ATS key reaches."""
    keys = {row["key"]: row["id"] for row in instaview.state()["keys"]}
    ats, acme = (keys[instaview.keys[name]] for name in ("sk_test_ats", ACME))
    wants: dict[str, dict[str, Any]] = {
        "all": {},
        "one type": {"events": ["analysis.completed"]},
        "its company": {"companyId": company()},
        "another company": {"companyId": company(GLOBEX)},
        "its key": {"apiKeyId": ats},
        "its company and key": {"companyId": company(), "apiKeyId": acme},
        "off": {"isActive": False},
    }
    receivers = {name: Hiring() for name in wants}
    for name, receiver in receivers.items():
        registered(instaview, listen(receiver), **wants[name])

    instaview.assert_idempotent(lambda: len(receivers["all"].hired))

    heard = {name: {event for event, _ in receiver.log} for name, receiver in receivers.items()}
    both = {"interview.completed", "analysis.completed"}
    assert heard == {
        "all": both,
        "one type": {"analysis.completed"},
        "its company": both,
        "another company": set(),
        "its key": both,
        "its company and key": both,
        "off": set(),
    }


@pytest.mark.instaview(clock="9990-01-01T00:00:00Z")
def test_somebody_new_is_booked_in_whatever_year(instaview: InstaView, listen: Listen) -> None:
    """Whose consent does not run out."""
    receiver = Hiring()
    registered(instaview, listen(receiver))

    instaview.assert_idempotent(lambda: len(receiver.hired))


@pytest.mark.instaview(readings={"webhook_timestamp": "world"}, clock="2024-01-16T10:30:00Z")
async def test_deliveries_are_signed_and_dressed_as_the_world_would(instaview_asgi: AsyncInstaView) -> None:
    """At its own time where the reading says so, with the webhook's own headers."""
    async with Receiver() as receiver:
        registered(instaview_asgi, receiver.url, headers=[{"name": "X-Team", "value": "blue"}])

        await instaview_asgi.assert_idempotent(lambda: len({each.headers["webhook-id"] for each in receiver.received}))

    for delivered in receiver.received:
        assert delivered.headers["x-team"] == "blue"
        assert verify(SECRET, delivered.headers, delivered.body, 1705401000.0) is None


# --- where nobody can tell


NOBODY_CAN_TELL: list[tuple[dict[str, Any], type[Hiring], str, str]] = [
    ({"isActive": False}, Hiring, "no webhook of this world is on: register the receiver", "no webhook"),
    ({"secret": "0badc0de" * 8}, Hiring, "answers interview.completed with 401 the signature is wrong, ", "401"),
    ({}, Idle, r"plain deliveries \(interview.completed → 200, analysis.completed → 200\) have no effect", "no effect"),
    ({"events": ["interview.failed"]}, Hiring, "`trigger` made nothing happen that a webhook", "no event"),
]


@pytest.mark.parametrize(
    ("row", "kind", "says"), [row[:3] for row in NOBODY_CAN_TELL], ids=[row[3] for row in NOBODY_CAN_TELL]
)
def test_where_nothing_can_be_compared_the_test_fails(
    instaview: InstaView, listen: Listen, row: dict[str, Any], kind: type[Hiring], says: str
) -> None:
    """It would pass whatever the receiver does."""
    receiver = kind()
    registered(instaview, listen(receiver), **row)

    lines = failure_of(instaview.assert_idempotent, lambda: len(receiver.hired))

    assert re.search(says, lines[0])
    assert len(lines) == 1


def test_a_receiver_that_does_not_answer_is_named(instaview: InstaView) -> None:
    """With what went wrong."""
    registered(instaview, "http://127.0.0.1:9/hook")

    lines = failure_of(instaview.assert_idempotent, lambda: 1)

    assert re.match("http://127.0.0.1:9/hook does not answer to interview.completed: .*refused", lines[0])


def test_what_is_not_the_same_twice_cannot_be_compared(instaview: InstaView, listen: Listen) -> None:
    """Neither an effect that only the first has, nor a trigger that makes other things happen each time."""
    receiver = Hiring()
    registered(instaview, listen(receiver))
    counts = iter([1, 2, 2])

    def book() -> None:
        for _ in range(next(counts)):
            instaview.client.post("/interviews", json=body(isTest=True)).raise_for_status()

    once = failure_of(instaview.assert_idempotent, lambda: min(len(receiver.hired), 1))
    more = failure_of(instaview.assert_idempotent, lambda: len(receiver.hired), book)

    assert once[0].startswith("the same plain deliveries had an effect of 1 at first, then 0: give a `trigger`")
    assert more == ["`trigger` made 2 events happen at first, then 4"]


def test_an_effect_that_is_no_number_needs_a_reset(instaview: InstaView, listen: Listen) -> None:
    """There is nothing else to start from."""
    receiver = Hiring()
    registered(instaview, listen(receiver))

    lines = failure_of(instaview.assert_idempotent, lambda: receiver.hired)

    assert lines == ["effect() gives []: give a number, or a `reset` to start from each time"]


def test_a_key_that_may_not_book_needs_a_trigger(instaview: InstaView, listen: Listen) -> None:
    """The answer is told."""
    instaview.client.headers["Authorization"] = f"Bearer {instaview.keys[READONLY]}"
    registered(instaview, listen(Hiring()))

    lines = failure_of(instaview.assert_idempotent, lambda: 1)

    assert lines[0].startswith("no interview can be booked (403 {")
    assert lines[0].endswith("): give a `trigger` that can")


def test_deliveries_on_their_way_are_not_lost(instaview: InstaView) -> None:
    """Who removes a webhook gives up what waits for it."""
    registered(instaview, "http://127.0.0.1:9/")
    instaview.client.post("/interviews", json=body(isTest=True)).raise_for_status()

    lines = failure_of(instaview.assert_idempotent, lambda: 1)

    assert lines == ["2 deliveries of this world are still to come: advance its clock until they are done"]
    assert len(instaview.state()["webhooks"]) == 1


@pytest.fixture
def name(monkeypatch: pytest.MonkeyPatch) -> Callable[[str | None], None]:
    """Gives the name hook.test an address, or none."""
    real = socket.getaddrinfo

    def give(address: str | None) -> None:
        def resolve(host: str, *more: Any, **options: Any) -> list[Any]:
            if host == "hook.test" and address is None:
                raise socket.gaierror("Name or service not known")
            return real(address if host == "hook.test" else host, *more, **options)

        monkeypatch.setattr(socket, "getaddrinfo", resolve)

    return give


CLOSED = [
    ("192.0.2.1", "target 192.0.2.1 is not allowed: documentation, never a target (here: the variable ", "never"),
    ("10.1.2.3", "target 10.1.2.3 is not allowed: private network; --webhook-allow hook.test would ", "not allowed"),
    (None, "Name or service not known", "no address"),
]


@pytest.mark.parametrize(("address", "says"), [row[:2] for row in CLOSED], ids=[row[2] for row in CLOSED])
def test_nothing_is_sent_where_the_world_sends_nothing(
    instaview: InstaView, listen: Listen, name: Callable[[str | None], None], address: str | None, says: str
) -> None:
    """A name is judged by what it resolves to; it keeps no other receiver from its trial."""
    name(address)
    registered(instaview, "http://hook.test/", events=["interview.failed"])

    lines = failure_of(instaview.assert_idempotent, lambda: 0)
    receiver = Hiring()
    registered(instaview, listen(receiver))
    instaview.assert_idempotent(lambda: len(receiver.hired))

    assert lines[0].startswith(f"http://hook.test/ cannot be reached: {says}")
    assert len(instaview.state()["webhooks"]) == 2


def test_what_is_open_to_the_server_is_open_here(
    instaview: InstaView, name: Callable[[str | None], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the same variable."""
    name("10.1.2.3")
    monkeypatch.setenv("MOCKSERVER_WEBHOOK_ALLOW", "192.168.0.0/16 hook.test")
    registered(instaview, "http://hook.test/")

    with pytest.raises(ZeroDivisionError):  # it would be played
        instaview.assert_idempotent(lambda: 1 / 0)


def test_an_async_function_needs_the_other_fixture(instaview: InstaView) -> None:
    """Before anything happens."""
    with pytest.raises(TypeError, match="trigger is async, and the fixture `instaview` is not: use `instaview_asgi`"):
        instaview.assert_idempotent(int, make_nothing)
    assert instaview.requests == []


def test_what_ones_own_functions_raise_goes_through(instaview: InstaView, listen: Listen) -> None:
    """And the webhooks are back."""
    registered(instaview, listen(Hiring()))

    with pytest.raises(ControlError):
        instaview.assert_idempotent(lambda: 1, lambda: instaview.control.call("POST", "/nonsense"))

    assert len(instaview.state()["webhooks"]) == 1


# --- in process


async def test_a_world_in_process_is_judged_on_the_tests_own_loop(instaview_asgi: AsyncInstaView) -> None:
    """Its functions may be async; a mistake has the same words."""
    seen: Counter[str] = Counter()

    async def count() -> int:
        return seen.total()

    async def once() -> int:
        return len(seen)

    def take(delivered: Delivered) -> None:
        seen.update([delivered.headers["webhook-id"]])

    async with Receiver(on_delivered=take) as receiver:
        instaview_asgi.seed(webhook(receiver.url))

        await instaview_asgi.assert_idempotent(once)
        with pytest.raises(AssertionError, match=r"interview\.completed delivered twice: effect 2 → 3"):
            await instaview_asgi.assert_idempotent(count)
        with pytest.raises(AssertionError, match="`trigger` made nothing happen"):
            await instaview_asgi.assert_idempotent(once, make_nothing)


def test_a_failure_shows_the_line_of_the_test_alone(pytester: pytest.Pytester) -> None:
    """The search is of no interest, neither where it fails nor where a function of the test does."""
    pytester.makepyfile("""
        def test_down(instaview):
            instaview.webhooks.register("http://127.0.0.1:9/")
            instaview.assert_idempotent(lambda: 1)

        def test_wrong(instaview):
            instaview.webhooks.register("http://127.0.0.1:9/")
            instaview.assert_idempotent(lambda: 1 / 0)
    """)

    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-p", "no:asyncio")

    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        ["E       AssertionError: http://127.0.0.1:9/ does not answer*", "E   ZeroDivisionError*"]
    )
    assert not [line for line in result.outlines if re.search(r"mockserver/\w+", line)]
