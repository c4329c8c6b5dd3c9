"""Requests that go wrong as planned: which ones, what comes back, what has happened, and what the journal knows."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver import contract
from mockserver.api.answering import name_of
from mockserver.cli.console import line_of_exchange
from mockserver.errors import Severed
from mockserver.faults import STATUSES
from tests.support import (
    ACME,
    ATS,
    GLOBEX,
    NOWHERE,
    READONLY,
    SCREENING,
    TWO_JOBS,
    Mock,
    agent,
    body,
    candidate,
    company,
    rules_of,
)

FAULTS = "/worlds/demo/faults"
CREATE = {"operation": "createInterview"}
UNANSWERED = ("connection-reset", "lost-answer", "truncated-answer")


async def plan(mock: Mock, kind: str, match: Mapping[str, Any] = CREATE, **row: Any) -> Any:
    response = await mock.control.post(FAULTS, json={"kind": kind, "match": match, **row})
    assert response.status_code == 201, response.text
    return response.json()


async def account(mock: Mock) -> list[tuple[int, int]]:
    """How often each fault was fitted and met."""
    return [(fault["fitted"], fault["met"]) for fault in (await mock.control.get(FAULTS)).json()]


async def create(mock: Mock, **changes: Any) -> int:
    """The status of a create; 0 where its connection ended before the answer was whole."""
    try:
        return (await mock.create(body(**changes))).status_code
    except Severed:
        return 0


async def turns() -> None:
    """Let the loop run until everybody waits for something."""
    for _ in range(100):
        await asyncio.sleep(0)


async def interviews(mock: Mock) -> list[str]:
    return [row["id"] for row in (await mock.state())["interviews"]]


# --- errors


@pytest.mark.parametrize("wire", ["reference", "envelope"])
@pytest.mark.parametrize("status", STATUSES)
async def test_a_planned_error_has_the_vendors_shape(status: int, wire: str) -> None:
    """In the wire in force; nothing is stored, spent or sent, and no rule is claimed."""
    async with Mock(readings={"wire": wire}) as mock:
        fault = await plan(mock, "error", status=status)
        response = await mock.refused(mock.create(), status)
        answer = response.json()
        (entry,) = await mock.requests()
        after = await create(mock)

    if wire == "reference":
        assert (answer["statusCode"], answer["error"]) == (status, name_of(status))
        message = answer["message"]
    else:
        assert (answer["success"], answer["data"]) == (False, None)
        assert answer["error"]["code"].isupper()
        message = answer["error"]["message"]
    assert isinstance(message, str)
    assert response.headers["x-mock-fault"] == fault["id"]
    assert entry["fault"] == {"id": fault["id"], "kind": "error"}
    assert (entry["decided"], entry["held"], entry["operation"]) == ([], [], "createInterview")
    assert (entry["request"]["body"], entry["response"]["body"]) == (body(), answer)
    assert after == 201


TOLD: dict[int, tuple[str, str, str]] = {
    401: ("The provided API key is invalid or has been revoked", "Unauthorized", "INVALID_API_KEY"),
    404: ("Not Found", "Not Found", "RESOURCE_NOT_FOUND"),
    409: ("Conflict", "Conflict", "RESOURCE_CONFLICT"),
    422: ("Unprocessable Entity", "Unprocessable Entity", "UNPROCESSABLE_ENTITY"),
    429: ("Rate limit exceeded", "Too Many Requests", "RATE_LIMIT_EXCEEDED"),
    500: ("Internal server error", "Internal Server Error", "INTERNAL_SERVER_ERROR"),
    503: ("Service Unavailable", "Service Unavailable", "SERVICE_UNAVAILABLE"),
}


@pytest.mark.parametrize("status", TOLD)
async def test_a_planned_error_says_what_its_status_says(status: int) -> None:
    """What the vendor's pages print where they print it, else the name of the status."""
    message, error, code = TOLD[status]
    async with Mock() as bare, Mock(readings={"wire": "envelope"}) as wrapped:
        for mock in (bare, wrapped):
            await plan(mock, "error", status=status)
        plain = (await bare.create()).json()
        enveloped = (await wrapped.create()).json()["error"]

    assert (plain["message"], plain["error"]) == (message, error)
    assert (enveloped["message"], enveloped["code"]) == (message, code)


