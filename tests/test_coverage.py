"""Rule coverage: what counts as met, how often, for how long, and that every rule of the rulebook can be."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from mockserver.coverage import Coverage
from mockserver.errors import Violation
from mockserver.journal import Exchange
from mockserver.rulebook import REFUSE_NOBODY, RULES
from tests.receiver import Receiver, webhook
from tests.support import (
    ACME,
    ATS,
    GENERIC,
    GLOBEX,
    INITECH,
    INLINE_AGENT,
    INLINE_CANDIDATE,
    INLINE_JOB,
    MISSING,
    NO_JOB,
    NOWHERE,
    PHONE,
    READONLY,
    TWO_JOBS,
    Mock,
    agent,
    body,
    candidate,
    company,
    demo,
    inline_with,
    job,
)

PAST, SOON, FAR = "2023-01-16T10:30:00Z", "2024-01-20T14:00:00Z", "2025-01-16T10:30:00Z"
EXPIRED, SUSPENDED, ELSEWHERE, AT_HOME = "sk_test_expired", "sk_test_suspended", "sk_test_elsewhere", "sk_test_at_home"
KEYS: dict[str, dict[str, Any]] = {
    EXPIRED: {"expiresAt": PAST},
    SUSPENDED: {"suspendedAt": PAST},
    ELSEWHERE: {"allowedIPs": ["203.0.113.7"]},
    AT_HOME: {"expiresAt": FAR, "suspendedAt": FAR, "allowedIPs": ["127.0.0.1"]},
}
HOOK: dict[str, Any] = {"url": "https://hooks.example.com/in", "events": ["interview.completed"]}
BY_PHONE = body(agentId=agent(PHONE))
WITHOUT_JOB = body(candidateId=candidate(NO_JOB))
Bring = Callable[[Mock], Awaitable[Any]]


def rich(**changes: Any) -> Mock:
    """`demo` with keys of every kind, on a server that enforces its rates."""
    keys = [{"key": key, "companyId": company(), **how} for key, how in KEYS.items()]
    return Mock(worlds=[demo(keys=[*demo()["keys"], *keys], **changes)], rate_limit="enforce")


async def counts(mock: Mock, place: str = "/worlds/demo") -> dict[str, tuple[int, int]]:
    """How often each rule refused and held."""
    rows = (await mock.control.get(f"{place}/coverage")).json()
    return {row["rule"]: (row["refused"], row["held"]) for row in rows}


async def held(mock: Mock) -> dict[str, int]:
    """The rules that held at all, and how often."""
    return {rule: held for rule, (_, held) in (await counts(mock)).items() if held}


async def made(mock: Mock, path: str, key: str = ACME, **json: Any) -> str:
    response = await mock.call("POST", path, key, json=json)
    assert response.status_code == 201, response.text
    id: str = response.json()["id"]
    return id


async def read(mock: Mock, *paths: str, key: str = ACME) -> None:
    for path in paths:
        response = await mock.call("GET", path, key)
        assert response.status_code == 200, response.text


# --- what counts, and how often


def exchange(*held: str, status: int = 201, refused: tuple[str, ...] = (), injected: str | None = None) -> Exchange:
    whole = Exchange("1", None, "POST", "/", b"", [])  # type: ignore[arg-type]  # nobody asks when
    violations = tuple(Violation(status, "no", rule=rule) for rule in refused)
    return replace(whole, held=list(held), status=status, violations=violations, injected=injected)


def test_a_rule_counts_once_an_exchange() -> None:
    """However often it was asked, and whatever else it is asked elsewhere."""
    coverage = Coverage()

    coverage.count(exchange("JOB-SHAPE", "JOB-SHAPE", "AUTH-KEY"))
    coverage.count(exchange("JOB-SHAPE"))

    assert coverage.held == {"JOB-SHAPE": 2, "AUTH-KEY": 1}
    assert not coverage.refused


def test_a_rule_that_refused_did_not_hold() -> None:
    """Also where it had held for something else in the same exchange; several that refuse count each, once."""
    coverage = Coverage()
    refusal = exchange("ID-FORMAT", "AUTH-KEY", status=400, refused=("ID-FORMAT", "ID-FORMAT", "JOB-XOR"))

    coverage.count(refusal)

    assert coverage.refused == {"ID-FORMAT": 1, "JOB-XOR": 1}
    assert coverage.held == {"AUTH-KEY": 1}


def test_nothing_comes_of_what_was_refused() -> None:
    """Rules that refuse nobody are at work in what succeeds alone."""
    coverage = Coverage()

    coverage.count(exchange("AUTH-KEY", "JOB-INLINE", status=403, refused=("BILLING-LIMIT",)))

    assert set(coverage.held) == {"AUTH-KEY"}


def test_what_a_fault_had_its_hand_in_is_no_evidence() -> None:
    """Neither what it refused nor what held on the way."""
    coverage = Coverage()

    coverage.count(exchange("AUTH-KEY", status=400, refused=("JOB-XOR",), injected="fault"))

    assert not coverage.held
    assert not coverage.refused


async def test_a_spoilt_answer_counts_for_nothing(mock: Mock) -> None:
    """A create whose answer is lost has happened, and yet nobody could see which rules were kept."""
    await mock.control.post(
        "/worlds/demo/faults", json={"kind": "error", "status": 500, "match": {"operation": "createInterview"}}
    )

    spoilt = await mock.create()
    counted = await held(mock)
    await mock.create()

    assert spoilt.status_code == 500
    assert counted == {}
    assert (await held(mock))["CREATE-STATUS"] == 1


# --- what is told, for how long


async def test_every_rule_is_told_with_its_evidence(mock: Mock) -> None:
    """In the rulebook's order, those that nobody has met too."""
    await mock.create(body(candidateId=candidate(TWO_JOBS)))

    rows = (await mock.control.get("/worlds/demo/coverage")).json()

    assert [row["rule"] for row in rows] == list(RULES)
    assert {
        "rule": "JOB-MULTIPLE",
        "area": "job",
        "status": [400],
        "evidence": "DOCUMENTED",
        "statusEvidence": "DOCUMENTED",
        "reading": None,
        "refused": 1,
        "held": 0,
    } in rows


