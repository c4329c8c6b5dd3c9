"""The planned faults of a world: what shall go wrong, when, how often, and how often it did."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal

from mockserver.signing import TOLERANCE_SECONDS

Subject = Literal["delivery"]
EVENTS = (
    "interview.started",
    "interview.completed",
    "interview.failed",
    "analysis.completed",
    "analysis.failed",
    "ping",
)
# By subject: which of its attributes a fault can be bound to, and their values where we know them all.
ATTRIBUTES: Mapping[Subject, Mapping[str, tuple[str, ...] | None]] = {"delivery": {"event": EVENTS, "webhookId": None}}


@dataclass(frozen=True, slots=True)
class Option:
    """A number that shapes a fault, from `least` to `most`, and further from zero than `beyond`."""

    default: float
    unit: str = "virtual seconds"
    least: float = 0.001
    most: float = 31 * 24 * 3600
    beyond: float = -1
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """One way to go wrong: what it befalls, and the options that it takes."""

    on: Subject
    says: str
    options: Mapping[str, Option]


_ATTEMPTS = Option(1, "attempts", least=1, most=100, is_whole=True)
_AGE = Option(600, "seconds", least=-31_536_000, most=31_536_000, beyond=TOLERANCE_SECONDS)
_FIRST = {"attempts": _ATTEMPTS}
KINDS: Mapping[str, Kind] = {
    "duplicate": Kind(
        "delivery",
        "sent again after it was taken, under the same id; nobody heeds the answers to the copies",
        {"copies": Option(1, "copies", least=1, most=100, is_whole=True), "seconds": Option(0, least=0)},
    ),
    "reorder": Kind(
        "delivery", "held until the next delivery to the same webhook was tried, or so long", {"seconds": Option(60)}
    ),
    "delay": Kind("delivery", "held so long, while later ones overtake it", {"seconds": Option(60)}),
    "race": Kind(
        "delivery",
        "first tried before the answer to the request that caused it is sent, which waits so long for it",
        {"seconds": Option(5, "real seconds", most=60)},
    ),
    "drop": Kind("delivery", "its first attempts get lost on the way", _FIRST),
    "stale-signature": Kind(
        "delivery",
        "its first attempts are signed for a moment so long ago; negative: to come",
        {**_FIRST, "seconds": _AGE},
    ),
    "wrong-signature": Kind("delivery", "its first attempts are signed with a secret that nobody knows", _FIRST),
    "missing-signature": Kind("delivery", "its first attempts carry no signature", _FIRST),
    "rotated-secret": Kind(
        "delivery", "its first attempts carry the next secret's signature before the present one's", _FIRST
    ),
    "truncated-body": Kind("delivery", "its first attempts lack the end of the body", _FIRST),
    "slow-body": Kind(
        "delivery",
        "the body of its first attempts comes in small pieces, and takes so long",
        {**_FIRST, "seconds": Option(1, "real seconds", most=60)},
    ),
}


class FaultRefused(ValueError):
    """A fault that could never do what it says; `at` points to the mistake."""

    def __init__(self, at: str, why: str) -> None:
        super().__init__(f"{at}: {why}")
        self.at = at


@dataclass(frozen=True, slots=True)
class Fault:
    """
    Something that shall go wrong with what has all attributes of `match`: from the `nth` such thing on, `times` times
    in a row; None is for ever.
    """

    id: str
    kind: str
    match: Mapping[str, str]
    nth: int
    times: int | None
    options: Mapping[str, float]

    @property
    def on(self) -> Subject:
        return KINDS[self.kind].on

    def fits(self, subject: Mapping[str, str]) -> bool:
        return all(subject[name] == value for name, value in self.match.items())


@dataclass(slots=True)
class Planned:
    """A fault and its account: how many things fitted it, and how many of them really met it."""

    fault: Fault
    fitted: int = 0
    met: int = 0

    def takes(self) -> bool:
        """Count a thing that fits; whether it is the fault's turn."""
        self.fitted += 1
        fault = self.fault
        return self.fitted >= fault.nth and (fault.times is None or self.fitted < fault.nth + fault.times)


