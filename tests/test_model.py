"""Creates against an independent model: minutes are never oversold, refusals leave nothing, inline resources stay."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

import httpx2
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mockserver import MockServer, settings_for
from tests.support import (
    ACME,
    GENERIC,
    GLOBEX,
    INLINE_CANDIDATE,
    INLINE_JOB,
    LANGUAGE_TEST,
    MISSING,
    NOWHERE,
    ONE_JOB,
    PHONE,
    SCREENING,
    TWO_JOBS,
    Mock,
    agent,
    body,
    candidate,
    company,
    demo,
    job,
    phone_number,
    rules_of,
)

T = TypeVar("T")
LENGTHS = {SCREENING: 30, GENERIC: 15, PHONE: 10, LANGUAGE_TEST: 20}
HOUR = 3600


@dataclass
class Talk:
    """What the model knows of an interview: minutes held, how it will end."""

    agreed: int
    is_test: bool
    fails: bool
    over: bool = False


@dataclass
class Model:
    """A company's minutes as the documents tell them, and nothing else."""

    limit: int
    used: int = 0
    talks: dict[str, Talk] = field(default_factory=dict)

    @property
    def reserved(self) -> int:
        return sum(talk.agreed for talk in self.talks.values() if not talk.over and not talk.is_test)

    @property
    def left(self) -> int:
        return self.limit - self.used - self.reserved


