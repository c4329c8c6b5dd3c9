"""The command as a process, and as a call: what the tests of the command line share."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import httpx2
from click.testing import CliRunner, Result

from mockserver.cli import cli
from mockserver.paths import FIXTURES
from tests.support import ACME, body

MOCKSERVER = (sys.executable, "-m", "mockserver")
DEMO = json.loads((FIXTURES / "worlds" / "demo.json").read_text(encoding="utf-8"))


def run(*arguments: str, env: Mapping[str, str] | None = None) -> Result:
    return CliRunner().invoke(cli, arguments, env=env, prog_name="mockserver")


def environment(**changes: str) -> dict[str, str]:
    """This process's, without what would tell the command something."""
    ours = ("MOCKSERVER_", "INSTAVIEW_", "NO_COLOR")
    return {**{name: value for name, value in os.environ.items() if not name.startswith(ours)}, **changes}


def start(*arguments: str, **changes: str) -> "subprocess.Popen[str]":
    return spawn([*MOCKSERVER, *arguments], environment(**changes))


def spawn(command: Sequence[str], env: Mapping[str, str], stdin: int = subprocess.DEVNULL) -> "subprocess.Popen[str]":
    pipe = subprocess.PIPE
    return subprocess.Popen(command, env=env, stdin=stdin, stdout=pipe, stderr=pipe, text=True)


class Served:
    """A `mockserver serve` that is ready; `end` it to read what it said."""

    def __init__(self, *arguments: str, **changes: str) -> None:
        self.process = start("serve", "--port", "0", "--json", *arguments, **changes)
        assert self.process.stdout is not None
        self.ready = json.loads(self.process.stdout.readline())
        self.url: str = self.ready["url"]

    def create(self, key: str = ACME, **changes: Any) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {key}"}
        return httpx2.post(f"{self.url}/interviews", json=body(**changes), headers=headers)

    def end(self, *signals: signal.Signals) -> tuple[int, str, str, float]:
        """Send signals (SIGTERM, if none is named), then as `left`, with the seconds from the first one on."""
        began = time.monotonic()
        for number in signals or (signal.SIGTERM,):
            self.process.send_signal(number)
            self._until_it_closes()
        return *self.left(), time.monotonic() - began

    def left(self) -> tuple[int, str, str]:
        """Wait for the end: the exit status, what else was on stdout, what was on stderr."""
        out, err = self.process.communicate(timeout=50)
        return self.process.returncode, out, err

    def _until_it_closes(self) -> None:
        """Shutdown has begun when nobody listens any more; a signal sent sooner could be the same as the last."""
        port = int(self.url.rpartition(":")[2])
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) != 0:
                    return


@contextmanager
def served(*arguments: str, **changes: str) -> Iterator[Served]:
    server = Served(*arguments, **changes)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.process.kill()
            server.process.communicate()
