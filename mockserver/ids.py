"""Identifiers that a seed decides: the n-th of a kind is the same in every run."""

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from uuid import UUID


class Ids:
    """
    Version-4 UUIDs in lower case, drawn from `seed`, a kind and a count.

    Each kind counts for itself, so that a request which makes no candidate does not change the ids of candidates.
    `taken` are ids that somebody else gave, and that are not given once more.
    """

    def __init__(self, seed: str, counts: Mapping[str, int] | None = None, taken: Iterable[str] = ()) -> None:
        self.seed = seed
        self.counts = dict(counts or {})
        self.taken = set(taken)

    def next(self, kind: str) -> str:
        count = self.counts.get(kind, 0) + 1
        while (id := uuid_of(f"{self.seed}/{kind}/{count}")) in self.taken:
            count += 1
        self.counts[kind] = count
        return id


_VARIANTS = {digit: "89ab"[place % 4] for place, digit in enumerate("0123456789abcdef")}


def uuid_of(name: str) -> str:
    """The version-4 UUID that `name` always gets."""
    text = blake2b(name.encode(), digest_size=16).hexdigest()
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{_VARIANTS[text[16]]}{text[17:20]}-{text[20:]}"


def normal_id(text: str) -> str | None:
    """A UUID of any version and case as the API answers it, in lower case; None where it is none."""
    if len(text) != 36:
        return None
    try:
        normal = str(UUID(text))
    except ValueError:
        return None
    return normal if normal == text.lower() else None
