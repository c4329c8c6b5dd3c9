"""The report of a check as one JSON value, of which every other form is made; it holds no secret."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from mockserver.checks.answers import shown_content
from mockserver.checks.findings import Verdict
from mockserver.checks.secrets import Secrets, shortened
from mockserver.checks.suite import Outcome, Wishes
from mockserver.checks.target import Exchange, Target
from mockserver.checks.verdicts import Judgement, Observation, exit_status_of, judged
from mockserver.jsontext import inside
from mockserver.readings import VALUES

SCHEMA_VERSION = 1
MAX_SHOWN_BYTES = 4000  # of a body
SHOWN_HEADERS = ("content-type", "allow", "www-authenticate", "retry-after", "x-mock-rule", "location")
Report = dict[str, Any]


def report_of(outcome: Outcome, wishes: Wishes, target: Target, secrets: Secrets, started: datetime) -> Report:
    """
    `rules` in the order of the contract, each with the names of the `cases` that looked at it; `cases` in the order in
    which they were made, each once, with what was sent and what came back.
    """
    for one in outcome.observations:
        if one.exchange is not None:  # generated requests are another process's: nobody has listened to them
            secrets.note_signing(one.exchange.json)
    cases = _named(outcome.observations)
    judgements = judged(outcome.observations, wishes.only)
    counts = Counter(one.verdict for one in judgements)
    report = {
        "schemaVersion": SCHEMA_VERSION,
        "url": target.base_url,
        "key": shortened(target.api_key),
        "startedAt": f"{started:%Y-%m-%dT%H:%M:%SZ}",
        "seconds": round(outcome.seconds, 1),
        "seed": wishes.seed,
        "testInterviewsOnly": wishes.tests_only,
        "exitStatus": 3 if outcome.gone and not counts[Verdict.BROKEN] else exit_status_of(judgements),
        "stoppedAnswering": outcome.gone or None,
        "rowsLeft": outcome.rows_left,
        "counts": {verdict.value: counts[verdict] for verdict in Verdict},
        "readings": _unusual(outcome.readings),
        "phases": [{"phase": part.phase, "looks": part.looks, "why": part.why} for part in outcome.parts],
        "rules": [_rule(one, cases) for one in judgements],
        "cases": [_case(name, one, secrets) for name, one in cases],
    }
    masked: Report = with_texts(report, secrets.masked)
    return masked


def _unusual(readings: Mapping[str, str]) -> dict[str, str]:
    """But those that everybody goes by who is told nothing else."""
    return {name: value for name, value in sorted(readings.items()) if value != VALUES[name][0]}


def _named(observations: Sequence[Observation]) -> list[tuple[str, Observation]]:
    """Each with a name of its own: its case, numbered where several have it."""
    seen: Counter[str] = Counter()
    named = []
    for one in observations:
        seen[one.case] += 1
        named.append((one.case if seen[one.case] == 1 else f"{one.case} ({seen[one.case]})", one))
    return named


def _rule(judgement: Judgement, cases: Collection[tuple[str, Observation]]) -> dict[str, Any]:
    subject = judgement.subject
    mine = {id(one) for one in judgement.observations}
    return {
        "rule": subject.id,
        "area": subject.area,
        "statement": subject.statement,
        "evidence": subject.evidence,
        "sources": list(subject.sources),
        "verdict": judgement.verdict.value,
        "why": judgement.why or None,
        "cases": [name for name, one in cases if id(one) in mine],
    }


def _case(name: str, one: Observation, secrets: Secrets) -> dict[str, Any]:
    told: dict[str, Any] = {
        "case": name,
        "phase": one.phase,
        "text": one.text,
        "rules": list(one.subjects),
        "verdict": one.verdict.value,
        "why": one.why or None,
    }
    if one.failure is not None:
        told |= {"received": one.failure.received, "documented": one.failure.documented}
    if one.exchange is not None:
        is_whole = one.verdict is Verdict.BROKEN
        told |= _whole(one.exchange, secrets) if is_whole else {}
        told |= {"method": one.exchange.request.method, "path": one.exchange.request.path}
        told |= {"status": one.exchange.status, "shape": sorted(set(shape_of(one.exchange.json)))}
    return told


def _whole(exchange: Exchange, secrets: Secrets) -> dict[str, Any]:
    sent = exchange.request.content
    return {
        "sent": None if sent is None else _cut(sent, secrets),
        "answer": _cut(exchange.content, secrets) or shown_content(exchange),
        "headers": {name: exchange.headers[name] for name in SHOWN_HEADERS if name in exchange.headers},
        "curl": secrets.curl(exchange),
    }


def _cut(content: bytes, secrets: Secrets) -> str:
    text = secrets.masked(content.decode("utf-8", "backslashreplace"))  # first: half a secret is not found any more
    return text if len(text) <= MAX_SHOWN_BYTES else f"{text[:MAX_SHOWN_BYTES]}… ({len(text)} characters)"


def shape_of(value: Any, at: str = "") -> Iterator[str]:
    """Every place in a JSON value with the type that it holds; all entries of a list are one place."""
    yield f"{at or '/'} {_type_of(value)}"
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from shape_of(inner, f"{at}/{name}")
    elif isinstance(value, list):
        for inner in inside(value):
            yield from shape_of(inner, f"{at}/*")


def _type_of(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    names = {dict: "object", list: "array", str: "string", int: "number", float: "number", type(None): "null"}
    return names[type(value)]


def with_texts(value: Any, change: Callable[[str], str]) -> Any:
    """A copy in which every text, names too, is what it is changed to."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {change(name): with_texts(inner, change) for name, inner in value.items()}
    return [with_texts(inner, change) for inner in value] if isinstance(value, list) else value
