"""
Seeded mock analysis: what a screening of this candidate for this job could have found.

Pure: no clock, no global randomness. Only `random.Random.random` is drawn from, whose sequence Python promises to keep.
"""

import random

from mockserver.analysis.phrases import Writer, phrasebook_of
from mockserver.analysis.report import evaluation_of, points_of
from mockserver.analysis.scores import Assessment, assess, cefr_of
from mockserver.analysis.subject import Subject
from mockserver.analysis.transcript import transcript_of

__all__ = ["Subject", "analysis_of"]

ANALYSED = 3  # `general.status` as the page prints it (L148); no page says what it means


def analysis_of(subject: Subject, *, id: str, created_at: str, seed: str) -> dict[str, object]:
    """
    The analysis of an interview on the wire. The same subject, id and seed give the same analysis.

    Args:
        subject: `duration_seconds` from 60 to 10,800; the talk grows with it to at most 60 segments.
        created_at: as it is to be printed.

    Source: DOCUMENTED L125-159, L495-498; where the conversation check, the scores and the transcript
    stand, their names, and the values of `recommendation` and `companyFitRating` (but for `HIGH`) are ASSUMED.
    """
    # rule: TEST-ANALYSIS
    draw = random.Random(f"analysis\n{seed}\n{id}").random
    assessment = assess(subject, draw)
    writer = Writer(phrasebook_of(subject.language), draw, **_names_of(subject))
    writer.settle("years", "years_high" if assessment.is_senior else "years_low")
    general = {"createdAt": created_at, "updatedAt": created_at, **_general(subject, assessment, writer)}
    return {"id": id, "general": general, "specific": _specific(subject, assessment, writer)}


def _names_of(subject: Subject) -> dict[str, str]:
    return {
        "name": subject.first_name,
        "full_name": f"{subject.first_name} {subject.last_name}",
        "agent": subject.agent_name,
        "company": subject.company,
        "job": subject.job_title or "",
    }


def _general(subject: Subject, assessment: Assessment, writer: Writer) -> dict[str, object]:
    points = points_of(assessment, writer)
    return {
        "overallRating": assessment.overall,
        "companyFitRating": assessment.company_fit,
        "education": writer.settle("education", "education"),
        "experience": writer.write("experience"),
        "strongPoints": points.strong,
        "weakPoints": points.weak,
        "evaluation": evaluation_of(assessment, points.to_verify, subject.language, writer),
        "status": ANALYSED,
    }


def _specific(subject: Subject, assessment: Assessment, writer: Writer) -> dict[str, object]:
    scores = dict(assessment.scores)
    specific: dict[str, object] = {
        "conversationCheck": {"candidateInterest": True, "conversationCompleted": True},
        "candidateAnalysis": {"scores": scores, "recommendation": assessment.recommendation},
        "transcript": transcript_of(subject, assessment, writer),
    }
    if subject.focus == "LANGUAGE_TEST":
        specific["pronunciationScores"] = {"accuracy": scores["pronunciation"], "fluency": scores["fluency"]}
        specific["grammar"] = {"level": cefr_of(subject.cefr_level, scores["grammar"])}
    return specific
