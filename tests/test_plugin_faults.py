"""`instaview.faults`: planned from a test, met by its world."""

from typing import Any

import pytest

from mockserver import AsyncInstaView, Inbox, InstaView
from mockserver.errors import ControlError
from tests.support import body

COMPLETED = "interview.completed"


def test_a_test_plans_what_goes_wrong(instaview: InstaView, instaview_inbox: Inbox) -> None:
    """A delivery that gets lost twice comes all the same, and the fault has been met."""
    fault = instaview.faults.plan("drop", {"event": COMPLETED}, attempts=2)
    before = fault.met

    instaview.client.post("/interviews", json=body(isTest=True)).raise_for_status()
    instaview_inbox.wait_for(COMPLETED)

    assert (before, fault.met, fault.kind) == (0, 1, "drop")
    assert [each["fault"] for each in instaview.webhooks.deliveries[0]["attempts"]] == ["drop", "drop", None]
    assert repr(fault).startswith("PlannedFault({'id': ")


def test_a_test_plans_an_outage(instaview: InstaView) -> None:
    """Of one call, with a status and a text; the next one is answered as ever."""
    fault = instaview.faults.plan("error", {"operation": "createInterview"}, status=502, message="Try later")

    answers = [instaview.client.post("/interviews", json=body()) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [502, 201]
    assert (answers[0].json()["message"], answers[0].headers["x-mock-fault"], fault.met) == ("Try later", fault.id, 1)


def test_faults_are_listed_and_forgotten(instaview: InstaView) -> None:
    """One, or all; a forgotten one was met by nobody."""
    first, second, third = (instaview.faults.plan("duplicate", times=times) for times in (1, 2, None))

    second.cancel()
    left = [fault.id for fault in instaview.faults]
    instaview.faults.clear()

    assert left == [first.id, third.id]
    assert (list(instaview.faults), first.met) == ([], 0)


def test_a_mistake_in_a_plan_is_told_at_once(instaview: InstaView) -> None:
    """Where it is, and what was probably meant."""
    with pytest.raises(ControlError, match="did you mean duplicate"):
        instaview.faults.plan("duplicates")


NO_JSON: list[tuple[dict[str, Any], str, str]] = [
    (
        {"match": {"operation": object()}},
        "^an operation is an operationId, or a method and a path, not <obj",
        "operation",
    ),
    ({"match": {"nth": object()}}, "^what is sent to the control API is JSON: .*: object$", "another key"),
    ({"seconds": object()}, "^what is sent to the control API is JSON: .*: object$", "an option"),
]


@pytest.mark.parametrize(("asked", "says"), [row[:2] for row in NO_JSON], ids=[row[2] for row in NO_JSON])
@pytest.mark.parametrize("fixture", ["instaview", "instaview_asgi"])
def test_what_json_has_no_words_for_is_a_mistake(
    request: pytest.FixtureRequest, fixture: str, asked: dict[str, Any], says: str
) -> None:
    """Told at the line of the test, and nothing is planned."""
    world = request.getfixturevalue(fixture)

    with pytest.raises(TypeError, match=says) as raised:
        world.faults.plan("latency", **asked)

    shown = [entry.path for entry in raised.traceback.filter(raised)]
    assert [str(path) for path in shown if "mockserver/" in str(path)] == []
    assert list(world.faults) == []


async def test_a_world_in_process_has_faults_too(instaview_asgi: AsyncInstaView) -> None:
    """By the same calls, without waiting for the loop."""
    fault = instaview_asgi.faults.plan("delay", {"nth": 3}, seconds=5)

    assert fault.row["match"] == {"nth": 3}
    assert [each.id for each in instaview_asgi.faults] == [fault.id]
