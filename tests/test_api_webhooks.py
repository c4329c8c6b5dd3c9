"""The configuration of webhooks over the API: what is accepted, what is answered, whose it is."""

import json
from collections.abc import Mapping
from typing import Any

import httpx2
import pytest

from tests.receiver import webhook
from tests.support import (
    ACME,
    ATS,
    GLOBEX,
    INITECH,
    MISSING,
    NOW,
    NOWHERE,
    READONLY,
    Mock,
    company,
    demo,
)

URL = "http://127.0.0.1:9/hook"
OTHER = "sk_test_acme_other"  # a second key of Acme with every scope
LATER = "2024-01-16T10:30:10Z"


def hook(**changes: Any) -> dict[str, Any]:
    """A webhook that passes, with some fields changed or MISSING."""
    valid = {"url": URL, "events": ["interview.completed"], **changes}
    return {name: value for name, value in valid.items() if value is not MISSING}


async def registered(mock: Mock, key: str = ACME, query: str = "", **changes: Any) -> Any:
    response = await mock.call("POST", f"/webhooks{query}", key, json=hook(**changes))
    assert response.status_code == 201, response.text
    return response.json()


def without_secret(created: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in created.items() if name != "signingSecret"}


async def listed(mock: Mock, key: str = ACME, query: str = "") -> list[Any]:
    answer = (await mock.call("GET", f"/webhooks{query}", key)).json()
    assert answer["total"] == len(answer["data"])
    rows: list[Any] = answer["data"]
    return rows


def two_keys_of_acme() -> Mock:
    file = demo()
    file["keys"].append({"key": OTHER, "companyId": company(), "scopes": ["*"]})
    return Mock(worlds=[file], clock=NOW)


# --- What is answered


@pytest.mark.rule("WEBHOOK-SHAPE", "WEBHOOK-SECRET")
async def test_a_new_webhook_has_the_documented_fields(mock: Mock) -> None:
    """What was given, what the vendor's page prints for the rest, and nulls where nothing was said."""
    created = await registered(mock)

    keys = {row["key"]: row["id"] for row in (await mock.state())["keys"]}
    secret, id = created.pop("signingSecret"), created.pop("id")
    assert (len(secret), len(id), secret == secret.lower()) == (64, 36, True)
    assert created == {
        "apiKeyId": keys[ACME],
        "companyId": None,
        "url": URL,
        "name": None,
        "description": None,
        "headers": [],
        "events": ["interview.completed"],
        "isActive": True,
        "maxRetries": 3,
        "timeoutMs": 30_000,
        "consecutiveFailures": 0,
        "circuitOpenedAt": None,
        "createdAt": NOW,
        "updatedAt": NOW,
    }


@pytest.mark.rule("WEBHOOK-SECRET")
async def test_the_secret_is_told_once(mock: Mock) -> None:
    """By the answer that creates; neither reading nor listing, changing nor resetting tells it again."""
    created = await registered(mock)
    path = f"/webhooks/{created['id']}"

    read = await mock.call("GET", path)
    others = [await mock.call("PATCH", path, json={}), await mock.call("POST", f"{path}/reset-circuit")]
    rows = await listed(mock)

    assert read.json() == without_secret(created) == rows[0]
    assert not any("signingSecret" in response.text for response in others)


@pytest.mark.rule("WEBHOOK-SECRET")
async def test_the_same_seed_gives_the_same_secret() -> None:
    """A mock's secret guards nothing: it comes from the id, each webhook's is its own."""
    async with Mock() as one, Mock() as other:
        first, second = await registered(one), await registered(one)
        again = await registered(other)

    assert first == again
    assert first["signingSecret"] != second["signingSecret"]


HEADERS = [
    # name                     masked
    ("Authorization", True),
    ("X-Custom-Header", False),
    ("proxy-authorization", True),
    ("Cookie", True),
    ("X-API-Key", True),
    ("X-Auth-Token", True),
    ("Client-Secret", True),
    ("X-Environment", False),
    ("User-Agent", False),
]


