"""A treatment as its page shows it: stages and steps with their cases, versions, what changed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup

from outreach.config_files.treatment_changes import changes_between
from outreach.config_files.treatment_lint import Finding, lint_treatments
from outreach.config_files.treatments import Loaded
from outreach.config_files.yaml_lines import Lines
from outreach.domain.records import dataclass
from outreach.domain.steps import PlannedStep
from outreach.domain.treatment import Treatment
from outreach.facts.conditions import compile_condition
from outreach.rendering.catalog import Catalog
from outreach.rendering.treatment_picture import draw
from outreach.rendering.treatment_words import (
    days_words,
    evidence_words,
    stage_words,
    step_words,
)
from outreach.store.treatment_versions import KeptVersion
from outreach.usecases.check_words import words_missing
from outreach.usecases.treating import EVER
from outreach.usecases.treatment_cases import Spread, StageCases, steps_of
from outreach.web.console.words import Language, say_or

_SIGNS: Final = {"+": "added", "-": "removed", "~": "changed"}
_HELD_OUT: Final = "hold_out"


@dataclass(frozen=True, slots=True)
class ShownStep:
    """One step on one of its days; `cases` None where nothing was counted."""

    day: str
    key: str
    step: str
    through: str
    templates: tuple[str, ...]
    hours: str
    also: str
    cases: int | None


@dataclass(frozen=True, slots=True)
class ShownStage:
    """One stage with its steps."""

    name: str
    days: str
    opens: str
    cases: int | None
    before: int
    steps: tuple[ShownStep, ...]


@dataclass(frozen=True, slots=True)
class ShownVersion:
    """One version; `since` None: since ever."""

    hash: str
    since: date | None
    is_current: bool
    before: str


def show_stages(
    treatment: Treatment, language: Language, spread: Spread | None
) -> tuple[ShownStage, ...]:
    """Return the stages in order, then what answers events."""
    counted: Mapping[int, StageCases] = (
        {one.span.from_day: one for one in spread.stages} if spread else {}
    )
    first = next((span for span in treatment.stages if span.to_day > 0), None)
    shown = []
    for span in treatment.stages:
        cases = counted.get(span.from_day)
        is_asked = span.to_day > 0 and span is not first
        opens = evidence_words(span.opens, language) if is_asked else ""
        numbers = [one.cases for one in cases.steps] if cases else []
        steps = tuple(
            _step(one, language, numbers[place] if cases else None)
            for place, one in enumerate(steps_of(treatment, span))
        )
        shown.append(
            ShownStage(
                stage_words(span, language),
                days_words(span, language),
                opens,
                cases.cases if cases else None,
                cases.before if cases else 0,
                steps,
            )
        )
    return tuple(shown)


def show_events(treatment: Treatment, language: Language) -> tuple[ShownStep, ...]:
    """Return the steps that answer what happens, on no day."""
    stage = treatment.stages[0].stage
    steps = [one for one in (treatment.quote_step, *treatment.events.values()) if one is not None]
    return tuple(_step(PlannedStep(one.key, 0, stage, one), language, None, "–") for one in steps)


def _step(planned: PlannedStep, language: Language, cases: int | None, day: str = "") -> ShownStep:
    step = planned.step
    channels = dict.fromkeys(route.channel for route in step.routes)
    return ShownStep(
        day or (f"{planned.day:+d}" if planned.day else "0"),
        planned.key,
        step.key,
        " → ".join(say_or(language, f"channel.{one}", one) for one in channels),
        tuple(dict.fromkeys(route.template for route in step.routes if route.template)),
        f"{step.window.opens:%H:%M}–{step.window.closes:%H:%M}",
        "" if planned.key != step.key else step_words(step, language),
        cases,
    )


def show_versions(kept: Sequence[KeptVersion], current: str) -> tuple[ShownVersion, ...]:
    """Return versions of one name, the newest first, each with the one before it."""
    shown, before = [], ""
    for one in kept:
        since = None if one.since == EVER else one.since
        is_current = one.content_hash == current
        shown.append(ShownVersion(one.content_hash, since, is_current, before))
        before = one.content_hash
    return tuple(reversed(shown))


def show_changes(old: KeptVersion, new: KeptVersion, treatments: tuple[Treatment, Treatment]) -> (
    list[tuple[str, str]]
):  # fmt: skip
    """Return what changed from one version to another: `added`, `removed` or `changed`, and what.

    What becomes of running cases is said by the page.
    """
    before, after = (
        Loaded(Path(), one.content, treatment, Lines(""))
        for one, treatment in zip((old, new), treatments, strict=True)
    )
    return named_changes(changes_between(before, after))


def named_changes(said: Iterable[str]) -> list[tuple[str, str]]:
    """Return the lines of a comparison by kind; its last line, about cases, is left out."""
    *lines, _ = said
    return [(_SIGNS[line[0]], line[2:]) for line in lines]


def find_doubts(files: Iterable[Path], catalog: Catalog) -> list[Finding]:
    """Return what is wrong or doubtful in a treatment's files, in order of lines."""
    found, loaded = lint_treatments(files, compile_condition)
    for one in loaded:
        found += [
            Finding(str(one.file), 1, "error", text)
            for text in words_missing([one.treatment], catalog)
        ]
    return sorted(found, key=lambda one: (one.file, one.line))


def picture(treatment: Treatment, folder: Path, language: Language, key: str = "") -> Markup:
    """Return the drawing; `key` tells its ids from those of another in the same page."""
    drawn = draw(treatment, folder, language)
    for name in ("title", "desc"):
        drawn = drawn.replace(f'id="{name}"', f'id="{key}{name}"')
    drawn = drawn.replace('aria-labelledby="title desc"', f'aria-labelledby="{key}title {key}desc"')
    return Markup(drawn)  # noqa: S704 - our own template escapes what it fills in


def arms_of(treatment: Treatment) -> list[tuple[str, int, bool]]:
    """Return the arms of its experiment: name, share in per cent, whether it is the hold-out."""
    experiment: Any = treatment.experiment
    if experiment is None:
        return []
    return [(arm.key, arm.percent, arm.key == _HELD_OUT) for arm in experiment.arms]
