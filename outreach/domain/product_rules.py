"""What a lender settled about repayment, by product: how payments divide, what payoff costs."""

from collections.abc import Mapping
from dataclasses import field
from typing import Final

from outreach.domain.allocation import USUAL, Waterfall
from outreach.domain.early_payoff import PayoffRules
from outreach.domain.records import dataclass


@dataclass(frozen=True, slots=True)
class ProductRules:
    """The rules of one product. `payoff` None: early-payoff figures come from the platform alone.

    `share_percent` is how much of what a borrower has left over a suggested plan may ask for.
    """

    waterfall: Waterfall = USUAL
    payoff: PayoffRules | None = None
    share_percent: int = 50


USUAL_RULES: Final = ProductRules()


@dataclass(frozen=True, slots=True)
class LenderProducts:
    """One lender's products by the platform's name; `others` holds for those not named."""

    others: ProductRules = USUAL_RULES
    named: Mapping[str, ProductRules] = field(default_factory=dict, hash=False)

    def of(self, product: str) -> ProductRules:
        """Return the rules of a product."""
        return self.named.get(product, self.others)


@dataclass(frozen=True, slots=True)
class Products:
    """Every lender's, by slug."""

    lenders: Mapping[str, LenderProducts] = field(default_factory=dict, hash=False)

    def of(self, lender: str, product: str) -> ProductRules:
        """Return the rules of a lender's product, the usual ones if nothing was settled."""
        known = self.lenders.get(lender)
        return USUAL_RULES if known is None else known.of(product)


USUAL_PRODUCTS: Final = Products()
