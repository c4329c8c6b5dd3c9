"""`--instaview-coverage`: what a suite is told of the rules it met, in the terminal and in files, and when it fails."""

import json
import shutil
import subprocess
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from mockserver import MockServer, settings_for
from mockserver.client import ControlClient
from mockserver.plugin.coverage_page import page_of
from mockserver.plugin.coverage_tally import NEEDS, STATES, Summary, Tally, floored, render, summary_of
from mockserver.plugin.coverage_text import MAX_LOST, NARROW, lines_of, shortfall
from mockserver.rulebook import REFUSE_NOBODY, RULES
from tests.suites import LOOP_SCOPE, run_suite

Suite = Callable[..., pytest.RunResult]
TITLE = "*= instaview rule coverage =*"
EXCEPTIONS = "instaview_coverage_exceptions =\n"

SMALL = """
    def test_book(instaview):
        assert post(instaview).status_code == 201

    def test_two_jobs(instaview):
        assert post(instaview, TWO_JOBS).status_code == 400

    def test_nothing():
        pass
"""


@pytest.fixture
def suite(pytester: pytest.Pytester) -> Suite:
    """Runs the text of a test file in this process, with options; `ini=` has more lines."""
    return lambda text, *options, ini="": run_suite(pytester, text, *options, ini=ini)


@pytest.fixture
def told(pytester: pytest.Pytester) -> Callable[[], dict[str, Any]]:
    """What a run has written to c.json."""
    return lambda: json.loads(Path(pytester.path, "c.json").read_text(encoding="utf-8"))


def rules_of(told: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["rule"]: row for row in told["rules"]}


# --- the terminal


def test_the_terminal_tells_what_became_of_every_rule(suite: Suite) -> None:
    """By area: what the tests made refuse, saw at work, only saw hold, never met; each with its evidence."""
    result = suite(SMALL, "--instaview-coverage=")

    result.stdout.fnmatch_lines(
        [
            TITLE,
            "D documented*",
            "access * of 17 met",
            "  only held       ROUTE I, METHOD I, AUTH-KEY D,*",
            "  never met       KEY-EXPIRED P,*",
            "job * of 8 met",
            "  made refuse     JOB-MULTIPLE D",
            "  seen at work    JOB-SINGLE D",
            "  never met       *FOCUS-GENERIC D*",
            "test * 0 of 7 met",
            "  in all          * of 89 rules met (* %) by 2 tests: 1 made refuse, *",
        ]
    )
    assert result.ret == 0


def test_nothing_is_told_where_nobody_asks(suite: Suite) -> None:
    """And nothing is measured."""
    result = suite(SMALL)

    result.stdout.no_fnmatch_line(TITLE)
    assert result.ret == 0


def test_nothing_is_told_where_nothing_runs(suite: Suite) -> None:
    """A list of tests meets no rules, and fails for no lack of them."""
    result = suite(SMALL, "--collect-only", "--instaview-coverage=c.json", "--instaview-fail-under=50")

    result.stdout.no_fnmatch_line(TITLE)
    assert result.ret == 0


def test_a_suite_without_the_fixtures_is_told_so(suite: Suite, told: Callable[[], Any]) -> None:
    """It has not met 0 % of the rules: nobody has looked."""
    result = suite("\n    def test_it():\n        pass", "--instaview-coverage=c.json", "--instaview-coverage=c.html")

    result.stdout.fnmatch_lines([TITLE, "no test used instaview: none that ran has the fixture*"])
    result.stdout.no_fnmatch_line("*%*met*")
    assert result.ret == 0
    assert (told()["tests"], told()["percent"]) == (0, None)


# --- what counts


