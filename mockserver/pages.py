"""Pages of a list: cut from what a company owns, oldest first, so that they stay put while things are created."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asked:
    """`page` counts from 1; `filters` by the names of query parameters, ids in lower case."""

    page: int
    limit: int
    filters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    rows: Sequence[T]
    total: int
    asked: Asked


def page_of(rows: Iterable[T], asked: Asked, keep: Callable[[T], bool] | None = None) -> Page[T]:
    """
    Args:
        keep: what the filters leave; None where nothing is filtered.
    """
    # rule: PAGINATION
    chosen = list(rows) if keep is None else [row for row in rows if keep(row)]
    first = (asked.page - 1) * asked.limit
    return Page(list(islice(chosen, first, first + asked.limit)), len(chosen), asked)
