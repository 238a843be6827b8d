"""What a person is judged by: chosen by who they are and where, compiled once per choice."""

from typing import Any

import pytest

from outreach.compliance.pack import Pack, Requires, Rule
from outreach.domain.decisions import ProposedAction, Verdict
from outreach.domain.known import Debt, Facts, ZoneEvidence
from outreach.domain.vocabulary import LenderRole
from outreach.usecases.lenders import LenderPlan
from outreach.usecases.rulebook import Rulebook
from tests.compliance.builders import an_action


def a_pack(name: str, **requires: str) -> Pack:
    return Pack(
        name,
        "2026.11",
        (Rule(f"x.{name}", "channel_forbidden", applies_to={"channel": "letter"}),),
        Requires(**{key: frozenset(value.split()) for key, value in requires.items()}),
        content_hash=name,
    )


PACKS = (
    a_pack("us", countries="US"),
    a_pack("us-ma", countries="US", regions="US-MA"),
    a_pack("cn", countries="CN"),
)


def a_lender(*packs: str) -> LenderPlan:
    return LenderPlan(
        slug="acme",
        name="Acme",
        role=LenderRole.FIRST_PARTY,
        country="US",
        timezone="America/New_York",
        locale="en-US",
        packs=packs,
    )


def a_rulebook(*packs: Pack) -> Rulebook:
    return Rulebook(packs or PACKS, (), {"acme": a_lender()})


def some_facts(residence: str | None = "US-MA", **given: Any) -> Facts:
    zones = (ZoneEvidence("America/New_York", "address"),)
    return Facts(**{"lender_role": "first_party", "residence": residence, "zones": zones, **given})


def packs_of(rulebook: Rulebook, facts: Facts, *named: str) -> list[str]:
    return [p.id for p in rulebook.judgment(a_lender(*named), facts).selection.packs]


def test_packs_are_chosen_by_residence_and_by_what_the_lender_names() -> None:
    rulebook = a_rulebook()

    assert packs_of(rulebook, some_facts()) == ["us", "us-ma"]
    assert packs_of(rulebook, some_facts("US-IL")) == ["us"]
    assert packs_of(rulebook, some_facts("US-IL"), "cn") == ["cn", "us"]


@pytest.mark.parametrize(
    ("zones", "packs"),
    [
        pytest.param([("Asia/Shanghai", "area_code")], ["cn", "us"], id="a number from abroad"),
        pytest.param([("Asia/Shanghai", "declared")], ["cn", "us"], id="abroad by their word"),
        pytest.param(
            [("America/Chicago", "declared"), ("Asia/Shanghai", "area_code")],
            ["us"],
            id="their word is that they aren't",
        ),
        pytest.param([("America/Puerto_Rico", "address")], ["us"], id="a territory"),
        pytest.param([("Etc/UTC", "address")], ["us"], id="nowhere"),
        pytest.param([], ["us"], id="not known"),
    ],
)
def test_where_they_seem_to_be_adds_packs(zones: list[Any], packs: list[str]) -> None:
    facts = some_facts("US-IL", zones=tuple(ZoneEvidence(*one) for one in zones))

    assert packs_of(a_rulebook(), facts) == packs


def test_who_is_judged_alike_shares_what_was_compiled() -> None:
    rulebook = a_rulebook()
    lender = a_lender()

    here = rulebook.judgment(lender, some_facts("US-IL"))
    there = rulebook.judgment(lender, some_facts("US-TX"))
    again = rulebook.judgment(lender, some_facts("US-IL", stage="servicing"))

    assert here is again
    assert here.compiled is there.compiled
    assert here.compiled is not rulebook.judgment(lender, some_facts("US-MA")).compiled


def test_product_and_stage_count_where_a_pack_asks_for_them() -> None:
    cards = a_pack("cards", countries="US", products="card")
    late = a_pack("late", countries="US", stages="debt_collection_procedures")
    rulebook = a_rulebook(*PACKS, cards, late)

    def chosen(*products: str | None, stage: str | None = "servicing") -> list[str]:
        debts = {str(n): Debt(product=product) for n, product in enumerate(products)}
        return packs_of(rulebook, some_facts("US-IL", debts=debts, stage=stage))

    assert chosen("auto") == ["us"]
    assert chosen("auto", "card") == ["cards", "us"]
    assert chosen("auto", None) == ["cards", "us"]
    assert chosen("auto", stage="debt_collection_procedures") == ["late", "us"]
    assert chosen("auto", stage=None) == ["late", "us"]


def test_nobody_is_contacted_where_no_pack_knows_the_law() -> None:
    action: ProposedAction = an_action()
    for residence in (None, "FR"):
        facts = some_facts(residence)
        decision = a_rulebook().judgment(a_lender(), facts).decide(action, facts)
        assert decision.verdict is Verdict.BLOCK
        assert decision.rules == {"engine.no_pack"}
    facts = some_facts("US-IL")
    assert a_rulebook().judgment(a_lender(), facts).decide(action, facts).verdict is Verdict.ALLOW
