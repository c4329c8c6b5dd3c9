"""The worlds of one server: found by id, or by the key of a request."""

import secrets
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import blake2b
from hmac import compare_digest
from uuid import uuid4

from mockserver.models import ApiKey
from mockserver.readings import DEFAULTS, Readings
from mockserver.world import Seed, World

MAX_GONE = 20_000  # keys of worlds that are no more: those of the last 4,000 copies of `demo`


class KeyTaken(ValueError):
    """Two worlds, or two rows of one, want the same API key."""


class Worlds:
    """
    The registry. Keys are looked up by a salted digest and then compared in constant time, so that the time an
    answer takes tells nothing of a key. The `lobby` is where requests stand that no key could place.
    """

    def __init__(self, readings: Readings = DEFAULTS) -> None:
        self.lobby = World("lobby", Seed(readings=readings))
        self._salt = secrets.token_bytes(16)
        self._worlds: dict[str, World] = {}
        self._doors: dict[bytes, tuple[World, ApiKey]] = {}
        self._digests: dict[str, set[bytes]] = {}  # by world
        self._gone: OrderedDict[bytes, None] = OrderedDict()  # the last keys that opened a world, oldest first

    def open(self, seed: Seed, id: str | None = None) -> World:
        """
        A new world from a seed.

        Raises:
            KeyTaken: one of its keys already opens a world.
        """
        world = World(id or str(uuid4()), seed)
        self.admit(world, seed.keys)
        self._worlds[world.id] = world
        return world

    def admit(self, world: World, keys: Sequence[ApiKey]) -> None:
        """
        Let keys open a world. One that it had before it went back to an earlier state may come again.

        Raises:
            KeyTaken: one of them already opens a world; none is let in.
        """
        doors: dict[bytes, tuple[World, ApiKey]] = {}
        for key in keys:
            digest = self._digest(key.key)
            if digest in doors or (digest in self._doors and not self._has_forgotten(world, key.key)):
                raise KeyTaken(f"the key {shortened(key.key)} is already in use")
            doors[digest] = (world, key)
        self._doors |= doors
        self._digests.setdefault(world.id, set()).update(doors)

    def _has_forgotten(self, world: World, key: str) -> bool:
        return self.has_known(world, key) and key not in world.keys

    def has_known(self, world: World, key: str) -> bool:
        """Whether a key opens a world, or once did."""
        return self._digest(key) in self._digests.get(world.id, ())

    def close(self, world: World) -> None:
        """Forget a world. Its keys open nothing any more; that they did is known for a while."""
        del self._worlds[world.id]
        for digest in self._digests.pop(world.id):
            del self._doors[digest]
            self._gone[digest] = None
        while len(self._gone) > MAX_GONE:
            self._gone.popitem(last=False)

    def find(self, token: str | None) -> tuple[World, ApiKey | None] | None:
        """The world that a key opens, and the key's row as it is now; None for a key whose company was deleted."""
        if token is None:
            return None
        door = self._doors.get(self._digest(token))
        if door is None or not compare_digest(door[1].key.encode(), token.encode(errors="replace")):
            return None
        world, key = door
        return world, world.keys.get(key.key)

    def is_gone(self, token: str | None) -> bool:
        """Whether a key that opens no world opened one that was closed, of late."""
        return token is not None and self._digest(token) in self._gone

    def get(self, id: str) -> World | None:
        return self._worlds.get(id)

    def __iter__(self) -> Iterator[World]:
        return iter(tuple(self._worlds.values()))

    def _digest(self, token: str) -> bytes:
        return blake2b(token.encode(errors="replace"), digest_size=16, key=self._salt).digest()


def with_fresh_keys(seed: Seed) -> tuple[Seed, dict[str, str]]:
    """The same seed under new keys, and which new key stands for which old one."""
    fresh = {key.key: f"sk_test_{secrets.token_hex(16)}" for key in seed.keys}
    return replace(seed, keys=tuple(replace(key, key=fresh[key.key]) for key in seed.keys)), fresh


def shortened(secret: str) -> str:
    """A key or secret as it may be shown: its first three and last four characters."""
    return f"{secret[:3]}…{secret[-4:]}" if len(secret) > 10 else "…"
