"""Hand-offs: one row each, what was told of it encrypted under the person's key.

Functions take a connection inside the caller's transaction and never commit; whoever writes holds
the person's agenda row.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from outreach.domain.contacts import attempt_id
from outreach.domain.hand_offs import COURSES, HandOff, HandOffKind, Mark, state_of
from outreach.domain.records import dataclass
from outreach.store.pool import Connection
from outreach.store.vault import ErasedError, PersonKey, Vault

SQL_HAND_OFFS: Final = """
    SELECT h.tenant_id, h.person_id, h.contact_id, h.kind, h.loan_id, h.given_to, h.opened_at,
           h.written_at, h.detail, p.wrapped_key
      FROM hand_offs AS h
           JOIN persons AS p USING (person_id)
"""
SQL_OF_PERSONS: Final = SQL_HAND_OFFS + " WHERE h.person_id = ANY($1::bigint[])"
SQL_ONE: Final = SQL_HAND_OFFS + " WHERE h.person_id = $1 AND h.contact_id = $2"
SQL_LIST: Final = (
    SQL_HAND_OFFS
    + """
     WHERE h.tenant_id = ANY($1::text[])
       AND h.kind = $2
       AND ($3 OR h.ended_at IS NULL)
  ORDER BY h.opened_at, h.contact_id
     LIMIT $4
"""
)
SQL_UNWRITTEN: Final = (
    SQL_HAND_OFFS
    + """
     WHERE h.kind = $1
       AND h.state = ANY($2::text[])
       AND h.written_at IS NULL
  ORDER BY h.opened_at, h.contact_id
     LIMIT $3
"""
)
# Nothing is owed any more, or what is owed is somebody else's.
SQL_POINTLESS: Final = (
    SQL_HAND_OFFS
    + """
           JOIN loans AS l ON l.person_id = h.person_id AND l.loan_id = h.loan_id
     WHERE h.ended_at IS NULL
       AND (l.oldest_unpaid_due_on IS NULL OR l.closed_on IS NOT NULL
            OR l.status NOT IN ('active', 'restructured', 'charged_off'))
       AND (h.kind <> 'referral' OR h.state = 'proposed')
  ORDER BY h.opened_at, h.contact_id
     LIMIT $1
"""
)
SQL_POINTLESS_CASES: Final = """
    SELECT h.tenant_id, count(*)
      FROM hand_offs AS h
           JOIN loans AS l ON l.person_id = h.person_id AND l.loan_id = h.loan_id
     WHERE h.ended_at IS NULL
       AND h.kind = 'referral'
       AND h.state <> 'proposed'
       AND (l.oldest_unpaid_due_on IS NULL OR l.closed_on IS NOT NULL
            OR l.status NOT IN ('active', 'restructured', 'charged_off'))
  GROUP BY 1
"""
SQL_WRITE: Final = """
    INSERT INTO hand_offs (tenant_id, person_id, contact_id, kind, loan_id, state, given_to,
                           opened_at, ended_at, detail)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    ON CONFLICT (person_id, contact_id) DO UPDATE
       SET state = excluded.state, ended_at = excluded.ended_at, detail = excluded.detail
"""
SQL_WRITTEN: Final = """
    UPDATE hand_offs SET written_at = $3 WHERE person_id = $1 AND contact_id = $2
"""
# Handed to people: it is done as a step, and no contact with the borrower, so it counts for none.
SQL_CONTACT: Final = """
    INSERT INTO contacts (tenant_id, person_id, contact_id, case_id, step, occurrence, try, debts,
                          channel, purpose, endpoint_id, address_hmac, provider, sender, template,
                          treatment, at, send_before, parts, mode, delivery_state, outcome,
                          settled_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '', 'people', $12, '', $13, $14, $15, 0,
            $16, 'accepted', 'released', $15)
"""
SQL_COUNT: Final = """
    SELECT tenant_id, kind, state, count(*)
      FROM hand_offs
     WHERE ended_at IS NULL
  GROUP BY 1, 2, 3
"""
# Whose right had ended when they were made.
SQL_WITHOUT_RIGHT: Final = """
    SELECT h.tenant_id, h.given_to, count(*)
      FROM hand_offs AS h
           JOIN contacts AS c ON c.person_id = h.person_id AND c.provider = 'elsewhere'
                             AND c.sender = h.given_to AND h.loan_id = ANY(c.debts)
     WHERE h.kind = 'placement'
       AND h.ended_at >= $1
       AND c.direction = 'out'
       AND c.at > h.ended_at
       AND NOT EXISTS (SELECT FROM hand_offs AS o
                        WHERE o.person_id = h.person_id AND o.loan_id = h.loan_id
                          AND o.kind = 'placement' AND o.given_to = h.given_to
                          AND o.ended_at IS NULL AND o.state = 'placed')
  GROUP BY 1, 2
"""
SQL_DISPOSITION: Final = """
    UPDATE contacts SET disposition = $3 WHERE person_id = $1 AND contact_id = $2
