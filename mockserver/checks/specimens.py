"""Deliveries to try a receiver with: the contract's examples with ids of their own, signed, and then perhaps spoilt."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from mockserver.clock import system_now
from mockserver.contract import document
from mockserver.jsontext import decode, encode
from mockserver.signing import sign

# In `data`, what names one happening; candidates and jobs are the receiver's, and may be told with `--data`.
_FRESH = ("interviewId", "callAttemptId", "analysisId", "webhookId")


@dataclass(frozen=True, slots=True)
class Specimen:
    """What is sent; the body takes `seconds` to go out."""

    headers: Mapping[str, str]
    body: bytes
    seconds: float = 0.0

    def but(self, **changes: Any) -> "Specimen":
        return replace(self, **changes)

    def without(self, *names: str) -> "Specimen":
        return replace(self, headers={name: value for name, value in self.headers.items() if name not in names})


def event_types() -> tuple[str, ...]:
    """The events that the contract's `webhooks:` document."""
    return tuple(document()["webhooks"])


def names_in_data() -> frozenset[str]:
    """Every name that `data` of some event has."""
    return frozenset(name for event in event_types() for name in example_of(event)["data"])


def example_of(event: str) -> dict[str, Any]:
    """A copy of the contract's example of an event."""
    media = document()["webhooks"][event]["post"]["requestBody"]["content"]["application/json"]
    value = next(iter(media["examples"].values()))["value"]
    copied: dict[str, Any] = decode(encode(value))
    return copied


class Signer:
    """
    Makes events and signs them.

    Args:
        secret: hexadecimal digits, the receiver's.
        known: what `data` of each event is to say, by name, where it has that name.
    """

    def __init__(self, secret: str, known: Mapping[str, str], now: Callable[[], datetime] = system_now) -> None:
        self._secret, self._known, self._now = secret, known, now

    def event(self, type: str, interview_id: str | None = None) -> dict[str, Any]:
        """A body with ids that no receiver has met, but those that were asked for."""
        made = example_of(type)
        fresh = {name: str(uuid4()) for name in _FRESH}
        if interview_id is not None:
            fresh["interviewId"] = interview_id
        known = {**fresh, **self._known}
        data: dict[str, Any] = {
            name: known[name] if name in known and value else value for name, value in made["data"].items()
        }
        if "analysis" in data:
            data["analysis"]["id"] = data["analysisId"]
        timestamp = self._now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {**made, "timestamp": timestamp, "deliveryId": str(uuid4()), "data": data}

    def signed(self, event: Mapping[str, Any], *, age_seconds: int = 0, secret: str | None = None) -> Specimen:
        """One attempt of an event, as if made `age_seconds` ago."""
        return self.signed_bytes(encode(event), event["deliveryId"], age_seconds=age_seconds, secret=secret)

    def signed_bytes(
        self, body: bytes, delivery_id: str, *, age_seconds: int = 0, secret: str | None = None
    ) -> Specimen:
        timestamp = int(self._now().timestamp()) - age_seconds
        signatures = sign(secret or self._secret, delivery_id, timestamp, body)
        return Specimen({"content-type": "application/json", **signatures}, body)