async def test_counts_outlive_what_happens_to_the_world(mock: Mock) -> None:
    """They tell of tests: an emptied journal, a restored state and a reset leave them alone."""
    state = await mock.state()
    await mock.create()
    before = await counts(mock)

    await mock.control.delete("/worlds/demo/requests")
    await mock.control.put("/worlds/demo/state", json=state)
    await mock.control.post("/worlds/demo/reset")

    assert before["JOB-SINGLE"] == (0, 1)
    assert await counts(mock) == before


async def test_counts_are_cleared_by_hand(mock: Mock) -> None:
    """204; the next exchange is the first one that counts."""
    await mock.create()

    cleared = await mock.control.delete("/worlds/demo/coverage")
    emptied = await held(mock)
    await mock.call("GET", "/jobs")

    assert (cleared.status_code, cleared.content) == (204, b"")
    assert emptied == {}
    assert (await held(mock))["AUTH-KEY"] == 1


async def test_worlds_count_for_themselves(mock: Mock) -> None:
    """What happens in one is no business of another."""
    made = (await mock.control.post("/worlds", json={"from": "demo"})).json()
    await mock.create()

    other = await counts(mock, f"/worlds/{made['id']}")

    assert set(other.values()) == {(0, 0)}


async def test_requests_that_no_key_places_count_in_the_lobby(mock: Mock) -> None:
    """Apart from every world, and cleared apart."""
    await mock.create(key="sk_nobody_at_all")
    lobby, world = await counts(mock, ""), await counts(mock)

    cleared = await mock.control.delete("/coverage")

    assert lobby["AUTH-KEY"] == (1, 0)
    assert lobby["ROUTE"] == (0, 1)
    assert set(world.values()) == {(0, 0)}
    assert cleared.status_code == 204
    assert set((await counts(mock, "")).values()) == {(0, 0)}


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_a_world_that_is_not_there_has_no_counts(mock: Mock, method: str) -> None:
    """404 in the control API's shape."""
    response = await mock.control.request(method, "/worlds/nowhere/coverage")

    assert (response.status_code, response.json()["error"]["code"]) == (404, "NOT_FOUND")


