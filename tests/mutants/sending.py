"""Which events are delivered, to whom, how often, in which order, with what in them."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from mockserver import retry, webhooks
from mockserver.deliveries import Attempt, Delivery, Endpoint
from mockserver.models import Event
from mockserver.outgoing import Outgoing
from mockserver.wire import events
from mockserver.world import World
from tests.mutants.fault import Fault, breaking
from tests.mutants.patches import Right, both, constant, instead, method


def _twice(right: Right, world: World, event: Event) -> None:
    right(world, event)
    right(world, event)


def _never(_right: Right, _world: World, _event: Event) -> None:
    """Nothing is published."""


def _but(type: str) -> Callable[..., None]:
    """Everything but one type."""

    def wrong(right: Right, world: World, event: Event) -> None:
        if event.type != type:
            right(world, event)

    return wrong


def _wants_all(_right: Right, endpoint: Endpoint, _event_type: str, company_id: str) -> bool:
    return endpoint.company_id in (None, company_id)


def _also_off(right: Right, world: World, event: Event) -> None:
    """Webhooks that were put to rest hear of everything."""
    asleep, world.endpoints = world.endpoints, _awake(world.endpoints)
    right(world, event)
    world.endpoints = asleep


def _endpoint_also_off(right: Right, world: World, delivery: Delivery) -> Any:
    endpoint = world.endpoints.get(delivery.endpoint_id)
    return right(world, delivery) if endpoint is None else replace(endpoint, is_active=True)


def _awake(endpoints: Mapping[str, Endpoint]) -> dict[str, Endpoint]:
    return {id: replace(endpoint, is_active=True) for id, endpoint in endpoints.items()}


def _waits_for_nobody(right: Right, world: World, delivery: Delivery, attempt: Attempt) -> None:
    """The next event of the interview goes ahead of the retry."""
    right(world, delivery, attempt)
    world.deliveries._leave_lane(delivery)


def _outgoing(change: Callable[[Delivery, Endpoint, Outgoing], Outgoing]) -> Callable[..., Outgoing]:
    def wrong(right: Right, world: World, delivery: Delivery, endpoint: Endpoint) -> Outgoing:
        return change(delivery, endpoint, right(world, delivery, endpoint))

    return wrong


def _with_body(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[..., Outgoing]:
    """Signed as it is sent."""

    def wrong(right: Right, world: World, delivery: Delivery, endpoint: Endpoint) -> Any:
        body = json.dumps(change(json.loads(delivery.body))).encode()
        return right(world, replace(delivery, body=body), endpoint)

    return wrong


def _in_data(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[..., Outgoing]:
    return _with_body(lambda body: {**body, "data": change(body["data"])})


def _without(name: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda shown: {other: value for other, value in shown.items() if other != name}


def _as_text(_delivery: Delivery, _endpoint: Endpoint, outgoing: Outgoing) -> Outgoing:
    others = tuple(pair for pair in outgoing.headers if pair[0] != "content-type")
    return replace(outgoing, headers=(*others, ("content-type", "text/plain")))


def _new_id_each_time(right: Right, world: World, delivery: Delivery, endpoint: Endpoint) -> Any:
    if not delivery.attempts:
        return right(world, delivery, endpoint)
    other = world.ids.next("delivery")
    body = delivery.body.replace(delivery.id.encode(), other.encode())
    return right(world, replace(delivery, id=other, body=body), endpoint)


def _new_body_each_time(right: Right, world: World, delivery: Delivery, endpoint: Endpoint) -> Any:
    attempt = len(delivery.attempts) + 1
    body = json.dumps({**json.loads(delivery.body), "timestamp": f"2024-01-16T10:30:0{attempt}.000Z"}).encode()
    return right(world, replace(delivery, body=body), endpoint)


def _any_answer_will_do(right: Right, status: int | None, error: str | None = None) -> retry.Outcome:
    return retry.Outcome.DELIVERED if status is not None else right(status, error)


def _without_own_headers(_delivery: Delivery, endpoint: Endpoint, outgoing: Outgoing) -> Outgoing:
    return replace(outgoing, headers=outgoing.headers[len(endpoint.headers) :])


def _one_id_for_all(right: Right, world: World, delivery: Delivery, endpoint: Endpoint) -> Any:
    other = "aaaaaaaa-0000-4000-8000-00000000000a"
    return right(
        world, replace(delivery, id=other, body=delivery.body.replace(delivery.id.encode(), other.encode())), endpoint
    )


def _rated_otherwise(data: dict[str, Any]) -> dict[str, Any]:
    analysis = data.get("analysis")
    return {**data, "analysis": {**analysis, "id": data["interviewId"]}} if analysis else data


SIGNATURE, ORDER, RETRY, SHAPE = "deliveries/signature", "deliveries/order", "deliveries/retry", "deliveries/shape"

FAULTS = (
    *breaking("TEST-WEBHOOKS")(
        ("webhook-twice", "Every event is delivered twice.", instead(webhooks._publish, _twice)),
        ("webhook-never", "No event is delivered.", instead(webhooks._publish, _never)),
        (
            "webhook-at-rest",
            "A webhook that was put to rest goes on.",
            both(instead(webhooks._publish, _also_off), instead(webhooks.endpoint_of, _endpoint_also_off)),
        ),
        (
            "delivery-of-another-interview",
            "Events name another interview.",
            instead(webhooks.outgoing_of, _in_data(lambda data: {**data, "interviewId": data.get("candidateId")})),
        ),
        (
            "delivery-of-another-job",
            "Events name another job.",
            instead(webhooks.outgoing_of, _in_data(lambda data: {**data, "jobId": data.get("candidateId")})),
        ),
    ),
    *breaking("TEST-ANALYSIS", scenarios=("test-webhooks",))(
        (
            "delivery-of-another-analysis",
            "analysis.completed brings another analysis than the interview has.",
            instead(webhooks.outgoing_of, _in_data(_rated_otherwise)),
        ),
    ),
    *(
        Fault(
            f"webhook-without-{type.replace('.', '-')}",
            f"{type} is never delivered.",
            (rule,),
            instead(webhooks._publish, _but(type)),
        )
        for type, rule in (
            ("interview.completed", "TEST-WEBHOOKS"),
            ("analysis.completed", "TEST-WEBHOOKS"),
            ("interview.started", "LIFECYCLE"),
            ("interview.failed", "MAGIC-OUTCOME"),
            ("analysis.failed", "MAGIC-OUTCOME"),
        )
    ),
    *breaking("WEBHOOK-EVENTS", "TEST-WEBHOOKS")(
        (
            "webhook-unwanted",
            "A webhook hears of every event, whatever it wants.",
            method(Endpoint, "wants", _wants_all),
        ),
    ),
    *breaking(ORDER)(
        (
            "webhook-overtaken",
            "An event does not wait for the one before it to be tried again.",
            instead(webhooks._try_again, _waits_for_nobody),
        ),
    ),
    *breaking(RETRY)(
        (
            "one-id-for-all",
            "All deliveries have the same id.",
            instead(webhooks.outgoing_of, _one_id_for_all),
        ),
        ("never-again", "What was answered with 500 does not come again.", constant(retry, "RETRY_DELAYS", ())),
        ("any-answer-will-do", "500 counts as taken.", instead(retry.outcome_of, _any_answer_will_do)),
        (
            "another-id-each-time",
            "A delivery has another id each time it is tried.",
            instead(webhooks.outgoing_of, _new_id_each_time),
        ),
        (
            "another-body-each-time",
            "A delivery has another body each time it is tried.",
            instead(webhooks.outgoing_of, _new_body_each_time),
        ),
        (
            "one-retry-less",
            "A delivery is tried three times, not four.",
            constant(retry, "delays_for", lambda _: retry.RETRY_DELAYS[:2]),
        ),
        (
            "one-retry-more",
            "A delivery is tried five times, not four.",
            constant(retry, "delays_for", lambda _: (*retry.RETRY_DELAYS, retry.RETRY_DELAYS[-1])),
        ),
    ),
    *breaking(SHAPE)(
        (
            "delivery-as-text",
            "Deliveries are declared to be plain text.",
            instead(webhooks.outgoing_of, _outgoing(_as_text)),
        ),
        (
            "delivery-without-own-headers",
            "The headers of a webhook are not sent along.",
            instead(webhooks.outgoing_of, _outgoing(_without_own_headers)),
        ),
        (
            "delivery-without-id",
            "The body of a delivery has no deliveryId.",
            instead(webhooks.outgoing_of, _with_body(_without("deliveryId"))),
        ),
        (
            "delivery-without-milliseconds",
            "The time of an event has no milliseconds.",
            instead(webhooks.outgoing_of, _with_body(lambda body: {**body, "timestamp": f"{body['timestamp'][:19]}Z"})),
        ),
        (
            "delivery-by-type",
            "Deliveries say type where they should say event.",
            instead(webhooks.outgoing_of, _with_body(lambda body: {**_without("event")(body), "type": body["event"]})),
        ),
        (
            "delivery-without-data",
            "What an event is about stands at its top.",
            instead(webhooks.outgoing_of, _with_body(lambda body: {**_without("data")(body), **body["data"]})),
        ),
        (
            "delivery-without-analysis",
            "analysis.completed brings no analysis.",
            instead(events.render_analysis_event, lambda right, *values: _without("analysis")(right(*values))),
        ),
    ),
    *breaking(SHAPE, "TEST-WEBHOOKS")(
        (
            "delivery-without-candidate",
            "Events do not say whose interview it is.",
            instead(webhooks.outgoing_of, _in_data(_without("candidateId"))),
        ),
    ),
)
