"""Creating, reading and listing interviews over the API."""

import json
from typing import Any

import pytest

from tests.support import (
    ACME,
    ATS,
    GENERIC,
    GLOBEX,
    INLINE_AGENT,
    INLINE_CANDIDATE,
    INLINE_JOB,
    MISSING,
    NO_JOB,
    NOWHERE,
    PHONE,
    Mock,
    agent,
    body,
    candidate,
    company,
    demo,
    job,
    phone_number,
)

WITH_JOB = {**INLINE_CANDIDATE, "jobId": job(2)}

# --- What is made along with an interview


def row(rows: list[dict[str, Any]], id: str) -> dict[str, Any]:
    return next(row for row in rows if row["id"] == id)


@pytest.mark.rule("JOB-REFERENCE", "INLINE-PERMANENT")
@pytest.mark.parametrize(
    "given",
    [{"candidate": INLINE_CANDIDATE, "jobId": job(2)}, {"candidate": WITH_JOB}],
    ids=["jobId", "candidate.jobId"],
)
async def test_a_new_candidate_is_linked_to_the_job_that_is_named(mock: Mock, given: dict[str, Any]) -> None:
    """It is stored with that job, and can be named by id from then on, without naming the job."""
    created = (await mock.create(body(candidateId=MISSING, **given))).json()

    again = await mock.create(body(candidateId=created["candidateId"]))
    stored = row((await mock.state())["candidates"], created["candidateId"])

    assert (created["jobId"], stored["jobIds"]) == (job(2), [job(2)])
    assert (again.status_code, again.json()["jobId"]) == (201, job(2))
    assert {name: stored[name] for name in INLINE_CANDIDATE} == INLINE_CANDIDATE


@pytest.mark.rule("JOB-INLINE", "INLINE-PERMANENT")
async def test_a_new_job_joins_those_that_the_candidate_has(mock: Mock) -> None:
    """The candidate keeps its job and gets the new one, which is the interview's."""
    created = (await mock.create(body(job={**INLINE_JOB, "salary": {"min": 1}}))).json()

    state = await mock.state()
    made = row(state["jobs"], created["jobId"])
    assert row(state["candidates"], candidate(1))["jobIds"] == [job(1), created["jobId"]]
    assert (made["companyId"], made["title"], made["salary"]) == (company(), INLINE_JOB["title"], {"min": 1})


@pytest.mark.rule("CANDIDATE-JOBS", "JOB-INLINE")
async def test_a_new_job_needs_room_among_those_that_the_candidate_has(mock: Mock) -> None:
    """It may be the fiftieth, not one more; what the candidate then has can be given back in a change."""
    path, made = f"/candidates/{candidate(1)}", []
    for _ in range(49):
        made.append((await mock.call("POST", "/jobs", json=INLINE_JOB)).json()["id"])
    await mock.call("PATCH", path, json={"jobIds": made})

    fiftieth = await mock.create(body(job=INLINE_JOB))
    await mock.refused(mock.create(body(job=INLINE_JOB)), 400, "CANDIDATE-JOBS")
    held = (await mock.call("GET", path)).json()["jobIds"]
    again = await mock.call("PATCH", path, json={"jobIds": held})

    assert held == [*made, fiftieth.json()["jobId"]]
    assert (again.status_code, again.json()["jobIds"]) == (200, held)


@pytest.mark.rule("JOB-INLINE", "JOB-SHAPE")
async def test_both_vocabularies_of_a_job_end_in_one(mock: Mock) -> None:
    """jobTitle and jobDescription are stored as title and description; what only describes is kept as given."""
    kept = {"languages": ["EN"], "otherRequirements": "Patience", "humanRecruiter": "John Doe", "jobUrl": "not a URL"}
    given = {"jobTitle": "Night baker", "jobDescription": "Bakes bread at night.", "experience": "SENIOR", **kept}

    created = (await mock.create(body(candidateId=MISSING, candidate=INLINE_CANDIDATE, job=given))).json()

    made = row((await mock.state())["jobs"], created["jobId"])
    assert not made.keys() & {"jobTitle", "jobDescription"}
    assert (made["title"], made["description"], made["experience"]) == (*given.values(),)[:3]
    assert {name: made[name] for name in kept} == kept


@pytest.mark.rule("INLINE-PERMANENT", "AGENT-SHAPE")
async def test_a_new_agent_can_be_named_by_its_id(mock: Mock) -> None:
    """A PHONE agent keeps its number; an ONLINE one has none to keep."""
    calls = {**INLINE_AGENT, "type": "PHONE", "companyPhoneNumberId": phone_number()}
    talks = {**INLINE_AGENT, "companyPhoneNumberId": "not looked at"}
    made = [(await mock.create(body(agentId=MISSING, agent=given))).json() for given in (calls, talks)]

    agents = (await mock.state())["agents"]
    again = await mock.create(body(agentId=made[0]["agentId"]))

    assert [row(agents, each["agentId"]).get("companyPhoneNumberId") for each in made] == [phone_number(), None]
    assert again.status_code == 201
    assert ["callAttempts" in each for each in made] == [True, False]


