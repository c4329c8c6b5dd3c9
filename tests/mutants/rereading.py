"""One and the same thing, shown otherwise in another place or at another time."""

import re
import unicodedata
from collections.abc import Callable
from typing import Any

from tests.mutants.fault import breaking
from tests.mutants.patches import Told, told

Row = dict[str, Any]
LONG_AGO = "2001-01-01T00:00:00Z"


def _shown(
    path: str, change: Callable[[Row], Row], *, lists: bool = True, alone: bool = True
) -> Callable[[Told], Told]:
    """Rows that successes show: those of lists, those that stand alone, or both."""

    def changed(answer: Told) -> Told:
        if (
            answer.status >= 300
            or re.fullmatch(path, answer.path) is None
            or not isinstance(shown := answer.json, dict)
        ):
            return answer
        if "totalPages" in shown:
            return answer.saying({**shown, "data": list(map(change, shown["data"]))}) if lists else answer
        return answer.saying(change(shown)) if alone else answer

    return changed


def _without(name: str) -> Callable[[Row], Row]:
    return lambda row: {other: value for other, value in row.items() if other != name}


def _listed_without(path: str, name: str) -> Callable[[Told], Told]:
    return _shown(path, _without(name), alone=False)


def _with(name: str, value: Callable[[Row], Any]) -> Callable[[Row], Row]:
    return lambda row: {**row, name: value(row)} if name in row else row


def _decomposed(answer: Told) -> Told:
    """As `č` in two characters, which look the same."""
    is_text = "json" in answer.headers.get("content-type", "")
    return answer.but(content=unicodedata.normalize("NFD", answer.content.decode()).encode()) if is_text else answer


def _any_pdf(answer: Told) -> Told:
    is_pdf = answer.path.endswith("/analysis-pdf") and answer.status == 200
    return answer.saying({**answer.json, "analysisPdfBase64": "JVBERi0xLjQK"}) if is_pdf else answer


FAULTS = (
    *breaking("BODY-JSON", scenarios=("texts",))(
        ("letters-taken-apart", "Letters with accents come back in two pieces.", told(_decomposed)),
    ),
    *breaking("RESPONSE-SHAPE", scenarios=("interviews",))(
        ("listed-without-metadata", "Lists show no metadata.", told(_listed_without("/interviews", "metadata"))),
    ),
    *breaking("TEST-LISTED", scenarios=("page-5-test-interview",))(
        ("listed-without-analysis", "Lists show no analysis.", told(_listed_without("/interviews", "analysis"))),
        (
            "listed-without-duration",
            "Lists do not say how long an interview took.",
            told(_listed_without("/interviews", "durationMinutes")),
        ),
    ),
    *breaking("RESPONSE-SHAPE", scenarios=("call-attempts",))(
        ("listed-without-calls", "Lists show no calls.", told(_listed_without("/interviews", "callAttempts"))),
    ),
    *breaking("RESPONSE-SHAPE", scenarios=("jobs",))(
        (
            "job-listed-without-description",
            "The list of jobs shows no description.",
            told(_listed_without("/jobs", "description")),
        ),
    ),
    *breaking("RESPONSE-SHAPE", scenarios=("agents",))(
        (
            "agent-listed-as-another",
            "The list of agents has other names.",
            told(_shown("/agents", _with("name", lambda _: "An agent"), alone=False)),
        ),
    ),
    *breaking("RESPONSE-SHAPE", scenarios=("candidates",))(
        (
            "candidate-listed-without-phone",
            "The list of candidates shows no phone numbers.",
            told(_listed_without("/candidates", "phoneNumber")),
        ),
        (
            "candidate-listed-without-interviews",
            "The list of candidates counts no interviews.",
            told(_shown("/candidates", _with("interviewCount", lambda _: 0), alone=False)),
        ),
    ),
    *breaking("RESPONSE-SHAPE", "TEST-LISTED", scenarios=("candidates",))(
        (
            "candidates-interviews-open",
            "A candidate's own list shows interviews as they were planned.",
            told(_shown("/candidates/[^/]+/interviews", _with("status", lambda _: "SCHEDULED"))),
        ),
    ),
    *breaking("ANALYSIS-READY", scenarios=("test-analysis",))(
        ("pdf-of-another", "The PDF of an interview is that of any other.", told(_any_pdf)),
    ),
    *breaking("TEST-COMPLETED")(
        (
            "test-finished-long-ago",
            "A test interview ended years ago.",
            told(_shown("/interviews.*", _with("finishedDate", lambda _: LONG_AGO))),
        ),
    ),
    *(
        fault
        for what, operation in (("job", "createJob"), ("candidate", "createCandidate"), ("agent", "createAgent"))
        for fault in breaking(f"answers/{operation}", scenarios=("instants", "server-fields"))(
            (
                f"{what}-made-long-ago",
                f"A new {what} was made years ago.",
                told(_shown(f"/{what}s.*", _with("createdAt", lambda _: LONG_AGO))),
            ),
            (
                f"{what}-changed-before-made",
                f"A new {what} was changed years before it was made.",
                told(_shown(f"/{what}s.*", _with("updatedAt", lambda _: LONG_AGO))),
            ),
        )
    ),
    *breaking("answers/updateJob", scenarios=("instants",))(
        (
            "change-untold",
            "A change is not told by updatedAt.",
            told(_shown("/jobs.*", _with("updatedAt", lambda row: row["createdAt"]))),
        ),
    ),
)