async def test_a_planned_error_can_say_something_else(mock: Mock) -> None:
    """And ask for patience; one without a word of it has no such header."""
    await plan(mock, "error", message="Down for maintenance until nine", retryAfter=3)
    await plan(mock, "error")

    first, second = await mock.create(), await mock.create()

    assert (first.json()["message"], first.headers["retry-after"]) == ("Down for maintenance until nine", "3")
    assert "retry-after" not in second.headers


async def test_a_planned_401_names_the_scheme_as_the_real_one_does(mock: Mock) -> None:
    """Clients that follow the challenge find it."""
    await plan(mock, "error", status=401)

    planned, real = await mock.create(), await mock.create(key="sk_nobody_at_all")

    assert planned.headers["www-authenticate"] == real.headers["www-authenticate"]
    assert rules_of(planned) == []


@pytest.mark.rule("RATE-LIMIT")
async def test_a_planned_429_is_as_the_real_one() -> None:
    """The same body and headers but for the rule, though hardly a request of the minute has been used."""
    async with Mock(rate_limit="enforce") as exceeded, Mock(rate_limit="observe") as planned:
        for _ in range(60):
            exceeded.world.rates[ACME].count(exceeded.world.now())
        await plan(planned, "error", status=429)
        real, mocked, after = await exceeded.create(), await planned.create(), await planned.create()

    named = {"x-mock-rule", "x-mock-fault", "x-ratelimit-remaining-hour"}
    assert mocked.json() == real.json()
    assert {**mocked.headers, **dict.fromkeys(named)} == {**real.headers, **dict.fromkeys(named)}
    assert (after.status_code, after.headers["x-ratelimit-remaining-minute"]) == (201, "58")


async def test_a_planned_429_may_ask_for_less_patience() -> None:
    """Header and body say the same, without rate limits too."""
    async with Mock(rate_limit="off") as mock:
        await plan(mock, "error", status=429, retryAfter=0)
        response = await mock.create()
        second = int(mock.world.now().timestamp())

    told = {name: response.json()[name] for name in ("retryAfter", "limit", "remaining", "reset")}
    assert told == {"retryAfter": 0, "limit": 60, "remaining": 0, "reset": second}
    assert response.headers["retry-after"] == "0"
    assert not any(name.startswith("x-ratelimit") for name in response.headers)


async def test_an_outage_answers_before_anything_is_judged(mock: Mock) -> None:
    """A key without the scope, a body that is none, a path of nobody; only who has no key of the world is spared."""
    await plan(mock, "error", {}, times=None)

    met = [
        await mock.create(key=READONLY),
        await mock.call("POST", "/interviews", content=b"\xff" * 3_000_000),
        await mock.call("GET", "/nowhere"),
    ]
    stranger = await mock.create(key="sk_nobody_at_all")

    assert [response.status_code for response in met] == [503] * 3
    assert (stranger.status_code, rules_of(stranger)) == (401, ["AUTH-KEY"])
    assert await account(mock) == [(3, 3)]


# --- connections that end


async def test_a_reset_connection_leaves_everything_as_it_was(mock: Mock) -> None:
    """The request has come, nobody has heard of it, and there is no answer."""
    fault = await plan(mock, "connection-reset")
    before = await mock.everything()

    with pytest.raises(ConnectionResetError, match=fault["id"]):
        await mock.create()

    (entry,) = await mock.requests()
    assert await mock.everything() == before
    assert entry["fault"] == {"id": fault["id"], "kind": "connection-reset"}
    assert (entry["operation"], entry["request"]["body"]) == ("createInterview", body())
    assert entry["response"] == {"status": 0, "headers": {}, "body": None}
    assert (entry["decided"], entry["held"]) == ([], [])
    assert await create(mock) == 201


@pytest.mark.parametrize("kind", ["lost-answer", "truncated-answer"])
async def test_what_an_answer_that_did_not_arrive_tells_of_has_happened(mock: Mock, kind: str) -> None:
    """Once: stored, minutes reserved, the event sent. The journal has the whole answer, as no evidence."""
    fault = await plan(mock, kind)

    with pytest.raises(ConnectionResetError, match=fault["id"]):
        await mock.create()

    (entry,), state = await mock.requests(), await mock.state()
    assert [row["id"] for row in state["interviews"]] == [entry["response"]["body"]["id"]]
    assert state["companies"][0]["minutes"]["reserved"] == 30
    assert [event.type for event in mock.world.events] == ["interview.started"]
    assert entry["fault"] == {"id": fault["id"], "kind": kind}
    assert (entry["response"]["status"], entry["decided"]) == (201, [])
    assert {"AUTH-KEY", "BILLING-LIMIT"} <= set(entry["held"])


