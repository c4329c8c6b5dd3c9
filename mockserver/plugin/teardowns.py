"""Keeps the story of a test whose teardown fails: pytest reports that when the test's worlds are gone."""

from collections.abc import Callable, Sequence

import pytest

from mockserver.plugin.instaview import WorldView
from mockserver.plugin.telling import Stories

KEPT: pytest.StashKey[Stories] = pytest.StashKey()  # of a test, from what fails in its teardown to the report


def watch(item: pytest.Item, worlds: Sequence[WorldView], is_shared: bool) -> None:
    """
    From now on what fails in the test's teardown has the stories of its worlds kept.

    Args:
        worlds: those that are there, at any time.
        is_shared: whether others use the server of `instaview` too.
    """
    if "addfinalizer" in vars(item):  # the test has another world, or is run once more
        return
    add = item.addfinalizer

    def watched(fin: Callable[[], object]) -> None:
        def finalize() -> None:
            __tracebackhide__ = True
            try:
                fin()
            except (Exception, pytest.fail.Exception):
                if worlds and KEPT not in item.stash:
                    from mockserver.plugin.story import stories_of

                    item.stash[KEPT] = stories_of(worlds, is_shared)
                raise

        add(finalize)

    # Fixtures end by this door, and so does what the test itself gives to `request.addfinalizer`.
    item.addfinalizer = watched  # type: ignore[method-assign]


def kept(item: pytest.Item) -> Stories:
    """Once: the test may be run once more."""
    stories = item.stash.get(KEPT, [])
    if stories:
        del item.stash[KEPT]
    return stories
