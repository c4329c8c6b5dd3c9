"""The analysis as a PDF."""

import io
from base64 import b64decode
from typing import Any

import pypdf
import pytest

from mockserver.analysis_pdf import MISSING, NOTE
from tests.support import (
    ATS,
    GLOBEX,
    INLINE_CANDIDATE,
    INLINE_JOB,
    LANGUAGE_TEST,
    NOWHERE,
    Mock,
    agent,
    body,
    candidate,
    company,
    demo,
    job,
)
from tests.support import (
    MISSING as LEFT_OUT,
)

ID = "11111111-0000-4000-8005-000000000001"


def path(id: str) -> str:
    return f"/interviews/{id}/analysis-pdf"


def named(first_name: str) -> dict[str, Any]:
    """A test interview for a candidate of this name."""
    return body(
        candidateId=LEFT_OUT, candidate={**INLINE_CANDIDATE, "firstName": first_name}, job=INLINE_JOB, isTest=True
    )


def finished(analysis: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The row of a completed interview with an analysis of one's own."""
    row = {
        "id": ID,
        "companyId": company(),
        "candidateId": candidate(3),
        "agentId": agent(2),
        "status": "COMPLETED",
        "createdAt": "2023-05-06T07:08:09Z",
        "finishedDate": "2023-05-06T07:20:00Z",
        "analysis": analysis,
    }
    return {**row, **changes}


async def pdf_of(mock: Mock, id: str) -> bytes:
    response = await mock.call("GET", path(id))
    assert response.status_code == 200, response.text
    assert list(response.json()) == ["analysisPdfBase64"]
    return b64decode(response.json()["analysisPdfBase64"], validate=True)


def text_of(pdf: bytes) -> str:
    """What a person can select in it, line ends left out."""
    reader = pypdf.PdfReader(io.BytesIO(pdf), strict=True)
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


async def test_the_pdf_tells_the_analysis(mock: Mock) -> None:
    """Whose it is, what it concludes, what was said: all of it can be read."""
    interview = (await mock.create(named("Jane"))).json()
    general, specific = interview["analysis"]["general"], interview["analysis"]["specific"]

    text = text_of(await pdf_of(mock, interview["id"]))

    assert "Interview analysis Candidate: Jane Doe Job: Senior engineer Agent: " in text
    assert f"Overall rating: {general['overallRating']}" in text
    assert "Candidate interest: yes" in text
    assert f"Recommendation: {specific['candidateAnalysis']['recommendation']}" in text
    for said in (*general["strongPoints"], *general["evaluation"], *(line["text"] for line in specific["transcript"])):
        assert " ".join(said.split()) in text


async def test_the_same_analysis_gives_the_same_bytes(mock: Mock) -> None:
    """The file says that it was made when the analysis was, whenever it is asked for."""
    id = (await mock.create(body(isTest=True))).json()["id"]

    first = await pdf_of(mock, id)
    await mock.advance(86_400)

    assert await pdf_of(mock, id) == first
    assert pypdf.PdfReader(io.BytesIO(first)).metadata["/CreationDate"] == "D:20240116103000Z"  # type: ignore[index]  # a PDF of ours has metadata


NAMES = [
    "Žofia Ľubomíra",
    "Łukasz Đorđe",
    "Иван Щербаков",
    "Їжак",
    "Γιώργος",
    "Nguyễn",
    "<b>&amp; O'Neill</b>",
    "a" * 100,
]


@pytest.mark.parametrize("name", NAMES)
async def test_names_are_shown_as_they_are_written(mock: Mock, name: str) -> None:
    """Diacritics, Cyrillic, Greek, what looks like markup, words too long for a line."""
    id = (await mock.create(named(name))).json()["id"]

    text = text_of(await pdf_of(mock, id))

    assert f"Candidate: {name}".replace(" ", "") in text.replace(" ", "")
    assert MISSING not in text


@pytest.mark.parametrize("name", ["山田", "محمد", "नेहा", "\U0001f600", "a\x00b"])
async def test_letters_that_the_font_lacks_are_marked(mock: Mock, name: str) -> None:
    """Each is shown as U+FFFD, and a note says where the letters are to be had."""
    id = (await mock.create(named(name))).json()["id"]

    text = text_of(await pdf_of(mock, id))

    assert f"Candidate: {MISSING}" in text or f"Candidate: a{MISSING}b" in text
    assert NOTE in text


async def test_a_language_test_shows_its_scores(mock: Mock) -> None:
    """What only some analyses have is told as well."""
    id = (await mock.create(body(agentId=agent(LANGUAGE_TEST), isTest=True))).json()["id"]

    text = text_of(await pdf_of(mock, id))

    assert "Pronunciation scores Accuracy: " in text
    assert "Grammar Level: " in text


ODD = {
    "general": {"overallRating": 0, "education": "", "strongPoints": [], "weakPoints": ["one", "two"]},
    "specific": {"parts": [{"name": "first", "parts": [{"text": "deep down"}]}], "none": None, "SQL": 7, "flag": False},
}


async def test_an_analysis_of_ones_own_is_told_whatever_it_holds() -> None:
    """A world file's analysis has any shape; without an instant of its own it is as old as its interview."""
    async with Mock(worlds=[demo(interviews=[finished(ODD)])]) as mock:
        pdf = await pdf_of(mock, ID)

    text = text_of(pdf)
    assert "Overall rating: 0 Weak points • one • two" in text
    assert "Specific Parts Name: first Parts deep down SQL: 7 Flag: no" in text
    assert "Education" not in text
    assert "Job" not in text
    assert pypdf.PdfReader(io.BytesIO(pdf)).metadata["/CreationDate"] == "D:20230506070809Z"  # type: ignore[index]  # the same


@pytest.mark.rule("ANALYSIS-READY")
async def test_there_is_no_pdf_before_the_analysis(mock: Mock) -> None:
    """Under way and just completed: 404; a minute after the end it is there."""
    id = (await mock.create()).json()["id"]

    await mock.refused(mock.call("GET", path(id)), 404, "ANALYSIS-READY")
    await mock.advance()
    assert (await pdf_of(mock, id)).startswith(b"%PDF-")


@pytest.mark.rule("INTERVIEW-EXISTS", "COMPANY-OWN", "KEY-ATS")
async def test_the_pdf_is_the_companys(mock: Mock) -> None:
    """Unknown, deleted, another company's, an ATS key that asks for no company."""
    id, gone = [(await mock.create(body(isTest=True))).json()["id"] for _ in range(2)]
    await mock.call("DELETE", f"/interviews/{gone}")

    await mock.refused(mock.call("GET", path(NOWHERE)), 404, "INTERVIEW-EXISTS")
    await mock.refused(mock.call("GET", path(gone)), 404, "INTERVIEW-EXISTS")
    await mock.refused(mock.call("GET", path(id), GLOBEX), 403, "COMPANY-OWN")
    await mock.refused(mock.call("GET", path(id), ATS), 400, "KEY-ATS")


async def test_the_envelope_wraps_the_pdf(mock: Mock) -> None:
    """The guides' wire has it under data."""
    await mock.readings(wire="envelope")
    id = (await mock.create(body(isTest=True, jobId=job(1)))).json()["data"]["id"]

    response = await mock.call("GET", path(id))

    assert response.json()["data"]["analysisPdfBase64"].startswith("JVBERi0")
