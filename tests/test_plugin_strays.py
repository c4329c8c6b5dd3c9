"""Requests that reached no world: which of them are a test's own, whatever the time is and whatever others left."""

import json
from pathlib import Path
from typing import Any

import pytest

from mockserver.client import Calls
from mockserver.plugin.instaview import Opened, WorldView
from mockserver.plugin.strays import strays_of
from mockserver.plugin.views import Company, Row
from tests.suites import run_suite


class Lobby:
    """A server that answers with these rows."""

    def __init__(self, *rows: Row) -> None:
        self.rows = rows

    def call(self, method: str, path: str, body: object = None) -> Any:
        assert (method, path, body) == ("GET", "/_mock/requests", None)
        return list(self.rows)


TRAVELLED = ({"id": "of-2031", "at": "2031-01-16T10:30:00.000Z"}, {"id": "of-2024", "at": "2024-01-16T10:30:00.000Z"})


@pytest.mark.parametrize(
    ("last", "own"),
    [
        (None, ["of-2031", "of-2024"]),
        ("of-2031", ["of-2024"]),
        ("of-2024", []),
        ("that was cleared", ["of-2031", "of-2024"]),
    ],
    ids=["none was there", "one was there", "all were there", "the journal was cleared since"],
)
def test_what_was_there_before_the_world_is_not_the_tests_own(last: str | None, own: list[str]) -> None:
    """The order tells it and not the time, in which tests may travel."""
    opened = Opened("w", 1, {"a": "b"}, (Company("c", "Acme", "b"),), last_unplaced=last)
    world = WorldView("http://127.0.0.1:1", opened, Calls(Lobby(*TRAVELLED), "w"))

    assert [row["id"] for row in strays_of(world, is_shared=False)] == own
    assert strays_of(world, is_shared=True) == []


LEFT = """
    HEADERS = {}
    OTHER = {"Authorization": "Bearer sk_test_of_nobody"}
    strict = pytest.mark.instaview(strict=True)

    @strict
    def test_1_first(instaview):
        HEADERS["Authorization"] = f"Bearer {instaview.api_key}"
        assert instaview.client.get("/jobs", headers=HEADERS).status_code == 200

    @strict
    def test_2_meanwhile(instaview):
        assert instaview.client.get("/jobs", headers=HEADERS).status_code == 401

    def test_3_fails(instaview):
        assert instaview.client.get("/jobs", headers=HEADERS).status_code == 200

    def test_4_other(instaview):
        instaview.client.get("/jobs", headers=OTHER)

    @strict
    def test_5_after(instaview):
        pass

    @strict
    def test_6_own(instaview):
        instaview.client.get("/jobs", headers=OTHER)
"""


def test_a_key_of_a_world_that_is_gone_is_no_present_tests_own(pytester: pytest.Pytester) -> None:
    """What an earlier test left running fails nobody and counts for no rule; who fails is told of it apart."""
    result = run_suite(pytester, LEFT, "--instaview-coverage=c.json")

    told = result.stdout.str()
    counted = json.loads(Path(pytester.path, "c.json").read_text(encoding="utf-8"))["rules"]
    result.assert_outcomes(passed=4, failed=2)
    result.stdout.fnmatch_lines(["FAILED *::test_3_fails*", "FAILED *::test_6_own*"])
    assert told.count("Requests with keys of earlier tests, sent by what they left running or by this test:") == 1
    assert told.count("Requests of this test that no world took, as their key opens none:") == 1
    assert [row["refused"] for row in counted if row["rule"] == "AUTH-KEY"] == [2]
