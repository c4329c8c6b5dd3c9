"""What the analysis concludes: strong and weak points, and the verdict in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from operator import itemgetter

from mockserver.analysis.phrases import LANGUAGES, Writer, fallback
from mockserver.analysis.scores import GOOD, INTERESTED, SKILLED, Assessment

EXCELLENT = 75  # a skill from here on is a strong point
AT_MOST = 3  # skills among the strong points; required ones among the weak

Ranked = list[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Points:
    """In words; `to_verify` is the topic of the first weak point."""

    strong: list[str]
    weak: list[str]
    to_verify: str


def points_of(assessment: Assessment, writer: Writer) -> Points:
    """A strong and a weak point at least. Skills are named verbatim, other scores in the language of the interview."""
    general = {writer.labels[name]: score for name, score in assessment.scores.items() if name != "skills"}
    ranked = sorted(general.items(), key=itemgetter(1))
    weak, to_verify = _weak(assessment, ranked, writer)
    return Points(_strong(assessment, ranked, writer), weak, to_verify)


def evaluation_of(assessment: Assessment, to_verify: str, language: str, writer: Writer) -> list[str]:
    """The verdict, how the talk went, what to ask next; for a language without phrases also which one it was."""
    verdict = writer.write(assessment.recommendation.lower())
    written = [verdict, writer.write("conversation"), writer.write("verify", topic=to_verify)]
    return written if language in LANGUAGES or language == "UNDEFINED" else [*written, _note(language, writer)]


def _note(language: str, writer: Writer) -> str:
    known = fallback()
    note = known.notes[int(writer.draw() * len(known.notes))]
    return note.format_map({"language": known.names.get(language, language)})


def _strong(assessment: Assessment, ranked: Ranked, writer: Writer) -> list[str]:
    skills = [*reversed(_scored({**assessment.required, **assessment.nice_to_have}, assessment))]
    chosen = [("strong", *high) for high in skills if high[1] >= EXCELLENT][:AT_MOST]
    best = ranked[-1]
    if best[1] >= GOOD:
        chosen.append(("strong", *best))
    if not chosen:
        passable = [low for low in _scored(assessment.required, assessment) if low[1] >= SKILLED]
        chosen.append(("strong_mild", *max([*passable, best], key=itemgetter(1))))
    return [_point(*each, writer) for each in chosen]


def _weak(assessment: Assessment, ranked: Ranked, writer: Writer) -> tuple[list[str], str]:
    """The points, and the topic of the first."""
    chosen = [("weak", *low) for low in _scored(assessment.required, assessment) if low[1] < SKILLED][:AT_MOST]
    chosen += [("weak_nice", *low) for low in _scored(assessment.nice_to_have, assessment) if low[1] < GOOD][:1]
    lowest = ranked[0]
    if lowest[1] < INTERESTED:
        chosen.append(("weak", *lowest))
    if not chosen:
        chosen.append(("weak_mild", *lowest))
    return [_point(*each, writer) for each in chosen], chosen[0][1]


def _scored(skills: Mapping[str, int], assessment: Assessment) -> Ranked:
    """Skills from the lowest score up; none where they do not count, as in a language test."""
    return sorted(skills.items(), key=itemgetter(1)) if "skills" in assessment.scores else []


def _point(slot: str, topic: str, score: int, writer: Writer) -> str:
    return writer.write(slot, topic=topic, score=str(score))
