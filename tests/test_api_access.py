"""Who may ask, over the API: keys, scopes, companies, paths and methods, how often."""

import json
from typing import Any

import pytest

from tests.support import (
    ACME,
    ATS,
    GENERIC,
    GLOBEX,
    INITECH,
    INLINE_AGENT,
    INLINE_CANDIDATE,
    MISSING,
    NO_JOB,
    NOW,
    NOWHERE,
    READONLY,
    Mock,
    agent,
    body,
    candidate,
    company,
    demo,
    job,
    phone_number,
)

# --- Keys

BAD_KEYS = [
    pytest.param([], id="none"),
    pytest.param([b"Bearer sk_test_nobody"], id="unknown"),
    pytest.param([b"Bearer SK_TEST_ACME"], id="the key's case matters"),
    pytest.param([b"Bearer sk_test_acm"], id="a part of a key"),
    pytest.param([b"Bearer sk_test_acme2"], id="more than a key"),
    pytest.param([b"sk_test_acme"], id="no scheme"),
    pytest.param([b"Basic sk_test_acme"], id="another scheme"),
    pytest.param([b"Bearer"], id="no key"),
    pytest.param([b"Bearer sk_test_acme sk_test_acme"], id="two keys in one header"),
    pytest.param([b"Bearer sk_test_acme", b"Bearer sk_test_acme"], id="the same header twice"),
    pytest.param([b"Bearer sk_test_acme", b"Bearer sk_test_nobody"], id="a good and a bad header"),
    pytest.param([b"Bearer \xff\xfe"], id="bytes that are no text"),
    pytest.param([b"Bearer " + b"x" * 100_000], id="a very long key"),
]


@pytest.mark.rule("AUTH-KEY")
@pytest.mark.parametrize("headers", BAD_KEYS)
async def test_a_request_without_one_good_key_is_refused(mock: Mock, headers: list[bytes]) -> None:
    """401, the scheme is named, and no key is given away."""
    given = [("Authorization", value) for value in headers]

    response = await mock.refused(mock.call("POST", "/interviews", None, json=body(), headers=given), 401, "AUTH-KEY")

    assert response.headers["www-authenticate"] == "Bearer"
    assert "sk_test" not in response.text


@pytest.mark.rule("AUTH-KEY")
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR", "Bearer  "])
async def test_the_case_of_the_scheme_does_not_matter(mock: Mock, scheme: str) -> None:
    """RFC 9110 says so of every scheme."""
    response = await mock.call("GET", "/interviews", None, headers={"Authorization": f"{scheme} {ACME}"})

    assert response.status_code == 200


@pytest.mark.rule("KEY-EXPIRED", "KEY-SUSPENDED", "KEY-IP")
@pytest.mark.parametrize(
    ("limits", "status", "rule"),
    [
        ({"expiresAt": NOW}, 401, "KEY-EXPIRED"),
        ({"suspendedAt": NOW}, 401, "KEY-SUSPENDED"),
        ({"allowedIPs": ["10.0.0.0/8"]}, 403, "KEY-IP"),
    ],
    ids=["expired", "suspended", "from elsewhere"],
)
async def test_a_key_that_is_known_may_be_good_no_more(limits: dict[str, Any], status: int, rule: str) -> None:
    """Refused for every operation, before anything else of the request is looked at."""
    keys = [{"key": ACME, "companyId": company(), "scopes": [], **limits}]
    async with Mock(worlds=[demo(keys=keys)]) as mock:
        response = await mock.refused(mock.create(), status, rule)
        await mock.refused(mock.call("GET", "/interviews/not-an-id"), status, rule)

        assert response.headers.get("www-authenticate") == ("Bearer" if status == 401 else None)


# --- ATS keys


