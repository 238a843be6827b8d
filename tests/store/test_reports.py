"""The report's statements, on a small book whose figures can be counted by hand."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import asyncpg

from outreach.domain.experiments import Arm, Experiment, arm_of
from outreach.domain.vocabulary import LenderRole
from outreach.store.pool import Connection
from outreach.store.reports import (
    Aged,
    ArmSlots,
    Cured,
    Intensity,
    Period,
    Promised,
    Rated,
    Roll,
    Spent,
    list_cures_by,
    list_cures_by_arm,
    list_cures_by_stage,
    list_intensity,
    list_promises,
    list_ratings,
    list_rolls,
    list_spent,
    list_vintages,
)
from outreach.usecases.lenders import LenderPlan
from outreach.usecases.reporting import BUCKETS, Figures, months_of, read_figures
from tests.store.book_of_loans import TENANT, BookOfLoans

YEAR = Period(
    TENANT, "live", date(2026, 1, 1), date(2026, 7, 1), date(2026, 7, 1),
    datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC),
)  # fmt: skip
LENDER = LenderPlan(TENANT, "Acme", LenderRole.FIRST_PARTY, "US", "UTC", "en-US")


def at(month: int, day: int, hour: int = 12) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


async def figures(conn: Any, period: Period = YEAR) -> Figures:
    return await read_figures(conn, LENDER, "USD", period, packs=(), treatments=())


async def test_roll_rates_follow_loans_from_month_to_month(db: asyncpg.Connection) -> None:
    book = BookOfLoans(db)
    worse, cured, gone = (
        await book.loan(),
        await book.loan(),
        await book.loan(closed_on=date(2026, 2, 9)),
    )
    for one in (worse, cured, gone):
        await book.case(one, date(2025, 12, 20), date(2026, 1, 16), "rolled", kind="pre_due")
    await book.case(worse, date(2026, 1, 16))
    await book.case(cured, date(2026, 1, 16), date(2026, 2, 10))
    conn = cast("Connection", db)

    found = await list_rolls(conn, YEAR, months_of(YEAR)[:3], BUCKETS)

    assert found == [
        Roll(date(2026, 1, 1), "current", "1-29", 2),
        Roll(date(2026, 1, 1), "current", "current", 1),
        Roll(date(2026, 2, 1), "1-29", "30-59", 1),
        Roll(date(2026, 2, 1), "1-29", "current", 1),
        Roll(date(2026, 2, 1), "current", "closed", 1),
        Roll(date(2026, 3, 1), "30-59", "60-89", 1),
        Roll(date(2026, 3, 1), "current", "current", 1),
    ]


async def test_cures_by_stage_channel_treatment_tier_and_product(db: asyncpg.Connection) -> None:
    book = BookOfLoans(db)
    early, late, never = await book.loan(), await book.loan(product="car"), await book.loan()
    one = await book.case(early, date(2026, 2, 1), date(2026, 2, 11))
    two = await book.case(late, date(2026, 2, 1), date(2026, 3, 20), "paid")
    await book.case(never, date(2026, 6, 20))
    await book.contact(early, one, at(2, 3), channel="sms")
    await book.contact(early, one, at(2, 5), channel="email", risk_tier="high")
    await book.contact(late, two, at(2, 3), mode="test", channel="push")
    await book.contact(late, two, at(2, 4), delivery_state="released")
    conn = cast("Connection", db)

    stages = await list_cures_by_stage(conn, YEAR, BUCKETS[1:])

    assert stages == [
        Cured("1-29", 3, 1), Cured("30-59", 1, 1), Cured("60-89", 0, 0), Cured("90+", 0, 0),
    ]  # fmt: skip
    assert await list_cures_by(conn, YEAR, "channel") == [Cured("", 2, 1), Cured("email", 1, 1)]
    by_treatment = await list_cures_by(conn, YEAR, "treatment")
    assert by_treatment == [Cured("", 2, 1), Cured("us-default", 1, 1)]
    assert await list_cures_by(conn, YEAR, "risk_tier") == [Cured("", 2, 1), Cured("high", 1, 1)]
    assert await list_cures_by(conn, YEAR, "product") == [Cured("cash", 2, 1), Cured("car", 1, 1)]
    test = await list_cures_by(conn, YEAR._replace(mode="test"), "channel")
    assert test == [Cured("", 2, 1), Cured("push", 1, 1)]


async def test_arms_are_drawn_in_sql_as_in_python(db: asyncpg.Connection) -> None:
    book = BookOfLoans(db)
    experiment = Experiment("tone", (Arm("hold_out", 20), Arm("warm", 50), Arm("plain", 30)))
    expected: dict[str, list[int]] = {arm.key: [0, 0] for arm in experiment.arms}
    for number in range(60):
        loan = await book.loan()
        cured = number % 3 == 0
        await book.case(loan, date(2026, 2, 1), date(2026, 2, 9) if cured else None)
        counted = expected[arm_of(experiment, loan)]
        counted[0] += 1
        counted[1] += cured
    slots = [
        ArmSlots("tone", "hold_out", 0, 19), ArmSlots("tone", "warm", 20, 69),
        ArmSlots("tone", "plain", 70, 99),
    ]  # fmt: skip

    found = await list_cures_by_arm(cast("Connection", db), YEAR, slots)

    assert {one.arm: [one.cases, one.cured] for one in found} == expected
    assert await list_cures_by_arm(cast("Connection", db), YEAR, []) == []


async def test_promises_intensity_costs_and_vintages(db: asyncpg.Connection) -> None:
    book = BookOfLoans(db)
    loan, other = await book.loan(), await book.loan(first_due=date(2026, 2, 15))
    case = await book.case(loan, date(2026, 2, 1), date(2026, 4, 1))
    for status in ("kept", "broken", "partly_kept", "open", "canceled"):
        await book.promise(loan, date(2026, 2, 10), status)
    await book.promise(loan, date(2026, 8, 1), "kept")
    for day in (3, 5, 7, 20):
        await book.contact(loan, case, at(2, day))
    await book.contact(loan, case, at(2, 8), mode="test")
    await book.contact(other, 0, at(2, 8), channel="call", price_micros=5, price_currency="EUR")
    conn = cast("Connection", db)

    assert await list_promises(conn, YEAR) == [Promised("2026-02", 1, 1, 1, 1, 1)]
    week = timedelta(days=7)
    assert await list_intensity(conn, YEAR, week) == [Intensity(1, 1), Intensity(3, 1)]
    assert await list_intensity(conn, YEAR, week, ["call"]) == [Intensity(1, 1)]
    assert await list_spent(conn, YEAR) == [Spent(None, "sms", 4, 32_000)]
    assert await list_vintages(conn, YEAR, late_from=30) == [
        Aged(date(2026, 1, 1), 2, 1),
        Aged(date(2026, 2, 1), None, 1),
    ]


async def test_ratings_are_counted_where_the_question_went_out(db: asyncpg.Connection) -> None:
    book = BookOfLoans(db)
    loan = await book.loan()
    asked = {"template": "satisfaction@1"}
    for day, rating in enumerate(("rated_5", "rated_5", "rated_1", None, "promised"), 1):
        await book.contact(loan, 0, at(2, day), disposition=rating, **asked)
    await book.contact(loan, 0, at(2, 6), disposition="rated_4", channel="email", **asked)
    await book.contact(loan, 0, at(2, 7), disposition="rated_2")
    await book.contact(loan, 0, at(2, 8), disposition="rated_2", mode="test", **asked)
    await book.contact(loan, 0, at(2, 9), delivery_state="released", **asked)
    await book.contact(loan, 0, at(8, 1), disposition="rated_2", **asked)

    found = await list_ratings(cast("Connection", db), YEAR)

    assert found == [Rated("email", 1, 0, 0, 0, 1, 0), Rated("sms", 5, 1, 0, 0, 0, 2)]


class Counting:
    """A connection that counts the statements it is given."""

    def __init__(self, conn: asyncpg.Connection) -> None:
        self._conn = conn
        self.statements = 0

    async def fetch(self, *arguments: Any) -> Any:
        self.statements += 1
        return await self._conn.fetch(*arguments)


async def test_another_lender_is_not_looked_at_and_no_statement_is_per_loan(
    db: asyncpg.Connection,
) -> None:
    book, other = BookOfLoans(db), BookOfLoans(db, "other", first=1_000)
    few = Counting(db)
    await figures(few)
    for _ in range(40):
        for one in (book, other):
            loan = await one.loan()
            await one.contact(loan, await one.case(loan, date(2026, 2, 1)), at(2, 3))
    many = Counting(db)

    found = await figures(many)

    assert found.cases == Cured("all", 40, 0)
    assert few.statements == many.statements <= 13
