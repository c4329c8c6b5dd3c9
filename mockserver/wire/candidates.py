"""Candidates as answered, with what their interviews say of them."""

from collections.abc import Collection
from operator import attrgetter
from typing import Any

from mockserver.models import Candidate, Interview
from mockserver.readings import Readings
from mockserver.wire.instants import render_instant


def render_candidate(candidate: Candidate, interviews: Collection[Interview], readings: Readings) -> dict[str, Any]:
    """
    Args:
        interviews: all of the candidate's, oldest first.
    """
    path = f"/candidates/{candidate.id}"
    optional = {
        "jobId": candidate.job_ids[0] if candidate.job_ids else None,
        "email": candidate.email,
        "phoneNumber": candidate.phone_number,
        "metadata": candidate.metadata,
        "overallRating": _rating(interviews),
    }
    return {
        "id": candidate.id,
        "firstName": candidate.first_name,
        "lastName": candidate.last_name,
        "status": candidate.status,
        "gdprExpiryDate": candidate.gdpr_expiry.isoformat(),
        "jobIds": list(candidate.job_ids),
        "createdAt": render_instant(candidate.created_at, readings),
        "updatedAt": render_instant(candidate.updated_at, readings),
        "interviewCount": len(interviews),
        "analysisCount": sum(interview.analysis is not None for interview in interviews),
        "links": {"analyses": f"{path}/analyses", "interviews": f"{path}/interviews"},
        **{name: value for name, value in optional.items() if value is not None},
    }


def _rating(interviews: Collection[Interview]) -> Any:
    """The rating of the latest analysis; nothing changes an interview after it was analysed."""
    analysed = [interview for interview in interviews if interview.analysis is not None]
    if not analysed:
        return None
    latest: Any = max(reversed(analysed), key=attrgetter("updated_at")).analysis  # of two at once, the later created
    return latest["general"]["overallRating"]
