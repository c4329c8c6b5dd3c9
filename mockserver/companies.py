"""The use cases of companies: those that a key speaks for, made and removed with all that they have."""

from dataclasses import replace
from datetime import datetime

from mockserver import progress, webhooks
from mockserver.caller import Caller
from mockserver.models import Company, CompanyDraft
from mockserver.pages import Asked, Page, page_of
from mockserver.rules import company, shape_of_metadata
from mockserver.world import World

# What a company that was made over the API may use before somebody grants it more. ASSUMED.
FIRST_MINUTES = 500


def create(caller: Caller, draft: CompanyDraft, now: datetime) -> Company:
    """A new company, from a draft whose shape was judged; the key manages it from now on."""
    world, key = caller.world, caller.key
    made = Company(
        id=world.ids.next("company"),
        name=draft.name or "",
        minutes_limit=FIRST_MINUTES,
        description=draft.description,
        owner_email=draft.owner_email,
        metadata=draft.metadata,
        created_at=now,
        updated_at=now,
    )
    world.store.companies[made.id] = made
    managed = world.keys[key.key].company_ids
    world.keys[key.key] = replace(key, company_ids=(*managed, made.id))
    return made


def get(caller: Caller, id: str) -> Company:
    found = caller.world.store.companies.get(id)
    caller.require(company.company_exists, found, id)
    caller.require(company.company_is_the_keys, id, caller.key.company_ids)
    assert found is not None
    return found


def page(caller: Caller, asked: Asked) -> Page[Company]:
    """The one company of an ordinary key, those that an ATS key manages."""
    mine = frozenset(caller.key.company_ids)
    return page_of((row for row in caller.world.store.companies.values() if row.id in mine), asked)


def update(caller: Caller, id: str, changes: CompanyDraft, now: datetime) -> Company:
    """
    Change what is given; metadata is merged, key by key at its top level, and keeps its limits as a whole.

    Raises:
        ApiError: 400, 403 or 404, and nothing has changed.
    """
    before = get(caller, id)
    metadata = before.metadata
    if changes.metadata is not None:
        metadata = {**(before.metadata or {}), **changes.metadata}
        caller.exchange.require_shape(shape_of_metadata(metadata, caller.world.readings, "/metadata"))
    after = replace(
        before,
        name=changes.name or before.name,
        description=changes.description or before.description,
        owner_email=changes.owner_email or before.owner_email,
        metadata=metadata,
        updated_at=now,
    )
    caller.world.store.companies[id] = after
    return after


def delete(caller: Caller, id: str) -> None:
    """With all that it has, its ordinary keys included; ATS keys manage the others as before."""
    world = caller.world
    get(caller, id)
    caller.shows("COMPANY-DELETE")  # rule: COMPANY-DELETE
    webhooks.publish_all(world)  # while its keys still reach its webhooks
    for interview in tuple(world.store.interviews.of_company(id)):
        progress.withdraw(world, interview)
    for table in (world.store.jobs, world.store.agents, world.store.candidates, world.store.phone_numbers):
        for row_id in [row.id for row in table.of_company(id)]:
            table.remove(row_id)
    lost = _forget_keys(world, id)
    for endpoint in tuple(world.endpoints.values()):
        if endpoint.company_id == id or endpoint.api_key_id in lost:
            webhooks.remove(world, endpoint.id)
    del world.store.companies[id]


def _forget_keys(world: World, id: str) -> set[str]:
    """The company's ordinary keys are gone, told by their ids; ATS keys no longer manage it."""
    lost = set()
    for key in tuple(world.keys.values()):
        if key.ats:
            left = tuple(company_id for company_id in key.company_ids if company_id != id)
            world.keys[key.key] = replace(key, company_ids=left)
        elif id in key.company_ids:
            lost.add(world.keys.pop(key.key).id)
    return lost
