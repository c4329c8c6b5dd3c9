"""The whole catalogue, family by family."""

from collections.abc import Mapping
from types import ModuleType

from tests.mutants import (
    bodies,
    bounds,
    courses,
    deletions,
    forms,
    keys,
    leftovers,
    linking,
    minutes,
    pages,
    rereading,
    rules,
    sending,
    shown,
    signatures,
    statuses,
    strangers,
    taken,
    testmode,
    webhook_settings,
)
from tests.mutants.fault import Fault, Unseen

MODULES: tuple[ModuleType, ...] = (
    rules,
    bounds,
    statuses,
    keys,
    bodies,
    taken,
    linking,
    courses,
    minutes,
    testmode,
    leftovers,
    strangers,
    deletions,
    forms,
    shown,
    rereading,
    pages,
    sending,
    signatures,
    webhook_settings,
)
FAMILIES: Mapping[str, tuple[Fault, ...]] = {(module.__doc__ or "").strip(): module.FAULTS for module in MODULES}
FAULTS = tuple(fault for faults in FAMILIES.values() for fault in faults)
UNSEEN = (
    *rules.UNSEEN,
    Unseen(
        "unbuilt-404",
        "What the vendor's API has and the server has not is refused with 404, not with 501.",
        "Nobody but a server that has not built something answers 501: the step excuses whatever else comes.",
    ),
    Unseen(
        "whole-other-reading",
        "Everything is wrapped, or every instant has milliseconds, though the control API names the other reading.",
        "Either form is documented. A server is held to keeping to one, not to what a mock says of itself.",
    ),
    Unseen(
        "retry-delays",
        "Retries come after other times than 5 s, 30 s and 2 minutes.",
        "The times are assumed, and no rule names them; that retries come, how many and with what, is looked at.",
    ),
    Unseen(
        "breaker-threshold",
        "The circuit opens after four or six deliveries that failed.",
        "The number is assumed, and no rule names it.",
    ),
)
