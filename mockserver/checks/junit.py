"""Findings as a JUnit file, which every CI system reads."""

import re
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, tostring

from mockserver.checks.findings import Finding, Verdict

# What XML 1.0 cannot hold, not even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_of(
    suite: str, findings: Sequence[Finding], could_not_look: str | None = None, judge: str = "a good receiver"
) -> bytes:
    """
    A broken case is a failure, one that nobody looked at is skipped.

    Args:
        suite: what was judged.
        could_not_look: why nothing was; an error of its own.
        judge: what it is measured by, in a failure's text.
    """
    root = Element("testsuite", {"name": _clean(suite), **_counts(findings, could_not_look)})
    for finding in findings:
        _add_case(root, suite, finding, judge)
    if could_not_look is not None:
        case = SubElement(root, "testcase", {"classname": _clean(suite), "name": "answers", "time": "0.000"})
        SubElement(case, "error", {"message": _clean(could_not_look)})
    text: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _counts(findings: Sequence[Finding], could_not_look: str | None) -> dict[str, str]:
    errors = int(could_not_look is not None)
    verdicts = [finding.verdict for finding in findings]
    return {
        "tests": str(len(findings) + errors),
        "failures": str(verdicts.count(Verdict.BROKEN)),
        "errors": str(errors),
        "skipped": str(verdicts.count(Verdict.NOT_LOOKED_AT)),
        "time": f"{sum(finding.seconds for finding in findings):.3f}",
    }


def _add_case(root: Element, suite: str, finding: Finding, judge: str) -> None:
    named = {
        "classname": _clean(finding.group or suite),
        "name": _clean(finding.case),
        "time": f"{finding.seconds:.3f}",
    }
    case = SubElement(root, "testcase", named)
    if finding.verdict is Verdict.BROKEN:
        failure = SubElement(case, "failure", {"message": _clean(finding.why)})
        told = f"sent: {finding.sent}\ncame back: {finding.received}\n{judge}: {finding.good}"
        failure.text = _clean(told)
    elif finding.verdict is Verdict.NOT_LOOKED_AT:
        SubElement(case, "skipped", {"message": _clean(finding.why)})


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
