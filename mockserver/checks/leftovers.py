"""Rows that a check has made where it has no world of its own: taken away again at the end."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from time import sleep
from typing import Any

from mockserver.checks.expectations import Answer
from mockserver.checks.findings import CouldNotLook
from mockserver.checks.target import Exchange, NotSent, Request, Target
from mockserver.jsontext import BadJson, decode

# In this order they go: what would still send something first, what others need last.
FOLDERS = ("webhooks", "interviews", "candidates", "agents", "jobs")
MAX_WAIT_SECONDS = 60  # for requests to be left again: the documented limit is one a minute
INLINE = {"candidate": ("candidates", "candidateId"), "agent": ("agents", "agentId"), "job": ("jobs", "jobId")}


MAX_SILENCES = 3  # in a row: whoever does not answer so often, or has no requests left after a wait, will not


class Leftovers:
    """Listens to exchanges, and keeps what was created and by whom."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], str] = {}  # folder and id → the Authorization that made it

    def on_exchange(self, exchange: Exchange) -> None:
        request = exchange.request
        sender = next((value for name, value in request.headers if name == "Authorization"), "")
        self._rows |= dict.fromkeys(created(exchange), sender)
        if (row := deleted(exchange)) is not None:
            self._rows.pop(row, None)

    def on_notes(self, lines: Iterable[str], api_key: str) -> None:
        """As another process has noted what it made, and what it deleted; see `notes_of`."""
        for line in lines:
            is_there, folder, id = json.loads(line)
            if is_there:
                self._rows[folder, id] = f"Bearer {api_key}"
            else:
                self._rows.pop((folder, id), None)

    def take_away(self, target: Target, on_progress: Callable[[int, int], None] = lambda *_: None) -> int:
        """
        Delete what is left, as far as the server lets us.

        Args:
            on_progress: is told how many of how many rows were tried.

        Returns:
            how many rows stay.
        """
        stay = silences = 0
        rows = sorted(self._rows, key=lambda row: FOLDERS.index(row[0]))
        for done, (folder, id) in enumerate(rows):
            if silences == MAX_SILENCES:
                return stay + len(rows) - done
            on_progress(done, len(rows))
            gone = _is_taken(target, f"/{folder}/{id}", {"Authorization": self._rows[folder, id]})
            silences = silences + 1 if gone is None else 0
            stay += not gone
        return stay


def _is_taken(target: Target, path: str, sender: Mapping[str, str]) -> bool | None:
    """Once more, where no answer came; None where none came again."""
    for _ in range(2):
        with suppress(CouldNotLook):
            try:
                return _deleted(target, path, sender)
            except NotSent:
                return False
    return None


def notes_of(exchange: Exchange) -> Iterator[str]:
    """A line of JSON for each row that is there now, or is no more."""
    for folder, id in created(exchange):
        yield json.dumps([True, folder, id])
    if (row := deleted(exchange)) is not None:
        yield json.dumps([False, *row])


def deleted(exchange: Exchange) -> tuple[str, str] | None:
    """Folder and id of the row that a request has deleted."""
    is_gone = exchange.request.method == "DELETE" and exchange.status in (200, 204)
    return _place(exchange.request) if is_gone else None


def _deleted(target: Target, path: str, sender: Mapping[str, str]) -> bool | None:
    """Once more after a while, where the key had no requests left; None where it has none then."""
    exchange = target.request("DELETE", path, headers=sender)
    wait = exchange.headers.get("retry-after", "")
    if exchange.is_out_of_requests and wait.isdecimal() and int(wait) <= MAX_WAIT_SECONDS:
        sleep(int(wait))
        exchange = target.request("DELETE", path, headers=sender)
    return None if exchange.is_out_of_requests else exchange.status in (200, 204, 404)


def _place(request: Request) -> tuple[str, str]:
    folder, _, id = request.path.partition("?")[0].strip("/").partition("/")
    return folder, id


def created(exchange: Exchange) -> Iterator[tuple[str, str]]:
    """Folder and id of each row that a request has created, those inline included; nothing of any other request."""
    if exchange.request.method != "POST" or exchange.status not in (200, 201):
        return
    folder, rest = _place(exchange.request)
    said = Answer(exchange.status, exchange.headers, exchange.json).said()
    if folder not in FOLDERS or rest or not isinstance(said, dict):
        return
    if isinstance(said.get("id"), str):
        yield folder, said["id"]
    for name, (inner, id) in INLINE.items():
        if name in _sent(exchange.request) and isinstance(said.get(id), str):
            yield inner, said[id]


def _sent(request: Request) -> Mapping[str, Any]:
    try:
        body = decode(request.content or b"null")
    except BadJson:
        return {}
    return body if isinstance(body, dict) else {}
