"""Webhooks from the receiving end: what a good sender keeps, and what a bad one is found to break."""

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from mockserver import MockServer, settings_for
from mockserver.checks.findings import Verdict
from mockserver.checks.inboxes import Arrival, Inboxes
from mockserver.checks.specimens import event_types, example_of
from mockserver.checks.target import Target
from mockserver.checks.verdicts import Observation
from mockserver.checks.webhook_checks import RULES, SUBJECTS, look_at_webhooks
from mockserver.checks.webhook_shapes import shapes_of
from tests.support import ACME
from tests.vendor import Habits, Vendor

PATIENCE_SECONDS = 5.0
BROKEN, NOT_LOOKED_AT = Verdict.BROKEN, Verdict.NOT_LOOKED_AT


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    with MockServer(settings_for(grace_seconds=0)) as server:
        yield server


def looked(url: str, patience_seconds: float = PATIENCE_SECONDS, **options: Any) -> list[Observation]:
    with Inboxes() as inboxes, Target(url, ACME, **options) as target:
        found = list(look_at_webhooks(target, inboxes, 1, patience_seconds))
        return [*found, *shapes_of(inboxes.arrivals())]


def verdicts(observations: list[Observation]) -> dict[str, Verdict]:
    """Of each subject: broken, if anything was."""
    found: dict[str, Verdict] = {}
    for one in observations:
        for subject in one.subjects:
            found[subject] = BROKEN if BROKEN in (found.get(subject), one.verdict) else one.verdict
    return found


def spoilt(observations: list[Observation]) -> dict[str, str]:
    """What is not kept, and how that is told."""
    return {
        one.case: str(one.failure).replace("\n", " | ") if one.failure else one.why
        for one in observations
        if one.verdict is not Verdict.KEPT
    }


@pytest.mark.rule("TEST-WEBHOOKS", "WEBHOOK-SECRET", "WEBHOOK-TEST")
@pytest.mark.parametrize("has_control", [True, False], ids=["in a world of its own", "in the world there is"])
def test_the_mock_keeps_them_all(server: MockServer, has_control: bool) -> None:
    """Whether its clock can be moved or a retry has to be waited for; nothing stays behind."""
    options = {} if has_control else {"has_control": False}
    patience_seconds = PATIENCE_SECONDS if has_control else 30.0

    found = looked(server.url, patience_seconds, **options)

    assert spoilt(found) == {}
    assert verdicts(found).keys() == {*SUBJECTS, "deliveries/shape"}
    assert [world["id"] for world in httpx2.get(f"{server.url}/_mock/worlds").json()] == ["demo"]


def test_a_good_sender_keeps_them_all() -> None:
    """One that has nothing of the mock in it."""
    with Vendor(Habits()) as vendor:
        found = looked(vendor.url)

    assert spoilt(found) == {}
    assert set(RULES) <= verdicts(found).keys()


