"""The reading `wire`: bare bodies, or the envelope of the guides, of every operation."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from mockserver import contract
from mockserver.contract import Operation
from tests.support import (
    ACME,
    ATS,
    INITECH,
    INLINE_AGENT,
    INLINE_CANDIDATE,
    INLINE_JOB,
    NOW,
    NOWHERE,
    PHONE,
    READONLY,
    Mock,
    agent,
    body,
    candidate,
    company,
    demo,
    rules_of,
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


# --- Every operation, in both wires: the same payload, the same refusals

OPERATIONS = contract.operations()
NO_SCOPES = "sk_test_acme_nothing"


def unwrapped(answer: Any) -> Any:
    """The payload of an envelope, a page in the reference's shape."""
    assert answer.keys() == {"success", "data", "error", "timestamp"}
    assert (answer["success"], answer["error"], answer["timestamp"]) == (True, None, NOW.replace("Z", ".000Z"))
    data = answer["data"]
    if not isinstance(data, dict) or data.keys() != {"items", "pagination"}:
        return data
    page = dict(data["pagination"])
    assert page.pop("hasNextPage") == (page["page"] < page["totalPages"])
    assert page.pop("hasPreviousPage") == (page["page"] > 1)
    return {"data": data["items"], **page}


class Teller:
    """Calls operations by name and keeps what was answered."""

    def __init__(self, mock: Mock) -> None:
        self.mock, self.answers = mock, list[tuple[str, int, Any]]()

    async def __call__(self, name: str, json: Any = None, query: str = "", key: str = ACME, **ids: str) -> Any:
        operation = OPERATIONS[name]
        path = operation.path.format(**ids) + query
        sent = {} if json is None else {"json": json}
        response = await self.mock.call(operation.method, path, key, **sent)
        assert response.status_code < 300, (name, response.text)
        answer = response.json() if response.content else None
        if answer is not None and self.mock.world.readings.wire == "envelope":
            answer = unwrapped(answer)
        self.answers.append((name, response.status_code, answer))
        return answer


async def everything_once(tell: Teller) -> None:
    """Each operation succeeds at least once; lists also with a second page, and empty."""
    own = {"id": candidate(1)}
    test = await tell("createInterview", body(isTest=True, metadata={"note": "x"}))
    call = await tell("createInterview", body(agentId=agent(PHONE), scheduleTime="2024-01-20T14:00:00Z"))
    for name in ("getInterview", "getAnalysisPdf"):
        await tell(name, id=test["id"])
    for query in ("", "?limit=1&page=2", "?status=CANCELLED"):
        await tell("listInterviews", query=query)
    await tell("createCallAttempt", {"scheduledAt": "2024-01-21T14:00:00Z"}, id=call["id"])
    attempt = (await tell("getInterview", id=call["id"]))["callAttempts"][-1]["id"]
    await tell("rescheduleCallAttempt", {"scheduledAt": "2024-01-22T14:00:00Z"}, id=call["id"], attemptId=attempt)
    await tell("deleteCallAttempt", id=call["id"], attemptId=attempt)
    for name in ("listCandidateInterviews", "listCandidateAnalyses"):
        await tell(name, **own)
    for word, made, change in (
        ("Job", {**INLINE_JOB, "description": "Builds and mends."}, {"title": "Builder"}),
        ("Agent", INLINE_AGENT, {"name": "Other talk"}),
        ("Candidate", INLINE_CANDIDATE, {"firstName": "Joan"}),
    ):
        id = (await tell(f"create{word}", made))["id"]
        await tell(f"list{word}s", query="?limit=2")
        await tell(f"get{word}", id=id)
        await tell(f"update{word}", change, id=id)
        await tell(f"delete{word}", id=id)
    await tell("deleteInterview", id=call["id"])
    for name in ("listPhoneNumbers", "getBillingUsage", "listCompanies"):
        await tell(name)
    made = (await tell("createCompany", {"name": "Umbrella"}, key=ATS))["id"]
    await tell("getCompany", key=ATS, id=made)
    await tell("updateCompany", {"metadata": {"tier": 1}}, key=ATS, id=made)
    await tell("deleteCompany", key=ATS, id=made)
    await about_webhooks(tell)


async def about_webhooks(tell: Teller) -> None:
    hook = (await tell("createWebhook", {"url": "http://127.0.0.1:9/hook", "events": [2]}))["id"]
    await tell("testWebhook", id=hook)
    await tell("listWebhooks")
    await tell("updateWebhook", {"events": ["INTERVIEW_FAILED"]}, id=hook)
    for name in ("testWebhook", "resetWebhookCircuit", "getWebhook", "deleteWebhook"):
        await tell(name, id=hook)


