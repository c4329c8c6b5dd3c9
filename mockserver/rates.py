"""How often a key has asked: two fixed windows, by the minute and by the hour of its world's clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

LIMITS = (("Minute", 60, 60), ("Hour", 3600, 2000))  # name, seconds, requests

HEADERS = tuple(
    tuple(f"x-ratelimit-{what}-{name}".lower().encode() for what in ("limit", "remaining", "reset"))
    for name, _, _ in LIMITS
)


@dataclass(slots=True)
class _Window:
    number: int = -1
    count: int = 0


@dataclass(slots=True)
class Rates:
    """The counts of one key."""

    windows: tuple[_Window, _Window] = field(default_factory=lambda: (_Window(), _Window()))

    @classmethod
    def restored(cls, shown: Sequence[Mapping[str, int]]) -> "Rates":
        """What `shown` told of a key that has asked."""
        minute, hour = (_Window(int(row["window"]), int(row["requests"])) for row in shown)
        return cls((minute, hour))

    def count(self, now: datetime) -> str | None:
        """Count a request; the name of the first window that had none left for it, if any."""
        seconds = int(now.timestamp())
        exceeded = None
        for window, (name, length, limit) in zip(self.windows, LIMITS, strict=True):
            number = seconds // length
            if window.number != number:
                window.number, window.count = number, 0
            window.count += 1
            if window.count > limit and exceeded is None:
                exceeded = name.lower()
        return exceeded

    def shown(self) -> list[dict[str, int]]:
        """Both windows: which of its length since 1970, and the requests in it; of a key that never asked, neither."""
        return [{"window": window.number, "requests": window.count} for window in self.windows if window.count]

    def refusal(self, exceeded: str, now: datetime) -> dict[str, int]:
        """What the documents' 429 says beside its message; `retryAfter` is in seconds, `reset` a Unix second."""
        at = [name.lower() for name, _, _ in LIMITS].index(exceeded)
        _, length, limit = LIMITS[at]
        reset = (self.windows[at].number + 1) * length
        return {"retryAfter": max(1, reset - int(now.timestamp())), "limit": limit, "remaining": 0, "reset": reset}

    def headers(self) -> list[tuple[bytes, bytes]]:
        """The six headers of the documents: limit, what remains, and the Unix second at which the window ends."""
        return _headers([window.number for window in self.windows], [window.count for window in self.windows])


def headers_of_nobody(now: datetime) -> list[tuple[bytes, bytes]]:
    """What a key would read that has not asked yet: for requests without a key that is known."""
    return _headers([int(now.timestamp()) // length for _, length, _ in LIMITS], [0] * len(LIMITS))


def _headers(numbers: Sequence[int], counts: Sequence[int]) -> list[tuple[bytes, bytes]]:
    rendered = []
    for number, count, names, (_, length, limit) in zip(numbers, counts, HEADERS, LIMITS, strict=True):
        remaining, reset = max(0, limit - count), (number + 1) * length
        rendered += [(names[0], b"%d" % limit), (names[1], b"%d" % remaining), (names[2], b"%d" % reset)]
    return rendered
