"""Scenarios: given / when / then, sent to a server that is known by URL and keys alone."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any

from mockserver.checks.answers import shown_content
from mockserver.checks.control_access import ControlRefusal
from mockserver.checks.expectations import Answer, Failure, change_of, failure_of, values_at
from mockserver.checks.findings import Verdict
from mockserver.checks.guards import none_left
from mockserver.checks.results import Result, StepResult
from mockserver.checks.scenario_files import scenario_of
from mockserver.checks.steps import (
    ANONYMOUS,
    NEEDS_CONTROL,
    NEEDS_OTHER,
    NEEDS_RECEIVER,
    NOBODY,
    OTHER,
    Outcome,
    Scenario,
    Step,
    sender_of,
)
from mockserver.checks.target import OVER, Exchange, Inbox, NoAnswer, NotSent, Target
from mockserver.checks.templates import KEY, RECEIVER, NotSaved, fill, places_in
from mockserver.clock import parse_instant, system_now
from mockserver.readings import VALUES

UNKNOWN_KEY = "sk_test_that_nobody_was_given"
RECEIVE_SECONDS = 10.0
FLUSHED_SECONDS = 1.0  # where the server has told that nothing is under way any more
EARLIER = "an earlier step did not go as it should"


class NoneLeft(Exception):
    """Requests, minutes or the time are spent; the message says which."""


def run_scenario(scenario: Scenario | Path | str | Mapping[str, Any], target: Target) -> Result:
    """
    Send a scenario's steps, one after the other, until one fails. Where the server has a control API, that is done in
    a world that is made for it and removed afterwards.

    Args:
        scenario: as it was read, its file, or the value of one.
        target: what it is sent to.

    Raises:
        ScenarioError: the scenario is wrong; nothing was sent.
        CouldNotLook: nothing answers.
    """
    read = scenario if isinstance(scenario, Scenario) else scenario_of(scenario)
    lacking = _lacking(read, target)
    if lacking is not None:
        return _not_looked_at(read, lacking)
    try:
        with _world(read, target) as fresh:
            if NEEDS_OTHER in read.needs and OTHER not in fresh.keys:  # it is of another world
                return _not_looked_at(read, NEEDS_OTHER)
            run = _Run(read, fresh)
            return Result(read, tuple(run.results()), run.shown)
    except (ControlRefusal, NotSent) as refusal:
        return _not_looked_at(read, str(refusal))


def _not_looked_at(scenario: Scenario, why: str) -> Result:
    return Result(
        scenario, tuple(StepResult(step, Verdict.NOT_LOOKED_AT, step.rules, why=why) for step in scenario.steps)
    )


def _lacking(scenario: Scenario, target: Target) -> str | None:
    """What it takes that is not there."""
    there: Mapping[str, Callable[[], bool]] = {
        NEEDS_CONTROL: lambda: target.world is not None,
        NEEDS_OTHER: lambda: OTHER in target.keys,
        NEEDS_RECEIVER: lambda: target.receiver is not None,
    }
    return next((need for need in scenario.needs if not there[need]()), None)


def _world(scenario: Scenario, target: Target) -> AbstractContextManager[Target]:
    """A world of the scenario's own where that can be; the readings are those in force, or its own."""
    if target.world is None:
        return nullcontext(target)
    asked = fill(dict(scenario.world or {}), {}, _now_of(scenario.world))
    asked["readings"] = {**target.world.readings(), **asked.get("readings", {})}
    return target.fresh_world(asked) if scenario.has_own_keys else target.fresh_world(**asked)


def _now_of(world: Mapping[str, Any] | None) -> datetime:
    clock = (world or {}).get("clock", "real")
    return system_now() if clock in ("real", "frozen") else parse_instant(clock)


