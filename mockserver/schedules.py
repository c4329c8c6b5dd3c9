"""Deliveries as an unkind network makes them: what arrives at a receiver, in which order, and a way to play it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, groupby, pairwise
from random import Random
from typing import Any, Generic, Literal, TypeVar, get_args, overload

import httpx2

from mockserver.clock import system_now
from mockserver.forgery import FORGERIES, Forgery, sign_badly
from mockserver.ids import uuid_of
from mockserver.jsontext import decode, encode
from mockserver.signing import secret_for, sign

Fault = Literal["duplicate", "reorder", Forgery, "truncated-body"]
FAULTS: tuple[Fault, ...] = get_args(Fault)
SECRET = secret_for("testing")
A = TypeVar("A")
Receiver = Callable[[dict[str, str], bytes], A]


@dataclass(frozen=True, slots=True)
class Message:
    """One event for one webhook: what stays the same however often it is sent."""

    id: str
    event: str
    body: bytes

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> "Message":
        """The message of a webhook's JSON body."""
        return cls(body["deliveryId"], body["event"], encode(body))

    def forged(self) -> "Message":
        """What somebody sends who knows no secret: another delivery, about an interview that nobody has heard of."""
        body: Any = decode(self.body)
        data = {**body["data"], "interviewId": uuid_of(f"forged/interview/{self.id}")}
        return Message.of({**body, "deliveryId": uuid_of(f"forged/{self.id}"), "data": data})


class _Plain:
    """What Hypothesis, which would print every field with every body in it, prints as `repr` does."""

    __slots__ = ()

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        printer.text(repr(self))


@dataclass(frozen=True, slots=True)
class Sending(_Plain):
    """One arrival: the `place`-th event of the story, counted from 1, and what is wrong with it; None is nothing."""

    place: int
    message: Message
    fault: Fault | None = None

    @property
    def is_good(self) -> bool:
        """Whether a receiver must take it; the others it should refuse."""
        return self.fault in (None, "rotated-secret")

    def request(self, secret: str = SECRET, now: float | None = None) -> tuple[dict[str, str], bytes]:
        """
        Headers and body as they arrive.

        Args:
            now: Unix time of the signature; None is the present.
        """
        message = self.message.forged() if self.fault in ("wrong-signature", "missing-signature") else self.message
        signed = message.id, int(system_now().timestamp() if now is None else now), message.body
        headers = sign_badly(str(self.fault), secret, *signed) if self.fault in FORGERIES else sign(secret, *signed)
        body = message.body[: len(message.body) // 2] if self.fault == "truncated-body" else message.body
        return {"content-type": "application/json", **headers}, body

    def __repr__(self) -> str:
        return f"{self.place} {self.message.event}" + (f" ({self.fault})" if self.fault else "")


@dataclass(frozen=True, slots=True)
class Schedule(_Plain):
    """What arrives, in order."""

    sendings: tuple[Sending, ...]

    def in_order(self) -> "Schedule":
        """The same story on a good day: each event once, in order, flawless."""
        once = {sending.place: Sending(sending.place, sending.message) for sending in self.sendings}
        return Schedule(tuple(once[place] for place in sorted(once)))

    def __iter__(self) -> Iterator[Sending]:
        return iter(self.sendings)

    def __len__(self) -> int:
        return len(self.sendings)

    def __repr__(self) -> str:
        return f"Schedule({', '.join(map(repr, self.sendings))})"


@dataclass(frozen=True, slots=True)
class Played(Generic[A]):
    """A sending and what the receiver said to it: a status where it has a URL, otherwise what it returned."""

    sending: Sending
    answer: A


@overload
def play(schedule: Schedule, receiver: str, secret: str = ..., now: float | None = ...) -> list[Played[int]]: ...
@overload
def play(schedule: Schedule, receiver: Receiver[A], secret: str = ..., now: float | None = ...) -> list[Played[A]]: ...


def play(
    schedule: Schedule, receiver: str | Receiver[Any], secret: str = SECRET, now: float | None = None
) -> list[Played[Any]]:
    """
    Let a schedule arrive at a receiver, one sending after the other, nothing sent again.

    Args:
        receiver: a URL, or a function of headers and body.
        secret: 64 hexadecimal digits, which the receiver verifies with.
        now: Unix time of the signatures; None is the present.
    """
    if not isinstance(receiver, str):
        return [Played(sending, receiver(*sending.request(secret, now))) for sending in schedule]
    with httpx2.Client(trust_env=False) as client:

        def post(headers: dict[str, str], body: bytes) -> int:
            return client.post(receiver, headers=headers, content=body).status_code

        return play(schedule, post, secret, now)


MAX_WRONG = 2


def disorders(count: int, random: Random) -> Iterator[tuple[int, ...]]:
    """
    The orders in which events 1 to `count` may arrive, each at least once: first those with one thing wrong (an event
    more, or two neighbours swapped), then those with MAX_WRONG, of which none is less wrong and `random` chooses.
    """
    plain = tuple(range(1, count + 1))
    seen, level = {plain}, [plain]
    for wrong in range(1, MAX_WRONG + 1):
        level = list(dict.fromkeys(near for order in level for near in _neighbours(order) if near not in seen))
        seen.update(level)
        if wrong > 1:
            random.shuffle(level)
        yield from level


def _neighbours(order: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """With one thing more that is wrong, what happens most often first: twice in a row, swapped, again at some time."""
    for at, place in enumerate(order):
        yield (*order[:at], place, *order[at:])
    for at, (one, another) in enumerate(pairwise(order)):
        yield (*order[:at], another, one, *order[at + 2 :])
    for place in sorted(set(order)):
        for at in range(len(order) + 1):
            yield (*order[:at], place, *order[at:])


def wrong_in(schedule: Schedule) -> str:
    """What a schedule does to the order of its story, in words."""
    runs = [list(run) for _, run in groupby(schedule, key=lambda sending: sending.place)]
    firsts = [sending for at, sending in enumerate(schedule) if sending.place not in _places(schedule.sendings[:at])]
    names = _names(firsts)
    wrong = [
        f"{names[later.place]} delivered before {names[earlier.place]}"
        for later, earlier in pairwise(firsts)
        if later.place > earlier.place
    ]
    return ", ".join(chain(wrong, _repeats(runs, names)))


def _repeats(runs: Sequence[Sequence[Sending]], names: Mapping[int, str]) -> Iterator[str]:
    for at, run in enumerate(runs):
        name = names[run[0].place]
        if run[0].place in _places(earlier[0] for earlier in runs[:at]):
            yield f"{name} delivered again after {names[runs[at - 1][0].place]}"
        elif len(run) > 1:
            yield f"{name} delivered {'twice' if len(run) == 2 else f'{len(run)} times'}"


def _places(sendings: Iterable[Sending]) -> set[int]:
    return {sending.place for sending in sendings}


def _names(sendings: Sequence[Sending]) -> dict[int, str]:
    """Each event by its type; with its place where the story has several of that type."""
    types = [sending.message.event for sending in sendings]
    return {
        sending.place: sending.message.event if types.count(sending.message.event) == 1 else repr(sending)
        for sending in sendings
    }