@pytest.mark.rule("WEBHOOK-SECRET")
async def test_values_of_headers_are_never_told(mock: Mock) -> None:
    """Their names are, and whether what they are called is something secret."""
    given = [{"name": name, "value": f"told-{place}"} for place, (name, _) in enumerate(HEADERS)]

    created = await registered(mock, headers=given)

    assert created["headers"] == [{"name": name, "isMasked": masked} for name, masked in HEADERS]
    told = [await mock.call("GET", path) for path in ("/webhooks", f"/webhooks/{created['id']}")]
    assert not any("told-" in response.text for response in told)


@pytest.mark.rule("WEBHOOK-SECRET")
@pytest.mark.parametrize("wire", ["reference", "envelope"])
async def test_the_journal_shortens_what_is_secret(wire: str) -> None:
    """The new secret and the values of headers such as Authorization; a body that is refused may hold anything."""
    odd = [1, {"name": "Authorization"}, {"name": "X-Plain", "value": "open"}]
    async with Mock(readings={"wire": wire}) as mock:
        answer = (await mock.call("POST", "/webhooks", json=hook(headers=[AUTHORIZATION]))).json()
        await mock.call("POST", "/webhooks", json=hook(headers=odd))
        await mock.call("POST", "/webhooks", json=hook())
        journal = await mock.control.get("/worlds/demo/requests")
        entries = [(await mock.control.get(f"/worlds/demo/requests/{entry['id']}")).json() for entry in journal.json()]

    secret = (answer.get("data") or answer)["signingSecret"]
    shown = entries[0]["response"]["body"]
    assert (shown.get("data") or shown)["signingSecret"] == f"{secret[:3]}…{secret[-4:]}"
    assert secret not in json.dumps(entries)
    assert "a-token-of-ours" not in json.dumps(entries)
    assert entries[1]["request"]["body"]["headers"] == odd


AUTHORIZATION = {"name": "Authorization", "value": "Bearer a-token-of-ours"}

# --- Events


EVENTS = [
    # given                                                       answered
    pytest.param([0, 1, 2, 3, 4, 5], "ac af ping ic if is", id="numbers"),
    pytest.param(["INTERVIEW_STARTED", "PING", "ANALYSIS_FAILED"], "is ping af", id="capitals"),
    pytest.param(["interview.failed", "analysis.completed"], "if ac", id="dotted, in the order given"),
    pytest.param([3, "PING", "interview.started"], "ic ping is", id="mixed"),
    pytest.param([3, "INTERVIEW_COMPLETED", "interview.completed", 3.0], "ic", id="one event by all of its names"),
    pytest.param(["SOURCING_COMPLETED", "sourcing.failed"], "sc sf", id="sourcing, which never happens here"),
    pytest.param(["ENRICH_COMPLETED", "enrich.failed", "PING"], "ec ef ping", id="enrichment, beside a ping"),
]
LABELS = {
    "ac": "analysis.completed",
    "af": "analysis.failed",
    "ping": "ping",
    "ic": "interview.completed",
    "if": "interview.failed",
    "is": "interview.started",
    "sc": "sourcing.completed",
    "sf": "sourcing.failed",
    "ec": "enrich.completed",
    "ef": "enrich.failed",
}


@pytest.mark.rule("WEBHOOK-EVENTS")
@pytest.mark.parametrize(("given", "answered"), EVENTS)
async def test_events_of_three_generations_are_answered_by_their_labels(
    mock: Mock, given: list[Any], answered: str
) -> None:
    """On create and on update, each event once."""
    expected = [LABELS[word] for word in answered.split()]

    created = await registered(mock, events=given)
    plain = await registered(mock)
    changed = await mock.call("PATCH", f"/webhooks/{plain['id']}", json={"events": given})

    assert created["events"] == changed.json()["events"] == expected


