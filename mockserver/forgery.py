"""Signatures of a webhook attempt as a receiver should not trust them, and one pair that it must."""

from hashlib import sha256
from typing import Literal, get_args

from mockserver.signing import ID, SIGNATURE, TIMESTAMP, sign

Forgery = Literal["stale-signature", "wrong-signature", "missing-signature", "rotated-secret"]
FORGERIES = frozenset(get_args(Forgery))


def sign_badly(
    kind: str, secret_hex: str, delivery_id: str, timestamp: int, body: bytes, age_seconds: float = 600
) -> dict[str, str]:
    """
    The headers of `sign`, gone wrong.

    Args:
        kind: one of FORGERIES.
        age_seconds: of a stale signature; negative for one from the future.

    Source: for `rotated-secret` Standard Webhooks 1.0: while a secret is being replaced, one header has a signature by
    each, in any order. The plain signature has room for one, by the present secret.
    """
    if kind == "stale-signature":
        return sign(secret_hex, delivery_id, timestamp - int(age_seconds), body)
    if kind == "wrong-signature":
        return sign(another_secret(secret_hex), delivery_id, timestamp, body)
    present = sign(secret_hex, delivery_id, timestamp, body)
    if kind == "missing-signature":
        return {ID: present[ID], TIMESTAMP: present[TIMESTAMP]}
    coming = sign(another_secret(secret_hex), delivery_id, timestamp, body)
    return {**present, SIGNATURE: f"{coming[SIGNATURE]} {present[SIGNATURE]}"}


def another_secret(secret_hex: str) -> str:
    """A secret that is not this one, and the same in every run."""
    return sha256(f"not/{secret_hex}".encode()).hexdigest()