def test_every_door_counts_and_nothing_counts_twice(suite: Suite, told: Callable[[], Any]) -> None:
    """Worlds of both fixtures, several of a test, requests before and after its body; each exchange once."""
    suite(
        """
    @pytest.fixture
    def cleaned(instaview):
        interview = post(instaview).json()["id"]
        yield
        instaview.client.delete(f"/interviews/{interview}")

    def test_both(instaview, instaview_asgi, cleaned, instaview_inbox):
        async def create():
            assert (await instaview_asgi.client.post("/interviews", json={**BODY, "isTest": True})).status_code == 201

        import asyncio
        asyncio.run(create())

    @pytest.fixture
    def broken(instaview):
        instaview.client.get("/jobs?page=0")
        raise RuntimeError("no set-up")

    def test_that_never_ran(broken):
        pass
    """,
        "--instaview-coverage=c.json",
    )

    rules = rules_of(told())
    assert told()["tests"] == 2
    assert {rule: (rules[rule]["refused"], rules[rule]["held"]) for rule in ("CREATE-STATUS", "INTERVIEW-DELETE")} == {
        "CREATE-STATUS": (0, 2),
        "INTERVIEW-DELETE": (0, 1),
    }
    assert (rules["TEST-COMPLETED"]["held"], rules["QUERY-SHAPE"]["refused"]) == (1, 1)


def test_a_planned_fault_is_no_evidence(suite: Suite, told: Callable[[], Any]) -> None:
    """Neither the refusal that it made up nor what was judged before its answer was lost."""
    suite(
        """
    def test_faults(instaview):
        instaview.faults.plan("error", match={"operation": "createInterview"}, status=403)
        assert post(instaview).status_code == 403
    """,
        "--instaview-coverage=c.json",
    )

    assert told()["tests"] == 1
    assert {row["state"] for row in told()["rules"]} == {"never"}


UNKNOWN = """
    OTHER = {"Authorization": "Bearer sk_test_of_nobody"}

    def test_first(instaview):
        assert instaview.client.get("/jobs", headers=OTHER).status_code == 401

    def test_none(instaview):
        pass

    def test_twice(instaview):
        instaview.client.get("/jobs", headers=OTHER)
        instaview.client.get("/jobs", headers=OTHER)

    def test_asgi(instaview_asgi):
        async def ask():
            await instaview_asgi.client.get("/jobs", headers=OTHER)

        import asyncio
        asyncio.run(ask())
"""


def test_requests_without_a_world_count_for_the_test_that_sent_them(suite: Suite, told: Callable[[], Any]) -> None:
    """On a server of this process, where nobody else sends any."""
    suite(UNKNOWN, "--instaview-coverage=c.json")

    row = rules_of(told())["AUTH-KEY"]
    assert (row["refused"], row["refusedIn"]) == (4, f"{row['refusedIn'].partition('::')[0]}::test_asgi")


def test_a_shared_server_is_asked_for_its_worlds_alone(suite: Suite, told: Callable[[], Any]) -> None:
    """Requests without a world may be anybody's there; those of an application of the test's own are not."""
    with MockServer(settings_for(grace_seconds=0)) as server:
        result = suite(UNKNOWN + SMALL, "--instaview-coverage=c.json", f"--instaview-url={server.url}")
        control = ControlClient(server.url)
        lobby = {row["rule"]: row["refused"] for row in control.call("GET", "/_mock/coverage")}
        control.close()

    rules = rules_of(told())
    result.assert_outcomes(passed=7)
    assert (rules["AUTH-KEY"]["refused"], rules["JOB-MULTIPLE"]["refused"]) == (1, 1)
    assert lobby["AUTH-KEY"] == 3


def test_a_test_that_clears_the_counts_hides_what_was_before(suite: Suite, told: Callable[[], Any]) -> None:
    """No more than that: nothing becomes less than nothing."""
    suite(
        """
    def test_unplaced(instaview):
        instaview.client.get("/jobs", headers={"Authorization": "Bearer sk_test_of_nobody"})

    def test_clears(instaview):
        post(instaview)
        for path in ("/_mock/coverage", f"/_mock/worlds/{instaview.id}/coverage"):
            assert instaview.client.delete(path).status_code == 204
    """,
        "--instaview-coverage=c.json",
    )

    rules = rules_of(told())
    assert (rules["AUTH-KEY"]["refused"], rules["AUTH-KEY"]["held"]) == (1, 0)


