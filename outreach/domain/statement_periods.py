"""Statements that nobody has to ask for: one a period, in the first days after it."""

from datetime import date, timedelta
from typing import Final

from outreach.domain.records import dataclass

WITHIN: Final = timedelta(days=9)
"""So long after a period its statement may still go out; then the next one tells it all."""
_ABOUT: Final = "statement"
_MONTHS_A_YEAR: Final = 12


@dataclass(frozen=True, slots=True)
class StatementPeriod:
    """Whole months of the lender's calendar, from `since` until before `ends`."""

    since: date
    ends: date

    @property
    def last_day(self) -> date:
        """Day on which its statement may go out last."""
        return self.ends + WITHIN


def period_before(today: date, months: int) -> StatementPeriod:
    """Return the period of so many months (1, 2, 3, 4, 6 or 12) that ended last.

    Periods are those that a year divides into, so a quarter ends with March, June, September or
    December.
    """
    this = today.year * _MONTHS_A_YEAR + today.month - 1
    ends = this - this % months
    return StatementPeriod(_first_of(ends - months), _first_of(ends))


def next_end(today: date, months: int) -> date:
    """Return the first day on which the statement of the running period may go out."""
    this = today.year * _MONTHS_A_YEAR + today.month - 1
    return _first_of(this - this % months + months)


def occurrence_of(period: StatementPeriod, loan_id: int) -> str:
    """Return what a contact about a period's statement of a loan is unique by."""
    return f"{_ABOUT}:{period.since}:{period.ends}:{loan_id}"


def since_of(occurrence: str) -> date | None:
    """Return the first day of the period that an occurrence names; None where it names none."""
    about, *rest = occurrence.split(":")
    if about != _ABOUT or len(rest) != len(("since", "ends", "loan")):
        return None
    return date.fromisoformat(rest[0])


def _first_of(month: int) -> date:
    return date(month // _MONTHS_A_YEAR, month % _MONTHS_A_YEAR + 1, 1)
