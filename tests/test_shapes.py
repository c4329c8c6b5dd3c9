"""What the contract's schema says of a body: every limit at both sides of its bound, in words that help."""

from typing import Any

import pytest

from mockserver import shapes
from tests.support import INLINE_CANDIDATE, MISSING, NOWHERE, Mock, body, inline_with, phone_number

UTF8 = "é"  # two bytes, one character
EMOJI = "😀"  # four bytes, one character, two for JavaScript


BOUNDS = [
    # field                      passes                       is refused                 rule
    ("candidate.firstName", "x", "", "CANDIDATE-REQUIRED"),
    ("candidate.firstName", "x" * 100, "x" * 101, "CANDIDATE-REQUIRED"),
    ("candidate.firstName", EMOJI * 100, EMOJI * 101, "CANDIDATE-REQUIRED"),
    ("candidate.lastName", UTF8 * 100, UTF8 * 101, "CANDIDATE-REQUIRED"),
    ("candidate.lastName", " ", "", "CANDIDATE-REQUIRED"),
    ("candidate.phoneNumber", "+12", "+1", "CANDIDATE-CONTACT"),
    ("candidate.phoneNumber", "+123456789012345", "+1234567890123456", "CANDIDATE-CONTACT"),
    ("candidate.phoneNumber", "+999999999", "+0999999999", "CANDIDATE-CONTACT"),
    ("candidate.phoneNumber", "+421915123456", "421915123456", "CANDIDATE-CONTACT"),
    ("candidate.phoneNumber", "+421915123456", "+421 915 123456", "CANDIDATE-CONTACT"),
    ("candidate.phoneNumber", "+421915123456", "+٤٢١٩١٥١٢٣٤٥٦", "CANDIDATE-CONTACT"),
    ("candidate.phoneNumber", "+421915123456", "+421915123456\n", "CANDIDATE-CONTACT"),
    ("candidate.email", "jane+tag@example.com", "jane", "CANDIDATE-CONTACT"),
    ("candidate.email", "jane@mail.test", "jane@localhost", "CANDIDATE-CONTACT"),
    ("candidate.email", "a.b@c-d.example.com", "a..b@example.com", "CANDIDATE-CONTACT"),
    ("candidate.email", "o'hara@example.com", ".jane@example.com", "CANDIDATE-CONTACT"),
    ("candidate.email", "jane@1.com", "jane@example.1", "CANDIDATE-CONTACT"),
    ("candidate.email", "jane@a-b.com", "jane@-a.com", "CANDIDATE-CONTACT"),
    ("candidate.email", "jane@example.com", "jane@example.com\n", "CANDIDATE-CONTACT"),
    ("candidate.email", "jane@example.com", "jane@@example.com", "CANDIDATE-CONTACT"),
    ("candidate.email", "jane@example.com", "Jane <jane@example.com>", "CANDIDATE-CONTACT"),
    ("candidate.email", f"{'x' * 242}@example.com", f"{'x' * 243}@example.com", "CANDIDATE-CONTACT"),
    ("candidate.gdprExpiryDate", "2024-01-17", "2024-01-16", "GDPR-DATE"),
    ("candidate.gdprExpiryDate", "2024-01-17T00:00:00Z", "2024-1-17", "GDPR-DATE"),
    ("candidate.gdprExpiryDate", "2028-02-29", "2027-02-29", "GDPR-DATE"),
    ("candidate.gdprExpiryDate", "9999-12-31", "10000-01-01", "GDPR-DATE"),
    ("candidate.gdprExpiryDate", "2030-01-01T00:00:00.000+02:00", "2030-01-01 00:00:00", "GDPR-DATE"),
    ("candidate.gdprExpiryDate", "2030-01-01", "2030-01-01\n", "GDPR-DATE"),
    ("candidate.gdprExpiryDate", "2030-01-01", "01/01/2030", "GDPR-DATE"),
    ("agent.name", "xx", "x", "AGENT-SHAPE"),
    ("agent.name", EMOJI * 100, EMOJI * 101, "AGENT-SHAPE"),
    ("agent.duration", 1, 0, "AGENT-SHAPE"),
    ("agent.duration", 180, 181, "AGENT-SHAPE"),
    ("agent.duration", 30.0, 30.5, "AGENT-SHAPE"),
    ("agent.duration", 1, -1, "AGENT-SHAPE"),
    ("agent.duration", 180, 1e308, "AGENT-SHAPE"),
    ("agent.type", "UNDEFINED", "online", "AGENT-SHAPE"),
    ("agent.focus", "OUTREACH", "SCREEN", "AGENT-SHAPE"),
    ("agent.language", "FIL", "XX", "AGENT-SHAPE"),
    ("agent.voiceId", "EVA", "BOB", "AGENT-SHAPE"),
    ("agent.cefrLevel", "C2", "C3", "AGENT-SHAPE"),
    ("job.title", "x" * 5, "x" * 4, "JOB-SHAPE"),
    ("job.title", EMOJI * 200, EMOJI * 201, "JOB-SHAPE"),
    ("job.requiredSkills", ["x"] * 10, ["x"] * 11, "JOB-SHAPE"),
    ("job.niceToHaveSkills", ["x"] * 10, ["x"] * 11, "JOB-SHAPE"),
    ("job.requiredSkills", ["x"], [""], "JOB-SHAPE"),
    ("job.requiredSkills", [EMOJI * 128], [EMOJI * 129], "JOB-SHAPE"),
    ("job.niceToHaveSkills", ["x" * 128], ["x" * 129], "JOB-SHAPE"),
    ("job.languageRequirements", [{}] * 5, [{}] * 6, "JOB-SHAPE"),
    ("job.languageRequirements", [{"language": "EN"}], [{"language": "en"}], "JOB-SHAPE"),
    ("job.salary", {"min": 1, "max": 1}, {"min": 2, "max": 1}, "JOB-SHAPE"),
    ("job.salary", {"min": -1.5, "max": 0}, {"min": 0, "max": -1.5}, "JOB-SHAPE"),
    ("job.experience", "A_VALUE_NOT_SEEN_9", "Senior", "JOB-SHAPE"),
    ("job.contractType", "PART_TIME", "PART-TIME", "JOB-SHAPE"),
    ("job.education", ["BACHELORS"], ["9TH_GRADE"], "JOB-SHAPE"),
    ("job.status", "PAUSED", "", "JOB-SHAPE"),
    ("job.location", {"workMode": "ON_SITE"}, {"workMode": "ON_SITE\n"}, "JOB-SHAPE"),
    ("job.jobTitle", MISSING, "Two titles", "JOB-SHAPE"),
]


