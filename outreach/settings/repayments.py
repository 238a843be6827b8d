"""What a lender settles about repayment: how a payment is divided, what paying off early costs."""

from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from outreach.domain.allocation import STATED, Across, Component, Waterfall
from outreach.domain.early_payoff import PayoffRules, Rebate
from outreach.domain.product_rules import ProductRules


class EarlyPayoff(BaseModel):
    """How we compute what pays a loan off early. Without this table only the platform says it."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    rebate: Rebate = Field(
        Rebate.ACTUARIAL,
        description="How interest not earned yet is found: `actuarial` (by actual days, as China's"
        " Civil Code 677 has it), `straight_line`, or `rule_of_78`, which is refused outside the"
        " United States and for terms above 61 months; many states forbid it for shorter ones.",
    )
    fee_percent: Decimal = Field(
        Decimal(0),
        ge=0,
        le=10,
        description="Agreed charge on principal that is paid before its date, in percent; it never"
        " exceeds the interest that is saved.",
    )
    fee_most_minor: int | None = Field(
        None, ge=0, description="Most that the charge may be, in minor units (cents, fen)."
    )
    valid_days: int = Field(
        3,
        ge=0,
        le=30,
        description="Days after its own for which a figure holds; never past the next due date.",
    )


class Repayment(BaseModel):
    """How a payment is divided over what is owed, and what early payoff costs."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    order: list[Component] = Field(
        default_factory=lambda: list(STATED),
        description="Which part of an installment is paid first: `fees`, `penalty`, `interest`,"
        " `principal`, each once, as the contract says.",
    )
    across: Across = Field(
        Across.INSTALLMENT,
        description="`installment`: all of the oldest one, then all of the next. `component`: the"
        " first component of all that are due, then the next one.",
    )
    early_payoff: EarlyPayoff | None = Field(
        None, description="How we compute early-payoff figures; left out, the platform quotes them."
    )
    plan_share_percent: int = Field(
        50,
        ge=1,
        le=100,
        description="How much of what a borrower has left each month `outreach suggest` may ask"
        " for, in percent.",
    )

    @field_validator("order")
    @classmethod
    def _names_each_once(cls, order: list[Component]) -> list[Component]:
        Waterfall(tuple(order))
        return order

    def rules(self) -> ProductRules:
        """Return the same as the domain takes it."""
        told = self.early_payoff
        payoff = (
            None
            if told is None
            else PayoffRules(told.rebate, told.fee_percent, told.fee_most_minor, told.valid_days)
        )
        return ProductRules(
            Waterfall(tuple(self.order), self.across), payoff, self.plan_share_percent
        )
