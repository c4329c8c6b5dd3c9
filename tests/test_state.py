"""State put back: exactly, in any order of calls, and what follows then follows again."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import jsonschema
import jsonschema_rs
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mockserver import contract, worldfile
from mockserver.snapshot import SENT_AGAIN
from tests.receiver import Receiver
from tests.support import (
    ACME,
    ATS,
    GLOBEX,
    INLINE_AGENT,
    INLINE_CANDIDATE,
    INLINE_JOB,
    MISSING,
    NOW,
    NOWHERE,
    Mock,
    agent,
    body,
    candidate,
    company,
    demo,
    job,
    phone_number,
)
from tests.test_contract_generators import generate

CLOSED = "http://127.0.0.1:9/hook"  # nobody listens there: every delivery waits for its retries
Call = Callable[[Mock, int], Awaitable[httpx2.Response | None]]


async def state(mock: Mock) -> Any:
    return await mock.state()


async def restore(mock: Mock, snapshot: Any) -> httpx2.Response:
    return await mock.control.put("/worlds/demo/state", json=snapshot)


async def restored(mock: Mock, snapshot: Any) -> None:
    response = await restore(mock, snapshot)
    assert response.status_code == 204, response.text


# --- calls that change a world in every way there is; `n` chooses what they are about


def one_of(rows: Mapping[str, Any], n: int) -> str:
    return list(rows)[n % len(rows)] if rows else candidate(1)


def rows(mock: Mock, kind: str) -> dict[str, Any]:
    table = getattr(mock.world.store, kind)
    return {row.id: row for row in table.of_company(company())}


async def create(mock: Mock, n: int) -> httpx2.Response:
    """Each way to name what an interview needs, and each way that it ends."""
    tag = ("", "+failed", "+no-answer", "+analysis-failed", "+slow-analysis")[n % 5]
    person = {**INLINE_CANDIDATE, "email": f"jane{tag}@example.com"}
    ways: list[dict[str, Any]] = [
        body(),
        body(agentId=agent(n % 4 + 1), candidateId=candidate(n % 3 + 1)),
        body(candidateId=MISSING, candidate=person, job=INLINE_JOB, metadata={"n": n, "deep": {"a": [1, None]}}),
        body(candidateId=MISSING, candidate=person, jobId=job(1), agentId=agent(3)),
        body(agentId=MISSING, agent=INLINE_AGENT, isTest=n % 2 == 0),
        body(agentId=agent(3), scheduleTime="2024-01-17T10:30:00Z"),
        body(candidateId=one_of(rows(mock, "candidates"), n), agentId=one_of(rows(mock, "agents"), n)),
    ]
    return await mock.create(ways[n % len(ways)])


async def delete(mock: Mock, n: int) -> httpx2.Response:
    kind = ("interviews", "jobs", "candidates", "agents")[n % 4]
    return await mock.call("DELETE", f"/{kind}/{one_of(rows(mock, kind), n // 4)}")


async def update(mock: Mock, n: int) -> httpx2.Response:
    kind, changes = (
        ("jobs", {"title": f"Baker {n}", "languages": ["EN"], "salary": {"min": 1.5}}),
        ("candidates", {"status": "REJECTED", "jobIds": [one_of(rows(mock, "jobs"), n)]}),
        ("agents", {"duration": n % 180 + 1, "type": "PHONE", "companyPhoneNumberId": phone_number()}),
        ("agents", {"type": "ONLINE", "questions": ["Why?"], "voiceId": "ALEX"}),
    )[n % 4]
    return await mock.call("PATCH", f"/{kind}/{one_of(rows(mock, kind), n // 4)}", json=changes)


async def call_again(mock: Mock, n: int) -> httpx2.Response:
    """Another call, another time for one, no call."""
    id = one_of(rows(mock, "interviews"), n)
    interview = mock.world.store.interviews.get(id)
    calls = {call.id: call for call in (interview and interview.call_attempts) or ()}
    at = {"scheduledAt": f"2024-01-18T0{n % 10}:00:00Z"}
    if n % 3 == 0 or not calls:
        return await mock.call("POST", f"/interviews/{id}/call-attempts", json=at if n % 2 else {})
    path = f"/interviews/{id}/call-attempts/{one_of(calls, n)}"
    return await (mock.call("PATCH", path, json=at) if n % 3 == 1 else mock.call("DELETE", path))


async def webhook(mock: Mock, n: int) -> httpx2.Response:
    """Of a key for one company or for all, and set up beside the API; changed, deleted."""
    id = one_of(mock.world.endpoints, n)
    asked: dict[str, Any] = {"url": CLOSED, "events": ["interview.started", "analysis.completed"]}
    ways: list[Callable[[], Awaitable[httpx2.Response]]] = [
        lambda: mock.call("POST", "/webhooks", json={**asked, "companyId": company(), "name": f"Hook {n}"}),
        lambda: mock.call("POST", "/webhooks", ATS, json={**asked, "headers": [{"name": "X-A", "value": "b"}]}),
        lambda: mock.control.post("/worlds/demo/webhooks", json={"url": CLOSED}),
        lambda: mock.call("PATCH", f"/webhooks/{id}", json={"isActive": n % 2 == 0}),
        lambda: mock.call("DELETE", f"/webhooks/{id}", (ACME, ATS)[n % 2]),
        lambda: mock.call("POST", f"/webhooks/{id}/reset-circuit"),
    ]
    return await ways[n % len(ways)]()


async def employ(mock: Mock, n: int) -> httpx2.Response:
    """Companies come, change and go, with all that they have."""
    if n % 3 == 0:
        return await mock.call("POST", "/company", ATS, json={"name": f"Hooli {n}", "metadata": {"n": n}})
    id = one_of(mock.world.store.companies, n)
    if n % 3 == 1:
        return await mock.call("PATCH", f"/company/{id}", ATS, json={"ownerEmail": "owner@example.com"})
    return await mock.call("DELETE", f"/company/{id if n % 2 else company(GLOBEX)}", ATS)


async def steer(mock: Mock, n: int) -> httpx2.Response:
    """Readings, minutes, planned faults, transitions, more rows."""
    world, id = "/worlds/demo", one_of(rows(mock, "interviews"), n)
    kind = ("duplicate", "delay", "drop", "reorder", "wrong-signature", "error")[n % 6]
    owner = {"companyId": company()}
    more = {
        "jobs": [{**owner, "title": "Baker"}],
        "interviews": [{**owner, "candidateId": candidate(2), "agentId": agent(1), "status": "IN_PROGRESS"}],
    }
    status = ("IN_PROGRESS", "COMPLETED", "FAILED", "CANCELLED")[n % 4]
    reading = (("job_deletion", "keep"), ("agent_deletion", "keep"), ("immediate_status", "SCHEDULED"))[n % 3]
    ways: list[Callable[[], Awaitable[httpx2.Response]]] = [
        lambda: mock.control.put(f"{world}/readings", json=dict([reading])),
        lambda: mock.control.patch(f"{world}/companies/{company()}/billing", json={"limit": n, "used": n % 100}),
        lambda: mock.control.post(f"{world}/faults", json={"kind": kind, "times": None, "match": {"nth": n % 3 + 1}}),
        lambda: mock.control.delete(f"{world}/faults"),
        lambda: mock.control.post(f"{world}/interviews/{id}/transition", json={"status": status}),
        lambda: mock.control.post(f"{world}/seed", json=more),
    ]
    return await ways[n % len(ways)]()


async def wait(mock: Mock, n: int) -> httpx2.Response:
    asked: dict[str, Any] = {"until": "next"} if n % 2 else {"seconds": (0, 7, 60, 1800, 90_000)[n % 5]}
    return await mock.control.post("/worlds/demo/clock/advance", json=asked)


CALLS: tuple[Call, ...] = (
    create,
    create,
    create,
    delete,
    update,
    call_again,
    webhook,
    webhook,
    employ,
    steer,
    wait,
    wait,
)
SEQUENCES = st.lists(st.tuples(st.integers(0, len(CALLS) - 1), st.integers(0, 5_000)), max_size=12)


async def told(mock: Mock, calls: list[tuple[int, int]]) -> list[Any]:
    """What a sequence of calls brings: every answer, then what took place and what the world has become."""
    answers = []
    for number, n in calls:
        response = await CALLS[number](mock, n)
        assert response is not None
        headers = {name: value for name, value in response.headers.items() if name != "x-mock-request-id"}
        answers.append((response.status_code, headers, response.content))
        await mock.control.post("/worlds/demo/deliveries/flush", json={})
    events = (await mock.control.get("/worlds/demo/events")).json()
    deliveries = (await mock.control.get("/worlds/demo/deliveries")).json()
    return [answers, events, timeless(deliveries), timeless(await state(mock))]


def timeless(value: Any) -> Any:
    """Without the real time that attempts took."""
    if isinstance(value, list):
        return [timeless(inner) for inner in value]
    if isinstance(value, dict):
        return {name: timeless(inner) for name, inner in value.items() if name not in ("seconds", "ms")}
    return value


async def goes_back(before: list[tuple[int, int]], after: list[tuple[int, int]]) -> None:
    file = demo(clock=NOW, readings={"webhook_timestamp": "world"})  # signatures must not hang on the wall clock
    async with Mock(worlds=[file], rate_limit="enforce", clock=None) as mock:
        await told(mock, before)
        snapshot = await state(mock)
        first = await told(mock, after)

        await restored(mock, snapshot)
        again = await state(mock)
        second = await told(mock, after)

        assert again == snapshot
        assert second == first


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(before=SEQUENCES, after=SEQUENCES)
@example(before=[], after=[])
def test_what_followed_follows_again(before: list[tuple[int, int]], after: list[tuple[int, int]]) -> None:
    """After any calls: state, answers, events and deliveries are what they were, byte for byte, ids included."""
    asyncio.run(goes_back(before, after))


STORING = {
    "createJob": ("POST", "/jobs", ACME),
    "updateJob": ("PATCH", f"/jobs/{job(1)}", ACME),
    "createCandidate": ("POST", "/candidates", ACME),
    "updateCandidate": ("PATCH", f"/candidates/{candidate(1)}", ACME),
    "createAgent": ("POST", "/agents", ACME),
    "updateAgent": ("PATCH", f"/agents/{agent(1)}", ACME),
    "createCompany": ("POST", "/company", ATS),
    "updateCompany": ("PATCH", f"/company/{company()}", ATS),
    "createWebhook": ("POST", "/webhooks", ACME),
    "createInterview": ("POST", "/interviews", ACME),
}
POOL = {"candidateId": candidate(1), "agentId": agent(1), "jobId": job(1), "companyPhoneNumberId": phone_number()}


def led(value: Any) -> Any:
    """A generated body that names rows which are there."""
    if isinstance(value, list):
        return [led(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    ids = {name: id for name, id in {**POOL, "companyId": company()}.items() if isinstance(value.get(name), str)}
    return (
        {name: led(inner) for name, inner in value.items()}
        | ids
        | ({"jobIds": [job(1)]} if value.get("jobIds") else {})
    )


@pytest.mark.parametrize("operation", STORING)
def test_what_the_api_stores_goes_back(operation: str) -> None:
    """Whatever the contract lets through is a row that a state may have."""
    method, path, key = STORING[operation]

    async def stored(asked: Any) -> None:
        async with Mock() as mock:
            await mock.call(method, path, key, json=asked)
            before = await state(mock)
            await restored(mock, before)
            assert await state(mock) == before

    generate(contract.operations()[operation], 20, lambda case: asyncio.run(stored(led(case.body))))


# --- what a state is refused for


@asynccontextmanager
async def busy() -> AsyncIterator[Mock]:
    """A world in which everything waits that can: each kind of interview, a retry, a delivery that is held."""
    async with Mock() as mock:
        await mock.control.post("/worlds/demo/webhooks", json={"url": CLOSED})
        await mock.create(body(isTest=True))  # its second delivery waits for the first one's retry
        await mock.control.post("/worlds/demo/deliveries/flush", json={})
        await mock.control.post("/worlds/demo/faults", json={"kind": "delay", "seconds": 3600})
        await mock.create(body(agentId=agent(3), scheduleTime="2024-01-17T10:30:00Z"))
        await mock.create(body(agentId=agent(3)))  # the delivery that is held
        no_answer = {**INLINE_CANDIDATE, "email": "jane+no-answer@example.com"}
        await mock.create(body(candidateId=MISSING, candidate=no_answer, jobId=job(1), agentId=agent(3)))
        await mock.create()
        await mock.control.post("/worlds/demo/deliveries/flush", json={})
        yield mock


def changed(value: Any, path: str, new: Any) -> Any:
    """A copy with something else at a place; MISSING takes it away, `-` stands for the end of a list."""
    value = json.loads(json.dumps(value))
    *way, last = path.strip("/").split("/")
    inner = value
    for step in way:
        inner = inner[int(step)] if isinstance(inner, list) else inner[step]
    if isinstance(inner, list):
        inner[int(last) if last != "-" else len(inner) :] = [new]
    elif new is MISSING:
        del inner[last]
    else:
        inner[last] = new
    return value


FAULT = {"id": NOWHERE, "kind": "drop", "match": {"nth": 1}, "times": 1, "attempts": 1}
ACCOUNT = {"fitted": 0, "struck": 0, "met": 0}
BAKER = {"id": job(1), "companyId": company(), "title": "Baker"}
TIMER = {"at": NOW, "what": "start", "id": NOWHERE}
WRONG = [
    # where                         what                                    where it is found
    pytest.param("/jobs", MISSING, "/", id="a part is missing"),
    pytest.param("/colour", "red", "/", id="a part that there is not"),
    pytest.param("/jobs/0/id", MISSING, "/jobs/0", id="a row without an id"),
    pytest.param("/jobs/0/companyId", NOWHERE, "/jobs/0/companyId", id="a row of no company"),
    pytest.param("/jobs/0/companyId", company(GLOBEX), "/candidates/0/jobIds", id="another company's job"),
    pytest.param("/interviews/0/agentId", NOWHERE, "/interviews/0/agentId", id="an interview with nobody"),
    pytest.param("/removed/jobs/-", BAKER, "/removed/jobs/0/id", id="gone, and still there"),
    pytest.param("/candidates/0/gdprExpiryDate", "2030-02-30", "/candidates/0/gdprExpiryDate", id="no such day"),
    pytest.param(
        "/webhooks/0/circuitOpenedAt", "2030-02-30T00:00:00Z", "/webhooks/0/circuitOpenedAt", id="no such day"
    ),
    pytest.param("/webhooks/0/apiKeyId", NOWHERE, "/webhooks/0/apiKeyId", id="a webhook of no key"),
    pytest.param("/keys/0/id", NOWHERE.replace("9", "x"), "/keys/0/id", id="a key with no id"),
    pytest.param("/keys/1/key", ACME, "/keys/1/key", id="a key twice"),
    pytest.param("/clock/now", "2024-02-31T00:00:00Z", "/clock/now", id="a clock without a calendar"),
    pytest.param("/clock/speed", 0, "/clock/speed", id="a clock that only seems to run"),
    pytest.param("/readings/wire", "pigeon", "/readings/wire", id="a reading that there is not"),
    pytest.param("/ids/job", -1, "/ids/job", id="fewer ids than none"),
    pytest.param("/companies/0/minutes/used", -1, "/companies/0/minutes/used", id="minutes below zero"),
    pytest.param("/companies/0/minutes/used", 7, "/companies/0/minutes/left", id="minutes that do not add up"),
    pytest.param("/companies/0/minutes/reserved", 7, "/companies/0/minutes/reserved", id="minutes that nobody holds"),
    pytest.param("/interviews/1/reservedMinutes", 9, "/companies/0/minutes/reserved", id="minutes that nobody lent"),
    pytest.param("/rates/sk_nobody", [{"window": 1, "requests": 1}] * 2, "/rates", id="the rate of no key"),
    pytest.param("/faults/0/kind", "dropp", "/faults/0/kind", id="a fault that there is not"),
    pytest.param("/faults/0/fitted", MISSING, "/faults/0", id="a fault without its account"),
    pytest.param("/deliveries/0/turn", None, "/deliveries/0/turn", id="neither in the queue nor held"),
    pytest.param("/deliveries/0/heldFor", "", "/deliveries/0/turn", id="in the queue and held"),
    pytest.param("/deliveries/0/eventAt", "2024-02-31T00:00:00Z", "/deliveries/0", id="an event on no day"),
    pytest.param("/deliveries/0/attempts/0/answer", "%", "/deliveries/0", id="an answer that is no base64"),
    pytest.param("/deliveries/0/copies", [FAULT], "/deliveries/0/copies/0/kind", id="copies that a drop makes"),
    pytest.param("/deliveries/0/distortions", [{**FAULT, "kind": "dropp"}], "/deliveries/0", id="struck by nothing"),
    pytest.param("/deliveries/0/body", "", "/deliveries/0/body", id="a delivery of nothing"),
    pytest.param("/timers/0/at", "2024-02-31T00:00:00Z", "/timers/0/at", id="planned for no day"),
    pytest.param("/timers/-", TIMER, "/timers/8/id", id="planned for no interview"),
    pytest.param("/timers/-", {**TIMER, "what": "attempt"}, "/timers/8/id", id="a retry of no delivery"),
    pytest.param("/timers/-", {**TIMER, "what": "release"}, "/timers/8/id", id="no delivery is held"),
]


@pytest.mark.parametrize(("path", "new", "at"), WRONG)
async def test_what_no_world_could_come_to_is_refused(path: str, new: Any, at: str) -> None:
    """With the path of the mistake, and nothing changes."""
    async with busy() as mock:
        good = await state(mock)

        refused = await restore(mock, changed(good, path, new))

        error = refused.json()["error"]
        assert (refused.status_code, error["code"]) == (400, "BAD_STATE"), refused.text
        assert error["details"]["at"] == at
        assert error["message"].startswith(error["details"]["at"])
        assert await state(mock) == good
        await restored(mock, good)


VALUES: list[Any] = [
    *(None, True, 0, -1, 1, 7.0, 2**53 - 1, 2**63 - 1, "", "x", [], {}, NOWHERE, job(1), agent(3), company(GLOBEX)),
    *("0001-01-01T00:00:00Z", "9998-12-31T23:59:59Z", "2024-02-31T00:00:00Z", "SCHEDULED", "IN_PROGRESS", "COMPLETED"),
    *(
        "PHONE",
        "ONLINE",
        "start",
        "complete",
        "ring-out",
        "call-again",
        "analyse",
        "attempt",
        "release",
        "real",
        "drop",
    ),
]


def places(value: Any, at: str = "") -> Iterator[str]:
    """Where something stands in a state, but for what analyses hold, which may be anything in a world file too."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, below in inner:
        if name != "specific":
            yield f"{at}/{name}"
            yield from places(below, f"{at}/{name}")


