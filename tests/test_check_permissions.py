"""What the key under check may not do: it is not tried, and nothing is called broken for it."""

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from mockserver import MockServer, settings_for
from mockserver.checks.guards import nothing_real
from mockserver.checks.permissions import limits_of
from mockserver.checks.suite import Suite, Wishes
from mockserver.checks.target import NotSent, Target
from tests.liar import Liar, Told
from tests.processes import run
from tests.support import ACME, READONLY

TOKEN = "of-nobody-here"  # of a control API that the check is not let into
ACME_ID = "11111111-0000-4000-8000-000000000001"


@pytest.fixture
def server() -> Iterator[MockServer]:
    with MockServer(settings_for(admin_token=TOKEN)) as server:
        yield server


def control(server: MockServer, method: str, path: str, body: object = None) -> Any:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    url = f"{server.url}/_mock/worlds/demo{path}"
    return httpx2.request(method, url, headers=headers, json=body).raise_for_status().json()


def test_a_key_of_every_scope_has_no_limits_and_leaves_nothing(server: MockServer) -> None:
    """Nothing can be made of what is sent to find out."""
    control(server, "PUT", "/clock", {"mode": "frozen"})
    before = control(server, "GET", "/state")

    with Target(server.url, ACME) as target:
        limits = limits_of(target)

    assert limits == {}
    assert {**control(server, "GET", "/state"), "rates": {}} == before


def test_what_a_key_may_not_is_not_sent_with_it(server: MockServer) -> None:
    """Reading goes on, and so does every other key."""
    with Target(server.url, READONLY) as target:
        target.limits = limits_of(target)

        with pytest.raises(NotSent, match=r"the key may not POST /jobs: 403 .*write:jobs"):
            target.request("PATCH", "/jobs/7?a=b", key=READONLY)
        assert target.request("GET", "/jobs?limit=1", key=READONLY).status == 200
        assert target.request("POST", "/jobs", key=ACME, json={"title": "Release Manager"}).status == 201


def test_a_world_of_its_own_keeps_the_limits_that_its_key_keeps() -> None:
    """A copy has the key's scopes; the world of a file has keys of its own."""
    with MockServer() as server, Target(server.url, READONLY) as target:
        target.limits = limits_of(target)

        with target.fresh_world() as copy, pytest.raises(NotSent):
            copy.request("POST", "/jobs", key=copy.api_key)
        file = {"companies": [{"id": ACME_ID, "name": "Hooli"}], "keys": [{"key": "k", "companyId": ACME_ID}]}
        with target.fresh_world(file) as other:
            assert other.request("POST", "/jobs", key=other.api_key, json={}).status == 400


@pytest.mark.parametrize("phase", ["scenarios", "webhooks"])
def test_a_key_that_may_only_read_breaks_nothing(server: MockServer, phase: str) -> None:
    """What it cannot show is not looked at, and the answer of the server says why."""
    result = run("check", "--url", server.url, "--api-key", READONLY, "--phase", phase)

    assert " 0 broken" in result.stdout
    assert "not looked at: the key may not POST /" in result.stdout
    assert "Required scope write:" in result.stdout


def test_a_company_without_minutes_breaks_nothing(server: MockServer) -> None:
    """Where no other company can be made for the check."""
    control(server, "PATCH", f"/companies/{ACME_ID}/billing", {"limit": 0})

    result = run("check", "--url", server.url, "--api-key", ACME, "--phase", "scenarios")

    assert (result.exit_code, " 0 broken" in result.stdout) == (0, True)
    assert "not looked at: the company has no minutes left: 403 " in result.stdout


def test_what_is_taken_without_its_fields_is_removed_again(server: MockServer) -> None:
    """A server that makes a row of nothing is none the fuller for having been asked."""
    made = httpx2.post(
        f"{server.url}/jobs", json={"title": "Release Manager"}, headers={"Authorization": f"Bearer {ACME}"}
    ).json()

    def takes_all(told: Told) -> Told:
        is_ours = (told.method, told.path) == ("POST", "/jobs")
        return told.but(status=201, content=json.dumps(made).encode()) if is_ours else told

    with Liar(server.url) as liar, Target(liar.url, ACME) as target:
        liar.lie = takes_all
        Suite(target, None, Wishes(["scenarios"], []), lambda *_: None).run()

        assert target.limits == {}
        assert target.request("GET", f"/jobs/{made['id']}", key=ACME).status == 404


