"""What schemathesis reports, event by event, as observations: failures with the rules they break, and what is kept."""

from base64 import b64decode
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mockserver import contract
from mockserver.checks.answers import faults_of, operation_of, shown_content
from mockserver.checks.expectations import Failure
from mockserver.checks.findings import Verdict
from mockserver.checks.target import Exchange, Request
from mockserver.checks.verdicts import Observation, answers_of
from mockserver.contract import Operation
from mockserver.jsontext import BadJson, decode

CONFORMANCE = {
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
}
# What a check is about where that is a rule whatever the operation.
RULE_OF_CHECK = {"ignored_auth": "AUTH-KEY", "unsupported_method": "METHOD", "allow_header_conformance": "METHOD"}
OF_EXISTENCE = {"use_after_free", "ensure_resource_availability"}
DOCUMENTED = {
    "not_a_server_error": "no 5xx, whatever is sent",
    "positive_data_acceptance": "what fits the schemas may be refused for what it means, not for its form",
}
COMBINATORS = {"oneOf", "anyOf", "not"}  # which blame nothing in particular
NONE_LEFT = "the key had no requests left: every answer was 429"
# What an exchange that broke off is called.
BROKEN_OFF = {"ConnectionError", "ReadTimeout", "ConnectTimeout", "ChunkedEncodingError", "ContentDecodingError"}


class Tally:
    """
    Reads events, one after the other, and keeps count.

    Args:
        base_url: of the server under check.
    """

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self.calls: Counter[tuple[str, str]] = Counter()  # by phase and operation
        self.successes: Counter[tuple[str, str]] = Counter()
        self.refused: Counter[tuple[str, str]] = Counter()  # as no requests were left
        self.broken: dict[tuple[str, ...], Observation] = {}  # each failure once
        self.finished: dict[str, str] = {}  # phase → its status
        self.errors: dict[tuple[str, str], str] = {}  # by phase and what it was about, what went wrong
        self.fatal = ""

    def read(self, event: Mapping[str, Any]) -> None:
        """Take note of one event."""
        (kind, said), *_ = event.items()
        if kind == "ScenarioFinished":
            self._scenario(said["phase"], said["recorder"])
        elif kind == "PhaseFinished":
            self.finished[said["phase"]["name"]] = said["status"]
        elif kind == "NonFatalError":
            self._error(said.get("phase") or "", said["label"], said["value"])
        elif kind == "FatalError":
            self.fatal = f"{said['exception']['type']}: {said['exception']['message']}"

    def _scenario(self, phase: str, recorder: Mapping[str, Any]) -> None:
        for id, interaction in recorder.get("interactions", {}).items():
            case = recorder["cases"][id]["value"]
            operation = operation_of(case["method"], case["path"])
            if operation is None:  # a method that the path does not have
                operation = _neighbour(case["path"])
            if interaction.get("response") is None:
                continue
            exchange = _exchange(self._base_url, interaction)
            self.calls[phase, operation.id] += 1
            self.successes[phase, operation.id] += exchange.status < 300
            self.refused[phase, operation.id] += exchange.is_out_of_requests
            for check in recorder.get("checks", {}).get(id, ()):
                if check["status"] == "failure":
                    self._failure(phase, operation, exchange, check)

    def _failure(self, phase: str, operation: Operation, exchange: Exchange, check: Mapping[str, Any]) -> None:
        said, name = check["failure_info"]["failure"], check["name"]
        failure = _failure_of(operation, exchange, name, said)
        subjects = (answers_of(operation.id), *_rules_of(operation, exchange, name))
        key = (phase, operation.id, said["code"], failure.documented)
        text = f"{said['title']} ({name})"
        case = f"{phase} {operation.id} {said['code']}"
        self.broken.setdefault(
            key, Observation(phase, case, text, subjects, Verdict.BROKEN, failure=failure, exchange=exchange)
        )

    def _error(self, phase: str, label: str, value: Mapping[str, Any]) -> None:
        told = " ".join(value["message"].split())[:300]
        method, _, path = label.partition(" ")
        operation = operation_of(method, path)
        if value["type"] not in BROKEN_OFF or operation is None:
            self.errors[phase, label] = f"{value['type']}: {told}"
            return
        failure = Failure(f"no answer: {told}", "an answer, whatever is sent")
        case = f"{phase} {operation.id} {value['type']}"
        self.broken[phase, operation.id, value["type"]] = Observation(
            phase, case, "the exchange broke off", (answers_of(operation.id),), Verdict.BROKEN, failure=failure
        )

    def observations(self, phase: str) -> Iterator[Observation]:
        """Of one phase, in the order of the contract: what is broken, and operations of which nothing is."""
        mine = [one for one in self.broken.values() if one.phase == phase]
        yield from mine
        about = {subject for one in mine for subject in one.subjects}
        for id in contract.operations():
            count, good, spent = (counted[phase, id] for counted in (self.calls, self.successes, self.refused))
            if count and answers_of(id) not in about:
                verdict = Verdict.KEPT if count > spent else Verdict.NOT_LOOKED_AT
                why = "" if count > spent else NONE_LEFT
                text = f"{count} generated requests, {good} of them with success"
                yield Observation(phase, f"{phase} {id}", text, (answers_of(id),), verdict, why)

    def broken_in(self, phase: str) -> bool:
        return any(one.phase == phase for one in self.broken.values())

    def has_succeeded(self, phase: str) -> bool:
        """Whether any of its requests was answered with a success: refusals alone show little."""
        return any(count for (of, _), count in self.successes.items() if of == phase)