async def test_a_refusal_can_be_lost_too(mock: Mock) -> None:
    """The journal shows what was decided."""
    await plan(mock, "lost-answer")
    before = await mock.everything()

    assert await create(mock, candidateId=candidate(TWO_JOBS)) == 0

    (entry,) = await mock.requests()
    assert [decided["rule"] for decided in entry["decided"]] == ["JOB-MULTIPLE"]
    assert await mock.everything() == before


async def arrived(mock: Mock, method: str, path: str) -> list[Any]:
    """What a server would have been given to send, where the connection then ends in good order."""
    messages = []
    headers = [(b"authorization", f"Bearer {ACME}".encode())]
    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": headers}

    async def send(message: Any) -> None:
        messages.append(message)

    with pytest.raises(Severed) as severed:
        await mock.app(scope, asyncio.Queue[Any]().get, send)
    assert not severed.value.abruptly
    return messages


async def test_a_truncated_answer_has_its_head_and_a_part_of_its_body() -> None:
    """The same part in every run; the length that it promised is that of the whole."""
    parts = []
    for _ in range(2):
        async with Mock() as mock:
            await plan(mock, "truncated-answer", {"operation": "listAgents"})
            start, part = await arrived(mock, "GET", "/agents")
            whole = mock.world.journal.get((await mock.requests())[0]["id"])
            parts.append(part["body"])

    assert whole is not None
    assert dict(start["headers"])[b"content-length"] == b"%d" % len(whole.answer)
    assert whole.answer.startswith(part["body"])
    assert 0 < len(part["body"]) < len(whole.answer)
    assert (part["more_body"], parts[0]) == (True, parts[1])


@pytest.mark.parametrize(("method", "path"), [("HEAD", "/agents"), ("DELETE", "/webhooks/{id}")], ids=["HEAD", "204"])
async def test_an_answer_without_a_body_cannot_be_cut_off_in_it(mock: Mock, method: str, path: str) -> None:
    """Nothing of it arrives."""
    made = await mock.call("POST", "/webhooks", json={"url": "http://127.0.0.1:9/hook", "events": ["ping"]})
    await plan(mock, "truncated-answer", {})

    assert await arrived(mock, method, path.format(id=made.json()["id"])) == []
    assert await account(mock) == [(1, 1)]


# --- latency


async def test_a_late_answer_is_whole(mock: Mock) -> None:
    """It is the handler's own, so many real seconds later."""
    fault = await plan(mock, "latency", seconds=0.1)

    began = time.perf_counter()
    response = await mock.create()
    taken = time.perf_counter() - began

    (entry,) = await mock.requests()
    assert (response.status_code, response.headers["x-mock-fault"]) == (201, fault["id"])
    assert (entry["fault"], entry["ms"] >= 100, taken >= 0.1) == ({"id": fault["id"], "kind": "latency"}, True, True)


async def test_what_is_answered_late_has_happened_at_once(mock: Mock) -> None:
    """Others see it, while its client waits."""
    await plan(mock, "latency", seconds=60)

    late = asyncio.create_task(mock.create())
    await turns()

    assert len(await interviews(mock)) == 1
    assert late.cancel()


@pytest.mark.parametrize(("kind", "status"), [("error", 503), *((kind, 0) for kind in UNANSWERED)])
async def test_latency_goes_together_with_every_other_fault(mock: Mock, kind: str, status: int) -> None:
    """Both are met by the same request; the other one is to blame for its answer."""
    for each in ("latency", kind, kind, "latency"):
        options: dict[str, Any] = {"seconds": 0.05} if each == "latency" else {}
        await plan(mock, each, **options)
    began = time.perf_counter()

    answered = [await create(mock), await create(mock), await create(mock)]

    assert answered == [status, status, 201]
    assert time.perf_counter() - began >= 0.1
    assert await account(mock) == [(3, 1)] * 4
    assert [entry["fault"] and entry["fault"]["kind"] for entry in await mock.requests()] == [kind, kind, None]


