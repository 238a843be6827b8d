"""Loans, cases, contacts and promises of one lender, written straight into the tables."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import asyncpg

TENANT: Final = "acme"


class BookOfLoans:
    """Writes rows that reports read; ids count up."""

    def __init__(self, conn: asyncpg.Connection, tenant: str = TENANT, *, first: int = 1) -> None:
        self.conn = conn
        self.tenant = tenant
        self.last = first - 1

    async def loan(
        self,
        *,
        first_due: date = date(2026, 1, 15),
        product: str = "cash",
        closed_on: date | None = None,
    ) -> int:
        """Write a loan of a person of its own; returns the id of both."""
        self.last += 1
        await self.conn.execute(
            "INSERT INTO loans (tenant_id, person_id, loan_id, ref, source, currency, product,"
            " status, lender_timezone, as_of, closed_on)"
            " VALUES ($1, $2, $2, $3, 'core', 'USD', $4, $5, 'UTC', $6, $7)",
            self.tenant, self.last, f"LN-{self.last}", product,
            "closed" if closed_on else "active", datetime(2026, 1, 1, tzinfo=UTC), closed_on,
        )  # fmt: skip
        for number in (1, 2):
            await self.conn.execute(
                "INSERT INTO installments (tenant_id, person_id, loan_id, number,"
                " schedule_version, due_on, snapshot_minor, outstanding_minor, source, stamp,"
                " as_of) VALUES ($1, $2, $2, $3, 1, $4, 100, 100, 'core', '', $5)",
                self.tenant, self.last, number, first_due + timedelta(days=30 * (number - 1)),
                datetime(2026, 1, 1, tzinfo=UTC),
            )  # fmt: skip
        return self.last

    async def case(
        self, loan: int, opened: date, closed: date | None = None, end: str = "cured",
        *, kind: str = "delinquency",
    ) -> int:  # fmt: skip
        """Write a delinquency that opened the day after its installment was due."""
        case: int = await self.conn.fetchval(
            "INSERT INTO cases (tenant_id, person_id, case_id, loan_id, kind, anchor_number,"
            " anchor_due_on, schedule_version, opened_on, closed_on, end_reason)"
            " VALUES ($1, $2, nextval('case_ids'), $2, $3, 1, $4, 1, $5, $6, $7) RETURNING case_id",
            self.tenant, loan, kind, opened - timedelta(days=1), opened, closed,
            end if closed else None,
        )  # fmt: skip
        return case

    async def contact(self, loan: int, case: int, at: datetime, **told: Any) -> None:
        """Write a contact that was delivered."""
        row = {
            "tenant_id": self.tenant, "person_id": loan, "contact_id": uuid4(), "case_id": case,
            "step": f"s{at:%m%d%H}", "occurrence": "1:1:1", "try": 1, "debts": [loan],
            "channel": "sms", "purpose": "collection", "endpoint_id": "ph", "address_hmac": b"",
            "provider": "twilio", "sender": "+1", "template": "t@1", "treatment": "us-default@1",
            "at": at, "send_before": at, "parts": 1, "cost_micros": 8000,
            "delivery_state": "delivered", "outcome": "delivered", **told,
        }  # fmt: skip
        names = ", ".join(row)
        places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
        await self.conn.execute(
            f"INSERT INTO contacts ({names}) VALUES ({places})",
            *row.values(),
        )

    async def promise(self, loan: int, due_on: date, status: str) -> None:
        """Write a promise."""
        await self.conn.execute(
            "INSERT INTO promises (tenant_id, person_id, loan_id, promise_ref, amount_minor,"
            " due_on, made_at, status) VALUES ($1, $2, $2, $3, 100, $4, $5, $6)",
            self.tenant, loan, f"{due_on}-{status}", due_on, datetime(2026, 1, 1, tzinfo=UTC),
            status,
        )  # fmt: skip
