"""A receiver on trial: what is sent to it, what it answers, what it does; and how each kind of answer is ruled on."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from mockserver.checks.effects import Effects
from mockserver.checks.findings import CouldNotLook, Verdict
from mockserver.checks.posting import Answer, Poster
from mockserver.checks.specimens import Signer, Specimen
from mockserver.signing import BODY_SIGNATURE, ID, SIGNATURE

OTHER_SECRET = "0badc0de" * 8


@dataclass(frozen=True, slots=True)
class Ruling:
    verdict: Verdict
    answers: Sequence[Answer]
    why: str = ""


@dataclass(slots=True)
class Trial:
    """
    `event` is what is sent where any would do; `usual_effect` is what one of it does to the count of effects, None
    where nobody counts.
    """

    poster: Poster
    sign: Signer
    event: str
    effects: Effects | None = None
    slow_seconds: float = 1.0
    takes_valid: bool = False
    usual_effect: int | None = None
    late: int = 0  # in a row

    def valid(self) -> Specimen:
        return self.sign.signed(self.sign.event(self.event))

    async def send(self, specimen: Specimen) -> Answer:
        answer = await self.poster.post(specimen)
        self.late = self.late + 1 if answer.is_late else 0
        return answer

    async def count(self) -> int:
        """The effects so far; 0 where nobody counts."""
        return 0 if self.effects is None else await self.effects.count()

    async def meet(self) -> None:
        """
        Send one valid event: what every other case is measured by.

        Raises:
            CouldNotLook: nothing answers.
            CannotCount: the effects cannot be counted.
        """
        before = await self.count()
        answer = await self.send(self.valid())
        if answer.status is None:
            raise CouldNotLook(f"{self.poster.url}: {answer.error}")
        self.takes_valid = answer.is_success
        if self.effects is not None:
            self.usual_effect = await self.count() - before


Make = Callable[[Trial], Sequence[Specimen]]
Look = Callable[[Trial], Awaitable[Ruling]]


def takes(make: Make) -> Look:
    """It answers each with a 2xx."""

    async def look(trial: Trial) -> Ruling:
        answers = [await trial.send(specimen) for specimen in make(trial)]
        wrong = next((answer for answer in answers if not answer.is_success), None)
        if wrong is None:
            return Ruling(Verdict.KEPT, answers)
        return Ruling(Verdict.BROKEN, answers, _why_not_taken(wrong))

    return look


def _why_not_taken(answer: Answer) -> str:
    if answer.status is not None and 300 <= answer.status <= 399:
        return "redirects are not followed: a delivery that is answered with one has failed"
    return f"it came back as {answer.in_full}"


def refuses(make: Callable[[Trial], Specimen]) -> Look:
    """It answers with a 4xx, and nothing comes of it."""

    async def look(trial: Trial) -> Ruling:
        before = await trial.count()
        answer = await trial.send(make(trial))
        if not answer.is_refusal:
            return Ruling(Verdict.BROKEN, [answer], _why_not_refused(answer))
        after = await trial.count()
        if after != before:
            return Ruling(Verdict.BROKEN, [answer], f"refused, and done all the same: {before} effects became {after}")
        return Ruling(Verdict.KEPT, [answer])

    return look


def _why_not_refused(answer: Answer) -> str:
    if answer.is_success:
        return "it was taken for good"
    return f"it was neither taken nor refused: {answer.in_full}"


def answers_calmly(make: Callable[[Trial], Specimen]) -> Look:
    """It takes or refuses, as it likes, and does not break over it."""

    async def look(trial: Trial) -> Ruling:
        answer = await trial.send(make(trial))
        if answer.is_success or answer.is_refusal:
            return Ruling(Verdict.KEPT, [answer])
        return Ruling(Verdict.BROKEN, [answer], f"it came back as {answer.in_full}")

    return look


def acts_once(make: Make) -> Look:
    """It answers all with a 2xx, one after the other, and acts on one of them."""

    async def look(trial: Trial) -> Ruling:
        before = await trial.count()
        answers = [await trial.send(specimen) for specimen in make(trial)]
        wrong = next((answer for answer in answers if not answer.is_success), None)
        if wrong is not None:
            return Ruling(Verdict.BROKEN, answers, _why_not_taken(wrong))
        return _ruled_by_effects(trial, answers, before, await trial.count())

    return look


def acts_once_at_once(make: Make) -> Look:
    """The same for several that arrive at the same moment; all but one may be sent away to come again."""

    async def look(trial: Trial) -> Ruling:
        before = await trial.count()
        answers = await asyncio.gather(*(trial.send(specimen) for specimen in make(trial)))
        if not any(answer.is_success for answer in answers):
            return Ruling(Verdict.BROKEN, answers, _why_not_taken(answers[0]))
        return _ruled_by_effects(trial, answers, before, await trial.count())

    return look


def _ruled_by_effects(trial: Trial, answers: Sequence[Answer], before: int, after: int) -> Ruling:
    usual, came = trial.usual_effect, after - before
    if usual is None:
        why = "taken; only --effects-command can tell whether it was done twice"
        return Ruling(Verdict.NOT_LOOKED_AT, answers, why)
    if not usual or came < usual:
        why = (
            f"a single {trial.event} changes the count by {usual}, these by {came}: another --event, or more --settle?"
        )
        return Ruling(Verdict.NOT_LOOKED_AT, answers, why)
    if came > usual:
        why = f"done again: a single one changes the count of effects by {usual}, these did by {came}"
        return Ruling(Verdict.BROKEN, answers, why)
    return Ruling(Verdict.KEPT, answers)


async def goes_by_a_signature(trial: Trial) -> Ruling:
    """Which of the two signatures it goes by: either will do, as long as that one has to be right."""
    by_header = {header: await trial.send(_with_wrong(header, trial)) for header in (SIGNATURE, BODY_SIGNATURE)}
    answers = list(by_header.values())
    strange = next((answer for answer in answers if not answer.is_success and not answer.is_refusal), None)
    if strange is not None:
        return Ruling(Verdict.BROKEN, answers, _why_not_refused(strange))
    needed = [header for header, answer in by_header.items() if answer.is_refusal]
    if not needed:
        return Ruling(Verdict.BROKEN, answers, "it takes a delivery of which either signature is wrong")
    alone = f"; {BODY_SIGNATURE} alone covers neither id nor time" if needed == [BODY_SIGNATURE] else ""
    return Ruling(Verdict.KEPT, answers, f"it goes by {' and '.join(needed)}{alone}")


async def refuses_without_id(trial: Trial) -> Ruling:
    """Only who goes by the signature that covers the id can miss it."""
    ruling = await refuses(lambda trial: trial.valid().without(ID))(trial)
    if ruling.answers[0].is_success and (await trial.send(_with_wrong(SIGNATURE, trial))).is_success:
        why = f"taken; it does not go by {SIGNATURE}, the one that covers the id"
        return Ruling(Verdict.NOT_LOOKED_AT, ruling.answers, why)
    return ruling


def _with_wrong(header: str, trial: Trial) -> Specimen:
    event = trial.sign.event(trial.event)
    right, wrong = trial.sign.signed(event), trial.sign.signed(event, secret=OTHER_SECRET)
    return right.but(headers={**right.headers, header: wrong.headers[header]})
