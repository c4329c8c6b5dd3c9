"""Candidates over the API: made, read, searched, changed, deleted, with their interviews and analyses."""

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
    NO_JOB,
    NOW,
    NOWHERE,
    ONE_JOB,
    READONLY,
    TWO_JOBS,
    Mock,
    agent,
    body,
    candidate,
    company,
    demo,
    job,
)

LATER = "2024-01-16T10:31:00Z"  # a minute after NOW
SOON = "2024-01-20T14:00:00Z"
HERE = [candidate(1), candidate(2), candidate(3)]


def person(**changes: Any) -> dict[str, Any]:
    """A candidate that passes, with some fields changed or MISSING."""
    return {name: value for name, value in {**INLINE_CANDIDATE, **changes}.items() if value is not MISSING}


async def created(mock: Mock, **changes: Any) -> Any:
    response = await mock.call("POST", "/candidates", json=person(**changes))
    assert response.status_code == 201, response.text
    return response.json()


async def read(mock: Mock, id: str) -> Any:
    response = await mock.call("GET", f"/candidates/{id}")
    assert response.status_code == 200, response.text
    return response.json()


async def changed(mock: Mock, id: str, /, **given: Any) -> Any:
    response = await mock.call("PATCH", f"/candidates/{id}", json=given)
    assert response.status_code == 200, response.text
    return response.json()


async def found(mock: Mock, path: str, key: str = ACME, **query: Any) -> list[Any]:
    """The ids of a list, of which nothing was cut off."""
    response = await mock.call("GET", path, key, params=query)
    assert response.status_code == 200, response.text
    page = response.json()
    assert page["total"] == len(page["data"])
    return [row["id"] for row in page["data"]]


# --- Made


@pytest.mark.rule("CANDIDATE-REQUIRED", "RESPONSE-SHAPE")
async def test_a_candidate_starts_as_an_applicant_in_the_talent_pool(mock: Mock) -> None:
    """APPLIED, without jobs, interviews or a rating; what was given comes back."""
    made = await created(mock)

    path = f"/candidates/{made['id']}"
    assert made == {
        "id": made["id"],
        **INLINE_CANDIDATE,
        "status": "APPLIED",
        "jobIds": [],
        "interviewCount": 0,
        "analysisCount": 0,
        "links": {"analyses": f"{path}/analyses", "interviews": f"{path}/interviews"},
        "createdAt": NOW,
        "updatedAt": NOW,
    }
    assert await read(mock, made["id"]) == made


@pytest.mark.rule("CANDIDATE-REQUIRED", "NULLS")
@pytest.mark.parametrize(
    ("given", "absent"),
    [
        ({"phoneNumber": "+421915123456"}, set()),
        ({"phoneNumber": "+421915123456", "email": MISSING}, {"email"}),
        ({"phoneNumber": "+421915123456", "email": None}, {"email"}),
    ],
    ids=["e-mail and phone", "phone alone", "no e-mail"],
)
async def test_one_way_to_reach_a_candidate_is_enough(mock: Mock, given: dict[str, Any], absent: set[str]) -> None:
    """What was not given is not answered."""
    made = await created(mock, **given)

    assert made["phoneNumber"] == "+421915123456"
    assert {"email", "phoneNumber", "metadata", "jobId", "overallRating"} - made.keys() >= absent
    assert ("email" in made) == (not absent)


@pytest.mark.rule("GDPR-DATE")
async def test_of_an_instant_of_consent_the_date_is_kept(mock: Mock) -> None:
    """As written, whatever its offset."""
    made = await created(mock, gdprExpiryDate="2030-01-01T23:30:00-05:00")

    assert made["gdprExpiryDate"] == "2030-01-01"


@pytest.mark.rule("NULLS")
async def test_metadata_come_back_with_their_nulls(mock: Mock) -> None:
    """Inside them null is a value."""
    made = await created(mock, metadata={"resumeUrl": None, "tags": ["a"]})

    assert (await read(mock, made["id"]))["metadata"] == {"resumeUrl": None, "tags": ["a"]}


