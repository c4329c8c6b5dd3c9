"""The coverage of rules as the terminal shows it."""

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import NamedTuple

from mockserver.plugin.coverage_tally import INI, MET, STATES, Row, State, Summary, floored

TITLE = "instaview rule coverage"
NOBODY = "no test used instaview"
LEGEND = (
    "D documented · P public, on another page · I inferred · A assumed · `mockserver rules ID` tells more of a rule"
)
NARROW = 72  # columns: below, only a table and what was never met
NAMES = 17  # columns of what stands on the left
COLOURS: dict[State, str] = {"refused": "green", "shown": "green", "held": "yellow", "never": "red", "excepted": "cyan"}
JOINT = "\xa0"  # a space that no line ends at
MAX_LOST = 5


class Line(NamedTuple):
    """A line, the colour of its first columns, and whether it is bold."""

    text: str
    colour: str | None = None
    coloured: int = 0
    bold: bool = False


def lines_of(summary: Summary, width: int) -> Iterator[Line]:
    """
    Args:
        width: columns of the terminal.
    """
    if summary.tests:
        yield from _wide(summary, width) if width >= NARROW else _narrow(summary, width)
        yield from _total(summary, width)
    else:
        yield Line(f"{NOBODY}: none that ran has the fixture instaview or instaview_asgi")
    for text in summary.stale:
        yield from _wrapped("stale exception", f"{text}: take it out of {INI}", width, "yellow")
    if summary.lost:
        named = ", ".join(summary.lost[:MAX_LOST]) + (", …" if len(summary.lost) > MAX_LOST else "")
        yield from _wrapped("not counted", f"worlds that were gone before the end of {named}", width, "yellow")


def shortfall(summary: Summary) -> str:
    """Why the run fails, in a line."""
    asked = f"--instaview-fail-under={summary.fail_under:g}"
    if summary.percent is None:
        return f"{NOBODY}, so the rules met are less than what {asked} asks for"
    return f"{floored(summary.percent)} % of the rules were met, less than what {asked} asks for"


def _wide(summary: Summary, width: int) -> Iterator[Line]:
    yield from map(Line, wrap(LEGEND, width))
    for area, rows in summary.areas().items():
        yield Line("")
        counted = [row for row in rows if row.state != "excepted"]
        yield Line(f"{area:<{NAMES}} {_met(rows)} of {len(counted)} met", bold=True)
        for state, title in STATES.items():
            if state != "excepted" and (chosen := [row for row in rows if row.state == state]):
                named = ", ".join(f"{row.rule.id}{JOINT}{row.rule.evidence[0]}" for row in chosen)
                yield from _wrapped(title, named, width, COLOURS[state])
    yield Line("")
    for row in summary.rows:
        if row.state == "excepted":
            yield from _wrapped("excepted", f"{row.rule.id}: {row.reason}", width, COLOURS["excepted"])


def _narrow(summary: Summary, width: int) -> Iterator[Line]:
    for area, rows in summary.areas().items():
        counted = [row for row in rows if row.state != "excepted"]
        yield Line(f"{area:<{NAMES}} {_met(rows):>2} of {len(counted):>2} met")
    if never := [row.rule.id for row in summary.rows if row.state == "never"]:
        yield from _wrapped("never met", ", ".join(never), width, COLOURS["never"])


def _met(rows: Sequence[Row]) -> int:
    return sum(row.state in MET for row in rows)


def _total(summary: Summary, width: int) -> Iterator[Line]:
    counted = summary.counted()
    assert summary.percent is not None
    rules = sum(count for state, count in counted.items() if state != "excepted")
    parts = ", ".join(f"{count} {STATES[state]}" for state, count in counted.items() if count)
    tests = f"{summary.tests} test{'' if summary.tests == 1 else 's'}"
    met = f"{_met(summary.rows)} of {rules} rules met ({floored(summary.percent)} %) by {tests}: {parts}"
    yield from _wrapped("in all", met, width, None)


def _wrapped(title: str, text: str, width: int, colour: str | None) -> Iterator[Line]:
    """Beside its title, on as many lines as it takes; nothing is torn apart, however long it is."""
    parts = wrap(text, max(20, width - NAMES - 1), break_long_words=False, break_on_hyphens=False)
    for place, part in enumerate(parts):
        head = f"  {title}" if place == 0 else ""
        yield Line(f"{head:<{NAMES}} {part}".replace(JOINT, " "), colour, len(head))