@pytest.mark.rule("KEY-ATS")
@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("?companyId=", 400),
        (f"?companyId={company(ACME)}&companyId={company(ACME)}", 400),
        (f"?companyId={company(INITECH)}", 403),
        (f"?companyId={NOWHERE}", 403),
        ("?companyId=Acme", 403),
    ],
    ids=["missing", "empty", "twice", "not managed", "nowhere", "a name"],
)
async def test_an_ats_key_names_a_company_that_it_manages(mock: Mock, query: str, status: int) -> None:
    """Missing is 400, not managed is 403, for every operation."""
    await mock.refused(mock.call("POST", f"/interviews{query}", ATS, json=body()), status, "KEY-ATS")
    await mock.refused(mock.call("GET", f"/interviews{query}", ATS), status, "KEY-ATS")
    await mock.refused(mock.call("GET", f"/interviews/{NOWHERE}{query}", ATS), status, "KEY-ATS")


@pytest.mark.rule("KEY-ATS", "COMPANY-OWN")
async def test_an_ats_key_acts_for_the_company_it_names_and_for_no_other(mock: Mock) -> None:
    """Of two companies that it manages, the one that is not named is a stranger."""
    for_globex = f"/interviews?companyId={company(GLOBEX)}"
    theirs = body(candidateId=candidate(1, GLOBEX), agentId=agent(1, GLOBEX))

    created = await mock.call("POST", for_globex, ATS, json=theirs)
    await mock.refused(mock.call("POST", for_globex, ATS, json=body()), 403, "COMPANY-OWN")
    path = f"/interviews/{created.json()['id']}"
    await mock.refused(mock.call("GET", f"{path}?companyId={company(ACME)}", ATS), 403, "COMPANY-OWN")

    assert created.status_code == 201
    assert (await mock.call("GET", path, GLOBEX)).status_code == 200
    minutes = {row["name"]: row["minutes"]["reserved"] for row in (await mock.state())["companies"]}
    assert minutes == {"Acme": 0, "Globex": 30, "Initech": 0}


@pytest.mark.rule("KEY-ATS")
@pytest.mark.parametrize("query", [f"companyId={company(GLOBEX)}", "companyId=x&companyId=y", "companyId="])
async def test_an_ordinary_keys_company_is_not_looked_at(mock: Mock, query: str) -> None:
    """Whatever it holds."""
    created = await mock.call("POST", f"/interviews?{query}", json=body())

    assert created.status_code == 201


# --- Scopes


@pytest.mark.rule("AUTH-SCOPE")
@pytest.mark.parametrize(
    ("scopes", "strict", "write_only"),
    [
        ([], False, False),
        (["write:interviews"], False, True),
        (["write:interviews", "read:candidates"], False, True),
        (["write:interviews", "read:agents"], False, True),
        (["read:candidates", "read:agents", "read:interviews"], False, False),
        (["write:interviews", "read:candidates", "read:agents"], True, True),
        (["*"], True, True),
    ],
    ids=["none", "write alone", "no agents", "no candidates", "no write", "all three", "everything"],
)
async def test_a_create_needs_three_scopes_or_one(scopes: list[str], strict: bool, write_only: bool) -> None:
    """Three under the reading `strict`, the operation's own under `write-only`."""
    keys = [{"key": ACME, "companyId": company(), "scopes": scopes}]
    async with Mock(worlds=[demo(keys=keys)]) as mock:
        for reading, allowed in (("strict", strict), ("write-only", write_only)):
            await mock.readings(scopes=reading)
            if allowed:
                assert (await mock.create()).status_code == 201
            else:
                await mock.refused(mock.create(), 403, "AUTH-SCOPE")


@pytest.mark.rule("AUTH-SCOPE")
async def test_a_key_that_only_reads_reads(mock: Mock) -> None:
    """It lists and reads, and the refusal of a create names the scope that it lacks."""
    created = (await mock.create()).json()

    response = await mock.refused(mock.create(key=READONLY), 403, "AUTH-SCOPE")
    listed = await mock.call("GET", "/interviews", READONLY)
    read = await mock.call("GET", f"/interviews/{created['id']}", READONLY)

    assert response.json()["message"] == "Insufficient permissions: Required scope write:interviews not found"
    assert (listed.json()["data"], read.json()) == ([created], created)


