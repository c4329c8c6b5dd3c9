"""Scenarios: the mock keeps every file of contracts/scenarios/ in both wires, and whoever does not is found out."""

import copy
import json
import threading
import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from mockserver import MockServer, settings_for
from mockserver.checks.expectations import Answer, failure_of, is_envelope, is_same, values_at
from mockserver.checks.findings import CouldNotLook, Verdict
from mockserver.checks.scenario_files import ScenarioError, scenario_of, scenario_paths
from mockserver.checks.scenarios import EARLIER, NO_OTHER_KEY, Result, run_scenario
from mockserver.checks.templates import fill, is_name, places_in
from mockserver.client import ControlClient
from mockserver.paths import CONTRACTS
from tests.support import ACME, GLOBEX, NOW

PATHS = scenario_paths()
SCHEMA = json.loads((CONTRACTS / "scenario.schema.json").read_text(encoding="utf-8"))
LONG_AGO = datetime(2020, 2, 28, 22, 30, 15, 250000, tzinfo=UTC)
FILES = [pytest.param(path, marks=pytest.mark.rule(*scenario_of(path).rules), id=path.stem) for path in PATHS]
Run = Callable[..., Result]


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    with MockServer(settings_for()) as server:
        yield server


@pytest.fixture(scope="module")
def control(server: MockServer) -> Iterator[ControlClient]:
    client = ControlClient(server.url)
    yield client
    client.close()


@pytest.fixture
def run(server: MockServer, control: ControlClient) -> Run:
    """Run a scenario in a fresh copy of `demo`, with readings of its own."""

    def run(scenario: Any, clock: str = "frozen", **readings: str) -> Result:
        made = control.call("POST", "/_mock/worlds", {"from": "demo", "clock": clock, "readings": readings})
        return run_scenario(scenario, server.url, made["keys"][ACME], made["keys"][GLOBEX])

    return run


def step(send: str = "GET /jobs", status: int = 200, **changes: Any) -> dict[str, Any]:
    """A step that passes, with changes; `sender` is the file's `as`, which Python keeps for itself."""
    then = {"status": status, **changes.pop("then", {})}
    sender = {"as": changes.pop("sender")} if "sender" in changes else {}
    return {"step": "A step", "send": send, "rules": ["PAGINATION"], "then": then, **sender, **changes}


def scenario(*steps: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"title": "A scenario", "when": list(steps or (step(),)), **changes}


