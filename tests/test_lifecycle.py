"""States of interviews and calls, how an e-mail's tag decides the end, how long an interview lasts."""

from typing import get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mockserver import contract, lifecycle
from mockserver.lifecycle import COMPLETES, OUTCOMES, duration_minutes, outcome_of
from mockserver.models import AttemptStatus, InterviewStatus

TAGS = [
    # e-mail                              tag that counts     why
    ("jane@example.com", None, "no tag"),
    (None, None, "no e-mail at all"),
    ("", None, "an empty text"),
    ("jane+news@example.com", None, "an unknown tag"),
    ("jane+no-answer@example.com", "no-answer", "a tag"),
    ("jane+failed@example.com", "failed", "another tag"),
    ("jane+analysis-failed@example.com", "analysis-failed", "a third"),
    ("jane+slow-analysis@example.com", "slow-analysis", "a fourth"),
    ("Jane+No-Answer@example.com", "no-answer", "case does not matter"),
    ("jane+news+failed@example.com", "failed", "a known tag after an unknown one"),
    ("jane+failed+no-answer@example.com", "failed", "the first known tag counts"),
    ("jane+failed.2@example.com", None, "part of a longer tag"),
    ("no-answer@example.com", None, "a name is no tag"),
    ("jane@mail+failed.example.com", None, "a domain has no tags"),
]


@pytest.mark.rule("MAGIC-OUTCOME")
@pytest.mark.parametrize(("email", "tag"), [row[:2] for row in TAGS], ids=[row[2] for row in TAGS])
def test_a_tag_in_the_local_part_decides(email: str | None, tag: str | None) -> None:
    """The first known tag behind a plus sign is the outcome; everything else completes."""
    expected = COMPLETES if tag is None else OUTCOMES[tag]

    assert outcome_of(email) == expected


@pytest.mark.rule("LIFECYCLE")
@given(agreed=st.integers(1, 180), seed=st.text())
@example(agreed=0, seed="")  # nothing was agreed
def test_an_interview_lasts_60_to_100_percent_of_what_was_agreed(agreed: int, seed: str) -> None:
    """Whole minutes, at least one, never under 60 % and never over the agent's duration."""
    minutes = duration_minutes(agreed, seed)

    assert isinstance(minutes, int)
    assert max(1, 0.6 * agreed) <= minutes <= max(1, agreed)
    assert minutes == duration_minutes(agreed, seed)


@pytest.mark.rule("LIFECYCLE")
def test_every_duration_in_the_range_occurs() -> None:
    """Seeds spread over the whole range, both ends included."""
    assert {duration_minutes(10, f"seed {number}") for number in range(200)} == {6, 7, 8, 9, 10}


@pytest.mark.rule("LIFECYCLE")
def test_the_table_of_states_is_whole_and_ends() -> None:
    """It speaks of every status of the contract; from an ended interview only another call leads on, if it failed."""
    ended = {status for status, following in lifecycle.NEXT.items() if not following}

    assert set(lifecycle.NEXT) == set(get_args(InterviewStatus))
    assert set(lifecycle.NEXT) == set(contract.document()["components"]["schemas"]["InterviewStatus"]["enum"])
    assert ended == {"UNDEFINED", "COMPLETED", "CANCELLED"}
    assert lifecycle.NEXT["FAILED"] == {"SCHEDULED"}
    assert {status for status in ended if lifecycle.NEXT[status]} <= {"FAILED"}
    assert lifecycle.NEXT["SCHEDULED"] == {"IN_PROGRESS", "CANCELLED", "FAILED"}
    assert lifecycle.NEXT["IN_PROGRESS"] == {"COMPLETED", "FAILED", "CANCELLED"}


@pytest.mark.rule("LIFECYCLE")
def test_the_table_of_calls_is_whole_and_ends() -> None:
    """The same for call attempts: one that is under way completes or fails."""
    schema = contract.document()["components"]["schemas"]["CallAttempt"]["properties"]["status"]

    assert set(lifecycle.NEXT_ATTEMPT) == set(get_args(AttemptStatus)) == set(schema["enum"])
    assert lifecycle.NEXT_ATTEMPT["SCHEDULED"] == {"IN_PROGRESS", "CANCELLED"}
    assert lifecycle.NEXT_ATTEMPT["IN_PROGRESS"] == {"COMPLETED", "FAILED"}
    assert not any(lifecycle.NEXT_ATTEMPT[status] for status in ("COMPLETED", "FAILED", "CANCELLED"))
