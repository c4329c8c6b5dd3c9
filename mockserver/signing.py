"""The signatures of one webhook attempt: Standard Webhooks 1.0, and a plain HMAC of the body beside it.

The vendor shows a secret of 64 hexadecimal digits but no header, so both forms are ASSUMED.
"""

import re
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from hmac import compare_digest, digest

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
BODY_SIGNATURE = "X-InstaView-Signature"
TOLERANCE_SECONDS = 300

_UNIX_TIME = re.compile(r"[0-9]{1,12}")


def secret_for(webhook_id: str) -> str:
    """
    The secret of a webhook that was given none: 64 hexadecimal digits, which its id decides.

    Whoever knows the id knows the secret. That is meant: ids come from a world's seed, and the same seed has to give
    the same signatures. It signs the events of a mock and nothing else.
    """
    return sha256(f"secret/{webhook_id}".encode()).hexdigest()


def sign(secret_hex: str, delivery_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """
    The four headers that sign one attempt.

    Args:
        secret_hex: hexadecimal digits, 64 in the vendor's case. Its bytes are the key of `webhook-signature`,
            its text, as given, is the key of `X-InstaView-Signature`.
        delivery_id: the same over all attempts of a delivery.
        timestamp: Unix time of this attempt, in whole seconds.
        body: the bytes as sent.

    Raises:
        ValueError: the secret is not hexadecimal.
    """
    return {
        ID: delivery_id,
        TIMESTAMP: str(timestamp),
        SIGNATURE: _standard_signature(secret_hex, delivery_id, str(timestamp), body),
        BODY_SIGNATURE: _body_signature(secret_hex, body),
    }


def verify(
    secret_hex: str,
    headers: Mapping[str, str],
    body: bytes,
    now: float,
    tolerance_seconds: float = TOLERANCE_SECONDS,
) -> str | None:
    """
    What is wrong with the signatures of a delivery that was received; None if both are good.

    Args:
        headers: of the request; the case of names does not matter.
        body: the bytes as received, before any parsing.
        now: Unix time in seconds. A timestamp exactly `tolerance_seconds` away from it still holds.
    """
    received = {name.lower(): value for name, value in headers.items()}
    for name in (ID, TIMESTAMP, SIGNATURE, BODY_SIGNATURE):
        if not received.get(name.lower()):
            return f"the header {name} is missing"
    if not _UNIX_TIME.fullmatch(received[TIMESTAMP]):
        return f"{TIMESTAMP} is not a Unix time in whole seconds"
    return _mismatch(secret_hex, received, body) or _wrong_age(received[TIMESTAMP], now, tolerance_seconds)


def _mismatch(secret_hex: str, received: Mapping[str, str], body: bytes) -> str | None:
    """Signatures come before age: a forged timestamp is a forgery, not a late delivery."""
    expected = _standard_signature(secret_hex, received[ID], received[TIMESTAMP], body)
    # Every candidate is compared, so the time tells nothing of which one matched: a rotation sends several.
    if not sum(_same(candidate, expected) for candidate in received[SIGNATURE].split(" ")):
        return f"{SIGNATURE} does not match: another secret, id, timestamp or body"
    if not _same(received[BODY_SIGNATURE.lower()], _body_signature(secret_hex, body)):
        return f"{BODY_SIGNATURE} does not match: another secret or body"
    return None


def _wrong_age(timestamp: str, now: float, tolerance_seconds: float) -> str | None:
    age = now - int(timestamp)
    if abs(age) <= tolerance_seconds:
        return None
    direction = "old" if age > 0 else "early"
    return f"{TIMESTAMP} is {abs(age):.0f} s too {direction}: at most {tolerance_seconds:g} s either way are tolerated"


def _standard_signature(secret_hex: str, delivery_id: str, timestamp: str, body: bytes) -> str:
    signed = b"%b.%b.%b" % (_octets(delivery_id), _octets(timestamp), body)
    return "v1," + b64encode(digest(bytes.fromhex(secret_hex), signed, "sha256")).decode("ascii")


def _body_signature(secret_hex: str, body: bytes) -> str:
    return "sha256=" + digest(secret_hex.encode("ascii"), body, "sha256").hex()


def _same(received: str, expected: str) -> bool:
    """Constant time in the content. As octets, because `compare_digest` refuses text beyond ASCII."""
    return compare_digest(_octets(received), expected.encode("ascii"))


def _octets(text: str) -> bytes:
    """Never fails: what a client library could not decode arrives as lone surrogates."""
    return text.encode("utf-8", "backslashreplace")
