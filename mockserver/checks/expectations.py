"""Expectations: what an answer says, in either wire, held against what a step documents."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mockserver.checks.sameness import MISSING, difference_of, is_same
from mockserver.clock import parse_instant
from mockserver.jsontext import encode

MAX_SHOWN = 300  # characters of a value
WORD = re.compile(r"([\w.~+/=-]{0,3})[\w.~+/=-]*\Z")  # at the end; keys are made of such letters (RFC 6750, 2.1)
RULE_HEADER = "x-mock-rule"


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What came back. `content` is its JSON, None where there is none; `headers` have names in lower case. Of several
    requests at once it is a list of their statuses, of a wait for webhooks the list of their bodies.
    """

    status: int
    headers: Mapping[str, str]
    content: Any

    @property
    def is_refusal(self) -> bool:
        return self.status >= 400

    def said(self) -> Any:
        """
        The resource, the page or the refusal itself: bare, or out of its envelope. A page in the guides' shape is shown
        in that of the reference, several messages as one.
        """
        inner = self.content
        if is_envelope(inner):
            inner = inner["data"] if inner["success"] else inner.get("error")
        if not isinstance(inner, dict):
            return inner
        if isinstance(inner.get("items"), list) and isinstance(inner.get("pagination"), dict):
            return {"data": inner["items"], **inner["pagination"]}
        if self.is_refusal and isinstance(inner.get("message"), list):
            return {**inner, "message": "; ".join(map(str, inner["message"]))}
        return inner


def is_envelope(content: object) -> bool:
    return isinstance(content, dict) and isinstance(content.get("success"), bool) and "data" in content


@dataclass(frozen=True, slots=True)
class Failure:
    """The difference between what came and what is documented."""

    received: str
    documented: str

    def __str__(self) -> str:
        return f"Received:   {self.received}\nDocumented: {self.documented}"


def failure_of(answer: Answer, then: Mapping[str, Any], rules: Sequence[str]) -> Failure | None:
    """The first thing in which an answer is not what must come; `rules` are those that a refusal breaks."""
    return next(_failures(answer, then, rules), None)


def _failures(answer: Answer, then: Mapping[str, Any], rules: Sequence[str]) -> Iterator[Failure]:
    if answer.status != then.get("status", answer.status):
        yield Failure(_summary(answer), str(then["status"]))
    yield from _wire_failures(answer)
    yield from _tally_failures(answer, then.get("tally"))
    yield from _header_failures(answer, then.get("headers", {}))
    if answer.is_refusal:
        yield from _refusal_failures(answer, then, rules)
    said = answer.said()
    for kind, judge in KINDS.items():
        expected = then.get(kind, {})
        pairs = expected.items() if isinstance(expected, dict) else ((pointer, None) for pointer in expected)
        for pointer, value in pairs:
            yield from judge(pointer, values_at(said, pointer), value)


def _wire_failures(answer: Answer) -> Iterator[Failure]:
    """Whatever says again how it went agrees with the status."""
    if is_envelope(answer.content) and answer.content["success"] == answer.is_refusal:
        yield Failure(_summary(answer), f"success is {shown(not answer.is_refusal)} with status {answer.status}")
    said = answer.said()
    if answer.is_refusal and isinstance(said, dict) and said.get("statusCode", answer.status) != answer.status:
        yield Failure(_summary(answer), f"statusCode is {answer.status}, like the status")


def _tally_failures(answer: Answer, tally: Mapping[str, int] | None) -> Iterator[Failure]:
    """Of several requests at once, how many were answered with which status."""
    if tally is not None:
        came = Counter(map(str, answer.content))
        if came != Counter(tally):
            yield Failure(_told(came), _told(tally))


def _told(tally: Mapping[str, int]) -> str:
    return ", ".join(f"{count} times {status}" for status, count in sorted(tally.items()))


def _header_failures(answer: Answer, headers: Mapping[str, str]) -> Iterator[Failure]:
    for name, pattern in headers.items():
        value = answer.headers.get(name.lower())
        if value is None or re.fullmatch(pattern, value, re.IGNORECASE) is None:
            received = f"no header {name}" if value is None else f"{name}: {value}"
            yield Failure(received, f"{name}: {pattern}")


def _refusal_failures(answer: Answer, then: Mapping[str, Any], rules: Sequence[str]) -> Iterator[Failure]:
    named = answer.headers.get(RULE_HEADER)  # only the mock has it
    if rules and named is not None and set(named.split(", ")) != set(rules):
        yield Failure(f"refused by {named}", f"refused by {', '.join(rules)}")
    said = answer.said()
    told = said if isinstance(said, dict) else {}
    message = told.get("message")
    if not isinstance(message, str) or not message:
        yield Failure(_summary(answer), "a refusal with a message")
    if "message" in then and message != then["message"]:
        yield Failure(f"message is {shown(message)}", f"message is {shown(then['message'])}")
    if "code" in then and told.get("code", then["code"]) != then["code"]:
        yield Failure(f"code is {shown(told['code'])}", f"code is {shown(then['code'])}")


def _equal(pointer: str, found: list[Any], value: Any) -> Iterator[Failure]:
    if not (found and all(is_same(one, value) for one in found)):
        yield _difference(pointer, found, value)


def _difference(pointer: str, found: list[Any], value: Any) -> Failure:
    """Of a single one, where it differs."""
    if len(found) != 1:
        return Failure(_at(pointer, found), f"{_name(pointer)} is {shown(value)}")
    at, one, other = difference_of(found[0], value, pointer)
    return Failure(_said(at, one), _said(at, other))