@pytest.mark.rule("INLINE-PERMANENT")
async def test_a_candidate_given_inline_is_one_like_any_other(mock: Mock) -> None:
    """The same person, inline and alone, makes the same candidate but for id and what the interview left."""
    interview = await mock.create(body(candidateId=MISSING, candidate={**INLINE_CANDIDATE, "jobId": job(1)}))
    inline = await read(mock, interview.json()["candidateId"])

    alone = await created(mock, jobId=job(1))

    own = {"id", "links", "interviewCount"}
    assert {name: inline[name] for name in inline.keys() - own} == {name: alone[name] for name in alone.keys() - own}


@pytest.mark.rule("UNKNOWN-FIELDS")
async def test_an_inline_candidate_brings_no_more_than_the_page_knows(mock: Mock) -> None:
    """jobIds and metadata are fields of `/candidates` only: with an interview they are not looked at."""
    extra = {"jobId": job(1), "jobIds": [NOWHERE], "metadata": {str(n): n for n in range(51)}, "status": "ACCEPTED"}

    interview = await mock.create(body(candidateId=MISSING, candidate={**INLINE_CANDIDATE, **extra}))
    made = await read(mock, interview.json()["candidateId"])

    assert (made["jobIds"], made["status"]) == ([job(1)], "APPLIED")
    assert "metadata" not in made


@pytest.mark.rule("UNKNOWN-FIELDS")
async def test_what_the_server_decides_is_not_taken_from_a_new_candidate(mock: Mock) -> None:
    """Ids, status, counts and rating of a body take no effect."""
    owned = {"id": NOWHERE, "status": "ACCEPTED", "interviewCount": 5, "overallRating": 99, "createdAt": SOON}

    made = await created(mock, **owned)

    assert made["id"] != NOWHERE
    assert (made["status"], made["interviewCount"], made["createdAt"]) == ("APPLIED", 0, NOW)
    assert "overallRating" not in made


# --- Which jobs

JOBS = [
    pytest.param({"jobIds": [job(2), job(1)]}, [job(2), job(1)], id="jobIds, in their order"),
    pytest.param({"jobId": job(2)}, [job(2)], id="jobId"),
    pytest.param({"jobId": job(3), "jobIds": [job(1)]}, [job(1)], id="jobIds win over jobId"),
    pytest.param({"jobId": NOWHERE, "jobIds": [job(1)]}, [job(1)], id="jobId is not looked at then"),
    pytest.param({"jobIds": [job(1), job(2), job(1)]}, [job(1), job(2)], id="twice the same counts once"),
    pytest.param({"jobIds": [job(1)] * 50}, [job(1)], id="50 entries"),
    pytest.param({"jobIds": None, "jobId": job(1)}, [job(1)], id="null names none"),
]


@pytest.mark.rule("CANDIDATE-JOBS")
@pytest.mark.parametrize(("given", "expected"), JOBS)
async def test_a_candidate_is_assigned_to_jobs(mock: Mock, given: dict[str, Any], expected: list[str]) -> None:
    """jobIds lists them all, and the deprecated jobId is the first."""
    made = await created(mock, **given)

    assert (made["jobIds"], made["jobId"]) == (expected, expected[0])


@pytest.mark.rule("ID-FORMAT", "CANDIDATE-JOBS")
async def test_ids_of_jobs_may_be_in_capitals(mock: Mock) -> None:
    """They are answered in lower case, and count as the same id."""
    made = (await mock.call("POST", "/jobs", json=INLINE_JOB)).json()["id"]

    assert (await created(mock, jobIds=[made.upper(), made]))["jobIds"] == [made]


WRONG_JOBS = [
    pytest.param({"jobIds": [job(1)] * 51}, 400, "CANDIDATE-JOBS", id="51 entries"),
    pytest.param({"jobIds": job(1)}, 400, "FIELD-TYPE", id="no list"),
    pytest.param({"jobIds": ["job-1"]}, 400, "ID-FORMAT", id="no id"),
    pytest.param({"jobIds": [job(1), NOWHERE]}, 404, "JOB-EXISTS", id="a job that does not exist"),
    pytest.param({"jobIds": [job(1, GLOBEX), job(1)]}, 403, "COMPANY-OWN", id="another company's job"),
]


