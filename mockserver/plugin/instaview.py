"""The object behind the fixture `instaview`: one world on a server, as a test sees it."""

import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Protocol

import httpx2

from mockserver.builders import Row as BuiltRow
from mockserver.client import Caller
from mockserver.plugin.awaiting import finished
from mockserver.plugin.evidence import assert_rule, rule_called
from mockserver.plugin.faults import Faults
from mockserver.plugin.idempotence import Acts, book, judge, refuse_coroutines, refuse_values
from mockserver.plugin.requests import Requests
from mockserver.plugin.seeding import Rows, seed
from mockserver.plugin.views import Billing, Clock, Company, Row, Webhooks, WebhooksView, snapshot_body

__tracebackhide__ = True  # pytest shows the line that called


class Misused(Exception):
    """A fixture was asked for what cannot be; the message is for the test's author."""


class Server(Protocol):
    """What `instaview_server` gives, and what overrides it must have."""

    @property
    def url(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Opened:
    """
    A world that was made for a test; `keys` maps each key of its seed to the key in force, and `last_unplaced` is the
    id of the server's last request by then that no key could place.
    """

    id: str
    seed: int
    keys: Mapping[str, str]
    companies: tuple[Company, ...]
    strict: bool = False
    last_unplaced: str | None = None


class WorldView:
    """
    One world: what it was made of, and what happened in it.

    Attributes:
        url: the base URL for the system under test, without a trailing slash.
        id: the world's id in the control API.
        number: the seed that its ids, durations and analyses come from.
        keys: each API key of the world's seed, with the key in force.
        companies: the world's companies.
        control: calls of the control API below `/_mock/worlds/{id}`, for what has no name here.
        api_key: the first key of the first company, or of the world where that company has none of its own.
        strict: whether the test fails for what it does not say is meant: see `allow_refusal`.
        expected: the ids of rules whose refusals this test means to see.
        has_failed: whether something of the test has failed since.
        last_unplaced: the id of the server's last request before the world was made that no key could place, if any.
        played: the ids of events that `assert_idempotent` delivered itself.
        after_restore: called whenever the world went back to a snapshot.
    """

    fixture: ClassVar[str] = "instaview"
    webhooks: WebhooksView

    def __init__(self, url: str, opened: Opened, calls: Caller) -> None:
        self.url, self.id, self.number, self.strict = url, opened.id, opened.seed, opened.strict
        self.expected: set[str] = set()
        self.has_failed = False
        self.last_unplaced = opened.last_unplaced
        self.played: set[str] = set()
        self.after_restore: list[Callable[[], None]] = []
        self.keys: Mapping[str, str] = opened.keys
        self.companies: Sequence[Company] = opened.companies
        self.api_key = opened.companies[0].api_key or next(iter(opened.keys.values()))
        self.control: Caller = calls

    @property
    def events(self) -> list[Row]:
        """What took place, in order, as `{"id", "type", "at", "data"}`; also what no webhook wanted."""
        events: list[Row] = self.control.call("GET", "/events")
        return events

    @property
    def requests(self) -> Requests:
        """The journal: every request, its answer, the rules that decided; `.of(…)`, `.assert_made(…)`, `.clear()`."""
        return Requests(self.control, self.control.call("GET", "/requests"))

    @property
    def faults(self) -> Faults:
        """What shall go wrong: `.plan(…)`, `.clear()`, and each with how often it was met."""
        return Faults(self.control)

    @property
    def billing(self) -> Billing:
        """
        Minutes: `.used`, `.reserved`, `.left`, `.limit` of the first company, `["Globex"].left` of another; and
        `.set(limit=45, company="Globex")`.
        """
        return Billing(self.control, self.state()["companies"])

    def seed(self, *rows: BuiltRow) -> Rows:
        """
        Add rows of `mockserver.builders`, and what they refer to; all or nothing: `instaview.seed(job(), agent())`.

        Returns:
            What was added by kind, as `state()` shows it. Each row has its `.id` already.

        Raises:
            KeyError: the name of a company that there is not.
            TypeError: something that no builder made.
            ControlError: a row that this world cannot hold; the message has the path of the mistake.
        """
        return seed(self.control, rows, self.companies[0].id)

    def assert_rule(self, id: str, refused: bool = True) -> None:
        """
        Fail unless the rule refused a request; with `refused=False`, unless it was met and held. What a planned fault
        made or spoilt does not count. A strict test that asserts a refusal means to see it.

        Raises:
            AssertionError: it did not; the message has what decided instead.
            ValueError: there is no such rule, or it refuses nothing.
        """
        assert_rule(self.requests, id, refused)
        if refused:
            self.expected.add(id)

    def allow_refusal(self, *rules: str) -> None:
        """
        Tell a strict test which refusals it means to see: `instaview.allow_refusal("JOB-MULTIPLE")`.

        Raises:
            ValueError: there is no such rule.
        """
        self.expected.update([rule_called(rule).id for rule in rules])

    def settle(self) -> None:
        """Let the deliveries come back that are still under way, for at most five real seconds."""

    def state(self) -> Row:
        """Everything that the world holds, as `GET …/state` shows it."""
        state: Row = self.control.call("GET", "/state")
        return state

    def readings(self, **changes: str | int) -> dict[str, str]:
        """Change readings, if any are given; all that are in force then."""
        answer = self.control.call("PUT", "/readings", changes) if changes else self.control.call("GET", "/readings")
        return {name: reading["value"] for name, reading in answer.items()}

    def _went_back(self) -> None:
        for forget in self.after_restore:
            forget()

    def _authorised(self) -> dict[str, Any]:
        """What clients of this world have in common; the environment's proxies play no part."""
        return {"base_url": self.url, "headers": {"Authorization": f"Bearer {self.api_key}"}, "trust_env": False}


class InstaView(WorldView):
    """A world on a server, for a system under test in this process, a thread of it, or another one."""

    webhooks: Webhooks

    def __init__(self, url: str, opened: Opened, calls: Caller, transport: Callable[[], httpx2.BaseTransport]) -> None:
        super().__init__(url, opened, calls)
        self.clock = Clock(calls)
        self.webhooks = Webhooks(calls)
        self._transport = transport

    def settle(self) -> None:
        self.webhooks.flush()

    def snapshot(self) -> Row:
        """The world as it is now, for `restore`: its `state()`, once the deliveries under way have come back."""
        self.webhooks.flush()
        return self.state()

    def restore(self, snapshot: Row) -> None:
        """
        Put the world back to a `snapshot` of it, its clock too: the same calls then bring the same answers and events
        again. Deliveries of the time between are called back, and an inbox forgets those that came. What was asked
        stays in `requests`.

        Raises:
            ControlError: it is no state of this world; the message has the path of the mistake.
            TypeError: it is no state at all.
        """
        self.control.call("PUT", "/state", snapshot_body(snapshot))
        self._went_back()

    @cached_property
    def client(self) -> httpx2.Client:
        """A client of the API with the base URL and `api_key`."""
        return httpx2.Client(transport=self._transport(), **self._authorised())

    def assert_idempotent(
        self,
        effect: Callable[[], Any],
        trigger: Callable[[], Any] | None = None,
        *,
        reset: Callable[[], Any] | None = None,
    ) -> None:
        """
        Fail unless the receivers that this world's webhooks lead to do the same when deliveries come twice, late or in
        another order: `instaview.assert_idempotent(lambda: count_of(hires))`. What they do not take is delivered again.

        Args:
            effect: how much they have done so far, as a number.
            trigger: makes happen what the deliveries tell of, each time with somebody new; left out, an interview in
                test mode is booked by `client`. What it makes happen is delivered here, and not by the world.
            reset: puts the receivers back to where they started. Then `effect` may give anything that can be compared.

        What was made to happen stays in the world and in `requests`; nothing of it is in `webhooks.deliveries`.

        Raises:
            AssertionError: they do not; the message names the smallest schedule that shows it. Or nobody can tell.
            TypeError: a function is async, or none.
        """
        refuse_values(effect=effect, trigger=trigger, reset=reset)
        refuse_coroutines(effect=effect, trigger=trigger, reset=reset)
        self.webhooks.flush()
        acts = Acts(effect, trigger or (lambda: book(self.client)), reset)
        with httpx2.Client(trust_env=False) as poster:
            failure = finished(judge(self.control, self.number, poster, acts, self.played))
        if failure is not None:
            raise AssertionError(failure)


class SharedTransport(httpx2.BaseTransport):
    """One pool of connections for the clients of all tests; a client that is closed leaves it open."""

    def __init__(self, url: str) -> None:
        # Loading the trusted certificates takes 20 ms, which a server without TLS need not cost.
        tls = ssl.create_default_context() if url.startswith("https:") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._pool = httpx2.HTTPTransport(verify=tls, trust_env=False)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        return self._pool.handle_request(request)

    def end(self) -> None:
        self._pool.close()
