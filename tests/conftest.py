"""Fixtures that every test may use."""

import signal
from collections.abc import AsyncIterator
from pathlib import Path

import httpcore2  # noqa: F401 # or a run inside a test would be the first to load it, and take it away again
import pytest
from hypothesis import settings

from tests.support import Mock
from tests.wheels import environment_in, wheel_in

pytest_plugins = ["pytester"]
collect_ignore = ["downstream"]  # a repository of its own, which test_downstream.py runs

settings.register_profile("house", deadline=None)  # several workers share two cores: time says nothing of an example
settings.load_profile("house")


def pytest_configure() -> None:
    """Processes of the tests can be stopped by SIGINT, also where the suite runs in the background of a script."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # what is ignored here is ignored by all that we start


@pytest.fixture
def pytester(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Runs inside tests go in the order of their files: the plugin that shuffles is for the test that is about it."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:randomly -p no:pytest_httpserver -p no:respx")
    return pytester


@pytest.fixture(scope="session")
def python_with_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with the built wheel, pytest and httpx; the xdist group "wheel" shares it."""
    folder = tmp_path_factory.mktemp("wheel")
    return environment_in(folder / "environment", wheel_in(folder), "pytest", "httpx")


@pytest.fixture
async def mock() -> AsyncIterator[Mock]:
    """The world `demo` on a frozen clock, as an application of this test's own."""
    async with Mock() as mock:
        yield mock
