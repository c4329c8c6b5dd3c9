"""What a scenario consists of: steps, and what must come of each, as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from mockserver.checks.templates import RECEIVER, places_in

Part = Literal["given", "when"]
MAIN, OTHER, NOBODY, ANONYMOUS = "", "other", "nobody", "anonymous"  # whose key a step is sent with
NEEDS_CONTROL = "it takes the mock's control API (with --admin-token, if it wants one)"
NEEDS_OTHER = "it takes the key of a second company (--other-key)"
NEEDS_RECEIVER = "it takes a webhook receiver that the server can reach"


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What must come under some readings, which rules that shows, what is saved of it, and the paths that have to answer
    the same before and after. `ends` is why nothing after it can be looked at, where that is so.
    """

    readings: Mapping[str, str]
    rules: tuple[str, ...]
    then: Mapping[str, Any]
    save: Mapping[str, str]
    untouched: tuple[str, ...] = ()
    ends: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """
    One request and what must come; or an advance of the clock; or a wait for webhooks.

    Of the fields after `told` only those are filled that the kind of step has. `place` is where the file has it;
    `sender` is whose key it carries: the one under check (empty), `other` (another company's), `nobody` (one that does
    not exist), `anonymous` (none at all) or a key of the scenario's own world.
    """

    part: Part
    place: str
    text: str
    told: str
    method: str
    path: str
    sender: str
    headers: Mapping[str, Any]
    body: Mapping[str, Any] | None
    raw: str | None
    hex: str | None
    at_once: int
    advance: Mapping[str, Any] | None
    receive: int
    if_not: str
    outcomes: tuple[Outcome, ...]

    @property
    def rules(self) -> tuple[str, ...]:
        """Those of every outcome."""
        return tuple(dict.fromkeys(rule for outcome in self.outcomes for rule in outcome.rules))

    @property
    def untouched(self) -> tuple[str, ...]:
        """What the first outcome leaves alone; no other is held to that."""
        return self.outcomes[0].untouched

    @property
    def senders(self) -> tuple[str, ...]:
        """Whose keys it takes: its own, and those that look at what it leaves alone."""
        return (self.sender, *(sender_of(path)[1] for path in self.untouched))


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is given comes first, in `steps`, then what is done. `world` is the scenario's own, if it has one."""

    name: str
    title: str
    source: str
    world: Mapping[str, Any] | None
    steps: tuple[Step, ...]

    @property
    def rules(self) -> tuple[str, ...]:
        """Every rule that a step shows, in the order in which they come."""
        return tuple(dict.fromkeys(rule for step in self.steps for rule in step.rules))

    @property
    def needs(self) -> tuple[str, ...]:
        """What it takes beside a URL and a key, in words."""
        needs = {
            NEEDS_CONTROL: self.world is not None or any(step.advance for step in self.steps),
            NEEDS_OTHER: not self.has_own_keys and any(OTHER in step.senders for step in self.steps),
            NEEDS_RECEIVER: any(RECEIVER in places_in([step.path, step.body, step.raw]) for step in self.steps),
        }
        return tuple(need for need, is_needed in needs.items() if is_needed)

    @property
    def has_own_keys(self) -> bool:
        """Whether its world is one of a file, not a copy of the world under check."""
        return self.world is not None and "keys" in self.world


def sender_of(text: str) -> tuple[str, str]:
    """`/jobs as other`, in its parts."""
    path, _, sender = text.partition(" as ")
    return path, sender
