"""The report of a check for people at a terminal: what is broken first and in full, then area by area."""

from collections.abc import Iterator, Mapping
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from mockserver.checks.check_report import with_texts
from mockserver.cli.terminal import BOLD, DIM, GREEN, RED, YELLOW, painted, printable

if TYPE_CHECKING:
    from mockserver.checks.drift import Change, Drift

WIDTH, INDENT, NAME_WIDTH = 110, 4, 12
MAX_CASES = 3  # of one rule in full; the reports have them all
KEPT, BROKEN, NOT_LOOKED_AT = "kept", "broken", "not looked at"


def text_of(report: Mapping[str, Any], coloured: bool = False) -> str:
    """Lines without a last line break. Colours are ours: what a server has sent does not move the cursor."""
    report = with_texts(report, printable)
    cases = {case["case"]: case for case in report["cases"]}
    lines = (
        *(line for rule in _with(report, BROKEN) for line in _broken(rule, cases, coloured)),
        *_areas(report, coloured),
        *_not_looked_at(report, coloured),
        *_phases(report, coloured),
        _summary(report, coloured),
    )
    return "\n".join(lines)


def _with(report: Mapping[str, Any], verdict: str) -> list[Mapping[str, Any]]:
    return [rule for rule in report["rules"] if rule["verdict"] == verdict]


def _broken(rule: Mapping[str, Any], cases: Mapping[str, Any], coloured: bool) -> Iterator[str]:
    failed = [cases[name] for name in rule["cases"] if cases[name]["verdict"] == BROKEN]
    yield f"{painted('broken', RED, coloured)}  {painted(rule['rule'], BOLD, coloured)}  {rule['statement']}"
    yield from _named("source", f"{'; '.join(rule['sources']) or 'no page'} ({rule['evidence']})")
    for case in failed[:MAX_CASES]:
        yield from _case(case, coloured)
    if len(failed) > MAX_CASES:
        yield f"{'':{INDENT}}and {len(failed) - MAX_CASES} more like it (--html FILE, --json FILE)"
    yield ""


def _case(case: Mapping[str, Any], coloured: bool) -> Iterator[str]:
    yield from _named("case", f"{case['case']}: {case['text']}")
    if "method" in case:
        yield from _named("request", f"{case['method']} {case['path']}")
    yield from _named("Received", case["received"], RED if coloured else None)
    yield from _named("Documented", case["documented"], GREEN if coloured else None)
    if "curl" in case:
        yield f"{'':{INDENT}}{painted(case['curl'], DIM, coloured)}"


def _named(name: str, text: str, colour: str | None = None) -> Iterator[str]:
    """One entry, wrapped, with its name before the first line."""
    lines = wrap(text, WIDTH - INDENT - NAME_WIDTH, break_long_words=False, break_on_hyphens=False) or [""]
    for place, line in enumerate(lines):
        shown = painted(line, colour, True) if colour is not None else line
        yield f"{'':{INDENT}}{f'{name}:' if place == 0 else '':<{NAME_WIDTH}}{shown}"


def _areas(report: Mapping[str, Any], coloured: bool) -> Iterator[str]:
    for area in dict.fromkeys(rule["area"] for rule in report["rules"]):
        mine = [rule for rule in report["rules"] if rule["area"] == area]
        counts = {one: sum(rule["verdict"] == one for rule in mine) for one in (KEPT, BROKEN, NOT_LOOKED_AT)}
        if counts[KEPT] or counts[BROKEN]:
            kept = [rule["rule"].removeprefix(f"{area}/") for rule in mine if rule["verdict"] == KEPT]
            yield f"{painted(f'{area:<{NAME_WIDTH}}', BOLD, coloured)}{_counted(counts, coloured)}"
            for line in wrap(" ".join(kept), WIDTH - NAME_WIDTH, break_long_words=False, break_on_hyphens=False):
                yield f"{'':{NAME_WIDTH}}{painted(line, DIM, coloured)}"


def _counted(counts: Mapping[str, int], coloured: bool) -> str:
    colours = {KEPT: GREEN, BROKEN: RED, NOT_LOOKED_AT: YELLOW}
    return ", ".join(
        painted(f"{count} {verdict}", colours[verdict], coloured and bool(count)) for verdict, count in counts.items()
    )


def _not_looked_at(report: Mapping[str, Any], coloured: bool) -> Iterator[str]:
    """Together with those of the same reason."""
    reasons: dict[str, list[str]] = {}
    for rule in _with(report, NOT_LOOKED_AT):
        reasons.setdefault(rule["why"], []).append(rule["rule"])
    if reasons:
        yield ""
    for why, rules in reasons.items():
        yield f"{painted(NOT_LOOKED_AT, YELLOW, coloured)}: {why}"
        yield from (f"{'':{INDENT}}{line}" for line in wrap(" ".join(rules), WIDTH - INDENT, break_on_hyphens=False))


def _phases(report: Mapping[str, Any], coloured: bool) -> Iterator[str]:
    told = {rule["why"] for rule in report["rules"]}
    silent = [part for part in report["phases"] if part["why"] and part["why"] not in told]
    if silent:
        yield ""
    for part in silent:
        yield f"{painted(NOT_LOOKED_AT, YELLOW, coloured)}: {part['phase']}: {part['why']}"


def _summary(report: Mapping[str, Any], coloured: bool) -> str:
    readings = ", ".join(f"{name}={value}" for name, value in report["readings"].items())
    by = f", by its answers under {readings}" if readings else ""
    told = f"{report['url']}{by}, in {report['seconds']} s (seed {report['seed']})"
    rows = report["rowsLeft"]
    left = f"\n{rows} rows that were made for it could not be taken away again" if rows else ""
    return f"\n{_counted(report['counts'], coloured)}: {told}{left}"


def text_of_drift(drift: "Drift", coloured: bool = False) -> str:
    """What is new, what was known, and which entries are to be taken out."""
    lines = (
        *(_change(one, painted("better" if one.is_better else "changed", _colour(one), coloured)) for one in drift.new),
        *(
            f"{_change(one, 'accepted')} — {printable(entry.reason)}, until {entry.expires}"
            for one, entry in drift.known
        ),
        *(f"{painted('stale', RED, coloured)}  {printable(complaint)}" for complaint in drift.stale),
        f"{len(drift.new)} new, {len(drift.known)} accepted, {len(drift.stale)} entries stale",
    )
    return "\n".join(lines)


def _colour(change: "Change") -> str:
    return GREEN if change.is_better else RED


def _change(change: "Change", verdict: str) -> str:
    case = f"  {change.case}" if change.case else ""
    return f"{verdict}  " + printable(f"{' '.join(change.rules)}{case}: {change.text}")
