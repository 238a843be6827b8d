"""Who let words through, and when they were live."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

from outreach.domain.operators import Role
from outreach.domain.template_versions import Approval, Place, Verdict, Version
from outreach.store.pool import Connection

SQL_APPROVALS: Final = """
    SELECT login, name, role, at, content_hash, verdict, reason, sentences, voided_at
      FROM template_approvals
     WHERE tenant_id = $1 AND version_id = $2
  ORDER BY approval_id
"""
SQL_ADD_APPROVAL: Final = """
    INSERT INTO template_approvals
           (tenant_id, version_id, login, name, role, at, content_hash, verdict, reason, sentences)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
SQL_VOID_APPROVALS: Final = """
    WITH voided AS (
        UPDATE template_approvals
           SET voided_at = $3
         WHERE tenant_id = $1 AND version_id = $2 AND voided_at IS NULL AND verdict = 'approved'
     RETURNING 1
    )
    SELECT count(*) FROM voided
"""
SQL_LIVES: Final = """
    SELECT l.version_id, v.number, l.percent, l.since, l.until, l.by, l.why
      FROM template_lives AS l
           JOIN template_versions AS v ON v.version_id = l.version_id
     WHERE v.tenant_id = $1 AND v.key = $2 AND v.locale = $3 AND v.channel = $4
  ORDER BY l.since DESC, l.life_id DESC
     LIMIT $5
"""
SQL_BEGIN_LIFE: Final = """
    INSERT INTO template_lives (tenant_id, version_id, percent, since, by, why)
    VALUES ($1, $2, $3, $4, $5, $6)
"""
SQL_END_LIFE: Final = """
    UPDATE template_lives
       SET until = $3
     WHERE tenant_id = $1 AND version_id = $2 AND until IS NULL
"""


class Life(NamedTuple):
    """One time that a version was live; `until` is None while it is. Business time."""

    version_id: int
    number: int
    percent: int
    since: datetime
    until: datetime | None
    by: str
    why: str


async def list_approvals(conn: Connection, tenant: str, version_id: int) -> list[Approval]:
    """Return every decision on a version, voided ones as well, oldest first."""
    return [
        Approval(
            row["login"],
            row["name"],
            Role(row["role"]),
            row["at"],
            row["content_hash"],
            Verdict(row["verdict"]),
            row["reason"],
            row["sentences"],
            row["voided_at"],
        )
        for row in await conn.fetch(SQL_APPROVALS, tenant, version_id)
    ]


async def add_approvals(conn: Connection, version: Version, approvals: Iterable[Approval]) -> None:
    """Keep decisions on a version."""
    for one in approvals:
        await conn.execute(
            SQL_ADD_APPROVAL,
            version.place.tenant,
            version.version_id,
            one.login,
            one.name,
            one.role,
            one.at,
            one.content_hash,
            one.verdict,
            one.reason,
            dict(one.sentences),
        )


async def void_approvals(conn: Connection, version: Version, *, now: datetime) -> int:
    """End the approvals of words that change; returns how many held."""
    found = await conn.fetchval(SQL_VOID_APPROVALS, version.place.tenant, version.version_id, now)
    return int(found)


async def list_lives(conn: Connection, place: Place, *, most: int) -> list[Life]:
    """Return when which version of a place was live, newest first."""
    return [Life(*row.values()) for row in await conn.fetch(SQL_LIVES, *place, most)]


async def begin_life(
    conn: Connection, version: Version, *, at: datetime, by: str, why: str = ""
) -> None:
    """Keep that a version is live from now on, with its share."""
    await conn.execute(
        SQL_BEGIN_LIFE, version.place.tenant, version.version_id, version.percent, at, by, why
    )


async def end_life(conn: Connection, version: Version, *, at: datetime) -> None:
    """Keep that a version is live no more, or no more with this share."""
    await conn.execute(SQL_END_LIFE, version.place.tenant, version.version_id, at)