def loaded(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("wire", ["reference", "envelope"])
@pytest.mark.parametrize("path", FILES)
def test_the_mock_keeps_every_scenario(run: Run, path: Path, wire: str) -> None:
    """Over HTTP, in a world of its own, whichever wire it speaks."""
    result = run(path, wire=wire)

    assert result.failure == ""
    assert result.verdict is Verdict.KEPT
    assert all(sent.answer is not None for sent in result.steps)
    assert wires_of(result) == {wire == "envelope"}


def wires_of(result: Result) -> set[bool]:
    """Whether answers came in the envelope; a key that nobody has is of no world, whose wire could be spoken."""
    answers = [sent.answer for sent in result.steps if sent.step.sender != "nobody"]
    return {is_envelope(answer.content) for answer in answers if answer is not None and answer.content is not None}


@pytest.mark.parametrize("path", FILES)
def test_every_scenario_is_followed_to_its_end(run: Run, path: Path) -> None:
    """A wrong status in the very last step is found, by every file."""
    document = loaded(path)
    document["when"][-1]["then"]["status"] = 418

    result = run(document)

    assert [sent.verdict for sent in result.steps[:-1]] == [Verdict.KEPT] * (len(result.steps) - 1)
    assert result.failure.endswith("\nDocumented: 418")


def test_each_workflow_of_the_page_is_there() -> None:
    """The four scenarios and the example of test mode, with the lines that tell them."""
    sources = [scenario_of(path).source for path in PATHS if path.stem.startswith("page-")]

    assert sources == ["L363-387", "L389-408", "L410-425", "L427-451", "L453-501"]


OTHER_SERVERS = [
    # file            reading that makes another server of the mock    step that finds it   received, documented
    pytest.param(
        "page-1-interview-for-a-job",
        {"create_status": "200"},
        "/when/0",
        ("200 {", "201"),
        marks=pytest.mark.rule("CREATE-STATUS"),
        id="it answers creates with 200",
    ),
    pytest.param(
        "focus",
        {"jobless": "any"},
        "/when/2",
        ("201 {", "400"),
        marks=pytest.mark.rule("FOCUS-JOBLESS"),
        id="any agent interviews those without a job",
    ),
    pytest.param(
        "jobs",
        {"job_deletion": "keep"},
        "/when/10",
        ('/jobIds is ["', "/jobIds is []"),
        marks=pytest.mark.rule("JOB-DELETE"),
        id="candidates keep a job that is gone",
    ),
    pytest.param(
        "agents",
        {"agent_deletion": "keep"},
        "/when/10",
        ("200 {", "404"),
        marks=pytest.mark.rule("AGENT-DELETE"),
        id="interviews outlive their agent",
    ),
    pytest.param(
        "given-once",
        {"job_sources": "precedence"},
        "/when/3",
        ("201 {", "400"),
        marks=pytest.mark.rule("JOB-XOR"),
        id="a job ranks over its id",
    ),
    pytest.param(
        "interviews",
        {"past_schedule": "accept"},
        "/when/2",
        ("201 {", "400"),
        marks=pytest.mark.rule("SCHEDULE-FUTURE"),
        id="the past is no matter",
    ),
]


@pytest.mark.parametrize(("name", "readings", "place", "texts"), OTHER_SERVERS)
def test_a_server_that_is_different_is_found_out(
    run: Run, name: str, readings: dict[str, str], place: str, texts: tuple[str, str]
) -> None:
    """The step that shows the rule fails, and none after it is sent."""
    result = run(CONTRACTS / "scenarios" / f"{name}.toml", **readings)

    assert result.verdict is Verdict.BROKEN
    assert result.failed is not None
    assert result.failed.step.place == place
    received, _, documented = result.failure.partition("\n")
    assert received.removeprefix("Received:   ").startswith(texts[0])
    assert documented == f"Documented: {texts[1]}"
    after = [sent for sent in result.steps if sent.verdict is Verdict.NOT_LOOKED_AT]
    assert all((sent.sent, sent.answer, sent.why) == (None, None, EARLIER) for sent in after)


@pytest.mark.rule("JOB-MULTIPLE")
def test_a_message_is_compared_word_by_word(run: Run) -> None:
    """The one text that the page gives, in either wire."""
    document = loaded(CONTRACTS / "scenarios" / "page-3-several-jobs.toml")
    document["when"][1]["then"]["message"] += "."

    failures = {run(document, wire=wire).failure for wire in ("reference", "envelope")}

    text = "Job ID must be provided when candidate has multiple job assignments"
    assert failures == {f'Received:   message is "{text}"\nDocumented: message is "{text}."'}


@pytest.mark.rule("AUTH-KEY")
def test_the_rule_of_a_refusal_is_compared(run: Run) -> None:
    """Where the server names it, which the mock does."""
    result = run(scenario(step(status=401, rules=["KEY-EXPIRED"], sender="nobody")))

    assert result.failure == "Received:   refused by AUTH-KEY\nDocumented: refused by KEY-EXPIRED"


def test_what_takes_a_second_company_is_not_looked_at_without_one(server: MockServer) -> None:
    """Nothing is sent, and the reason is told."""
    result = run_scenario(scenario(step(), step(sender="other")), server.url, ACME)

    assert result.verdict is Verdict.NOT_LOOKED_AT
    assert [(sent.sent, sent.why) for sent in result.steps] == [(None, NO_OTHER_KEY)] * 2
    assert (result.failed, result.failure) == (None, "")


def test_what_later_steps_need_must_be_there(run: Run) -> None:
    """A value that cannot be saved fails the step that should have brought it."""
    result = run(scenario(step(save={"jobId": "/id"}), step("GET /jobs/{{jobId}}")))

    assert result.failure == "Received:   no /id\nDocumented: /id, which later steps need as jobId"


# Time


def job_of(run_: Run, place: str, **options: Any) -> Any:
    """What stood in a job's title where a template was."""
    sent = run_(scenario(step("POST /jobs", 201, body={"title": f"Before {place}"})), **options).steps[0].sent
    assert sent is not None
    return sent.body["title"]


def test_now_is_the_worlds(run: Run) -> None:
    """Where there is a control API, its clock is asked."""
    title = job_of(run, "{{now+1d}}", clock=NOW)

    assert title == "Before 2024-01-17T10:30:00Z"


def test_the_world_is_found_by_the_whole_key(server: MockServer, control: ControlClient) -> None:
    """Keys that look alike where they are shortened are told apart."""
    company = {"id": "44444444-0000-4000-8000-000000000001", "name": "Hooli", "minutes": 60}
    key = {"key": "sk_alike_acme", "companyId": company["id"], "scopes": ["*"]}
    control.call("POST", "/_mock/worlds", {"clock": NOW, "companies": [company], "keys": [key]})
    asked = scenario(step("POST /jobs", 201, body={"title": "Before {{today}}"}, then={"present": ["/id"]}))

    result = run_scenario(asked, server.url, "sk_alike_acme")

    assert result.verdict is Verdict.KEPT
    assert result.steps[0].sent is not None
    assert result.steps[0].sent.body == {"title": "Before 2024-01-16"}


# Servers that are none of ours


@pytest.fixture
def stub() -> Iterator[Callable[[int, str, bytes], str]]:
    """A server that answers everything with one answer."""
    servers = []

    def serve(status: int, media_type: str, content: bytes) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status)
                self.send_header("Content-Type", media_type)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:
                """Nothing is told."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield serve
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


STUBS = [
    pytest.param(200, "text/html", b"<p>Hello", "no /data", "/data, whatever it is", id="a page"),
    pytest.param(200, "application/json", b"{", "no /data", "/data, whatever it is", id="half a JSON text"),
    pytest.param(200, "application/json", b"[1]", "no /data", "/data, whatever it is", id="the same for everything"),
    pytest.param(404, "text/html", b"<p>No", "404, text/html", "200", id="a page that says no"),
    pytest.param(401, "application/json", b'{"message":"no"}', '401 {"message":"no"}', "200", id="a refusal"),
]


@pytest.mark.parametrize(("status", "media_type", "content", "received", "documented"), STUBS)
def test_what_has_no_control_api_goes_by_this_machines_time(
    stub: Callable[[int, str, bytes], str],
    status: int,
    media_type: str,
    content: bytes,
    received: str,
    documented: str,
) -> None:
    """Whatever answers, it is judged and no exception comes of it."""
    url = stub(status, media_type, content)

    result = run_scenario(scenario(step("GET /jobs?after={{today}}", then={"present": ["/data"]})), url, ACME)

    assert result.steps[0].sent is not None
    assert result.steps[0].sent.path.startswith("/jobs?after=20")
    assert result.failure == f"Received:   {received}\nDocumented: {documented}"


def test_a_key_of_no_world_goes_by_this_machines_time(server: MockServer) -> None:
    """Its refusal is judged like any other."""
    result = run_scenario(
        scenario(step("GET /jobs?after={{now}}", 401, rules=["AUTH-KEY"])), server.url, "sk_test_none"
    )

    assert result.verdict is Verdict.KEPT


def test_where_nothing_answers_nothing_is_judged() -> None:
    """One sentence says so."""
    with pytest.raises(CouldNotLook, match=r"^http://127\.0\.0\.1:1 does not answer: "):
        run_scenario(scenario(), "http://127.0.0.1:1", ACME)


# Expectations

ENVELOPE = {"success": True, "data": {"id": 7, "list": [1, 2]}, "error": None}
GUIDES = {"success": True, "data": {"items": [{"id": 7}], "pagination": {"total": 1}}, "error": None}
NO = {"success": False, "data": None, "error": {"code": "RESOURCE_NOT_FOUND", "message": "no"}}
BARE = {"statusCode": 404, "message": "no", "error": "Not Found"}
MANY = {"statusCode": 404, "message": ["a", "b"], "error": "Not Found"}


def judged(content: Any, then: dict[str, Any], status: int = 200, **headers: str) -> str | None:
    answer = Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, content)
    failure = failure_of(answer, {"status": status, **then}, ["JOB-EXISTS"])
    return None if failure is None else f"{failure.received} | {failure.documented}"


@pytest.mark.parametrize(
    ("content", "then"),
    [
        pytest.param(ENVELOPE, {"equal": {"/id": 7, "/list/1": 2, "": {"id": 7, "list": [1, 2]}}}, id="enveloped"),
        pytest.param({"id": 7}, {"equal": {"/id": 7.0}, "present": ["/id"], "absent": ["/no"]}, id="bare"),
        pytest.param({"id": None}, {"equal": {"/id": None}, "present": ["/id"]}, id="null is there"),
        pytest.param(GUIDES, {"equal": {"/data/*/id": 7, "/total": 1}, "count": {"/data": 1}}, id="the guides' page"),
        pytest.param(None, {"absent": ["/id"]}, id="nothing at all"),
        pytest.param({"a/b": {"c~d": 1}}, {"equal": {"/a~1b/c~0d": 1}}, id="an escaped pointer"),
        pytest.param([1, 2], {"includes": {"/*": 2}, "excludes": {"/*": 3}, "one_of": {"/*": [1, 2]}}, id="a list"),
    ],
)
def test_what_comes_as_documented_passes(content: Any, then: dict[str, Any]) -> None:
    """Pointers lead into the resource, whatever wraps it."""
    assert judged(content, then) is None


@pytest.mark.parametrize(
    ("content", "then"),
    [
        pytest.param(BARE, {"message": "no", "code": "RESOURCE_NOT_FOUND"}, id="bare, without a code"),
        pytest.param(NO, {"message": "no", "code": "RESOURCE_NOT_FOUND"}, id="enveloped"),
        pytest.param(MANY, {"message": "a; b"}, id="several messages"),
    ],
)
@pytest.mark.parametrize("headers", [{}, {"x_mock_rule": "JOB-EXISTS"}], ids=["elsewhere", "the mock"])
def test_a_refusal_as_documented_passes(content: Any, then: dict[str, Any], headers: dict[str, str]) -> None:
    """Its text is found in both wires; a rule is compared where one is named, a code where there is one."""
    assert judged(content, then, 404, **headers) is None


@pytest.mark.parametrize(
    ("content", "then", "failure"),
    [
        pytest.param({"a": 1}, {"equal": {"/a": 2}}, "/a is 1 | /a is 2", id="another value"),
        pytest.param({}, {"equal": {"/a": 2}}, "no /a | /a is 2", id="no value"),
        pytest.param({"a": 1}, {"equal": {"/a": True}}, "/a is 1 | /a is true", id="one is not true"),
        pytest.param([1, 2], {"equal": {"/*": 1}}, "/* is 1, 2 | /* is 1", id="one of several"),
        pytest.param(7, {"equal": {"": True}}, "the answer is 7 | the answer is true", id="the whole"),
        pytest.param([1], {"equal": {"/1": 1}}, "no /1 | /1 is 1", id="beyond the list"),
        pytest.param([1], {"equal": {"/a": 1}}, "no /a | /a is 1", id="a name in a list"),
        pytest.param({}, {"present": ["/a"]}, "no /a | /a, whatever it is", id="not there"),
        pytest.param({"a": None}, {"absent": ["/a"]}, "/a is null | no /a", id="there"),
        pytest.param({"a": 1}, {"one_of": {"/a": [2, "x"]}}, '/a is 1 | /a is one of 2, "x"', id="none of these"),
        pytest.param({"a": [1]}, {"count": {"/a": 2}}, "/a has 1 entries | /a has 2 entries", id="too few"),
        pytest.param({"a": 1}, {"count": {"/a": 1}}, "/a is 1 | /a has 1 entries", id="no list"),
        pytest.param({}, {"count": {"/a": 0}}, "no /a | /a has 0 entries", id="nothing to count"),
        pytest.param([1], {"includes": {"/*": 2}}, "/* is 1 | /* is 2 once", id="not among them"),
        pytest.param([1], {"excludes": {"/*": 1}}, "/* is 1 | /* is never 1", id="among them"),
        pytest.param("x" * 999, {"absent": [""]}, f'the answer is "{"x" * 298}… | no the answer', id="long"),
        pytest.param(
            {**ENVELOPE, "success": False, "data": 1},
            {},
            '200 {"success":false,"data":1,"error":null} | success is true with status 200',
            id="an envelope that says otherwise",
        ),
    ],
)
def test_what_differs_is_told_in_two_lines(content: Any, then: dict[str, Any], failure: str) -> None:
    """What came, and what is documented instead."""
    assert judged(content, then) == failure


@pytest.mark.parametrize(
    ("content", "then", "failure"),
    [
        pytest.param(
            {**BARE, "statusCode": 400},
            {},
            '404 {"statusCode":400,"message":"no","error":"Not Found"} | statusCode is 404, like the status',
            id="another status inside",
        ),
        pytest.param({"message": ""}, {}, '404 {"message":""} | a refusal with a message', id="no words"),
        pytest.param(None, {}, "404, no content | a refusal with a message", id="no body"),
        pytest.param(NO, {"code": "GONE"}, 'code is "RESOURCE_NOT_FOUND" | code is "GONE"', id="another code"),
        pytest.param(BARE, {"message": "No"}, 'message is "no" | message is "No"', id="another text"),
    ],
)
def test_what_differs_in_a_refusal_is_told(content: Any, then: dict[str, Any], failure: str) -> None:
    """Also what no scenario asks for: a text, and a status that is said twice alike."""
    assert judged(content, then, 404) == failure


def test_an_unexpected_refusal_is_shown_with_its_rule() -> None:
    """The first thing to know when a step fails."""
    failure = failure_of(Answer(404, {"x-mock-rule": "JOB-EXISTS"}, BARE), {"status": 200}, [])

    assert str(failure).startswith('Received:   404 (JOB-EXISTS) {"statusCode":404')


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2030-01-01T00:00:00Z", "2030-01-01T01:00:00.000+01:00", True),
        ("2030-01-01T00:00:00Z", "2030-01-01T00:00:01Z", False),
        ("2030-01-01T00:00:00Z", "soon", False),
        ({"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}, True),
        ({"a": 1}, {"a": 1, "b": 1}, False),
        ([1], [1, 1], False),
        ({"a": True}, {"a": 1}, False),
    ],
)
def test_values_are_compared_as_json(one: Any, other: Any, same: bool) -> None:
    """Instants by when they are, all else as it stands."""
    assert is_same(one, other) is same


def test_a_pointer_leads_to_all_entries_of_lists() -> None:
    """Also of lists within lists, and past entries that have nothing there."""
    found = values_at({"data": [{"x": [1, 2]}, {"x": [3]}, {}, 4]}, "/data/*/x/*")

    assert found == [1, 2, 3]


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
        ("{{list}}", [1]),
        ("{{id}}-{{id}}", "7-7"),
        ("/jobs/{{id}}", "/jobs/7"),
        ({"a": ["{{id}}", 1, None]}, {"a": [7, 1, None]}),
        ("no {place}", "no {place}"),
    ],
)
def test_places_are_filled(template: Any, filled: Any) -> None:
    """With times in whole seconds, and with saved values as they are."""
    original = copy.deepcopy(template)

    value = fill(template, {"id": 7, "list": [1]}, LONG_AGO)

    assert value == filled
    assert template == original


def test_places_are_found_wherever_they_stand() -> None:
    """In texts, lists and objects, several to a text."""
    found = list(places_in({"a": ["{{x}}/{{ y }}", 1], "b": "{{now+1d}}"}))

    assert found == ["x", "y", "now+1d"]


@pytest.mark.parametrize(
    ("name", "good"),
    [("jobId", True), ("nowhere", True), ("now", False), ("today", False), ("null", False), ("a-b", False)],
)
def test_names_are_words_without_a_meaning_of_their_own(name: str, good: bool) -> None:
    """What stands for a time cannot stand for a value."""
    assert is_name(name) is good


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
        "/when/0/rules/1: PAGES is no rule of contracts/rules.toml",
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
]


@pytest.mark.parametrize(("document", "message"), WRONG)
def test_a_wrong_scenario_is_refused_with_the_place(document: dict[str, Any], message: str) -> None:
    """Before anything is sent."""
    with pytest.raises(ScenarioError) as refused:
        run_scenario(document, "http://127.0.0.1:1", ACME)

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


def test_the_schema_is_one_and_every_file_keeps_to_it() -> None:
    """By another validator than the one in use."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)

    oracle = jsonschema.Draft202012Validator(SCHEMA)

    assert [list(oracle.iter_errors(loaded(path))) for path in PATHS] == [[]] * len(PATHS)
