"""The coverage of rules as a page: one file, which needs nothing beside it and runs no script."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from mockserver.plugin.coverage_tally import MET, NEEDS, STATES, Row, State, Summary, floored
from mockserver.plugin.coverage_text import NOBODY
from mockserver.rulebook import Rule, Source

TITLE = "Rule coverage"
ALL = "all"
EVIDENCE: Mapping[str, str] = {
    "DOCUMENTED": "the vendor's page says it",
    "PUBLIC": "another public page of the vendor says it",
    "INFERRED": "it follows from what is said",
    "ASSUMED": "nobody says it; the mock chose",
}
STYLE = """
:root { color-scheme: light dark; --ground: #f6f7f9; --paper: #fff; --ink: #1c2230; --soft: #5b6476; --line: #e3e6ec;
  --refused: #15803d; --shown: #0f8a8a; --held: #d98a00; --never: #cc3a3a; --excepted: #8a93a6; --chip: #eef0f4; }
@media (prefers-color-scheme: dark) { :root { --ground: #12151c; --paper: #1a1f29; --ink: #e6e9f0; --soft: #98a2b5;
  --line: #2b3240; --refused: #3fb968; --shown: #2fb5b5; --held: #e3a63a; --never: #ef6a6a; --excepted: #7b869b;
  --chip: #262d3a; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 32px 20px 64px; }
h1 { font-size: 26px; margin: 0; letter-spacing: -.01em; }
h2 { font-size: 17px; margin: 0; text-transform: capitalize; }
.sub, .none { color: var(--soft); margin: 2px 0 0; }
.card { background: var(--paper); border: 1px solid var(--line); border-radius: 12px; padding: 22px 24px;
  margin-top: 20px; }
.score { display: flex; gap: 28px; align-items: center; flex-wrap: wrap; }
.score b { font-size: 52px; line-height: 1; letter-spacing: -.03em; font-variant-numeric: tabular-nums; }
.score b small { font-size: 24px; color: var(--soft); font-weight: 500; }
.score div { flex: 1 1 320px; }
.score p { margin: 0 0 10px; color: var(--soft); }
.score .short { color: var(--never); font-weight: 600; }
.bar { display: flex; height: 14px; border-radius: 7px; overflow: hidden; background: var(--chip); gap: 2px; }
.bar i { display: block; min-width: 3px; }
.refused { --own: var(--refused); } .shown { --own: var(--shown); } .held { --own: var(--held); }
.never { --own: var(--never); } .excepted { --own: var(--excepted); }
.bar i, .dot { background: var(--own); }
.dot { display: inline-block; width: 9px; height: 9px; border-radius: 50%; margin-right: 7px; }
.filter { display: flex; flex-wrap: wrap; gap: 8px; margin: 18px 0 0; padding: 0; border: 0; }
.filter label { border: 1px solid var(--line); border-radius: 99px; padding: 3px 13px; cursor: pointer; }
.filter label:has(:checked) { background: var(--ink); color: var(--paper); border-color: var(--ink); }
.filter label:has(:focus-visible) { outline: 2px solid var(--shown); outline-offset: 2px; }
.filter input { position: absolute; opacity: 0; pointer-events: none; }
.filter span { opacity: .65; margin-left: 6px; font-variant-numeric: tabular-nums; }
.area { padding: 0; overflow: hidden; }
.area header { display: flex; align-items: center; gap: 16px; padding: 14px 24px; }
.area header span { color: var(--soft); white-space: nowrap; }
.area .bar { flex: 0 1 220px; height: 8px; margin-left: auto; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; font-size: 12px; font-weight: 600; color: var(--soft); padding: 6px 12px; white-space: nowrap;
  border-top: 1px solid var(--line); }
td { padding: 10px 12px; vertical-align: top; border-top: 1px solid var(--line); }
th:first-child, td:first-child { padding-left: 24px; width: 215px; }
th:last-child, td:last-child { padding-right: 24px; }
td:first-child { box-shadow: inset 3px 0 0 var(--own); white-space: nowrap; }
code { font: 600 13px/1.5 ui-monospace, Menlo, Consolas, monospace; }
td:nth-child(2) code { font-weight: 400; background: var(--chip); border-radius: 4px; padding: 0 4px; }
td:nth-child(3) { width: 230px; }
td small { display: block; color: var(--soft); font-size: 12.5px; white-space: normal; }
td small.state { color: var(--own); font-weight: 600; }
td .test { font: 12px/1.5 ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.number { text-align: right; font-variant-numeric: tabular-nums; width: 76px; } .number.zero { color: var(--soft); }
.chip { background: var(--chip); border-radius: 5px; padding: 1px 7px; font-size: 11.5px; font-weight: 600;
  letter-spacing: .02em; }
ul { margin: 8px 0 0; padding-left: 20px; } .legend { color: var(--soft); font-size: 13px; }
"""


def page_of(summary: Summary) -> str:
    areas = "".join(_area(name, rows) for name, rows in summary.areas().items())
    told = areas if summary.tests else ""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>{TITLE}</title>\n<link rel="icon" href="data:,">\n'
        f"<style>{STYLE}{''.join(_choices())}</style>\n</head>\n"
        f"<body>\n<main>\n{_head(summary)}{told}{_notes(summary)}{_legend()}</main>\n</body>\n</html>\n"
    )


def _choices() -> Iterator[str]:
    """Choosing a state hides the rows of all others, and areas that then are empty."""
    for state in STATES:
        chosen = f"main:has(#only-{state}:checked)"
        yield f"{chosen} tr[class]:not(.{state}), {chosen} .area:not(:has(tr.{state})) {{ display: none; }}\n"


def _head(summary: Summary) -> str:
    tests = f"{summary.tests} test{'' if summary.tests == 1 else 's'}" if summary.tests else NOBODY
    told = f"The rules of the InstaView API as the mock server reads them, and what met them: {tests}"
    title = f'<h1>{TITLE}</h1>\n<p class="sub">{told}</p>\n'
    if summary.percent is None:
        return title
    counted = summary.counted()
    met, rules = sum(counted[state] for state in MET), sum(counted.values()) - counted["excepted"]
    asked = _asked(summary)
    return (
        f'{title}<section class="card">\n<div class="score"><b>{floored(summary.percent)}<small> %</small></b>\n'
        f"<div><p>{met} of {rules} rules met{asked}</p>\n{_bar(counted)}</div></div>\n"
        f'<fieldset class="filter">{_radio(ALL, ALL, len(summary.rows))}'
        f"{''.join(_radio(state, title, counted[state]) for state, title in STATES.items())}</fieldset>\n</section>\n"
    )


def _asked(summary: Summary) -> str:
    if summary.fail_under is None:
        return ""
    kind = "" if summary.is_enough else ' class="short"'
    return f" · <span{kind}>{summary.fail_under:g} % asked for</span>"


def _radio(value: str, title: str, count: int) -> str:
    checked = " checked" if value == ALL else ""
    dot = "" if value == ALL else f'<i class="dot {value}"></i>'
    button = f'<input type="radio" name="only" id="only-{value}"{checked}>'
    return f"<label>{button}{dot}{title}<span>{count}</span></label>"


def _bar(counted: Mapping[State, int]) -> str:
    parts = "".join(
        f'<i class="{state}" style="flex:{count}" title="{count} {STATES[state]}"></i>'
        for state, count in counted.items()
        if count
    )
    told = ", ".join(f"{count} {STATES[state]}" for state, count in counted.items() if count)
    return f'<div class="bar" role="img" aria-label="{told}">{parts}</div>'


def _area(name: str, rows: Sequence[Row]) -> str:
    counted = {state: sum(row.state == state for row in rows) for state in STATES}
    met, rules = sum(counted[state] for state in MET), len(rows) - counted["excepted"]
    return (
        f'<section class="card area">\n<header><h2>{escape(name)}</h2><span>{met} of {rules} met</span>'
        f'{_bar(counted)}</header>\n<div class="wide"><table>\n<thead><tr><th>rule</th><th>what it says</th>'
        '<th>evidence</th><th class="number">refused</th><th class="number">held</th></tr></thead>\n<tbody>\n'
        f"{''.join(map(_row, rows))}</tbody></table></div>\n</section>\n"
    )


def _row(row: Row) -> str:
    rule, met = row.rule, row.met
    return (
        f'<tr class="{row.state}"><td><code>{rule.id}</code><small class="state">{STATES[row.state]}</small></td>'
        f"<td>{_prose(rule.statement)}{''.join(_remarks(row))}</td>"
        f'<td><span class="chip" title="{EVIDENCE[rule.evidence]}">{rule.evidence}</span>'
        f"<small>{escape(_sources(rule))}</small></td>"
        f"{_number(met.refused if rule.status else None)}{_number(met.held)}</tr>\n"
    )


def _remarks(row: Row) -> Iterator[str]:
    """What to know of a row beside the rule: who met it, what it takes, why it need not be met."""
    met = row.met
    if met.refused_in is not None:
        yield f'<small>refused in <span class="test">{escape(met.refused_in)}</span></small>'
    elif met.held_in is not None:
        yield f'<small>held in <span class="test">{escape(met.held_in)}</span></small>'
    if row.state in ("held", "never") and row.rule.id in NEEDS:
        yield f"<small>takes {_prose(NEEDS[row.rule.id])}</small>"
    if row.reason is not None:
        yield f"<small>excepted: {escape(row.reason)}</small>"


def _prose(text: str) -> str:
    """Words between backticks as code."""
    return "".join(f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(escape(text).split("`")))


def _sources(rule: Rule) -> str:
    return ", ".join(map(_source, rule.sources))


def _source(source: Source) -> str:
    if source.line is None:
        return source.page
    return f"L{source.line}" if source.end is None else f"L{source.line}–{source.end}"


def _number(count: int | None) -> str:
    if count is None:
        return '<td class="number zero" title="it refuses nobody">–</td>'
    return f'<td class="number{"" if count else " zero"}">{count}</td>'


def _notes(summary: Summary) -> str:
    notes = [f"Stale exception: {escape(text)}." for text in summary.stale]
    notes += [f"Not counted: a world that was gone before the end of {escape(test)}." for test in summary.lost]
    listed = "".join(f"<li>{note}</li>" for note in notes)
    return f'<section class="card"><h2>To look at</h2><ul>{listed}</ul></section>\n' if notes else ""


def _legend() -> str:
    evidence = " · ".join(f"<b>{name}</b> {text}" for name, text in EVIDENCE.items())
    return (
        f'<section class="card legend"><p class="none">{evidence}. L and a number: a line of the page <i>Create '
        "interview</i>; the mock server's contracts/README.md tells more.</p>"
        "<p>A rule counts once for each request that met it, and not at all where a planned fault had its hand in the "
        "answer. <b>Seen at work</b> are rules that refuse nobody. <b>Only held</b> are those that could have refused "
        "and never did. The tests named are the first by name.</p></section>\n"
    )
