"""Deliveries are made after the answer, and nobody who looks can tell: beside an engine that makes them at once."""

import asyncio
import json
from collections.abc import Coroutine
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver import webhooks
from mockserver.jsontext import decode, encode
from mockserver.models import Event
from mockserver.outgoing import Answer, Outgoing
from mockserver.scheduler import Scheduler
from mockserver.world import World
from tests.receiver import webhook
from tests.support import ACME, ATS, GLOBEX, NOW, Mock, agent, body, candidate, company, demo

COMPLETED, ANALYSED, STARTED = "interview.completed", "analysis.completed", "interview.started"
CONTROL = "/_mock/worlds/demo"
WAITING = ("/deliveries/flush", "/clock/advance", "/reset", "/test")  # for attempts under way


class AtOnce(Scheduler):
    """The simplest engine: it makes deliveries where their event takes place. They set out on the next turn, too."""

    def took_place(self, world: World, event: Event) -> None:
        super().took_place(world, event)
        webhooks.publish_all(world)


class Instant:
    """A way out that takes no time; only what is for `GOOD` is taken."""

    async def send(self, outgoing: Outgoing) -> Answer:
        return Answer(200 if outgoing.url == GOOD else 500, (), b"", None, 0.0)

    async def close(self) -> None:
        """Nothing was opened."""


def without_a_turn(call: Coroutine[Any, Any, Any]) -> None:
    """Carry out a call that waits for nothing: the event loop does nothing else meanwhile."""
    with pytest.raises(StopIteration):
        call.send(None)


# --- steps: method, path (where `{0}` is the id of the webhook made last, `{1}` of another), JSON, key

Step = tuple[str, str, Any, str]


def asked(method: str, path: str, sent: Any = None, key: str = ACME) -> st.SearchStrategy[Step]:
    """`sent` is a strategy, or the thing itself."""
    paths = st.integers(0, 1).map(lambda place: path.replace("{}", f"{{{place}}}"))
    sents = sent if isinstance(sent, st.SearchStrategy) else st.just(sent)
    return st.tuples(st.just(method), paths, sents, st.just(key))


def create(key: str, **changes: Any) -> st.SearchStrategy[Step]:
    return asked("POST", "/interviews", body(candidateId=candidate(1, key), agentId=agent(1, key), **changes), key)


GOOD, BAD = "http://127.0.0.1:9/good", "http://127.0.0.1:9/bad"
URLS = st.sampled_from([GOOD, BAD])
EVENTS = st.lists(st.sampled_from([COMPLETED, ANALYSED, STARTED, "ping"]), min_size=1, unique=True)
HOOKS = st.fixed_dictionaries(
    {"url": URLS, "events": EVENTS}, optional={"companyId": st.sampled_from([company(), company(GLOBEX)])}
)
CHANGES = st.fixed_dictionaries({}, optional={"isActive": st.booleans(), "events": EVENTS, "url": URLS})
FAULTS = st.sampled_from([{"kind": kind} for kind in ("duplicate", "reorder", "delay", "drop", "stale-signature")])
STEPS: st.SearchStrategy[Step] = st.one_of(
    create(ACME, isTest=True),
    create(ACME, isTest=True),
    create(GLOBEX, isTest=True),
    create(ACME),
    asked("POST", "/webhooks", HOOKS),
    asked("POST", "/webhooks", HOOKS, ATS),
    asked("PATCH", "/webhooks/{}", CHANGES),
    asked("GET", "/webhooks/{}"),
    asked("DELETE", "/webhooks/{}"),
    asked("POST", "/webhooks/{}/reset-circuit"),
    asked("DELETE", f"/companies/{company(GLOBEX)}", key=ATS),
    asked("GET", f"{CONTROL}/deliveries"),
    asked("POST", f"{CONTROL}/webhooks", st.fixed_dictionaries({"url": URLS})),
    asked("POST", f"{CONTROL}/deliveries/redeliver", {"from": "2024-01-01T00:00:00Z"}),
    asked("POST", f"{CONTROL}/faults", FAULTS),
    asked("DELETE", f"{CONTROL}/faults"),
    asked("POST", f"{CONTROL}/reset"),
    asked("POST", f"{CONTROL}/deliveries/flush", {}),
    asked("POST", f"{CONTROL}/clock/advance", st.sampled_from([{"seconds": 7}, {"until": "idle"}])),
)


class Driver:
    """Sends requests one upon the other, so that each meets what the last one left to be published."""

    def __init__(self, engine: type[Scheduler]) -> None:
        hooks = [webhook(GOOD, events=[COMPLETED, ANALYSED, "ping"]), webhook(BAD, maxRetries=0)]
        file = demo(webhooks=hooks, readings={"webhook_timestamp": "world"})
        self.mock = Mock(worlds=[file])
        universe = self.mock.app.universe
        universe.courier.transport = Instant()
        universe.scheduler = engine(universe.courier)
        self.hooks = [endpoint.id for endpoint in self.mock.world.seed.endpoints]
        self.told: list[Any] = []

    async def take(self, step: Step) -> None:
        method, path, sent, key = step
        call = self._call(method, path.format(*self.hooks), sent, key)
        if path.endswith(WAITING):
            await call
        else:
            without_a_turn(call)

    async def _call(self, method: str, path: str, sent: Any, key: str) -> None:
        scope = {"type": "http", "method": method, "path": path, "query_string": b"", "http_version": "1.1"}
        headers = {b"host": b"localhost", b"authorization": f"Bearer {key}".encode()}
        headers |= {} if sent is None else {b"content-type": b"application/json"}
        answered: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": b"" if sent is None else encode(sent)}

        async def send(message: Any) -> None:
            answered.append(message)

        await self.mock.app({**scope, "headers": list(headers.items()), "root_path": ""}, receive, send)
        value = json.loads(answered[1]["body"] or "null")
        self.told.append((answered[0]["status"], value))
        if isinstance(value, dict) and "signingSecret" in value:
            self.hooks = [value["id"], self.hooks[0]]

    async def log(self) -> Any:
        """Every answer, and all that anybody could see once everything has come to rest."""
        await self._call("POST", f"{CONTROL}/deliveries/flush", {}, ACME)
        for what in ("deliveries", "events", "state"):
            await self._call("GET", f"{CONTROL}/{what}", None, ACME)
        await self.mock.app.universe.stop()
        return [*self.told, dict(self.mock.world.ids.counts)]


