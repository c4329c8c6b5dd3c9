"""What will fall due in a world, and when: the only form in which anything waits."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from heapq import heappop, heappush
from typing import Literal, get_args

TimerKind = Literal["start", "ring-out", "call-again", "complete", "fail", "analyse", "attempt", "release"]


@dataclass(frozen=True, slots=True)
class Timer:
    """`subject` is the id of what it is about; timers of one instant fall due in the order of `place`."""

    at: datetime
    place: int
    kind: TimerKind
    subject: str


class Timers:
    """A heap by instant, then by order of planning; a cancelled timer stays in it until it is met."""

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, int]] = []
        self._live: dict[int, Timer] = {}
        self._places: dict[tuple[TimerKind, str], int] = {}
        self._planned = 0

    def plan(self, at: datetime, kind: TimerKind, subject: str) -> Timer:
        """Plan what a subject waits for; it waits for one thing of a kind at a time."""
        self.cancel(kind, subject)
        self._planned += 1
        timer = Timer(at, self._planned, kind, subject)
        self._live[timer.place] = timer
        self._places[kind, subject] = timer.place
        heappush(self._heap, (at, timer.place))
        return timer

    def cancel(self, kind: TimerKind, subject: str) -> None:
        place = self._places.pop((kind, subject), None)
        if place is not None:
            del self._live[place]

    def forget(self, subject: str) -> None:
        """Cancel all that a subject waits for."""
        for kind in get_args(TimerKind):
            self.cancel(kind, subject)

    def next_at(self) -> datetime | None:
        while self._heap and self._heap[0][1] not in self._live:
            heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def pop_due(self, instant: datetime) -> Timer | None:
        """Take the first timer that is due at `instant`, if any."""
        at = self.next_at()
        if at is None or at > instant:
            return None
        timer = self._live[heappop(self._heap)[1]]
        self.cancel(timer.kind, timer.subject)
        return timer

    def __iter__(self) -> Iterator[Timer]:
        return iter(sorted(self._live.values(), key=lambda timer: (timer.at, timer.place)))

    def __len__(self) -> int:
        return len(self._live)
