"""Planned faults as values: what they take, whose turn it is, how often they were met."""

from typing import Any

import pytest

from mockserver import contract
from mockserver.faults import KINDS, Fault, FaultRefused, Faults, parse_fault


def fault(**row: Any) -> Fault:
    return parse_fault("f", {"kind": "duplicate", **row})


def turns(planned: Fault, *subjects: dict[str, str]) -> list[bool]:
    """For each delivery that comes by, whether the fault strikes it."""
    faults = Faults()
    faults.plan(planned)
    return [bool(faults.strike("delivery", subject, lambda *_: False)) for subject in subjects]


def coming(event: str = "ping", webhook: str = "w") -> dict[str, str]:
    return {"event": event, "webhookId": webhook}


def test_the_contract_names_every_kind() -> None:
    """Who reads it learns all of them, and no other."""
    schemas = contract.document("control.yaml")["components"]["schemas"]

    assert schemas["FaultKind"]["enum"] == list(KINDS)
    assert all(f"| `{kind}` |" in schemas["NewFault"]["description"] for kind in KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_defaults_that_it_takes(kind: str) -> None:
    """A fault that only names its kind strikes the next thing once."""
    plain = parse_fault("f", {"kind": kind})

    assert (plain.match, plain.nth, plain.times) == ({}, 1, 1)
    assert parse_fault("f", {"kind": kind, **plain.options}) == plain


REFUSED = [
    ({"kind": "duplicates"}, "/kind: 'duplicates' is no kind of fault (did you mean duplicate?): duplicate, reorder"),
    ({"kind": "?"}, "/kind: '?' is no kind of fault: duplicate"),
    (
        {"match": {"operation": "x"}},
        "/match/operation: 'operation' is no attribute of a delivery: event, webhookId, nth",
    ),
    (
        {"match": {"event": "interview.complete"}},
        "/match/event: 'interview.complete' is no event that takes place here (did you mean interview.completed?)",
    ),
    (
        {"match": {"event": "sourcing.completed"}},
        "/match/event: 'sourcing.completed' is no event that takes place here",
    ),
    ({"attempts": 2}, "/attempts: 'attempts' is no option of duplicate: copies, seconds"),
    ({"copies": 0}, "/copies: must be 1 to 100 copies, not 0"),
    ({"copies": 101}, "/copies: must be 1 to 100 copies, not 101"),
    ({"copies": 1.5}, "/copies: must be a whole number of copies, not 1.5"),
    ({"kind": "delay", "seconds": 0}, "/seconds: must be 0.001 to 2678400 virtual seconds, not 0"),
    (
        {"kind": "stale-signature", "seconds": -300},
        "/seconds: must be more than 300 seconds either way, or it would be no fault",
    ),
]


@pytest.mark.parametrize(("row", "says"), REFUSED, ids=[says.split(" (")[0][:60] for _, says in REFUSED])
def test_what_could_never_take_effect_is_refused(row: dict[str, Any], says: str) -> None:
    """With the place of the mistake, and what there is instead."""
    with pytest.raises(FaultRefused) as refused:
        fault(**row)

    assert str(refused.value).startswith(says)
    assert refused.value.at == says.split(":")[0]


TURNS = [
    # match, times, deliveries that come by, strikes
    ({}, 1, ["ping"] * 3, [True, False, False], "the next one, once"),
    ({}, 2, ["ping"] * 3, [True, True, False], "two in a row"),
    ({}, None, ["ping"] * 3, [True, True, True], "for ever"),
    ({"nth": 2}, 1, ["ping"] * 3, [False, True, False], "the second"),
    ({"nth": 2}, None, ["ping"] * 3, [False, True, True], "from the second on"),
    ({"event": "interview.failed"}, 1, ["ping", "interview.failed"], [False, True], "others do not count"),
    ({"webhookId": "other"}, 1, ["ping"], [False], "another webhook"),
]


@pytest.mark.parametrize(
    ("match", "times", "events", "strikes"), [row[:4] for row in TURNS], ids=[str(row[4]) for row in TURNS]
)
def test_whose_turn_it_is(match: dict[str, Any], times: int | None, events: list[str], strikes: list[bool]) -> None:
    """Counted by what fits, in the order in which it comes by."""
    assert turns(fault(match=match, times=times), *(coming(event) for event in events)) == strikes


def test_several_faults_strike_one_thing_in_the_order_of_planning() -> None:
    """Each keeps its own account; what is out of a fault's reach is not counted by it."""
    faults = Faults()
    first, second = (faults.plan(parse_fault(id, {"kind": "drop"})) for id in ("1", "2"))

    struck = faults.strike("delivery", coming(), lambda fault, before: fault.id == "2" and bool(before))

    assert struck == [first.fault]
    assert (first.fitted, second.fitted) == (1, 0)
    assert faults.strike("delivery", coming(), lambda *_: False) == [second.fault]


def test_what_took_effect_is_counted_until_the_fault_is_cancelled() -> None:
    """A fault that was planned but never met is seen as such."""
    faults = Faults()
    planned = faults.plan(fault())

    faults.met(planned.fault)

    assert (bool(faults), planned.met, list(faults)) == (True, 1, [planned])
    assert [faults.cancel("f"), faults.cancel("f")] == [True, False]
    faults.met(planned.fault)
    assert (bool(faults), planned.met) == (False, 1)
    faults.plan(fault())
    faults.clear()
    assert len(faults) == 0
