"""What the key under check may not do: asked before anything is judged, so that nothing is called broken for it."""

from collections.abc import Iterator

from mockserver.checks.answers import shown_content
from mockserver.checks.leftovers import Leftovers
from mockserver.checks.target import Exchange, Limits, Target

READ = ("jobs", "candidates", "agents", "interviews", "webhooks", "company", "phone-numbers", "billing/usage")
WRITTEN = ("jobs", "candidates", "agents", "interviews", "webhooks")
# Required fields are missing, so a server that keeps the contract makes nothing of it.
EMPTY = {"interviews": {"isTest": True}}


def limits_of(target: Target) -> Limits:
    """
    What the server refuses to the key with 403; where a body without any required field is taken, what came of it is
    removed.

    Raises:
        CouldNotLook: nothing answers any more.
    """
    leftovers, limits = Leftovers(), {}
    for exchange in _tried(target):
        leftovers.on_exchange(exchange)
        if exchange.status == 403:
            folder, method = exchange.request.path.split("/")[1], exchange.request.method
            why = f"the key may not {method} {exchange.request.path}: 403 {shown_content(exchange)}"
            limits[folder, method == "GET"] = why
    leftovers.take_away(target)
    return limits


def _tried(target: Target) -> Iterator[Exchange]:
    for path in READ:
        yield target.request("GET", f"/{path}", key=target.api_key)
    for path in WRITTEN:
        yield target.request("POST", f"/{path}", key=target.api_key, json=EMPTY.get(path, {}))
