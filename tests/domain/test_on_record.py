"""Approvals, notices and refusals: read strictly, joined in any order, what protects standing."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from outreach.domain.borrowers import PersonState
from outreach.domain.folding import fold_person
from outreach.domain.on_record import Approval, Refusal, SentNotice, about_loan, merge_record
from outreach.domain.reading import read_signal
from outreach.domain.record_words import check_approval
from outreach.domain.signals import OrderBy, Signal, SignalError
from outreach.domain.vocabulary import Effect
from tests.domain.loan_words import T0, a_signal

APPROVAL = {"id": "A-1", "for": "visit_order", "role": "head of branch", "by": "Li"}
LETTER = {"id": "L-1", "channel": "letter", "outcome": "sent", "notice": "demand_notice"}
HOUR = timedelta(hours=1)


def granted(hours: int = 0, /, **told: Any) -> Signal:
    return said("approval.granted", {"approval": {**APPROVAL, **told}}, hours)


def revoked(hours: int = 0) -> Signal:
    return said("approval.revoked", {"approval": {"id": "A-1", "by": "Sam"}}, hours)


def letter(word: str, hours: int = 0, ref: str = "L-1") -> Signal:
    return said(f"letter.{word}", {"receipt": {"contact_id": ref}}, hours)


def contact(hours: int = 0, /, **told: Any) -> Signal:
    return said("contact.recorded", {"contact": {**LETTER, **told}}, hours)


def said(
    kind: str, data: dict[str, Any], hours: int = 0, *, subject: str = "borrower/BR-1"
) -> Signal:
    return a_signal(kind, data, subject=subject, sequence=None, time=T0 + hours * HOUR)


def fold(*signals: Signal) -> PersonState:
    person = PersonState()
    for signal in signals:
        person, _ = fold_person(
            person, signal, source="crm", order=OrderBy.TIME, loan_ids={"LN-1": 7}, zone="UTC"
        )
    return person


def the_one(*signals: Signal) -> Any:
    [record] = fold(*signals).records.values()
    return record


def test_an_approval_is_read_whole() -> None:
    one = the_one(
        granted(
            channel="voice",
            purpose="collection",
            endpoint="ph-1",
            until="2026-12-31",
            requested_by="Ann",
            evidence="minutes",
        )
    )

    assert (one.subject, one.role, one.by, one.requested_by) == (
        "visit_order", "head of branch", "Li", "Ann",
    )  # fmt: skip
    assert (one.channel, one.purpose, one.endpoint_id) == ("call", "collection", "ph-1")
    assert (one.at, one.expires_at.date().isoformat()) == (T0, "2027-01-01")
    assert (one.loan_id, one.revoked, one.evidence) == (0, False, "minutes")


def test_under_a_loans_name_it_is_about_that_loan() -> None:
    signal = said("approval.granted", {"approval": APPROVAL}, subject="loan/LN-1")

    assert the_one(signal).loan_id == 7
    assert about_loan(Refusal("C-1", "ph-7", T0), 7) == Refusal("C-1", "ph-7", T0)
    assert about_loan(SentNotice("L-1"), None) == SentNotice("L-1")


@pytest.mark.parametrize(
    "told",
    [
        pytest.param({"for": "Visit order"}, id="no word"),
        pytest.param({"for": ""}, id="of nothing"),
        pytest.param({"role": ""}, id="by nobody in particular"),
        pytest.param({"by": ""}, id="by nobody"),
        pytest.param({"channel": "pigeon"}, id="no channel"),
        pytest.param({"purpose": "fun"}, id="no purpose"),
        pytest.param({"requested_by": " lI"}, id="who asked gave it"),
        pytest.param({"until": "soon"}, id="no end"),
    ],
)
def test_what_is_no_approval_is_refused(told: dict[str, Any]) -> None:
    with pytest.raises(SignalError, match="malformed"):
        fold(granted(**told))


def test_taking_back_needs_no_second_person() -> None:
    check_approval(Approval("A-1", T0, by="Li", requested_by="Li", revoked=True))


@pytest.mark.parametrize(
    ("words", "stands"),
    [
        pytest.param([granted(0), revoked(1)], False, id="revoked"),
        pytest.param([granted(0), revoked(1), granted(2)], True, id="granted again"),
        pytest.param([granted(1), revoked(1)], False, id="at one instant revoking stands"),
    ],
)
def test_the_newest_word_stands_in_any_order(words: list[Signal], stands: bool) -> None:
    assert {the_one(*each).revoked for each in permutations(words)} == {not stands}


def test_of_two_ends_at_one_instant_the_earlier_stands() -> None:
    words = [granted(until="2026-12-31"), granted(until="2026-12-30"), granted()]

    ends = {the_one(*each).expires_at for each in permutations(words)}

    assert [end.date().isoformat() for end in ends] == ["2026-12-31"]


def test_a_notice_and_its_receipts_join_in_any_order() -> None:
    words = [contact(0), letter("delivered", 3), letter("mailed", 1), letter("delivered", 2)]
    want = SentNotice("L-1", "demand_notice", 0, T0, T0 + 2 * HOUR)

    assert {the_one(*each) for each in permutations(words)} == {want}


@pytest.mark.parametrize(
    ("outcome", "delivered", "returned"),
    [
        pytest.param("sent", False, False, id="on its way"),
        pytest.param("delivered", True, False, id="arrived"),
        pytest.param("undelivered", False, True, id="lost"),
        pytest.param("third_party_spoken", False, True, id="told to somebody else"),
    ],
)
def test_what_became_of_a_notice(outcome: str, *, delivered: bool, returned: bool) -> None:
    one = the_one(contact(outcome=outcome, at=T0.isoformat()))

    assert (one.sent_at, bool(one.delivered_at), bool(one.returned_at)) == (T0, delivered, returned)


def test_a_returned_letter_is_known_by_its_receipt_alone() -> None:
    assert the_one(letter("returned")) == SentNotice("L-1", returned_at=T0)


@pytest.mark.parametrize(
    "signal",
    [
        pytest.param(letter("mailed", ref="7-" + "0f" * 16), id="a contact of ours"),
        pytest.param(said("letter.mailed", {"receipt": {}}), id="of no letter"),
        pytest.param(said("letter.mailed", {}), id="no receipt"),
        pytest.param(contact(notice=""), id="no notice"),
        pytest.param(contact(notice="", refused=True), id="the borrower's refusal is no third's"),
    ],
)
def test_nothing_else_is_put_on_record(signal: Signal) -> None:
    assert fold(signal).records == {}


def test_somebody_else_who_refuses_is_kept_from_the_first_time() -> None:
    no = {"notice": "", "refused": True, "recipient": "relative", "endpoint": "ph-7"}
    words = [contact(1, **no), contact(2, **no)]

    assert {the_one(*each) for each in permutations(words)} == {Refusal("L-1", "ph-7", T0 + HOUR)}


def test_who_was_contacted_must_be_somebody() -> None:
    with pytest.raises(SignalError, match="malformed"):
        fold(contact(recipient="neighbor's dog"))


def test_records_of_different_kinds_are_different_records() -> None:
    assert merge_record(Refusal("x", "ph-7", T0), SentNotice("x")) == SentNotice("x")
    assert fold(contact(refused=True, recipient="relative")).records.keys() == {
        ("notice", "L-1"),
        ("refusal", "L-1"),
    }


def test_told_again_it_changes_nothing() -> None:
    once = fold(granted())

    again, effect = fold_person(
        once, granted(), source="crm", order=OrderBy.TIME, loan_ids={}, zone="UTC"
    )

    assert again is once
    assert effect is Effect.DUPLICATE
    told = read_signal(granted(), source="crm", order=OrderBy.TIME, zone="UTC")
    assert told.is_about_person