async def test_a_request_that_outlives_its_world_counts_for_nobody(mock: Mock) -> None:
    """The ids of a world begin again with its reset, so that the next faults are called as the last were."""
    before = [await plan(mock, "latency", seconds=0.1), await plan(mock, "lost-answer")]
    late = asyncio.create_task(create(mock))
    await turns()

    await mock.control.post("/worlds/demo/reset")
    after = [await plan(mock, "latency"), await plan(mock, "lost-answer")]
    status = await late

    assert [fault["id"] for fault in before] == [fault["id"] for fault in after]
    assert (status, await account(mock)) == (0, [(0, 0), (0, 0)])


# --- which requests


@pytest.mark.parametrize("id", contract.operations())
async def test_a_fault_knows_an_operation_as_the_handler_does(mock: Mock, id: str) -> None:
    """By method and path, whatever else is wrong with the request."""
    operation = contract.operations()[id]
    path = operation.path.replace("{id}", NOWHERE).replace("{attemptId}", NOWHERE)
    heard = await mock.call(operation.method, path, ATS)
    await plan(mock, "error", {"operation": id}, times=None)
    befallen = await mock.call(operation.method, path, ATS)

    assert "x-mock-fault" not in heard.headers
    assert befallen.status_code == 503
    assert [entry["operation"] for entry in await mock.requests()] == [id, id]


NO_OPERATION = [
    ("GET", "/"),
    ("OPTIONS", "*"),
    ("PUT", "/interviews"),
    ("GET", "/interviews/"),
    ("GET", "/nowhere/1"),
    ("GET", "/interviews/1/2"),
    ("POST", "/jobs/url"),
]


@pytest.mark.parametrize(("method", "path"), NO_OPERATION, ids=" ".join)
def test_some_requests_are_of_no_operation(method: str, path: str) -> None:
    """So that none that is bound to an operation strikes them."""
    assert contract.operation_of(method, path) is None


def test_an_alias_is_of_the_same_operation() -> None:
    """Companies have two paths."""
    assert contract.operation_of("PATCH", "/companies/1") == contract.operation_of("PATCH", "/company/1")


TURNS: list[tuple[str, list[dict[str, Any]], list[int]]] = [
    ("the next one", [{}], [503, 201, 201, 201]),
    ("the second", [{"match": {"nth": 2}}], [201, 503, 201, 201]),
    ("two in a row", [{"times": 2}], [503, 503, 201, 201]),
    ("from the third on", [{"match": {"nth": 3}, "times": None}], [201, 201, 503, 503]),
    ("a script", [{"match": {"nth": n}, "status": s} for n, s in ((1, 500), (2, 429), (4, 502))], [500, 429, 201, 502]),
    ("a queue", [{"status": 500}, {"status": 502, "times": 2}, {"status": 504}], [500, 502, 502, 504]),
    ("never left room for", [{"times": None}, {"status": 500}], [503, 503, 503, 503]),
    ("put off", [{"times": 2}, {"match": {"nth": 2}, "status": 500}], [503, 503, 500, 201]),
]


@pytest.mark.parametrize(("rows", "statuses"), [row[1:] for row in TURNS], ids=[row[0] for row in TURNS])
async def test_whose_turn_it_is(mock: Mock, rows: list[dict[str, Any]], statuses: list[int]) -> None:
    """Counted by arrival, whatever befalls the request; of several, the one planned first goes first."""
    for row in rows:
        await plan(mock, "error", **{**row, "match": {**CREATE, **row.get("match", {})}})

    answered = []
    for _ in statuses:
        answered.append(await create(mock))
        await mock.call("GET", "/agents")  # is not counted

    assert answered == statuses
    assert [fitted for fitted, _ in await account(mock)] == [len(statuses)] * len(rows)


async def test_of_requests_at_once_the_nth_to_arrive_is_struck(mock: Mock) -> None:
    """Though its predecessors are not answered yet."""
    await plan(mock, "latency", times=None, seconds=0.05)
    await plan(mock, "lost-answer", {**CREATE, "nth": 3}, times=2)

    answered = await asyncio.gather(*(create(mock) for _ in range(6)))

    assert answered == [201, 201, 0, 0, 201, 201]
    assert len(await interviews(mock)) == 6


