"""Before anything is judged: whether something answers there that can be, and whether it takes the key."""

from contextlib import suppress
from urllib.parse import urljoin, urlsplit

from mockserver.checks.answers import JSON, shown_content
from mockserver.checks.expectations import Answer
from mockserver.checks.findings import CouldNotLook
from mockserver.checks.secrets import shortened
from mockserver.checks.target import OTHER, Exchange, NotSent, Target

PATHS = ("/jobs?limit=1", "/candidates?limit=1", "/agents?limit=1", "/interviews?limit=1")
NOT_THERE = (404, 405, 501)


class WrongKey(Exception):
    """A key, or a token, does not open what it has to; the message says what the server answers."""


def knock(target: Target) -> None:
    """
    Ask for a list or two.

    Raises:
        WrongKey: the answer is 401, or every list is refused.
        CouldNotLook: nothing answers, or nothing that could be judged.
    """
    told: dict[str, int] = {}
    refused = ""
    for path in PATHS:
        exchange = target.request("GET", path, key=target.api_key)
        if exchange.status == 401:
            raise _wrong(target, target.api_key, exchange)
        _check_form(target, exchange)
        if exchange.status < 400:
            return
        if exchange.status < 500 and exchange.status not in NOT_THERE:
            refused = refused or f"{exchange.status} {shown_content(exchange)}"
        told[path] = exchange.status
    if refused:
        key = shortened(target.api_key)
        raise WrongKey(f"{target.base_url} shows the key {key} no list: {refused}; it takes a key of one company")
    advice = "nothing to be judged" if any(status >= 500 for status in told.values()) else "is its path right?"
    answered = ", ".join(f"{path.partition('?')[0]} with {status}" for path, status in told.items())
    raise CouldNotLook(f"{target.base_url} answers {answered}: {advice}")


def _wrong(target: Target, key: str, exchange: Exchange) -> WrongKey:
    return WrongKey(f"{target.base_url} does not take the key {shortened(key)}: 401 {shown_content(exchange)}")


def _check_form(target: Target, exchange: Exchange) -> None:
    if 300 <= exchange.status < 400:
        place = _place_of(exchange)
        raise CouldNotLook(f"{target.base_url} redirects to {place}, and redirects are not followed: give its new URL")
    if exchange.status == 429:
        raise CouldNotLook(f"{target.base_url} has no requests left for the key: 429 {shown_content(exchange)}")
    if exchange.json is None and exchange.content.strip() != b"null":
        media_type = exchange.headers.get("content-type") or "no content type"
        what = "what calls itself JSON and is none" if media_type.startswith(JSON) else f"{media_type}, not with JSON"
        raise CouldNotLook(f"{target.base_url} answers GET {exchange.request.path} with {exchange.status} and {what}")


def _place_of(exchange: Exchange) -> str:
    """Where a redirect leads to, whole, without a user's name."""
    place = exchange.headers.get("location")
    if place is None:
        return "nowhere"
    try:
        url = urlsplit(urljoin(exchange.base_url + exchange.request.path, place))
    except ValueError:
        return "what is no URL"
    return url._replace(netloc=url.netloc.rpartition("@")[2]).geturl()


def is_there(target: Target) -> None:
    """
    Ask for a list, unless that is held back: then nobody can tell.

    Raises:
        CouldNotLook: nothing answers any more.
    """
    with suppress(NotSent):
        target.request("GET", PATHS[0], key=target.api_key)


def meet_other(target: Target) -> None:
    """
    Take along the key of a second company that may do everything, where the control API knows one and nobody did.

    Raises:
        WrongKey: one was given that the server does not take, or that opens the company under check.
    """
    if target.other_key is not None:
        _check_other(target, target.other_key)
    if target.other_key is not None or target.world is None:
        return
    rows = target.world.call("GET", "/state")["keys"]
    mine = next(row for row in rows if row["key"] == target.api_key)
    for row in rows:
        if row.get("companyId") not in (None, mine.get("companyId")) and row["scopes"] == ["*"]:
            target.keys = {**target.keys, OTHER: row["key"]}
            return


def _check_other(target: Target, other_key: str) -> None:
    exchange = target.request("GET", "/company", key=other_key)
    if exchange.status == 401:
        raise _wrong(target, other_key, exchange)
    mine = _companies(target.request("GET", "/company", key=target.api_key))
    if other_key == target.api_key or mine & _companies(exchange):
        raise WrongKey(f"--other-key {shortened(other_key)} opens the company under check: it takes another company's")


def _companies(exchange: Exchange) -> set[str]:
    """The ids of those that a key may see; none where the answer has another form, which others judge."""
    said = Answer(exchange.status, exchange.headers, exchange.json).said()
    rows = said.get("data") if isinstance(said, dict) else None
    return {str(row.get("id")) for row in rows if isinstance(row, dict)} if isinstance(rows, list) else set()


def meet_control(target: Target) -> None:
    """
    Raises:
        WrongKey: a token was given, and no control API lets it in.
    """
    if target.admin_token is not None and target.control is None:
        raise WrongKey(f"no control API at {target.base_url} takes the --admin-token")
