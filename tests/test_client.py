"""The control client over real connections, and what a test sees of its world."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx2
import pytest

from mockserver import InstaView, MockServer, client, settings_for
from mockserver.client import ControlClient, answer_of
from mockserver.clock import parse_instant
from mockserver.errors import ControlError
from mockserver.plugin.instaview import Opened, SharedTransport, WorldView
from mockserver.plugin.views import Company
from tests.support import ACME, ATS, GLOBEX, INITECH, NOW, body, company


class Counting(ThreadingHTTPServer):
    """Answers every path with what was asked, over connections that it counts; `/break` breaks, `/wait` waits."""

    daemon_threads = True

    def __init__(self) -> None:
        self.connections = 0
        self.may_answer = threading.Event()
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Counting

    def setup(self) -> None:
        self.server.connections += 1
        super().setup()

    def do_GET(self) -> None:
        if self.path.endswith("/break"):
            self.close_connection = True
            return
        if self.path.endswith("/wait"):
            self.server.may_answer.wait()
        answer = f'"{self.path}"'.encode()
        self.send_response(500 if self.path.endswith("/mistake") else 200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@pytest.fixture
def counting() -> Iterator[Counting]:
    server = Counting()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def control(counting: Counting) -> Iterator[ControlClient]:
    control = ControlClient(counting.url)
    yield control
    control.close()


def test_calls_share_a_connection(counting: Counting, control: ControlClient) -> None:
    """One after the other they need no more than one."""
    answers = [control.call("GET", path) for path in ("/a", "/b", "/c")]

    assert answers == ["/a", "/b", "/c"]
    assert counting.connections == 1


def test_a_call_that_waits_holds_up_no_other(counting: Counting, control: ControlClient) -> None:
    """A receiver that asks the control API while the clock is being advanced gets its answer."""
    answers: list[object] = []
    waiting = threading.Thread(target=lambda: answers.append(control.call("GET", "/wait")))
    waiting.start()

    answers.append(control.call("GET", "/a"))
    counting.may_answer.set()
    waiting.join()

    assert answers == ["/a", "/wait"]


def test_a_connection_that_has_idled_is_not_used(
    counting: Counting, control: ControlClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server may be closing it at this very moment."""
    monkeypatch.setattr(client, "MAX_IDLE_SECONDS", 0.0)

    answers = [control.call("GET", path) for path in ("/a", "/b")]

    assert answers == ["/a", "/b"]
    assert counting.connections == 2


@pytest.mark.parametrize(("path", "error"), [("/break", ConnectionError), ("/mistake", ControlError)])
def test_a_connection_that_broke_is_not_used_again(
    counting: Counting, control: ControlClient, path: str, error: type[Exception]
) -> None:
    """Nor one on which the server answered 500, after which it hangs up; the next call does not fail."""
    with pytest.raises(error):
        control.call("GET", path)

    assert control.call("GET", "/a") == "/a"
    assert counting.connections == 2


