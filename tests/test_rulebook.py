"""The rulebook as a file: well-formed, honest about its evidence, and in step with the readings."""

import re
import tomllib
from collections import Counter
from typing import Any, get_args

import pytest

from mockserver import readings, rulebook
from mockserver.errors import Violation
from mockserver.paths import CONTRACTS
from mockserver.rulebook import RULES, Evidence, rule

FILE: dict[str, list[dict[str, Any]]] = tomllib.loads((CONTRACTS / "rules.toml").read_text(encoding="utf-8"))
PAGE = "create-interview"
PAGE_LINES = 722
AREAS = {"access", "form", "shape", "resource", "webhook", "job", "billing", "outcome", "test"}
LABELS = set(get_args(Evidence))
RULE_KEYS = {"id", "area", "statement", "status", "evidence", "status_evidence", "note", "reading", "sources"}
SAID_SOMEWHERE = {"DOCUMENTED", "PUBLIC"}

every_rule = pytest.mark.parametrize("table", FILE["rule"], ids=lambda table: table["id"])
every_reading = pytest.mark.parametrize("table", FILE["reading"], ids=lambda table: table["name"])
every_source = pytest.mark.parametrize(
    "source",
    [
        pytest.param(source, id=f"{table.get('id', table.get('name'))}-{place}")
        for table in FILE["rule"] + FILE["reading"]
        for place, source in enumerate(table["sources"])
    ],
)


def test_every_id_is_listed_once() -> None:
    """An id names one rule; a rule listed twice would hide the first."""
    counts = Counter(table["id"] for table in FILE["rule"])

    assert set(counts.values()) == {1}
    assert list(RULES) == list(counts)


@every_rule
def test_a_rule_has_the_keys_and_words_of_the_house(table: dict[str, Any]) -> None:
    """A rule has a shouted id, a known area, one statement that ends as a sentence, and no key that nobody reads."""
    assert re.fullmatch(r"[A-Z]+(-[A-Z]+)*", table["id"])
    assert table["area"] in AREAS
    assert table["statement"].endswith(".")
    assert table.keys() <= RULE_KEYS


@every_rule
def test_evidence_of_rule_and_status_are_labels_and_agree(table: dict[str, Any]) -> None:
    """The status of a refusal has evidence of its own; a rule that never refuses has none."""
    assert table["evidence"] in LABELS
    assert bool(table["status"]) == ("status_evidence" in table)
    assert table.get("status_evidence", "ASSUMED") in LABELS
    assert all(400 <= status < 600 for status in table["status"])


@every_rule
def test_what_is_said_somewhere_names_where(table: dict[str, Any]) -> None:
    """DOCUMENTED points at a line of the page, PUBLIC at another page; nothing said nowhere claims either."""
    pages = {source["page"] for source in table["sources"]}
    labels = {table["evidence"], table.get("status_evidence")}

    assert bool(pages) or not labels & SAID_SOMEWHERE
    assert PAGE in pages or "DOCUMENTED" not in labels
    assert pages - {PAGE} or "PUBLIC" not in labels


@every_rule
def test_the_reading_of_a_rule_exists(table: dict[str, Any]) -> None:
    """A rule is switched by a reading that there is."""
    assert table.get("reading", "wire") in readings.VALUES


@every_source
def test_a_source_on_the_page_names_its_line_and_its_text(source: dict[str, Any]) -> None:
    """Lines are counted in a known text, so they come with its hash; other pages are named by topic alone."""
    assert source["section"]
    if source["page"] == PAGE:
        assert source.keys() - {"end"} == {"page", "section", "line", "sha256"}
        assert 1 <= source["line"] < source.get("end", source["line"] + 1) <= PAGE_LINES + 1
        assert re.fullmatch(r"[0-9a-f]{64}", source["sha256"])
    else:
        assert source.keys() == {"page", "section"}


def test_one_text_has_one_hash() -> None:
    """Two sources for the same lines agree about what stands there."""
    page_sources = [s for t in FILE["rule"] + FILE["reading"] for s in t["sources"] if s["page"] == PAGE]
    texts = {(source["line"], source.get("end"), source["section"], source["sha256"]) for source in page_sources}

    assert len(texts) == len({(line, end) for line, end, *_ in texts})


@every_reading
def test_a_reading_is_described(table: dict[str, Any]) -> None:
    """A reading says what it settles and how sure its default is."""
    assert table.keys() == {"name", "values", "settles", "evidence", "sources"}
    assert table["settles"].endswith(".")
    assert table["evidence"] in LABELS
    assert bool(table["sources"]) or table["evidence"] not in SAID_SOMEWHERE


def test_readings_are_those_that_the_code_knows() -> None:
    """Names, order, values and defaults are the same in the rulebook and in the code."""
    listed = {table["name"]: tuple(table["values"]) for table in FILE["reading"]}

    assert listed == dict(readings.VALUES)
    assert {name: values[0] for name, values in listed.items()} == readings.Readings().as_dict()


def test_a_loaded_rule_is_what_the_file_says() -> None:
    """Loading keeps every field, and fills what is left out with None."""
    table = next(table for table in FILE["rule"] if table["id"] == "FOCUS-GENERIC")

    loaded = RULES["FOCUS-GENERIC"]

    assert (loaded.area, loaded.statement, loaded.note) == (table["area"], table["statement"], table["note"])
    assert (loaded.status, loaded.evidence, loaded.status_evidence) == ((400,), "DOCUMENTED", "DOCUMENTED")
    assert loaded.reading is None
    assert [(source.page, source.line, source.end) for source in loaded.sources] == [
        (PAGE, 237, None),
        (PAGE, 257, 258),
    ]


def test_a_tied_function_stamps_its_violations() -> None:
    """A violation carries the id of the rule that found it; a yes stays a yes."""

    @rule("JOB-XOR")
    def is_even(number: int) -> Violation | None:
        return Violation(400, "odd") if number % 2 else None

    assert is_even(2) is None
    assert is_even(3) == Violation(400, "odd", rule="JOB-XOR")
    assert rulebook.rule_of(is_even) == "JOB-XOR"


def test_a_rule_that_nobody_lists_cannot_be_tied() -> None:
    """A typo in an id is found when the module is imported."""
    with pytest.raises(KeyError, match="JOB-XORR"):
        rule("JOB-XORR")
