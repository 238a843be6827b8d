"""Is a lender's day going as planned? Its numbers as of now, and what needs somebody."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Final, Literal, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from outreach.domain.local_time import day_ends, instant, local_date
from outreach.domain.records import dataclass
from outreach.store.circuits import list_circuits
from outreach.store.gauges import RaisedAlert
from outreach.store.pauses import BY_ITSELF, EVERY_LENDER, PlacedPause, list_pauses
from outreach.store.pool import Connection, Pool, reading_as
from outreach.store.today import (
    MOST,
    PlanRow,
    QueueRow,
    TaskRow,
    be_quick,
    count_planned,
    count_queues,
    count_work,
    list_todays_alerts,
)
from outreach.store.today_log import LogDay, find_as_of, read_day
from outreach.usecases.brakes import CLOSED, OPENED
from outreach.usecases.load_sharing import SHIFTED

Tone = Literal["stop", "wait"]
_PATIENCE_MS: Final = 2_000
_MOST_ALERTS: Final = 8
# Said already by the state itself: of a circuit, of a share, of the quarantine.
_SAID_OTHERWISE: Final = (OPENED, CLOSED, SHIFTED, "quarantined")
BEHIND_AFTER: Final = timedelta(minutes=10)
"""Somebody due for so long, in wall time, is looked after by nobody."""
FAILED_SHARE: Final = 0.1
FAILED_LEAST: Final = 10
FAILED_STATES: Final = ("undelivered", "failed", "expired")


class WallClock(Protocol):
    """The clocks that counting reads."""

    def wall_now(self) -> datetime:
        """Return the machine's time."""

    def business_now(self) -> datetime:
        """Return the time that decisions are made at."""

    def wall_delay(self, business: timedelta) -> timedelta:
        """Return how long a span of business time lasts on the wall."""


class Outfit(Protocol):
    """What counting takes from the runtime."""

    @property
    def db(self) -> Pool:
        """Where everything is."""

    @property
    def clock(self) -> WallClock:
        """What time it is."""


class Need(NamedTuple):
    """One thing that somebody should look at.

    Attributes:
        kind: What it is; pages have words for each.
        tone: `stop` where contacts fail or stand still, else `wait`.
        about: What it is about: an account, a sender, a source; "" for the lender as a whole.
        values: Counts, and since when; business time, but for queues and circuits.
        detail: What the service noted, in English; names no borrower.
    """

    kind: str
    tone: Tone
    about: str = ""
    values: Mapping[str, int] = {}
    since: datetime | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Today:
    """One lender's day as of `now`; a count of more than `MOST` says only that.

    Attributes:
        tenant: Lender.
        now: Business time that everything was counted at.
        wall_now: Wall time, that queues of signals wait in.
        starts: First instant of the lender's local day.
        ends: First instant of the next.
        queues: What came in and what waits.
        work: Open work for people.
        plan: Who is still to be looked at.
        log: Decisions and what became of the contacts; None until they were first counted.
        log_as_of: Wall time up to which these are complete.
        needs: What somebody should look at, the worst first.
    """

    tenant: str
    now: datetime
    wall_now: datetime
    starts: datetime
    ends: datetime
    queues: QueueRow
    work: TaskRow
    plan: PlanRow
    log: LogDay | None
    log_as_of: datetime | None
    needs: tuple[Need, ...]

    @property
    def decided(self) -> int | None:
        """Decisions made today: allowed, deferred and blocked; None until they were counted."""
        return None if self.log is None else self.log.allowed + self.log.deferred + self.log.blocked

    @property
    def planned(self) -> int | None:
        """Decisions made today, and people whom nobody has looked at yet."""
        return None if self.decided is None else self.decided + self.plan.undecided

    @property
    def is_capped(self) -> bool:
        """Whether more people are to be looked at than are counted."""
        return self.plan.undecided > MOST


def day_of(now: datetime, zone: str) -> tuple[datetime, datetime]:
    """Return the first instant of a zone's day, and the first of the next."""
    place = ZoneInfo(zone)
    today = local_date(now, place)
    return instant(today, time.min, place), day_ends(today, place)


