"""What a test adds to its world before it begins: rows from `mockserver.builders`."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any
from uuid import UUID

from mockserver.builders import Row
from mockserver.client import Caller
from mockserver.errors import ControlError
from mockserver.plugin.arguments import demand
from mockserver.plugin.telling import shown
from mockserver.plugin.views import company_id_of

__tracebackhide__ = True  # pytest shows the line that called

Rows = dict[str, list[dict[str, Any]]]


def seed(calls: Caller, rows: Iterable[Row], company_id: str) -> Rows:
    """
    Add rows and what they refer to, all or nothing.

    Args:
        company_id: whose they are that name no company.

    Returns:
        The rows that were added by kind, as `state()` shows them.

    Raises:
        KeyError: the name of a company that there is not.
        TypeError: something that no builder made.
        ValueError: the name of several companies.
        ControlError: a row that no world may hold; the message has its path in the world file.
    """
    for row in rows:
        demand("seed() takes rows of mockserver.builders: seed(job(), candidate())", row, Row)
    world = partial_world(rows, company_id, lambda: _ids_in(calls))
    _resolve_names(world, calls)
    try:
        added: Rows = calls.call("POST", "/seed", world)
    except ControlError as error:
        raise ControlError(error.status, error.code, f"{error}{_row_of(error, world)}", error.details) from None
    return added


def _row_of(error: ControlError, world: Rows) -> str:
    """The row that a refusal points to, whose place in the lists no test has ever seen."""
    at = error.details["at"].split("/") if isinstance(error.details, dict) else []
    return f", in {shown(world[at[1]][int(at[2])])}" if len(at) > 2 else ""


def partial_world(rows: Iterable[Row], company_id: str, ids_there: Callable[[], set[str]]) -> Rows:
    """
    Rows and what they refer to, as a partial world file.

    Args:
        ids_there: of rows that the world has already; asked for only where rows bring others along.
    """
    given = {row.id: row for row in rows}
    brought = {row.id: row for row in _brought(given.values()) if row.id not in given}
    there = ids_there() if brought else set()
    world: Rows = {}
    for row in (*(row for id, row in brought.items() if id not in there), *given.values()):
        is_owned = row.kind not in ("companies", "keys") and "companyId" not in row
        world.setdefault(row.kind, []).append({**row, **({"companyId": company_id} if is_owned else {})})
    return world


def _resolve_names(world: Rows, calls: Caller) -> None:
    """Ids instead of the names of companies, which the world or these rows have."""
    named = [row for listed in world.values() for row in listed if _is_name(row.get("companyId"))]
    if named:
        companies = [*calls.call("GET", "/state")["companies"], *world.get("companies", ())]
        for row in named:
            row["companyId"] = company_id_of(row["companyId"], companies)


def _is_name(company: str | None) -> bool:
    try:
        return company is not None and not UUID(company)
    except ValueError:
        return True


def _brought(rows: Iterable[Row]) -> Iterator[Row]:
    for row in rows:
        yield from row.refers_to
        yield from _brought(row.refers_to)


def _ids_in(calls: Caller) -> set[str]:
    kinds = [rows for rows in calls.call("GET", "/state").values() if isinstance(rows, list)]
    return {row["id"] for rows in kinds for row in rows if "id" in row}
