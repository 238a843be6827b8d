"""What stands around one contact: the signal before it, the decision after it, seals and cost."""

from collections.abc import Sequence
from dataclasses import field
from datetime import datetime
from typing import Final

from outreach.domain.records import dataclass
from outreach.domain.sealing import SealedRow
from outreach.store.pool import Connection
from outreach.store.seals import Seal

# Signals that came while the row was being written aren't what it rests on: fewer are enough.
SQL_SIGNALS: Final = """
    SELECT signal_type, recorded_at, body
      FROM person_events
     WHERE person_id = $1
       AND recorded_at <= $2
       AND effect = 'applied'
  ORDER BY recorded_at DESC
     LIMIT $3
"""
SQL_LATER: Final = """
    SELECT event_id
      FROM contact_events
     WHERE person_id = $1
       AND event_id > $2
       AND kind = ANY($3::text[])
  ORDER BY event_id
     LIMIT 1
"""
SQL_ROWS: Final = """
    SELECT event_id, tenant_id, person_id, contact_id::text AS contact_id, kind, at, recorded_at,
           body
      FROM contact_events
     WHERE person_id = $1
       AND event_id = ANY($2::bigint[])
"""
SQL_SEALS: Final = """
    SELECT seal_id, sealed_at, event_ids, leaves, previous_root, root
      FROM seals
     WHERE sealed_at >= $2::timestamptz - interval '1 minute'
       AND sealed_at < $3::timestamptz + interval '1 hour'
       AND event_ids && $1::bigint[]
  ORDER BY sealed_at
     LIMIT 200
"""
SQL_COST: Final = """
    SELECT parts, cost_micros, price_micros, price_currency, provider
      FROM contacts
     WHERE person_id = $1
       AND contact_id = $2
"""


@dataclass(frozen=True, slots=True)
class SignalRow:
    """A signal that took effect; `body` is ciphertext."""

    signal_type: str
    recorded_at: datetime
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a contact cost, in millionths of a currency: estimated, and as charged where told."""

    parts: int
    estimate_micros: int
    price_micros: int | None
    price_currency: str | None
    account: str


async def list_signals(
    conn: Connection, person_id: int, until: datetime, *, limit: int
) -> list[SignalRow]:
    """Return signals about a person that took effect by a wall time, the newest first."""
    rows = await conn.fetch(SQL_SIGNALS, person_id, until, limit)
    return [SignalRow(*row.values()) for row in rows]


async def find_later(
    conn: Connection, person_id: int, event_id: int, kinds: Sequence[str]
) -> int | None:
    """Return a person's next row of some kinds behind one; None if there is none."""
    found = await conn.fetchval(SQL_LATER, person_id, event_id, list(kinds))
    return None if found is None else int(found)


async def list_sealed_rows(
    conn: Connection, person_id: int, event_ids: Sequence[int]
) -> list[SealedRow]:
    """Return rows of the log as they are hashed."""
    rows = await conn.fetch(SQL_ROWS, person_id, list(event_ids))
    return [SealedRow(**{**dict(row), "contact_id": row["contact_id"] or ""}) for row in rows]


async def list_seals_of(conn: Connection, rows: Sequence[SealedRow]) -> list[Seal]:
    """Return the checkpoints over rows that were made within an hour of the last of them."""
    times = [row.recorded_at for row in rows]
    ids = [row.event_id for row in rows]
    found = await conn.fetch(SQL_SEALS, ids, min(times), max(times))
    return [Seal(*row.values()) for row in found]


async def find_cost(conn: Connection, person_id: int, contact_id: object) -> Cost | None:
    """Return what a contact cost; None if there is no such contact."""
    row = await conn.fetchrow(SQL_COST, person_id, contact_id)
    return Cost(*row.values()) if row else None
