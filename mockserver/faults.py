"""The planned faults of a world: what shall go wrong, when, how often, and how often it did."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal

from mockserver import contract
from mockserver.signing import TOLERANCE_SECONDS

Subject = Literal["delivery", "request"]
EVENTS = (
    "interview.started",
    "interview.completed",
    "interview.failed",
    "analysis.completed",
    "analysis.failed",
    "ping",
)
# What the vendor's pages list (PUBLIC `guides/error-handling`); whatever else comes, comes from somebody in between.
STATUSES = (400, 401, 403, 404, 409, 422, 429, 500, 502, 503, 504)


@dataclass(frozen=True, slots=True)
class Attribute:
    """What a fault can be bound to; `values` are all that there are, and `says` what each of them is."""

    says: str = ""
    values: Callable[[], Iterable[str]] | None = None


ATTRIBUTES: Mapping[Subject, Mapping[str, Attribute]] = {
    "delivery": {"event": Attribute("event that takes place here", lambda: EVENTS), "webhookId": Attribute()},
    "request": {"operation": Attribute("operation of /openapi.json", contract.operations), "companyId": Attribute()},
}


@dataclass(frozen=True, slots=True)
class Option:
    """
    A number that shapes a fault: one of `values`, or from `least` to `most`, and further from zero than `beyond`;
    without a default it can be left out.
    """

    default: float | None
    unit: str = "virtual seconds"
    least: float = 0.001
    most: float = 31 * 24 * 3600
    beyond: float = -1
    is_whole: bool = False
    values: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """One way to go wrong: what it befalls, the options that it takes, and whether it says anything."""

    on: Subject
    says: str
    options: Mapping[str, Option]
    has_message: bool = False


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
    "error": Kind(
        "request",
        "answered in the vendor's shape, and nothing that was asked for happens",
        {
            "status": Option(503, values=STATUSES),
            "retryAfter": Option(None, "seconds", least=0, most=86_400, is_whole=True),
        },
        has_message=True,
    ),
    "latency": Kind(
        "request",
        "what was asked for happens at once, its answer comes so much later",
        {"seconds": Option(1, "real seconds", most=60)},
    ),
    "connection-reset": Kind("request", "reset once it has come, and nothing that was asked for happens", {}),
    "lost-answer": Kind("request", "what was asked for happens, and the connection is reset instead of an answer", {}),
    "truncated-answer": Kind("request", "what was asked for happens, and the connection closes within the answer", {}),
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
    in a row; None is for ever. `message` is what it says instead of the usual.
    """

    id: str
    kind: str
    match: Mapping[str, str]
    nth: int
    times: int | None
    options: Mapping[str, float]
    message: str | None = None

    @property
    def on(self) -> Subject:
        return KINDS[self.kind].on

    def fits(self, subject: Mapping[str, str]) -> bool:
        return all(subject[name] == value for name, value in self.match.items())


@dataclass(slots=True)
class Planned:
    """A fault and its account: how many things fitted it, how many it struck, and how many of them really met it."""

    fault: Fault
    fitted: int = 0
    struck: int = 0
    met: int = 0

    @property
    def is_spent(self) -> bool:
        """Whether it strikes nothing any more."""
        return self.fault.times is not None and self.struck >= self.fault.times

    def takes(self, is_free: bool) -> bool:
        """Count a thing that fits; whether the fault strikes it, which it puts off for one that is not free."""
        self.fitted += 1
        strikes = is_free and self.fitted >= self.fault.nth and not self.is_spent
        self.struck += strikes
        return strikes


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
            unless: which faults the thing is out of reach for, given those that strike it already. They do not count
                a delivery; requests are counted by their arrival, whatever else befalls them.
        """
        struck: list[Fault] = []
        for planned in self._planned.values():
            fault = planned.fault
            if fault.on == on and fault.fits(subject):
                is_free = not unless(fault, struck)
                if (is_free or on == "request") and planned.takes(is_free):
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
    options = {name: value for name, value in row.items() if name not in ("kind", "match", "times")}
    message = options.pop("message", None) if kind.has_message else None
    return Fault(id, row["kind"], match, nth, row.get("times", 1), _options(row["kind"], options), message)


def _check_attribute(on: Subject, name: str, value: str) -> None:
    attribute = ATTRIBUTES[on].get(name)
    if attribute is None:
        raise FaultRefused(f"/match/{name}", _unknown(f"attribute of a {on}", name, (*ATTRIBUTES[on], "nth")))
    if attribute.values is not None and value not in (values := attribute.values()):
        raise FaultRefused(f"/match/{name}", _unknown(attribute.says, value, values))


def _options(kind: str, given: Mapping[str, float]) -> dict[str, float]:
    known = KINDS[kind].options
    for name, value in given.items():
        if name not in known:
            texts = ["message"] if KINDS[kind].has_message else []
            raise FaultRefused(f"/{name}", _unknown(f"option of {kind}", name, [*known, *texts]))
        _check_option(f"/{name}", value, known[name])
    defaults = {name: option.default for name, option in known.items() if option.default is not None}
    return {**defaults, **given}


def _check_option(at: str, value: float, option: Option) -> None:
    if option.values and value not in option.values:
        raise FaultRefused(at, f"must be one of {', '.join(map(str, option.values))}, not {_number(value)}")
    if not option.least <= value <= option.most:
        bounds = f"{_number(option.least)} to {_number(option.most)} {option.unit}"
        raise FaultRefused(at, f"must be {bounds}, not {_number(value)}")
    if abs(value) <= option.beyond:
        raise FaultRefused(at, f"must be more than {option.beyond:g} {option.unit} either way, or it would be no fault")
    if option.is_whole and value != int(value):
        raise FaultRefused(at, f"must be a whole number of {option.unit}, not {_number(value)}")


def _number(value: float) -> str:
    return f"{value:.15g}"


def _unknown(what: str, name: str, known: Iterable[str]) -> str:
    names = list(known)
    near = get_close_matches(name, names, 1)
    meant = f" (did you mean {near[0]}?)" if near else ""
    return f"{name!r} is no {what}{meant}: {', '.join(names) or 'there are none'}"
