"""Promises to pay: a date and an amount that the borrower committed to."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from outreach.domain.records import dataclass
from outreach.domain.vocabulary import PromiseStatus

# A later word never takes an earlier one back; of two that end it, the kinder one stands.
_RANK: Final = {
    PromiseStatus.OPEN: 0,
    PromiseStatus.BROKEN: 1,
    PromiseStatus.PARTLY_KEPT: 2,
    PromiseStatus.KEPT: 3,
    PromiseStatus.CANCELED: 4,
}


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise. `amount_minor` in the loan's currency; `due_on` in the lender's calendar.

    `status` is what it came to: by the platform's word, or else by the payments that are known.
    `told` is that word where payments say something else; None where both are one.
    """

    ref: str
    amount_minor: int
    due_on: date
    made_at: datetime
    status: PromiseStatus = PromiseStatus.OPEN
    told: PromiseStatus | None = None

    @property
    def said(self) -> PromiseStatus:
        """The platform's word on it; `open` where it said nothing yet."""
        return self.status if self.told is None else self.told

    def is_open(self, today: date) -> bool:
        """Whether it still suppresses follow-up on `today` (lender's date): through `due_on`."""
        return self.status is PromiseStatus.OPEN and today <= self.due_on


def merge_promise(known: Promise | None, told: Promise) -> Promise:
    """Join two words on one promise; the order in which they came doesn't matter.

    The newest terms stand (latest `made_at`), and the word of the highest rank. What payments said
    of the same terms stays until they are looked at again.
    """
    if known is None:
        return told
    terms = max(known, told, key=lambda one: (one.made_at, one.due_on, one.amount_minor))
    said = max(known.said, told.said, key=_RANK.__getitem__)
    judged = known.told is not None and (known.due_on, known.amount_minor) == (
        terms.due_on,
        terms.amount_minor,
    )
    if said is PromiseStatus.OPEN and judged:
        return replace(terms, status=known.status, told=said)
    return replace(terms, status=said, told=None)


@dataclass(frozen=True, slots=True)
class Paid:
    """A final payment that stands: its amount, value date and when it was made."""

    amount_minor: int
    value_on: date
    paid_at: datetime | None = None


def judge_promise(
    promise: Promise, paid: Iterable[Paid], *, today: date, zone: str, tolerance_days: int
) -> Promise:
    """Return a promise as the payments known by now have it.

    Kept once what was paid since, by its date plus the tolerance, reaches the amount; after that
    day partly kept if anything was paid, else broken. The platform's word stands over it.

    Args:
        promise: Of one loan.
        paid: Payments on that loan that stand; a reversed one doesn't, which opens it again.
        today: Lender's date.
        zone: The lender's, in which the promise was made on a day.
        tolerance_days: How late a payment may be and still keep it.
    """
    if promise.said is not PromiseStatus.OPEN:
        return promise
    last = promise.due_on + timedelta(days=tolerance_days)
    total = sum(one.amount_minor for one in paid if _counts(one, promise, last, zone))
    status = PromiseStatus.OPEN
    if total >= promise.amount_minor:
        status = PromiseStatus.KEPT
    elif today > last:
        status = PromiseStatus.PARTLY_KEPT if total else PromiseStatus.BROKEN
    told = None if status is PromiseStatus.OPEN else PromiseStatus.OPEN
    return replace(promise, status=status, told=told)


def _counts(one: Paid, promise: Promise, last: date, zone: str) -> bool:
    made_on = promise.made_at.astimezone(ZoneInfo(zone)).date()
    if one.value_on == made_on and one.paid_at is not None:
        return one.paid_at >= promise.made_at
    return made_on <= one.value_on <= last


def open_promise(promises: Iterable[Promise], today: date) -> Promise | None:
    """Return the open promise that lasts longest; None if nothing is promised any more."""
    return max(
        (one for one in promises if one.is_open(today)),
        key=lambda one: (one.due_on, one.ref),
        default=None,
    )


def end_of_day(on: date, zone: str) -> datetime:
    """Return the instant (UTC) at which a date ends in a zone: the next local midnight."""
    following = datetime.combine(on + timedelta(days=1), time.min, ZoneInfo(zone))
    return following.astimezone(UTC)
