"""The use cases of webhook configurations: which endpoints a key has, what they want, whether they work."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

from mockserver import webhooks
from mockserver.caller import Caller
from mockserver.deliveries import Delivery, Endpoint
from mockserver.errors import ApiError
from mockserver.models import WebhookDraft
from mockserver.pages import Asked, Page, page_of
from mockserver.rules import company, webhook
from mockserver.signing import secret_for

# Beyond its own time-out an attempt waits for its turn only.
PATIENCE_SECONDS = 1.0


def create(caller: Caller, draft: WebhookDraft, now: datetime) -> Endpoint:
    """
    A new webhook of the caller's key, for one company or for all that the key reaches.

    Raises:
        ApiError: 404 or 403, there is no such company, or it is not the key's.
    """
    if draft.company_id is not None:
        found = caller.world.store.companies.get(draft.company_id)
        caller.require(company.company_exists, found, draft.company_id, "/companyId")
        caller.require(company.company_is_the_keys, draft.company_id, caller.key.company_ids, "/companyId")
    assert draft.url is not None  # the contract requires it
    id = caller.world.ids.next("webhook")
    endpoint = Endpoint(
        id=id,
        company_id=draft.company_id,
        url=draft.url,
        events=draft.events or (),
        secret=secret_for(id),
        headers=draft.headers or (),
        is_active=draft.is_active is not False,
        api_key_id=caller.key.id,
        name=draft.name,
        description=draft.description,
        created_at=now,
        updated_at=now,
    )
    caller.shows("WEBHOOK-SECRET")
    return webhooks.put(caller.world, endpoint)


def page(caller: Caller, asked: Asked) -> Page[Endpoint]:
    """The key's webhooks; the filter `companyId` leaves out those for all that the key reaches."""
    wanted = asked.filters.get("companyId")

    def keep(endpoint: Endpoint) -> bool:
        foreign = webhook.webhook_is_the_keys(endpoint.api_key_id, endpoint.company_id, caller.key)
        return foreign is None and wanted in (None, endpoint.company_id)

    return page_of(caller.world.endpoints.values(), asked, keep)


def get(caller: Caller, id: str) -> Endpoint:
    """
    Raises:
        ApiError: 404 if there is none, 403 if it is another key's or for another company than an ATS key speaks for.
    """
    endpoint = caller.world.endpoints.get(id)
    violation = caller.exchange.asks((webhook.webhook_exists, (endpoint,)))
    if endpoint is None:
        assert violation is not None
        raise ApiError([violation], details={"resourceType": "WebhookConfig", "resourceId": id})
    caller.require(webhook.webhook_is_the_keys, endpoint.api_key_id, endpoint.company_id, caller.key)
    caller.require(webhook.webhook_is_for_the_company, endpoint.company_id, caller.company_id)
    caller.shows("WEBHOOK-SECRET")
    return endpoint


def update(caller: Caller, id: str, draft: WebhookDraft, now: datetime) -> Endpoint:
    """
    A webhook with what the draft gives replaced, each field as a whole. Switching it on also closes its breaker:
    an open one would switch it off again.

    Raises:
        ApiError: 404, 403.
    """
    endpoint = get(caller, id)
    changed = replace(
        endpoint,
        url=_given(draft.url, endpoint.url),
        events=_given(draft.events, endpoint.events),
        name=_given(draft.name, endpoint.name),
        description=_given(draft.description, endpoint.description),
        headers=_given(draft.headers, endpoint.headers),
        is_active=_given(draft.is_active, endpoint.is_active),
        breaker=endpoint.breaker.reset() if draft.is_active else endpoint.breaker,
        updated_at=now,
    )
    return webhooks.put(caller.world, changed)


def _given(value: Any, before: Any) -> Any:
    return before if value is None else value


def delete(caller: Caller, id: str) -> None:
    """
    Forget a webhook; what waits to be delivered to it is given up.

    Raises:
        ApiError: 404, 403.
    """
    get(caller, id)
    webhooks.remove(caller.world, id)


def reset_circuit(caller: Caller, id: str, now: datetime) -> Endpoint:
    """
    Close the breaker and switch the webhook on.

    Raises:
        ApiError: 404, 403.
    """
    endpoint = get(caller, id)
    closed = replace(endpoint, breaker=endpoint.breaker.reset(), is_active=True, updated_at=now)
    return webhooks.put(caller.world, closed)


async def test(caller: Caller, id: str) -> Delivery | Literal["unsubscribed", "off"]:
    """
    Send a ping and wait for what comes of its first attempt; if that fails it is tried again as any other delivery.

    Returns:
        The ping as it then stands, or why none was sent.

    Raises:
        ApiError: 404, 403.
    """
    endpoint = get(caller, id)
    caller.shows("WEBHOOK-TEST")
    if endpoint.events and "ping" not in endpoint.events:
        return "unsubscribed"
    if not endpoint.is_active:
        return "off"
    deliveries = caller.world.deliveries
    company_id = endpoint.company_id or next(iter(caller.key.company_ids), "")  # an ATS key may manage none any more
    delivery = webhooks.ping(caller.world, endpoint, company_id)
    seconds = endpoint.timeout_ms / 1000 + PATIENCE_SECONDS
    return await deliveries.first_attempt(delivery.id, seconds) or delivery
