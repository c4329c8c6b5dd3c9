"""Jobs over the API: made, read, listed, changed, deleted, and what their deletion leaves behind."""

from typing import Any

import pytest

from tests.support import (
    ACME,
    ATS,
    GENERIC,
    GLOBEX,
    INLINE_CANDIDATE,
    INLINE_JOB,
    MISSING,
    NOW,
    NOWHERE,
    ONE_JOB,
    READONLY,
    SCREENING,
    TWO_JOBS,
    Mock,
    agent,
    body,
    candidate,
    company,
    job,
    rules_of,
)

LATER = "2024-01-16T10:31:00Z"  # a minute after NOW
SOON = "2024-01-20T14:00:00Z"
MADE = [job(1), job(2), job(3)]
DETAILS = {
    "description": "We are looking for an experienced TypeScript developer...",
    "jobUrl": "https://company.com/careers/senior-typescript-dev",
    "benefits": "Health insurance, remote work, flexible hours",
    "requiredSkills": ["TypeScript", "React", "Node.js"],
    "niceToHaveSkills": ["Docker", "AWS", "GraphQL"],
    "languageRequirements": [{"language": "EN", "proficiency": "B2"}],
    "education": ["BACHELOR_LEVEL"],
    "experience": "FIVE_TO_10_YEARS",
    "contractType": "FULL_TIME",
    "status": "CLOSED",
    "location": {"workMode": "REMOTE", "city": "Bratislava", "countryCode": "SK"},
    "salary": {"min": 50000, "max": 80000, "currency": "USD", "period": "YEARLY"},
    "metadata": {"externalJobId": "JOB-12345", "nothing": None},
}


async def created(mock: Mock, **given: Any) -> Any:
    response = await mock.call("POST", "/jobs", json={**INLINE_JOB, **given})
    assert response.status_code == 201, response.text
    return response.json()


async def read(mock: Mock, id: str) -> Any:
    response = await mock.call("GET", f"/jobs/{id}")
    assert response.status_code == 200, response.text
    return response.json()


async def listed(mock: Mock, query: str = "", key: str = ACME) -> Any:
    response = await mock.call("GET", f"/jobs{query}", key)
    assert response.status_code == 200, response.text
    return response.json()


async def assigned(mock: Mock, number: int) -> Any:
    """The jobs of one of Acme's candidates."""
    return (await mock.call("GET", f"/candidates/{candidate(number)}")).json()["jobIds"]


# --- Made


@pytest.mark.rule("JOB-FIELDS")
async def test_a_title_is_all_that_a_job_needs(mock: Mock) -> None:
    """It is the company's and open, and what was not given is not there."""
    made = await created(mock)

    times = {"createdAt": NOW, "updatedAt": NOW}
    assert made == {"id": made["id"], "companyId": company(), "title": "Senior engineer", "status": "OPEN", **times}
    assert await read(mock, made["id"]) == made


@pytest.mark.rule("JOB-SHAPE", "RESPONSE-SHAPE")
async def test_a_job_is_answered_as_it_was_given(mock: Mock) -> None:
    """Every documented field comes back unchanged, metadata with their nulls."""
    made = await created(mock, **DETAILS)

    assert {name: made[name] for name in DETAILS} == DETAILS


@pytest.mark.rule("JOB-SHAPE")
async def test_both_vocabularies_make_the_same_job(mock: Mock) -> None:
    """jobTitle is answered as title, jobDescription as description; the rest of that vocabulary is kept as given."""
    kept = {"languages": ["EN"], "otherRequirements": "Patience", "humanRecruiter": "John Doe"}

    made = await created(mock, title=None, jobTitle="Night baker", jobDescription="Bakes bread at night.", **kept)

    assert (made["title"], made["description"]) == ("Night baker", "Bakes bread at night.")
    assert {name: made[name] for name in kept} == kept
    assert not made.keys() & {"jobTitle", "jobDescription"}


