"""What outreach came to, in set statements over cases, contacts, promises and schedules.

Every statement is about one lender and one period, and never about one loan: how many are run
doesn't depend on how many loans there are. Contacts are of one mode; others aren't looked at.
Days past due of a case are counted from the installment that opened it.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final, Literal, NamedTuple

from outreach.domain.ratings import QUESTION
from outreach.store.pool import Connection

By = Literal["channel", "treatment", "risk_tier", "product"]

# Where each loan stood on the first and last day of each month, in buckets of days past due.
SQL_ROLLS: Final = """
    WITH months AS (SELECT * FROM unnest($2::date[], $3::date[]) AS m (first, last)),
         marks AS (SELECT first AS on_day FROM months UNION SELECT last FROM months),
         known AS (SELECT person_id, loan_id, min(opened_on) AS since
                     FROM cases WHERE tenant_id = $1 GROUP BY 1, 2),
         stood AS (SELECT marks.on_day, known.person_id, known.loan_id,
                          coalesce(max(marks.on_day - c.anchor_due_on), 0) AS days,
                          bool_or(l.closed_on <= marks.on_day) IS TRUE AS is_closed
                     FROM known
                     JOIN loans AS l USING (person_id, loan_id)
                     JOIN marks ON marks.on_day >= known.since
                LEFT JOIN cases AS c
                       ON c.person_id = known.person_id AND c.loan_id = known.loan_id
                      AND c.kind = 'delinquency' AND c.opened_on <= marks.on_day
                      AND (c.closed_on IS NULL OR c.closed_on > marks.on_day)
                 GROUP BY 1, 2, 3),
         bucketed AS (SELECT s.on_day, s.person_id, s.loan_id,
                             CASE WHEN s.is_closed THEN 'closed' ELSE b.bucket END AS bucket
                        FROM stood AS s
                        JOIN unnest($4::text[], $5::integer[], $6::integer[])
                               AS b (bucket, low, high)
                          ON s.days BETWEEN b.low AND b.high)
    SELECT m.first, f.bucket AS was, t.bucket AS became, count(*) AS loans
      FROM months AS m
      JOIN bucketed AS f ON f.on_day = m.first
      JOIN bucketed AS t
        ON t.on_day = m.last AND t.person_id = f.person_id AND t.loan_id = f.loan_id
     WHERE f.bucket <> 'closed'
  GROUP BY 1, 2, 3
  ORDER BY 1, 2, 3
"""
# Delinquencies that reached a bucket, and those that were cured while in it.
SQL_CURES_BY_STAGE: Final = """
    WITH ended AS (SELECT coalesce(closed_on, $4::date) - anchor_due_on AS days,
                          coalesce(end_reason IN ('cured', 'paid'), false) AS cured
                     FROM cases
                    WHERE tenant_id = $1 AND kind = 'delinquency'
                      AND opened_on >= $2 AND opened_on < $3)
    SELECT b.bucket, count(e.days) AS reached,
           count(*) FILTER (WHERE e.cured AND e.days <= b.high) AS cured
      FROM unnest($5::text[], $6::integer[], $7::integer[]) WITH ORDINALITY
             AS b (bucket, low, high, place)
 LEFT JOIN ended AS e ON e.days >= b.low
  GROUP BY b.bucket, b.place
  ORDER BY b.place
"""
# By the last contact that was made about a delinquency; '' where none was.
SQL_CURES_BY: Final = """
    WITH last AS (SELECT DISTINCT ON (person_id, case_id)
                         person_id, case_id, channel, split_part(treatment, '@', 1) AS treatment,
                         risk_tier
                    FROM contacts
                   WHERE tenant_id = $1 AND mode = $4 AND direction = 'out' AND at >= $5
                     AND delivery_state NOT IN ('reserved', 'released')
                ORDER BY person_id, case_id, at DESC)
    SELECT CASE $6 WHEN 'channel' THEN coalesce(last.channel, '')
                   WHEN 'treatment' THEN coalesce(last.treatment, '')
                   WHEN 'risk_tier' THEN coalesce(last.risk_tier, '')
                   ELSE l.product END AS what,
           count(*) AS cases,
           count(*) FILTER (WHERE c.end_reason IN ('cured', 'paid')) AS cured
      FROM cases AS c
      JOIN loans AS l USING (person_id, loan_id)
 LEFT JOIN last ON last.person_id = c.person_id AND last.case_id = c.case_id
     WHERE c.tenant_id = $1 AND c.kind = 'delinquency' AND c.opened_on >= $2 AND c.opened_on < $3
  GROUP BY 1
  ORDER BY 2 DESC, 1
