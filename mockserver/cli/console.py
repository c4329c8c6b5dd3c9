"""What a server tells people on the terminal: a line per request, and what it could not deliver."""

import asyncio
import os
from collections.abc import Sequence
from http import HTTPStatus
from typing import TextIO
from urllib.parse import quote

from mockserver.journal import Exchange
from mockserver.universe import Undelivered

FLUSH_SECONDS = 0.05
PATH_WIDTH = 50
RULE_WIDTH = 18
GREEN, YELLOW, RED, DIM = "32", "33", "31", "2"


class Console:
    """
    Collects a line per request and writes them together: a write for each would cost more than many an answer.

    Written to by one event loop; `flush` once more at the end.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_coloured = stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        self._waiting: list[Exchange] = []

    def on_exchange(self, exchange: Exchange) -> None:
        if not self._waiting:
            asyncio.get_running_loop().call_later(FLUSH_SECONDS, self.flush)
        self._waiting.append(exchange)

    def on_undelivered(self, undelivered: Sequence[Undelivered]) -> None:
        self.flush()
        self._write("".join(f"undelivered: {line_of_undelivered(one)}\n" for one in undelivered))

    def flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._write("".join(f"{line_of_exchange(exchange, self._is_coloured)}\n" for exchange in waiting))

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:  # nobody reads any more: no reason to stop serving
            self._waiting = []


def line_of_exchange(exchange: Exchange, is_coloured: bool = False) -> str:
    """
    Method, path, status, rules or planned fault, and milliseconds, in columns; a path that could move the cursor is
    quoted again.
    """
    path = exchange.path if exchange.path.isprintable() else quote(exchange.path)
    shown = path if len(path) <= PATH_WIDTH else f"{path[: PATH_WIDTH - 1]}…"
    status = f"{exchange.status or '-':>3}"  # none: the client hung up, or shutdown cut the request off
    rules = dict.fromkeys(violation.rule for violation in exchange.violations)
    why = ",".join(filter(None, (*rules, exchange.injected_kind))) or "-"
    if is_coloured:
        status = f"\x1b[{_colour(exchange.status)}m{status}\x1b[0m"
    return f"{exchange.method:<7} {shown:<{PATH_WIDTH}} {status} {why:<{RULE_WIDTH}} {exchange.seconds * 1000:>8.1f} ms"


def _colour(status: int) -> str:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return RED
    if status >= HTTPStatus.BAD_REQUEST:
        return YELLOW
    return GREEN if status else DIM


def line_of_undelivered(undelivered: Undelivered) -> str:
    """The event, the delivery's id, where it was to go, and why it did not get there."""
    delivery = undelivered.delivery
    url = delivery.url
    if delivery.attempts:
        last = delivery.attempts[-1]
        url = last.url
        why = f"attempt {last.number}: {delivery.error or last.failure}"
    elif delivery.error is not None:
        why = f"not tried: {delivery.error}"
    elif undelivered.is_held:
        why = "not tried: a planned fault held it"
    elif undelivered.behind is not None:
        why = f"not tried: it waits behind {undelivered.behind}, the interview's event before it"
    else:
        why = "no attempt came back in time"
    return f"{delivery.event_type} {delivery.id} to {url}: {why}"
