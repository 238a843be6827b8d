"""Where a treatment's cases are now: in which stage, and after which step. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from outreach.domain.records import dataclass
from outreach.domain.standing import Standing
from outreach.domain.steps import PlannedStep, StageSpan
from outreach.domain.treatment import Treatment
from outreach.store.insights import CaseDay
from outreach.usecases.lenders import LenderPlan
from outreach.usecases.rulebook import Rulebook


class StepCases(NamedTuple):
    """How many cases are past a step's day and not yet at the next one's."""

    planned: PlannedStep
    cases: int


@dataclass(frozen=True, slots=True)
class StageCases:
    """How many cases are within a stage's days, and where among its steps.

    `before` are those for whom the stage's first step is still to come.
    """

    span: StageSpan
    cases: int
    before: int
    steps: tuple[StepCases, ...]


@dataclass(frozen=True, slots=True)
class Spread:
    """A treatment's cases by stage; `outside` are before its first stage, in a gap, or after."""

    stages: tuple[StageCases, ...]
    outside: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.outside + sum(one.cases for one in self.stages)


def cases_by_treatment(
    rulebook: Rulebook, lender: LenderPlan, days: Iterable[CaseDay], now: datetime
) -> Mapping[str, Counter[int]]:
    """Return how many of a lender's open cases are how many days past due, by treatment.

    A case counts with the treatment that its product gets where the borrower is like most: of the
    lender's own language, of no risk tier and with no history.
    """
    followed: dict[str, str] = {}
    found: dict[str, Counter[int]] = {}
    for one in days:
        if one.product not in followed:
            treatment = rulebook.treatment(lender, _plain(lender, one.product), now)
            followed[one.product] = treatment.name if treatment else ""
        if name := followed[one.product]:
            found.setdefault(name, Counter())[one.day] += one.cases
    return found


def spread_of(treatment: Treatment, days: Mapping[int, int]) -> Spread:
    """Return where cases of so many days past due are in a treatment."""
    stages = tuple(_stage(treatment, span, days) for span in treatment.stages)
    inside = sum(one.cases for one in stages)
    return Spread(stages, sum(days.values()) - inside)


def steps_of(treatment: Treatment, span: StageSpan) -> Sequence[PlannedStep]:
    """Return a stage's steps on each of their days, in order."""
    return [one for one in treatment.timeline if span.from_day <= one.day <= span.to_day]


def _stage(treatment: Treatment, span: StageSpan, days: Mapping[int, int]) -> StageCases:
    within = {day: n for day, n in days.items() if span.from_day <= day <= span.to_day}
    planned = steps_of(treatment, span)
    at: Counter[int] = Counter()
    for day, cases in within.items():
        past = [place for place, one in enumerate(planned) if one.day <= day]
        at[past[-1] if past else -1] += cases
    steps = tuple(StepCases(one, at[place]) for place, one in enumerate(planned))
    return StageCases(span, sum(within.values()), at[-1], steps)


def _plain(lender: LenderPlan, product: str) -> Standing:
    return Standing(
        person_id=0,
        loan_id=0,
        lender_zone=ZoneInfo(lender.timezone),
        product=product,
        lender=lender.slug,
        role=lender.role,
        language=lender.locale.partition("-")[0],
    )
