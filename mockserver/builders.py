"""
Rows for the worlds of tests, each with sensible defaults: `instaview.seed(...)` puts them there.

    backend = job(title="Backend engineer")
    jane = candidate(jobs=[backend], email="jane+no-answer@example.com")
    instaview.seed(jane, agent(focus="SCREENING", duration=30))

Fields have the API's names; None leaves one out that has a default. A row has its `.id` at once, made from the running
test's name and a count, so the same in every run. It brings along the rows that it refers to.
"""

import os
import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any, Protocol, TypedDict, Unpack
from uuid import UUID

from mockserver.errors import meant
from mockserver.ids import uuid_of
from mockserver.signing import secret_for

__all__ = ["Company", "Row", "Webhook", "agent", "candidate", "company", "job", "webhook"]

__tracebackhide__ = True  # pytest shows the line that called

EVENTS = ("interview.started", "interview.completed", "interview.failed", "analysis.completed", "analysis.failed")
Metadata = Mapping[str, Any]


class HasId(Protocol):
    @property
    def id(self) -> str: ...


RowRef = Mapping[str, Any] | str | UUID  # what is built here, a row of `state()`, or an id
CompanyRef = RowRef | HasId  # also one of `instaview.companies`, or a name

_REFERENCES = {
    "webhooks": "a webhook is what register() gave, what webhook() built, a row of state(), or an id",
    "jobs": "a job is what job() built, a row of state(), or an id",
    "companies": "a company is what company() built, one of `instaview.companies`, a row of state(), an id or a name",
}


class Row(Mapping[str, Any]):
    """
    A row of a world file, not in any world yet: its fields by their names there, and its `.id`.

    Attributes:
        kind: the list of a world file that it belongs to, such as `jobs`.
        refers_to: rows without which it cannot be seeded.
    """

    def __init__(self, kind: str, fields: Mapping[str, Any], refers_to: Iterable["Row"] = ()) -> None:
        self.kind, self.refers_to = kind, tuple(refers_to)
        given = {name: value for name, value in fields.items() if value is not None and name != "id"}
        self._fields = {"id": _own_id(fields, kind), **given}

    @property
    def id(self) -> str:
        return str(self._fields["id"]).lower()

    def __getitem__(self, name: str) -> Any:
        return self._fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.kind}, {self._fields})"


class Company(Row):
    """A company to be."""

    @property
    def api_key(self) -> str:
        """A key of its own that may do everything."""
        return str(self.refers_to[0]["key"])


class Webhook(Row):
    """A webhook to be."""

    @property
    def secret(self) -> str:
        """What its deliveries are signed with."""
        return str(self["signingSecret"])


class Fields(TypedDict, total=False):
    """What a row of any kind may have."""

    id: str | UUID
    createdAt: str
    updatedAt: str


class CompanyFields(Fields, total=False):
    name: str
    minutes: int
    billingSystem: str
    description: str
    ownerEmail: str
    metadata: Metadata


class JobFields(Fields, total=False):
    title: str
    description: str
    jobUrl: str
    benefits: str
    requiredSkills: Sequence[str]
    niceToHaveSkills: Sequence[str]
    languageRequirements: Sequence[Mapping[str, str]]
    languages: Sequence[str]
    otherRequirements: str
    education: Sequence[str]
    experience: str
    contractType: str
    status: str
    location: Mapping[str, str]
    salary: Mapping[str, Any]
    humanRecruiter: str
    metadata: Metadata


class AgentFields(Fields, total=False):
    name: str
    type: str
    focus: str
    language: str
    duration: int
    questions: Sequence[str]
    instructions: str
    voiceId: str
    cefrLevel: str
    companyPhoneNumberId: str
    metadata: Metadata


class CandidateFields(Fields, total=False):
    firstName: str
    lastName: str
    email: str | None
    phoneNumber: str | None
    gdprExpiryDate: str
    status: str
    metadata: Metadata


class WebhookFields(Fields, total=False):
    name: str
    description: str
    signingSecret: str
    headers: Sequence[Mapping[str, str]]
    isActive: bool
    maxRetries: int
    timeoutMs: int
    apiKeyId: str
    consecutiveFailures: int
    circuitOpenedAt: str


def company(**fields: Unpack[CompanyFields]) -> Company:
    """A company with 500 minutes; its `.api_key` may do everything."""
    _check(company, fields, CompanyFields)
    id = _own_id(fields, "companies")
    # No two worlds of a server may share a key, so that of one row differs from process to process.
    key = Row("keys", {"key": f"sk_test_{secrets.token_hex(16)}", "companyId": id})
    return Company("companies", {"name": "Umbrella", "minutes": 500, **fields, "id": id}, [key])


def job(*, company: CompanyRef | None = None, **fields: Unpack[JobFields]) -> Row:
    """A job `Software engineer`."""
    _check(job, fields, JobFields, "company")
    return Row("jobs", {"title": "Software engineer", **fields, **_owner(company)}, _rows(company))


