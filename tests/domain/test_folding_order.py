"""Any permutation of the same signals, with any of them repeated, gives the same state."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.domain.borrowers import PersonState
from outreach.domain.deriving import counting, derive_loan, newest_statements
from outreach.domain.folding import fold_loan, fold_person
from outreach.domain.loans import LoanState
from outreach.domain.signals import OrderBy, Signal, SignalError

T0 = datetime(2026, 11, 1, tzinfo=UTC)
SOURCES = {"core": OrderBy.SEQUENCE, "crm": OrderBy.TIME, "bridge": OrderBy.SEQUENCE}

hours = st.integers(0, 5).map(lambda hour: T0 + timedelta(hours=hour))
numbers = st.integers(1, 3)
minor = st.integers(0, 4).map(lambda count: count * 100)
words = st.sampled_from(["a", "b"])


def _drop_none(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if value is not None}


def _iso(at: datetime) -> str:
    return at.isoformat()


loan_blocks = st.builds(
    lambda creditor, status, total: _drop_none(
        {
            "id": "LN-1",
            "currency": "USD",
            "creditor": creditor,
            "status": status,
            "total_outstanding": total,
        }
    ),
    st.none() | words,
    st.sampled_from([None, "active", "closed", "sold"]),
    st.none() | minor,
)
plans = st.dictionaries(numbers, minor, max_size=3)


def _installment(number: int, outstanding: int, version: int | None = None) -> dict[str, Any]:
    due = date(2026, 10, 1) + timedelta(days=30 * number)
    return _drop_none(
        {
            "number": number,
            "due_date": due.isoformat(),
            "outstanding": outstanding,
            "currency": "USD",
            "schedule_version": version,
        }
    )


reported = st.builds(
    lambda at, number, outstanding, version: (
        "installment.overdue",
        {
            "as_of": _iso(at),
            "installment": _installment(number, outstanding, version),
            "lender_timezone": "UTC",
        },
    ),
    hours,
    numbers,
    minor,
    st.sampled_from([None, None, 1, 2]),
)
scheduled = st.builds(
    lambda at, plan, version: (
        "schedule.snapshot",
        {
            "as_of": _iso(at),
            **({"schedule_version": version} if version else {}),
            "installments": [_installment(number, owed) for number, owed in plan.items()],
        },
    ),
    hours,
    plans,
    st.integers(0, 3),
)
restructured = st.builds(
    lambda plan, version: (
        "loan.restructured",
        {
            "restructure": {
                "effective_on": "2026-11-01",
                "kind": "reschedule",
                "schedule_version": version,
                "installments": [_installment(number, owed) for number, owed in plan.items()],
            }
        },
    ),
    plans,
    st.integers(2, 3),
)


def _payment(ref: str, plan: dict[int, int], extra: int, *, split: bool, provisional: bool) -> Any:
    amount = sum(plan.values()) + extra
    payment: dict[str, Any] = {
        "id": ref,
        "amount": amount,
        "currency": "USD",
        "value_date": "2026-11-01",
        "provisional": provisional,
    }
    if split and plan:
        shares = [{"number": n, "amount": a, "remaining": 0} for n, a in plan.items()]
        zero = dict.fromkeys(("interest", "fees", "penalty"), 0)
        payment["installments"] = shares
        payment["allocation"] = {"principal": amount - extra, **zero, "unapplied": extra}
    return ("payment.received", {"payment": payment})


paid = st.builds(
    lambda ref, plan, extra, split, provisional: _payment(
        ref, plan, extra, split=split, provisional=provisional
    ),
    st.sampled_from(["p1", "p2"]),
    plans,
    minor,
    st.booleans(),
    st.booleans(),
)
reversed_ = st.builds(
    lambda ref, at, plan: (
        "payment.reversed",
        {
            "reversal": {
                "payment_id": ref,
                "amount": 100,
                "currency": "USD",
                "reversed_at": _iso(at),
                "reason": "other",
                "reopens": [{"number": n, "outstanding": o} for n, o in plan.items()],
            }
        },
    ),
    st.sampled_from(["p1", "p2"]),
    hours,
    plans,
)
ended = st.sampled_from(
    [
        ("risk.changed", {"risk": {"model": "range", "bucket": "current"}, "cured": True}),
        ("loan.paid_off", {"closed_on": "2026-11-02", "reason": "matured"}),
        ("loan.paid_off", {"closed_on": "2026-11-03", "reason": "written_off"}),
        ("loan.sold", {"sold_on": "2026-11-02"}),
        ("loan.recalled", {"recalled_on": "2026-11-03"}),
        ("risk.changed", {"risk": {"model": "m", "bucket": "high"}}),
        ("risk.changed", {"risk": {"model": "m", "bucket": "low"}}),
    ]
)
promised = st.builds(
    lambda word, owed, day, made: (
        f"promise_to_pay.{word}",
        {
            "promise": _drop_none(
                {
                    "id": "ptp",
                    "amount": owed,
                    "currency": "USD",
                    "due_on": f"2026-11-0{day}",
                    "made_at": _iso(made) if word == "created" else None,
                    "paid": 0 if word == "broken" else None,
                }
            )
        },
    ),
    st.sampled_from(["created", "broken", "kept", "canceled"]),
    minor,
    st.integers(1, 4),
    hours,
)
others = st.builds(
    lambda owed, day: st.sampled_from(
        [
            (
                "loan.early_payoff_quoted",
                {"quote": {"id": "q", "amount": owed, "valid_until": f"2026-11-0{day}"}},
            ),
            (
                "autopay.scheduled",
                {"autopay": {"id": "d", "amount": owed, "on": f"2026-11-0{day}"}},
            ),
        ]
    ),
    minor,
    st.integers(1, 4),
).flatmap(lambda choice: choice)

loan_signals = st.builds(
    lambda told, block, source, at, sequence: (
        source,
        Signal(
            id="",
            source="urn:x",
            type=told[0],
            subject="loan/LN-1",
            time=at,
            sequence=f"{sequence:020}",
            data={"loan": block, "borrower": {"id": "BR-1"}, **told[1]},
        ),
    ),
    st.one_of(reported, scheduled, restructured, paid, reversed_, ended, promised, others),
    loan_blocks,
    st.sampled_from(sorted(SOURCES)),
    hours,
    st.integers(1, 5),
)

Told = tuple[str, Signal]


def _fold_loan(signals: list[Told]) -> dict[str, Any]:
    loan = LoanState(1, "LN-1", "core", "USD")
    for source, signal in signals:
        loan = fold_loan(loan, signal, source=source, order=SOURCES[source]).loan
    assert derive_loan(loan) == loan
    return {
        "installments": [
            (one.number, one.outstanding_minor, _bare(counting(one.reports)), len(one.reports))
            for one in loan.installments
        ],
        "reports": {
            (one.number, each.position.source, each.version): _bare(each)
            for one in loan.installments
            for each in one.reports
        },
        "said": newest_statements(loan),
        "status": (loan.status, loan.closed_on, loan.closings),
        "totals": (loan.total_minor, loan.creditor, loan.risk_bucket, loan.source, loan.as_of),
        "version": (loan.schedule_version, loan.fulls),
        "overtaken": loan.overtaken,
        "facts": (loan.payments, loan.promises, loan.quotes, loan.autopays),
    }


def _bare(report: Any) -> tuple[Any, ...]:
    return (report.position, report.version, report.due_on, report.outstanding_minor)


@settings(max_examples=400, deadline=None)
@given(st.lists(loan_signals, max_size=9), st.randoms(use_true_random=False))
def test_the_order_and_repetition_of_loan_signals_dont_matter(
    signals: list[Told], random: Any
) -> None:
    shuffled = signals + random.sample(signals, len(signals) // 2)
    random.shuffle(shuffled)

    assert _fold_loan(shuffled) == _fold_loan(signals)


LOANS = {"LN-1": 1, "LN-2": 2}
policies = st.sampled_from(["pause_collection", "stop_all"])
held = st.one_of(
    st.builds(
        lambda status, policy, at: (
            "borrower.dispute",
            {
                "loan": {"id": "LN-1", "currency": "USD"},
                "dispute": {
                    "id": "d1",
                    "status": status,
                    "received_at": _iso(at),
                    "contact_policy": policy,
                },
            },
        ),
        st.sampled_from(["opened", "verified", "rejected", "withdrawn"]),
        policies,
        hours,
    ),
    st.builds(
        lambda status, policy, until, loans: (
            "borrower.hardship",
            {
                "hardship": {
                    "id": "h1",
                    "status": status,
                    "contact_policy": policy,
                    "until": until,
                    "loans": loans,
                }
            },
        ),
        st.sampled_from(["requested", "granted", "denied", "ended"]),
        policies,
        st.sampled_from([None, "2026-12-01", "2027-01-01"]),
        st.lists(st.sampled_from(["LN-1", "LN-2"]), unique=True),
    ),
    st.builds(
        lambda confirmed, retracted: (
            "borrower.deceased",
            {
                "deceased": {
                    "reported_on": "2026-11-01",
                    "confirmed": confirmed,
                    "retracted": retracted,
                }
            },
        ),
        st.booleans(),
        st.booleans(),
    ),
    st.builds(
        lambda status: ("borrower.bankruptcy", {"bankruptcy": {"status": status}}),
        st.sampled_from(["filed", "discharged", "dismissed", "closed"]),
    ),
    st.builds(
        lambda word, kind, case: (
            f"hold.{word}",
            {"hold": {"id": case, "kind": kind}},
        ),
        st.sampled_from(["placed", "released"]),
        st.sampled_from(["operator", "bankruptcy", "dispute"]),
        st.sampled_from(["bankruptcy", "d1", "o1"]),
    ),
    st.builds(
        lambda status, policy: (
            "complaint.received",
            {"complaint": _drop_none({"id": "c1", "status": status, "contact_policy": policy})},
        ),
        st.sampled_from([None, "opened", "closed"]),
        st.none() | policies,
    ),
)
consents = st.builds(
    lambda channel, status, at: {
        "channel": channel,
        "purpose": "collection",
        "status": status,
        "at": _iso(at),
    },
    st.sampled_from(["sms", "voice"]),
    st.sampled_from(["granted", "revoked", "unknown"]),
    hours,
)
phones = st.builds(
    lambda ref, status: {"id": ref, "e164": "+12025550143", "status": status},
    st.sampled_from(["ph-1", "ph-2"]),
    st.sampled_from(["active", "invalid", "reassigned"]),
)
updated = st.builds(
    lambda version, partial, each, agreed, zone, attorney: (
        "borrower.updated",
        {
            "version": version,
            "changed": ["phones"],
            "borrower": _drop_none(
                {
                    "id": "BR-1",
                    "partial": partial,
                    "phones": each,
                    "consents": agreed,
                    "timezone": zone,
                    "represented_by": attorney,
                }
            ),
        },
    ),
    st.integers(1, 4),
    st.none() | st.just(True),
    st.none() | st.lists(phones, max_size=2, unique_by=lambda one: one["id"]),
    st.none() | st.lists(consents, max_size=4),
    st.sampled_from([None, "America/Chicago", "UTC"]),
    st.none() | st.just({"name": "A"}),
)
person_signals = st.builds(
    lambda told, at: Signal(
        id="",
        source="urn:x",
        type=told[0],
        subject="borrower/BR-1",
        time=at,
        sequence=None,
        data={"borrower": {"id": "BR-1"}, **told[1]},
    ),
    st.one_of(held, updated),
    hours,
)


def _fold_person(signals: list[Signal]) -> PersonState:
    person = PersonState()
    for signal in signals:
        person, _ = fold_person(person, signal, source="core", order=OrderBy.TIME, loan_ids=LOANS)
    return person


@settings(max_examples=400, deadline=None)
@given(st.lists(person_signals, max_size=8), st.randoms(use_true_random=False))
def test_the_order_and_repetition_of_signals_about_a_person_dont_matter(
    signals: list[Signal], random: Any
) -> None:
    shuffled = signals + random.sample(signals, len(signals) // 2)
    random.shuffle(shuffled)

    assert _fold_person(shuffled) == _fold_person(signals)


def test_signal_errors_name_no_value() -> None:
    error = SignalError("malformed", "payment.amount")

    assert str(error) == "malformed: payment.amount"
