"""
A world's state put back: judged first, then in one step.

Of what has happened, the journal stays as it is, and so do the counts of rules. Events and deliveries that a restored
world has not seen yet are forgotten, for it will make them again, under the same ids.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, TypeVar

from mockserver import references, rows
from mockserver.clock import Move, WorldClock
from mockserver.deliveries import Delivery, Endpoint
from mockserver.delivery_log import Deliveries
from mockserver.errors import WorldFileError
from mockserver.faults import Faults
from mockserver.ids import Ids
from mockserver.models import ApiKey
from mockserver.plans import Pending, parse_faults, parse_instant_at, parse_pending, parse_timers
from mockserver.rates import Rates
from mockserver.readings import DEFAULTS, Readings
from mockserver.references import KINDS, Rows
from mockserver.shapes import Form
from mockserver.state import tables_of
from mockserver.store import Store
from mockserver.timers import Timers
from mockserver.wire.instants import render_exact
from mockserver.world import World
from mockserver.worldfile import check_form, lowered, schema
from mockserver.worlds import shortened

T = TypeVar("T")
Row = Mapping[str, Any]

PARSERS: Mapping[str, Callable[[Row], Any]] = {
    "phoneNumbers": rows.phone_number_of,
    "jobs": rows.job_of,
    "agents": rows.agent_of,
    "candidates": rows.candidate_of,
    "interviews": lambda row: rows.interview_of(row, rows.call_attempts_of(row)),
}
INTERVIEWS = ("/interviews", "/removed/interviews")
SENT_AGAIN = "the world went back to a time before it was sent again"


class OtherWorld(ValueError):
    """The state of another world."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A state that was judged, as parts of a world. Some of them can change, so it is good for one restore."""

    number: int
    readings: Readings
    clock: WorldClock
    ids: Ids
    store: Store
    keys: dict[str, ApiKey]
    rates: dict[str, Rates]
    endpoints: dict[str, Endpoint]
    pending: Pending
    faults: Faults
    timers: Timers


# --- judging


@cache
def _form() -> Form:
    file = schema()
    return Form({"$schema": file["$schema"], "$ref": "#/$defs/state", "$defs": file["$defs"]})


def parse_state(value: object, world: World) -> Snapshot:
    """
    Args:
        value: what `state_of` told of this world, at any time.

    Raises:
        WorldFileError: it is wrong, with the path of the mistake.
        OtherWorld: it has another name than the world.
    """
    check_form(value, _form())
    assert isinstance(value, dict)
    if value["name"] != world.seed.name:
        raise OtherWorld(f"/name: this is the world {world.seed.name!r}, not {value['name']!r}")
    file = _rows(value)
    references.check(file)
    _check_minutes(file)
    number, store = int(value["seed"]), _store(file)
    keys = {row["key"]: rows.key_of(row) for row in file["/keys"]}
    pending, faults = parse_pending(value["deliveries"]), parse_faults(value["faults"])
    calls = (call for where in INTERVIEWS for row in file[where] for call in row.get("callAttempts", ()))
    taken = {row["id"] for listed in (*file.values(), calls, value["deliveries"], value["faults"]) for row in listed}
    return Snapshot(
        number=number,
        readings=DEFAULTS.changed(value["readings"]),
        clock=_clock(value["clock"], world.clock),
        ids=Ids(str(number), {kind: int(count) for kind, count in value["ids"].items()}, taken),
        store=store,
        keys=keys,
        rates=_rates(value["rates"], keys),
        endpoints={row["id"]: rows.endpoint_of(row) for row in file["/webhooks"]},
        pending=pending,
        faults=faults,
        timers=parse_timers(value["timers"], store, pending),
    )


def _rows(state: Row) -> Rows:
    living = {f"/{kind}": [lowered(row) for row in state[kind]] for kind in (*KINDS, "keys")}
    removed = {f"/removed/{kind}": [lowered(row) for row in listed] for kind, listed in state["removed"].items()}
    return living | removed


