"""Looking at a faulty server as `mockserver check` does: by URL and keys, with the scenarios that a fault calls for."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from types import SimpleNamespace

import pytest

from mockserver import MockServer, settings_for, world
from mockserver.checks import answer_log, scenario_checks, scenarios, suite, webhook_checks
from mockserver.checks.findings import Verdict
from mockserver.checks.inboxes import Inboxes
from mockserver.checks.scenario_files import scenario_of, scenario_paths
from mockserver.checks.steps import Scenario
from mockserver.checks.suite import Outcome, Suite, Wishes
from mockserver.checks.target import Target
from mockserver.checks.verdicts import ANSWERS, SHAPE, Observation, judged
from mockserver.server import Parser
from tests.mutants.fault import Fault
from tests.mutants.patches import silent
from tests.support import ACME, GLOBEX

SCENARIOS: Mapping[str, Scenario] = {path.stem: scenario_of(path) for path in scenario_paths()}
# What the mock has to send it sends at once; only what a fault holds back is waited for in vain.
PATIENCE_SECONDS, QUIET_SECONDS = 1.0, 0.05


@contextmanager
def server_under_check(parser: Parser = "httptools") -> Iterator[Target]:
    """A server that names no rules, whose worlds are always the same; faults are put into the mock of this process."""
    with pytest.MonkeyPatch.context() as patch:
        silent(patch)
        patch.setattr(world, "secrets", SimpleNamespace(randbits=lambda _: 42))
        patch.setattr(scenarios, "RECEIVE_SECONDS", PATIENCE_SECONDS)
        patch.setattr(suite, "PATIENCE_SECONDS", PATIENCE_SECONDS)
        patch.setattr(webhook_checks, "QUIET_SECONDS", QUIET_SECONDS)
        with (
            Inboxes() as inboxes,
            MockServer(settings_for(rate_limit="enforce"), parser=parser) as server,
            Target(server.url, ACME, GLOBEX, receiver=inboxes.open) as target,
        ):
            yield target


def caught(fault: Fault, target: Target) -> dict[str, tuple[str, ...]]:
    """What a check finds broken while a fault is in the mock: each subject, and the scenarios or cases that show it."""
    with pytest.MonkeyPatch.context() as patch:
        fault.apply(patch)
        outcome = checked(target, phases_for(fault), scenarios_for(fault))
    assert not outcome.gone, outcome.gone
    judgements = [one for one in judged(outcome.observations) if one.verdict is Verdict.BROKEN]
    return {one.subject.id: _shown_by(one.observations) for one in judgements}


def checked(target: Target, phases: Sequence[str], scenarios: Sequence[Scenario]) -> Outcome:
    """One run; if deliveries are looked at they come to a receiver of its own, where there are no others."""
    with Inboxes() if webhook_checks.PHASE in phases else nullcontext() as inboxes:
        fresh = copy.copy(target)  # its client takes time to make
        fresh.receiver = target.receiver if inboxes is None else inboxes.open
        return Suite(fresh, inboxes, Wishes(phases, scenarios), lambda *_: None).run()


def scenarios_for(fault: Fault) -> list[Scenario]:
    if fault.scenarios:
        return [SCENARIOS[name] for name in fault.scenarios]
    return [scenario for scenario in SCENARIOS.values() if set(fault.breaks) & set(scenario.rules)]


def phases_for(fault: Fault) -> list[str]:
    """Without generated requests: what they alone could find is not in the catalogue."""
    of_answers = any(one.startswith(f"{ANSWERS}/") or one == answer_log.SHAPE for one in fault.breaks)
    of_webhooks = bool({*webhook_checks.SUBJECTS, SHAPE.id} & set(fault.breaks))
    wanted = {scenario_checks.PHASE: True, webhook_checks.PHASE: of_webhooks, answer_log.PHASE: of_answers}
    return [phase for phase, is_wanted in wanted.items() if is_wanted]


def _shown_by(observations: Sequence[Observation]) -> tuple[str, ...]:
    """Those that are broken: scenarios by their names, cases of other phases by theirs."""
    return tuple(dict.fromkeys(_name_of(one) for one in observations if one.verdict is Verdict.BROKEN))


def _name_of(one: Observation) -> str:
    return one.case.partition(" ")[0] if one.phase == scenario_checks.PHASE else f"{one.phase}: {one.case}"
