"""Months of a lender's life in minutes: the whole service, a simulated clock, disorder on the way."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from time import perf_counter
from typing import Any

from outreach.store.pool import Pool
from outreach.usecases.seal import seal_log, verify_log
from tests.e2e.service import SECRET, Service, a_service
from tests.soak.checks import Checks
from tests.soak.platform import NEW_YORK, Platform, Signal

FIRST_DAY = date(2026, 1, 5)
_ABREAST = 24
_CORE = {"adapter": "standard", "secrets": [SECRET], "order": "time", "rate_per_second": 100_000}
_LENDER = {"sources": {"core": _CORE}}
# A late signal comes so many days after it was told.
_LATE = (1, 1, 2, 3, 5)


@dataclass
class Figures:
    """What a soak came to."""

    loans: int
    days: int
    signals: int = 0
    deliveries: int = 0
    contacts: int = 0
    balances_checked: int = 0
    quarantined: int = 0
    sealed: int = 0
    seconds: float = 0.0
    kinds: set[str] = field(default_factory=set)

    def __str__(self) -> str:
        faster = self.days * 86_400 / max(self.seconds, 1e-9)
        return (
            f"{self.loans} loans, {self.days} days in {self.seconds:.0f} s ({faster:,.0f} times as"
            f" fast): {self.signals} signals of {len(self.kinds)} kinds in {self.deliveries}"
            f" deliveries, {self.contacts} contacts, {self.balances_checked} balances compared,"
            f" {self.sealed} log rows sealed and verified"
        )


async def soak(
    database_url: str, redis_url: str, *, seed: int, loans: int, days: int
) -> tuple[Figures, list[str]]:
    """Play so many days and return the figures, and everything that was found wrong."""
    began = perf_counter()
    opens = _at(FIRST_DAY, 11)
    async with a_service(database_url, redis_url, at=opens, lender=_LENDER) as service:
        one = _Soak(service, Platform(seed, loans, FIRST_DAY), Figures(loans, days))
        await one.play()
        wrong = await one.finish(service.runtime.db)
        one.figures.seconds = perf_counter() - began
        return one.figures, wrong


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), NEW_YORK).astimezone(UTC)


class _Soak:
    def __init__(self, service: Service, platform: Platform, figures: Figures) -> None:
        self.service = service
        self.platform = platform
        self.figures = figures
        self.checks = Checks(platform)
        self._late: dict[date, list[Signal]] = defaultdict(list)

    async def play(self) -> None:
        """Play every day: what is told, in disorder, and two looks at whoever is due."""
        last = FIRST_DAY + timedelta(days=self.figures.days)
        day = FIRST_DAY
        await self.deliver(list(self.platform.opening()), day)
        while day < last:
            told = self.platform.day(day)
            self.figures.signals += len(told)
            await self.service.move_to(_at(day, 10))
            await self.deliver([*self.disorder(told, day, last), *self._late.pop(day, [])], day)
            for hour in (10, 15):
                await self.service.move_to(_at(day, hour))
                await self.service.dispatch()
                await self.service.receipts()
            day += timedelta(days=1)
        # What was still on its way arrives; then the books must be the platform's.
        await self.service.move_to(_at(last, 9))
        for rest in list(self._late.values()):
            await self.deliver(rest, last)

    def disorder(self, told: list[Signal], day: date, last: date) -> Iterable[Signal]:
        """Repeat some, hold back others for days, and shuffle the rest."""
        chance = self.platform.random
        now = []
        for signal in told:
            draw = chance.random()
            if draw < 0.10:
                self._late[min(day + timedelta(days=chance.choice(_LATE)), last)].append(signal)
                if draw < 0.03:
                    now.append(signal)
                continue
            now += [signal] * (2 if draw < 0.20 else 1)
        chance.shuffle(now)
        return now

    async def deliver(self, signals: list[Signal], day: date) -> None:
        """Post and fold; note what the service knows from now on."""
        statuses = await self.post(signals)
        refused = sorted(set(statuses) - {200, 202})
        assert not refused, f"signals were answered with {refused}"
        self.figures.deliveries += len(signals)
        await self.service.fold()
        self.checks.note(signals, self.service.now)

    async def post(self, signals: list[Signal]) -> list[int]:
        """Post several at a time, as senders do."""
        found: list[int] = []
        for start in range(0, len(signals), _ABREAST):
            batch = signals[start : start + _ABREAST]
            found += await asyncio.gather(*(self.service.post(one) for one in batch))
        return found

    async def finish(self, pool: Pool) -> list[str]:
        """Check everything that is left to check, and seal the log."""
        service, figures = self.service, self.figures
        figures.kinds = self.platform.told
        await self.checks.learn(service)
        wrong = await self.checks.books(service, self.last_day)
        figures.balances_checked = self.checks.compared
        contacts = await service.contacts()
        figures.contacts = sum(one["direction"] == "out" for one in contacts)
        wrong += self.checks.contacts(contacts)
        await service.dispatch()
        await service.receipts()
        wrong += await self.checks.plans(service)
        quarantined = await service.rows(
            "SELECT signal_type || ': ' || reason AS reason, count(*) AS n FROM quarantine GROUP BY 1"
        )
        figures.quarantined = sum(row["n"] for row in quarantined)
        wrong += [f"set aside: {row['reason']} ({row['n']} times)" for row in quarantined]
        wall = service.runtime.clock.wall_now() + timedelta(minutes=5)
        while await seal_log(pool, wall_now=wall):
            pass
        found = await verify_log(pool)
        figures.sealed = found.rows
        return wrong + [f"the log: {text}" for text in _broken(found)]

    @property
    def last_day(self) -> date:
        """The lender's date on which the soak ends."""
        return FIRST_DAY + timedelta(days=self.figures.days)


def _broken(found: Any) -> list[str]:
    return [str(found.broken)] if found.broken else []
