"""Minutes of a company."""

from mockserver.errors import Violation
from mockserver.models import Company
from mockserver.rulebook import rule


@rule("BILLING-LIMIT")
def minutes_are_left(company: Company, needed: int) -> Violation | None:
    """
    Args:
        needed: minutes; one that pays by credits has no limit of them.
    """
    if company.billing_system == "credits" or needed <= company.minutes_left:
        return None
    text = f"Billing limit exceeded: the interview needs {needed} minutes, {company.minutes_left} are left"
    return Violation(403, text, fix="use isTest: true, a shorter agent, or a company with more minutes")