async def played(steps: list[Step], engine: type[Scheduler]) -> Any:
    driver = Driver(engine)
    for step in steps:
        await driver.take(step)
    return await driver.log()


@settings(max_examples=200)
@given(steps=st.lists(STEPS, min_size=4, max_size=25))
async def test_nobody_can_tell_when_deliveries_are_made(steps: list[Step]) -> None:
    """Whatever comes between an event and its deliveries: the same answers, ids, deliveries and attempts."""
    assert await played(steps, Scheduler) == await played(steps, AtOnce)


TEST: Step = ("POST", "/interviews", body(isTest=True), ACME)
GLOBEX_TEST: Step = ("POST", "/interviews", body(candidateId=candidate(1, GLOBEX), agentId=agent(1, GLOBEX)), GLOBEX)
EVERYTHING: Step = ("POST", "/webhooks", {"url": GOOD, "events": [COMPLETED, STARTED]}, ATS)
NEXT = [
    pytest.param([TEST, ("GET", f"{CONTROL}/deliveries", None, ACME)], id="a look at the log"),
    pytest.param([TEST, ("PATCH", "/webhooks/{0}", {"isActive": False}, ACME)], id="switched off"),
    pytest.param([TEST, ("PATCH", "/webhooks/{0}", {"url": BAD}, ACME)], id="moved"),
    pytest.param([TEST, ("DELETE", "/webhooks/{0}", None, ACME)], id="deleted"),
    pytest.param([TEST, ("POST", "/webhooks/{0}/test", None, ACME)], id="tested"),
    pytest.param([TEST, ("POST", "/webhooks", {"url": GOOD, "events": [COMPLETED]}, ACME)], id="registered too late"),
    pytest.param([TEST, ("POST", f"{CONTROL}/webhooks", {"url": GOOD}, ACME)], id="registered too late, from outside"),
    pytest.param([TEST, ("POST", f"{CONTROL}/faults", {"kind": "drop"}, ACME)], id="a fault planned too late"),
    pytest.param([TEST, ("POST", f"{CONTROL}/clock/advance", {"seconds": 5}, ACME)], id="the clock moved"),
    pytest.param(
        [EVERYTHING, GLOBEX_TEST, ("DELETE", f"/companies/{company(GLOBEX)}", None, ATS)], id="its company deleted"
    ),
]


@pytest.mark.parametrize("steps", NEXT)
async def test_what_comes_right_after_an_event_comes_after_it(steps: list[Step]) -> None:
    """Though its deliveries are not made yet: they go by how things were when it took place."""
    assert await played(steps, Scheduler) == await played(steps, AtOnce)


async def test_deliveries_are_made_after_the_answer() -> None:
    """On the next turn of the event loop; each event is encoded once, and bodies differ in the id of the delivery."""
    driver = Driver(Scheduler)
    world = driver.mock.world
    await driver.take(EVERYTHING)

    await driver.take(TEST)
    made = len(world.deliveries)
    await asyncio.sleep(0)

    bodies = [delivery.body for delivery in world.deliveries if delivery.event_type == COMPLETED]
    told = [decode(body) for body in bodies]
    assert (made, len(world.deliveries), len(bodies)) == (0, 5, 3)
    assert [encode(each) for each in told] == bodies
    assert [list(each) for each in told] == [["event", "timestamp", "deliveryId", "data"]] * 3
    assert [each["deliveryId"] for each in told] == [d.id for d in world.deliveries if d.event_type == COMPLETED]
    assert [{**each, "deliveryId": ""} for each in told] == [{**told[0], "deliveryId": ""}] * 3
    await driver.log()


@pytest.mark.parametrize(
    ("path", "sent"),
    [("/clock/advance", {"seconds": 3}), ("/deliveries/flush", {})],
    ids=["the clock moved", "flushed"],
)
async def test_who_waits_for_deliveries_waits_for_those_that_are_not_made_yet(path: str, sent: Any) -> None:
    """They set out at the instant of their event, and have come back when the answer is there."""
    driver = Driver(Scheduler)

    await driver.take(TEST)
    await driver.take(("POST", f"{CONTROL}{path}", sent, ACME))

    attempts = [attempt for delivery in driver.mock.world.deliveries for attempt in delivery.attempts]
    assert [attempt.at for attempt in attempts] == [datetime.fromisoformat(NOW)] * 4
    await driver.log()


async def test_nothing_is_made_of_the_past_of_a_world_that_went_away() -> None:
    """Removed right after an event: nobody hears of it."""
    driver = Driver(Scheduler)
    world = driver.mock.world

    await driver.take(TEST)
    await driver.mock.app.universe.close(world)
    await asyncio.sleep(0)

    assert len(world.unpublished) == 2
    assert (len(world.deliveries), driver.mock.app.universe.courier.under_way(world)) == (0, [])
