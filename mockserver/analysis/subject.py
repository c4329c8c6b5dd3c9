"""The interview that an analysis is made from: who was asked what, by whom, for which job, for how long."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Subject:
    """Every text in here is somebody else's and comes out verbatim, whatever it holds."""

    first_name: str
    last_name: str
    job_title: str | None
    required_skills: tuple[str, ...]
    nice_to_have_skills: tuple[str, ...]
    focus: str  # GENERIC, SCREENING, OUTREACH, LANGUAGE_TEST
    language: str  # such as EN; UNDEFINED reads as EN
    questions: tuple[str, ...]
    cefr_level: str | None
    duration_seconds: int
    company: str
    agent_name: str
