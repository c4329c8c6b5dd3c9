"""The journal as a test sees it: requests found by what they were, asserted, and compared with what was expected."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from mockserver.client import Caller
from mockserver.contract import operation_of as routed
from mockserver.contract import operations
from mockserver.errors import meant
from mockserver.plugin.arguments import demand
from mockserver.plugin.telling import listed, shown

__tracebackhide__ = True  # pytest shows the line that called

Row = dict[str, Any]
NOT_SENT: Any = object()


class Difference(NamedTuple):
    """Where a request is not what was expected."""

    at: str
    expected: object
    sent: object

    def __str__(self) -> str:
        sent = "was not sent" if self.sent is NOT_SENT else f"was {shown(self.sent)}"
        return f"{self.at}: expected {shown(self.expected)}, {sent}"


@dataclass(frozen=True, slots=True)
class Expected:
    """What a request is to be; None is: whatever it was. `operation` is an id of the contract's."""

    operation: str | None
    status: int | None
    json: Any
    query: Mapping[str, object] | None

    def __post_init__(self) -> None:
        """What equals nothing that was ever sent would make an assertion that nothing was sent hold."""
        demand("status is a whole number, such as 201", self.status, int | None)
        demand("query is a mapping, such as {'limit': 1}", self.query, Mapping | None)

    def differences(self, row: Row) -> list[Difference]:
        return list(self._differences(row))

    def _differences(self, row: Row) -> Iterator[Difference]:
        if self.operation not in (None, row["operation"]):
            yield Difference("request", _route(self.operation), f"{row['method']} {row['path']}")
            if row["operation"] is None:  # then nobody has read its body
                return
        if self.status not in (None, row["response"]["status"]):
            yield Difference("status", self.status, row["response"]["status"])
        sent = {name: values[0] if len(values) == 1 else values for name, values in _query(row).items()}
        for name, value in (self.query or {}).items():
            if _text_of(value) != sent.get(name):
                yield Difference(f"query {name}", _text_of(value), sent.get(name, NOT_SENT))
        if self.json is not None:
            yield from _missing(self.json, row["request"]["body"], "")

    def __str__(self) -> str:
        asked = (("status", self.status), ("query", self.query), ("json", self.json))
        which = ", ".join(f"{name} {shown(value)}" for name, value in asked if value is not None)
        return f"{self.operation or 'any request'}{which and f' with {which}'}"


def _route(id: str | None) -> str:
    operation = operations()[str(id)]
    return f"{operation.method} {operation.path}"


def _query(row: Row) -> dict[str, list[str]]:
    return parse_qs(row["query"], keep_blank_values=True)


