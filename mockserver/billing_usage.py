"""What companies have used in a range of time: minutes, or credits by the price of each interview's focus."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from mockserver.caller import Caller
from mockserver.models import Company, CompanyUsage, Interview
from mockserver.rules.usage import DEFAULT_RANGE, parse_end, parse_start, range_is_ordered
from mockserver.world import World

EARLIEST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Price:
    """In credits; minutes beyond those that are included cost extra."""

    base_cost: int
    included_minutes: int
    cost_per_minute: int


# PUBLIC is the form of a price, by focus; every figure is ASSUMED.
PRICES: Mapping[str, Price] = {
    "GENERIC": Price(4, 10, 1),
    "SCREENING": Price(5, 15, 1),
    "OUTREACH": Price(3, 5, 1),
    "LANGUAGE_TEST": Price(6, 10, 1),
}


def usage(caller: Caller, start: str | None, end: str | None, now: datetime) -> Sequence[CompanyUsage]:
    """
    Of the company that was asked for, or of all that the key speaks for.

    Args:
        start, end: dates or date-times whose form was judged; the end is counted in.

    Raises:
        ApiError: 400, the range ends before it starts.
    """
    world = caller.world
    until = now if end is None else parse_end(end, world.readings)
    since = until - min(DEFAULT_RANGE, until - EARLIEST) if start is None else parse_start(start, world.readings)
    caller.require(range_is_ordered, since, until)
    caller.shows("USAGE-TEST")
    ids = (caller.company_id,) if caller.company_id else caller.key.company_ids
    return [_of_company(world, world.store.companies[id], since, until) for id in ids]


def _of_company(world: World, company: Company, since: datetime, until: datetime) -> CompanyUsage:
    ended = [row for row in _completed(world, company.id) if row.finished_at and since <= row.finished_at <= until]
    return CompanyUsage(company, len(ended), sum(_spent(world, company, interview) for interview in ended))


def _completed(world: World, company_id: str) -> Iterator[Interview]:
    """Those that count, deleted ones too: what was used stays used."""
    # rule: USAGE-TEST
    for interview in world.store.interviews.ever_of_company(company_id):
        if interview.status == "COMPLETED" and not interview.is_test:
            yield interview


def _spent(world: World, company: Company, interview: Interview) -> int:
    minutes = interview.duration_minutes or 0
    if company.billing_system == "minutes":
        return minutes
    price = PRICES[world.store.agents.past(interview.agent_id).focus]
    return price.base_cost + price.cost_per_minute * max(0, minutes - price.included_minutes)