"""


@dataclass(frozen=True, slots=True)
class KeptHandOff:
    """A stored hand-off, whose it is and under which key."""

    tenant_id: str
    person_id: int
    contact_id: UUID
    opened_at: datetime
    written_at: datetime | None
    key: PersonKey
    hand_off: HandOff


@dataclass(frozen=True, slots=True)
class HandOffContact:
    """The row by which a hand-off stands in the contact log; see `Reservation` for the words."""

    tenant_id: str
    person_id: int
    contact_id: UUID
    case_id: int
    step: str
    occurrence: str
    try_: int
    debts: tuple[int, ...]
    channel: str
    purpose: str
    endpoint_id: str
    given_to: str
    treatment: str
    at: datetime
    wall: datetime
    mode: str


class _Detail(msgspec.Struct, frozen=True):
    """What the ciphertext holds."""

    channel: str
    purpose: str
    opened_by: str
    marks: tuple[Mark, ...]
    needs: tuple[str, ...]
    policy: str
    terms: dict[str, Any]


def _aad(person_id: int, contact_id: UUID) -> bytes:
    return b"hand_offs:%d:" % person_id + contact_id.bytes


async def write_hand_off(
    conn: Connection, owner: tuple[str, int, UUID], key: PersonKey, one: HandOff, at: datetime
) -> None:
    """Write one hand-off.

    Args:
        conn: In a transaction that holds the person.
        owner: Lender, person, and the contact that it is in the log.
        key: The person's.
        one: As it is now.
        at: When it was opened; kept from the first writing.
    """
    tenant, person, contact = owner
    detail = _Detail(
        one.channel,
        one.purpose,
        one.opened_by,
        tuple(one.marks.values()),
        one.needs,
        one.policy,
        dict(one.terms),
    )
    state = state_of(one)
    ended = one.marks[state].at if state in COURSES[one.kind].ends else None
    blob = key.encrypt(msgspec.json.encode(detail), _aad(person, contact))
    await conn.execute(
        SQL_WRITE, tenant, person, contact, one.kind, one.loan_id, state, one.to, at, ended, blob
    )


async def insert_contact(conn: Connection, one: HandOffContact) -> None:
    """Put a hand-off into the contact log's projection.

    Raises:
        asyncpg.UniqueViolationError: The same try of the same step exists.
    """
    await conn.execute(
        SQL_CONTACT,
        one.tenant_id, one.person_id, one.contact_id, one.case_id, one.step, one.occurrence,
        one.try_, list(one.debts), one.channel, one.purpose, one.endpoint_id, one.given_to,
        one.treatment, one.at, one.wall, one.mode,
    )  # fmt: skip


async def load_of_persons(
    conn: Connection, vault: Vault, persons: Sequence[int]
) -> list[KeptHandOff]:
    """Return every hand-off of some persons, whatever its state."""
    return _read(await conn.fetch(SQL_OF_PERSONS, list(persons)), vault)


async def find_hand_off(
    conn: Connection, vault: Vault, person_id: int, contact_id: UUID
) -> KeptHandOff | None:
    """Return one hand-off; None if there is none, or the person was erased."""
    found = _read(await conn.fetch(SQL_ONE, person_id, contact_id), vault)
    return found[0] if found else None


async def list_hand_offs(
    conn: Connection,
    vault: Vault,
    tenants: Sequence[str],
    kind: HandOffKind,
    *,
    ended: bool,
    limit: int = 200,
) -> list[KeptHandOff]:
    """Return hand-offs of a kind, the oldest first; with `ended` those that are over as well."""
    return _read(await conn.fetch(SQL_LIST, list(tenants), kind, ended, limit), vault)


async def list_unwritten(
    conn: Connection, vault: Vault, kind: HandOffKind, states: Sequence[str], *, limit: int
) -> list[KeptHandOff]:
    """Return hand-offs of a kind in some states whose folder isn't written yet."""
    return _read(await conn.fetch(SQL_UNWRITTEN, kind, list(states), limit), vault)


async def list_pointless(conn: Connection, vault: Vault, *, limit: int) -> list[KeptHandOff]:
    """Return open hand-offs about loans that nothing is owed on; no case that was referred."""
    return _read(await conn.fetch(SQL_POINTLESS, limit), vault)


async def count_pointless_cases(conn: Connection) -> dict[str, int]:
    """Count cases, referred and not over, of loans that nothing is owed on, by lender."""
    return {row[0]: row[1] for row in await conn.fetch(SQL_POINTLESS_CASES)}


async def mark_written(conn: Connection, person_id: int, contact_id: UUID, *, at: datetime) -> None:
    """Note that a hand-off's folder is there."""
    await conn.execute(SQL_WRITTEN, person_id, contact_id, at)


async def set_disposition(
    conn: Connection, person_id: int, contact_id: UUID, disposition: str
) -> None:
    """Note a person's judgment of a contact."""
    await conn.execute(SQL_DISPOSITION, person_id, contact_id, disposition)


async def count_hand_offs(conn: Connection) -> dict[tuple[str, str, str], int]:
    """Count open hand-offs by lender, kind and state."""
    return {(row[0], row[1], row[2]): row[3] for row in await conn.fetch(SQL_COUNT)}


async def count_without_right(
    conn: Connection, *, since: datetime
) -> Mapping[tuple[str, str], int]:
    """Count contacts that agencies made after their recall, by (lender, agency)."""
    return {(row[0], row[1]): row[2] for row in await conn.fetch(SQL_WITHOUT_RIGHT, since)}


def _read(rows: Sequence[asyncpg.Record], vault: Vault) -> list[KeptHandOff]:
    found = []
    for row in rows:
        try:
            key = vault.open(row["wrapped_key"])
        except ErasedError:
            continue
        person, contact = row["person_id"], row["contact_id"]
        plain = key.decrypt(row["detail"], _aad(person, contact))
        told = msgspec.json.decode(plain, type=_Detail)
        one = HandOff(
            ref=attempt_id(person, contact),
            kind=HandOffKind(row["kind"]),
            loan_id=row["loan_id"],
            channel=told.channel,
            purpose=told.purpose,
            opened_by=told.opened_by,
            marks={mark.step: mark for mark in told.marks},
            needs=told.needs,
            policy=told.policy,
            to=row["given_to"],
            terms=told.terms,
        )
        found.append(
            KeptHandOff(
                row["tenant_id"], person, contact, row["opened_at"], row["written_at"], key, one
            )
        )
    return found
