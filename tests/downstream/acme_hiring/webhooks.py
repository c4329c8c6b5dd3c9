"""Takes InstaView's webhooks: a WSGI application over a SQLite file."""

import hmac
import json
import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

EVENTS = ("interview.completed", "analysis.completed")
SCHEMA = """
create table if not exists deliveries (id text primary key);
create table if not exists interviews (id text primary key, is_over integer, rating integer);
create table if not exists hired (candidate text);
"""


class Hiring:
    """Hires every candidate once whose interview is over and well rated, in whatever order we hear of the two."""

    def __init__(self, path: Path, secret: str, least_rating: int = 60) -> None:
        self._path, self._secret, self._least_rating = path, secret, least_rating
        with closing(sqlite3.connect(path)) as db:
            db.executescript(SCHEMA)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        signature = "sha256=" + hmac.digest(self._secret.encode(), body, "sha256").hex()
        if not hmac.compare_digest(signature, environ.get("HTTP_X_INSTAVIEW_SIGNATURE", "")):
            start_response("401 Unauthorized", [])
            return []
        told = json.loads(body)
        with closing(sqlite3.connect(self._path)) as db, db:  # one transaction: all of a delivery, or nothing
            if self._is_new(db, told["deliveryId"]):
                self._take(db, told["event"], told["data"])
        start_response("204 No Content", [])
        return []

    def _is_new(self, db: sqlite3.Connection, delivery: str) -> bool:
        return db.execute("insert or ignore into deliveries values (?)", [delivery]).rowcount == 1

    def _take(self, db: sqlite3.Connection, event: str, data: dict[str, Any]) -> None:
        interview = data["interviewId"]
        db.execute("insert or ignore into interviews values (?, 0, null)", [interview])
        if event == "interview.completed":
            db.execute("update interviews set is_over = 1 where id = ?", [interview])
        else:
            rating = data["analysis"]["general"]["overallRating"]
            db.execute("update interviews set rating = ? where id = ?", [rating, interview])
        good = "select 1 from interviews where id = ? and is_over and rating >= ?"
        if db.execute(good, [interview, self._least_rating]).fetchone():
            db.execute("insert into hired values (?)", [data["candidateId"]])

    def hired(self) -> list[str]:
        with closing(sqlite3.connect(self._path)) as db:
            return [candidate for (candidate,) in db.execute("select candidate from hired")]
