"""Keep the books of loans whose payments or schedules a batch changed, and compare them.

Only those loans are looked at: what is told of an installment on which nobody paid costs nothing
here. Our division of a payment is stored with the payment, in the row that is written anyway.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime
from typing import Any, Final

from outreach.domain.loan_books import booked, keep_books
from outreach.domain.loans import LoanState
from outreach.domain.product_rules import Products
from outreach.domain.records import dataclass
from outreach.store.alerts import Alert, raise_alerts
from outreach.store.discrepancies import Found, load_parts, write_found
from outreach.store.loan_rows import NOT_LOADED
from outreach.store.loans import LoanChange, LoanKey
from outreach.store.pool import Connection

ALERT: Final = "discrepancy"


@dataclass(frozen=True, slots=True)
class Kept:
    """A batch's changes, their payments divided, and what differs from the platform's figures."""

    changes: list[LoanChange]
    loans: tuple[LoanKey, ...] = ()
    found: tuple[Found, ...] = field(default=(), repr=False)


async def book_changes(conn: Connection, changes: Sequence[LoanChange], products: Products) -> Kept:
    """Divide payments anew in loans of which a payment or the schedule moved."""
    moved = [one for one in changes if _moved(one)]
    if not moved:
        return Kept(list(changes))
    wanted = [_key(one) for one in moved if not has_parts(one.after)]
    stored: Mapping[LoanKey, Mapping[int, Any]] = await load_parts(conn, wanted) if wanted else {}
    after: dict[LoanKey, LoanState] = {}
    found = []
    for one in moved:
        loan = with_parts(one.after, stored.get(_key(one), {}))
        books = keep_books(loan, products.of(one.tenant_id, loan.product).waterfall)
        # Parts that were only read for this aren't written again.
        after[_key(one)] = replace(one.after, payments=booked(loan, books).payments)
        found += [
            Found(one.tenant_id, one.person_id, loan.loan_id, differs)
            for differs in books.discrepancies
        ]
    kept = [replace(one, after=after.get(_key(one), one.after)) for one in changes]
    return Kept(kept, tuple(map(_key, moved)), tuple(found))


async def write_differences(conn: Connection, kept: Kept, *, now: datetime) -> None:
    """Write what differs, and raise an alert for what is new."""
    if kept.loans:
        new = await write_found(conn, kept.loans, kept.found, at=now)
        raised = [Alert(tenant, ALERT, kind, "outreach discrepancies list") for tenant, kind in new]
        await raise_alerts(conn, raised, at=now)


def has_parts(loan: LoanState) -> bool:
    """Say whether every installment was loaded with its parts."""
    return all(one.report.parts is not NOT_LOADED for one in loan.installments)


def with_parts(loan: LoanState, stored: Mapping[int, Any]) -> LoanState:
    """Return the loan with the parts of installments that were loaded without."""
    return replace(
        loan,
        installments=tuple(
            one._replace(report=one.report._replace(parts=stored.get(one.number, {})))
            if one.report.parts is NOT_LOADED
            else one
            for one in loan.installments
        ),
    )


def _moved(change: LoanChange) -> bool:
    before, after = change.before, change.after
    if before is None:
        return bool(after.payments or after.fulls)
    if before.payments != after.payments or before.fulls != after.fulls:
        return True
    if not after.payments:
        return False
    return before.status != after.status or before.installments != after.installments


def _key(change: LoanChange) -> LoanKey:
    return change.person_id, change.after.loan_id
