"""What has changed from one report of a check to another, and what of it was known before."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from mockserver.checks.answer_log import PHASE as ANSWERS
from mockserver.checks.findings import Verdict
from mockserver.checks.scenario_checks import PHASE as SCENARIOS

_NUMBER = re.compile(r" \([0-9]+\)\Z")  # of a case among others of the same name


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
    """Verdicts first, then what else of a broken rule is broken, then other answers to the same request."""
    old, new = ({rule["rule"]: rule["verdict"] for rule in report["rules"]} for report in (before, after))
    for id in dict.fromkeys((*old, *new)):
        yield from _of_rule(id, old.get(id, Verdict.NOT_LOOKED_AT), new.get(id, Verdict.NOT_LOOKED_AT))
    yield from _of_broken(before, after, {id for id in old if old[id] == new.get(id) == Verdict.BROKEN})
    was, now = ({case["case"]: case for case in report["cases"]} for report in (before, after))
    for name in was:
        if name in now and all(case["phase"] == SCENARIOS and "status" in case for case in (was[name], now[name])):
            yield from _of_case(was[name], now[name])


# From bad to good.
_RANK = (Verdict.BROKEN, Verdict.NOT_LOOKED_AT, Verdict.KEPT)


def _of_rule(id: str, was: str, now: str) -> Iterator[Change]:
    if was != now:
        yield Change("", (id,), f"{was}, and now {now}", _RANK.index(Verdict(now)) > _RANK.index(Verdict(was)))


def _of_broken(before: Mapping[str, Any], after: Mapping[str, Any], still: set[str]) -> Iterator[Change]:
    """Cases of the rules that are broken still: those that were not so before, and those that are not any more."""
    was, now = _broken(before), _broken(after)
    for one in dict.fromkeys((*was, *now)):
        rules = tuple(rule for rule in was.get(one) or now[one] if rule in still)
        if rules and (one in was) != (one in now):
            name, documented = one
            told = f", where this is documented: {documented}" if documented else ""
            yield Change(name, rules, f"{'no longer' if one in was else 'now'} found broken{told}", one in was)


def _broken(report: Mapping[str, Any]) -> Mapping[tuple[str, str], Mapping[str, None]]:
    """The rules of what is broken, by what tells it from all else in every run: there may be more of its name."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for case in report["cases"]:
        if case["verdict"] == Verdict.BROKEN:
            documented = case.get("documented", "") if case["phase"] == ANSWERS else ""
            one = _NUMBER.sub("", case["case"]), documented
            found.setdefault(one, {}).update(dict.fromkeys(case["rules"]))
    return found


def looks_at_nothing(report: Mapping[str, Any]) -> bool:
    return all(rule["verdict"] == Verdict.NOT_LOOKED_AT for rule in report["rules"])


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