BAD = [
    pytest.param(Habits(secret=None), "secret", "no signingSecret | Documented: 64 hexadecimal digits", id="no secret"),
    pytest.param(Habits(secret="z" * 64), "secret", "another signingSecret", id="no hexadecimal secret"),
    pytest.param(Habits(secret="ab" * 8), "secret", "another signingSecret", id="a short secret"),
    pytest.param(Habits(pings=2), "ping", "ping, ping | Documented: one ping", id="two pings"),
    pytest.param(Habits(tells_another_id=True), "ping", "as answered", id="a ping of another id"),
    pytest.param(Habits(ping_answer={"success": True}), "ping", "no delivery | Documented: one ping", id="no ping"),
    pytest.param(
        Habits(signs_with="ab" * 32), "ping-signature", "webhook-signature does not match", id="another signature"
    ),
    pytest.param(Habits(signs_with=None), "ping-signature", "header webhook-id is missing", id="unsigned"),
    pytest.param(
        Habits(events=("interview.completed",)), "test-interview", "Received:   interview.completed |", id="one event"
    ),
    pytest.param(Habits(events=()), "test-interview", "no delivery", id="no event"),
    pytest.param(
        Habits(events=("interview.started", "interview.completed", "analysis.completed")),
        "test-interview",
        "interview.started, interview.completed, analysis.completed",
        id="one too many",
    ),
    pytest.param(
        Habits(events=("interview.completed", "interview.completed", "analysis.completed")),
        "test-interview",
        "interview.completed, interview.completed, analysis.completed",
        id="one twice",
    ),
    pytest.param(
        Habits(events=("analysis.completed", "interview.completed")),
        "test-interview-order",
        "analysis.completed, interview.completed | Documented: interview.completed, then analysis.completed",
        id="out of order",
    ),
    pytest.param(
        Habits(interview_id="11111111-0000-4000-8005-000000000009"),
        "test-interview",
        'interview.completed of "11111111-0000-4000-8005-000000000009"',
        id="of another interview",
    ),
    pytest.param(
        Habits(forgets_headers=True), "ping-headers", "nothing | Documented: X-Sent-Along: as it was given",
        id="without the webhook's headers",
    ),
    pytest.param(
        Habits(has_one_id_for_all=True), "test-interview-ids", "| Documented: each its own", id="one id for two events"
    ),
    pytest.param(
        Habits(repeats_itself=True), "test-interview-later", "later analysis.completed", id="again, though taken"
    ),
    pytest.param(
        Habits(is_loud_on_refusal=True), "refused", "Documented: no webhook",
        id="sent for a refused create",
    ),
    pytest.param(
        Habits(retries=False), "retry", "interview.completed, answered with 500, then analysis.completed", id="no retry"
    ),
    pytest.param(Habits(retry_has_other_bytes=True), "retry", "the bytes that were sent before", id="another body"),
    pytest.param(
        Habits(retry_comes_late=True),
        "retry-order",
        "interview.completed, then analysis.completed, then interview.completed",
        id="overtaken",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("habits", "case", "told"), BAD)
def test_a_bad_sender_is_found_out(habits: Habits, case: str, told: str) -> None:
    """With what came, and what is documented."""
    with Vendor(habits) as vendor:
        found = spoilt(looked(vendor.url, 1.0))

    assert told in found.get(case, ""), found


def test_where_nothing_came_nothing_comes_again() -> None:
    """One thing is broken, not everything after it."""
    with Vendor(Habits(events=())) as vendor:
        found = looked(vendor.url, 0.2)

    assert spoilt(found)["retry"] == "Received:   no delivery | Documented: an event"
    assert "deliveries/order" not in verdicts(found)


NOT_LOOKED = [
    pytest.param(Habits(agent_status=403), "setup", "POST /agents is answered with 403: ", SUBJECTS, id="no agent"),
    pytest.param(
        Habits(ping_answer={"success": False, "message": "refused"}),
        "setup",
        "the server says that it cannot reach http://127.0.0.1:",
        [subject for subject in SUBJECTS if subject != "WEBHOOK-SECRET"],
        id="out of its reach",
    ),
    pytest.param(
        Habits(interview_status=403),
        "setup",
        "a test interview is answered with 403: ",
        ["TEST-WEBHOOKS", "deliveries/order", "deliveries/retry", "deliveries/refused"],
        id="no interview",
    ),
    pytest.param(
        Habits(refusal_status=201),
        "refused",
        "it is not refused, but answered with 201",
        ["deliveries/refused"],
        id="no refusal",
    ),
]


@pytest.mark.parametrize(("habits", "case", "why", "subjects"), NOT_LOOKED)
def test_what_cannot_be_looked_at_is_said(habits: Habits, case: str, why: str, subjects: list[str]) -> None:
    """Only of what had not been looked at before."""
    with Vendor(habits) as vendor:
        found = looked(vendor.url, 1.0)

    missed = [one for one in found if one.verdict is NOT_LOOKED_AT]
    assert [(one.case, one.subjects) for one in missed] == [(case, tuple(subjects))]
    assert missed[0].why.startswith(why)


# Shapes


def arrival(event: object, method: str = "POST", media: str = "application/json") -> Arrival:
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    return Arrival(method, {"content-type": media}, body, 200)


@pytest.mark.parametrize("type", event_types())
def test_the_contracts_own_examples_have_the_right_shape(type: str) -> None:
    """Every event that it documents."""
    (shape,) = shapes_of([arrival(example_of(type))])

    assert (shape.verdict, shape.subjects) == (Verdict.KEPT, ("deliveries/shape",))


def test_milliseconds_inside_the_data_are_no_fault() -> None:
    """A reading has them; the event's own instant always does."""
    event = example_of("analysis.completed")
    event["data"]["analysis"]["general"]["createdAt"] = "2024-01-16T10:30:00.123Z"

    (shape,) = shapes_of([arrival(event)])

    assert shape.verdict is Verdict.KEPT


MISSHAPEN = [
    pytest.param(arrival(example_of("ping"), method="PUT"), "PUT with application/json", id="another method"),
    pytest.param(arrival(example_of("ping"), media="text/plain"), "POST with text/plain", id="another media type"),
    pytest.param(arrival(b"{"), '"{"', id="no JSON"),
    pytest.param(arrival({"event": "interview.over"}), '{"event":"interview.over"}', id="another event"),
    pytest.param(arrival({**example_of("ping"), "timestamp": 7}), "/timestamp is 7", id="a wrong field"),
    pytest.param(arrival({**example_of("ping"), "more": 7}), "the body is ", id="a field too many"),
]


@pytest.mark.parametrize(("came", "received"), MISSHAPEN)
def test_another_shape_is_told(came: Arrival, received: str) -> None:
    """With the place."""
    (shape,) = shapes_of([came])

    assert shape.failure is not None
    assert shape.failure.received.startswith(received)
