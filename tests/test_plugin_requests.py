"""`instaview.requests` and `assert_rule`: what was asked of a world, found, asserted, told where it was otherwise."""

import re
from collections.abc import Callable
from typing import Any
from unittest.mock import ANY

import httpx2
import pytest

from mockserver import AsyncInstaView, InstaView
from mockserver.plugin.requests import Requests
from tests.support import agent, body, candidate, job

CREATE, GET_JOB = "createInterview", "GET /jobs/{id}"
TWO_JOBS = body(candidateId=candidate(2))
JOB_MULTIPLE = "Job ID must be provided when candidate has multiple job assignments"
METADATA = {"ref": "A-17", "tags": ["a", "b"], "score": 1, "vip": True}


@pytest.fixture
def asked(instaview: InstaView) -> Requests:
    """A create that passes, one that JOB-MULTIPLE refuses, two reads of jobs, and a path mistyped."""
    client = instaview.client
    client.post("/interviews", json=body(isTest=True, metadata=METADATA)).raise_for_status()
    client.post("/interviews", json=TWO_JOBS)
    client.get("/jobs", params={"limit": 1, "search": "engineer"})
    client.get(f"/jobs/{job(1)}").raise_for_status()
    client.post("/interview", json=body())
    return instaview.requests


def message_of(assertion: Callable[..., object], *args: object, **options: object) -> str:
    with pytest.raises(AssertionError) as raised:
        assertion(*args, **options)
    return str(raised.value)


# --- filtering


FOUND: list[tuple[str | None, dict[str, Any], list[int], str]] = [
    (None, {}, [0, 1, 2, 3, 4], "everything"),
    (CREATE, {}, [0, 1], "an operation"),
    ("POST /interviews", {}, [0, 1], "the same by its method and path"),
    (GET_JOB, {}, [3], "a path with a parameter"),
    ("deleteJob", {}, [], "an operation that nobody asked for"),
    (CREATE, {"status": 400}, [1], "a status"),
    (None, {"json": {"isTest": True}}, [0], "a field"),
    (None, {"json": {"isTest": 1}}, [], "a number for a truth"),
    (None, {"json": {"metadata": {"vip": 1}}}, [], "another one, further in"),
    (None, {"json": {"metadata": {"score": 1.0}}}, [0], "a number, however it is written"),
    (None, {"json": {"metadata": {"score": True}}}, [], "a truth for a number"),
    (None, {"json": {"metadata": {"ref": "A-17"}}}, [0], "a part of an object"),
    (None, {"json": {"metadata": {"tags": ["a", "b"]}}}, [0], "a whole list"),
    (None, {"json": {"metadata": {"tags": ["a"]}}}, [], "a part of a list"),
    (None, {"json": {"metadata": {"tags": ("a", ANY)}}}, [0], "a list, as a tuple"),
    (None, {"json": {"metadata": {"ref": ANY, "tags": [ANY, "b"]}}}, [0], "a matcher"),
    (None, {"json": {"metadata": {"ref": None}}}, [], "null for a text"),
    (None, {"json": {"metadata": {"none": ANY}}}, [], "a matcher for what was not sent"),
    (None, {"json": [1]}, [], "a list for an object"),
    (None, {"query": {"limit": 1}}, [2], "a parameter"),
    (None, {"query": {"limit": 1, "search": "engineer"}}, [2], "two parameters"),
    (None, {"query": {"limit": 2}}, [], "a parameter of another value"),
    (None, {"query": {"limit": [1, 2]}}, [], "a parameter that is given twice"),
    (None, {"query": {"limit": True}}, [], "a truth in a query"),
    (CREATE, {"status": 201, "json": {"isTest": True}}, [0], "all together"),
]


@pytest.mark.parametrize(("operation", "options", "places"), [row[:3] for row in FOUND], ids=[row[3] for row in FOUND])
def test_requests_are_found_by_what_they_were(
    asked: Requests, operation: str | None, options: dict[str, Any], places: list[int]
) -> None:
    """By operation, status, and what body and query had at least."""
    found = asked.of(operation, **options)

    assert [asked.index(row) for row in found] == places


