"""Agents over the API: made, read, listed, changed, deleted, and what their deletion takes along."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from mockserver import contract
from mockserver.api.agents import FILTERS as FILTERED_BY
from tests.support import (
    ACME,
    ATS,
    GENERIC,
    GLOBEX,
    INLINE_AGENT,
    INLINE_CANDIDATE,
    MISSING,
    NOW,
    NOWHERE,
    PHONE,
    READONLY,
    SCREENING,
    Mock,
    agent,
    body,
    candidate,
    company,
    phone_number,
)

LATER = "2024-01-16T10:31:00Z"  # a minute after NOW
SOON = "2024-01-20T14:00:00Z"
HERE = [agent(1), agent(2), agent(3), agent(4)]
DETAILS = {
    "questions": ["What is your experience with React?", "Tell me about a challenging project you worked on"],
    "instructions": "Focus on technical skills and previous project experience",
    "voiceId": "ALEX",
    "cefrLevel": "B1",
    "metadata": {"owner": None, "tags": ["a"]},
}
CALLING = {"type": "PHONE", "companyPhoneNumberId": phone_number()}


def spec(**changes: Any) -> dict[str, Any]:
    """An agent that passes, with some fields changed or MISSING."""
    return {name: value for name, value in {**INLINE_AGENT, **changes}.items() if value is not MISSING}


async def created(mock: Mock, **changes: Any) -> Any:
    response = await mock.call("POST", "/agents", json=spec(**changes))
    assert response.status_code == 201, response.text
    return response.json()


async def read(mock: Mock, id: str) -> Any:
    response = await mock.call("GET", f"/agents/{id}")
    assert response.status_code == 200, response.text
    return response.json()


async def changed(mock: Mock, id: str, /, **given: Any) -> Any:
    response = await mock.call("PATCH", f"/agents/{id}", json=given)
    assert response.status_code == 200, response.text
    return response.json()


async def listed(mock: Mock, key: str = ACME) -> list[str]:
    return [row["id"] for row in (await mock.call("GET", "/agents", key)).json()["data"]]


async def number_of(mock: Mock, id: str) -> Any:
    """The phone number that an agent is stored with."""
    row = next(row for row in (await mock.state())["agents"] if row["id"] == id)
    return row.get("companyPhoneNumberId")


# --- Made


@pytest.mark.rule("AGENT-SHAPE", "RESPONSE-SHAPE")
async def test_five_fields_make_an_agent(mock: Mock) -> None:
    """It is the company's and asks no questions of its own; what was not given is not there."""
    made = await created(mock)

    own = {"id": made["id"], "companyId": company(), "createdAt": NOW, "updatedAt": NOW}
    assert made == {**own, **INLINE_AGENT, "questions": []}
    assert await read(mock, made["id"]) == made


@pytest.mark.rule("AGENT-SHAPE", "RESPONSE-SHAPE")
async def test_an_agent_is_answered_as_it_was_given(mock: Mock) -> None:
    """Every documented field comes back unchanged, metadata with their nulls."""
    made = await created(mock, **DETAILS)

    assert {name: made[name] for name in DETAILS} == DETAILS


@pytest.mark.rule("INLINE-PERMANENT")
@pytest.mark.parametrize("given", [{}, DETAILS, CALLING], ids=["short", "in full", "by phone"])
async def test_an_agent_given_inline_is_one_like_any_other(mock: Mock, given: dict[str, Any]) -> None:
    """The same body, inline and by itself, makes the same agent but for its id."""
    interview = await mock.create(body(agentId=MISSING, agent=spec(**given)))
    inline = await read(mock, interview.json()["agentId"])

    alone = await created(mock, **given)

    assert {**inline, "id": alone["id"]} == alone


@pytest.mark.rule("BILLING-LIMIT")
async def test_a_new_agent_holds_interviews(mock: Mock) -> None:
    """Its duration is what an interview with it reserves."""
    made = await created(mock, duration=45)

    interview = await mock.create(body(agentId=made["id"], scheduleTime=SOON))

    assert interview.status_code == 201
    assert (await mock.state())["companies"][0]["minutes"]["reserved"] == 45


