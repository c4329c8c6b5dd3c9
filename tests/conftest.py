"""Fixtures that every test may use."""

from collections.abc import AsyncIterator

import pytest
from hypothesis import settings

from tests.support import Mock

pytest_plugins = ["pytester"]

settings.register_profile("house", deadline=None)  # several workers share two cores: time says nothing of an example
settings.load_profile("house")


@pytest.fixture
def pytester(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Runs inside tests go in the order of their files: the plugin that shuffles is for the test that is about it."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:randomly -p no:pytest_httpserver -p no:respx")
    return pytester


@pytest.fixture
async def mock() -> AsyncIterator[Mock]:
    """The world `demo` on a frozen clock, as an application of this test's own."""
    async with Mock() as mock:
        yield mock
