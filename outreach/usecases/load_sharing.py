"""Share a channel's load among its accounts by how they fare, and say each time it shifts.

Measured once a minute over what was sent lately, beside the sending and never in its way. An
account that fails, or whose receipts take much longer than usual, gets half as much as before, down
to a trickle that shows when it works again; then twice as much each time, until it has all of its
load. Only accounts that another one can stand in for are looked at.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple, Protocol

import structlog

from outreach.domain.records import dataclass
from outreach.domain.vocabulary import Channel
from outreach.store.accounts import Pace, Share, keep_share, list_pace, list_shares
from outreach.store.alerts import Alert, raise_alerts
from outreach.store.pauses import BY_ITSELF, EVERY_LENDER, Pause
from outreach.store.pool import Pool
from outreach.store.vault import Vault
from outreach.usecases.pausing import Said, log_pause

log = structlog.get_logger(__name__)

SHIFTED: Final = "load_shifted"
_LOGGED: Final = "load.shifted"
WINDOW: Final = timedelta(minutes=15)
LEAST: Final = 10
"""Contacts below which nothing is said of an account."""
FAILED: Final = 0.2
LATE: Final = 0.3
TRICKLE: Final = 1 / 16
SHORTEST_SECONDS: Final = 30.0
"""No receipt is late before that, however fast they usually come."""
_STEADY: Final = 0.8
_LEAST_ENDED: Final = 20


class SenderLike(Protocol):
    """The part of a sender's settings that tells who stands in for whom."""

    @property
    def channel(self) -> Channel:
        """What it sends."""

    @property
    def provider(self) -> str:
        """Its account."""


class LenderLike(Protocol):
    """A lender's senders."""

    @property
    def senders(self) -> Mapping[str, SenderLike]:
        """By slug."""


class Outfit(Protocol):
    """What sharing takes from the runtime."""

    @property
    def db(self) -> Pool:
        """Where contacts are."""

    @property
    def vault(self) -> Vault:
        """Keys of the log."""


class Verdict(NamedTuple):
    """What an account gets from now on, and why."""

    share: float
    why: str


@dataclass(frozen=True, slots=True)
class Shift:
    """One account's share before and after."""

    account: str
    before: float
    after: float
    why: str


def interchangeable(lenders: Iterable[LenderLike]) -> frozenset[str]:
    """Return the accounts beside which a lender has another one for the same channel."""
    found: set[str] = set()
    for lender in lenders:
        by_channel: dict[Channel, set[str]] = defaultdict(set)
        for sender in lender.senders.values():
            by_channel[sender.channel].add(sender.provider)
        for accounts in by_channel.values():
            if len(accounts) > 1:
                found |= accounts
    return frozenset(found)


def judge(pace: Pace, *, wall_now: datetime) -> Verdict:
    """Return the share that an account gets after what was measured; the same where it stands."""
    if pace.contacts >= LEAST:
        wrong = [
            f"{count} of {pace.contacts} {what}"
            for count, most, what in ((pace.failed, FAILED, "failed"), (pace.late, LATE, "late"))
            if count > most * pace.contacts
        ]
        if wrong:
            return Verdict(max(TRICKLE, pace.share / 2), ", ".join(wrong))
        if pace.share < 1:
            return Verdict(min(1.0, pace.share * 2), f"{pace.contacts} went well")
    elif pace.share < 1 and pace.changed_at is not None and wall_now - pace.changed_at >= WINDOW:
        return Verdict(min(1.0, pace.share * 2), "too few to tell for a quarter of an hour")
    return Verdict(pace.share, "")


def usual_pace(pace: Pace, *, fares_well: bool) -> float | None:
    """Return how long receipts usually take; moves slowly, and only while the account is well."""
    if not fares_well or pace.median_seconds is None or pace.ended < _LEAST_ENDED:
        return pace.usual_seconds
    if pace.usual_seconds is None:
        return pace.median_seconds
    return _STEADY * pace.usual_seconds + (1 - _STEADY) * pace.median_seconds


async def share_load(
    outfit: Outfit, accounts: Collection[str], *, now: datetime, wall_now: datetime
) -> list[Shift]:
    """Look at accounts once; returns what was shifted.

    Args:
        outfit: Parts of the runtime.
        accounts: Those of `interchangeable`.
        now: Business time, of alerts and log rows.
        wall_now: Wall time; the window ends there.
    """
    if not accounts:
        return []
    shifts: list[Shift] = []
    async with outfit.db.acquire() as conn:
        known = await list_shares(conn)
        measured = await list_pace(
            conn, accounts, since=wall_now - WINDOW, wall_now=wall_now, shortest=SHORTEST_SECONDS
        )
        key = await outfit.vault.day_key(conn, EVERY_LENDER, wall_now.date())
        async with conn.transaction():
            for account in sorted(accounts):
                before = known.get(account) or Share(account, 1.0, None, "", wall_now - WINDOW)
                pace = measured.get(account) or Pace(
                    account, before.share, before.usual_seconds, before.changed_at, 0, 0, 0, 0, None
                )
                verdict = judge(pace, wall_now=wall_now)
                usual = usual_pace(pace, fares_well=pace.share >= 1 and verdict.share >= 1)
                after = before._replace(usual_seconds=usual)
                if verdict.share != pace.share:
                    after = after._replace(
                        share=verdict.share, reason=verdict.why, changed_at=wall_now
                    )
                    shifts.append(Shift(account, pace.share, verdict.share, verdict.why))
                if after != before:
                    await keep_share(conn, after)
            for one in shifts:
                words = f"{one.before:.0%} to {one.after:.0%}: {one.why}"
                said = Said(BY_ITSELF, words, now, wall_now)
                about = Pause(EVERY_LENDER, "account", one.account)
                await log_pause(conn, key, _LOGGED, about, said)
            alerts = [
                Alert(EVERY_LENDER, SHIFTED, one.account, f"to {one.after:.0%}: {one.why}")
                for one in shifts
            ]
            await raise_alerts(conn, alerts, at=now)
    for one in shifts:
        log.warning(SHIFTED, account=one.account, share=one.after, why=one.why)
    return shifts