def test_worlds_that_are_gone_are_owned_up_to(suite: Suite, told: Callable[[], Any]) -> None:
    """Whatever became of them, and of whatever kind they are."""
    result = suite(
        """
    from mockserver.client import Calls, ControlClient
    from mockserver.plugin.instaview import Opened, WorldView
    from mockserver.plugin.views import Company
    from mockserver.pytest_plugin import WORLDS

    NOWHERE = "http://127.0.0.1:9"

    class Fixed:
        def call(self, method, path, body=None):
            return [{"rule": "JOB-XOR", "refused": 2, "held": 1}, {"rule": "OF-TOMORROW", "refused": 1, "held": 0}]

    @pytest.fixture(params=["gone", "fixed"])
    def strange(request):
        control = Calls(ControlClient(NOWHERE), "w") if request.param == "gone" else Fixed()
        opened = Opened("w", 1, {"k": "k"}, (Company("c", "Hooli", "k"),))
        request.node.stash.setdefault(WORLDS, []).append(WorldView(NOWHERE, opened, control))

    def test_strange(strange):
        pass

    def test_removed(instaview):
        instaview.control.call("DELETE", "")
    """,
        "--instaview-coverage=c.json",
    )

    file = told()["lostIn"][0].partition("::")[0]
    row = rules_of(told())["JOB-XOR"]
    assert told()["lostIn"] == [f"{file}::test_removed", f"{file}::test_strange[gone]"]
    assert (row["refused"], row["held"], row["refusedIn"]) == (2, 1, f"{file}::test_strange[fixed]")
    result.stdout.fnmatch_lines(["  not counted     worlds that were gone before the end of*"])


# --- workers


def test_workers_are_added_up(pytester: pytest.Pytester, told: Callable[[], Any]) -> None:
    """One report, told once; its file is the same, byte by byte, as that of one process."""
    options = ("-p", "no:cacheprovider", "--instaview-coverage=c.json")
    run_suite(pytester, UNKNOWN + SMALL, *options)
    alone = Path(pytester.path, "c.json").read_bytes()

    result = pytester.runpytest_subprocess("-n", "2", *options, *LOOP_SCOPE)

    result.assert_outcomes(passed=7)
    assert result.stdout.str().count("instaview rule coverage") == 1
    assert told()["tests"] == 6
    assert Path(pytester.path, "c.json").read_bytes() == alone


def test_workers_fail_together(pytester: pytest.Pytester) -> None:
    """What they met is judged once, in the process that started them; a group is no part of a test's name."""
    pytester.makepyfile("""
        import pytest

        @pytest.mark.xdist_group("one")
        def test_it(instaview):
            instaview.client.get("/jobs")
    """)

    options = ("--dist", "loadgroup", "--instaview-fail-under=99", "--instaview-coverage=c.json")
    result = pytester.runpytest_subprocess("-n", "2", *options, *LOOP_SCOPE)

    told = rules_of(json.loads(Path(pytester.path, "c.json").read_text(encoding="utf-8")))
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert result.stdout.str().count("FAIL instaview") == 1
    assert told["PAGINATION"]["heldIn"] == "test_workers_fail_together.py::test_it"


# --- failing


@pytest.mark.parametrize(
    ("asked", "status"),
    [("0", 0), ("26.9", 0), ("27", 1), ("100", 1)],
    ids=["nothing", "a little less than was met", "a little more", "everything"],
)
def test_too_few_rules_fail_the_run(suite: Suite, asked: str, status: int) -> None:
    """24 of 89 are 26.97 %: the exit status is 1 where all tests have passed, and a line says why."""
    result = suite(SMALL, f"--instaview-fail-under={asked}")

    assert result.ret == status
    result.stdout.fnmatch_lines([TITLE, "*24 of 89 rules met (26.9 %) by 2 tests*"])
    if status:
        line = f"FAIL instaview: 26.9 % of the rules were met, less than what --instaview-fail-under={asked} asks for"
        result.stdout.fnmatch_lines([line])


def test_a_gate_that_measures_nothing_is_closed(suite: Suite) -> None:
    """A suite that lost its fixtures must not pass for that."""
    result = suite("\n    def test_it():\n        pass", "--instaview-fail-under=50")

    assert result.ret == 1
    result.stdout.fnmatch_lines(["FAIL instaview: no test used instaview, so*--instaview-fail-under=50 asks for"])


def test_a_test_that_fails_has_the_last_word(suite: Suite) -> None:
    """What else pytest says with its exit status stays."""
    result = suite("", "--instaview-fail-under=50")

    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED


# --- exceptions


