"""Replies that wait for a person: listing them, and what settling one changes.

Functions take a connection inside the caller's transaction and never commit.
"""

from datetime import datetime
from typing import Final

from outreach.domain.asked import ANY_PURPOSE
from outreach.domain.records import dataclass
from outreach.store.pool import Connection

SQL_OPEN: Final = """
    SELECT t.task_id, t.tenant_id, t.person_id, t.ref, t.opened_at, t.note, p.wrapped_key,
           EXISTS (SELECT 1
                     FROM holds AS h
                    WHERE h.person_id = t.person_id
                      AND h.kind = 'review'
                      AND h.case_ref = 'reply:' || t.ref
                      AND h.released_at IS NULL) AS holds
      FROM tasks AS t
           JOIN persons AS p USING (person_id)
     WHERE t.kind = $1
       AND t.done_at IS NULL
       AND ($2::text IS NULL OR t.tenant_id = $2)
       AND ($3::bigint IS NULL OR t.task_id = $3)
  ORDER BY t.opened_at, t.task_id
     LIMIT $4
"""

SQL_CLOSE: Final = """
    UPDATE tasks
       SET state = 'done', done_at = $4, outcome = $5
     WHERE person_id = $1
       AND kind = $2
       AND ref = $3
"""

SQL_OTHERS: Final = """
    SELECT count(*) FROM tasks WHERE person_id = $1 AND kind = $2 AND ref <> $3
"""

SQL_INBOUND: Final = """
    SELECT body FROM contact_events WHERE person_id = $1 AND kind = 'inbound' ORDER BY event_id
"""

SQL_UNSUPPRESS: Final = """
    DELETE FROM suppressions AS s
     WHERE s.tenant_id = $1
       AND s.address_hmac IN (SELECT e.address_hmac FROM endpoints AS e WHERE e.person_id = $2)
       AND s.origin = 'reply'
       AND starts_with(s.evidence, $3)
"""

SQL_UNREVOKE: Final = """
    DELETE FROM consents WHERE person_id = $1 AND purpose = $2 AND status = 'revoked'
"""

# Later than the word that placed it, or it wouldn't lift it.
SQL_RELEASE: Final = """
    UPDATE holds
       SET freed_at = greatest($4, version_at + interval '1 microsecond'),
           released_at = greatest($4, version_at + interval '1 microsecond')
     WHERE person_id = $1
       AND case_ref = $2
       AND kind = ANY($3::text[])
       AND released_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class OpenReview:
    """A task to read a reply. `note` is ciphertext under the person's key; see `store.tasks`.

    `holds` is whether it keeps a channel closed meanwhile.
    """

    task_id: int
    tenant_id: str
    person_id: int
    ref: str
    opened_at: datetime
    note: bytes | None
    wrapped_key: bytes | None
    holds: bool


async def list_open(
    conn: Connection, kind: str, tenant: str | None, *, limit: int
) -> list[OpenReview]:
    """Return open reviews, the oldest first; of one lender or of all."""
    return [
        OpenReview(*row.values()) for row in await conn.fetch(SQL_OPEN, kind, tenant, None, limit)
    ]


async def find_open(conn: Connection, kind: str, task_id: int) -> OpenReview | None:
    """Return one open review."""
    rows = await conn.fetch(SQL_OPEN, kind, None, task_id, 1)
    return OpenReview(*rows[0].values()) if rows else None


async def close_review(
    conn: Connection, kind: str, row: OpenReview, outcome: str, *, at: datetime
) -> None:
    """Mark a review as done."""
    await conn.execute(SQL_CLOSE, row.person_id, kind, row.ref, at, outcome)


async def count_others(conn: Connection, kind: str, row: OpenReview) -> int:
    """Count a person's other reviews, settled ones included."""
    return int(await conn.fetchval(SQL_OTHERS, row.person_id, kind, row.ref))


async def list_inbound(conn: Connection, person_id: int) -> list[bytes]:
    """Return the log's bodies of everything that came in from a person, oldest first."""
    return [row["body"] for row in await conn.fetch(SQL_INBOUND, person_id)]


async def take_back(conn: Connection, row: OpenReview) -> None:
    """Delete what a reply bound, where it is the only request that the person ever made."""
    evidence = f"reply {row.ref}:"
    await conn.execute(SQL_UNSUPPRESS, row.tenant_id, row.person_id, evidence)
    await conn.execute(SQL_UNREVOKE, row.person_id, ANY_PURPOSE)


async def release_holds(
    conn: Connection, row: OpenReview, kinds: tuple[str, ...], *, at: datetime
) -> None:
    """Release the holds that one reply placed."""
    await conn.execute(SQL_RELEASE, row.person_id, f"reply:{row.ref}", list(kinds), at)
