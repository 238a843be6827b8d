"""What is said to need somebody, and when a lender's day begins and ends."""

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from outreach.store.today import MOST, count_planned, count_queues, count_work, list_todays_alerts
from outreach.store.today_log import LogDay, RuleRow, SpentRow, find_as_of, read_day
from outreach.usecases.today import day_of
from tests.web.a_day import add_trouble, count_a_day

NOON = datetime(2026, 11, 23, 17, tzinfo=UTC)
STARTS, ENDS = day_of(NOON, "America/New_York")


@pytest.mark.parametrize(
    ("zone", "starts", "hours"),
    [
        pytest.param("America/New_York", datetime(2026, 11, 23, 5, tzinfo=UTC), 24, id="west"),
        pytest.param("Asia/Kolkata", datetime(2026, 11, 22, 18, 30, tzinfo=UTC), 24, id="half"),
        pytest.param(
            "Asia/Kathmandu", datetime(2026, 11, 22, 18, 15, tzinfo=UTC), 24, id="quarter"
        ),
    ],
)
def test_a_day_is_the_lenders_own(zone: str, starts: datetime, hours: int) -> None:
    assert day_of(NOON, zone) == (starts, starts + timedelta(hours=hours))


def test_a_day_of_the_clocks_change_is_longer() -> None:
    starts, ends = day_of(datetime(2026, 11, 1, 12, tzinfo=UTC), "America/New_York")
    assert ends - starts == timedelta(hours=25)


async def test_a_day_of_the_log_is_of_one_lender_one_mode_and_one_day(
    db: asyncpg.Connection,
) -> None:
    assert await find_as_of(db) is None
    for tenant in ("acme", "harbor"):
        await count_a_day(db, tenant, now=NOON, wall_now=NOON)
    found = await read_day(db, "acme", starts=STARTS, ends=ENDS, mode="live")
    nothing = await read_day(db, "none", starts=STARTS, ends=ENDS, mode="live")

    assert found.verdicts == {"allowed": 40, "deferred": 6, "blocked": 4, "inbound": 3}
    assert found.states == {"delivered": 20, "failed": 12, "sent": 7, "reserved": 1}
    until = NOON + timedelta(hours=19)
    assert found.rules == [
        RuleRow("deferred", "us.scope.first_party_udaap", 6, until, until + timedelta(hours=2)),
        RuleRow("blocked", "engine.opt_out", 4, None, None),
    ]
    assert found.spent == [SpentRow("", 221_200)]
    assert sum(one.contacts for one in found.slots) == 53
    assert nothing == LogDay({}, {}, [], [], [])
    assert (nothing.allowed, nothing.deferred, nothing.blocked, nothing.inbound) == (0, 0, 0, 0)
    assert await find_as_of(db) == NOON


async def test_what_waits_is_counted_for_one_lender(db: Any) -> None:
    empty = await count_queues(db, "acme", starts=STARTS, now=NOON)
    for tenant, source, at, signals in (
        ("acme", "core", STARTS, 5),
        ("acme", "cards", NOON, 2),
        ("acme", "core", STARTS - timedelta(minutes=15), 70),
        ("harbor", "core", NOON, 900),
    ):
        await db.execute(
            "INSERT INTO signal_counts VALUES ($1, $2, $3, $4)", tenant, source, at, signals
        )
    minutes = timedelta(minutes=1)
    for number, (tenant, due_at, reason) in enumerate(
        [
            ("acme", NOON - 20 * minutes, ""),
            ("acme", NOON - minutes, "quiet_hours|x"),
            ("acme", NOON + minutes, ""),
            ("acme", ENDS, ""),
            ("harbor", NOON - 90 * minutes, ""),
        ]
    ):
        await db.execute(
            "INSERT INTO agenda VALUES ($1, $2, $3, $4)", tenant, number, due_at, reason
        )
        await db.execute(
            "INSERT INTO tasks (tenant_id, person_id, kind, ref, opened_at, due_at)"
            " VALUES ($1, $2, $3, 'r', $4, $5)",
            tenant, number, "reply_review" if number == 1 else "dispute", NOON - 30 * minutes, due_at,
        )  # fmt: skip
    found = await count_queues(db, "acme", starts=STARTS, now=NOON)
    work = await count_work(db, "acme", now=NOON)
    plan = await count_planned(db, "acme", ends=ENDS)

    assert (empty.signals, empty.due, empty.due_since) == (0, 0, None)
    assert (found.signals, found.due, found.due_since) == (7, 2, NOON - 20 * minutes)
    assert (work.tasks, work.overdue, work.replies) == (4, 2, 1)
    assert work.replies_since == NOON - 30 * minutes
    assert (plan.undecided, plan.next_due) == (2, NOON - 20 * minutes)
    assert MOST == 10_000


async def test_alerts_are_those_of_the_day_without_what_is_said_otherwise(db: Any) -> None:
    await add_trouble(db, "acme", now=NOON, wall_now=NOON)
    found = await list_todays_alerts(db, ["acme", "*"], starts=STARTS, without=[], limit=5)
    silent = [
        await list_todays_alerts(db, ["acme"], starts=STARTS, without=["source_silent"], limit=5),
        await list_todays_alerts(db, ["acme"], starts=ENDS, without=[], limit=5),
        await list_todays_alerts(db, ["harbor"], starts=STARTS, without=[], limit=5),
    ]

    assert [(one.kind, one.subject, one.times) for one in found] == [("source_silent", "core", 2)]
    assert silent == [[], [], []]