async def test_the_journal_tells_what_counts(mock: Mock) -> None:
    """Of one exchange the journal names the rules that the counts have gone up by."""
    await mock.create(body(job=INLINE_JOB, isTest=True, colour="blue"))

    (entry,) = await mock.requests()

    assert set(entry["held"]) == set(await held(mock))
    assert {"JOB-INLINE", "TEST-COMPLETED", "UNKNOWN-FIELDS"} <= set(entry["held"])


# --- every rule can be met: those that refuse


async def _interview(mock: Mock, create: Any = None, **changes: Any) -> str:
    return await made(mock, "/interviews", **(create or body()), **changes)


async def _attempt(mock: Mock, method: str, interview: str, id: str = NOWHERE, **json: Any) -> None:
    path = f"/interviews/{interview}/call-attempts" + ("" if method == "POST" else f"/{id}")
    options: dict[str, Any] = {} if method == "DELETE" else {"json": json}
    await mock.call(method, path, **options)


async def _exhaust(mock: Mock) -> None:
    for _ in range(61):
        await mock.call("GET", "/jobs")


async def _list_without_candidate(mock: Mock) -> None:
    await mock.readings(interview_list="candidate")
    await mock.call("GET", "/interviews")


async def _unfinished(mock: Mock) -> None:
    await mock.call("GET", f"/interviews/{await _interview(mock)}/analysis-pdf")


async def _foreign_webhook(mock: Mock) -> None:
    id = await made(mock, "/webhooks", **HOOK)
    await mock.call("GET", f"/webhooks/{id}", GLOBEX)


async def _unknown_field(mock: Mock) -> None:
    await mock.readings(unknown_fields="reject")
    await mock.create(body(colour="blue"))


async def _attempt_online(mock: Mock) -> None:
    await _attempt(mock, "POST", await _interview(mock))


async def _attempt_under_way(mock: Mock) -> None:
    await _attempt(mock, "POST", await _interview(mock, BY_PHONE))


async def _attempt_of_test(mock: Mock) -> None:
    await _attempt(mock, "POST", await _interview(mock, BY_PHONE, isTest=True))


async def _attempt_in_the_past(mock: Mock) -> None:
    await _attempt(mock, "POST", await _interview(mock, BY_PHONE, scheduleTime=SOON), scheduledAt=PAST)


async def _attempt_nowhere(mock: Mock) -> None:
    await _attempt(mock, "DELETE", await _interview(mock, BY_PHONE, scheduleTime=SOON))


def _creates(**changes: Any) -> Bring:
    return lambda mock: mock.create(body(**changes))


def _creates_with(path: str, value: Any) -> Bring:
    return lambda mock: mock.create(inline_with(path, value))


def _calls(method: str, path: str, key: str = ACME, **options: Any) -> Bring:
    return lambda mock: mock.call(method, path, key, **options)


