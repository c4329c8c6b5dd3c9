"""Judges the world of a strict test once its body has passed: whatever went otherwise than planned fails the test."""

from collections import Counter
from collections.abc import Iterator, Sequence
from urllib.parse import parse_qs

import pytest

from mockserver.contract import operations, resolved
from mockserver.plugin.instaview import WorldView
from mockserver.plugin.opening import GONE
from mockserver.plugin.story import why
from mockserver.plugin.strays import strays_of
from mockserver.plugin.views import Row

MAX_SHOWN = 20
WAIT = '.clock.advance(until="idle")'
OVER = ("delivered", "skipped")  # skipped: somebody switched the webhook off, or it failed before


def judge(worlds: Sequence[WorldView], is_shared: bool) -> None:
    """
    Args:
        is_shared: whether others use the server of `instaview` too.

    Raises:
        pytest.fail.Exception: something was found; a line for each, without a traceback.
    """
    try:
        found = [(world, text) for world in worlds for text in findings(world, is_shared)]
    except GONE as error:
        found = [(worlds[0], f"nobody can say what happened in its world: {error}")]
    if found:
        raise pytest.fail.Exception(_told(found, with_fixture=len(worlds) > 1), pytrace=False)


def _told(found: Sequence[tuple[WorldView, str]], with_fixture: bool) -> str:
    counted = Counter(f"{world.fixture}: {text}" if with_fixture else text for world, text in found)
    lines = [text + (f" ({times} times)" if times > 1 else "") for text, times in counted.items()]
    if len(lines) == 1:
        return f"instaview (strict): {lines[0]}"
    hidden = [f"… and {len(lines) - MAX_SHOWN} more"] if len(lines) > MAX_SHOWN else []
    listed = "".join(f"\n  - {line}" for line in [*lines[:MAX_SHOWN], *hidden])
    return f"instaview (strict): {len(lines)} findings in a test that passes otherwise{listed}"


def findings(world: WorldView, is_shared: bool) -> Iterator[str]:
    """What went otherwise than planned, a sentence each with its remedy."""
    world.settle()  # so that no delivery is judged by how fast the test was over
    strays = (row for row in strays_of(world, is_shared) if not row["late"])
    for exchange in [*world.control.call("GET", "/requests"), *strays]:
        yield from _refusal(exchange, world)
        yield from _unread(exchange)
    for fault in world.control.call("GET", "/faults"):
        yield from _unmet(fault)
    yield from _undelivered(world)


def _refusal(exchange: Row, world: WorldView) -> Iterator[str]:
    """A rule's no is judged, an answer that a planned fault made is not."""
    status, decided = exchange["response"]["status"], exchange["decided"]
    asked = f"{exchange['method']} {exchange['path']}"
    if unmeant := [no for no in decided if no["rule"] not in world.expected]:
        names = ", ".join(f'"{rule}"' for rule in dict.fromkeys(no["rule"] for no in unmeant))
        yield f"{asked} → {status}{why(unmeant)}; or, if the test means it: {world.fixture}.allow_refusal({names})"
    elif status >= 400 and not decided and not exchange["fault"]:
        yield f"{asked} → {status}, which no rule says: a mistake of the mock, please report it"


def _unread(exchange: Row) -> Iterator[str]:
    is_told = any(no["rule"] == "UNKNOWN-FIELDS" for no in exchange["decided"])
    if names := [*([] if is_told else exchange["unread"]), *_unread_parameters(exchange)]:
        asked = f"{exchange['method']} {exchange['path']}"
        yield f"{asked} sent fields that nobody reads, {', '.join(names)}: check how they are spelt, or leave them out"


def _unread_parameters(exchange: Row) -> Iterator[str]:
    """Of the query: `?limti` of an operation that takes `limit`."""
    if exchange["operation"] is not None:
        parameters = map(resolved, operations()[exchange["operation"]].spec.get("parameters", ()))
        known = {parameter["name"] for parameter in parameters if parameter["in"] == "query"}
        sent = parse_qs(exchange["query"], keep_blank_values=True)
        yield from (f"?{name}" for name in sent if name not in known)


def _unmet(fault: Row) -> Iterator[str]:
    times, met = fault["times"], fault["met"]
    if met < (times or 1):
        match = ", ".join(f"{name} {value}" for name, value in fault["match"].items())
        often = f"{met} of {times} times" if times else "never"
        came = f"{fault['fitted']} things that fit it" if fault["fitted"] else "nothing that fits it"
        remedy = f"bring it about, {'plan it for fewer times, ' if (times or 1) > 1 else ''}or .cancel() it"
        yield f"the planned fault {fault['kind']} ({match}) was met {often}, as {came} came by: {remedy}"


def _undelivered(world: WorldView) -> Iterator[str]:
    """
    A webhook that waits for a retry, or for a fault to let it go, has not been delivered. What planned faults alone
    have spoilt went as planned.
    """
    deliveries = world.control.call("GET", "/deliveries")
    missing = [row for row in deliveries if row["status"] not in OVER and not _was_spoilt(row)]
    if missing:
        due = {timer["id"]: timer["at"] for timer in world.control.call("GET", "/state")["timers"]}
        held_up = {row["webhookId"] for row in deliveries if row["id"] in due}
        yield from (_fate(row, due.get(row["id"]), row["webhookId"] in held_up) for row in missing)


def _was_spoilt(delivery: Row) -> bool:
    attempts = delivery["attempts"]
    return bool(attempts) and all(attempt["fault"] for attempt in attempts)


def _fate(delivery: Row, due: str | None, behind: bool) -> str:
    what = f"the webhook {delivery['event']} was not delivered to {delivery['url']}"
    if delivery["status"] == "undelivered":
        return f"{what}: {delivery['error']}; remove a webhook only when nothing is on its way there"
    if delivery["status"] == "failed":
        return f"{what}: {delivery['error']}; let the receiver answer 2xx, or do not register it for this event"
    return f"{what}: {_so_far(delivery, due, behind)}; let the receiver answer 2xx in time, or wait: {WAIT}"


def _so_far(delivery: Row, due: str | None, behind: bool) -> str:
    """
    Args:
        behind: whether another one to the same receiver waits for its time.
    """
    tries = len(delivery["attempts"])
    if tries:
        again = "" if due is None else f", and it is due again at {due}"
        return f"{_outcome(delivery['attempts'][-1])} at attempt {tries}{again}"
    if due is not None:
        return f"a planned fault holds it until {due}"
    return "it waits behind an earlier one" if behind else "no attempt has come back yet"


def _outcome(attempt: Row) -> str:
    return str(attempt["error"] or attempt["response"]["status"])
