"""Provider callbacks on disk, and what folding them reads and writes."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from outreach.domain.contacts import is_terminal
from outreach.domain.records import dataclass
from outreach.domain.vocabulary import DeliveryState
from outreach.store.pool import Connection

SQL_KEEP: Final = """
    INSERT INTO callbacks (received_at, tenant_id, provider, kind, attempt, tries, not_before, body)
    SELECT * FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::text[],
                         $6::smallint[], $7::timestamptz[], $8::bytea[])
"""

# The join repeats the index's columns, so that a long queue isn't read through for each batch.
SQL_CLAIM: Final = """
    WITH picked AS (
        SELECT not_before, callback_id
          FROM callbacks
         WHERE not_before <= $1
      ORDER BY not_before, callback_id
         LIMIT $2
           FOR UPDATE SKIP LOCKED
    )
    DELETE FROM callbacks AS c
     USING picked AS p
     WHERE c.not_before = p.not_before AND c.callback_id = p.callback_id
 RETURNING c.callback_id, c.received_at, c.tenant_id, c.provider, c.kind, c.attempt, c.tries, c.body
"""

# Parked for good: kept for people, claimed by nobody.
SQL_PARK: Final = """
    INSERT INTO callbacks (received_at, tenant_id, provider, kind, attempt, tries, not_before, body)
    VALUES ($1, $2, $3, $4, $5, $6, 'infinity', $7)
"""

SQL_BY_REF: Final = """
    SELECT r.account, r.ref, r.person_id, r.contact_id
      FROM provider_refs AS r
           JOIN unnest($1::text[], $2::text[]) AS t (account, ref) USING (account, ref)
"""

SQL_CONTACTS: Final = """
    SELECT c.tenant_id, c.person_id, c.contact_id, c.channel, c.endpoint_id, c.address_hmac,
           c.provider, c.sender, c.template, c.try AS tries, c.delivery_state, c.outcome,
           c.error_class, c.error_code, c.provider_ref, c.billed_parts, c.price_micros,
           c.price_currency
      FROM contacts AS c
           JOIN unnest($1::bigint[], $2::uuid[]) AS t (person_id, contact_id)
                USING (person_id, contact_id)
