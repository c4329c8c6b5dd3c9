"""Pages of a list, as answered."""

from collections.abc import Callable
from typing import Any, TypeVar

from mockserver.pages import Page

T = TypeVar("T")


def render_page(page: Page[T], render: Callable[[T], Any]) -> dict[str, Any]:
    limit = page.asked.limit
    return {
        "data": [render(row) for row in page.rows],
        "total": page.total,
        "page": page.asked.page,
        "limit": limit,
        "totalPages": -(-page.total // limit),
    }
