"""How faults get into the mock: other constants, other functions, other answers. The judge keeps its own."""

import copy
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from http import HTTPStatus
from types import ModuleType
from typing import Any

import jsonschema_rs
import pytest
from starlette.types import Message, Receive, Scope, Send

from mockserver import contract, shapes
from mockserver.api.middleware import Journalled
from mockserver.app import MockApp
from mockserver.errors import Violation
from mockserver.rulebook import bare, rule, rule_of
from tests.mutants.fault import Apply

Judge = Callable[..., Violation | None]
Right = Callable[..., Any]  # what the mock does, for those who do it wrong
JUDGE = ("mockserver.checks", "mockserver.cli")  # who looks, and is told the truth


def constant(owner: Any, name: str, value: Any) -> Apply:
    """A module's or a class's name, bound to something else."""
    return lambda patch: patch.setattr(owner, name, value)


def instead(function: Callable[..., Any], wrong: Callable[..., Any]) -> Apply:
    """
    Another function wherever the mock uses one by its name.

    Args:
        wrong: is called with the right one first, then with what that is called with.
    """

    def called(*args: Any, **kwargs: Any) -> Any:
        return wrong(function, *args, **kwargs)

    def apply(patch: pytest.MonkeyPatch) -> None:
        for module, name in _users_of(function):
            patch.setattr(module, name, called)

    return apply


def method(owner: type, name: str, wrong: Callable[..., Any]) -> Apply:
    """The same for a method, which comes first, before what it is called on."""
    right = getattr(owner, name)

    def called(*args: Any, **kwargs: Any) -> Any:
        return wrong(right, *args, **kwargs)

    return lambda patch: patch.setattr(owner, name, called)


def _users_of(function: object) -> Iterator[tuple[ModuleType, str]]:
    for module_name, module in list(sys.modules.items()):
        if module_name.startswith("mockserver.") and not module_name.startswith(JUDGE):
            for name, value in list(vars(module).items()):
                if value is function:
                    yield module, name


def both(*faults: Apply) -> Apply:
    def apply(patch: pytest.MonkeyPatch) -> None:
        for fault in faults:
            fault(patch)

    return apply


# Rules


def judged(judge: Judge, wrong: Callable[..., Violation | None]) -> Apply:
    """A rule's function that judges otherwise; `wrong` is called with the right one first."""
    right = bare(judge)

    @rule(rule_of(judge))
    def otherwise(*values: Any) -> Violation | None:
        return wrong(right, *values)

    def apply(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(judge, "__wrapped__", otherwise)  # tables of questions hold the function itself
        for module, name in _users_of(judge):
            patch.setattr(module, name, otherwise)

    return apply


def dropped(judge: Judge) -> Apply:
    """It never says no."""
    return judged(judge, lambda _right, *_values: None)


def with_status(judge: Judge, status: int) -> Apply:
    """It says no with another status."""

    def wrong(right: Judge, *values: Any) -> Violation | None:
        violation = right(*values)
        return None if violation is None else replace(violation, status=status)

    return judged(judge, wrong)


def undemanded(id: str) -> Apply:
    """What the contract's schemas of requests say for a rule is not looked at."""

    def wrong(right: Callable[..., list[Violation]], operation_id: str, body: object) -> list[Violation]:
        return [violation for violation in right(operation_id, body) if violation.rule != id]

    right = shapes.violations_of
    return constant(shapes, "violations_of", lambda operation_id, body: wrong(right, operation_id, body))


def schema(*path: str | int, **changes: Any) -> Apply:
    """
    The schemas that the mock holds requests against, changed in one place; None takes a keyword out.

    Args:
        path: from `components/schemas` on.
    """

    def apply(patch: pytest.MonkeyPatch) -> None:
        components = copy.deepcopy(contract.document()["components"])
        node: Any = components["schemas"]
        for token in path:
            node = node[token]
        for name, value in changes.items():
            node.pop(name) if value is None else node.update({name: value})

        @cache
        def request_validator(operation_id: str) -> jsonschema_rs.Validator:
            body = contract.operations()[operation_id].body
            assert body is not None
            return jsonschema_rs.validator_for({"$schema": contract.DIALECT, "components": components, **body})

        patch.setattr(contract, "request_validator", request_validator)

    return apply


# Answers


@dataclass(frozen=True, slots=True)
class Told:
    """An answer of the vendor's API on its way; names of headers are in lower case. `rules` refused it."""

    method: str
    path: str
    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def rules(self) -> tuple[str, ...]:
        named = self.headers.get("x-mock-rule", "")
        return tuple(named.split(", ")) if named else ()

    @property
    def json(self) -> Any:
        return json.loads(self.content) if self.content else None

    def but(self, **changes: Any) -> "Told":
        return replace(self, **changes)

    def saying(self, value: Any) -> "Told":
        return self.but(content=json.dumps(value).encode())

    def with_header(self, name: str, value: str | None) -> "Told":
        others = {other: text for other, text in self.headers.items() if other != name}
        return self.but(headers=others if value is None else {**others, name: value})

    def with_status(self, status: int) -> "Told":
        """A refusal with another one, in its body too."""
        other = self.but(status=status)
        return other.saying({**self.json, "statusCode": status, "error": HTTPStatus(status).phrase})


def told(change: Callable[[Told], Told]) -> Apply:
    """Every answer changed on its way."""
    right = Journalled.__call__

    async def wrong(self: Journalled, scope: Scope, receive: Receive, send: Send) -> None:
        await right(self, scope, receive, _Changed(scope, send, change))

    return constant(Journalled, "__call__", wrong)


class _Changed:
    """Keeps an answer until its body is there, which comes as one, then sends what becomes of it."""

    def __init__(self, scope: Scope, send: Send, change: Callable[[Told], Told]) -> None:
        self._scope, self._send, self._change = scope, send, change
        self._start: Message = {}

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
        else:
            await self._tell(message["body"])

    async def _tell(self, content: bytes) -> None:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in self._start["headers"]}
        told = Told(self._scope["method"], self._scope["path"], self._start["status"], headers, content)
        answer = self._change(told)
        sent = {**answer.headers}
        if answer.status != 204:
            sent["content-length"] = str(len(answer.content))
        pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in sent.items()]
        await self._send({"type": "http.response.start", "status": answer.status, "headers": pairs})
        await self._send({"type": "http.response.body", "body": answer.content})


def silent(patch: pytest.MonkeyPatch) -> None:
    """The server names no rules: another one would not either, and the judge has to get by without."""
    right = MockApp.__call__

    async def wrong(self: MockApp, scope: Scope, receive: Receive, send: Send) -> None:
        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = [pair for pair in message["headers"] if not pair[0].lower().startswith(b"x-mock-")]
                message = {**message, "headers": kept}
            await send(message)

        await right(self, scope, receive, sent)

    patch.setattr(MockApp, "__call__", wrong)
