"""`mockserver rules` and `mockserver openapi`."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from mockserver import contract
from mockserver.cli.rules import places_of
from mockserver.paths import CONTRACTS
from mockserver.rulebook import RULES
from tests.processes import run


def test_rules_lists_every_rule() -> None:
    """One per line, in the rulebook's order, within 100 columns; the head of the table is not data."""
    result = run("rules")

    lines = result.stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(RULES)
    assert max(map(len, lines)) <= 100
    jobless = next(line for line in lines if line.startswith("FOCUS-JOBLESS "))
    assert jobless.split() == ["FOCUS-JOBLESS", "400", "DOCUMENTED", "DOCUMENTED", "job", "jobless"]
    assert result.stderr.split()[:3] == ["RULE", "STATUS", "EVIDENCE"]


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_rule_is_shown_in_full(rule: Any) -> None:
    """With everything that the rulebook knows of it, within 100 columns."""
    shown = run("rules", rule.id.lower()).stdout

    text = " ".join(shown.split())
    assert shown.startswith(f"{rule.id}\n")
    assert all(len(line) <= 100 for line in shown.splitlines())
    for part in (rule.statement, rule.note or "", rule.evidence, *(source.section for source in rule.sources)):
        assert " ".join(part.split()) in text
    for source in rule.sources:
        assert source.line is None or f"L{source.line}" in text
    assert all(str(status) in text for status in rule.status)
    assert rule.reading is None or f"{rule.reading}: " in text


@pytest.mark.parametrize(
    ("id", "place"),
    [
        ("FOCUS-JOBLESS", "mockserver.rules.assignment:jobless_interview_is_generic"),
        ("ID-FORMAT", "contracts/openapi.yaml (x-rule)"),
    ],
    ids=["a function", "the contract"],
)
def test_a_rule_is_shown_with_its_code(id: str, place: str) -> None:
    """Where somebody would look to change it."""
    assert place in run("rules", id).stdout


def test_a_rule_without_a_function_is_found_by_its_comment() -> None:
    """Module and line, which names the rule."""
    places = [place for place in places_of("CREATE-STATUS") if "openapi" not in place]

    assert places
    for place in places:
        module, _, line = place.partition(":")
        path = Path(contract.__file__).parents[1] / f"{module.replace('.', '/')}.py"
        assert "CREATE-STATUS" in path.read_text(encoding="utf-8").splitlines()[int(line) - 1]


def test_rules_as_json() -> None:
    """All of them as a list, one as an object."""
    listed, one = json.loads(run("rules", "--json").stdout), json.loads(run("rules", "ROUTE", "--json").stdout)

    assert [rule["id"] for rule in listed] == list(RULES)
    assert one == next(rule for rule in listed if rule["id"] == "ROUTE")
    assert one["code"]


@pytest.mark.parametrize(
    ("id", "told"),
    [
        ("FOCUS-JOBLES", "there is no rule FOCUS-JOBLES; did you mean FOCUS-JOBLESS"),
        ("???", "there is no rule ???; `mockserver rules` lists them"),
    ],
    ids=["nearly", "not at all"],
)
def test_an_unknown_rule_is_misuse(id: str, told: str) -> None:
    """With the nearest ones, if any is near."""
    result = run("rules", id)

    assert result.exit_code == 2
    assert told in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_openapi_prints_the_contract() -> None:
    """YAML byte by byte as it was written, or the same as JSON."""
    written = (CONTRACTS / "openapi.yaml").read_bytes()

    assert run("openapi").stdout_bytes == written
    assert json.loads(run("openapi", "--format", "json").stdout) == contract.document()
    assert yaml.safe_load(written)["openapi"] == json.loads(run("openapi", "--format", "json").stdout)["openapi"]
    assert run("openapi", "--format", "xml").exit_code == 2


@pytest.mark.parametrize("arguments", [["--version"], ["rules"], ["openapi"]], ids=" ".join)
def test_what_needs_no_server_loads_none(arguments: list[str]) -> None:
    """Start-up time is the users' time."""
    script = f"""
import sys
from mockserver.cli import cli
cli({arguments!r}, standalone_mode=False)
sys.exit(any(name in sys.modules for name in ("aiohttp", "uvicorn", "starlette", "jsonschema_rs")))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)

    assert done.returncode == 0, done.stderr
