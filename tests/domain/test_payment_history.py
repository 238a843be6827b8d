"""The past year says how somebody pays; what lies further back is forgotten."""

from datetime import date, timedelta

import pytest

from outreach.domain.cases import Case, CaseMove, with_closed
from outreach.domain.payment_history import NO_HISTORY, History, Payer, history_of
from outreach.domain.vocabulary import CaseEnd, CaseKind

TODAY = date(2026, 6, 1)


def a_case(ago: int, end: CaseEnd = CaseEnd.CURED, **changes: object) -> Case:
    closed = TODAY - timedelta(days=ago)
    fields: dict[str, object] = {
        "case_id": ago,
        "loan_id": 7,
        "kind": CaseKind.DELINQUENCY,
        "anchor_number": 1,
        "anchor_due_on": closed,
        "schedule_version": 1,
        "episode": 1,
        "opened_on": closed,
        "closed_on": closed,
        "end_reason": end,
    }
    return Case(**{**fields, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("late", "payer"),
    [(0, Payer.FIRST_TIME), (1, Payer.REPEAT), (2, Payer.REPEAT), (3, Payer.CHRONIC)],
)
def test_how_somebody_pays(late: int, payer: Payer) -> None:
    assert History(late).payer is payer


def test_what_counts() -> None:
    past = [
        a_case(3),
        a_case(40, CaseEnd.PAID),
        a_case(20, loan_id=8),
        a_case(366),
        a_case(5, CaseEnd.RESCHEDULED),
        a_case(6, kind=CaseKind.PRE_DUE),
        a_case(7, closed_on=None),
    ]

    found = history_of(past, 7, TODAY)

    assert found == History(3, TODAY - timedelta(days=3), 3)
    assert history_of(past[2:], 7, TODAY) == History(1)
    assert history_of([], 7, TODAY) is NO_HISTORY


def test_a_case_that_closes_joins_the_past() -> None:
    closed = a_case(3)

    assert with_closed((), CaseMove(closed=closed)) == (closed,)
    assert with_closed((), CaseMove()) == ()
    assert with_closed((), CaseMove(closed=a_case(3, CaseEnd.SOLD))) == ()
    assert with_closed((), CaseMove(closed=a_case(3, kind=CaseKind.PRE_DUE))) == ()
