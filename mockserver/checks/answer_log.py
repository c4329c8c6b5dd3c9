"""Every answer of a run held against the contract as it comes, whatever it was asked for."""

import re
from collections import Counter
from collections.abc import Iterator

from mockserver import contract
from mockserver.checks.answers import Fault, faults_of, forms_of, operation_of
from mockserver.checks.expectations import Failure, is_envelope
from mockserver.checks.findings import Verdict
from mockserver.checks.target import Exchange
from mockserver.checks.verdicts import Observation, answers_of
from mockserver.contract import Operation

PHASE = "answers"
SHAPE = "RESPONSE-SHAPE"
_NUMBERS = re.compile(r"/[0-9]+")


class AnswerLog:
    """
    Listens to exchanges; keeps the first of each kind of fault, and how many answers each operation gave but that no
    requests are left.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.has_envelopes = False
        self._forms: dict[tuple[str, str], str] = {}  # by key and what it is the form of
        self._resources: set[str] = set()  # operations that have shown a resource
        self._faults: dict[tuple[str, int, str, str], tuple[Fault, Exchange]] = {}

    def on_exchange(self, exchange: Exchange) -> None:
        operation = operation_of(exchange.request.method, exchange.request.path)
        if operation is None or exchange.request.is_control:
            return
        self.counts[operation.id] += not exchange.is_out_of_requests
        self.has_envelopes = self.has_envelopes or is_envelope(exchange.json)
        if exchange.status < 300:
            self._resources.add(operation.id)
        for fault in (*faults_of(operation, exchange), *self._changes(operation, exchange)):
            at = _NUMBERS.sub("/*", fault.at)  # the same in every row of a list
            self._faults.setdefault((operation.id, fault.status, at, fault.failure.documented), (fault, exchange))

    def _changes(self, operation: Operation, exchange: Exchange) -> Iterator[Fault]:
        """Of two documented forms a server keeps to one, whoever has the same key."""
        key = dict(exchange.request.headers).get("Authorization", "")
        for what, form in forms_of(exchange):
            before = self._forms.setdefault((key, what), form)
            if form != before:
                yield Fault(operation.id, exchange.status, "body", Failure(form, f"{before}, as in other answers"))

    def observations(self) -> Iterator[Observation]:
        """One of each kind of fault, and one of each operation that has none."""
        faulty, misshapen = set(), set()
        for (id, status, at, _), (fault, exchange) in sorted(self._faults.items()):
            faulty.add(id)
            misshapen |= {id} if fault.is_of_resource else set()
            subjects = (answers_of(id), *((SHAPE,) if fault.is_of_resource and _shows_shape(id) else ()))
            yield Observation(
                PHASE,
                f"{id} {status} {at}",
                f"the answer {status} of {id}, at {at}",
                subjects,
                Verdict.BROKEN,
                failure=fault.failure,
                exchange=exchange,
            )
        for id in contract.operations():
            if self.counts[id] and id not in faulty:
                yield Observation(PHASE, id, f"{self.counts[id]} answers", (answers_of(id),), Verdict.KEPT)
            if id in self._resources - misshapen and _shows_shape(id):
                yield Observation(PHASE, f"{id} shape", f"what {id} shows", (SHAPE,), Verdict.KEPT)


def _shows_shape(operation_id: str) -> bool:
    return SHAPE in contract.operations()[operation_id].spec.get("x-rules", ())
