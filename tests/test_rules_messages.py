"""What refusals say, and the change they propose, to the letter: whoever reads them is in a hurry."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network

import pytest

from mockserver.errors import Violation, cut
from mockserver.models import ApiKey
from mockserver.readings import DEFAULTS
from mockserver.rules import access, assignment, candidate, form, metadata, usage, webhook

NOW = datetime(2024, 1, 16, 10, 30, tzinfo=UTC)
KEY = ApiKey(key="sk_test_key", company_ids=("c",), ats=False, scopes=frozenset(), id="k")
ATS_KEY = replace(KEY, ats=True, company_ids=("c", "d"))
TOP_LEVEL = DEFAULTS.changed({"metadata_keys": "top_level"})
ENVELOPE = DEFAULTS.changed({"wire": "envelope"})
WRITE_ONLY = DEFAULTS.changed({"scopes": "write-only"})
MANY = {f"k{number}": number for number in range(60)}

Judged = Callable[[], Violation | None]
SAYINGS: Sequence[tuple[str, Judged, str, str]] = (
    # which  judged  message  proposal
    (
        "no media type",
        lambda: form.body_is_json([], []),
        "Content-Type is missing",
        "send Content-Type: application/json",
    ),
    (
        "another media type",
        lambda: form.body_is_json(["text/plain"], []),
        "Content-Type must be application/json, not text/plain",
        "send Content-Type: application/json",
    ),
    (
        "two media types",
        lambda: form.body_is_json(["application/json", "text/plain"], []),
        "Content-Type is given 2 times",
        "send Content-Type: application/json",
    ),
    (
        "an encoding",
        lambda: form.body_is_json(["application/json"], ["identity", "gzip", "br"]),
        "Content-Encoding gzip is not supported",
        "send the body uncompressed, without Content-Encoding",
    ),
    (
        "a bad id in the path",
        lambda: form.path_id_is_an_id("7"),
        "The id in the path must be a UUID, not '7'",
        "an id that the API answered",
    ),
    (
        "two numbers",
        lambda: form.number_is_in_range("limit", ["1", "2"], 1, 100),
        "must be one whole number from 1 to 100, not '1, 2'",
        "a number from 1 to 100",
    ),
    (
        "a number of ten digits",
        lambda: form.number_is_in_range("page", ["1000000000"], 1, 10**12),
        "must be one whole number from 1 to 1000000000000, not '1000000000'",
        "a number from 1 to 1000000000000",
    ),
    (
        "another word",
        lambda: form.filter_is_one_of("status", ["GONE"], ["OPEN", "CLOSED"]),
        "must be one of OPEN, CLOSED, not 'GONE'",
        "for instance OPEN",
    ),
    (
        "three times",
        lambda: form.filter_is_given_once("search", ["a", "b", "c"]),
        "must be given once, not 3 times",
        "one search",
    ),
    (
        "no id in the query",
        lambda: form.filter_is_an_id("jobId", ["one", "two"]),
        "must be one UUID, not 'one, two'",
        "a UUID",
    ),
    (
        "sixty keys",
        lambda: metadata.metadata_has_few_keys(MANY, "/metadata", DEFAULTS),
        "may have 50 keys in all its objects together, not 60",
        "remove 10",
    ),
    (
        "sixty keys at the top",
        lambda: metadata.metadata_has_few_keys(MANY, "/metadata", TOP_LEVEL),
        "may have 50 keys at its top level, not 60",
        "remove 10",
    ),
    (
        "many bytes",
        lambda: metadata.metadata_is_small({"k": "x" * 10_300}, "/metadata"),
        "may have 10240 bytes as compact UTF-8 JSON, not 10308",
        "remove 68 bytes",
    ),
    (
        "no header",
        lambda: access.key_is_known([], None),
        "Authorization header is missing",
        "add the header Authorization: Bearer <key>",
    ),
    (
        "two headers",
        lambda: access.key_is_known(["Bearer a", "Bearer b"], None),
        "Authorization header is given several times",
        "send one Authorization header",
    ),
    (
        "a network of others",
        lambda: access.address_is_allowed(replace(KEY, allowed_ips=(ip_network("10.0.0.0/8"),)), "192.0.2.1"),
        "This API key cannot be used from 192.0.2.1",
        "call from one of the key's allowedIPs",
    ),
    (
        "an address that nobody knows",
        lambda: access.address_is_allowed(replace(KEY, allowed_ips=(ip_network("10.0.0.0/8"),)), None),
        "This API key cannot be used from an unknown address",
        "call from one of the key's allowedIPs",
    ),
    (
        "no company",
        lambda: access.company_is_chosen(ATS_KEY, []),
        "An ATS key must say for which company it asks: companyId is missing from the query",
        "add ?companyId=<uuid of a company that the key manages>",
    ),
    (
        "an empty company",
        lambda: access.company_is_chosen(ATS_KEY, [""]),
        "An ATS key must say for which company it asks: companyId is missing from the query",
        "add ?companyId=<uuid of a company that the key manages>",
    ),
    (
        "two companies",
        lambda: access.company_is_chosen(ATS_KEY, ["c", "d"]),
        "An ATS key must say for which company it asks: companyId is given 2 times",
        "add ?companyId=<uuid of a company that the key manages>",
    ),
    (
        "three companies",
        lambda: access.company_is_chosen(ATS_KEY, ["c", "d", "c"]),
        "An ATS key must say for which company it asks: companyId is given 3 times",
        "add ?companyId=<uuid of a company that the key manages>",
    ),
    (
        "two scopes",
        lambda: access.scopes_are_granted(KEY, ["write:jobs", "read:jobs"], DEFAULTS),
        "Insufficient permissions: Required scope write:jobs not found",
        "use a key with the scopes write:jobs, read:jobs",
    ),
    (
        "the first scope alone",
        lambda: access.scopes_are_granted(KEY, ["write:jobs", "read:jobs"], WRITE_ONLY),
        "Insufficient permissions: Required scope write:jobs not found",
        "use a key with the scope write:jobs",
    ),
    (
        "scopes, in the envelope",
        lambda: access.scopes_are_granted(KEY, ["write:jobs", "read:jobs"], ENVELOPE),
        "This API key does not have the required scope: write:jobs",
        "use a key with the scopes write:jobs, read:jobs",
    ),
    (
        "an agent of others",
        lambda: access.is_the_companys("agent", "d", "c", "/agentId"),
        "Access denied to this agent",
        "use the id of an agent of the key's own company",
    ),
    (
        "a job that is not there",
        lambda: access.job_exists(None, "7", "/jobId"),
        "Job with ID 7 not found",
        "use the id of a job that exists",
    ),
    (
        "consent that has ended",
        lambda: candidate.consent_lasts("2024-01-16T23:59:59Z", NOW, ""),
        "must lie after today, 2024-01-16 on this world's clock, not on 2024-01-16",
        "a later date, such as 2025-01-16",
    ),
    (
        "consent at the end of a month",
        lambda: candidate.consent_lasts("2024-01-01", datetime(2024, 1, 31, tzinfo=UTC), ""),
        "must lie after today, 2024-01-31 on this world's clock, not on 2024-01-01",
        "a later date, such as 2025-01-28",
    ),
    (
        "consent at the end of all days",
        lambda: candidate.consent_lasts("2024-01-01", datetime(9999, 5, 6, tzinfo=UTC), ""),
        "must lie after today, 9999-05-06 on this world's clock, not on 2024-01-01",
        "a later date, such as 9999-05-06",
    ),
    (
        "jobs enough",
        lambda: assignment.new_job_finds_room(("j",) * 50),
        "The candidate has 50 jobs, and cannot be assigned to one more than 50",
        "name one of the candidate's jobs by jobId, or take a job away first",
    ),
    (
        "a bound given twice",
        lambda: usage.bound_is_a_date("start", ["a", "b"], DEFAULTS),
        "must be given once, not 2 times",
        "start=2025-11-20, or a date-time with its offset",
    ),
    (
        "a header that the delivery sets",
        lambda: webhook.headers_refused(["X-A", "Host", "x-a"]),
        "Host cannot be set: the delivery sets it itself",
        "leave this header out",
    ),
)


@pytest.mark.parametrize(("judged", "message", "fix"), [pytest.param(*rest, id=id) for id, *rest in SAYINGS])
def test_a_refusal_says_what_was_wrong_and_what_would_pass(judged: Judged, message: str, fix: str) -> None:
    """Message and proposal fit together and fit what was sent."""
    violation = judged()

    assert violation is not None
    assert (violation.message, violation.fix) == (message, fix)


@pytest.mark.parametrize(
    ("text", "shown"),
    [("x" * 59, "x" * 59), ("x" * 60, "x" * 60), ("x" * 61, "x" * 59 + "…"), ("x" * 10_000, "x" * 59 + "…")],
    ids=["below", "at the bound", "above", "far above"],
)
def test_what_was_sent_is_shown_in_sixty_characters(text: str, shown: str) -> None:
    """An ellipsis tells that there was more."""
    assert cut(text) == shown