@pytest.mark.rule("CANDIDATE-JOBS", "JOB-EXISTS", "COMPANY-OWN")
@pytest.mark.parametrize(("given", "status", "rule"), WRONG_JOBS)
async def test_a_candidate_is_assigned_to_no_other_jobs(
    mock: Mock, given: dict[str, Any], status: int, rule: str
) -> None:
    """Neither when it is made nor later: one wrong job refuses all."""
    await mock.refused(mock.call("POST", "/candidates", json=person(**given)), status, rule)
    await mock.refused(mock.call("PATCH", f"/candidates/{candidate(3)}", json=given), status, rule)


@pytest.mark.rule("CANDIDATE-JOBS")
@pytest.mark.parametrize("beside", [MISSING, job(1)], ids=["alone", "beside jobId"])
async def test_a_new_candidate_is_not_assigned_to_an_empty_list(mock: Mock, beside: object) -> None:
    """Who has no job says nothing of jobs; jobId does not help, for it is not looked at."""
    given = person(jobIds=[], jobId=beside)

    await mock.refused(mock.call("POST", "/candidates", json=given), 400, "CANDIDATE-JOBS")


@pytest.mark.rule("JOB-EXISTS", "COMPANY-OWN", "ID-FORMAT")
@pytest.mark.parametrize(
    ("id", "status", "rule"),
    [(NOWHERE, 404, "JOB-EXISTS"), (job(1, GLOBEX), 403, "COMPANY-OWN"), ("job-1", 400, "ID-FORMAT")],
    ids=["unknown", "another company's", "no id"],
)
async def test_the_deprecated_job_is_judged_alike(mock: Mock, id: str, status: int, rule: str) -> None:
    """jobId alone names a job of the company."""
    await mock.refused(mock.call("POST", "/candidates", json=person(jobId=id)), status, rule)


# --- What a candidate must be, given by itself or changed

WRONG = [
    pytest.param({"firstName": ""}, "CANDIDATE-REQUIRED", id="an empty first name"),
    pytest.param({"lastName": "x" * 101}, "CANDIDATE-REQUIRED", id="a last name of 101 characters"),
    pytest.param({"firstName": 5}, "FIELD-TYPE", id="a first name that is a number"),
    pytest.param({"email": "jane"}, "CANDIDATE-CONTACT", id="an e-mail address without a domain"),
    pytest.param({"phoneNumber": "0915123456"}, "CANDIDATE-CONTACT", id="a phone number without its country"),
    pytest.param({"gdprExpiryDate": "2024-01-16"}, "GDPR-DATE", id="consent until today"),
    pytest.param({"gdprExpiryDate": "2030-02-30"}, "GDPR-DATE", id="consent until a day that is none"),
    pytest.param({"gdprExpiryDate": "1.1.2030"}, "GDPR-DATE", id="a date of another form"),
    pytest.param({"metadata": {"a": "x" * 10_240}}, "METADATA-SIZE", id="metadata of more than 10 KB"),
    pytest.param({"metadata": {"a": [[[[[]]]]]}}, "METADATA-DEPTH", id="metadata 6 levels deep"),
    pytest.param({"metadata": {str(n): n for n in range(51)}}, "METADATA-KEYS", id="metadata with 51 keys"),
]


@pytest.mark.rule("CANDIDATE-REQUIRED", "CANDIDATE-CONTACT", "GDPR-DATE", "METADATA-SIZE", "METADATA-KEYS")
@pytest.mark.parametrize(("given", "rule"), WRONG)
async def test_a_candidate_with_a_fault_is_refused(mock: Mock, given: dict[str, Any], rule: str) -> None:
    """The limits of an inline candidate hold for a new one and for a change."""
    await mock.refused(mock.call("POST", "/candidates", json=person(**given)), 400, rule)
    await mock.refused(mock.call("PATCH", f"/candidates/{candidate(1)}", json=given), 400, rule)


@pytest.mark.rule("CANDIDATE-REQUIRED")
@pytest.mark.parametrize("name", ["firstName", "lastName", "gdprExpiryDate", "email"])
async def test_what_a_new_candidate_needs_has_to_be_there(mock: Mock, name: str) -> None:
    """Names, consent and a way to reach the person; the refusal names the field."""
    response = await mock.refused(
        mock.call("POST", "/candidates", json=person(**{name: MISSING})), 400, "CANDIDATE-REQUIRED"
    )

    assert response.json()["message"].startswith(f"{name}: ")


