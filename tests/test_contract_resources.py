"""The contract's schemas of everything but interviews: each limit on both sides."""

from typing import cast

import pytest

from mockserver import contract
from tests.contract_oracle import ID, accepted_as

CANDIDATE = {"firstName": "Jane", "lastName": "Doe", "gdprExpiryDate": "2030-01-01", "email": "jane@example.com"}
AGENT = {"type": "ONLINE", "name": "Ada", "focus": "SCREENING", "language": "EN", "duration": 30}
WEBHOOK = {"url": "http://127.0.0.1:9000/hook", "events": ["interview.completed"]}
HEADER = {"name": "X-Custom-Header", "value": "staging"}

CANDIDATES = [
    pytest.param({}, True, id="without a job"),
    pytest.param({"jobIds": [ID]}, True, id="one job"),
    pytest.param({"jobIds": [ID] * 50}, True, id="fifty jobs"),
    pytest.param({"jobIds": [ID] * 51}, False, id="fifty-one jobs"),
    pytest.param({"jobIds": []}, False, id="a list of no jobs"),
    pytest.param({"jobIds": None, "jobId": ID}, True, id="one job in the older way"),
    pytest.param({"jobIds": [ID], "jobId": ID}, True, id="both ways"),
    pytest.param({"jobIds": ["job-1"]}, False, id="no id"),
    pytest.param({"jobIds": [None]}, False, id="null is no id"),
    pytest.param({"jobIds": ID}, False, id="no list"),
    pytest.param({"metadata": {"linkedinUrl": "https://linkedin.com/in/jane"}}, True, id="metadata"),
    pytest.param({"email": None}, False, id="nobody to reach"),
]


@pytest.mark.rule("CANDIDATE-JOBS", "CANDIDATE-REQUIRED")
@pytest.mark.parametrize(("change", "accepted"), CANDIDATES)
def test_a_candidate_comes_with_jobs_or_without(change: dict[str, object], accepted: bool) -> None:
    """A valid candidate and one change."""
    assert accepted_as("CreateCandidate")({**CANDIDATE, **change}) == accepted


CHANGES = [
    pytest.param("UpdateCandidate", {}, True, id="nothing of a candidate"),
    pytest.param("UpdateCandidate", {"status": "IN_PROCESS"}, True, id="a status"),
    pytest.param("UpdateCandidate", {"status": "INTERVIEWING"}, False, id="a status that there is not"),
    pytest.param("UpdateCandidate", {"jobIds": [ID], "metadata": {}}, True, id="jobs and metadata"),
    pytest.param("UpdateCandidate", {"jobIds": []}, True, id="no jobs any more"),
    pytest.param("UpdateCandidate", {"jobIds": [ID] * 50}, True, id="fifty jobs"),
    pytest.param("UpdateCandidate", {"jobIds": [ID] * 51}, False, id="a job too many"),
    pytest.param("UpdateCandidate", {"firstName": ""}, False, id="an empty name"),
    pytest.param("UpdateCandidate", {"phoneNumber": "0905"}, False, id="no phone number"),
    pytest.param("UpdateJob", {}, True, id="nothing of a job"),
    pytest.param("UpdateJob", {"jobTitle": "Baker"}, True, id="a title by its other name"),
    pytest.param("UpdateJob", {"title": "Baker", "jobTitle": "Baker"}, False, id="both titles"),
    pytest.param("UpdateJob", {"description": "x" * 10, "jobDescription": "x" * 10}, False, id="both descriptions"),
    pytest.param("UpdateJob", {"requiredSkills": ["x"] * 6, "niceToHaveSkills": ["x"] * 5}, False, id="eleven skills"),
    pytest.param("UpdateJob", {"requiredSkills": [], "salary": {"min": 1}}, True, id="no skills any more"),
    pytest.param("UpdateAgent", {}, True, id="nothing of an agent"),
    pytest.param("UpdateAgent", {"type": "PHONE"}, True, id="a type that may lack its number"),
    pytest.param("UpdateAgent", {"duration": 181}, False, id="too long an interview"),
    pytest.param("UpdateCompany", {}, True, id="nothing of a company"),
    pytest.param("UpdateCompany", {"name": "X"}, False, id="too short a name"),
    pytest.param("UpdateWebhook", {}, True, id="nothing of a webhook"),
    pytest.param("UpdateWebhook", {"events": []}, False, id="no events"),
    pytest.param("UpdateWebhook", {"isActive": "no"}, False, id="a text for a choice"),
]


