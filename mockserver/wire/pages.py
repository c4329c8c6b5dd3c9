"""Pages of a list, as answered."""

from collections.abc import Callable
from typing import Any, TypeVar

from mockserver.pages import Page

T = TypeVar("T")


class RenderedPage(dict[str, Any]):
    """A page as the reference shows it: `data`, `total`, `page`, `limit`, `totalPages`."""


def render_page(page: Page[T], render: Callable[[T], Any]) -> RenderedPage:
    limit = page.asked.limit
    return RenderedPage(
        data=[render(row) for row in page.rows],
        total=page.total,
        page=page.asked.page,
        limit=limit,
        totalPages=-(-page.total // limit),
    )


def render_guides_page(page: RenderedPage) -> dict[str, Any]:
    """The same page as the guides show it, which wrap every answer."""
    number, last = page["page"], page["totalPages"]
    pagination = {
        "total": page["total"],
        "page": number,
        "limit": page["limit"],
        "totalPages": last,
        "hasNextPage": number < last,
        "hasPreviousPage": number > 1,
    }
    return {"items": page["data"], "pagination": pagination}