REFUSALS: dict[str, Bring] = {
    "ROUTE": _calls("GET", "/nowhere"),
    "METHOD": _calls("PUT", "/jobs"),
    "AUTH-KEY": _calls("GET", "/jobs", "sk_nobody_at_all"),
    "KEY-EXPIRED": _calls("GET", "/jobs", EXPIRED),
    "KEY-SUSPENDED": _calls("GET", "/jobs", SUSPENDED),
    "KEY-IP": _calls("GET", "/jobs", ELSEWHERE),
    "KEY-ATS": _calls("GET", "/jobs", ATS),
    "AUTH-SCOPE": _calls("POST", "/jobs", READONLY, json=INLINE_JOB),
    "ATS-ONLY": _calls("POST", "/company", json={"name": "Hooli"}),
    "RATE-LIMIT": _exhaust,
    "BODY-SIZE": _calls("POST", "/jobs", content=b" " * (1024 * 1024 + 1)),
    "BODY-MEDIA": _calls("POST", "/jobs", content=b"{}"),
    "BODY-JSON": _calls("POST", "/jobs", content=b"{", headers={"Content-Type": "application/json"}),
    "FIELD-TYPE": _creates(isTest="true"),
    "QUERY-SHAPE": _calls("GET", "/jobs?page=0"),
    "LIST-CANDIDATE": _list_without_candidate,
    "UNKNOWN-FIELDS": _unknown_field,
    "CANDIDATE-XOR": _creates(candidateId=MISSING),
    "AGENT-XOR": _creates(agentId=MISSING),
    "JOB-XOR": _creates(jobId=job(1), job=INLINE_JOB),
    "JOB-SOURCE-XOR": lambda mock: mock.create(inline_with("candidate.jobId", job(1))),
    "ID-FORMAT": _creates(jobId="one"),
    "CANDIDATE-REQUIRED": _creates_with("candidate.firstName", MISSING),
    "CANDIDATE-CONTACT": _creates_with("candidate.email", "jane"),
    "GDPR-DATE": _creates_with("candidate.gdprExpiryDate", "2020-01-01"),
    "CANDIDATE-JOBS": _calls("POST", "/candidates", json={**INLINE_CANDIDATE, "jobIds": []}),
    "CANDIDATE-STATUS": _calls("PATCH", f"/candidates/{candidate(1)}", json={"status": "HIRED"}),
    "AGENT-SHAPE": _creates_with("agent.duration", 0),
    "JOB-SHAPE": _creates_with("job.title", "C"),
    "METADATA-SIZE": _creates(metadata={"k": "x" * 10_233}),
    "METADATA-DEPTH": _creates(metadata={"a": [[[[[]]]]]}),
    "METADATA-KEYS": _creates(metadata={str(key): 0 for key in range(51)}),
    "SCHEDULE-FORMAT": _creates(scheduleTime="tomorrow"),
    "SCHEDULE-FUTURE": _creates(scheduleTime=PAST),
    "SCHEDULE-WINDOW": _creates(scheduleTime=FAR),
    "COMPANY-SHAPE": _calls("PATCH", f"/company/{company()}", json={"name": "A"}),
    "WEBHOOK-SHAPE": _calls("POST", "/webhooks", json={"url": HOOK["url"]}),
    "WEBHOOK-URL": _calls("POST", "/webhooks", json={**HOOK, "url": "http://hooks.example.com/"}),
    "WEBHOOK-EVENTS": _calls("POST", "/webhooks", json={**HOOK, "events": []}),
    "INTERVIEW-EXISTS": _calls("GET", f"/interviews/{NOWHERE}"),
    "CANDIDATE-EXISTS": _creates(candidateId=NOWHERE),
    "AGENT-EXISTS": _creates(agentId=NOWHERE),
    "JOB-EXISTS": _calls("GET", f"/jobs/{NOWHERE}"),
    "COMPANY-OWN": _creates(agentId=agent(1, GLOBEX)),
    "COMPANY-EXISTS": _calls("GET", f"/company/{NOWHERE}"),
    "WEBHOOK-EXISTS": _calls("GET", f"/webhooks/{NOWHERE}"),
    "WEBHOOK-OWNER": _foreign_webhook,
    "ATTEMPT-EXISTS": _attempt_nowhere,
    "ANALYSIS-READY": _unfinished,
    "FOCUS-GENERIC": _creates(agentId=agent(GENERIC)),
    "JOB-ASSIGNED": _creates(jobId=job(3)),
    "JOB-MULTIPLE": _creates(candidateId=candidate(TWO_JOBS)),
    "FOCUS-JOBLESS": lambda mock: mock.create(WITHOUT_JOB),
    "ATTEMPT-PHONE": _attempt_online,
    "ATTEMPT-IDLE": _attempt_under_way,
    "ATTEMPT-STATE": _attempt_of_test,
    "ATTEMPT-FUTURE": _attempt_in_the_past,
    "BILLING-LIMIT": lambda mock: mock.create(
        {"candidateId": candidate(1, INITECH), "agentId": agent(1, INITECH)}, INITECH
    ),
    "USAGE-RANGE": _calls("GET", "/billing/usage?start=noon"),
}


