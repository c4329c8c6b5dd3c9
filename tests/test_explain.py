"""The journal explains each exchange: which rule decided, where the documents say so, and what would pass."""

from typing import Any

import pytest

from mockserver.explain import shown
from mockserver.rulebook import RULES
from tests.support import (
    ACME,
    TWO_JOBS,
    Mock,
    body,
    candidate,
    inline_with,
    job,
)


async def last(mock: Mock) -> Any:
    return (await mock.requests())[-1]


@pytest.mark.rule("JOB-MULTIPLE")
async def test_a_refusal_is_explained_with_its_source(mock: Mock) -> None:
    """Rule, statement, both labels of evidence, the line of the page, what was sent, what would pass."""
    response = await mock.create(body(candidateId=candidate(TWO_JOBS)))

    entry = await last(mock)
    (decided,) = entry["decided"]
    assert entry["id"] == response.headers["x-mock-request-id"]
    assert (decided["rule"], decided["evidence"], decided["statusEvidence"]) == (
        *("JOB-MULTIPLE", "DOCUMENTED", "DOCUMENTED"),
    )
    assert decided["message"] == response.json()["message"]
    assert (decided["source"][0]["page"], decided["source"][0]["line"]) == ("create-interview", 353)
    assert len(decided["source"][0]["sha256"]) == 64
    assert (decided["at"], decided["sent"]) == ("/jobId", None)
    assert decided["fix"] == f"add jobId: {job(1)} or {job(2)}"
    assert decided["statement"] == RULES["JOB-MULTIPLE"].statement


async def test_an_exchange_is_told_in_full(mock: Mock) -> None:
    """What was asked and answered, when, by which operation."""
    response = await mock.call("POST", "/interviews?companyId=x", json=body(nickname="Jo"))

    entry = await last(mock)
    assert {name: entry[name] for name in ("at", "method", "path", "query", "operation")} == {
        "at": "2024-01-16T10:30:00.000Z",
        "method": "POST",
        "path": "/interviews",
        "query": "companyId=x",
        "operation": "createInterview",
    }
    assert entry["request"]["body"] == body(nickname="Jo")
    assert (entry["response"]["status"], entry["response"]["body"]) == (201, response.json())
    assert entry["response"]["headers"]["content-type"] == "application/json; charset=utf-8"
    assert entry["ms"] >= 0
    assert entry["decided"] == []


async def test_every_fault_of_the_shape_is_explained(mock: Mock) -> None:
    """In the order of the answer, each with the value that was sent and the reading that switches it."""
    await mock.create(inline_with("candidate.email", "jane") | {"scheduleTime": "soon"})

    decided = (await last(mock))["decided"]
    assert [each["rule"] for each in decided] == ["CANDIDATE-CONTACT", "SCHEDULE-FORMAT"]
    assert [each["sent"] for each in decided] == ["jane", "soon"]
    assert [each["at"] for each in decided] == ["/candidate/email", "/scheduleTime"]
    assert [each["reading"] for each in decided] == [None, "naive_schedule"]


async def test_the_rules_that_held_are_told_in_the_rulebooks_order(mock: Mock) -> None:
    """Those in code and those of the schema, each once; the one that refused is not among them."""
    await mock.create(inline_with("candidate.email", "jane@example.com"))
    good = await last(mock)
    await mock.create(body(candidateId=candidate(TWO_JOBS)))
    bad = await last(mock)

    order = list(RULES)
    for entry in (good, bad):
        assert entry["held"] == sorted(set(entry["held"]), key=order.index)
    assert {"AUTH-KEY", "BODY-JSON", "FIELD-TYPE", "CANDIDATE-CONTACT", "GDPR-DATE"} <= set(good["held"])
    assert "BILLING-LIMIT" in good["held"]
    assert "JOB-MULTIPLE" not in bad["held"]
    assert "BILLING-LIMIT" not in bad["held"]
    assert "CANDIDATE-EXISTS" in bad["held"]


async def test_a_rule_that_refused_one_field_did_not_hold_for_another(mock: Mock) -> None:
    """The phone number is good, the address is not: the rule of both refused."""
    given = inline_with("candidate.email", "jane")
    given["candidate"]["phoneNumber"] = "+421915123456"

    await mock.create(given)

    entry = await last(mock)
    assert [each["rule"] for each in entry["decided"]] == ["CANDIDATE-CONTACT"]
    assert "CANDIDATE-CONTACT" not in entry["held"]
    assert "CANDIDATE-REQUIRED" in entry["held"]


