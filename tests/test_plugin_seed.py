"""`instaview.seed` and its builders: rows with sensible defaults that refer to each other, all or nothing."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx2
import pytest

from mockserver import AsyncInstaView, Inbox, InstaView, builders
from mockserver.builders import Row, agent, candidate, company, job, webhook
from mockserver.errors import ControlError
from mockserver.paths import CONTRACTS
from mockserver.plugin.seeding import partial_world
from mockserver.signing import verify
from tests.receiver import Receiver
from tests.support import GLOBEX, NOWHERE
from tests.support import company as company_of
from tests.support import job as job_of

URL = "http://127.0.0.1:9/hook"
Build = Callable[..., Row]


def hook(**fields: Any) -> Row:
    return webhook(URL, **fields)


def booked(instaview: InstaView, candidate: Row, agent: Row) -> httpx2.Response:
    return instaview.client.post("/interviews", json={"candidateId": candidate.id, "agentId": agent.id})


# --- what comes of it


def test_what_is_built_is_there_and_goes_together(instaview: InstaView, instaview_inbox: Inbox) -> None:
    """By reference before seeding, by id afterwards; a tag in an address decides how the interview ends."""
    backend = job(title="Backend engineer")
    jane = candidate(jobs=[backend], email="jane+failed@example.com")
    screening = agent(focus="SCREENING", duration=45)

    instaview.seed(backend, jane, screening)
    interview = booked(instaview, jane, screening).json()

    assert interview["jobId"] == backend.id
    assert instaview.billing.reserved == 45
    assert instaview_inbox.wait_for("interview.failed")["data"]["candidateId"] == jane.id


def test_what_was_added_is_given_as_state_shows_it(instaview: InstaView) -> None:
    """By kind, and nothing that was there before."""
    rows = [job(), agent(), candidate(), hook(), company()]

    added = instaview.seed(*rows)

    state = instaview.state()
    assert set(added) == {"jobs", "agents", "candidates", "webhooks", "companies", "keys"}
    for kind, listed in added.items():
        assert listed == state[kind][-len(listed) :]
    assert [added[row.kind][0]["id"] for row in rows] == [row.id for row in rows]


@pytest.mark.parametrize("build", [job, agent, candidate, hook])
def test_nothing_has_to_be_said(instaview: InstaView, build: Build) -> None:
    """Every kind has defaults, and belongs to the world's first company."""
    row = build()

    added = instaview.seed(row)[row.kind]

    assert [each["companyId"] for each in added] == [company_of()]
    assert added[0].items() >= dict(row).items()


def test_a_company_has_a_key_of_its_own(instaview: InstaView) -> None:
    """With which it sees what is its own."""
    initrode = company(name="Initrode", minutes=15)
    cook = job(title="Pastry cook", company=initrode)

    instaview.seed(initrode, cook)

    seen = instaview.client.get("/jobs", headers={"Authorization": f"Bearer {initrode.api_key}"}).json()
    assert json.dumps(seen).count('"title":') == json.dumps(seen).count("Pastry cook") == 1
    assert instaview.billing["Initrode"].left == 15


@pytest.mark.rule("AGENT-SHAPE")
def test_an_agent_by_phone_brings_its_number(instaview: InstaView) -> None:
    """Unless it is told which one; the candidate of nobody's choice can be called."""
    caller, other = agent(type="PHONE"), agent(type="PHONE", companyPhoneNumberId=agent(type="PHONE").id)
    jane = candidate(jobs=job())

    added = instaview.seed(caller, jane)

    assert [row["id"] for row in added["phoneNumbers"]] == [added["agents"][0]["companyPhoneNumberId"]]
    assert booked(instaview, jane, caller).json()["callAttempts"]
    assert other.refers_to == ()


