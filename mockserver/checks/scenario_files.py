"""Scenario files: contracts/scenarios/*.toml as values; one that is wrong is refused with the place of the mistake."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import jsonschema_rs

from mockserver.checks.steps import ANONYMOUS, MAIN, NOBODY, OTHER, Outcome, Part, Scenario, Step
from mockserver.checks.templates import KEY, RECEIVER, SHOUTED, is_given, is_name, name_in, places_in
from mockserver.jsontext import pointer_of
from mockserver.paths import CONTRACTS
from mockserver.readings import VALUES
from mockserver.rulebook import RULES

FOLDER = CONTRACTS / "scenarios"
# The one status on which a reading hangs wherever it is met: no file has to say it again.
CREATES, CREATED, CREATED_BEFORE = "POST /interviews", 201, 200


class ScenarioError(ValueError):
    """A scenario that is wrong; the message starts with the place of the mistake."""


def scenario_paths(folder: Path = FOLDER) -> Sequence[Path]:
    return sorted(folder.glob("*.toml"))


def scenario_of(given: Path | str | Mapping[str, Any]) -> Scenario:
    """
    A scenario, from its file or as the value of one.

    Raises:
        ScenarioError: it is wrong.
        OSError: there is no such file.
    """
    if isinstance(given, Mapping):
        return _parsed("scenario", given)
    path = Path(given)
    try:
        return _parsed(path.stem, tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path.name}: {error}") from None
    except ScenarioError as error:
        raise ScenarioError(f"{path.name}: {error}") from None


def _parsed(name: str, given: Mapping[str, Any]) -> Scenario:
    document = _plain(given)
    for error in schema().iter_errors(document):
        raise ScenarioError(f"{pointer_of(error.instance_path) or '/'}: {error.message}")
    places: list[tuple[Part, int]] = [
        *(("given", index) for index in range(len(document.get("given", ())))),
        *(("when", index) for index in range(len(document["when"]))),
    ]
    steps = tuple(_step(part, f"/{part}/{index}", document[part][index]) for part, index in places)
    read = Scenario(name, document["title"], document.get("source", ""), document.get("world"), steps)
    for mistake in _mistakes(read):
        raise ScenarioError(mistake)
    return read


@cache
def schema() -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(json.loads((CONTRACTS / "scenario.schema.json").read_text(encoding="utf-8")))


def _plain(given: Mapping[str, Any]) -> Any:
    """As JSON has it: a date that stands without quotes is its text."""
    try:
        return json.loads(json.dumps(given, default=lambda value: value.isoformat(), allow_nan=False))
    except ValueError as error:
        raise ScenarioError(f"/: {error}") from None


def _step(part: Part, place: str, row: Mapping[str, Any]) -> Step:
    method, _, path = row.get("send", "").partition(" ")
    return Step(
        part=part,
        place=place,
        text=row["step"],
        told=_told(row),
        method=method,
        path=path,
        sender=row.get("as", MAIN),
        headers=row.get("headers", {}),
        body=row.get("body"),
        raw=row.get("raw"),
        hex=row.get("hex"),
        at_once=row.get("at_once", 1),
        advance=row.get("advance"),
        receive=row.get("receive", 0),
        if_not=row.get("if_not", ""),
        outcomes=tuple(_outcomes(row)),
    )


def _told(row: Mapping[str, Any]) -> str:
    """What is done, on one line."""
    if "advance" in row:
        return f"advance the clock: {', '.join(f'{name} {value}' for name, value in row['advance'].items())}"
    if "receive" in row:
        return f"wait for {row['receive']} webhooks"
    sent = str(row.get("send", ""))
    return f"{sent}, {row['at_once']} at once" if "at_once" in row else sent


def _outcomes(row: Mapping[str, Any]) -> Iterator[Outcome]:
    """The one under the default readings first; each says of every reading that matters what it has to be."""
    rules, untouched = tuple(row.get("rules", ())), tuple(row.get("untouched", ()))
    first = Outcome({}, rules, row.get("then", {}), row.get("save", {}), untouched)
    others = [_other(other, rules, first.save) for other in row.get("under", ())]
    default = {name: VALUES[name][0] for other in others for name in other.readings if name in VALUES}
    outcomes = [replace(outcome, readings={**default, **outcome.readings}) for outcome in (first, *others)]
    for value, outcome in product(VALUES["create_status"], outcomes):
        if row.get("send") != CREATES or not _creates(outcome.then):
            yield from [outcome] if value == VALUES["create_status"][0] else []
        else:
            yield replace(
                outcome, readings={**outcome.readings, "create_status": value}, then=_created(outcome.then, value)
            )


def _other(row: Mapping[str, Any], rules: tuple[str, ...], save: Mapping[str, str]) -> Outcome:
    """What shows the same rules, and brings the same, unless it says otherwise; a refusal brings nothing."""
    is_refusal = row["then"].get("status", 200) >= 400
    return Outcome(
        row["reading"],
        tuple(row.get("rules", rules)),
        row["then"],
        row.get("save", {} if is_refusal else save),
        ends=row.get("ends", ""),
    )


def _creates(then: Mapping[str, Any]) -> bool:
    return then.get("status") == CREATED or str(CREATED) in then.get("tally", {})


def _created(then: Mapping[str, Any], status: str) -> Mapping[str, Any]:
    if "tally" in then:
        tally = {status if name == str(CREATED) else name: count for name, count in then["tally"].items()}
        return {**then, "tally": tally}
    return {**then, "status": int(status)}


def _mistakes(scenario: Scenario) -> Iterator[str]:
    """What the schema cannot say."""
    saved: set[str] = set()
    for step in scenario.steps:
        yield from _mistakes_of_kind(step)
        yield from _mistakes_of_rules(step)
        yield from _mistakes_of_senders(step, scenario.world)
        yield from _mistakes_of_patterns(step)
        yield from _mistakes_of_names(step, saved)
    for place in places_in(scenario.world or {}):
        if not is_given(place) or place in (KEY, SHOUTED, RECEIVER):
            yield f"/world: {{{{{place}}}}} is no time"


def _mistakes_of_kind(step: Step) -> Iterator[str]:
    kinds = [step.method, step.advance, step.receive]
    if sum(map(bool, kinds)) != 1:
        yield f"{step.place}: a step either sends, or receives, or advances the clock"
    if sum(part is not None for part in (step.body, step.raw, step.hex)) > 1:
        yield f"{step.place}: body, raw and hex are three ways to give the same"
    if step.hex is not None and not re.fullmatch(r"([0-9a-f]{2} ?)*", step.hex):
        yield f"{step.place}/hex: bytes are two digits each, from 00 to ff"


def _mistakes_of_rules(step: Step) -> Iterator[str]:
    for rule in step.rules:
        if rule not in RULES:
            yield f"{step.place}/rules: {rule} is no rule of contracts/rules.toml"
    for outcome in step.outcomes:
        for name, value in outcome.readings.items():
            if value not in VALUES.get(name, ()):
                yield f"{step.place}/under: {name} = {value} is no reading of contracts/rules.toml"


def _mistakes_of_senders(step: Step, world: Mapping[str, Any] | None) -> Iterator[str]:
    own = {row["key"] for row in (world or {}).get("keys", ())}
    known = {MAIN, NOBODY, ANONYMOUS} | (own or {OTHER})
    for sender in step.senders:
        if sender not in known:
            yield f"{step.place}: {sender} is no key of the scenario's world"


def _mistakes_of_patterns(step: Step) -> Iterator[str]:
    for outcome in step.outcomes:
        for kind in ("matches", "headers"):
            for name, pattern in outcome.then.get(kind, {}).items():
                try:
                    re.compile(pattern)
                except re.error as error:
                    yield f"{step.place}/then/{kind}/{name}: {error}"


def _mistakes_of_names(step: Step, saved: set[str]) -> Iterator[str]:
    """A name is saved before it is used."""
    sent = {"send": step.path, "headers": step.headers, "body": step.body, "raw": step.raw, "advance": step.advance}
    expected = {"then": [outcome.then for outcome in step.outcomes]}
    for field, value in {**sent, "untouched": list(step.untouched), **expected}.items():
        for place in places_in(value):
            if name_in(place) not in saved and not is_given(place):
                yield f"{step.place}/{field}: no earlier step saves {{{{{place}}}}}, and it is no time"
    for outcome in step.outcomes:
        for name in outcome.save:
            if not is_name(name):
                yield f"{step.place}/save/{name}: that name has a meaning already"
        saved.update(outcome.save)
