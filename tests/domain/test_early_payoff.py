"""Early payoff: published figures, and what must hold of any."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.domain.early_payoff import (
    NoPayoffError,
    Payoff,
    PayoffRules,
    Rebate,
    early_payoff,
)
from outreach.domain.loans import Full, LoanState
from outreach.domain.vocabulary import LoanStatus
from tests.domain.loan_words import a_loan, an_installment, at

START: Final = date(2026, 1, 1)


def month(number: int) -> date:
    return date(START.year + number // 12, number % 12 + 1, 1)


def parts(principal: int, interest: int, fees: int = 0) -> dict[str, int]:
    total = principal + interest + fees
    return {
        "principal": principal, "interest": interest, "fees": fees, "penalty": 0, "total": total
    }  # fmt: skip


def scheduled(lines: Sequence[tuple[int, int]], paid: int, **more: Any) -> LoanState:
    """Return a loan of (principal, interest) a month, of which the first `paid` were paid."""
    installments = []
    for number, (principal, interest) in enumerate(lines, 1):
        billed = parts(principal, interest)
        left = parts(0, 0) if number <= paid else billed
        owed = left["total"]
        told = {"billed": billed, "outstanding": left}
        installments.append(an_installment(number, owed, month(number), parts=told))
    return a_loan(*installments, fulls={"core": Full(at(1), 1)}, **more)


def annuity(principal: int, rate: Decimal, count: int, payment: int) -> list[tuple[int, int]]:
    """Return (principal, interest) a month; the last one takes what rounding left."""
    lines = []
    for number in range(1, count + 1):
        interest = int((principal * rate).quantize(Decimal(1)))
        share = principal if number == count else payment - interest
        lines.append((share, interest))
        principal -= share
    return lines


def payoff(loan: LoanState, on: date, **more: Any) -> Payoff:
    rules = more.pop("rules", PayoffRules())
    return early_payoff(
        loan,
        on,
        rules=rules,
        country=more.pop("country", "US"),
        opened_on=more.pop("opened", START),
    )


def test_the_published_chinese_example() -> None:
    # 等额本息, 200,000 yuan over 10 years at 4.900 %: 2,111.55 a month; after 12 months 9,446.25 of
    # interest and 15,892.35 of principal are paid, 184,107.65 are left, and with one more month's
    # interest of 751.77 the loan is settled for 184,859.42 (g230.com/1706304514988595060.html).
    lines = annuity(200_000_00, Decimal("0.049") / 12, 120, 2_111_55)
    loan = scheduled(lines, 12)
    assert abs(sum(interest for _, interest in lines[:12]) - 9_446_25) <= 2  # they round once
    now = payoff(loan, month(12), country="CN")
    last = payoff(loan, month(13), country="CN")
    assert abs(now.principal_minor - 184_107_65) <= 2
    assert abs(last.interest_minor - 751_77) <= 1
    assert abs(last.amount_minor - 184_859_42) <= 2


def test_the_british_example_of_five_thousand_pounds() -> None:
    # OFT examples to the Consumer Credit (Early Settlement) Regulations 2004: 5,000 pounds, 48
    # months of 134.57 at an APR of 14.0 %, a charge of 1,459.36, settled with the 12th payment
    # (quoted in forums.moneysavingexpert.com/discussion/6052698). By regulation 4 what is left is
    # worth the 36 payments discounted by the APR.
    rate = Decimal("1.14") ** (Decimal(1) / 12) - 1
    lines = annuity(5_000_00, rate, 48, 134_57)
    assert abs(sum(map(sum, lines)) - 6_459_36) < 50  # the APR is rounded to one decimal place
    found = payoff(scheduled(lines, 12), month(12), country="GB")
    worth = [Decimal(134_57) / (1 + rate) ** number for number in range(1, 37)]
    assert abs(found.amount_minor - sum(worth, Decimal(0))) < 40
    assert found.interest_minor == 0


def test_the_published_example_of_the_rule_of_78() -> None:
    # easycalculation.com/finance/learn-rule-78-loan.php: a charge of 100.00 over 12 months, paid
    # off after 3: 9 × 10 ÷ (12 × 13) of it comes back, 57.69.
    lines = [(1_000_00, 8_33)] * 11 + [(1_000_00, 8_37)]
    rules = PayoffRules(Rebate.RULE_OF_78)
    found = payoff(scheduled(lines, 3), month(3), rules=rules)
    assert (found.rebate_minor, found.principal_minor) == (57_69, 9_000_00)
    assert found.amount_minor == 9_000_00 + 75_01 - 57_69


def test_interest_of_the_running_period_is_earned_by_the_day() -> None:
    loan = scheduled([(10_000, 310), (10_000, 280)], 0)
    on = date(2026, 1, 11)  # 10 days of 31
    found = payoff(loan, on)
    assert (found.interest_minor, found.rebate_minor, found.saved_minor) == (100, 490, 490)
    assert found.amount_minor == 20_100
    even = payoff(loan, on, rules=PayoffRules(Rebate.STRAIGHT_LINE))
    assert even.interest_minor == 100  # 590 × 10 / 59


def test_an_agreed_fee_is_capped_and_never_costs_more_than_is_saved() -> None:
    loan = scheduled([(10_000, 310), (10_000, 280)], 1)
    on = month(1)
    for percent, most, fee in (("1", None, 100), ("1", 40, 40), ("50", None, 280)):
        found = payoff(
            loan, on, rules=PayoffRules(fee_percent=Decimal(percent), fee_most_minor=most)
        )
        assert (found.fee_minor, found.saved_minor) == (fee, 280 - fee)


def test_a_figure_ends_before_the_next_installment_falls_due() -> None:
    loan = scheduled([(100, 1), (100, 1)], 1)
    assert payoff(loan, date(2026, 2, 27)).valid_until == date(2026, 2, 28)
    assert payoff(loan, date(2026, 2, 10)).valid_until == date(2026, 2, 13)
    assert payoff(loan, date(2026, 3, 10)).valid_until == date(2026, 3, 13)


def test_charges_and_late_interest_are_owed_whole() -> None:
    told = {"billed": parts(1_000, 50, 25)}
    loan = a_loan(
        an_installment(1, 1_075, month(1), parts=told),
        an_installment(2, 1_075, month(2), parts=told),
        fulls={"core": Full(at(1), 1)},
    )
    found = payoff(loan, month(2), opened=None)
    assert (found.principal_minor, found.interest_minor, found.charges_minor) == (2_000, 100, 50)
    assert found.rebate_minor == 0


def test_where_no_figure_can_be_given() -> None:
    whole = scheduled([(100, 1), (100, 1)], 0)
    known = whole.installments
    bare = an_installment(1, 101, month(1))
    more = known[0]._replace(outstanding_minor=102)
    long = scheduled([(100, 1)] * 63, 0)
    rule = PayoffRules(Rebate.RULE_OF_78)
    cases: list[tuple[str, LoanState, dict[str, Any]]] = [
        ("closed", replace(whole, status=LoanStatus.CLOSED), {}),
        ("nothing_owed", scheduled([(100, 1)], 1), {}),
        ("schedule_unknown", replace(whole, fulls={}), {}),
        ("schedule_unknown", replace(whole, installments=known[1:]), {}),
        ("schedule_unknown", replace(whole, installments=(bare, known[1])), {}),
        ("schedule_unknown", replace(whole, installments=(more, known[1])), {}),
        ("schedule_unknown", scheduled([(100, 1)], 0), {"opened": None}),
        ("rebate_unlawful", whole, {"rules": rule, "country": "GB"}),
        ("rebate_unlawful", long, {"rules": rule}),
    ]
    for reason, loan, said in cases:
        with pytest.raises(NoPayoffError, match=reason) as found:
            payoff(loan, date(2026, 1, 5), **said)
        assert found.value.reason == reason


@given(
    st.lists(st.tuples(st.integers(1, 9_999), st.integers(0, 999)), min_size=2, max_size=8),
    st.integers(0, 300),
    st.sampled_from([Rebate.ACTUARIAL, Rebate.STRAIGHT_LINE, Rebate.RULE_OF_78]),
    st.decimals(0, 5, places=2),
)
def test_what_holds_of_any_figure(
    lines: list[tuple[int, int]], days: int, rebate: Rebate, fee: Decimal
) -> None:
    loan = scheduled(lines, 0)
    on = START + timedelta(days=days)
    found = payoff(loan, on, rules=PayoffRules(rebate, fee))
    owed = sum(map(sum, lines))
    assert found.amount_minor == owed - found.saved_minor
    assert 0 <= found.fee_minor <= found.rebate_minor
    made_of = found.principal_minor + found.interest_minor + found.charges_minor + found.fee_minor
    assert made_of == found.amount_minor
    later = payoff(loan, on + timedelta(days=7), rules=PayoffRules(rebate, fee))
    assert later.rebate_minor <= found.rebate_minor
