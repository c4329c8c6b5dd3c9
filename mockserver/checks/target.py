"""A server under check: its URL, its keys, and the one place through which every request to it goes."""

import copy
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from math import inf
from time import monotonic
from typing import Any, Protocol, Self
from urllib.parse import urlsplit

import httpx2

from mockserver.checks.control_access import Control, ControlledWorld, ControlRefusal, world_of
from mockserver.checks.fetching import Fetcher
from mockserver.checks.findings import CouldNotLook
from mockserver.jsontext import BadJson, decode, encode

TIMEOUT_SECONDS = 30.0
LOOPBACK = ("localhost", "127.0.0.1", "::1")
MAIN, OTHER = "", "other"  # whose key: the company's under check, another company's
CONTROL = "/_mock/"
OVER = "the time was over before it began (--budget)"


class NoAnswer(CouldNotLook):
    """Nothing came back for one request; the message says what happened instead."""


class NotSent(Exception):
    """A request was held back; the message says why."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent. `path` has the query; `headers` are pairs, as a name may come twice."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    content: bytes | None = None

    @property
    def is_control(self) -> bool:
        """Whether it goes to the control API of a mock, not to the API under check."""
        return self.path.startswith(CONTROL)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer; `headers` have names in lower case, `seconds` is how long it took."""

    base_url: str
    request: Request
    status: int
    headers: Mapping[str, str]
    content: bytes
    seconds: float

    @property
    def json(self) -> Any:
        """The JSON of the answer; None where there is none."""
        return json_of(self.headers, self.content)

    @property
    def is_out_of_requests(self) -> bool:
        """Whether it was refused for the key's rate limit, in the documented form."""
        return self.status == 429 and "retry-after" in self.headers

    @property
    def curl(self) -> str:
        """One line that sends the same once more. It holds the key as it is."""
        parts = ["curl", "-i", "-X", self.request.method, self.base_url + self.request.path]
        for name, value in self.request.headers:
            parts += ["-H", f"{name}: {value}"]
        if self.request.content is not None:
            parts += ["--data-binary", self.request.content.decode("utf-8", "backslashreplace")]
        return shlex.join(parts)


def json_of(headers: Mapping[str, str], content: bytes) -> Any:
    if "json" not in headers.get("content-type", "").lower():
        return None
    try:
        return decode(content)
    except BadJson:
        return None


# Sees a request before it is sent: may wait, may note it, may raise `NotSent`.
Guard = Callable[[Request], None]
# Sees what came of it.
Listener = Callable[[Exchange], None]
# By folder and method: why the key under check may not.
Limits = Mapping[tuple[str, str], str]


class Inbox(Protocol):
    """
    An address of its own at the check's webhook receiver, and what came there.

    `wait` gives the bodies, in the order in which they came: all that there are as soon as there are `count`, or when
    the time is over.
    """

    @property
    def url(self) -> str: ...

    def wait(self, count: int, seconds: float) -> Sequence[Any]: ...


# Opens an inbox of its own for whoever asks.
Receiver = Callable[[], Inbox]


