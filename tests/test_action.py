"""The GitHub Action, as far as it runs without GitHub: its own scripts, with the environment that a runner sets."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

from mockserver import MockServer
from tests.support import ACME

PATH = Path(__file__).parent.parent / ".github" / "actions" / "mockserver" / "action.yml"
ACTION: Mapping[str, Any] = yaml.safe_load(PATH.read_text(encoding="utf-8"))
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}
DEFAULTS = {name: row["default"] for name, row in ACTION["inputs"].items()}


def runner(folder: Path) -> dict[str, str]:
    """What a runner sets for every step; the environment that the step before has installed into is there."""
    link = folder / "instaview-mockserver"
    if not link.exists():
        link.symlink_to(Path(sys.executable).parent.parent)
    ours = {"GITHUB_OUTPUT": "output", "GITHUB_ENV": "env", "RUNNER_TEMP": ""}
    paths = {name: str(folder / file) for name, file in ours.items()}
    return {
        **paths,
        "GITHUB_ACTION_PATH": str(PATH.parent),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }


def run(name: str, folder: Path, **inputs: str) -> "subprocess.CompletedProcess[str]":
    """One step, as a runner does it: its expressions filled in, its script in a file, `bash -eo pipefail`."""
    step = STEPS[name]
    given = {**DEFAULTS, **{name.replace("_", "-"): value for name, value in inputs.items()}}
    environment = {
        variable: given[expression.removeprefix("${{ inputs.").removesuffix(" }}")]
        for variable, expression in step["env"].items()
    }
    script = folder / "step.sh"
    script.write_text(step["run"], encoding="utf-8")
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", script],
        cwd=folder,
        env={**runner(folder), **environment},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


def test_a_command_runs_beside_a_server_of_its_own(tmp_path: Path) -> None:
    """With the environment that clients read, and the options of the server."""
    command = (
        'curl -sf "$INSTAVIEW_BASE_URL/jobs" -H "Authorization: Bearer $INSTAVIEW_API_KEY"; echo "$INSTAVIEW_JUNIT"'
    )

    ran = run("Run beside a server", tmp_path, run=command, options="--clock frozen --quiet")

    assert (ran.returncode, ran.stdout.splitlines()[-1][-len("report.xml") :]) == (0, "report.xml"), ran.stderr
    assert '"total":3' in ran.stdout


def test_the_step_ends_as_the_command_does(tmp_path: Path) -> None:
    """Also where it is not the last line that fails."""
    ran = run("Run beside a server", tmp_path, run="false | cat\necho unreached")

    assert (ran.returncode, ran.stdout) == (1, "")


def end_servers(folder: Path) -> None:
    """As a runner does at the end of a job."""
    for file in folder.glob("instaview-*/ready.json"):
        os.kill(json.loads(file.read_text(encoding="utf-8"))["pid"], signal.SIGTERM)


def test_a_server_stays_up_for_the_steps_after_it(tmp_path: Path) -> None:
    """It is ready when the step ends; its URL and key are outputs, and variables of what follows."""
    ran = run("Serve until the job ends", tmp_path)
    variables = dict(line.split("=", 1) for line in (tmp_path / "env").read_text(encoding="utf-8").splitlines())
    outputs = dict(line.split("=", 1) for line in (tmp_path / "output").read_text(encoding="utf-8").splitlines())

    try:
        health = httpx2.get(f"{outputs['url']}/_mock/health").json()
    finally:
        end_servers(tmp_path)

    assert ran.returncode == 0, ran.stderr
    assert health["status"] == "ok"
    assert variables == {"INSTAVIEW_BASE_URL": outputs["url"], "INSTAVIEW_API_KEY": outputs["api-key"]}


def test_several_servers_stay_up_in_one_job(tmp_path: Path) -> None:
    """Each tells its own address."""
    outputs = []
    try:
        for _ in range(2):
            (tmp_path / "output").unlink(missing_ok=True)
            run("Serve until the job ends", tmp_path, options="--clock\nfrozen")
            outputs.append(dict(line.split("=", 1) for line in (tmp_path / "output").read_text("utf-8").splitlines()))
        clocks = [httpx2.get(f"{told['url']}/_mock/worlds/demo/clock").json()["mode"] for told in outputs]
    finally:
        end_servers(tmp_path)

    assert outputs[0]["url"] != outputs[1]["url"]
    assert clocks == ["frozen", "frozen"]


def test_a_server_that_cannot_start_fails_its_step(tmp_path: Path) -> None:
    """The step says why, instead of waiting for ever."""
    ran = run("Serve until the job ends", tmp_path, options="--world nowhere.json")

    assert ran.returncode == 1
    assert "nowhere.json" in ran.stderr


def test_a_contract_is_checked_and_reported(tmp_path: Path) -> None:
    """The key comes by the environment, so that no log shows it; the report is where the action says."""
    with MockServer() as server:
        ran = run("Check the contract", tmp_path, check=server.url, api_key=ACME, options="--only JOB-MULTIPLE")

    assert ran.returncode == 0, ran.stderr
    assert "<testsuite" in (tmp_path / DEFAULTS["junit"]).read_text(encoding="utf-8")


def test_a_command_and_a_check_are_two_steps(tmp_path: Path) -> None:
    """Neither is dropped without a word."""
    ran = run("Install", tmp_path, run="make test", check="http://127.0.0.1:8080")

    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == "give run or check, not both: use the action twice\n"


@pytest.mark.parametrize("name", STEPS)
def test_no_input_is_pasted_into_a_script(name: str) -> None:
    """Expressions inside scripts are code for whoever writes the input."""
    assert "${{" not in STEPS[name]["run"]


def test_without_a_package_it_installs_the_one_it_came_with() -> None:
    """The action's folder is three below the project's; `check` has its extra."""
    assert '"$GITHUB_ACTION_PATH/../../.."' in STEPS["Install"]["run"]
    assert "${TARGET:+[check]}" in STEPS["Install"]["run"]
    assert (PATH.parent / ".." / ".." / ".." / "pyproject.toml").is_file()
