"""What interviews show: instants, ids, fields."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from mockserver.wire import instants, interviews
from tests.mutants.fault import breaking
from tests.mutants.patches import Told, instead, told


def _of_resource(change: Callable[[Any], Any]) -> Callable[[Told], Told]:
    """Successes that show something."""
    return lambda answer: answer.saying(change(answer.json)) if answer.status < 300 and answer.content else answer


def _of(path: str, change: Callable[[Any], Any]) -> Callable[[Told], Told]:
    """Successes of some paths."""
    changed = _of_resource(change)
    return lambda answer: changed(answer) if answer.path.startswith(path) else answer


def _deep(change: Callable[[str, Any], Any], value: Any, name: str = "") -> Any:
    """Every field changed by its name, however deep."""
    if isinstance(value, dict):
        return {inner: _deep(change, found, inner) for inner, found in value.items()}
    if isinstance(value, list):
        return [_deep(change, found, name) for found in value]
    return change(name, value)


def _instants(text: Callable[[str], str]) -> Callable[[Told], Told]:
    def change(name: str, value: Any) -> Any:
        return text(value) if name.endswith(("At", "Date")) and isinstance(value, str) and "T" in value else value

    return _of_resource(lambda value: _deep(change, value))


def _upper(name: str, value: Any) -> Any:
    return value.upper() if (name == "id" or name.endswith("Id")) and isinstance(value, str) else value


def _milliseconds(_name: str, value: Any) -> Any:
    is_instant = isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]{8}Z", value) is not None
    return f"{value[:-1]}.000Z" if is_instant else value


def _without(name: str) -> Callable[[Any], Any]:
    def change(shown: Any) -> Any:
        return {other: value for other, value in shown.items() if other != name} if isinstance(shown, dict) else shown

    return change


def _shown(change: Callable[[dict[str, Any], Any], dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Interviews as answered, changed by what they are."""
    return lambda right, interview, readings: change(right(interview, readings), interview)


def _nine_fields(shown: dict[str, Any], _: Any) -> dict[str, Any]:
    return {name: value for name, value in shown.items() if name != "jobId" or value is not None}


def _all_fields(shown: dict[str, Any], _: Any) -> dict[str, Any]:
    optional = dict.fromkeys(("durationMinutes", "finishedDate", "analysis"))
    return {**optional, **shown}


def _calls_of_all(shown: dict[str, Any], _: Any) -> dict[str, Any]:
    return {"callAttempts": [], **shown}


def _calls_of_none(shown: dict[str, Any], _: Any) -> dict[str, Any]:
    return {name: value for name, value in shown.items() if name != "callAttempts"}


def _metadata_lost(shown: dict[str, Any], interview: Any) -> dict[str, Any]:
    return shown if interview.is_test else {name: value for name, value in shown.items() if name != "metadata"}


def _ended_without(name: str) -> Callable[[dict[str, Any], Any], dict[str, Any]]:
    """What an interview that was held does not show; test interviews do."""

    def change(shown: dict[str, Any], interview: Any) -> dict[str, Any]:
        return shown if interview.is_test else {other: value for other, value in shown.items() if other != name}

    return change


FAULTS = (
    *breaking("RESPONSE-SHAPE", scenarios=("interviews",))(
        ("instants-without-z", "Instants have no Z.", told(_instants(lambda text: text.removesuffix("Z")))),
        (
            "instants-with-offset",
            "Instants end with +00:00.",
            told(_instants(lambda text: text.replace("Z", "+00:00"))),
        ),
        (
            "instants-with-milliseconds",
            "An interview has milliseconds in its instants, and nothing else has.",
            instead(interviews.render_interview, _shown(lambda shown, _: _deep(_milliseconds, shown))),
        ),
        (
            "instants-with-a-space",
            "Instants have a space in place of the T.",
            told(_instants(lambda text: text.replace("T", " "))),
        ),
        (
            "company-shown",
            "An interview shows its company.",
            instead(
                interviews.render_interview,
                _shown(lambda shown, interview: {**shown, "companyId": interview.company_id}),
            ),
        ),
        (
            "nulls-for-what-is-not-there",
            "What an interview has not yet is null.",
            instead(interviews.render_interview, _shown(_all_fields)),
        ),
        (
            "updated-missing",
            "An interview does not say when it changed.",
            instead(interviews.render_interview, _shown(lambda shown, _: _without("updatedAt")(shown))),
        ),
        (
            "status-in-small-letters",
            "The status of an interview is in small letters.",
            instead(interviews.render_interview, _shown(lambda shown, _: {**shown, "status": shown["status"].lower()})),
        ),
    ),
    *breaking("SCHEDULED")(
        (
            "instants-an-hour-off",
            "Instants are an hour off.",
            instead(
                instants.render_instant, lambda right, instant, readings: right(instant + timedelta(hours=1), readings)
            ),
        ),
    ),
    *breaking("RESPONSE-SHAPE", "ID-FORMAT", scenarios=("interviews", "letters-of-ids"))(
        (
            "ids-in-capitals",
            "An interview has ids in capitals.",
            told(_of("/interviews", lambda value: _deep(_upper, value))),
        ),
    ),
    *breaking("RESPONSE-SHAPE", scenarios=("page-2-talent-pool",))(
        (
            "job-left-out",
            "An interview without a job has no jobId.",
            instead(interviews.render_interview, _shown(_nine_fields)),
        ),
    ),
    *breaking("RESPONSE-SHAPE")(
        (
            "calls-online",
            "An interview online shows calls.",
            instead(interviews.render_interview, _shown(_calls_of_all)),
        ),
        (
            "calls-missing",
            "An interview by phone shows no calls.",
            instead(interviews.render_interview, _shown(_calls_of_none)),
        ),
        (
            "metadata-lost",
            "An interview's metadata are lost.",
            instead(interviews.render_interview, _shown(_metadata_lost)),
        ),
        (
            "ended-without-duration",
            "A completed interview does not say how long it took.",
            instead(interviews.render_interview, _shown(_ended_without("durationMinutes"))),
        ),
        (
            "ended-without-end",
            "A completed interview does not say when it ended.",
            instead(interviews.render_interview, _shown(_ended_without("finishedDate"))),
        ),
    ),
)
