"""Who may ask: each rule of access alone."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mockserver.errors import Violation
from mockserver.models import ApiKey
from mockserver.readings import DEFAULTS
from mockserver.rules.access import (
    address_is_allowed,
    agent_exists,
    bearer_token,
    candidate_exists,
    company_is_chosen,
    interview_exists,
    is_the_companys,
    job_exists,
    key_has_not_expired,
    key_is_known,
    key_is_not_suspended,
    rate_is_kept,
    scopes_are_granted,
)
from tests.support import ACME, GLOBEX, INITECH, NOWHERE, company

KEY = ApiKey("sk_test_acme", (company(ACME),), ats=False, scopes=frozenset({"*"}))
ATS = ApiKey("sk_test_ats", (company(ACME), company(GLOBEX)), ats=True, scopes=frozenset({"*"}))
LETTERED = "abcdef00-0000-4000-8000-000000000001"
WRITE_ONLY = replace(DEFAULTS, scopes="write-only")

HEADERS = [
    # header                          key in it      why
    pytest.param("Bearer sk_1", "sk_1", id="as documented"),
    pytest.param("bearer sk_1", "sk_1", id="lower case"),
    pytest.param("BEARER sk_1", "sk_1", id="upper case"),
    pytest.param("Bearer   sk_1", "sk_1", id="several spaces"),
    pytest.param(" \tBearer sk_1 \t", "sk_1", id="space around, which HTTP does not count"),
    pytest.param("Bearer sk_1 sk_2", None, id="two keys"),
    pytest.param("Bearer sk\t1", None, id="a tab within"),
    pytest.param("Bearer\tsk_1", None, id="a tab between"),
    pytest.param("Bearer", None, id="the scheme alone"),
    pytest.param("Bearer ", None, id="the scheme and a space"),
    pytest.param("sk_1", None, id="the key alone"),
    pytest.param("Basic c2s6MQ==", None, id="another scheme"),
    pytest.param("Bearersk_1", None, id="no space"),
    pytest.param("Bearer: sk_1", None, id="a colon"),
    pytest.param("", None, id="an empty header"),
]


@pytest.mark.rule("AUTH-KEY")
@pytest.mark.parametrize(("header", "token"), HEADERS)
def test_one_key_in_the_bearer_scheme(header: str, token: str | None) -> None:
    """The scheme's case is free, the rest is not."""
    assert bearer_token(header) == token


@pytest.mark.rule("AUTH-KEY")
@given(st.text())
@example("bearer \u00a0")
@example("Bearer \ud800")
def test_no_header_breaks_the_rule(header: str) -> None:
    """What comes out is one word that went in, or nothing."""
    token = bearer_token(header)

    assert token is None or (token in header and token != "" and " " not in token)


@pytest.mark.rule("AUTH-KEY")
@pytest.mark.parametrize(
    ("headers", "says"),
    [
        ([], "missing"),
        (["Bearer sk_1", "Bearer sk_1"], "several"),
        (["Basic x"], "not of the form"),
        (["Bearer sk_1"], "invalid"),
    ],
    ids=["none", "two", "malformed", "unknown"],
)
def test_a_request_without_a_known_key_is_told_what_is_wrong(headers: Sequence[str], says: str) -> None:
    """401, and no word of the key itself."""
    violation = key_is_known(headers, None)

    assert violation is not None
    assert (violation.status, violation.rule) == (401, "AUTH-KEY")
    assert says in violation.message
    assert "sk_1" not in violation.message


@pytest.mark.rule("AUTH-KEY")
def test_a_known_key_is_enough() -> None:
    """Whatever led to it."""
    assert key_is_known(["Bearer sk_test_acme"], KEY) is None


