"""Contacts by the version of their words, counted in the contact log's read model."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from outreach.domain.experiments import Experiment
from outreach.store.pool import Connection

SQL_PATIENCE: Final = "SELECT set_config('statement_timeout', $1, true)"
SQL_COUNT_OF_HASHES: Final = """
    SELECT count(*)
      FROM (SELECT
              FROM contact_log
             WHERE tenant_id = $1 AND template = $2 AND template_hash = ANY($3::text[])
               AND contact_id IS NOT NULL AND verdict = 'allowed'
             LIMIT $4) AS capped
"""
# The last slots of a draw are held out (`experiments.arm_of`): their words are the standing ones.
SQL_ARMS: Final = """
    WITH said AS (
        SELECT w.number, l.person_id, l.at, l.status, l.has_failed
          FROM contact_log AS l
               JOIN unnest($3::text[], $4::integer[]) AS w (hash, number)
                 ON w.hash = l.template_hash
         WHERE l.tenant_id = $1 AND l.template = $2 AND l.at >= $5
           AND l.contact_id IS NOT NULL AND l.verdict = 'allowed' AND l.status <> 'released'
           AND ($7 = 0 OR
                ('x' || left(encode(sha256(convert_to(
                      $6 || ':' || l.person_id, 'UTF8')), 'hex'), 8)
                )::bit(32)::bigint % 100 < 100 - $7)
    )
    SELECT s.number,
           count(*) AS contacts,
           count(*) FILTER (WHERE s.status IN ('delivered', 'read')) AS delivered,
           count(*) FILTER (WHERE s.has_failed) AS failed,
           count(*) FILTER (WHERE a.replied) AS replied,
           count(*) FILTER (WHERE a.opted_out) AS opted_out
      FROM said AS s
           CROSS JOIN LATERAL (
               SELECT count(*) > 0 AS replied,
                      count(*) FILTER (WHERE r.reply = 'opt_out') > 0 AS opted_out
                 FROM contact_log AS r
                WHERE r.tenant_id = $1 AND r.person_id = s.person_id AND r.verdict = 'inbound'
                  AND r.at >= s.at AND r.at < s.at + interval '3 days'
           ) AS a
  GROUP BY s.number
  ORDER BY s.number DESC
"""

_PATIENCE: Final = "250ms"


class ArmCount(NamedTuple):
    """What became of the contacts that said one version; replies within three days."""

    number: int
    contacts: int
    delivered: int
    failed: int
    replied: int
    opted_out: int


async def count_of_hashes(
    conn: Connection, tenant: str, key: str, hashes: Sequence[str], *, most: int
) -> int:
    """Count contacts whose words bear one of these hashes, up to `most`.

    Raises:
        asyncpg.QueryCanceledError: It takes longer than a page waits.
    """
    await conn.execute(SQL_PATIENCE, _PATIENCE)
    return int(await conn.fetchval(SQL_COUNT_OF_HASHES, tenant, key, list(hashes), most))


async def count_arms(
    conn: Connection,
    tenant: str,
    key: str,
    numbers: Mapping[str, int],
    trial: Experiment | None,
    hold_out: int,
    *,
    since: datetime,
) -> list[ArmCount]:
    """Count what became of contacts since a business time, by version, newest version first.

    Args:
        conn: Reading as the lender.
        tenant: Whose.
        key: Of the templates.
        numbers: Version by hash of its words.
        trial: The draw that is under way.
        hold_out: Share of the people that it leaves out.
        since: From when on.
    """
    rows = await conn.fetch(
        SQL_ARMS,
        tenant,
        key,
        list(numbers),
        list(numbers.values()),
        since,
        trial.key if trial is not None else "",
        hold_out if trial is not None else 0,
    )
    return [ArmCount(*row.values()) for row in rows]