def _present(pointer: str, found: list[Any], _: None) -> Iterator[Failure]:
    if not found:
        yield Failure(_at(pointer, found), f"{_name(pointer)}, whatever it is")


def _absent(pointer: str, found: list[Any], _: None) -> Iterator[Failure]:
    if found:
        yield Failure(_at(pointer, found), f"no {_name(pointer)}")


def _one_of(pointer: str, found: list[Any], values: list[Any]) -> Iterator[Failure]:
    if not (found and all(any(is_same(one, value) for value in values) for one in found)):
        yield Failure(_at(pointer, found), f"{_name(pointer)} is one of {', '.join(map(shown, values))}")


def _count(pointer: str, found: list[Any], number: int) -> Iterator[Failure]:
    counted = [len(one) if isinstance(one, list) else None for one in found]
    if counted != [number]:
        received = f"{_name(pointer)} has {counted[0]} entries" if counted != [None] and found else _at(pointer, found)
        yield Failure(received, f"{_name(pointer)} has {number} entries")


def _includes(pointer: str, found: list[Any], value: Any) -> Iterator[Failure]:
    if any(is_same(one, value) for one in found):
        return
    id = values_at(value, "/id")
    if len(meant := [one for one in found if id and values_at(one, "/id") == id]) == 1:
        yield _difference(pointer, meant, value)
    else:
        yield Failure(_at(pointer, found), f"{_name(pointer)} is {shown(value)} once")


def _excludes(pointer: str, found: list[Any], value: Any) -> Iterator[Failure]:
    if any(is_same(one, value) for one in found):
        yield Failure(_at(pointer, found), f"{_name(pointer)} is never {shown(value)}")


def _in_order(pointer: str, found: list[Any], values: list[Any]) -> Iterator[Failure]:
    if not is_same(found, values):
        yield Failure(_at(pointer, found), f"{_name(pointer)} is {', '.join(map(shown, values))}, in this order")


def _between(pointer: str, found: list[Any], bounds: list[Any]) -> Iterator[Failure]:
    low, high = map(_ordered, bounds)
    if not (found and all(_is_between(one, low, high) for one in found)):
        yield Failure(_at(pointer, found), f"{_name(pointer)} is from {shown(bounds[0])} to {shown(bounds[1])}")


def _is_between(one: Any, low: Any, high: Any) -> bool:
    try:
        return bool(low <= _ordered(one) <= high)
    except (TypeError, ValueError):
        return False


def _ordered(value: Any) -> Any:
    """What can be compared: a number as it is, an instant as one; nothing else."""
    if isinstance(value, str):
        return parse_instant(value)
    if isinstance(value, bool):
        raise TypeError("true is no number")
    return value


def _matches(pointer: str, found: list[Any], pattern: str) -> Iterator[Failure]:
    if not (found and all(isinstance(one, str) and re.fullmatch(pattern, one) for one in found)):
        yield Failure(_at(pointer, found), f"{_name(pointer)} has the form {pattern}")


def _mentions(pointer: str, found: list[Any], words: list[str]) -> Iterator[Failure]:
    text = encode(found).decode()
    yield from (
        Failure(_at(pointer, found), f"{_name(pointer)} speaks of {word}") for word in words if word not in text
    )


def _omits(pointer: str, found: list[Any], words: list[str]) -> Iterator[Failure]:
    text = encode(found).decode()
    yield from (Failure(_at(pointer, found), f"not a word of {word}") for word in words if word in text)


# In this order they are judged: what is there first.
KINDS: Mapping[str, Callable[[str, list[Any], Any], Iterator[Failure]]] = {
    "equal": _equal,
    "present": _present,
    "absent": _absent,
    "one_of": _one_of,
    "count": _count,
    "includes": _includes,
    "excludes": _excludes,
    "in_order": _in_order,
    "between": _between,
    "matches": _matches,
    "mentions": _mentions,
    "omits": _omits,
}


def values_at(value: Any, pointer: str) -> list[Any]:
    """What an RFC 6901 pointer leads to: one value or none, or as many as there are where it has a `*`."""
    found = [value]
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        found = [inner for outer in found for inner in _inner(outer, name)]
    return found


def _inner(outer: Any, name: str) -> Iterable[Any]:
    if isinstance(outer, dict):
        return [outer[name]] if name in outer else []
    if not isinstance(outer, list):
        return []
    if name == "*":
        return outer
    return [outer[int(name)]] if name.isdecimal() and int(name) < len(outer) else []


def change_of(before: Any, after: Any) -> Failure | None:
    """The first place at which two answers differ; None where they are the same."""
    if is_same(before, after):
        return None
    at, is_now, was = difference_of(after, before)
    return Failure(_said(at, is_now), f"{_said(at, was)}, as before")


def shown(value: object) -> str:
    """As compact JSON. Of a word that is cut three letters stay: who looks for secrets in it would not find a half."""
    text = encode(value).decode()
    return text if len(text) <= MAX_SHOWN else WORD.sub(r"\1…", text[: MAX_SHOWN - 1], count=1)


def _name(pointer: str) -> str:
    return pointer or "the answer"


def _said(at: str, value: Any) -> str:
    return f"no {_name(at)}" if value is MISSING else f"{_name(at)} is {shown(value)}"


def _at(pointer: str, found: list[Any]) -> str:
    return f"{_name(pointer)} is {', '.join(map(shown, found))}" if found else f"no {_name(pointer)}"


def _summary(answer: Answer) -> str:
    rule = f" ({named})" if (named := answer.headers.get(RULE_HEADER)) else ""
    if answer.content is None:
        return f"{answer.status}{rule}, {answer.headers.get('content-type', 'no content')}"
    return f"{answer.status}{rule} {shown(answer.content)}"
