"""A check from beginning to end: what is asked for, what is looked at, what each rule comes to, what stays behind."""

import json
import threading
from collections.abc import Iterator
from contextlib import nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic
from typing import Any

import httpx2
import pytest

from mockserver import MockServer, settings_for
from mockserver.checks.answer_log import AnswerLog
from mockserver.checks.choosing import UnknownName, choose
from mockserver.checks.findings import CouldNotLook, Verdict
from mockserver.checks.guards import Pace, nothing_real
from mockserver.checks.inboxes import Inboxes
from mockserver.checks.knocking import WrongKey, knock, meet_other
from mockserver.checks.leftovers import Leftovers
from mockserver.checks.scenario_checks import look_at_scenarios
from mockserver.checks.scenario_files import scenario_of
from mockserver.checks.secrets import Secrets
from mockserver.checks.steps import NEEDS_CONTROL, NEEDS_OTHER, Scenario
from mockserver.checks.suite import PHASES, Outcome, Suite, Wishes
from mockserver.checks.target import Exchange, NotSent, Request, Target
from mockserver.checks.verdicts import Observation, exit_status_of, judged, subjects
from mockserver.contract import operations
from mockserver.rulebook import RULES
from tests.liar import Liar, scenario, step
from tests.support import ACME, ATS, GLOBEX, INITECH, READONLY

KEPT, BROKEN, NOT_LOOKED_AT = Verdict.KEPT, Verdict.BROKEN, Verdict.NOT_LOOKED_AT


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    with MockServer(settings_for(grace_seconds=0)) as server:
        yield server


@pytest.fixture(scope="module")
def locked() -> Iterator[MockServer]:
    """A server whose control API does not let us in."""
    with MockServer(settings_for(grace_seconds=0, admin_token="another")) as server:
        yield server


@pytest.fixture
def liar(locked: MockServer) -> Iterator[Liar]:
    with Liar(locked.url) as liar:
        yield liar


def read(*steps: dict[str, Any], **changes: Any) -> Scenario:
    return scenario_of(scenario(*steps, **changes))


def run(url: str, *phases: str, scenarios: Any = (), inboxes: Inboxes | None = None, **wishes: Any) -> Outcome:
    asked = Wishes(phases=phases, scenarios=scenarios, **wishes)
    with Target(url, ACME) as target:
        return Suite(target, inboxes, asked, lambda *_: None).run()


def told(observations: list[Observation]) -> list[tuple[str, Verdict, tuple[str, ...]]]:
    return [(one.case, one.verdict, one.subjects) for one in observations]


# Verdicts


def observation(subject: str, verdict: Verdict, why: str = "") -> Observation:
    return Observation("scenarios", "a case", "a text", (subject,), verdict, why)


def test_there_is_a_verdict_on_everything_the_contract_says() -> None:
    """Every rule, every operation's answers, and what all deliveries have in common."""
    ids = [one.subject.id for one in judged([])]

    assert ids[: len(RULES)] == list(RULES)
    assert [id for id in ids if id.startswith("answers/")] == [f"answers/{id}" for id in operations()]
    assert len(ids) == len(set(ids)) == len(subjects())


@pytest.mark.parametrize(
    ("seen", "verdict", "why", "status"),
    [
        ([], NOT_LOOKED_AT, "nothing that was sent shows it", 3),
        ([(NOT_LOOKED_AT, "no key"), (NOT_LOOKED_AT, "no time")], NOT_LOOKED_AT, "no key", 3),
        ([(NOT_LOOKED_AT, "no key"), (KEPT, "")], KEPT, "", 0),
        ([(KEPT, ""), (BROKEN, ""), (NOT_LOOKED_AT, "")], BROKEN, "", 1),
    ],
    ids=["never seen", "never looked at", "kept once", "broken once"],
)
def test_what_was_observed_makes_the_verdict(
    seen: list[tuple[Verdict, str]], verdict: Verdict, why: str, status: int
) -> None:
    """A single breach outweighs everything; the first reason is the one that counts."""
    judgements = judged([observation("JOB-XOR", one, reason) for one, reason in seen], {"JOB-XOR"})

    assert [(one.subject.id, one.verdict, one.why) for one in judgements] == [("JOB-XOR", verdict, why)]
    assert exit_status_of(judgements) == status


