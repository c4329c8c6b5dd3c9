"""`mockserver check`: contract checks of any base URL."""

import json
import re
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mockserver.cli.check_options import check_options
from mockserver.cli.check_receiver import CouldNotLookError
from mockserver.cli.options import Misuse
from mockserver.cli.progress_bar import ProgressBar
from mockserver.cli.report_file import check_apart, put
from mockserver.cli.terminal import is_coloured, printable, say

if TYPE_CHECKING:
    from mockserver.checks.check_report import Report
    from mockserver.checks.suite import Wishes

URLS_USER = re.compile(r"//[^/]*@")
FORMS = ("json", "html", "junit")  # of a report, and the options that name a file for them
REMOTE_RATE = 5  # requests a second to a server that is not on this machine


@click.command()
@check_options
def check(**options: Any) -> None:
    """
    Look whether the server at --url keeps the contract: scenarios, webhooks, every answer, generated requests.

    Each rule is kept, broken or not looked at. Exit status: 0 all that was looked at is kept, 1 something is broken,
    2 misuse, 3 nothing could be looked at.
    """
    try:
        sys.exit(_status(options))
    except KeyboardInterrupt:  # before anything was looked at, or for the second time
        raise CouldNotLookError("it was stopped before the end") from None


def _status(options: Mapping[str, Any]) -> int:
    """Do what was asked for; the exit status."""
    files = {f"--{name}": options[name] for name in FORMS if options[name] is not None}
    check_apart(files)
    if options["compare"]:
        if files:
            raise Misuse(f"{next(iter(files))} belongs to a check, and --compare is none")
        before, after = map(Path, options["compare"])
        return _compare(before, after, options["accepted"])
    if options["accepted"]:
        raise Misuse("--accepted belongs to --compare A.json B.json")
    wishes = _wishes(options)
    if options["dry_run"]:
        _list(wishes)
        return 0
    _check_target(options, wishes)
    report, failure = _looked(options, wishes)
    _write(report, None if failure is None else failure.message, files)
    if failure is not None:
        raise failure
    status: int = report["exitStatus"]
    return status


def _wishes(options: Mapping[str, Any]) -> "Wishes":
    from mockserver.checks.choosing import UnknownName, choose
    from mockserver.checks.suite import Wishes

    try:
        chosen = choose(options["only"], options["phase"])
    except UnknownName as error:
        raise Misuse(str(error)) from None
    is_here = options["url"] is None or _is_here(options["url"])
    return Wishes(
        phases=chosen.phases,
        scenarios=chosen.scenarios,
        only=chosen.subjects,
        seed=options["seed"],
        budget_seconds=options["budget"],
        timeout_seconds=options["timeout"],
        rate=options["rate"] or (None if is_here else REMOTE_RATE),
        tests_only=not is_here and not options["live"],
    )


def _is_here(url: str) -> bool:
    from yarl import URL

    from mockserver.checks.target import LOOPBACK
    from mockserver.targets import url_fault

    if (fault := url_fault(url)) is not None:
        raise Misuse(f"cannot check {URLS_USER.sub('//…@', url)}: {fault}")
    asked = URL(url)
    if asked.query_string or asked.fragment:
        raise Misuse(f"cannot check {url}: a base URL ends with its path")
    return asked.host in LOOPBACK


def _check_target(options: Mapping[str, Any], wishes: "Wishes") -> None:
    """What has to be there before anything is sent, and what has to be known."""
    for name in ("url", "api_key"):
        if not options[name]:
            raise Misuse(f"--{name.replace('_', '-')} is missing (MOCKSERVER_{name.upper()} does as well)")
    for name in ("api_key", "other_key", "admin_token"):
        text = options[name] or ""
        if not text.isascii() or not text.isprintable() or text != text.strip():
            raise Misuse(f"--{name.replace('_', '-')} has characters, or spaces around it, that no header can carry")
    if _is_here(options["url"]):
        return
    what = "test interviews only" if wishes.tests_only else "REAL INTERVIEWS AND CALLS"
    told = f"{options['url']} is not this machine: {what}, at most {wishes.rate} requests a second"
    if not (options["yes"] or options["live"]):
        raise Misuse(f"{told}; --yes sends them")
    click.echo(told, err=True)


