"""
One connection to a control API.

Not `http.client`'s, which reads the headers of an answer as those of an e-mail: that takes longer than all the rest of
a call, and calls are most of what the fixtures of a test cost.
"""

import socket
import ssl

from httptools import HttpParserError, HttpResponseParser

TIMEOUT_SECONDS = 300.0  # longer than any `wait` that makes sense: only a server that hangs gets there
PORTS = {"http": 80, "https": 443}


class _Answer:
    """An answer as it comes in: `keeps` says that more may be asked behind it."""

    def __init__(self) -> None:
        self.body = bytearray()
        self.has_begun = self.is_whole = self.keeps = False
        self._parser = HttpResponseParser(self)

    def feed(self, received: bytes) -> None:
        """
        Raises:
            ConnectionError: this is no HTTP.
        """
        try:
            self._parser.feed_data(received)
        except HttpParserError as error:
            raise ConnectionError(f"no HTTP: {error}") from None

    def on_headers_complete(self) -> None:
        self.has_begun, self.status = True, self._parser.get_status_code()

    def on_body(self, piece: bytes) -> None:
        self.body += piece

    def on_message_complete(self) -> None:
        self.is_whole, self.keeps = True, self._parser.should_keep_alive()


class Connection:
    def __init__(self, scheme: str, host: str, port: int | None) -> None:
        """
        Raises:
            OSError: nothing answers there, or no TLS that is trusted.
        """
        self._socket = socket.create_connection((host, port or PORTS[scheme]), TIMEOUT_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if scheme == "https":
            self._socket = ssl.create_default_context().wrap_socket(self._socket, server_hostname=host)
        self.is_open = True

    def exchange(self, head: bytes, content: bytes) -> tuple[int, bytes]:
        """
        Ask for something; the status and the body of the answer. Afterwards `is_open` tells whether to ask again.

        Args:
            head: request line and headers, without the length and the empty line at the end.

        Raises:
            OSError: nothing answers, or nothing that speaks HTTP.
        """
        self.is_open = False
        # In one piece: two would wake the server twice.
        self._socket.sendall(b"%bContent-Length: %d\r\n\r\n%b" % (head, len(content), content))
        answer = _Answer()
        while not answer.is_whole and (received := self._socket.recv(65_536)):
            answer.feed(received)
        if not answer.has_begun:
            raise ConnectionResetError("the connection was closed without an answer")
        self.is_open = answer.keeps and answer.status < 500  # after a mistake of its own the server hangs up
        return answer.status, bytes(answer.body)

    def close(self) -> None:
        self._socket.close()