BAD_EVENTS = [
    # given                             rule              why
    pytest.param([], "WEBHOOK-EVENTS", id="none"),
    pytest.param([6], "WEBHOOK-EVENTS", id="a number too far"),
    pytest.param([-1], "WEBHOOK-EVENTS", id="a number below"),
    pytest.param([2.5], "WEBHOOK-EVENTS", id="half an event"),
    pytest.param(["interview.cancelled"], "WEBHOOK-EVENTS", id="an event that does not exist"),
    pytest.param(["Interview.Completed"], "WEBHOOK-EVENTS", id="neither spelling"),
    pytest.param(["ping", "interview_completed"], "WEBHOOK-EVENTS", id="the second one"),
    pytest.param(["2"], "WEBHOOK-EVENTS", id="a number as text"),
    pytest.param([True], "WEBHOOK-EVENTS", id="true, which is not 1"),
    pytest.param([[]], "WEBHOOK-EVENTS", id="a list within"),
    pytest.param([{}], "WEBHOOK-EVENTS", id="an object"),
    pytest.param("ping", "FIELD-TYPE", id="no list"),
    pytest.param({}, "FIELD-TYPE", id="an object instead of a list"),
]


@pytest.mark.rule("WEBHOOK-EVENTS", "FIELD-TYPE")
@pytest.mark.parametrize(("given", "rule"), BAD_EVENTS)
async def test_events_that_do_not_exist_are_refused(mock: Mock, given: Any, rule: str) -> None:
    """On create and on update."""
    path = f"/webhooks/{(await registered(mock))['id']}"

    await mock.refused(mock.call("POST", "/webhooks", json=hook(events=given)), 400, rule)
    await mock.refused(mock.call("PATCH", path, json={"events": given}), 400, rule)


# --- Limits


def header(name: str = "X-Custom-Header", value: str = "staging") -> dict[str, str]:
    return {"name": name, "value": value}


LIMITS = [
    # change                                             rule            why
    pytest.param({"url": MISSING}, "WEBHOOK-SHAPE", id="no url"),
    pytest.param({"events": MISSING}, "WEBHOOK-SHAPE", id="no events"),
    pytest.param({"url": 1}, "FIELD-TYPE", id="a number as url"),
    pytest.param({"url": f"https://hooks.test/{'x' * 2029}"}, None, id="url of 2048 characters"),
    pytest.param({"url": f"https://hooks.test/{'x' * 2030}"}, "WEBHOOK-URL", id="url of 2049 characters"),
    pytest.param({"name": "x" * 255}, None, id="name of 255 characters"),
    pytest.param({"name": "x" * 256}, "WEBHOOK-SHAPE", id="name of 256 characters"),
    pytest.param({"name": ""}, None, id="an empty name"),
    pytest.param({"name": True}, "FIELD-TYPE", id="no text as name"),
    pytest.param({"description": 1}, "FIELD-TYPE", id="no text as description"),
    pytest.param({"isActive": "no"}, "FIELD-TYPE", id="no boolean as isActive"),
    pytest.param({"headers": []}, None, id="no headers"),
    pytest.param({"headers": {}}, "FIELD-TYPE", id="headers as an object"),
    pytest.param({"headers": [1]}, "FIELD-TYPE", id="a number as header"),
    pytest.param({"headers": [header(f"X-{place}") for place in range(50)]}, None, id="50 headers"),
    pytest.param({"headers": [header(f"X-{place}") for place in range(51)]}, "WEBHOOK-SHAPE", id="51 headers"),
    pytest.param({"headers": [header("x")]}, None, id="header name of 1 character"),
    pytest.param({"headers": [header("")]}, "WEBHOOK-SHAPE", id="an empty header name"),
    pytest.param({"headers": [header("x" * 255)]}, None, id="header name of 255 characters"),
    pytest.param({"headers": [header("x" * 256)]}, "WEBHOOK-SHAPE", id="header name of 256 characters"),
    pytest.param({"headers": [header("X Y")]}, "WEBHOOK-SHAPE", id="a space in a header name"),
    pytest.param({"headers": [header("X-Y\n")]}, "WEBHOOK-SHAPE", id="a line break after a header name"),
    pytest.param({"headers": [header(value="x")]}, None, id="header value of 1 character"),
    pytest.param({"headers": [header(value="")]}, "WEBHOOK-SHAPE", id="an empty header value"),
    pytest.param({"headers": [header(value="x" * 4096)]}, None, id="header value of 4096 characters"),
    pytest.param({"headers": [header(value="x" * 4097)]}, "WEBHOOK-SHAPE", id="header value of 4097 characters"),
    pytest.param({"headers": [header(value="a\r\nX-B: c")]}, "WEBHOOK-SHAPE", id="a second header in a value"),
    pytest.param({"headers": [{"name": "X-Y"}]}, "WEBHOOK-SHAPE", id="a header without value"),
    pytest.param({"headers": [{"value": "y"}]}, "WEBHOOK-SHAPE", id="a header without name"),
    pytest.param({"headers": [header(value=1)]}, "FIELD-TYPE", id="a number as value"),  # type: ignore[arg-type]  # wrong on purpose
]