async def takes_or_refuses(changes: list[tuple[int, Any]]) -> None:
    async with busy() as mock:
        good = wild = await state(mock)
        for n, new in changes:
            where = list(places(wild))
            wild = changed(wild, where[n % len(where)], new)

        response = await restore(mock, wild)

        if response.status_code != 204:
            assert response.json()["error"]["message"].startswith("/")
            assert await state(mock) == good
            return
        await mock.advance(0)  # what is due already happens now
        taken = await state(mock)
        await restored(mock, taken)
        assert timeless(await state(mock)) == timeless(taken) or taken["clock"]["mode"] == "real"
        await told(mock, [(number, 17 * number) for number in range(len(CALLS))])
        await mock.advance(3 * 86_400, wait=2)
        for kind in ("interviews", "jobs", "agents", "candidates", "webhooks"):
            assert (await mock.call("GET", f"/{kind}")).status_code < 500


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(changes=st.lists(st.tuples(st.integers(0, 3_000), st.sampled_from(VALUES)), min_size=1, max_size=2))
def test_what_is_taken_is_a_world(changes: list[tuple[int, Any]]) -> None:
    """Whatever a state says: it is refused and nothing changes, or the world that it makes goes on without a flaw."""
    asyncio.run(takes_or_refuses(changes))


