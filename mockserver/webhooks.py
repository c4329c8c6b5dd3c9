"""From an event to signed attempts and their log: what is sent, and what comes of the answer. Sending is elsewhere."""

from dataclasses import dataclass, replace
from datetime import datetime

from mockserver import adversary, retry, signing
from mockserver.deliveries import Attempt, Delivery, DeliveryStatus, Endpoint
from mockserver.jsontext import encode
from mockserver.models import Event
from mockserver.outgoing import Answer, Outgoing
from mockserver.wire.instants import render_milliseconds
from mockserver.world import World

NO_WEBHOOK = "the webhook was deleted"
OPEN = "the circuit breaker is open"
DISABLED = "the webhook is disabled"

Frame = tuple[bytes, bytes]  # the body of a delivery, but for its id between the two


@dataclass(frozen=True, slots=True)
class Off:
    """A webhook that nothing is sent to: what becomes of a delivery that was never tried, and why."""

    status: DeliveryStatus
    why: str


def publish_all(world: World) -> None:
    """
    Make the deliveries of what has taken place. It is done late, so that no answer waits for it; whoever looks at
    deliveries, or changes what decides about them (webhooks, keys), calls this first.
    """
    events, world.unpublished = world.unpublished, []
    for event in events:
        _publish(world, event)


def _publish(world: World, event: Event) -> None:
    """Queue the event for every endpoint that wants it; one that is switched off is put down as skipped."""
    wanting = audience(world, event.type, event.company_id)
    if not wanting:
        return
    frame = _frame_of(event)
    for endpoint in wanting:
        delivery = _delivery_of(world, event, endpoint, frame)
        if endpoint.is_active:
            _set_out(world, delivery)
        else:
            world.deliveries.record(replace(delivery, status="skipped", error=_why_off(endpoint)))


def audience(world: World, event_type: str, company_id: str) -> list[Endpoint]:
    """The endpoints that want an event of a company, also those that are switched off."""
    return [
        endpoint
        for endpoint in world.endpoints.values()
        if endpoint.wants(event_type, company_id) and _reaches(world, endpoint, company_id)
    ]


def endpoint_of(world: World, delivery: Delivery) -> Endpoint | Off:
    """Where a delivery may be sent now, or why nowhere."""
    endpoint = world.endpoints.get(delivery.endpoint_id)
    if endpoint is None:
        return Off("undelivered", NO_WEBHOOK)
    return endpoint if endpoint.is_active else Off("skipped", _why_off(endpoint))


def _set_out(world: World, delivery: Delivery) -> None:
    if world.faults:
        adversary.set_out(world, delivery)
    else:
        world.deliveries.add(delivery)


def _reaches(world: World, endpoint: Endpoint, company_id: str) -> bool:
    """A webhook without a company hears of those that its key reaches; without a key too, of all."""
    if endpoint.company_id is not None or endpoint.api_key_id is None:
        return True
    return any(key.id == endpoint.api_key_id and company_id in key.company_ids for key in world.keys.values())


def _why_off(endpoint: Endpoint) -> str:
    return OPEN if endpoint.breaker.is_open else DISABLED


def _frame_of(event: Event) -> Frame:
    """Encoded once, for an event may have many endpoints and much to tell."""
    told = {"event": event.type, "timestamp": render_milliseconds(event.at), "deliveryId": "", "data": event.data}
    before, name, behind = encode(told).partition(b'"deliveryId":"')
    return before + name, behind


def _delivery_of(world: World, event: Event, endpoint: Endpoint, frame: Frame) -> Delivery:
    id = world.ids.next("delivery")
    body = id.encode().join(frame)
    lane = (endpoint.id, str(event.data.get("interviewId", event.id)))
    return Delivery(id, endpoint.id, endpoint.url, event.id, event.type, lane, body, event_at=event.at)


def outgoing_of(world: World, delivery: Delivery, endpoint: Endpoint) -> Outgoing:
    """
    The next attempt of a delivery, signed at this moment by the receiver's clock. A planned fault may have its hand in
    it.
    """
    signatures = signing.sign(endpoint.secret, delivery.id, int(_receivers_now(world).timestamp()), delivery.body)
    ours = {"content-type": "application/json", **signatures}
    headers = (*endpoint.headers, *ours.items())
    outgoing = Outgoing(endpoint.url, headers, delivery.body, endpoint.timeout_ms / 1000)
    return outgoing if delivery.distortion is None else adversary.distorted(world, delivery, endpoint, outgoing)


def _receivers_now(world: World) -> datetime:
    """Receivers live by the wall clock, or by the world's if a reading says so: they check and write dates by it."""
    return world.now() if world.readings.webhook_timestamp == "world" else world.clock.system()


