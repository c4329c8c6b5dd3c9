"""Companies: which there are, and whose."""

from collections.abc import Sequence

from mockserver.errors import Violation
from mockserver.models import ApiKey
from mockserver.rulebook import rule
from mockserver.rules.access import not_found


@rule("ATS-ONLY")
def key_is_ats(key: ApiKey) -> Violation | None:
    if key.ats:
        return None
    return Violation(403, "Only ATS keys can create companies", fix="use an ATS key")


@rule("COMPANY-EXISTS")
def company_exists(found: object, id: str, at: str = "") -> Violation | None:
    return None if found is not None else not_found("company", id, at)


@rule("COMPANY-OWN")
def company_is_the_keys(id: str, managed: Sequence[str], at: str = "") -> Violation | None:
    if id in managed:
        return None
    fix = "use the id of a company that GET /company lists"
    return Violation(403, "Access denied to this company", at=at, fix=fix)
