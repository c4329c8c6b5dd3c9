"""The reading `wire`: bare bodies, or the envelope of the guides."""

from typing import Any

import pytest

from tests.support import (
    ACME,
    INITECH,
    NOWHERE,
    READONLY,
    Mock,
    agent,
    body,
    candidate,
)


async def test_answers_are_bare_or_in_the_envelope() -> None:
    """The interview itself, or `data` beside success, error and timestamp."""
    async with Mock() as plain, Mock(readings={"wire": "envelope"}) as wrapped:
        bare, answer = (await plain.create()).json(), (await wrapped.create()).json()
        page = (await wrapped.call("GET", "/interviews?limit=1")).json()

    assert answer == {"success": True, "data": bare, "error": None, "timestamp": "2024-01-16T10:30:00.000Z"}
    pagination = {"total": 1, "page": 1, "limit": 1, "totalPages": 1, "hasNextPage": False, "hasPreviousPage": False}
    assert page["data"] == {"items": [bare], "pagination": pagination}


CODES = [
    # request                                                           status  code
    pytest.param({"key": "sk_test_nobody"}, 401, "INVALID_API_KEY", id="a key that nobody knows"),
    pytest.param({"key": READONLY}, 403, "INSUFFICIENT_PERMISSIONS", id="a scope"),
    pytest.param({"json": body(candidateId=candidate(1, INITECH))}, 403, "RESOURCE_ACCESS_DENIED", id="a stranger"),
    pytest.param({"json": body(candidateId=NOWHERE)}, 404, "RESOURCE_NOT_FOUND", id="nowhere"),
    pytest.param({"json": body(candidateId=candidate(2))}, 400, "VALIDATION_ERROR", id="a rule of the job"),
    pytest.param({"json": body(isTest=1)}, 400, "VALIDATION_ERROR", id="the shape"),
    pytest.param({"content": b"{"}, 400, "VALIDATION_ERROR", id="no JSON"),
    pytest.param(
        {"key": INITECH, "json": {"candidateId": candidate(1, INITECH), "agentId": agent(1, INITECH)}},
        403,
        "BILLING_LIMIT_EXCEEDED",
        id="no minutes",
    ),
    pytest.param({"method": "PUT"}, 405, "METHOD_NOT_ALLOWED", id="a method"),
    pytest.param({"path": "/nowhere"}, 404, "RESOURCE_NOT_FOUND", id="a path"),
    pytest.param({"method": "POST", "path": "/api-keys"}, 501, "NOT_IMPLEMENTED", id="what is not built"),
    pytest.param({"content": b" " * 2_000_000}, 413, "PAYLOAD_TOO_LARGE", id="a large body"),
    pytest.param({"headers": {"Content-Type": "text/plain"}}, 415, "UNSUPPORTED_MEDIA_TYPE", id="a medium"),
]


@pytest.mark.parametrize(("request_", "status", "code"), CODES)
async def test_a_refusal_in_the_envelope_has_a_code(request_: dict[str, Any], status: int, code: str) -> None:
    """The public ones where a page names them; everything else of the envelope is as on success."""
    options = {"method": "POST", "path": "/interviews", "key": ACME, **request_}
    options["headers"] = {"Content-Type": "application/json", **options.get("headers", {})}
    if not options.keys() & {"json", "content"}:
        options["content"] = b"{}"
    async with Mock(readings={"wire": "envelope"}) as mock:
        before = await mock.everything()
        response = await mock.call(**options)
        assert await mock.everything() == before

    answer = response.json()
    assert (response.status_code, answer["error"]["code"]) == (status, code)
    assert answer.keys() == {"success", "data", "error", "timestamp"}
    assert (answer["success"], answer["data"]) == (False, None)
    assert answer["error"].keys() == {"code", "message", "details"}
    assert isinstance(answer["error"]["message"], str)


async def test_details_in_the_envelope_say_what_was_wrong_or_missing() -> None:
    """Each fault of the shape with its path; the kind and the id of what does not exist; the rate."""
    async with Mock(readings={"wire": "envelope"}, rate_limit="enforce") as mock:
        shape = (await mock.create(body(isTest=1, scheduleTime="soon"))).json()["error"]
        missing = (await mock.create(body(agentId=NOWHERE))).json()["error"]
        other = (await mock.create(body(candidateId=candidate(2)))).json()["error"]
        for _ in range(60):
            mock.world.rates[ACME].count(mock.world.now())
        often = (await mock.create()).json()["error"]

    assert [fault["path"] for fault in shape["details"]["errors"]] == ["isTest", "scheduleTime"]
    assert shape["message"].count("; ") == 1
    assert missing["details"] == {"resourceType": "Agent", "resourceId": NOWHERE}
    assert (other["details"], often["code"], often["details"]["limit"]) == (None, "RATE_LIMIT_EXCEEDED", 60)


async def test_requests_that_no_world_can_be_found_for_have_the_readings_of_the_start() -> None:
    """A stranger's refusal comes in the envelope as well."""
    async with Mock(readings={"wire": "envelope"}) as mock:
        answer = (await mock.call("GET", "/interviews", None)).json()

    assert answer["error"]["code"] == "INVALID_API_KEY"
