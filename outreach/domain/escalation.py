"""Which stage of a treatment a late loan is in: by evidence, not by its age alone.

A stage opens on its day at the earliest, and not before the one ahead of it has told the person:
so many notices proven, so many days since, nothing open that speaks against it. So whoever arrives
late, or was not reached for weeks, begins with the first notice; what lies between is never jumped.
All of it is read from the contacts that were made since the oldest unpaid installment fell due:
paying that one off leads to the stage of the next by the same rule, and a part payment to nothing.
What others told counts too. Whom they contacted in a stage before the loan came to us is in it
since then, and goes on by the plan's days; anybody else begins the stage they come to.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from typing import Final

from outreach.domain.ledger import ELSEWHERE
from outreach.domain.local_time import local_date
from outreach.domain.records import dataclass
from outreach.domain.standing import FAILED, Standing
from outreach.domain.steps import Evidence, PlannedStep, Proof, Step
from outreach.domain.timelines import ArmPlan, SpanPlan
from outreach.domain.vocabulary import Channel, DeliveryState

MOST_ROUNDS: Final = 3
"""How often a stage is gone through at most where nothing it did is proven."""

_AGAIN: Final = ".r"
_ARRIVED: Final = frozenset({DeliveryState.DELIVERED, DeliveryState.READ})


@dataclass(frozen=True, slots=True)
class Missing:
    """Why the next stage isn't open. `what` is one word; `until` when time alone mends it."""

    bucket: str
    what: str
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a late loan stands in its plan.

    Attributes:
        index: Of the stage among those that collect; -1: before the first of them.
        entered: When it entered that stage; None before the first.
        shift: How many days behind the plan it is: the plan's day is days past due less this.
        round: 1, or higher where the stage began again because it told nobody.
        missing: Why the next one isn't open though its day has come; None otherwise.
    """

    index: int
    entered: date | None = None
    shift: int = 0
    round: int = 1
    missing: Missing | None = None


_BEFORE: Final = Place(-1)


@dataclass(frozen=True, slots=True)
class _Told:
    """A contact that named the loan since it fell due.

    `index` and `planned` are None if another loan led it, or the plan no longer has its step.
    """

    on: date
    day: int
    index: int | None
    planned: PlannedStep | None
    round: int
    arrived: bool
    failed: bool
    channel: Channel
    elsewhere: bool


def place_of(
    plan: ArmPlan,
    standing: Standing,
    day: int,
    holds: Callable[[Step], bool],
    proves: Callable[[Evidence], bool],
    event_keys: frozenset[str],
) -> Place:
    """Say which stage a loan `day` days past due is in, and how far behind the plan.

    Args:
        plan: What the person's arm gets.
        standing: A late loan; `due_on` is set.
        day: Days past due in the lender's calendar, 1 or more.
        holds: Whether the conditions of a step hold.
        proves: Whether the expression of an evidence holds.
        event_keys: Steps outside the timeline, which tell nothing of a stage.
    """
    spans, due_on = plan.spans, standing.due_on
    if due_on is None or not spans or day < spans[0].span.from_day:
        return _BEFORE
    tried = _tried(plan, standing, due_on, event_keys) if standing.done else []
    told = [one for one in tried if not one.failed]
    today = due_on + timedelta(days=day)
    index, entered = 0, due_on + timedelta(days=spans[0].span.from_day)
    missing: Missing | None = None
    for place in range(1, len(spans)):
        span = spans[place]
        earliest = due_on + timedelta(days=span.span.from_day)
        if today < earliest:
            break
        begun = min(
            (one.on for one in told if one.index is not None and one.index >= place), default=None
        )
        opened = _opened(span, told, entered, standing, proves)
        if isinstance(opened, Missing):
            if begun is None:
                missing = opened
                break
            entered = begun
        elif opened > today and begun is None:
            missing = Missing(span.span.bucket, "days", opened)
            break
        else:
            entered = min(max(earliest, opened), begun or today)
        index = place
    if standing.opened_on is not None and not _was_begun(told, entered, standing.opened_on):
        entered = max(entered, standing.opened_on)
    shift, round_ = _lag(spans[index], tried, index, (entered - due_on).days, day, holds, missing)
    return Place(index, entered, shift, round_, missing)


def _was_begun(told: Sequence[_Told], entered: date, opened_on: date) -> bool:
    """Say whether somebody else contacted the person in the stage before the loan came to us."""
    return any(one.elsewhere and entered <= one.on < opened_on for one in told)


def _opened(
    span: SpanPlan,
    told: Sequence[_Told],
    entered: date,
    standing: Standing,
    proves: Callable[[Evidence], bool],
) -> date | Missing:
    """Return when a stage's evidence was complete, or what is missing."""
    asked, bucket = span.span.opens, span.span.bucket
    matters = sorted(asked.none_open & standing.open_matters)
    if matters:
        return Missing(bucket, matters[0])
    if asked.when is not None and not proves(asked):
        return Missing(bucket, "condition")
    if asked.none_open and standing.freed_on is not None:
        entered_or_freed = max(entered, standing.freed_on)
    else:
        entered_or_freed = entered
    if span.after is None or asked.notices == 0:
        return entered_or_freed
    proven = sorted(
        one.on
        for one in told
        if one.on >= entered
        and (one.index is None or one.index >= span.after)
        and (one.arrived or asked.proof is Proof.SENT)
        and (not asked.channels or one.channel in asked.channels)
    )
    if len(proven) < asked.notices:
        return Missing(bucket, "notice")
    told_on = proven[asked.notices - 1] + timedelta(days=asked.days_since)
    return max(told_on, entered_or_freed)


