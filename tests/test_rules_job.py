"""An inline job: what lies between its fields."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mockserver.rules.job import (
    MAX_SKILLS,
    job_has_a_title,
    job_is_described_once,
    job_is_titled_once,
    salary_range_is_ordered,
)
from mockserver.rules.job import skills_are_few as judge_skills
from mockserver.wire.drafts import parse_job_draft

AT = "/job"
NUMBERS = st.integers(-(2**63), 2**64) | st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.rule("JOB-SHAPE")
@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({"title": "Baker"}, None),
        ({"jobTitle": "Baker"}, None),
        ({}, "/job/title"),
        ({"title": "Baker", "jobTitle": "Baker"}, "/job/jobTitle"),
        ({"title": "", "jobTitle": "Baker"}, "/job/jobTitle"),
    ],
    ids=["title", "jobTitle", "neither", "both, even the same", "both, one of them empty"],
)
def test_a_job_has_one_title(fields: dict[str, Any], at: str | None) -> None:
    """Exactly one of title and jobTitle."""
    draft = parse_job_draft(fields)

    violation = job_has_a_title(draft, AT) or job_is_titled_once(draft, AT)

    assert (violation and violation.at) == at


@pytest.mark.rule("JOB-SHAPE")
@pytest.mark.parametrize(
    ("fields", "holds"),
    [
        ({}, True),
        ({"description": "Bakes bread at night."}, True),
        ({"jobDescription": "Bakes bread at night."}, True),
        ({"description": "Bakes bread.", "jobDescription": "Bakes bread."}, False),
    ],
    ids=["none", "description", "jobDescription", "both"],
)
def test_a_job_is_described_once(fields: dict[str, Any], holds: bool) -> None:
    """At most one of description and jobDescription, which is kept as description."""
    draft = parse_job_draft(fields)

    violation = job_is_described_once(draft, AT)

    assert (violation is None) == holds
    assert draft.details.get("description") == next(iter(fields.values()), None)
    assert violation is None or violation.at == "/job/jobDescription"


SKILLS = st.lists(st.text(max_size=3), max_size=15)


@pytest.mark.rule("JOB-SHAPE")
@given(required=SKILLS | st.none(), nice=SKILLS | st.none() | st.just("React"))
@example(required=["a"] * 10, nice=None)
@example(required=["a"] * 11, nice=None)
@example(required=["a"] * 5, nice=["b"] * 5)
@example(required=["a"] * 5, nice=["b"] * 6)
@example(required=None, nice=["b"] * 11)
def test_skills_are_counted_in_both_lists_together(required: list[str] | None, nice: Any) -> None:
    """Ten in all; a refusal points at the longer list and says how many are too many."""
    count = len(required or ()) + (len(nice) if isinstance(nice, list) else 0)

    violation = judge_skills(parse_job_draft({"requiredSkills": required, "niceToHaveSkills": nice}), AT)

    assert (violation is not None) == (count > MAX_SKILLS)
    if violation is not None:
        longer = "requiredSkills" if required and len(required) * 2 >= count else "niceToHaveSkills"
        assert (violation.at, violation.fix) == (f"/job/{longer}", f"remove {count - MAX_SKILLS} of them")


@pytest.mark.rule("JOB-SHAPE")
@given(low=NUMBERS | st.none(), high=NUMBERS | st.none())
@example(low=4000, high=4000)
@example(low=4000.01, high=4000)
@example(low=2**63, high=2.0**63)
@example(low=0, high=-0.0)
def test_a_salary_range_is_not_upside_down(low: float | None, high: float | None) -> None:
    """min may equal max; one of them alone says nothing."""
    violation = salary_range_is_ordered(parse_job_draft({"salary": {"min": low, "max": high}}), AT)

    assert (violation is not None) == (low is not None and high is not None and low > high)
    assert violation is None or violation.at == "/job/salary/min"


@pytest.mark.rule("JOB-SHAPE")
@pytest.mark.parametrize("salary", [None, "much", [], {"min": "9", "max": "1"}], ids=str)
def test_a_salary_that_cannot_be_compared_is_left_to_its_type(salary: object) -> None:
    """Only numbers are compared."""
    assert salary_range_is_ordered(parse_job_draft({"salary": salary}), AT) is None