async def test_a_fault_can_be_bound_to_a_company(mock: Mock) -> None:
    """That of the key; of an ATS key's the one that it names, which here is nobody's."""
    await plan(mock, "error", {"companyId": company(GLOBEX)}, times=None)

    answered = [
        (await mock.call("GET", "/agents", key, params=params)).status_code
        for key, params in (
            (ACME, {}),
            (GLOBEX, {}),
            (ATS, {"companyId": company(ACME)}),
            (ATS, {"companyId": company(GLOBEX).upper()}),
            (ATS, {}),
        )
    ]

    assert answered == [200, 503, 200, 503, 400]


async def test_the_key_of_a_deleted_company_speaks_for_none(mock: Mock) -> None:
    """Its world is known all the same."""
    await plan(mock, "error", {"companyId": company(GLOBEX)})
    await plan(mock, "error", {}, status=500)
    mock.world.keys.pop(GLOBEX)

    assert (await mock.call("GET", "/agents", GLOBEX)).status_code == 500


async def test_faulty_requests_are_counted_as_others_are(mock: Mock) -> None:
    """By the rate limits, and in the journal."""
    await plan(mock, "error", times=2)

    responses = [await mock.create() for _ in range(3)]

    assert [response.headers["x-ratelimit-remaining-minute"] for response in responses] == ["59", "58", "57"]
    assert len(await mock.requests()) == 3


# --- planning and forgetting


REFUSED = [
    ({"kind": "eror"}, "/kind", "did you mean error?"),
    ({"match": {"operation": "createInterviews"}}, "/match/operation", "did you mean createInterview?"),
    ({"match": {"operation": "POST /interviews"}}, "/match/operation", "is no operation of /openapi.json"),
    ({"match": {"event": "ping"}}, "/match/event", "is no attribute of a request: operation, companyId, nth"),
    ({"match": {"companyId": NOWHERE}}, "/match/companyId", f"there is no company {NOWHERE}"),
    ({"status": 418}, "/status", "one of 400, 401, 403"),
    ({"status": 200}, "/status", "one of 400"),
    ({"status": 503.5}, "/status", "not 503.5"),
    ({"retryAfter": -1}, "/retryAfter", "0 to 86400 seconds, not -1"),
    ({"retryAfter": 0.5}, "/retryAfter", "a whole number of seconds"),
    ({"seconds": 1}, "/seconds", "is no option of error: status, retryAfter, message"),
    ({"message": ""}, "/message", ""),
    ({"message": 1}, "/message", ""),
    ({"kind": "latency", "seconds": 61}, "/seconds", "0.001 to 60 real seconds, not 61"),
    ({"kind": "latency", "message": "slow"}, "/message", "is no option of latency: seconds"),
    ({"kind": "lost-answer", "status": 500}, "/status", "is no option of lost-answer: there are none"),
]


@pytest.mark.parametrize(("row", "at", "says"), REFUSED, ids=[f"{at} {says}" for _, at, says in REFUSED])
async def test_what_could_never_take_effect_is_refused(mock: Mock, row: dict[str, Any], at: str, says: str) -> None:
    """At once, with the place of the mistake and what there is instead."""
    response = await mock.control.post(FAULTS, json={"kind": "error", **row})

    error = response.json()["error"]
    assert (response.status_code, error["details"]) == (400, {"at": at})
    assert says in error["message"]
    assert await account(mock) == []


async def test_a_fault_is_shown_with_its_options_and_account(mock: Mock) -> None:
    """As it was planned, with defaults where there are any."""
    plain = await plan(mock, "error")
    wordy = await plan(mock, "error", {"companyId": company()}, message="No", retryAfter=9, status=429, times=None)

    unmet = {"times": 1, "fitted": 0, "struck": 0, "met": 0}
    options = {"status": 429, "retryAfter": 9, "message": "No", "times": None}
    assert plain == {**unmet, "id": plain["id"], "kind": "error", "match": {**CREATE, "nth": 1}, "status": 503}
    match = {"companyId": company(), "nth": 1}
    assert wordy == {**unmet, "id": wordy["id"], "kind": "error", "match": match, **options}


