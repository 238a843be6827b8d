"""A local Fineract: loans behind the real address, tenant header and basic authentication."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import encode_basic_auth, web
from aiohttp.test_utils import TestServer

USER: Final = "reader"
PASSWORD: Final = "secret"
TENANT: Final = "default"
_PREFIX: Final = "/fineract-provider/api/v1"


@dataclass
class Fineract:
    """What it answers, and what it was asked.

    Attributes:
        loans: Bodies of `GET /loans/{id}` by id; 404 for any other.
        failures: Statuses to answer first, one a request.
        raw: Answer with these bytes instead of a loan.
        meanwhile: Runs while a request is being answered.
        asked: Paths below the API's base, in order.
        queries: Their query strings.
        base_url: Where it listens, once served.
    """

    loans: dict[str, dict[str, Any]] = field(default_factory=dict)
    failures: list[int] = field(default_factory=list)
    raw: bytes | None = None
    meanwhile: Callable[[], Awaitable[object]] | None = None
    asked: list[str] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)
    base_url: str = ""

    async def handle(self, request: web.Request) -> web.Response:
        """Answer as Fineract does: 401 and 404 in its own words."""
        self.asked.append(request.path.removeprefix(_PREFIX))
        self.queries.append(request.query_string)
        if self.meanwhile is not None:
            await self.meanwhile()
        if self.failures:
            return web.Response(status=self.failures.pop(0))
        if request.headers.get("Authorization") != encode_basic_auth(USER, PASSWORD):
            return web.json_response({"httpStatusCode": "401"}, status=401)
        if request.headers.get("Fineract-Platform-TenantId") != TENANT:
            return web.json_response({"defaultUserMessage": "tenant"}, status=401)
        if self.raw is not None:
            return web.Response(body=self.raw, content_type="application/json")
        loan = self.loans.get(request.match_info["loan"])
        if loan is None:
            return web.json_response({"httpStatusCode": "404"}, status=404)
        return web.json_response(loan)


@asynccontextmanager
async def a_fineract(fake: Fineract | None = None) -> AsyncIterator[Fineract]:
    """Serve one on a free local port."""
    fake = fake or Fineract()
    app = web.Application()
    app.router.add_get(_PREFIX + "/loans/{loan}", fake.handle)
    async with TestServer(app) as server:
        fake.base_url = str(server.make_url(_PREFIX))
        yield fake


def a_period(number: int, due: list[int], principal: float, interest: float) -> dict[str, Any]:
    """Return one installment as the API writes it, nothing of it paid."""
    return {
        "period": number,
        "dueDate": due,
        "principalDue": principal,
        "interestDue": interest,
        "totalDueForPeriod": principal + interest,
        "principalOutstanding": principal,
        "interestOutstanding": interest,
        "feeChargesOutstanding": 0,
        "penaltyChargesOutstanding": 0,
        "totalOutstandingForPeriod": principal + interest,
    }


def a_transaction(number: int, **changes: Any) -> dict[str, Any]:
    """Return a repayment of 250.00 as the API writes it."""
    return {
        "id": number,
        "type": {"id": 2, "code": "loanTransactionType.repayment", "repayment": True},
        "date": [2026, 11, 23],
        "submittedOnDate": [2026, 11, 23],
        "amount": 250.0,
        "principalPortion": 212.85,
        "interestPortion": 32.15,
        "feeChargesPortion": 0,
        "penaltyChargesPortion": 5.0,
        "overpaymentPortion": 0,
        "externalId": "pay-7781",
        "manuallyReversed": False,
    } | changes


def a_loan(*, outstanding: float = 242.5) -> dict[str, Any]:
    """Return loan 1007 with one installment and no payment."""
    loan = a_paid_loan(transactions=[], clientExternalId="BR-000042")
    loan["repaymentSchedule"]["periods"][1:] = [a_period(1, [2026, 11, 24], outstanding, 0)]
    return loan


def a_paid_loan(**changes: Any) -> dict[str, Any]:
    """Return loan 1007 with two installments and one payment, members replaced."""
    return deepcopy(_PAID) | changes


_PAID: Final[dict[str, Any]] = {
    "id": 1007,
    "accountNo": "000001007",
    "externalId": "LN-2026-000317",
    "clientId": 42,
    "loanProductName": "personal_instalment",
    "status": {"id": 300, "code": "loanStatusType.active", "active": True},
    "currency": {"code": "USD", "name": "US Dollar", "decimalPlaces": 2},
    "summary": {"principalOutstanding": 1054.75, "totalOutstanding": 1230.1},
    "timeline": {"actualDisbursementDate": [2026, 6, 24]},
    "repaymentSchedule": {
        "periods": [
            {"dueDate": [2026, 6, 24], "principalDisbursed": 2000},
            a_period(4, [2026, 10, 24], 210.35, 32.15),
            a_period(5, [2026, 11, 24], 210.35, 32.15),
        ]
    },
    "transactions": [
        {"id": 5500, "type": {"code": "loanTransactionType.disbursement"}, "amount": 2000},
        a_transaction(5512),
    ],
}
