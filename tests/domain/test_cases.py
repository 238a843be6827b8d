"""Cases open, roll, cure and close by the lender's calendar, from the loan's state alone."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from outreach.domain.cases import Case, CaseMove, advance, next_episode
from outreach.domain.loans import LoanState
from outreach.domain.vocabulary import CaseEnd, CaseKind, LoanStatus
from tests.domain.loan_words import TODAY, a_loan, an_installment

LATE = an_installment(4, 100, date(2026, 10, 24))
SOON = an_installment(5, 100, date(2026, 11, 24))
PRE_DUE = Case(7, 1, CaseKind.PRE_DUE, 5, SOON.due_on, 1, 1, TODAY)
DELINQUENT = Case(8, 1, CaseKind.DELINQUENCY, 4, LATE.due_on, 1, 1, TODAY)


def paid(number: int = 4) -> LoanState:
    return a_loan(an_installment(number, 0, LATE.due_on), SOON)


@pytest.mark.parametrize(
    ("due_in", "kind"),
    [
        pytest.param(-1, CaseKind.DELINQUENCY, id="a day late"),
        pytest.param(0, CaseKind.PRE_DUE, id="due today"),
        pytest.param(35, CaseKind.PRE_DUE, id="35 days ahead"),
        pytest.param(36, None, id="36 days ahead"),
    ],
)
def test_an_unpaid_installment_opens_a_case_from_35_days_ahead(
    due_in: int, kind: CaseKind | None
) -> None:
    loan = a_loan(an_installment(4, 100, TODAY + timedelta(days=due_in)))

    move = advance(loan, None, TODAY)

    assert (move.opened.kind if move.opened else None) is kind
    assert bool(move) is (kind is not None)


def test_a_loan_that_is_paid_opens_nothing() -> None:
    assert advance(a_loan(an_installment(owed=0)), None, TODAY) == CaseMove()


@pytest.mark.parametrize(
    ("loan", "case", "end", "opened"),
    [
        pytest.param(a_loan(SOON), PRE_DUE, None, None, id="nothing new before the due date"),
        pytest.param(a_loan(LATE, SOON), DELINQUENT, None, None, id="still late"),
        pytest.param(
            a_loan(an_installment(4, 0), SOON._replace(number=3), an_installment(5, 9)),
            DELINQUENT,
            None,
            None,
            id="late with another installment keeps the episode",
        ),
        pytest.param(
            a_loan(an_installment(5, 100, TODAY - timedelta(days=1))),
            PRE_DUE,
            CaseEnd.ROLLED,
            CaseKind.DELINQUENCY,
            id="rolls when the day passes",
        ),
        pytest.param(paid(), DELINQUENT, CaseEnd.CURED, CaseKind.PRE_DUE, id="cures"),
        pytest.param(
            a_loan(an_installment(owed=0)), DELINQUENT, CaseEnd.CURED, None, id="cures for good"
        ),
        pytest.param(
            a_loan(an_installment(5, 0), an_installment(6, 9, SOON.due_on)),
            PRE_DUE,
            CaseEnd.PAID,
            CaseKind.PRE_DUE,
            id="paid early, the next one opens",
        ),
        pytest.param(a_loan(), PRE_DUE, CaseEnd.PAID, None, id="paid and no longer loaded"),
        pytest.param(
            a_loan(an_installment(5, 100, SOON.due_on + timedelta(days=9))),
            PRE_DUE,
            CaseEnd.RESCHEDULED,
            CaseKind.PRE_DUE,
            id="the due date moved",
        ),
        pytest.param(
            a_loan(LATE, schedule_version=2),
            DELINQUENT,
            CaseEnd.RESCHEDULED,
            CaseKind.DELINQUENCY,
            id="a new schedule ends and re-opens",
        ),
        pytest.param(
            a_loan(LATE, status=LoanStatus.CLOSED), DELINQUENT, CaseEnd.PAID, None, id="paid off"
        ),
        pytest.param(
            a_loan(LATE, status=LoanStatus.SOLD), DELINQUENT, CaseEnd.SOLD, None, id="sold"
        ),
        pytest.param(
            a_loan(LATE, status=LoanStatus.CHARGED_OFF),
            DELINQUENT,
            CaseEnd.CLOSED,
            None,
            id="charged off",
        ),
    ],
)
def test_a_case_moves_with_its_loan(
    loan: LoanState, case: Case, end: CaseEnd | None, opened: CaseKind | None
) -> None:
    move = advance(loan, case, TODAY)

    assert (move.closed.end_reason if move.closed else None) is end
    assert (move.opened.kind if move.opened else None) is opened
    if move.closed:
        assert (move.closed.case_id, move.closed.closed_on) == (case.case_id, TODAY)


def test_the_episode_counts_up_on_the_same_anchor_alone() -> None:
    earlier = [DELINQUENT, replace(DELINQUENT, episode=2), replace(PRE_DUE, episode=9)]

    assert next_episode(earlier, DELINQUENT) == 3
    assert next_episode(earlier, replace(DELINQUENT, schedule_version=2)) == 1
    assert DELINQUENT.occurrence == "1:4:1"