class _Run:
    """
    One scenario on its way. `held` are the readings that are known to be in force: all of them where the server can
    be asked, else those that answers have `shown`.
    """

    def __init__(self, scenario: Scenario, target: Target) -> None:
        self.scenario, self.target = scenario, target
        self.now = _time(scenario, target)
        self.held: dict[str, str] = {} if target.world is None else target.world.readings()
        self.shown: dict[str, str] = {}
        self.inbox: Inbox | None = None
        self.saved: dict[str, Any] = {KEY: target.api_key}
        if NEEDS_RECEIVER in scenario.needs:
            assert target.receiver is not None
            self.inbox = target.receiver()
            self.saved[RECEIVER] = self.inbox.url
        self._seen: dict[str, Answer] = {}  # what paths answered after the step before, if that had to leave them alone

    def results(self) -> Iterator[StepResult]:
        ends = ""
        for step in self.scenario.steps:
            if ends:
                yield StepResult(step, Verdict.NOT_LOOKED_AT, step.rules, why=ends)
            else:
                result = self._result(step)
                ends = result.ends if result.verdict is Verdict.KEPT else EARLIER
                yield result

    def _result(self, step: Step) -> StepResult:
        try:
            result = self._done(step)
        except (NotSent, ControlRefusal, NoneLeft) as refusal:
            return StepResult(step, Verdict.NOT_LOOKED_AT, step.rules, why=str(refusal))
        except NotSaved as missing:  # another outcome than the one that brings it
            why = f"no step brought {{{{{missing}}}}} {_under(self.shown)}".rstrip()
            return StepResult(step, Verdict.NOT_LOOKED_AT, step.rules, why=why)
        except NoAnswer as error:
            if not self.target.has_answered:
                raise
            failure = Failure(str(error), "an answer")
            result = StepResult(step, Verdict.BROKEN, step.outcomes[0].rules, failure=failure)
        if result.verdict is Verdict.BROKEN and step.if_not and not _is_server_error(result.answer):
            return StepResult(step, Verdict.NOT_LOOKED_AT, step.rules, result.exchanges, result.answer, why=step.if_not)
        return result

    def _done(self, step: Step) -> StepResult:
        if step.advance is not None:
            assert self.target.world is not None
            self.target.world.advance(fill(step.advance, self.saved, self.now))
            return StepResult(step, Verdict.KEPT)
        if step.receive:
            return self._judged(step, (), self._received(step.receive))
        before = self._look(step.untouched, self._seen)
        exchanges = self._sent(step)
        self._seen = self._look(step.untouched, {})
        self._check_limit(exchanges)
        if not any(outcome.then.get("status") == 403 for outcome in step.outcomes):
            self._check_minutes(exchanges)
        return self._judged(step, exchanges, _answer_of(exchanges), before)

    def _check_limit(self, exchanges: tuple[Exchange, ...]) -> None:
        """
        Raises:
            NoneLeft: the key has no requests left; nothing else can be told from that, unless its world is our own.
        """
        for exchange in exchanges:
            if exchange.is_out_of_requests and self.target.world is None:
                raise NoneLeft(none_left(exchange))

    def _check_minutes(self, exchanges: tuple[Exchange, ...]) -> None:
        """
        Raises:
            NoneLeft: the company has no minutes left, which a world of our own would have.
        """
        for exchange in exchanges:
            if exchange.status == 403 and b"billing" in exchange.content.lower() and self.target.world is None:
                raise NoneLeft(f"the company has no minutes left: 403 {shown_content(exchange)}")

    def _received(self, count: int) -> Answer:
        assert self.inbox is not None
        seconds = RECEIVE_SECONDS
        if self.target.world is not None:
            self.target.world.flush()
            seconds = FLUSHED_SECONDS
        came = list(self.inbox.wait(count, min(seconds, self.target.seconds_left)))
        if len(came) < count and not self.target.seconds_left:
            raise NoneLeft(OVER)
        return Answer(200, {}, came)

    def _sent(self, step: Step) -> tuple[Exchange, ...]:
        path, body, raw = (fill(part, self.saved, self.now) for part in (step.path, step.body, step.raw))
        content = bytes.fromhex(step.hex) if step.hex is not None else None if raw is None else raw.encode()
        headers = fill(dict(step.headers), self.saved, self.now)
        key = self._key(step.sender)

        def send(_: int = 0) -> Exchange:
            return self.target.request(step.method, path, key=key, json=body, content=content, headers=headers)

        if step.at_once == 1:
            return (send(),)
        with ThreadPoolExecutor(step.at_once) as pool:
            return tuple(pool.map(send, range(step.at_once)))

    def _key(self, sender: str) -> str | None:
        known = {NOBODY: UNKNOWN_KEY, ANONYMOUS: None, **self.target.keys}
        return known[sender]

    def _judged(
        self, step: Step, exchanges: tuple[Exchange, ...], answer: Answer, before: Mapping[str, Answer] = {}
    ) -> StepResult:
        """By the outcomes that the readings known so far allow, of which one has to be what came."""
        allowed = [outcome for outcome in step.outcomes if self._is_allowed(outcome)] or [step.outcomes[0]]
        failures = []
        for outcome in allowed:
            failure = self._failure(answer, outcome, before)
            if failure is None:
                under = self._learn(outcome)
                return StepResult(step, Verdict.KEPT, outcome.rules, exchanges, answer, why=under, ends=outcome.ends)
            failures.append(failure)
        place = next((place for place, outcome in enumerate(allowed) if outcome.then.get("status") == answer.status), 0)
        return StepResult(step, Verdict.BROKEN, allowed[place].rules, exchanges, answer, failures[place])

    def _is_allowed(self, outcome: Outcome) -> bool:
        return all(self.held.get(name, value) == value for name, value in outcome.readings.items())

    def _failure(self, answer: Answer, outcome: Outcome, before: Mapping[str, Answer]) -> Failure | None:
        failure = failure_of(answer, fill(outcome.then, self.saved, self.now), outcome.rules)
        return failure or self._change(outcome, before) or self._keep(answer, outcome.save)

    def _change(self, outcome: Outcome, before: Mapping[str, Answer]) -> Failure | None:
        """In what the outcome leaves alone."""
        for text in outcome.untouched:
            if (change := _change_of(before[text], self._seen[text])) is not None:
                return Failure(f"afterwards, at {text}: {change.received}", change.documented)
        return None

    def _keep(self, answer: Answer, save: Mapping[str, str]) -> Failure | None:
        """Save what later steps need; a failure where it is not there."""
        for name, pointer in save.items():
            found = values_at(answer.said(), pointer)
            if not found:
                return Failure(f"no {pointer}", f"{pointer}, which later steps need as {name}")
            self.saved[name] = found[0]
        return None

    def _learn(self, outcome: Outcome) -> str:
        self.held |= outcome.readings
        self.shown |= outcome.readings
        return _under(outcome.readings)

    def _look(self, untouched: tuple[str, ...], seen: Mapping[str, Answer]) -> dict[str, Answer]:
        """What each path answers, unless that was seen already."""
        return {text: seen[text] if text in seen else self._get(text) for text in untouched}

    def _get(self, text: str) -> Answer:
        path, sender = sender_of(text)
        exchange = self.target.request("GET", fill(path, self.saved, self.now), key=self._key(sender))
        self._check_limit((exchange,))
        return _answer_of((exchange,))


