"""`mockserver check-receiver`: tries the user's own webhook receiver."""

import json
import signal
import sys
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mockserver.cli.listen import checked_secret
from mockserver.cli.options import Misuse, Seconds
from mockserver.cli.report_file import ReportFile, put
from mockserver.cli.terminal import DIM, GREEN, RED, YELLOW, is_coloured, painted, printable, say

if TYPE_CHECKING:
    from mockserver.checks.findings import Finding
    from mockserver.checks.trial import Trial

VERDICT_WIDTH, CASE_WIDTH = 13, 19  # of the longest ones
COLOURS = {"kept": GREEN, "broken": RED, "not looked at": YELLOW}


class CouldNotLookError(click.ClickException):
    """Nothing usable answers."""

    exit_code = 3


@click.command("check-receiver")
@click.argument("url")
@click.option("--secret", metavar="HEX", required=True, callback=checked_secret, help="The receiver's signing secret.")
@click.option(
    "--effects-command",
    metavar="COMMAND",
    help="Shell command that prints how much the receiver has done, as a whole number.",
)
@click.option(
    "--settle",
    type=Seconds(0, 600),
    default=0.2,
    show_default=True,
    metavar="SECONDS",
    help="How long after an answer the effects are counted.",
)
@click.option("--event", default="interview.completed", show_default=True, metavar="TYPE", help="Event to vary.")
@click.option("--data", multiple=True, metavar="NAME=VALUE", help="What `data` of the events is to say (several).")
@click.option("--only", multiple=True, metavar="CASE", help="Look at this case alone (several).")
@click.option(
    "--timeout",
    type=Seconds(0.01, 600),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="How long an answer may take.",
)
@click.option("--junit", type=ReportFile(), help="Write a JUnit file too.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of the table.")
@click.option("--yes", is_flag=True, help="Send to a host that is not this machine.")
def check_receiver(
    url: str,
    secret: str,
    effects_command: str | None,
    settle: float,
    event: str,
    data: tuple[str, ...],
    only: tuple[str, ...],
    timeout: float,
    junit: Path | None,
    as_json: bool,
    yes: bool,
) -> None:
    """
    Send valid, repeated, stale, forged and odd deliveries to the webhook receiver at URL, and say what a good one does.

    Exit status: 0 good, 1 something is broken, 2 misuse, 3 nothing could be looked at, or it was stopped.
    """
    _check_target(url, yes)
    trial = _trial(url, secret, event, dict(_pair(one) for one in data), timeout)
    _check_cases(only)
    if effects_command is not None:
        from mockserver.checks.effects import Effects

        trial.effects = Effects(effects_command, settle, timeout)
    if not as_json:
        say(f"{url}: at most {timeout:g} s for an answer")
    findings, failure = _examined(trial, only, None if as_json else is_coloured(sys.stdout))
    _report(url, findings, None if failure is None else failure.message, junit, as_json)
    if failure is not None:
        raise failure

    from mockserver.checks.findings import exit_status_of

    sys.exit(exit_status_of(findings))


def _check_target(url: str, yes: bool) -> None:
    from mockserver.rules.webhook import is_this_machine
    from mockserver.targets import url_fault

    if (fault := url_fault(url)) is not None:
        raise Misuse(f"cannot check {url}: {fault}")

    from yarl import URL

    host = URL(url).raw_host or ""
    if not is_this_machine(host) and not yes:
        raise Misuse(
            f"{host} is not this machine; --yes sends it some thirty made-up, odd and forged deliveries all the same"
        )


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise Misuse(f"data are given as NAME=VALUE, not {text!r}")
    return name, value


def _trial(url: str, secret: str, event: str, known: dict[str, str], timeout: float) -> "Trial":
    from mockserver.checks.posting import Poster
    from mockserver.checks.specimens import Signer, event_types, names_in_data
    from mockserver.checks.trial import Trial

    if event not in event_types():
        raise Misuse(f"there is no event {event!r}; there are {', '.join(event_types())}")
    if strange := sorted(known.keys() - names_in_data()):
        raise Misuse(f"no event's data has {strange[0]!r}; there are {', '.join(sorted(names_in_data()))}")
    return Trial(Poster(url, timeout), Signer(secret, known), event)


def _check_cases(only: tuple[str, ...]) -> None:
    from mockserver.checks.receiver import CASE_IDS

    for id in only:
        if id not in CASE_IDS:
            raise Misuse(f"there is no case {id!r}; there are {', '.join(CASE_IDS)}")


def _examined(
    trial: "Trial", only: tuple[str, ...], coloured: bool | None
) -> "tuple[list[Finding], click.ClickException | None]":
    """
    What was found, and why the rest was not looked at, if so. SIGTERM is a Ctrl-C.

    Args:
        coloured: None where findings are not to be printed as they are made.
    """
    import asyncio

    from mockserver.checks.effects import CannotCount
    from mockserver.checks.findings import CouldNotLook
    from mockserver.checks.receiver import chosen, examine, not_looked_at

    findings: list[Finding] = []
    cases = chosen(only)

    def on_finding(finding: "Finding") -> None:
        findings.append(finding)
        if coloured is not None:
            say(text_of(finding, coloured))

    async def look() -> None:
        stop = partial(signal.default_int_handler, signal.SIGTERM, None)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop)
        async with trial.poster:
            await examine(trial, cases, on_finding)

    try:
        asyncio.run(look())
    except CannotCount as error:
        failure: click.ClickException = Misuse(str(error))
    except CouldNotLook as error:
        failure = CouldNotLookError(str(error))
    except KeyboardInterrupt:
        failure = CouldNotLookError("it was stopped before the end")
    else:
        return findings, None
    rest = [not_looked_at(case, failure.message) for case in cases[len(findings) :]]
    return [*findings, *rest], failure


def _report(url: str, findings: "list[Finding]", failure: str | None, junit: Path | None, as_json: bool) -> None:
    from mockserver.checks.findings import summary_of
    from mockserver.checks.junit import junit_of

    if junit is not None:
        put("--junit", junit, junit_of(f"check-receiver {url}", findings, failure))
    if as_json:
        say(json.dumps({"url": url, "findings": [asdict(one) for one in findings], "couldNotLook": failure}))
    else:
        say(summary_of(findings))


def text_of(finding: "Finding", coloured: bool = False) -> str:
    """A line with the verdict, what was sent and what came back; a second one where there is something to say."""
    verdict = painted(f"{finding.verdict:<{VERDICT_WIDTH}}", COLOURS[finding.verdict], coloured)
    came = f" → {finding.received}" if finding.received else ""
    lines = [f"{verdict}  {finding.case:<{CASE_WIDTH}}  {finding.sent}{printable(came)}"]
    good = f"; a good receiver {finding.good}" if finding.verdict == "broken" else ""
    if finding.why:
        said = painted(printable(f"{finding.why}{good}"), DIM, coloured)
        lines.append(f"{'':<{VERDICT_WIDTH + CASE_WIDTH + 2}}  {said}")
    return "\n".join(lines)
