"""Deliveries that come again, and how they are told from new ones."""

from collections.abc import Sequence

from mockserver.checks.expectations import Failure, shown
from mockserver.checks.inboxes import Arrival


def ids_failure(came: Sequence[Arrival]) -> Failure | None:
    """Of different events."""
    ids = [_id_of(one) for one in came]
    return None if len(set(ids)) == len(ids) else Failure(f"the ids {', '.join(ids)}", "each its own")


def place_of_retry(came: Sequence[Arrival]) -> int | None:
    """Where what came first comes again."""
    return next((place for place, one in enumerate(came) if place and _delivery_of(one) == _delivery_of(came[0])), None)


def attempts_failure(came: Sequence[Arrival], attempts: int) -> Failure | None:
    """Of what came first."""
    tried = sum(_delivery_of(one) == _delivery_of(came[0]) for one in came)
    return None if tried == attempts else Failure(f"{came[0].event}, {tried} times", f"{attempts} times")


def retry_failure(came: Sequence[Arrival], again: int | None) -> Failure | None:
    if not came:
        return Failure("no delivery", "an event")
    if again is None:
        later = ", ".join(one.event for one in came[1:]) or "nothing"
        return Failure(f"{came[0].event}, answered with 500, then {later}", f"{came[0].event} again, with the same id")
    if came[again].body != came[0].body:
        return Failure(shown(came[again].json), f"the bytes that were sent before: {shown(came[0].json)}")
    return None


def overtaken(came: Sequence[Arrival], again: int) -> Failure | None:
    events = [one.event for one in came]
    if again == 1:
        return None
    return Failure(", then ".join(events), f"{events[0]} until it is taken, and only then others of the interview")


def _delivery_of(one: Arrival) -> tuple[str, str]:
    """An id that several events have tells no retry from them."""
    return one.event, _id_of(one)


def _id_of(one: Arrival) -> str:
    return one.headers.get("webhook-id") or shown((one.json or {}).get("deliveryId"))
