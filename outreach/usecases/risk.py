"""Risk tiers: worked out at every look from the facts in hand, written only when they change."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple, Protocol

from outreach.domain.ledger import PastContact
from outreach.domain.risk import Assessment, assess, facts_of_loan
from outreach.domain.scorecard import Scorecard
from outreach.domain.vocabulary import EventKind
from outreach.store.bodies import encode_body
from outreach.store.books import PersonBook, load_books
from outreach.store.contacts import LogEvent, list_ledger
from outreach.store.pool import Connection
from outreach.store.risk import TierChange
from outreach.store.vault import PersonKey, Vault
from outreach.usecases.receipt_effects import event_aad

NO_RISKS: Final[Mapping[int, Assessment]] = {}
_LOOKED_BACK: Final = timedelta(days=400)


def assess_book(
    scorecard: Scorecard | None, book: PersonBook, past: Sequence[PastContact], now: datetime
) -> Mapping[int, Assessment]:
    """Return what a scorecard makes of each loan of a person that is open, by loan id."""
    if scorecard is None:
        return NO_RISKS
    return {
        loan.loan_id: assess(
            scorecard, facts_of_loan(book.person, loan, past, now), loan.today(now), now
        )
        for loan in book.loans.values()
        if loan.is_open
    }


def tier_of(risks: Mapping[int, Assessment], loan_id: int) -> str:
    """Return the tier of a loan; "" where there is no scorecard."""
    found = risks.get(loan_id)
    return found.tier if found is not None else ""


class Changes(NamedTuple):
    """What is to be written of tiers that moved."""

    tiers: list[TierChange]
    events: list[LogEvent]


def changed_tiers(
    book: PersonBook,
    key: PersonKey,
    risks: Mapping[int, Assessment],
    scorecard: Scorecard | None,
    now: datetime,
) -> Changes:
    """Return the loans whose tier isn't the one on record, each with its explained log row.

    The lowest tier is on record as nothing, so a loan that nothing speaks against costs no write.
    """
    changes = Changes([], [])
    if scorecard is None:
        return changes
    for loan_id, found in risks.items():
        before = book.loans[loan_id].risk_tier
        tier = "" if found.tier == scorecard.lowest else found.tier
        if tier == before:
            continue
        changes.tiers.append(TierChange(book.person_id, loan_id, tier))
        body = risk_body(found, loan_id, before or scorecard.lowest)
        blob = key.encrypt(encode_body(body), event_aad(book.person_id))
        changes.events.append(
            LogEvent(book.tenant_id, book.person_id, None, EventKind.RISK, now, blob)
        )
    return changes


def risk_body(found: Assessment, loan_id: int, before: str) -> dict[str, Any]:
    """Return the body of a `risk` row: the tiers, and every point with what it rests on.

    What was left out is named by kind and reason; its values aren't repeated.
    """
    return {
        "debts": [loan_id],
        "tier": found.tier,
        "before": before,
        "points": found.points,
        "scorecard": found.scorecard,
        "lines": [
            {
                "row": line.row.key,
                "points": line.points,
                "facts": line.facts,
                "newest": line.newest.isoformat() if line.newest else None,
            }
            for line in found.lines
        ],
        "left_out": [{"fact": one.seen.fact, "why": one.why} for one in found.left_out],
    }


class Scored(Protocol):
    """Which scorecard a lender has."""

    def scorecard_of(self, slug: str) -> Scorecard | None:
        """Return it; None if there is none."""


async def show_risk(
    conn: Connection, vault: Vault, scored: Scored, person_id: int, *, now: datetime
) -> tuple[PersonBook, Mapping[int, Assessment]] | None:
    """Return a person's loans and what the scorecard makes of them now; None of the erased."""
    book = (await load_books(conn, vault, [person_id])).get(person_id)
    if book is None or book.key is None:
        return None
    cases = [case.case_id for case in book.cases.values()]
    ledger = await list_ledger(conn, [person_id], since=now - _LOOKED_BACK, cases=[0, *cases])
    past = ledger.get(person_id, [])
    return book, assess_book(scored.scorecard_of(book.tenant_id), book, past, now)
