"""World files: what is wrong is refused with the path of the mistake, what is left out is made up."""

import json
from pathlib import Path
from typing import Any

import pytest

from mockserver import settings_for
from mockserver.errors import WorldFileError
from mockserver.launch import DEMO
from mockserver.readings import DEFAULTS
from mockserver.worldfile import parse_world, read_world_file
from tests.support import ACME, ATS, GLOBEX, NOWHERE, Mock, agent, candidate, company, demo, job, phone_number

JOB = {"companyId": company(), "title": "Baker"}
AGENT = {"companyId": company(), "name": "Ann", "type": "ONLINE", "focus": "GENERIC", "language": "EN", "duration": 15}
PERSON = {"companyId": company(), "firstName": "Jane", "lastName": "Doe", "email": "jane@example.com"}
CANDIDATE = {**PERSON, "gdprExpiryDate": "2030-01-01"}
INTERVIEW = {"companyId": company(), "candidateId": candidate(1), "agentId": agent(3)}
HOOK = {"companyId": company(), "url": "http://127.0.0.1:9/", "events": ["interview.completed"]}
LETTERED = "abcdef00-0000-4000-8001-000000000001"
CALL = {"status": "COMPLETED", "scheduledAt": "2024-01-15T10:00:00Z"}


def world(**parts: Any) -> dict[str, Any]:
    """The smallest world of one company, with parts."""
    companies = [{"id": company(), "name": "Acme", "minutes": 100}]
    return {"companies": companies, "keys": [{"key": ACME, "companyId": company()}], **parts}


def staffed(**interview: Any) -> dict[str, Any]:
    """A world with one interview by phone."""
    numbers = [{"id": phone_number(), "companyId": company(), "number": "+421220000001"}]
    caller = {**AGENT, "id": agent(3), "type": "PHONE", "companyPhoneNumberId": phone_number()}
    people = [{**CANDIDATE, "id": candidate(1)}]
    rows = [{**INTERVIEW, **interview}]
    return world(phoneNumbers=numbers, agents=[caller], candidates=people, interviews=rows)


BAD = [
    # file                                                                   starts with              why
    pytest.param([], "/: ", id="no object"),
    pytest.param({"keys": []}, "/: ", id="no companies"),
    pytest.param(world(readings={"wire": "json"}), "/readings/wire: ", id="a reading's value that there is not"),
    pytest.param(world(jobs=[JOB, {**JOB, "title": "x"}]), "/jobs/1/title: ", id="a row against the schema"),
    pytest.param(world(clock="2030-13-01T00:00:00Z"), "/clock: ", id="a month that there is not"),
    pytest.param(world(clock="9999-12-31T23:59:59Z"), "/clock: ", id="a clock without a future"),
    pytest.param(
        world(candidates=[{**PERSON, "gdprExpiryDate": "2030-02-30"}]),
        "/candidates/0/gdprExpiryDate: ",
        id="a day that there is not",
    ),
    pytest.param(
        world(jobs=[{**JOB, "createdAt": "2030-02-30T00:00:00Z"}]), "/jobs/0/createdAt: ", id="a row's instant"
    ),
    pytest.param(
        staffed(status="COMPLETED", callAttempts=[CALL, {**CALL, "calledAt": "2024-01-15T25:00:00Z"}]),
        "/interviews/0/callAttempts/1/calledAt: ",
        id="a call's instant",
    ),
    pytest.param(
        staffed(status="IN_PROGRESS", callAttempts=[CALL]),
        "/interviews/0/callAttempts/0/status: ",
        id="an interview that goes on though its call is over",
    ),
    pytest.param(
        world(keys=[{"key": ACME, "companyId": company()}, {"key": ACME, "companyId": company()}]),
        "/keys/1/key: ",
        id="a key twice",
    ),
    pytest.param(world(keys=[{"key": ACME, "companyId": NOWHERE}]), "/keys/0: ", id="a key of no company"),
    pytest.param(
        world(keys=[{"key": ATS, "ats": True, "companyIds": [company(), NOWHERE]}]),
        "/keys/0: ",
        id="an ATS key that manages nothing",
    ),
    pytest.param(
        world(jobs=[{**JOB, "id": LETTERED}, {**JOB, "id": LETTERED.upper()}]),
        "/jobs/1/id: ",
        id="an id twice, in capitals",
    ),
    pytest.param(
        world(keys=[{"key": ACME, "companyId": company(), "allowedIPs": ["10.0.0.0/8", "10.0.0.999"]}]),
        "/keys/0/allowedIPs/1: ",
        id="an address that there is not",
    ),
    pytest.param(
        world(keys=[{"key": ACME, "companyId": company(), "expiresAt": "2024-01-32T00:00:00Z"}]),
        "/keys/0/expiresAt: ",
        id="a key that expires on no day",
    ),
    pytest.param(
        world(webhooks=[{**HOOK, "apiKeyId": NOWHERE}]),
        "/webhooks/0/apiKeyId: ",
        id="a webhook of no key of its company",
    ),
    pytest.param(
        world(webhooks=[HOOK, {**HOOK, "headers": [{"name": "Host", "value": "b"}]}]),
        "/webhooks/1/headers/0/name: Host cannot be set",
        id="a header that deliveries set themselves",
    ),
    pytest.param(
        world(webhooks=[{**HOOK, "headers": [{"name": "X-A", "value": "b"}, {"name": "x-a", "value": "c"}]}]),
        "/webhooks/0/headers/1/name: x-a is given twice",
        id="a header twice",
    ),
    pytest.param(
        world(webhooks=[{**HOOK, "circuitOpenedAt": "2024-02-31T00:00:00Z"}]),
        "/webhooks/0/circuitOpenedAt: ",
        id="a breaker that opened on no day",
    ),
    pytest.param(world(jobs=[{**JOB, "companyId": NOWHERE}]), "/jobs/0/companyId: ", id="a job of no company"),
    pytest.param(world(candidates=[{**CANDIDATE, "jobIds": [NOWHERE]}]), "/candidates/0/jobIds: ", id="no such job"),
    pytest.param(
        world(agents=[{**AGENT, "companyPhoneNumberId": NOWHERE}]),
        "/agents/0/companyPhoneNumberId: ",
        id="no such number",
    ),
    pytest.param(staffed(candidateId=NOWHERE), "/interviews/0/candidateId: ", id="no such candidate"),
    pytest.param(staffed(agentId=NOWHERE), "/interviews/0/agentId: ", id="no such agent"),
    pytest.param(staffed(jobId=NOWHERE), "/interviews/0/jobId: ", id="an interview about no such job"),
]


