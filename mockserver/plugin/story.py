"""What the report of a failed test tells of its worlds: what happened there, in order, and its last request."""

import json
import shlex
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import groupby
from urllib.parse import quote

import pytest

from mockserver.clock import parse_instant
from mockserver.jsontext import encode
from mockserver.plugin.instaview import WorldView
from mockserver.plugin.strays import strays_of
from mockserver.plugin.telling import Stories
from mockserver.plugin.views import Row

MAX_LINES = 40
MAX_WIDTH = 400
MAX_BODY = 4_000


def tell(report: pytest.TestReport, stories: Stories) -> None:
    """
    Add a section for each world to a report. It goes where the traceback stands, so that JUnit files and editors show
    it too; pytest prints other sections on the terminal alone. What has no place there becomes such a section.
    """
    add: Callable[[str, str], None] | None = getattr(report.longrepr, "addsection", None)
    for fixture, story in stories:
        if add is None:
            report.sections.append((fixture, story))
        else:
            add(fixture, story)


def stories_of(worlds: Sequence[WorldView], is_shared: bool) -> Stories:
    """Of what has failed just now; no world has to be judged after that."""
    for world in worlds:
        world.has_failed = True
    return [(world.fixture, story_of(world, is_shared)) for world in worlds]


def story_of(world: WorldView, is_shared: bool) -> str:
    """Never an exception: the failure that it goes with is the news."""
    try:
        rows = [_with_played(row, world.played) for row in world.control.call("GET", "/timeline")]
        found = strays_of(world, is_shared)
        strays, late = ([row for row in found if row["late"] is is_late] for is_late in (False, True))
        lines = [
            *_setting(world),
            *_happened(rows),
            *_strays("Requests of this test that no world took, as their key opens none:", strays),
            *_strays("Requests with keys of earlier tests, sent by what they left running or by this test:", late),
            *_last_request(world, rows, strays),
        ]
    except Exception as error:  # noqa: BLE001  # whatever it is, the report must not break
        lines = [f"What happened cannot be told: {world.url} does not say it ({type(error).__name__}: {error})"]
    return "\n".join(map(_printable, lines))


def _setting(world: WorldView) -> Iterator[str]:
    clock, readings = world.control.call("GET", "/clock"), world.control.call("GET", "/readings")
    chosen = [f"{name}={row['value']}" for name, row in readings.items() if row["value"] != row["default"]]
    yield f"The world's clock {'stands still at' if clock['mode'] == 'frozen' else 'runs; it is'} {clock['now']}."
    if chosen:
        yield f"It reads the documents otherwise than by default: {', '.join(chosen)}"


def _happened(rows: Sequence[Row]) -> Iterator[str]:
    yield "What happened, newest last:" if rows else "Nothing happened in it: no request had one of its keys."
    yield from _lines(rows)


def _lines(rows: Sequence[Row]) -> Iterator[str]:
    """
    A line for each, or for as many in a row as say the same: a client that polls must not hide what was before. A line
    that shows no time is of the time above it.
    """
    runs = [(told, [row["at"] for row in same]) for told, same in groupby(rows, _told)]
    if hidden := sum(len(times) for _, times in runs[:-MAX_LINES]):
        yield f"  … {hidden} before these …"
    shown = ""
    for (label, said), times in runs[-MAX_LINES:]:
        at = "" if times[0] == shown else times[0]
        line = f"  {at:<24}  {label:<8} {f'{len(times)} × ' if len(times) > 1 else ''}{said}"
        yield line if len(line) <= MAX_WIDTH else f"{line[: MAX_WIDTH - 1]}…"
        shown = times[0]


def _told(row: Row) -> tuple[str, str]:
    label, said = KINDS[row["what"]]
    return label, said(row)


def _request(row: Row) -> str:
    query = f"?{row['query']}" if row["query"] else ""
    answer = row["status"] or "no answer"
    return f"{row['method']} {row['path']}{query} → {answer}{_planned(row)}{why(row['decided'])}"


def _planned(row: Row) -> str:
    return f" (planned fault: {row['fault']})" if row["fault"] else ""


def why(decided: Sequence[Row]) -> str:
    """The rules that refused a request, what they said, and what would have passed: ` RULE: message; fix: …`."""
    if not decided:
        return ""
    rules = ", ".join(dict.fromkeys(row["rule"] for row in decided))
    messages = "; ".join(dict.fromkeys(f"{row['at']}: {row['message']}".removeprefix(": ") for row in decided))
    fixes = "; ".join(dict.fromkeys(row["fix"] for row in decided if row["fix"]))
    return f" {rules}: {messages}" + (f"; fix: {fixes}" if fixes else "")


