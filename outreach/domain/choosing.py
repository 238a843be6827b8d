"""What to do now about one loan: planned from state, never from events."""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import date, datetime, timedelta, tzinfo
from operator import attrgetter
from typing import Final

from outreach.domain.condition_facts import condition_facts
from outreach.domain.conditions import Condition
from outreach.domain.escalation import Place, again, place_of
from outreach.domain.experiments import HOLD_OUT
from outreach.domain.local_time import (
    day_ends,
    early_morning,
    local_date,
    next_early_morning,
    next_open,
    window_closes,
)
from outreach.domain.records import dataclass
from outreach.domain.standing import Due, Standing, Wait, WaitReason
from outreach.domain.statement_periods import next_end, occurrence_of, period_before
from outreach.domain.steps import Evidence, PlannedStep, Step
from outreach.domain.timelines import ArmPlan
from outreach.domain.treatment import MANDATORY, PLANNING_HORIZON_DAYS, Treatment, Trigger
from outreach.domain.tries import Tries, contacted_on, tries_of, was_covered
from outreach.domain.vocabulary import CaseKind, DeliveryState, Stage

_day_of = attrgetter("day")
_ON_PLAN: Final = Place(-1)


def choose_step(treatment: Treatment, standing: Standing, now: datetime) -> Due | Wait:
    """Say which step of `treatment` this loan needs at `now`, or until when to wait and why.

    Only today's step is ever due: what an outage missed is listed in `skipped`, not made up for.
    A quote that the borrower asked for comes before the plan. Same arguments, same answer.

    Args:
        treatment: The plan.
        standing: The loan, its episode and what was done.
        now: Aware UTC datetime.
    """
    look = _Look(treatment, standing, now, treatment.arm_of(standing.person_id))
    if standing.held is not None:
        return look.wait(WaitReason.HELD)
    if not standing.fresh and standing.due_on is not None:
        return look.wait(WaitReason.STALE)  # where nothing is owed nothing can be stale
    answer = _choose_event(look)
    if isinstance(answer, Due):
        return answer
    planned = _choose_planned(look)
    if isinstance(planned, Due) or answer is None:
        return planned
    return sooner(answer, planned)


def stage_entered_on(treatment: Treatment, standing: Standing, now: datetime) -> date:
    """Return the lender's date on which a loan entered the stage that it is in.

    Before the first stage that collects it is the day on which that span of days began.
    """
    look = _Look(treatment, standing, now, treatment.arm_of(standing.person_id))
    if standing.due_on is None:
        return look.today
    day = (look.today - standing.due_on).days
    entered = _place(look, day).entered
    if entered is not None:
        return entered
    span = treatment.stage_on(day)
    return standing.due_on + timedelta(days=day if span is None else span.from_day)


def sooner(one: Wait, other: Wait) -> Wait:
    """Return the wait that ends first; on a tie the second: the plan, the loan looked at last."""
    if other.until is None:
        return one if one.until is not None else other
    return other if one.until is None or other.until <= one.until else one


@dataclass(frozen=True, slots=True)
class _Look:
    """One look at one loan, with what every branch needs."""

    treatment: Treatment
    standing: Standing
    now: datetime
    arm: str

    @property
    def plan(self) -> ArmPlan:
        return self.treatment.plans[self.arm]

    def test(self, condition: Condition) -> bool:
        """Evaluate an expression; the facts are made only where there is one."""
        return condition.test(condition_facts(self.standing, self.now, self.arm))

    def proves(self, evidence: Evidence) -> bool:
        return evidence.when is None or self.test(evidence.when)

    def holds(self, step: Step) -> bool:
        return _conditions_hold(step, self)

    @property
    def today(self) -> date:
        return local_date(self.now, self.standing.lender_zone)

    @property
    def zones(self) -> tuple[tzinfo, ...]:
        return self.standing.zones or (self.standing.lender_zone,)

    def wait(
        self,
        why: WaitReason,
        at: datetime | None = None,
        step_key: str = "",
        skipped: tuple[str, ...] = (),
    ) -> Wait:
        """Wait until `at`, but no longer than until the next early morning."""
        morning = next_early_morning(self.now, self.standing.lender_zone, self.standing.person_id)
        until = morning if at is None else min(at, morning)
        return Wait(until=until, why=why, step_key=step_key, skipped=skipped)


