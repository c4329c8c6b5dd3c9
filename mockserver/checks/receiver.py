"""What a good webhook receiver does, case by case, and the run that looks at each."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any
from uuid import uuid4

from mockserver.checks.findings import Finding, Verdict
from mockserver.checks.specimens import Specimen, event_types
from mockserver.checks.trial import (
    OTHER_SECRET,
    Look,
    Ruling,
    Trial,
    acts_once,
    acts_once_at_once,
    answers_calmly,
    goes_by_a_signature,
    refuses,
    refuses_without_id,
    takes,
)
from mockserver.signing import BODY_SIGNATURE, SIGNATURE

AGE_SECONDS = 600  # twice what is usually tolerated
LARGE_BYTES = 512 * 1024
MAX_LATE = 2  # in a row; then it has stopped answering


@dataclass(frozen=True, slots=True)
class Case:
    """`sent` is what goes out, `good` what a good receiver does; `is_plain` where it is a valid event as any other."""

    id: str
    sent: str
    good: str
    look: Look
    is_plain: bool = False


def _event(type: str) -> Case:
    look = takes(lambda trial: [trial.sign.signed(trial.sign.event(type))])
    return Case(type, f"a valid {type}", "answers 2xx in time", look, is_plain=True)


def _twice(trial: Trial) -> Sequence[Specimen]:
    return [trial.valid()] * 2


def _tried_again(trial: Trial) -> Sequence[Specimen]:
    event = trial.sign.event(trial.event)
    return trial.sign.signed(event, age_seconds=5), trial.sign.signed(event)


def _rotated(trial: Trial) -> Sequence[Specimen]:
    event = trial.sign.event(trial.event)
    old, new = trial.sign.signed(event, secret=OTHER_SECRET), trial.sign.signed(event)
    both = f"{old.headers[SIGNATURE]} {new.headers[SIGNATURE]}"
    return [new.but(headers={**new.headers, SIGNATURE: both})]


def _aged(seconds: int) -> Callable[[Trial], Specimen]:
    return lambda trial: trial.sign.signed(trial.sign.event(trial.event), age_seconds=seconds)


def _forged(trial: Trial) -> Specimen:
    return trial.sign.signed(trial.sign.event(trial.event), secret=OTHER_SECRET)


def _altered(trial: Trial) -> Specimen:
    valid = trial.valid()
    return valid.but(body=valid.body.replace(b'"data":{', b'"data":{"altered":true,'))


def _analysis_first(trial: Trial) -> Sequence[Specimen]:
    interview_id = str(uuid4())
    types = ("analysis.completed", "interview.completed")
    return [trial.sign.signed(trial.sign.event(type, interview_id)) for type in types]


def _of_unknown_type(trial: Trial) -> Sequence[Specimen]:
    return [trial.sign.signed({**trial.sign.event(trial.event), "event": "interview.rescheduled"})]


def _with_more_fields(trial: Trial) -> Sequence[Specimen]:
    event = trial.sign.event(trial.event)
    more: dict[str, Any] = {"schemaVersion": 2, "links": [{"rel": "self"}]}
    return [trial.sign.signed({**event, **more, "data": {**event["data"], **more}})]


def _large(trial: Trial) -> Sequence[Specimen]:
    event = trial.sign.event("analysis.completed")
    said = {"speaker": "CANDIDATE", "text": "And so on, at length. " * 40, "startSeconds": 0, "endSeconds": 9}
    event["data"]["analysis"]["specific"]["transcript"] = [said] * (LARGE_BYTES // 940)
    return [trial.sign.signed(event)]


def _slow(trial: Trial) -> Sequence[Specimen]:
    return [trial.valid().but(seconds=trial.slow_seconds)]


def _not_json(trial: Trial) -> Specimen:
    return trial.sign.signed_bytes(b'{"event": "interview.comp', str(uuid4()))


REFUSES = "refuses it with a 4xx: "
ONCE = "answers 2xx to both and acts once: "

CASES = (
    *(_event(type) for type in event_types()),
    Case(
        "duplicate",
        "the same delivery twice, byte for byte",
        f"{ONCE}the same webhook-id is the same delivery",
        acts_once(_twice),
    ),
    Case(
        "retry",
        "a delivery, and its retry: same id and body, new timestamp and signature",
        f"{ONCE}an answer of its own may have been lost on the way",
        acts_once(_tried_again),
    ),
    Case(
        "race",
        "the same delivery twice at the same moment",
        "acts once, also when both are under way together",
        acts_once_at_once(_twice),
    ),
    Case(
        "rotated",
        "two signatures in one header, the second of them right",
        "takes it: while a secret is replaced, senders sign with both",
        takes(_rotated),
    ),
    Case(
        "stale",
        "signed ten minutes ago, the signature right",
        f"{REFUSES}whoever recorded it could play it back",
        refuses(_aged(AGE_SECONDS)),
    ),
    Case(
        "future",
        "signed ten minutes ahead, the signature right",
        f"{REFUSES}it could be played back later",
        refuses(_aged(-AGE_SECONDS)),
    ),
    Case(
        "forged",
        "signed with another secret",
        f"{REFUSES}anybody who knows the URL could write to it",
        refuses(_forged),
    ),
    Case(
        "altered",
        "a body that was changed after it was signed",
        f"{REFUSES}the signature is of the raw bytes",
        refuses(_altered),
    ),
    Case(
        "unsigned",
        "no signature at all",
        f"{REFUSES}a signature that may be left out protects nobody",
        refuses(lambda trial: trial.valid().without(SIGNATURE, BODY_SIGNATURE)),
    ),
    Case(
        "half-signed",
        f"first {SIGNATURE} wrong, then {BODY_SIGNATURE}, the other one right",
        "refuses at least one of the two with a 4xx: the one whose signature it goes by",
        goes_by_a_signature,
    ),
    Case("no-id", "no webhook-id", f"{REFUSES}what is signed without it cannot be checked", refuses_without_id),
    Case(
        "out-of-order",
        "analysis.completed before interview.completed, of one interview",
        "takes both, in whatever order they come",
        takes(_analysis_first),
    ),
    Case(
        "unknown-event",
        "a valid event of a type that is not known yet",
        "answers 2xx and ignores it, or the sender tries again and gives up on the webhook",
        takes(_of_unknown_type),
    ),
    Case("unknown-fields", "a valid event with fields that are not known yet", "takes it", takes(_with_more_fields)),
    Case("large", "an analysis.completed of half a megabyte", "takes it: interviews can be long", takes(_large)),
    Case("slow", "a valid event whose body comes in pieces", "waits for the whole body, and takes it", takes(_slow)),
    Case(
        "not-json",
        "half a JSON text, the signature right",
        "takes or refuses it, and does not break (5xx) over it",
        answers_calmly(_not_json),
    ),
)
CASE_IDS = tuple(case.id for case in CASES)


def chosen(only: Collection[str]) -> list[Case]:
    """The cases of these ids; all where none is named."""
    return [case for case in CASES if not only or case.id in only]


async def examine(trial: Trial, cases: Collection[Case], on_finding: Callable[[Finding], None]) -> None:
    """
    Look at each case; every finding is told as it is made, so that what ends this early takes none away.

    Raises:
        CouldNotLook: nothing answers.
        CannotCount: the effects cannot be counted.
    """
    await trial.meet()
    for case in cases:
        on_finding(await _found(trial, case))


async def _found(trial: Trial, case: Case) -> Finding:
    obstacle = _obstacle(trial, case)
    if obstacle is not None:
        return not_looked_at(case, obstacle)
    began = monotonic()
    ruling = await case.look(trial)
    return _finding(case, ruling, monotonic() - began)


def _obstacle(trial: Trial, case: Case) -> str | None:
    if trial.late >= MAX_LATE:
        return "it has stopped answering"
    if not trial.takes_valid and not case.is_plain:
        return f"it does not take a valid {trial.event}, so what it says to this one means nothing"
    return None


def not_looked_at(case: Case, why: str) -> Finding:
    return Finding(case.id, Verdict.NOT_LOOKED_AT, case.sent, "", case.good, why)


def _finding(case: Case, ruling: Ruling, seconds: float) -> Finding:
    received = ", then ".join(str(answer) for answer in ruling.answers)
    return Finding(case.id, ruling.verdict, case.sent, received, case.good, ruling.why, seconds)
