"""What tests share: ids of `demo`, a valid body to change, an application whose answers are held to the contract."""

import json
from collections.abc import Awaitable, Mapping
from functools import cache
from types import TracebackType
from typing import Any, Self

import httpx2
import jsonschema_rs

from mockserver import contract, create_app, settings_for
from mockserver.launch import DEMO
from mockserver.settings import Settings
from mockserver.world import World

NOW = "2024-01-16T10:30:00Z"
ACME, GLOBEX, INITECH = "sk_test_acme", "sk_test_globex", "sk_test_initech"
READONLY, ATS = "sk_test_acme_readonly", "sk_test_ats"
PREFIXES = {ACME: "11111111", GLOBEX: "22222222", INITECH: "33333333"}
NOWHERE = "99999999-0000-4000-8000-000000000009"  # names nothing
SCREENING, GENERIC, PHONE, LANGUAGE_TEST = 1, 2, 3, 4
ONE_JOB, TWO_JOBS, NO_JOB = 1, 2, 3


def company(key: str = ACME) -> str:
    return f"{PREFIXES[key]}-0000-4000-8000-000000000001"


def job(number: int, key: str = ACME) -> str:
    return f"{PREFIXES[key]}-0000-4000-8001-00000000000{number}"


def agent(number: int, key: str = ACME) -> str:
    return f"{PREFIXES[key]}-0000-4000-8002-00000000000{number}"


def candidate(number: int, key: str = ACME) -> str:
    return f"{PREFIXES[key]}-0000-4000-8003-00000000000{number}"


def phone_number(key: str = ACME) -> str:
    return f"{PREFIXES[key]}-0000-4000-8004-000000000001"


INLINE_CANDIDATE = {
    "firstName": "Jane",
    "lastName": "Doe",
    "email": "jane@example.com",
    "gdprExpiryDate": "2030-01-01",
}
INLINE_AGENT = {"type": "ONLINE", "name": "First talk", "focus": "SCREENING", "language": "EN", "duration": 30}
INLINE_JOB = {"title": "Senior engineer"}
MISSING: Any = object()


def body(**changes: Any) -> dict[str, Any]:
    """A create that passes (candidate 1 with its one job, agent 1, at once), with some fields changed or MISSING."""
    valid = {"candidateId": candidate(ONE_JOB), "agentId": agent(SCREENING)}
    return {name: value for name, value in {**valid, **changes}.items() if value is not MISSING}


def inline_with(path: str, value: Any) -> dict[str, Any]:
    """A create with one resource inline (`candidate`, `agent`, `job`), one field of which has this value."""
    kind, _, name = path.partition(".")
    kinds: dict[str, dict[str, Any]] = {"candidate": INLINE_CANDIDATE, "agent": INLINE_AGENT, "job": INLINE_JOB}
    good = kinds[kind]
    inline = {field: given for field, given in {**good, name: value}.items() if given is not MISSING}
    if kind == "candidate":
        return body(candidateId=MISSING, candidate=inline, jobId=job(1))
    return body(agentId=MISSING, agent=inline) if kind == "agent" else body(job=inline)


def demo(**changes: Any) -> dict[str, Any]:
    """The world file of `demo` with some of its parts changed."""
    return {**json.loads(DEMO.read_text(encoding="utf-8")), **changes}


def rules_of(response: httpx2.Response) -> list[str]:
    """The rules that a refusal names, in order."""
    named = response.headers.get("x-mock-rule", "")
    return named.split(", ") if named else []


def held_to_contract(response: httpx2.Response) -> None:
    """Fail if an answer of the vendor's API is not what the contract documents for it (default wire, no fault)."""
    if "x-mock-fault" in response.headers:
        return  # what is planned to go wrong need not be documented
    path = response.request.url.path
    parts = path.strip("/").split("/")
    for operation in contract.operations().values():
        template = operation.path.strip("/").split("/")
        matches = len(template) == len(parts) and all(
            asked == given or asked.startswith("{") for asked, given in zip(template, parts, strict=True)
        )
        if matches and operation.method == response.request.method:
            validator = contract.response_validator(operation.id, response.status_code)
            if validator is not None:
                validator.validate(response.json())
            return


async def held_to_control_contract(response: httpx2.Response) -> None:
    """Fail if an answer of the control API is not what contracts/control.yaml documents for it."""
    path = response.request.url.path
    operation = next((item for template, item in _control_paths() if _fits(template, path)), {})
    responses = operation.get(response.request.method.lower(), {}).get("responses")
    if responses is not None:
        schema = _schema_of(responses, response.status_code)
        await response.aread()
        if schema is None:
            assert response.content == b""
        else:
            _control_validator(json.dumps(schema)).validate(response.json())