def _choose_planned(look: _Look) -> Due | Wait:
    standing, treatment = look.standing, look.treatment
    if standing.due_on is None:
        return Wait(until=None, why=WaitReason.NO_CASE)
    day = (look.today - standing.due_on).days
    if day < -PLANNING_HORIZON_DAYS:
        entry = standing.due_on - timedelta(days=PLANNING_HORIZON_DAYS)
        at = early_morning(entry, standing.lender_zone, standing.person_id)
        return Wait(until=at, why=WaitReason.BEFORE_HORIZON)
    place = _place(look, day)
    if day - place.shift > treatment.last_day and place.missing is None:
        return Wait(until=None, why=WaitReason.AFTER_LAST_STAGE)
    if standing.kind is None:
        return look.wait(WaitReason.NO_CASE)
    if standing.outstanding_minor <= 0:
        return look.wait(WaitReason.NOTHING_OWED)
    if (standing.kind is CaseKind.DELINQUENCY) != (day > 0):
        return look.wait(WaitReason.NOT_ROLLED)
    if standing.promise_due_on is not None:
        kept_open = standing.promise_due_on + timedelta(days=treatment.promise_tolerance_days)
        if look.today <= kept_open:
            return look.wait(WaitReason.PROMISE_OPEN)
    return _choose_on_day(look, standing.due_on, day, place)


def _place(look: _Look, day: int) -> Place:
    if day <= 0:
        return _ON_PLAN
    return place_of(
        look.plan, look.standing, day, look.holds, look.proves, look.treatment.event_keys
    )


def _line(plan: ArmPlan, place: Place) -> tuple[PlannedStep, ...]:
    """Return the steps that the loan may come to from its place."""
    if place.index < 0 or (place.shift == 0 and place.missing is None):
        return plan.timeline
    steps = plan.spans[place.index].steps
    return tuple(again(one, place.round) for one in steps)


def _choose_on_day(look: _Look, due_on: date, day: int, place: Place) -> Due | Wait:
    """Choose among the steps: the latest that has come, or wait for the next one."""
    line = _line(look.plan, place)
    begins = due_on + timedelta(days=place.shift)
    day_in_plan = day - place.shift
    index = bisect_right(line, day_in_plan, key=_day_of) - 1
    following = line[index + 1] if index + 1 < len(line) else None
    if index < 0:
        return _wait_for_next(look, begins, following, (), place)
    current = line[index]
    step = current.step
    last_day = current.day + step.late_by
    if following is not None:
        last_day = min(last_day, following.day - 1)
    last_day = min(last_day, 0) if current.day <= 0 else last_day
    tries = tries_of(step, current.key, look.standing.occurrence, look.standing)
    skipped = _skipped(look, begins, line[:index])
    over = not tries.begun and (
        not look.holds(step)
        or was_covered(
            look.standing,
            begins + timedelta(days=current.day - look.treatment.together_days),
            look.treatment.event_keys,
        )
    )
    if (
        day_in_plan > last_day
        or over
        or (tries.begun and not tries.unsettled and not tries.options)
    ):
        missed = day_in_plan > last_day and not tries.begun and not over
        if missed and _was_open(look, begins, current.day):
            skipped = (*skipped, current.key)
        return _wait_for_next(look, begins, following, skipped, place)
    ends = day_ends(begins + timedelta(days=last_day), look.standing.lender_zone)
    answer = _try(look, step, current.key, tries, ends)
    if isinstance(answer, Wait):
        return Wait(until=answer.until, why=answer.why, step_key=current.key, skipped=skipped)
    return Due(
        standing=look.standing,
        step=step,
        step_key=current.key,
        stage=current.stage,
        day=day,
        occurrence=look.standing.occurrence,
        try_number=tries.number,
        options=tries.options,
        closes_at=answer,
        skipped=skipped,
        arm=look.arm,
    )


def _try(look: _Look, step: Step, step_key: str, tries: Tries, ends: datetime) -> datetime | Wait:
    """Return when the window that is open now closes, or what the next try has to wait for."""
    if tries.unsettled:
        return look.wait(WaitReason.PENDING, step_key=step_key)
    if not tries.options:
        return look.wait(WaitReason.NO_ADDRESS, step_key=step_key)
    start, why = look.now, WaitReason.WINDOW_CLOSED
    if tries.not_before is not None and tries.not_before > start:
        start, why = tries.not_before, WaitReason.RETRY_LATER
    last = look.standing.last_contact_at
    if not tries.begun and last is not None and last + step.spacing > start:
        start, why = last + step.spacing, WaitReason.SPACING
    opens = next_open(step.window, look.zones, start, ends)
    if opens is None:
        return look.wait(why, step_key=step_key)
    if opens > look.now:
        return look.wait(why, opens, step_key)
    return min(window_closes(step.window, look.zones, look.now), ends)