"""
# Everybody is in the arm that the hash of experiment and person says, contacted or not.
SQL_CURES_BY_ARM: Final = """
    WITH drawn AS (SELECT c.end_reason, e.experiment, e.arm, e.place
                     FROM cases AS c
                     JOIN loans AS l USING (person_id, loan_id)
                     JOIN unnest($4::text[], $5::text[], $6::integer[], $7::integer[])
                            WITH ORDINALITY AS e (experiment, arm, low, high, place)
                       ON ('x' || left(encode(sha256(convert_to(
                              e.experiment || ':' || c.person_id, 'UTF8')), 'hex'), 8)
                          )::bit(32)::bigint % 100 BETWEEN e.low AND e.high
                    WHERE c.tenant_id = $1 AND c.kind = 'delinquency'
                      AND c.opened_on >= $2 AND c.opened_on < $3)
    SELECT experiment, arm, count(*) AS cases,
           count(*) FILTER (WHERE end_reason IN ('cured', 'paid')) AS cured
      FROM drawn
  GROUP BY experiment, arm, place
  ORDER BY experiment, place
"""
SQL_PROMISES: Final = """
    SELECT to_char(due_on, 'YYYY-MM') AS month,
           count(*) FILTER (WHERE status = 'kept') AS kept,
           count(*) FILTER (WHERE status = 'partly_kept') AS partly,
           count(*) FILTER (WHERE status = 'broken') AS broken,
           count(*) FILTER (WHERE status = 'open') AS open,
           count(*) FILTER (WHERE status = 'canceled') AS canceled
      FROM promises
     WHERE tenant_id = $1 AND due_on >= $2 AND due_on < $3
  GROUP BY 1
  ORDER BY 1
"""
# The most contacts that each person had within any span of the given length.
SQL_INTENSITY: Final = """
    WITH counted AS (SELECT person_id, count(*) OVER (
                                PARTITION BY person_id ORDER BY at
                                RANGE BETWEEN $5::interval PRECEDING AND CURRENT ROW) AS contacts
                       FROM contacts
                      WHERE tenant_id = $1 AND mode = $2 AND direction = 'out'
                        AND at >= $3 AND at < $4 AND (channel = ANY($6) OR $6::text[] = '{}')
                        AND delivery_state NOT IN ('reserved', 'released')),
         most AS (SELECT person_id, max(contacts) AS contacts FROM counted GROUP BY 1)
    SELECT contacts, count(*) AS persons
      FROM most
  GROUP BY 1
  ORDER BY 1
"""
# What people answered when they were asked how a case of theirs went, by channel of the question.
SQL_RATINGS: Final = """
    SELECT channel, count(*) AS asked,
           count(*) FILTER (WHERE disposition = 'rated_1') AS ones,
           count(*) FILTER (WHERE disposition = 'rated_2') AS twos,
           count(*) FILTER (WHERE disposition = 'rated_3') AS threes,
           count(*) FILTER (WHERE disposition = 'rated_4') AS fours,
           count(*) FILTER (WHERE disposition = 'rated_5') AS fives
      FROM contacts
     WHERE tenant_id = $1 AND mode = $2 AND direction = 'out' AND at >= $3 AND at < $4
       AND split_part(template, '@', 1) = $5
       AND delivery_state NOT IN ('reserved', 'released')
  GROUP BY channel
  ORDER BY channel
"""
# What contacts about delinquencies cost, by the currency that it was charged in (NULL: our own).
SQL_COST: Final = """
    WITH cohort AS (SELECT person_id, case_id FROM cases
                     WHERE tenant_id = $1 AND kind = 'delinquency'
                       AND opened_on >= $2 AND opened_on < $3)
    SELECT t.price_currency AS currency, t.channel, count(*) AS contacts,
           sum(coalesce(t.price_micros, t.cost_micros))::bigint AS micros
      FROM contacts AS t
      JOIN cohort USING (person_id, case_id)
     WHERE t.tenant_id = $1 AND t.mode = $4 AND t.direction = 'out' AND t.at >= $5
       AND t.delivery_state NOT IN ('reserved', 'released')
  GROUP BY 1, 2
  ORDER BY 1 NULLS FIRST, 2
"""
# Loans by the month of their first due date, and in which month after it they first were so late.
SQL_VINTAGES: Final = """
    WITH begun AS (SELECT i.person_id, i.loan_id, min(i.due_on) AS first_due
                     FROM installments AS i
                    WHERE i.tenant_id = $1 GROUP BY 1, 2),
         late AS (SELECT person_id, loan_id, min(anchor_due_on + $4::integer) AS late_on
                    FROM cases
                   WHERE tenant_id = $1 AND kind = 'delinquency'
                     AND coalesce(closed_on, $3::date) - anchor_due_on >= $4::integer
                GROUP BY 1, 2)
    SELECT date_trunc('month', b.first_due)::date AS vintage,
           ((extract(year FROM late_on) - extract(year FROM b.first_due)) * 12
            + extract(month FROM late_on) - extract(month FROM b.first_due))::integer AS age,
           count(*) AS loans
      FROM begun AS b
 LEFT JOIN late USING (person_id, loan_id)
     WHERE b.first_due >= $2 AND b.first_due <= $3
  GROUP BY 1, 2
  ORDER BY 1, 2
"""


class Bucket(NamedTuple):
    """Days past due from `low` to `high`, both in."""

    name: str
    low: int
    high: int


class Roll(NamedTuple):
    """How many loans went from one bucket to another within a month."""

    month: date
    was: str
    became: str
    loans: int


class Cured(NamedTuple):
    """Of so many delinquencies of a group so many were cured."""

    what: str
    cases: int
    cured: int


class ArmCured(NamedTuple):
    """The same of one arm of an experiment."""

    experiment: str
    arm: str
    cases: int
    cured: int


class ArmSlots(NamedTuple):
    """Which slots of a hundred are an arm's, both in."""

    experiment: str
    arm: str
    low: int
    high: int


