"""A check from beginning to end: phase after phase, within a budget; what was observed, and why the rest was not."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property, partial
from math import inf
from time import monotonic

from mockserver.checks import answer_log, generated, scenario_checks, webhook_checks, webhook_shapes
from mockserver.checks.answer_log import AnswerLog
from mockserver.checks.control_access import ControlRefusal
from mockserver.checks.findings import CouldNotLook, Verdict
from mockserver.checks.inboxes import Inboxes
from mockserver.checks.knocking import is_there
from mockserver.checks.leftovers import Leftovers
from mockserver.checks.permissions import limits_of
from mockserver.checks.results import Result
from mockserver.checks.steps import Scenario
from mockserver.checks.target import OVER, NotSent, Target
from mockserver.checks.verdicts import SHAPE, Observation
from mockserver.readings import VALUES

PHASES = (scenario_checks.PHASE, webhook_checks.PHASE, answer_log.PHASE, *generated.PHASES)
CLEAN_UP = "taking away"  # what was made, after all phases: --budget does not cut that short
PATIENCE_SECONDS = 12.0  # for one webhook: a first retry is assumed to come after five
# What the schemas do not allow for: generated requests are judged by them alone.
FORMS = ("wire", "create_status", "timestamps")
ELSEWHERE = "a server elsewhere cannot reach the receiver, which is on this machine"

NEED_A_RECEIVER = (*webhook_checks.SUBJECTS, SHAPE.id)
GONE = "the server stopped answering before"
STOPPED = "it was stopped before the end"

Look = Callable[[], Iterator[Observation]]
# Phase, how far it is, how far there is to go where that is known.
Progress = Callable[[str, int, int | None], None]


@dataclass(frozen=True, slots=True)
class Wishes:
    """`only` are the subjects that were asked for, all where there are none; `rate` is requests a second."""

    phases: Sequence[str]
    scenarios: Sequence[Scenario]
    only: frozenset[str] = frozenset()
    seed: int = 0
    budget_seconds: float = 60.0
    timeout_seconds: float = 10.0
    rate: int | None = None
    tests_only: bool = False


@dataclass(slots=True)
class Part:
    """One phase: how often it looked, and why it did not, if so."""

    phase: str
    looks: int = 0
    why: str = ""


@dataclass(slots=True)
class Outcome:
    """
    All that a run has come to. `readings` are those that answers have shown; `gone` says what happened if the server
    stopped answering on the way, or somebody stopped the run; `rows_left` is how many of those that were made could
    not be taken away again.
    """

    observations: list[Observation] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    readings: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    gone: str = ""
    rows_left: int = 0


class Suite:
    """
    One run.

    Args:
        target: what is looked at; listeners are added to its own.
        inboxes: where webhooks go; None where the server could reach none.
    """

    def __init__(self, target: Target, inboxes: Inboxes | None, wishes: Wishes, on_progress: Progress) -> None:
        self._target, self._inboxes, self._wishes, self._on_progress = target, inboxes, wishes, on_progress
        self._log, self._leftovers = AnswerLog(), Leftovers()
        target.listeners = (*target.listeners, self._leftovers.on_exchange)
        target.until = monotonic() + wishes.budget_seconds
        self._has_asked = False  # what the key may
        self._outcome = Outcome()

    def run(self) -> Outcome:
        """Everything that can be looked at; nothing is raised for what cannot."""
        began = monotonic()
        looks: Mapping[str, Look] = {
            scenario_checks.PHASE: self._scenarios,
            webhook_checks.PHASE: self._webhooks,
            answer_log.PHASE: self._answers,
            **{phase: partial(self._of_generated, phase) for phase in generated.PHASES},
        }
        for phase in self._wishes.phases:
            self._part(phase, looks[phase])
        self._target.until = inf
        if self._target.world is None:  # after an interruption too
            self._outcome.rows_left = self._leftovers.take_away(self._target, partial(self._on_progress, CLEAN_UP))
        self._outcome.seconds = monotonic() - began
        return self._outcome

    def _part(self, phase: str, look: Look) -> None:
        part = Part(phase)
        self._outcome.parts.append(part)
        if self._outcome.gone and phase != answer_log.PHASE:
            part.why = STOPPED if self._outcome.gone == STOPPED else GONE
            return
        why = ""
        try:
            self._ask()
            for one in look():
                self._outcome.observations.append(one)
                part.looks += one.verdict is not Verdict.NOT_LOOKED_AT
                why = why or one.why
        except CouldNotLook as error:
            self._outcome.gone = part.why = str(error)
        except KeyboardInterrupt:
            self._outcome.gone = part.why = STOPPED
        except (ControlRefusal, NotSent) as refusal:
            part.why = str(refusal)
        part.why = part.why or ("" if part.looks else why)

    def _ask(self) -> None:
        """What the key may, before anything is judged by what it does, and before any answer is."""
        if self._has_asked:
            return
        self._has_asked = True
        with suppress(ControlRefusal):
            self._target.limits = limits_of(self._target)
        self._target.listeners = (*self._target.listeners, self._log.on_exchange)

    def _scenarios(self) -> Iterator[Observation]:
        done = 0

        def on_result(result: Result) -> None:
            nonlocal done
            done += 1
            self._outcome.readings |= result.readings if result.scenario.world is None else {}
            self._on_progress(scenario_checks.PHASE, done, len(self._wishes.scenarios))

        return scenario_checks.look_at_scenarios(self._target, self._wishes.scenarios, on_result)

    def _answers(self) -> Iterator[Observation]:
        """What was asked for so far was answered how; where nothing was, the scenarios ask."""
        if not self._log.counts:
            deque(self._scenarios(), maxlen=0)
        return self._log.observations()

    def _webhooks(self) -> Iterator[Observation]:
        if self._inboxes is None or not self._target.seconds_left:
            why = ELSEWHERE if self._inboxes is None else OVER
            yield Observation(webhook_checks.PHASE, "setup", "receive", NEED_A_RECEIVER, Verdict.NOT_LOOKED_AT, why)
            return
        looked = webhook_checks.look_at_webhooks(self._target, self._inboxes, self._wishes.seed, PATIENCE_SECONDS)
        for done, one in enumerate(looked, 1):
            self._on_progress(webhook_checks.PHASE, done, None)
            yield one
        yield from webhook_shapes.shapes_of(self._inboxes.arrivals())

    def _of_generated(self, phase: str) -> Iterator[Observation]:
        return iter(self._generated[phase])

    @cached_property
    def _generated(self) -> Mapping[str, Sequence[Observation]]:
        """Of all phases with generated requests, which are made by one process."""
        phases = [phase for phase in self._wishes.phases if phase in generated.PHASES]
        strange = self._strange_form()
        orders = generated.Orders(
            phases=phases,
            seed=self._wishes.seed,
            budget_seconds=self._target.seconds_left,
            timeout_seconds=self._wishes.timeout_seconds,
            rate=self._wishes.rate,
            tests_only=self._wishes.tests_only,
            why_not=f"the server goes by {strange}, of which the schemas do not speak" if strange else "",
        )
        looked = generated.look_at_generated(
            self._target, orders, self._leftovers, lambda phase, made: self._on_progress(phase, made, None)
        )
        found = list(looked)
        return {phase: [one for one in found if one.phase == phase] for phase in phases}

    def _strange_form(self) -> str:
        """The readings that make answers other than the schemas have them, where no world of our own can settle it."""
        if self._target.world is not None:
            return ""
        is_there(self._target)
        wire = {"wire": "envelope"} if self._log.has_envelopes else {}
        shown = {name: {**self._outcome.readings, **wire}.get(name, VALUES[name][0]) for name in FORMS}
        return ", ".join(f"{name}={value}" for name, value in shown.items() if value != VALUES[name][0])
