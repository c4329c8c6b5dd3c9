"""Who may use the control API: this machine's programs, or who knows the token; never a web page elsewhere."""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx2
import pytest
from starlette.types import Message

from mockserver import create_app, settings_for
from tests.support import NOW, Mock

HOSTS = [
    # Host                        answered  why
    ("127.0.0.1", True, "loopback"),
    ("127.0.0.1:8080", True, "loopback with a port"),
    ("127.8.9.10:8080", True, "all of 127/8 is loopback"),
    ("localhost:8080", True, "its name"),
    ("LOCALHOST", True, "names have no case"),
    ("[::1]:8080", True, "loopback of IPv6"),
    ("mock.internal:8080", True, "allowed by --allow-host"),
    ("MOCK.internal", True, "the same in capitals"),
    ("evil.example", False, "a name that was rebound to loopback"),
    ("evil.example:8080", False, "the same with a port"),
    ("127.0.0.1.evil.example", False, "starts like loopback"),
    ("evil-127.0.0.1", False, "ends like loopback"),
    ("localhost.evil.example", False, "starts like localhost"),
    ("evil.example@127.0.0.1.evil.example", False, "user information before a foreign host"),
    ("10.0.0.7:8080", False, "an address of the network"),
    ("0.0.0.0:8080", False, "the address of all"),
    ("[::ffff:10.0.0.7]", False, "a mapped address"),
    ("[::1", False, "not a host at all"),
    ("", False, "none"),
]


async def asked(headers: Mapping[str, str | bytes], path: str = "/_mock/worlds", **options: Any) -> httpx2.Response:
    """One request of the control API with these headers, `Host` among them."""
    app = create_app(settings_for(clock=NOW, **options))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://127.0.0.1") as client:
        encoded = [
            (name.encode(), value if isinstance(value, bytes) else value.encode()) for name, value in headers.items()
        ]
        response = await client.get(path, headers=encoded)
    await app.universe.stop()
    return response


@pytest.mark.parametrize(("host", "answered"), [row[:2] for row in HOSTS], ids=[row[2] for row in HOSTS])
async def test_only_loopback_and_allowed_hosts_are_answered(host: str, answered: bool) -> None:
    """A browser sends the name in the address bar: a page that rebinds its own name to loopback gives itself away."""
    response = await asked({"Host": host}, allow_hosts=["mock.internal"])

    assert response.status_code == (200 if answered else 403)
    if not answered:
        assert response.json()["error"]["code"] == "HOST_NOT_ALLOWED"


ORIGINS = [
    # Host               Origin                        answered  why
    ("127.0.0.1:8080", "http://127.0.0.1:8080", True, "a page of its own"),
    ("localhost:8080", "http://LOCALHOST:8080", True, "a page of its own in capitals"),
    ("127.0.0.1:8080", "http://evil.example", False, "another site"),
    ("127.0.0.1:8080", "http://localhost:8080", False, "another name of this machine"),
    ("127.0.0.1:8080", "http://127.0.0.1:3000", False, "another program of this machine"),
    ("127.0.0.1:8080", "https://127.0.0.1:8080", False, "another scheme"),
    ("127.0.0.1:8080", "null", False, "a sandboxed page or a file"),
    ("127.0.0.1:8080", "", False, "an empty one"),
    ("evil.example:8080", "http://evil.example:8080", False, "a rebound name with its own origin"),
]


@pytest.mark.parametrize(("host", "origin", "answered"), [row[:3] for row in ORIGINS], ids=[row[3] for row in ORIGINS])
async def test_pages_of_other_sites_are_refused(host: str, origin: str, answered: bool) -> None:
    """A request with an `Origin` is answered only if it is the server's own."""
    response = await asked({"Host": host, "Origin": origin})

    assert response.status_code == (200 if answered else 403)


async def test_a_refused_page_changes_nothing() -> None:
    """What a foreign page posts is not read: the world keeps its clock, its journal and itself."""
    async with Mock() as mock:
        before = await mock.everything()
        path = f"/worlds/{mock.world.id}"
        hostile = {"Origin": "http://evil.example"}

        answers = [
            await mock.control.post(f"{path}/clock/advance", json={"seconds": 60}, headers=hostile),
            await mock.control.post(f"{path}/reset", headers=hostile),
            await mock.control.delete(path, headers=hostile),
        ]

        assert {response.status_code for response in answers} == {403}
        assert await mock.everything() == before
        assert (await mock.control.get(f"{path}/clock")).json()["now"] == "2024-01-16T10:30:00.000Z"


