"""What a test hands in, looked at before it is used: a mistake is told in one sentence."""

from datetime import timedelta
from typing import Any

from mockserver.plugin.telling import shown

__tracebackhide__ = True  # pytest shows the line that called


def demand(what: str, value: object, kind: Any) -> None:
    """
    Args:
        what: says what belongs there, such as "a status is a whole number".
        kind: as `isinstance` takes it.

    Raises:
        TypeError: the value is of another kind; True is no number.
    """
    if not isinstance(value, kind) or isinstance(value, bool):
        raise TypeError(f"{what}, not {shown(value)}")


def seconds_of(value: object) -> object:
    """A duration as the control API takes it; anything else as it is."""
    return value.total_seconds() if isinstance(value, timedelta) else value
