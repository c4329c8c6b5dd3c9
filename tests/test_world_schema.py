"""The schema of world files, and the world `demo`, which must keep to it and to what is published of it."""

import json
from typing import Any

import jsonschema
import jsonschema_rs
import pytest

from mockserver import readings
from mockserver.paths import CONTRACTS, FIXTURES

SCHEMA: dict[str, Any] = json.loads((CONTRACTS / "world.schema.json").read_text(encoding="utf-8"))
DEMO: dict[str, Any] = json.loads((FIXTURES / "worlds" / "demo.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema_rs.validator_for(SCHEMA)
ORACLE = jsonschema.Draft202012Validator(SCHEMA)

ACME, GLOBEX, INITECH = (f"{digit * 8}-0000-4000-8000-000000000001" for digit in "123")
COMPANIES = pytest.mark.parametrize("company", [ACME, GLOBEX, INITECH], ids=["acme", "globex", "initech"])


def company_id(company: str, kind: int, number: int) -> str:
    return f"{company[:8]}-0000-4000-800{kind}-00000000000{number}"


def rows_of(company: str, kind: str) -> list[dict[str, Any]]:
    return [row for row in DEMO[kind] if row["companyId"] == company]


def world(**changes: object) -> dict[str, Any]:
    """The smallest world of one company, with changes."""
    smallest = {"companies": [{"id": ACME, "name": "Acme"}], "keys": [{"key": "sk_test_acme", "companyId": ACME}]}
    return smallest | changes


JOB = {"companyId": ACME, "title": "Baker"}
AGENT = {"companyId": ACME, "name": "Ann", "type": "ONLINE", "focus": "GENERIC", "language": "EN", "duration": 15}
JOBS = [f"11111111-0000-4000-8001-{number:012}" for number in range(51)]
CANDIDATE = {
    "companyId": ACME,
    "firstName": "Jane",
    "lastName": "Doe",
    "email": "jane+no-answer@example.com",
    "gdprExpiryDate": "2035-01-01",
}
INTERVIEW = {"companyId": ACME, "candidateId": company_id(ACME, 3, 1), "agentId": company_id(ACME, 2, 1)}
WEBHOOK = {"companyId": ACME, "url": "http://127.0.0.1:9000/hook", "events": ["interview.completed"]}
INSTANT = "2030-01-16T10:30:00Z"
MINUTES = {"limit": 500, "used": 20, "reserved": 30, "left": 450}
ATTEMPT = {"status": "COMPLETED", "scheduledAt": "2030-01-16T10:30:00Z", "retryNumber": 0, "duration": 300}

GOOD = [
    pytest.param(world(), id="companies and keys are enough"),
    pytest.param(world(name="demo", seed=42, clock="frozen"), id="a frozen clock"),
    pytest.param(world(clock="2030-01-16T10:30:00.5+02:00"), id="a clock at an instant"),
    pytest.param(world(readings={"create_status": 200, "wire": "envelope"}), id="a status reading as a number"),
    pytest.param(world(keys=[{"key": "k", "ats": True, "companyIds": [ACME]}]), id="an ATS key"),
    pytest.param(world(keys=[{"key": "k", "ats": True, "companyIds": []}]), id="an ATS key without a company yet"),
    pytest.param(world(keys=[{"key": "k", "ats": False, "companyId": ACME}]), id="a key that says it is ordinary"),
    pytest.param(world(jobs=[JOB], agents=[AGENT], candidates=[CANDIDATE]), id="rows without ids"),
    pytest.param(world(candidates=[CANDIDATE | {"jobIds": JOBS[:50]}]), id="a candidate of fifty jobs"),
    pytest.param(world(jobs=[JOB | {"status": "PAUSED_FOR_NOW"}]), id="an enum value that no page shows"),
    pytest.param(world(interviews=[INTERVIEW | {"jobId": None}]), id="an interview without a job"),
    pytest.param(
        world(
            interviews=[
                INTERVIEW
                | {"status": "COMPLETED", "isTest": True, "durationMinutes": 5, "callAttempts": [ATTEMPT]}
                | {"analysis": {"general": {"overallRating": 85}, "specific": None}}
            ]
        ),
        id="an interview that is over",
    ),
    pytest.param(world(webhooks=[WEBHOOK | {"signingSecret": "0f" * 32}]), id="a webhook with its secret"),
    pytest.param(world(webhooks=[WEBHOOK | {"events": []}]), id="a webhook that hears of everything"),
    pytest.param(world(webhooks=[{**WEBHOOK, "companyId": None}]), id="a webhook for all companies"),
    pytest.param(
        world(webhooks=[{**WEBHOOK, "companyId": None, "apiKeyId": ACME, "name": None, "circuitOpenedAt": None}]),
        id="a key's webhook for all its companies",
    ),
    pytest.param(
        world(
            keys=[
                {"key": "k", "companyId": ACME, "name": "CI", "expiresAt": INSTANT, "suspendedAt": INSTANT}
                | {"allowedIPs": ["127.0.0.1", "10.0.0.0/8", "::1", "2001:db8::/32"]}
            ]
        ),
        id="a key with all its attributes",
    ),
    pytest.param(
        world(
            companies=[
                {"id": ACME, "name": "Acme", "billingSystem": "credits", "description": "Everything"}
                | {"ownerEmail": "owner@example.com", "metadata": {"plan": "trial"}}
            ]
        ),
        id="a company with all its attributes",
    ),
    pytest.param(world(companies=[{"name": "Acme", "minutes": MINUTES}]), id="minutes as state shows them"),
    pytest.param(world(interviews=[INTERVIEW | {"reservedMinutes": 30}]), id="an interview that holds minutes"),
    pytest.param(
        world(jobs=[JOB | {"languageRequirements": [{"language": "EO"}]}]), id="a language as the API takes it"
    ),
]

BAD = [
    # world                                                            path of the mistake     why
    pytest.param({"companies": []}, "", id="no keys"),
    pytest.param(world(candidates=[CANDIDATE | {"jobIds": JOBS}]), "/candidates/0/jobIds", id="a job too many"),
    pytest.param(world(jobz=[]), "", id="a misspelt list"),
    pytest.param(world(name="a/b"), "/name", id="a name that no path can hold"),
    pytest.param(world(name="demo\n"), "/name", id="a name with a line break"),
    pytest.param(world(seed="42"), "/seed", id="a seed as text"),
    pytest.param(world(clock="2030-01-16T10:30:00"), "/clock", id="a clock without an offset"),
    pytest.param(world(clock="stopped"), "/clock", id="a clock in a mode that there is not"),
    pytest.param(world(readings={"wire": "json"}), "/readings/wire", id="a reading's value that there is not"),
    pytest.param(world(readings={"wires": "reference"}), "/readings", id="a reading that there is not"),
    pytest.param(world(companies=[{"id": ACME}]), "/companies/0", id="a company without a name"),
    pytest.param(world(companies=[{"name": "Acme", "minutes": -1}]), "/companies/0/minutes", id="minutes below zero"),
    pytest.param(world(companies=[{"name": "Acme", "minutes": 1.5}]), "/companies/0/minutes", id="half a minute"),
    pytest.param(
        world(companies=[{"name": "Acme", "minutes": 2**53}]), "/companies/0/minutes", id="more than a double counts"
    ),
    pytest.param(
        world(companies=[{"name": "Acme", "minutes": {"used": 1, "reserved": 1}}]),
        "/companies/0/minutes",
        id="minutes without their limit",
    ),
    pytest.param(
        world(companies=[{"name": "Acme", "minutes": MINUTES | {"used": -1}}]),
        "/companies/0/minutes/used",
        id="minutes used below zero",
    ),
    pytest.param(
        world(companies=[{"name": "Acme", "billingSystem": "euros"}]), "/companies/0/billingSystem", id="another unit"
    ),
    pytest.param(
        world(companies=[{"name": "Acme", "ownerEmail": "nobody"}]), "/companies/0/ownerEmail", id="an owner of no host"
    ),
    pytest.param(
        world(keys=[{"key": "k", "companyId": ACME, "expiresAt": "2030-01-01"}]),
        "/keys/0/expiresAt",
        id="a key that expires on a day",
    ),
    pytest.param(
        world(keys=[{"key": "k", "companyId": ACME, "allowedIPs": [""]}]), "/keys/0/allowedIPs/0", id="no address"
    ),
    pytest.param(world(companies=[{"name": "Acme", "id": "acme"}]), "/companies/0/id", id="an id that is no UUID"),
    pytest.param(world(keys=[{"key": "k"}]), "/keys/0", id="a key of no company"),
    pytest.param(world(keys=[{"key": "k", "ats": True}]), "/keys/0", id="an ATS key that manages nothing"),
    pytest.param(
        world(keys=[{"key": "k", "ats": True, "companyIds": [ACME], "companyId": ACME}]),
        "/keys/0/companyId",
        id="an ATS key that also belongs to a company",
    ),
    pytest.param(
        world(keys=[{"key": "k", "companyId": ACME, "companyIds": [ACME]}]),
        "/keys/0/companyIds",
        id="an ordinary key that manages companies",
    ),
    pytest.param(
        world(keys=[{"key": "k", "companyId": ACME, "scopes": ["write:interview"]}]),
        "/keys/0/scopes/0",
        id="a misspelt scope",
    ),
    pytest.param(world(keys=[{"key": "a b", "companyId": ACME}]), "/keys/0/key", id="a key that no header can hold"),
    pytest.param(world(jobs=[JOB | {"jobTitle": "Baker"}]), "/jobs/0", id="a field of the inline vocabulary"),
    pytest.param(world(jobs=[JOB | {"title": "Chef"}]), "/jobs/0/title", id="a title too short"),
    pytest.param(world(jobs=[JOB | {"requiredSkills": [""]}]), "/jobs/0/requiredSkills/0", id="an empty skill"),
    pytest.param(world(jobs=[JOB | {"location": {"town": "Brno"}}]), "/jobs/0/location", id="a misspelt inner field"),
    pytest.param(world(agents=[AGENT | {"type": "PHONE"}]), "/agents/0", id="a PHONE agent without a number"),
    pytest.param(world(agents=[AGENT | {"duration": 0}]), "/agents/0/duration", id="an interview of no time"),
    pytest.param(
        world(agents=[AGENT | {"duration": 181}]), "/agents/0/duration", id="an interview of over three hours"
    ),
    pytest.param(
        world(candidates=[{name: value for name, value in CANDIDATE.items() if name != "email"}]),
        "/candidates/0",
        id="a candidate who cannot be reached",
    ),
    pytest.param(
        world(candidates=[CANDIDATE | {"gdprExpiryDate": "2035-01-01T00:00:00Z"}]),
        "/candidates/0/gdprExpiryDate",
        id="a date with a time",
    ),
    pytest.param(world(candidates=[CANDIDATE | {"phoneNumber": "0905"}]), "/candidates/0/phoneNumber", id="no plus"),
    pytest.param(world(phoneNumbers=[{"companyId": ACME}]), "/phoneNumbers/0", id="a phone without a number"),
    pytest.param(world(interviews=[INTERVIEW | {"status": "DONE"}]), "/interviews/0/status", id="an unknown status"),
    pytest.param(
        world(interviews=[INTERVIEW | {"analysis": {"specific": None}}]),
        "/interviews/0/analysis",
        id="an analysis without its general part",
    ),
    pytest.param(
        world(webhooks=[WEBHOOK | {"url": "ftp://host/"}]), "/webhooks/0/url", id="a webhook that is not HTTP"
    ),
    pytest.param(
        world(webhooks=[WEBHOOK | {"maxRetries": 1001}]),
        "/webhooks/0/maxRetries",
        id="more retries than anybody waits for",
    ),
    pytest.param(
        world(webhooks=[WEBHOOK | {"timeoutMs": 86_400_001}]),
        "/webhooks/0/timeoutMs",
        id="a time-out of more than a day",
    ),
    pytest.param(
        world(interviews=[INTERVIEW | {"reservedMinutes": -1}]), "/interviews/0/reservedMinutes", id="minutes lent"
    ),
    pytest.param(
        world(interviews=[INTERVIEW | {"reservedMinutes": 181}]), "/interviews/0/reservedMinutes", id="a long interview"
    ),
    pytest.param(
        world(webhooks=[WEBHOOK | {"signingSecret": "0F" * 32}]),
        "/webhooks/0/signingSecret",
        id="a secret in capitals",
    ),
]


def test_the_schema_is_one() -> None:
    """The schema keeps to JSON Schema 2020-12."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)

    assert SCHEMA["required"] == ["companies", "keys"]


def test_only_what_clients_own_is_open() -> None:
    """A misspelt field is refused everywhere but inside metadata and an analysis' specific part."""

    def open_objects(schema: object, path: str) -> list[str]:
        if isinstance(schema, list):
            return [found for place, inner in enumerate(schema) for found in open_objects(inner, f"{path}/{place}")]
        if not isinstance(schema, dict):
            return []
        mine = [path] if "object" in schema.get("type", ()) and "additionalProperties" not in schema else []
        return mine + [found for name, inner in schema.items() for found in open_objects(inner, f"{path}/{name}")]

    assert open_objects(SCHEMA, "") == ["/$defs/metadata", "/$defs/analysis/properties/specific"]


def test_readings_are_those_that_the_code_knows() -> None:
    """A world file may choose every value of every reading, and nothing else."""
    listed = {name: values["enum"] for name, values in SCHEMA["$defs"]["readings"]["properties"].items()}

    assert {name: tuple(dict.fromkeys(map(str, values))) for name, values in listed.items()} == readings.VALUES


@pytest.mark.parametrize("content", GOOD)
def test_what_a_world_file_may_hold(content: dict[str, Any]) -> None:
    """Whatever the API itself would default may be left out."""
    assert VALIDATOR.is_valid(content)
    assert ORACLE.is_valid(content)


@pytest.mark.parametrize(("content", "path"), BAD)
def test_what_a_world_file_may_not_hold(content: dict[str, Any], path: str) -> None:
    """A mistake is found where it was made, by the validator in use and by the plain one that it is held against."""
    found = {"".join(f"/{step}" for step in error.instance_path) for error in VALIDATOR.iter_errors(content)}

    assert path in found
    assert not ORACLE.is_valid(content)


def test_demo_keeps_to_the_schema() -> None:
    """The built-in world is a world file like any other."""
    assert [error.message for error in VALIDATOR.iter_errors(DEMO)] == []


def test_demo_has_the_published_keys_companies_and_clock() -> None:
    """Keys, minutes and clock are what the documentation of the mock promises."""
    scopes = {key["key"]: key["scopes"] for key in DEMO["keys"]}
    owners = {key["key"]: key.get("companyId", key.get("companyIds")) for key in DEMO["keys"]}

    assert (DEMO["name"], DEMO["seed"], DEMO["clock"]) == ("demo", 42, "real")
    assert [(row["id"], row["name"], row["minutes"]) for row in DEMO["companies"]] == [
        (ACME, "Acme", 500),
        (GLOBEX, "Globex", 500),
        (INITECH, "Initech", 0),
    ]
    assert owners == {
        "sk_test_acme": ACME,
        "sk_test_globex": GLOBEX,
        "sk_test_initech": INITECH,
        "sk_test_acme_readonly": ACME,
        "sk_test_ats": [ACME, GLOBEX],
    }
    assert all(scope.startswith("read:") for scope in scopes.pop("sk_test_acme_readonly"))
    assert set(map(tuple, scopes.values())) == {("*",)}


@COMPANIES
def test_demo_has_the_published_rows_in_each_company(company: str) -> None:
    """Every company has the same set under its own prefix."""
    jobs, agents, candidates, numbers = (
        rows_of(company, kind) for kind in ("jobs", "agents", "candidates", "phoneNumbers")
    )

    assert [row["id"] for row in jobs] == [company_id(company, 1, n) for n in (1, 2, 3)]
    assert [(row["id"], row["focus"], row["type"], row["duration"]) for row in agents] == [
        (company_id(company, 2, 1), "SCREENING", "ONLINE", 30),
        (company_id(company, 2, 2), "GENERIC", "ONLINE", 15),
        (company_id(company, 2, 3), "OUTREACH", "PHONE", 10),
        (company_id(company, 2, 4), "LANGUAGE_TEST", "ONLINE", 20),
    ]
    assert [(row["id"], row["jobIds"]) for row in candidates] == [
        (company_id(company, 3, 1), [company_id(company, 1, 1)]),
        (company_id(company, 3, 2), [company_id(company, 1, 1), company_id(company, 1, 2)]),
        (company_id(company, 3, 3), []),
    ]
    assert [row["id"] for row in numbers] == [agents[2]["companyPhoneNumberId"]] == [company_id(company, 4, 1)]


@pytest.mark.parametrize("candidate", DEMO["candidates"], ids=lambda row: row["email"])
def test_demo_candidates_end_well_and_stay_for_years(candidate: dict[str, Any]) -> None:
    """No tag in an e-mail address decides an outcome, and no consent runs out soon."""
    name, _, domain = candidate["email"].partition("@")

    assert (name.count("."), "+" in name, domain) == (1, False, "example.com")
    assert candidate["gdprExpiryDate"] >= "2035"


@COMPANIES
@pytest.mark.parametrize(("kind", "field"), [("jobs", "title"), ("candidates", "email"), ("agents", "name")])
def test_demo_rows_differ(company: str, kind: str, field: str) -> None:
    """Analyses are written from these rows, so no two may read the same."""
    texts = [row[field] for row in rows_of(company, kind)]

    assert len(set(texts)) == len(texts) >= 3