@pytest.mark.parametrize(("file", "path"), BAD)
async def test_a_mistake_is_refused_with_its_path(mock: Mock, file: Any, path: str) -> None:
    """By the parser, and by the control API, where nothing of it is loaded."""
    worlds = (await mock.control.get("/worlds")).json()
    with pytest.raises(WorldFileError) as caught:
        parse_world(file)

    response = await mock.control.post("/worlds", json=file)

    assert str(caught.value).startswith(path)
    assert (response.status_code, response.json()["error"]["message"]) == (400, str(caught.value))
    assert (await mock.control.get("/worlds")).json() == worlds


def test_what_belongs_to_another_company_cannot_be_named() -> None:
    """A world file keeps to the isolation that the API keeps."""
    file = demo()
    next(row for row in file["candidates"] if row["companyId"] == company())["jobIds"] = [job(1, GLOBEX)]

    with pytest.raises(WorldFileError, match=r"^/candidates/0/jobIds: .* belongs to another company"):
        parse_world(file)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"{", "unexpected end"),
        (b"\xff", "UTF-8"),
        (b'{"companies": [], "keys": 1}', "/keys: "),
        (None, "No such file"),
    ],
    ids=["no JSON", "no text", "a mistake", "no file"],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None, says: str) -> None:
    """The message begins with the file, then says what is wrong."""
    path = tmp_path / "mine.json"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(WorldFileError) as caught:
        read_world_file(path)

    assert str(caught.value).startswith(f"{path}: ")
    assert says in str(caught.value)


def test_a_file_without_a_name_is_called_after_itself(tmp_path: Path) -> None:
    """So that the control API has a name for its world."""
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(world()), encoding="utf-8")

    assert read_world_file(path).name == "mine"
    assert parse_world(world(), default_name="other").name == "other"
    assert parse_world(world(name="own"), default_name="other").name == "own"


def test_readings_of_a_file_go_before_those_of_the_start() -> None:
    """What the file leaves open is what the server was told."""
    told = DEFAULTS.changed({"wire": "envelope", "jobless": "any"})

    seed = parse_world(world(readings={"jobless": "generic", "create_status": 200}), told)

    assert seed.readings == DEFAULTS.changed({"wire": "envelope", "create_status": "200"})


