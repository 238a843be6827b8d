"""Rows of words that lenders' people write, and the one number that says that others are live."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from outreach.domain.template_versions import NewWords, Place, State, Version
from outreach.domain.vocabulary import Channel
from outreach.store.pool import Connection

SQL_VERSION: Final = """
    SELECT * FROM template_versions WHERE tenant_id = $1 AND version_id = $2
"""
SQL_VERSION_LOCKED: Final = """
    SELECT * FROM template_versions WHERE tenant_id = $1 AND version_id = $2 FOR UPDATE
"""
SQL_VERSION_NUMBERED: Final = """
    SELECT *
      FROM template_versions
     WHERE tenant_id = $1 AND key = $2 AND locale = $3 AND channel = $4 AND number = $5
"""
SQL_VERSIONS: Final = """
    SELECT *
      FROM template_versions
     WHERE tenant_id = $1 AND key = $2 AND locale = $3 AND channel = $4
       AND ($5::integer IS NULL OR number < $5)
  ORDER BY number DESC
     LIMIT $6
"""
SQL_OPEN_VERSION: Final = """
    SELECT *
      FROM template_versions
     WHERE tenant_id = $1 AND key = $2 AND locale = $3 AND channel = $4
       AND state IN ('draft', 'review', 'approved')
"""
# What a list of templates shows of a lender: what is open, and what is live.
SQL_CURRENT_VERSIONS: Final = """
    SELECT *
      FROM template_versions
     WHERE tenant_id = $1 AND state IN ('draft', 'review', 'approved', 'live')
  ORDER BY key, locale, channel, number
"""
SQL_LIVE_VERSIONS: Final = """
    SELECT *
      FROM template_versions
     WHERE state = 'live'
  ORDER BY tenant_id, key, locale, channel, number
"""
SQL_LIVE_AT_PLACE: Final = """
    SELECT *
      FROM template_versions
     WHERE tenant_id = $1 AND key = $2 AND locale = $3 AND channel = $4 AND state = 'live'
  ORDER BY number
"""
SQL_WAITING_VERSIONS: Final = """
    SELECT *
      FROM template_versions
     WHERE tenant_id = $1 AND state = 'review'
  ORDER BY submitted_at
     LIMIT $2
"""
SQL_PLANNED_VERSIONS: Final = """
    SELECT tenant_id, version_id
      FROM template_versions
     WHERE state = 'approved' AND go_live_at <= $1
  ORDER BY go_live_at, version_id
"""
SQL_VERSION_OF_HASH: Final = """
    SELECT *
      FROM template_versions
     WHERE tenant_id = $1 AND key = $2 AND hashes @> ARRAY[$3::text]
  ORDER BY version_id DESC
     LIMIT 1
"""
# Whoever numbers or publishes at a place waits for whoever does there.
SQL_LOCK_PLACE: Final = "SELECT pg_advisory_xact_lock(hashtextextended($1, 23))"
SQL_NEW_VERSION: Final = """
    INSERT INTO template_versions
           (tenant_id, key, locale, channel, number, source, subject, note, authors, based_number,
            based_hash, based_source, based_subject, file_hash, needs_compliance, content_hash,
            created_at, changed_at)
    SELECT $1, $2, $3, $4,
           coalesce((SELECT max(number) FROM template_versions
                      WHERE tenant_id = $1 AND key = $2 AND locale = $3 AND channel = $4), 0) + 1,
           $5, $6, $7, $8::text[], $9, $10, $11, $12, $13, $14, $15, $16, $16
    RETURNING *
"""
SQL_SAVE_VERSION: Final = """
    UPDATE template_versions
       SET state = $3, revision = $4, source = $5, subject = $6, note = $7, authors = $8,
           based_number = $9, based_hash = $10, based_source = $11, based_subject = $12,
           file_hash = $13, needs_compliance = $14, content_hash = $15, hashes = $16, percent = $17,
           hold_out = $18, changed_at = $19, submitted_at = $20, submitted_by = $21,
           go_live_at = $22, go_live_by = $23, live_at = $24, live_by = $25, ended_at = $26,
           ended_by = $27
     WHERE tenant_id = $1 AND version_id = $2
"""
# Fixed phrases below live words changed: contacts bear another hash of the same version.
SQL_KNOW_HASH: Final = """
    UPDATE template_versions
       SET hashes = array_append(hashes, $3)
     WHERE tenant_id = $1 AND version_id = $2 AND NOT hashes @> ARRAY[$3::text]
"""
SQL_GENERATION: Final = "SELECT generation FROM template_generation"
SQL_NEXT_GENERATION: Final = "UPDATE template_generation SET generation = generation + 1"


async def find_version(conn: Connection, tenant: str, version_id: int) -> Version | None:
    """Return a version of a lender; None if it has no such."""
    row = await conn.fetchrow(SQL_VERSION, tenant, version_id)
    return None if row is None else _version(row)


async def lock_version(conn: Connection, tenant: str, version_id: int) -> Version | None:
    """Return a version that nobody else changes until the caller's transaction ends."""
    row = await conn.fetchrow(SQL_VERSION_LOCKED, tenant, version_id)
    return None if row is None else _version(row)


