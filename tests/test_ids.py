"""Identifiers that a seed decides."""

from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mockserver.ids import Ids, normal_id, uuid_of
from tests.support import NOWHERE

KINDS = st.lists(st.sampled_from(["interview", "candidate", "event", "request"]))


@given(st.text())
@example("")
@example("é😀")
def test_an_id_is_a_version_4_uuid_in_lower_case(name: str) -> None:
    """The same name has the same id, and the standard library reads it."""
    id = uuid_of(name)

    assert (UUID(id).version, UUID(id).variant) == (4, "specified in RFC 4122")
    assert id == normal_id(id) == uuid_of(name)


@given(seed=st.text(), kinds=KINDS)
def test_the_same_seed_and_the_same_calls_give_the_same_ids(seed: str, kinds: list[str]) -> None:
    """And none of them twice."""
    first, second = Ids(seed), Ids(seed)

    made = [first.next(kind) for kind in kinds]

    assert made == [second.next(kind) for kind in kinds]
    assert len(set(made)) == len(made)


@given(st.sets(st.integers(1, 8)))
def test_ids_that_somebody_gave_are_not_made(numbers: set[int]) -> None:
    """They are skipped, and the others come in the order in which they would have come anyway."""
    all_of_them = [Ids("42", {"job": number}).next("job") for number in range(8)]
    taken = [all_of_them[number - 1] for number in numbers]
    ids = Ids("42", taken=taken)

    made = [ids.next("job") for _ in range(8 - len(numbers))]

    assert made == [id for id in all_of_them if id not in taken]


@given(KINDS)
def test_each_kind_counts_for_itself(kinds: list[str]) -> None:
    """What else was made does not change the next id of a kind; the counts are the whole state."""
    ids, alone = Ids("42"), Ids("42")
    for kind in kinds:
        ids.next(kind)
    for _ in range(kinds.count("interview")):
        alone.next("interview")

    restored = Ids("42", ids.counts)

    assert restored.next("interview") == alone.next("interview") == ids.next("interview")
    assert restored.counts is not ids.counts


def test_another_seed_has_other_ids() -> None:
    """Also where seed and kind read the same put together."""
    assert Ids("1").next("x") != Ids("2").next("x")
    assert Ids("1/x").next("y") != Ids("1").next("x/y/1")


@pytest.mark.rule("ID-FORMAT")
@given(st.uuids())
def test_any_version_and_any_case_is_an_id(id: UUID) -> None:
    """Answered in lower case."""
    assert normal_id(str(id)) == normal_id(str(id).upper()) == str(id)


@pytest.mark.rule("ID-FORMAT")
@pytest.mark.parametrize(
    "text",
    [
        "",
        NOWHERE[1:],
        f"{NOWHERE}\n",
        f"{{{NOWHERE[2:]}}}",
        f"urn:uuid:{NOWHERE}"[:36],
        NOWHERE.replace("-", "_"),
        "9" * 36,
        NOWHERE.replace("9", "９"),
        "-" * 36,
        "9999-99990000400080000000000000-00-09",
        "�" * 36,
    ],
    ids=repr,
)
def test_nothing_else_is_one(text: str) -> None:
    """36 ASCII characters, hyphens where they belong."""
    assert normal_id(text) is None
