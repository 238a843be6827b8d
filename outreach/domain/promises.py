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
    """One promise. `amount_minor` in the loan's currency; `due_on` in the lender's calendar."""

    ref: str
    amount_minor: int
    due_on: date
    made_at: datetime
    status: PromiseStatus = PromiseStatus.OPEN

    def is_open(self, today: date) -> bool:
        """Whether it still suppresses follow-up on `today` (lender's date): through `due_on`."""
        return self.status is PromiseStatus.OPEN and today <= self.due_on


def merge_promise(known: Promise | None, told: Promise) -> Promise:
    """Join two words on one promise; the order in which they came doesn't matter.

    The newest terms stand (latest `made_at`), and the status of the highest rank.
    """
    if known is None:
        return told
    terms = max(known, told, key=lambda one: (one.made_at, one.due_on, one.amount_minor))
    status = max(known.status, told.status, key=_RANK.__getitem__)
    return replace(terms, status=status)


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
