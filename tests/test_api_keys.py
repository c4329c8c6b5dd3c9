"""Attributes of API keys over the API: expiry, suspension, addresses; in which order they are asked, in both wires."""

from collections.abc import Mapping
from typing import Any

import httpx2
import pytest

from tests.support import ACME, ATS, GLOBEX, NOW, NOWHERE, Mock, company, demo, rules_of

FUTURE, PAST = "2024-01-16T11:30:00Z", "2023-01-16T10:30:00+01:00"
OTHER = "10.0.0.7"  # where a request comes from that is not from this machine


def world(key: str = ACME, scopes: tuple[str, ...] = ("*",), **attributes: Any) -> dict[str, Any]:
    """`demo` with one key of Acme, or an ATS key, that has these attributes."""
    owner = {"ats": True, "companyIds": [company()]} if key == ATS else {"companyId": company()}
    return demo(keys=[{"key": key, **owner, "scopes": list(scopes), **attributes}])


def mock_of(key: str = ACME, wire: str = "reference", scopes: tuple[str, ...] = ("*",), **attributes: Any) -> Mock:
    return Mock(worlds=[world(key, scopes, **attributes)], clock=NOW, readings={"wire": wire})


async def from_address(mock: Mock, host: str, path: str = "/interviews", key: str = ACME) -> httpx2.Response:
    """A request over a connection that comes from `host`."""
    transport = httpx2.ASGITransport(app=mock.app, client=(host, 50_000))
    async with httpx2.AsyncClient(transport=transport, base_url="http://api.test") as client:
        return await client.get(path, headers={"Authorization": f"Bearer {key}"})


# --- Time


@pytest.mark.rule("KEY-EXPIRED", "KEY-SUSPENDED")
@pytest.mark.parametrize(("attribute", "rule"), [("expiresAt", "KEY-EXPIRED"), ("suspendedAt", "KEY-SUSPENDED")])
async def test_a_key_ends_on_the_worlds_clock(attribute: str, rule: str) -> None:
    """It opens everything until its instant has come, wherever the clock is moved to, and nothing from then on."""
    attributes: dict[str, Any] = {attribute: FUTURE}
    async with mock_of(**attributes) as mock:
        good = await mock.create()
        await mock.advance(3599)
        last = await mock.create()
        await mock.advance(1)
        response = await mock.refused(mock.create(), 401, rule)

    assert (good.status_code, last.status_code) == (201, 201)
    assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.rule("KEY-EXPIRED")
async def test_other_keys_are_not_concerned() -> None:
    """A key of the same company goes on."""
    file = demo()
    file["keys"].append({"key": "sk_test_old", "companyId": company(), "scopes": ["*"], "expiresAt": PAST})
    async with Mock(worlds=[file], clock=NOW) as mock:
        await mock.refused(mock.create(key="sk_test_old"), 401, "KEY-EXPIRED")

        assert (await mock.create()).status_code == 201


# --- Addresses

ADDRESSES = [
    # allowed                              from                     passes  why
    pytest.param([], OTHER, True, id="an empty list binds to nothing"),
    pytest.param([OTHER], OTHER, True, id="the one address"),
    pytest.param([OTHER], "10.0.0.8", False, id="its neighbour"),
    pytest.param(["192.168.0.0/16", "10.0.0.0/29"], OTHER, True, id="the last of a range"),
    pytest.param(["10.0.0.0/29"], "10.0.0.8", False, id="the first beyond a range"),
    pytest.param(["10.0.0.5/29"], "10.0.0.1", True, id="a range that is written by one of its hosts"),
    pytest.param(["2001:db8::/32"], "2001:db8:ffff::1", True, id="IPv6"),
    pytest.param(["10.0.0.0/8"], f"::ffff:{OTHER}", True, id="IPv4 as IPv6 sockets show it"),
    pytest.param(["0.0.0.0/0"], "::1", False, id="all of IPv4 holds nothing of IPv6"),
    pytest.param(["127.0.0.1"], "localhost", False, id="a name is no address"),
]