@pytest.mark.rule("CANDIDATE-REQUIRED", "GDPR-DATE", "METADATA-KEYS")
@pytest.mark.parametrize(
    "given",
    [
        {"firstName": "J", "lastName": "x" * 100},
        {"gdprExpiryDate": "2024-01-17"},
        {"metadata": {str(n): n for n in range(50)}},
    ],
    ids=["names of 1 and 100 characters", "consent until tomorrow", "metadata with 50 keys"],
)
async def test_a_limit_itself_is_within_it(mock: Mock, given: dict[str, Any]) -> None:
    """The other side of each bound, made and changed."""
    made = await created(mock, **given)
    other = await changed(mock, candidate(1), **given)

    assert {name: made[name] for name in given} == {name: other[name] for name in given} == given


# --- Changed


@pytest.mark.rule("NULLS")
async def test_a_change_leaves_alone_what_it_does_not_name(mock: Mock) -> None:
    """Only what is given is replaced, each field as a whole; null names nothing; updatedAt moves."""
    made = await created(mock, metadata={"a": 1}, jobIds=[job(1)])
    given = {"lastName": "Roe", "gdprExpiryDate": "2031-01-01", "metadata": {"b": 2}, "status": "IN_PROCESS"}
    await mock.advance(60)

    after = await changed(mock, made["id"], **given, email=None, jobIds=None)

    assert after == {**made, **given, "updatedAt": LATER}
    assert await read(mock, made["id"]) == after


@pytest.mark.rule("CANDIDATE-JOBS")
async def test_jobs_are_assigned_later(mock: Mock) -> None:
    """The page's second scenario: a candidate of the talent pool gets jobs, in place of those it had."""
    interview = (await mock.create(body(candidateId=candidate(NO_JOB), agentId=agent(GENERIC)))).json()

    once = await changed(mock, interview["candidateId"], jobIds=[job(1), job(2)])
    twice = await changed(mock, interview["candidateId"], jobIds=[job(3)])

    assert (once["jobIds"], once["jobId"]) == ([job(1), job(2)], job(1))
    assert (twice["jobIds"], twice["jobId"]) == ([job(3)], job(3))


@pytest.mark.rule("CANDIDATE-JOBS", "FOCUS-GENERIC")
@pytest.mark.parametrize("number", [ONE_JOB, TWO_JOBS, NO_JOB], ids=["of one job", "of two jobs", "of none"])
async def test_a_candidate_goes_back_to_the_talent_pool(mock: Mock, number: int) -> None:
    """An empty list takes all jobs away, and a GENERIC agent can interview the candidate."""
    after = await changed(mock, candidate(number), jobIds=[])
    interview = await mock.create(body(candidateId=candidate(number), agentId=agent(GENERIC)))

    assert (after["jobIds"], "jobId" in after) == ([], False)
    assert interview.status_code == 201


@pytest.mark.rule("CANDIDATE-JOBS", "UNKNOWN-FIELDS")
async def test_the_deprecated_job_is_no_field_of_a_change(mock: Mock) -> None:
    """jobId changes nothing, jobIds do."""
    after = await changed(mock, candidate(ONE_JOB), jobId=job(3))

    assert after["jobIds"] == [job(1)]


@pytest.mark.rule("CANDIDATE-STATUS")
async def test_a_status_is_one_of_those_there_are(mock: Mock) -> None:
    """INTERVIEWING, which one page shows, is not among them."""
    await mock.refused(
        mock.call("PATCH", f"/candidates/{candidate(1)}", json={"status": "INTERVIEWING"}), 400, "CANDIDATE-STATUS"
    )


# --- Listed and searched


@pytest.mark.rule("PAGINATION")
async def test_a_list_has_the_companys_candidates_oldest_first(mock: Mock) -> None:
    """With jobs and without; a new one comes last; another company's do not show."""
    made = await created(mock)

    assert await found(mock, "/candidates") == [*HERE, made["id"]]
    assert await found(mock, "/candidates", GLOBEX) == [candidate(n, GLOBEX) for n in (1, 2, 3)]


