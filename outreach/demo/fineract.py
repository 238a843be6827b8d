"""What a loan's platform says, in the shape of Fineract's external events."""

from datetime import datetime
from typing import Any, Final

from outreach.demo.portfolio import Loan

_DUE_EVENT: Final = "LoanRepaymentDueBusinessEvent"
_OVERDUE_EVENT: Final = "LoanRepaymentOverdueBusinessEvent"
_PAID_EVENT: Final = "LoanTransactionMakeRepaymentPostBusinessEvent"
_HUNDRED: Final = 100


def fineract(loan: Loan, type_: str, data: dict[str, Any], now: datetime) -> dict[str, Any] | None:
    """Return the same as a Fineract event without its envelope; None where Fineract has none."""
    currency = {"code": loan.book.currency, "decimalPlaces": 2, "inMultiplesOf": 0}
    zero = _decimal(0)
    if type_ == "payment.received":
        told = data["payment"]
        amount = _decimal(told["amount"])
        return {
            "type": _PAID_EVENT,
            "dataschema": "org.apache.fineract.avro.loan.v1.LoanTransactionDataV1",
            "data": {
                "id": loan.number * 100 + loan.payments,
                "loanId": loan.number,
                "externalLoanId": loan.ref,
                "type": {"id": 2, "code": "loanTransactionType.repayment", "repayment": True},
                "date": told["value_date"],
                "currency": currency,
                "amount": amount,
                "principalPortion": amount,
                "interestPortion": zero,
                "feeChargesPortion": zero,
                "penaltyChargesPortion": zero,
                "overpaymentPortion": zero,
                "externalId": told["id"],
                "submittedOnDate": told["value_date"],
                "manuallyReversed": False,
                "reversedOnDate": None,
            },
        }
    if type_ not in {"installment.due_soon", "installment.due", "installment.overdue"}:
        return None
    told = data["installment"]
    due = _decimal(told["outstanding"])
    return {
        "type": _OVERDUE_EVENT if type_ == "installment.overdue" else _DUE_EVENT,
        "businessDate": loan.book.today(now).isoformat(),
        "dataschema": "org.apache.fineract.avro.loan.v1.LoanRepaymentDueDataV1",
        "data": {
            "loanId": loan.number,
            "loanAccountNo": data["loan"]["account_no"],
            "loanExternalId": loan.ref,
            "currency": currency,
            "installment": {
                "installmentNumber": told["number"],
                "installmentDueDate": told["due_date"],
                "principalAmountDue": due,
                "interestAmountDue": zero,
                "feeChargeAmountDue": zero,
                "penaltyChargeAmountDue": zero,
                "totalAmountDue": due,
            },
        },
    }


def _decimal(minor: int) -> str:
    """Return an amount as Fineract's Avro writes it: a decimal text with eight places."""
    return f"{minor // _HUNDRED}.{minor % _HUNDRED:02}000000"
