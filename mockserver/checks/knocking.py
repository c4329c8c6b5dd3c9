"""Before anything is judged: whether something answers there that can be, and whether it takes the key."""

from mockserver.checks.answers import JSON, shown_content
from mockserver.checks.findings import CouldNotLook
from mockserver.checks.secrets import shortened
from mockserver.checks.target import OTHER, Exchange, Target

PATHS = ("/jobs?limit=1", "/candidates?limit=1", "/agents?limit=1", "/interviews?limit=1")
NOT_THERE = (404, 405, 501)


class WrongKey(Exception):
    """The server does not take the key; the message says what it answers."""


def knock(target: Target) -> None:
    """
    Ask for a list or two.

    Raises:
        WrongKey: the answer is 401.
        CouldNotLook: nothing answers, or nothing that could be judged.
    """
    told: dict[str, int] = {}
    for path in PATHS:
        exchange = target.request("GET", path, key=target.api_key)
        if exchange.status == 401:
            key = shortened(target.api_key)
            raise WrongKey(f"{target.base_url} does not take the key {key}: 401 {shown_content(exchange)}")
        _check_form(target, exchange)
        if exchange.status < 500 and exchange.status not in NOT_THERE:
            return
        told[path] = exchange.status
    advice = "nothing to be judged" if any(status >= 500 for status in told.values()) else "is its path right?"
    answered = ", ".join(f"{path.partition('?')[0]} with {status}" for path, status in told.items())
    raise CouldNotLook(f"{target.base_url} answers {answered}: {advice}")


def _check_form(target: Target, exchange: Exchange) -> None:
    if 300 <= exchange.status < 400:
        place = exchange.headers.get("location", "nowhere")
        raise CouldNotLook(f"{target.base_url} redirects to {place}, and redirects are not followed: give that URL")
    if exchange.json is None and exchange.content.strip() != b"null":
        media_type = exchange.headers.get("content-type") or "no content type"
        what = "what calls itself JSON and is none" if media_type.startswith(JSON) else f"{media_type}, not with JSON"
        raise CouldNotLook(f"{target.base_url} answers GET {exchange.request.path} with {exchange.status} and {what}")


def is_there(target: Target) -> None:
    """
    Raises:
        CouldNotLook: nothing answers any more.
    """
    target.request("GET", PATHS[0], key=target.api_key)


def meet_other(target: Target) -> None:
    """Take along the key of a second company that may do everything, where the control API knows one and nobody did."""
    if target.other_key is not None or target.world is None:
        return
    rows = target.world.call("GET", "/state")["keys"]
    mine = next(row for row in rows if row["key"] == target.api_key)
    for row in rows:
        if row.get("companyId") not in (None, mine.get("companyId")) and row["scopes"] == ["*"]:
            target.keys = {**target.keys, OTHER: row["key"]}
            return
