"""One person, several loans: at most one contact now, about all that is overdue."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import reduce
from typing import Final

from outreach.domain.choosing import choose_step, sooner
from outreach.domain.experiments import HOLD_OUT
from outreach.domain.local_time import local_date
from outreach.domain.standing import Due, Standing, Wait, WaitReason
from outreach.domain.treatment import Treatment
from outreach.domain.vocabulary import CaseKind


def choose_for_person(plans: Sequence[tuple[Treatment, Standing]], now: datetime) -> Due | Wait:
    """Choose among all loans of one person: at most one contact, covering what is due today.

    The most past due loan leads; after it the larger amount, then the smaller case id. Others join
    it (`Due.merged`) if they are in the same currency and owed to the same creditor: all that are
    overdue unless something speaks against it (a promise, a hold, stale figures), and of those
    that aren't due yet the ones whose own step is for today, even at a later hour. An answer to
    what happened to one loan is told alone.

    Args:
        plans: Each loan with the treatment for it; all of the same person and lender.
        now: Aware UTC datetime.
    """
    answers = [choose_step(treatment, standing, now) for treatment, standing in plans]
    due = [answer for answer in answers if isinstance(answer, Due)]
    if not due:
        waits = (answer for answer in answers if isinstance(answer, Wait))
        return reduce(sooner, waits, Wait(until=None, why=WaitReason.NO_CASE))
    primary = min(due, key=_rank)
    if len(plans) == 1 or _is_event(primary):
        return primary
    merged = tuple(
        standing
        for (treatment, standing), answer in zip(plans, answers, strict=True)
        if _may_join(standing, primary.standing)
        and (primary.step.mandatory or treatment.arm_of(standing.person_id) != HOLD_OUT)
        and (
            _is_open_to_it(treatment, answer)
            if standing.kind is CaseKind.DELINQUENCY
            else _is_for_today(treatment, standing, answer, now)
        )
    )
    return replace(primary, merged=tuple(sorted(merged, key=_age)))


def _rank(due: Due) -> tuple[bool, int, int, int]:
    # Something the person asked for is answered before the plan goes on.
    return not _is_event(due), -due.day, -due.standing.outstanding_minor, due.standing.case_id


def _is_event(due: Due) -> bool:
    return due.occurrence != due.standing.occurrence


def _may_join(other: Standing, primary: Standing) -> bool:
    return (
        other.loan_id != primary.loan_id
        and other.kind is primary.kind
        and other.currency == primary.currency
        and other.creditor == primary.creditor
    )


_NOTHING_AGAINST_IT: Final = frozenset(
    {
        WaitReason.NEXT_STEP,
        WaitReason.NO_STEP_LEFT,
        WaitReason.AFTER_LAST_STAGE,
        WaitReason.SPACING,
        WaitReason.UNPROVEN,
        WaitReason.WINDOW_CLOSED,
    }
)


def _is_open_to_it(treatment: Treatment, answer: Due | Wait) -> bool:
    """Say whether an overdue loan is told of with another, whatever day its own step is for."""
    if isinstance(answer, Due):
        return not _is_event(answer)
    return answer.why in _NOTHING_AGAINST_IT and answer.step_key not in treatment.event_keys


def _is_for_today(
    treatment: Treatment, standing: Standing, answer: Due | Wait, now: datetime
) -> bool:
    if isinstance(answer, Due):
        return not _is_event(answer)
    if answer.why is not WaitReason.WINDOW_CLOSED or answer.until is None:
        return False
    if answer.step_key in treatment.event_keys:
        return False
    zone = standing.lender_zone
    return local_date(answer.until, zone) == local_date(now, zone)


def _age(standing: Standing) -> tuple[date, int]:
    return standing.due_on or date.max, standing.loan_id