def test_what_is_left_out_is_made_up() -> None:
    """Ids from the seed, scopes, minutes, statuses; the same file makes the same seed, another number other ids."""
    file = world(jobs=[JOB, JOB], agents=[AGENT], candidates=[CANDIDATE], seed=7)
    file["companies"][0].pop("minutes")

    seed = parse_world(file)

    assert seed == parse_world(file)
    assert seed.jobs[0].id != seed.jobs[1].id
    assert seed.jobs[0].id != parse_world({**file, "seed": 8}).jobs[0].id
    assert (seed.companies[0].minutes_limit, seed.clock, seed.keys[0].scopes) == (0, "real", frozenset({"*"}))
    assert (seed.candidates[0].status, seed.candidates[0].job_ids) == ("APPLIED", ())


def test_a_file_is_read_and_left_as_it_was() -> None:
    """Whoever passes a mapping keeps it."""
    file = staffed(callAttempts=[CALL], status="COMPLETED")
    before = json.dumps(file)

    parse_world(file)

    assert json.dumps(file) == before


def test_ids_in_a_file_may_be_in_capitals() -> None:
    """They are kept in lower case, also where they refer to each other."""
    file = json.loads(json.dumps(staffed()).replace("-0000-4000-", "-ABCD-4000-"))

    seed = parse_world(file)

    assert seed.candidates[0].id == seed.interviews[0].candidate_id == candidate(1).replace("-0000-", "-abcd-")
    assert seed.keys[0].company_ids == (seed.companies[0].id,)


LIVES = [
    # status        test   reserved
    ("SCHEDULED", False, 15),
    ("IN_PROGRESS", False, 15),
    ("SCHEDULED", True, 0),
    ("COMPLETED", False, 0),
    ("FAILED", False, 0),
    ("CANCELLED", False, 0),
    ("UNDEFINED", False, 0),
]


@pytest.mark.rule("BILLING-LIMIT")
@pytest.mark.parametrize(("status", "is_test", "reserved"), LIVES)
def test_living_interviews_hold_their_minutes(status: str, is_test: bool, reserved: int) -> None:
    """As if they had been created here."""
    seed = parse_world(staffed(status=status, isTest=is_test))

    assert (seed.companies[0].minutes_reserved, seed.interviews[0].reserved_minutes) == (reserved, reserved)


def test_calls_belong_to_agents_that_call() -> None:
    """They get ids; an ONLINE agent's interview has none, whatever the file says."""
    by_phone = parse_world(staffed(status="COMPLETED", callAttempts=[CALL, CALL])).interviews[0].call_attempts
    silent = parse_world(staffed()).interviews[0].call_attempts
    file = staffed(status="COMPLETED", callAttempts=[CALL])
    file["agents"][0]["type"] = "ONLINE"

    assert by_phone is not None
    assert len({call.id for call in by_phone}) == 2
    assert (silent, parse_world(file).interviews[0].call_attempts) == ((), None)


def test_a_webhook_without_a_secret_has_the_same_one_each_time() -> None:
    """64 hexadecimal digits that its id decides; a given one is kept."""
    secret = "0f" * 32

    first, second = (parse_world(world(seed=1, webhooks=[HOOK])).endpoints[0] for _ in range(2))
    given = parse_world(world(webhooks=[{**HOOK, "signingSecret": secret}])).endpoints[0]

    assert first.secret == second.secret
    assert (len(first.secret), given.secret) == (64, secret)


def test_a_webhook_may_be_for_all_companies() -> None:
    """Of the world, or of its key; null is what it is where it is left out."""
    key = {"id": NOWHERE, "key": ACME, "companyId": company()}
    hooks = [{**HOOK, "companyId": None, "events": []}, {**HOOK, "companyId": None, "apiKeyId": NOWHERE}]

    seed = parse_world(world(keys=[key], webhooks=[*hooks, {**HOOK, "apiKeyId": None}]))

    assert [(row.company_id, row.api_key_id) for row in seed.endpoints] == [
        (None, None),
        (None, NOWHERE),
        (company(), None),
    ]


def test_the_built_in_world_is_a_file_like_any_other() -> None:
    """And it is what a server without any has."""
    assert settings_for().seeds == (read_world_file(DEMO),)
