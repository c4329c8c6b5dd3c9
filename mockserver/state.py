"""A world's state as JSON: all that decides what its next calls bring, and nothing of what has happened."""

from collections.abc import Callable, Mapping
from typing import Any

from mockserver import shown
from mockserver.store import Store, Table
from mockserver.wire.instants import render_exact
from mockserver.world import Seed, World

# Of each kind of row, how one is shown.
RENDERERS: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "companies": shown.row_of_company,
    "keys": shown.row_of_key,
    "phoneNumbers": shown.row_of_phone_number,
    "jobs": shown.row_of_job,
    "agents": shown.row_of_agent,
    "candidates": shown.row_of_candidate,
    "interviews": shown.row_of_interview,
    "webhooks": shown.row_of_endpoint,
}


def state_of(world: World) -> dict[str, Any]:
    """In the form of `$defs/state` in the schema of world files."""
    store, tables = world.store, tables_of(world.store)
    return {
        "name": world.seed.name,
        "clock": render_clock(world),
        "seed": world.number,
        "readings": world.readings.as_dict(),
        "ids": {kind: count for kind, count in world.ids.counts.items() if kind != "request"},
        "companies": [shown.row_of_company(company) for company in store.companies.values()],
        "keys": [shown.row_of_key(key) for key in world.keys.values()],
        "rates": {key: asked for key in world.keys if (asked := world.rates[key].shown())},
        **{kind: [RENDERERS[kind](row) for row in table] for kind, table in tables.items()},
        "webhooks": [shown.row_of_endpoint(endpoint) for endpoint in world.endpoints.values()],
        "removed": {
            kind: [RENDERERS[kind](row) for row in table.removed if row.company_id in store.companies]
            for kind, table in tables.items()
        },
        "deliveries": [shown.row_of_delivery(delivery, turn) for delivery, turn in world.deliveries.turns()],
        "faults": [shown.row_of_planned(planned) for planned in world.faults],
        "timers": [{"at": render_exact(timer.at), "what": timer.kind, "id": timer.subject} for timer in world.timers],
    }


def tables_of(store: Store) -> dict[str, Table[Any]]:
    """By the kind of their rows."""
    return {
        "phoneNumbers": store.phone_numbers,
        "jobs": store.jobs,
        "agents": store.agents,
        "candidates": store.candidates,
        "interviews": store.interviews,
    }


def rows_by_kind(seed: Seed) -> dict[str, list[dict[str, Any]]]:
    """The rows of a seed as a state shows them."""
    models = {
        "companies": seed.companies,
        "keys": seed.keys,
        "phoneNumbers": seed.phone_numbers,
        "jobs": seed.jobs,
        "agents": seed.agents,
        "candidates": seed.candidates,
        "interviews": seed.interviews,
        "webhooks": seed.endpoints,
    }
    return {kind: [RENDERERS[kind](row) for row in rows] for kind, rows in models.items()}


def render_clock(world: World) -> dict[str, Any]:
    clock = {"mode": world.clock.mode, "now": render_exact(world.now())}
    return clock if world.clock.speed == 1 else {**clock, "speed": world.clock.speed}
