"""
A webhook receiver over a real socket: in a test's own loop (`async with Receiver()`), or as a program of its own
(`python -m tests.receiver`), which prints its port and then each delivery as a line of JSON.
"""

import argparse
import asyncio
import base64
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import new as hmac
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from mockserver import contract
from tests.support import company

SECRET = "5ec4e7" * 10 + "cafe"
SCHEMAS = {
    "interview.started": "InterviewStartedEvent",
    "interview.completed": "InterviewCompletedEvent",
    "interview.failed": "InterviewFailedEvent",
    "analysis.completed": "AnalysisCompletedEvent",
    "analysis.failed": "AnalysisFailedEvent",
}


def webhook(url: str, **changes: Any) -> dict[str, Any]:
    """A world file's row: a webhook of Acme for every event that the vendor sends."""
    return {"companyId": company(), "url": url, "events": list(SCHEMAS), "signingSecret": SECRET, **changes}


@dataclass(frozen=True)
class Delivered:
    """One attempt as it arrived: header names in lower case, the raw body."""

    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def event(self) -> str:
        event: str = self.json["event"]
        return event


def held_to_contract(delivered: Delivered) -> None:
    """Fail if a body is not what the contract's `webhooks:` document for its event."""
    schema = {"$ref": f"#/components/schemas/{SCHEMAS[delivered.event]}"}
    documented = contract.document()["webhooks"][delivered.event]["post"]["requestBody"]["content"]["application/json"]
    assert documented["schema"] == schema
    contract.compiled(schema).validate(delivered.json)


def signatures_by_hand(delivered: Delivered, secret: str = SECRET) -> dict[str, str]:
    """Both signatures of an attempt, computed from the documentation and nothing of ours."""
    signed = b".".join(
        [delivered.headers["webhook-id"].encode(), delivered.headers["webhook-timestamp"].encode(), delivered.body]
    )
    standard = base64.b64encode(hmac(bytes.fromhex(secret), signed, sha256).digest()).decode()
    return {
        "webhook-signature": f"v1,{standard}",
        "x-instaview-signature": "sha256=" + hmac(secret.encode(), delivered.body, sha256).hexdigest(),
    }


@dataclass
class Receiver:
    """
    Answers with `statuses` in turn, of which the last one stays; while `open` is cleared it answers nobody.

    `most_under_way` is how many requests it ever held at the same time.
    """

    statuses: Sequence[int] = (200,)
    headers: Mapping[str, str] = field(default_factory=dict)
    port: int = 0
    on_delivered: Callable[[Delivered], None] = lambda _: None
    received: list[Delivered] = field(default_factory=list)
    under_way: int = 0
    most_under_way: int = 0
    open: asyncio.Event = field(default_factory=asyncio.Event)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def events(self) -> list[str]:
        return [delivered.event for delivered in self.received]

    async def arrived(self, count: int) -> list[Delivered]:
        """Waits until `count` requests have arrived, answered or not."""
        async with asyncio.timeout(10), self._news:
            await self._news.wait_for(lambda: len(self.received) >= count)
        return self.received

    async def _receive(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        delivered = Delivered(headers, await request.read())
        self.received.append(delivered)
        self.on_delivered(delivered)
        status = self.statuses[min(len(self.received), len(self.statuses)) - 1]
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        async with self._news:
            self._news.notify_all()
        try:
            await self.open.wait()
        finally:
            self.under_way -= 1
        return web.Response(status=status, headers=self.headers)

    async def __aenter__(self) -> Self:
        self.open.set()
        app = web.Application()
        app.router.add_post("/hook", self._receive)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.01)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()


def _print(value: object) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


async def main(arguments: Sequence[str]) -> None:
    """Serve until standard input is closed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    asked = parser.parse_args(arguments)

    def told(delivered: Delivered) -> None:
        _print({"headers": dict(delivered.headers), "body": delivered.body.decode()})

    async with Receiver(port=asked.port, on_delivered=told) as receiver:
        _print({"port": receiver.port})
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
