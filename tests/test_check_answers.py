"""Answers held against the contract: which operation was met, and what in its answer the contract does not document."""

import json
from typing import Any

import pytest

from mockserver.checks.answer_log import AnswerLog
from mockserver.checks.answers import faults_of, operation_of
from mockserver.checks.findings import Verdict
from mockserver.checks.target import Exchange, Request
from mockserver.contract import operations

JOB = {
    "id": "11111111-0000-4000-8001-000000000001",
    "companyId": "11111111-0000-4000-8000-000000000001",
    "title": "Senior engineer",
    "status": "OPEN",
    "createdAt": "2024-01-16T10:30:00Z",
    "updatedAt": "2024-01-16T10:30:00Z",
}
PAGE = {"data": [JOB], "total": 1, "page": 1, "limit": 20, "totalPages": 1}
REFUSAL = {"statusCode": 404, "message": "Job not found", "error": "Not Found"}
ENVELOPE = {"success": True, "data": JOB, "error": None, "timestamp": "2024-01-16T10:30:00.000Z"}
GUIDES = {"total": 1, "page": 1, "limit": 20, "totalPages": 1, "hasNextPage": False, "hasPreviousPage": False}
NO = {"success": False, "data": None, "error": {"code": "RESOURCE_NOT_FOUND", "message": "no"}, "timestamp": "…"}
JSON = "application/json; charset=utf-8"


def exchange(
    path: str, status: int = 200, content: Any = None, method: str = "GET", media: str | None = JSON, **headers: str
) -> Exchange:
    """What came back; `content` as bytes, or as a value that is made JSON."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answered = named if media is None else {"content-type": media, **named}
    return Exchange("http://api.test", Request(method, path, ()), status, answered, body, 0.0)


def told(exchange: Exchange) -> list[str]:
    """Every fault on a line of its own."""
    operation = operation_of(exchange.request.method, exchange.request.path)
    assert operation is not None
    return [f"{one.at}: {one.failure.received} | {one.failure.documented}" for one in faults_of(operation, exchange)]


@pytest.mark.parametrize(
    ("method", "path", "id"),
    [
        ("GET", "/jobs", "listJobs"),
        ("GET", "/jobs?page=2&limit=1", "listJobs"),
        ("GET", "/jobs/7", "getJob"),
        ("DELETE", "/jobs/7", "deleteJob"),
        ("GET", "/companies", "listCompanies"),
        ("GET", "/companies/7", "getCompany"),
        ("PATCH", "/interviews/1/call-attempts/2", "rescheduleCallAttempt"),
        ("PUT", "/jobs/7", None),
        ("GET", "/jobs/7/8", None),
        ("POST", "/jobs/url", None),
    ],
)
def test_a_request_meets_the_operation_of_its_path(method: str, path: str, id: str | None) -> None:
    """Whatever its query, and by every name that a path has."""
    operation = operation_of(method, path)

    assert (None if operation is None else operation.id) == id


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(exchange("/jobs/1", content=JOB), id="bare"),
        pytest.param(exchange("/jobs/1", content=JOB, media="APPLICATION/JSON"), id="in capitals"),
        pytest.param(exchange("/jobs/1", content={**JOB, "createdAt": "2024-01-16T10:30:00.000Z"}), id="milliseconds"),
        pytest.param(exchange("/jobs/1", content=ENVELOPE), id="enveloped"),
        pytest.param(exchange("/jobs", content=PAGE), id="a page"),
        pytest.param(
            exchange("/jobs", content={**ENVELOPE, "data": {"items": [JOB], "pagination": GUIDES}}), id="guides"
        ),
        pytest.param(exchange("/jobs/1", 404, REFUSAL), id="a refusal"),
        pytest.param(exchange("/jobs/1", 404, NO), id="an enveloped refusal"),
        pytest.param(exchange("/jobs/1", content=True, method="DELETE"), id="true"),
        pytest.param(exchange("/jobs/1", content={**ENVELOPE, "data": True}, method="DELETE"), id="enveloped true"),
        pytest.param(exchange("/webhooks/1", 204, b"", "DELETE", None), id="nothing"),
        pytest.param(exchange("/jobs", content=PAGE, x_ratelimit_limit_minute="60"), id="a whole number in a header"),
    ],
)
def test_what_is_documented_has_no_fault(answer: Exchange) -> None:
    """In whichever wire, to the second or to the millisecond."""
    assert told(answer) == []


@pytest.mark.parametrize(
    ("answer", "faults"),
    [
        pytest.param(
            exchange("/jobs", content=b"<p>", media="text/html"),
            ["content-type: text/html | application/json"],
            id="another content type",
        ),
        pytest.param(
            exchange("/jobs", content=b"", media=None),
            ["content-type: no content type | application/json"],
            id="no content type",
        ),
        pytest.param(exchange("/jobs", content=b"{"), ['body: "{" | a JSON text'], id="half a JSON text"),
        pytest.param(
            exchange("/webhooks/1", 204, b"x", "DELETE", None), ['body: "x" | no body with 204'], id="a body too many"
        ),
        pytest.param(
            exchange("/jobs/1", content={**JOB, "title": 7}),
            ['/title: /title is 7 | it is not of type "string"'],
            id="a wrong type",
        ),
        pytest.param(
            exchange("/jobs/1", content={name: JOB[name] for name in JOB if name != "status"}),
            ["body: the body is ", '"status" is a required property'],
            id="a field too few",
        ),
        pytest.param(
            exchange("/jobs/1", 401, {**REFUSAL, "statusCode": 401, "error": "Unauthorized"}),
            ["header WWW-Authenticate: no header WWW-Authenticate | a header WWW-Authenticate with 401"],
            id="a header too few",
        ),
        pytest.param(
            exchange("/jobs", content=PAGE, x_ratelimit_limit_minute="many"),
            ["header X-RateLimit-Limit-Minute: X-RateLimit-Limit-Minute: many | ", 'is not of type "integer"'],
            id="a header of another type",
        ),
    ],
)
def test_what_is_not_documented_is_told(answer: Exchange, faults: list[str]) -> None:
    """Where it is, what came and what is documented."""
    lines = told(answer)

    assert len(lines) == 1
    assert all(fault in lines[0] for fault in faults), lines


def test_an_undocumented_status_is_told_as_it_is() -> None:
    """Every status of the operation, in order."""
    documented = ", ".join(operations()["listJobs"].spec["responses"])

    assert told(exchange("/jobs", 418, {"a": 1})) == [f'status: 418 {{"a":1}} | one of {documented}']


@pytest.mark.rule("CREATE-STATUS")
def test_the_older_status_of_a_create_has_the_same_form() -> None:
    """Which of the two is right is judged by its own rule."""
    assert told(exchange("/interviews", 200, {}, "POST"))[0].startswith("body: the body is {} | ")


# The log


def observed(*exchanges: Exchange) -> dict[str, tuple[Verdict, tuple[str, ...]]]:
    log = AnswerLog()
    for one in exchanges:
        log.on_exchange(one)
    return {one.case: (one.verdict, one.subjects) for one in log.observations()}


def test_good_answers_are_counted_by_operation() -> None:
    """In the order of the contract."""
    found = observed(exchange("/jobs/1", content=JOB), exchange("/jobs", content=PAGE), exchange("/jobs", content=PAGE))

    assert found == {
        "listJobs": (Verdict.KEPT, ("answers/listJobs",)),
        "getJob": (Verdict.KEPT, ("answers/getJob",)),
    }


def test_the_same_fault_is_told_once_wherever_in_a_list_it_is() -> None:
    """With the first exchange that shows it."""
    page = {**PAGE, "data": [{**JOB, "title": 7}, {**JOB, "title": 7}]}

    found = observed(exchange("/jobs", content=page), exchange("/jobs", content=page))

    assert found == {"listJobs 200 /data/*/title": (Verdict.BROKEN, ("answers/listJobs",))}


@pytest.mark.rule("RESPONSE-SHAPE")
def test_what_an_interview_shows_is_a_matter_of_its_rule_too() -> None:
    """A refusal's form is not."""
    wrong = observed(exchange("/interviews/1", content={"id": 7}))
    refused = observed(exchange("/interviews/1", 404, {"statusCode": 404}))

    assert {subjects for _, subjects in wrong.values()} == {("answers/getInterview", "RESPONSE-SHAPE")}
    assert {subjects for _, subjects in refused.values()} == {("answers/getInterview",)}


