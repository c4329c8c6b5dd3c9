"""The table of operations: it lists what the contract knows, counts what tests name, and tells when it is stale."""

from pathlib import Path

import pytest

from tests.operations import main

CONTRACT = """
paths:
  /jobs:
    post: {operationId: createJob, x-rules: [JOB-SHAPE]}
    get: {operationId: listJobs}
x-aliases: [{path: /positions, of: /jobs}]
x-unbuilt: [{method: POST, path: /jobs/url}]
"""
TESTS = """
import pytest

pytestmark = pytest.mark.rule("JOB-SHAPE")

def test_marked(): ...
def test_named(): call("createJob")
async def test_of_another(): call("listJobs")
def helper(): call("listJobs")
"""
OTHERS = """
@pytest.mark.rule("JOB-SHAPE", "METHOD")
def test_marked(): ...

@pytest.mark.slow("JOB-SHAPE")
def test_marked_otherwise(): ...
"""
TABLE = """
| operation | call | implemented | rules of its own | tests by name | tests by rule |
|---|---|---|---|---|---|
| listJobs | `GET /jobs`, `GET /positions` | yes |  | 1 | 0 |
| createJob | `POST /jobs`, `POST /positions` | yes | JOB-SHAPE | 1 | 4 |
| – | `POST /jobs/url` | no: 501 | ROUTE | – | – |

"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small project whose table is empty."""
    files = {
        "contracts/openapi.yaml": CONTRACT,
        "contracts/README.md": "Before.\n\n<!-- operations -->\n<!-- /operations -->\n\nAfter.\n",
        "tests/test_jobs.py": TESTS,
        "tests/api/test_others.py": OTHERS,
        "tests/support.py": "def test_nothing(): call('createJob')\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_the_table_is_written_between_its_marks(tree: Path) -> None:
    """Built operations with their rules and tests, then those that are not; the text around stays."""
    status = main([], tree)

    text = (tree / "contracts" / "README.md").read_text(encoding="utf-8")
    assert status == 0
    assert text == f"Before.\n\n<!-- operations -->\n{TABLE}<!-- /operations -->\n\nAfter.\n"


def test_a_stale_table_fails_and_stays(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A check writes nothing but one line that says what to do."""
    before = (tree / "contracts" / "README.md").read_text(encoding="utf-8")

    status = main(["--check"], tree)

    assert status == 1
    assert "python -m tests.operations" in capsys.readouterr().err
    assert (tree / "contracts" / "README.md").read_text(encoding="utf-8") == before


def test_a_fresh_table_passes(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was just written is what would be written."""
    main([], tree)

    status = main(["--check"], tree)

    assert status == 0
    assert capsys.readouterr().err == ""
