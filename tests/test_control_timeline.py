"""All that happened in a world, in one list and in its true order."""

from typing import Any

from tests.receiver import Receiver, webhook
from tests.support import TWO_JOBS, Mock, body, candidate, company, demo

TIMELINE, ADVANCE = "/worlds/demo/timeline", "/worlds/demo/clock/advance"


async def timeline(mock: Mock) -> Any:
    response = await mock.control.get(TIMELINE)
    assert response.status_code == 200
    return response.json()


def in_short(row: Any) -> tuple[str, object]:
    named = {"request": "status", "event": "type", "attempt": "event", "clock": "mode"}
    return row["what"], row[named[row["what"]]]


async def settled(mock: Mock) -> None:
    assert (await mock.control.post("/worlds/demo/deliveries/flush")).json() == {"unfinished": []}


async def test_what_happened_stands_in_the_order_in_which_it_did() -> None:
    """Also where the clock stood still, so that every instant is the same."""
    async with Receiver() as receiver, Mock(worlds=[demo(webhooks=[webhook(receiver.url)])]) as mock:
        await mock.create()
        await settled(mock)
        await mock.create(body(candidateId=candidate(TWO_JOBS)))
        await mock.advance(3600)
        await mock.control.put("/worlds/demo/clock", json={"mode": "real"})

        rows = await timeline(mock)

    assert [in_short(row) for row in rows] == [
        ("request", 201),
        ("event", "interview.started"),
        ("attempt", "interview.started"),
        ("request", 400),
        ("clock", "frozen"),
        ("event", "interview.completed"),
        ("attempt", "interview.completed"),
        ("event", "analysis.completed"),
        ("attempt", "analysis.completed"),
        ("clock", "real"),
    ]
    assert [row["at"] for row in rows[:5]] == ["2024-01-16T10:30:00.000Z"] * 5
    assert (rows[4]["to"], rows[9]["at"]) == ("2024-01-16T11:30:00.000Z",) * 2


async def test_each_thing_says_what_came_of_it() -> None:
    """The rule that refused and the change that would pass, the receiver's answer, the fate of deliveries."""
    hook = webhook("http://127.0.0.1:9/", events=["interview.started"])
    async with Mock(worlds=[demo(webhooks=[hook, {**hook, "isActive": False}])]) as mock:
        refused = await mock.create(body(candidateId=candidate(TWO_JOBS)), params={"a": "b"})
        created = await mock.create()
        await settled(mock)

        rows = await timeline(mock)

    request, event, attempt = rows[0], rows[2], rows[3]
    assert (request["id"], request["query"]) == (refused.headers["x-mock-request-id"], "a=b")
    assert (request["operation"], request["fault"]) == ("createInterview", None)
    assert [(no["rule"], no["at"]) for no in request["decided"]] == [("JOB-MULTIPLE", "/jobId")]
    assert request["decided"][0]["fix"].startswith("add jobId")
    assert event["interviewId"] == created.json()["id"]
    assert [(one["status"], one["error"]) for one in event["deliveries"]] == [
        ("pending", None),
        ("skipped", "the webhook is disabled"),
    ]
    assert (attempt["deliveryId"], attempt["number"]) == (event["deliveries"][0]["id"], 1)
    assert (attempt["status"], attempt["error"]) == (None, "connection refused")


async def test_a_clock_that_was_not_moved_leaves_no_trace(mock: Mock) -> None:
    """A move that is refused is none."""
    response = await mock.control.post(ADVANCE, json={"to": "2024-01-01T00:00:00Z"})

    assert response.status_code == 409
    assert await timeline(mock) == []


async def test_what_a_reset_or_a_cleared_log_forgets_is_forgotten_here_too(mock: Mock) -> None:
    """And what comes after it is in order."""
    await mock.create()
    await mock.control.delete("/worlds/demo/requests")
    cleared = await timeline(mock)
    await mock.advance(1)
    await mock.control.post("/worlds/demo/reset")
    await mock.create()

    after = await timeline(mock)

    assert [in_short(row) for row in cleared] == [("event", "interview.started")]
    assert [in_short(row) for row in after] == [("request", 201), ("event", "interview.started")]


async def test_a_planned_fault_is_named(mock: Mock) -> None:
    """On the request whose answer it made."""
    await mock.control.post("/worlds/demo/faults", json={"kind": "error", "status": 503})

    answered = await mock.create()
    (row,) = await timeline(mock)

    assert answered.status_code == 503
    assert (row["status"], row["decided"], row["fault"]) == (503, [], "error")


async def test_what_was_changed_from_outside_has_its_place(mock: Mock) -> None:
    """A state put back, rows added, minutes and readings set; what is refused, or sets nothing, leaves no trace."""
    state = await mock.state()
    billing = f"/worlds/demo/companies/{company()}/billing"
    await mock.create()
    await mock.control.post("/worlds/demo/seed", json={"jobs": [{"companyId": company(), "title": "Pastry cook"}]})
    await mock.control.patch(billing, json={"limit": 45})
    await mock.control.patch(billing, json={"limit": -1})
    await mock.readings(wire="envelope", jobless="any")
    await mock.readings()
    await mock.advance(60)
    await mock.control.put("/worlds/demo/state", json=state)

    rows = await timeline(mock)

    changes = [(row["kind"], row["detail"], row["at"]) for row in rows if row["what"] == "change"]
    assert [row["what"] for row in rows] == ["request", "change", "change", "change", "clock", "change", "clock"]
    assert changes == [
        ("seed", "jobs: 1", "2024-01-16T10:30:00.000Z"),
        ("billing", "Acme: limit 45, used 0", "2024-01-16T10:30:00.000Z"),
        ("readings", "wire=envelope, jobless=any", "2024-01-16T10:30:00.000Z"),
        ("restore", "the world of 2024-01-16T10:30:00.000Z", "2024-01-16T10:31:00.000Z"),
    ]


async def test_there_is_none_of_a_world_that_is_not_there(mock: Mock) -> None:
    """Like every other log."""
    response = await mock.control.get("/worlds/nowhere/timeline")

    assert (response.status_code, response.json()["error"]["code"]) == (404, "NOT_FOUND")
