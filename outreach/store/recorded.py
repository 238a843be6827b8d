"""Contacts that somebody else made (an agency, a branch): counted by caps like our own."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from outreach.domain.records import dataclass
from outreach.store.pool import Connection

# `step` and `provider` say that no treatment of ours led to it; told twice, it is one contact.
SQL_RECORD: Final = """
    INSERT INTO contacts (tenant_id, person_id, contact_id, case_id, step, occurrence, try, debts,
                          channel, purpose, direction, endpoint_id, address_hmac, provider, sender,
                          recipient_role, template, treatment, at, send_before, parts,
                          delivery_state, outcome, settled_at)
    SELECT t.tenant, t.person, t.contact, 0, 'elsewhere', t.contact::text, 1,
           CASE WHEN t.loan = 0 THEN '{}' ELSE ARRAY[t.loan] END, t.channel, t.purpose,
           t.direction, t.endpoint, '', 'elsewhere', t.sender, t.recipient, '', '', t.at, t.at, 0,
           'sent', t.outcome, t.at
      FROM unnest($1::text[], $2::bigint[], $3::uuid[], $4::bigint[], $5::text[], $6::text[],
                  $7::text[], $8::text[], $9::text[], $10::timestamptz[], $11::text[],
                  $12::text[])
        AS t (tenant, person, contact, loan, channel, purpose, direction, endpoint, sender, at,
              outcome, recipient)
    ON CONFLICT DO NOTHING
 RETURNING contact_id
"""


@dataclass(frozen=True, slots=True)
class RecordedContact:
    """One contact made elsewhere; `loan_id` 0 when it named no loan."""

    tenant_id: str
    person_id: int
    contact_id: UUID
    loan_id: int
    channel: str
    purpose: str
    direction: str
    endpoint_id: str
    made_by: str
    at: datetime
    outcome: str
    recipient_role: str


async def record_contacts(conn: Connection, contacts: Sequence[RecordedContact]) -> set[UUID]:
    """Write contacts that weren't known; returns the ids of those."""
    rows = [
        (
            one.tenant_id, one.person_id, one.contact_id, one.loan_id, one.channel, one.purpose,
            one.direction, one.endpoint_id, one.made_by, one.at, one.outcome, one.recipient_role,
        )
        for one in contacts
    ]  # fmt: skip
    columns = [list(column) for column in zip(*rows, strict=True)]
    return {row["contact_id"] for row in await conn.fetch(SQL_RECORD, *columns)}