@pytest.mark.rule(
    "CANDIDATE-REQUIRED", "CANDIDATE-CONTACT", "GDPR-DATE", "ID-FORMAT", "AGENT-SHAPE", "JOB-SHAPE", "NULLS"
)
@pytest.mark.parametrize(
    ("path", "good", "bad", "rule"),
    [pytest.param(*case, id=f"{case[0]} {str(case[2])[:30]!r}") for case in BOUNDS],
)
async def test_a_limit_holds_at_both_sides_of_its_bound(
    mock: Mock, path: str, good: object, bad: object, rule: str
) -> None:
    """What is within passes, what is beyond is refused by one rule, in one line that names the field."""
    passed = await mock.create(inline_with(path, good))
    response = await mock.refused(mock.create(inline_with(path, bad)), 400, rule)

    assert passed.status_code == 201, passed.text
    message = response.json()["message"]
    assert isinstance(message, str)
    assert message.startswith(path)
    assert len(message) < 400


@pytest.mark.rule("ID-FORMAT")
@pytest.mark.parametrize("path", ["candidateId", "agentId", "jobId", "candidate.jobId"])
@pytest.mark.parametrize(
    "id",
    [
        "",
        "1",
        NOWHERE[:-1],
        f"{NOWHERE}0",
        NOWHERE.replace("-", ""),
        f"{{{NOWHERE}}}",
        f"{NOWHERE}\n",
        f"{NOWHERE[:-1]}g",
    ],
)
async def test_an_id_is_a_uuid_wherever_it_stands(mock: Mock, path: str, id: str) -> None:
    """36 characters, hexadecimal, hyphens where they belong."""
    inline = {"candidateId": MISSING, "candidate": {**INLINE_CANDIDATE, "jobId": id}}
    given = body(**(inline if path == "candidate.jobId" else {path: id}))

    response = await mock.refused(mock.create(given), 400, "ID-FORMAT")

    assert response.json()["message"].startswith(f"{path}: must ")


@pytest.mark.rule("JOB-SHAPE")
@pytest.mark.parametrize(
    ("required", "nice", "status"), [(10, 0, 201), (6, 4, 201), (6, 5, 400), (0, 10, 201), (1, 10, 400)]
)
async def test_skills_count_in_both_lists_together(mock: Mock, required: int, nice: int, status: int) -> None:
    """Ten in all, however they are divided."""
    given = {"title": "Baker", "requiredSkills": ["x"] * required, "niceToHaveSkills": ["y"] * nice}

    if status == 201:
        assert (await mock.create(body(job=given))).status_code == 201
    else:
        await mock.refused(mock.create(body(job=given)), 400, "JOB-SHAPE")


