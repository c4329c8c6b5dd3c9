"""Rows for generated requests to find, made through the public API: one of everything that ids can name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from mockserver.checks.expectations import Answer
from mockserver.checks.target import Target
from mockserver.clock import system_now


@dataclass(frozen=True, slots=True)
class Furniture:
    """
    What there is. `pools` are ids by the name of the field that takes them, or by the folder of a path (`/jobs`);
    `calls` are call attempts with their interviews; `ids` are those of the rows that were made for the run.
    """

    pools: Mapping[str, list[str]] = field(default_factory=dict)
    calls: Mapping[str, str] = field(default_factory=dict)
    ids: frozenset[str] = frozenset()


def furnish(target: Target, tests_only: bool = False) -> Furniture:
    """
    Make the rows. What the server does not let us make is left out.

    Args:
        tests_only: no interview is asked for but test interviews.

    Raises:
        CouldNotLook: nothing answers.
    """
    maker = _Maker(target)
    jobs = maker.made("/jobs", *({"title": f"Generated requests, job {number}"} for number in (1, 2, 3)))
    companies, numbers = maker.listed("/company"), maker.listed("/phone-numbers")
    agents = maker.made("/agents", *_agents(numbers))
    candidates = maker.made("/candidates", *_candidates(jobs))
    interviews = maker.made("/interviews", *_interviews(agents, candidates, jobs, tests_only))
    hooks = maker.made("/webhooks", {"url": "https://hooks.example.com/check", "events": ["ping"]})
    calls = dict(maker.calls(interviews))
    pools = {
        "candidateId": candidates,
        "/candidates": candidates,
        "agentId": agents,
        "/agents": agents,
        "jobId": jobs,
        "jobIds": jobs,
        "/jobs": jobs,
        "/interviews": interviews,
        "/webhooks": hooks,
        "companyPhoneNumberId": numbers,
        "companyId": companies,
        "/company": companies,
        "attemptId": list(calls),
    }
    return Furniture(pools, calls, frozenset((*jobs, *agents, *candidates, *interviews, *hooks)))


def _agents(numbers: list[str]) -> Iterator[dict[str, Any]]:
    shared = {"name": "Generated requests", "language": "EN", "duration": 5}
    for focus in ("GENERIC", "SCREENING", "LANGUAGE_TEST"):
        yield {**shared, "type": "ONLINE", "focus": focus}
    if numbers:
        yield {**shared, "type": "PHONE", "focus": "SCREENING", "companyPhoneNumberId": numbers[0]}


def _candidates(jobs: list[str]) -> Iterator[dict[str, Any]]:
    expiry = (system_now() + timedelta(days=900)).date().isoformat()
    person = {"lastName": "Request", "email": "generated@example.com", "gdprExpiryDate": expiry}
    yield {**person, "firstName": "Jobless"}
    if jobs:
        yield {**person, "firstName": "One", "jobIds": jobs[:1]}
        yield {**person, "firstName": "Two", "jobIds": jobs[:2]}


def _interviews(
    agents: list[str], candidates: list[str], jobs: list[str], tests_only: bool
) -> Iterator[dict[str, Any]]:
    """One that is over and analysed, and where that is allowed others that wait, with calls to come."""
    if len(agents) < 2 or len(candidates) < 2:
        return
    with_job = {"candidateId": candidates[1], "jobId": jobs[0]}
    yield {**with_job, "agentId": agents[1], "isTest": True}
    if not tests_only:
        later = f"{system_now() + timedelta(days=20):%Y-%m-%dT%H:%M:%SZ}"
        for agent in agents[1:]:
            yield {**with_job, "agentId": agent, "scheduleTime": later}


class _Maker:
    def __init__(self, target: Target) -> None:
        self._target = target

    def _said(self, method: str, path: str, body: Any = None) -> Any:
        exchange = self._target.request(method, path, key=self._target.api_key, json=body)
        answer = Answer(exchange.status, exchange.headers, exchange.json)
        said = answer.said()
        return {} if answer.is_refusal or not isinstance(said, dict) else said

    def made(self, path: str, *bodies: Mapping[str, Any]) -> list[str]:
        """The ids of those that could be made."""
        answers = [self._said("POST", path, dict(body)) for body in bodies]
        return [answer["id"] for answer in answers if isinstance(answer.get("id"), str)]

    def listed(self, path: str) -> list[str]:
        """The ids of the first page."""
        rows = self._said("GET", path).get("data")
        return [row["id"] for row in rows if isinstance(row, dict) and "id" in row] if isinstance(rows, list) else []

    def calls(self, interviews: list[str]) -> Iterator[tuple[str, str]]:
        """Call attempts, each with its interview."""
        for interview in interviews:
            for call in self._said("GET", f"/interviews/{interview}").get("callAttempts") or ():
                yield call["id"], interview
