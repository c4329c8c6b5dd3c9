"""Jobs as answered."""

from typing import Any

from mockserver.models import Job
from mockserver.readings import Readings
from mockserver.wire.instants import render_instant


def render_job(job: Job, readings: Readings) -> dict[str, Any]:
    """What is always there, then what was given to describe the job."""
    return {
        "id": job.id,
        "companyId": job.company_id,
        "title": job.title,
        "status": job.status,
        "createdAt": render_instant(job.created_at, readings),
        "updatedAt": render_instant(job.updated_at, readings),
        **job.details,
    }
