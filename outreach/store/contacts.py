"""The contact log and its projection: reservations, settlements, and what caps read."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from outreach.domain.ledger import PastContact
from outreach.domain.records import dataclass
from outreach.domain.vocabulary import EventKind
from outreach.store.pool import Connection

SQL_LEDGER: Final = """
    SELECT person_id, contact_id, case_id, step, occurrence, try, debts, channel, purpose,
           direction, endpoint_id, recipient_role, dial_mode, sender, at, delivery_state, outcome,
           error_class, notice
      FROM contacts
     WHERE person_id = ANY($1::bigint[])
       AND (at > $2 OR case_id = ANY($3::bigint[]))
       AND (provider <> 'simulated' OR tenant_id <> ALL($4::text[]))
  ORDER BY person_id, at
"""

SQL_RESERVE: Final = """
    INSERT INTO contacts (tenant_id, person_id, contact_id, case_id, step, occurrence, try, debts,
                          channel, purpose, endpoint_id, address_hmac, recipient_role, provider,
                          sender, template, treatment, at, send_before, parts, cost_micros,
                          dial_mode, notice, mode, risk_tier, stage, experiment, arm,
                          delivery_state, outcome)
    SELECT t.tenant, t.person, t.contact, t.case_id, t.step, t.occurrence, t.try,
           string_to_array(t.debts, ',')::bigint[], t.channel, t.purpose, t.endpoint, t.address,
           'debtor', t.provider, t.sender, t.template, t.treatment, t.at, t.send_before, t.parts,
           t.cost, t.dial_mode, t.notice, t.mode, t.risk, t.stage, t.experiment, t.arm,
           'reserved', 'pending'
      FROM unnest($1::text[], $2::bigint[], $3::uuid[], $4::bigint[], $5::text[], $6::text[],
                  $7::int[], $8::text[], $9::text[], $10::text[], $11::text[], $12::bytea[],
                  $13::text[], $14::text[], $15::text[], $16::text[], $17::timestamptz[],
                  $18::timestamptz[], $19::int[], $20::bigint[], $21::text[], $22::text[],
                  $23::text[], $24::text[], $25::text[], $26::text[], $27::text[])
        AS t (tenant, person, contact, case_id, step, occurrence, try, debts, channel, purpose,
              endpoint, address, provider, sender, template, treatment, at, send_before, parts,
              cost, dial_mode, notice, mode, risk, stage, experiment, arm)
"""

SIMULATED: Final = "simulated"
"""The account of contacts that never left; no provider account may be called so."""

SQL_EVENTS: Final = """
    INSERT INTO contact_events (tenant_id, person_id, contact_id, kind, at, body)
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::uuid[], $4::text[], $5::timestamptz[],
                         $6::bytea[])
"""

# The provider's callback may have come first: then the state stays and the reference is added.
SQL_SETTLE: Final = """
    UPDATE contacts AS c
       SET delivery_state = CASE WHEN c.delivery_state IN ('reserved', 'unknown')
                                 THEN t.state ELSE c.delivery_state END,
           outcome        = CASE WHEN c.delivery_state IN ('reserved', 'unknown')
                                 THEN t.outcome ELSE c.outcome END,
           error_class    = COALESCE(t.error_class, c.error_class),
           error_code     = COALESCE(t.error_code, c.error_code),
           provider_ref   = COALESCE(c.provider_ref, t.ref),
           billed_parts   = COALESCE(c.billed_parts, t.parts),
           settled_at     = t.settled_at
      FROM unnest($1::bigint[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[],
                  $7::text[], $8::timestamptz[], $9::smallint[])
        AS t (person, contact, state, outcome, error_class, error_code, ref, settled_at, parts)
     WHERE c.person_id = t.person AND c.contact_id = t.contact
"""

SQL_SETTLE_EXTRA: Final = """
    INSERT INTO provider_refs (account, ref, person_id, contact_id)
    SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::uuid[])
    ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Reservation:
    """A contact that is about to be handed to a provider."""

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
    address_hmac: bytes
    provider: str
    sender: str
    template: str
    treatment: str
    at: datetime
    send_before: datetime
    parts: int
    cost_micros: int
    dial_mode: str = ""
    notice: str = ""
    mode: str = "live"
    risk_tier: str = ""
    stage: str = ""
    experiment: str = ""
    arm: str = ""


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One row of the append-only log; `body` is ciphertext under the person's key."""

    tenant_id: str
    person_id: int
    contact_id: UUID | None
    kind: EventKind
    at: datetime
    body: bytes


@dataclass(frozen=True, slots=True)
class Settlement:
    """What the provider's answer made of a reservation; `settled_at` is wall time."""

    person_id: int
    contact_id: UUID
    state: str
    outcome: str
    error_class: str | None
    error_code: str | None
    ref: str | None
    settled_at: datetime
    parts: int | None = None
    """As the provider bills; None where it doesn't say."""


async def list_ledger(
    conn: Connection,
    persons: Sequence[int],
    *,
    since: datetime,
    cases: Sequence[int],
    live: Sequence[str] = (),
) -> Mapping[int, list[PastContact]]:
    """Return earlier contacts by person, oldest first: all since `since`, and all of open cases.

    For lenders that are `live` those are left out that were only simulated.
    """
    found: dict[int, list[PastContact]] = {}
    for row in await conn.fetch(SQL_LEDGER, persons, since, cases, live):
        values = list(row.values())
        values[6] = tuple(values[6])
        entry = PastContact(*values)
        found.setdefault(entry.person_id, []).append(entry)
    return found


async def insert_reservations(conn: Connection, rows: Sequence[Reservation]) -> None:
    """Write the batch's reservations.

    Raises:
        asyncpg.UniqueViolationError: The same try of the same step exists: nothing was written.
    """
    if not rows:
        return
    await conn.execute(
        SQL_RESERVE,
        *_columns(
            [
                (
                    row.tenant_id, row.person_id, row.contact_id, row.case_id, row.step,
                    row.occurrence, row.try_, ",".join(map(str, row.debts)), row.channel,
                    row.purpose, row.endpoint_id, row.address_hmac, row.provider, row.sender,
                    row.template, row.treatment, row.at, row.send_before, row.parts,
                    row.cost_micros, row.dial_mode, row.notice, row.mode, row.risk_tier,
                    row.stage, row.experiment, row.arm,
                )
                for row in rows
            ]
        ),
    )  # fmt: skip


async def append_events(conn: Connection, events: Sequence[LogEvent]) -> None:
    """Append to the log, in the order given."""
    if events:
        rows = [
            (one.tenant_id, one.person_id, one.contact_id, one.kind, one.at, one.body)
            for one in events
        ]
        await conn.execute(SQL_EVENTS, *_columns(rows))


async def settle(conn: Connection, settlements: Sequence[Settlement]) -> None:
    """Write provider answers; a state that a callback already advanced is left as it is."""
    if not settlements:
        return
    await conn.execute(
        SQL_SETTLE,
        *_columns(
            [
                (
                    s.person_id,
                    s.contact_id,
                    s.state,
                    s.outcome,
                    s.error_class,
                    s.error_code,
                    s.ref,
                    s.settled_at,
                    s.parts,
                )
                for s in settlements
            ]
        ),
    )


async def remember_refs(conn: Connection, refs: Sequence[tuple[str, str, int, UUID]]) -> None:
    """Index (account, provider reference, person, contact) for providers that can't echo our id."""
    if refs:
        await conn.execute(SQL_SETTLE_EXTRA, *_columns(refs))


def _columns(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]
