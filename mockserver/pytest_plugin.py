"""
The pytest plugin, as pytest loads it: options, the marker, the fixtures.

Every run of a suite that has this package installed loads this file, so it imports nothing of the mock before a test
asks for a fixture.
"""

import os
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

if TYPE_CHECKING:
    from mockserver.inbox import Receiver
    from mockserver.plugin.asgi import AsyncInstaView
    from mockserver.plugin.instaview import InstaView, Server, WorldView
    from mockserver.plugin.opening import Links
    from mockserver.plugin.waiting import AsyncInbox, Inbox
    from mockserver.plugin.wishes import Wishes

World = TypeVar("World", bound="WorldView")

MARKER = (
    "instaview(minutes=…, readings={…}, clock=…, world=…, strict=…): what this test wants of its world: minutes that "
    "each company has left, readings by name, 'real', 'frozen' or an instant, a world file (path or contents), "
    "whether it also fails for what went otherwise than planned (as the ini option instaview_strict)"
)
TOKEN = "MOCKSERVER_ADMIN_TOKEN"  # noqa: S105  # the name of a variable, as `mockserver serve` reads it

GRACE_SECONDS = 0.5  # for what the last test left under way

WORLDS: "pytest.StashKey[list[WorldView]]" = pytest.StashKey()  # of a test, in the order in which it opened them


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("instaview", "InstaView mock server")
    group.addoption(
        "--instaview-url",
        metavar="URL",
        help=f"use the mock server that runs there instead of starting one (its token, if any: ${TOKEN})",
    )
    group.addoption(
        "--instaview-seed",
        metavar="N",
        type=int,
        default=0,
        help="makes ids, durations and analyses of all tests, with each test's node id (default: 0)",
    )
    group.addoption(
        "--instaview-readings",
        metavar="LIST",
        help="run the tests that use a world once more for each other reading of the documents: all, or a list such as "
        "wire,create_status=200; ends with a table of what your client survives",
    )
    group.addoption(
        "--instaview-coverage",
        metavar="FILE",
        nargs="?",
        const="",
        action="append",
        help="tell after the run which rules of the API the tests made refuse, which they only saw hold and which they "
        "never met; also in a FILE that ends in .json or .html (may be given several times)",
    )
    group.addoption(
        "--instaview-fail-under",
        metavar="N",
        type=float,
        help="fail if the tests met less than N percent of the rules, as --instaview-coverage counts them: rules that "
        "refused, held or were at work, of all but the exceptions of the ini file",
    )
    parser.addini(
        "instaview_coverage_exceptions",
        "rules that the tests need not meet, for --instaview-coverage: a line each, RULE: why",
        type="linelist",
    )
    parser.addini(
        "instaview_strict",
        "fail a test that passes for what went otherwise than planned in its world: refusals (4xx, 5xx) that "
        "`instaview.allow_refusal` does not name, fields that nobody reads, faults that were not met, webhooks that "
        "were not delivered; the marker overrides it (default: false)",
        type="bool",
        default=False,
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARKER)
    try:
        config.getini("instaview_strict")
    except (ValueError, pytest.UsageError) as error:
        raise pytest.UsageError(f"instaview_strict, of the ini file, is true or false: {error}") from None
    if (asked := config.getoption("--instaview-readings")) is not None:
        from mockserver.plugin.matrix import Matrix, readings_of

        config.pluginmanager.register(Matrix(readings_of(asked), WORLDS), "instaview-readings")
    if config.getoption("--instaview-coverage") or config.getoption("--instaview-fail-under") is not None:
        from mockserver.plugin.coverage import register

        register(config, WORLDS)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """A strict test is judged as a part of its call: it fails there, not in its teardown."""
    result = yield
    if strict := [world for world in item.stash.get(WORLDS, ()) if world.strict and not world.has_failed]:
        from mockserver.plugin.strict import judge

        judge(strict, _is_shared(item.config))
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What fails tells the story of its worlds; that of what fails in its teardown was kept."""
    report = yield
    if report.failed and (worlds := item.stash.get(WORLDS, None)) is not None:
        from mockserver.plugin.story import stories_of, tell
        from mockserver.plugin.teardowns import kept

        tell(report, kept(item) or stories_of(worlds, _is_shared(item.config)))
    return report


def _is_shared(config: pytest.Config) -> bool:
    """Whether others may use the server too."""
    return config.getoption("--instaview-url") is not None


@pytest.fixture(scope="session")
def instaview_config() -> Mapping[str, Any]:
    """
    What every test wants of its world, to be overridden at any scope: a mapping with any of `world` (the path of a
    world file, from the root directory, or its contents), `readings`, `clock`, `minutes`. The marker has the last word.
    """
    return {}


@pytest.fixture(scope="session")
def instaview_server(request: pytest.FixtureRequest) -> "Iterator[Server]":
    """
    The mock server of this process (of each worker), started at its first use, or the one of `--instaview-url`. What
    overrides it needs a `.url`.
    """
    from mockserver import MockServer, settings_for
    from mockserver.plugin.opening import Link

    url = request.config.getoption("--instaview-url")
    if url is None:
        with MockServer(settings_for(grace_seconds=GRACE_SECONDS)) as server:
            yield server
    else:
        with _told(), closing(Link(url, os.environ.get(TOKEN))) as link:
            link.check()
        yield link


@pytest.fixture(scope="session")
def _instaview_links() -> "Iterator[Links]":
    from mockserver.plugin.opening import Links

    links = Links(os.environ.get(TOKEN))
    yield links
    links.close()


@pytest.fixture(scope="session")
def _instaview_receiver() -> "Iterator[Receiver]":
    from mockserver.inbox import Receiver

    receiver = Receiver()
    yield receiver
    receiver.stop()


@pytest.fixture
def instaview(
    request: pytest.FixtureRequest,
    instaview_server: "Server",
    instaview_config: Mapping[str, Any],
    _instaview_links: "Links",
) -> "Iterator[InstaView]":
    """
    A fresh world on the server, for this test alone: `.url` and `.api_key` for the system under test, `.client`
    (httpx2, authorised), `.clock`, `.events`, `.webhooks`, `.requests`, `.billing`, `.companies`, `.keys`, `.state()`,
    `.readings()`. It is a copy of `demo` whose clock stands still at the present, unless `instaview_config` or
    `@pytest.mark.instaview(…)` say otherwise; its ids depend on the test's node id.

    Arrange: `.seed(…)` adds rows of `mockserver.builders` (`job()`, `candidate(jobs=[…])`, `agent()`, `company()`,
    `webhook(url)`), `.faults.plan(…)` lets something go wrong. Assert: `.requests.assert_made("createInterview",
    json={…})` and `.assert_not_made(…)`, `.assert_rule("JOB-MULTIPLE")`, and `.assert_idempotent(effect)`, which
    delivers webhooks twice, late and out of order and compares what the receivers have done.

    Try again: `.snapshot()` and `.restore(snapshot)` put the world back, its clock and minutes too, exactly.
    """
    from mockserver.plugin.opening import url_of

    with _told():
        link = _instaview_links.to(url_of(instaview_server))
    with _told(), link.world(_wishes(request, instaview_config), _number(request), request.config.rootpath) as world:
        yield from _at_hand(request.node, world)


@pytest.fixture
def instaview_asgi(request: pytest.FixtureRequest, instaview_config: Mapping[str, Any]) -> "Iterator[AsyncInstaView]":
    """
    As `instaview`, but in this process and on the test's own event loop, without a socket: `.client` is an
    `httpx2.AsyncClient`, `.transport` and `.app` are for clients of yours; `await .clock.advance(…)`, `.clock.set(…)`,
    `.webhooks.flush()`, `.snapshot()` and `.restore(…)`. Works with pytest-asyncio, with anyio's plugin on asyncio, and
    in `asyncio.run`.
    """
    from mockserver.plugin.asgi import world_in_process

    with (
        _told(),
        world_in_process(_wishes(request, instaview_config), _number(request), request.config.rootpath) as world,
    ):
        yield from _at_hand(request.node, world)


@pytest.fixture
def instaview_env(instaview: "InstaView", monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Sets INSTAVIEW_BASE_URL and INSTAVIEW_API_KEY to those of `instaview`, and gives them as a dict."""
    variables = {"INSTAVIEW_BASE_URL": instaview.url, "INSTAVIEW_API_KEY": instaview.api_key}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return variables