def test_an_exception_does_not_count_against_the_suite(suite: Suite, told: Callable[[], Any]) -> None:
    """It is told with its reason, and the percentage is that of the others."""
    ini = EXCEPTIONS + "    KEY-IP: every address: is allowed\n    BODY-SIZE : what we send is small\n"

    result = suite(SMALL, "--instaview-coverage=c.json", ini=ini)

    rules = rules_of(told())
    assert (rules["KEY-IP"]["state"], rules["KEY-IP"]["exception"]) == ("excepted", "every address: is allowed")
    assert (told()["totals"]["excepted"], told()["percent"]) == (1, 27.2)
    result.stdout.fnmatch_lines(["  excepted        KEY-IP: every address: is allowed", "*24 of 88 rules met*"])


def test_a_stale_exception_is_told(suite: Suite, told: Callable[[], Any]) -> None:
    """One that was met after all, which counts as met, and one that is no rule."""
    result = suite(SMALL, "--instaview-coverage=c.json", ini=EXCEPTIONS + "  JOB-MULTIPLE: rare\n  KEY-IPS: x\n")

    rules = rules_of(told())
    test = rules["JOB-MULTIPLE"]["refusedIn"]
    assert test.endswith("::test_two_jobs")
    assert (rules["JOB-MULTIPLE"]["state"], rules["JOB-MULTIPLE"]["exception"]) == ("refused", None)
    assert told()["staleExceptions"] == [
        f"JOB-MULTIPLE was met, in {test}",
        "KEY-IPS is no rule (did you mean KEY-IP?)",
    ]
    result.stdout.fnmatch_lines(["  stale exception JOB-MULTIPLE was met*", "  stale exception KEY-IPS is no rule*"])
    assert result.ret == 0


# --- misuse


@pytest.mark.parametrize(
    ("options", "ini", "text"),
    [
        (["--instaview-coverage=c.txt"], "", "--instaview-coverage=c.txt: the file ends in .json or .html; *"),
        (["--instaview-coverage", "tests"], "", "--instaview-coverage=tests: *write --instaview-coverage="),
        (["--instaview-fail-under=101"], "", "--instaview-fail-under takes a percentage from 0 to 100, not 101"),
        (["--instaview-fail-under=nan"], "", "--instaview-fail-under takes a percentage from 0 to 100, not nan"),
        (["--instaview-coverage="], EXCEPTIONS + " KEY-IP\n", "*: 'KEY-IP' gives no reason; write RULE: why *"),
        (["--instaview-coverage="], EXCEPTIONS + " : x\n", "*: ': x' gives no reason; write RULE: why *"),
        (["--instaview-coverage="], EXCEPTIONS + "  KEY-IP: x\n  KEY-IP: y\n", "*: KEY-IP is excepted twice; *"),
        (["--instaview-coverage=new/c.json"], "", "--instaview-coverage=new/c.json: there is no folder */new; *"),
    ],
    ids=[
        "no such format",
        "a folder taken for the file",
        "too much",
        "no number",
        "no reason",
        "no rule",
        "a rule given twice",
        "a folder that is not there",
    ],
)
def test_what_cannot_be_is_told_in_a_line(suite: Suite, options: list[str], ini: str, text: str) -> None:
    """Before any test runs, and nothing is made."""
    result = suite(SMALL, *options, ini=ini)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert not Path("new").exists()
    result.stderr.fnmatch_lines([f"ERROR: {text}"])


def test_a_file_that_cannot_be_written_fails_the_run(pytester: pytest.Pytester, suite: Suite) -> None:
    """In a line that says why; the other file is written."""
    Path(pytester.path, "taken.json").mkdir()

    result = suite(SMALL, "--instaview-coverage=taken.json", "--instaview-coverage=c.html")

    assert result.ret == 1
    result.stdout.fnmatch_lines(["written: *c.html", "FAIL instaview: *taken.json cannot be written: *"])
    assert Path(pytester.path, "c.html").read_text(encoding="utf-8").startswith("<!doctype html>")


# --- the values behind it


def tally(**tests: dict[str, list[int]]) -> Tally:
    counted = Tally()
    for test, counts in tests.items():
        counted.add(test, counts, lost=False)
    return counted


