"""What happened in a world: requests, events, deliveries."""

import asyncio
from collections.abc import Iterable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from mockserver import webhooks
from mockserver.control.answering import answer, instant, not_found, nothing, read, universe_of, world_of
from mockserver.deliveries import Attempt, Delivery
from mockserver.errors import ControlError
from mockserver.explain import explained, shown
from mockserver.jsontext import BadJson, decode
from mockserver.signing import BODY_SIGNATURE, ID, SIGNATURE, TIMESTAMP
from mockserver.wire.instants import render_milliseconds
from mockserver.world import World

WAIT_SECONDS = 5.0
SIGNING = (ID, TIMESTAMP, SIGNATURE, BODY_SIGNATURE)


def _place(request: Request) -> World:
    """The world in the path; the lobby for `/_mock/requests`."""
    return world_of(request) if "w" in request.path_params else universe_of(request).worlds.lobby


async def requests(request: Request) -> Response:
    return answer([explained(exchange) for exchange in _place(request).journal])


async def request(request: Request) -> Response:
    exchange = _place(request).journal.get(request.path_params["id"])
    if exchange is None:
        raise not_found("request", request.path_params["id"])
    return answer(explained(exchange))


async def clear_requests(request: Request) -> Response:
    _place(request).journal.clear()
    return nothing()


async def events(request: Request) -> Response:
    return answer(
        [
            {"id": event.id, "type": event.type, "at": render_milliseconds(event.at), "data": event.data}
            for event in world_of(request).events
        ]
    )


async def deliveries(request: Request) -> Response:
    return answer([_rendered(delivery) for delivery in world_of(request).deliveries])


def _delivery(request: Request) -> Delivery:
    delivery = world_of(request).deliveries.get(request.path_params["id"])
    if delivery is None:
        raise not_found("delivery", request.path_params["id"])
    return delivery


async def delivery(request: Request) -> Response:
    return answer(_rendered(_delivery(request)))


async def redeliver(request: Request) -> Response:
    world, delivery = world_of(request), _delivery(request)
    if delivery.status == "pending":
        raise ControlError(409, "STILL_PENDING", "The delivery is still on its way; flush or advance first")
    if isinstance(off := webhooks.endpoint_of(world, delivery), webhooks.Off):
        raise _off(delivery, off)
    again = webhooks.redeliver(world, delivery)
    universe_of(request).courier.pump(world)
    return answer(_rendered(again), 202)


def _off(delivery: Delivery, off: webhooks.Off) -> ControlError:
    """A refusal that says how to get the delivery sent."""
    id, why = delivery.endpoint_id, f"Nothing was sent: {off.why}"
    if off.why == webhooks.NO_WEBHOOK:
        return ControlError(409, "WEBHOOK_GONE", f"{why}; register one again, it hears of what happens from then on")
    advice = f"switch it on with POST /webhooks/{id}/reset-circuit and its key, then redeliver"
    return ControlError(409, "WEBHOOK_OFF", f"{why}; {advice}", {"webhookId": id})


async def redeliver_range(request: Request) -> Response:
    """Send again what happened within a range of the world's time, as far as its webhook is on."""
    world = world_of(request)
    body = await read(request, "RedeliverRange")
    begin = instant(body["from"], "/from")
    end = instant(body["to"], "/to") if "to" in body else world.now()
    if end < begin:
        at, why = ("/to", "lies before `from`") if "to" in body else ("/from", "lies after the world's present")
        raise ControlError(400, "BAD_REQUEST", f"{at}: {why}", {"at": at})
    sent = [webhooks.redeliver(world, delivery) for delivery in webhooks.missed(world, begin, end)]
    universe_of(request).courier.pump(world)
    return answer([_rendered(delivery) for delivery in sent], 202)


async def flush(request: Request) -> Response:
    """Wait until no attempt is under way; deliveries that wait for a retry wait for the clock, not for this."""
    world, courier = world_of(request), universe_of(request).courier
    body = await read(request, "Flush", default={})
    courier.pump(world)
    await courier.settle(world, asyncio.get_running_loop().time() + body.get("wait", WAIT_SECONDS))
    return answer({"unfinished": courier.under_way(world)})


def _rendered(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "eventId": delivery.event_id,
        "event": delivery.event_type,
        "webhookId": delivery.endpoint_id,
        "url": delivery.url,
        "status": delivery.status,
        "error": delivery.error,
        "attempts": [_rendered_attempt(attempt, delivery.body) for attempt in delivery.attempts],
    }


def _rendered_attempt(attempt: Attempt, body: bytes) -> dict[str, Any]:
    sent = _lowered(attempt.headers)
    answered = {
        "status": attempt.status,
        "headers": _lowered(attempt.answer_headers),
        "body": _value(attempt.answer),
    }
    return {
        "number": attempt.number,
        "at": render_milliseconds(attempt.at),
        "url": attempt.url,
        "request": {"headers": sent, "body": _value(body if attempt.body is None else attempt.body)},
        "response": None if attempt.status is None else answered,
        "error": attempt.error,
        "ms": round(attempt.seconds * 1000, 3),
        "signature": {name: sent[name.lower()] for name in SIGNING if name.lower() in sent},
        "fault": attempt.fault,
    }


def _lowered(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {name.lower(): shown(name.encode(), value) for name, value in headers}


def _value(body: bytes) -> Any:
    try:
        return decode(body) if body else None
    except BadJson:
        return body.decode("utf-8", errors="replace")