UNKNOWN = [
    ("createInterviews", r"no operation 'createInterviews' \(did you mean createInterview\?\)", "an id"),
    ("POST /interview", r"no operation 'POST /interview' \(did you mean POST /interviews\?\)", "a path"),
    ("xyz", "no operation 'xyz'$", "nothing near"),
]


@pytest.mark.parametrize(("name", "says"), [row[:2] for row in UNKNOWN], ids=[row[2] for row in UNKNOWN])
def test_an_operation_that_there_is_not_is_a_mistake(asked: Requests, name: str, says: str) -> None:
    """And never an assertion that holds."""
    for ask in (asked.of, asked.assert_made, asked.assert_not_made):
        with pytest.raises(ValueError, match=says):
            ask(name)


NO_ARGUMENTS: list[tuple[dict[str, Any], str, str]] = [
    ({"operation": 123}, "an operation is an operationId, or a method and a path, not 123", "operation"),
    ({"operation": [CREATE]}, r"an operation is an operationId, .*, not \['createInterview'\]", "operations"),
    ({"status": "201"}, "status is a whole number, such as 201, not '201'", "status"),
    ({"query": "limit=1"}, r"query is a mapping, such as {'limit': 1}, not 'limit=1'", "query"),
]


@pytest.mark.parametrize(("wrong", "says"), [row[:2] for row in NO_ARGUMENTS], ids=[row[2] for row in NO_ARGUMENTS])
def test_what_no_request_can_have_is_a_mistake(asked: Requests, wrong: dict[str, Any], says: str) -> None:
    """And never an assertion that holds."""
    for ask in (asked.of, asked.assert_made, asked.assert_not_made):
        with pytest.raises(TypeError, match=says):
            ask(**{"operation": CREATE, **wrong})
    with pytest.raises(TypeError, match="times is a whole number, not '1'"):
        asked.assert_made(CREATE, times="1")  # type: ignore[arg-type]  # wrong on purpose


def test_what_was_found_can_be_asked_further_and_cleared(instaview: InstaView, asked: Requests) -> None:
    """The journal is cleared with it."""
    creates = asked.of(CREATE)

    assert len(creates.of(status=400)) == 1
    creates.clear()
    assert (creates, instaview.requests) == ([], [])


# --- made, not made


def test_what_was_made_is_given(asked: Requests) -> None:
    """Newest last."""
    made = asked.assert_made(CREATE)

    assert [row["response"]["status"] for row in made] == [201, 400]
    assert asked.assert_made(CREATE, 1, json={"isTest": True}) == made[:1]
    asked.assert_made("deleteJob", times=0)
    asked.assert_not_made("deleteJob")
    asked.assert_not_made(CREATE, status=500)


def test_a_near_miss_is_told_field_by_field(asked: Requests) -> None:
    """The nearest request is that with the fewest differences; all that was made follows."""
    wanted = {"agentId": agent(1), "metadata": {"ref": "A-18", "none": {}}, "isTest": True}

    message = message_of(asked.assert_made, CREATE, status=201, json=wanted)

    assert message.splitlines() == [
        f"createInterview with status 201, json {wanted} was not made",
        f"nearest: POST /interviews → 201  {body(isTest=True, metadata=METADATA)}",
        "  json /metadata/ref: expected 'A-18', was 'A-17'",
        "  json /metadata/none: expected {}, was not sent",
        "all that was made:",
        f"  POST /interviews → 201  {body(isTest=True, metadata=METADATA)}",
        f"  POST /interviews → 400 JOB-MULTIPLE  {TWO_JOBS}",
        "  GET /jobs?limit=1&search=engineer → 200",
        f"  GET /jobs/{job(1)} → 200",
        "  POST /interview → 404 ROUTE",
    ]