TOKENS = [
    # Authorization            status  why
    (None, 401, "none"),
    ("Bearer s3cret", 200, "the token"),
    ("bearer s3cret", 200, "the scheme has no case"),
    ("Bearer S3CRET", 401, "the token has"),
    ("Bearer s3cret2", 401, "longer"),
    ("Bearer s3cre", 401, "shorter"),
    ("Bearer s3crét", 401, "beyond ASCII"),
    ("Basic s3cret", 401, "another scheme"),
    ("s3cret", 401, "no scheme"),
    ("Bearer sk_test_acme", 401, "a key of the vendor's API"),
]


@pytest.mark.parametrize(("sent", "status"), [row[:2] for row in TOKENS], ids=[row[2] for row in TOKENS])
async def test_with_a_token_nothing_is_answered_without_it(sent: str | None, status: int) -> None:
    """`--admin-token`: 401 with the challenge, in the control API's error shape."""
    headers = {} if sent is None else {"Authorization": sent.encode()}

    response = await asked({"Host": "localhost", **headers}, admin_token="s3cret")

    assert response.status_code == status
    if status == 401:
        assert response.headers["www-authenticate"] == "Bearer"
        assert response.json()["error"]["code"] == "TOKEN_REQUIRED"


async def test_a_token_that_is_sent_twice_is_none() -> None:
    """Two Authorization headers say nothing that could be relied on."""
    app = create_app(settings_for(clock=NOW, admin_token="s3cret"))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://localhost") as client:
        twice = [("Authorization", "Bearer s3cret"), ("Authorization", "Bearer s3cret")]
        response = await client.get("/_mock/worlds", headers=twice)
    await app.universe.stop()

    assert response.status_code == 401


async def test_health_needs_the_token_too() -> None:
    """With a token every call of the control API demands it."""
    response = await asked({"Host": "localhost"}, "/_mock/health", admin_token="s3cret")

    assert response.status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([("Host", "127.0.0.1"), ("Host", "evil.example")], id="two hosts"),
        pytest.param([("Host", "x@localhost")], id="more than a name and a port"),
        pytest.param(
            [("Host", "localhost"), ("Origin", "http://localhost"), ("Origin", "http://evil.example")], id="two origins"
        ),
        pytest.param([("Host", "localhost"), ("Sec-Fetch-Site", "cross-site")], id="cross-site without an origin"),
    ],
)
async def test_no_second_header_gets_past_the_guard(headers: list[tuple[str, str]]) -> None:
    """A guard that looks at the first of several headers only is none."""
    sent: list[Message] = []
    app = create_app(settings_for(grace_seconds=0))
    raw = [(name.lower().encode(), value.encode()) for name, value in headers]
    target = {"method": "GET", "scheme": "http", "path": "/_mock/worlds", "query_string": b""}
    scope = {"type": "http", "headers": raw, **target}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, asyncio.Queue[Message]().get, send)
    await app.universe.stop()

    assert sent[0]["status"] == 403


async def test_the_vendors_api_is_not_guarded() -> None:
    """Black-box clients reach it under any name: only the key counts there."""
    response = await asked({"Host": "api.example", "Origin": "http://app.example"}, "/interviews", admin_token="s")

    assert response.status_code == 401
    assert response.json()["error"] == "Unauthorized"


@pytest.mark.parametrize("path", ["/_mock", "/_mock/", "/_mock/nothing", "/_mock/worlds/"])
async def test_every_path_of_the_prefix_is_guarded(path: str) -> None:
    """Also those that lead nowhere, which are 404 for those who may ask."""
    foreign = await asked({"Host": "evil.example"}, path)
    own = await asked({"Host": "localhost"}, path)

    assert (foreign.status_code, own.status_code) == (403, 404)
    assert own.json()["error"]["code"] == "NOT_FOUND"


async def test_a_path_that_only_begins_alike_is_the_vendors() -> None:
    """`/_mockery` is no path of the control API."""
    response = await asked({"Host": "evil.example"}, "/_mockery")

    assert response.status_code == 404
    assert response.json()["statusCode"] == 404