def _wait_for_next(
    look: _Look,
    begins_on: date,
    following: PlannedStep | None,
    skipped: tuple[str, ...],
    place: Place,
) -> Wait:
    if following is None:
        missing = place.missing
        why = WaitReason.NO_STEP_LEFT if missing is None else WaitReason.UNPROVEN
        key = "" if missing is None else f"{missing.bucket}:{missing.what}"
        return look.wait(why, step_key=key, skipped=skipped)
    # Its day begins in the lender's calendar; its window may open earlier or later than that day
    # in the borrower's zone, so the search starts with the day and runs for as long as it lasts.
    zone = look.standing.lender_zone
    begins = day_ends(begins_on + timedelta(days=following.day - 1), zone)
    ends = day_ends(begins_on + timedelta(days=following.day), zone)
    opens = next_open(following.step.window, look.zones, begins, ends)
    return look.wait(WaitReason.NEXT_STEP, opens, following.key, skipped)


def _events(look: _Look) -> Iterator[tuple[Step, str, date]]:
    """Yield what may be answered: the step, the event's reference, and its last day."""
    treatment, standing = look.treatment, look.standing
    quoted = treatment.quote_step
    if quoted is not None and standing.quotes and standing.fresh:
        for quote in sorted(standing.quotes, key=attrgetter("valid_until", "quote_id")):
            if quote.asked and quote.valid_until >= look.today:
                yield quoted, quote.quote_id, quote.valid_until
    for event in sorted(standing.events, key=attrgetter("valid_until", "ref")):
        if event.trigger is Trigger.CURED and Trigger.PAID in treatment.events:
            continue  # a receipt says thank you already
        step = treatment.events.get(event.trigger)
        if step is None or not _is_told(look, event.trigger):
            continue
        if event.valid_until >= look.today and look.holds(step):
            yield step, event.ref, event.valid_until
    step = _statement_step(look)
    if step is not None:
        period = period_before(look.today, treatment.statement_months)
        if look.today <= period.last_day:
            yield step, occurrence_of(period, standing.loan_id), period.last_day


def _statement_step(look: _Look) -> Step | None:
    """Return the step that tells a period's statement; None where this loan gets none."""
    treatment, standing = look.treatment, look.standing
    if not treatment.statement_months or standing.total_minor <= 0 or look.arm == HOLD_OUT:
        return None
    return treatment.events.get(Trigger.STATEMENT)


def _wait_for_statement(look: _Look) -> Wait | None:
    step = _statement_step(look)
    if step is None:
        return None
    zone = look.standing.lender_zone
    day = next_end(look.today, look.treatment.statement_months)
    at = early_morning(day, zone, look.standing.person_id)
    return Wait(until=at, why=WaitReason.NEXT_STEP, step_key=step.key)


def _is_told(look: _Look, trigger: Trigger) -> bool:
    return look.arm != HOLD_OUT or trigger in MANDATORY


def _choose_event(look: _Look) -> Due | Wait | None:
    """Choose the message about the first thing that happened and wasn't answered yet."""
    waiting: Wait | None = None
    for step, ref, valid_until in _events(look):
        tries = tries_of(step, step.key, ref, look.standing)
        if tries.begun and not tries.unsettled and not tries.options:
            continue
        ends = day_ends(valid_until, look.standing.lender_zone)
        answer = _try(look, step, step.key, tries, ends)
        if isinstance(answer, Wait):
            waiting = answer if waiting is None else sooner(waiting, answer)
            continue
        span_day = (look.today - (look.standing.due_on or look.today)).days
        span = look.treatment.stage_on(span_day)
        return Due(
            standing=look.standing,
            step=step,
            step_key=step.key,
            stage=Stage.PRE_DUE if span is None else span.stage,
            day=span_day,
            occurrence=ref,
            try_number=tries.number,
            options=tries.options,
            closes_at=answer,
            arm=look.arm,
        )
    return waiting or _wait_for_statement(look)


def _conditions_hold(step: Step, look: _Look) -> bool:
    conditions, standing = step.conditions, look.standing
    if conditions.when is not None and not look.test(conditions.when):
        return False
    for currency, floor in conditions.floor_minor:
        if currency == standing.currency and standing.outstanding_minor < floor:
            return False
    if standing.provisional and not conditions.while_provisional:
        return False
    if conditions.risk_buckets and standing.risk_bucket not in conditions.risk_buckets:
        return False
    if conditions.first_contact is None:
        return True
    contacted = any(
        done.case_id == standing.case_id and done.state is not DeliveryState.RELEASED
        for done in standing.done
    )
    return conditions.first_contact != contacted


def _was_open(look: _Look, due_on: date, day: int) -> bool:
    opened_on = look.standing.opened_on
    return opened_on is None or due_on + timedelta(days=day) >= opened_on


def _skipped(look: _Look, due_on: date, past: tuple[PlannedStep, ...]) -> tuple[str, ...]:
    """Name the steps whose days passed unused since the case opened and since the last contact."""
    since = max(contacted_on(look.standing), default=None)
    return tuple(
        planned.key
        for planned in past
        if _was_open(look, due_on, planned.day)
        and (since is None or due_on + timedelta(days=planned.day) > since)
    )