def test_what_is_broken_is_told_though_nobody_asked() -> None:
    """What is kept, or not looked at, is not."""
    seen = [observation("JOB-XOR", BROKEN), observation("AGENT-XOR", KEPT)]

    judgements = judged(seen, {"ROUTE"})

    assert [one.subject.id for one in judgements] == ["ROUTE", "JOB-XOR"]


# What is asked for


def test_everything_is_looked_at_where_nothing_is_asked_for() -> None:
    """In the order of the phases."""
    chosen = choose([], [])

    assert list(chosen.phases) == list(PHASES)
    assert not chosen.subjects
    assert len(chosen.scenarios) > 10


@pytest.mark.parametrize(
    ("only", "phases"),
    [
        (["job-xor"], ["scenarios"]),
        (["TEST-WEBHOOKS"], ["scenarios", "webhooks"]),
        (["deliveries/retry"], ["webhooks"]),
        (["RESPONSE-SHAPE"], ["scenarios", "answers"]),
        (["answers/createJob"], ["answers", "examples", "coverage", "fuzzing", "stateful"]),
        (["webhooks"], ["scenarios"]),
    ],
    ids=str,
)
def test_a_rule_is_looked_at_where_it_can_be_seen(only: list[str], phases: list[str]) -> None:
    """In any case of its letters."""
    assert choose(only, []).phases == phases


def test_a_rules_scenarios_are_those_that_show_it() -> None:
    """And the report is about the rule alone."""
    chosen = choose(["JOB-XOR"], ["scenarios", "fuzzing"])

    assert chosen.phases == ["scenarios", "fuzzing"]
    assert chosen.subjects == {"JOB-XOR"}
    assert all("JOB-XOR" in one.rules for one in chosen.scenarios)


def test_a_scenario_is_looked_at_by_its_name() -> None:
    """The report is about its rules."""
    chosen = choose(["page-4-inline-job"], [])

    assert [one.name for one in chosen.scenarios] == ["page-4-inline-job"]
    assert chosen.subjects == set(chosen.scenarios[0].rules)


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("JOB-XR", "did you mean JOB-XOR"),
        ("page-4-inline-jobs", "did you mean page-4-inline-job"),
        ("nothing at all", "`mockserver rules` lists the rules"),
    ],
)
def test_what_is_neither_rule_nor_scenario_is_refused(name: str, advice: str) -> None:
    """With what is near."""
    with pytest.raises(UnknownName, match=f"there is no rule and no scenario {name}; {advice}"):
        choose(["JOB-XOR", name], [])


# Scenarios


def test_each_step_speaks_for_its_rules(locked: MockServer) -> None:
    """What only prepares speaks for nothing, as long as it goes well."""
    given = {name: value for name, value in step().items() if name != "rules"}
    one = read(step(), step("GET /jobs/7", 400, rules=["ID-FORMAT"]), given=[given])

    outcome = run(locked.url, "scenarios", scenarios=[one])

    assert told(outcome.observations) == [
        ("scenario /when/0", KEPT, ("PAGINATION",)),
        ("scenario /when/1", KEPT, ("ID-FORMAT",)),
    ]
    assert [(part.phase, part.looks, part.why) for part in outcome.parts] == [("scenarios", 2, "")]


def test_what_prepares_and_fails_breaks_the_answers_of_its_operation(locked: MockServer) -> None:
    """The rules that it was to prepare are not looked at, and it is said why."""
    given = {name: value for name, value in step(status=418).items() if name != "rules"}

    outcome = run(locked.url, "scenarios", scenarios=[read(step(), given=[given])])

    assert told(outcome.observations) == [
        ("scenario /given/0", BROKEN, ("answers/listJobs",)),
        ("scenario /when/0", NOT_LOOKED_AT, ("PAGINATION",)),
    ]
    assert outcome.observations[1].why == "an earlier step is broken: scenario /given/0, A step"


def test_what_prepares_at_no_operation_and_fails_is_told_of_all_rules(locked: MockServer) -> None:
    """Nothing that fails is lost."""
    given = {name: value for name, value in step("GET /nowhere").items() if name != "rules"}

    outcome = run(locked.url, "scenarios", scenarios=[read(step(), given=[given])])

    assert told(outcome.observations)[0] == ("scenario /given/0", BROKEN, ("PAGINATION",))


