"""What a request for interviews, or for something of one, must bring or find."""

from collections.abc import Mapping

from mockserver.errors import Violation
from mockserver.models import Interview
from mockserver.rulebook import rule


@rule("LIST-CANDIDATE")
def list_is_of_a_candidate(filters: Mapping[str, str]) -> Violation | None:
    """Under the reading `interview_list=candidate`."""
    if "candidateId" in filters:
        return None
    text = "candidateId is required to list interviews"
    return Violation(400, text, at="/candidateId", fix="add ?candidateId=<uuid of a candidate>")


@rule("ANALYSIS-READY")
def analysis_is_ready(interview: Interview) -> Violation | None:
    if interview.analysis is not None:
        return None
    fix = "wait for the webhook analysis.completed, or advance the clock of this world"
    return Violation(404, f"Analysis of interview {interview.id} not found", fix=fix)