@pytest.mark.rule("PAGINATION")
@pytest.mark.parametrize(
    ("query", "expected"),
    [("limit=2", HERE[:2]), ("limit=2&page=2", HERE[2:]), ("limit=2&page=3", [])],
    ids=["first", "last", "too far"],
)
async def test_a_list_is_cut_into_pages(mock: Mock, query: str, expected: list[str]) -> None:
    """The total is that of all pages, as is their number."""
    page = (await mock.call("GET", f"/candidates?{query}")).json()

    assert [row["id"] for row in page["data"]] == expected
    assert (page["total"], page["totalPages"]) == (3, 2)


FILTERS = [
    pytest.param({"jobId": job(1)}, [1, 2], id="a job"),
    pytest.param({"jobId": job(2)}, [2], id="a second job"),
    pytest.param({"jobId": NOWHERE}, [], id="a job that does not exist"),
    pytest.param({"jobId": job(1, GLOBEX)}, [], id="another company's job"),
    pytest.param({"status": "APPLIED"}, [1, 2], id="a status"),
    pytest.param({"status": "REJECTED"}, [3], id="another status"),
    pytest.param({"status": "UNDEFINED"}, [], id="a status that none has"),
    pytest.param({"search": "jan"}, [1], id="a part of the first name, in any case"),
    pytest.param({"search": "VÁČ"}, [3], id="a part of the last name, in any case"),
    pytest.param({"search": "Peter Horváth"}, [2], id="the whole name"),
    pytest.param({"search": "example.com"}, [], id="no e-mail address"),
    pytest.param({"search": ""}, [1, 2, 3], id="nothing in particular"),
    pytest.param({"jobId": job(1), "search": "o", "status": "APPLIED"}, [1, 2], id="all of them"),
]


@pytest.mark.rule("QUERY-SHAPE")
@pytest.mark.parametrize(("query", "expected"), FILTERS)
async def test_a_list_is_narrowed_by_filters(mock: Mock, query: dict[str, str], expected: list[int]) -> None:
    """By job, by status, by a piece of the name."""
    await changed(mock, candidate(3), status="REJECTED")

    assert await found(mock, "/candidates", **query) == [candidate(number) for number in expected]


async def test_a_search_may_look_at_addresses(mock: Mock) -> None:
    """The reading `candidate_search`; candidates without an address are found by name still."""
    await mock.readings(candidate_search="name_or_email")
    made = await created(mock, firstName="Nova", email=MISSING, phoneNumber="+421915123456")

    assert await found(mock, "/candidates", search="nova") == [candidate(1), made["id"]]
    assert await found(mock, "/candidates", search="HORVATH@example") == [candidate(2)]


@pytest.mark.rule("QUERY-SHAPE")
@pytest.mark.parametrize(
    "query", ["jobId=job-1", "status=INTERVIEWING", "status=applied", "search=a&search=b", "page=0", "limit=101"]
)
async def test_a_filter_that_cannot_be_is_refused(mock: Mock, query: str) -> None:
    """Ids are UUIDs, statuses are known, each is given once."""
    await mock.refused(mock.call("GET", f"/candidates?{query}"), 400, "QUERY-SHAPE")


# --- Interviews and analyses of a candidate


@pytest.mark.rule("TEST-LISTED", "RESPONSE-SHAPE")
async def test_a_candidate_counts_its_interviews_and_analyses(mock: Mock) -> None:
    """Test interviews too; those of others not; the links lead to them, oldest first."""
    waiting = (await mock.create(body(scheduleTime=SOON))).json()
    over = (await mock.create(body(isTest=True))).json()
    await mock.create(body(candidateId=candidate(TWO_JOBS), jobId=job(1), isTest=True))

    shown = await read(mock, candidate(ONE_JOB))

    assert (shown["interviewCount"], shown["analysisCount"]) == (2, 1)
    assert shown["overallRating"] == over["analysis"]["general"]["overallRating"]
    assert await found(mock, shown["links"]["interviews"]) == [waiting["id"], over["id"]]
    assert await found(mock, shown["links"]["analyses"]) == [over["analysis"]["id"]]


async def test_what_a_candidates_lists_hold_is_what_an_interview_shows(mock: Mock) -> None:
    """An interview and an analysis are answered there as anywhere."""
    over = (await mock.create(body(isTest=True))).json()

    interviews = (await mock.call("GET", f"/candidates/{candidate(ONE_JOB)}/interviews")).json()
    analyses = (await mock.call("GET", f"/candidates/{candidate(ONE_JOB)}/analyses")).json()

    assert interviews["data"] == [over]
    assert analyses["data"] == [over["analysis"]]