# --- What an agent must be, given by itself or changed

WRONG = [
    pytest.param({"name": "x"}, "AGENT-SHAPE", id="a name of 1 character"),
    pytest.param({"name": "x" * 101}, "AGENT-SHAPE", id="a name of 101 characters"),
    pytest.param({"name": 5}, "FIELD-TYPE", id="a name that is a number"),
    pytest.param({"type": "VIDEO"}, "AGENT-SHAPE", id="an unknown type"),
    pytest.param({"focus": "UNDEFINED"}, "AGENT-SHAPE", id="an unknown focus"),
    pytest.param({"language": "en"}, "AGENT-SHAPE", id="a language in small letters"),
    pytest.param({"duration": 0}, "AGENT-SHAPE", id="no time"),
    pytest.param({"duration": 181}, "AGENT-SHAPE", id="more than three hours"),
    pytest.param({"duration": 2.5}, "AGENT-SHAPE", id="half a minute"),
    pytest.param({"duration": "30"}, "FIELD-TYPE", id="a duration that is a text"),
    pytest.param({"voiceId": "BOB"}, "AGENT-SHAPE", id="an unknown voice"),
    pytest.param({"cefrLevel": "D1"}, "AGENT-SHAPE", id="an unknown level"),
    pytest.param({"questions": "Why?"}, "FIELD-TYPE", id="questions that are a text"),
    pytest.param({"metadata": {"a": "x" * 10_240}}, "METADATA-SIZE", id="metadata of more than 10 KB"),
    pytest.param({"metadata": {"a": [[[[[]]]]]}}, "METADATA-DEPTH", id="metadata 6 levels deep"),
    pytest.param({"metadata": {str(n): n for n in range(51)}}, "METADATA-KEYS", id="metadata with 51 keys"),
    pytest.param({"type": "PHONE"}, "AGENT-SHAPE", id="a caller without a number"),
    pytest.param({"type": "PHONE", "companyPhoneNumberId": "number-1"}, "ID-FORMAT", id="a number that is no id"),
    pytest.param({"type": "PHONE", "companyPhoneNumberId": NOWHERE}, "AGENT-SHAPE", id="an unknown number"),
    pytest.param(
        {"type": "PHONE", "companyPhoneNumberId": phone_number(GLOBEX)}, "AGENT-SHAPE", id="another company's number"
    ),
]


@pytest.mark.rule("AGENT-SHAPE", "ID-FORMAT", "METADATA-SIZE", "METADATA-DEPTH", "METADATA-KEYS")
@pytest.mark.parametrize(("given", "rule"), WRONG)
async def test_an_agent_with_a_fault_is_refused(mock: Mock, given: dict[str, Any], rule: str) -> None:
    """The limits of an inline agent hold for a new one and for a change; the refusal names the field."""
    field = [*given][-1] if "companyPhoneNumberId" in given or given != {"type": "PHONE"} else "companyPhoneNumberId"

    made = await mock.refused(mock.call("POST", "/agents", json=spec(**given)), 400, rule)
    change = await mock.refused(mock.call("PATCH", f"/agents/{agent(SCREENING)}", json=given), 400, rule)

    assert made.json()["message"].startswith(f"{field}: ")
    assert change.json()["message"] == made.json()["message"]


@pytest.mark.rule("AGENT-SHAPE")
@pytest.mark.parametrize("name", [*INLINE_AGENT])
async def test_what_a_new_agent_needs_has_to_be_there(mock: Mock, name: str) -> None:
    """Five fields; null is not there either."""
    await mock.refused(mock.call("POST", "/agents", json=spec(**{name: MISSING})), 400, "AGENT-SHAPE")
    await mock.refused(mock.call("POST", "/agents", json=spec(**{name: None})), 400, "AGENT-SHAPE")