def test_every_rule_that_can_refuse_has_its_request() -> None:
    """And no other one has: the tables below leave nothing out."""
    assert set(REFUSALS) == set(RULES) - REFUSE_NOBODY
    assert set(SHOWN) == REFUSE_NOBODY


@pytest.mark.parametrize("rule", REFUSALS)
async def test_a_rule_that_refuses_is_counted(rule: str) -> None:
    """Every one of the rulebook, once, in the world of the key or, without one, in the lobby."""
    async with rich() as mock:
        await REFUSALS[rule](mock)

        place = "" if rule == "AUTH-KEY" else "/worlds/demo"
        assert (await counts(mock, place))[rule][0] == 1


# --- every rule can be met: those that refuse nobody


async def _paged(mock: Mock) -> None:
    await read(mock, "/jobs")


async def _advanced(mock: Mock, **changes: Any) -> None:
    await mock.create(body(**changes))
    await mock.advance()


async def _tagged(mock: Mock) -> None:
    person = {**INLINE_CANDIDATE, "email": "jane+slow-analysis@example.com"}
    await _advanced(mock, candidateId=MISSING, candidate=person, jobId=job(1))


async def _precedence(mock: Mock) -> None:
    await mock.readings(job_sources="precedence")
    await mock.create(body(jobId=job(1), job=INLINE_JOB))


async def _read_inline(mock: Mock) -> None:
    created = (await mock.create(inline_with("agent.name", "Anna"))).json()
    await read(mock, f"/agents/{created['agentId']}")


async def _heard_test(mock: Mock) -> None:
    await made(mock, "/webhooks", **HOOK)
    await mock.create(body(isTest=True))


async def _listed_test(mock: Mock) -> None:
    await mock.create(body(isTest=True))
    await read(mock, "/interviews")


async def _deleted_interview(mock: Mock) -> None:
    await mock.call("DELETE", f"/interviews/{await _interview(mock)}")


async def _pinged(mock: Mock) -> None:
    async with Receiver() as receiver:
        id = await made(mock, "/webhooks", url=receiver.url, events=["ping"])
        await mock.call("POST", f"/webhooks/{id}/test")


TEST_MODE = ("TEST-COMPLETED", "TEST-DURATION", "TEST-ANALYSIS", "TEST-MARK", "TEST-RULES", "TEST-BILLING")
SHOWN: dict[str, Bring] = {
    "PAGINATION": _paged,
    "NULLS": _creates(metadata=None),
    "JOB-FIELDS": _calls("POST", "/jobs", json=INLINE_JOB),
    "JOB-INLINE": _creates(job=INLINE_JOB),
    "JOB-REFERENCE": _creates_with("candidate.lastName", "Roe"),
    "JOB-SINGLE": _creates(),
    "JOB-PRECEDENCE": _precedence,
    "USAGE-TEST": _calls("GET", "/billing/usage"),
    "CREATE-STATUS": _creates(),
    "RESPONSE-SHAPE": _creates(),
    "IMMEDIATE": _creates(),
    "SCHEDULED": _creates(scheduleTime=SOON),
    "LIFECYCLE": _advanced,
    "INLINE-PERMANENT": _read_inline,
    "JOB-DELETE": _calls("DELETE", f"/jobs/{job(1)}"),
    "CANDIDATE-DELETE": _calls("DELETE", f"/candidates/{candidate(1)}"),
    "AGENT-DELETE": _calls("DELETE", f"/agents/{agent(1)}"),
    "INTERVIEW-DELETE": _deleted_interview,
    "COMPANY-DELETE": _calls("DELETE", f"/company/{company()}"),
    "WEBHOOK-SECRET": _calls("POST", "/webhooks", json=HOOK),
    "WEBHOOK-TEST": _pinged,
    **dict.fromkeys(TEST_MODE, _creates(isTest=True)),
    "TEST-WEBHOOKS": _heard_test,
    "TEST-LISTED": _listed_test,
    "MAGIC-OUTCOME": _tagged,
}


