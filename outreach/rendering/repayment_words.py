"""What words may say about repayments: a payment and how it was divided, a statement, a payoff."""

from collections.abc import Mapping
from dataclasses import field
from datetime import date
from types import MappingProxyType
from typing import Final

from outreach.domain.records import dataclass
from outreach.rendering.locales import format_day, format_money

REPAYMENT_VARIABLES: Final = MappingProxyType(
    {
        "payment_amount": "What was paid: one payment, or all of a statement's period.",
        "payment_date": "The date that a payment counts from.",
        "to_principal": "How much of it went to principal; absent where nothing did.",
        "to_interest": "How much of it went to interest.",
        "to_fees": "How much of it went to fees.",
        "to_penalty": "How much of it went to late charges.",
        "to_advance": "How much of it nothing was owed for yet.",
        "divided": "True where how it was divided is certain.",
        "left_amount": "What is still owed on the loan by its schedule; absent if nothing is.",
        "closed_date": "The date on which the loan was paid off.",
        "period_from": "First day of a statement.",
        "period_to": "Last day of a statement.",
        "opening_amount": "What was owed by the schedule before a statement's first day.",
        "past_due_amount": "What is past due; absent if nothing is.",
        "next_due_date": "When the next installment is due.",
        "next_amount": "What is still to pay on it.",
        "payoff_amount": "What pays the loan off now; only where the treatment offers it.",
        "payoff_until": "Last date on which that holds.",
        "saved_amount": "The interest that paying it off saves, less the agreed fee.",
    }
)
"""Variables of these facts, with their meaning."""


@dataclass(frozen=True, slots=True)
class RepaymentFacts:
    """Amounts in minor units of the message's currency; None or 0 where there is nothing to say.

    `division` is by component (`principal`, `interest`, `fees`, `penalty`, `unapplied`), None where
    it isn't certain.
    """

    paid_minor: int | None = field(default=None, repr=False)
    paid_on: date | None = None
    division: Mapping[str, int] | None = field(default=None, repr=False, hash=False)
    left_minor: int | None = field(default=None, repr=False)
    closed_on: date | None = None
    since: date | None = None
    until: date | None = None
    opening_minor: int | None = field(default=None, repr=False)
    past_due_minor: int = field(default=0, repr=False)
    next_due_on: date | None = None
    next_minor: int = field(default=0, repr=False)
    payoff_minor: int | None = field(default=None, repr=False)
    payoff_until: date | None = None
    saved_minor: int = field(default=0, repr=False)


def repayment_context(facts: RepaymentFacts, currency: str, locale: str) -> dict[str, str | bool]:
    """Write the facts in a language; what isn't known, or is nothing, is left out."""
    division = facts.division or {}
    amounts = {
        "payment_amount": facts.paid_minor,
        "to_principal": division.get("principal"),
        "to_interest": division.get("interest"),
        "to_fees": division.get("fees"),
        "to_penalty": division.get("penalty"),
        "to_advance": division.get("unapplied"),
        "left_amount": facts.left_minor or None,
        "opening_amount": facts.opening_minor,
        "past_due_amount": facts.past_due_minor or None,
        "next_amount": facts.next_minor or None,
        "payoff_amount": facts.payoff_minor,
        "saved_amount": facts.saved_minor if facts.saved_minor > 0 else None,
    }
    days = {
        "payment_date": facts.paid_on,
        "closed_date": facts.closed_on,
        "period_from": facts.since,
        "period_to": facts.until,
        "next_due_date": facts.next_due_on,
        "payoff_until": facts.payoff_until,
    }
    found: dict[str, str | bool] = {"divided": bool(facts.division)}
    found |= {
        name: format_money(minor, currency, locale)
        for name, minor in amounts.items()
        if minor is not None
    }
    return found | {name: format_day(day, locale) for name, day in days.items() if day is not None}
