"""The inbox: signals as they came, stored once. Functions take a connection and never commit."""

from collections.abc import Sequence
from dataclasses import field
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final

import msgspec

from outreach.domain.records import dataclass
from outreach.store.pool import Connection

_DIGEST_BYTES: Final = 16
CONFLICT: Final = "conflict"
"""Quarantine reason of a signal whose id was used before for another body."""


class Stored(StrEnum):
    """What became of one signal at the door."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"


class NewSignal(msgspec.Struct, frozen=True):
    """One row to be; `body` is ciphertext, `received_at` and `not_before` are wall time.

    `subjects` are the 16-byte digests of whom it is about, one after the other.
    """

    received_at: datetime
    tenant: str
    source: str
    lane: int
    type: str
    digest: bytes
    fingerprint: bytes
    subjects: bytes
    not_before: datetime
    body: bytes

    def __repr__(self) -> str:
        return f"<NewSignal {self.source} {self.type}>"

    @property
    def conflict_digest(self) -> bytes:
        """Key under which this very contradiction is kept once, however often it is sent."""
        return sha256(b"conflict" + self.digest + self.fingerprint).digest()[:_DIGEST_BYTES]


# One statement, so that a key can't be taken without its row. Two rows of one call never share a
# digest. What was known before is asked for separately: it is rare, and a key taken by a
# transaction that committed while this one waited isn't visible to this one.
SQL_STORE: Final = """
    WITH incoming AS MATERIALIZED (
        SELECT *
          FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::smallint[], $5::text[],
                      $6::bytea[], $7::bytea[], $8::bytea[], $9::timestamptz[], $10::bytea[])
               AS row (received_at, tenant_id, source, lane, signal_type, digest, fingerprint,
                       subjects, not_before, body)
    ), taken AS (
        INSERT INTO signal_keys (digest, body_hash, seen_at)
        SELECT digest, fingerprint, received_at FROM incoming
        ON CONFLICT (digest) DO NOTHING
        RETURNING digest
    ), stored AS (
        INSERT INTO inbox (received_at, tenant_id, source, lane, signal_type, digest, subjects,
                           not_before, body)
        SELECT received_at, tenant_id, source, lane, signal_type, digest,
               ARRAY(SELECT substring(subjects FROM at FOR 16)
                       FROM generate_series(1, length(subjects), 16) AS at),
               not_before, body
          FROM incoming
          JOIN taken USING (digest)
    )
    SELECT digest FROM taken
"""
SQL_KNOWN: Final = "SELECT digest, body_hash FROM signal_keys WHERE digest = ANY($1::bytea[])"
SQL_TAKE_CONFLICT: Final = """
    INSERT INTO signal_keys (digest, body_hash, seen_at) VALUES ($1, $2, $3)
    ON CONFLICT (digest) DO NOTHING
    RETURNING digest
"""
SQL_QUARANTINE: Final = """
    INSERT INTO quarantine (inbox_id, received_at, tenant_id, source, signal_type, digest, subjects,
                            reason, detail, day, body)
    VALUES (nextval(pg_get_serial_sequence('inbox', 'inbox_id')), $1, $2, $3, $4, $5, $6, $7, $8,
            $9, $10)
    RETURNING inbox_id
"""
SQL_ALERT: Final = """
    INSERT INTO alerts (tenant_id, kind, subject, first_at, last_at, detail)
    VALUES ($1, $2, $3, $4, $4, $5)
    ON CONFLICT (tenant_id, kind, subject) DO UPDATE
       SET count = alerts.count + 1, last_at = excluded.last_at, detail = excluded.detail
"""
SQL_LIST_PENDING: Final = """
    SELECT inbox_id, received_at, tenant_id, source, signal_type, lane, tries, not_before
      FROM inbox
     WHERE $1::text IS NULL OR tenant_id = $1
  ORDER BY inbox_id DESC
     LIMIT $2
"""
SQL_LIST_QUARANTINED: Final = """
    SELECT inbox_id, received_at, tenant_id, source, signal_type, reason, detail
      FROM quarantine
     WHERE $1::text IS NULL OR tenant_id = $1
  ORDER BY received_at DESC
     LIMIT $2
"""
SQL_FIND: Final = """
    SELECT inbox_id, received_at, tenant_id, source, signal_type, '' AS reason, '' AS detail,
           (received_at AT TIME ZONE 'UTC')::date AS day, body, tries
      FROM inbox
     WHERE inbox_id = $1
 UNION ALL
    SELECT inbox_id, received_at, tenant_id, source, signal_type, reason, detail, day, body,
           0::smallint
      FROM quarantine
     WHERE inbox_id = $1
