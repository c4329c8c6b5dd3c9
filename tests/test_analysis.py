"""The mock analysis: its shape, its agreement with itself, and that it is about this interview and no other."""

import json
import string
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mockserver import contract
from mockserver.analysis import Subject, analysis_of
from mockserver.analysis.phrases import LANGUAGES, fallback, phrasebook_of
from mockserver.analysis.scores import CEFR_LEVELS, WEIGHTS, cefr_of
from mockserver.analysis.transcript import names
from mockserver.paths import FIXTURES

pytestmark = pytest.mark.rule("TEST-ANALYSIS")

ID = "7d2f9c44-1a6b-4f0d-9a57-3c2e8b5d6f70"
CREATED_AT = "2024-01-16T10:30:00Z"
OWN_QUESTIONS = ("What is your experience with React?", "Tell me about a challenging project you worked on")
JANE = Subject(
    first_name="Jane",
    last_name="Doe",
    job_title="Senior TypeScript Developer",
    required_skills=("TypeScript", "React", "Node.js"),
    nice_to_have_skills=("Docker", "AWS", "GraphQL"),
    focus="SCREENING",
    language="EN",
    questions=(),
    cefr_level=None,
    duration_seconds=300,
    company="Acme",
    agent_name="Nora",
)
TALENT = replace(JANE, focus="GENERIC", job_title=None, required_skills=(), nice_to_have_skills=())
# The languages agents may have that no phrasebook serves, and one that no document names.
OTHERS = [
    "AR",
    "BG",
    "DA",
    "EL",
    "FI",
    "FIL",
    "HI",
    "HR",
    "ID",
    "JA",
    "KO",
    "MS",
    "NO",
    "RU",
    "SV",
    "TA",
    "TR",
    "VI",
    "ZH",
]
SEEDS = tuple(str(number) for number in range(60))
NASTY = (
    "{0}",
    "{name}",
    "{name.__class__}",
    "%s",
    "%(name)s",
    "\x00",
    "\\u0000",
    "👩‍💻",
    "Łukasz Žižka",
    "}{",
    "x" * 200,
)
# The scores of JANE with seed 42 and of TALENT with seed 7.
PINNED = (
    {"communication": 88, "motivation": 81, "experience": 89, "skills": 81},
    {"communication": 74, "motivation": 75, "experience": 91, "adaptability": 84},
)

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40) | st.sampled_from(NASTY)
spoken = texts.filter(lambda text: bool(text.strip()))
skills = st.lists(spoken, max_size=5, unique=True).map(tuple)
subjects = st.builds(
    Subject,
    first_name=texts,
    last_name=texts,
    job_title=st.none() | texts,
    required_skills=skills,
    nice_to_have_skills=skills,
    focus=st.sampled_from(sorted(WEIGHTS)),
    language=st.sampled_from([*sorted(LANGUAGES), *OTHERS, "UNDEFINED"]),
    questions=st.lists(texts, max_size=14).map(tuple),
    cefr_level=st.none() | st.sampled_from(CEFR_LEVELS),
    duration_seconds=st.integers(60, 10_800),
    company=texts,
    agent_name=texts,
)


def analysed(subject: Subject, seed: str = "42", id: str = ID) -> Any:
    return analysis_of(subject, id=id, created_at=CREATED_AT, seed=seed)


def said(analysis: Any, speaker: str) -> list[str]:
    return [segment["text"] for segment in analysis["specific"]["transcript"] if segment["speaker"] == speaker]


def scores_of(analysis: Any) -> dict[str, int]:
    scores: dict[str, int] = analysis["specific"]["candidateAnalysis"]["scores"]
    return scores


@given(subject=subjects, seed=texts)
@example(subject=JANE, seed="")
@example(subject=replace(JANE, first_name="{0}", company="%s", agent_name="\x00", job_title="{job}"), seed="{0}")
def test_it_has_the_shape_of_the_contract(subject: Subject, seed: str) -> None:
    """Whatever the interview, the analysis is what contracts/openapi.yaml says, and can be written as JSON."""
    analysis = analysed(subject, seed)

    contract.compiled({"$ref": "#/components/schemas/Analysis"}).validate(json.loads(json.dumps(analysis)))


