"""The options of `mockserver check`, and their environment variables."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from mockserver.cli.options import Seconds
from mockserver.cli.report_file import ReportFile

F = TypeVar("F", bound=Callable[..., Any])
PHASES = ("scenarios", "webhooks", "answers", "examples", "coverage", "fuzzing", "stateful")


def _option(name: str, help: str, *others: str, **attributes: Any) -> Callable[[F], F]:
    variable = "MOCKSERVER_" + name.removeprefix("--").upper().replace("-", "_")
    return click.option(name, help=help, envvar=[variable, *others], show_envvar=True, **attributes)


def _file(name: str, help: str) -> Callable[[F], F]:
    """It has no variable: MOCKSERVER_JSON is a flag of `serve`."""
    return click.option(name, help=help, type=ReportFile(), metavar="FILE")


_SECONDS: dict[str, Any] = {"metavar": "SECONDS", "show_default": True}
_SEED = click.IntRange(0, 2**31 - 1)
OPTIONS = (
    _option("--url", "Base URL of the server to look at.", "INSTAVIEW_BASE_URL", metavar="URL"),
    _option("--api-key", "Key of the company under check.", "INSTAVIEW_API_KEY", metavar="KEY"),
    _option("--other-key", "Key of another company of that server.", metavar="KEY"),
    _option("--admin-token", "Token of the mock's control API, if it wants one.", metavar="TOKEN"),
    _option("--only", "Look at this rule or scenario alone (several).", metavar="RULE|SCENARIO", multiple=True),
    _option("--phase", "Look in this phase alone (several).", type=click.Choice(PHASES), multiple=True),
    _option(
        "--budget",
        "What the run may take; what it made is taken away after that.",
        type=Seconds(1, 86_400),
        default=50.0,
        **_SECONDS,
    ),
    _option("--timeout", "What one answer may take.", type=Seconds(0.05, 600), default=10.0, **_SECONDS),
    _option(
        "--seed",
        "What generated requests are made from.",
        type=click.IntRange(0, 2**31 - 1),
        default=0,
        show_default=True,
    ),
    _option("--rate", "Requests a second; 5 to a host that is not this machine.", type=click.IntRange(1), metavar="N"),
    click.option("--dry-run", is_flag=True, help="List what would be sent, and send nothing."),
    click.option("--yes", is_flag=True, help="Send test interviews to a host that is not this machine."),
    click.option("--live", is_flag=True, help="Send it real ones too, calls, and changes of companies."),
    _file("--json", "Write the report as JSON."),
    _file("--junit", "Write it as JUnit."),
    _file("--html", "Write it as one HTML page."),
    click.option(
        "--compare",
        nargs=2,
        type=click.Path(exists=True, dir_okay=False),
        metavar="A.json B.json",
        help="Tell what has changed from one report to another, and send nothing.",
    ),
    click.option(
        "--accepted",
        type=click.Path(exists=True, dir_okay=False),
        metavar="FILE.toml",
        help="Changes that are known, each with rule, reason and expiry.",
    ),
)


def check_options(command: F) -> F:
    """All of them, for a command that takes them as `**options`."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command
