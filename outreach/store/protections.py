"""Suppressions, revocations and holds, as replies and receipts write them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from outreach.domain.asked import ANY_PURPOSE
from outreach.domain.records import dataclass
from outreach.domain.vocabulary import ContactPolicy, HoldKind
from outreach.store.pool import Connection

# The newest opt-out counts: sending resumes only on a consent later than it.
SQL_SUPPRESS: Final = """
    INSERT INTO suppressions AS s (tenant_id, sender_scope, address_hmac, medium, at, origin,
                                   evidence)
    SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[], $4::text[], $5::timestamptz[],
                         $6::text[], $7::text[])
    ON CONFLICT (tenant_id, address_hmac, sender_scope, medium) DO UPDATE
       SET at = excluded.at, origin = excluded.origin, evidence = excluded.evidence
     WHERE excluded.at > s.at
"""

SQL_HOLD: Final = """
    INSERT INTO holds (tenant_id, person_id, kind, case_ref, loan_id, policy, channel,
                       placed_at, starts_at, version_at, origin, evidence)
    SELECT t.tenant, t.person, t.kind, t.case_ref, 0, t.policy, t.channel,
           t.at, t.at, t.at, 'reply', t.evidence
      FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::timestamptz[], $6::text[],
                  $7::text[], $8::text[])
        AS t (tenant, person, case_ref, channel, at, evidence, kind, policy)
    ON CONFLICT DO NOTHING
"""

# Of a medium, at every address of a person. Like those that platforms tell, it is never taken
# back here: a later grant stands beside it.
SQL_REVOKE: Final = """
    INSERT INTO consents AS c (tenant_id, person_id, channel, purpose, endpoint_id, status, at,
                               revoked_at, evidence)
    SELECT t.tenant, t.person, t.medium, $6, '', 'revoked', t.at, t.at, t.evidence
      FROM unnest($1::text[], $2::bigint[], $3::text[], $4::timestamptz[], $5::text[])
        AS t (tenant, person, medium, at, evidence)
    ON CONFLICT (person_id, channel, purpose, endpoint_id) DO UPDATE
       SET status = 'revoked', at = excluded.at, revoked_at = excluded.at,
           evidence = excluded.evidence
     WHERE excluded.at > c.at
"""


@dataclass(frozen=True, slots=True, order=True)
class Suppression:
    """An address that a lender may not write to; `sender_scope` `*` is every sender of it."""

    tenant_id: str
    address_hmac: bytes
    sender_scope: str
    medium: str
    at: datetime
    origin: str
    evidence: str


@dataclass(frozen=True, slots=True, order=True)
class Revocation:
    """A medium (a channel, `phone` or `all`) on which a person wants nothing, at no address."""

    tenant_id: str
    person_id: int
    medium: str
    at: datetime
    evidence: str


@dataclass(frozen=True, slots=True)
class ReplyHold:
    """A hold that somebody's words call for.

    By default a channel on which only people may act until somebody has read them.
    """

    tenant_id: str
    person_id: int
    case_ref: str
    channel: str
    at: datetime
    evidence: str
    kind: HoldKind = HoldKind.REVIEW
    policy: ContactPolicy = ContactPolicy.HUMAN_ONLY


async def suppress(conn: Connection, rows: Collection[Suppression]) -> None:
    """Record opt-outs; of two for one address the later stands."""
    latest: dict[tuple[str, bytes, str, str], Suppression] = {}
    for row in sorted(rows):
        latest[row.tenant_id, row.address_hmac, row.sender_scope, row.medium] = row
    await _insert(
        conn,
        SQL_SUPPRESS,
        [
            (r.tenant_id, r.sender_scope, r.address_hmac, r.medium, r.at, r.origin, r.evidence)
            for r in latest.values()
        ],
    )


async def revoke_media(conn: Connection, rows: Collection[Revocation]) -> None:
    """Record requests about a whole medium; of two for one person the later stands."""
    latest = {(row.person_id, row.medium): row for row in sorted(rows)}
    if latest:
        each = [(r.tenant_id, r.person_id, r.medium, r.at, r.evidence) for r in latest.values()]
        columns = [list(column) for column in zip(*each, strict=True)]
        await conn.execute(SQL_REVOKE, *columns, ANY_PURPOSE)


async def place_holds(conn: Connection, rows: Collection[ReplyHold]) -> None:
    """Place holds that words call for; one a kind per message, however often it is delivered."""
    await _insert(
        conn,
        SQL_HOLD,
        [
            (r.tenant_id, r.person_id, r.case_ref, r.channel, r.at, r.evidence, r.kind, r.policy)
            for r in rows
        ],
    )


async def _insert(conn: Connection, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
    if rows:
        await conn.execute(statement, *[list(column) for column in zip(*rows, strict=True)])
