"""The use cases of agents."""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from mockserver import progress
from mockserver.caller import Caller
from mockserver.models import Agent, AgentDraft
from mockserver.pages import Asked, Page, page_of
from mockserver.rules import Question, access
from mockserver.rules import agent as rules
from mockserver.world import World


def judge(caller: Caller, draft: Agent | AgentDraft, at: str) -> None:
    """
    Of an agent, given inline or by itself, what only the store knows: whose phone number it calls from.

    Raises:
        ApiError: 400.
    """
    if draft.type == "PHONE":
        number = caller.world.store.phone_numbers.get(draft.phone_number_id or "")
        caller.exchange.require_shape([(rules.number_is_the_companys, (number, caller.company_id, at))])


def stored(world: World, company_id: str, draft: AgentDraft, now: datetime) -> Agent:
    """A new agent, given inline or by itself; its draft was judged."""
    made = Agent(id=world.ids.next("agent"), company_id=company_id, created_at=now, updated_at=now, **_given(draft))
    return _put(world, made)


def _given(draft: AgentDraft) -> dict[str, Any]:
    return {field.name: value for field in fields(draft) if (value := getattr(draft, field.name)) is not None}


def _put(world: World, agent: Agent) -> Agent:
    """An agent that does not call has no number to call from."""
    agent = agent if agent.type == "PHONE" else replace(agent, phone_number_id=None)
    world.store.agents.put(agent)
    return agent


def create(caller: Caller, draft: AgentDraft, now: datetime) -> Agent:
    """
    Raises:
        ApiError: 400, the phone number is not the company's.
    """
    judge(caller, draft, "")
    return stored(caller.world, caller.company_id, draft, now)


def get(caller: Caller, id: str) -> Agent:
    """
    Raises:
        ApiError: 404 or 403.
    """
    return caller.own("agent", caller.world.store.agents.get(id), id, access.agent_exists, "", at="")


def page(caller: Caller, asked: Asked) -> Page[Agent]:
    """The company's agents; filters: `type`, `focus`, and `search` in the name."""
    owned = caller.world.store.agents.of_company(caller.company_id)
    return page_of(owned, asked, _filter(asked) if asked.filters else None)


def _filter(asked: Asked) -> Callable[[Agent], bool]:
    type, focus = asked.filters.get("type"), asked.filters.get("focus")
    sought = asked.filters.get("search", "").casefold()

    def keep(agent: Agent) -> bool:
        return type in (None, agent.type) and focus in (None, agent.focus) and sought in agent.name.casefold()

    return keep


def update(caller: Caller, id: str, draft: AgentDraft, now: datetime) -> Agent:
    """
    An agent with what the draft gives replaced; interviews under way keep to the minutes that they reserved.

    Raises:
        ApiError: 404 or 403; 400 where what is given does not go with what stays.
    """
    agent = replace(get(caller, id), updated_at=now, **_given(draft))
    calls: list[Question] = [(rules.phone_agent_has_a_number, (agent, "")), (rules.number_id_is_an_id, (agent, ""))]
    caller.exchange.require_shape(calls)
    judge(caller, agent, "")
    return _put(caller.world, agent)


def delete(caller: Caller, id: str) -> None:
    """
    The agent goes; whether its interviews go with it, the reading `agent_deletion` says.

    Raises:
        ApiError: 404 or 403.
    """
    get(caller, id)
    caller.shows("AGENT-DELETE")  # rule: AGENT-DELETE
    world = caller.world
    if world.readings.agent_deletion == "cascade":
        for interview in list(world.store.interviews.of_agent(id)):
            progress.withdraw(world, interview)
    world.store.agents.remove(id)