def test_a_step_that_was_held_back_says_why_the_others_were_not_looked_at(locked: MockServer) -> None:
    """Its reason, not that there was an earlier one."""
    real = step("POST /interviews", 201, rules=["SCHEDULED"], body={"agentId": "7"})

    with Target(locked.url, ACME, guards=[nothing_real]) as target:
        found = list(look_at_scenarios(target, [read(real, step())], lambda _: None))

    assert [(one.verdict, one.why) for one in found] == [
        (NOT_LOOKED_AT, "it asks for a real interview (--live sends it)")
    ] * 2


def test_no_scenario_begins_when_the_time_is_over(locked: MockServer) -> None:
    """Those that are left are named, with their rules."""
    outcome = run(locked.url, "scenarios", scenarios=[read(step()), read(step())], budget_seconds=0.0)

    assert told(outcome.observations) == [("scenario", NOT_LOOKED_AT, ("PAGINATION",))] * 2
    assert outcome.parts[0].why == "the time was over before it began (--budget)"


def test_a_request_without_an_answer_breaks_its_rule(liar: Liar) -> None:
    """As long as others are answered."""
    liar.lie = lambda told: None if told.number == 1 else told

    with Target(liar.url, ACME) as target:
        target.has_answered = True
        found = list(look_at_scenarios(target, [read(step()), read(step())], lambda _: None))

    assert [one.verdict for one in found] == [BROKEN, KEPT]


def test_a_server_that_is_gone_ends_the_check(liar: Liar) -> None:
    """What was seen before stands; all other phases are not looked at."""
    liar.lie = lambda told: told if told.number <= 16 else None  # what the key may was asked first, and the control API

    outcome = run(liar.url, "scenarios", "webhooks", "answers", scenarios=[read(step()), read(step()), read(step())])

    assert outcome.gone.startswith(f"{liar.url} does not answer: ")
    assert [(part.phase, part.why) for part in outcome.parts][1:] == [
        ("webhooks", "the server stopped answering before"),
        ("answers", ""),
    ]
    assert outcome.observations[0].verdict is KEPT


# Answers


def test_answers_are_those_of_the_other_phases(locked: MockServer) -> None:
    """Nothing more is sent for them."""
    outcome = run(locked.url, "scenarios", "answers", scenarios=[read(step())])

    assert told(outcome.observations)[1:] == [("listJobs", KEPT, ("answers/listJobs",))]


def test_answers_alone_take_the_requests_of_the_scenarios(locked: MockServer) -> None:
    """Which are then judged by their form only."""
    outcome = run(locked.url, "answers", scenarios=[read(step("GET /agents", 418))])

    assert told(outcome.observations) == [("listAgents", KEPT, ("answers/listAgents",))]


def test_a_false_answer_is_found_whatever_it_was_asked_for(liar: Liar) -> None:
    """The rule that the step is about is kept all the same."""
    liar.lie = lambda told: told.but(content=told.content.replace(b'"total"', b'"sum"'))

    outcome = run(liar.url, "scenarios", "answers", scenarios=[read(step())])

    assert told(outcome.observations)[0] == ("scenario /when/0", KEPT, ("PAGINATION",))
    assert {one.subjects for one in outcome.observations if one.verdict is BROKEN} == {("answers/listJobs",)}


# Webhooks


def test_where_no_receiver_can_be_reached_no_webhook_is_looked_at(locked: MockServer) -> None:
    """And nothing is sent for them."""
    outcome = run(locked.url, "webhooks")

    assert outcome.parts[0].why == "a server elsewhere cannot reach the receiver, which is on this machine"
    assert outcome.parts[0].looks == 0


@pytest.mark.parametrize("phase", ["webhooks", "examples"])
def test_what_the_control_api_refuses_is_the_reason(server: MockServer, phase: str) -> None:
    """A world that cannot be made, for instance."""
    made = httpx2.post(f"{server.url}/_mock/worlds", json={"from": "demo"}).json()
    with Inboxes() as inboxes, Target(server.url, made["keys"][ACME], receiver=inboxes.open) as target:
        assert target.world is not None
        httpx2.delete(f"{server.url}/_mock/worlds/{made['id']}")
        outcome = Suite(target, inboxes, Wishes(phases=[phase], scenarios=[]), lambda *_: None).run()

    assert "refuses POST /_mock/worlds" in outcome.parts[0].why


# Leftovers


def state(server: MockServer, token: str | None = None) -> dict[str, int]:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    rows = httpx2.get(f"{server.url}/_mock/worlds/demo/state", headers=headers).json()
    return {name: len(value) for name, value in rows.items() if isinstance(value, list)}


