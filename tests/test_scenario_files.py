"""Scenario files: what they may say, what is wrong with one, and the templates in them."""

import copy
import json
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mockserver.checks.scenario_files import ScenarioError, scenario_of, scenario_paths
from mockserver.checks.steps import NEEDS_CONTROL, NEEDS_OTHER, NEEDS_RECEIVER
from mockserver.checks.templates import NotSaved, fill, is_name, places_in
from mockserver.paths import CONTRACTS
from tests.liar import scenario, step
from tests.support import NOW

PATHS = scenario_paths()
SCHEMA = json.loads((CONTRACTS / "scenario.schema.json").read_text(encoding="utf-8"))
LONG_AGO = datetime(2020, 2, 28, 22, 30, 15, 250000, tzinfo=UTC)


def loaded(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


# Templates


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ("{{now}}", "2020-02-28T22:30:15Z"),
        ("{{ now+1d }}", "2020-02-29T22:30:15Z"),
        ("{{now-2h}}", "2020-02-28T20:30:15Z"),
        ("{{now+30m}}", "2020-02-28T23:00:15Z"),
        ("{{now+90s}}", "2020-02-28T22:31:45Z"),
        ("{{today}}", "2020-02-28"),
        ("{{today+2d}}", "2020-03-01"),
        ("{{today-365d}}", "2019-02-28"),
        ("{{null}}", None),
        ("{{3*ab}}", "ababab"),
        ("x{{2*[}}", "x[["),
        ("{{began+90s}}", "2024-01-16T10:31:30Z"),
        ("{{began-1d}}", "2024-01-15T10:30:00Z"),
        ("{{list}}", [1]),
        ("Bearer {{KEY}}", "Bearer SK-1"),
        ("{{id}}-{{id}}", "7-7"),
        ("/jobs/{{id}}", "/jobs/7"),
        ({"a": ["{{id}}", 1, None]}, {"a": [7, 1, None]}),
        ("no {place}", "no {place}"),
    ],
)
def test_places_are_filled(template: Any, filled: Any) -> None:
    """With times in whole seconds, and with saved values as they are."""
    original = copy.deepcopy(template)

    value = fill(template, {"id": 7, "list": [1], "began": NOW, "key": "sk-1"}, LONG_AGO)

    assert value == filled
    assert template == original


def test_places_are_found_wherever_they_stand() -> None:
    """In texts, lists and objects, several to a text."""
    found = list(places_in({"a": ["{{x}}/{{ y }}", 1], "b": "{{now+1d}}"}))

    assert found == ["x", "y", "now+1d"]


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("jobId", True),
        ("nowhere", True),
        ("now", False),
        ("today", False),
        ("null", False),
        ("KEY", False),
        ("a-b", False),
    ],
)
def test_names_are_words_without_a_meaning_of_their_own(name: str, good: bool) -> None:
    """What stands for a time cannot stand for a value."""
    assert is_name(name) is good


@pytest.mark.parametrize(
    ("template", "name"),
    [
        pytest.param("{{jobId}}", "jobId", id="a name"),
        pytest.param("{{began+1h}}", "began", id="an instant"),
        pytest.param("{{list+1h}}", "list", id="no instant"),
    ],
)
def test_what_was_not_saved_is_told(template: str, name: str) -> None:
    """By the name under which it should have been."""
    with pytest.raises(NotSaved, match=f"^{name}$"):
        fill(template, {"list": [1]}, LONG_AGO)


# Files