async def test_everything_that_can_wait_goes_back() -> None:
    """The world that the refusals start from has each kind of timer but those that come later."""
    async with busy() as mock:
        before = await state(mock)

        await restored(mock, before)

        after = await state(mock)
        waiting = {timer["what"] for timer in before["timers"]}
        assert after == before
        assert waiting == {"attempt", "ring-out", "complete", "release", "start"}
        assert [delivery["heldFor"] for delivery in before["deliveries"]][-1] == ""


async def test_a_state_is_what_its_schema_says() -> None:
    """By the validator in use, and by the plain one that it is held against."""
    schema = {**worldfile.schema(), "required": [], "$ref": "#/$defs/state", "properties": {}}
    schema["additionalProperties"] = True
    async with busy() as mock:
        shown = await state(mock)

        assert [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(shown)] == []
        assert jsonschema_rs.validator_for(schema).is_valid(shown)
        assert not jsonschema_rs.validator_for(schema).is_valid({**shown, "colour": "red"})


async def test_twice_is_once_too_often() -> None:
    """One timer for each interview and delivery, one row for each fault and delivery."""
    async with busy() as mock:
        good = await state(mock)
        for kind, at in (("timers", "/timers/8/id"), ("faults", "/faults/1/id")):
            refused = await restore(mock, {**good, kind: [*good[kind], good[kind][0]]})
            assert refused.json()["error"]["details"] == {"at": at}
        again = {**good["deliveries"][0], "turn": 99}
        refused = await restore(mock, {**good, "deliveries": [*good["deliveries"], again]})

        assert refused.json()["error"]["details"]["at"].startswith("/deliveries/")
        assert await state(mock) == good


