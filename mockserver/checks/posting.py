"""One POST to somebody's receiver, and what came back within the time allowed."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from http import HTTPStatus
from time import monotonic
from types import TracebackType
from typing import Self

import aiohttp

from mockserver.checks.specimens import Specimen

PIECES = 5  # of a body that is sent slowly
MAX_SHOWN_BYTES = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` is None where there was none; `error` says why. `text` is how the body begins."""

    status: int | None
    text: str
    error: str
    seconds: float
    is_late: bool = False

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status <= 299

    @property
    def is_refusal(self) -> bool:
        return self.status is not None and 400 <= self.status <= 499

    def __str__(self) -> str:
        if self.status is None:
            return self.error
        return f"{self.status} in {self.seconds * 1000:.0f} ms"

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
            connector=aiohttp.TCPConnector(force_close=True),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": "instaview-mockserver-check"},
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
        began = monotonic()
        try:
            status, text = await asyncio.wait_for(self._exchange(specimen), self.timeout_seconds)
        except TimeoutError:
            error = f"no answer within {self.timeout_seconds:g} s"
            return Answer(None, "", error, monotonic() - began, is_late=True)
        except (aiohttp.ClientError, OSError, ValueError) as fault:
            return Answer(None, "", _reason_of(fault), monotonic() - began)
        return Answer(status, text, "", monotonic() - began)

    async def _exchange(self, specimen: Specimen) -> tuple[int, str]:
        headers = {**specimen.headers, "content-length": str(len(specimen.body))}
        body = _slowly(specimen) if specimen.seconds else specimen.body
        async with self._session.post(self.url, data=body, headers=headers, allow_redirects=False) as response:
            shown = await response.content.read(MAX_SHOWN_BYTES)
            return response.status, shown.decode("utf-8", "backslashreplace")


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
    (aiohttp.ClientPayloadError, "its answer broke off"),
    (Exception, ""),
)
