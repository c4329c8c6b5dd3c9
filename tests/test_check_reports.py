"""The report of a check in each of its forms, and what has changed from one to another."""

import json
from collections.abc import Callable
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from mockserver.checks.check_findings import findings_of
from mockserver.checks.check_report import Report, report_of, shape_of
from mockserver.checks.drift import Accepted, Change, changes_of, drift_of, looks_at_nothing
from mockserver.checks.expectations import Failure, shown
from mockserver.checks.findings import Verdict
from mockserver.checks.junit import junit_of
from mockserver.checks.report_page import headline, page_of
from mockserver.checks.report_reading import NoReport, accepted_in, report_in
from mockserver.checks.secrets import Secrets
from mockserver.checks.suite import Outcome, Part, Wishes
from mockserver.checks.target import Exchange, Request, Target
from mockserver.checks.verdicts import Observation
from mockserver.cli.check_text import text_of, text_of_drift
from mockserver.clock import parse_instant
from tests.support import ACME, NOW

KEPT, BROKEN, NOT_LOOKED_AT = Verdict.KEPT, Verdict.BROKEN, Verdict.NOT_LOOKED_AT
TODAY = date(2024, 1, 16)


def exchange(content: bytes = b'{"id": "7", "tags": [1, null]}', sent: bytes | None = b'{"a": 1}') -> Exchange:
    request = Request("POST", "/jobs", (("Authorization", f"Bearer {ACME}"),), sent)
    headers = {"content-type": "application/json", "date": "today"}
    return Exchange("http://api.test", request, 201, headers, content, 0.1)


def observation(subject: str, verdict: Verdict = KEPT, case: str = "jobs /when/0", **more: Any) -> Observation:
    more = {"failure": Failure("201 <b>", "400"), **more} if verdict is BROKEN else more
    return Observation("scenarios", case, "It is <made>", (subject,), verdict, **more)


def report(*observations: Observation, **outcome: Any) -> Report:
    made = Outcome(
        list(observations), [Part("scenarios", len(observations)), Part("fuzzing", 0, "no <time>")], **outcome
    )
    with Target("http://api.test", ACME) as target:
        return report_of(made, Wishes(["scenarios"], []), target, Secrets(ACME), parse_instant(NOW))


def rule(made: Report, id: str) -> Any:
    return next(row for row in made["rules"] if row["rule"] == id)


GOOD = report(observation("JOB-XOR", exchange=exchange()))
BAD = report(
    observation("JOB-XOR", BROKEN, exchange=exchange()),
    observation("JOB-XOR", BROKEN, exchange=exchange(sent=None)),
    observation("AGENT-XOR", NOT_LOOKED_AT, "agents", why="no <key>"),
    observation("ROUTE", exchange=exchange(), case="route", why="under wire=envelope"),
    readings={"wire": "envelope", "create_status": "201"},
    rows_left=2,
)
FORMS = [
    pytest.param(lambda made: json.dumps(made), id="JSON"),
    pytest.param(page_of, id="HTML"),
    pytest.param(lambda made: junit_of("check", findings_of(made)).decode(), id="JUnit"),
    pytest.param(text_of, id="text"),
]


# The value


def test_a_report_has_every_rule_with_its_source() -> None:
    """And how many of which verdict, and what that means."""
    assert GOOD["schemaVersion"] == 1
    assert GOOD["exitStatus"] == 0
    assert GOOD["counts"]["kept"] == 1
    assert sum(GOOD["counts"].values()) == len(GOOD["rules"])
    assert rule(GOOD, "JOB-XOR") == {
        "rule": "JOB-XOR",
        "area": "shape",
        "statement": rule(GOOD, "JOB-XOR")["statement"],
        "evidence": "DOCUMENTED; its status INFERRED",
        "sources": rule(GOOD, "JOB-XOR")["sources"],
        "verdict": "kept",
        "why": None,
        "cases": ["jobs /when/0"],
    }
    assert all("create-interview, " in source for source in rule(GOOD, "JOB-XOR")["sources"])