NEAREST: list[tuple[str, dict[str, Any], list[str], str]] = [
    ("createJob", {}, ["request: expected 'POST /jobs', was 'POST /interview'"], "a path that is none"),
    (CREATE, {"json": [1]}, [f"json as a whole: expected [1], was {TWO_JOBS}"], "a body of another kind"),
    ("GET /jobs", {"query": {"limit": 2}}, ["query limit: expected '2', was '1'"], "a parameter"),
    ("GET /jobs", {"query": {"page": 2}}, ["query page: expected '2', was not sent"], "a parameter left out"),
    (GET_JOB, {"status": 404}, ["status: expected 404, was 200"], "a status"),
    (GET_JOB, {"json": {"a": 1}}, ["json as a whole: expected {'a': 1}, was None"], "no body"),
]


@pytest.mark.parametrize(
    ("operation", "options", "says"), [row[:3] for row in NEAREST], ids=[row[3] for row in NEAREST]
)
def test_a_difference_says_what_was_expected_and_what_was(
    asked: Requests, operation: str, options: dict[str, Any], says: list[str]
) -> None:
    """Each on a line of its own, below the nearest request."""
    lines = message_of(asked.assert_made, operation, **options).splitlines()

    assert lines[2 : lines.index("all that was made:")] == [f"  {each}" for each in says]


def test_where_nothing_is_near_nothing_is_called_so(instaview: InstaView) -> None:
    """What was made is still told."""
    instaview.client.get("/jobs")

    message = message_of(instaview.requests.assert_made, CREATE)

    assert message.splitlines() == ["createInterview was not made", "all that was made:", "  GET /jobs → 200"]


def test_a_world_that_nobody_asked_says_so(instaview: InstaView) -> None:
    """A key that opens nothing is the usual reason."""
    message = message_of(instaview.requests.assert_made, CREATE)

    assert message.splitlines() == ["createInterview was not made", "no request came with a key of this world"]


def test_too_many_are_all_shown(asked: Requests) -> None:
    """Of requests that should not have been made too."""
    too_often = message_of(asked.assert_made, CREATE, times=1)
    unwanted = message_of(asked.assert_not_made, "listJobs")

    assert too_often.splitlines() == [
        "createInterview was made twice (expected: made once)",
        "these were:",
        f"  POST /interviews → 201  {body(isTest=True, metadata=METADATA)}",
        f"  POST /interviews → 400 JOB-MULTIPLE  {TWO_JOBS}",
    ]
    assert unwanted.splitlines()[0] == "listJobs was made once (expected: not made)"


def test_too_few_are_told_with_the_nearest_other(asked: Requests) -> None:
    """The one that was made is not called near."""
    lines = message_of(asked.assert_made, CREATE, times=3, status=201).splitlines()

    assert lines[:3] == [
        "createInterview with status 201 was made once (expected: made 3 times)",
        f"nearest: POST /interviews → 400 JOB-MULTIPLE  {TWO_JOBS}",
        "  status: expected 201, was 400",
    ]


def test_long_lists_and_values_are_cut(instaview: InstaView) -> None:
    """The newest are shown."""
    for _ in range(25):
        instaview.client.post("/jobs", json={"title": "x" * 500})

    lines = message_of(instaview.requests.assert_made, CREATE).splitlines()

    assert len(lines) == 23
    assert lines[2] == "  … and 5 before these"
    assert all(len(line) < 300 for line in lines)


# --- rules


@pytest.mark.rule("JOB-MULTIPLE")
def test_a_rule_refused_or_held(instaview: InstaView, asked: Requests) -> None:
    """Each is asserted by name; a refusal that is asserted is also meant."""
    assert len(asked) == 5
    instaview.assert_rule("JOB-MULTIPLE")
    instaview.assert_rule("JOB-MULTIPLE", refused=False)
    assert instaview.expected == {"JOB-MULTIPLE"}  # by a strict test


def test_a_rule_that_did_not_refuse_is_told_with_what_did(instaview: InstaView, asked: Requests) -> None:
    """What the rule says, where it held, what else refused."""
    assert len(asked) == 5

    lines = message_of(instaview.assert_rule, "JOB-ASSIGNED").splitlines()

    assert lines[0].startswith("JOB-ASSIGNED refused no request: ")
    assert lines[1 : lines.index("all that was made:")] == [
        "others refused:",
        f"  POST /interviews → 400 JOB-MULTIPLE at /jobId: {JOB_MULTIPLE}",
        "  POST /interview → 404 ROUTE: Cannot POST /interview",
    ]