def test_a_check_leaves_the_world_as_it_found_it(locked: MockServer) -> None:
    """Where it has none of its own: rows made inline too, minutes reserved, webhooks."""
    before = state(locked, "another")
    chosen = choose(["page-4-inline-job", "webhooks", "interviews"], [])

    outcome = run(locked.url, "scenarios", scenarios=chosen.scenarios)

    assert {one.verdict for one in outcome.observations} == {KEPT}
    assert outcome.rows_left == 0
    assert state(locked, "another") == before


def exchange(method: str, path: str, status: int, said: Any = None, sent: Any = None, key: str = ACME) -> Exchange:
    content = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
    headers = {"content-type": "application/json"}
    request = Request(method, path, (("Authorization", f"Bearer {key}"),), content)
    return Exchange("http://api.test", request, status, headers, json.dumps(said).encode(), 0.0)


def test_what_cannot_be_taken_away_is_counted(liar: Liar, locked: MockServer) -> None:
    """Refused, held back, or out of reach; what is gone already counts for nothing."""
    leftovers = Leftovers()
    for row in (
        exchange("POST", "/jobs", 201, {"id": "7"}),
        exchange("POST", "/jobs?companyId=7", 201, {"id": "8"}),
        exchange("DELETE", "/jobs/8", 200),
        exchange("POST", "/agents", 400, {"id": "7"}),
        exchange("POST", "/company", 201, {"id": "7"}),
        exchange("POST", "/webhooks/7/test", 200, {"id": "7"}),
        exchange("POST", "/candidates", 201, [7], b"{"),
        exchange("POST", "/candidates", 201, {"id": 7}, b"{"),
        exchange("POST", "/interviews", 201, {"id": "9", "candidateId": "7"}, {"candidate": {}, "agent": {}}),
    ):
        leftovers.on_exchange(row)

    with Target(locked.url, ACME) as target, Target(locked.url, ACME, guards=[held_back]) as guarded:
        stay = (leftovers.take_away(target), leftovers.take_away(guarded))
    liar.lie = lambda _: None
    with Target(liar.url, ACME) as target:
        gone = leftovers.take_away(target)

    assert (stay, gone) == ((3, 3), 3)  # 400: 7 and 9 are no ids


def held_back(_: Request) -> None:
    raise NotSent("not today")


# Guards


@pytest.mark.parametrize(
    ("method", "path", "body", "is_sent"),
    [
        ("GET", "/interviews", None, True),
        ("POST", "/interviews", {"isTest": True}, True),
        ("POST", "/interviews?companyId=7", {"isTest": True}, True),
        ("POST", "/interviews", {"isTest": "true"}, False),
        ("POST", "/interviews", {"agentId": "7"}, False),
        ("POST", "/interviews", [], False),
        ("POST", "/interviews", b"{", False),
        ("POST", "/interviews", None, False),
        ("DELETE", "/interviews/7", None, True),
        ("POST", "/interviews/7/call-attempts", None, False),
        ("PATCH", "/interviews/7/call-attempts/8", {"isTest": True}, False),
        ("PATCH", "/company/7", {}, False),
        ("POST", "/companies", {}, False),
        ("POST", "/jobs", {}, True),
        ("POST", "/_mock/worlds", {}, True),
    ],
)
def test_nothing_real_is_asked_of_a_server_elsewhere(method: str, path: str, body: Any, is_sent: bool) -> None:
    """No interview but test interviews, no calls, no companies."""
    content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    request = Request(method, path, (), content)

    with nullcontext() if is_sent else pytest.raises(NotSent, match=r"\(--live sends it\)$"):
        nothing_real(request)


def test_requests_keep_their_distance() -> None:
    """The first goes at once."""
    pace, began = Pace(50), monotonic()

    for _ in range(4):
        pace(Request("GET", "/jobs", ()))

    assert 0.06 <= monotonic() - began < 5


# Knocking


@pytest.mark.parametrize("key", [ACME, GLOBEX, INITECH, READONLY])
def test_a_server_that_answers_in_json_can_be_looked_at(server: MockServer, key: str) -> None:
    """Whatever else it answers, as long as it takes the key and shows it a list."""
    with Target(server.url, key) as target:
        knock(target)


