"""What happens at the lenders while business time passes, and the signals that tell of it."""

import asyncio
import heapq
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, time, timedelta
from itertools import count
from random import Random
from typing import Final

from outreach.demo import telling
from outreach.demo.fates import Act, Fates, about
from outreach.demo.late_stages import Earlier, recorded
from outreach.demo.portfolio import Book, Loan
from outreach.demo.posting import Platform, Saying
from outreach.domain.records import dataclass

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_CLOSE_OF_BUSINESS: Final = time(1, 10)
_OPENS, _CLOSES = 8, 22
_POLL_SECONDS: Final = 0.05
# Days before the due date on which a platform reminds us.
_REMINDED: Final = (-7, -3, -1)


@dataclass(frozen=True, slots=True)
class Often:
    """How often something happens, in business time, for three hundred loans."""

    every: timedelta
    act: Act


class Play:
    """Runs the platforms.

    Args:
        platform: What is told goes through it.
        loans: All of them.
        rng: Seeded.
        begins_at: Business time of the beginning.
        late: Further loans, with what their borrowers were told before; nobody pays them.
    """

    def __init__(
        self,
        platform: Platform,
        loans: Sequence[Loan],
        rng: Random,
        begins_at: datetime,
        late: Sequence[tuple[Loan, Sequence[Earlier]]] = (),
    ) -> None:
        self._platform = platform
        self._loans = [*loans, *(loan for loan, _ in late)]
        self._paying = loans
        self._late = late
        self._rng = rng
        self._order = count()
        self._agenda: list[tuple[datetime, int, Act]] = []
        self._begins_at = begins_at
        self._fates = Fates(platform, rng, self._at)

    async def open(self, now: datetime) -> None:
        """Tell all that was so before: people, loans, and some cases that stand open already."""
        borrowers = {loan.borrower.ref: loan for loan in self._loans}
        await self._platform.tell_all(
            [about(telling.updated(loan.borrower), loan) for loan in borrowers.values()]
        )
        # First those with a past, each with it in one request: nobody is looked at in between.
        told = [
            saying
            for loan, past in self._late
            for saying in (_opened(loan, now), *(_recorded(loan, one, now) for one in past))
        ]
        await self._platform.tell_all([*told, *(_opened(loan, now) for loan in self._paying)])
        overdue = [loan for loan in self._paying if self._is_overdue(loan, now)]
        self._rng.shuffle(overdue)
        share = max(2, len(overdue) // 25)
        for act in (self._fates.dispute, self._fates.hardship, self._fates.promise):
            for loan in overdue[:share]:
                await act(loan, now)
            del overdue[:share]
        # A Fineract payment names no borrower: it must not come before its loan is known.
        for loan in [one for one in overdue if one.source == one.book.core][:share]:
            await self._fates.part(loan, now)
        if overdue:  # of ten loans, none may be left
            await self._fates.deceased(overdue.pop(), now)
        await self._platform.tell_all([
            self._reminder(loan, now) for loan in self._loans if loan.unpaid
        ])  # fmt: skip

    def plan(self) -> None:
        """Put the days' business on the agenda: closings, payments, what happens now and then."""
        for book in {loan.book.lender: loan.book for loan in self._loans}.values():
            self._at(self._next_closing(book, self._begins_at), self._closing(book))
        for loan in self._paying:
            self._plan_payment(loan)
        size = 300 / max(len(self._loans), 30)
        for often in (
            Often(3 * _HOUR, self._some(self._fates.promise)),
            Often(7 * _HOUR, self._some(self._fates.dispute)),
            Often(11 * _HOUR, self._some(self._fates.hardship)),
            Often(9 * _HOUR, self._some(self._fates.opt_out)),
            Often(8 * _HOUR, self._some(self._fates.new_phone)),
            Often(6 * _HOUR, self._some(self._fates.quote)),
            Often(19 * _HOUR, self._some(self._fates.pay_off)),
        ):
            self._repeat(Often(often.every * size, often.act))
        self._repeat(Often(5 * _HOUR, lambda _: self._platform.tell_twice()))
        self._at(self._begins_at + 4 * _HOUR, lambda _: self._platform.forge())
        self._at(self._begins_at + 6 * _HOUR, lambda _: self._platform.tell_unknown(self._loans[0]))

    async def run(self, business_now: Callable[[], datetime], stopping: asyncio.Event) -> None:
        """Do what is due as time passes, until stopped."""
        while not stopping.is_set():
            now = business_now()
            while self._agenda and self._agenda[0][0] <= now and not stopping.is_set():
                await heapq.heappop(self._agenda)[2](now)
            await asyncio.sleep(_POLL_SECONDS)

    def _at(self, at: datetime, act: Act) -> None:
        heapq.heappush(self._agenda, (at, next(self._order), act))

    def _repeat(self, often: Often) -> None:
        async def act(now: datetime) -> None:
            await often.act(now)
            self._at(now + often.every * self._rng.uniform(0.6, 1.4), act)

        self._at(self._begins_at + often.every * self._rng.random(), act)

    def _some(self, act: Callable[[Loan, datetime], Awaitable[None]]) -> Act:
        """Return an act on a loan picked by chance: overdue, and without a case of its own."""

        async def on_one(now: datetime) -> None:
            free = [one for one in self._loans if not one.has_case and self._is_overdue(one, now)]
            if free:
                await act(self._rng.choice(free), now)

        return on_one

    def _is_overdue(self, loan: Loan, now: datetime) -> bool:
        days = loan.days_past_due(loan.book.today(now))
        return days is not None and days > 0

    def _next_closing(self, book: Book, after: datetime) -> datetime:
        local = after.astimezone(book.zone)
        at = datetime.combine(local.date(), _CLOSE_OF_BUSINESS, book.zone)
        return at if at > after else at + _DAY

    def _closing(self, book: Book) -> Act:
        """Tell what turned with the lender's day: what is due soon, due, overdue."""

        async def close(now: datetime) -> None:
            today = book.today(now)
            turned = [
                loan
                for loan in self._loans
                if loan.book is book
                and (days := loan.days_past_due(today)) is not None
                and (days >= 0 or days in _REMINDED)
            ]
            for loan in turned[: len(turned) // 4]:
                await self._fates.say(loan, *telling.reminder(loan, now))
            await self._platform.tell_all([
                self._reminder(loan, now) for loan in turned[len(turned) // 4 :]
            ])  # fmt: skip
            self._at(self._next_closing(book, now), close)

        return close

    def _reminder(self, loan: Loan, now: datetime) -> Saying:
        type_, data = telling.reminder(loan, now)
        return Saying(type_, data, f"loan/{loan.ref}", loan)

    def _plan_payment(self, loan: Loan) -> None:
        """Choose when a loan is next paid: most pay around the due date, late ones seldom."""
        days = loan.days_past_due(loan.book.today(self._begins_at)) or 0
        mean = 4.0 if days <= 7 else 9.0 if days <= 30 else 20.0
        at = self._begins_at + timedelta(days=self._rng.expovariate(1 / mean))
        local = at.astimezone(loan.book.zone)
        hour = self._rng.randint(_OPENS, _CLOSES - 1)
        at = local.replace(hour=hour, minute=self._rng.randrange(60))
        if at <= self._begins_at:
            at += _DAY

        async def pay(now: datetime) -> None:
            if self._rng.random() < 0.25:
                await self._fates.part(loan, now)
            elif loan.unpaid:
                loan.pay(loan.unpaid[0].left_minor)
                await self._fates.say(loan, "payment.received", telling.payment(loan, now))
                if self._rng.random() < 0.1:
                    self._at(now + _DAY, bounce)

        async def bounce(now: datetime) -> None:
            loan.unpay()
            await self._fates.say(loan, "payment.reversed", telling.reversal(loan, now))

        self._at(at, pay)


def _opened(loan: Loan, now: datetime) -> Saying:
    return Saying("loan.opened", telling.opened(loan, now), f"loan/{loan.ref}", loan)


def _recorded(loan: Loan, earlier: Earlier, now: datetime) -> Saying:
    return Saying("contact.recorded", recorded(loan, earlier, now), f"loan/{loan.ref}", loan)
