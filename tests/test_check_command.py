"""`mockserver check` as a command: what it takes, what it says, how it ends."""

import json
import os
import pty
import re
import shlex
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx2
import pytest
from click.testing import Result

from mockserver import MockServer, settings_for
from mockserver.checks.suite import PHASES
from mockserver.cli.check_options import PHASES as OFFERED
from mockserver.cli.progress_bar import ProgressBar
from mockserver.contract import operations
from mockserver.rulebook import RULES
from tests.liar import Liar, Told
from tests.processes import MOCKSERVER, environment, run, start
from tests.support import ACME, ATS, GLOBEX, READONLY

ELSEWHERE = "http://192.0.2.1:8080"  # which is nowhere


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    with MockServer(settings_for(grace_seconds=0)) as server:
        yield server


def check(url: str, *more: str, key: str = ACME, **options: Any) -> Result:
    return run("check", "--url", url, "--api-key", key, *more, **options)


@pytest.fixture
def stub() -> Iterator[Callable[..., str]]:
    """A server that answers everything with one answer."""
    servers = []

    def serve(status: int, media_type: str, content: bytes, location: str | None = None) -> str:
        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self.send_response(status)
                self.send_header("Content-Type", media_type)
                self.send_header("Content-Length", str(len(content)))
                if location is not None:
                    self.send_header("Location", location)
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815 # the library's names

            def log_message(self, format: str, *args: object) -> None:
                """Nothing is told."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield serve
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


# All is well


@pytest.mark.timeout(300)  # half a minute of one core; a busy machine takes longer
def test_a_fresh_mock_keeps_every_rule(server: MockServer, tmp_path: Path) -> None:
    """In every phase, with every report; and the world that the key opens is as it was."""
    files = [tmp_path / name for name in ("report.json", "report.xml", "report.html")]
    options = [
        part for name, file in zip(("--json", "--junit", "--html"), files, strict=True) for part in (name, str(file))
    ]
    before = httpx2.get(f"{server.url}/_mock/worlds/demo/state").json()

    result = check(server.url, "--budget", "240", *options)

    report = json.loads(files[0].read_text(encoding="utf-8"))
    assert result.exit_code == 0, result.output
    assert {rule["rule"]: rule["why"] for rule in report["rules"] if rule["verdict"] != "kept"} == {}
    assert [(part["phase"], part["why"]) for part in report["phases"]] == [(phase, "") for phase in PHASES]
    assert report["counts"]["kept"] == len(RULES) + len(operations()) + 5
    assert ElementTree.parse(files[1]).getroot().get("failures") == "0"
    assert f"is kept: {len(RULES)} rules, the answers of {len(operations())} operations and 5 " in files[2].read_text(
        "utf-8"
    )
    after = httpx2.get(f"{server.url}/_mock/worlds/demo/state").json()
    assert {**after, "clock": None, "rates": None} == {**before, "clock": None, "rates": None}
    assert [world["id"] for world in httpx2.get(f"{server.url}/_mock/worlds").json()] == ["demo"]


def test_one_rule_is_looked_at_alone(server: MockServer) -> None:
    """And nothing is said of others."""
    result = check(server.url, "--only", "job-xor")

    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == "shape       1 kept, 0 broken, 0 not looked at"
    assert "1 kept, 0 broken, 0 not looked at: http://" in result.stdout


def test_options_come_from_the_environment_too(server: MockServer) -> None:
    """Also from what `exec` sets for the commands that it runs."""
    env = {"INSTAVIEW_BASE_URL": server.url, "INSTAVIEW_API_KEY": ACME, "MOCKSERVER_ONLY": "JOB-XOR"}

    result = run("check", env=env)

    assert result.exit_code == 0
    assert "1 kept" in result.stdout


def test_the_phases_on_offer_are_those_there_are() -> None:
    """The option does not load what makes them."""
    assert OFFERED == PHASES


# Something is broken


@pytest.mark.rule("JOB-EXISTS")
def test_a_broken_rule_is_told_and_fails(server: MockServer, tmp_path: Path) -> None:
    """With the request that shows it."""
    with Liar(server.url) as liar:
        liar.lie = lambda told: told.but(status=410) if told.status == 404 and "/jobs/" in told.path else told
        result = check(liar.url, "--only", "JOB-EXISTS", "--junit", str(tmp_path / "report.xml"))

    assert result.exit_code == 1
    assert result.stdout.startswith("broken  JOB-EXISTS  ")
    assert "    Received:   410 (JOB-EXISTS)" in result.stdout
    assert "    Documented: 404" in result.stdout
    assert 'failures="1"' in (tmp_path / "report.xml").read_text(encoding="utf-8")


@pytest.mark.parametrize("content", [b"{}", b"[]"])
def test_a_server_that_answers_everything_alike_is_found_out(
    stub: Callable[[int, str, bytes], str], content: bytes
) -> None:
    """It is there, and it keeps nothing."""
    url = stub(200, "application/json", content)

    result = check(url, "--phase", "scenarios", "--phase", "answers", "--phase", "webhooks", "--budget", "20")

    assert result.exit_code == 1
    assert "\n0 kept, " in result.stdout


def test_a_server_that_dies_on_the_way_is_not_good(server: MockServer) -> None:
    """That it could not be looked at to the end decides, unless something is broken."""
    with Liar(server.url) as liar:
        liar.lie = lambda told: told if told.number <= 15 else None
        result = check(liar.url, "--only", "JOB-XOR", "--phase", "scenarios", "--phase", "answers")

    assert result.exit_code == 1
    assert f"not looked at: scenarios: {liar.url} does not answer: " in result.stdout


# Nothing could be looked at


def test_where_nothing_answers_nothing_is_looked_at(tmp_path: Path) -> None:
    """One sentence says so; the files that were asked for say so too."""
    files = [str(tmp_path / name) for name in ("report.json", "report.xml", "report.html")]

    result = check("http://127.0.0.1:1", "--json", files[0], "--junit", files[1], "--html", files[2])

    assert result.exit_code == 3
    assert result.stderr == "Error: http://127.0.0.1:1 does not answer: [Errno 111] Connection refused\n"
    assert result.stdout == ""
    assert json.loads(Path(files[0]).read_text(encoding="utf-8"))["exitStatus"] == 3
    assert 'errors="1"' in Path(files[1]).read_text(encoding="utf-8")
    assert "It could not be looked at to the end" in Path(files[2]).read_text(encoding="utf-8")


def test_a_server_that_hangs_is_not_waited_for() -> None:
    """It takes connections, and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        result = check(url, "--timeout", "0.2")

    assert (result.exit_code, result.stderr) == (3, f"Error: {url} does not answer: timed out\n")