WAITS = [
    # timer         of which interview          why
    pytest.param("start", 2, id="it has started"),
    pytest.param("complete", 1, id="it has not started"),
    pytest.param("ring-out", 4, id="nobody calls"),
    pytest.param("call-again", 2, id="somebody is on the line"),
    pytest.param("analyse", 2, id="it is not over"),
    pytest.param("attempt", 2, id="it is no delivery"),
]


@pytest.mark.parametrize(("what", "number"), WAITS)
async def test_an_interview_waits_only_for_what_can_come(what: str, number: int) -> None:
    """A timer that its state does not allow would break the world when it fell due."""
    async with busy() as mock:
        good = await state(mock)
        id = good["interviews"][number]["id"]
        timers = [timer for timer in good["timers"] if timer["id"] != id]

        refused = await restore(mock, {**good, "timers": [*timers, {"at": NOW, "what": what, "id": id}]})

        assert refused.json()["error"]["details"] == {"at": f"/timers/{len(timers)}/id"}
        assert await state(mock) == good


async def test_what_is_behind_in_its_lane_waits_for_no_retry() -> None:
    """Only the first of a lane is tried again; the others go after it."""
    async with busy() as mock:
        good = await state(mock)
        second = next(row["id"] for row in good["deliveries"] if row["event"] == "analysis.completed")

        refused = await restore(mock, changed(good, "/timers/-", {"at": NOW, "what": "attempt", "id": second}))

        assert refused.json()["error"]["message"] == f"/timers/8/id: no delivery {second} waits for that"


