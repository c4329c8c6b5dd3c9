"""Tables: rows by id, each company's rows in the order in which they came."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mockserver.models import Company, Interview, Job
from mockserver.store import Interviews, Store, Table

NOON = datetime(2024, 1, 16, 12, tzinfo=UTC)


def job(id: str, company: str = "acme", title: str = "A job") -> Job:
    return Job(id, company, title, NOON, NOON, {})


def test_a_table_finds_rows_by_id() -> None:
    """`get` says None where there is no row, the index raises."""
    table = Table([job("1")])

    assert table.get("1") == table["1"] == job("1")
    assert table.get("2") is None
    with pytest.raises(KeyError):
        table["2"]


def test_each_company_sees_its_own_rows_in_order() -> None:
    """A company without rows has none, and another company's do not show."""
    table = Table([job("3"), job("1"), job("2", "globex")])

    assert [row.id for row in table.of_company("acme")] == ["3", "1"]
    assert [row.id for row in table.of_company("globex")] == ["2"]
    assert list(table.of_company("initech")) == []
    assert [row.id for row in table] == ["3", "1", "2"]
    assert len(table) == 3


def test_a_row_that_changes_keeps_its_place() -> None:
    """Putting a row again replaces it everywhere."""
    table = Table([job("1"), job("2")])

    table.put(replace(table["1"], title="A better job"))

    assert [row.title for row in table] == [row.title for row in table.of_company("acme")] == ["A better job", "A job"]


def test_stores_of_one_seed_share_rows_but_no_tables() -> None:
    """What one world puts, another that began with the same rows does not see."""
    rows = (job("1"),)
    companies = (Company("acme", "Acme", 60),)
    one, other = Store(companies, jobs=rows), Store(companies, jobs=rows)

    one.jobs.put(job("2"))
    one.companies["acme"] = Company("acme", "Acme", 0)

    assert len(other.jobs) == 1
    assert other.companies["acme"].minutes_left == 60


def test_a_row_that_is_removed_belongs_to_the_past() -> None:
    """It is no longer found, listed or counted, but what refers to it can still look it up."""
    table = Table([job("1"), job("2")])

    table.remove("1")

    assert table.get("1") is None
    assert [row.id for row in table] == [row.id for row in table.of_company("acme")] == ["2"]
    assert (table.past("1"), table.past("2")) == (job("1"), job("2"))
    assert list(table.ever_of_company("acme")) == [job("2"), job("1")]
    assert list(table.ever_of_company("globex")) == []


def interview(id: str, candidate: str, agent: str) -> Interview:
    return Interview(id, "acme", candidate, agent, None, "SCHEDULED", NOON, NOON, NOON, is_test=False)


def test_interviews_are_found_by_candidate_and_by_agent() -> None:
    """In the order of creation, as they are now; who has none has an empty list."""
    table = Interviews([interview("2", "jane", "screener"), interview("1", "jane", "caller")])
    table.put(interview("3", "john", "screener"))

    table.put(replace(table["2"], status="IN_PROGRESS"))

    assert [(row.id, row.status) for row in table.of_candidate("jane")] == [("2", "IN_PROGRESS"), ("1", "SCHEDULED")]
    assert [row.id for row in table.of_agent("screener")] == ["2", "3"]
    assert (list(table.of_candidate("nobody")), list(table.of_agent("nobody"))) == ([], [])


def test_an_interview_that_is_removed_is_found_by_nobody() -> None:
    """Neither by its candidate nor by its agent."""
    table = Interviews([interview("1", "jane", "screener"), interview("2", "jane", "screener")])

    table.remove("1")

    assert [row.id for row in table.of_candidate("jane")] == [row.id for row in table.of_agent("screener")] == ["2"]