@pytest.mark.rule("RESPONSE-SHAPE")
def test_a_page_of_interviews_that_fits_keeps_the_rule() -> None:
    """Also where an answer of the same operation has another fault, of another kind."""
    page = {**PAGE, "data": []}

    found = observed(exchange("/interviews", content=page), exchange("/interviews", 418, {}))

    assert found["listInterviews shape"] == (Verdict.KEPT, ("RESPONSE-SHAPE",))
    assert found["listInterviews 418 status"] == (Verdict.BROKEN, ("answers/listInterviews",))


def test_what_no_operation_answers_is_not_judged() -> None:
    """Unknown paths, other methods, the control API."""
    assert (
        observed(exchange("/x", 404, {}), exchange("/jobs", 405, {}, "PUT"), exchange("/_mock/worlds", 200, [])) == {}
    )


def test_an_envelope_is_noticed() -> None:
    """Generated requests are judged by schemas that know none."""
    log = AnswerLog()

    log.on_exchange(exchange("/jobs/1", content=ENVELOPE))

    assert log.has_envelopes


FORMS = [
    pytest.param({**JOB, "createdAt": "2024-01-16T10:30:00.000Z"}, ["body: instants with milliseconds"], id="instants"),
    pytest.param(ENVELOPE, ["body: in an envelope"], id="wire"),
    pytest.param({**JOB, "metadata": {"at": "2024-01-16T10:30:00.000Z"}}, [], id="what a client keeps there"),
]


@pytest.mark.parametrize(("content", "told"), FORMS)
def test_of_two_documented_forms_one_is_kept_to(content: Any, told: list[str]) -> None:
    """By everything that one key is answered."""
    log = AnswerLog()
    log.on_exchange(exchange("/jobs/1", content=JOB))

    log.on_exchange(exchange("/jobs/2", content=content))

    broken = [one for one in log.observations() if one.failure is not None]
    assert [f"body: {one.failure.received}" for one in broken if one.failure] == told
