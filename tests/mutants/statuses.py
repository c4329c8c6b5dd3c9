"""Refusals, and successes, with a status that is not theirs."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mockserver.errors import Violation
from mockserver.rulebook import rule_of
from mockserver.rules import access, assignment, billing, call_attempt, company, form, interview, usage, webhook
from tests.mutants.fault import Fault
from tests.mutants.patches import Judge, Told, judged, told, with_status

# rule's function → its wrong status
JUDGED = (
    (access.key_is_known, 403, "An unknown key"),
    (access.key_has_not_expired, 403, "A key that has expired"),
    (access.key_is_not_suspended, 403, "A key that is suspended"),
    (access.address_is_allowed, 401, "A key from another address than its own"),
    (access.company_is_chosen, 422, "An ATS key that asks for no company"),
    (access.scopes_are_granted, 401, "A key without the scope"),
    (access.is_the_companys, 404, "What belongs to another company"),
    (access.rate_is_kept, 503, "One request too many"),
    (access.candidate_exists, 400, "An unknown candidate"),
    (access.agent_exists, 400, "An unknown agent"),
    (access.job_exists, 422, "An unknown job"),
    (access.interview_exists, 410, "An unknown interview"),
    (company.company_exists, 403, "An unknown company"),
    (company.company_is_the_keys, 404, "Another company"),
    (company.key_is_ats, 401, "An ordinary key that makes a company"),
    (webhook.webhook_exists, 403, "An unknown webhook"),
    (webhook.webhook_is_the_keys, 404, "Another key's webhook"),
    (call_attempt.attempt_exists, 400, "An unknown call attempt"),
    (call_attempt.interview_is_by_phone, 409, "A call for an interview online"),
    (call_attempt.no_call_is_under_way, 409, "A call during a call"),
    (call_attempt.interview_is_not_over, 409, "A call after the end"),
    (interview.analysis_is_ready, 409, "An analysis that is still to come"),
    (assignment.job_is_the_candidates, 404, "A job that is not the candidate's"),
    (assignment.job_is_unambiguous, 409, "A job that could be one of several"),
    (assignment.generic_interview_has_no_job, 403, "A GENERIC agent for a candidate with a job"),
    (assignment.jobless_interview_is_generic, 422, "A SCREENING agent without a job"),
    (billing.minutes_are_left, 402, "An interview for which no minutes are left"),
    (form.body_is_small, 400, "A body that is too large"),
    (form.body_is_json, 400, "A body of another media type"),
    (form.body_is_an_object, 422, "A body that is no JSON"),
    (form.path_id_is_an_id, 404, "An id in the path that is none"),
    (form.number_is_in_range, 422, "A page that cannot be"),
    (usage.range_is_ordered, 422, "A range that ends before it starts"),
)


def _refused_with(status: int, instead_of: int, rule: str) -> Callable[[Told], Told]:
    def change(answer: Told) -> Told:
        is_meant = answer.status == instead_of and rule in answer.rules
        return answer.with_status(status) if is_meant else answer

    return change


def _succeeds_with(status: int, instead_of: int, method: str, path: str) -> Callable[[Told], Told]:
    """
    Args:
        path: how it begins.
    """

    def change(answer: Told) -> Told:
        is_meant = (answer.method, answer.status) == (method, instead_of) and answer.path.startswith(path)
        return answer.but(status=status) if is_meant else answer

    return change


def _shapes_with_422(answer: Told) -> Told:
    is_of_shape = answer.status == 400 and b": " in answer.content
    return answer.with_status(422) if is_of_shape else answer


def _foreign_job_not_found(right: Judge, kind: str, *values: Any) -> Violation | None:
    violation = right(kind, *values)
    is_meant = violation is not None and kind == "job" and violation.at == "/jobId"
    return replace(violation, status=404) if violation is not None and is_meant else violation


def _anything_goes(answer: Told) -> Told:
    return answer.but(status=200).saying({}) if "ROUTE" in answer.rules and answer.status == 404 else answer


def _empty_pages_with_404(answer: Told) -> Told:
    is_empty = answer.status == 200 and isinstance(answer.json, dict) and answer.json.get("data") == []
    return (
        answer.but(status=404).saying({"statusCode": 404, "message": "Nothing found", "error": "Not Found"})
        if is_empty
        else answer
    )


def _ats_company_401(answer: Told) -> Told:
    return answer.with_status(401) if "KEY-ATS" in answer.rules and answer.status == 403 else answer


FAULTS = (
    *(
        Fault(
            f"{judge.__name__.replace('_', '-')}-{status}",
            f"{what} is refused with {status}.",
            (rule_of(judge),),
            with_status(judge, status),
        )
        for judge, status, what in JUDGED
    ),
    Fault(
        "shape-422",
        "A body of the wrong shape is refused with 422.",
        ("FIELD-TYPE", "CANDIDATE-XOR", "AGENT-XOR", "CANDIDATE-REQUIRED", "AGENT-SHAPE", "JOB-SHAPE"),
        told(_shapes_with_422),
    ),
    Fault(
        "foreign-job-404",
        "Another company's job is refused with 404 when an interview names it.",
        ("COMPANY-OWN",),
        judged(access.is_the_companys, _foreign_job_not_found),
    ),
    Fault(
        "foreign-ats-company-401",
        "An ATS key that asks for a company that it does not manage is refused with 401.",
        ("KEY-ATS",),
        told(_ats_company_401),
    ),
    Fault(
        "method-404",
        "A method that a path does not have is refused with 404.",
        ("METHOD",),
        told(_refused_with(404, 405, "METHOD")),
    ),
    Fault("unknown-path-200", "A path that there is not is answered with 200.", ("ROUTE",), told(_anything_goes)),
    Fault(
        "created-interview-200",
        "A created interview is answered with 200.",
        ("CREATE-STATUS",),
        told(_succeeds_with(200, 201, "POST", "/interviews")),
    ),
    Fault(
        "created-job-200",
        "A created job is answered with 200.",
        ("JOB-SHAPE",),
        told(_succeeds_with(200, 201, "POST", "/jobs")),
    ),
    Fault(
        "created-candidate-202",
        "A created candidate is answered with 202.",
        ("CANDIDATE-REQUIRED",),
        told(_succeeds_with(202, 201, "POST", "/candidates")),
    ),
    Fault(
        "deleted-interview-404",
        "A deleted interview is answered with 404.",
        ("INTERVIEW-DELETE",),
        told(_succeeds_with(404, 200, "DELETE", "/interviews")),
    ),
    Fault(
        "deleted-job-202",
        "A deleted job is answered with 202.",
        ("JOB-DELETE",),
        told(_succeeds_with(202, 200, "DELETE", "/jobs")),
    ),
    Fault("empty-page-404", "An empty page is answered with 404.", ("PAGINATION",), told(_empty_pages_with_404)),
)
