"""What a check would send, told without sending it."""

from collections.abc import Iterator

from mockserver import contract
from mockserver.checks import answer_log, generated, scenario_checks, webhook_checks
from mockserver.checks.guards import nothing_real
from mockserver.checks.steps import Scenario
from mockserver.checks.suite import Wishes
from mockserver.checks.target import NotSent, Request
from mockserver.jsontext import encode

ROW = "  {:<7} {:<40} {}"


def lines_of(wishes: Wishes) -> Iterator[str]:
    """Phase by phase: method, path, what for. `{{name}}` is filled with what an earlier answer told."""
    yield "first: GET /jobs?limit=1, and where there is a control API its health, worlds and readings;"
    yield "  then what the key may do: GET of each list, POST to each with a body that nothing can be made of"
    for phase in wishes.phases:
        if phase == scenario_checks.PHASE:
            for scenario in wishes.scenarios:
                yield from _of_scenario(scenario, wishes.tests_only)
        elif phase == webhook_checks.PHASE:
            yield "webhooks: which come, signed how, and again when they have to"
            yield from (ROW.format(*row) for row in webhook_checks.PLAN)
        elif phase == answer_log.PHASE:
            yield "answers: nothing more, if anything else is looked at; else the requests of the scenarios"
        else:
            yield from _of_generated(phase, wishes.tests_only)


def _of_scenario(scenario: Scenario, is_guarded: bool) -> Iterator[str]:
    needs = f" ({'; '.join(scenario.needs)})" if scenario.needs else ""
    yield f"scenario {scenario.name}: {scenario.title}{needs}"
    for step in scenario.steps:
        times = f" ({step.at_once} at once)" if step.at_once > 1 else ""
        held = ""
        if is_guarded and step.method:
            held = _held_back(Request(step.method, step.path, (), None if step.body is None else encode(step.body)))
        method, path = (step.method, step.path) if step.method else ("-", step.told)
        yield ROW.format(method, path, f"{step.text}{times}{held}")
        yield from (ROW.format("GET", told, "(before and after)") for told in step.untouched)


def _held_back(request: Request) -> str:
    try:
        nothing_real(request)
    except NotSent as why:
        return f" — not sent: {why}"
    return ""


def _of_generated(phase: str, is_guarded: bool) -> Iterator[str]:
    yield f"{phase}: requests that schemathesis makes from the contract; rows for them to find are made first"
    for operation in contract.operations().values():
        held = " — not sent (--live sends it)" if is_guarded and operation.id in generated.HELD_BACK else ""
        yield ROW.format(operation.method, operation.path, f"{operation.spec.get('summary', operation.id)}{held}")
