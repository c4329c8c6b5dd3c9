"""What schemathesis is told of this contract: ids that name something, dates in reach, and whose rows are left alone.

Loaded by schemathesis itself, through `hooks` of contracts/schemathesis.toml.
"""

import _thread
import atexit
import os
import re
import signal
from collections.abc import Mapping
from datetime import timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import schemathesis
from schemathesis.core import NOT_SET
from schemathesis.core.failures import AcceptedNegativeData

from mockserver.checks.furniture import Furniture, furnish
from mockserver.checks.guards import Pace, none_left
from mockserver.checks.leftovers import Leftovers, created, notes_of
from mockserver.checks.target import Exchange, Request, Target
from mockserver.clock import system_now

KEY = "INSTAVIEW_API_KEY"
TESTS_ONLY = "MOCKSERVER_TEST_INTERVIEWS_ONLY"  # 1: no others are asked for
RATE = "MOCKSERVER_RATE"  # requests a second, for those that schemathesis does not count
NOTES = "MOCKSERVER_NOTES"  # a file for what is made and deleted: whoever reads it takes the rows away, not we
SPENT = "MOCKSERVER_SPENT"  # a file for why the run ended, where no requests are left
MAX_REFUSED = 3  # in a row, before no requests are left
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T.*)?")
CREATES_INTERVIEW = "POST /interviews"


class _Guide:
    """What is known of the server: rows that were made for the run, and what the run itself has created since."""

    def __init__(self) -> None:
        self.prefix = ""  # of every path, as the base URL has it
        self.rows = Furniture()
        self.named: set[str] = set()  # ids in answers, whosever they are
        self.made: dict[str, list[str]] = {}  # by folder, ids that the run has created

    def is_ours(self, id: str) -> bool:
        return id in self.rows.ids or any(id in ids for ids in self.made.values())

    def aimed(self, name: str, value: Any) -> Any:
        """A value with ids of ours and dates in reach where it has others; the same for the same value."""
        if isinstance(value, dict):
            return {inner: held if inner == "metadata" else self.aimed(inner, held) for inner, held in value.items()}
        if isinstance(value, list):
            are_ids = name in self.rows.pools and all(isinstance(held, str) for held in value)
            return list(dict.fromkeys(self.aimed(name, held) for held in value)) if are_ids else value
        if not isinstance(value, str):
            return value
        if UUID.fullmatch(value):
            return value if self.is_ours(value) else self._id(name, value)
        return _date(name, value) if DATE.fullmatch(value) else value

    def _id(self, name: str, value: str) -> str:
        pool = self.rows.pools.get(name, ())
        return pool[_drawn(value) % len(pool)] if pool else value

    def shown(self, folder: str, value: Any) -> Any:
        """An id that is only read: any that leads somewhere."""
        return value if value in self.named else self.aimed(f"/{folder}", value)

    def changed(self, folder: str, value: Any) -> Any:
        """An id of a row that may be changed: one of ours, or none."""
        aimed = self.aimed(f"/{folder}", value)
        return aimed if not _is_id(aimed) or self.is_ours(aimed) else _nowhere(aimed)

    def doomed(self, folder: str, value: Any) -> Any:
        """An id of a row that may be deleted: one that the run has created, and that no other request is led to."""
        mine = self.made.get(folder, [])
        if not _is_id(value) or value in mine:
            return value
        return mine.pop(0) if mine else _nowhere(value)


class _Watch:
    """Sees every exchange: keeps what was made, notes it where somebody reads it, and ends a run that is refused."""

    def __init__(self) -> None:
        self.leftovers = Leftovers()
        self._refused = 0

    def on_exchange(self, exchange: Exchange) -> None:
        self.leftovers.on_exchange(exchange)
        _write(NOTES, "".join(f"{note}\n" for note in notes_of(exchange)))
        self._refused = self._refused + 1 if exchange.is_out_of_requests else 0
        if self._refused == MAX_REFUSED and SPENT in os.environ:
            _write(SPENT, none_left(exchange))
            _thread.interrupt_main()


def _write(name: str, text: str) -> None:
    """To the end of the file that a variable names, if it does."""
    if text and name in os.environ:
        with Path(os.environ[name]).open("a", encoding="utf-8") as file:
            file.write(text)


