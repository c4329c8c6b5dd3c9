"""Keys and signing secrets met on the way, so that no report shows one whole."""

import re
import shlex
from collections.abc import Iterable
from typing import Any

from mockserver.checks.target import Exchange
from mockserver.jsontext import inside

VARIABLE = "$INSTAVIEW_API_KEY"
MIN_LENGTH = 8  # a shorter text is no secret, and would be found everywhere
# What looks like a signing secret, whoever was told it.
SIGNING = re.compile("(?<![0-9a-fA-F])[0-9a-fA-F]{64}(?![0-9a-fA-F])")


class Secrets:
    """
    Listens to exchanges, and takes secrets out of texts.

    Args:
        api_key: of the company under check; worlds made from its own have a copy of it, which is shown as it is.
        others: that are to be kept as well.
    """

    def __init__(self, api_key: str, others: Iterable[str] = ()) -> None:
        self._mine = {api_key}
        self._others = set(others)

    def on_exchange(self, exchange: Exchange) -> None:
        if exchange.request.is_control:
            self._note_keys(exchange.json)
        if exchange.request.path.startswith("/webhooks"):
            self.note_signing(exchange.json)

    def _note_keys(self, value: Any) -> None:
        keys = value.get("keys") if isinstance(value, dict) else None
        if isinstance(keys, dict):  # of a world that was made: the key in the seed, and the one in force
            for old, new in keys.items():
                (self._mine if old in self._mine else self._others).add(str(new))

    def note_signing(self, value: Any) -> None:
        """Of an answer, wherever in it."""
        if isinstance(value, dict) and isinstance(secret := value.get("signingSecret"), str):
            self._others.add(secret)
        for inner in inside(value):
            self.note_signing(inner)

    def masked(self, text: str) -> str:
        """The text with every secret shortened to its first three and last four characters."""
        for secret in sorted(self._mine | self._others, key=len, reverse=True):
            if len(secret) >= MIN_LENGTH:
                text = text.replace(secret, shortened(secret))
        return SIGNING.sub(lambda found: shortened(found[0]), text)

    def curl(self, exchange: Exchange) -> str:
        """One line that sends the same once more, with the key in a variable."""
        parts = ["curl", "-i", "-X", exchange.request.method, shlex.quote(exchange.base_url + exchange.request.path)]
        for name, value in exchange.request.headers:
            parts += ["-H", self._header(name, value)]
        if exchange.request.content is not None:
            parts += ["--data-binary", shlex.quote(exchange.request.content.decode("utf-8", "backslashreplace"))]
        return self.masked(" ".join(parts))

    def _header(self, name: str, value: str) -> str:
        key = re.fullmatch(r"Bearer (.+)", value)
        is_mine = key is not None and (key[1] in self._mine or key[1] == "[Filtered]")
        if value == "[Filtered]" or is_mine:  # as schemathesis reports it
            return f'"{name}: Bearer {VARIABLE}"'
        return shlex.quote(f"{name}: {value}")


def shortened(secret: str) -> str:
    return f"{secret[:3]}…{secret[-4:]}"
