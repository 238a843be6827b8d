"""How payments are divided over what was billed: fees, penalty, interest, principal.

The books are a function of the set of payments: in whichever order they arrive, they are applied
in the order of their value dates. So a payment that is dated back moves those after it, and one
that is reversed leaves no trace. Amounts are minor units, and none is ever multiplied or divided:
nothing is there to be rounded.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Final, TypeVar

from outreach.domain.records import dataclass

_K = TypeVar("_K")


class Component(StrEnum):
    """What a part of an installment is owed for. Values are stored and shown: never renamed."""

    FEES = "fees"
    PENALTY = "penalty"
    INTEREST = "interest"
    PRINCIPAL = "principal"
    UNSTATED = "unstated"
    """The platform didn't say what for."""


STATED: Final = (Component.FEES, Component.PENALTY, Component.INTEREST, Component.PRINCIPAL)
"""The four that a platform tells of, in the usual order of being paid."""


class Across(StrEnum):
    """What comes first among installments whose date has come: the older one, or the component."""

    INSTALLMENT = "installment"
    """All of the oldest installment, then all of the next."""
    COMPONENT = "component"
    """All fees that are due, then all penalties …; within each the oldest installment first."""


class WaterfallError(ValueError):
    """An order of components that leaves one out or names one twice."""


@dataclass(frozen=True, slots=True)
class Waterfall:
    """The order in which a payment fills what is owed; what nobody stated comes last.

    Installments whose date hasn't come by the payment's value date follow one by one.

    Raises:
        WaterfallError: `order` isn't each of the four once.
    """

    order: tuple[Component, ...] = STATED
    across: Across = Across.INSTALLMENT

    def __post_init__(self) -> None:
        """Refuse an order that isn't each of the four once."""
        if sorted(self.order) != sorted(STATED):
            raise WaterfallError(f"it must name {', '.join(STATED)}, each once")

    @property
    def all(self) -> tuple[Component, ...]:
        """The order with `UNSTATED` at its end."""
        return (*self.order, Component.UNSTATED)


USUAL: Final = Waterfall()


@dataclass(frozen=True, slots=True)
class Bill:
    """What one installment asks for, by component.

    `excludes` are references of payments that what it asks for is already less by.
    """

    number: int
    due_on: date
    parts: Mapping[Component, int]
    excludes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PaymentIn:
    """Money that came; value date first, then arrival, then reference decide its place."""

    ref: str
    amount_minor: int
    value_on: date
    arrived_at: datetime


@dataclass(frozen=True, slots=True)
class Portion:
    """A part of a payment: to which installment and for what. Always positive."""

    number: int
    component: Component
    minor: int


@dataclass(frozen=True, slots=True)
class Allocation:
    """One payment, divided; portions and `unapplied_minor` add up to its amount."""

    ref: str
    portions: tuple[Portion, ...]
    unapplied_minor: int = 0

    def by_component(self) -> dict[Component, int]:
        """Return what went to each component, those without money left out."""
        return _sums((one.component, one.minor) for one in self.portions)

    def by_installment(self) -> dict[int, int]:
        """Return what went to each installment."""
        return _sums((one.number, one.minor) for one in self.portions)


@dataclass(frozen=True, slots=True)
class Allocated:
    """Every payment divided, in the order applied, and what is left of each bill after them."""

    allocations: tuple[Allocation, ...]
    left: Mapping[int, Mapping[Component, int]]

    def of(self, ref: str) -> Allocation | None:
        """Return how one payment was divided; None for one that doesn't count."""
        return next((one for one in self.allocations if one.ref == ref), None)

    def left_minor(self, number: int) -> int:
        """Return what is left of one installment."""
        return sum(self.left[number].values())


def allocate(
    bills: Sequence[Bill], payments: Iterable[PaymentIn], waterfall: Waterfall = USUAL
) -> Allocated:
    """Divide payments over bills.

    Args:
        bills: One per installment, in any order, parts not negative.
        payments: Those that count (not reversed), in any order, each reference once.
        waterfall: Which component and installment come first.
    """
    left = {bill.number: dict(bill.parts) for bill in bills}
    ordered = sorted(bills, key=lambda bill: (bill.due_on, bill.number))
    found = []
    for payment in sorted(payments, key=_place):
        portions = []
        rest = payment.amount_minor
        for bill, component in _way(ordered, payment.value_on, waterfall):
            if rest == 0:
                break
            room = left[bill.number].get(component, 0)
            taken = 0 if payment.ref in bill.excludes else min(rest, room)
            if taken:
                portions.append(Portion(bill.number, component, taken))
                left[bill.number][component] = room - taken
                rest -= taken
        found.append(Allocation(payment.ref, tuple(portions), rest))
    return Allocated(tuple(found), left)


def _place(payment: PaymentIn) -> tuple[date, datetime, str]:
    return payment.value_on, payment.arrived_at, payment.ref


def _way(
    ordered: Sequence[Bill], on: date, waterfall: Waterfall
) -> Iterator[tuple[Bill, Component]]:
    """Yield where a payment of a date goes, first to last."""
    due = [bill for bill in ordered if bill.due_on <= on]
    ahead = ordered[len(due) :]
    if waterfall.across is Across.COMPONENT:
        yield from ((bill, component) for component in waterfall.all for bill in due)
    else:
        yield from ((bill, component) for bill in due for component in waterfall.all)
    yield from ((bill, component) for bill in ahead for component in waterfall.all)


def _sums(pairs: Iterable[tuple[_K, int]]) -> dict[_K, int]:
    found: dict[_K, int] = {}
    for key, minor in pairs:
        found[key] = found.get(key, 0) + minor
    return found
