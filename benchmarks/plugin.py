"""
What a test costs that uses the plugin, beside the same number of tests with pytest-httpserver, respx and nothing.

Each suite runs in a process of its own, one after the other, several times round. A test is timed from the beginning of
its setup to the end of its teardown, and the median of a run counts. The start is what the first test takes beyond
that, as it brings the server up. The process is one with a single test, from its beginning to its end. All is told
beyond the empty suite of the same round, and of the rounds the median. Beside the time on the wall stands that of all
threads on the processor: where others use the machine too it says more.
"""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import click

IDS = '"11111111-0000-4000-8003-000000000001", "agentId": "11111111-0000-4000-8002-000000000001"'
BODY = f'{{"candidateId": {IDS}}}'
SUITES: Mapping[str, tuple[tuple[str, ...], str]] = {
    "empty": ((), "def test(number): pass"),
    "empty, plugin loaded": (("mockserver.pytest_plugin",), "def test(number): pass"),
    "instaview: a world and a create": (
        ("mockserver.pytest_plugin",),
        f"""
def test(number, instaview):
    assert instaview.client.post("/interviews", json={BODY}).status_code == 201
""",
    ),
    "instaview_asgi: a world and a create": (
        ("mockserver.pytest_plugin", "pytest_asyncio.plugin"),
        f"""
async def test(number, instaview_asgi):
    assert (await instaview_asgi.client.post("/interviews", json={BODY})).status_code == 201
""",
    ),
    "empty, async": (("pytest_asyncio.plugin",), "async def test(number): pass"),
    "pytest-httpserver: an expectation and a request": (
        ("pytest_httpserver.pytest_plugin",),
        f"""
import httpx2
client = httpx2.Client()
def test(number, httpserver):
    httpserver.expect_request("/interviews", method="POST").respond_with_json({{"id": "1"}}, status=201)
    assert client.post(httpserver.url_for("/interviews"), json={BODY}).status_code == 201
""",
    ),
    "respx: a route and a request": (
        ("respx.plugin",),
        f"""
import httpx
client = httpx.Client()
def test(number, respx_mock):
    respx_mock.post("http://api.test/interviews").respond(201, json={{"id": "1"}})
    assert client.post("http://api.test/interviews", json={BODY}).status_code == 201
""",
    ),
}


INI = "[pytest]\nasyncio_mode=auto\nasyncio_default_fixture_loop_scope=function\n"
CONFTEST = """
import json, pathlib, time, pytest

TIMES = []

@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol():
    wall, cpu = time.perf_counter(), time.process_time()
    result = yield
    TIMES.append((time.perf_counter() - wall, time.process_time() - cpu))
    return result

def pytest_unconfigure():
    pathlib.Path("times.json").write_text(json.dumps(TIMES))
"""


class Cost(NamedTuple):
    """Seconds on the wall, and on the processor, whichever thread."""

    wall: float
    cpu: float

    def beyond(self, other: "Cost") -> "Cost":
        return Cost(self.wall - other.wall, self.cpu - other.cpu)


def median_of(costs: Iterable[Cost]) -> Cost:
    return Cost(*(statistics.median(column) for column in zip(*costs, strict=True)))


class Costs(NamedTuple):
    """A test at the median, what the first one takes beyond it, and the process."""

    test: Cost
    start: Cost
    process: Cost

    def beyond(self, other: "Costs") -> "Costs":
        return Costs(*(mine.beyond(its) for mine, its in zip(self, other, strict=True)))


def run(plugins: tuple[str, ...], test: str, count: int) -> Costs:
    """A suite of `count` tests in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        marked = re.sub(
            r"^(async )?def test\(", r"@pytest.mark.parametrize('number', range(COUNT))\n\g<0>", test, flags=re.M
        )
        text = f"import pytest\n{marked}".replace("COUNT", str(count))
        Path(folder, "test_it.py").write_text(text, encoding="utf-8")
        Path(folder, "conftest.py").write_text(CONFTEST, encoding="utf-8")
        Path(folder, "pytest.ini").write_text(INI if "async" in test else "[pytest]\n", encoding="utf-8")
        process = finished([part for name in plugins for part in ("-p", name)], folder)
        tests = [Cost(*pair) for pair in json.loads(Path(folder, "times.json").read_text(encoding="utf-8"))]
    assert len(tests) == count
    each = median_of(tests)
    return Costs(each, tests[0].beyond(each), process)


def finished(options: Sequence[str], folder: str) -> Cost:
    """pytest in this folder; every test has to pass."""
    # Whoever forbids Python to keep what it compiled would measure the compiler.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options],
        cwd=folder,
        env={**environment, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        stdout=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    took = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, folder
    return Cost(took, used.ru_utime + used.ru_stime)


def beyond_empty(count: int) -> dict[str, Costs]:
    """A round: by suite, what it costs beyond the empty one."""
    found = {name: run(*suite, count)._replace(process=run(*suite, 1).process) for name, suite in SUITES.items()}
    return {name: costs.beyond(found["empty, async" if "asgi" in name else "empty"]) for name, costs in found.items()}


@click.command(help=__doc__)
@click.argument("count", metavar="[TESTS]", type=click.IntRange(1), default=1000)
@click.argument("rounds", type=click.IntRange(1), default=5)
def main(count: int, rounds: int) -> None:
    beyond_empty(2)  # so that everything is compiled
    found = [beyond_empty(count) for _ in range(rounds)]
    print(f"milliseconds on the wall and on the processor beyond an empty suite; {count} tests, {rounds} rounds")
    print(f"{'':48}{'a test':>16}{'the start':>16}{'the process':>16}")
    for name in SUITES:
        test, start, process = (median_of(column) for column in zip(*(each[name] for each in found), strict=True))
        columns = f"{_shown(test, 2)}{_shown(start, 0)}{_shown(process, 0)}"
        print(f"{name:48}{columns}")


def _shown(cost: Cost, digits: int) -> str:
    return "".join(f"{1e3 * seconds:8.{digits}f}" for seconds in cost)


if __name__ == "__main__":
    main()
