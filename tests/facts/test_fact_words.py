"""Every fact that a shipped rule asks for can be told, by whoever knows it, and reaches the rule.

The words are read out of the packs. Each one is told the way that production hears of it and looked
for in the facts; those that nobody can tell yet are listed with the reason.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Final

import pytest

from outreach.compliance.events import EVENT_SCHEMA
from outreach.compliance.pack import Rule
from outreach.config_files.packs import read_packs
from outreach.domain.borrowers import PersonState
from outreach.domain.deriving import derive_loan
from outreach.domain.folding import fold_loan, fold_person
from outreach.domain.known import UNKNOWN, Facts
from outreach.domain.loans import LoanState
from outreach.domain.signals import OrderBy, Signal
from outreach.domain.vocabulary import HoldKind, LenderRole, Outcome
from outreach.facts.assemble import facts_of
from outreach.sources.schema import SIGNAL, Checker
from outreach.usecases.considering import lender_facts
from outreach.usecases.lenders import LenderPlan, sender_attributes

PACKS: Final = read_packs(Path(__file__).resolve().parents[2] / "config" / "compliance")
NOW: Final = datetime(2026, 11, 23, 17, tzinfo=UTC)
FLAGS: Final = {
    "debt_flags": "debt_flag",
    "person_flags": "person_flag",
    "lender_flags": "lender_flag",
    "endpoint_flags": "endpoint_flag",
    "sender_attributes": "sender_attribute",
}
# Parameters of primitives that name facts outside `event` and selectors.
OTHERS: Final = {
    "subject": "approval",
    "agreement": "agreement",
    "trigger": "debt_flag",
    "endpoint_owner": "endpoint_owner",
    "kinds": "hold",
}
NOT_RECORDED: Final[Mapping[tuple[str, str], str]] = {
    **{
        ("hold", kind): "told as life_event: the vocabulary of holds has one word for occasions"
        for kind in ("calamity", "festival", "sensitive_occasion", "wedding")
    },
}


def words() -> set[tuple[str, str]]:
    """Return every fact that a rule of a shipped pack asks for: its kind and its word."""
    return {found for pack in PACKS for rule in pack.rules for found in asked(rule)}


def asked(rule: Rule) -> Iterator[tuple[str, str]]:
    named = {"applies_to": rule.applies_to, "unless": list(rule.unless), **rule.parameters}
    yield from _walk(named, rule)


def _walk(value: object, rule: Rule) -> Iterator[tuple[str, str]]:
    if isinstance(value, (list, tuple)):
        for each in value:
            yield from _walk(each, rule)
    if not isinstance(value, Mapping):
        return
    for key, each in value.items():
        if key in FLAGS:
            listed = each.values() if isinstance(each, Mapping) else [each]
            yield from ((FLAGS[key], word) for some in listed for word in _texts(some))
        elif key in EVENT_SCHEMA["properties"] and key != "content":  # type: ignore[operator]  # it is a mapping
            yield from ((key, word) for word in _texts(each))
        elif rule.primitive == "retention" and key in {"from", "legal_hold"}:
            kind = "person_date" if key == "from" else "person_flag"
            yield from ((kind, word) for word in _texts(each))
        elif key in OTHERS and not (key == "kinds" and rule.primitive != "moratorium"):
            yield from ((OTHERS[key], word) for word in _texts(each))
        else:
            yield from _walk(each, rule)


def _texts(value: object) -> list[str]:
    return [value] if isinstance(value, str) else list(value)  # type: ignore[call-overload]  # a list of texts


CHECKER: Final = Checker(SIGNAL)
NUMBERS: Final = count(1)


def a_signal(kind: str, subject: str, **data: Any) -> Signal:
    data = {"borrower": {"id": "BR-1"}, **data}
    number = next(NUMBERS)
    at = NOW - timedelta(days=10) + timedelta(seconds=number)
    told = {
        "specversion": "1.0", "id": f"evt-{number}", "source": "urn:x", "type": kind,
        "subject": subject, "time": at.isoformat(), "data": data,
    }  # fmt: skip
    assert CHECKER.problems(told, fractions=False) == ()
    return Signal(f"evt-{number}", "urn:x", kind, subject, at, None, data)


def facts(*signals: Signal, flags: tuple[str, ...] = ()) -> Facts:
    """Return the facts of a borrower with one overdue loan, of whom signals told."""
    person, loan = PersonState(), LoanState(7, "LN-1", "crm", "USD")
    for signal in (overdue(), *signals):
        if signal.type.startswith("installment."):
            loan = fold_loan(loan, signal, source="crm", order=OrderBy.TIME).loan
            continue
        person, _ = fold_person(
            person, signal, source="crm", order=OrderBy.TIME, loan_ids={"LN-1": 7}
        )
    lender = LenderPlan("acme", "Acme", LenderRole.FIRST_PARTY, "US", "UTC", "en-US", flags=flags)
    return facts_of(
        person,
        (derive_loan(loan),),
        {},
        past=(),
        suppressed=(),
        lender=lender_facts(lender),
        now=NOW,
    )


def overdue(**attributes: Any) -> Signal:
    return a_signal(
        "installment.overdue",
        "loan/LN-1",
        loan={"id": "LN-1", "currency": "USD", "attributes": attributes},
        installment={"number": 1, "due_date": "2026-11-20", "outstanding": 5, "currency": "USD"},
        as_of=NOW.isoformat(),
        lender_timezone="UTC",
        days_past_due=3,
    )


def borrower(**told: Any) -> Signal:
    return a_signal(
        "borrower.updated", "borrower/BR-1", borrower={"id": "BR-1", **told}, changed=["x"],
        version=next(NUMBERS),
    )  # fmt: skip


def phone(**told: Any) -> Signal:
    known = {"id": "ph-1", "e164": "+12125550143", "status": "active"}
    return borrower(phones=[{**known, **told}])


def a_debt_flag(word: str) -> bool:
    return facts(overdue(**{word: True})).debts["7"].flags == {word: True}


def a_person_flag(word: str) -> bool:
    if word in set(HoldKind):
        return facts(a_hold(word)).person_flags == {word: True}
    by_profile = facts(borrower(attributes={word: True})).person_flags
    return by_profile == {word: True}


def a_hold(kind: str, **more: Any) -> Signal:
    hold = {"id": "H-1", "kind": kind, "contact_policy": "stop_all", **more}
    return a_signal("hold.placed", "borrower/BR-1", hold=hold)


def a_lender_flag(word: str) -> bool:
    return facts(flags=(word,)).lender_flags == {word: True}


def an_endpoint_flag(word: str) -> bool:
    return facts(phone(attributes={word: True})).endpoints["ph-1"].flags == {word: True}


def an_owner(word: str) -> bool:
    return facts(phone(owner=word)).endpoints["ph-1"].owner == word


def a_sender_attribute(word: str) -> bool:
    return sender_attributes("+1", "", (), (word,)).get(word) is True


def a_notice(word: str) -> bool:
    contact = {"id": "L-1", "channel": "letter", "at": NOW.isoformat(), "outcome": "sent"}
    told = a_signal("contact.recorded", "borrower/BR-1", contact={**contact, "notice": word})
    return [one.kind for one in facts(told).notices] == [word]


def a_debt_date(word: str) -> bool:
    told = {word: (NOW - timedelta(days=40)).isoformat()}
    return facts(overdue(**told)).debts["7"].dates == {word: NOW - timedelta(days=40)}


def a_person_date(word: str) -> bool:
    told = {word: (NOW - timedelta(days=40)).isoformat()}
    return facts(borrower(attributes=told)).person_dates == {word: NOW - timedelta(days=40)}


def an_approval(word: str) -> bool:
    approval = {"id": "A-1", "for": word, "role": "compliance", "by": "Li"}
    told = a_signal("approval.granted", "borrower/BR-1", approval=approval)
    return [one.subject for one in facts(told).approvals] == [word]


def an_agreement(word: str) -> bool:
    said = {"id": "p1", "kind": "agreed", "about": word}
    told = a_signal("preference.set", "borrower/BR-1", preference=said)
    return [one.kind for one in facts(told).agreements] == [word]


def an_outcome(word: str) -> bool:
    contact = {"id": "C-1", "channel": "call", "at": NOW.isoformat(), "outcome": word}
    a_signal("contact.recorded", "borrower/BR-1", contact=contact)
    return word in set(Outcome)


def a_held_one(word: str) -> bool:
    if word not in set(HoldKind):
        return False
    return [one.kind for one in facts(a_hold(word)).holds] == [word]


TOLD: Final = {
    "agreement": an_agreement,
    "approval": an_approval,
    "debt_date": a_debt_date,
    "debt_flag": a_debt_flag,
    "endpoint_flag": an_endpoint_flag,
    "endpoint_owner": an_owner,
    "hold": a_held_one,
    "lender_flag": a_lender_flag,
    "notice": a_notice,
    "outcome": an_outcome,
    "person_date": a_person_date,
    "person_flag": a_person_flag,
    "sender_attribute": a_sender_attribute,
}


@pytest.mark.parametrize(("kind", "word"), sorted(words()))
def test_each_fact_that_a_rule_asks_for_can_be_told_or_is_listed(kind: str, word: str) -> None:
    assert TOLD[kind](word) is ((kind, word) not in NOT_RECORDED)


def test_what_is_listed_is_asked_for() -> None:
    assert NOT_RECORDED.keys() <= words()


def test_the_packs_ask_for_facts_of_many_kinds() -> None:
    assert {kind for kind, _ in words()} >= set(TOLD) - {"endpoint_flag", "person_date"}
    assert len(words()) > 80


def test_what_nobody_knows_is_unknown_and_not_false() -> None:
    assert facts(borrower(attributes={"minor": None})).person_flags == {"minor": UNKNOWN}
    assert facts(overdue(illegal=None)).debts["7"].flags == {"illegal": UNKNOWN}


def test_a_hold_tells_of_the_person_what_it_was_told() -> None:
    told = a_hold("hardship", attributes={"vulnerable": True, "note": "x"})

    assert facts(told).person_flags == {"vulnerable": True}
    assert (
        facts(a_hold("hardship", loans=["LN-1"], attributes={"vulnerable": True})).person_flags
        == {}
    )
    ended = a_hold("deceased", until="2026-11-20")
    assert facts(ended).person_flags == {}


def test_an_open_complaint_is_a_grievance_about_its_loans() -> None:
    assert facts(a_hold("complaint")).debts["7"].flags == {"grievance_open": True}


def test_an_instant_that_nobody_knows_is_none() -> None:
    assert facts(overdue(validation_sent_at=None)).debts["7"].dates == {}
