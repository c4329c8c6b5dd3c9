"""The form of answers: wrapping, messages, headers, media types."""

from collections.abc import Callable
from typing import Any

from mockserver import pages
from mockserver.pages import Asked
from tests.mutants.fault import breaking
from tests.mutants.patches import Right, Told, instead, told


def _of_resource(change: Callable[[Any], Any]) -> Callable[[Told], Told]:
    """Successes that show something."""
    return lambda answer: answer.saying(change(answer.json)) if answer.status < 300 and answer.content else answer


def _of(path: str, change: Callable[[Any], Any]) -> Callable[[Told], Told]:
    """Successes of some paths."""
    changed = _of_resource(change)
    return lambda answer: changed(answer) if answer.path.startswith(path) else answer


def _of_refusal(change: Callable[[dict[str, Any]], Any]) -> Callable[[Told], Told]:
    return lambda answer: answer.saying(change(answer.json)) if answer.status >= 400 else answer


def _with_header(
    name: str, value: str | None, *, among: Callable[[Told], bool] = lambda _: True
) -> Callable[[Told], Told]:
    return lambda answer: answer.with_header(name, value) if among(answer) else answer


def _without(name: str) -> Callable[[Any], Any]:
    def change(shown: Any) -> Any:
        return {other: value for other, value in shown.items() if other != name} if isinstance(shown, dict) else shown

    return change


def _past_the_end(right: Right, rows: Any, asked: Asked, keep: Any = None) -> Any:
    page = right(rows, asked, keep)
    if asked.page > 1 and not page.rows:
        raise IndexError("page out of range")
    return page


def _is_refusal(answer: Told) -> bool:
    return answer.status >= 400


def _is(status: int) -> Callable[[Told], bool]:
    return lambda answer: answer.status == status


FAULTS = (
    *breaking("answers/createJob", scenarios=("interviews",))(
        (
            "data-around-everything",
            "Every success is wrapped in `data`.",
            told(_of_resource(lambda value: {"data": value})),
        ),
    ),
    *breaking("RESPONSE-SHAPE", "answers/createInterview", scenarios=("interviews",))(
        (
            "data-around-interviews",
            "An interview is wrapped in `data`.",
            told(_of("/interviews", lambda value: {"data": value})),
        ),
    ),
    *breaking("answers/createJob", scenarios=("jobs",))(
        (
            "envelope-half",
            "Successes are wrapped, refusals are not.",
            told(_of_resource(lambda value: {"success": True, "data": value})),
        ),
        (
            "error-name-wrong",
            "Every refusal is called an Error.",
            told(_of_refusal(lambda value: {**value, "error": "Error"})),
        ),
    ),
    *breaking("answers/createInterview", scenarios=("page-3-several-jobs",))(
        (
            "message-of-one-in-list",
            "A single message stands in a list.",
            told(
                _of_refusal(
                    lambda value: {
                        **value,
                        "message": [value["message"]] if isinstance(value["message"], str) else value["message"],
                    }
                )
            ),
        ),
    ),
    *breaking("JOB-SHAPE", "answers/createJob", scenarios=("jobs",))(
        ("message-missing", "A refusal has no message.", told(_of_refusal(_without("message")))),
        (
            "status-code-wrong",
            "A refusal's statusCode is 200.",
            told(_of_refusal(lambda value: {**value, "statusCode": 200})),
        ),
        (
            "refusal-of-text",
            "Refusals are plain text.",
            told(
                lambda answer: (
                    answer.but(content=b"refused").with_header("content-type", "text/plain")
                    if _is_refusal(answer)
                    else answer
                )
            ),
        ),
    ),
    *breaking("answers/createInterview", scenarios=("given-once",))(
        (
            "message-of-objects",
            "A message is an object.",
            told(_of_refusal(lambda value: {**value, "message": {"all": value["message"]}})),
        ),
    ),
    *breaking("JOB-EXISTS", "answers/getJob", scenarios=("jobs",))(
        (
            "refusal-of-html",
            "An unknown id is answered with an HTML page.",
            told(
                lambda answer: (
                    answer.but(content=b"<h1>404</h1>").with_header("content-type", "text/html")
                    if answer.status == 404
                    else answer
                )
            ),
        ),
    ),
    *breaking("answers/createAgent", scenarios=("jobs",))(
        ("json-as-text", "Answers are declared to be plain text.", told(_with_header("content-type", "text/plain"))),
    ),
    *breaking("AUTH-KEY")(
        ("no-challenge", "A refused key is told no scheme.", told(_with_header("www-authenticate", None))),
    ),
    *breaking("METHOD")(
        ("no-allow", "A refused method is not told the others.", told(_with_header("allow", None))),
        (
            "empty-allow",
            "A refused method is told that there is none.",
            told(_with_header("allow", "", among=_is(405))),
        ),
    ),
    *breaking("RATE-LIMIT")(
        (
            "no-rate-headers",
            "Answers do not say how many requests are left.",
            told(_with_header("x-ratelimit-remaining-minute", None)),
        ),
        (
            "no-retry-after",
            "One request too many is not told when to come again.",
            told(_with_header("retry-after", None)),
        ),
    ),
    *breaking("ID-FORMAT", scenarios=("rate-limit",))(
        (
            "no-rate-headers-on-refusals",
            "Refusals do not say how many requests are left.",
            told(_with_header("x-ratelimit-remaining-hour", None, among=_is_refusal)),
        ),
    ),
    *breaking("answers/deleteWebhook", scenarios=("webhooks",))(
        (
            "deleted-with-body",
            "A deleted webhook is shown once more.",
            told(
                lambda answer: (
                    answer.but(status=200, content=b"true").with_header("content-type", "application/json")
                    if answer.status == 204
                    else answer
                )
            ),
        ),
    ),
    *breaking("JOB-DELETE")(
        (
            "deleted-object",
            "A deleted job is answered with an object.",
            told(lambda answer: answer.saying({"deleted": True}) if answer.json is True else answer),
        ),
    ),
    *breaking("PAGINATION")(
        ("server-error", "A page past the last is an error of the server.", instead(pages.page_of, _past_the_end)),
    ),
)