@pytest.mark.rule("AGENT-SHAPE", "METADATA-KEYS")
@pytest.mark.parametrize(
    "given",
    [
        {"name": "xx", "duration": 1},
        {"name": "x" * 100, "duration": 180},
        {"metadata": {str(n): n for n in range(50)}},
        {"type": "UNDEFINED", "language": "UNDEFINED"},
    ],
    ids=["the least", "the most", "metadata with 50 keys", "undefined"],
)
async def test_a_limit_itself_is_within_it(mock: Mock, given: dict[str, Any]) -> None:
    """The other side of each bound, made and changed."""
    made = await created(mock, **given)
    other = await changed(mock, agent(SCREENING), **given)

    assert {name: made[name] for name in given} == {name: other[name] for name in given} == given


# --- The number that an agent calls from


@pytest.mark.rule("AGENT-SHAPE")
@pytest.mark.parametrize("number", [phone_number(), "anything", NOWHERE], ids=["the company's", "no id", "unknown"])
async def test_an_agent_that_does_not_call_has_no_number(mock: Mock, number: str) -> None:
    """What is given is not looked at and not kept, in a new agent and in a change."""
    made = await created(mock, companyPhoneNumberId=number)
    await changed(mock, agent(SCREENING), companyPhoneNumberId=number)

    assert await number_of(mock, made["id"]) is None
    assert await number_of(mock, agent(SCREENING)) is None


@pytest.mark.rule("AGENT-SHAPE")
async def test_an_agent_learns_to_call_and_stops(mock: Mock) -> None:
    """With a type that does not call the number goes; calling again takes it anew."""
    await changed(mock, agent(SCREENING), type="PHONE", companyPhoneNumberId=phone_number().upper())
    calling = await number_of(mock, agent(SCREENING))
    await changed(mock, agent(SCREENING), type="ONLINE")

    assert (calling, await number_of(mock, agent(SCREENING))) == (phone_number(), None)
    await mock.refused(mock.call("PATCH", f"/agents/{agent(SCREENING)}", json={"type": "PHONE"}), 400, "AGENT-SHAPE")


@pytest.mark.rule("AGENT-SHAPE", "ID-FORMAT")
@pytest.mark.parametrize(
    ("number", "rule"),
    [("number-1", "ID-FORMAT"), (NOWHERE, "AGENT-SHAPE"), (phone_number(GLOBEX), "AGENT-SHAPE")],
    ids=["no id", "unknown", "another company's"],
)
async def test_a_caller_keeps_to_the_companys_numbers(mock: Mock, number: str, rule: str) -> None:
    """A change of the number alone is judged like that of a new caller; any other change needs no number."""
    path = f"/agents/{agent(PHONE)}"

    await mock.refused(mock.call("PATCH", path, json={"companyPhoneNumberId": number}), 400, rule)
    await changed(mock, agent(PHONE), type="PHONE", name="Another name")

    assert await number_of(mock, agent(PHONE)) == phone_number()


# --- Changed


@pytest.mark.rule("NULLS")
async def test_a_change_leaves_alone_what_it_does_not_name(mock: Mock) -> None:
    """Only what is given is replaced, each field as a whole; null names nothing; updatedAt moves."""
    made = await created(mock, **DETAILS)
    given = {"duration": 60, "questions": [], "metadata": {"b": 2}, "focus": "GENERIC"}
    await mock.advance(60)

    after = await changed(mock, made["id"], **given, name=None, voiceId=None)

    assert after == {**made, **given, "updatedAt": LATER}
    assert await read(mock, made["id"]) == after


@pytest.mark.rule("UNKNOWN-FIELDS")
async def test_what_the_server_owns_is_not_changed(mock: Mock) -> None:
    """Ids and times in a body are ignored."""
    before = await read(mock, agent(1))

    after = await changed(mock, agent(1), id=agent(2), companyId=company(GLOBEX), createdAt=SOON)

    assert after == {**before, "updatedAt": NOW}