GUIDE, WATCH = _Guide(), _Watch()
if NOTES in os.environ:  # whoever started us ends us with it, also where a shell's background has it ignored
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _drawn(value: str) -> int:
    return int(blake2b(value.lower().encode(), digest_size=4).hexdigest(), 16)


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and UUID.fullmatch(value) is not None


def _nowhere(value: Any) -> str:
    """An id that names nothing, the same for the same value."""
    digits = blake2b(str(value).encode(), digest_size=6).hexdigest()
    return f"00000000-0000-4000-8000-{digits}"


def _date(name: str, value: str) -> str:
    if name == "gdprExpiryDate":
        return f"{system_now().year + 2 + _drawn(value) % 5}-01-01"
    if name in ("scheduleTime", "scheduledAt"):
        return f"{system_now() + timedelta(days=1 + _drawn(value) % 27):%Y-%m-%dT%H:%M:%SZ}"
    return value


def folder_of(path: str) -> str:
    return path.split("/")[1]


@schemathesis.hook
def after_load_schema(_context: schemathesis.HookContext, schema: Any) -> None:
    """Make the rows that ids are led to."""
    url, key = schema.get_base_url(), os.environ[KEY]
    pace = [Pace(float(os.environ[RATE]))] if RATE in os.environ else []
    target = Target(url, key, guards=pace, listeners=[WATCH.on_exchange], has_control=False)
    GUIDE.prefix = urlsplit(url).path.rstrip("/")
    GUIDE.rows = furnish(target, tests_only=_tests_only())
    if NOTES not in os.environ:
        atexit.register(WATCH.leftovers.take_away, target)


def _tests_only() -> bool:
    return os.environ.get(TESTS_ONLY) == "1"


@schemathesis.hook
def before_call(_context: schemathesis.HookContext, case: schemathesis.Case[Any], _kwargs: dict[str, Any]) -> None:
    """Ids are led to what there is; no request of any kind changes, deletes or joins what is not ours."""
    case.path_parameters = _led_path(case.method, folder_of(case.path), case.path_parameters or {})
    case.query = {name: GUIDE.aimed(name, value) for name, value in (case.query or {}).items()}
    case.body = GUIDE.aimed("", case.body)
    if _tests_only() and case.operation.label == CREATES_INTERVIEW and isinstance(case.body, dict):
        case.body = {**case.body, "isTest": True}


def _led_path(method: str, folder: str, given: Mapping[str, Any]) -> dict[str, Any]:
    led = {name: GUIDE.aimed(name, value) for name, value in given.items() if name != "id"}
    if led.get("attemptId") in GUIDE.rows.calls:
        return {**led, "id": GUIDE.rows.calls[led["attemptId"]]}
    if "id" not in given:
        return led
    choose = {"GET": GUIDE.shown, "DELETE": GUIDE.doomed}.get(method, GUIDE.changed)
    return {"id": choose(folder, given["id"]), **led}


@schemathesis.hook
def filter_failure(
    _context: schemathesis.HookContext, failure: Any, case: schemathesis.Case[Any], _response: Any
) -> bool:
    """A body that may be left out is not wrong where it is, which schemathesis takes it for."""
    is_left_out = case.body is NOT_SET and not any(body.is_required for body in case.operation.body)
    return not (is_left_out and isinstance(failure, AcceptedNegativeData) and _wrong_parts(case) == ["BODY"])


def _wrong_parts(case: schemathesis.Case[Any]) -> list[str]:
    parts = {} if case.meta is None else case.meta.components
    return [name.name for name, part in parts.items() if part.mode.is_negative]


@schemathesis.hook
def after_call(_context: schemathesis.HookContext, _case: schemathesis.Case[Any], response: Any) -> None:
    """Take note of the ids that an answer names."""
    GUIDE.named.update(id.lower() for id in UUID.findall(response.text))
    exchange = _exchange(response)
    WATCH.on_exchange(exchange)
    for folder, id in created(exchange):
        GUIDE.made.setdefault(folder, []).append(id)


def _exchange(response: Any) -> Exchange:
    """As our own requests are told of."""
    sent = response.request
    url = urlsplit(sent.url)
    content = sent.body.encode() if isinstance(sent.body, str) else sent.body
    headers = tuple((str(name), _text(value)) for name, value in sent.headers.items())
    request = Request(sent.method, url.path.removeprefix(GUIDE.prefix), headers, content)
    answered = {name.lower(): ", ".join(values) for name, values in response.headers.items()}
    return Exchange("", request, response.status_code, answered, response.content, response.elapsed)


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
