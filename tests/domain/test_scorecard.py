"""Scorecards: what a row counts and costs, where a tier begins, what contradicts itself."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from outreach.domain.scorecard import PointRow, Scorecard, ScorecardError, SeenFact, Tier

ON = date(2026, 11, 1)
TIERS = (Tier("low", 0), Tier("medium", 25), Tier("high", 50))


def a_row(key: str = "row", fact: str = "utilisation", points: int = 10, **more: Any) -> PointRow:
    return PointRow(key, fact, points, {"en": "Because.", "zh": "原因。"}, **more)


def a_card(*rows: PointRow, tiers: tuple[Tier, ...] = TIERS) -> Scorecard:
    return Scorecard("card", "c0ffee", rows, tiers)


def seen(fact: str = "utilisation", value: str | None = None, word: str = "") -> SeenFact:
    return SeenFact(fact, ON, Decimal(value) if value else None, word)


def test_a_row_counts_its_own_kind_of_fact_within_its_bounds() -> None:
    cases = [
        (a_row(), seen(), True),
        (a_row(), seen("lawsuit"), False),
        (a_row(at_least=Decimal(90)), seen(value="90"), True),
        (a_row(at_least=Decimal(90)), seen(value="89.9"), False),
        (a_row(at_least=Decimal(90)), seen(), False),
        (a_row(at_most=Decimal(-40)), seen(value="-40"), True),
        (a_row(at_most=Decimal(-40)), seen(value="-39"), False),
        (a_row(words=frozenset({"high"})), seen(word="high"), True),
        (a_row(words=frozenset({"high"})), seen(word="low"), False),
    ]

    wrong = [(row, fact) for row, fact, counts in cases if row.counts(fact) is not counts]

    assert wrong == []


def test_what_facts_cost() -> None:
    cases = [
        (a_row(), 0, 0),
        (a_row(), 1, 10),
        (a_row(), 5, 10),
        (a_row(each=True), 3, 30),
        (a_row(each=True, most_points=20), 3, 20),
        (a_row(points=-10, each=True, most_points=20), 3, -20),
        (a_row(needs=2), 1, 0),
        (a_row(needs=2), 2, 10),
    ]

    wrong = [(row, facts) for row, facts, points in cases if row.cost(facts) != points]

    assert wrong == []


def test_a_tier_begins_at_its_points_and_the_first_takes_all_below() -> None:
    card = a_card(a_row())

    tiers = {points: card.tier_at(points) for points in (-30, 0, 24, 25, 49, 50, 400)}

    assert tiers == {
        -30: "low", 0: "low", 24: "low", 25: "medium", 49: "medium", 50: "high", 400: "high",
    }  # fmt: skip
    assert (card.lowest, card.ref) == ("low", "card@c0ffee")


@pytest.mark.parametrize(
    ("rows", "tiers", "path"),
    [
        pytest.param((a_row(),), (), "tiers", id="no tier"),
        pytest.param((a_row(),), (Tier("a", 5), Tier("b", 5)), "tiers.1.from", id="order"),
        pytest.param((a_row(),), (Tier("a", 0), Tier("a", 5)), "tiers", id="tier twice"),
        pytest.param((a_row(), a_row()), TIERS, "points.1.key", id="row twice"),
        pytest.param((a_row(fact="religion"),), TIERS, "points.0.fact", id="forbidden"),
        pytest.param(
            (a_row(at_least=Decimal(2), at_most=Decimal(1)),),
            TIERS,
            "points.0.at_least",
            id="empty",
        ),
        pytest.param((a_row(most_points=9),), TIERS, "points.0.most_points", id="capped below one"),
    ],
)
def test_a_contradiction_is_named_by_its_place(
    rows: tuple[PointRow, ...], tiers: tuple[Tier, ...], path: str
) -> None:
    with pytest.raises(ScorecardError) as caught:
        a_card(*rows, tiers=tiers)

    assert caught.value.path == path
    assert caught.value.problem
