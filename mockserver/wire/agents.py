"""Agents as answered."""

from typing import Any

from mockserver.models import Agent
from mockserver.readings import Readings
from mockserver.wire.instants import render_instant


def render_agent(agent: Agent, readings: Readings) -> dict[str, Any]:
    """What is always there, then what was given beyond it."""
    optional = {
        "instructions": agent.instructions,
        "voiceId": agent.voice_id,
        "cefrLevel": agent.cefr_level,
        "companyPhoneNumberId": agent.phone_number_id,
        "metadata": agent.metadata,
    }
    return {
        "id": agent.id,
        "companyId": agent.company_id,
        "name": agent.name,
        "type": agent.type,
        "focus": agent.focus,
        "language": agent.language,
        "duration": agent.duration_minutes,
        "questions": list(agent.questions),
        "createdAt": render_instant(agent.created_at, readings),
        "updatedAt": render_instant(agent.updated_at, readings),
        **{name: value for name, value in optional.items() if value is not None},
    }
