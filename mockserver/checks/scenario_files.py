"""Scenario files: contracts/scenarios/*.toml as values; one that is wrong is refused with the place of the mistake."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import jsonschema_rs

from mockserver.checks.templates import is_given, is_name, places_in
from mockserver.jsontext import pointer_of
from mockserver.paths import CONTRACTS
from mockserver.rulebook import RULES

FOLDER = CONTRACTS / "scenarios"
Part = Literal["given", "when"]


class ScenarioError(ValueError):
    """A scenario that is wrong; the message starts with the place of the mistake."""


@dataclass(frozen=True, slots=True)
class Step:
    """
    One call and what must come. `place` is where the file has it; `sender` is whose key it carries: the one under
    check (empty), `other` (another company's) or `nobody` (one that does not exist).
    """

    part: Part
    place: str
    text: str
    method: str
    path: str
    sender: str
    body: Mapping[str, Any] | None
    rules: tuple[str, ...]
    then: Mapping[str, Any]
    save: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is given comes first, in `steps`, then what is done."""

    name: str
    title: str
    source: str
    steps: tuple[Step, ...]

    @property
    def rules(self) -> tuple[str, ...]:
        """Every rule that a step shows, in the order in which they come."""
        return tuple(dict.fromkeys(rule for step in self.steps for rule in step.rules))


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
    _check_rules(steps)
    _check_names(steps)
    return Scenario(name, document["title"], document.get("source", ""), steps)


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
    method, _, path = row["send"].partition(" ")
    return Step(
        part=part,
        place=place,
        text=row["step"],
        method=method,
        path=path,
        sender=row.get("as", ""),
        body=row.get("body"),
        rules=tuple(row.get("rules", ())),
        then=row["then"],
        save=row.get("save", {}),
    )


def _check_rules(steps: Sequence[Step]) -> None:
    for step in steps:
        for index, rule in enumerate(step.rules):
            if rule not in RULES:
                raise ScenarioError(f"{step.place}/rules/{index}: {rule} is no rule of contracts/rules.toml")


def _check_names(steps: Sequence[Step]) -> None:
    """A name is saved before it is used."""
    saved: set[str] = set()
    for step in steps:
        for field, value in (("send", step.path), ("body", step.body), ("then", step.then)):
            for place in places_in(value):
                if place not in saved and not is_given(place):
                    raise ScenarioError(
                        f"{step.place}/{field}: no earlier step saves {{{{{place}}}}}, and it is no time"
                    )
        for name in step.save:
            if not is_name(name):
                raise ScenarioError(f"{step.place}/save/{name}: that name has a meaning already")
        saved |= step.save.keys()
