"""A job, inline with an interview or by itself."""

from mockserver.errors import Violation
from mockserver.models import JobDraft
from mockserver.rulebook import rule

MAX_SKILLS = 10
SKILL_LISTS = frozenset({"requiredSkills", "niceToHaveSkills"})


@rule("JOB-SHAPE")
def job_has_a_title(draft: JobDraft, at: str) -> Violation | None:
    if draft.title is None and draft.job_title is None:
        return Violation(400, "is required (or jobTitle)", at=f"{at}/title", fix="add title")
    return None


@rule("JOB-SHAPE")
def job_is_titled_once(draft: JobDraft, at: str) -> Violation | None:
    if draft.title is not None and draft.job_title is not None:
        text = "title and jobTitle are two names of one field: give one of them"
        return Violation(400, text, at=f"{at}/jobTitle", fix="remove jobTitle, or remove title")
    return None


@rule("JOB-SHAPE")
def job_is_described_once(draft: JobDraft, at: str) -> Violation | None:
    if draft.described_twice:
        text = "description and jobDescription are two names of one field: give one of them"
        return Violation(400, text, at=f"{at}/jobDescription", fix="remove jobDescription, or remove description")
    return None


@rule("JOB-SHAPE")
def skills_are_few(draft: JobDraft, at: str) -> Violation | None:
    lists = {name: draft.details.get(name) for name in ("requiredSkills", "niceToHaveSkills")}
    counts = {name: len(skills) for name, skills in lists.items() if isinstance(skills, list)}
    count = sum(counts.values())
    if count <= MAX_SKILLS:
        return None
    longer = max(counts, key=counts.__getitem__)
    text = f"requiredSkills and niceToHaveSkills may have {MAX_SKILLS} entries together, not {count}"
    return Violation(400, text, at=f"{at}/{longer}", fix=f"remove {count - MAX_SKILLS} of them")


@rule("JOB-SHAPE")
def salary_range_is_ordered(draft: JobDraft, at: str) -> Violation | None:
    salary = draft.details.get("salary")
    low, high = (salary.get("min"), salary.get("max")) if isinstance(salary, dict) else (None, None)
    if isinstance(low, int | float) and isinstance(high, int | float) and low > high:
        text = f"salary.min, {low}, must not be above salary.max, {high}"
        return Violation(400, text, at=f"{at}/salary/min", fix=f"{high} or less")
    return None
