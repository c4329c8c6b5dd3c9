"""A server between a check and the mock that can answer otherwise than the mock does; and scenarios to try it with."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import httpx2

NOT_PASSED_ON = {"content-length", "transfer-encoding", "connection", "host", "date", "server"}


@dataclass(frozen=True)
class Told:
    """An answer on its way. `number` counts those of the API, from 1; what the control API answers has 0."""

    number: int
    method: str
    path: str
    status: int
    content: bytes

    def but(self, **changes: Any) -> "Told":
        return replace(self, **changes)


Lie = Callable[[Told], Told | None]  # None: the connection breaks off


def the_truth(told: Told) -> Told:
    return told


class Liar:
    """Use as `with Liar(url) as liar`; `lie` may be changed at any time."""

    def __init__(self, url: str) -> None:
        self.lie: Lie = the_truth
        self.count = 0
        self._client = httpx2.Client(base_url=url, trust_env=False)
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def start_over(self, lie: Lie = the_truth) -> None:
        self.lie, self.count = lie, 0

    def _tell(self, method: str, path: str, headers: list[tuple[str, str]], content: bytes) -> tuple[Any, Told | None]:
        answer = self._client.request(method, path, headers=headers, content=content)
        with self._lock:
            is_control = path.startswith("/_mock/")
            self.count += not is_control
            number = 0 if is_control else self.count
        return answer.headers, self.lie(Told(number, method, path, answer.status_code, answer.content))

    def _handler(liar) -> type[BaseHTTPRequestHandler]:  # noqa: N805 # `self` is the handler's
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def _pass_on(self) -> None:
                content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                sent = [(name, value) for name, value in self.headers.items() if name.lower() not in NOT_PASSED_ON]
                headers, told = liar._tell(self.command, self.path, sent, content)
                if told is None:
                    self.close_connection = True
                else:
                    self._answer(headers, told)

            def _answer(self, headers: Mapping[str, str], told: Told) -> None:
                self.send_response(told.status)
                for name, value in headers.items():
                    if name.lower() not in NOT_PASSED_ON:
                        self.send_header(name, value)
                if told.status != 204:
                    self.send_header("Content-Length", str(len(told.content)))
                self.end_headers()
                self.wfile.write(b"" if told.status == 204 else told.content)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _pass_on  # noqa: N815 # the library's names

            def log_message(self, format: str, *args: object) -> None:
                """Nothing is told."""

        return Handler

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._client.close()


def step(send: str = "GET /jobs", status: int = 200, **changes: Any) -> dict[str, Any]:
    """A step that passes, with changes; `sender` is the file's `as`, which Python keeps for itself."""
    then = {"status": status, **changes.pop("then", {})}
    sender = {"as": changes.pop("sender")} if "sender" in changes else {}
    return {"step": "A step", "send": send, "rules": ["PAGINATION"], "then": then, **sender, **changes}


def scenario(*steps: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"title": "A scenario", "when": list(steps or (step(),)), **changes}
