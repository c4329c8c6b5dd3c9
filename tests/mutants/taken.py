"""What is sent, taken otherwise than it was meant."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mockserver import agents, candidates, jobs, jsontext
from tests.mutants.fault import breaking
from tests.mutants.patches import Right, instead

Change = Callable[[str, Any], Any]  # by a field's name


def _taken(change: Change) -> Callable[..., Any]:
    """Bodies whose values are changed before anything looks at them."""
    return lambda right, text: _deep(change, right(text))


def _deep(change: Change, value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {inner: _deep(change, found, inner) for inner, found in value.items()}
    if isinstance(value, list):
        return [_deep(change, found, name) for found in value]
    return change(name, value)


def _of_text(text: Callable[[str], str], *names: str) -> Change:
    """Texts alone, of these fields or of all."""
    return lambda name, value: text(value) if isinstance(value, str) and (not names or name in names) else value


def _metadata_as_texts(right: Right, text: bytes) -> Any:
    value = right(text)
    if not (isinstance(value, dict) and isinstance(value.get("metadata"), dict)):
        return value
    return {**value, "metadata": _deep(_number_as_text, value["metadata"])}


def _number_as_text(_name: str, value: Any) -> Any:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _nonsense_if(pattern: str) -> Callable[[str], str]:
    return lambda text: "nonsense" if re.search(pattern, text) else text


def _changed(**wrong: Callable[[Any], Any]) -> Callable[..., Any]:
    """Changes whose drafts are other ones."""

    def update(right: Right, caller: Any, id: str, draft: Any, now: Any) -> Any:
        return right(caller, id, replace(draft, **{name: value(draft) for name, value in wrong.items()}), now)

    return update


def _details(draft: Any) -> dict[str, Any]:
    """A title without a description takes the old one away."""
    return draft.details if draft.title is None else {"description": "To be written.", **draft.details}


FAULTS = (
    *breaking("BODY-JSON", scenarios=("texts",))(
        (
            "letters-lost",
            "Letters that Latin-1 has not become question marks.",
            instead(
                jsontext.decode, _taken(_of_text(lambda text: text.encode("latin-1", "replace").decode("latin-1")))
            ),
        ),
    ),
    *breaking("CANDIDATE-REQUIRED", scenarios=("texts",))(
        (
            "names-capitalised",
            "Names are written with one capital each.",
            instead(jsontext.decode, _taken(_of_text(str.title, "firstName", "lastName"))),
        ),
    ),
    *breaking("JOB-SHAPE", scenarios=("texts",))(
        (
            "lines-joined",
            "Texts of several lines come back as one.",
            instead(jsontext.decode, _taken(_of_text(lambda text: re.sub(r"\s+", " ", text), "description"))),
        ),
    ),
    *breaking("RESPONSE-SHAPE", scenarios=("interviews",))(
        (
            "metadata-numbers-as-texts",
            "Numbers in metadata become texts.",
            instead(jsontext.decode, _metadata_as_texts),
        ),
    ),
    *breaking("SCHEDULE-FORMAT", scenarios=("schedule",))(
        (
            "milliseconds-refused",
            "A time with milliseconds is refused.",
            instead(jsontext.decode, _taken(_of_text(_nonsense_if(r"\.\d+"), "scheduleTime"))),
        ),
        (
            "small-t-refused",
            "A time with small letters is refused.",
            instead(jsontext.decode, _taken(_of_text(_nonsense_if("[tz]"), "scheduleTime"))),
        ),
    ),
    *breaking("SCHEDULED", scenarios=("schedule",))(
        (
            "no-test-is-a-test",
            "An interview that is said to be no test is one.",
            instead(jsontext.decode, _taken(lambda name, value: True if name == "isTest" else value)),
        ),
    ),
    *breaking("AGENT-SHAPE", scenarios=("limits-of-agents",))(
        (
            "english-only",
            "Agents speak English alone.",
            instead(jsontext.decode, _taken(_of_text(lambda text: text if text == "EN" else "XX", "language"))),
        ),
    ),
    *breaking("AGENT-SHAPE", scenarios=("agents",))(
        (
            "agent-not-renamed",
            "A change of an agent leaves the name.",
            instead(agents.update, _changed(name=lambda _: None)),
        ),
    ),
    *breaking("CANDIDATE-STATUS", scenarios=("candidates",))(
        (
            "change-resets-status",
            "A change of a candidate that names no status makes it APPLIED.",
            instead(candidates.update, _changed(status=lambda draft: draft.status or "APPLIED")),
        ),
    ),
    *breaking("JOB-SHAPE", scenarios=("jobs",))(
        (
            "change-clears-description",
            "A new title of a job takes its description away.",
            instead(jobs.update, _changed(details=_details)),
        ),
    ),
)
