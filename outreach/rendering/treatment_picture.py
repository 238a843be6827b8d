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
from outreach.domain.steps import Evidence, PlannedStep, Proof, StageSpan, Step
from outreach.domain.treatment import Treatment

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


def draw(treatment: Treatment, folder: Path) -> str:
    """Return the picture as SVG.

    Args:
        treatment: What is drawn; the same treatment gives the same picture, byte by byte.
        folder: `templates/console`, where the drawing's template is.
    """
    environment = Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    bands = list(_bands(treatment))
    return environment.get_template(_FILE).render(
        width=_WIDTH,
        height=bands[-1].y + bands[-1].height + _GAP,
        title=treatment.name,
        about=_about(treatment),
        bands=bands,
    )


def evidence_words(evidence: Evidence) -> str:
    """Say in a sentence what opens a stage beside its day."""
    parts = []
    if evidence.notices:
        said = "delivered" if evidence.proof is Proof.DELIVERED else "sent"
        ways = f" by {' or '.join(sorted(evidence.channels))}" if evidence.channels else ""
        many = "a notice" if evidence.notices == 1 else f"each of {evidence.notices} notices"
        parts.append(f"{many} of the stage before was {said}{ways}")
        parts.append(f"{evidence.days_since} days have passed since")
    if evidence.none_open:
        parts.append(f"no {', '.join(sorted(evidence.none_open))} or promise is open")
    if evidence.when is not None:
        parts.append(evidence.when.source)
    return "opens when " + "; ".join(parts) if parts else "opens on its day"


def step_words(step: Step) -> str:
    """Say what else holds for a step: conditions, arms, who must approve."""
    also = []
    if step.conditions.when is not None:
        also.append(f"if {step.conditions.when.source}")
    if step.conditions.first_contact is not None:
        also.append("if nobody was contacted yet" if step.conditions.first_contact else "if later")
    if step.arms:
        also.append(f"arm {', '.join(sorted(step.arms))}")
    if step.mandatory:
        also.append("mandatory")
    if step.approval:
        also.append("a second person approves")
    return "; ".join(also)


def ways_of(step: Step) -> str:
    """Return the channels in the order in which they are tried."""
    return " → ".join(dict.fromkeys(route.channel for route in step.routes))


def _about(treatment: Treatment) -> str:
    said = [f"words in {treatment.locale}", f"running cases: {treatment.on_change}"]
    if treatment.experiment is not None:
        arms = ", ".join(f"{arm.key} {arm.percent} %" for arm in treatment.experiment.arms)
        said.append(f"experiment {treatment.experiment.key}: {arms}")
    if treatment.together_days:
        said.append(f"loans together within {treatment.together_days} days")
    return " · ".join(said)


def _bands(treatment: Treatment) -> Iterator[_Band]:
    y = _TOP
    first = next((span for span in treatment.stages if span.to_day > 0), None)
    for span in treatment.stages:
        keys = {step.key for step in span.steps}
        planned = [one for one in treatment.timeline if one.step.key in keys]
        late = span.to_day > 0
        texts = [evidence_words(span.opens)] if late and span is not first else []
        band = _band(y, _name(span), _days(span), texts, planned, late=late)
        yield band
        y += band.height + _GAP
    events = _events(treatment)
    if events:
        yield _band(y, "answers", "when it happens", [], events, late=False)


def _events(treatment: Treatment) -> list[PlannedStep]:
    stage = treatment.stages[0].stage
    steps = [treatment.quote_step, *treatment.events.values()]
    return [PlannedStep(one.key, 0, stage, one) for one in steps if one is not None]


def _band(
    y: int, name: str, days: str, texts: Iterable[str], planned: list[PlannedStep], *, late: bool
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
        day = "–" if days == "when it happens" else f"{one.day:+d}" if one.day else "0"
        ways, also = ways_of(one.step), "" if again else step_words(one.step)
        rows.append(_Row(at, day, one.step.key, ways, also, again))
        at += 6
    return _Band(y, at - y + 8, name, days, late, lines, rows)


def _name(span: StageSpan) -> str:
    return f"{span.stage} · {span.bucket}" if span.bucket != span.stage else span.bucket


def _days(span: StageSpan) -> str:
    if span.from_day == span.to_day:
        return f"day {span.from_day}"
    return f"days {span.from_day} to {span.to_day}"