@pytest.mark.parametrize("rule", SHOWN)
async def test_a_rule_at_work_is_counted(rule: str) -> None:
    """Where what it says has come about, and not before."""
    async with rich() as mock:
        await SHOWN[rule](mock)

        assert (await counts(mock))[rule] == (0, {"LIFECYCLE": 2}.get(rule, 1))


async def at_work(mock: Mock) -> set[str]:
    return set(await held(mock)) & REFUSE_NOBODY


ALWAYS = {"CREATE-STATUS", "RESPONSE-SHAPE"}
CREATES: list[Any] = [
    # body                                                       at work                                        why
    (body(), {"IMMEDIATE", "JOB-SINGLE"}, "the only job is implied"),
    (body(jobId=job(1)), {"IMMEDIATE"}, "a job that is named is not implied"),
    (body(job=INLINE_JOB), {"IMMEDIATE", "JOB-INLINE", "JOB-FIELDS"}, "a new job with a title alone"),
    (
        body(job={**INLINE_JOB, "description": "Design systems", "status": "OPEN"}),
        {"IMMEDIATE", "JOB-INLINE"},
        "a new job with all that some page wants",
    ),
    (inline_with("candidate.lastName", "Roe"), {"IMMEDIATE", "JOB-REFERENCE"}, "a new candidate, linked to a job"),
    (body(scheduleTime=SOON), {"SCHEDULED", "JOB-SINGLE"}, "a time"),
    (body(isTest=True), {*TEST_MODE, "JOB-SINGLE"}, "a test without a webhook"),
    (body(isTest=True, scheduleTime=SOON), {*TEST_MODE, "JOB-SINGLE"}, "a test is never scheduled"),
    (
        {"candidateId": candidate(NO_JOB), "agentId": agent(GENERIC)},
        {"IMMEDIATE"},
        "without a job there is none to imply",
    ),
    (
        {"candidate": INLINE_CANDIDATE, "agentId": agent(GENERIC)},
        {"IMMEDIATE"},
        "a new candidate without a job has none to be linked to",
    ),
    (body(jobId=None), {"IMMEDIATE", "JOB-SINGLE", "NULLS"}, "a null"),
    (body(metadata={"k": None}), {"IMMEDIATE", "JOB-SINGLE"}, "a null in metadata is a value"),
    (body(metadata={"k": "null"}), {"IMMEDIATE", "JOB-SINGLE"}, "a text that looks like a null"),
]


@pytest.mark.parametrize(("create", "expected"), [row[:2] for row in CREATES], ids=[row[2] for row in CREATES])
async def test_a_create_shows_what_it_brings_about(mock: Mock, create: Any, expected: set[str]) -> None:
    """These rules and no other of those that refuse nobody."""
    response = await mock.create(create)

    assert response.status_code == 201, response.text
    assert await at_work(mock) == ALWAYS | expected


async def test_a_create_that_is_refused_shows_nothing(mock: Mock) -> None:
    """What would have come about has not."""
    await mock.refused(mock.create({**WITHOUT_JOB, "metadata": None, "isTest": True}), 400, "FOCUS-JOBLESS")

    assert await at_work(mock) == set()


async def test_a_time_that_has_passed_is_no_schedule(mock: Mock) -> None:
    """Where the reading accepts it the interview starts at once, which neither rule speaks of."""
    await mock.readings(past_schedule="accept")

    await mock.create(body(scheduleTime=PAST))

    assert await at_work(mock) == {*ALWAYS, "JOB-SINGLE"}


@pytest.mark.parametrize(
    ("changes", "counted"),
    [
        pytest.param({}, True, id="it wants the first event"),
        pytest.param({"events": ["interview.started"]}, False, id="it wants other events"),
        pytest.param({"isActive": False}, False, id="it is switched off"),
    ],
)
async def test_test_webhooks_take_a_webhook_that_hears(changes: dict[str, Any], counted: bool) -> None:
    """Events that nobody is sent are no webhooks."""
    async with Mock() as mock:
        await made(mock, "/webhooks", **{**HOOK, **changes})
        await mock.create(body(isTest=True))

        assert ("TEST-WEBHOOKS" in await held(mock)) == counted


