"""A lending platform's own books, kept apart from the service's: the truth that signals tell.

It shares no code with the service. What is owed changes with every event here; the service has to
come to the same from what it is told, late, twice and in any order.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from tests.soak.words import OTHERS

NEW_YORK = ZoneInfo("America/New_York")
FIRST_TERMS = 1
REGIONS = ("US-MA", "US-DC", "US-NY")
Signal = dict[str, Any]


@dataclass
class Installment:
    """One installment: what was billed, and what is left of it."""

    due_on: date
    billed: int
    left: int


@dataclass
class Paid:
    """A payment, and to which installments it went."""

    shares: dict[int, int]
    version: int
    reversed: bool = False


@dataclass
class Loan:
    """One loan in the platform's books."""

    ref: str
    borrower: str
    installments: dict[int, Installment]
    habit: float
    """How likely the borrower pays on a day when something is due or late."""
    version: int = FIRST_TERMS
    payments: dict[str, Paid] = field(default_factory=dict)
    promises: dict[str, tuple[date, int]] = field(default_factory=dict)
    """Open ones: until when, and how much."""
    closed: bool = False
    sold: bool = False

    def is_over(self) -> bool:
        """Say whether nobody is to be asked for anything any more."""
        return self.closed or self.sold

    def oldest(self) -> date | None:
        """Return the due date of the oldest installment of which something is left."""
        return min((one.due_on for one in self.installments.values() if one.left), default=None)

    def owed(self) -> dict[int, int]:
        """Return what is left by installment."""
        return {number: one.left for number, one in self.installments.items()}

    def days_past_due(self, today: date) -> int:
        """Count the days since the oldest unpaid due date."""
        oldest = self.oldest()
        return max(0, (today - oldest).days) if oldest else 0

    def due(self, today: date) -> list[int]:
        """Return the installments that should have been paid by a day, oldest first."""
        late = [(one.due_on, n) for n, one in self.installments.items() if one.left]
        return [number for on, number in sorted(late) if on <= today]