async def test_the_state_of_another_world_is_refused(mock: Mock) -> None:
    """Told by its name, or by a key that is not this world's; nothing changes in either."""
    made = (await mock.control.post("/worlds", json={"from": "demo"})).json()
    other = (await mock.control.get(f"/worlds/{made['id']}/state")).json()
    before = await mock.everything()

    by_key = await restore(mock, other)
    by_name = await restore(mock, {**other, "name": "mine"})

    for refused in (by_key, by_name):
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "OTHER_WORLD")
    assert made["keys"][ACME] not in by_key.text
    assert "'mine'" in by_name.json()["error"]["message"]
    assert await mock.everything() == before
    assert (await mock.control.get(f"/worlds/{made['id']}/state")).json() == other


async def test_what_is_no_state_at_all_is_refused(mock: Mock) -> None:
    """No object, no JSON, no world."""
    for content in ("[]", "{", '{"from": "demo"}'):
        assert (await mock.control.put("/worlds/demo/state", content=content)).status_code == 400
    assert (await mock.control.put("/worlds/nowhere/state", json={})).status_code == 404


async def test_a_state_edited_by_hand_is_taken(mock: Mock) -> None:
    """Instants in another form, ids in capitals, whole numbers with a point mean what they mean."""
    good = await state(mock)
    edited = changed(changed(good, "/clock/now", "2024-01-16T12:30:00+02:00"), "/agents/0/duration", 30.0)

    await restored(mock, changed(edited, "/jobs/0/id", good["jobs"][0]["id"].upper()))

    assert await state(mock) == good


