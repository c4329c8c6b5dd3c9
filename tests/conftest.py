"""Fixtures that every test may use."""

from collections.abc import AsyncIterator

import pytest

from tests.support import Mock

pytest_plugins = ["pytester"]


@pytest.fixture
async def mock() -> AsyncIterator[Mock]:
    """The world `demo` on a frozen clock, as an application of this test's own."""
    async with Mock() as mock:
        yield mock
