"""
What a test costs that uses the plugin, beside the same number of tests with pytest-httpserver, respx and nothing.

Each suite runs in a process of its own, one after the other, several times round; the medians of the rounds count.
`python -m benchmarks.plugin [TESTS] [ROUNDS]`
"""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

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


def seconds(plugins: tuple[str, ...], test: str, count: int) -> float:
    """One run of a suite of `count` tests, from the start of the process to its end."""
    with tempfile.TemporaryDirectory() as folder:
        marked = re.sub(
            r"^(async )?def test\(", r"@pytest.mark.parametrize('number', range(COUNT))\n\g<0>", test, flags=re.M
        )
        text = f"import pytest\n{marked}".replace("COUNT", str(count))
        Path(folder, "test_it.py").write_text(text, encoding="utf-8")
        Path(folder, "pytest.ini").write_text("[pytest]\nasyncio_mode=auto\n" if "async" in test else "[pytest]\n")
        named = [part for name in plugins for part in ("-p", name)]
        began = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *named],
            cwd=folder,
            env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        took = time.perf_counter() - began
    assert f"{count} passed" in done.stdout, done.stdout
    return took


def measured(count: int, rounds: int) -> dict[str, tuple[float, float]]:
    """By suite: the seconds of a run with one test, and those that each further test takes."""
    runs: dict[str, list[tuple[float, float]]] = {name: [] for name in SUITES}
    for _ in range(rounds):
        for name, suite in SUITES.items():
            one = seconds(*suite, 1)
            runs[name].append((one, (seconds(*suite, count + 1) - one) / count))
    return {
        name: (statistics.median(one for one, _ in found), statistics.median(each for _, each in found))
        for name, found in runs.items()
    }


def main(count: int = 1000, rounds: int = 5) -> None:
    found = measured(count, rounds)
    nothing, nothing_async = found["empty"], found["empty, async"]
    print(f"{count} tests, median of {rounds} rounds; a test beyond an empty one, the session beyond an empty session")
    for name, (start, each) in found.items():
        base = nothing_async if "asgi" in name else nothing
        print(f"{name:50} {(each - base[1]) * 1000:7.2f} ms a test {(start - base[0]) * 1000:8.0f} ms a session")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
