"""From a test's wishes to a world on a server: each world file is loaded there once, then copied for each test."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from mockserver import rows
from mockserver.client import Calls, ControlClient
from mockserver.errors import ControlError
from mockserver.plugin.blueprints import blueprint_of, first_keys
from mockserver.plugin.instaview import InstaView, Misused, Opened, SharedTransport
from mockserver.plugin.telling import shown
from mockserver.plugin.views import Company
from mockserver.plugin.wishes import Wishes

# Templates stand still long before anything that a world file plans: they must never send a webhook.
LONG_AGO = "2000-01-01T00:00:00Z"
GONE = (OSError, ControlError)


@dataclass(frozen=True, slots=True)
class Template:
    """
    A world that tests copy and nobody uses. `keys` maps each key of its file to the template's, which is another so
    that several processes can load the same file; `companies` carry the file's keys.
    """

    id: str
    keys: Mapping[str, str]
    companies: tuple[Company, ...]
    clock: str


class Link:
    """One server: its control client, the templates loaded there, the connections that clients share."""

    def __init__(self, url: str, token: str | None = None) -> None:
        """
        Raises:
            Misused: that is no URL.
        """
        self.url = url.rstrip("/")
        try:
            self.control = ControlClient(self.url, token)
        except ValueError as error:
            raise Misused(f"no mock server at {url!r}: {error}") from None
        self._templates: dict[object, Template] = {}

    @cached_property
    def transport(self) -> SharedTransport:
        return SharedTransport(self.url)

    @contextmanager
    def world(self, wishes: Wishes, number: int, root: Path) -> Iterator[InstaView]:
        """
        A world for one test, gone at its end.

        Raises:
            Misused: the wishes cannot be fulfilled.
        """
        try:
            template = self._template(wishes, root)
            made = self.control.call("POST", "/_mock/worlds", _asked(template, wishes, number))
        except ControlError as error:
            _refuse_without_token(self.url, error)
            raise Misused(str(error)) from None
        except OSError as error:
            raise Misused(f"no mock server at {self.url}: {error}") from None
        keys = {key: made["keys"][used] for key, used in template.keys.items()}
        companies = tuple(replace(company, api_key=keys.get(company.api_key or "")) for company in template.companies)
        opened = Opened(made["id"], made["seed"], keys, companies, wishes.strict, made.get("lastUnplaced"))
        calls = Calls(self.control, opened.id)
        try:
            yield InstaView(self.url, opened, calls, lambda: self.transport)
        finally:
            calls.call("DELETE", "")

    def _template(self, wishes: Wishes, root: Path) -> Template:
        if wishes.world is None:
            return self._templates.get(None) or self._templates.setdefault(None, self._demo())
        blueprint = blueprint_of(wishes.world, root)
        name = id(blueprint)  # blueprints are kept for good, so no other gets this id
        if name not in self._templates:
            keys = {key.key: f"template_{secrets.token_hex(16)}" for key in blueprint.seed.keys}
            renamed = [{**row, "key": keys[row["key"]]} for row in blueprint.file["keys"]]
            file = {**blueprint.file, "keys": renamed, "clock": LONG_AGO}
            made = self.control.call("POST", "/_mock/worlds", file)
            companies = first_keys(blueprint.seed.companies, blueprint.seed.keys)
            self._templates[name] = Template(made["id"], keys, companies, blueprint.clock)
        return self._templates[name]

    def _demo(self) -> Template:
        try:
            state = self.control.call("GET", "/_mock/worlds/demo/state")
        except ControlError as error:
            _refuse_without_token(self.url, error)
            raise Misused(f"{self.url} has no world to copy ({error}): configure one") from None
        keys = [rows.key_of(row) for row in state["keys"]]
        companies = first_keys(map(rows.company_of, state["companies"]), keys)
        return Template("demo", {key.key: key.key for key in keys}, companies, "frozen")

    def check(self) -> None:
        """
        Raises:
            Misused: no mock server answers there, or none that lets us in.
        """
        if not self.url.startswith(("http://", "https://")):
            raise Misused(f"no mock server at {self.url!r}: its URL begins with http:// or https://")
        try:
            self.control.call("GET", "/_mock/worlds")
        except GONE as error:
            _refuse_without_token(self.url, error)
            raise Misused(f"no mock server at {self.url}: {error}") from None

    def close(self) -> None:
        """The server may be gone by now."""
        with suppress(*GONE):
            for template in self._templates.values():
                if template.id != "demo":
                    self.control.call("DELETE", f"/_mock/worlds/{template.id}")
        self.control.close()
        if "transport" in self.__dict__:
            self.transport.end()


def _refuse_without_token(url: str, error: Exception) -> None:
    """
    Raises:
        Misused: the error is that of a server that wants its token.
    """
    if isinstance(error, ControlError) and error.code == "TOKEN_REQUIRED":
        text = "set $MOCKSERVER_ADMIN_TOKEN to what it was given as --admin-token"
        raise Misused(f"the mock server at {url} wants its token: {text}") from None


def _asked(template: Template, wishes: Wishes, number: int) -> dict[str, object]:
    asked = {"from": template.id, "seed": number, "clock": wishes.clock or template.clock}
    given = {"readings": wishes.readings or None, "minutes": wishes.minutes}
    return asked | {name: value for name, value in given.items() if value is not None}


def url_of(server: object) -> str:
    """
    Raises:
        Misused: what overrides `instaview_server` has no URL.
    """
    url = getattr(server, "url", None)
    if not isinstance(url, str):
        raise Misused(f"instaview_server gives something with a .url, not {shown(server)}")
    return url


class Links:
    """The servers of a session, by URL: there is one, unless a suite overrides `instaview_server`."""

    def __init__(self, token: str | None) -> None:
        self._token = token
        self._links: dict[str, Link] = {}

    def to(self, url: str) -> Link:
        if url not in self._links:
            self._links[url] = Link(url, self._token)
        return self._links[url]

    def close(self) -> None:
        for link in self._links.values():
            link.close()