def test_an_answer_that_does_not_end_is_not_waited_for() -> None:
    """It comes letter by letter."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            with suppress(OSError):
                while not stopped.wait(0.02):
                    self.wfile.write(b" ")

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is told."""

    stopped = threading.Event()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        result = check(f"http://127.0.0.1:{server.server_port}", "--timeout", "0.3")
        stopped.set()
        server.shutdown()

    assert result.exit_code == 3
    assert result.stderr.endswith(" does not answer: its answer does not end\n")


@pytest.mark.parametrize(
    ("status", "media_type", "content", "told"),
    [
        pytest.param(200, "text/html", b"<p>Hello", "with 200 and text/html, not with JSON", id="a page"),
        pytest.param(200, "application/json", b'{"a', "what calls itself JSON and is none", id="garbage"),
        pytest.param(404, "application/json", b"{}", "is its path right?", id="another API"),
        pytest.param(500, "application/json", b"{}", "nothing to be judged", id="errors alone"),
    ],
)
def test_what_is_no_api_is_not_judged(
    stub: Callable[[int, str, bytes], str], status: int, media_type: str, content: bytes, told: str
) -> None:
    """It is said what it answers."""
    result = check(stub(status, media_type, content))

    assert result.exit_code == 3
    assert result.stderr.startswith("Error: http://127.0.0.1:")
    assert told in result.stderr
    assert result.stderr.count("\n") == 1


PLACES = [
    pytest.param("http://[bad", "redirects to what is no URL, ", id="no URL"),
    pytest.param("/\x9b2J", r"redirects to http://127.0.0.1:{port}/\x9b2J, ", id="one that moves the cursor"),
]


