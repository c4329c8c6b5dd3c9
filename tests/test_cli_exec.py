"""`mockserver exec`: a server for as long as a command runs."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from mockserver.cli.exec import Child
from tests.processes import DEMO, MOCKSERVER, environment, run, spawn, start
from tests.support import ACME, ATS, GLOBEX, INITECH, READONLY, body

KEYS = {ACME: "Acme", GLOBEX: "Globex", INITECH: "Initech", READONLY: "Acme", ATS: "ATS"}


@pytest.fixture
def refusing() -> str:
    """The URL of a receiver that is not there."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}/hook"


def execute(*arguments: str, **changes: str) -> "subprocess.CompletedProcess[str]":
    command = [*MOCKSERVER, "exec", *arguments]
    env = environment(**changes)
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=50, check=False, input="given\n")


def python(script: str) -> list[str]:
    return ["--", sys.executable, "-c", script]


CALLS = """
import os, sys, urllib.request
url, key = os.environ["INSTAVIEW_BASE_URL"], os.environ["INSTAVIEW_API_KEY"]
request = urllib.request.Request(url + "/interviews", headers={"Authorization": "Bearer " + key})
print(url, key, urllib.request.urlopen(request).status, input())
print("to stderr", file=sys.stderr)
"""


def test_exec_runs_a_command_beside_a_server() -> None:
    """It finds URL and key in its environment, has our stdin, stdout and stderr, and is alone on them."""
    done = execute(*python(CALLS))

    url, key, *rest = done.stdout.split()
    assert url.startswith("http://127.0.0.1:")
    assert (key, rest) == (ACME, ["200", "given"])
    assert (done.returncode, done.stderr) == (0, "to stderr\n")
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(url.rpartition(":")[2]))) != 0


def test_exec_takes_the_options_of_serve(refusing: str) -> None:
    """With `--json` the ready line comes before the command's own; undelivered webhooks are told."""
    post = """
import os, urllib.request
headers = {"Authorization": "Bearer " + os.environ["INSTAVIEW_API_KEY"], "Content-Type": "application/json"}
url = os.environ["INSTAVIEW_BASE_URL"] + "/interviews"
print(urllib.request.urlopen(urllib.request.Request(url, os.environ["BODY"].encode(), headers)).status)
"""
    options = ("--json", "--reading", "create_status=200", "--webhook", refusing, "--grace", "0.1")
    done = execute(*options, *python(post), BODY=json.dumps(body(isTest=True)))

    ready, status = done.stdout.splitlines()
    assert json.loads(ready)["keys"] == KEYS
    assert re.fullmatch("[0-9a-f]{64}", json.loads(ready)["webhookSecret"])
    assert (done.returncode, status) == (0, "200")
    assert done.stderr.count("undelivered: ") == 2


@pytest.mark.parametrize(
    ("script", "status"),
    [("raise SystemExit(7)", 7), ("import os; os.kill(os.getpid(), 9)", 137)],
    ids=["its own", "128 + signal"],
)
def test_execs_exit_status_is_the_commands(script: str, status: int) -> None:
    """As a shell tells it."""
    assert execute(*python(script)).returncode == status


def test_exec_without_a_command_that_can_run(tmp_path: Path) -> None:
    """One sentence, and the exit statuses that shells have for it."""
    (tmp_path / "text").write_text("no program")

    missing, text, none = execute("--", "no-such-command"), execute("--", str(tmp_path / "text")), execute()

    assert (missing.returncode, text.returncode, none.returncode) == (127, 126, 2)
    assert missing.stderr == "Error: cannot run no-such-command: No such file or directory\n"
    assert text.stderr == f"Error: cannot run {tmp_path / 'text'}: Permission denied\n"


def test_exec_needs_a_key(tmp_path: Path) -> None:
    """A world without one cannot be called."""
    file = tmp_path / "locked.json"
    file.write_text(json.dumps({"companies": DEMO["companies"], "keys": []}))

    result = run("exec", "--world", str(file), "--", "true")

    assert (result.exit_code, result.stderr) == (2, "Error: the world locked has no key to call with\n")


WAITS = """
import os, signal
def note(number, frame):
    print(signal.Signals(number).name, flush=True)
    if number == signal.SIGTERM:
        raise SystemExit(9)
signal.signal(signal.SIGINT, note)
signal.signal(signal.SIGTERM, note)
print("waiting", os.getppid(), flush=True)
while True:
    signal.pause()
"""


def test_exec_passes_signals_on() -> None:
    """The command decides what they mean to it."""
    process = start("exec", *python(WAITS))
    assert process.stdout is not None

    told = []
    assert process.stdout.readline() == f"waiting {process.pid}\n"
    for number in (signal.SIGINT, signal.SIGTERM):
        process.send_signal(number)
        told.append(process.stdout.readline())
    _, err = process.communicate(timeout=50)

    assert told == ["SIGINT\n", "SIGTERM\n"]
    assert (process.returncode, err) == (9, "")


def test_exec_leaves_the_terminals_ctrl_c_to_the_terminal() -> None:
    """It reaches the whole foreground; passed on as well, a command would see it twice."""
    command = [*MOCKSERVER, "exec", *python(WAITS)]
    script = f"import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn({command!r})))"
    process = spawn([sys.executable, "-W", "ignore", "-c", script], environment(), stdin=subprocess.PIPE)
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        ours = int(process.stdout.readline().split()[1])
        for _ in range(2):
            process.stdin.write("\x03")
            process.stdin.flush()
            assert "SIGINT" in process.stdout.readline()
        os.kill(ours, signal.SIGTERM)
        rest = process.stdout.read()

    assert rest.split() == ["SIGTERM"]
    assert process.returncode == 9


def test_a_signal_before_the_command_is_there_is_passed_on() -> None:
    """None is lost between our start and the command's."""
    child = Child()

    child.pass_on(signal.SIGTERM, None)
    status = child.run([sys.executable, "-c", "import signal; signal.pause()"], environment())

    assert status == -signal.SIGTERM