@pytest.mark.rule("CANDIDATE-STATUS", "CANDIDATE-JOBS", "JOB-SHAPE", "AGENT-SHAPE", "COMPANY-SHAPE", "WEBHOOK-SHAPE")
@pytest.mark.parametrize(("name", "change", "accepted"), CHANGES)
def test_a_change_keeps_the_limits_of_a_create_and_needs_nothing(
    name: str, change: dict[str, object], accepted: bool
) -> None:
    """What is given is judged as in a create; what is left out stays as it is."""
    assert accepted_as(name)(change) == accepted


@pytest.mark.parametrize(
    "name", [name for name, operation in contract.operations().items() if operation.body is not None]
)
def test_a_body_is_an_object(name: str) -> None:
    """Inline, null would mean that there is none; as a body it means nothing."""
    assert not contract.request_validator(name).is_valid(None)


@pytest.mark.rule("JOB-FIELDS")
def test_a_job_by_itself_needs_its_title_alone() -> None:
    """Neither description nor status is required, which the pages tell differently."""
    accepts = accepted_as("CreateJob")

    assert accepts({"title": "Baker"})
    assert accepts({"title": "Baker", "status": "OPEN"})
    assert not accepts({"description": "Bakes bread all night", "status": "OPEN"})


@pytest.mark.rule("AGENT-SHAPE")
def test_an_agent_by_itself_is_one_like_any_other() -> None:
    """Its shape is that of an inline one, and it is there."""
    accepts = accepted_as("CreateAgent")

    assert accepts(AGENT)
    assert not accepts({**AGENT, "type": "PHONE"})


CALLS = [
    pytest.param("CreateCallAttempt", {}, True, id="now"),
    pytest.param("CreateCallAttempt", {"scheduledAt": None}, True, id="null is now"),
    pytest.param("CreateCallAttempt", {"scheduledAt": "2026-05-20T14:00:00Z"}, True, id="later"),
    pytest.param("CreateCallAttempt", {"scheduledAt": 1}, False, id="a number"),
    pytest.param("RescheduleCallAttempt", {"scheduledAt": "2026-05-20T14:00:00Z"}, True, id="moved"),
    pytest.param("RescheduleCallAttempt", {}, False, id="moved to nowhere"),
    pytest.param("RescheduleCallAttempt", {"scheduledAt": None}, False, id="moved to null"),
]


@pytest.mark.rule("ATTEMPT-FUTURE")
@pytest.mark.parametrize(("name", "body", "accepted"), CALLS)
def test_a_new_call_may_be_made_at_once_a_moved_one_needs_its_time(
    name: str, body: dict[str, object], accepted: bool
) -> None:
    """Whether the time is a time, and ahead, is judged in code."""
    assert accepted_as(name)(body) == accepted


COMPANIES = [
    pytest.param({}, True, id="a name is enough"),
    pytest.param({"name": None}, False, id="null is no name"),
    pytest.param({"name": "A"}, False, id="name too short"),
    pytest.param({"name": "Al"}, True, id="shortest name"),
    pytest.param({"name": "x" * 100}, True, id="longest name"),
    pytest.param({"name": "x" * 101}, False, id="name too long"),
    pytest.param({"description": ""}, False, id="empty description"),
    pytest.param({"description": "x" * 1000}, True, id="longest description"),
    pytest.param({"description": "x" * 1001}, False, id="description too long"),
    pytest.param({"ownerEmail": "owner@example.com"}, True, id="an owner"),
    pytest.param({"ownerEmail": "owner"}, False, id="no address"),
    pytest.param({"ownerEmail": f"{'x' * 243}@example.com"}, False, id="address too long"),
    pytest.param({"metadata": {"plan": "trial"}}, True, id="metadata"),
    pytest.param({"metadata": []}, False, id="a list for metadata"),
]


