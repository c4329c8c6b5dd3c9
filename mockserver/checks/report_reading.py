"""What is compared, as files have it: a report of a check, and changes that are known."""

import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema_rs

from mockserver.checks.check_report import SCHEMA_VERSION
from mockserver.checks.drift import Accepted
from mockserver.checks.findings import Verdict
from mockserver.checks.verdicts import subjects
from mockserver.jsontext import BadJson, decode, pointer_of

_TEXT, _TEXTS = {"type": "string"}, {"type": "array", "items": {"type": "string"}}
_VERDICT = {"enum": [verdict.value for verdict in Verdict]}


_RULE = {
    "type": "object",
    "required": ["rule", "verdict"],
    "properties": {"rule": _TEXT, "verdict": _VERDICT},
}
_CASE = {
    "type": "object",
    "required": ["case", "phase", "verdict", "rules"],
    "dependentRequired": {"status": ["shape"]},
    "properties": {
        "case": _TEXT,
        "phase": _TEXT,
        "verdict": _VERDICT,
        "rules": _TEXTS,
        "documented": _TEXT,
        "status": {"type": "integer"},
        "shape": _TEXTS,
    },
}
# As much of a report as is compared.
REPORT = jsonschema_rs.validator_for(
    {
        "type": "object",
        "required": ["schemaVersion", "rules", "cases"],
        "properties": {"rules": {"type": "array", "items": _RULE}, "cases": {"type": "array", "items": _CASE}},
    },
    mask="it",
)


class NoReport(ValueError):
    """A file that cannot be read as what it should be; the message says why."""


def report_in(path: Path) -> Mapping[str, Any]:
    """
    Raises:
        NoReport: it is none, or of another version.
    """
    try:
        report: Mapping[str, Any] = decode(path.read_bytes())
    except BadJson as error:
        raise NoReport(f"{path.name} is no JSON: {error}") from None
    for wrong in REPORT.iter_errors(report):
        at = f"at {pointer_of(wrong.instance_path)} " if wrong.instance_path else ""
        raise NoReport(f"{path.name} is no report of `mockserver check --json`: {at}{wrong.message}")
    if report["schemaVersion"] != SCHEMA_VERSION:
        raise NoReport(f"{path.name} has schemaVersion {report['schemaVersion']}; this is {SCHEMA_VERSION}")
    return report


def accepted_in(path: Path) -> list[Accepted]:
    """
    The entries of a TOML file: `[[accepted]]` with `rule`, `reason`, `expires` (a date), and perhaps `case`.

    Raises:
        NoReport: it has others.
    """
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8")).get("accepted")
    except RecursionError:
        raise NoReport(f"{path.name} is nested too deep") from None
    except ValueError as error:
        raise NoReport(f"{path.name}: {error}") from None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise NoReport(f"{path.name} has no list [[accepted]]")
    return [_accepted(path.name, place, row) for place, row in enumerate(rows, 1)]


def _accepted(file: str, place: int, row: Mapping[str, Any]) -> Accepted:
    kinds = {"rule": str, "reason": str, "expires": date, "case": str}
    given = {"case": "", **row}
    is_whole = given.keys() == kinds.keys() and all(type(given[name]) is kind for name, kind in kinds.items())
    if not is_whole or not row["reason"].strip():
        raise NoReport(
            f"{file}: entry {place} needs texts as rule and reason, a date alone as expires, may have case, and no more"
        )
    if row["rule"] not in subjects():
        raise NoReport(f"{file}: entry {place}: there is no rule {row['rule']}")
    return Accepted(given["rule"], given["reason"], given["expires"], given["case"])
