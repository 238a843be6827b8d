"""Requests for a statement of a loan: done once a provider has it, open again where it got lost."""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from outreach.domain.vocabulary import DeliveryState
from outreach.store.pool import Connection

OUTCOME: Final = "statement_sent"
"""How a request ends that a message answered."""
OCCURRENCE: Final = "statement:"
"""How the occurrence of a contact begins that answers a request; the reference's hash follows."""

# The work follows from all contacts that answer the same request, in whatever order their reports
# come: one of them on its way is enough, and only what a message closed is opened again.
SQL_FOLLOW: Final = """
    WITH touched AS (
        SELECT DISTINCT c.person_id, c.occurrence
          FROM contacts AS c
               JOIN unnest($1::bigint[], $2::uuid[]) AS t (person, contact)
                    ON c.person_id = t.person AND c.contact_id = t.contact
         WHERE c.occurrence LIKE 'statement:%'
    ),
    answered AS (
        SELECT d.person_id, d.occurrence,
               bool_or(c.delivery_state = ANY($3::text[]) AND c.provider <> 'simulated') AS sent
          FROM touched AS d
               JOIN contacts AS c USING (person_id, occurrence)
      GROUP BY d.person_id, d.occurrence
    )
    UPDATE tasks AS k
       SET state   = CASE WHEN a.sent THEN 'done'
                          WHEN k.assignee IS NULL THEN 'open' ELSE 'taken' END,
           done_at = CASE WHEN a.sent THEN $4::timestamptz END,
           outcome = CASE WHEN a.sent THEN $5::text ELSE '' END
      FROM answered AS a
     WHERE k.person_id = a.person_id
       AND k.kind = 'statement'
       AND a.occurrence = 'statement:' || left(encode(sha256(convert_to(k.ref, 'UTF8')), 'hex'), 16)
       AND ((a.sent AND k.done_at IS NULL) OR (NOT a.sent AND k.outcome = $5))
"""

_SENT: Final = (
    DeliveryState.ACCEPTED,
    DeliveryState.QUEUED,
    DeliveryState.SENDING,
    DeliveryState.SENT,
    DeliveryState.DELIVERED,
    DeliveryState.READ,
)


async def follow_statements(
    conn: Connection, contacts: Collection[tuple[int, UUID]], *, now: datetime
) -> None:
    """Close or open again the requests that these contacts answer; others change nothing.

    Args:
        conn: In the transaction that wrote the contacts' states.
        contacts: (person, contact), the persons locked.
        now: Business time.
    """
    if contacts:
        persons, ids = zip(*contacts, strict=True)
        await conn.execute(SQL_FOLLOW, persons, ids, _SENT, now, OUTCOME)
