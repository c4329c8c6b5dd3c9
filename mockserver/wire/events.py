"""What events tell webhooks."""

from typing import Any

from mockserver.models import CallAttempt, Interview
from mockserver.readings import Readings


def render_interview_event(interview: Interview, attempt: CallAttempt | None, error: str | None) -> dict[str, Any]:
    """`data` of the interview events; an attempt is named where a phone is involved, an error where it failed."""
    rendered: dict[str, Any] = {"interviewId": interview.id}
    if attempt is not None:
        rendered["callAttemptId"] = attempt.id
    rendered |= {"candidateId": interview.candidate_id, "jobId": interview.job_id, "status": interview.status}
    if error is not None:
        rendered["error"] = error
    return rendered


def render_analysis_event(interview: Interview, status: str, error: str | None, readings: Readings) -> dict[str, Any]:
    """`data` of the analysis events; the reading `analysis_event` says whether the results ride along."""
    analysis = interview.analysis
    rendered: dict[str, Any] = {
        "interviewId": interview.id,
        "candidateId": interview.candidate_id,
        "jobId": interview.job_id,
        "analysisId": None if analysis is None else analysis["id"],
        "status": status,
    }
    if error is not None:
        rendered["error"] = error
    elif readings.analysis_event == "full":
        rendered["analysis"] = analysis
    return rendered
