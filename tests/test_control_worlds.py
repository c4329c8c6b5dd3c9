"""Worlds through the control API: made from files and copies, listed, reset, removed, shown, apart from each other."""

import asyncio
import statistics
import time
from typing import Any

import httpx2
import pytest

from mockserver import MockServer
from mockserver.worlds import shortened
from tests.receiver import SECRET, webhook
from tests.support import (
    ACME,
    ATS,
    GLOBEX,
    INITECH,
    INLINE_CANDIDATE,
    INLINE_JOB,
    MISSING,
    NOW,
    READONLY,
    Mock,
    body,
    company,
    demo,
)

KEYS = [ACME, GLOBEX, INITECH, READONLY, ATS]
COMPANY = "44444444-0000-4000-8000-000000000001"
SMALL = {
    "companies": [{"id": COMPANY, "name": "Hooli", "minutes": 60}],
    "keys": [{"key": "sk_test_hooli", "companyId": COMPANY}],
}


async def make(mock: Mock, **asked: Any) -> httpx2.Response:
    return await mock.control.post("/worlds", json=asked)


async def state(mock: Mock, id: str) -> Any:
    return (await mock.control.get(f"/worlds/{id}/state")).json()


async def test_a_copy_has_the_seed_of_its_original_under_fresh_keys(mock: Mock) -> None:
    """Every key of the seed is mapped to one that works; the rows are those of the file."""
    made = await make(mock, **{"from": "demo"})

    keys = made.json()["keys"]
    copied, original = await state(mock, made.json()["id"]), await state(mock, "demo")
    assert made.status_code == 201
    assert list(keys) == KEYS
    assert len(set(keys.values()) | set(KEYS)) == 10
    assert [(await mock.create(key=keys[key])).status_code for key in (ACME, READONLY)] == [201, 403]
    for kind in ("companies", "jobs", "agents", "candidates", "phoneNumbers"):
        assert copied[kind] == original[kind]


async def test_a_copy_begins_with_the_seed_not_with_the_present(mock: Mock) -> None:
    """What happened in the original, minutes and clock included, is not copied."""
    await mock.create()
    await mock.advance()

    made = (await make(mock, **{"from": "demo"})).json()

    copied = await state(mock, made["id"])
    assert copied["interviews"] == []
    assert copied["companies"][0]["minutes"] == {"limit": 500, "used": 0, "reserved": 0, "left": 500}
    assert copied["clock"] == {"mode": "frozen", "now": "2024-01-16T10:30:00.000Z"}


async def test_a_copy_takes_what_is_given_beside_it(mock: Mock) -> None:
    """Name, seed, clock, readings and minutes of every company."""
    asked = {
        "name": "mine",
        "seed": 7,
        "clock": "2030-01-01T00:00:00Z",
        "readings": {"create_status": 200, "wire": "envelope"},
        "minutes": 12,
    }

    made = (await make(mock, **{"from": "demo"}, **asked)).json()

    shown = await state(mock, made["id"])
    assert (shown["name"], shown["seed"], made["seed"]) == ("mine", 7, 7)
    assert shown["clock"] == {"mode": "frozen", "now": "2030-01-01T00:00:00.000Z"}
    assert (shown["readings"]["create_status"], shown["readings"]["wire"]) == ("200", "envelope")
    assert [row["minutes"]["left"] for row in shown["companies"]] == [12, 12, 12]
    assert (await state(mock, "demo"))["seed"] == 42


@pytest.mark.parametrize(
    ("asked", "status", "at"),
    [
        ({"from": "nowhere"}, 404, None),
        ({"from": 7}, 400, "/from"),
        ({"from": "demo", "seed": "7"}, 400, "/seed"),
        ({"from": "demo", "minutes": -1}, 400, "/minutes"),
        ({"from": "demo", "clock": "yesterday"}, 400, "/clock"),
        ({"from": "demo", "clock": "2024-01-16T10:30:00"}, 400, "/clock"),
        ({"from": "demo", "clock": "9999-12-31T23:59:59Z"}, 400, "/clock"),
        ({"from": "demo", "readings": {"wire": "pigeon"}}, 400, None),
        ({"from": "demo", "readings": {"weather": "fine"}}, 400, None),
        ({"from": "demo", "companies": []}, 400, "/"),
        ({"companies": SMALL["companies"]}, 400, None),
        ([], 400, None),
    ],
    ids=str,
)
async def test_a_wrong_world_is_refused_and_nothing_of_it_is_made(mock: Mock, asked: Any, status: int, at: Any) -> None:
    """400 with the path of the mistake, or 404; the list of worlds stays as it was."""
    response = await mock.control.post("/worlds", json=asked)

    error = response.json()["error"]
    assert response.status_code == status
    assert at is None or error["details"] == {"at": at}
    assert [row["id"] for row in (await mock.control.get("/worlds")).json()] == ["demo"]