async def test_a_request_that_is_refused_early_held_little(mock: Mock) -> None:
    """What was not judged is not said to have held; what could not be read has no fields."""
    await mock.call("POST", "/interviews", content=b"{", headers={"Content-Type": "application/json"})

    entry = await last(mock)
    assert {"AUTH-KEY", "AUTH-SCOPE", "RATE-LIMIT", "BODY-SIZE", "BODY-MEDIA"} <= set(entry["held"])
    assert not {"BODY-JSON", "FIELD-TYPE", "CANDIDATE-XOR", "BILLING-LIMIT"} & set(entry["held"])
    assert (entry["request"]["body"], entry["unread"], entry["unseen"]) == ("{", [], [])
    assert entry["decided"][0]["sent"] is None


@pytest.mark.rule("UNKNOWN-FIELDS", "JOB-SHAPE")
async def test_fields_that_nobody_read_and_values_not_seen_are_named(mock: Mock) -> None:
    """Of a good request too: this is where a typing mistake shows."""
    given = body(job={"title": "Baker", "experince": "SENIOR", "contractType": "PART_TIME"}, scheduledTime=None)

    assert (await mock.create(given)).status_code == 201

    entry = await last(mock)
    assert entry["unread"] == ["/job/experince", "/scheduledTime"]
    assert entry["unseen"] == [{"at": "/job/contractType", "value": "PART_TIME"}]


async def test_a_body_that_is_no_text_is_shown_as_far_as_it_is_one(mock: Mock) -> None:
    """The journal is JSON, whatever was sent."""
    await mock.call("POST", "/interviews", content=b"\xff{", headers={"Content-Type": "application/json"})
    await mock.call("GET", "/interviews")

    bad, good = (await mock.requests())[-2:]
    assert (bad["request"]["body"], good["request"]["body"]) == ("\ufffd{", None)


SECRETS = [
    pytest.param(b"authorization", "Bearer sk_test_acme", "Bearer sk_…acme", id="a key"),
    pytest.param(b"Authorization", "bearer sk_test_acme", "bearer sk_…acme", id="any case"),
    pytest.param(b"authorization", "Bearer short", "Bearer …", id="one too short to be shown in part"),
    pytest.param(b"authorization", "Bearer sk_test_acme sk_test_globex", "Bearer sk_…obex", id="two keys"),
    pytest.param(b"authorization", "sk_test_acme", "sk_…acme", id="no scheme"),
    pytest.param(b"authorization", "sk_test_acme sk_test_globex", "sk_…obex", id="a key in place of the scheme"),
    pytest.param(b"authorization", "Bearer", "Bearer …", id="a scheme alone"),
    pytest.param(b"authorization", "", "…", id="nothing"),
    pytest.param(b"cookie", "session=0123456789abcdef", "ses…cdef", id="a cookie"),
    pytest.param(b"x-api-key", "sk_test_acme", "sk_…acme", id="a key in another header"),
    pytest.param(b"accept", "application/json", "application/json", id="what is no secret"),
]


@pytest.mark.parametrize(("name", "value", "expected"), SECRETS)
def test_keys_are_shortened(name: bytes, value: str, expected: str) -> None:
    """First three and last four characters, wherever in the header they stand."""
    assert shown(name, value) == expected


@pytest.mark.rule("AUTH-KEY")
async def test_no_key_is_in_the_journal_in_full(mock: Mock) -> None:
    """Neither in the world's nor in the one for requests that no key could place."""
    await mock.create()
    for header in ("Bearer sk_test_secret_one", "sk_test_secret_two", "Bearer sk_test_secret_one sk_test_secret_two"):
        await mock.call("GET", "/interviews", None, headers={"Authorization": header})

    lobby = (await mock.control.get("/requests")).json()
    assert len(lobby) == 3
    assert {entry["decided"][0]["rule"] for entry in lobby} == {"AUTH-KEY"}
    assert "sk_test_secret" not in str(lobby)
    assert ACME not in str(await mock.requests())


async def test_paths_and_methods_are_journalled_as_well(mock: Mock) -> None:
    """They belong to no operation."""
    await mock.call("GET", "/nowhere")
    await mock.call("PUT", "/interviews")

    routes = (await mock.requests())[-2:]
    assert [entry["decided"][0]["rule"] for entry in routes] == ["ROUTE", "METHOD"]
    assert [(entry["operation"], entry["held"]) for entry in routes] == [(None, []), (None, [])]
    assert routes[1]["decided"][0]["fix"] == "use GET, POST"
