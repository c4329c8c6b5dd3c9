"""
Whether a webhook receiver does the same however unkindly deliveries come: the search for the smallest schedule that
changes what it does.

For each schedule something fresh happens in the world while its webhooks are away; what these would have been sent is
played to their URLs, first as on a good day, then with one thing wrong, then with two.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from inspect import iscoroutinefunction
from itertools import islice
from math import isclose
from numbers import Number
from random import Random
from typing import Any

from mockserver.client import Caller
from mockserver.clock import parse_instant
from mockserver.plugin.arguments import demand
from mockserver.plugin.awaiting import settled
from mockserver.plugin.receivers import Failed, Newsroom, Poster, Postman, webhooks_away
from mockserver.plugin.telling import shown
from mockserver.schedules import Schedule, Sending, disorders, wrong_in

__tracebackhide__ = True  # pytest shows the line that called

MAX_SCHEDULES = 48  # each event twice and each two swapped, in stories of up to 24 events
Act = Callable[[], Any]

# What happens where a test does not say. All inline, so that it can happen in every world, and to somebody new.
BOOKED: dict[str, Any] = {
    "candidate": {
        "firstName": "Jane",
        "lastName": "Doe",
        "email": "jane.doe@example.com",
        "gdprExpiryDate": "9999-12-31",
    },
    "agent": {"name": "Robin", "type": "ONLINE", "focus": "SCREENING", "language": "EN", "duration": 30},
    "job": {"title": "Software engineer"},
    "isTest": True,
}


@dataclass(frozen=True, slots=True)
class Acts:
    """What a test hands in: its `effect` is a number, of which counts what is added, or anything beside a `reset`."""

    effect: Act
    trigger: Act
    reset: Act | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a schedule: `effect` is what is compared, `is_none` says that nothing changed."""

    schedule: Schedule
    answers: Sequence[int]
    refused: Sequence[str]
    effect: Any
    is_none: bool

    def __str__(self) -> str:
        told = zip(self.schedule, self.answers, strict=True)
        return ", ".join(f"{sending.message.event} → {answer}" for sending, answer in told)


async def judge(calls: Caller, seed: int, poster: Poster, acts: Acts, played: set[str]) -> str | None:
    """
    What is wrong with the receivers of a world's webhooks, or why nobody can tell; None if they are good.

    Args:
        played: gets the ids of the events that are delivered here.
    """
    now = _signed_at(calls)
    try:
        with webhooks_away(calls) as hooks:
            return await _searched(Trial(acts, Newsroom(calls, hooks, played), Postman(poster, now)), Random(seed))
    except Failed as failed:
        return str(failed)


def _signed_at(calls: Caller) -> Callable[[], float | None]:
    """Unix time of signatures: the machine's, or the world's where the reading says so."""
    if calls.call("GET", "/readings")["webhook_timestamp"]["value"] == "wall":
        return lambda: None
    return lambda: parse_instant(calls.call("GET", "/clock")["now"]).timestamp()


async def _searched(trial: "Trial", random: Random) -> str | None:
    plain = await trial.plainly()
    count = len(plain.schedule)
    for tried, order in enumerate(islice(disorders(count, random), MAX_SCHEDULES), 1):
        outcome = await trial.outcome_of(order)
        if not _same(outcome.effect, plain.effect):
            return "\n".join(_broken(plain, outcome, tried))
    return None


def _broken(plain: Outcome, outcome: Outcome, tried: int) -> Iterator[str]:
    yield f"{wrong_in(outcome.schedule)}: effect {shown(plain.effect)} → {shown(outcome.effect)}"
    yield f"on a good day: {plain}"
    yield f"now:           {outcome}"
    yield f"no smaller schedule does it ({tried} tried)"
    places = [sending.place for sending in outcome.schedule]
    if len(set(places)) < len(places):
        yield "a delivery that is repeated keeps its `webhook-id`: what was taken under it needs nothing done again"
    if list(dict.fromkeys(places)) != sorted(set(places)):
        yield "deliveries may overtake each other: only `timestamp` and `data` tell what happened first"


