"""Requests, disputes and complaints open work, and the platform's later word ends it."""

from datetime import timedelta
from itertools import permutations

import pytest

from outreach.domain.borrowers import PersonState
from outreach.domain.folding import fold_person
from outreach.domain.holds import NEW_SCHEDULE
from outreach.domain.signals import OrderBy, Signal
from outreach.domain.vocabulary import HoldKind
from tests.domain.loan_words import T0, a_signal
from tests.domain.test_holds import LOANS, dispute, fold, held, told


def hardship(status: str, hours: int = 0, ref: str = "h1", loan: str = "LN-1") -> Signal:
    return told(
        "borrower.hardship",
        "hardship",
        hours,
        loan=loan,
        id=ref,
        status=status,
        contact_policy="pause_collection",
        loans=[loan],
        statement="lost my job",
        channel="sms",
    )


def restructured(hours: int, loan: str = "LN-1") -> Signal:
    return a_signal(
        "loan.restructured",
        {
            "loan": {"id": loan, "currency": "USD"},
            "restructure": {"schedule_version": 2, "installments": []},
        },
        subject=f"loan/{loan}",
        sequence=None,
        time=T0 + timedelta(hours=hours),
    )


def ends(person: PersonState) -> list[tuple[str, str, str, int | None]]:
    return [(one.kind, one.ref, one.outcome, one.loan_id) for one in person.ended.values()]


@pytest.mark.parametrize(
    ("signal", "end"),
    [
        (dispute("rejected"), ("dispute", "d1", "rejected", None)),
        (hardship("granted"), ("hardship", "h1", "granted", None)),
        (hardship("denied"), ("hardship", "h1", "denied", None)),
        (
            told("complaint.received", "complaint", id="c1", status="closed"),
            ("complaint", "c1", "closed", None),
        ),
        (
            told("borrower.deceased", "deceased", reported_on="2026-11-01", confirmed=True),
            ("confirm_death", "deceased", "confirmed", None),
        ),
        (
            told("borrower.deceased", "deceased", reported_on="2026-11-01", retracted=True),
            ("confirm_death", "deceased", "retracted", None),
        ),
        (
            told("hold.released", "hold", id="h1", kind="hardship"),
            ("hardship", "h1", "released", None),
        ),
        (restructured(1), ("hardship", "", "restructured", 1)),
    ],
)
def test_a_word_ends_the_work_that_it_is_about(
    signal: Signal, end: tuple[str, str, str, int | None]
) -> None:
    assert ends(fold(signal)) == [end]


@pytest.mark.parametrize(
    "signal",
    [
        dispute("opened"),
        hardship("requested"),
        told("complaint.received", "complaint", id="c1"),
        told("borrower.deceased", "deceased", reported_on="2026-11-01"),
        told("hold.released", "hold", id="x", kind="operator"),
    ],
)
def test_what_is_only_begun_ends_nothing(signal: Signal) -> None:
    assert ends(fold(signal)) == []


def test_a_request_is_work_about_its_loan_in_the_borrowers_words() -> None:
    (task,) = fold(hardship("requested")).tasks.values()

    assert (task.kind, task.ref, task.loan_id) == ("hardship", "h1", 1)
    assert task.note == '{"statement": "lost my job", "channel": "sms"}'


def test_the_latest_word_ends_it_whatever_the_order() -> None:
    words = (hardship("granted", 1), hardship("ended", 2))
    for order in permutations(words):
        assert ends(fold(*order)) == [("hardship", "h1", "ended", None)]


def test_a_new_schedule_answers_what_was_asked_before_it_in_any_order() -> None:
    asked, answered = hardship("requested"), restructured(1)
    for order in permutations((asked, answered)):
        person = fold(*order)
        assert held(person) == set()
        assert (HoldKind.HARDSHIP, NEW_SCHEDULE, 1) in person.holds


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(hardship("requested", 2), id="asked later"),
        pytest.param(hardship("granted"), id="granted: it ends by itself"),
        pytest.param(hardship("requested", loan="LN-2"), id="another loan"),
    ],
)
def test_a_new_schedule_lifts_no_other_relief(other: Signal) -> None:
    loan = 2 if "LN-2" in str(other.data) else 1

    assert held(fold(other, restructured(1)), loan) == {HoldKind.HARDSHIP}


def test_a_new_schedule_lifts_no_dispute() -> None:
    assert held(fold(dispute("opened"), restructured(1))) == {HoldKind.DISPUTE}


def test_a_loan_that_nobody_knows_yet_leaves_work_without_one() -> None:
    person, _ = fold_person(
        PersonState(), dispute("rejected"), source="crm", order=OrderBy.TIME,
        loan_ids={**LOANS},
    )  # fmt: skip

    assert ends(person) == [("dispute", "d1", "rejected", None)]
