"""A contact log of any length, made by SQL: borrowers with keys, contacts, decisions, replies.

Times run evenly over the last 90 days. Four fifths are contacts, the others were deferred, blocked
or came in; each row can be decrypted, because each borrower has one body of each kind. A template has
one channel and one purpose, as they have in fact.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

import asyncpg

from outreach.domain.refs import ref_digest
from outreach.store.bodies import encode_body
from outreach.store.people import endpoint_aad
from outreach.store.vault import Vault
from outreach.usecases.receipt_effects import event_aad

TENANT: Final = "acme"
DAYS: Final = 90
PER_BORROWER: Final = 50
RARE_RULE: Final = "acme.rare_rule"
PADDING: Final = "x" * 700
"""About what the facts of a decision come to."""

_PEOPLE: Final = """
    INSERT INTO persons (tenant_id, person_id, wrapped_key, declared_zone)
    SELECT $1, p, k, 'America/New_York' FROM unnest($2::bigint[], $3::bytea[]) AS t (p, k)
"""
_ENDPOINTS: Final = """
    INSERT INTO endpoints (tenant_id, person_id, endpoint_id, medium, kind, address_hmac, address,
                           status)
    SELECT $1, p, 'ph', 'phone', 'mobile', h, a, 'active'
      FROM unnest($2::bigint[], $3::bytea[], $4::bytea[]) AS t (p, h, a)
"""
_LOANS: Final = """
    INSERT INTO loans (tenant_id, person_id, loan_id, ref, source, currency, status,
                       lender_timezone, as_of)
    SELECT $1, p, p, 'LN-' || p, 'core', 'USD', 'active', 'America/New_York', $3
      FROM unnest($2::bigint[]) AS p
"""
_REFS: Final = """
    INSERT INTO external_refs (digest, tenant_id, kind, ref, person_id, loan_id)
    SELECT d, $1, 'loan', 'LN-' || p, p, p FROM unnest($2::bigint[], $3::bytea[]) AS t (p, d)
"""
_BODIES: Final = """
    INSERT INTO bodies SELECT * FROM unnest($1::bigint[], $2::text[], $3::bytea[])
"""
# What row `n` of `of` is; the modulos are prime to each other, so that everything mixes.
_ROWS: Final = """
    CREATE TEMP TABLE made AS
    SELECT n, $2::timestamptz + n::double precision / $3 * ($4::timestamptz - $2) AS at,
           1 + (n * 7919) % $5 AS person,
           CASE WHEN n % 100 < 80 THEN 'decided' WHEN n % 100 < 92 THEN 'deferred'
                WHEN n % 100 < 98 THEN 'blocked' ELSE 'inbound' END AS kind,
           md5(n::text)::uuid AS contact,
           (ARRAY['sms','sms','sms','email','push','call','whatsapp'])[1 + (n % 23 % 7)::int]
             AS channel,
           CASE WHEN n % 23 % 3 = 0 THEN 'servicing_reminder' ELSE 'collection' END AS purpose,
           (ARRAY['delivered','delivered','delivered','delivered','delivered','delivered','sent',
                  'undelivered','delivered','read','delivered'])[1 + (n % 11)::int] AS state,
           'template-' || (n % 23) AS template, 'treatment-' || (n % 5) AS treatment
      FROM generate_series(1, $3::bigint) AS n
     WHERE $1 <> ''
"""
_CONTACTS: Final = """
    INSERT INTO contacts (tenant_id, person_id, contact_id, case_id, step, occurrence, try, debts,
                          channel, purpose, endpoint_id, address_hmac, provider, sender, template,
                          treatment, at, send_before, parts, cost_micros, delivery_state, outcome,
                          error_class)
    SELECT $1, m.person, m.contact, 1, 'step-' || m.n % 9, m.n::text, 1, ARRAY[m.person],
           m.channel, m.purpose, 'ph', e.address_hmac, 'carrier-' || m.n % 2, '+12125550100',
           m.template || '@0123456789ab', m.treatment || '@0123456789ab', m.at, m.at, 1, 7500,
           m.state, m.state, CASE WHEN m.state = 'undelivered' THEN 'unreachable_retry' END
      FROM made AS m JOIN endpoints AS e ON e.person_id = m.person
     WHERE m.kind = 'decided'
