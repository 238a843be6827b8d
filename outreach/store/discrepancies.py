"""Differences between our books and the platform's figures: found, agreed again, closed by people.

Functions take a connection inside the caller's transaction and never commit.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Final

import msgspec

from outreach.domain.loan_books import Discrepancy
from outreach.domain.records import dataclass
from outreach.store.pool import Connection

SQL_PARTS: Final = """
    SELECT i.person_id, i.loan_id, i.number, i.parts
      FROM installments AS i
           JOIN unnest($1::bigint[], $2::bigint[]) AS t (person, loan)
             ON i.person_id = t.person AND i.loan_id = t.loan
"""
SQL_FIND: Final = """
    INSERT INTO discrepancies AS d (tenant_id, person_id, loan_id, kind, about, ours, theirs,
                                    found_at)
    SELECT t.tenant, t.person, t.loan, t.kind, t.about, t.ours::jsonb, t.theirs::jsonb, $8
      FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[],
                  $7::text[])
        AS t (tenant, person, loan, kind, about, ours, theirs)
    ON CONFLICT (person_id, loan_id, kind, about) DO UPDATE
       SET ours = excluded.ours, theirs = excluded.theirs, found_at = excluded.found_at,
           agreed_at = NULL, closed_at = NULL, closed_by = NULL, note = NULL
     WHERE d.agreed_at IS NOT NULL OR d.ours <> excluded.ours OR d.theirs <> excluded.theirs
 RETURNING d.tenant_id, d.person_id, d.loan_id, d.kind, d.about
"""
SQL_AGREE: Final = """
    UPDATE discrepancies AS d
       SET agreed_at = $6
      FROM unnest($1::bigint[], $2::bigint[]) AS t (person, loan)
     WHERE d.person_id = t.person
       AND d.loan_id = t.loan
       AND d.agreed_at IS NULL
       AND NOT EXISTS (SELECT FROM unnest($3::bigint[], $4::text[], $5::text[])
                                AS k (loan, kind, about)
                        WHERE k.loan = d.loan_id AND k.kind = d.kind AND k.about = d.about)
"""
SQL_LIST: Final = """
    SELECT d.tenant_id, d.person_id, d.loan_id, l.ref, l.currency, d.kind, d.about, d.ours,
           d.theirs, d.found_at, d.agreed_at, d.closed_at, d.closed_by, d.note, p.wrapped_key
      FROM discrepancies AS d
           JOIN loans AS l USING (person_id, loan_id)
           JOIN persons AS p USING (person_id)
     WHERE d.tenant_id = ANY($1::text[])
       AND ($2::text IS NULL OR l.ref = $2)
       AND ($3 OR d.closed_at IS NULL)
  ORDER BY d.found_at, l.ref, d.kind, d.about
     LIMIT $4
"""
SQL_CLOSE: Final = """
    UPDATE discrepancies
       SET closed_at = $5, closed_by = $6, note = $7
     WHERE person_id = $1
       AND loan_id = $2
       AND kind = $3
       AND about = $4
       AND closed_at IS NULL
 RETURNING kind
"""
SQL_COUNT: Final = """
    SELECT tenant_id, kind, count(*) AS open
      FROM discrepancies
     WHERE closed_at IS NULL
  GROUP BY tenant_id, kind
"""

_JSON: Final = msgspec.json.Encoder()
LoanKey = tuple[int, int]
Parts = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Found:
    """One difference, as found in one lender's loan."""

    tenant_id: str
    person_id: int
    loan_id: int
    difference: Discrepancy


@dataclass(frozen=True, slots=True)
class DiscrepancyRow:
    """As stored; `note` is ciphertext under the person's key, which is None once erased."""

    tenant_id: str
    person_id: int
    loan_id: int
    loan: str
    currency: str
    kind: str
    about: str
    ours: Mapping[str, int] = field(hash=False)
    theirs: Mapping[str, int] = field(hash=False)
    found_at: datetime
    agreed_at: datetime | None
    closed_at: datetime | None
    closed_by: str | None
    note: bytes | None = field(repr=False)
    wrapped_key: bytes | None = field(repr=False)


def note_aad(person_id: int) -> bytes:
    """Return what a note is bound to."""
    return f"discrepancies:{person_id}".encode()


async def load_parts(
    conn: Connection, loans: Collection[LoanKey]
) -> dict[LoanKey, dict[int, Parts]]:
    """Return the parts of every installment of loans, by number."""
    persons, ids = [key[0] for key in loans], [key[1] for key in loans]
    found: dict[LoanKey, dict[int, Parts]] = {key: {} for key in loans}
    for row in await conn.fetch(SQL_PARTS, persons, ids):
        found[row["person_id"], row["loan_id"]][row["number"]] = row["parts"] or {}
    return found


async def write_found(
    conn: Connection, loans: Sequence[LoanKey], found: Sequence[Found], *, at: datetime
) -> list[tuple[str, str]]:
    """Keep what differs in loans, and note of earlier differences that the figures agree now.

    Returns:
        Lender and kind of each that is new, or differs otherwise than before.
    """
    new = []
    if found:
        rows = await conn.fetch(
            SQL_FIND,
            [one.tenant_id for one in found],
            [one.person_id for one in found],
            [one.loan_id for one in found],
            [one.difference.kind.value for one in found],
            [one.difference.about for one in found],
            [_JSON.encode(one.difference.ours).decode() for one in found],
            [_JSON.encode(one.difference.theirs).decode() for one in found],
            at,
        )
        new = [(row["tenant_id"], row["kind"]) for row in rows]
    await conn.execute(
        SQL_AGREE,
        [key[0] for key in loans],
        [key[1] for key in loans],
        [one.loan_id for one in found],
        [one.difference.kind.value for one in found],
        [one.difference.about for one in found],
        at,
    )
    return new


async def list_discrepancies(
    conn: Connection, tenants: Sequence[str], *, loan: str | None, closed: bool, limit: int
) -> list[DiscrepancyRow]:
    """Return lenders' differences, the oldest first; `closed` ones as well if asked for."""
    rows = await conn.fetch(SQL_LIST, list(tenants), loan, closed, limit)
    return [DiscrepancyRow(*row.values()) for row in rows]


async def close_discrepancy(
    conn: Connection, row: DiscrepancyRow, *, at: datetime, by: str, note: bytes
) -> bool:
    """Close one; False if it was closed meanwhile. The caller holds the person's lock."""
    closed = await conn.fetchval(
        SQL_CLOSE, row.person_id, row.loan_id, row.kind, row.about, at, by, note
    )
    return closed is not None


async def count_open(conn: Connection) -> dict[tuple[str, str], int]:
    """Count open differences by lender and kind."""
    return {(row["tenant_id"], row["kind"]): row["open"] for row in await conn.fetch(SQL_COUNT)}