@given(subject=subjects)
def test_general_and_specific_hold_exactly_the_named_fields(subject: Subject) -> None:
    """Nothing is left out and nothing added; a language test alone has pronunciation and grammar."""
    analysis = analysed(subject)

    test_only = {"pronunciationScores", "grammar"} if subject.focus == "LANGUAGE_TEST" else set()
    assert list(analysis) == ["id", "general", "specific"]
    assert " ".join(analysis["general"]) == (
        "createdAt updatedAt overallRating companyFitRating education experience "
        "strongPoints weakPoints evaluation status"
    )
    assert set(analysis["specific"]) == {"conversationCheck", "candidateAnalysis", "transcript"} | test_only
    assert analysis["specific"]["conversationCheck"] == {"candidateInterest": True, "conversationCompleted": True}
    assert analysis["general"]["status"] == 3
    assert analysis["general"]["createdAt"] == analysis["general"]["updatedAt"] == CREATED_AT


@given(subject=subjects)
@example(subject=replace(JANE, duration_seconds=60, questions=("long " * 2_000, "short")))
@example(subject=replace(JANE, duration_seconds=10_800, questions=tuple(f"{n}?" for n in range(500))))
def test_segments_follow_each_other_within_the_interview(subject: Subject) -> None:
    """In order, at least a second each, none overlapping, agent and candidate by turns, at most sixty."""
    transcript = analysed(subject)["specific"]["transcript"]

    starts = [segment["startSeconds"] for segment in transcript]
    ends = [segment["endSeconds"] for segment in transcript]
    assert starts[0] == 0
    assert ends[-1] <= subject.duration_seconds
    assert all(start < end for start, end in zip(starts, ends, strict=True))
    assert all(end <= start for end, start in zip(ends, starts[1:], strict=False))
    assert [segment["speaker"] for segment in transcript] == ["AGENT", "CANDIDATE"] * (len(transcript) // 2)
    assert 8 <= len(transcript) <= 60


def test_a_longer_interview_has_more_to_say() -> None:
    """The number of turns grows with the duration until there is nothing left to ask."""
    turns = [len(analysed(replace(JANE, duration_seconds=s))["specific"]["transcript"]) for s in (60, 120, 300, 1800)]

    assert turns == sorted(set(turns))


def test_an_interview_of_no_length_has_no_time_in_it() -> None:
    """Shorter than any real one: nothing fails, and nothing lies outside."""
    transcript = analysed(replace(JANE, duration_seconds=0))["specific"]["transcript"]

    assert {segment["endSeconds"] for segment in transcript} == {0}


@given(subject=subjects)
def test_greeting_and_farewell_name_who_talks(subject: Subject) -> None:
    """The agent greets by first name and says who it is and for whom; at the end it thanks by name."""
    agent = said(analysed(subject), "AGENT")

    assert all(name in agent[0] for name in (subject.first_name, subject.agent_name, subject.company))
    assert all(name in agent[-1] for name in (subject.first_name, subject.company))


@given(subject=subjects)
def test_the_job_is_named_unless_the_talk_is_about_no_job(subject: Subject) -> None:
    """A screening or an outreach call says at once which position it is about."""
    greeting = said(analysed(subject), "AGENT")[0]

    assert subject.job_title is None or subject.focus in {"GENERIC", "LANGUAGE_TEST"} or subject.job_title in greeting


@given(subject=subjects)
@example(subject=replace(JANE, questions=("Why us?", "Why us?", "  ", "{0}", "%s {name}")))
def test_own_questions_are_asked_word_by_word_and_once(subject: Subject) -> None:
    """As many of the agent's questions as there is time for, in their order, each a segment of its own."""
    subject = replace(subject, duration_seconds=max(subject.duration_seconds, 25 * len(subject.questions)))
    own = [question for question in dict.fromkeys(subject.questions) if question.strip()]

    asked = [text for text in said(analysed(subject), "AGENT") if text in own]

    assert asked == own


def test_own_questions_that_do_not_fit_are_left_out_from_the_end() -> None:
    """Thirty questions in five minutes: the first dozen is asked, and nothing else is."""
    questions = tuple(f"Question number {number}?" for number in range(30))

    agent = said(analysed(replace(JANE, questions=questions)), "AGENT")

    assert agent[1:-2] == list(questions[:12])


@given(subject=subjects, seed=st.sampled_from(SEEDS))
def test_answers_mention_a_skill_of_the_job(subject: Subject, seed: str) -> None:
    """Whoever is asked about a job with skills says something about one of them."""
    wanted = [*subject.required_skills, *subject.nice_to_have_skills]
    if subject.focus == "GENERIC" or not wanted:
        return
    answers = said(analysed(subject, seed), "CANDIDATE")

    assert any(skill in answer for skill in wanted for answer in answers)


def test_without_own_questions_the_questions_come_from_job_and_skills() -> None:
    """The job's title and its required skills are asked about."""
    questions = " ".join(said(analysed(JANE), "AGENT")[1:])

    assert all(text in questions for text in ("Senior TypeScript Developer", *JANE.required_skills))


@pytest.mark.parametrize("seed", SEEDS[:10])
def test_a_generic_talk_is_about_background_and_wishes(seed: str) -> None:
    """Without a job the agent asks what was and what should be."""
    questions = [text.split(". ")[-1] for text in said(analysed(TALENT, seed), "AGENT")]
    variants = phrasebook_of("EN").variants

    assert any(question.endswith(tuple(variants["q_background"])) for question in questions)
    assert any(question.endswith(tuple(variants["q_future"])) for question in questions)


def test_a_skill_that_an_own_question_names_is_answered_and_not_asked_for_again() -> None:
    """ "React" is in the agent's own question: the answer is about React, and no made question repeats it."""
    analysis = analysed(replace(JANE, questions=OWN_QUESTIONS))
    texts = [segment["text"] for segment in analysis["specific"]["transcript"]]

    asked = texts.index(OWN_QUESTIONS[0])

    assert "React" in texts[asked + 1]
    assert [text for text in said(analysis, "AGENT") if "React" in text] == [OWN_QUESTIONS[0]]


def test_a_skill_counts_once() -> None:
    """Named twice, in both lists, or blank: the analysis is that of the skills without the repetition."""
    doubled = replace(JANE, required_skills=("TypeScript", " ", *JANE.required_skills))
    doubled = replace(doubled, nice_to_have_skills=("React", *JANE.nice_to_have_skills, "AWS"))

    assert analysed(doubled) == analysed(JANE)


@pytest.mark.parametrize(
    ("question", "skill", "named"),
    [
        pytest.param("How well do you know Go?", "Go", True, id="a word of its own"),
        pytest.param("What are you good at?", "Go", False, id="a part of a word"),
        pytest.param("Are you good at Go?", "go", True, id="first a part, then a word; any case"),
        pytest.param("C++ or Rust?", "C++", True, id="at the start, with signs"),
        pytest.param("Do you know Rust", "Rust", True, id="at the end"),
        pytest.param("Rustic?", "Rust", False, id="the start of a word"),
        pytest.param("a" * 1_000_000, "a", False, id="very long"),
    ],
)
def test_a_question_names_a_skill_as_a_word(question: str, skill: str, named: bool) -> None:
    """Skills are short: finding them anywhere would find them everywhere."""
    assert names(question, skill) is named


@given(subject=subjects, seed=texts)
def test_ratings_and_recommendation_agree_with_the_scores(subject: Subject, seed: str) -> None:
    """The rating is the weighted mean; fit and recommendation follow from it."""
    analysis = analysed(subject, seed)
    scores, overall = scores_of(analysis), analysis["general"]["overallRating"]

    weights = WEIGHTS[subject.focus]
    mean = sum(weights[name] * score for name, score in scores.items()) / sum(weights[name] for name in scores)
    band = ("LOW", "REJECT") if overall < 50 else ("MEDIUM", "CONSIDER") if overall < 70 else ("HIGH", "ADVANCE")
    recommendation = analysis["specific"]["candidateAnalysis"]["recommendation"]
    assert abs(overall - mean) <= 0.5
    assert (analysis["general"]["companyFitRating"], recommendation) == band
    assert all(0 <= score <= 100 for score in scores.values())


def test_the_verdict_in_words_is_the_recommendation() -> None:
    """All three outcomes occur, and the first sentence of the evaluation says the same with the full name."""
    analyses = [analysed(JANE, seed) for seed in SEEDS]

    found = {a["specific"]["candidateAnalysis"]["recommendation"]: a["general"]["evaluation"][0] for a in analyses}

    variants = phrasebook_of("EN").variants
    assert set(found) == {"ADVANCE", "CONSIDER", "REJECT"}
    assert all(
        sentence in [variant.format(full_name="Jane Doe") for variant in variants[recommendation.lower()]]
        for recommendation, sentence in found.items()
    )


@pytest.mark.parametrize("focus", sorted(WEIGHTS))
@pytest.mark.parametrize("wanted", [(), ("Docker",)], ids=["nothing nice to have", "one nice to have"])
def test_points_agree_with_the_scores(focus: str, wanted: tuple[str, ...]) -> None:
    """At least one point for and one against, none for and against the same; a skill counted weak scored low."""
    subject = replace(JANE, focus=focus, nice_to_have_skills=wanted)
    for analysis in (analysed(subject, seed) for seed in SEEDS):
        strong, weak = analysis["general"]["strongPoints"], analysis["general"]["weakPoints"]

        topics = [point.split(":")[0] for point in (*strong, *weak)]
        numbers = {point.split(":")[0]: int(point.split("(")[1].split("/")[0]) for point in weak if "/100)" in point}
        assert strong
        assert weak
        assert len(topics) == len(set(topics))
        assert all(score < 60 for topic, score in numbers.items() if topic in JANE.required_skills)
        assert analysis["general"]["evaluation"][2].endswith(weak[0].split(":")[0])


def test_who_claims_a_skill_scored_in_it() -> None:
    """The words of an answer about a skill and the report's points about it do not contradict each other."""
    variants = phrasebook_of("EN").variants
    claims = [variant.format(skill=skill) for variant in variants["a_skill_high"] for skill in JANE.required_skills]

    for analysis in (analysed(JANE, seed) for seed in SEEDS):
        claimed = [claim for claim in claims for text in said(analysis, "CANDIDATE") if text.startswith(claim)]

        weak = {point.split(":")[0] for point in analysis["general"]["weakPoints"]} & set(JANE.required_skills)
        assert not [claim for claim in claimed for skill in weak if f" {skill}" in f" {claim}"]


def test_education_and_experience_are_what_the_candidate_said() -> None:
    """The report takes both from the talk."""
    analysis = analysed(replace(TALENT, duration_seconds=1_800))
    answers = " ".join(said(analysis, "CANDIDATE"))

    years = next(word for word in analysis["general"]["experience"].split() if word[0].isdigit())
    assert analysis["general"]["education"] in answers
    assert f" {years} year" in answers


@given(subject=subjects, seed=texts)
def test_the_same_seed_and_id_give_the_same_analysis(subject: Subject, seed: str) -> None:
    """Nothing but the arguments decides."""
    assert analysed(subject, seed) == analysed(subject, seed)


def test_the_numbers_of_one_seed_are_pinned() -> None:
    """The same on every Python and in every release: a change here changes what users have recorded."""
    assert (scores_of(analysed(JANE)), scores_of(analysed(TALENT, "7"))) == PINNED


@pytest.mark.parametrize("language", [*sorted(LANGUAGES), "TA"])
def test_candidates_differ(language: str) -> None:
    """Sixty interviews of one agent for one job: no two reports and no two talks are alike."""
    analyses = [analysed(replace(JANE, language=language), id=seed) for seed in SEEDS]

    reports = {json.dumps([scores_of(analysis), analysis["general"]]) for analysis in analyses}
    talks = {json.dumps(analysis["specific"]["transcript"]) for analysis in analyses}
    assert len(reports) == len(talks) == len(SEEDS)


@pytest.mark.parametrize("language", sorted(LANGUAGES - {"EN"}))
def test_each_language_speaks_for_itself(language: str) -> None:
    """No sentence of a talk in another language is an English one, and no note says so."""
    analysis = analysed(replace(JANE, language=language))
    english = [analysed(JANE, seed) for seed in SEEDS]

    texts = {text for speaker in ("AGENT", "CANDIDATE") for text in said(analysis, speaker)}
    assert not texts & {text for each in english for speaker in ("AGENT", "CANDIDATE") for text in said(each, speaker)}
    assert len(analysis["general"]["evaluation"]) == 3


@pytest.mark.parametrize("language", ["EN", "UNDEFINED"])
def test_english_and_no_language_are_english_without_a_note(language: str) -> None:
    """UNDEFINED reads as EN."""
    assert analysed(replace(JANE, language=language)) == analysed(JANE)


@pytest.mark.parametrize("language", [*OTHERS, "TLH"])
def test_other_languages_are_written_in_english_and_named(language: str) -> None:
    """The conversation check stays, and the last sentence of the evaluation says which language it was."""
    analysis = analysed(replace(JANE, language=language))

    name = fallback().names.get(language, "TLH")
    assert analysis["specific"]["conversationCheck"]["conversationCompleted"] is True
    assert name in analysis["general"]["evaluation"][-1]
    assert said(analysis, "CANDIDATE")[-1] in phrasebook_of("EN").variants["bye"]


@pytest.mark.parametrize("text", NASTY)
def test_names_and_skills_come_out_verbatim(text: str) -> None:
    """Nothing in a user's text is read as a template, in any place where it comes out."""
    subject = Subject(text, text, text, (text,), (), "SCREENING", "SK", (text,), None, 300, text, text)
    analysis = analysed(subject)

    points = [*analysis["general"]["strongPoints"], *analysis["general"]["weakPoints"]]
    assert text in said(analysis, "AGENT")
    assert any(text in answer for answer in said(analysis, "CANDIDATE"))
    assert analysis["general"]["evaluation"][0].startswith(f"{text} {text}:")
    assert [point for point in points if text in point] or 60 <= scores_of(analysis)["skills"] < 75


@pytest.mark.parametrize(
    ("asked", "grammar", "level"),
    [
        pytest.param("B1", 85, "B2", id="well above the level asked for"),
        pytest.param("B1", 84, "B1", id="at the level"),
        pytest.param("B1", 55, "B1", id="still at the level"),
        pytest.param("B1", 54, "A2", id="below the level"),
        pytest.param("C2", 100, "C2", id="nothing above"),
        pytest.param("A1", 0, "A1", id="nothing below"),
        pytest.param(None, 0, "A1", id="no level asked for: lowest"),
        pytest.param(None, 62, "B2", id="no level asked for: middle"),
        pytest.param(None, 100, "C2", id="no level asked for: highest"),
    ],
)
def test_the_grammar_level_follows_from_score_and_level_asked_for(asked: str | None, grammar: int, level: str) -> None:
    """A level up, down, or as asked for."""
    assert cefr_of(asked, grammar) == level


def test_a_language_test_scores_what_it_reports() -> None:
    """Pronunciation and fluency are the scores; the level fits the grammar score."""
    analysis = analysed(replace(JANE, focus="LANGUAGE_TEST", cefr_level="B2"))

    scores, specific = scores_of(analysis), analysis["specific"]
    assert specific["pronunciationScores"] == {"accuracy": scores["pronunciation"], "fluency": scores["fluency"]}
    assert specific["grammar"] == {"level": cefr_of("B2", scores["grammar"])}


# The phrase files

FILES = sorted(path for path in (FIXTURES / "analysis").glob("*.json") if path.stem != "fallback")
RICH = {"en", "sk", "cs", "de"}
PAIRS = ("outreach", "topic", "motivation", "future", "start")
# Fields that a phrase must or may name; slots that are not here have none.
FIELDS = {
    "greeting": "name agent company",
    "closing": "name company",
    "about_job": "job",
    "q_outreach": "job",
    "q_motivation": "job",
    "a_motivation": "company",
    "a_background": "years",
    "a_education": "education",
    "experience": "years",
    "verify": "topic",
    "weak_nice": "topic",
} | dict.fromkeys(("q_skill", "a_skill_high", "a_skill_low", "a_own_skill"), "skill")
FIELDS |= dict.fromkeys(("strong", "strong_mild", "weak", "weak_mild"), "topic score")
FIELDS |= dict.fromkeys(("advance", "consider", "reject"), "full_name")


def read(name: str) -> Any:
    return json.loads((FIXTURES / "analysis" / f"{name}.json").read_text(encoding="utf-8"))


def fields_of(phrase: str) -> list[str]:
    """The fields in braces; a format or conversion in one is shown, so that it is noticed."""
    parsed = string.Formatter().parse(phrase)
    return [f"{field}{form}{conversion or ''}" for _, field, form, conversion in parsed if field is not None]


def test_there_is_a_file_for_each_language() -> None:
    """The list in the code is the list of files; the fallback names all others."""
    assert {path.stem.upper() for path in FILES} == LANGUAGES
    assert sorted(fallback().names) == sorted(OTHERS)
    assert [fields_of(note) for note in fallback().notes] == [["language"]] * len(fallback().notes)


@pytest.mark.parametrize("name", [path.stem for path in FILES])
def test_each_file_has_the_same_slots_and_enough_variants(name: str) -> None:
    """Six different variants in the languages used most, three in the others; questions and answers in pairs."""
    phrases = read(name)
    labels = phrases.pop("labels")

    enough = 6 if name in RICH else 3
    assert set(phrases) == set(read("en")) - {"labels"}
    assert set(labels) == {score for weights in WEIGHTS.values() for score in weights}
    assert len(set(labels.values())) == len(labels)
    assert [slot for slot, variants in phrases.items() if len(set(variants)) < enough] == []
    assert [pair for pair in PAIRS if len(phrases[f"q_{pair}"]) != len(phrases[f"a_{pair}"])] == []


@pytest.mark.parametrize("name", [path.stem for path in FILES])
def test_each_phrase_names_the_fields_of_its_slot(name: str) -> None:
    """Exactly the fields that are filled there: nothing stays open, nothing that matters is left out."""
    phrases = read(name)
    del phrases["labels"]

    wrong = [
        phrase
        for slot, variants in phrases.items()
        for phrase in variants
        if sorted(fields_of(phrase)) != sorted(FIELDS.get(slot, "").replace("?", "").split())
    ]

    assert wrong == []
