"""Lines of the contact log's read model, and the counts that are kept beside them.

Each statement writes the lines and the counts at once, so that they never disagree.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from outreach.store.pool import Connection

# Rows, and what they add to the counts. Of a contact the projection knows more than its decision
# did; whoever was erased keeps no address.
SQL_FOLD: Final = """
    WITH told AS (
        SELECT t.*, string_to_array(t.loans, ',')::bigint[] AS loan_ids,
               string_to_array(t.rules_said, ',') AS rules,
               string_to_array(t.shadow_said, ',') AS shadow
          FROM unnest($1::text[], $2::timestamptz[], $3::bigint[], $4::timestamptz[], $5::date[],
                      $6::bigint[], $7::uuid[], $8::text[], $9::text[], $10::text[], $11::text[],
                      $12::text[], $13::timestamptz[], $14::text[], $15::text[], $16::text[],
                      $17::text[], $18::text[], $19::text[], $20::text[], $21::text[], $22::text[],
                      $23::text[], $24::text[], $25::boolean[], $26::bigint[], $27::text[])
            AS t (tenant, at, event, recorded_at, day, person, contact, loans, verdict, rule,
                  rules_said, shadow_said, until, channel, purpose, step, stage, treatment,
                  treatment_hash, template, template_hash, mode, operator, reply, is_known,
                  sample_key, endpoint)
    ), added AS (
        INSERT INTO contact_log (tenant_id, at, event_id, recorded_at, day, person_id, contact_id,
                                 loan_ids, verdict, rule, rules, shadow, until, channel, purpose,
                                 step, stage, treatment, treatment_hash, template, template_hash,
                                 status, outcome, error_class, has_failed, reply, sender, account,
                                 mode, operator, parts, cost_micros, currency, address_hmac,
                                 sample_key)
        SELECT t.tenant, t.at, t.event, t.recorded_at, t.day, t.person, t.contact,
               COALESCE(c.debts, t.loan_ids, '{}'), t.verdict, t.rule, COALESCE(t.rules, '{}'),
               COALESCE(t.shadow, '{}'), t.until, COALESCE(c.channel, t.channel),
               COALESCE(c.purpose, t.purpose), COALESCE(c.step, t.step),
               COALESCE(NULLIF(c.stage, ''), t.stage),
               COALESCE(NULLIF(split_part(c.treatment, '@', 1), ''), t.treatment),
               COALESCE(NULLIF(split_part(c.treatment, '@', 2), ''), t.treatment_hash),
               COALESCE(NULLIF(split_part(c.template, '@', 1), ''), t.template),
               COALESCE(NULLIF(split_part(c.template, '@', 2), ''), t.template_hash),
               COALESCE(c.delivery_state, ''), COALESCE(c.outcome, ''),
               COALESCE(c.error_class, ''),
               COALESCE(c.delivery_state, '') = ANY($28::text[]), t.reply,
               COALESCE(c.sender, ''), COALESCE(c.provider, ''), COALESCE(c.mode, t.mode),
               t.operator, COALESCE(c.billed_parts, c.parts, 0),
               CASE WHEN c.price_micros IS NOT NULL THEN c.price_micros
                    WHEN c.delivery_state IN ('reserved', 'released') OR c.outcome = 'released'
                    THEN 0 ELSE COALESCE(c.cost_micros, 0) END,
               CASE WHEN c.price_micros IS NULL THEN '' ELSE COALESCE(c.price_currency, '') END,
               CASE WHEN t.is_known THEN NULLIF(COALESCE(c.address_hmac, p.address_hmac), '') END,
               t.sample_key
          FROM told AS t
               LEFT JOIN contacts AS c
                 ON c.person_id = t.person AND c.contact_id = t.contact AND t.verdict = 'allowed'
               LEFT JOIN endpoints AS p
                 ON p.person_id = t.person AND p.endpoint_id = t.endpoint AND t.contact IS NULL
            ON CONFLICT DO NOTHING
     RETURNING *
    ), slots AS (
        INSERT INTO contact_log_slots AS s
        SELECT tenant_id, date_bin('15 min', at, '2000-01-01 00:00:00+00'), verdict, rule, channel,
               purpose, status, error_class, account, mode, currency, count(*), sum(parts),
               sum(cost_micros), min(until), max(until)
          FROM added
      GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
            ON CONFLICT (tenant_id, slot, verdict, rule, channel, purpose, status, error_class,
                         account, mode, currency)
            DO UPDATE SET contacts = s.contacts + excluded.contacts,
                          parts = s.parts + excluded.parts,
                          cost_micros = s.cost_micros + excluded.cost_micros,
                          until_min = LEAST(s.until_min, excluded.until_min),
                          until_max = GREATEST(s.until_max, excluded.until_max)
    ), days AS (
        INSERT INTO contact_log_days AS d
        SELECT tenant_id, day, verdict, rule, channel, purpose, status, template, currency,
               count(*), sum(cost_micros)
          FROM added
      GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
            ON CONFLICT (tenant_id, day, verdict, rule, channel, purpose, status, template,
                         currency)
            DO UPDATE SET contacts = d.contacts + excluded.contacts,
                          cost_micros = d.cost_micros + excluded.cost_micros
    )
    SELECT count(*) FROM added