def _tried(
    plan: ArmPlan, standing: Standing, due_on: date, event_keys: frozenset[str]
) -> list[_Told]:
    """Read the contacts since the oldest unpaid installment fell due, failed ones too."""
    found = []
    occurrence, case_id = standing.occurrence, standing.case_id
    for done in standing.done:
        if done.state is DeliveryState.RELEASED or done.step in event_keys:
            continue
        on = local_date(done.at, standing.lender_zone)
        if on <= due_on:
            continue
        own = done.case_id == case_id and done.occurrence == occurrence
        key, _, again = done.step.partition(_AGAIN)
        index, planned = plan.places.get(key, (None, None)) if own else (None, None)
        found.append(
            _Told(
                on,
                (on - due_on).days,
                index,
                planned,
                int(again) if again.isdigit() else 1,
                done.state in _ARRIVED,
                done.state in FAILED,
                done.channel,
                done.case_id == 0 and done.step == ELSEWHERE,
            )
        )
    return found


def _lag(
    span: SpanPlan,
    tried: Iterable[_Told],
    index: int,
    entered: int,
    day: int,
    holds: Callable[[Step], bool],
    missing: Missing | None,
) -> tuple[int, int]:
    """Return how many days the loan is behind in its stage, and the stage's round.

    The last contact made in the stage says it; before any, the day on which it was entered does:
    the first step is for that day, if its own days are over. A stage that is over without a
    contact takes its steps in turn, one a day; one whose contacts proved nothing begins again.
    """
    steps = [one for one in span.steps if holds(one.step)]
    if not steps:
        return 0, 1
    first = steps[0]
    own = [one for one in tried if one.index == index and one.planned is not None]
    if own:
        last = max(own, key=lambda one: one.on)
        shift, round_ = _behind(last), last.round
    else:
        late = entered > first.day + first.step.late_by
        shift, round_ = (entered - first.day if late else 0), 1
    ends = max(span.span.to_day, span.steps[-1].day + span.steps[-1].step.late_by)
    over = day - shift - ends
    if missing is None or missing.what != "notice" or over <= 0:
        return shift, round_
    if not own:
        return day - steps[(over - 1) % len(steps)].day, 1
    length = ends - first.day + 1
    more = min((day - shift - first.day) // length, MOST_ROUNDS - round_)
    return shift + more * length, round_ + more


def _behind(last: _Told) -> int:
    planned = last.planned
    if planned is None or last.day <= planned.day + planned.step.late_by:
        return 0
    return last.day - planned.day


def again(planned: PlannedStep, round_: int) -> PlannedStep:
    """Return a step of a later round, with a key of its own."""
    if round_ == 1:
        return planned
    return PlannedStep(f"{planned.key}{_AGAIN}{round_}", planned.day, planned.stage, planned.step)
