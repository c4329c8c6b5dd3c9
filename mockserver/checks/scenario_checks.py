"""Scenarios as a phase of a check: what each step shows of which rule."""

from collections.abc import Callable, Iterator, Sequence

from mockserver.checks.answers import operation_of
from mockserver.checks.findings import Verdict
from mockserver.checks.knocking import is_there
from mockserver.checks.results import Result, StepResult
from mockserver.checks.scenarios import EARLIER, run_scenario
from mockserver.checks.steps import Scenario
from mockserver.checks.target import OVER, Target
from mockserver.checks.verdicts import Observation, answers_of

PHASE = "scenarios"
NO_ANSWER = "an answer"  # what a step documents that got none


def look_at_scenarios(
    target: Target, scenarios: Sequence[Scenario], on_result: Callable[[Result], None]
) -> Iterator[Observation]:
    """
    Observations, scenario after scenario, as long as the target has time.

    Raises:
        CouldNotLook: nothing answers any more.
    """
    for place, scenario in enumerate(scenarios):
        if not target.seconds_left:
            yield from (_unreached(one, OVER) for one in scenarios[place:])
            return
        result = run_scenario(scenario, target)
        on_result(result)
        yield from observations_of(result)
        if any(_is_silence(step) for step in result.steps):
            is_there(target)


def _is_silence(result: StepResult) -> bool:
    return result.failure is not None and result.failure.documented == NO_ANSWER


def _unreached(scenario: Scenario, why: str) -> Observation:
    return Observation(PHASE, scenario.name, scenario.title, scenario.rules, Verdict.NOT_LOOKED_AT, why)


def observations_of(result: Result) -> Iterator[Observation]:
    """One for each step that shows something: what it says of its rules, or of the answers of its operation."""
    stopped = _stop_of(result)
    for step in result.steps:
        subjects = _subjects(result.scenario, step)
        if subjects:
            yield Observation(
                phase=PHASE,
                case=f"{result.scenario.name} {step.step.place}",
                text=step.step.text,
                subjects=subjects,
                verdict=step.verdict,
                why=stopped if step.why == EARLIER else step.why,
                failure=step.failure,
                exchange=step.exchanges[-1] if step.exchanges else None,
            )


def _stop_of(result: Result) -> str:
    """Why steps were not looked at that come after one that stopped the scenario."""
    stop = next((step for step in result.steps if step.verdict is not Verdict.KEPT), None)
    if stop is None:
        return ""
    return stop.why or f"an earlier step is broken: {result.scenario.name} {stop.step.place}, {stop.step.text}"


def _subjects(scenario: Scenario, result: StepResult) -> tuple[str, ...]:
    """The rules of the step. What only prepares shows nothing if it goes well; if not, it is its operation's fault."""
    if result.rules or result.verdict is not Verdict.BROKEN:
        return result.rules
    exchange = result.exchanges[-1] if result.exchanges else None
    operation = operation_of(exchange.request.method, exchange.request.path) if exchange is not None else None
    return scenario.rules if operation is None else (answers_of(operation.id),)
