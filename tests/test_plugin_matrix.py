"""`--instaview-readings`: which tests run again, in which readings, and what is told at the end."""

import re

import pytest

from mockserver.plugin.matrix import Account, Reading, left_out, readings_of, summary, without
from mockserver.readings import VALUES
from tests.suites import INI, LOOP_SCOPE, PRELUDE, run_suite

WIRE, CREATE, JOBLESS = Reading("wire", "envelope"), Reading("create_status", "200"), Reading("jobless", "any")


# --- what is asked for


@pytest.mark.parametrize(
    ("asked", "readings"),
    [
        ("wire", [WIRE]),
        ("wire=envelope", [WIRE]),
        ("jobless, wire,wire=envelope", [WIRE, JOBLESS]),
        ("create_status=200", [CREATE]),
        ("all", [Reading(name, value) for name, values in VALUES.items() for value in values[1:]]),
    ],
    ids=["a name", "a value", "each once, in the rulebook's order", "a number", "all"],
)
def test_readings_are_asked_for_by_name_or_value(asked: str, readings: list[Reading]) -> None:
    """All values but the default."""
    assert list(readings_of(asked)) == readings


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ("wires", "there is no reading 'wires': did you mean wire?"),
        ("zzz", "there is no reading 'zzz': there are all, wire, create_status, "),
        ("", "there is no reading '': there are all, wire"),
        ("wire,", "there is no reading '': there are all, wire"),
        ("wire=x", "wire can be envelope, not 'x'"),
        ("wire=reference", "wire=reference is the default, with which every test runs anyway"),
    ],
)
def test_what_is_no_reading_is_told_in_a_line(pytester: pytest.Pytester, asked: str, text: str) -> None:
    """Before any test runs."""
    result = run_suite(pytester, "", f"--instaview-readings={asked}")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: --instaview-readings: {text}*"])


@pytest.mark.parametrize(
    ("test", "plain"),
    [
        ("a.py::test_x[wire=envelope]", "a.py::test_x"),
        ("a.py::test_x[1-b-wire=envelope]", "a.py::test_x[1-b]"),
        ("a.py::test_x[wire=envelope-1]", "a.py::test_x[1]"),
        ("a.py::test_x[wire=envelope]@group", "a.py::test_x@group"),
        ("a.py::test_x[1]", "a.py::test_x[1]"),
    ],
)
def test_a_test_is_known_by_its_name_with_the_defaults(test: str, plain: str) -> None:
    """Whatever other parameters it has."""
    assert without(WIRE, test) == plain


@pytest.mark.parametrize("test", ["a.py::test_x", "a.py::test_x[None]", "a.py::test_x[defaults]"])
def test_with_the_defaults_a_test_has_its_own_name(test: str) -> None:
    """Whatever its parameters are called."""
    assert without(None, test) == test


@pytest.mark.parametrize(
    ("test", "plain"),
    [("a.py::test_x[defaults]", "a.py::test_x"), ("a.py::test_x[None-defaults]", "a.py::test_x[None]")],
)
def test_before_pytest_8_4_the_defaults_are_named(monkeypatch: pytest.MonkeyPatch, test: str, plain: str) -> None:
    """No parameter could be hidden there."""
    monkeypatch.delattr(pytest, "HIDDEN_PARAM")

    assert without(None, test) == plain


# --- which tests run