@pytest.mark.parametrize(("place", "told"), PLACES)
def test_a_redirect_to_anywhere_is_told_in_a_sentence(stub: Callable[..., str], place: str, told: str) -> None:
    """Whatever the server calls a place."""
    url = stub(302, "text/plain", b"", place)

    result = check(url)

    assert result.exit_code == 3
    assert told.format(port=url.rpartition(":")[2]) in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_check_that_looked_at_nothing_is_not_good(server: MockServer) -> None:
    """As when its time was over before it began."""
    result = check(server.url, "--phase", "fuzzing", "--budget", "1")

    assert result.exit_code == 3
    assert "the time was over before it began" in result.stdout


# Misuse

MISUSE = [
    pytest.param(["--api-key", ACME], "--url is missing", id="no URL"),
    pytest.param(["--url", "http://127.0.0.1:1"], "--api-key is missing", id="no key"),
    pytest.param(["--url", "nonsense", "--api-key", ACME], "cannot check nonsense: ", id="no URL at all"),
    pytest.param(["--url", "http://127.0.0.1/?a=b", "--api-key", ACME], "a base URL ends with its path", id="a query"),
    pytest.param(["--url", "http://127.0.0.1:1", "--api-key", "ä"], "no header can carry", id="a key beyond ASCII"),
    pytest.param(["--url", "http://127.0.0.1:1", "--api-key", "sk "], "no header can carry", id="a space after a key"),
    pytest.param(["--only", "JOB-XR"], "did you mean JOB-XOR", id="an unknown rule"),
    pytest.param(["--phase", "fuzz"], "'fuzz' is not one of", id="an unknown phase"),
    pytest.param(["--compare", "/nowhere.json", "/nowhere.json"], "does not exist", id="no such file"),
    pytest.param(["--json", "/nowhere/report.json"], "/nowhere is no folder that can be written to", id="no folder"),
    pytest.param(["--json", "/"], "File '/' is a directory", id="a folder"),
    pytest.param(["--json", "-"], "it takes the name of a file", id="a report among the text"),
    pytest.param(["--timeout", "nan"], "--timeout is a number of seconds from 0.05 to 600, not nan", id="no time-out"),
    pytest.param(["--budget", "nan"], "--budget is a number of seconds from 1 to 86400, not nan", id="no budget"),
    pytest.param(["--accepted", __file__], "--accepted belongs to --compare", id="accepted, and nothing to compare"),
    pytest.param(["--compare", __file__, __file__], "test_check_command.py is no JSON", id="no report"),
]


@pytest.mark.parametrize(("options", "told"), MISUSE)
def test_misuse_is_told_before_anything_is_sent(options: list[str], told: str) -> None:
    """In a sentence."""
    result = run("check", *options)

    assert result.exit_code == 2
    assert told in result.stderr
    assert "Traceback" not in result.output


KEPT = [
    pytest.param(["--api-key", ACME, "--json", "{file}"], 2, "--url is missing", id="no URL"),
    pytest.param(["--only", "JOB-XR", "--junit", "{file}"], 2, "did you mean JOB-XOR", id="an unknown rule"),
    pytest.param(["--dry-run", "--html", "{file}"], 0, "", id="a dry run"),
    pytest.param(
        ["--json", "{file}", "--html", "{file}"], 2, "--json and --html would both be written to ", id="one for two"
    ),
    pytest.param(
        ["--compare", "{file}", "{file}", "--json", "{file}"], 2, "--json belongs to a check", id="a comparison"
    ),
]


@pytest.mark.parametrize(("options", "status", "told"), KEPT)
def test_a_report_stays_until_there_is_another(options: list[str], status: int, told: str, tmp_path: Path) -> None:
    """What does not begin does not take away what was there."""
    file = tmp_path / "old"
    file.write_text("old")

    result = run("check", *(option.format(file=file) for option in options))

    assert result.exit_code == status
    assert told in result.stderr
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_key_that_the_server_does_not_take_is_misuse(server: MockServer) -> None:
    """The key is not shown whole."""
    result = check(server.url, key="sk_test_of_nobody")

    assert result.exit_code == 2
    assert result.stderr.startswith(f"Error: {server.url} does not take the key sk_…body: 401 ")
    assert "sk_test_of_nobody" not in result.output


def test_a_key_that_was_not_taken_is_in_the_reports_too(server: MockServer, tmp_path: Path) -> None:
    """An empty file is no report."""
    junit, page = tmp_path / "report.xml", tmp_path / "report.json"

    check(server.url, "--junit", str(junit), "--json", str(page), key="sk_test_of_nobody")

    assert ElementTree.parse(junit).getroot().get("errors") == "1"
    assert json.loads(page.read_text(encoding="utf-8"))["exitStatus"] == 2