"""
# The row keeps its number and its day, under whose key it is encrypted; its tries start again.
SQL_REPLAY: Final = """
    WITH back AS (
        DELETE FROM quarantine WHERE inbox_id = $1 RETURNING *
    )
    INSERT INTO inbox (inbox_id, received_at, tenant_id, source, lane, signal_type, digest,
                       subjects, not_before, body)
    OVERRIDING SYSTEM VALUE
    SELECT inbox_id, received_at, tenant_id, source, $2, signal_type, digest, subjects, $3, body
      FROM back
 RETURNING inbox_id
"""


async def store_signals(conn: Connection, rows: Sequence[NewSignal]) -> dict[bytes, bytes | None]:
    """Insert rows of different digests whose keys are new, sorted so that writers never deadlock.

    Returns:
        By digest: None where the row was stored, else the fingerprint stored before.
    """
    ordered = sorted(rows, key=lambda row: row.digest)
    found = await conn.fetch(
        SQL_STORE,
        [row.received_at for row in ordered],
        [row.tenant for row in ordered],
        [row.source for row in ordered],
        [row.lane for row in ordered],
        [row.type for row in ordered],
        [row.digest for row in ordered],
        [row.fingerprint for row in ordered],
        [row.subjects for row in ordered],
        [row.not_before for row in ordered],
        [row.body for row in ordered],
    )
    known: dict[bytes, bytes | None] = {row["digest"]: None for row in found}
    seen = [row.digest for row in ordered if row.digest not in known]
    if seen:
        known.update({row["digest"]: row["body_hash"] for row in await conn.fetch(SQL_KNOWN, seen)})
    return known


async def quarantine_conflict(conn: Connection, row: NewSignal, *, day: date) -> bool:
    """Keep a second body under a used id, once, with an alert; False if it was kept before."""
    if (
        await conn.fetchval(
            SQL_TAKE_CONFLICT, row.conflict_digest, row.fingerprint, row.received_at
        )
        is None
    ):
        return False
    detail = "this id came before with another body; the first one stands"
    await conn.execute(
        SQL_QUARANTINE,
        row.received_at,
        row.tenant,
        row.source,
        row.type,
        row.digest,
        [
            row.subjects[at : at + _DIGEST_BYTES]
            for at in range(0, len(row.subjects), _DIGEST_BYTES)
        ],
        CONFLICT,
        detail,
        day,
        row.body,
    )
    await conn.execute(
        SQL_ALERT, row.tenant, "signal_conflict", row.source, row.received_at, detail
    )
    return True


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One row as operators see it; `reason` is empty while it is only waiting."""

    inbox_id: int
    received_at: datetime
    tenant: str
    source: str
    type: str
    reason: str
    detail: str
    tries: int
    day: date | None = None
    body: bytes = field(default=b"", repr=False)


async def list_pending(conn: Connection, tenant: str | None, *, limit: int) -> list[InboxRow]:
    """Return waiting rows, newest first."""
    return [
        InboxRow(
            r["inbox_id"],
            r["received_at"],
            r["tenant_id"],
            r["source"],
            r["signal_type"],
            "",
            "",
            r["tries"],
        )
        for r in await conn.fetch(SQL_LIST_PENDING, tenant, limit)
    ]


async def list_quarantined(conn: Connection, tenant: str | None, *, limit: int) -> list[InboxRow]:
    """Return rows that can't take effect, newest first."""
    return [
        InboxRow(
            r["inbox_id"],
            r["received_at"],
            r["tenant_id"],
            r["source"],
            r["signal_type"],
            r["reason"],
            r["detail"],
            0,
        )
        for r in await conn.fetch(SQL_LIST_QUARANTINED, tenant, limit)
    ]


async def find_row(conn: Connection, inbox_id: int) -> InboxRow | None:
    """Return one row with its ciphertext, waiting or in quarantine."""
    r = await conn.fetchrow(SQL_FIND, inbox_id)
    if r is None:
        return None
    return InboxRow(
        r["inbox_id"],
        r["received_at"],
        r["tenant_id"],
        r["source"],
        r["signal_type"],
        r["reason"],
        r["detail"],
        r["tries"],
        r["day"],
        r["body"],
    )


async def replay_row(conn: Connection, inbox_id: int, *, lane: int, now: datetime) -> bool:
    """Move a row out of quarantine with a new try, due at once; False if it isn't there.

    Args:
        conn: Inside the caller's transaction.
        inbox_id: The row's number, which it keeps.
        lane: Of its type, since quarantine doesn't keep it.
        now: Wall time.
    """
    return await conn.fetchval(SQL_REPLAY, inbox_id, lane, now) is not None