class Platform:
    """Plays borrowers, lender and core banking system day by day, from one seed."""

    def __init__(self, seed: int, loans: int, first_day: date) -> None:
        self.random = Random(seed)
        self._ids = count(1)
        self.first_day = first_day
        self.persons = max(1, loans - loans // 6)
        self.loans = [self._loan(number) for number in range(loans)]
        self._versions: dict[str, int] = {}
        self._instant = datetime.combine(first_day, time(0), UTC)
        self._numbers = count(100)
        self._refs = count(1)
        self._turns = count()
        self.told: set[str] = set()

    def _loan(self, number: int) -> Loan:
        chance = self.random
        billed = chance.randrange(6_000, 60_000)
        first = self.first_day + timedelta(days=chance.randrange(-45, 25))
        schedule = {
            n + 1: Installment(first + timedelta(days=30 * n), billed, billed) for n in range(5)
        }
        borrower = f"BR-{number % self.persons}"
        return Loan(f"LN-{number}", borrower, schedule, chance.choice([0.02, 0.05, 0.2, 0.5]))

    def opening(self) -> Iterator[Signal]:
        """Tell of everybody and of every schedule once."""
        for person in range(self.persons):
            yield self._borrower(f"BR-{person}")
        for loan in self.loans:
            yield self._schedule(loan, "loan.opened")

    def day(self, today: date) -> list[Signal]:
        """Play one day and return what is told of it, in the order in which it happened."""
        opens = datetime.combine(today, time(1), NEW_YORK).astimezone(UTC)
        self._instant = max(self._instant, opens)
        return [signal for loan in self.loans for signal in self._play(loan, today)]

    def _play(self, loan: Loan, today: date) -> Iterator[Signal]:
        chance = self.random.random
        if loan.is_over():
            if loan.sold and chance() < 0.05:
                loan.sold = False
                yield self._about(loan, "loan.recalled", recalled_on=today.isoformat())
            elif loan.closed and loan.payments and chance() < 0.01:
                yield from self._reverse(loan, today)
            return
        due = loan.due(today)
        if due and chance() < loan.habit:
            yield from self._pay(loan, due, today)
        elif loan.payments and chance() < 0.006:
            yield from self._reverse(loan, today)
        if loan.is_over():
            return
        yield from self._report(loan, today)
        yield from self._promise(loan, today)
        yield from self._terms(loan, today)
        if chance() < 0.03:
            yield self._other(loan, today)

    def _pay(self, loan: Loan, due: list[int], today: date) -> Iterator[Signal]:
        chance = self.random
        take = due if chance.random() < 0.5 else due[:1]
        shares = {number: loan.installments[number].left for number in take}
        if chance.random() < 0.3:  # in part
            number = take[0]
            shares = {number: max(1, shares[number] // chance.randrange(2, 5))}
        for number, minor in shares.items():
            loan.installments[number].left -= minor
        ref = f"{loan.ref}-P{next(self._refs)}"
        loan.payments[ref] = Paid(shares, loan.version)
        total = sum(shares.values())
        payment: Signal = {
            "id": ref, "amount": total, "currency": "USD", "value_date": today.isoformat(),
            "provisional": chance.random() < 0.1,
            "installments": [
                {"number": n, "amount": minor, "remaining": loan.installments[n].left}
                for n, minor in shares.items()
            ],
        }  # fmt: skip
        if chance.random() < 0.5:
            interest = total // 7
            parts = {"fees": 0, "penalty": 0, "unapplied": 0}
            payment["allocation"] = {"principal": total - interest, "interest": interest, **parts}
        yield self._about(loan, "payment.received", payment=payment)
        if not any(one.left for one in loan.installments.values()):
            yield self._close(loan, today, "matured")

    def _reverse(self, loan: Loan, today: date) -> Iterator[Signal]:
        open_ones = [ref for ref, one in loan.payments.items() if not one.reversed]
        if not open_ones:
            return
        ref = self.random.choice(open_ones)
        paid = loan.payments[ref]
        paid.reversed = True
        for number, minor in paid.shares.items():
            if number in loan.installments:
                loan.installments[number].left += minor
        loan.closed = False
        at = self._next()
        reopens = [
            {"number": number, "outstanding": loan.installments[number].left}
            for number in paid.shares
            if number in loan.installments
        ]
        reversal = {
            "payment_id": ref, "amount": sum(paid.shares.values()), "currency": "USD",
            "reversed_at": at.isoformat(), "reopens": reopens,
            "reason": self.random.choice(["insufficient_funds", "chargeback", "operator_error"]),
        }  # fmt: skip
        yield self._about(loan, "payment.reversed", reversal=reversal)

    def _report(self, loan: Loan, today: date) -> Iterator[Signal]:
        oldest = loan.oldest()
        if oldest is None or self.random.random() > 0.15:
            return
        days = (today - oldest).days
        number = next(
            n for n, one in loan.installments.items() if one.left and one.due_on == oldest
        )
        kind, extra = "installment.due", {}
        if days > 0:
            kind, extra = "installment.overdue", {"days_past_due": days}
        elif days < 0:
            kind, extra = "installment.due_soon", {"days_until_due": -days}
        one = loan.installments[number]
        yield self._about(
            loan,
            kind,
            installment={**self._installment(number, one), "schedule_version": loan.version},
            **self._as_of(),
            **extra,
        )

    def _promise(self, loan: Loan, today: date) -> Iterator[Signal]:
        chance = self.random
        for ref, (until, minor) in list(loan.promises.items()):
            if until < today and chance.random() < 0.5:
                del loan.promises[ref]
                word = chance.choice(["kept", "broken", "canceled"])
                said = {"id": ref, "amount": minor, "currency": "USD", "due_on": until.isoformat()}
                if word == "broken":
                    said["paid"] = chance.choice([0, minor // 2])
                yield self._about(loan, f"promise_to_pay.{word}", promise=said)
        if loan.days_past_due(today) > 2 and not loan.promises and chance.random() < 0.03:
            ref, until = f"PTP-{next(self._refs)}", today + timedelta(days=chance.randrange(1, 8))
            minor = next(one.left for one in loan.installments.values() if one.left)
            loan.promises[ref] = (until, minor)
            said = {
                "id": ref, "amount": minor, "currency": "USD", "due_on": until.isoformat(),
                "made_at": self._next().isoformat(),
            }  # fmt: skip
            yield self._about(loan, "promise_to_pay.created", promise=said)

    def _terms(self, loan: Loan, today: date) -> Iterator[Signal]:
        draw = self.random.random()
        if draw < 0.002:
            yield self._restructure(loan, today)
        elif draw < 0.003:
            loan.sold = True
            yield self._about(loan, "loan.sold", sold_on=today.isoformat())
        elif draw < 0.005:
            for one in loan.installments.values():
                one.left = 0
            reason = self.random.choice(["early_payoff", "settlement", "written_off"])
            yield self._close(loan, today, reason)
        elif draw < 0.02:
            yield self._schedule(loan, "schedule.snapshot")

    def _close(self, loan: Loan, today: date, reason: str) -> Signal:
        loan.closed = True
        return self._about(loan, "loan.paid_off", closed_on=today.isoformat(), reason=reason)

    def _restructure(self, loan: Loan, today: date) -> Signal:
        left = sum(one.left for one in loan.installments.values())
        loan.version += 1
        parts = [left // 3, left // 3, left - 2 * (left // 3)]
        first = next(self._numbers)
        for _ in range(2):
            next(self._numbers)
        loan.installments = {
            first + n: Installment(today + timedelta(days=20 + 30 * n), part, part)
            for n, part in enumerate(parts)
        }
        restructure = {
            "effective_on": today.isoformat(), "kind": "reschedule",
            "schedule_version": loan.version, "supersedes_version": loan.version - 1,
            "installments": [self._installment(n, i) for n, i in loan.installments.items()],
        }  # fmt: skip
        return self._about(loan, "loan.restructured", restructure=restructure)

    def _other(self, loan: Loan, today: date) -> Signal:
        names = sorted(OTHERS)
        name = names[next(self._turns) % len(names)]
        # What ends contact for good is rare, or nobody would be left after a month.
        if name in {"borrower.deceased", "borrower.bankruptcy", "consent.revoked"}:
            name = name if self.random.random() < 0.2 else "risk.observed"
        subject, data = OTHERS[name](self, loan, today)
        if subject == "loan":
            return self._about(loan, name, **data)
        about = {"borrower": {"id": loan.borrower}, **data}
        return self._signal(name, f"borrower/{loan.borrower}", **about)

    def next_ref(self) -> int:
        """Return a number that wasn't used."""
        return next(self._refs)

    def version_of(self, borrower: str) -> int:
        """Return the next version of a profile."""
        self._versions[borrower] = self._versions.get(borrower, 0) + 1
        return self._versions[borrower]

    def now(self) -> datetime:
        """Return the platform's next instant; no two events share one."""
        return self._next()

    def _next(self) -> datetime:
        self._instant += timedelta(milliseconds=7)
        return self._instant

    def profile(self, ref: str) -> Signal:
        """Return a borrower's whole profile."""
        number = int(ref.partition("-")[2])
        return {
            "id": ref,
            "name": {"given": "Ada", "family": "Sample", "display": "Ada Sample"},
            "locale": "en-US",
            "timezone": "America/New_York",
            "address": {"country": "US", "region": REGIONS[number % len(REGIONS)]},
            "phones": [
                {
                    "id": "ph-1", "e164": f"+1212555{number:04d}", "type": "mobile",
                    "status": "active", "primary": True,
                }
            ],
            "consents": [
                {
                    "channel": "sms", "purpose": "account_servicing", "status": "granted",
                    "at": (self._instant - timedelta(days=30)).isoformat(),
                }
            ],
        }  # fmt: skip

    def _borrower(self, ref: str) -> Signal:
        return self._signal(
            "borrower.updated",
            f"borrower/{ref}",
            borrower=self.profile(ref),
            changed=["all"],
            version=self.version_of(ref),
        )

    def _schedule(self, loan: Loan, kind: str) -> Signal:
        return self._about(
            loan,
            kind,
            schedule_version=loan.version,
            installments=[self._installment(n, i) for n, i in loan.installments.items()],
            **self._as_of(),
        )

    def _as_of(self) -> Signal:
        # True at the instant at which the signal is stamped.
        return {"as_of": None, "lender_timezone": "America/New_York"}

    def _installment(self, number: int, one: Installment) -> Signal:
        billed = {"principal": one.billed, "interest": 0, "fees": 0, "penalty": 0}
        return {
            "number": number, "due_date": one.due_on.isoformat(), "outstanding": one.left,
            "currency": "USD", "amounts": {**billed, "total": one.billed},
        }  # fmt: skip

    def _about(self, loan: Loan, kind: str, **data: Any) -> Signal:
        about = {"id": loan.ref, "currency": "USD", "account_no": f"00{loan.ref}"}
        return self._signal(
            kind, f"loan/{loan.ref}", loan=about, borrower={"id": loan.borrower}, **data
        )

    def _signal(self, kind: str, subject: str, **data: Any) -> Signal:
        at = self._next().isoformat()
        if "as_of" in data:
            data["as_of"] = at
        self.told.add(kind)
        return {
            "specversion": "1.0", "id": f"evt-{next(self._ids)}", "source": "urn:lender:acme:core",
            "type": kind, "subject": subject, "time": at,
            "datacontenttype": "application/json", "data": data,
        }  # fmt: skip