@pytest.mark.rule("KEY-IP")
@pytest.mark.parametrize(("allowed", "host", "passes"), ADDRESSES)
async def test_a_key_is_good_from_its_addresses(allowed: list[str], host: str, passes: bool) -> None:
    """What counts is where the connection comes from; a header that claims another address does not."""
    async with mock_of(allowedIPs=allowed) as mock:
        before = await mock.everything()

        response = await from_address(mock, host)

        assert (response.status_code, rules_of(response)) == ((200, []) if passes else (403, ["KEY-IP"]))
        assert "www-authenticate" not in response.headers
        assert await mock.everything() == before


@pytest.mark.rule("KEY-IP")
async def test_who_is_refused_is_told_from_where() -> None:
    """The address that the server saw, which is what a list has to hold; a forwarding header changes nothing."""
    async with mock_of(allowedIPs=[OTHER]) as mock:
        forged = {"X-Forwarded-For": OTHER, "Forwarded": f"for={OTHER}"}

        response = await mock.refused(mock.call("GET", "/interviews", headers=forged), 403, "KEY-IP")

    assert response.json()["message"] == "This API key cannot be used from 127.0.0.1"


# --- Which comes first

SPOILT: dict[str, Any] = {"expiresAt": PAST, "suspendedAt": PAST, "allowedIPs": [OTHER]}
ORDER = ["KEY-EXPIRED", "KEY-SUSPENDED", "KEY-IP", "KEY-ATS", "AUTH-SCOPE"]
MENDED: list[Mapping[str, Any]] = [{}, {"expiresAt": FUTURE}, {"suspendedAt": FUTURE}, {"allowedIPs": ["127.0.0.1"]}]


@pytest.mark.rule("KEY-EXPIRED", "KEY-SUSPENDED", "KEY-IP", "KEY-ATS", "AUTH-SCOPE")
@pytest.mark.parametrize("step", range(5), ids=ORDER)
async def test_faults_of_a_key_are_told_in_order(step: int) -> None:
    """Expired, suspended, from elsewhere, an ATS key's company, scopes: each is found once those before are mended."""
    attributes = dict(SPOILT)
    for mended in MENDED[: step + 1]:
        attributes |= mended
    path = f"/interviews/{NOWHERE}" + (f"?companyId={company()}" if step == 4 else "")
    async with mock_of(ATS, scopes=(), **attributes) as mock:
        status = 401 if step < 2 else 400 if step == 3 else 403

        await mock.refused(mock.call("GET", path, ATS), status, ORDER[step])


# --- What is said

SAID = [
    # attributes            reference's message                       code, message and details in the envelope
    pytest.param(
        {"expiresAt": PAST},
        "This API key has expired",
        ("API_KEY_EXPIRED", "This API key has expired", None),
        id="expired",
    ),
    pytest.param(
        {"suspendedAt": PAST},
        "This API key has been suspended",
        (
            "API_KEY_SUSPENDED",
            "This API key has been suspended",
            {"suspendedAt": "2023-01-16T09:30:00.000Z", "reason": "Unusual activity detected"},
        ),
        id="suspended",
    ),
    pytest.param(
        {"allowedIPs": [OTHER]},
        "This API key cannot be used from 127.0.0.1",
        ("IP_ADDRESS_NOT_ALLOWED", "This API key cannot be used from 127.0.0.1", None),
        id="from elsewhere",
    ),
    pytest.param(
        {"scopes": ("read:jobs",)},
        "Insufficient permissions: Required scope write:jobs not found",
        (
            "INSUFFICIENT_PERMISSIONS",
            "This API key does not have the required scope: write:jobs",
            {"requiredScopes": ["write:jobs"]},
        ),
        id="a scope",
    ),
]


