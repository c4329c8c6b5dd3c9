"""Files that reports go to: what they hold stays until there is something to write."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from mockserver.cli.options import Misuse


class ReportFile(click.Path):
    """A file that is written at the end; whether it can be is looked at before anything is sent."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, writable=True, readable=False)

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> Path:
        path = Path(os.fsdecode(super().convert(value, parameter, context)))
        if str(path) == "-":
            self.fail("it takes the name of a file: stdout has the text.", parameter, context)
        if not os.access(path, os.W_OK) and not os.access(path.parent, os.W_OK | os.X_OK):
            self.fail(f"{path.parent} is no folder that can be written to.", parameter, context)
        return path


def check_apart(files: Mapping[str, Path]) -> None:
    """
    Args:
        files: by the option that names them.

    Raises:
        Misuse: two of them are the same.
    """
    names: dict[str, str] = {}
    for name, path in files.items():
        other = names.setdefault(os.path.realpath(path), name)
        if other != name:
            raise Misuse(f"{other} and {name} would both be written to {path}: give each a file of its own")


def put(name: str, path: Path, content: bytes) -> None:
    """
    Raises:
        Misuse: it cannot be written after all.
    """
    try:
        path.write_bytes(content)
    except OSError as error:
        raise Misuse(f"{name} cannot be written: {error.strerror}") from None
