"""Writes the table of faults and checks; `--check` says whether the committed one is that of the catalogue."""

import logging
import sys

from tests.mutants.catalogue import FAULTS
from tests.mutants.looking import caught, server_under_check
from tests.mutants.rows import README, Row, rows
from tests.mutants.table import row_of, stale, text_of


def main(arguments: list[str]) -> int:
    """0 all is well, 1 the table is stale or a fault is not found."""
    if arguments == ["--check"]:
        return _told([f"{line}: python -m tests.mutants makes README.md anew" for line in stale(rows())])
    found = _look()
    README.write_text(text_of(found), encoding="utf-8")
    return _told([f"{row.fault} is not found" for row in found.values() if not row.caught_by])


def _look() -> dict[str, Row]:
    logging.getLogger("uvicorn.error").disabled = True  # faults that end in a 500 are meant to
    with server_under_check() as target:
        return {fault.id: row_of(fault, caught(fault, target)) for fault in FAULTS}


def _told(faults: list[str]) -> int:
    sys.stderr.writelines(f"mutants: {fault}\n" for fault in faults)
    return 1 if faults else 0


if __name__ == "__main__":  # pragma: no cover  # the door; test_mutants.py comes in through `main`
    sys.exit(main(sys.argv[1:]))
