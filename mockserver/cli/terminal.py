"""Writing for people: when to colour, how to keep what strangers sent from moving the cursor, and who still reads."""

import os
import sys
from typing import TextIO

GREEN, YELLOW, RED, BOLD, DIM = "32", "33", "31", "1", "2"


def can_draw(stream: TextIO | None) -> bool:
    """Whether it is a terminal that knows what escape sequences are."""
    return stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"


def is_coloured(stream: TextIO | None) -> bool:
    """Colours are for terminals that have not declined them in one of the usual ways."""
    return can_draw(stream) and not os.environ.get("NO_COLOR")


def painted(text: str, colour: str, coloured: bool) -> str:
    return f"\x1b[{colour}m{text}\x1b[0m" if coloured else text


def printable(text: str) -> str:
    """The text with everything spelt out that a terminal would not show as it is; lines stay lines."""
    return "".join(letter if letter == "\n" or letter.isprintable() else _spelt(letter) for letter in text)


def _spelt(letter: str) -> str:
    return letter.encode("unicode_escape", "surrogatepass").decode("ascii")


def say(text: str) -> None:
    """
    Print a text on stdout, now; if nobody reads, or there is no stdout at all, that is no reason to stop. Letters that
    its encoding does not have are spelt out.
    """
    if sys.stdout is None:
        return
    encoding = sys.stdout.encoding or "utf-8"
    try:
        sys.stdout.write(f"{text}\n".encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()
    except OSError:
        # What is left in the buffer would fail again at exit, and spoil the exit status.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
