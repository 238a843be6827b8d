"""Field visits: when they may be made, by how many, and what came of one."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Final

from outreach.domain.records import dataclass
from outreach.domain.vocabulary import Disposition, Outcome, RecipientRole

GRAIN: Final = timedelta(minutes=30)
"""How finely hours are asked for; rules begin and end on the half hour."""
STAFF: Final[Mapping[str, int]] = {"two_staff": 2}
"""Duties of a pack that say how many go, at least."""


class VisitOutcome(StrEnum):
    """What the people who went say of a visit."""

    SPOKE = "spoke"
    """With the borrower."""
    REFUSED = "refused"
    """The borrower did not want to talk, or asked them to leave."""
    SOMEBODY_ELSE = "somebody_else"
    NOBODY = "nobody"
    WRONG_ADDRESS = "wrong_address"


@dataclass(frozen=True, slots=True)
class Counted:
    """How an outcome counts: as a contact, with whom, and as a person's judgment."""

    outcome: Outcome
    recipient: RecipientRole
    disposition: Disposition


COUNTED: Final[Mapping[VisitOutcome, Counted]] = {
    VisitOutcome.SPOKE: Counted(
        Outcome.CONVERSATION, RecipientRole.DEBTOR, Disposition.LEFT_MESSAGE
    ),
    VisitOutcome.REFUSED: Counted(
        Outcome.CONVERSATION, RecipientRole.DEBTOR, Disposition.RPC_REFUSED
    ),
    VisitOutcome.SOMEBODY_ELSE: Counted(
        Outcome.THIRD_PARTY_SPOKEN, RecipientRole.UNKNOWN, Disposition.LEFT_MESSAGE
    ),
    VisitOutcome.NOBODY: Counted(Outcome.NO_ANSWER, RecipientRole.DEBTOR, Disposition.NO_CONTACT),
    VisitOutcome.WRONG_ADDRESS: Counted(
        Outcome.WRONG_PARTY, RecipientRole.UNKNOWN, Disposition.WRONG_NUMBER
    ),
}


def disposition_of(outcome: VisitOutcome, *, promised: bool, disputed: bool) -> Disposition:
    """Return a person's judgment of a visit; what the borrower said outranks how it went."""
    if disputed:
        return Disposition.RPC_DISPUTE
    return Disposition.RPC_PROMISE if promised else COUNTED[outcome].disposition


@dataclass(frozen=True, slots=True)
class Hours:
    """One span in which a visit may begin, half-open, both aware and of one local day."""

    opens: datetime
    closes: datetime


def open_hours(
    allowed: Callable[[datetime], bool], begins: datetime, zone: tzinfo, *, days: int
) -> tuple[Hours, ...]:
    """Return the hours of the next days in which every rule lets a visit be made.

    Args:
        allowed: Whether it may be made at an instant.
        begins: Earliest instant, aware.
        zone: Where the borrower is; days end at its midnight.
        days: How many local days, today included, 1 to 31.
    """
    today = begins.astimezone(zone).date()
    found: list[Hours] = []
    for number in range(days):
        found += _of_day(allowed, begins, today + timedelta(days=number), zone)
    return tuple(found)


def _of_day(
    allowed: Callable[[datetime], bool], begins: datetime, day: date, zone: tzinfo
) -> Iterable[Hours]:
    # In UTC, so that a day on which the clock is moved has its 23 or 25 hours.
    moment = datetime.combine(day, time(0), zone).astimezone(UTC)
    ends = datetime.combine(day + timedelta(days=1), time(0), zone).astimezone(UTC)
    opens: datetime | None = None
    while moment < ends:
        at = max(moment, begins)
        may = moment + GRAIN > begins and allowed(at)
        if may and opens is None:
            opens = at
        if not may and opens is not None:
            yield Hours(opens, moment)
            opens = None
        moment += GRAIN
    if opens is not None:
        yield Hours(opens, ends)


def least_staff(duties: Iterable[str]) -> int:
    """Return how many people have to go, by what packs oblige to; one if none says."""
    return max((STAFF.get(duty, 1) for duty in duties), default=1)
