"""What was decided today and what became of it, for one lender, out of the console's read model.

The model's counts by quarter of an hour are read once; a day of them is some thousand rows, however
many contacts there were.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from outreach.domain.records import dataclass
from outreach.store.pool import Connection

# What others' modes made isn't added up with this one's; what wasn't sent has no mode.
SQL_DAY: Final = """
    WITH day AS MATERIALIZED (
        SELECT slot, verdict, rule, status, currency, contacts, cost_micros, until_min, until_max
          FROM contact_log_slots
         WHERE tenant_id = $1 AND slot >= $2 AND slot < $3 AND mode IN ('', $4) AND contacts > 0
    )
    SELECT 'slot' AS what, slot, verdict, '' AS name, sum(contacts)::bigint AS contacts,
           0::bigint AS micros, NULL::timestamptz AS first_until, NULL::timestamptz AS last_until
      FROM day GROUP BY slot, verdict
 UNION ALL
    SELECT 'rule', NULL, verdict, rule, sum(contacts)::bigint, 0, min(until_min), max(until_max)
      FROM day WHERE verdict IN ('deferred', 'blocked') GROUP BY verdict, rule
 UNION ALL
    SELECT 'status', NULL, verdict, status, sum(contacts)::bigint, 0, NULL, NULL
      FROM day WHERE verdict = 'allowed' GROUP BY verdict, status
 UNION ALL
    SELECT 'spent', NULL, '', currency, 0, sum(cost_micros)::bigint, NULL, NULL
      FROM day GROUP BY currency
"""
SQL_AS_OF: Final = "SELECT nullif(as_of, '-infinity') FROM contact_log_state"


class SlotRow(NamedTuple):
    """Decisions of one quarter of an hour (its first instant), by verdict."""

    slot: datetime
    verdict: str
    contacts: int


class RuleRow(NamedTuple):
    """How often one rule was the leading reason, and when what it held back clears by itself."""

    verdict: str
    rule: str
    contacts: int
    first_until: datetime | None
    last_until: datetime | None


class SpentRow(NamedTuple):
    """What contacts cost, in millionths; `currency` "" is the lender's own, an estimate."""

    currency: str
    micros: int


@dataclass(frozen=True, slots=True)
class LogDay:
    """One day of the log.

    Attributes:
        verdicts: Decisions by verdict, and replies as `inbound`.
        states: Contacts made by delivery state.
        slots: Decisions by quarter of an hour.
        rules: Leading reasons, the most frequent first.
        spent: Costs by currency.
    """

    verdicts: Mapping[str, int]
    states: Mapping[str, int]
    slots: Sequence[SlotRow]
    rules: Sequence[RuleRow]
    spent: Sequence[SpentRow]

    @property
    def allowed(self) -> int:
        """Contacts made."""
        return self.verdicts.get("allowed", 0)

    @property
    def deferred(self) -> int:
        """Contacts that wait."""
        return self.verdicts.get("deferred", 0)

    @property
    def blocked(self) -> int:
        """Contacts refused."""
        return self.verdicts.get("blocked", 0)

    @property
    def inbound(self) -> int:
        """Messages from borrowers."""
        return self.verdicts.get("inbound", 0)


async def read_day(
    conn: Connection, tenant: str, *, starts: datetime, ends: datetime, mode: str
) -> LogDay:
    """Read a lender's day, from its first instant to the first of the next.

    Args:
        conn: Sees this lender's rows.
        tenant: Lender.
        starts: Business time; on a quarter of an hour, as every zone's midnight is.
        ends: Likewise.
        mode: The lender's: contacts of others aren't counted.
    """
    verdicts: dict[str, int] = {}
    states: dict[str, int] = {}
    slots, rules, spent = [], [], []
    for row in await conn.fetch(SQL_DAY, tenant, starts, ends, mode):
        what, slot, verdict, name, contacts, micros, first, last = row.values()
        match what:
            case "slot":
                slots.append(SlotRow(slot, verdict, contacts))
                verdicts[verdict] = verdicts.get(verdict, 0) + contacts
            case "rule":
                rules.append(RuleRow(verdict, name, contacts, first, last))
            case "status":
                states[name] = contacts
            case _:
                spent.append(SpentRow(name, micros))
    rules.sort(key=lambda one: (-one.contacts, one.rule))
    return LogDay(verdicts, states, sorted(slots), rules, sorted(spent))


async def find_as_of(conn: Connection) -> datetime | None:
    """Return the wall time up to which the read model is complete; None before it first was."""
    found = await conn.fetchval(SQL_AS_OF)
    return found if isinstance(found, datetime) else None