@pytest.mark.rule("INLINE-PERMANENT", "JOB-FIELDS")
async def test_a_job_given_inline_is_a_job_like_any_other(mock: Mock) -> None:
    """The same body, inline and by itself, makes the same job but for its id."""
    inline = (await mock.create(body(job={**INLINE_JOB, **DETAILS}))).json()["jobId"]

    alone = await created(mock, **DETAILS)

    assert {**await read(mock, inline), "id": alone["id"]} == alone


@pytest.mark.rule("UNKNOWN-FIELDS")
async def test_what_nobody_knows_is_not_kept(mock: Mock) -> None:
    """Neither at the top nor inside; what metadata hold is the client's own."""
    known = {"languageRequirements": [{"language": "EN"}], "location": {"city": "Brno"}, "salary": {"min": 1}}
    strange = {
        "languageRequirements": [{"language": "EN", "accent": "Scottish"}],
        "location": {"city": "Brno", "floor": 3},
        "salary": {"min": 1, "bonus": {"min": 1}},
    }

    made = await created(mock, **strange, metadata={"floor": 3}, floor=3)
    changed = await mock.call("PATCH", f"/jobs/{job(3)}", json=strange)

    assert {name: made[name] for name in known} == {name: changed.json()[name] for name in known} == known
    assert made["metadata"] == {"floor": 3}
    assert "floor" not in made


# --- What a job must be, given by itself or changed

WRONG = [
    pytest.param({"title": "Cook"}, "JOB-SHAPE", id="a title of 4 characters"),
    pytest.param({"title": "x" * 201}, "JOB-SHAPE", id="a title of 201 characters"),
    pytest.param({"title": 5}, "FIELD-TYPE", id="a title that is a number"),
    pytest.param({"description": "Too short"}, "JOB-SHAPE", id="a description of 9 characters"),
    pytest.param({"description": "x" * 5001}, "JOB-SHAPE", id="a description of 5001 characters"),
    pytest.param({"description": "x" * 10, "jobDescription": "x" * 10}, "JOB-SHAPE", id="two descriptions"),
    pytest.param({"title": "Night baker", "jobTitle": "Night baker"}, "JOB-SHAPE", id="two titles"),
    pytest.param({"requiredSkills": ["a"] * 11}, "JOB-SHAPE", id="11 skills"),
    pytest.param(
        {"requiredSkills": ["a"] * 6, "niceToHaveSkills": ["a"] * 5}, "JOB-SHAPE", id="11 skills in two lists"
    ),
    pytest.param({"requiredSkills": [""]}, "JOB-SHAPE", id="a skill without a name"),
    pytest.param({"niceToHaveSkills": ["x" * 129]}, "JOB-SHAPE", id="a skill of 129 characters"),
    pytest.param({"languageRequirements": [{"language": "EN"}] * 6}, "JOB-SHAPE", id="6 languages"),
    pytest.param({"status": "open"}, "JOB-SHAPE", id="a status in small letters"),
    pytest.param({"location": "Bratislava"}, "FIELD-TYPE", id="a location that is a text"),
    pytest.param({"salary": {"min": 2, "max": 1}}, "JOB-SHAPE", id="a salary upside down"),
    pytest.param({"metadata": {"a": "x" * 10_240}}, "METADATA-SIZE", id="metadata of more than 10 KB"),
    pytest.param({"metadata": {"a": [[[[[]]]]]}}, "METADATA-DEPTH", id="metadata 6 levels deep"),
    pytest.param({"metadata": {str(n): n for n in range(51)}}, "METADATA-KEYS", id="metadata with 51 keys"),
]
RIGHT = [
    pytest.param({"title": "Cooks"}, id="a title of 5 characters"),
    pytest.param({"title": "x" * 200}, id="a title of 200 characters"),
    pytest.param({"description": "x" * 10}, id="a description of 10 characters"),
    pytest.param({"description": "x" * 5000}, id="a description of 5000 characters"),
    pytest.param({"requiredSkills": ["x" * 128] * 6, "niceToHaveSkills": ["a"] * 4}, id="10 skills in two lists"),
    pytest.param({"languageRequirements": [{"language": "EN"}] * 5}, id="5 languages"),
    pytest.param({"status": "ON_HOLD"}, id="a status that no page shows"),
    pytest.param({"salary": {"min": 1, "max": 1}}, id="a salary without a range"),
    pytest.param({"metadata": {str(n): n for n in range(50)}}, id="metadata with 50 keys"),
]