@pytest.mark.rule("KEY-EXPIRED", "KEY-SUSPENDED", "KEY-IP", "AUTH-SCOPE")
@pytest.mark.parametrize(("attributes", "bare", "wrapped"), SAID)
async def test_refusals_say_what_the_documents_say(
    attributes: dict[str, Any], bare: str, wrapped: tuple[str, str, object]
) -> None:
    """In the words of the page that shows the shape: the reference's and the guides' differ for scopes."""
    async with mock_of(**attributes) as one, mock_of(wire="envelope", **attributes) as other:
        plain = (await one.call("POST", "/jobs", json={"title": "Engineer"})).json()
        answer = (await other.call("POST", "/jobs", json={"title": "Engineer"})).json()

    assert plain["message"] == bare
    assert plain.keys() == {"statusCode", "message", "error"}
    assert tuple(answer["error"].values()) == wrapped
    assert (answer["success"], answer["data"]) == (False, None)


@pytest.mark.rule("AUTH-KEY")
@pytest.mark.parametrize("wire", ["reference", "envelope"])
async def test_an_unknown_key_is_invalid_in_the_documents_words(wire: str) -> None:
    """The same text in both wires; the envelope adds the code."""
    async with Mock(readings={"wire": wire}) as mock:
        answer = (await mock.call("GET", "/jobs", "sk_test_nobody")).json()

    told = answer if wire == "reference" else answer["error"]
    assert told["message"] == "The provided API key is invalid or has been revoked"
    assert wire == "reference" or told["code"] == "INVALID_API_KEY"


# --- Where else they show


@pytest.mark.rule("RATE-LIMIT")
async def test_a_key_that_is_refused_is_counted_by_its_own_windows() -> None:
    """Six headers on a refusal too; another key's windows are untouched."""
    file = world(suspendedAt=PAST)
    file["keys"].append({"key": GLOBEX, "companyId": company(GLOBEX), "scopes": ["*"]})
    async with Mock(worlds=[file], clock=NOW) as mock:
        answers = [await mock.create(), await mock.create(), await mock.call("GET", "/jobs", GLOBEX)]

    left = [answer.headers["x-ratelimit-remaining-minute"] for answer in answers]
    assert left == ["59", "58", "59"]
    assert all(len([name for name in answer.headers if name.startswith("x-ratelimit-")]) == 6 for answer in answers)


async def test_attributes_are_rows_of_the_state_and_survive_a_copy() -> None:
    """In UTC, addresses as ranges; a copy of the world has the same ones under fresh keys, ids as before."""
    attributes: dict[str, Any] = {"name": "CI", "expiresAt": FUTURE, "allowedIPs": [OTHER]}
    attributes["suspendedAt"] = "2024-01-16T13:00:00+01:00"
    async with mock_of(**attributes) as mock:
        row = (await mock.state())["keys"][0]
        made = (await mock.control.post("/worlds", json={"from": "demo", "clock": NOW})).json()
        copied = (await mock.control.get(f"/worlds/{made['id']}/state")).json()["keys"][0]

    shown = {name: row[name] for name in attributes}
    assert shown == {
        "name": "CI",
        "expiresAt": "2024-01-16T11:30:00.000Z",
        "suspendedAt": "2024-01-16T12:00:00.000Z",
        "allowedIPs": [f"{OTHER}/32"],
    }
    assert copied == {**row, "key": made["keys"][ACME]}


async def test_ids_of_keys_are_made_in_order_or_given() -> None:
    """The same file gives the same ids; a given one is lower-cased; without attributes a row has none."""
    id = "ABCDEF01-0000-4000-8006-000000000001"
    file = demo()
    file["keys"][0]["id"] = id
    async with Mock(worlds=[file]) as one, Mock() as other:
        given, made = (await one.state())["keys"], (await other.state())["keys"]

    assert given[0]["id"] == id.lower()
    assert len({row["id"] for row in made}) == len(made)
    assert made[0].keys() == {"id", "key", "companyId", "scopes"}
