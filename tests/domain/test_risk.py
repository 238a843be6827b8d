"""Risk: facts are gathered, refused with a reason or counted, and every point is explained."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from outreach.domain.borrowers import Endpoint, PersonState, Profile
from outreach.domain.folding import fold_person
from outreach.domain.ledger import PastContact
from outreach.domain.loans import LoanState, Statement
from outreach.domain.on_record import RiskFact, merge_record
from outreach.domain.promises import Promise
from outreach.domain.reading import read_signal
from outreach.domain.risk import assess, facts_of_loan
from outreach.domain.scorecard import (
    BureauUse,
    PointRow,
    Refused,
    Scorecard,
    SeenFact,
    Tier,
)
from outreach.domain.signals import OrderBy, Signal, SignalError
from outreach.domain.vocabulary import Effect, EndpointStatus, PromiseStatus
from tests.domain.loan_words import T0, TODAY, a_loan, a_signal, at

WHY = {"en": "Because.", "zh": "原因。"}
CARD = Scorecard(
    "card",
    "c0ffee",
    (
        PointRow("salary", "missed_salary", 25, WHY, max_age_days=60),
        PointRow("late", "other_lender_delinquency", 30, WHY, at_least=Decimal(30)),
        PointRow("promises", "broken_promise", 20, WHY, each=True, most_points=40),
    ),
    (Tier("low", 0), Tier("medium", 25), Tier("high", 50)),
    BureauUse(frozenset({"account_review"}), 90),
)
FACT = {"id": "F-1", "kind": "missed_salary"}


def told(
    kind: str = "risk.observed", *, subject: str = "borrower/BR-1", hours: int = 0, **fact: Any
) -> Signal:
    data = {"fact": {**FACT, **fact}}
    time = T0 + timedelta(hours=hours)
    return a_signal(kind, data, subject=subject, sequence=None, time=time)


def fold(*signals: Signal) -> PersonState:
    person = PersonState()
    for signal in signals:
        person, effect = fold_person(
            person, signal, source="crm", order=OrderBy.TIME, loan_ids={"LN-1": 1}, zone="UTC"
        )
        assert effect in {Effect.APPLIED, Effect.DUPLICATE}
    return person


def seen(days: int = 5, fact: str = "missed_salary", **more: Any) -> SeenFact:
    return SeenFact(fact, TODAY - timedelta(days=days), **more)


def facts(person: PersonState, loan: LoanState | None = None, *past: PastContact) -> list[SeenFact]:
    return facts_of_loan(person, loan or a_loan(), past, T0)


def test_points_are_added_up_line_by_line() -> None:
    found = assess(CARD, [seen(), seen(9, "broken_promise"), seen(3, "broken_promise")], TODAY, T0)

    assert (found.tier, found.points, found.scorecard) == ("high", 65, "card@c0ffee")
    assert [(line.row.key, line.points, line.facts, line.newest) for line in found.lines] == [
        ("salary", 25, 1, TODAY - timedelta(days=5)),
        ("promises", 40, 2, TODAY - timedelta(days=3)),
    ]
    assert found.left_out == ()


def test_nothing_known_is_the_lowest_tier() -> None:
    found = assess(CARD, [], TODAY, T0)

    assert (found.tier, found.points, found.lines) == ("low", 0, ())


def test_what_has_no_date_has_no_age() -> None:
    found = assess(CARD, [SeenFact("missed_salary", None)], TODAY, T0)

    assert found.points == 25
    assert found.lines[0].newest is None


def test_what_is_too_old_for_every_row_is_left_out_and_said_so() -> None:
    assert assess(CARD, [seen(60)], TODAY, T0).points == 25

    found = assess(CARD, [seen(61)], TODAY, T0)

    assert found.points == 0
    assert [(one.seen.fact, one.why) for one in found.left_out] == [
        ("missed_salary", Refused.TOO_OLD)
    ]


def test_what_no_row_asks_for_is_neither_counted_nor_left_out() -> None:
    found = assess(CARD, [seen(5, "utilisation")], TODAY, T0)

    assert (found.points, found.left_out) == (0, ())


BUREAU: dict[str, Any] = {
    "fact": "other_lender_delinquency",
    "value": Decimal(60),
    "bureau": True,
    "purpose": "account_review",
    "legal_basis": "consent of 2026-01-02",
}


@pytest.mark.parametrize(
    ("changes", "days", "why"),
    [
        pytest.param({}, 90, None, id="all there"),
        pytest.param({}, 91, Refused.TOO_OLD, id="too old for a report"),
        pytest.param({"purpose": ""}, 5, Refused.NO_PURPOSE, id="no purpose"),
        pytest.param({"legal_basis": ""}, 5, Refused.NO_LEGAL_BASIS, id="no basis"),
        pytest.param({"purpose": "hiring"}, 5, Refused.WRONG_PURPOSE, id="another purpose"),
        pytest.param({"expires_at": T0}, 5, Refused.EXPIRED, id="expired"),
        pytest.param({"expires_at": T0 + timedelta(hours=1)}, 5, None, id="expires later"),
        pytest.param({"withdrawn": True}, 5, Refused.WITHDRAWN, id="taken back"),
        pytest.param({}, -1, Refused.NOT_YET, id="ahead"),
    ],
)
def test_a_fact_out_of_a_credit_report_needs_purpose_and_basis_and_expires(
    changes: dict[str, Any], days: int, why: Refused | None
) -> None:
    found = assess(CARD, [seen(days, **{**BUREAU, **changes})], TODAY, T0)

    assert found.points == (30 if why is None else 0)
    assert [one.why for one in found.left_out] == ([] if why is None else [why])


def test_no_bureau_fact_is_used_beyond_five_years_whatever_a_scorecard_says() -> None:
    card = replace(CARD, bureau=BureauUse(frozenset({"account_review"}), 9_999))

    found = assess(card, [seen(5 * 365 + 1, **BUREAU)], TODAY, T0)

    assert [one.why for one in found.left_out] == [Refused.TOO_OLD]


def test_told_facts_are_of_the_loan_they_name_or_of_all() -> None:
    both = fold(told(), told(id="F-2", subject="loan/LN-1"))
    [one, other] = facts(both)
    elsewhere = facts(both, replace(a_loan(), loan_id=2))

    assert {one.ref, other.ref} == {"F-1", "F-2"}
    assert [fact.ref for fact in elsewhere] == ["F-1"]


def test_a_told_fact_is_read_whole() -> None:
    person = fold(
        a_signal(
            "risk.observed",
            {
                "fact": {
                    "id": "F-1",
                    "kind": "other_lender_delinquency",
                    "observed_at": (T0 - timedelta(days=2)).isoformat(),
                    "value": 60,
                    "word": "M2",
                    "credit_bureau": True,
                    "purpose": "account_review",
                    "legal_basis": "consent",
                    "until": "2026-11-30",
                }
            },
            subject="borrower/BR-1",
            sequence=None,
        )
    )

    [one] = facts(person)

    assert one == SeenFact(
        "other_lender_delinquency",
        date(2026, 11, 21),
        Decimal(60),
        "M2",
        bureau=True,
        purpose="account_review",
        legal_basis="consent",
        expires_at=one.expires_at,
        ref="F-1",
    )
    assert one.expires_at is not None
    assert one.expires_at.date() == date(2026, 12, 1)


def test_a_fact_once_taken_back_stays_so_in_any_order() -> None:
    words = (
        told(value="1"),
        told(value="2", hours=1),
        told("risk.withdrawn", hours=2),
    )

    states = [fold(*order).records for order in permutations(words)]

    assert all(one == states[0] for one in states)
    [kept] = states[0].values()
    assert isinstance(kept, RiskFact)
    assert (kept.withdrawn, kept.value, kept.fact) == (True, "2", "missed_salary")
    assert merge_record(kept, kept) == kept


@pytest.mark.parametrize(
    "fact",
    [
        pytest.param({"kind": ""}, id="no kind"),
        pytest.param({"id": ""}, id="no id"),
        pytest.param({"value": "much"}, id="no number"),
        pytest.param({"value": True}, id="a flag"),
        pytest.param({"value": "NaN"}, id="not a number"),
        pytest.param({"value": "1e60"}, id="too long"),
        pytest.param({"value": [1]}, id="a list"),
    ],
)
def test_a_malformed_fact_is_refused(fact: dict[str, Any]) -> None:
    signal = a_signal(
        "risk.observed", {"fact": {**FACT, **fact}}, subject="borrower/BR-1", sequence=None
    )

    with pytest.raises(SignalError):
        read_signal(signal, source="crm", order=OrderBy.TIME, zone="UTC")


def test_broken_promises_signs_and_the_platforms_word_are_facts() -> None:
    promises = {
        status.value: Promise(status.value, 100, date(2026, 11, 2), T0, status)
        for status in PromiseStatus
    }
    loan = a_loan(
        promises=promises,
        signs=(("partial_payment", date(2026, 11, 3)),),
        risk_bucket="high",
        statements={("core", "risk"): Statement(at(5, hours=-48), "high")},
    )

    found = facts(PersonState(), loan)

    assert found == [
        SeenFact("broken_promise", date(2026, 11, 2)),
        SeenFact("broken_promise", date(2026, 11, 2)),
        SeenFact("partial_payment", date(2026, 11, 3)),
        SeenFact("risk_word", date(2026, 11, 21), word="high"),
    ]
    unsaid = facts(PersonState(), a_loan(risk_bucket="high"))
    assert unsaid == [SeenFact("risk_word", None, word="high")]


def an_endpoint(status: EndpointStatus, ref: str = "ph") -> Endpoint:
    return Endpoint(ref, "phone", "mobile", "+12025550143", status)


def test_addresses_gone_bad_are_facts_and_none_left_is_another() -> None:
    good, bad = an_endpoint(EndpointStatus.ACTIVE), an_endpoint(EndpointStatus.INVALID)
    removed = an_endpoint(EndpointStatus.REMOVED)

    def kinds(*endpoints: Endpoint) -> list[str]:
        person = PersonState(profile=Profile(endpoints=endpoints))
        return [one.fact for one in facts(person)]

    assert kinds(good) == kinds() == []
    assert kinds(good, bad) == ["bad_address"]
    assert kinds(bad, removed) == ["bad_address", "no_address"]


def a_contact(**changes: Any) -> PastContact:
    told = {
        "person_id": 1, "contact_id": None, "case_id": 1, "step": "s", "occurrence": "1:1:1",
        "try_number": 1, "debts": (1,), "channel": "sms", "purpose": "collection",
        "direction": "out", "endpoint_id": "ph", "recipient_role": "debtor", "dial_mode": "",
        "sender": "x", "at": T0 - timedelta(days=1), "delivery_state": "undelivered",
        "outcome": "undelivered", "error_class": "invalid_address",
    }  # fmt: skip
    return PastContact(**{**told, **changes})


def test_contacts_that_an_address_certainly_did_not_take_are_facts() -> None:
    past = (
        a_contact(),
        a_contact(direction="in"),
        a_contact(delivery_state="delivered"),
        a_contact(error_class="throttled"),
        a_contact(at=T0 + timedelta(days=1)),
    )

    found = facts(PersonState(), None, *past)

    assert found == [SeenFact("unreachable", TODAY - timedelta(days=1))]
