"""Webhooks as they are configured, shown and tried."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from mockserver import signing, webhook_config, webhooks
from mockserver.deliveries import Endpoint
from mockserver.pages import Asked, Page, page_of
from mockserver.wire import webhooks as wire
from mockserver.world import World
from tests.mutants.fault import breaking
from tests.mutants.patches import Right, constant, instead


def _without(name: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda shown: {other: value for other, value in shown.items() if other != name}


def _secret_told_again(right: Right, endpoint: Endpoint, *rest: Any) -> dict[str, Any]:
    return {**right(endpoint, *rest), "signingSecret": endpoint.secret}


def _values_told(right: Right, endpoint: Endpoint, *rest: Any) -> dict[str, Any]:
    shown = right(endpoint, *rest)
    return {
        **shown,
        "headers": [
            {**row, "value": value} for row, (_, value) in zip(shown["headers"], endpoint.headers, strict=True)
        ],
    }


def _no_secret(right: Right, endpoint: Endpoint, *rest: Any) -> dict[str, Any]:
    return _without("signingSecret")(right(endpoint, *rest))


def _short_secret(right: Right, id: str) -> Any:
    return right(id)[:32]


def _capitals(right: Right, endpoint: Endpoint, *rest: Any) -> dict[str, Any]:
    """Events by their older names."""
    shown = right(endpoint, *rest)
    return {**shown, "events": [event.upper().replace(".", "_") for event in shown["events"]]}


def _labels_only(right: Right, body: Mapping[str, Any]) -> Any:
    """Older names of events are passed over."""
    given = body.get("events")
    return right({"events": [name for name in given if name in wire.SENT]} if isinstance(given, list) else body)


def _added(right: Right, caller: Any, id: str, draft: Any, now: datetime) -> Any:
    """A change adds events to those that there were."""
    before = caller.world.endpoints.get(id)
    if before is not None and draft.events is not None:
        draft = replace(draft, events=tuple(dict.fromkeys((*before.events, *draft.events))))
    return right(caller, id, draft, now)


async def _always_tried(_right: Right, caller: Any, id: str) -> Any:
    """Whether it wants that or not."""
    endpoint = webhook_config.get(caller, id)
    delivery = webhooks.ping(caller.world, endpoint, endpoint.company_id or caller.key.company_ids[0])
    return await caller.world.deliveries.first_attempt(delivery.id, 1.0) or delivery


def _always_well(right: Right, tested: Any) -> dict[str, Any]:
    return {**right(tested), "success": True}


def _of_another_delivery(right: Right, tested: Any) -> dict[str, Any]:
    shown = right(tested)
    return {**shown, "deliveryId": shown["deliveryId"][::-1]} if "deliveryId" in shown else shown


def _removed_only_from_lists(_right: Right, _world: World, _endpoint_id: str) -> None:
    """Deleting is answered as it should be, and does nothing."""


def _of_everybody(_right: Right, caller: Any, asked: Asked) -> Page[Endpoint]:
    return page_of(caller.world.endpoints.values(), asked)


FAULTS = (
    *breaking("WEBHOOK-SECRET")(
        (
            "secret-told-again",
            "A webhook's secret is told whenever it is read.",
            instead(wire.render_webhook, _secret_told_again),
        ),
        (
            "header-values-told",
            "The values of a webhook's headers are told.",
            instead(wire.render_webhook, _values_told),
        ),
        ("secret-never-told", "A webhook's secret is never told.", instead(wire.render_new_webhook, _no_secret)),
        ("secret-of-32-digits", "A webhook's secret has 32 digits.", instead(signing.secret_for, _short_secret)),
    ),
    *breaking("WEBHOOK-EVENTS")(
        ("events-in-capitals", "A webhook's events are answered in capitals.", instead(wire.render_webhook, _capitals)),
        ("events-by-label-only", "Older names of events are passed over.", instead(wire._events, _labels_only)),
        (
            "events-added",
            "A change of events adds them to those that there were.",
            instead(webhook_config.update, _added),
        ),
    ),
    *breaking("WEBHOOK-EXISTS")(
        (
            "webhook-not-deleted",
            "Deleting a webhook is answered as it should be, and does nothing.",
            instead(webhooks.remove, _removed_only_from_lists),
        ),
    ),
    *breaking("WEBHOOK-TEST")(
        (
            "test-of-unwilling",
            "A webhook is tried that does not want to be.",
            instead(webhook_config.test, _always_tried),
        ),
        (
            "test-says-so-only",
            "A webhook is said to be tried, and is not.",
            constant(webhooks, "_set_out", lambda *_: None),
        ),
        ("test-always-well", "Every trial of a webhook goes well.", instead(wire.render_test, _always_well)),
        (
            "test-of-another-delivery",
            "A trial names another delivery than came.",
            instead(wire.render_test, _of_another_delivery),
        ),
    ),
    *breaking("WEBHOOK-OWNER")(
        ("webhooks-of-all-keys", "Lists have other keys' webhooks.", instead(webhook_config.page, _of_everybody)),
    ),
)