def _text_of(value: object) -> object:
    """A parameter's value as it stands in a query; a list where it is given several times."""
    if isinstance(value, list | tuple):
        return [_text_of(each) for each in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


def _missing(expected: Any, sent: Any, at: str) -> Iterator[Difference]:
    """What of `expected` was not sent: of objects the names given, all of lists and scalars."""
    if isinstance(expected, Mapping) and isinstance(sent, Mapping):
        for name, value in expected.items():
            yield from _missing(value, sent.get(name, NOT_SENT), f"{at}/{name}")
    elif isinstance(expected, list | tuple) and isinstance(sent, list) and len(expected) == len(sent):
        for place, value in enumerate(expected):
            yield from _missing(value, sent[place], f"{at}/{place}")
    elif sent is NOT_SENT or not _same(expected, sent):
        yield Difference(f"json {at or 'as a whole'}", expected, sent)


def _same(expected: Any, sent: Any) -> bool:
    """As JSON has it, where 1 is not true; what is expected may be a matcher, which knows what it is equal to."""
    if isinstance(expected, int | float) and isinstance(expected, bool) != isinstance(sent, bool):
        return False
    return bool(expected == sent)


class Requests(list[Row]):
    """
    The journal's entries as they were when they were asked for, newest last. Each has `operation`, `request`,
    `response`, `decided` (the rules that refused it) and more; see `GET …/requests` of the control API.
    """

    def __init__(self, calls: Caller, rows: Iterable[Row]) -> None:
        super().__init__(rows)
        self._calls = calls

    def clear(self) -> None:
        """Clear the world's journal."""
        self._calls.call("DELETE", "/requests")
        super().clear()

    def of(
        self,
        operation: str | None = None,
        *,
        status: int | None = None,
        json: Any = None,
        query: Mapping[str, object] | None = None,
    ) -> "Requests":
        """
        Those that were like this: `requests.of("createInterview", status=201, json={"isTest": True})`.

        Args:
            operation: the contract's operationId, or method and path such as `GET /interviews/{id}`.
            status: of the answer.
            json: what the body had at least: of objects these fields, of lists every item.
            query: what the query had at least.

        Raises:
            TypeError: an argument of another kind.
            ValueError: there is no such operation.
        """
        expected = Expected(operation_of(operation), status, json, query)
        return Requests(self._calls, [row for row in self if not expected.differences(row)])

    def assert_made(
        self,
        operation: str,
        times: int | None = None,
        *,
        status: int | None = None,
        json: Any = None,
        query: Mapping[str, object] | None = None,
    ) -> "Requests":
        """
        Fail unless such a request was made, so many times if `times` is given; otherwise those that were. The
        arguments are those of `of`.

        Raises:
            AssertionError: it was not, and what the nearest request had otherwise.
        """
        demand("times is a whole number", times, int | None)
        expected = Expected(operation_of(operation), status, json, query)
        made = self.of(operation, status=status, json=json, query=query)
        if (not made) if times is None else len(made) != times:
            raise AssertionError("\n".join(_not_made(expected, times, made, self)))
        return made

    def assert_not_made(
        self,
        operation: str,
        *,
        status: int | None = None,
        json: Any = None,
        query: Mapping[str, object] | None = None,
    ) -> None:
        """
        Fail if such a request was made; the arguments are those of `of`.

        Raises:
            AssertionError: it was.
        """
        self.assert_made(operation, 0, status=status, json=json, query=query)


def operation_of(name: str | None) -> str | None:
    """
    An operation's id from that, or from its method and path.

    Raises:
        TypeError: that is no name.
        ValueError: there is none.
    """
    demand("an operation is an operationId, or a method and a path", name, str | None)
    routes = {_route(id): id for id in operations()}
    if name is None or name in operations():
        return name
    if name not in routes:
        raise ValueError(f"the API has no operation {name!r}{_meant(name, routes)}")
    return routes[name]


def _meant(name: str, routes: Mapping[str, str]) -> str:
    """A path with an id in it means its template."""
    method, _, path = name.partition(" ")
    id = routed(method.upper(), path)
    return meant(name, [*operations(), *routes]) if id is None else f" (did you mean {_route(id)}?)"


def _not_made(expected: Expected, times: int | None, made: Requests, requests: Requests) -> Iterator[str]:
    yield f"{expected} was {_counted(len(made))}" + ("" if times is None else f" (expected: {_counted(times)})")
    if len(made) > (times or 0):
        yield from listed("these were", [line_of(row) for row in made])
        return
    nearest = _nearest(expected, [row for row in requests if expected.differences(row)])
    if nearest is not None:
        yield f"nearest: {line_of(nearest)}"
        yield from (f"  {difference}" for difference in expected.differences(nearest))
    yield from made_of(requests)


def _counted(times: int) -> str:
    return {0: "not made", 1: "made once", 2: "made twice"}.get(times, f"made {times} times")


def _nearest(expected: Expected, others: Iterable[Row]) -> Row | None:
    """Of the same operation, or else of none, where the path may be mistyped; the newest of those as near."""
    candidates = [row for row in others if row["operation"] in (expected.operation, None)]
    return min(
        reversed(candidates),
        key=lambda row: (row["operation"] is None, len(expected.differences(row))),
        default=None,
    )


def made_of(requests: Iterable[Row]) -> list[str]:
    """All that was asked of a world, for a message."""
    lines = [line_of(row) for row in requests]
    return listed("all that was made", lines) if lines else ["no request came with a key of this world"]


def line_of(row: Row) -> str:
    """A request and what became of it."""
    query = f"?{row['query']}" if row["query"] else ""
    rules = "".join(f" {id}" for id in dict.fromkeys(each["rule"] for each in row["decided"]))
    planned = f" (planned fault: {row['fault']['kind']})" if row["fault"] else ""
    body = "" if row["request"]["body"] is None else f"  {shown(row['request']['body'])}"
    return f"{row['method']} {row['path']}{query} → {row['response']['status'] or 'no answer'}{rules}{planned}{body}"
