"""Risk: the facts that speak for or against a loan, added up by a scorecard and explained. Pure.

Facts come from what is folded anyway (promises, payments, addresses, contacts) and from what the
lender tells (`risk.observed`). Those out of a credit report count only with a recorded purpose and
legal basis (征信业管理条例 articles 18 and 20; 15 U.S.C. 1681b), and only until they expire.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from outreach.domain.borrowers import PersonState
from outreach.domain.deriving import newest_statements
from outreach.domain.holds import EVERY_LOAN
from outreach.domain.ledger import PastContact
from outreach.domain.loans import LoanState
from outreach.domain.on_record import RiskFact
from outreach.domain.records import dataclass
from outreach.domain.scorecard import Derived, PointRow, Refused, Scorecard, SeenFact
from outreach.domain.vocabulary import DeliveryState, EndpointStatus, ErrorClass, PromiseStatus

BUREAU_LIMIT: Final = timedelta(days=5 * 365)
"""Bad entries in a credit report are deleted after five years (征信业管理条例, article 16)."""

_BROKEN: Final = frozenset({PromiseStatus.BROKEN, PromiseStatus.PARTLY_KEPT})
_BAD: Final = frozenset(
    {EndpointStatus.INVALID, EndpointStatus.REASSIGNED, EndpointStatus.WRONG_PARTY}
)
_NOT_TAKEN: Final = frozenset({DeliveryState.FAILED.value, DeliveryState.UNDELIVERED.value})


@dataclass(frozen=True, slots=True)
class Line:
    """Points that one row came to: how many facts counted, and the newest of their dates."""

    row: PointRow
    points: int
    facts: int
    newest: date | None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A fact on record that counts for nothing, and why."""

    seen: SeenFact
    why: Refused


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a scorecard makes of a loan: the tier, its points line by line, and what was left out.

    `scorecard` names the version. Equal assessments say the same.
    """

    scorecard: str
    tier: str
    points: int
    lines: tuple[Line, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


def assess(
    scorecard: Scorecard, facts: Iterable[SeenFact], today: date, now: datetime
) -> Assessment:
    """Add up the points of a loan's facts.

    Args:
        scorecard: The lender's.
        facts: In any order; see `facts_of_loan`.
        today: Date in the lender's calendar, from which ages are counted.
        now: Aware; facts that expired by then count for nothing.
    """
    usable: list[SeenFact] = []
    left_out: list[LeftOut] = []
    for seen in facts:
        why = refusal(scorecard, seen, today, now)
        if why is None:
            usable.append(seen)
        else:
            left_out.append(LeftOut(seen, why))
    lines: list[Line] = []
    too_old: dict[SeenFact, bool] = {}
    for row in scorecard.rows if usable else ():
        mine = [one for one in usable if row.counts(one)]
        young = [one for one in mine if _age(one, today) <= row.max_age_days]
        for one in mine:
            too_old[one] = too_old.get(one, True) and one not in young
        if points := row.cost(len(young)):
            dates = [one.on for one in young if one.on is not None]
            lines.append(Line(row, points, len(young), max(dates, default=None)))
    left_out += [LeftOut(one, Refused.TOO_OLD) for one, old in too_old.items() if old]
    total = sum(line.points for line in lines)
    return Assessment(scorecard.ref, scorecard.tier_at(total), total, tuple(lines), tuple(left_out))


def _age(seen: SeenFact, today: date) -> int:
    return 0 if seen.on is None else (today - seen.on).days


def refusal(scorecard: Scorecard, seen: SeenFact, today: date, now: datetime) -> Refused | None:
    """Say why a fact may not be used at all; None if it may."""
    if seen.withdrawn:
        return Refused.WITHDRAWN
    if seen.bureau and not seen.purpose:
        return Refused.NO_PURPOSE
    if seen.bureau and not seen.legal_basis:
        return Refused.NO_LEGAL_BASIS
    if seen.bureau and seen.purpose not in scorecard.bureau.purposes:
        return Refused.WRONG_PURPOSE
    if seen.expires_at is not None and seen.expires_at <= now:
        return Refused.EXPIRED
    age = _age(seen, today)
    if age < 0:
        return Refused.NOT_YET
    limit = min(scorecard.bureau.max_age_days, BUREAU_LIMIT.days)
    return Refused.TOO_OLD if seen.bureau and age > limit else None


def facts_of_loan(
    person: PersonState, loan: LoanState, past: Sequence[PastContact], now: datetime
) -> list[SeenFact]:
    """Return what is known of a loan and its borrower that a scorecard may ask.

    Args:
        person: Addresses, and what the lender told.
        loan: With its promises, and the signs that its payments left.
        past: Contacts with the person, about any loan.
        now: Aware; what lies ahead of it isn't known yet.
    """
    return [
        *_told(person, loan.loan_id, loan),
        *_of_promises(loan),
        *(SeenFact(kind, on) for kind, on in loan.signs),
        *_of_word(loan),
        *_of_addresses(person),
        *_of_contacts(past, loan, now),
    ]


def _told(person: PersonState, loan_id: int, loan: LoanState) -> Iterator[SeenFact]:
    for one in person.records.values():
        if isinstance(one, RiskFact) and one.loan_id in (EVERY_LOAN, loan_id):
            yield SeenFact(
                one.fact,
                loan.today(one.at),
                Decimal(one.value) if one.value else None,
                one.word,
                bureau=one.bureau,
                purpose=one.purpose,
                legal_basis=one.legal_basis,
                expires_at=one.expires_at,
                withdrawn=one.withdrawn,
                ref=one.ref,
            )


def _of_promises(loan: LoanState) -> Iterator[SeenFact]:
    for one in loan.promises.values():
        if one.status in _BROKEN:
            yield SeenFact(Derived.BROKEN_PROMISE, one.due_on)


def _of_word(loan: LoanState) -> Iterator[SeenFact]:
    if loan.risk_bucket:
        told = newest_statements(loan).get("risk")
        on = loan.today(told.position.at) if told else None
        yield SeenFact(Derived.RISK_WORD, on, word=loan.risk_bucket)


def _of_addresses(person: PersonState) -> Iterator[SeenFact]:
    endpoints = person.profile.endpoints
    for one in endpoints:
        if one.status in _BAD:
            yield SeenFact(Derived.BAD_ADDRESS, None)
    if endpoints and not any(one.status is EndpointStatus.ACTIVE for one in endpoints):
        yield SeenFact(Derived.NO_ADDRESS, None)


def _of_contacts(past: Iterable[PastContact], loan: LoanState, now: datetime) -> Iterator[SeenFact]:
    for one in past:
        if (
            one.direction == "out"
            and one.delivery_state in _NOT_TAKEN
            and one.error_class == ErrorClass.INVALID_ADDRESS
            and one.at <= now
        ):
            yield SeenFact(Derived.UNREACHABLE, loan.today(one.at))
