"""A server under check: requests as they are sent, what is told of them, and worlds of its own."""

import http.server
import threading
from collections.abc import Iterator

import pytest

from mockserver import MockServer, settings_for
from mockserver.checks.control_access import ControlRefusal
from mockserver.checks.target import Exchange, NoAnswer, NotSent, Request, Target
from tests.liar import Liar
from tests.support import ACME, ATS, GLOBEX, NOW, READONLY, company

TOKEN = "an-admin-token"


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    with MockServer(settings_for()) as server:
        yield server


@pytest.fixture(scope="module")
def guarded() -> Iterator[MockServer]:
    """Its control API wants a token."""
    with MockServer(settings_for(admin_token=TOKEN)) as server:
        yield server


@pytest.fixture
def target(server: MockServer) -> Iterator[Target]:
    with Target(f"{server.url}/", ACME, GLOBEX) as target:
        yield target


# Requests


def test_what_is_sent_is_told_with_its_answer(target: Target) -> None:
    """With the time that it took, and without a second slash."""
    exchange = target.request("POST", "/jobs?x=1", key=target.api_key, json={"title": "Release Manager"})

    assert exchange.request == Request(
        "POST",
        "/jobs?x=1",
        (("Authorization", f"Bearer {ACME}"), ("Content-Type", "application/json")),
        b'{"title":"Release Manager"}',
    )
    assert (exchange.status, exchange.json["title"]) == (201, "Release Manager")
    assert exchange.headers["content-type"].startswith("application/json")
    assert 0 < exchange.seconds < 30
    assert target.has_answered


def test_a_request_can_be_sent_once_more_from_a_shell(target: Target) -> None:
    """Quoted, with whatever its body holds."""
    exchange = target.request("POST", "/jobs", key="it's", content=b"{\xff")

    assert exchange.curl == (
        f"curl -i -X POST {target.base_url}/jobs -H 'Authorization: Bearer it'\"'\"'s' "
        "-H 'Content-Type: application/json' --data-binary '{\\xff'"
    )
    assert target.request("GET", "/jobs").curl == f"curl -i -X GET {target.base_url}/jobs"


@pytest.mark.parametrize(
    ("media_type", "content", "value"),
    [
        pytest.param("application/json", b"[1]", [1], id="JSON"),
        pytest.param("application/problem+json", b"1", 1, id="JSON of another kind"),
        pytest.param("application/json", b"[1", None, id="half of it"),
        pytest.param("text/html", b"[1]", None, id="a page"),
    ],
)
def test_the_json_of_an_answer_is_what_says_so_and_is(media_type: str, content: bytes, value: object) -> None:
    """Or there is none."""
    request = Request("GET", "/jobs", ())

    assert Exchange("http://x", request, 200, {"content-type": media_type}, content, 0.0).json == value


def test_a_guard_may_hold_a_request_back(target: Target) -> None:
    """Then nothing is sent, and nobody is told."""
    told: list[Exchange] = []

    def hold(request: Request) -> None:
        raise NotSent(f"not {request.method} {request.path}")

    with Target(target.base_url, ACME, guards=[hold], listeners=[told.append]) as held, pytest.raises(NotSent) as why:
        held.request("GET", "/jobs")

    assert str(why.value) == "not GET /jobs"
    assert told == []


def test_what_cannot_be_sent_gets_no_answer(target: Target) -> None:
    """A path that no URL holds, a server that hangs."""
    with pytest.raises(NoAnswer, match="does not answer"):
        target.request("GET", "/\x00")