def _fits(template: str, path: str) -> bool:
    asked, given = template.split("/"), path.split("/")
    return len(asked) == len(given) and all(a == g or a.startswith("{") for a, g in zip(asked, given, strict=True))


@cache
def _control_paths() -> list[tuple[str, Mapping[str, Any]]]:
    """Literal segments before parameters: `flush` is no delivery."""
    paths: Mapping[str, Any] = contract.document("control.yaml")["paths"]
    return sorted(paths.items(), key=lambda item: item[0].count("{"))


def _schema_of(responses: Mapping[str, Any], status: int) -> Any:
    response = responses.get(str(status), responses["default"])
    if (reference := response.get("$ref")) is not None:
        response = contract.document("control.yaml")["components"]["responses"][reference.rpartition("/")[2]]
    return response["content"]["application/json"]["schema"] if "content" in response else None


@cache
def _control_validator(schema: str) -> jsonschema_rs.Validator:
    components = contract.document("control.yaml")["components"]
    return jsonschema_rs.validator_for(
        {"$schema": contract.DIALECT, "components": components, **json.loads(schema)}, validate_formats=True
    )


class Mock:
    """An application of its own with frozen time, reached without a socket. Use as `async with Mock() as mock`."""

    def __init__(self, settings: Settings | None = None, **options: Any) -> None:
        self.app = create_app(settings or settings_for(**{"clock": NOW, "grace_seconds": 0, **options}))
        self._transport = httpx2.ASGITransport(app=self.app, raise_app_exceptions=True)
        self.control = httpx2.AsyncClient(transport=self._transport, base_url="http://127.0.0.1/_mock")
        self.control.event_hooks = {"response": [held_to_control_contract]}
        self._api = httpx2.AsyncClient(transport=self._transport, base_url="http://api.test")

    @property
    def world(self) -> World:
        return next(iter(self.app.universe.worlds))

    async def call(self, method: str, path: str, key: str | None = ACME, **options: Any) -> httpx2.Response:
        """Any request of the vendor's API; the answer is held to the contract unless the wire is the envelope."""
        more = options.pop("headers", {})  # a mapping, or pairs where a name is to be given several times
        headers = [("Authorization", f"Bearer {key}")] if key else []
        headers += more.items() if isinstance(more, Mapping) else more
        response = await self._api.request(method, path, headers=headers, **options)
        if self.world.readings.wire == "reference":
            held_to_contract(response)
        return response

    async def create(self, json: Any = None, key: str = ACME, **options: Any) -> httpx2.Response:
        return await self.call("POST", "/interviews", key, json=body() if json is None else json, **options)

    async def advance(self, seconds: float | None = None, **options: Any) -> Any:
        """Move the clock; without seconds until nothing is planned any more."""
        asked = {"until": "idle"} if seconds is None and not options else {"seconds": seconds, **options}
        response = await self.control.post(
            f"/worlds/{self.world.id}/clock/advance", json={k: v for k, v in asked.items() if v is not None}
        )
        assert response.status_code == 200, response.text
        return response.json()

    async def state(self) -> Any:
        return (await self.control.get(f"/worlds/{self.world.id}/state")).json()

    async def everything(self) -> Any:
        """What a refused request must leave alone: state but for what counts it, events, deliveries, ids to come."""
        counting = ("clock", "rates", "faults")
        kept = {name: value for name, value in (await self.state()).items() if name not in counting}
        for what in ("events", "deliveries"):
            kept[what] = (await self.control.get(f"/worlds/{self.world.id}/{what}")).json()
        kept["ids"] = {kind: count for kind, count in self.world.ids.counts.items() if kind != "request"}
        return kept

    async def refused(self, request: Awaitable[httpx2.Response], status: int, *rules: str) -> httpx2.Response:
        """Send a request; fail unless it is refused by these rules and nothing is stored, spent or sent."""
        before = await self.everything()
        response = await request
        assert (response.status_code, rules_of(response)) == (status, list(rules)), response.text
        assert await self.everything() == before
        return response

    async def requests(self) -> Any:
        return (await self.control.get(f"/worlds/{self.world.id}/requests")).json()

    async def readings(self, **readings: str) -> None:
        response = await self.control.put(f"/worlds/{self.world.id}/readings", json=readings)
        assert response.status_code == 200, response.text

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.control.aclose()
        await self._api.aclose()
        await self.app.universe.stop()
