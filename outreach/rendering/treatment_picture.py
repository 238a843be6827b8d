"""A treatment as a picture: its stages down the page, and on which day they do what.

Stages before the due date have a dashed frame, later ones a solid one; a step's first day is a full
dot, a repetition an empty one. Nothing is told by colour alone.
"""

from collections.abc import Iterable, Iterator
from dataclasses import field
from pathlib import Path
from textwrap import wrap
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from outreach.domain.records import dataclass
from outreach.domain.steps import PlannedStep
from outreach.domain.treatment import Treatment
from outreach.rendering.treatment_words import (
    about_words,
    days_words,
    evidence_words,
    picture_word,
    stage_words,
    step_words,
    ways_of,
)
from outreach.rendering.verdicts.sentences import Language

_WIDTH: Final = 920
_TOP: Final = 70
_GAP: Final = 12
_HEAD: Final = 32
_LINE: Final = 18
_ROW: Final = 24
_CHARACTERS: Final = 110
_FILE: Final = "treatment.svg"


@dataclass(frozen=True, slots=True)
class _Line:
    y: int
    text: str


@dataclass(frozen=True, slots=True)
class _Row:
    y: int
    day: str
    key: str
    ways: str
    also: str
    again: bool


@dataclass(frozen=True, slots=True)
class _Band:
    y: int
    height: int
    name: str
    days: str
    late: bool
    lines: list[_Line] = field(default_factory=list)
    rows: list[_Row] = field(default_factory=list)


def draw(treatment: Treatment, folder: Path, language: Language = "en") -> str:
    """Return the picture as SVG.

    Args:
        treatment: What is drawn; the same treatment gives the same picture, byte by byte.
        folder: `templates/console`, where the drawing's template is.
        language: Of the words around what the treatment itself says.
    """
    environment = Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    bands = list(_bands(treatment, language))
    return environment.get_template(_FILE).render(
        width=_WIDTH,
        height=bands[-1].y + bands[-1].height + _GAP,
        title=treatment.name,
        about=about_words(treatment, language),
        bands=bands,
    )


def _bands(treatment: Treatment, language: Language) -> Iterator[_Band]:
    y = _TOP
    first = next((span for span in treatment.stages if span.to_day > 0), None)
    for span in treatment.stages:
        keys = {step.key for step in span.steps}
        planned = [one for one in treatment.timeline if one.step.key in keys]
        late = span.to_day > 0
        texts = [evidence_words(span.opens, language)] if late and span is not first else []
        heading = stage_words(span, language), days_words(span, language)
        band = _band(y, heading, texts, planned, language, late=late)
        yield band
        y += band.height + _GAP
    events = _events(treatment)
    if events:
        heading = picture_word("answers", language), picture_word("when it happens", language)
        yield _band(y, heading, [], events, language, late=False, is_dated=False)


def _events(treatment: Treatment) -> list[PlannedStep]:
    stage = treatment.stages[0].stage
    steps = [treatment.quote_step, *treatment.events.values()]
    return [PlannedStep(one.key, 0, stage, one) for one in steps if one is not None]


def _band(
    y: int,
    heading: tuple[str, str],
    texts: Iterable[str],
    planned: list[PlannedStep],
    language: Language,
    *,
    late: bool,
    is_dated: bool = True,
) -> _Band:
    lines, rows = [], []
    at = y + _HEAD
    for text in (part for long in texts for part in wrap(long, _CHARACTERS)):
        at += _LINE - 10
        lines.append(_Line(at, text))
        at += 10
    for one in planned:
        at += _ROW - 6
        again = one.key != one.step.key
        day = (f"{one.day:+d}" if one.day else "0") if is_dated else "–"
        also = "" if again else step_words(one.step, language)
        rows.append(_Row(at, day, one.step.key, ways_of(one.step, language), also, again))
        at += 6
    return _Band(y, at - y + 8, *heading, late, lines, rows)
