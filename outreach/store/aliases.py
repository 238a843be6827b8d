"""Aliases: whose signal it is. New persons and loans get their ids, key and agenda row here."""

from collections.abc import Iterable, Sequence
from dataclasses import field
from datetime import datetime
from typing import Final

from outreach.domain.records import dataclass
from outreach.store.pool import Connection

SQL_FIND: Final = """
    SELECT digest, person_id, loan_id FROM external_refs WHERE digest = ANY($1::bytea[])
"""
# Two workers that meet the same new borrower: the second waits here and then finds them.
SQL_LOCK_NEW: Final = """
    SELECT pg_advisory_xact_lock(key) FROM unnest($1::bigint[]) AS t (key) ORDER BY key
"""
SQL_NEXT_PERSONS: Final = "SELECT nextval('person_ids') FROM generate_series(1, $1)"
SQL_NEXT_LOANS: Final = "SELECT nextval('loan_ids') FROM generate_series(1, $1)"
SQL_ADD_REFS: Final = """
    INSERT INTO external_refs (digest, tenant_id, kind, ref, person_id, loan_id)
    SELECT * FROM unnest($1::bytea[], $2::text[], $3::text[], $4::text[], $5::bigint[],
                         $6::bigint[])
"""
SQL_ADD_PERSONS: Final = """
    INSERT INTO persons (tenant_id, person_id, wrapped_key)
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::bytea[])
"""
SQL_ADD_AGENDA: Final = """
    INSERT INTO agenda (tenant_id, person_id, due_at)
    SELECT t.tenant, t.person, $3 FROM unnest($1::text[], $2::bigint[]) AS t (tenant, person)
"""


@dataclass(frozen=True, slots=True)
class Alias:
    """Whose a reference is; `loan_id` None for a borrower's."""

    person_id: int
    loan_id: int | None


@dataclass(frozen=True, slots=True)
class NewAlias:
    """A reference that is heard of for the first time."""

    digest: bytes
    tenant_id: str
    kind: str
    ref: str = field(repr=False)
    person_id: int
    loan_id: int | None


async def find_aliases(conn: Connection, digests: Iterable[bytes]) -> dict[bytes, Alias]:
    """Return what is known of references, by digest."""
    rows = await conn.fetch(SQL_FIND, list(digests))
    return {row["digest"]: Alias(row["person_id"], row["loan_id"]) for row in rows}


async def lock_new(conn: Connection, digests: Iterable[bytes]) -> None:
    """Keep other workers from naming the same references until this transaction ends."""
    keys = sorted({int.from_bytes(digest[:8], "big", signed=True) for digest in digests})
    await conn.execute(SQL_LOCK_NEW, keys)


async def next_ids(conn: Connection, *, persons: int, loans: int) -> tuple[list[int], list[int]]:
    """Return new person ids and loan ids; some may stay unused."""
    fresh_persons = [row[0] for row in await conn.fetch(SQL_NEXT_PERSONS, persons)]
    return fresh_persons, [row[0] for row in await conn.fetch(SQL_NEXT_LOANS, loans)]


async def add_people(
    conn: Connection, people: Sequence[tuple[str, int, bytes]], *, due_at: datetime
) -> None:
    """Create persons (tenant, id, wrapped key) with their agenda row, due at `due_at`."""
    tenants, persons, keys = (list(column) for column in zip(*people, strict=True))
    await conn.execute(SQL_ADD_PERSONS, tenants, persons, keys)
    await conn.execute(SQL_ADD_AGENDA, tenants, persons, due_at)


async def add_aliases(conn: Connection, aliases: Sequence[NewAlias]) -> None:
    """Remember new references."""
    rows = [
        (one.digest, one.tenant_id, one.kind, one.ref, one.person_id, one.loan_id)
        for one in aliases
    ]
    await conn.execute(SQL_ADD_REFS, *[list(column) for column in zip(*rows, strict=True)])
