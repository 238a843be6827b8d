"""Which case an answer belongs to: that of the last contact with the address it came from.

Functions take a connection inside the caller's transaction and never commit.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from outreach.domain.records import dataclass
from outreach.store.pool import Connection

SQL_THREADS: Final = """
    SELECT DISTINCT ON (c.person_id, c.address_hmac)
           c.person_id, c.address_hmac, c.case_id, k.loan_id, c.debts
      FROM contacts AS c
           JOIN cases AS k
             ON k.person_id = c.person_id
            AND k.case_id = c.case_id
            AND k.closed_on IS NULL
     WHERE c.person_id = ANY($1::bigint[])
       AND c.address_hmac = ANY($2::bytea[])
       AND c.direction = 'out'
       AND c.outcome <> 'released'
  ORDER BY c.person_id, c.address_hmac, c.at DESC
"""
# Where no contact tells: the delinquency that has lasted longest, else what is due next.
SQL_PRIMARY: Final = """
    SELECT DISTINCT ON (k.person_id)
           k.person_id, k.case_id, k.loan_id,
           count(*) OVER (PARTITION BY k.person_id) AS open_cases
      FROM cases AS k
     WHERE k.person_id = ANY($1::bigint[])
       AND k.closed_on IS NULL
  ORDER BY k.person_id, (k.kind = 'delinquency') DESC, k.anchor_due_on, k.loan_id
"""
SQL_MISDIRECTED: Final = """
    UPDATE contacts AS c
       SET outcome = 'wrong_party', disposition = 'wrong_number'
      FROM unnest($1::bigint[], $2::bytea[]) AS t (person, address)
     WHERE c.person_id = t.person
       AND c.address_hmac = t.address
       AND c.direction = 'out'
       AND c.outcome IN ('sent', 'delivered', 'read', 'conversation')
"""

# The last thing that was sent to an address, where it was a question that nobody answered yet.
SQL_ASKED: Final = """
    SELECT person_id, address_hmac, contact_id
      FROM (SELECT DISTINCT ON (c.person_id, c.address_hmac)
                   c.person_id, c.address_hmac, c.contact_id, c.template, c.disposition
              FROM contacts AS c
             WHERE c.person_id = ANY($1::bigint[])
               AND c.address_hmac = ANY($2::bytea[])
               AND c.direction = 'out'
               AND c.outcome <> 'released'
               AND c.at > $3
          ORDER BY c.person_id, c.address_hmac, c.at DESC) AS last
     WHERE last.disposition IS NULL
       AND starts_with(last.template, $4 || '@')
"""

BY_CONTACT: Final = "contact"
PRIMARY: Final = "primary case"


@dataclass(frozen=True, slots=True)
class Thread:
    """A case that an answer is about; `how` says by what: the last contact, or the primary case.

    `debts` are the loans meant, its own first. `is_sure` is whether no other open case could be
    meant.
    """

    case_id: int
    loan_id: int
    debts: tuple[int, ...]
    how: str
    is_sure: bool


async def find_threads(
    conn: Connection, persons: Collection[int], addresses: Collection[bytes]
) -> dict[tuple[int, bytes], Thread]:
    """Return the case that an answer from each (person, address) belongs to.

    Whoever has no open case is left out.
    """
    if not persons or not addresses:
        return {}
    found: dict[tuple[int, bytes], Thread] = {}
    for person, case, loan, open_cases in await conn.fetch(SQL_PRIMARY, sorted(persons)):
        thread = Thread(case, loan, (loan,), PRIMARY, is_sure=open_cases == 1)
        found |= {(person, address): thread for address in addresses}
    rows = await conn.fetch(SQL_THREADS, sorted(persons), sorted(addresses))
    for person, address, case, loan, debts in rows:
        others = tuple(one for one in debts if one != loan)
        found[person, address] = Thread(case, loan, (loan, *others), BY_CONTACT, is_sure=True)
    return found


async def find_asked(
    conn: Connection,
    persons: Collection[int],
    addresses: Collection[bytes],
    *,
    template: str,
    since: datetime,
) -> dict[tuple[int, bytes], UUID]:
    """Return, by (person, address), the contact that asked with a template and awaits an answer."""
    if not persons or not addresses:
        return {}
    rows = await conn.fetch(SQL_ASKED, sorted(persons), sorted(addresses), since, template)
    return {(person, address): contact for person, address, contact in rows}


async def mark_misdirected(conn: Connection, rows: Collection[tuple[int, bytes]]) -> None:
    """Mend the outcome of contacts that reached somebody else, by (person, address)."""
    if rows:
        persons, addresses = zip(*sorted(rows), strict=True)
        await conn.execute(SQL_MISDIRECTED, list(persons), list(addresses))
