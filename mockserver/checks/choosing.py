"""Which phases and scenarios a check consists of, from what its user asked for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from mockserver.checks import answer_log, generated, scenario_checks, webhook_checks
from mockserver.checks.scenario_files import scenario_of, scenario_paths
from mockserver.checks.steps import Scenario
from mockserver.checks.suite import PHASES
from mockserver.checks.verdicts import ANSWERS, SHAPE, subjects


class UnknownName(ValueError):
    """What was asked for is neither a rule nor a scenario; the message names what is near."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """`subjects` are those to report on, all where there are none."""

    phases: Sequence[str]
    scenarios: Sequence[Scenario]
    subjects: frozenset[str]


def choose(only: Sequence[str], phases: Sequence[str]) -> Chosen:
    """
    Args:
        only: rules, in any case, and names of scenarios; nothing means everything.
        phases: those that may be looked at; nothing means those that can show what was asked for.

    Raises:
        UnknownName: for the first that is neither.
    """
    every = [scenario_of(path) for path in scenario_paths()]
    by_name = {scenario.name: scenario for scenario in every}
    ids = {id.upper(): id for id in subjects()}
    named, asked = _sorted_out(only, by_name, ids)
    scenarios = [one for one in every if not only or one.name in named or asked & set(one.rules)]
    shown = asked.union(*(by_name[name].rules for name in named))
    able = [phase for phase in PHASES if phase in (phases or PHASES)]
    if only and not phases:
        able = [phase for phase in able if _can_show(phase, asked, scenarios)]
    return Chosen(able, scenarios or every, frozenset(shown))


def _sorted_out(only: Iterable[str], names: Iterable[str], ids: dict[str, str]) -> tuple[set[str], set[str]]:
    """Names of scenarios, and ids of rules."""
    known = set(names)
    named = {one for one in only if one in known}
    rest = [one for one in only if one not in known]
    for one in rest:
        if one.upper() not in ids:
            near = get_close_matches(one.upper(), ids) or get_close_matches(one.lower(), known)
            advice = f"did you mean {' or '.join(near)}?" if near else "`mockserver rules` lists the rules"
            raise UnknownName(f"there is no rule and no scenario {one}; {advice}")
    return named, {ids[one.upper()] for one in rest}


def _can_show(phase: str, asked: set[str], scenarios: Sequence[Scenario]) -> bool:
    of_answers = any(one.startswith(f"{ANSWERS}/") for one in asked)
    if phase == scenario_checks.PHASE:
        return bool(scenarios)
    if phase == webhook_checks.PHASE:
        return bool(asked & {*webhook_checks.SUBJECTS, SHAPE.id})
    if phase == answer_log.PHASE:
        return of_answers or answer_log.SHAPE in asked
    return of_answers and phase in generated.PHASES