@pytest.mark.parametrize(
    ("message", "is_of_permissions"),
    [
        ("Forbidden", False),
        ("title: is required", False),
        ("Insufficient permissions", True),
        ("insufficient_scope", True),
    ],
)
def test_only_a_refusal_that_speaks_of_permissions_is_about_them(
    server: MockServer, message: str, is_of_permissions: bool
) -> None:
    """Any other 403 is an answer to be judged."""

    def refuses(told: Told) -> Told:
        answer = {"statusCode": 403, "message": message, "error": "Forbidden"}
        return told.but(status=403, content=json.dumps(answer).encode()) if told.status == 400 else told

    with Liar(server.url) as liar, Target(liar.url, ACME) as target:
        liar.lie = refuses
        limits = limits_of(target)

    assert ({"jobs", "candidates", "agents", "interviews", "webhooks"} if is_of_permissions else set()) == {
        folder for folder, _ in limits
    }


@pytest.mark.rule("AUTH-SCOPE")
@pytest.mark.parametrize(
    ("scopes", "reading", "limited"),
    [
        pytest.param(["*"], "strict", set(), id="every scope"),
        pytest.param(
            ["read:jobs", "write:jobs"],
            "strict",
            {("jobs", "DELETE")},
            id="all but one: what may be deleted is a matter of its own",
        ),
        pytest.param(
            ["write:interviews", "delete:interviews", "read:interviews"],
            "strict",
            {("interviews", "GET"), ("interviews", "POST")},
            id="what a create reads is missing",
        ),
        pytest.param(
            ["write:interviews", "delete:interviews", "read:interviews"],
            "write-only",
            set(),
            id="and does not matter",
        ),
    ],
)
def test_where_scopes_are_known_they_say_what_a_key_may(
    scopes: list[str], reading: str, limited: set[tuple[str, str]]
) -> None:
    """Nothing is asked of the API, whatever it would refuse."""
    file = {
        "companies": [{"id": ACME_ID, "name": "Hooli"}],
        "keys": [{"key": "sk_test_hooli_1", "companyId": ACME_ID, "scopes": scopes}],
        "readings": {"scopes": reading},
    }
    folder = {one.rpartition(":")[2] for one in scopes}
    with (
        MockServer(settings_for([file])) as server,
        Liar(server.url) as liar,
        Target(liar.url, "sk_test_hooli_1") as (target),
    ):
        limits = limits_of(target)
        count = liar.count

    assert {place for place in limits if place[0] in folder} == limited
    assert count == 0


@pytest.mark.parametrize("token", [TOKEN, None], ids=["by its scopes", "by what is refused"])
def test_a_key_that_may_only_read_changes_no_company(server: MockServer, token: str | None) -> None:
    """By either name of the path; reading goes on."""
    with Target(server.url, READONLY, admin_token=token) as target:
        target.limits = limits_of(target)

        for path in (f"/company/{ACME_ID}", f"/companies/{ACME_ID}"):
            with pytest.raises(NotSent, match=r"the key may not PATCH /company/.* scope write:companies"):
                target.request("PATCH", path, key=READONLY, json={})
            assert target.request("GET", path, key=READONLY).status == 200


def test_what_is_held_back_is_not_asked_for(server: MockServer) -> None:
    """A company of a server elsewhere, say: then no step will ask for it either."""
    asked: list[str] = []
    with Target(
        server.url, READONLY, guards=[nothing_real], listeners=[lambda one: asked.append(one.request.path)]
    ) as (target):
        limits = limits_of(target)

    assert ("jobs", "POST") in limits
    assert ("company", "PATCH") not in limits
    assert not any(path.startswith("/company/") for path in asked)
