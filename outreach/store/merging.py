"""Moving what a stray owns to the person it turned out to be.

A stray is a person that only a loan was known of: no borrower's alias, no profile, never
contacted. Its row, its key and its part of the log stay where they are. Functions run inside the
caller's transaction, with both persons' agenda rows locked.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Final

from outreach.domain.records import dataclass
from outreach.store.pool import Connection

# An address, a permission or a note exists only where somebody was known or contacted.
SQL_STANDINGS: Final = """
    SELECT p.person_id, p.wrapped_key IS NULL AS is_erased,
           p.wrapped_key IS NOT NULL AND p.profile IS NULL
           AND NOT EXISTS (SELECT FROM external_refs AS r
                            WHERE r.person_id = p.person_id AND r.kind = 'borrower')
           AND NOT EXISTS (SELECT FROM contacts AS c WHERE c.person_id = p.person_id)
           AND NOT EXISTS (SELECT FROM endpoints AS e WHERE e.person_id = p.person_id)
           AND NOT EXISTS (SELECT FROM consents AS s WHERE s.person_id = p.person_id)
           AND NOT EXISTS (SELECT FROM tasks AS k
                            WHERE k.person_id = p.person_id AND k.note IS NOT NULL) AS is_stray
      FROM persons AS p
     WHERE p.person_id = ANY($1::bigint[])
"""
SQL_MOVE_REFS: Final = """
    UPDATE external_refs AS x
       SET person_id = t.survivor
      FROM unnest($1::bigint[], $2::bigint[]) AS t (stray, survivor)
     WHERE x.person_id = t.stray
"""
SQL_MOVE_LOANS: Final = """
    UPDATE loans AS x
       SET person_id = t.survivor
      FROM unnest($1::bigint[], $2::bigint[]) AS t (stray, survivor)
     WHERE x.person_id = t.stray
"""
SQL_MOVE_INSTALLMENTS: Final = """
    UPDATE installments AS x
       SET person_id = t.survivor
      FROM unnest($1::bigint[], $2::bigint[]) AS t (stray, survivor)
     WHERE x.person_id = t.stray
"""
SQL_MOVE_PAYMENTS: Final = """
    UPDATE payments AS x
       SET person_id = t.survivor
      FROM unnest($1::bigint[], $2::bigint[]) AS t (stray, survivor)
     WHERE x.person_id = t.stray
"""
SQL_MOVE_PROMISES: Final = """
    UPDATE promises AS x
       SET person_id = t.survivor
      FROM unnest($1::bigint[], $2::bigint[]) AS t (stray, survivor)
     WHERE x.person_id = t.stray
"""
SQL_MOVE_QUOTES: Final = """
    UPDATE quotes AS x
       SET person_id = t.survivor
      FROM unnest($1::bigint[], $2::bigint[]) AS t (stray, survivor)
     WHERE x.person_id = t.stray
"""
# Why one was closed is sealed under the stray's key, which doesn't open the survivor's.
SQL_MOVE_DISCREPANCIES: Final = """
    UPDATE discrepancies AS x
       SET person_id = t.survivor, note = NULL
      FROM unnest($1::bigint[], $2::bigint[]) AS t (stray, survivor)
     WHERE x.person_id = t.stray
"""
SQL_MOVE_CASES: Final = """
    UPDATE cases AS x
       SET person_id = t.survivor
      FROM unnest($1::bigint[], $2::bigint[]) AS t (stray, survivor)
     WHERE x.person_id = t.stray
"""
# Both may have been given the same task; it is one, opened when the first of them was.
SQL_COPY_TASKS: Final = """
    INSERT INTO tasks AS k (tenant_id, person_id, kind, ref, opened_at, due_at, done_at, state,
                            loan_id, case_id, assignee, outcome)
    SELECT DISTINCT ON (t.survivor, x.kind, x.ref)
           x.tenant_id, t.survivor, x.kind, x.ref, x.opened_at, x.due_at, x.done_at, x.state,
           x.loan_id, x.case_id, x.assignee, x.outcome
      FROM tasks AS x
           JOIN unnest($1::bigint[], $2::bigint[]) AS t (stray, survivor)
             ON t.stray = x.person_id
  ORDER BY t.survivor, x.kind, x.ref, x.opened_at
    ON CONFLICT (person_id, kind, ref) DO UPDATE
       SET opened_at = excluded.opened_at
     WHERE excluded.opened_at < k.opened_at
