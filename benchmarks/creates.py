"""
Creates per second and p99 with everything on, beside a bare Starlette route in the same run.

usage: python -m benchmarks.creates [creates in all, 100000 unless told]
"""

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

from benchmarks import load

ROUNDS = 5
COMPANY = "11111111-0000-4000-8000-000000000001"
KEY = "sk_test_bench_1234567890"
WORLD: dict[str, object] = {
    "clock": "2024-01-16T10:30:00Z",
    "companies": [{"id": COMPANY, "name": "Acme", "minutes": 1_000_000_000}],
    "keys": [{"key": KEY, "companyId": COMPANY}],
}


def body() -> bytes:
    """The page's own sample without the halves that contradict each other: candidate, agent and job inline, 1.6 KB."""
    sample = json.loads((Path(__file__).parent.parent / "fixtures/requests/curl-sample.json").read_text())
    for name in ("candidateId", "agentId", "jobId"):
        del sample[name]
    del sample["candidate"]["jobId"]
    sample["scheduleTime"] = "2024-01-20T10:00:00Z"
    return json.dumps(sample, indent=2).encode()


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
        request = urllib.request.Request(f"{base}/_mock/worlds", b'{"from": "world"}', headers)
        urllib.request.urlopen(request, timeout=5).close()
        costs.append((time.perf_counter() - began) * 1000)
    return median(costs)


def show(name: str, figures: load.Figures) -> None:
    print(
        f"{name:<28} {figures.per_second:>8,.0f}/s   p50 {figures.p50:5.2f} ms   p99 {figures.p99:6.2f} ms   "
        f"worst {figures.worst:6.1f} ms   {figures.refused} refused"
    )


def main() -> None:
    creates = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    each = creates // ROUNDS
    sent, key = body(), KEY
    bare_port, mock_port = free_port(), free_port()
    bare_url, mock_url = f"http://127.0.0.1:{bare_port}/interviews", f"http://127.0.0.1:{mock_port}/interviews"
    with tempfile.TemporaryDirectory() as folder:
        world = Path(folder) / "world.json"
        world.write_text(json.dumps(WORLD))
        serve = ("-m", "mockserver", "serve", "--port", str(mock_port), "--world", str(world))
        with process("-m", "benchmarks.bare", str(bare_port)), process(*serve):
            wait_for(bare_port)
            start = wait_for(mock_port)
            print(f"{len(sent)} byte body, 16 connections, {ROUNDS} rounds of {each:,} creates, none removed\n")
            ratios, p99s = [], []
            for round_number in range(1, ROUNDS + 1):
                bare = load.run(bare_url, sent, key, min(each, 20_000))
                mock = load.run(mock_url, sent, key, each)
                show(f"{round_number}  bare Starlette route", bare)
                show(f"   mockserver, {round_number * each:,} stored", mock)
                ratios.append(mock.per_second / bare.per_second)
                p99s.append(mock.p99)
            cost = world_cost(mock_url.removesuffix("/interviews"))
            print(
                f"\nratio {median(ratios):.2f} at the median (aim 0.40), p99 {max(p99s):.1f} ms at the worst (aim 10)"
            )
            print(f"a new world through the control API: {cost:.2f} ms at the median (aim 5)")
            print(f"start to first answer: {start:.2f} s after a bare Starlette server (aim 1)")


if __name__ == "__main__":
    main()
