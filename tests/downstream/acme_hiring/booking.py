"""Books interviews with InstaView, whatever the network does."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any, Self

import httpx

BUSY = {429, 503}
ATTEMPTS = 4


class Refused(Exception):
    """InstaView said no, or nothing at all; the message is for the recruiter."""


class Bookings:
    """Interviews of one company."""

    def __init__(self, base_url: str, api_key: str, sleep: Callable[[float], object] = time.sleep) -> None:
        headers = {"Authorization": f"Bearer {api_key}"}
        self._http = httpx.Client(base_url=base_url, headers=headers, trust_env=False)
        self._sleep = sleep

    @classmethod
    def from_environment(cls) -> Self:
        return cls(os.environ["INSTAVIEW_BASE_URL"], os.environ["INSTAVIEW_API_KEY"])

    def book(self, order: str, candidate: str, agent: str, *, at: datetime | None = None, **more: str) -> Any:
        """One interview for an order of ours, however often it is asked for."""
        asked = {"candidateId": candidate, "agentId": agent, "metadata": {"order": order}, **more}
        if at is not None:
            asked["scheduleTime"] = at.isoformat()
        for _ in range(ATTEMPTS):
            # Whose answer is lost may be booked all the same: look before trying again.
            mine = [each for each in self.of(candidate) if each.get("metadata", {}).get("order") == order]
            if mine:
                return mine[0]
            with suppress(httpx.TransportError):
                return self._ask("POST", "/interviews", json=asked)
        raise Refused("InstaView does not answer")

    def of(self, candidate: str) -> Any:
        """The first hundred interviews of a candidate."""
        return self._ask("GET", "/interviews", params={"candidateId": candidate, "limit": 100})["data"]

    def _ask(self, method: str, path: str, **options: Any) -> Any:
        for left in reversed(range(ATTEMPTS)):
            response = self._http.request(method, path, **options)
            if response.status_code not in BUSY or not left:
                break
            self._sleep(float(response.headers.get("Retry-After", 1)))
        if response.is_error:
            raise Refused(response.json()["message"])
        return response.json()

    def close(self) -> None:
        self._http.close()