"""

SQL_MERGE: Final = """
    UPDATE contacts AS c
       SET delivery_state = t.state,
           outcome        = t.outcome,
           error_class    = t.error_class,
           error_code     = t.error_code,
           provider_ref   = COALESCE(c.provider_ref, t.ref),
           billed_parts   = t.parts,
           price_micros   = t.price,
           price_currency = t.currency,
           settled_at     = COALESCE(c.settled_at, $11),
           ended_at       = CASE WHEN t.state = ANY($12::text[]) THEN COALESCE(c.ended_at, $11)
                                 ELSE c.ended_at END
      FROM unnest($1::bigint[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[],
                  $7::text[], $8::smallint[], $9::bigint[], $10::text[])
        AS t (person, contact, state, outcome, error_class, error_code, ref, parts, price,
              currency)
     WHERE c.person_id = t.person AND c.contact_id = t.contact
"""

SQL_KEYS: Final = """
    SELECT person_id, tenant_id, wrapped_key FROM persons WHERE person_id = ANY($1::bigint[])
"""

SQL_HOLDERS: Final = """
    SELECT DISTINCT address_hmac, tenant_id, person_id
      FROM endpoints
     WHERE address_hmac = ANY($1::bytea[])
"""

SQL_CONFIRMED: Final = """
    SELECT count(*)
      FROM contacts
     WHERE person_id = $1 AND address_hmac = $2 AND error_code = $3
"""

SQL_INVALIDATE: Final = """
    UPDATE endpoints AS e
       SET status = 'invalid'
      FROM unnest($1::bigint[], $2::bytea[]) AS t (person, address)
     WHERE e.person_id = t.person AND e.address_hmac = t.address AND e.status <> 'invalid'
"""

SQL_CANCELABLE: Final = """
    SELECT person_id, contact_id, provider, provider_ref
      FROM contacts
     WHERE person_id = ANY($1::bigint[])
       AND address_hmac = ANY($2::bytea[])
       AND channel <> 'call'
       AND delivery_state IN ('accepted', 'queued')
       AND provider_ref IS NOT NULL
"""

SQL_BRING_FORWARD: Final = """
    UPDATE agenda AS a
       SET due_at = t.due_at
      FROM unnest($1::bigint[], $2::timestamptz[]) AS t (person, due_at)
     WHERE a.person_id = t.person AND a.due_at > t.due_at
"""

_ENDS: Final = sorted(state.value for state in DeliveryState if is_terminal(state))


@dataclass(frozen=True, slots=True)
class KeptCallback:
    """One verified event of one callback; `body` is ciphertext under the lender's day key."""

    received_at: datetime
    tenant_id: str
    provider: str
    kind: str
    attempt: str | None
    tries: int
    body: bytes
    callback_id: int = 0


@dataclass(frozen=True, slots=True)
class ContactRow:
    """The part of a contact that reports read."""

    tenant_id: str
    person_id: int
    contact_id: UUID
    channel: str
    endpoint_id: str
    address_hmac: bytes
    provider: str
    sender: str
    template: str
    tries: int
    delivery_state: str
    outcome: str
    error_class: str | None
    error_code: str | None
    provider_ref: str | None
    billed_parts: int | None = None
    price_micros: int | None = None
    price_currency: str | None = None


@dataclass(frozen=True, slots=True)
class Cancelable:
    """A contact that its provider may still hold."""

    person_id: int
    contact_id: UUID
    provider: str
    ref: str


async def keep_callbacks(
    conn: Connection, rows: Sequence[KeptCallback], *, not_before: datetime | None = None
) -> None:
    """Write callbacks, to be folded at once, or at wall time `not_before`."""
    if not rows:
        return
    await conn.execute(
        SQL_KEEP,
        [row.received_at for row in rows],
        [row.tenant_id for row in rows],
        [row.provider for row in rows],
        [row.kind for row in rows],
        [row.attempt for row in rows],
        [row.tries for row in rows],
        [not_before or row.received_at for row in rows],
        [row.body for row in rows],
    )


async def claim_callbacks(
    conn: Connection, *, wall_now: datetime, limit: int
) -> list[KeptCallback]:
    """Take callbacks out of the queue, oldest first; a rollback puts them back."""
    rows = await conn.fetch(SQL_CLAIM, wall_now, limit)
    found = [
        KeptCallback(
            row["received_at"],
            row["tenant_id"],
            row["provider"],
            row["kind"],
            row["attempt"],
            row["tries"],
            row["body"],
            row["callback_id"],
        )
        for row in rows
    ]
    return sorted(found, key=lambda row: row.callback_id)


async def park_callback(conn: Connection, row: KeptCallback) -> None:
    """Keep a claimed callback that can't take effect, for people to look at."""
    await conn.execute(
        SQL_PARK,
        row.received_at,
        row.tenant_id,
        row.provider,
        row.kind,
        row.attempt,
        row.tries,
        row.body,
    )


async def find_by_ref(
    conn: Connection, refs: Collection[tuple[str, str]]
) -> dict[tuple[str, str], tuple[int, UUID]]:
    """Return (person, contact) by (provider account, its reference)."""
    if not refs:
        return {}
    accounts, names = zip(*sorted(refs), strict=True)
    rows = await conn.fetch(SQL_BY_REF, list(accounts), list(names))
    return {(row["account"], row["ref"]): (row["person_id"], row["contact_id"]) for row in rows}


async def list_contacts(
    conn: Connection, wanted: Collection[tuple[int, UUID]]
) -> dict[tuple[int, UUID], ContactRow]:
    """Return contacts by (person, contact); those that don't exist are left out."""
    if not wanted:
        return {}
    persons, contacts = zip(*wanted, strict=True)
    rows = await conn.fetch(SQL_CONTACTS, list(persons), list(contacts))
    return {(row["person_id"], row["contact_id"]): ContactRow(*row.values()) for row in rows}


async def merge_contacts(
    conn: Connection, rows: Iterable[ContactRow], *, wall_now: datetime
) -> None:
    """Write merged states of locked persons' contacts."""
    values = [
        (
            row.person_id,
            row.contact_id,
            row.delivery_state,
            row.outcome,
            row.error_class,
            row.error_code,
            row.provider_ref,
            row.billed_parts,
            row.price_micros,
            row.price_currency,
        )
        for row in rows
    ]
    if values:
        columns = [list(column) for column in zip(*values, strict=True)]
        await conn.execute(SQL_MERGE, *columns, wall_now, _ENDS)


async def list_keys(
    conn: Connection, persons: Collection[int]
) -> dict[int, tuple[str, bytes | None]]:
    """Return (lender, wrapped key) by person; the key is None once erased."""
    rows = await conn.fetch(SQL_KEYS, list(persons))
    return {row["person_id"]: (row["tenant_id"], row["wrapped_key"]) for row in rows}


async def list_holders(
    conn: Connection, addresses: Collection[bytes]
) -> dict[bytes, list[tuple[str, int]]]:
    """Return every (lender, person) that an address is known for."""
    found: dict[bytes, list[tuple[str, int]]] = {}
    for row in await conn.fetch(SQL_HOLDERS, list(addresses)) if addresses else ():
        found.setdefault(row["address_hmac"], []).append((row["tenant_id"], row["person_id"]))
    return found


async def count_confirmed(conn: Connection, person_id: int, address: bytes, code: str) -> int:
    """Count a person's contacts to an address that ended with this error code."""
    return int(await conn.fetchval(SQL_CONFIRMED, person_id, address, code))


async def invalidate_endpoints(conn: Connection, rows: Collection[tuple[int, bytes]]) -> None:
    """Give up (person, address) pairs: nothing is sent there again."""
    if rows:
        persons, addresses = zip(*sorted(rows), strict=True)
        await conn.execute(SQL_INVALIDATE, list(persons), list(addresses))


async def list_cancelable(
    conn: Connection, persons: Collection[int], addresses: Collection[bytes]
) -> list[Cancelable]:
    """Return messages to these addresses that a provider has taken and may not have sent."""
    rows = await conn.fetch(SQL_CANCELABLE, list(persons), list(addresses)) if persons else ()
    return [Cancelable(*row.values()) for row in rows]


async def bring_forward(conn: Connection, dues: dict[int, datetime]) -> None:
    """Have locked persons looked at by these business times, if they aren't due earlier."""
    if dues:
        persons = sorted(dues)
        await conn.execute(SQL_BRING_FORWARD, persons, [dues[person] for person in persons])
