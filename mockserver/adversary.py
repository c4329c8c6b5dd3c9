"""Plans faults, and makes deliveries go wrong by them: which strike one, when it sets out, what becomes of attempts."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from mockserver import signing
from mockserver.deliveries import Delivery, Endpoint
from mockserver.faults import Fault, FaultRefused, Planned, parse_fault
from mockserver.forgery import FORGERIES, sign_badly
from mockserver.outgoing import Answer, Outgoing
from mockserver.world import World

HOLDS = frozenset({"reorder", "delay"})
TIMINGS = HOLDS | {"race"}  # a delivery sets out at one time
SIGNING = (signing.ID, signing.TIMESTAMP, signing.SIGNATURE, signing.BODY_SIGNATURE)


# --- planning


def plan(world: World, row: Mapping[str, Any]) -> Planned:
    """
    Plan a fault. As long as it may strike deliveries of an endpoint, these go one at a time, so that the order is the
    same in every run; so do those that wait behind the last one struck.

    Raises:
        FaultRefused: it could never take effect.
    """
    fault = parse_fault("", row)  # its id is spent once it can be planned
    _check_endpoint(world, fault.match)
    _check_company(world, fault.match)
    return world.faults.plan(replace(fault, id=world.ids.next("fault")))


def _check_endpoint(world: World, match: Mapping[str, str]) -> None:
    """What is bound to a webhook needs one that is there and wants the event; others may still be registered."""
    if "webhookId" not in match:
        return
    endpoint = world.endpoints.get(match["webhookId"])
    if endpoint is None:
        raise FaultRefused("/match/webhookId", f"there is no webhook {match['webhookId'][:100]}")
    event = match.get("event")
    if event is not None and endpoint.events and event not in endpoint.events:
        raise FaultRefused("/match/event", f"the webhook {endpoint.id} does not hear of {event}")


def _check_company(world: World, match: Mapping[str, str]) -> None:
    company = match.get("companyId")
    if company is not None and company not in world.store.companies:
        raise FaultRefused("/match/companyId", f"there is no company {company[:100]}")


# --- setting out


def set_out(world: World, delivery: Delivery) -> None:
    """Queue a delivery, or hold it, as the faults want whose turn it is."""
    request = world.faults.races.get(_task())
    subject = {"event": delivery.event_type, "webhookId": delivery.endpoint_id}

    def out_of_reach(fault: Fault, struck: Sequence[Fault]) -> bool:
        """There is nothing to race outside a request, and of several times to set out the first one counts."""
        if fault.kind == "race" and request is None:
            return True
        return fault.kind in TIMINGS and any(other.kind in TIMINGS for other in struck)

    if any(_threatens(planned, world.endpoints[delivery.endpoint_id]) for planned in world.faults):
        world.deliveries.keep_order(delivery.endpoint_id)
    struck = world.faults.strike("delivery", subject, out_of_reach)
    world.deliveries.overtaken_by(delivery)
    hold = next((fault for fault in struck if fault.kind in HOLDS), None)
    delivery = replace(delivery, distortions=_distortions(struck), copies=_copies(struck))
    if hold is None:
        world.deliveries.add(delivery)
    else:
        _hold(world, delivery, world.now(), hold)
    for race in struck:
        if race.kind == "race" and request is not None:
            request[delivery.id] = race.options["seconds"]
            world.faults.met(race)


def _threatens(planned: Planned, endpoint: Endpoint) -> bool:
    """Whether a fault may strike a delivery to an endpoint, the next one or a later one."""
    fault, match = planned.fault, planned.fault.match
    if fault.on != "delivery" or planned.is_spent or match.get("webhookId", endpoint.id) != endpoint.id:
        return False
    return "event" not in match or not endpoint.events or match["event"] in endpoint.events


def _distortions(struck: list[Fault]) -> tuple[Fault, ...]:
    """One for each attempt, fault after fault: none hides another."""
    return tuple(fault for fault in struck for _ in range(int(fault.options.get("attempts", 0))))


def _copies(struck: list[Fault]) -> tuple[Fault, ...]:
    return tuple(fault for fault in struck for _ in range(int(fault.options.get("copies", 0))))


def _hold(world: World, delivery: Delivery, at: datetime, fault: Fault) -> None:
    world.faults.met(fault)
    world.deliveries.hold(delivery, until_overtaken=fault.kind == "reorder")
    world.plan(at + timedelta(seconds=fault.options["seconds"]), "release", delivery.id)


def release(world: World, delivery_id: str, _at: datetime | None = None) -> None:
    """A delivery was held long enough."""
    world.timers.cancel("release", delivery_id)
    world.deliveries.release(delivery_id)


# --- attempts


def distorted(world: World, delivery: Delivery, endpoint: Endpoint, outgoing: Outgoing) -> Outgoing:
    """The next attempt of a delivery as the fault wants it whose turn it is."""
    fault = delivery.distortion
    assert fault is not None
    if fault not in delivery.distortions[: len(delivery.attempts)]:
        world.faults.met(fault)
    if fault.kind in FORGERIES:
        return replace(outgoing, headers=_signed_badly(fault, endpoint.secret, outgoing))
    if fault.kind == "truncated-body":
        kept = random.Random(world.seeded(delivery.id)).randrange(1, len(outgoing.body))
        return replace(outgoing, body=outgoing.body[:kept])
    return replace(outgoing, body_seconds=fault.options["seconds"]) if fault.kind == "slow-body" else outgoing


def _signed_badly(fault: Fault, secret: str, outgoing: Outgoing) -> tuple[tuple[str, str], ...]:
    present = dict(outgoing.headers)
    id, timestamp = present[signing.ID], int(present[signing.TIMESTAMP])
    signed = sign_badly(fault.kind, secret, id, timestamp, outgoing.body, fault.options.get("seconds", 0))
    others = [(name, value) for name, value in outgoing.headers if name not in SIGNING]
    return (*others, *signed.items())


def fault_of(delivery: Delivery) -> str | None:
    """The kind of the fault that befalls the next attempt of a delivery."""
    if delivery.is_copy:
        return "duplicate"
    return None if delivery.distortion is None else delivery.distortion.kind


def lost(delivery: Delivery) -> Answer | None:
    """What is known of an attempt that gets lost on the way; None if the next one does not."""
    fault = delivery.distortion
    if fault is None or fault.kind != "drop":
        return None
    return Answer(None, (), b"", f"lost on the way: the planned fault {fault.id}", 0.0)


def repeat(world: World, delivery: Delivery, at: datetime) -> None:
    """A delivery that was taken goes out once more, at once or later; a later one holds back nothing meanwhile."""
    fault, *rest = delivery.copies
    if delivery.copies.count(fault) == fault.options["copies"]:
        world.faults.met(fault)
    copy = replace(delivery, distortions=(), copies=tuple(rest), is_copy=True)
    if fault.options["seconds"]:
        world.deliveries.hold(copy)
        world.plan(at + timedelta(seconds=fault.options["seconds"]), "release", delivery.id)
    else:
        world.deliveries.again(copy)


# --- races


def enter(world: World) -> None:
    """A request comes in, and deliveries may race its answer."""
    world.faults.races[_task()] = {}


def leave(world: World) -> dict[str, float]:
    """The request is answered, or will never be; what raced it, and how long it waits for each."""
    return world.faults.races.pop(_task(), {})


async def finish_race(world: World) -> None:
    """Let the deliveries arrive that shall be there before the answer of this request."""
    races = leave(world)
    await asyncio.gather(*(world.deliveries.first_attempt(id, seconds) for id, seconds in races.items()))


def _task() -> asyncio.Task[Any] | None:
    return asyncio.current_task()