WRONG_KEYS = [
    pytest.param(ATS, [], "shows the key sk_…_ats no list: 400 ", id="an ATS key is of no company"),
    pytest.param(ACME, ["--other-key", "sk_test_of_nobody"], "the key sk_…body: 401 ", id="an unknown second key"),
    pytest.param(ACME, ["--other-key", ACME], "opens the company under check", id="the same key twice"),
    pytest.param(ACME, ["--other-key", READONLY], "opens the company under check", id="the same company twice"),
]


@pytest.mark.parametrize(("key", "options", "told"), WRONG_KEYS)
def test_a_key_that_cannot_do_its_part_is_misuse(server: MockServer, key: str, options: list[str], told: str) -> None:
    """The server is not blamed for it."""
    result = check(server.url, *options, key=key)

    assert result.exit_code == 2
    assert told in result.stderr
    assert result.stdout == ""


def test_a_token_that_opens_no_control_api_is_misuse() -> None:
    """Without it half of the rules would silently be left out."""
    with MockServer(settings_for(grace_seconds=0, admin_token="another")) as locked:
        result = check(locked.url, "--admin-token", "wrong")

    assert (result.exit_code, result.stderr) == (2, f"Error: no control API at {locked.url} takes the --admin-token\n")


def test_a_password_in_a_url_is_not_told() -> None:
    """Logs keep what is printed."""
    result = check("http://ci:secret@127.0.0.1:1")

    assert result.exit_code == 2
    assert "secret" not in result.output


# Ends and files


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("token", [None, "another"], ids=["in worlds of its own", "in the world of the key"])
def test_a_run_that_is_stopped_takes_its_rows_away(number: signal.Signals, token: str | None, tmp_path: Path) -> None:
    """It reports what it had seen, and is not good."""
    junit = tmp_path / "report.xml"
    with MockServer(settings_for(grace_seconds=0, admin_token=token)) as server, Liar(server.url) as liar:
        before = rows(server, token)
        ready = threading.Event()

        def slowly(told: Told) -> Told:
            if told.number > 45:  # in the middle of some scenario
                ready.set()
            return told

        liar.lie = slowly
        process = start("check", "--url", liar.url, "--api-key", ACME, "--junit", str(junit))
        assert ready.wait(40)
        process.send_signal(number)
        out, err = process.communicate(timeout=50)
        after = rows(server, token)

    assert (process.returncode, err) == (3, "")
    assert "it was stopped before the end" in out
    assert after == before
    assert ElementTree.parse(junit).getroot().get("failures") == "0"


def rows(server: MockServer, token: str | None) -> dict[str, int]:
    headers = {"Authorization": f"Bearer {token}"}
    state = httpx2.get(f"{server.url}/_mock/worlds/demo/state", headers=headers).json()
    worlds = httpx2.get(f"{server.url}/_mock/worlds", headers=headers).json()
    folders = ("jobs", "agents", "candidates", "interviews", "webhooks")
    return {**{name: len(state[name]) for name in folders}, "worlds": len(worlds)}


def test_a_run_that_is_stopped_while_it_reads_is_not_good(tmp_path: Path) -> None:
    """Before it has come to look at anything."""
    pipe = tmp_path / "accepted.toml"
    os.mkfifo(pipe)

    process = start("check", "--compare", __file__, __file__, "--accepted", str(pipe))
    with pipe.open("w"):  # once somebody reads it
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=50)

    assert (process.returncode, err) == (3, "Error: it was stopped before the end\n")


