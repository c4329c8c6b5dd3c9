"""Generated requests: what schemathesis reports as verdicts, and runs of it as somebody would start them."""

import json
import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx2
import pytest

from mockserver import MockServer, settings_for
from mockserver.checks import generated
from mockserver.checks.findings import Verdict
from mockserver.checks.furniture import furnish
from mockserver.checks.generated import Orders, look_at_generated
from mockserver.checks.generated_report import Tally
from mockserver.checks.leftovers import Leftovers
from mockserver.checks.suite import Suite, Wishes
from mockserver.checks.target import Target
from mockserver.checks.verdicts import Observation
from mockserver.contract import operations
from mockserver.paths import CONTRACTS
from tests.liar import Liar
from tests.support import ACME, READONLY, job

KEPT, BROKEN, NOT_LOOKED_AT = Verdict.KEPT, Verdict.BROKEN, Verdict.NOT_LOOKED_AT
URL = "http://api.test"


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    with MockServer(settings_for(grace_seconds=0, rate_limit="off")) as server:
        yield server


# What is reported


def finished(
    *calls: Mapping[str, Any], phase: str = "fuzzing", status: int = 200, method: str = "GET", path: str = "/jobs"
) -> dict[str, Any]:
    """An event about calls of one operation, each with its own answer and what checks say of it."""
    recorder: dict[str, Any] = {"label": f"{method} {path}", "cases": {}, "checks": {}, "interactions": {}}
    for number, call in enumerate(calls):
        id = str(number)
        content = {"$base64": b64encode(call.get("content", b'{"a":1}')).decode()}
        headers = {"content-type": ["application/json"]}
        request = {"method": method, "uri": f"{URL}{path}?a=1", "headers": {"X-A": ["b", "c"]}}
        recorder["cases"][id] = {"value": {"method": method, "path": path}}
        recorder["interactions"][id] = {
            "request": {**request, **call.get("request", {})},
            "response": {"status_code": call.get("status", status), "headers": headers, "content": content},
        }
        recorder["checks"][id] = [
            {"name": "not_a_server_error", "status": "success"},
            *(failed(name) for name in call.get("failed", ())),
        ]
    return {"ScenarioFinished": {"phase": phase, "recorder": recorder}}


def failed(name: str) -> dict[str, Any]:
    failure = {"code": f"ST-{name}", "title": "A title", "message": "A\n message"}
    return {"name": name, "status": "failure", "failure_info": {"failure": failure}}


def body(value: object) -> dict[str, Any]:
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    return {"body": {"$base64": b64encode(content).decode()}}


def tally(*events: Mapping[str, Any]) -> Tally:
    tally = Tally(URL)
    for event in events:
        tally.read(event)
    return tally


def broken(*events: Mapping[str, Any]) -> list[tuple[tuple[str, ...], str, str]]:
    """The subjects of each failure, and its two lines."""
    return [
        (one.subjects, one.failure.received, one.failure.documented)
        for one in tally(*events).observations("fuzzing")
        if one.failure is not None
    ]


def test_operations_without_a_failure_are_kept() -> None:
    """Of this phase, with how many requests had success."""
    found = list(tally(finished({}, {"status": 404}), finished({}, phase="coverage")).observations("fuzzing"))

    assert [(one.case, one.subjects, one.verdict) for one in found] == [
        ("fuzzing listJobs", ("answers/listJobs",), KEPT)
    ]
    assert found[0].text == "2 generated requests, 1 of them with success"


def test_an_operation_of_which_nothing_but_refusals_for_the_rate_came_was_not_looked_at() -> None:
    """One other answer is enough."""
    events = [finished({"status": 429}, {"status": 429}), finished({"status": 429}, {}, method="POST")]
    for event in events:
        for interaction in event["ScenarioFinished"]["recorder"]["interactions"].values():
            if interaction["response"]["status_code"] == 429:
                interaction["response"]["headers"]["retry-after"] = ["7"]

    found = list(tally(*events).observations("fuzzing"))

    assert {one.subjects[0]: (one.verdict, one.why) for one in found} == {
        "answers/listJobs": (NOT_LOOKED_AT, "the key had no requests left: every answer was 429"),
        "answers/createJob": (KEPT, ""),
    }