@pytest.mark.rule("WEBHOOK-SHAPE", "WEBHOOK-URL", "FIELD-TYPE")
@pytest.mark.parametrize(("change", "rule"), LIMITS)
async def test_limits_hold_on_create_and_on_update(mock: Mock, change: dict[str, Any], rule: str | None) -> None:
    """Both sides of each bound; what only a create needs, an update may leave out."""
    path = f"/webhooks/{(await registered(mock))['id']}"
    given = {name: value for name, value in change.items() if value is not MISSING}
    calls = [("POST", "/webhooks", hook(**change))] + ([("PATCH", path, given)] if given else [])

    for method, at, body in calls:
        if rule is None:
            response = await mock.call(method, at, json=body)
            assert response.status_code in (200, 201), response.text
        else:
            await mock.refused(mock.call(method, at, json=body), 400, rule)


UNSETTABLE = (
    *("Host", "content-length", "Transfer-Encoding", "TE", "Trailer", "CONNECTION", "Keep-Alive", "Proxy-Connection"),
    *("Upgrade", "Content-Type", "Webhook-Id", "webhook-timestamp", "WEBHOOK-SIGNATURE", "X-Instaview-Signature"),
)
FORTY_NINE = [header(f"X-{place}") for place in range(49)]
UNSENDABLE = [
    # headers                                         place  said
    *(
        pytest.param([header("X-A"), header(name)], 1, f"{name} cannot be set: the delivery sets it itself", id=name)
        for name in UNSETTABLE
    ),
    pytest.param(
        [header("X-A"), header("X-B"), header("x-a")],
        2,
        "x-a is given twice; case makes no difference",
        id="two names that differ in case",
    ),
    pytest.param([header("X-A")] * 2, 1, "X-A is given twice; case makes no difference", id="one name twice"),
    pytest.param([*FORTY_NINE, header("TE")], 49, "TE cannot be set: the delivery sets it itself", id="the fiftieth"),
    pytest.param(
        [header(value="x" * 4097)], None, "must have 1 to 4096 characters, not 4097", id="a value that is too long"
    ),
    pytest.param([header("x" * 256)], 0, "must have 1 to 255 characters, not 256", id="a name that is too long"),
]


@pytest.mark.rule("WEBHOOK-SHAPE")
@pytest.mark.parametrize(("headers", "place", "said"), UNSENDABLE)
async def test_headers_that_could_never_be_sent_are_refused_in_a_sentence(
    mock: Mock, headers: list[dict[str, str]], place: int | None, said: str
) -> None:
    """On create and on update: what belongs to the delivery, a name twice, and which limit was passed."""
    at = "headers.0.value" if place is None else f"headers.{place}.name"
    path = f"/webhooks/{(await registered(mock))['id']}"

    made = await mock.refused(mock.call("POST", "/webhooks", json=hook(headers=headers)), 400, "WEBHOOK-SHAPE")
    changed = await mock.refused(mock.call("PATCH", path, json={"headers": headers}), 400, "WEBHOOK-SHAPE")

    assert made.json()["message"] == changed.json()["message"] == f"{at}: {said}"


@pytest.mark.rule("WEBHOOK-SHAPE", "FIELD-TYPE")
async def test_headers_of_no_shape_are_told_by_their_shape_alone(mock: Mock) -> None:
    """Rows that are no objects keep their places, and two names that are missing are not one name twice."""
    given = [1, {}, {}, header("Host")]

    response = await mock.call("POST", "/webhooks", json=hook(headers=given))

    places = [text.split(":")[0] for text in response.json()["message"]]
    assert sorted(places) == [
        "headers.0",
        *(f"headers.{n}.{name}" for n in (1, 2) for name in ("name", "value")),
        "headers.3.name",
    ]


