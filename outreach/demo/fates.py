"""What may befall one loan and its borrower, told as it happens."""

from collections.abc import Awaitable, Callable
from datetime import datetime, time, timedelta
from random import Random
from typing import Any, Final

from outreach.demo import telling
from outreach.demo.portfolio import Loan
from outreach.demo.posting import Platform, Saying

_DAY: Final = timedelta(days=1)

Act = Callable[[datetime], Awaitable[None]]


class Fates:
    """Makes it happen.

    Args:
        platform: What is told goes through it.
        rng: Seeded.
        at: Puts what follows later on the agenda.
    """

    def __init__(
        self, platform: Platform, rng: Random, at: Callable[[datetime, Act], None]
    ) -> None:
        self._platform = platform
        self._rng = rng
        self._at = at

    async def say(self, loan: Loan, type_: str, data: dict[str, Any]) -> None:
        """Tell of a loan, as its own source does."""
        await self._platform.tell(Saying(type_, data, f"loan/{loan.ref}", loan))

    async def part(self, loan: Loan, now: datetime) -> None:
        """Have a part of what is owed paid."""
        if loan.unpaid:
            loan.pay(max(100, loan.unpaid[0].left_minor * self._rng.randint(20, 70) // 100))
            await self.say(loan, "payment.received", telling.payment(loan, now))

    async def promise(self, loan: Loan, now: datetime) -> None:
        """Have somebody promise to pay in a day or two; half of them do."""
        if loan.has_promise or not loan.unpaid:
            return
        loan.has_promise = loan.has_case = True
        due_on = loan.book.today(now) + self._rng.randint(1, 2) * _DAY
        made = telling.promise(loan, now, f"{loan.ref}-PTP1", due_on)
        await self.say(loan, "promise_to_pay.created", made)

        async def end(now: datetime) -> None:
            kept = self._rng.random() < 0.5 and bool(loan.unpaid)
            if kept:
                loan.pay(made["promise"]["amount"])
                await self.say(loan, "payment.received", telling.payment(loan, now))
            await self.say(loan, *telling.promise_end(loan, now, made, kept=kept))
            loan.has_case = False

        self._at(datetime.combine(due_on, time(18), loan.book.zone), end)

    async def dispute(self, loan: Loan, now: datetime) -> None:
        """Have somebody dispute what they owe; days later it is rejected."""
        loan.has_case = True
        await self._platform.tell(
            Saying(
                "borrower.dispute",
                telling.dispute(loan, now, status="opened"),
                f"borrower/{loan.borrower.ref}",
                loan,
            )
        )

        async def answer(now: datetime) -> None:
            data = telling.dispute(loan, now, status="rejected")
            await self._platform.tell(
                Saying("borrower.dispute", data, f"borrower/{loan.borrower.ref}", loan)
            )
            loan.has_case = False

        self._at(now + self._rng.uniform(1, 3) * _DAY, answer)

    async def hardship(self, loan: Loan, now: datetime) -> None:
        """Have somebody be granted a pause."""
        loan.has_case = True
        until = loan.book.today(now) + self._rng.choice((2, 30, 90)) * _DAY
        data = telling.hardship(loan, now, until)
        await self._platform.tell(
            Saying("borrower.hardship", data, f"borrower/{loan.borrower.ref}", loan)
        )

    async def deceased(self, loan: Loan, now: datetime) -> None:
        """Have a death be reported, unconfirmed."""
        loan.has_case = True
        data = telling.deceased(loan, now)
        await self._platform.tell(
            Saying("borrower.deceased", data, f"borrower/{loan.borrower.ref}", loan)
        )

    async def opt_out(self, loan: Loan, now: datetime) -> None:
        """Have somebody withdraw their consent in the lender's app."""
        borrower = loan.borrower
        borrower.consents = [
            {**one, "status": "revoked", "at": now.isoformat()} for one in borrower.consents
        ] or [_revoked(now)]
        borrower.version += 1
        await self._platform.tell(about(telling.updated(borrower, "consents"), loan))

    async def new_phone(self, loan: Loan, now: datetime) -> None:
        """Have somebody change their number: the old one is somebody else's now."""
        del now
        borrower = loan.borrower
        old, number = borrower.phones[0], borrower.phones[0]["e164"]
        fresh = {
            **old,
            "id": f"ph-{len(borrower.phones) + 1}",
            "e164": f"{number[:-2]}{(int(number[-2:]) + 50) % 100:02}",
        }
        former = {**old, "status": "reassigned", "primary": False}
        borrower.phones = [former, *borrower.phones[1:], fresh]
        borrower.version += 1
        await self._platform.tell(about(telling.updated(borrower, "phones"), loan))

    async def quote(self, loan: Loan, now: datetime) -> None:
        """Have somebody ask what pays the loan off."""
        until = loan.book.today(now) + 5 * _DAY
        await self.say(loan, "loan.early_payoff_quoted", telling.quote(loan, now, until))

    async def pay_off(self, loan: Loan, now: datetime) -> None:
        """Have a loan be paid off."""
        loan.pay(loan.left_minor)
        await self.say(loan, "payment.received", telling.payment(loan, now))
        await self.say(loan, "loan.paid_off", telling.paid_off(loan, now))


def about(data: dict[str, Any], loan: Loan) -> Saying:
    """Return what is told of a loan's borrower."""
    return Saying("borrower.updated", data, f"borrower/{loan.borrower.ref}", loan)


def _revoked(now: datetime) -> dict[str, Any]:
    return {
        "channel": "sms",
        "purpose": "account_servicing",
        "status": "revoked",
        "at": now.isoformat(),
        "source": "app",
    }
