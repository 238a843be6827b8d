"""Timelines: every step on every day it is planned for, for each arm of an experiment."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace

from outreach.domain.experiments import HOLD_OUT, NO_ARM
from outreach.domain.records import dataclass
from outreach.domain.steps import PlannedStep, StageSpan, Step, TreatmentError


@dataclass(frozen=True, slots=True)
class SpanPlan:
    """A stage that collects, with the steps of one arm in it, by day.

    `after` is the place of the nearest stage before it that has steps, None if none has: nobody
    can have been told of what has no words.
    """

    span: StageSpan
    steps: tuple[PlannedStep, ...]
    after: int | None


@dataclass(frozen=True, slots=True)
class ArmPlan:
    """The steps that the people of one arm get.

    Attributes:
        timeline: All of them in order of days.
        spans: Stages after the due day, in order.
        places: Place of its stage (-1: before or on the due day) and plan of each step, by key.
    """

    timeline: tuple[PlannedStep, ...]
    spans: tuple[SpanPlan, ...]
    places: Mapping[str, tuple[int, PlannedStep]] = field(hash=False)


def check_arms(stages: Iterable[StageSpan], arms: frozenset[str]) -> None:
    """Make sure that steps name only arms that there are.

    Raises:
        TreatmentError: One doesn't.
    """
    for span in stages:
        for step in span.steps:
            if unknown := sorted(step.arms - arms):
                known = ", ".join(sorted(arms)) or "none"
                problem = f"there is no arm {unknown[0]!r}; there are: {known}"
                raise TreatmentError(f"stages.{span.bucket}.{step.key}.arms", problem)


def plan_of(stages: Sequence[StageSpan], arm: str) -> ArmPlan:
    """Lay out what one arm gets; raises as `timeline` does."""
    own = [replace(span, steps=tuple(s for s in span.steps if _is_for(s, arm))) for span in stages]
    days = timeline(own)
    late = [span for span in own if span.to_day > 0]
    spans: list[SpanPlan] = []
    places: dict[str, tuple[int, PlannedStep]] = {one.key: (-1, one) for one in days}
    after: int | None = None
    for place, span in enumerate(late):
        keys = {step.key for step in span.steps}
        steps = tuple(one for one in days if one.step.key in keys and one.day > 0)
        places.update({one.key: (place, one) for one in steps})
        spans.append(SpanPlan(span, steps, after))
        after = place if steps else after
    return ArmPlan(days, tuple(spans), places)


def _is_for(step: Step, arm: str) -> bool:
    if arm == HOLD_OUT:
        return step.mandatory
    return arm == NO_ARM or not step.arms or arm in step.arms


def timeline(stages: Sequence[StageSpan]) -> tuple[PlannedStep, ...]:
    """Lay out every step on every day it is planned for, one a day, in order.

    A step's own first day wins over another's repetition on the same day.

    Raises:
        TreatmentError: Stages out of order or none; a step outside its stage; a key used twice;
            two first days or two repetitions on one day.
    """
    _check_spans(stages)
    firsts: dict[int, PlannedStep] = {}
    repetitions: dict[int, PlannedStep] = {}
    keys: set[str] = set()
    for span in stages:
        for step in span.steps:
            path = f"stages.{span.bucket}.{step.key}"
            if step.key in keys:
                raise TreatmentError(path, "this key is used by another step")
            keys.add(step.key)
            for planned in _days_of(span, step):
                if not span.from_day <= planned.day <= span.to_day:
                    problem = f"day {planned.day} is outside {span.from_day} … {span.to_day}"
                    raise TreatmentError(path, problem)
                days = firsts if planned.day == step.day else repetitions
                if planned.day in days:
                    problem = f"day {planned.day} is taken by {days[planned.day].key}"
                    raise TreatmentError(path, problem)
                days[planned.day] = planned
    merged = {**repetitions, **firsts}
    return tuple(merged[day] for day in sorted(merged))


def _check_spans(stages: Sequence[StageSpan]) -> None:
    if not stages:
        raise TreatmentError("stages", "there is no stage")
    last_day: int | None = None
    for span in stages:
        if span.to_day < span.from_day:
            raise TreatmentError(f"stages.{span.bucket}", "it ends before it begins")
        if last_day is not None and span.from_day <= last_day:
            raise TreatmentError(f"stages.{span.bucket}", "it begins before the last one ended")
        last_day = span.to_day


def _days_of(span: StageSpan, step: Step) -> Iterable[PlannedStep]:
    yield PlannedStep(step.key, step.day, span.stage, step)
    if step.repeat is not None:
        days = range(
            step.day + step.repeat.every_days, step.repeat.until_day + 1, step.repeat.every_days
        )
        for day in days:
            yield PlannedStep(f"{step.key}.d{day}", day, span.stage, step)