async def test_a_new_world_knows_what_was_asked_without_one(mock: Mock) -> None:
    """The last request by then that no key could place: those behind it are of the world's time."""
    first = (await make(mock, **{"from": "demo"})).json()
    await mock.create(key="sk_of_nobody")
    unplaced = await mock.create(key="sk_of_nobody_else")
    await mock.create()

    second = (await make(mock, **{"from": "demo"})).json()

    assert "lastUnplaced" not in first
    assert second["lastUnplaced"] == unplaced.headers["x-mock-request-id"]


async def test_a_world_file_becomes_a_world(mock: Mock) -> None:
    """Its own keys are in force, its own seed is shown; without one a seed is drawn."""
    made = (await make(mock, **SMALL, seed=5, clock="frozen")).json()
    shown = await state(mock, made["id"])
    drawn = await make(mock, companies=SMALL["companies"], keys=[{"key": "sk_test_two", "companyId": COMPANY}])

    assert made["keys"] == {"sk_test_hooli": "sk_test_hooli"}
    assert (made["seed"], shown["companies"][0]["minutes"]["limit"]) == (5, 60)
    assert shown["clock"]["mode"] == "frozen"
    assert (await state(mock, drawn.json()["id"]))["seed"] == drawn.json()["seed"]
    assert (await mock.call("GET", "/interviews", "sk_test_hooli")).json()["total"] == 0


async def test_a_key_in_use_is_a_conflict(mock: Mock) -> None:
    """409 while a world has the key; once that world is gone the key is free."""
    taken = {"companies": SMALL["companies"], "keys": [{"key": ACME, "companyId": COMPANY}]}
    first = await make(mock, **SMALL)

    answers = [await make(mock, **taken), await make(mock, **SMALL)]
    await mock.control.delete(f"/worlds/{first.json()['id']}")
    again = await make(mock, **SMALL)

    assert [response.status_code for response in answers] == [409, 409]
    assert {response.json()["error"]["code"] for response in answers} == {"KEY_IN_USE"}
    assert ACME not in answers[0].text
    assert again.status_code == 201


async def test_worlds_are_listed_with_shortened_keys(mock: Mock) -> None:
    """Those loaded at start come first, by their names; no key stands there in full."""
    made = (await make(mock, **{"from": "demo", "name": "mine"})).json()

    rows = (await mock.control.get("/worlds")).json()

    assert [(row["id"], row["name"]) for row in rows] == [("demo", "demo"), (made["id"], "mine")]
    assert rows[0]["keys"] == [shortened(key) for key in KEYS]
    assert not any(key in str(rows) for key in (*KEYS, *made["keys"].values()))


async def test_a_removed_world_is_unknown(mock: Mock) -> None:
    """Its keys are refused with 401, its paths with 404; the others stay."""
    made = (await make(mock, **{"from": "demo"})).json()

    removed = await mock.control.delete(f"/worlds/{made['id']}")

    again = await mock.control.delete(f"/worlds/{made['id']}")
    assert (removed.status_code, again.status_code) == (204, 404)
    assert (await mock.create(key=made["keys"][ACME])).status_code == 401
    assert (await mock.create()).status_code == 201


async def test_a_reset_brings_back_the_seed(mock: Mock) -> None:
    """Resources, minutes, events, journal, readings and clock are those of the file; the keys and the seed stay."""
    before, seed = await mock.everything(), (await mock.state())["seed"]
    await mock.create(body(candidateId=MISSING, candidate=INLINE_CANDIDATE, job=INLINE_JOB))
    await mock.create(body(isTest=True))
    await mock.readings(create_status="200")
    await mock.advance(3600)

    response = await mock.control.post("/worlds/demo/reset")

    assert response.status_code == 204
    assert await mock.everything() == before
    assert await mock.requests() == []
    assert (await mock.control.get("/worlds/demo/clock")).json()["now"] == "2024-01-16T10:30:00.000Z"
    assert (await mock.state())["seed"] == seed
    assert (await mock.create()).status_code == 201