def summary(counted: Tally | None = None, fail_under: float | None = None, **exceptions: str) -> Summary:
    """Of what a suite may have met; names of rules have their dashes as underscores."""
    counted = tally(test_a={"JOB-XOR": [1, 2], "AUTH-KEY": [0, 3], "TEST-MARK": [0, 1]}) if counted is None else counted
    return summary_of(counted, {rule.replace("_", "-"): why for rule, why in exceptions.items()}, fail_under)


def test_the_first_test_is_the_first_by_name() -> None:
    """So that no shuffling changes it; who made a rule refuse is told apart from who saw it hold."""
    parts = {"b": {"JOB-XOR": [1, 0]}, "a": {"JOB-XOR": [0, 1]}, "c": {"JOB-XOR": [2, 2]}}

    forth, back = tally(**parts), tally(**dict(reversed(parts.items())))

    assert forth.met == back.met
    met = forth.met["JOB-XOR"]
    assert (met.refused, met.held, met.refused_in, met.held_in) == (3, 3, "b", "a")


def test_every_rule_has_one_state() -> None:
    """The one that proves most: refusing more than holding, and what refuses nobody is at work."""
    rows = {row.rule.id: row.state for row in summary(KEY_IP="x").rows}

    assert list(rows) == list(RULES)
    assert rows["JOB-XOR"] == "refused"
    assert rows["AUTH-KEY"] == "held"
    assert rows["TEST-MARK"] == "shown"
    assert rows["KEY-IP"] == "excepted"
    assert set(rows.values()) == set(STATES)


def test_a_percentage_is_never_rounded_up() -> None:
    """What falls short by a hair does not look as if it were enough."""
    assert [floored(percent) for percent in (100, 99.99, 66.66, 0, 50.0)] == ["100", "99.9", "66.6", "0", "50"]


def test_everything_excepted_is_everything_met() -> None:
    """There is nothing left that could fail."""
    exceptions = dict.fromkeys(RULES, "x")

    nothing, one = tally(test_a={}), tally(test_a={"JOB-XOR": [1, 0]})

    assert [summary_of(each, exceptions, None).percent for each in (nothing, one)] == [100, 100]


def test_json_is_sorted_and_says_which_schema_it_has() -> None:
    """Rules by their ids, areas by their names: two runs can be compared line by line."""
    told = render(summary())

    assert told["schemaVersion"] == 1
    assert [row["rule"] for row in told["rules"]] == sorted(RULES)
    assert [row["area"] for row in told["areas"]] == sorted({rule.area for rule in RULES.values()})
    assert sum(area["never"] for area in told["areas"]) == told["totals"]["never"] == 86
    assert told["totals"]["rules"] == sum(told["totals"][state] for state in STATES) == 89
    assert rules_of(told)["JOB-XOR"] == {
        "rule": "JOB-XOR",
        "area": "shape",
        "state": "refused",
        "refused": 1,
        "held": 2,
        "refusedIn": "test_a",
        "heldIn": "test_a",
        "evidence": "DOCUMENTED",
        "statusEvidence": RULES["JOB-XOR"].status_evidence,
        "status": [400],
        "reading": "job_sources",
        "needs": None,
        "exception": None,
    }


def test_hints_are_about_rules() -> None:
    """Those that it takes more than a request to meet."""
    assert NEEDS.keys() <= RULES.keys()
    assert {rule.id for rule in RULES.values() if rule.id.startswith("KEY-")} - NEEDS.keys() == {"KEY-ATS"}


@pytest.mark.parametrize("width", [50, NARROW - 1, NARROW, 80, 200])
def test_lines_fit_the_terminal(width: int) -> None:
    """However narrow it is; all rules are told where there is room, otherwise those that nobody met."""
    lines = [line.text for line in lines_of(summary(KEY_IP="x", AUTH_KEY="y"), width)]

    text = " ".join(" ".join(lines).split())
    assert max(map(len, lines)) <= width
    assert "KEY-EXPIRED" in text
    assert ("JOB-XOR D" in text) == (width >= NARROW)
    assert "of 88 rules met" in text


