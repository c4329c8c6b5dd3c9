"""Creates per second and p99 with everything on, beside a bare Starlette route in the same run."""

import json
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import click

from benchmarks import load

ROUNDS = 5
SHARES = {"everything inline": 60, "existing candidate and agent": 30, "test mode": 10}  # percent
KEY = "sk_test_acme"
PREFIX = "11111111-0000-4000-80"
ROOT = Path(__file__).parent.parent


def bodies() -> dict[str, bytes]:
    """
    What is created: everything inline (the page's own sample without the halves that exclude each other, 1.6 KB: four
    rows a request), an interview of existing resources, and a test interview with its analysis.
    """
    inline = json.loads((ROOT / "fixtures/requests/curl-sample.json").read_text())
    for name in ("candidateId", "agentId", "jobId"):
        del inline[name]
    del inline["candidate"]["jobId"]
    inline["scheduleTime"] = "2024-01-20T10:00:00Z"
    existing = {"candidateId": f"{PREFIX}03-000000000001", "agentId": f"{PREFIX}02-000000000001"}
    scheduled = {**existing, "scheduleTime": inline["scheduleTime"], "metadata": inline["metadata"]}
    test = {**existing, "isTest": True}
    return {
        "everything inline": json.dumps(inline, indent=2).encode(),
        "existing candidate and agent": json.dumps(scheduled).encode(),
        "test mode": json.dumps(test).encode(),
    }


def world_file(folder: str) -> Path:
    """The world `demo` with a frozen clock and minutes without end."""
    world = json.loads((ROOT / "fixtures/worlds/demo.json").read_text())
    world["clock"] = "2024-01-16T10:30:00Z"
    world["companies"][0]["minutes"] = 1_000_000_000
    path = Path(folder) / "world.json"
    path.write_text(json.dumps(world))
    return path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def process(*command: str) -> Iterator[None]:
    child = subprocess.Popen([sys.executable, *command], stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        child.terminate()
        child.wait(20)


def wait_for(port: int) -> float:
    """Seconds until a port answers."""
    began = time.perf_counter()
    while time.perf_counter() - began < 20:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.005)
        else:
            return time.perf_counter() - began
    raise TimeoutError(f"nothing answers on port {port}")


def world_cost(base: str) -> float:
    """Milliseconds of a new world through the control API, at the median."""
    costs = []
    for _ in range(200):
        began = time.perf_counter()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{base}/_mock/worlds", b'{"from": "demo"}', headers)
        urllib.request.urlopen(request, timeout=5).close()
        costs.append((time.perf_counter() - began) * 1000)
    return median(costs)


def show(name: str, figures: load.Figures) -> None:
    print(
        f"{name:<28} {figures.per_second:>8,.0f}/s   p50 {figures.p50:5.2f} ms   p99 {figures.p99:6.2f} ms   "
        f"worst {figures.worst:6.1f} ms   {figures.refused} refused"
    )


def compare(name: str, bare_url: str, mock_url: str, body: bytes, requests: int) -> tuple[float, float]:
    """Both servers with one body; the ratio of their rates, and the mock's p99 in milliseconds."""
    bare = load.run(bare_url, body, KEY, min(requests, 20_000))
    mock = load.run(mock_url, body, KEY, requests)
    print(f"{name}, {len(body)} byte body")
    show("  bare Starlette route", bare)
    show("  mockserver", mock)
    return mock.per_second / bare.per_second, mock.p99


@click.command(help=__doc__)
@click.argument("creates", type=click.IntRange(100), default=100_000)
def main(creates: int) -> None:
    ports = free_port(), free_port()
    bare_url, mock_url = (f"http://127.0.0.1:{port}/interviews" for port in ports)
    with tempfile.TemporaryDirectory() as folder:
        serve = ("-m", "mockserver", "serve", "--port", str(ports[1]), "--world", str(world_file(folder)))
        with process("-m", "benchmarks.bare", str(ports[0])), process(*serve):
            bare_start, start = wait_for(ports[0]), wait_for(ports[1])
            print(f"16 connections, {ROUNDS} rounds of {creates // ROUNDS:,} creates, none removed\n")
            measured: dict[str, list[tuple[float, float]]] = {}
            for _ in range(ROUNDS):
                for name, body in bodies().items():
                    share = creates // ROUNDS * SHARES[name] // 100
                    measured.setdefault(name, []).append(compare(name, bare_url, mock_url, body, share))
            print()
            for name, figures in measured.items():
                ratio, p99 = median(ratio for ratio, _ in figures), max(p99 for _, p99 in figures)
                print(f"{name:<30} ratio {ratio:.2f} at the median (aim 0.40), p99 {p99:.1f} ms at worst (aim 10)")
            cost = world_cost(mock_url.removesuffix("/interviews"))
            print(f"a new world through the control API: {cost:.2f} ms at the median (aim 5)")
            print(f"start to first answer: {bare_start + start:.2f} s, both servers starting at once (aim 1)")


if __name__ == "__main__":
    main()
