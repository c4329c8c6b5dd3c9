"""One POST on its way out, and what came back of it, as values: nothing here knows how it is sent."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outgoing:
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    timeout_seconds: float  # real seconds, for the whole attempt: resolving, connecting, sending, reading
    body_seconds: float = 0  # real seconds that sending the body shall take


@dataclass(frozen=True, slots=True)
class Answer:
    status: int | None  # None: no answer, or not as far as its status line
    headers: tuple[tuple[str, str], ...]
    body: bytes  # as sent, not decompressed; no more of it than its reader wanted (a delivery: the first 64 KiB)
    error: str | None  # why there is no answer, or no whole one
    seconds: float