def test_where_a_rule_held_is_told(instaview: InstaView) -> None:
    """Or what it refused, where it should have held."""
    instaview.client.post("/interviews", json=body(isTest=True))
    held = message_of(instaview.assert_rule, "CANDIDATE-XOR")
    instaview.client.get("/interviews", headers={"Authorization": f"Basic {instaview.api_key}"})
    instaview.requests.clear()
    instaview.client.post("/interviews", json=body(candidate={}))

    refused = message_of(instaview.assert_rule, "CANDIDATE-XOR", refused=False)

    assert held.splitlines()[1:3] == ["it held in:", f"  POST /interviews → 201  {body(isTest=True)}"]
    assert re.match("CANDIDATE-XOR held in no request: .", refused)
    assert refused.splitlines()[1] == "it refused:"
    assert "→ 400 CANDIDATE-XOR" in refused.splitlines()[2]


def test_what_a_planned_fault_made_is_no_evidence(instaview: InstaView) -> None:
    """Neither that a rule refused, nor that it held; the message says why it does not count."""
    instaview.faults.plan("error", {"operation": CREATE}, status=400)
    instaview.faults.plan("lost-answer", {"operation": CREATE, "nth": 2})
    instaview.client.post("/interviews", json=body())
    with pytest.raises(httpx2.TransportError):
        instaview.client.post("/interviews", json=body())

    messages = [message_of(instaview.assert_rule, "CANDIDATE-XOR", refused=refused) for refused in (True, False)]

    for message in messages:
        assert message.splitlines()[1:4] == [
            "not counted, as a planned fault had its hand in it:",
            f"  POST /interviews → 400 (planned fault: error)  {body()}",
            f"  POST /interviews → {201} (planned fault: lost-answer)  {body()}",
        ]


@pytest.mark.parametrize(
    ("id", "options", "says"),
    [
        ("JOB-MULTIPEL", {}, r"there is no rule 'JOB-MULTIPEL' \(did you mean JOB-MULTIPLE\?\)"),
        ("job-multiple", {"refused": False}, r"\(did you mean JOB-MULTIPLE\?\)"),
        ("TEST-COMPLETED", {"refused": False}, "TEST-COMPLETED refuses nothing, so no request is judged by it"),
    ],
    ids=["mistyped", "in lower case", "one that refuses nothing"],
)
def test_a_rule_that_cannot_be_asserted_is_a_mistake(
    instaview: InstaView, id: str, options: dict[str, bool], says: str
) -> None:
    """And never an assertion that holds."""
    with pytest.raises(ValueError, match=says):
        instaview.assert_rule(id, **options)


async def test_a_world_in_process_is_asked_in_the_same_way(instaview_asgi: AsyncInstaView) -> None:
    """Without waiting for the loop."""
    await instaview_asgi.client.post("/interviews", json=TWO_JOBS)

    instaview_asgi.assert_rule("JOB-MULTIPLE")
    assert len(instaview_asgi.requests.assert_made(CREATE, json=TWO_JOBS)) == 1


def test_a_failure_shows_the_line_of_the_test_alone(pytester: pytest.Pytester) -> None:
    """The assertions' own code is of no interest."""
    pytester.makepyfile("""
        def test_made(instaview):
            instaview.requests.assert_made("createInterview")

        def test_not_made(instaview):
            instaview.client.get("/jobs")
            instaview.requests.assert_not_made("listJobs")

        def test_rule(instaview):
            instaview.assert_rule("JOB-MULTIPLE")

        def test_unknown(instaview):
            instaview.requests.of("nonsense")
    """)

    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-p", "no:asyncio")

    result.assert_outcomes(failed=4)
    result.stdout.fnmatch_lines(["E       AssertionError: createInterview was not made"])
    assert not [line for line in result.outlines if re.search(r"mockserver/\w+", line)]
