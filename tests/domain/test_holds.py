"""Holds: at once, in any order, lifted only by a newer word on their own case."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from outreach.domain.borrowers import PersonState
from outreach.domain.folding import fold_person
from outreach.domain.holds import EVERY_LOAN, acting
from outreach.domain.signals import OrderBy, Signal
from outreach.domain.vocabulary import ContactPolicy, Effect, HoldKind
from tests.domain.loan_words import T0, a_signal

LOANS = {"LN-1": 1, "LN-2": 2}


def fold(*signals: Signal) -> PersonState:
    person = PersonState()
    for signal in signals:
        person, _ = fold_person(
            person,
            signal,
            source="crm",
            order=OrderBy.TIME,
            loan_ids=LOANS,
            zone="America/New_York",
        )
    return person


def held(person: PersonState, loan_id: int = 1, at: datetime | None = None) -> set[HoldKind]:
    now = at or T0 + timedelta(days=5)
    return {one.kind for one in acting(person.holds.values(), now, loan_id)}


def told(signal: str, member: str, hours: int = 0, /, *, loan: str = "", **data: Any) -> Signal:
    about = {"loan": {"id": loan, "currency": "USD"}} if loan else {}
    return a_signal(
        signal,
        {member: data, **about},
        subject="borrower/BR-1",
        sequence=None,
        time=T0 + timedelta(hours=hours),
    )


def dispute(status: str, hours: int = 0, loan: str = "LN-1") -> Signal:
    return told(
        "borrower.dispute",
        "dispute",
        hours,
        loan=loan,
        id="d1",
        status=status,
        received_at=T0.isoformat(),
        contact_policy="stop_all",
    )


def bankruptcy(status: str, hours: int = 0, **more: Any) -> Signal:
    return told("borrower.bankruptcy", "bankruptcy", hours, status=status, case_ref="26-1", **more)


def released(kind: str, case: str, hours: int) -> Signal:
    at = (T0 + timedelta(hours=hours)).isoformat()
    return told("hold.released", "hold", hours, id=case, kind=kind, released_at=at)


def hardship(status: str, hours: int = 0, **more: Any) -> Signal:
    more.setdefault("contact_policy", "pause_collection")
    return told("borrower.hardship", "hardship", hours, id="h1", status=status, **more)


@pytest.mark.parametrize("word", ["verified", "rejected", "withdrawn"])
def test_a_dispute_is_lifted_by_a_newer_word_on_it(word: str) -> None:
    assert held(fold(dispute("opened"))) == {HoldKind.DISPUTE}
    assert held(fold(dispute("opened"), dispute(word, 1))) == set()
    assert held(fold(dispute(word, 1), dispute("opened"))) == set()


def test_an_older_word_and_one_of_the_same_instant_lift_nothing() -> None:
    assert held(fold(dispute("opened", 1), dispute("rejected"))) == {HoldKind.DISPUTE}
    assert held(fold(dispute("rejected"), dispute("opened"))) == {HoldKind.DISPUTE}


def test_a_dispute_holds_its_own_loan_alone() -> None:
    assert held(fold(dispute("opened")), loan_id=2) == set()


def test_a_dispute_opened_again_holds_again() -> None:
    person = fold(dispute("opened"), dispute("rejected", 1), dispute("opened", 2))

    assert held(person) == {HoldKind.DISPUTE}


def test_hardship_asked_for_already_pauses_and_ends_by_its_day() -> None:
    asked = hardship("requested")
    granted = hardship("granted", 1, until="2026-11-25", loans=["LN-1"], **{"from": "2026-11-20"})

    assert held(fold(asked), loan_id=2) == {HoldKind.HARDSHIP}
    person = fold(granted)
    ends = datetime(2026, 11, 26, 5, tzinfo=UTC)
    assert held(person, at=ends - timedelta(seconds=1)) == {HoldKind.HARDSHIP}
    assert held(person, at=ends) == set()
    assert held(person, 2, at=T0) == set()
    (hold,) = person.holds.values()
    assert hold.starts_at == datetime(2026, 11, 20, 5, tzinfo=UTC)


@pytest.mark.parametrize("word", ["denied", "ended"])
def test_the_end_of_a_hardship_lifts_it_for_every_loan_it_named(word: str) -> None:
    granted = hardship("granted", loans=["LN-1", "LN-2"])
    ended = hardship(word, 1, loans=["LN-1"])

    for order in ((granted, ended), (ended, granted)):
        assert held(fold(*order), 1) == held(fold(*order), 2) == set()


def test_a_death_holds_unconfirmed_and_asks_for_a_person() -> None:
    reported = told("borrower.deceased", "deceased", reported_on="2026-11-23", confirmed=False)
    confirmed = told("borrower.deceased", "deceased", 1, reported_on="2026-11-23", confirmed=True)
    retracted = told(
        "borrower.deceased",
        "deceased",
        2,
        reported_on="2026-11-23",
        confirmed=False,
        retracted=True,
    )

    assert held(fold(reported), 2) == {HoldKind.DECEASED}
    assert set(fold(reported).tasks) == {("confirm_death", "deceased")}
    assert fold(confirmed).tasks == {}
    assert held(fold(reported, confirmed, retracted)) == set()


@pytest.mark.parametrize(
    ("words", "is_held"),
    [
        pytest.param([bankruptcy("filed")], True, id="filed"),
        pytest.param([bankruptcy("filed"), bankruptcy("discharged", 1)], True, id="discharged"),
        pytest.param(
            [
                bankruptcy("filed"),
                bankruptcy("discharged", 1),
                released("bankruptcy", "26-1", 2),
            ],
            True,
            id="discharged and released",
        ),
        pytest.param([bankruptcy("filed"), bankruptcy("dismissed", 1)], True, id="dismissed"),
        pytest.param(
            [bankruptcy("filed"), bankruptcy("dismissed", 1), released("bankruptcy", "26-1", 2)],
            False,
            id="dismissed and released",
        ),
        pytest.param(
            [bankruptcy("filed"), released("bankruptcy", "26-1", 1), bankruptcy("closed", 2)],
            True,
            id="released before it was closed",
        ),
    ],
)
def test_a_bankruptcy_needs_its_end_and_an_operator(words: list[Signal], is_held: bool) -> None:
    assert bool(held(fold(*words))) is is_held
    assert bool(held(fold(*reversed(words)))) is is_held


def test_a_bankruptcy_with_an_attorney_leaves_the_attorney() -> None:
    with_attorney = fold(bankruptcy("filed", attorney={"name": "A"}))
    without = fold(told("borrower.bankruptcy", "bankruptcy", status="filed"))

    (hold,) = with_attorney.holds.values()
    assert hold.policy is ContactPolicy.ATTORNEY_ONLY
    (hold,) = without.holds.values()
    assert (hold.policy, hold.case_ref) == (ContactPolicy.STOP_ALL, "bankruptcy")


def test_a_hold_is_released_by_its_own_case_alone() -> None:
    placed = told("hold.placed", "hold", id="o1", kind="operator", contact_policy="stop_all")

    assert held(fold(placed, released("operator", "o2", 1))) == {HoldKind.OPERATOR}
    assert held(fold(placed, released("cease", "o1", 1))) == {HoldKind.OPERATOR}
    assert held(fold(placed, released("operator", "o1", 1))) == set()
    again = told("hold.placed", "hold", 2, id="o1", kind="operator", contact_policy="stop_all")
    assert held(fold(placed, released("operator", "o1", 1), again)) == {HoldKind.OPERATOR}


def test_a_hold_may_name_a_loan_a_channel_and_instants() -> None:
    since: dict[str, Any] = {"from": (T0 - timedelta(hours=1)).isoformat()}
    placed = told(
        "hold.placed",
        "hold",
        loan="LN-2",
        id="o1",
        kind="moratorium",
        contact_policy="pause_collection",
        channel="voice",
        until=(T0 + timedelta(hours=3)).isoformat(),
        **since,
    )

    (hold,) = fold(placed).holds.values()

    assert (hold.loan_id, hold.channel) == (2, "call")
    assert (hold.starts_at, hold.ends_at) == (T0 - timedelta(hours=1), T0 + timedelta(hours=3))


def test_a_complaint_holds_if_it_says_so_and_is_always_for_a_person() -> None:
    plain = told("complaint.received", "complaint", id="c1", status="opened")
    strict = told(
        "complaint.received", "complaint", id="c1", status="opened", contact_policy="human_only"
    )
    closed = told("complaint.received", "complaint", 1, id="c1", status="closed")

    assert (held(fold(plain)), set(fold(plain).tasks)) == (set(), {("complaint", "c1")})
    assert held(fold(strict)) == {HoldKind.COMPLAINT}
    assert held(fold(closed, strict)) == set()
    assert fold(closed).tasks == {}
    unspoken = told("complaint.received", "complaint", id="c1", contact_policy="stop_all")
    assert held(fold(unspoken)) == {HoldKind.COMPLAINT}


def test_told_twice_is_a_duplicate() -> None:
    person = fold(dispute("opened"))

    _, effect = fold_person(
        person, dispute("opened"), source="crm", order=OrderBy.TIME, loan_ids=LOANS
    )

    assert effect is Effect.DUPLICATE
    (hold,) = person.holds.values()
    assert hold.key == (HoldKind.DISPUTE, "d1", 1)
    assert EVERY_LOAN == 0


def test_the_earliest_report_dates_a_task() -> None:
    def reported(hours: int) -> Signal:
        return told("complaint.received", "complaint", hours, id="c", status="opened")

    for order in ((1, 0), (0, 1)):
        (task,) = fold(*map(reported, order)).tasks.values()
        assert task.opened_at == T0
