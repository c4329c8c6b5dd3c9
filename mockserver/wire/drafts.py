"""What a create brings along: the interview's draft and the resources inside it."""

from dataclasses import replace

from mockserver.models import AgentDraft, CandidateDraft, InterviewDraft, Job, JobDraft, Json
from mockserver.wire.fields import id_of, number_of, object_of, text_of, texts_of

JOB_DETAILS = (
    "description",
    "jobUrl",
    "benefits",
    "requiredSkills",
    "niceToHaveSkills",
    "languageRequirements",
    "languages",
    "education",
    "experience",
    "otherRequirements",
    "contractType",
    "status",
    "location",
    "salary",
    "humanRecruiter",
    "metadata",
)


INSIDE = {
    "languageRequirements": ("language", "proficiency"),
    "location": ("workMode", "street", "city", "postalCode", "countryCode"),
    "salary": ("min", "max", "currency", "period"),
}


def parse_interview_draft(body: Json) -> InterviewDraft:
    schedule_time = body.get("scheduleTime")
    candidate, agent, job = object_of(body, "candidate"), object_of(body, "agent"), object_of(body, "job")
    return InterviewDraft(
        candidate_id=id_of(body, "candidateId"),
        candidate=None if candidate is None else _inline_candidate(candidate),
        agent_id=id_of(body, "agentId"),
        agent=None if agent is None else parse_agent_draft(agent),
        job_id=id_of(body, "jobId"),
        job=None if job is None else parse_job_draft(job),
        schedule_time=schedule_time if isinstance(schedule_time, str) else None,
        metadata=object_of(body, "metadata"),
        is_test=body.get("isTest") is True,
    )


def _inline_candidate(body: Json) -> CandidateDraft:
    """Given with an interview a candidate names at most one job, and has no metadata: the page knows no such fields."""
    return replace(parse_candidate_draft(body), job_ids=None, metadata=None)


def parse_candidate_draft(body: Json) -> CandidateDraft:
    return CandidateDraft(
        first_name=text_of(body, "firstName"),
        last_name=text_of(body, "lastName"),
        gdpr_expiry=text_of(body, "gdprExpiryDate"),
        email=text_of(body, "email"),
        phone_number=text_of(body, "phoneNumber"),
        job_id=id_of(body, "jobId"),
        job_ids=tuple(id.lower() for id in texts_of(body, "jobIds")) if "jobIds" in body else None,
        status=text_of(body, "status"),
        metadata=object_of(body, "metadata"),
    )


def parse_agent_draft(body: Json) -> AgentDraft:
    return AgentDraft(
        name=text_of(body, "name"),
        type=text_of(body, "type"),
        focus=text_of(body, "focus"),
        language=text_of(body, "language"),
        duration_minutes=number_of(body, "duration") if "duration" in body else None,
        questions=texts_of(body, "questions") if "questions" in body else None,
        instructions=text_of(body, "instructions"),
        voice_id=text_of(body, "voiceId"),
        cefr_level=text_of(body, "cefrLevel"),
        phone_number_id=id_of(body, "companyPhoneNumberId"),
        metadata=object_of(body, "metadata"),
    )


def parse_job_draft(body: Json) -> JobDraft:
    details = {name: body[name] for name in JOB_DETAILS if name in body}
    for name in INSIDE.keys() & details.keys():
        details[name] = _known(details[name], INSIDE[name])
    if "jobDescription" in body:
        details.setdefault("description", body["jobDescription"])
    return JobDraft(
        title=text_of(body, "title"),
        job_title=text_of(body, "jobTitle"),
        details=details,
        described_twice="description" in body and "jobDescription" in body,
    )


def _known(value: object, names: tuple[str, ...]) -> object:
    """What is known of an object, or of each in a list."""
    # rule: UNKNOWN-FIELDS
    if isinstance(value, list):
        return [_known(inner, names) for inner in value]
    if isinstance(value, dict):
        return {name: value[name] for name in names if name in value}
    return value


def skills_of(job: Job | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a job requires, and what is nice to have."""
    details: Json = {} if job is None else job.details
    return texts_of(details, "requiredSkills"), texts_of(details, "niceToHaveSkills")
