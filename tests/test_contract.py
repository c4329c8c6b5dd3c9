"""Whatever the contract lets a client send, the server answers as the contract says: schemathesis, all operations."""

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core import NOT_SET
from schemathesis.specs.openapi.checks import negative_data_rejection

from mockserver import MockServer, settings_for
from mockserver.paths import CONTRACTS
from tests.support import ACME, NOW, PHONE, agent, candidate, company, demo, job, phone_number

KEY = f"Bearer {ACME}"
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T.*)?")
TALKS = [f"11111111-0000-4000-8005-00000000000{number}" for number in range(1, 10)]
CALLS = [f"11111111-0000-4000-8006-00000000000{number}" for number in range(1, 10)]
HOOK = "11111111-0000-4000-8007-000000000001"

# Where a positive id may lead, by the name of the field or by the folder in the path.
POOLS: Mapping[str, list[str]] = {
    "candidateId": [candidate(number) for number in (1, 2, 3)],
    "agentId": [agent(number) for number in (1, 2, 3, 4)],
    "jobId": [job(number) for number in (1, 2, 3)],
    "jobIds": [job(number) for number in (1, 2, 3)],
    "companyId": [company()],
    "companyPhoneNumberId": [phone_number()],
    "attemptId": CALLS,
    "/candidates/": [candidate(number) for number in (1, 2, 3)],
    "/agents/": [agent(number) for number in (1, 2, 3, 4)],
    "/jobs/": [job(number) for number in (1, 2, 3)],
    "/interviews/": TALKS,
    "/company/": [company()],
    "/webhooks/": [HOOK],
}
# A contract can say what a request looks like, not what it means. A well-formed request may still be refused with 400
# by these rules, each of which judges values against each other, against the clock or against what is stored.
BEYOND_SCHEMAS = {
    "METADATA-SIZE",
    "METADATA-DEPTH",
    "METADATA-KEYS",
    "JOB-SHAPE",  # salary.min above salary.max
    "AGENT-SHAPE",  # a phone number of another company
    "CANDIDATE-JOBS",  # a new job for a candidate who has fifty
    "JOB-ASSIGNED",
    "JOB-MULTIPLE",
    "FOCUS-GENERIC",
    "FOCUS-JOBLESS",
    "GDPR-DATE",  # a day that the calendar does not have
    "SCHEDULE-FORMAT",  # the same
    "SCHEDULE-FUTURE",
    "SCHEDULE-WINDOW",
    "ATTEMPT-FUTURE",
    "ATTEMPT-IDLE",  # a call is under way
    "ATTEMPT-PHONE",  # an interview that is held online
    "ATTEMPT-STATE",  # an interview or a call that is over
    "USAGE-RANGE",  # an end before its beginning
    "WEBHOOK-URL",  # a target that the policy refuses
    "WEBHOOK-SHAPE",  # two headers whose names differ by case alone
    "BODY-JSON",  # a whole number beyond 64 bits in free-form metadata
}

schema = schemathesis.openapi.from_path(CONTRACTS / "openapi.yaml")
load_all_checks()
CHOSEN: list[Any] = [
    CHECKS.get_one(name)
    for name in CHECKS.get_all_names()
    if name
    not in {
        "negative_data_rejection",  # `wrong_data_is_rejected` asks it, but for one case
        "positive_data_acceptance",  # `positive_data_is_refused_by_meaning_alone` below is stricter and knows the rules
        "use_after_free",  # judges sequences, which single cases do not make
        "ensure_resource_availability",  # the same
        "max_response_time",  # time says nothing on a busy machine; off unless configured
    }
]


@schemathesis.check
def positive_data_is_refused_by_meaning_alone(
    _context: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]
) -> bool | None:
    """A request that fits the contract is never refused for its form: no 413, no 415, no rule that a schema keeps."""
    if not is_positive(case) or response.status_code < 400:
        return None
    rules = set(",".join(response.headers.get("x-mock-rule", [])).replace(" ", "").split(","))
    # Once the company is deleted its key is unknown.
    expected = {400, 403, 404, 409, *([401] if case.operation.label == "DELETE /company/{id}" else [])}
    assert response.status_code in expected, f"{response.status_code} for {case.body!r}"
    # The number of an agent is looked at if the agent becomes a PHONE one: its id is a matter of meaning, here alone.
    rules -= {"ID-FORMAT"} if case.operation.label == "PATCH /agents/{id}" else set()
    assert response.status_code != 400 or rules <= BEYOND_SCHEMAS, f"{rules - BEYOND_SCHEMAS} for {case.body!r}"
    return None


@schemathesis.check
def wrong_data_is_rejected(
    context: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]
) -> bool | None:
    """As schemathesis has it; but a body that may be left out is not wrong where it is, which it takes it for."""
    optional = case.body is NOT_SET and not any(body.is_required for body in case.operation.body)
    modes = {} if case.meta is None else {name: part.mode for name, part in case.meta.components.items()}
    if optional and [name.name for name, mode in modes.items() if mode.is_negative] == ["BODY"]:
        return None
    judged: bool | None = negative_data_rejection(context, response, case)
    return judged


def is_positive(case: schemathesis.Case[Any]) -> bool:
    return case.meta is not None and case.meta.generation.mode.is_positive


