"""Who asked that somebody be erased, who decided, and the erasing itself: the key goes.

Everything that was sealed under the key stays where it is, and its hashes stay valid; nobody can
read it. Opt-outs of an address stay: they bind whoever has it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from outreach.domain.records import dataclass
from outreach.store.contact_log_lines import forget_addresses
from outreach.store.pool import Connection

SQL_ASK: Final = """
    INSERT INTO erasures (tenant_id, person_id, because, asked_by, asked_at)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT DO NOTHING
 RETURNING person_id
"""
SQL_ROW: Final = """
    SELECT e.tenant_id, e.person_id, e.because, e.asked_by, e.asked_at,
           (SELECT min(r.ref) FROM external_refs AS r
             WHERE r.person_id = e.person_id AND r.kind = 'borrower') AS borrower
      FROM erasures AS e
     WHERE e.outcome = 'open'
"""
SQL_OPEN: Final = SQL_ROW + " AND e.tenant_id = ANY($1::text[]) ORDER BY e.asked_at LIMIT $2"
SQL_FIND: Final = SQL_ROW + " AND e.person_id = $1"
SQL_DECIDE: Final = """
    UPDATE erasures
       SET outcome = $2, decided_by = $3, decided_at = $4
     WHERE person_id = $1
       AND outcome = 'open'
"""
SQL_DESTROY_KEY: Final = """
    UPDATE persons
       SET wrapped_key = NULL, profile = NULL, locale = NULL, declared_zone = NULL,
           residence = NULL
     WHERE person_id = $1
"""
SQL_DROP_ENDPOINTS: Final = "DELETE FROM endpoints WHERE person_id = $1"
SQL_DROP_CONSENTS: Final = "DELETE FROM consents WHERE person_id = $1"
SQL_DROP_PREFERENCES: Final = "DELETE FROM preferences WHERE person_id = $1"
SQL_DROP_RECORDS: Final = "DELETE FROM records WHERE person_id = $1"
SQL_DROP_HOLDS: Final = "DELETE FROM holds WHERE person_id = $1"
SQL_END_TASKS: Final = """
    UPDATE tasks
       SET state = CASE WHEN done_at IS NULL THEN 'canceled' ELSE state END,
           outcome = CASE WHEN done_at IS NULL THEN 'erased' ELSE outcome END,
           done_at = coalesce(done_at, $2),
           note = NULL
     WHERE person_id = $1
"""
SQL_RETIRE: Final = """
    UPDATE agenda SET due_at = 'infinity', reason = 'dispatch.erased' WHERE person_id = $1
"""
_DROPS: Final = (
    SQL_DESTROY_KEY, SQL_DROP_ENDPOINTS, SQL_DROP_CONSENTS, SQL_DROP_PREFERENCES,
    SQL_DROP_RECORDS, SQL_DROP_HOLDS, SQL_RETIRE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ErasureAsked:
    """A request that waits for a second person. `borrower` is the platform's reference."""

    tenant_id: str
    person_id: int
    because: str
    asked_by: str
    asked_at: datetime
    borrower: str | None


async def ask_erasure(
    conn: Connection, tenant: str, person_id: int, because: str, *, by: str, at: datetime
) -> bool:
    """Ask for somebody's erasure; False: it was asked for already."""
    return await conn.fetchval(SQL_ASK, tenant, person_id, because, by, at) is not None


async def list_asked(conn: Connection, tenants: Sequence[str], *, limit: int) -> list[ErasureAsked]:
    """Return what waits for a second person, the oldest first."""
    return [ErasureAsked(*row.values()) for row in await conn.fetch(SQL_OPEN, list(tenants), limit)]


async def find_asked(conn: Connection, person_id: int) -> ErasureAsked | None:
    """Return the request about a person that nobody has decided on."""
    row = await conn.fetchrow(SQL_FIND, person_id)
    return None if row is None else ErasureAsked(*row.values())


async def decide_erasure(
    conn: Connection, person_id: int, outcome: str, *, by: str, at: datetime
) -> None:
    """Note who decided, and what."""
    await conn.execute(SQL_DECIDE, person_id, outcome, by, at)


async def erase(conn: Connection, person_id: int, *, at: datetime) -> None:
    """Destroy a person's key and whatever else tells of them in the clear; the person is locked."""
    for statement in _DROPS:
        await conn.execute(statement, person_id)
    await conn.execute(SQL_END_TASKS, person_id, at)
    await forget_addresses(conn, person_id)
