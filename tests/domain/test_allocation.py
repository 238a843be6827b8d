"""Dividing payments: nothing is lost, the order is kept, and arrival doesn't matter."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.domain.allocation import (
    STATED,
    Across,
    Allocated,
    Bill,
    Component,
    PaymentIn,
    Waterfall,
    WaterfallError,
    allocate,
)

FEE, PEN, INT, CAP, UNS = Component
JAN: Final = date(2026, 1, 1)
T0: Final = datetime(2026, 1, 1, tzinfo=UTC)


def a_bill(number: int, month: int, **parts: int) -> Bill:
    return Bill(number, date(2014, month, 1), {Component(name): n for name, n in parts.items()})


def paid(ref: str, minor: int, on: date, hours: int = 0) -> PaymentIn:
    return PaymentIn(ref, minor, on, T0 + timedelta(hours=hours))


def told(found: Allocated, ref: str) -> list[tuple[int, str, int]]:
    one = found.of(ref)
    assert one is not None
    return [(part.number, part.component.value, part.minor) for part in one.portions]


def test_the_published_example_of_a_platform() -> None:
    # A Mifos discussion of refunds, "the mifos style strategy": a loan of 600 in six, each 60
    # principal, 25 interest, 10 fee, 5 penalty; 100 are paid on 1 January, 210 on 1 February.
    # mail-archive.com/mifos-issues@lists.sourceforge.net/msg48735.html
    bills = [
        a_bill(number, number, principal=6000, interest=2500, fees=1000, penalty=500)
        for number in range(1, 7)
    ]
    found = allocate(
        bills,
        [paid("a", 10000, date(2014, 1, 1)), paid("b", 21000, date(2014, 2, 1))],
        Waterfall((INT, CAP, FEE, PEN)),
    )
    assert told(found, "a") == [
        (1, "interest", 2500),
        (1, "principal", 6000),
        (1, "fees", 1000),
        (1, "penalty", 500),
    ]
    assert told(found, "b")[-1] == (4, "interest", 1000)
    assert [found.left_minor(number) for number in range(1, 7)] == [0, 0, 0, 9000, 10000, 10000]


def test_across_components_interest_of_all_that_is_due_comes_before_any_principal() -> None:
    bills = [a_bill(n, n, principal=6000, interest=2500) for n in (1, 2, 3)]
    rules = Waterfall(across=Across.COMPONENT)
    found = allocate(bills, [paid("a", 12000, date(2014, 2, 10))], rules)
    # The third isn't due yet: its interest waits until the second's principal is paid.
    assert told(found, "a") == [
        (1, "interest", 2500),
        (2, "interest", 2500),
        (1, "principal", 6000),
        (2, "principal", 1000),
    ]


def test_what_is_too_much_stays_unapplied() -> None:
    found = allocate([a_bill(1, 1, unstated=500)], [paid("a", 700, JAN)])
    assert (told(found, "a"), found.allocations[0].unapplied_minor) == ([(1, "unstated", 500)], 200)
    assert found.allocations[0].by_component() == {UNS: 500}
    assert found.of("none") is None


def test_a_payment_dated_back_moves_those_after_it() -> None:
    bills = [a_bill(1, 1, interest=100, principal=900)]
    late = paid("late", 500, date(2014, 1, 20))
    before = allocate(bills, [late])
    after = allocate(bills, [late, paid("back", 100, date(2014, 1, 5), hours=99)])
    assert told(before, "late") == [(1, "interest", 100), (1, "principal", 400)]
    assert told(after, "late") == [(1, "principal", 500)]
    assert told(after, "back") == [(1, "interest", 100)]


def test_a_payment_that_a_bill_already_reflects_passes_it_by() -> None:
    bills = [Bill(1, JAN, {CAP: 300}, frozenset({"old"})), Bill(2, JAN, {CAP: 300})]
    found = allocate(bills, [paid("old", 100, JAN), paid("new", 100, JAN)])
    assert told(found, "old") == [(2, "principal", 100)]
    assert told(found, "new") == [(1, "principal", 100)]


@pytest.mark.parametrize("order", [(FEE, PEN, INT), (FEE, PEN, INT, INT), (FEE, PEN, INT, UNS)])
def test_an_order_names_each_component_once(order: tuple[Component, ...]) -> None:
    with pytest.raises(WaterfallError, match="each once"):
        Waterfall(order)


AMOUNT = st.integers(0, 5_000)
DAY = st.integers(0, 200).map(lambda days: JAN + timedelta(days=days))
PARTS = st.dictionaries(st.sampled_from(list(Component)), AMOUNT)
BILLS = st.lists(st.tuples(DAY, PARTS), min_size=1, max_size=5).map(
    lambda found: [Bill(n, day, parts) for n, (day, parts) in enumerate(found, 1)]
)
PAYMENTS = st.lists(st.tuples(AMOUNT, DAY, st.integers(0, 5)), max_size=6).map(
    lambda found: [paid(f"p{n}", *one) for n, one in enumerate(found)]
)
RULES = st.builds(Waterfall, st.permutations(STATED).map(tuple), st.sampled_from(list(Across)))


def total(bills: Sequence[Bill]) -> int:
    return sum(sum(bill.parts.values()) for bill in bills)


@given(BILLS, PAYMENTS, RULES)
def test_nothing_is_lost(bills: list[Bill], payments: list[PaymentIn], rules: Waterfall) -> None:
    found = allocate(bills, payments, rules)
    applied = 0
    for payment in payments:
        one = found.of(payment.ref)
        assert one is not None
        sizes = [part.minor for part in one.portions]
        assert all(size > 0 for size in sizes)
        assert sum(sizes) + one.unapplied_minor == payment.amount_minor
        assert sum(one.by_component().values()) == sum(one.by_installment().values()) == sum(sizes)
        applied += sum(sizes)
    left = [minor for parts in found.left.values() for minor in parts.values()]
    assert min(left, default=0) >= 0
    assert sum(left) + applied == total(bills)


@given(BILLS, PAYMENTS, RULES, st.randoms(use_true_random=False))
def test_arrival_in_any_order_gives_the_same_books(
    bills: list[Bill], payments: list[PaymentIn], rules: Waterfall, random: Random
) -> None:
    mixed, turned = list(payments), list(bills)
    random.shuffle(mixed)
    random.shuffle(turned)
    one, other = allocate(bills, payments, rules), allocate(turned, mixed, rules)
    assert (one.allocations, one.left) == (other.allocations, other.left)


@given(BILLS, PAYMENTS, RULES)
def test_the_order_is_respected(
    bills: list[Bill], payments: list[PaymentIn], rules: Waterfall
) -> None:
    """Within an installment nothing is paid while something before it in the order is open."""
    found = allocate(bills, payments, rules)
    room = {bill.number: dict(bill.parts) for bill in bills}
    across = rules.across is Across.COMPONENT
    by_number = {bill.number: bill for bill in bills}
    for payment in sorted(payments, key=lambda one: (one.value_on, one.arrived_at, one.ref)):
        one = found.of(payment.ref)
        assert one is not None
        for part in one.portions:
            due = by_number[part.number].due_on <= payment.value_on
            for bill in bills:
                before = rules.all[: rules.all.index(part.component)]
                same = bill.number == part.number
                if same or (across and due and bill.due_on <= payment.value_on):
                    assert not any(room[bill.number].get(name, 0) for name in before)
                mine = by_number[part.number]
                older = (bill.due_on, bill.number) < (mine.due_on, mine.number)
                if older and not (across and due):
                    assert not any(room[bill.number].values())
            room[part.number][part.component] -= part.minor


@given(BILLS, PAYMENTS, RULES, AMOUNT, DAY)
def test_a_reversal_restores(
    bills: list[Bill], payments: list[PaymentIn], rules: Waterfall, minor: int, day: date
) -> None:
    without = allocate(bills, payments, rules)
    again = [one for one in [*payments, paid("gone", minor, day)] if one.ref != "gone"]
    assert allocate(bills, again, rules) == without
    if minor:
        gone = allocate(bills, [*payments, paid("gone", minor, day)], rules)
        assert sum(map(gone.left_minor, gone.left)) <= sum(map(without.left_minor, without.left))
