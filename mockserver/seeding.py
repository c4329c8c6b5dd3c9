"""Rows that are added to a world: judged without touching anything, then put there in one step."""

from dataclasses import replace

from mockserver import progress, webhooks
from mockserver.ids import Ids
from mockserver.rates import Rates
from mockserver.world import Seed, World
from mockserver.worldfile import parse_rows


def judged(world: World, value: object) -> tuple[Seed, Ids]:
    """
    Rows for a world, and its ids as they are once these are there.

    Raises:
        WorldFileError: they are wrong, or do not go with what the world has.
    """
    ids = Ids(world.ids.seed, world.ids.counts, world.ids.taken)
    rows = parse_rows(value, world, ids, world.now())
    ids.taken |= rows.ids()
    return rows, ids


def add(world: World, rows: Seed, ids: Ids) -> None:
    """Put rows in a world that were judged there and then; its living interviews hold minutes and go on."""
    world.ids = ids
    world.keys |= {key.key: key for key in rows.keys}
    world.rates |= {key.key: Rates() for key in rows.keys}
    store = world.store
    store.companies |= {company.id: company for company in rows.companies}
    for number in rows.phone_numbers:
        store.phone_numbers.put(number)
    for job in rows.jobs:
        store.jobs.put(job)
    for agent in rows.agents:
        store.agents.put(agent)
    for candidate in rows.candidates:
        store.candidates.put(candidate)
    for endpoint in rows.endpoints:
        webhooks.put(world, endpoint)
    made = {company.id for company in rows.companies}
    for interview in rows.interviews:
        if interview.company_id not in made:  # those hold them already
            company = store.companies[interview.company_id]
            held = company.minutes_reserved + interview.reserved_minutes
            store.companies[company.id] = replace(company, minutes_reserved=held)
        store.interviews.put(interview)
        progress.resume_one(world, interview)
