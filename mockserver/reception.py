"""How connections take in what a receiver answers, where the HTTP client makes too much of what comes behind it."""

from functools import partial
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler


class UsedConnectionFailed(aiohttp.ServerDisconnectedError):
    """
    A connection that had served before failed without an answer. That says nothing of the receiver, who may just have
    closed it, or have sent more before than one answer.
    """


class Reception(ResponseHandler):
    """
    Bytes that are no HTTP do not undo what came before them.

    Of an answer that arrives together with such bytes, as a `204` with a body does, aiohttp 3.14 hands on nothing; and
    when the chunks of a body stop making sense, it reads on until time is up.
    """

    _asked = _answered = 0  # the number of the last request, and of the last one that has been answered

    def data_received(self, data: bytes) -> None:
        head, end, rest = data.partition(b"\r\n\r\n")
        super().data_received(head + end)
        if rest:
            super().data_received(rest)
        broken, body = self.exception(), self._payload
        if broken is not None and body is not None and not body.is_eof():
            body.set_exception(broken)

    def set_response_params(self, **params: Any) -> None:
        self._asked += 1
        super().set_response_params(**params)

    def feed_data(self, *message: Any) -> None:
        self._answered = self._asked
        super().feed_data(*message)

    def set_exception(self, exc: BaseException, *cause: BaseException) -> None:
        if 0 < self._answered < self._asked:
            super().set_exception(UsedConnectionFailed(), exc)
        else:
            super().set_exception(exc, *cause)


class Connector(aiohttp.TCPConnector):
    """The client has no public place where it is told how connections receive."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        kind: type[ResponseHandler] = Reception
        self._factory = partial(kind, loop=self._loop)
