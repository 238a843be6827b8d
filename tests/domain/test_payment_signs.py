"""Signs that payments leave: paid in parts, or back for want of funds."""

from dataclasses import replace
from datetime import date, timedelta

from outreach.domain.loans import Payment
from outreach.domain.payment_signs import payment_signs
from tests.domain.loan_words import T0, a_payment, an_installment, at

BILLED = {"billed": {"total": 100}}
ON = date(2026, 11, 2)


def paid(
    ref: str = "p", amount: int = 60, split: dict[int, int] | None = None, day: int = 2
) -> Payment:
    return replace(a_payment(ref, amount, split), value_on=date(2026, 11, day), provisional=False)


def signs(*payments: Payment, owed: int = 0) -> list[tuple[str, date]]:
    known = [an_installment(4, owed, parts=BILLED), an_installment(5, 0)]
    return list(payment_signs({one.ref: one for one in payments}, known))


def test_a_payment_that_leaves_its_installment_open_is_partial() -> None:
    assert signs(paid(split={4: 60}), owed=40) == [("partial_payment", ON)]
    assert signs(paid(split={4: 60}), owed=0) == []
    assert signs(paid(split={9: 60})) == []


def test_of_several_on_one_installment_all_but_the_last_are_partial() -> None:
    first, last = paid("a", 60, {4: 60}), paid("b", 40, {4: 40}, day=9)

    assert signs(first, last) == [("partial_payment", ON)]
    assert len(signs(first, last, owed=1)) == 2


def test_without_a_split_it_is_one_if_it_is_less_than_anything_billed() -> None:
    assert signs(paid(amount=99)) == [("partial_payment", ON)]
    assert signs(paid(amount=100)) == []


def test_what_is_not_final_or_came_back_is_no_partial_payment() -> None:
    provisional = replace(paid(), provisional=True)
    undated = replace(paid(), value_on=None)
    tombstone = replace(paid(), amount_minor=None)
    back = replace(paid(), reversal_told=(at(9),), reversed_at=T0, reversal={"reason": "other"})

    assert signs(provisional) == signs(undated) == signs(tombstone) == signs(back) == []


def test_a_return_for_want_of_funds_is_a_failed_debit() -> None:
    back = replace(
        paid(), reversal_told=(at(9),), reversed_at=T0, reversal={"reason": "insufficient_funds"}
    )

    assert signs(back) == [("failed_debit", T0.date())]
    assert signs(replace(back, reversed_at=None)) == []
    assert signs(replace(back, reversal=None)) == []


def test_only_the_newest_are_kept() -> None:
    many = [replace(paid(f"p{n}"), value_on=ON + timedelta(days=n)) for n in range(20)]

    found = signs(*many)

    assert len(found) == 12
    assert found[-1] == ("partial_payment", ON + timedelta(days=19))
