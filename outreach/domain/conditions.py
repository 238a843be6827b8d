"""Conditions: what a treatment may ask of a loan and its borrower, by name and type.

The expressions are CEL; `outreach.facts.conditions` compiles them. Here is what they may name, and
the compiled form that choosing evaluates.
"""

from collections.abc import Callable, Mapping
from dataclasses import field
from enum import StrEnum
from typing import Final

from outreach.domain.records import dataclass

Value = int | str | bool
Test = Callable[[Mapping[str, Value]], bool]


class FactType(StrEnum):
    """Type of a fact, by its CEL name."""

    INT = "int"
    STRING = "string"
    BOOL = "bool"


@dataclass(frozen=True, slots=True)
class Fact:
    """One name that an expression may use."""

    name: str
    type: FactType
    about: str


FACTS: Final = tuple(
    Fact(name, FactType(kind), about)
    for name, kind, about in (
        ("dpd", "int", "Days past due in the lender's calendar; negative before."),
        ("amount_minor", "int", "What is due or past due, in minor units of the currency."),
        ("total_minor", "int", "The whole debt, in minor units."),
        ("currency", "string", "ISO 4217."),
        ("product", "string", "The platform's product name; empty if it told none."),
        ("lender", "string", "Slug of the lender."),
        ("role", "string", "What the contacting entity is to the debt."),
        ("language", "string", "The borrower's language, ISO 639."),
        ("country", "string", "Where the borrower lives, ISO 3166-1; empty if unknown."),
        ("residence", "string", "The same with the region where known, ISO 3166-2: US-CA."),
        ("risk_tier", "string", "The tier of the scorecard; empty if there is none."),
        ("risk_bucket", "string", "The platform's own risk word; empty if it told none."),
        ("history", "string", "first_time, repeat or chronic: see late_before."),
        ("late_before", "int", "How often they were late in the 12 months before this time."),
        ("days_since_cure", "int", "Whole days since they last caught up; -1: never did."),
        ("broken_promises", "int", "Promises on this loan that were broken."),
        ("contacts", "int", "Contacts made in this episode."),
        ("days_since_contact", "int", "Whole days since the last one about any loan; -1: none."),
        ("dispute_open", "bool", "Whether they dispute the debt."),
        ("hardship_open", "bool", "Whether they asked for relief, or were granted it."),
        ("provisional", "bool", "Whether a payment that isn't final yet would cover it."),
        ("arm", "string", "Arm of the treatment's experiment; empty without one."),
    )
)
"""Every fact that is there, in the order of the docs."""


class ConditionError(ValueError):
    """An expression can't be used; the text says what is wrong and where in it."""


@dataclass(frozen=True, slots=True)
class Condition:
    """An expression that was found sound: it names known facts only and answers yes or no.

    Equal sources are equal conditions. `test` raises nothing: what can't be computed (a division
    by zero) is a no.
    """

    source: str
    test: Test = field(repr=False, compare=False)


Compile = Callable[[str], Condition]
"""Turns a source into a condition; raises `ConditionError`."""
