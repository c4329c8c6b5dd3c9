"""The journal: what was asked and answered, bounded, cheap to write, explained only when somebody reads it."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from mockserver.errors import ApiError, Violation
from mockserver.rulebook import REFUSE_NOBODY, bare, rule_of
from mockserver.rules import Question

MAX_EXCHANGES = 10_000
MAX_BYTES = 64 * 1024 * 1024

Headers = list[tuple[bytes, bytes]]


@dataclass(slots=True)
class Exchange:
    """
    One request and its answer, with the trail of the rules on the way.

    `held` are the rules that said yes, in order, and those that refuse nobody but are at work in what is asked for;
    `violations` those that said no.
    """

    id: str
    at: datetime
    method: str
    path: str
    query: bytes
    headers: Headers
    operation: str | None = None
    body: bytes = b""
    status: int = 0
    answer_headers: Headers = field(default_factory=list)
    answer: bytes = b""
    seconds: float = 0.0
    held: list[str] = field(default_factory=list)
    violations: tuple[Violation, ...] = ()
    injected: str | None = None  # the id of the planned fault that made or spoilt the answer
    injected_kind: str | None = None
    is_late: bool = False  # its key opened a world that was removed by then
    is_noted: bool = False  # a journal has it, or had it
    place: int = 0  # where it stands in the order of what happened in its world

    def asks(self, question: Question) -> Violation | None:
        """Put a question to its rule and note the answer where it is yes."""
        judge, values = question
        violation = bare(judge)(*values)  # some thirty rules a request: each call counts
        if violation is None:
            self.held.append(rule_of(judge))
            return None
        return replace(violation, rule=rule_of(judge))

    def require(
        self, question: Question, headers: Mapping[str, str] | None = None, details: Mapping[str, object] | None = None
    ) -> None:
        """
        Put a question to its rule.

        Raises:
            ApiError: the rule says no.
        """
        violation = self.asks(question)
        if violation is not None:
            raise ApiError([violation], headers, details)

    def require_shape(self, questions: Iterable[Question]) -> None:
        """
        Put questions about given fields to their rules, all of them.

        Raises:
            ApiError: 400, with every no, as `path: text`.
        """
        violations = [no for question in questions if (no := self.asks(question)) is not None]
        if violations:
            raise ApiError(violations, of_shape=True)

    def rules_held(self) -> set[str]:
        """The rules that were met and said yes; of what was refused nothing came that others could be at work in."""
        held = set(self.held)
        if self.status >= 400:
            held -= REFUSE_NOBODY
            held.difference_update([violation.rule for violation in self.violations])
        return held


class Journal:
    """The last exchanges of a world, oldest first; old ones make room once there are too many or they are too big."""

    def __init__(self) -> None:
        self._exchanges: deque[Exchange] = deque()
        self._bytes = 0

    def add(self, exchange: Exchange) -> None:
        """Once: what a planned fault holds up is here before its answer goes out, and is not added again then."""
        if exchange.is_noted:
            return
        exchange.is_noted = True
        self._exchanges.append(exchange)
        self._bytes += len(exchange.body) + len(exchange.answer)
        while len(self._exchanges) > MAX_EXCHANGES or self._bytes > MAX_BYTES:
            oldest = self._exchanges.popleft()
            self._bytes -= len(oldest.body) + len(oldest.answer)

    def clear(self) -> None:
        self._exchanges.clear()
        self._bytes = 0

    @property
    def last(self) -> Exchange | None:
        return self._exchanges[-1] if self._exchanges else None

    def get(self, id: str) -> Exchange | None:
        return next((exchange for exchange in self._exchanges if exchange.id == id), None)

    def __iter__(self) -> Iterator[Exchange]:
        return iter(tuple(self._exchanges))

    def __len__(self) -> int:
        return len(self._exchanges)
