"""How much a receiver has done, as a command of the user's counts it: status codes alone never show a double effect."""

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL
from contextlib import suppress
from tempfile import TemporaryFile
from typing import IO


class CannotCount(Exception):
    """The command did not print a whole number; the message says what it did."""


class Effects:
    """
    Runs the command whenever somebody asks for the count.

    Args:
        settle_seconds: how long a receiver is given that works on after it has answered.
    """

    def __init__(self, command: str, settle_seconds: float, timeout_seconds: float) -> None:
        self._command, self._settle_seconds, self._timeout_seconds = command, settle_seconds, timeout_seconds

    async def count(self) -> int:
        """
        Raises:
            CannotCount: it failed, took too long, or printed something else.
        """
        await asyncio.sleep(self._settle_seconds)
        # Files, where pipes would stay open as long as anything that the command leaves behind.
        with TemporaryFile() as out, TemporaryFile() as err:
            status = await self._run(out, err)
            return _number_in(status, _written(out), _written(err))

    async def _run(self, out: IO[bytes], err: IO[bytes]) -> int:
        """The exit status; whatever becomes of us meanwhile, nothing that was started outlives this."""
        # A session of its own, so that it can be ended with all that it started.
        process = await asyncio.create_subprocess_shell(
            self._command, stdin=DEVNULL, stdout=out, stderr=err, start_new_session=True
        )
        try:
            return await asyncio.wait_for(process.wait(), self._timeout_seconds)
        except TimeoutError:
            raise CannotCount(f"the effects command took longer than {self._timeout_seconds:g} s") from None
        finally:
            with suppress(ProcessLookupError, PermissionError):  # the latter is what macOS says of one that has ended
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


def _written(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


def _number_in(status: int, out: bytes, err: bytes) -> int:
    text = out.decode("utf-8", "replace").strip()
    if status:
        said = " ".join(err.decode("utf-8", "replace").split())[-200:]
        raise CannotCount(f"the effects command ended with exit status {status}{f': {said}' if said else ''}")
    try:
        return int(text)
    except ValueError:
        raise CannotCount(f"the effects command has to print a whole number, not {text[:80]!r}") from None
