"""Four doors, one behaviour: in process, in a thread, as a process, and behind the other parser, byte by byte."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest

from mockserver import MockServer, contract, create_app, settings_for
from mockserver.server import Parser
from tests.processes import served
from tests.support import ACME, ATS, GLOBEX, INITECH, NOW, READONLY, agent, body, candidate, company, job, phone_number

NOT_COMPARED = {"date", "server", "connection", "keep-alive", "transfer-encoding"}
# Requests that no key can place meet no world: they are numbered and timed by each server for itself.
OF_NO_WORLD = {"x-mock-request-id", "x-ratelimit-reset-minute", "x-ratelimit-reset-hour"}
WORLD = {"from": "demo", "seed": 7, "clock": NOW}
JSON = {"Content-Type": "application/json"}
LATER = "2024-01-20T14:00:00Z"
Call = tuple[str, str, dict[str, Any]]


def call(line: str, key: str | None = ACME, json: Any = None, **more: Any) -> Call:
    """A request as `METHOD path`; `{name}` in the path is the id that an earlier answer had."""
    method, _, path = line.partition(" ")
    return method, path, {"key": key, **({} if json is None else {"json": json}), **more}


# In order; the name on the left keeps the id of the answer.
CALLS: tuple[tuple[str, Call], ...] = (
    ("interview", call("POST /interviews", json=body(scheduleTime=LATER, metadata={"é": ["😀", None]}))),
    ("test", call("POST /interviews", json=body(isTest=True))),
    ("phone", call("POST /interviews", json=body(agentId=agent(3), scheduleTime=LATER))),
    ("", call("POST /interviews", json=body(candidateId=candidate(2)))),
    ("", call("POST /interviews", json=body(candidateId=candidate(1, GLOBEX)))),
    (
        "",
        call("POST /interviews", json=body(agentId="nothing", jobId=3, metadata={"a": {"b": {"c": {"d": {"e": {}}}}}})),
    ),
    ("", call("POST /interviews", INITECH, body(candidateId=candidate(1, INITECH), agentId=agent(1, INITECH)))),
    ("", call("POST /interviews", READONLY, body())),
    ("", call("POST /interviews", None, body())),
    ("", call("POST /interviews", "sk_test_nobody", body())),
    ("", call("POST /interviews", content=b'{"a": NaN}', headers=JSON)),
    ("", call("POST /interviews", content=b"\xff\xfe", headers=JSON)),
    ("", call("POST /interviews", content=b"[" * 100_000, headers=JSON)),
    ("", call("POST /interviews", content=b"a=b", headers={"Content-Type": "text/plain"})),
    ("", call("POST /interviews", content=b" " * 1_048_577, headers=JSON)),
    ("", call("GET /interviews?limit=2&page=1")),
    ("", call("GET /interviews?limit=none")),
    ("", call("GET /interviews/{interview}")),
    ("", call("HEAD /interviews/{interview}")),
    ("", call("GET /interviews/{test}/analysis-pdf")),
    ("", call("OPTIONS /interviews")),
    ("", call("PATCH /interviews", json={})),
    ("", call("GET /nowhere/%C3%A9/%2e%2e")),
    ("", call("POST /jobs/url", json={"url": "https://example.com"})),
    ("", call("POST /interviews/{phone}/call-attempts", json={"scheduledAt": "2024-01-21T14:00:00Z"})),
    ("attempt", call("GET /interviews/{phone}")),
    ("", call("PATCH /interviews/{phone}/call-attempts/{attempt}", json={"scheduledAt": "2024-01-22T14:00:00Z"})),
    ("", call("DELETE /interviews/{phone}/call-attempts/{attempt}")),
    ("", call("DELETE /interviews/{interview}")),
    ("", call("GET /interviews/{interview}")),
    ("job", call("POST /jobs", json={"title": "Engineer", "salary": {"min": 1, "max": 2}})),
    ("", call("GET /jobs")),
    ("", call("GET /jobs/{job}")),
    ("", call("PATCH /jobs/{job}", json={"description": "Builds what is asked for"})),
    ("", call("DELETE /jobs/{job}")),
    (
        "candidate",
        call(
            "POST /candidates",
            json={"firstName": "Jo", "lastName": "Ng", "email": "jo@example.com", "gdprExpiryDate": "2030-01-01"},
        ),
    ),
    ("", call("GET /candidates?search=jo")),
    ("", call("GET /candidates/{candidate}")),
    ("", call("PATCH /candidates/{candidate}", json={"jobIds": [job(1)]})),
    ("", call(f"GET /candidates/{candidate(1)}/interviews")),
    ("", call(f"GET /candidates/{candidate(1)}/analyses")),
    ("", call("DELETE /candidates/{candidate}")),
    (
        "agent",
        call(
            "POST /agents",
            json={"type": "PHONE", "name": "Caller", "focus": "OUTREACH", "language": "EN", "duration": 5}
            | {"companyPhoneNumberId": phone_number()},
        ),
    ),
    ("", call("GET /agents")),
    ("", call("GET /agents/{agent}")),
    ("", call("PATCH /agents/{agent}", json={"duration": 181})),
    ("", call("DELETE /agents/{agent}")),
    ("", call("GET /company")),
    ("", call("GET /company", ATS)),
    ("company", call("POST /company", ATS, {"name": "New"})),
    ("", call("GET /company/{company}", ATS)),
    ("", call("PATCH /company/{company}", ATS, {"description": "Newer"})),
    ("", call("DELETE /company/{company}", ATS)),
    ("", call("GET /phone-numbers")),
    ("", call("GET /billing/usage?from=2024-01-01&to=2024-02-01")),
    ("webhook", call("POST /webhooks", json={"url": "http://127.0.0.1:9/", "events": ["ping"], "name": "hook"})),
    ("", call("GET /webhooks")),
    ("", call("GET /webhooks/{webhook}")),
    ("", call("PATCH /webhooks/{webhook}", json={"isActive": False})),
    ("", call("POST /webhooks/{webhook}/reset-circuit")),
    ("", call("POST /webhooks/{webhook}/test")),
    ("", call("DELETE /webhooks/{webhook}")),
    ("", call(f"GET /interviews?companyId={company()}", ATS)),
)


@asynccontextmanager
async def in_process() -> AsyncIterator[httpx2.AsyncClient]:
    app = create_app(settings_for(grace_seconds=0))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://127.0.0.1") as client:
        yield client
    await app.universe.stop()


@asynccontextmanager
async def in_a_thread(parser: Parser = "httptools") -> AsyncIterator[httpx2.AsyncClient]:
    with MockServer(settings_for(grace_seconds=0), parser=parser) as server:
        async with httpx2.AsyncClient(base_url=server.url) as client:
            yield client


@asynccontextmanager
async def as_a_process() -> AsyncIterator[httpx2.AsyncClient]:
    with served("--quiet") as server:
        async with httpx2.AsyncClient(base_url=server.url) as client:
            yield client


async def tape(client: httpx2.AsyncClient) -> list[tuple[str, int, list[tuple[bytes, bytes]], bytes]]:
    """What each call is answered in a world of its own: line, status, headers, body."""
    made = (await client.post("/_mock/worlds", json=WORLD)).json()
    saved: dict[str, str] = {}
    answers = []
    for name, (method, path, given) in CALLS:
        options = dict(given)
        key, more = options.pop("key"), options.pop("headers", {})
        headers = more if key is None else {"Authorization": f"Bearer {made['keys'].get(key, key)}", **more}
        response = await client.request(method, path.format(**saved), headers=headers, **options)
        left_out = NOT_COMPARED if key in made["keys"] else NOT_COMPARED | OF_NO_WORLD
        kept = [(n.lower(), v) for n, v in response.headers.raw if n.decode().lower() not in left_out]
        answers.append((f"{method} {path}", response.status_code, sorted(kept), response.content))
        if name:
            row = response.json()
            saved[name] = row["callAttempts"][-1]["id"] if name == "attempt" else row["id"]
    for log in ("events", "state"):
        row = (await client.get(f"/_mock/worlds/{made['id']}/{log}")).json()
        text = json.dumps(row)
        for shown, key in made["keys"].items():
            text = text.replace(key, shown)
        answers.append((log, 200, [], text.encode()))
    return answers


DOORS: dict[str, Callable[[], Any]] = {
    "thread": in_a_thread,
    "process": as_a_process,
    "h11": lambda: in_a_thread("h11"),
}


@pytest.mark.parametrize("door", DOORS)
async def test_every_door_answers_alike(door: str) -> None:
    """Status, headers and body of each call, then the world's events and state."""
    async with in_process() as client:
        expected = await tape(client)

    async with DOORS[door]() as client:
        found = await tape(client)

    for one, other in zip(expected, found, strict=True):
        assert other == one


def test_every_operation_is_called() -> None:
    """The calls above leave none of the contract's operations out."""
    called = {contract.operation_of(method, path.split("?")[0]) for _, (method, path, _) in CALLS}

    assert set(contract.operations()) <= {operation for operation in called if operation}
