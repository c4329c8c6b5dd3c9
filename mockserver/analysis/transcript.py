"""What was said in an interview, and when: greeting, questions with their answers, farewell."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle

from mockserver.analysis.phrases import Writer
from mockserver.analysis.scores import SKILLED, Assessment
from mockserver.analysis.subject import Subject

# A round is a question with its answer. An agent's own questions may come thicker than made ones.
SECONDS_PER_ROUND = 40
SECONDS_PER_OWN_QUESTION = 25
MIN_ROUNDS, MAX_ROUNDS = 2, 27

# What is asked where the agent's own questions leave time: the first entries when time is short, "skills" being all
# skills not yet asked for. In the talk itself the kinds come in the order of `STAGES`.
PLANS: Mapping[str, tuple[str, ...]] = {
    "SCREENING": (
        "skill",
        "skill",
        "background",
        "motivation",
        "skill",
        "work",
        "start",
        "skills",
        "education",
        "future",
    ),
    "OUTREACH": ("outreach", "skill", "start", "background", "motivation", "skills", "future", "work", "education"),
    "GENERIC": ("background", "future", "work", "start", "skills", "education"),
    "LANGUAGE_TEST": ("skill", "topic", "topic", "work", "topic", "background", "skills", "future", "education"),
}
STAGES: Mapping[str, int] = {
    kind: stage
    for stage, kind in enumerate(
        ("outreach", "background", "education", "own", "topic", "skill", "motivation", "work", "future", "start")
    )
}
NEEDS_JOB = frozenset({"outreach", "motivation"})
PAIRED = frozenset({"outreach", "topic", "motivation", "future", "start"})  # each question has an answer of its own
# How the agent's own questions are answered in turn, with a skill to tell of and without.
WITH_SKILL = ("a_own_skill", "a_own_open", "a_own_skill", "a_work")
WITHOUT_SKILL = ("a_own_open", "a_work")
MOST_READ = 1_000  # characters of a question looked at for skills: its length has no documented limit


@dataclass(frozen=True, slots=True)
class Point:
    """One thing to ask; `text` is the question of kind "own", the skill of kind "skill"."""

    kind: str
    text: str = ""


def transcript_of(subject: Subject, assessment: Assessment, writer: Writer) -> list[dict[str, object]]:
    """Segments in order, in whole seconds, none overlapping, the last one ending with the interview."""
    return _timed(list(_talk(subject, assessment, writer)), subject.duration_seconds)


def _talk(subject: Subject, assessment: Assessment, writer: Writer) -> Iterator[str]:
    """What is said, agent and candidate by turns, the agent first."""
    points = _agenda(subject, [*assessment.required, *assessment.nice_to_have])
    yield f"{writer.write('greeting')} {writer.write(_purpose(subject))}"
    yield writer.write("ready")
    yield from _rounds(points, _Candidate(subject, assessment, writer), writer)
    if subject.duration_seconds >= 120:
        yield writer.write("q_any")
        yield writer.write("a_any")
    yield writer.write("closing")
    yield writer.write("bye")


def _purpose(subject: Subject) -> str:
    if subject.focus == "LANGUAGE_TEST":
        return "about_language"
    return "about_open" if subject.focus == "GENERIC" or subject.job_title is None else "about_job"


def _agenda(subject: Subject, skills: list[str]) -> list[Point]:
    own = [Point("own", question) for question in dict.fromkeys(subject.questions) if question.strip()]
    thick = min(len(own), subject.duration_seconds // SECONDS_PER_OWN_QUESTION)
    rounds = min(max(subject.duration_seconds // SECONDS_PER_ROUND, thick, MIN_ROUNDS), MAX_ROUNDS)
    chosen = own[:rounds]
    if len(chosen) < rounds:
        chosen += list(_planned(subject, [skill for skill in skills if not _asked(skill, own)]))[: rounds - len(chosen)]
    return sorted(chosen, key=lambda point: STAGES[point.kind])


def _planned(subject: Subject, skills: list[str]) -> Iterator[Point]:
    left = iter(skills)
    for kind in PLANS.get(subject.focus, PLANS["SCREENING"]):
        if kind == "skills":
            yield from (Point("skill", skill) for skill in left)
        elif kind == "skill":
            skill = next(left, None)
            if skill is not None:
                yield Point(kind, skill)
        elif subject.job_title is not None or kind not in NEEDS_JOB:
            yield Point(kind)


def _asked(skill: str, own: list[Point]) -> bool:
    return any(names(point.text, skill) for point in own)


def names(question: str, skill: str) -> bool:
    """Whether a question names a skill as a word of its own, in any case: "Go" is not in "good"."""
    text, word = question[:MOST_READ].casefold(), skill.casefold()
    start = text.find(word)
    while start >= 0:
        end = start + len(word)
        if not text[start - 1 : start].isalnum() and not text[end : end + 1].isalnum():
            return True
        start = text.find(word, start + 1)
    return False


def _rounds(points: list[Point], candidate: "_Candidate", writer: Writer) -> Iterator[str]:
    for place, point in enumerate(points):
        if point.kind == "own":
            yield point.text  # verbatim, nothing before or after it
        else:
            question = writer.write(f"q_{point.kind}", skill=point.text)
            yield f"{writer.write('ack')} {question}" if place and writer.draw() < 0.6 else question
        yield candidate.answer(point)


class _Candidate:
    """Answers as the scores say: with confidence about a skill that scored well, with reserve about another."""

    def __init__(self, subject: Subject, assessment: Assessment, writer: Writer) -> None:
        self._writer = writer
        self._scores = {**assessment.required, **assessment.nice_to_have}
        strong = [skill for skill, score in self._scores.items() if score >= SKILLED]
        self._examples = cycle(strong)
        self._styles = cycle(WITH_SKILL if strong else WITHOUT_SKILL)
        self._gaps = iter([] if strong else [*self._scores][:1])
        self._details_left = writer.count("detail")
        self._details_each = subject.duration_seconds // 600  # a longer talk has longer answers

    def answer(self, point: Point) -> str:
        if point.kind == "own":
            return self._to_own_question(point.text)
        if point.kind == "skill":
            return self._about(point.text)
        if point.kind in PAIRED:
            return self._writer.write_answer(f"q_{point.kind}", f"a_{point.kind}")
        return self._writer.write(f"a_{point.kind}")

    def _to_own_question(self, question: str) -> str:
        named = next((skill for skill in self._scores if names(question, skill)), None)
        if named is not None:
            return self._about(named)
        style = next(self._styles)
        if style == "a_own_skill":
            return self._detailed(self._writer.write(style, skill=next(self._examples)))
        gaps = [self._about(skill) for skill in self._gaps]  # a candidate without a strong skill owns up, once
        return self._detailed(" ".join([self._writer.write(style), *gaps]))

    def _about(self, skill: str) -> str:
        if self._scores[skill] < SKILLED:
            return self._writer.write("a_skill_low", skill=skill)
        return self._detailed(self._writer.write("a_skill_high", skill=skill))

    def _detailed(self, answer: str) -> str:
        """The answer with a sentence or more behind it, each of which is said once in an interview."""
        count = min(self._details_each + (self._writer.draw() < 0.4), self._details_left)
        self._details_left -= count
        return " ".join([answer, *(self._writer.write("detail") for _ in range(count))])


def _timed(talk: list[str], duration_seconds: int) -> list[dict[str, object]]:
    """Each utterance gets its share of the time by its length; long texts are spoken faster, short ones slower."""
    shares = [60 + min(len(text), 240) for text in talk]
    total, spoken, start = sum(shares), 0, 0
    segments: list[dict[str, object]] = []
    for place, (text, share) in enumerate(zip(talk, shares, strict=True)):
        spoken += share
        following = spoken * duration_seconds // total
        pause = 1 if following - start >= 3 else 0
        speaker = "CANDIDATE" if place % 2 else "AGENT"
        segments.append({"speaker": speaker, "text": text, "startSeconds": start, "endSeconds": following - pause})
        start = following
    return segments