@pytest.mark.rule("JOB-SHAPE", "METADATA-SIZE", "METADATA-DEPTH", "METADATA-KEYS", "FIELD-TYPE")
@pytest.mark.parametrize(("given", "rule"), WRONG)
async def test_a_job_with_a_fault_is_not_made(mock: Mock, given: dict[str, Any], rule: str) -> None:
    """The limits of an inline job hold for one given by itself."""
    await mock.refused(mock.call("POST", "/jobs", json={**INLINE_JOB, **given}), 400, rule)


@pytest.mark.rule("JOB-SHAPE", "METADATA-SIZE", "METADATA-DEPTH", "METADATA-KEYS", "FIELD-TYPE")
@pytest.mark.parametrize(("given", "rule"), WRONG)
async def test_a_job_is_not_changed_into_a_faulty_one(mock: Mock, given: dict[str, Any], rule: str) -> None:
    """A change keeps the same limits."""
    await mock.refused(mock.call("PATCH", f"/jobs/{job(1)}", json=given), 400, rule)


@pytest.mark.rule("JOB-SHAPE", "METADATA-KEYS")
@pytest.mark.parametrize("given", RIGHT)
async def test_a_limit_itself_is_within_it(mock: Mock, given: dict[str, Any]) -> None:
    """The other side of each bound, made and changed."""
    made = await created(mock, **given)
    changed = await mock.call("PATCH", f"/jobs/{(await created(mock))['id']}", json=given)

    assert changed.status_code == 200
    assert {name: made[name] for name in given} == {name: changed.json()[name] for name in given} == given


@pytest.mark.rule("JOB-SHAPE")
@pytest.mark.parametrize("given", [{}, {"title": None}, {"description": "A job without a title"}], ids=str)
async def test_a_job_without_a_title_is_not_made(mock: Mock, given: dict[str, Any]) -> None:
    """Nor is one whose title is null."""
    response = await mock.refused(mock.call("POST", "/jobs", json=given), 400, "JOB-SHAPE")

    assert response.json()["message"] == "title: is required (or jobTitle)"


# --- Changed


@pytest.mark.rule("NULLS")
async def test_a_change_leaves_alone_what_it_does_not_name(mock: Mock) -> None:
    """Only what is given is replaced, each field as a whole; null names nothing; updatedAt moves."""
    made = await created(mock, **DETAILS)
    given = {"title": "Staff engineer", "salary": {"min": 1}, "metadata": {"a": 1}}
    await mock.advance(60)

    response = await mock.call("PATCH", f"/jobs/{made['id']}", json={**given, "description": None})

    assert response.status_code == 200
    assert response.json() == {**made, **given, "updatedAt": LATER}
    assert await read(mock, made["id"]) == response.json()


@pytest.mark.rule("JOB-SHAPE")
async def test_a_change_may_use_the_other_vocabulary(mock: Mock) -> None:
    """jobTitle changes the title, jobDescription the description."""
    response = await mock.call(
        "PATCH", f"/jobs/{job(1)}", json={"jobTitle": "Night baker", "jobDescription": "Bakes bread at night."}
    )

    assert (response.json()["title"], response.json()["description"]) == ("Night baker", "Bakes bread at night.")


@pytest.mark.rule("JOB-SHAPE")
async def test_skills_that_stay_count_beside_those_that_are_given(mock: Mock) -> None:
    """Job 1 keeps two skills that are nice to have: eight others fit, nine do not."""
    await mock.refused(mock.call("PATCH", f"/jobs/{job(1)}", json={"requiredSkills": ["a"] * 9}), 400, "JOB-SHAPE")

    response = await mock.call("PATCH", f"/jobs/{job(1)}", json={"requiredSkills": ["a"] * 8})

    assert response.status_code == 200


