"""One POST to somebody's receiver, and what came back in time: judged as the mock judges its own deliveries."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from http import HTTPStatus
from time import monotonic
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError

from mockserver.checks.specimens import Specimen
from mockserver.reception import Connector

PIECES = 5  # of a body that is sent slowly
MAX_READ_BYTES = 64 * 1024  # of an answer; what has come so far without breaking off has come
MAX_SHOWN_BYTES = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` is None where there was none; `error` says why there is no whole answer. `text` is how it begins."""

    status: int | None
    text: str
    error: str
    seconds: float
    is_late: bool = False

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status <= 299 and not self.error

    @property
    def is_refusal(self) -> bool:
        return self.status is not None and 400 <= self.status <= 499 and not self.error

    def __str__(self) -> str:
        if self.status is None:
            return self.error
        broken = f", but {self.error}" if self.error else ""
        return f"{self.status} in {self.seconds * 1000:.0f} ms{broken}"

    @property
    def in_full(self) -> str:
        """With the name of the status and how the body begins, on one line."""
        name = HTTPStatus(self.status).phrase if self.status in set(HTTPStatus) else ""
        shown = " ".join(self.text.split())
        return f"{self} ({name or 'no known status'}{f': {shown}' if shown else ''})" if self.status else str(self)


class Poster:
    """Sends to one URL; redirects are not followed, and the environment's proxies play no part."""

    def __init__(self, url: str, timeout_seconds: float) -> None:
        self.url, self.timeout_seconds = url, timeout_seconds

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            # A connection of its own for each: one that the receiver is just closing would look like no answer.
            connector=Connector(force_close=True),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": "instaview-mockserver-check"},
            skip_auto_headers=("Accept", "Accept-Encoding"),
            auto_decompress=False,
            trust_env=False,
            timeout=aiohttp.ClientTimeout(total=None),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def post(self, specimen: Specimen) -> Answer:
        """Whatever goes wrong is told in the answer."""
        began, received = monotonic(), _Received()
        error, is_late = "", False
        try:
            await asyncio.wait_for(self._exchange(specimen, received), self.timeout_seconds)
        except TimeoutError:
            whole = "no answer" if received.status is None else "no end of it"
            error, is_late = f"{whole} within {self.timeout_seconds:g} s", True
        except (aiohttp.ClientError, HttpProcessingError, OSError, ValueError) as fault:
            error = _reason_of(fault)
        text = received.body[:MAX_SHOWN_BYTES].decode("utf-8", "backslashreplace")
        return Answer(received.status, text, error, monotonic() - began, is_late)

    async def _exchange(self, specimen: Specimen, received: "_Received") -> None:
        headers = {**specimen.headers, "content-length": str(len(specimen.body))}
        body = _slowly(specimen) if specimen.seconds else specimen.body
        async with self._session.post(self.url, data=body, headers=headers, allow_redirects=False) as response:
            received.status = response.status
            async for chunk in response.content.iter_any():
                received.body += chunk
                if len(received.body) > MAX_READ_BYTES:
                    response.close()
                    break


class _Received:
    """What came before an exchange ended, well or not."""

    def __init__(self) -> None:
        self.status: int | None = None
        self.body = bytearray()


async def _slowly(specimen: Specimen) -> AsyncIterator[bytes]:
    size = len(specimen.body) // PIECES + 1
    for start in range(0, len(specimen.body), size):
        yield specimen.body[start : start + size]
        await asyncio.sleep(specimen.seconds / PIECES)


def _reason_of(fault: Exception) -> str:
    """One short line for people. The first row that fits counts: narrower types stand above wider ones."""
    told = next(told for kind, told in _REASONS if isinstance(fault, kind))
    return told or " ".join(f"no answer: {fault}".split())


_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (aiohttp.ClientConnectorDNSError, "the name does not resolve"),
    (aiohttp.ClientConnectorCertificateError, "its certificate is not trusted"),
    (aiohttp.ClientSSLError, "TLS failed"),
    (aiohttp.ClientConnectorError, "nobody takes connections there"),
    (aiohttp.ServerDisconnectedError, "it closed the connection without an answer"),
    (ConnectionError, "it broke the connection off"),
    (aiohttp.ClientResponseError, "what it answered is not HTTP"),
    (HttpProcessingError, "what it answered is not HTTP"),
    (aiohttp.ClientPayloadError, "its answer broke off"),
    (Exception, ""),
)