def agent(*, company: CompanyRef | None = None, **fields: Unpack[AgentFields]) -> Row:
    """An agent: SCREENING, ONLINE, English, 30 minutes. One by PHONE brings a phone number along."""
    _check(agent, fields, AgentFields, "company")
    row = {"name": "Robin", "type": "ONLINE", "focus": "SCREENING", "language": "EN", "duration": 30, **fields}
    owner, refers_to = _owner(company), list(_rows(company))
    if row["type"] == "PHONE" and "companyPhoneNumberId" not in row:
        number = Row("phoneNumbers", {"number": "+421220000009", **owner})
        row["companyPhoneNumberId"] = number.id
        refers_to.append(number)
    return Row("agents", {**row, **owner}, refers_to)


def candidate(
    *, jobs: RowRef | Iterable[RowRef] = (), company: CompanyRef | None = None, **fields: Unpack[CandidateFields]
) -> Row:
    """
    Jane Doe with an e-mail address and a phone number, whose consent does not expire.

    Args:
        jobs: those she is assigned to: built here, rows of `state()`, or ids.
        company: left out, that of her jobs where these were built with one.
        fields: a tag in the e-mail's local part decides how her interviews end: `jane+no-answer@example.com`.
    """
    _check(candidate, fields, CandidateFields, "jobs", "company")
    id = _own_id(fields, "candidates")
    assigned = [jobs] if isinstance(jobs, str | Mapping) or not isinstance(jobs, Iterable) else list(jobs)
    job_ids = [id_of(ref, "jobs") for ref in assigned]
    built = list(_rows(*assigned))
    employer = company or next((row["companyId"] for row in built if "companyId" in row), None)
    name = {"firstName": "Jane", "lastName": "Doe", "gdprExpiryDate": "9999-12-31"}
    contact = {"email": f"jane.{id[:8]}@example.com", "phoneNumber": "+421900000001"}
    jane = {"id": id, **name, **contact, "jobIds": job_ids}
    return Row("candidates", {**jane, **fields, **_owner(employer)}, [*built, *_rows(company)])


def webhook(
    url: str, events: Sequence[str] = EVENTS, *, company: CompanyRef | None = None, **fields: Unpack[WebhookFields]
) -> Webhook:
    """
    A webhook, signed with its `.secret`.

    Args:
        url: on loopback, unless the server was told to allow more.
        events: types; left out, all that tell of interviews.
    """
    _check(webhook, fields, WebhookFields, "url", "events", "company")
    if not isinstance(url, str):
        raise TypeError(f"webhook() takes the URL of a receiver, not {url!r:.200}")
    types = types_in(events)
    id = _own_id(fields, "webhooks")
    made = {"id": id, "url": url, "events": types, "signingSecret": secret_for(id)}
    return Webhook("webhooks", {**made, **fields, **_owner(company)}, _rows(company))


def _rows(*refs: CompanyRef | None) -> Iterator[Row]:
    return (ref for ref in refs if isinstance(ref, Row))


def _owner(company: CompanyRef | None) -> dict[str, str]:
    return {} if company is None else {"companyId": id_of(company, "companies")}


def types_in(events: Sequence[str]) -> list[str]:
    """
    Raises:
        TypeError: they are no list.
    """
    if isinstance(events, str) or not isinstance(events, Iterable):
        raise TypeError(f"events is a list of types, such as ['interview.completed'], not {events!r:.200}")
    return list(events)


def id_of(ref: CompanyRef, kind: str) -> str:
    """
    The id that a reference means; of a company it may be the name.

    Raises:
        TypeError: it refers to no row of this kind.
    """
    id: object = ref
    if isinstance(ref, Row):
        id = ref.id if ref.kind == kind else None
    elif not isinstance(ref, str):
        id = ref.get("id") if isinstance(ref, Mapping) else getattr(ref, "id", ref)
    if isinstance(id, UUID):
        return str(id)
    if not isinstance(id, str):
        raise TypeError(f"{_REFERENCES[kind]}, not {ref!r:.200}")
    return id


def _check(builder: Callable[..., Row], fields: Mapping[str, Any], known: type[Any], *others: str) -> None:
    """
    Raises:
        TypeError: a field that no row of this kind has.
    """
    names = (*others, *sorted(known.__optional_keys__))
    for name in fields:
        if name not in names:
            raise TypeError(f"{builder.__name__}() has no field {name!r}{meant(name, names)}: {', '.join(names)}")


# By the running test, so that neither other tests nor their order has a say in an id.
_counts: defaultdict[str, "count[int]"] = defaultdict(lambda: count(1))


def _own_id(fields: Mapping[str, Any], kind: str) -> str:
    """The id that a row was given, or else a new one."""
    return str(fields.get("id") or _new_id(kind))


def _new_id(kind: str) -> str:
    test = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0]  # without its phase
    return uuid_of(f"builders/{test}/{kind}/{next(_counts[test])}")