SUITE = """
    def test_status(instaview):
        assert post(instaview).status_code == 201

    @pytest.mark.parametrize("n", [1, 2])
    def test_body(instaview, n):
        print("\\nid", n, post(instaview).json()["id"])

    @pytest.fixture
    def behind(instaview):
        return instaview

    def test_indirect(behind):
        assert post(behind).status_code in (200, 201)

    @pytest.mark.asyncio
    async def test_in_process(instaview_asgi):
        assert (await post(instaview_asgi)).status_code in (200, 201)

    @pytest.mark.instaview(readings={"wire": "envelope"})
    def test_marked(instaview):
        assert "data" in post(instaview).json()

    class TestConfigured:
        @pytest.fixture
        def instaview_config(self):
            return {"readings": {"create_status": "201"}}

        def test_configured(self, instaview):
            assert post(instaview).status_code == 201

    def test_without_a_world():
        pass
"""
COLLECTED = [
    "test_status",
    "test_status[wire=envelope]",
    "test_status[create_status=200]",
    "test_body[1]",
    "test_body[1-wire=envelope]",
    "test_body[1-create_status=200]",
    "test_body[2]",
    "test_body[2-wire=envelope]",
    "test_body[2-create_status=200]",
    "test_indirect",
    "test_indirect[wire=envelope]",
    "test_indirect[create_status=200]",
    "test_in_process",
    "test_in_process[wire=envelope]",
    "test_in_process[create_status=200]",
    "test_marked",
    "test_marked[create_status=200]",
    "test_configured",
    "test_configured[wire=envelope]",
    "test_configured[create_status=200]",
    "test_without_a_world",
]
ASKED = "--instaview-readings=wire,create_status"
TOLD = [
    "*= instaview readings =*",
    "reading * passed  failed  skipped  your client",
    "defaults *      7       0        0",
    "wire=envelope *      4       2        0  does not survive",
    "create_status=200 *      5       1        1  does not survive",
    "It survives 0 of 2 other readings of the documents, as far as these tests go.",
    "It does not survive wire=envelope (*guides):",
    "  *::test_body[[]1-wire=envelope[]]",
    "  *::test_body[[]2-wire=envelope[]]",
    "It does not survive create_status=200 (*):",
    "  *::test_status[[]create_status=200[]]",
]


def test_tests_that_use_a_world_are_collected_once_for_each_reading(pytester: pytest.Pytester) -> None:
    """Under the names that they have anyway with the defaults; not in a reading that they choose themselves."""
    result = run_suite(pytester, SUITE, ASKED, "--collect-only", "-q")

    assert [line.split("::")[-1] for line in result.outlines if "::" in line] == COLLECTED
    result.stdout.no_fnmatch_line("*instaview readings*")


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["here", "in workers"])
def test_the_end_tells_what_the_client_survives(pytester: pytest.Pytester, options: tuple[str, ...]) -> None:
    """A table of readings, and the tests that fail; a reading that the configuration chooses is skipped."""
    result = run_suite(pytester, SUITE, ASKED, *options)

    result.assert_outcomes(passed=17, failed=3, skipped=1)
    result.stdout.fnmatch_lines(TOLD)


def test_a_world_has_the_same_ids_in_all_readings(pytester: pytest.Pytester) -> None:
    """So that what a test does can be compared; and the same as without the option."""
    asked = run_suite(pytester, SUITE, "--instaview-readings=jobless", "-s", "-k", "test_body")
    plain = run_suite(pytester, SUITE, "-s", "-k", "test_body")

    def ids(result: pytest.RunResult) -> list[str]:
        return [line for line in result.outlines if re.match("id [12] ", line)]

    first, second = ids(plain)
    assert first.split()[2] != second.split()[2]
    assert ids(asked) == [first, first, second, second]


def test_a_parameter_may_be_none(pytester: pytest.Pytester) -> None:
    """Which is not the reading that is none: ids are the same in all readings, and what fails anyway says nothing."""
    text = """
    @pytest.mark.parametrize("job", [None, "x"])
    def test_it(instaview, job):
        print("\\nnumber", instaview.number)
        assert job is not None
    """

    plain = run_suite(pytester, text, "-s")
    result = run_suite(pytester, text, "-s", ASKED)

    def numbers(result: pytest.RunResult) -> list[str]:
        return [line for line in result.outlines if line.startswith("number ")]

    assert numbers(result) == [number for number in numbers(plain) for _ in range(3)]
    result.stdout.fnmatch_lines(["It survives 2 of 2 other readings*"])


NOTHING_RUNS = ["--collect-only", "--fixtures", "--fixtures-per-test", "--cache-show", "--setup-plan", "--setup-only"]


