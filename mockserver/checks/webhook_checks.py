"""Webhooks looked at from the receiving end: which come, in which order, signed how, and again when they have to."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from mockserver import contract
from mockserver.checks.answers import shown_content
from mockserver.checks.control_access import ControlRefusal
from mockserver.checks.expectations import Answer, Failure, shown
from mockserver.checks.findings import Verdict
from mockserver.checks.guards import none_left
from mockserver.checks.inboxes import Arrival, Box, Inboxes
from mockserver.checks.repeats import attempts_failure, ids_failure, overtaken, place_of_retry, retry_failure
from mockserver.checks.target import OVER, Exchange, NotSent, Target
from mockserver.checks.verdicts import ORDER, REFUSED, RETRY, SHAPE, SIGNATURE, Observation
from mockserver.clock import system_now
from mockserver.signing import verify

PHASE = "webhooks"
QUIET_SECONDS = 0.3  # in which nothing more has to come
MAX_ATTEMPTS = 50  # more than any server makes
TEST_EVENTS = ["interview.completed", "analysis.completed"]
SENT_ALONG = {"name": "X-Sent-Along", "value": "as it was given"}
RULES = ("WEBHOOK-SECRET", "WEBHOOK-TEST", "TEST-WEBHOOKS")
SUBJECTS = (*RULES, *(subject.id for subject in (SIGNATURE, ORDER, RETRY, REFUSED)))
PLAN = (
    ("POST", "/agents", "an agent for candidates without a job"),
    ("POST", "/webhooks", "a webhook for all events, to a receiver on this machine"),
    ("POST", "/webhooks/{id}/test", "a ping"),
    ("POST", "/interviews", "a test interview: two events"),
    ("POST", "/interviews", "one that is refused: no event"),
    ("PATCH", "/webhooks/{id}", "the first webhook is put to rest"),
    ("POST", "/webhooks", "another one, whose receiver answers 500 to the first delivery"),
    ("POST", "/interviews", "a test interview: the first event comes again"),
    ("DELETE", "/webhooks/{id}", "both are taken away"),
)


class Obstacle(Exception):
    """Why one cannot go on."""


def look_at_webhooks(target: Target, inboxes: Inboxes, seed: int, patience_seconds: float) -> Iterator[Observation]:
    """
    Observations, as they are made; in a world of its own where there is a control API.

    Args:
        patience_seconds: how long a delivery may take to come; a retry as well, where no clock can be moved. What
            does not come because the target's time is over before is not looked at.

    Raises:
        CouldNotLook: nothing answers any more.
    """
    seen: set[str] = set()
    try:
        with nullcontext(target) if target.world is None else target.fresh_world(clock="frozen", seed=seed) as own:
            for one in _Trial(own, inboxes, patience_seconds).observations():
                seen.update(one.subjects)
                yield one
    except (Obstacle, ControlRefusal, NotSent) as obstacle:
        if left := tuple(id for id in SUBJECTS if id not in seen):
            yield Observation(PHASE, "setup", "prepare webhooks", left, Verdict.NOT_LOOKED_AT, str(obstacle))


def observed(
    case: str, text: str, subjects: tuple[str, ...], failure: Failure | None, exchange: Exchange | None = None
) -> Observation:
    verdict = Verdict.KEPT if failure is None else Verdict.BROKEN
    return Observation(PHASE, case, text, subjects, verdict, failure=failure, exchange=exchange)


@dataclass(slots=True)
class _Trial:
    target: Target
    inboxes: Inboxes
    patience_seconds: float

    def observations(self) -> Iterator[Observation]:
        body = {"name": "Webhook check", "type": "ONLINE", "focus": "GENERIC", "language": "EN", "duration": 15}
        agent = _id(self._made("/agents", body))
        box = self.inboxes.open()
        made = self._hook(box)
        hook = _said(made)
        yield observed("secret", "its creation tells the secret", ("WEBHOOK-SECRET",), _secret_failure(hook), made)
        yield from self._ping(hook, box)
        yield from self._test_interview(agent, hook, box)
        yield from self._refused(agent, box)
        before = len(box.arrivals())
        self.target.request("PATCH", f"/webhooks/{hook['id']}", key=self.target.api_key, json={"isActive": False})
        yield from self._retry(agent)
        late = ", ".join(one.event for one in box.arrivals()[before:])
        failure = Failure(f"later {late}", "nothing more") if late else None
        text = "what was taken does not come again, and a webhook at rest hears nothing"
        yield observed("test-interview-later", text, ("TEST-WEBHOOKS",), failure)
        self.target.request("DELETE", f"/webhooks/{hook['id']}", key=self.target.api_key)

    def _posted(self, path: str, body: Mapping[str, Any] | None = None) -> Exchange:
        exchange = self.target.request("POST", path, key=self.target.api_key, json=body)
        if exchange.is_out_of_requests:
            raise Obstacle(none_left(exchange))
        return exchange

    def _made(self, path: str, body: Mapping[str, Any]) -> Exchange:
        exchange = self._posted(path, dict(body))
        if exchange.status not in (200, 201) or not isinstance(_said(exchange).get("id"), str):
            raise Obstacle(f"POST {path} is answered with {exchange.status}: {shown_content(exchange)}")
        return exchange

    def _hook(self, box: Box) -> Exchange:
        events = list(contract.document()["webhooks"])
        return self._made("/webhooks", {"url": box.url, "events": events, "headers": [SENT_ALONG]})

    def _interview(self, agent: str, **more: Any) -> Exchange:
        return self._posted("/interviews", {"agentId": agent, "isTest": True, **more})

    def _created(self, agent: str) -> Exchange:
        exchange = self._interview(agent, candidate=_candidate())
        if exchange.status not in (200, 201) or not isinstance(_said(exchange).get("id"), str):
            raise Obstacle(f"a test interview is answered with {exchange.status}: {shown_content(exchange)}")
        return exchange

    def _arrivals(self, box: Box, count: int) -> Sequence[Arrival]:
        """Those that came, given time for so many and for one too many."""
        self._check_time(len(self._waited(box, count)) >= count)
        if self.target.world is not None:
            self.target.world.call("POST", "/deliveries/flush")
        return box.arrivals(count + 1, QUIET_SECONDS)

    def _waited(self, box: Box, count: int) -> Sequence[Arrival]:
        """Those that came, given time for so many, as far as there is any."""
        return box.arrivals(count, min(self.patience_seconds, self.target.seconds_left))

    def _check_time(self, has_come: bool) -> None:
        """
        Raises:
            Obstacle: what has not come had less time than it may take.
        """
        if not has_come and not self.target.seconds_left:
            raise Obstacle(OVER)

    def _ping(self, hook: Mapping[str, Any], box: Box) -> Iterator[Observation]:
        exchange = self._posted(f"/webhooks/{hook['id']}/test")
        told = _said(exchange)
        if exchange.status == 200 and told.get("success") is False:
            raise Obstacle(f"the server says that it cannot reach {box.url}: {told.get('message')}")
        came = self._arrivals(box, 1)
        failure = _ping_failure(told, came)
        yield observed("ping", "a ping is sent on request", ("WEBHOOK-TEST",), failure, exchange)
        text = "a header that the webhook has is sent along"
        yield observed("ping-headers", text, (SHAPE.id,), _header_failure(came), exchange)
        yield from _signatures("ping", came, hook)

    def _test_interview(self, agent: str, hook: Mapping[str, Any], box: Box) -> Iterator[Observation]:
        before = len(box.arrivals())
        exchange = self._created(agent)
        came = [one for one in self._arrivals(box, before + 2)[before:] if one.event != "ping"]
        events = [one.event for one in came]
        failure = None if sorted(events) == sorted(TEST_EVENTS) else _events_failure(events)
        misplaced = None if failure is not None or events == TEST_EVENTS else _events_failure(events)
        foreign = _foreign_failure(came, _id(exchange))
        text = "a test interview sends two events, the completion first"
        yield observed("test-interview", text, ("TEST-WEBHOOKS",), failure or misplaced or foreign, exchange)
        if failure is None:
            yield observed("test-interview-order", text, (ORDER.id,), misplaced, exchange)
            if (same := ids_failure(came)) is not None:  # kept, it does not show yet that anything comes again
                text = "each of them has an id of its own, by which a retry is known"
                yield observed("test-interview-ids", text, (RETRY.id,), same, exchange)
        yield from _signatures("test-interview", came, hook)

    def _refused(self, agent: str, box: Box) -> Iterator[Observation]:
        before = len(box.arrivals())
        exchange = self._interview(agent)
        text = "a create that names no candidate is refused and sends nothing"
        if exchange.status < 400:
            why = f"it is not refused, but answered with {exchange.status}"
            yield Observation(PHASE, "refused", text, (REFUSED.id,), Verdict.NOT_LOOKED_AT, why, None, exchange)
            return
        came = self._arrivals(box, before)[before:]
        failure = Failure(", ".join(one.event for one in came), "no webhook") if came else None
        yield observed("refused", text, (REFUSED.id,), failure, exchange)

    def _retry(self, agent: str) -> Iterator[Observation]:
        # Where the clock can be moved, all retries are waited for; elsewhere the first one.
        box = self.inboxes.open(statuses=(500,) if self.target.world is None else (500,) * MAX_ATTEMPTS)
        hook = _said(self._hook(box))
        exchange = self._created(agent)
        self._check_time(bool(self._waited(box, 1)))
        if self.target.world is not None:
            self.target.world.advance({"until": "idle"})
        came = self._waited(box, 3)
        text = "what was answered with 500 comes again, before anything else of the interview"
        again = place_of_retry(came)
        self._check_time(again is not None or len(came) == 3)
        yield observed("retry", text, (RETRY.id,), retry_failure(came, again), exchange)
        retries = hook.get("maxRetries")
        if again is not None and self.target.world is not None and isinstance(retries, int):
            failure = attempts_failure(came, 1 + retries)
            text = "what is always answered with 500 comes once, and as often again as maxRetries says"
            yield observed("retries", text, (RETRY.id,), failure, exchange)
        if again is not None:
            yield observed("retry-order", text, (ORDER.id,), overtaken(came, again), exchange)
            yield from _signatures("retry", came, hook)
        self.target.request("DELETE", f"/webhooks/{hook['id']}", key=self.target.api_key)


def _candidate() -> dict[str, str]:
    expiry = (system_now() + timedelta(days=400)).date().isoformat()
    return {"firstName": "Webhook", "lastName": "Check", "email": "check@example.com", "gdprExpiryDate": expiry}


def _said(exchange: Exchange) -> Mapping[str, Any]:
    """The object that an answer shows; an empty one where it shows none."""
    said = Answer(exchange.status, exchange.headers, exchange.json).said()
    return said if isinstance(said, dict) else {}


def _id(exchange: Exchange) -> str:
    return str(_said(exchange)["id"])


def _secret_failure(hook: Mapping[str, Any]) -> Failure | None:
    secret = hook.get("signingSecret")
    if isinstance(secret, str) and len(secret) == 64 and secret.isalnum() and _is_hex(secret):
        return None
    return Failure("no signingSecret" if secret is None else "another signingSecret", "64 hexadecimal digits")


def _is_hex(text: str) -> bool:
    try:
        return bool(bytes.fromhex(text))
    except ValueError:
        return False


def _ping_failure(told: Mapping[str, Any], came: Sequence[Arrival]) -> Failure | None:
    if [one.event for one in came] != ["ping"]:
        return Failure(", ".join(one.event for one in came) or "no delivery", "one ping")
    sent = came[0].json.get("deliveryId")
    if "deliveryId" in told and told["deliveryId"] != sent:
        return Failure(f"deliveryId {shown(sent)}", f"deliveryId {shown(told['deliveryId'])}, as answered")
    return None


def _events_failure(events: Sequence[str]) -> Failure:
    return Failure(", ".join(events) or "no delivery", f"{', then '.join(TEST_EVENTS)}, each once")


def _header_failure(came: Sequence[Arrival]) -> Failure | None:
    name, value = SENT_ALONG.values()
    found = {one.headers.get(name.lower(), "nothing") for one in came} - {value}
    return Failure(f"{name}: {found.pop()}", f"{name}: {value}") if found else None


def _foreign_failure(came: Sequence[Arrival], interview_id: str) -> Failure | None:
    for one in came:
        if one.data.get("interviewId") != interview_id:
            return Failure(f"{one.event} of {shown(one.data.get('interviewId'))}", f"events of {shown(interview_id)}")
    return None


def _signatures(case: str, came: Sequence[Arrival], hook: Mapping[str, Any]) -> Iterator[Observation]:
    """Each is verified with the secret that the creation told."""
    secret = hook.get("signingSecret")
    if not came or not isinstance(secret, str) or not _is_hex(secret):
        return
    text = "every delivery is signed with the webhook's secret"
    now = system_now().timestamp()
    faults = [f"{one.event}: {fault}" for one in came if (fault := verify(secret, one.headers, one.body, now))]
    failure = Failure(faults[0], "both signatures are good") if faults else None
    yield observed(f"{case}-signature", text, (SIGNATURE.id,), failure)
