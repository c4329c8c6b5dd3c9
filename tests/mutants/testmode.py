"""Test mode: what a test interview has to have at once, and what it must not do."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from mockserver import analysis, interviews, lifecycle, progress
from mockserver.caller import Caller
from mockserver.errors import ApiError, Violation
from mockserver.models import Interview, InterviewDraft
from mockserver.store import Table
from mockserver.wire import interviews as wire
from mockserver.wire.drafts import parse_interview_draft
from mockserver.world import World
from tests.mutants.fault import Fault, breaking
from tests.mutants.patches import Right, constant, instead, method


def _begins(_right: Right, world: World, interview: Interview, at: datetime) -> Interview:
    """As any other interview."""
    world.store.interviews.put(interview)
    return progress.start(world, interview.id, at)


def _tells_start(right: Right, world: World, interview: Interview, at: datetime) -> Interview:
    progress._tell(world, replace(interview, status="IN_PROGRESS"), "started", at)
    done: Interview = right(world, interview, at)
    return done


def _analysis_first(_right: Right, world: World, interview: Interview, at: datetime) -> Interview:
    """The same but for the order of its two events."""
    done = progress.analysed(world, replace(interview, status="COMPLETED", duration_minutes=5, finished_at=at), at)
    world.store.interviews.put(done)
    progress.tell_analysis(world, done, at)
    progress._tell(world, done, "completed", at)
    return done


def _without(*path: str) -> Callable[..., dict[str, Any]]:
    """An analysis that lacks something."""

    def wrong(right: Right, *values: Any, **options: Any) -> dict[str, Any]:
        whole: dict[str, Any] = right(*values, **options)
        node = whole
        for name in path[:-1]:
            node = node[name]
        del node[path[-1]]
        return whole

    return wrong


def _about(**changes: Any) -> Callable[..., Any]:
    """An analysis of something else than was asked."""
    return lambda right, subject, **options: right(replace(subject, **changes), **options)


def _silent_transcript(right: Right, *values: Any, **options: Any) -> Any:
    whole = right(*values, **options)
    whole["specific"]["transcript"] = []
    return whole


def _reversed_transcript(right: Right, *values: Any, **options: Any) -> Any:
    whole = right(*values, **options)
    whole["specific"]["transcript"].reverse()
    return whole


def _another_each_time(right: Right, interview: Interview, readings: Any) -> dict[str, Any]:
    shown: dict[str, Any] = right(interview, readings)
    if "analysis" in shown:
        shown["analysis"] = {**shown["analysis"], "id": str(uuid4())}
    return shown


def _shown(**changes: Any) -> Callable[..., dict[str, Any]]:
    """An answer about a test interview with some fields changed; None takes one out."""

    def wrong(right: Right, interview: Interview, readings: Any) -> dict[str, Any]:
        shown: dict[str, Any] = right(interview, readings)
        if not interview.is_test:
            return shown
        return {name: value for name, value in {**shown, **changes}.items() if value is not None}

    return wrong


def _unmarked(_right: Right, interview: Interview, _readings: Any) -> Mapping[str, object] | None:
    return interview.metadata


def _mark_counts(right: Right, body: Mapping[str, Any]) -> InterviewDraft:
    draft: InterviewDraft = right(body)
    return replace(draft, metadata={**draft.metadata, "isTest": True}) if draft.is_test and draft.metadata else draft


def _unlisted(right: Right, table: Table[Any], company_id: str) -> list[Any]:
    return [row for row in right(table, company_id) if not getattr(row, "is_test", False)]


def _unread(right: Right, table: Any, id: str) -> Any:
    row = right(table, id)
    return None if getattr(row, "is_test", False) else row


def _anything_goes(right: Right, caller: Caller, draft: InterviewDraft) -> Any:
    """A test interview is held for whichever job."""
    if draft.is_test and draft.candidate_id is not None and draft.job_id is None and draft.job is None:
        candidate = caller.world.store.candidates.get(draft.candidate_id)
        if candidate is not None and len(candidate.job_ids) > 1:
            draft = replace(draft, job_id=candidate.job_ids[0])
    return right(caller, draft)


def _tests_now(right: Right, caller: Caller, draft: InterviewDraft) -> datetime | None:
    return None if draft.is_test else right(caller, draft)


def _refused(right: Right, caller: Caller, draft: InterviewDraft) -> Any:
    """Test mode is only for those who have minutes to spare, and nobody has."""
    plan = right(caller, draft)
    if draft.is_test:
        raise ApiError([Violation(403, "Test mode is not available", rule="BILLING-LIMIT")])
    return plan


FAULTS = (
    *breaking("TEST-COMPLETED")(
        ("test-scheduled", "A test interview begins like any other.", instead(progress.complete_test, _begins)),
        (
            "test-without-end",
            "A test interview does not say when it ended.",
            instead(wire.render_interview, _shown(finishedDate=None)),
        ),
        (
            "test-scheduled-now",
            "A test interview is scheduled for now, whatever its time.",
            instead(interviews._scheduled_at, _tests_now),
        ),
    ),
    *breaking("TEST-DURATION")(
        ("test-six-minutes", "A test interview lasts six minutes.", constant(lifecycle, "TEST_DURATION_MINUTES", 6)),
        ("test-four-minutes", "A test interview lasts four minutes.", constant(lifecycle, "TEST_DURATION_MINUTES", 4)),
        (
            "test-without-duration",
            "A test interview does not say how long it took.",
            instead(wire.render_interview, _shown(durationMinutes=None)),
        ),
    ),
    *breaking("TEST-ANALYSIS")(
        (
            "test-without-analysis",
            "A test interview has no analysis.",
            instead(progress.analysed, lambda _right, _world, interview, _at: interview),
        ),
        (
            "test-analysis-not-shown",
            "A test interview has an analysis that its creation does not show.",
            instead(wire.render_interview, _shown(analysis=None)),
        ),
        (
            "analysis-of-silence",
            "The transcript of a test interview is empty.",
            instead(analysis.analysis_of, _silent_transcript),
        ),
        (
            "analysis-backwards",
            "The transcript of a test interview runs backwards.",
            instead(analysis.analysis_of, _reversed_transcript),
        ),
        (
            "analysis-of-another-person",
            "The analysis speaks of another candidate.",
            instead(analysis.analysis_of, _about(first_name="John", last_name="Smith")),
        ),
        (
            "analysis-of-another-job",
            "The analysis speaks of another job.",
            instead(analysis.analysis_of, _about(job_title="Gardener")),
        ),
        (
            "analysis-without-language-test",
            "A language test has neither pronunciation nor grammar.",
            instead(analysis.analysis_of, _about(focus="SCREENING")),
        ),
        (
            "analysis-another-each-time",
            "The analysis is another one each time.",
            instead(wire.render_interview, _another_each_time),
        ),
    ),
    *(
        Fault(
            f"analysis-without-{'-'.join(path).lower()}",
            f"An analysis lacks its {what}.",
            ("TEST-ANALYSIS",),
            instead(analysis.analysis_of, _without(*path)),
        )
        for path, what in (
            (("general", "overallRating"), "rating"),
            (("specific", "transcript"), "transcript"),
            (("specific", "conversationCheck"), "conversation check"),
            (("specific", "candidateAnalysis"), "scores"),
            (("specific", "candidateAnalysis", "recommendation"), "recommendation"),
            (("general", "evaluation"), "verdict in sentences"),
        )
    ),
    *breaking("TEST-MARK")(
        ("test-mark-missing", "A test interview's metadata have no mark.", instead(wire._marked, _unmarked)),
        (
            "test-field-missing",
            "A test interview does not say that it is one.",
            instead(wire.render_interview, _shown(isTest=None)),
        ),
        (
            "test-field-false",
            "A test interview says that it is none.",
            instead(wire.render_interview, _shown(isTest=False)),
        ),
        (
            "test-mark-counts",
            "The mark counts against the limits of metadata.",
            instead(parse_interview_draft, _mark_counts),
        ),
    ),
    *breaking("TEST-LISTED")(
        ("test-unlisted", "Test interviews are in no list.", method(Table, "of_company", _unlisted)),
        ("test-unread", "Test interviews cannot be read.", method(Table, "get", _unread)),
    ),
    *breaking("JOB-MULTIPLE", scenarios=("test-rules",))(
        (
            "test-sets-rules-aside",
            "Test mode takes the first of several jobs.",
            instead(interviews.judge, _anything_goes),
        ),
    ),
    *breaking("TEST-RULES", "TEST-COMPLETED")(
        ("test-mode-refused", "Test interviews are refused.", instead(interviews.judge, _refused)),
    ),
    *breaking("TEST-WEBHOOKS")(
        ("test-tells-start", "The start of a test interview is told.", instead(progress.complete_test, _tells_start)),
        (
            "test-analysis-first",
            "Of a test interview the analysis is told first.",
            instead(progress.complete_test, _analysis_first),
        ),
        (
            "test-completion-only",
            "Of a test interview the analysis is not told.",
            instead(progress.tell_analysis, lambda *_: None),
        ),
    ),
)
