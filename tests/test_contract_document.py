"""The contract as a document: valid, true to its own examples, readable by people, validators and generators alike."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import jsonschema_rs
import pytest
import yaml
from openapi_spec_validator import validate

from mockserver import contract
from mockserver.api import routes
from mockserver.paths import CONTRACTS, FIXTURES
from tests.contract_oracle import DOCUMENT, ID, SCHEMAS, accepted_as, accepts, field_of, named_in, nodes

CREATE = DOCUMENT["paths"]["/interviews"]["post"]
SAMPLES = CREATE["requestBody"]["content"]["application/json"]["examples"]
CREATED = CREATE["responses"]["201"]["content"]["application/json"]["examples"]
RULES = {table["id"] for table in tomllib.loads((CONTRACTS / "rules.toml").read_text(encoding="utf-8"))["rule"]}
METHODS = ("get", "put", "post", "delete", "patch")

COMBINATORS = ("oneOf", "anyOf", "not", "if", "dependentRequired", "dependentSchemas")
LIMITS = {"required", "enum", "pattern", "minLength", "maxLength", "minItems", "maxItems"}
LIMITS |= {"minimum", "maximum", "minProperties", "maxProperties"}
CANDIDATE = {"firstName": "Jane", "lastName": "Doe", "gdprExpiryDate": "2030-01-01", "email": "jane@example.com"}
AGENT = {"type": "ONLINE", "name": "Ada", "focus": "SCREENING", "language": "EN", "duration": 30}


BUILT = contract.operations()
PARAMETERS = {name: operation.spec.get("parameters", []) for name, operation in BUILT.items()}
REQUEST = named_in([*PARAMETERS.values(), *(operation.body for operation in BUILT.values())])
# Open by themselves, closed by whatever is made of them.
BASES = {"Error", "WebhookAnswer"}
ANSWERS = [name for name in named_in(op.spec["responses"] for op in BUILT.values()) if name not in BASES]
EVENTS = sorted(name for name in SCHEMAS if name.endswith("Event"))
PATTERNS = sorted({n["pattern"] for _, n in nodes(DOCUMENT) if isinstance(n.get("pattern"), str)})


def _operations() -> Iterator[tuple[str, Mapping[str, Any]]]:
    for section in ("paths", "webhooks"):
        for item in DOCUMENT[section].values():
            yield from ((section, item[method]) for method in METHODS if method in item)


def _examples() -> Iterator[Any]:
    """Every example of the document beside the schema that it has to fit."""
    for at, node in nodes(DOCUMENT):
        given = node.get("examples")
        if isinstance(given, list):
            yield from (pytest.param(node, value, id=f"{at} {place}") for place, value in enumerate(given))
        elif isinstance(given, Mapping) and "schema" in node:
            yield from (pytest.param(node["schema"], e["value"], id=f"{at} {name}") for name, e in given.items())


# --- the document


def test_it_is_valid_openapi() -> None:
    """Any tool that speaks OpenAPI 3.1 can read it, with a plain YAML loader too."""
    plain = yaml.safe_load((CONTRACTS / "openapi.yaml").read_text(encoding="utf-8"))

    validate(plain)

    assert plain == DOCUMENT == json.loads(json.dumps(plain))


def test_no_comma_in_a_text_made_a_key() -> None:
    """An unquoted comma between braces would start a key without a value; only these fields are null in examples."""
    empty = {
        at.rpartition("/")[2] + "/" + key for at, n in nodes(DOCUMENT) for key, value in n.items() if value is None
    }
    webhook = {f"{at}/{key}" for at in ("0", "value") for key in ("companyId", "description", "circuitOpenedAt")}

    assert empty == {"data/jobId", "data/analysisId", "0/location", *webhook}


@pytest.mark.parametrize(("schema", "value"), list(_examples()))
def test_an_example_fits_its_schema(schema: Mapping[str, Any], value: object) -> None:
    """Both validators take every example that the document gives."""
    assert accepts(schema, value)


def test_every_schema_and_field_is_described() -> None:
    """Whoever reads a name finds a sentence beside it, or behind its reference."""
    named = {
        f"{at}/{name}": field for at, n in nodes(SCHEMAS) if at.endswith("/properties") for name, field in n.items()
    }
    branches = re.compile("/(oneOf|anyOf|allOf)/|Event|properties/status|/(statusCode|message|error)$")
    mute = [at for at, field in named.items() if not {"description", "$ref"} & set(field) and not branches.search(at)]

    assert mute == []
    assert all("description" in schema for schema in SCHEMAS.values())


def test_every_rule_that_it_names_is_in_the_rulebook() -> None:
    """`x-rule` leads to an entry that people can look up."""
    named = {node["x-rule"] for _, node in nodes(DOCUMENT) if "x-rule" in node}

    assert named <= RULES


def test_every_rule_is_met_by_some_operation() -> None:
    """`x-rules` of the operations and of the document have all rules, each operation those of its own only, once."""
    everywhere = [*DOCUMENT["x-rules"]["every"], *DOCUMENT["x-rules"]["body"]]
    own = [operation.spec["x-rules"] for operation in BUILT.values()]

    assert {*everywhere, *(name for names in own for name in names)} == RULES
    assert all(len(names) == len({*names}) and not {*names} & {*everywhere} for names in own)


# --- operations


@pytest.mark.parametrize(
    "operation", [op for section, op in _operations() if section == "paths"], ids=lambda op: op["operationId"]
)
def test_an_answer_documents_its_headers(operation: Mapping[str, Any]) -> None:
    """Every answer names its journal entry, every refusal its rule, and all say the rate limits."""
    for status, response in operation["responses"].items():
        headers = contract.resolved(response)["headers"]

        assert "X-Mock-Request-Id" in headers
        assert ("X-Mock-Rule" in headers) == (status >= "400")
        assert len([name for name in headers if name.startswith("X-RateLimit-")]) == 6
        assert ("Retry-After" in headers) == (status == "429")
        assert ("WWW-Authenticate" in headers) == (status == "401")


NAMING = {"createInterview", "createCandidate", "createWebhook"}  # their bodies name what may not exist


@pytest.mark.parametrize("name", BUILT)
def test_an_operation_has_the_statuses_of_the_order_of_judgement(name: str) -> None:
    """It can be refused at every step that it takes: a path or a body that names something, a body that is read."""
    operation = BUILT[name]
    named = {"404"} if "{" in operation.path or name in NAMING else set()
    read = {"413", "415"} if operation.body is not None else set()
    refusals = {status for status in operation.spec["responses"] if status >= "400"}

    assert refusals == {"400", "401", "403", "429"} | named | read
    assert len(operation.spec["responses"]) == len(refusals) + 1


def test_every_operation_has_a_name_of_its_own_and_a_description() -> None:
    """Generators make functions of operationIds, people read descriptions; events have both too."""
    operations = [operation for _, operation in _operations()]

    assert len({operation["operationId"] for operation in operations}) == len(operations) == len(BUILT) + len(EVENTS)
    assert all(operation["description"] and operation["tags"] for operation in operations)


WORLD = json.loads((CONTRACTS / "world.schema.json").read_text(encoding="utf-8"))
SCOPES = set(WORLD["$defs"]["key"]["properties"]["scopes"]["items"]["enum"]) - {"*"}
VERBS = {"GET": ("read",), "POST": ("write",), "PATCH": ("write",), "DELETE": ("delete", "write")}


@pytest.mark.rule("AUTH-SCOPE")
@pytest.mark.parametrize("name", BUILT)
def test_an_operation_names_its_scopes_its_own_first(name: str) -> None:
    """Scopes are those that a key can have: the first says what is done, the others only read."""
    scopes = BUILT[name].spec["x-scopes"]

    assert set(scopes) <= SCOPES
    assert all(scope.startswith("read:") for scope in scopes[1:])
    assert not scopes or scopes[0].partition(":")[0] in VERBS[BUILT[name].method]
    assert scopes or name == "listPhoneNumbers"


LINKS = [
    pytest.param(operation.id, link, id=f"{operation.id} {name}")
    for operation in BUILT.values()
    for response in operation.spec["responses"].values()
    for name, link in response.get("links", {}).items()
]


@pytest.mark.parametrize(("source", "link"), LINKS)
def test_a_link_leads_to_an_operation_and_its_parameters(source: str, link: Mapping[str, Any]) -> None:
    """What follows an answer exists, takes what the link gives, and is described."""
    target = BUILT[link["operationId"]]
    taken = {contract.resolved(parameter)["name"] for parameter in PARAMETERS[target.id]}

    assert set(link.get("parameters", {})) <= taken
    assert target.body is not None or "requestBody" not in link
    assert link["description"]
    assert target.id != source


@pytest.mark.parametrize("name", [name for name in BUILT if name.startswith("create") and name != "createCallAttempt"])
def test_what_is_created_can_be_read_changed_and_deleted(name: str) -> None:
    """The answer of a create links to whatever else there is for one resource of its kind."""
    (created,) = (response for status, response in BUILT[name].spec["responses"].items() if status < "300")
    linked = {link["operationId"] for link in created["links"].values()}
    item = f"{BUILT[name].path}/{{id}}"

    assert {operation.id for operation in BUILT.values() if operation.path == item} <= linked


def test_an_alias_is_another_name_of_a_path_with_the_same_parameters() -> None:
    """What the guides call otherwise is no operation of its own, and hides none."""
    aliases = {alias["path"]: alias["of"] for alias in DOCUMENT["x-aliases"]}

    assert set(aliases.values()) <= set(DOCUMENT["paths"])
    assert not set(aliases) & {*DOCUMENT["paths"], *(path for _, path in contract.unbuilt())}
    assert all(re.findall("{.*?}", path) == re.findall("{.*?}", of) for path, of in aliases.items())


def test_every_operation_is_built_and_no_other() -> None:
    """What the document calls built has a handler, under all of its names, and every handler is in the document."""
    names = {alias["of"]: alias["path"] for alias in DOCUMENT["x-aliases"]}
    paths = ((operation.method, operation.path) for operation in BUILT.values())
    known = {(method, path) for method, of in paths for path in (of, names.get(of, of))}

    assert {(method, path) for path, handlers in routes.BUILT.items() for method in handlers} == known


def test_unbuilt_operations_are_others() -> None:
    """What is answered with 501 is listed once, with its page, and is not built."""
    listed = contract.unbuilt()
    built = {(operation.method, operation.path) for operation in contract.operations().values()}

    assert len(set(listed)) == len(listed) == 9
    assert built.isdisjoint(listed)
    assert all(entry["source"] and entry["method"].isupper() for entry in DOCUMENT["x-unbuilt"])


# --- the printed requests and the printed answer


def test_the_named_examples_are_the_printed_requests() -> None:
    """What the document shows is what fixtures/requests has, but for the sample that contradicts itself."""
    printed = {
        file.stem: json.loads(file.read_text(encoding="utf-8")) for file in (FIXTURES / "requests").glob("*.json")
    }
    contradictory = printed.pop("curl-sample")

    assert {name: sample["value"] for name, sample in SAMPLES.items()} == printed
    assert _first_example("createJob") == _printed("jobs/scenario-1-create-job.json")
    assert _first_example("updateCandidate", "jobs") == _printed("candidates/scenario-2-update-candidate.json")
    assert not accepted_as("CreateInterview")(contradictory)


def _first_example(operation: str, name: str | None = None) -> object:
    examples = BUILT[operation].spec["requestBody"]["content"]["application/json"]["examples"]
    return examples[name or next(iter(examples))]["value"]


def _printed(file: str) -> object:
    return json.loads((FIXTURES / "requests" / file).read_text(encoding="utf-8"))


@pytest.mark.rule("CANDIDATE-XOR", "AGENT-XOR", "JOB-XOR", "JOB-SOURCE-XOR")
def test_the_contradictory_sample_is_wrong_in_its_choices_alone() -> None:
    """It breaks each of the four rules about what excludes what, and nothing else that a schema can see."""
    sample = json.loads((FIXTURES / "requests" / "curl-sample.json").read_text(encoding="utf-8"))
    validator = contract.request_validator("createInterview")
    broken = [contract.node_at(list(error.schema_path[:-1]))["x-rule"] for error in validator.iter_errors(sample)]

    assert broken == ["CANDIDATE-XOR", "AGENT-XOR", "JOB-XOR", "JOB-SOURCE-XOR"]


@pytest.mark.rule("RESPONSE-SHAPE")
def test_the_printed_answer_fits() -> None:
    """The answer that the page prints is an interview by our schema, and shows every field of one."""
    printed = json.loads((FIXTURES / "responses" / "created.json").read_text(encoding="utf-8"))

    assert CREATED["printed"]["value"] == printed
    assert set(printed) == set(SCHEMAS["Interview"]["properties"])


# --- requests: every limit leads to its rule


@pytest.mark.parametrize("name", REQUEST)
def test_a_combinator_of_a_request_names_its_rule(name: str) -> None:
    """What the server judges in code says which rule that is, right where it stands."""
    nameless = [at for at, node in nodes(SCHEMAS[name]) if set(COMBINATORS) & set(node) and "x-rule" not in node]

    assert nameless == []


@pytest.mark.parametrize("name", REQUEST)
def test_a_limit_of_a_request_leads_to_a_rule(name: str) -> None:
    """Going outward from any limit one meets a rule before the schema ends."""
    rules = {at for at, node in nodes(SCHEMAS[name]) if "x-rule" in node}
    limited = [at for at, node in nodes(SCHEMAS[name]) if LIMITS & set(node) and not at.endswith("/properties")]
    lost = [at for at in limited if not any(f"{at}/".startswith(f"{rule}/") for rule in rules)]

    assert lost == []


@pytest.mark.parametrize("name", REQUEST)
def test_a_pattern_of_a_request_has_words(name: str) -> None:
    """A refusal says what was expected, not a regular expression."""
    mute = [at for at, n in nodes(SCHEMAS[name]) if isinstance(n.get("pattern"), str) and "x-says" not in n]

    assert mute == []


FIELDS = (
    "CandidateFields",
    "AgentFields",
    "JobFields",
    "JobLocation",
    "Salary",
    "LanguageRequirement",
    "CreateInterview",
    "CreateCandidate",
    "UpdateCandidate",
    "CreateCallAttempt",
    "CompanyFields",
    "WebhookFields",
)


@pytest.mark.rule("NULLS")
@pytest.mark.parametrize("name", FIELDS)
def test_an_optional_field_may_be_null(name: str) -> None:
    """Left out and null are the same, so no generator takes null for a mistake."""
    refused = [field for field, schema in SCHEMAS[name]["properties"].items() if not accepts(schema, None)]

    assert refused == []


# --- requests: exclusive choices


CANDIDATES: dict[str, tuple[dict[str, object], bool]] = {
    "no candidate": ({}, False),
    "null candidate": ({"candidateId": None, "candidate": None}, False),
    "candidateId": ({"candidateId": ID, "candidate": None}, True),
    "candidate": ({"candidate": CANDIDATE}, True),
    "candidate with jobId": ({"candidate": {**CANDIDATE, "jobId": ID}}, True),
    "both": ({"candidateId": ID, "candidate": CANDIDATE}, False),
    "both with jobId": ({"candidateId": ID, "candidate": {**CANDIDATE, "jobId": ID}}, False),
}
AGENTS: dict[str, tuple[dict[str, object], bool]] = {
    "no agent": ({}, False),
    "agentId": ({"agentId": ID, "agent": None}, True),
    "agent": ({"agent": AGENT}, True),
    "both agents": ({"agentId": ID, "agent": AGENT}, False),
}
JOBS: dict[str, tuple[dict[str, object], bool, bool]] = {
    "no job": ({"jobId": None, "job": None}, True, True),
    "jobId": ({"jobId": ID}, True, False),
    "job": ({"job": {"title": "Tester"}, "jobId": None}, True, False),
    "both jobs": ({"jobId": ID, "job": {"title": "Tester"}}, False, False),
}


@pytest.mark.rule("CANDIDATE-XOR", "AGENT-XOR", "JOB-XOR", "JOB-SOURCE-XOR")
@pytest.mark.parametrize("candidate", CANDIDATES)
def test_the_schema_knows_what_excludes_what(candidate: str) -> None:
    """The whole truth table of candidate, agent and job, as generators see it."""
    for agent, job in product(AGENTS, JOBS):
        body = CANDIDATES[candidate][0] | AGENTS[agent][0] | JOBS[job][0]
        unambiguous = JOBS[job][1] and (JOBS[job][2] or not candidate.endswith("with jobId"))
        expected = CANDIDATES[candidate][1] and AGENTS[agent][1] and unambiguous

        assert accepted_as("CreateInterview")(body) == expected, (agent, job)


CONTACTS = [
    pytest.param({"email": "jane@example.com"}, True, id="by e-mail"),
    pytest.param({"phoneNumber": "+421915123456"}, True, id="by phone"),
    pytest.param({"email": "jane@example.com", "phoneNumber": "+421915123456"}, True, id="by either"),
    pytest.param({"email": None, "phoneNumber": "+421915123456"}, True, id="null e-mail is none"),
    pytest.param({}, False, id="not at all"),
    pytest.param({"email": None, "phoneNumber": None}, False, id="null is no way"),
    pytest.param({"email": "jane@example.com", "firstName": None}, False, id="null is no name"),
    pytest.param({"email": "jane@example.com", "firstName": ""}, False, id="empty is no name"),
    pytest.param({"email": "jane@example.com", "lastName": "x" * 100}, True, id="longest name"),
    pytest.param({"email": "jane@example.com", "lastName": "x" * 101}, False, id="too long a name"),
]


@pytest.mark.rule("CANDIDATE-REQUIRED")
@pytest.mark.parametrize(("change", "accepted"), CONTACTS)
def test_a_candidate_can_be_named_and_reached(change: dict[str, object], accepted: bool) -> None:
    """The names have to be there, and one way to reach the person."""
    named = {"firstName": "Jane", "lastName": "Doe", "gdprExpiryDate": "2030-01-01"}

    assert accepted_as("InlineCandidate")({**named, **change}) == accepted


AGENT_CASES = [
    pytest.param({}, True, id="online"),
    pytest.param({"companyPhoneNumberId": "anything"}, True, id="number not looked at"),
    pytest.param({"companyPhoneNumberId": 1}, False, id="number of the wrong type"),
    pytest.param({"type": "UNDEFINED"}, True, id="undefined"),
    pytest.param({"type": "PHONE", "companyPhoneNumberId": ID}, True, id="phone"),
    pytest.param({"type": "PHONE"}, False, id="phone without number"),
    pytest.param({"type": "PHONE", "companyPhoneNumberId": None}, False, id="phone with null number"),
    pytest.param({"type": "PHONE", "companyPhoneNumberId": "anything"}, False, id="phone with no id"),
    pytest.param({"type": None}, False, id="null type"),
    pytest.param({"language": "NO"}, True, id="Norwegian is no boolean"),
    pytest.param({"language": "en"}, False, id="language in small letters"),
    pytest.param({"duration": 1}, True, id="shortest"),
    pytest.param({"duration": 0}, False, id="no time"),
    pytest.param({"duration": 180}, True, id="longest"),
    pytest.param({"duration": 181}, False, id="too long"),
    pytest.param({"duration": 1.5}, False, id="not whole"),
    pytest.param({"name": "A"}, False, id="name too short"),
    pytest.param({"name": "Al"}, True, id="shortest name"),
    pytest.param({"voiceId": "EVA", "cefrLevel": "C2", "questions": []}, True, id="known voice and level"),
    pytest.param({"voiceId": "BOB"}, False, id="unknown voice"),
    pytest.param({"focus": None}, False, id="null focus"),
]


@pytest.mark.rule("AGENT-SHAPE")
@pytest.mark.parametrize(("change", "accepted"), AGENT_CASES)
def test_an_agent_has_known_values_and_a_number_to_call_from(change: dict[str, object], accepted: bool) -> None:
    """A valid agent and one change."""
    assert accepted_as("NewAgent")({**AGENT, **change}) == accepted


JOB_CASES = [
    pytest.param({"title": "Clerk"}, True, id="shortest title"),
    pytest.param({"title": "Boss"}, False, id="title too short"),
    pytest.param({"jobTitle": "x" * 200}, True, id="longest jobTitle"),
    pytest.param({"jobTitle": "x" * 201}, False, id="jobTitle too long"),
    pytest.param({}, False, id="no title"),
    pytest.param({"title": None, "jobTitle": None}, False, id="null titles"),
    pytest.param({"title": "Clerk", "jobTitle": None}, True, id="one title and null"),
    pytest.param({"title": "Clerk", "jobTitle": "Clerk"}, False, id="both titles"),
    pytest.param({"title": "Clerk", "description": "x" * 9}, False, id="description too short"),
    pytest.param({"title": "Clerk", "jobDescription": "x" * 5000}, True, id="longest description"),
    pytest.param({"title": "Clerk", "description": "x" * 10, "jobDescription": "x" * 10}, False, id="two descriptions"),
    pytest.param({"title": "Clerk", "requiredSkills": ["x"] * 10}, True, id="ten skills"),
    pytest.param({"title": "Clerk", "requiredSkills": ["x"] * 11}, False, id="eleven skills"),
    pytest.param(
        {"title": "Clerk", "requiredSkills": ["x"] * 3, "niceToHaveSkills": ["x"] * 7}, True, id="ten in both"
    ),
    pytest.param(
        {"title": "Clerk", "requiredSkills": ["x"] * 4, "niceToHaveSkills": ["x"] * 7}, False, id="eleven in both"
    ),
    pytest.param({"title": "Clerk", "requiredSkills": None, "niceToHaveSkills": ["x"] * 10}, True, id="ten nice ones"),
    pytest.param({"title": "Clerk", "requiredSkills": [""]}, False, id="empty skill"),
    pytest.param({"title": "Clerk", "requiredSkills": ["x" * 129]}, False, id="skill too long"),
    pytest.param({"title": "Clerk", "languageRequirements": [{"language": "EN"}] * 5}, True, id="five languages"),
    pytest.param({"title": "Clerk", "languageRequirements": [{"language": "EN"}] * 6}, False, id="six languages"),
    pytest.param({"title": "Clerk", "contractType": "HALF_TIME"}, True, id="value that no page shows"),
    pytest.param({"title": "Clerk", "contractType": "half-time"}, False, id="value of another form"),
    pytest.param({"title": "Clerk", "salary": {"min": 1.5, "period": None}}, True, id="salary in part"),
    pytest.param({"title": "Clerk", "metadata": {str(n): n for n in range(50)}}, True, id="fifty keys"),
    pytest.param({"title": "Clerk", "metadata": {str(n): n for n in range(51)}}, False, id="fifty-one keys"),
    pytest.param({"title": "Clerk", "invented": {}}, True, id="field that nobody knows"),
]


@pytest.mark.rule("JOB-SHAPE")
@pytest.mark.parametrize(("job", "accepted"), JOB_CASES)
def test_a_job_is_named_once_and_keeps_its_limits(job: dict[str, object], accepted: bool) -> None:
    """Both vocabularies, each limit on both sides."""
    assert accepted_as("NewJob")(job) == accepted


# --- patterns


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_means_the_same_everywhere(pattern: str) -> None:
    """It is anchored at both ends, and Python and Rust agree on strings made to tell engines apart."""
    validator = jsonschema_rs.validator_for({"type": "string", "pattern": pattern})
    texts = [*_nasty(), *(f"{text}{end}" for text in _good() for end in ("", "\n", "\r\n", " ", "\x00", "\u2028"))]

    assert pattern.startswith("^")
    assert pattern.endswith("$")
    assert [text for text in texts if validator.is_valid(text) != (re.fullmatch(pattern, text) is not None)] == []


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_takes_no_neighbours(pattern: str) -> None:
    """What it accepts, it does not accept with a line before or after it."""
    validator = jsonschema_rs.validator_for({"type": "string", "pattern": pattern})
    good = [text for text in _good() if validator.is_valid(text)]

    assert good
    assert [t for t in good for wrong in (f"{t}\n", f"\n{t}", f"é\n{t}\né", f" {t}") if validator.is_valid(wrong)] == []


def _nasty() -> list[str]:
    return ["", "\n", " ", "\x00", "é", "١٢٣", "+٤٢١", "\ud7ff", "İ", "K", "ſ", "A\nB", "^$", ".*", "a" * 300]


def _good() -> list[str]:
    return [
        ID,
        "FULL_TIME",
        "+421915123456",
        "jane@example.com",
        "2030-01-01",
        "2030-01-01T00:00:00Z",
        "2030-01-01T00:00:00.000Z",
        "1705759200",
        f"v1,{'A' * 43}=",
        f"sha256={'0' * 64}",
        "JOB-XOR, JOB-SOURCE-XOR",
        "Content-Length",
        "interview_minutes",
        "JVBERi0xLjQK",
        "0f" * 32,
        f"/candidates/{ID}/analyses",
        f"/candidates/{ID}/interviews",
        "https://hooks.example.com/instaview",
        "http://127.0.0.1:9000/hook",
        "X-Custom-Header",
    ]


E_MAILS = {
    "jane@example.com": True,
    "jane+no-answer@example.com": True,
    "jane.doe@mail.example.test": True,
    "o'neil_{x}~!#$%&*/=?^`|@example.com": True,
    "j@x.sk": True,
    "J@EXAMPLE.COM": True,
    "jane@xn--bcher-kva.example": True,
    "jane@9.example": True,
    "jane@example.xn--p1ai": True,
    f"jane@{'a' * 63}.example": True,
    f"{'j' * 242}@example.com": True,
    f"{'j' * 243}@example.com": False,
    f"jane@{'a' * 64}.example": False,
    "": False,
    "jane": False,
    "@example.com": False,
    "jane@": False,
    "jane@example": False,
    "jane@localhost": False,
    "jane@.com": False,
    "jane@example..com": False,
    "jane@example.com.": False,
    "jane@-example.com": False,
    "jane@example-.com": False,
    "jane@exam_ple.com": False,
    "jane@example.1": False,
    "jane@example.c": False,
    "jane@127.0.0.1": False,
    "jane@[127.0.0.1]": False,
    ".jane@example.com": False,
    "jane.@example.com": False,
    "jane..doe@example.com": False,
    "jane@doe@example.com": False,
    '"jane doe"@example.com': False,
    "jane doe@example.com": False,
    " jane@example.com": False,
    "jane@example.com ": False,
    "jane@example.com\n": False,
    "jane\n@example.com": False,
    "Jane <jane@example.com>": False,
    "[email\u00a0protected]": False,
    "jané@example.com": False,
    "jane@exämple.com": False,
    "jane@example.com\x00": False,
}
PHONES = {
    "+421915123456": True,
    "+1234567890": True,
    "+12": True,
    "+123456789012345": True,
    "+1": False,
    "+1234567890123456": False,
    "421915123456": False,
    "00421915123456": False,
    "+0421915123456": False,
    "++421915123456": False,
    "+421 915 123 456": False,
    "+421-915-123456": False,
    "+421915123456\n": False,
    "+٤٢١٩١٥١٢٣٤٥٦": False,
    "+４２１９１５": False,
    "+": False,
    "": False,
    "+1e5": False,
}
IDS = {
    "123e4567-e89b-12d3-a456-426614174000": True,
    "456e7890-e12b-34d5-a678-901234567890": True,
    "11111111-0000-4000-8003-000000000001": True,
    "ABCDEF01-2345-6789-ABCD-EF0123456789": True,
    "00000000-0000-0000-0000-000000000000": True,
    "ffffffff-ffff-ffff-ffff-ffffffffffff": True,
    "018f4d5e-7c1a-7b3c-9d4e-5f6071829304": True,
    "": False,
    "candidate-uuid": False,
    "123e4567e89b12d3a456426614174000": False,
    "{123e4567-e89b-12d3-a456-426614174000}": False,
    "urn:uuid:123e4567-e89b-12d3-a456-426614174000": False,
    "123e4567-e89b-12d3-a456-42661417400": False,
    "123e4567-e89b-12d3-a456-4266141740000": False,
    "123e4567-e89b-12d3-a456-42661417400g": False,
    "123e4567e-89b-12d3-a456-426614174000": False,
    "123e4567-e89b-12d3-a456-426614174000\n": False,
    " 123e4567-e89b-12d3-a456-42661417400": False,
    "1２3e4567-e89b-12d3-a456-426614174000": False,
}
DATES = {
    "2026-11-16": True,
    "2026-02-31": True,  # no such day, which the rule says, not the pattern
    "2026-11-16T00:00:00Z": True,
    "2026-11-16T23:59:59.123456789+14:00": True,
    "2026-11-16T00:00:00.000Z": True,
    "2026-11-16T00:00:00": True,
    "": False,
    "2026-11": False,
    "2026-1-6": False,
    "20261116": False,
    "2026-W47-1": False,
    "2026-13-01": False,
    "2026-00-01": False,
    "2026-11-00": False,
    "2026-11-32": False,
    "16.11.2026": False,
    "11/16/2026": False,
    "+002026-11-16": False,
    "26-11-16": False,
    "2026-11-16 00:00:00": False,
    "2026-11-16T": False,
    "2026-11-16T24:00:00Z": False,
    "2026-11-16T00:00Z": False,
    "2026-11-16T00:00:00+0100": False,
    "2026-11-16T00:00:00.Z": False,
    "2026-11-16\n": False,
    "２０２６-11-16": False,
    "tomorrow": False,
}
FORMS = [
    *(pytest.param("CandidateFields", "email", *case, id=f"e-mail {case[0][:40]!r}") for case in E_MAILS.items()),
    *(pytest.param("CandidateFields", "phoneNumber", *case, id=f"phone {case[0]!r}") for case in PHONES.items()),
    *(pytest.param("CreateInterview", "candidateId", *case, id=f"id {case[0]!r}") for case in IDS.items()),
    *(pytest.param("CandidateFields", "gdprExpiryDate", *case, id=f"date {case[0]!r}") for case in DATES.items()),
]


@pytest.mark.rule("CANDIDATE-CONTACT", "ID-FORMAT", "GDPR-DATE")
@pytest.mark.parametrize(("component", "field", "text", "accepted"), FORMS)
def test_a_text_has_its_form(component: str, field: str, text: str, accepted: bool) -> None:
    """E-mail addresses, phone numbers, ids and dates: whole strings, in ASCII, of one form."""
    assert accepts(field_of(component, field), text) == accepted


# --- answers


@pytest.mark.rule("RESPONSE-SHAPE")
@pytest.mark.parametrize("name", [*ANSWERS, *EVENTS])
def test_an_answer_is_closed(name: str) -> None:
    """Every object of an answer or an event says that there is nothing else; metadata and scores alone are free."""
    objects = {at: n for at, n in nodes(SCHEMAS[name]) if "object" in n.get("type", ()) or "properties" in n}
    shut = ("additionalProperties", "unevaluatedProperties")
    open_ones = [
        at for at, n in objects.items() if not at.endswith("/properties") and not any(n.get(k) is False for k in shut)
    ]

    free = {"/properties/metadata", "/properties/candidateAnalysis/properties/scores"}
    assert name == "KeptMetadata" or set(open_ones) <= free


ANSWER_CASES = [
    pytest.param({}, True, id="as it is"),
    pytest.param({"companyId": ID}, False, id="one field more"),
    pytest.param({"jobId": None}, True, id="no job"),
    pytest.param({"analysis": None}, False, id="null instead of left out"),
    pytest.param({"scheduledAt": "2024-01-16T10:30:00.000Z"}, False, id="milliseconds"),
    pytest.param({"scheduledAt": "2024-01-16T10:30:00+00:00"}, False, id="an offset"),
    pytest.param({"id": "ABCDEF01-2345-6789-ABCD-EF0123456789"}, False, id="capitals in an id"),
    pytest.param({"status": "CANCELED"}, False, id="a status misspelt"),
    pytest.param({"metadata": {"isTest": True, "any": [None, {"x": {}}]}}, True, id="free metadata"),
    pytest.param({"callAttempts": []}, True, id="no calls yet"),
]


@pytest.mark.rule("RESPONSE-SHAPE")
@pytest.mark.parametrize(("change", "accepted"), ANSWER_CASES)
def test_an_interview_has_what_it_has_and_nothing_else(change: dict[str, object], accepted: bool) -> None:
    """A valid answer and one change."""
    interview = CREATED["immediate"]["value"]

    assert accepted_as("Interview")({**interview, **change}) == accepted


def test_each_refusal_has_its_own_status_and_one_message_but_for_400() -> None:
    """Status, its name and its text; lists of texts are for shapes alone, and have two entries at least."""
    one = {"statusCode": 400, "message": "wrong", "error": "Bad Request"}
    accepts = accepted_as("BadRequest")

    assert accepts(one)
    assert accepts({**one, "message": ["a: is wrong", "b: is wrong"]})
    assert not accepts({**one, "message": ["a: is wrong"]})
    assert not accepts({**one, "statusCode": 422})
    assert not accepts({**one, "details": {}})
    assert not accepted_as("NotFound")({"statusCode": 404, "message": ["a", "b"], "error": "Not Found"})
