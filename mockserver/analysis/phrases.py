"""
What the two voices and the report say in each language: fixtures/analysis/<language>.json, read when first needed.

A file holds slots, each with variants. The variants are ours and may name fields in braces; what fills the fields is
the user's and is put in as a value of `format_map`, so nothing in it is ever read as a template.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from mockserver.paths import FIXTURES

LANGUAGES = frozenset({"CS", "DE", "EN", "ES", "FR", "HU", "IT", "NL", "PL", "PT", "RO", "SK", "UK"})


@dataclass(frozen=True, slots=True)
class Phrasebook:
    """One language: variants by slot, and what the scores are called."""

    variants: Mapping[str, tuple[str, ...]]
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Fallback:
    """What is said of an interview in a language without a phrasebook; `names` are English, by code."""

    notes: tuple[str, ...]
    names: Mapping[str, str]


class Writer:
    """One interview's voice: every slot starts at a drawn variant and repeats none before it has used them all."""

    def __init__(self, book: Phrasebook, draw: Callable[[], float], **values: str) -> None:
        """
        Args:
            draw: gives a number in [0, 1), as `random.Random.random` does.
            values: what fills the fields that stay the same, such as `name`.
        """
        self.labels = book.labels
        self.draw = draw
        self._variants = book.variants
        self._values = values
        self._turns: dict[str, int] = {}

    def write(self, slot: str, **values: str) -> str:
        variants = self._variants[slot]
        turn = self._turns.get(slot)
        if turn is None:
            turn = int(self.draw() * len(variants))
        self._turns[slot] = turn + 1
        return variants[turn % len(variants)].format_map(self._values | values)

    def write_answer(self, question_slot: str, answer_slot: str) -> str:
        """The variant that belongs to the question written last; the two slots run in parallel."""
        self._turns[answer_slot] = self._turns[question_slot] - 1
        return self.write(answer_slot)

    def settle(self, field: str, slot: str) -> str:
        """Write a phrase that fills a field from now on, so that all who name it agree."""
        self._values[field] = written = self.write(slot)
        return written

    def count(self, slot: str) -> int:
        return len(self._variants[slot])


def phrasebook_of(language: str) -> Phrasebook:
    """The language's own phrasebook, or the English one."""
    return _phrasebook(language if language in LANGUAGES else "EN")


@cache
def fallback() -> Fallback:
    content = _read("fallback")
    return Fallback(tuple(content["note"]), content["names"])


@cache
def _phrasebook(language: str) -> Phrasebook:
    content = _read(language.lower())
    labels = content.pop("labels")
    return Phrasebook({slot: tuple(variants) for slot, variants in content.items()}, labels)


def _read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((FIXTURES / "analysis" / f"{name}.json").read_text(encoding="utf-8"))
    return content