@pytest.mark.rule("COMPANY-SHAPE")
@pytest.mark.parametrize(("change", "accepted"), COMPANIES)
def test_a_company_has_a_name(change: dict[str, object], accepted: bool) -> None:
    """A valid company and one change."""
    assert accepted_as("CreateCompany")({"name": "Acme", **change}) == accepted


WEBHOOKS = [
    pytest.param({}, True, id="address and events are enough"),
    pytest.param({"url": None}, False, id="no address"),
    pytest.param({"events": None}, False, id="null is no list of events"),
    pytest.param({"name": "x" * 255, "description": ""}, True, id="longest name"),
    pytest.param({"name": "x" * 256}, False, id="name too long"),
    pytest.param({"headers": []}, True, id="no headers"),
    pytest.param({"headers": [HEADER] * 50}, True, id="fifty headers"),
    pytest.param({"headers": [HEADER] * 51}, False, id="fifty-one headers"),
    pytest.param({"headers": [{**HEADER, "name": "x" * 255}]}, True, id="longest name of a header"),
    pytest.param({"headers": [{**HEADER, "name": "x" * 256}]}, False, id="name of a header too long"),
    pytest.param({"headers": [{**HEADER, "name": ""}]}, False, id="a header without a name"),
    pytest.param({"headers": [{**HEADER, "name": "X Custom"}]}, False, id="a name that HTTP cannot carry"),
    pytest.param({"headers": [{**HEADER, "value": "x" * 4096}]}, True, id="longest value"),
    pytest.param({"headers": [{**HEADER, "value": "x" * 4097}]}, False, id="value too long"),
    pytest.param({"headers": [{**HEADER, "value": ""}]}, False, id="an empty value"),
    pytest.param({"headers": [{**HEADER, "value": "a\r\nX-Evil: b"}]}, False, id="a value that smuggles a header"),
    pytest.param({"headers": [{"name": "X-Custom-Header"}]}, False, id="a header without a value"),
    pytest.param({"companyId": ID, "isActive": False}, True, id="for one company, and asleep"),
    pytest.param({"companyId": "acme"}, False, id="no id"),
]


@pytest.mark.rule("WEBHOOK-SHAPE")
@pytest.mark.parametrize(("change", "accepted"), WEBHOOKS)
def test_a_webhook_keeps_its_limits(change: dict[str, object], accepted: bool) -> None:
    """A valid webhook and one change."""
    assert accepted_as("CreateWebhook")({**WEBHOOK, **change}) == accepted


EVENTS = [
    pytest.param(["interview.started", "ping"], True, id="dotted labels"),
    pytest.param(["ANALYSIS_FAILED", "PING"], True, id="capitals"),
    pytest.param([0, 1, 2, 3, 4, 5], True, id="numbers"),
    pytest.param([3, "PING", "analysis.completed"], True, id="all three mixed"),
    pytest.param(["SOURCING_COMPLETED", "enrich.failed"], True, id="events of sourcing"),
    pytest.param(["ping", "ping"], True, id="one twice"),
    pytest.param([], False, id="none"),
    pytest.param([6], False, id="a number that there is not"),
    pytest.param([True], False, id="true is not 1"),
    pytest.param(["interview.cancelled"], False, id="an event that there is not"),
    pytest.param(["Interview.Completed"], False, id="another case"),
    pytest.param([None], False, id="null is no event"),
    pytest.param("ping", False, id="no list"),
]


@pytest.mark.rule("WEBHOOK-EVENTS")
@pytest.mark.parametrize(("events", "accepted"), EVENTS)
def test_events_are_named_in_three_ways(events: object, accepted: bool) -> None:
    """Each generation of the pages' names is understood."""
    assert accepted_as("CreateWebhook")({**WEBHOOK, "events": events}) == accepted