@pytest.mark.rule("WEBHOOK-SHAPE")
async def test_headers_beyond_fifty_are_refused_whatever_they_are_called(mock: Mock) -> None:
    """Their number alone is told."""
    given = [*FORTY_NINE, header("X-A"), header("TE")]

    response = await mock.refused(mock.call("POST", "/webhooks", json=hook(headers=given)), 400, "WEBHOOK-SHAPE")

    assert response.json()["message"] == "headers: must have at most 50 items, not 51"


@pytest.mark.rule("WEBHOOK-SHAPE", "WEBHOOK-URL", "WEBHOOK-EVENTS")
async def test_all_faults_are_told_together(mock: Mock) -> None:
    """In the order of the rulebook, each with its path."""
    wrong = hook(url="ftp://host/", name="x" * 256, events=["pong"])

    response = await mock.refused(
        mock.call("POST", "/webhooks", json=wrong), 400, "WEBHOOK-SHAPE", "WEBHOOK-URL", "WEBHOOK-EVENTS"
    )

    assert [text.split(":")[0] for text in response.json()["message"]] == ["name", "url", "events.0"]


# --- Where to

URLS = [
    # url                                    loopback  https  allow  why
    pytest.param("https://hooks.example.com/x?y=z", True, True, True, id="a public host"),
    pytest.param("https://127.0.0.1:8443/", True, True, True, id="https on this machine"),
    pytest.param("https://10.0.0.7/", True, True, True, id="a private host: that is judged at delivery"),
    pytest.param("http://127.0.0.1:9000/hook", True, False, True, id="this machine"),
    pytest.param("http://127.9.9.9/", True, False, True, id="this machine, by another address"),
    pytest.param("http://[::1]:9000/", True, False, True, id="this machine, IPv6"),
    pytest.param("http://localhost:9000", True, False, True, id="this machine, by name"),
    pytest.param("http://LOCALHOST/", True, False, True, id="its name in capitals"),
    pytest.param("http://api.localhost/", True, False, True, id="a name below it"),
    pytest.param("http://receiver:9000/hook", False, False, True, id="a name nearby"),
    pytest.param("http://10.0.0.7:9000/hook", False, False, True, id="a private address that was opened"),
    pytest.param("http://10.1.0.7:9000/hook", False, False, False, id="a private address that was not"),
    pytest.param("http://example.com/hook", False, False, True, id="a name elsewhere"),
    pytest.param("http://notlocalhost/", False, False, True, id="a name that only looks like it"),
    pytest.param("http://169.254.169.254/", False, False, False, id="what is never opened"),
    pytest.param("http://2130706433/", False, False, False, id="this machine as one number"),
    pytest.param("ftp://127.0.0.1/", False, False, False, id="another scheme"),
    pytest.param("https://user:word@hooks.test/", False, False, False, id="a password"),
    pytest.param("https://", False, False, False, id="no host"),
    pytest.param("hooks.test/x", False, False, False, id="no scheme"),
    pytest.param("https://hooks.test/a b", False, False, False, id="a space"),
    pytest.param("https://hooks.test:0/", False, False, False, id="port 0"),
    pytest.param("https://hooks.test:99999/", False, False, False, id="a port too far"),
    pytest.param("https://[::1/", False, False, False, id="half a bracket"),
    pytest.param("", False, False, False, id="nothing"),
]


