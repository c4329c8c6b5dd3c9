"""Readings: as a value, and each of their choices over the API."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.readings import DEFAULTS, VALUES, UnknownReading
from tests.support import (
    ACME,
    GENERIC,
    INLINE_AGENT,
    INLINE_CANDIDATE,
    INLINE_JOB,
    MISSING,
    NO_JOB,
    NOWHERE,
    PHONE,
    Mock,
    agent,
    body,
    candidate,
    company,
    demo,
    job,
)

# --- As a value


@given(st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in VALUES.items()}))
def test_what_is_chosen_is_in_force_and_the_rest_stays(choices: dict[str, str]) -> None:
    """Any combination; the first value of each is the default."""
    assert DEFAULTS.changed(choices).as_dict() == {name: values[0] for name, values in VALUES.items()} | choices


@pytest.mark.parametrize(
    ("choices", "says"),
    [
        ({"wires": "envelope"}, "no reading 'wires'; there are wire, create_status"),
        ({"wire": "json"}, "reading wire is one of reference, envelope, not 'json'"),
        ({"wire": None}, "not 'None'"),
        ({"wire": "reference", "jobless": "ANY"}, "reading jobless is one of generic, any"),
    ],
    ids=["an unknown reading", "an unknown value", "no value", "another case"],
)
def test_what_cannot_be_chosen_is_told_with_what_can(choices: dict[str, object], says: str) -> None:
    """The message lists the names or the values."""
    with pytest.raises(UnknownReading, match=says):
        DEFAULTS.changed(choices)


def test_a_status_may_be_chosen_as_a_number() -> None:
    """JSON has numbers for it."""
    assert DEFAULTS.changed({"create_status": 200}).create_status == "200"


def test_no_choice_changes_nothing() -> None:
    """And the readings that were changed are others."""
    assert DEFAULTS.changed({}) == DEFAULTS
    assert DEFAULTS.changed({"wire": "envelope"}) is not DEFAULTS


# --- Over the API, in the order of the table; `wire` has a file of its own


@pytest.mark.rule("CREATE-STATUS")
@pytest.mark.parametrize("status", [201, 200])
async def test_create_status(status: int) -> None:
    """201, or the legacy 200; nothing else changes."""
    async with Mock(readings={"create_status": str(status), "wire": "envelope"}) as mock:
        assert (await mock.create()).status_code == status
        assert (await mock.call("GET", "/interviews")).status_code == 200


@pytest.mark.rule("RESPONSE-SHAPE")
async def test_timestamps() -> None:
    """Whole seconds, finer ones cut off, or milliseconds; everywhere in an answer."""
    test = body(isTest=True, agentId=agent(PHONE))
    clock = "2024-01-16T10:30:00.987654Z"
    async with Mock(clock=clock) as seconds, Mock(clock=clock, readings={"timestamps": "milliseconds"}) as fine:
        fine.world.readings = fine.world.readings.changed({"wire": "envelope"})  # the contract knows only seconds
        one, other = (await seconds.create(test)).json(), (await fine.create(test)).json()["data"]

    for answer, printed in ((one, "2024-01-16T10:30:00Z"), (other, "2024-01-16T10:30:00.987Z")):
        names = ("scheduledAt", "createdAt", "updatedAt", "finishedDate")
        instants = [*(answer[name] for name in names), answer["callAttempts"][0]["calledAt"]]
        assert {*instants, answer["analysis"]["general"]["createdAt"]} == {printed}


SOURCES = {"job": INLINE_JOB, "jobId": job(1)}


@pytest.mark.rule("JOB-PRECEDENCE", "JOB-XOR", "JOB-SOURCE-XOR")
@pytest.mark.parametrize(
    ("given", "within", "wins"),
    [
        (("job", "jobId"), True, "job"),
        (("job",), True, "job"),
        (("jobId",), True, "jobId"),
        ((), True, "candidate.jobId"),
        (("job", "jobId"), False, "job"),
    ],
    ids=[
        "all three",
        "job over candidate.jobId",
        "jobId over candidate.jobId",
        "candidate.jobId alone",
        "job over jobId",
    ],
)
async def test_job_sources(mock: Mock, given: tuple[str, ...], within: bool, wins: str) -> None:
    """Several sources exclude each other, or rank; whoever is new has the job of the winner and no other."""
    person = {**INLINE_CANDIDATE, "jobId": job(2)} if within else INLINE_CANDIDATE
    asked = body(candidateId=MISSING, candidate=person, **{name: SOURCES[name] for name in given})
    broken = [*(["JOB-XOR"] if len(given) == 2 else []), *(["JOB-SOURCE-XOR"] if within and given else [])]

    if broken:
        await mock.refused(mock.create(asked), 400, *broken)
    await mock.readings(job_sources="precedence")
    created = (await mock.create(asked)).json()

    state = await mock.state()
    jobs = [row["id"] for row in state["jobs"] if row["companyId"] == company()]
    made = [id for id in jobs if id not in (job(1), job(2), job(3))]
    assert created["jobId"] == {"job": made[0] if made else None, "jobId": job(1), "candidate.jobId": job(2)}[wins]
    assert bool(made) == (wins == "job")
    assert state["candidates"][-1]["jobIds"] == [created["jobId"]]


@pytest.mark.rule("JOB-PRECEDENCE", "ID-FORMAT", "JOB-ASSIGNED")
async def test_a_source_that_does_not_win_is_not_looked_up(mock: Mock) -> None:
    """It may name nothing, but it is still an id; an existing candidate's jobId still has to be the candidate's."""
    await mock.readings(job_sources="precedence")

    created = await mock.create(body(job=INLINE_JOB, jobId=NOWHERE))
    await mock.refused(mock.create(body(job=INLINE_JOB, jobId="x")), 400, "ID-FORMAT")
    await mock.refused(mock.create(body(jobId=job(3))), 400, "JOB-ASSIGNED")

    assert created.status_code == 201


@pytest.mark.rule("FOCUS-JOBLESS", "FOCUS-GENERIC")
@pytest.mark.parametrize(
    "given",
    [{"candidateId": candidate(NO_JOB)}, {"candidateId": MISSING, "candidate": INLINE_CANDIDATE}],
    ids=["an existing candidate", "a new one"],
)
async def test_jobless(mock: Mock, given: dict[str, Any]) -> None:
    """An interview without a job needs a GENERIC agent, or takes any; a GENERIC agent still knows no jobs."""
    await mock.refused(mock.create(body(**given)), 400, "FOCUS-JOBLESS")
    await mock.readings(jobless="any")

    created = await mock.create(body(**given))
    await mock.refused(mock.create(body(agentId=agent(GENERIC))), 400, "FOCUS-GENERIC")

    assert (created.status_code, created.json()["jobId"]) == (201, None)


@pytest.mark.rule("AUTH-SCOPE")
async def test_scopes() -> None:
    """The read scopes beside the operation's own are asked for, or not."""
    keys = [{"key": ACME, "companyId": company(), "scopes": ["write:interviews"]}]
    async with Mock(worlds=[demo(keys=keys)]) as mock:
        await mock.refused(mock.create(), 403, "AUTH-SCOPE")
        await mock.readings(scopes="write-only")
        assert (await mock.create()).status_code == 201


