"""Requests of a test that reached no world, as their key opens none."""

from mockserver.client import Calls
from mockserver.clock import parse_instant
from mockserver.plugin.instaview import WorldView
from mockserver.plugin.views import Row


def strays_of(world: WorldView, is_shared: bool) -> list[Row]:
    """
    The journal's entries of requests since the world was opened that no key could place, oldest first.

    Args:
        is_shared: whether others use the server of `instaview` too, so that nobody knows whose they are: then none.
    """
    if (is_shared and world.fixture == "instaview") or not isinstance(world.control, Calls):
        return []
    unplaced: list[Row] = world.control.caller.call("GET", "/_mock/requests")
    return [row for row in unplaced if parse_instant(row["at"]) >= world.opened_at]
