"""A loan's money, from outside: signals in, texts out, for a loan in New York and one in Shanghai."""

import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from outreach.domain.early_payoff import PayoffRules, early_payoff
from outreach.plans import products_of
from outreach.usecases.delivering import deliver
from outreach.usecases.intake import intake_pending
from outreach.usecases.reading_books import BooksOfLoan, close, read_books, read_differences
from tests.e2e.service import ROOT, Service, a_service
from tests.e2e.signals import a_consent, a_phone

ANSWERS: Final = """
receipt:
  key: receipt
  purpose: servicing_reminder
  spacing_hours: 0
  routes: [{channel: sms, template: payment_receipt}]
paid_off:
  key: paid-off
  purpose: servicing_reminder
  spacing_hours: 0
  routes: [{channel: sms, template: loan_paid_off}]
"""
PAYOFF: Final = {"early_payoff": {"fee_percent": "1", "valid_days": 2}}
US: Final = {
    "timezone": "America/New_York", "currency": "USD", "repayment": PAYOFF,
}  # fmt: skip
CN: Final = {
    "country": "CN",
    "timezone": "Asia/Shanghai",
    "locale": "zh-CN",
    "currency": "CNY",
    "name": "晨光消费金融",
    "sms_signature": "晨光消金",
    "phone": "400-810-0142",
    "repayment": {**PAYOFF, "order": ["interest", "principal", "fees", "penalty"]},
    "senders": {
        "main": {
            "channel": "sms",
            "provider": "twilio",
            "address": "+12125550100",
            "rate_per_second": 1000,
            "number_kind": "port",
        }
    },
}
MORNING: Final = {
    "US": datetime(2026, 11, 23, 17, tzinfo=UTC),
    "CN": datetime(2026, 11, 23, 3, tzinfo=UTC),
}


def parts(principal: int, interest: int, fees: int = 0) -> dict[str, int]:
    return {
        "principal": principal,
        "interest": interest,
        "fees": fees,
        "penalty": 0,
        "total": principal + interest + fees,
    }


class Money:
    """One borrower's loan of three installments of 100.00 and interest, the first one late."""

    def __init__(self, service: Service, country: str) -> None:
        self.service, self.country = service, country
        self.currency = {"US": "USD", "CN": "CNY"}[country]

    async def begin(self) -> None:
        home: dict[str, Any] = {}
        if self.country == "CN":
            home = {
                "locale": "zh-CN",
                "timezone": "Asia/Shanghai",
                "address": {"country": "CN", "region": "CN-SH"},
                "phones": [a_phone("ph-1", "+8613800138306", primary=True)],
                "consents": [a_consent(self.service.now)],
            }
        await self.tell(self.service.borrower(**home), self.schedule())

    def schedule(self, *left: int) -> dict[str, Any]:
        billed = [parts(10000, 300, 200), parts(10000, 200), parts(10000, 100)]
        due = [date(2026, 11, 20), date(2026, 12, 20), date(2027, 1, 20)]
        owed = left or [one["total"] for one in billed]
        return self.signal(
            "schedule.snapshot",
            installments=[
                {
                    "number": number,
                    "due_date": due[number - 1].isoformat(),
                    "outstanding": owed[number - 1],
                    "amounts": one,
                    "currency": self.currency,
                }
                for number, one in enumerate(billed, 1)
            ],
            schedule_version=1,
            as_of=self.service.now.isoformat(),
            lender_timezone=self.service.runtime.settings.lenders["acme"].timezone,
        )

    def signal(self, kind: str, **data: Any) -> dict[str, Any]:
        loan = {"id": "LN-1", "currency": self.currency, "account_no": "000001007"}
        about = {"loan": loan, "borrower": {"id": "BR-1"}}
        return self.service.signal(kind, "loan/LN-1", **about, **data)

    def payment(self, ref: str, minor: int, on: date | None = None, **more: Any) -> dict[str, Any]:
        told = {
            "id": ref,
            "amount": minor,
            "currency": self.currency,
            "value_date": (on or self.service.now.date()).isoformat(),
            "received_at": self.service.now.isoformat(),
            **more,
        }
        return self.signal("payment.received", payment=told)

    async def tell(self, *signals: dict[str, Any]) -> list[str]:
        """Post and fold signals as a worker does, and return the texts that went out for them."""
        before = len(self.service.twilio.messages)
        service, clock = self.service, self.service.runtime.clock
        for one in signals:
            assert await service.post(one) == 202
        done = await intake_pending(
            service.runtime,
            now=service.now,
            wall_now=clock.wall_now() + timedelta(seconds=1),
            deciding=service.runtime,
            products=products_of(service.runtime.settings),
        )
        assert (done.taken, done.quarantined) == (len(signals), 0)
        await deliver(service.runtime, service.sender, done.handoffs)
        await service.dispatch()
        await service.receipts()
        return [str(one["body"]) for one in service.twilio.messages.values()][before:]

    async def books(self) -> BooksOfLoan:
        products = products_of(self.service.runtime.settings)
        [found] = await read_books(self.service.runtime, ["acme"], "LN-1", products)
        return found

    async def booked(self) -> dict[str, Any]:
        rows = await self.service.rows("SELECT payment_ref, booked FROM payments")
        return {row["payment_ref"]: row["booked"] for row in rows}

    async def differences(self) -> list[tuple[str, str, bool]]:
        rows = await read_differences(
            self.service.runtime, ["acme"], loan=None, closed=False, limit=9
        )
        return sorted((row.kind, row.about, row.agreed_at is None) for row in rows)


