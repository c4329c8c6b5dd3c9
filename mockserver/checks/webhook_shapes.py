"""Deliveries held against the contract: what all of them look like, of whichever phase they are."""

from collections.abc import Iterator, Sequence

from mockserver import contract
from mockserver.checks.answers import in_seconds
from mockserver.checks.expectations import Failure, shown
from mockserver.checks.inboxes import Arrival
from mockserver.checks.verdicts import SHAPE, Observation
from mockserver.checks.webhook_checks import observed
from mockserver.jsontext import pointer_of


def shapes_of(arrivals: Sequence[Arrival]) -> Iterator[Observation]:
    """What all deliveries of a run, of whichever phase, look like; one observation for each event."""
    for event in dict.fromkeys(one.event for one in arrivals):
        came = [one for one in arrivals if one.event == event]
        failure = next((fault for fault in map(_shape_failure, came) if fault is not None), None)
        text = f"{len(came)} deliveries held against the contract"
        yield observed(f"shape {event}", text, (SHAPE.id,), failure)


def _shape_failure(arrival: Arrival) -> Failure | None:
    documented = contract.document()["webhooks"]
    media_type = arrival.headers.get("content-type", "no content type")
    if arrival.method != "POST" or media_type.partition(";")[0].strip().lower() != "application/json":
        return Failure(f"{arrival.method} with {media_type}", "POST with application/json")
    if arrival.event not in documented:
        text = arrival.body.decode("utf-8", "backslashreplace")
        return Failure(shown(arrival.json or text), f"an event of {', '.join(documented)}")
    schema = documented[arrival.event]["post"]["requestBody"]["content"]["application/json"]["schema"]
    body = arrival.json
    if not contract.compiled(schema).is_valid(body):
        body = {**body, "data": in_seconds(body.get("data"))}  # the event's own instant has milliseconds
    for error in contract.compiled(schema).iter_errors(body):
        return Failure(f"{pointer_of(error.instance_path) or 'the body'} is {shown(error.instance)}", error.message)
    return None