def _change_of(before: Answer, after: Answer) -> Failure | None:
    if before.status != after.status:
        return Failure(str(after.status), f"{before.status}, as before")
    return change_of(before.said(), after.said())


def _is_server_error(answer: Answer | None) -> bool:
    """Which no other way of going about things excuses."""
    return answer is not None and answer.status >= 500


def _answer_of(exchanges: tuple[Exchange, ...]) -> Answer:
    if len(exchanges) > 1:
        return Answer(200, {}, [exchange.status for exchange in exchanges])
    exchange = exchanges[0]
    return Answer(exchange.status, exchange.headers, exchange.json)


def _under(readings: Mapping[str, str]) -> str:
    """Readings in words, but those that everybody goes by who is told nothing else."""
    others = [f"{name}={value}" for name, value in readings.items() if value != VALUES[name][0]]
    return f"under {', '.join(others)}" if others else ""


def _time(scenario: Scenario, target: Target) -> datetime:
    """The time of the world that the key is of, where the server has worlds; else this machine's."""
    is_asked_for = any(
        place.startswith(("now", "today"))
        for step in scenario.steps
        for part in (step.path, step.body, step.raw, step.advance, [outcome.then for outcome in step.outcomes])
        for place in places_in(part)
    )
    return target.world.now() if target.world is not None and is_asked_for else system_now()
