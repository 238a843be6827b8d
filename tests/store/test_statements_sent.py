"""A request for a statement is done while a message that answers it is on its way, else it waits."""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, cast

import asyncpg

from outreach.store.pool import Connection
from outreach.store.statements_sent import OUTCOME, follow_statements
from tests.store.book_of_loans import TENANT, BookOfLoans

AT = datetime(2026, 2, 3, 12, tzinfo=UTC)


async def look(db: asyncpg.Connection, state: str, **told: Any) -> tuple[str, str, bool]:
    """Set the state of the first contact, follow it, and return how the request stands."""
    await db.execute(
        "UPDATE contacts SET delivery_state = $1 WHERE try = 1 AND provider = 'twilio'", state
    )
    rows = await db.fetch("SELECT person_id, contact_id FROM contacts ORDER BY try")
    named = [(row["person_id"], row["contact_id"]) for row in rows]
    await follow_statements(cast("Connection", db), named[: told.get("most", 9)], now=AT)
    row = await db.fetchrow("SELECT state, outcome, done_at FROM tasks WHERE ref = 'st-1'")
    assert row is not None
    return row["state"], row["outcome"], row["done_at"] == AT


async def test_a_request_follows_the_messages_that_answer_it(db: asyncpg.Connection) -> None:
    book = BookOfLoans(db)
    loan = await book.loan()
    for ref in ("st-1", "st-2"):
        await db.execute(
            "INSERT INTO tasks (tenant_id, person_id, kind, ref, opened_at, assignee, state)"
            " VALUES ($1, $2, 'statement', $3, $4, $5, $6)",
            TENANT, loan, ref, AT, "Ann" if ref == "st-1" else None,
            "taken" if ref == "st-1" else "open",
        )  # fmt: skip
    about = {"occurrence": f"statement:{sha256(b'st-1').hexdigest()[:16]}", "step": "statement"}
    await book.contact(loan, 0, AT, **about)
    assert await follow_nobody(db)

    assert await look(db, "reserved") == ("taken", "", False)
    assert await look(db, "unknown") == ("taken", "", False)
    assert await look(db, "accepted") == ("done", OUTCOME, True)
    assert await look(db, "delivered") == ("done", OUTCOME, True)
    assert await look(db, "undelivered") == ("taken", "", False)
    # The next way is tried: the late word on the first changes nothing any more.
    await book.contact(loan, 0, AT, **about, **{"try": 2, "channel": "email"})
    assert await look(db, "undelivered") == ("done", OUTCOME, True)
    assert await look(db, "failed", most=1) == ("done", OUTCOME, True)
    other = await db.fetchval("SELECT state FROM tasks WHERE ref = 'st-2'")
    assert other == "open"


async def test_what_people_closed_stays_and_what_is_simulated_closes_nothing(
    db: asyncpg.Connection,
) -> None:
    book = BookOfLoans(db)
    loan = await book.loan()
    about = {"occurrence": f"statement:{sha256(b'st-1').hexdigest()[:16]}", "step": "statement"}
    await db.execute(
        "INSERT INTO tasks (tenant_id, person_id, kind, ref, opened_at)"
        " VALUES ($1, $2, 'statement', 'st-1', $3)",
        TENANT, loan, AT,
    )  # fmt: skip
    await book.contact(loan, 0, AT, **about, provider="simulated")
    assert await look(db, "sent") == ("open", "", False)

    await db.execute("UPDATE tasks SET state = 'done', outcome = 'told', done_at = opened_at")
    assert await look(db, "failed") == ("done", "told", True)


async def follow_nobody(db: asyncpg.Connection) -> bool:
    """Follow no contact at all: no statement is run."""
    await follow_statements(cast("Connection", db), [], now=AT)
    done: int = await db.fetchval("SELECT count(*) FROM tasks WHERE done_at IS NOT NULL")
    return done == 0
