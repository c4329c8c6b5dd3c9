"""Creating, reading and listing interviews over the API."""

import pytest

from tests.support import Mock


@pytest.mark.rule("CREATE-STATUS", "IMMEDIATE")
async def test_an_interview_without_a_time_starts_at_once(mock: Mock) -> None:
    """A create without scheduleTime answers 201 and is in progress."""
    response = await mock.create()

    assert response.status_code == 201
    assert response.json()["status"] == "IN_PROGRESS"