# --- clocks


async def test_a_clock_goes_back_and_on(mock: Mock) -> None:
    """Nothing happens on the way, in either direction."""
    await mock.create()
    early = await state(mock)
    await mock.advance()
    late = await state(mock)

    await restored(mock, early)
    assert (await state(mock), len(mock.world.events)) == (early, 1)
    await restored(mock, late)

    assert await state(mock) == late
    assert await mock.advance() == {"mode": "frozen", "now": late["clock"]["now"], "happened": [], "unfinished": []}


async def test_a_real_clock_runs_on_from_the_instant_of_the_state() -> None:
    """As fast as it did; what falls due then happens by itself."""
    async with Mock(clock="real", speed=7) as mock:
        before = await state(mock)
        await mock.advance(86_400)

        await restored(mock, before)

        after = await state(mock)
        began, now = (datetime.fromisoformat(shown["clock"]["now"]) for shown in (before, after))
        assert (after["clock"]["mode"], after["clock"]["speed"]) == ("real", 7)
        assert began <= now < began + timedelta(hours=1)
        assert {**after, "clock": None} == {**before, "clock": None}
        assert now < datetime.now(UTC) + timedelta(hours=2)


async def test_what_is_due_in_a_restored_world_happens() -> None:
    """By the alarm of a clock that runs."""
    async with Mock(clock="real") as mock:
        await mock.create(body(scheduleTime=(datetime.now(UTC) + timedelta(days=2)).isoformat()))
        planned = await state(mock)

        await restored(mock, changed(planned, "/timers/0/at", planned["clock"]["now"]))
        for _ in range(3):
            await asyncio.sleep(0)

        assert (await state(mock))["interviews"][0]["status"] == "IN_PROGRESS"


# --- logs, and what is under way


async def test_the_journal_goes_on(mock: Mock) -> None:
    """It tells what was asked; its ids are not given again."""
    start = await state(mock)
    await mock.create()
    await restored(mock, start)
    await mock.create()

    asked = await mock.requests()

    assert len({exchange["id"] for exchange in asked}) == len(asked) == 2
    assert asked[0]["response"]["body"] == asked[1]["response"]["body"]


