"""Figures counted ahead: what followed on contacts, how they are kept, and when they are too old."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import asyncpg
import msgspec

from outreach.store.insights import (
    CaseDay,
    Kept,
    delay_insight,
    find_insight,
    keep_insight,
    list_ages,
    list_case_days,
)
from outreach.store.pool import Connection
from outreach.store.report_contacts import Wished
from outreach.store.reports import Period
from outreach.usecases.reporting import Figures, HourPaid, read_figures
from tests.store.book_of_loans import TENANT, BookOfLoans
from tests.store.test_reports import LENDER

MONTHS = Period(
    TENANT, "live", date(2026, 1, 1), date(2026, 3, 1), date(2026, 3, 1),
    datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC),
)  # fmt: skip


def at(month: int, day: int, hour: int = 12) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


async def paid(db: asyncpg.Connection, loan: int, when: datetime, **told: Any) -> None:
    row = {
        "tenant_id": TENANT, "person_id": loan, "loan_id": loan, "payment_ref": f"p-{when}",
        "source": "core", "paid_at": when, **told,
    }  # fmt: skip
    places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
    await db.execute(f"INSERT INTO payments ({', '.join(row)}) VALUES ({places})", *row.values())


async def test_payments_opt_outs_and_complaints_are_held_against_contacts(
    db: asyncpg.Connection,
) -> None:
    book = BookOfLoans(db)
    prompt, late, taken_back = await book.loan(), await book.loan(), await book.loan()
    for loan in (prompt, late, taken_back):
        await book.contact(loan, 0, at(1, 10, 9), stage="early", template="overdue@aa")
    await book.contact(prompt, 0, at(2, 3, 17), stage="early", template="overdue@bb")
    await paid(db, prompt, at(1, 11))
    await paid(db, late, at(1, 13))
    await paid(db, taken_back, at(1, 11), reversed_at=at(1, 12))
    await db.execute(
        "INSERT INTO suppressions (tenant_id, address_hmac, medium, at, origin)"
        " VALUES ($1, 'x', 'sms', $2, 'reply')", TENANT, at(2, 4),
    )  # fmt: skip
    conn = cast("Connection", db)

    found = await read_figures(conn, LENDER, "USD", MONTHS, packs=(), treatments=())

    assert found.hours == [HourPaid("early", 9, 3, 1), HourPaid("early", 17, 1, 0)]
    templates = [(one.key, one.hash, one.contacts, one.paid) for one in found.templates]
    assert templates == [("overdue", "aa", 3, 1), ("overdue", "bb", 1, 0)]
    assert found.wishes == [Wished("2026-01", 3, 3, 0, 0), Wished("2026-02", 1, 1, 1, 0)]
    kept = msgspec.json.decode(msgspec.json.encode(msgspec.to_builtins(found)))
    assert msgspec.to_builtins(msgspec.convert(kept, Figures, strict=False)) == (
        msgspec.to_builtins(found)
    )


async def test_open_cases_are_counted_by_how_late_they_are(db: asyncpg.Connection) -> None:
    book = BookOfLoans(db)
    for opened in (date(2026, 2, 1), date(2026, 2, 1), date(2026, 2, 20)):
        await book.case(await book.loan(), opened)
    await book.case(await book.loan(), date(2026, 1, 1), date(2026, 1, 9))

    found: Sequence[CaseDay] = await list_case_days(
        cast("Connection", db), TENANT, date(2026, 2, 20)
    )

    assert found == [CaseDay("cash", 1, 1), CaseDay("cash", 20, 2)]


async def test_the_newest_count_stands(db: asyncpg.Connection) -> None:
    conn = cast("Connection", db)
    await db.set_type_codec(
        "jsonb", schema="pg_catalog",
        encoder=lambda value: msgspec.json.encode(value).decode(), decoder=msgspec.json.decode,
    )  # fmt: skip
    assert await find_insight(conn, TENANT, "cases") is None
    for number in (1, 2):
        wall = at(2, number)
        await keep_insight(
            conn, TENANT, "cases", Kept(wall, wall + timedelta(hours=1), 7, [number])
        )

    assert await find_insight(conn, TENANT, "cases") == Kept(at(2, 2), at(2, 2, 13), 7, [2])
    failed = Kept(at(2, 3), at(2, 3), 99, None)
    await delay_insight(conn, TENANT, "cases", failed)
    await delay_insight(conn, TENANT, "report", failed)

    assert await find_insight(conn, TENANT, "cases") == Kept(at(2, 2), at(2, 3), 99, [2])
    assert await find_insight(conn, TENANT, "report") is None
    ages = await list_ages(conn)
    assert ages == {(TENANT, key): (at(2, 3), 99) for key in ("cases", "report")}
