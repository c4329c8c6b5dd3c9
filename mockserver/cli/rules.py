"""`mockserver rules`: the rulebook, and one rule in full."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from textwrap import wrap

import click

from mockserver.cli.options import Misuse
from mockserver.paths import CONTRACTS
from mockserver.rulebook import READINGS, RULES, Rule, Source

ROW = "{:<21} {:<8} {:<11} {:<16} {:<10} {}"
WIDTH, INDENT = 100, 11
_PACKAGE = Path(__file__).parents[1]
_TIED = re.compile(r'^@rule\("([A-Z0-9-]+)"\)\ndef (\w+)', re.MULTILINE)
_NOTED = re.compile(r"^ *# rule: (.+)$|  # rule: (.+)$", re.MULTILINE)
_SCHEMA = re.compile(r"\bx-rule: ([A-Z0-9-]+)")


@click.command()
@click.argument("id", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def rules(id: str | None, as_json: bool) -> None:
    """
    List the rules, in the order in which a request is judged, or show the rule ID in full.

    Evidence says who says so: the reference page (DOCUMENTED), another page of the vendor (PUBLIC), nobody, but it
    follows (INFERRED) or it is our choice (ASSUMED). A reading is the switch that changes the rule.
    """
    chosen = list(RULES.values()) if id is None else [_rule_called(id)]
    if as_json:
        described = [asdict(rule) | {"code": list(places_of(rule.id))} for rule in chosen]
        click.echo(json.dumps(described if id is None else described[0], indent=2, ensure_ascii=False))
    elif id is None:
        click.echo(ROW.format("RULE", "STATUS", "EVIDENCE", "OF ITS STATUS", "AREA", "READING"), err=True)
        click.echo("\n".join(_row(rule) for rule in chosen))
    else:
        click.echo("\n".join(_in_full(chosen[0])))


def _rule_called(id: str) -> Rule:
    rule = RULES.get(id.upper())
    if rule is not None:
        return rule
    close = get_close_matches(id.upper(), RULES)
    advice = f"did you mean {' or '.join(close)}?" if close else "`mockserver rules` lists them"
    raise Misuse(f"there is no rule {id}; {advice}")


def _status(rule: Rule) -> str:
    return ",".join(str(status) for status in rule.status) or "-"


def _row(rule: Rule) -> str:
    return ROW.format(
        rule.id, _status(rule), rule.evidence, rule.status_evidence or "-", rule.area, rule.reading or "-"
    ).rstrip()


def _in_full(rule: Rule) -> Iterator[str]:
    yield rule.id
    yield from wrap(rule.statement, WIDTH)
    yield ""
    yield from _entry("area", [rule.area])
    yield from _entry("evidence", [rule.evidence])
    refusal = f"{_status(rule)} ({rule.status_evidence})" if rule.status else "- (never refuses)"
    yield from _entry("status", [refusal])
    yield from _entry("source", [_cited(source) for source in rule.sources] or ["-"])
    if rule.note is not None:
        yield from _entry("note", [rule.note])
    if rule.reading is not None:
        reading = READINGS[rule.reading]
        default, *others = reading.values
        yield from _entry("reading", [f"{reading.name}: {default} (default), {', '.join(others)}", reading.settles])
    yield from _entry("code", list(places_of(rule.id)) or ["-"])


def _entry(name: str, texts: list[str]) -> Iterator[str]:
    lines = [line for text in texts for line in wrap(text, WIDTH - INDENT, subsequent_indent="  ")]
    for place, line in enumerate(lines):
        yield f"{'' if place else name:<{INDENT}}{line}"


def _cited(source: Source) -> str:
    line = "" if source.line is None else f", L{source.line}"
    return f"{source.page}, {source.section}{line}{'' if source.end is None else f'-{source.end}'}"


def places_of(id: str) -> Iterator[str]:
    """Where a rule lives: module:function that judges it, module:line that names it in a comment, the contract."""
    for module, text in _sources().items():
        yield from (f"{module}:{function}" for named, function in _TIED.findall(text) if named == id)
        for match in _NOTED.finditer(text):
            if id in (match[1] or match[2]).split(", "):
                yield f"{module}:{text.count(chr(10), 0, match.end()) + 1}"
    if id in _SCHEMA.findall((CONTRACTS / "openapi.yaml").read_text(encoding="utf-8")):
        yield "contracts/openapi.yaml (x-rule)"


@cache
def _sources() -> Mapping[str, str]:
    """The text of every module of the package."""
    paths = {".".join(path.relative_to(_PACKAGE.parent).with_suffix("").parts): path for path in _PACKAGE.rglob("*.py")}
    return {module: paths[module].read_text(encoding="utf-8") for module in sorted(paths)}
