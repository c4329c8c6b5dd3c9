"""The table of faults and checks: what README.md says of the catalogue."""

from collections.abc import Iterable, Iterator, Mapping

from tests.mutants.catalogue import FAMILIES, FAULTS, UNSEEN
from tests.mutants.fault import Fault
from tests.mutants.rows import Row


def row_of(fault: Fault, broken: Mapping[str, tuple[str, ...]]) -> Row:
    """
    Args:
        broken: what a check has found, whatever the fault names.
    """
    caught_by = dict.fromkeys(case for subject in fault.breaks for case in broken.get(subject, ()))
    return Row(fault.id, fault.does, fault.breaks, tuple(sorted(caught_by)))


def stale(committed: Iterable[Row]) -> Iterator[str]:
    """In what a table is not that of the catalogue, as far as one can tell without looking once more."""
    told = {row.fault: row for row in committed}
    for fault in FAULTS:
        row = told.pop(fault.id, None)
        if row is None:
            yield f"{fault.id} is missing"
        elif (row.does, row.breaks) != (fault.does, fault.breaks):
            yield f"{fault.id} is another one in the catalogue"
    yield from (f"{id} is no longer in the catalogue" for id in told)


def text_of(found: Mapping[str, Row]) -> str:
    """
    README.md.

    Args:
        found: a row for each fault, by its id.
    """
    return "\n".join((INTRODUCTION, *_families(found), *_unseen(), ""))


def _families(found: Mapping[str, Row]) -> Iterator[str]:
    for title, faults in FAMILIES.items():
        yield f"\n## {title}\n\n| fault | what it does | breaks | caught by |\n|---|---|---|---|"
        for fault in faults:
            row = found[fault.id]
            yield f"| `{row.fault}` | {row.does} | {', '.join(row.breaks)} | {', '.join(row.caught_by)} |"


def _unseen() -> Iterator[str]:
    yield "\n## Not to be seen from outside\n\nThese are not counted.\n"
    for one in UNSEEN:
        yield f"- `{one.id}`: {one.does} {one.why}"


INTRODUCTION = f"""# {len(FAULTS)} faults, and the checks that find them

Made by `python -m tests.mutants`, which puts one fault after the other into the mock, looks at the server as
`mockserver check` does, by its URL and two keys, and writes down what that finds. `tests/test_mutants.py` does the same
and fails when a fault is not found, when another check finds it, or when this table is not the catalogue's. The server
names no rules meanwhile: `X-Mock-Rule`, which no other one sends, helps nobody.

*Breaks* are the rules, or what answers or deliveries have in common, that have to be reported as broken; *caught by*
are the scenarios of `contracts/scenarios/`, or the cases of other phases, that report them. Looked with are the
scenarios that show a rule of *breaks*, up to their first broken step."""
