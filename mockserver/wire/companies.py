"""Companies and their phone numbers, on the wire."""

from typing import Any

from mockserver.models import Company, CompanyDraft, Json, PhoneNumber
from mockserver.readings import Readings
from mockserver.wire.fields import object_of, text_of
from mockserver.wire.instants import render_instant


def parse_company_draft(body: Json) -> CompanyDraft:
    return CompanyDraft(
        name=text_of(body, "name"),
        description=text_of(body, "description"),
        owner_email=text_of(body, "ownerEmail"),
        metadata=object_of(body, "metadata"),
    )


def render_company(company: Company, readings: Readings) -> dict[str, Any]:
    """What is always there, then what was given."""
    rendered: dict[str, Any] = {
        "id": company.id,
        "name": company.name,
        "createdAt": render_instant(company.created_at, readings),
        "updatedAt": render_instant(company.updated_at, readings),
    }
    given = {"description": company.description, "ownerEmail": company.owner_email, "metadata": company.metadata}
    return rendered | {name: value for name, value in given.items() if value is not None}


def render_phone_number(number: PhoneNumber, readings: Readings) -> dict[str, Any]:
    """Every number of the mock is of the one kind that the documents show, and nobody has said where it belongs."""
    return {
        "id": number.id,
        "number": number.number,
        "companyId": number.company_id,
        "capabilities": "OUTBOUND",
        "custom": False,
        "provider": "TWILIO",
        "status": "AVAILABLE",
        "numberType": "LOCAL",
        "createdAt": render_instant(number.created_at, readings),
        "updatedAt": render_instant(number.updated_at, readings),
        "location": None,
    }
