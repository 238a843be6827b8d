"""Which loans a treatment is meant for, and which treatment a loan gets."""

from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Protocol, TypeVar

from outreach.domain.conditions import Condition, Value
from outreach.domain.payment_history import Payer
from outreach.domain.records import dataclass
from outreach.domain.residences import country_of
from outreach.domain.vocabulary import LenderRole


@dataclass(frozen=True, slots=True, kw_only=True)
class Segmented:
    """What segments ask of a loan and its borrower.

    `country` is the lender's, `residence` the borrower's (ISO 3166-2 or 3166-1, "" if unknown);
    `amount_minor` is what the loan owes in all, in minor units of `currency`.
    """

    lender: str
    country: str
    product: str
    role: LenderRole
    language: str
    residence: str = ""
    risk_tier: str = ""
    payer: Payer = Payer.FIRST_TIME
    amount_minor: int = 0
    currency: str = ""
    facts: Mapping[str, Value] = field(default_factory=dict, hash=False, compare=False)


@dataclass(frozen=True, slots=True)
class Amounts:
    """What a loan owes, in minor units of a currency: from (in) and below (out); None: no bound."""

    currency: str
    at_least: int | None = None
    below: int | None = None

    def hold(self, loan: Segmented) -> bool:
        """Say whether a loan lies between; one in another currency doesn't."""
        return (
            loan.currency == self.currency
            and (self.at_least is None or loan.amount_minor >= self.at_least)
            and (self.below is None or loan.amount_minor < self.below)
        )


@dataclass(frozen=True, slots=True)
class Selector:
    """Loans that a treatment is meant for: an empty set asks nothing, all others must match.

    Attributes:
        lenders: Slugs.
        countries: The lender's country.
        products: The platform's names.
        roles: Of the contacting entity.
        languages: The borrower's.
        jurisdictions: Where the borrower lives: a country takes its regions in.
        risk_tiers: Of the scorecard.
        payers: What the past year says.
        amounts: What the loan owes; any of them suffices.
        when: An expression.
    """

    lenders: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    products: frozenset[str] = frozenset()
    roles: frozenset[LenderRole] = frozenset()
    languages: frozenset[str] = frozenset()
    jurisdictions: frozenset[str] = frozenset()
    risk_tiers: frozenset[str] = frozenset()
    payers: frozenset[Payer] = frozenset()
    amounts: tuple[Amounts, ...] = ()
    when: Condition | None = None

    @property
    def specificity(self) -> int:
        """How many things are asked for; the treatment that asks most wins."""
        asked = (self.lenders, self.countries, self.products, self.roles, self.languages)
        return sum(1 for values in (*asked, *self._asks_person) if values)

    @property
    def _asks_person(self) -> tuple[object, ...]:
        return self.jurisdictions, self.risk_tiers, self.payers, self.amounts, self.when

    @property
    def asks_person(self) -> bool:
        """Whether more is asked than lender, product and language tell."""
        return any(self._asks_person)

    def takes(self, loan: Segmented) -> bool:
        """Say whether a loan is meant."""
        return (
            (not self.lenders or loan.lender in self.lenders)
            and (not self.countries or loan.country in self.countries)
            and (not self.products or loan.product in self.products)
            and (not self.roles or loan.role in self.roles)
            and (not self.languages or loan.language in self.languages)
            and self._takes_person(loan)
        )

    def _takes_person(self, loan: Segmented) -> bool:
        return (
            (not self.jurisdictions or not self.jurisdictions.isdisjoint(_places(loan)))
            and (not self.risk_tiers or loan.risk_tier in self.risk_tiers)
            and (not self.payers or loan.payer in self.payers)
            and (not self.amounts or any(one.hold(loan) for one in self.amounts))
            and (self.when is None or self.when.test(loan.facts))
        )


def _places(loan: Segmented) -> tuple[str, ...]:
    return (loan.residence, country_of(loan.residence)) if loan.residence else ()


class Segmentable(Protocol):
    """What has a name and segments."""

    @property
    def name(self) -> str:
        """Breaks ties: the first in the alphabet."""

    @property
    def segments(self) -> tuple[Selector, ...]:
        """Any of them suffices."""


_T = TypeVar("_T", bound=Segmentable)


def treatment_for(treatments: Iterable[_T], loan: Segmented) -> _T | None:
    """Return the treatment with the most specific matching segment; ties go to the first name."""
    best: tuple[int, str] | None = None
    chosen: _T | None = None
    for treatment in treatments:
        for segment in treatment.segments:
            rank = (-segment.specificity, treatment.name)
            if (best is None or rank < best) and segment.takes(loan):
                best, chosen = rank, treatment
    return chosen
