"""`mockserver exec`: a server for as long as a command runs."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Any

import click

from mockserver.cli.options import Misuse, listening, server_options, settings_from

SIGNALLED = 128


class NotFound(click.ClickException):
    """There is no such command; the exit status is the one that shells have for that."""

    exit_code = 127


class CannotRun(click.ClickException):
    """The command is there and is none; the same."""

    exit_code = 126


@click.command("exec", context_settings={"allow_interspersed_args": False})
@server_options(port=0)
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def exec_(command: Sequence[str], **options: Any) -> None:
    """
    Run COMMAND beside a server of its own, and exit as COMMAND does.

    Its environment has INSTAVIEW_BASE_URL and INSTAVIEW_API_KEY, the first key of the first world.
    """
    from mockserver.cli.banner import ready_line
    from mockserver.cli.console import Console
    from mockserver.launch import new_secret
    from mockserver.server import MockServer

    secret = new_secret()
    settings = settings_from(options, secret)
    key = next((key.key for key in settings.seeds[0].keys), None)
    if key is None:
        raise Misuse(f"the world {settings.seeds[0].name} has no key to call with")
    host, port, console = options["host"], options["port"], Console(sys.stderr)
    with listening(host, port):
        server = MockServer(settings, host=host, port=port, on_undelivered=console.on_undelivered)
    with server:
        if options["json"]:
            click.echo(ready_line(server.url, settings.seeds, secret if options["webhook"] else None))
        status = _run(command, {**os.environ, "INSTAVIEW_BASE_URL": server.url, "INSTAVIEW_API_KEY": key})
    sys.exit(status)


def _run(command: Sequence[str], environment: dict[str, str]) -> int:
    """
    The exit status of a command, as shells tell it. Signals to us are passed on to it.

    Raises:
        NotFound, CannotRun: there is no such command, or it is none.
    """
    child = Child()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, child.pass_on)
    try:
        status = child.run(command, environment)
    except OSError as error:
        kind = NotFound if isinstance(error, FileNotFoundError) else CannotRun
        raise kind(f"cannot run {command[0]}: {error.strerror}") from None
    return status if status >= 0 else SIGNALLED - status


class Child:
    """A process and the signals that are meant for it, also those that come before it is there."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._early: list[int] = []

    def run(self, command: Sequence[str], environment: dict[str, str]) -> int:
        self._process = process = subprocess.Popen(command, env=environment)  # noqa: S603 # what the user asked for
        for number in self._early:
            process.send_signal(number)
        return process.wait()

    def pass_on(self, number: int, _frame: FrameType | None) -> None:
        if self._process is None:
            self._early.append(number)
        elif number != signal.SIGINT or not _terminal_tells_all():
            self._process.send_signal(number)


def _terminal_tells_all() -> bool:
    """Whether we stand in a terminal's foreground: its Ctrl-C has reached the command already."""
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except (OSError, ValueError):
        return False