async def test_the_other_logs_go_back() -> None:
    """Events and deliveries of the time between are forgotten, and made again under the same ids; older ones stay."""
    async with Receiver() as receiver, Mock() as mock:
        await mock.control.post("/worlds/demo/webhooks", json={"url": receiver.url})
        await mock.create(body(isTest=True))
        await mock.advance()
        start, logs = await state(mock), (await mock.everything())
        await mock.create(body(isTest=True))
        await mock.advance()
        ahead = await mock.everything()

        await restored(mock, start)
        back = await mock.everything()
        await mock.create(body(isTest=True))
        await mock.advance()

        again = await mock.everything()
        assert back == logs
        assert timeless(again["events"]) == timeless(ahead["events"])
        assert [row["id"] for row in again["deliveries"]] == [row["id"] for row in ahead["deliveries"]]


async def test_a_seed_of_other_ids_has_other_logs(mock: Mock) -> None:
    """A state whose ids were made from another number knows nothing of the events that are there."""
    await mock.create(body(isTest=True))
    here = await state(mock)

    await restored(mock, {**here, "seed": 7})

    assert (await state(mock))["seed"] == 7
    assert (await mock.control.get("/worlds/demo/events")).json() == []
    assert (await mock.create()).json()["id"] not in str(here)


async def test_nothing_is_under_way_from_the_future_that_was_given_up() -> None:
    """Its attempts are called back before the answer, its retries never come."""
    async with Receiver() as receiver, Mock() as mock:
        await mock.control.post("/worlds/demo/webhooks", json={"url": receiver.url})
        start = await state(mock)
        receiver.open.clear()
        await mock.create(body(isTest=True))
        await receiver.arrived(1)

        await restored(mock, start)

        receiver.open.set()
        assert mock.app.universe.courier.under_way(mock.world) == []
        assert (await mock.advance())["happened"] == []
        assert (await mock.everything())["deliveries"] == []
        assert len(receiver.received) == 1


async def test_what_was_under_way_at_the_time_of_the_state_is_sent_again() -> None:
    """At least once, under the same id; what waited behind it follows."""
    async with Receiver() as receiver, Mock() as mock:
        await mock.control.post("/worlds/demo/webhooks", json={"url": receiver.url})
        receiver.open.clear()
        await mock.create(body(isTest=True))
        first = (await receiver.arrived(1))[0]
        caught = await state(mock)

        await restored(mock, caught)

        await receiver.arrived(2)
        receiver.open.set()
        await mock.control.post("/worlds/demo/deliveries/flush", json={})
        assert receiver.events == ["interview.completed", "interview.completed", "analysis.completed"]
        assert receiver.received[1].body == first.body
        assert [row["status"] for row in (await mock.everything())["deliveries"]] == ["delivered", "delivered"]


async def test_a_copy_that_is_held_is_still_to_come() -> None:
    """What a planned fault has struck stays struck, and the fault keeps its account."""
    async with Receiver() as receiver, Mock() as mock:
        hook = {"url": receiver.url, "events": ["interview.completed"]}
        await mock.control.post("/worlds/demo/webhooks", json=hook)
        await mock.control.post("/worlds/demo/faults", json={"kind": "duplicate", "copies": 2, "seconds": 60})
        await mock.create(body(isTest=True))
        await mock.control.post("/worlds/demo/deliveries/flush", json={})
        held = await state(mock)
        await mock.advance()

        await restored(mock, held)

        assert await state(mock) == held
        assert [len(row["copies"]) for row in held["deliveries"]] == [1]
        assert [(row["struck"], row["met"]) for row in held["faults"]] == [(1, 1)]
        await mock.advance()
        assert [delivered.body for delivered in receiver.received] == [receiver.received[0].body] * 5


@pytest.mark.parametrize(
    ("statuses", "then"), [((200, 500), "delivered"), ((500, 500), "undelivered")], ids=["it arrived", "it never did"]
)
async def test_what_was_sent_again_since_is_as_it_was(statuses: tuple[int, ...], then: str) -> None:
    """A finished delivery that waits for a retry of a later time does not wait any more."""
    async with Receiver(statuses=statuses) as receiver, Mock() as mock:
        hook = {"url": receiver.url, "maxRetries": 0, "events": ["interview.started"]}
        await mock.control.post("/worlds/demo/webhooks", json=hook)
        await mock.create()
        await mock.control.post("/worlds/demo/deliveries/flush", json={})
        start = await state(mock)
        id = (await mock.control.get("/worlds/demo/deliveries")).json()[0]["id"]
        receiver.open.clear()
        await mock.control.post(f"/worlds/demo/deliveries/{id}/redeliver")
        await receiver.arrived(2)

        await restored(mock, start)

        receiver.open.set()
        shown = (await mock.control.get(f"/worlds/demo/deliveries/{id}")).json()
        assert (shown["status"], shown["error"]) == (then, None if then == "delivered" else SENT_AGAIN)
        assert await state(mock) == start


