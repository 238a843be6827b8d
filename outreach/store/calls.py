"""What calls read and write besides their contacts: scripts, answers, calls that ring."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from outreach.domain.records import dataclass
from outreach.store.pool import Connection
from outreach.store.receipts import Cancelable

SQL_SCRIPT: Final = """
    SELECT c.tenant_id, c.delivery_state, p.wrapped_key, e.body
      FROM contacts AS c
           JOIN persons AS p USING (person_id)
           JOIN contact_events AS e
                ON e.person_id = c.person_id AND e.contact_id = c.contact_id AND e.kind = 'decided'
     WHERE c.person_id = $1 AND c.contact_id = $2 AND c.channel = 'call'
  ORDER BY e.event_id DESC
     LIMIT 1
"""

SQL_DEBTS: Final = "SELECT debts FROM contacts WHERE person_id = $1 AND contact_id = $2"

SQL_WRONG_PARTY: Final = """
    UPDATE endpoints AS e
       SET status = 'wrong_party'
      FROM unnest($1::bigint[], $2::bytea[]) AS t (person, address)
     WHERE e.person_id = t.person AND e.address_hmac = t.address AND e.status <> 'wrong_party'
"""

SQL_DISPOSE: Final = """
    UPDATE contacts AS c
       SET disposition = t.disposition
      FROM unnest($1::bigint[], $2::uuid[], $3::text[]) AS t (person, contact, disposition)
     WHERE c.person_id = t.person AND c.contact_id = t.contact
"""

# A call that its person has answered (`read`) goes on: they know by now what it is about. A message
# that its carrier has is beyond recall.
SQL_UNDER_WAY: Final = """
    SELECT person_id, contact_id, provider, provider_ref
      FROM contacts
     WHERE person_id = ANY($1::bigint[])
       AND (delivery_state IN ('accepted', 'queued')
            OR (channel = 'call' AND delivery_state IN ('sending', 'sent')))
       AND send_before > $2
       AND provider_ref IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class DecidedCall:
    """A call with the encrypted row of its decision; `wrapped_key` None: the person was erased."""

    tenant_id: str
    delivery_state: str
    wrapped_key: bytes | None
    body: bytes


async def find_decided_call(conn: Connection, person_id: int, contact: UUID) -> DecidedCall | None:
    """Return a call's decision; None if there is no such call."""
    row = await conn.fetchrow(SQL_SCRIPT, person_id, contact)
    return DecidedCall(*row.values()) if row else None


async def list_debts(conn: Connection, person_id: int, contact: UUID) -> Sequence[int]:
    """Return the loans that a contact is about."""
    return list(await conn.fetchval(SQL_DEBTS, person_id, contact) or ())


async def mark_wrong_party(conn: Connection, rows: Collection[tuple[int, bytes]]) -> None:
    """Note that (person, address) pairs reach somebody else: that person isn't sought there."""
    if rows:
        persons, addresses = zip(*sorted(rows), strict=True)
        await conn.execute(SQL_WRONG_PARTY, list(persons), list(addresses))


async def set_dispositions(conn: Connection, told: Mapping[tuple[int, UUID], str]) -> None:
    """Write what came of calls, by (person, contact)."""
    if told:
        persons, contacts = zip(*told, strict=True)
        await conn.execute(SQL_DISPOSE, list(persons), list(contacts), list(told.values()))


async def list_under_way(
    conn: Connection, persons: Collection[int], *, since: datetime
) -> list[Cancelable]:
    """Return these persons' calls that nobody answered yet and messages that no carrier has yet.

    Args:
        conn: Any connection.
        persons: Whose.
        since: Wall time of the hand-off from which on they may still be under way.
    """
    rows = await conn.fetch(SQL_UNDER_WAY, sorted(persons), since) if persons else ()
    return [Cancelable(*row.values()) for row in rows]