def analysed(number: int, at: str, rating: int) -> dict[str, Any]:
    """A row of a world file: an interview of candidate 1 that was analysed at an instant."""
    return {
        "id": f"11111111-0000-4000-8005-00000000000{number}",
        "companyId": company(),
        "candidateId": candidate(ONE_JOB),
        "agentId": agent(1),
        "jobId": job(1),
        "status": "COMPLETED",
        "updatedAt": at,
        "analysis": {"id": f"11111111-0000-4000-8006-00000000000{number}", "general": {"overallRating": rating}},
    }


@pytest.mark.parametrize(
    ("instants", "expected"),
    [
        (["2023-05-01T00:00:00Z", "2023-06-01T00:00:00Z"], 1),
        (["2023-06-01T00:00:00Z", "2023-05-01T00:00:00Z"], 0),
        (["2023-05-01T00:00:00Z", "2023-05-01T00:00:00Z"], 1),
    ],
    ids=["the later created is analysed later", "or sooner", "or at the same time"],
)
async def test_the_rating_is_that_of_the_latest_analysis(mock: Mock, instants: list[str], expected: int) -> None:
    """Of the order in which interviews were made only where two analyses are of one instant."""
    rows = [analysed(place, at, place) for place, at in enumerate(instants)]
    keys = [{"key": "sk_test_own", "companyId": company()}]
    opened = await mock.control.post("/worlds", json=demo(name="own", keys=keys, interviews=rows))

    response = await mock.call("GET", f"/candidates/{candidate(ONE_JOB)}", "sk_test_own")

    assert opened.status_code == 201
    assert response.json()["overallRating"] == expected


@pytest.mark.rule("PAGINATION")
@pytest.mark.parametrize("what", ["interviews", "analyses"])
async def test_the_lists_of_a_candidate_are_cut_into_pages(mock: Mock, what: str) -> None:
    """As every list; a page that cannot be is refused."""
    for _ in range(3):
        await mock.create(body(isTest=True))
    path = f"/candidates/{candidate(ONE_JOB)}/{what}"

    page = (await mock.call("GET", f"{path}?limit=2&page=2")).json()

    assert (len(page["data"]), page["total"], page["totalPages"]) == (1, 3, 2)
    await mock.refused(mock.call("GET", f"{path}?limit=0"), 400, "QUERY-SHAPE")


# --- Deleted


@pytest.mark.rule("CANDIDATE-DELETE", "CANDIDATE-EXISTS")
async def test_a_deleted_candidate_is_gone(mock: Mock) -> None:
    """true; from then on it is not found by anything, not listed, and gets no new interviews."""
    response = await mock.call("DELETE", f"/candidates/{candidate(1)}")

    assert (response.status_code, response.json()) == (200, True)
    assert await found(mock, "/candidates") == HERE[1:]
    for method, path in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/interviews"), ("GET", "/analyses")):
        gone = mock.call(method, f"/candidates/{candidate(1)}{path}", json={} if method == "PATCH" else None)
        await mock.refused(gone, 404, "CANDIDATE-EXISTS")
    await mock.refused(mock.create(body()), 404, "CANDIDATE-EXISTS")


@pytest.mark.rule("CANDIDATE-DELETE", "LIFECYCLE")
@pytest.mark.parametrize("given", [{"scheduleTime": SOON}, {}], ids=["scheduled", "in progress"])
async def test_interviews_outlive_their_candidate(mock: Mock, given: dict[str, Any]) -> None:
    """One that waits or is under way takes place and is analysed, and keeps its candidateId."""
    interview = (await mock.create(body(**given))).json()

    await mock.call("DELETE", f"/candidates/{candidate(1)}")
    await mock.advance()
    after = (await mock.call("GET", f"/interviews/{interview['id']}")).json()

    assert (after["status"], after["candidateId"]) == ("COMPLETED", candidate(1))
    assert "analysis" in after
    assert await found(mock, "/interviews", candidateId=candidate(1)) == [interview["id"]]


# --- Who may