@pytest.mark.rule("SCHEDULE-FUTURE")
async def test_past_schedule(mock: Mock) -> None:
    """A time in the past is refused, or starts the interview at once."""
    past = body(scheduleTime="2024-01-16T10:29:59Z")

    await mock.refused(mock.create(past), 400, "SCHEDULE-FUTURE")
    await mock.readings(past_schedule="accept")
    created = (await mock.create(past)).json()
    await mock.refused(mock.create(body(scheduleTime="2024-03-01T00:00:00Z")), 400, "SCHEDULE-WINDOW")

    assert (created["status"], created["scheduledAt"]) == ("IN_PROGRESS", "2024-01-16T10:29:59Z")


@pytest.mark.rule("SCHEDULE-FORMAT")
async def test_naive_schedule(mock: Mock) -> None:
    """A time without offset is refused, or taken as UTC; one with an offset is what it was."""
    await mock.refused(mock.create(body(scheduleTime="2024-01-20T14:00:00")), 400, "SCHEDULE-FORMAT")
    await mock.readings(naive_schedule="utc")
    naive = (await mock.create(body(scheduleTime="2024-01-20T14:00:00"))).json()
    aware = (await mock.create(body(scheduleTime="2024-01-20T14:00:00+02:00"))).json()
    await mock.refused(mock.create(body(scheduleTime="2024-01-16T10:29:59")), 400, "SCHEDULE-FUTURE")

    assert (naive["scheduledAt"], aware["scheduledAt"]) == ("2024-01-20T14:00:00Z", "2024-01-20T12:00:00Z")


