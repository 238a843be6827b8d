"""Segments ask of a loan and its borrower whatever a treatment may turn on."""

from dataclasses import replace

import pytest

from outreach.domain.conditions import Condition
from outreach.domain.payment_history import Payer
from outreach.domain.segments import Amounts, Segmented, Selector, treatment_for
from outreach.domain.vocabulary import LenderRole
from tests.domain.plans import a_treatment

LOAN = Segmented(
    lender="harbor",
    country="US",
    product="auto",
    role=LenderRole.FIRST_PARTY,
    language="en",
    residence="US-CA",
    risk_tier="high",
    payer=Payer.REPEAT,
    amount_minor=50_000,
    currency="USD",
    facts={"dpd": 3},
)


@pytest.mark.parametrize(
    ("selector", "takes"),
    [
        pytest.param(Selector(jurisdictions=frozenset({"US"})), True, id="country"),
        pytest.param(Selector(jurisdictions=frozenset({"US-CA"})), True, id="state"),
        pytest.param(Selector(jurisdictions=frozenset({"US-NY"})), False, id="another state"),
        pytest.param(Selector(risk_tiers=frozenset({"high"})), True, id="tier"),
        pytest.param(Selector(risk_tiers=frozenset({"low"})), False, id="another tier"),
        pytest.param(Selector(payers=frozenset({Payer.REPEAT})), True, id="history"),
        pytest.param(Selector(payers=frozenset({Payer.CHRONIC})), False, id="another history"),
        pytest.param(Selector(amounts=(Amounts("USD", 50_000),)), True, id="from"),
        pytest.param(Selector(amounts=(Amounts("USD", None, 50_000),)), False, id="below"),
        pytest.param(Selector(amounts=(Amounts("USD", 50_001),)), False, id="too little"),
        pytest.param(Selector(amounts=(Amounts("CNY"), Amounts("USD"))), True, id="any of them"),
        pytest.param(Selector(when=Condition("", lambda f: f["dpd"] == 3)), True, id="expression"),
        pytest.param(Selector(when=Condition("", lambda _: False)), False, id="false"),
    ],
)
def test_what_a_segment_takes(selector: Selector, *, takes: bool) -> None:
    assert selector.takes(LOAN) is takes
    assert selector.specificity == 1
    assert selector.asks_person
    assert not Selector(products=frozenset({"auto"})).asks_person


def test_nobody_without_a_residence_lives_in_a_jurisdiction() -> None:
    selector = Selector(jurisdictions=frozenset({"US"}))

    assert not selector.takes(replace(LOAN, residence=""))


def test_the_segment_that_asks_most_wins_and_ties_go_by_name() -> None:
    wide = a_treatment(name="b")
    narrow = a_treatment(name="c", segments=(Selector(risk_tiers=frozenset({"high"})),))
    other = a_treatment(name="a", segments=(Selector(risk_tiers=frozenset({"low"})),))

    assert treatment_for([wide, narrow, other], LOAN) is narrow
    assert treatment_for([other], LOAN) is None