@pytest.fixture
def limited() -> Iterator[tuple[str, list[int]]]:
    """A server that answers with the statuses of a list, one after the other, and then with the last; its URL too."""
    statuses: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            status = statuses.pop(0) if len(statuses) > 1 else statuses[0]
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", "Content-Length": "2"}.items():
                self.send_header(name, value)
            if status == 429:
                self.send_header("Retry-After", "0")
            if status == 302:
                self.send_header("Location", "//ci:secret@elsewhere.test/jobs")
            self.end_headers()
            self.wfile.write(b"{}")

        do_GET = do_DELETE = answer  # noqa: N815 # the library's names

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is told."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        yield f"http://127.0.0.1:{server.server_port}", statuses
        server.shutdown()


def test_a_key_without_requests_left_shows_nothing(limited: tuple[str, list[int]]) -> None:
    """That is no fault of the server's."""
    url, statuses = limited
    statuses.append(429)

    with Target(url, ACME) as target, pytest.raises(CouldNotLook, match="has no requests left for the key: 429"):
        knock(target)


def test_a_redirect_is_told_whole(limited: tuple[str, list[int]]) -> None:
    """Where it leads to, but not as whom."""
    url, statuses = limited
    statuses.append(302)

    with Target(url, ACME) as target, pytest.raises(CouldNotLook, match=r"redirects to http://elsewhere\.test/jobs, "):
        knock(target)


@pytest.mark.parametrize("answers", [[404, 404, 429], [429]], ids=["at a step", "at what a step leaves alone"])
def test_a_limit_that_is_reached_on_the_way_breaks_nothing(limited: tuple[str, list[int]], answers: list[int]) -> None:
    """What was sent could not be judged, nor what comes after it."""
    url, statuses = limited
    statuses.extend(answers)
    refused = step("DELETE /jobs/7", 400, untouched=["/jobs"])

    outcome = run(url, "scenarios", scenarios=[read(refused)])

    (seen,) = outcome.observations
    assert (seen.verdict, seen.why.partition(" (")[0]) == (NOT_LOOKED_AT, "the key has no requests left")


def test_rows_are_taken_away_once_requests_are_left_again(limited: tuple[str, list[int]]) -> None:
    """As long as that is soon."""
    url, statuses = limited
    statuses.extend([429, 200])
    leftovers = Leftovers()
    leftovers.on_exchange(exchange("POST", "/jobs", 201, {"id": "7"}))

    with Target(url, ACME) as target:
        stay = leftovers.take_away(target)

    assert stay == 0


def test_where_no_requests_come_back_the_taking_away_ends(limited: tuple[str, list[int]]) -> None:
    """After three rows, each tried again after the wait that it asks for."""
    url, statuses = limited
    statuses.extend([429] * 6 + [200])
    leftovers = Leftovers()
    noted = [[True, "jobs", str(number)] for number in range(7)]
    gone = [[False, "jobs", "6"], [False, "agents", "7"]]
    leftovers.on_notes([json.dumps(note) for note in (*noted, *gone)], ACME)

    with Target(url, ACME) as target:
        stay = leftovers.take_away(target)

    assert (stay, statuses) == (6, [200])


def test_what_somebody_else_could_give_is_named_as_the_reason() -> None:
    """Of several reasons the one that an option does away with."""
    seen = [observation("COMPANY-OWN", NOT_LOOKED_AT, why) for why in (NEEDS_CONTROL, NEEDS_OTHER)]

    judgement = next(one for one in judged(seen) if one.subject.id == "COMPANY-OWN")

    assert judgement.why == NEEDS_OTHER


def test_a_key_that_the_server_does_not_take_is_told_shortened(server: MockServer) -> None:
    """With what it answers."""
    with Target(server.url, "sk_test_of_nobody") as target, pytest.raises(WrongKey) as told:
        knock(target)

    assert str(told.value).startswith(f"{server.url} does not take the key sk_…body: 401 ")


UNUSABLE = [
    pytest.param(lambda told: told.but(status=404), "is its path right?", id="no list is there"),
    pytest.param(lambda told: told.but(status=503), "nothing to be judged", id="only errors"),
    pytest.param(lambda told: told.but(status=302), "redirects to nowhere", id="a redirect"),
    pytest.param(lambda told: told.but(content=b"{"), "with 200 and what calls itself JSON and is none", id="garbage"),
    pytest.param(lambda _: None, "does not answer", id="no answer"),
]


@pytest.mark.parametrize(("lie", "why"), UNUSABLE)
def test_what_cannot_be_judged_is_not_looked_at(liar: Liar, lie: Any, why: str) -> None:
    """One sentence says why."""
    liar.lie = lie

    with Target(liar.url, ACME) as target, pytest.raises(CouldNotLook, match=why):
        knock(target)


