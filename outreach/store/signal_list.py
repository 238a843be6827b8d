"""What came in, as people look for it: newest first, by keyset, one lender's, each statement short.

Times are wall time: that is what rows are kept by.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from outreach.store.inbox_claim import ClaimedRow
from outreach.store.pool import Connection

FIRST: Final = 2**62
"""Above every row's number."""
MOST: Final = 10_000
"""Rows that are counted one by one."""

SQL_QUARANTINED: Final = """
    SELECT inbox_id, received_at, source, signal_type, reason, detail, 0::smallint AS tries,
           NULL::timestamptz AS not_before
      FROM quarantine
     WHERE tenant_id = $1
       AND ($2 = '' OR source = $2)
       AND ($3 = '' OR signal_type = $3)
       AND ($4 = '' OR reason = $4)
       AND (received_at, inbox_id) < ($5::timestamptz, $6::bigint)
  ORDER BY received_at DESC, inbox_id DESC
     LIMIT $7
"""
# Late: it was looked at in vain, or nobody looked for longer than they should take.
SQL_WAITING: Final = """
    SELECT inbox_id, received_at, source, signal_type, '' AS reason, '' AS detail, tries,
           not_before
      FROM inbox
     WHERE tenant_id = $1
       AND ($2 = '' OR source = $2)
       AND ($3 = '' OR signal_type = $3)
       AND ($4::timestamptz IS NULL OR tries > 0 OR received_at < $4)
       AND (received_at, inbox_id) < ($5::timestamptz, $6::bigint)
  ORDER BY received_at DESC, inbox_id DESC
     LIMIT $7
"""
# Of receipts only those that couldn't be matched with a contact, or not yet.
SQL_RECEIPTS: Final = """
    SELECT callback_id, received_at, provider, kind, attempt, tries, not_before = 'infinity'
      FROM callbacks
     WHERE tenant_id = $1
       AND ($2 = '' OR provider = $2)
       AND (tries > 0 OR not_before = 'infinity')
       AND (received_at, callback_id) < ($3::timestamptz, $4::bigint)
  ORDER BY received_at DESC, callback_id DESC
     LIMIT $5
"""
SQL_SOURCES: Final = """
    WITH named AS (
        SELECT unnest($2::text[]) AS source
         UNION SELECT source FROM source_state WHERE tenant_id = $1
    ), today AS (
        SELECT source, sum(signals)::bigint AS signals FROM signal_counts
         WHERE tenant_id = $1 AND quarter_hour >= $3 GROUP BY source
    ), refused AS (
        SELECT source, count(*) AS signals
          FROM (SELECT source FROM quarantine WHERE tenant_id = $1 LIMIT $4) AS q GROUP BY source
    ), waiting AS (
        SELECT source, count(*) AS signals
          FROM (SELECT source FROM inbox WHERE tenant_id = $1 LIMIT $4) AS i GROUP BY source
    )
    SELECT n.source, s.last_signal_at, coalesce(t.signals, 0) AS today,
           coalesce(r.signals, 0) AS refused, coalesce(w.signals, 0) AS waiting
      FROM named AS n
           LEFT JOIN source_state AS s ON s.tenant_id = $1 AND s.source = n.source
           LEFT JOIN today AS t ON t.source = n.source
           LEFT JOIN refused AS r ON r.source = n.source
           LEFT JOIN waiting AS w ON w.source = n.source
  ORDER BY n.source
"""
SQL_TAKE: Final = """
    DELETE FROM quarantine
     WHERE tenant_id = $1 AND inbox_id = ANY($2::bigint[])
 RETURNING inbox_id, received_at, tenant_id, source, signal_type, digest, subjects, reason, body
"""
SQL_REASONS: Final = """
    SELECT inbox_id, reason, detail FROM quarantine WHERE inbox_id = ANY($1::bigint[])
"""


class SignalRow(NamedTuple):
    """One signal that waits or could not take effect; `reason` is empty while it only waits."""

    inbox_id: int
    received_at: datetime
    source: str
    type: str
    reason: str
    detail: str
    tries: int
    not_before: datetime | None


class ReceiptRow(NamedTuple):
    """One provider's callback that nobody could match with a contact; parked: for good."""

    callback_id: int
    received_at: datetime
    provider: str
    kind: str
    attempt: str | None
    tries: int
    is_parked: bool


class SourceRow(NamedTuple):
    """One source: when it was last heard of (business time), and how many of its signals are where.

    `refused` and `waiting` are counted up to `MOST` of the lender's in all.
    """

    source: str
    last_signal_at: datetime | None
    today: int
    refused: int
    waiting: int


class Asked(NamedTuple):
    """What is looked for, and the row after which to go on; "" is any."""

    tenant: str
    source: str
    type: str
    reason: str
    before: tuple[datetime, int]


async def list_quarantined(conn: Connection, asked: Asked, *, limit: int) -> list[SignalRow]:
    """Return signals that could not take effect."""
    rows = await conn.fetch(SQL_QUARANTINED, *asked[:4], *asked.before, limit)
    return [SignalRow(*row.values()) for row in rows]


async def list_waiting(
    conn: Connection, asked: Asked, *, late_since: datetime | None, limit: int
) -> list[SignalRow]:
    """Return signals that wait; with `late_since` only those that wait since before, or in vain."""
    rows = await conn.fetch(SQL_WAITING, *asked[:3], late_since, *asked.before, limit)
    return [SignalRow(*row.values()) for row in rows]


async def list_receipts(conn: Connection, asked: Asked, *, limit: int) -> list[ReceiptRow]:
    """Return callbacks that no contact was found for; `source` is the provider account."""
    rows = await conn.fetch(SQL_RECEIPTS, *asked[:2], *asked.before, limit)
    return [ReceiptRow(*row.values()) for row in rows]


async def list_sources(
    conn: Connection, tenant: str, configured: Sequence[str], *, starts: datetime
) -> list[SourceRow]:
    """Return a lender's sources, configured or heard of; `starts` is when its day began."""
    rows = await conn.fetch(SQL_SOURCES, tenant, list(configured), starts, MOST + 1)
    return [SourceRow(*row.values()) for row in rows]


async def take_quarantined(
    conn: Connection, tenant: str, inbox_ids: Sequence[int]
) -> list[tuple[ClaimedRow, str]]:
    """Take rows out of quarantine, for a trial: as claimed, with why they had been set aside."""
    rows = await conn.fetch(SQL_TAKE, tenant, sorted(set(inbox_ids)))
    return [
        (
            ClaimedRow(
                inbox_id=row["inbox_id"],
                received_at=row["received_at"],
                tenant_id=row["tenant_id"],
                source=row["source"],
                lane=0,
                signal_type=row["signal_type"],
                digest=row["digest"],
                subjects=row["subjects"],
                tries=0,
                body=row["body"],
            ),
            row["reason"],
        )
        for row in rows
    ]


async def list_reasons(conn: Connection, inbox_ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Return (reason, detail) of those rows that are in quarantine."""
    rows = await conn.fetch(SQL_REASONS, list(inbox_ids))
    return {row["inbox_id"]: (row["reason"], row["detail"]) for row in rows}