async def find_numbered(conn: Connection, place: Place, number: int) -> Version | None:
    """Return the version of a place with this number; None if there is none."""
    row = await conn.fetchrow(SQL_VERSION_NUMBERED, *place, number)
    return None if row is None else _version(row)


async def find_open(conn: Connection, place: Place) -> Version | None:
    """Return the one draft, or what became of it before it is live; None if there is none."""
    row = await conn.fetchrow(SQL_OPEN_VERSION, *place)
    return None if row is None else _version(row)


async def list_versions(
    conn: Connection, place: Place, *, before: int | None, most: int
) -> list[Version]:
    """Return versions of a place, newest first, from below a number."""
    return [_version(row) for row in await conn.fetch(SQL_VERSIONS, *place, before, most)]


async def list_current(conn: Connection, tenant: str) -> list[Version]:
    """Return a lender's open and live versions by place and number."""
    return [_version(row) for row in await conn.fetch(SQL_CURRENT_VERSIONS, tenant)]


async def list_live(conn: Connection) -> list[Version]:
    """Return every lender's live versions by place and number."""
    return [_version(row) for row in await conn.fetch(SQL_LIVE_VERSIONS)]


async def list_live_at(conn: Connection, place: Place) -> list[Version]:
    """Return the live versions of a place: more than one while one is tried."""
    return [_version(row) for row in await conn.fetch(SQL_LIVE_AT_PLACE, *place)]


async def list_waiting(conn: Connection, tenant: str, *, most: int) -> list[Version]:
    """Return what was sent for approval, the longest waiting first."""
    return [_version(row) for row in await conn.fetch(SQL_WAITING_VERSIONS, tenant, most)]


async def list_planned(conn: Connection, *, now: datetime) -> list[tuple[str, int]]:
    """Return (lender, id) of the versions whose time to go live has come, at business time."""
    return [(tenant, one) for tenant, one in await conn.fetch(SQL_PLANNED_VERSIONS, now)]


async def find_of_hash(conn: Connection, tenant: str, key: str, of: str) -> Version | None:
    """Return the lender's version whose words were live under a hash; None: the file's were."""
    row = await conn.fetchrow(SQL_VERSION_OF_HASH, tenant, key, of)
    return None if row is None else _version(row)


async def lock_place(conn: Connection, place: Place) -> None:
    """Keep others from numbering and publishing here until the caller's transaction ends."""
    await conn.execute(SQL_LOCK_PLACE, f"{place.tenant}/{place}")


async def add_version(
    conn: Connection,
    place: Place,
    words: NewWords,
    base: tuple[int, str, str, str],
    derived: tuple[str, bool, str],
    authors: Sequence[str],
    now: datetime,
) -> Version:
    """Add a draft under the next number; lock the place first.

    Args:
        conn: In a transaction.
        place: What it is the words of.
        words: As begun.
        base: Number, hash, source and subject of what it was begun from.
        derived: Hash of the file's words, whether it is legal text, and its own hash.
        authors: Logins; empty as long as its words are those of its base.
        now: Business time.
    """
    row = await conn.fetchrow(SQL_NEW_VERSION, *place, *words, list(authors), *base, *derived, now)
    return _version(row)


async def save_version(conn: Connection, version: Version) -> None:
    """Write a version back; the row was locked by the caller's transaction."""
    one = version
    await conn.execute(
        SQL_SAVE_VERSION,
        one.place.tenant,
        one.version_id,
        one.state,
        one.revision,
        one.source,
        one.subject,
        one.note,
        list(one.authors),
        one.based_number,
        one.based_hash,
        one.based_source,
        one.based_subject,
        one.file_hash,
        one.needs_compliance,
        one.content_hash,
        list(one.hashes),
        one.percent,
        one.hold_out,
        one.changed_at,
        one.submitted_at,
        one.submitted_by,
        one.go_live_at,
        one.go_live_by,
        one.live_at,
        one.live_by,
        one.ended_at,
        one.ended_by,
    )


async def know_hash(conn: Connection, version: Version, of: str) -> None:
    """Remember that a live version's words are known by one more hash."""
    await conn.execute(SQL_KNOW_HASH, version.place.tenant, version.version_id, of)


async def find_generation(conn: Connection) -> int:
    """Return the number that rises whenever other words are live."""
    return int(await conn.fetchval(SQL_GENERATION))


async def next_generation(conn: Connection) -> None:
    """Tell every process that other words are live, once the caller's transaction commits."""
    await conn.execute(SQL_NEXT_GENERATION)


def _version(row: Any) -> Version:
    values = dict(row)
    place = Place(
        values.pop("tenant_id"),
        values.pop("key"),
        values.pop("locale"),
        Channel(values.pop("channel")),
    )
    values["state"] = State(values["state"])
    values["authors"] = tuple(values["authors"])
    values["hashes"] = tuple(values["hashes"])
    return Version(place=place, **values)
