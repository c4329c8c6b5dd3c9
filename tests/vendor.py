"""A small server that sends webhooks as a vendor might, well or badly; nothing of the mock is in it."""

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import time
from typing import Any, Self
from uuid import uuid4

import httpx2

from mockserver.checks.specimens import example_of
from mockserver.signing import sign

SECRET = "5ec4e7" * 10 + "cafe"


@dataclass(frozen=True)
class Habits:
    """How it behaves; by default as it should."""

    secret: str | None = SECRET  # told by the creation of a webhook
    signs_with: str | None = SECRET
    agent_status: int = 201
    interview_status: int = 201
    refusal_status: int = 400
    ping_answer: dict[str, Any] | None = None  # instead of a ping
    pings: int = 1
    tells_another_id: bool = False  # of the ping
    events: tuple[str, ...] = ("interview.completed", "analysis.completed")
    interview_id: str | None = None  # in the events, instead of the interview's
    is_loud_on_refusal: bool = False
    retries: bool = True
    retry_has_other_bytes: bool = False
    retry_comes_late: bool = False
    forgets_headers: bool = False
    has_one_id_for_all: bool = False
    repeats_itself: bool = False  # when the next webhook is made


class Vendor:
    """Use as `with Vendor(Habits(…)) as vendor`."""

    def __init__(self, habits: Habits) -> None:
        self.habits = habits
        self._hooks: dict[str, str] = {}  # id → URL, of those that are active
        self._headers: dict[str, str] = {}  # that the last webhook has
        self._last: tuple[str, dict[str, Any]] | None = None  # what was sent last, and where to
        self._senders: list[threading.Thread] = []
        vendor = self

        class Handler(BaseHTTPRequestHandler):
            def _take(self) -> None:
                sent = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"null")
                status, answer = vendor._answer(self.command, self.path.strip("/").split("/"), sent)
                content = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PATCH = do_DELETE = _take  # noqa: N815 # the library's names

            def log_message(self, format: str, *args: object) -> None:
                """Nothing is told."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def _answer(self, method: str, path: Sequence[str], sent: Any) -> tuple[int, Any]:
        match method, *path:
            case "POST", "agents":
                return self.habits.agent_status, {"id": str(uuid4())}
            case "POST", "webhooks":
                self._headers = {row["name"]: row["value"] for row in sent["headers"]}
                return 201, self._made(sent["url"])
            case "POST", "webhooks", id, "test":
                return 200, self._tested(id)
            case "POST", "interviews":
                return self._interview(sent)
            case "DELETE" | "PATCH", "webhooks", id:
                self._hooks.pop(id, None)
                return 200, {}
            case _:
                return 404, {"message": "not here"}

    def _made(self, url: str) -> dict[str, Any]:
        id = str(uuid4())
        self._hooks[id] = url
        if self.habits.repeats_itself and self._last is not None:
            self._post(*self._last)
        return {"id": id, "url": url, **({"signingSecret": self.habits.secret} if self.habits.secret else {})}

    def _tested(self, id: str) -> dict[str, Any]:
        if self.habits.ping_answer is not None:
            return self.habits.ping_answer
        events = [{**example_of("ping"), "deliveryId": str(uuid4())} for _ in range(self.habits.pings)]
        self._send(self._hooks[id], events)
        told = str(uuid4()) if self.habits.tells_another_id else events[0]["deliveryId"]
        return {"success": True, "deliveryId": told}

    def _interview(self, sent: Any) -> tuple[int, Any]:
        is_good = "candidate" in sent
        id = str(uuid4())
        if is_good or self.habits.is_loud_on_refusal:
            for url in self._hooks.values():
                self._send(url, [self._event(name, self.habits.interview_id or id) for name in self.habits.events])
        status = self.habits.interview_status if is_good else self.habits.refusal_status
        return status, {"id": id} if status < 400 else {"message": "no"}

    def _event(self, name: str, interview_id: str) -> dict[str, Any]:
        made = {**example_of(name), "deliveryId": interview_id if self.habits.has_one_id_for_all else str(uuid4())}
        return {**made, "data": {**made["data"], "interviewId": interview_id}}

    def _send(self, url: str, events: Sequence[dict[str, Any]]) -> None:
        self._senders.append(threading.Thread(target=self._deliver, args=(url, list(events))))
        self._senders[-1].start()

    def _deliver(self, url: str, events: list[dict[str, Any]]) -> None:
        """One after the other; what was not taken comes once more, at once or at the end."""
        while events:
            event = events.pop(0)
            if self._post(url, event) < 300 or not self.habits.retries:
                continue
            again = {**event, "data": {**event["data"], "again": True}} if self.habits.retry_has_other_bytes else event
            events.insert(len(events) if self.habits.retry_comes_late else 0, again)

    def _post(self, url: str, event: dict[str, Any]) -> int:
        self._last = url, event
        body, secret = json.dumps(event).encode(), self.habits.signs_with
        signatures = sign(secret, event["deliveryId"], int(time()), body) if secret else {}
        own = {} if self.habits.forgets_headers else self._headers
        headers = {"Content-Type": "application/json", **own, **signatures}
        try:
            return httpx2.post(url, content=body, headers=headers, trust_env=False).status_code
        except httpx2.RequestError:  # the check has seen enough, and is gone
            return 200

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for sender in self._senders:
            sender.join()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
