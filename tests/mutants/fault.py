"""What the catalogue consists of, as values."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

# Puts a fault into the mock of this process; undoing the patch takes it out again.
Apply = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True, slots=True)
class Fault:
    """
    Something that a server does wrong.

    `breaks` are the subjects that a check has to report as broken: rules, or what answers or deliveries have in
    common. `scenarios` are those to look with; without any, all that show a rule of `breaks`.
    """

    id: str
    does: str
    breaks: tuple[str, ...]
    apply: Apply
    scenarios: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unseen:
    """Something that no check can see by URL, and why; it does not count."""

    id: str
    does: str
    why: str


def breaking(*subjects: str, scenarios: tuple[str, ...] = ()) -> Callable[..., tuple[Fault, ...]]:
    """Faults that break the same: each as its id, what it does, and how it is put in."""

    def listed(*rows: tuple[str, str, Apply]) -> tuple[Fault, ...]:
        return tuple(Fault(id, does, subjects, apply, scenarios) for id, does, apply in rows)

    return listed