@pytest.mark.rule("METADATA-KEYS")
async def test_metadata_keys(mock: Mock) -> None:
    """Keys count in all objects together, or in the top one; the bound is the same."""
    inner = {"a": {str(key): 0 for key in range(100)}}

    await mock.refused(mock.create(body(metadata=inner)), 400, "METADATA-KEYS")
    await mock.readings(metadata_keys="top_level")
    created = await mock.create(body(metadata={**inner, **{f"x{key}": 0 for key in range(49)}}))
    await mock.refused(mock.create(body(metadata={str(key): 0 for key in range(51)})), 400, "METADATA-KEYS")

    assert created.status_code == 201


@pytest.mark.rule("UNKNOWN-FIELDS")
async def test_unknown_fields(mock: Mock) -> None:
    """Ignored, or refused wherever they stand; null is absent; metadata are the client's own."""
    given = body(agentId=MISSING, agent={**INLINE_AGENT, "id": "1"}, status="FAILED", colour=None, metadata={"x": 1})

    assert (await mock.create(given)).status_code == 201
    await mock.readings(unknown_fields="reject")
    response = await mock.refused(mock.create(given), 400, "UNKNOWN-FIELDS")

    lines = ["agent.id: is not a known field", "status: is not a known field"]
    assert response.json()["message"] == lines
    assert (await mock.create(body(metadata={"x": 1}, colour=None))).status_code == 201


@pytest.mark.rule("IMMEDIATE")
async def test_immediate_status(mock: Mock) -> None:
    """An interview without a time is answered as begun, or as planned for now, and begins in either case."""
    await mock.readings(immediate_status="SCHEDULED")
    created = (await mock.create()).json()

    await mock.advance(0)
    later = (await mock.call("GET", f"/interviews/{created['id']}")).json()

    assert (created["status"], created["scheduledAt"]) == ("SCHEDULED", created["createdAt"])
    assert later["status"] == "IN_PROGRESS"


@pytest.mark.rule("TEST-MARK")
@pytest.mark.parametrize(
    "metadata", [MISSING, {"k": 1}, {"isTest": False}], ids=["none", "some", "a mark of their own"]
)
async def test_test_mark(mock: Mock, metadata: Any) -> None:
    """Marked in metadata too, or by the field alone; what is stored is what was given."""
    given = body(isTest=True, metadata=metadata)
    own = {} if metadata is MISSING else metadata

    both = (await mock.create(given)).json()
    await mock.readings(test_mark="field_only")
    field_only = (await mock.create(given)).json()

    assert (both["isTest"], both["metadata"]) == (True, {**own, "isTest": True})
    assert (field_only["isTest"], field_only.get("metadata", {})) == (True, own)
    assert ("metadata" in field_only) == (metadata is not MISSING)
