"""The way out: one POST to a target that the policy allows. Knows HTTP and sockets, nothing of worlds."""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator, Callable
from functools import lru_cache
from importlib.metadata import version
from time import monotonic

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.resolver import ThreadedResolver

from mockserver.outgoing import Answer, Outgoing
from mockserver.reception import Connector, UsedConnectionFailed
from mockserver.targets import TargetPolicy

MAX_ANSWER_BYTES = 64 * 1024
MAX_REASON_LENGTH = 200
SLOW_PIECES = 8
# Below the idle time-out of every receiver we know (gunicorn 2 s, uvicorn and Node 5 s), so that hardly ever a
# connection is taken that the receiver is just closing.
KEEP_ALIVE_SECONDS = 1.0

_FRAMING = frozenset({"content-length", "transfer-encoding"})
_TYPICAL = {errno.ECONNREFUSED: "connection refused", errno.ECONNRESET: "connection reset"}
_CLOSED = "connection closed without an answer"


class HttpTransport:
    """
    Sends over one pool of connections, which is opened at the first `send` on the loop that runs then. A connection
    that has served before and now fails without an answer says nothing of the receiver, who may just have closed it:
    the attempt goes on with a new one. What reached the receiver all the same comes twice, under the same id.

    Redirects are answers like others. The environment (proxies, netrc), cookies and compression play no part.
    Of an answer's body no more than `most_bytes` are read.
    """

    def __init__(self, policy: TargetPolicy, most_bytes: int = MAX_ANSWER_BYTES) -> None:
        self._policy, self._most_bytes = policy, most_bytes
        self._sessions: dict[bool, aiohttp.ClientSession] = {}
        self._closed = False
        self._refusal_of = lru_cache(maxsize=1024)(policy.check_url)

    async def send(self, outgoing: Outgoing) -> Answer:
        """One attempt. Whatever goes wrong is told in the answer; only `CancelledError` is raised."""
        began = monotonic()
        received = _Received(self._most_bytes)
        error = self._obstacle(outgoing)
        if error is None:
            error = await self._attempt(outgoing, received)
        return Answer(received.status, received.headers, bytes(received.body), error, monotonic() - began)

    async def close(self) -> None:
        """What is still under way ends with an error."""
        self._closed = True
        for session in self._sessions.values():
            await session.close()

    def _obstacle(self, outgoing: Outgoing) -> str | None:
        if self._closed:
            return "the transport is closed"
        # Addresses in URLs never meet the resolver, so the URL is judged here.
        return self._refusal_of(outgoing.url) or _header_fault(outgoing.headers)

    async def _attempt(self, outgoing: Outgoing, received: "_Received") -> str | None:
        try:
            async with asyncio.timeout(outgoing.timeout_seconds):
                await self._post(outgoing, received)
        except TimeoutError:
            return f"timed out after {outgoing.timeout_seconds:g} s"
        except (aiohttp.ClientError, HttpProcessingError, _TargetRefusedError, OSError, ValueError) as error:
            return reason_of(error)
        return None

    async def _post(self, outgoing: Outgoing, received: "_Received") -> None:
        try:
            await _exchange(self._session(keeps=True), outgoing, received)
        except UsedConnectionFailed:
            if self._closed:
                raise
            await _exchange(self._session(keeps=False), outgoing, received)

    def _session(self, keeps: bool) -> aiohttp.ClientSession:
        if keeps not in self._sessions:
            self._sessions[keeps] = _new_session(self._policy, keeps)
        return self._sessions[keeps]


class _TargetRefusedError(Exception):
    """A name resolved to an address that the policy refuses."""


class _CheckedResolver(AbstractResolver):
    """Hands on the addresses of a name if the policy allows every one of them; these are what is connected to."""

    def __init__(self, policy: TargetPolicy) -> None:
        self._policy = policy
        self._resolver = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        results = await self._resolver.resolve(host, port, family)
        for result in results:
            refusal = self._policy.refusal(host, result["host"])
            if refusal is not None:
                raise _TargetRefusedError(refusal)
        return results

    async def close(self) -> None:
        """Threads of the loop do the work: there is nothing to close."""


