"""How messages to a test's author show long lists and long values."""

from collections.abc import Sequence

MAX_LINES = 20
MAX_VALUE = 200
Stories = list[tuple[str, str]]  # of worlds: the fixture's name, and what happened


def listed(title: str, lines: Sequence[str]) -> list[str]:
    """The newest lines below a title."""
    if not lines:
        return [f"{title}: nothing"]
    hidden = [f"  … and {len(lines) - MAX_LINES} before these"] if len(lines) > MAX_LINES else []
    return [f"{title}:", *hidden, *(f"  {line}" for line in lines[-MAX_LINES:])]


def shortened(text: bytes) -> str:
    return text[:MAX_VALUE].decode("utf-8", "replace") + ("…" if len(text) > MAX_VALUE else "")


def shown(value: object) -> str:
    """As Python writes it, on one line."""
    return shortened(repr(value).encode("utf-8", "backslashreplace"))
