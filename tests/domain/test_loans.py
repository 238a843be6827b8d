"""What is owed: reports less payments they don't contain, by the lender's calendar."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from outreach.domain.loans import (
    NEVER,
    Full,
    Payment,
    balance_effect,
    contains,
    days_past_due,
    effective_outstanding,
    is_fresh,
    next_due_on,
    oldest_unpaid,
    oldest_unpaid_due_on,
    past_due_minor,
)
from outreach.domain.signals import Position
from tests.domain.loan_words import T0, TODAY, a_loan, a_payment, an_installment, at

OCTOBER, NOVEMBER = date(2026, 10, 24), date(2026, 11, 24)


def owed(
    *payments: Payment,
    paid_off: Position | None = None,
    cured: tuple[Position, date] | None = None,
    **reports: Any,
) -> dict[int, int]:
    schedule = {
        4: an_installment(4, 100, OCTOBER, reports.get("four", at(1))).report,
        5: an_installment(5, 100, NOVEMBER, reports.get("five", at(1))).report,
    }
    return effective_outstanding(schedule, payments, paid_off, cured)


@pytest.mark.parametrize(
    ("told", "snapshot", "held"),
    [
        pytest.param(at(3), at(3), True, id="same source, same sequence"),
        pytest.param(at(4), at(3, hours=9), False, id="the sequence, not the time"),
        pytest.param(at(9, "crm"), at(3), True, id="another source, same time"),
        pytest.param(at(1, "crm", 1), at(3), False, id="another source, later"),
    ],
)
def test_a_snapshot_contains_what_came_before_it(
    told: Position, snapshot: Position, held: bool
) -> None:
    assert contains(snapshot, [told]) is held


def test_the_word_of_the_snapshots_own_source_decides() -> None:
    assert not contains(at(3, hours=5), [at(9, "crm", 1), at(4)])


@pytest.mark.parametrize(
    ("paid", "back", "effect"),
    [
        pytest.param(5, None, 0, id="paid before"),
        pytest.param(11, None, -1, id="paid after"),
        pytest.param(5, 11, 1, id="paid before, reversed after"),
        pytest.param(5, 6, 0, id="paid and reversed before"),
        pytest.param(11, 12, 0, id="paid and reversed after"),
        pytest.param(11, 5, 0, id="the reversal was in, so the payment was"),
    ],
)
def test_a_payment_counts_by_what_the_snapshot_holds(
    paid: int, back: int | None, effect: int
) -> None:
    reversal = (at(back),) if back else ()
    payment = a_payment(told=at(paid), reversal_told=reversal)

    assert balance_effect(at(10), payment) == effect


def test_a_reversal_alone_moves_nothing() -> None:
    assert balance_effect(at(10), Payment("p", reversal_told=(at(11),))) == 0


def test_a_split_goes_where_it_says_and_nowhere_else() -> None:
    assert owed(a_payment(amount=130, split={4: 100, 5: 20, 9: 10})) == {4: 0, 5: 80}


def test_what_is_owed_is_never_negative() -> None:
    assert owed(a_payment(amount=500, split={4: 500})) == {4: 0, 5: 100}


def test_a_payment_without_a_split_pays_the_oldest_first() -> None:
    assert owed(a_payment(amount=130)) == {4: 0, 5: 70}
    assert owed(a_payment("b", 40), a_payment("a", 30, {4: 30})) == {4: 30, 5: 100}


def test_an_installment_that_contains_a_payment_isnt_paid_twice() -> None:
    assert owed(a_payment(amount=130), four=at(10)) == {4: 100, 5: 0}


def test_a_reversed_payment_without_a_split_reopens_what_the_reversal_names() -> None:
    hint = {"amount": 60, "reason": "other", "reopens": [{"number": 5, "outstanding": 140}]}
    payment = a_payment(reversal=hint, reversal_told=(at(12),))

    assert owed(payment, four=at(11), five=at(11)) == {4: 100, 5: 140}


def test_a_reversed_payment_without_split_or_hint_waits_for_the_next_snapshot() -> None:
    payment = a_payment(reversal={"reopens": []}, reversal_told=(at(12),))

    assert owed(payment, four=at(11), five=at(11)) == {4: 100, 5: 100}


def test_payoff_is_a_report_of_zero_for_what_was_reported_before() -> None:
    assert owed(paid_off=at(5), five=at(6)) == {4: 0, 5: 100}


def test_a_cure_is_a_report_of_zero_for_what_was_due_and_reported_before() -> None:
    assert owed(cured=(at(5), NOVEMBER)) == {4: 0, 5: 100}
    assert owed(cured=(at(5), NOVEMBER), four=at(6)) == {4: 100, 5: 100}
    assert owed(cured=(at(5), date(2026, 11, 25))) == {4: 0, 5: 0}


def test_a_payment_told_before_the_cure_is_part_of_it() -> None:
    payment = a_payment(split={4: 60}, told=at(3), reversal_told=(at(7),))

    assert owed(payment, cured=(at(5), NOVEMBER)) == {4: 60, 5: 100}


def test_a_reversal_after_payoff_reopens_its_share() -> None:
    payment = a_payment(split={4: 60}, told=at(3), reversal_told=(at(7),))

    assert owed(payment, paid_off=at(5)) == {4: 60, 5: 0}


def test_nothing_is_subtracted_where_nothing_was_paid() -> None:
    assert owed() == {4: 100, 5: 100}


@pytest.mark.parametrize(
    ("today", "dpd"),
    [
        pytest.param(OCTOBER, 0, id="due today"),
        pytest.param(OCTOBER + timedelta(days=1), 1, id="a day late"),
        pytest.param(date(2026, 9, 1), 0, id="not due yet"),
        pytest.param(TODAY, 30, id="a month late"),
    ],
)
def test_days_past_due_count_from_the_oldest_unpaid_due_date(today: date, dpd: int) -> None:
    schedule = [an_installment(5, 100, NOVEMBER), an_installment(4), an_installment(3, 0)]

    assert days_past_due(schedule, today) == dpd


def test_a_schedule_that_is_paid_is_never_late() -> None:
    paid = [an_installment(owed=0)]

    assert days_past_due(paid, TODAY) == 0
    assert oldest_unpaid(paid) is None
    assert oldest_unpaid_due_on(paid) is None
    assert next_due_on(paid, TODAY) is None


def test_past_due_adds_up_what_is_strictly_late() -> None:
    schedule = [an_installment(4), an_installment(5, 70, NOVEMBER)]

    assert past_due_minor(schedule, NOVEMBER) == 100
    assert past_due_minor(schedule, NOVEMBER + timedelta(days=1)) == 170
    assert next_due_on(schedule, TODAY) == NOVEMBER


def test_the_lenders_day_isnt_utcs() -> None:
    assert a_loan().today(datetime(2026, 11, 24, 4, 59, tzinfo=UTC)) == TODAY


def test_a_loan_is_as_old_as_its_newest_snapshot() -> None:
    assert a_loan().as_of == NEVER
    loan = a_loan(
        an_installment(position=at(1, hours=2)),
        an_installment(5, position=at(2, hours=1)),
        fulls={"crm": Full(at(1, "crm", 3), 1)},
    )
    assert loan.as_of == T0 + timedelta(hours=3)
    assert loan.newest == at(1, "crm", 3)


@pytest.mark.parametrize(
    ("hours", "complete", "alive", "fresh"),
    [
        pytest.param(0, True, True, True, id="complete and alive"),
        pytest.param(900, True, True, True, id="complete and alive for weeks"),
        pytest.param(0, True, False, False, id="complete and silent"),
        pytest.param(24, False, True, True, id="a hint of a day ago"),
        pytest.param(25, False, True, False, id="an older hint"),
    ],
)
def test_freshness_depends_on_what_the_source_promises(
    hours: int, complete: bool, alive: bool, fresh: bool
) -> None:
    loan = a_loan(an_installment())

    now = T0 + timedelta(hours=hours)
    assert is_fresh(loan, now, complete=complete, source_alive=alive) is fresh


def test_a_hint_is_as_old_as_the_oldest_report_on_what_is_due() -> None:
    now = T0 + timedelta(hours=30)
    stale_past = a_loan(an_installment(), an_installment(5, 100, NOVEMBER, at(2, hours=30)))
    stale_future = a_loan(
        an_installment(4, position=at(2, hours=30)),
        an_installment(6, 100, date(2027, 1, 24)),
    )

    assert not is_fresh(stale_past, now, complete=False, source_alive=True)
    assert is_fresh(stale_future, now, complete=False, source_alive=True)


def test_nothing_owed_or_never_reported_is_never_fresh() -> None:
    assert not is_fresh(a_loan(), T0, complete=True, source_alive=True)
    assert not is_fresh(a_loan(an_installment(owed=0)), T0, complete=False, source_alive=True)


def test_billed_amounts_are_known_where_they_were_told() -> None:
    assert an_installment(parts={"billed": {"total": 300}}).report.billed_minor == 300
    assert an_installment().report.billed_minor is None