@pytest.mark.rule("BILLING-LIMIT", "LIFECYCLE")
@pytest.mark.parametrize("duration", [1, 180], ids=["shorter", "longer"])
@pytest.mark.parametrize("given", [{"scheduleTime": SOON}, {}], ids=["scheduled", "in progress"])
async def test_an_interview_keeps_to_the_minutes_that_it_reserved(
    mock: Mock, given: dict[str, Any], duration: int
) -> None:
    """What becomes of its agent's duration changes neither what is held nor how long it takes."""
    interview = (await mock.create(body(**given))).json()
    await changed(mock, agent(SCREENING), duration=duration)

    held = (await mock.state())["companies"][0]["minutes"]["reserved"]
    await mock.advance()
    after = (await mock.call("GET", f"/interviews/{interview['id']}")).json()
    minutes = (await mock.state())["companies"][0]["minutes"]
    began, ended = (datetime.fromisoformat(after[name]) for name in ("scheduledAt", "finishedDate"))

    assert held == 30
    assert 18 <= after["durationMinutes"] <= 30
    assert ended - began == timedelta(minutes=after["durationMinutes"])
    assert (minutes["used"], minutes["reserved"]) == (after["durationMinutes"], 0)


# --- Listed


@pytest.mark.rule("PAGINATION")
async def test_a_list_has_the_companys_agents_oldest_first(mock: Mock) -> None:
    """A new agent comes last, and another company's do not show."""
    made = await created(mock)

    assert await listed(mock) == [*HERE, made["id"]]
    assert await listed(mock, GLOBEX) == [agent(n, GLOBEX) for n in (1, 2, 3, 4)]


@pytest.mark.rule("PAGINATION")
@pytest.mark.parametrize(
    ("query", "expected"),
    [("limit=3", HERE[:3]), ("limit=3&page=2", HERE[3:]), ("limit=3&page=3", [])],
    ids=["first", "last", "too far"],
)
async def test_a_list_is_cut_into_pages(mock: Mock, query: str, expected: list[str]) -> None:
    """The total is that of all pages, as is their number."""
    page = (await mock.call("GET", f"/agents?{query}")).json()

    assert [row["id"] for row in page["data"]] == expected
    assert (page["total"], page["totalPages"]) == (4, 2)


@pytest.mark.rule("QUERY-SHAPE")
@pytest.mark.parametrize("query", ["page=0", "limit=101"])
async def test_a_page_that_cannot_be_is_refused(mock: Mock, query: str) -> None:
    """As for every list."""
    await mock.refused(mock.call("GET", f"/agents?{query}"), 400, "QUERY-SHAPE")


FILTERS = [
    pytest.param({"type": "PHONE"}, [PHONE], id="a type"),
    pytest.param({"type": "UNDEFINED"}, [], id="a type that none has"),
    pytest.param({"focus": "GENERIC"}, [GENERIC], id="a focus"),
    pytest.param({"search": "nNeR"}, [SCREENING], id="a part of the name, in any case"),
    pytest.param({"search": ""}, [1, 2, 3, 4], id="nothing in particular"),
    pytest.param({"type": "ONLINE", "focus": "SCREENING", "search": "inner"}, [SCREENING], id="all of them"),
    pytest.param({"type": "PHONE", "search": "inner"}, [], id="all of them, and none fits"),
]


@pytest.mark.rule("QUERY-SHAPE", "PAGINATION")
@pytest.mark.parametrize(("query", "expected"), FILTERS)
async def test_a_list_is_narrowed_by_filters(mock: Mock, query: dict[str, str], expected: list[int]) -> None:
    """By type, by focus, by a piece of the name; the total is of those."""
    await changed(mock, agent(SCREENING), name="The Inner Circle")

    page = (await mock.call("GET", "/agents", params=query)).json()

    assert [row["id"] for row in page["data"]] == [agent(number) for number in expected]
    assert page["total"] == len(expected)


@pytest.mark.rule("QUERY-SHAPE")
@pytest.mark.parametrize(
    "query", ["type=ROBOT", "type=phone", "focus=SALES", "focus=GENERIC&focus=GENERIC", "search=a&search=b"]
)
async def test_a_filter_that_cannot_be_is_refused(mock: Mock, query: str) -> None:
    """Types and focuses are known, each is given once."""
    await mock.refused(mock.call("GET", f"/agents?{query}"), 400, "QUERY-SHAPE")


