"""The check's own webhook receiver, over real sockets."""

import socket
import threading
from collections.abc import Iterator

import httpx2
import pytest

from mockserver.checks.inboxes import Inboxes


@pytest.fixture
def inboxes() -> Iterator[Inboxes]:
    with Inboxes() as inboxes:
        yield inboxes


def post(url: str, body: object) -> int:
    return httpx2.post(url, json=body, trust_env=False).status_code


def test_each_address_has_what_came_to_it(inboxes: Inboxes) -> None:
    """In order, with method, headers and bytes."""
    one, other = inboxes.open(), inboxes.open()

    statuses = [post(one.url, {"event": "ping", "data": {"a": 1}}), post(other.url, [7]), post(one.url, {"event": 7})]

    assert statuses == [200, 200, 200]
    assert [(came.method, came.event, came.data) for came in one.arrivals()] == [
        ("POST", "ping", {"a": 1}),
        ("POST", "7", {}),
    ]
    assert other.wait(1, 0) == [[7]]
    assert (other.arrivals()[0].event, other.arrivals()[0].data) == ("no event", {})
    assert other.arrivals()[0].headers["content-type"] == "application/json"
    assert len(inboxes.arrivals()) == 3


def test_the_first_ones_can_be_answered_otherwise(inboxes: Inboxes) -> None:
    """And what is answered is noted."""
    box = inboxes.open(statuses=(500, 302))

    statuses = [post(box.url, {}) for _ in range(3)]

    assert statuses == [500, 302, 200] == [came.status for came in box.arrivals()]


def test_an_address_that_nobody_opened_is_not_found(inboxes: Inboxes) -> None:
    """Whatever is sent there is no delivery."""
    assert post(f"{inboxes.base_url}/99", {}) == 404
    assert inboxes.arrivals() == []


def test_a_wait_ends_when_enough_has_come(inboxes: Inboxes) -> None:
    """Without waiting for the whole time."""
    box = inboxes.open()
    sender = threading.Thread(target=post, args=(box.url, {"event": "ping"}))

    sender.start()
    came = box.wait(1, 30)
    sender.join()

    assert came == [{"event": "ping"}]


def test_a_wait_ends_when_the_time_is_over(inboxes: Inboxes) -> None:
    """With what there is."""
    box = inboxes.open()

    assert box.wait(1, 0.01) == []


@pytest.mark.parametrize(
    ("raw", "body"),
    [
        pytest.param(
            b'Transfer-Encoding: chunked\r\n\r\n3\r\n{"a\r\n4;x=y\r\n":1}\r\n0\r\n\r\n', b'{"a":1}', id="in pieces"
        ),
        pytest.param(b"\r\n", b"", id="no body"),
        pytest.param(b"Content-Length: 2\r\n\r\n\xff{", b"\xff{", id="no JSON"),
    ],
)
def test_bodies_come_in_every_form_of_http(inboxes: Inboxes, raw: bytes, body: bytes) -> None:
    """Their bytes are kept as they are."""
    box = inboxes.open()
    host, port = box.url.removeprefix("http://").partition("/")[0].split(":")

    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(b"POST /1 HTTP/1.1\r\nHost: x\r\n" + raw)
        answer = connection.recv(1024)

    assert answer.startswith(b"HTTP/1.0 200")
    assert [came.body for came in box.arrivals()] == [body]


@pytest.mark.parametrize("head", [b"nonsense\r\n\r\n", b"POST /1 HTTP/1.1\r\nContent-Length: x\r\n\r\n"])
def test_what_is_no_http_does_no_harm(inboxes: Inboxes, head: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    """Nothing is printed, and the next delivery is taken."""
    box = inboxes.open()

    with socket.create_connection(("127.0.0.1", int(inboxes.base_url.rpartition(":")[2]))) as connection:
        connection.sendall(head)
        connection.recv(1024)

    assert post(box.url, {}) == 200
    assert capfd.readouterr() == ("", "")
