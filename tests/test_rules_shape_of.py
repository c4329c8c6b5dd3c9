"""Which rules judge a body alone: those that its fields call for, in the rulebook's order."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mockserver.readings import DEFAULTS, Readings
from mockserver.rulebook import rule_of
from mockserver.rules import shape_of
from mockserver.wire.drafts import parse_interview_draft
from tests.support import INLINE_AGENT, INLINE_CANDIDATE, INLINE_JOB, NOWHERE

NOW = datetime(2024, 1, 16, 10, 30, tzinfo=UTC)
ALWAYS = ["CANDIDATE-XOR", "AGENT-XOR", "JOB-XOR", "JOB-SOURCE-XOR"]
METADATA = ["METADATA-SIZE", "METADATA-DEPTH", "METADATA-KEYS"]


def asked(body: dict[str, Any], readings: Readings = DEFAULTS) -> list[str]:
    """The rules that a body is put to, each once, in order."""
    draft = parse_interview_draft(body)
    return list(dict.fromkeys(rule_of(judge) for judge, _ in shape_of(draft, NOW, readings)))


CALLED_FOR = [
    pytest.param({}, ALWAYS, id="nothing at all"),
    pytest.param({"candidate": INLINE_CANDIDATE}, [*ALWAYS, "CANDIDATE-REQUIRED", "GDPR-DATE"], id="candidate"),
    pytest.param({"agent": INLINE_AGENT}, [*ALWAYS, "AGENT-SHAPE", "ID-FORMAT"], id="agent"),
    pytest.param({"job": INLINE_JOB}, [*ALWAYS, "JOB-SHAPE"], id="job"),
    pytest.param({"metadata": {}}, [*ALWAYS, *METADATA], id="metadata"),
    pytest.param({"job": {"metadata": {}}}, [*ALWAYS, "JOB-SHAPE", *METADATA], id="a job's metadata"),
    pytest.param(
        {"agent": {"metadata": {}}}, [*ALWAYS, "AGENT-SHAPE", "ID-FORMAT", *METADATA], id="an agent's metadata"
    ),
    pytest.param({"job": {"metadata": "text"}}, [*ALWAYS, "JOB-SHAPE"], id="metadata that are none"),
    pytest.param(
        {"scheduleTime": "2024-01-20T14:00:00Z"},
        [*ALWAYS, "SCHEDULE-FORMAT", "SCHEDULE-FUTURE", "SCHEDULE-WINDOW"],
        id="schedule",
    ),
    pytest.param({"candidateId": NOWHERE, "isTest": True}, ALWAYS, id="test mode lifts none of them"),
]


@pytest.mark.rule("TEST-RULES")
@pytest.mark.parametrize(("body", "expected"), CALLED_FOR)
def test_a_field_calls_for_its_rules(body: dict[str, Any], expected: list[str]) -> None:
    """What is not there is not judged; the exclusive ones always are."""
    assert asked(body) == expected


@pytest.mark.rule("JOB-PRECEDENCE")
def test_precedence_replaces_the_exclusive_rules_of_jobs() -> None:
    """Under `job_sources=precedence` several sources are no fault."""
    assert asked({}, replace(DEFAULTS, job_sources="precedence")) == ["CANDIDATE-XOR", "AGENT-XOR"]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ["candidateId", "jobId", "agentId", "scheduleTime", "job", "candidate", "agent", "metadata", "isTest"]
INNER = ["firstName", "email", "gdprExpiryDate", "jobId", "type", "duration", "title", "jobTitle", "salary"]
INNER += ["requiredSkills", "description", "jobDescription", "metadata", "companyPhoneNumberId"]


@given(
    st.dictionaries(
        st.sampled_from(FIELDS), ANYTHING | st.dictionaries(st.sampled_from(INNER), ANYTHING, max_size=5), max_size=9
    )
)
@example({"scheduleTime": "9999-12-31T23:59:59-23:59", "candidate": {"gdprExpiryDate": "9999-99-99"}})
@example({"job": {"salary": {"min": True, "max": False}, "requiredSkills": {}}, "agent": {"duration": 1e300}})
def test_no_body_breaks_the_rules(body: dict[str, Any]) -> None:
    """Wrong types, no matter where, are left to the contract: every rule has an answer to any draft."""
    draft = parse_interview_draft(body)

    answers = [judge(*values) for judge, values in shape_of(draft, NOW, DEFAULTS)]

    assert all(answer is None or answer.status == 400 for answer in answers)
