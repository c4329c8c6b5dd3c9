"""An agent, inline with an interview or by itself."""

from mockserver.errors import Violation, cut
from mockserver.ids import normal_id
from mockserver.models import Agent, AgentDraft, PhoneNumber
from mockserver.rulebook import rule


@rule("AGENT-SHAPE")
def phone_agent_has_a_number(draft: Agent | AgentDraft, at: str) -> Violation | None:
    if draft.type == "PHONE" and draft.phone_number_id is None:
        fix = "add companyPhoneNumberId, or make type ONLINE"
        return Violation(400, "is required when type is PHONE", at=f"{at}/companyPhoneNumberId", fix=fix)
    return None


@rule("ID-FORMAT")
def number_id_is_an_id(draft: Agent | AgentDraft, at: str) -> Violation | None:
    """Looked at for a PHONE agent only."""
    text = draft.phone_number_id
    if draft.type != "PHONE" or text is None or normal_id(text) is not None:
        return None
    return Violation(400, f"must be a UUID, not {cut(text)!r}", at=f"{at}/companyPhoneNumberId", fix="a UUID")


@rule("AGENT-SHAPE")
def number_is_the_companys(number: PhoneNumber | None, company_id: str, at: str) -> Violation | None:
    if number is not None and number.company_id == company_id:
        return None
    text = "must be one of the company's own phone numbers"
    return Violation(400, text, at=f"{at}/companyPhoneNumberId", fix="the id of a phone number of this company")