class Creates(RuleBasedStateMachine):
    """Any sequence of creates, good and bad, reads, lists and moves of the clock."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.mock: Mock
        self.model: Model
        self.agents: dict[str, int] = {}  # id → minutes
        self.people: list[tuple[str, str, bool]] = []  # id, job, whether interviews with them fail
        self.count = 0

    def run(self, doing: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(doing)

    @initialize(minutes=st.integers(0, 150))
    def begin(self, minutes: int) -> None:
        file = demo()
        file["companies"][0]["minutes"] = minutes
        self.mock = Mock(worlds=[file])
        self.model = Model(minutes)
        self.agents = {agent(number): LENGTHS[number] for number in (SCREENING, PHONE, LANGUAGE_TEST)}
        self.people = [(candidate(ONE_JOB), job(1), False), (candidate(TWO_JOBS), job(2), False)]

    def teardown(self) -> None:
        self.run(self.mock.__aexit__(None, None, None))
        self.runner.close()

    def create(self, request: dict[str, Any], minutes: int, fails: bool) -> Any:
        """Send a create that only billing can refuse, and hold the answer against the model."""
        is_test = request.get("isTest", False)
        fits = is_test or minutes <= self.model.left
        before = None if fits else self.run(self.mock.everything())
        response = self.run(self.mock.create(request))
        if not fits:
            assert (response.status_code, rules_of(response)) == (403, ["BILLING-LIMIT"])
            assert self.run(self.mock.everything()) == before
            return None
        assert response.status_code == 201, response.text
        answer = response.json()
        assert answer["id"] not in self.model.talks
        self.model.talks[answer["id"]] = Talk(minutes, is_test, fails, over=is_test)
        return answer

    @rule(data=st.data(), is_test=st.booleans(), hours=st.none() | st.integers(1, 700))
    def create_with_what_is_there(self, data: st.DataObject, is_test: bool, hours: int | None) -> None:
        """Any candidate and agent so far, inline ones too, by their ids."""
        person, named, fails = data.draw(st.sampled_from(self.people))
        agent_id = data.draw(st.sampled_from(sorted(self.agents)))
        request = body(candidateId=person, agentId=agent_id, jobId=named, isTest=is_test, **self.later(hours))

        answer = self.create(request, self.agents[agent_id], fails)

        if answer is not None:
            assert (answer["candidateId"], answer["agentId"], answer["jobId"]) == (person, agent_id, named)

    def later(self, hours: int | None) -> dict[str, str]:
        if hours is None:
            return {}
        return {"scheduleTime": (self.mock.world.now() + timedelta(hours=hours)).isoformat()}

    @rule(
        minutes=st.integers(1, 60),
        tag=st.sampled_from(["", "+failed", "+no-answer", "+analysis-failed"]),
        by_phone=st.booleans(),
        is_test=st.booleans(),
    )
    def create_inline(self, minutes: int, tag: str, by_phone: bool, is_test: bool) -> None:
        """New candidate, job and agent; from then on they are used like the others."""
        self.count += 1
        phone = {"type": "PHONE", "companyPhoneNumberId": phone_number()} if by_phone else {"type": "ONLINE"}
        made = {"name": f"Agent {self.count}", "focus": "SCREENING", "language": "EN", "duration": minutes, **phone}
        person = {**INLINE_CANDIDATE, "email": f"jane{self.count}{tag}@example.com"}
        request = {"candidate": person, "agent": made, "job": {"title": f"Job number {self.count}"}, "isTest": is_test}
        fails = tag in ("+failed", "+no-answer")

        answer = self.create(request, minutes, fails)

        if answer is not None:
            self.agents[answer["agentId"]] = minutes
            self.people.append((answer["candidateId"], answer["jobId"], fails))
            self.check_is_stored(answer, request)

    def check_is_stored(self, answer: Any, request: dict[str, Any]) -> None:
        state = self.run(self.mock.state())
        by_id = {kind: {row["id"]: row for row in state[kind]} for kind in ("candidates", "agents", "jobs")}
        person, made = by_id["candidates"][answer["candidateId"]], by_id["agents"][answer["agentId"]]
        assert (person["email"], person["jobIds"]) == (request["candidate"]["email"], [answer["jobId"]])
        assert (made["duration"], made["name"]) == (request["agent"]["duration"], request["agent"]["name"])
        assert by_id["jobs"][answer["jobId"]]["title"] == request["job"]["title"]
        assert {person["companyId"], made["companyId"]} == {company()}

    @rule(
        case=st.sampled_from(
            [
                ({"candidateId": MISSING}, 400, "CANDIDATE-XOR"),
                ({"candidate": INLINE_CANDIDATE, "job": INLINE_JOB, "jobId": job(1)}, 400, "CANDIDATE-XOR, JOB-XOR"),
                ({"candidateId": NOWHERE, "job": INLINE_JOB}, 404, "CANDIDATE-EXISTS"),
                ({"agentId": agent(SCREENING, GLOBEX), "job": INLINE_JOB}, 403, "COMPANY-OWN"),
                ({"agentId": agent(GENERIC), "job": INLINE_JOB}, 400, "FOCUS-GENERIC"),
                ({"scheduleTime": "2020-01-01T00:00:00Z"}, 400, "SCHEDULE-FUTURE"),
            ]
        )
    )
    def create_what_breaks_a_rule(self, case: tuple[dict[str, Any], int, str]) -> None:
        """A refusal leaves the whole state as it was, ids to come included."""
        changes, status, rules = case

        self.run(self.mock.refused(self.mock.create(body(**changes)), status, *rules.split(", ")))

    @rule(seconds=st.sampled_from([30, 60, HOUR, 24 * HOUR, None]))
    def advance(self, seconds: int | None) -> None:
        """Interviews end: the completed ones cost their real minutes, the failed ones nothing."""
        self.run(self.mock.advance(seconds))

        rows = {row["id"]: row for row in self.run(self.mock.state())["interviews"]}
        for id, talk in self.model.talks.items():
            row = rows[id]
            if not talk.over and row["status"] in ("COMPLETED", "FAILED"):
                talk.over = True
                assert row["status"] == ("FAILED" if talk.fails else "COMPLETED")
                self.model.used += row.get("durationMinutes", 0)
            if row["status"] == "COMPLETED" and not talk.is_test:
                assert -(-talk.agreed * 6 // 10) <= row["durationMinutes"] <= talk.agreed
        assert seconds is not None or all(talk.over for talk in self.model.talks.values())

    @precondition(lambda self: self.model.talks)
    @rule(data=st.data())
    def read(self, data: st.DataObject) -> None:
        id = data.draw(st.sampled_from(sorted(self.model.talks)))

        shown = self.run(self.mock.call("GET", f"/interviews/{id}")).json()
        foreign = self.run(self.mock.call("GET", f"/interviews/{id}", GLOBEX))

        talk = self.model.talks[id]
        assert shown["isTest"] is talk.is_test
        assert (shown["status"] in ("COMPLETED", "FAILED")) == talk.over
        assert foreign.status_code == 403

    @rule(page=st.integers(1, 3), limit=st.sampled_from([1, 2, 7, 100]))
    def list_pages(self, page: int, limit: int) -> None:
        shown = self.run(self.mock.call("GET", f"/interviews?page={page}&limit={limit}")).json()

        ids = list(self.model.talks)
        assert shown["total"] == len(ids)
        assert len(shown["data"]) == len(ids[(page - 1) * limit : page * limit])
        assert {row["id"] for row in shown["data"]} <= set(ids)

    @invariant()
    def minutes_add_up(self) -> None:
        """Never oversold; used and reserved are what the model says, and every inline resource is still there."""
        shown = self.mock.world.store.companies[company()]

        assert (shown.minutes_used, shown.minutes_reserved) == (self.model.used, self.model.reserved)
        assert 0 <= shown.minutes_left == self.model.left
        assert len(self.mock.world.store.interviews) == len(self.model.talks)
        assert {id for id, *_ in self.people} <= {row.id for row in self.mock.world.store.candidates}
        assert set(self.agents) <= {row.id for row in self.mock.world.store.agents}


TestCreates = pytest.mark.rule("BILLING-LIMIT", "TEST-BILLING", "INLINE-PERMANENT", "JOB-INLINE")(Creates.TestCase)
TestCreates.settings = settings(
    max_examples=60, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)


@pytest.mark.rule("BILLING-LIMIT")
async def test_parallel_creates_never_oversell_the_last_minutes() -> None:
    """A hundred requests at once over real sockets, several rounds: exactly as many get 201 as minutes are left for."""
    fitting = (0, 1, 4, 37, 100)
    with MockServer(settings_for(rate_limit="off")) as server:
        async with httpx2.AsyncClient(base_url=server.url, limits=httpx2.Limits(max_connections=100)) as client:
            for count in fitting:
                made = await client.post("/_mock/worlds", json={"from": "demo", "minutes": count * 30 + 29})
                headers = {"Authorization": f"Bearer {made.json()['keys'][ACME]}"}
                requests = (client.post("/interviews", json=body(), headers=headers) for _ in range(100))

                answers = [response.status_code for response in await asyncio.gather(*requests)]

                state = (await client.get(f"/_mock/worlds/{made.json()['id']}/state")).json()
                assert sorted(answers) == [201] * count + [403] * (100 - count)
                assert state["companies"][0]["minutes"]["left"] == 29
                assert len(state["interviews"]) == count