def test_what_is_kept_is_told_in_short() -> None:
    """Enough to see what it was, and how it looked."""
    assert GOOD["cases"] == [
        {
            "case": "jobs /when/0",
            "phase": "scenarios",
            "text": "It is <made>",
            "rules": ["JOB-XOR"],
            "verdict": "kept",
            "why": None,
            "method": "POST",
            "path": "/jobs",
            "status": 201,
            "shape": ["/ object", "/id string", "/tags array", "/tags/* null", "/tags/* number"],
        }
    ]


def test_what_is_broken_is_told_in_full() -> None:
    """Received and documented, what was sent and what came, and a line that sends it once more."""
    case, again = BAD["cases"][:2]

    assert (case["received"], case["documented"], case["sent"]) == ("201 <b>", "400", '{"a": 1}')
    assert (case["answer"], case["headers"]) == ('{"id": "7", "tags": [1, null]}', {"content-type": "application/json"})
    assert case["curl"].startswith('curl -i -X POST http://api.test/jobs -H "Authorization: Bearer $INSTAVIEW_API_KEY"')
    assert (again["case"], again["sent"]) == ("jobs /when/0 (2)", None)
    assert rule(BAD, "JOB-XOR")["cases"] == ["jobs /when/0", "jobs /when/0 (2)"]
    assert BAD["exitStatus"] == 1
    assert BAD["readings"] == {"wire": "envelope"}


def test_a_long_body_is_cut() -> None:
    """A report is to be read."""
    made = report(observation("ROUTE", BROKEN, exchange=exchange(content=b"[" + b"1," * 4000 + b"1]")))

    assert made["cases"][0]["answer"].endswith("… (8003 characters)")


def test_a_broken_case_without_an_exchange_has_none() -> None:
    """As where a webhook did not come."""
    assert "curl" not in report(observation("ROUTE", BROKEN))["cases"][0]


@pytest.mark.parametrize(("broken", "status"), [(False, 3), (True, 1)])
def test_a_server_that_stopped_answering_is_not_good(broken: bool, status: int) -> None:
    """Whatever was kept before."""
    made = report(observation("ROUTE", BROKEN if broken else KEPT), gone="it is gone")

    assert (made["exitStatus"], made["stoppedAnswering"]) == (status, "it is gone")


def test_nothing_is_not_good_either() -> None:
    """A check that has looked at nothing says so."""
    assert report()["exitStatus"] == 3


@pytest.mark.parametrize("form", FORMS)
def test_no_form_shows_a_key_whole(form: Any) -> None:
    """Wherever it stands."""
    leak = Failure(f"201 {ACME}", ACME)

    shown = form(report(observation("ROUTE", BROKEN, failure=leak, exchange=exchange(content=ACME.encode()))))

    assert ACME not in shown


SECRET = "5ec4e7" * 10 + "cafe"
LEAKS = [
    pytest.param(
        "whsec_of-any.form", b'{"signingSecret": "whsec_of-any.form"}', "whsec_of-any.form", id="by its field"
    ),
    pytest.param(f'"{SECRET}"', b"{}", SECRET, id="by its form"),
    pytest.param(shown({"a": "x" * 214, "b": SECRET}), b"{}", SECRET[:6], id="where a value is cut"),
    pytest.param("201", f"{'x ' * 1980}{SECRET}".encode(), SECRET[:6], id="where a body is cut"),
    pytest.param("201", f"{'x ' * 1995}{ACME}".encode(), ACME[:9], id="where a body is cut at a key"),
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("received", "content", "secret"), LEAKS)
def test_no_form_shows_a_secret_that_only_another_process_was_told(
    form: Any, received: str, content: bytes, secret: str
) -> None:
    """Nobody listens to generated requests; nor is half a secret shown."""
    leak = observation("ROUTE", BROKEN, failure=Failure(received, "400"), exchange=exchange(content, sent=content))

    told = form(report(leak))

    assert secret not in told


def test_a_shape_names_places_and_types() -> None:
    """The entries of a list are one place."""
    assert list(shape_of({"a": [True, 1.5], "b/c": None})) == [
        "/ object",
        "/a array",
        "/a/* boolean",
        "/a/* number",
        "/b/c null",
    ]


# The page


