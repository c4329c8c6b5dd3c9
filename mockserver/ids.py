"""Identifiers that a seed decides: the n-th of a kind is the same in every run."""

from hashlib import blake2b
from uuid import UUID


class Ids:
    """
    Version-4 UUIDs in lower case, drawn from `seed`, a kind and a count.

    Each kind counts for itself, so that a request which makes no candidate does not change the ids of candidates;
    the counts are the whole state.
    """

    def __init__(self, seed: str, counts: dict[str, int] | None = None) -> None:
        self.seed = seed
        self.counts = dict(counts or {})

    def next(self, kind: str) -> str:
        count = self.counts.get(kind, 0) + 1
        self.counts[kind] = count
        return uuid_of(f"{self.seed}/{kind}/{count}")


def uuid_of(name: str) -> str:
    """The version-4 UUID that `name` always gets."""
    digest = bytearray(blake2b(name.encode(), digest_size=16).digest())
    digest[6] = digest[6] & 0x0F | 0x40
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def normal_id(text: str) -> str | None:
    """A UUID of any version and case as the API answers it, in lower case; None where it is none."""
    if len(text) != 36:
        return None
    try:
        normal = str(UUID(text))
    except ValueError:
        return None
    return normal if normal == text.lower() else None