@pytest.mark.parametrize("option", NOTHING_RUNS)
def test_where_nothing_runs_nothing_is_told(pytester: pytest.Pytester, option: str) -> None:
    """Neither of readings nor of coverage: the gate does not close, and the file of the last run stays."""
    pytester.makefile(".ini", pytest=INI)
    pytester.makepyfile(PRELUDE + SUITE)
    report = pytester.path / "c.json"
    report.write_text("of the last run", encoding="utf-8")

    measured = ("--instaview-coverage=c.json", "--instaview-fail-under=99")
    result = pytester.runpytest_inprocess(*LOOP_SCOPE, ASKED, *measured, option)

    assert result.ret == 0
    assert report.read_text(encoding="utf-8") == "of the last run"
    result.stdout.no_fnmatch_line("*= instaview*")


def test_a_marker_that_is_wrong_is_told_as_ever(pytester: pytest.Pytester) -> None:
    """It is the fixture that reads it; collecting goes on."""
    result = run_suite(
        pytester,
        """
    @pytest.mark.instaview(readings=3)
    def test_it(instaview):
        pass
    """,
        "--instaview-readings=wire",
    )

    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["*readings is a mapping from names of readings to values, not 3"])


def test_other_programs_are_told_the_reading(pytester: pytest.Pytester) -> None:
    """As a property in JUnit's file."""
    report = pytester.path / "report.xml"

    run_suite(pytester, SUITE, "--instaview-readings=wire", "-k", "test_status", f"--junitxml={report}")

    properties = re.findall(r'<property name="instaview_reading" value="(.*?)"', report.read_text(encoding="utf-8"))
    assert properties == ["defaults", "wire=envelope"]


def test_a_suite_without_worlds_is_told_so(pytester: pytest.Pytester) -> None:
    """Rather than an empty table."""
    result = run_suite(pytester, SUITE, "--instaview-readings=wire", "-k", "without_a_world")

    result.assert_outcomes(passed=1, deselected=13)
    told = "No test was run once more: none that ran has the fixture instaview or instaview_asgi."
    result.stdout.fnmatch_lines([told])


def test_without_the_option_nothing_runs_twice(pytester: pytest.Pytester) -> None:
    """And nothing is told."""
    result = run_suite(pytester, SUITE)

    result.assert_outcomes(passed=8)
    result.stdout.no_fnmatch_line("*reading*")


# --- what is told


def account(passed: str = "", failed: str = "", skipped: str = "") -> Account:
    return Account(
        set(passed.split()), set(skipped.split()), {test: f"{test}[wire=envelope]" for test in failed.split()}
    )


VERDICTS = [
    (account("a b"), account("a b"), "2       0        0  survives", "all pass"),
    (account("a b"), account("a", "b"), "1       1        0  does not survive", "one fails"),
    (account("a", "b"), account("a", "b"), "survives, but for what fails with the defaults too", "one fails anyway"),
    (account("a", "b"), account("", "b"), "cannot tell: all fails, with the defaults too", "only what fails anyway"),
    (account("a"), account("", "", "a"), "0       0        1  was not tried", "all were skipped"),
    (account(), account("", "b"), "0       1        0  does not survive", "nothing was run with the defaults"),
    (account("a"), account("a", "a"), "0       1        0  does not survive", "what passes fails in its teardown"),
    (account("a"), account("a", "", "a"), "0       0        1  survives", "what passes is skipped in its teardown"),
]


@pytest.mark.parametrize(
    ("defaults", "reading", "told"), [row[:3] for row in VERDICTS], ids=[row[3] for row in VERDICTS]
)
def test_a_reading_is_judged_against_the_defaults(defaults: Account, reading: Account, told: str) -> None:
    """What fails anyway says nothing of a reading."""
    assert list(summary(defaults, {WIRE: reading}))[2].endswith(told)


def test_a_long_list_of_failures_is_cut() -> None:
    """And says how much is missing."""
    tests = " ".join(f"t{number:02}" for number in range(23))

    lines = list(summary(account(tests), {WIRE: account("", tests)}))

    assert lines[-2:] == ["  t19[wire=envelope]", "  … and 3 more"]
    assert list(left_out(tests.split()))[-2:] == ["  t19", "  … and 3 more"]
    assert list(left_out([])) == []
