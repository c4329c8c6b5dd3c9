"""Generated requests: schemathesis with contracts/schemathesis.toml, run beside us, its report read as it grows."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

from mockserver.checks.findings import Verdict
from mockserver.checks.generated_report import Tally
from mockserver.checks.leftovers import Leftovers
from mockserver.checks.target import LOOPBACK, OVER, Target
from mockserver.checks.verdicts import Observation, answers_of
from mockserver.contract import operations
from mockserver.paths import CONTRACTS

PHASES = ("examples", "coverage", "fuzzing", "stateful")
REPORT, LOG, NOTES, SPENT = "report.ndjson", "log.txt", "notes.ndjson", "spent.txt"
MISSING = "schemathesis is not installed: pip install 'instaview-mockserver[check]'"
NO_SUCCESS = "no generated request succeeded, and refusals alone show little"
ENDED = ("success", "failure", "error")
MIN_SECONDS = 2.0  # it takes one to begin
POLL_SECONDS = 0.2
GRACE_SECONDS = 10.0  # to end in, once it was told to
# Left out where only test interviews may be asked for: real calls, and the company that the key is of.
HELD_BACK = ("createCallAttempt", "rescheduleCallAttempt", "createCompany", "updateCompany", "deleteCompany")


@dataclass(frozen=True, slots=True)
class Orders:
    """
    `rate` is requests a second, None without limit; `budget_seconds` is what all phases have together; `why_not` tells
    why there is nothing to be made of them, if so.
    """

    phases: Sequence[str]
    seed: int
    budget_seconds: float
    timeout_seconds: float
    rate: int | None = None
    tests_only: bool = False
    why_not: str = ""


def look_at_generated(
    target: Target, orders: Orders, leftovers: Leftovers, on_progress: Callable[[str, int], None]
) -> Iterator[Observation]:
    """
    Observations of the phases that were asked for, once they are over or the time is.

    Args:
        leftovers: is told what was made, and has to take it away where the target has no world.
        on_progress: is told of each phase under way, and how many requests it has made so far.

    Raises:
        CouldNotLook, ControlRefusal: no world could be made for it.
    """
    why = _why_not(orders)
    if why:
        yield from (_nothing(phase, why) for phase in orders.phases)
        return
    if target.world is None:
        yield from _looked(target, orders, leftovers, on_progress)
        return
    plain = {"wire": "reference", "create_status": "201", "timestamps": "seconds"}  # as the contract has it
    wishes: dict[str, Any] = {"clock": "real", "seed": orders.seed, "minutes": 1_000_000, "readings": plain}
    with target.fresh_world(**wishes) as own:
        yield from _looked(own, orders, Leftovers(), on_progress)  # rows go with it


def _why_not(orders: Orders) -> str:
    if find_spec("schemathesis") is None:
        return MISSING
    return orders.why_not or (OVER if orders.budget_seconds < MIN_SECONDS else "")


def _nothing(phase: str, why: str) -> Observation:
    text = "generated requests"
    return Observation(phase, phase, text, tuple(map(answers_of, operations())), Verdict.NOT_LOOKED_AT, why)


def _looked(
    target: Target, orders: Orders, leftovers: Leftovers, on_progress: Callable[[str, int], None]
) -> Iterator[Observation]:
    with TemporaryDirectory(prefix="mockserver-check-") as name:
        folder = Path(name)
        try:
            tally, status = _run(target, orders, folder, on_progress)
        finally:  # after an interruption too
            leftovers.on_notes(_lines(folder / NOTES), target.api_key)
        ended = _end_of(folder, status, orders)
    for phase in orders.phases:
        why = _obstacle(tally, phase, ended)
        if why and not tally.broken_in(phase):
            yield _nothing(phase, why)
        else:
            yield from tally.observations(phase)


def _end_of(folder: Path, status: int | None, orders: Orders) -> str:
    """Why the process ended, where that was too early."""
    if spent := _lines(folder / SPENT):
        return spent[0]
    if status is None:
        return f"the time was over before it was: {orders.budget_seconds:.0f} s of --budget were left for such phases"
    return f"schemathesis ended early, with status {status}: {(_lines(folder / LOG) or [''])[-1]}"


def _obstacle(tally: Tally, phase: str, ended: str) -> str:
    """Why a phase shows nothing; empty where it does."""
    if tally.finished.get(phase) not in ENDED:
        return tally.fatal or ended
    error = next((told for (of, _), told in tally.errors.items() if of == phase), "")
    return error if error and not tally.has_succeeded(phase) else "" if tally.has_succeeded(phase) else NO_SUCCESS


def _run(
    target: Target, orders: Orders, folder: Path, on_progress: Callable[[str, int], None]
) -> tuple[Tally, int | None]:
    """What was reported, and the exit status; None where the time was over first."""
    tally, report = Tally(target.base_url), folder / REPORT
    until = monotonic() + orders.budget_seconds
    with (folder / LOG).open("wb") as out:
        process = subprocess.Popen(  # noqa: S603 # our own interpreter, and arguments that no shell reads
            _command(target, orders, report),
            env=_environment(target, orders, folder),
            stdout=out,
            stderr=subprocess.STDOUT,
            process_group=0,  # Ctrl-C at the terminal is for us, and we tell it once
        )
    try:
        position = 0
        while (status := _status(process)) is None and monotonic() < until:
            position = _read(report, position, tally, on_progress)
    finally:
        _end(process)
    _read(report, position, tally, on_progress)
    return tally, status


def _command(target: Target, orders: Orders, report: Path) -> list[str]:
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONTRACTS / "schemathesis.toml")]
    command += ["run", str(CONTRACTS / "openapi.yaml"), "--url", target.base_url, "--no-color"]
    command += ["--phases", ",".join(orders.phases), "--seed", str(orders.seed)]
    command += ["--request-timeout", f"{orders.timeout_seconds:g}"]
    command += ["--report", "ndjson", "--report-ndjson-path", str(report)]
    if orders.rate is not None:
        command += ["--rate-limit", f"{orders.rate}/s"]
    if orders.tests_only:
        command += [part for name in HELD_BACK for part in ("--exclude-operation-id", name)]
    return command


def _environment(target: Target, orders: Orders, folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        **_network(target),
        "INSTAVIEW_API_KEY": target.api_key,
        "HYPOTHESIS_STORAGE_DIRECTORY": str(folder),  # or it would leave one where we are
        "MOCKSERVER_TEST_INTERVIEWS_ONLY": str(int(orders.tests_only)),
        "MOCKSERVER_NOTES": str(folder / NOTES),
        "MOCKSERVER_SPENT": str(folder / SPENT),
        **({} if orders.rate is None else {"MOCKSERVER_RATE": str(orders.rate)}),
    }


def _network(target: Target) -> dict[str, str]:
    """What makes it go the way of our own requests: certificates, proxies, and no logins of ~/.netrc."""
    trusted = os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR")
    return {
        "NETRC": os.devnull,
        **({"REQUESTS_CA_BUNDLE": trusted} if trusted else {}),
        **(dict.fromkeys(("NO_PROXY", "no_proxy"), ",".join(LOOPBACK)) if target.is_loopback else {}),
    }


def _status(process: subprocess.Popen[bytes]) -> int | None:
    try:
        return process.wait(POLL_SECONDS)
    except subprocess.TimeoutExpired:
        return None


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)  # it then reports what it has
        try:
            process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _read(report: Path, position: int, tally: Tally, on_progress: Callable[[str, int], None]) -> int:
    """Read on from a position, whole lines only; answers the next position."""
    if not report.exists():
        return position
    with report.open("rb") as file:
        file.seek(position)
        for line in file:
            if not line.endswith(b"\n"):
                break
            position += len(line)
            tally.read(json.loads(line))
    if tally.calls:
        phase = list(tally.calls)[-1][0]
        on_progress(phase, sum(count for (of, _), count in tally.calls.items() if of == phase))
    return position


def _lines(file: Path) -> Sequence[str]:
    """None, where there is no file."""
    text = file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""
    return [line.strip() for line in text.split("\n") if line.strip()]