"""

# States, prices and errors that came since; whatever a borrower's answer mended goes with it.
SQL_REFRESH: Final = """
    WITH touched AS (
        SELECT person_id, contact_id
          FROM unnest($1::bigint[], $2::uuid[]) AS t (person_id, contact_id)
         UNION
        SELECT person_id, contact_id
          FROM contacts
         WHERE person_id = ANY($3::bigint[]) AND outcome = 'wrong_party'
    ), now AS (
        SELECT c.tenant_id, c.person_id, c.contact_id, c.at, c.delivery_state AS status, c.outcome,
               COALESCE(c.error_class, '') AS error_class,
               c.delivery_state = ANY($4::text[]) AS has_failed,
               COALESCE(c.billed_parts, c.parts) AS parts,
               CASE WHEN c.price_micros IS NOT NULL THEN c.price_micros
                    WHEN c.delivery_state IN ('reserved', 'released') OR c.outcome = 'released'
                    THEN 0 ELSE c.cost_micros END AS cost_micros,
               CASE WHEN c.price_micros IS NULL THEN '' ELSE COALESCE(c.price_currency, '') END
                 AS currency
          FROM touched AS t
               JOIN contacts AS c USING (person_id, contact_id)
    ), was AS (
        SELECT l.tenant_id, l.at, l.event_id, l.day, l.verdict, l.rule, l.channel, l.purpose,
               l.template, l.account, l.mode, l.status, l.error_class, l.currency, l.parts,
               l.cost_micros, n.status AS new_status, n.outcome AS new_outcome,
               n.error_class AS new_error_class, n.has_failed AS new_has_failed,
               n.parts AS new_parts, n.cost_micros AS new_cost_micros, n.currency AS new_currency
          FROM now AS n
               JOIN contact_log AS l
                 ON l.tenant_id = n.tenant_id AND l.person_id = n.person_id AND l.at = n.at
                AND l.contact_id = n.contact_id AND l.verdict = 'allowed'
         WHERE (l.status, l.outcome, l.error_class, l.parts, l.cost_micros, l.currency)
               IS DISTINCT FROM
               (n.status, n.outcome, n.error_class, n.parts, n.cost_micros, n.currency)
    ), moved AS (
        UPDATE contact_log AS l
           SET status = w.new_status, outcome = w.new_outcome, error_class = w.new_error_class,
               has_failed = w.new_has_failed, parts = w.new_parts,
               cost_micros = w.new_cost_micros, currency = w.new_currency
          FROM was AS w
         WHERE l.tenant_id = w.tenant_id AND l.at = w.at AND l.event_id = w.event_id
    ), delta AS (
        SELECT tenant_id, at, day, verdict, rule, channel, purpose, template, account, mode,
               status, error_class, currency, -1 AS contacts, -parts AS parts,
               -cost_micros AS cost_micros
          FROM was
         UNION ALL
        SELECT tenant_id, at, day, verdict, rule, channel, purpose, template, account, mode,
               new_status, new_error_class, new_currency, 1, new_parts, new_cost_micros
          FROM was
    ), slots AS (
        INSERT INTO contact_log_slots AS s
        SELECT tenant_id, date_bin('15 min', at, '2000-01-01 00:00:00+00'), verdict, rule, channel,
               purpose, status, error_class, account, mode, currency, sum(contacts), sum(parts),
               sum(cost_micros), NULL, NULL
          FROM delta
      GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
        HAVING sum(contacts) <> 0 OR sum(parts) <> 0 OR sum(cost_micros) <> 0
            ON CONFLICT (tenant_id, slot, verdict, rule, channel, purpose, status, error_class,
                         account, mode, currency)
            DO UPDATE SET contacts = s.contacts + excluded.contacts,
                          parts = s.parts + excluded.parts,
                          cost_micros = s.cost_micros + excluded.cost_micros
    ), days AS (
        INSERT INTO contact_log_days AS d
        SELECT tenant_id, day, verdict, rule, channel, purpose, status, template, currency,
               sum(contacts), sum(cost_micros)
          FROM delta
      GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
        HAVING sum(contacts) <> 0 OR sum(cost_micros) <> 0
            ON CONFLICT (tenant_id, day, verdict, rule, channel, purpose, status, template,
                         currency)
            DO UPDATE SET contacts = d.contacts + excluded.contacts,
                          cost_micros = d.cost_micros + excluded.cost_micros
    )
    SELECT count(*) FROM was