NOON = datetime(2024, 1, 16, 12, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


@pytest.mark.rule("KEY-EXPIRED", "KEY-SUSPENDED")
@pytest.mark.parametrize(
    ("at", "holds"),
    [(None, True), (NOON + MOMENT, True), (NOON, False), (NOON - MOMENT, False)],
    ids=["never", "in a moment", "now", "a moment ago"],
)
def test_a_key_ends_at_its_instant(at: datetime | None, holds: bool) -> None:
    """Whether it expires or is suspended: from that very instant on it is refused with 401."""
    expired = key_has_not_expired(replace(KEY, expires_at=at), NOON)
    suspended = key_is_not_suspended(replace(KEY, suspended_at=at), NOON)

    assert (expired is None, suspended is None) == (holds, holds)
    assert [no.status for no in (expired, suspended) if no is not None] == ([] if holds else [401, 401])


ADDRESSES = [
    # allowed                     from                      holds  why
    pytest.param([], None, True, id="no list allows all"),
    pytest.param(["10.0.0.0/8"], "10.255.255.255", True, id="the last of a network"),
    pytest.param(["10.0.0.0/8"], "11.0.0.0", False, id="the first beyond it"),
    pytest.param(["192.0.2.1/32", "2001:db8::/32"], "2001:db8::1", True, id="one of two networks"),
    pytest.param(["192.0.2.1/32"], "::ffff:192.0.2.1", True, id="IPv4 in IPv6"),
    pytest.param(["192.0.2.1/32"], "::1", False, id="another family"),
    pytest.param(["192.0.2.1/32"], None, False, id="an address that nobody knows"),
    pytest.param(["192.0.2.1/32"], "testclient", False, id="a name"),
]


@pytest.mark.rule("KEY-IP")
@pytest.mark.parametrize(("allowed", "host", "holds"), ADDRESSES)
def test_a_key_may_be_bound_to_networks(allowed: list[str], host: str | None, holds: bool) -> None:
    """403 from elsewhere."""
    violation = address_is_allowed(replace(KEY, allowed_ips=tuple(map(ip_network, allowed))), host)

    assert (violation is None) == holds
    assert violation is None or (violation.status, violation.rule) == (403, "KEY-IP")


COMPANIES = [
    # key    asked for                            status  why
    pytest.param(KEY, [], None, id="an ordinary key needs none"),
    pytest.param(KEY, ["rubbish", ""], None, id="an ordinary key's is not looked at"),
    pytest.param(ATS, [], 400, id="missing"),
    pytest.param(ATS, [""], 400, id="empty"),
    pytest.param(ATS, [company(ACME), company(GLOBEX)], 400, id="two"),
    pytest.param(ATS, [company(ACME)], None, id="managed"),
    pytest.param(replace(ATS, company_ids=(LETTERED,)), [LETTERED.upper()], None, id="managed, in upper case"),
    pytest.param(ATS, [company(INITECH)], 403, id="not managed"),
    pytest.param(ATS, [NOWHERE], 403, id="nowhere, which is not told apart"),
    pytest.param(ATS, ["acme"], 403, id="no id at all"),
    pytest.param(ATS, [f" {company(ACME)}"], 403, id="a space before it"),
]


@pytest.mark.rule("KEY-ATS")
@pytest.mark.parametrize(("key", "asked", "status"), COMPANIES)
def test_an_ats_key_says_for_which_company_it_asks(key: ApiKey, asked: Sequence[str], status: int | None) -> None:
    """Missing is 400, another's is 403; an ordinary key has only one company."""
    violation = company_is_chosen(key, asked)

    assert (violation and violation.status) == status
    assert violation is None or violation.rule == "KEY-ATS"


NEEDED = ("write:interviews", "read:candidates", "read:agents")


@pytest.mark.rule("AUTH-SCOPE")
@given(granted=st.sets(st.sampled_from([*NEEDED, "*", "read:interviews", "WRITE:INTERVIEWS", "write:*"])))
@example(granted=set())
@example(granted={"write:interviews"})
@example(granted={"read:candidates", "read:agents"})
@example(granted={"write:*"})  # no pattern: a word like any other
def test_every_scope_of_the_operation_is_granted(granted: set[str]) -> None:
    """All of them under `strict`, the operation's own under `write-only`; `*` stands for all."""
    key = replace(KEY, scopes=frozenset(granted))
    missing = [] if "*" in granted else [scope for scope in NEEDED if scope not in granted]

    strict, write_only = scopes_are_granted(key, NEEDED, DEFAULTS), scopes_are_granted(key, NEEDED, WRITE_ONLY)

    assert (strict is not None) == bool(missing)
    assert (write_only is not None) == ("write:interviews" in missing)
    if strict is not None:
        assert strict.message == f"Insufficient permissions: Required scope {missing[0]} not found"
        assert all(scope in strict.fix for scope in missing)


@pytest.mark.rule("RATE-LIMIT")
def test_a_window_without_a_request_left_refuses() -> None:
    """429, and the window is named."""
    violation = rate_is_kept("hour")

    assert rate_is_kept(None) is None
    assert violation is not None
    assert (violation.status, violation.message) == (429, "Rate limit exceeded")
    assert "hour" in violation.fix


@pytest.mark.rule("COMPANY-OWN")
@pytest.mark.parametrize("kind", ["candidate", "agent", "job", "interview"])
def test_what_is_another_companys_is_refused_without_a_word_about_it(kind: str) -> None:
    """403 names the kind alone; one's own and nothing at all are no concern of this rule."""
    violation = is_the_companys(kind, company(GLOBEX), company(ACME), "/here")

    assert is_the_companys(kind, company(ACME), company(ACME), "/here") is None
    assert is_the_companys(kind, None, company(ACME), "/here") is None
    assert violation is not None
    assert (violation.status, violation.at) == (403, "/here")
    assert company(GLOBEX) not in f"{violation.message}{violation.fix}"
    assert f"{'an' if kind in ('agent', 'interview') else 'a'} {kind}" in violation.fix


EXISTS = [
    pytest.param(
        "CANDIDATE-EXISTS",
        lambda found: candidate_exists(found, NOWHERE, "/candidateId"),
        "/candidateId",
        id="candidate",
    ),
    pytest.param("AGENT-EXISTS", lambda found: agent_exists(found, NOWHERE, "/agentId"), "/agentId", id="agent"),
    pytest.param("JOB-EXISTS", lambda found: job_exists(found, NOWHERE, "/jobId"), "/jobId", id="job"),
    pytest.param("INTERVIEW-EXISTS", lambda found: interview_exists(found, NOWHERE), "", id="interview"),
]


@pytest.mark.rule("CANDIDATE-EXISTS", "AGENT-EXISTS", "JOB-EXISTS", "INTERVIEW-EXISTS")
@pytest.mark.parametrize(("id", "judge", "at"), EXISTS)
def test_an_id_that_names_nothing_is_not_found(id: str, judge: Callable[[object], Violation | None], at: str) -> None:
    """404 in the documents' words: the kind, and the id that was asked for."""
    violation = judge(None)

    assert judge(KEY) is None
    assert violation is not None
    assert (violation.rule, violation.status, violation.at) == (id, 404, at)
    assert violation.message == f"{id.split('-')[0].capitalize()} with ID {NOWHERE} not found"