@pytest.mark.rule("UNKNOWN-FIELDS")
async def test_what_the_server_owns_is_not_changed(mock: Mock) -> None:
    """Ids and times in a body are ignored."""
    before = await read(mock, job(1))
    owned = {"id": job(2), "companyId": company(GLOBEX), "createdAt": NOW, "updatedAt": SOON}

    response = await mock.call("PATCH", f"/jobs/{job(1)}", json=owned)

    assert response.json() == {**before, "updatedAt": NOW}


# --- Listed


@pytest.mark.rule("PAGINATION")
async def test_a_list_has_the_companys_jobs_oldest_first(mock: Mock) -> None:
    """A new job comes last, and another company's do not show."""
    made = await created(mock)

    page = await listed(mock)

    assert [row["id"] for row in page["data"]] == [*MADE, made["id"]]
    assert (page["total"], page["page"], page["limit"], page["totalPages"]) == (4, 1, 20, 1)
    assert page["data"][-1] == made
    assert [row["id"] for row in (await listed(mock, key=GLOBEX))["data"]] == [job(n, GLOBEX) for n in (1, 2, 3)]


@pytest.mark.rule("PAGINATION")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?limit=2", MADE[:2]),
        ("?limit=2&page=2", MADE[2:]),
        ("?limit=2&page=3", []),
        ("?page=10000&limit=100", []),
    ],
    ids=["first page", "last page", "a page too far", "the last page there can be"],
)
async def test_a_list_is_cut_into_pages(mock: Mock, query: str, expected: list[str]) -> None:
    """The total is that of all pages."""
    page = await listed(mock, query)

    assert [row["id"] for row in page["data"]] == expected
    assert page["total"] == 3


@pytest.mark.rule("QUERY-SHAPE")
@pytest.mark.parametrize("query", ["page=0", "page=10001", "limit=0", "limit=101", "limit=1&limit=2", "page=x"])
async def test_a_page_that_cannot_be_is_refused(mock: Mock, query: str) -> None:
    """page 1 to 10,000, limit 1 to 100, one of each."""
    await mock.refused(mock.call("GET", f"/jobs?{query}"), 400, "QUERY-SHAPE")


FILTERS = [
    pytest.param({"status": "OPEN"}, [1, 2], id="a status, given or not"),
    pytest.param({"status": "CLOSED"}, [3], id="another status"),
    pytest.param({"status": "open"}, [], id="a status in other letters"),
    pytest.param({"status": "ARCHIVED"}, [], id="a status that none has"),
    pytest.param({"search": "ENGIN"}, [1, 3], id="a part of the title, in any case"),
    pytest.param({"search": "Bratislava"}, [], id="nothing but the title"),
    pytest.param({"search": ""}, [1, 2, 3], id="nothing in particular"),
    pytest.param({"status": "CLOSED", "search": "engin"}, [3], id="both"),
    pytest.param({"search": "engin", "limit": "1", "page": "2"}, [3], id="a page of those"),
]


@pytest.mark.rule("QUERY-SHAPE", "PAGINATION")
@pytest.mark.parametrize(("query", "expected"), FILTERS)
async def test_a_list_is_narrowed_by_filters(mock: Mock, query: dict[str, str], expected: list[int]) -> None:
    """By status, by a piece of the title."""
    for number, title in ((1, "Data engineer"), (2, "Night baker"), (3, "ENGINE driver")):
        await mock.call("PATCH", f"/jobs/{job(number)}", json={"title": title, "location": DETAILS["location"]})
    await mock.call("PATCH", f"/jobs/{job(3)}", json={"status": "CLOSED"})

    page = (await mock.call("GET", "/jobs", params=query)).json()

    assert [row["id"] for row in page["data"]] == [job(number) for number in expected]


@pytest.mark.rule("QUERY-SHAPE")
@pytest.mark.parametrize("query", ["status=OPEN&status=CLOSED", "search=a&search=b"])
async def test_a_filter_is_given_once(mock: Mock, query: str) -> None:
    """Twice is refused, not guessed at."""
    await mock.refused(mock.call("GET", f"/jobs?{query}"), 400, "QUERY-SHAPE")


# --- Deleted


