"""What has changed from one report of a check to another, and what of it was known before."""

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from mockserver.checks.check_report import SCHEMA_VERSION
from mockserver.checks.findings import Verdict
from mockserver.checks.scenario_checks import PHASE as SCENARIOS
from mockserver.checks.verdicts import subjects


class NoReport(ValueError):
    """A file that cannot be read as what it should be; the message says why."""


@dataclass(frozen=True, slots=True)
class Change:
    """Something that differs. `rules` are what it belongs to; one that `is_better` is told, and is no breach."""

    case: str  # empty where it is about a rule as a whole
    rules: tuple[str, ...]
    text: str
    is_better: bool = False


@dataclass(frozen=True, slots=True)
class Accepted:
    """A change that is known, for one case of a rule or for all."""

    rule: str
    reason: str
    expires: date
    case: str = ""

    def covers(self, change: Change) -> bool:
        return self.rule in change.rules and self.case in ("", change.case)


@dataclass(frozen=True, slots=True)
class Drift:
    """`known` are the changes that an entry covers that has not expired; `stale` are complaints about entries."""

    new: tuple[Change, ...]
    known: tuple[tuple[Change, Accepted], ...]
    stale: tuple[str, ...]

    @property
    def is_clean(self) -> bool:
        return not self.stale and all(change.is_better for change in self.new)


def drift_of(before: Mapping[str, Any], after: Mapping[str, Any], accepted: Sequence[Accepted], today: date) -> Drift:
    """An entry that has expired, or that no change needs any more, is stale."""
    changes = list(changes_of(before, after))
    valid = [entry for entry in accepted if entry.expires >= today]
    covered = [(change, next((entry for entry in valid if entry.covers(change)), None)) for change in changes]
    needed = {entry for change in changes for entry in accepted if entry.covers(change)}
    return Drift(
        new=tuple(change for change, entry in covered if entry is None),
        known=tuple((change, entry) for change, entry in covered if entry is not None),
        stale=tuple(_complaints(accepted, needed, today)),
    )


def _complaints(accepted: Sequence[Accepted], needed: set[Accepted], today: date) -> Iterator[str]:
    for entry in accepted:
        name = f"{entry.rule}{f', {entry.case}' if entry.case else ''} ({entry.reason})"
        if entry.expires < today:
            yield f"{name} has expired on {entry.expires.isoformat()}"
        elif entry not in needed:
            yield f"{name} is accepted, and nothing of it has changed: take it out"


def changes_of(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    """Verdicts first, then what was answered differently to the same request."""
    old, new = ({rule["rule"]: rule for rule in report["rules"]} for report in (before, after))
    for id in dict.fromkeys((*old, *new)):
        yield from _of_rule(id, _verdict(old.get(id)), _verdict(new.get(id)))
    was, now = ({case["case"]: case for case in report["cases"]} for report in (before, after))
    for name in was:
        if name in now and all(case["phase"] == SCENARIOS and "status" in case for case in (was[name], now[name])):
            yield from _of_case(was[name], now[name])


def _verdict(rule: Mapping[str, Any] | None) -> str:
    return Verdict.NOT_LOOKED_AT.value if rule is None else rule["verdict"]


# From bad to good.
_RANK = (Verdict.BROKEN, Verdict.NOT_LOOKED_AT, Verdict.KEPT)


def _of_rule(id: str, was: str, now: str) -> Iterator[Change]:
    if was != now:
        yield Change("", (id,), f"{was}, and now {now}", _RANK.index(Verdict(now)) > _RANK.index(Verdict(was)))


def _of_case(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Change]:
    name, rules = was["case"], tuple(dict.fromkeys((*was["rules"], *now["rules"])))
    if was["status"] != now["status"]:
        yield Change(name, rules, f"answered with {was['status']}, and now with {now['status']}")
        return
    before, after = _own(was["shape"]), _own(now["shape"])
    gone, come = sorted(before - after), sorted(after - before)
    if gone or come:
        told = [f"no longer {', '.join(gone)}"] if gone else []
        told += [f"now {', '.join(come)}"] if come else []
        yield Change(name, rules, f"its answer shows {'; '.join(told)}")


def _own(shape: Sequence[str]) -> set[str]:
    """Without the rows of lists, which may be anybody's."""
    return {place for place in shape if not place.startswith("/data/*")}


def report_in(path: Path) -> Mapping[str, Any]:
    """
    Raises:
        NoReport: it is none, or of another version.
    """
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise NoReport(f"{path.name} is no JSON: {error}") from None
    if not isinstance(report, dict) or not {"schemaVersion", "rules", "cases"} <= report.keys():
        raise NoReport(f"{path.name} is no report of `mockserver check --json`")
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
        rows = tomllib.loads(path.read_text(encoding="utf-8"))["accepted"]
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise TypeError
        return [_accepted(path.name, place, row) for place, row in enumerate(rows, 1)]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise NoReport(f"{path.name}: {error}") from None
    except (KeyError, TypeError):
        raise NoReport(f"{path.name} has no list [[accepted]]") from None


def _accepted(file: str, place: int, row: Mapping[str, Any]) -> Accepted:
    kinds = {"rule": str, "reason": str, "expires": date, "case": str}
    wrong = [name for name, kind in kinds.items() if name != "case" and not isinstance(row.get(name), kind)]
    if wrong or not row["reason"].strip() or row.keys() - kinds.keys() or not isinstance(row.get("case", ""), str):
        raise NoReport(
            f"{file}: entry {place} needs rule and reason as texts and expires as a date, may have case, and no more"
        )
    if row["rule"] not in subjects():
        raise NoReport(f"{file}: entry {place}: there is no rule {row['rule']}")
    return Accepted(row["rule"], row["reason"], row["expires"], row.get("case", ""))