async def test_a_test_interview_is_listed_where_it_is_read(mock: Mock) -> None:
    """Alone or in a list; another interview is none, and deleting is not reading."""
    other, one = await _interview(mock), await _interview(mock, isTest=True)
    await read(mock, f"/interviews/{other}", "/interviews?status=IN_PROGRESS")
    before = (await held(mock)).get("TEST-LISTED", 0)
    await read(mock, f"/interviews/{one}", "/interviews")
    after = (await held(mock))["TEST-LISTED"]
    await mock.call("DELETE", f"/interviews/{one}")

    assert (before, after, (await held(mock))["TEST-LISTED"]) == (0, 2, 2)


async def test_inline_resources_are_permanent_once_they_are_used_again(mock: Mock) -> None:
    """Read or named by id, of each kind; those made by themselves are no evidence."""
    made_inline = {"candidate": INLINE_CANDIDATE, "agent": INLINE_AGENT, "job": INLINE_JOB}
    created = (await mock.create(made_inline)).json()
    alone = await made(mock, "/jobs", **INLINE_JOB)
    await read(mock, f"/jobs/{alone}", f"/candidates/{candidate(1)}")
    before = (await held(mock)).get("INLINE-PERMANENT", 0)

    await read(mock, f"/candidates/{created['candidateId']}", f"/agents/{created['agentId']}")
    await mock.create({"candidateId": created["candidateId"], "agentId": agent(1), "jobId": created["jobId"]})

    assert (before, (await held(mock))["INLINE-PERMANENT"]) == (0, 3)


async def test_a_world_that_went_back_has_forgotten_what_was_inline(mock: Mock) -> None:
    """The ids come again, and this time their resources are made by themselves."""
    state = await mock.state()
    inline = (await mock.create(body(job=INLINE_JOB))).json()["jobId"]

    await mock.control.put("/worlds/demo/state", json=state)
    again = await made(mock, "/jobs", **INLINE_JOB)
    await read(mock, f"/jobs/{again}")

    assert again == inline
    assert "INLINE-PERMANENT" not in await held(mock)


def tagged(tag: str, **changes: Any) -> dict[str, Any]:
    """A create for a new candidate whose address has a tag."""
    person = {**INLINE_CANDIDATE, "email": f"jane+{tag}@example.com"}
    return body(candidateId=MISSING, candidate=person, jobId=job(1), **changes)


LIVES = [
    # create                                          LIFECYCLE  MAGIC-OUTCOME
    pytest.param(body(scheduleTime=SOON), 3, 0, id="it starts, is completed, is analysed"),
    pytest.param(body(), 2, 0, id="it has started already"),
    pytest.param(tagged("failed"), 0, 1, id="it fails"),
    pytest.param(tagged("no-answer"), 0, 1, id="nobody answers, online"),
    pytest.param(tagged("no-answer", agentId=agent(PHONE)), 0, 3, id="nobody answers three calls"),
    pytest.param(tagged("analysis-failed"), 2, 1, id="its analysis fails"),
    pytest.param(tagged("slow-analysis"), 2, 1, id="its analysis takes an hour"),
    pytest.param(tagged("unheard-of"), 2, 0, id="a tag that means nothing"),
    pytest.param(body(isTest=True), 0, 0, id="a test, which has no life to live"),
]


@pytest.mark.parametrize(("create", "lives", "magic"), LIVES)
async def test_what_the_clock_brings_counts_by_step(mock: Mock, create: Any, lives: int, magic: int) -> None:
    """Each timer that ran proves the rule that planned it."""
    await mock.create(create)
    before = await held(mock)
    await mock.advance()

    after = await held(mock)
    assert not {"LIFECYCLE", "MAGIC-OUTCOME"} & set(before)
    assert (after.get("LIFECYCLE", 0), after.get("MAGIC-OUTCOME", 0)) == (lives, magic)


