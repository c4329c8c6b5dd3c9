"""Rules that are not judged: each function of the rulebook, and each rule that the contract's schemas keep."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from typing import Any

from mockserver import contract, rules
from mockserver.rulebook import rule_of
from mockserver.rules import access, agent
from tests.mutants.fault import Fault, Unseen
from tests.mutants.patches import Judge, both, dropped, undemanded


def functions() -> Iterator[Judge]:
    """Every function that `@rule` ties to a rule, where it is defined."""
    for found in pkgutil.iter_modules(rules.__path__, f"{rules.__name__}."):
        module = importlib.import_module(found.name)
        yield from (
            value for value in vars(module).values() if _is_judge(value) and value.__module__ == module.__name__
        )


def _is_judge(value: object) -> bool:
    return callable(value) and hasattr(value, "rule_id")


def in_schemas(node: Any) -> Iterator[str]:
    """The rules that schemas of requests name."""
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for value in inner:
        yield from in_schemas(value)
    if isinstance(node, dict) and isinstance(node.get("x-rule"), str):
        yield node["x-rule"]


def _dropped(judge: Judge) -> Fault:
    return Fault(_id(judge), f"`{judge.__name__}` never says no.", (rule_of(judge),), dropped(judge))


def _id(judge: Judge) -> str:
    return f"never-{judge.__name__.replace('_', '-')}"


# Their faults cannot be seen: what is refused is refused all the same.
DOUBLED: Mapping[Judge, str] = {
    agent.phone_agent_has_a_number: "`number_is_the_companys` refuses a missing number too, by the same rule.",
    agent.number_id_is_an_id: "`number_is_the_companys` refuses it as well, by another rule that nobody names.",
    access.rate_is_kept: "A server may count requests and refuse none (`--rate-limit observe`), and looks just so.",
}
# Rules that schemas and functions both keep: each of them alone does.
KEPT_TWICE = frozenset(
    [
        "METADATA-KEYS",
        "SCHEDULE-FORMAT",
        "CANDIDATE-XOR",
        "AGENT-XOR",
        "JOB-XOR",
        "JOB-SOURCE-XOR",
        "WEBHOOK-URL",
        "USAGE-RANGE",
    ]
)

FAULTS = (
    *(_dropped(judge) for judge in functions() if judge not in DOUBLED),
    Fault(
        "phone-without-number",
        "An agent that calls needs no number of the company's.",
        ("AGENT-SHAPE",),
        both(dropped(agent.phone_agent_has_a_number), dropped(agent.number_is_the_companys)),
    ),
    *(
        Fault(
            f"schema-without-{id.lower()}",
            f"What schemas of requests say for {id} is not looked at.",
            (id,),
            undemanded(id),
        )
        for id in dict.fromkeys((*in_schemas(contract.document()["components"]["schemas"]), "FIELD-TYPE"))
        if id not in KEPT_TWICE
    ),
)
UNSEEN = tuple(Unseen(_id(judge), f"`{judge.__name__}` never says no.", why) for judge, why in DOUBLED.items())
