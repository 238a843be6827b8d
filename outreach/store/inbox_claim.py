"""Claiming inbox rows for folding: deleted in the transaction that folds them, or put back."""

from collections.abc import Sequence
from dataclasses import field
from datetime import UTC, date, datetime
from typing import Final

from outreach.domain.records import dataclass
from outreach.store.pool import Connection

# The inner select walks inbox_claim in order and skips what other workers hold; rows are then
# deleted by their address, so a batch costs no second look-up.
SQL_CLAIM: Final = """
    WITH claimed AS MATERIALIZED (
        SELECT tableoid AS part, ctid AS address
          FROM inbox
         WHERE not_before <= $1
           AND NOT needs_read
      ORDER BY lane, not_before, inbox_id
         LIMIT $2
           FOR UPDATE SKIP LOCKED
    )
    DELETE FROM inbox AS i
          USING claimed AS c
          WHERE i.tableoid = c.part
            AND i.ctid = c.address
      RETURNING i.inbox_id, i.received_at, i.tenant_id, i.source, i.lane, i.signal_type, i.digest,
                i.subjects, i.tries, i.body
"""
SQL_CLAIM_ONE: Final = """
    DELETE FROM inbox
     WHERE inbox_id = $1
       AND received_at = $2
 RETURNING inbox_id, received_at, tenant_id, source, lane, signal_type, digest, subjects, tries,
           body
"""
# A lease: whoever reads back has until then; a crash only delays the next try.
SQL_LEASE_READS: Final = """
    WITH due AS MATERIALIZED (
        SELECT tableoid AS part, ctid AS address
          FROM inbox
         WHERE not_before <= $1
           AND needs_read
      ORDER BY lane, not_before, inbox_id
         LIMIT $3
           FOR UPDATE SKIP LOCKED
    )
       UPDATE inbox AS i
          SET not_before = $2, tries = i.tries + 1
         FROM due AS d
        WHERE i.tableoid = d.part
          AND i.ctid = d.address
    RETURNING i.inbox_id, i.received_at, i.tenant_id, i.source, i.lane, i.signal_type, i.digest,
              i.subjects, i.tries, i.body
"""
SQL_PUT_BACK: Final = """
    INSERT INTO inbox (inbox_id, received_at, tenant_id, source, lane, signal_type, digest,
                       subjects, tries, body, not_before, needs_read)
    OVERRIDING SYSTEM VALUE
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, true)
"""
SQL_DELAY_READ: Final = """
    UPDATE inbox SET not_before = $3 WHERE inbox_id = $1 AND received_at = $2
"""
SQL_QUARANTINE: Final = """
    INSERT INTO quarantine (inbox_id, received_at, tenant_id, source, signal_type, digest,
                            subjects, reason, detail, day, body)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    ON CONFLICT (inbox_id) DO NOTHING
"""
# A source's count in all, and in the quarter of an hour for the console's first page.
SQL_HEARTBEAT: Final = """
    WITH told AS (
        SELECT *
          FROM unnest($1::text[], $2::text[], $3::bigint[]) AS t (tenant, source, signals)
    ), alive AS (
        INSERT INTO source_state AS s (tenant_id, source, last_signal_at, signals)
        SELECT tenant, source, $4::timestamptz, signals FROM told
        ON CONFLICT (tenant_id, source) DO UPDATE
           SET last_signal_at = greatest(s.last_signal_at, excluded.last_signal_at),
               signals = s.signals + excluded.signals
    )
    INSERT INTO signal_counts AS c (tenant_id, source, quarter_hour, signals)
    SELECT tenant, source, date_bin('15 minutes', $4::timestamptz, '2000-01-01Z'), signals FROM told
    ON CONFLICT (tenant_id, quarter_hour, source) DO UPDATE
       SET signals = c.signals + excluded.signals
"""


@dataclass(frozen=True, slots=True)
class ClaimedRow:
    """One inbox row taken for folding; `body` is ciphertext under the key of the lender's day."""

    inbox_id: int
    received_at: datetime
    tenant_id: str
    source: str
    lane: int
    signal_type: str
    digest: bytes
    subjects: list[bytes]
    tries: int
    body: bytes = field(repr=False)

    @property
    def day(self) -> date:
        """The day whose key encrypts `body` (UTC)."""
        return self.received_at.astimezone(UTC).date()


async def claim_rows(conn: Connection, *, wall_now: datetime, limit: int) -> list[ClaimedRow]:
    """Take rows that may be folded, lane 0 first; gone once the transaction commits."""
    return [ClaimedRow(*row.values()) for row in await conn.fetch(SQL_CLAIM, wall_now, limit)]


async def claim_row(conn: Connection, inbox_id: int, received_at: datetime) -> ClaimedRow | None:
    """Take one row; None if somebody else did."""
    row = await conn.fetchrow(SQL_CLAIM_ONE, inbox_id, received_at)
    return ClaimedRow(*row.values()) if row else None


async def lease_reads(
    conn: Connection, *, wall_now: datetime, until: datetime, limit: int
) -> list[ClaimedRow]:
    """Take rows whose platform has to be asked first, for ourselves until `until`."""
    rows = await conn.fetch(SQL_LEASE_READS, wall_now, until, limit)
    return [ClaimedRow(*row.values()) for row in rows]


async def put_back(conn: Connection, rows: Sequence[tuple[ClaimedRow, datetime]]) -> None:
    """Put claimed rows back to be read back from the platform, not before an instant."""
    for row, not_before in rows:
        await conn.execute(SQL_PUT_BACK, *_columns(row), not_before)


async def delay_read(conn: Connection, row: ClaimedRow, *, until: datetime) -> None:
    """Let a leased row wait for its next try."""
    await conn.execute(SQL_DELAY_READ, row.inbox_id, row.received_at, until)


async def quarantine_rows(conn: Connection, rows: Sequence[tuple[ClaimedRow, str, str]]) -> None:
    """Keep rows that can't take effect, with reason and detail (which name no person)."""
    await conn.executemany(
        SQL_QUARANTINE,
        [
            (
                row.inbox_id, row.received_at, row.tenant_id, row.source, row.signal_type,
                row.digest, row.subjects, reason, detail, row.day, row.body,
            )
            for row, reason, detail in rows
        ],
    )  # fmt: skip


async def note_heartbeats(
    conn: Connection, counts: dict[tuple[str, str], int], *, now: datetime
) -> None:
    """Count signals per (tenant, source) and remember that the source is alive."""
    rows = sorted((*key, count) for key, count in counts.items())
    if rows:
        columns = [list(column) for column in zip(*rows, strict=True)]
        await conn.execute(SQL_HEARTBEAT, *columns, now)


def _columns(row: ClaimedRow) -> tuple[object, ...]:
    return (
        row.inbox_id, row.received_at, row.tenant_id, row.source, row.lane, row.signal_type,
        row.digest, row.subjects, row.tries, row.body,
    )  # fmt: skip