@pytest.mark.rule("JOB-DELETE", "JOB-EXISTS")
async def test_a_deleted_job_is_gone(mock: Mock) -> None:
    """true; from then on it is not found by anything, and not listed."""
    response = await mock.call("DELETE", f"/jobs/{job(3)}")

    assert (response.status_code, response.json()) == (200, True)
    assert [row["id"] for row in (await listed(mock))["data"]] == MADE[:2]
    for method, given in (("GET", None), ("PATCH", {}), ("DELETE", None)):
        await mock.refused(mock.call(method, f"/jobs/{job(3)}", json=given), 404, "JOB-EXISTS")


@pytest.mark.rule("JOB-DELETE")
async def test_a_deleted_job_leaves_its_candidates(mock: Mock) -> None:
    """Those that had it have one job fewer and were changed; what is left can be resolved."""
    await mock.advance(60)

    await mock.call("DELETE", f"/jobs/{job(1)}")
    interview = await mock.create(body(candidateId=candidate(TWO_JOBS)))
    unlinked = (await mock.call("GET", f"/candidates/{candidate(ONE_JOB)}")).json()

    assert (unlinked["jobIds"], unlinked["updatedAt"]) == ([], LATER)
    assert "jobId" not in unlinked
    assert await assigned(mock, TWO_JOBS) == [job(2)]
    assert interview.json()["jobId"] == job(2)


@pytest.mark.rule("JOB-DELETE", "JOB-ASSIGNED", "FOCUS-JOBLESS")
@pytest.mark.parametrize("test", [False, True], ids=["real", "test"])
@pytest.mark.parametrize(
    ("named", "rule"),
    [({}, "FOCUS-JOBLESS"), ({"jobId": job(1)}, "JOB-ASSIGNED")],
    ids=["implied", "named"],
)
async def test_an_assignment_that_outlived_its_job_leads_nowhere(
    mock: Mock, named: dict[str, Any], rule: str, test: bool
) -> None:
    """Under `job_deletion=keep` it stays listed, and is none of the jobs to be interviewed for."""
    await mock.readings(job_deletion="keep")

    await mock.call("DELETE", f"/jobs/{job(1)}")

    assert await assigned(mock, ONE_JOB) == [job(1)]
    await mock.refused(mock.create(body(isTest=test, **named)), 400, rule)


@pytest.mark.rule("JOB-DELETE", "FOCUS-GENERIC", "FOCUS-JOBLESS")
@pytest.mark.parametrize(
    ("jobless", "leader"), [("generic", GENERIC), ("any", SCREENING)], ids=["a generic agent", "any agent"]
)
async def test_who_has_but_deleted_jobs_is_interviewed_for_none(mock: Mock, jobless: str, leader: int) -> None:
    """Under `job_deletion=keep` such a candidate is one without jobs, whoever may interview those."""
    await mock.readings(job_deletion="keep", jobless=jobless)
    await mock.call("DELETE", f"/jobs/{job(1)}")

    response = await mock.create(body(agentId=agent(leader)))

    assert (response.status_code, response.json()["jobId"]) == (201, None)


@pytest.mark.rule("JOB-DELETE", "JOB-SINGLE", "JOB-MULTIPLE")
@pytest.mark.parametrize("named", [{}, {"jobId": job(2)}], ids=["implied", "named"])
async def test_an_assignment_that_outlived_its_job_does_not_count(mock: Mock, named: dict[str, Any]) -> None:
    """Under `job_deletion=keep` a candidate of two jobs with one left is interviewed for that one."""
    await mock.readings(job_deletion="keep")
    await mock.call("DELETE", f"/jobs/{job(1)}")

    response = await mock.create(body(candidateId=candidate(TWO_JOBS), **named))

    assert (response.status_code, response.json()["jobId"]) == (201, job(2))


@pytest.mark.rule("JOB-DELETE", "LIFECYCLE")
@pytest.mark.parametrize("reading", ["unlink", "keep"])
async def test_interviews_outlive_their_job(mock: Mock, reading: str) -> None:
    """One that waits takes place and is analysed, and keeps its jobId."""
    await mock.readings(job_deletion=reading)
    interview = (await mock.create(body(scheduleTime=SOON))).json()

    await mock.call("DELETE", f"/jobs/{job(1)}")
    await mock.advance()
    after = (await mock.call("GET", f"/interviews/{interview['id']}")).json()

    assert (after["status"], after["jobId"]) == ("COMPLETED", job(1))
    assert "analysis" in after


