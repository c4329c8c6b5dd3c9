"""How deliveries are signed."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mockserver import signing, webhooks
from mockserver.deliveries import Delivery, Endpoint
from mockserver.outgoing import Outgoing
from mockserver.wire import webhooks as wire
from mockserver.world import World
from tests.mutants.fault import breaking
from tests.mutants.patches import Right, constant, instead


def _around(right: Right, wrong: Callable[..., Any]) -> Right:
    return lambda *values: wrong(right, *values)


def _outgoing(change: Callable[[Delivery, Endpoint, Outgoing], Outgoing]) -> Callable[..., Outgoing]:
    def wrong(right: Right, world: World, delivery: Delivery, endpoint: Endpoint) -> Outgoing:
        return change(delivery, endpoint, right(world, delivery, endpoint))

    return wrong


def _without_headers(*names: str) -> Callable[..., Outgoing]:
    def change(_delivery: Delivery, _endpoint: Endpoint, outgoing: Outgoing) -> Outgoing:
        return replace(outgoing, headers=tuple(pair for pair in outgoing.headers if pair[0] not in names))

    return _outgoing(change)


def _spaced_after_signing(_delivery: Delivery, _endpoint: Endpoint, outgoing: Outgoing) -> Outgoing:
    """What is signed is written otherwise than what is sent."""
    return replace(outgoing, body=json.dumps(json.loads(outgoing.body), indent=1).encode())


def _signed_with(secret: Callable[[str], str]) -> Callable[..., dict[str, str]]:
    return lambda right, key, *rest: right(secret(key), *rest)


def _signed_at(seconds: int) -> Callable[..., dict[str, str]]:
    return lambda right, secret, id, timestamp, body: right(secret, id, timestamp + seconds, body)


def _signed_as(change: Callable[[str, bytes], tuple[str, bytes]]) -> Callable[..., dict[str, str]]:
    """Over another id, or another body."""

    def wrong(right: Right, secret: str, id: str, timestamp: int, body: bytes) -> dict[str, str]:
        other_id, other_body = change(id, body)
        return {**right(secret, other_id, timestamp, other_body), signing.ID: id}

    return wrong


def _other_secret(right: Right, endpoint: Endpoint, *rest: Any) -> dict[str, Any]:
    return {**right(endpoint, *rest), "signingSecret": endpoint.secret[::-1]}


SIGNATURE, ORDER, RETRY, SHAPE = "deliveries/signature", "deliveries/order", "deliveries/retry", "deliveries/shape"

FAULTS = (
    *breaking(SIGNATURE)(
        (
            "webhook-unsigned",
            "Deliveries are not signed.",
            instead(webhooks.outgoing_of, _without_headers(*signing.sign("00", "", 0, b""))),
        ),
        (
            "webhook-without-standard-signature",
            "Deliveries lack webhook-signature.",
            instead(webhooks.outgoing_of, _without_headers(signing.SIGNATURE)),
        ),
        (
            "webhook-without-body-signature",
            "Deliveries lack X-InstaView-Signature.",
            instead(webhooks.outgoing_of, _without_headers(signing.BODY_SIGNATURE)),
        ),
        (
            "webhook-without-id",
            "Deliveries lack webhook-id.",
            instead(webhooks.outgoing_of, _without_headers(signing.ID)),
        ),
        (
            "signed-with-another-secret",
            "Deliveries are signed with another secret than was told.",
            constant(signing, "sign", _around(signing.sign, _signed_with(lambda key: key[::-1]))),
        ),
        (
            "signed-with-text-of-secret",
            "Deliveries are signed with the letters of the secret, not with its bytes.",
            constant(signing, "sign", _around(signing.sign, _signed_with(lambda key: key.encode().hex()))),
        ),
        (
            "signed-without-id",
            "The id of a delivery is not signed.",
            constant(signing, "sign", _around(signing.sign, _signed_as(lambda _, body: ("", body)))),
        ),
        (
            "signed-empty-body",
            "The body of a delivery is not signed.",
            constant(signing, "sign", _around(signing.sign, _signed_as(lambda id, _: (id, b"")))),
        ),
        (
            "signed-long-ago",
            "Deliveries are signed ten minutes before they are sent.",
            constant(signing, "sign", _around(signing.sign, _signed_at(-600))),
        ),
        (
            "signed-in-milliseconds",
            "The time of a signature is in milliseconds.",
            constant(
                signing,
                "sign",
                _around(signing.sign, lambda right, secret, id, at, body: right(secret, id, at * 1000, body)),
            ),
        ),
        (
            "signed-before-written",
            "What is signed is written otherwise than what is sent.",
            instead(webhooks.outgoing_of, _outgoing(_spaced_after_signing)),
        ),
        (
            "another-secret-told",
            "Another secret is told than the one that signs.",
            instead(wire.render_new_webhook, _other_secret),
        ),
    ),
)
