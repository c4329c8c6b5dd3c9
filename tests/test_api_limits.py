"""The limits of metadata and schedules over the API, at both sides of each bound."""

from typing import Any

import pytest

from tests.support import Mock, body, inline_with

UTF8 = "é"  # two bytes, one character
EMOJI = "😀"  # four bytes, one character, two for JavaScript


PLACES = [
    pytest.param(lambda metadata: body(metadata=metadata), "metadata", id="the interview's"),
    pytest.param(lambda metadata: inline_with("job.metadata", metadata), "job.metadata", id="a new job's"),
    pytest.param(lambda metadata: inline_with("agent.metadata", metadata), "agent.metadata", id="a new agent's"),
]
METADATA = [
    # passes                                    is refused                                  rule
    pytest.param({"k": "x" * 10_232}, {"k": "x" * 10_233}, "METADATA-SIZE", id="10,240 bytes"),
    pytest.param({"k": UTF8 * 5_116}, {"k": UTF8 * 5_116 + "x"}, "METADATA-SIZE", id="10,240 bytes of two each"),
    pytest.param({"k": EMOJI * 2_558}, {"k": EMOJI * 2_558 + "x"}, "METADATA-SIZE", id="10,240 bytes of four each"),
    pytest.param({"k": "\n" * 5_116}, {"k": "\n" * 5_117}, "METADATA-SIZE", id="10,240 bytes with escapes"),
    pytest.param(
        {"a": {"b": {"c": {"d": {}}}}}, {"a": {"b": {"c": {"d": {"e": {}}}}}}, "METADATA-DEPTH", id="5 levels"
    ),
    pytest.param({"a": [[[[1]]]]}, {"a": [[[[[]]]]]}, "METADATA-DEPTH", id="5 levels, arrays count"),
    pytest.param({"a": [[[{"b": 1}]]]}, {"a": [[[{"b": []}]]]}, "METADATA-DEPTH", id="5 levels of both kinds"),
    pytest.param(
        {str(key): None for key in range(50)}, {str(key): None for key in range(51)}, "METADATA-KEYS", id="50 keys"
    ),
    pytest.param(
        {"a": {str(key): 0 for key in range(49)}},
        {"a": {str(key): 0 for key in range(50)}},
        "METADATA-KEYS",
        id="50 keys in all objects together",
    ),
    pytest.param(
        {"a": [{"b": 0}] * 49}, {"a": [{"b": 0}] * 50}, "METADATA-KEYS", id="50 keys, the same one many times"
    ),
]


@pytest.mark.rule("METADATA-SIZE", "METADATA-DEPTH", "METADATA-KEYS")
@pytest.mark.parametrize(("given", "path"), PLACES)
@pytest.mark.parametrize(("good", "bad", "rule"), METADATA)
async def test_metadata_have_limits_wherever_they_stand(
    mock: Mock, given: Any, path: str, good: object, bad: object, rule: str
) -> None:
    """The interview's, the inline job's and the inline agent's alike; spaces in the body do not count."""
    passed = await mock.create(given(good))
    response = await mock.refused(mock.create(given(bad)), 400, rule)

    assert passed.status_code == 201, passed.text
    assert response.json()["message"].startswith(f"{path}: ")


@pytest.mark.rule("TEST-MARK", "METADATA-KEYS")
async def test_the_mark_of_a_test_interview_does_not_count(mock: Mock) -> None:
    """Fifty keys are still allowed, and the answer has fifty-one."""
    created = await mock.create(body(isTest=True, metadata={str(key): 0 for key in range(50)}))

    assert (created.status_code, len(created.json()["metadata"])) == (201, 51)


SCHEDULES = [
    # text                              rule               why
    pytest.param("2024-01-16T10:30:00Z", None, id="now"),
    pytest.param("2024-01-16T10:29:59Z", "SCHEDULE-FUTURE", id="a second ago"),
    pytest.param("2024-02-15T10:30:00Z", None, id="30 days ahead"),
    pytest.param("2024-02-15T10:30:01Z", "SCHEDULE-WINDOW", id="30 days and a second ahead"),
    pytest.param("2024-01-16T23:29:59+13:00", "SCHEDULE-FUTURE", id="looks ahead, lies behind"),
    pytest.param("2024-01-16T01:30:00-09:00", None, id="looks behind, is now"),
    pytest.param("2024-02-15T23:30:00+13:00", None, id="looks beyond 30 days, is within"),
    pytest.param("2024-02-15T01:30:01-09:00", "SCHEDULE-WINDOW", id="looks within 30 days, is beyond"),
    pytest.param("9999-12-31T23:59:59Z", "SCHEDULE-WINDOW", id="the end of the calendar"),
    pytest.param("9999-12-31T23:59:59-23:59", "SCHEDULE-FORMAT", id="beyond the calendar"),
    pytest.param("0001-01-01T00:00:00Z", "SCHEDULE-FUTURE", id="its beginning"),
    pytest.param("2024-02-30T10:00:00Z", "SCHEDULE-FORMAT", id="no such day"),
    pytest.param("2024-01-20T10:00:00", "SCHEDULE-FORMAT", id="no offset"),
    pytest.param("", "SCHEDULE-FORMAT", id="an empty text"),
]


@pytest.mark.rule("SCHEDULE-FORMAT", "SCHEDULE-FUTURE", "SCHEDULE-WINDOW", "SCHEDULED")
@pytest.mark.parametrize(("text", "rule"), SCHEDULES)
async def test_a_schedule_lies_between_now_and_thirty_days(mock: Mock, text: str, rule: str | None) -> None:
    """Both bounds are allowed; `scheduledAt` is the instant in UTC."""
    if rule is not None:
        await mock.refused(mock.create(body(scheduleTime=text)), 400, rule)
    else:
        created = await mock.create(body(scheduleTime=text))
        assert created.status_code == 201, created.text
        assert created.json()["scheduledAt"] in ("2024-01-16T10:30:00Z", "2024-02-15T10:30:00Z")
