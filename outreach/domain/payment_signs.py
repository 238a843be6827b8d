"""Signs that payments leave: in parts again and again, or back for want of funds.

They are kept with the loan, since deciding doesn't load what was paid. Pure, blind to order.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from outreach.domain.loans import Installment, Payment

PARTIAL: Final = "partial_payment"
FAILED: Final = "failed_debit"
_NO_FUNDS: Final = "insufficient_funds"
_KEPT: Final = 12

Sign = tuple[str, date]
"""What kind of sign, and the date of the payment or of its return."""


def payment_signs(
    payments: Mapping[str, Payment], installments: Iterable[Installment]
) -> tuple[Sign, ...]:
    """Return the newest signs, by date.

    A payment is partial if it left something of an installment open: another payment followed on
    that installment, or something is owed on it still. Where nobody said which installment a
    payment was for, it is partial if it is less than any installment was billed for.
    """
    known = {one.number: one for one in installments}
    billed = [one.report.billed_minor for one in known.values() if one.report.billed_minor]
    least = min(billed, default=0)
    signs: set[tuple[date, str, str]] = set()
    shares: dict[int, list[tuple[date, str]]] = defaultdict(list)
    for ref, one in payments.items():
        if one.is_reversed:
            if one.reversal and one.reversal.get("reason") == _NO_FUNDS and one.reversed_at:
                signs.add((one.reversed_at.date(), FAILED, ref))
            continue
        on = one.value_on
        if on is None or one.amount_minor is None or one.provisional:
            continue
        for share in one.split:
            shares[share.number].append((on, ref))
        if not one.split and 0 < one.amount_minor < least:
            signs.add((on, PARTIAL, ref))
    for number, paid in shares.items():
        owed = known[number].outstanding_minor if number in known else 0
        last = max(paid)
        signs |= {(on, PARTIAL, ref) for on, ref in paid if owed or (on, ref) != last}
    return tuple((kind, on) for on, kind, _ in sorted(signs)[-_KEPT:])