@pytest.mark.rule("QUERY-SHAPE")
def test_filters_know_the_values_that_agents_have() -> None:
    """Those of the contract's answers, no more and no fewer."""
    known = contract.document()["components"]["schemas"]["Agent"]["properties"]

    assert {name: list(FILTERED_BY[name]) for name in ("type", "focus")} == {
        name: known[name]["enum"] for name in ("type", "focus")
    }


# --- Deleted


@pytest.mark.rule("AGENT-DELETE", "AGENT-EXISTS")
@pytest.mark.parametrize("reading", ["cascade", "keep"])
async def test_a_deleted_agent_is_gone(mock: Mock, reading: str) -> None:
    """true; from then on it is not found by anything, not listed, and holds no new interviews."""
    await mock.readings(agent_deletion=reading)

    response = await mock.call("DELETE", f"/agents/{agent(1)}")

    assert (response.status_code, response.json()) == (200, True)
    assert await listed(mock) == HERE[1:]
    for method, given in (("GET", None), ("PATCH", {}), ("DELETE", None)):
        await mock.refused(mock.call(method, f"/agents/{agent(1)}", json=given), 404, "AGENT-EXISTS")
    await mock.refused(mock.create(body()), 404, "AGENT-EXISTS")


LIVES = [
    pytest.param({"scheduleTime": SOON}, 0, [], id="scheduled"),
    pytest.param({}, 0, ["interview.started"], id="in progress"),
    pytest.param({"agentId": agent(PHONE), "scheduleTime": SOON}, 0, [], id="a call that waits"),
    pytest.param({"agentId": agent(PHONE)}, 0, ["interview.started"], id="a call under way"),
    pytest.param({}, 1, ["interview.started", "interview.completed"], id="completed, not yet analysed"),
]


@pytest.mark.rule("AGENT-DELETE", "BILLING-LIMIT")
@pytest.mark.parametrize(("given", "steps", "told"), LIVES)
async def test_interviews_go_with_their_agent(mock: Mock, given: dict[str, Any], steps: int, told: list[str]) -> None:
    """Whatever their state: what they reserved comes back, nothing is planned, and nothing more is told of them."""
    interview = (await mock.create(body(**given))).json()
    for _ in range(steps):
        await mock.advance(to=(await mock.state())["timers"][0]["at"])
    used = (await mock.state())["companies"][0]["minutes"]["used"]

    await mock.call("DELETE", f"/agents/{interview['agentId']}")
    state = await mock.state()
    await mock.advance(31 * 24 * 3600)

    assert (state["interviews"], state["timers"]) == ([], [])
    assert state["companies"][0]["minutes"] == {"limit": 500, "used": used, "reserved": 0, "left": 500 - used}
    assert [event["type"] for event in (await mock.everything())["events"]] == told
    await mock.refused(mock.call("GET", f"/interviews/{interview['id']}"), 404, "INTERVIEW-EXISTS")


@pytest.mark.rule("AGENT-DELETE", "MAGIC-OUTCOME")
async def test_a_call_that_would_be_repeated_is_not(mock: Mock) -> None:
    """An interview that waits for its next call goes with its agent as well."""
    person = {**INLINE_CANDIDATE, "email": "jane+no-answer@example.com"}
    await mock.create(body(candidateId=MISSING, candidate=person, agentId=agent(PHONE), job={"title": "Baker"}))

    await mock.advance(60)
    await mock.call("DELETE", f"/agents/{agent(PHONE)}")

    assert (await mock.state())["timers"] == []


@pytest.mark.rule("AGENT-DELETE")
async def test_only_interviews_of_the_agent_go_with_it(mock: Mock) -> None:
    """The same candidate's with another agent stay, and counts follow."""
    stays = (await mock.create(body(isTest=True, agentId=agent(PHONE)))).json()
    await mock.create(body(isTest=True))
    await mock.create(body(scheduleTime=SOON))

    await mock.call("DELETE", f"/agents/{agent(SCREENING)}")
    left = (await mock.call("GET", "/interviews")).json()["data"]
    shown = (await mock.call("GET", f"/candidates/{candidate(1)}")).json()

    assert left == [stays]
    assert (shown["interviewCount"], shown["analysisCount"]) == (1, 1)
    assert shown["overallRating"] == stays["analysis"]["general"]["overallRating"]


