"""A high-fidelity, in-memory mock of the InstaView interview API."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mockserver.app import MockApp, create_app
    from mockserver.launch import settings_for
    from mockserver.plugin.asgi import AsyncInstaView
    from mockserver.plugin.instaview import InstaView
    from mockserver.plugin.waiting import AsyncInbox, Inbox
    from mockserver.server import MockServer
    from mockserver.settings import Settings

__all__ = [
    "AsyncInbox",
    "AsyncInstaView",
    "Inbox",
    "InstaView",
    "MockApp",
    "MockServer",
    "Settings",
    "create_app",
    "settings_for",
]

_HOMES = {
    "AsyncInbox": "mockserver.plugin.waiting",
    "AsyncInstaView": "mockserver.plugin.asgi",
    "Inbox": "mockserver.plugin.waiting",
    "InstaView": "mockserver.plugin.instaview",
    "MockApp": "mockserver.app",
    "MockServer": "mockserver.server",
    "Settings": "mockserver.settings",
    "create_app": "mockserver.app",
    "settings_for": "mockserver.launch",
}


def __getattr__(name: str) -> object:
    """Names are loaded when they are used: a test suite that has the plugin installed pays for nothing else."""
    if name not in _HOMES:
        raise AttributeError(f"module 'mockserver' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
