"""All that happened in a world, in the order in which it did: a story where the other logs are lists."""

from collections.abc import Iterator
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from mockserver import webhooks
from mockserver.clock import Move
from mockserver.control.answering import answer, world_of
from mockserver.deliveries import Attempt, Delivery
from mockserver.journal import Exchange
from mockserver.models import Event
from mockserver.wire.instants import render_exact, render_milliseconds
from mockserver.world import Change, World

Placed = tuple[int, dict[str, Any]]


async def timeline(request: Request) -> Response:
    world = world_of(request)
    webhooks.publish_all(world)
    happened = [*_requests(world), *_events(world), *_attempts(world), *_moves(world), *_changes(world)]
    return answer([row for _, row in sorted(happened, key=lambda placed: placed[0])])


def _requests(world: World) -> Iterator[Placed]:
    return ((exchange.place, _request(exchange)) for exchange in world.journal)


def _events(world: World) -> Iterator[Placed]:
    caused: dict[str, list[Delivery]] = {}
    for delivery in world.deliveries:
        caused.setdefault(delivery.event_id, []).append(delivery)
    return ((event.place, _event(event, caused.get(event.id, []))) for event in world.events)


def _attempts(world: World) -> Iterator[Placed]:
    for delivery in world.deliveries:
        yield from ((attempt.place, _attempt(delivery, attempt)) for attempt in delivery.attempts)


def _moves(world: World) -> Iterator[Placed]:
    return ((move.place, _move(move)) for move in world.moves)


def _changes(world: World) -> Iterator[Placed]:
    return ((change.place, _change(change)) for change in world.changes)


def _request(exchange: Exchange) -> dict[str, Any]:
    decided = [{"rule": no.rule, "message": no.message, "at": no.at, "fix": no.fix} for no in exchange.violations]
    return {
        "what": "request",
        "at": render_milliseconds(exchange.at),
        "id": exchange.id,
        "method": exchange.method,
        "path": exchange.path,
        "query": exchange.query.decode("latin-1"),
        "operation": exchange.operation,
        "status": exchange.status,
        "decided": decided,
        "fault": exchange.injected_kind,
    }


def _event(event: Event, deliveries: list[Delivery]) -> dict[str, Any]:
    sent = [{"id": one.id, "url": one.url, "status": one.status, "error": one.error} for one in deliveries]
    return {
        "what": "event",
        "at": render_milliseconds(event.at),
        "id": event.id,
        "type": event.type,
        "interviewId": event.data.get("interviewId"),
        "deliveries": sent,
    }


def _attempt(delivery: Delivery, attempt: Attempt) -> dict[str, Any]:
    return {
        "what": "attempt",
        "at": render_milliseconds(attempt.at),
        "deliveryId": delivery.id,
        "event": delivery.event_type,
        "url": attempt.url,
        "number": attempt.number,
        "status": attempt.status,
        "error": attempt.error,
        "fault": attempt.fault,
    }


def _move(move: Move) -> dict[str, Any]:
    return {"what": "clock", "at": render_exact(move.at), "to": render_exact(move.to), "mode": move.mode}


def _change(change: Change) -> dict[str, Any]:
    return {"what": "change", "at": render_milliseconds(change.at), "kind": change.kind, "detail": change.detail}