@pytest.mark.rule("AGENT-DELETE", "LIFECYCLE")
@pytest.mark.parametrize("given", [{"scheduleTime": SOON}, {}], ids=["scheduled", "in progress"])
@pytest.mark.parametrize("number", [SCREENING, PHONE], ids=["online", "by phone"])
async def test_interviews_may_outlive_their_agent(mock: Mock, number: int, given: dict[str, Any]) -> None:
    """Under `agent_deletion=keep` one that waits or is under way takes place and is analysed."""
    await mock.readings(agent_deletion="keep")
    interview = (await mock.create(body(agentId=agent(number), **given))).json()

    await mock.call("DELETE", f"/agents/{agent(number)}")
    await mock.advance()
    after = (await mock.call("GET", f"/interviews/{interview['id']}")).json()

    assert (after["status"], after["agentId"]) == ("COMPLETED", agent(number))
    assert "analysis" in after


# --- Who may


@pytest.mark.rule("AGENT-EXISTS", "COMPANY-OWN", "ID-FORMAT")
@pytest.mark.parametrize(
    ("id", "status", "rule"),
    [(NOWHERE, 404, "AGENT-EXISTS"), (agent(1, GLOBEX), 403, "COMPANY-OWN"), ("agent-1", 400, "ID-FORMAT")],
    ids=["unknown", "another company's", "no id"],
)
@pytest.mark.parametrize(
    ("method", "options"),
    [("GET", {}), ("PATCH", {"json": {"name": "Another name"}}), ("DELETE", {})],
    ids=["get", "update", "delete"],
)
async def test_only_the_companys_own_agents_are_there(
    mock: Mock, method: str, options: dict[str, Any], id: str, status: int, rule: str
) -> None:
    """404, 403, 400, and nothing about the agent leaks."""
    response = await mock.refused(mock.call(method, f"/agents/{id}", **options), status, rule)

    assert "Technical screening" not in response.text


@pytest.mark.rule("AUTH-SCOPE")
@pytest.mark.parametrize(
    ("method", "path", "options", "scope"),
    [
        ("POST", "/agents", {"json": INLINE_AGENT}, "write:agents"),
        ("PATCH", f"/agents/{agent(1)}", {"json": {}}, "write:agents"),
        ("DELETE", f"/agents/{agent(1)}", {}, "delete:agents"),
    ],
    ids=["create", "update", "delete"],
)
async def test_a_key_that_only_reads_changes_nothing(
    mock: Mock, method: str, path: str, options: dict[str, Any], scope: str
) -> None:
    """The missing scope is named; reading is allowed."""
    response = await mock.refused(mock.call(method, path, READONLY, **options), 403, "AUTH-SCOPE")

    assert scope in response.json()["message"]
    assert (await mock.call("GET", "/agents", READONLY)).status_code == 200
    assert (await mock.call("GET", f"/agents/{agent(1)}", READONLY)).status_code == 200


@pytest.mark.rule("KEY-ATS")
async def test_an_ats_key_acts_for_the_company_it_names(mock: Mock) -> None:
    """What it makes is that company's; without a company it is refused."""
    made = await mock.call("POST", f"/agents?companyId={company(GLOBEX)}", ATS, json=INLINE_AGENT)

    assert made.json()["companyId"] == company(GLOBEX)
    assert (await listed(mock, GLOBEX))[-1] == made.json()["id"]
    await mock.refused(mock.call("POST", "/agents", ATS, json=INLINE_AGENT), 400, "KEY-ATS")


@pytest.mark.rule("FOCUS-GENERIC")
async def test_a_focus_that_changes_counts_at_once(mock: Mock) -> None:
    """An agent that becomes GENERIC holds no more interviews about jobs."""
    await changed(mock, agent(SCREENING), focus="GENERIC")
    await changed(mock, agent(GENERIC), focus="SCREENING")

    await mock.refused(mock.create(body()), 400, "FOCUS-GENERIC")
    assert (await mock.create(body(agentId=agent(GENERIC)))).status_code == 201
