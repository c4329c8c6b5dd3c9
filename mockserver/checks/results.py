"""What came of a scenario: a verdict for each step, and for all of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mockserver.checks.expectations import Answer, Failure
from mockserver.checks.findings import Verdict
from mockserver.checks.steps import Scenario, Step
from mockserver.checks.target import Exchange


@dataclass(frozen=True, slots=True)
class StepResult:
    """
    One step. `exchanges` are what was sent for it, but what it had to leave alone; `why` tells why nobody looked, or
    under which readings it is kept. `rules` are those that it shows, or does not keep. `ends` is why nothing after it
    can be looked at.
    """

    step: Step
    verdict: Verdict
    rules: tuple[str, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    answer: Answer | None = None
    failure: Failure | None = None
    why: str = ""
    ends: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """One scenario, step by step, and the readings that its answers showed."""

    scenario: Scenario
    steps: tuple[StepResult, ...]
    readings: Mapping[str, str] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        found = {step.verdict for step in self.steps}
        if Verdict.BROKEN in found:
            return Verdict.BROKEN
        return Verdict.NOT_LOOKED_AT if Verdict.NOT_LOOKED_AT in found else Verdict.KEPT

    @property
    def failed(self) -> StepResult | None:
        return next((step for step in self.steps if step.verdict is Verdict.BROKEN), None)

    @property
    def failure(self) -> str:
        """The first failure in two aligned lines, Received and Documented; empty where there is none."""
        return "" if self.failed is None else str(self.failed.failure)

    @property
    def why(self) -> str:
        """Why it was not looked at to its end; empty where it was, or where it is broken."""
        return next((step.why for step in self.steps if step.verdict is Verdict.NOT_LOOKED_AT), "")
