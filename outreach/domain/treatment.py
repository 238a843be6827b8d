"""Treatments: who is contacted on which day, through what, with which words.

A treatment is data (`config/treatments/*.yaml`); this module holds its frozen form. What to do now
is chosen by `outreach.domain.choosing`.
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import date
from enum import StrEnum
from typing import Final

from outreach.domain.experiments import NO_ARM, Experiment, arm_of
from outreach.domain.records import dataclass
from outreach.domain.segments import Selector
from outreach.domain.steps import PlannedStep, StageSpan, Step
from outreach.domain.timelines import ArmPlan, check_arms, plan_of

PLANNING_HORIZON_DAYS: Final = 35
"""A loan is looked at daily from this many days before its due date until its last stage ends."""


class OnChange(StrEnum):
    """When a running case moves to a version that came into force after it opened."""

    FINISH = "finish"
    """Never: it is finished as it was begun."""
    NEXT_STAGE = "next_stage"
    """When its next stage opens."""
    AT_ONCE = "at_once"


class Trigger(StrEnum):
    """What may happen to a loan that is answered by one contact, outside the timeline."""

    CURED = "cured"
    """What was past due was paid."""
    RESOLVED = "resolved"
    """A dispute or a request for relief came to an end."""
    PAID = "paid"
    """A payment came in; the answer is its receipt."""
    PAID_OFF = "paid_off"
    """The loan was paid off, by its schedule or early."""
    STATEMENT = "statement"
    """Somebody asked for a statement of the loan."""


MANDATORY: Final = frozenset({Trigger.PAID, Trigger.PAID_OFF, Trigger.STATEMENT})
"""What everybody is told, the hold-out of an experiment too: receipts, and what was asked for."""


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
        events: The contact that answers what happened, once for each time.
        statement_months: Months that a statement covers which nobody asked for; 0: there is none.
        experiment: Arms to compare; None: everybody is treated alike.
        together_days: A step counts as made if a contact that another loan led named this one in
            so many days before: one contact covers them all.
        effective_from: First lender's date on which it is in force; None: since it was loaded.
        effective_to: First date on which it no longer is; None: until another one is.
        on_change: When running cases move to it from the version before.
        timeline: Every step on every day, in order of days; derived.
        plans: What each arm gets; derived.
        event_keys: Keys of the steps outside the timeline; derived.
    """

    name: str
    content_hash: str
    locale: str
    segments: tuple[Selector, ...]
    stages: tuple[StageSpan, ...]
    quote_step: Step | None = None
    promise_tolerance_days: int = 0
    events: Mapping[Trigger, Step] = field(default_factory=dict, hash=False)
    statement_months: int = 0
    experiment: Experiment | None = None
    together_days: int = 0
    effective_from: date | None = None
    effective_to: date | None = None
    on_change: OnChange = OnChange.NEXT_STAGE
    timeline: tuple[PlannedStep, ...] = field(init=False)
    plans: Mapping[str, ArmPlan] = field(init=False, hash=False)
    event_keys: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        """Derive the timelines; a contradiction raises `TreatmentError`."""
        arms = [arm.key for arm in self.experiment.arms] if self.experiment else []
        check_arms(self.stages, frozenset(arms))
        plans = {arm: plan_of(self.stages, arm) for arm in arms or [NO_ARM]}
        every = {
            (one.day, one.key, *sorted(one.step.arms)): one
            for plan in plans.values()
            for one in plan.timeline
        }
        object.__setattr__(self, "timeline", tuple(every[key] for key in sorted(every)))
        object.__setattr__(self, "plans", plans)
        told = [self.quote_step, *self.events.values()]
        object.__setattr__(self, "event_keys", frozenset(one.key for one in told if one))

    @property
    def ref(self) -> str:
        """`name@hash`, as stored with each contact."""
        return f"{self.name}@{self.content_hash}"

    @property
    def last_day(self) -> int:
        """Days past due on which the last stage ends."""
        return self.stages[-1].to_day

    def arm_of(self, person_id: int) -> str:
        """Return the arm of a person, "" without an experiment."""
        return arm_of(self.experiment, person_id)

    def stage_on(self, day: int) -> StageSpan | None:
        """Return the stage that `day` falls in; None before the first, after the last, in a gap."""
        for span in self.stages:
            if span.from_day <= day <= span.to_day:
                return span
        return None