def lettered(text: str) -> str:
    """Ids that differ in capitals: those of `demo` have no letters."""
    return text.replace("-0000-4000-", "-abcd-4000-")


@pytest.mark.rule("ID-FORMAT", "KEY-ATS")
async def test_ids_are_taken_in_any_case_and_answered_in_lower_case() -> None:
    """A UUID is the same in capitals: in a body, a path, a filter and for an ATS key's company."""
    ids = {"candidateId": lettered(candidate(1)), "agentId": lettered(agent(1)), "jobId": lettered(job(1))}
    shouted = {name: id.upper() for name, id in ids.items()}
    calls = {**INLINE_AGENT, "type": "PHONE", "companyPhoneNumberId": lettered(phone_number()).upper()}
    at = f"companyId={lettered(company()).upper()}"
    async with Mock(worlds=[json.loads(lettered(json.dumps(demo())))]) as mock:
        created = (await mock.call("POST", f"/interviews?{at}", ATS, json=shouted)).json()
        inline = {"candidate": {**INLINE_CANDIDATE, "jobId": shouted["jobId"]}, "agent": calls}
        other = (await mock.create(inline)).json()
        read = (await mock.call("GET", f"/interviews/{created['id'].upper()}?{at}", ATS)).json()
        found = await ids_of(mock, f"?candidateId={shouted['candidateId']}&agentId={shouted['agentId']}")
        foreign = {**shouted, "candidateId": lettered(candidate(1, GLOBEX)).upper()}
        await mock.refused(mock.create(foreign), 403, "COMPANY-OWN")

        assert {name: created[name] for name in ids} == ids
        assert (read, found, other["jobId"]) == (created, [created["id"]], ids["jobId"])
        made = row((await mock.state())["agents"], other["agentId"])
        assert made["companyPhoneNumberId"] == lettered(phone_number())


@pytest.mark.rule("CREATE-STATUS", "IMMEDIATE")
async def test_an_interview_without_a_time_starts_at_once(mock: Mock) -> None:
    """A create without scheduleTime answers 201 and is in progress, scheduled for now."""
    response = await mock.create()

    assert response.status_code == 201
    assert response.json()["status"] == "IN_PROGRESS"
    assert response.json()["scheduledAt"] == response.json()["createdAt"] == "2024-01-16T10:30:00Z"


@pytest.mark.rule("BILLING-LIMIT", "TEST-BILLING")
async def test_the_last_minutes_can_be_spent_and_no_more() -> None:
    """Two interviews of 30 minutes out of 75; then a shorter one; a test interview for nothing."""
    world = demo()
    world["companies"][0]["minutes"] = 75
    async with Mock(worlds=[world]) as mock:
        assert [(await mock.create()).status_code for _ in range(2)] == [201, 201]
        response = await mock.refused(mock.create(), 403, "BILLING-LIMIT")
        shorter = await mock.create(body(candidateId=candidate(NO_JOB), agentId=agent(GENERIC)))
        await mock.refused(mock.create(body(agentId=agent(PHONE))), 403, "BILLING-LIMIT")
        test = await mock.create(body(isTest=True))

        assert "30 minutes" in response.json()["message"]
        assert (shorter.status_code, test.status_code) == (201, 201)
        minutes = (await mock.state())["companies"][0]["minutes"]
        assert minutes == {"limit": 75, "used": 0, "reserved": 75, "left": 0}


# --- Reading


@pytest.mark.rule("RESPONSE-SHAPE")
async def test_an_interview_reads_as_it_was_answered(mock: Mock) -> None:
    """Until something happens, in any case of its id."""
    created = (await mock.create(body(metadata={"externalInterviewId": "INT-789"}))).json()

    response = await mock.call("GET", f"/interviews/{created['id'].upper()}")

    assert (response.status_code, response.json()) == (200, created)


@pytest.mark.rule("RESPONSE-SHAPE")
@pytest.mark.parametrize(
    ("given", "more"),
    [
        ({}, set()),
        ({"metadata": {}}, {"metadata"}),
        ({"agentId": agent(PHONE)}, {"callAttempts"}),
        ({"isTest": True}, {"durationMinutes", "finishedDate", "metadata", "analysis"}),
    ],
    ids=["nothing more", "metadata, even empty ones", "calls for a phone", "a test interview is over"],
)
async def test_an_answer_has_the_fields_of_its_state_and_no_others(
    mock: Mock, given: dict[str, Any], more: set[str]
) -> None:
    """Nine fields are always there."""
    always = {"id", "candidateId", "agentId", "status", "scheduledAt", "createdAt", "updatedAt", "jobId", "isTest"}

    created = (await mock.create(body(**given))).json()

    assert created.keys() == always | more