# --- Who may


OPERATIONS = [
    pytest.param("GET", {}, id="get"),
    pytest.param("PATCH", {"json": {"title": "Another title"}}, id="update"),
    pytest.param("DELETE", {}, id="delete"),
]


@pytest.mark.rule("JOB-EXISTS", "COMPANY-OWN", "ID-FORMAT")
@pytest.mark.parametrize(
    ("id", "status", "rule"),
    [(NOWHERE, 404, "JOB-EXISTS"), (job(1, GLOBEX), 403, "COMPANY-OWN"), ("job-1", 400, "ID-FORMAT")],
    ids=["unknown", "another company's", "no id"],
)
@pytest.mark.parametrize(("method", "options"), OPERATIONS)
async def test_only_the_companys_own_jobs_are_there(
    mock: Mock, method: str, options: dict[str, Any], id: str, status: int, rule: str
) -> None:
    """404, 403, 400, and nothing about the job leaks."""
    response = await mock.refused(mock.call(method, f"/jobs/{id}", **options), status, rule)

    assert "Data Engineer" not in response.text


@pytest.mark.rule("ID-FORMAT")
async def test_an_id_in_capitals_names_the_same_job(mock: Mock) -> None:
    """And is answered in lower case."""
    made = await created(mock)

    assert await read(mock, made["id"].upper()) == made


@pytest.mark.rule("AUTH-SCOPE")
@pytest.mark.parametrize(
    ("method", "path", "options", "scope"),
    [
        ("POST", "/jobs", {"json": INLINE_JOB}, "write:jobs"),
        ("PATCH", f"/jobs/{job(1)}", {"json": {}}, "write:jobs"),
        ("DELETE", f"/jobs/{job(1)}", {}, "delete:jobs"),
    ],
    ids=["create", "update", "delete"],
)
async def test_a_key_that_only_reads_changes_nothing(
    mock: Mock, method: str, path: str, options: dict[str, Any], scope: str
) -> None:
    """The missing scope is named; reading is allowed."""
    response = await mock.refused(mock.call(method, path, READONLY, **options), 403, "AUTH-SCOPE")

    assert scope in response.json()["message"]
    assert (await mock.call("GET", "/jobs", READONLY)).status_code == 200
    assert (await mock.call("GET", f"/jobs/{job(1)}", READONLY)).status_code == 200


@pytest.mark.rule("KEY-ATS")
async def test_an_ats_key_acts_for_the_company_it_names(mock: Mock) -> None:
    """What it makes is that company's; without a company it is refused."""
    made = await mock.call("POST", f"/jobs?companyId={company(GLOBEX)}", ATS, json=INLINE_JOB)

    assert made.json()["companyId"] == company(GLOBEX)
    assert [row["id"] for row in (await listed(mock, key=GLOBEX))["data"]][-1] == made.json()["id"]
    await mock.refused(mock.call("POST", "/jobs", ATS, json=INLINE_JOB), 400, "KEY-ATS")


@pytest.mark.rule("ROUTE")
async def test_a_job_from_a_url_is_not_built(mock: Mock) -> None:
    """`/jobs/url` is an operation of its own, not a job."""
    response = await mock.call("POST", "/jobs/url", json={"jobUrl": "https://example.com"})

    assert (response.status_code, rules_of(response)) == (501, ["ROUTE"])


@pytest.mark.rule("JOB-REFERENCE")
async def test_a_new_job_can_be_interviewed_for(mock: Mock) -> None:
    """The page's first scenario: a job, then an interview of a new candidate for it."""
    made = await created(mock, status="OPEN")

    interview = await mock.create(body(candidateId=MISSING, candidate={**INLINE_CANDIDATE, "jobId": made["id"]}))

    assert (interview.status_code, interview.json()["jobId"]) == (201, made["id"])