async def test_forgotten_faults_strike_nothing(mock: Mock) -> None:
    """One by one, or all."""
    one, _ = [await plan(mock, "error", times=None, status=status) for status in (500, 502)]

    answered = [await create(mock)]
    await mock.control.delete(f"{FAULTS}/{one['id']}")
    answered.append(await create(mock))
    await mock.control.delete(FAULTS)
    answered.append(await create(mock))

    assert answered == [500, 502, 201]


async def test_the_terminal_names_the_fault(mock: Mock) -> None:
    """Beside the rules, if any were met."""
    await plan(mock, "connection-reset")
    await plan(mock, "lost-answer")
    for job in (None, NOWHERE):
        await create(mock, jobId=job)

    lines = [line_of_exchange(exchange).split() for exchange in mock.world.journal]

    assert [line[2:4] for line in lines] == [["-", "connection-reset"], ["400", "JOB-ASSIGNED,lost-answer"]]


# --- any plan of faults, and clients that try again

REQUEST_KINDS = ("error", *UNANSWERED)
plans = st.lists(
    st.fixed_dictionaries(
        {"kind": st.sampled_from(REQUEST_KINDS), "nth": st.integers(1, 4), "times": st.integers(1, 3)},
        optional={"operation": st.sampled_from(["createInterview", "listInterviews", "createJob"])},
    ),
    max_size=5,
)


async def planned(mock: Mock, rows: list[dict[str, Any]]) -> None:
    await mock.control.post("/worlds/demo/reset")
    for row in rows:
        match = {name: value for name, value in row.items() if name in ("operation", "nth")}
        await plan(mock, row["kind"], match, times=row["times"])


def decided(entry: dict[str, Any]) -> str:
    return entry["fault"]["kind"] if entry["fault"] else str(entry["response"]["status"])


@settings(max_examples=60)
@given(rows=plans, wishes=st.lists(st.booleans(), min_size=1, max_size=6))
def test_every_create_happens_wholly_or_not_at_all(rows: list[dict[str, Any]], wishes: list[bool]) -> None:
    """Stored, reserved and told of are those that were answered well or lost on the way back, each once; no others."""

    async def run() -> None:
        async with Mock() as mock:
            await planned(mock, rows)
            for is_good in wishes:
                await create(mock, agentId=agent(SCREENING) if is_good else NOWHERE)
            entries, state = await mock.requests(), await mock.state()

            happened = [
                entry["response"]["body"]["id"]
                for entry, is_good in zip(entries, wishes, strict=True)
                if is_good and decided(entry) in {"201", "lost-answer", "truncated-answer"}
            ]
            assert [row["id"] for row in state["interviews"]] == happened
            assert state["companies"][0]["minutes"]["reserved"] == 30 * len(happened)
            assert [event.data["interviewId"] for event in mock.world.events] == happened

    asyncio.run(run())


async def blindly(mock: Mock, name: str) -> None:
    """Create, until an answer says that it is done."""
    while await create(mock, metadata={"name": name}) != 201:
        pass


async def carefully(mock: Mock, name: str) -> None:
    """Create, but look first whether it is there, wherever the last answer left that open."""
    while (status := await create(mock, metadata={"name": name})) != 201:
        if status == 0 and name in await names(mock):
            return


async def names(mock: Mock) -> list[str]:
    """What the interviews are called, as a client learns it; it asks until it is told."""
    while True:
        try:
            answer = await mock.call("GET", "/interviews")
        except Severed:
            continue
        if answer.status_code == 200:
            return [row["metadata"]["name"] for row in answer.json()["data"]]


@settings(max_examples=60)
@given(rows=plans)
def test_who_looks_before_trying_again_creates_once_and_who_does_not_creates_twice(rows: list[dict[str, Any]]) -> None:
    """Whatever goes wrong: so a test can tell the two apart."""

    async def run() -> None:
        async with Mock() as mock:
            await planned(mock, rows)
            for name in ("one", "two"):
                await carefully(mock, name)
            made = [row["metadata"]["name"] for row in (await mock.state())["interviews"]]
            assert made == ["one", "two"]

            await planned(mock, rows)
            await blindly(mock, "three")
            lost = [decided(entry) in {"lost-answer", "truncated-answer"} for entry in await mock.requests()]
            assert len(await interviews(mock)) == 1 + sum(lost)

    asyncio.run(run())