ADDRESSES = {
    "https://hooks.example.com/instaview?a=b": True,
    "https://hooks.example.com": True,
    "https://203.0.113.7:8443/hook": True,
    "https://[::1]/": True,
    f"https://example.com/{'x' * 2028}": True,
    f"https://example.com/{'x' * 2029}": False,
    "http://127.0.0.1:9000/hook": True,
    "http://localhost:9000": True,
    "http://app.localhost/": True,
    "http://[::1]:65535/": True,
    "http://127.255.255.254?x": True,
    "http://127.0.0.1:65536/": False,
    "http://127.0.0.1:0/": False,
    "http://127.0.0.256/": False,
    "http://hooks.example.com/": False,
    "http://localhost.example.com/": False,
    "http://128.0.0.1/": False,
    "ftp://127.0.0.1/": False,
    "https://": False,
    "https://-a.example/": False,
    "https://example.com/a b": False,
    "https://example.com/\\a": False,
    "https://user@example.com/": False,
    "https://example.com/\n": False,
    "": False,
}


@pytest.mark.rule("WEBHOOK-URL")
@pytest.mark.parametrize(("url", "accepted"), ADDRESSES.items(), ids=[url[:40] for url in ADDRESSES])
def test_a_webhook_is_at_an_https_address_or_on_this_machine(url: str, accepted: bool) -> None:
    """As generators see it; the server judges addresses in code, where more hosts can be opened."""
    assert accepted_as("CreateWebhook")({**WEBHOOK, "url": url}) == accepted


BOUNDS = {
    "2024-01-31": True,
    "2024-01-31T23:59:59Z": True,
    "2024-01-31T23:59:59.999+01:00": True,
    "2024-01-31T23:59:59": False,
    "2024-01-31 23:59:59Z": False,
    "2024-13-01": False,
    "2024-1-1": False,
    "January": False,
    "": False,
}


@pytest.mark.rule("USAGE-RANGE")
@pytest.mark.parametrize(("text", "accepted"), BOUNDS.items(), ids=BOUNDS)
def test_a_period_is_bounded_by_dates_or_instants(text: str, accepted: bool) -> None:
    """Instants have their offset."""
    assert accepted_as("UsageBound")(text) == accepted


def _answer(operation: str, status: str, example: str) -> dict[str, object]:
    content = contract.operations()[operation].spec["responses"][status]["content"]["application/json"]
    value: dict[str, object] = content["examples"][example]["value"]
    return value


MINUTES, CREDITS = (_answer("getBillingUsage", "200", unit) for unit in ("minutes", "credits"))
BOTH = [{**company, "totalCreditsUsed": 1} for company in cast("list[dict[str, object]]", MINUTES["companies"])]
ANSWERS = [
    pytest.param({}, True, id="usage in minutes"),
    pytest.param({"companies": []}, True, id="usage of nobody"),
    pytest.param({"companies": CREDITS["companies"]}, True, id="a company by credits"),
    pytest.param({"totalCreditsUsed": None}, False, id="the other unit as null"),
    pytest.param({"companies": BOTH}, False, id="a company in both units"),
]


@pytest.mark.parametrize(("change", "accepted"), ANSWERS)
def test_usage_is_in_the_unit_of_the_company(change: dict[str, object], accepted: bool) -> None:
    """The fields of the other unit are left out, not null."""
    assert accepted_as("Usage")({**MINUTES, **change}) == accepted


@pytest.mark.rule("WEBHOOK-SECRET")
def test_a_secret_is_told_once_and_values_of_headers_never() -> None:
    """Only the answer that creates a webhook has the secret; no answer has what a header says."""
    created = _answer("createWebhook", "201", "created")
    later = {name: value for name, value in created.items() if name != "signingSecret"}

    assert accepted_as("CreatedWebhook")(created)
    assert not accepted_as("CreatedWebhook")(later)
    assert accepted_as("Webhook")(later)
    assert not accepted_as("Webhook")(created)
    assert not accepted_as("Webhook")({**later, "headers": [HEADER]})
