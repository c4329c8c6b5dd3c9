"""The README is true: its console sessions and its test are run as they stand."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mockserver import MockServer

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
PRINTED = "http://127.0.0.1:8080"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def sessions() -> Iterator[tuple[str, str]]:
    """Each command of the console blocks with what it is said to print, in order."""
    for block in blocks("console"):
        for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = step.partition("\n")
            yield command, output.strip()


def as_pattern(output: str) -> str:
    """`…` in the README stands for whatever it may be there."""
    return ".*?".join(re.escape(part) for part in output.split("…"))


def test_every_console_session_prints_what_the_readme_says() -> None:
    """The commands run one after the other in a shell against one server."""
    path = f"PATH={shlex.quote(str(Path(sys.executable).parent))}:$PATH; "

    with MockServer() as server:
        for command, expected in sessions():
            real = command.replace(PRINTED, server.url)
            ran = subprocess.run(["bash", "-c", path + real], capture_output=True, text=True, timeout=30, check=False)
            assert re.fullmatch(as_pattern(expected.replace(PRINTED, server.url)), ran.stdout.strip(), re.DOTALL), (
                command,
                ran.stdout,
                ran.stderr,
            )


def test_the_readme_has_sessions_to_run() -> None:
    """A README without commands would pass the test above by looking at nothing."""
    assert len(list(sessions())) >= 7


# What an example calls its own: a receiver that hires whom it hears of, once, and what it has written down.
THEIRS = """
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest


class Database:
    def __init__(self):
        self.hires = {}

    def count(self, table):
        return len(getattr(self, table))


@pytest.fixture
def db():
    return Database()


@pytest.fixture
def app(db):
    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            db.hires[body["data"]["interviewId"]] = body
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        threading.Thread(target=server.serve_forever).start()
        yield SimpleNamespace(url=f"http://127.0.0.1:{server.server_port}", secret="5e" * 32)
        server.shutdown()
"""


@pytest.mark.parametrize("example", blocks("python"), ids=lambda text: re.findall(r"def (test_\w+)", text)[0])
def test_the_printed_tests_pass_in_an_empty_project(pytester: pytest.Pytester, example: str) -> None:
    """Each example for pytest runs as printed, in a folder with nothing else but the fixtures it calls its own."""
    pytester.makeconftest(THEIRS)
    pytester.makepyfile(example)

    result = pytester.runpytest_subprocess("-p", "no:xdist")

    assert result.ret == 0
    assert result.parseoutcomes() == {"passed": len(re.findall(r"^def test_", example, re.MULTILINE))}


def test_the_commands_to_start_with_are_targets_of_the_makefile() -> None:
    """What the README tells people to type exists."""
    makefile = (Path(__file__).parent.parent / "Makefile").read_text(encoding="utf-8")

    for target in re.findall(r"make ([a-z]+)", README):
        assert f"\n{target}:" in makefile, target
