"""What the key under check may not do: it is not tried, and nothing is called broken for it."""

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from mockserver import MockServer, settings_for
from mockserver.checks.permissions import limits_of
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
        limits = limits_of(target)

        assert limits == {}
        assert target.request("GET", f"/jobs/{made['id']}", key=ACME).status == 404
