"""Lists, page by page."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mockserver import agents, candidates, jobs, pages, webhook_config
from mockserver.pages import Asked, Page
from tests.mutants.fault import Fault, breaking
from tests.mutants.patches import Right, Told, instead, told


def _of_resource(change: Callable[[Any], Any]) -> Callable[[Told], Told]:
    """Successes that show something."""
    return lambda answer: answer.saying(change(answer.json)) if answer.status < 300 and answer.content else answer


def _page(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[Told], Told]:
    """What lists answer."""
    return _of_resource(
        lambda shown: {**shown, **change(shown)} if isinstance(shown, dict) and "totalPages" in shown else shown
    )


def _cut(first: Callable[[Asked], int]) -> Callable[..., Page[Any]]:
    """Pages that begin elsewhere."""

    def wrong(_right: Right, rows: Any, asked: Asked, keep: Any = None) -> Page[Any]:
        chosen = [row for row in rows if keep is None or keep(row)]
        start = max(0, first(asked))
        return Page(chosen[start : start + asked.limit], len(chosen), asked)

    return wrong


def _newest_first(right: Right, rows: Any, asked: Asked, keep: Any = None) -> Any:
    return right(list(rows)[::-1], asked, keep)


def _changed_last(right: Right, rows: Any, asked: Asked, keep: Any = None) -> Any:
    return right(sorted(rows, key=lambda row: getattr(row, "updated_at", 0)), asked, keep)


def _unfiltered(right: Right, rows: Any, asked: Asked, _keep: Any = None) -> Any:
    return right(rows, asked, None)


def _without_filter(name: str) -> Callable[..., Page[Any]]:
    """One filter is not looked at."""

    def wrong(right: Right, caller: Any, asked: Asked) -> Any:
        left = {other: value for other, value in asked.filters.items() if other != name}
        return right(caller, replace(asked, filters=left))

    return wrong


def _total_of_page(right: Right, rows: Any, asked: Asked, keep: Any = None) -> Page[Any]:
    page = right(rows, asked, keep)
    return replace(page, total=len(page.rows))


def _cut_short(rows: Callable[[Page[Any]], int]) -> Callable[..., Page[Any]]:
    """Pages of which the first so many rows are shown."""

    def wrong(right: Right, all_rows: Any, asked: Asked, keep: Any = None) -> Page[Any]:
        page = right(all_rows, asked, keep)
        return replace(page, rows=page.rows[: rows(page)])

    return wrong


def _last_row_dropped(page: Page[Any]) -> int:
    return len(page.rows) - (page.asked.page > 1 and page.asked.limit >= 20)


def _backwards(right: Right, *values: Any) -> Page[Any]:
    page = right(*values)
    return replace(page, rows=page.rows[::-1])


def _filtered_backwards(right: Right, caller: Any, asked: Asked) -> Page[Any]:
    return _backwards(right, caller, asked) if "status" in asked.filters else right(caller, asked)


def _as_written(right: Right, caller: Any, asked: Asked) -> Any:
    """Who looks for a name has to write its capitals."""
    sought = asked.filters.get("search", "")
    found = right(caller, asked)
    return found if sought == sought.title() else replace(found, rows=(), total=0)


FAULTS = (
    *breaking("PAGINATION")(
        ("total-of-page", "The total counts the rows of the page.", instead(pages.page_of, _total_of_page)),
        (
            "pages-rounded-down",
            "A last page that is not full is not counted.",
            told(_page(lambda shown: {"totalPages": shown["total"] // shown["limit"]})),
        ),
        (
            "pages-one-at-least",
            "An empty list has one page.",
            told(_page(lambda shown: {"totalPages": max(1, shown["totalPages"])})),
        ),
        (
            "pages-from-zero",
            "Pages are numbered from 0 inside.",
            instead(pages.page_of, _cut(lambda asked: asked.page * asked.limit)),
        ),
        (
            "pages-overlap",
            "Pages overlap by a row.",
            instead(pages.page_of, _cut(lambda asked: (asked.page - 1) * asked.limit - 1)),
        ),
        (
            "page-size-ignored",
            "Pages have 20 rows, whatever is asked for.",
            instead(
                pages.page_of,
                lambda right, rows, asked, keep=None: replace(right(rows, replace(asked, limit=20), keep), asked=asked),
            ),
        ),
        (
            "three-pages-at-most",
            "Pages after the third are empty.",
            instead(pages.page_of, _cut_short(lambda page: 100 if page.asked.page <= 3 else 0)),
        ),
        (
            "last-row-dropped",
            "Pages of 20 lack their last row, but for the first.",
            instead(pages.page_of, _cut_short(_last_row_dropped)),
        ),
        ("fifty-rows-at-most", "Pages have 50 rows at most.", instead(pages.page_of, _cut_short(lambda _: 50))),
        ("agents-backwards", "Agents come newest first.", instead(agents.page, _backwards)),
        ("webhooks-backwards", "Webhooks come newest first.", instead(webhook_config.page, _backwards)),
        (
            "candidates-interviews-backwards",
            "A candidate's own list of interviews has the newest first.",
            instead(candidates.interviews, _backwards),
        ),
        ("filtered-backwards", "Jobs with a status come newest first.", instead(jobs.page, _filtered_backwards)),
        ("search-by-case", "Names of candidates have their capitals.", instead(candidates.page, _as_written)),
        ("newest-first", "Lists begin with what is newest.", instead(pages.page_of, _newest_first)),
        ("changed-last", "What was changed goes to the end of lists.", instead(pages.page_of, _changed_last)),
        ("filters-ignored", "Filters are not looked at.", instead(pages.page_of, _unfiltered)),
        (
            "search-in-addresses",
            "Who looks for a name finds addresses.",
            instead(
                candidates._searched,
                lambda _right, candidate, _: (candidate.first_name, candidate.last_name, candidate.email or ""),
            ),
        ),
    ),
    *(
        Fault(
            f"filter-{name.lower()}-ignored",
            f"Candidates are not narrowed to a {what}.",
            ("PAGINATION",),
            instead(candidates.page, _without_filter(name)),
        )
        for name, what in (("status", "status"), ("search", "name"), ("jobId", "job"))
    ),
)