@pytest.mark.rule("PAGINATION", "RESPONSE-SHAPE", "WEBHOOK-TEST")
async def test_the_envelope_holds_what_the_bare_answer_is() -> None:
    """The same calls in two worlds of one seed: status and payload are the same, for every operation there is."""
    async with Mock() as plain, Mock(readings={"wire": "envelope"}) as wrapped:
        bare, enveloped = Teller(plain), Teller(wrapped)
        await everything_once(bare)
        await everything_once(enveloped)

    assert {name for name, *_ in bare.answers} == OPERATIONS.keys()
    assert enveloped.answers == bare.answers


def spoilt(operation: Operation) -> Iterator[tuple[str, dict[str, Any]]]:
    """Requests of an operation that are refused: a word for why, and the request."""
    ids = dict.fromkeys(("id", "attemptId"), NOWHERE)
    path = operation.path.format(**ids)
    more: dict[str, Any] = {"json": {}} if operation.body else {}
    yield "no key", {"path": path, "key": None, **more}
    if operation.spec["x-scopes"]:
        yield "no scope", {"path": path, "key": NO_SCOPES, **more}
    if "{id}" in operation.path:
        yield "no id", {"path": operation.path.format(id="x", attemptId="x"), **more}
        yield "nowhere", {"path": path, **({"json": example_of(operation)} if operation.body else {})}
    if operation.body:
        yield "no JSON", {"path": path, "content": b"{", "headers": {"Content-Type": "application/json"}}
        yield "no object", {"path": path, "json": []}
        yield "no medium", {"path": path, "content": b"{}"}
        yield "no shape", {"path": path, "json": {field: [{}] for field in properties_of(operation.body)}}
    if "totalPages" in str(operation.spec["responses"]["200" if operation.method == "GET" else "400"]):
        yield "no page", {"path": f"{path}?page=0&limit=101"}
    yield "no company", {"path": path, "key": ATS, **more}
    yield "a foreign company", {"path": f"{path}?companyId={company(INITECH)}", "key": ATS, **more}
    yield "no method", {"path": path, "method": "PUT"}


def example_of(operation: Operation) -> Any:
    examples = operation.spec["requestBody"]["content"]["application/json"]["examples"]
    return next(iter(map(contract.resolved, examples.values())))["value"]


def properties_of(schema: Any) -> set[str]:
    schema = contract.resolved(schema)
    inner = (properties_of(part) for part in schema.get("allOf", ()))
    return set(schema.get("properties", {})).union(*inner)


@pytest.mark.rule("AUTH-KEY", "AUTH-SCOPE", "KEY-ATS", "BODY-JSON", "BODY-MEDIA", "QUERY-SHAPE", "METHOD")
@pytest.mark.parametrize("name", OPERATIONS)
async def test_a_refusal_is_the_same_in_both_wires(name: str) -> None:
    """Same status, rules and headers; the envelope's text holds the bare one's, with a code and details."""
    operation = OPERATIONS[name]
    keys = [*demo()["keys"], {"key": NO_SCOPES, "companyId": company(), "scopes": []}]
    plain_world, wrapped_world = demo(keys=keys), demo(keys=keys, readings={"wire": "envelope"})
    async with Mock(worlds=[plain_world], clock=NOW) as plain, Mock(worlds=[wrapped_world], clock=NOW) as wrapped:
        wrapped.app.universe.worlds.lobby.readings = wrapped.world.readings  # where requests without a key stand
        before = await plain.everything(), await wrapped.everything()
        for why, request in spoilt(operation):
            asked = {"method": operation.method, **request}
            bare, enveloped = await plain.call(**asked), await wrapped.call(**asked)
            if "company" in why and bare.status_code == 200:  # it is about what a key has, not about one company
                assert unwrapped(enveloped.json()) == bare.json()
            else:
                held_to_the_same(why, bare, enveloped)
        assert (await plain.everything(), await wrapped.everything()) == before


def held_to_the_same(why: str, bare: httpx2.Response, enveloped: httpx2.Response) -> None:
    assert bare.status_code >= 400, why
    assert (enveloped.status_code, rules_of(enveloped)) == (bare.status_code, rules_of(bare)), why
    ours = {name: value for name, value in bare.headers.items() if name not in ("content-length", "x-mock-request-id")}
    assert ours.items() <= enveloped.headers.items(), why
    plain, answer = bare.json(), enveloped.json()
    assert plain.keys() == {"statusCode", "message", "error"}, why
    assert answer.keys() == {"success", "data", "error", "timestamp"}, why
    assert (answer["success"], answer["data"]) == (False, None), why
    error, message = answer["error"], plain["message"]
    assert error.keys() == {"code", "message", "details"}, why
    assert error["code"].isupper(), why
    assert error["details"] is None or isinstance(error["details"], dict), why
    if rules_of(bare) != ["AUTH-SCOPE"]:  # the one text that the documents give for each wire
        assert error["message"] == (message if isinstance(message, str) else "; ".join(message)), why
