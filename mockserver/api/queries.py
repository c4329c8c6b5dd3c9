"""What a list asks for in its query: a page, and filters."""

from collections.abc import Mapping, Sequence
from typing import Literal

from starlette.requests import Request

from mockserver.api.answering import exchange_of
from mockserver.pages import Asked
from mockserver.rules import Question, form

Filter = Literal["id", "text"] | tuple[str, ...]  # a tuple lists the values there are
MAX_PAGE, MAX_LIMIT = 10_000, 100


def page_asked(request: Request, filters: Mapping[str, Filter] | None = None) -> Asked:
    """
    Args:
        filters: the query parameters that narrow the list, each with what its value may be.

    Raises:
        ApiError: 400, with everything that is wrong.
    """
    query, filters = request.query_params, filters or {}
    asked = {name: query.getlist(name) for name in ("page", "limit", *filters)}
    questions: list[Question] = [
        (form.number_is_in_range, ("page", asked["page"], 1, MAX_PAGE)),
        (form.number_is_in_range, ("limit", asked["limit"], 1, MAX_LIMIT)),
        *(_question(name, kind, asked[name]) for name, kind in filters.items()),
    ]
    check_query(request, questions)
    exchange_of(request).held.append("PAGINATION")
    first = {name: values[0] for name, values in asked.items() if values}
    page, limit = int(first.pop("page", 1)), int(first.pop("limit", 20))
    return Asked(page, limit, {name: text.lower() if filters[name] == "id" else text for name, text in first.items()})


def _question(name: str, kind: Filter, values: Sequence[str]) -> Question:
    if kind == "id":
        return form.filter_is_an_id, (name, values)
    if kind == "text":
        return form.filter_is_given_once, (name, values)
    return form.filter_is_one_of, (name, values, kind)


def check_query(request: Request, questions: Sequence[Question]) -> None:
    """
    Raises:
        ApiError: 400, with every violation.
    """
    exchange_of(request).require_shape(questions)
