"""Figures counted ahead of whoever looks at them: reports of set periods, and open cases by day.

A worker counts them; what takes long is counted less often, so that counting never takes more than
about a hundredth of the time. Pages read one row.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

import asyncpg
import msgspec
import structlog

from outreach.domain.records import dataclass
from outreach.store.insights import (
    CaseDay,
    Kept,
    be_patient,
    delay_insight,
    find_insight,
    keep_insight,
    list_ages,
    list_case_days,
)
from outreach.store.pool import Connection, Pool, reading_as
from outreach.usecases.considering import Considering
from outreach.usecases.lenders import LenderPlan
from outreach.usecases.reporting import Figures, period_of, read_figures

log = structlog.get_logger(__name__)

SPANS: Final = (30, 90, 365)
"""Days that a report in the console may cover."""
CASES: Final = "cases"
_LEAST_AGE: Final = timedelta(minutes=2)
_SHARE: Final = 100
_PATIENCE_MS: Final = 25_000
# What couldn't be counted is tried again after an hour.
_LATER_MS: Final = 36_000


class Outfit(Protocol):
    """What counting takes from the runtime."""

    @property
    def db(self) -> Pool:
        """Where everything is."""

    @property
    def considering(self) -> Considering:
        """Packs, treatments, lenders."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A report's figures, and as of which business time they were counted."""

    figures: Figures
    as_of: datetime


@dataclass(frozen=True, slots=True)
class CaseDays:
    """Open cases by product and days past due, and as of when."""

    days: tuple[CaseDay, ...]
    as_of: datetime


async def refresh_insights(
    outfit: Outfit, currencies: Mapping[str, str], *, now: datetime, wall_now: datetime
) -> int:
    """Count again what is old enough; returns how many figures were counted.

    Args:
        outfit: Parts of the runtime.
        currencies: Of each lender, by its slug.
        now: Business time.
        wall_now: Wall time.
    """
    async with outfit.db.acquire() as conn:
        ages = await list_ages(conn)
    done = 0
    for lender in outfit.considering.rulebook.lenders.values():
        for key, count in _wanted(outfit, lender, currencies[lender.slug], now):
            counted = ages.get((lender.slug, key))
            if counted is not None and wall_now - counted[0] < _good_for(counted[1]):
                continue
            try:
                await _count(outfit.db, lender.slug, key, count, now=now, wall_now=wall_now)
            except (asyncpg.PostgresError, TimeoutError) as error:
                # The others may still be counted.
                log.warning("not_counted", tenant=lender.slug, key=key, why=type(error).__name__)
                continue
            done += 1
    return done


async def read_report(db: Pool, lender: LenderPlan, days: int) -> Counted | None:
    """Return a lender's report over the last so many days; None if it wasn't counted yet."""
    async with reading_as(db, lender.slug) as conn:
        kept = await find_insight(conn, lender.slug, _report_key(days, lender))
    if kept is None:
        return None
    try:
        return Counted(msgspec.convert(kept.body, Figures, strict=False), kept.as_of)
    except msgspec.ValidationError:
        return None  # another release counted other things


async def read_case_days(db: Pool, lender: LenderPlan) -> CaseDays | None:
    """Return a lender's open cases by days past due; None if they weren't counted yet."""
    async with reading_as(db, lender.slug) as conn:
        kept = await find_insight(conn, lender.slug, CASES)
    if kept is None:
        return None
    return CaseDays(tuple(msgspec.convert(kept.body, list[CaseDay])), kept.as_of)


_Count = Callable[[Connection], Awaitable[Any]]


def _wanted(
    outfit: Outfit, lender: LenderPlan, currency: str, now: datetime
) -> list[tuple[str, _Count]]:
    today = now.astimezone(ZoneInfo(lender.timezone)).date()
    rulebook = outfit.considering.rulebook

    async def cases(conn: Connection) -> Any:
        return await list_case_days(conn, lender.slug, today)

    def report(days: int) -> _Count:
        async def count(conn: Connection) -> Any:
            first = today - timedelta(days=days - 1)
            period = period_of(lender, lender.mode, first, today + timedelta(days=1), now)
            return await read_figures(
                conn, lender, currency, period,
                packs=rulebook.packs, treatments=rulebook.treatments,
            )  # fmt: skip

        return count

    return [(CASES, cases), *((_report_key(days, lender), report(days)) for days in SPANS)]


def _report_key(days: int, lender: LenderPlan) -> str:
    return f"report-{days}-{lender.mode}"


def _good_for(took_ms: int) -> timedelta:
    return max(_LEAST_AGE, timedelta(milliseconds=took_ms * _SHARE))


async def _count(
    db: Pool, tenant: str, key: str, count: _Count, *, now: datetime, wall_now: datetime
) -> None:
    began = perf_counter()
    try:
        async with (
            db.acquire() as conn,
            conn.transaction(isolation="repeatable_read", readonly=True),
        ):
            await be_patient(conn, _PATIENCE_MS)
            body = msgspec.to_builtins(await count(conn))
    except (asyncpg.PostgresError, TimeoutError):
        async with db.acquire() as conn:
            await delay_insight(conn, tenant, key, Kept(now, wall_now, _LATER_MS, None))
        raise
    took = round((perf_counter() - began) * 1000)
    async with db.acquire() as conn:
        await keep_insight(conn, tenant, key, Kept(now, wall_now, took, body))
