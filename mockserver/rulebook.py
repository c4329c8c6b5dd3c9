"""The rulebook: every rule of the documents by its id, and `@rule`, which ties code to it."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import wraps
from operator import attrgetter
from typing import Any, Literal, ParamSpec, cast

from mockserver.errors import Violation
from mockserver.paths import CONTRACTS

Evidence = Literal["DOCUMENTED", "PUBLIC", "INFERRED", "ASSUMED"]
P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Source:
    """Where a document says it. `line` and `end` count from 1; `sha256` is of those lines' text, joined by newlines."""

    page: str
    section: str
    line: int | None = None
    end: int | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as contracts/rules.toml states it; `status` is empty where the rule never refuses."""

    id: str
    area: str
    statement: str
    status: tuple[int, ...]
    evidence: Evidence
    status_evidence: Evidence | None
    sources: tuple[Source, ...]
    reading: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class ReadingEntry:
    """One reading as contracts/rules.toml states it; `evidence` is of the default, the first value."""

    name: str
    values: tuple[str, ...]
    settles: str
    evidence: Evidence
    sources: tuple[Source, ...]


_FILE = tomllib.loads((CONTRACTS / "rules.toml").read_text(encoding="utf-8"))


def _sources(table: Mapping[str, Any]) -> tuple[Source, ...]:
    return tuple(Source(**source) for source in table["sources"])


def _rule_of(table: Mapping[str, Any]) -> Rule:
    optional = {"status_evidence": None, "reading": None, "note": None}
    return Rule(**{**optional, **table, "status": tuple(table["status"]), "sources": _sources(table)})


def _reading_of(table: Mapping[str, Any]) -> ReadingEntry:
    return ReadingEntry(**{**table, "values": tuple(table["values"]), "sources": _sources(table)})


RULES: Mapping[str, Rule] = {table["id"]: _rule_of(table) for table in _FILE["rule"]}
READINGS: Mapping[str, ReadingEntry] = {table["name"]: _reading_of(table) for table in _FILE["reading"]}
REFUSE_NOBODY = frozenset(id for id, entry in RULES.items() if not entry.status)
ORDER: Mapping[str, int] = {id: place for place, id in enumerate(RULES)}


def rule(id: str) -> Callable[[Callable[P, Violation | None]], Callable[P, Violation | None]]:
    """
    Tie a pure function to the rule that it judges; its violations carry the id.

    Raises:
        KeyError: no such rule in contracts/rules.toml (at import).
    """
    RULES[id]

    def tie(judge: Callable[P, Violation | None]) -> Callable[P, Violation | None]:
        @wraps(judge)
        def judged(*args: P.args, **kwargs: P.kwargs) -> Violation | None:
            violation = judge(*args, **kwargs)
            return None if violation is None else replace(violation, rule=id)

        judged.rule_id = id  # type: ignore[attr-defined]  # read by `rule_of` below
        return judged

    return tie


# The id that `@rule` tied to a function, and the function without the tie.
rule_of = cast("Callable[[Callable[..., Violation | None]], str]", attrgetter("rule_id"))
bare = cast("Callable[[Callable[..., Violation | None]], Callable[..., Violation | None]]", attrgetter("__wrapped__"))
