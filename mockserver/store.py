"""What a world has stored: one table per kind of resource, each row immutable and owned by a company."""

from collections.abc import Collection, Iterable, Iterator
from typing import Generic, Protocol, TypeVar

from mockserver.models import Agent, Candidate, Company, Interview, Job, PhoneNumber


class Owned(Protocol):
    """What a company owns."""

    @property
    def id(self) -> str: ...
    @property
    def company_id(self) -> str: ...


T = TypeVar("T", bound=Owned)


class Table(Generic[T]):
    """Rows by id, and each company's rows in the order in which they were first put."""

    def __init__(self, rows: Iterable[T] = ()) -> None:
        self._rows: dict[str, T] = {}
        self._owned: dict[str, dict[str, T]] = {}
        self._removed: dict[str, T] = {}
        for row in rows:
            self.put(row)

    def put(self, row: T) -> None:
        """Add a row, or replace the one with its id (which keeps its place and its company)."""
        self._rows[row.id] = row
        self._owned.setdefault(row.company_id, {})[row.id] = row

    def remove(self, id: str) -> None:
        """Take a row out; what still refers to it finds it in `past` only."""
        row = self._rows.pop(id)
        del self._owned[row.company_id][id]
        self._removed[id] = row

    def get(self, id: str) -> T | None:
        return self._rows.get(id)

    def __getitem__(self, id: str) -> T:
        return self._rows[id]

    def bury(self, row: T) -> None:
        """A row that was removed before this table was made."""
        self._removed[row.id] = row

    @property
    def removed(self) -> Collection[T]:
        return self._removed.values()

    def knows(self, id: str) -> bool:
        """Whether a row has the id, or had it."""
        return id in self._rows or id in self._removed

    def past(self, id: str) -> T:
        """A row that is, or was before it was removed."""
        row = self._rows.get(id)
        return self._removed[id] if row is None else row

    def __iter__(self) -> Iterator[T]:
        return iter(self._rows.values())

    def __len__(self) -> int:
        return len(self._rows)

    def of_company(self, company_id: str) -> Iterable[T]:
        return self._owned.get(company_id, {}).values()

    def ever_of_company(self, company_id: str) -> Iterator[T]:
        """Those that it owns, then those that it owned before they were removed."""
        yield from self.of_company(company_id)
        yield from (row for row in self._removed.values() if row.company_id == company_id)


class Interviews(Table[Interview]):
    """Found by their candidate and by their agent as well, which never change; in the order of creation."""

    def __init__(self, rows: Iterable[Interview] = ()) -> None:
        self._by_candidate: dict[str, dict[str, Interview]] = {}
        self._by_agent: dict[str, dict[str, Interview]] = {}
        super().__init__(rows)

    def put(self, row: Interview) -> None:
        super().put(row)
        self._by_candidate.setdefault(row.candidate_id, {})[row.id] = row
        self._by_agent.setdefault(row.agent_id, {})[row.id] = row

    def remove(self, id: str) -> None:
        row = self[id]
        super().remove(id)
        del self._by_candidate[row.candidate_id][id]
        del self._by_agent[row.agent_id][id]

    def of_candidate(self, candidate_id: str) -> Collection[Interview]:
        return self._by_candidate.get(candidate_id, {}).values()

    def of_agent(self, agent_id: str) -> Collection[Interview]:
        return self._by_agent.get(agent_id, {}).values()


class Store:
    def __init__(
        self,
        companies: Iterable[Company],
        phone_numbers: Iterable[PhoneNumber] = (),
        jobs: Iterable[Job] = (),
        agents: Iterable[Agent] = (),
        candidates: Iterable[Candidate] = (),
        interviews: Iterable[Interview] = (),
    ) -> None:
        self.companies = {company.id: company for company in companies}
        self.phone_numbers = Table(phone_numbers)
        self.jobs = Table(jobs)
        self.agents = Table(agents)
        self.candidates = Table(candidates)
        self.interviews = Interviews(interviews)
