"""Expressions see every fact that is published, and no other."""

from datetime import timedelta

from outreach.domain.choosing import choose_step
from outreach.domain.condition_facts import condition_facts
from outreach.domain.conditions import FACTS, Condition, FactType
from outreach.domain.payment_history import History
from outreach.domain.standing import Due, OpenEvent, Standing, Wait, WaitReason
from outreach.domain.steps import Conditions, OpenMatter
from outreach.domain.treatment import Trigger
from outreach.domain.vocabulary import DeliveryState
from tests.domain.plans import DUE_ON, NEW_YORK, a_standing, a_step, a_treatment, a_try, at

TYPES = {FactType.INT: int, FactType.STRING: str, FactType.BOOL: bool}


def test_every_published_fact_is_there_with_its_type() -> None:
    for standing in (a_standing(3), Standing(person_id=1, loan_id=1, lender_zone=NEW_YORK)):
        facts = condition_facts(standing, at(3))
        assert {name: type(value) for name, value in facts.items()} == {
            fact.name: TYPES[fact.type] for fact in FACTS
        }


def test_what_the_facts_say() -> None:
    done = (a_try("x", at(1)), a_try("y", at(2), state=DeliveryState.RELEASED))
    standing = a_standing(
        5,
        done=done,
        last_contact_at=at(1),
        history=History(3, DUE_ON - timedelta(days=20), 8),
        open_matters=frozenset({OpenMatter.DISPUTE}),
        residence="US-CA",
    )

    facts = condition_facts(standing, at(5), "warm")

    assert (facts["dpd"], facts["contacts"], facts["days_since_contact"]) == (5, 1, 4)
    assert (facts["history"], facts["late_before"], facts["days_since_cure"]) == ("chronic", 3, 25)
    assert (facts["dispute_open"], facts["hardship_open"], facts["arm"]) == (True, False, "warm")
    assert (facts["country"], facts["residence"]) == ("US", "US-CA")


def test_a_step_is_made_only_where_its_expression_holds() -> None:
    chronic = Condition("history == 'chronic'", lambda facts: facts["history"] == "chronic")
    treatment = a_treatment(after=[a_step("x", 1, conditions=Conditions(when=chronic))])

    assert isinstance(choose_step(treatment, a_standing(1), at(1)), Wait)
    often = a_standing(1, history=History(3))
    assert isinstance(choose_step(treatment, often, at(1)), Due)


def test_a_cure_is_thanked_for_once_and_not_too_late() -> None:
    thanks = a_step("thanks", 0)
    treatment = a_treatment(events={Trigger.CURED: thanks})
    event = OpenEvent(Trigger.CURED, "cure:9", DUE_ON - timedelta(days=20))
    cured = a_standing(-22, events=(event,), case_id=0, kind=None)

    first = choose_step(treatment, cured, at(-22))
    assert isinstance(first, Due)
    assert (first.step_key, first.occurrence, first.debts) == ("thanks", "cure:9", (170,))
    told = a_try("thanks", at(-22), occurrence="cure:9", case_id=0)
    again = a_standing(-22, events=(event,), case_id=0, kind=None, done=(told,))
    assert isinstance(choose_step(treatment, again, at(-22)), Wait)
    assert isinstance(choose_step(treatment, cured, at(-19)), Wait)
    unasked = choose_step(a_treatment(), cured, at(-22))
    assert isinstance(unasked, Wait)
    assert unasked.why is WaitReason.NO_CASE
