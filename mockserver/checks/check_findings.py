"""The report of a check as findings, one for each rule, for whoever reads JUnit."""

from collections.abc import Iterator, Mapping
from typing import Any

from mockserver.checks.findings import Finding, Verdict


def findings_of(report: Mapping[str, Any]) -> list[Finding]:
    """In the order of the report; grouped by area."""
    cases = {case["case"]: case for case in report["cases"]}
    return [_finding(rule, [cases[name] for name in rule["cases"]]) for rule in report["rules"]]


def _finding(rule: Mapping[str, Any], cases: list[Mapping[str, Any]]) -> Finding:
    failed = [case for case in cases if case["verdict"] == Verdict.BROKEN]
    source = f"{'; '.join(rule['sources'])} ({rule['evidence']})"
    why = rule["why"] or (f"{rule['statement']} {source}" if failed else "")
    return Finding(
        case=rule["rule"],
        verdict=Verdict(rule["verdict"]),
        sent="\n".join(_sent(failed)),
        received="\n".join(case["received"] for case in failed),
        good="\n".join(case["documented"] for case in failed),
        why=why,
        group=f"check.{rule['area']}",
    )


def _sent(failed: list[Mapping[str, Any]]) -> Iterator[str]:
    for case in failed:
        yield f"{case['case']}: {case['text']}"
        if "curl" in case:
            yield case["curl"]