@pytest.mark.rule("WEBHOOK-URL")
@pytest.mark.parametrize(("url", "loopback", "https", "allow"), URLS)
@pytest.mark.parametrize("setting", ["loopback", "https", "allow"])
async def test_where_a_webhook_may_point(url: str, loopback: bool, https: bool, allow: bool, setting: str) -> None:
    """https:// anywhere; http:// on this machine, or where --webhook-allow opened more, unless the reading forbids."""
    readings = {"webhook_urls": "https"} if setting == "https" else {}
    opened = ["10.0.0.0/24", "receiver"] if setting == "allow" else []
    accepted = {"loopback": loopback, "https": https, "allow": allow}[setting]
    async with Mock(readings=readings, webhook_allow=opened) as mock:
        if accepted:
            assert (await registered(mock, url=url))["url"] == url
        else:
            response = await mock.refused(mock.call("POST", "/webhooks", json=hook(url=url)), 400, "WEBHOOK-URL")
            assert response.json()["message"].startswith("url: ")


# --- For which company


@pytest.mark.rule("COMPANY-OWN", "COMPANY-EXISTS", "ID-FORMAT")
async def test_a_webhook_is_for_a_company_of_its_key(mock: Mock) -> None:
    """By its id in any case; another's is 403, nobody's 404, and what is no id 400."""
    created = await registered(mock, companyId=company().upper())

    for id, status, rule in (
        (company(GLOBEX), 403, "COMPANY-OWN"),
        (NOWHERE, 404, "COMPANY-EXISTS"),
        ("acme", 400, "ID-FORMAT"),
    ):
        await mock.refused(mock.call("POST", "/webhooks", json=hook(companyId=id)), status, rule)
    assert created["companyId"] == company()


@pytest.mark.rule("COMPANY-OWN", "KEY-ATS")
async def test_an_ats_key_has_webhooks_for_one_company_or_for_all(mock: Mock) -> None:
    """It need not say which in the query; if it does, it speaks for that one alone."""
    everything = await registered(mock, ATS)
    acme = await registered(mock, ATS, companyId=company())
    globex = await registered(mock, ATS, f"?companyId={company(GLOBEX)}", companyId=company(GLOBEX))
    ids = [row["id"] for row in (everything, acme, globex)]

    await mock.refused(mock.call("POST", "/webhooks", ATS, json=hook(companyId=company(INITECH))), 403, "COMPANY-OWN")
    for query in (f"?companyId={company(INITECH)}", "?companyId=acme", "?companyId="):
        await mock.refused(mock.call("GET", f"/webhooks{query}", ATS), 400 if query[-1] == "=" else 403, "KEY-ATS")
    for_acme = f"?companyId={company().upper()}"
    await mock.refused(mock.call("DELETE", f"/webhooks/{globex['id']}{for_acme}", ATS), 403, "COMPANY-OWN")
    read = [await mock.call("GET", f"/webhooks/{id}{for_acme}", ATS) for id in ids[:2]]

    assert [response.status_code for response in read] == [200, 200]
    assert [row["id"] for row in await listed(mock, ATS)] == ids
    assert [row["id"] for row in await listed(mock, ATS, for_acme)] == [acme["id"]]


# --- Whose


async def every_use(mock: Mock, id: str, key: str) -> list[httpx2.Response]:
    path = f"/webhooks/{id}"
    return [
        await mock.call("GET", path, key),
        await mock.call("PATCH", path, key, json={}),
        await mock.call("POST", f"{path}/test", key),
        await mock.call("POST", f"{path}/reset-circuit", key),
        await mock.call("DELETE", path, key),
    ]


@pytest.mark.rule("WEBHOOK-OWNER")
@pytest.mark.parametrize("key", [OTHER, GLOBEX, ATS], ids=["the same company's", "another company's", "ATS"])
async def test_a_webhook_belongs_to_one_key(key: str) -> None:
    """No other key reads, changes, tries or deletes it, or finds it in its list; nothing is told of it."""
    async with two_keys_of_acme() as mock:
        created = await registered(mock, name="Zarquon", companyId=company())
        before = await mock.everything()

        responses = await every_use(mock, created["id"], key)

        assert {response.headers["x-mock-rule"] for response in responses} == {"WEBHOOK-OWNER"}
        assert responses[0].json()["message"] == "Access denied to this webhook configuration"
        assert {response.status_code for response in responses} == {403}
        assert "Zarquon" not in "".join(response.text for response in responses)
        assert (await mock.everything(), await listed(mock, key)) == (before, [])