@asynccontextmanager
async def money(
    country: str, database_url: str, redis_url: str, folder: Path
) -> AsyncIterator[Money]:
    config = folder / "config"
    shutil.copytree(ROOT / "config", config)
    for file in (config / "treatments").glob("*.yaml"):
        file.write_text(file.read_text(encoding="utf-8") + ANSWERS, encoding="utf-8")
    lender = {"US": US, "CN": CN}[country]
    async with a_service(
        database_url,
        redis_url,
        at=MORNING[country],
        lender={**lender, "config_dir": str(config)},
    ) as service:
        told = Money(service, country)
        await told.begin()
        yield told


def said(texts: Sequence[str], *words: str) -> bool:
    return len(texts) == 1 and all(word in texts[0] for word in words)


async def partly_paid(loan: Money) -> None:
    """Part of what is late is paid, one payment is dated back, and bounces."""
    service, us = loan.service, loan.country == "US"

    # A part of what is late: divided by the product's order, and a receipt says how.
    texts = await loan.tell(loan.payment("p-1", 10000))
    first = {"fees": 200, "interest": 300, "principal": 9500}
    if not us:
        first = {"interest": 300, "principal": 9700}
    assert (await loan.booked()) == {"p-1": first}
    words = ["$100.00", "$95.00", "$3.00", "$2.00"] if us else ["100.00", "本金97.00", "利息3.00"]
    assert said(texts, *(word.replace("¥", "") for word in words)), texts
    [case] = await service.rows("SELECT * FROM cases WHERE closed_on IS NULL")
    assert case["kind"] == "delinquency"

    # One that is dated before it takes its place, and the later one moves on.
    earlier = service.now.date() - timedelta(days=2)
    texts = await loan.tell(loan.payment("p-0", 300, earlier))
    moved = {"fees": 200, "interest": 100} if us else {"interest": 300}
    after = {"interest": 200, "principal": 9800} if us else {"principal": 10000}
    assert (await loan.booked()) == {"p-0": moved, "p-1": after}
    assert len(texts) == 1

    # It bounced: everything is as it was.
    reversal = {
        "payment_id": "p-0", "amount": 300, "currency": loan.currency,
        "reversed_at": service.now.isoformat(), "reason": "insufficient_funds",
    }  # fmt: skip
    assert await loan.tell(loan.signal("payment.reversed", reversal=reversal)) == []
    assert (await loan.booked()) == {"p-1": first, "p-0": None}


