"""The README is true: its console sessions and its test are run as they stand."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mockserver import MockServer

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
PRINTED = "http://127.0.0.1:8080"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def sessions() -> Iterator[tuple[str, str]]:
    """Each command of the console blocks with what it is said to print, in order."""
    for block in blocks("console"):
        for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = step.partition("\n")
            yield command, output.strip()


def as_pattern(output: str) -> str:
    """`…` in the README stands for whatever it may be there."""
    return ".*?".join(re.escape(part) for part in output.split("…"))


def test_every_console_session_prints_what_the_readme_says() -> None:
    """The commands run one after the other in a shell against one server."""
    path = f"PATH={shlex.quote(str(Path(sys.executable).parent))}:$PATH; "

    with MockServer() as server:
        for command, expected in sessions():
            real = command.replace(PRINTED, server.url)
            ran = subprocess.run(["bash", "-c", path + real], capture_output=True, text=True, timeout=30, check=False)
            assert re.fullmatch(as_pattern(expected), ran.stdout.strip(), re.DOTALL), (command, ran.stdout, ran.stderr)


def test_the_readme_has_sessions_to_run() -> None:
    """A README without commands would pass the test above by looking at nothing."""
    assert len(list(sessions())) >= 7


def test_the_printed_test_passes_in_an_empty_project(pytester: pytest.Pytester) -> None:
    """The example for pytest runs as printed, in a folder that holds nothing else."""
    (example,) = blocks("python")
    pytester.makepyfile(example)

    result = pytester.runpytest_subprocess("-p", "no:xdist")

    result.assert_outcomes(passed=1)


def test_the_commands_to_start_with_are_targets_of_the_makefile() -> None:
    """What the README tells people to type exists."""
    makefile = (Path(__file__).parent.parent / "Makefile").read_text(encoding="utf-8")

    for target in re.findall(r"make ([a-z]+)", README):
        assert f"\n{target}:" in makefile, target
