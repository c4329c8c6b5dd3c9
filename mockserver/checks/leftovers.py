"""Rows that a check has made where it has no world of its own: taken away again at the end."""

from collections.abc import Iterator, Mapping
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


class Leftovers:
    """Listens to exchanges, and keeps what was created and by whom."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], str] = {}  # folder and id → the Authorization that made it

    def on_exchange(self, exchange: Exchange) -> None:
        request = exchange.request
        sender = next((value for name, value in request.headers if name == "Authorization"), "")
        self._rows |= dict.fromkeys(created(exchange), sender)
        if request.method == "DELETE" and exchange.status in (200, 204):
            self._rows.pop(_place(request), None)

    def take_away(self, target: Target) -> int:
        """Delete what is left, as far as the server lets us; answers how many rows stay."""
        stay = 0
        for folder, id in sorted(self._rows, key=lambda row: FOLDERS.index(row[0])):
            try:
                gone = _deleted(target, f"/{folder}/{id}", {"Authorization": self._rows[folder, id]})
            except NotSent:
                gone = False
            except CouldNotLook:
                return stay + 1
            stay += not gone
        return stay


def _deleted(target: Target, path: str, sender: Mapping[str, str]) -> bool:
    """Once more after a while, where the key had no requests left."""
    exchange = target.request("DELETE", path, headers=sender)
    wait = exchange.headers.get("retry-after", "")
    if exchange.is_out_of_requests and wait.isdecimal() and int(wait) <= MAX_WAIT_SECONDS:
        sleep(int(wait))
        exchange = target.request("DELETE", path, headers=sender)
    return exchange.status in (200, 204, 404)


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
