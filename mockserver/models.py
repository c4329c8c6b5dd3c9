"""The domain as frozen values. Instants are aware UTC; durations carry their unit in the name."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from ipaddress import IPv4Network, IPv6Network
from typing import Literal, TypeAlias

Json: TypeAlias = Mapping[str, object]

InterviewStatus = Literal["UNDEFINED", "SCHEDULED", "CANCELLED", "FAILED", "COMPLETED", "IN_PROGRESS"]
CandidateStatus = Literal["UNDEFINED", "APPLIED", "IN_PROCESS", "REJECTED", "ACCEPTED"]
AttemptStatus = Literal["SCHEDULED", "IN_PROGRESS", "COMPLETED", "FAILED", "CANCELLED"]
BillingSystem = Literal["minutes", "credits"]

# Rows that do not say when they were made: before anything that a world's clock will show. ASSUMED.
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Company:
    """
    `limit` minutes were bought; `used` are settled, `reserved` wait for an interview to end. One that pays by credits
    has no limit, and its minutes are not counted.
    """

    id: str
    name: str
    minutes_limit: int
    minutes_used: int = 0
    minutes_reserved: int = 0
    billing_system: BillingSystem = "minutes"
    description: str | None = None
    owner_email: str | None = None
    metadata: Json | None = None
    created_at: datetime = LONG_AGO
    updated_at: datetime = LONG_AGO

    @property
    def minutes_left(self) -> int:
        return self.minutes_limit - self.minutes_used - self.minutes_reserved

    def minutes_held_for(self, minutes: int) -> int:
        """What an interview of so many minutes holds of the company's, and takes if it lasts as long."""
        return 0 if self.billing_system == "credits" else minutes


@dataclass(frozen=True, slots=True)
class CompanyUsage:
    """What a company's interviews took in some range of time; `spent` is in the unit of its billing system."""

    company: Company
    interviews: int
    spent: int


@dataclass(frozen=True, slots=True)
class ApiKey:
    """
    `company_ids` has one entry for an ordinary key, those that it manages for an ATS key; `allowed_ips` that are empty
    allow every address; from `expires_at` and `suspended_at` on the key opens nothing any more.
    """

    key: str
    company_ids: tuple[str, ...]
    ats: bool
    scopes: frozenset[str]
    id: str = ""
    name: str | None = None
    expires_at: datetime | None = None
    suspended_at: datetime | None = None
    allowed_ips: tuple[IPv4Network | IPv6Network, ...] = ()

    def allows(self, scope: str) -> bool:
        return scope in self.scopes or "*" in self.scopes


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    id: str
    company_id: str
    number: str
    created_at: datetime = LONG_AGO
    updated_at: datetime = LONG_AGO


@dataclass(frozen=True, slots=True)
class Job:
    """`details` holds what only describes a job, under its wire names and as given."""

    id: str
    company_id: str
    title: str
    created_at: datetime
    updated_at: datetime
    details: Json

    @property
    def status(self) -> object:
        return self.details.get("status", "OPEN")  # rule: JOB-FIELDS


@dataclass(frozen=True, slots=True)
class Agent:
    id: str
    company_id: str
    name: str
    type: str
    focus: str
    language: str
    duration_minutes: int
    created_at: datetime
    updated_at: datetime
    questions: tuple[str, ...] = ()
    instructions: str | None = None
    voice_id: str | None = None
    cefr_level: str | None = None
    phone_number_id: str | None = None
    metadata: Json | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    id: str
    company_id: str
    first_name: str
    last_name: str
    gdpr_expiry: date
    created_at: datetime
    updated_at: datetime
    email: str | None = None
    phone_number: str | None = None
    job_ids: tuple[str, ...] = ()
    status: str = "APPLIED"
    metadata: Json | None = None


@dataclass(frozen=True, slots=True)
class CallAttempt:
    """One call of a PHONE interview; `retry_number` counts from 0."""

    id: str
    status: AttemptStatus
    scheduled_at: datetime
    retry_number: int = 0
    called_at: datetime | None = None
    duration_seconds: int | None = None
    reason_code: str | None = None


@dataclass(frozen=True, slots=True)
class Interview:
    """
    `reserved_minutes` is held of the company's minutes until the interview ends; `call_attempts` is None where no
    phone is involved; `analysis` has the wire's shape once generated.
    """

    id: str
    company_id: str
    candidate_id: str
    agent_id: str
    job_id: str | None
    status: InterviewStatus
    scheduled_at: datetime
    created_at: datetime
    updated_at: datetime
    is_test: bool
    reserved_minutes: int = 0
    duration_minutes: int | None = None
    finished_at: datetime | None = None
    metadata: Json | None = None
    call_attempts: tuple[CallAttempt, ...] | None = None
    analysis: Json | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """
    Something that the vendor would tell webhooks; `data` has the wire's shape, `place` is where it stands in the order
    of what happened.
    """

    id: str
    type: str
    at: datetime
    company_id: str
    data: Json
    place: int = 0


@dataclass(frozen=True, slots=True)
class CandidateDraft:
    """
    What a body says of a candidate, new or to be changed: None where it says nothing. Dates are as written.

    `job_ids` wins over `job_id`, its deprecated forerunner.
    """

    first_name: str | None
    last_name: str | None
    gdpr_expiry: str | None
    email: str | None
    phone_number: str | None
    job_id: str | None
    job_ids: tuple[str, ...] | None
    status: str | None
    metadata: Json | None


@dataclass(frozen=True, slots=True)
class AgentDraft:
    """What a body says of an agent, new or to be changed, under the names of `Agent`: None where it says nothing."""

    name: str | None
    type: str | None
    focus: str | None
    language: str | None
    duration_minutes: int | None
    questions: tuple[str, ...] | None
    instructions: str | None
    voice_id: str | None
    cefr_level: str | None
    phone_number_id: str | None
    metadata: Json | None


@dataclass(frozen=True, slots=True)
class JobDraft:
    """
    What a body says of a job, new or to be changed: both names of the title, as sent; `described_twice` where both
    names of the description were.
    """

    title: str | None
    job_title: str | None
    details: Json
    described_twice: bool = False


@dataclass(frozen=True, slots=True)
class InterviewDraft:
    """The body of a create: shaped, not yet judged. Ids are in lower case, `schedule_time` is as written."""

    candidate_id: str | None
    candidate: CandidateDraft | None
    agent_id: str | None
    agent: AgentDraft | None
    job_id: str | None
    job: JobDraft | None
    schedule_time: str | None
    metadata: Json | None
    is_test: bool


@dataclass(frozen=True, slots=True)
class CompanyDraft:
    """The body of a create or of a change: None is not given. Shaped, not yet judged."""

    name: str | None
    description: str | None
    owner_email: str | None
    metadata: Json | None


@dataclass(frozen=True, slots=True)
class WebhookDraft:
    """What a body says of a webhook, new or to be changed: None where it says nothing. Events are dotted labels."""

    url: str | None
    events: tuple[str, ...] | None
    name: str | None
    description: str | None
    headers: tuple[tuple[str, str], ...] | None
    company_id: str | None
    is_active: bool | None