def test_a_server_that_hangs_gives_no_answer() -> None:
    """After the time that it was given."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as silent:
        url = f"http://127.0.0.1:{silent.server_port}"  # connections wait: nobody serves them
        with Target(url, ACME, timeout_seconds=0.05) as target, pytest.raises(NoAnswer) as why:
            target.request("GET", "/jobs")

    assert str(why.value) == f"{url} does not answer: timed out"


@pytest.mark.parametrize(
    ("url", "is_loopback"),
    [
        ("http://127.0.0.1:8080", True),
        ("http://localhost:8080/mock", True),
        ("http://[::1]:8080", True),
        ("https://staging.example.com", False),
        ("http://localhost.example.com", False),
    ],
)
def test_this_machine_is_told_from_others(url: str, is_loopback: bool) -> None:
    """By the name in the URL."""
    with Target(url, ACME) as target:
        assert target.is_loopback is is_loopback


# Worlds


def test_a_fresh_world_is_a_copy_with_keys_of_its_own(target: Target) -> None:
    """For both companies; it is gone afterwards."""
    with target.fresh_world(clock=NOW, minutes=7) as fresh:
        keys = {fresh.api_key, fresh.other_key}
        jobs = fresh.request("GET", "/jobs", key=fresh.api_key).json["total"]
        now = fresh.world and fresh.world.now().isoformat()

    assert keys.isdisjoint({ACME, GLOBEX})
    assert (jobs, now) == (3, "2024-01-16T10:30:00+00:00")
    assert fresh.request("GET", "/jobs", key=fresh.api_key).status == 401
    assert (target.api_key, target.other_key) == (ACME, GLOBEX)


def test_a_world_of_a_file_has_the_keys_of_the_file_by_name(target: Target) -> None:
    """The first is the one under check; two of the same file get in nobody's way."""
    keys = [{"key": "owner", "companyId": company()}, {"key": "reader", "companyId": company(), "scopes": []}]
    file = {"companies": [{"id": company(), "name": "Acme"}], "keys": keys}

    with target.fresh_world(file) as one, target.fresh_world(file) as other:
        statuses = [one.request("GET", "/jobs", key=one.keys[name]).status for name in ("", "owner", "reader")]
        assert one.api_key == one.keys["owner"] != other.api_key

    assert statuses == [200, 200, 403]
    assert one.other_key is None


def test_what_goes_wrong_in_a_world_is_what_is_raised(target: Target) -> None:
    """Also where the world is gone already."""
    with pytest.raises(ZeroDivisionError):
        _spoil(target)


def _spoil(target: Target) -> None:
    with target.fresh_world() as fresh:
        assert fresh.world is not None
        fresh.world.remove()
        raise ZeroDivisionError


def test_a_world_that_cannot_be_made_is_told(target: Target) -> None:
    """In the server's own words."""
    with pytest.raises(ControlRefusal, match=r"refuses POST /_mock/worlds: 400 .*yesterday"):  # noqa: SIM117  # what is expected to raise is apart
        with target.fresh_world(clock="yesterday"):
            pytest.fail("there is no such world")


def test_a_copy_of_a_copy_answers_for_both(target: Target) -> None:
    """That something has answered is known everywhere."""
    with target.fresh_world() as fresh, fresh.fresh_world() as again:
        again.has_answered = target.has_answered = False
        again.request("GET", "/jobs")

    assert (again.has_answered, target.has_answered) == (True, True)


@pytest.mark.parametrize("key", [ACME, READONLY, ATS])
def test_a_world_is_found_by_any_of_its_keys(server: MockServer, key: str) -> None:
    """And asked for its readings and its time."""
    with Target(server.url, key) as target:
        assert target.world is not None
        assert target.world.id == "demo"
        assert target.world.readings()["wire"] == "reference"


def test_a_key_of_no_world_finds_none(server: MockServer) -> None:
    """The control API is there all the same."""
    with Target(server.url, "sk_test_none") as target:
        assert (target.control is None, target.world) == (False, None)


def test_the_control_api_takes_the_token_that_the_server_was_given(guarded: MockServer) -> None:
    """With another one, or none, it is as if it were not there."""
    found = []
    for token in (TOKEN, "another", None):
        with Target(guarded.url, ACME, admin_token=token) as target:
            found.append(target.world is not None)

    assert found == [True, False, False]


def test_the_control_api_can_be_left_alone(server: MockServer) -> None:
    """Then it is not even asked for."""
    asked: list[Request] = []

    with Target(server.url, ACME, guards=[asked.append], has_control=False) as target:
        assert (target.control, target.world) == (None, None)

    assert asked == []


@pytest.mark.parametrize("content", [b"[7]", b'[{"id":"demo"}]', b'{"a":1}', b"<p>"])
def test_what_only_looks_like_a_control_api_is_none(server: MockServer, content: bytes) -> None:
    """Whatever it answers."""
    with Liar(server.url) as liar:
        liar.lie = lambda told: told.but(content=content) if told.path == "/_mock/worlds" else told
        with Target(liar.url, ACME) as target:
            assert target.world is None


def test_a_refusal_of_another_shape_is_told_as_it_is(server: MockServer) -> None:
    """A proxy's page, say."""
    with Liar(server.url) as liar, Target(liar.url, ACME) as target:
        assert target.world is not None
        liar.lie = lambda told: told.but(status=502, content=b"<p>Bad gateway")
        with pytest.raises(ControlRefusal, match=r"refuses GET /_mock/worlds/demo/clock: 502 None$"):
            target.world.now()


def test_requests_may_be_sent_from_several_threads(target: Target) -> None:
    """Each gets its own answer."""
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda: statuses.append(target.request("GET", "/jobs", key=ACME).status))
        for _ in range(8)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert statuses == [200] * 8
