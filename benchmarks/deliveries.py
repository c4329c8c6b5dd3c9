"""
Signed webhook deliveries per second beside a bare loop of the same client, from answer to arrival, and what one
endpoint that hangs does to nine others and to the API: all in one run, with a receiver of its own process.
"""

import asyncio
import http.client
import json
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp
import click
import uvloop

from benchmarks.creates import KEY, PREFIX, ROOT, free_port, process, wait_for
from mockserver.delivery_log import MAX_UNDER_WAY

ROUNDS = 5
CREATES = 200  # of each world in which answers and arrivals are timed, a round
BEGIN = datetime(2024, 1, 16, 10, 30, tzinfo=UTC)
PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 0.002  # so that looking does not disturb what is looked at
HANGING, OTHERS = "/hang", [f"/{number}" for number in range(1, 10)]
EXISTING = {"candidateId": f"{PREFIX}03-000000000001", "agentId": f"{PREFIX}02-000000000001"}


class Client:
    """One connection, one request at a time."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)

    def call(self, method: str, path: str, body: object = None) -> Any:
        headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
        sent = None if body is None else json.dumps(body).encode()
        self._connection.request(method, path, sent, headers)
        response = self._connection.getresponse()
        received = response.read()
        if response.status >= 300:
            raise RuntimeError(f"{method} {path}: {response.status} {received.decode()[:200]}")
        return json.loads(received)

    def create(self, **changes: object) -> tuple[float, float]:
        """When it was asked for and when the answer was there."""
        began = time.monotonic()
        self.call("POST", "/interviews", {**EXISTING, **changes})
        return began, time.monotonic()


class Receiver(Client):
    """The sink, asked what came."""

    def arrived(self, count: int, without: str = HANGING) -> list[tuple[str, float]]:
        """Waits until so many deliveries came; those to one path do not count."""
        came: list[tuple[str, float]] = []
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(came) < count:
            time.sleep(PAUSE_SECONDS)
            came += [(path, at) for path, at in self.call("GET", "/arrivals")["came"] if path != without]
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(came)} of {count} deliveries came")
        return came


def world_file(folder: str, name: str, port: int, paths: Sequence[str], events: Sequence[str]) -> str:
    """The world `demo` with a frozen clock, minutes without end and webhooks at the sink."""
    world = json.loads((ROOT / "fixtures/worlds/demo.json").read_text())
    world["clock"] = BEGIN.isoformat()
    world["companies"][0]["minutes"] = 1_000_000_000
    world["webhooks"] = [
        {
            "companyId": world["companies"][0]["id"],
            "url": f"http://127.0.0.1:{port}{path}",
            "events": list(events),
            "signingSecret": "5ec4e7" * 10 + "cafe",
        }
        for path in paths
    ]
    file = Path(folder) / f"{name}.json"
    file.write_text(json.dumps(world))
    return str(file)


# --- deliveries per second


def engine_rate(mock: Client, sink: Receiver, deliveries: int, round: int) -> float:
    """Interviews that all start at one instant: one delivery each. From the first arrival to the last."""
    start = (BEGIN + timedelta(days=round)).isoformat()
    for _ in range(deliveries):
        mock.create(scheduleTime=start)
    mock.call("POST", "/_mock/worlds/demo/clock/advance", {"to": start, "wait": PATIENCE_SECONDS})
    instants = [at for _, at in sink.arrived(deliveries)]
    return deliveries / (max(instants) - min(instants))


async def bare_rate(url: str, body: bytes, deliveries: int) -> float:
    """The same client in a loop: the same body, as many at a time, nothing signed and nothing logged."""
    left = iter(range(deliveries))

    async def post(session: aiohttp.ClientSession) -> None:
        for _ in left:
            async with session.post(url, data=body, headers={"Content-Type": "application/json"}) as response:
                await response.read()

    connector = aiohttp.TCPConnector(limit=0)
    async with asyncio.timeout(PATIENCE_SECONDS), aiohttp.ClientSession(connector=connector) as session:
        await asyncio.gather(*(post(session) for _ in range(MAX_UNDER_WAY)))  # connections are there, as the mock's
        left = iter(range(deliveries))
        began = time.monotonic()
        await asyncio.gather(*(post(session) for _ in range(MAX_UNDER_WAY)))
        return deliveries / (time.monotonic() - began)


def rates(mock: Client, sink: Receiver, url: str, deliveries: int) -> None:
    ratios, engine = [], []
    for round in range(1, ROUNDS + 1):
        ours = engine_rate(mock, sink, deliveries, round)
        body = sink.call("GET", "/arrivals")["last"].encode()
        bare = uvloop.run(bare_rate(url, body, deliveries))
        sink.arrived(2 * deliveries)
        print(
            f"  {len(body)} byte body   mockserver {ours:>8,.0f}/s   bare aiohttp {bare:>8,.0f}/s   {ours / bare:.2f}"
        )
        ratios.append(ours / bare)
        engine.append(ours)
    print(
        f"signed deliveries {median(engine):,.0f}/s (aim 5,000), ratio {median(ratios):.2f} (aim 0.50), at the median"
    )


# --- from answer to arrival


def percentile(values: Sequence[float], hundredths: int) -> float:
    """In milliseconds."""
    return sorted(values)[len(values) * hundredths // 100] * 1000


def shown(values: Sequence[float]) -> str:
    p50, p99 = percentile(values, 50), percentile(values, 99)
    return f"p50 {p50:6.2f} ms   p99 {p99:6.2f} ms   worst {max(values) * 1000:6.1f} ms"


def arrivals(mock: Client, sink: Receiver) -> None:
    """A test interview is complete when it is made: its first webhook sets out with the answer."""
    delays = []
    for _ in range(CREATES):
        _, answered = mock.create(isTest=True)
        delays.append(min(at for _, at in sink.arrived(1)) - answered)
    print(f"from the answer of a create to the arrival of its webhook: {shown(delays)} (aim: p50 under 1)")


def hanging(quiet: Client, loud: Client, sink: Receiver) -> None:
    """Creates in turn in a world without webhooks and in one with ten, of which one never answers."""
    print("ten endpoints, one of which hangs; creates without webhooks and with these ten, each round")
    delays, ratios = [], []
    for _ in range(ROUNDS):
        times: dict[Client, list[float]] = {quiet: [], loud: []}
        for turn in range(CREATES):
            for mock in (quiet, loud) if turn % 2 else (loud, quiet):
                time.sleep(PAUSE_SECONDS)  # both from rest
                began, answered = mock.create(isTest=True)
                times[mock].append(answered - began)
                if mock is loud:
                    delays += [at - began for _, at in sink.arrived(2 * len(OTHERS))]
        ratios.append(median(times[loud]) / median(times[quiet]))
        print(f"  without {shown(times[quiet])}\n  with    {shown(times[loud])}   {ratios[-1]:.2f}")
    print(f"API with webhooks {median(ratios):.2f} of its time without (aim 1.00), at the median")
    print(f"from request to arrival at the other nine: {shown(delays)} (aim: p99 under 200)")


@click.command(help=__doc__)
@click.argument("deliveries", type=click.IntRange(10), default=5000)
def main(deliveries: int) -> None:
    """`deliveries` are those of a round."""
    sink_port, *ports = (free_port() for _ in range(5))
    url = f"http://127.0.0.1:{sink_port}/hook"
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        stack.enter_context(process("-m", "benchmarks.sink", str(sink_port)))
        wait_for(sink_port)
        sink, mocks = Receiver(sink_port), []
        for port, name, paths, events in (
            (ports[0], "started", ["/hook"], ["interview.started"]),
            (ports[1], "completed", ["/hook"], ["interview.completed"]),
            (ports[2], "quiet", [], []),
            (ports[3], "loud", [HANGING, *OTHERS], ["interview.completed", "analysis.completed"]),
        ):
            file = world_file(folder, name, sink_port, paths, events)
            serve = ("-m", "mockserver", "serve", "--grace", "0", "--quiet", "--port", str(port), "--world", file)
            stack.enter_context(process(*serve))
            wait_for(port)
            mocks.append(Client(port))
        print(f"{MAX_UNDER_WAY} at a time, {ROUNDS} rounds of {deliveries:,} deliveries")
        rates(mocks[0], sink, url, deliveries)
        arrivals(mocks[1], sink)
        hanging(mocks[2], mocks[3], sink)


if __name__ == "__main__":
    main()
