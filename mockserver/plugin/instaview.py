"""The object behind the fixture `instaview`: one world on a server, as a test sees it."""

import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import httpx2

from mockserver.client import Caller
from mockserver.plugin.faults import Faults
from mockserver.plugin.views import Billing, Clock, Company, Requests, Row, Webhooks, WebhooksView


class Misused(Exception):
    """A fixture was asked for what cannot be; the message is for the test's author."""


class Server(Protocol):
    """What `instaview_server` gives, and what overrides it must have."""

    @property
    def url(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Opened:
    """A world that was made for a test; `keys` maps each key of its seed to the key in force."""

    id: str
    seed: int
    keys: Mapping[str, str]
    companies: tuple[Company, ...]
    strict: bool = False


class WorldView:
    """
    One world: what it was made of, and what happened in it.

    Attributes:
        url: the base URL for the system under test, without a trailing slash.
        id: the world's id in the control API.
        seed: the number that its ids, durations and analyses come from.
        keys: each API key of the world's seed, with the key in force.
        companies: the world's companies.
        control: calls of the control API below `/_mock/worlds/{id}`, for what has no name here.
        api_key: the first key of the first company, or of the world where that company has none of its own.
    """

    webhooks: WebhooksView

    def __init__(self, url: str, opened: Opened, calls: Caller) -> None:
        self.url, self.id, self.seed, self.strict = url, opened.id, opened.seed, opened.strict
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
        """The journal: every request, its answer, the rules that decided and why."""
        return Requests(self.control)

    @property
    def faults(self) -> Faults:
        """What shall go wrong: `.plan(…)`, `.clear()`, and each with how often it was met."""
        return Faults(self.control)

    @property
    def billing(self) -> Billing:
        """Minutes: `.used`, `.reserved`, `.left`, `.limit` of the first company, `["Globex"].left` of another."""
        return Billing(self.state()["companies"])

    def state(self) -> Row:
        """Everything that the world holds, as `GET …/state` shows it."""
        state: Row = self.control.call("GET", "/state")
        return state

    def readings(self, **changes: str | int) -> dict[str, str]:
        """Change readings, if any are given; all that are in force then."""
        answer = self.control.call("PUT", "/readings", changes) if changes else self.control.call("GET", "/readings")
        return {name: reading["value"] for name, reading in answer.items()}

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

    @cached_property
    def client(self) -> httpx2.Client:
        """A client of the API with the base URL and `api_key`."""
        return httpx2.Client(transport=self._transport(), **self._authorised())


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