CASES = [
    pytest.param(
        {"status": 418, "failed": ["status_code_conformance"]},
        ("GET", "/jobs"),
        (("answers/listJobs",), '418 {"a":1}', "one of 200"),
        id="an undocumented status, in our words",
    ),
    pytest.param(
        {
            "failed": ["response_schema_conformance"],
            "content": b'{"data":[],"total":0,"page":1,"limit":1,"totalPages":0}',
        },
        ("GET", "/jobs"),
        (("answers/listJobs",), "200 ", "A title: A message"),
        id="a schema that we find nothing wrong with, in theirs",
    ),
    pytest.param(
        {"status": 500, "failed": ["not_a_server_error"]},
        ("GET", "/jobs"),
        (("answers/listJobs",), '500 {"a":1}', "no 5xx, whatever is sent"),
        id="a server error",
    ),
    pytest.param(
        {"failed": ["ignored_auth"]},
        ("GET", "/jobs"),
        (("answers/listJobs", "AUTH-KEY"), '200 {"a":1}', "A title: A message"),
        id="no key needed",
    ),
    pytest.param(
        {"failed": ["unsupported_method"]},
        ("PUT", "/jobs"),
        (("answers/listJobs", "METHOD"), '200 {"a":1}', "A title: A message"),
        id="a method that is not there",
    ),
    pytest.param(
        {"failed": ["use_after_free"]},
        ("GET", "/jobs/{id}"),
        (("answers/getJob", "JOB-EXISTS"), '200 {"a":1}', "A title: A message"),
        id="there after its deletion",
    ),
    pytest.param(
        {"failed": ["use_after_free"]},
        ("POST", "/interviews"),
        (("answers/createInterview",), '200 {"a":1}', "A title: A message"),
        id="of several that could be meant none",
    ),
    pytest.param(
        {"failed": ["negative_data_rejection"], "request": body({"title": "A"})},
        ("POST", "/jobs"),
        (("answers/createJob", "JOB-SHAPE"), '200 {"a":1}', "A title: A message"),
        id="a value too short",
    ),
    pytest.param(
        {"failed": ["negative_data_rejection"], "request": body({"title": 7})},
        ("POST", "/jobs"),
        (("answers/createJob", "FIELD-TYPE"), '200 {"a":1}', "A title: A message"),
        id="a value of another type",
    ),
    pytest.param(
        {"failed": ["negative_data_rejection"], "request": body(b"{")},
        ("POST", "/jobs"),
        (("answers/createJob", "BODY-JSON"), '200 {"a":1}', "A title: A message"),
        id="no JSON",
    ),
    pytest.param(
        {"failed": ["negative_data_rejection"]},
        ("POST", "/jobs"),
        (("answers/createJob",), '200 {"a":1}', "A title: A message"),
        id="something else than the body",
    ),
]


@pytest.mark.parametrize(("call", "operation", "told"), CASES)
def test_a_failure_is_told_of_its_rule(
    call: Mapping[str, Any], operation: tuple[str, str], told: tuple[tuple[str, ...], str, str]
) -> None:
    """Where the contract names one for it, and of the operation's answers anyway."""
    method, path = operation

    (found,) = broken(finished(call, method=method, path=path))

    assert found[0] == told[0]
    assert found[1].startswith(told[1])
    assert found[2].startswith(told[2])


def test_the_same_failure_is_told_once() -> None:
    """With the request that showed it first, as it can be made again."""
    call = {"status": 500, "failed": ["not_a_server_error"]}

    found = list(tally(finished(call, call), finished(call)).observations("fuzzing"))

    assert len(found) == 1
    exchange = found[0].exchange
    assert exchange is not None
    assert (exchange.request.path, exchange.request.headers) == ("/jobs?a=1", (("X-A", "b"), ("X-A", "c")))


def error(type: str, label: str = "GET /jobs") -> dict[str, Any]:
    return {"NonFatalError": {"phase": "fuzzing", "label": label, "value": {"type": type, "message": "it\nbroke"}}}


