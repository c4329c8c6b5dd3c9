"""The registry of worlds, their keys and seeds; a universe that starts them and lets them go."""

import asyncio
from dataclasses import replace

import pytest

from mockserver import settings_for
from mockserver.models import ApiKey, Company
from mockserver.universe import Universe
from mockserver.world import Seed, World
from mockserver.worlds import MAX_GONE, KeyTaken, Worlds, shortened, with_fresh_keys
from tests.receiver import Receiver, webhook
from tests.support import ACME, NOW, Mock, body, demo


def seed(*keys: str, number: int | None = None) -> Seed:
    rows = tuple(ApiKey(key=key, company_ids=("acme",), ats=False, scopes=frozenset({"*"})) for key in keys)
    return Seed(number=number, clock=NOW, companies=(Company("acme", "Acme", 60),), keys=rows)


def test_a_key_opens_its_world() -> None:
    """The world and the row of the key are found; anything else finds nothing."""
    worlds = Worlds()
    one, other = worlds.open(seed("sk_one", "sk_two"), "one"), worlds.open(seed("sk_three"))

    assert worlds.find("sk_two") == (one, one.seed.keys[1])
    assert worlds.find("sk_three") == (other, other.seed.keys[0])
    assert [worlds.find(token) for token in (None, "", "sk_on", "SK_ONE", "sk_\ud800", "sk_é")] == [None] * 6
    assert (worlds.get("one"), worlds.get("two"), list(worlds)) == (one, None, [one, other])


@pytest.mark.parametrize("keys", [("sk_new", "sk_one"), ("sk_new", "sk_new")], ids=["of another world", "twice"])
def test_a_key_opens_one_world_only(keys: tuple[str, ...]) -> None:
    """A world whose key is taken is not opened at all: its other keys stay free."""
    worlds = Worlds()
    worlds.open(seed("sk_one"), "one")

    with pytest.raises(KeyTaken):
        worlds.open(seed(*keys), "two")

    assert [world.id for world in worlds] == ["one"]
    assert worlds.find("sk_new") is None


def test_a_world_that_is_closed_frees_its_keys() -> None:
    """They open nothing, until another world takes them."""
    worlds = Worlds()
    worlds.close(worlds.open(seed("sk_one"), "one"))

    assert worlds.find("sk_one") is None
    again = worlds.open(seed("sk_one"), "two")
    found = worlds.find("sk_one")
    assert found is not None
    assert found[0] is again


def test_keys_of_closed_worlds_are_remembered_for_a_while() -> None:
    """The last ones, which opened a world; one that opens another world again is in use."""
    worlds = Worlds()
    for keys in (["sk_first"], [f"sk_{number}" for number in range(MAX_GONE)], ["sk_in_use"]):
        worlds.open(seed(*keys), "one")
        if keys != ["sk_in_use"]:
            worlds.close(next(iter(worlds)))

    asked = ("sk_first", "sk_0", f"sk_{MAX_GONE - 1}", "sk_in_use", "sk_of_nobody", None)
    assert [worlds.is_gone(key) for key in asked] == [False, True, True, False, False, False]


def test_no_key_opens_the_lobby() -> None:
    """It is where requests stand that no key could place, and no world of the list."""
    worlds = Worlds()

    assert worlds.lobby not in list(worlds)
    assert worlds.get("lobby") is None


def test_fresh_keys_stand_for_the_old_ones() -> None:
    """One for each, none like another, everything else as it was; fresh again each time."""
    original = seed("sk_one", "sk_two")

    copied, keys = with_fresh_keys(original)

    assert [keys[key.key] for key in original.keys] == [key.key for key in copied.keys]
    assert len({*keys, *keys.values(), *with_fresh_keys(original)[1].values()}) == 6
    assert replace(copied, keys=original.keys) == original


@pytest.mark.parametrize(
    ("secret", "shown"),
    [("sk_test_acme", "sk_…acme"), ("12345678901", "123…8901"), ("1234567890", "…"), ("", "…")],
)
def test_a_secret_is_shown_shortened(secret: str, shown: str) -> None:
    """Its first three and last four characters, and nothing of a short one."""
    assert shortened(secret) == shown


def test_a_world_without_a_seed_draws_one_and_keeps_it() -> None:
    """Two worlds differ, a reset goes back to the same ids."""
    one, other = World("one", seed()), World("other", seed())
    first = one.ids.next("interview")
    one.reset()

    assert one.number != other.number
    assert first == one.ids.next("interview") != other.ids.next("interview")


def test_events_are_bounded() -> None:
    """A world that lives long keeps its last ten thousand."""
    world = World("one", seed(number=1))
    for _ in range(10_001):
        world.emit("ping", "acme", world.now(), {})

    assert len(world.events) == 10_000


async def test_a_universe_starts_once() -> None:
    """What its worlds wait for is planned at the first start, not at each request."""
    rows = [{"companyId": demo()["companies"][0]["id"], "candidateId": body()["candidateId"]}]
    file = demo(interviews=[{**rows[0], "agentId": body()["agentId"], "scheduledAt": "2024-01-20T10:30:00Z"}])
    universe = Universe(settings_for([file], clock=NOW))

    universe.start()
    universe.start()

    (world,) = universe.worlds
    assert len(world.timers) == 1
    assert await universe.stop() == []


async def test_worlds_of_one_file_do_not_share_what_they_store() -> None:
    """Rows of the seed are shared, tables are not: an interview of one is none of the other."""
    async with Mock() as mock:
        original, copy = mock.world, World("copy", mock.world.seed)
        await mock.create()

        assert len(original.store.interviews) == 1
        assert len(copy.store.interviews) == 0
        assert original.store.jobs[demo()["jobs"][0]["id"]] is copy.store.jobs[demo()["jobs"][0]["id"]]


async def test_a_stop_can_be_hurried() -> None:
    """Who does not want to wait for the grace ends it; what is under way is reported."""
    async with Receiver() as receiver:
        settings = settings_for([demo(webhooks=[webhook(receiver.url)])], clock=NOW, grace_seconds=60)
        async with Mock(settings) as mock:
            receiver.open.clear()
            await mock.create(body(isTest=True), key=ACME)
            await receiver.arrived(1)
            stopping = asyncio.create_task(mock.app.universe.stop())
            await asyncio.sleep(0)

            mock.app.universe.hurry()
            left = await asyncio.wait_for(stopping, 5)

            assert [each.delivery.event_type for each in left] == ["interview.completed", "analysis.completed"]