class _Received:
    """What came before an attempt ended, well or not."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self.status: int | None = None
        self.headers: tuple[tuple[str, str], ...] = ()
        self.body = bytearray()


def _new_session(policy: TargetPolicy, keeps_connections: bool) -> aiohttp.ClientSession:
    connector = Connector(
        resolver=_CheckedResolver(policy),
        # A name is resolved for each new connection, and checked then; only look-ups at the same moment are shared, so
        # that a name service which hangs holds one thread per name.
        ttl_dns_cache=0,
        keepalive_timeout=KEEP_ALIVE_SECONDS if keeps_connections else None,
        force_close=not keeps_connections,
        limit=0,  # the caller bounds what is under way per endpoint, so that no endpoint waits for another
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": f"instaview-mockserver/{version('instaview-mockserver')}"},
        skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type"),
        auto_decompress=False,
        trust_env=False,
        # The deadline is set around the whole attempt; the client's own would be rounded up to whole seconds.
        timeout=aiohttp.ClientTimeout(total=None),
    )


async def _exchange(session: aiohttp.ClientSession, outgoing: Outgoing, received: _Received) -> None:
    headers, data = outgoing.headers, outgoing.body if not outgoing.body_seconds else _dripping(outgoing)
    if outgoing.body_seconds:  # else what has no known end would go out in chunks
        headers = (*headers, ("Content-Length", str(len(outgoing.body))))
    request = session.post(outgoing.url, data=data, headers=headers, allow_redirects=False)
    async with request as response:
        received.status = response.status
        # Latin-1 reads every octet; the client's own reading leaves lone surrogates, which nobody can print.
        received.headers = tuple(
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in response.raw_headers
        )
        async for chunk in response.content.iter_any():
            received.body += chunk
            if len(received.body) > received.most_bytes:
                del received.body[received.most_bytes :]
                response.close()
                return


async def _dripping(outgoing: Outgoing) -> AsyncIterator[bytes]:
    """The body in pieces, with a pause before each."""
    size = -(-len(outgoing.body) // SLOW_PIECES)
    for start in range(0, len(outgoing.body), size):
        await asyncio.sleep(outgoing.body_seconds / SLOW_PIECES)
        yield outgoing.body[start : start + size]


def _header_fault(headers: tuple[tuple[str, str], ...]) -> str | None:
    """Framing is the transport's: a wrong length would make the rest of the body look like a second request."""
    for name, _ in headers:
        if name.lower() in _FRAMING:
            return f"the header {name} cannot be set"
    return None


def reason_of(error: Exception) -> str:
    """One short line for people."""
    text = next(reason(error) for kind, reason in _REASONS if isinstance(error, kind))
    return " ".join(text.split())[:MAX_REASON_LENGTH]


# The first row that fits counts: rows of narrower types stand above those of wider ones.
_REASONS: tuple[tuple[type[Exception], Callable[..., str]], ...] = (
    (_TargetRefusedError, str),
    (aiohttp.ClientConnectorDNSError, lambda e: f"the name {e.host} does not resolve"),
    (aiohttp.ClientConnectorCertificateError, lambda e: f"certificate not trusted: {e.certificate_error}"),
    (aiohttp.ClientConnectorSSLError, lambda e: f"TLS failed: {e.strerror}"),
    (aiohttp.ClientConnectorError, lambda e: _TYPICAL.get(e.errno, f"cannot connect: {e.strerror or e.os_error}")),
    (aiohttp.ServerDisconnectedError, lambda _: _CLOSED),
    # Without a number it is the client's own: it had not sent all when the connection was gone.
    (OSError, lambda e: _CLOSED if e.errno is None else _TYPICAL.get(e.errno, f"connection lost: {e}")),
    (aiohttp.ClientResponseError, lambda e: f"not an HTTP answer: {e.message}"),
    (HttpProcessingError, lambda e: f"not an HTTP answer: {e.message}"),
    (aiohttp.ClientPayloadError, lambda _: "the answer broke off"),
    (Exception, lambda e: f"cannot be sent: {e}"),
)
