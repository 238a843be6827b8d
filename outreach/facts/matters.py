"""What is open about a loan, and what just happened to it that deserves an answer."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from hashlib import sha256
from typing import Final

from outreach.domain.borrowers import REVOKED, PersonState
from outreach.domain.holds import EVERY_LOAN, Hold
from outreach.domain.loans import LoanState
from outreach.domain.local_time import local_date
from outreach.domain.payment_history import History
from outreach.domain.standing import OpenEvent
from outreach.domain.steps import OpenMatter
from outreach.domain.treatment import Trigger
from outreach.domain.vocabulary import HoldKind, PromiseStatus

ANSWER_WITHIN: Final = timedelta(days=5)
"""What happened longer ago isn't answered any more: thanks a month later puzzle."""

ASK_WITHIN: Final = timedelta(days=10)
"""The same for asking how a case went."""

_MATTERS: Final[Mapping[HoldKind, OpenMatter]] = {
    HoldKind.DISPUTE: OpenMatter.DISPUTE,
    HoldKind.HARDSHIP: OpenMatter.HARDSHIP,
    HoldKind.COMPLAINT: OpenMatter.COMPLAINT,
}
_ASKED_ABOUT: Final = frozenset({HoldKind.DISPUTE, HoldKind.HARDSHIP})
_YEAR: Final = timedelta(days=365)


def open_matters(holds: Iterable[Hold], loan_id: int, now: datetime) -> frozenset[OpenMatter]:
    """Return what about a loan is open at `now`."""
    return frozenset(
        _MATTERS[hold.kind] for hold in holds if hold.kind in _MATTERS and hold.acts(now, loan_id)
    )


def freed_on(holds: Iterable[Hold], loan_id: int, lender_zone: tzinfo) -> date | None:
    """Return the lender's date on which the last matter about a loan ended; None if none did."""
    ended = (
        local_date(hold.released_at, lender_zone)
        for hold in holds
        if hold.kind in _MATTERS
        and hold.released_at is not None
        and hold.loan_id in {EVERY_LOAN, loan_id}
    )
    return max(ended, default=None)


def broken_promises(loan: LoanState, today: date) -> int:
    """Count the promises on a loan that were broken in the past year."""
    return sum(
        1
        for promise in loan.promises.values()
        if promise.status is PromiseStatus.BROKEN and promise.due_on > today - _YEAR
    )


def opted_out(person: PersonState, suppressed: Sequence[object]) -> bool:
    """Say whether the person asked, anywhere, not to be written to: then no courtesy either."""
    return bool(suppressed) or any(one.status == REVOKED for one in person.consents.values())


def open_events(
    person: PersonState, loan_id: int, history: History, today: date, lender_zone: tzinfo
) -> tuple[OpenEvent, ...]:
    """Return what happened to an open loan and may be answered on `today` (lender's date)."""
    if history.cured_on is None and not person.holds:
        return ()
    resolved = _resolved(person.holds.values(), loan_id, today, lender_zone)
    return (*_cured(history, today), *resolved)


def _cured(history: History, today: date) -> Iterator[OpenEvent]:
    if history.cured_on is not None and today <= history.cured_on + ANSWER_WITHIN:
        until = history.cured_on + ANSWER_WITHIN
        yield OpenEvent(Trigger.CURED, f"cure:{history.cured_case}", until)


def _resolved(
    holds: Iterable[Hold], loan_id: int, today: date, lender_zone: tzinfo
) -> Iterator[OpenEvent]:
    for hold in holds:
        if hold.kind not in _ASKED_ABOUT or hold.released_at is None:
            continue
        if hold.loan_id not in {EVERY_LOAN, loan_id}:
            continue
        until = local_date(hold.released_at, lender_zone) + ASK_WITHIN
        if today <= until:
            # The platform's own name of the case may say anything, so it isn't stored in plain.
            case = sha256(f"{hold.kind}:{hold.case_ref}".encode()).hexdigest()[:16]
            yield OpenEvent(Trigger.RESOLVED, f"resolved:{case}", until)