"""
SQL_ERASE: Final = """
    UPDATE contact_log AS l
       SET address_hmac = NULL
      FROM persons AS p
     WHERE p.person_id = $1
       AND l.tenant_id = p.tenant_id
       AND l.person_id = p.person_id
       AND l.address_hmac IS NOT NULL
"""
_ENDED_BADLY: Final = ["undelivered", "failed", "expired", "canceled", "released"]
"""Delivery states that reached nobody."""


class Line(NamedTuple):
    """A row of the read model as its event tells it; what a contact's projection knows is joined.

    `endpoint` is the address that was tried; `is_known` is whether the person's key is there still.
    """

    tenant_id: str
    at: datetime
    event_id: int
    recorded_at: datetime
    day: date
    person_id: int
    contact_id: UUID | None
    loan_ids: str | None
    verdict: str
    rule: str
    rules: str | None
    shadow: str | None
    until: datetime | None
    channel: str
    purpose: str
    step: str
    stage: str
    treatment: str
    treatment_hash: str
    template: str
    template_hash: str
    mode: str
    operator: str
    reply: str
    is_known: bool
    sample_key: int
    endpoint: str


async def write_lines(conn: Connection, lines: Sequence[Line]) -> int:
    """Add rows, and count them; returns how many weren't there."""
    if not lines:
        return 0
    columns: list[list[Any]] = [list(column) for column in zip(*lines, strict=True)]
    return int(await conn.fetchval(SQL_FOLD, *columns, _ENDED_BADLY))


async def refresh(
    conn: Connection, contacts: Collection[tuple[int, UUID]], answered: Collection[int]
) -> int:
    """Bring contacts' states and costs up to date, and their counts; returns how many moved.

    Args:
        conn: In the folder's transaction.
        contacts: (person, contact) of which something was logged.
        answered: Persons who answered something, which may mend what earlier contacts came to.
    """
    if not contacts and not answered:
        return 0
    persons, ids = zip(*contacts, strict=True) if contacts else ((), ())
    return int(
        await conn.fetchval(SQL_REFRESH, list(persons), list(ids), list(answered), _ENDED_BADLY)
    )


async def forget_addresses(conn: Connection, person_id: int) -> None:
    """Remove what an erased person could be found by."""
    await conn.execute(SQL_ERASE, person_id)
