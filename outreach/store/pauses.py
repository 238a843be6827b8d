"""What must not be used until somebody has looked, from one template to everything."""

from collections.abc import Collection, Mapping
from dataclasses import field
from datetime import datetime
from typing import Final, Literal, NamedTuple

from outreach.domain.records import dataclass
from outreach.store.pool import Connection

Scope = Literal["everything", "channel", "treatment", "template", "sender", "account"]
EVERY_LENDER: Final = "*"
BY_ITSELF: Final = "outreach"
"""Who placed a pause that no person placed: a provider's word, or the error-rate brake."""

SQL_PAUSE: Final = """
    INSERT INTO pauses (tenant_id, scope, subject, reason, placed_at, placed_by)
    SELECT t.tenant, t.scope, t.subject, t.reason, $5, $6
      FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
        AS t (tenant, scope, subject, reason)
    ON CONFLICT (tenant_id, scope, subject) DO UPDATE
       SET reason = excluded.reason, placed_at = excluded.placed_at,
           placed_by = excluded.placed_by, lifted_at = NULL, lifted_by = NULL
"""
SQL_STOPS: Final = """
    SELECT tenant_id, scope, subject, NULL::timestamptz AS probe_at
      FROM pauses
     WHERE lifted_at IS NULL
 UNION ALL
    SELECT '', 'circuit', account, probe_at FROM circuits
 UNION ALL
    SELECT share::text, 'share', account, NULL FROM account_health WHERE share < 1
"""
SQL_LIST: Final = """
    SELECT tenant_id, scope, subject, reason, placed_at, placed_by
      FROM pauses
     WHERE lifted_at IS NULL
  ORDER BY placed_at DESC, tenant_id, scope, subject
"""
SQL_LIFT: Final = """
    UPDATE pauses
       SET lifted_at = $4, lifted_by = $5
     WHERE tenant_id = $1 AND scope = $2 AND subject = $3 AND lifted_at IS NULL
"""
# Locked in the order in which everybody locks people. Whoever's window closes first comes first:
# `reason` ends with when it does (`recording.wait_text`).
SQL_WAITING: Final = """
    WITH waiting AS (
        SELECT person_id, reason
          FROM agenda
         WHERE ($1 = '*' OR tenant_id = $1) AND position($2 IN reason) > 0
      ORDER BY person_id
           FOR NO KEY UPDATE
    ), placed AS (
        SELECT person_id,
               count(*) OVER ()
                 - row_number() OVER (ORDER BY split_part(reason, '|', 3), person_id) AS ahead
          FROM waiting
    )
    UPDATE agenda AS a
       SET due_at = $3::timestamptz - p.ahead * interval '1 microsecond'
      FROM placed AS p
     WHERE a.person_id = p.person_id
"""
SQL_SAID: Final = """
    SELECT tenant_id, at, recorded_at, body
      FROM contact_events
     WHERE person_id = 0 AND kind = 'operator'
  ORDER BY event_id DESC
     LIMIT $1
"""
PAUSED: Final = "dispatch.paused"
ACCOUNT_OPEN: Final = "dispatch.account_open"
RAMPING: Final = "dispatch.sender_ramping"


class Pause(NamedTuple):
    """`subject` names one thing of the scope; it is empty for `everything`.

    A channel's name, a treatment's `name` or `name@hash`, a template's `key` or `key@hash`, a
    sender's address, a provider account's slug. `tenant_id` is `EVERY_LENDER` for all of them.
    """

    tenant_id: str
    scope: str
    subject: str


class PlacedPause(NamedTuple):
    """A pause that holds, and why."""

    tenant_id: str
    scope: str
    subject: str
    reason: str
    placed_at: datetime
    placed_by: str


class SaidRow(NamedTuple):
    """One word of an operator that is about nobody, still encrypted."""

    tenant_id: str
    at: datetime
    recorded_at: datetime
    body: bytes


class Use(NamedTuple):
    """What one contact would use."""

    tenant_id: str
    channel: str
    treatment: str
    template: str
    sender: str
    account: str


Paused = frozenset[Pause]