def test_a_narrow_terminal_shows_no_empty_list() -> None:
    """Where everything was met, nothing is named."""
    everything = {rule: [0, 1] for rule in RULES}

    lines = [line.text for line in lines_of(summary(tally(test_a=everything)), 60)]

    assert not [line for line in lines if "never met" in line]
    assert "89 of 89 rules met (100 %)" in " ".join(" ".join(lines).split())


def test_few_of_many_lost_tests_are_named() -> None:
    """A server that died leaves more than anybody wants to read."""
    counted = Tally()
    for number in range(MAX_LOST + 1):
        counted.add(f"test_{number}", {}, lost=True)

    text = " ".join(line.text for line in lines_of(summary(counted), 200))

    assert f"test_{MAX_LOST - 1}, …" in text
    assert f"test_{MAX_LOST} " not in text


def test_a_shortfall_is_told_to_a_tenth() -> None:
    """With what was asked for as it was written."""
    assert "3.3 % of the rules were met" in shortfall(summary(fail_under=62.5))
    assert "--instaview-fail-under=62.5 asks for" in shortfall(summary(fail_under=62.5))


# --- the page


class Outline(HTMLParser):
    """Tags in the order in which they open, each closed where it must be; the rows of tables by their states."""

    VOID = frozenset({"meta", "link", "input"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.rows: list[str] = []
        self.outside: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in self.VOID:
            self.open.append(tag)
        if tag == "tr" and "class" in given:
            self.rows.append(str(given["class"]))
        found = (given.get(name) for name in ("src", "href"))
        self.outside += [text for text in found if text and not text.startswith("data:")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_one_whole_file() -> None:
    """A row for each rule, well-formed, with nothing to load and nothing to run."""
    page = page_of(summary(KEY_IP="x"))

    outline = Outline(page)
    assert len(outline.rows) == len(RULES)
    assert {state: outline.rows.count(state) for state in STATES} == summary(KEY_IP="x").counted()
    assert outline.outside == []
    assert "<script" not in page
    assert "url(" not in page
    assert "@import" not in page


def test_the_page_shows_what_tests_are_called_as_text() -> None:
    """Names and reasons are anybody's."""
    counted = tally(**{"t.py::test[<b>&]": {"JOB-XOR": [1, 0], "AUTH-KEY": [0, 1]}})
    counted.add("<i>lost</i>", {}, lost=True)

    page = page_of(summary(counted, KEY_IP="<script>why</script>", NOPE_="<u>"))

    Outline(page)
    assert "<script" not in page
    assert "t.py::test[&lt;b&gt;&amp;]" in page
    assert "&lt;i&gt;lost" in page
    assert "NOPE- is no rule" in page


@pytest.mark.parametrize(
    ("fail_under", "shown"),
    [(None, ""), (2, "<span>2 % asked for"), (62.5, '<span class="short">62.5 % asked for')],
    ids=["nothing asked", "enough", "too few"],
)
def test_the_page_tells_what_was_asked_for(fail_under: float | None, shown: str) -> None:
    """In red where it was not met."""
    page = page_of(summary(fail_under=fail_under))

    assert shown in page
    assert (" % asked for" in page) == bool(shown)


def test_a_page_of_nobody_says_so() -> None:
    """Without tables of rules that nobody could have met."""
    page = page_of(summary(Tally()))

    assert Outline(page).rows == []
    assert "no test used instaview" in page
    assert "%</small>" not in page


def test_a_rule_that_refuses_nobody_has_no_count_of_refusals() -> None:
    """A dash is not a zero: nothing is missing there."""
    assert page_of(summary()).count('title="it refuses nobody"') == len(REFUSE_NOBODY)


@pytest.mark.skipif(shutil.which("chromium") is None, reason="no browser here")
def test_a_browser_shows_the_page_without_complaint(tmp_path: Path) -> None:
    """It renders, and its console stays empty."""
    page = tmp_path / "coverage.html"
    page.write_text(page_of(summary(KEY_IP="x")), encoding="utf-8")

    shown = subprocess.run(
        [
            *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"),
            *("--enable-logging=stderr", f"--user-data-dir={tmp_path}/profile", "--dump-dom", page.as_uri()),
        ],
        capture_output=True,
        text=True,
        check=True,
    )

    assert "CONSOLE" not in shown.stderr
    assert shown.stdout.count("<tr class=") == len(RULES)