def _with_played(row: Row, played: Container[str]) -> Row:
    return {**row, "played": row["id"] in played} if row["what"] == "event" else row


def _event(row: Row) -> str:
    about = f" of interview {row['interviewId']}" if row["interviewId"] else ""
    fates = "; ".join(_fate(delivery) for delivery in row["deliveries"] if delivery["status"] != "delivered")
    nobody = " (played by assert_idempotent)" if row["played"] else " (sent to no webhook)"
    return f"{row['type']}{about}{'' if row['deliveries'] else nobody}{fates and f' ({fates})'}"


def _fate(delivery: Row) -> str:
    if delivery["status"] == "pending":
        return f"not yet delivered to {delivery['url']}"
    return f"{delivery['status']}, {delivery['url']}: {delivery['error']}"


def _attempt(row: Row) -> str:
    again = f", attempt {row['number']}" if row["number"] > 1 else ""
    return f"{row['event']} to {row['url']} → {row['error'] or row['status']}{again}{_planned(row)}"


def _move(row: Row) -> str:
    by = parse_instant(row["to"]) - parse_instant(row["at"])
    way = "on" if by > timedelta(0) else "back"  # as a restored state does
    moved = f"moved {way} by {abs(by)}, to {row['to']}" if by else f"at {row['to']}"
    return f"{moved}, and runs" if row["mode"] == "real" else moved


CHANGED: Mapping[str, str] = {
    "restore": "went back to",
    "seed": "rows were added:",
    "billing": "minutes were set:",
    "readings": "readings were set:",
}


def _change(row: Row) -> str:
    return f"{CHANGED[row['kind']]} {row['detail']}"


KINDS: Mapping[str, tuple[str, Callable[[Row], str]]] = {
    "request": ("request", _request),
    "event": ("event", _event),
    "attempt": ("webhook", _attempt),
    "clock": ("clock", _move),
    "change": ("world", _change),
}


def _strays(title: str, strays: Sequence[Row]) -> Iterator[str]:
    if strays:
        yield title
        yield from _lines([_placed(row) for row in strays])


def _placed(stray: Row) -> Row:
    """A journal's entry as it would stand in a timeline."""
    fault = stray["fault"] and stray["fault"]["kind"]
    return {**stray, "what": "request", "status": stray["response"]["status"], "fault": fault}


def _last_request(world: WorldView, rows: Sequence[Row], strays: Sequence[Row]) -> Iterator[str]:
    requests = [row["id"] for row in rows if row["what"] == "request"]
    if requests:
        last, note = world.control.call("GET", f"/requests/{requests[-1]}"), ""
    elif strays:
        last, note = strays[-1], "  # sent without a key of a world, so its body was not read"
    else:
        return
    yield "The last request, as a command for a `mockserver serve` of yours (this world is gone when its test is):"
    yield f"  {curl_of(last)}{note}"


def curl_of(row: Row) -> str:
    """A journal's entry as a command for a shell that has INSTAVIEW_BASE_URL and INSTAVIEW_API_KEY."""
    query = f"?{row['query']}" if row["query"] else ""
    headers, body = row["request"]["headers"], row["request"]["body"]
    method = [] if row["method"] == "GET" and body is None else ["-X", row["method"]]
    words = ["curl", "-i", *method, f'"$INSTAVIEW_BASE_URL"{shlex.quote(quote(row["path"]) + query)}']
    if "authorization" in headers:
        words += ["-H", '"Authorization: Bearer $INSTAVIEW_API_KEY"']
    if body is not None:
        text = body if isinstance(body, str) else encode(body).decode()
        words += ["-H", shlex.quote(f"Content-Type: {headers.get('content-type', '')}".strip())]
        words += _data_of(text, is_text=not isinstance(body, str) or _is_plain(body))
    return " ".join(words)


def _data_of(text: str, is_text: bool) -> list[str]:
    if is_text and len(text) <= MAX_BODY:
        return ["--data-raw", shlex.quote(text)]
    return ["--data-binary", f"@FILE  # {len(text)} characters"]


def _is_plain(body: str) -> bool:
    """Whether the line can show it as it was sent; the journal writes \ufffd for what is no UTF-8."""
    return body.isprintable() and "\ufffd" not in body


def _printable(line: str) -> str:
    """A line that moves no cursor and can be encoded, whatever a test has sent."""
    return "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in line)
