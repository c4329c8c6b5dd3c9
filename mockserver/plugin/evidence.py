"""Whether the requests of a test met a rule, and what to say where they did not."""

from collections.abc import Iterator, Sequence
from typing import Any

from mockserver.errors import meant
from mockserver.plugin.arguments import demand
from mockserver.plugin.requests import line_of, made_of
from mockserver.plugin.telling import listed
from mockserver.rulebook import RULES, Rule

__tracebackhide__ = True  # pytest shows the line that called

Row = dict[str, Any]


def rule_called(id: str) -> Rule:
    """
    Raises:
        ValueError: there is no such rule.
        TypeError: that is no id.
    """
    demand("a rule is named by its id, such as 'JOB-MULTIPLE'", id, str)
    if id not in RULES:
        raise ValueError(f"there is no rule {id!r}{meant(id.upper(), RULES)}; `mockserver rules` lists them")
    return RULES[id]


def assert_rule(requests: Sequence[Row], id: str, refused: bool) -> None:
    """
    Raises:
        AssertionError: no request was refused by this rule or, where that is asked, was judged by it and passed.
        ValueError: there is no such rule, or it refuses nothing.
    """
    rule = rule_called(id)
    if not rule.status:
        raise ValueError(f"{id} refuses nothing, so no request is judged by it: assert what is answered")
    if not any(id in (_refusing(row) if refused else row["held"]) for row in requests if not row["fault"]):
        raise AssertionError("\n".join(_not_met(rule, refused, requests)))


def _refusing(row: Row) -> list[str]:
    return [each["rule"] for each in row["decided"]]


def _not_met(rule: Rule, refused: bool, requests: Sequence[Row]) -> Iterator[str]:
    yield f"{rule.id} {'refused no request' if refused else 'held in no request'}: {rule.statement}"
    spoilt = [row for row in requests if row["fault"]]
    judged = [row for row in requests if not row["fault"]]
    if refused:
        yield from _titled("it held in", [line_of(row) for row in judged if rule.id in row["held"]])
        yield from _titled("others refused", list(_refusals(judged)))
    else:
        yield from _titled("it refused", [line_of(row) for row in judged if rule.id in _refusing(row)])
    if spoilt:
        yield from listed("not counted, as a planned fault had its hand in it", [line_of(row) for row in spoilt])
    yield from made_of(requests)


def _refusals(requests: Sequence[Row]) -> Iterator[str]:
    for row in requests:
        for each in row["decided"]:
            at = f" at {each['at']}" if each["at"] else ""
            yield f"{row['method']} {row['path']} → {row['response']['status']} {each['rule']}{at}: {each['message']}"


def _titled(title: str, lines: Sequence[str]) -> list[str]:
    return listed(title, lines) if lines else []
