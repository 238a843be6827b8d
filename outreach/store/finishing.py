"""Messages that have run their course and whose price or privacy is still to be settled."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from outreach.domain.records import dataclass
from outreach.store.pool import Connection

# Taking a row counts the question, so that no two workers ask for the same one, and each later one
# waits longer. A message that nobody reports on any more (`sent`) is asked for after an hour.
SQL_CLAIM: Final = """
    WITH picked AS (
        SELECT person_id, contact_id
          FROM contacts
         WHERE send_before > $1 AND send_before < $2
           AND provider = ANY($3::text[])
           AND provider_ref IS NOT NULL
           AND finished BETWEEN 0 AND cardinality($5::interval[]) - 1
           AND (price_micros IS NULL OR provider = ANY($4::text[]))
           AND $2 - send_before >= ($5::interval[])[finished + 1]
           AND (ended_at IS NOT NULL OR $2 - send_before > interval '1 hour')
      ORDER BY send_before
         LIMIT $6
           FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE contacts AS c
       SET finished = c.finished + 1
      FROM picked AS p
     WHERE c.person_id = p.person_id AND c.contact_id = p.contact_id
 RETURNING c.tenant_id, c.person_id, c.contact_id, c.provider, c.provider_ref, c.finished
"""
SQL_DONE: Final = """
    UPDATE contacts SET finished = -1 WHERE person_id = $1 AND contact_id = $2
"""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """One message to ask a vendor about; `times` counts this question too."""

    tenant_id: str
    person_id: int
    contact_id: UUID
    account: str
    ref: str
    times: int


async def claim_unfinished(
    conn: Connection,
    accounts: Collection[str],
    redacting: Collection[str],
    *,
    since: datetime,
    wall_now: datetime,
    waits: Sequence[timedelta],
    limit: int,
) -> list[Unfinished]:
    """Take messages whose next question is due.

    Args:
        conn: Inside a transaction.
        accounts: Those that can be asked.
        redacting: Those of them that are to forget the words, whether or not a price is known.
        since: How far back to look, by `send_before` (wall time).
        wall_now: Wall time.
        waits: Since the hand-off, until the first question, the second and so on; then none.
        limit: Most messages to take.
    """
    rows = await conn.fetch(
        SQL_CLAIM, since, wall_now, sorted(accounts), sorted(redacting), list(waits), limit
    )
    return [Unfinished(*row.values()) for row in rows]


async def mark_finished(conn: Connection, person_id: int, contact_id: UUID) -> None:
    """Remember that nothing more is to be asked about a message."""
    await conn.execute(SQL_DONE, person_id, contact_id)