async def test_after_a_reset_the_same_calls_give_the_same_answers(mock: Mock) -> None:
    """Also where the seed was drawn: ids and analyses are made from it anew."""
    made = (await make(mock, **{"from": "demo", "clock": NOW})).json()
    first = (await mock.create(body(isTest=True), key=made["keys"][ACME])).json()

    await mock.control.post(f"/worlds/{made['id']}/reset")

    assert (await mock.create(body(isTest=True), key=made["keys"][ACME])).json() == first


async def test_worlds_share_nothing(mock: Mock) -> None:
    """Interviews, minutes, ids, events, journals, readings and clocks of one are not seen from the other."""
    made = (await make(mock, **{"from": "demo", "seed": 42, "clock": NOW})).json()
    before = await mock.everything()
    key = made["keys"][ACME]

    other = (await mock.call("POST", "/interviews", key, json=body())).json()
    await mock.control.put(f"/worlds/{made['id']}/readings", json={"create_status": "200"})
    await mock.control.post(f"/worlds/{made['id']}/clock/advance", json={"until": "idle"})

    assert await mock.everything() == before
    assert await mock.requests() == []
    assert (await mock.call("GET", f"/interviews/{other['id']}")).status_code == 404
    mine = (await mock.create()).json()
    assert mine["id"] == other["id"]  # the same seed and the same calls, in worlds of their own
    assert (mine["createdAt"], mine["status"]) == (NOW, "IN_PROGRESS")


async def test_state_shows_rows_as_in_a_world_file() -> None:
    """Everything of the file is there again, its webhooks with their secrets whole."""
    async with Mock(worlds=[demo(webhooks=[webhook("http://127.0.0.1:9/hook")])]) as mock:
        shown = await mock.state()

        file = demo()
        for kind in ("jobs", "agents", "candidates", "phoneNumbers"):
            pairs = zip(file[kind], shown[kind], strict=True)
            assert all(row.items() <= seen.items() for row, seen in pairs)
        assert [key["key"] for key in shown["keys"]] == KEYS
        assert [row["signingSecret"] for row in shown["webhooks"]] == [SECRET]
        initech = shown["companies"][2]
        assert (initech["id"], initech["name"]) == (company(INITECH), "Initech")
        assert initech["minutes"] == {"limit": 0, "used": 0, "reserved": 0, "left": 0}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", ""),
        ("POST", "/reset"),
        ("GET", "/state"),
        ("GET", "/clock"),
        ("PUT", "/clock"),
        ("POST", "/clock/advance"),
        ("GET", "/events"),
        ("GET", "/deliveries"),
        ("POST", "/deliveries/flush"),
        ("GET", "/deliveries/1"),
        ("POST", "/deliveries/1/redeliver"),
        ("GET", "/requests"),
        ("DELETE", "/requests"),
        ("GET", "/requests/1"),
        ("GET", "/readings"),
        ("PUT", "/readings"),
    ],
)
async def test_a_world_that_nobody_knows_is_not_found(mock: Mock, method: str, path: str) -> None:
    """Every call about a world says 404 where there is none, whatever its body."""
    response = await mock.control.request(method, f"/worlds/{'n' * 300}{path}")

    assert response.status_code == 404
    assert len(response.json()["error"]["message"]) < 200


async def test_a_world_is_made_in_milliseconds() -> None:
    """Over a real socket: the median of many copies; aim 5 ms, asserted with room for a busy machine."""
    times = []
    with MockServer() as server:
        async with httpx2.AsyncClient(base_url=server.url) as client:
            for _ in range(40):
                began = time.perf_counter()
                made = await client.post("/_mock/worlds", json={"from": "demo"})
                times.append(time.perf_counter() - began)
                assert made.status_code == 201
            listed = (await client.get("/_mock/worlds")).json()

    assert len(listed) == 41
    assert statistics.median(times) < 0.020


async def test_worlds_that_are_made_at_the_same_time_are_apart(mock: Mock) -> None:
    """Twenty at once: twenty ids, a hundred keys."""
    made = [response.json() for response in await asyncio.gather(*(make(mock, **{"from": "demo"}) for _ in range(20)))]

    assert len({world["id"] for world in made}) == 20
    assert len({key for world in made for key in world["keys"].values()}) == 100
