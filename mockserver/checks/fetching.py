"""One request and its whole answer, within its time and of a size that can be held, whatever the server sends."""

from collections.abc import Sequence
from concurrent.futures import Future
from threading import Thread
from time import monotonic

import httpx2

MAX_BYTES = 16 * 1024 * 1024  # of an answer; a page of the longest rows takes a hundredth
SLACK_SECONDS = 0.5  # beyond the time for an answer, so that a silent server is told from one that dribbles

Fetched = tuple[httpx2.Response, bytes]


class Fetcher:
    """
    Sends requests, from any thread.

    Args:
        by_proxy: whether the proxies of the environment are used. SSL_CERT_FILE and SSL_CERT_DIR hold in any case.
    """

    def __init__(self, timeout_seconds: float, *, by_proxy: bool) -> None:
        self._timeout_seconds = timeout_seconds
        self._client = httpx2.Client(timeout=timeout_seconds, verify=httpx2.create_ssl_context(), trust_env=by_proxy)

    def fetch(self, method: str, url: str, headers: Sequence[tuple[str, str]], content: bytes | None) -> Fetched:
        """
        The answer, and its body.

        Raises:
            httpx2.RequestError, httpx2.InvalidURL: there is none, it is too long, or it does not end.
        """
        fetched: Future[Fetched] = Future()

        def run() -> None:
            try:
                fetched.set_result(self._fetched(method, url, headers, content))
            except Exception as error:  # noqa: BLE001 # it is raised where it is waited for
                fetched.set_exception(error)

        # A thread of its own can be left behind: the client's timeouts are about each piece, not about all of them.
        Thread(target=run, daemon=True).start()
        try:
            return fetched.result(self._timeout_seconds + SLACK_SECONDS)
        except TimeoutError:
            raise httpx2.ReadTimeout("its answer does not come to an end") from None

    def _fetched(self, method: str, url: str, headers: Sequence[tuple[str, str]], content: bytes | None) -> Fetched:
        body, until = bytearray(), monotonic() + self._timeout_seconds
        with self._client.stream(method, url, headers=list(headers), content=content) as answer:
            for piece in answer.iter_bytes():
                body += piece
                if len(body) > MAX_BYTES:
                    raise httpx2.ReadError(f"its answer is longer than {MAX_BYTES // 1024**2} MiB")
                if monotonic() > until:
                    raise httpx2.ReadTimeout("its answer does not end")
        return answer, bytes(body)

    def close(self) -> None:
        self._client.close()