@pytest.fixture
def instaview_inbox(instaview: "InstaView", _instaview_receiver: "Receiver") -> "Iterator[Inbox]":
    """
    A webhook receiver for the world of `instaview`, registered for all events of all companies:
    `.wait_for("interview.completed", interviewId=…)` gives the JSON body, and moves a frozen clock on until it comes;
    `.received` has them all, with headers, body and json. Signatures are verified.
    """
    from mockserver.plugin.waiting import Inbox

    inbox = Inbox(_instaview_receiver, instaview)
    yield inbox
    inbox.close()


@pytest.fixture
def instaview_asgi_inbox(instaview_asgi: "AsyncInstaView", _instaview_receiver: "Receiver") -> "Iterator[AsyncInbox]":
    """As `instaview_inbox`, for the world of `instaview_asgi`: `await .wait_for(…)`."""
    from mockserver.plugin.waiting import AsyncInbox

    inbox = AsyncInbox(_instaview_receiver, instaview_asgi)
    yield inbox
    inbox.close()


def _at_hand(node: pytest.Item, world: "World") -> "Iterator[World]":
    """The world, which the plugin's hooks find as long as it is there."""
    from mockserver.plugin.teardowns import watch

    worlds = node.stash.setdefault(WORLDS, [])
    worlds.append(world)
    watch(node, worlds, _is_shared(node.config))
    yield world
    worlds.remove(world)


def _wishes(request: pytest.FixtureRequest, config: Mapping[str, Any]) -> "Wishes":
    from mockserver.plugin.wishes import wishes_of

    markers = reversed(list(request.node.iter_markers("instaview")))
    strict = request.config.getini("instaview_strict")
    wishes = wishes_of(config, [(marker.args, marker.kwargs) for marker in markers], strict)
    if request.config.getoption("--instaview-readings"):
        from mockserver.plugin.matrix import with_reading

        wishes = with_reading(request.node, wishes)
    return wishes


def _number(request: pytest.FixtureRequest) -> int:
    from mockserver.plugin.wishes import number_of

    # Not `node.nodeid`, to which pytest-xdist adds the test's group.
    test = f"{request.node.parent.nodeid}::{request.node.name}"
    if request.config.getoption("--instaview-readings"):
        from mockserver.plugin.matrix import as_with_defaults

        test = as_with_defaults(request.node, test)
    return number_of(request.config.getoption("--instaview-seed"), test)


@contextmanager
def _told() -> Iterator[None]:
    """What a test's author did wrong is told in a line, without the mock's traceback."""
    from mockserver.plugin.instaview import Misused

    try:
        yield
    except Misused as error:
        raise pytest.fail.Exception(f"instaview: {error}", pytrace=False) from None
