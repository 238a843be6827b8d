"""Cases: the episodes of loans, read with the people they are about, closed and opened in batches.

Functions take a connection inside the caller's transaction and never commit. Whoever writes holds
the persons' agenda rows.
"""

from collections.abc import Sequence
from typing import Final

from outreach.domain.cases import Case, CaseMove
from outreach.store.loan_rows import case_of
from outreach.store.loans import LoanKey, columns
from outreach.store.pool import Connection

# With what is open: what ended by payment, for how somebody paid until now.
SQL_CASES: Final = """
    SELECT person_id, case_id, loan_id, kind, anchor_number, anchor_due_on, schedule_version,
           episode, opened_on, closed_on, end_reason
      FROM cases
     WHERE person_id = ANY($1::bigint[])
       AND (closed_on IS NULL
            OR (kind = 'delinquency' AND end_reason IN ('cured', 'paid')))
"""
SQL_CASES_OF: Final = """
    SELECT person_id, case_id, loan_id, kind, anchor_number, anchor_due_on, schedule_version,
           episode, opened_on, closed_on, end_reason
      FROM cases
     WHERE person_id = $1
  ORDER BY opened_on, case_id
"""
SQL_CLOSE_CASES: Final = """
    UPDATE cases AS c
       SET closed_on = t.closed_on, end_reason = t.reason
      FROM unnest($1::bigint[], $2::bigint[], $3::date[], $4::text[])
        AS t (person, case_id, closed_on, reason)
     WHERE c.person_id = t.person
       AND c.case_id = t.case_id
"""
# The episode counts up when the same installment opens a case of the same kind again.
SQL_OPEN_NEW_CASES: Final = """
    INSERT INTO cases (tenant_id, person_id, case_id, loan_id, kind, anchor_number, anchor_due_on,
                       schedule_version, episode, opened_on)
    SELECT t.tenant, t.person, nextval('case_ids'), t.loan, t.kind, t.anchor, t.due_on, t.version,
           1 + coalesce((SELECT max(c.episode) FROM cases AS c
                          WHERE c.person_id = t.person AND c.loan_id = t.loan AND c.kind = t.kind
                            AND c.schedule_version = t.version AND c.anchor_number = t.anchor), 0),
           t.opened_on
      FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::integer[], $6::date[],
                  $7::integer[], $8::date[])
        AS t (tenant, person, loan, kind, anchor, due_on, version, opened_on)
 RETURNING person_id, case_id, loan_id, kind, anchor_number, anchor_due_on, schedule_version,
           episode, opened_on, closed_on, end_reason
"""


async def load_cases(
    conn: Connection, persons: Sequence[int]
) -> tuple[dict[LoanKey, Case], dict[int, tuple[Case, ...]]]:
    """Return each loan's open case, and by person the delinquencies that ended by payment."""
    opened: dict[LoanKey, Case] = {}
    past: dict[int, tuple[Case, ...]] = {}
    for row in await conn.fetch(SQL_CASES, persons):
        person, case = row["person_id"], case_of(row)
        if case.closed_on is None:
            opened[person, case.loan_id] = case
        else:
            past[person] = (*past.get(person, ()), case)
    return opened, past


async def list_cases_of(conn: Connection, person_id: int) -> list[Case]:
    """Return every case of a person, in the order in which they opened."""
    return [case_of(row) for row in await conn.fetch(SQL_CASES_OF, person_id)]


async def move_cases(
    conn: Connection, moves: Sequence[tuple[str, int, CaseMove]]
) -> dict[LoanKey, Case]:
    """Close and open the cases of (tenant, person, move); returns the opened ones as stored."""
    closed = [
        (person, move.closed.case_id, move.closed.closed_on, move.closed.end_reason)
        for _, person, move in moves
        if move.closed
    ]
    if closed:
        await conn.execute(SQL_CLOSE_CASES, *columns(closed))
    opened = [
        (
            tenant, person, one.loan_id, one.kind, one.anchor_number, one.anchor_due_on,
            one.schedule_version, one.opened_on,
        )
        for tenant, person, move in moves
        if (one := move.opened)
    ]  # fmt: skip
    if not opened:
        return {}
    rows = await conn.fetch(SQL_OPEN_NEW_CASES, *columns(opened))
    return {(row["person_id"], row["loan_id"]): case_of(row) for row in rows}
