"""What is to come in a state: planned faults, deliveries that wait, timers; each held against what it is about."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from mockserver import rows
from mockserver.clock import parse_instant
from mockserver.deliveries import Delivery
from mockserver.errors import WorldFileError
from mockserver.faults import FaultRefused, Faults
from mockserver.models import Interview
from mockserver.store import Store
from mockserver.timers import TimerKind, Timers

Row = Mapping[str, Any]
# By id: a delivery with its turn in the queue of all or, if it is held, what for beside the time.
Pending = Mapping[str, tuple[Delivery, int | str]]

# What an interview's timer presupposes: its status, and that of its last call where it has any.
TALKS: Mapping[TimerKind, tuple[str, str | None]] = {
    "start": ("SCHEDULED", "SCHEDULED"),
    "ring-out": ("IN_PROGRESS", "IN_PROGRESS"),
    "call-again": ("IN_PROGRESS", "SCHEDULED"),
    "complete": ("IN_PROGRESS", "IN_PROGRESS"),
    "fail": ("IN_PROGRESS", None),
    "analyse": ("COMPLETED", None),
}


def parse_faults(listed: Sequence[Row]) -> Faults:
    """
    Raises:
        WorldFileError: one is named twice, or could never take effect.
    """
    faults = Faults()
    for place, row in enumerate(listed):
        try:
            planned = faults.plan(rows.fault_of(row))
        except FaultRefused as error:
            raise WorldFileError(f"/faults/{place}{error}") from None
        planned.fitted, planned.struck, planned.met = (int(row[name]) for name in ("fitted", "struck", "met"))
        if len(faults) == place:
            raise WorldFileError(f"/faults/{place}/id: {row['id']} names another one too")
    return faults


def parse_pending(listed: Sequence[Row]) -> Pending:
    """
    Raises:
        WorldFileError: one is named twice, is not what it says, or was struck by what strikes no delivery.
    """
    pending: dict[str, tuple[Delivery, int | str]] = {}
    for place, row in enumerate(listed):
        at = f"/deliveries/{place}"
        try:
            delivery = rows.delivery_of(row)
        except ValueError as error:
            raise WorldFileError(f"{at}: {error}") from None
        if delivery.id in pending:
            raise WorldFileError(f"{at}/id: {delivery.id} names another one too")
        _check_struck(delivery, at)
        pending[delivery.id] = (delivery, _turn(row, at))
    return pending


def _check_struck(delivery: Delivery, at: str) -> None:
    """Each kind of fault befalls either attempts or what follows when they are over."""
    for name, faults, option in (
        ("distortions", delivery.distortions, "attempts"),
        ("copies", delivery.copies, "copies"),
    ):
        for place, fault in enumerate(faults):
            if option not in fault.options:
                raise WorldFileError(f"{at}/{name}/{place}/kind: {fault.kind} has no {option}")


def _turn(row: Row, at: str) -> int | str:
    turn, held_for = row["turn"], row["heldFor"]
    if (turn is None) == (held_for is None):
        raise WorldFileError(f"{at}/turn: a delivery has a turn, or it is held for something")
    return str(held_for) if turn is None else int(turn)


def parse_timers(listed: Sequence[Row], store: Store, pending: Pending) -> Timers:
    """
    Raises:
        WorldFileError: one is about nothing, or about what does not wait for it, or for two things at once.
    """
    timers, waiting = Timers(), set[str]()
    heads, held = _heads_and_held(pending)
    for place, row in enumerate(listed):
        at, kind, id = f"/timers/{place}", row["what"], row["id"]
        if kind in ("attempt", "release"):
            why = None if id in (heads if kind == "attempt" else held) else f"no delivery {id} waits for that"
        else:
            why = _obstacle(kind, id, store.interviews.get(id))
        if id in waiting or why is not None:
            raise WorldFileError(f"{at}/id: {why or f'{id} waits for something else already'}")
        waiting.add(id)
        timers.plan(parse_instant_at(row["at"], f"{at}/at"), kind, id)
    return timers


def _obstacle(kind: TimerKind, id: str, interview: Interview | None) -> str | None:
    """Why an interview cannot wait for something, if it cannot."""
    if interview is None:
        return f"there is no interview {id}"
    status, call = TALKS[kind]
    if interview.status != status:
        return f"the interview is {interview.status}, not {status}"
    calls = interview.call_attempts or ()
    if (kind == "ring-out" and not calls) or (call and calls and calls[-1].status != call):
        return f"the interview's last call is not {call}"
    return None


def _heads_and_held(pending: Pending) -> tuple[set[str], set[str]]:
    """The ids of those that are the first of their lane, which alone wait for a retry, and of those that are held."""
    heads: dict[tuple[str, str], str] = {}
    for delivery, turn in pending.values():
        if isinstance(turn, int):
            heads.setdefault(delivery.lane, delivery.id)
    return set(heads.values()), {id for id, (_, turn) in pending.items() if isinstance(turn, str)}


def parse_instant_at(text: str, at: str) -> datetime:
    """
    Raises:
        WorldFileError: `at` stands no instant of the calendar.
    """
    try:
        return parse_instant(text)
    except ValueError as error:
        raise WorldFileError(f"{at}: {error}") from None