OURS = [positive_data_is_refused_by_meaning_alone, wrong_data_is_rejected]


# --- the hook: positive cases are led to what there is


@schema.hook
def map_case(_context: schemathesis.HookContext, case: schemathesis.Case[Any]) -> schemathesis.Case[Any]:
    """Ids name something, dates lie in reach; chosen by what was generated, so that examples shrink as ever."""
    return led(case)


def led(case: schemathesis.Case[Any], known: Collection[str] = ()) -> schemathesis.Case[Any]:
    if is_positive(case):
        case.path_parameters = {
            name: aimed(name if name in POOLS else folder_of(case.path), value, known)
            for name, value in (case.path_parameters or {}).items()
        }
        if case.path_parameters.get("attemptId") in CALLS and case.path_parameters["id"] in TALKS:
            case.path_parameters["attemptId"] = CALLS[TALKS.index(case.path_parameters["id"])]
        case.query = {name: aimed(name, value, known) for name, value in (case.query or {}).items()}
        case.body = aimed("", case.body, known)
    return case


def folder_of(path: str) -> str:
    return re.match(r"/[^/]+/?", path).group()  # type: ignore[union-attr]  # every path begins with a slash


def aimed(name: str, value: Any, known: Collection[str] = ()) -> Any:
    """
    A value with its ids and dates replaced by such that may lead somewhere.

    Args:
        known: ids that are left as they are.
    """
    if isinstance(value, dict):
        return {inner: aimed(inner, held, known) if inner != "metadata" else held for inner, held in value.items()}
    if isinstance(value, list):
        ids = name in POOLS and all(isinstance(held, str) for held in value)
        return list(dict.fromkeys(aimed(name, held, known) for held in value)) if ids else value
    if not isinstance(value, str):
        return value
    if name in POOLS and UUID.fullmatch(value) and value not in known:
        return POOLS[name][drawn(value) % len(POOLS[name])]
    if name == "gdprExpiryDate" and DATE.fullmatch(value):
        return f"203{drawn(value) % 10}-01-01"
    if name in ("scheduleTime", "scheduledAt") and DATE.fullmatch(value):
        return f"2024-01-{17 + drawn(value) % 14}T14:00:00Z"
    return value


def drawn(value: str) -> int:
    return int(hashlib.blake2b(value.encode(), digest_size=4).hexdigest(), 16)


# --- the runs


def furnished() -> dict[str, Any]:
    """A world with minutes enough, interviews to come with their calls, and a webhook."""
    file = demo(name="demo", clock=NOW)
    file["companies"][0]["minutes"] = 1_000_000_000
    waits = {"companyId": company(), "candidateId": candidate(1), "agentId": agent(PHONE), "jobId": job(1)}
    file["interviews"] = [
        {
            **waits,
            "id": talk,
            "scheduledAt": "2024-01-20T14:00:00Z",
            "callAttempts": [{"id": call, "status": "SCHEDULED", "scheduledAt": "2024-01-20T14:00:00Z"}],
        }
        for talk, call in zip(TALKS, CALLS, strict=True)
    ]
    file["webhooks"] = [{"id": HOOK, "companyId": company(), "url": "http://127.0.0.1:9/hook", "events": ["ping"]}]
    return file


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    with MockServer(settings_for([furnished()], grace_seconds=0)) as server:
        yield server


@pytest.fixture
def url(server: MockServer) -> str:
    """The server, as it was in the beginning: what one operation deletes, the next one finds again."""
    assert httpx2.post(f"{server.url}/_mock/worlds/demo/reset").status_code == 204
    return server.url


def send(case: schemathesis.Case[Any], url: str) -> schemathesis.Response:
    response: schemathesis.Response = case.call(base_url=url, headers=headers_for(case, KEY))
    return response


def headers_for(case: schemathesis.Case[Any], key: str) -> dict[str, str] | None:
    """A good key, unless it is just the headers that are meant to be wrong."""
    meta = case.meta
    assert meta is not None
    parts = {location.name: component.mode for location, component in meta.components.items()}
    return None if parts.get("HEADER", GenerationMode.POSITIVE).is_negative else {"Authorization": key}


@schema.parametrize()
@settings(
    max_examples=12,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_operation_keeps_the_contract(case: schemathesis.Case[Any], url: str) -> None:
    """Statuses, headers, media types and schemas of answers; wrong data refused, wrong methods and missing keys too."""
    response = send(case, url)

    case.validate_response(response, checks=[*CHOSEN, *OURS], headers={"Authorization": KEY})


def test_a_fair_share_of_generated_creates_succeeds(url: str) -> None:
    """Of all creates that are generated, good and bad alike, at least 15 % reach 201: the others tell us little."""
    create = schema["/interviews"]["POST"]
    modes = [create.as_strategy(generation_mode=mode) for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)]
    statuses: Counter[int] = Counter()

    @settings(
        max_examples=120,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.one_of(*modes))
    def generate(case: schemathesis.Case[Any]) -> None:
        statuses[send(case, url).status_code] += 1

    generate()

    assert statuses.total() >= 120
    assert statuses[201] >= 0.15 * statuses.total(), statuses
