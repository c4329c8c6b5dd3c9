"""Scenarios: given / when / then, sent to a server that is known by URL and key alone."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2

from mockserver.checks.expectations import Answer, Failure, failure_of, values_at
from mockserver.checks.findings import CouldNotLook, Verdict
from mockserver.checks.scenario_files import Scenario, Step, scenario_of
from mockserver.checks.templates import fill, places_in
from mockserver.clock import parse_instant, system_now
from mockserver.jsontext import BadJson, decode

TIMEOUT_SECONDS = 30.0
UNKNOWN_KEY = "sk_test_that_nobody_was_given"
NO_OTHER_KEY = "it takes the key of a second company"
EARLIER = "an earlier step failed"


@dataclass(frozen=True, slots=True)
class Sent:
    """What a step sent, filled in; whose key it carried is told by the step."""

    method: str
    path: str
    body: Any


@dataclass(frozen=True, slots=True)
class StepResult:
    """One step: `sent` and `answer` are None where nothing was sent, and `why` tells the reason."""

    step: Step
    verdict: Verdict
    sent: Sent | None = None
    answer: Answer | None = None
    failure: Failure | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """One scenario, step by step."""

    scenario: Scenario
    steps: tuple[StepResult, ...]

    @property
    def verdict(self) -> Verdict:
        found = {step.verdict for step in self.steps}
        if Verdict.BROKEN in found:
            return Verdict.BROKEN
        return Verdict.NOT_LOOKED_AT if Verdict.NOT_LOOKED_AT in found else Verdict.KEPT

    @property
    def failed(self) -> StepResult | None:
        return next((step for step in self.steps if step.verdict is Verdict.BROKEN), None)

    @property
    def failure(self) -> str:
        """The first failure in two aligned lines, Received and Documented; empty where there is none."""
        return "" if self.failed is None else str(self.failed.failure)


def run_scenario(
    scenario: Path | str | Mapping[str, Any], base_url: str, api_key: str, other_key: str | None = None
) -> Result:
    """
    Send a scenario's steps, one after the other, until one fails.

    Args:
        scenario: its file, or the value of one.
        base_url: of the server.
        api_key: of the company under check.
        other_key: of another company of that server; what needs it is not looked at where there is none.

    Raises:
        ScenarioError: the scenario is wrong; nothing was sent.
        CouldNotLook: nothing answers.
    """
    read = scenario_of(scenario)
    if other_key is None and any(step.sender == "other" for step in read.steps):
        return Result(read, tuple(StepResult(step, Verdict.NOT_LOOKED_AT, why=NO_OTHER_KEY) for step in read.steps))
    keys = {"": api_key, "other": other_key or "", "nobody": UNKNOWN_KEY}
    try:
        with httpx2.Client(base_url=base_url, timeout=TIMEOUT_SECONDS) as client:
            now = _now(client, api_key) if _asks_for_time(read) else system_now()
            return Result(read, tuple(_results(read, client, keys, now)))
    except httpx2.RequestError as error:
        raise CouldNotLook(f"{base_url} does not answer: {error}") from error


def _asks_for_time(scenario: Scenario) -> bool:
    return any(
        place.startswith(("now", "today"))
        for step in scenario.steps
        for part in (step.path, step.body, step.then)
        for place in places_in(part)
    )


def _results(scenario: Scenario, client: httpx2.Client, keys: Mapping[str, str], now: datetime) -> Iterator[StepResult]:
    saved: dict[str, Any] = {}
    failed = False
    for step in scenario.steps:
        if failed:
            yield StepResult(step, Verdict.NOT_LOOKED_AT, why=EARLIER)
        else:
            result = _sent(step, client, keys[step.sender], saved, now)
            failed = result.verdict is Verdict.BROKEN
            yield result


def _sent(step: Step, client: httpx2.Client, key: str, saved: dict[str, Any], now: datetime) -> StepResult:
    sent = Sent(step.method, fill(step.path, saved, now), fill(step.body, saved, now))
    response = client.request(sent.method, sent.path, json=sent.body, headers={"Authorization": f"Bearer {key}"})
    answer = Answer(response.status_code, dict(response.headers), _content(response))
    failure = failure_of(answer, fill(step.then, saved, now), step.rules) or _keep(answer, step.save, saved)
    return StepResult(step, Verdict.KEPT if failure is None else Verdict.BROKEN, sent, answer, failure)


def _keep(answer: Answer, save: Mapping[str, str], saved: dict[str, Any]) -> Failure | None:
    """Save what later steps need; a failure where it is not there."""
    for name, pointer in save.items():
        found = values_at(answer.said(), pointer)
        if not found:
            return Failure(f"no {pointer}", f"{pointer}, which later steps need as {name}")
        saved[name] = found[0]
    return None


def _content(response: httpx2.Response) -> Any:
    """The JSON of an answer; None where there is none."""
    if "json" not in response.headers.get("content-type", ""):
        return None
    try:
        return decode(response.content)
    except BadJson:
        return None


def _now(client: httpx2.Client, api_key: str) -> datetime:
    """The time of the world that the key is of, where the server has worlds; else this machine's."""
    try:
        return _world_now(client, api_key) or system_now()
    except (KeyError, TypeError, ValueError):  # something else answers there
        return system_now()


def _world_now(client: httpx2.Client, api_key: str) -> datetime | None:
    for world in _control(client, "/_mock/worlds"):
        if f"{api_key[:3]}…{api_key[-4:]}" in world["keys"]:  # as the list shows keys
            state = _control(client, f"/_mock/worlds/{quote(world['id'], safe='')}/state")
            if any(row["key"] == api_key for row in state["keys"]):
                return parse_instant(state["clock"]["now"])
    return None


def _control(client: httpx2.Client, path: str) -> Any:
    """What the control API answers; nothing where there is none, or where it wants a token."""
    response = client.get(path)
    return (_content(response) if response.status_code == 200 else None) or ()
