"""Which provider account is slow, refuses or costs: as far as one's own lenders send by it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple, Protocol

from outreach.domain.records import dataclass
from outreach.domain.vocabulary import ErrorClass
from outreach.store.accounts import Share, list_shares
from outreach.store.circuits import Circuit, list_circuits
from outreach.store.pauses import EVERY_LENDER, PlacedPause, list_pauses
from outreach.store.pool import Pool, reading_as
from outreach.store.provider_traffic import LastRow, TrafficRow, list_last, list_traffic
from outreach.store.today import be_quick
from outreach.usecases.today import FAILED_STATES, day_of

_PATIENCE_MS: Final = 2_000
_LISTED: Final = timedelta(hours=24)
MOST_LISTED: Final = 20
_REACHED: Final = ("delivered", "read")
_NOT_SENT: Final = ("reserved", "released", "canceled")


class Sends(NamedTuple):
    """One sender of a lender: its slug, channel and address at the account."""

    tenant: str
    sender: str
    channel: str
    address: str


class Lender(NamedTuple):
    """A lender whose traffic is looked at; `currency` is what estimates are in."""

    tenant: str
    zone: str
    mode: str
    currency: str


class Clock(Protocol):
    """The clock that days are cut by."""

    def business_now(self) -> datetime:
        """Return the time that decisions are made at."""


class Outfit(Protocol):
    """What looking takes from the runtime."""

    @property
    def db(self) -> Pool:
        """Where everything is."""

    @property
    def clock(self) -> Clock:
        """What time it is."""


@dataclass(frozen=True, slots=True)
class Account:
    """How one account fares today.

    Attributes:
        name: Its slug in the settings.
        senders: Who sends by it, of the lenders looked at.
        sent: Contacts handed over today.
        delivered: Of these, those that reached a handset or mailbox.
        failed: Those that certainly didn't.
        errors: Failures by class, the most frequent first.
        by_channel: Contacts by channel and state.
        micros: Costs by currency, in millionths; currencies are never added up.
        circuit: Since when it doesn't answer; None while it does.
        share: The part of its usual load that it gets; None while that is all.
        pauses: Stops of it, or of senders at it.
    """

    name: str
    senders: tuple[Sends, ...]
    sent: int
    delivered: int
    failed: int
    errors: Sequence[tuple[str, int]]
    by_channel: Mapping[tuple[str, str], int]
    micros: Mapping[str, int]
    circuit: Circuit | None
    share: Share | None
    pauses: tuple[PlacedPause, ...]

    @property
    def without_receipt(self) -> int:
        """Contacts of which nobody has told yet what became of them."""
        return self.sent - self.delivered - self.failed


async def read_accounts(
    outfit: Outfit, lenders: Sequence[Lender], senders: Sequence[tuple[str, Sends]]
) -> list[Account]:
    """Return the accounts that lenders send by, in order of name, each as of today.

    Args:
        outfit: Database and clock.
        lenders: Each is read as its own reader.
        senders: (account, sender) of these lenders.
    """
    now = outfit.clock.business_now()
    traffic: list[tuple[Lender, TrafficRow]] = []
    for lender in lenders:
        starts, ends = day_of(now, lender.zone)
        async with reading_as(outfit.db, lender.tenant) as conn:
            await be_quick(conn, _PATIENCE_MS)
            rows = await list_traffic(
                conn, lender.tenant, starts=starts, ends=ends, mode=lender.mode
            )
        traffic += [(lender, row) for row in rows]
    async with outfit.db.acquire() as conn:
        circuits = {one.account: one for one in await list_circuits(conn)}
        shares = await list_shares(conn)
        pauses = await list_pauses(conn)
    tenants = {EVERY_LENDER, *(one.tenant for one in lenders)}
    pauses = [one for one in pauses if one.tenant_id in tenants]
    return [
        _account(
            name,
            tuple(one for account, one in senders if account == name),
            [one for one in traffic if one[1].account == name],
            circuits.get(name),
            shares.get(name),
            pauses,
        )
        for name in sorted({account for account, _ in senders})
    ]


async def list_latest(
    outfit: Outfit, lenders: Sequence[Lender], account: str
) -> list[tuple[Lender, LastRow]]:
    """Return the newest contacts of the last day by an account, newest first."""
    since = outfit.clock.business_now() - _LISTED
    found: list[tuple[Lender, LastRow]] = []
    for lender in lenders:
        async with reading_as(outfit.db, lender.tenant) as conn:
            await be_quick(conn, _PATIENCE_MS)
            rows = await list_last(conn, lender.tenant, account, since=since, limit=MOST_LISTED)
        found += [(lender, row) for row in rows]
    found.sort(key=lambda one: one[1].at, reverse=True)
    return found[:MOST_LISTED]


def _account(
    name: str,
    senders: tuple[Sends, ...],
    traffic: Sequence[tuple[Lender, TrafficRow]],
    circuit: Circuit | None,
    share: Share | None,
    pauses: Sequence[PlacedPause],
) -> Account:
    states: Counter[str] = Counter()
    errors: Counter[str] = Counter()
    by_channel: Counter[tuple[str, str]] = Counter()
    micros: Counter[str] = Counter()
    for lender, row in traffic:
        states[row.status] += row.contacts
        by_channel[row.channel, row.status] += row.contacts
        micros[row.currency or lender.currency] += row.micros
        if row.error_class or row.status in FAILED_STATES:
            errors[row.error_class or ErrorClass.UNKNOWN] += row.contacts
    addresses = {one.address for one in senders}
    return Account(
        name,
        senders,
        sum(count for state, count in states.items() if state not in _NOT_SENT),
        sum(states[state] for state in _REACHED),
        sum(states[state] for state in FAILED_STATES),
        tuple(errors.most_common()),
        by_channel,
        micros,
        circuit,
        share if share is not None and share.share < 1 else None,
        tuple(
            one
            for one in pauses
            if (one.scope == "account" and one.subject == name)
            or (one.scope == "sender" and one.subject in addresses)
        ),
    )