async def divided_otherwise(loan: Money) -> None:
    """The platform divides a payment in its own way; what was late is paid."""
    service = loan.service
    # The platform divided the next one otherwise: that is shown, and nothing is mended.
    odd = {"principal": 400, "interest": 100, "fees": 0, "penalty": 0, "unapplied": 0}
    texts = await loan.tell(loan.payment("p-2", 500, allocation=odd))
    assert await loan.differences() == [("allocation", "p-2", True)]
    assert said(texts, "5.00")
    assert "4.00" not in texts[0]
    alerts = await service.rows("SELECT subject FROM alerts WHERE kind = 'discrepancy'")
    assert [row["subject"] for row in alerts] == ["allocation"]
    [found] = await read_differences(service.runtime, ["acme"], loan="LN-1", closed=False, limit=9)
    assert await close(service.runtime, found, by="Ada", note="checked", now=service.now)
    assert await loan.differences() == []

    # What was late is paid: the case is cured at once, and nothing about it is left to plan.
    cases = await service.rows("SELECT kind, end_reason FROM cases ORDER BY case_id")
    assert ("delinquency", "cured") in [(row["kind"], row["end_reason"]) for row in cases]

    dropped = [row for row in await service.log() if row["kind"] == "canceled"]
    assert len(dropped) == 1
    assert dropped[0]["why"] == "nothing calls for it any more"


async def paid_off(loan: Money) -> None:
    """A statement, a figure for paying off early, too much money, and the end."""
    service, us = loan.service, loan.country == "US"
    # Who asks for a statement gets it once; its figures add up.
    asked = loan.signal("statement.requested", statement={"id": "st-1"})
    texts = await loan.tell(asked)
    assert said(texts, "105.00", "203.00"), texts
    [work] = await service.rows("SELECT kind, state, outcome FROM tasks")
    assert work == {"kind": "statement", "state": "done", "outcome": "statement_sent"}
    assert await loan.tell(loan.signal("statement.requested", statement={"id": "st-1"})) == []

    # What pays it off: all principal, no interest that isn't earned yet, and the agreed charge.
    quote = early_payoff(
        (await loan.books()).loan,
        service.now.date(),
        rules=PayoffRules(fee_percent=Decimal(1), valid_days=2),
        country=loan.country,
    )
    # 3 of the 30 days since the first due date: 0.20 of the 2.00, none of the 1.00.
    assert (quote.principal_minor, quote.interest_minor, quote.fee_minor) == (20000, 20, 200)
    assert (quote.amount_minor, quote.saved_minor) == (20220, 80)

    # Too much came: nothing is lost of it.
    texts = await loan.tell(loan.payment("p-3", 21000))
    assert (await loan.booked())["p-3"] == {
        "interest": 300, "principal": 20000, "unapplied": 700
    }  # fmt: skip
    assert said(texts, "7.00"), texts

    # Paid off: one confirmation, and then nothing more.
    closing = {"closed_on": service.now.date().isoformat(), "reason": "early_payoff"}
    texts = await loan.tell(loan.signal("loan.paid_off", **closing))
    assert said(texts, "closed" if us else "结清"), texts
    [state] = await service.rows("SELECT status FROM loans")
    assert state["status"] == "closed"
    assert await service.rows("SELECT FROM cases WHERE closed_on IS NULL") == []
    await service.move_to(service.now + timedelta(days=1))
    assert await loan.tell(loan.signal("loan.paid_off", **closing)) == []


@pytest.mark.parametrize("country", ["US", "CN"])
async def test_the_money_of_a_loan(
    country: str, database_url: str, redis_url: str, tmp_path: Path
) -> None:
    async with money(country, database_url, redis_url, tmp_path) as loan:
        await partly_paid(loan)
        await divided_otherwise(loan)
        await paid_off(loan)
