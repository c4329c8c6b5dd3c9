"""The fields of a body: those that are null, unknown or of the wrong type, over the API and in the journal."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mockserver import fields
from tests.support import INLINE_AGENT, INLINE_CANDIDATE, INLINE_JOB, MISSING, Mock, body, rules_of

CREATE = "createInterview"

# --- Nulls, strangers, wrong types

WHOLE: dict[str, Any] = {
    "candidate": {**INLINE_CANDIDATE, "phoneNumber": "+421915123456"},
    "agent": {**INLINE_AGENT, "questions": ["Why?"], "instructions": "Be kind", "voiceId": "ALEX", "cefrLevel": "B1"},
    "job": {**INLINE_JOB, "location": {"city": "Brno"}, "salary": {"min": 1, "max": 2}, "requiredSkills": ["Go"]},
    "scheduleTime": "2024-01-20T14:00:00Z",
    "metadata": {"k": "v"},
    "isTest": False,
}
# What may be left out, and what may stand in its place.
OPTIONAL = ["scheduleTime", "metadata", "isTest", "candidate/phoneNumber", "agent/questions", "agent/instructions"]
OPTIONAL += ["agent/voiceId", "agent/cefrLevel", "job/location", "job/location/city", "job/salary", "job/salary/min"]
OPTIONAL += [
    "job/requiredSkills",
    "candidateId",
    "agentId",
    "jobId",
    "candidate/jobId",
    "job/jobTitle",
    "candidate/email",
]
REQUIRED = {
    "candidate": "CANDIDATE-XOR",
    "agent": "AGENT-XOR",
    "job": "FOCUS-JOBLESS",
    "job/title": "JOB-SHAPE",
    "candidate/firstName": "CANDIDATE-REQUIRED",
    "candidate/gdprExpiryDate": "CANDIDATE-REQUIRED",
    "agent/type": "AGENT-SHAPE",
    "agent/duration": "AGENT-SHAPE",
}


def changed(path: str, value: object) -> dict[str, Any]:
    """The whole body with the field at a path set to a value."""
    given: dict[str, Any] = json.loads(json.dumps(WHOLE))
    *above, name = path.split("/")
    place = given
    for step in above:
        place = place[step]
    place[name] = value
    return given


@pytest.mark.rule("NULLS")
@pytest.mark.parametrize("path", OPTIONAL)
async def test_a_field_that_is_null_counts_as_left_out(mock: Mock, path: str) -> None:
    """Wherever it may be left out."""
    response = await mock.create(changed(path, None))

    assert response.status_code == 201, response.text


@pytest.mark.rule("NULLS")
@pytest.mark.parametrize(("path", "rule"), REQUIRED.items(), ids=REQUIRED)
async def test_a_required_field_that_is_null_is_missing(mock: Mock, path: str, rule: str) -> None:
    """It is refused as missing, not as null."""
    response = await mock.refused(mock.create(changed(path, None)), 400, rule)

    assert "null" not in response.text


@pytest.mark.rule("NULLS")
async def test_a_null_within_metadata_is_a_value(mock: Mock) -> None:
    """It comes back, at any depth, and counts as a key; in a list it has the wrong type."""
    created = await mock.create(body(metadata={"k": None, "l": [None, {"m": None}]}))
    await mock.refused(mock.create(body(metadata={str(key): None for key in range(51)})), 400, "METADATA-KEYS")
    await mock.refused(mock.create(changed("job/requiredSkills", [None])), 400, "FIELD-TYPE")

    assert created.json()["metadata"] == {"k": None, "l": [None, {"m": None}]}


STRANGERS = {
    "id": "1",
    "status": "FAILED",
    "createdAt": "2000-01-01T00:00:00Z",
    "scheduledAt": "2000-01-01T00:00:00Z",
    "durationMinutes": 0,
    "finishedDate": "x",
    "analysis": {},
    "callAttempts": [],
    "companyId": "x",
    "updatedAt": 1,
}


@pytest.mark.rule("UNKNOWN-FIELDS")
async def test_what_only_the_server_sets_never_takes_effect(mock: Mock) -> None:
    """An answer is the same with and without such fields, and so is what is stored."""
    given = {**WHOLE, **STRANGERS, "nickname": {"a": []}}
    given |= {name: {**WHOLE[name], "id": "1", "companyId": "2", "jobIds": 3} for name in ("candidate", "agent", "job")}

    async with Mock() as plain:
        expected, stored = (await plain.create(WHOLE)).json(), await plain.everything()
    created = await mock.create(given)

    assert (created.status_code, created.json()) == (201, expected)
    assert await mock.everything() == stored


TYPED = {
    **dict.fromkeys(("candidateId", "agentId", "jobId", "scheduleTime", "candidate/jobId"), "a string"),
    **dict.fromkeys(("candidate/firstName", "candidate/email", "candidate/gdprExpiryDate"), "a string"),
    **dict.fromkeys(("agent/type", "agent/name", "agent/companyPhoneNumberId", "job/title"), "a string"),
    **dict.fromkeys(("candidate", "agent", "job", "metadata", "job/metadata", "job/salary"), "an object"),
    **dict.fromkeys(("agent/questions", "job/requiredSkills", "job/education"), "an array"),
    "agent/duration": "a whole number",
    "job/salary/max": "a number",
    "isTest": "true or false",
}
VALUES = {"a string": "true", "an object": {}, "an array": [], "a whole number": 7, "true or false": True}


@pytest.mark.rule("FIELD-TYPE")
@pytest.mark.parametrize(
    ("path", "wanted", "kind"),
    [
        pytest.param(path, wanted, kind, id=f"{path} as {kind}")
        for path, wanted in TYPED.items()
        for kind in VALUES
        if kind != wanted and (kind, wanted) != ("a whole number", "a number")
    ],
)
async def test_each_field_has_its_type(mock: Mock, path: str, wanted: str, kind: str) -> None:
    """One line says what was wanted; of what the field holds, nothing more is said."""
    response = await mock.call("POST", "/interviews", json=changed(path, VALUES[kind]))

    messages = response.json()["message"]
    lines = [messages] if isinstance(messages, str) else messages
    mistyped = [line for line in lines if f"must be {wanted}, not " in line]
    assert (response.status_code, rules_of(response)[0], len(mistyped)) == (400, "FIELD-TYPE", 1)
    assert mistyped[0].startswith(path.replace("/", "."))
    exclusive = {"CANDIDATE-XOR", "AGENT-XOR", "JOB-XOR", "JOB-SOURCE-XOR"}
    assert set(rules_of(response)) <= {"FIELD-TYPE", *exclusive}


@pytest.mark.rule("FIELD-TYPE", "CANDIDATE-XOR")
async def test_a_field_of_the_wrong_type_is_there_for_those_that_exclude_it(mock: Mock) -> None:
    """Both faults are told; what the object would have to hold is not."""
    response = await mock.refused(mock.create(body(candidate="Jane")), 400, "FIELD-TYPE", "CANDIDATE-XOR")

    assert response.json()["message"] == [
        "candidate: must be an object, not a string",
        "candidate: candidateId and candidate exclude each other: give one of them",
    ]


# --- Whatever comes

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
PATHS = st.sampled_from([*OPTIONAL, *REQUIRED, *TYPED, "nickname", "job/location/workMode", "agent/metadata"])


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=PATHS, value=ANYTHING)
@example(path="scheduleTime", value="9999-12-31T23:59:59-23:59")
@example(path="agent/duration", value=1e308)
@example(path="candidate/gdprExpiryDate", value="9999-12-31T23:59:59Z")
@example(path="nickname", value={"~/": {"%": "\u2028"}})
async def test_no_value_of_any_field_is_a_mistake_of_the_mock(path: str, value: object) -> None:
    """Created or refused with a rule; a 500 would be raised here."""
    async with Mock() as mock:
        response = await mock.create(changed(path, value))
        entry = (await mock.requests())[-1]

    assert response.status_code in (201, 400, 403, 404)
    assert (rules_of(response) == []) == (response.status_code == 201)
    assert [decided["rule"] for decided in entry["decided"]] == [] or entry["response"]["status"] != 201


@pytest.mark.rule("FIELD-TYPE")
async def test_several_faults_make_a_list_in_the_rulebooks_order(mock: Mock) -> None:
    """Dotted paths, one line each; a single fault is a plain string."""
    given = body(agentId=MISSING, scheduleTime="soon", isTest="true", candidateId="1", metadata=[])

    response = await mock.refused(mock.create(given), 400, "FIELD-TYPE", "AGENT-XOR", "ID-FORMAT", "SCHEDULE-FORMAT")
    single = await mock.refused(mock.create(body(isTest="true")), 400, "FIELD-TYPE")

    paths = [line.partition(":")[0] for line in response.json()["message"]]
    assert paths == ["isTest", "metadata", "agentId", "candidateId", "scheduleTime"]
    assert single.json()["message"] == "isTest: must be true or false, not a string"


# --- What the contract knows of fields

UNREAD = [
    pytest.param({}, [], id="nothing"),
    pytest.param({"candidateId": "1", "isTest": None}, [], id="known fields, whatever they hold"),
    pytest.param({"nickname": {"a": 1}}, ["/nickname"], id="an unknown field, as a whole"),
    pytest.param({"a/b": 1, "c~d": 2, "": 3}, ["/a~1b", "/c~0d", "/"], id="names that a pointer must escape"),
    pytest.param({"candidate": {"nickname": 1, "jobId": 2, "email": 3}}, ["/candidate/nickname"], id="within"),
    pytest.param({"job": {"location": {"town": 1, "city": 2}}}, ["/job/location/town"], id="further within"),
    pytest.param(
        {"job": {"languageRequirements": [{"language": "EN"}, {"level": "C1"}, 7]}},
        ["/job/languageRequirements/1/level"],
        id="within a list",
    ),
    pytest.param({"metadata": {"k": {"l": 1}}, "job": {"metadata": {"k": 1}}}, [], id="metadata are the client's own"),
    pytest.param({"candidate": "Jane", "job": ["x"]}, [], id="values that hold no fields"),
]


@pytest.mark.rule("UNKNOWN-FIELDS")
@pytest.mark.parametrize(("given", "expected"), UNREAD)
def test_fields_that_nobody_reads_are_named(given: dict[str, Any], expected: list[str]) -> None:
    """By JSON pointers, in the order in which they stand."""
    assert fields.unread(CREATE, given) == expected


UNSEEN = [
    pytest.param({"experience": "SENIOR", "contractType": "FULL_TIME"}, [], id="values that a page shows"),
    pytest.param({"experience": "TEN_YEARS"}, [("/job/experience", "TEN_YEARS")], id="one that no page shows"),
    pytest.param(
        {"education": ["BACHELORS", "NIGHT_SCHOOL"], "location": {"workMode": "SEA"}, "salary": {"period": "DAILY"}},
        [("/job/education/1", "NIGHT_SCHOOL"), ("/job/location/workMode", "SEA"), ("/job/salary/period", "DAILY")],
        id="in a list and within",
    ),
    pytest.param(
        {"languageRequirements": [{"proficiency": "C9"}]},
        [("/job/languageRequirements/0/proficiency", "C9")],
        id="within a list",
    ),
    pytest.param({"title": "ANYTHING", "salary": {"currency": "XAU"}, "status": 7}, [], id="where there is no list"),
]


@pytest.mark.rule("JOB-SHAPE")
@pytest.mark.parametrize(("job", "expected"), UNSEEN)
def test_values_that_no_page_shows_are_named(job: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    """Where and what."""
    found = fields.unseen(CREATE, {"job": job})

    assert sorted((str(each["at"]), str(each["value"])) for each in found) == sorted(expected)


def test_a_body_meets_the_rules_of_the_fields_that_it_has() -> None:
    """Those of its objects and lists too; one that nobody knows meets the rule about such fields, and no other."""
    assert fields.rules_met(CREATE, {}) == {"FIELD-TYPE"}
    assert fields.rules_met(CREATE, {"nickname": 1}) == {"FIELD-TYPE", "UNKNOWN-FIELDS"}
    assert fields.rules_met(CREATE, {"job": {"languageRequirements": [{"tongue": "EN"}]}}) == {
        *("FIELD-TYPE", "JOB-SHAPE", "UNKNOWN-FIELDS")
    }
    assert fields.rules_met(CREATE, {"candidate": "Jane", "job": {"requiredSkills": "Go", "location": []}}) == {
        *("FIELD-TYPE", "JOB-SHAPE", "CANDIDATE-REQUIRED")
    }
    assert fields.rules_met("createJob", {"requiredSkills": []}) == {"FIELD-TYPE", "JOB-SHAPE"}
    assert "ID-FORMAT" not in fields.rules_met("createCandidate", {"jobIds": []})
    assert "ID-FORMAT" in fields.rules_met("createCandidate", {"jobIds": ["x"]})
    assert fields.rules_met(CREATE, {"candidateId": "x", "metadata": {}}) == {
        *("FIELD-TYPE", "ID-FORMAT", "METADATA-KEYS")
    }
    assert "CANDIDATE-CONTACT" in fields.rules_met(CREATE, {"candidate": {"email": "x"}})
    assert "JOB-SHAPE" in fields.rules_met(CREATE, {"job": {"education": ["X"]}})


def test_an_operation_without_a_body_has_no_fields() -> None:
    """Nothing is unread, unseen or met."""
    assert fields.unread("getInterview", {"a": 1}) == []
    assert fields.unseen("getInterview", {"a": 1}) == []
    assert fields.rules_met("getInterview", {"a": 1}) == set()