@pytest.mark.rule("INTERVIEW-EXISTS", "ID-FORMAT")
@pytest.mark.parametrize(
    ("id", "status", "rule"),
    [(NOWHERE, 404, "INTERVIEW-EXISTS"), ("1", 400, "ID-FORMAT"), ("%F0%9F%98%80", 400, "ID-FORMAT")],
    ids=["nowhere", "a number", "no text that an id could be"],
)
async def test_an_interview_that_cannot_be_read(mock: Mock, id: str, status: int, rule: str) -> None:
    """404 for what does not exist, 400 for what can be no id."""
    await mock.refused(mock.call("GET", f"/interviews/{id}"), status, rule)


# --- Listing


async def ids_of(mock: Mock, query: str = "", key: str = ACME) -> list[str]:
    response = await mock.call("GET", f"/interviews{query}", key)
    assert response.status_code == 200, response.text
    return [interview["id"] for interview in response.json()["data"]]


async def test_no_interviews_make_no_pages(mock: Mock) -> None:
    """An empty list is a page as well."""
    response = await mock.call("GET", "/interviews")

    assert response.json() == {"data": [], "total": 0, "page": 1, "limit": 20, "totalPages": 0}


async def test_pages_are_cut_from_one_order(mock: Mock) -> None:
    """Oldest first, 20 a page; pages keep still while interviews are added; none is lost or told twice."""
    test = body(isTest=True)
    made = [(await mock.create(test)).json()["id"] for _ in range(25)]

    first, second, beyond = [await ids_of(mock, f"?page={page}") for page in (1, 2, 3)]
    made.append((await mock.create(test)).json()["id"])
    small = [await ids_of(mock, f"?limit=7&page={page}") for page in (1, 2, 3, 4)]

    assert (first, second, beyond) == (made[:20], made[20:25], [])
    assert [id for page in small for id in page] == made
    answer = (await mock.call("GET", "/interviews?limit=7&page=4")).json()
    assert {name: answer[name] for name in ("total", "page", "limit", "totalPages")} == {
        "total": 26,
        "page": 4,
        "limit": 7,
        "totalPages": 4,
    }


@pytest.mark.rule("TEST-LISTED", "COMPANY-OWN")
async def test_filters_narrow_a_list(mock: Mock) -> None:
    """By candidate, agent and status, alone and together; other companies' interviews are in nobody's list."""
    now, test = (await mock.create()).json()["id"], (await mock.create(body(isTest=True))).json()["id"]
    calls = (await mock.create(body(candidateId=candidate(2), jobId=job(1), agentId=agent(PHONE)))).json()["id"]
    other = (await mock.create(body(candidateId=candidate(1, GLOBEX), agentId=agent(1, GLOBEX)), GLOBEX)).json()["id"]

    assert await ids_of(mock) == [now, test, calls]
    assert await ids_of(mock, key=GLOBEX) == [other]
    assert await ids_of(mock, f"?candidateId={candidate(1)}") == [now, test]
    assert await ids_of(mock, f"?agentId={agent(PHONE)}") == [calls]
    assert await ids_of(mock, "?status=COMPLETED") == [test]
    assert await ids_of(mock, f"?status=IN_PROGRESS&candidateId={candidate(2)}") == [calls]
    assert await ids_of(mock, f"?status=FAILED&candidateId={candidate(2)}") == []
    assert await ids_of(mock, f"?candidateId={candidate(1, GLOBEX)}") == []
    assert await ids_of(mock, "?companyId=rubbish&colour=blue") == [now, test, calls]


@pytest.mark.rule("QUERY-SHAPE")
async def test_everything_that_is_wrong_in_a_query_is_told_at_once(mock: Mock) -> None:
    """One 400, one line per parameter."""
    query = "?page=0&limit=101&candidateId=x&agentId=&status=completed"

    response = await mock.refused(mock.call("GET", f"/interviews{query}"), 400, "QUERY-SHAPE")

    named = [line.partition(":")[0] for line in response.json()["message"]]
    assert named == ["page", "limit", "candidateId", "agentId", "status"]


@pytest.mark.rule("QUERY-SHAPE")
@pytest.mark.parametrize("query", ["page=1", "page=10000", "limit=1", "limit=100"])
async def test_the_bounds_of_a_page_are_allowed(mock: Mock, query: str) -> None:
    """1 to 10000, 1 to 100."""
    assert (await mock.call("GET", f"/interviews?{query}")).status_code == 200


@pytest.mark.rule("QUERY-SHAPE")
@pytest.mark.parametrize("query", ["page=10001", "limit=0", "limit=20&limit=20", "page=", "status=SCHEDULED&status="])
async def test_beyond_the_bounds_of_a_page_there_is_nothing(mock: Mock, query: str) -> None:
    """Nothing is rounded down or taken from several."""
    await mock.refused(mock.call("GET", f"/interviews?{query}"), 400, "QUERY-SHAPE")