class Faults:
    """The planned faults of a world, in the order of planning. It is false while none is planned."""

    def __init__(self) -> None:
        self._planned: dict[str, Planned] = {}
        self.races: dict[object, dict[str, float]] = {}  # by request under way: the deliveries that it shall lose to

    def plan(self, fault: Fault) -> Planned:
        planned = self._planned[fault.id] = Planned(fault)
        return planned

    def cancel(self, id: str) -> bool:
        """Forget a fault; whether there was one. What it has struck already stays struck."""
        return self._planned.pop(id, None) is not None

    def clear(self) -> None:
        self._planned.clear()

    def strike(
        self, on: Subject, subject: Mapping[str, str], unless: Callable[[Fault, Sequence[Fault]], bool]
    ) -> list[Fault]:
        """
        The faults whose turn it is, now that this thing comes by.

        Args:
            unless: which faults the thing is out of reach for, given those that strike it already; they do not count
                it.
        """
        struck: list[Fault] = []
        for planned in self._planned.values():
            fault = planned.fault
            if fault.on == on and fault.fits(subject) and not unless(fault, struck) and planned.takes():
                struck.append(fault)
        return struck

    def met(self, fault: Fault) -> None:
        """A fault took effect; one that was cancelled meanwhile keeps no account."""
        if (planned := self._planned.get(fault.id)) is not None:
            planned.met += 1

    def __iter__(self) -> Iterator[Planned]:
        return iter(tuple(self._planned.values()))

    def __len__(self) -> int:
        return len(self._planned)


def parse_fault(id: str, row: Mapping[str, Any]) -> Fault:
    """
    A fault from its JSON, whose types were judged: `kind`, and as wished `match`, `times` and the kind's options.

    Raises:
        FaultRefused: no such kind, or nothing it says could ever take effect.
    """
    kind = KINDS.get(row["kind"])
    if kind is None:
        raise FaultRefused("/kind", _unknown("kind of fault", row["kind"], KINDS))
    match = dict(row.get("match", {}))
    nth = match.pop("nth", 1)
    for name, value in match.items():
        _check_attribute(kind.on, name, value)
    return Fault(id, row["kind"], match, nth, row.get("times", 1), _options(row, kind))


def _check_attribute(on: Subject, name: str, value: str) -> None:
    if name not in ATTRIBUTES[on]:
        raise FaultRefused(f"/match/{name}", _unknown(f"attribute of a {on}", name, (*ATTRIBUTES[on], "nth")))
    values = ATTRIBUTES[on][name]
    if values is not None and value not in values:
        raise FaultRefused(f"/match/{name}", _unknown(f"{name} that takes place here", value, values))


def _options(row: Mapping[str, Any], kind: Kind) -> dict[str, float]:
    given = {name: value for name, value in row.items() if name not in ("kind", "match", "times")}
    for name, value in given.items():
        if name not in kind.options:
            raise FaultRefused(f"/{name}", _unknown(f"option of {row['kind']}", name, kind.options))
        _check_option(f"/{name}", value, kind.options[name])
    return {name: given.get(name, option.default) for name, option in kind.options.items()}


def _check_option(at: str, value: float, option: Option) -> None:
    if not option.least <= value <= option.most:
        raise FaultRefused(at, f"{option.least:g} to {option.most:g} {option.unit}, not {value:g}")
    if abs(value) <= option.beyond:
        raise FaultRefused(at, f"more than {option.beyond:g} {option.unit} either way, or it would be no fault")
    if option.is_whole and value != int(value):
        raise FaultRefused(at, f"a whole number of {option.unit}, not {value:g}")


def _unknown(what: str, name: str, known: Iterable[str]) -> str:
    names = list(known)
    near = get_close_matches(name, names, 1)
    meant = f" (did you mean {near[0]}?)" if near else ""
    return f"{name!r} is no {what}{meant}: {', '.join(names) or 'there are none'}"
