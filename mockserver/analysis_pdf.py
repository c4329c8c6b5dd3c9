"""
The analysis of an interview as a PDF, whatever the analysis holds.

The same analysis gives the same bytes. The font has Latin, Greek and Cyrillic letters; any other is shown as U+FFFD,
and a note says so.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from html import escape
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from re import sub
from typing import Any

from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate

from mockserver.clock import parse_instant
from mockserver.models import Interview
from mockserver.world import World

TITLE = "Interview analysis"
REGULAR, BOLD = "OpenSans-Regular", "OpenSans-Bold"
MISSING = "\N{REPLACEMENT CHARACTER}"
NOTE = f"{MISSING} stands for a letter that the font of this document lacks; the interview itself has it."


def pdf_of(world: World, interview: Interview) -> bytes:
    """The PDF of an interview that has its analysis."""
    assert interview.analysis is not None
    store = world.store
    candidate = store.candidates.past(interview.candidate_id)
    about = {
        "candidate": f"{candidate.first_name} {candidate.last_name}",
        "job": None if interview.job_id is None else store.jobs.past(interview.job_id).title,
        "agent": store.agents.past(interview.agent_id).name,
        "interview": interview.id,
    }
    return _printed({**about, **interview.analysis}, _made_at(interview, interview.analysis))


def _made_at(interview: Interview, analysis: Mapping[str, Any]) -> datetime:
    """When the analysis was made; one from a world file may not say, and counts as made when its interview was."""
    said = analysis["general"].get("createdAt")
    return interview.created_at if said is None else parse_instant(said)


def _printed(content: Mapping[str, object], made_at: datetime) -> bytes:
    styles = _styles()
    told = list(_sections(content, 1))
    note = [Paragraph(NOTE, styles[-1])] if any(MISSING in each.getPlainText() for each in told) else []
    story: list[Flowable] = [Paragraph(TITLE, styles[0]), *told, *note]

    def date(canvas: Canvas, _document: object) -> None:
        canvas.setDateFormatter(lambda *_: f"D:{made_at:%Y%m%d%H%M%S}Z")

    file = BytesIO()
    document = SimpleDocTemplate(file, title=TITLE, author="instaview-mockserver", invariant=1)
    document.build(story, onFirstPage=date)
    return file.getvalue()


def _sections(content: Mapping[str, object], level: int) -> Iterator[Paragraph]:
    """Each field of an object: a line, or a heading and what stands below it. Empty ones are left out."""
    for name, value in content.items():
        if isinstance(value, Mapping | list | tuple) and value:
            yield Paragraph(_label(name), _styles()[min(level, 3)])
            yield from _sections(value, level + 1) if isinstance(value, Mapping) else _items(value, level + 1)
        elif value not in (None, "", [], {}):
            yield Paragraph(f'<font name="{BOLD}">{_label(name)}:</font> {_shown(value)}', _styles()[-1])


def _items(values: list[Any] | tuple[Any, ...], level: int) -> Iterator[Paragraph]:
    for value in values:
        if not isinstance(value, Mapping):
            yield Paragraph(f"\N{BULLET} {_shown(value)}", _styles()[-1])
        elif "text" in value:  # a segment of the transcript
            said_by, text = _shown(value.get("speaker", "")), _shown(value["text"])
            yield Paragraph(f'<font name="{BOLD}">{said_by}</font> {text}', _styles()[-1])
        else:
            yield from _sections(value, level)


def _label(name: str) -> str:
    """`overallRating` as people write it."""
    words = sub(r"(?<=[a-z])[A-Z](?=[a-z])", lambda letter: f" {letter[0].lower()}", name)
    return _shown(words[:1].upper() + words[1:])


def _shown(value: object) -> str:
    """As markup of a paragraph."""
    glyphs, text = _glyphs(), ("yes" if value else "no") if isinstance(value, bool) else str(value)
    letters = (letter if letter in glyphs else " " if letter.isspace() else MISSING for letter in text)
    return escape("".join(letters))


@cache
def _glyphs() -> frozenset[str]:
    """Make the fonts known, and tell which characters they have."""
    spec = find_spec("ttf_opensans")  # importing it would load an imaging library
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent / "ttf"
    fonts = [TTFont(name, folder / f"{name}.ttf") for name in (REGULAR, BOLD)]
    for font in fonts:
        registerFont(font)
    return frozenset.intersection(*(frozenset(map(chr, font.face.charToGlyph)) for font in fonts))


@cache
def _styles() -> tuple[ParagraphStyle, ...]:
    """Headings from the title down, and the text last."""
    _glyphs()
    return (*map(_heading, (18, 14, 12, 10)), ParagraphStyle("text", fontName=REGULAR, leading=14, spaceAfter=3))


def _heading(size: int) -> ParagraphStyle:
    return ParagraphStyle(f"h{size}", fontName=BOLD, fontSize=size, leading=size * 1.4, spaceBefore=6, keepWithNext=1)