class Checker(HTMLParser):
    """Fails on tags that do not close as they opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loads += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize(
    "made", [GOOD, BAD, report(), report(gone="it is <gone>")], ids=["good", "bad", "empty", "gone"]
)
def test_the_page_is_whole_and_needs_nothing_else(made: Report) -> None:
    """Every tag is closed, and nothing is loaded from anywhere."""
    checker = Checker()

    checker.feed(page_of(made))
    checker.close()

    assert (checker.open, checker.loads) == ([], [])


def test_the_page_shows_what_is_broken_first() -> None:
    """Whatever a server has sent is shown as text."""
    page = page_of(BAD)

    assert page.index("Broken: 1 rule") < page.index("<h2>Broken</h2>")
    assert page.index("<h2>Broken</h2>") < page.index("<h2>Rule by rule</h2>")
    assert "201 &lt;b&gt;" in page
    assert "<made>" not in page
    assert "its answers go by wire=envelope" in page
    assert "no &lt;key&gt;" in page


def test_what_no_page_says_has_no_source() -> None:
    """Its evidence says so; names in a statement are set as code."""
    made = report(observation("UNKNOWN-FIELDS", BROKEN), observation("JOB-EXISTS", BROKEN))

    page = page_of(made)

    assert '<p class="soft">no page · ASSUMED</p>' in page
    assert "<code>jobIds</code>" in page
    assert "    source:     no page (ASSUMED)" in text_of(made).splitlines()


def test_the_page_of_a_few_test_interviews_says_so() -> None:
    """Little was sent, so little is known."""
    assert "test interviews only" in page_of({**GOOD, "testInterviewsOnly": True})


def test_a_rule_that_was_looked_at_often_lists_some() -> None:
    """And how many more there are."""
    page = page_of(report(*(observation("ROUTE", case=f"case {number}") for number in range(43))))

    assert "and 3 more" in page
    assert "case 41" not in page


@pytest.mark.parametrize(
    ("made", "line"),
    [
        (GOOD, "All that was looked at is kept: 1 rule"),
        (BAD, "Broken: 1 rule"),
        (
            report(observation("JOB-XOR"), *(observation(f"answers/{name}") for name in ("getJob", "listJobs"))),
            "All that was looked at is kept: 1 rule and the answers of 2 operations",
        ),
        (
            report(
                *(
                    observation(id)
                    for id in ("JOB-XOR", "ROUTE", "answers/getJob", "deliveries/retry", "deliveries/order")
                )
            ),
            "All that was looked at is kept: 2 rules, the answers of 1 operation and 2 properties of deliveries",
        ),
        (report(), "Nothing could be looked at"),
        (report(gone="gone"), "It could not be looked at to the end"),
    ],
)
def test_one_sentence_says_what_it_comes_to(made: Report, line: str) -> None:
    """For a title."""
    assert headline(made) == line


# The text


def test_the_text_begins_with_what_is_broken() -> None:
    """Two lines tell the difference, one sends it again; the end sums up."""
    lines = text_of(BAD).splitlines()

    assert lines[0].startswith("broken  JOB-XOR  ")
    assert "    Received:   201 <b>" in lines
    assert "    Documented: 400" in lines
    assert "not looked at: no <key>" in lines
    assert "not looked at: fuzzing: no <time>" in lines
    assert lines[-2].startswith("1 kept, 1 broken, ")
    assert ", by its answers under wire=envelope, in 0.0 s (seed 0)" in lines[-2]
    assert lines[-1] == "2 rows that were made for it could not be taken away again"


def test_a_rule_that_is_broken_often_shows_three() -> None:
    """The other forms have them all."""
    text = text_of(report(*(observation("ROUTE", BROKEN, f"case {number}") for number in range(5))))

    assert text.count("Received:") == 3
    assert "and 2 more like it (--html FILE, --json FILE)" in text


def test_colours_are_for_terminals_and_controls_for_nobody() -> None:
    """What a server has sent cannot move the cursor."""
    made = report(
        observation("ROUTE", BROKEN, failure=Failure("\x1b[2J", "400"), exchange=exchange(content=b"\x1b[2J"))
    )

    plain, coloured = text_of(made), text_of(made, coloured=True)

    assert "\x1b" not in plain
    assert "\x1b[31mbroken\x1b[0m" in coloured
    assert "\x1b[2J" not in coloured


def test_no_name_that_a_server_gives_moves_the_cursor() -> None:
    """A case is named after what came; colours are ours."""
    broken = [observation("ROUTE", BROKEN, f"getJob 200 /{number}/\x1b[2J") for number in "12"]

    lines = (
        text_of(report(*broken), coloured=True),
        text_of_drift(
            drift_of(report(*broken[:1]), report(*broken), [entry("JOB-XOR", case="\x9b")], TODAY), coloured=True
        ),
    )

    for line in lines:
        assert "\x1b[31m" in line
        assert r"/2/\x1b[2J" in line
        assert "\x1b[2J" not in line
        assert "\x9b" not in line


def test_a_reason_that_rules_have_told_is_not_told_again() -> None:
    """Of the phase that it kept away."""
    made = report(observation("ROUTE", NOT_LOOKED_AT, why="no <time>"))

    assert text_of(made).count("no <time>") == 1


# JUnit


def test_a_failure_without_a_request_has_none_to_send_again() -> None:
    """It is told all the same."""
    suite = ElementTree.fromstring(junit_of("check", findings_of(report(observation("ROUTE", BROKEN)))))

    failures = [case.findtext("failure") for case in suite if case.find("failure") is not None]
    assert failures == ["sent: jobs /when/0: It is <made>\ncame back: 201 <b>\na good receiver: 400"]


def test_every_rule_is_a_test_case_of_its_area() -> None:
    """Broken ones with what is needed to mend them."""
    suite = ElementTree.fromstring(junit_of("check", findings_of(BAD), judge="documented"))

    assert (suite.get("failures"), suite.get("errors")) == ("1", "0")
    case = next(one for one in suite if one.get("name") == "JOB-XOR")
    failure = case.find("failure")
    assert case.get("classname") == "check.shape"
    assert failure is not None
    assert failure.text is not None
    assert "jobs /when/0: It is <made>\ncurl -i -X POST" in failure.text
    assert failure.text.endswith("came back: 201 <b>\n201 <b>\ndocumented: 400\n400")
    assert "create-interview" in (failure.get("message") or "")


# Drift


def changed(made: Report, **changes: Any) -> Report:
    """With one case otherwise."""
    return {**made, "cases": [{**made["cases"][0], **changes}]}


def test_what_is_the_same_has_not_changed() -> None:
    """When it was made, how long it took and what was random play no part."""
    assert list(changes_of(GOOD, {**GOOD, "seconds": 9, "url": "http://other.test"})) == []


CHANGES = [
    pytest.param(BAD, [Change("", ("JOB-XOR",), "kept, and now broken")], id="worse"),
    pytest.param(report(), [Change("", ("JOB-XOR",), "kept, and now not looked at")], id="lost"),
    pytest.param(
        changed(GOOD, status=200),
        [Change("jobs /when/0", ("JOB-XOR",), "answered with 201, and now with 200")],
        id="another status",
    ),
    pytest.param(
        changed(GOOD, shape=["/ object", "/id number"]),
        [
            Change(
                "jobs /when/0",
                ("JOB-XOR",),
                "its answer shows no longer /id string, /tags array, /tags/* null, /tags/* number; now /id number",
            )
        ],
        id="another shape",
    ),
    pytest.param(
        changed(GOOD, shape=[*GOOD["cases"][0]["shape"], "/new string", "/data/* object"]),
        [Change("jobs /when/0", ("JOB-XOR",), "its answer shows now /new string")],
        id="a new field, and rows of whoever",
    ),
    pytest.param(changed(GOOD, phase="answers", status=200), [], id="of another phase"),
    pytest.param(changed(GOOD, case="other", status=200), [], id="another case"),
]


@pytest.mark.parametrize(("after", "changes"), CHANGES)
def test_what_has_changed_is_told(after: Report, changes: list[Change]) -> None:
    """Verdicts, and answers to the same request."""
    assert [one for one in changes_of(GOOD, after) if one.rules == ("JOB-XOR",)] == changes


def broken(*cases: str) -> Report:
    """A report in which one rule is broken whatever else is, and what more is broken of it."""
    return report(*(observation("ROUTE", BROKEN, case) for case in ("always", *cases)))


CASES = [
    pytest.param(broken(), broken("jobs /when/1"), [Change("jobs /when/1", ("ROUTE",), "now found broken")], id="anew"),
    pytest.param(
        broken("jobs /when/1"),
        broken(),
        [Change("jobs /when/1", ("ROUTE",), "no longer found broken", is_better=True)],
        id="mended",
    ),
    pytest.param(broken("jobs", "jobs"), broken("jobs"), [], id="another number of the same"),
    pytest.param(
        report(observation("ROUTE", BROKEN), observation("ROUTE", case="b"), observation("JOB-XOR", case="b")),
        report(observation("ROUTE", BROKEN), observation("ROUTE", BROKEN, "b"), observation("JOB-XOR", BROKEN, "b")),
        [Change("", ("JOB-XOR",), "kept, and now broken"), Change("b", ("ROUTE",), "now found broken")],
        id="beside a rule that is broken anew",
    ),
]


@pytest.mark.parametrize(("before", "after", "changes"), CASES)
def test_what_else_of_a_broken_rule_is_broken_is_told(before: Report, after: Report, changes: list[Change]) -> None:
    """Case by case: a rule that was broken once and is now broken everywhere has become worse."""
    drift = drift_of(before, after, [], TODAY)

    assert list(drift.new) == changes
    assert drift.is_clean == all(change.is_better for change in changes)


def test_faults_of_an_answer_at_one_place_are_told_apart() -> None:
    """By what is documented: in another run the same fault may have another number."""
    lost = [
        Observation(
            "answers", "getJob 200 body", "at body", ("ROUTE",), BROKEN, failure=Failure("{}", f"{name} is required")
        )
        for name in ("id", "title", "createdAt")
    ]

    changes = list(changes_of(report(*lost[:2]), report(lost[2], lost[1])))

    assert changes == [
        Change("getJob 200 body", ("ROUTE",), "no longer found broken, where this is documented: id is required", True),
        Change("getJob 200 body", ("ROUTE",), "now found broken, where this is documented: createdAt is required"),
    ]


@pytest.mark.parametrize(("made", "is_nothing"), [(GOOD, False), (broken(), False), (report(), True)])
def test_a_report_may_have_looked_at_nothing(made: Report, is_nothing: bool) -> None:
    """As that of a server that was down."""
    assert looks_at_nothing(made) == is_nothing


def test_what_has_become_better_is_no_breach() -> None:
    """It is told all the same."""
    drift = drift_of(report(observation("ROUTE", BROKEN)), report(observation("ROUTE")), [], TODAY)

    assert drift.new == (Change("", ("ROUTE",), "broken, and now kept", is_better=True),)
    assert drift.is_clean


def entry(rule: str = "JOB-XOR", expires: date = TODAY, case: str = "") -> Accepted:
    return Accepted(rule, "they know", expires, case)


WORSE = report(observation("JOB-XOR", BROKEN))


@pytest.mark.parametrize(
    ("accepted", "new", "known", "stale"),
    [
        pytest.param([], 1, 0, [], id="nothing accepted"),
        pytest.param([entry()], 0, 1, [], id="accepted to this day"),
        pytest.param(
            [entry(expires=date(2024, 1, 15))], 1, 0, ["JOB-XOR (they know) has expired on 2024-01-15"], id="expired"
        ),
        pytest.param(
            [entry("ROUTE")],
            1,
            0,
            ["ROUTE (they know) is accepted, and nothing of it has changed: take it out"],
            id="of another rule",
        ),
        pytest.param(
            [entry(case="x")],
            1,
            0,
            ["JOB-XOR, x (they know) is accepted, and nothing of it has changed: take it out"],
            id="of another case",
        ),
    ],
)
def test_known_changes_can_be_accepted_for_a_time(
    accepted: list[Accepted], new: int, known: int, stale: list[str]
) -> None:
    """What has expired, or is not needed, is told and is a breach."""
    drift = drift_of(report(observation("JOB-XOR")), WORSE, accepted, TODAY)

    assert (len(drift.new), len(drift.known), list(drift.stale)) == (new, known, stale)
    assert drift.is_clean == (known == 1)


def test_drift_is_told_line_by_line() -> None:
    """And counted."""
    accepted = [entry(), entry("ROUTE")]
    before = report(observation("JOB-XOR"), observation("AGENT-XOR", BROKEN), observation("NULLS"))
    after = report(observation("JOB-XOR", BROKEN), observation("AGENT-XOR"))

    text = text_of_drift(drift_of(before, after, accepted, TODAY))

    assert sorted(text.splitlines()) == sorted(
        [
            "changed  NULLS: kept, and now not looked at",
            "better  AGENT-XOR: broken, and now kept",
            "accepted  JOB-XOR: kept, and now broken — they know, until 2024-01-16",
            "stale  ROUTE (they know) is accepted, and nothing of it has changed: take it out",
            "2 new, 1 accepted, 1 entries stale",
        ]
    )


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str | bytes], Path]:
    def write(text: str | bytes) -> Path:
        path = tmp_path / "file"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_a_report_reads_back(write: Any) -> None:
    """As it was written."""
    assert report_in(write(json.dumps(GOOD))) == GOOD


NO_REPORT = "file is no report of `mockserver check --json`: "


def with_case(**changes: Any) -> str:
    return json.dumps(changed(GOOD, **changes))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "file is no JSON: "),
        (b"\xff", "file is no JSON: "),
        ("[" * 200_000, "file is no JSON: "),
        ("[]", f'{NO_REPORT}it is not of type "object"'),
        ('{"rules": []}', f"{NO_REPORT}"),
        (json.dumps({**GOOD, "rules": 5}), f'{NO_REPORT}at /rules it is not of type "array"'),
        (json.dumps({**GOOD, "rules": [{}]}), f'{NO_REPORT}at /rules/0 "rule" is a required property'),
        (
            json.dumps({**GOOD, "rules": [{"rule": "X", "verdict": "foo"}]}),
            f"{NO_REPORT}at /rules/0/verdict it is not one of ",
        ),
        (with_case(shape=None), f'{NO_REPORT}at /cases/0/shape it is not of type "array"'),
        (with_case(rules=None), f'{NO_REPORT}at /cases/0/rules it is not of type "array"'),
        (json.dumps({**GOOD, "schemaVersion": 2}), "file has schemaVersion 2; this is 1"),
    ],
)
def test_what_is_no_report_is_refused(write: Any, text: str | bytes, why: str) -> None:
    """With its name."""
    with pytest.raises(NoReport) as refused:
        report_in(write(text))

    assert str(refused.value).startswith(why)


def test_accepted_differences_have_a_reason_and_an_end(write: Any) -> None:
    """And perhaps a case."""
    text = '[[accepted]]\nrule = "ROUTE"\nreason = "x"\nexpires = 2030-01-01\ncase = "y"\n'

    assert accepted_in(write(text)) == [Accepted("ROUTE", "x", date(2030, 1, 1), "y")]


NEEDS = "file: entry 1 needs texts as rule and reason, a date alone as expires, may have case, and no more"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("accepted = ", "file: "),
        (b"\xff", "file: "),
        ("accepted = " + "[" * 200_000, "file is nested too deep"),
        ("", "file has no list [[accepted]]"),
        ("accepted = 7", "file has no list [[accepted]]"),
        ("accepted = [7]", "file has no list [[accepted]]"),
        ('[accepted]\nrule = "ROUTE"', "file has no list [[accepted]]"),
        ('[[accepted]]\nrule = "ROUTE"\nreason = " "\nexpires = 2030-01-01', NEEDS),
        ('[[accepted]]\nrule = "ROUTE"\nreason = "x"', NEEDS),
        ('[[accepted]]\nrule = "ROUTE"\nreason = "x"\nexpires = "2030-01-01"', NEEDS),
        ('[[accepted]]\nrule = "ROUTE"\nreason = "x"\nexpires = 2030-01-01T00:00:00Z', NEEDS),
        ('[[accepted]]\nrule = "ROUTE"\nreason = "x"\nexpires = 2030-01-01\nmore = 1', NEEDS),
        ('[[accepted]]\nrule = "ROUTE"\nreason = "x"\nexpires = 2030-01-01\ncase = 1', NEEDS),
        ('[[accepted]]\nrule = "R"\nreason = "x"\nexpires = 2030-01-01', "file: entry 1: there is no rule R"),
    ],
)
def test_a_wrong_list_is_refused(write: Any, text: str | bytes, why: str) -> None:
    """With the entry."""
    with pytest.raises(NoReport) as refused:
        accepted_in(write(text))

    assert str(refused.value).startswith(why)
