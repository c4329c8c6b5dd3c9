"""Verdicts: what was observed of each rule, and what that makes of it; never one figure for all."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from mockserver import contract
from mockserver.checks.expectations import Failure
from mockserver.checks.findings import Verdict
from mockserver.checks.steps import NEEDS_OTHER
from mockserver.checks.target import Exchange
from mockserver.rulebook import RULES, Rule, Source

ANSWERS, DELIVERIES = "answers", "deliveries"  # areas that no rule of the rulebook speaks of
UNSEEN = "nothing that was sent shows it"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a verdict is about: a rule, the answers of an operation, or what all deliveries have in common."""

    id: str
    area: str
    statement: str
    evidence: str  # of the rule, and of its status where that has a label of its own
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Observation:
    """
    One look at one or several subjects. `case` is the same in every run; `text` says in words what was done; `why` is
    there where nobody looked.
    """

    phase: str
    case: str
    text: str
    subjects: tuple[str, ...]
    verdict: Verdict
    why: str = ""
    failure: Failure | None = None
    exchange: Exchange | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What all observations of a subject come to. `why` is empty unless nobody looked."""

    subject: Subject
    verdict: Verdict
    why: str
    observations: tuple[Observation, ...]


def judged(observations: Sequence[Observation], only: Collection[str] = ()) -> list[Judgement]:
    """
    One judgement for each subject, in the order of the contract; what is broken is told whoever asked.

    Args:
        only: the subjects that were asked for; all, if there are none.
    """
    found: dict[str, list[Observation]] = {}
    for one in observations:
        for id in one.subjects:
            found.setdefault(id, []).append(one)
    everything = [_judgement(subject, found.get(subject.id, ())) for subject in subjects().values()]
    return [one for one in everything if not only or one.subject.id in only or one.verdict is Verdict.BROKEN]


def _judgement(subject: Subject, seen: Sequence[Observation]) -> Judgement:
    verdicts = {one.verdict for one in seen}
    if Verdict.BROKEN in verdicts:
        return Judgement(subject, Verdict.BROKEN, "", tuple(seen))
    if Verdict.KEPT in verdicts:
        return Judgement(subject, Verdict.KEPT, "", tuple(seen))
    whys = [one.why for one in seen] or [UNSEEN]  # of several the one that is easiest to do something about
    return Judgement(subject, Verdict.NOT_LOOKED_AT, NEEDS_OTHER if NEEDS_OTHER in whys else whys[0], tuple(seen))


def exit_status_of(judgements: Iterable[Judgement]) -> int:
    """0 all that was looked at is kept, 1 something is broken, 3 nothing was looked at."""
    verdicts = {one.verdict for one in judgements}
    if Verdict.BROKEN in verdicts:
        return 1
    return 0 if Verdict.KEPT in verdicts else 3


@cache
def subjects() -> Mapping[str, Subject]:
    """Every subject by its id: the rules as the rulebook has them, then answers, then deliveries."""
    return {subject.id: subject for subject in (*map(_of_rule, RULES.values()), *_of_operations(), *DELIVERY_SUBJECTS)}


def answers_of(operation_id: str) -> str:
    return f"{ANSWERS}/{operation_id}"


def _of_rule(rule: Rule) -> Subject:
    status = f"; its status {rule.status_evidence}" if rule.status_evidence not in (None, rule.evidence) else ""
    return Subject(
        rule.id, rule.area, rule.statement, f"{rule.evidence}{status}", tuple(cited(source) for source in rule.sources)
    )


def cited(source: Source) -> str:
    """Page, section and line."""
    end = "" if source.end is None else f"-{source.end}"
    line = "" if source.line is None else f", L{source.line}{end}"
    return f"{source.page}, {source.section}{line}"


def _of_operations() -> Iterator[Subject]:
    for operation in contract.operations().values():
        statement = f"Every answer to {operation.method} {operation.path} has a form that the contract documents."
        yield Subject(
            answers_of(operation.id), ANSWERS, statement, "the contract", (f"openapi.yaml, {operation.id}, responses",)
        )


def _delivery(name: str, statement: str, evidence: str, source: str) -> Subject:
    return Subject(f"{DELIVERIES}/{name}", DELIVERIES, statement, evidence, (source,))


_CONTRACT = "openapi.yaml, webhooks"
_PAGE = "guides/webhooks"
SHAPE = _delivery(
    "shape", "A delivery is a POST with the webhook's headers; its body fits its event's schema.", "PUBLIC", _CONTRACT
)
SIGNATURE = _delivery(
    "signature", "A delivery is signed, with the secret that the webhook's creation told.", "ASSUMED", _CONTRACT
)
ORDER = _delivery(
    "order", "Events of one interview arrive in the order in which they happened.", "ASSUMED", "openapi.yaml, webhooks"
)
RETRY = _delivery(
    "retry",
    "A delivery that was answered with 500 comes again: the same id, which no other event has, the same bytes.",
    "PUBLIC; that no other has the id INFERRED",
    _PAGE,
)
REFUSED = _delivery("refused", "A refused create sends nothing.", "INFERRED", "openapi.yaml, createInterview")
DELIVERY_SUBJECTS = (SHAPE, SIGNATURE, ORDER, RETRY, REFUSED)
