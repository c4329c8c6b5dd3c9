"""How a scenario is run: what is sent, what each kind of step is held against, and when it is not looked at."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from mockserver import MockServer, settings_for
from mockserver.checks.findings import CouldNotLook, Verdict
from mockserver.checks.inboxes import Inboxes
from mockserver.checks.results import Result
from mockserver.checks.scenario_files import scenario_of
from mockserver.checks.scenarios import EARLIER, run_scenario
from mockserver.checks.steps import NEEDS_CONTROL, NEEDS_OTHER, NEEDS_RECEIVER
from mockserver.checks.target import Exchange, NotSent, Request, Target
from mockserver.client import ControlClient
from mockserver.paths import CONTRACTS
from tests.liar import Liar, Told, scenario, step
from tests.support import ACME, GLOBEX, INLINE_AGENT, INLINE_CANDIDATE, NOW

Run = Callable[..., Result]
JOB = {"title": "Release Manager"}
GENERIC = {**INLINE_AGENT, "focus": "GENERIC"}
CANDIDATE = {**INLINE_CANDIDATE, "gdprExpiryDate": "{{today+1d}}"}
BOOKED = {"candidate": CANDIDATE, "agent": GENERIC, "isTest": True}


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
def run(server: MockServer) -> Run:
    """Run a scenario against the mock, with more said of the target."""

    def run(document: Any, other_key: str | None = GLOBEX, **options: Any) -> Result:
        with Target(server.url, ACME, other_key, **options) as target:
            return run_scenario(document, target)

    return run


@pytest.fixture(scope="module")
def liar(server: MockServer) -> Iterator[Liar]:
    with Liar(server.url) as liar:
        yield liar


def sent(result: Result, place: int = 0) -> Request:
    return result.steps[place].exchanges[0].request


# What is sent


def test_a_body_may_be_anything(run: Run) -> None:
    """JSON, a text as it stands, or bytes."""
    result = run(
        scenario(
            step("POST /jobs", 201, body=JOB),
            step("POST /jobs", 400, raw='{"title": "{{3*a}}"', rules=["BODY-JSON"]),
            step("POST /jobs", 400, hex="7b ff", rules=["BODY-JSON"]),
        )
    )

    assert result.failure == ""
    contents = [sent(result, place).content for place in range(3)]
    assert contents == [b'{"title":"Release Manager"}', b'{"title": "aaa"', b"{\xff"]


def test_headers_replace_those_that_would_be_sent(run: Run) -> None:
    """One may come twice, or not at all; the key under check has a place of its own."""
    headers = {"authorization": ["Bearer {{key}}", "Bearer {{key}}"], "Content-Type": [], "X-One": "1"}
    result = run(scenario(step("POST /jobs", 401, body=JOB, headers=headers, rules=["AUTH-KEY"])), has_control=False)

    assert result.failure == ""
    bearer = ("authorization", f"Bearer {ACME}")
    assert sent(result).headers == (bearer, bearer, ("X-One", "1"))


@pytest.mark.parametrize(
    ("sender", "authorization"),
    [
        pytest.param("nobody", [("Authorization", "Bearer sk_test_that_nobody_was_given")], id="a key of nobody"),
        pytest.param("anonymous", [], id="no key"),
    ],
)
def test_a_step_may_be_sent_without_a_key_that_counts(run: Run, sender: str, authorization: list[Any]) -> None:
    """Which is told apart from a wrong one."""
    result = run(scenario(step(status=401, sender=sender, rules=["AUTH-KEY"])))

    assert result.failure == ""
    assert list(sent(result).headers) == authorization


def test_requests_at_once_are_told_by_their_statuses(run: Run) -> None:
    """All of them, with an exchange each."""
    result = run(scenario(step("GET /jobs", at_once=5, then={"tally": {"200": 5}})))

    assert result.failure == ""
    assert [exchange.status for exchange in result.steps[0].exchanges] == [200] * 5


# A world of its own


def test_what_a_scenario_makes_is_gone_afterwards(run: Run, control: ControlClient) -> None:
    """It is run in a copy of the world, which is removed."""
    before = [world["id"] for world in control.call("GET", "/_mock/worlds")]

    result = run(scenario(step("POST /jobs", 201, body=JOB, save={"jobId": "/id"}), step("GET /jobs/{{jobId}}")))

    assert result.verdict is Verdict.KEPT
    assert [world["id"] for world in control.call("GET", "/_mock/worlds")] == before
    jobs = control.call("GET", "/_mock/worlds/demo/state")["jobs"]
    assert JOB["title"] not in [job["title"] for job in jobs]


def test_without_the_control_api_it_stays(run: Run, control: ControlClient) -> None:
    """In the world under check: there is no other."""
    result = run(scenario(step("POST /jobs", 201, body={"title": "A job that stays"})), has_control=False)

    assert result.verdict is Verdict.KEPT
    assert "A job that stays" in [job["title"] for job in control.call("GET", "/_mock/worlds/demo/state")["jobs"]]


OWN = {
    "clock": NOW,
    "companies": [{"id": "44444444-0000-4000-8000-000000000001", "name": "Hooli", "minutes": 60}],
    "keys": [
        {"key": "owner", "companyId": "44444444-0000-4000-8000-000000000001"},
        {"key": "reader", "companyId": "44444444-0000-4000-8000-000000000001", "scopes": ["read:jobs"]},
        {"key": "late", "companyId": "44444444-0000-4000-8000-000000000001", "expiresAt": "{{now+1h}}"},
    ],
}


def test_a_scenario_may_bring_its_own_world(run: Run) -> None:
    """With keys of all kinds, by name; the first is the one under check. Its clock is moved as it says."""
    result = run(
        scenario(
            step("POST /jobs", 201, body=JOB),
            step("POST /jobs", 403, sender="reader", body=JOB, rules=["AUTH-SCOPE"], untouched=["/jobs as reader"]),
            step(sender="late"),
            {"step": "Later", "advance": {"to": "{{now+1h}}"}},
            step(status=401, sender="late", rules=["KEY-EXPIRED"]),
            world=OWN,
        )
    )

    assert result.failure == ""
    assert [one.verdict for one in result.steps] == [Verdict.KEPT] * 5


def test_readings_in_force_hold_in_its_own_world_too(server: MockServer, control: ControlClient) -> None:
    """A check is of the server as it stands."""
    made = control.call("POST", "/_mock/worlds", {"from": "demo"})
    control.call("PUT", f"/_mock/worlds/{made['id']}/readings", {"wire": "envelope"})

    with Target(server.url, made["keys"][ACME]) as target:
        results = [run_scenario(scenario(step(), world=world), target) for world in (OWN, {"minutes": 5})]

    assert [result.steps[0].exchanges[0].json["success"] for result in results] == [True, True]


def test_a_world_that_the_server_does_not_make_is_told(run: Run) -> None:
    """Nothing is judged then."""
    result = run(scenario(world={"gravity": "none"}))

    assert result.verdict is Verdict.NOT_LOOKED_AT
    assert result.why.startswith("the control API refuses POST /_mock/worlds: 400 ")


def test_a_clock_that_cannot_be_moved_is_told(run: Run) -> None:
    """Nothing after that is judged."""
    result = run(scenario({"step": "Back", "advance": {"to": "2001-01-01T00:00:00Z"}}, step(), world={"clock": NOW}))

    assert result.verdict is Verdict.NOT_LOOKED_AT
    assert result.why.startswith("the control API refuses POST /_mock/worlds/")
    assert result.steps[1].why == EARLIER


# Time


def title_of(result: Result) -> Any:
    return result.steps[0].exchanges[0].json["title"]


def test_now_is_the_worlds(run: Run) -> None:
    """Where there is a control API, its clock is asked."""
    result = run(scenario(step("POST /jobs", 201, body={"title": "Before {{now+1d}}"}), world={"clock": NOW}))

    assert title_of(result) == "Before 2024-01-17T10:30:00Z"


def test_the_world_is_found_by_the_whole_key(server: MockServer, control: ControlClient) -> None:
    """Keys that look alike where they are shortened are told apart."""
    company = {"id": "44444444-0000-4000-8000-000000000001", "name": "Hooli", "minutes": 60}
    key = {"key": "sk_alike_acme", "companyId": company["id"], "scopes": ["*"]}
    control.call("POST", "/_mock/worlds", {"clock": NOW, "companies": [company], "keys": [key]})

    with Target(server.url, "sk_alike_acme") as target:
        result = run_scenario(scenario(step("POST /jobs", 201, body={"title": "Before {{today}}"})), target)

    assert title_of(result) == "Before 2024-01-16"


def test_a_key_of_no_world_goes_by_this_machines_time(server: MockServer) -> None:
    """Its refusal is judged like any other."""
    with Target(server.url, "sk_test_none") as target:
        result = run_scenario(scenario(step("GET /jobs?after={{now}}", 401, rules=["AUTH-KEY"])), target)

    assert result.verdict is Verdict.KEPT


# What it is held against


@pytest.mark.rule("JOB-MULTIPLE")
def test_a_message_is_compared_word_by_word(run: Run) -> None:
    """The one text that the page gives, in either wire."""
    text = "Job ID must be provided when candidate has multiple job assignments"
    body = {"candidateId": "11111111-0000-4000-8003-000000000002", "agentId": "11111111-0000-4000-8002-000000000001"}
    asked = step("POST /interviews", 400, body=body, rules=["JOB-MULTIPLE"], then={"message": f"{text}."})

    failures = {run(scenario(asked, world={"readings": {"wire": wire}})).failure for wire in ("reference", "envelope")}

    assert failures == {f'Received:   message is "{text}"\nDocumented: message is "{text}."'}


@pytest.mark.rule("AUTH-KEY")
def test_the_rule_of_a_refusal_is_compared(run: Run) -> None:
    """Where the server names it, which the mock does; whose rule it should be is told."""
    result = run(scenario(step(status=401, rules=["KEY-EXPIRED"], sender="nobody")))

    assert result.failure == "Received:   refused by AUTH-KEY\nDocumented: refused by KEY-EXPIRED"
    assert result.failed is not None
    assert result.failed.rules == ("KEY-EXPIRED",)


def test_after_a_failure_nothing_is_sent(run: Run) -> None:
    """What came before is kept."""
    result = run(scenario(step(), step(status=418), step()))

    assert result.verdict is Verdict.BROKEN
    assert [one.verdict for one in result.steps] == [Verdict.KEPT, Verdict.BROKEN, Verdict.NOT_LOOKED_AT]
    assert (result.steps[2].exchanges, result.steps[2].why) == ((), EARLIER)


def test_what_later_steps_need_must_be_there(run: Run) -> None:
    """A value that cannot be saved fails the step that should have brought it."""
    result = run(scenario(step(save={"jobId": "/id"}), step("GET /jobs/{{jobId}}")))

    assert result.failure == "Received:   no /id\nDocumented: /id, which later steps need as jobId"


def test_what_a_step_leaves_alone_is_looked_at_before_and_after(run: Run) -> None:
    """And once where one such step follows another."""
    asked: list[Request] = []
    refused = step("POST /jobs", 400, body={}, rules=["JOB-SHAPE"], untouched=["/jobs", "/agents as other"])

    result = run(scenario(refused, refused), guards=[asked.append])

    assert result.failure == ""
    looks = [request.path for request in asked if request.method == "GET" and not request.is_control]
    assert looks == ["/jobs", "/agents"] * 3


@pytest.mark.parametrize(
    ("spoilt", "received", "documented"),
    [
        pytest.param({"content": b'{"total":9}'}, "/total is 9", "/total is ", id="another answer"),
        pytest.param({"status": 500}, "500", "200, as before", id="another status"),
    ],
)
def test_a_change_of_what_was_to_be_left_alone_breaks_its_rule(
    liar: Liar, spoilt: dict[str, Any], received: str, documented: str
) -> None:
    """Though the refusal itself is as it should be."""
    refused = step("POST /jobs", 400, body={}, rules=["JOB-SHAPE"], untouched=["/jobs"])
    liar.start_over(lambda told: told.but(**spoilt) if told.number == 3 else told)

    with Target(liar.url, ACME) as target:
        result = run_scenario(scenario(refused), target)

    assert result.failed is not None
    assert result.failed.failure is not None
    assert result.failed.failure.received.startswith(f"afterwards, at /jobs: {received}")
    assert result.failed.failure.documented.startswith(documented)


def test_a_step_may_say_that_it_takes_what_is_not_there(run: Run) -> None:
    """That is no breach."""
    result = run(scenario(step("GET /nothing", if_not="there is nothing"), step()))

    assert result.verdict is Verdict.NOT_LOOKED_AT
    assert (result.why, result.failure) == ("there is nothing", "")
    assert result.steps[0].exchanges[0].status == 404


def test_no_step_excuses_an_error_of_the_server(liar: Liar) -> None:
    """Whatever may not be there, that is a breach."""
    liar.start_over(lambda told: told.but(status=503) if told.number else told)

    with Target(liar.url, ACME) as target:
        result = run_scenario(scenario(step("GET /nothing", if_not="there is nothing")), target)

    assert result.verdict is Verdict.BROKEN
    assert result.failure.startswith("Received:   503")


# Readings


CREATE = step("POST /interviews", 201, body=BOOKED, rules=["CREATE-STATUS"])
MARKED = step(
    "POST /interviews",
    201,
    body=BOOKED,
    rules=["TEST-MARK"],
    then={"present": ["/metadata/isTest"]},
    under=[{"reading": {"test_mark": "field_only"}, "then": {"status": 201, "absent": ["/metadata"]}}],
)


def test_a_kept_step_tells_the_reading_that_it_is_kept_under(run: Run) -> None:
    """If it is not the usual one; all that were shown are told together."""
    usual, other = (run(scenario(MARKED, world={"readings": {"test_mark": mark}})) for mark in ("both", "field_only"))

    assert [one.steps[0].why for one in (usual, other)] == ["", "under test_mark=field_only"]
    assert other.readings == {"test_mark": "field_only", "create_status": "201"}


def test_a_reading_in_force_has_to_be_kept(liar: Liar) -> None:
    """Where the server can be asked, its word counts, and not whatever some document would allow."""
    liar.start_over(lambda told: told.but(status=200) if told.status == 201 and told.number else told)

    with Target(liar.url, ACME) as target:
        result = run_scenario(scenario(CREATE), target)

    assert result.failure.startswith("Received:   200 {")
    assert result.failure.endswith("\nDocumented: 201")


def test_a_server_keeps_to_the_reading_that_it_has_shown(liar: Liar) -> None:
    """Either of two answers will do, but not one today and the other tomorrow."""
    liar.start_over(lambda told: told.but(status=200) if told.number == 2 else told)

    with Target(liar.url, ACME, has_control=False) as target:
        result = run_scenario(scenario(CREATE, CREATE), target)

    assert [one.verdict for one in result.steps] == [Verdict.KEPT, Verdict.BROKEN]
    assert result.failure.endswith("\nDocumented: 201")


def test_the_nearest_outcome_is_told(liar: Liar) -> None:
    """Of several, the one that has the status that came."""
    liar.start_over(lambda told: told.but(status=200, content=b'{"metadata":{}}') if told.number else told)

    with Target(liar.url, ACME, has_control=False) as target:
        result = run_scenario(scenario(MARKED), target)

    assert result.failure == "Received:   no /metadata/isTest\nDocumented: /metadata/isTest, whatever it is"


def test_what_another_outcome_does_not_bring_is_not_looked_at(run: Run) -> None:
    """There is nothing wrong with the server."""
    made = step(
        "POST /jobs",
        201,
        body={**JOB, "colour": "red"},
        save={"jobId": "/id"},
        under=[{"reading": {"unknown_fields": "reject"}, "rules": ["UNKNOWN-FIELDS"], "then": {"status": 400}}],
    )
    result = run(scenario(made, step("GET /jobs/{{jobId}}"), world={"readings": {"unknown_fields": "reject"}}))

    assert [one.verdict for one in result.steps] == [Verdict.KEPT, Verdict.NOT_LOOKED_AT]
    assert result.steps[0].rules == ("UNKNOWN-FIELDS",)
    assert result.why == "no step brought {{jobId}} under unknown_fields=reject"


def test_an_outcome_may_be_the_end(run: Run) -> None:
    """With a reason why nothing after it can be looked at."""
    ended = {"reading": {"unknown_fields": "reject"}, "then": {"status": 400}, "ends": "it knows no colours"}
    made = step("POST /jobs", 201, body={**JOB, "colour": "red"}, rules=["UNKNOWN-FIELDS"], under=[ended])

    result = run(scenario(made, step(), world={"readings": {"unknown_fields": "reject"}}))

    assert [one.verdict for one in result.steps] == [Verdict.KEPT, Verdict.NOT_LOOKED_AT]
    assert result.why == "it knows no colours"


# Webhooks


def test_webhooks_are_waited_for(run: Run) -> None:
    """They are held against what must come, as they came."""
    hook = {"url": "{{receiver}}", "events": ["analysis.completed"]}
    document = scenario(
        step("POST /webhooks", 201, body=hook, save={"webhookId": "/id"}),
        step("POST /interviews", 201, body=BOOKED, save={"id": "/id"}),
        {
            "step": "It comes",
            "receive": 1,
            "rules": ["TEST-WEBHOOKS"],
            "then": {"in_order": {"/*/data/interviewId": ["{{id}}"]}, "equal": {"/0/event": "analysis.completed"}},
        },
        step("DELETE /webhooks/{{webhookId}}", 204),
    )

    with Inboxes() as inboxes:
        results = [run(document, receiver=inboxes.open, has_control=has_control) for has_control in (True, False)]

    assert [(result.failure, result.verdict) for result in results] == [("", Verdict.KEPT)] * 2


# What is not looked at


@pytest.mark.parametrize(
    ("document", "options", "why"),
    [
        pytest.param(scenario(step(), step(sender="other")), {"other_key": None}, NEEDS_OTHER, id="a second company"),
        pytest.param(scenario(step(sender="other")), {"other_key": "sk_elsewhere"}, NEEDS_OTHER, id="of another world"),
        pytest.param(scenario(world={"minutes": 5}), {"has_control": False}, NEEDS_CONTROL, id="the control API"),
        pytest.param(scenario(step(body={"url": "{{receiver}}"})), {}, NEEDS_RECEIVER, id="a receiver"),
    ],
)
def test_without_what_it_takes_it_is_not_looked_at(
    run: Run, document: dict[str, Any], options: dict[str, Any], why: str
) -> None:
    """Nothing of it is sent, and the reason is told."""
    asked: list[Request] = []

    result = run(document, guards=[asked.append], **options)

    assert [one.verdict for one in result.steps] == [Verdict.NOT_LOOKED_AT] * len(document["when"])
    assert (result.why, result.failure, result.failed) == (why, "", None)
    assert all(request.is_control for request in asked)


def test_a_guard_holds_a_request_back(run: Run) -> None:
    """The step is not looked at, nor is any after it."""

    def tests_only(request: Request) -> None:
        if request.method == "DELETE" and not request.is_control:
            raise NotSent("nothing is deleted here")

    result = run(scenario(step(), step("DELETE /jobs/1"), step()), guards=[tests_only])

    assert [one.verdict for one in result.steps] == [Verdict.KEPT, Verdict.NOT_LOOKED_AT, Verdict.NOT_LOOKED_AT]
    assert (result.why, result.steps[2].why) == ("nothing is deleted here", EARLIER)


def test_listeners_are_told_of_every_exchange(run: Run) -> None:
    """Also of those that belong to no step."""
    told: list[Exchange] = []

    run(scenario(step("POST /jobs", 400, body={}, rules=["JOB-SHAPE"], untouched=["/jobs"])), listeners=[told.append])

    of_api = [(one.request.method, one.status) for one in told if not one.request.is_control]
    assert of_api == [("GET", 200), ("POST", 400), ("GET", 200)]


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
    pytest.param(
        200,
        "application/json",
        b'{"status":"ok","version":"1"}',
        "no /data",
        "/data, whatever it is",
        id="what looks like a control API",
    ),
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
    with Target(stub(status, media_type, content), ACME) as target:
        result = run_scenario(scenario(step("GET /jobs?after={{today}}", then={"present": ["/data"]})), target)

    assert sent(result).path.startswith("/jobs?after=20")
    assert result.failure == f"Received:   {received}\nDocumented: {documented}"


def test_where_nothing_answers_nothing_is_judged() -> None:
    """One sentence says so."""
    with (
        Target("http://127.0.0.1:1", ACME) as target,
        pytest.raises(CouldNotLook, match=r"^http://127\.0\.0\.1:1 does not answer: "),
    ):
        run_scenario(scenario(), target)


@pytest.mark.parametrize("has_control", [True, False])
def test_a_server_that_breaks_off_is_found_out(liar: Liar, has_control: bool) -> None:
    """Once it has answered, silence is an answer too; before that, nobody knows whether it is there."""
    liar.start_over(lambda told: None if told.number == 2 else told)

    with Target(liar.url, ACME, has_control=has_control) as target:
        result = run_scenario(scenario(step(), step()), target)

    assert [one.verdict for one in result.steps] == [Verdict.KEPT, Verdict.BROKEN]
    assert result.failure.startswith(f"Received:   {liar.url} does not answer: ")
    assert result.failure.endswith("\nDocumented: an answer")


def test_a_server_that_never_answers_cannot_be_judged(liar: Liar) -> None:
    """Not even its first answer came."""

    def nothing(_: Told) -> None:
        return None

    liar.start_over(nothing)

    with Target(liar.url, ACME, has_control=False) as target, pytest.raises(CouldNotLook):
        run_scenario(scenario(), target)


def test_a_scenario_may_be_given_as_it_was_read(run: Run) -> None:
    """Or as a file, or as the value of one."""
    path = CONTRACTS / "scenarios" / "keys.toml"

    results = [run(given) for given in (path, str(path), scenario_of(path))]

    assert [(result.verdict, result.scenario.name) for result in results] == [(Verdict.KEPT, "keys")] * 3
