"""What the key under check may not do: known before anything is judged, so that nothing is called broken for it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from mockserver import contract
from mockserver.checks.answers import shown_content
from mockserver.checks.control_access import ControlledWorld
from mockserver.checks.target import Exchange, Limits, NotSent, Target, folder_of

READ = ("jobs", "candidates", "agents", "interviews", "webhooks", "company", "phone-numbers", "billing/usage")
# Required fields are missing, or what would be changed is not there: a server that keeps the contract does nothing.
WRITTEN: Sequence[tuple[str, str, Mapping[str, Any]]] = (
    ("POST", "/jobs", {}),
    ("POST", "/candidates", {}),
    ("POST", "/agents", {}),
    ("POST", "/interviews", {"isTest": True}),
    ("POST", "/webhooks", {}),
    ("PATCH", "/company/00000000-0000-4000-8000-000000000000", {}),
)
WRITES = ("POST", "PATCH", "DELETE")
# A 403 without one of these words may be any refusal, a wrong one too.
OF_PERMISSIONS = re.compile(rb"scope|permission", re.IGNORECASE)


def limits_of(target: Target) -> Limits:
    """
    What the key may not, by its scopes where a control API tells them; elsewhere by what the server refuses to it. That
    is asked for with bodies of which nothing can be made.

    Raises:
        CouldNotLook: nothing answers any more.
        ControlRefusal: the control API does not tell.
    """
    limits = dict(_asked(target) if target.world is None else _by_scopes(target.world, target.api_key))
    # `/companies` is the same as `/company`.
    return limits | {("companies", method): why for (folder, method), why in limits.items() if folder == "company"}


def _by_scopes(world: ControlledWorld, api_key: str) -> Iterator[tuple[tuple[str, str], str]]:
    scopes = next(row["scopes"] for row in world.call("GET", "/state")["keys"] if row["key"] == api_key)
    is_strict = world.readings()["scopes"] == "strict"
    for operation in contract.operations().values():
        needed = operation.spec["x-scopes"] if is_strict else operation.spec["x-scopes"][:1]
        missing = [scope for scope in needed if scope not in scopes and "*" not in scopes]
        if missing:
            why = f"the key may not {operation.method} {operation.path}: it does not have the scope {missing[0]}"
            yield (folder_of(operation.path), operation.method), why


def _asked(target: Target) -> Iterator[tuple[tuple[str, str], str]]:
    for exchange in _tried(target):
        if exchange.status == 403 and OF_PERMISSIONS.search(exchange.content):
            method, path = exchange.request.method, exchange.request.path
            why = f"the key may not {method} {path}: 403 {shown_content(exchange)}"
            yield from (((folder_of(path), one), why) for one in (("GET",) if method == "GET" else WRITES))


def _tried(target: Target) -> Iterator[Exchange]:
    for method, path, body in (*(("GET", f"/{path}", None) for path in READ), *WRITTEN):
        with suppress(NotSent):  # then nothing of that kind will be
            yield target.request(method, path, key=target.api_key, json=body)
