"""Instants as text."""

from datetime import datetime

from mockserver.readings import Readings


def render_instant(instant: datetime, readings: Readings) -> str:
    """UTC with `Z`, in whole seconds or milliseconds as the reading `timestamps` says; what is finer is cut off."""
    if readings.timestamps == "milliseconds":
        return render_milliseconds(instant)
    return instant.isoformat(timespec="seconds")[:19] + "Z"


def render_milliseconds(instant: datetime) -> str:
    """UTC with `Z` and three decimals: how webhooks print instants, whatever the reading."""
    return instant.isoformat(timespec="milliseconds")[:23] + "Z"


def render_exact(instant: datetime) -> str:
    """UTC with `Z`, in microseconds where there are any: what is shown means that instant when asked for."""
    if instant.microsecond % 1000 == 0:
        return render_milliseconds(instant)
    return instant.isoformat(timespec="microseconds")[:26] + "Z"
