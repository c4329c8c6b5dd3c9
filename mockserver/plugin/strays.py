"""Requests that reached no world while a test had one, as their key opens none."""

from mockserver.client import Calls
from mockserver.plugin.instaview import WorldView
from mockserver.plugin.views import Row


def strays_of(world: WorldView, is_shared: bool) -> list[Row]:
    """
    The journal's entries of requests since the world was opened that no key could place, oldest first. Those that are
    `late` have a key of a world that is gone: an earlier test left somebody running, or this one uses what that made.

    Args:
        is_shared: whether others use the server of `instaview` too, so that nobody knows whose they are: then none.
    """
    if (is_shared and world.fixture == "instaview") or not isinstance(world.control, Calls):
        return []
    unplaced: list[Row] = world.control.caller.call("GET", "/_mock/requests")
    ids = [row["id"] for row in unplaced]
    # What was last then is here, unless the journal was cleared or is full: then all of it is newer.
    return unplaced[ids.index(world.last_unplaced) + 1 :] if world.last_unplaced in ids else unplaced