class Trial:
    """Receivers on trial, in a world whose webhooks are away."""

    def __init__(self, acts: Acts, newsroom: Newsroom, postman: Postman) -> None:
        self._acts, self._newsroom, self._postman = acts, newsroom, postman

    async def plainly(self) -> Outcome:
        """
        A good day.

        Raises:
            Failed: it has no effect, or not the same one twice.
        """
        plain = await self.outcome_of(None)
        if plain.refused:
            why = "a good receiver takes with a 2xx what is signed with its webhook's secret"
            raise Failed(f"{plain.refused[0]}, so nothing can be compared: {why}")
        if plain.is_none:
            why = "does the receiver know what `trigger` makes, and does `effect` wait for what is done later?"
            raise Failed(f"plain deliveries ({plain}) have no effect that could be compared: {why}")
        again = await self.outcome_of([sending.place for sending in plain.schedule])
        if not _same(plain.effect, again.effect):
            told = f"{shown(plain.effect)} at first, then {shown(again.effect)}"
            raise Failed(f"the same plain deliveries had an effect of {told}: {self._remedy()}")
        return plain

    def _remedy(self) -> str:
        if self._acts.reset is None:
            return "give a `trigger` that makes fresh things"
        return "let `reset` undo all that `effect` shows, and `effect` leave out what is new each time, such as ids"

    async def outcome_of(self, order: Sequence[int] | None) -> Outcome:
        """
        Args:
            order: events by their places in the story, from 1; None is the plain one.

        Raises:
            Failed: nothing happens or answers, another story than before, or an effect that cannot be compared.
        """
        reset = self._acts.reset
        if reset is not None:
            await settled(reset())
        before = await self._effect()
        await settled(self._acts.trigger())
        story = self._newsroom.story()
        if not story:
            raise Failed("`trigger` made nothing happen that a webhook of this world hears of")
        order = order or range(1, len(story) + 1)
        if max(order) != len(story):
            raise Failed(f"`trigger` made {max(order)} events happen at first, then {len(story)}")
        answers, refused = await self._postman.deliver(story, order)
        after = await self._effect()
        schedule = Schedule(tuple(Sending(place, story[place - 1][0].message) for place in order))
        return Outcome(schedule, answers, refused, after - before if reset is None else after, _same(before, after))

    async def _effect(self) -> Any:
        effect = await settled(self._acts.effect())
        is_number = isinstance(effect, Number) and not isinstance(effect, bool)
        if self._acts.reset is None and not is_number:
            raise Failed(f"effect() gives {shown(effect)}: give a number, or a `reset` to start from each time")
        return _kept(effect)


def _kept(effect: Any) -> Any:
    """An effect as it is now, though it be the receiver's own list; what is in its containers is not copied."""
    if isinstance(effect, dict):
        return {name: _kept(value) for name, value in effect.items()}
    if isinstance(effect, list):
        return [_kept(value) for value in effect]
    return set(effect) if isinstance(effect, set) else effect


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    return bool(one == other)


async def book(client: Any) -> None:
    """
    An interview in test mode, which is over at once.

    Raises:
        Failed: the world does not take it.
    """
    response = await settled(client.post("/interviews", json=BOOKED))
    if not response.is_success:
        raise Failed(f"no interview can be booked ({response.status_code} {response.text}): give a `trigger` that can")


def refuse_values(effect: object, **others: object) -> None:
    """
    Raises:
        TypeError: one of them is no function.
    """
    demand("effect is a function, such as lambda: len(hired)", effect, Callable)
    for name, act in others.items():
        demand(f"{name} is a function, such as lambda: len(hired)", act, Callable | None)


def refuse_coroutines(**acts: Act | None) -> None:
    """
    Raises:
        TypeError: one of them is async, where nobody waits.
    """
    __tracebackhide__ = True
    for name, act in acts.items():
        if iscoroutinefunction(act):
            raise TypeError(f"{name} is async, and the fixture `instaview` is not: use `instaview_asgi`")
