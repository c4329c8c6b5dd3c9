"""`mockserver.schedules`: the orders in which deliveries may come, the least wrong first, and what is said of them."""

import subprocess
import sys
from itertools import islice
from random import Random

import pytest

from mockserver.schedules import Message, Schedule, Sending, disorders, wrong_in

PROGRAM = """
import sys
import mockserver.builders, mockserver.plugin.idempotence, mockserver.plugin.instaview
print("hypothesis" in sys.modules)
"""
STORY = [Message(event, event, b"") for event in ("started", "completed", "analysed")]


def schedule(*order: int, story: list[Message] = STORY) -> Schedule:
    return Schedule(tuple(Sending(place, story[place - 1]) for place in order))


def test_the_least_wrong_comes_first() -> None:
    """Each event twice in a row, then neighbours swapped, then one more at some other time."""
    first = list(islice(disorders(3, Random(1)), 11))

    assert first[:5] == [(1, 1, 2, 3), (1, 2, 2, 3), (1, 2, 3, 3), (2, 1, 3), (1, 3, 2)]
    assert {len(order) for order in first[5:]} == {4}
    assert len(set(first)) == 11


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_each_event_comes_in_each_order(count: int) -> None:
    """No order comes twice, none is the plain one, none is longer than by what goes wrong at most."""
    orders = list(disorders(count, Random(1)))

    assert len(set(orders)) == len(orders)
    assert tuple(range(1, count + 1)) not in orders
    for order in orders:
        assert set(order) == set(range(1, count + 1))
        assert len(order) <= count + 2


def test_a_seed_decides_what_is_tried_of_many() -> None:
    """The same in each run; with another one, other orders that are as wrong."""
    one, again, other = (list(disorders(3, Random(seed))) for seed in (1, 1, 2))

    assert one == again
    assert one[:11] == other[:11]
    assert one[11:] != other[11:]
    assert set(one) == set(other)


WORDS = [
    ((1, 2, 3), "", "nothing"),
    ((1, 1, 2, 3), "started delivered twice", "a duplicate"),
    ((1, 2, 2, 2), "completed delivered 3 times", "two of one"),
    ((1, 1, 2, 2), "started delivered twice, completed delivered twice", "two of two"),
    ((1, 2, 3, 1), "started delivered again after analysed", "a late one"),
    ((2, 1, 3), "completed delivered before started", "two swapped"),
    ((3, 2, 1), "analysed delivered before completed, completed delivered before started", "all backwards"),
    ((2, 1, 2), "completed delivered before started, completed delivered again after started", "early, and again"),
]


@pytest.mark.parametrize(("order", "words"), [row[:2] for row in WORDS], ids=[row[2] for row in WORDS])
def test_what_is_wrong_is_said_in_words(order: tuple[int, ...], words: str) -> None:
    """Of the order of the story and of what comes more than once."""
    assert wrong_in(schedule(*order)) == words


def test_events_of_one_type_are_told_apart_by_their_places() -> None:
    """Others keep their plain names."""
    story = [STORY[0], STORY[1], STORY[0]]

    assert wrong_in(schedule(1, 3, 2, 2, story=story)) == (
        "3 started delivered before completed, completed delivered twice"
    )


def test_schedules_are_made_without_hypothesis() -> None:
    """Only `mockserver.testing` needs it."""
    ran = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)

    assert ran.stdout.strip() == "False"
