"""The built wheel holds all that the package reads, and works away from the checkout."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROGRAM = """
import json, sys
sys.path.insert(0, sys.argv[1])
import mockserver
from mockserver import MockServer, paths, rulebook
assert mockserver.__file__.startswith(sys.argv[1]), mockserver.__file__
assert str(paths.CONTRACTS).startswith(sys.argv[1]) and str(paths.FIXTURES).startswith(sys.argv[1])
import urllib.request
with MockServer() as server:
    with urllib.request.urlopen(server.url + "/openapi.json") as answer:
        print(json.load(answer)["openapi"], len(rulebook.RULES))
"""


@pytest.mark.timeout(120)
def test_the_wheel_works_on_its_own(tmp_path: Path) -> None:
    """Built, unpacked elsewhere and run there: contract, rules and the world `demo` come with it."""
    build = (sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(tmp_path), str(ROOT))
    subprocess.run(build, check=True, capture_output=True, timeout=60)
    (wheel,) = tmp_path.glob("*.whl")
    away = tmp_path / "away"
    install = (sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(away), str(wheel))
    subprocess.run(install, check=True, capture_output=True, timeout=60)

    program = (sys.executable, "-c", PROGRAM, str(away))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    ran = subprocess.run(
        program, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=30, check=False
    )

    assert ran.stdout.startswith("3.1"), ran.stderr
