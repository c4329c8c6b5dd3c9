"""The rule trace: it finds every way of naming a rule, and fails when a rule loses its source, its code or its test."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.trace import main

Tree = Callable[..., Path]

RULE = '[[rule]]\nid = "{name}"\nevidence = "{evidence}"\nsources = [{sources}]\n'
SOURCE = '{ page = "create-interview", section = "Body", line = 514 }'
MARKED = "import pytest\n\n@pytest.mark.rule('BODY-MEDIA')\ndef test_it(): ...\n"
SCENARIO = '[[when]]\nrules = ["BODY-MEDIA"]\n'
FAULTS = "| `media-dropped` | takes any media type | BODY-MEDIA | body |\n"
CODE = "@rule('BODY-MEDIA')\ndef media_is_json(): ...\n"


def rule_table(name: str = "BODY-MEDIA", evidence: str = "DOCUMENTED", sources: str = SOURCE) -> str:
    return RULE.format(name=name, evidence=evidence, sources=sources)


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """A project of one rule with all that it needs, and with changes."""

    def plant(**changes: str) -> Path:
        given = {"rules": rule_table(), "code": CODE, "test": MARKED, "contract": "{}"}
        given |= {"scenario": SCENARIO, "faults": FAULTS} | changes
        files = {
            "contracts/rules.toml": given["rules"],
            "contracts/openapi.yaml": given["contract"],
            "contracts/scenarios/form.toml": given["scenario"],
            "mockserver/form.py": given["code"],
            "tests/test_form.py": given["test"],
            "tests/mutants/README.md": given["faults"],
        }
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path

    return plant


def test_a_rule_with_source_code_and_test_passes(tree: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    """All is well: one line says how much was seen."""
    status = main(root=tree())

    assert status == 0
    assert capsys.readouterr().out == "trace: 1 rules, named 1 times in code, 1 in tests, 1 in scenarios, 1 by faults\n"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"code": CODE.replace("@rule", "@rulebook.rule")}, id="a decorator by its full name"),
        pytest.param({"code": "size = 1  # rule: BODY-MEDIA\n"}, id="a comment beside the code"),
        pytest.param(
            {"rules": rule_table() + rule_table("METHOD"), "code": "# rule: BODY-MEDIA, METHOD\n"}
            | {"test": MARKED.replace("'BODY-MEDIA'", "'BODY-MEDIA', 'METHOD'")}
            | {"scenario": SCENARIO.replace('"BODY-MEDIA"', '"BODY-MEDIA", "METHOD"')}
            | {"faults": FAULTS.replace("| BODY-MEDIA", "| BODY-MEDIA, METHOD")},
            id="a comment and a mark that name two",
        ),
        pytest.param({"code": "", "contract": "a: [{x-rule: BODY-MEDIA}]"}, id="a schema of the contract"),
        pytest.param({"test": "pytestmark = pytest.mark.rule('BODY-MEDIA')\n"}, id="a mark for a whole file"),
        pytest.param({"test": "pytest.param(1, marks=[mark.rule('BODY-MEDIA')])\n"}, id="a mark on a parameter"),
        pytest.param({"rules": rule_table(evidence="ASSUMED", sources="")}, id="an assumption, which has no source"),
    ],
)
def test_every_way_of_naming_a_rule_counts(tree: Tree, change: dict[str, str]) -> None:
    """Functions, comments and the contract name rules in code; marks do in tests."""
    status = main(root=tree(**change))

    assert status == 0


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        pytest.param(
            {"rules": rule_table(sources="")},
            "BODY-MEDIA: no source in contracts/rules.toml",
            id="a documented rule without a source",
        ),
        pytest.param({"code": ""}, "BODY-MEDIA: no code (@rule, x-rule or # rule:)", id="a rule that lost its code"),
        pytest.param(
            {"code": "@other('BODY-MEDIA')\n@cache\ndef f(): ...\n"},
            "BODY-MEDIA: no code (@rule, x-rule or # rule:)",
            id="a decorator of another name",
        ),
        pytest.param(
            {"code": "text = '# rule: BODY-MEDIA'\n"},
            "BODY-MEDIA: no code (@rule, x-rule or # rule:)",
            id="a string that only looks like a comment",
        ),
        pytest.param({"test": ""}, "BODY-MEDIA: no test (@pytest.mark.rule)", id="a rule that lost its test"),
        pytest.param(
            {"scenario": "when = [{}]\n"},
            "BODY-MEDIA: no scenario (contracts/scenarios)",
            id="a rule no scenario shows",
        ),
        pytest.param(
            {"faults": ""}, "BODY-MEDIA: no fault that a check finds (tests/mutants)", id="a rule no fault breaks"
        ),
        pytest.param(
            {"scenario": SCENARIO + '[[given]]\nrules = ["MEDIA"]\n'},
            "form: MEDIA is no rule of contracts/rules.toml",
            id="a stranger in a scenario",
        ),
        pytest.param(
            {"test": "pytest.mark.slow('BODY-MEDIA')\n"},
            "BODY-MEDIA: no test (@pytest.mark.rule)",
            id="a mark of another name",
        ),
        pytest.param(
            {"code": CODE + "# rule: BODY-MEDIUM\n"},
            "mockserver/form.py:3: BODY-MEDIUM is no rule of contracts/rules.toml",
            id="a stranger in a comment",
        ),
        pytest.param(
            {"test": MARKED + "\npytest.mark.rule('BODY')\n"},
            "tests/test_form.py:6: BODY is no rule of contracts/rules.toml",
            id="a stranger in a mark",
        ),
        pytest.param(
            {"contract": "x-rule: MEDIA"},
            "contracts/openapi.yaml: MEDIA is no rule of contracts/rules.toml",
            id="a stranger in the contract",
        ),
    ],
)
def test_a_gap_fails_with_one_clear_line(
    tree: Tree, capsys: pytest.CaptureFixture[str], change: dict[str, str], complaint: str
) -> None:
    """Whatever is missing is named, and the exit status says that something is."""
    status = main(root=tree(**change))

    assert status == 1
    assert capsys.readouterr().err == f"trace: {complaint}\n"


def test_the_table_says_where_each_rule_is(tree: Tree) -> None:
    """One line a rule: source, code, tests, scenarios, faults."""
    root = tree()

    main(root=root)

    line = (root / "contracts" / "TRACE.md").read_text(encoding="utf-8").splitlines()[-1]
    cells = "create-interview L514 (DOCUMENTED) | mockserver/form.py | test_form.py (1) | form | media-dropped"
    assert line == f"| BODY-MEDIA | {cells} |"


def test_a_stale_table_fails(tree: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    """It is fresh once it was written, and no longer when a test has come."""
    root = tree()
    main(root=root)
    fresh = main(["--check"], root)
    (root / "tests" / "test_more.py").write_text(MARKED, encoding="utf-8")

    stale = main(["--check"], root)

    assert (fresh, stale) == (0, 1)
    assert capsys.readouterr().err == "trace: contracts/TRACE.md is stale: make trace\n"


def test_of_many_faults_a_few_are_named(tree: Tree) -> None:
    """Who wants them all looks into their own table."""
    root = tree(faults="".join(FAULTS.replace("dropped", f"{number}") for number in range(5)))

    main(root=root)

    assert (
        (root / "contracts" / "TRACE.md")
        .read_text(encoding="utf-8")
        .endswith("media-0, media-1, media-2 and 2 more |\n")
    )
