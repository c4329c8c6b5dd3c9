"""What tests share: ids of `demo`, a valid body to change, an application whose answers are held to the contract."""

from types import TracebackType
from typing import Any, Self

import httpx2

from mockserver import contract, create_app, settings_for
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


def rules_of(response: httpx2.Response) -> list[str]:
    """The rules that a refusal names, in order."""
    named = response.headers.get("x-mock-rule", "")
    return named.split(", ") if named else []


def held_to_contract(response: httpx2.Response) -> None:
    """Fail if an answer of the vendor's API is not what the contract documents for it (default wire)."""
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


class Mock:
    """An application of its own with frozen time, reached without a socket. Use as `async with Mock() as mock`."""

    def __init__(self, settings: Settings | None = None, **options: Any) -> None:
        self.app = create_app(settings or settings_for(**{"clock": NOW, "grace_seconds": 0, **options}))
        self._transport = httpx2.ASGITransport(app=self.app, raise_app_exceptions=True)
        self.control = httpx2.AsyncClient(transport=self._transport, base_url="http://127.0.0.1/_mock")
        self._api = httpx2.AsyncClient(transport=self._transport, base_url="http://api.test")

    @property
    def world(self) -> World:
        return next(iter(self.app.universe.worlds))

    async def call(self, method: str, path: str, key: str | None = ACME, **options: Any) -> httpx2.Response:
        """Any request of the vendor's API; the answer is held to the contract unless the wire is the envelope."""
        headers = {**({"Authorization": f"Bearer {key}"} if key else {}), **options.pop("headers", {})}
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