TALK = [
    (b"HTTP/1.0 200 OK\r\n\r\n[1]", [1], "the end of the connection ends the answer"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\n[2]", [2], "it says that it hangs up"),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[3\r\n1\r\n]\r\n", [3], "the last piece is missing"),
    (b"SSH-2.0-OpenSSH_9.2\r\n", ConnectionError, "no HTTP"),
    (b"HTTP/1.1 200", ConnectionResetError, "it broke off within the headers"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n[4", ControlError, "it broke off within the body"),
]


@pytest.mark.parametrize(("said", "heard"), [row[:2] for row in TALK], ids=[row[2] for row in TALK])
def test_whatever_answers_is_understood_or_told(said: bytes, heard: Any) -> None:
    """The URL of a mock server may lead to anything."""
    with socket.create_server(("127.0.0.1", 0)) as listening, closing(_client_of(listening)) as control:
        threading.Thread(target=_say, args=(listening, said)).start()

        if isinstance(heard, list):
            assert control.call("POST", "/a", {"b": 1}) == heard
        else:
            with pytest.raises(heard):
                control.call("POST", "/a", {"b": 1})

        assert not control._idle


def _client_of(listening: socket.socket) -> ControlClient:
    return ControlClient(f"http://127.0.0.1:{listening.getsockname()[1]}")


def _say(listening: socket.socket, said: bytes) -> None:
    connection = listening.accept()[0]
    with connection:
        assert connection.recv(65_536).endswith(b'Content-Length: 7\r\n\r\n{"b":1}')
        connection.sendall(said)


def test_a_server_below_a_path_is_asked_there(counting: Counting) -> None:
    """As behind a proxy; a slash at the end of the base URL is one too many."""
    control = ControlClient(f"{counting.url}/mock/")

    answer = control.call("GET", "/a")
    control.close()

    assert answer == "/mock/a"


def test_https_is_spoken_where_the_url_says_so(counting: Counting) -> None:
    """A server that does not speak it is no answer."""
    control = ControlClient(counting.url.replace("http:", "https:"))

    with pytest.raises(OSError):
        control.call("GET", "/a")


def test_a_server_with_a_token_is_told_it() -> None:
    """Without it the server refuses."""
    with MockServer(settings_for(admin_token="sesame", grace_seconds=0.1)) as server:
        stranger, friend = ControlClient(server.url), ControlClient(server.url, "sesame")

        with pytest.raises(ControlError, match="token") as refused:
            stranger.call("GET", "/_mock/worlds")
        answer = friend.call("GET", "/_mock/worlds")
        stranger.close()
        friend.close()

    assert refused.value.status == 401
    assert [world["id"] for world in answer] == ["demo"]


ANSWERS = [
    (200, b'{"a": 1}', {"a": 1}, "JSON"),
    (204, b"", None, "nothing"),
]


@pytest.mark.parametrize(("status", "content", "value"), [case[:3] for case in ANSWERS], ids=[c[3] for c in ANSWERS])
def test_an_answer_is_its_json(status: int, content: bytes, value: object) -> None:
    """None where there is no body."""
    assert answer_of(status, content) == value


REFUSALS = [
    (409, b'{"error": {"code": "KEY_IN_USE", "message": "no", "details": 1}}', "KEY_IN_USE", "the control API's"),
    (404, b'{"statusCode": 404, "message": "no"}', "NO_MOCK_SERVER", "another API's"),
    (404, b"[]", "NO_MOCK_SERVER", "a list"),
    (502, b"", "NO_MOCK_SERVER", "nothing"),
    (200, b"<html>", "NO_MOCK_SERVER", "a page"),
]


@pytest.mark.parametrize(("status", "content", "code"), [case[:3] for case in REFUSALS], ids=[c[3] for c in REFUSALS])
def test_a_refusal_is_raised(status: int, content: bytes, code: str) -> None:
    """With its status and code; what no mock server would answer is called so."""
    with pytest.raises(ControlError) as refused:
        answer_of(status, content)

    assert (refused.value.status, refused.value.code) == (status, code)


def create(instaview: InstaView, **changes: Any) -> Any:
    response = instaview.client.post("/interviews", json=body(**changes))
    assert response.status_code == 201, response.text
    return response.json()


def test_a_world_has_the_companies_and_keys_of_its_seed(instaview: InstaView) -> None:
    """Each key of the file leads to the key in force; `api_key` belongs to the first company."""
    acme = Company(company(), "Acme", instaview.keys[ACME])

    assert list(instaview.keys) == [ACME, GLOBEX, INITECH, "sk_test_acme_readonly", ATS]
    assert set(instaview.keys).isdisjoint(instaview.keys.values())
    assert instaview.companies[0] == acme
    assert [row.name for row in instaview.companies] == ["Acme", "Globex", "Initech"]
    assert instaview.api_key == acme.api_key


def test_a_first_company_without_a_key_leaves_the_first_key_of_all() -> None:
    """As in a world that only an ATS can enter."""
    opened = Opened("w", 1, {"sk_ats": "sk_1"}, (Company("c", "Hooli", None),))

    world = WorldView("http://127.0.0.1:1", opened, ControlClient("http://127.0.0.1:1"))

    assert world.api_key == "sk_1"


def test_minutes_are_those_of_the_first_company_or_of_any(instaview: InstaView) -> None:
    """By id or by name, as they were when asked."""
    before = instaview.billing
    create(instaview)
    reserved = instaview.billing
    instaview.clock.advance(until="idle")
    after = instaview.billing

    assert (before.limit, before.used, before.reserved, before.left) == (500, 0, 0, 500)
    assert (reserved.reserved, reserved.left) == (30, 470)
    assert (after.used + after.left, after.reserved) == (500, 0)
    assert after["Globex"].left == after[company(GLOBEX)].left == 500
    assert len(after) == 3
    assert next(iter(after)) == company()
    assert "Minutes(limit=500, used=0" in repr(before)


def test_the_journal_can_be_read_and_cleared(instaview: InstaView) -> None:
    """Entries have request, answer and the rules that decided."""
    create(instaview)
    instaview.client.post("/interviews", json=body(job={"title": "Engineer"}, jobId=company()))

    requests = instaview.requests
    statuses = [entry["response"]["status"] for entry in requests]
    decided = [entry["rule"] for entry in requests[-1]["decided"]]
    requests.clear()

    assert statuses == [201, 400]
    assert decided == ["JOB-XOR"]
    assert requests == instaview.requests == []


def test_events_and_deliveries_are_listed(instaview: InstaView) -> None:
    """Also events that no webhook wanted; a webhook that was removed gets nothing more."""
    webhook = instaview.webhooks.register(
        "http://127.0.0.1:9/", ["interview.started"], instaview.companies[0], maxRetries=0
    )
    create(instaview)
    unfinished = instaview.webhooks.flush()
    instaview.webhooks.remove(webhook)
    create(instaview)

    assert unfinished == []
    assert (webhook.company_id, webhook.events, len(webhook.secret)) == (company(), ("interview.started",), 64)
    assert [event["type"] for event in instaview.events] == ["interview.started"] * 2
    assert [delivery["status"] for delivery in instaview.webhooks.deliveries] == ["failed"]


def test_a_webhook_hears_of_one_company_by_its_id(instaview: InstaView) -> None:
    """Without one, of all."""
    ours = instaview.webhooks.register("http://127.0.0.1:9/", company=company(GLOBEX))
    everyones = instaview.webhooks.register("http://127.0.0.1:9/")

    assert (ours.company_id, everyones.company_id, everyones.events) == (company(GLOBEX), None, ())


def test_the_clock_moves_as_it_is_told(instaview: InstaView) -> None:
    """By seconds, to an instant, from timer to timer, until nothing is planned."""
    clock = instaview.clock
    start = clock.now()
    create(instaview)
    by_seconds = clock.advance(seconds=1.5).now
    to_instant = clock.advance(to=start + timedelta(minutes=1), wait=1).now
    to_timer = clock.advance(until="next")
    idle = clock.advance(until="idle")

    assert by_seconds == start + timedelta(seconds=1.5)
    assert to_instant == start + timedelta(minutes=1)
    assert [step["what"] for step in to_timer.happened] == ["complete"]
    assert [step["what"] for step in idle.happened] == ["analyse"]
    assert clock.advance(until="next").now == idle.now == clock.now()
    assert idle.unfinished == []


def test_the_clock_can_be_set_and_let_run(instaview: InstaView) -> None:
    """A later instant is an advance; a running clock is ahead of where it was."""
    later = instaview.clock.now() + timedelta(days=1)

    set_to = instaview.clock.set(later).now
    instaview.clock.set(mode="real")

    assert set_to == later
    assert instaview.clock.now() >= later
    assert instaview.state()["clock"]["mode"] == "real"


@pytest.mark.parametrize("by", [{}, {"seconds": 1, "until": "idle"}])
def test_an_advance_goes_by_one_thing(instaview: InstaView, by: Any) -> None:
    """Nothing and two things are mistakes."""
    with pytest.raises(TypeError, match="takes one of seconds, to= and until="):
        instaview.clock.advance(**by)


@pytest.mark.parametrize("hour", [3600, timedelta(hours=1)], ids=["seconds", "a timedelta"])
def test_an_advance_takes_what_comes_to_hand(instaview: InstaView, hour: float | timedelta) -> None:
    """Seconds as a number or as a timedelta, without a name."""
    before = instaview.clock.now()

    assert instaview.clock.advance(hour).now == before + timedelta(hours=1)


@pytest.mark.instaview(clock=NOW)
def test_what_the_server_refuses_is_raised(instaview: InstaView) -> None:
    """A clock does not go back."""
    with pytest.raises(ControlError, match="does not go back") as refused:
        instaview.clock.set("2020-01-01T00:00:00Z")

    assert refused.value.status == 409
    assert instaview.clock.now() == parse_instant(NOW)


def test_readings_can_be_read_and_changed(instaview: InstaView) -> None:
    """Those in force, by name; a change holds from the next request on."""
    before = instaview.readings()
    after = instaview.readings(create_status=200)

    assert before["create_status"] == "201"
    assert after == {**before, "create_status": "200"}
    assert instaview.client.post("/interviews", json=body()).status_code == 200


def test_a_client_that_is_closed_closes_nothing_for_others(instaview: InstaView) -> None:
    """The pool of connections belongs to all tests."""
    with instaview.client as first:
        first.get("/interviews")

    again = InstaView(instaview.url, _opened(instaview), instaview.control, instaview._transport)

    assert again.client.get("/interviews").status_code == 200


def _opened(world: InstaView) -> Opened:
    return Opened(world.id, world.number, world.keys, tuple(world.companies))


def test_a_server_with_tls_has_its_certificate_checked() -> None:
    """Against those that this machine trusts; without TLS none are loaded."""
    transport = SharedTransport("https://127.0.0.1:1")

    with pytest.raises(httpx2.ConnectError):
        transport.handle_request(httpx2.Request("GET", "https://127.0.0.1:1"))
    transport.end()
