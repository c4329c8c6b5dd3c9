"""Who may use the control API: programs on this machine, or those that know the token. Never a web page elsewhere."""

import re
from collections.abc import Sequence
from hmac import compare_digest
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from mockserver.control.answering import refusal
from mockserver.errors import ControlError
from mockserver.rules.access import bearer_token

LOOPBACK = re.compile(r"localhost|127(\.[0-9]{1,3}){3}|::1")
OPEN_PATH = "/_mock/health"  # asks nothing of a world, and who waits for a server to come up may not know its token


class Guard:
    """
    Pure ASGI. A browser lets any page send requests to loopback: a page's name in `Host` (rebinding) or another
    site's `Origin` gives it away.
    """

    def __init__(self, app: ASGIApp, allow_hosts: Sequence[str], token: str | None) -> None:
        self.app, self.token = app, token
        self.hosts = frozenset(host.lower() for host in allow_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        error = self._objection(Request(scope))
        if error is None:
            await self.app(scope, receive, send)
        else:
            await refusal(error)(scope, receive, send)

    def _objection(self, request: Request) -> ControlError | None:
        host = _name_of(f"//{request.headers.get('host', '')}")
        if host not in self.hosts and not LOOPBACK.fullmatch(host):
            text = f"The control API does not answer to the host {host or '(none)'}: start with --allow-host to add it"
            return ControlError(403, "HOST_NOT_ALLOWED", text)
        if (origin := request.headers.get("origin")) is not None and not self._is_own(request, origin):
            return ControlError(403, "ORIGIN_NOT_ALLOWED", "The control API does not answer pages of other sites")
        if self.token is not None and not self._knows_token(request):
            return ControlError(401, "TOKEN_REQUIRED", "Send Authorization: Bearer <the token of --admin-token>")
        return None

    def _is_own(self, request: Request, origin: str) -> bool:
        return origin.lower() == f"{request.url.scheme}://{request.headers.get('host', '')}".lower()

    def _knows_token(self, request: Request) -> bool:
        if request.url.path == OPEN_PATH:
            return True
        headers = request.headers.getlist("authorization")
        token = bearer_token(headers[0]) if len(headers) == 1 else None
        assert self.token is not None
        return token is not None and compare_digest(token.encode(), self.token.encode())


def _name_of(url: str) -> str:
    """The host in a URL, without its port; empty where there is none."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""
