"""
The candidate in numbers. One drawn aptitude carries all scores, so that they agree with each other.

All names, weights and bounds are ASSUMED: the documents say that there are scores and a recommendation, no more.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from mockserver.analysis.subject import Subject

# What is scored, and how much each score weighs in the overall rating. "skills" only counts where the job names some.
WEIGHTS: Mapping[str, Mapping[str, int]] = {
    "SCREENING": {"communication": 20, "motivation": 20, "experience": 25, "skills": 35},
    "OUTREACH": {"communication": 20, "motivation": 35, "availability": 15, "skills": 30},
    "GENERIC": {"communication": 30, "motivation": 30, "experience": 25, "adaptability": 15},
    "LANGUAGE_TEST": {"pronunciation": 25, "fluency": 25, "grammar": 20, "vocabulary": 15, "comprehension": 15},
}
CEFR_LEVELS = ("A1", "A2", "B1", "B2", "C1", "C2")

# Bounds out of 100: from `GOOD` up a candidate goes on, below `FAIR` not.
GOOD, FAIR = 70, 50
SKILLED = 60  # from here on a skill is claimed with confidence
INTERESTED = 55  # every candidate showed interest (conversationCheck), so motivation is never lower


@dataclass(frozen=True, slots=True)
class Assessment:
    """Scores by what was scored, with their weighted mean `overall`; the job's skills by their own names."""

    scores: Mapping[str, int]
    required: Mapping[str, int]
    nice_to_have: Mapping[str, int]
    overall: int

    @property
    def recommendation(self) -> str:
        return "ADVANCE" if self.overall >= GOOD else "CONSIDER" if self.overall >= FAIR else "REJECT"

    @property
    def company_fit(self) -> str:
        return "HIGH" if self.overall >= GOOD else "MEDIUM" if self.overall >= FAIR else "LOW"

    @property
    def is_senior(self) -> bool:
        return self.scores.get("experience", self.overall) >= GOOD


def assess(subject: Subject, draw: Callable[[], float]) -> Assessment:
    """
    Draw the candidate's scores.

    Args:
        draw: gives a number in [0, 1), as `random.Random.random` does.
    """
    aptitude = 32 + int(62 * max(draw(), draw()))  # the better of two: most candidates do well, one in twelve does not
    required = {skill: _near(aptitude, -22, 18, draw) for skill in _named(subject.required_skills)}
    wanted = [skill for skill in _named(subject.nice_to_have_skills) if skill not in required]
    nice_to_have = {skill: _near(aptitude, -32, 8, draw) for skill in wanted}
    scores = {name: _near(aptitude, -9, 9, draw) for name in WEIGHTS.get(subject.focus, WEIGHTS["SCREENING"])}
    if "motivation" in scores:
        scores["motivation"] = max(scores["motivation"], INTERESTED)
    if "skills" in scores:
        counted = required or nice_to_have
        if counted:
            scores["skills"] = _mean((score, 1) for score in counted.values())
        else:
            del scores["skills"]
    return Assessment(scores, required, nice_to_have, overall_of(subject.focus, scores))


def overall_of(focus: str, scores: Mapping[str, int]) -> int:
    """The mean of the scores by weight, rounded half up."""
    weights = WEIGHTS.get(focus, WEIGHTS["SCREENING"])
    return _mean((score, weights[name]) for name, score in scores.items())


def cefr_of(asked: str | None, grammar: int) -> str:
    """The level that a grammar score stands for: about the level asked for, or on the whole scale if none was."""
    if asked in CEFR_LEVELS:
        place = CEFR_LEVELS.index(asked) + (grammar >= 85) - (grammar < 55)
    else:
        place = (grammar - 20) // 14
    return CEFR_LEVELS[min(max(place, 0), 5)]


def _named(skills: tuple[str, ...]) -> list[str]:
    """Each skill once, blank ones left out."""
    return [skill for skill in dict.fromkeys(skills) if skill.strip()]


def _near(aptitude: int, below: int, above: int, draw: Callable[[], float]) -> int:
    return min(max(aptitude + below + int(draw() * (above - below + 1)), 0), 100)


def _mean(weighted: Iterable[tuple[int, int]]) -> int:
    total = weights = 0
    for score, weight in weighted:
        total += score * weight
        weights += weight
    return (2 * total + weights) // (2 * weights)
