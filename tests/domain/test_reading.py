"""Reading: what a signal states is typed and checked, or refused by the member's name."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from outreach.domain.contacts import AttemptRef
from outreach.domain.folding import effect_of, fold_loan
from outreach.domain.loans import LoanState
from outreach.domain.reading import read_signal
from outreach.domain.signals import (
    SIGNAL_TYPES,
    OrderBy,
    Signal,
    SignalError,
    clamp,
    instant,
    lane_of,
    position_of,
    stamp_of,
)
from outreach.domain.statements import ReceiptTold, Told
from outreach.domain.vocabulary import DeliveryState, Effect, LoanStatus, PromiseStatus
from tests.domain.loan_words import T0, a_loan, a_signal

INSTALLMENT = {"number": 4, "due_date": "2026-10-24", "outstanding": 100, "currency": "USD"}
PAYMENT = {"id": "p", "amount": 100, "currency": "USD", "value_date": "2026-11-23"}
PARTS = {"principal": 1, "interest": 2, "fees": 3, "penalty": 4, "total": 10}


def read(signal: Signal, order: OrderBy = OrderBy.SEQUENCE) -> Told:
    return read_signal(signal, source="core", order=order, zone="UTC")


def overdue(**more: Any) -> Signal:
    data = {"installment": INSTALLMENT, "as_of": T0.isoformat(), **more}
    return a_signal("installment.overdue", data)


def refused(signal: Signal) -> tuple[str, str]:
    with pytest.raises(SignalError) as caught:
        read(signal)
    return caught.value.reason, caught.value.detail


@pytest.mark.parametrize(
    ("signal", "reason", "detail"),
    [
        pytest.param(a_signal("loan.gilded", {}), "unknown_type", "no reader for this type", id="type"),
        pytest.param(
            a_signal("payment.received", {}, subject="borrower/BR-1"),
            "subject_disagrees", "subject", id="a borrower's subject",
        ),
        pytest.param(
            a_signal("hold.placed", {}, subject="planet/Mars"),
            "subject_disagrees", "subject", id="no such kind",
        ),
        pytest.param(
            a_signal("payment.received", {"payment": PAYMENT, "loan": {"id": "LN-2", "currency": "USD"}}),
            "subject_disagrees", "loan", id="another loan",
        ),
        pytest.param(
            Signal("i", "s", "hold.placed", "loan/", T0, None, {}), "malformed", "subject", id="nobody"
        ),
        pytest.param(overdue(loan="LN-1"), "malformed", "loan", id="a loan that is a text"),
        pytest.param(
            overdue(loan={"id": "LN-1", "currency": "XYZ"}),
            "currency_unknown", "loan.currency", id="no currency",
        ),
        pytest.param(
            overdue(installment={**INSTALLMENT, "currency": "EUR"}),
            "currency_disagrees", "installment.currency", id="another currency",
        ),
        pytest.param(
            overdue(loan={"id": "LN-1", "currency": "USD", "status": "lost"}),
            "malformed", "loan.status", id="no status",
        ),
        pytest.param(
            overdue(lender_timezone="Mars/Olympus"), "zone_unknown", "lender_timezone", id="no zone"
        ),
        pytest.param(
            overdue(lender_timezone="../secret"), "zone_unknown", "lender_timezone", id="a path"
        ),
        pytest.param(overdue(as_of="2026-11-23"), "malformed", "as_of has no offset", id="naive"),
        pytest.param(overdue(as_of=7), "malformed", "as_of", id="no time"),
        pytest.param(
            overdue(installment={**INSTALLMENT, "outstanding": 24.5}),
            "malformed", "outstanding", id="a fraction",
        ),
        pytest.param(
            overdue(installment={**INSTALLMENT, "outstanding": True}),
            "malformed", "outstanding", id="a boolean",
        ),
        pytest.param(
            overdue(installment={**INSTALLMENT, "outstanding": -1}),
            "malformed", "outstanding", id="below zero",
        ),
        pytest.param(
            overdue(installment={**INSTALLMENT, "number": 0}), "malformed", "number", id="number 0"
        ),
        pytest.param(
            overdue(installment={**INSTALLMENT, "due_date": "2026-13-01"}),
            "malformed", "due_date", id="no date",
        ),
        pytest.param(
            overdue(installment={**INSTALLMENT, "due_date": 20261024}),
            "malformed", "due_date", id="a date as a number",
        ),
        pytest.param(
            overdue(installment={**INSTALLMENT, "amounts": {**PARTS, "total": 11}}),
            "sums_disagree", "parts", id="parts",
        ),
        pytest.param(
            a_signal("payment.received", {"payment": {**PAYMENT, "allocation": {"principal": 99}}}),
            "sums_disagree", "payment.allocation", id="allocation",
        ),
        pytest.param(
            a_signal(
                "payment.received",
                {"payment": {**PAYMENT, "installments": [{"number": 4, "amount": 99}]}},
            ),
            "sums_disagree", "payment.installments", id="split",
        ),
        pytest.param(
            a_signal("schedule.snapshot", {"installments": [INSTALLMENT, INSTALLMENT]}),
            "malformed", "installments.number", id="a number twice",
        ),
        pytest.param(
            a_signal("loan.paid_off", {"closed_on": ""}), "malformed", "closed_on", id="no day"
        ),
        pytest.param(
            a_signal("hold.placed", {"hold": {"id": "h", "kind": "mood"}}),
            "malformed", "hold.kind", id="kind of hold",
        ),
        pytest.param(
            a_signal("hold.placed", {"hold": {"id": "h", "contact_policy": "none"}}),
            "malformed", "contact_policy", id="policy",
        ),
        pytest.param(
            a_signal("borrower.bankruptcy", {"bankruptcy": {"status": "over"}}),
            "malformed", "status", id="status of a case",
        ),
        pytest.param(
            a_signal("borrower.hardship", {"hardship": {
                "id": "h", "status": "granted", "contact_policy": "stop_all", "loans": [1]}}),
            "malformed", "loans", id="loans of a hold",
        ),
        pytest.param(
            a_signal("contact.recorded", {"contact": {"id": "c", "channel": "pigeon", "outcome": "sent"}}),
            "malformed", "contact", id="channel of a contact",
        ),
        pytest.param(
            a_signal("contact.recorded", {"contact": {"id": "c", "channel": "sms"}}),
            "malformed", "outcome", id="outcome of a contact",
        ),
    ],
)  # fmt: skip
def test_what_cant_take_effect_is_refused_by_name(signal: Signal, reason: str, detail: str) -> None:
    assert refused(signal) == (reason, detail)


@pytest.mark.parametrize(
    ("sequence", "reason"),
    [(None, "sequence_missing"), ("4x", "sequence_malformed"), ("9" * 21, "sequence_malformed"), ("４", "sequence_malformed")],
)  # fmt: skip
def test_a_numbered_source_must_number(sequence: str | None, reason: str) -> None:
    signal = Signal("i", "s", "loan.sold", "loan/LN-1", T0, sequence, {})

    with pytest.raises(SignalError) as caught:
        position_of(signal, source="core", order=OrderBy.SEQUENCE)

    assert caught.value.reason == reason
    assert position_of(signal, source="core", order=OrderBy.TIME).stamp == stamp_of(T0)


def test_short_sequences_compare_as_numbers() -> None:
    position = position_of(
        Signal("i", "s", "loan.sold", "loan/L", T0, "42", {}), source="s", order=OrderBy.SEQUENCE
    )

    assert position.stamp == f"{42:020}"


def test_times_are_utc_and_as_wide_as_each_other() -> None:
    assert stamp_of(instant("2026-11-23T10:00:00+01:00", "x")) == "2026-11-23T09:00:00.000000Z"


@pytest.mark.parametrize(
    ("minutes", "clamped"),
    [pytest.param(5, False, id="within tolerance"), pytest.param(6, True, id="ahead")],
)
def test_a_clock_ahead_of_ours_is_clamped(minutes: int, clamped: bool) -> None:
    ahead = T0 + timedelta(minutes=minutes)
    by_time = a_signal("loan.sold", {}, time=ahead)
    by_as_of = overdue(as_of=ahead.isoformat())

    assert (clamp(by_time, T0) is not by_time) is clamped
    assert (clamp(by_as_of, T0) is not by_as_of) is clamped
    assert clamp(by_time, T0).time <= ahead
    if clamped:
        assert instant(clamp(by_as_of, T0).data["as_of"], "as_of") == T0


def test_aliases_come_with_the_signals_own_name_first() -> None:
    loan = {"id": "LN-1", "currency": "USD", "aliases": ["1007", "LN-1"]}
    told = read(a_signal("loan.sold", {"loan": loan}, subject="loan/1007"))

    assert (told.loans, told.borrowers) == (("LN-1", "1007"), ("BR-1",))


def test_every_type_has_a_lane_and_unknown_ones_wait() -> None:
    assert lane_of("payment.received") == lane_of("borrower.updated") == 0
    assert lane_of("installment.overdue") == lane_of("nobody.knows") == 1
    assert {one.lane for one in SIGNAL_TYPES.values()} == {0, 1}


@pytest.mark.parametrize("kind", ["letter.mailed", "letter.returned", "app.read"])
def test_receipts_state_nothing_about_the_loan(kind: str) -> None:
    told = read(a_signal(kind, {"receipt": {"contact_id": "c"}}))

    assert (told.loan, told.profile, told.holds, told.contact) == (None, None, (), None)
    folded = fold_loan(a_loan(), a_signal(kind, {}), source="core", order=OrderBy.SEQUENCE)
    assert folded.effect is Effect.RECORDED


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        ("app.delivered", DeliveryState.DELIVERED),
        ("app.read", DeliveryState.READ),
        ("letter.mailed", DeliveryState.SENT),
        ("letter.delivered", DeliveryState.DELIVERED),
        ("letter.returned", DeliveryState.UNDELIVERED),
    ],
)
def test_a_lender_says_what_became_of_a_notification_or_letter(
    kind: str, state: DeliveryState
) -> None:
    attempt = "7-" + "0f" * 16
    at = T0 - timedelta(minutes=1)
    receipt = {"contact_id": attempt, "at": at.isoformat()}

    assert read(a_signal(kind, {"receipt": receipt})).receipt == ReceiptTold(
        AttemptRef(7, "0f" * 16), state, at, of_letter=kind.startswith("letter.")
    )
    untimed = read(a_signal(kind, {"receipt": {"contact_id": attempt}})).receipt
    assert untimed is not None
    assert untimed.at == T0


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        pytest.param("letter.mailed", {"receipt": {"contact_id": "L-1"}}, id="a letter"),
        pytest.param("app.read", {"receipt": {"contact_id": "push-1"}}, id="somebody else's"),
        pytest.param("app.read", {"receipt": {}}, id="nobody's"),
        pytest.param("app.read", {}, id="none at all"),
    ],
)
def test_a_receipt_of_no_contact_of_ours_is_history(kind: str, data: dict[str, Any]) -> None:
    assert read(a_signal(kind, data)).receipt is None


def test_a_contact_made_elsewhere_is_read() -> None:
    contact = {"id": "c", "channel": "call", "outcome": "conversation", "direction": "in"}
    told = read(
        a_signal("contact.recorded", {"contact": {**contact, "purpose": "account_servicing"}})
    )

    assert told.contact is not None
    assert (told.contact.at, told.contact.direction, told.contact.made_by) == (
        T0, "in", "elsewhere",
    )  # fmt: skip
    assert told.contact.purpose == "servicing_reminder"


def test_a_loan_inside_a_fact_is_no_snapshot() -> None:
    loan = {"id": "LN-1", "currency": "USD", "status": "closed", "total_outstanding": 5}
    folded = fold_loan(
        a_loan(),
        a_signal("payment.received", {"payment": PAYMENT, "loan": loan}),
        source="core",
        order=OrderBy.SEQUENCE,
    )

    assert (folded.loan.status, folded.loan.total_minor) == (LoanStatus.ACTIVE, None)


def test_a_whole_loan_is_read() -> None:
    loan = {
        "id": "LN-1", "currency": "USD", "creditor": "Acme", "product": "personal",
        "account_no": "000001007", "status": "active", "total_outstanding": 500,
    }  # fmt: skip
    installment = {
        **INSTALLMENT, "outstanding": 10, "amounts": PARTS, "outstanding_parts": PARTS, "schedule_version": 2,
    }  # fmt: skip
    signal = overdue(loan=loan, installment=installment, lender_timezone="America/New_York")
    folded = fold_loan(
        LoanState(1, "LN-1", "x", "USD"), signal, source="core", order=OrderBy.SEQUENCE
    ).loan

    assert (folded.creditor, folded.product, folded.account_tail) == ("Acme", "personal", "1007")
    assert (folded.lender_timezone, folded.total_minor, folded.source) == (
        "America/New_York",
        500,
        "core",
    )
    assert folded.schedule_version == 2
    assert folded.installments[0].report.billed_minor == 10


def test_the_total_follows_payments_and_payoff() -> None:
    def fold(*signals: Signal) -> LoanState:
        loan = LoanState(1, "LN-1", "x", "USD")
        for one in signals:
            loan = fold_loan(loan, one, source="core", order=OrderBy.SEQUENCE).loan
        return loan

    loan = {"id": "LN-1", "currency": "USD", "total_outstanding": 500}
    told = overdue(loan=loan)
    paid = a_signal("payment.received", {"payment": PAYMENT}, sequence=2)
    closed = a_signal("loan.paid_off", {"closed_on": "2026-11-24"}, sequence=3)
    assert fold(told, paid).total_minor == 400
    assert fold(told, paid, closed).total_minor == 0
    assert fold(closed, paid, told).status is LoanStatus.CLOSED


def test_an_opened_loan_may_come_without_a_schedule() -> None:
    told = read(
        a_signal("loan.opened", {"loan": {"id": "LN-1", "currency": "USD", "creditor": "A"}})
    )

    assert told.loan is not None
    assert (told.loan.full, told.loan.reports, told.loan.said) == (None, (), {"creditor": "A"})


def test_a_canceled_promise_may_name_the_promise_alone() -> None:
    made = a_signal("promise_to_pay.created", {"promise": {
        "id": "ptp", "amount": 100, "currency": "USD", "due_on": "2026-11-28", "made_at": T0.isoformat()}})  # fmt: skip
    canceled = a_signal("promise_to_pay.canceled", {"promise": {"id": "ptp"}}, sequence=2)
    for order in ((made, canceled), (canceled, made)):
        loan = a_loan()
        for one in order:
            loan = fold_loan(loan, one, source="core", order=OrderBy.SEQUENCE).loan
        promise = loan.promises["ptp"]
        assert (promise.status, promise.amount_minor) == (PromiseStatus.CANCELED, 100)


def test_a_sold_status_told_by_a_snapshot_is_undone_by_a_recall() -> None:
    loan = {"id": "LN-1", "currency": "USD", "status": "sold"}
    recalled = a_signal("loan.recalled", {"recalled_on": "2026-11-24"}, sequence=2)
    state = fold_loan(a_loan(), overdue(loan=loan), source="core", order=OrderBy.SEQUENCE).loan
    assert state.status is LoanStatus.SOLD

    state = fold_loan(state, recalled, source="core", order=OrderBy.SEQUENCE).loan
    assert state.status is LoanStatus.ACTIVE


def test_a_payment_reversed_after_the_payoff_opens_the_loan_again() -> None:
    reversal = {
        "payment_id": "p",
        "amount": 100,
        "currency": "USD",
        "reversed_at": (T0 + timedelta(days=1)).isoformat(),
        "reason": "nsf",
        "reopens": [{"number": 4, "outstanding": 100}],
    }
    loan = LoanState(1, "LN-1", "x", "USD")
    for one in (
        overdue(),
        a_signal("payment.received", {"payment": PAYMENT}, sequence=2),
        a_signal("loan.paid_off", {"closed_on": "2026-11-24"}, sequence=3),
    ):
        loan = fold_loan(loan, one, source="core", order=OrderBy.SEQUENCE).loan
    assert loan.status is LoanStatus.CLOSED

    back = a_signal("payment.reversed", {"reversal": reversal}, sequence=4)
    loan = fold_loan(loan, back, source="core", order=OrderBy.SEQUENCE).loan

    assert loan.status is LoanStatus.ACTIVE


def test_written_off_isnt_paid() -> None:
    off = a_signal("loan.paid_off", {"closed_on": "2026-11-24", "reason": "written_off"})

    folded = fold_loan(a_loan(), off, source="core", order=OrderBy.SEQUENCE)

    assert folded.loan.status is LoanStatus.WRITTEN_OFF


def test_effects_are_named_by_class() -> None:
    assert effect_of("payment.received", changed=True) is Effect.APPLIED
    assert effect_of("payment.received", changed=False) is Effect.DUPLICATE
    assert effect_of("installment.due", changed=False) is Effect.STALE
    assert datetime.min.replace(tzinfo=UTC) < T0


@pytest.mark.parametrize(
    ("paid", "status"), [(0, PromiseStatus.BROKEN), (1, PromiseStatus.PARTLY_KEPT)]
)
def test_a_broken_promise_may_be_partly_kept(paid: int, status: PromiseStatus) -> None:
    promise = {"id": "p", "amount": 9, "currency": "USD", "due_on": "2026-11-28", "paid": paid}
    told = read(a_signal("promise_to_pay.broken", {"promise": promise}))

    assert told.loan is not None
    assert told.loan.promise is not None
    assert told.loan.promise.status is status


def test_a_newer_report_that_says_less_of_the_loan_unsays_nothing() -> None:
    def told(sequence: int, **said: str) -> Signal:
        loan = {"id": "LN-1", "currency": "USD", **said}
        data = {"installment": INSTALLMENT, "as_of": T0.isoformat(), "loan": loan}
        return a_signal("installment.overdue", data, sequence=sequence)

    def fold(*signals: Signal) -> tuple[str, str]:
        loan = a_loan()
        for one in signals:
            loan = fold_loan(loan, one, source="core", order=OrderBy.SEQUENCE).loan
        return loan.creditor, loan.product

    first = told(1, creditor="A", product="p")
    assert fold(first, told(2)) == fold(told(2), first) == ("A", "p")
    assert fold(first, told(2, creditor="B")) == fold(told(2, creditor="B"), first) == ("B", "p")