def test_an_exchange_that_broke_off_is_a_failure() -> None:
    """Something has to be answered."""
    assert broken(error("ReadTimeout")) == [
        (("answers/listJobs",), "no answer: it broke", "an answer, whatever is sent")
    ]


@pytest.mark.parametrize("event", [error("InvalidSchema"), error("ReadTimeout", "Stateful tests")])
def test_any_other_error_is_none_of_the_servers(event: Mapping[str, Any]) -> None:
    """It is kept as a reason."""
    read = tally(event)

    assert list(read.observations("fuzzing")) == []
    assert list(read.errors.values())[0].endswith(": it broke")  # noqa: RUF015 # there is one


def test_a_request_that_got_no_answer_is_not_counted() -> None:
    """Its error is an event of its own."""
    event = finished({})
    event["ScenarioFinished"]["recorder"]["interactions"]["0"]["response"] = None

    assert not tally(event).calls


def test_the_end_of_a_phase_and_of_everything_is_noted() -> None:
    """What else is reported does not matter."""
    read = tally(
        {"EngineStarted": {}},
        {"PhaseFinished": {"phase": {"name": "fuzzing"}, "status": "success"}},
        {"FatalError": {"exception": {"type": "HookError", "message": "no"}}},
    )

    assert (read.finished, read.fatal) == ({"fuzzing": "success"}, "HookError: no")


# Runs


def looked(url: str, *phases: str, key: str = ACME, budget_seconds: float = 100.0, **orders: Any) -> list[Observation]:
    asked = Orders(phases, seed=1, budget_seconds=budget_seconds, timeout_seconds=10.0, **orders)
    with Target(url, key) as target:
        return list(look_at_generated(target, asked, Leftovers(), lambda *_: None))


OF_TIME = ("clock", "deliveries", "removed", "timers", "ids")  # that have something of all that ever was


def rows(server: MockServer) -> Any:
    state = httpx2.get(f"{server.url}/_mock/worlds/demo/state").json()
    return {name: value for name, value in state.items() if name not in OF_TIME}


@pytest.mark.timeout(240)  # a busy machine takes its time
def test_the_mock_keeps_every_answer_to_examples_and_sequences(server: MockServer) -> None:
    """In a world of its own: the one under check is as before; and somebody was told how it went on."""
    before, steps = rows(server), []
    orders = Orders(("examples", "stateful"), seed=1, budget_seconds=200.0, timeout_seconds=10.0)

    with Target(server.url, ACME) as target:
        found = list(look_at_generated(target, orders, Leftovers(), lambda phase, made: steps.append((phase, made))))

    assert [one for one in found if one.verdict is not KEPT] == []
    assert {one.subjects[0] for one in found if one.phase == "examples"} == {f"answers/{id}" for id in operations()}
    assert {phase for phase, _ in steps} == {"examples", "stateful"}
    assert rows(server) == before


@pytest.mark.timeout(240)
def test_a_server_without_a_control_api_is_left_as_it_was(server: MockServer) -> None:
    """Rows that the run has made are deleted; what was there before is not touched."""
    before = rows(server)

    with Target(server.url, ACME, has_control=False) as target:
        orders, leftovers = Orders(("examples",), 1, 200.0, 10.0, tests_only=True), Leftovers()
        found = list(look_at_generated(target, orders, leftovers, lambda *_: None))
        stay = leftovers.take_away(target)

    assert stay == 0
    assert {one.verdict for one in found} == {KEPT}
    assert "answers/createCallAttempt" not in {one.subjects[0] for one in found}
    assert rows(server) == before


def test_a_key_that_may_only_read_gets_no_further(server: MockServer) -> None:
    """Rows that cannot be made are left out."""
    with Target(server.url, READONLY, has_control=False) as target:
        found = furnish(target)

    assert (found.pools["jobId"], found.pools["candidateId"], found.pools["/interviews"]) == ([], [], [])
    assert found.ids == frozenset()
    assert len(found.pools["companyPhoneNumberId"]) == 1