class Target:
    """
    A server under check. Use as `with Target(…) as target`.

    Args:
        base_url: of the server, whatever its path.
        api_key: of the company under check.
        other_key: of another company of that server, if there is one.
        admin_token: what the mock's control API wants, if it wants anything.
        receiver: opens an address that the server can send webhooks to; None where it could reach none.
        guards: are asked in turn before each request, also those to the control API.
        listeners: are told of each exchange, also those with the control API.
        has_control: whether the control API, where there is one, may be used.

    Attributes:
        limits: what is not sent with the key under check, as the server refuses it for want of a permission.
        until: the monotonic instant after which nothing is sent, unless to the control API.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        other_key: str | None = None,
        admin_token: str | None = None,
        *,
        receiver: Receiver | None = None,
        guards: Sequence[Guard] = (),
        listeners: Sequence[Listener] = (),
        has_control: bool = True,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.keys: Mapping[str, str] = {MAIN: api_key} | ({} if other_key is None else {OTHER: other_key})
        self.receiver, self.guards, self.listeners = receiver, tuple(guards), tuple(listeners)
        self.has_answered = False
        self.limits: Limits = {}
        self.until = inf
        self.admin_token, self._may_control = admin_token, has_control
        self._fetcher = Fetcher(timeout_seconds, by_proxy=not self.is_loopback)
        self._control: tuple[Control | None] | None = None  # None before the server was asked
        self._world: tuple[ControlledWorld | None] | None = None
        self._original: Target | None = None

    @property
    def api_key(self) -> str:
        return self.keys[MAIN]

    @property
    def other_key(self) -> str | None:
        return self.keys.get(OTHER)

    @property
    def is_loopback(self) -> bool:
        return urlsplit(self.base_url).hostname in LOOPBACK

    @property
    def seconds_left(self) -> float:
        return max(0.0, self.until - monotonic())

    def request(
        self,
        method: str,
        path: str,
        *,
        key: str | None = None,
        json: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str | Sequence[str]] = {},
    ) -> Exchange:
        """
        Send one request; redirects are not followed.

        Args:
            path: with its query; added to the base URL.
            key: is sent as a Bearer token.
            json: is sent as a JSON text, unless there is `content`.
            content: is sent as it is.
            headers: replace those that would be sent otherwise; several values are sent as several headers.

        Raises:
            NoAnswer: nothing came back.
            NotSent: a guard held it back, the key may not, or the time is over.
        """
        if key == self.api_key and (why := self.limits.get((folder_of(path), method))) is not None:
            raise NotSent(why)
        body = encode(json) if content is None and json is not None else content
        return self._exchange(Request(method, path, _headers(key, body, headers), body))

    def _exchange(self, request: Request) -> Exchange:
        for guard in self.guards:
            guard(request)
        began = monotonic()
        if began >= self.until and not request.is_control:
            raise NotSent(OVER)
        try:
            url = self.base_url + request.path
            answer, content = self._fetcher.fetch(request.method, url, request.headers, request.content)
        except (httpx2.RequestError, httpx2.InvalidURL) as error:
            raise NoAnswer(f"{self.base_url} does not answer: {error or type(error).__name__}") from error
        (self._original or self).has_answered = self.has_answered = True
        headers = {name.lower(): value for name, value in answer.headers.items()}
        exchange = Exchange(self.base_url, request, answer.status_code, headers, content, monotonic() - began)
        for listener in self.listeners:
            listener(exchange)
        return exchange

    @property
    def control(self) -> Control | None:
        """The control API, where the server has one and lets us use it; asked once."""
        if self._control is None:
            control = Control(self._call)
            self._control = (control if self._may_control and control.answers() else None,)
        return self._control[0]

    def _call(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        exchange = self.request(method, path, key=self.admin_token, json=body)
        return exchange.status, exchange.json

    @property
    def world(self) -> ControlledWorld | None:
        """The world that the key under check opens, where there is a control API to move it with; looked for once."""
        if self._world is None:
            control = self.control
            self._world = (None if control is None else world_of(control, self.api_key),)
        return self._world[0]

    @contextmanager
    def fresh_world(self, file: Mapping[str, Any] | None = None, **wishes: Any) -> Iterator["Target"]:
        """
        The same server with keys of a new world, which is removed at the end: a copy of the seed of the world that the
        key under check opens, or the world of a file. Takes a `world`.

        Args:
            file: a world file (contracts/world.schema.json). Its keys are names that `keys` then has; the first one
                is that of the company under check.
            wishes: what a copy may have its own of: clock, seed, readings, minutes.

        Raises:
            ControlRefusal: the server does not make such a world.
            NoAnswer, NotSent: as for any request.
        """
        assert self.world is not None
        control = self.world.control
        world, keys = control.open(file) if file is not None else control.copy(self.world, self.keys, wishes)
        fresh = copy.copy(self)
        fresh.keys, fresh._world, fresh._original = keys, (world,), self._original or self
        fresh.limits = self.limits if file is None else {}
        try:
            yield fresh
        finally:
            with suppress(CouldNotLook, ControlRefusal, NotSent):  # what went wrong before is what counts
                world.remove()

    def close(self) -> None:
        self._fetcher.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def folder_of(path: str) -> str:
    """Interviews, say, for one of them and all of them."""
    return path.partition("?")[0].strip("/").partition("/")[0]


def _headers(
    key: str | None, body: bytes | None, headers: Mapping[str, str | Sequence[str]]
) -> tuple[tuple[str, str], ...]:
    usual: dict[str, str | Sequence[str]] = {} if key is None else {"Authorization": f"Bearer {key}"}
    if body is not None:
        usual["Content-Type"] = "application/json"
    replaced = {name.lower() for name in headers}
    chosen = {name: value for name, value in usual.items() if name.lower() not in replaced} | dict(headers)
    return tuple(
        (name, one) for name, value in chosen.items() for one in ([value] if isinstance(value, str) else value)
    )
