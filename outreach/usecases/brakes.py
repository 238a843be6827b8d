"""What keeps one process from sending: pauses read twice a second, and a breaker per account.

A pause is read in the transaction that reserves. What was reserved just before is looked at once
more when its slot comes. The breaker counts what one process sees of an account: after so many
failures in a row the account's circuit is open for all, in PostgreSQL, and nothing is reserved for
it but one probe from time to time. A probe that gets an answer, whatever it says, closes it.
Valkey has no part in this; whoever loses the row starts again with a closed circuit and a count.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

import structlog

from outreach.channels.provider import Rejected, SendResult, Unknown
from outreach.domain.records import dataclass
from outreach.domain.vocabulary import ErrorClass
from outreach.store.alerts import Alert, raise_alerts
from outreach.store.circuits import close_circuit, keep_open, open_circuit
from outreach.store.contacts import Reservation
from outreach.store.pauses import (
    ACCOUNT_OPEN,
    EVERY_LENDER,
    NO_STOPS,
    Stops,
    Use,
    list_stops,
    wake_waiting,
)
from outreach.store.pool import Pool

log = structlog.get_logger(__name__)

OPENED: Final = "circuit_opened"
CLOSED: Final = "circuit_closed"
# A probe is never further away than this many of the first waits.
_LONGEST: Final = 8


@dataclass(frozen=True, slots=True)
class Patience:
    """How many failures in a row open an account's circuit, and how long until its first probe."""

    failures: int = 5
    wait: timedelta = timedelta(seconds=15)


class _Change(NamedTuple):
    to: Literal["open", "still_open", "closed"]
    account: str
    why: str


def failed(result: SendResult) -> bool:
    """Say whether the account didn't answer: nothing came, or that it can't serve anybody now."""
    match result:
        case Unknown():
            return True
        case Rejected(error=error):
            return error is ErrorClass.UNAVAILABLE
        case _:
            return False


class Brakes:
    """One process's view of what is stopped, and its count of each account's failures.

    Args:
        patience: By account; those not named have the default.
    """

    def __init__(self, patience: Mapping[str, Patience] | None = None) -> None:
        self._patience = patience or {}
        self._stops: Stops = NO_STOPS
        self._failures: dict[str, int] = {}
        self._open: set[str] = set()
        self._changes: list[_Change] = []
        self._spent: dict[str, datetime] = {}

    def note_spent(self, sender: str, until: datetime) -> None:
        """Remember that a new sender has made its contacts of the day, which ends at `until`."""
        self._spent[sender] = until

    def spent(self, now: datetime) -> dict[str, datetime]:
        """Return the senders that have, with when their day ends; business time."""
        if self._spent:
            self._spent = {one: until for one, until in self._spent.items() if until > now}
        return self._spent

    @property
    def open(self) -> frozenset[str]:
        """Accounts whose circuit is open, as far as this process knows."""
        return frozenset(self._open)

    async def refresh(self, pool: Pool) -> None:
        """Read what is stopped; what this process found and hasn't written yet stands."""
        async with pool.acquire() as conn:
            self._stops = await list_stops(conn)
        unwritten = {one.account for one in self._changes if one.to == "open"}
        self._open = set(self._stops.circuits) | unwritten

    def holds_back(self, row: Reservation, *, probe: bool) -> str:
        """Return why a committed reservation must not be handed off after all; empty if it may."""
        if row.provider in self._open and not probe:
            return "account_open"
        if not self._stops.paused:
            return ""
        used = Use(
            row.tenant_id, row.channel, row.treatment, row.template, row.sender, row.provider
        )
        return "paused" if self._stops.pause_of(used) is not None else ""

    def note(self, account: str, result: SendResult, *, probe: bool) -> None:
        """Count one answer of an account, or its silence."""
        if probe:
            self._note_probe(account, result)
        elif not failed(result):
            self._failures.pop(account, None)
        elif account not in self._open:
            count = self._failures[account] = self._failures.get(account, 0) + 1
            if count >= self._patience_with(account).failures:
                del self._failures[account]
                self._open.add(account)
                self._changes.append(_Change("open", account, f"{count} in a row: {_why(result)}"))

    def _note_probe(self, account: str, result: SendResult) -> None:
        if failed(result):
            self._changes.append(_Change("still_open", account, _why(result)))
            return
        self._failures.pop(account, None)
        self._open.discard(account)
        self._changes.append(_Change("closed", account, _why(result)))

    @property
    def has_news(self) -> bool:
        """Whether there is something to write."""
        return bool(self._changes)

    async def write(self, pool: Pool, *, now: datetime, wall_now: datetime) -> None:
        """Tell the other workers of circuits that opened or closed here; alert and log each.

        Whoever waits for a circuit that closed is looked at again, those whose window closes first
        first. Nothing is lost if this fails: it is written the next time.
        """
        changes, self._changes = self._changes, []
        try:
            for one in changes:
                await self._write(pool, one, now, wall_now)
        except BaseException:
            self._changes = changes + self._changes  # writing one twice changes nothing
            raise

    async def _write(self, pool: Pool, one: _Change, now: datetime, wall_now: datetime) -> None:
        patience = self._patience_with(one.account)
        async with pool.acquire() as conn, conn.transaction():
            if one.to == "still_open":
                longest = patience.wait * _LONGEST
                await keep_open(conn, one.account, at=wall_now, longest=longest)
                return
            if one.to == "open":
                if not await open_circuit(
                    conn, one.account, at=wall_now, wait=patience.wait, reason=one.why
                ):
                    return
                alert = Alert(EVERY_LENDER, OPENED, one.account, one.why)
            else:
                since = await close_circuit(conn, one.account)
                if since is None:
                    return
                lasted = int((wall_now - since).total_seconds())
                alert = Alert(EVERY_LENDER, CLOSED, one.account, f"open for {lasted} s")
                await wake_waiting(conn, ACCOUNT_OPEN, now=now)
            await raise_alerts(conn, [alert], at=now)
        log.warning(alert.kind, account=one.account, why=alert.detail)

    def _patience_with(self, account: str) -> Patience:
        return self._patience.get(account) or _DEFAULT


_DEFAULT: Final = Patience()


def _why(result: SendResult) -> str:
    match result:
        case Unknown(why=why):
            return why
        case Rejected(error=error, code=code):
            return f"{error} {code}"
        case _:
            return "accepted"
