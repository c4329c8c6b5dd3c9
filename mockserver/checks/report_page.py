"""The report of a check as one HTML page that needs nothing else: no script, no font, no picture from elsewhere."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from mockserver.checks.verdicts import ANSWERS, DELIVERIES

TEMPLATE = Template(Path(__file__).with_name("report_page.html").read_text(encoding="utf-8"))
NAME = re.compile("`([^`]+)`")
MARKS = {"kept": ("kept", "✓"), "broken": ("broken", "✗"), "not looked at": ("unseen", "–")}
MAX_CASES = 40  # of one rule that are listed


def page_of(report: Mapping[str, Any]) -> str:
    """An HTML document."""
    cases = {case["case"]: case for case in report["cases"]}
    content = "\n".join((*_head(report), *_broken(report, cases), *_areas(report, cases), *_phases(report)))
    return TEMPLATE.substitute(title=escape(f"{headline(report)}: {report['url']}"), content=content)


def headline(report: Mapping[str, Any]) -> str:
    """What it comes to, in one sentence."""
    if broken := _named(report, "broken"):
        return f"Broken: {broken}"
    if report["stoppedAnswering"]:
        return "It could not be looked at to the end"
    kept = _named(report, "kept")
    return f"All that was looked at is kept: {kept}" if kept else "Nothing could be looked at"


def _named(report: Mapping[str, Any], verdict: str) -> str:
    """How many of what have that verdict: rules, answers and deliveries, which are no rules."""
    areas = Counter(rule["area"] for rule in report["rules"] if rule["verdict"] == verdict)
    answers, deliveries = areas.pop(ANSWERS, 0), areas.pop(DELIVERIES, 0)
    counted = [
        (areas.total(), _plural(areas.total(), "rule")),
        (answers, f"the answers of {_plural(answers, 'operation')}"),
        (deliveries, f"{_plural(deliveries, 'property', 'properties')} of deliveries"),
    ]
    *first, last = [text for count, text in counted if count] or [""]
    return f"{', '.join(first)} and {last}" if first else last


def _plural(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or f'{one}s'}"


def _head(report: Mapping[str, Any]) -> Iterator[str]:
    readings = ", ".join(f"{name}={value}" for name, value in report["readings"].items())
    took = f"{report['seconds']} s, seed {report['seed']}"
    facts = [report["url"], f"key {report['key']}", report["startedAt"], took]
    facts += [f"its answers go by {readings}"] if readings else []
    facts += ["test interviews only"] if report["testInterviewsOnly"] else []
    yield f'<h1>{escape(headline(report))}</h1><p class="facts">{escape(" · ".join(facts))}</p>'
    if report["stoppedAnswering"]:
        yield f'<p class="card broken">{escape(report["stoppedAnswering"])}</p>'
    tiles = "".join(
        f'<div class="tile {MARKS[verdict][0] if count else "none"}"><b>{count}</b>{escape(verdict)}</div>'
        for verdict, count in report["counts"].items()
    )
    yield f'<div class="tiles">{tiles}</div>'


def _broken(report: Mapping[str, Any], cases: Mapping[str, Any]) -> Iterator[str]:
    broken = [rule for rule in report["rules"] if rule["verdict"] == "broken"]
    if broken:
        yield "<h2>Broken</h2>"
    for rule in broken:
        failed = [cases[name] for name in rule["cases"] if cases[name]["verdict"] == "broken"]
        shown = "".join(map(_failed_case, failed))
        yield (
            f'<section class="card broken-card"><h3>{escape(rule["rule"])}</h3>'
            f"<p>{_worded(rule['statement'])}</p>{_source(rule)}{shown}</section>"
        )


def _source(rule: Mapping[str, Any]) -> str:
    return f'<p class="soft">{escape("; ".join(rule["sources"]) or "no page")} · {escape(rule["evidence"])}</p>'


def _worded(text: str) -> str:
    """With names of fields and headers as code."""
    return NAME.sub(r"<code>\1</code>", escape(text))


def _failed_case(case: Mapping[str, Any]) -> str:
    request = f"<code>{escape(case['method'])} {escape(case['path'])}</code>" if "method" in case else ""
    entries = [
        ("Case", f"{escape(case['case'])}<br>{escape(case['text'])}"),
        ("Received", f'<code class="broken">{escape(case["received"])}</code>'),
        ("Documented", f'<code class="kept">{escape(case["documented"])}</code>'),
        ("Request", f"{request}{_block(case.get('sent'))}" if request else ""),
        ("Answer", f"<code>{case['status']}</code>{_headers(case)}{_block(case.get('answer'))}" if request else ""),
        ("Once more", _block(case.get("curl"))),
    ]
    return f'<div class="case"><dl>{_entries(entries)}</dl></div>'


def _entries(entries: Iterable[tuple[str, str]]) -> str:
    return "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in entries if value)


def _block(text: str | None) -> str:
    return f"<pre>{escape(text)}</pre>" if text else ""


def _headers(case: Mapping[str, Any]) -> str:
    shown = "".join(f"<br><code>{escape(name)}: {escape(value)}</code>" for name, value in case["headers"].items())
    return f'<span class="soft">{shown}</span>'


def _areas(report: Mapping[str, Any], cases: Mapping[str, Any]) -> Iterator[str]:
    yield "<h2>Rule by rule</h2>"
    for area in dict.fromkeys(rule["area"] for rule in report["rules"]):
        mine = [rule for rule in report["rules"] if rule["area"] == area]
        rules = "".join(_rule(rule, cases) for rule in mine)
        yield f'<details class="area"><summary><b>{escape(area)}</b>{_counts(mine)}</summary>{rules}</details>'


def _counts(rules: list[Mapping[str, Any]]) -> str:
    counted = {verdict: sum(rule["verdict"] == verdict for rule in rules) for verdict in MARKS}
    return " ".join(
        f'<span class="{MARKS[verdict][0]}">{count} {verdict}</span>' for verdict, count in counted.items() if count
    )


def _rule(rule: Mapping[str, Any], cases: Mapping[str, Any]) -> str:
    style, mark = MARKS[rule["verdict"]]
    why = f'<p class="{style}">{escape(rule["why"])}</p>' if rule["why"] else ""
    listed = "".join(_listed(cases[name]) for name in rule["cases"][:MAX_CASES])
    more = len(rule["cases"]) - MAX_CASES
    listed += f'<li class="soft">and {more} more</li>' if more > 0 else ""
    name = rule["rule"].removeprefix(f"{rule['area']}/")
    return (
        f'<details class="rule"><summary><span class="{style}">{mark}</span><span class="id">{escape(name)}</span>'
        f'<span class="says">{_worded(rule["statement"])}</span></summary>'
        f'<div class="inside">{_source(rule)}{why}<ul class="cases">{listed}</ul></div></details>'
    )


def _listed(case: Mapping[str, Any]) -> str:
    style, mark = MARKS[case["verdict"]]
    sent = f"{case['method']} {case['path']} → {case['status']}" if "method" in case else ""
    request = f" <code>{escape(sent)}</code>" if sent else ""
    why = f' <span class="{style}">({escape(case["why"])})</span>' if case["why"] else ""
    place = f'<span class="soft">{escape(case["phase"])}, {escape(case["case"])}</span>'
    return f'<li><span class="{style}">{mark}</span> {escape(case["text"])}{why}{request} {place}</li>'


def _phases(report: Mapping[str, Any]) -> Iterator[str]:
    rows = "".join(
        f"<tr><td>{escape(part['phase'])}</td><td>{part['looks']}</td><td>{escape(part['why'])}</td></tr>"
        for part in report["phases"]
    )
    yield f"<h2>Phases</h2><table><tr><th>phase</th><th>looks</th><th></th></tr>{rows}</table>"