@dataclass(frozen=True, slots=True)
class Stops:
    """What must not be used now.

    Attributes:
        paused: What people or providers' words have stopped.
        circuits: Accounts that don't answer, with when the next probe may go: wall time as
            stored; whoever decides has turned it into business time.
        probes: Accounts that the next contact shall try although they don't answer.
        spent: New senders that have made today's contacts, with when their day ends (business
            time).
        shares: Accounts that fare badly, with the part of their usual load that they get.
    """

    paused: Paused = frozenset()
    circuits: Mapping[str, datetime] = field(default_factory=dict)
    probes: frozenset[str] = frozenset()
    spent: Mapping[str, datetime] = field(default_factory=dict)
    shares: Mapping[str, float] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether anything is stopped at all."""
        return bool(self.paused or self.circuits or self.spent or self.shares)

    def pause_of(self, use: Use) -> Pause | None:
        """Return the broadest pause that stops a contact."""
        if not self.paused:
            return None
        for scope, subject in (
            ("everything", ""),
            ("channel", use.channel),
            ("account", use.account),
            ("sender", use.sender),
            ("treatment", use.treatment),
            ("treatment", use.treatment.partition("@")[0]),
            ("template", use.template),
            ("template", use.template.partition("@")[0]),
        ):
            for tenant in (EVERY_LENDER, use.tenant_id):
                one = Pause(tenant, scope, subject)
                if one in self.paused:
                    return one
        return None

    def opens_at(self, account: str) -> datetime | None:
        """Return when an account may be tried again; None where it may be used now."""
        return None if account in self.probes else self.circuits.get(account)

    def may_use(self, tenant: str, sender: str, account: str) -> bool:
        """Say whether a sender has room, is not paused, and its account neither and answers."""
        if self.opens_at(account) is not None or sender in self.spent:
            return False
        return not self.paused or self.paused.isdisjoint(
            Pause(who, scope, subject)
            for who in (EVERY_LENDER, tenant)
            for scope, subject in (("sender", sender), ("account", account))
        )


NO_STOPS: Final = Stops()
_OF_ACCOUNTS: Final = frozenset({"circuit", "share"})


async def pause(
    conn: Connection, pauses: dict[Pause, str], *, at: datetime, by: str = BY_ITSELF
) -> None:
    """Place pauses with their reasons; in sorted order, so that two writers can't deadlock."""
    if pauses:
        rows = sorted((*one, reason) for one, reason in pauses.items())
        columns = [list(column) for column in zip(*rows, strict=True)]
        await conn.execute(SQL_PAUSE, *columns, at, by)


async def list_stops(conn: Connection) -> Stops:
    """Return what is paused, which accounts don't answer or fare badly; one statement."""
    rows = await conn.fetch(SQL_STOPS)
    if not rows:
        return NO_STOPS
    return Stops(
        frozenset(Pause(*row[:3]) for row in rows if row[1] not in _OF_ACCOUNTS),
        {account: probe_at for _, scope, account, probe_at in rows if scope == "circuit"},
        shares={account: float(share) for share, scope, account, _ in rows if scope == "share"},
    )


async def list_pauses(conn: Connection) -> list[PlacedPause]:
    """Return the pauses that hold, newest first."""
    return [PlacedPause(*row.values()) for row in await conn.fetch(SQL_LIST)]


async def list_said(conn: Connection, *, limit: int) -> list[SaidRow]:
    """Return the newest words of operators in the log that are about nobody."""
    return [SaidRow(*row.values()) for row in await conn.fetch(SQL_SAID, limit)]


async def lift(
    conn: Connection, pauses: Collection[Pause], *, at: datetime, by: str = BY_ITSELF
) -> int:
    """Lift pauses, and have those who waited looked at again; returns how many were lifted."""
    lifted = 0
    for one in pauses:
        status = await conn.execute(SQL_LIFT, *one, at, by)
        lifted += int(status.rpartition(" ")[2])
        await wake_waiting(conn, PAUSED, tenant=one.tenant_id, now=at)
    return lifted


async def wake_waiting(
    conn: Connection, why: str, *, tenant: str = EVERY_LENDER, now: datetime
) -> None:
    """Have everybody who waits for this reason looked at, those whose window closes first first."""
    await conn.execute(SQL_WAITING, tenant, why, now)