async def test_attempts_stand_where_they_took_place() -> None:
    """The timeline of a world that went back has them in their order; one that only read of them, first of all."""
    async with busy() as mock:
        before = (await mock.control.get("/worlds/demo/timeline")).json()
        good = await state(mock)

        await restored(mock, good)

        after = (await mock.control.get("/worlds/demo/timeline")).json()
        assert after[: len(before)] == before
        assert [row["what"] for row in after[len(before) :]] == ["change", "clock"]
        await restored(mock, changed(good, "/deliveries/0/attempts/-", good["deliveries"][0]["attempts"][0]))
        assert len((await state(mock))["deliveries"][0]["attempts"]) == 2


async def test_an_advance_stops_where_the_world_goes_back() -> None:
    """Whoever moves the clock moves it in a future that is given up."""
    async with Receiver() as receiver, Mock() as mock:
        await mock.control.post("/worlds/demo/webhooks", json={"url": receiver.url})
        await mock.create()
        await mock.control.post("/worlds/demo/deliveries/flush", json={})
        start = await state(mock)
        receiver.open.clear()
        advance = asyncio.create_task(mock.advance())
        await receiver.arrived(2)

        await restored(mock, start)
        receiver.open.set()
        report = await advance

        assert [timer["what"] for timer in report["happened"]] == ["complete"]
        assert await state(mock) == start


# --- requests under way


async def in_two(first: str, rest: str, until: asyncio.Event) -> AsyncIterator[bytes]:
    yield first.encode()
    await until.wait()
    yield rest.encode()


async def test_a_request_whose_body_still_comes_meets_the_restored_world(mock: Mock) -> None:
    """Nothing of a create is half in the one and half in the other."""
    await mock.create()
    start, go = await state(mock), asyncio.Event()
    first = (await mock.create()).json()
    text = json.dumps(body())
    headers = {"Content-Type": "application/json"}
    content = in_two(text[:9], text[9:], go)
    create = asyncio.create_task(mock.call("POST", "/interviews", content=content, headers=headers))
    await asyncio.sleep(0)

    await restored(mock, start)
    go.set()
    made = (await create).json()

    assert made == first
    assert [row["id"] for row in (await state(mock))["interviews"]] == [start["interviews"][0]["id"], made["id"]]


async def test_a_world_that_is_removed_meanwhile_is_not_found(mock: Mock) -> None:
    """Neither a state nor rows come to a world that is gone, however late their bodies are."""
    made = (await mock.control.post("/worlds", json={"from": "demo"})).json()
    path = f"/worlds/{made['id']}"
    good = json.dumps((await mock.control.get(f"{path}/state")).json())
    rows = json.dumps({"keys": [{"key": "sk_late", "companyId": company()}]})
    go = asyncio.Event()
    late = [
        asyncio.create_task(mock.control.put(f"{path}/state", content=in_two(good[:9], good[9:], go))),
        asyncio.create_task(mock.control.post(f"{path}/seed", content=in_two(rows[:9], rows[9:], go))),
    ]
    await asyncio.sleep(0)

    await mock.control.delete(path)
    go.set()

    assert [response.status_code for response in await asyncio.gather(*late)] == [404, 404]
    assert (await mock.call("GET", "/interviews", "sk_late")).status_code == 401


async def test_a_reset_after_a_restore_goes_back_to_the_seed(mock: Mock) -> None:
    """The seed is the file's, whatever the world was put back to."""
    start = await state(mock)
    await mock.create()
    await restored(mock, await state(mock))

    await mock.control.post("/worlds/demo/reset")

    assert await state(mock) == start


async def test_ids_that_a_state_brings_along_are_not_made_again(mock: Mock) -> None:
    """Also where somebody has set the counts back by hand."""
    start = await state(mock)
    first = (await mock.create()).json()["id"]
    booked = await state(mock)

    await restored(mock, {**booked, "ids": start["ids"]})

    assert (await mock.create()).json()["id"] not in (first, None)
    assert len((await state(mock))["interviews"]) == 2