@pytest.mark.rule("AUTH-SCOPE")
async def test_lists_need_the_scopes_of_what_they_show() -> None:
    """Reading one interview needs less than listing them."""
    keys = [{"key": ACME, "companyId": company(), "scopes": ["read:interviews"]}]
    async with Mock(worlds=[demo(keys=keys)]) as mock:
        await mock.refused(mock.call("GET", "/interviews"), 403, "AUTH-SCOPE")
        await mock.refused(mock.call("GET", f"/interviews/{NOWHERE}"), 404, "INTERVIEW-EXISTS")


# --- Companies

FOREIGN = [
    # change to a good body                                                    status  rule
    pytest.param({"candidateId": candidate(1, GLOBEX)}, 403, "COMPANY-OWN", id="candidateId"),
    pytest.param({"agentId": agent(1, GLOBEX)}, 403, "COMPANY-OWN", id="agentId"),
    pytest.param({"jobId": job(1, GLOBEX)}, 403, "COMPANY-OWN", id="jobId of an existing candidate"),
    pytest.param(
        {"candidateId": candidate(NO_JOB), "agentId": agent(GENERIC), "jobId": job(1, GLOBEX)},
        403,
        "COMPANY-OWN",
        id="jobId with a GENERIC agent",
    ),
    pytest.param(
        {"candidateId": MISSING, "candidate": INLINE_CANDIDATE, "jobId": job(1, GLOBEX)},
        403,
        "COMPANY-OWN",
        id="jobId of a new candidate",
    ),
    pytest.param(
        {"candidateId": MISSING, "candidate": {**INLINE_CANDIDATE, "jobId": job(1, GLOBEX)}},
        403,
        "COMPANY-OWN",
        id="candidate.jobId",
    ),
    pytest.param({"isTest": True, "agentId": agent(1, GLOBEX)}, 403, "COMPANY-OWN", id="test mode lifts nothing"),
    pytest.param(
        {"agentId": MISSING}
        | {"agent": {**INLINE_AGENT, "type": "PHONE", "companyPhoneNumberId": phone_number(GLOBEX)}},
        400,
        "AGENT-SHAPE",
        id="agent.companyPhoneNumberId",
    ),
]


def texts_in(value: object) -> set[str]:
    """Every text of four characters or more in a value, ids left out."""
    if isinstance(value, str):
        return {value} if len(value) > 3 and not value.startswith("22222222-") else set()
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return set().union(*map(texts_in, inner))


@pytest.mark.rule("COMPANY-OWN", "AGENT-SHAPE", "TEST-RULES")
@pytest.mark.parametrize(("given", "status", "rule"), FOREIGN)
async def test_nothing_of_another_company_can_be_used_or_learnt(
    mock: Mock, given: dict[str, Any], status: int, rule: str
) -> None:
    """Whatever place its id is put in; the answer has no word of what it is."""
    world = demo()
    rows = [row for kind in ("jobs", "agents", "candidates", "phoneNumbers") for row in world[kind]]
    secrets = texts_in([row for row in rows if row["companyId"] == company(GLOBEX)])
    secrets -= texts_in([row for row in rows if row["companyId"] == company(ACME)])

    response = await mock.refused(mock.create(body(**given)), status, rule)

    told = response.text + json.dumps(dict(response.headers))
    assert len(secrets) > 50
    assert [secret for secret in secrets if secret in told] == []
    assert "Globex" not in told


@pytest.mark.rule("COMPANY-OWN")
async def test_another_companys_interview_is_not_readable(mock: Mock) -> None:
    """403 and a bare message."""
    theirs = body(candidateId=candidate(1, GLOBEX), agentId=agent(1, GLOBEX))
    created = (await mock.create(theirs, GLOBEX)).json()

    response = await mock.refused(mock.call("GET", f"/interviews/{created['id']}"), 403, "COMPANY-OWN")

    assert response.json() == {"statusCode": 403, "message": "Access denied to this interview", "error": "Forbidden"}