"""
_EVENTS: Final = """
    INSERT INTO contact_events (tenant_id, person_id, contact_id, kind, at, recorded_at, body)
    SELECT $1, m.person, CASE WHEN m.kind = 'decided' THEN m.contact END, m.kind, m.at, m.at,
           b.body
      FROM made AS m
           JOIN bodies AS b
             ON b.person_id = m.person
            AND b.kind = CASE WHEN m.kind = 'blocked' AND m.n % 20000 = 93 THEN 'rare'
                              ELSE m.kind END
  ORDER BY m.n
"""


def number_of(person: int) -> str:
    """Return a borrower's phone number."""
    return f"+1212{person:07}"


async def fill(conn: asyncpg.Connection, vault: Vault, contacts: int, now: datetime) -> None:
    """Write the log of a lender; the read model is left to the folder."""
    start = now - timedelta(days=DAYS)
    persons = list(range(1, max(2, contacts // PER_BORROWER) + 1))
    await _make_months(conn, start.date(), now.date())
    await _make_people(conn, vault, persons, now)
    await conn.execute(_ROWS, TENANT, start, contacts, now, len(persons))
    await conn.execute(
        "CREATE UNIQUE INDEX ON made (n); ANALYZE made; ANALYZE bodies; ANALYZE endpoints"
    )
    await conn.execute(_CONTACTS, TENANT)
    await conn.execute(_EVENTS, TENANT)
    await conn.execute("DROP TABLE made, bodies")


async def _make_months(conn: asyncpg.Connection, first: date, last: date) -> None:
    month = first.replace(day=1)
    while month <= last:
        following = (month + timedelta(days=32)).replace(day=1)
        await conn.execute(
            f"CREATE TABLE contact_events_{month:%Y%m} PARTITION OF contact_events"
            f" FOR VALUES FROM ('{month}T00:00:00Z') TO ('{following}T00:00:00Z')"
        )
        month = following


async def _make_people(
    conn: asyncpg.Connection, vault: Vault, persons: list[int], now: datetime
) -> None:
    keys = {person: vault.new_key() for person in persons}
    numbers = [number_of(person) for person in persons]
    await conn.execute(_PEOPLE, TENANT, persons, [keys[one].wrapped for one in persons])
    await conn.execute(
        _ENDPOINTS,
        TENANT,
        persons,
        [vault.address_hmac(one) for one in numbers],
        [
            keys[one].encrypt(number.encode(), endpoint_aad(one))
            for one, number in zip(persons, numbers, strict=True)
        ],
    )
    await conn.execute(_LOANS, TENANT, persons, now)
    digests = [ref_digest(TENANT, "loan", f"LN-{person}") for person in persons]
    await conn.execute(_REFS, TENANT, persons, digests)
    await conn.execute("CREATE TEMP TABLE bodies (person_id bigint, kind text, body bytea)")
    rows = [
        (person, kind, key.encrypt(encode_body(body), event_aad(person)))
        for person, key in keys.items()
        for kind, body in _bodies(person, now).items()
    ]
    await conn.execute(_BODIES, *(list(column) for column in zip(*rows, strict=True)))


def _bodies(person: int, now: datetime) -> Mapping[str, dict[str, Any]]:
    """Return what a borrower's rows say, by kind."""
    common = {
        "step": f"step-{person % 9}",
        "stage": "early",
        "treatment": f"treatment-{person % 5}@0123456789ab",
        "debts": [person],
        "day": person % 60,
        "padding": PADDING,
    }
    asked = {
        "channel": "sms",
        "purpose": "collection",
        "endpoint": "ph",
        "template": f"template-{person % 23}",
        "template_ref": f"template-{person % 23}@0123456789ab",
    }
    until = (now + timedelta(hours=9)).isoformat()
    quiet = {
        "rule": f"acme.rule_{person % 23 % 13}",
        "code": "quiet_hours",
        "verdict": "defer",
        "until": until,
    }
    refused = {"rule": f"acme.refusal_{person % 23 % 5}", "code": "opt_out", "verdict": "block"}
    rare = {"rule": RARE_RULE, "code": "opt_out", "verdict": "block"}
    return {
        "decided": common | {"words": PADDING[:160], "action": asked, "verdict": "allow"},
        "deferred": common | {"tried": [asked | {"reasons": [quiet]}], "until": until},
        "blocked": common | {"tried": [asked | {"reasons": [refused]}]},
        "rare": common | {"tried": [asked | {"reasons": [rare]}]},
        "inbound": {"channel": "sms", "reply": {"kind": "help", "rule": "HELP"}, "text": "HELP"},
    }
