"""How somebody paid until now: what tone and treatment go by."""

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from outreach.domain.cases import Case
from outreach.domain.records import dataclass
from outreach.domain.vocabulary import CaseEnd, CaseKind

LOOKED_BACK: Final = timedelta(days=365)
"""What lies further back is forgotten."""

CHRONIC_FROM: Final = 3
"""Late as often as this in the year before: chronic."""


class Payer(StrEnum):
    """What the past year says of somebody; stored nowhere, shown in conditions and words."""

    FIRST_TIME = "first_time"
    REPEAT = "repeat"
    CHRONIC = "chronic"


@dataclass(frozen=True, slots=True)
class History:
    """Earlier delinquencies, as far as we saw them.

    Attributes:
        late_before: How many ended by payment within the year before, on any of their loans.
        cured_on: Lender's date on which the last one of this loan was cured; None: none was.
        cured_case: Which one that was, 0 for none.
    """

    late_before: int = 0
    cured_on: date | None = None
    cured_case: int = 0

    @property
    def payer(self) -> Payer:
        """First time late, late again, or chronically late."""
        if not self.late_before:
            return Payer.FIRST_TIME
        return Payer.CHRONIC if self.late_before >= CHRONIC_FROM else Payer.REPEAT


NO_HISTORY: Final = History()


_BY_PAYMENT: Final = frozenset({CaseEnd.CURED, CaseEnd.PAID})


def history_of(past: Iterable[Case], loan_id: int, today: date) -> History:
    """Sum up a person's closed cases for one of their loans; `today` is the lender's date.

    What ended by a new schedule or a sale goes on elsewhere, so it isn't counted.
    """
    ended = [
        (case.closed_on, case)
        for case in past
        if case.kind is CaseKind.DELINQUENCY
        and case.end_reason in _BY_PAYMENT
        and case.closed_on is not None
        and case.closed_on > today - LOOKED_BACK
    ]
    if not ended:
        return NO_HISTORY
    own = [
        (on, case.case_id)
        for on, case in ended
        if case.loan_id == loan_id and case.end_reason is CaseEnd.CURED
    ]
    cured_on, cured_case = max(own, default=(None, 0))
    return History(len(ended), cured_on, cured_case)
