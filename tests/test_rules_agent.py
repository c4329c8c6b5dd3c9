"""An inline agent: what a PHONE agent needs beyond its schema."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mockserver.models import AgentDraft, PhoneNumber
from mockserver.rules.agent import number_id_is_an_id, number_is_the_companys, phone_agent_has_a_number
from mockserver.wire.drafts import parse_agent_draft
from tests.support import ACME, GLOBEX, INITECH, INLINE_AGENT, company, phone_number

AT = "/agent/companyPhoneNumberId"


def draft(**changes: object) -> AgentDraft:
    return parse_agent_draft({**INLINE_AGENT, **changes})


@pytest.mark.rule("AGENT-SHAPE")
@pytest.mark.parametrize(
    ("type", "number", "holds"),
    [
        ("PHONE", phone_number(), True),
        ("PHONE", None, False),
        ("ONLINE", None, True),
        ("UNDEFINED", None, True),
        ("", None, True),
    ],
    ids=["with a number", "without a number", "online", "undefined", "no type that could be read"],
)
def test_an_agent_that_calls_has_a_number_to_call_from(type: str, number: str | None, holds: bool) -> None:
    """companyPhoneNumberId is required when type is PHONE, and only then."""
    violation = phone_agent_has_a_number(draft(type=type, companyPhoneNumberId=number), "/agent")

    assert (violation is None) == holds
    assert violation is None or (violation.rule, violation.at) == ("AGENT-SHAPE", AT)


@pytest.mark.rule("ID-FORMAT")
@given(type=st.sampled_from(["PHONE", "ONLINE", "UNDEFINED"]), text=st.uuids().map(str) | st.text())
@example(type="PHONE", text="{11111111-0000-4000-8004-000000000001}")
@example(type="PHONE", text="11111111000040008004000000000001")
@example(type="PHONE", text="\ud800" * 36)
@example(type="PHONE", text="")
def test_the_number_is_named_by_a_uuid(type: str, text: str) -> None:
    """Looked at for a PHONE agent only; any version, hyphens where they belong."""
    is_uuid = len(text) == 36 and [place for place, sign in enumerate(text) if sign == "-"] == [8, 13, 18, 23]
    is_uuid = is_uuid and set(text) <= set("0123456789abcdefABCDEF-")

    violation = number_id_is_an_id(draft(type=type, companyPhoneNumberId=text), "/agent")

    assert (violation is None) == (type != "PHONE" or is_uuid)
    assert violation is None or (violation.rule, violation.at) == ("ID-FORMAT", AT)


@pytest.mark.rule("ID-FORMAT")
def test_a_missing_number_is_no_malformed_one() -> None:
    """That it is missing is said by another rule."""
    assert number_id_is_an_id(draft(type="PHONE"), "/agent") is None


@pytest.mark.rule("AGENT-SHAPE")
@pytest.mark.parametrize(
    ("owner", "holds"),
    [(company(GLOBEX), True), (company(ACME), False), (company(INITECH), False), (None, False)],
    ids=["the company's own", "another company's", "a third company's", "one that does not exist"],
)
def test_the_number_is_the_companys_own(owner: str | None, holds: bool) -> None:
    """Whose number it is, or whether there is one, is not told apart."""
    number = None if owner is None else PhoneNumber(phone_number(), owner, "+421220000001")

    violation = number_is_the_companys(number, company(GLOBEX), "/agent")

    assert (violation is None) == holds
    assert violation is None or (violation.status, violation.at) == (400, AT)