class Whose(NamedTuple):
    """A lender whose day is counted.

    Attributes:
        tenant: Its slug.
        zone: IANA zone of its day.
        mode: test, team or live: contacts of other modes aren't counted.
        accounts: The provider accounts that it sends by.
    """

    tenant: str
    zone: str
    mode: str
    accounts: frozenset[str]


async def read_today(outfit: Outfit, whose: Whose) -> Today:
    """Count a lender's day; a statement that takes longer than two seconds gives up.

    Args:
        outfit: Database and clocks.
        whose: The lender.

    Raises:
        asyncpg.PostgresError: The database is away or too slow; nothing is shown as zero.
    """
    now, wall_now = outfit.clock.business_now(), outfit.clock.wall_now()
    tenant = whose.tenant
    starts, ends = day_of(now, whose.zone)
    async with reading_as(outfit.db, tenant) as conn:
        await be_quick(conn, _PATIENCE_MS)
        queues = await count_queues(conn, tenant, starts=starts, now=now)
        work = await count_work(conn, tenant, now=now)
        plan = await count_planned(conn, tenant, ends=ends)
        day = await read_day(conn, tenant, starts=starts, ends=ends, mode=whose.mode)
    async with outfit.db.acquire() as conn:
        found = await _found(conn, tenant, whose.accounts, starts)
        as_of = await find_as_of(conn)
    log = day if as_of is not None else None
    late = now - queues.due_since if queues.due_since else timedelta(0)
    is_behind = outfit.clock.wall_delay(late) > BEHIND_AFTER
    needs = (*_of_numbers(queues, work, log, now=now, is_behind=is_behind), *found)
    return Today(
        tenant, now, wall_now, starts, ends, queues, work, plan, log, as_of,
        tuple(sorted(needs, key=lambda one: one.tone != "stop")),
    )  # fmt: skip


def _of_numbers(
    queues: QueueRow, work: TaskRow, log: LogDay | None, *, now: datetime, is_behind: bool
) -> list[Need]:
    found = []
    failed = sum(log.states.get(state, 0) for state in FAILED_STATES) if log else 0
    if log and failed >= FAILED_LEAST and failed > FAILED_SHARE * log.allowed:
        values = {"failed": failed, "allowed": log.allowed}
        found.append(Need("failing", "stop", values=values))
    if is_behind:
        found.append(Need("behind", "stop", values={"due": queues.due}, since=queues.due_since))
    if queues.not_understood:
        values = {"signals": queues.not_understood}
        found.append(Need("not_understood", "wait", values=values))
    if work.overdue:
        found.append(Need("overdue", "wait", values={"tasks": work.overdue}))
    if work.replies_since and now - work.replies_since > timedelta(hours=1):
        values = {"replies": work.replies}
        found.append(Need("replies", "wait", values=values, since=work.replies_since))
    return found


async def _found(
    conn: Connection, tenant: str, accounts: frozenset[str], starts: datetime
) -> list[Need]:
    """Return what the service noted itself: circuits, pauses of its own, alerts."""
    tenants = (tenant, EVERY_LENDER)
    circuits = [one for one in await list_circuits(conn) if one.account in accounts]
    pauses = [one for one in await list_pauses(conn) if one.tenant_id in tenants]
    alerts = await list_todays_alerts(
        conn, tenants, starts=starts, without=_SAID_OTHERWISE, limit=_MOST_ALERTS
    )
    return [
        *(
            Need("circuit", "stop", one.account, since=one.opened_at, detail=one.reason)
            for one in circuits
        ),
        *(_of_pause(one) for one in pauses if one.placed_by == BY_ITSELF),
        *(_of_alert(one) for one in alerts),
    ]


def _of_pause(one: PlacedPause) -> Need:
    about = f"{one.scope} {one.subject}"
    return Need("paused", "stop", about, since=one.placed_at, detail=one.reason)


def _of_alert(one: RaisedAlert) -> Need:
    values = {"times": one.times}
    return Need(f"alert.{one.kind}", "wait", one.subject, values, one.last_at, one.detail)
