"""The recorded signals 060 to 086, folded: what their index says should come of each."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

import pytest

from outreach.domain.holds import acting
from outreach.domain.loans import days_past_due
from outreach.domain.promises import end_of_day, open_promise
from outreach.domain.vocabulary import (
    CaseEnd,
    CaseKind,
    ContactPolicy,
    EndpointStatus,
    HoldKind,
    LoanStatus,
    PromiseStatus,
)
from tests.usecases.intake_desk import BORROWER, LOAN, NOW, Desk, a_desk

STORY = ("060", "062", "063", "065", "073", "074", "061")


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with a_desk(database_url) as found:
        yield found


async def test_due_soon_opens_a_pre_due_case(desk: Desk) -> None:
    await desk.tell("060")

    book = await desk.book()
    (case,) = book.cases.values()
    assert (case.kind, case.anchor_number, case.anchor_due_on) == (
        CaseKind.PRE_DUE,
        5,
        date(2026, 11, 24),
    )
    (loan,) = book.loans.values()
    assert (loan.creditor, loan.account_tail, loan.total_minor) == (
        "Acme Lending LLC",
        "1007",
        148010,
    )
    assert await desk.db.fetchval("SELECT due_at FROM agenda") == NOW


async def test_overdue_starts_a_delinquency_at_thirty_days(desk: Desk) -> None:
    await desk.tell("060", "062")

    book = await desk.book()
    (case,) = book.cases.values()
    assert (case.kind, case.anchor_number) == (CaseKind.DELINQUENCY, 4)
    (loan,) = book.loans.values()
    assert days_past_due(loan.installments, loan.today(NOW)) == 30
    ends = await desk.db.fetch("SELECT end_reason FROM cases WHERE closed_on IS NOT NULL")
    assert [row["end_reason"] for row in ends] == [CaseEnd.ROLLED]


async def test_a_payment_clears_one_installment_and_reprices_the_next(desk: Desk) -> None:
    await desk.tell("060", "062", "063")

    assert await desk.owed() == {4: 0, 5: 24000}
    book = await desk.book()
    (loan,) = book.loans.values()
    assert any(one.provisional for one in loan.payments.values())
    (case,) = book.cases.values()
    assert (case.kind, case.anchor_number) == (CaseKind.PRE_DUE, 5)


async def test_a_payment_isnt_subtracted_from_a_snapshot_that_holds_it(desk: Desk) -> None:
    await desk.tell(*STORY)

    loan = await desk.loan()
    assert {one.number: one.outstanding_minor for one in loan.installments} == {4: 0, 5: 24000}
    assert loan.total_minor == 123010
    assert loan.risk_bucket == "high"


async def test_a_reversal_reopens_both_installments(desk: Desk) -> None:
    await desk.tell(*STORY[:-1])
    await desk.tell("061", now=datetime(2026, 11, 24, 5, tzinfo=UTC))
    await desk.tell("064", now=datetime(2026, 11, 25, 15, tzinfo=UTC))

    assert await desk.owed() == {4: 24750, 5: 24250}
    (case,) = (await desk.book()).cases.values()
    assert (case.kind, case.anchor_number) == (CaseKind.DELINQUENCY, 4)


async def test_a_quote_is_kept_until_it_expires(desk: Desk) -> None:
    await desk.tell("060", "065")

    (quote,) = (await desk.loan()).quotes.values()
    assert (quote.amount_minor, quote.valid_until, quote.requested_by) == (
        122220,
        date(2026, 11, 30),
        "borrower",
    )


async def test_paid_off_ends_everything_about_the_loan(desk: Desk) -> None:
    await desk.tell(*STORY, "066", now=datetime(2026, 11, 28, 17, tzinfo=UTC))

    loan = await desk.loan()
    assert (loan.status, loan.closed_on) == (LoanStatus.CLOSED, date(2026, 11, 28))
    assert await desk.owed() == {4: 0, 5: 0}
    assert (await desk.book()).cases == {}


async def test_a_snapshot_doesnt_reopen_a_loan_that_was_paid_off(desk: Desk) -> None:
    await desk.tell("066", "060", "062", now=datetime(2026, 11, 28, 17, tzinfo=UTC))

    assert not (await desk.loan()).is_open
    assert (await desk.book()).cases == {}


async def test_a_reversal_after_payoff_reopens_the_loan(desk: Desk) -> None:
    late = datetime(2026, 11, 30, 17, tzinfo=UTC)
    await desk.tell(*STORY, "066", now=late)
    payoff_reversed = {
        "specversion": "1.0",
        "id": "evt_back",
        "source": "urn:lender:acme:core",
        "type": "payment.reversed",
        "subject": f"loan/{LOAN}",
        "time": "2026-11-29T09:00:00Z",
        "sequence": f"{60:020}",
        "data": {
            "loan": {"id": LOAN, "currency": "USD"},
            "borrower": {"id": BORROWER},
            "reversal": {
                "payment_id": "pay-7781",
                "amount": 25000,
                "currency": "USD",
                "reversed_at": "2026-11-29T09:00:00Z",
            },
        },
    }
    await desk.post([payoff_reversed], now=late)
    await desk.intake(now=late)

    assert (await desk.loan()).is_open
    assert await desk.owed() == {4: 24750, 5: 250}


async def test_a_new_schedule_supersedes_the_old_one(desk: Desk) -> None:
    await desk.tell(*STORY, "067", now=datetime(2026, 12, 5, 12, tzinfo=UTC))

    loan = await desk.loan()
    assert (loan.schedule_version, loan.status) == (2, LoanStatus.RESTRUCTURED)
    assert await desk.owed() == {1: 11800, 2: 11700}
    (case,) = (await desk.book()).cases.values()
    assert (case.kind, case.anchor_number, case.schedule_version) == (CaseKind.PRE_DUE, 1, 2)
    ends = await desk.db.fetchval(
        "SELECT end_reason FROM cases WHERE closed_on IS NOT NULL ORDER BY case_id DESC LIMIT 1"
    )
    assert ends == CaseEnd.RESCHEDULED


async def test_an_installment_of_the_old_schedule_comes_too_late(desk: Desk) -> None:
    await desk.tell("067", "062")

    assert await desk.owed() == {1: 11800, 2: 11700}
    assert (await desk.effects())[-1] == ("installment.overdue", "applied")


async def test_a_profile_brings_numbers_consents_and_the_zone(desk: Desk) -> None:
    await desk.tell("068")

    person = (await desk.book()).person
    assert person.profile.timezone == "America/Chicago"
    assert person.profile.residence == "US-IL"
    phones = {one.endpoint_id: one.status for one in person.profile.endpoints}
    assert phones["ph-1"] is EndpointStatus.ACTIVE
    assert phones["ph-0"] is EndpointStatus.REASSIGNED
    assert person.profile.fields["name"]["display"] == "Ada Sample"
    said = {(one.channel, one.endpoint_id): one.status for one in person.consents.values()}
    assert said == {("sms", "ph-1"): "granted", ("call", "ph-1"): "revoked"}
    row = await desk.db.fetchrow("SELECT zones, address FROM endpoints WHERE endpoint_id = 'ph-1'")
    assert row is not None
    assert row["zones"] == ["America/New_York"]
    assert b"2025550143" not in row["address"]


async def test_a_dispute_holds_at_once_whatever_came_before(desk: Desk) -> None:
    await desk.tell("069", "062")

    book = await desk.book()
    (loan_id,) = book.loans
    (hold,) = acting(book.person.holds.values(), NOW, loan_id)
    assert (hold.kind, hold.policy, hold.loan_id) == (
        HoldKind.DISPUTE,
        ContactPolicy.STOP_COLLECTION_KEEP_LEGAL_NOTICES,
        loan_id,
    )


async def test_hardship_pauses_the_named_loan_until_its_day_has_ended(desk: Desk) -> None:
    await desk.tell("062", "070")

    book = await desk.book()
    (hold,) = book.person.holds.values()
    (loan_id,) = book.loans
    assert hold.loan_id == loan_id
    assert hold.ends_at == datetime(2027, 2, 24, 5, tzinfo=UTC)


async def test_an_unconfirmed_death_stops_everything_and_asks_a_person(desk: Desk) -> None:
    await desk.tell("062", "071")

    book = await desk.book()
    (hold,) = acting(book.person.holds.values(), NOW, 1)
    assert (hold.kind, hold.policy, hold.loan_id) == (
        HoldKind.DECEASED,
        ContactPolicy.STOP_ALL,
        0,
    )
    assert await desk.db.fetchval("SELECT kind FROM tasks") == "confirm_death"


async def test_a_bankruptcy_leaves_the_attorney_alone_to_talk_to(desk: Desk) -> None:
    await desk.tell("062", "072")

    (hold,) = (await desk.book()).person.holds.values()
    assert (hold.kind, hold.policy, hold.case_ref) == (
        HoldKind.BANKRUPTCY,
        ContactPolicy.ATTORNEY_ONLY,
        "26-11873",
    )


async def test_risk_never_lifts_a_hold(desk: Desk) -> None:
    await desk.tell("072", "073")

    book = await desk.book()
    (loan,) = book.loans.values()
    assert loan.risk_bucket == "high"
    assert acting(book.person.holds.values(), NOW, loan.loan_id)


async def test_a_promise_suppresses_through_its_day_in_the_lenders_zone(desk: Desk) -> None:
    await desk.tell("060", "074")

    promise = open_promise((await desk.loan()).promises.values(), date(2026, 11, 28))
    assert promise is not None
    assert end_of_day(promise.due_on, "America/New_York") == datetime(2026, 11, 29, 5, tzinfo=UTC)
    assert open_promise([promise], date(2026, 11, 29)) is None


@pytest.mark.parametrize(
    "order",
    [
        pytest.param(("074", "075"), id="as told"),
        pytest.param(("075", "074"), id="the break first"),
    ],
)
async def test_a_broken_promise_resumes_in_either_order(desk: Desk, order: tuple[str, str]) -> None:
    await desk.tell("060", *order)

    (promise,) = (await desk.loan()).promises.values()
    assert promise.status is PromiseStatus.PARTLY_KEPT
    assert promise.made_at == datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    assert not promise.is_open(date(2026, 11, 24))


async def test_a_batch_out_of_order_leaves_nothing_due_on_the_paid_installment(
    desk: Desk,
) -> None:
    receipts = await desk.post_sample("079")
    result = await desk.intake()

    assert (len(receipts), result.taken, result.quarantined) == (3, 3, 0)
    assert await desk.owed() == {4: 0, 5: 24000}
    (case,) = (await desk.book()).cases.values()
    assert (case.kind, case.anchor_number) == (CaseKind.PRE_DUE, 5)
    assert await desk.db.fetchval("SELECT count(*) FROM cases") == 1


async def test_the_same_batch_one_by_one_comes_to_the_same(desk: Desk) -> None:
    await desk.post_sample("079")
    while (await desk.intake(limit=1)).taken:
        pass

    assert await desk.owed() == {4: 0, 5: 24000}


async def test_the_binary_mode_of_a_known_event_is_a_duplicate(desk: Desk) -> None:
    await desk.tell("063", "079")

    assert await desk.owed() == {4: 0, 5: 24000}
    assert await desk.db.fetchval("SELECT count(*) FROM payments") == 1


async def test_a_reversal_of_a_payment_never_seen_is_kept_for_it(desk: Desk) -> None:
    await desk.post_sample("086", source="standard")
    await desk.intake(now=datetime(2026, 11, 25, 15, tzinfo=UTC))
    (tombstone,) = (await desk.loan()).payments.values()
    assert (tombstone.amount_minor, tombstone.is_reversed) == (None, True)

    await desk.tell("060", "062", "063", now=datetime(2026, 11, 25, 15, tzinfo=UTC))

    assert await desk.owed() == {4: 24750, 5: 24250}


async def test_a_signed_overdue_without_a_sequence_is_ordered_by_time(desk: Desk) -> None:
    await desk.post_sample("080", source="standard")
    await desk.intake()

    assert await desk.owed() == {4: 24750}