"""
SQL_DROP_TASKS: Final = "DELETE FROM tasks WHERE person_id = ANY($1::bigint[])"
SQL_DROP_HOLDS: Final = "DELETE FROM holds WHERE person_id = ANY($1::bigint[])"
SQL_DROP_PREFERENCES: Final = "DELETE FROM preferences WHERE person_id = ANY($1::bigint[])"
SQL_DROP_RECORDS: Final = "DELETE FROM records WHERE person_id = ANY($1::bigint[])"
SQL_TAKE_EVENTS: Final = """
    DELETE FROM person_events
     WHERE person_id = ANY($1::bigint[])
 RETURNING tenant_id, person_id, recorded_at, signal_type, digest, effect, body
"""
SQL_PUT_EVENTS: Final = """
    INSERT INTO person_events (tenant_id, person_id, recorded_at, signal_type, digest, effect, body)
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::timestamptz[], $4::text[], $5::bytea[],
                         $6::text[], $7::bytea[])
"""
SQL_RETIRE: Final = """
    UPDATE agenda SET due_at = 'infinity', reason = $2 WHERE person_id = ANY($1::bigint[])
"""
# Loan and case ids are the installation's, so no row of the survivor is in the way.
MOVES: Final = (
    SQL_MOVE_REFS, SQL_MOVE_LOANS, SQL_MOVE_INSTALLMENTS, SQL_MOVE_PAYMENTS, SQL_MOVE_PROMISES,
    SQL_MOVE_QUOTES, SQL_MOVE_CASES, SQL_MOVE_DISCREPANCIES,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a person may be merged away, and whether nothing of theirs is readable any more."""

    is_erased: bool
    is_stray: bool


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One applied signal with the instant it was first recorded at; `body` is ciphertext."""

    tenant_id: str
    person_id: int
    recorded_at: datetime
    signal_type: str
    digest: bytes
    effect: str
    body: bytes = field(repr=False)


async def find_standings(conn: Connection, persons: Iterable[int]) -> dict[int, Standing]:
    """Return the standing of persons."""
    rows = await conn.fetch(SQL_STANDINGS, sorted(persons))
    return {row["person_id"]: Standing(row["is_erased"], row["is_stray"]) for row in rows}


async def move_owned(conn: Connection, survivors: Mapping[int, int]) -> None:
    """Move aliases, loans and what belongs to them, cases, tasks; drop what else is on record.

    Args:
        conn: The caller's.
        survivors: Who each stray turned out to be, by stray, with whom holds, preferences
            and records are joined already.
    """
    strays = list(survivors)
    for statement in (*MOVES, SQL_COPY_TASKS):
        await conn.execute(statement, strays, list(survivors.values()))
    await conn.execute(SQL_DROP_TASKS, strays)
    await conn.execute(SQL_DROP_HOLDS, strays)
    await conn.execute(SQL_DROP_PREFERENCES, strays)
    await conn.execute(SQL_DROP_RECORDS, strays)


async def take_events(conn: Connection, strays: Iterable[int]) -> list[StoredEvent]:
    """Take the applied signals of strays, oldest first: put them back under another key."""
    rows = await conn.fetch(SQL_TAKE_EVENTS, sorted(strays))
    return sorted((StoredEvent(*row.values()) for row in rows), key=lambda one: one.recorded_at)


async def put_events(conn: Connection, events: Sequence[StoredEvent]) -> None:
    """Keep applied signals under the persons they name."""
    if events:
        rows = [
            (
                one.tenant_id, one.person_id, one.recorded_at, one.signal_type, one.digest,
                one.effect, one.body,
            )
            for one in events
        ]  # fmt: skip
        await conn.execute(SQL_PUT_EVENTS, *[list(column) for column in zip(*rows, strict=True)])


async def retire(conn: Connection, strays: Iterable[int], *, reason: str) -> None:
    """Plan nothing for strays any more; `reason` says why."""
    await conn.execute(SQL_RETIRE, sorted(strays), reason)