class Promised(NamedTuple):
    """What became of the promises that were due in a month."""

    month: str
    kept: int
    partly: int
    broken: int
    open: int
    canceled: int


class Rated(NamedTuple):
    """How many were asked through a channel how their case went, and how many gave which digit."""

    channel: str
    asked: int
    ones: int
    twos: int
    threes: int
    fours: int
    fives: int

    @property
    def counts(self) -> tuple[int, ...]:
        """Answers by digit, from 1 (badly) to 5 (very well)."""
        return self.ones, self.twos, self.threes, self.fours, self.fives


class Intensity(NamedTuple):
    """So many persons had at most so many contacts within the span."""

    contacts: int
    persons: int


class Spent(NamedTuple):
    """What contacts of a channel cost in millionths; `currency` None is the lender's own."""

    currency: str | None
    channel: str
    contacts: int
    micros: int


class Aged(NamedTuple):
    """How many loans of a vintage first were late at an age in months; None: they never were."""

    vintage: date
    age: int | None
    loans: int


class Period(NamedTuple):
    """One lender, one period (`since` in, `until` out, in its calendar), one mode, as of a day.

    `begins` and `ends` are the instants of `since` and `until`.
    """

    tenant: str
    mode: str
    since: date
    until: date
    as_of: date
    begins: datetime
    ends: datetime


async def list_rolls(
    conn: Connection,
    period: Period,
    months: Sequence[tuple[date, date]],
    buckets: Sequence[Bucket],
) -> list[Roll]:
    """Return how loans moved within each month, given by its first day and the next one's."""
    first, last = [one for one, _ in months], [one for _, one in months]
    rows = await conn.fetch(SQL_ROLLS, period.tenant, first, last, *_columns(buckets))
    return [Roll(*row.values()) for row in rows]


async def list_cures_by_stage(
    conn: Connection, period: Period, buckets: Sequence[Bucket]
) -> list[Cured]:
    """Return how many delinquencies reached each bucket, and were cured in it."""
    rows = await conn.fetch(
        SQL_CURES_BY_STAGE,
        period.tenant,
        period.since,
        period.until,
        period.as_of,
        *_columns(buckets),
    )
    return [Cured(*row.values()) for row in rows]


async def list_cures_by(conn: Connection, period: Period, by: By) -> list[Cured]:
    """Return cures by what the last contact of a delinquency was, or by product."""
    rows = await conn.fetch(
        SQL_CURES_BY,
        period.tenant,
        period.since,
        period.until,
        period.mode,
        period.begins,
        by,
    )
    return [Cured(*row.values()) for row in rows]


async def list_cures_by_arm(
    conn: Connection, period: Period, slots: Sequence[ArmSlots]
) -> list[ArmCured]:
    """Return cures by arm; everybody counts in theirs, as in a trial."""
    if not slots:
        return []
    columns = _columns(slots)
    rows = await conn.fetch(SQL_CURES_BY_ARM, period.tenant, period.since, period.until, *columns)
    return [ArmCured(*row.values()) for row in rows]


async def list_promises(conn: Connection, period: Period) -> list[Promised]:
    """Return what became of promises by the month that they were due in."""
    rows = await conn.fetch(SQL_PROMISES, period.tenant, period.since, period.until)
    return [Promised(*row.values()) for row in rows]


async def list_ratings(conn: Connection, period: Period) -> list[Rated]:
    """Return how people rated their cases, by channel of the question."""
    rows = await conn.fetch(
        SQL_RATINGS, period.tenant, period.mode, period.begins, period.ends, QUESTION
    )
    return [Rated(*row.values()) for row in rows]


async def list_intensity(
    conn: Connection,
    period: Period,
    span: timedelta,
    channels: Sequence[str] = (),
) -> list[Intensity]:
    """Return how many persons had how many contacts at most within any `span`.

    Args:
        conn: The caller's.
        period: Of when.
        span: How long.
        channels: Those that count; all if none is named.
    """
    rows = await conn.fetch(
        SQL_INTENSITY,
        period.tenant,
        period.mode,
        period.begins,
        period.ends,
        span,
        list(channels),
    )
    return [Intensity(*row.values()) for row in rows]


async def list_spent(conn: Connection, period: Period) -> list[Spent]:
    """Return what the contacts about the period's delinquencies cost."""
    rows = await conn.fetch(
        SQL_COST, period.tenant, period.since, period.until, period.mode, period.begins
    )
    return [Spent(*row.values()) for row in rows]


async def list_vintages(conn: Connection, period: Period, *, late_from: int) -> list[Aged]:
    """Return loans by vintage and by the age at which they first were `late_from` days late."""
    rows = await conn.fetch(SQL_VINTAGES, period.tenant, period.since, period.as_of, late_from)
    return [Aged(*row.values()) for row in rows]


def _columns(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]