WRONG = [
    pytest.param({"title": "x"}, '/: "when" is a required property', id="no steps"),
    pytest.param(scenario(extra=1), "/: Additional properties are not allowed ('extra' was unexpected)", id="stranger"),
    pytest.param(
        scenario({**step(), "send": "FETCH /jobs"}), '/when/0/send: "FETCH /jobs" does not match', id="no method"
    ),
    pytest.param(scenario(step(status=99)), "/when/0/then/status: 99 is less than the minimum", id="no status"),
    pytest.param(
        scenario({key: value for key, value in step().items() if key != "rules"}),
        '/when/0: "rules" is a required property',
        id="no rules",
    ),
    pytest.param(scenario(step(then={"equal": {"id": 1}})), "/when/0/then/equal", id="no pointer"),
    pytest.param(
        scenario(step(rules=["PAGINATION", "PAGES"])),
        "/when/0/rules: PAGES is no rule of contracts/rules.toml",
        id="no rule",
    ),
    pytest.param(
        scenario(step(), step("GET /jobs/{{jobId}}")),
        "/when/1/send: no earlier step saves {{jobId}}, and it is no time",
        id="a name that nobody saved",
    ),
    pytest.param(
        scenario(step(body={"a": ["{{now+1w}}"]})), "/when/0/body: no earlier step saves {{now+1w}}", id="a unit"
    ),
    pytest.param(
        scenario(given=[step(then={"equal": {"/id": "{{id}}"}}, save={"id": "/id"})]),
        "/given/0/then: no earlier step saves {{id}}",
        id="a name that the step itself saves",
    ),
    pytest.param(scenario(step(save={"now": "/id"})), "/when/0/save/now: that name has a meaning already", id="a name"),
    pytest.param(scenario(step(then={"equal": {"/a": float("nan")}})), "/: Out of range float values", id="NaN"),
    pytest.param(
        scenario({"step": "A step"}), "/when/0: a step either sends, or receives, or advances the clock", id="no kind"
    ),
    pytest.param(
        scenario({**step(), "advance": {"seconds": 1}}), "/when/0: a step either sends, or receives", id="two kinds"
    ),
    pytest.param(
        scenario(step(body={}, raw="{}")), "/when/0: body, raw and hex are three ways to give the same", id="two bodies"
    ),
    pytest.param(scenario(step(hex="7b7")), "/when/0/hex: bytes are two digits each", id="half a byte"),
    pytest.param(scenario({"step": "A step", "receive": 1}), "/when/0", id="nothing to hold what is received against"),
    pytest.param(
        scenario(step(then={"matches": {"/a": "("}})), "/when/0/then/matches//a: missing ), unterminated", id="no form"
    ),
    pytest.param(
        scenario(step(then={"headers": {"Allow": "["}})),
        "/when/0/then/headers/Allow: unterminated",
        id="no form either",
    ),
    pytest.param(
        scenario(step(under=[{"reading": {"jobless": "some"}, "then": {"status": 201}}])),
        "/when/0/under: jobless = some is no reading of contracts/rules.toml",
        id="no value of a reading",
    ),
    pytest.param(
        scenario(step(under=[{"reading": {"gravity": "none"}, "then": {"status": 201}}])),
        "/when/0/under: gravity = none is no reading",
        id="no reading",
    ),
    pytest.param(
        scenario(step(under=[{"reading": {"jobless": "any"}, "rules": ["NONE"], "then": {"status": 201}}])),
        "/when/0/rules: NONE is no rule",
        id="no rule of another outcome",
    ),
    pytest.param(scenario(step(sender="somebody")), "/when/0: somebody is no key of the scenario's world", id="no key"),
    pytest.param(
        scenario(step(untouched=["/jobs as somebody"])), "/when/0: somebody is no key", id="no key that could look"
    ),
    pytest.param(
        scenario(step(sender="other"), world={"companies": [], "keys": [{"key": "owner"}]}),
        "/when/0: other is no key of the scenario's world",
        id="a key of another world",
    ),
    pytest.param(
        scenario(world={"clock": "{{then}}"}), "/world: {{then}} is no time", id="a world that hangs on a step"
    ),
    pytest.param(scenario(world={"clock": "{{key}}"}), "/world: {{key}} is no time", id="a world that hangs on a key"),
    pytest.param(scenario(world={"keys": []}), "/world: ", id="keys of no company"),
]


@pytest.mark.parametrize(("document", "message"), WRONG)
def test_a_wrong_scenario_is_refused_with_the_place(document: dict[str, Any], message: str) -> None:
    """Before anything is sent."""
    with pytest.raises(ScenarioError) as refused:
        scenario_of(document)

    assert str(refused.value).startswith(message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(b"title = ", "wrong.toml: Invalid value (at ", id="no TOML"),
        pytest.param(b"title = '\xff'", "wrong.toml: 'utf-8' codec", id="no UTF-8"),
        pytest.param(b"title = ''", "wrong.toml: /", id="no scenario"),
    ],
)
def test_a_wrong_file_is_refused_with_its_name(tmp_path: Path, text: bytes, message: str) -> None:
    """And with the line, or the pointer, of the mistake."""
    path = tmp_path / "wrong.toml"
    path.write_bytes(text)

    with pytest.raises(ScenarioError) as refused:
        scenario_of(path)

    assert str(refused.value).startswith(message)


def test_a_date_needs_no_quotes() -> None:
    """TOML's own dates are the text that they show."""
    read = scenario_of(tomllib.loads("title = 'x'\n[[when]]\nstep = 'x'\nsend = 'POST /jobs'\nrules = ['ROUTE']\n"
                                     "body = {day = 2030-01-01}\nthen = {status = 201}"))  # fmt: skip

    assert read.steps[0].body == {"day": "2030-01-01"}


def test_a_scenario_knows_its_name_its_rules_and_what_is_given() -> None:
    """Given comes before when, each rule once."""
    read = scenario_of(scenario(step(), step(), given=[{**step(), "rules": ["ROUTE"]}]))

    assert (read.name, read.rules, [one.place for one in read.steps]) == (
        "scenario",
        ("ROUTE", "PAGINATION"),
        ["/given/0", "/when/0", "/when/1"],
    )


TEST_INTERVIEW = {"then": {"status": 201}, "body": {"isTest": True}}
RECEIVED = {"step": "It comes", "receive": 1, "rules": ["TEST-WEBHOOKS"], "then": {"count": {"": 1}}}
OWN_WORLD = {"companies": [{"name": "Acme"}], "keys": [{"key": "owner"}, {"key": "other"}]}


