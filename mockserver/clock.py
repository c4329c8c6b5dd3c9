"""Time as a value: the only place that asks the machine what time it is."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

Mode = Literal["real", "frozen"]

# What a world plans lies at most some weeks ahead of its clock: a year is left for that.
LAST = datetime(9999, 1, 1, tzinfo=UTC)
MAX_SHOWN = 60  # characters of what is no instant


def system_now() -> datetime:
    """The machine's time in whole milliseconds, which is as finely as instants are shown."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


class ClockMovedBack(ValueError):
    """Somebody asked a clock to go back; what has happened cannot be undone."""


@dataclass(slots=True)
class WorldClock:
    """
    One world's clock.

    `real` runs with the machine's clock, `ahead` of it by what it was advanced; at another `speed` it does so as if
    that clock had run so many times faster since `at`.
    `frozen` stands still at `at` until it is moved.
    """

    mode: Mode
    at: datetime
    ahead: timedelta = timedelta(0)
    system: Callable[[], datetime] = system_now
    speed: float = 1.0

    def now(self) -> datetime:
        return self.at if self.mode == "frozen" else self._running() + self.ahead

    def _running(self) -> datetime:
        now = self.system()
        return now if self.speed == 1 else self.at + (now - self.at) * self.speed

    def real_seconds(self, wait: timedelta) -> float:
        """How long the machine's clock takes for what is a wait by this one, while it runs."""
        return wait.total_seconds() / self.speed

    def move_to(self, instant: datetime) -> None:
        """Stand at `instant`, or run on from there; never backwards by more than the moment the call took."""
        if self.mode == "frozen":
            self.at = max(self.at, instant)
        else:
            self.ahead = max(self.ahead, instant - self._running())

    def change_mode(self, mode: Mode) -> None:
        """Freeze where the clock stands now, or let it run on from there."""
        now, began = self.now(), self.system()
        self.mode = mode
        self.at, self.ahead = (now, timedelta(0)) if mode == "frozen" else (began, now - began)


@dataclass(frozen=True, slots=True)
class Move:
    """
    Somebody moved a clock on, let it run or made it stand still: `at` is what it showed before, `to` what it shows
    after, in `mode`; `place` is where that stands in the order of what happened.
    """

    place: int
    at: datetime
    to: datetime
    mode: Mode


def clock_from(setting: str, system: Callable[[], datetime] = system_now, speed: float = 1.0) -> WorldClock:
    """
    The clock that a world file or `--clock` asks for.

    Args:
        setting: `real`, `frozen` (now, standing still), or an RFC 3339 instant (standing still there).
        speed: how many times faster than the machine's it runs while it is real.

    Raises:
        ValueError: it is none of these.
    """
    if setting == "real":
        return WorldClock("real", system(), system=system, speed=speed)
    at = system() if setting == "frozen" else parse_instant(setting)
    return WorldClock("frozen", at, system=system, speed=speed)


def parse_instant(text: str) -> datetime:
    """
    An instant with its offset, as aware UTC.

    Raises:
        ValueError: not an RFC 3339 date-time with an offset; the message says why.
    """
    shown = repr(text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 1]}…")
    try:
        instant = datetime.fromisoformat(f"{text[:-1]}Z" if text.endswith("z") else text)
    except ValueError as error:
        why = "" if text in str(error) else f" ({error})"  # the library's own way of saying the same
        raise ValueError(f"{shown} is no date-time{why}") from None
    if instant.tzinfo is None:
        raise ValueError(f"{shown} has no offset: end it with Z or ±hh:mm")
    try:
        instant = instant.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{shown} lies outside the years 1 to {LAST.year - 1}") from None
    if instant > LAST:
        raise ValueError(f"{shown} lies outside the years 1 to {LAST.year - 1}")
    return instant
