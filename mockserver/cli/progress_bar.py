"""How far a run is, on one line of a terminal; nothing at all elsewhere."""

from typing import TextIO

from mockserver.cli.terminal import can_draw

WIDTH = 24


class ProgressBar:
    """Draws itself over and over on the same line of a stream, if that is a terminal; `clear` takes it away."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream if can_draw(stream) else None

    def show(self, phase: str, done: int, total: int | None) -> None:
        """Without a total, what is done is counted."""
        self._write(f"{phase} {_bar(done, total)} {done}/{total}" if total else f"{phase} {done}")

    def clear(self) -> None:
        self._write("")

    def _write(self, text: str) -> None:
        if self._stream is not None:
            self._stream.write(f"\r\x1b[K{text}")
            self._stream.flush()


def _bar(done: int, total: int) -> str:
    full = WIDTH * done // total
    return f"[{'#' * full}{'.' * (WIDTH - full)}]"