def conclude(world: World, delivery: Delivery, outgoing: Outgoing, at: datetime, answer: Answer, place: int) -> None:
    """Log an attempt that set out `at` this time, then finish the delivery or plan its next attempt, or a copy."""
    attempt = Attempt(
        number=len(delivery.attempts) + 1,
        at=at,
        url=outgoing.url,
        headers=outgoing.headers,
        status=answer.status,
        answer_headers=answer.headers,
        answer=answer.body,
        error=answer.error,
        seconds=answer.seconds,
        body=None if outgoing.body is delivery.body else outgoing.body,
        fault=adversary.fault_of(delivery),
        place=place,
    )
    delivery = world.deliveries.came_back(delivery.id, attempt)
    for held in world.deliveries.overtaken(delivery.id):
        adversary.release(world, held)
    outcome = retry.outcome_of(answer.status, answer.error)
    if outcome is retry.Outcome.DELIVERED or delivery.is_copy:
        _taken(world, delivery, at)
    elif outcome is retry.Outcome.GONE:
        _finish(world, delivery, "failed", f"the receiver answered {answer.status}: {DISABLED}")
        _switch_off(world, delivery.endpoint_id)
    else:
        _try_again(world, delivery, attempt)


def _taken(world: World, delivery: Delivery, at: datetime) -> None:
    if delivery.copies:
        adversary.repeat(world, delivery, at)
    else:
        _finish(world, delivery, "delivered", None)


def _try_again(world: World, delivery: Delivery, attempt: Attempt) -> None:
    """Plan the next attempt; without one the delivery has failed, by itself or because its webhook is off by now."""
    endpoint = endpoint_of(world, delivery)
    if isinstance(endpoint, Off):  # nothing that the receiver did: the breaker does not count it
        world.deliveries.give_up(delivery.id, endpoint.status, endpoint.why)
        return
    asked = next((value for name, value in attempt.answer_headers if name.lower() == "retry-after"), None)
    delays = retry.delays_for(endpoint.max_retries)
    delay = retry.delay_asked(attempt.number + 1, asked, _receivers_now(world), delays)
    if delay is None or delivery.by_hand:
        _finish(world, delivery, "failed", attempt.failure)
    else:
        world.plan(attempt.at + delay, "attempt", delivery.id)


def _finish(world: World, delivery: Delivery, status: DeliveryStatus, error: str | None) -> None:
    world.deliveries.finish(delivery.id, status, error)
    endpoint = world.endpoints.get(delivery.endpoint_id)
    if endpoint is None:
        return
    before, now = endpoint.breaker, world.now()
    breaker = before.after_success() if status == "delivered" else before.after_failure(now)
    if breaker != before:
        is_active = endpoint.is_active and not breaker.is_open
        world.endpoints[endpoint.id] = replace(endpoint, breaker=breaker, is_active=is_active)


def _switch_off(world: World, endpoint_id: str) -> None:
    endpoint = world.endpoints.get(endpoint_id)
    if endpoint is not None:
        world.endpoints[endpoint_id] = replace(endpoint, is_active=False)


def retry_due(world: World, delivery_id: str, _at: datetime) -> None:
    """The wait of a delivery is over: it may set out again."""
    world.deliveries.make_ready(delivery_id)


def ping(world: World, endpoint: Endpoint, company_id: str) -> Delivery:
    """Queue a `ping` for one endpoint, which is on and wants it; no other one hears of it."""
    # rule: WEBHOOK-TEST
    publish_all(world)
    about = {"webhookId": endpoint.id}
    event = Event(world.ids.next("event"), "ping", world.now(), company_id, about, next(world.places))
    world.events.append(event)
    delivery = _delivery_of(world, event, endpoint, _frame_of(event))
    _set_out(world, delivery)
    world.engine.queued(world)
    return delivery


def put(world: World, endpoint: Endpoint) -> Endpoint:
    """A new endpoint, or one as it is from now on; what has taken place goes by how it was."""
    publish_all(world)
    world.endpoints[endpoint.id] = endpoint
    return endpoint


def remove(world: World, endpoint_id: str) -> None:
    """Forget an endpoint and give up what waits for it; what is under way may still arrive."""
    publish_all(world)
    del world.endpoints[endpoint_id]
    for delivery_id in world.deliveries.withdraw(endpoint_id, NO_WEBHOOK):
        world.timers.cancel("attempt", delivery_id)
        world.timers.cancel("release", delivery_id)


def missed(world: World, begin: datetime, end: datetime) -> list[Delivery]:
    """The deliveries of events from `begin` to `end`, both included, that are over and whose webhook is on."""
    on = {endpoint.id for endpoint in world.endpoints.values() if endpoint.is_active}
    return [
        delivery
        for delivery in world.deliveries
        if begin <= delivery.event_at <= end and delivery.status != "pending" and delivery.endpoint_id in on
    ]


def redeliver(world: World, delivery: Delivery) -> Delivery:
    """
    Send a finished delivery, whose webhook is on, once more: under its own id and with the same bytes. It is tried
    once, as Svix has it: who sends by hand sees what comes of it, and can do so again. ASSUMED.
    """
    again = replace(delivery, status="pending", error=None, distortions=(), copies=(), is_copy=False, by_hand=True)
    world.deliveries.add(again)
    return again
