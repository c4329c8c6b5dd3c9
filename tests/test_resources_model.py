"""All resources against an independent model: what refers to what, counts, pages, minutes, in any order of calls."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.support import (
    ATS,
    INLINE_AGENT,
    INLINE_CANDIDATE,
    Mock,
    agent,
    candidate,
    company,
    demo,
    job,
    phone_number,
    rules_of,
)

OVER = frozenset({"COMPLETED", "FAILED"})
FAILING = frozenset({"+failed", "+no-answer"})
TAGS = ("", "", "+failed", "+no-answer", "+analysis-failed")  # of an e-mail: how an interview ends
FEW = 2
KINDS = ("jobs", "candidates", "agents", "interviews", "webhooks", "company")


@dataclass
class Person:
    jobs: list[str]
    fails: bool = False


@dataclass
class Machine:
    """An agent: minutes of its interviews, whether it calls."""

    minutes: int
    calls: bool


@dataclass
class Talk:
    person: str
    agent: str
    job: str
    agreed: int
    is_test: bool
    calls: bool
    fails: bool
    status: str
    spent: int = 0

    @property
    def held(self) -> int:
        return 0 if self.is_test or self.status in OVER else self.agreed


@dataclass
class Model:
    """What a company has, as the documents tell it; dicts keep the order of creation, as lists do."""

    limit: int
    jobs: dict[str, str] = field(default_factory=dict)
    candidates: dict[str, Person] = field(default_factory=dict)
    agents: dict[str, Machine] = field(default_factory=dict)
    interviews: dict[str, Talk] = field(default_factory=dict)
    webhooks: dict[str, str] = field(default_factory=dict)
    company: dict[str, str] = field(default_factory=dict)  # those that the ATS key manages
    gone: set[str] = field(default_factory=set)
    lost: int = 0  # minutes that deleted interviews had taken
    lost_count: int = 0

    @property
    def used(self) -> int:
        return self.lost + sum(talk.spent for talk in self.interviews.values())

    @property
    def reserved(self) -> int:
        return sum(talk.held for talk in self.interviews.values())

    def forget_talk(self, id: str) -> None:
        talk = self.interviews.pop(id)
        self.gone.add(id)
        self.lost += talk.spent
        self.lost_count += talk.status == "COMPLETED" and not talk.is_test


class Resources(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.mock: Mock
        self.model: Model
        self.count = 0

    @initialize(minutes=st.sampled_from([45, 200, 10_000]))
    def begin(self, minutes: int) -> None:
        file = demo()
        file["companies"][0]["minutes"] = minutes
        own = {kind: [row for row in file[kind] if row["companyId"] == company()] for kind in ("jobs", "agents")}
        self.mock = Mock(worlds=[file], rate_limit="off")
        self.model = Model(
            minutes,
            jobs={row["id"]: row["title"] for row in own["jobs"]},
            agents={row["id"]: Machine(row["duration"], row["type"] == "PHONE") for row in own["agents"]},
            candidates={
                candidate(1): Person([job(1)]),
                candidate(2): Person([job(1), job(2)]),
                candidate(3): Person([]),
            },
            company={row["id"]: row["name"] for row in file["companies"][:2]},
        )

    def teardown(self) -> None:
        if hasattr(self, "mock"):
            self.runner.run(self.mock.__aexit__(None, None, None))
        self.runner.close()

    def send(self, method: str, path: str, asked: Any = None, kind: str = "") -> httpx2.Response:
        more = {} if asked is None else {"json": asked}
        key = {"key": ATS} if (kind or path).startswith(("company", "/company")) else {}
        return self.runner.run(self.mock.call(method, path, **key, **more))

    def done(self, method: str, path: str, asked: Any = None) -> Any:
        """An answer that has to be a good one."""
        response = self.send(method, path, asked)
        assert response.status_code < 300, (method, path, asked, response.text)
        return response.json() if response.content else None

    def one_of(self, data: st.DataObject, kind: str) -> str:
        ids: list[str] = list(getattr(self.model, kind))
        return data.draw(st.sampled_from(ids), label=kind)

    def named(self, what: str) -> str:
        self.count += 1
        return f"{what} number {self.count}"

    # --- one rule for each kind of change, so that interviews get their turns

    @rule(data=st.data(), kind=st.sampled_from(["job", "candidate", "candidate", "agent", "webhook", "company"]))
    def create(self, data: st.DataObject, kind: str) -> None:
        getattr(self, f"create_{kind}")(data)

    @rule(data=st.data(), change=st.sampled_from(["update_job", "assign", "update_agent"]))
    def update(self, data: st.DataObject, change: str) -> None:
        getattr(self, change)(data)

    @rule(data=st.data(), kind=st.sampled_from(["job", "candidate", "agent", "webhook_or_company"]))
    def delete(self, data: st.DataObject, kind: str) -> None:
        """Some always stay, for others to refer to."""
        if kind == "webhook_or_company" or len(getattr(self.model, f"{kind}s")) > FEW:
            getattr(self, f"delete_{kind}")(data)

    # --- jobs

    def create_job(self, _data: st.DataObject) -> None:
        title = self.named("Job")
        self.model.jobs[self.done("POST", "/jobs", {"title": title})["id"]] = title

    def update_job(self, data: st.DataObject) -> None:
        id, title = self.one_of(data, "jobs"), self.named("Job")
        assert self.done("PATCH", f"/jobs/{id}", {"title": title})["title"] == title
        self.model.jobs[id] = title

    def delete_job(self, data: st.DataObject) -> None:
        """Candidates lose the assignment; interviews keep the id."""
        id = self.one_of(data, "jobs")
        assert self.done("DELETE", f"/jobs/{id}") is True
        del self.model.jobs[id]
        self.model.gone.add(id)
        for person in self.model.candidates.values():
            person.jobs = [other for other in person.jobs if other != id]

    # --- candidates

    def create_candidate(self, data: st.DataObject) -> None:
        tag = data.draw(st.sampled_from(TAGS))
        jobs = data.draw(st.lists(st.sampled_from([*self.model.jobs] or [""]), unique=True, max_size=3))
        jobs = [id for id in jobs if id]
        assigned = {"jobIds": jobs} if jobs else {}
        asked = {**INLINE_CANDIDATE, "email": f"jane{self.named(tag).split()[-1]}{tag}@example.com", **assigned}
        made = self.done("POST", "/candidates", asked)
        assert (made["jobIds"], made["interviewCount"], made["analysisCount"]) == (jobs, 0, 0)
        self.model.candidates[made["id"]] = Person(jobs, tag in FAILING)

    def assign(self, data: st.DataObject) -> None:
        id, job_id = self.one_of(data, "candidates"), self.one_of(data, "jobs")
        self.done("PATCH", f"/candidates/{id}", {"jobIds": [job_id]})
        self.model.candidates[id].jobs = [job_id]

    def delete_candidate(self, data: st.DataObject) -> None:
        """Its interviews go on, and keep its id."""
        id = self.one_of(data, "candidates")
        assert self.done("DELETE", f"/candidates/{id}") is True
        del self.model.candidates[id]
        self.model.gone.add(id)

    # --- agents

    def create_agent(self, data: st.DataObject) -> None:
        minutes, calls = data.draw(st.integers(1, 60)), data.draw(st.booleans())
        phone = {"type": "PHONE", "companyPhoneNumberId": phone_number()} if calls else {}
        made = self.done("POST", "/agents", {**INLINE_AGENT, "duration": minutes, **phone})
        self.model.agents[made["id"]] = Machine(minutes, calls)

    def update_agent(self, data: st.DataObject) -> None:
        """Interviews to come keep to what they reserved."""
        id, minutes = self.one_of(data, "agents"), data.draw(st.integers(1, 60))
        assert self.done("PATCH", f"/agents/{id}", {"duration": minutes})["duration"] == minutes
        self.model.agents[id].minutes = minutes

    def delete_agent(self, data: st.DataObject) -> None:
        """Its interviews go with it."""
        id = self.one_of(data, "agents")
        assert self.done("DELETE", f"/agents/{id}") is True
        del self.model.agents[id]
        self.model.gone.add(id)
        for talk in [talk for talk, row in self.model.interviews.items() if row.agent == id]:
            self.model.forget_talk(talk)

    # --- interviews

    @precondition(lambda self: any(self.bookable()))
    @rule(data=st.data(), hours=st.none() | st.integers(1, 700))
    def create_interview(self, data: st.DataObject, hours: int | None) -> None:
        """Refused only for want of minutes."""
        is_test = data.draw(st.sampled_from([False, False, True]))
        all_of_them, by_phone = list(self.bookable()), data.draw(st.booleans())
        fitting = [each for each in all_of_them if self.model.agents[each[1]].calls == by_phone] or all_of_them
        person, agent_id, job_id = data.draw(st.sampled_from(fitting))
        who = self.model.agents[agent_id]
        asked = {"candidateId": person, "agentId": agent_id, "jobId": job_id, "isTest": is_test}
        if hours is not None:
            asked["scheduleTime"] = (self.mock.world.now() + timedelta(hours=hours)).isoformat()
        response = self.send("POST", "/interviews", asked)
        if not is_test and who.minutes > self.model.limit - self.model.used - self.model.reserved:
            assert (response.status_code, rules_of(response)) == (403, ["BILLING-LIMIT"])
            return
        assert response.status_code == 201, response.text
        made, fails = response.json(), self.model.candidates[person].fails
        assert (made["candidateId"], made["agentId"], made["jobId"]) == (person, agent_id, job_id)
        self.model.interviews[made["id"]] = Talk(
            person, agent_id, job_id, who.minutes, is_test, who.calls, fails, made["status"]
        )

    def bookable(self) -> Iterator[tuple[str, str, str]]:
        """Candidates, agents and jobs that go together: the GENERIC agent wants none."""
        for person, row in self.model.candidates.items():
            for job_id in row.jobs:
                yield from ((person, id, job_id) for id in self.model.agents if id != agent(2))

    @precondition(lambda self: self.model.interviews)
    @rule(data=st.data())
    def delete_interview(self, data: st.DataObject) -> None:
        """What it held comes back, what it took stays taken."""
        id = self.one_of(data, "interviews")
        assert self.done("DELETE", f"/interviews/{id}") is True
        self.model.forget_talk(id)

    @rule(seconds=st.sampled_from([30, 600, 3600, 24 * 3600, None]))
    def advance(self, seconds: int | None) -> None:
        """Interviews move on; the completed ones cost their real minutes, the failed ones nothing."""
        self.runner.run(self.mock.advance(seconds))
        for id, talk in self.model.interviews.items():
            row = self.done("GET", f"/interviews/{id}")
            if talk.status not in OVER and row["status"] == "COMPLETED":
                assert not talk.fails
                assert -(-talk.agreed * 6 // 10) <= row["durationMinutes"] <= talk.agreed
                talk.spent = row["durationMinutes"]
            assert row["status"] != "FAILED" or talk.fails
            assert talk.status not in OVER or row["status"] == talk.status
            talk.status = row["status"]

    # --- call attempts

    @precondition(lambda self: self.model.interviews)
    @rule(data=st.data(), hours=st.none() | st.integers(1, 48))
    def call_again(self, data: st.DataObject, hours: int | None) -> None:
        """Before the first call and between calls; a failed interview begins anew if there are minutes for it."""
        id = self.one_of(data, "interviews")
        talk, before = self.model.interviews[id], self.done("GET", f"/interviews/{id}")
        asked = {} if hours is None else {"scheduledAt": (self.mock.world.now() + timedelta(hours=hours)).isoformat()}
        response = self.send("POST", f"/interviews/{id}/call-attempts", asked)
        expected = self.refusal_of_a_call(talk, before)
        assert (response.status_code, rules_of(response)) == expected or (response.status_code == 201 == expected[0])
        if response.status_code == 201:
            after = self.done("GET", f"/interviews/{id}")
            talk.agreed = self.minutes_now(talk) if talk.status == "FAILED" else talk.agreed
            talk.status = after["status"]
            assert sum(call["status"] in ("SCHEDULED", "IN_PROGRESS") for call in after["callAttempts"]) == 1
            assert talk.status == ("SCHEDULED" if hours and before["status"] != "IN_PROGRESS" else "IN_PROGRESS")

    def minutes_now(self, talk: Talk) -> int:
        return self.model.agents[talk.agent].minutes  # an agent that is deleted takes its interviews along

    def refusal_of_a_call(self, talk: Talk, shown: Any) -> tuple[int, list[str]]:
        if not talk.calls:
            return 400, ["ATTEMPT-PHONE"]
        if any(call["status"] == "IN_PROGRESS" for call in shown["callAttempts"]):
            return 400, ["ATTEMPT-IDLE"]
        if talk.status == "COMPLETED":
            return 400, ["ATTEMPT-STATE"]
        left = self.model.limit - self.model.used - self.model.reserved
        if talk.status == "FAILED" and self.minutes_now(talk) > left:
            return 403, ["BILLING-LIMIT"]
        return 201, []

    @precondition(lambda self: any(talk.calls for talk in self.model.interviews.values()))
    @rule(data=st.data(), hours=st.none() | st.integers(1, 48))
    def move_or_cancel_a_call(self, data: st.DataObject, hours: int | None) -> None:
        """One that is SCHEDULED can be moved, one that is not under way deleted; others stay as they are."""
        id = data.draw(st.sampled_from([id for id, talk in self.model.interviews.items() if talk.calls]))
        calls = self.done("GET", f"/interviews/{id}")["callAttempts"]
        if not calls:
            return
        call = data.draw(st.sampled_from(calls))
        path = f"/interviews/{id}/call-attempts/{call['id']}"
        at = None if hours is None else self.mock.world.now() + timedelta(hours=hours)
        moved = None if at is None else {"scheduledAt": at.isoformat()}
        response = self.send("DELETE" if moved is None else "PATCH", path, moved)
        after = self.done("GET", f"/interviews/{id}")["callAttempts"]
        allowed = call["status"] != "IN_PROGRESS" if moved is None else call["status"] == "SCHEDULED"
        assert response.status_code == (204 if allowed else 400)
        assert allowed or after == calls
        assert len(after) == len(calls) - (allowed and moved is None)

    # --- webhooks and companies

    def create_webhook(self, _data: st.DataObject) -> None:
        name = self.named("Hook")
        asked = {"url": "http://127.0.0.1:9/", "events": ["ping"], "name": name}
        self.model.webhooks[self.done("POST", "/webhooks", asked)["id"]] = name

    def create_company(self, _data: st.DataObject) -> None:
        name = self.named("Company")
        self.model.company[self.done("POST", "/company", {"name": name})["id"]] = name

    def delete_webhook_or_company(self, data: st.DataObject) -> None:
        """The two companies of the world stay."""
        made = [("webhooks", id) for id in self.model.webhooks] + [("company", id) for id in [*self.model.company][2:]]
        if not made:
            return
        kind, id = data.draw(st.sampled_from(made))
        self.done("DELETE", f"/{kind}/{id}")
        del getattr(self.model, kind)[id]
        self.model.gone.add(id)

    # --- what is read

    @rule(data=st.data(), kind=st.sampled_from(KINDS), limit=st.sampled_from([1, 2, 3, 5, 100]), grows=st.booleans())
    def read_pages(self, data: st.DataObject, kind: str, limit: int, grows: bool) -> None:
        """Pages of any size make up the whole in the order of creation, also if it grows meanwhile."""
        first = self.done("GET", f"/{kind}?limit={limit}")
        if grows and kind in ("jobs", "webhooks"):
            self.create_job(data) if kind == "jobs" else self.create_webhook(data)
        pages = -(-len(getattr(self.model, kind)) // limit)
        ids = [row["id"] for row in first["data"]]
        if len(ids) < limit:  # the only page had room, so what was made since is on it
            ids = [row["id"] for row in self.done("GET", f"/{kind}?limit={limit}")["data"]]
        for number in range(2, pages + 1):
            ids += [row["id"] for row in self.done("GET", f"/{kind}?limit={limit}&page={number}")["data"]]
        beyond = self.done("GET", f"/{kind}?limit={limit}&page={pages + 1}")
        expected = [*getattr(self.model, kind)]
        assert ids == expected
        assert (beyond["data"], beyond["total"], beyond["totalPages"]) == ([], len(expected), pages)

    @rule(data=st.data())
    def read_candidate(self, data: st.DataObject) -> None:
        """Its counts are those of its lists, and of the model."""
        id = self.one_of(data, "candidates")
        shown = self.done("GET", f"/candidates/{id}")
        talks = self.done("GET", f"/candidates/{id}/interviews?limit=100")
        analyses = self.done("GET", f"/candidates/{id}/analyses?limit=100")
        theirs = [talk for talk, row in self.model.interviews.items() if row.person == id]
        assert shown["jobIds"] == self.model.candidates[id].jobs
        assert [row["id"] for row in talks["data"]] == theirs
        assert shown["interviewCount"] == talks["total"] == len(theirs)
        told = [row["analysis"]["id"] for row in talks["data"] if "analysis" in row]
        assert [row["id"] for row in analyses["data"]] == told
        assert shown["analysisCount"] == analyses["total"] == len(told)
        self.read_candidates_of_a_job(data)

    def read_candidates_of_a_job(self, data: st.DataObject) -> None:
        id = self.one_of(data, "jobs")
        found = self.done("GET", f"/candidates?jobId={id}&limit=100")["data"]
        assert [row["id"] for row in found] == [one for one, row in self.model.candidates.items() if id in row.jobs]

    @precondition(lambda self: self.model.interviews)
    @rule(data=st.data())
    def follow_ids(self, data: st.DataObject) -> None:
        """What an interview names can be read; but for what was deleted, whose id an interview keeps."""
        talk = self.model.interviews[self.one_of(data, "interviews")]
        named = (("candidates", talk.person), ("agents", talk.agent), ("jobs", talk.job))
        for kind, id in named:
            status = self.send("GET", f"/{kind}/{id}").status_code
            assert status == (200 if id in getattr(self.model, kind) else 404)
            assert status == 200 or (id in self.model.gone and kind != "agents")

    @precondition(lambda self: self.model.gone)
    @rule(data=st.data(), kind=st.sampled_from(KINDS))
    def read_what_is_gone(self, data: st.DataObject, kind: str) -> None:
        id = data.draw(st.sampled_from(sorted(self.model.gone)))
        assert self.send("GET", f"/{kind}/{id}").status_code == 404

    @rule()
    def read_usage(self) -> None:
        """What was used, by interviews that were deleted, too; tests cost nothing."""
        shown = self.done("GET", "/billing/usage?start=2024-01-01&end=2090-01-01")
        paid = [row for row in self.model.interviews.values() if row.status == "COMPLETED" and not row.is_test]
        assert shown["totalMinutesUsed"] == self.model.used
        assert shown["totalInterviews"] == len(paid) + self.model.lost_count

    @invariant()
    def minutes_add_up(self) -> None:
        """Never oversold; used and reserved are what the model says."""
        shown = self.mock.world.store.companies[company()]
        assert (shown.minutes_used, shown.minutes_reserved) == (self.model.used, self.model.reserved)
        assert 0 <= shown.minutes_left == self.model.limit - self.model.used - self.model.reserved


TestResources = pytest.mark.rule(
    "PAGINATION", "JOB-DELETE", "CANDIDATE-DELETE", "AGENT-DELETE", "INTERVIEW-DELETE", "BILLING-LIMIT", "USAGE-TEST"
)(Resources.TestCase)
TestResources = pytest.mark.timeout(240)(TestResources)  # a third of a minute of one core, more when it is busy
TestResources.settings = settings(
    max_examples=200, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck)
)
