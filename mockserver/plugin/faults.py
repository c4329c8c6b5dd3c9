"""What shall go wrong in a test's world."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from mockserver.client import Caller
from mockserver.plugin.arguments import demand, seconds_of
from mockserver.plugin.requests import operation_of
from mockserver.plugin.views import Row

__tracebackhide__ = True  # pytest shows the line that called


class PlannedFault:
    """
    A fault as it was planned.

    Attributes:
        row: all of it, as `POST …/faults` answered.
    """

    def __init__(self, calls: Caller, row: Row) -> None:
        self._calls, self.row = calls, row
        self.id: str = row["id"]
        self.kind: str = row["kind"]

    @property
    def met(self) -> int:
        """How many things it has really befallen by now; 0 once it is cancelled."""
        return next((row["met"] for row in self._calls.call("GET", "/faults") if row["id"] == self.id), 0)

    def cancel(self) -> None:
        """What it has struck already stays struck."""
        self._calls.call("DELETE", f"/faults/{self.id}")

    def __repr__(self) -> str:
        return f"PlannedFault({self.row})"


class Faults:
    """The planned faults of the world, in the order of planning."""

    def __init__(self, calls: Caller) -> None:
        self._calls = calls

    def plan(
        self,
        kind: str,
        match: Mapping[str, str | int] | None = None,
        times: int | None = 1,
        **options: float | str | timedelta,
    ) -> PlannedFault:
        """
        Let something go wrong: `faults.plan("error", {"operation": "createInterview", "nth": 2}, status=429)`, or
        `faults.plan("drop", {"event": "interview.completed"}, attempts=3)`.

        Args:
            kind: of requests `error`, `latency`, `connection-reset`, `lost-answer`, `truncated-answer`; of deliveries
                `duplicate`, `reorder`, `drop`, `race` and others; the control API's contract describes all.
            match: what it strikes: of requests `operation` (an operationId, or method and path), `companyId`, of
                deliveries `event`, `webhookId`, and `nth`, the first of them.
            times: how many in a row; None is for ever.
            options: what the kind takes, such as `status`, `retryAfter` and `message`, or `seconds`.

        Raises:
            ControlError: the plan could never take effect; it says why.
            TypeError: `match` is no mapping, or something in it or in the options is neither text nor number.
            ValueError: no operation has that method and path.
        """
        given = {name: seconds_of(value) for name, value in options.items()}
        asked = {"kind": kind, "match": _match_of(match), "times": times, **given}
        return PlannedFault(self._calls, self._calls.call("POST", "/faults", asked))

    def clear(self) -> None:
        """Forget all faults."""
        self._calls.call("DELETE", "/faults")

    def __iter__(self) -> Iterator[PlannedFault]:
        return iter([PlannedFault(self._calls, row) for row in self._calls.call("GET", "/faults")])


def _match_of(match: Mapping[str, str | int] | None) -> dict[str, object]:
    if match is None:
        return {}
    demand("match is a mapping, such as {'operation': 'createInterview'}", match, Mapping)
    operation: Any = match.get("operation", "")
    demand("an operation is an operationId, or a method and a path", operation, str)
    return {**match, **({"operation": operation_of(operation)} if " " in operation else {})}
