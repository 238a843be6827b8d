"""What to do now about one loan: planned from state, never from events."""

from bisect import bisect_right
from datetime import date, datetime, timedelta, tzinfo
from operator import attrgetter

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
from outreach.domain.treatment import (
    PLANNING_HORIZON_DAYS,
    PlannedStep,
    Step,
    Treatment,
)
from outreach.domain.tries import Tries, contacted_on, tries_of, was_covered
from outreach.domain.vocabulary import CaseKind, DeliveryState, Stage

_day_of = attrgetter("day")


def choose_step(treatment: Treatment, standing: Standing, now: datetime) -> Due | Wait:
    """Say which step of `treatment` this loan needs at `now`, or until when to wait and why.

    Only today's step is ever due: what an outage missed is listed in `skipped`, not made up for.
    A quote that the borrower asked for comes before the plan. Same arguments, same answer.

    Args:
        treatment: The plan.
        standing: The loan, its episode and what was done.
        now: Aware UTC datetime.
    """
    look = _Look(treatment, standing, now)
    if standing.held is not None:
        return look.wait(WaitReason.HELD)
    if not standing.fresh:
        # Where nothing is owed there is nothing to be stale about.
        owed = standing.due_on is not None
        return look.wait(WaitReason.STALE) if owed else Wait(until=None, why=WaitReason.NO_CASE)
    quoted = _choose_quote(look)
    if isinstance(quoted, Due):
        return quoted
    planned = _choose_planned(look)
    if isinstance(planned, Due) or quoted is None:
        return planned
    return sooner(quoted, planned)


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
    if day > treatment.last_day:
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
    return _choose_on_day(look, standing.due_on, day)


def _choose_on_day(look: _Look, due_on: date, day: int) -> Due | Wait:
    """Choose among the timeline: the latest step that has come, or wait for the next one."""
    timeline = look.treatment.timeline
    index = bisect_right(timeline, day, key=_day_of) - 1
    following = timeline[index + 1] if index + 1 < len(timeline) else None
    if index < 0:
        return _wait_for_next(look, due_on, following, ())
    current = timeline[index]
    step = current.step
    last_day = current.day + step.late_by
    if following is not None:
        last_day = min(last_day, following.day - 1)
    last_day = min(last_day, 0) if current.day <= 0 else last_day
    tries = tries_of(step, current.key, look.standing.occurrence, look.standing)
    skipped = _skipped(look, due_on, timeline[:index])
    over = not tries.begun and (
        not _conditions_hold(step, look.standing)
        or was_covered(
            look.standing, due_on + timedelta(days=current.day), look.treatment.quote_step
        )
    )
    if day > last_day or over or (tries.begun and not tries.unsettled and not tries.options):
        missed = day > last_day and not tries.begun and not over
        if missed and _was_open(look, due_on, current.day):
            skipped = (*skipped, current.key)
        return _wait_for_next(look, due_on, following, skipped)
    ends = day_ends(due_on + timedelta(days=last_day), look.standing.lender_zone)
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
    look: _Look, due_on: date, following: PlannedStep | None, skipped: tuple[str, ...]
) -> Wait:
    if following is None:
        return look.wait(WaitReason.NO_STEP_LEFT, skipped=skipped)
    # Its day begins in the lender's calendar; its window may open earlier or later than that day
    # in the borrower's zone, so the search starts with the day and runs for as long as it lasts.
    zone = look.standing.lender_zone
    begins = day_ends(due_on + timedelta(days=following.day - 1), zone)
    ends = day_ends(due_on + timedelta(days=following.day), zone)
    opens = next_open(following.step.window, look.zones, begins, ends)
    return look.wait(WaitReason.NEXT_STEP, opens, following.key, skipped)


def _choose_quote(look: _Look) -> Due | Wait | None:
    """Choose the message about the first quote that the borrower asked for and wasn't told of."""
    step = look.treatment.quote_step
    if step is None:
        return None
    waiting: Wait | None = None
    for quote in sorted(look.standing.quotes, key=attrgetter("valid_until", "quote_id")):
        if not quote.asked or quote.valid_until < look.today:
            continue
        tries = tries_of(step, step.key, quote.quote_id, look.standing)
        if tries.begun and not tries.unsettled and not tries.options:
            continue
        ends = day_ends(quote.valid_until, look.standing.lender_zone)
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
            occurrence=quote.quote_id,
            try_number=tries.number,
            options=tries.options,
            closes_at=answer,
        )
    return waiting


def _conditions_hold(step: Step, standing: Standing) -> bool:
    conditions = step.conditions
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