def test_a_run_that_is_stopped_before_it_begins_is_not_good() -> None:
    """As when nothing answers: 1 would say that something is broken."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as listener:
        process = start("check", "--url", f"http://127.0.0.1:{listener.getsockname()[1]}", "--api-key", ACME)
        connection, _ = listener.accept()
        with connection:
            connection.recv(100)
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=50)

    assert (process.returncode, err) == (3, "Error: it was stopped before the end\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full disk")
def test_a_report_that_cannot_be_written_is_told(server: MockServer) -> None:
    """After the verdict, in a sentence."""
    result = check(server.url, "--only", "JOB-MULTIPLE", "--phase", "scenarios", "--html", "/dev/full")

    assert result.exit_code == 2
    assert result.stderr == "Error: --html cannot be written: No space left on device\n"
    assert "1 kept, " in result.stdout


def test_nobody_need_read(server: MockServer) -> None:
    """Where both streams are closed, as some schedulers do, the exit status tells all."""
    command = shlex.join([*MOCKSERVER, "check", "--url", server.url, "--api-key", ACME, "--only", "JOB-MULTIPLE"])

    ended = subprocess.run(["sh", "-c", f"{command} --phase scenarios >&- 2>&-"], env=environment(), check=False)

    assert ended.returncode == 0


# Elsewhere


def test_a_host_that_is_not_this_machine_is_asked_for() -> None:
    """Before anything is sent to it."""
    result = check(ELSEWHERE)

    assert result.exit_code == 2
    assert result.stderr == (
        f"Error: {ELSEWHERE} is not this machine: test interviews only, at most 5 requests a second; --yes sends them\n"
    )


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--yes"], "test interviews only, at most 5 requests a second"),
        (["--yes", "--rate", "50"], "test interviews only, at most 50 requests a second"),
        (["--live"], "REAL INTERVIEWS AND CALLS, at most 5 requests a second"),
    ],
)
def test_what_will_be_sent_elsewhere_is_said_first(options: list[str], told: str) -> None:
    """And then it is sent."""
    result = check(ELSEWHERE, *options, "--timeout", "0.1")

    assert result.exit_code == 3
    assert result.stderr.splitlines()[0] == f"{ELSEWHERE} is not this machine: {told}"


def address() -> str:
    """One of this machine that is not loopback; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has no address but loopback")
        return str(probe.getsockname()[0])


def test_elsewhere_no_interview_is_real(tmp_path: Path) -> None:
    """Whatever the scenarios would have; what was made is taken away, and what was not looked at is said."""
    file, host = tmp_path / "report.json", address()
    with MockServer(settings_for(admin_token="another", grace_seconds=0), host="0.0.0.0") as server:
        more = ["--yes", "--rate", "1000", "--phase", "scenarios", "--phase", "webhooks", "--other-key", GLOBEX]
        result = check(f"http://{host}:{server.url.rpartition(':')[2]}", *more, "--json", str(file))
        headers = {"Authorization": "Bearer another"}
        journal = httpx2.get(f"{server.url}/_mock/worlds/demo/requests", headers=headers).json()

    report = json.loads(file.read_text(encoding="utf-8"))
    asked = [one["request"]["body"] for one in journal if (one["method"], one["path"]) == ("POST", "/interviews")]
    assert result.exit_code == 0, result.output
    assert report["testInterviewsOnly"] is True
    assert {body["isTest"] for body in asked} == {True}
    assert "it asks for a real interview (--live sends it)" in {rule["why"] for rule in report["rules"]}
    assert report["rowsLeft"] == 0


# Before anything is sent


def test_a_dry_run_lists_everything_and_sends_nothing() -> None:
    """Also without a server."""
    result = run("check", "--dry-run")

    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert any(line.startswith("scenario page-4-inline-job: ") for line in lines)
    assert "  POST    /webhooks/{id}/test                      a ping" in lines
    assert "answers: nothing more, if anything else is looked at; else the requests of the scenarios" in lines
    assert any(line.startswith("stateful: ") for line in lines)
    assert "not sent" not in result.stdout


def test_a_dry_run_says_what_would_be_held_back() -> None:
    """From a host that is not this machine."""
    result = run("check", "--dry-run", "--url", ELSEWHERE, "--phase", "scenarios", "--phase", "fuzzing")

    assert "not sent: it asks for a real interview (--live sends it)" in result.stdout
    assert "Delete a company — not sent (--live sends it)" in result.stdout


def test_a_dry_run_of_one_scenario_lists_that_one() -> None:
    """What it needs is said."""
    result = run("check", "--dry-run", "--only", "rate-limit")

    assert result.stdout.startswith("first: GET /jobs?limit=1, ")
    assert "\nscenario rate-limit: " in result.stdout
    assert result.stdout.count("scenario ") == 1


def test_a_dry_run_tells_what_is_read_around_a_refusal() -> None:
    """Two reads more, of what a refusal leaves alone."""
    result = run("check", "--dry-run", "--only", "test-rules")

    assert re.search(
        r"POST .* A candidate is given once\n  GET     /interviews.* \(before and after\)\n", result.stdout
    )


