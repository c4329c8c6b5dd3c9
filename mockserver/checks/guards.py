"""What holds requests back where a server is not on this machine: nothing real is asked for, and not too fast."""

import json
from threading import Lock
from time import monotonic, sleep
from typing import Any

from mockserver.checks.target import Exchange, NotSent, Request

REAL_INTERVIEW = "it asks for a real interview (--live sends it)"
REAL_CALL = "it asks for a real call (--live sends it)"
OWN_COMPANY = "it changes a company (--live sends it)"


def nothing_real(request: Request) -> None:
    """
    No interview is asked for but a test interview, no call is made, no company changed.

    Raises:
        NotSent: it is one of these.
    """
    if request.method == "GET" or request.is_control:
        return
    folder, *rest = request.path.partition("?")[0].strip("/").split("/")
    if folder == "interviews" and "call-attempts" in rest:
        raise NotSent(REAL_CALL)
    if folder == "interviews" and request.method == "POST" and not _is_test(request.content):
        raise NotSent(REAL_INTERVIEW)
    if folder in ("company", "companies"):
        raise NotSent(OWN_COMPANY)


def none_left(exchange: Exchange) -> str:
    """Why nothing can be looked at any more with the key that was refused so."""
    told = f"429, Retry-After: {exchange.headers['retry-after']}"
    return f"the key has no requests left ({told}): a lower --rate and a longer --budget spare them"


def _is_test(content: bytes | None) -> bool:
    try:
        body: Any = json.loads(content or b"null")
    except ValueError:
        return False
    return isinstance(body, dict) and body.get("isTest") is True


class Pace:
    """Waits so that no more than so many requests a second are sent, by however many threads."""

    def __init__(self, per_second: float) -> None:
        self._interval = 1 / per_second
        self._next = 0.0
        self._lock = Lock()

    def __call__(self, _request: Request) -> None:
        with self._lock:
            now = monotonic()
            at = max(now, self._next)
            self._next = at + self._interval
        sleep(at - now)