@pytest.mark.parametrize(
    ("document", "needs"),
    [
        pytest.param(scenario(), (), id="a URL and a key"),
        pytest.param(scenario(step(sender="nobody"), step(sender="anonymous")), (), id="no key at all"),
        pytest.param(scenario(step(sender="other")), (NEEDS_OTHER,), id="two keys"),
        pytest.param(scenario(step(untouched=["/jobs as other"])), (NEEDS_OTHER,), id="two keys to look with"),
        pytest.param(scenario(step(sender="other"), world=OWN_WORLD), (NEEDS_CONTROL,), id="keys of its own"),
        pytest.param(scenario(world={"clock": "frozen"}), (NEEDS_CONTROL,), id="a clock of its own"),
        pytest.param(
            scenario(step(), {"step": "Later", "advance": {"until": "idle"}}), (NEEDS_CONTROL,), id="a clock that moves"
        ),
        pytest.param(scenario(step(body={"url": "{{receiver}}"}), RECEIVED), (NEEDS_RECEIVER,), id="a receiver"),
    ],
)
def test_a_scenario_knows_what_it_takes(document: dict[str, Any], needs: tuple[str, ...]) -> None:
    """From its steps: nobody has to say it twice."""
    assert scenario_of(document).needs == needs


@pytest.mark.parametrize(
    ("row", "told"),
    [
        pytest.param(step("POST /jobs"), "POST /jobs", id="a request"),
        pytest.param(step("POST /jobs", at_once=4), "POST /jobs, 4 at once", id="several"),
        pytest.param({"step": "x", "advance": {"seconds": 60}}, "advance the clock: seconds 60", id="the clock"),
        pytest.param({**RECEIVED, "receive": 2}, "wait for 2 webhooks", id="webhooks"),
    ],
)
def test_a_step_is_told_on_one_line(row: dict[str, Any], told: str) -> None:
    """For those who want to know what would be done."""
    assert scenario_of(scenario(row)).steps[0].told == told


def readings_and_statuses(row: dict[str, Any]) -> list[tuple[dict[str, str], Any]]:
    outcomes = scenario_of(scenario(row)).steps[0].outcomes
    return [(dict(outcome.readings), outcome.then.get("status", outcome.then.get("tally"))) for outcome in outcomes]


@pytest.mark.rule("CREATE-STATUS")
def test_the_status_of_a_create_hangs_on_its_reading_wherever_it_stands() -> None:
    """No file has to say that again; other resources have no such reading."""
    interview = step("POST /interviews", 201)
    refused = step("POST /interviews", 400, under=[{"reading": {"jobless": "any"}, "then": {"status": 201}}])
    several = {**interview, "at_once": 3, "then": {"tally": {"201": 1, "403": 2}}}

    assert readings_and_statuses(interview) == [({"create_status": "201"}, 201), ({"create_status": "200"}, 200)]
    assert readings_and_statuses(step("POST /jobs", 201)) == [({}, 201)]
    assert readings_and_statuses(refused) == [
        ({"jobless": "generic"}, 400),
        ({"jobless": "any", "create_status": "201"}, 201),
        ({"jobless": "any", "create_status": "200"}, 200),
    ]
    assert [tally for _, tally in readings_and_statuses(several)] == [{"201": 1, "403": 2}, {"200": 1, "403": 2}]


def test_another_outcome_shows_and_brings_the_same_unless_it_says_otherwise() -> None:
    """A refusal brings nothing, and what leaves something alone does so by default only."""
    under = [
        {"reading": {"jobless": "any"}, "then": {"status": 200}},
        {"reading": {"test_mark": "field_only"}, "then": {"status": 400}, "rules": ["ROUTE"], "ends": "no more"},
    ]
    read = scenario_of(scenario(step(save={"id": "/id"}, untouched=["/jobs"], under=under))).steps[0]

    assert [outcome.rules for outcome in read.outcomes] == [("PAGINATION",), ("PAGINATION",), ("ROUTE",)]
    assert [dict(outcome.save) for outcome in read.outcomes] == [{"id": "/id"}, {"id": "/id"}, {}]
    assert [outcome.untouched for outcome in read.outcomes] == [("/jobs",), (), ()]
    assert [outcome.ends for outcome in read.outcomes] == ["", "", "no more"]
    assert read.rules == ("PAGINATION", "ROUTE")


@pytest.mark.parametrize("path", PATHS, ids=[path.stem for path in PATHS])
def test_a_world_of_its_own_is_one(path: Path) -> None:
    """By the schema of world files, once its times are filled in."""
    world = fill(loaded(path).get("world", {}), {}, LONG_AGO)
    schema = json.loads((CONTRACTS / "world.schema.json").read_text(encoding="utf-8"))
    filled = {"companies": [], "keys": [], **{name: value for name, value in world.items() if name != "minutes"}}

    assert [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(filled)] == []


def test_the_schema_is_one_and_every_file_keeps_to_it() -> None:
    """By another validator than the one in use."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)

    oracle = jsonschema.Draft202012Validator(SCHEMA)

    assert [list(oracle.iter_errors(loaded(path))) for path in PATHS] == [[]] * len(PATHS)
