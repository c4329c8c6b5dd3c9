"""The committed table of faults and checks, README.md, as rows. Nothing of the mock is imported."""

import re
from dataclasses import dataclass
from pathlib import Path

README = Path(__file__).parent / "README.md"
ROW = re.compile(r"\| `([^`]+)` \| (.+) \| (.+) \| (.+) \|")


@dataclass(frozen=True, slots=True)
class Row:
    """A fault, the subjects that it breaks, and the scenarios and cases that report these as broken."""

    fault: str
    does: str
    breaks: tuple[str, ...]
    caught_by: tuple[str, ...]


def rows(text: str | None = None) -> tuple[Row, ...]:
    """Those of README.md, or of another text of its form."""
    lines = (README.read_text(encoding="utf-8") if text is None else text).splitlines()
    found = map(ROW.fullmatch, lines)
    return tuple(Row(match[1], match[2], _names(match[3]), _names(match[4])) for match in found if match)


def _names(cell: str) -> tuple[str, ...]:
    return tuple(cell.split(", "))