@pytest.mark.timeout(240)
def test_false_answers_are_found_by_generated_requests(server: MockServer) -> None:
    """Here: a page that counts with other words."""
    with Liar(server.url) as liar:
        liar.lie = lambda told: told.but(content=told.content.replace(b'"totalPages"', b'"pages"'))
        with Target(liar.url, ACME, has_control=False) as target:
            found = list(look_at_generated(target, Orders(("examples",), 1, 200.0, 10.0), Leftovers(), lambda *_: None))

    wrong = {one.subjects[0]: str(one.failure) for one in found if one.verdict is BROKEN}
    assert "answers/listJobs" in wrong
    assert '"totalPages" is a required property' in wrong["answers/listJobs"]


def whys(observations: list[Observation]) -> dict[str, str]:
    assert {one.verdict for one in observations} == {NOT_LOOKED_AT}
    assert all(len(one.subjects) == len(operations()) for one in observations)
    return {one.phase: one.why for one in observations}


def test_without_schemathesis_the_phases_are_not_looked_at(server: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said how to have it."""
    monkeypatch.setattr(generated, "find_spec", lambda _: None)

    why = "schemathesis is not installed: pip install 'instaview-mockserver[check]'"
    assert whys(looked(server.url, "fuzzing", "coverage")) == {"fuzzing": why, "coverage": why}


def test_without_time_nothing_begins(server: MockServer) -> None:
    """Not even its process."""
    found = looked(server.url, "fuzzing", budget_seconds=1.0)

    assert whys(found) == {"fuzzing": "the time was over before it began (--budget)"}


@pytest.mark.timeout(120)
@pytest.mark.parametrize("grace_seconds", [10.0, 0.0], ids=["as it likes", "at once"])
def test_when_the_time_is_over_the_process_is_ended(
    server: MockServer, monkeypatch: pytest.MonkeyPatch, grace_seconds: float
) -> None:
    """What had not been looked at is said."""
    monkeypatch.setattr(generated, "GRACE_SECONDS", grace_seconds)

    found = looked(server.url, "coverage", budget_seconds=4.0, rate=1)

    assert whys(found) == {"coverage": "the time was over before it was: 4 s of --budget were left for such phases"}


def test_a_run_that_cannot_begin_says_what_is_wrong() -> None:
    """With the last that was said."""
    with Target("http://127.0.0.1:1", ACME, has_control=False) as target:
        found = list(look_at_generated(target, Orders(("examples",), 1, 60.0, 10.0), Leftovers(), lambda *_: None))

    assert "http://127.0.0.1:1 does not answer" in whys(found)["examples"]


@pytest.mark.timeout(120)
def test_refusals_alone_show_nothing(server: MockServer) -> None:
    """As with a key that the server does not take."""
    found = looked(server.url, "examples", key="sk_test_nobody")

    assert whys(found) == {"examples": "no generated request succeeded, and refusals alone show little"}


def test_answers_of_another_form_are_not_held_against_the_schemas() -> None:
    """They speak of the default readings; a world of our own has them."""
    readings = {"wire": "envelope"}
    settings = settings_for(readings=readings, grace_seconds=0, admin_token="another")
    with MockServer(settings) as enveloped, Target(enveloped.url, ACME) as target:
        wishes = Wishes(phases=["examples"], scenarios=[])
        outcome = Suite(target, None, wishes, lambda *_: None).run()

    assert outcome.parts[0].why == "the server goes by wire=envelope, of which the schemas do not speak"


@pytest.mark.timeout(240)
def test_schemathesis_can_be_run_by_hand(server: MockServer, tmp_path: Path) -> None:
    """With the same file, as its first lines say."""
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONTRACTS / "schemathesis.toml"), "run"]
    command += [str(CONTRACTS / "openapi.yaml"), "--url", server.url, "--seed", "1", "--phases", "fuzzing"]
    environment = {**os.environ, "INSTAVIEW_API_KEY": ACME}

    ended = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert ended.returncode == 0, ended.stdout
    assert "No issues found" in ended.stdout
    assert job(1) in {row["id"] for row in rows(server)["jobs"]}
