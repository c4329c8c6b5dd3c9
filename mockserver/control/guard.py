"""Who may use the control API: programs on this machine, or those that know the token. Never a web page elsewhere."""

import re
from collections.abc import Sequence
from functools import lru_cache
from hmac import compare_digest
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from mockserver.control.answering import refusal
from mockserver.errors import ControlError
from mockserver.rules.access import bearer_token

LOOPBACK = re.compile(r"localhost|127(\.[0-9]{1,3}){3}|::1")


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
        hosts = request.headers.getlist("host")
        host = _name_of(hosts[0]) if len(hosts) == 1 else ""
        if host not in self.hosts and not LOOPBACK.fullmatch(host):
            text = f"The control API does not answer to the host {host or '(none)'}: start with --allow-host to add it"
            return ControlError(403, "HOST_NOT_ALLOWED", text)
        if not self._is_own(request, hosts[0]):
            return ControlError(403, "ORIGIN_NOT_ALLOWED", "The control API does not answer pages of other sites")
        if self.token is not None and not self._knows_token(request.headers.getlist("authorization")):
            return ControlError(401, "TOKEN_REQUIRED", "Send Authorization: Bearer <the token of --admin-token>")
        return None

    def _is_own(self, request: Request, host: str) -> bool:
        """Whether no page sent the request, or one that this server served."""
        own = f"{request.scope.get('scheme', 'http')}://{host}".lower()
        origins = [origin.lower() for origin in request.headers.getlist("origin")]
        return set(origins) <= {own} and request.headers.get("sec-fetch-site") != "cross-site"

    def _knows_token(self, headers: list[str]) -> bool:
        token = bearer_token(headers[0]) if len(headers) == 1 else None
        assert self.token is not None
        return token is not None and compare_digest(token.encode(), self.token.encode())


@lru_cache
def _name_of(host: str) -> str:
    """The name in a Host header, without its port; empty where it holds none, or more than a name and a port."""
    try:
        return "" if "@" in host else (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""