@pytest.mark.rule("CANDIDATE-REQUIRED", "AGENT-SHAPE", "JOB-SHAPE")
@pytest.mark.parametrize(
    ("path", "rule"),
    [
        *((f"candidate.{name}", "CANDIDATE-REQUIRED") for name in ("firstName", "lastName", "gdprExpiryDate", "email")),
        *((f"agent.{name}", "AGENT-SHAPE") for name in ("type", "name", "focus", "language", "duration")),
        ("job.title", "JOB-SHAPE"),
    ],
)
async def test_what_is_required_is_missed(mock: Mock, path: str, rule: str) -> None:
    """Each field by itself, and an empty object misses all of them in one answer."""
    kind = path.partition(".")[0]

    one = await mock.refused(mock.create(inline_with(path, MISSING)), 400, rule)
    all_of_them = await mock.refused(mock.create({**inline_with(path, MISSING), kind: {}}), 400, rule)

    assert one.json()["message"].startswith(f"{path}: ")
    assert any(line.startswith(path) for line in [*all_of_them.json()["message"], all_of_them.json()["message"]])


@pytest.mark.rule("AGENT-SHAPE", "ID-FORMAT")
async def test_a_phone_agent_needs_one_of_the_companys_numbers(mock: Mock) -> None:
    """Missing, malformed, nowhere, and then a good one; an ONLINE agent's is not looked at."""
    calls = inline_with("agent.type", "PHONE")

    def with_number(number: object) -> dict[str, Any]:
        return {**calls, "agent": {**calls["agent"], "companyPhoneNumberId": number}}

    await mock.refused(mock.create(calls), 400, "AGENT-SHAPE")
    await mock.refused(mock.create(with_number("+421220000001")), 400, "ID-FORMAT")
    await mock.refused(mock.create(with_number("")), 400, "ID-FORMAT")
    await mock.refused(mock.create(with_number(5)), 400, "FIELD-TYPE")
    await mock.refused(mock.create(with_number(NOWHERE)), 400, "AGENT-SHAPE")
    assert (await mock.create(with_number(phone_number()))).status_code == 201
    assert (await mock.create(inline_with("agent.companyPhoneNumberId", "rubbish"))).status_code == 201


@pytest.mark.rule("AGENT-SHAPE")
@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("agent.focus", "screening", "(did you mean SCREENING?)"),
        ("agent.focus", "x" * 1000, "…"),
        ("agent.duration", 200, "must be 1 to 180, not 200"),
        ("agent.duration", 30.5, "must be a whole number, not the number 30.5"),
        ("agent.name", "x", "must have 2 to 100 characters, not 1"),
        ("candidate.email", f"{'x' * 243}@example.com", "must have at most 254 characters, not 255"),
        ("job.requiredSkills", ["x"] * 12, "must have at most 10 items, not 12"),
        ("job.experience", "senior", "must be a word of capitals"),
        ("candidate.email", "jane@", "must be an e-mail address, not 'jane@'"),
        ("agent.questions", [True], "must be a string, not true"),
        ("agent.questions", [7], "must be a string, not the number 7"),
        ("agent.questions", [None], "must be a string, not null"),
        ("agent.questions", [{}], "must be a string, not an object"),
    ],
)
async def test_a_refusal_says_what_is_wanted_and_what_was_sent(mock: Mock, path: str, value: object, says: str) -> None:
    """In words a person can act on, and never too many of them."""
    response = await mock.create(inline_with(path, value))

    assert response.status_code == 400
    assert says in response.json()["message"]
    assert len(response.json()["message"]) < 400


def test_a_good_body_has_no_violations() -> None:
    """Combinators that tell generators of a choice are not judged here."""
    assert shapes.violations_of("createInterview", body()) == []
    assert shapes.violations_of("createInterview", {}) == []


def test_a_keyword_without_words_is_a_mistake_of_the_contract() -> None:
    """Whoever adds a keyword to the contract finds out at once that it has no words yet."""
    with pytest.raises(NotImplementedError, match="no words"):
        shapes._unworded({"multipleOf": 5}, 7)


@pytest.mark.parametrize(
    ("schema", "says"),
    [({"minimum": 1}, "must be at least 1, not 0"), ({"maximum": -1}, "must be at most -1, not 0")],
    ids=["from below", "from above"],
)
def test_a_bound_on_one_side_is_worded_as_one(schema: dict[str, int], says: str) -> None:
    """`at least`, `at most`, or both ends."""
    assert shapes._bound_text(schema, 0) == says
