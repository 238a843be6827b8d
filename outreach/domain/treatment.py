"""Treatments: who is contacted on which day, through what, with which words.

A treatment is data (`config/treatments/*.yaml`); this module holds its frozen form. Days are days
past due in the lender's calendar: -7 is a week before the due date, 0 the due date, 1 the day
after. What to do now is chosen by `outreach.domain.choosing`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import field
from datetime import time, timedelta
from typing import Final

from outreach.domain.records import dataclass
from outreach.domain.vocabulary import Channel, ErrorClass, LenderRole, Purpose, Stage

PLANNING_HORIZON_DAYS: Final = 35
"""A loan is looked at daily from this many days before its due date until its last stage ends."""

MAY_RETRY: Final = frozenset({ErrorClass.UNREACHABLE_RETRY, ErrorClass.UNKNOWN})
"""Failures after which the same address may be tried again: nothing says that it never will do.

What was never placed at all (throttled, expired …) is made again without being listed.
"""

MAY_FALL_BACK: Final = frozenset(
    {ErrorClass.INVALID_ADDRESS, ErrorClass.UNREACHABLE_RETRY, ErrorClass.UNKNOWN}
)
"""Failures that are about the address or the moment, so another address may be tried.

An opt-out, a block for reputation or a fault of our own is never answered by moving on.
"""


class TreatmentError(ValueError):
    """A treatment contradicts itself; `path` names the place, `problem` what is wrong."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Selector:
    """Loans that a treatment is meant for: an empty set asks nothing, all others must match."""

    lenders: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    products: frozenset[str] = frozenset()
    roles: frozenset[LenderRole] = frozenset()
    languages: frozenset[str] = frozenset()

    @property
    def specificity(self) -> int:
        """How many things are asked for; the treatment that asks most wins."""
        asked = (self.lenders, self.countries, self.products, self.roles, self.languages)
        return sum(1 for values in asked if values)


@dataclass(frozen=True, slots=True)
class LocalWindow:
    """Local time of day in which a step may be made: half-open, `opens` in, `closes` out.

    Both are of one day and `opens` is earlier: a window never spans midnight.
    """

    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class Route:
    """One way to reach a person: a channel, its words, and how many of their addresses to use."""

    channel: Channel
    template: str
    addresses: int = 1


@dataclass(frozen=True, slots=True)
class Retry:
    """Try the same address again: after which failures, how long after, how many more times."""

    on: frozenset[ErrorClass] = frozenset()
    after: timedelta = timedelta(hours=1)
    times: int = 0


@dataclass(frozen=True, slots=True)
class Conditions:
    """What must be so for a step to be made; else its day passes without a contact.

    Attributes:
        floor_minor: Least amount, by currency, worth a contact; other currencies have no floor.
        while_provisional: Contact even while a payment that isn't final yet covers the amount.
        first_contact: True: only where nobody was contacted in this case yet; False: only where
            somebody was; None: either.
        risk_buckets: The platform's risk words that the step is for; empty: all.
    """

    floor_minor: tuple[tuple[str, int], ...] = ()
    while_provisional: bool = False
    first_contact: bool | None = None
    risk_buckets: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Repeat:
    """Make a step again every so many days, up to and including `until_day`."""

    every_days: int
    until_day: int


@dataclass(frozen=True, slots=True)
class Step:
    """One planned contact.

    Attributes:
        key: Name within the treatment; part of what makes a contact unique, so never reused.
        day: Days past due of its (first) day; negative is before due.
        purpose: Lawful scope; compliance rules turn on it.
        window: Local time in the borrower's zone, in every plausible one.
        routes: Ways to reach the person, the preferred first.
        late_by: How many days after `day` it may still be made, if no later step has come.
        conditions: What must be so.
        retry: Same address again after a failure.
        fallback_on: Failures after which the next route or address is used.
        repeat: Further days.
        spacing: Least time since any earlier contact with the person (tries of this step aside).
    """

    key: str
    day: int
    purpose: Purpose
    window: LocalWindow
    routes: tuple[Route, ...]
    late_by: int = 0
    conditions: Conditions = field(default_factory=Conditions)
    retry: Retry = field(default_factory=Retry)
    fallback_on: frozenset[ErrorClass] = frozenset()
    repeat: Repeat | None = None
    spacing: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class StageSpan:
    """A stage: the days [from_day, to_day], both in, and its steps; `bucket` is what people say."""

    stage: Stage
    bucket: str
    from_day: int
    to_day: int
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step on one of its days; `key` tells a repetition apart (`weekly.d38`)."""

    key: str
    day: int
    stage: Stage
    step: Step


@dataclass(frozen=True, slots=True)
class Treatment:
    """A plan for a kind of loan; immutable, named with the hash of what it was loaded from.

    Attributes:
        name: As in the file.
        content_hash: Hex digest of the content; `ref` goes into every contact.
        locale: Language of the words where the borrower has no preference we have words for.
        segments: Loans it is meant for; any of them suffices.
        stages: In order of days, without overlap.
        quote_step: Contact about an early-payoff quote that the borrower asked for.
        promise_tolerance_days: Whole days after a promise's date that it still counts as open.
        timeline: Every step on every day, in order of days; derived.
    """

    name: str
    content_hash: str
    locale: str
    segments: tuple[Selector, ...]
    stages: tuple[StageSpan, ...]
    quote_step: Step | None = None
    promise_tolerance_days: int = 0
    timeline: tuple[PlannedStep, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Derive the timeline; a contradiction raises `TreatmentError`."""
        object.__setattr__(self, "timeline", timeline(self.stages))

    @property
    def ref(self) -> str:
        """`name@hash`, as stored with each contact."""
        return f"{self.name}@{self.content_hash}"

    @property
    def last_day(self) -> int:
        """Days past due on which the last stage ends."""
        return self.stages[-1].to_day

    def stage_on(self, day: int) -> StageSpan | None:
        """Return the stage that `day` falls in; None before the first, after the last, in a gap."""
        for span in self.stages:
            if span.from_day <= day <= span.to_day:
                return span
        return None


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


def treatment_for(
    treatments: Iterable[Treatment],
    *,
    lender: str,
    country: str,
    product: str,
    role: LenderRole,
    language: str,
) -> Treatment | None:
    """Return the treatment with the most specific matching segment; ties go to the first name."""
    best: tuple[int, str] | None = None
    chosen: Treatment | None = None
    for treatment in treatments:
        for segment in treatment.segments:
            matches = (
                (not segment.lenders or lender in segment.lenders)
                and (not segment.countries or country in segment.countries)
                and (not segment.products or product in segment.products)
                and (not segment.roles or role in segment.roles)
                and (not segment.languages or language in segment.languages)
            )
            rank = (-segment.specificity, treatment.name)
            if matches and (best is None or rank < best):
                best, chosen = rank, treatment
    return chosen