OPERATIONS = [
    pytest.param("GET", "", {}, id="get"),
    pytest.param("PATCH", "", {"json": {"lastName": "Roe"}}, id="update"),
    pytest.param("DELETE", "", {}, id="delete"),
    pytest.param("GET", "/interviews", {}, id="interviews"),
    pytest.param("GET", "/analyses", {}, id="analyses"),
]


@pytest.mark.rule("CANDIDATE-EXISTS", "COMPANY-OWN", "ID-FORMAT")
@pytest.mark.parametrize(
    ("id", "status", "rule"),
    [(NOWHERE, 404, "CANDIDATE-EXISTS"), (candidate(1, GLOBEX), 403, "COMPANY-OWN"), ("jane", 400, "ID-FORMAT")],
    ids=["unknown", "another company's", "no id"],
)
@pytest.mark.parametrize(("method", "path", "options"), OPERATIONS)
async def test_only_the_companys_own_candidates_are_there(
    mock: Mock, method: str, path: str, options: dict[str, Any], id: str, status: int, rule: str
) -> None:
    """404, 403, 400, and nothing about the person leaks."""
    response = await mock.refused(mock.call(method, f"/candidates/{id}{path}", **options), status, rule)

    assert "Gruber" not in response.text


MISSING_SCOPES = [
    pytest.param("POST", "/candidates", "write:candidates", id="create, its own"),
    pytest.param("POST", "/candidates", "read:jobs", id="create, jobs"),
    pytest.param("GET", "/candidates", "read:candidates", id="list, its own"),
    pytest.param("GET", "/candidates", "read:jobs", id="list, jobs"),
    pytest.param("GET", f"/candidates/{candidate(1)}", "read:candidates", id="get"),
    pytest.param("PATCH", f"/candidates/{candidate(1)}", "write:candidates", id="update"),
    pytest.param("DELETE", f"/candidates/{candidate(1)}", "delete:candidates", id="delete"),
    pytest.param("GET", f"/candidates/{candidate(1)}/interviews", "read:interviews", id="interviews, their own"),
    pytest.param("GET", f"/candidates/{candidate(1)}/interviews", "read:candidates", id="interviews, candidates"),
    pytest.param("GET", f"/candidates/{candidate(1)}/interviews", "read:agents", id="interviews, agents"),
    pytest.param("GET", f"/candidates/{candidate(1)}/analyses", "read:interviews", id="analyses, their own"),
    pytest.param("GET", f"/candidates/{candidate(1)}/analyses", "read:candidates", id="analyses, candidates"),
]
ALL_SCOPES = {f"{verb}:candidates" for verb in ("read", "write", "delete")}
ALL_SCOPES |= {"read:jobs", "read:interviews", "read:agents"}


@pytest.mark.rule("AUTH-SCOPE")
@pytest.mark.parametrize(("method", "path", "missing"), MISSING_SCOPES)
async def test_each_scope_is_needed(mock: Mock, method: str, path: str, missing: str) -> None:
    """A key with all other scopes is refused, and the missing one is named."""
    keys = [{"key": "sk_test_own", "companyId": company(), "scopes": sorted(ALL_SCOPES - {missing})}]
    await mock.control.post("/worlds", json=demo(name="own", keys=keys))
    given = None if method in ("GET", "DELETE") else person()

    response = await mock.refused(mock.call(method, path, "sk_test_own", json=given), 403, "AUTH-SCOPE")

    assert missing in response.json()["message"]


@pytest.mark.rule("AUTH-SCOPE")
async def test_a_key_that_only_reads_sees_candidates(mock: Mock) -> None:
    """Read scopes are enough for all that reads."""
    for path in ("", f"/{candidate(1)}", f"/{candidate(1)}/interviews", f"/{candidate(1)}/analyses"):
        assert (await mock.call("GET", f"/candidates{path}", READONLY)).status_code == 200


@pytest.mark.rule("KEY-ATS")
async def test_an_ats_key_acts_for_the_company_it_names(mock: Mock) -> None:
    """What it makes is that company's; without a company it is refused."""
    made = await mock.call("POST", f"/candidates?companyId={company(GLOBEX)}", ATS, json=person())

    assert (await found(mock, "/candidates", GLOBEX))[-1] == made.json()["id"]
    await mock.refused(mock.call("GET", "/candidates", ATS), 400, "KEY-ATS")