# Two reports


def test_two_runs_against_the_same_server_are_the_same(server: MockServer, tmp_path: Path) -> None:
    """Ids and times differ, and count for nothing."""
    files = [str(tmp_path / name) for name in ("a.json", "b.json")]
    for file in files:
        check(server.url, "--only", "JOB-XOR", "--only", "interviews", "--json", file)

    result = run("check", "--compare", *files)

    assert (result.exit_code, result.stdout) == (0, "0 new, 0 accepted, 0 entries stale\n")


def test_a_change_is_told_and_fails_until_it_is_accepted(server: MockServer, tmp_path: Path) -> None:
    """With a reason, and for a time."""
    files = [str(tmp_path / name) for name in ("a.json", "b.json")]
    accepted = tmp_path / "accepted.toml"
    accepted.write_text('[[accepted]]\nrule = "JOB-EXISTS"\nreason = "ticket 7"\nexpires = 2999-01-01\n')
    check(server.url, "--only", "JOB-EXISTS", "--json", files[0])
    with Liar(server.url) as liar:
        liar.lie = lambda told: told.but(status=410) if told.status == 404 and "/jobs/" in told.path else told
        check(liar.url, "--only", "JOB-EXISTS", "--json", files[1])

    new, known = run("check", "--compare", *files), run("check", "--compare", *files, "--accepted", str(accepted))

    assert new.exit_code == 1
    assert "changed  JOB-EXISTS: kept, and now broken" in new.stdout
    assert "accepted  JOB-EXISTS: kept, and now broken — ticket 7, until 2999-01-01" in known.stdout


def test_reports_that_have_looked_at_nothing_are_not_compared(tmp_path: Path) -> None:
    """Nobody knows whether anything has changed."""
    files = [str(tmp_path / name) for name in ("a.json", "b.json")]
    for file in files:
        check("http://127.0.0.1:1", "--json", file)

    result = run("check", "--compare", *files)

    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr == "Error: a.json has looked at nothing, so that nothing can be compared\n"


def test_what_an_encoding_does_not_have_is_spelt_out(server: MockServer, tmp_path: Path) -> None:
    """As in a log of some CI."""
    file, accepted = str(tmp_path / "a.json"), tmp_path / "accepted.toml"
    accepted.write_text('[[accepted]]\nrule = "JOB-XOR"\nreason = "č"\nexpires = 2000-01-01\n', encoding="utf-8")
    check(server.url, "--only", "JOB-XOR", "--phase", "scenarios", "--json", file)

    process = start("check", "--compare", file, file, "--accepted", str(accepted), PYTHONIOENCODING="ascii")
    out, err = process.communicate(timeout=50)

    assert (process.returncode, err) == (1, "")
    assert out.startswith("stale  JOB-XOR (\\u010d) has expired on 2000-01-01\n")


# On a terminal


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_drawn_on_one_line_of_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """And taken away at the end."""
    stream = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    bar = ProgressBar(stream)

    bar.show("scenarios", 6, 24)
    bar.show("coverage", 120, None)
    bar.clear()

    assert stream.getvalue().split("\r\x1b[K") == ["", "scenarios [######..................] 6/24", "coverage 120", ""]


def test_progress_is_drawn_nowhere_else() -> None:
    """A log is no terminal."""
    stream = StringIO()

    ProgressBar(stream).show("scenarios", 6, 24)

    assert stream.getvalue() == ""


def test_progress_is_drawn_on_no_terminal_that_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would show the escapes as they are."""
    monkeypatch.setenv("TERM", "dumb")
    stream = Terminal()

    ProgressBar(stream).show("scenarios", 6, 24)

    assert stream.getvalue() == ""


def test_the_command_draws_on_a_terminal(server: MockServer) -> None:
    """As somebody sees it; what is redirected has none of it."""
    master, slave = pty.openpty()
    command = [*MOCKSERVER, "check", "--url", server.url, "--api-key", ACME, "--only", "JOB-XOR"]

    with os.fdopen(master, "rb", buffering=0) as screen:
        ended = subprocess.run(command, env=environment(TERM="xterm"), stdout=subprocess.PIPE, stderr=slave, check=True)
        os.close(slave)
        drawn = screen.read(4096)

    assert b"\r\x1b[Kscenarios [" in drawn
    assert b"\x1b" not in ended.stdout