async def test_a_webhook_is_signed_with_its_secret(instaview_asgi: AsyncInstaView) -> None:
    """In a world in process, where seeding does not wait for the loop."""
    jane, screening = candidate(jobs=[job()]), agent()
    async with Receiver() as receiver:
        hears = webhook(receiver.url, ["analysis.completed"])
        instaview_asgi.seed(jane, screening, hears)

        asked = {"candidateId": jane.id, "agentId": screening.id, "isTest": True}
        (await instaview_asgi.client.post("/interviews", json=asked)).raise_for_status()
        await receiver.arrived(1)
        await instaview_asgi.webhooks.flush()

    assert receiver.events == ["analysis.completed"]
    delivered = receiver.received[0]
    now = int(delivered.headers["webhook-timestamp"])
    assert verify(hears.secret, delivered.headers, delivered.body, now) is None


# --- references


def test_rows_are_referred_to_in_any_way(instaview: InstaView) -> None:
    """Built ones, rows of the state, ids; one of them needs no list; companies also as the world shows them."""
    first, second = instaview.state()["jobs"][:2]

    listed = candidate(jobs=[job(), first, second["id"]])
    single = [candidate(jobs=each) for each in (job(), first, first["id"])]
    owned = [
        job(company=each) for each in (instaview.companies[1], instaview.state()["companies"][1], company_of(GLOBEX))
    ]

    assert instaview.seed(listed)["candidates"][0]["jobIds"][1:] == [first["id"], second["id"]]
    assert [len(row["jobIds"]) for row in instaview.seed(*single)["candidates"]] == [1, 1, 1]
    assert {row["companyId"] for row in instaview.seed(*owned)["jobs"]} == {company_of(GLOBEX)}


def test_a_row_brings_along_what_it_refers_to(instaview: InstaView) -> None:
    """Through any number of steps, once, and only what the world has not; a candidate works where her job is."""
    initrode = company()
    cook = job(company=initrode)

    first = instaview.seed(candidate(jobs=[cook]))
    second = instaview.seed(candidate(jobs=[cook]), agent(company=initrode))

    assert {kind: len(rows) for kind, rows in first.items()} == {
        **dict.fromkeys(("companies", "keys", "jobs", "candidates"), 1)
    }
    assert set(second) == {"candidates", "agents"}
    assert {row["companyId"] for row in (*first["candidates"], *second["candidates"], *second["agents"])} == {
        initrode.id
    }


def test_the_world_is_asked_only_for_what_is_brought_along() -> None:
    """Rows that are all given need no look at the state."""
    looks = iter([set[str]()])
    cook = job(company=company_of())

    world = partial_world([candidate(jobs=[cook]), cook, cook], company_of(), lambda: next(looks))

    assert {kind: len(rows) for kind, rows in world.items()} == {"candidates": 1, "jobs": 1}
    assert list(looks) == [set()]


# --- fields


def test_none_leaves_a_field_out() -> None:
    """Also one that has a default."""
    assert "phoneNumber" not in candidate(phoneNumber=None)
    assert len(candidate(email=None)) == len(candidate()) - 1


def test_a_row_shows_its_fields() -> None:
    """In a message; an id of one's own is told as the API would."""
    row = job(id=job_of(1).upper(), title="Pastry cook")

    assert row.id == job_of(1)
    assert repr(row) == f"Row(jobs, {{'id': '{job_of(1).upper()}', 'title': 'Pastry cook'}})"


@pytest.mark.parametrize("build", [company, job, agent, candidate, hook])
def test_an_id_may_be_a_uuid(instaview: InstaView, build: Build) -> None:
    """For rows of every kind, and what refers to them."""
    id = UUID(NOWHERE)

    row = build(id=id)
    added = instaview.seed(row)

    assert (row.id, row["id"]) == (NOWHERE, NOWHERE)
    assert added[row.kind][0]["id"] == NOWHERE


KINDS = [
    ("company", builders.CompanyFields, set()),
    ("job", builders.JobFields, {"companyId"}),
    ("agent", builders.AgentFields, {"companyId"}),
    ("candidate", builders.CandidateFields, {"companyId", "jobIds"}),
    ("webhook", builders.WebhookFields, {"companyId", "url", "events"}),
]