def _neighbour(path: str) -> Operation:
    """Any operation of a path of the contract."""
    return next(operation for operation in contract.operations().values() if operation.path == path)


def _exchange(base_url: str, interaction: Mapping[str, Any]) -> Exchange:
    sent, came = interaction["request"], interaction["response"]
    headers = tuple((name, value) for name, values in sent["headers"].items() for value in values)
    request = Request(sent["method"], sent["uri"].removeprefix(base_url), headers, _bytes(sent.get("body")))
    answered = {name.lower(): ", ".join(values) for name, values in came["headers"].items()}
    return Exchange(base_url, request, came["status_code"], answered, _bytes(came.get("content")) or b"", 0.0)


def _bytes(encoded: Mapping[str, str] | None) -> bytes | None:
    return None if encoded is None else b64decode(encoded["$base64"])


def _failure_of(operation: Operation, exchange: Exchange, check: str, said: Mapping[str, Any]) -> Failure:
    """In two lines; ours where we judge the same, theirs in one line where we do not."""
    if check in CONFORMANCE:
        for fault in faults_of(operation, exchange):
            return fault.failure
    told = " ".join(said["message"].split())
    documented = DOCUMENTED.get(check, f"{said['title']}: {told}" if told else said["title"])
    return Failure(f"{exchange.status} {shown_content(exchange)}", documented)


def _rules_of(operation: Operation, exchange: Exchange, check: str) -> Sequence[str]:
    if check in RULE_OF_CHECK:
        return (RULE_OF_CHECK[check],)
    if check in OF_EXISTENCE:
        found = [rule for rule in operation.spec.get("x-rules", ()) if rule.endswith("-EXISTS")]
        return found if len(found) == 1 else ()
    return sorted(_broken_by(operation, exchange.request)) if check == "negative_data_rejection" else ()


def _broken_by(operation: Operation, request: Request) -> set[str]:
    """The rules that a request breaks by its body alone, as the schemas name them."""
    if operation.body is None or request.content is None:
        return set()
    try:
        body = decode(request.content)
    except BadJson:
        return {"BODY-JSON"}
    errors = list(contract.request_validator(operation.id).iter_errors(body))
    plain = [error for error in errors if COMBINATORS.isdisjoint(error.schema_path)] or errors
    return {rule for error in plain if (rule := _rule_at(error.schema_path)) is not None}


def _rule_at(path: Sequence[str | int]) -> str | None:
    """The rule of the nearest schema around a keyword that names one; of a wrong type, FIELD-TYPE."""
    if path and path[-1] == "type":
        return "FIELD-TYPE"
    node: Any = contract.document()
    rule = None
    for token in path:
        rule = node.get("x-rule", rule) if isinstance(node, dict) else rule
        node = node[token]
    return rule