async def test_what_somebody_pushes_proves_nothing(mock: Mock) -> None:
    """An interview that is completed by hand did not live its life, until its analysis comes by itself."""
    id = await _interview(mock)
    await mock.control.post(f"/worlds/demo/interviews/{id}/transition", json={"status": "COMPLETED"})
    pushed = await held(mock)
    await mock.advance()

    assert "LIFECYCLE" not in pushed
    assert (await held(mock))["LIFECYCLE"] == 1


# --- every rule can be met: those that refuse hold, too


async def test_every_rule_that_can_refuse_can_hold() -> None:
    """In a story without a single refusal; what is not looked at does not hold."""
    async with rich(webhooks=[webhook("http://127.0.0.1:9/", events=["ping"])]) as mock:
        await mock.readings(interview_list="candidate")
        await _good_creates(mock)
        await _good_phone_calls(mock)
        await _good_resources(mock)
        await read(mock, "/jobs", key=AT_HOME)

        counted = await counts(mock)
        assert [rule for rule, (refused, _) in counted.items() if refused] == []
        assert [rule for rule in REFUSALS if not counted[rule][1]] == []


async def _good_creates(mock: Mock) -> None:
    metadata = {"k": "v"}
    whole = {"candidate": INLINE_CANDIDATE, "agent": INLINE_AGENT, "job": INLINE_JOB, "colour": "blue"}
    for create in (
        {**whole, "metadata": metadata, "scheduleTime": SOON},
        {"candidateId": candidate(NO_JOB), "agentId": agent(GENERIC)},
        body(jobId=job(1)),
    ):
        assert (await mock.create(create)).status_code == 201
    analysed = await _interview(mock, isTest=True)
    await read(mock, f"/interviews?candidateId={candidate(1)}", f"/interviews/{analysed}/analysis-pdf")


async def _good_phone_calls(mock: Mock) -> None:
    id = await _interview(mock, BY_PHONE, scheduleTime=SOON)
    await _attempt(mock, "POST", id, scheduledAt="2024-01-21T14:00:00Z")
    calls = (await mock.call("GET", f"/interviews/{id}")).json()["callAttempts"]
    await _attempt(mock, "PATCH", id, calls[-1]["id"], scheduledAt="2024-01-22T14:00:00Z")


async def _good_resources(mock: Mock) -> None:
    await made(mock, "/candidates", **INLINE_CANDIDATE, jobIds=[job(1)])
    await mock.call("PATCH", f"/candidates/{candidate(1)}", json={"status": "ACCEPTED"})
    await made(mock, "/company", ATS, name="Hooli")
    hook = await made(mock, "/webhooks", **HOOK, companyId=company())
    await read(mock, f"/webhooks/{hook}", f"/company/{company()}", "/billing/usage", f"/jobs/{job(1)}")
    await read(mock, f"/jobs?companyId={company()}", key=ATS)


@pytest.mark.parametrize("reading", ["any", "candidate"])
async def test_a_rule_of_a_reading_holds_under_that_reading_alone(mock: Mock, reading: str) -> None:
    """A list that names a candidate proves nothing where it need not."""
    await mock.readings(interview_list=reading)

    await read(mock, f"/interviews?candidateId={candidate(1)}")

    assert ("LIST-CANDIDATE" in await held(mock)) == (reading == "candidate")


@pytest.mark.parametrize(
    ("rate_limit", "requests", "held_times", "refused_times"),
    [
        pytest.param("off", 1, 0, 0, id="off: nobody judges"),
        pytest.param("observe", 61, 60, 0, id="observed: what lies beyond is not judged"),
        pytest.param("enforce", 61, 60, 1, id="enforced"),
    ],
)
async def test_the_rate_limit_holds_where_it_is_kept(
    rate_limit: str, requests: int, held_times: int, refused_times: int
) -> None:
    """A request beyond the limit that is let through says nothing of the rule."""
    async with Mock(rate_limit=rate_limit) as mock:
        for _ in range(requests):
            await mock.call("GET", "/jobs")

        assert (await counts(mock))["RATE-LIMIT"] == (refused_times, held_times)
