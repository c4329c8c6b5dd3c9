"""A repository as users have one, `tests/downstream`, beside the built wheel in an environment that has no checkout."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.wheels import run

pytestmark = [pytest.mark.xdist_group("wheel"), pytest.mark.timeout(120)]
PROJECT = Path(__file__).parent / "downstream"
README = Path(__file__).parent.parent / "README.md"
Suite = Callable[..., list[str]]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Away from this checkout, whose configuration pytest would find."""
    return shutil.copytree(PROJECT, tmp_path / "acme", ignore=shutil.ignore_patterns("__pycache__", ".*"))


@pytest.fixture
def suite(project: Path, python_with_wheel: Path) -> Suite:
    """Runs the repository's own tests; gives the lines that they print."""

    def run_it(*options: str, status: int = 0) -> list[str]:
        return run(str(python_with_wheel), "-m", "pytest", *options, cwd=project, status=status).splitlines()

    return run_it


def states_of(report: Path) -> dict[str, Any]:
    return {row["rule"]: row["state"] for row in json.loads(report.read_text(encoding="utf-8"))["rules"]}


def test_an_empty_project_needs_one_file_of_ten_lines(python_with_wheel: Path, tmp_path: Path) -> None:
    """The first test of the README: no configuration, warnings are errors."""
    first = re.findall(r"^```python\n(.*?)^```$", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)[0]
    (tmp_path / "test_it.py").write_text(first, encoding="utf-8")

    printed = run(str(python_with_wheel), "-m", "pytest", "-W", "error", cwd=tmp_path)

    assert len(first.splitlines()) <= 10
    assert "wait_for(" in first
    assert " 1 passed in " in printed


def test_its_tests_pass_and_the_rules_that_they_never_met_are_named(suite: Suite, project: Path) -> None:
    """On the terminal, in JSON and as a page; warnings are errors there, and its tests are strict."""
    lines = suite("--instaview-coverage=report.json", "--instaview-coverage=report.html", "--instaview-fail-under=40")

    states = states_of(project / "report.json")
    page = (project / "report.html").read_text(encoding="utf-8")
    assert " 13 passed in " in lines[-1]
    wanted = {"JOB-MULTIPLE": "refused", "BILLING-LIMIT": "refused", "FIELD-TYPE": "held", "SCHEDULED": "shown"}
    wanted |= {"FOCUS-GENERIC": "never", "AGENT-DELETE": "never", "KEY-ATS": "excepted"}
    assert {rule: states[rule] for rule in wanted} == wanted
    never = {rule for rule, state in states.items() if state == "never"}
    assert never <= set(" ".join(lines).replace(",", " ").split())
    assert all(rule in page for rule in never)


def test_a_receiver_that_forgets_is_caught_by_the_smallest_schedule(suite: Suite) -> None:
    """One delivery too many, of the event on which it hires."""
    lines = suite("broken", status=1)

    told = [line.removeprefix("E").strip() for line in lines if line.startswith("E ")]
    assert told[0] == "AssertionError: analysis.completed delivered twice: effect 1 → 2"
    assert told[3].startswith("no smaller schedule does it")


def test_the_readings_that_its_client_survives_are_told(suite: Suite) -> None:
    """One of the readings is no matter to it, for the other it was not written."""
    lines = suite("tests/test_booking.py", "--instaview-readings=wire,create_status", "--tb=no", status=1)

    assert [line.split() for line in lines if line.startswith(("defaults", "wire=", "create_status="))] == [
        ["defaults", "9", "0", "0"],
        ["wire=envelope", "0", "9", "0", "does", "not", "survive"],
        ["create_status=200", "9", "0", "0", "survives"],
    ]
