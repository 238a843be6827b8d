"""Contacts whose fate nobody knows: reserved and never settled, or without a provider's answer."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from outreach.domain.records import dataclass
from outreach.store.pool import Connection

FINAL_CODE: Final = "unknown_not_found"
"""Error code of an unknown contact that its provider doesn't list: it counts, and stays so."""

# `settled_at` of such a contact is the time of its last look-up, so that the wait doubles without
# a column for it. Taking a row moves it on, so that no two workers look the same one up.
SQL_CLAIM: Final = """
    WITH picked AS (
        SELECT person_id, contact_id, delivery_state
          FROM contacts
         WHERE send_before > $1 AND send_before < $2
           AND (delivery_state = 'reserved'
                OR (delivery_state = 'unknown'
                    AND error_code IS DISTINCT FROM 'unknown_not_found'
                    AND $3 - settled_at >= greatest($4::interval, settled_at - send_before)))
      ORDER BY send_before
         LIMIT $5
           FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE contacts AS c
       SET delivery_state = 'unknown', settled_at = $3
      FROM picked AS p
     WHERE c.person_id = p.person_id AND c.contact_id = p.contact_id
 RETURNING c.tenant_id, c.person_id, c.contact_id, c.channel, c.provider, c.sender, c.address_hmac,
           c.send_before, c.provider_ref, p.delivery_state = 'reserved' AS orphaned
"""

SQL_DECIDED: Final = """
    SELECT DISTINCT ON (e.person_id, e.contact_id) e.person_id, e.contact_id, e.body
      FROM contact_events AS e
           JOIN unnest($1::bigint[], $2::uuid[]) AS t (person_id, contact_id)
                ON e.person_id = t.person_id AND e.contact_id = t.contact_id
     WHERE e.kind = 'decided'
  ORDER BY e.person_id, e.contact_id, e.event_id DESC
"""

# Any endpoint of the person with that address will do: the one sent to may be replaced by now.
SQL_ADDRESSES: Final = """
    SELECT e.person_id, e.address_hmac, e.address
      FROM endpoints AS e
           JOIN unnest($1::bigint[], $2::bytea[]) AS t (person_id, address_hmac)
                USING (person_id, address_hmac)
"""

SQL_TAKEN: Final = """
    SELECT person_id, array_agg(provider_ref) AS refs
      FROM contacts
     WHERE person_id = ANY($1::bigint[]) AND provider_ref IS NOT NULL
  GROUP BY person_id
"""

SQL_GIVE_UP: Final = """
    UPDATE contacts
       SET outcome = $3, error_class = 'unknown', error_code = 'unknown_not_found'
     WHERE person_id = $1 AND contact_id = $2 AND delivery_state = 'unknown'
"""


@dataclass(frozen=True, slots=True)
class Unsettled:
    """One contact to look up. `orphaned`: it was still reserved, so no answer was ever recorded."""

    tenant_id: str
    person_id: int
    contact_id: UUID
    channel: str
    provider: str
    sender: str
    address_hmac: bytes
    send_before: datetime
    provider_ref: str | None
    orphaned: bool


async def claim_unsettled(
    conn: Connection,
    *,
    since: datetime,
    before: datetime,
    wall_now: datetime,
    shortest_wait: timedelta,
    limit: int,
) -> list[Unsettled]:
    """Take contacts whose next look-up is due, and mark abandoned reservations `unknown`.

    Args:
        conn: Inside a transaction.
        since: How far back to look, by `send_before`.
        before: Reservations that should have been settled by now.
        wall_now: Recorded as the time of this look-up.
        shortest_wait: Between two look-ups of one contact; it doubles with the contact's age.
        limit: Most contacts to take.
    """
    rows = await conn.fetch(SQL_CLAIM, since, before, wall_now, shortest_wait, limit)
    return [Unsettled(*row.values()) for row in rows]


async def list_decided(
    conn: Connection, wanted: Sequence[tuple[int, UUID]]
) -> dict[tuple[int, UUID], bytes]:
    """Return the encrypted decision of each contact: what was sent, and where to."""
    persons, contacts = zip(*wanted, strict=True)
    rows = await conn.fetch(SQL_DECIDED, list(persons), list(contacts))
    return {(row["person_id"], row["contact_id"]): row["body"] for row in rows}


async def list_addresses(
    conn: Connection, wanted: Sequence[tuple[int, bytes]]
) -> dict[tuple[int, bytes], bytes]:
    """Return encrypted addresses by (person, keyed hash)."""
    persons, hashes = zip(*wanted, strict=True)
    rows = await conn.fetch(SQL_ADDRESSES, list(persons), list(hashes))
    return {(row["person_id"], row["address_hmac"]): row["address"] for row in rows}


async def list_taken(conn: Connection, persons: Collection[int]) -> dict[int, frozenset[str]]:
    """Return the provider references that persons' contacts have already."""
    rows = await conn.fetch(SQL_TAKEN, list(persons))
    return {row["person_id"]: frozenset(row["refs"]) for row in rows}


async def give_up(conn: Connection, person_id: int, contact_id: UUID, outcome: str) -> None:
    """Make an unknown contact final: it counts as `outcome` and is looked up no more."""
    await conn.execute(SQL_GIVE_UP, person_id, contact_id, outcome)
