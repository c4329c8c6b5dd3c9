"""From an event to signed attempts and their log: what is sent, and what comes of the answer. Sending is elsewhere."""

from dataclasses import replace
from datetime import datetime

from mockserver import retry, signing
from mockserver.deliveries import Attempt, Delivery, DeliveryStatus, Endpoint
from mockserver.jsontext import encode
from mockserver.models import Event
from mockserver.transport import Answer, Outgoing
from mockserver.wire import render_milliseconds
from mockserver.world import World


def publish(world: World, event: Event) -> None:
    """Queue the event for every endpoint that wants it; one that is switched off is put down as skipped."""
    for endpoint in world.endpoints.values():
        if endpoint.wants(event.type, event.company_id):
            delivery = delivery_of(world, event, endpoint)
            if endpoint.is_active:
                world.deliveries.add(delivery)
            else:
                world.deliveries.record(replace(delivery, status="skipped", error=_why_off(endpoint)))


def _why_off(endpoint: Endpoint) -> str:
    return "the circuit breaker is open" if endpoint.breaker.is_open else "the webhook is disabled"


def delivery_of(world: World, event: Event, endpoint: Endpoint) -> Delivery:
    id = world.ids.next("delivery")
    body = {
        "event": event.type,
        "timestamp": render_milliseconds(event.at),
        "deliveryId": id,
        "data": event.data,
    }
    interview = str(event.data.get("interviewId", event.id))
    return Delivery(id, endpoint.id, endpoint.url, event.id, event.type, (endpoint.id, interview), encode(body))


def outgoing_of(world: World, delivery: Delivery, endpoint: Endpoint) -> Outgoing:
    """The next attempt of a delivery, signed at this moment: by the wall clock, or the world's if a reading says so."""
    now = world.now() if world.readings.webhook_timestamp == "world" else world.clock.system()
    signatures = signing.sign(endpoint.secret, delivery.id, int(now.timestamp()), delivery.body)
    headers = {"content-type": "application/json", **dict(endpoint.headers), **signatures}
    return Outgoing(endpoint.url, tuple(headers.items()), delivery.body, endpoint.timeout_ms / 1000)


def conclude(world: World, delivery: Delivery, outgoing: Outgoing, at: datetime, answer: Answer) -> None:
    """Log an attempt that set out at `at`, then finish the delivery or plan its next attempt."""
    attempt = Attempt(
        number=len(delivery.attempts) + 1,
        at=at,
        headers=outgoing.headers,
        status=answer.status,
        answer_headers=answer.headers,
        answer=answer.body,
        error=answer.error,
        seconds=answer.seconds,
    )
    delivery = world.deliveries.came_back(delivery.id, attempt)
    outcome = retry.outcome_of(answer.status, answer.error)
    if outcome is retry.Outcome.DELIVERED:
        _finish(world, delivery, "delivered", None)
    elif outcome is retry.Outcome.GONE:
        _finish(world, delivery, "failed", "the receiver answered 410: the webhook is disabled")
        _switch_off(world, delivery.endpoint_id)
    else:
        _try_again(world, delivery, attempt)


def _try_again(world: World, delivery: Delivery, attempt: Attempt) -> None:
    endpoint = world.endpoints.get(delivery.endpoint_id)
    why = attempt.error or f"the receiver answered {attempt.status}"
    if endpoint is None or not endpoint.is_active:
        _finish(world, delivery, "undelivered", f"{why}; the webhook is gone or switched off")
        return
    asked = next((value for name, value in attempt.answer_headers if name.lower() == "retry-after"), None)
    delays = retry.delays_for(endpoint.max_retries)
    delay = retry.delay_asked(attempt.number + 1, asked, world.clock.system(), delays)
    if delay is None:
        _finish(world, delivery, "failed", why)
    else:
        world.plan(attempt.at + delay, "attempt", delivery.id)


def _finish(world: World, delivery: Delivery, status: DeliveryStatus, error: str | None) -> None:
    world.deliveries.finish(delivery.id, status, error)
    endpoint = world.endpoints.get(delivery.endpoint_id)
    if endpoint is None:
        return
    before, now = endpoint.breaker, world.now()
    breaker = before.after_success() if status == "delivered" else before.after_failure(now)
    is_active = endpoint.is_active and not breaker.is_open
    world.endpoints[endpoint.id] = replace(endpoint, breaker=breaker, is_active=is_active)


def _switch_off(world: World, endpoint_id: str) -> None:
    endpoint = world.endpoints.get(endpoint_id)
    if endpoint is not None:
        world.endpoints[endpoint_id] = replace(endpoint, is_active=False)


def retry_due(world: World, delivery_id: str, _at: datetime) -> None:
    """The wait of a delivery is over: it may set out again."""
    world.deliveries.make_ready(delivery_id)


def redeliver(world: World, delivery: Delivery) -> Delivery:
    """Send a finished delivery once more, under its own id and with the same bytes."""
    again = replace(delivery, status="pending", error=None)
    world.deliveries.add(again)
    return again