def test_one_list_is_enough(liar: Liar) -> None:
    """A stub need not have them all."""
    liar.lie = lambda told: told.but(status=501) if "/agents" not in told.path else told

    with Target(liar.url, ACME) as target:
        knock(target)

    assert liar.count == 3


@pytest.mark.parametrize(("key", "other"), [(ACME, GLOBEX), (GLOBEX, ACME), (ATS, ACME)])
def test_a_second_company_is_found_where_the_control_api_knows_one(server: MockServer, key: str, other: str) -> None:
    """Its key may do everything."""
    with Target(server.url, key) as target:
        meet_other(target)

        assert target.other_key == other


def test_a_second_company_is_not_looked_for_where_one_is_given_or_nobody_knows_any(
    server: MockServer, locked: MockServer
) -> None:
    """What the user says holds."""
    with Target(server.url, ACME, INITECH) as given, Target(locked.url, ACME) as unknown:
        meet_other(given)
        meet_other(unknown)

        assert (given.other_key, unknown.other_key) == (INITECH, None)


def test_a_world_with_one_company_has_no_second() -> None:
    """Readers and ATS keys are none either."""
    file = {
        "name": "alone",
        "companies": [{"id": "11111111-0000-4000-8000-000000000001", "name": "Acme"}],
        "keys": [{"key": ACME, "companyId": "11111111-0000-4000-8000-000000000001", "scopes": ["*"]}],
    }
    with MockServer(settings_for([file], grace_seconds=0)) as alone, Target(alone.url, ACME) as target:
        meet_other(target)

        assert target.other_key is None


# Secrets


def test_no_secret_is_shown_whole() -> None:
    """Keys of worlds that were made, and signing secrets, wherever they turn up; what is short is no secret."""
    secrets = Secrets("sk_test_acme", ["sk_test_other", "short"])
    secrets.on_exchange(
        exchange("POST", "/_mock/worlds", 201, {"keys": {"sk_test_acme": "sk_a1b2c3d4", "x": "sk_e5f6a7b8"}})
    )
    secrets.on_exchange(exchange("GET", "/_mock/worlds", 200, [{"keys": ["sk_…acme"]}]))
    secrets.on_exchange(exchange("POST", "/webhooks", 201, {"data": {"signingSecret": "5ec4e75ec4e7"}}))

    masked = secrets.masked("sk_test_acme sk_test_other sk_a1b2c3d4 sk_e5f6a7b8 5ec4e75ec4e7 short")

    assert masked == "sk_…acme sk_…ther sk_…c3d4 sk_…a7b8 5ec…c4e7 short"


ONCE_MORE = """curl -i -X POST 'http://api.test/jobs?a=b c' -H "Authorization: Bearer $INSTAVIEW_API_KEY\""""


@pytest.mark.parametrize(
    ("headers", "content", "line"),
    [
        (
            (("Authorization", "Bearer sk_test_acme"),),
            None,
            ONCE_MORE,
        ),
        (
            (("Authorization", "[Filtered]"), ("X-Y", "z")),
            b"{\"a\": 'b'}\xff",
            f"""{ONCE_MORE} -H 'X-Y: z' --data-binary '{{"a": '"'"'b'"'"'}}\\xff'""",
        ),
        (
            (("Authorization", "Bearer sk_test_other"),),
            None,
            "curl -i -X POST 'http://api.test/jobs?a=b c' -H 'Authorization: Bearer sk_…ther'",
        ),
    ],
    ids=["the key under check", "with a body", "another key"],
)
def test_a_request_can_be_made_once_more(
    headers: tuple[tuple[str, str], ...], content: bytes | None, line: str
) -> None:
    """By a shell, with the key in a variable."""
    request = Request("POST", "/jobs?a=b c", headers, content)
    secrets = Secrets("sk_test_acme", ["sk_test_other"])

    assert secrets.curl(Exchange("http://api.test", request, 200, {}, b"", 0.0)) == line


def test_a_log_of_its_own_sees_nothing_of_what_was_before(locked: MockServer) -> None:
    """Listeners are added when a suite is made."""
    log = AnswerLog()

    with Target(locked.url, ACME, listeners=[log.on_exchange]) as target:
        Suite(target, None, Wishes(phases=[], scenarios=[]), lambda *_: None).run()
        knock(target)

    assert log.counts["listJobs"] == 1
