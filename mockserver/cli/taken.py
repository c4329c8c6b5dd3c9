"""A delivery that was received, as text for people and as JSON for programs."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from mockserver.cli.terminal import BOLD, DIM, GREEN, RED, YELLOW, painted, printable
from mockserver.listener import Taken
from mockserver.outgoing import Answer
from mockserver.signing import TIMESTAMP

NAME_WIDTH = 21  # of the longest header that is shown


def text_of(taken: Taken, coloured: bool = False) -> str:
    """A paragraph: what came, when, what its signatures are worth, the body, what was answered."""
    return "\n".join(
        printable(plain) + painted(printable(told), colour, coloured and bool(told))
        for plain, told, colour in _lines(taken)
    )


def _lines(taken: Taken) -> Iterator[tuple[str, str, str]]:
    """Each line as a plain part, a part with a colour, and that colour."""
    yield "--> ", f"{event_of(taken) or 'not an event'}  #{taken.number}  POST {taken.path}", BOLD
    again = "" if taken.seen == 1 else f"  (again: it has come {taken.seen} times)"
    yield _named("delivery", taken.id or "(no id)"), again, YELLOW
    yield _named("happened at", str((taken.event or {}).get("timestamp", "(not said)"))), "", DIM
    yield _named("sent at", _attempt_at(taken)), "", DIM
    yield from _verdicts(taken)
    for line in _body(taken).splitlines():
        yield f"    {line}", "", DIM
    if taken.forwarded is not None:
        is_good = taken.forwarded.error is None and _is_good(taken.forwarded.status)
        yield "    forwarded: ", answer_of(taken.forwarded), GREEN if is_good else RED
    failing = " (told to fail)" if taken.is_failing else ""
    yield "<-- ", f"{taken.status}{failing}", GREEN if _is_good(taken.status) else RED


def _named(name: str, text: str) -> str:
    return f"    {name:<{NAME_WIDTH}}  {text}"


def _is_good(status: int | None) -> bool:
    return status is not None and 200 <= status <= 299


def event_of(taken: Taken) -> str:
    return str((taken.event or {}).get("event") or "")


def _attempt_at(taken: Taken) -> str:
    """The attempt's own time, which is not the event's."""
    sent = next((value for name, value in taken.headers if name.lower() == TIMESTAMP), None)
    if sent is None:
        return "(not said)"
    try:
        return f"{datetime.fromtimestamp(int(sent), UTC):%Y-%m-%dT%H:%M:%SZ}"
    except (ValueError, OverflowError, OSError):
        return f"{sent} (no Unix time)"


def _verdicts(taken: Taken) -> Iterator[tuple[str, str, str]]:
    if taken.signatures is None:
        yield _named("signatures", ""), "not verified, no --secret", DIM
        return
    for header, fault in taken.signatures.items():
        yield _named(header, ""), "good" if fault is None else f"wrong: {fault}", GREEN if fault is None else RED


def _body(taken: Taken) -> str:
    if taken.event is None:
        return taken.body.decode("utf-8", "backslashreplace") or "(no body)"
    return json.dumps(taken.event, indent=2, ensure_ascii=False)


def answer_of(answer: Answer) -> str:
    """The status and how long it took, or why there is none."""
    return f"{answer.error or answer.status} in {answer.seconds * 1000:.0f} ms"


def json_of(taken: Taken) -> dict[str, Any]:
    """`body` where it is an object, `text` where it is anything else; `signatures` null where no secret is known."""
    return {
        "number": taken.number,
        "at": taken.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "path": taken.path,
        "event": event_of(taken) or None,
        "deliveryId": taken.id or None,
        "seen": taken.seen,
        "timestamp": (taken.event or {}).get("timestamp"),
        "signatures": None
        if taken.signatures is None
        else {header: {"good": fault is None, "fault": fault} for header, fault in taken.signatures.items()},
        "headers": [list(header) for header in taken.headers],
        "body": taken.event,
        "text": None if taken.event is not None else taken.body.decode("utf-8", "backslashreplace"),
        "status": taken.status,
        "failing": taken.is_failing,
        "forwarded": None if taken.forwarded is None else _forwarded(taken.forwarded),
    }


def _forwarded(answer: Answer) -> dict[str, Any]:
    body = answer.body.decode("utf-8", "backslashreplace")
    return {"status": answer.status, "error": answer.error, "ms": round(answer.seconds * 1000), "body": body}