@pytest.mark.parametrize(("kind", "fields", "others"), KINDS, ids=[row[0] for row in KINDS])
def test_builders_know_the_fields_of_a_world_file(kind: str, fields: type[Any], others: set[str]) -> None:
    """All of them; what they take otherwise has another name."""
    schema = json.loads((CONTRACTS / "world.schema.json").read_text(encoding="utf-8"))["$defs"][kind]

    assert fields.__optional_keys__ == schema["properties"].keys() - others


def test_two_candidates_can_be_told_apart() -> None:
    """A system under test may want each address once."""
    first, second = candidate(), candidate()

    assert first.id != second.id
    assert first["email"] != second["email"]


PROGRAM = """
import os
from mockserver.builders import candidate, job
shared = job()
os.environ["PYTEST_CURRENT_TEST"] = "test_it.py::test_{name} (setup)"
first = job()
os.environ["PYTEST_CURRENT_TEST"] = "test_it.py::test_{name} (call)"
print(shared.id, first.id, job().id, candidate().id)
"""


def test_ids_are_the_same_in_every_run() -> None:
    """They come from the running test and a count: others in each test, whichever tests run beside."""

    def ids(name: str) -> list[str]:
        command = [sys.executable, "-c", PROGRAM.format(name=name)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()

    first, again, other = ids("a"), ids("a"), ids("b")

    assert first == again
    assert len({*first, *other}) == 7
    assert first[0] == other[0]  # that of the module


ROWS = (job(), company())


@pytest.mark.parametrize("n", [1, 2])
def test_rows_of_a_module_serve_all_its_tests(instaview: InstaView, n: int) -> None:
    """Each has a world of its own to put them in."""
    assert n
    assert instaview.seed(*ROWS).keys() == {"jobs", "companies", "keys"}


# --- mistakes


MISTAKES: list[tuple[Callable[[], object], str, str]] = [
    (lambda: job(titel="x"), r"job\(\) has no field 'titel' \(did you mean title\?\): company, ", "mistyped"),  # type: ignore[call-arg]  # wrong on purpose
    (lambda: candidate(first_name="x"), r"\(did you mean firstName\?\): jobs, company, ", "in Python's spelling"),  # type: ignore[call-arg]  # wrong on purpose
    (lambda: agent(companyId="x"), r"agent\(\) has no field 'companyId' \(did you mean company\?\)", "an id"),  # type: ignore[call-arg]  # wrong on purpose
    (lambda: company(xyz=1), r"company\(\) has no field 'xyz': billingSystem, ", "nothing near"),  # type: ignore[call-arg]  # wrong on purpose
    (lambda: webhook(URL, evnets=[]), r"\(did you mean events\?\)", "of a webhook"),  # type: ignore[call-arg]  # wrong on purpose
]


@pytest.mark.parametrize(("build", "says"), [row[:2] for row in MISTAKES], ids=[row[2] for row in MISTAKES])
def test_a_field_that_there_is_not_is_a_mistake(build: Callable[[], object], says: str) -> None:
    """With what was probably meant, and with all that there are."""
    with pytest.raises(TypeError, match=says):
        build()


NO_JOB, NO_COMPANY = r"^a job is what job\(\) built, ", r"^a company is what company\(\) built, "
KINDLESS: list[tuple[Callable[[Any], Row], Any, str, str]] = [
    (lambda given: candidate(jobs=given), 3, rf"{NO_JOB}.*, not 3$", "a number for jobs"),
    (lambda given: candidate(jobs=given), [agent()], rf"{NO_JOB}.*, not Row\(agents, ", "an agent for a job"),
    (lambda given: candidate(jobs=given), {"title": "x"}, rf"{NO_JOB}.*, not {{'title': 'x'}}$", "a job without an id"),
    (lambda given: agent(company=given), 7, rf"{NO_COMPANY}.*, not 7$", "a number for a company"),
    (lambda given: job(company=given), job(), rf"{NO_COMPANY}.*, not Row\(jobs, ", "a job for a company"),
    (lambda given: webhook(URL, given), "interview.completed", "^events is a list .*, not 'int", "a type, no list"),
    (lambda given: webhook(URL, given), 3, "^events is a list of types, .*, not 3$", "a number for types"),
    (webhook, 3, r"^webhook\(\) takes the URL of a receiver, not 3$", "a number for a URL"),
]


@pytest.mark.parametrize(("build", "given", "says"), [row[:3] for row in KINDLESS], ids=[row[3] for row in KINDLESS])
def test_what_cannot_be_referred_to_is_a_mistake(build: Callable[[Any], Row], given: Any, says: str) -> None:
    """In one sentence that says what can."""
    with pytest.raises(TypeError, match=says):
        build(given)


def test_a_company_may_be_named(instaview: InstaView) -> None:
    """One of the world, or one that comes with it."""
    initrode = company(name="Initrode")

    added = instaview.seed(job(company="Globex"), initrode, agent(company="Initrode"))

    assert (added["jobs"][0]["companyId"], added["agents"][0]["companyId"]) == (company_of(GLOBEX), initrode.id)


def test_a_name_that_no_company_has_is_a_mistake(instaview: InstaView) -> None:
    """With those that there are, and nothing is added."""
    before = instaview.state()

    with pytest.raises(KeyError, match="no company 'Acne'; there are Acme, Globex, Initech"):
        instaview.seed(job(), agent(company="Acne"))

    assert instaview.state() == before


@pytest.mark.parametrize("what", [job, [job()], {"title": "Cook"}], ids=["no call", "a list", "a row of one's own"])
def test_only_what_was_built_is_seeded(instaview: InstaView, what: Any) -> None:
    """Before anything is sent."""
    with pytest.raises(
        TypeError, match=r"seed\(\) takes rows of mockserver.builders: seed\(job\(\), candidate\(\)\), "
    ):
        instaview.seed(what)


REFUSED: list[tuple[Callable[[], Row], str, str]] = [
    (
        lambda: job(title="x"),
        "^/jobs/1/title: must have 5 to 200 characters, not 1, in {'id': '.*', 'title': 'x', ",
        "value",
    ),
    (lambda: candidate(jobs=NOWHERE), f"^/candidates/0/jobIds: {NOWHERE} names nothing", "nowhere"),
    (lambda: candidate(jobs=job_of(1, GLOBEX)), "belongs to another company", "another company's"),
    (lambda: job(id=job_of(1)), "^/jobs/1/id: .*, in ", "there already"),
]


@pytest.mark.parametrize(("build", "says"), [row[:2] for row in REFUSED], ids=[row[2] for row in REFUSED])
def test_what_a_world_cannot_hold_is_refused_with_all_beside_it(
    instaview: InstaView, build: Callable[[], Row], says: str
) -> None:
    """The path and the row say which one it was."""
    before = instaview.state()

    with pytest.raises(ControlError, match=says):
        instaview.seed(job(), build(), company())

    assert instaview.state() == before


def test_a_key_in_use_is_refused(instaview: InstaView) -> None:
    """Where there is no row to show."""
    taken = company()
    instaview.seed(taken)
    key = Row("keys", {"key": taken.api_key, "companyId": company_of()})

    with pytest.raises(ControlError, match="key"):
        instaview.seed(key)


def test_a_mistake_shows_the_line_of_the_test_alone(pytester: pytest.Pytester) -> None:
    """Neither the builders' nor the client's own code is of interest."""
    pytester.makepyfile("""
        from mockserver.builders import job

        def test_field(instaview):
            instaview.seed(job(titel="x"))

        def test_kind(instaview):
            instaview.seed(job)

        def test_value(instaview):
            instaview.seed(job(title="x"))
    """)

    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-p", "no:asyncio")

    result.assert_outcomes(failed=3)
    assert not [line for line in result.outlines if re.search(r"mockserver/\w+", line)]