@pytest.mark.rule("WEBHOOK-EXISTS", "ID-FORMAT")
@pytest.mark.parametrize(
    ("id", "status", "rule"),
    [(NOWHERE, 404, "WEBHOOK-EXISTS"), ("hook", 400, "ID-FORMAT")],
    ids=["nowhere", "no id"],
)
async def test_a_webhook_that_does_not_exist(mock: Mock, id: str, status: int, rule: str) -> None:
    """404 in the vendor's words, and 400 for what is no id."""
    before = await mock.everything()

    responses = await every_use(mock, id, ACME)

    assert {(r.status_code, r.headers["x-mock-rule"]) for r in responses} == {(status, rule)}
    assert status == 400 or responses[0].json()["message"] == "Webhook configuration not found"
    assert await mock.everything() == before


@pytest.mark.rule("WEBHOOK-OWNER")
async def test_webhooks_from_beside_the_api_belong_to_their_companys_keys() -> None:
    """One of a world file to all of them, or to the key it names; one for every company to nobody."""
    file, named = demo(), "99999999-0000-4000-8006-000000000001"
    file["keys"].append({"key": OTHER, "companyId": company(), "id": named.upper()})
    everybody, owned = webhook(URL), webhook(URL, apiKeyId=named.upper(), name="Owned")
    file["webhooks"] = [everybody, owned]
    async with Mock(worlds=[file], clock=NOW) as mock:
        stray = (await mock.control.post("/worlds/demo/webhooks", json={"url": URL})).json()
        await mock.refused(mock.call("GET", f"/webhooks/{stray['id']}"), 403, "WEBHOOK-OWNER")
        mine, theirs, ats, globex = [await listed(mock, key) for key in (ACME, OTHER, ATS, GLOBEX)]

        keys = {row["key"]: row["id"] for row in (await mock.state())["keys"]}
        assert [row["apiKeyId"] for row in mine] == [keys[ACME]]
        assert [(row["apiKeyId"], row["name"]) for row in theirs] == [(named, None), (named, "Owned")]
        assert ([row["apiKeyId"] for row in ats], globex) == ([keys[ATS]], [])


@pytest.mark.rule("WEBHOOK-EVENTS")
async def test_a_webhook_for_every_type_shows_what_it_gets(mock: Mock) -> None:
    """Only one that was set up beside the API can be one."""
    await mock.control.post("/worlds/demo/webhooks", json={"url": URL, "companyId": company()})

    assert (await listed(mock))[0]["events"] == list(LABELS.values())[:6]


@pytest.mark.rule("AUTH-SCOPE")
async def test_webhooks_have_two_scopes(mock: Mock) -> None:
    """`read:webhooks` reads; `write:webhooks` does all the rest, deletion too."""
    writer = {"key": OTHER, "companyId": company(), "scopes": ["write:webhooks"]}
    async with Mock(worlds=[demo(keys=[*demo()["keys"], writer])], clock=NOW) as mock:
        id = (await registered(mock, OTHER))["id"]
        for method, path in (
            ("POST", "/webhooks"),
            ("PATCH", f"/webhooks/{id}"),
            ("POST", f"/webhooks/{id}/test"),
            ("POST", f"/webhooks/{id}/reset-circuit"),
            ("DELETE", f"/webhooks/{id}"),
        ):
            await mock.refused(mock.call(method, path, READONLY, json=hook()), 403, "AUTH-SCOPE")
        for path in ("/webhooks", f"/webhooks/{id}"):
            await mock.refused(mock.call("GET", path, OTHER), 403, "AUTH-SCOPE")

        assert await listed(mock, READONLY) == []
        assert (await mock.call("DELETE", f"/webhooks/{id}", OTHER)).status_code == 204


# --- Lists