def _list(wishes: "Wishes") -> None:
    from mockserver.checks.dry_run import lines_of

    for line in lines_of(wishes):
        say(line)


def _looked(options: Mapping[str, Any], wishes: "Wishes") -> "tuple[Report, click.ClickException | None]":
    """The report, and why there is nothing in it, if so. SIGTERM is a Ctrl-C: what was made is taken away."""
    from mockserver.checks.check_report import report_of
    from mockserver.checks.findings import CouldNotLook
    from mockserver.checks.guards import Pace, nothing_real
    from mockserver.checks.inboxes import Inboxes
    from mockserver.checks.knocking import WrongKey, knock, meet_control, meet_other
    from mockserver.checks.secrets import Secrets
    from mockserver.checks.suite import Outcome, Suite
    from mockserver.checks.target import Target
    from mockserver.clock import system_now

    given = [options[name] for name in ("other_key", "admin_token") if options[name]]
    secrets = Secrets(options["api_key"], given)
    started, bar = system_now(), ProgressBar(sys.stderr)
    pace = [Pace(wishes.rate)] if wishes.rate is not None else []
    with ExitStack() as stack:
        stack.callback(signal.signal, signal.SIGTERM, signal.signal(signal.SIGTERM, signal.default_int_handler))
        inboxes = stack.enter_context(Inboxes()) if _is_here(options["url"]) else None
        target = stack.enter_context(
            Target(
                options["url"],
                options["api_key"],
                options["other_key"],
                options["admin_token"],
                receiver=None if inboxes is None else inboxes.open,
                guards=[*([nothing_real] if wishes.tests_only else []), *pace],
                listeners=[secrets.on_exchange],
                timeout_seconds=options["timeout"],
            )
        )
        try:
            knock(target)
            meet_control(target)
            meet_other(target)
        except (WrongKey, CouldNotLook) as error:
            kind = Misuse if isinstance(error, WrongKey) else CouldNotLookError
            report = report_of(Outcome(gone=str(error)), wishes, target, secrets, started)
            return {**report, "exitStatus": kind.exit_code}, kind(printable(secrets.masked(str(error))))
        outcome = Suite(target, inboxes, wishes, bar.show).run()
        bar.clear()
        return report_of(outcome, wishes, target, secrets, started), None


def _write(report: "Report", failure: str | None, files: Mapping[str, Path]) -> None:
    """The text on the terminal, and the files that were asked for."""
    from mockserver.checks.check_findings import findings_of
    from mockserver.checks.junit import junit_of
    from mockserver.checks.report_page import page_of
    from mockserver.cli.check_text import text_of

    forms: Mapping[str, Callable[[], bytes]] = {
        "--json": lambda: f"{json.dumps(report, indent=1, ensure_ascii=False)}\n".encode("utf-8", "backslashreplace"),
        "--html": lambda: page_of(report).encode("utf-8", "backslashreplace"),
        "--junit": lambda: junit_of(f"check {report['url']}", findings_of(report), failure, "documented"),
    }
    if failure is None:
        say(text_of(report, is_coloured(sys.stdout)))
    for name, path in files.items():
        put(name, path, forms[name]())


def _compare(before: Path, after: Path, accepted: str | None) -> int:
    from mockserver.checks.drift import drift_of, looks_at_nothing
    from mockserver.checks.report_reading import NoReport, accepted_in, report_in
    from mockserver.cli.check_text import text_of_drift
    from mockserver.clock import system_now

    try:
        entries = accepted_in(Path(accepted)) if accepted is not None else []
        reports = {path: report_in(path) for path in (before, after)}
    except NoReport as error:
        raise Misuse(printable(str(error))) from None
    for path, report in reports.items():
        if looks_at_nothing(report):
            raise CouldNotLookError(f"{path.name} has looked at nothing, so that nothing can be compared")
    drift = drift_of(reports[before], reports[after], entries, system_now().date())
    say(text_of_drift(drift, is_coloured(sys.stdout)))
    return 0 if drift.is_clean else 1
