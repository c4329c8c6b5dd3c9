"""Builds the wheel, and an environment that holds it and what it asks for, without asking an index."""

import os
import subprocess
import sys
import venv
from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
OURS = "instaview-mockserver"


def wheel_in(folder: Path) -> Path:
    """The wheel of this checkout, built."""
    run(sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(folder), str(ROOT))
    (wheel,) = folder.glob("*.whl")
    return wheel


def environment_in(folder: Path, wheel: Path, *others: str) -> Path:
    """
    A virtual environment with the wheel, other distributions, what all these ask for, and nothing else. All but the
    wheel is linked from the environment that this runs in, so no index is asked; pip finds out whether anything that
    the wheel asks for is missing.

    Returns:
        Its interpreter.
    """
    venv.create(folder)
    python = folder / "bin" / "python"
    packages = Path(run(str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    for part in {part for each in _closure([OURS, *others]) for part in _parts_of(each)}:
        (packages / part.name).symlink_to(part)
    run(sys.executable, "-m", "pip", "--python", str(python), "install", "--no-index", "--no-compile", str(wheel))
    return python


def _closure(names: Iterable[str]) -> list[Distribution]:
    """All that is wanted and what that wants in turn, but for the wheel itself."""
    queue, asked = [(name, "") for name in names], set[tuple[str, str]]()
    while queue:
        wanted = queue.pop()
        if wanted not in asked:
            asked.add(wanted)
            queue += _wants(*wanted)
    return [distribution(name) for name in {name for name, _ in asked} - {OURS}]


def _wants(name: str, extra: str) -> Iterator[tuple[str, str]]:
    for requirement in map(Requirement, distribution(name).requires or ()):
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
            yield from ((requirement.name, more) for more in ("", *requirement.extras))


def _parts_of(one: Distribution) -> set[Path]:
    """What it has put right into the folder of packages."""
    names = {file.parts[0] for file in one.files or ()} - {"..", "__pycache__"}
    return {Path(str(one.locate_file(name))) for name in names}


def run(*command: str, cwd: Path | None = None, status: int = 0) -> str:
    """
    What a program prints, which must end with this status. It runs a copy of the package, so it is not measured, and
    nothing of this run's environment shall be found there.
    """
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("COVERAGE", "PYTEST", "PYTHON"))}
    done = subprocess.run(command, cwd=cwd, env=bare, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout
