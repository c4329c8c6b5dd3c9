"""The story that the product is made for: a server, a receiver, four days, and well under a second."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2

from tests.processes import served
from tests.receiver import Receiver, held_to_contract, signatures_by_hand
from tests.support import ACME, NOW, body

BEGIN = datetime.fromisoformat(NOW)
DAY = timedelta(days=1)
STORY = ["interview.started", "interview.completed", "analysis.completed"]


def instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def test_an_interview_three_days_ahead_is_over_in_no_time() -> None:
    """
    By HTTP alone, with a server of its own process: register, schedule, advance four days. Nothing comes before its
    day; then each event arrives in order, signed, with the instant at which it happened. In well under a second.
    """
    authorised = {"Authorization": f"Bearer {ACME}"}
    with served("--quiet", "--clock", NOW) as server:
        async with Receiver() as receiver, httpx2.AsyncClient(base_url=server.url, headers=authorised) as client:

            async def post(path: str, sent: Any) -> Any:
                response = await client.post(path, json=sent)
                assert response.is_success, response.text
                return response.json()

            async def advance(by: timedelta) -> Any:
                return await post("/_mock/worlds/demo/clock/advance", {"seconds": by.total_seconds()})

            secret = (await post("/webhooks", {"url": receiver.url, "events": STORY}))["signingSecret"]
            began = time.perf_counter()
            booked = await post("/interviews", body(scheduleTime=instant(BEGIN + 3 * DAY)))
            await advance(3 * DAY - timedelta(seconds=1))
            too_early = list(receiver.events)
            await advance(DAY + timedelta(seconds=1))
            took = time.perf_counter() - began

            now = (await client.get("/_mock/worlds/demo/clock")).json()["now"]
            interview = (await client.get(f"/interviews/{booked['id']}")).json()

    minutes = interview["durationMinutes"]
    start = BEGIN + 3 * DAY
    happened = [start, start + timedelta(minutes=minutes), start + timedelta(minutes=minutes + 1)]
    assert took < 0.8
    assert (booked["status"], too_early, interview["status"]) == ("SCHEDULED", [], "COMPLETED")
    assert receiver.events == STORY
    assert [delivered.json["timestamp"] for delivered in receiver.received] == [instant(at) for at in happened]
    assert now == instant(BEGIN + 4 * DAY)
    for delivered in receiver.received:
        held_to_contract(delivered)
        assert delivered.json["data"]["interviewId"] == booked["id"]
        assert delivered.headers.items() >= signatures_by_hand(delivered, secret).items()
