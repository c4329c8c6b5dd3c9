"""What belongs to other companies, shown or taken."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from mockserver import billing_usage, webhooks
from mockserver.caller import Caller
from mockserver.errors import Violation
from mockserver.models import ApiKey
from mockserver.rules import access
from mockserver.store import Table
from mockserver.world import World
from tests.mutants.fault import Fault, breaking
from tests.mutants.patches import Judge, Right, instead, judged, method


def _all_rows(_right: Right, table: Table[Any], _company_id: str) -> Iterable[Any]:
    return list(table)


def _usage_of_all(right: Right, caller: Caller, *rest: Any) -> Any:
    everybody = ApiKey("", tuple(caller.world.store.companies), True, frozenset())
    return right(replace(caller, key=everybody, company_id=""), *rest)


def _named(right: Judge, kind: str, owner: str | None, company_id: str, at: str) -> Violation | None:
    violation = right(kind, owner, company_id, at)
    return None if violation is None else replace(violation, message=f"This {kind} belongs to company {owner}")


def _own_only(*spared: str) -> Callable[..., Violation | None]:
    """Ownership that is not asked of some kinds."""

    def wrong(right: Judge, kind: str, *values: Any) -> Violation | None:
        return None if kind in spared else right(kind, *values)

    return wrong


def _named_only(*places: str) -> Callable[..., Violation | None]:
    """Ownership that is not asked of what bodies name in some places."""

    def wrong(right: Judge, kind: str, owner: str | None, company_id: str, at: str) -> Violation | None:
        return None if at.startswith(places) else right(kind, owner, company_id, at)

    return wrong


def _hears_of_all(_right: Right, world: World, event_type: str, _company_id: str) -> list[Any]:
    return [endpoint for endpoint in world.endpoints.values() if not endpoint.events or event_type in endpoint.events]


FAULTS = (
    *breaking("COMPANY-OWN")(
        ("foreign-rows-listed", "Lists have rows of other companies.", method(Table, "of_company", _all_rows)),
        ("foreign-usage", "Usage is that of all companies.", instead(billing_usage.usage, _usage_of_all)),
        (
            "foreign-owner-named",
            "A refusal names the company to which something belongs.",
            judged(access.is_the_companys, _named),
        ),
        (
            "foreign-job-linked",
            "A candidate may be linked to another company's job.",
            judged(access.is_the_companys, _named_only("/jobIds")),
        ),
        (
            "foreign-webhooks-hear",
            "Webhooks hear of other companies' interviews.",
            instead(webhooks.audience, _hears_of_all),
        ),
    ),
    *(
        Fault(
            f"foreign-{kind}-open",
            f"Another company's {kind} can be read, changed and deleted.",
            ("COMPANY-OWN",),
            judged(access.is_the_companys, _own_only(kind)),
        )
        for kind in ("job", "candidate", "agent", "interview")
    ),
    *(
        Fault(
            f"foreign-{name}-taken",
            f"An interview may name another company's {what}.",
            ("COMPANY-OWN",),
            judged(access.is_the_companys, _named_only(f"/{name}")),
        )
        for name, what in (("candidateId", "candidate"), ("agentId", "agent"), ("jobId", "job"))
    ),
)
