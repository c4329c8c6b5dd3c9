"""The built wheel holds all that the package reads, and works away from the checkout."""

from pathlib import Path

import pytest

from tests.wheels import run

PROGRAM = """
import json, sys
import mockserver
from mockserver import MockServer, paths, rulebook
for path in (mockserver.__file__, paths.CONTRACTS, paths.FIXTURES):
    assert str(path).startswith(sys.prefix), path
import urllib.request
with MockServer() as server:
    with urllib.request.urlopen(server.url + "/openapi.json") as answer:
        print(json.load(answer)["openapi"], len(rulebook.RULES))
"""


@pytest.mark.xdist_group("wheel")
@pytest.mark.timeout(120)
def test_the_wheel_works_on_its_own(python_with_wheel: Path, tmp_path: Path) -> None:
    """Built, installed elsewhere and run there: contract, rules and the world `demo` come with it."""
    printed = run(str(python_with_wheel), "-c", PROGRAM, cwd=tmp_path)

    assert printed.startswith("3.1")
