"""Expressions are checked when they are read, and answer yes or no whatever happens."""

from typing import Any

import pytest

from outreach.domain.conditions import FACTS, ConditionError, FactType
from outreach.facts.conditions import MOST_CHARACTERS, compile_condition

KINDS: dict[FactType, Any] = {FactType.INT: 7, FactType.STRING: "x", FactType.BOOL: False}
PLAIN = {fact.name: KINDS[fact.type] for fact in FACTS}


@pytest.mark.parametrize(
    ("source", "facts", "answer"),
    [
        ("dpd > 30", {"dpd": 31}, True),
        ("dpd > 30", {"dpd": 30}, False),
        ("risk_tier in ['high', 'mid'] && !dispute_open", {"risk_tier": "mid"}, True),
        ("history == 'chronic' ? amount_minor > 5 : false", {"history": "chronic"}, True),
        ("language == '中文'", {"language": "中文"}, True),
        ("1 / contacts > 0", {"contacts": 0}, False),
        ("1 / contacts > 0 || dpd == 7", {"contacts": 0}, True),
    ],
)
def test_an_expression_answers(source: str, facts: dict[str, Any], *, answer: bool) -> None:
    condition = compile_condition(source)

    assert condition.source == source
    assert condition.test(PLAIN | facts) is answer


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("dpdd > 1", r"there is no fact 'dpdd'; there are: dpd, amount_minor.*at character 1"),
        ("dpd > 'x'", r"no matching overload for '_>_' applied to '\(int, string\)'"),
        ("dpd >", "Syntax error"),
        ("dpd", "it answers INT, not yes or no"),
        ("dpd > 1 " + "&& dpd > 1 " * 50, f"over {MOST_CHARACTERS} characters"),
        ("system('x')", "undeclared|no fact"),
    ],
)
def test_an_expression_is_refused_when_it_is_read(source: str, problem: str) -> None:
    with pytest.raises(ConditionError, match=problem):
        compile_condition(source)


def test_every_fact_can_be_asked_for() -> None:
    for fact in FACTS:
        test = {"int": ">= 7", "string": "== 'x'", "bool": "== false"}[fact.type]
        assert compile_condition(f"{fact.name} {test}").test(PLAIN)
