"""Both signatures of a delivery: known answers, an independent verifier, and what a receiver refuses."""

import base64
import hashlib
import hmac
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from mockserver.signing import sign, verify

VECTORS = json.loads((Path(__file__).parents[1] / "fixtures/vectors/signatures.json").read_text(encoding="utf-8"))
POSITIVE: list[dict[str, Any]] = VECTORS["positive"]
NEGATIVE: list[dict[str, Any]] = VECTORS["negative"]

SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f00112233445566778899aabbccddeeff0"
NOW = 1_705_401_000
BODY = b'{"event":"ping"}'

positive = pytest.mark.parametrize("vector", POSITIVE, ids=lambda vector: vector["name"])
negative = pytest.mark.parametrize("vector", NEGATIVE, ids=lambda vector: vector["name"])
secrets = st.binary(min_size=32, max_size=32).map(bytes.hex)


def signed(vector: dict[str, Any]) -> dict[str, str]:
    return sign(vector["secret"], vector["deliveryId"], vector["timestamp"], vector["body"].encode())


def standard_webhook(secret_hex: str) -> Webhook:
    return Webhook("whsec_" + base64.b64encode(bytes.fromhex(secret_hex)).decode())


@positive
def test_the_headers_are_those_of_the_vector(vector: dict[str, Any]) -> None:
    """Names, their case and order, and values are exactly the known answers."""
    headers = signed(vector)

    assert list(headers.items()) == list(vector["headers"].items())


@positive
def test_an_independent_signer_gives_the_same_signature(vector: dict[str, Any]) -> None:
    """The package `standardwebhooks` signs each vector as we do."""
    instant = datetime.fromtimestamp(vector["timestamp"], UTC)

    signature = standard_webhook(vector["secret"]).sign(vector["deliveryId"], instant, vector["body"])

    assert signature == vector["headers"]["webhook-signature"]


@given(secret=secrets, delivery_id=st.uuids().map(str), body=st.text(st.characters(codec="utf-8")).map(str.encode))
def test_an_independent_verifier_accepts_what_is_signed(secret: str, delivery_id: str, body: bytes) -> None:
    """The package `standardwebhooks`, which looks at the wall clock, accepts whatever we sign now."""
    headers = sign(secret, delivery_id, int(time.time()), body)

    assert standard_webhook(secret).verify(body, headers, json_parse=False) is None


@given(secret=secrets, body=st.binary())
def test_the_body_signature_is_a_plain_hmac_keyed_with_the_text(secret: str, body: bytes) -> None:
    """`X-InstaView-Signature` is what a receiver gets with the secret as it was shown, and the raw body."""
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()

    assert sign(secret, "id", NOW, body)["X-InstaView-Signature"] == f"sha256={expected}"


@positive
def test_what_was_signed_is_verified(vector: dict[str, Any]) -> None:
    """A receiver finds nothing wrong with a positive vector, at its own instant."""
    reason = verify(vector["secret"], vector["headers"], vector["body"].encode(), vector["timestamp"])

    assert reason is None


@negative
def test_a_forgery_is_refused_with_its_reason(vector: dict[str, Any]) -> None:
    """A receiver names what is wrong with each negative vector."""
    reason = verify(vector["secret"], vector["headers"], vector["body"].encode(), vector["now"])

    assert reason is not None
    assert reason.startswith(vector["reason"])


@given(secret=secrets, body=st.binary(min_size=1), flipped=st.integers(min_value=0))
def test_no_single_bit_of_the_body_may_change(secret: str, body: bytes, flipped: int) -> None:
    """Turning over any bit of the body breaks both signatures."""
    headers = sign(secret, "id", NOW, body)
    index, bit = divmod(flipped % (len(body) * 8), 8)
    changed = body[:index] + bytes([body[index] ^ 1 << bit]) + body[index + 1 :]

    assert verify(secret, headers, changed, NOW) is not None


@pytest.mark.parametrize("age", [-300, 0, 299.9, 300], ids=["early bound", "now", "within", "late bound"])
def test_five_minutes_either_way_are_tolerated(age: float) -> None:
    """The bound itself still holds, on both sides."""
    headers = sign(SECRET, "id", NOW, BODY)

    assert verify(SECRET, headers, BODY, NOW + age) is None


@pytest.mark.parametrize(
    ("age", "tolerance", "said"),
    [
        (11, 10, "11 s too old: at most 10 s"),
        (0.75, 0.5, "1 s too old: at most 0.5 s"),
        (-0.75, 0.5, "1 s too early: at most 0.5 s"),
    ],
    ids=["old", "old by less than a second", "early by less than a second"],
)
def test_the_tolerance_can_be_another(age: float, tolerance: float, said: str) -> None:
    """A receiver may be stricter than five minutes."""
    headers = sign(SECRET, "id", NOW, BODY)

    reason = verify(SECRET, headers, BODY, NOW + age, tolerance_seconds=tolerance)

    assert reason == f"webhook-timestamp is {said} either way are tolerated"


def test_the_case_of_header_names_does_not_matter() -> None:
    """Frameworks hand headers on in lower case, in title case or as sent."""
    headers = {name.upper(): value for name, value in sign(SECRET, "id", NOW, BODY).items()}

    assert verify(SECRET, headers, BODY, NOW) is None


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["right one first", "right one last"])
def test_one_right_signature_among_several_is_enough(order: tuple[int, int]) -> None:
    """While a secret is rotated, a sender signs with the old and the new one."""
    headers = sign(SECRET, "id", NOW, BODY)
    both = headers["webhook-signature"], sign("ff" * 32, "id", NOW, BODY)["webhook-signature"]

    reason = verify(SECRET, headers | {"webhook-signature": " ".join(both[i] for i in order)}, BODY, NOW)

    assert reason is None


@given(value=st.text(min_size=1))
@pytest.mark.parametrize("name", list(sign(SECRET, "id", NOW, BODY)))
def test_no_header_value_can_break_the_verifier(name: str, value: str) -> None:
    """Whatever text arrives, lone surrogates too, the answer is a reason, or None for the true value."""
    headers = sign(SECRET, "id", NOW, BODY)

    reason = verify(SECRET, headers | {name: value}, BODY, NOW)

    assert (reason is None) == (value == headers[name])


def test_a_secret_that_is_not_hexadecimal_is_refused() -> None:
    """A wrong secret fails where it is used, not as a signature that nobody can verify."""
    with pytest.raises(ValueError, match="hexadecimal"):
        sign("not hexadecimal", "id", NOW, BODY)