def _check_minutes(file: Rows) -> None:
    """What a company holds is what its interviews hold, or it would not come out even when they end."""
    held: Counter[str] = Counter()
    for row in file["/interviews"]:
        held[row["companyId"]] += row["reservedMinutes"]
    for place, row in enumerate(file["/companies"]):
        minutes, at = row["minutes"], f"/companies/{place}/minutes"
        if minutes["reserved"] != held[row["id"]]:
            raise WorldFileError(f"{at}/reserved: the company's interviews hold {held[row['id']]} minutes")
        left = minutes["limit"] - minutes["used"] - minutes["reserved"]
        if minutes["left"] != left:
            raise WorldFileError(f"{at}/left: what the others leave is {left}")


def _store(file: Rows) -> Store:
    store = Store([rows.company_of(row) for row in file["/companies"]])
    for kind, table in tables_of(store).items():
        for row in file[f"/{kind}"]:
            table.put(PARSERS[kind](row))
        for row in file[f"/removed/{kind}"]:
            table.bury(PARSERS[kind](row))
    return store


def _clock(row: Row, present: WorldClock) -> WorldClock:
    now, began = parse_instant_at(row["now"], "/clock/now"), present.system()
    speed = float(row.get("speed", 1))
    if row["mode"] == "frozen":
        return WorldClock("frozen", now, system=present.system, speed=speed)
    return WorldClock("real", began, now - began, present.system, speed)


def _rates(listed: Mapping[str, Sequence[Mapping[str, int]]], keys: Mapping[str, ApiKey]) -> dict[str, Rates]:
    for key in listed:
        if key not in keys:
            raise WorldFileError(f"/rates: {shortened(key)} is no key of this state")
    return {key: Rates.restored(listed[key]) if key in listed else Rates() for key in keys}


# --- restoring


def put_back(world: World, snapshot: Snapshot) -> None:
    """In one step. What is under way belongs to the future that is given up: who calls this has called it back."""
    before = world.now()
    world.events = deque(_seen(world.events, "event", world, snapshot), world.events.maxlen)
    world.deliveries = _deliveries(world, snapshot)
    world.unpublished = []
    snapshot.ids.counts["request"] = world.ids.counts.get("request", 0)  # the journal goes on
    world.number, world.readings, world.clock = snapshot.number, snapshot.readings, snapshot.clock
    world.ids, world.store, world.timers = snapshot.ids, snapshot.store, snapshot.timers
    world.inline &= snapshot.ids.taken
    world.keys, world.rates, world.endpoints = snapshot.keys, snapshot.rates, snapshot.endpoints
    world.faults = snapshot.faults
    world.note("restore", f"the world of {render_exact(world.now())}", before)
    world.moves.append(Move(next(world.places), before, world.now(), world.clock.mode))


def _seen(log: Iterable[T], kind: str, world: World, snapshot: Snapshot) -> list[T]:
    """What of a log had been made by the time of the state, by the counts of ids; nothing if they had another seed."""
    if snapshot.number != world.number:
        return []
    listed, since = list(log), world.ids.counts.get(kind, 0) - snapshot.ids.counts.get(kind, 0)
    return listed[: max(0, len(listed) - max(0, since))]


def _deliveries(world: World, snapshot: Snapshot) -> Deliveries:
    deliveries = Deliveries()
    for logged in _seen(world.deliveries, "delivery", world, snapshot):
        is_over = logged.status != "pending" or logged.id in snapshot.pending
        deliveries.record(logged if is_over else _called_off(logged))
    retrying = {timer.subject for timer in snapshot.timers if timer.kind == "attempt"}
    is_ordered = any(planned.fault.on == "delivery" for planned in snapshot.faults)
    for id, (delivery, turn) in snapshot.pending.items():
        deliveries.put_back(_placed(delivery, world.deliveries.get(id)), turn, id in retrying)
        if is_ordered:
            deliveries.keep_order(delivery.endpoint_id)
    return deliveries


def _called_off(delivery: Delivery) -> Delivery:
    """One that was over at the time of the state, and has been sent again since."""
    if delivery.has_arrived:
        return replace(delivery, status="delivered", error=None)
    return replace(delivery, status="undelivered", error=SENT_AGAIN)


def _placed(delivery: Delivery, logged: Delivery | None) -> Delivery:
    """With its attempts where they stand in the order of what happened, as far as the world knows."""
    if logged is None or len(logged.attempts) < len(delivery.attempts):
        return delivery
    pairs = zip(delivery.attempts, logged.attempts, strict=False)
    return replace(delivery, attempts=tuple(replace(attempt, place=known.place) for attempt, known in pairs))