@pytest.mark.rule("PAGINATION", "QUERY-SHAPE")
async def test_webhooks_are_listed_page_by_page(mock: Mock) -> None:
    """Oldest first; those for all companies are left out where one is asked for, and a strange company has none."""
    ids = [(await registered(mock, companyId=[None, company()][place % 2]))["id"] for place in range(5)]

    pages = [(await mock.call("GET", f"/webhooks?limit=2&page={number}")).json() for number in (1, 2, 3, 4)]

    assert [[row["id"] for row in page["data"]] for page in pages] == [ids[:2], ids[2:4], ids[4:], []]
    shape = {"total": 5, "page": 3, "limit": 2, "totalPages": 3}
    assert {name: pages[2][name] for name in shape} == shape
    assert [row["id"] for row in await listed(mock, query=f"?companyId={company().upper()}")] == ids[1::2]
    assert await listed(mock, query=f"?companyId={NOWHERE}") == []
    for query in ("companyId=acme", f"companyId={NOWHERE}&companyId={NOWHERE}", "page=0"):
        await mock.refused(mock.call("GET", f"/webhooks?{query}"), 400, "QUERY-SHAPE")


@pytest.mark.rule("PAGINATION")
async def test_the_list_in_the_envelope_is_that_of_its_own_page() -> None:
    """`data` and `total` inside the envelope, where other lists have the guides' `items`."""
    async with Mock(readings={"wire": "envelope"}) as mock:
        created = (await mock.call("POST", "/webhooks", json=hook())).json()["data"]
        answer = (await mock.call("GET", "/webhooks")).json()

    assert (answer["success"], answer["data"]["total"]) == (True, 1)
    assert answer["data"]["data"] == [without_secret(created)]


# --- Changes


@pytest.mark.rule("WEBHOOK-SHAPE")
async def test_an_update_changes_what_is_given(mock: Mock) -> None:
    """A null changes nothing; headers and events are replaced whole; id, secret, company and times of old stay."""
    created = await registered(mock, name="First", headers=[AUTHORIZATION, header()], companyId=company())
    path = f"/webhooks/{created['id']}"
    await mock.advance(10)
    given = {
        "url": "https://hooks.test/",
        "name": None,
        "description": "Second",
        "headers": [header("X-Only")],
        "events": ["PING"],
        "isActive": False,
        "companyId": company(GLOBEX),
        "signingSecret": "0" * 64,
        "maxRetries": 9,
    }

    changed = (await mock.call("PATCH", path, json=given)).json()

    assert changed == {
        **without_secret(created),
        "url": "https://hooks.test/",
        "description": "Second",
        "headers": [{"name": "X-Only", "isMasked": False}],
        "events": ["ping"],
        "isActive": False,
        "updatedAt": LATER,
    }
    assert (await mock.call("GET", path)).json() == changed
    assert (await mock.state())["webhooks"][0]["signingSecret"] == created["signingSecret"]


@pytest.mark.rule("WEBHOOK-SHAPE")
async def test_an_empty_update_moves_the_time_alone(mock: Mock) -> None:
    """ASSUMED; and an empty list of headers takes all of them away."""
    created = await registered(mock, headers=[header()])
    path = f"/webhooks/{created['id']}"
    await mock.advance(10)

    nothing = (await mock.call("PATCH", path, json={})).json()
    bare = (await mock.call("PATCH", path, json={"headers": []})).json()

    assert nothing == {**without_secret(created), "updatedAt": LATER}
    assert bare == {**nothing, "headers": []}


@pytest.mark.rule("WEBHOOK-SHAPE")
async def test_a_webhook_may_begin_switched_off(mock: Mock) -> None:
    """Left out, it is on."""
    off, on = await registered(mock, isActive=False), await registered(mock, isActive=None)

    assert (off["isActive"], on["isActive"]) == (False, True)


@pytest.mark.rule("WEBHOOK-SHAPE")
@pytest.mark.parametrize("reading", ["seconds", "milliseconds"])
async def test_instants_are_printed_as_everywhere(reading: str) -> None:
    """In whole seconds or in milliseconds, by the reading `timestamps`."""
    async with Mock(readings={"timestamps": reading}) as mock:
        answer = (await mock.control.put("/worlds/demo/readings", json={"wire": "envelope"})).status_code
        created = (await mock.call("POST", "/webhooks", json=hook())).json()["data"]

    assert (answer, created["createdAt"]) == (200, NOW if reading == "seconds" else NOW.replace("Z", ".000Z"))
